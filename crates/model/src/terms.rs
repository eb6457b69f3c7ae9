//! What the designs of a repository say of its services, and what its files show of the same: for the two to be compared.
//!
//! Services go by their names in the design on both sides.

use std::collections::{BTreeMap, BTreeSet};

use crate::Place;

/// What designs say.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Terms {
    /// What is said of each service, in the order in which they are declared.
    pub services: Vec<ServiceTerms>,
    /// The messages that wait in a channel until they are read, by name.
    pub queued: BTreeMap<String, QueuedMessage>,
    /// The name in the design of each service of the repository that goes by another one.
    pub called: BTreeMap<String, String>,
}

/// A message that waits in a channel until it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueuedMessage {
    /// The channel.
    pub channel: String,
    /// For how long it is kept, as people write it: `7d`; None where that is not said.
    pub kept: Option<String>,
    /// Where the channel is declared.
    pub place: Place,
}

/// What is said of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceTerms {
    /// Its name.
    pub name: String,
    /// Where it is declared.
    pub place: Place,
    /// The services and external systems that it calls.
    pub calls: BTreeSet<String>,
    /// The services that it sends messages to.
    pub sends_to: BTreeSet<String>,
    /// Its tables, each with the line that gives it to the service.
    pub tables: Vec<(String, Place)>,
    /// Where its messages are said to go through an outbox.
    pub outbox: Option<Place>,
    /// How it is said to know a message again.
    pub inbox: Option<InboxTerms>,
    /// The channels that it reads from and on which a message may come twice, each with the line that says so.
    pub redelivered: Vec<(String, Place)>,
}

/// How a service is said to know a message again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboxTerms {
    /// The field by which it does.
    pub field: Option<String>,
    /// The table in which it remembers.
    pub table: Option<String>,
    /// Where that is said.
    pub place: Place,
}

impl Terms {
    /// Returns the channel in which a message waits, by its name without package.
    pub fn queued(&self, message: &str) -> Option<&QueuedMessage> {
        self.queued
            .get(message.rsplit('.').next().unwrap_or(message))
    }

    /// Returns what is said of a service of the repository.
    pub fn of(&self, service: &str) -> Option<&ServiceTerms> {
        let name = self.called.get(service).map_or(service, String::as_str);
        self.services.iter().find(|s| s.name == name)
    }
}

/// What the files of one ref show of what designs speak of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Conduct {
    /// The services that run.
    pub runs: BTreeSet<String>,
    /// Who calls whom.
    pub calls: Vec<CallSeen>,
    /// The databases that several services use.
    pub shared: Vec<SharedDatabase>,
    /// What is published beside a transaction of a database.
    pub direct: Vec<DirectSend>,
    /// Who receives from which queue or topic, and where.
    pub receives: Vec<(String, String, Place)>,
}

/// A call of one service by another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallSeen {
    /// The service that calls.
    pub from: String,
    /// The service that is called.
    pub to: String,
    /// The protocol.
    pub over: &'static str,
    /// Where it shows, the surest first.
    pub places: Vec<Place>,
    /// Whether the other's name stands in the files of the caller at the base of the change: what is new may only be how it is written.
    pub named_before: bool,
}

/// A database that several services use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedDatabase {
    /// The server and the database.
    pub name: String,
    /// The services, each with where its address stands.
    pub users: BTreeMap<String, Place>,
}

/// A message that is published beside a transaction of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectSend {
    /// The service.
    pub by: String,
    /// The queue or topic.
    pub channel: String,
    /// Where.
    pub place: Place,
}

impl Conduct {
    /// Returns the database that both services use.
    pub fn shared_by(&self, one: &str, other: &str) -> Option<&SharedDatabase> {
        let both = |d: &&SharedDatabase| d.users.contains_key(one) && d.users.contains_key(other);
        self.shared.iter().find(both)
    }

    /// Returns whether one is seen to call the other.
    pub fn has_call(&self, from: &str, to: &str) -> bool {
        self.calls.iter().any(|c| c.from == from && c.to == to)
    }
}
