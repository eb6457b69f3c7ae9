//! Compose files: <https://github.com/compose-spec/compose-spec/blob/main/spec.md>.

use std::ops::Range;

use coexist_model::{File, Mention, Process, Starter, Written};

use crate::deploy::tree::Node;
use crate::deploy::yaml;

use super::{
    Deployed, PROCESS_LIMIT, VARIABLE_LIMIT, Variables, filled, image_name, parent, problems,
    within,
};

/// Folders that hold Dockerfiles, and not what they build.
const COMMON: &[&str] = &[
    "docker",
    "dockerfiles",
    ".docker",
    "build",
    "deploy",
    "deployment",
    "containers",
    "images",
    "infra",
    "ops",
    "ci",
];

/// Returns whether a path is that of a compose file.
pub fn is_compose(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name
        .strip_suffix(".yml")
        .or_else(|| name.strip_suffix(".yaml"));
    stem.is_some_and(|s| s.starts_with("docker-compose") || s.starts_with("compose"))
}

/// Reads the services of a compose file; `variables` are those of the files beside it.
pub fn compose(file: &File, variables: &Variables) -> Deployed {
    let read = yaml::read(&file.text);
    let mut deployed = Deployed {
        problems: problems(file, &read),
        ..Deployed::default()
    };
    for document in &read.documents {
        let services = document
            .get("services")
            .map(Node::entries)
            .unwrap_or_default();
        for (name, key, service) in services {
            if deployed.processes.len() < PROCESS_LIMIT && !service.pairs().is_empty() {
                let reader = Service {
                    file,
                    variables,
                    name,
                    service,
                };
                reader.read(&key.at, &mut deployed);
            }
        }
    }
    deployed
}

struct Service<'a> {
    file: &'a File,
    variables: &'a Variables,
    name: &'a str,
    service: &'a Node,
}

impl Service<'_> {
    fn read(&self, at: &Range<usize>, deployed: &mut Deployed) {
        let mut process = Process::new(self.name, Starter::Compose, self.file.place(at.clone()));
        for key in ["container_name", "hostname"] {
            process
                .aliases
                .extend(self.service.text_at(&[key]).map(|t| self.fill(t)));
        }
        let networks = self.service.get("networks").map(Node::entries);
        for (_, _, network) in networks.unwrap_or_default() {
            let aliases = network.get("aliases").map(Node::texts).unwrap_or_default();
            process.aliases.extend(aliases.iter().map(|a| self.fill(a)));
        }
        let image = self.service.text_at(&["image"]).map(|t| self.fill(t));
        process
            .images
            .extend(image.and_then(|image| image_name(&image)));
        self.build(&mut process, deployed);
        self.waits_for(&mut process);
        deployed.processes.push(process);
        self.environment(deployed);
        self.command(deployed);
    }

    fn fill(&self, text: &str) -> String {
        filled(text, self.variables)
    }

    fn build(&self, process: &mut Process, deployed: &mut Deployed) {
        let Some(build) = self.service.get("build") else {
            return;
        };
        let context = build.text().or_else(|| build.text_at(&["context"]));
        let dir = parent(&self.file.path);
        let Some(context) = within(dir, &self.fill(context.unwrap_or("."))) else {
            return;
        };
        let dockerfile = build.text_at(&["dockerfile"]).unwrap_or("Dockerfile");
        let Some(dockerfile) = within(&context, &self.fill(dockerfile)) else {
            return;
        };
        // An image in a folder of its own that is built from the root of the repository is made of that folder, unless the folder is one
        // for Dockerfiles of all kinds.
        let own = parent(&dockerfile);
        match context.is_empty() && !own.is_empty() {
            true if COMMON.contains(&own.rsplit('/').next().unwrap_or(own)) => {}
            true => drop(process.folders.insert(own.to_owned())),
            false => drop(process.folders.insert(context)),
        }
        process.built = true;
        deployed.images.push((self.name.to_owned(), dockerfile));
    }

    fn waits_for(&self, process: &mut Process) {
        let Some(awaited) = self.service.get("depends_on") else {
            return;
        };
        let listed = awaited.items().iter().filter_map(|n| Some((n.text()?, n)));
        let keyed = awaited.entries();
        let all = listed.chain(keyed.iter().map(|(name, key, _)| (*name, *key)));
        process
            .waits_for
            .extend(all.map(|(name, node)| (name.to_owned(), self.file.place(node.at.clone()))));
    }

    fn environment(&self, deployed: &mut Deployed) {
        let mut add = |name: &str, value: Option<String>, at: Range<usize>| {
            // A name alone is handed on from the files beside the compose file.
            let value = value.or_else(|| self.variables.get(name).cloned());
            if let Some(value) = value {
                deployed.mentions.push(Mention {
                    by: self.name.to_owned(),
                    variable: Some(name.to_owned()),
                    value: self.fill(&value),
                    written: Written::Deployment,
                    place: self.file.place(at),
                });
            }
        };
        if let Some(environment) = self.service.get("environment") {
            for item in environment.items().iter().take(VARIABLE_LIMIT) {
                match item.text().map(|t| t.split_once('=').ok_or(t)) {
                    Some(Ok((name, value))) => {
                        add(name.trim(), Some(value.to_owned()), item.at.clone());
                    }
                    Some(Err(name)) => add(name.trim(), None, item.at.clone()),
                    None => {}
                }
            }
            for (name, key, value) in environment.entries().into_iter().take(VARIABLE_LIMIT) {
                let at = key.at.start..value.at.end.max(key.at.end);
                add(name, value.text().map(str::to_owned), at);
            }
        }
        let dir = parent(&self.file.path);
        let Some(files) = self.service.get("env_file") else {
            return;
        };
        let listed = files.items().iter().filter_map(|f| f.text_at(&["path"]));
        let paths = files.texts().into_iter().chain(listed);
        let paths = paths.filter_map(|p| within(dir, &self.fill(p)));
        let of_service = paths.map(|path| (self.name.to_owned(), path));
        deployed.variable_files.extend(of_service);
    }

    /// Adds the addresses that stand in the command.
    fn command(&self, deployed: &mut Deployed) {
        let Some(command) = self.service.get("command") else {
            return;
        };
        let texts = command.texts();
        let words = texts.iter().flat_map(|t| t.split_whitespace());
        for word in words.filter(|w| w.contains("://")).take(VARIABLE_LIMIT) {
            let (variable, value) = match word.split_once('=') {
                Some((name, value)) if !name.contains("://") => (Some(name), value),
                _ => (None, word),
            };
            deployed.mentions.push(Mention {
                by: self.name.to_owned(),
                variable: variable.map(str::to_owned),
                value: self.fill(value),
                written: Written::Deployment,
                place: self.file.place(command.at.clone()),
            });
        }
    }
}
