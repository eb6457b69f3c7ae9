//! The designs of a repository (`*.design`), lowered to what a change can be held against.
//!
//! Where a tree has none, nothing here reads anything. A design that cannot be read says nothing, and that it was not read is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use coexist_design::infer::map;
use coexist_design::names::{paired, stem};
use coexist_design::terms::{conduct, terms};
use coexist_engine::{Case, ChangedPath, PathKind};
use coexist_model::{CallSeen, Landscape, Mode, NotReviewed, Service, Surface, SurfaceKind, Terms};

use crate::landscape::{built_folders, is_aside, landscape};
use crate::ownership::Ownership;
use crate::pipeline::Versions;
use crate::source::{Source, Text};
use crate::spoken::is_code;

/// Designs of one repository that are read.
const FILES: usize = 20;

/// Bytes of a design that is read; people write a page or two.
const SIZE: usize = 512 << 10;

/// Words of one changed file that are compared with the names of tables.
const TEXT: usize = 1 << 20;

/// What the designs of a tree say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Designs {
    /// What they say.
    pub(crate) terms: Terms,
    /// Those that say nothing, and why.
    pub(crate) unread: Vec<NotReviewed>,
}

/// Returns what the designs of a tree say; None where it has none.
pub(crate) fn read(tree: &dyn Source) -> Option<Designs> {
    let paths: Vec<Arc<str>> = tree
        .paths()
        .iter()
        .filter(|p| p.ends_with(".design") && !is_aside(p) && !is_example(p))
        .cloned()
        .collect();
    if paths.is_empty() {
        return None;
    }
    let mut designs = Designs::default();
    let mut unread = Vec::new();
    let mut leave_out = |path: String, why: String| unread.push(NotReviewed { path, why });
    for path in paths.iter().skip(FILES) {
        let why = format!("more than {FILES} designs: it is not held against the change");
        leave_out(path.to_string(), why);
    }
    let read: Vec<Arc<str>> = paths.into_iter().take(FILES).collect();
    let mut services = Vec::new();
    for (path, text) in tree.texts(&read) {
        match text {
            Text::Skipped(why) => leave_out(path.to_string(), why),
            Text::Text(text) if text.len() > SIZE => {
                let why = format!("a design of more than {} KiB", SIZE >> 10);
                leave_out(path.to_string(), why);
            }
            Text::Text(text) => match terms(&path, &text) {
                Ok(terms) => {
                    services.extend(terms.services);
                    designs.terms.queued.extend(terms.queued);
                }
                Err((place, what)) => {
                    let why = format!("a design that cannot be read says nothing: {what}");
                    leave_out(format!("{path}:{}", place.line), why);
                }
            },
        }
    }
    designs.unread = unread;
    // Two designs may speak of one service: each of them allows what it says.
    for service in services {
        let known = designs.terms.services.iter_mut();
        match known.into_iter().find(|s| s.name == service.name) {
            Some(known) => {
                known.calls.extend(service.calls);
                known.sends_to.extend(service.sends_to);
                known.tables.extend(service.tables);
                known.redelivered.extend(service.redelivered);
                known.outbox = known.outbox.take().or(service.outbox);
                known.inbox = known.inbox.take().or(service.inbox);
            }
            None => designs.terms.services.push(service),
        }
    }
    Some(designs)
}

/// Returns whether a path shows something to readers instead of describing this repository.
fn is_example(path: &str) -> bool {
    let mut parts = path.split('/');
    parts.any(|part| {
        matches!(
            part,
            "example" | "examples" | "sample" | "samples" | "cases"
        )
    })
}

