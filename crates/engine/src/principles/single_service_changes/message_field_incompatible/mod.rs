#![doc = include_str!("page.md")]

use std::collections::BTreeSet;

use coexist_model::{
    Action, Aspect, Delta, Detail, Encoding, Finding, Outcome, Principle, Schema, SurfaceKind,
};

use crate::principles::single_service_changes::{
    field_demanded_before_sent, oneof_member_before_reader,
};
use crate::principles::{Draft, Rule, Scene, Words, called, from_break};

/// The rule.
pub static RULE: Rule = Rule {
    id: "message-field-incompatible",
    principle: Principle::SingleServiceChanges,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let fields = scene.wire_breaks(|b| {
        b.delta.surface.kind == SurfaceKind::Message
            // What waits is the matter of principle 1.
            && !scene.waits(b)
            && !field_demanded_before_sent::is_new(b.delta)
            && b.delta.aspect != Aspect::Identity
            && !oneof_member_before_reader::is_decision(b)
    });
    let found = fields.into_iter().filter_map(|b| {
        let (field, version) = (called(b.delta), b.version);
        let words = Words {
            title: format!("{field} changes so that {version} does not understand what the other version sends"),
            label: "changed here",
            asks: format!("What does {version} do when {field} is missing or has the other form?"),
            safe_steps: vec![
                format!("release 1: add a second field beside {field}; writers fill both, readers accept either"),
                "wait until no node runs an older version and none will be rolled back to".to_owned(),
                "release 2: readers use the second field only".to_owned(),
                format!("release 3: writers stop filling {field}; reserve its number and name"),
            ],
        };
        from_break(&RULE, b, words)
    });
    found.chain(unread(scene)).collect()
}

/// How deep messages are followed into each other up to an RPC.
const NESTED: usize = 16;

/// Returns the fields whose bytes change their meaning, where an RPC carries them and no use of them was found: who calls is not
/// known to be here.
fn unread(scene: &Scene<'_>) -> impl Iterator<Item = Finding> {
    let changed = scene.deltas().filter(|d| {
        d.surface.kind == SurfaceKind::Message
            && (is_moved(scene, d) || is_retyped(scene, d))
            && !is_broken(scene, d)
            && is_carried(&scene.case.base.linked.schemas, &d.surface.name)
    });
    changed.map(|d| {
        let field = called(d);
        let draft = Draft::of(&RULE, d, "changed here")
            .title(format!(
                "the bytes of {field} change their meaning, and an RPC carries them; no use of it was found here"
            ))
            .safe_steps([
                format!("release 1: add a second field beside {field}; writers fill both, readers accept either"),
                "wait until no node runs an older version and none will be rolled back to".to_owned(),
                format!("release 2: readers use the second field only; reserve the number and name of {field}"),
            ]);
        draft.ask(
            format!("Does any process, here or elsewhere, send or read {field}?"),
            "the line that reads or fills it, or the one that shows that the RPC has no callers",
        )
    })
}

/// Returns whether the name goes on under another number.
fn is_moved(scene: &Scene<'_>, delta: &Delta) -> bool {
    let is = |d: &Delta, action| (d.aspect, d.action) == (Aspect::Existence, action);
    is(delta, Action::Removed)
        && scene.deltas().any(|d| {
            is(d, Action::Added) && d.surface == delta.surface && d.element == delta.element
        })
}

fn is_retyped(scene: &Scene<'_>, delta: &Delta) -> bool {
    let (Some(old), Some(new)) = (&delta.old, &delta.new) else {
        return false;
    };
    let mut forms = scene.forms.iter();
    let Some(form) = forms.find(|f| f.kinds().contains(&delta.surface.kind)) else {
        return false;
    };
    let fails = |written, read| {
        let meeting = form.carry(Some(written), Some(read), Encoding::Binary);
        let certain = meeting.assumed.is_empty();
        certain
            && matches!(
                meeting.outcome,
                Outcome::Refused | Outcome::Misread | Outcome::Lost
            )
    };
    delta.aspect == Aspect::Type && (fails(old, new) || fails(new, old))
}

/// Returns whether some use was found that breaks: that says more.
fn is_broken(scene: &Scene<'_>, delta: &Delta) -> bool {
    scene
        .breaks
        .iter()
        .any(|b| b.delta.surface == delta.surface && b.delta.element == delta.element)
}

/// Returns whether a message is sent by an RPC, by itself or in another one.
fn is_carried(schemas: &[Schema], message: &str) -> bool {
    let mut inside: BTreeSet<&str> = BTreeSet::from([message]);
    for _ in 0..NESTED {
        let before = inside.len();
        for schema in schemas {
            for element in &schema.elements {
                match &element.detail {
                    Detail::Method(m)
                        if inside.contains(&*m.request) || inside.contains(&*m.response) =>
                    {
                        return true;
                    }
                    Detail::Field(field) if inside.contains(&*field.type_name) => {
                        inside.insert(&schema.surface.name);
                    }
                    _ => {}
                }
            }
        }
        if inside.len() == before {
            break;
        }
    }
    false
}
