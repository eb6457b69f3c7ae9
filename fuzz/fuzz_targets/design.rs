//! Any text as a design.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/design/tests/mutation/total.rs"]
mod total;

fuzz_target!(|text: &str| {
    total::check(text);
});
