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
//! | pipes and devices among its files | `special.rs` looks before git opens them, and `patient.rs` waits only so long |
//! | anything that a fetch would run | `fetch.rs` refuses it |

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use super::PATH_LIMIT;
use super::patient::{PATIENCE, PATIENCE_FOR_FETCH, Running, Stopped};
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

/// Bytes that git may say at once: it names no more paths than that in any repository that people work with.
const OUTPUT_LIMIT: usize = 1 << 30;
/// How long git may be silent until we look ourselves whether its answer has an end.
const DOUBT: Duration = Duration::from_secs(3);

/// How git is called in one repository.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    /// The directory from which git looks for the repository.
    pub(crate) start: PathBuf,
    /// The index to use.
    pub(crate) index_file: Option<PathBuf>,
    /// How long it may stay silent.
    patience: Duration,
}

/// What git said, and how it ended.
#[derive(Debug)]
pub(crate) struct Output {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: Vec<u8>,
}

impl Git {
    pub(crate) fn new(start: PathBuf, index_file: Option<PathBuf>) -> Self {
        Self {
            start,
            index_file,
            patience: PATIENCE,
        }
    }

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
        let mut command = Command::new(git());
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
        self.output_after(arguments, |_| Ok(()))
    }

    /// Runs git and returns its output; `what` completes "cannot …" where it fails.
    pub(crate) fn run<S: AsRef<OsStr>>(
        &self,
        what: &str,
        arguments: &[S],
    ) -> Result<Vec<u8>, Error> {
        self.success(what, self.output(arguments)?)
    }

    /// Does the same with a command that keeps all of its answer in mind before it says the first word. Where that takes long,
    /// `check` says whether the answer has a size that can be waited for.
    pub(crate) fn run_checked<S: AsRef<OsStr>>(
        &self,
        what: &str,
        arguments: &[S],
        check: impl FnOnce() -> Result<(), Error>,
    ) -> Result<Vec<u8>, Error> {
        let output = self.output_after(arguments, |running| {
            match running.speaks_within(DOUBT.min(self.patience)) {
                true => Ok(()),
                false => check(),
            }
        })?;
        self.success(what, output)
    }

    fn success(&self, what: &str, output: Output) -> Result<Vec<u8>, Error> {
        match output.status.success() {
            true => Ok(output.stdout),
            false => Err(failure(what, &self.start, &output.stderr)),
        }
    }

    fn output_after<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        wait: impl FnOnce(&mut Running) -> Result<(), Error>,
    ) -> Result<Output, Error> {
        let mut running = self.begin(self.command(arguments), self.patience)?;
        wait(&mut running)?;
        let mut stdout = Vec::new();
        let (status, stderr) = self.finish(running, &subcommand(arguments), |piece| {
            stdout.extend_from_slice(piece);
            match stdout.len() > OUTPUT_LIMIT {
                true => Err(too_many(&subcommand(arguments))),
                false => Ok(()),
            }
        })?;
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }

    /// Runs git and hands on each part of its output that ends with a NUL, up to as many as a repository may have paths.
    pub(crate) fn each_record<S: AsRef<OsStr>>(
        &self,
        what: &str,
        arguments: &[S],
        mut take: impl FnMut(&[u8]),
    ) -> Result<(), Error> {
        let running = self.begin(self.command(arguments), self.patience)?;
        let mut records = Records::default();
        let (status, stderr) =
            self.finish(running, &subcommand(arguments), |piece| {
                match records.add(piece, &mut take) {
                    true => Ok(()),
                    false => Err(too_many(what)),
                }
            })?;
        match status.success() {
            true => Ok(()),
            false => Err(failure(what, &self.start, &stderr)),
        }
    }

    fn begin(&self, mut command: Command, patience: Duration) -> Result<Running, Error> {
        let child = command.spawn().map_err(|why| not_started(&why))?;
        Running::of(child, patience).ok_or_else(|| Error::NoGit {
            why: "it has no output".into(),
        })
    }

    fn finish(
        &self,
        running: Running,
        command: &str,
        take: impl FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(ExitStatus, Vec<u8>), Error> {
        running.finish(take).map_err(|stopped| match stopped {
            Stopped::Late => silent(command),
            Stopped::Refused(why) => why,
        })
    }

    /// Starts git with pipes on both sides. Its errors are not read: the answers tell what is missing.
    pub(super) fn spawn<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<Running, Error> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stderr(Stdio::null());
        self.begin(command, self.patience)
    }

    /// Runs `git fetch`, which `fetch.rs` has found to run nothing that the repository names.
    pub(super) fn run_fetch(&self, arguments: &[&str]) -> Result<(), Error> {
        let kept: Vec<&str> = KEPT.iter().chain(KEPT_FOR_FETCH).copied().collect();
        let mut command = self.bare_command(&kept);
        command
            .env("GIT_ALLOW_PROTOCOL", "https:http:ssh:git:file")
            .args([
                "fetch",
                "--no-tags",
                "--no-prune",
                "--no-recurse-submodules",
            ])
            .args(["--progress", "--upload-pack=git-upload-pack"])
            .args(arguments);
        let running = self.begin(command, PATIENCE_FOR_FETCH)?;
        let (status, stderr) = self.finish(running, "fetch", |_| Ok(()))?;
        match status.success() {
            true => Ok(()),
            false => Err(failure("fetch", &self.start, &stderr)),
        }
    }
}

