//! Sightings to a map: services, stores, channels and edges.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    ContractKind, Landscape, Mention, Place, Process, Registered, Starter, Way, Written,
};

use super::address::{
    Address, addresses, holds_address, holds_other_address, is_called, may_hold_address,
};
use super::products::{self, Role, role};

/// What a repository comes to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Map {
    /// What runs, by name.
    pub services: Vec<Node>,
    /// Databases and caches, by server and database.
    pub stores: Vec<Store>,
    /// Queues and topics.
    pub channels: Vec<Channel>,
    /// Who calls whom.
    pub edges: Vec<Edge>,
    /// Systems of others that are called.
    pub externals: Vec<External>,
    /// What services offer in contracts of their own.
    pub apis: Vec<Api>,
    /// What is sent beside a transaction of a database.
    pub direct: Vec<Direct>,
    /// What was seen and not taken, each a sentence without its end.
    pub notes: Vec<String>,
    /// What could not be read: the path, and why.
    pub problems: Vec<(String, String)>,
}

/// Where something shows, and how sure that makes it, in hundredths.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// Where.
    pub place: Place,
    /// How sure.
    pub confidence: u32,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// Where it shows.
    pub evidence: Vec<Evidence>,
}

/// A database or cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// The server, as others reach it.
    pub server: String,
    /// The database on it; None where none is named.
    pub database: Option<String>,
    /// The product.
    pub kind: String,
    /// The services that use it, each with where that shows.
    pub owners: BTreeMap<String, Vec<Evidence>>,
}

impl Store {
    /// Returns the server and the database: `mysql/orders`.
    pub fn name(&self) -> String {
        match &self.database {
            Some(database) => format!("{}/{database}", self.server),
            None => self.server.clone(),
        }
    }

    /// Returns whether it is known which data it holds, so that two users of it share them.
    pub fn is_one_database(&self) -> bool {
        self.database.is_some() || products::has_one_space(&self.kind)
    }
}

/// A queue or topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its name.
    pub name: String,
    /// The product.
    pub broker: String,
    /// Who sends to it.
    pub producers: BTreeSet<String>,
    /// Who receives from it.
    pub consumers: BTreeSet<String>,
    /// Where it shows.
    pub evidence: Vec<Evidence>,
}

/// A message that is sent beside a transaction of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direct {
    /// The service that sends.
    pub by: String,
    /// The queue or topic.
    pub channel: String,
    /// Where.
    pub evidence: Evidence,
}

/// Who calls whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// The service that calls.
    pub from: String,
    /// The service that is called.
    pub to: String,
    /// The protocol.
    pub kind: Protocol,
    /// Where it shows.
    pub evidence: Vec<Evidence>,
}

impl Edge {
    /// Returns how sure it is, in hundredths.
    pub fn confidence(&self) -> u32 {
        sure(&self.evidence)
    }
}

/// The protocol of a call; what is not known is the least of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Protocol {
    /// Something over TCP.
    Tcp,
    /// HTTP.
    Http,
    /// gRPC.
    Grpc,
}

impl Protocol {
    /// Returns it as a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Http => "http",
            Self::Grpc => "grpc",
        }
    }
}

/// A system of others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// Its host.
    pub host: String,
    /// The services that call it, each with where that shows.
    pub users: BTreeMap<String, Vec<Evidence>>,
}

/// A contract that a service offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Api {
    /// The service; None where it is not known whose it is.
    pub by: Option<String>,
    /// The name of the contract.
    pub name: String,
    /// Its version.
    pub version: Option<u64>,
    /// Whether it is one of gRPC.
    pub grpc: bool,
    /// Where it shows.
    pub evidence: Evidence,
}

/// Returns how sure several pieces of evidence make it: those of different kinds add to each other a little.
pub(super) fn sure(evidence: &[Evidence]) -> u32 {
    let kinds: BTreeSet<u32> = evidence.iter().map(|e| e.confidence).collect();
    let best = kinds.last().copied().unwrap_or_default();
    (best + if kinds.len() > 1 { 5 } else { 0 }).min(95)
}

