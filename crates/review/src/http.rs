//! The HTTP API of each ref: read where the change touches what it is declared by, and only as far as its names lead.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_engine::{Case, Comparison, Facts, PathKind};
use coexist_model::{Api, Detail, File, Listing, Place, Publication, SurfaceKind};
use coexist_readers::code::http::{APPLICATION_WORDS, Joined, Module, ROUTE_WORDS, Tree, api};

use crate::pipeline::Versions;
use crate::read::Shelf;
use crate::skip::kind;
use crate::source::{Source, Text};

/// How often the files are asked for to which names lead, and how many there may be: a program beyond that is read in part, and
/// nothing is concluded from what is not there.
const ROUNDS: usize = 40;
const FILES: usize = 4000;

type Modules = BTreeMap<Arc<str>, Arc<Module>>;

/// Reads the APIs of base and head, where the change edits a declaration that may belong to one. Returns whether there is one.
pub(crate) fn read_api(versions: &Versions<'_>, shelf: &Shelf, case: &mut Case) -> bool {
    let mut reader = Reader {
        shelf,
        known: BTreeMap::new(),
    };
    let (base, head) = (versions.base.source, versions.head.source);
    let Some(changed) = reader.changed(versions) else {
        return false;
    };
    if !uses_fastapi(head) {
        return false;
    }
    // What does not serve at both ends has no callers that meet another version.
    if [base, head]
        .iter()
        .any(|source| holding(*source, APPLICATION_WORDS).is_empty())
    {
        return false;
    }
    let words = [APPLICATION_WORDS, ROUTE_WORDS].concat();
    let [old, new] = [base, head].map(|source| holding(source, &words));
    let old = reader.api(base, old);
    // Nearly all that base needs is what head needs.
    let new = reader.api(head, new.into_iter().chain(old.1.keys().cloned()).collect());
    let touched = |modules: &Modules| changed.iter().any(|path| modules.contains_key(path));
    if !touched(&old.1) && !touched(&new.1) {
        return false;
    }
    (case.base.linked.api, case.head.linked.api) = (old.0, new.0);
    case.has_pages = base.paths().iter().any(|p| is_page(p));
    true
}

struct Reader<'a> {
    shelf: &'a Shelf,
    /// By path and content: most files are the same at both refs.
    known: BTreeMap<(Arc<str>, String), Option<Arc<Module>>>,
}

impl Reader<'_> {
    /// Returns the changed files whose declarations differ; None where there is none.
    fn changed(&mut self, versions: &Versions<'_>) -> Option<BTreeSet<Arc<str>>> {
        let mut differing = BTreeSet::new();
        for change in &versions.changed {
            let old_path: Arc<str> = change.old_path.as_deref().unwrap_or(&change.path).into();
            let path: Arc<str> = change.path.as_str().into();
            if change.kind != PathKind::Product || !(is_python(&path) || is_python(&old_path)) {
                continue;
            }
            let old = self.modules(versions.base.source, &BTreeSet::from([old_path.clone()]));
            let new = self.modules(versions.head.source, &BTreeSet::from([path.clone()]));
            let offered = |module: Option<&Arc<Module>>| module.and_then(|m| m.offered());
            let (old, new) = (offered(old.get(&old_path)), offered(new.get(&path)));
            if old != new || (old_path != path && new.is_some()) {
                differing.extend([old_path, path]);
            }
        }
        (!differing.is_empty()).then_some(differing)
    }

    fn modules(&mut self, source: &dyn Source, paths: &BTreeSet<Arc<str>>) -> Modules {
        let keyed = paths
            .iter()
            .filter_map(|p| Some((p.clone(), source.id(p)?)));
        let keyed: Vec<(Arc<str>, String)> = keyed.collect();
        let fresh: Vec<Arc<str>> = keyed
            .iter()
            .filter(|key| !self.known.contains_key(key))
            .map(|(path, _)| path.clone())
            .collect();
        let read = self.shelf.each(source, &fresh, |file: &File| {
            (file.path.clone(), Module::of(file).map(Arc::new))
        });
        let mut read: BTreeMap<Arc<str>, Option<Arc<Module>>> = read.into_iter().collect();
        let mut modules = Modules::new();
        for key in keyed {
            let path = key.0.clone();
            let module = match self.known.get(&key) {
                Some(module) => module.clone(),
                None => {
                    let module = read.remove(&path).flatten();
                    self.known.insert(key, module.clone());
                    module
                }
            };
            modules.extend(module.map(|m| (path, m)));
        }
        modules
    }

    /// Returns the API that these applications serve, with the files that declare it.
    fn api(&mut self, source: &dyn Source, roots: BTreeSet<Arc<str>>) -> (Api, Modules) {
        let tree = Tree::of(source.paths());
        let mut modules = self.modules(source, &roots);
        let mut asked = roots;
        for _ in 0..ROUNDS {
            let Joined { api, missing } = api(&modules, &tree);
            let missing: BTreeSet<Arc<str>> = missing.difference(&asked).cloned().collect();
            if missing.is_empty() || asked.len() + missing.len() > FILES {
                return (api, modules);
            }
            modules.extend(self.modules(source, &missing));
            asked.extend(missing);
        }
        (Api::default(), modules)
    }
}

