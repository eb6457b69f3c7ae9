//! What of a design a change can be held against, lowered to the words of the model: whose a table is, who calls whom, through what
//! messages go out and come in.
//!
//! [`terms`] reads the design, [`conduct`] says what a map of the repository shows of the same, by the names in the design. Whether
//! the two part is for the rules of the review.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    CallSeen, Conduct, DirectSend, File, InboxTerms, Place, QueuedMessage, ServiceTerms,
    SharedDatabase, Terms,
};

use crate::check::Scene;
use crate::infer::{Evidence, Map};
use crate::language::{Channel, Delivery, Keep, Parsed, Scope, Service, StepKind, Trigger, read};
use crate::names::{folded, paired};

/// From here on an address proves the call: a deployment, an image or a proxy names it.
pub(crate) const PROVEN: u32 = 85;

/// One service that is said to speak with another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Link<'a> {
    /// Who speaks.
    pub(crate) from: &'a str,
    /// With whom: a service or an external system.
    pub(crate) to: &'a str,
    /// Whether it waits for the answer.
    pub(crate) waits: bool,
}

/// Returns what a design says of who speaks with whom.
pub(crate) fn links<'a>(scene: &Scene<'a>) -> impl Iterator<Item = Link<'a>> {
    let design = scene.design();
    let mut links = Vec::new();
    for service in &design.services {
        let direct = service.calls.iter().map(|l| l.to.text.as_str());
        let by_api = service.apis.iter().flat_map(|a| &a.calls);
        let all = direct.chain(by_api.map(|c| c.owner.text.as_str()));
        let from = service.name.text.as_str();
        links.extend(all.map(|to| Link {
            from,
            to,
            waits: true,
        }));
    }
    for done in &scene.done {
        if let StepKind::Call(call) = &done.step.kind {
            links.push(Link {
                from: done.at,
                to: &call.callee.owner.text,
                waits: true,
            });
        }
    }
    for sent in scene.sends() {
        for handler in scene.handlers_of(&sent.message.text) {
            links.push(Link {
                from: sent.done.at,
                to: &handler.at.text,
                waits: false,
            });
        }
    }
    for channel in &design.channels {
        for from in &channel.from {
            links.extend(channel.to.iter().map(|to| Link {
                from: &from.text,
                to: &to.text,
                waits: false,
            }));
        }
    }
    links.into_iter()
}

/// Returns what a design says.
///
/// # Errors
/// The place and the words of what cannot be understood in it: such a design says nothing.
pub fn terms(path: &str, text: &str) -> Result<Terms, (Place, String)> {
    let file = File::new(path, text);
    let Parsed { design, problems } = read(text);
    if let Some(first) = problems.first() {
        return Err((file.place(first.span.range()), first.what.clone()));
    }
    let scope = Scope::new(&design);
    let scene = Scene::new(&file, &scope);
    let links: Vec<Link<'_>> = links(&scene).collect();
    let services = design.services.iter().filter(|s| !s.name.is_gap());
    Ok(Terms {
        services: services.map(|s| of_service(&scene, s, &links)).collect(),
        queued: queued(&scene),
        called: BTreeMap::new(),
    })
}

/// Returns the messages that a channel carries, and those that a step sends over one.
fn queued(scene: &Scene<'_>) -> BTreeMap<String, QueuedMessage> {
    let named = scene.design().channels.iter().flat_map(|channel| {
        let carried = channel.carries.iter().map(|m| m.text.clone());
        carried.map(move |message| (message, channel))
    });
    let sent = scene.sends().flat_map(|sent| {
        let routes = scene.routes(&sent).into_iter();
        let message = &sent.message.text;
        routes
            .map(|channel| (message.clone(), channel))
            .collect::<Vec<_>>()
    });
    let mut queued = BTreeMap::new();
    for (message, channel) in named.chain(sent) {
        queued.entry(message).or_insert_with(|| QueuedMessage {
            channel: channel.name.text.clone(),
            kept: channel.keep.map(|keep| match keep.value {
                Keep::For(time) => time.to_string(),
                Keep::Forever => "ever".to_owned(),
            }),
            place: scene.file.place(channel.name.span.range()),
        });
    }
    queued
}

