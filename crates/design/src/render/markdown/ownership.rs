//! Who owns what, why it is split, and how the parts are joined.

use std::collections::{BTreeMap, BTreeSet};

use crate::language::{Effect, Justification, Name, Service};
use crate::render::flows::{calls, flows};
use crate::render::sheet::Sheet;

use super::text::{Table, UNSTATED, code, diagram, list, or_unstated, prose};

pub(super) fn page(sheet: &Sheet<'_>) -> String {
    format!(
        "{}\n```mermaid\n{}```\n\nWhy it is distributed:\n\n{}",
        table(sheet),
        map(sheet),
        reasons(sheet)
    )
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

/// Returns the map: teams with their services and stores, channels, providers, and who sends what.
fn map(sheet: &Sheet<'_>) -> String {
    let design = sheet.design();
    let mut nodes = Nodes::default();
    let mut out = String::from("flowchart LR\n");
    let mut teams: BTreeMap<&str, Vec<&Service>> = BTreeMap::new();
    for service in &design.services {
        let team = service
            .team
            .as_ref()
            .map_or("no team", |t: &Name| t.text.as_str());
        teams.entry(team).or_default().push(service);
    }
    for (number, (team, services)) in teams.iter().enumerate() {
        out.push_str(&format!("  subgraph t{number}[\"{}\"]\n", diagram(team)));
        for service in services {
            let id = nodes.id("part", &service.name.text);
            out.push_str(&format!("    {id}[\"{}\"]\n", diagram(&service.name.text)));
            for store in &service.stores {
                let name = format!("{} {}", service.name.text, store.name.text);
                let of = nodes.id("store", &name);
                let label = diagram(&store.name.text);
                out.push_str(&format!("    {of}[(\"{label}\")]\n    {id} --- {of}\n"));
            }
        }
        out.push_str("  end\n");
    }
    for external in &design.externals {
        let id = nodes.id("part", &external.name.text);
        out.push_str(&format!(
            "  {id}{{{{\"{}\"}}}}\n",
            diagram(&external.name.text)
        ));
    }
    for channel in &design.channels {
        let id = nodes.id("channel", &channel.name.text);
        out.push_str(&format!("  {id}[[\"{}\"]]\n", diagram(&channel.name.text)));
    }
    for ((from, to), labels) in edges(sheet) {
        let (from, to) = (nodes.id(from.0, from.1), nodes.id(to.0, to.1));
        let labels: Vec<String> = labels.into_iter().map(diagram).collect();
        out.push_str(&format!("  {from} -->|\"{}\"| {to}\n", labels.join(", ")));
    }
    for call in calls(&sheet.scene) {
        let (from, to) = (nodes.id("part", call.from), nodes.id("part", call.to));
        let label = diagram(call.operation);
        out.push_str(&format!("  {from} -.->|\"calls {label}\"| {to}\n"));
    }
    out
}

/// A node of the map: what it is, and its name.
type End<'a> = (&'static str, &'a str);

/// Returns the messages on each edge: over a channel where there is one, else straight.
fn edges<'a>(sheet: &Sheet<'a>) -> BTreeMap<(End<'a>, End<'a>), BTreeSet<&'a str>> {
    let mut edges: BTreeMap<(End<'a>, End<'a>), BTreeSet<&'a str>> = BTreeMap::new();
    let mut join = |from, to, message| {
        edges.entry((from, to)).or_default().insert(message);
    };
    for flow in flows(&sheet.scene) {
        let from = ("part", flow.from);
        for channel in &flow.channels {
            let over = ("channel", channel.name.text.as_str());
            join(from, over, flow.message);
            for to in &flow.to {
                join(over, ("part", *to), flow.message);
            }
        }
        if flow.channels.is_empty() {
            for to in &flow.to {
                join(from, ("part", *to), flow.message);
            }
        }
    }
    edges
}

/// Names of nodes: Mermaid takes some words of a design for its own.
#[derive(Default)]
struct Nodes {
    known: BTreeMap<(&'static str, String), usize>,
}

impl Nodes {
    fn id(&mut self, kind: &'static str, name: &str) -> String {
        let next = self.known.len();
        let number = self.known.entry((kind, name.to_owned())).or_insert(next);
        format!("n{number}")
    }
}
