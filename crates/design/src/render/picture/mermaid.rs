//! The map for Mermaid, which forges draw.

use std::collections::BTreeMap;

use coexist_report::sequence::safe;

use super::{Map, Part};

/// Returns a map: teams with their services and stores, channels, systems of others, and who sends what.
pub(super) fn map(map: &Map) -> String {
    let mut nodes = Nodes::default();
    let mut out = String::from("flowchart LR\n");
    let mut teams: BTreeMap<&str, Vec<&Part>> = BTreeMap::new();
    for part in &map.parts {
        if let Some(team) = &part.team {
            teams.entry(team).or_default().push(part);
        }
    }
    for (number, (team, services)) in teams.iter().enumerate() {
        out.push_str(&format!("  subgraph t{number}[\"{}\"]\n", safe(team)));
        for service in services {
            let id = nodes.id("part", &service.name);
            out.push_str(&format!("    {id}[\"{}\"]\n", safe(&service.name)));
            for store in &service.stores {
                let of = nodes.id("store", &format!("{} {store}", service.name));
                let label = safe(store);
                out.push_str(&format!("    {of}[(\"{label}\")]\n    {id} --- {of}\n"));
            }
        }
        out.push_str("  end\n");
    }
    for external in map.parts.iter().filter(|p| p.team.is_none()) {
        let id = nodes.id("part", &external.name);
        out.push_str(&format!("  {id}{{{{\"{}\"}}}}\n", safe(&external.name)));
    }
    let mut edges: Vec<(String, String, &[String])> = Vec::new();
    for channel in &map.channels {
        let id = nodes.id("channel", &channel.name);
        out.push_str(&format!("  {id}[[\"{}\"]]\n", safe(&channel.name)));
        for (from, messages) in &channel.from {
            edges.push((nodes.id("part", from), id.clone(), messages));
        }
        for (to, messages) in &channel.to {
            edges.push((id.clone(), nodes.id("part", to), messages));
        }
    }
    for edge in &map.straight {
        let (from, to) = (nodes.id("part", &edge.from), nodes.id("part", &edge.to));
        edges.push((from, to, &edge.labels));
    }
    for (from, to, labels) in edges {
        match labels {
            [] => out.push_str(&format!("  {from} --> {to}\n")),
            labels => out.push_str(&format!(
                "  {from} -->|\"{}\"| {to}\n",
                safe(&labels.join(", "))
            )),
        }
    }
    for edge in &map.calls {
        let (from, to) = (nodes.id("part", &edge.from), nodes.id("part", &edge.to));
        let labels = safe(&edge.labels.join(", "));
        out.push_str(&format!("  {from} -.->|\"calls {labels}\"| {to}\n"));
    }
    out
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
