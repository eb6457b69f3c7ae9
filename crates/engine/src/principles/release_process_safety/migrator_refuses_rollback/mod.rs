#![doc = include_str!("page.md")]

use std::sync::Arc;

use coexist_model::{Finding, Migration, Migrator, Place, Principle, Side};

use crate::principles::{Draft, Rule, Scene};

/// The rule.
pub static RULE: Rule = Rule {
    id: "migrator-refuses-rollback",
    principle: Principle::ReleaseProcessSafety,
    page: include_str!("page.md"),
    check,
};

fn check(scene: &Scene<'_>) -> Vec<Finding> {
    let base = &scene.case.base.linked;
    let refusing = base
        .migrators
        .iter()
        .filter(|m| m.refusal.is_some() && !runs_elsewhere(scene, m));
    let met = refusing.flat_map(|migrator| {
        let stores = scene.comparison.pending.iter();
        let added = stores.flat_map(|(set, p)| p.migrations.iter().map(move |m| (set, m)));
        let first = added.into_iter().find(|(set, m)| runs(migrator, set, m));
        first.map(|(_, migration)| (migrator, migration))
    });
    // One way back is lost, however many migrations it is lost to.
    met.take(1)
        .map(|(migrator, migration)| finding(scene, migrator, migration))
        .collect()
}

/// Returns whether a deployment file shows that migrations run in a step of their own: then no node runs them when it starts.
fn runs_elsewhere(scene: &Scene<'_>, migrator: &Migrator) -> bool {
    let order = &scene.case.fleet.order;
    let shown = order.place.as_ref().filter(|_| order.proven);
    shown.is_some_and(|p| p.path != migrator.place.path)
}

/// Returns whether the code shows that its process migrates when it starts.
fn runs_at_start(scene: &Scene<'_>, migrator: &Migrator) -> bool {
    let order = &scene.case.fleet.order;
    let shown = order.place.as_ref().filter(|_| order.proven);
    shown.is_some_and(|p| p.path == migrator.place.path)
}

/// Returns whether the migrator runs this migration: by the folder that it names, else by the layout of its tool.
fn runs(migrator: &Migrator, set: &Arc<str>, migration: &Migration) -> bool {
    let Some(folder) = &migrator.folder else {
        return migration.tool == migrator.tool;
    };
    let Some(above) = set.strip_suffix(folder.as_str()) else {
        return false;
    };
    (above.is_empty() || above.ends_with('/')) && migrator.place.path.starts_with(above)
}

fn finding(scene: &Scene<'_>, migrator: &Migrator, migration: &Migration) -> Finding {
    let (tool, version) = (migrator.tool, scene.version(Side::Base));
    let name = &migration.key.name;
    let place = migration.up().next().map_or_else(
        || Place::of_file(&migration.path),
        |operation| operation.place.clone(),
    );
    let mut draft = Draft::at(&RULE, Side::Head, &place, "unknown to what runs now")
        .title(format!(
            "the migrator of {version} ({tool}) refuses a migration that it does not know: once {name} has run, it stops a node of {version} that runs it"
        ))
        .related(Side::Base, &migrator.place, "refuses")
        .safe_steps([
            format!("let the migrator accept a newer store, and release that before {name}"),
            "or run migrations in a step of their own, before the nodes start".to_owned(),
        ]);
    if let Some(refusal) = migrator.refusal {
        draft = draft.note(format!("{tool} stops with \"{refusal}\""));
    }
    if runs_at_start(scene, migrator) {
        return draft
            .note(format!("{version} runs it when it starts"))
            .warn();
    }
    draft.ask(
        format!(
            "Does a node run the migrator at {}:{} when it starts?",
            migrator.place.path, migrator.place.line
        ),
        "the line that calls it on the way from the start of the program, or the command of its own that does",
    )
}
