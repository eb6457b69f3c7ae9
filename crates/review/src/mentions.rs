//! Words in code that may be uses which no reader resolved: a query builder, an ORM that is not read yet.
//!
//! A contract step is cleared by "no use found" only where nothing of the kind stands in the code that runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_engine::{Comparison, Facts, Mention};
use coexist_model::{Action, Aspect, Delta, Detail, File, Place, Surface, SurfaceKind};
use coexist_readers::FORMS;
use coexist_readers::code::is_note_of_model;

use crate::skip::kind;
use crate::source::{Source, Text};

/// Names that stand in every program: a word says nothing, unless the file gives the table's name as a text.
const COMMON: &[&str] = &[
    "id",
    "name",
    "status",
    "type",
    "state",
    "value",
    "data",
    "key",
    "user_id",
    "created_at",
    "updated_at",
    "email",
    "title",
    "description",
    "count",
    "date",
    "time",
    "text",
    "content",
    "version",
    "enabled",
    "active",
    "public",
    "message",
    "url",
    "path",
    "size",
    "role",
    "user",
    "users",
    "settings",
    "events",
    "files",
    "items",
    "config",
];
/// Files that are looked through for one change.
const FILES: usize = 500;

/// Returns where base's code names what this change takes away and no reader said what it does there: the first place for each.
/// `declared` are the lines of models that were read, and
/// `ignored` the columns that the classes of Active Record leave out: a row has no such attribute, and the queries are read.
pub(crate) fn mentions(
    base: &dyn Source,
    facts: &Facts,
    declared: &BTreeSet<(Arc<str>, u32)>,
    ignored: &BTreeSet<(Surface, String)>,
    comparison: &Comparison,
) -> Vec<Mention> {
    let gone: Vec<&Delta> = comparison
        .deltas
        .iter()
        .filter(|d| is_taken_away(d))
        .collect();
    let mut words: BTreeMap<String, Vec<&Delta>> = BTreeMap::new();
    // Every file that counts names the table too, and names of columns stand everywhere.
    let mut tables: BTreeSet<String> = BTreeSet::new();
    for delta in gone {
        for word in names(delta) {
            words.entry(word).or_default().push(delta);
            tables.extend(table_words(&delta.surface));
        }
    }
    if words.is_empty() {
        return Vec::new();
    }
    let resolved: BTreeSet<(&str, u32)> = facts
        .linked
        .accesses
        .iter()
        .map(|a| (&*a.place.path, a.place.line))
        .collect();
    let resolved: BTreeSet<(&str, u32)> = resolved
        .into_iter()
        .chain(declared.iter().map(|(path, line)| (&**path, *line)))
        .collect();
    let tables: Vec<String> = tables.into_iter().collect();
    let near = base.containing(&tables, &|p| {
        crate::spoken::is_code(p) && kind(p) == coexist_engine::PathKind::Product
    });
    // What a migration says, it does once; it was read as one.
    let stores = facts.linked.stores.iter();
    let migrations: BTreeSet<&Arc<str>> = stores
        .flat_map(|s| &s.migrations)
        .map(|m| &m.path)
        .collect();
    let near: BTreeSet<Arc<str>> = near
        .into_iter()
        .filter(|p| !migrations.contains(p))
        .collect();
    let list: Vec<String> = words.keys().cloned().collect();
    let hiding = hiding(base, &near);
    let mut paths = base.containing(&list, &|p| near.contains(p) || hiding.contains(p));
    paths.truncate(FILES);
    let mut found: BTreeMap<(String, Option<String>), Mention> = BTreeMap::new();
    for (path, text) in base.texts(&paths) {
        let known = |delta: &Delta| {
            let column = delta.element.clone().unwrap_or_default();
            is_ruby(&path) && ignored.contains(&(delta.surface.clone(), column))
        };
        match text {
            Text::Text(text) if is_note_of_model(&path, &text) => {}
            Text::Text(text) => {
                let of_table = |lower: &str, at: usize, delta: &Delta| {
                    let hidden = hiding.contains(&path) && !is_common(delta);
                    hidden || names_table(lower, at, delta)
                };
                look(
                    &path, &text, &words, &resolved, &known, &of_table, &mut found,
                );
            }
            // It may hold the words, as far as its bytes tell; what it does with them is not known.
            Text::Skipped(_) => mention_all(&path, &words, &mut found),
        }
    }
    found.into_values().collect()
}

/// Returns the files of Go whose statements leave their table open, in the packages of which another file names it: a constant gives it.
fn hiding(base: &dyn Source, near: &BTreeSet<Arc<str>>) -> BTreeSet<Arc<str>> {
    let go = |path: &str| path.ends_with(".go");
    let folder = |path: &str| path.rsplit_once('/').map_or("", |(f, _)| f).to_owned();
    let packages: BTreeSet<String> = near.iter().filter(|p| go(p)).map(|p| folder(p)).collect();
    if packages.is_empty() {
        return BTreeSet::new();
    }
    let open = ["from %s", "into %s", "update %s", "join %s"].map(str::to_owned);
    let beside = |path: &str| {
        let product = kind(path) == coexist_engine::PathKind::Product;
        go(path) && product && packages.contains(&folder(path))
    };
    base.containing(&open, &beside).into_iter().collect()
}

fn is_ruby(path: &str) -> bool {
    path.ends_with(".rb") || path.ends_with(".rake")
}

