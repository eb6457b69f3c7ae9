//! Constraints and indexes: `models.UniqueConstraint(fields=["a", "b"], name="…", condition=Q(…))`.
//!
//! <https://docs.djangoproject.com/en/5.2/ref/models/constraints/>.

use coexist_model::{Constraint, ConstraintKind, Detail, Element};

use crate::code::arguments::{Arguments, text, texts};
use crate::code::context::Context;
use crate::code::syntax::Id;

/// Returns the constraint or index that a call declares; its columns are names of fields.
pub(super) fn constraint(context: &Context<'_, '_>, id: Id) -> Option<Element> {
    let s = context.syntax;
    let call = s.call(id)?;
    let arguments = Arguments::of(context, call);
    let class = s.called(call);
    let fields = match arguments.named("fields") {
        Some(fields) => texts(context, fields)?,
        None => Vec::new(),
    };
    let kind = match class {
        "UniqueConstraint" => ConstraintKind::Unique,
        "CheckConstraint" => {
            let condition = arguments
                .named("condition")
                .or_else(|| arguments.named("check"));
            ConstraintKind::Check {
                expression: condition.map_or_else(String::new, |c| one_line(s.text(c))),
            }
        }
        "ExclusionConstraint" => ConstraintKind::Exclusion,
        _ if class.ends_with("Index") => ConstraintKind::Index,
        _ => return None,
    };
    let columns: Vec<String> = fields
        .iter()
        .map(|f| f.trim_start_matches('-').to_owned())
        .collect();
    // Expressions stand by place.
    let partial = arguments.named("condition").is_some() && kind == ConstraintKind::Unique
        || !arguments.placed.is_empty()
        || class.ends_with("Index") && arguments.named("condition").is_some();
    Some(Element {
        name: arguments
            .named("name")
            .and_then(|n| text(context, n))
            .unwrap_or_default(),
        detail: Detail::Constraint(Constraint {
            columns: match kind {
                ConstraintKind::Check { .. } => named_in(context, &arguments),
                _ => columns,
            },
            kind,
            partial,
            validated: true,
            predicate: None,
        }),
        place: context.file.place(s.range(id)),
    })
}

/// Returns the fields that the condition of a check names: `Q(age__gte=18)`, `F("age")`.
fn named_in(context: &Context<'_, '_>, arguments: &Arguments<'_, '_, '_>) -> Vec<String> {
    let s = context.syntax;
    let condition = arguments
        .named("condition")
        .or_else(|| arguments.named("check"));
    let mut fields: Vec<String> = Vec::new();
    for id in condition.into_iter().flat_map(|c| s.below(c)) {
        let name = match s.kind(id) {
            "keyword_argument" => s.child(id, "name").map(|n| s.text(n).to_owned()),
            // `Q(("age__gte", 18))`, as Django itself writes it.
            "tuple" => s.named(id).next().and_then(|n| text(context, n)),
            "call" => s
                .call(id)
                .filter(|&c| s.called(c) == "F")
                .and_then(|c| Arguments::of(context, c).text(0, "name")),
            _ => None,
        };
        let field = name.and_then(|n| n.split("__").next().map(str::to_owned));
        fields.extend(field.filter(|f| !f.starts_with('_') && !fields.contains(f)));
    }
    fields
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns the sets of fields in `{("a", "b"), ("c", "d")}`, or the one in `("a", "b")`.
pub(super) fn together(context: &Context<'_, '_>, id: Id) -> Option<Vec<Vec<String>>> {
    let s = context.syntax;
    if let Some(call) = s.call(id) {
        // `set()` and `set([("a", "b")])`.
        return match s.arguments(call).first() {
            _ if !matches!(s.called(call), "set" | "list" | "tuple") => None,
            Some(&inner) => together(context, inner),
            None => Some(Vec::new()),
        };
    }
    if s.text(id) == "None" {
        return Some(Vec::new());
    }
    if !matches!(s.kind(id), "list" | "tuple" | "set" | "dictionary") {
        return None;
    }
    let items: Vec<Id> = s.named(id).map(|i| s.bare(i)).collect();
    if items.iter().any(|&i| s.is_string(i)) {
        return texts(context, id).map(|set| vec![set]);
    }
    items.into_iter().map(|i| texts(context, i)).collect()
}
