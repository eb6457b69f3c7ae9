//! Compose files: <https://github.com/compose-spec/compose-spec/blob/main/spec.md>.

use coexist_model::{File, Moment, Order, Reading, SurfaceKind};

use super::command::vector_migrates;
use super::runs::{Command, run};
use super::sheet::{Sheet, order};
use super::tree::Node;

/// Returns whether a document is a compose file: a map of services of which one says what it runs.
pub(super) fn is_compose(document: &Node) -> bool {
    let services = document
        .get("services")
        .map(Node::entries)
        .unwrap_or_default();
    document.get("apiVersion").is_none()
        && services.iter().any(|(_, _, s)| {
            ["image", "build", "extends", "deploy", "command"]
                .iter()
                .any(|k| s.get(k).is_some())
        })
}

/// Reads the services.
pub(super) fn read(file: &File, document: &Node, reading: &mut Reading) {
    let services = document
        .get("services")
        .map(Node::entries)
        .unwrap_or_default();
    for (name, key, service) in &services {
        if service.pairs().is_empty() || reading.schemas.len() >= super::SCHEMA_LIMIT {
            continue;
        }
        let mut sheet = Sheet::new(
            file,
            SurfaceKind::Workload,
            format!("compose/{name}"),
            key.at.clone(),
        );
        settings(&mut sheet, service);
        reading.schemas.push(sheet.schema());
    }
    orders(file, &services, reading);
}

fn settings(sheet: &mut Sheet<'_>, service: &Node) {
    sheet.take("image", service, "image");
    match service.get("build") {
        Some(build) if build.text().is_some() => sheet.take("build-context", service, "build"),
        Some(build) => {
            sheet.take("build-context", build, "context");
            sheet.take("dockerfile", build, "dockerfile");
        }
        None => {}
    }
    sheet.take("command", service, "command");
    sheet.take("entrypoint", service, "entrypoint");
    if let Some(check) = service.get("healthcheck")
        && !check.get("disable").is_some_and(Node::is_true)
    {
        sheet.take("health-check", service, "healthcheck");
    }
    sheet.take("restart", service, "restart");
    if let Some(deploy) = service.get("deploy") {
        self::deploy(sheet, deploy);
    }
    sheet.take("replicas", service, "scale");
    environment(sheet, service);
}

fn deploy(sheet: &mut Sheet<'_>, deploy: &Node) {
    sheet.take("replicas", deploy, "replicas");
    if let Some(update) = deploy.get("update_config") {
        sheet.take("update-order", update, "order");
        sheet.take("update-parallelism", update, "parallelism");
        sheet.take("update-delay", update, "delay");
        sheet.take("update-monitor", update, "monitor");
        sheet.take("update-failure-ratio", update, "max_failure_ratio");
        if let Some((key, value)) = update.entry("failure_action") {
            let name = if value.text() == Some("rollback") {
                "rollback/update"
            } else {
                "update-failure"
            };
            sheet.set(name, &value.flow(), key.at.start..value.at.end);
        }
    }
    sheet.take("rollback-config", deploy, "rollback_config");
}

fn environment(sheet: &mut Sheet<'_>, service: &Node) {
    let Some(environment) = service.get("environment") else {
        return;
    };
    for item in environment.items() {
        if let Some(text) = item.text() {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            sheet.set(format!("env/{name}"), value, item.at.clone());
        }
    }
    for (name, key, value) in environment.entries() {
        sheet.set(
            format!("env/{name}"),
            &value.flow(),
            key.at.start..value.at.end.max(key.at.end),
        );
    }
}

/// Adds what it says about when migrations run: a service that waits until one that migrates is done, or that migrates as it
/// starts.
fn orders(file: &File, services: &[(&str, &Node, &Node)], reading: &mut Reading) {
    let words = |service: &Node| -> Vec<String> {
        let parts = ["entrypoint", "command"]
            .iter()
            .filter_map(|k| service.get(k));
        parts.flat_map(Node::texts).map(str::to_owned).collect()
    };
    let migrates = |name: &str| {
        services
            .iter()
            .find(|(n, _, _)| *n == name)
            .is_some_and(|(name, _, service)| {
                let words = words(service);
                let words: Vec<&str> = words.iter().map(String::as_str).collect();
                let tool = service
                    .text_at(&["image"])
                    .is_some_and(|i| i.starts_with("migrate/migrate") || i.starts_with("flyway/"));
                vector_migrates(&words) || tool || (words.is_empty() && name.contains("migrat"))
            })
    };
    for (_, _, service) in services.iter().take(500) {
        let waits = service
            .get("depends_on")
            .map(Node::entries)
            .unwrap_or_default();
        let done = waits.iter().take(50).find(|(name, _, how)| {
            how.text_at(&["condition"]) == Some("service_completed_successfully") && migrates(name)
        });
        if let Some((_, key, how)) = done {
            let because = "a service that migrates must be done before it starts";
            order(
                file,
                reading,
                Order::Before,
                because,
                key.at.start..how.at.end,
            );
        } else if let Some((key, command)) = service
            .entry("command")
            .or_else(|| service.entry("entrypoint"))
        {
            let start = Command {
                moment: Moment::Start,
                words: words(service),
                folder: service.text_at(&["working_dir"]),
                because: None,
                at: key.at.start..command.at.end,
            };
            run(file, reading, start);
        }
    }
}
