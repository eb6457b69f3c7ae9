//! The commands of a migration: <https://hexdocs.pm/ecto_sql/Ecto.Migration.html#functions>.

use coexist_model::{Constraint, ConstraintKind, Detail, Effect, Element, Rows};

use crate::code::elixir::{Sent, pairs, statements};
use crate::code::syntax::Id;

use super::columns;
use super::walk::{Deed, Walk};

/// Functions that change nothing by themselves.
const SILENT: &[&str] = &[
    "flush",
    "direction",
    "prefix",
    "repo",
    "raise",
    "fragment",
    "from",
    "table",
    "index",
    "unique_index",
    "constraint",
    "references",
    "is_nil",
    "not",
    "inspect",
    "to_string",
    "length",
    "import",
    "require",
    "alias",
    "use",
    "dynamic",
    "throw",
    "exit",
    "send",
    "self",
    "hd",
    "tl",
    "elem",
    "max",
    "min",
    "round",
];
/// Modules of the language whose functions change no store. What is handed to them may.
const OF_LANGUAGE: &[&str] = &[
    "IO",
    "Logger",
    "Enum",
    "String",
    "Map",
    "Keyword",
    "List",
    "Application",
    "System",
    "Process",
    "Mix",
    "Code",
    "Stream",
    "MapSet",
    "DateTime",
    "NaiveDateTime",
    "Date",
    "Integer",
    "Regex",
    "File",
    "Path",
    "Jason",
    "Kernel",
    "Access",
    "Tuple",
    "Task",
    "Ecto.Query",
    "Query",
    "Ecto.UUID",
    "UUID",
    "Base",
    "Range",
    "Module",
];

/// Reads a call; returns whether it is a command, or changes nothing.
pub(super) fn read(walk: &mut Walk<'_, '_, '_>, sent: &Sent<'_>) -> bool {
    if let Some(receiver) = sent.receiver {
        return remote(walk, sent, receiver);
    }
    let understood = match sent.name {
        "create" | "create_if_not_exists" => create(walk, sent, sent.name != "create"),
        "drop" | "drop_if_exists" => drop(walk, sent, sent.name != "drop"),
        "alter" => alter(walk, sent),
        "rename" => rename(walk, sent),
        "execute" => {
            execute(walk, sent);
            Some(())
        }
        name if SILENT.contains(&name) => Some(()),
        _ => return false,
    };
    if understood.is_none() {
        walk.not_understood(
            sent.id,
            &format!("this use of {} is not understood", sent.name),
        );
    }
    true
}

/// Reads a pipe into the repository: `from(u in "users") |> repo().delete_all()`; returns whether it is one.
pub(super) fn read_pipe(walk: &mut Walk<'_, '_, '_>, id: Id, parts: &[Id]) -> bool {
    let s = walk.context.syntax;
    let last = parts.last().and_then(|&p| Sent::of(s, p));
    let Some(last) = last.filter(|l| l.receiver.is_some_and(|r| is_repository(walk, r))) else {
        return false;
    };
    let source = parts.first().and_then(|&p| source(walk, p));
    rows(walk, id, &last, source);
    true
}

/// `table(:users, prefix: "audit")`
fn table(walk: &Walk<'_, '_, '_>, id: Id) -> Option<String> {
    let sent = Sent::of(walk.context.syntax, id).filter(|c| c.name == "table")?;
    let name = walk.word(*sent.placed.first()?)?;
    Some(prefixed(walk, &sent, name))
}

fn prefixed(walk: &Walk<'_, '_, '_>, sent: &Sent<'_>, name: String) -> String {
    let prefix = sent.option("prefix").and_then(|p| walk.word(p));
    match prefix.filter(|p| p != "public") {
        Some(prefix) => format!("{prefix}.{name}"),
        None => name,
    }
}

