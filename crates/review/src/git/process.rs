//! How git is started: plumbing only, and nothing that a repository could name is run.
//!
//! What a repository can make git run, and what keeps it from doing so:
//!
//! | named in the repository | kept from running by |
//! |---|---|
//! | `core.fsmonitor` | `-c core.fsmonitor=false` |
//! | hooks, `core.hooksPath` | `-c core.hooksPath=/dev/null` |
//! | `filter.*.clean`, `smudge`, `process` | no command that reads the working tree's content: never `status`, `diff`, `diff-files`, `hash-object` |
//! | `diff.external`, `diff.*.command`, `textconv` | only `--raw` output, `--no-ext-diff --no-textconv` |
//! | `core.pager`, `pager.*`, aliases, `gpg.program` | output goes to a pipe; built-in commands are not aliased; nothing is verified |
//! | `core.sshCommand`, credential helpers, remotes of a partial clone | `GIT_NO_LAZY_FETCH=1`, and before git 2.45 `GIT_ALLOW_PROTOCOL=none` |
//! | programs in a relative folder of `PATH` | `PATH` is handed on with its absolute folders only |
//! | replacement objects and grafts, which change what is read | `GIT_NO_REPLACE_OBJECTS=1`, `GIT_GRAFT_FILE` |

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::error::Error;

/// Variables of git that are passed on: how to reach remotes and whom to trust, never what to read.
///
/// `GIT_CONFIG_COUNT` and its pairs stay because containers use them for `safe.directory`; our own `-c` wins over them. The
/// system's configuration is read for the same reason.
const KEPT: &[&str] = &[
    "GIT_EXEC_PATH",
    "GIT_CEILING_DIRECTORIES",
    "GIT_DISCOVERY_ACROSS_FILESYSTEM",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_COUNT",
];

/// Variables that only a fetch needs.
const KEPT_FOR_FETCH: &[&str] = &[
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_ASKPASS",
];

/// How git is called in one repository.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    /// The directory from which git looks for the repository.
    pub(crate) start: PathBuf,
    /// The index to use.
    pub(crate) index_file: Option<PathBuf>,
}

