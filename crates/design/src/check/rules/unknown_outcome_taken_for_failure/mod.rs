#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::{Spanned, Times};

/// The rule.
pub static RULE: Rule = Rule {
    id: "unknown-outcome-taken-for-failure",
    group: Group::Providers,
    page: include_str!("page.md"),
    check,
};

/// Outcomes that leave open what was done.
const OPEN: &[&str] = &["pending", "unknown", "processing"];

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for (done, call, operation) in scene.effectful_calls() {
        let name = format!("{}.{}", call.callee.owner, operation.name);
        let forever = matches!(
            call.retry,
            Some(Spanned {
                value: Times::Forever,
                ..
            })
        );
        let draft = match &call.unknown {
            Some(unknown)
                if operation.answers().contains(&unknown.text.as_str())
                    && !OPEN.contains(&unknown.text.as_str()) =>
            {
                scene
                    .fail(&RULE, unknown.span, "no answer is none")
                    .title(format!(
                        "{} takes a lost answer of {name} for `{unknown}`",
                        done.at
                    ))
            }
            None if !forever => scene
                .warn(&RULE, done.step.span, "and without an answer?")
                .title(format!(
                    "nothing says what {} does when no answer of {name} comes",
                    done.at
                )),
            _ => continue,
        };
        findings.push(
            draft
                .why("the provider may have done it: what is then told and stored differs from what was done, and nobody takes it back")
                .steps(["ask the provider: `unknown lookup`, an operation that is `read-only`", "or repeat the call with the same key until an answer comes: `retry forever`"]),
        );
    }
    findings
}
