#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::{Api, Callee, Millis, Span};

/// The rule.
pub static RULE: Rule = Rule {
    id: "chatty-chain",
    group: Group::Contracts,
    page: include_str!("page.md"),
    check,
};

/// Calls in a row, or beside each other, that a caller may wait for.
const DEEP: usize = 2;
const WIDE: usize = 3;

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for service in &scene.design().services {
        for api in &service.apis {
            let chain = longest(scene, api, &mut vec![api.span]);
            let calls = chain.len();
            let budget: u64 = api
                .calls
                .iter()
                .filter_map(|c| latency(scene, c))
                .map(|m| m.0)
                .sum();
            let draft = |certain: bool| match certain {
                true => scene.fail(&RULE, api.name.span, "waits for all of them"),
                false => scene.warn(&RULE, api.name.span, "waits for all of them"),
            };
            let finding = match api.latency {
                Some(latency) if budget > latency.value.0 => draft(true).title(format!(
                    "{} answers within {}, and calls that take {} one after the other",
                    api.name,
                    latency.value,
                    Millis(budget)
                )),
                _ if calls > DEEP => draft(api.latency.is_some()).title(format!(
                    "{} waits for a chain of calls: {}",
                    api.name,
                    chain.join(", then ")
                )),
                Some(_) if api.calls.len() > WIDE => draft(false).title(format!(
                    "{} waits for {} calls before it answers",
                    api.name,
                    api.calls.len()
                )),
                _ => continue,
            };
            findings.push(
                finding
                    .why("the answer is as slow as all of them together and fails when any of them does")
                    .steps([
                        "answer when the request is written down, and do the rest in a workflow",
                        "or keep a copy of what is asked for, built from the other service's events",
                    ]),
            );
        }
    }
    findings
}

/// Returns the names of the longest chain of calls behind an api.
fn longest(scene: &Scene<'_>, api: &Api, met: &mut Vec<Span>) -> Vec<String> {
    let mut longest = Vec::new();
    for callee in &api.calls {
        let mut chain = vec![format!("{}.{}", callee.owner, callee.operation)];
        let next = scene.scope.api(&callee.owner.text, &callee.operation.text);
        if let Some(next) = next.filter(|n| !met.contains(&n.span)) {
            met.push(next.span);
            chain.extend(self::longest(scene, next, met));
            met.pop();
        }
        if chain.len() > longest.len() {
            longest = chain;
        }
    }
    longest
}

fn latency(scene: &Scene<'_>, callee: &Callee) -> Option<Millis> {
    let api = scene
        .scope
        .api(&callee.owner.text, &callee.operation.text)?;
    api.latency.map(|l| l.value)
}
