//! What is written is registered: every reader, form and output stands in its slice.

use super::{Complaint, Tree, complaint};

const READERS: &str = "crates/readers/src/lib.rs";
const OUTPUTS: &str = "crates/report/src/lib.rs";

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = readers(tree);
    complaints.extend(outputs(tree));
    complaints
}

/// Every folder of the readers is a module, and what in it reads or meets stands in a slice.
fn readers(tree: &Tree) -> Vec<Complaint> {
    let Some(registry) = tree.get(READERS) else {
        return Vec::new();
    };
    let mut complaints = Vec::new();
    for folder in tree.folders("crates/readers/src") {
        if !registry.contains(&format!("mod {folder};")) {
            complaints.push(complaint(
                READERS,
                0,
                format!("does not hold `mod {folder};`"),
            ));
        }
        for (path, text) in tree.under(&format!("crates/readers/src/{folder}")) {
            for (implements, slice) in
                [("impl Reader for ", "READERS"), ("impl Form for ", "FORMS")]
            {
                for (line, name) in types_with(text, implements) {
                    if !entries(registry, slice).contains(&format!("{folder}::{name}")) {
                        let what = format!(
                            "`{name}` is not in {slice} of {READERS}: add `&{folder}::{name}`"
                        );
                        complaints.push(complaint(path, line, what));
                    }
                }
            }
        }
    }
    complaints
}

/// Every file of the reports that renders one stands in `OUTPUTS`.
fn outputs(tree: &Tree) -> Vec<Complaint> {
    let Some(registry) = tree.get(OUTPUTS) else {
        return Vec::new();
    };
    let listed = entries(registry, "OUTPUTS");
    let mut complaints = Vec::new();
    for (path, text) in tree.under("crates/report/src") {
        for (line, name) in types_with(text, "impl Output for ") {
            let suffix = format!("::{name}");
            if !listed.iter().any(|e| *e == name || e.ends_with(&suffix)) {
                let what = format!("`{name}` is not in OUTPUTS of {OUTPUTS}");
                complaints.push(complaint(path, line, what));
            }
        }
    }
    complaints
}

/// The types that implement a trait in the code of a file, each with its line. Test modules come last in a file.
fn types_with<'a>(text: &'a str, implements: &str) -> Vec<(usize, &'a str)> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    code.lines()
        .enumerate()
        .filter_map(|(index, line)| Some((index + 1, line.strip_prefix(implements)?)))
        .map(|(line, rest)| {
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            (line, &rest[..end])
        })
        .collect()
}

/// The entries of a `static SLICE: … = &[&a::B, …];`, without `&`.
fn entries(text: &str, slice: &str) -> Vec<String> {
    let Some((start, end)) = span(text, slice) else {
        return Vec::new();
    };
    text[start..end]
        .split(',')
        .map(|entry| entry.trim().trim_start_matches('&').to_owned())
        .filter(|entry| !entry.is_empty())
        .collect()
}

/// Returns the byte range between the brackets of a `static SLICE: … = &[…];`.
pub(crate) fn span(text: &str, slice: &str) -> Option<(usize, usize)> {
    let declared = text.find(&format!("static {slice}:"))?;
    let equals = declared + text[declared..].find('=')?;
    let start = equals + text[equals..].find("&[")? + 2;
    let end = start + text[start..].find(']')?;
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check_tree;
    use expect_test::expect;

    #[test]
    fn a_reader_that_no_slice_names_would_never_run() {
        check_tree(
            check,
            "\
-- crates/readers/src/lib.rs --
pub mod sql;
pub mod wire;
pub static READERS: &[&dyn Reader] = &[&sql::Sql];
pub static FORMS: &[&dyn Form] =
    &[];
-- crates/readers/src/sql/mod.rs --
impl Reader for Sql {
-- crates/readers/src/wire/mod.rs --
impl Reader for Wire {
-- crates/readers/src/wire/form.rs --
impl Form for Wire {
#[cfg(test)]
impl Form for Fake {
-- crates/readers/src/avro/mod.rs --
",
            &expect![[r"
                crates/readers/src/lib.rs: does not hold `mod avro;`
                crates/readers/src/wire/form.rs:1: `Wire` is not in FORMS of crates/readers/src/lib.rs: add `&wire::Wire`
                crates/readers/src/wire/mod.rs:1: `Wire` is not in READERS of crates/readers/src/lib.rs: add `&wire::Wire`"]],
        );
    }

    #[test]
    fn an_output_stands_in_outputs() {
        check_tree(
            check,
            "\
-- crates/report/src/lib.rs --
pub static OUTPUTS: &[&dyn Output] = &[&json::Json, &Markdown];
-- crates/report/src/json.rs --
impl Output for Json {
-- crates/report/src/markdown.rs --
impl Output for Markdown {
-- crates/report/src/sarif.rs --
impl Output for Sarif {
",
            &expect![[
                r"crates/report/src/sarif.rs:1: `Sarif` is not in OUTPUTS of crates/report/src/lib.rs"
            ]],
        );
    }
}
