#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};

/// The rule.
pub static RULE: Rule = Rule {
    id: "service-without-failure-effect",
    group: Group::Ownership,
    page: include_str!("page.md"),
    check,
};

const WHY: &str = "services fail one by one; who does not say what is seen then finds out in production, on the users";

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for service in &scene.design().services {
        let steps = [
            "add `fails { upstream \"what callers see\"; downstream \"what consumers see\" }`; `none` where nobody sees anything",
        ];
        match &service.fails {
            None => findings.push(
                scene
                    .fail(&RULE, service.name.span, "what happens when it is down?")
                    .title(format!(
                        "nothing says what is seen when {} fails",
                        service.name
                    ))
                    .why(WHY)
                    .steps(steps),
            ),
            Some(fails) if fails.upstream.is_none() || fails.downstream.is_none() => {
                let side = if fails.upstream.is_none() {
                    "upstream"
                } else {
                    "downstream"
                };
                let draft = scene.warn(&RULE, fails.span, "one side is missing");
                let draft = draft.title(format!(
                    "nothing says what is seen {side} when {} fails",
                    service.name
                ));
                findings.push(draft.why(WHY).steps(steps));
            }
            Some(_) => {}
        }
    }
    findings
}
