//! Which entity a path of a file means: `did::Entity`, `entity::did::Column::Name`, `Did` of a prelude.

use std::collections::BTreeSet;

use crate::code::context::Context;
use crate::code::rust::snake;
use crate::code::syntax::Id;

/// What a module of an entity holds.
const ITEMS: &[&str] = &["Entity", "Model", "ActiveModel", "Column", "Relation"];

/// Returns the name of the module that a node stands in: one of the file, else the file itself.
pub(super) fn module_of(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let s = context.syntax;
    if let Some(module) = s.above(id, &["mod_item"]) {
        return Some(s.text(s.child(module, "name")?).to_owned());
    }
    let (folders, file) = context
        .file
        .path
        .rsplit_once('/')
        .unwrap_or(("", &context.file.path));
    let stem = file.strip_suffix(".rs")?;
    let name = match stem {
        "mod" => folders.rsplit('/').next().unwrap_or_default(),
        stem => stem,
    };
    (!name.is_empty()).then(|| name.to_owned())
}

/// The entities that a file may mean.
pub(super) struct Scope<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    names: &'c BTreeSet<String>,
}

impl<'c, 's, 'a> Scope<'c, 's, 'a> {
    pub(super) fn of(context: &'c Context<'s, 'a>, names: &'c BTreeSet<String>) -> Self {
        Self { context, names }
    }

    /// Returns the model that a path names an item of: of `did::Column` or `Column` the one that is called `did`.
    pub(super) fn model(&self, id: Id, item: &str) -> Option<String> {
        let s = self.context.syntax;
        let path = s.path(s.bare(id))?;
        self.of_path(id, &path, item)
    }

    pub(super) fn of_path(&self, id: Id, path: &[&str], item: &str) -> Option<String> {
        let (last, before) = path.split_last()?;
        if *last == "Self" && before.is_empty() {
            let implementation = implemented_for(self.context, id)?;
            return self.model(implementation, item);
        }
        let module = match before.last() {
            Some(&module) if *last == item && !matches!(module, "self" | "super" | "crate") => {
                self.context.original(module).to_owned()
            }
            _ => match self.imported(last, item) {
                Some(module) => module,
                // In the module of an entity its items go by their own names.
                None if *last == item => module_of(self.context, id)?,
                // A prelude calls each entity by the name of its module, as types are written.
                None if item == "Entity" && before.is_empty() => snake(last),
                None => return None,
            },
        };
        self.names.contains(&module).then_some(module)
    }

    /// Returns the module that an item is imported from under a name: `use entity::did::Entity as Did`.
    fn imported(&self, here: &str, item: &str) -> Option<String> {
        debug_assert!(ITEMS.contains(&item), "an entity has no {item}");
        self.context.imports.iter().find_map(|import| {
            let mut names = import.names.iter();
            names.find(|(there, name)| there == item && name == here)?;
            import.path.rsplit("::").next().map(str::to_owned)
        })
    }
}

/// Returns the type that what stands around a node is implemented for.
fn implemented_for(context: &Context<'_, '_>, id: Id) -> Option<Id> {
    let s = context.syntax;
    let of = s.child(s.above(id, &["impl_item"])?, "type")?;
    (s.text(of) != "Self").then_some(of)
}
