//! What a name stands for, across the files of a program.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::expression::Expression;
use super::module::{Class, Function, Module};

/// The Python files of a tree, by the name under which they are imported.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// By the last part of the name.
    modules: BTreeMap<String, Vec<Arc<str>>>,
}

impl Tree {
    /// Returns the tree with these paths.
    pub fn of<'a>(paths: impl IntoIterator<Item = &'a Arc<str>>) -> Self {
        let mut modules: BTreeMap<String, Vec<Arc<str>>> = BTreeMap::new();
        for path in paths {
            if let Some(last) = parts(path).and_then(|p| p.last().map(|l| (*l).to_owned())) {
                modules.entry(last).or_default().push(path.clone());
            }
        }
        Self { modules }
    }

    /// Returns the file of a module that another file names.
    fn find(&self, from: &str, name: &str) -> Option<&Arc<str>> {
        let bare = name.trim_start_matches('.');
        let level = name.len() - bare.len();
        let wanted: Vec<&str> = bare.split('.').filter(|p| !p.is_empty()).collect();
        let folder: Vec<&str> = from.split('/').rev().skip(1).collect();
        let folder: Vec<&str> = folder.into_iter().rev().collect();
        if level > 0 {
            let kept = folder.len().checked_sub(level - 1)?;
            let whole = [&folder[..kept], &wanted].concat();
            let candidates = self.modules.get(*whole.last()?)?;
            return candidates
                .iter()
                .find(|c| parts(c).is_some_and(|p| p == whole));
        }
        if STANDARD.contains(wanted.first()?) {
            return None;
        }
        let candidates = self.modules.get(*wanted.last()?)?;
        let fitting = candidates.iter().filter_map(|candidate| {
            let parts = parts(candidate)?;
            let root = parts.strip_suffix(wanted.as_slice())?;
            let shared = root.iter().zip(&folder).take_while(|(a, b)| a == b).count();
            let above = shared == root.len();
            // A name of one part stands for many things: only what lies at hand is meant.
            (wanted.len() > 1 || above).then_some(((above, shared), candidate))
        });
        fitting.max_by_key(|(fit, _)| *fit).map(|(_, path)| path)
    }
}

/// Modules that are never those of the program.
const STANDARD: &[&str] = &[
    "abc",
    "annotated_types",
    "builtins",
    "collections",
    "dataclasses",
    "datetime",
    "decimal",
    "enum",
    "fastapi",
    "ipaddress",
    "numbers",
    "pathlib",
    "pydantic",
    "re",
    "starlette",
    "types",
    "typing",
    "typing_extensions",
    "uuid",
];

/// Returns the parts of the name of the module that a file is.
fn parts(path: &str) -> Option<Vec<&str>> {
    let stem = path.strip_suffix(".py")?;
    let mut parts: Vec<&str> = stem.split('/').collect();
    if parts.last() == Some(&"__init__") {
        parts.pop();
    }
    (!parts.is_empty()).then_some(parts)
}

