//! Who owns what, why it is split, and how the parts are joined.

use std::collections::{BTreeMap, BTreeSet};

use crate::language::{Channel, Effect, Justification, Ordering, Service};
use crate::render::document::Block;
use crate::render::flows::{Flow, calls, flows};
use crate::render::picture::{self, Drawing, Edge, Map, Part, Picture};
use crate::render::sheet::Sheet;

use super::events::delivered;
use super::text::{Table, UNSTATED, code, list, or_unstated, prose};

pub(in crate::render) fn page(sheet: &Sheet<'_>) -> Vec<Block> {
    let map = Picture {
        title: format!("Services, owners and messages of {}", sheet.design().name),
        drawing: Drawing::Map(map(sheet)),
    };
    vec![
        Block::Text(table(sheet)),
        Block::Picture(map),
        Block::Text(format!("Why it is distributed:\n\n{}", reasons(sheet))),
    ]
}

fn table(sheet: &Sheet<'_>) -> String {
    let mut table = Table::new(&[
        "Service",
        "Team",
        "On call",
        "Owns",
        "Where it fails, callers see",
        "and those behind it",
        "Line",
    ]);
    for service in &sheet.design().services {
        let fails = service.fails.as_ref();
        table.row([
            code(&service.name.text),
            or_unstated(service.team.as_ref()),
            or_unstated(service.oncall.as_ref()),
            owned(service),
            effect(fails.and_then(|f| f.upstream.as_ref())),
            effect(fails.and_then(|f| f.downstream.as_ref())),
            sheet.line(service.span).to_string(),
        ]);
    }
    for external in &sheet.design().externals {
        let provider = external.provider.as_ref().map(|p| prose(&p.text));
        table.row([
            format!("{} (external)", code(&external.name.text)),
            provider.unwrap_or_else(|| UNSTATED.to_owned()),
            "the provider".to_owned(),
            list(external.operations.iter().map(|o| &o.name.text), "nothing"),
            "see the calls below".to_owned(),
            String::new(),
            sheet.line(external.span).to_string(),
        ]);
    }
    table.or("The design has no service.")
}

fn owned(service: &Service) -> String {
    let stores = service.stores.iter().map(|store| {
        let kind = store.kind.as_ref().map_or("", |k| k.text.as_str());
        let tables = list(store.tables.iter().map(|t| &t.name.text), "no table");
        let regions = match store.regions.as_slice() {
            [] => String::new(),
            regions => format!(" in {}", list(regions.iter().map(|r| &r.text), "")),
        };
        let name = code(&store.name.text);
        format!("{name} ({}{regions}): {tables}", prose(kind)).replace(" ()", "")
    });
    let stores: Vec<String> = stores.collect();
    match stores.is_empty() {
        true => "no data".to_owned(),
        false => stores.join("<br>"),
    }
}

fn effect(effect: Option<&Effect>) -> String {
    match effect {
        None => UNSTATED.to_owned(),
        Some(Effect::None(_)) => "nothing".to_owned(),
        Some(Effect::Seen(name)) => prose(&name.text),
    }
}

fn reasons(sheet: &Sheet<'_>) -> String {
    let mut table = Table::new(&["", "Reason", "What is said", "Evidence", "Line"]);
    let mut row = |word: &str, said: &Justification| {
        table.row([
            word.to_owned(),
            prose(&said.reason.text.replace('-', " ")),
            or_unstated(said.text.as_ref()),
            said.evidence
                .as_ref()
                .map_or_else(String::new, |e| code(&e.text)),
            sheet.line(said.span).to_string(),
        ]);
    };
    for said in &sheet.design().justifications {
        row("for", said);
    }
    for said in &sheet.design().rejected {
        row("rejected", said);
    }
    table.or("The design gives no reason.")
}

/// Returns the map: teams with their services and stores, channels, systems of others, and who sends what.
fn map(sheet: &Sheet<'_>) -> Map {
    let design = sheet.design();
    let mut map = Map::default();
    for service in &design.services {
        let team = service.team.as_ref().map_or("not stated", |t| &t.text);
        let mut about: Vec<String> = service
            .oncall
            .iter()
            .map(|oncall| format!("on call: {oncall}"))
            .collect();
        for store in &service.stores {
            let kind = store.kind.iter().map(|k| format!(" ({k})"));
            about.push(format!("{}{}", store.name, kind.collect::<String>()));
            about.extend(store.tables.iter().map(|t| format!("- {}", t.name)));
        }
        map.parts.push(Part {
            name: service.name.text.clone(),
            team: Some(team.to_owned()),
            about,
            stores: service.stores.iter().map(|s| s.name.text.clone()).collect(),
        });
    }
    for external in &design.externals {
        map.parts.push(Part {
            name: external.name.text.clone(),
            team: None,
            about: external.provider.iter().map(|p| p.text.clone()).collect(),
            stores: Vec::new(),
        });
    }
    let flows = flows(&sheet.scene);
    for channel in &design.channels {
        map.channels.push(on_map(channel, &flows));
    }
    for flow in flows.iter().filter(|f| f.channels.is_empty()) {
        for to in &flow.to {
            join(&mut map.straight, flow.from, to, flow.message);
        }
    }
    for call in calls(&sheet.scene) {
        join(&mut map.calls, call.from, call.to, call.operation);
    }
    map
}

fn join(edges: &mut Vec<Edge>, from: &str, to: &str, label: &str) {
    let there = edges.iter_mut().find(|e| e.from == from && e.to == to);
    match there {
        Some(edge) if edge.labels.iter().any(|l| l == label) => {}
        Some(edge) => edge.labels.push(label.to_owned()),
        None => edges.push(Edge {
            from: from.to_owned(),
            to: to.to_owned(),
            labels: vec![label.to_owned()],
        }),
    }
}

/// Returns a channel with what each part publishes to it and reads from it; who is only said to do so has no message.
fn on_map(channel: &Channel, flows: &[Flow<'_>]) -> picture::Channel {
    let mut from: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut to: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for name in &channel.from {
        from.entry(&name.text).or_default();
    }
    for name in &channel.to {
        to.entry(&name.text).or_default();
    }
    let over = |f: &&Flow<'_>| f.channels.iter().any(|c| c.name == channel.name);
    for flow in flows.iter().filter(over) {
        from.entry(flow.from).or_default().insert(flow.message);
        for reader in &flow.to {
            to.entry(reader).or_default().insert(flow.message);
        }
    }
    let owned = |ends: BTreeMap<&str, BTreeSet<&str>>| {
        let ends = ends.into_iter().map(|(name, messages)| {
            let messages = messages.into_iter().map(str::to_owned).collect();
            (name.to_owned(), messages)
        });
        ends.collect()
    };
    let delivery = channel.delivery.map(|d| delivered(d.value));
    let order = channel.ordering.as_ref().map(|ordering| match ordering {
        Ordering::By(key) => format!("in order by {key}"),
        Ordering::None(_) => "in any order".to_owned(),
    });
    picture::Channel {
        name: channel.name.text.clone(),
        promises: format!(
            "{}, {}",
            delivery.unwrap_or("delivery not stated"),
            order.as_deref().unwrap_or("order not stated")
        ),
        from: owned(from),
        to: owned(to),
    }
}