/// Pieces of evidence that are kept of each thing.
const EVIDENCE: usize = 5;

fn note(evidence: &mut Vec<Evidence>, new: Evidence) {
    if !evidence.contains(&new) {
        evidence.push(new);
        evidence.sort_by(|a, b| {
            b.confidence
                .cmp(&a.confidence)
                .then_with(|| a.place.cmp(&b.place))
        });
        evidence.truncate(EVIDENCE);
    }
}

/// Returns how sure an address makes it that it is used, by how it is written.
fn confidence(written: Written) -> u32 {
    match written {
        Written::Deployment | Written::Proxy => 90,
        Written::Image => 85,
        Written::Settings | Written::Default => 80,
        Written::Literal => 75,
    }
}

/// Turns what a repository shows into a map.
pub fn map(landscape: &Landscape) -> Map {
    let mut names: BTreeMap<&str, &Process> = BTreeMap::new();
    for process in &landscape.processes {
        for alias in &process.aliases {
            names.entry(alias).or_insert(process);
        }
    }
    // A name of its own stands before a further name of another.
    for process in &landscape.processes {
        names.insert(&process.name, process);
    }
    let roles = landscape
        .processes
        .iter()
        .map(|p| (p.name.as_str(), role(p)))
        .collect();
    let mut mapper = Mapper {
        landscape,
        names,
        roles,
        map: Map::default(),
    };
    mapper.services();
    mapper.apis();
    for mention in &landscape.mentions {
        mapper.mention(mention);
    }
    mapper.registries();
    mapper.one_deployment();
    mapper.unnamed_databases();
    mapper.channels();
    mapper.left_out();
    let mut map = mapper.map;
    map.problems.clone_from(&landscape.problems);
    map.services.sort_by(|a, b| a.name.cmp(&b.name));
    map.stores.sort_by_key(Store::name);
    map.edges
        .sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    map.channels.sort_by(|a, b| a.name.cmp(&b.name));
    map.externals.sort_by(|a, b| a.host.cmp(&b.host));
    map
}

struct Mapper<'a> {
    landscape: &'a Landscape,
    names: BTreeMap<&'a str, &'a Process>,
    roles: BTreeMap<&'a str, Role>,
    map: Map,
}

impl<'a> Mapper<'a> {
    fn is_service(&self, name: &str) -> bool {
        self.roles.get(name) == Some(&Role::Service)
    }

    fn services(&mut self) {
        for process in &self.landscape.processes {
            if !self.is_service(&process.name) {
                continue;
            }
            let built_here = process.built || !process.folders.is_empty();
            let evidence = process.places.iter().take(EVIDENCE).map(|place| Evidence {
                place: place.clone(),
                confidence: if built_here { 95 } else { 70 },
            });
            self.map.services.push(Node {
                name: process.name.clone(),
                evidence: evidence.collect(),
            });
        }
    }

