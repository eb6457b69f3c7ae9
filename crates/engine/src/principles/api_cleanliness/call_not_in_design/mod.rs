#![doc = include_str!("page.md")]

use coexist_model::{CallSeen, Finding, Principle, ServiceTerms, Side};

use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "call-not-in-design",
    principle: Principle::ApiCleanliness,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let (base, head) = (&scene.case.base.conduct, &scene.case.head.conduct);
    let new = head.calls.iter().filter(|c| !base.has_call(&c.from, &c.to));
    new.filter_map(|call| {
        let caller = scene.case.terms.of(&call.from)?;
        (!caller.calls.contains(&call.to)).then(|| finding(scene, call, caller))?
    })
    .collect()
}

fn finding(scene: &Scene<'_>, call: &CallSeen, caller: &ServiceTerms) -> Option<Finding> {
    let CallSeen { from, to, .. } = call;
    let case = scene.case;
    let place = case.changed_place(&call.places)?;
    let draft = Draft::at(&RULE, Side::Head, place, "its address is here")
        .title(format!(
            "{from} begins to call {to} over {}, and the design does not say so",
            call.over
        ))
        .related(Side::Head, &caller.place, "declares what it calls")
        .safe_steps([
            format!("say in the design that {from} calls {to}, how long it waits and what is seen when {to} is down; coexist design check and prove then cover it"),
            format!("or let {from} be told by a message what it asks {to} for"),
        ]);
    let ran_before = case.base.conduct.runs.contains(from);
    let asks = if caller.sends_to.contains(to) {
        format!(
            "Is this a call for which {from} waits, beside the messages that the design lets it send to {to}?"
        )
    } else if call.named_before || !ran_before {
        format!("Does {from} begin to call {to} with this change, or did it before?")
    } else {
        format!("Does {from} call {to} at this address?")
    };
    let wants = format!("the line of {from} that sends the request");
    Some(draft.ask(asks, wants))
}
