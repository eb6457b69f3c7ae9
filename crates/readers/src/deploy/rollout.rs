//! How a workload goes from one version to the next: replicas, strategy, canary steps, analysis.

use super::sheet::Sheet;
use super::tree::{Node, Value};

/// Adds the rollout settings of an object's `spec`.
pub(super) fn settings(sheet: &mut Sheet<'_>, kind: &str, spec: &Node) {
    if kind == "PodDisruptionBudget" {
        sheet.take("disruption/max-unavailable", spec, "maxUnavailable");
        sheet.take("disruption/min-available", spec, "minAvailable");
        return;
    }
    if kind == "Canary" {
        flagger(sheet, spec);
        return;
    }
    sheet.take("replicas", spec, "replicas");
    sheet.take("revision-history-limit", spec, "revisionHistoryLimit");
    sheet.take("min-ready-seconds", spec, "minReadySeconds");
    sheet.take("progress-deadline", spec, "progressDeadlineSeconds");
    if let Some((key, value)) = spec
        .entry("progressDeadlineAbort")
        .filter(|(_, v)| v.is_true())
    {
        sheet.set("rollback/deadline", "abort", key.at.start..value.at.end);
    }
    for key in ["strategy", "updateStrategy"] {
        if let Some(strategy) = spec.get(key) {
            self::strategy(sheet, strategy);
        }
    }
}

fn strategy(sheet: &mut Sheet<'_>, strategy: &Node) {
    if let Some(text) = strategy.text() {
        // All of it is a template's value.
        sheet.set("strategy", text, strategy.at.clone());
        return;
    }
    sheet.take("strategy", strategy, "type");
    if let Some(rolling) = strategy.get("rollingUpdate") {
        sheet.take("max-unavailable", rolling, "maxUnavailable");
        sheet.take("max-surge", rolling, "maxSurge");
        sheet.take("partition", rolling, "partition");
    }
    if let Some((key, canary)) = strategy.entry("canary") {
        sheet.set("strategy", "canary", key.at.clone());
        sheet.take("max-unavailable", canary, "maxUnavailable");
        sheet.take("max-surge", canary, "maxSurge");
        sheet.take("analysis/background", canary, "analysis");
        steps(sheet, canary);
    }
    if let Some((key, both)) = strategy.entry("blueGreen") {
        sheet.set("strategy", "blueGreen", key.at.clone());
        sheet.take("analysis/pre-promotion", both, "prePromotionAnalysis");
        sheet.take("analysis/post-promotion", both, "postPromotionAnalysis");
        if let Some((key, value)) = both
            .entry("autoPromotionEnabled")
            .filter(|(_, v)| v.text() == Some("false"))
        {
            sheet.set("approval/promotion", "manual", key.at.start..value.at.end);
        }
    }
}

/// Adds the steps of an Argo Rollout: <https://argo-rollouts.readthedocs.io/en/stable/features/specification/>. Weights are
/// counted apart from pauses and analyses, so that a pause between them renumbers nothing.
fn steps(sheet: &mut Sheet<'_>, canary: &Node) {
    let steps = canary.get("steps").map(Node::items).unwrap_or_default();
    let mut counts = [0_usize; 4];
    let mut next = |sort: usize| {
        counts[sort] += 1;
        counts[sort]
    };
    for step in steps {
        let at = step.at.clone();
        for (key, _, value) in step.entries() {
            let text = value.flow();
            match key {
                "setWeight" | "setCanaryScale" | "setHeaderRoute" => {
                    sheet.set(format!("canary-step/{}", next(0)), &text, at.clone());
                }
                "pause" if value.get("duration").is_some() => {
                    sheet.set(format!("canary-pause/{}", next(1)), &text, at.clone());
                }
                // Without a duration it waits until a person goes on.
                "pause" => sheet.set(format!("approval/{}", next(2)), "manual", at.clone()),
                "analysis" | "experiment" => {
                    sheet.set(format!("analysis/{}", next(3)), &text, at.clone());
                }
                _ => {}
            }
        }
    }
}

/// Adds the analysis of a Flagger Canary: <https://docs.flagger.app/usage/how-it-works>.
fn flagger(sheet: &mut Sheet<'_>, spec: &Node) {
    let Some((key, analysis)) = spec
        .entry("analysis")
        .or_else(|| spec.entry("canaryAnalysis"))
    else {
        return;
    };
    sheet.set("strategy", "canary", key.at.clone());
    sheet.take("progress-deadline", spec, "progressDeadlineSeconds");
    sheet.take("rollback/threshold", analysis, "threshold");
    match analysis.get("stepWeights").map(|w| &w.value) {
        Some(Value::List(weights)) => {
            for (index, weight) in weights.iter().enumerate() {
                sheet.set(
                    format!("canary-step/{}", index + 1),
                    &weight.flow(),
                    weight.at.clone(),
                );
            }
        }
        _ => sheet.take("canary-step/1", analysis, "stepWeight"),
    }
    for (list, sort) in [("metrics", "analysis"), ("webhooks", "webhook")] {
        for (index, item) in analysis
            .get(list)
            .map(Node::items)
            .unwrap_or_default()
            .iter()
            .enumerate()
        {
            let name = item
                .text_at(&["name"])
                .map_or((index + 1).to_string(), str::to_owned);
            let kind = item.text_at(&["type"]).unwrap_or_default();
            let sort = match kind {
                "confirm-rollout" | "confirm-promotion" => "approval",
                "rollback" => "rollback",
                _ => sort,
            };
            sheet.set(format!("{sort}/{name}"), &item.flow(), item.at.clone());
        }
    }
}
