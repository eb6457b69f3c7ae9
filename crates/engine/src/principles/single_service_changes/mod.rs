//! Principle 2: a change to an API works with the other side old or new, in either order, and after a rollback.

pub mod field_demanded_before_sent;
pub mod message_field_incompatible;
pub mod oneof_member_before_reader;
pub mod removed_under_client;
pub mod rpc_called_before_served;
pub mod rpc_path_changed;
pub mod rpc_removed_while_called;
pub mod rpc_signature_changed;
pub mod services_changed_around_contract;
pub mod wire_enum_value_before_reader;

use super::Rule;

/// The rules of this principle, in the order in which they are asked.
pub static RULES: &[&Rule] = &[
    &rpc_path_changed::RULE,
    &rpc_removed_while_called::RULE,
    &removed_under_client::RULE,
    &rpc_signature_changed::RULE,
    &rpc_called_before_served::RULE,
    &message_field_incompatible::RULE,
    &wire_enum_value_before_reader::RULE,
    &services_changed_around_contract::RULE,
    &field_demanded_before_sent::RULE,
    &oneof_member_before_reader::RULE,
];
