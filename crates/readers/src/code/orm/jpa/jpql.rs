//! JPQL: queries that speak of entities and properties, and look like SQL.

use crate::code::context::Context;
use crate::code::jvm::TONGUES;
use crate::code::syntax::Id;

/// Calls that take a query in JPQL or HQL.
const CALLS: &[&str] = &["createQuery", "createSelectionQuery", "createMutationQuery"];

/// Returns whether a text is a query about entities and not about tables: in `@Query` of Spring Data JPA unless it is native, in
/// `@NamedQuery`, and in what an entity manager is given.
pub(in crate::code) fn is_jpql(context: &Context<'_, '_>, id: Id) -> bool {
    let s = context.syntax;
    if !TONGUES.contains(&s.profile.tongue) {
        return false;
    }
    for up in s.ancestors(id).take(8) {
        if let Some(call) = s.call(up) {
            return CALLS.contains(&s.called(call));
        }
        if matches!(s.kind(up), "annotation" | "normal_annotation") {
            return is_query(context, up);
        }
    }
    false
}

fn is_query(context: &Context<'_, '_>, annotation: Id) -> bool {
    let s = context.syntax;
    let text = s.text(annotation).trim_start_matches('@');
    let name = text
        .split(|c: char| !c.is_alphanumeric())
        .next()
        .unwrap_or_default();
    match name {
        "NamedQuery" | "NamedQueries" => true,
        "Query" => {
            let of_jpa = context
                .imports
                .iter()
                .any(|i| i.path.starts_with("org.springframework.data.jpa"));
            let native = text
                .split("nativeQuery")
                .nth(1)
                .is_some_and(|rest| rest.trim_start_matches([' ', '=']).starts_with("true"));
            of_jpa && !native
        }
        _ => false,
    }
}

/// Returns the names that stand where a query names entities.
pub(super) fn entities(query: &str) -> Vec<&str> {
    let words: Vec<&str> = query
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '$')))
        .filter(|w| !w.is_empty())
        .collect();
    let before = ["from", "join", "update", "into", "fetch"];
    let pairs = words.windows(2);
    pairs
        .filter(|w| before.iter().any(|b| w[0].eq_ignore_ascii_case(b)))
        .map(|w| w[1].rsplit('.').next().unwrap_or(w[1]))
        .collect()
}

/// Returns whether a query hands back whole entities: it selects no property by its name.
pub(super) fn selects_whole(query: &str) -> bool {
    let lower = query.trim_start().to_lowercase();
    let Some(rest) = lower.strip_prefix("select") else {
        return lower.starts_with("from");
    };
    let selected = rest.split(" from ").next().unwrap_or_default();
    let selected = selected.trim_start().trim_start_matches("distinct ");
    selected
        .split(',')
        .any(|one| !one.contains(['.', '(']) && !one.trim().is_empty())
}
