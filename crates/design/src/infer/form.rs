//! The map as JSON; its form is a promise.

use serde_json::{Value, json};

use super::map::{Evidence, Map, Store};

/// The version of the form.
const VERSION: u32 = 1;

/// Returns the map as JSON.
pub fn form(map: &Map) -> Value {
    json!({
        "version": VERSION,
        "services": map.services.iter().map(|s| json!({
            "name": s.name, "evidence": places(s.evidence.iter()),
        })).collect::<Vec<_>>(),
        "stores": map.stores.iter().map(store).collect::<Vec<_>>(),
        "channels": map.channels.iter().map(|c| json!({
            "name": c.name, "broker": c.broker, "producers": c.producers, "consumers": c.consumers,
            "evidence": places(c.evidence.iter()),
        })).collect::<Vec<_>>(),
        "edges": map.edges.iter().map(|e| json!({
            "from": e.from, "to": e.to, "kind": e.kind.word(),
            "confidence": f64::from(e.confidence()) / 100.0, "evidence": places(e.evidence.iter()),
        })).collect::<Vec<_>>(),
        "externals": map.externals.iter().map(|e| json!({
            "host": e.host, "users": e.users.keys().collect::<Vec<_>>(),
            "evidence": places(e.users.values().flatten()),
        })).collect::<Vec<_>>(),
        "contracts": map.apis.iter().map(|a| json!({
            "name": a.name, "version": a.version, "service": a.by, "kind": if a.grpc { "grpc" } else { "openapi" },
            "evidence": places([&a.evidence]),
        })).collect::<Vec<_>>(),
        "notes": map.notes,
        "problems": map.problems.iter().map(|(path, what)| json!({"path": path, "what": what})).collect::<Vec<_>>(),
    })
}

fn store(store: &Store) -> Value {
    json!({
        "name": store.name(), "kind": store.kind, "server": store.server, "database": store.database,
        "owners": store.owners.keys().collect::<Vec<_>>(),
        "evidence": places(store.owners.values().flatten()),
    })
}

/// Returns the places as `path:line`, each once.
fn places<'a>(evidence: impl IntoIterator<Item = &'a Evidence>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for Evidence { place, .. } in evidence {
        let at = format!("{}:{}", place.path, place.line);
        if !found.contains(&at) {
            found.push(at);
        }
    }
    found
}
