//! What the files of a repository show of what runs, and of who speaks with whom.
//!
//! These are sightings, not conclusions: an address is kept as it is written, and whether anything of that name runs is for others.

use std::collections::BTreeSet;

use crate::Place;

/// What a whole repository shows.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Landscape {
    /// What deployment files start, by name.
    pub processes: Vec<Process>,
    /// The addresses that are written down, each with the process that uses it.
    pub mentions: Vec<Mention>,
    /// The queues and topics that code names.
    pub topics: Vec<TopicUse>,
    /// The contracts that are described in files of their own.
    pub contracts: Vec<Offered>,
    /// Who keeps a registry of services, and who registers in one: the process, which of the two, and where that is said.
    pub registered: Vec<(String, Registered, Place)>,
    /// Variables that a deployment sets to an address, and that nothing reads: they say nothing of who speaks with whom.
    pub unread: Vec<Mention>,
    /// What could not be read: the path, and why.
    pub problems: Vec<(String, String)>,
}

/// Something that a deployment file starts under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// The name by which others reach it.
    pub name: String,
    /// Further names by which others reach it.
    pub aliases: BTreeSet<String>,
    /// The images that it runs, without tag.
    pub images: BTreeSet<String>,
    /// The images that its Dockerfile starts from.
    pub made_from: BTreeSet<String>,
    /// Whether a deployment file says that it is built from this repository.
    pub built: bool,
    /// The folders of this repository that hold what it runs.
    pub folders: BTreeSet<String>,
    /// The protocols that its ports are said to speak: `grpc`, `http`.
    pub speaks: BTreeSet<String>,
    /// Where it is declared, each place once.
    pub places: Vec<Place>,
    /// What is started before it: the name, and where that is said.
    pub waits_for: Vec<(String, Place)>,
    /// Whether it runs once and ends.
    pub once: bool,
    /// What starts it.
    pub started_by: BTreeSet<Starter>,
}

/// What starts processes. A system that several of them can start is described several times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Starter {
    /// A compose file.
    Compose,
    /// Kubernetes.
    Kubernetes,
    /// An AppHost of .NET Aspire.
    AppHost,
}

/// What a process has to do with a registry of services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Registered {
    /// It keeps it.
    Keeps,
    /// It registers itself, and looks others up.
    Joins,
}

impl Process {
    /// Returns a process of which only the name is known.
    pub fn new(name: &str, by: Starter, place: Place) -> Self {
        Self {
            name: name.to_owned(),
            aliases: BTreeSet::new(),
            images: BTreeSet::new(),
            made_from: BTreeSet::new(),
            built: false,
            folders: BTreeSet::new(),
            speaks: BTreeSet::new(),
            places: vec![place],
            waits_for: Vec::new(),
            once: false,
            started_by: BTreeSet::from([by]),
        }
    }

    /// Adds what another file says of the same process.
    pub fn merge(&mut self, other: Self) {
        self.aliases.extend(other.aliases);
        self.images.extend(other.images);
        self.made_from.extend(other.made_from);
        self.built |= other.built;
        self.folders.extend(other.folders);
        self.speaks.extend(other.speaks);
        self.waits_for.extend(other.waits_for);
        self.once &= other.once;
        self.started_by.extend(other.started_by);
        for place in other.places {
            if !self.places.contains(&place) {
                self.places.push(place);
            }
        }
    }
}

/// How an address is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Written {
    /// The deployment sets a variable to it.
    Deployment,
    /// The image sets a variable to it.
    Image,
    /// A proxy passes requests on to it.
    Proxy,
    /// A settings file of the program names it.
    Settings,
    /// The code falls back to it where a variable is not set.
    Default,
    /// The code names it.
    Literal,
}

/// An address, or what may be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// The process that uses it.
    pub by: String,
    /// The variable or setting that holds it.
    pub variable: Option<String>,
    /// The text, variables put in as far as they are known.
    pub value: String,
    /// How it is written down.
    pub written: Written,
    /// Where.
    pub place: Place,
}

/// Which way messages go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// The process sends them.
    Sends,
    /// The process receives them.
    Receives,
}

/// A queue or topic that code names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicUse {
    /// The process.
    pub by: String,
    /// The queue, topic or routing key.
    pub name: String,
    /// Which way messages go.
    pub way: Way,
    /// The product whose client library is used: `rabbitmq`, `kafka`, ….
    pub broker: String,
    /// Where.
    pub place: Place,
    /// Whether a transaction of a database is open around a send.
    pub in_transaction: bool,
}

/// The languages of contracts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContractKind {
    /// A `service` of a proto file.
    Grpc,
    /// An OpenAPI or Swagger document.
    OpenApi,
    /// An AsyncAPI document.
    AsyncApi,
}

/// A contract that is described in a file of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Its name.
    pub name: String,
    /// Its major version, where it states one.
    pub version: Option<u64>,
    /// Its language.
    pub kind: ContractKind,
    /// Where.
    pub place: Place,
    /// The process in whose folder it stands.
    pub by: Option<String>,
}
