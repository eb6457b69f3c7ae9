//! Programs installed on the machine, for tests: databases on a temporary folder and socket, and whatever else checks what we write.
//!
//! Where one is not installed, the test that needs it says so and ends; the variable that it names turns that into a failure, and CI
//! sets it.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot set up its program fails, and one that is skipped says so"
)]

mod mariadb;
mod postgres;
mod processes;

pub use mariadb::MariaDb;
pub use postgres::Postgres;
pub use processes::{User, program, run};

/// The variable that demands the databases.
pub const DATABASES: &str = "COEXIST_REQUIRE_DATABASES";

/// Returns what was found; else says that the test is skipped, or fails where the variable demands the program.
pub fn or_skip<T>(name: &str, found: Option<T>, demanded_by: &str) -> Option<T> {
    if found.is_none() {
        assert!(
            std::env::var_os(demanded_by).is_none_or(|v| v != "1"),
            "{name} is not installed, and {demanded_by}=1 demands it"
        );
        println!("skipped: {name} is not installed, nothing was held against it");
    }
    found
}
