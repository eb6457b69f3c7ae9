//! CircleCI: <https://circleci.com/docs/configuration-reference/>.

use super::{Job, Step, first_line};
use crate::deploy::tree::Node;

/// Returns whether a document is a CircleCI configuration.
pub(super) fn is_config(document: &Node) -> bool {
    document.get("on").is_none()
        && document.get("version").is_some()
        && document.get("jobs").is_some()
        && document.get("workflows").is_some()
}

pub(super) fn jobs(document: &Node) -> Vec<Job> {
    let definitions = document.get("jobs");
    let mut jobs: Vec<Job> = Vec::new();
    for (_, _, workflow) in document
        .get("workflows")
        .map(Node::entries)
        .unwrap_or_default()
    {
        for listed in workflow.get("jobs").map(Node::items).unwrap_or_default() {
            let (name, key, how) = match listed.text() {
                Some(name) => (name, listed, None),
                None => match listed.entries().first() {
                    Some((name, key, how)) => (*name, *key, Some(*how)),
                    None => continue,
                },
            };
            if jobs.iter().all(|j| j.name != name) && jobs.len() < 500 {
                jobs.push(job(name, key, how, definitions.and_then(|d| d.get(name))));
            }
        }
    }
    jobs
}

fn job(name: &str, key: &Node, how: Option<&Node>, definition: Option<&Node>) -> Job {
    let steps = definition
        .and_then(|d| d.get("steps"))
        .map(Node::items)
        .unwrap_or_default();
    let approval = how
        .and_then(|h| h.entry("type"))
        .filter(|(_, v)| v.text() == Some("approval"));
    let images = definition
        .and_then(|d| d.get("docker"))
        .map(Node::items)
        .unwrap_or_default();
    let needs = how
        .and_then(|h| h.get("requires"))
        .map(Node::texts)
        .unwrap_or_default();
    Job {
        name: name.to_owned(),
        at: key.at.clone(),
        label: name.to_owned(),
        needs: needs.into_iter().map(str::to_owned).collect(),
        steps: steps.iter().filter_map(step).collect(),
        environment: None,
        manual: approval.map(|(k, v)| k.at.start..v.at.end),
        // The second image is a service container: <https://circleci.com/docs/databases/>.
        has_services: images.len() > 1,
        regions: None,
    }
}

fn step(node: &Node) -> Option<Step> {
    if let Some(name) = node.text() {
        return Some(Step {
            label: name.to_owned(),
            script: String::new(),
            uses: name.to_lowercase(),
            at: node.at.clone(),
        });
    }
    let (kind, key, body) = *node.entries().first()?;
    let script = body
        .text()
        .or_else(|| body.text_at(&["command"]))
        .filter(|_| kind == "run")
        .unwrap_or_default();
    let label = body.text_at(&["name"]).unwrap_or_else(|| {
        if script.is_empty() {
            kind
        } else {
            first_line(script)
        }
    });
    Some(Step {
        label: label.to_owned(),
        script: script.to_owned(),
        uses: if kind == "run" {
            String::new()
        } else {
            kind.to_lowercase()
        },
        at: key.at.start..body.at.end.max(key.at.end),
    })
}
