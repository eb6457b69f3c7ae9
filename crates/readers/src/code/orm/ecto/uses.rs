//! The queries of schemas: `from u in User, where: u.email == ^email`, `User |> where(email: ^email) |> Repo.all()`, `Repo.get(User, id)`.

use std::collections::BTreeSet;
use std::ops::Range;

use coexist_model::{Access, Confidence, Manner, Mode, Reading};

use crate::code::context::Context;
use crate::code::elixir::{Sent, field_of, is_piped, modules, pairs, pipe, word, words};
use crate::code::orm::classes::use_of;
use crate::code::syntax::Id;

/// Functions of a repository that give whole rows back.
const FETCHES: &[&str] = &[
    "all", "one", "get", "get_by", "stream", "reload", "all_by", "fetch", "fetch_by", "find",
    "first",
];
/// Functions of a repository that ask for something else than rows.
const ASKS: &[&str] = &["aggregate", "exists?", "exists", "count"];
/// Functions that make a query narrower, or give it an order, and take bindings before what they say.
const QUERIES: &[&str] = &[
    "where",
    "or_where",
    "order_by",
    "group_by",
    "having",
    "or_having",
    "select_merge",
    "distinct",
    "dynamic",
    "join",
    "update",
    "limit",
    "offset",
    "preload",
    "lock",
    "windows",
];

/// Adds the uses of these schemas.
pub(super) fn read(context: &Context<'_, '_>, names: &BTreeSet<String>, reading: &mut Reading) {
    let s = context.syntax;
    let own = modules(s)
        .into_iter()
        .map(|m| (s.range(m.id), m.name))
        .collect();
    let uses = Uses {
        context,
        names,
        own,
    };
    for id in s.all() {
        match s.kind(id) {
            "binary_operator" if !is_piped(s, id) => {
                uses.piped(id, &mut reading.accesses);
            }
            "call" => uses.call(id, &mut reading.accesses),
            _ => {}
        }
    }
}

struct Uses<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    names: &'c BTreeSet<String>,
    /// The modules of the file, by what they span.
    own: Vec<(Range<usize>, String)>,
}

/// A query of a schema.
struct Query {
    model: String,
    sure: Confidence,
    /// Whether it gives whole rows back.
    whole: bool,
}

impl<'a> Uses<'_, '_, 'a> {
    /// Returns the schema that a name of a module stands for, and how sure that is.
    fn model(&self, id: Id) -> Option<(String, Confidence)> {
        let s = self.context.syntax;
        let text = s.text(id);
        if text == "__MODULE__" {
            let at = s.range(id).start;
            let own = self.own.iter().rfind(|(range, _)| range.contains(&at))?;
            return self
                .names
                .get(&own.1)
                .cloned()
                .map(|n| (n, Confidence::High));
        }
        if s.kind(id) != "alias" {
            return None;
        }
        let (first, rest) = text.split_once('.').unwrap_or((text, ""));
        let there = self.context.original(first);
        let full = match rest {
            "" => there.to_owned(),
            rest => format!("{there}.{rest}"),
        };
        if let Some(found) = self.names.get(&full) {
            return Some((found.clone(), Confidence::High));
        }
        if there != first {
            return None;
        }
        // A module that `use` brings in may have given it its name: one of the same application.
        let ends = format!(".{full}");
        let mut alike = self.names.iter().filter(|n| n.ends_with(&ends));
        let one = alike.next().filter(|_| alike.next().is_none())?;
        let root = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        let same = self
            .own
            .iter()
            .any(|(_, own)| root(own).starts_with(&root(one)));
        let sure = match same {
            true => Confidence::High,
            false => Confidence::Medium,
        };
        Some((one.clone(), sure))
    }

    /// Returns the query that an expression begins: a schema, `from(…)`, or a call that takes one first.
    fn query(&self, id: Id) -> Option<Query> {
        let s = self.context.syntax;
        if let Some((model, sure)) = self.model(id) {
            return Some(Query {
                model,
                sure,
                whole: true,
            });
        }
        let sent = Sent::of(s, id)?;
        let own = sent.receiver.is_none_or(|r| s.text(r).ends_with("Query"));
        if !own {
            return None;
        }
        if sent.name == "from" {
            let first = *sent.placed.first()?;
            let source = s.child(first, "right").unwrap_or(first);
            let name = s.child(first, "left").map(|n| s.text(n));
            let (model, sure) = self.model(source)?;
            let whole = match (sent.option("select"), name) {
                (Some(select), Some(name)) => self.is_whole(select, name),
                (Some(_), None) => false,
                (None, _) => true,
            };
            return Some(Query { model, sure, whole });
        }
        let takes =
            QUERIES.contains(&sent.name) || matches!(sent.name, "select" | "subquery" | "exclude");
        let first = *sent.placed.first().filter(|_| takes)?;
        let mut query = self.query(first)?;
        query.whole &= sent.name != "select";
        Some(query)
    }

