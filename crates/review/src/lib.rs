//! coexist review