/// Returns the table that an index or a constraint is of, and it.
fn described(walk: &Walk<'_, '_, '_>, id: Id) -> Option<(String, Element)> {
    let s = walk.context.syntax;
    let sent = Sent::of(s, id)?;
    let name = walk.word(*sent.placed.first()?)?;
    let table = prefixed(walk, &sent, name.clone());
    let given = sent.option("name").and_then(|n| walk.word(n));
    let says = |option: &str, word: &str| sent.option(option).is_some_and(|v| s.text(v) == word);
    let (own, constraint) = match sent.name {
        "index" | "unique_index" => {
            let listed = *sent.placed.get(1)?;
            let each: Vec<Id> = match s.kind(listed) {
                "list" => s.named(listed).flat_map(|i| of_order(s, i)).collect(),
                _ => vec![listed],
            };
            let names: Vec<Option<String>> = each.iter().map(|&i| walk.word(i)).collect();
            let plain = |word: &String| word.chars().all(|c| c.is_alphanumeric() || c == '_');
            let columns: Vec<String> = names
                .iter()
                .flatten()
                .filter(|w| plain(w))
                .cloned()
                .collect();
            let unique = sent.name == "unique_index" || says("unique", "true");
            let partial = sent.option("where").is_some() || columns.len() < names.len();
            let joined: Vec<String> = names.into_iter().flatten().map(|n| spelled(&n)).collect();
            let kind = match unique {
                true => ConstraintKind::Unique,
                false => ConstraintKind::Index,
            };
            let own = format!("{name}_{}_index", joined.join("_"));
            (own, (kind, columns, partial))
        }
        "constraint" => {
            let own = walk.word(*sent.placed.get(1)?)?;
            let kind = match sent.option("check") {
                Some(check) => ConstraintKind::Check {
                    expression: walk.word(check).unwrap_or_default(),
                },
                None => ConstraintKind::Exclusion,
            };
            (own, (kind, Vec::new(), false))
        }
        _ => return None,
    };
    let (kind, columns, partial) = constraint;
    let element = Element {
        name: given.unwrap_or(own),
        detail: Detail::Constraint(Constraint {
            kind,
            columns,
            partial,
            validated: !says("validate", "false"),
            predicate: None,
        }),
        place: walk.context.file.place(s.range(id)),
    };
    Some((table, element))
}

/// `[desc: :inserted_at]` in a list of columns.
fn of_order(s: &crate::code::syntax::Syntax<'_>, id: Id) -> Vec<Id> {
    match s.kind(id) {
        "keywords" => pairs(s, id).into_iter().map(|(_, value)| value).collect(),
        _ => vec![id],
    }
}

/// An expression in the name of an index: `lower(email)` → `lower_email`.
fn spelled(text: &str) -> String {
    let word = |c: char| {
        if c.is_alphanumeric() || c == '_' {
            c
        } else {
            ' '
        }
    };
    let spaced: String = text.chars().map(word).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join("_")
}

fn create(walk: &mut Walk<'_, '_, '_>, sent: &Sent<'_>, perhaps: bool) -> Option<()> {
    let what = *sent.placed.first()?;
    let Some(name) = table(walk, what) else {
        let (table, element) = described(walk, what)?;
        let gone = Effect::DropConstraint {
            name: element.name.clone(),
        };
        let up = vec![Deed::on(&table, Effect::AddConstraint(element))];
        walk.act_if(sent.id, up, vec![Deed::on(&table, gone)], perhaps);
        return Some(());
    };
    let s = walk.context.syntax;
    let of_table = Sent::of(s, what)?;
    let mut elements = columns::key(walk, what, &name, of_table.option("primary_key"));
    for statement in sent.block.map(|b| statements(s, b)).unwrap_or_default() {
        let line = Sent::of(s, statement)?;
        elements.extend(declared(walk, &name, &line)?);
    }
    let up = vec![Deed::on(&name, Effect::CreateTable { elements })];
    let down = vec![Deed::on(&name, Effect::DropTable)];
    walk.act_if(sent.id, up, down, perhaps);
    Some(())
}

