//! Which names in a file mean generated code.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::Wanted;

use crate::code::context::Context;
use crate::code::imports::Import;
use crate::protobuf::generated::Tongue;

/// How a file spells what is generated for one surface.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Names here of modules that hold it.
    modules: BTreeSet<String>,
    /// What was taken from such a module by name: the name here and there.
    names: BTreeMap<String, String>,
    /// The last segment of the module that a name here was taken from.
    origins: BTreeMap<String, String>,
    /// Whether everything of such a module is in scope.
    bare: bool,
    /// The segments of the package that tell something, lowercase.
    package: Vec<String>,
    tongue: Option<Tongue>,
}

/// Words in the path of a module that say it is generated from a wire format.
const MARKS: &[&str] = &[
    "proto",
    "pb",
    "grpc",
    "protobuf",
    "protos",
    "protocol",
    "gen",
    "generated",
    "codegen",
    "buf",
];

/// Modules of the runtimes: a folder of theirs may bear the name of the folder in which the schema lies.
const RUNTIMES: &[&str] = &[
    "google.golang.org/",
    "github.com/golang/protobuf",
    "github.com/gogo/protobuf",
];

impl Reach {
    /// Returns how the file spells the surface; None where nothing shows that it uses it.
    pub(super) fn of(context: &Context<'_, '_>, wanted: &Wanted, tongue: Tongue) -> Option<Self> {
        let source = Source::of(wanted);
        let mut reach = Self {
            package: source.package.clone(),
            tongue: Some(tongue),
            ..Self::default()
        };
        // Where a file takes the very folder of the declaration, a package of a similar name is another one.
        let exact = context.imports.iter().any(|i| source.is_folder(&i.path));
        for import in context.imports {
            match tongue {
                Tongue::Go if exact && !source.is_folder(&import.path) => {}
                Tongue::Go => reach.go(import, &source),
                Tongue::Python => reach.python(import, &source),
                Tongue::TypeScript | Tongue::JavaScript => reach.javascript(import, &source),
                Tongue::Java | Tongue::Kotlin => reach.java(import, &source),
                Tongue::Ruby => reach.bare |= source.is_ruby(&import.path),
                Tongue::Php => reach.php(import),
                Tongue::CSharp | Tongue::Elixir => reach.dotted(import),
                Tongue::Rust => reach.rust(import, &source),
            }
        }
        match tongue {
            Tongue::Go => {
                reach.bare |= source
                    .folder
                    .is_some_and(|f| f == folder(&context.file.path));
            }
            Tongue::Java | Tongue::Kotlin => {
                reach.bare |= declares_package(&context.file.text, &source.full);
            }
            _ => {}
        }
        // Ruby and Rust may name a package in full without taking anything from it.
        let spelled = matches!(tongue, Tongue::Ruby | Tongue::Rust);
        (spelled || reach.bare || !reach.modules.is_empty() || !reach.names.is_empty())
            .then_some(reach)
    }

    /// Returns how many names of a path a generated name takes up, from the start of the path; None where it is not meant.
    pub(super) fn covers(&self, path: &[&str], generated: &[String]) -> Option<usize> {
        let (first, rest) = path.split_first()?;
        let renamed = self.names.get(*first).map_or(*first, String::as_str);
        let here: Vec<&str> = std::iter::once(renamed)
            .chain(rest.iter().copied())
            .collect();
        // As if the module were named too: `Orders`, taken from `orders_server`, is `orders_server::Orders`.
        let origin = self.origins.get(*first).map(|origin| {
            let whole: Vec<&str> = std::iter::once(origin.as_str())
                .chain(here.iter().copied())
                .collect();
            whole
        });
        let find = |path: &[&str]| {
            generated.iter().find_map(|name| {
                let wanted: Vec<&str> = name.split(['.', ':']).filter(|s| !s.is_empty()).collect();
                let is_at = |at: usize| path.get(at..at + wanted.len()) == Some(wanted.as_slice());
                let at = (0..path.len())
                    .find(|&at| is_at(at) && self.may_precede(&path[..at], &wanted, first))?;
                Some(at + wanted.len())
            })
        };
        find(&here).or_else(|| Some(find(&origin?)?.saturating_sub(1)).filter(|end| *end > 0))
    }

    fn may_precede(&self, before: &[&str], wanted: &[&str], first: &str) -> bool {
        let Some(&outer) = before.first() else {
            let full =
                self.tongue == Some(Tongue::Ruby) && wanted.len() > self.package.len().max(1);
            return self.bare || self.names.contains_key(first) || full;
        };
        let known = self.modules.contains(first) || self.modules.contains(outer);
        let speaks = || before.iter().any(|b| self.speaks(&b.to_lowercase()));
        match self.tongue {
            Some(Tongue::Rust | Tongue::Ruby) => known || speaks(),
            Some(Tongue::Java | Tongue::Kotlin) => {
                known || self.names.contains_key(first) || (before.len() > 1 && speaks())
            }
            _ => (known && before.len() == 1) || self.modules.contains(&before.join(".")),
        }
    }

