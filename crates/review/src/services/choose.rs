//! From programs and deployments to services.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{Place, Service};

use super::cover::{Folders, Linked, closure};
use super::deployed::Deployed;
use super::{Found, Inferred, Language, Program, base, is_for_development, is_in, is_tool};
use crate::source::Source;

/// A service before its paths are known.
#[derive(Debug, Default)]
struct Chosen<'a> {
    /// Its program; None: a folder that is deployed without a program that was found.
    program: Option<&'a Program>,
    dir: &'a str,
    evidence: BTreeSet<Place>,
}

/// Returns the services.
pub(super) fn choose(tree: &dyn Source, found: &Found, repo_name: &str) -> Inferred {
    let programs: Vec<&Program> = found
        .programs
        .iter()
        .filter(|p| !is_for_development(&p.dir))
        .collect();
    let mut notes = Vec::new();
    let mut chosen = deployed(&programs, &found.deployed);
    let by_deployment = !chosen.is_empty();
    if !by_deployment && let Some(collector) = collector(found, &programs) {
        // The other commands are for people: `boulder` holds all roles, `admin` is typed.
        add_programs(&[collector], &mut chosen, false, &mut notes);
        add_programs(&programs, &mut chosen, true, &mut notes);
    } else {
        add_programs(&programs, &mut chosen, by_deployment, &mut notes);
    }
    if chosen.is_empty() {
        let published = found.packages.values().flatten().any(|p| p.published);
        let images = found.deployed.iter().filter(|d| !d.starts.is_empty());
        let evidence: BTreeSet<Place> = images.flat_map(|d| d.evidence.iter().cloned()).collect();
        if published && evidence.is_empty() {
            return Inferred {
                library: true,
                notes,
                ..Inferred::default()
            };
        }
        let whole = service(repo_name, vec!["**".to_owned()], evidence);
        return Inferred {
            services: vec![whole],
            library: false,
            notes,
        };
    }
    Inferred {
        services: services(tree, found, chosen, repo_name),
        library: false,
        notes,
    }
}

/// Returns the one Go command that links the folders of several other commands: a binary with many roles.
fn collector<'a>(found: &Found, programs: &[&'a Program]) -> Option<&'a Program> {
    let packages = found.packages.get(&Language::Go)?;
    let links: BTreeMap<&str, &BTreeSet<String>> = packages
        .iter()
        .map(|p| (p.dir.as_str(), &p.links))
        .collect();
    let collects = |program: &&&Program| {
        let linked = links.get(program.dir.as_str());
        let commands = linked
            .into_iter()
            .flat_map(|l| l.iter())
            .filter(|d| super::parent(d) == super::parent(&program.dir));
        program.language == Language::Go
            && base(super::parent(&program.dir)) == "cmd"
            && commands.count() >= 2
    };
    let mut collectors = programs.iter().filter(collects);
    collectors
        .next()
        .filter(|_| collectors.next().is_none())
        .copied()
}

fn service(name: &str, paths: Vec<String>, evidence: BTreeSet<Place>) -> Service {
    Service {
        name: name.to_owned(),
        paths,
        evidence: evidence.into_iter().take(EVIDENCE_LIMIT).collect(),
    }
}

/// Places of evidence that are kept per service.
const EVIDENCE_LIMIT: usize = 12;

/// What is deployed, by its program's folder and name, or by its own folder.
type ByProgram<'a> = BTreeMap<(&'a str, &'a str), Chosen<'a>>;

