//! What the proof found, and what it excluded.

use coexist_model::{DesignReport, DesignVerdict, WorkflowReport};
use coexist_report::design::{told, verdict};

use crate::render::document::Block;
use crate::render::picture::{Drawing, Picture, trace};

use super::text::prose;

pub(in crate::render) fn page(proof: Option<&DesignReport>) -> Vec<Block> {
    let Some(proof) = proof else {
        let nothing = "Nothing was tried: the page was drawn without a proof.\n";
        return vec![Block::Text(nothing.to_owned())];
    };
    if proof.workflows.is_empty() {
        let nothing = "Nothing was tried: the design has no workflow.\n";
        return vec![Block::Text(nothing.to_owned())];
    }
    proof.workflows.iter().flat_map(of_workflow).collect()
}

fn of_workflow(workflow: &WorkflowReport) -> Vec<Block> {
    let mut blocks = vec![Block::Text(format!("{}.\n", prose(&verdict(workflow))))];
    if !workflow.trace.is_empty() {
        let property = workflow.property.as_deref().unwrap_or("a property");
        blocks.push(Block::Picture(Picture {
            title: format!("How {} breaks: {property}", workflow.name),
            drawing: Drawing::Sequence(trace::sequence(workflow)),
        }));
        blocks.push(Block::Text(steps(workflow)));
    }
    let notes = notes(workflow);
    if !notes.is_empty() {
        blocks.push(Block::Text(notes));
    }
    blocks
}

/// Returns the run, step by step.
fn steps(workflow: &WorkflowReport) -> String {
    let mut out = String::new();
    for (number, step) in workflow.trace.iter().enumerate() {
        let repeats = match workflow.loop_from == Some(number) {
            true => "from here on for ever: ",
            false => "",
        };
        out.push_str(&format!(
            "{}. {repeats}{}\n",
            number + 1,
            prose(&told(step, workflow))
        ));
    }
    if let Some(end) = &workflow.end {
        out.push_str(&format!("\nThen {}.\n", prose(end)));
    }
    out
}

/// Returns what the verdict does not speak of.
fn notes(workflow: &WorkflowReport) -> String {
    let mut out = String::new();
    let mut note = |what: &str, (line, of): &(u32, String)| {
        out.push_str(&format!("- {what}: {} (line {line})\n", prose(of)));
    };
    for never in &workflow.never_reached {
        note("No run reaches", never);
    }
    for open in &workflow.not_covered {
        note("Not covered by the proof", open);
    }
    if workflow.verdict == DesignVerdict::Unknown {
        out.push_str("- Undecided is not proved: what is beyond the bounds was not looked at.\n");
    }
    out
}
