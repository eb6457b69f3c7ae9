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

/// Writes a file whole.
pub(crate) fn save(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|e| io("output", "write", path, &e))
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
