//! Kubernetes manifests and the templates of Helm charts.

use std::collections::BTreeMap;

use coexist_model::{File, Mention, Place, Process, Starter, Written};

use crate::deploy::tree::Node;
use crate::deploy::yaml;

use super::{Deployed, PROCESS_LIMIT, Placed, VARIABLE_LIMIT, Variables, image_name, problems};

/// What a file of manifests says. Services and ConfigMaps are joined to workloads when all files are read.
#[derive(Debug, Clone, Default)]
pub struct Manifest {
    /// The workloads, and the variables that they are given.
    pub deployed: Deployed,
    /// The labels of the pods of each workload.
    pub labels: BTreeMap<String, BTreeMap<String, String>>,
    /// The Services.
    pub services: Vec<ServiceName>,
    /// The ConfigMaps by name.
    pub config_maps: BTreeMap<String, Placed>,
    /// The ConfigMaps that a workload takes all variables from: the workload, the ConfigMap.
    pub takes_all: Vec<(String, String)>,
    /// Single variables that come from a ConfigMap.
    pub takes: Vec<Taken>,
}

/// A Kubernetes Service: a name by which pods are reached.
#[derive(Debug, Clone)]
pub struct ServiceName {
    /// The name.
    pub name: String,
    /// The labels of the pods behind it.
    pub selector: BTreeMap<String, String>,
    /// What its ports are said to speak.
    pub speaks: Vec<String>,
}

/// A variable that comes from a ConfigMap.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The workload.
    pub by: String,
    /// The variable.
    pub variable: String,
    /// The ConfigMap.
    pub from: String,
    /// The key in it.
    pub key: String,
}

const WORKLOADS: &[&str] = &[
    "Deployment",
    "StatefulSet",
    "DaemonSet",
    "ReplicaSet",
    "ReplicationController",
    "Rollout",
    "Pod",
    "Job",
    "CronJob",
    "DeploymentConfig",
];

/// Reads the objects of a file; `values` are those of the chart that it belongs to, by their path without `.Values`.
pub fn kubernetes(file: &File, values: &Variables) -> Manifest {
    let mut reader = Reader {
        file,
        values,
        manifest: Manifest::default(),
    };
    let read = yaml::read(&file.text);
    reader.manifest.deployed.problems = problems(file, &read);
    for document in &read.documents {
        let items = document.get("items").map(Node::items).unwrap_or_default();
        for object in items.iter().chain([document]) {
            reader.object(object);
        }
    }
    reader.manifest
}

struct Reader<'a> {
    file: &'a File,
    values: &'a Variables,
    manifest: Manifest,
}

