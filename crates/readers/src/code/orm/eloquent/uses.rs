//! The uses of the classes and tables: queries, new rows, attributes.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    Access, Confidence, Dialect, Manner, Mode, Reading, Surface, SurfaceKind, Why,
};

use crate::code::context::{Context, Use};
use crate::code::php::{Chain, Sent, class_named, entries, snake, table_of};
use crate::code::syntax::Id;
use crate::sql::accesses::accesses_in;

use super::subjects::{Places, Subject, Subjects, relation};

/// Methods whose first argument is a column, or an array with columns for keys.
const FIRST: &[&str] = &[
    "where",
    "orWhere",
    "whereNot",
    "orWhereNot",
    "whereIn",
    "whereNotIn",
    "orWhereIn",
    "orWhereNotIn",
    "whereNull",
    "whereNotNull",
    "orWhereNull",
    "orWhereNotNull",
    "whereBetween",
    "whereNotBetween",
    "orWhereBetween",
    "whereDate",
    "whereMonth",
    "whereDay",
    "whereYear",
    "whereTime",
    "whereLike",
    "orWhereLike",
    "whereColumn",
    "orWhereColumn",
    "whereJsonContains",
    "whereJsonLength",
    "whereIntegerInRaw",
    "whereFullText",
    "firstWhere",
    "orderBy",
    "orderByDesc",
    "latest",
    "oldest",
    "having",
    "orHaving",
    "sum",
    "avg",
    "average",
    "min",
    "max",
    "value",
    "pluck",
    "lazyById",
    "firstOrCreate",
    "updateOrCreate",
    "firstOrNew",
    "updateOrInsert",
];

/// Methods each of whose arguments is a column, or a list of them.
const EACH: &[&str] = &[
    "select",
    "addSelect",
    "get",
    "all",
    "groupBy",
    "only",
    "makeVisible",
    "makeHidden",
    "distinct",
    "getAttribute",
    "getOriginal",
    "isDirty",
    "wasChanged",
    "whereColumn",
];

/// Methods that are given a piece of SQL.
const RAW: &[&str] = &[
    "whereRaw",
    "orWhereRaw",
    "selectRaw",
    "orderByRaw",
    "groupByRaw",
    "havingRaw",
];

/// Methods that make a row of an array, or of several.
const MAKING: &[&str] = &[
    "create",
    "createQuietly",
    "forceCreate",
    "firstOrCreate",
    "updateOrCreate",
    "updateOrInsert",
    "createOrFirst",
    "insert",
    "insertGetId",
    "insertOrIgnore",
    "upsert",
    "createMany",
    "make",
];

/// Methods that write the columns of an array.
const WRITING: &[&str] = &[
    "update",
    "updateQuietly",
    "updateOrFail",
    "fill",
    "forceFill",
    "setRawAttributes",
    "updateOrCreate",
    "updateOrInsert",
];

/// Methods of a class that ask the store for nothing.
const SILENT: &[&str] = &[
    "factory",
    "observe",
    "unguard",
    "reguard",
    "make",
    "creating",
    "created",
    "updating",
    "updated",
    "saving",
    "saved",
    "deleting",
    "deleted",
    "booted",
    "addGlobalScope",
    "shouldBeStrict",
    "preventLazyLoading",
    "resolveRelationUsing",
    "getMorphClass",
    "dispatch",
    "from",
    "tryFrom",
    "cases",
];

/// Methods of the query builder; another one of a class is perhaps its own.
pub(super) fn is_known(method: &str) -> bool {
    let other = [
        "query",
        "find",
        "findOrFail",
        "findMany",
        "first",
        "firstOrFail",
        "count",
        "exists",
        "with",
        "withTrashed",
        "onlyTrashed",
        "withoutGlobalScopes",
        "has",
        "whereHas",
        "doesntHave",
        "cursor",
        "lazy",
        "chunk",
        "chunkById",
        "each",
        "paginate",
        "simplePaginate",
        "destroy",
        "truncate",
        "withCount",
        "inRandomOrder",
        "limit",
        "take",
        "skip",
        "join",
        "leftJoin",
        "delete",
        "forceDelete",
        "increment",
        "decrement",
        "save",
        "saveOrFail",
        "saveQuietly",
        "refresh",
        "fresh",
        "sole",
        "newQuery",
        "lockForUpdate",
    ];
    let lists = [FIRST, EACH, RAW, MAKING, WRITING];
    other.contains(&method) || lists.iter().any(|l| l.contains(&method))
}

