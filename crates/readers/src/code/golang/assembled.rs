//! Statements that are put together from constants of the package: `fmt.Sprintf(queryFindUser, tableUsers)`, `"DELETE FROM " + tableUsers`.
//!
//! The constants may stand in other files, so what the text is, linking tells: see `relational/assembled.rs`.

use std::collections::BTreeMap;

use coexist_model::{Assembled, Confidence, Dialect, Manner, Mode, Piece, Surface, Why};

use crate::code::context::{Context, Use};
use crate::code::syntax::{Id, Syntax};
use crate::protobuf::generated::Tongue;
use crate::sql::accesses::looks_like_sql;

/// A text longer than this is no statement and no name of a table.
const LONGEST: usize = 64 * 1024;

/// Returns the texts that names stand for outside of functions.
pub(in crate::code) fn constants(context: &Context<'_, '_>) -> BTreeMap<String, String> {
    let s = context.syntax;
    if s.profile.tongue != Tongue::Go {
        return BTreeMap::new();
    }
    let specs = s
        .all()
        .filter(|&id| matches!(s.kind(id), "const_spec" | "var_spec") && s.function(id).is_none());
    let named = specs.filter_map(|spec| {
        let (name, value) = (s.child(spec, "name")?, s.child(spec, "value")?);
        let literal = context.strings.literal(value)?;
        let fits = !literal.dynamic && literal.text.len() <= LONGEST;
        fits.then(|| (s.text(name).to_owned(), literal.text))
    });
    named.collect()
}

/// Returns the statements of a file that constants are a part of.
pub(in crate::code) fn assembled(context: &Context<'_, '_>, dialect: Dialect) -> Vec<Assembled> {
    let s = context.syntax;
    if s.profile.tongue != Tongue::Go {
        return Vec::new();
    }
    let found = s.all().filter_map(|id| {
        let (text, values) = formatted(context, id).or_else(|| joined(context, id))?;
        let is_constant = |piece: &Piece| matches!(piece, Piece::Constant { .. });
        let speaks = text.iter().any(|piece| match piece {
            Piece::Text(text) => looks_like_sql(text),
            Piece::Constant { .. } => true,
            Piece::Unknown => false,
        });
        if !speaks || !text.iter().chain(&values).any(is_constant) {
            return None;
        }
        let common = Use {
            surface: Surface::table(""),
            element: None,
            mode: Mode::Reads,
            manner: Manner::Explicit,
            confidence: Confidence::High,
            why: Why::ParsedSql,
        };
        Some(Assembled {
            text,
            values,
            dialect,
            access: context.access(id, common),
        })
    });
    found.collect()
}

/// `fmt.Sprintf(query, table)`.
fn formatted(context: &Context<'_, '_>, id: Id) -> Option<(Vec<Piece>, Vec<Piece>)> {
    let s = context.syntax;
    let call = s.call(id).filter(|&c| s.called(c) == "Sprintf")?;
    let arguments = s.arguments(call);
    let (&format, values) = arguments.split_first()?;
    let text = match joined(context, format) {
        Some((pieces, _)) => pieces,
        None => vec![piece(context, format)],
    };
    Some((text, values.iter().map(|&v| piece(context, v)).collect()))
}

/// `"DELETE FROM " + table`; the outermost sum alone.
fn joined(context: &Context<'_, '_>, id: Id) -> Option<(Vec<Piece>, Vec<Piece>)> {
    let s = context.syntax;
    let is_sum = |id: Id| {
        s.kind(id) == "binary_expression"
            && s.child(id, "operator").is_some_and(|o| s.text(o) == "+")
    };
    if !is_sum(id) || s.parent(id).is_some_and(is_sum) {
        return None;
    }
    let mut pieces = Vec::new();
    let mut open = vec![id];
    while let Some(at) = open.pop() {
        let at = s.bare(at);
        match (is_sum(at), s.child(at, "left"), s.child(at, "right")) {
            (true, Some(left), Some(right)) => open.extend([right, left]),
            _ => pieces.push(piece(context, at)),
        }
    }
    Some((pieces, Vec::new()))
}

fn piece(context: &Context<'_, '_>, id: Id) -> Piece {
    let s = context.syntax;
    let id = s.bare(id);
    if let Some(text) = context.strings.plain(id) {
        return Piece::Text(text);
    }
    if s.is_name(id) && !is_local(s, id) {
        return Piece::Constant {
            package: None,
            name: s.text(id).to_owned(),
        };
    }
    let Some((package, name)) = s.member(id).filter(|(object, _)| s.is_name(*object)) else {
        return Piece::Unknown;
    };
    let called = s.text(package);
    let imported = context.imports.iter().find(|i| match &i.alias {
        Some(alias) => alias == called,
        None => i.path.rsplit('/').next() == Some(called),
    });
    match imported {
        Some(import) if !is_local(s, package) => Piece::Constant {
            package: Some(import.path.clone()),
            name: s.text(name).to_owned(),
        },
        _ => Piece::Unknown,
    }
}

/// Returns whether a name is a parameter or a variable of the function that it stands in.
fn is_local(s: &Syntax<'_>, id: Id) -> bool {
    let functions: Vec<Id> = s
        .ancestors(id)
        .filter(|&up| s.profile.functions.contains(&s.kind(up)))
        .collect();
    let Some(&outermost) = functions.last() else {
        return false;
    };
    let named = s.below(outermost);
    let mut named = named.filter(|&n| s.kind(n) == "identifier" && s.text(n) == s.text(id));
    named.any(|n| {
        s.ancestors(n).take(2).any(|up| match s.kind(up) {
            "parameter_declaration" | "const_spec" | "var_spec" => {
                s.parent(n) == Some(up) && s.role(n) == Some("name")
            }
            "short_var_declaration" | "range_clause" => {
                let left = s.child(up, "left");
                left.is_some_and(|left| left == n || s.is_within(n, left))
            }
            _ => false,
        })
    })
}