/// Returns what a line in `create table` or `alter table` adds; None where it does something else.
fn declared(walk: &Walk<'_, '_, '_>, table: &str, line: &Sent<'_>) -> Option<Vec<Element>> {
    match line.name {
        "add" | "add_if_not_exists" => {
            let name = walk.word(*line.placed.first()?)?;
            let of_type = line.placed.get(1).copied();
            Some(columns::added(
                walk,
                line.id,
                table,
                name,
                of_type,
                &line.options,
            ))
        }
        "timestamps" => Some(columns::timestamps(walk, line.id, table, &line.options)),
        _ => None,
    }
}

fn additions(table: &str, elements: Vec<Element>) -> Vec<Deed> {
    let add = |element: Element| match element.detail {
        Detail::Column(_) => Deed::on(table, Effect::AddColumn(element)),
        _ => Deed::on(table, Effect::AddConstraint(element)),
    };
    elements.into_iter().map(add).collect()
}

fn removals(table: &str, elements: &[Element]) -> Vec<Deed> {
    let columns = elements
        .iter()
        .filter(|e| matches!(e.detail, Detail::Column(_)));
    let drop = |e: &Element| Effect::DropColumn {
        column: e.name.clone(),
    };
    columns.map(|e| Deed::on(table, drop(e))).collect()
}

fn drop(walk: &mut Walk<'_, '_, '_>, sent: &Sent<'_>, perhaps: bool) -> Option<()> {
    let what = *sent.placed.first()?;
    if let Some(name) = table(walk, what) {
        walk.act_if(
            sent.id,
            vec![Deed::on(&name, Effect::DropTable)],
            Vec::new(),
            perhaps,
        );
        return Some(());
    }
    let (table, element) = described(walk, what)?;
    let name = element.name.clone();
    let is_index = matches!(&element.detail, Detail::Constraint(c)
        if matches!(c.kind, ConstraintKind::Index | ConstraintKind::Unique));
    // A constraint that is dropped says nothing of what it was.
    let down = match is_index {
        true => vec![Deed::on(&table, Effect::AddConstraint(element))],
        false => Vec::new(),
    };
    let up = vec![Deed::on(&table, Effect::DropConstraint { name })];
    walk.act_if(sent.id, up, down, perhaps);
    Some(())
}

fn alter(walk: &mut Walk<'_, '_, '_>, sent: &Sent<'_>) -> Option<()> {
    let s = walk.context.syntax;
    let table = table(walk, *sent.placed.first()?)?;
    for statement in sent.block.map(|b| statements(s, b)).unwrap_or_default() {
        let understood = Sent::of(s, statement).and_then(|line| change(walk, &table, &line));
        if understood.is_none() {
            walk.not_understood(statement, "this change of a table is not understood");
        }
    }
    Some(())
}

fn change(walk: &mut Walk<'_, '_, '_>, table: &str, line: &Sent<'_>) -> Option<()> {
    let first = || line.placed.first().copied();
    match line.name {
        "remove" | "remove_if_exists" => {
            let column = walk.word(first()?)?;
            let of_type = line.placed.get(1).copied();
            let down = match of_type {
                Some(_) => {
                    let name = column.clone();
                    let back = columns::added(walk, line.id, table, name, of_type, &line.options);
                    additions(table, back)
                }
                None => Vec::new(),
            };
            let up = vec![Deed::on(table, Effect::DropColumn { column })];
            walk.act_if(line.id, up, down, line.name != "remove");
        }
        "modify" => {
            let column = walk.word(first()?)?;
            let of_type = *line.placed.get(1)?;
            let up = modified(walk, table, line.id, &column, of_type, &line.options);
            // `from: :string`, `from: {:string, null: true}`
            let down = line.option("from").map(|from| {
                let s = walk.context.syntax;
                let parts: Vec<Id> = s.named(from).collect();
                match (s.kind(from), parts.as_slice()) {
                    ("tuple", [kind, options]) => {
                        let options = pairs(s, *options);
                        modified(walk, table, line.id, &column, *kind, &options)
                    }
                    _ => modified(walk, table, line.id, &column, from, &[]),
                }
            });
            walk.act(line.id, up, down.unwrap_or_default());
        }
        _ => {
            let elements = declared(walk, table, line)?;
            let down = removals(table, &elements);
            let up = additions(table, elements);
            walk.act_if(line.id, up, down, line.name == "add_if_not_exists");
        }
    }
    Some(())
}