/// Returns what the deployments run.
fn deployed<'a>(programs: &[&'a Program], deployments: &'a [Deployed]) -> ByProgram<'a> {
    let mut chosen = ByProgram::new();
    for deployment in deployments {
        let matched = matching(programs, deployment);
        for program in &matched {
            let entry = chosen.entry((&program.dir, &program.name)).or_default();
            entry.program = Some(program);
            entry.dir = &program.dir;
            entry.evidence.extend(deployment.evidence.iter().cloned());
            entry.evidence.insert(program.place.clone());
        }
    }
    // What stands for a folder counts where no program of that folder does.
    for deployment in deployments.iter().filter(|d| d.stands_alone) {
        let covered = !matching(programs, deployment).is_empty()
            || chosen
                .values()
                .any(|c| c.program.is_some() && c.dir == deployment.dir);
        if !covered {
            let entry = chosen.entry((&deployment.dir, "")).or_default();
            entry.dir = &deployment.dir;
            entry.evidence.extend(deployment.evidence.iter().cloned());
        }
    }
    // A manifest that runs an image of a folder's name is one more piece of evidence.
    for deployment in deployments.iter().filter(|d| !d.stands_alone) {
        let by_name = |c: &&mut Chosen<'_>| {
            c.program.is_none() && deployment.names.contains(folder_name(c.dir))
        };
        for chosen in chosen.values_mut().filter(by_name) {
            chosen.evidence.extend(deployment.evidence.iter().cloned());
        }
    }
    chosen
}

/// Returns the name that a folder gives its service: a folder such as `cart/src` is called by the one around it.
fn folder_name(dir: &str) -> &str {
    match base(dir) {
        "src" | "app" | "docker" | "build" | "cmd" | "code" | "source" if dir.contains('/') => {
            folder_name(super::parent(dir))
        }
        name => name,
    }
}

/// Returns the programs that a deployment runs, by the strongest of what it says.
fn matching<'a>(programs: &[&'a Program], deployment: &Deployed) -> Vec<&'a Program> {
    let called = |program: &Program, names: &BTreeSet<String>| {
        names.contains(&program.name) || program.aliases.iter().any(|a| names.contains(a))
    };
    let named = |names: &BTreeSet<String>| -> Vec<&'a Program> {
        programs
            .iter()
            .copied()
            .filter(|p| names.contains(&p.name))
            .collect()
    };
    let also_named = |names: &BTreeSet<String>| -> Vec<&'a Program> {
        programs
            .iter()
            .copied()
            .filter(|p| called(p, names))
            .collect()
    };
    let here: Vec<&Program> = programs
        .iter()
        .copied()
        .filter(|p| !deployment.dir.is_empty() && p.dir == deployment.dir)
        .collect();
    let below: Vec<&Program> = programs
        .iter()
        .copied()
        .filter(|p| deployment.stands_alone && is_in(&p.dir, &deployment.dir))
        .collect();
    let started = named(&deployment.starts);
    let image = named(&deployment.names);
    // One of several binaries of its folder.
    let started_here: Vec<&Program> = here
        .iter()
        .copied()
        .filter(|p| deployment.starts.contains(&p.name))
        .collect();
    let built = named(&deployment.builds);
    let looser = also_named(&deployment.starts);
    let image_looser = also_named(&deployment.names);
    let one = |list: Vec<&'a Program>| if list.len() == 1 { list } else { Vec::new() };
    let at_root: Vec<&Program> = programs
        .iter()
        .copied()
        .filter(|p| deployment.stands_alone && deployment.dir.is_empty() && p.dir.is_empty())
        .collect();
    // A command that names several programs, such as a shell line, does not tell which one runs.
    let candidates = [
        started_here,
        here,
        one(started),
        one(image),
        one(looser),
        one(image_looser),
        one(at_root),
        one(below),
        one(built),
    ];
    candidates
        .into_iter()
        .find(|c| !c.is_empty())
        .unwrap_or_default()
}

/// Adds the programs that nothing here deploys: all that serve where nothing is deployed at all, else those in a folder of services.
fn add_programs<'a>(
    programs: &[&'a Program],
    chosen: &mut ByProgram<'a>,
    by_deployment: bool,
    notes: &mut Vec<String>,
) {
    let left: Vec<&Program> = programs
        .iter()
        .copied()
        .filter(|p| !chosen.contains_key(&(p.dir.as_str(), p.name.as_str())))
        .collect();
    let in_services = |p: &Program| {
        p.dir
            .split('/')
            .any(|part| matches!(part, "services" | "apps" | "microservices"))
    };
    let any_serves = left.iter().any(|p| p.serves);
    for program in left {
        let tool = is_tool(&program.name) || (is_tool(base(&program.dir)) && !program.serves);
        let wanted = if by_deployment {
            program.serves && in_services(program)
        } else {
            !tool
                && (program.serves
                    || !any_serves
                    || in_services(program)
                    || program.dir.split('/').any(|d| d == "cmd"))
        };
        if wanted {
            let entry = chosen.entry((&program.dir, &program.name)).or_default();
            entry.program = Some(program);
            entry.dir = &program.dir;
            entry.evidence.insert(program.place.clone());
        } else if notes.len() < 50 {
            notes.push(format!(
                "{} ({}) is taken for a tool: nothing here deploys it",
                program.name, program.place.path
            ));
        }
    }
}

