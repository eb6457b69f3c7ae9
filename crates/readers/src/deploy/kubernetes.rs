//! Kubernetes objects, wherever they stand: manifests, `List`s, Helm templates, kustomize patches, jsonnet.

use std::ops::Range;

use coexist_model::{File, Moment, Order, Reading, SurfaceKind};

use super::command::vector_migrates;
use super::runs::{Command, run};
use super::sheet::{Sheet, order};
use super::tree::{DEPTH_LIMIT, Node};
use super::{alerts, rollout, workload, yaml};

/// Reads every object of a document.
pub(super) fn read(file: &File, document: &Node, reading: &mut Reading) {
    objects(file, document, reading, 0);
}

fn objects(file: &File, node: &Node, reading: &mut Reading, depth: usize) {
    if depth > DEPTH_LIMIT {
        return;
    }
    match node.text_at(&["kind"]) {
        Some("List") => {
            let items = node.get("items").map(Node::items).unwrap_or_default();
            items
                .iter()
                .for_each(|item| objects(file, item, reading, depth + 1));
        }
        Some("Kustomization") => patches(file, node, reading),
        Some(kind) => object(file, kind, node, reading),
        None if is_kustomization(node) => patches(file, node, reading),
        None => {}
    }
}

/// Returns whether a node says of itself that it is a Kubernetes object.
pub(super) fn is_object(node: &Node) -> bool {
    node.text_at(&["kind"]).is_some()
        && ["apiVersion", "metadata", "spec", "items"]
            .iter()
            .any(|k| node.get(k).is_some())
}

fn is_kustomization(node: &Node) -> bool {
    node.get("resources").is_some()
        && ["patches", "patchesStrategicMerge"]
            .iter()
            .any(|k| node.get(k).is_some())
}

/// Reads the patches that a kustomization holds as text: <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/patches/>.
fn patches(file: &File, node: &Node, reading: &mut Reading) {
    let patches = node.get("patches").map(Node::items).unwrap_or_default();
    let merges = node
        .get("patchesStrategicMerge")
        .map(Node::items)
        .unwrap_or_default();
    let texts = patches.iter().filter_map(|p| p.get("patch")).chain(merges);
    for patch in texts {
        let Some(text) = patch.text().filter(|t| t.contains("kind:")) else {
            continue;
        };
        let inner = yaml::read(text);
        for mut document in inner.documents {
            // The text of a block scalar has lost its indentation, so all of the patch stands where the scalar does.
            place_all(&mut document, &patch.at);
            if let Some(kind) = document.text_at(&["kind"]).map(str::to_owned) {
                object(file, &kind, &document, reading);
            }
        }
        if !inner.problems.is_empty() {
            reading.problems.push(super::problem(
                file,
                patch.at.clone(),
                "this patch is no YAML",
            ));
        }
    }
}

fn place_all(node: &mut Node, at: &Range<usize>) {
    use super::tree::Value;
    node.at = at.clone();
    match &mut node.value {
        Value::List(nodes) | Value::Opaque(_, nodes) => {
            nodes.iter_mut().for_each(|n| place_all(n, at));
        }
        Value::Map(pairs) => {
            for (key, value) in pairs {
                place_all(key, at);
                place_all(value, at);
            }
        }
        Value::Null | Value::Scalar(_) => {}
    }
}

fn object(file: &File, kind: &str, node: &Node, reading: &mut Reading) {
    if kind == "PrometheusRule" {
        if let Some(spec) = node.get("spec") {
            alerts::rules(file, spec, reading);
        }
        return;
    }
    let pod = pod_spec(kind, node);
    let known = matches!(
        kind,
        "Deployment"
            | "StatefulSet"
            | "DaemonSet"
            | "ReplicaSet"
            | "ReplicationController"
            | "Job"
            | "CronJob"
            | "Rollout"
            | "Canary"
            | "PodDisruptionBudget"
    );
    let runs =
        pod.is_some_and(|p| p.get("containers").is_some() || p.get("initContainers").is_some());
    if (!known && !runs) || reading.schemas.len() >= super::SCHEMA_LIMIT {
        return;
    }
    let at = node
        .entry("kind")
        .map_or(node.at.clone(), |(k, v)| k.at.start..v.at.end.max(k.at.end));
    let name = name(file, kind, node);
    let mut sheet = Sheet::new(file, SurfaceKind::Workload, name.clone(), at);
    if let Some(spec) = node.get("spec") {
        rollout::settings(&mut sheet, kind, spec);
    }
    if let Some(pod) = pod {
        workload::settings(&mut sheet, pod, node.get("spec"));
        orders(file, kind, node, pod, &name, reading);
    }
    reading.schemas.push(sheet.schema());
}

fn pod_spec<'a>(kind: &str, node: &'a Node) -> Option<&'a Node> {
    let path: &[&str] = match kind {
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        "Pod" => &["spec"],
        _ => &["spec", "template", "spec"],
    };
    node.at_path(path)
}