    /// Returns the process that a host is the name of: alone, or with the namespace behind it that Kubernetes gives it.
    fn process(&self, host: &str) -> Option<&'a Process> {
        if let Some(process) = self.names.get(host) {
            return Some(process);
        }
        let (first, rest) = host.split_once('.')?;
        let in_cluster = rest.split('.').any(|part| part == "svc");
        self.names.get(first).filter(|_| in_cluster).copied()
    }

    fn mention(&mut self, mention: &Mention) {
        if !self.is_service(&mention.by) {
            return;
        }
        let variable = mention.variable.as_deref();
        if !variable.is_none_or(may_hold_address) {
            return;
        }
        let bare = match mention.written {
            Written::Proxy => true,
            _ => variable.is_some_and(holds_address),
        };
        for address in addresses(&mention.value, bare) {
            match self.process(&address.host) {
                Some(process) if process.name != mention.by => {
                    self.used(mention, &address, process);
                }
                Some(_) => {}
                None => self.outside(mention, &address),
            }
        }
    }

    /// Adds a system of others, where the address is surely one that a program calls.
    fn outside(&mut self, mention: &Mention, address: &Address) {
        let variable = mention.variable.as_deref();
        if !is_called(address, variable.is_some_and(holds_other_address)) {
            return;
        }
        let host = address.host.to_ascii_lowercase();
        let externals = &mut self.map.externals;
        let at = externals.iter().position(|e| e.host == host);
        let at = at.unwrap_or_else(|| {
            externals.push(External {
                host,
                users: BTreeMap::new(),
            });
            externals.len() - 1
        });
        let evidence = Evidence {
            place: mention.place.clone(),
            confidence: confidence(mention.written),
        };
        let users = &mut self.map.externals[at].users;
        note(users.entry(mention.by.clone()).or_default(), evidence);
    }

    /// Adds the calls of those who register to the one process that keeps a registry.
    fn registries(&mut self) {
        let all = &self.landscape.registered;
        let keepers = all.iter().filter(|(_, way, _)| *way == Registered::Keeps);
        let keepers: BTreeSet<&str> = keepers.map(|(by, ..)| by.as_str()).collect();
        let [keeper] = Vec::from_iter(keepers)[..] else {
            return;
        };
        for (by, way, place) in all {
            let joins = *way == Registered::Joins && by != keeper;
            if joins && self.is_service(by) && self.is_service(keeper) {
                let evidence = Evidence {
                    place: place.clone(),
                    confidence: confidence(Written::Literal),
                };
                self.call(by, keeper, Protocol::Http, evidence);
            }
        }
    }

    fn call(&mut self, from: &str, to: &str, kind: Protocol, evidence: Evidence) {
        let mut known = self.map.edges.iter_mut();
        match known.find(|e| e.from == from && e.to == to) {
            Some(edge) => {
                edge.kind = edge.kind.max(kind);
                note(&mut edge.evidence, evidence);
            }
            None => self.map.edges.push(Edge {
                from: from.to_owned(),
                to: to.to_owned(),
                kind,
                evidence: vec![evidence],
            }),
        }
    }

    fn used(&mut self, mention: &Mention, address: &Address, process: &Process) {
        let evidence = Evidence {
            place: mention.place.clone(),
            confidence: confidence(mention.written),
        };
        match self.roles.get(process.name.as_str()) {
            Some(Role::Service) => {
                let kind = self.protocol(mention, address, process);
                self.call(&mention.by, &process.name, kind, evidence);
            }
            Some(Role::Store(product)) => {
                let kind = address.scheme.as_deref().and_then(products::of_scheme);
                let kind = kind.unwrap_or(product);
                let database = address.database.clone();
                let database = database.filter(|_| products::names_databases(kind));
                // The first database of Redis is the one that is used where none is named.
                let database = database.filter(|d| !(kind == "redis" && d == "0"));
                self.stored(&mention.by, &process.name, database, kind, evidence);
            }
            _ => {}
        }
    }

    fn stored(
        &mut self,
        by: &str,
        server: &str,
        database: Option<String>,
        kind: &str,
        evidence: Evidence,
    ) {
        let known = self.map.stores.iter_mut();
        let mut known = known.filter(|s| s.server == server && s.database == database);
        let store = match known.next() {
            Some(store) => store,
            None => {
                self.map.stores.push(Store {
                    server: server.to_owned(),
                    database,
                    kind: kind.to_owned(),
                    owners: BTreeMap::new(),
                });
                match self.map.stores.last_mut() {
                    Some(store) => store,
                    None => return,
                }
            }
        };
        note(store.owners.entry(by.to_owned()).or_default(), evidence);
    }

    fn protocol(&self, mention: &Mention, address: &Address, process: &Process) -> Protocol {
        let scheme = address.scheme.as_deref().unwrap_or_default();
        let offers = self
            .map
            .apis
            .iter()
            .any(|api| api.grpc && api.by.as_deref() == Some(&process.name));
        let variable = mention.variable.as_deref().unwrap_or_default();
        match scheme {
            "http" | "https" | "ws" | "wss" | "lb" => return Protocol::Http,
            // `https+http` of .NET, and the imports of Spring: `optional:configserver:http`.
            _ if scheme.ends_with(":http") || scheme == "https+http" => return Protocol::Http,
            "grpc" | "grpcs" | "dns" => return Protocol::Grpc,
            _ => {}
        }
        if offers
            || process.speaks.contains("grpc")
            || variable.to_ascii_lowercase().contains("grpc")
        {
            Protocol::Grpc
        } else if process.speaks.contains("http")
            || scheme.contains("http")
            || mention.written == Written::Proxy
        {
            Protocol::Http
        } else {
            Protocol::Tcp
        }
    }

    /// Keeps, of the stores of a service, those of one deployment: compose files and manifests describe the same system with servers of
    /// different names.
    fn one_deployment(&mut self) {
        let starters = |server: &str| -> BTreeSet<Starter> {
            self.names
                .get(server)
                .map(|p| p.started_by.clone())
                .unwrap_or_default()
        };
        let mut notes = Vec::new();
        let mut chosen: BTreeMap<String, BTreeSet<Starter>> = BTreeMap::new();
        for by_compose in [true, false] {
            for store in &self.map.stores {
                let started = starters(&store.server);
                if started.contains(&Starter::Compose) == by_compose {
                    for owner in store.owners.keys() {
                        chosen
                            .entry(owner.clone())
                            .or_insert_with(|| started.clone());
                    }
                }
            }
        }
        for store in &mut self.map.stores {
            let started = starters(&store.server);
            let name = store.name();
            store.owners.retain(|owner, evidence| {
                let stays = chosen.get(owner).is_none_or(|c| !c.is_disjoint(&started));
                if let (false, Some(first)) = (stays, evidence.first()) {
                    let Place { path, line, .. } = &first.place;
                    notes.push(format!(
                        "another deployment gives {owner} the store {name} ({path}:{line})"
                    ));
                }
                stays
            });
        }
        self.map.stores.retain(|s| !s.owners.is_empty());
        self.map.notes.extend(notes);
    }

    /// Takes a server that a service uses without naming a database for the database of it that the service names elsewhere.
    fn unnamed_databases(&mut self) {
        let named: BTreeSet<(String, String)> = self
            .map
            .stores
            .iter()
            .filter(|s| s.database.is_some())
            .flat_map(|s| s.owners.keys().map(|o| (s.server.clone(), o.clone())))
            .collect();
        for store in self.map.stores.iter_mut().filter(|s| s.database.is_none()) {
            if products::names_databases(&store.kind) {
                let server = store.server.clone();
                store
                    .owners
                    .retain(|owner, _| !named.contains(&(server.clone(), owner.clone())));
            }
        }
        self.map.stores.retain(|s| !s.owners.is_empty());
    }

    fn channels(&mut self) {
        for topic in &self.landscape.topics {
            if !self.is_service(&topic.by) {
                continue;
            }
            let broker = match topic.broker.as_str() {
                "amqp" => "rabbitmq",
                other => other,
            };
            let evidence = Evidence {
                place: topic.place.clone(),
                confidence: 80,
            };
            if topic.in_transaction {
                self.map.direct.push(Direct {
                    by: topic.by.clone(),
                    channel: topic.name.clone(),
                    evidence: evidence.clone(),
                });
            }
            let mut known = self.map.channels.iter();
            let at = known
                .position(|c| c.name == topic.name && (c.broker == broker || broker.is_empty()));
            let at = at.unwrap_or_else(|| {
                self.map.channels.push(Channel {
                    name: topic.name.clone(),
                    broker: broker.to_owned(),
                    producers: BTreeSet::new(),
                    consumers: BTreeSet::new(),
                    evidence: Vec::new(),
                });
                self.map.channels.len() - 1
            });
            let channel = &mut self.map.channels[at];
            match topic.way {
                Way::Sends => channel.producers.insert(topic.by.clone()),
                Way::Receives => channel.consumers.insert(topic.by.clone()),
            };
            note(&mut channel.evidence, evidence);
        }
    }

    /// Takes contracts for those of the service in whose folder they stand, or that has their name.
    fn apis(&mut self) {
        for contract in &self.landscape.contracts {
            if contract.kind == ContractKind::AsyncApi {
                continue;
            }
            let own = contract.by.clone().filter(|by| self.is_service(by));
            let by_name = self.named(&contract.name);
            let grpc = contract.kind == ContractKind::Grpc;
            // A proto file stands with those who call it, too: only the name tells whose it is.
            let fits = |own: &str| stem(own).contains(&stem(&contract.name));
            let (by, confidence) = match (by_name, own) {
                (Some(name), _) => (Some(name), 80),
                (None, Some(own)) if !grpc || fits(&own) => (Some(own), 75),
                _ => (None, 50),
            };
            let same =
                |a: &Api| a.name == contract.name && a.by == by && a.version == contract.version;
            if !self.map.apis.iter().any(same) {
                self.map.apis.push(Api {
                    by,
                    name: contract.name.clone(),
                    version: contract.version,
                    grpc,
                    evidence: Evidence {
                        place: contract.place.clone(),
                        confidence,
                    },
                });
            }
        }
    }

    /// Returns the one service whose name a contract has: `CartService`, `cartservice`, `cart`.
    fn named(&self, contract: &str) -> Option<String> {
        let wanted = stem(contract);
        let services = self
            .landscape
            .processes
            .iter()
            .filter(|p| self.is_service(&p.name));
        let mut named = services.filter(|p| stem(&p.name) == wanted);
        match (named.next(), named.next()) {
            (Some(one), None) => Some(one.name.clone()),
            _ => None,
        }
    }

    /// Says what was seen and not taken.
    fn left_out(&mut self) {
        let tools: Vec<&str> = self
            .roles
            .iter()
            .filter(|(_, role)| **role == Role::Tool)
            .map(|(name, _)| *name)
            .collect();
        if !tools.is_empty() {
            let tools = tools.join(", ");
            self.map
                .notes
                .push(format!("left out, because they watch or prepare: {tools}"));
        }
        for mention in &self.landscape.unread {
            let Place { path, line, .. } = &mention.place;
            let variable = mention.variable.as_deref().unwrap_or_default();
            self.map.notes.push(format!(
                "not taken for an edge: {variable} is set for {} ({path}:{line}), and nothing reads it",
                mention.by
            ));
        }
        let edges = &self.map.edges;
        let stores = &self.map.stores;
        let uses = |by: &str, other: &str| {
            edges.iter().any(|e| e.from == by && e.to == other)
                || stores
                    .iter()
                    .any(|s| s.server == other && s.owners.contains_key(by))
        };
        let mut weak = Vec::new();
        for process in &self.landscape.processes {
            if !self.is_service(&process.name) {
                continue;
            }
            for (other, place) in &process.waits_for {
                let matters = matches!(
                    self.roles.get(other.as_str()),
                    Some(Role::Service | Role::Store(_))
                );
                if matters && !uses(&process.name, other) {
                    let Place { path, line, .. } = place;
                    weak.push(format!(
                        "not taken for an edge: {} starts after {other} ({path}:{line}), and no address says that it uses it",
                        process.name
                    ));
                }
            }
        }
        self.map.notes.extend(weak);
    }
}

/// Returns a name without case, separators, and the word `service` at its end.
fn stem(name: &str) -> String {
    let folded: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let endings = ["service", "server", "api"];
    let stem = endings
        .iter()
        .find_map(|e| folded.strip_suffix(e).filter(|s| !s.is_empty()));
    stem.unwrap_or(&folded).to_owned()
}
