//! Any text as typescript.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/readers/tests/mutation/total.rs"]
mod total;

fuzz_target!(|text: &str| {
    for path in ["web/app.ts", "web/page.tsx"] {
        total::check(path, text);
    }
});
