//! Principle 1: no release changes how data is stored and ships the code that uses the new form.

pub mod backfill_under_old_code;
pub mod column_added_under_fixed_shape;
pub mod conflict_target_dropped;
pub mod constraint_before_writers;
pub mod contract_not_cleared;
pub mod drop_column_in_use;
pub mod drop_table_in_use;
pub mod enum_value_before_reader;
pub mod enum_value_removed_in_use;
pub mod migration_not_read;
pub mod migration_not_understood;
pub mod null_before_reader;
pub mod rename_in_use;
pub mod required_before_writers;
pub mod required_column_unnamed;
pub mod stored_message_changed;
pub mod type_change_in_use;
pub mod used_before_migration;

use super::Rule;

/// The rules of this principle, in the order in which they are asked.
pub static RULES: &[&Rule] = &[
    &drop_column_in_use::RULE,
    &drop_table_in_use::RULE,
    &rename_in_use::RULE,
    &type_change_in_use::RULE,
    &required_before_writers::RULE,
    &constraint_before_writers::RULE,
    &conflict_target_dropped::RULE,
    &enum_value_before_reader::RULE,
    &enum_value_removed_in_use::RULE,
    &used_before_migration::RULE,
    &column_added_under_fixed_shape::RULE,
    &required_column_unnamed::RULE,
    &backfill_under_old_code::RULE,
    &stored_message_changed::RULE,
    &migration_not_understood::RULE,
    &migration_not_read::RULE,
    &contract_not_cleared::RULE,
    &null_before_reader::RULE,
];