impl Reader<'_> {
    fn object(&mut self, object: &Node) {
        let (Some(kind), Some(name)) = (
            object.text_at(&["kind"]),
            self.name_at(object, &["metadata", "name"]),
        ) else {
            return;
        };
        if self.manifest.deployed.processes.len() >= PROCESS_LIMIT {
            return;
        }
        match kind {
            "Service" => self.service(name, object),
            "ConfigMap" => self.config_map(name, object),
            kind if WORKLOADS.contains(&kind) => self.workload(kind, name, object),
            _ => {}
        }
    }

    /// Returns the text with the values of the chart put in; None where something in it is not known.
    fn fill(&self, text: &str) -> Option<String> {
        let mut out = String::new();
        let mut rest = text;
        while let Some(start) = rest.find("{{") {
            let end = rest[start..].find("}}")? + start;
            out.push_str(&rest[..start]);
            let inside = rest[start + 2..end].trim_matches(['-', ' ']);
            let path = inside.split('|').next()?.trim();
            out.push_str(self.values.get(path.strip_prefix(".Values.")?)?);
            rest = &rest[end + 2..];
        }
        out.push_str(rest);
        Some(out)
    }

    fn name_at(&self, node: &Node, path: &[&str]) -> Option<String> {
        let name = self.fill(node.text_at(path)?)?;
        (!name.is_empty()).then_some(name)
    }

    fn labels(&self, node: Option<&Node>) -> BTreeMap<String, String> {
        let entries = node.map(Node::entries).unwrap_or_default();
        let pairs = entries
            .into_iter()
            .filter_map(|(key, _, value)| Some((key.to_owned(), self.fill(value.text()?)?)));
        pairs.collect()
    }

    fn service(&mut self, name: String, object: &Node) {
        let ports = object.at_path(&["spec", "ports"]).map(Node::items);
        let words = |port: &Node| -> Vec<String> {
            let keys = ["name", "appProtocol"];
            let texts = keys.iter().filter_map(|k| port.text_at(&[k]));
            texts.map(str::to_ascii_lowercase).collect()
        };
        let words = ports.unwrap_or_default().iter().flat_map(words);
        let spoken = words.filter_map(|word| {
            let known = ["grpc", "http"].into_iter();
            let mut known = known.filter(|k| word == *k || word.starts_with(&format!("{k}-")));
            known.next().map(str::to_owned)
        });
        let service = ServiceName {
            speaks: spoken.collect(),
            selector: self.labels(object.at_path(&["spec", "selector"])),
            name,
        };
        self.manifest.services.push(service);
    }

    fn config_map(&mut self, name: String, object: &Node) {
        let entries = object.get("data").map(Node::entries).unwrap_or_default();
        let pairs = entries.into_iter().take(VARIABLE_LIMIT);
        let pairs = pairs.filter_map(|(key, _, value)| {
            let place = self.file.place(value.at.clone());
            Some((key.to_owned(), (self.fill(value.text()?)?, place)))
        });
        let placed: Placed = pairs.collect();
        self.manifest
            .config_maps
            .entry(name)
            .or_default()
            .extend(placed);
    }

    fn workload(&mut self, kind: &str, name: String, object: &Node) {
        let template: &[&str] = match kind {
            "CronJob" => &["spec", "jobTemplate", "spec", "template"],
            "Pod" => &[],
            _ => &["spec", "template"],
        };
        let Some(template) = object.at_path(template) else {
            return;
        };
        let containers = template
            .at_path(&["spec", "containers"])
            .map(Node::items)
            .unwrap_or_default();
        // A patch names no image.
        if !containers.iter().any(|c| c.get("image").is_some()) {
            return;
        }
        let at = object
            .entry("kind")
            .map_or(object.at.clone(), |(k, v)| k.at.start..v.at.end);
        let mut process = Process::new(&name, Starter::Kubernetes, self.file.place(at));
        process.once = matches!(kind, "Job" | "CronJob");
        let image = containers.iter().find_map(|c| c.text_at(&["image"]));
        let image = image.and_then(|text| match self.fill(text) {
            Some(whole) => image_name(&whole),
            // The registry and the tag may come from elsewhere; the name alone counts.
            None => image_name(text.rsplit('/').next()?.split(':').next()?),
        });
        process.images.extend(image);
        for container in containers {
            for probe in ["readinessProbe", "livenessProbe"] {
                if container.at_path(&[probe, "grpc"]).is_some() {
                    process.speaks.insert("grpc".to_owned());
                }
            }
            self.container(&name, container);
        }
        let labels = self.labels(template.at_path(&["metadata", "labels"]));
        self.manifest.labels.insert(name, labels);
        self.manifest.deployed.processes.push(process);
    }

    fn container(&mut self, by: &str, container: &Node) {
        let listed = container.get("env").map(Node::items).unwrap_or_default();
        let mut known = Variables::new();
        for variable in listed.iter().take(VARIABLE_LIMIT) {
            let Some(name) = variable.text_at(&["name"]) else {
                continue;
            };
            let place = self.file.place(variable.at.clone());
            if let Some(value) = variable.text_at(&["value"]).and_then(|v| self.fill(v)) {
                // `$(NAME)` stands for a variable above.
                let value = known.iter().fold(value, |text, (name, known)| {
                    text.replace(&format!("$({name})"), known)
                });
                if value.len() < 10_000 {
                    known.insert(name.to_owned(), value.clone());
                }
                self.mention(by, Some(name), value, place);
            } else if let Some(reference) = variable.at_path(&["valueFrom", "configMapKeyRef"]) {
                let parts = (
                    self.name_at(reference, &["name"]),
                    reference.text_at(&["key"]),
                );
                if let (Some(from), Some(key)) = parts {
                    self.manifest.takes.push(Taken {
                        by: by.to_owned(),
                        variable: name.to_owned(),
                        from,
                        key: key.to_owned(),
                    });
                }
            }
        }
        let sources = container.get("envFrom").map(Node::items);
        for source in sources.unwrap_or_default() {
            if let Some(from) = self.name_at(source, &["configMapRef", "name"]) {
                self.manifest.takes_all.push((by.to_owned(), from));
            }
        }
        for key in ["command", "args"] {
            let node = container.get(key);
            let words = node.map(Node::texts).unwrap_or_default();
            let addresses = words.into_iter().filter(|w| w.contains("://"));
            for word in addresses.take(VARIABLE_LIMIT) {
                let (name, value) = match word.split_once('=') {
                    Some((name, value)) if !name.contains("://") => (Some(name), value),
                    _ => (None, word),
                };
                let place = self.file.place(node.map_or(0..0, |n| n.at.clone()));
                if let Some(value) = self.fill(value) {
                    self.mention(by, name, value, place);
                }
            }
        }
    }

    fn mention(&mut self, by: &str, name: Option<&str>, value: String, place: Place) {
        self.manifest.deployed.mentions.push(Mention {
            by: by.to_owned(),
            variable: name.map(str::to_owned),
            value,
            written: Written::Deployment,
            place,
        });
    }
}
