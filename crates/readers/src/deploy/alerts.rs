//! Prometheus alerts: rule files, PrometheusRule objects, jsonnet mixins.

use std::collections::BTreeSet;

use coexist_model::{File, Reading, SurfaceKind};

use super::sheet::Sheet;
use super::tree::Node;

/// Reads `groups[].rules[]` below a node.
pub(super) fn rules(file: &File, node: &Node, reading: &mut Reading) {
    let groups = node.get("groups").map(Node::items).unwrap_or_default();
    for group in groups {
        for rule in group.get("rules").map(Node::items).unwrap_or_default() {
            alert(file, rule, reading);
        }
    }
}

/// Reads every object of a tree that has the fields of an alert.
pub(super) fn anywhere(file: &File, node: &Node, reading: &mut Reading) {
    node.walk(&mut |n| alert(file, n, reading));
}

fn alert(file: &File, rule: &Node, reading: &mut Reading) {
    let Some((key, name)) = rule.entry("alert") else {
        return;
    };
    let (Some(text), Some(_)) = (name.text(), rule.get("expr")) else {
        return;
    };
    if reading.schemas.len() >= super::SCHEMA_LIMIT {
        return;
    }
    let at = key.at.start..name.at.end.max(key.at.end);
    let surface = free_name(reading, text, rule);
    let mut sheet = Sheet::new(file, SurfaceKind::Alert, surface, at);
    sheet.take("expr", rule, "expr");
    sheet.take("for", rule, "for");
    if let Some(labels) = rule.get("labels") {
        sheet.take("severity", labels, "severity");
    }
    reading.schemas.push(sheet.schema());
}

/// Returns the alert's name; one that is taken gets its severity, then a number: a warning and a page often share a name.
fn free_name(reading: &Reading, name: &str, rule: &Node) -> String {
    let taken: BTreeSet<&str> = reading
        .schemas
        .iter()
        .filter(|s| s.surface.kind == SurfaceKind::Alert && s.surface.name.starts_with(name))
        .map(|s| s.surface.name.as_str())
        .collect();
    if !taken.contains(name) {
        return name.to_owned();
    }
    let severity = rule
        .text_at(&["labels", "severity"])
        .map(|s| format!("{name}/{s}"));
    let numbered = (2..).map(|n| format!("{name}/{n}"));
    severity
        .into_iter()
        .chain(numbered)
        .find(|n| !taken.contains(n.as_str()))
        .unwrap_or_else(|| name.to_owned())
}
