//! Programs that a test starts, as an unprivileged user where the test runs as root: databases refuse root.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Who runs the servers; None: whoever runs the test.
#[derive(Clone, Copy)]
pub struct User(Option<(u32, u32)>);

impl User {
    /// Returns the first of these users that exists, where the test runs as root.
    pub fn unprivileged(names: &[&str], folder: &Path) -> Self {
        if std::fs::metadata(folder).unwrap().uid() != 0 {
            return Self(None);
        }
        let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let ids = |name: &str| {
            let line = passwd.lines().find(|l| l.split(':').next() == Some(name))?;
            let mut fields = line.split(':').skip(2).map(|f| f.parse::<u32>().ok());
            Some((fields.next()??, fields.next()??))
        };
        let user = names.iter().chain(&["nobody"]).find_map(|n| ids(n));
        Self(user)
    }

    /// Gives the folder to the user.
    pub fn owns(self, folder: &Path) {
        if let Some((uid, gid)) = self.0 {
            chown(folder, Some(uid), Some(gid)).unwrap();
        }
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).unwrap();
    }

    /// Returns a command that runs as the user, in the folder, silently, in the C locale.
    #[expect(
        clippy::disallowed_methods,
        reason = "tests start the programs that they hold things against"
    )]
    pub fn command(self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(folder)
            .stdin(Stdio::null())
            .env("LC_ALL", "C")
            .env("HOME", folder);
        if let Some((uid, gid)) = self.0 {
            command.uid(uid).gid(gid);
        }
        command
    }
}

/// Returns the program from these folders, else from PATH.
pub fn program(name: &str, folders: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path);
    let system = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    folders
        .iter()
        .cloned()
        .chain(on_path)
        .chain(system)
        .map(|f| f.join(name))
        .find(|p| p.is_file())
}

/// Runs a command to its end, with this input, and returns what it writes to stdout; its error is what it writes to stderr.
pub fn run(mut command: Command, input: &str) -> Result<String, String> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| e.to_string())?;
    if let Some(mut stdin) = child.stdin.take() {
        // A client that stops at an error does not read the rest.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}
