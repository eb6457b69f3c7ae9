//! The benchmark: the release binary beside git, ripgrep and squawk, on repositories that are the same in every build.

mod code;
mod process;
mod random;
mod repository;
mod sql;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use process::{command, find, finish, median, peak};

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Runs per number, of which the median is taken.
    pub runs: usize,
    /// Files of the large repository.
    pub files: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            runs: 7,
            files: 100_000,
        }
    }
}

impl Options {
    /// Returns the options that the words of the command line mean.
    pub fn of(words: &[&str]) -> Result<Self> {
        let mut options = Self::default();
        for pair in words.chunks(2) {
            let number = |least| {
                let number = pair.get(1).and_then(|n| n.parse().ok());
                number
                    .filter(|n| *n >= least)
                    .with_context(|| format!("{} wants a number from {least}", pair[0]))
            };
            match pair[0] {
                "--runs" => options.runs = number(1)?,
                "--files" => options.files = number(2_000)?,
                other => bail!("cannot understand `{other}`: --runs N, --files N"),
            }
        }
        Ok(options)
    }
}

/// One line of the result.
#[derive(Debug, Clone)]
pub struct Row {
    /// What was measured.
    pub what: String,
    /// What the program took.
    pub ours: String,
    /// What stands beside it, and what that took.
    pub beside: String,
    /// The one over the other, where both are times.
    pub ratio: Option<f64>,
    /// The bar, and whether it is kept.
    pub bar: Option<(String, bool)>,
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ratio = self
            .ratio
            .map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        let bar = match &self.bar {
            Some((bar, true)) => format!("{bar}  kept"),
            Some((bar, false)) => format!("{bar}  MISSED"),
            None => String::new(),
        };
        write!(
            f,
            "{:<38} {:>9}  {:<38} {ratio:>6}  {bar}",
            self.what, self.ours, self.beside
        )
    }
}

/// Measures, and hands each row over as soon as it is there. What cannot be measured is a row that says why.
pub fn bench(root: &Path, options: Options, mut show: impl FnMut(&str)) -> Result<()> {
    show("building the release binary");
    finish(
        command(std::env::var("CARGO").as_deref().unwrap_or("cargo"))
            .current_dir(root)
            .args(["build", "--release", "--quiet", "-p", "coexist"]),
    )?;
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let binary = target.join("release/coexist");
    let folder = target.join("bench");
    std::fs::create_dir_all(&folder)?;

    show("building the repositories (once)");
    let large = repository::build(&folder, options.files)?;
    let small = repository::build(&folder, 2_000)?;
    show(&format!(
        "median of {}; searched for: {}",
        options.runs,
        large.names.join(", ")
    ));
    let bench = Bench {
        binary,
        runs: options.runs,
    };
    let rows: [&dyn Fn() -> Result<Vec<Row>>; 5] = [
        &|| bench.checkout(&large, options.files),
        &|| bench.bare(&large),
        &|| bench.memory(&large),
        &|| bench.small(&small),
        &|| bench.corpus(&folder),
    ];
    for measure in rows {
        match measure() {
            Ok(rows) => rows.iter().for_each(|row| show(&row.to_string())),
            Err(error) => show(&format!("not measured: {error:#}")),
        }
    }
    Ok(())
}

struct Bench {
    binary: PathBuf,
    runs: usize,
}

/// Exit codes of a review that was done.
const REVIEWED: &[i32] = &[0, 1];

impl Bench {
    fn review(&self, repository: &Path) -> Command {
        let mut review = command(&self.binary);
        review.arg("review").arg("--repo").arg(repository).args([
            "main...change",
            "--format",
            "json",
        ]);
        review
    }

    /// Checks that the program looks at the whole change, as a time means nothing without it.
    fn reviews(&self, repository: &Path, files: usize) -> Result<()> {
        let output = self.review(repository).output()?;
        let said: serde_json::Value =
            serde_json::from_slice(&output.stdout).with_context(|| {
                let error = String::from_utf8_lossy(&output.stderr);
                format!("the review gives no JSON: {}", error.trim())
            })?;
        let seen = &said["change"]["files"];
        ensure!(
            *seen == files,
            "the review saw {seen} of {files} changed files"
        );
        Ok(())
    }

    fn checkout(&self, repository: &repository::Repository, files: usize) -> Result<Vec<Row>> {
        let checkout = &repository.checkout;
        self.reviews(checkout, 20)?;
        let ours = median(self.runs, REVIEWED, || self.review(checkout))?;
        let diff = median(self.runs, &[0], || {
            let mut diff = command("git");
            diff.arg("-C").arg(checkout).args(["diff", "main...change"]);
            diff
        })?;
        let rg = find("rg").context("ripgrep (rg) is not on PATH")?;
        let search = median(self.runs, REVIEWED, || {
            let mut search = command(&rg);
            search.args(["--no-config", "--files-with-matches", "--fixed-strings"]);
            search.args(patterns(&repository.names)).arg(checkout);
            search
        })?;
        let what = format!("{files} files, checked out, 20 changed");
        let beside = format!("{} git diff + {} rg", seconds(diff), seconds(search));
        Ok(vec![beside_row(what, ours, beside, diff + search, 2.0)])
    }

