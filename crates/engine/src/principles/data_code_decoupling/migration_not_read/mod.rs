#![doc = include_str!("page.md")]

use coexist_model::{Finding, Principle, Side};

use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "migration-not-read",
    principle: Principle::DataCodeDecoupling,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let unread = scene.case.unread.iter().map(|migration| {
        let name = migration.place.path.rsplit('/').next().unwrap_or_default();
        let draft = Draft::at(&RULE, Side::Head, &migration.place, "not read")
            .title(format!("{name} is a migration that was not read: {}", migration.why))
            .note("an additive migration that code of this change does not need is safe; anything else may not be")
            .safe_steps([
                format!("read {name} by hand against the code that runs"),
                "release it apart from code that needs it or no longer needs what it takes away".to_owned(),
            ]);
        draft.ask(
            format!("Can the code that runs now, and the code of this change, both work before and after {name}?"),
            "the line of the code that uses what the migration changes, or that none does",
        )
    });
    unread.collect()
}
