//! What the proof found, and what it excluded.

use coexist_model::{DesignReport, DesignVerdict, WorkflowReport};
use coexist_report::design::{told, verdict};

use crate::language::PropertyKind;
use crate::render::document::Block;
use crate::render::picture::{Drawing, Picture, Sequence};
use crate::render::sheet::Sheet;

use super::text::{code, prose};

pub(in crate::render) fn page(sheet: &Sheet<'_>, proof: Option<&DesignReport>) -> Vec<Block> {
    let Some(proof) = proof else {
        let nothing = "Nothing was tried: the page was drawn without a proof.\n";
        return vec![Block::Text(nothing.to_owned())];
    };
    if proof.workflows.is_empty() {
        let nothing = "Nothing was tried: the design has no workflow.\n";
        return vec![Block::Text(nothing.to_owned())];
    }
    let workflows = proof.workflows.iter();
    workflows.flat_map(|w| of_workflow(sheet, w)).collect()
}

fn of_workflow(sheet: &Sheet<'_>, workflow: &WorkflowReport) -> Vec<Block> {
    let mut blocks = vec![Block::Text(format!("{}.\n", prose(&verdict(workflow))))];
    if !workflow.trace.is_empty() {
        let property = workflow.property.as_deref().unwrap_or("a property");
        blocks.push(Block::Picture(Picture {
            title: format!("How {} breaks: {property}", workflow.name),
            drawing: Drawing::Sequence(Sequence::of_trace(workflow)),
        }));
        blocks.push(Block::Text(steps(workflow)));
    }
    if workflow.verdict == DesignVerdict::Holds {
        blocks.push(Block::Text(excluded(sheet, workflow)));
    }
    let notes = notes(workflow);
    if !notes.is_empty() {
        blocks.push(Block::Text(notes));
    }
    blocks
}

/// Returns what happens in none of the runs.
fn excluded(sheet: &Sheet<'_>, workflow: &WorkflowReport) -> String {
    let mut out = String::from(
        "Excluded in all of these runs:\n\n- an instance that stands still for ever\n- a message that is committed and never published\n",
    );
    let mut workflows = sheet.design().workflows.iter();
    let design = workflows.find(|w| w.name == workflow.name.as_str());
    for property in design.iter().flat_map(|w| &w.properties) {
        let condition = code(&sheet.written(property.condition.span));
        let label = property
            .label
            .as_ref()
            .map(|l| format!("{}: ", prose(&l.text)));
        let (label, line) = (label.unwrap_or_default(), sheet.line(property.span));
        out.push_str(&match property.kind {
            PropertyKind::Never => format!("- {label}{condition} (line {line})\n"),
            PropertyKind::Finally => {
                format!("- the end without {label}{condition} (line {line})\n")
            }
        });
    }
    out
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
