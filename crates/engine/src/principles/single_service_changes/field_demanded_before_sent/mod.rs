#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Delta, Detail, Finding, Label, Principle, SurfaceKind};

use crate::principles::single_service_changes::oneof_member_before_reader::is_decision;
use crate::principles::{Rule, Scene, Words, called, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "field-demanded-before-sent",
    principle: Principle::SingleServiceChanges,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let demanded = scene.wire_breaks(|b| is_new(b.delta) && !is_decision(b));
    let found = demanded.into_iter().filter_map(|b| {
        let (field, version) = (called(b.delta), b.version);
        let words = Words {
            title: format!("{field} is new, and the server fails without it; {version} calls and does not send it"),
            label: "added here",
            asks: format!("Does a call of {version} that leaves {field} out reach the check?"),
            safe_steps: vec![
                format!("release 1: the server takes {field} where it is set, and goes on without it where it is not"),
                format!("release 2: clients send {field}"),
                "wait until no client runs an older version and none will be rolled back to".to_owned(),
                format!("release 3: the server demands {field}"),
            ],
        };
        from_break(&RULE, b, words)
    });
    found.collect()
}

/// Returns whether a field comes to a message that is there already. One that the format itself requires is another matter.
pub(super) fn is_new(delta: &Delta) -> bool {
    let required = matches!(delta.new.as_ref().map(|e| &e.detail), Some(Detail::Field(f)) if f.label == Label::Required);
    delta.surface.kind == SurfaceKind::Message
        && (delta.aspect, delta.action) == (Aspect::Existence, Action::Added)
        && !required
}
