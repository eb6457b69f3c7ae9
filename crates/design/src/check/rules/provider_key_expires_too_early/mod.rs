#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::{Done, Horizon, Scene};
use crate::check::{Group, Rule};
use crate::language::{Call, ENDLESS, Keep, Millis, Span, Spanned, Times};

/// The rule.
pub static RULE: Rule = Rule {
    id: "provider-key-expires-too-early",
    group: Group::Providers,
    page: include_str!("page.md"),
    check,
};

const WHY: &str =
    "a call that is repeated after the provider forgot its key is carried out a second time";

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for (done, call, operation) in scene.effectful_calls() {
        let Some(Spanned {
            value: Keep::For(kept),
            span,
        }) = operation.keep
        else {
            continue;
        };
        let Some((why, until)) = repeats_after(scene, done, call, kept) else {
            continue;
        };
        findings.push(
            scene
                .fail(&RULE, span, "forgotten after that")
                .title(format!(
                    "{} forgets the key of {} after {kept}, and {why}",
                    call.callee.owner, operation.name
                ))
                .why(WHY)
                .beside(until, "repeated until then")
                .steps([
                    "retry for a shorter time than the key lives",
                    "and let a late attempt ask first what was done: `unknown lookup`",
                ]),
        );
    }
    findings
}

/// Returns what repeats a call after that time.
fn repeats_after(
    scene: &Scene<'_>,
    done: &Done<'_>,
    call: &Call,
    kept: Millis,
) -> Option<(String, Span)> {
    if let Some(Spanned {
        value: Times::Forever,
        span,
    }) = call.retry
        && kept < ENDLESS
    {
        return Some(("the call is repeated for ever".to_owned(), span));
    }
    scene
        .inbound(done.handler?)
        .into_iter()
        .find_map(|channel| {
            let span = channel.retry.as_ref()?.span;
            match channel.horizon() {
                Horizon::Endless => Some((
                    format!("{} delivers its message again for ever", channel.name),
                    span,
                )),
                Horizon::For(horizon) if horizon > kept => Some((
                    format!("{} delivers its message again for {horizon}", channel.name),
                    span,
                )),
                _ => None,
            }
        })
}
