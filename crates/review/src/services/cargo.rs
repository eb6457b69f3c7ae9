//! Cargo packages and their binaries: <https://doc.rust-lang.org/cargo/reference/cargo-targets.html>.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::File;
use toml::{Table, Value};

use super::{
    Found, Language, Manifests, Package, Program, is_for_development, join, parent, place_of,
    resolve,
};
use crate::source::Source;

/// Frameworks whose presence shows that a binary serves.
const SERVERS: &[&str] = &[
    "axum",
    "actix-web",
    "warp",
    "rocket",
    "tonic",
    "hyper",
    "poem",
    "salvo",
    "tide",
    "lambda_http",
    "pingora",
];

pub(super) fn find(tree: &dyn Source, manifests: &Manifests, found: &mut Found) {
    let parsed: Vec<(&File, Table)> = manifests
        .named("Cargo.toml")
        .filter_map(|file| Some((file, file.text.parse::<Table>().ok()?)))
        .collect();
    let shared = workspace_paths(&parsed);
    let mut packages = Vec::new();
    for (file, manifest) in &parsed {
        let Some(package) = manifest.get("package").and_then(Value::as_table) else {
            continue;
        };
        let dir = parent(&file.path);
        let name = package.get("name").and_then(Value::as_str).unwrap_or(dir);
        let has = |path: &str| has_path(tree, &join(dir, path));
        let dependencies = manifest.get("dependencies").and_then(Value::as_table);
        let serves = dependencies.is_some_and(|d| SERVERS.iter().any(|s| d.contains_key(*s)));
        for binary in binaries(tree, dir, name, manifest) {
            let main = place_of(file, &["[[bin]]", "[package]"]);
            found.programs.push(Program {
                aliases: BTreeSet::from([name.to_owned()]),
                name: binary,
                dir: dir.to_owned(),
                language: Language::Cargo,
                place: main,
                serves,
            });
        }
        let private = package.get("publish").and_then(Value::as_bool) == Some(false);
        packages.push(Package {
            dir: dir.to_owned(),
            links: links(dir, manifest, &shared),
            published: (has("src/lib.rs") || manifest.contains_key("lib"))
                && !private
                && !is_for_development(dir),
        });
    }
    found.packages.insert(Language::Cargo, packages);
}

fn has_path(tree: &dyn Source, path: &str) -> bool {
    tree.paths().binary_search_by(|p| (**p).cmp(path)).is_ok()
}

/// Returns the names of the binaries of a package.
fn binaries(tree: &dyn Source, dir: &str, name: &str, manifest: &Table) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let declared = manifest.get("bin").and_then(Value::as_array);
    let mut main_is_named = false;
    for binary in declared.into_iter().flatten() {
        if let Some(name) = binary.get("name").and_then(Value::as_str) {
            names.insert(name.to_owned());
        }
        let path = binary.get("path").and_then(Value::as_str);
        main_is_named |= path.is_none_or(|p| p == "src/main.rs");
    }
    if !main_is_named && has_path(tree, &join(dir, "src/main.rs")) {
        names.insert(name.to_owned());
    }
    names
}

/// Returns the folders of the path dependencies of each workspace, which members inherit: by folder of the workspace.
fn workspace_paths(parsed: &[(&File, Table)]) -> BTreeMap<String, BTreeMap<String, String>> {
    let workspaces = parsed.iter().filter_map(|(file, manifest)| {
        let dir = parent(&file.path);
        let dependencies = manifest.get("workspace")?.get("dependencies")?.as_table()?;
        let paths = dependencies.iter().filter_map(|(name, d)| {
            let path = d.get("path").and_then(Value::as_str)?;
            Some((name.clone(), resolve(dir, path)?))
        });
        Some((dir.to_owned(), paths.collect()))
    });
    workspaces.collect()
}

/// Returns the folders of the packages that a manifest links; what only tests need is left out.
fn links(
    dir: &str,
    manifest: &Table,
    shared: &BTreeMap<String, BTreeMap<String, String>>,
) -> BTreeSet<String> {
    let workspace = || {
        shared
            .iter()
            .filter(|(root, _)| super::is_in(dir, root))
            .max_by_key(|(root, _)| root.len())
    };
    let mut links = BTreeSet::new();
    let mut add = |table: Option<&Value>| {
        for (name, dependency) in table.and_then(Value::as_table).into_iter().flatten() {
            if let Some(path) = dependency.get("path").and_then(Value::as_str) {
                links.extend(resolve(dir, path));
            } else if dependency.get("workspace").and_then(Value::as_bool) == Some(true)
                && let Some(path) = workspace().and_then(|(_, paths)| paths.get(name))
            {
                links.insert(path.clone());
            }
        }
    };
    add(manifest.get("dependencies"));
    add(manifest.get("build-dependencies"));
    for (_, target) in manifest
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
    {
        add(target.get("dependencies"));
    }
    links
}
