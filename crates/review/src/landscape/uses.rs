//! The addresses, topics and contracts that stand in the folder of a process.

use std::sync::Arc;

use coexist_model::{ContractKind, File, Landscape, Mention, Place, Registered, TopicUse, Written};
use coexist_readers::code::{Code, addresses, discovery, topics};
use coexist_readers::network::{channels, contracts, filled, proxied, settings};

use super::folders::Owners;
use super::{base, is_aside, read_files, variables_of};
use crate::source::Source;

/// Files of each kind that are read.
const LIMIT: usize = 3_000;

/// Words of which code that names an address or a topic holds one.
const WORDS: &[&str] = &[
    "env",
    "://",
    ":host=",
    "publish",
    "consume",
    "subscribe",
    "kafka",
    "rabbit",
    "amqp",
    "nats",
    "jms",
    "discovery",
    "eureka",
    "feignclient",
    "loadbalancerclient",
    "consul",
];

pub(super) fn read(tree: &dyn Source, owners: &Owners, found: &mut Landscape) {
    code(tree, owners, found);
    settings_of_programs(tree, owners, found);
    proxies(tree, owners, found);
    described(tree, owners, found);
}

/// Returns up to the limit of paths, and says where that leaves some out.
fn limited(mut paths: Vec<Arc<str>>, what: &str, found: &mut Landscape) -> Vec<Arc<str>> {
    if paths.len() > LIMIT {
        let left = paths.len() - LIMIT;
        let first = paths[LIMIT].to_string();
        found.problems.push((
            first,
            format!("not read, like {left} files of {what} after it: there are too many"),
        ));
        paths.truncate(LIMIT);
    }
    paths
}

/// What one file of code says.
struct Said {
    mentions: Vec<Mention>,
    topics: Vec<TopicUse>,
    registered: Vec<(String, Registered, Place)>,
}

fn code(tree: &dyn Source, owners: &Owners, found: &mut Landscape) {
    let words: Vec<String> = WORDS.iter().map(|w| (*w).to_owned()).collect();
    let is_code = |path: &str| {
        coexist_model::Reader::claims(&Code, path, "")
            && !is_aside(path)
            && owners.of(path).is_some()
    };
    let paths = tree.containing(&words, &is_code);
    let paths = limited(paths, "code", found);
    let files: Vec<File> = read_files(tree, &paths, found).into_values().collect();
    let said: Vec<Vec<Said>> = crate::search::in_parallel(&files, |part| {
        part.iter()
            .filter_map(|file| of_code(file, owners))
            .collect()
    });
    for said in said.into_iter().flatten() {
        found.mentions.extend(said.mentions);
        found.topics.extend(said.topics);
        found.registered.extend(said.registered);
    }
}

fn of_code(file: &File, owners: &Owners) -> Option<Said> {
    let by = owners.of(&file.path)?;
    let mentions = addresses(file).found.into_iter().map(|address| Mention {
        by: by.to_owned(),
        variable: address.variable,
        value: address.value,
        written: address.written,
        place: address.place,
    });
    let topics = topics(file).into_iter().map(|topic| TopicUse {
        by: by.to_owned(),
        name: topic.name,
        way: topic.way,
        broker: topic.broker.to_owned(),
        place: topic.place,
        in_transaction: topic.in_transaction,
    });
    let discovery = discovery(file);
    let sought = discovery.sought.into_iter().map(|(name, place)| Mention {
        by: by.to_owned(),
        variable: None,
        // As Spring writes an address whose host is a name in the registry.
        value: format!("lb://{name}"),
        written: Written::Literal,
        place,
    });
    let registered = discovery.registered.into_iter();
    Some(Said {
        mentions: mentions.chain(sought).collect(),
        topics: topics.collect(),
        registered: registered
            .map(|(way, at)| (by.to_owned(), way, at))
            .collect(),
    })
}

/// Adds what settings files of programs name.
fn settings_of_programs(tree: &dyn Source, owners: &Owners, found: &mut Landscape) {
    let is_settings = |path: &str| {
        let name = base(path);
        let yaml = name.ends_with(".yml") || name.ends_with(".yaml");
        let spring = name.starts_with("application") || name.starts_with("bootstrap");
        (spring && (yaml || name.ends_with(".properties")))
            || (name.starts_with("appsettings") && name.ends_with(".json"))
    };
    let wanted = tree.paths().iter();
    let wanted = wanted.filter(|p| is_settings(p) && !is_aside(p) && owners.of(p).is_some());
    let paths = limited(wanted.cloned().collect(), "settings", found);
    for (path, file) in read_files(tree, &paths, found) {
        let Some(by) = owners.of(&path) else { continue };
        let known = variables_of(found, by);
        for (name, value, place) in settings(&file) {
            found.mentions.push(Mention {
                by: by.to_owned(),
                variable: Some(name),
                value: filled(&value, &known),
                written: Written::Settings,
                place,
            });
        }
    }
}

/// Adds where proxies pass requests on to.
fn proxies(tree: &dyn Source, owners: &Owners, found: &mut Landscape) {
    let words = ["proxy_pass", "grpc_pass", "fastcgi_pass", "uwsgi_pass"].map(str::to_owned);
    let is_proxy = |path: &str| {
        let name = base(path);
        let named = name.contains(".conf") || name.contains("nginx");
        named && !is_aside(path) && owners.in_own_folder(path).is_some()
    };
    let paths = limited(tree.containing(&words, &is_proxy), "proxies", found);
    for (path, file) in read_files(tree, &paths, found) {
        let Some(by) = owners.of(&path) else { continue };
        let known = variables_of(found, by);
        for (address, place) in proxied(&file) {
            found.mentions.push(Mention {
                by: by.to_owned(),
                variable: None,
                value: filled(&address, &known),
                written: Written::Proxy,
                place,
            });
        }
    }
}

/// Adds the contracts that are described in files of their own.
fn described(tree: &dyn Source, owners: &Owners, found: &mut Landscape) {
    let words = ["openapi", "swagger", "asyncapi"].map(str::to_owned);
    let is_document = |path: &str| {
        [".yaml", ".yml", ".json"].iter().any(|e| path.ends_with(e)) && !is_aside(path)
    };
    let mut paths = tree.containing(&words, &is_document);
    let protos = tree
        .paths()
        .iter()
        .filter(|p| p.ends_with(".proto") && !is_aside(p));
    paths.extend(protos.cloned());
    let paths = limited(paths, "contracts", found);
    for (path, file) in read_files(tree, &paths, found) {
        let by = owners.of(&path).map(str::to_owned);
        for mut contract in contracts(&file) {
            contract.by.clone_from(&by);
            if contract.kind == ContractKind::AsyncApi
                && let Some(by) = &by
            {
                for channel in channels(&file) {
                    found.topics.push(TopicUse {
                        by: by.clone(),
                        name: channel.name,
                        way: channel.way,
                        broker: channel.broker.unwrap_or_default(),
                        place: channel.place,
                        in_transaction: false,
                    });
                }
            }
            found.contracts.push(contract);
        }
    }
}