    /// Returns whether types of these packages may be generated beside the surface.
    pub(super) fn may_type<'p>(&self, mut packages: impl Iterator<Item = &'p str>) -> bool {
        self.bare || packages.any(|p| self.modules.contains(p))
    }

    /// Returns whether a segment of a module path is of the package, or says that it is generated.
    fn speaks(&self, segment: &str) -> bool {
        self.package.iter().any(|p| p == segment)
            || segment.split(['_', '-']).any(|w| MARKS.contains(&w))
            || segment.ends_with("pb")
            || segment.ends_with("proto")
    }

    fn go(&mut self, import: &Import, source: &Source<'_>) {
        if !source.is_go(&import.path) {
            return;
        }
        self.bare |= import.wildcard;
        if let Some(alias) = &import.alias {
            self.modules.insert(alias.clone());
            return;
        }
        let mut segments = import.path.rsplit('/');
        let (end, before) = (
            segments.next().unwrap_or_default(),
            segments.next().unwrap_or_default(),
        );
        self.modules.extend([
            end.to_owned(),
            format!("{before}{end}"),
            end.replace('-', "_"),
            end.replace('-', ""),
        ]);
        if is_version(end) {
            self.modules.insert(before.to_owned());
        }
    }

    fn python(&mut self, import: &Import, source: &Source<'_>) {
        let of_file = |segment: &str| {
            let stem = segment
                .strip_suffix("_pb2_grpc")
                .or_else(|| segment.strip_suffix("_pb2"));
            stem.is_some_and(|s| s == source.stem.replace('-', "_"))
        };
        let in_package = import
            .path
            .to_lowercase()
            .ends_with(&source.full.to_lowercase())
            && !source.full.is_empty();
        if import.path.split('.').any(of_file) || in_package {
            self.bare |= import.wildcard;
            self.names.extend(
                import
                    .names
                    .iter()
                    .map(|(there, here)| (here.clone(), there.clone())),
            );
            if import.names.is_empty() && !import.wildcard {
                self.modules
                    .insert(import.alias.clone().unwrap_or_else(|| import.path.clone()));
            }
        }
        self.modules.extend(
            import
                .names
                .iter()
                .filter(|(there, _)| of_file(there))
                .map(|(_, here)| here.clone()),
        );
    }

    fn javascript(&mut self, import: &Import, source: &Source<'_>) {
        let path = import.path.to_lowercase();
        let file = path.rsplit('/').next().unwrap_or_default();
        let file = [".js", ".ts", ".mjs"]
            .iter()
            .find_map(|e| file.strip_suffix(e))
            .unwrap_or(file);
        let stem = source.stem.to_lowercase();
        let behind = file.strip_prefix(stem.as_str());
        let marked = path
            .split(['/', '-', '_', '.', '@'])
            .any(|w| MARKS.contains(&w) || w.ends_with("pb"));
        let packaged = source
            .package
            .iter()
            .any(|p| path.split('/').any(|s| s == p));
        let is = match behind {
            Some("") => marked || packaged,
            Some(rest) => rest.starts_with(['_', '.', '-']) && (marked || packaged),
            None => marked && !import.names.is_empty() && packaged,
        };
        // A package that gathers all generated files.
        let gathered = marked && !path.starts_with('.');
        if is || gathered {
            self.names.extend(
                import
                    .names
                    .iter()
                    .map(|(there, here)| (here.clone(), there.clone())),
            );
            self.modules.extend(import.alias.clone());
        }
    }

    /// `use Shop\V1\Order;`
    fn php(&mut self, import: &Import) {
        let path = import.path.to_lowercase();
        if path.split('\\').any(|s| self.speaks(s)) {
            let names = import.names.iter();
            self.names
                .extend(names.map(|(there, here)| (here.clone(), there.clone())));
        }
    }

    /// `using Shop.V1;`, `alias Shop.V1.Order`.
    fn dotted(&mut self, import: &Import) {
        let path = import.path.to_lowercase();
        if path.split('.').any(|s| self.speaks(s)) {
            self.bare |= import.wildcard;
            let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
            let names = import.names.iter();
            self.names
                .extend(names.map(|(there, here)| (here.clone(), last(there))));
        }
    }

    fn java(&mut self, import: &Import, _source: &Source<'_>) {
        if !import
            .path
            .to_lowercase()
            .split('.')
            .any(|s| self.speaks(s))
        {
            return;
        }
        self.bare |= import.wildcard;
        for (there, here) in &import.names {
            self.names.insert(here.clone(), there.clone());
            if there.ends_with("OuterClass")
                || there.ends_with("Proto")
                || there.ends_with("Protos")
                || there.ends_with("Grpc")
                || there.ends_with("GrpcKt")
            {
                self.modules.insert(here.clone());
            }
        }
    }

    fn rust(&mut self, import: &Import, _source: &Source<'_>) {
        let speaks = import
            .path
            .to_lowercase()
            .split("::")
            .any(|s| self.speaks(s) || s.ends_with("_client") || s.ends_with("_server"));
        for (there, here) in &import.names {
            let is_module = there.starts_with(|c: char| c.is_ascii_lowercase());
            if speaks {
                self.names.insert(here.clone(), there.clone());
                let module = import.path.rsplit("::").next().unwrap_or_default();
                self.origins.insert(here.clone(), module.to_owned());
            }
            if is_module && (speaks || self.speaks(&there.to_lowercase())) {
                self.modules.insert(here.clone());
            }
        }
        self.bare |= import.wildcard && speaks;
    }
}

