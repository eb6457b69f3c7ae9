//! `table! { users (id) { id -> Int4, … } }`.

use coexist_model::{Column, Detail, Element, ModelDeclaration, Problem, Reading, Surface};

use crate::code::context::Context;
use crate::code::queries::words;
use crate::code::syntax::{Id, Syntax};

/// Adds the tables that a file declares.
pub(super) fn read(context: &Context<'_, '_>, reading: &mut Reading) {
    let s = context.syntax;
    for id in s.all().filter(|&id| s.kind(id) == "macro_invocation") {
        let name = s.child(id, "macro").map(|m| s.last_name(m));
        let Some(tree) = s
            .child_of(id, "token_tree")
            .filter(|_| name == Some("table"))
        else {
            continue;
        };
        // Other libraries have a macro of this name; only diesel's gives each column a type by an arrow.
        if !s.text(tree).contains("->") {
            continue;
        }
        match parse(context, tree) {
            Some(model) => reading.models.push(model),
            None => reading.problems.push(Problem {
                place: context.file.place(s.range(id)),
                what: "this table! declaration was not understood".to_owned(),
                identifiers: words(s.text(tree)),
            }),
        }
    }
}

/// The tokens between two brackets.
struct Tokens<'s, 'a> {
    syntax: &'s Syntax<'a>,
    all: Vec<Id>,
    at: usize,
}

impl<'s, 'a> Tokens<'s, 'a> {
    fn of(syntax: &'s Syntax<'a>, tree: Id) -> Self {
        let mut all: Vec<Id> = syntax
            .children(tree)
            .filter(|&c| !syntax.is_comment(c))
            .collect();
        // The brackets themselves.
        all.pop();
        if !all.is_empty() {
            all.remove(0);
        }
        Self { syntax, all, at: 0 }
    }

    fn peek(&self) -> Option<Id> {
        self.all.get(self.at).copied()
    }

    fn text(&self) -> &'a str {
        self.peek().map_or("", |t| self.syntax.text(t))
    }

    fn take(&mut self) -> Option<Id> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    fn skip(&mut self, text: &str) -> bool {
        let is = self.text() == text;
        self.at += usize::from(is);
        is
    }

    fn bracket(&mut self, open: char) -> Option<Id> {
        let token = self
            .peek()
            .filter(|&t| self.syntax.kind(t) == "token_tree")?;
        self.syntax.text(token).starts_with(open).then(|| {
            self.at += 1;
            token
        })
    }

    fn name(&mut self) -> Option<Id> {
        let token = self.peek()?;
        let text = self.syntax.text(token).trim_start_matches("r#");
        let is = text.starts_with(|c: char| c.is_alphabetic() || c == '_');
        is.then(|| {
            self.at += 1;
            token
        })
    }

    /// Reads `#[a = "b"]` as often as it stands here.
    fn attributes(&mut self) -> Vec<(&'a str, &'a str)> {
        let mut found = Vec::new();
        while self.text() == "#" {
            self.at += 1;
            let Some(tree) = self.bracket('[') else { break };
            let inner: Vec<Id> = self.syntax.children(tree).collect();
            let texts: Vec<&'a str> = inner.iter().map(|&t| self.syntax.text(t)).collect();
            if let ["[", name, "=", value, "]"] = texts.as_slice() {
                found.push((*name, value.trim_matches('"')));
            }
        }
        found
    }
}

fn sql_name<'a>(attributes: &[(&'a str, &'a str)]) -> Option<&'a str> {
    attributes
        .iter()
        .find(|(name, _)| *name == "sql_name")
        .map(|(_, value)| *value)
}

fn plain(name: &str) -> &str {
    name.trim_start_matches("r#")
}