/// Adds the uses of these models and of tables by name. Attributes are looked for where their columns are asked for.
pub(super) fn read(
    context: &Context<'_, '_>,
    names: &BTreeSet<String>,
    places: &Places<'_>,
    columns: &BTreeSet<&str>,
    reading: &mut Reading,
) {
    let uses = Uses {
        subjects: Subjects::new(context, names, places),
        columns,
        saved: saved(context),
    };
    let s = context.syntax;
    for id in s.all() {
        match s.kind(id) {
            "member_access_expression" | "nullsafe_member_access_expression" => {
                reading.accesses.extend(uses.attribute(id));
            }
            "object_creation_expression" => uses.made(id, &mut reading.accesses),
            _ if is_end(context, id) => uses.chain(id, &mut reading.accesses),
            _ => {}
        }
    }
}

/// Returns whether a call is the last one of its chain.
fn is_end(context: &Context<'_, '_>, id: Id) -> bool {
    let s = context.syntax;
    let calls = [
        "member_call_expression",
        "nullsafe_member_call_expression",
        "scoped_call_expression",
    ];
    let goes_on = |up: Id| {
        calls.contains(&s.kind(up)) && s.child(up, "object").or(s.child(up, "scope")) == Some(id)
    };
    calls.contains(&s.kind(id)) && !s.parent(id).is_some_and(goes_on)
}

struct Uses<'c, 's, 'a> {
    subjects: Subjects<'c, 's, 'a>,
    columns: &'c BTreeSet<&'c str>,
    /// The variables whose rows are saved, with where.
    saved: BTreeMap<&'a str, Vec<Id>>,
}

/// The tables of one query.
#[derive(Default)]
struct Tables {
    /// Whether there are several.
    joined: bool,
    /// The tables by the names that they have in it: `teams as t`.
    aliases: BTreeMap<String, String>,
}

/// Returns the variables whose rows are saved: `$user->save()`.
fn saved<'a>(context: &Context<'_, 'a>) -> BTreeMap<&'a str, Vec<Id>> {
    let s = context.syntax;
    let mut found: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
    for id in s.all() {
        let sent = Sent::of(s, id);
        let saves = sent.filter(|c| matches!(c.name, "save" | "saveOrFail" | "saveQuietly"));
        if let Some(receiver) = saves.and_then(|c| c.receiver) {
            found.entry(s.text(receiver)).or_default().push(id);
        }
    }
    found
}

impl<'a> Uses<'_, '_, 'a> {
    fn chain(&self, id: Id, accesses: &mut Vec<Access>) {
        let s = self.subjects.context.syntax;
        let Some(chain) = Chain::of(s, id) else {
            return;
        };
        let related = relation(&chain);
        if let Some(at) = related {
            self.relation(&chain.calls[at], &chain.calls[at + 1..], accesses);
        }
        // Of rows whose model is not looked for, only columns with their table before them are read.
        let of_others = related.map(|at| Subject {
            surface: Surface::table(""),
            confidence: Confidence::High,
            from: at + 1,
            whole: false,
        });
        let Some(subject) = self.subjects.of(&chain).or(of_others) else {
            return;
        };
        let tables = self.tables(&chain);
        let rest = &chain.calls[subject.from.min(chain.calls.len())..];
        // `User::factory()->make()` makes rows for tests.
        if rest.first().is_some_and(|c| c.name == "factory") {
            return;
        }
        let mut named = Vec::new();
        for sent in rest {
            self.call(sent, &subject, &tables, &mut named);
        }
        // What names columns, or changes rows, says that the table is there.
        let said = named.iter().any(|a| a.surface == subject.surface);
        if subject.whole && !said {
            accesses.extend(self.query(&subject, &chain, rest));
        }
        named.retain(|a| !a.surface.name.is_empty());
        accesses.extend(named);
    }

    /// Returns what the tables of a chain are called in it.
    fn tables(&self, chain: &Chain<'a>) -> Tables {
        let mut tables = Tables::default();
        for sent in &chain.calls {
            let joins = sent.name.to_lowercase().ends_with("join");
            tables.joined |= joins;
            let names = joins || matches!(sent.name, "table" | "from");
            let first = sent.placed.first().filter(|_| names);
            let text = first.and_then(|&f| self.subjects.scope.word(f));
            let text = text.unwrap_or_default();
            let words: Vec<&str> = text.split_whitespace().collect();
            if let [table, _, alias] = words[..] {
                tables.aliases.insert(alias.to_owned(), table.to_owned());
            }
        }
        tables
    }

