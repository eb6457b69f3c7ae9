//! GitHub Actions: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax>.

use super::{Job, Regions, Step, first_line};
use crate::deploy::tree::{Node, Value};

/// Returns whether a document is a workflow, a reusable one, or a composite action.
pub(super) fn is_workflow(document: &Node) -> bool {
    let jobs = document.get("jobs").map(Node::entries).unwrap_or_default();
    let runs = |job: &Node| {
        ["steps", "runs-on", "uses"]
            .iter()
            .any(|k| job.get(k).is_some())
    };
    document.entry("on").is_some() && jobs.iter().any(|(_, _, job)| runs(job))
        || is_action(document)
}

fn is_action(document: &Node) -> bool {
    document.at_path(&["runs", "steps"]).is_some()
}

pub(super) fn jobs(document: &Node) -> Vec<Job> {
    if is_action(document) {
        let runs = document.entry("runs");
        return runs
            .map(|(key, runs)| job("runs", key, runs))
            .into_iter()
            .collect();
    }
    let jobs = document.get("jobs").map(Node::entries).unwrap_or_default();
    jobs.into_iter()
        .map(|(name, key, node)| job(name, key, node))
        .collect()
}

fn job(name: &str, key: &Node, node: &Node) -> Job {
    let steps = node.get("steps").map(Node::items).unwrap_or_default();
    let mut steps: Vec<Step> = steps.iter().map(step).collect();
    if let Some((uses_key, uses)) = node.entry("uses") {
        let text = uses.text().unwrap_or_default();
        steps.push(Step {
            label: text.to_owned(),
            script: String::new(),
            uses: without_version(text),
            at: uses_key.at.start..uses.at.end,
        });
    }
    let environment = node.entry("environment").and_then(|(key, value)| {
        let name = value.text().or_else(|| value.text_at(&["name"]))?;
        Some((name.to_owned(), key.at.start..value.at.end))
    });
    Job {
        name: name.to_owned(),
        at: key.at.clone(),
        label: node.text_at(&["name"]).unwrap_or(name).to_owned(),
        needs: node
            .get("needs")
            .map(Node::texts)
            .unwrap_or_default()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        steps,
        environment,
        manual: None,
        has_services: node.get("services").is_some(),
        regions: regions(node),
    }
}

fn step(node: &Node) -> Step {
    let script = node.text_at(&["run"]).unwrap_or_default();
    let uses = node.text_at(&["uses"]).unwrap_or_default();
    let label = [
        node.text_at(&["name"]).unwrap_or_default(),
        uses,
        first_line(script),
    ];
    let label = label.into_iter().find(|l| !l.is_empty()).unwrap_or("step");
    let entry = ["run", "uses", "name"].iter().find_map(|k| node.entry(k));
    Step {
        label: label.to_owned(),
        script: script.to_owned(),
        uses: without_version(uses),
        at: entry.map_or(node.at.clone(), |(k, v)| k.at.start..v.at.end.max(k.at.end)),
    }
}

fn without_version(uses: &str) -> String {
    uses.split('@').next().unwrap_or_default().to_lowercase()
}

/// Returns the matrix of regions: an axis that is called so. All are run at once unless `max-parallel: 1`.
fn regions(node: &Node) -> Option<Regions> {
    let strategy = node.get("strategy")?;
    let (key, matrix) = strategy.entry("matrix")?;
    let axis = matrix.entries().into_iter().find(|(name, _, values)| {
        super::facts::names_regions(name)
            && !matches!(&values.value, Value::List(items) if items.len() < 2)
    })?;
    let parallel = strategy.text_at(&["max-parallel"]) != Some("1");
    Some(Regions {
        at: key.at.start..axis.2.at.end.max(key.at.end),
        parallel,
    })
}