/// Returns whether the program may use FastAPI: some file says what it stands on, and none of those leaves it out.
fn uses_fastapi(source: &dyn Source) -> bool {
    let states = source.paths().iter().any(|path| is_manifest(path));
    let words = ["fastapi".to_owned()];
    !states || !source.containing(&words, &is_manifest).is_empty()
}

/// Returns whether a file says which packages a program of Python stands on.
fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let known = [
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "Pipfile",
        "environment.yml",
    ];
    let listed = name.ends_with(".txt") || name.ends_with(".in");
    known.contains(&name) || listed && path.contains("requirements")
}

/// Returns the files of the program that hold one of these words.
fn holding(source: &dyn Source, words: &[&str]) -> BTreeSet<Arc<str>> {
    let words: Vec<String> = words.iter().map(|w| (*w).to_owned()).collect();
    let is_product = |path: &str| is_python(path) && kind(path) == PathKind::Product;
    source.containing(&words, &is_product).into_iter().collect()
}

fn is_python(path: &str) -> bool {
    path.ends_with(".py")
}

/// Returns whether a file holds a page or an app that people use.
fn is_page(path: &str) -> bool {
    [".tsx", ".jsx", ".vue", ".svelte"]
        .iter()
        .any(|ending| path.ends_with(ending))
}

/// Notes where the documentation offers the operations that differ and that nothing else shows to be public.
pub(crate) fn find_publications(source: &dyn Source, comparison: &Comparison, facts: &mut Facts) {
    let mut names: BTreeSet<&str> = BTreeSet::new();
    for delta in comparison
        .deltas
        .iter()
        .filter(|d| d.surface.kind == SurfaceKind::Endpoint)
    {
        names.insert(&delta.surface.name);
        for element in delta.old.iter().chain(&delta.new) {
            if let Detail::Property(property) = &element.detail {
                names.extend(property.carriers.iter().map(String::as_str));
            }
        }
    }
    let mut open: Vec<_> = facts
        .linked
        .api
        .endpoints
        .iter_mut()
        .filter(|e| {
            e.published.is_none()
                && e.listing == Listing::Listed
                && names.contains(e.name().as_str())
        })
        .collect();
    let words: BTreeSet<String> = open.iter().filter_map(|e| documented_as(&e.path)).collect();
    if words.is_empty() {
        return;
    }
    let words: Vec<String> = words.into_iter().collect();
    let pages = source.containing(&words, &is_documentation);
    for (path, text) in source.texts(&pages) {
        let Text::Text(text) = text else { continue };
        let file = File::new(&path, &text);
        for endpoint in &mut open {
            let told = offered_at(&text, &endpoint.path);
            if let Some(at) = told.filter(|_| endpoint.published.is_none()) {
                let place: Place = file.place(at);
                endpoint.published = Some(Publication {
                    because: format!("{path} tells readers of it"),
                    place,
                });
            }
        }
    }
}

/// Returns the part of a path by which documentation names it: all before the first parameter. A short one may be anything.
fn documented_as(path: &str) -> Option<String> {
    let fixed = path.split('{').next().unwrap_or(path).trim_end_matches('/');
    let parts = fixed.split('/').filter(|p| !p.is_empty()).count();
    (parts > 1).then(|| fixed.to_lowercase())
}

/// Returns where a text names the path of an operation as a whole, its parameters as placeholders or numbers.
fn offered_at(text: &str, path: &str) -> Option<std::ops::Range<usize>> {
    let word = documented_as(path)?;
    let lower = text.to_ascii_lowercase();
    let mut found = lower.match_indices(&word).map(|(at, _)| at);
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    let is_path = |c: char| c.is_alphanumeric() || "/_-{}<>:$.*[]".contains(c);
    found.find_map(|at| {
        let rest = text.get(at..)?;
        let length = rest.find(|c| !is_path(c)).unwrap_or(rest.len());
        let named = rest[..length].trim_end_matches(['.', '/', ':', '*', ']']);
        let said: Vec<&str> = named.split('/').filter(|p| !p.is_empty()).collect();
        let same = |(part, said): (&&str, &&str)| match part.starts_with('{') {
            true => is_placeholder(said),
            false => part.eq_ignore_ascii_case(said),
        };
        let whole = said.len() == parts.len() && parts.iter().zip(&said).all(same);
        whole.then(|| at..at + named.len())
    })
}

/// Returns whether a part of a path stands for a parameter.
fn is_placeholder(part: &str) -> bool {
    part.starts_with(['{', '<', ':', '$', '[']) || part.contains(|c: char| c.is_ascii_digit())
}

/// Returns whether a file tells people outside how to use the program: a page of documentation, or a README.
fn is_documentation(path: &str) -> bool {
    let text = [".md", ".mdx", ".rst", ".adoc"]
        .iter()
        .any(|ending| path.ends_with(ending));
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let docs = folders
        .split('/')
        .any(|f| matches!(f, "docs" | "doc" | "documentation"));
    text && (docs || name.to_lowercase().starts_with("readme"))
}