fn is_taken_away(delta: &Delta) -> bool {
    let column = matches!(
        delta.old.as_ref().map(|e| &e.detail),
        Some(Detail::Column(_))
    );
    let table = delta.element.is_none()
        && matches!(delta.surface.kind, SurfaceKind::Table | SurfaceKind::View);
    let gone = match delta.aspect {
        Aspect::Existence => delta.action == Action::Removed,
        Aspect::Identity => true,
        _ => false,
    };
    delta.made_by.is_some() && gone && (column || table)
}

/// Returns the spellings of what a delta takes away.
fn names(delta: &Delta) -> Vec<String> {
    let snake = gone_name(delta).to_lowercase();
    let camel = snake.replace('_', "");
    if snake == camel {
        vec![snake]
    } else {
        vec![snake, camel]
    }
}

fn gone_name(delta: &Delta) -> &str {
    delta.element.as_deref().unwrap_or(&delta.surface.name)
}

/// Returns whether the name of what goes is too common, or too short, to tell anything by itself.
fn is_common(delta: &Delta) -> bool {
    let name = gone_name(delta);
    COMMON.contains(&name.to_lowercase().as_str()) || name.len() < 4
}

fn table_words(table: &Surface) -> Vec<String> {
    let form = FORMS.iter().find(|f| f.kinds().contains(&table.kind));
    form.map(|f| f.spellings(table, None)).unwrap_or_default()
}

fn look(
    path: &Arc<str>,
    text: &str,
    words: &BTreeMap<String, Vec<&Delta>>,
    resolved: &BTreeSet<(&str, u32)>,
    known: &dyn Fn(&Delta) -> bool,
    of_table: &dyn Fn(&str, usize, &Delta) -> bool,
    found: &mut BTreeMap<(String, Option<String>), Mention>,
) {
    let lower = text.to_ascii_lowercase();
    let mut file: Option<File> = None;
    for (word, deltas) in words {
        for (at, _) in lower
            .match_indices(word.as_str())
            .filter(|(at, _)| is_word(&lower, *at, word.len()))
            .take(50)
        {
            let file = file.get_or_insert_with(|| File::new(path, text));
            let place = file.place(at..at + word.len());
            if resolved.contains(&(&**path, place.line)) || is_comment(&place.quote) {
                continue;
            }
            for delta in deltas.iter().filter(|d| !known(d)) {
                let key = (delta.surface.name.clone(), delta.element.clone());
                if of_table(&lower, at, delta) && !found.contains_key(&key) {
                    let mention = Mention {
                        surface: delta.surface.clone(),
                        element: delta.element.clone(),
                        place: place.clone(),
                    };
                    found.insert(key, mention);
                }
            }
        }
    }
}

/// Mentions everything that goes in a file that could not be read, but for names that stand in every program.
fn mention_all(
    path: &str,
    words: &BTreeMap<String, Vec<&Delta>>,
    found: &mut BTreeMap<(String, Option<String>), Mention>,
) {
    for delta in words.values().flatten().filter(|d| !is_common(d)) {
        let key = (delta.surface.name.clone(), delta.element.clone());
        found.entry(key).or_insert_with(|| Mention {
            surface: delta.surface.clone(),
            element: delta.element.clone(),
            place: Place::of_file(path),
        });
    }
}

/// Returns whether the file also names the table: a column's word alone may be anything. For a name that stands everywhere it
/// has to be the table's very name in quotes, as mappings of every language give it: `table_name = "message"`,
/// `@Entity('message')`, `return "message"`.
fn names_table(lower: &str, at: usize, delta: &Delta) -> bool {
    let table = delta.surface.name.to_lowercase();
    let table = table.rsplit('.').next().unwrap_or(&table);
    match (is_common(delta), delta.element.is_some()) {
        (true, true) => lower
            .match_indices(table)
            .any(|(at, _)| is_quoted(lower, at, table.len())),
        (true, false) => is_quoted(lower, at, table.len()),
        (false, false) => true,
        (false, true) => {
            let singular = table.strip_suffix('s').unwrap_or(table).replace('_', "");
            lower.contains(table) || lower.replace('_', "").contains(&singular)
        }
    }
}

fn is_quoted(text: &str, at: usize, length: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at + length..].chars().next();
    before == after && matches!(before, Some('"' | '\'' | '`'))
}

fn is_word(text: &str, at: usize, length: usize) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let before = text[..at].chars().next_back();
    let after = text[at + length..].chars().next();
    !before.is_some_and(part) && !after.is_some_and(part)
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    ["//", "#", "--", "/*", "*"]
        .iter()
        .any(|sign| line.starts_with(sign))
        && !line.starts_with("#[")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_longer_word_is_none() {
        assert!(is_word("a.legacy = 1", 2, 6));
        assert!(!is_word("legacy_id", 0, 6));
        assert!(!is_word("is_legacy", 3, 6));
    }

    #[test]
    fn a_text_is_quoted_on_both_sides() {
        assert!(is_quoted("(\"users\")", 2, 5));
        assert!(!is_quoted("\"users.csv\"", 1, 5));
    }

    #[test]
    fn a_line_of_comment_is_no_use() {
        assert!(is_comment("  // legacy is gone"));
        assert!(!is_comment("legacy = 1 // old"));
    }
}