    /// Returns whether what is selected holds the row itself: `u`, `{u, count(p.id)}`.
    fn is_whole(&self, select: Id, name: &str) -> bool {
        let s = self.context.syntax;
        let around = std::iter::once(select).chain(s.below(select));
        around
            .filter(|&n| s.kind(n) == "identifier" && s.text(n) == name)
            .any(|n| {
                let up = s.parent(n);
                let named = up.is_some_and(|up| s.kind(up) == "dot");
                // `struct(u, [:id])`, `map(u, [:id])` take some of its fields.
                let call = s.above(n, &["call"]).and_then(|c| Sent::of(s, c));
                let takes = call.is_some_and(|c| {
                    s.is_within(n, c.id)
                        && matches!(c.name, "struct" | "map" | "count" | "fragment")
                });
                !named && !takes
            })
    }

    fn call(&self, id: Id, out: &mut Vec<Access>) {
        let s = self.context.syntax;
        let Some(sent) = Sent::of(s, id) else { return };
        if sent.name == "from" && sent.receiver.is_none_or(|r| s.text(r).ends_with("Query")) {
            self.from(&sent, out);
            return;
        }
        if let Some(receiver) = sent.receiver {
            if self.is_repository(receiver) && !is_piped_into(self.context, id) {
                self.repository(&sent, sent.placed.first().copied(), 1, out);
            } else if s.text(receiver).ends_with("Multi") {
                self.multi(&sent, out);
            }
            return;
        }
        // `where(User, [u], u.age > 3)`
        let query = sent.placed.first().and_then(|&f| self.query(f));
        if let Some(query) = query.filter(|_| QUERIES.contains(&sent.name) || sent.name == "select")
        {
            self.step(&sent, 1, &query, out);
        }
    }

    fn is_repository(&self, receiver: Id) -> bool {
        let s = self.context.syntax;
        let name = match Sent::of(s, receiver) {
            // `Repo.replica().all(…)`
            Some(sent) => sent.receiver.map_or("", |r| s.text(r)),
            None => s.text(receiver),
        };
        let mut parts = name.rsplit('.');
        let last = parts.next().unwrap_or_default();
        last.ends_with("Repo") || parts.next().is_some_and(|before| before.ends_with("Repo"))
    }

    /// `from u in User, join: t in Team, where: u.email == ^email, select: u.id`
    fn from(&self, sent: &Sent<'a>, out: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        let mut bound: Vec<(&str, String, Confidence)> = Vec::new();
        let first = *sent.placed.first()?;
        let sources = std::iter::once(first).chain(
            sent.options
                .iter()
                .filter(|(name, _)| name.ends_with("join"))
                .map(|(_, value)| *value),
        );
        for source in sources {
            let names = s.child(source, "left").zip(s.child(source, "right"));
            if let Some((name, module)) = names
                && let Some((model, sure)) = self.model(module)
            {
                bound.push((s.text(name), model, sure));
            }
        }
        for (name, model, sure) in &bound {
            for &(_, value) in &sent.options {
                self.fields(value, name, model, *sure, out);
            }
        }
        let query = self.query(sent.id)?;
        // A keyword list compares columns: `where: [email: ^email]`.
        for (option, value) in &sent.options {
            let filters = matches!(*option, "where" | "or_where");
            for (column, _) in pairs(s, *value).into_iter().filter(|_| filters) {
                self.add(
                    *value,
                    &query.model,
                    Some(column),
                    Mode::Reads,
                    query.sure,
                    out,
                );
            }
            if *option == "select" {
                self.selected(*value, &query, out);
            }
        }
        if query.whole && !self.is_narrowed(sent.id) {
            // A query that is handed on may yet be narrowed.
            self.add(
                sent.id,
                &query.model,
                None,
                Mode::Queries,
                self.given_sure(sent.id, &query),
                out,
            );
        } else {
            self.add(sent.id, &query.model, None, Mode::Reads, query.sure, out);
        }
        Some(())
    }

