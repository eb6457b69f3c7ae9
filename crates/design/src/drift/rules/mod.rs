//! The rules: one folder each, with code, page and cases.

pub mod database_of_two_services;
pub mod missing_service;
pub mod publish_beside_transaction;
pub mod undeclared_edge;
pub mod unversioned_contract;

use super::Rule;

/// Every rule.
pub static RULES: &[&Rule] = &[
    &missing_service::RULE,
    &undeclared_edge::RULE,
    &database_of_two_services::RULE,
    &unversioned_contract::RULE,
    &publish_beside_transaction::RULE,
];
