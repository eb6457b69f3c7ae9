//! Principle 5: simple, typed, documented APIs with stated guarantees.

pub mod guarantee_removed;
pub mod json_in_string;
pub mod stringly_enum;
pub mod untyped_payload;
pub mod unversioned_package;

use super::Rule;

/// The rules of this principle, in the order in which they are asked.
pub static RULES: &[&Rule] = &[
    &json_in_string::RULE,
    &untyped_payload::RULE,
    &stringly_enum::RULE,
    &unversioned_package::RULE,
    &guarantee_removed::RULE,
];