fn of_service(scene: &Scene<'_>, service: &Service, links: &[Link<'_>]) -> ServiceTerms {
    let name = &service.name.text;
    let partners = |waits: bool| {
        let own = links
            .iter()
            .filter(move |l| l.from == name && l.waits == waits);
        own.map(|l| l.to.to_owned()).collect::<BTreeSet<String>>()
    };
    let tables = service.stores.iter().flat_map(|s| &s.tables);
    let outbox = service.stores.iter().find_map(|s| s.outbox.as_ref());
    let inbox = service.stores.iter().find_map(|s| s.inbox.as_ref());
    let channels = scene.design().channels.iter();
    let redelivered = channels
        .filter(|c| reads_from(scene, service, c))
        .filter_map(|c| {
            let delivery = c.delivery.filter(|d| d.value == Delivery::AtLeastOnce)?;
            Some((c.name.text.clone(), scene.file.place(delivery.span.range())))
        });
    ServiceTerms {
        name: name.clone(),
        place: scene.file.place(service.name.span.range()),
        calls: partners(true),
        sends_to: partners(false),
        tables: tables
            .map(|t| (t.name.text.clone(), scene.file.place(t.name.span.range())))
            .collect(),
        outbox: outbox.map(|o| scene.file.place(o.span.range())),
        inbox: inbox.map(|i| InboxTerms {
            field: i.by.as_ref().map(|n| n.text.clone()),
            table: i.table.as_ref().map(|n| n.text.clone()),
            place: scene.file.place(i.span.range()),
        }),
        redelivered: redelivered.collect(),
    }
}

/// Returns whether a service reads from a channel: it is named there, or a message of one of its handlers comes over it.
fn reads_from(scene: &Scene<'_>, service: &Service, channel: &Channel) -> bool {
    let name = service.name.text.as_str();
    let handlers = scene.design().workflows.iter().flat_map(|w| &w.handlers);
    let mut own = handlers.filter(|h| h.at == name && matches!(h.trigger, Trigger::Messages(_)));
    channel.to.iter().any(|to| *to == name)
        || own.any(|h| scene.inbound(h).iter().any(|c| c.span == channel.span))
}

/// Returns what a map shows, by the names in the design; what the design does not know is left out.
pub fn conduct(terms: &Terms, map: &Map) -> Conduct {
    let seen = map.services.iter().map(|node| node.name.as_str());
    let declared = terms.services.iter().map(|s| s.name.as_str());
    let pairs = paired(seen, declared);
    let called = |name: &str| pairs.get(name).map(|n| (*n).to_owned());
    let calls = map.edges.iter().filter_map(|edge| {
        Some(CallSeen {
            from: called(&edge.from)?,
            to: called(&edge.to)?,
            over: edge.kind.word(),
            places: edge.evidence.iter().map(|e| e.place.clone()).collect(),
            named_before: false,
        })
    });
    let first = |evidence: &[Evidence]| evidence.first().map(|e| e.place.clone());
    let shared = map.stores.iter().filter(|s| s.is_one_database());
    let shared = shared.map(|store| {
        let users = store.owners.iter();
        SharedDatabase {
            name: store.name(),
            users: users
                .filter_map(|(name, evidence)| Some((called(name)?, first(evidence)?)))
                .collect(),
        }
    });
    let direct = map.direct.iter().filter_map(|d| {
        Some(DirectSend {
            by: called(&d.by)?,
            channel: d.channel.clone(),
            place: d.evidence.place.clone(),
        })
    });
    let receives = map.channels.iter().flat_map(|channel| {
        let place = first(&channel.evidence);
        let named = channel_called(terms, &channel.name);
        let consumers = channel.consumers.iter();
        consumers.filter_map(move |by| Some((by.as_str(), named.clone(), place.clone()?)))
    });
    let receives = receives.filter_map(|(by, channel, place)| Some((called(by)?, channel, place)));
    Conduct {
        runs: pairs.values().map(|n| (*n).to_owned()).collect(),
        calls: calls.collect(),
        shared: shared.filter(|s| s.users.len() > 1).collect(),
        direct: direct.collect(),
        receives: receives.collect(),
    }
}

/// Returns what the design calls a channel; its own name where the design does not know it.
fn channel_called(terms: &Terms, name: &str) -> String {
    let known = terms.services.iter().flat_map(|s| &s.redelivered);
    let mut same = known.filter(|(known, _)| folded(known) == folded(name));
    same.next()
        .map_or_else(|| name.to_owned(), |(known, _)| known.clone())
}
