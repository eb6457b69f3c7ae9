//! Any text as SQL.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/readers/tests/mutation/total.rs"]
mod total;

fuzz_target!(|text: &str| {
    for path in [
        "db/migrations/0001_a.up.sql",
        "migrations/00002_b.sql",
        "prisma/migrations/20240101000000_c/migration.sql",
        "db/structure.sql",
    ] {
        total::check(path, text);
    }
});