impl Git {
    /// Returns the command with a clean environment.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = self.bare_command(KEPT);
        command.env("GIT_ALLOW_PROTOCOL", "none").args(arguments);
        command
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one module that starts a process"
    )]
    fn bare_command(&self, kept: &[&str]) -> Command {
        let mut command = Command::new("git");
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let pair = text.starts_with("GIT_CONFIG_KEY_") || text.starts_with("GIT_CONFIG_VALUE_");
            if text.starts_with("GIT_") && !pair && !kept.contains(&&*text) {
                command.env_remove(&name);
            }
        }
        if let Some(index) = &self.index_file {
            command.env("GIT_INDEX_FILE", index);
        }
        search_absolute_only(&mut command, std::env::var_os("PATH").as_deref());
        command
            .current_dir(&self.start)
            .envs([
                ("GIT_OPTIONAL_LOCKS", "0"),
                ("GIT_NO_LAZY_FETCH", "1"),
                ("GIT_NO_REPLACE_OBJECTS", "1"),
                ("GIT_GRAFT_FILE", "/dev/null"),
                ("GIT_TERMINAL_PROMPT", "0"),
                ("LC_ALL", "C"),
            ])
            .args(["--no-pager", "--literal-pathspecs"])
            .args(["-c", "core.fsmonitor=false"])
            .args(["-c", "core.hooksPath=/dev/null"])
            .args(["-c", "core.quotepath=off"])
            .args(["-c", "core.pager=cat"])
            .args(["-c", "diff.external="])
            .args(["-c", "submodule.recurse=false"])
            .args(["-c", "gc.auto=0"])
            .args(["-c", "maintenance.auto=false"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    /// Runs git to its end, whatever its exit status.
    pub(crate) fn output<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Output, Error> {
        self.command(arguments)
            .output()
            .map_err(|why| not_started(&why))
    }

    /// Runs git and returns its output; `what` completes "cannot …" where it fails.
    pub(crate) fn run<S: AsRef<OsStr>>(
        &self,
        what: &str,
        arguments: &[S],
    ) -> Result<Vec<u8>, Error> {
        let output = self.output(arguments)?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(failure(what, &self.start, &output.stderr))
    }

    /// Starts git with pipes on both sides. Its errors are not read: the answers tell what is missing.
    pub(crate) fn spawn<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Child, Error> {
        self.command(arguments)
            .stdin(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|why| not_started(&why))
    }

    /// Runs `git fetch`: the only command that reaches the network, and only where the user asked for it.
    pub(crate) fn fetch(&self, arguments: &[&str]) -> Result<(), Error> {
        let kept: Vec<&str> = KEPT.iter().chain(KEPT_FOR_FETCH).copied().collect();
        let output = self
            .bare_command(&kept)
            .args(["fetch", "--no-tags", "--no-recurse-submodules", "--quiet"])
            .args(arguments)
            .output()
            .map_err(|why| not_started(&why))?;
        if output.status.success() {
            return Ok(());
        }
        Err(failure("fetch", &self.start, &output.stderr))
    }
}

/// How long another program may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

impl Git {
    /// Asks a program of the user's about a pull request; None where it is not there, fails or takes too long.
    ///
    /// Only absolute folders of `path` are searched: a relative one would let the repository bring its own program.
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one module that starts a process"
    )]
    pub(crate) fn ask_program(
        &self,
        path: Option<&String>,
        name: &str,
        arguments: &[&str],
    ) -> Option<String> {
        let program = std::env::split_paths(path?)
            .filter(|folder| folder.is_absolute())
            .map(|folder| folder.join(name))
            .find(|file| file.is_file())?;
        let mut command = Command::new(program);
        search_absolute_only(&mut command, Some(path?.as_ref()));
        let mut child = command
            .args(arguments)
            .current_dir(&self.start)
            .envs([
                ("GH_PROMPT_DISABLED", "1"),
                ("NO_COLOR", "1"),
                ("GIT_TERMINAL_PROMPT", "0"),
            ])
            // The program asks git in turn, which must run nothing of the repository either.
            .envs([
                ("GIT_CONFIG_COUNT", "2"),
                ("GIT_CONFIG_KEY_0", "core.fsmonitor"),
                ("GIT_CONFIG_VALUE_0", "false"),
                ("GIT_CONFIG_KEY_1", "core.hooksPath"),
                ("GIT_CONFIG_VALUE_1", "/dev/null"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut stdout = child.stdout.take()?;
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            stdout
                .by_ref()
                .take(1 << 20)
                .read_to_string(&mut text)
                .ok()?;
            Some(text)
        });
        let start = Instant::now();
        let status = loop {
            match child.try_wait().ok()? {
                Some(status) => break status,
                None if start.elapsed() > PATIENCE => {
                    child.kill().ok()?;
                    child.wait().ok()?;
                    return None;
                }
                None => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        status.success().then(|| reader.join().ok().flatten())?
    }
}

/// Lets a command, and what it starts, be found in the absolute folders of `path` only.
///
/// A relative one means the folder that the command works in, where the repository could bring its own program.
fn search_absolute_only(command: &mut Command, path: Option<&OsStr>) {
    let folders = std::env::split_paths(path.unwrap_or_default()).filter(|f| f.is_absolute());
    match std::env::join_paths(folders) {
        Ok(path) if !path.is_empty() => command.env("PATH", path),
        // An empty path is the working folder again; none is the system's own.
        _ => command.env_remove("PATH"),
    };
}

fn not_started(why: &std::io::Error) -> Error {
    Error::NoGit {
        why: why.to_string(),
    }
}

/// Turns what git says into an error with a name.
pub(crate) fn failure(what: &str, start: &Path, stderr: &[u8]) -> Error {
    let text = String::from_utf8_lossy(stderr);
    let path = start.display().to_string();
    if text.contains("dubious ownership") {
        return Error::DubiousOwnership {
            path: owned_by_another(&text).unwrap_or(path),
        };
    }
    if text.contains("not a git repository") {
        return Error::NotARepository { path };
    }
    let line = text
        .lines()
        .find(|line| line.starts_with("fatal:"))
        .or_else(|| text.lines().next())
        .unwrap_or("git failed without a word");
    let why = line
        .trim_start_matches("fatal: ")
        .trim_start_matches("error: ")
        .to_owned();
    let broken = [
        "corrupt",
        "inflate",
        "unable to unpack",
        "bad object",
        "unable to read tree",
    ];
    if broken.iter().any(|word| text.contains(word)) {
        let object = text
            .split(|c: char| !c.is_ascii_hexdigit())
            .find(|word| word.len() >= 40)
            .unwrap_or("in the store");
        return Error::Corrupted {
            object: object.to_owned(),
            why,
        };
    }
    Error::Git {
        what: what.to_owned(),
        why,
    }
}

/// Returns the directory in `fatal: detected dubious ownership in repository at '…'`.
fn owned_by_another(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("repository at '")?;
    Some(rest.split_once('\'')?.0.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(stderr: &str, expected: Expect) {
        let error = failure("compare the two trees", Path::new("/r"), stderr.as_bytes());
        let help = error.help().unwrap_or_default();
        expected.assert_eq(&format!("{error}\n{help}"));
    }

    #[test]
    fn what_git_says_becomes_an_error_with_a_name() {
        check(
            "fatal: not a git repository (or any of the parent directories): .git\n",
            expect![[r"
                cannot find a git repository in /r or above it
                run it inside a repository, or name one with --repo DIR"]],
        );
        check(
            "fatal: detected dubious ownership in repository at '/r/x'\nTo add an exception\n",
            expect![[r"
                cannot read /r/x: it belongs to another user, and git does not trust it
                if you trust it: git config --global --add safe.directory /r/x"]],
        );
        check(
            "error: inflate: data stream error\nfatal: loose object 5626abf0f72e58d7a153368ba57db4c673c0e171 (stored in x) is corrupt\n",
            expect![[r"
                cannot read object 5626abf0f72e58d7a153368ba57db4c673c0e171: loose object 5626abf0f72e58d7a153368ba57db4c673c0e171 (stored in x) is corrupt
                run git fsck, then fetch the object again"]],
        );
        check(
            "fatal: something new\n",
            expect![[r#"
                cannot compare the two trees: something new
                see whether git status and git fsck say more"#]],
        );
    }
}
