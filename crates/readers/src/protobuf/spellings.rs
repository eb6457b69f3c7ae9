//! Which words a file must hold that uses a message, field, enum value, method or service through generated code.

use std::collections::BTreeSet;

use coexist_model::{Surface, SurfaceKind};

use super::generated::{Generated, Tongue, generated};

/// Returns the words of which one must stand in a file that uses the element, lowercase. The search is by substring, so a word
/// that holds another one is left out.
pub(super) fn spellings(surface: &Surface, element: Option<&str>) -> Vec<String> {
    let mut words = BTreeSet::new();
    for tongue in Tongue::ALL {
        let names = generated(surface, element, tongue);
        words.extend(named(surface.kind, element, names).iter().map(|n| word(n)));
    }
    words.extend(element.map(str::to_lowercase));
    words.retain(|w| !w.is_empty());
    let all = words.clone();
    words.retain(|w| {
        !all.iter()
            .any(|other| other != w && w.contains(other.as_str()))
    });
    words.into_iter().collect()
}

/// The names that stand for what is looked for; an element is looked for by its own names alone.
fn named(kind: SurfaceKind, element: Option<&str>, names: Generated) -> Vec<String> {
    match (kind, element) {
        (SurfaceKind::Enum, Some(_)) => names.values,
        (_, Some(_)) => names.members,
        (SurfaceKind::Rpc, None) => [names.types, names.clients, names.servers].concat(),
        (_, None) => names.types,
    }
}

/// The last identifier of a path, lowercase, except where it says nothing without the one before it (`Orders::Stub`).
fn word(name: &str) -> String {
    let mut parts = name
        .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|p| !p.is_empty());
    let last = parts.next().unwrap_or_default();
    let word = if matches!(
        last,
        "Stub" | "Service" | "newStub" | "newBlockingStub" | "newFutureStub"
    ) {
        parts.next().unwrap_or(last)
    } else {
        last
    };
    word.to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: SurfaceKind, name: &str, element: Option<&str>, expect: &[&str]) {
        assert_eq!(spellings(&Surface::new(kind, name), element), expect);
    }

    #[test]
    fn the_words_cover_every_language_and_none_holds_another() {
        check(
            SurfaceKind::Rpc,
            "shop.v1.Orders",
            Some("GetOrder"),
            &["get_order", "getorder"],
        );
        check(SurfaceKind::Rpc, "shop.v1.Orders", None, &["orders"]);
        check(
            SurfaceKind::Message,
            "shop.v1.Order",
            Some("total_price"),
            &["total_price", "totalprice"],
        );
        check(
            SurfaceKind::Message,
            "shop.v1.Order.LineItem",
            None,
            &["lineitem"],
        );
        check(
            SurfaceKind::Enum,
            "shop.v1.Status",
            Some("STATUS_PAID"),
            &["paid"],
        );
        check(
            SurfaceKind::Enum,
            "shop.v1.Status",
            Some("IN_FLIGHT"),
            &["in_flight", "inflight"],
        );
    }
}
