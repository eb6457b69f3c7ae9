//! Go, as tools see it that map rows to structs: structs with their tags, and the types of values.

pub(super) mod assembled;
pub(super) mod scans;
pub(super) mod structs;
pub(super) mod values;