/// Returns `statefulset/indexer`, with the namespace between where it is given. A name that a template makes is that of its file.
fn name(file: &File, kind: &str, node: &Node) -> String {
    let stem = file
        .path
        .rsplit_once('.')
        .map_or(&*file.path, |(stem, _)| stem);
    let named = node
        .text_at(&["metadata", "name"])
        .or_else(|| node.text_at(&["metadata", "generateName"]));
    let mut parts = vec![kind.to_lowercase()];
    parts.extend(
        node.text_at(&["metadata", "namespace"])
            .filter(|n| !n.contains("{{"))
            .map(str::to_owned),
    );
    match named {
        Some(name) if !is_made(name) => parts.push(name.trim_end_matches('-').to_owned()),
        Some(name) => {
            parts.push(stem.to_owned());
            parts.extend(literal(name));
        }
        None => parts.push(stem.to_owned()),
    }
    parts.join("/")
}

fn is_made(name: &str) -> bool {
    name.contains(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | ':')))
}

/// Returns what a name holds outside its template directives.
fn literal(name: &str) -> Option<String> {
    let mut rest = name;
    let mut out = String::new();
    while let Some(at) = rest.find("{{") {
        out.push_str(&rest[..at]);
        rest = rest[at..]
            .find("}}")
            .map_or("", |end| &rest[at + end + 2..]);
    }
    out.push_str(rest);
    let out = out.trim_matches(|c: char| !c.is_alphanumeric());
    (!out.is_empty() && !is_made(out)).then(|| out.to_owned())
}

/// Adds what an object says about when migrations run.
fn orders(file: &File, kind: &str, node: &Node, pod: &Node, name: &str, reading: &mut Reading) {
    let containers = |key: &str| pod.get(key).map(Node::items).unwrap_or_default();
    let migrating = |c: &&Node| {
        let words: Vec<&str> = ["command", "args"]
            .iter()
            .filter_map(|k| c.get(k))
            .flat_map(Node::texts)
            .collect();
        vector_migrates(&words)
    };
    if kind == "Job" {
        let named = name.contains("migrat");
        let hidden = |c: &&Node| {
            let told = ["command", "args"]
                .iter()
                .filter_map(|k| c.get(k))
                .flat_map(Node::texts);
            named && told.into_iter().all(|t| t.contains("{{"))
        };
        if containers("containers")
            .iter()
            .any(|c| migrating(&c) || hidden(&c))
        {
            hooks(file, node, reading);
        }
        return;
    }
    if kind == "CronJob" {
        return;
    }
    let init = containers("initContainers").iter().map(|c| {
        let because = Some("an init container runs them before each new node starts");
        (c, Moment::BeforeDeploy, because)
    });
    let main = containers("containers")
        .iter()
        .map(|c| (c, Moment::Start, None));
    for (container, moment, because) in init.chain(main) {
        let words = ["command", "args"]
            .iter()
            .filter_map(|k| container.get(k))
            .flat_map(Node::texts);
        let command = Command {
            moment,
            words: words.map(str::to_owned).collect(),
            folder: container.text_at(&["workingDir"]),
            because,
            at: container.at.clone(),
        };
        run(file, reading, command);
    }
}

/// Adds the order that the hook annotations of a migrating Job give it: <https://helm.sh/docs/topics/charts_hooks/>,
/// <https://argo-cd.readthedocs.io/en/stable/user-guide/resource_hooks/>.
fn hooks(file: &File, node: &Node, reading: &mut Reading) {
    let Some(annotations) = node.at_path(&["metadata", "annotations"]) else {
        return;
    };
    for (key, key_node, value) in annotations.entries() {
        let at = key_node.at.start..value.at.end.max(key_node.at.end);
        let text = value.text().unwrap_or_default();
        let says = |hook: &str| text.split(',').any(|h| h.trim() == hook);
        let found = match key {
            "helm.sh/hook" if says("pre-upgrade") => {
                Some((Order::Before, "a Helm pre-upgrade hook runs them"))
            }
            "helm.sh/hook" if says("post-upgrade") => {
                Some((Order::After, "a Helm post-upgrade hook runs them"))
            }
            "argocd.argoproj.io/hook" if says("PreSync") => {
                Some((Order::Before, "an Argo CD PreSync hook runs them"))
            }
            "argocd.argoproj.io/hook" if says("PostSync") => {
                Some((Order::After, "an Argo CD PostSync hook runs them"))
            }
            "argocd.argoproj.io/sync-wave" if text.starts_with('-') => {
                Some((Order::Before, "an earlier Argo CD sync wave runs them"))
            }
            _ => None,
        };
        if let Some((when, because)) = found {
            order(file, reading, when, because, at);
        }
    }
}
