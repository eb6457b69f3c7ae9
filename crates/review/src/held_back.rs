//! What keeps an access of the new code from happening in this release: a flag that is off, a caller that is not there yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_engine::{Case, PathKind};
use coexist_model::{Access, Confidence, Mode};
use coexist_readers::code::{Given, Switch, answered, flags, folded, switches};

use crate::read::Shelf;
use crate::skip::kind;
use crate::source::{Source, Text};
use crate::spoken::is_code;

/// Files that are read for the defaults of one change.
const FILES: usize = 200;
/// How often a switch may get its value from another name.
const FAR: usize = 4;
/// How files end that set switches without being code.
const CONFIGURATION: &[&str] = &[
    "yaml",
    "yml",
    "json",
    "toml",
    "env",
    "conf",
    "properties",
    "tf",
    "ini",
];

/// Closes the gates of head that are off in this release, and doubts what only a caller outside of this repository can start.
pub(crate) fn hold_back(case: &mut Case, base: &dyn Source, head: &dyn Source, shelf: &Shelf) {
    close_declared_flags(case, head, shelf);
    close_new_flags(case, base);
    doubt_new_handlers(case, base, shelf);
    doubt_what_a_flag_names(case, base, head, shelf);
}

/// Marks the flags whose declaration in head gives them a default of off.
fn close_declared_flags(case: &mut Case, head: &dyn Source, shelf: &Shelf) {
    let open = |a: &Access| a.gate.as_ref().is_none_or(|g| !g.off_by_default);
    let accesses = case.head.linked.accesses.iter().filter(|a| open(a));
    let names: BTreeSet<String> = accesses
        .flat_map(|a| a.gate.iter().chain(&a.conditions))
        .map(|g| last_word(&g.flag).to_owned())
        .collect();
    if names.is_empty() {
        return;
    }
    let off = Defaults::of(head, names, shelf).off();
    let is_off = |flag: &str| off.contains(&folded(last_word(flag)));
    for access in &mut case.head.linked.accesses {
        match &mut access.gate {
            // The branch beside a flag that is off runs.
            Some(gate) if gate.inverse && is_off(&gate.flag) => access.gate = None,
            Some(gate) if gate.inverse => {}
            Some(gate) => gate.off_by_default |= is_off(&gate.flag),
            None => {
                let condition = access.conditions.iter().find(|c| is_off(&c.flag));
                access.gate = condition.cloned().map(|mut gate| {
                    gate.off_by_default = true;
                    gate
                });
            }
        }
    }
}

fn last_word(flag: &str) -> &str {
    flag.rsplit(['.', ':']).next().unwrap_or(flag)
}

/// What the code of a tree gives the switches that are asked for.
struct Defaults {
    asked: BTreeSet<String>,
    given: BTreeMap<String, BTreeSet<Given>>,
}

impl Defaults {
    /// Reads the declarations of the names, and of the names that they get their value from.
    fn of(source: &dyn Source, names: BTreeSet<String>, shelf: &Shelf) -> Self {
        let mut defaults = Self {
            asked: names.iter().map(String::as_str).map(folded).collect(),
            given: BTreeMap::new(),
        };
        let mut open = defaults.asked.clone();
        let mut words: BTreeSet<String> = names.iter().flat_map(|n| spellings(n)).collect();
        for _ in 0..FAR {
            let found = declared(source, shelf, &words, &open);
            let mut next = BTreeSet::new();
            for switch in found {
                if let Given::Of(other) = &switch.value {
                    next.insert(other.clone());
                }
                defaults
                    .given
                    .entry(switch.name)
                    .or_default()
                    .insert(switch.value);
            }
            next.retain(|n| !defaults.given.contains_key(&folded(n)));
            if next.is_empty() {
                break;
            }
            words = next.iter().flat_map(|n| spellings(n)).collect();
            open = next.iter().map(|n| folded(n)).collect();
        }
        defaults.set_elsewhere(source);
        defaults
    }

    /// Notes the switches that a file of configuration turns on.
    fn set_elsewhere(&mut self, source: &dyn Source) {
        let off: BTreeSet<String> = self.off();
        let words: Vec<String> = off.iter().flat_map(|n| spellings(n)).collect();
        if words.is_empty() {
            return;
        }
        let configures = |p: &str| {
            let ending = p.rsplit('.').next().unwrap_or_default();
            CONFIGURATION.contains(&ending) && kind(p) == PathKind::Product
        };
        let mut paths = source.containing(&["true".to_owned()], &configures);
        paths.truncate(FILES);
        for text in source.texts(&paths).into_values() {
            let Text::Text(text) = text else { continue };
            for line in text.lines().filter(|l| l.contains("true")) {
                let line = folded(line);
                for name in off.iter().filter(|n| line.contains(n.as_str())) {
                    self.given
                        .entry(name.clone())
                        .or_default()
                        .insert(Given::On);
                }
            }
        }
    }

    /// Returns the names asked for that are off, and nothing else, wherever they are given something.
    fn off(&self) -> BTreeSet<String> {
        let is_off = |name: &&String| self.is_off(name, FAR);
        self.asked.iter().filter(is_off).cloned().collect()
    }

