//! What takes steps back, and what repairs copies that differ.

use crate::language::{Compensation, Repair, Step, StepKind, Workflow};
use crate::render::sheet::Sheet;

use super::text::{Table, UNSTATED, code, list, or_unstated};

pub(in crate::render) fn page(sheet: &Sheet<'_>) -> String {
    let mut out = String::new();
    for workflow in &sheet.design().workflows {
        out.push_str(&compensation(sheet, workflow));
        out.push('\n');
    }
    out.push_str("Reconciliations:\n\n");
    out.push_str(&reconciliations(sheet));
    out
}

fn compensation(sheet: &Sheet<'_>, workflow: &Workflow) -> String {
    let mut out = format!(
        "Workflow {}: coordinated by {}, waits {} for an answer.\n",
        code(&workflow.name.text),
        workflow
            .coordinator
            .as_ref()
            .map_or_else(|| UNSTATED.to_owned(), |c| code(&c.text)),
        or_unstated(workflow.timeout.map(|t| t.value))
    );
    for irreversible in &workflow.irreversible {
        out.push_str(&format!(
            "{} cannot be taken back and comes after {} (line {}).\n",
            code(&irreversible.step.text),
            irreversible
                .after
                .as_ref()
                .map_or_else(|| UNSTATED.to_owned(), |a| code(&a.text)),
            sheet.line(irreversible.span)
        ));
    }
    out.push('\n');
    match &workflow.compensation {
        Some(compensation) => {
            out.push_str(&undone(sheet, workflow, compensation));
            let own = own_steps(sheet, &compensation.steps);
            if !own.is_empty() {
                out.push_str(&format!("\nIn the same transaction: {}.\n", own.join(", ")));
            }
        }
        None => out.push_str("It takes nothing back.\n"),
    }
    out.push_str("\nTested by: ");
    let tests = workflow.tests.iter().map(|test| {
        let path = test
            .path
            .as_ref()
            .map_or_else(|| UNSTATED.to_owned(), |p| code(&p.text));
        let line = sheet.line(test.what.span);
        format!("{} in {path} (line {line})", code(&test.what.text))
    });
    let tests: Vec<String> = tests.collect();
    match tests.is_empty() {
        true => out.push_str(&format!("{UNSTATED}.\n")),
        false => out.push_str(&format!("{}.\n", tests.join(", "))),
    }
    out
}

fn undone(sheet: &Sheet<'_>, workflow: &Workflow, compensation: &Compensation) -> String {
    let mut table = Table::new(&["Step", "Taken back by", "At", "Line"]);
    let mut each = |step: &Step| {
        if let StepKind::Undo { step: undone, by } = &step.kind {
            let at = workflow.handlers.iter().filter(|h| {
                matches!(&h.trigger, crate::language::Trigger::Messages(m) if m.iter().any(|m| m.text == by.text))
            });
            table.row([
                code(&undone.text),
                code(&by.text),
                list(at.map(|h| &h.at.text), "nobody handles it"),
                sheet.line(step.span).to_string(),
            ]);
        }
    };
    for step in &compensation.steps {
        step.walk(&mut each);
    }
    table.or("It takes no step back.")
}

/// Returns what a compensation does at the coordinator itself.
fn own_steps(sheet: &Sheet<'_>, steps: &[Step]) -> Vec<String> {
    let is_own =
        |step: &&Step| !matches!(step.kind, StepKind::Undo { .. } | StepKind::Transaction(_));
    let steps = steps.iter().filter(is_own);
    steps
        .map(|step| {
            let line = sheet.line(step.span);
            format!("{} (line {line})", code(&sheet.written(step.span)))
        })
        .collect()
}

fn reconciliations(sheet: &Sheet<'_>) -> String {
    let mut table = Table::new(&[
        "Reconciliation",
        "Runs every",
        "Finds",
        "Settled for",
        "Repairs by",
        "Written down in",
        "Line",
    ]);
    for reconciliation in &sheet.design().reconciliations {
        table.row([
            code(&reconciliation.name.text),
            or_unstated(reconciliation.every.map(|e| e.value)),
            reconciliation
                .when
                .as_ref()
                .map_or_else(|| UNSTATED.to_owned(), |w| code(&sheet.written(w.span))),
            or_unstated(reconciliation.settled.map(|s| s.value)),
            match &reconciliation.repair {
                None => UNSTATED.to_owned(),
                Some(Repair::Message(message)) => format!("sending {}", code(&message.text)),
                Some(Repair::Replay(channel)) => format!("replaying {}", code(&channel.text)),
                Some(Repair::Manual(page)) => format!(
                    "a person, after {}",
                    page.as_ref()
                        .map_or_else(|| UNSTATED.to_owned(), |p| code(&p.text))
                ),
            },
            reconciliation
                .audit
                .as_ref()
                .map_or_else(|| UNSTATED.to_owned(), |a| code(&a.text)),
            sheet.line(reconciliation.span).to_string(),
        ]);
    }
    table.or("The design has no reconciliation.")
}
