//! A repository in a temporary folder.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use coexist_review::change::{Change, Request, What, select};
use coexist_review::git::Repository;
use coexist_review::tree::Content;

pub(crate) struct Repo {
    /// Holds the folder as long as the repository is used.
    _folder: tempfile::TempDir,
    pub(crate) path: PathBuf,
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests make their repositories with git"
)]
fn git_command() -> Command {
    Command::new("git")
}

impl Repo {
    /// A repository on branch main without commits.
    pub(crate) fn new() -> Self {
        Self::with(&[])
    }

    pub(crate) fn with(options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().join("repo");
        std::fs::create_dir(&path).unwrap();
        let repo = Self {
            _folder: folder,
            path,
        };
        let mut arguments = vec!["init", "-q", "-b", "main"];
        arguments.extend(options);
        repo.git(&arguments);
        repo
    }

    /// A repository with one commit that holds these files.
    pub(crate) fn holding(files: &[(&str, &str)]) -> Self {
        let repo = Self::new();
        repo.commit("first", files);
        repo
    }

    /// A clone, bare or shallow as the options say.
    pub(crate) fn clone_of(other: &Self, options: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().canonicalize().unwrap().join("repo");
        let url = format!("file://{}", other.path.display());
        let mut arguments = vec!["clone", "-q"];
        arguments.extend(options);
        let target = path.to_str().unwrap();
        arguments.extend([url.as_str(), target]);
        git_in(folder.path(), &arguments, None);
        Self {
            _folder: folder,
            path,
        }
    }

    /// A folder beside the repository.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.path.parent().unwrap().join(name)
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git_in(&self.path, arguments, None)
    }

    pub(crate) fn git_with(&self, arguments: &[&str], input: &[u8]) -> String {
        git_in(&self.path, arguments, Some(input))
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let file = self.path.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }

    pub(crate) fn remove(&self, path: &str) {
        std::fs::remove_file(self.path.join(path)).unwrap();
    }

    pub(crate) fn commit(&self, message: &str, files: &[(&str, &str)]) {
        for (path, content) in files {
            self.write(path, content);
        }
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
    }

    pub(crate) fn open(&self) -> Repository {
        Repository::open(&self.path, None).unwrap()
    }

    pub(crate) fn select(&self, what: What) -> Result<Change, coexist_review::Error> {
        let request = Request {
            what,
            ..Request::default()
        };
        select(&self.open(), &request)
    }

    pub(crate) fn here(&self) -> Change {
        self.select(What::Here).unwrap()
    }
}

pub(crate) fn range(from: &str, to: &str) -> What {
    What::Range {
        from: from.into(),
        to: to.into(),
        literal: false,
    }
}

/// The description without commit ids, then a line per path.
pub(crate) fn shown(change: &Change) -> String {
    let mut text = without_ids(&change.described);
    for note in &change.notes {
        write!(text, "\n({})", without_ids(note)).unwrap();
    }
    for delta in &change.deltas {
        write!(text, "\n{} {:?}", delta.status.word(), &*delta.path).unwrap();
        if let Some(old) = &delta.old_path {
            write!(text, " from {old:?}").unwrap();
        }
    }
    text + "\n"
}

pub(crate) fn without_ids(text: &str) -> String {
    let id = |word: &str| word.len() >= 7 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split_inclusive(' ')
        .map(
            |word| match id(word.trim_end_matches([' ', '.', ',', ')'])) {
                true => word
                    .replace(|c: char| c.is_ascii_hexdigit(), "")
                    .replacen("", "ID", 1),
                false => word.to_owned(),
            },
        )
        .collect()
}

/// What each changed path holds at base and at head.
pub(crate) fn contents(repo: &Repo, change: &Change) -> String {
    let repository = repo.open();
    let trees = change.trees(&repository).unwrap();
    let show = |contents: BTreeMap<std::sync::Arc<str>, Content>, path: Option<_>| match path {
        None => "-".to_owned(),
        Some(path) => match contents.get(path) {
            None => "?".to_owned(),
            Some(Content::Text(text)) => format!("{text:?}"),
            Some(other) => format!("{other:?}"),
        },
    };
    let mut text = String::new();
    for delta in &change.deltas {
        let (old, new) = (delta.base_path(), delta.head_path());
        let at_base = trees
            .base
            .read_many(&repository, &old.into_iter().collect::<Vec<_>>());
        let at_head = trees
            .head
            .read_many(&repository, &new.into_iter().collect::<Vec<_>>());
        let (base, head) = (show(at_base.unwrap(), old), show(at_head.unwrap(), new));
        writeln!(text, "{:?}: {base} => {head}", &*delta.path).unwrap();
    }
    text
}

fn git_in(folder: &Path, arguments: &[&str], input: Option<&[u8]>) -> String {
    let mut command = git_command();
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("GIT_")) {
        command.env_remove(name);
    }
    let mut child = command
        .args(["-c", "protocol.file.allow=always"])
        .args(arguments)
        .current_dir(folder)
        .envs([
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_AUTHOR_NAME", "A"),
            ("GIT_AUTHOR_EMAIL", "a@example.org"),
            ("GIT_COMMITTER_NAME", "A"),
            ("GIT_COMMITTER_EMAIL", "a@example.org"),
            ("GIT_AUTHOR_DATE", "2024-01-01T00:00:00Z"),
            ("GIT_COMMITTER_DATE", "2024-01-01T00:00:00Z"),
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.unwrap_or_default().to_vec();
    let writer = std::thread::spawn(move || std::io::Write::write_all(&mut stdin, &input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8_lossy(&output.stdout)
        .trim_end()
        .to_owned()
}
