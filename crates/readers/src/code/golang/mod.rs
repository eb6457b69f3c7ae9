//! Go, as tools see it that map rows to structs: structs with their tags, the types of values, and chains of calls.

pub(super) mod chains;
pub(super) mod scans;
pub(super) mod structs;
pub(super) mod values;
