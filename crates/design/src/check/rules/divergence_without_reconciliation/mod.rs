#![doc = include_str!("page.md")]

use coexist_model::DesignFinding;

use crate::check::scene::Scene;
use crate::check::{Group, Rule};
use crate::language::Consistency;

/// The rule.
pub static RULE: Rule = Rule {
    id: "divergence-without-reconciliation",
    group: Group::Consistency,
    page: include_str!("page.md"),
    check,
};

const WHY: &str = "messages are given up, rows are repaired by hand, backups are restored: what may differ for a while differs for ever once, and nobody sees it";

fn check(scene: &Scene<'_>) -> Vec<DesignFinding> {
    let mut findings = Vec::new();
    for truth in &scene.design().truths {
        let Some(Consistency::Eventual {
            within,
            reconcile,
            span,
        }) = &truth.consistency
        else {
            continue;
        };
        let steps = [
            "add `reconcile NAME` to the truth",
            "and `reconcile NAME every 1h { when … settled 30m; repair … }`: a message, a replay, or a page for a person",
        ];
        if reconcile.is_none() {
            let draft = scene.fail(&RULE, *span, "repaired by nothing");
            findings.push(
                draft
                    .title(format!(
                        "{} may differ from its truth, and nothing finds or repairs that",
                        truth.table
                    ))
                    .why(WHY)
                    .steps(steps),
            );
        } else if within.is_none() {
            let draft = scene.warn(&RULE, *span, "within how long?");
            let draft = draft.title(format!(
                "nothing says after how long {} is equal to its truth",
                truth.table
            ));
            findings.push(
                draft
                    .why("without a bound nobody can tell a copy that lags from one that is wrong")
                    .steps(["write `eventual 15m`"]),
            );
        }
    }
    for reconciliation in &scene.design().reconciliations {
        let what = match (&reconciliation.when, &reconciliation.repair) {
            (None, _) => "compares nothing",
            (_, None) => "repairs nothing",
            _ => continue,
        };
        let draft = scene.warn(&RULE, reconciliation.name.span, what);
        let draft = draft
            .title(format!("the reconciliation {} {what}", reconciliation.name))
            .why(WHY);
        findings.push(
            draft.steps(["write `when CONDITION settled 30m; repair MESSAGE` into its block"]),
        );
    }
    findings
}
