//! The synthetic repository: built once by `git fast-import`, the same bytes in every build.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::code::{self, SERVICES};
use super::process::{command, finish};
use super::random::Random;
use super::sql::{Store, Table};

/// Raised when the generator changes, so that an old build is not measured.
const GENERATION: u32 = 3;

/// Commits that the history is spread over.
const COMMITS: usize = 250;

/// A synthetic repository with the branches `main` and `change`.
#[derive(Debug)]
pub(super) struct Repository {
    /// A clone with `change` checked out.
    pub(super) checkout: PathBuf,
    /// A bare clone.
    pub(super) bare: PathBuf,
    /// The names that the change touches: a table and the columns.
    pub(super) names: Vec<String>,
}

/// Builds the repository of that many files below `folder`, unless it is there.
pub(super) fn build(folder: &Path, files: usize) -> Result<Repository> {
    let checkout = folder.join(format!("files-{files}"));
    let bare = folder.join(format!("files-{files}.git"));
    let stamp = folder.join(format!("files-{files}.stamp"));
    let made = std::fs::read_to_string(&stamp).unwrap_or_default();
    let mut lines = made.lines();
    if lines.next() == Some(&GENERATION.to_string()) {
        let names = lines.map(str::to_owned).collect();
        return Ok(Repository {
            checkout,
            bare,
            names,
        });
    }
    for old in [&checkout, &bare] {
        if old.exists() {
            std::fs::remove_dir_all(old)
                .with_context(|| format!("cannot remove {}", old.display()))?;
        }
    }
    init(&checkout)?;
    let names = import(&checkout, |stream| history(stream, files))?;
    let git = |words: &[&str]| finish(command("git").arg("-C").arg(&checkout).args(words));
    git(&["repack", "-a", "-d", "--quiet"])?;
    git(&["checkout", "--quiet", "change"])?;
    finish(
        command("git")
            .args(["clone", "--quiet", "--bare"])
            .args([&checkout, &bare]),
    )?;
    std::fs::write(&stamp, format!("{GENERATION}\n{}\n", names.join("\n")))?;
    Ok(Repository {
        checkout,
        bare,
        names,
    })
}

fn init(repository: &Path) -> Result<()> {
    std::fs::create_dir_all(repository)?;
    finish(
        command("git")
            .args(["init", "--quiet", "--initial-branch=main"])
            .arg(repository),
    )
}

type Input = Stream<BufWriter<std::process::ChildStdin>>;