fn parse(context: &Context<'_, '_>, tree: Id) -> Option<ModelDeclaration> {
    let s = context.syntax;
    let mut tokens = Tokens::of(s, tree);
    while tokens.text() == "use" {
        while !tokens.skip(";") {
            tokens.take()?;
        }
    }
    let attributes = tokens.attributes();
    let mut name = tokens.name()?;
    let mut schema = None;
    if tokens.skip(".") {
        schema = Some(plain(s.text(name)));
        name = tokens.name()?;
    }
    tokens.bracket('(');
    let body = tokens.bracket('{')?;
    if tokens.peek().is_some() {
        return None;
    }
    let (columns, aliases) = columns(context, body)?;
    let called = plain(s.text(name));
    let stored = sql_name(&attributes).unwrap_or(called);
    let table = schema.map_or_else(|| stored.to_owned(), |schema| format!("{schema}.{stored}"));
    Some(ModelDeclaration {
        deferred: Vec::new(),
        bases: Vec::new(),
        filled: Vec::new(),
        name: called.to_owned(),
        tool: "diesel",
        table: Surface::table(table),
        columns,
        unset: Vec::new(),
        aliases,
        place: context.file.place(s.range(name)),
    })
}

type Columns = (Vec<Element>, Vec<(String, String)>);

fn columns(context: &Context<'_, '_>, body: Id) -> Option<Columns> {
    let s = context.syntax;
    let mut tokens = Tokens::of(s, body);
    let (mut columns, mut aliases) = (Vec::new(), Vec::new());
    while tokens.peek().is_some() {
        let attributes = tokens.attributes();
        let name = tokens.name()?;
        if !tokens.skip("->") {
            return None;
        }
        let (type_text, end) = type_text(&mut tokens);
        let called = plain(s.text(name));
        let stored = sql_name(&attributes).unwrap_or(called);
        if stored != called {
            aliases.push((called.to_owned(), stored.to_owned()));
        }
        let length = attributes
            .iter()
            .find(|(n, _)| *n == "max_length")
            .map(|(_, v)| *v);
        columns.push(Element {
            name: stored.to_owned(),
            detail: Detail::Column(column(&type_text, length)),
            place: context.file.place(s.range(name).start..end),
        });
    }
    Some((columns, aliases))
}

/// Reads a type up to the comma behind it.
fn type_text(tokens: &mut Tokens<'_, '_>) -> (String, usize) {
    let (mut text, mut end, mut open) = (String::new(), 0, 0usize);
    while let Some(token) = tokens.take() {
        let part = tokens.syntax.text(token);
        match part {
            "," if open == 0 => break,
            "<" => open += 1,
            ">" => open = open.saturating_sub(1),
            ">>" => open = open.saturating_sub(2),
            _ => {}
        }
        text.push_str(part);
        end = tokens.syntax.range(token).end;
    }
    (text, end)
}

fn column(type_text: &str, length: Option<&str>) -> Column {
    let inner = |outer: &str| {
        type_text
            .strip_prefix(outer)
            .and_then(|t| t.strip_suffix('>'))
    };
    let (nullable, bare) = match inner("Nullable<") {
        Some(bare) => (true, bare),
        None => (false, type_text),
    };
    Column {
        type_name: type_name(bare, length),
        nullable,
        // A `table!` says nothing of defaults.
        default: None,
        generated: false,
    }
}

/// Returns the type as SQL spells it; empty for one that only the program knows.
fn type_name(diesel: &str, length: Option<&str>) -> String {
    if let Some(element) = diesel
        .strip_prefix("Array<")
        .and_then(|t| t.strip_suffix('>'))
    {
        let element = element
            .strip_prefix("Nullable<")
            .and_then(|t| t.strip_suffix('>'))
            .unwrap_or(element);
        let name = type_name(element, length);
        return if name.is_empty() {
            name
        } else {
            format!("{name}[]")
        };
    }
    let name = match diesel.rsplit("::").next().unwrap_or(diesel) {
        "Int2" | "SmallInt" | "SmallSerial" => "smallint",
        "Int4" | "Integer" | "Serial" => "integer",
        "Int8" | "BigInt" | "BigSerial" => "bigint",
        "Float4" | "Float" => "real",
        "Float8" | "Double" => "double precision",
        "Bool" => "boolean",
        "Text" | "VarChar" if length.is_none() => "text",
        "Varchar" | "VarChar" | "Text" => {
            return length.map_or_else(|| "varchar".to_owned(), |l| format!("varchar({l})"));
        }
        "Bytea" | "Binary" => "bytea",
        "Timestamptz" => "timestamp with time zone",
        "Timestamp" => "timestamp",
        "Date" => "date",
        "Time" => "time",
        "Uuid" => "uuid",
        "Json" => "json",
        "Jsonb" => "jsonb",
        "Numeric" => "numeric",
        _ => "",
    };
    name.to_owned()
}
