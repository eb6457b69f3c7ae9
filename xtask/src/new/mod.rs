//! The stub of something new, and the line that registers it.

mod stub;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::tidy::PRINCIPLES;

/// What can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A rule, named `PRINCIPLE/RULE-ID`.
    Rule,
    /// A reader with its form.
    Reader,
    /// An output.
    Output,
}

impl Kind {
    /// Returns the kind that a word of the command line means.
    pub fn of(word: &str) -> Option<Self> {
        match word {
            "rule" => Some(Self::Rule),
            "reader" => Some(Self::Reader),
            "output" => Some(Self::Output),
            _ => None,
        }
    }
}

/// Writes the stub under `root`, registers it, and returns the files written or changed.
pub fn write(root: &Path, kind: Kind, name: &str) -> Result<Vec<PathBuf>> {
    match kind {
        Kind::Rule => rule(root, name),
        Kind::Reader => reader(root, name),
        Kind::Output => output(root, name),
    }
}

fn rule(root: &Path, name: &str) -> Result<Vec<PathBuf>> {
    let Some((principle, id)) = name.split_once('/') else {
        bail!(
            "cannot tell the principle of `{name}`: write PRINCIPLE/RULE-ID, such as data-code-decoupling/drop-column-in-use"
        );
    };
    check_name(principle)?;
    check_name(id)?;
    let module = snake(id);
    let folder = root.join(PRINCIPLES).join(snake(principle));
    let slice = folder.join("mod.rs");
    let registry = read(&slice)?;
    let registry = with_module(&registry, "pub mod", &module);
    let registry = with_entry(&registry, "RULES", &format!("&{module}::RULE"))?;
    let folder = folder.join(&module);
    write_all(
        &[
            (folder.join("mod.rs"), stub::rule(&pascal(principle), id)),
            (folder.join("page.md"), stub::page(id)),
            (folder.join("cases/bad.txt"), stub::bad(id)),
            (folder.join("cases/good.txt"), stub::good()),
        ],
        (slice, registry),
    )
}

fn reader(root: &Path, name: &str) -> Result<Vec<PathBuf>> {
    check_name(name)?;
    let module = snake(name);
    let lib = root.join("crates/readers/src/lib.rs");
    let registry = with_module(&read(&lib)?, "pub mod", &module);
    let entry = |form: &str| format!("&{module}::{}{form}", pascal(name));
    let registry = with_entry(&registry, "READERS", &entry(""))?;
    let registry = with_entry(&registry, "FORMS", &entry("Form"))?;
    let folder = root.join("crates/readers/src").join(&module);
    write_all(
        &[
            (folder.join("mod.rs"), stub::reader(name, &pascal(name))),
            (folder.join("form.rs"), stub::form(name, &pascal(name))),
        ],
        (lib, registry),
    )
}

fn output(root: &Path, name: &str) -> Result<Vec<PathBuf>> {
    check_name(name)?;
    let module = snake(name);
    let lib = root.join("crates/report/src/lib.rs");
    let registry = with_module(&read(&lib)?, "mod", &module);
    let registry = with_entry(
        &registry,
        "OUTPUTS",
        &format!("&{module}::{}", pascal(name)),
    )?;
    let file = root.join(format!("crates/report/src/{module}.rs"));
    write_all(
        &[(file, stub::output(name, &pascal(name)))],
        (lib, registry),
    )
}

/// Writes the new files, none of which may be there, and then the registry.
fn write_all(new: &[(PathBuf, String)], registry: (PathBuf, String)) -> Result<Vec<PathBuf>> {
    if let Some((path, _)) = new.iter().find(|(path, _)| path.exists()) {
        bail!("cannot write {}: it is there already", path.display());
    }
    for (path, text) in new.iter().chain([&registry]) {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
        }
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(new
        .iter()
        .map(|(path, _)| path.clone())
        .chain([registry.0])
        .collect())
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

fn check_name(name: &str) -> Result<()> {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase())
        && !name.ends_with('-')
        && !name.contains("--")
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !plain {
        bail!(
            "cannot use `{name}` as a name: lowercase words with hyphens, such as drop-column-in-use"
        );
    }
    Ok(())
}

fn snake(name: &str) -> String {
    name.replace('-', "_")
}

fn pascal(name: &str) -> String {
    name.split('-')
        .map(|word| word[..1].to_uppercase() + &word[1..])
        .collect()
}

/// Returns the text with a `mod NAME;` in the block of its kind, in alphabetic order.
fn with_module(text: &str, keyword: &str, name: &str) -> String {
    let line = format!("{keyword} {name};");
    let is_module = |l: &str| l.starts_with(&format!("{keyword} ")) && l.ends_with(';');
    let mut lines: Vec<&str> = text.lines().collect();
    let first_after = lines
        .iter()
        .position(|l| is_module(l) && *l > line.as_str());
    let last = lines.iter().rposition(|l| is_module(l)).map(|at| at + 1);
    let before_code = lines
        .iter()
        .position(|l| !l.starts_with("//!") && !l.starts_with("#!") && !l.is_empty());
    let at = first_after.or(last).or(before_code).unwrap_or(lines.len());
    lines.insert(at, &line);
    lines.join("\n") + "\n"
}

/// Returns the text with one more entry in the slice.
fn with_entry(text: &str, slice: &str, entry: &str) -> Result<String> {
    let (start, end) = crate::tidy::slice_span(text, slice)
        .with_context(|| format!("cannot find `static {slice}: … = &[…]`"))?;
    let entries = text[start..end].trim().trim_end_matches(',');
    let separator = if entries.is_empty() { "" } else { ", " };
    Ok(format!(
        "{}{entries}{separator}{entry}{}",
        &text[..start],
        &text[end..]
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_stands_in_alphabetic_order() {
        assert_eq!(
            with_module("//! Doc.\n\nmod a;\nmod c;\n\nuse x;\n", "mod", "b"),
            "//! Doc.\n\nmod a;\nmod b;\nmod c;\n\nuse x;\n"
        );
        assert_eq!(with_module("mod a;\n", "mod", "b"), "mod a;\nmod b;\n");
        assert_eq!(
            with_module("//! Doc.\n\nuse x;\n", "mod", "b"),
            "//! Doc.\n\nmod b;\nuse x;\n"
        );
    }

    #[test]
    fn an_entry_is_added_to_a_slice_of_any_layout() {
        let one = "static S: &[&dyn T] = &[];";
        assert_eq!(
            with_entry(one, "S", "&b::B").unwrap(),
            "static S: &[&dyn T] = &[&b::B];"
        );
        let more = "static S: &[&dyn T] =\n    &[\n    &a::A,\n];";
        assert_eq!(
            with_entry(more, "S", "&b::B").unwrap(),
            "static S: &[&dyn T] =\n    &[&a::A, &b::B];"
        );
        assert!(with_entry("", "S", "&b::B").is_err());
    }

    #[test]
    fn a_name_is_lowercase_with_hyphens() {
        for name in ["", "A", "a_b", "a--b", "a-", "../a", "1a"] {
            assert!(check_name(name).is_err(), "{name}");
        }
        assert!(check_name("drop-column2").is_ok());
        assert_eq!(pascal("open-api"), "OpenApi");
    }
}
