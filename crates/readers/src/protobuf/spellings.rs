//! Which words a file must hold that uses a message, field, enum value, method or service through generated code.

use std::collections::BTreeSet;

use coexist_model::{Surface, SurfaceKind};

use super::generated::{Generated, Tongue, generated, value_prefix};

/// Returns the words of which one must stand in a file that uses the element, lowercase. The search is by substring, so a word
/// that holds another one is left out.
pub(super) fn spellings(surface: &Surface, element: Option<&str>) -> Vec<String> {
    let mut words = BTreeSet::new();
    for tongue in Tongue::ALL {
        let names = generated(surface, element, tongue);
        words.extend(
            named(surface.kind, element, names)
                .iter()
                .map(|n| word(n).to_lowercase()),
        );
    }
    words.extend(element.map(str::to_lowercase));
    without_longer(words)
}

/// Returns the same words for one language, in the case in which its generators write them.
///
/// A field is reached through a value whose type the file names: the name of its message says all.
pub(super) fn spellings_in(
    tongue: Tongue,
    surface: &Surface,
    element: Option<&str>,
) -> Vec<String> {
    if surface.kind == SurfaceKind::Message && element.is_some() {
        return Vec::new();
    }
    let names = generated(surface, element, tongue);
    let names = named(surface.kind, element, names);
    let mut words: BTreeSet<String> = names.iter().map(|n| word(n).to_owned()).collect();
    // Go decides by bare constants without naming their type.
    if (tongue, surface.kind, element) == (Tongue::Go, SurfaceKind::Enum, None) {
        words.insert(value_prefix(surface));
    }
    without_longer(words)
}

/// Returns the words that hold no other one.
fn without_longer(mut words: BTreeSet<String>) -> Vec<String> {
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

/// The last identifier of a path, except where it says nothing without the one before it (`Orders::Stub`).
fn word(name: &str) -> &str {
    let mut parts = name
        .rsplit(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|p| !p.is_empty());
    let last = parts.next().unwrap_or_default();
    if matches!(
        last,
        "Stub" | "Service" | "newStub" | "newBlockingStub" | "newFutureStub"
    ) {
        parts.next().unwrap_or(last)
    } else {
        last
    }
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

    #[test]
    fn a_language_is_searched_for_its_own_names_in_their_case() {
        let words = |tongue, kind, name: &str, element| {
            spellings_in(tongue, &Surface::new(kind, name), element).join(" ")
        };
        let order = |tongue| words(tongue, SurfaceKind::Message, "shop.v1.Order", None);
        assert_eq!(order(Tongue::Go), "Order");
        assert_eq!(order(Tongue::Kotlin), "Order order");
        assert_eq!(
            words(
                Tongue::Go,
                SurfaceKind::Message,
                "shop.v1.Order",
                Some("total")
            ),
            ""
        );
        let get = |tongue| words(tongue, SurfaceKind::Rpc, "shop.v1.Orders", Some("GetOrder"));
        assert_eq!(get(Tongue::Go), "GetOrder");
        assert_eq!(get(Tongue::Rust), "get_order");
        assert_eq!(
            words(Tongue::Ruby, SurfaceKind::Rpc, "shop.v1.Orders", None),
            "Orders"
        );
        assert_eq!(
            words(
                Tongue::Java,
                SurfaceKind::Enum,
                "shop.v1.Status",
                Some("PAID")
            ),
            "PAID"
        );
    }
}
