//! What is deployed: images, manifests, platform files.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{Detail, File, Hints, Place, Reader, Schema};
use coexist_readers::deploy::docker::{Instruction, instructions, words};
use coexist_readers::deploy::{Deploy, yaml};

use super::{Manifests, base, is_for_development, join, parent, place_of, resolve};
use crate::source::Source;
use crate::spoken::is_code;

/// Something that brings a process to where it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Deployed {
    /// The folder that it builds or runs.
    pub(super) dir: String,
    /// Names that are given to it: of the file, of the compose service, of the image.
    pub(super) names: BTreeSet<String>,
    /// What it starts: the last parts of the words of its command.
    pub(super) starts: BTreeSet<String>,
    /// What its build speaks of: the last parts of the words of its steps.
    pub(super) builds: BTreeSet<String>,
    /// Whether it says so much that it counts without a program that was found: it builds and starts something of this tree.
    pub(super) stands_alone: bool,
    /// Where it shows.
    pub(super) evidence: Vec<Place>,
}

/// Returns whether a file name is that of a Dockerfile for something that runs.
pub(super) fn is_dockerfile(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let kind = match lower.as_str() {
        "dockerfile" | "containerfile" => return true,
        _ => lower
            .strip_prefix("dockerfile.")
            .or_else(|| lower.strip_suffix(".dockerfile")),
    };
    kind.is_some_and(|k| {
        !k.split(['.', '-', '_']).any(|w| {
            matches!(
                w,
                "dev"
                    | "development"
                    | "debug"
                    | "test"
                    | "tests"
                    | "ci"
                    | "local"
                    | "e2e"
                    | "dockerignore"
            )
        })
    })
}

/// Returns whether a file name is that of a compose file; those for development show what is built, too.
pub(super) fn is_compose(name: &str) -> bool {
    let stem = name
        .strip_suffix(".yml")
        .or_else(|| name.strip_suffix(".yaml"));
    stem.is_some_and(|s| s.starts_with("docker-compose") || s.starts_with("compose"))
}

/// Returns whether a path may be a Kubernetes manifest or the values of a chart.
pub(super) fn may_be_manifest(path: &str) -> bool {
    let yaml = path.ends_with(".yaml") || path.ends_with(".yml");
    let folders = [
        "deploy",
        "k8s",
        "kube",
        "helm",
        "chart",
        "manifest",
        "kustomize",
        "distribution",
        "argo",
        "overlays",
    ];
    yaml && !path.starts_with('.')
        && parent(path)
            .split('/')
            .any(|p| folders.iter().any(|f| p.contains(f)))
}

/// Kubernetes manifests that are read.
const MANIFEST_LIMIT: usize = 400;

pub(super) fn find(tree: &dyn Source, manifests: &Manifests) -> Vec<Deployed> {
    let mut images: BTreeMap<String, Deployed> = BTreeMap::new();
    for file in manifests
        .files
        .values()
        .filter(|f| is_dockerfile(base(&f.path)))
    {
        if !is_for_development(parent(&file.path)) {
            images.insert(file.path.to_string(), image(tree, file));
        }
    }
    let mut others = Vec::new();
    let mut read = 0;
    for file in manifests.files.values() {
        let name = base(&file.path);
        if is_compose(name) {
            compose(file, &mut images);
        } else if may_be_manifest(&file.path)
            && !is_for_development(parent(&file.path))
            && read < MANIFEST_LIMIT
        {
            read += 1;
            others.extend(workloads(file));
        } else {
            others.extend(platform(file));
        }
    }
    images.into_values().chain(others).collect()
}

