//! Waiting for git, but not for ever: a pipe in place of one of its files would keep it silent until the end of days.

use std::io::{BufRead, Read};
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// How long git may stay silent.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);
/// The same for a fetch: a host may think, or ask its user.
pub(super) const PATIENCE_FOR_FETCH: Duration = Duration::from_secs(300);

/// Bytes that are read at once.
const PIECE: usize = 1 << 16;
/// Pieces that wait to be read; git waits when there are so many.
const WAITING: usize = 8;
/// Bytes kept of what a command says about its errors.
const WORDS: usize = 1 << 16;

/// The output of a command that is waited for only so long.
#[derive(Debug)]
pub(super) struct Patient {
    pieces: Receiver<Vec<u8>>,
    piece: Vec<u8>,
    at: usize,
    patience: Duration,
    /// Bytes that came on the other stream, which are a sign of life too.
    signs: Arc<AtomicU64>,
    late: bool,
}

impl Patient {
    /// Reads the output on a thread of its own, which ends with it.
    pub(super) fn new(output: impl Read + Send + 'static, patience: Duration) -> Self {
        let (sender, pieces) = sync_channel(WAITING);
        std::thread::spawn(move || send(output, &sender));
        Self {
            pieces,
            piece: Vec::new(),
            at: 0,
            patience,
            signs: Arc::default(),
            late: false,
        }
    }

    /// Returns whether it was waited for in vain.
    pub(super) fn is_late(&self) -> bool {
        self.late
    }

    /// Returns whether something came, or the end, within that time.
    fn comes_within(&mut self, time: Duration) -> bool {
        match self.pieces.recv_timeout(time) {
            Ok(piece) => (self.piece, self.at) = (piece, 0),
            Err(RecvTimeoutError::Disconnected) => {}
            Err(RecvTimeoutError::Timeout) => return false,
        }
        true
    }

    fn next_piece(&mut self) -> std::io::Result<()> {
        loop {
            let signs = self.signs.load(Ordering::Relaxed);
            if self.comes_within(self.patience) {
                return Ok(());
            }
            if self.signs.load(Ordering::Relaxed) == signs {
                self.late = true;
                return Err(std::io::ErrorKind::TimedOut.into());
            }
        }
    }
}

impl BufRead for Patient {
    fn fill_buf(&mut self) -> std::io::Result<&[u8]> {
        if self.at == self.piece.len() {
            (self.piece, self.at) = (Vec::new(), 0);
            self.next_piece()?;
        }
        Ok(&self.piece[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.piece.len());
    }
}

impl Read for Patient {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let read = self.fill_buf()?.read(into)?;
        self.consume(read);
        Ok(read)
    }
}

fn send(mut output: impl Read, sender: &SyncSender<Vec<u8>>) {
    let mut buffer = vec![0; PIECE];
    while let Ok(read @ 1..) = output.read(&mut buffer) {
        if sender.send(buffer[..read].to_vec()).is_err() {
            return;
        }
    }
}

/// A command that runs.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) child: Child,
    pub(super) stdout: Patient,
    words: Receiver<Vec<u8>>,
}

/// Why a command did not come to its end.
#[derive(Debug)]
pub(super) enum Stopped<E> {
    /// It was silent for too long.
    Late,
    /// What it said was refused.
    Refused(E),
}

impl Running {
    /// Takes over a child; None where its output is no pipe.
    pub(super) fn of(mut child: Child, patience: Duration) -> Option<Self> {
        let stdout = Patient::new(child.stdout.take()?, patience);
        let (sender, words) = sync_channel(1);
        if let Some(mut stderr) = child.stderr.take() {
            let signs = stdout.signs.clone();
            std::thread::spawn(move || {
                let mut kept = Vec::new();
                let mut buffer = [0; 1024];
                while let Ok(read @ 1..) = stderr.read(&mut buffer) {
                    signs.fetch_add(read as u64, Ordering::Relaxed);
                    let room = WORDS.saturating_sub(kept.len());
                    kept.extend_from_slice(&buffer[..read.min(room)]);
                }
                drop(sender.send(kept));
            });
        }
        Some(Self {
            child,
            stdout,
            words,
        })
    }

    /// Returns whether it says something, or ends, within that time.
    pub(super) fn speaks_within(&mut self, time: Duration) -> bool {
        self.stdout.comes_within(time)
    }

    /// Hands on its output piece by piece, and returns how it ended and what it said about that.
    pub(super) fn finish<E>(
        mut self,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(ExitStatus, Vec<u8>), Stopped<E>> {
        loop {
            let piece = self.stdout.fill_buf().map_err(|_| Stopped::Late)?;
            if piece.is_empty() {
                break;
            }
            let length = piece.len();
            take(piece).map_err(Stopped::Refused)?;
            self.stdout.consume(length);
        }
        let status = self.wait().ok_or(Stopped::Late)?;
        // What it started may hold the stream open; its own words are there by now.
        let words = self.words.recv_timeout(Duration::from_secs(1));
        Ok((status, words.unwrap_or_default()))
    }

    fn wait(&mut self) -> Option<ExitStatus> {
        let start = Instant::now();
        let mut pause = Duration::from_micros(50);
        while start.elapsed() < self.stdout.patience {
            if let Some(status) = self.child.try_wait().ok()? {
                return Some(status);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        }
        None
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // A process that is still writing an answer that nobody wants does not end by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_comes_is_waited_for_only_so_long() {
        let (reader, writer) = std::io::pipe().unwrap();
        let mut patient = Patient::new(reader, Duration::from_millis(20));
        let mut line = Vec::new();
        assert!(patient.read_until(b'\n', &mut line).is_err());
        assert!(patient.is_late());
        drop(writer);
    }

    #[test]
    fn what_comes_is_handed_on_to_its_end() {
        let bytes = vec![7; 3 * PIECE + 1];
        let mut patient = Patient::new(std::io::Cursor::new(bytes.clone()), PATIENCE);
        let mut read = Vec::new();
        patient.read_to_end(&mut read).unwrap();
        assert_eq!(read, bytes);
        assert!(!patient.is_late());
    }
}
