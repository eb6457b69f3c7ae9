//! `coexist read`: what the readers understood of files on disk.

use std::io::Read;
use std::path::{Path, PathBuf};

use coexist_model::{Dialect, File, Hints, Place, Problem, Reader, Reading, Wanted};
use coexist_readers::READERS;
use coexist_readers::sql::{breaks, kind};
use coexist_report::Style;
use coexist_report::read::{ReadFile, json, text};
use coexist_review::decode::{Decoded, decode};

use crate::args::{ReadArgs, ReadFormat};
use crate::failure::{Failure, io};

/// Bytes of a file that are read; a larger one is named and left out.
const LIMIT: u64 = 8 << 20;

/// The reader of source code.
const CODE: &str = "code";

/// Bytes that a reader sees to say whether it wants a file.
const HEAD: usize = 4096;

/// Reads the files and returns the report.
pub(crate) fn read(repo: &Path, args: &ReadArgs, style: &Style) -> Result<String, Failure> {
    let hints = hints(args.reader.as_deref())?;
    let mut files = Vec::new();
    for path in &args.paths {
        collect(&repo.join(path), path, &mut files)?;
    }
    let mut readings = read_all(&files, &hints)?;
    if readings.iter().any(|one| one.reader == Some(CODE)) {
        // Uses of wire surfaces and models are understood by what the repository declares.
        let hints = Hints {
            wanted: declared(repo, &readings).into(),
            ..hints
        };
        readings = read_all(&files, &hints)?;
    }
    let all: Vec<ReadFile<'_>> = readings.iter().map(One::form).collect();
    Ok(match args.format {
        ReadFormat::Text => text(&all, style),
        ReadFormat::Json => json(&all),
    })
}

fn read_all(files: &[(PathBuf, String)], hints: &Hints) -> Result<Vec<One>, Failure> {
    let mut readings = Vec::new();
    for (on_disk, shown) in files {
        readings.extend(read_file(on_disk, shown, hints)?);
    }
    Ok(readings)
}

/// Returns what the repository and the files at hand declare. Outside of a repository the files alone count.
fn declared(repo: &Path, readings: &[One]) -> Vec<Wanted> {
    let mut wanted = coexist_review::surfaces_of(repo).unwrap_or_default();
    wanted.extend(
        readings
            .iter()
            .flat_map(|one| coexist_review::declared(&one.reading)),
    );
    wanted.sort();
    wanted.dedup();
    wanted
}

struct One {
    path: String,
    reader: Option<&'static str>,
    reading: Reading,
    kinds: Vec<String>,
    breaks: Vec<Vec<&'static str>>,
}

impl One {
    fn form(&self) -> ReadFile<'_> {
        ReadFile {
            path: &self.path,
            reader: self.reader,
            reading: &self.reading,
            kinds: &self.kinds,
            breaks: &self.breaks,
        }
    }
}

/// Returns `--as sql:mysql` as hints.
fn hints(reader: Option<&str>) -> Result<Hints, Failure> {
    let Some(reader) = reader else {
        return Ok(Hints::default());
    };
    let (name, dialect) = match reader.split_once(':') {
        Some((name, dialect)) => (name, Some(dialect)),
        None => (reader, None),
    };
    if !READERS.iter().any(|r| answers_to(*r, name)) {
        let mut known: Vec<&str> = READERS.iter().map(|r| r.name()).collect();
        known.extend(READERS.iter().flat_map(|r| r.tools()));
        return Err(Failure::new(
            "usage",
            format!("cannot read as {name}: there is no such reader"),
        )
        .help(format!("one of {}", known.join(", "))));
    }
    let dialects = [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite];
    let dialect =
        match dialect {
            None => None,
            Some(word) => Some(dialects.into_iter().find(|d| d.word() == word).ok_or_else(
                || {
                    let known: Vec<&str> = dialects.iter().map(|d| d.word()).collect();
                    Failure::new(
                        "usage",
                        format!("cannot read as {reader}: {word} is no dialect"),
                    )
                    .help(format!("one of {}", known.join(", ")))
                },
            )?),
        };
    Ok(Hints {
        dialect,
        forced: Some(name.to_owned()),
        ..Hints::default()
    })
}

/// Returns whether `--as` means a reader by this name: its own, or that of a tool whose files it reads.
fn answers_to(reader: &dyn Reader, name: &str) -> bool {
    reader.name() == name || reader.tools().contains(&name)
}