    /// Adds what a relation names: the column that points to its rows, or the table between, with its columns. A relation asks for
    /// nothing until somebody follows it.
    fn relation(&self, sent: &Sent<'a>, rest: &[Sent<'a>], accesses: &mut Vec<Access>) {
        let scope = &self.subjects.scope;
        let s = self.subjects.context.syntax;
        let word = |at: usize, name: &str| {
            let id = sent.at(at, name)?;
            Some((id, scope.word(id)?))
        };
        let subjects = &self.subjects;
        let model = |name: &str| subjects.model(name, Confidence::Medium, 0, false);
        let of_class = |class: Id| subjects.class(class, Confidence::Medium, 0, false);
        match sent.name {
            "hasMany" | "hasOne" => {
                let class = sent.placed.first().and_then(|&c| class_named(s, c));
                if let (Some(on), Some((id, key))) =
                    (class.and_then(of_class), word(1, "foreignKey"))
                {
                    accesses.push(self.reads(id, &on, &key));
                }
            }
            "belongsTo" => {
                let own = self.subjects.own(sent.id).and_then(model);
                if let (Some(on), Some((id, key))) = (own, word(1, "foreignKey")) {
                    accesses.push(self.reads(id, &on, &key));
                }
            }
            "belongsToMany" => {
                let Some((id, table)) = word(1, "table").filter(|(_, t)| !t.contains('\\')) else {
                    return;
                };
                let between = Subject {
                    surface: Surface::table(table),
                    confidence: Confidence::Medium,
                    from: 0,
                    whole: false,
                };
                accesses.push(self.access(id, &between, None, Mode::Reads));
                let keys = [word(2, "foreignPivotKey"), word(3, "relatedPivotKey")];
                for (id, key) in keys.into_iter().flatten() {
                    accesses.push(self.reads(id, &between, &key));
                }
                let named = rest
                    .iter()
                    .filter(|c| matches!(c.name, "withPivot" | "wherePivot" | "orderByPivot"));
                let columns = named.flat_map(|c| match c.name {
                    "withPivot" => c.placed.clone(),
                    _ => c.placed.iter().take(1).copied().collect(),
                });
                for id in columns {
                    for column in scope.words(id).unwrap_or_default() {
                        accesses.push(self.reads(id, &between, &column));
                    }
                }
            }
            _ => {}
        }
    }

    /// Returns the query that a chain is, which begins at the class or the table itself.
    fn query(&self, subject: &Subject, chain: &Chain<'a>, rest: &[Sent<'a>]) -> Option<Access> {
        let first = rest.first().or(chain.calls.last())?;
        let of_model = subject.surface.kind == SurfaceKind::Model;
        if of_model && SILENT.contains(&first.name) {
            return None;
        }
        let known = !of_model || is_known(first.name) || first.name.starts_with("where");
        let subject = Subject {
            confidence: match known {
                true => subject.confidence,
                false => subject.confidence.min(Confidence::Medium),
            },
            ..subject.clone()
        };
        let mode = match of_model {
            true => Mode::Queries,
            false => Mode::Reads,
        };
        Some(self.access(first.id, &subject, None, mode))
    }

    fn call(
        &self,
        sent: &Sent<'a>,
        subject: &Subject,
        tables: &Tables,
        accesses: &mut Vec<Access>,
    ) {
        let s = self.subjects.context.syntax;
        let scope = &self.subjects.scope;
        let whose = |name: &str| self.whose(name, subject, tables);
        if FIRST.contains(&sent.name) {
            let first = sent.placed.first().copied();
            for (id, name) in first.map(|f| self.keys(f)).unwrap_or_default() {
                accesses.extend(whose(&name).map(|(on, c)| self.reads(id, &on, &c)));
            }
        }
        if EACH.contains(&sent.name) {
            for &argument in &sent.placed {
                let at = scope.resolved(argument);
                let listed = match s.kind(at) {
                    "array_creation_expression" => {
                        entries(s, at).into_iter().map(|e| e.1).collect()
                    }
                    _ => vec![argument],
                };
                for item in listed {
                    let name = scope.word(item);
                    let found = name.as_deref().and_then(whose);
                    accesses.extend(found.map(|(on, c)| self.reads(item, &on, &c)));
                }
            }
        }
        if let Some(column) = dynamic(sent) {
            accesses.push(self.reads(sent.id, subject, &column));
        }
        if RAW.contains(&sent.name) {
            self.fragment(sent, subject, tables.joined, accesses);
        }
        if sent.name.ends_with("oin") {
            // `join('posts', 'posts.user_id', '=', 'users.id')`
            for &argument in sent.placed.iter().skip(1) {
                let name = scope.word(argument).filter(|n| n.contains('.'));
                let found = name.as_deref().and_then(whose);
                accesses.extend(found.map(|(on, c)| self.reads(argument, &on, &c)));
            }
            let table = sent.placed.first().and_then(|&t| scope.word(t));
            let table = table.and_then(|t| t.split_whitespace().next().map(str::to_owned));
            if let Some(table) = table {
                let on = Subject {
                    surface: Surface::table(table),
                    ..subject.clone()
                };
                accesses.push(self.access(sent.id, &on, None, Mode::Reads));
            }
        }
        if let "increment" | "decrement" = sent.name {
            let column = sent.placed.first().and_then(|&c| scope.word(c));
            let found = column.as_deref().and_then(whose);
            let mode = Mode::Writes { values: Vec::new() };
            accesses.extend(found.map(|(on, c)| self.access(sent.id, &on, Some(&c), mode)));
        }
        if WRITING.contains(&sent.name) {
            let at = usize::from(sent.name.starts_with("updateOr") && sent.name != "updateOrFail");
            let array = sent.placed.get(at).map(|&a| scope.resolved(a));
            for (key, value) in array.into_iter().flat_map(|a| entries(s, a)) {
                let Some(name) = key.and_then(|k| scope.word(k)) else {
                    continue;
                };
                let values = self.value(value).into_iter().collect();
                let found = whose(&name);
                accesses.extend(
                    found.map(|(on, c)| self.access(value, &on, Some(&c), Mode::Writes { values })),
                );
            }
        }
        if MAKING.contains(&sent.name) {
            accesses.extend(self.makes(sent, subject));
        }
        if let "delete" | "forceDelete" | "destroy" | "truncate" = sent.name {
            accesses.push(self.access(sent.id, subject, None, Mode::Deletes));
        }
    }

    /// Returns the columns that an argument of `where` names: it is one, its keys are, or the first of each of its lists.
    fn keys(&self, argument: Id) -> Vec<(Id, String)> {
        let s = self.subjects.context.syntax;
        let scope = &self.subjects.scope;
        let at = scope.resolved(argument);
        if s.kind(at) != "array_creation_expression" {
            let word = scope.word(argument);
            return word.map(|w| (argument, w)).into_iter().collect();
        }
        let named = entries(s, at).into_iter().filter_map(|(key, value)| {
            let id = match key {
                Some(key) => key,
                None => entries(s, value).first()?.1,
            };
            Some((id, scope.word(id)?))
        });
        named.collect()
    }

    /// Returns the subject and the column that a name stands for: `email`, `users.email`, `email as mail`, `options->lang`.
    fn whose(&self, name: &str, subject: &Subject, tables: &Tables) -> Option<(Subject, String)> {
        let name = name.split_whitespace().next()?;
        let name = name.split("->").next()?;
        let is_word = |w: &str| !w.is_empty() && w.chars().all(|c| c.is_alphanumeric() || c == '_');
        if let Some((table, column)) = name.rsplit_once('.') {
            let on = Subject {
                surface: Surface::table(tables.aliases.get(table).map_or(table, String::as_str)),
                ..subject.clone()
            };
            return (is_word(table) && is_word(column)).then(|| (on, column.to_owned()));
        }
        // An unqualified column of a join may be of either side.
        let confidence = match tables.joined {
            true => subject.confidence.min(Confidence::Medium),
            false => subject.confidence,
        };
        let on = Subject {
            confidence,
            ..subject.clone()
        };
        is_word(name).then(|| (on, name.to_owned()))
    }

    /// Adds the columns in a piece of SQL.
    fn fragment(
        &self,
        sent: &Sent<'a>,
        subject: &Subject,
        joined: bool,
        accesses: &mut Vec<Access>,
    ) {
        let context = self.subjects.context;
        let Some(&id) = sent.placed.first() else {
            return;
        };
        let Some(literal) = context.strings.literal(id).filter(|l| !l.dynamic) else {
            return;
        };
        // The file does not name the table of a class: a name by convention tells its columns from those of others.
        let table = match subject.surface.kind {
            SurfaceKind::Model => table_of(&subject.surface.name),
            _ => subject.surface.name.clone(),
        };
        let text = &literal.text;
        let statement = match sent.name {
            "selectRaw" => format!("SELECT {text} FROM {table}"),
            "orderByRaw" => format!("SELECT 1 FROM {table} ORDER BY {text}"),
            "groupByRaw" => format!("SELECT 1 FROM {table} GROUP BY {text}"),
            _ => format!("SELECT 1 FROM {table} WHERE {text}"),
        };
        for found in accesses_in(&statement, Dialect::MySql) {
            let own = found.surface.name == table;
            if let Some(column) = found.element.filter(|_| own) {
                let mut read = self.reads(id, subject, &column);
                read.confidence = read.confidence.min(found.confidence);
                if joined {
                    read.confidence = read.confidence.min(Confidence::Medium);
                }
                accesses.push(read);
            }
        }
    }

    /// Returns the row that a call makes.
    fn makes(&self, sent: &Sent<'a>, subject: &Subject) -> Option<Access> {
        let s = self.subjects.context.syntax;
        let scope = &self.subjects.scope;
        let several = matches!(
            sent.name,
            "insert" | "insertOrIgnore" | "upsert" | "createMany"
        );
        let arrays = match sent.name {
            "firstOrCreate" | "updateOrCreate" | "updateOrInsert" | "createOrFirst" => {
                sent.placed.iter().take(2).copied().collect()
            }
            _ => sent.placed.first().copied().into_iter().collect::<Vec<_>>(),
        };
        let mut named: Option<Vec<(String, Id)>> = (!arrays.is_empty()).then(Vec::new);
        for array in arrays {
            let array = scope.resolved(array);
            let rows: Vec<Id> = match s.kind(array) {
                "array_creation_expression" if several => {
                    let lists = entries(s, array).into_iter().filter(|e| e.0.is_none());
                    lists.map(|e| e.1).collect()
                }
                _ => Vec::new(),
            };
            // Rows of one insert have the same columns.
            let row = rows.first().copied().unwrap_or(array);
            match (scope.pairs(row), &mut named) {
                (Some(pairs), Some(all)) => all.extend(pairs),
                _ => named = None,
            }
        }
        let conflict = (sent.name == "upsert")
            .then(|| scope.words(*sent.placed.get(1)?))
            .flatten();
        let by_table = subject.surface.kind != SurfaceKind::Model;
        // The query builder names what it is given and nothing else.
        if by_table && named.is_none() {
            return None;
        }
        let values = named.iter().flatten();
        let values = values.filter_map(|(n, v)| Some((n.clone(), self.value(*v)?)));
        let mode = Mode::Inserts {
            values: values.collect(),
            columns: named
                .as_ref()
                .map(|n| n.iter().map(|(name, _)| name.clone()).collect()),
            positions: None,
            conflict,
        };
        let mut made = self.access(sent.id, subject, None, mode);
        if sent.name == "make" {
            made.confidence = made.confidence.min(Confidence::Medium);
        }
        Some(made)
    }

    /// Adds the row that `new User([…])` becomes when it is saved.
    fn made(&self, id: Id, accesses: &mut Vec<Access>) {
        let s = self.subjects.context.syntax;
        let Some(subject) = self.subjects.value(id, 0) else {
            return;
        };
        let saved = self.is_saved(id);
        let subject = Subject {
            confidence: match saved {
                true => Confidence::High,
                false => Confidence::Medium,
            },
            ..subject
        };
        let array = s
            .call(id)
            .and_then(|c| s.arguments(c).first().copied())
            .map(|a| self.subjects.scope.resolved(a));
        for (key, value) in array.into_iter().flat_map(|a| entries(s, a)) {
            let name = key.and_then(|k| self.subjects.scope.word(k));
            let values = self.value(value).into_iter().collect();
            accesses.extend(
                name.map(|n| self.access(value, &subject, Some(&n), Mode::Writes { values })),
            );
        }
        let mode = Mode::Inserts {
            columns: None,
            positions: None,
            values: Vec::new(),
            conflict: None,
        };
        // `(new User)->getTable()` makes no row.
        let asked = s.parent(id).map_or("", |up| s.kind(up)) == "parenthesized_expression";
        if !asked {
            accesses.push(self.access(id, &subject, None, mode));
        }
    }

    /// Returns whether the row that an expression makes is saved where it is made.
    fn is_saved(&self, id: Id) -> bool {
        let s = self.subjects.context.syntax;
        let assigned = s
            .parent(id)
            .filter(|&up| s.kind(up) == "assignment_expression")
            .and_then(|up| s.child(up, "left"));
        let Some((variable, function)) = assigned.and_then(|l| Some((l, s.function(id)?))) else {
            return false;
        };
        let saves = self.saved.get(s.text(variable));
        saves.is_some_and(|all| {
            let next = all.partition_point(|&at| at < id);
            all.get(next).is_some_and(|&at| s.is_within(at, function))
        })
    }

    /// `$user->legacy`: nothing but types and names tell whose it is.
    fn attribute(&self, id: Id) -> Option<Access> {
        let s = self.subjects.context.syntax;
        let (object, name) = s.member(id)?;
        let name = s.text(name);
        self.columns.contains(name).then_some(())?;
        let subject = self
            .subjects
            .value(object, 0)
            .or_else(|| self.resource(object))?;
        let mode = match s.is_assigned(id) {
            true => Mode::Writes { values: Vec::new() },
            false => Mode::Reads,
        };
        let found = self.access(id, &subject, Some(name), mode);
        Some(Access {
            confidence: found.confidence.min(Confidence::Medium),
            why: Why::TypedAttribute,
            ..found
        })
    }

    /// `$this->name` in `class UserResource extends JsonResource` is an attribute of the row.
    fn resource(&self, object: Id) -> Option<Subject> {
        let context = self.subjects.context;
        let s = context.syntax;
        (s.text(object) == "$this").then_some(())?;
        let class = s.above(object, &["class_declaration"])?;
        let model = super::models::name_of(context, class)?.strip_suffix("Resource")?;
        let named = self.subjects.names.get(model)?;
        Some(Subject {
            surface: Surface::new(SurfaceKind::Model, named.clone()),
            confidence: Confidence::Medium,
            from: 0,
            whole: false,
        })
    }

    fn value(&self, id: Id) -> Option<String> {
        let s = self.subjects.context.syntax;
        match s.kind(id) {
            "null" => Some("NULL".to_owned()),
            "string" | "encapsed_string" => self.subjects.scope.word(id),
            _ => None,
        }
    }

    fn reads(&self, id: Id, subject: &Subject, column: &str) -> Access {
        self.access(id, subject, Some(column), Mode::Reads)
    }

    /// Returns the access that a node makes; a call in a chain of several lines stands where its own name does.
    fn access(&self, id: Id, subject: &Subject, element: Option<&str>, mode: Mode) -> Access {
        let context = self.subjects.context;
        let s = context.syntax;
        let mut range = s.range(id);
        let callee = s.call(id).and_then(|c| s.member(c.callee));
        range.start = callee.map_or(range.start, |(_, name)| s.range(name).start);
        let found = Use {
            surface: subject.surface.clone(),
            element: element.map(str::to_owned),
            manner: match mode {
                Mode::Queries => Manner::Implicit,
                _ => Manner::Explicit,
            },
            mode,
            confidence: subject.confidence,
            why: Why::ResolvedCall,
        };
        context.access_at(id, range, found)
    }
}

/// Returns the column in the name of a method: `whereEmail($value)`.
fn dynamic(sent: &Sent<'_>) -> Option<String> {
    let rest = sent.name.strip_prefix("where")?;
    let plain = rest.starts_with(char::is_uppercase)
        && !sent.placed.is_empty()
        && !is_known(sent.name)
        && ![
            "Has", "Doesnt", "Relation", "Morph", "Exists", "Not", "Key", "Belongs", "Json", "Raw",
            "In", "All", "Any", "None", "Pivot", "Row", "Sub", "Nested", "Integer", "Attached",
            "Between",
        ]
        .iter()
        .any(|word| rest.starts_with(word));
    let words = rest.contains("And") || rest.contains("Or");
    (plain && !words).then(|| snake(rest))
}
