//! Any text as deployment files.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/readers/tests/mutation/total.rs"]
mod total;

fuzz_target!(|text: &str| {
    for path in [
        "deploy/api.yaml",
        "compose.yaml",
        ".github/workflows/ship.yml",
        "monitoring/rules.yaml",
        "chart/templates/migrate.yaml",
        "Procfile",
        "monitoring/alerts.libsonnet",
    ] {
        total::check(path, text);
    }
});
