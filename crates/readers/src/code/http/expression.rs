//! Expressions of Python as data: what is left of a file when its syntax tree is gone.

use crate::code::profile::Profile;
use crate::code::syntax::{Id, Syntax};

/// An expression.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Expression {
    /// A name, perhaps with dots.
    Name(String),
    /// A text; what is put into it stands in braces.
    Text(String),
    /// `True`, `None`, `...`, a number: as it is spelled.
    Literal(String),
    /// `X[A, B]`.
    Index(Box<Self>, Vec<Self>),
    /// `A | B`.
    OneOf(Vec<Self>),
    /// A call.
    Call(Box<Call>),
    /// A list, tuple or set.
    List(Vec<Self>),
    /// A dictionary, without what is spread into it.
    Dictionary(Vec<(Self, Self)>),
    /// Anything else.
    #[default]
    Other,
}

/// A call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// What is called.
    pub callee: Expression,
    /// The arguments without names.
    pub placed: Vec<Expression>,
    /// The arguments with names.
    pub named: Vec<(String, Expression)>,
    /// The dictionaries whose entries are arguments (`**options`).
    pub spread: Vec<Expression>,
}

impl Expression {
    /// Returns the last part of a name, or of the name that is called or indexed.
    pub(super) fn last_name(&self) -> &str {
        match self {
            Self::Name(name) => name.rsplit('.').next().unwrap_or(name),
            Self::Index(of, _) => of.last_name(),
            Self::Call(call) => call.callee.last_name(),
            _ => "",
        }
    }

    pub(super) fn call(&self) -> Option<&Call> {
        match self {
            Self::Call(call) => Some(call),
            _ => None,
        }
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is(&self, literal: &str) -> bool {
        matches!(self, Self::Literal(l) if l == literal)
    }

    /// Returns what it says, if it is `True` or `False`.
    pub(super) fn flag(&self) -> Option<bool> {
        match self {
            Self::Literal(l) if l == "True" => Some(true),
            Self::Literal(l) if l == "False" => Some(false),
            _ => None,
        }
    }
}

impl Call {
    pub(super) fn named(&self, name: &str) -> Option<&Expression> {
        self.named.iter().find(|(n, _)| n == name).map(|(_, v)| v)
    }

