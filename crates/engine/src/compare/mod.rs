//! Compare: from the schemas of two refs to typed differences.
//!
//! Elements are paired by identity: wire number, else name. A store is compared as its *replayed* states, so a squash of its
//! migrations is no difference; the operations only tell which line made one.

mod history;
mod http;
mod settings;
mod store;
mod unshown;
mod wire;

pub use history::{Edit, Pending, Rewrite};

use std::collections::BTreeMap;
use std::sync::Arc;

use coexist_model::{Delta, Form};

use crate::Facts;

/// All differences between two refs, and the migrations that lie between them.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// The differences, sorted by surface, element and aspect.
    pub deltas: Vec<Delta>,
    /// What only the edited text of old migrations makes: a database that ran the old text never has it.
    pub unreached: Vec<Delta>,
    /// The migrations that head adds to each store, by [`coexist_model::Store::set`].
    pub pending: BTreeMap<Arc<str>, Pending>,
}

/// Returns the differences between the facts of two refs.
pub fn compare(base: &Facts, head: &Facts, forms: &[&dyn Form]) -> Comparison {
    let mut comparison = Comparison::default();
    for pair in history::pairs(base, head) {
        let pending = history::pending(pair.base, pair.head, forms);
        comparison.deltas.extend(store::deltas(pair.set, &pending));
        if let Some(edited) = pair.head.and_then(|head| pending.unreached(head)) {
            let unreached = store::deltas(pair.set, &edited);
            comparison.unreached.extend(unreached);
        }
        comparison.pending.insert(pair.set.clone(), pending);
    }
    comparison
        .deltas
        .extend(wire::deltas(&base.linked.schemas, &head.linked.schemas));
    comparison
        .deltas
        .extend(settings::deltas(&base.linked.schemas, &head.linked.schemas));
    comparison
        .deltas
        .extend(http::deltas(&base.linked.api, &head.linked.api));
    comparison.deltas.sort_by(|a, b| {
        (&a.surface, &a.element, a.aspect, a.action, &a.place)
            .cmp(&(&b.surface, &b.element, b.aspect, b.action, &b.place))
    });
    comparison
}