    /// Returns how sure it is that a query is run as it stands.
    fn given_sure(&self, id: Id, query: &Query) -> Confidence {
        let s = self.context.syntax;
        let call = s.above(id, &["call"]).and_then(|c| Sent::of(s, c));
        let run = call.is_some_and(|c| c.receiver.is_some_and(|r| self.is_repository(r)));
        let end = pipe_around(self.context, id).and_then(|p| Sent::of(s, p));
        let piped = end.is_some_and(|c| c.receiver.is_some_and(|r| self.is_repository(r)));
        match run || piped {
            true => query.sure,
            false => query.sure.min(Confidence::Medium),
        }
    }

    /// Returns whether what stands around a query asks for something else than its rows.
    fn is_narrowed(&self, id: Id) -> bool {
        let s = self.context.syntax;
        let narrows = |name: &str| {
            let name = name.trim_end_matches('!');
            matches!(
                name,
                "select" | "update_all" | "delete_all" | "subquery" | "exclude"
            ) || ASKS.contains(&name)
        };
        let around = s
            .ancestors(id)
            .take_while(|&up| matches!(s.kind(up), "arguments" | "call" | "binary_operator"));
        around
            .flat_map(|up| match s.kind(up) {
                "binary_operator" => pipe(s, up).into_iter().skip(1).collect(),
                _ => vec![up],
            })
            .filter_map(|n| Sent::of(s, n))
            .any(|c| narrows(c.name))
    }

    /// `User |> where([u], u.email == ^email) |> Repo.all()`, `%User{} |> User.changeset(attrs) |> Repo.insert()`.
    fn piped(&self, id: Id, out: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        let parts = pipe(s, id);
        let (&first, rest) = parts.split_first()?;
        let last = rest.last().and_then(|&l| Sent::of(s, l))?;
        if let Some(query) = self.query(first) {
            let mut query = query;
            for &part in rest {
                let Some(sent) = Sent::of(s, part) else {
                    continue;
                };
                if sent.receiver.is_none_or(|r| s.text(r).ends_with("Query")) {
                    self.step(&sent, 0, &query, out);
                    query.whole &= sent.name != "select";
                }
            }
            if last.receiver.is_some_and(|r| self.is_repository(r)) {
                self.run(&last, &query, 0, out);
            }
            return Some(());
        }
        if last.receiver.is_some_and(|r| self.is_repository(r)) {
            let model = rest
                .iter()
                .chain([&first])
                .find_map(|&part| self.row_of(part));
            if let Some((model, sure)) = model {
                self.written(&last, &model, sure, &[first], out);
            }
        }
        Some(())
    }

    /// One step of a query in a pipe: `where([u], u.email == ^email)`, `order_by(:name)`, `where(email: ^email)`.
    fn step(&self, sent: &Sent<'a>, skip: usize, query: &Query, out: &mut Vec<Access>) {
        let s = self.context.syntax;
        if !QUERIES.contains(&sent.name) && sent.name != "select" {
            return;
        }
        let mut given = sent.placed.iter().copied().skip(skip);
        let bindings = sent.placed.get(skip).filter(|&&b| s.kind(b) == "list");
        let name = bindings.and_then(|&b| s.named(b).next());
        let name = name
            .filter(|&n| s.kind(n) == "identifier")
            .map(|n| s.text(n));
        if let Some(name) = name {
            let values = given.by_ref().chain(sent.options.iter().map(|(_, v)| *v));
            for value in values.collect::<Vec<_>>() {
                self.fields(value, name, &query.model, query.sure, out);
            }
            return;
        }
        if sent.name == "select" {
            if let Some(&what) = sent.placed.get(skip) {
                self.selected(what, query, out);
            }
            return;
        }
        let named = matches!(sent.name, "where" | "or_where" | "order_by" | "group_by");
        if !named {
            return;
        }
        let filters = sent.name.ends_with("where");
        let listed = sent.placed.get(skip).copied();
        let keys = sent.options.iter().map(|(column, value)| (*column, *value));
        for (column, value) in keys {
            let column = match filters {
                true => Some(column.to_owned()),
                // `order_by(desc: :inserted_at)`
                false => word(self.context, value),
            };
            if let Some(column) = column {
                self.add(
                    sent.id,
                    &query.model,
                    Some(&column),
                    Mode::Reads,
                    query.sure,
                    out,
                );
            }
        }
        for column in listed.map(|l| self.atoms(l)).unwrap_or_default() {
            self.add(
                sent.id,
                &query.model,
                Some(&column),
                Mode::Reads,
                query.sure,
                out,
            );
        }
    }

