//! The words that stand in every file which uses a table.

use std::collections::BTreeSet;

use coexist_model::{Surface, SurfaceKind};

use crate::code::inflections::class_of;

/// Returns the words, lowercase, each once, sorted.
///
/// A file that uses a table names it, in SQL as it is, in code perhaps in camel case (which is `snake` without its underscores
/// when all is lowercase) and in the singular. The words of the table alone are enough: no reader follows a row into a file that
/// names neither its table nor its model, and names of columns stand everywhere.
pub(super) fn spellings(surface: &Surface, element: Option<&str>) -> Vec<String> {
    let mut words = BTreeSet::new();
    match (surface.kind, element) {
        (SurfaceKind::Routine, _) => {}
        (SurfaceKind::Type, Some(value)) => words.extend(forms(value)),
        (SurfaceKind::Table | SurfaceKind::View | SurfaceKind::Model, Some(_)) => {}
        (_, _) => {
            let name = surface.name.rsplit('.').next().unwrap_or_default();
            words.extend(forms(&singular(&name.to_lowercase())));
            // The plurals that code with a model is likely to have and that do not begin like their singular.
            let irregular = [
                ("people", "person"),
                ("children", "child"),
                ("men", "man"),
                ("indices", "index"),
                ("mice", "mouse"),
            ];
            let odd = irregular
                .iter()
                .filter(|(many, _)| name.to_lowercase().ends_with(many));
            words
                .extend(odd.flat_map(|(many, one)| forms(&name.to_lowercase().replace(many, one))));
            if surface.kind != SurfaceKind::Table {
                words.extend(forms(name));
            }
        }
    }
    words.into_iter().collect()
}

/// Returns the words for files of Python, where a class is called by its own name, in its own case. Django derives the name of a table
/// from the app and the class, `blog_post`, so the declaration of a class is looked for too.
pub(super) fn in_python(surface: &Surface, element: Option<&str>) -> Vec<String> {
    match (surface.kind, element) {
        (SurfaceKind::Model, None) if surface.name.contains(char::is_uppercase) => {
            vec![surface.name.clone()]
        }
        (SurfaceKind::Table, None) => {
            let name = surface.name.to_lowercase();
            // Where the app's label ends, nobody knows; behind a class, a table of pairs has the name of a field.
            let parts: Vec<&str> = name.split('_').filter(|p| !p.is_empty()).skip(1).collect();
            let classes = parts.iter().map(|part| format!("class {part}("));
            let joined = parts.concat();
            let whole = (parts.len() > 1).then(|| format!("class {joined}("));
            let words = classes.chain(whole);
            words.chain(spellings(surface, element)).collect()
        }
        _ => spellings(surface, element),
    }
}

/// Returns the words for files of Java and Kotlin, where a class is called by its own name, in its own case.
pub(super) fn in_jvm(surface: &Surface, element: Option<&str>) -> Vec<String> {
    match (surface.kind, element) {
        (SurfaceKind::Model, None) if surface.name.contains(char::is_uppercase) => {
            vec![surface.name.clone()]
        }
        _ => spellings(surface, element),
    }
}

/// Returns how the declaration of a class of C# begins, up to the sign behind its name.
pub fn csharp_classes(name: &str) -> Vec<String> {
    let ends = [" ", "\n", "\r", ":", "(", "<", "{"];
    let words = ["class", "record"];
    let all = words
        .iter()
        .flat_map(|word| ends.map(|end| format!("{word} {name}{end}")));
    all.collect()
}

/// Returns the words for files of C#, where a table is called by its own name or by a set of that name, and a class by its own, in
/// its own case.
pub(super) fn in_csharp(surface: &Surface, element: Option<&str>) -> Vec<String> {
    match (surface.kind, element) {
        (SurfaceKind::Model, None) => {
            let name = &surface.name;
            let declared = csharp_classes(name);
            let used = [
                format!(".{name}"),
                format!("<{name}>"),
                format!("new {name}"),
            ];
            used.into_iter().chain(declared).collect()
        }
        (SurfaceKind::Table, None) => {
            let name = surface.name.rsplit('.').next().unwrap_or_default();
            forms(name).into()
        }
        _ => spellings(surface, element),
    }
}

/// Returns the words for files of Elixir, where a table is called by its own name and a schema by its module's, or by the end of that.
pub(super) fn in_elixir(surface: &Surface, element: Option<&str>) -> Vec<String> {
    let last = surface.name.rsplit('.').next().unwrap_or_default();
    match (surface.kind, element) {
        (SurfaceKind::Model, None) => {
            let before = [" ", ".", "(", "{", "%", "["];
            before.map(|sign| format!("{sign}{last}")).into()
        }
        (SurfaceKind::Table, None) => forms(last).into(),
        _ => spellings(surface, element),
    }
}

/// Returns the words for files of Ruby, where a table may have the name of a module before that of its class: `admin_users` is perhaps
/// `User` in `Admin`.
pub(super) fn in_ruby(surface: &Surface, element: Option<&str>) -> Vec<String> {
    if let (SurfaceKind::Model, Some((_, bare))) = (surface.kind, surface.name.rsplit_once("::")) {
        // In its module a class is called by its last name.
        return spellings(&Surface::new(surface.kind, bare), element);
    }
    let mut words = spellings(surface, element);
    if (surface.kind, element) == (SurfaceKind::Table, None) {
        let name = surface.name.rsplit('.').next().unwrap_or_default();
        let parts: Vec<&str> = name.split('_').collect();
        let tails = (1..parts.len()).map(|from| class_of(&parts[from..].join("_")));
        // The module stands around the class, or before its name.
        words.extend(tails.flat_map(|class| [format!("class {class}"), format!("::{class} <")]));
    }
    words
}

/// The name as it is and without its underscores.
fn forms(name: &str) -> [String; 2] {
    let name = name.to_lowercase();
    let joined = name.replace('_', "");
    [name, joined]
}

/// Returns a word that the singular and the plural both begin with.
fn singular(name: &str) -> String {
    let cut = |n: usize| name[..name.len() - n].to_owned();
    // Short names would be found everywhere.
    if name.len() < 4 || name.ends_with("ss") || !name.is_ascii() {
        return name.to_owned();
    }
    if name.ends_with("ies") {
        return cut(3);
    }
    if ["ches", "shes", "xes", "sses", "zes"]
        .iter()
        .any(|end| name.ends_with(end))
    {
        return cut(2);
    }
    if name.ends_with('s') || name.ends_with('y') {
        return cut(1);
    }
    name.to_owned()
}
