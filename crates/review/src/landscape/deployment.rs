//! What deployment files start, and the variables that they set.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{File, Landscape, Mention, Process, Starter, Written};
use coexist_readers::code::app_host;
use coexist_readers::network::{
    Deployed, Image, Manifest, Variables, compose, filled, image, is_compose, kubernetes, settings,
    variables,
};

use super::{base, is_aside, parent, read_files};
use crate::source::Source;

/// Compose files that are read.
const COMPOSE_LIMIT: usize = 100;
/// Files of manifests that are read.
const MANIFEST_LIMIT: usize = 1_000;

/// Reads compose files first: they tie what runs to what it is built from.
pub(super) fn read(tree: &dyn Source, found: &mut Landscape) {
    composed(tree, found);
    orchestrated(tree, found);
    hosted(tree, found);
    same_under_two_names(found);
}

/// Joins a process of a compose file and one of Kubernetes that run the same image, and nothing else does, under two names.
fn same_under_two_names(found: &mut Landscape) {
    let by = |starter| {
        let only = BTreeSet::from([starter]);
        let started = found.processes.iter().filter(move |p| p.started_by == only);
        let mut images: BTreeMap<&String, Vec<&Process>> = BTreeMap::new();
        for process in started {
            for image in &process.images {
                images.entry(image).or_default().push(process);
            }
        }
        images
    };
    let (composed, orchestrated) = (by(Starter::Compose), by(Starter::Kubernetes));
    let mut joined: Vec<(String, String)> = Vec::new();
    for (image, processes) in &composed {
        if let ([one], Some([other])) = (
            processes.as_slice(),
            orchestrated.get(*image).map(Vec::as_slice),
        ) {
            joined.push((one.name.clone(), other.name.clone()));
        }
    }
    for (name, other) in joined {
        let Some(at) = found.processes.iter().position(|p| p.name == other) else {
            continue;
        };
        let mut process = found.processes.remove(at);
        process.aliases.insert(other.clone());
        process.name.clone_from(&name);
        add(process, found);
        for mention in found.mentions.iter_mut().filter(|m| m.by == other) {
            mention.by.clone_from(&name);
        }
    }
}

/// Adds a process, or what is new of one that is known.
fn add(process: Process, found: &mut Landscape) {
    match found.processes.iter_mut().find(|p| p.name == process.name) {
        Some(known) => known.merge(process),
        None => found.processes.push(process),
    }
}

/// Returns up to so many paths, those nearest to the root first.
fn nearest<'a>(paths: impl Iterator<Item = &'a Arc<str>>, limit: usize) -> Vec<Arc<str>> {
    let mut paths: Vec<Arc<str>> = paths.cloned().collect();
    paths.sort_by_key(|path| (path.matches('/').count(), path.clone()));
    paths.truncate(limit);
    paths
}

fn composed(tree: &dyn Source, found: &mut Landscape) {
    let wanted = tree.paths().iter();
    let wanted = wanted.filter(|p| is_compose(p) && !is_aside(p));
    let paths = nearest(wanted, COMPOSE_LIMIT);
    let beside = |path: &str| match parent(path) {
        "" => Arc::from(".env"),
        dir => Arc::from(format!("{dir}/.env")),
    };
    let mut asked: Vec<Arc<str>> = paths.clone();
    asked.extend(paths.iter().map(|p| beside(p)));
    asked.push(Arc::from(".env"));
    asked.sort();
    asked.dedup();
    let files = read_files(tree, &asked, found);
    let mut deployed = Vec::new();
    for path in &paths {
        let Some(file) = files.get(path) else {
            continue;
        };
        // A compose file further down may be run from the root as well.
        let mut known = files
            .get(".env")
            .map(|f| variables(&f.text))
            .unwrap_or_default();
        let near = files.get(&beside(path)).map(|f| variables(&f.text));
        known.extend(near.unwrap_or_default());
        deployed.push((compose(file, &known), known));
    }
    for (deployed, known) in deployed {
        take(tree, deployed, &known, found);
    }
}

