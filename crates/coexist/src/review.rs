//! `coexist review` and `coexist explain`.

use coexist_design::check::{Group, RULES};
use coexist_model::{Finding, Review, Verdict};
use coexist_report::Style;
use coexist_review::config::FailOn;

use crate::args::{command_names, nearest_command};
use crate::env::Env;
use crate::failure::Failure;
use crate::options::{Delivery, Options};
use crate::{output, run};

/// Reviews, delivers the report, and returns the exit code.
pub(crate) fn review(options: &Options, delivery: &Delivery, env: &Env) -> Result<u8, Failure> {
    let reviewed = output::with_progress(env, "Reviewing", || run::review(options, env))
        .map_err(|failure| perhaps_a_command(failure, &options.change.words))?;
    let name = delivery.format.name();
    let form = coexist_report::output(name)
        .ok_or_else(|| Failure::new("usage", format!("cannot write a report as {name}")))?;
    let text = form.render(&reviewed.review, &delivery.style);
    match &delivery.file {
        Some(file) => {
            output::save(file, &text)?;
            let style = env.style(crate::args::When::Never);
            let path = style.clean(&file.display().to_string());
            output::note(&format!("wrote {path}\n"));
        }
        None => output::print(&text)?,
    }
    let fail_on = delivery.fail_on.or(reviewed.fail_on).unwrap_or_default();
    Ok(exit_code(reviewed.review.worst(), fail_on))
}

/// Adds the command that was probably meant, or all of them: a first word that is no command is taken for something to review.
fn perhaps_a_command(failure: Failure, words: &[String]) -> Failure {
    let [word, ..] = words else {
        return failure;
    };
    if !failure.what.ends_with(&format!("the revision {word}")) {
        return failure;
    }
    let what = format!("cannot review {word}: it is no command, path, revision or range");
    let commands = match nearest_command(word) {
        Some(command) => format!("did you mean the command {command}?"),
        None => format!("the commands are {}", command_names().join(", ")),
    };
    let help = match failure.help {
        Some(help) => format!("{commands}\n{help}"),
        None => commands,
    };
    Failure::new("usage", what).help(help)
}

/// Returns 1 where the verdict is at or above the threshold.
pub(crate) fn exit_code(worst: Verdict, fail_on: FailOn) -> u8 {
    let reached = match fail_on {
        FailOn::Fail => worst >= Verdict::Fail,
        FailOn::Warn => worst >= Verdict::Warn,
        FailOn::Never => false,
    };
    u8::from(reached)
}

/// Returns the page of a rule, a finding in full, or the list of all rules.
pub(crate) fn explain(
    id: Option<&str>,
    options: &Options,
    style: &Style,
    env: &Env,
) -> Result<String, Failure> {
    let Some(id) = id else {
        return Ok(rules(style));
    };
    if let Some(page) = page(id) {
        return Ok(coexist_report::explain::page(page, style));
    }
    if !id.starts_with("f-") {
        return Err(unknown_rule(id));
    }
    let reviewed = output::with_progress(env, "Reviewing", || run::review(options, env))?;
    let finding = find(&reviewed.review, id)?;
    Ok(coexist_report::explain::explain(
        finding,
        &reviewed.review,
        page(finding.rule),
        style,
    ))
}

fn page(id: &str) -> Option<&'static str> {
    pages()
        .find(|(known, _)| *known == id)
        .map(|(_, page)| page)
}

/// Returns the id and the page of every rule, those of changes before those of designs.
fn pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_changes = coexist_engine::rules().map(|rule| (rule.id, rule.page));
    of_changes.chain(coexist_design::check::pages())
}

fn rules(style: &Style) -> String {
    let mut out = String::new();
    let width = pages().map(|(id, _)| id.len()).max().unwrap_or_default() + 2;
    let line = |id: &str, page: &str| {
        let title = page.lines().next().unwrap_or_default();
        let title = style.clean(title.trim_start_matches('#').trim());
        format!("  {id:<width$}{title}\n")
    };
    for principle in coexist_model::Principle::ALL {
        out.push_str(&format!("{} {}\n", principle.number(), principle.heading()));
        for rule in coexist_engine::rules().filter(|r| r.principle == principle) {
            out.push_str(&line(rule.id, rule.page));
        }
    }
    for group in Group::ALL {
        out.push_str(&format!("Designs: {}\n", group.heading()));
        for rule in RULES.iter().filter(|r| r.group == group) {
            out.push_str(&line(rule.id, rule.page));
        }
    }
    out.push_str("Designs: Drift\n");
    for rule in coexist_design::drift::RULES {
        out.push_str(&line(rule.id, rule.page));
    }
    out.push_str("Next: coexist explain RULE\n");
    out
}

fn unknown_rule(id: &str) -> Failure {
    let known: Vec<&str> = pages().map(|(id, _)| id).collect();
    let failure = Failure::new(
        "usage",
        format!("cannot explain {id}: there is no such rule"),
    );
    match coexist_review::config::nearest(id, &known) {
        Some(near) => failure.help(format!("did you mean {near}?")),
        None => failure.help("coexist explain lists all rules; the id of a finding begins with f-"),
    }
}

/// Returns the finding of that id, which may be cut short as long as it is the only one.
fn find<'a>(review: &'a Review, id: &str) -> Result<&'a Finding, Failure> {
    let found: Vec<&Finding> = review
        .findings
        .iter()
        .filter(|f| f.id.starts_with(id))
        .collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let ids: Vec<&str> = review.findings.iter().map(|f| f.id.as_str()).collect();
            let has = match ids.as_slice() {
                [] => "it has no findings".to_owned(),
                ids => format!("it has {}", ids.join(", ")),
            };
            Err(
                Failure::new("usage", format!("cannot find {id} in this change: {has}")).help(
                    format!(
                        "{}\nname the change as in the review: coexist explain {id} main..HEAD",
                        review.compared.described
                    ),
                ),
            )
        }
        more => Err(Failure::new(
            "usage",
            format!(
                "cannot tell which finding {id} is: there are {}",
                more.len()
            ),
        )
        .help("write more of it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exit_code_follows_the_threshold() {
        use Verdict::{Fail, Pass, Warn};
        for (fail_on, codes) in [
            (FailOn::Fail, [0, 0, 1]),
            (FailOn::Warn, [0, 1, 1]),
            (FailOn::Never, [0, 0, 0]),
        ] {
            assert_eq!([Pass, Warn, Fail].map(|v| exit_code(v, fail_on)), codes);
        }
    }

    #[test]
    fn every_rule_is_listed_with_its_title() {
        let text = rules(&Style::plain());
        for rule in coexist_engine::rules() {
            assert!(text.contains(rule.id), "{}", rule.id);
        }
        for rule in RULES {
            assert!(text.contains(rule.id), "{}", rule.id);
        }
    }

    #[test]
    fn a_rule_that_is_not_there_names_the_nearest() {
        let failure = unknown_rule("drop-colum-in-use");
        assert_eq!(
            failure.help.as_deref(),
            Some("did you mean drop-column-in-use?")
        );
    }
}
