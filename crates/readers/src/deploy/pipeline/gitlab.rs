//! GitLab CI: <https://docs.gitlab.com/ci/yaml/>.

use std::collections::BTreeMap;

use super::{Job, Step, first_line};
use crate::deploy::tree::Node;

/// Keys at the top that are no jobs.
const GLOBAL: &[&str] = &[
    "stages",
    "variables",
    "default",
    "include",
    "workflow",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "spec",
    "pages",
];

/// Returns whether a document is a pipeline: one of its maps runs a script.
pub(super) fn is_config(path: &str, document: &Node) -> bool {
    let named = path.contains("gitlab-ci") || document.get("stages").is_some();
    named
        && document.get("jobs").is_none()
        && document
            .entries()
            .iter()
            .any(|(_, _, j)| j.get("script").is_some())
}

pub(super) fn jobs(document: &Node) -> Vec<Job> {
    let all = document.entries();
    let scripted = all.iter().filter(|(name, _, job)| {
        !GLOBAL.contains(name)
            && !name.starts_with('.')
            && ["script", "trigger", "extends"]
                .iter()
                .any(|k| job.get(k).is_some())
    });
    let scripted: Vec<_> = scripted.take(1_000).collect();
    let stages = document.get("stages").map(Node::texts).unwrap_or_default();
    let order: BTreeMap<&str, usize> = stages
        .iter()
        .enumerate()
        .map(|(index, s)| (*s, index))
        .collect();
    let stage = |job: &Node| job.text_at(&["stage"]).and_then(|s| order.get(s).copied());
    let job = |(name, key, node): &(&str, &Node, &Node)| {
        let needs = match node.get("needs") {
            Some(needs) => needs
                .items()
                .iter()
                .filter_map(|n| n.text().or_else(|| n.text_at(&["job"])))
                .map(str::to_owned)
                .collect(),
            // Without `needs`, a job waits for all jobs of the earlier stages.
            None => scripted
                .iter()
                .filter(|(_, _, other)| {
                    stage(other)
                        .zip(stage(node))
                        .is_some_and(|(theirs, ours)| theirs < ours)
                })
                .map(|(other, _, _)| (*other).to_owned())
                .take(200)
                .collect(),
        };
        self::job(name, key, node, needs)
    };
    scripted.iter().map(|entry| job(entry)).collect()
}

fn job(name: &str, key: &Node, node: &Node, needs: Vec<String>) -> Job {
    let mut steps = Vec::new();
    for part in ["before_script", "script", "after_script"] {
        let Some(script) = node.get(part) else {
            continue;
        };
        let lines: Vec<&Node> = if script.items().is_empty() {
            vec![script]
        } else {
            script.items().iter().collect()
        };
        for line in lines {
            if let Some(text) = line.text() {
                steps.push(Step {
                    label: first_line(text).to_owned(),
                    script: text.to_owned(),
                    uses: String::new(),
                    at: line.at.clone(),
                });
            }
        }
    }
    let manual = |node: &Node| {
        node.entry("when")
            .filter(|(_, v)| v.text() == Some("manual"))
            .map(|(k, v)| k.at.start..v.at.end)
    };
    let rules = node.get("rules").map(Node::items).unwrap_or_default();
    let environment = node.entry("environment").and_then(|(key, value)| {
        let name = value.text().or_else(|| value.text_at(&["name"]))?;
        Some((name.to_owned(), key.at.start..value.at.end))
    });
    Job {
        name: name.to_owned(),
        at: key.at.clone(),
        label: name.to_owned(),
        needs,
        steps,
        environment,
        manual: manual(node).or_else(|| rules.iter().find_map(manual)),
        has_services: node.get("services").is_some(),
        regions: None,
    }
}
