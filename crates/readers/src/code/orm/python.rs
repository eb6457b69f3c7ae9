//! Which class of Python a name means: another class may have the name of a model, as the schemas of an API often do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{Hints, ModelDeclaration, SurfaceKind};

use crate::code::context::Context;
use crate::code::imports::Import;
use crate::code::syntax::Id;

/// The models of a tool, each with the files that declare it.
#[derive(Debug, Default)]
pub(super) struct Classes(BTreeMap<String, BTreeSet<Arc<str>>>);

impl Classes {
    /// Returns the models that a file declares and those that it is asked for.
    pub(super) fn of<'m>(
        tool: &str,
        declared: impl Iterator<Item = &'m ModelDeclaration>,
        hints: &Hints,
    ) -> Self {
        let wanted = hints.wanted.iter();
        let asked = wanted
            .filter(|w| w.tool.is_none_or(|of| of == tool))
            .filter(|w| w.surface.kind == SurfaceKind::Model);
        let mut classes: BTreeMap<String, BTreeSet<Arc<str>>> = BTreeMap::new();
        for asked in asked {
            let files = classes.entry(asked.surface.name.clone()).or_default();
            files.extend(asked.declared_in.clone());
        }
        for model in declared {
            let files = classes.entry(model.name.clone()).or_default();
            files.insert(model.place.path.clone());
        }
        Self(classes)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the model of that name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get_key_value(name).map(|(name, _)| name.as_str())
    }

    /// Returns whether an expression takes the class of that name from a module which does not hold the model: a class of its own,
    /// unless that module hands on the model.
    pub(super) fn is_another(
        &self,
        context: &Context<'_, '_>,
        expression: Id,
        class: &str,
    ) -> bool {
        let files = self.0.get(class).filter(|files| !files.is_empty());
        let module = module(context, expression);
        match (files, module) {
            (Some(files), Some(module)) => !files.iter().any(|file| holds(&module, file)),
            (Some(files), None) => !files.contains(&*context.file.path) && declares(context, class),
            _ => false,
        }
    }
}

/// Returns whether a file declares a class of that name.
fn declares(context: &Context<'_, '_>, class: &str) -> bool {
    let s = context.syntax;
    let mut classes = s.all().filter(|&id| s.kind(id) == "class_definition");
    classes.any(|id| {
        s.child(id, "name")
            .is_some_and(|name| s.text(name) == class)
    })
}

/// A module as segments; from the root of the tree where the import is relative, else from any folder.
struct Module {
    segments: Vec<String>,
    from_root: bool,
}

/// Returns the module that a name, or what stands before the last name of a path, is imported from.
fn module(context: &Context<'_, '_>, expression: Id) -> Option<Module> {
    let path = context.syntax.path(expression)?;
    let (_, before) = path.split_last()?;
    let import = |called: &str| {
        let by_name = |i: &&Import| i.names.iter().any(|(_, here)| here == called);
        context.imports.iter().find(by_name)
    };
    let Some((first, more)) = before.split_first() else {
        return Some(named(&import(path.first()?)?.path, &[], context));
    };
    if let Some(import) = import(first) {
        let original = context.original(first);
        let rest: Vec<&str> = std::iter::once(original)
            .chain(more.iter().copied())
            .collect();
        return Some(named(&import.path, &rest, context));
    }
    let mut whole = context.imports.iter().filter(|i| i.names.is_empty());
    let spelled = before.join(".");
    let import = whole.find(|i| i.alias.as_deref().unwrap_or(&i.path) == spelled)?;
    Some(named(&import.path, &[], context))
}

fn named(path: &str, more: &[&str], context: &Context<'_, '_>) -> Module {
    let bare = path.trim_start_matches('.');
    let ups = path.len() - bare.len();
    let own = bare.split('.').chain(more.iter().copied());
    let own = own.filter(|s| !s.is_empty()).map(str::to_owned);
    if ups == 0 {
        return Module {
            segments: own.collect(),
            from_root: false,
        };
    }
    let mut folder: Vec<String> = context.file.path.split('/').map(str::to_owned).collect();
    folder.truncate(folder.len().saturating_sub(ups));
    Module {
        segments: folder.into_iter().chain(own).collect(),
        from_root: true,
    }
}

/// Returns whether a file is a module, or lies in the folder that is one.
fn holds(module: &Module, file: &str) -> bool {
    let file = file.trim_end_matches(".py").trim_end_matches("/__init__");
    let parts: Vec<&str> = file.split('/').collect();
    let starts = |at: usize| {
        let here = parts.get(at..at + module.segments.len());
        here.is_some_and(|here| here.iter().zip(&module.segments).all(|(a, b)| a == b))
    };
    match module.from_root {
        true => starts(0),
        false => (0..parts.len()).any(starts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_holds_its_file_and_what_lies_in_its_folder() {
        let module = |segments: &str, from_root| Module {
            segments: segments.split('.').map(str::to_owned).collect(),
            from_root,
        };
        for (segments, from_root, file, expected) in [
            ("app.models", false, "server/app/models/user.py", true),
            ("app.models.user", false, "server/app/models/user.py", true),
            ("app", false, "app/models/user.py", true),
            ("app.schemas", false, "app/models/user.py", false),
            ("models", false, "app/models/__init__.py", true),
            ("server.app.models", true, "server/app/models.py", true),
            ("app.models", true, "server/app/models.py", false),
            ("app.model", false, "app/models.py", false),
        ] {
            assert_eq!(
                holds(&module(segments, from_root), file),
                expected,
                "{segments} {file}"
            );
        }
    }
}
