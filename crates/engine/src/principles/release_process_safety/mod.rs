//! Principle 4: a release goes to a few nodes, is watched, rolled back, and only then goes everywhere.

pub mod alert_removed;
pub mod all_regions_at_once;
pub mod migration_without_way_back;
pub mod migrator_refuses_rollback;
pub mod probe_removed;
pub mod recreate_strategy;
pub mod safeguard_removed;
pub mod unstaged_rollout;

use super::Rule;

/// The rules of this principle, in the order in which they are asked.
pub static RULES: &[&Rule] = &[
    &recreate_strategy::RULE,
    &probe_removed::RULE,
    &alert_removed::RULE,
    &safeguard_removed::RULE,
    &all_regions_at_once::RULE,
    &migration_without_way_back::RULE,
    &migrator_refuses_rollback::RULE,
    &unstaged_rollout::RULE,
];