/// Returns the services under the names that the designs give them, with the line of the design as evidence. A service of the design
/// for which no service was inferred has the one folder of its name in which something is built. What was inferred besides stays, but
/// for the one that stands for all of the repository because nothing else was found.
pub(crate) fn services(inferred: Vec<Service>, terms: &Terms, tree: &dyn Source) -> Vec<Service> {
    let declared = || terms.services.iter().map(|s| s.name.as_str());
    let names: Vec<String> = inferred.iter().map(|s| s.name.clone()).collect();
    let pairs = paired(names.iter().map(String::as_str), declared());
    let built = built_folders(tree);
    let taken: BTreeSet<&str> = pairs.values().copied().collect();
    let mut services = Vec::new();
    let mut by_folder = false;
    for said in &terms.services {
        let mut named = built
            .iter()
            .filter(|(folder, _)| stem(folder) == stem(&said.name))
            .flat_map(|(_, folders)| folders);
        if let (false, Some(folder), None) = (
            taken.contains(said.name.as_str()),
            named.next(),
            named.next(),
        ) {
            by_folder = true;
            services.push(Service {
                name: said.name.clone(),
                paths: vec![format!("{}/**", globset::escape(folder))],
                evidence: vec![said.place.clone()],
            });
        }
    }
    for mut service in inferred {
        if let Some(name) = pairs.get(service.name.as_str()) {
            (*name).clone_into(&mut service.name);
            let said = terms.services.iter().find(|s| s.name == service.name);
            service.evidence.splice(0..0, said.map(|s| s.place.clone()));
        } else if by_folder && service.paths == ["**"] && service.evidence.is_empty() {
            continue;
        }
        services.push(service);
    }
    services.sort_by(|a, b| a.name.cmp(&b.name));
    services
}

/// Puts into a case what the designs of head say and what both ends show of it. Returns the designs that could not be read.
pub(crate) fn hold(case: &mut Case, versions: &Versions<'_>) -> Vec<NotReviewed> {
    let Some(mut designs) = read(versions.head.source) else {
        return Vec::new();
    };
    if designs.terms.services.is_empty() {
        return designs.unread;
    }
    let fleet = case.fleet.services.iter().map(|s| s.name.as_str());
    let declared = designs.terms.services.iter().map(|s| s.name.clone());
    let declared: Vec<String> = declared.collect();
    designs.terms.called = paired(fleet, declared.iter().map(String::as_str))
        .into_iter()
        .map(|(seen, name)| (seen.to_owned(), name.to_owned()))
        .collect();
    let (before, after) = (
        landscape(versions.base.source),
        landscape(versions.head.source),
    );
    case.base.conduct = conduct(&designs.terms, &map(&before));
    case.head.conduct = conduct(&designs.terms, &map(&after));
    let known = &case.base.conduct;
    let new = case.head.conduct.calls.iter_mut();
    for call in new.filter(|c| !known.has_call(&c.from, &c.to)) {
        call.named_before = is_named(call, &before, versions.base.source);
    }
    case.terms = designs.terms;
    designs.unread
}

/// Returns whether the caller named the callee before the change, in whatever form: only how it is written may be new.
fn is_named(call: &CallSeen, base: &Landscape, tree: &dyn Source) -> bool {
    let same = |name: &str, other: &str| name == other || stem(name) == stem(other);
    let callers = base.processes.iter().filter(|p| same(&p.name, &call.from));
    let callees = base.processes.iter().filter(|p| same(&p.name, &call.to));
    let mut names: BTreeSet<&str> = callees
        .flat_map(|p| {
            p.aliases
                .iter()
                .map(String::as_str)
                .chain([p.name.as_str()])
        })
        .collect();
    names.insert(&call.to);
    let folders: Vec<&String> = callers.clone().flat_map(|p| &p.folders).collect();
    let mut waits = callers.flat_map(|p| &p.waits_for);
    let is_in = |path: &str, folder: &str| {
        folder.is_empty()
            || path
                .strip_prefix(folder)
                .is_some_and(|rest| rest.starts_with('/'))
    };
    let own = |path: &str| {
        let told = path.ends_with(".md") || path.ends_with(".design");
        !told && folders.iter().any(|f| is_in(path, f))
    };
    let words: Vec<String> = names.iter().map(|n| n.to_lowercase()).collect();
    // Where nobody knows which folder the caller is built from, nobody knows what it named.
    waits.any(|(other, _)| names.contains(other.as_str()))
        || folders.is_empty()
        || !tree.containing(&words, &own).is_empty()
}

