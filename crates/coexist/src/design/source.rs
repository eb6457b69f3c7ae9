//! A design file as it is on disk.

use std::io::Read;
use std::path::{Path, PathBuf};

use coexist_design::language::Problem;
use coexist_model::File;
use coexist_review::decode::{Decoded, decode};

use crate::failure::{Failure, io};

/// Bytes of a design that are read; the largest that people wrote has a hundredth of it.
const LIMIT: u64 = 4 << 20;

/// The text of a design, and where it is.
pub(super) struct Source {
    /// Where it is on disk.
    pub(super) path: PathBuf,
    /// What it is called in reports.
    pub(super) shown: String,
    /// Its text.
    pub(super) text: String,
}

/// Reads a design.
pub(super) fn read(repo: &Path, file: &Path) -> Result<Source, Failure> {
    let path = repo.join(file);
    let fail = |e| io("design", "read", file, &e);
    let mut bytes = Vec::new();
    std::fs::File::open(&path)
        .and_then(|opened| opened.take(LIMIT + 1).read_to_end(&mut bytes))
        .map_err(fail)?;
    let shown = file.display().to_string().replace('\\', "/");
    let unread = |why: &str| Failure::new("design", format!("cannot read {shown}: {why}"));
    if bytes.len() as u64 > LIMIT {
        return Err(unread("it is larger than 4 MiB")
            .help("a design is a page or two of text; name its file"));
    }
    match decode(&bytes) {
        Decoded::Text(text) => Ok(Source { path, shown, text }),
        _ => Err(unread("it is no text in UTF-8").help("a design is plain text; name its file")),
    }
}

impl Source {
    /// Fails with the first problem, if there is one.
    pub(super) fn whole(&self, problems: &[Problem], verb: &str) -> Result<(), Failure> {
        let Some(first) = problems.first() else {
            return Ok(());
        };
        let place = File::new(&self.shown, &self.text).place(first.span.range());
        let at = format!("{}:{}:{}", self.shown, place.line, place.column);
        let more = match problems.len() {
            1 => String::new(),
            many => format!(
                "\nand {} more: coexist design check {}",
                many - 1,
                self.shown
            ),
        };
        Err(
            Failure::new("design", format!("cannot {verb} {at}: {}", first.what))
                .help(format!("{}{more}", first.help)),
        )
    }
}
