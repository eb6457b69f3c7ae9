//! The report for a terminal.

use coexist_model::{Finding, Principle, Question, Review, Verdict};

use crate::blocks::{Block, NAMED, blocks};
use crate::style::{Style, Tone};
use crate::text::{count, wrap};
use crate::{Output, frame, schedule, summary};

/// The report for people at a terminal.
pub(crate) struct Terminal;

impl Output for Terminal {
    fn name(&self) -> &'static str {
        "terminal"
    }

    fn render(&self, review: &Review, style: &Style) -> String {
        if review.compared.files == 0 && review.findings.is_empty() {
            return nothing(review, style);
        }
        let mut out = head(review, style);
        if summary::nothing_read(review) {
            out.push_str(&style.wrap(&summary::sentence(review), "\n", ""));
        } else {
            out.push_str(&table(review, style));
        }
        let (findings, rest) = summary::shown(review);
        for block in blocks(&findings) {
            out.push('\n');
            out.push_str(&block_text(&block, review, style));
        }
        if rest > 0 {
            let more = format!(
                "and {} more (--format json lists all)",
                count(rest, "finding")
            );
            out.push_str(&format!("\n{more}\n"));
        }
        for section in [suppressed, notices, not_reviewed, assumptions] {
            out.push_str(&section(review, style));
        }
        out.push('\n');
        out.push_str(&last(review, style));
        out
    }
}

/// Returns the sentence that there is no change: the description itself where it says so.
fn nothing(review: &Review, style: &Style) -> String {
    let described = style.clean(&review.compared.described);
    let text = if described.starts_with("No changes") {
        described
    } else {
        format!("No changes: {described}. Try: coexist review HEAD~1..")
    };
    style.wrap(&text, "", "  ") + &notes(review, style)
}

/// Returns what is said about the choice of the change besides.
fn notes(review: &Review, style: &Style) -> String {
    let notes = review.compared.notes.iter();
    notes
        .map(|note| style.wrap(&format!("Note: {}", style.clean(note)), "", "  "))
        .collect()
}

fn head(review: &Review, style: &Style) -> String {
    let described = style.clean(&review.compared.described);
    let mut out = style.wrap(&format!("Reviewing {described}"), "", "  ");
    out.push_str(&notes(review, style));
    if let Some(release) = &review.compared.release {
        let release = style.clean(release);
        let text = format!(
            "Old code is that of base, and of {release}, the newest release that base holds"
        );
        out.push_str(&style.wrap(&text, "", "  "));
    }
    if !review.found.is_empty() {
        let found = review.found.join(", ");
        out.push_str(&style.wrap(&format!("Found: {}", style.clean(&found)), "", "  "));
    }
    out
}