/// What a name stands for.
#[derive(Debug, Clone)]
pub(super) enum Found<'a> {
    Class(&'a Module, &'a Class),
    /// A member of a class, by its name.
    Member(&'a Class, String),
    Value(&'a Module, &'a str, &'a Expression),
    Function(&'a Module, &'a Function),
    Module(&'a Module),
    /// Something of a library, by its full name.
    External(String),
    Unknown,
}

/// The files of one ref that were read.
pub(super) struct Program<'a> {
    pub(super) modules: &'a BTreeMap<Arc<str>, Arc<Module>>,
    tree: &'a Tree,
    /// The files that would tell more.
    pub(super) missing: RefCell<BTreeSet<Arc<str>>>,
}

/// Names that lead to names are followed this far.
const FAR: usize = 20;

impl<'a> Program<'a> {
    pub(super) fn new(modules: &'a BTreeMap<Arc<str>, Arc<Module>>, tree: &'a Tree) -> Self {
        Self {
            modules,
            tree,
            missing: RefCell::default(),
        }
    }

    /// Returns what a name stands for in a module.
    pub(super) fn find(&self, module: &'a Module, name: &str) -> Found<'a> {
        self.find_far(module, name, 0)
    }

    fn find_far(&self, module: &'a Module, name: &str, depth: usize) -> Found<'a> {
        if depth > FAR {
            return Found::Unknown;
        }
        // `import a.b` makes `a.b` a name.
        let whole = module
            .imports
            .iter()
            .filter(|i| i.name.is_none() && i.here.contains('.'))
            .find_map(|i| Some((i, name.strip_prefix(&i.here)?.strip_prefix('.')?)));
        if let Some((import, rest)) = whole {
            let found = self.module(module, &import.module);
            return self.inside(found, rest, depth);
        }
        let (first, rest) = name.split_once('.').unwrap_or((name, ""));
        let found = self.simple(module, first, depth);
        self.inside(found, rest, depth)
    }

    /// Returns what a name stands for in what another one stands for.
    fn inside(&self, found: Found<'a>, rest: &str, depth: usize) -> Found<'a> {
        if rest.is_empty() {
            return found;
        }
        match found {
            Found::Module(inner) => self.find_far(inner, rest, depth + 1),
            Found::External(full) => Found::External(format!("{full}.{rest}")),
            Found::Class(inner, class) => {
                let nested = inner.classes.get(&format!("{}.{rest}", class.name));
                nested.map_or_else(
                    || Found::Member(class, rest.to_owned()),
                    |nested| Found::Class(inner, nested),
                )
            }
            _ => Found::Unknown,
        }
    }

    fn simple(&self, module: &'a Module, name: &str, depth: usize) -> Found<'a> {
        if let Some(class) = module.classes.get(name) {
            return Found::Class(module, class);
        }
        if let Some(function) = module.functions.get(name) {
            return Found::Function(module, function);
        }
        if let Some((name, value)) = module.values.get_key_value(name) {
            // `Benefit = schemas.Benefit`
            if let Expression::Name(other) = &value.given
                && other != name
            {
                return self.find_far(module, other, depth + 1);
            }
            return Found::Value(module, name, &value.given);
        }
        if let Some(import) = module.imports.iter().rev().find(|i| i.here == name) {
            return match &import.name {
                None => self.module(module, &import.module),
                Some(there) => self.imported(module, &import.module, there, depth),
            };
        }
        for wildcard in &module.wildcards {
            if let Found::Module(inner) = self.module(module, wildcard) {
                let found = self.find_far(inner, name, depth + 1);
                if !matches!(found, Found::Unknown) {
                    return found;
                }
            }
        }
        Found::Unknown
    }

    fn imported(&self, module: &'a Module, path: &str, name: &str, depth: usize) -> Found<'a> {
        match self.module(module, path) {
            Found::Module(inner) if inner.path != module.path => {
                match self.find_far(inner, name, depth + 1) {
                    Found::Unknown => self.submodule(module, path, name).unwrap_or(Found::Unknown),
                    found => found,
                }
            }
            Found::External(full) => self
                .submodule(module, path, name)
                .unwrap_or_else(|| Found::External(format!("{full}.{name}"))),
            _ => self.submodule(module, path, name).unwrap_or(Found::Unknown),
        }
    }

    fn submodule(&self, module: &'a Module, path: &str, name: &str) -> Option<Found<'a>> {
        let dot = if path.ends_with('.') { "" } else { "." };
        let full = format!("{path}{dot}{name}");
        match self.module(module, &full) {
            Found::External(_) => None,
            found => Some(found),
        }
    }

    /// Returns the module of that name as another one calls it.
    fn module(&self, from: &Module, name: &str) -> Found<'a> {
        let Some(path) = self.tree.find(&from.path, name) else {
            // A package without `__init__.py` has only its modules.
            return match name.starts_with('.') {
                true => Found::Unknown,
                false => Found::External(name.to_owned()),
            };
        };
        match self.modules.get(path) {
            Some(module) => Found::Module(module),
            None => {
                self.missing.borrow_mut().insert(path.clone());
                Found::Unknown
            }
        }
    }
}
