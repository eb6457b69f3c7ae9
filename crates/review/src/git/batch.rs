//! Objects by id, through one long-lived `git cat-file`.

use std::collections::VecDeque;
use std::io::{BufRead, Read, Write};

use super::oid::Oid;
use super::patient::Running;
use super::process::{Git, silent};
use crate::error::Error;

/// How often a process that died is started again within one round: each death is blamed on the object that it was asked for.
const DEATHS: usize = 50;

/// The answer to one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Object {
    /// It is there.
    Found {
        /// Its id.
        oid: Oid,
        /// `blob`, `tree`, `commit` or `tag`.
        kind: String,
        /// Its size in bytes.
        size: u64,
        /// Its bytes; empty where only the header was asked for.
        content: Vec<u8>,
    },
    /// It is not there.
    Missing,
    /// The name fits several objects.
    Ambiguous,
    /// It is there and cannot be read.
    Broken,
}

/// What is asked of each object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Its kind and size.
    Header,
    /// Its bytes too.
    Content,
}

/// One long-lived process, started when it is first asked.
#[derive(Debug)]
pub(crate) struct Batch {
    git: Git,
    ask: Ask,
    running: Option<Running>,
}

impl Batch {
    pub(crate) fn new(git: &Git, ask: Ask) -> Self {
        Self {
            git: git.clone(),
            ask,
            running: None,
        }
    }

    /// Starts the process, which will be asked. Where it does not start, the first question says so.
    pub(crate) fn start_ahead(&mut self) {
        let _ = self.start();
    }

    /// Asks for each name (an id or a revision without a line break) and returns the answers in their order.
    pub(crate) fn ask(&mut self, names: &[String]) -> Result<Vec<Object>, Error> {
        let mut answers = Vec::with_capacity(names.len());
        let mut deaths = 0;
        while answers.len() < names.len() {
            let rest = &names[answers.len()..];
            if deaths >= DEATHS {
                answers.resize(names.len(), Object::Broken);
                break;
            }
            if self.round(rest, &mut answers)? {
                continue;
            }
            deaths += 1;
            self.running = None;
            answers.push(Object::Broken);
        }
        Ok(answers)
    }

    /// Runs one round. Returns false where the process died before it had answered everything.
    fn round(&mut self, names: &[String], answers: &mut Vec<Object>) -> Result<bool, Error> {
        let ask = self.ask;
        let running = self.start()?;
        let Some(mut stdin) = running.child.stdin.take() else {
            return Ok(false);
        };
        let (stdout, child) = (&mut running.stdout, &mut running.child);
        // Requests are written on a thread of their own: git stops reading while its answers wait to be read.
        let (stdin, complete) = std::thread::scope(|scope| {
            let writer = scope.spawn(move || {
                for part in names.chunks(512) {
                    let text = part
                        .iter()
                        .fold(String::new(), |text, name| text + name + "\n");
                    if stdin.write_all(text.as_bytes()).is_err() {
                        break;
                    }
                }
                let _ = stdin.flush();
                stdin
            });
            let mut expected: VecDeque<&String> = names.iter().collect();
            while expected.front().is_some() {
                match answer(stdout, ask) {
                    Some(object) => answers.push(object),
                    None => break,
                }
                expected.pop_front();
            }
            let complete = expected.is_empty();
            if !complete {
                // The writer would wait for it.
                let _ = child.kill();
            }
            (writer.join().ok(), complete)
        });
        if running.stdout.is_late() {
            self.running = None;
            return Err(silent("cat-file"));
        }
        running.child.stdin = stdin;
        Ok(complete)
    }

    fn start(&mut self) -> Result<&mut Running, Error> {
        if self.running.is_none() {
            let mode = match self.ask {
                Ask::Header => "--batch-check",
                Ask::Content => "--batch",
            };
            self.running = Some(self.git.spawn(&["cat-file", mode])?);
        }
        self.running.as_mut().ok_or_else(|| Error::NoGit {
            why: "it did not start".into(),
        })
    }
}

/// What became of one object that was asked for among many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Passed<'a> {
    /// Its bytes.
    Blob(&'a [u8]),
    /// It has that many bytes, which are more than wanted.
    TooLarge(u64),
    /// It is no blob, or not there.
    Absent,
}

