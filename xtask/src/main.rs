//! Chores of the coexist workspace.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use xtask::{bench, new, tidy};

const USAGE: &str = "\
usage: cargo xtask COMMAND

  tidy                             complain about what breaks the house rules
  new rule PRINCIPLE NAME          write the stub of a rule and register it
  new reader NAME                  write the stub of a reader and its form and register them
  new output NAME                  write the stub of an output and register it
  bench [--runs N] [--files N]     measure the release binary beside git, ripgrep and squawk";

#[expect(clippy::print_stderr, reason = "a program speaks to its terminal")]
fn main() -> ExitCode {
    match run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

#[expect(clippy::print_stdout, reason = "a program speaks to its terminal")]
fn run() -> Result<ExitCode> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let root = root()?;
    match words.as_slice() {
        ["tidy"] => {
            let complaints = tidy::tidy(&tidy::Tree::read(&root)?);
            for complaint in &complaints {
                println!("{complaint}");
            }
            Ok(ExitCode::from(u8::from(!complaints.is_empty())))
        }
        ["new", kind, name @ ..] if !name.is_empty() => {
            let kind = new::Kind::of(kind)
                .with_context(|| format!("cannot make a new `{kind}`: rule, reader or output"))?;
            for path in new::write(&root, kind, &name.join("/"))? {
                println!("{}", path.strip_prefix(&root).unwrap_or(&path).display());
            }
            println!("Next: cargo fmt, then cargo xtask tidy.");
            Ok(ExitCode::SUCCESS)
        }
        ["bench", options @ ..] => {
            bench::bench(&root, bench::Options::of(options)?, |line| {
                println!("{line}");
            })?;
            Ok(ExitCode::SUCCESS)
        }
        [] | ["help" | "--help" | "-h"] => {
            println!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        _ => bail!("cannot understand `{}`\n\n{USAGE}", words.join(" ")),
    }
}

/// The root of the workspace: the folder above this crate's.
fn root() -> Result<PathBuf> {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .map(Path::to_owned)
        .context("cannot find the root of the workspace")
}