    /// Returns the atom that an expression is, or those in a list.
    fn atoms(&self, id: Id) -> Vec<String> {
        let s = self.context.syntax;
        match s.kind(id) {
            "atom" => word(self.context, id).into_iter().collect(),
            "list" => words(self.context, id).unwrap_or_default(),
            _ => Vec::new(),
        }
    }

    /// `select: [:id, :name]`, `select: struct(u, [:id])`.
    fn selected(&self, id: Id, query: &Query, out: &mut Vec<Access>) {
        let s = self.context.syntax;
        let list = match Sent::of(s, id) {
            Some(sent) if matches!(sent.name, "struct" | "map") => sent.placed.get(1).copied(),
            Some(_) => None,
            None => Some(id),
        };
        for column in list.map(|l| self.atoms(l)).unwrap_or_default() {
            self.add(
                id,
                &query.model,
                Some(&column),
                Mode::Reads,
                query.sure,
                out,
            );
        }
    }

    /// Adds the fields that are named of a binding: `u.email`.
    fn fields(&self, within: Id, name: &str, model: &str, sure: Confidence, out: &mut Vec<Access>) {
        let s = self.context.syntax;
        for id in std::iter::once(within).chain(s.below(within)) {
            if let Some(field) = field_of(s, id, name) {
                self.add(id, model, Some(field), Mode::Reads, sure, out);
            }
        }
    }

    /// `Repo.get(User, id)`, `Repo.insert(%User{email: "x"})`.
    fn repository(
        &self,
        sent: &Sent<'a>,
        first: Option<Id>,
        skip: usize,
        out: &mut Vec<Access>,
    ) -> Option<()> {
        let first = first?;
        let s = self.context.syntax;
        // A pipe in the argument is read as one.
        let begins = *pipe(s, first).first()?;
        if let Some(query) = self.query(begins) {
            // `from` says itself what it asks for.
            let is_from = Sent::of(s, begins).is_some_and(|c| c.name == "from");
            if !is_from || writes_rows(sent.name) {
                self.run(sent, &query, skip, out);
            }
            return Some(());
        }
        let (model, sure) = pipe(s, first).into_iter().find_map(|p| self.row_of(p))?;
        self.written(sent, &model, sure, &[begins], out);
        Some(())
    }

    /// What a function of the repository does with a query.
    fn run(&self, sent: &Sent<'a>, query: &Query, skip: usize, out: &mut Vec<Access>) {
        let s = self.context.syntax;
        let name = sent.name.trim_end_matches('!');
        let (model, sure) = (&query.model, query.sure);
        match name {
            _ if FETCHES.contains(&name) => {
                let mode = match query.whole {
                    true => Mode::Queries,
                    false => Mode::Reads,
                };
                self.add(sent.id, model, None, mode, sure, out);
                if name.ends_with("_by") {
                    let last = sent.placed.last().map(|&l| pairs(s, l)).unwrap_or_default();
                    let keys = sent.options.iter().map(|(k, _)| *k);
                    for column in keys.chain(last.into_iter().map(|(k, _)| k)) {
                        self.add(sent.id, model, Some(column), Mode::Reads, sure, out);
                    }
                }
            }
            "delete_all" => self.add(sent.id, model, None, Mode::Deletes, sure, out),
            "update_all" => self.updated(sent, query, skip, out),
            "insert_all" => self.add_insert(sent.id, model, sure, out),
            _ if ASKS.contains(&name) => self.add(sent.id, model, None, Mode::Reads, sure, out),
            _ => {}
        }
    }

    /// `Repo.update_all(query, set: [name: "x"], inc: [count: 1])`.
    fn updated(&self, sent: &Sent<'a>, query: &Query, skip: usize, out: &mut Vec<Access>) {
        let s = self.context.syntax;
        let listed = sent
            .placed
            .get(skip)
            .map(|&l| pairs(s, l))
            .unwrap_or_default();
        let all = sent.options.iter().copied().chain(listed);
        for (how, what) in all.filter(|(how, _)| matches!(*how, "set" | "inc" | "push" | "pull")) {
            for (column, value) in pairs(s, what) {
                let values = match (how, s.kind(value)) {
                    ("set", "nil") => vec!["NULL".to_owned()],
                    ("set", "string" | "atom") => word(self.context, value).into_iter().collect(),
                    _ => Vec::new(),
                };
                let mode = Mode::Writes { values };
                self.add(value, &query.model, Some(column), mode, query.sure, out);
            }
        }
    }

