//! The rules: one folder each, with code, page and cases.

pub mod acknowledged_without_effect;
pub mod call_where_nobody_waits;
pub mod call_without_timeout;
pub mod chatty_chain;
pub mod compensation_not_tested;
pub mod consumer_not_idempotent;
pub mod contract_nobody_uses;
pub mod contract_without_version;
pub mod contracts_without_evolution_rule;
pub mod data_without_truth;
pub mod decision_on_stale_read;
pub mod dedup_window_too_short;
pub mod direct_send_beside_transaction;
pub mod distribution_without_reason;
pub mod divergence_without_reconciliation;
pub mod exactly_once_assumed;
pub mod gap_not_filled;
pub mod inbox_outside_transaction;
pub mod irreversible_before_pivot;
pub mod key_per_attempt;
pub mod key_too_narrow;
pub mod lease_without_fencing;
pub mod message_not_traceable;
pub mod message_without_handler;
pub mod order_assumed;
pub mod order_not_stated;
pub mod outbox_without_relay;
pub mod poisoned_message_dropped;
pub mod provider_call_without_key;
pub mod provider_key_expires_too_early;
pub mod region_without_consistency;
pub mod relay_breaks_order;
pub mod relay_loses_messages;
pub mod retry_not_stated;
pub mod service_without_failure_effect;
pub mod service_without_owner;
pub mod shared_database;
pub mod signal_missing;
pub mod staleness_not_shown;
pub mod step_without_undo;
pub mod strong_without_reason;
pub mod table_with_two_writers;
pub mod transaction_over_two_stores;
pub mod unknown_outcome_taken_for_failure;
pub mod workflow_without_timeout;

use super::Rule;

/// Every rule, by group.
pub static RULES: &[&Rule] = &[
    &distribution_without_reason::RULE,
    &service_without_owner::RULE,
    &table_with_two_writers::RULE,
    &shared_database::RULE,
    &service_without_failure_effect::RULE,
    &contract_without_version::RULE,
    &contracts_without_evolution_rule::RULE,
    &contract_nobody_uses::RULE,
    &chatty_chain::RULE,
    &call_where_nobody_waits::RULE,
    &data_without_truth::RULE,
    &strong_without_reason::RULE,
    &divergence_without_reconciliation::RULE,
    &staleness_not_shown::RULE,
    &transaction_over_two_stores::RULE,
    &region_without_consistency::RULE,
    &decision_on_stale_read::RULE,
    &direct_send_beside_transaction::RULE,
    &outbox_without_relay::RULE,
    &relay_loses_messages::RULE,
    &relay_breaks_order::RULE,
    &consumer_not_idempotent::RULE,
    &dedup_window_too_short::RULE,
    &inbox_outside_transaction::RULE,
    &acknowledged_without_effect::RULE,
    &exactly_once_assumed::RULE,
    &order_not_stated::RULE,
    &order_assumed::RULE,
    &message_without_handler::RULE,
    &poisoned_message_dropped::RULE,
    &retry_not_stated::RULE,
    &message_not_traceable::RULE,
    &provider_call_without_key::RULE,
    &key_per_attempt::RULE,
    &key_too_narrow::RULE,
    &provider_key_expires_too_early::RULE,
    &unknown_outcome_taken_for_failure::RULE,
    &call_without_timeout::RULE,
    &workflow_without_timeout::RULE,
    &step_without_undo::RULE,
    &irreversible_before_pivot::RULE,
    &compensation_not_tested::RULE,
    &lease_without_fencing::RULE,
    &signal_missing::RULE,
    &gap_not_filled::RULE,
];