fn image(tree: &dyn Source, file: &File) -> Deployed {
    let all = instructions(&file.text);
    let dir = parent(&file.path);
    let last = all.iter().rposition(|i| i.name == "FROM").unwrap_or(0);
    let starting: Vec<&Instruction> = all[last..]
        .iter()
        .filter(|i| matches!(i.name.as_str(), "ENTRYPOINT" | "CMD"))
        .collect();
    let building = all.iter().filter(|i| {
        matches!(
            i.name.as_str(),
            "RUN" | "COPY" | "ADD" | "WORKDIR" | "ARG" | "ENV"
        )
    });
    let mut starts = BTreeSet::new();
    for instruction in &starting {
        starts.extend(words(&instruction.arguments).iter().flat_map(|w| parts(w)));
    }
    let place = starting
        .last()
        .or(all.last().as_ref())
        .map_or_else(|| Place::of_file(&file.path), |i| file.place(i.at.clone()));
    let copies = all
        .iter()
        .any(|i| matches!(i.name.as_str(), "COPY" | "ADD") && !i.arguments.contains("--from"));
    let lower = base(&file.path).to_ascii_lowercase();
    let named = lower
        .strip_prefix("dockerfile.")
        .or_else(|| lower.strip_suffix(".dockerfile"));
    Deployed {
        names: named.map(str::to_owned).into_iter().collect(),
        starts,
        builds: building.flat_map(|i| parts(&i.arguments)).collect(),
        stands_alone: copies
            && (!starting.is_empty() && holds_code(tree, dir)
                || !dir.is_empty() && all.get(last).is_some_and(serves_by_itself)),
        dir: dir.to_owned(),
        evidence: vec![place],
    }
}

/// Returns whether an image is built on a web server that starts by itself, and serves what is copied into it.
fn serves_by_itself(from: &Instruction) -> bool {
    let image = from
        .arguments
        .split_whitespace()
        .find(|word| !word.starts_with("--"));
    let Some(image) = image else {
        return false;
    };
    match image_name(image).as_deref() {
        Some("nginx" | "nginx-unprivileged" | "openresty" | "httpd" | "caddy" | "tomcat") => true,
        Some("php") => image.contains("apache") || image.contains("fpm"),
        _ => false,
    }
}

/// Returns the last parts of the paths and options in a command.
fn parts(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | '\'' | '[' | ']' | ',' | ';' | '=' | '(' | ')' | '&' | '|'
            )
    });
    let parts = words.map(|w| base(w.trim_end_matches("/...").trim_end_matches('/')));
    let parts = parts.filter(|p| p.len() > 1 && !p.starts_with('-'));
    // `@scope/name` and `name...` of package managers.
    parts
        .map(|p| {
            p.trim_end_matches("...")
                .trim_end_matches(".jar")
                .to_owned()
        })
        .take(2_000)
        .collect()
}

/// Returns whether the folder itself has the manifest of a program in any language, or code beside the Dockerfile or in `src`.
fn holds_code(tree: &dyn Source, dir: &str) -> bool {
    const MANIFESTS: &[&str] = &[
        "Gemfile",
        "requirements.txt",
        "pyproject.toml",
        "setup.py",
        "Pipfile",
        "composer.json",
        "mix.exs",
        "package.json",
        "pom.xml",
        "build.gradle",
        "build.gradle.kts",
        "go.mod",
        "Cargo.toml",
        "deno.json",
        "Package.swift",
        "build.sbt",
        "main.py",
        "app.py",
        "server.js",
        "index.js",
        "app.js",
        "main.go",
        "manage.py",
        "config.ru",
        "CMakeLists.txt",
    ];
    let has = |path: String| {
        tree.paths()
            .binary_search_by(|p| (**p).cmp(path.as_str()))
            .is_ok()
    };
    MANIFESTS.iter().any(|name| has(join(dir, name)))
        || holds_project(tree, dir)
        || holds_sources(tree, dir)
}

/// Returns whether the folder has code in a folder of its own for it, whatever builds that.
fn holds_sources(tree: &dyn Source, dir: &str) -> bool {
    if dir.is_empty() {
        return false;
    }
    let sources = join(dir, "src/");
    let start = tree.paths().partition_point(|p| **p < *sources);
    tree.paths()[start..]
        .iter()
        .take_while(|p| p.starts_with(&sources))
        .take(500)
        .any(|p| is_code(p))
}

/// Returns whether there is a .NET project in the folder.
fn holds_project(tree: &dyn Source, dir: &str) -> bool {
    let start = tree.paths().partition_point(|p| **p < *dir);
    let inside = tree.paths()[start..]
        .iter()
        .take_while(|p| super::is_in(p, dir))
        .take(500);
    inside
        .into_iter()
        .any(|p| parent(p) == dir && (p.ends_with(".csproj") || p.ends_with(".fsproj")))
}

