//! Any text as rust.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/readers/tests/mutation/total.rs"]
mod total;

fuzz_target!(|text: &str| {
    total::check("src/app.rs", text);
});