    /// Returns the schema of a row that an expression makes: `%User{…}`, `User.changeset(…)`.
    fn row_of(&self, id: Id) -> Option<(String, Confidence)> {
        let s = self.context.syntax;
        if s.kind(id) == "map" {
            let named = s.child_of(id, "struct")?;
            return self.model(s.named(named).next()?);
        }
        let sent = Sent::of(s, id)?;
        match sent.receiver {
            Some(receiver) if s.kind(receiver) == "alias" => self.model(receiver),
            _ => {
                let mut given = sent.placed.iter();
                given.find_map(|&g| self.row_of(*pipe(s, g).first()?))
            }
        }
    }

    /// A row is added, changed or removed; what is given to it in the text is written.
    fn written(
        &self,
        sent: &Sent<'a>,
        model: &str,
        sure: Confidence,
        rows: &[Id],
        out: &mut Vec<Access>,
    ) {
        let s = self.context.syntax;
        let name = sent.name.trim_end_matches('!');
        match name {
            "insert" | "insert_or_update" => self.add_insert(sent.id, model, sure, out),
            "delete" => self.add(sent.id, model, None, Mode::Deletes, sure, out),
            _ => return,
        }
        if name != "insert" {
            return;
        }
        for &row in rows.iter().filter(|&&r| s.kind(r) == "map") {
            for (column, value) in pairs(s, row) {
                let text = Some(value).filter(|&v| matches!(s.kind(v), "string" | "atom"));
                let values = text
                    .and_then(|v| word(self.context, v))
                    .into_iter()
                    .collect();
                self.add(
                    value,
                    model,
                    Some(column),
                    Mode::Writes { values },
                    sure,
                    out,
                );
            }
        }
    }

    /// `Multi.insert(:user, User.changeset(%User{}, attrs))`.
    fn multi(&self, sent: &Sent<'a>, out: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        let mut given = sent.placed.iter();
        let name = sent.name.trim_end_matches('!');
        if name == "insert" {
            let (model, sure) = given.find_map(|&g| self.row_of(*pipe(s, g).first()?))?;
            self.add_insert(sent.id, &model, sure, out);
        } else if matches!(name, "insert_all" | "update_all" | "delete_all") {
            let (at, query) = given
                .enumerate()
                .find_map(|(at, &g)| Some((at, self.query(*pipe(s, g).first()?)?)))?;
            self.run(sent, &query, at + 1, out);
        }
        Some(())
    }

    /// Adds an insert that names some of the fields, which are not known.
    fn add_insert(&self, id: Id, model: &str, sure: Confidence, out: &mut Vec<Access>) {
        let mode = Mode::Inserts {
            columns: None,
            positions: None,
            values: Vec::new(),
            conflict: None,
        };
        out.push(Access {
            manner: Manner::Perhaps,
            ..use_of(self.context, self.place(id), model, None, mode, sure)
        });
    }

    fn add(
        &self,
        id: Id,
        model: &str,
        element: Option<&str>,
        mode: Mode,
        sure: Confidence,
        out: &mut Vec<Access>,
    ) {
        out.push(use_of(
            self.context,
            self.place(id),
            model,
            element,
            mode,
            sure,
        ));
    }

    /// A call stands where its name does.
    fn place(&self, id: Id) -> Id {
        let s = self.context.syntax;
        let target = s.child(id, "target").filter(|_| s.kind(id) == "call");
        target.unwrap_or(id)
    }
}

fn writes_rows(name: &str) -> bool {
    matches!(
        name.trim_end_matches('!'),
        "update_all" | "delete_all" | "insert_all"
    )
}

/// Returns whether a call is the end of a pipe, which gives it its first argument.
fn is_piped_into(context: &Context<'_, '_>, id: Id) -> bool {
    let s = context.syntax;
    is_piped(s, id)
        && s.parent(id)
            .is_some_and(|up| s.child(up, "right") == Some(id))
}

/// Returns the last part of the pipe that begins at a node.
fn pipe_around(context: &Context<'_, '_>, id: Id) -> Option<Id> {
    let s = context.syntax;
    let mut whole = None;
    for up in s.ancestors(id) {
        if s.kind(up) != "binary_operator" {
            break;
        }
        whole = Some(up);
    }
    let parts = pipe(s, whole?);
    (parts.first() == Some(&id))
        .then(|| parts.last().copied())
        .flatten()
}
