//! The report of a design for programs; its form is a promise, as that of a review.

use coexist_model::{Bounds, DesignFinding, DesignReport, Search, TraceStep, WorkflowReport};
use serde_json::{Value, json as value};

use crate::json::print;

/// The version of the form.
const VERSION: u32 = 1;

/// Returns the report as JSON.
pub fn json(report: &DesignReport) -> String {
    print(&value!({
        "version": VERSION,
        "design": report.design,
        "verdict": report.verdict.word(),
        "findings": report.findings.iter().map(finding).collect::<Vec<_>>(),
        "workflows": report.workflows.iter().map(workflow).collect::<Vec<_>>(),
        "notices": report.notices.iter().map(|n| value!({"line": n.place.line, "what": n.what})).collect::<Vec<_>>(),
    }))
}

/// Returns a form that was made elsewhere, such as a design's own, as JSON text that is safe to show.
pub fn form(form: &Value) -> String {
    print(form)
}

fn finding(finding: &DesignFinding) -> Value {
    value!({
        "rule": finding.rule,
        "verdict": finding.verdict.word(),
        "path": &*finding.place.path,
        "line": finding.place.line,
        "column": finding.place.column,
        "end_line": finding.place.end_line,
        "end_column": finding.place.end_column,
        "title": finding.title,
        "why": finding.why,
        "safe_steps": finding.safe_steps,
        "related": finding.related.iter().map(|(place, role)| value!({
            "path": &*place.path, "line": place.line, "column": place.column, "role": role,
        })).collect::<Vec<_>>(),
        "suppressed": finding.suppressed.as_ref().map(|s| value!({"line": s.line, "reason": s.reason})),
    })
}

fn workflow(workflow: &WorkflowReport) -> Value {
    value!({
        "name": workflow.name,
        "verdict": workflow.verdict.word(),
        "property": workflow.property,
        "line": workflow.line,
        "states": workflow.states,
        "depth": workflow.depth,
        "seconds": workflow.seconds,
        "bounds": bounds(&workflow.bounds),
        "searches": workflow.searches.iter().map(search).collect::<Vec<_>>(),
        "trace": workflow.trace.iter().map(step).collect::<Vec<_>>(),
        "loop_from": workflow.loop_from,
        "end": workflow.end,
        "independent": workflow.independent,
        "never_reached": workflow.never_reached.iter().map(|(line, what)| format!("{what} (line {line})")).collect::<Vec<_>>(),
        "not_covered": workflow.not_covered.iter().map(|(line, what)| format!("{what} (line {line})")).collect::<Vec<_>>(),
    })
}

fn search(search: &Search) -> Value {
    value!({
        "bounds": bounds(&search.bounds),
        "states": search.states,
        "depth": search.depth,
    })
}

fn bounds(bounds: &Bounds) -> Value {
    value!({
        "instances": bounds.instances,
        "crashes": bounds.crashes,
        "duplicates": bounds.duplicates,
        "lost-replies": bounds.lost_replies,
        "dead-letters": bounds.dead_letters,
        "late-effects": bounds.late_effects,
        "together": bounds.together,
    })
}

fn step(step: &TraceStep) -> Value {
    value!({
        "actor": step.actor,
        "does": step.does,
        "fault": step.fault,
        "effect": step.effect,
        "line": step.line,
        "instance": step.instance,
        "from": step.arrow.as_ref().map(|a| &a.from),
        "to": step.arrow.as_ref().map(|a| &a.to),
        "message": step.arrow.as_ref().map(|a| &a.text),
    })
}