    fn bare(&self, repository: &repository::Repository) -> Result<Vec<Row>> {
        self.reviews(&repository.bare, 20)?;
        let ours = median(self.runs, REVIEWED, || self.review(&repository.bare))?;
        let grep = median(self.runs, REVIEWED, || {
            let mut grep = command("git");
            grep.arg("-C").arg(&repository.bare).args([
                "grep",
                "--files-with-matches",
                "--fixed-strings",
            ]);
            grep.args(patterns(&repository.names)).arg("change");
            grep
        })?;
        let beside = format!("{} git grep", seconds(grep));
        Ok(vec![beside_row(
            "the same in a bare clone".into(),
            ours,
            beside,
            grep,
            2.0,
        )])
    }

    fn memory(&self, repository: &repository::Repository) -> Result<Vec<Row>> {
        self.reviews(&repository.checkout, 20)?;
        let mut rows = Vec::new();
        for (what, folder) in [
            ("checked out", &repository.checkout),
            ("bare", &repository.bare),
        ] {
            let Some(peak) = peak(&mut self.review(folder))? else {
                bail!("the memory of a process is only known where there is /proc");
            };
            rows.push(Row {
                what: format!("memory of its own, {what}"),
                ours: format!("{} MB", peak.own / 1_000),
                beside: format!("{} MB largest git child", peak.child / 1_000),
                ratio: None,
                bar: Some(("≤ 150 MB".into(), peak.own <= 150_000)),
            });
        }
        Ok(rows)
    }

    fn small(&self, repository: &repository::Repository) -> Result<Vec<Row>> {
        self.reviews(&repository.checkout, 20)?;
        let ours = median(self.runs, REVIEWED, || self.review(&repository.checkout))?;
        Ok(vec![Row {
            what: "2000 files, the whole process".into(),
            ours: seconds(ours),
            beside: String::new(),
            ratio: None,
            bar: Some(("≤ 60 ms".into(), ours <= Duration::from_millis(60))),
        }])
    }

    fn corpus(&self, folder: &Path) -> Result<Vec<Row>> {
        let (repository, files) = repository::corpus(folder)?;
        self.reviews(&repository, files.len())?;
        let review = median(self.runs, REVIEWED, || self.review(&repository))?;
        let read = median(self.runs, REVIEWED, || {
            let mut read = command(&self.binary);
            read.args(["read", "--format", "json"])
                .args(&files)
                .current_dir(&repository);
            read
        });
        let Some(squawk) = squawk() else {
            bail!(
                "squawk is not on PATH (its package is squawk-cli); review of 600 kB of SQL: {}",
                seconds(review)
            );
        };
        // The cheapest of its reporters, so that formatting is not what is compared.
        let squawk = median(self.runs, REVIEWED, || {
            let mut lint = command(&squawk);
            lint.args(["--reporter", "gcc"])
                .args(&files)
                .current_dir(&repository);
            lint
        })?;
        let beside = format!("{} squawk", seconds(squawk));
        let mut rows = vec![beside_row(
            "600 kB of SQL, reviewed".into(),
            review,
            beside.clone(),
            squawk,
            1.0,
        )];
        if let Ok(read) = read {
            rows.push(beside_row(
                "600 kB of SQL, read".into(),
                read,
                beside,
                squawk,
                1.0,
            ));
        }
        Ok(rows)
    }
}

/// The real program behind `squawk`: a version manager's shim would be timed too.
fn squawk() -> Option<PathBuf> {
    let found = find("squawk")?;
    let is_script = std::fs::read(&found).is_ok_and(|bytes| bytes.starts_with(b"#!"));
    if !is_script {
        return Some(found);
    }
    let which = command("pyenv").args(["which", "squawk"]).output().ok()?;
    let path = PathBuf::from(String::from_utf8(which.stdout).ok()?.trim());
    Some(if path.is_file() { path } else { found })
}

fn patterns(names: &[String]) -> Vec<&str> {
    names.iter().flat_map(|name| ["-e", name]).collect()
}

fn beside_row(what: String, ours: Duration, beside: String, other: Duration, bar: f64) -> Row {
    let ratio = ours.as_secs_f64() / other.as_secs_f64();
    Row {
        what,
        ours: seconds(ours),
        beside,
        ratio: Some(ratio),
        bar: Some((format!("≤ {bar}×"), ratio <= bar)),
    }
}

fn seconds(time: Duration) -> String {
    match time.as_millis() {
        0..1_000 => format!("{} ms", time.as_millis()),
        _ => format!("{:.2} s", time.as_secs_f64()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_options_are_pairs() {
        let options = Options::of(&["--files", "2000", "--runs", "3"]).unwrap();
        assert_eq!((options.files, options.runs), (2_000, 3));
        for wrong in [&["--files", "1"][..], &["--runs", "0"], &["--runs"], &["x"]] {
            assert!(Options::of(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_row_says_whether_its_bar_is_kept() {
        let row = beside_row(
            "x".into(),
            Duration::from_millis(30),
            "y".into(),
            Duration::from_millis(10),
            2.0,
        );
        assert!(row.to_string().ends_with("3.00  ≤ 2×  MISSED"), "{row}");
    }
}
