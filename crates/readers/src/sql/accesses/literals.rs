//! Literal values in a statement.

use coexist_model::{Surface, SurfaceKind};
use sqlparser::ast::{DataType, Expr, UnaryOperator, Value};

use super::scope::relation_name;

/// Returns the literal that the expression is, as text; NULL is `NULL`. A text that holds a placeholder is none.
pub(super) fn literal(expr: &Expr) -> Option<String> {
    // A text 'NULL' cannot be told from NULL in the model: it is left out.
    let text = |s: &str| (s != "NULL" && !holds_placeholder(s)).then(|| s.to_owned());
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => Some(number.clone()),
            Value::Boolean(value) => Some(value.to_string()),
            Value::Null => Some("NULL".to_owned()),
            Value::SingleQuotedString(s)
            | Value::DoubleQuotedString(s)
            | Value::EscapedStringLiteral(s)
            | Value::NationalStringLiteral(s) => text(s),
            Value::DollarQuotedString(s) => text(&s.value),
            _ => None,
        },
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr,
        } => literal_number(expr).map(|n| format!("-{n}")),
        Expr::Cast { expr, .. } | Expr::Nested(expr) => literal(expr),
        _ => None,
    }
}

fn literal_number(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => Some(number),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the named type and the text that a cast turns into it: `'a'::status`.
pub(super) fn cast_value(expr: &Expr) -> Option<(Surface, String)> {
    let Expr::Cast {
        expr,
        data_type: DataType::Custom(name, modifiers),
        ..
    } = expr
    else {
        return None;
    };
    let value = literal(expr).filter(|v| v != "NULL" && modifiers.is_empty())?;
    // Types that PostgreSQL has and the parser does not name.
    const BUILT_IN: &[&str] = &[
        "citext",
        "ltree",
        "lquery",
        "ltxtquery",
        "inet",
        "cidr",
        "macaddr",
        "money",
        "xml",
        "oid",
        "regclass",
        "regproc",
        "regtype",
        "name",
        "hstore",
        "point",
        "box",
        "geometry",
        "geography",
        "vector",
        "int4range",
        "int8range",
        "numrange",
        "tsrange",
        "tstzrange",
        "daterange",
        "tsvector",
        "tsquery",
        "jsonpath",
        "bit",
        "varbit",
        "timestamptz",
        "timetz",
        "int4",
        "int8",
        "cube",
        "semver",
        "uuid",
        "signed",
        "unsigned",
    ];
    let name = relation_name(name)?;
    (!BUILT_IN.contains(&name.as_str())).then(|| (Surface::new(SurfaceKind::Type, name), value))
}

fn holds_placeholder(text: &str) -> bool {
    text.contains("%s")
        || text.contains("%(")
        || text.contains("${")
        || text.contains("#{")
        || text.find('{').is_some_and(|at| {
            text[at..].find('}').is_some_and(|end| {
                text[at + 1..at + end]
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.'))
            })
        })
}
