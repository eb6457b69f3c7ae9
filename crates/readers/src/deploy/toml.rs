//! The settings of a TOML file, each with the table that it stands in.

use std::ops::Range;

use coexist_model::File;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A key with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    /// The names of the tables around it, with dots between.
    pub(super) section: String,
    /// Its name.
    pub(super) key: String,
    /// Its text, or those of a list.
    pub(super) texts: Vec<String>,
    /// Where.
    pub(super) at: Range<usize>,
}

impl Setting {
    /// Returns its value as a shell text: the commands of a list one after the other.
    pub(super) fn commands(&self) -> String {
        self.texts.join(" && ")
    }
}

/// Returns the settings that hold a text or a list of texts, in the order of the file. What is no TOML is left out.
pub(super) fn settings(file: &File) -> Vec<Setting> {
    let (table, _) = DeTable::parse_recoverable(&file.text);
    let mut found = Vec::new();
    add(table.get_ref(), "", &mut found);
    found.sort_by_key(|s| s.at.start);
    found
}

// The parser takes no text in which tables are nested deeply.
fn add(table: &DeTable<'_>, section: &str, found: &mut Vec<Setting>) {
    for (key, value) in table {
        let name = key.get_ref();
        let inner = match section {
            "" => name.to_string(),
            _ => format!("{section}.{name}"),
        };
        match value.get_ref() {
            DeValue::Table(table) => add(table, &inner, found),
            DeValue::Array(items) => {
                let texts: Vec<String> = items.iter().filter_map(text).collect();
                if !texts.is_empty() {
                    found.push(setting(section, key, value, texts));
                }
                let tables = items.iter().filter_map(|item| match item.get_ref() {
                    DeValue::Table(table) => Some(table),
                    _ => None,
                });
                tables.for_each(|table| add(table, &inner, found));
            }
            _ => {
                let texts = text(value).into_iter().collect();
                found.push(setting(section, key, value, texts));
            }
        }
    }
}

fn text(value: &Spanned<DeValue<'_>>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => Some(text.to_string()),
        _ => None,
    }
}

fn setting(
    section: &str,
    key: &Spanned<impl AsRef<str>>,
    value: &Spanned<DeValue<'_>>,
    texts: Vec<String>,
) -> Setting {
    Setting {
        section: section.to_owned(),
        key: key.get_ref().as_ref().to_owned(),
        texts,
        at: key.span().start..value.span().end.max(key.span().start),
    }
}
