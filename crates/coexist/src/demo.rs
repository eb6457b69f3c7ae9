//! `coexist demo`: a small shop in a temporary folder, and three changes to it.

use std::path::Path;
use std::process::{Command, Stdio};

use coexist_model::Verdict;
use coexist_report::Style;

use crate::args::{ChangeArgs, Format};
use crate::env::Env;
use crate::failure::{Failure, io};
use crate::options::Options;
use crate::{output, run};

/// The shop before any change.
const SHOP: &str = include_str!("demo/shop.txt");

/// A change to the shop.
struct Change {
    branch: &'static str,
    says: &'static str,
    files: &'static str,
    verdict: Verdict,
}

const CHANGES: [Change; 3] = [
    Change {
        branch: "add-nickname",
        says: "A column is added that nobody uses yet",
        files: include_str!("demo/safe.txt"),
        verdict: Verdict::Pass,
    },
    Change {
        branch: "order-attributes",
        says: "An untyped bag becomes part of an API",
        files: include_str!("demo/warn.txt"),
        verdict: Verdict::Warn,
    },
    Change {
        branch: "drop-name",
        says: "A column is dropped together with the code that reads it",
        files: include_str!("demo/fail.txt"),
        verdict: Verdict::Fail,
    },
];

/// Makes the shop, reviews the changes, and returns what to print at the end.
pub(crate) fn demo(env: &Env, style: &Style) -> Result<String, Failure> {
    let folder = tempfile::Builder::new()
        .prefix("coexist-demo-")
        .tempdir()
        .map_err(|e| Failure::new("demo", format!("cannot make a temporary folder: {e}")))?
        .keep()
        .join("shop");
    std::fs::create_dir(&folder).map_err(|e| io("demo", "make", &folder, &e))?;
    make(&folder, env)?;
    let shown = style.clean(&folder.display().to_string());
    output::print(&format!("A small shop with two services: {shown}\n"))?;
    let form = coexist_report::output(Format::Terminal.name())
        .ok_or_else(|| Failure::new("demo", "cannot write for a terminal"))?;
    for (number, change) in (1..).zip(&CHANGES) {
        let range = format!("main..{}", change.branch);
        output::print(&format!(
            "\n{number}. {}   $ coexist review {range}\n\n",
            change.says
        ))?;
        let options = Options {
            repo: folder.clone(),
            change: ChangeArgs {
                words: vec![range],
                ..ChangeArgs::default()
            },
        };
        let reviewed = output::with_progress(env, "Reviewing", || run::review(&options, env))?;
        output::print(&form.render(&reviewed.review, style))?;
        let worst = reviewed.review.worst();
        if worst != change.verdict {
            return Err(Failure::new(
                "demo",
                format!(
                    "cannot show {}: it should be {}, and is {}",
                    change.branch,
                    change.verdict.word(),
                    worst.word()
                ),
            )
            .help("this is a fault of coexist: please report it"));
        }
    }
    Ok(format!(
        "\nThe shop stays where it is: cd {shown}\nNext: coexist review main..drop-name --format markdown\n"
    ))
}

/// Makes the repository: one commit on main, and a branch with one commit for each change.
fn make(folder: &Path, env: &Env) -> Result<(), Failure> {
    let git = |args: &[&str]| git(folder, env, args);
    git(&["init", "--quiet", "--template="])?;
    // `init -b` is younger than some gits that are in use.
    git(&["symbolic-ref", "HEAD", "refs/heads/main"])?;
    commit(folder, env, SHOP, "A shop")?;
    for change in &CHANGES {
        git(&["checkout", "--quiet", "-b", change.branch, "main"])?;
        commit(folder, env, change.files, change.says)?;
    }
    git(&["checkout", "--quiet", "main"])
}

fn commit(folder: &Path, env: &Env, files: &str, message: &str) -> Result<(), Failure> {
    for (path, text) in parts(files) {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| io("demo", "make", parent, &e))?;
        }
        std::fs::write(&path, text).map_err(|e| io("demo", "write", &path, &e))?;
    }
    git(folder, env, &["add", "--all"])?;
    git(folder, env, &["commit", "--quiet", "-m", message])
}

/// Returns the files of a text in which each begins with a line `-- path --`.
fn parts(text: &str) -> Vec<(&str, String)> {
    let mut parts: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        let path = line
            .strip_prefix("-- ")
            .and_then(|rest| rest.strip_suffix(" --"));
        match (path, parts.last_mut()) {
            (Some(path), _) => parts.push((path, String::new())),
            (None, Some((_, text))) => {
                text.push_str(line);
                text.push('\n');
            }
            (None, None) => {}
        }
    }
    parts
}

/// Runs git in the folder, the same for everyone: no configuration, no hooks, a fixed author and date.
#[expect(
    clippy::disallowed_methods,
    reason = "the demo makes a repository of its own; reading one is the business of coexist-review"
)]
fn git(folder: &Path, env: &Env, args: &[&str]) -> Result<(), Failure> {
    let nowhere = if cfg!(windows) { "NUL" } else { "/dev/null" };
    let mut command = Command::new("git");
    for name in env.vars.keys().filter(|name| name.starts_with("GIT_")) {
        command.env_remove(name);
    }
    for role in ["AUTHOR", "COMMITTER"] {
        command
            .env(format!("GIT_{role}_NAME"), "Ada")
            .env(format!("GIT_{role}_EMAIL"), "ada@shop.example")
            .env(format!("GIT_{role}_DATE"), "2026-01-01T12:00:00Z");
    }
    let done = command
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", nowhere)
        .args(["-c", "core.autocrlf=false", "-c", "commit.gpgsign=false"])
        .args(args)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|e| Failure::new("git", format!("cannot run git: {e}")).help("install git"))?;
    if done.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(Failure::new(
        "git",
        format!(
            "cannot run git {}: {}",
            args.join(" "),
            said.lines().next().unwrap_or("it said nothing")
        ),
    ))
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_format_is_one_of_the_reports() {
        for format in Format::value_variants() {
            assert!(coexist_report::output(format.name()).is_some());
        }
    }

    #[test]
    fn every_part_of_the_shop_has_a_path_and_a_text() {
        for text in [SHOP, CHANGES[0].files, CHANGES[1].files, CHANGES[2].files] {
            let parts = parts(text);
            assert!(!parts.is_empty());
            for (path, text) in parts {
                assert!(!path.contains(' ') && !text.trim().is_empty(), "{path}");
            }
        }
    }

    #[test]
    fn the_shop_is_the_same_everywhere() {
        let head = || {
            let folder = tempfile::tempdir().unwrap();
            make(folder.path(), &Env::read()).unwrap();
            let read = |name: &str| {
                std::fs::read_to_string(folder.path().join(".git/refs/heads").join(name)).unwrap()
            };
            ["main", "add-nickname", "order-attributes", "drop-name"].map(read)
        };
        assert_eq!(head(), head());
    }
}