/// Streams a history into a repository.
fn import<T>(repository: &Path, write: impl FnOnce(&mut Input) -> Result<T>) -> Result<T> {
    let mut child = command("git")
        .arg("-C")
        .arg(repository)
        .args(["-c", "pack.compression=1", "fast-import", "--quiet"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .context("cannot start git fast-import")?;
    let stdin = child.stdin.take().context("git fast-import has no input")?;
    let mut stream = Stream {
        out: BufWriter::with_capacity(1 << 20, stdin),
        commits: 0,
    };
    let written = write(&mut stream);
    drop(stream);
    let status = child.wait()?;
    anyhow::ensure!(status.success(), "git fast-import failed");
    written
}

/// Writes the history and returns the names that the change touches.
fn history(stream: &mut Stream<impl Write>, files: usize) -> Result<Vec<String>> {
    // A tenth of the files are migrations, each with its way back; the rest is code.
    let migrations = files / 10 / SERVICES.len();
    // The first commit has a migration, as code needs a table.
    let commits = COMMITS.min(migrations).max(1);
    let sources = files.saturating_sub((migrations * 2 + 3) * SERVICES.len()) / SERVICES.len();
    let mut stores: Vec<Store> = SERVICES
        .iter()
        .zip(1..)
        .map(|(s, seed)| Store::new(s.name, seed))
        .collect();
    let mut random = Random::new(99);
    for commit in 0..commits {
        stream.commit("main", None)?;
        for (service, store) in SERVICES.iter().zip(&mut stores) {
            let folder = format!("services/{}", service.name);
            if commit == 0 {
                stream.file(
                    &format!("{folder}/Dockerfile"),
                    "FROM scratch\nCOPY server /\nENTRYPOINT [\"/server\"]\n",
                )?;
                stream.file(
                    &format!("{folder}/deploy/deployment.yaml"),
                    &code::manifest(*service, 1),
                )?;
                stream.file(
                    &format!("{folder}/proto/{0}/v1/{0}.proto", service.name),
                    &code::proto(*service, 12),
                )?;
            }
            for _ in share(migrations, commits, commit) {
                let migration = store.next();
                let path = format!("{folder}/migrations/{}", migration.name);
                stream.file(&format!("{path}.up.sql"), &migration.up)?;
                stream.file(&format!("{path}.down.sql"), &migration.down)?;
            }
            for number in share(sources, commits, commit) {
                let text = code::file(*service, number, &store.tables, &mut random);
                stream.file(&source(service, number), &text)?;
            }
        }
    }
    change(stream, &stores, migrations, &mut random)
}

/// A change of twenty files in one service: two columns, their code, the contract and the manifest.
fn change(
    stream: &mut Stream<impl Write>,
    stores: &[Store],
    migrations: usize,
    random: &mut Random,
) -> Result<Vec<String>> {
    let (service, store) = (SERVICES[2], &stores[2]);
    let Table { name, columns } = &store.tables[store.tables.len() / 2];
    let longest = columns.iter().max_by_key(|column| column.len());
    let dropped = longest.context("a table has columns")?;
    let added = "carrier_reference";
    let folder = format!("services/{}", service.name);
    stream.commit("change", Some("main"))?;
    let drop = format!("{folder}/migrations/{:05}_drop_{dropped}", migrations + 1);
    let add = format!("{folder}/migrations/{:05}_add_{added}", migrations + 2);
    stream.file(
        &format!("{drop}.up.sql"),
        &format!("ALTER TABLE {name} DROP COLUMN {dropped};\n"),
    )?;
    stream.file(
        &format!("{drop}.down.sql"),
        &format!("ALTER TABLE {name} ADD COLUMN {dropped} text;\n"),
    )?;
    stream.file(
        &format!("{add}.up.sql"),
        &format!("ALTER TABLE {name} ADD COLUMN {added} text;\n"),
    )?;
    stream.file(
        &format!("{add}.down.sql"),
        &format!("ALTER TABLE {name} DROP COLUMN {added};\n"),
    )?;
    stream.file(
        &format!("{folder}/proto/{0}/v1/{0}.proto", service.name),
        &code::proto(service, 13),
    )?;
    stream.file(
        &format!("{folder}/deploy/deployment.yaml"),
        &code::manifest(service, 2),
    )?;
    let table = Table {
        name: name.clone(),
        columns: vec![added.to_owned()],
    };
    for number in 0..14 {
        let text = code::file(service, number, std::slice::from_ref(&table), random);
        stream.file(&source(&service, number), &text)?;
    }
    Ok(vec![name.clone(), dropped.clone(), added.to_owned()])
}

fn source(service: &code::Service, number: usize) -> String {
    format!(
        "services/{}/src/part_{:03}/file_{number:05}.{}",
        service.name,
        number / 100,
        service.suffix
    )
}

/// The numbers of `total` things that fall to one of `parts`.
fn share(total: usize, parts: usize, part: usize) -> std::ops::Range<usize> {
    total * part / parts..total * (part + 1) / parts
}

/// The input of `git fast-import`: <https://git-scm.com/docs/git-fast-import>.
struct Stream<W> {
    out: W,
    commits: usize,
}

impl<W: Write> Stream<W> {
    fn commit(&mut self, branch: &str, from: Option<&str>) -> Result<()> {
        self.commits += 1;
        let seconds = 1_700_000_000 + self.commits * 3_600;
        write!(
            self.out,
            "commit refs/heads/{branch}\ncommitter A <a@example.org> {seconds} +0000\ndata 5\nstep\n\n"
        )?;
        if let Some(from) = from {
            writeln!(self.out, "from refs/heads/{from}")?;
        }
        Ok(())
    }

    fn file(&mut self, path: &str, text: &str) -> Result<()> {
        Ok(write!(
            self.out,
            "M 100644 inline {path}\ndata {}\n{text}\n",
            text.len()
        )?)
    }
}

/// Paths and texts.
pub(super) type Files = Vec<(String, String)>;

/// Builds a repository whose branch `change` adds files, or writes them anew, and has that branch checked out.
pub(super) fn of_two(folder: &Path, name: &str, base: &Files, head: &Files) -> Result<PathBuf> {
    let repository = folder.join(name);
    if repository.exists() {
        std::fs::remove_dir_all(&repository)?;
    }
    init(&repository)?;
    import(&repository, |stream| {
        for (branch, from, files) in [("main", None, base), ("change", Some("main"), head)] {
            stream.commit(branch, from)?;
            for (path, text) in files {
                stream.file(path, text)?;
            }
        }
        Ok(())
    })?;
    finish(
        command("git")
            .arg("-C")
            .arg(&repository)
            .args(["checkout", "--quiet", "change"]),
    )?;
    Ok(repository)
}

/// Returns about 600 kB of SQL in files of fifteen steps, as a release's migration has.
pub(super) fn corpus() -> Files {
    let mut store = Store::new("corpus", 5);
    let (mut files, mut size) = (Files::new(), 0);
    while size < 600_000 {
        let steps: Vec<String> = (0..15).map(|_| store.next().up).collect();
        let text = steps.join("\n");
        size += text.len();
        files.push((
            format!("migrations/{:05}_step.up.sql", files.len() + 1),
            text,
        ));
    }
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_are_the_whole() {
        let all: Vec<usize> = (0..7).flat_map(|part| share(100, 7, part)).collect();
        assert_eq!(all, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn a_small_repository_has_about_as_many_files_as_asked_and_a_change_of_twenty() {
        let mut stream = Stream {
            out: Vec::new(),
            commits: 0,
        };
        history(&mut stream, 2_000).unwrap();
        let text = String::from_utf8(stream.out).unwrap();
        let (before, after) = text.split_once("commit refs/heads/change").unwrap();
        let files = |text: &str| {
            text.lines()
                .filter(|l| l.starts_with("M 100644 inline "))
                .count()
        };
        assert!(
            (1_900..=2_000).contains(&files(before)),
            "{}",
            files(before)
        );
        assert_eq!(files(after), 20);
    }
}
