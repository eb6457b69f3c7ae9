//! Python packages and their entry points: <https://packaging.python.org/en/latest/specifications/pyproject-toml/>.

use std::collections::BTreeSet;

use coexist_model::Place;
use toml::{Table, Value};

use super::{
    Found, Language, Manifests, Package, Program, base, is_for_development, parent, place_of,
};
use crate::source::Source;

pub(super) fn find(tree: &dyn Source, manifests: &Manifests, found: &mut Found) {
    let mut packages = Vec::new();
    for file in manifests.named("pyproject.toml") {
        let Ok(manifest) = file.text.parse::<Table>() else {
            continue;
        };
        let dir = parent(&file.path);
        let poetry = || manifest.get("tool").and_then(|t| t.get("poetry"));
        let project = manifest.get("project").or_else(poetry);
        let scripts = project
            .and_then(|p| p.get("scripts"))
            .and_then(Value::as_table);
        packages.push(Package {
            dir: dir.to_owned(),
            links: BTreeSet::new(),
            published: manifest.contains_key("build-system")
                && project.is_some()
                && !is_for_development(dir),
        });
        for name in scripts.into_iter().flat_map(Table::keys).take(1) {
            found.programs.push(program(
                name,
                dir,
                place_of(file, &["scripts]", "[project]"]),
                false,
            ));
        }
    }
    // A Django project is served through its wsgi or asgi module, and run by manage.py.
    for path in tree
        .paths()
        .iter()
        .filter(|p| base(p) == "manage.py")
        .take(100)
    {
        let dir = parent(path);
        let name = if dir.is_empty() { "web" } else { base(dir) };
        if !is_for_development(dir) {
            found
                .programs
                .push(program(name, dir, Place::of_file(path), true));
        }
    }
    found.packages.insert(Language::Python, packages);
    found.unresolved.insert(Language::Python);
}

fn program(name: &str, dir: &str, place: Place, serves: bool) -> Program {
    Program {
        name: name.to_owned(),
        aliases: BTreeSet::new(),
        dir: dir.to_owned(),
        language: Language::Python,
        place,
        serves,
    }
}