/// Where a surface is declared.
struct Source<'w> {
    /// The folder of the file that declares it.
    folder: Option<&'w str>,
    /// The Go package that it names for what is generated.
    go_package: Option<&'w str>,
    /// The name of that file without its ending.
    stem: &'w str,
    /// The package in full.
    full: String,
    /// Its segments that tell something, lowercase.
    package: Vec<String>,
    /// Its version segment.
    version: Option<String>,
}

impl<'w> Source<'w> {
    fn of(wanted: &'w Wanted) -> Self {
        let path = wanted.declared_in.as_deref();
        let name = path.map_or("", |p| p.rsplit('/').next().unwrap_or(p));
        let lower = |s: &&str| !s.starts_with(|c: char| c.is_ascii_uppercase());
        let mut segments: Vec<&str> = wanted.surface.name.split('.').take_while(lower).collect();
        // A message of a lowercase name.
        if segments.len() == wanted.surface.name.split('.').count() {
            segments.pop();
        }
        Self {
            folder: path.map(folder),
            go_package: wanted.go_package.as_deref(),
            stem: name.rsplit_once('.').map_or(name, |(stem, _)| stem),
            full: segments.join("."),
            package: segments
                .iter()
                .filter(|s| !is_version(s) && s.len() > 1)
                .map(|s| s.to_lowercase())
                .collect(),
            version: segments
                .last()
                .filter(|s| is_version(s))
                .map(|s| (*s).to_owned()),
        }
    }

    /// Returns whether a Go package is the one that the declaration names, perhaps with a version that the build adds, or its folder.
    fn is_folder(&self, import: &str) -> bool {
        let named = self.go_package.and_then(|p| import.strip_prefix(p));
        if named
            .is_some_and(|rest| rest.is_empty() || rest.strip_prefix('/').is_some_and(is_version))
        {
            return true;
        }
        if RUNTIMES.iter().any(|runtime| import.starts_with(runtime)) {
            return false;
        }
        let folder = self.folder.unwrap_or_default();
        !folder.is_empty() && (import == folder || import.ends_with(&format!("/{folder}")))
    }

    fn is_go(&self, import: &str) -> bool {
        let folder = self.folder.unwrap_or_default();
        if self.is_folder(import) {
            return true;
        }
        let common = import
            .rsplit('/')
            .zip(folder.rsplit('/'))
            .take_while(|(a, b)| a == b)
            .count();
        if common >= 2 {
            return true;
        }
        let Some(package) = self.package.last() else {
            return false;
        };
        let version = self.version.clone().unwrap_or_default();
        let mut segments = import
            .rsplit('/')
            .map(|s| s.to_lowercase().replace(['-', '_'], ""));
        let (end, before) = (
            segments.next().unwrap_or_default(),
            segments.next().unwrap_or_default(),
        );
        let package = package.replace('_', "");
        (end == version && before == package && !version.is_empty())
            // A package of plain code may be called the same.
            || (end == format!("{package}{version}") && (!version.is_empty() || import.split('/').any(|s| MARKS.contains(&s))))
            || end == format!("{package}{version}pb")
            || end == format!("{package}pb{version}")
            || end == format!("{package}pb")
            || (end == "proto" || end == "pb") && before == package
    }

    fn is_ruby(&self, import: &str) -> bool {
        let file = import.rsplit('/').next().unwrap_or_default();
        file == format!("{}_pb", self.stem) || file == format!("{}_services_pb", self.stem)
    }
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix('v')
        .is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()))
}

fn declares_package(text: &str, package: &str) -> bool {
    let declared = text.lines().find_map(|l| l.trim().strip_prefix("package "));
    !package.is_empty() && declared.is_some_and(|d| d.trim().trim_end_matches(';') == package)
}