/// Returns the services with their names and paths.
fn services(
    tree: &dyn Source,
    found: &Found,
    chosen: ByProgram<'_>,
    repo_name: &str,
) -> Vec<Service> {
    let alone = chosen.len() == 1;
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for chosen in chosen.values() {
        *names.entry(name(chosen, repo_name)).or_default() += 1;
    }
    let folders = if alone {
        None
    } else {
        Some(Folders::of(tree.paths().iter().map(|p| &**p)))
    };
    let all: Vec<&Chosen<'_>> = chosen.values().collect();
    let mut services: Vec<Service> = all
        .iter()
        .map(|one| {
            let short = name(one, repo_name);
            let clashes = names.get(&short).is_some_and(|n| *n > 1) && !one.dir.is_empty();
            let name = if clashes {
                one.dir.replace('/', "-")
            } else {
                short
            };
            let paths = folders
                .as_ref()
                .map_or_else(|| vec!["**".to_owned()], |f| paths(found, f, &all, one));
            service(&name, paths, one.evidence.clone())
        })
        .collect();
    services.sort_by(|a, b| a.name.cmp(&b.name));
    services
}

fn name(chosen: &Chosen<'_>, repo_name: &str) -> String {
    let of_program = chosen
        .program
        .map(|p| p.name.as_str())
        .filter(|n| !n.is_empty());
    let name = of_program.unwrap_or_else(|| folder_name(chosen.dir));
    if name.is_empty() {
        repo_name.to_owned()
    } else {
        name.to_owned()
    }
}

/// Returns the globs of what a service links.
fn paths(found: &Found, folders: &Folders, all: &[&Chosen<'_>], one: &Chosen<'_>) -> Vec<String> {
    let languages: BTreeSet<Language> = all
        .iter()
        .filter_map(|c| c.program.map(|p| p.language))
        .collect();
    let of_languages = found.packages.iter().filter(|(l, _)| languages.contains(l));
    let mut packages: BTreeSet<&str> = of_languages
        .flat_map(|(_, list)| list.iter().map(|p| p.dir.as_str()))
        .collect();
    packages.extend(all.iter().map(|c| c.dir));
    // What stands at the root beside packages belongs to all.
    packages.remove("");
    let linked = linked(found, all, one);
    Linked::new(folders, packages, &linked).globs()
}

/// Returns the folders of the packages that a service links, its own among them.
fn linked(found: &Found, all: &[&Chosen<'_>], one: &Chosen<'_>) -> BTreeSet<String> {
    let start = std::iter::once(one.dir.to_owned());
    let Some(program) = one.program else {
        return start.collect();
    };
    let list = found
        .packages
        .get(&program.language)
        .map(Vec::as_slice)
        .unwrap_or_default();
    if found.unresolved.contains(&program.language) {
        // What is not another program's own is shared.
        let taken = |dir: &str| all.iter().any(|c| !c.dir.is_empty() && is_in(dir, c.dir));
        let shared = list.iter().map(|p| p.dir.clone()).filter(|dir| !taken(dir));
        return start.chain(shared).collect();
    }
    let by_dir: BTreeMap<&str, &BTreeSet<String>> =
        list.iter().map(|p| (p.dir.as_str(), &p.links)).collect();
    closure(start, |dir| {
        by_dir
            .get(dir)
            .into_iter()
            .flat_map(|l| l.iter().cloned())
            .collect()
    })
}
