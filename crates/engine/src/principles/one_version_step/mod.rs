//! Principle 3: at most two adjacent versions run at once, and nothing relies on the older being gone.

pub mod compatibility_code_removed;
pub mod contract_before_deployed;
pub mod contract_with_last_reader;
pub mod expand_and_contract_together;
pub mod migration_history_rewritten;
pub mod version_skipped;

use super::Rule;

/// The rules of this principle, in the order in which they are asked.
pub static RULES: &[&Rule] = &[
    &contract_with_last_reader::RULE,
    &expand_and_contract_together::RULE,
    &contract_before_deployed::RULE,
    &version_skipped::RULE,
    &compatibility_code_removed::RULE,
    &migration_history_rewritten::RULE,
];
