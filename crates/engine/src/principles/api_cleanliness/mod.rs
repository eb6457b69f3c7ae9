//! Principle 5: simple, typed, documented APIs with stated guarantees.
//!
//! A design states guarantees too: whose a table is, who calls whom, who knows a message again. A change that takes one of them away is a
//! finding here ([`designed`]).

pub mod bare_boolean;
pub mod call_not_in_design;
pub mod consumer_lost_deduplication;
mod designed;
pub mod guarantee_removed;
pub mod json_in_string;
pub mod public_element_removed;
pub mod publish_beside_outbox;
pub mod several_meanings;
mod steering;
pub mod stringly_enum;
pub mod table_with_second_writer;
pub mod untyped_payload;
pub mod unversioned_package;

pub use steering::{Steering, steering};

use super::Rule;

/// The rules of this principle, in the order in which they are asked.
pub static RULES: &[&Rule] = &[
    &json_in_string::RULE,
    &untyped_payload::RULE,
    &stringly_enum::RULE,
    &bare_boolean::RULE,
    &several_meanings::RULE,
    &unversioned_package::RULE,
    &guarantee_removed::RULE,
    &public_element_removed::RULE,
    &table_with_second_writer::RULE,
    &call_not_in_design::RULE,
    &consumer_lost_deduplication::RULE,
    &publish_beside_outbox::RULE,
];

/// Returns whether the last part of a package is a version such as `v1` or `v2beta1`.
fn is_versioned(package: &str) -> bool {
    is_version(package.rsplit('.').next().unwrap_or(package))
}

/// Returns whether a part of a package or path is a version.
fn is_version(part: &str) -> bool {
    part.strip_prefix('v')
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}