/// Parts of an output that end with a NUL, however it is cut into pieces.
#[derive(Default)]
struct Records {
    /// The part that has not ended yet.
    open: Vec<u8>,
    count: usize,
}

impl Records {
    /// Bytes that one record may have. No system opens a path of that length.
    const LONGEST: usize = 1 << 20;

    /// Hands on the records that end in this piece. Returns false where they are too many, or one is too long.
    fn add(&mut self, piece: &[u8], take: &mut impl FnMut(&[u8])) -> bool {
        let mut rest = piece;
        while let Some(end) = memchr::memchr(0, rest) {
            if self.open.is_empty() {
                take(&rest[..end]);
            } else {
                self.open.extend_from_slice(&rest[..end]);
                take(&self.open);
                self.open.clear();
            }
            rest = &rest[end + 1..];
            self.count += 1;
        }
        self.open.extend_from_slice(rest);
        self.count <= PATH_LIMIT && self.open.len() <= Self::LONGEST
    }
}

fn subcommand<S: AsRef<OsStr>>(arguments: &[S]) -> String {
    let first = arguments.first().map(AsRef::as_ref);
    first.unwrap_or_default().to_string_lossy().into_owned()
}

pub(super) fn silent(command: &str) -> Error {
    Error::Silent {
        command: format!("git {command}"),
    }
}

pub(super) fn too_many(what: &str) -> Error {
    Error::TooManyPaths {
        what: what.to_owned(),
        limit: PATH_LIMIT,
    }
}

/// How long another program may stay silent.
const PATIENCE_FOR_PROGRAMS: Duration = Duration::from_secs(10);
/// Bytes that another program may say.
const ANSWER_LIMIT: usize = 1 << 20;

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
        let program = located(name, path?.as_ref())?;
        let mut command = Command::new(program);
        search_absolute_only(&mut command, Some(path?.as_ref()));
        command
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
            .stderr(Stdio::null());
        let running = Running::of(command.spawn().ok()?, PATIENCE_FOR_PROGRAMS)?;
        let mut answer = Vec::new();
        let (status, _) = running
            .finish(|piece| {
                answer.extend_from_slice(piece);
                match answer.len() <= ANSWER_LIMIT {
                    true => Ok(()),
                    false => Err(()),
                }
            })
            .ok()?;
        status.success().then(|| String::from_utf8(answer).ok())?
    }
}

/// Returns where git is. A program that is not looked for by its name can be started without a copy of this process (`posix_spawn`).
fn git() -> &'static Path {
    static GIT: OnceLock<PathBuf> = OnceLock::new();
    GIT.get_or_init(|| {
        let path = std::env::var_os("PATH");
        let found = path.and_then(|path| located("git", &path));
        found.unwrap_or_else(|| PathBuf::from("git"))
    })
}

/// Returns the first file of that name in the absolute folders of `path`.
fn located(name: &str, path: &OsStr) -> Option<PathBuf> {
    std::env::split_paths(path)
        .filter(|folder| folder.is_absolute())
        .map(|folder| folder.join(name))
        .find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    let Ok(metadata) = file.metadata() else {
        return false;
    };
    #[cfg(unix)]
    let may_run = {
        use std::os::unix::fs::PermissionsExt as _;
        metadata.permissions().mode() & 0o111 != 0
    };
    #[cfg(not(unix))]
    let may_run = true;
    metadata.is_file() && may_run
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
    let mut lines = text.lines().skip_while(|line| !line.starts_with("fatal:"));
    let line = lines
        .next()
        .or_else(|| text.lines().next())
        .unwrap_or("git failed without a word");
    let mut why = line
        .trim_start_matches("fatal: ")
        .trim_start_matches("error: ")
        .to_owned();
    if why.ends_with(':') {
        // What it is about stands on the lines below.
        why.extend([" ", lines.next().unwrap_or_default().trim()]);
    }
    if why.contains(" line in ")
        && let Some((file, _)) = why.split_once("packed-refs: ")
    {
        // What follows is a line of the file, which may be a link to one that is nobody's business.
        why = format!("{file}packed-refs");
    }
    if why.contains("index file") {
        return Error::DamagedIndex { why };
    }
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
            "fatal: unterminated line in .git/packed-refs: root:x:0\n",
            expect![[r"
                cannot compare the two trees: unterminated line in .git/packed-refs
                see whether git status and git fsck say more"]],
        );
        check(
            "fatal: something new\n",
            expect![[r#"
                cannot compare the two trees: something new
                see whether git status and git fsck say more"#]],
        );
    }
}