/// Adds the file, or the files below the folder in order; links are not followed below it.
fn collect(
    on_disk: &Path,
    shown: &Path,
    files: &mut Vec<(PathBuf, String)>,
) -> Result<(), Failure> {
    let fail = |e| io("input", "read", shown, &e);
    let is_folder = std::fs::metadata(on_disk).map_err(fail)?.is_dir();
    if !is_folder {
        files.push((on_disk.to_owned(), slashes(shown)));
        return Ok(());
    }
    let mut folders = vec![(on_disk.to_owned(), shown.to_owned())];
    let mut found = Vec::new();
    while let Some((folder, shown)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).map_err(|e| io("input", "read", &shown, &e))? {
            let entry = entry.map_err(|e| io("input", "read", &shown, &e))?;
            let kind = entry
                .file_type()
                .map_err(|e| io("input", "read", &shown, &e))?;
            let below = shown.join(entry.file_name());
            if kind.is_dir() && entry.file_name() != ".git" {
                folders.push((entry.path(), below));
            } else if kind.is_file() {
                found.push((entry.path(), slashes(&below)));
            }
        }
    }
    found.sort_by(|a, b| a.1.cmp(&b.1));
    files.extend(found);
    Ok(())
}

/// Returns the path as readers know paths: relative, with `/`.
fn slashes(path: &Path) -> String {
    let parts: Vec<_> = path
        .components()
        .filter(|c| !matches!(c, std::path::Component::CurDir))
        .map(|c| c.as_os_str().to_string_lossy().into_owned())
        .collect();
    parts.join("/")
}

fn read_file(on_disk: &Path, shown: &str, hints: &Hints) -> Result<Vec<One>, Failure> {
    let fail = |e| io("input", "read", Path::new(shown), &e);
    let size = std::fs::metadata(on_disk).map_err(fail)?.len();
    if size > LIMIT {
        let why = format!("it has {size} bytes, more than {LIMIT}");
        return Ok(vec![unread(shown, &why)]);
    }
    // The size is what the system says; a device or a pipe says zero.
    let mut bytes = Vec::new();
    std::fs::File::open(on_disk)
        .and_then(|file| file.take(LIMIT + 1).read_to_end(&mut bytes))
        .map_err(fail)?;
    if bytes.len() as u64 > LIMIT {
        return Ok(vec![unread(
            shown,
            &format!("it has more than {LIMIT} bytes"),
        )]);
    }
    Ok(match decode(&bytes) {
        Decoded::Text(text) | Decoded::Replaced(text) => read_text(shown, &text, hints),
        Decoded::Binary => vec![unread(shown, "it is not text")],
        Decoded::Lfs => vec![unread(shown, "Git LFS keeps it elsewhere")],
    })
}

fn read_text(path: &str, text: &str, hints: &Hints) -> Vec<One> {
    let file = File::new(path, text);
    let mut head = text.len().min(HEAD);
    while !text.is_char_boundary(head) {
        head -= 1;
    }
    let wanted = |reader: &dyn Reader| match &hints.forced {
        Some(forced) => answers_to(reader, forced),
        None => reader.claims(path, &text[..head]),
    };
    let mut all: Vec<One> = READERS
        .iter()
        .filter(|r| wanted(**r))
        .map(|r| one(path, Some(r.name()), r.read(&file, hints)))
        .collect();
    if all.is_empty() {
        all.push(one(path, None, Reading::default()));
    }
    all
}

/// Returns a file without reader, with the reason why.
fn unread(path: &str, why: &str) -> One {
    let reading = Reading {
        problems: vec![Problem {
            place: Place::of_file(path),
            what: why.to_owned(),
            identifiers: Vec::new(),
        }],
        ..Reading::default()
    };
    one(path, None, reading)
}

fn one(path: &str, reader: Option<&'static str>, mut reading: Reading) -> One {
    if reader == Some("sql") {
        // Nothing told the dialect, so it was read as the default one.
        reading.dialect.get_or_insert_default();
    }
    One {
        path: path.to_owned(),
        reader,
        kinds: reading
            .operations
            .iter()
            .map(|o| kind(o).to_owned())
            .collect(),
        breaks: breaks(&reading.operations),
        reading,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_and_a_dialect_that_are_not_there_are_refused() {
        let hint = hints(Some("sql:mysql")).unwrap();
        assert_eq!(hint.dialect, Some(Dialect::MySql));
        assert_eq!(hint.forced.as_deref(), Some("sql"));
        assert!(
            hints(Some("cobol"))
                .unwrap_err()
                .help
                .unwrap()
                .contains("sql")
        );
        assert!(hints(Some("sql:oracle")).is_err());
    }

    #[test]
    fn a_folder_is_read_in_order_and_links_are_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.txt", "a/c.txt", ".git/x"] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "x").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc", folder.path().join("link")).unwrap();
        let mut files = Vec::new();
        collect(folder.path(), Path::new("."), &mut files).unwrap();
        let names: Vec<&str> = files.iter().map(|(_, shown)| shown.as_str()).collect();
        assert_eq!(names, ["a/c.txt", "b.txt"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_device_without_end_is_left_at_the_limit() {
        let read = read_file(Path::new("/dev/zero"), "zero.sql", &Hints::default()).unwrap();
        assert_eq!(
            read[0].reading.problems[0].what,
            "it has more than 8388608 bytes"
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let mut files = Vec::new();
        let failure = collect(Path::new("/no/such"), Path::new("such"), &mut files).unwrap_err();
        assert!(
            failure.what.starts_with("cannot read such:"),
            "{}",
            failure.what
        );
    }
}
