//! Processes: the only place of the chores that starts one.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Returns a command that reads no configuration of the person who runs the benchmark.
#[expect(
    clippy::disallowed_methods,
    reason = "the benchmark runs git, ripgrep, squawk and the program"
)]
pub(super) fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1");
    command
}

/// Runs the command to its end; anything but success is an error.
pub(super) fn finish(command: &mut Command) -> Result<()> {
    let output = command
        .output()
        .with_context(|| format!("cannot start {command:?}"))?;
    if !output.status.success() {
        bail!(
            "{command:?} failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

/// Returns the path of a program on `PATH`.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// What a command took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Took {
    /// On the clock.
    pub(super) clock: Duration,
    /// On the processors: by itself and by what it started; None where the system does not count it.
    pub(super) work: Option<Duration>,
}

impl Took {
    /// Returns what both took one after the other.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            clock: self.clock + other.clock,
            work: self.work.zip(other.work).map(|(a, b)| a + b),
        }
    }

    /// Returns the time that is compared: the clock of a machine that others use too says little.
    pub(super) fn compared(self) -> Duration {
        self.work.unwrap_or(self.clock)
    }
}

/// Runs the command once for the caches and `runs` times for the clock, and returns the least of each time: what else the machine
/// does only adds to it. `accepted` are the exit codes of a run that did its work.
pub(super) fn least(runs: usize, accepted: &[i32], make: impl Fn() -> Command) -> Result<Took> {
    let mut least: Option<Took> = None;
    for run in 0..=runs {
        let mut command = make();
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let (started, before) = (Instant::now(), work_of_children());
        let output = command
            .output()
            .with_context(|| format!("cannot start {command:?}"))?;
        let clock = started.elapsed();
        let work = before
            .zip(work_of_children())
            .map(|(b, a)| a.saturating_sub(b));
        if !output
            .status
            .code()
            .is_some_and(|code| accepted.contains(&code))
        {
            bail!(
                "{command:?} ended with {}: {}",
                output.status,
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        if run > 0 {
            let so_far = least.unwrap_or(Took { clock, work });
            least = Some(Took {
                clock: clock.min(so_far.clock),
                work: work.min(so_far.work),
            });
        }
    }
    Ok(least.unwrap_or_default())
}

/// Returns the time on the processors of all processes that were waited for: user's and system's.
#[cfg(unix)]
fn work_of_children() -> Option<Duration> {
    use nix::sys::resource::{UsageWho, getrusage};
    use nix::sys::time::TimeValLike;
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).ok()?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Some(Duration::from_micros(u64::try_from(micros).ok()?))
}

/// Returns nothing: the system does not count it.
#[cfg(not(unix))]
fn work_of_children() -> Option<Duration> {
    None
}

/// The most memory that a process held, in kilobytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Peak {
    /// The process itself.
    pub(super) own: u64,
    /// The largest of its children.
    pub(super) child: u64,
}

/// Runs the command and watches its high-water mark; None where the system has no `/proc`.
/// It is read every half millisecond: what is first touched in the last half millisecond is missed.
pub(super) fn peak(command: &mut Command) -> Result<Option<Peak>> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {command:?}"))?;
    let folder = PathBuf::from(format!("/proc/{}", child.id()));
    let mut peak = Peak::default();
    while child.try_wait()?.is_none() {
        peak.own = peak.own.max(high_water(&folder).unwrap_or(0));
        for grandchild in children(&folder) {
            peak.child = peak.child.max(high_water(&grandchild).unwrap_or(0));
        }
        std::thread::sleep(Duration::from_micros(500));
    }
    Ok((peak.own > 0).then_some(peak))
}

/// `VmHWM` of a process, in kilobytes: <https://man7.org/linux/man-pages/man5/proc_pid_status.5.html>.
fn high_water(folder: &Path) -> Option<u64> {
    let status = std::fs::read_to_string(folder.join("status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse().ok()
}

fn children(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(threads) = std::fs::read_dir(folder.join("task")) else {
        return found;
    };
    for thread in threads.flatten() {
        let listed = std::fs::read_to_string(thread.path().join("children")).unwrap_or_default();
        found.extend(
            listed
                .split_whitespace()
                .map(|id| PathBuf::from(format!("/proc/{id}"))),
        );
    }
    found
}
