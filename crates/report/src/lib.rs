//! coexist report