/// Adds what a compose file says, with the files that it names.
fn take(tree: &dyn Source, deployed: Deployed, known: &Variables, found: &mut Landscape) {
    let named = deployed.images.iter().chain(&deployed.variable_files);
    let paths: Vec<Arc<str>> = named.map(|(_, path)| Arc::from(path.as_str())).collect();
    let files = read_files(tree, &paths, found);
    let mut images: BTreeMap<&str, Image> = BTreeMap::new();
    for (process, path) in &deployed.images {
        if let Some(file) = files.get(path.as_str()) {
            images.insert(process, image(file));
        }
    }
    for mut process in deployed.processes {
        if let Some(built) = images.get(process.name.as_str()) {
            process.made_from.extend(built.from.clone());
        }
        add(process, found);
    }
    found.mentions.extend(deployed.mentions);
    found.problems.extend(deployed.problems);
    for (process, path) in &deployed.variable_files {
        if let Some(file) = files.get(path.as_str()) {
            found.mentions.extend(of_file(process, file, known));
        }
    }
    for (process, image) in &images {
        found.mentions.extend(of_image(process, image));
    }
}

/// Returns the variables of a file that a process is given.
fn of_file(process: &str, file: &File, known: &Variables) -> Vec<Mention> {
    let own = variables(&file.text);
    let place = |name: &str| {
        let lines = file.text.lines().enumerate();
        let mut lines = lines.filter(|(_, l)| {
            l.trim_start()
                .trim_start_matches("export ")
                .starts_with(name)
        });
        let line = lines.next().and_then(|(at, _)| u32::try_from(at + 1).ok());
        let start = file.line_start(line.unwrap_or(1));
        file.place(start..start + file.line(line.unwrap_or(1)).len())
    };
    let mention = |(name, value): (&String, &String)| Mention {
        by: process.to_owned(),
        variable: Some(name.clone()),
        value: filled(&filled(value, &own), known),
        written: Written::Deployment,
        place: place(name),
    };
    own.iter().map(mention).collect()
}

/// Returns the variables that an image sets.
pub(super) fn of_image(process: &str, image: &Image) -> Vec<Mention> {
    let variables = image.variables.iter();
    let mentions = variables.map(|(name, value, place)| Mention {
        by: process.to_owned(),
        variable: Some(name.clone()),
        value: value.clone(),
        written: Written::Image,
        place: place.clone(),
    });
    mentions.collect()
}

fn orchestrated(tree: &dyn Source, found: &mut Landscape) {
    let is_yaml = |path: &str| {
        (path.ends_with(".yaml") || path.ends_with(".yml")) && !is_compose(path) && !is_aside(path)
    };
    let words = ["kind: service", "kind: configmap", "containers:"].map(str::to_owned);
    let holding = tree.containing(&words, &is_yaml);
    let paths = nearest(holding.iter(), MANIFEST_LIMIT);
    let charts: Vec<Arc<str>> = paths.iter().filter_map(|p| chart_values(p)).collect();
    let files = read_files(tree, &paths, found);
    let values = read_files(tree, &charts, found);
    let values: BTreeMap<Arc<str>, Variables> = values
        .into_iter()
        .map(|(path, file)| {
            let pairs = settings(&file).into_iter();
            (path, pairs.map(|(name, value, _)| (name, value)).collect())
        })
        .collect();
    let none = Variables::new();
    let manifests: Vec<Manifest> = paths
        .iter()
        .filter_map(|path| {
            let values = chart_values(path).and_then(|p| values.get(&p));
            Some(kubernetes(files.get(path)?, values.unwrap_or(&none)))
        })
        .collect();
    join(manifests, found);
}

/// Adds what AppHosts of .NET Aspire start, each project with the folder in which it stands.
fn hosted(tree: &dyn Source, found: &mut Landscape) {
    let word = ["DistributedApplication".to_owned()];
    let is_code = |path: &str| path.ends_with(".cs") && !is_aside(path);
    let paths = nearest(tree.containing(&word, &is_code).iter(), COMPOSE_LIMIT);
    let files = read_files(tree, &paths, found);
    for host in files.values().filter_map(app_host) {
        for mut process in host.processes {
            let project = host.projects.iter().find(|(name, _)| *name == process.name);
            process
                .folders
                .extend(project.and_then(|(_, p)| folder_of(tree, p)));
            add(process, found);
        }
        found.mentions.extend(host.mentions);
    }
}

