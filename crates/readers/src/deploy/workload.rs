//! The settings of a pod: containers with their images, probes and environment, and the volumes that bind it to one node.

use super::sheet::Sheet;
use super::tree::Node;

/// Pairs of the key in a manifest and the name of the setting.
const PROBES: &[(&str, &str)] = &[
    ("readinessProbe", "readiness-probe"),
    ("livenessProbe", "liveness-probe"),
    ("startupProbe", "startup-probe"),
];

/// Adds the settings of a pod; `spec` is that of the object that makes it.
pub(super) fn settings(sheet: &mut Sheet<'_>, pod: &Node, spec: Option<&Node>) {
    for list in ["containers", "initContainers"] {
        let containers = pod.get(list).map(Node::items).unwrap_or_default();
        for (index, container) in containers.iter().enumerate() {
            let name = container
                .text_at(&["name"])
                .map_or(index.to_string(), str::to_owned);
            self::container(sheet, container, &name);
        }
    }
    sheet.take("termination-grace", pod, "terminationGracePeriodSeconds");
    let claims = spec
        .and_then(|s| s.get("volumeClaimTemplates"))
        .map(Node::items)
        .unwrap_or_default();
    for claim in claims {
        volume(
            sheet,
            claim.text_at(&["metadata", "name"]),
            claim.get("spec"),
        );
    }
    for listed in pod.get("volumes").map(Node::items).unwrap_or_default() {
        volume(
            sheet,
            listed.text_at(&["name"]),
            listed.at_path(&["ephemeral", "volumeClaimTemplate", "spec"]),
        );
    }
}

fn container(sheet: &mut Sheet<'_>, container: &Node, name: &str) {
    sheet.take(&format!("image/{name}"), container, "image");
    for (key, setting) in PROBES {
        let present = container
            .get(key)
            .is_some_and(|probe| probe.value != super::tree::Value::Null);
        if present {
            sheet.take(&format!("{setting}/{name}"), container, key);
        }
    }
    if let Some(lifecycle) = container.get("lifecycle") {
        sheet.take(&format!("pre-stop/{name}"), lifecycle, "preStop");
    }
    sheet.take(&format!("command/{name}"), container, "command");
    sheet.take(&format!("args/{name}"), container, "args");
    for variable in container.get("env").map(Node::items).unwrap_or_default() {
        let Some(key) = variable.text_at(&["name"]) else {
            continue;
        };
        let value = variable.get("value").or_else(|| variable.get("valueFrom"));
        let value = value.map(Node::flow).unwrap_or_default();
        sheet.set(format!("env/{name}/{key}"), &value, variable.at.clone());
    }
}

/// Adds a volume that only one node can mount for writing.
fn volume(sheet: &mut Sheet<'_>, name: Option<&str>, spec: Option<&Node>) {
    let Some((key, modes)) = spec.and_then(|s| s.entry("accessModes")) else {
        return;
    };
    if modes
        .texts()
        .iter()
        .any(|m| matches!(*m, "ReadWriteOnce" | "ReadWriteOncePod"))
    {
        let name = name.unwrap_or("volume");
        sheet.set(
            format!("volume/{name}"),
            "ReadWriteOnce",
            key.at.start..modes.at.end,
        );
    }
}
