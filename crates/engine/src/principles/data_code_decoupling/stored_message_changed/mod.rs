#![doc = include_str!("page.md")]

use coexist_model::{Finding, Principle, SurfaceKind};

use crate::principles::{Rule, Scene, Words, called, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "stored-message-changed",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let stored =
        scene.wire_breaks(|b| b.delta.surface.kind == SurfaceKind::Message && scene.waits(b));
    let found = stored.into_iter().filter_map(|b| {
        let (field, version) = (called(b.delta), b.version);
        let queued = scene.queued(b);
        let kept = queued.and_then(|q| q.kept.as_ref());
        let words = Words {
            title: format!("{field} changes in a message that waits in a store or queue, and {version} meets the other form"),
            label: "changed here",
            asks: format!("What does {version} do with a stored message whose {field} has the other form?"),
            safe_steps: vec![
                format!("release 1: readers accept {field} in both forms"),
                "wait until no node runs an older version and none will be rolled back to".to_owned(),
                "release 2: writers write the new form".to_owned(),
                match kept {
                    Some(kept) => format!("wait until nothing in the old form is stored or queued: the design keeps it for {kept}"),
                    None => "wait until nothing in the old form is stored or queued".to_owned(),
                },
                "release 3: readers drop the old form".to_owned(),
            ],
        };
        let mut finding = from_break(&RULE, b, words)?;
        finding.notes.extend(queued.map(|q| {
            format!(
                "the design lets it wait in {} ({}:{})",
                q.channel, q.place.path, q.place.line
            )
        }));
        Some(finding)
    });
    found.collect()
}