/// Shows many blobs one after the other, through a process of its own: git need not be waited for between them. Returns how many
/// were shown: fewer than asked for where git stopped at one that it cannot read.
pub(crate) fn pass(
    git: &Git,
    asked: &[(Oid, u64)],
    mut show: impl FnMut(usize, Passed<'_>),
) -> Result<usize, Error> {
    let mut running = git.spawn(&["cat-file", "--batch", "--buffer"])?;
    let Some(mut stdin) = running.child.stdin.take() else {
        return Err(Error::NoGit {
            why: "it has no input".into(),
        });
    };
    let (stdout, child) = (&mut running.stdout, &mut running.child);
    let shown = std::thread::scope(|scope| {
        scope.spawn(move || {
            for part in asked.chunks(512) {
                let text: String = part.iter().map(|(oid, _)| format!("{oid}\n")).collect();
                // Git may stop before the end; the missing answers tell.
                if stdin.write_all(text.as_bytes()).is_err() {
                    break;
                }
            }
        });
        let mut bytes = Vec::new();
        let shown = asked.iter().enumerate().map_while(|(at, (_, limit))| {
            let passed = passed(stdout, *limit, &mut bytes)?;
            show(at, passed);
            Some(())
        });
        let shown = shown.count();
        if shown < asked.len() {
            // The writer would wait for it.
            let _ = child.kill();
        }
        shown
    });
    match running.stdout.is_late() {
        true => Err(silent("cat-file")),
        false => Ok(shown),
    }
}

fn passed<'a>(stdout: &mut impl BufRead, limit: u64, bytes: &'a mut Vec<u8>) -> Option<Passed<'a>> {
    bytes.clear();
    stdout.read_until(b'\n', bytes).ok()?;
    if bytes.pop() != Some(b'\n') {
        return None;
    }
    let mut words = bytes.split(|&byte| byte == b' ').skip(1);
    let (kind, size) = (words.next(), words.next());
    let size = size.and_then(|size| std::str::from_utf8(size).ok()?.parse::<u64>().ok());
    let (Some(size), is_blob) = (size, kind == Some(b"blob")) else {
        return Some(Passed::Absent);
    };
    bytes.clear();
    let fits = is_blob && size <= limit;
    let read = if fits {
        stdout.by_ref().take(size).read_to_end(bytes).ok()? as u64
    } else {
        std::io::copy(&mut stdout.by_ref().take(size), &mut std::io::sink()).ok()?
    };
    let mut end = [0];
    stdout.read_exact(&mut end).ok()?;
    (read == size).then_some(match (fits, is_blob) {
        (true, _) => Passed::Blob(bytes),
        (false, true) => Passed::TooLarge(size),
        (false, false) => Passed::Absent,
    })
}

/// Reads one answer; None at the end of the output.
fn answer(stdout: &mut impl BufRead, ask: Ask) -> Option<Object> {
    let mut line = Vec::new();
    stdout.read_until(b'\n', &mut line).ok()?;
    if line.pop() != Some(b'\n') {
        return None;
    }
    let words: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
    if let [oid, kind, size] = words[..]
        && let Some(oid) = Oid::parse(oid)
        && let Some(size) = std::str::from_utf8(size)
            .ok()
            .and_then(|size| size.parse().ok())
    {
        let kind = String::from_utf8_lossy(kind).into_owned();
        let content = match ask {
            Ask::Header => Vec::new(),
            Ask::Content => content(stdout, size)?,
        };
        return Some(Object::Found {
            oid,
            kind,
            size,
            content,
        });
    }
    Some(match words.last() {
        Some(&b"ambiguous") => Object::Ambiguous,
        _ => Object::Missing,
    })
}

fn content(stdout: &mut impl BufRead, size: u64) -> Option<Vec<u8>> {
    // The size is what git announces; the memory follows what really comes.
    let mut content = Vec::with_capacity(usize::try_from(size.min(1 << 20)).ok()?);
    let read = stdout.by_ref().take(size).read_to_end(&mut content).ok()?;
    let mut end = [0];
    stdout.read_exact(&mut end).ok()?;
    (read as u64 == size).then_some(content)
}
