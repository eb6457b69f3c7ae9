//! Contracts in files of their own: protobuf services, OpenAPI and AsyncAPI documents.

use coexist_model::{ContractKind, File, Hints, Offered, Place, Reader, SurfaceKind, Way};

use crate::deploy::tree::Node;
use crate::deploy::yaml;
use crate::protobuf::Protobuf;

/// Contracts and channels that are read of one file.
const LIMIT: usize = 1_000;

/// Returns the contracts that a file describes.
pub fn contracts(file: &File) -> Vec<Offered> {
    if Protobuf.claims(&file.path, "") {
        return grpc(file);
    }
    let mut found = Vec::new();
    for document in &yaml::read(&file.text).documents {
        let kind = ["openapi", "swagger", "asyncapi"]
            .iter()
            .find_map(|key| Some((*key, document.entry(key)?.0)));
        let Some((key, node)) = kind.filter(|_| found.len() < LIMIT) else {
            continue;
        };
        let Some(title) = document.text_at(&["info", "title"]) else {
            continue;
        };
        found.push(Offered {
            name: title.to_owned(),
            version: document.text_at(&["info", "version"]).and_then(major),
            kind: match key {
                "asyncapi" => ContractKind::AsyncApi,
                _ => ContractKind::OpenApi,
            },
            place: file.place(node.at.clone()),
            by: None,
        });
    }
    found
}

fn grpc(file: &File) -> Vec<Offered> {
    let reading = Protobuf.read(file, &Hints::default());
    let services = reading.schemas.into_iter();
    let services = services.filter(|s| s.surface.kind == SurfaceKind::Rpc);
    let offered = services.map(|schema| {
        let full = schema.surface.name.to_string();
        let (package, name) = full.rsplit_once('.').unwrap_or(("", &full));
        // https://buf.build/docs/best-practices/style-guide/#packages: the last part of a package is its version.
        let version = package.rsplit('.').next().and_then(of_package);
        Offered {
            name: name.to_owned(),
            version,
            kind: ContractKind::Grpc,
            place: schema.place,
            by: None,
        }
    });
    offered.take(LIMIT).collect()
}

/// Returns the version in `v1`, `v1beta2`.
fn of_package(part: &str) -> Option<u64> {
    let digits = part.strip_prefix('v')?;
    let end = digits.find(|c: char| !c.is_ascii_digit());
    digits[..end.unwrap_or(digits.len())].parse().ok()
}

/// Returns the first number of `1.2.3` or `v1`.
fn major(version: &str) -> Option<u64> {
    let version = version.trim().trim_start_matches(['v', 'V']);
    version.split(['.', '-']).next()?.parse().ok()
}

/// A channel of an AsyncAPI document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channels {
    /// The address: the queue, topic or routing key.
    pub name: String,
    /// Which way messages go, seen from the process that the document describes.
    pub way: Way,
    /// The protocol of its servers: `kafka`, `amqp`.
    pub broker: Option<String>,
    /// Where.
    pub place: Place,
}

/// Returns the channels that an AsyncAPI document says its process sends to and receives from.
pub fn channels(file: &File) -> Vec<Channels> {
    let mut found = Vec::new();
    for document in &yaml::read(&file.text).documents {
        let Some(version) = document.text_at(&["asyncapi"]) else {
            continue;
        };
        let servers = document
            .get("servers")
            .map(Node::entries)
            .unwrap_or_default();
        let protocol = servers
            .iter()
            .find_map(|(_, _, server)| server.text_at(&["protocol"]));
        let broker = protocol.map(|p| p.trim_end_matches("-secure").to_ascii_lowercase());
        let mut add = |name: &str, way, node: &Node| {
            if found.len() < LIMIT {
                found.push(Channels {
                    name: name.to_owned(),
                    way,
                    broker: broker.clone(),
                    place: file.place(node.at.clone()),
                });
            }
        };
        let entries = |key: &str| document.get(key).map(Node::entries).unwrap_or_default();
        if version.starts_with('2') {
            for (name, key, channel) in entries("channels") {
                // What others may publish is what the process receives: https://www.asyncapi.com/docs/migration/migrating-to-v3
                for (verb, way) in [("publish", Way::Receives), ("subscribe", Way::Sends)] {
                    if channel.get(verb).is_some() {
                        add(name, way, key);
                    }
                }
            }
            continue;
        }
        for (_, key, operation) in entries("operations") {
            let way = match operation.text_at(&["action"]) {
                Some("send") => Way::Sends,
                Some("receive") => Way::Receives,
                _ => continue,
            };
            let reference = operation.text_at(&["channel", "$ref"]);
            let Some(name) = reference.and_then(|r| r.strip_prefix("#/channels/")) else {
                continue;
            };
            let address = document.text_at(&["channels", name, "address"]);
            add(address.unwrap_or(name), way, key);
        }
    }
    found
}