/// Returns what `modify` changes. What it does not say of NULL and of the default stays as it is.
fn modified(
    walk: &Walk<'_, '_, '_>,
    table: &str,
    id: Id,
    column: &str,
    of_type: Id,
    options: &[(&str, Id)],
) -> Vec<Deed> {
    let s = walk.context.syntax;
    let option = |wanted: &str| options.iter().find(|(n, _)| *n == wanted).map(|(_, v)| *v);
    let column = || column.to_owned();
    let mut deeds = Vec::new();
    let type_name = columns::type_name(walk, of_type, options);
    if !type_name.is_empty() {
        let effect = Effect::SetType {
            column: column(),
            type_name,
            was: None,
        };
        deeds.push(Deed::on(table, effect));
    }
    if let Some(value) = option("default") {
        let effect = Effect::SetDefault {
            column: column(),
            default: columns::default(walk, value),
        };
        deeds.push(Deed::on(table, effect));
    }
    if let Some(accepts) = option("null") {
        let effect = Effect::SetRequired {
            column: column(),
            required: s.text(accepts) == "false",
        };
        deeds.push(Deed::on(table, effect));
    }
    if columns::references(walk, of_type).is_some() {
        let added = columns::added(walk, id, table, column(), Some(of_type), options);
        deeds.extend(additions(table, added.into_iter().skip(1).collect()));
    }
    deeds
}

/// `rename table(:a), to: table(:b)`, `rename table(:a), :b, to: :c`, `rename index(:a, [:b], name: "c"), to: "d"`.
fn rename(walk: &mut Walk<'_, '_, '_>, sent: &Sent<'_>) -> Option<()> {
    let what = *sent.placed.first()?;
    let to = sent.option("to")?;
    let Some(name) = table(walk, what) else {
        let (table, element) = described(walk, what)?;
        let (name, to) = (element.name, walk.word(to)?);
        let renamed = |name: String, to: String| {
            vec![Deed::on(&table, Effect::RenameConstraint { name, to })]
        };
        let down = renamed(to.clone(), name.clone());
        walk.act(sent.id, renamed(name, to), down);
        return Some(());
    };
    let (up, down) = match sent.placed.get(1) {
        Some(&column) => {
            let (column, to) = (walk.word(column)?, walk.word(to)?);
            let renamed = |column: String, to: String| Effect::RenameColumn { column, to };
            (
                Deed::on(&name, renamed(column.clone(), to.clone())),
                Deed::on(&name, renamed(to, column)),
            )
        }
        None => {
            let to = table(walk, to)?;
            let back = Effect::RenameTable { to: name.clone() };
            (
                Deed::on(&name, Effect::RenameTable { to: to.clone() }),
                Deed::on(&to, back),
            )
        }
    };
    walk.act(sent.id, vec![up], vec![down]);
    Some(())
}

/// `execute "…"`, `execute "…", "…"` with its way back, `execute(fn -> … end)`.
fn execute(walk: &mut Walk<'_, '_, '_>, sent: &Sent<'_>) {
    let mut ways = sent.placed.iter().map(|&given| statement(walk, given));
    let up = ways.next().unwrap_or_default();
    let down = ways.next().unwrap_or_default();
    let functions = sent
        .placed
        .first()
        .filter(|&&g| walk.context.syntax.kind(g) == "anonymous_function");
    match functions {
        Some(&function) => walk.inside(function),
        None => walk.act(sent.id, up, down),
    }
}

