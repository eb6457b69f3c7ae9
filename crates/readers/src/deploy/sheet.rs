//! The settings of one workload, pipeline or alert, as they are collected.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use coexist_model::{
    Detail, Element, File, KnownOrder, Order, OrderEvidence, Reading, Schema, Surface, SurfaceKind,
};

use super::tree::{Node, one_line};

/// Characters of a value that are kept.
const VALUE_LIMIT: usize = 2_000;

/// Settings of one surface that are kept.
const ELEMENT_LIMIT: usize = 2_000;

/// A surface and its settings.
pub(super) struct Sheet<'f> {
    file: &'f File,
    surface: Surface,
    at: Range<usize>,
    elements: Vec<Element>,
    names: BTreeSet<String>,
    /// How often each name was asked for.
    repeated: BTreeMap<String, usize>,
}

impl<'f> Sheet<'f> {
    pub(super) fn new(
        file: &'f File,
        kind: SurfaceKind,
        name: impl Into<String>,
        at: Range<usize>,
    ) -> Self {
        Self {
            file,
            surface: Surface::new(kind, name),
            at,
            elements: Vec::new(),
            names: BTreeSet::new(),
            repeated: BTreeMap::new(),
        }
    }

    /// Adds a setting. The first one of a name counts.
    pub(super) fn set(&mut self, name: impl Into<String>, value: &str, at: Range<usize>) {
        let name = name.into();
        if self.elements.len() >= ELEMENT_LIMIT {
            return;
        }
        if self.names.insert(name.clone()) {
            let value = one_line(value).chars().take(VALUE_LIMIT).collect();
            self.elements.push(Element {
                name,
                detail: Detail::Setting { value },
                place: self.file.place(at),
            });
        }
    }

    /// Adds a setting under the first free name of `name`, `name-2`, `name-3`, ….
    pub(super) fn set_next(&mut self, name: &str, value: &str, at: Range<usize>) {
        if self.elements.len() >= ELEMENT_LIMIT {
            return;
        }
        let taken = self.repeated.entry(name.to_owned()).or_default();
        let free = loop {
            *taken += 1;
            let free = if *taken == 1 {
                name.to_owned()
            } else {
                format!("{name}-{taken}")
            };
            if !self.names.contains(&free) {
                break free;
            }
        };
        self.set(free, value, at);
    }

    /// Adds the value under that key of a map, where there is one, placed from the key to the end of the value.
    pub(super) fn take(&mut self, name: &str, from: &Node, key: &str) {
        if let Some((key, value)) = from.entry(key) {
            self.set(
                name,
                &value.flow(),
                key.at.start..value.at.end.max(key.at.end),
            );
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.elements.is_empty()
    }

    pub(super) fn schema(self) -> Schema {
        Schema {
            surface: self.surface,
            elements: self.elements,
            place: self.file.place(self.at),
        }
    }
}

/// Adds what a file says about when migrations run.
pub(super) fn order(
    file: &File,
    reading: &mut Reading,
    order: Order,
    because: &str,
    at: Range<usize>,
) {
    reading.orders.push(OrderEvidence {
        order: KnownOrder {
            order,
            proven: true,
            because: because.to_owned(),
            place: Some(file.place(at)),
        },
        scope: None,
        tool: None,
        needs: None,
    });
}

/// Returns a name in lowercase with every run of other characters as one hyphen, of 60 characters at most.
pub(super) fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() {
            out.extend(c.to_lowercase());
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
        if out.len() >= 60 {
            break;
        }
    }
    out.trim_end_matches('-').to_owned()
}
