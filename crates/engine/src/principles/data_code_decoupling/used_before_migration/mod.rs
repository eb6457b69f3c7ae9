#![doc = include_str!("page.md")]

use coexist_model::{Action, Aspect, Finding, Outcome, Principle};

use crate::principles::{Rule, Scene, Words, called_at_head, contract_of, from_break};
use crate::rollout::Break;

/// The rule.
pub static RULE: Rule = Rule {
    id: "used-before-migration",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let stores = scene
        .new_code_breaks()
        .filter(|b| b.delta.made_by.is_some() && needs_it(b) && !said_already(scene, b));
    stores
        .filter_map(|b| {
            let (object, version) = (called_at_head(b.delta), b.version);
            let because = &scene.case.fleet.order.because;
            let words = Words {
                title: match (b.against_assumption, b.delta.aspect) {
                    (false, Aspect::Type) => format!("{version} uses {object} in a form that the store does not have yet"),
                    (false, _) => format!("{version} uses {object}, which the store does not have yet"),
                    (true, _) => format!("{object} {} and used in one change; that is safe only if the migration runs first", comes(b)),
                },
                label: "comes here",
                asks: format!("Do migrations run, and finish, before the first node with new code starts? ({because})"),
                safe_steps: if takes_a_place(b) {
                    contract_of(b.delta)
                } else {
                    vec![
                        format!("release 1: the migration that brings {object}, alone"),
                        "wait until it has run everywhere".to_owned(),
                        format!("release 2: the code that uses {object}"),
                    ]
                },
            };
            from_break(&RULE, b, words)
        })
        .collect()
}

/// Returns how the object comes, as a part of the title.
fn comes(broken: &Break<'_>) -> &'static str {
    match broken.delta.aspect {
        Aspect::Identity => "gets its name",
        Aspect::Type => "gets its type",
        _ if broken.delta.action == Action::Widened => "is widened",
        _ => "is added",
    }
}

/// Returns whether a new form takes the place of the old one under another name or type.
fn takes_a_place(broken: &Break<'_>) -> bool {
    matches!(broken.delta.aspect, Aspect::Identity | Aspect::Type)
}

/// Returns whether old code breaks on the same delta: that is said with the way out of both, and in whichever order they run.
fn said_already(scene: &Scene<'_>, broken: &Break<'_>) -> bool {
    broken.against_assumption
        && takes_a_place(broken)
        && scene
            .old_code_breaks()
            .any(|b| std::ptr::eq(b.delta, broken.delta) && b.is_certain())
}

/// Returns whether the new code cannot do without the delta: it brings something, and without it the statement is refused.
fn needs_it(broken: &Break<'_>) -> bool {
    let brings = match broken.delta.action {
        Action::Added => broken.delta.aspect != Aspect::Default,
        Action::Widened => true,
        Action::Changed => matches!(broken.delta.aspect, Aspect::Identity | Aspect::Type),
        Action::Removed | Action::Narrowed => false,
    };
    brings && broken.hits[0].meeting.outcome == Outcome::Refused
}
