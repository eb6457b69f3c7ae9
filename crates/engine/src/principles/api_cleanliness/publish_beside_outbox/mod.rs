#![doc = include_str!("page.md")]

use coexist_model::{DirectSend, Finding, Place, Principle, Side};

use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "publish-beside-outbox",
    principle: Principle::ApiCleanliness,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let (base, head) = (&scene.case.base.conduct, &scene.case.head.conduct);
    let known = |sent: &DirectSend| {
        let mut before = base.direct.iter();
        before.any(|b| b.by == sent.by && b.channel == sent.channel)
    };
    let new = head.direct.iter().filter(|sent| !known(sent));
    new.filter_map(|sent| {
        let line = scene.case.terms.of(&sent.by)?.outbox.as_ref()?;
        scene
            .case
            .changed_place(std::slice::from_ref(&sent.place))?;
        Some(finding(sent, line))
    })
    .collect()
}

fn finding(sent: &DirectSend, line: &Place) -> Finding {
    let DirectSend { by, channel, place } = sent;
    Draft::at(&RULE, Side::Head, place, "sent here")
        .title(format!(
            "{by} publishes to {channel} beside a transaction, and the design sends its messages through an outbox"
        ))
        .related(Side::Head, line, "says that messages go through the outbox")
        .safe_steps([
            "add the message to the outbox in the same transaction, and let the relay publish it",
            "where this is the relay itself, answer so: it sends what is committed already",
        ])
        .ask(
            format!("Is this the relay that publishes the rows of {by}'s outbox?"),
            "the line that reads the rows of the outbox before they are sent",
        )
}
