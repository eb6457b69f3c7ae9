//! A store in which one delta alone is made or unmade.

use std::collections::BTreeMap;

use coexist_model::{
    Aspect, Column, Delta, Detail, Dialect, Element, Lookup, Schema, Store, Surface,
};

/// A store with some schemas replaced.
pub(super) struct Overlay<'a> {
    store: &'a Store,
    replaced: BTreeMap<Surface, Option<Schema>>,
}

impl Lookup for Overlay<'_> {
    fn schema(&self, surface: &Surface) -> Option<&Schema> {
        match self.replaced.get(surface) {
            Some(schema) => schema.as_ref(),
            None => self.store.schema(surface),
        }
    }

    fn dialect(&self) -> Dialect {
        self.store.dialect
    }

    fn is_open(&self, surface: &Surface, element: Option<&str>) -> bool {
        // What is replaced is known as far as its elements go; what it does not have is as open as it was.
        let listed = |s: &Schema| element.is_some_and(|e| s.element(e).is_some());
        let known = self
            .replaced
            .get(surface)
            .is_some_and(|r| r.as_ref().is_none_or(listed));
        !known && self.store.is_open(surface, element)
    }
}

/// Returns the store before the change with only this delta made.
pub(super) fn made<'a>(before: &'a Store, after: &Store, delta: &Delta) -> Overlay<'a> {
    let mut replaced = BTreeMap::new();
    match (&delta.old, &delta.new) {
        (None, None) => {
            replaced.insert(delta.surface.clone(), None);
            let now = after.schema(&delta.head_surface).filter(|_| {
                delta.aspect == Aspect::Identity || before.schema(&delta.surface).is_none()
            });
            if let Some(now) = now {
                let elements = before
                    .schema(&delta.surface)
                    .map_or_else(|| now.elements.clone(), |s| s.elements.clone());
                replaced.insert(
                    delta.head_surface.clone(),
                    Some(Schema {
                        elements,
                        ..now.clone()
                    }),
                );
            }
        }
        (old, new) => {
            if let Some(schema) = before.schema(&delta.surface) {
                replaced.insert(
                    delta.surface.clone(),
                    Some(patched(schema, delta.aspect, old.as_ref(), new.as_ref())),
                );
            }
        }
    }
    Overlay {
        store: before,
        replaced,
    }
}

/// Returns the store after the change with only this delta unmade.
pub(super) fn unmade<'a>(before: &Store, after: &'a Store, delta: &Delta) -> Overlay<'a> {
    let mut replaced = BTreeMap::new();
    match (&delta.old, &delta.new) {
        (None, None) => {
            replaced.insert(delta.head_surface.clone(), None);
            if let Some(was) = before.schema(&delta.surface) {
                replaced.insert(delta.surface.clone(), Some(was.clone()));
            }
        }
        (old, new) => {
            if let Some(schema) = after.schema(&delta.head_surface) {
                let back = patched(schema, delta.aspect, new.as_ref(), old.as_ref());
                replaced.insert(delta.head_surface.clone(), Some(back));
            }
        }
    }
    Overlay {
        store: after,
        replaced,
    }
}

/// Returns the schema with `from` turned into `to`, in this aspect only.
fn patched(
    schema: &Schema,
    aspect: Aspect,
    from: Option<&Element>,
    to: Option<&Element>,
) -> Schema {
    let mut elements = schema.elements.clone();
    // MySQL names a UNIQUE after its first column: the one name has two elements.
    let at = from.and_then(|from| {
        elements
            .iter()
            .position(|e| e.name == from.name && e.is_same_sort(from))
    });
    match (at, to) {
        (Some(at), Some(to)) => elements[at] = blended(&elements[at], to, aspect),
        (Some(at), None) => {
            elements.remove(at);
        }
        (None, Some(to)) => elements.push(to.clone()),
        (None, None) => {}
    }
    Schema {
        elements,
        ..schema.clone()
    }
}

fn blended(from: &Element, to: &Element, aspect: Aspect) -> Element {
    let (Detail::Column(a), Detail::Column(b)) = (&from.detail, &to.detail) else {
        return to.clone();
    };
    let column = match aspect {
        Aspect::Type => Column {
            type_name: b.type_name.clone(),
            ..a.clone()
        },
        Aspect::Presence => Column {
            nullable: b.nullable,
            ..a.clone()
        },
        Aspect::Default => Column {
            default: b.default.clone(),
            generated: b.generated,
            // Where NULL is accepted once the default is gone, its going refuses nobody.
            nullable: a.nullable || b.nullable && b.default.is_none() && !b.generated,
            ..a.clone()
        },
        _ => a.clone(),
    };
    let name = if aspect == Aspect::Identity {
        to.name.clone()
    } else {
        from.name.clone()
    };
    Element {
        name,
        detail: Detail::Column(column),
        place: to.place.clone(),
    }
}
