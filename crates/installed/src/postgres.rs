//! PostgreSQL, started from the installed binaries.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::processes::{User, program, run};

/// A server on a socket in a temporary folder, stopped when dropped.
pub struct Postgres {
    folder: TempDir,
    user: User,
    control: PathBuf,
    client: PathBuf,
}

/// Debian keeps the server's programs out of PATH.
fn folders() -> Vec<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<PathBuf> = versions.map(|v| v.path().join("bin")).collect();
    folders.sort();
    folders.reverse();
    folders
}

impl Postgres {
    /// Returns a running server, or None where it is not installed.
    pub fn start() -> Option<Self> {
        let folders = folders();
        let [init, control, client] =
            ["initdb", "pg_ctl", "psql"].map(|name| program(name, &folders));
        let (init, control, client) = (init?, control?, client?);
        let folder = tempfile::Builder::new()
            .prefix("coexist-pg")
            .tempdir()
            .unwrap();
        let user = User::unprivileged(&["postgres"], folder.path());
        user.owns(folder.path());
        let server = Self {
            folder,
            user,
            control,
            client,
        };
        let mut command = user.command(&init, server.folder.path());
        command.args([
            "-D",
            "data",
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]);
        run(command, "").unwrap();
        let options = format!(
            "-k {} -c listen_addresses= -c fsync=off -c shared_buffers=16MB",
            server.folder.path().display()
        );
        server
            .control(&["-w", "-t", "60", "-l", "log", "-o", &options, "start"])
            .unwrap();
        Some(server)
    }

    fn control(&self, arguments: &[&str]) -> Result<(), String> {
        let mut command = self.user.command(&self.control, self.folder.path());
        command
            .args(["-D", "data"])
            .args(arguments)
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        let status = command.status().map_err(|e| e.to_string())?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("pg_ctl {arguments:?}: {status}"))
        }
    }
}

impl Postgres {
    /// Drops everything.
    pub fn reset(&self) {
        self.run("DROP SCHEMA public CASCADE; CREATE SCHEMA public;")
            .unwrap();
    }

    /// Runs statements up to the first error, whose text it returns; else what they answer: a line per row, a `|` between columns.
    pub fn run(&self, sql: &str) -> Result<String, String> {
        let mut command = self.user.command(&self.client, self.folder.path());
        command
            .arg("-h")
            .arg(self.folder.path())
            .args(["-U", "postgres", "-d", "postgres"]);
        command
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"])
            .env("PGOPTIONS", "-c client_min_messages=error");
        run(command, sql)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = self.control(&["-m", "immediate", "-w", "stop"]);
    }
}
