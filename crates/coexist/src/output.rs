//! Where text goes: the report to stdout or a file, everything else to stderr.

use std::io::Write;
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use crate::env::Env;
use crate::failure::{Failure, io};

/// Writes to stdout. A reader that has gone away (`| head`) is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    let written = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    match written {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::new(
            "output",
            format!("cannot write to stdout: {e}"),
        )),
        _ => Ok(()),
    }
}

/// Writes to stderr. There is no place to report that this did not work.
pub(crate) fn note(text: &str) {
    let mut stderr = std::io::stderr().lock();
    drop(
        stderr
            .write_all(text.as_bytes())
            .and_then(|()| stderr.flush()),
    );
}

/// Writes a file whole, unless a symbolic link would lead elsewhere: the repository under review could have brought it.
pub(crate) fn save(path: &Path, text: &str) -> Result<(), Failure> {
    if let Some(link) = link_on(path) {
        let what = format!(
            "cannot write {}: {} is a symbolic link",
            path.display(),
            link.display()
        );
        return Err(Failure::new("output", what).help("name the file that is meant itself"));
    }
    // A pipe that nobody reads would be waited for; what the system keeps in its own folders is meant.
    let of_system = path.starts_with("/dev") || path.starts_with("/proc");
    if std::fs::metadata(path).is_ok_and(|seen| !seen.is_file()) && !of_system {
        let what = format!("cannot write {}: it is no file", path.display());
        return Err(Failure::new("output", what).help("name a file, or leave --output away"));
    }
    std::fs::write(path, text).map_err(|e| io("output", "write", path, &e))
}

/// Returns the symbolic link that a path leads over: any part of a relative path, the end of an absolute one outside of `/dev`.
fn link_on(path: &Path) -> Option<&Path> {
    let parts = if path.is_absolute() { 1 } else { usize::MAX };
    path.ancestors()
        .take(parts)
        .filter(|part| !part.starts_with("/dev") && !part.starts_with("/proc"))
        .find(|part| std::fs::symlink_metadata(part).is_ok_and(|seen| seen.is_symlink()))
}

/// How long a run may stay silent.
const PATIENCE: Duration = Duration::from_millis(300);

/// Does the work; if it takes longer than people wait without a sign, says on a terminal what is done meanwhile.
pub(crate) fn with_progress<T>(env: &Env, what: &str, work: impl FnOnce() -> T) -> T {
    if !env.stderr_is_terminal {
        return work();
    }
    let (done, waiting) = channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            if waiting.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                note(&format!("{what}…"));
                // Nothing is ever sent: the end of the wait is that the other side is dropped.
                while waiting.recv().is_ok() {}
                note("\r\u{1b}[K");
            }
        });
        let result = work();
        drop(done);
        result
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_not_written_to_a_folder_or_a_pipe() {
        let folder = tempfile::tempdir().unwrap();
        let failure = save(folder.path(), "report").unwrap_err();
        assert!(failure.what.ends_with("it is no file"), "{}", failure.what);
        let socket = folder.path().join("socket");
        let _bound = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        let failure = save(&socket, "report").unwrap_err();
        assert!(failure.what.ends_with("it is no file"), "{}", failure.what);
    }

    #[test]
    fn a_report_is_not_written_over_a_symbolic_link() {
        let folder = tempfile::tempdir().unwrap();
        let (mine, link) = (folder.path().join("mine"), folder.path().join("report.md"));
        std::fs::write(&mine, "mine").unwrap();
        std::os::unix::fs::symlink(&mine, &link).unwrap();
        let failure = save(&link, "report").unwrap_err();
        assert!(
            failure.what.ends_with("is a symbolic link"),
            "{}",
            failure.what
        );
        assert_eq!(std::fs::read_to_string(&mine).unwrap(), "mine");
        save(&mine, "report").unwrap();
        assert_eq!(std::fs::read_to_string(&mine).unwrap(), "report");
        assert_eq!(link_on(Path::new("/dev/stdout")), None);
    }
}