fn settings(schema: &Schema) -> impl Iterator<Item = (&str, &str)> {
    schema.elements.iter().filter_map(|e| match &e.detail {
        Detail::Setting { value } => Some((e.name.as_str(), value.as_str())),
        _ => None,
    })
}

/// Gives the images that a compose file builds the names of its services. Several services of one image are roles of one program.
fn compose(file: &File, images: &mut BTreeMap<String, Deployed>) {
    let dir = parent(&file.path);
    let reading = Deploy.read(file, &Hints::default());
    for schema in &reading.schemas {
        let of = |key: &str| {
            settings(schema)
                .find(|(name, _)| *name == key)
                .map(|(_, value)| value)
        };
        let Some(context) = of("build-context").and_then(|c| resolve(dir, c)) else {
            continue;
        };
        let dockerfile = resolve(&context, of("dockerfile").unwrap_or("Dockerfile"));
        let Some(image) = dockerfile.and_then(|path| images.get_mut(&path)) else {
            continue;
        };
        image.names.extend(
            schema
                .surface
                .name
                .strip_prefix("compose/")
                .map(str::to_owned),
        );
        image.evidence.push(schema.place.clone());
        // An image in a folder of its own that is built from a program's folder.
        if !is_for_development(&context)
            && !context.is_empty()
            && image.dir != context
            && !super::is_in(&image.dir, &context)
        {
            image.dir = context;
        }
    }
}

/// Returns what the workloads of a manifest run, and what a chart's values name.
fn workloads(file: &File) -> Vec<Deployed> {
    let reading = Deploy.read(file, &Hints::default());
    let mut found = Vec::new();
    for schema in &reading.schemas {
        let images = settings(schema)
            .filter(|(name, _)| name.starts_with("image/"))
            .filter_map(|(_, image)| image_name(image));
        let names: BTreeSet<String> = images.collect();
        if !names.is_empty() {
            found.push(mention(file, names, schema.place.clone()));
        }
    }
    if base(&file.path).starts_with("values") {
        for document in yaml::read(&file.text).documents {
            document.walk(&mut |node| {
                let key = node
                    .entry("repository")
                    .filter(|_| node.get("tag").is_some() || node.get("pullPolicy").is_some());
                if let Some((key, name)) = key.and_then(|(k, v)| Some((k, image_name(v.text()?)?)))
                {
                    found.push(mention(
                        file,
                        BTreeSet::from([name]),
                        file.place(key.at.clone()),
                    ));
                }
            });
        }
    }
    found
}

fn mention(file: &File, names: BTreeSet<String>, place: Place) -> Deployed {
    Deployed {
        dir: parent(&file.path).to_owned(),
        names,
        starts: BTreeSet::new(),
        builds: BTreeSet::new(),
        stands_alone: false,
        evidence: vec![place],
    }
}

/// Returns the last part of an image's name without tag and digest; None for a template.
fn image_name(image: &str) -> Option<String> {
    let name = base(image).split(['@', ':']).next()?;
    (!name.is_empty() && !image.contains("{{")).then(|| name.to_owned())
}

/// Returns what a hosting platform is told to run.
fn platform(file: &File) -> Option<Deployed> {
    let marker = match base(&file.path) {
        "Procfile" => "web:",
        "fly.toml" => "app",
        "app.yaml" => "runtime:",
        "serverless.yml" => "functions:",
        "heroku.yml" => "run:",
        "render.yaml" => "services:",
        "railway.json" => "deploy",
        _ => return None,
    };
    let dir = parent(&file.path);
    let is_procfile = base(&file.path) == "Procfile";
    if is_for_development(dir) || (!is_procfile && !file.text.contains(marker)) {
        return None;
    }
    let commands = if is_procfile {
        parts(&file.text)
    } else {
        BTreeSet::new()
    };
    Some(Deployed {
        dir: dir.to_owned(),
        names: BTreeSet::new(),
        starts: commands,
        builds: BTreeSet::new(),
        stands_alone: true,
        evidence: vec![place_of(file, &[marker])],
    })
}