/// Returns the folder of the one project of that name, in which `_` stands for what no name of C# can hold.
fn folder_of(tree: &dyn Source, project: &str) -> Option<String> {
    let named = |path: &&Arc<str>| {
        let name = base(path).strip_suffix(".csproj");
        let spelled = name.map(|n| n.replace(|c: char| !c.is_alphanumeric(), "_"));
        spelled.as_deref() == Some(project)
    };
    let mut projects = tree.paths().iter().filter(named);
    match (projects.next(), projects.next()) {
        (Some(one), None) => Some(parent(one).to_owned()),
        _ => None,
    }
}

/// Returns the path of the values of the chart that a template belongs to.
fn chart_values(path: &str) -> Option<Arc<str>> {
    let (chart, _) = path.split_once("templates/")?;
    let at_start_of_part = chart.is_empty() || chart.ends_with('/');
    at_start_of_part.then(|| Arc::from(format!("{chart}values.yaml")))
}

/// Joins what all manifests say: Services to the workloads behind them, ConfigMaps to those that take them.
fn join(manifests: Vec<Manifest>, found: &mut Landscape) {
    let mut whole = Manifest::default();
    for manifest in manifests {
        for process in manifest.deployed.processes {
            add(process, found);
        }
        found.mentions.extend(manifest.deployed.mentions);
        found.problems.extend(manifest.deployed.problems);
        whole.labels.extend(manifest.labels);
        whole.services.extend(manifest.services);
        whole.takes.extend(manifest.takes);
        whole.takes_all.extend(manifest.takes_all);
        for (name, placed) in manifest.config_maps {
            whole.config_maps.entry(name).or_default().extend(placed);
        }
    }
    for service in &whole.services {
        let selected = |labels: &BTreeMap<String, String>| {
            let mut wanted = service.selector.iter();
            !service.selector.is_empty() && wanted.all(|(k, v)| labels.get(k) == Some(v))
        };
        let behind: Vec<&String> = whole
            .labels
            .iter()
            .filter(|(_, labels)| selected(labels))
            .map(|(name, _)| name)
            .collect();
        // Of several workloads behind one name, that of the name is the service, and the others are versions of it.
        let named = behind.iter().find(|b| ***b == service.name);
        let one = match behind.as_slice() {
            [one] => Some(one),
            _ => named,
        };
        let Some(one) = one.map(|one| (*one).clone()) else {
            continue;
        };
        let others: Vec<String> = behind
            .iter()
            .map(|b| (*b).clone())
            .filter(|b| *b != one)
            .collect();
        found.processes.retain(|p| !others.contains(&p.name));
        if let Some(process) = found.processes.iter_mut().find(|p| p.name == one) {
            process.aliases.insert(service.name.clone());
            process.aliases.extend(others);
            process.speaks.extend(service.speaks.iter().cloned());
        }
    }
    for (by, from) in &whole.takes_all {
        for (name, (value, place)) in whole.config_maps.get(from).into_iter().flatten() {
            found.mentions.push(Mention {
                by: by.clone(),
                variable: Some(name.clone()),
                value: value.clone(),
                written: Written::Deployment,
                place: place.clone(),
            });
        }
    }
    for taken in &whole.takes {
        let value = whole
            .config_maps
            .get(&taken.from)
            .and_then(|m| m.get(&taken.key));
        if let Some((value, place)) = value {
            found.mentions.push(Mention {
                by: taken.by.clone(),
                variable: Some(taken.variable.clone()),
                value: value.clone(),
                written: Written::Deployment,
                place: place.clone(),
            });
        }
    }
}

/// Returns whether a file name is that of a Dockerfile.
pub(super) fn is_dockerfile(path: &str) -> bool {
    matches!(base(path), "Dockerfile" | "Containerfile")
}