    fn is_off(&self, name: &str, far: usize) -> bool {
        let Some(given) = self.given.get(name).filter(|_| far > 0) else {
            return false;
        };
        given.iter().all(|g| match g {
            Given::Off => true,
            Given::On | Given::Unclear => false,
            Given::Of(other) => self.is_off(&folded(other), far - 1),
        })
    }
}

/// The words by which a switch may be called: as it stands, and with separators.
fn spellings(name: &str) -> Vec<String> {
    let mut parted = String::new();
    for c in name.chars() {
        if c.is_uppercase() && parted.ends_with(|c: char| c.is_lowercase()) {
            parted.push('_');
        }
        parted.extend(c.to_lowercase());
    }
    vec![name.to_lowercase(), parted.replace('_', "-"), parted]
}

fn declared(
    source: &dyn Source,
    shelf: &Shelf,
    words: &BTreeSet<String>,
    names: &BTreeSet<String>,
) -> Vec<Switch> {
    let words: Vec<String> = words.iter().cloned().collect();
    let product = |p: &str| is_code(p) && kind(p) == PathKind::Product;
    let mut paths: Vec<Arc<str>> = source.containing(&words, &product);
    paths.truncate(FILES);
    let found = shelf.each(source, &paths, |file| switches(file, names));
    found.into_iter().flatten().collect()
}

/// Marks the flags that base does not know as off: a flag that comes with the code which it guards is how a release is held back.
fn close_new_flags(case: &mut Case, base: &dyn Source) {
    let gates = case
        .head
        .linked
        .accesses
        .iter()
        .filter_map(|a| a.gate.as_ref());
    let flags: BTreeSet<String> = gates
        .filter(|g| !g.off_by_default)
        .map(|g| g.flag.clone())
        .collect();
    let is_new = |flag: &&String| {
        let word = last_word(flag);
        word.len() > 3 && is_new_word(word, base)
    };
    let new: BTreeSet<String> = flags.iter().filter(is_new).cloned().collect();
    for access in &mut case.head.linked.accesses {
        match &mut access.gate {
            Some(gate) if !new.contains(&gate.flag) => {}
            Some(gate) if gate.inverse => access.gate = None,
            Some(gate) => gate.off_by_default = true,
            None => {}
        }
    }
}

/// Doubts what stands in handlers that base does not have or answers with UNIMPLEMENTED, of services that are declared elsewhere: only a client that is not here
/// can call them, and it calls what is new when that is released.
fn doubt_new_handlers(case: &mut Case, base: &dyn Source, shelf: &Shelf) {
    let unknown = |a: &Access| {
        let handler = a.within.as_ref().filter(|h| h.service.is_none())?;
        Some((folder(&a.place.path).to_owned(), handler.method.to_string()))
    };
    let accesses = case.head.linked.accesses.iter();
    let handlers: BTreeSet<(String, String)> = accesses.filter_map(unknown).collect();
    // The methods of a type stand in its package, which is a folder.
    let is_new = |(package, method): &(String, String)| {
        let near = |p: &str| folder(p) == package && is_code(p) && kind(p) == PathKind::Product;
        let paths = base.containing(std::slice::from_ref(method), &near);
        let name = BTreeSet::from([method.clone()]);
        let answered = shelf.each(base, &paths, |file| !answered(file, &name).is_empty());
        !answered.contains(&true)
    };
    let new: BTreeSet<(String, String)> = handlers.into_iter().filter(is_new).collect();
    for access in &mut case.head.linked.accesses {
        if unknown(access).is_some_and(|handler| new.contains(&handler)) {
            access.confidence = access.confidence.min(Confidence::Medium);
        }
    }
}

/// How long a name is at least that two things do not share by chance.
const TELLING: usize = 10;

/// Doubts a call without a flag around it where the change asks for a new flag of that name elsewhere: `ListAccessPolicies` and the flag
/// `access_policies`. What starts the call may stand behind the flag, some calls away.
fn doubt_what_a_flag_names(case: &mut Case, base: &dyn Source, head: &dyn Source, shelf: &Shelf) {
    let is_open = |a: &Access| a.mode == Mode::Calls && a.gate.is_none() && a.element.is_some();
    if !case.head.linked.accesses.iter().any(is_open) {
        return;
    }
    let changed = case.changed.iter().filter(|c| c.at_head);
    let code = changed.filter(|c| c.kind == PathKind::Product && is_code(&c.path));
    let paths: Vec<Arc<str>> = code.map(|c| c.path.as_str().into()).collect();
    let asked = shelf.each(head, &paths, flags);
    let names: BTreeSet<String> = asked
        .iter()
        .flatten()
        .map(|flag| last_word(flag).to_owned())
        .filter(|name| folded(name).len() >= TELLING && is_new_word(name, base))
        .collect();
    let shares = |element: &str| {
        let element = folded(element);
        names.iter().any(|name| element.contains(&folded(name)))
    };
    for access in &mut case.head.linked.accesses {
        if is_open(access) && access.element.as_deref().is_some_and(shares) {
            access.confidence = access.confidence.min(Confidence::Medium);
        }
    }
}

/// Returns whether no file of base but a document holds a word.
fn is_new_word(word: &str, base: &dyn Source) -> bool {
    let program = |p: &str| kind(p) != PathKind::Document;
    base.containing(&[word.to_lowercase()], &program).is_empty()
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}
