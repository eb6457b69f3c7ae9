#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::{Done, Scene};
use crate::check::{Group, Rule};
use crate::language::{Assignment, Handler, StepKind, Trigger};

/// The rule.
pub static RULE: Rule = Rule {
    id: "consumer-not-idempotent",
    group: Group::Delivery,
    page: include_str!("page.md"),
    check,
};

const WHY: &str = "every channel delivers a message again after a crash or a lost acknowledgement: the second time counts too";

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for done in &scene.done {
        let StepKind::Assign {
            target, operator, ..
        } = &done.step.kind
        else {
            continue;
        };
        let Some(handler) = done
            .handler
            .filter(|h| matches!(h.trigger, Trigger::Messages(_)))
        else {
            continue;
        };
        let inbox = scene
            .scope
            .service(done.at)
            .is_some_and(|s| s.stores.iter().any(|s| s.inbox.is_some()));
        if inbox || *operator == Assignment::Set || knows_again(scene, handler) {
            continue;
        }
        let closed = closes(scene, done);
        let draft = match done.looked_at().is_empty() {
            true => scene.fail(&RULE, done.step.span, "counted again"),
            false if closed => continue,
            false => scene.warn(&RULE, done.step.span, "counted again?"),
        };
        findings.push(
            draft
                .title(format!("{} changes {}.{} once more for each copy of a message", done.at, target.table, target.field))
                .why(WHY)
                .beside(handler.head, "handled here")
                .steps(["add `inbox by message_id keep 30d` to the store: a copy is known again", "or do it only where a state says that it is not done yet, and change that state with it"]),
        );
    }
    findings
}

/// Whether all that the handler answers are calls that the api knows again.
fn knows_again(scene: &Scene<'_>, handler: &Handler) -> bool {
    let Trigger::Messages(messages) = &handler.trigger else {
        return false;
    };
    messages.iter().all(|message| {
        let api = scene.scope.api(&handler.at.text, &message.text);
        api.is_some_and(|api| api.idempotency.is_some())
    })
}

/// Whether the same transaction sets a field that a guard compares: handled again, the guard holds no longer.
fn closes(scene: &Scene<'_>, done: &Done<'_>) -> bool {
    let compared = done.looked_at();
    scene.done.iter().any(|other| {
        let same = other.transaction == done.transaction && done.transaction.is_some();
        same && matches!(&other.step.kind, StepKind::Assign { target, operator: Assignment::Set, .. }
            if compared.iter().any(|p| p.table.text == target.table.text && p.field.text == target.field.text))
    })
}
