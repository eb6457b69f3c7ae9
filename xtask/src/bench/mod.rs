//! The benchmark: the release binary beside git, ripgrep and squawk, on repositories that are the same in every build.

mod code;
mod process;
mod random;
mod repository;
mod sql;
mod wide;

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use process::{Took, command, find, finish, least, peak};

/// What to measure.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Runs per number, of which the least is taken.
    pub runs: usize,
    /// Files of the large repository.
    pub files: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            runs: 10,
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
struct Row {
    /// What was measured.
    what: String,
    /// What the program took, on the processors and on the clock, or held.
    ours: [String; 2],
    /// What stands beside it, and what that took, on the processors and on the clock.
    beside: String,
    /// The one over the other, where both are times.
    ratio: Option<f64>,
    /// The bar, and whether it is kept.
    bar: (String, bool),
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ratio = self
            .ratio
            .map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        let (bar, kept) = &self.bar;
        let kept = if *kept { "kept" } else { "MISSED" };
        write!(
            f,
            "{:<35} {:>8} {:>8}  {:<44} {ratio:>5}  {bar:<9} {kept}",
            self.what, self.ours[0], self.ours[1], self.beside
        )
    }
}

/// The line above all others.
fn heading() -> String {
    format!(
        "{:<35} {:>8} {:>8}  {:<44} {:>5}  bar",
        "", "work", "clock", "beside it: work (clock)", "ratio"
    )
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
        "least of {}; work is time on all processors; searched for: {}",
        options.runs,
        large.names.join(", ")
    ));
    show(&heading());
    let bench = Bench {
        binary,
        runs: options.runs,
    };
    let rows: [&dyn Fn() -> Result<Vec<Row>>; 6] = [
        &|| bench.checkout(&large, options.files),
        &|| bench.bare(&large),
        &|| bench.memory(&large),
        &|| bench.small(&small),
        &|| bench.wide(&folder),
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
        let ours = least(self.runs, REVIEWED, || self.review(checkout))?;
        let diff = least(self.runs, &[0], || {
            let mut diff = command("git");
            diff.arg("-C").arg(checkout).args(["diff", "main...change"]);
            diff
        })?;
        let rg = find("rg").context("ripgrep (rg) is not on PATH")?;
        let search = least(self.runs, REVIEWED, || {
            let mut search = command(&rg);
            search.args(["--no-config", "--files-with-matches", "--fixed-strings"]);
            search.args(patterns(&repository.names)).arg(checkout);
            search
        })?;
        let what = format!("{files} files, checked out, 20 changed");
        let beside = format!("{} git diff + {} rg", both(diff), both(search));
        Ok(vec![beside_row(what, ours, beside, diff.and(search), 2.0)])
    }

    fn bare(&self, repository: &repository::Repository) -> Result<Vec<Row>> {
        self.reviews(&repository.bare, 20)?;
        let ours = least(self.runs, REVIEWED, || self.review(&repository.bare))?;
        let grep = least(self.runs, REVIEWED, || {
            let mut grep = command("git");
            grep.arg("-C").arg(&repository.bare).args([
                "grep",
                "--files-with-matches",
                "--fixed-strings",
            ]);
            grep.args(patterns(&repository.names)).arg("change");
            grep
        })?;
        let beside = format!("{} git grep", both(grep));
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
                ours: [format!("{} MB", peak.own / 1_000), String::new()],
                beside: format!("{} MB largest git child", peak.child / 1_000),
                ratio: None,
                bar: ("≤ 150 MB".into(), peak.own <= 150_000),
            });
        }
        Ok(rows)
    }

    fn small(&self, repository: &repository::Repository) -> Result<Vec<Row>> {
        self.reviews(&repository.checkout, 20)?;
        let ours = least(self.runs, REVIEWED, || self.review(&repository.checkout))?;
        Ok(vec![alone_row("2000 files, 20 changed", ours, 60)])
    }

    fn wide(&self, folder: &Path) -> Result<Vec<Row>> {
        let measure = |change: &wide::Change| {
            let repository = repository::of_two(folder, change.name, &change.base, &change.head)?;
            self.reviews(&repository, change.head.len())?;
            let ours = least(self.runs.min(3), REVIEWED, || self.review(&repository))?;
            Ok(alone_row(change.what, ours, change.bar))
        };
        wide::changes().iter().map(measure).collect()
    }

    fn corpus(&self, folder: &Path) -> Result<Vec<Row>> {
        let head = repository::corpus();
        let base = vec![("README.md".to_owned(), "A corpus.\n".to_owned())];
        let repository = repository::of_two(folder, "corpus", &base, &head)?;
        let files: Vec<PathBuf> = head.iter().map(|(path, _)| repository.join(path)).collect();
        self.reviews(&repository, files.len())?;
        let review = least(self.runs, REVIEWED, || self.review(&repository))?;
        let read = least(self.runs, REVIEWED, || {
            let mut read = command(&self.binary);
            read.args(["read", "--format", "json"])
                .args(&files)
                .current_dir(&repository);
            read
        });
        let Some(squawk) = squawk() else {
            bail!(
                "squawk is not on PATH (its package is squawk-cli); review of 600 kB of SQL: {}",
                both(review)
            );
        };
        // The cheapest of its reporters, so that formatting is not what is compared.
        let squawk = least(self.runs, REVIEWED, || {
            let mut lint = command(&squawk);
            lint.args(["--reporter", "gcc"])
                .args(&files)
                .current_dir(&repository);
            lint
        })?;
        let beside = format!("{} squawk", both(squawk));
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

fn beside_row(what: String, ours: Took, beside: String, other: Took, bar: f64) -> Row {
    let ratio = ours.compared().as_secs_f64() / other.compared().as_secs_f64();
    Row {
        what,
        ours: columns(ours),
        beside,
        ratio: Some(ratio),
        bar: (format!("≤ {bar}×"), ratio <= bar),
    }
}

fn alone_row(what: &str, ours: Took, bar: u64) -> Row {
    let bar = Duration::from_millis(bar);
    Row {
        what: what.to_owned(),
        ours: columns(ours),
        beside: String::new(),
        ratio: None,
        bar: (format!("≤ {}", seconds(bar)), ours.compared() <= bar),
    }
}

fn columns(took: Took) -> [String; 2] {
    let work = took.work.map_or_else(|| "?".to_owned(), seconds);
    [work, seconds(took.clock)]
}

fn both(took: Took) -> String {
    let [work, clock] = columns(took);
    format!("{work} ({clock})")
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
        let took = |work, clock| Took {
            clock: Duration::from_millis(clock),
            work: Some(Duration::from_millis(work)),
        };
        let row = beside_row("x".into(), took(30, 5), "y".into(), took(10, 50), 2.0);
        let row = row.to_string();
        assert!(row.ends_with("3.00  ≤ 2×      MISSED"), "{row}");
    }
}
