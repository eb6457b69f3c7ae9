//! The tables of `coexist.toml`, read key by key so that every mistake has its line.

use coexist_model::{File, nearest};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{ConfigError, Set};

/// The text, for lines.
pub(super) struct Source(File);

impl Source {
    pub(super) fn new(text: &str) -> Self {
        Self(File::new(super::FILE, text))
    }

    fn set<T>(&self, at: usize, value: T) -> Set<T> {
        let place = self.0.place(at..at);
        Set {
            value,
            line: place.line,
            quote: place.quote.to_string(),
        }
    }

    pub(super) fn error(
        &self,
        at: usize,
        what: impl Into<String>,
        help: Option<String>,
    ) -> ConfigError {
        ConfigError {
            line: self.0.place(at..at).line,
            what: what.into(),
            help,
        }
    }
}

/// One table, and where it stands for messages: `review.`.
pub(super) struct Entries<'a, 'i> {
    source: &'a Source,
    prefix: &'static str,
    table: &'a DeTable<'i>,
    at: usize,
}

impl<'a, 'i> Entries<'a, 'i> {
    pub(super) fn new(source: &'a Source, prefix: &'static str, table: &'a DeTable<'i>) -> Self {
        Self {
            source,
            prefix,
            table,
            at: 0,
        }
    }

    fn get(&self, key: &str) -> Option<&'a Spanned<DeValue<'i>>> {
        self.table
            .iter()
            .find(|(k, _)| k.get_ref() == key)
            .map(|(_, value)| value)
    }

    pub(super) fn only(&self, known: &[&str]) -> Result<(), ConfigError> {
        let unknown = self
            .table
            .iter()
            .filter(|(key, _)| !known.contains(&key.get_ref().as_ref()))
            .min_by_key(|(key, _)| key.span().start);
        let Some((key, _)) = unknown else {
            return Ok(());
        };
        let name = key.get_ref();
        let help = match nearest(name, known) {
            Some(near) => format!("did you mean {}{near}?", self.prefix),
            None => format!("known here: {}", known.join(", ")),
        };
        let what = format!("unknown key {}{name}", self.prefix);
        Err(self.source.error(key.span().start, what, Some(help)))
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'i>>, want: &str) -> ConfigError {
        let what = format!(
            "{}{key} is {} where {want} is wanted",
            self.prefix,
            described(value.get_ref())
        );
        self.source.error(value.span().start, what, None)
    }

    pub(super) fn table(&self, key: &'static str) -> Result<Option<Self>, ConfigError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let table = value
            .get_ref()
            .as_table()
            .ok_or_else(|| self.wrong(key, value, "a table"))?;
        Ok(Some(Self {
            source: self.source,
            prefix: dotted(key),
            table,
            at: value.span().start,
        }))
    }

    pub(super) fn tables(&self, key: &'static str) -> Result<Vec<Self>, ConfigError> {
        let Some(value) = self.get(key) else {
            return Ok(Vec::new());
        };
        let want = || self.wrong(key, value, &format!("[[{key}]]"));
        let array = value.get_ref().as_array().ok_or_else(want)?;
        array
            .iter()
            .map(|entry| {
                let table = entry.get_ref().as_table().ok_or_else(want)?;
                Ok(Self {
                    source: self.source,
                    prefix: dotted(key),
                    table,
                    at: entry.span().start,
                })
            })
            .collect()
    }

    pub(super) fn word<T: Copy>(
        &self,
        key: &str,
        words: &[(&'static str, T)],
    ) -> Result<Option<Set<T>>, ConfigError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let names: Vec<&str> = words.iter().map(|(name, _)| *name).collect();
        let want = format!("one of {}", names.join(", "));
        let text = value
            .get_ref()
            .as_str()
            .ok_or_else(|| self.wrong(key, value, &want))?;
        let found = words.iter().find(|(name, _)| *name == text);
        let Some((_, word)) = found else {
            let help = match nearest(text, &names) {
                Some(near) => format!("did you mean {near}?"),
                None => want,
            };
            let what = format!("{}{key} does not know {text}", self.prefix);
            return Err(self.source.error(value.span().start, what, Some(help)));
        };
        Ok(Some(self.source.set(value.span().start, *word)))
    }

    pub(super) fn strings(&self, key: &str) -> Result<Option<Vec<Set<String>>>, ConfigError> {
        let Some(value) = self.get(key) else {
            return Ok(None);
        };
        let want = "a list of texts";
        let array = value
            .get_ref()
            .as_array()
            .ok_or_else(|| self.wrong(key, value, want))?;
        let entries = array.iter().map(|entry| {
            let text = entry
                .get_ref()
                .as_str()
                .ok_or_else(|| self.wrong(key, entry, "a text"))?;
            Ok(self.source.set(entry.span().start, text.to_owned()))
        });
        entries.collect::<Result<Vec<_>, _>>().map(Some)
    }

    fn missing(&self, key: &str) -> ConfigError {
        let what = format!("{}{key} is missing", self.prefix);
        self.source.error(self.at, what, None)
    }

    pub(super) fn required(&self, key: &str) -> Result<Set<String>, ConfigError> {
        let value = self.get(key).ok_or_else(|| self.missing(key))?;
        let text = value
            .get_ref()
            .as_str()
            .filter(|text| !text.trim().is_empty())
            .ok_or_else(|| self.wrong(key, value, "a name"))?;
        Ok(self.source.set(value.span().start, text.to_owned()))
    }

    pub(super) fn required_strings(&self, key: &str) -> Result<Vec<Set<String>>, ConfigError> {
        let found = self.strings(key)?.ok_or_else(|| self.missing(key))?;
        if found.is_empty() {
            let what = format!("{}{key} is empty", self.prefix);
            return Err(self.source.error(self.at, what, None));
        }
        Ok(found)
    }
}

fn dotted(key: &str) -> &'static str {
    match key {
        "deploy" => "deploy.",
        "review" => "review.",
        "service" => "service.",
        "client" => "client.",
        _ => "",
    }
}

fn described(value: &DeValue<'_>) -> String {
    match value.as_str() {
        Some("") => "an empty text".to_owned(),
        Some(text) => format!("the text {text:?}"),
        None => format!("of type {}", value.type_str()),
    }
}