/// Returns the tables that the rules ask about: those of the design that code of another service may begin to write, and those into
/// which changed code of base adds rows as an inbox does.
pub(crate) fn asked(case: &Case, versions: &Versions<'_>) -> BTreeSet<Surface> {
    let mut tables = BTreeSet::new();
    if case.terms.services.is_empty() {
        return tables;
    }
    let inboxes = case.terms.services.iter().filter_map(|s| s.inbox.as_ref());
    let inboxes: Vec<_> = inboxes.collect();
    for access in &case.base.linked.accesses {
        let Mode::Inserts { columns, .. } = &access.mode else {
            continue;
        };
        let marks = |field: &String| {
            let mut columns = columns.iter().flatten();
            columns.any(|c| stem(c) == stem(field))
        };
        let marked = inboxes.iter().any(|i| match (&i.table, &i.field) {
            (Some(table), _) => stem(table) == stem(&access.surface.name),
            (None, Some(field)) => marks(field),
            (None, None) => false,
        });
        if marked && access.surface.kind == SurfaceKind::Table {
            tables.insert(access.surface.clone());
        }
    }
    let ownership = Ownership::new(&case.fleet.services);
    let changed: Vec<&ChangedPath> = versions
        .changed
        .iter()
        .filter(|c| c.at_head && c.kind == PathKind::Product && is_code(&c.path))
        .collect();
    let paths: Vec<Arc<str>> = changed.iter().map(|c| Arc::from(c.path.as_str())).collect();
    for (path, text) in versions.head.source.texts(&paths) {
        let Text::Text(text) = text else { continue };
        let owners = ownership.of(&path);
        let words = words(&text);
        for service in &case.terms.services {
            let own = owners
                .iter()
                .any(|o| case.terms.of(o).is_some_and(|s| s.name == service.name));
            for (table, _) in service.tables.iter().filter(|_| !own) {
                let (name, wanted) = (table.replace('-', "_"), stem(table));
                if words.contains(&wanted) {
                    tables.extend([format!("{name}s"), name].map(Surface::table));
                }
            }
        }
    }
    tables
}

/// Returns the stems of the words of a text.
fn words(text: &str) -> BTreeSet<String> {
    let end = (0..=TEXT.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or_default();
    let words = text[..end].split(|c: char| !(c.is_alphanumeric() || c == '_'));
    words.filter(|w| !w.is_empty()).map(stem).collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::source::Memory;

    const DESIGN: &str = "design shop 1\nservice orders { }\nservice payments { }\n";

    fn named(files: &[(&str, &str)]) -> String {
        let tree = Memory::new(files.iter().copied());
        let inferred = crate::services::infer(&tree, "repo").services;
        let services = match read(&tree) {
            Some(designs) => services(inferred, &designs.terms, &tree),
            None => inferred,
        };
        let line = |s: Service| {
            let first = s.evidence.first();
            let first = first.map_or(String::new(), |p| format!(" ({}:{})", p.path, p.line));
            format!("{} {}{first}\n", s.name, s.paths.join(" "))
        };
        services.into_iter().map(line).collect()
    }

    #[test]
    fn services_go_by_their_names_in_the_design() {
        let files = [
            ("shop.design", DESIGN),
            (
                "orders-service/Dockerfile",
                "FROM php:8-apache\nCOPY src /var/www/html\n",
            ),
            (
                "payment/Dockerfile",
                "FROM php:8-apache\nCOPY src /var/www/html\n",
            ),
            (
                "web/Dockerfile",
                "FROM php:8-apache\nCOPY src /var/www/html\n",
            ),
        ];
        expect![[r#"
            orders * orders-service/** (shop.design:2)
            payments * payment/** (shop.design:3)
            web * web/** (web/Dockerfile:2)
        "#]]
        .assert_eq(&named(&files));
        expect![[r#"
            orders-service * orders-service/** (orders-service/Dockerfile:2)
            payment * payment/** (payment/Dockerfile:2)
            web * web/** (web/Dockerfile:2)
        "#]]
        .assert_eq(&named(&files[1..]));
    }

    #[test]
    fn a_service_that_nothing_deploys_has_the_folder_of_its_name() {
        let files = [
            ("docs/shop.design", DESIGN),
            ("src/orders/composer.json", "{}"),
            ("src/payments/composer.json", "{}"),
        ];
        expect![[r#"
            orders src/orders/** (docs/shop.design:2)
            payments src/payments/** (docs/shop.design:3)
        "#]]
        .assert_eq(&named(&files));
    }

    #[test]
    fn a_design_that_cannot_be_read_is_told() {
        let tree = Memory::new([
            ("a.design", "design a 1\nservce b { }"),
            ("b.design", DESIGN),
        ]);
        let designs = read(&tree).unwrap();
        assert_eq!(designs.terms.services.len(), 2);
        assert_eq!(designs.unread[0].path, "a.design:2");
        assert!(read(&Memory::new([("a.md", "")])).is_none());
    }
}