/// Returns what the SQL in an argument does: a text, or a list of texts. An empty one does nothing.
fn statement(walk: &Walk<'_, '_, '_>, given: Id) -> Vec<Deed> {
    let s = walk.context.syntax;
    if s.kind(given) == "list" {
        return s
            .named(given)
            .flat_map(|one| statement(walk, one))
            .collect();
    }
    if s.is_string(given) {
        return match walk.context.strings.literal(given) {
            Some(_) => vec![Deed::Sql(given)],
            None => vec![Deed::on("", Effect::Nothing)],
        };
    }
    vec![Deed::NotUnderstood(
        "the SQL that it runs is made elsewhere".to_owned(),
    )]
}

fn is_repository(walk: &Walk<'_, '_, '_>, receiver: Id) -> bool {
    let s = walk.context.syntax;
    let text = s.text(receiver);
    text == "repo()" || text == "repo" || s.kind(receiver) == "alias" && text.ends_with("Repo")
}

fn remote(walk: &mut Walk<'_, '_, '_>, sent: &Sent<'_>, receiver: Id) -> bool {
    let s = walk.context.syntax;
    if is_repository(walk, receiver) {
        let source = sent.placed.first().and_then(|&p| source(walk, p));
        rows(walk, sent.id, sent, source);
        return true;
    }
    let name = s.text(receiver);
    if name.ends_with("Adapters.SQL") || name == "SQL" {
        let sql = sent.placed.iter().find(|&&g| s.is_string(g));
        if let Some(&sql) = sql {
            walk.act(sent.id, vec![Deed::Sql(sql)], Vec::new());
            return true;
        }
    }
    // `x.field` of a value is no call of a function.
    let is_value = s.kind(receiver) != "alias";
    if is_value || OF_LANGUAGE.contains(&name) || name.ends_with("Ecto.Query") {
        if let Some(arguments) = s.child_of(sent.id, "arguments") {
            walk.inside(arguments);
        }
        return true;
    }
    false
}

/// Returns the table that a query reads: `from(u in "users")`, `"users"`.
fn source(walk: &Walk<'_, '_, '_>, id: Id) -> Option<String> {
    let s = walk.context.syntax;
    let Some(sent) = Sent::of(s, id).filter(|c| c.name == "from") else {
        return walk.word(id).filter(|_| s.kind(id) == "string");
    };
    let first = *sent.placed.first()?;
    let source = s.child(first, "right").unwrap_or(first);
    walk.word(source).filter(|_| s.kind(source) == "string")
}

/// What a call on the repository does with rows.
fn rows(walk: &mut Walk<'_, '_, '_>, id: Id, sent: &Sent<'_>, source: Option<String>) {
    let s = walk.context.syntax;
    let name = sent.name.trim_end_matches('!');
    let rows = match name {
        "query" | "query_many" => {
            let sql = sent.placed.iter().find(|&&g| s.is_string(g)).copied();
            match sql {
                Some(sql) => walk.act(id, vec![Deed::Sql(sql)], Vec::new()),
                None => walk.not_understood(id, "the SQL that it runs is made elsewhere"),
            }
            return;
        }
        "update_all" => Rows::Updated,
        "insert_all" => Rows::Inserted,
        "delete_all" => Rows::Deleted,
        "insert" | "update" | "delete" | "insert_or_update" => {
            return walk.not_understood(id, "which rows it changes is not known");
        }
        // Reads, and transactions around what stands in them.
        _ => {
            if let Some(arguments) = s.child_of(sent.id, "arguments") {
                walk.inside(arguments);
            }
            return;
        }
    };
    let Some(table) = source else {
        return walk.not_understood(id, "which rows it changes is not known");
    };
    let set = sent.option("set").map(|v| pairs(s, v)).unwrap_or_default();
    let columns = set.iter().map(|(column, _)| (*column).to_owned()).collect();
    let given = set.iter().filter_map(|(column, value)| {
        let value = walk.word(*value).filter(|_| s.is_string(*value))?;
        Some(((*column).to_owned(), value))
    });
    let values = given.collect();
    let effect = Effect::Backfill {
        rows,
        columns,
        values,
    };
    walk.act(id, vec![Deed::on(&table, effect)], Vec::new());
}
