//! MariaDB, started from the installed binaries.

use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use crate::processes::{User, program, run};

/// A server on a socket in a temporary folder, stopped when dropped.
pub struct MariaDb {
    folder: TempDir,
    user: User,
    client: PathBuf,
    server: Child,
}

impl MariaDb {
    /// Returns a running server, or None where it is not installed.
    pub fn start() -> Option<Self> {
        let any = |names: [&str; 2]| names.iter().find_map(|n| program(n, &[]));
        let init = any(["mariadb-install-db", "mysql_install_db"])?;
        let daemon = program("mariadbd", &[])?;
        let client = any(["mariadb", "mysql"])?;
        let folder = tempfile::Builder::new()
            .prefix("coexist-my")
            .tempdir()
            .unwrap();
        let user = User::unprivileged(&["mysql"], folder.path());
        user.owns(folder.path());
        let data = format!("--datadir={}", folder.path().join("data").display());
        let mut command = user.command(&init, folder.path());
        command.args([
            "--no-defaults",
            &data,
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]);
        run(command, "").unwrap();
        let mut command = user.command(&daemon, folder.path());
        let path =
            |option: &str, file: &str| format!("--{option}={}", folder.path().join(file).display());
        command.args([
            "--no-defaults",
            &data,
            "--skip-networking",
            "--skip-grant-tables",
            "--innodb-buffer-pool-size=8M",
        ]);
        command.args([
            path("socket", "s"),
            path("pid-file", "pid"),
            path("log-error", "log"),
            path("tmpdir", ""),
        ]);
        let server = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let database = Self {
            folder,
            user,
            client,
            server,
        };
        database.wait();
        Some(database)
    }

    fn wait(&self) {
        for _ in 0..300 {
            if self.ask("SELECT 1", None).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        panic!("MariaDB did not start:\n{log}");
    }

    fn ask(&self, sql: &str, database: Option<&str>) -> Result<String, String> {
        let mut command = self.user.command(&self.client, self.folder.path());
        let socket = format!("--socket={}", self.folder.path().join("s").display());
        command
            .args(["--no-defaults", "--user=root", &socket])
            .args(database);
        run(command, sql)
    }
}

impl MariaDb {
    /// Drops everything.
    pub fn reset(&self) {
        self.ask("DROP DATABASE IF EXISTS shop; CREATE DATABASE shop", None)
            .unwrap();
    }

    /// Runs statements up to the first error, whose text it returns; else what they answer.
    pub fn run(&self, sql: &str) -> Result<String, String> {
        self.ask(sql, Some("shop"))
    }
}

impl Drop for MariaDb {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