    /// Returns the argument at a place, or of that name.
    pub(super) fn at(&self, place: usize, name: &str) -> Option<&Expression> {
        self.placed.get(place).or_else(|| self.named(name))
    }
}

/// Expressions nested deeper than this are not followed.
const DEEPEST: usize = 30;

/// Returns an expression.
pub(super) fn expression(s: &Syntax<'_>, id: Id) -> Expression {
    read(s, id, false, 0)
}

/// Returns an expression that stands for a type: a text in it is the type's name, to be known later.
pub(super) fn annotation(s: &Syntax<'_>, id: Id) -> Expression {
    read(s, id, true, 0)
}

fn read(s: &Syntax<'_>, id: Id, is_type: bool, depth: usize) -> Expression {
    if depth > DEEPEST {
        return Expression::Other;
    }
    let id = s.bare(id);
    let below = |id: Id| read(s, id, is_type, depth + 1);
    let value = |id: Id| read(s, id, false, depth + 1);
    match s.kind(id) {
        "identifier" => Expression::Name(s.text(id).to_owned()),
        "attribute" | "member_type" => dotted(s, id).map_or(Expression::Other, Expression::Name),
        "string" | "concatenated_string" => match text(s, id) {
            Some(text) if is_type => quoted(&text, s.profile),
            Some(text) => Expression::Text(text),
            None => Expression::Other,
        },
        "true" | "false" | "none" | "integer" | "float" | "ellipsis" => {
            Expression::Literal(s.text(id).to_owned())
        }
        "subscript" | "generic_type" => {
            let mut parts = s.named(id).flat_map(|part| match s.kind(part) {
                "type_parameter" | "tuple" if s.kind(id) == "generic_type" => {
                    s.named(part).collect::<Vec<Id>>()
                }
                _ => vec![part],
            });
            let Some(of) = parts.next().map(below) else {
                return Expression::Other;
            };
            let parts: Vec<Id> = parts.collect();
            let arguments = parts.iter().enumerate().map(|(at, &part)| {
                // What stands behind the type of `Annotated`, and all of a `Literal`, are values.
                match of.last_name() {
                    "Literal" => value(part),
                    "Annotated" if at > 0 => value(part),
                    _ => below(part),
                }
            });
            let arguments = arguments.collect();
            Expression::Index(Box::new(of), arguments)
        }
        "binary_operator" if s.child(id, "operator").is_some_and(|o| s.text(o) == "|") => {
            let sides = ["left", "right"]
                .iter()
                .filter_map(|role| s.child(id, role));
            one_of(sides.map(below))
        }
        "union_type" => one_of(s.named(id).map(below)),
        "call" => call(s, id, depth).map_or(Expression::Other, |c| Expression::Call(Box::new(c))),
        "list" | "tuple" | "set" | "expression_list" => {
            Expression::List(s.named(id).map(below).collect())
        }
        "dictionary" => {
            let pairs = s.named(id).filter(|&p| s.kind(p) == "pair");
            let pairs = pairs.filter_map(|p| Some((s.child(p, "key")?, s.child(p, "value")?)));
            Expression::Dictionary(pairs.map(|(k, v)| (value(k), value(v))).collect())
        }
        _ => Expression::Other,
    }
}

fn one_of(parts: impl Iterator<Item = Expression>) -> Expression {
    let flat = parts.flat_map(|part| match part {
        Expression::OneOf(inner) => inner,
        other => vec![other],
    });
    Expression::OneOf(flat.collect())
}

fn call(s: &Syntax<'_>, id: Id, depth: usize) -> Option<Call> {
    let found = s.call(id)?;
    let value = |id: Id| read(s, id, false, depth + 1);
    let mut call = Call {
        callee: value(found.callee),
        placed: Vec::new(),
        named: Vec::new(),
        spread: Vec::new(),
    };
    for argument in s.named(found.arguments?) {
        match s.kind(argument) {
            "keyword_argument" => {
                if let (Some(name), Some(given)) =
                    (s.child(argument, "name"), s.child(argument, "value"))
                {
                    call.named.push((s.text(name).to_owned(), value(given)));
                }
            }
            "dictionary_splat" => call.spread.extend(s.named(argument).next().map(value)),
            "list_splat" => call.placed.push(Expression::Other),
            _ => call.placed.push(value(argument)),
        }
    }
    Some(call)
}

/// Returns `a.b.c`, where all of it are names.
fn dotted(s: &Syntax<'_>, id: Id) -> Option<String> {
    let mut parts = Vec::new();
    let mut at = id;
    for _ in 0..DEEPEST {
        if s.kind(at) == "identifier" {
            parts.push(s.text(at));
            parts.reverse();
            return Some(parts.join("."));
        }
        let mut named = s.named(at);
        let (object, name) = (named.next()?, named.next()?);
        if !matches!(s.kind(at), "attribute" | "member_type") {
            return None;
        }
        parts.push(s.text(name));
        at = s.bare(object);
    }
    None
}

/// Returns the text of a literal; what is put into it keeps its braces.
fn text(s: &Syntax<'_>, id: Id) -> Option<String> {
    if s.kind(id) == "concatenated_string" {
        return s.named(id).map(|part| text(s, part)).collect();
    }
    let parts = s
        .children(id)
        .filter(|&c| matches!(s.kind(c), "string_content" | "interpolation"));
    Some(parts.map(|c| s.text(c)).collect())
}

/// Returns the type that stands in quotes.
fn quoted(text: &str, profile: &'static Profile) -> Expression {
    let Ok(inner) = Syntax::parse(text, profile) else {
        return Expression::Other;
    };
    let statement = inner.named(0).next();
    let Some(statement) = statement.filter(|&e| inner.kind(e) == "expression_statement") else {
        return Expression::Other;
    };
    let Some(id) = inner.named(statement).next() else {
        return Expression::Other;
    };
    // What is in quotes in quotes is nobody's type.
    read(&inner, id, false, 0)
}