fn table(review: &Review, style: &Style) -> String {
    let mut out = String::from("\n");
    for principle in Principle::ALL {
        let verdict = review.verdict(principle);
        let word = style.paint(verdict.into(), verdict.word());
        let row = format!(
            "  {} {:<24} {word}   {}",
            principle.number(),
            principle.heading(),
            tally(review, principle)
        );
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// Returns what there is under a principle: "1 finding, 1 question, 1 suppressed".
fn tally(review: &Review, principle: Principle) -> String {
    let all = || review.findings.iter().filter(|f| f.principle == principle);
    let standing = all().filter(|f| f.suppressed.is_none()).count();
    let suppressed = all().count() - standing;
    let questions = summary::questions(review)
        .into_iter()
        .filter(|(f, _)| f.principle == principle)
        .count();
    let mut parts = Vec::new();
    if standing > 0 {
        parts.push(count(standing, "finding"));
    }
    if questions > 0 {
        parts.push(count(questions, "question"));
    }
    if suppressed > 0 {
        parts.push(format!("{suppressed} suppressed"));
    }
    parts.join(", ")
}

/// Returns the command that explains a finding of this change.
fn explain(finding: &Finding, review: &Review, style: &Style) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./~^@:,=+#".contains(c);
    let quoted = review.compared.arguments.iter().map(|argument| {
        let argument = style.clean(argument);
        if argument.chars().all(plain) {
            argument
        } else {
            format!("'{}'", argument.replace('\'', "'\\''"))
        }
    });
    std::iter::once(format!("coexist explain {}", finding.id))
        .chain(quoted)
        .collect::<Vec<String>>()
        .join(" ")
}

/// Returns one finding with code, schedule and way out.
pub(crate) fn finding_text(finding: &Finding, review: &Review, style: &Style) -> String {
    let block = Block {
        finding,
        shown: None,
        others: Vec::new(),
    };
    parts(&block, review, style)
}

fn block_text(block: &Block<'_>, review: &Review, style: &Style) -> String {
    let mut out = parts(block, review, style);
    out.push_str(&others(block, style));
    let more = format!("more: {}", explain(block.finding, review, style));
    out.push_str(&item(style, &more));
    out
}

fn parts(block: &Block<'_>, review: &Review, style: &Style) -> String {
    let finding = block.finding;
    let mut out = title(finding, style);
    match block.shown {
        None => {
            out.push_str(&frame::frames(finding, &review.compared, style));
            let hidden = finding.related.len() - frame::shown(finding).len();
            if hidden > 0 {
                out.push_str(&item(
                    style,
                    &format!("and {}", count(hidden, "more place")),
                ));
            }
        }
        Some(shown) => {
            let place = &finding.primary.place;
            let at = style.clean(&format!("{}:{}", schedule::at(place), place.column));
            let by = &shown.by.rule;
            let same = format!("same {} as {by} above", shown.what("fix"));
            out.push_str(&format!("  --> {at}\n{}", item(style, &same)));
        }
    }
    if !block.shown.is_some_and(|s| s.schedule) {
        out.push_str(&schedule_text(finding, style));
    }
    if let Some(because) = &finding.no_schedule_because {
        out.push_str(&item(style, &format!("why: {}", style.clean(because))));
    }
    if !block.shown.is_some_and(|s| s.steps) {
        out.push_str(&steps(style, "fix:", &finding.safe_steps));
    }
    for note in block.notes() {
        out.push_str(&item(style, &format!("note: {}", style.clean(note))));
    }
    if let Some(question) = &finding.question {
        out.push_str(&question_text(question, style));
    }
    out
}

/// Returns the other findings of the same rule at the same line, a line each.
fn others(block: &Block<'_>, style: &Style) -> String {
    if block.others.is_empty() {
        return String::new();
    }
    let many = count(block.others.len(), "more finding");
    let mut out = item(style, &format!("{many} of the same kind at this line:"));
    for other in block.others.iter().take(NAMED) {
        let at = other.related.first().map(|r| schedule::at(&r.at.place));
        let at = at.map_or_else(String::new, |at| format!(" ({})", style.path(&at)));
        let text = format!("{}: {}{at}", other.id, style.clean(&other.title));
        out.push_str(&style.wrap(&text, "     - ", "       "));
    }
    if block.others.len() > NAMED {
        let more = block.others.len() - NAMED;
        out.push_str(&style.wrap(
            &format!("and {more} more: --format json lists all"),
            "     - ",
            "       ",
        ));
    }
    out
}

fn question_text(question: &Question, style: &Style) -> String {
    let decides: Vec<&str> = question.decides.iter().map(|v| v.word()).collect();
    let asks = format!(
        "question {}: {} The answer decides: {}. Wanted: {}",
        question.id,
        style.clean(&question.asks),
        decides.join(" or "),
        style.clean(&question.wants)
    );
    item(style, &asks)
}

/// Returns `FAIL[rule] title`.
pub(crate) fn title(finding: &Finding, style: &Style) -> String {
    titled(finding.verdict, finding.rule, &finding.title, style)
}

/// Returns `FAIL[rule] title`.
pub(crate) fn titled(verdict: Verdict, rule: &str, title: &str, style: &Style) -> String {
    let head = format!("{}[{rule}]", verdict.word());
    let text = wrap(
        &format!("{head} {}", style.clean(title)),
        style.width.max(40),
        "",
        "  ",
    );
    match text.strip_prefix(&head) {
        Some(rest) => format!("{}{rest}", style.paint(Tone::from(verdict), &head)),
        None => text,
    }
}

/// Returns the schedule as numbered steps, with the error at its end.
pub(crate) fn schedule_text(finding: &Finding, style: &Style) -> String {
    let Some(witness) = &finding.witness else {
        return String::new();
    };
    let mut out = item(style, "schedule that breaks:");
    for (index, step) in witness.steps.iter().enumerate() {
        let mut text = schedule::step(finding, step, &|word| style.path(word));
        if let Some(at) = schedule::place(finding, step.at) {
            text.push_str(&format!(" ({})", style.path(&schedule::at(&at.place))));
        }
        let first = format!("     {}. ", index + 1);
        out.push_str(&style.wrap(&text, &first, "        "));
    }
    let error = format!(
        "{}: {}",
        witness.outcome.word(),
        style.clean(&witness.error)
    );
    out.push_str(&style.wrap(&error, "        -> ", "           "));
    for assumed in &witness.assumed {
        out.push_str(&item(style, &format!("assumed: {}", style.clean(assumed))));
    }
    out
}

pub(crate) fn item(style: &Style, text: &str) -> String {
    style.wrap(text, "   = ", "     ")
}

pub(crate) fn steps(style: &Style, name: &str, steps: &[String]) -> String {
    match steps {
        [] => String::new(),
        [one] => item(style, &format!("{name} {}", style.clean(one))),
        many => {
            let mut out = item(style, name);
            for (index, step) in many.iter().enumerate() {
                let first = format!("     {}. ", index + 1);
                out.push_str(&style.wrap(&style.clean(step), &first, "        "));
            }
            out
        }
    }
}

/// Lines of a section; a vendored folder can hold thousands of files that are not reviewed.
const LISTED: usize = 12;

pub(crate) fn section(
    title: &str,
    style: &Style,
    lines: impl ExactSizeIterator<Item = String>,
) -> String {
    let all = lines.len();
    if all == 0 {
        return String::new();
    }
    let mut out = format!("\n{}\n", style.paint(Tone::Strong, title));
    for line in lines.take(LISTED) {
        out.push_str(&style.wrap(&line, "  ", "    "));
    }
    if all > LISTED {
        let more = format!("and {} more (--format json lists all)", all - LISTED);
        out.push_str(&style.wrap(&more, "  ", "    "));
    }
    out
}

fn suppressed(review: &Review, style: &Style) -> String {
    let all: Vec<_> = review
        .findings
        .iter()
        .filter_map(|f| f.suppressed.as_ref().map(|s| (f, s)))
        .collect();
    let lines = all.iter().map(|(f, s)| {
        let at = style.path(&format!("{}:{}", s.path, s.line));
        format!(
            "{}[{}] {}: {} ({at}: {})",
            f.verdict.word(),
            f.rule,
            f.id,
            style.clean(&f.title),
            style.clean(&s.reason)
        )
    });
    section("Suppressed", style, lines)
}

fn notices(review: &Review, style: &Style) -> String {
    let lines = review.notices.iter().map(|n| {
        let at = style.path(&schedule::at(&n.place));
        format!("{at}: {}", style.clean(&n.what))
    });
    section("Settings and suppressions", style, lines)
}

fn not_reviewed(review: &Review, style: &Style) -> String {
    let all = review.not_reviewed.iter();
    let lines = all.map(|n| format!("{}: {}", style.path(&n.path), style.clean(&n.why)));
    section("Not reviewed", style, lines)
}

fn assumptions(review: &Review, style: &Style) -> String {
    let lines = review.assumptions.iter().map(|a| {
        let at = a
            .place
            .as_ref()
            .map(|p| format!(" ({})", style.path(&schedule::at(p))))
            .unwrap_or_default();
        format!("{}: {}{at}", style.clean(&a.what), style.clean(&a.because))
    });
    section("Assumptions and limits", style, lines)
}

/// Returns the totals and the command to type next.
fn last(review: &Review, style: &Style) -> String {
    if summary::nothing_read(review) {
        return "Next: coexist read PATH shows what is understood of a file\n".to_owned();
    }
    let verdict = review.worst();
    let with = |v| {
        Principle::ALL
            .iter()
            .filter(|p| review.verdict(**p) == v)
            .count()
    };
    let counts = summary::counts(review);
    let mut totals = format!(
        "{}: of the 5 principles {} fail, {} warn, {} pass",
        verdict.word(),
        with(Verdict::Fail),
        with(Verdict::Warn),
        with(Verdict::Pass),
    );
    let mut parts = Vec::new();
    let findings = counts.fail + counts.warn;
    parts.extend((findings > 0).then(|| count(findings, "finding")));
    parts.extend((counts.questions > 0).then(|| count(counts.questions, "open question")));
    parts.extend((counts.suppressed > 0).then(|| format!("{} suppressed", counts.suppressed)));
    if !parts.is_empty() {
        totals.push_str(&format!("; {}", parts.join(", ")));
    }
    let totals = style.wrap(&totals, "", "  ");
    let rest = totals.strip_prefix(verdict.word()).unwrap_or(&totals);
    let mut out = format!("{}{rest}", style.paint(verdict.into(), verdict.word()));
    if let Some(worst) = review.standing().find(|f| f.verdict == verdict) {
        out.push_str(&format!("Next: {}\n", explain(worst, review, style)));
    }
    out
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::sample;

    fn check(review: &Review, style: Style, expect: Expect) {
        expect.assert_eq(&Terminal.render(review, &style));
    }

    #[test]
    fn a_failing_change_shows_both_sides_the_schedule_and_the_way_out() {
        check(
            &sample::fail(),
            Style::plain(),
            expect![[r#"
                Reviewing main...HEAD: 2 commits, 9 files (merge base 4f1c2e9, taken as the
                  version that runs)
                Found: PostgreSQL migrations (db/migrate), 1 proto

                  1 Data/Code Decoupling     FAIL   1 finding
                  2 Single-Service Changes   WARN   1 finding, 1 question
                  3 One Version Step         PASS
                  4 Release Process Safety   PASS
                  5 API Cleanliness          PASS   1 suppressed

                FAIL[drop-column-in-use] users.name is dropped while 4f1c2e9 still reads it
                  --> db/migrate/0042_drop_name.sql:3:1
                   |
                 3 | ALTER TABLE users DROP COLUMN name;
                   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ dropped here
                   |
                  ::: api/users.py:88:30
                   |
                88 |     row = db.one("SELECT id, name FROM users WHERE id = %s", uid)
                   |                              ---- reads, at base 4f1c2e9, which may still run
                   = schedule that breaks:
                     1. migration 0042_drop_name.sql runs (db/migrate/0042_drop_name.sql:3)
                     2. api at 4f1c2e9 reads users.name (api/users.py:88)
                        -> refused: column "name" does not exist
                   = assumed: migrations run before the code
                   = fix:
                     1. release 1: the code stops naming users.name
                     2. wait until no node runs an older version
                     3. release 2: drop the column
                   = note: a rollback of the code does not bring the data back
                   = more: coexist explain f-7c1e09ab

                WARN[rpc-added-and-called] shop.v1.Orders.Refund is new and web calls it in the
                  same change
                  --> proto/orders.proto:14:7
                   |
                14 |   rpc Refund(RefundRequest) returns (RefundReply);
                   |       ^^^^^^ new
                   = fix:
                     1. release 1: api serves Refund
                     2. release 2: web calls it
                   = question q-2b9017fe: Is the order in which api and web are deployed
                     enforced? The answer decides: PASS or FAIL. Wanted: the pipeline step that
                     deploys api before web
                   = more: coexist explain f-00c0ffee

                Suppressed
                  WARN[untyped-bag] f-0badcafe: shop.v1.RefundRequest.extra is an untyped bag
                    (proto/orders.proto:13: agreed with the partner until v2)

                Settings and suppressions
                  api/users.py:5: this suppression gives no reason, so it hides nothing

                Not reviewed
                  package-lock.json: lock file

                Assumptions and limits
                  migrations run before the code: a Helm pre-upgrade hook runs them
                    (deploy/migrate.yaml:7)

                FAIL: of the 5 principles 1 fail, 1 warn, 3 pass; 2 findings, 1 open question, 1
                  suppressed
                Next: coexist explain f-7c1e09ab
            "#]],
        );
    }

    #[test]
    fn what_was_shown_is_referred_to_and_findings_of_one_line_are_one_block() {
        let mut review = sample::fail();
        review.findings.truncate(1);
        review.compared.notes = vec![
            "not included: 3 commits of this branch; coexist review main...HEAD reviews them"
                .into(),
        ];
        let mut twin = sample::dropped_column();
        twin.rule = "contract-with-last-reader";
        twin.id = "f-2".into();
        twin.title = "users.name goes in the very next release".into();
        twin.principle = Principle::OneVersionStep;
        for column in 0..8 {
            let mut other = sample::dropped_column();
            other.id = format!("f-1{column}");
            other.title = format!("users.c{column} is dropped while 4f1c2e9 still reads it");
            review.findings.push(other);
        }
        review.findings.push(twin);
        let text = Terminal.render(&review, &Style::plain());
        assert!(text.contains("\nNote: not included: 3 commits"), "{text}");
        let findings = text
            .split_once("FAIL[")
            .map_or("", |(_, findings)| findings);
        let (findings, _) = findings.split_once("\nSettings").unwrap_or_default();
        expect![[r#"
            drop-column-in-use] users.name is dropped while 4f1c2e9 still reads it
              --> db/migrate/0042_drop_name.sql:3:1
               |
             3 | ALTER TABLE users DROP COLUMN name;
               | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ dropped here
               |
              ::: api/users.py:88:30
               |
            88 |     row = db.one("SELECT id, name FROM users WHERE id = %s", uid)
               |                              ---- reads, at base 4f1c2e9, which may still run
               = schedule that breaks:
                 1. migration 0042_drop_name.sql runs (db/migrate/0042_drop_name.sql:3)
                 2. api at 4f1c2e9 reads users.name (api/users.py:88)
                    -> refused: column "name" does not exist
               = assumed: migrations run before the code
               = fix:
                 1. release 1: the code stops naming users.name
                 2. wait until no node runs an older version
                 3. release 2: drop the column
               = note: a rollback of the code does not bring the data back
               = 8 more findings of the same kind at this line:
                 - f-10: users.c0 is dropped while 4f1c2e9 still reads it (api/users.py:88)
                 - f-11: users.c1 is dropped while 4f1c2e9 still reads it (api/users.py:88)
                 - f-12: users.c2 is dropped while 4f1c2e9 still reads it (api/users.py:88)
                 - f-13: users.c3 is dropped while 4f1c2e9 still reads it (api/users.py:88)
                 - f-14: users.c4 is dropped while 4f1c2e9 still reads it (api/users.py:88)
                 - and 3 more: --format json lists all
               = more: coexist explain f-7c1e09ab

            FAIL[contract-with-last-reader] users.name goes in the very next release
              --> db/migrate/0042_drop_name.sql:3:1
               = same lines, schedule and fix as drop-column-in-use above
               = more: coexist explain f-2
        "#]]
        .assert_eq(findings);
    }

    #[test]
    fn a_safe_change_is_short() {
        check(
            &sample::pass(),
            Style::plain(),
            expect![[r#"
                Reviewing main...HEAD: 2 commits, 9 files (merge base 4f1c2e9, taken as the
                  version that runs)
                Found: PostgreSQL migrations (db/migrate), 1 proto

                  1 Data/Code Decoupling     PASS
                  2 Single-Service Changes   PASS
                  3 One Version Step         PASS
                  4 Release Process Safety   PASS
                  5 API Cleanliness          PASS

                PASS: of the 5 principles 0 fail, 0 warn, 5 pass
            "#]],
        );
    }

    #[test]
    fn no_change_is_a_sentence() {
        let mut review = sample::pass();
        review.compared.files = 0;
        review.compared.described = "the working tree (clean)".into();
        review.found.clear();
        check(
            &review,
            Style::plain(),
            expect![[r#"
                No changes: the working tree (clean). Try: coexist review HEAD~1..
            "#]],
        );
    }

    #[test]
    fn files_that_nobody_can_read_are_no_pass() {
        let mut review = sample::pass();
        review.compared.files = 1;
        review.not_reviewed = sample::fail().not_reviewed;
        check(
            &review,
            Style::plain(),
            expect![[r#"
                Reviewing main...HEAD: 2 commits, 9 files (merge base 4f1c2e9, taken as the
                  version that runs)
                Found: PostgreSQL migrations (db/migrate), 1 proto

                Nothing in 1 changed file is of a kind that coexist reads: nothing was found,
                which does not say that nothing is there.

                Not reviewed
                  package-lock.json: lock file

                Next: coexist read PATH shows what is understood of a file
            "#]],
        );
    }

    #[test]
    fn a_file_of_which_a_part_was_read_is_judged() {
        let mut review = sample::pass();
        review.compared.files = 1;
        review.not_reviewed = sample::fail().not_reviewed;
        review.not_reviewed[0].path = "db/0001.sql:9".into();
        let text = Terminal.render(&review, &Style::plain());
        assert!(text.contains("5 API Cleanliness          PASS"), "{text}");
    }

    #[test]
    fn a_hostile_repository_is_shown_in_ascii_on_one_line_each() {
        let style = Style {
            unicode: false,
            ..Style::plain()
        };
        let text = Terminal.render(&sample::hostile(), &style);
        assert!(text.is_ascii());
        check(
            &sample::hostile(),
            style,
            expect![[r#"
                Reviewing
                  x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n###
                  Summary
                Found:
                  x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n###
                  Summary

                  1 Data/Code Decoupling     FAIL   2 findings, 1 question
                  2 Single-Service Changes   WARN   1 finding, 1 question
                  3 One Version Step         PASS
                  4 Release Process Safety   PASS
                  5 API Cleanliness          PASS   1 suppressed

                FAIL[drop-column-in-use] users.name is dropped while 4f1c2e9 still reads it
                  --> db/migrate/0042_drop_name.sql:3:1
                   |
                 3 | ALTER TABLE users DROP COLUMN name;
                   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ dropped here
                   |
                  ::: api/users.py:88:30
                   |
                88 |     row = db.one("SELECT id, name FROM users WHERE id = %s", uid)
                   |                              ---- reads, at base 4f1c2e9, which may still run
                   = schedule that breaks:
                     1. migration 0042_drop_name.sql runs (db/migrate/0042_drop_name.sql:3)
                     2. api at 4f1c2e9 reads users.name (api/users.py:88)
                        -> refused: column "name" does not exist
                   = assumed: migrations run before the code
                   = fix:
                     1. release 1: the code stops naming users.name
                     2. wait until no node runs an older version
                     3. release 2: drop the column
                   = note: a rollback of the code does not bring the data back
                   = more: coexist explain f-7c1e09ab

                WARN[rpc-added-and-called] shop.v1.Orders.Refund is new and web calls it in the
                  same change
                  --> proto/orders.proto:14:7
                   |
                14 |   rpc Refund(RefundRequest) returns (RefundReply);
                   |       ^^^^^^ new
                   = fix:
                     1. release 1: api serves Refund
                     2. release 2: web calls it
                   = question q-2b9017fe: Is the order in which api and web are deployed
                     enforced? The answer decides: PASS or FAIL. Wanted: the pipeline step that
                     deploys api before web
                   = more: coexist explain f-00c0ffee

                FAIL[drop-column-in-use]
                  x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n###
                  Summary is dropped
                  --> x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary:3:1
                   |
                 3 |     x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary```
                   | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary
                   |
                  ::: api/users.py:88:66
                   |
                88 |     row = db.one("SELECT id, name FROM users WHERE id = %s", uid)
                   |                                                                  - x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary, at base 4f1c2e9, which may still run
                   = schedule that breaks:
                     1. migration
                        x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary
                        runs
                     2. api at 4f1c2e9 reads
                        x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary.name
                        (api/users.py:88)
                        -> refused:
                           x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n###
                           Summary
                   = assumed:
                     x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n###
                     Summary
                   = fix:
                     x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n###
                     Summary
                   = note:
                     x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n###
                     Summary
                   = question q-00000000:
                     x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n###
                     Summary The answer decides: PASS. Wanted:
                     x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n###
                     Summary
                   = more: coexist explain f-7c1e09ab

                Suppressed
                  WARN[untyped-bag] f-0badcafe: shop.v1.RefundRequest.extra is an untyped bag
                    (proto/orders.proto:13: agreed with the partner until v2)

                Settings and suppressions
                  api/users.py:5:
                    x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n###
                    Summary

                Not reviewed
                  x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary:
                    lock file

                Assumptions and limits
                  migrations run before the code:
                    x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n###
                    Summary (deploy/migrate.yaml:7)

                FAIL: of the 5 principles 1 fail, 1 warn, 3 pass; 3 findings, 2 open questions,
                  1 suppressed
                Next: coexist explain f-7c1e09ab
            "#]],
        );
    }

    #[test]
    fn colour_only_repeats_what_the_words_say() {
        let style = Style {
            color: true,
            ..Style::plain()
        };
        let mut plain = String::new();
        let colored = Terminal.render(&sample::fail(), &style);
        assert!(colored.contains("\u{1b}[1;31mFAIL\u{1b}[0m"));
        let mut rest = colored.as_str();
        while let Some((text, after)) = rest.split_once('\u{1b}') {
            plain.push_str(text);
            rest = after.split_once('m').map_or("", |(_, after)| after);
        }
        plain.push_str(rest);
        assert_eq!(plain, Terminal.render(&sample::fail(), &Style::plain()));
    }

    #[test]
    fn prose_follows_the_width_and_paths_stay_whole() {
        let style = Style {
            width: 48,
            ..Style::plain()
        };
        let text = Terminal.render(&sample::fail(), &style);
        assert!(text.contains("(db/migrate/0042_drop_name.sql:3)"), "{text}");
        let long: Vec<&str> = text
            .lines()
            .skip_while(|l| !l.starts_with("FAIL"))
            .filter(|l| l.chars().count() > 48 && !l.contains('/') && !l.contains('|'))
            .collect();
        assert!(long.is_empty(), "{long:?}");
    }
}
