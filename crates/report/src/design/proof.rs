//! What the exploration of a workflow came to.

use coexist_model::{Bounds, DesignVerdict, Search, TraceStep, WorkflowReport};

use crate::Style;
use crate::markdown::{code, text};
use crate::sequence::Sequence;
use crate::style::Tone;
use crate::text::count;

use super::sequence;

/// Returns the section of a workflow for a terminal.
pub(super) fn terminal(workflow: &WorkflowReport, style: &Style) -> String {
    let mut out = style.wrap(
        &style.paint(Tone::Strong, &style.clean(&verdict(workflow))),
        "",
        "  ",
    );
    out.push_str(&style.wrap(
        &format!("searched: {}", searched(workflow)),
        "   = ",
        "     ",
    ));
    if !workflow.trace.is_empty() {
        out.push('\n');
        out.push_str(&sequence::drawn(&workflow.trace, style));
        out.push('\n');
    }
    for (number, step) in workflow.trace.iter().enumerate() {
        if workflow.loop_from == Some(number) {
            out.push_str("      from here on it goes round and round:\n");
        }
        let first = format!("{:>4}. ", number + 1);
        out.push_str(&style.wrap(&style.clean(&told(step, workflow)), &first, "      "));
    }
    if let Some(end) = &workflow.end {
        out.push_str(&style.wrap(&style.clean(end), "      -> ", "         "));
    }
    for note in notes(workflow) {
        out.push_str(&style.wrap(&style.clean(&note), "   = ", "     "));
    }
    out
}

/// Returns the section of a workflow in Markdown.
pub(super) fn markdown(workflow: &WorkflowReport) -> String {
    let mut out = format!(
        "\n### {}\n\nSearched: {}.\n",
        text(&verdict(workflow)),
        text(&searched(workflow))
    );
    if !workflow.trace.is_empty() {
        out.push_str(&format!(
            "\n```mermaid\n{}```\n\n",
            Sequence::of_trace(workflow).mermaid()
        ));
    }
    for (number, step) in workflow.trace.iter().enumerate() {
        let repeats = if workflow.loop_from == Some(number) {
            "(from here on for ever) "
        } else {
            ""
        };
        out.push_str(&format!(
            "{}. {repeats}{}\n",
            number + 1,
            text(&told(step, workflow))
        ));
    }
    if let Some(end) = &workflow.end {
        out.push_str(&format!("\nThen {}.\n", text(end)));
    }
    for note in notes(workflow) {
        out.push_str(&format!("\n- {}\n", code(&note)));
    }
    out
}

/// Returns what a proof comes to, as a sentence without its end.
pub fn verdict(workflow: &WorkflowReport) -> String {
    let name = &workflow.name;
    match (workflow.verdict, &workflow.property) {
        (DesignVerdict::Violated, Some(property)) => {
            let faults = workflow.trace.iter().filter(|s| s.fault.is_some()).count();
            let faults = match faults {
                0 => "without any fault".to_owned(),
                many => format!("with {}", count(many, "fault")),
            };
            format!(
                "{name} does not hold: {property} (line {}), {faults}",
                workflow.line
            )
        }
        (DesignVerdict::Holds, _) => {
            let all: Vec<String> = workflow
                .searches
                .iter()
                .map(|search| held(search, workflow))
                .collect();
            format!("{name} holds for all {}", all.join(", and for all "))
        }
        _ => {
            let states = thousands(workflow.states);
            format!("{name} is not decided: no violation in {states} states")
        }
    }
}

/// "4,319 states with 1 order, 1 crash".
fn held(search: &Search, workflow: &WorkflowReport) -> String {
    let instances = count(search.bounds.instances as usize, &workflow.instance);
    format!(
        "{} states with {}",
        thousands(search.states),
        within(&search.bounds, instances)
    )
}

fn within(bounds: &Bounds, instances: String) -> String {
    let kinds = [
        (bounds.crashes, "crash", "crashes"),
        (bounds.duplicates, "duplicate", "duplicates"),
        (bounds.lost_replies, "lost reply", "lost replies"),
        (bounds.dead_letters, "dead letter", "dead letters"),
        (bounds.late_effects, "late effect", "late effects"),
    ];
    let named = kinds.into_iter().filter(|(n, ..)| *n > 0);
    let all: u64 = named.clone().map(|(n, ..)| n).sum();
    let named: Vec<String> = named
        .map(|(n, one, many)| {
            if n == 1 {
                format!("1 {one}")
            } else {
                format!("{n} {many}")
            }
        })
        .collect();
    let faults = match (
        named.is_empty() || bounds.together == 0,
        bounds.together < all,
    ) {
        (true, _) => "no fault".to_owned(),
        (false, false) => named.join(", "),
        (false, true) => {
            let most = match bounds.together {
                1 => "one fault".to_owned(),
                many => format!("{many} faults"),
            };
            format!("{most} out of {}", named.join(", "))
        }
    };
    format!("{instances}, {faults}")
}

fn searched(workflow: &WorkflowReport) -> String {
    let states: usize = workflow.searches.iter().map(|s| s.states).sum();
    let depth = workflow.searches.iter().map(|s| s.depth).max().unwrap_or(0);
    let extent = format!(
        "{} states, {depth} steps deep, in {:.2} s",
        thousands(states),
        workflow.seconds
    );
    if workflow.verdict == DesignVerdict::Holds {
        return extent;
    }
    let bounds: Vec<String> = workflow
        .searches
        .iter()
        .map(|s| {
            within(
                &s.bounds,
                count(s.bounds.instances as usize, &workflow.instance),
            )
        })
        .collect();
    format!("{extent} ({})", bounds.join("; "))
}

/// Returns a number with a comma between thousands.
fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns a step as a sentence with its line.
pub fn told(step: &TraceStep, workflow: &WorkflowReport) -> String {
    let mut out = format!("{} {}", step.actor, step.does);
    if let Some(instance) = step.instance {
        out.push_str(&format!(" ({} {instance})", workflow.instance));
    }
    if let Some(effect) = &step.effect {
        out.push_str(&format!(": {effect}"));
    }
    if let Some(fault) = &step.fault {
        out.push_str(&format!(" [{fault}]"));
    }
    out.push_str(&format!(" (line {})", step.line));
    out
}

fn notes(workflow: &WorkflowReport) -> Vec<String> {
    let one = &workflow.instance;
    let alone = (workflow.independent && workflow.verdict == DesignVerdict::Holds)
        .then(|| format!("one {one} stands for all: no other {one} sees what it does"));
    let never = workflow
        .never_reached
        .iter()
        .map(|(line, what)| format!("never reached: {what} (line {line})"));
    let open = workflow
        .not_covered
        .iter()
        .map(|(line, what)| format!("not covered: {what} (line {line})"));
    alone.into_iter().chain(never).chain(open).collect()
}
