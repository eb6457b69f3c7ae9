//! Prisma's client: `prisma.user.findMany({ where: { email }, select: { name: true } })`.
//!
//! The client calls a model by its name with the first letter in lower case; linking compares names without regard to the case
//! of that letter. Every query hands all declared columns back unless `select` or `omit` says otherwise:
//! <https://www.prisma.io/docs/orm/prisma-client/queries/select-fields>. Rows that `createMany`, `updateMany` and `deleteMany`
//! touch are only counted.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{Access, Confidence, Manner, Mode, Reading, Surface, SurfaceKind, Why};

use crate::code::context::{Context, Use};
use crate::code::syntax::Id;
use crate::code::view::Call;
use crate::protobuf::generated::Tongue;

/// Methods of a model, and whether they hand rows back.
const METHODS: &[(&str, bool)] = &[
    ("findUnique", true),
    ("findUniqueOrThrow", true),
    ("findFirst", true),
    ("findFirstOrThrow", true),
    ("findMany", true),
    ("create", true),
    ("createManyAndReturn", true),
    ("update", true),
    ("updateManyAndReturn", true),
    ("upsert", true),
    ("delete", true),
    ("createMany", false),
    ("updateMany", false),
    ("deleteMany", false),
    ("count", false),
    ("aggregate", false),
    ("groupBy", false),
];

/// Keys of a filter that are no fields.
const OPERATORS: &[&str] = &["AND", "OR", "NOT"];

/// Adds the uses of models and of enums of the generated client.
pub(in crate::code) fn read(context: &Context<'_, '_>, reading: &mut Reading) {
    if !matches!(
        context.syntax.profile.tongue,
        Tongue::TypeScript | Tongue::JavaScript
    ) {
        return;
    }
    let reader = Prisma {
        context,
        clients: clients(context),
        enums: enums(context),
    };
    let s = context.syntax;
    for id in s.all() {
        reader.query(id, &mut reading.accesses);
        reader.value(id, &mut reading.accesses);
    }
}

struct Prisma<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    /// Names of clients.
    clients: BTreeSet<String>,
    /// Names here of what is imported from the generated client, with the names there.
    enums: BTreeMap<String, String>,
}

fn is_client_name(name: &str) -> bool {
    let lower = name.to_lowercase();
    lower == "prisma"
        || lower == "prismaclient"
        || lower == "_prisma"
        || lower == "prismaservice"
        || lower == "#prisma"
}

/// Returns the names that hold a client: constants made from one, and the parameter of a transaction.
fn clients(context: &Context<'_, '_>) -> BTreeSet<String> {
    let s = context.syntax;
    let mut found = BTreeSet::new();
    for id in s.all() {
        match s.kind(id) {
            "variable_declarator" => {
                let (Some(name), Some(value)) = (s.child(id, "name"), s.child(id, "value")) else {
                    continue;
                };
                let value = s.bare(value);
                let made = match s.call(value) {
                    Some(call) => {
                        s.kind(value) == "new_expression"
                            && s.last_name(call.callee) == "PrismaClient"
                    }
                    None => s.path(value).is_some_and(|p| {
                        p.last()
                            .is_some_and(|n| is_client_name(n) || found.contains(*n))
                    }),
                };
                if made && s.is_name(name) {
                    found.insert(s.text(name).to_owned());
                }
            }
            "call_expression" => found.extend(transaction(context, id)),
            "required_parameter" | "optional_parameter" => {
                let typed = s.child(id, "type").map(|t| s.text(t)).unwrap_or_default();
                let is = ["PrismaClient", "Prisma.TransactionClient", "PrismaService"]
                    .iter()
                    .any(|t| typed.contains(t));
                if let Some(name) = s.child(id, "pattern").filter(|&p| is && s.is_name(p)) {
                    found.insert(s.text(name).to_owned());
                }
            }
            _ => {}
        }
    }
    found
}

/// `prisma.$transaction(async (tx) => …)`.
fn transaction(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let s = context.syntax;
    let call = s.call(id)?;
    if s.called(call) != "$transaction" {
        return None;
    }
    let function = *s.arguments(call).first()?;
    let name = match s.child(function, "parameter") {
        Some(name) => name,
        None => {
            let first = s.named(s.child(function, "parameters")?).next()?;
            s.child(first, "pattern").unwrap_or(first)
        }
    };
    s.is_name(name).then(|| s.text(name).to_owned())
}

fn enums(context: &Context<'_, '_>) -> BTreeMap<String, String> {
    let imports = context.imports.iter();
    let generated = imports.filter(|i| {
        i.path.contains("@prisma/client")
            || i.path.contains("generated/prisma")
            || i.path.contains("prisma/generated")
            // A package of the workspace hands the client on: `@shop/prisma/client`.
            || i.path.ends_with("/prisma/client")
            || i.path.ends_with("/prisma")
    });
    let names = generated.flat_map(|i| i.names.iter());
    let types = names.filter(|(there, _)| {
        there.starts_with(|c: char| c.is_uppercase())
            && !matches!(there.as_str(), "Prisma" | "PrismaClient")
    });
    types
        .map(|(there, here)| (here.clone(), there.clone()))
        .collect()
}

impl Prisma<'_, '_, '_> {
    fn query(&self, id: Id, accesses: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        if !self.is_client_call(id) {
            return None;
        }
        let call = s.call(id)?;
        let &(method, returns) = METHODS.iter().find(|m| m.0 == s.called(call))?;
        let (_, model) = s.member(s.bare(s.receiver(call)?))?;
        let query = Query {
            prisma: self,
            model: s.text(model),
            method,
            at: model,
        };
        query.read(call, returns, accesses);
        Some(())
    }

    fn is_client(&self, id: Id) -> bool {
        let s = self.context.syntax;
        let id = s.bare(id);
        let name = s.last_name(id);
        is_client_name(name) || (s.is_name(id) && self.clients.contains(name))
    }

    /// `ScoreSource.REVIEW`, written unless it is compared with something.
    fn value(&self, id: Id, accesses: &mut Vec<Access>) -> Option<()> {
        let (surface, member) = self.enum_value(id)?;
        let (compared, written) = self.purpose(id);
        let mode = if compared {
            Mode::Reads
        } else {
            Mode::Writes {
                values: vec![member.clone()],
            }
        };
        let found = Use {
            surface,
            element: Some(member),
            confidence: if compared || written {
                Confidence::High
            } else {
                Confidence::Medium
            },
            mode,
            manner: Manner::Explicit,
            why: Why::ResolvedCall,
        };
        accesses.push(self.context.access(id, found));
        Some(())
    }

    /// Returns whether a value is compared with something, and whether it is surely written.
    fn purpose(&self, id: Id) -> (bool, bool) {
        let s = self.context.syntax;
        let mut below = id;
        for up in s.ancestors(id).take(6) {
            let kind = s.kind(up);
            if s.profile.operators.iter().any(|o| o.0 == kind) {
                let operator = s.child(up, "operator").map_or("", |o| s.text(o));
                return (operator.contains("==") || operator.contains("!="), false);
            }
            match kind {
                "switch_case" => {
                    return (
                        s.child(up, "value").is_some_and(|v| s.is_within(below, v)),
                        false,
                    );
                }
                // A value that is the key of a table is looked up, not written.
                "pair"
                    if s.child(up, "key")
                        .is_some_and(|key| s.is_within(below, key)) =>
                {
                    return (true, false);
                }
                "pair" => {
                    let filters = ["in", "notIn", "not", "equals"]
                        .iter()
                        .any(|k| self.is_key(up, k));
                    let filtered = || {
                        let is_filter = |at: Id| match s.kind(at) {
                            "pair" => self.is_key(at, "where"),
                            // `const where: Prisma.OrderWhereInput = { … }`.
                            "variable_declarator" => {
                                let typed = s.child(at, "type");
                                typed.is_some_and(|t| s.text(t).contains("Where"))
                                    || s.child(at, "name").is_some_and(|n| s.text(n) == "where")
                            }
                            _ => false,
                        };
                        s.ancestors(up).any(is_filter)
                    };
                    return (filters || filtered(), !filters && self.is_stored(up));
                }
                "assignment_expression" => return (false, false),
                "arguments" => {
                    let tests = s
                        .parent(up)
                        .and_then(|c| s.call(c))
                        .is_some_and(|c| matches!(s.called(c), "includes" | "has" | "indexOf"));
                    return (tests, false);
                }
                "statement_block" | "return_statement" => break,
                _ => below = up,
            }
        }
        (false, false)
    }

    /// Returns whether an entry of an object goes to the client: in the arguments of its call, or through a variable that does. What
    /// else is made of such values may be an answer, or a table.
    fn is_stored(&self, entry: Id) -> bool {
        let s = self.context.syntax;
        if s.ancestors(entry).any(|up| self.is_client_call(up)) {
            return true;
        }
        let variable = s
            .ancestors(entry)
            .take(12)
            .find(|&up| s.kind(up) == "variable_declarator");
        let Some(name) = variable.and_then(|v| s.child(v, "name")) else {
            return false;
        };
        let typed = variable.and_then(|v| s.child(v, "type"));
        let around = s.function(entry).unwrap_or(0);
        let passed = || {
            let calls = s.below(around).filter(|&c| self.is_client_call(c));
            let mut inside = calls.flat_map(|c| s.below(c));
            inside.any(|n| s.is_name(n) && s.text(n) == s.text(name))
        };
        typed.is_some_and(|t| s.text(t).contains("Prisma.")) || passed()
    }

    fn is_client_call(&self, id: Id) -> bool {
        let s = self.context.syntax;
        let call = s.call(id).filter(|_| s.kind(id) == "call_expression");
        call.filter(|&c| METHODS.iter().any(|m| m.0 == s.called(c)))
            .and_then(|c| s.member(s.bare(s.receiver(c)?)))
            .is_some_and(|(holder, _)| self.is_client(holder))
    }

    fn enum_value(&self, id: Id) -> Option<(Surface, String)> {
        let s = self.context.syntax;
        let (object, name) = s.member(id).filter(|_| s.kind(id) == "member_expression")?;
        let path = s.path(object)?;
        let enumeration = match path.as_slice() {
            [name] => self.enums.get(*name)?.clone(),
            ["Prisma" | "$Enums", name] => (*name).to_owned(),
            _ => return None,
        };
        let member = s.text(name);
        // Values are written in capitals; `Prisma.UserScalarFieldEnum.email` and the like are not.
        let shouts = member
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        let is_value = shouts
            && !matches!(s.parent(id), Some(up) if s.call(up).is_some_and(|c| c.callee == id));
        is_value.then(|| {
            (
                Surface::new(SurfaceKind::Type, enumeration),
                member.to_owned(),
            )
        })
    }

    fn is_key(&self, pair: Id, key: &str) -> bool {
        let s = self.context.syntax;
        s.child(pair, "key")
            .is_some_and(|k| s.text(k).trim_matches(['"', '\'']) == key)
    }

    /// Returns the entries of an object: name, value, the node that names it. None where it is not all written out.
    fn entries(&self, object: Id) -> Option<Vec<(String, Option<Id>, Id)>> {
        let s = self.context.syntax;
        if s.kind(object) != "object" {
            return None;
        }
        let mut found = Vec::new();
        let mut whole = true;
        for part in s.named(object) {
            match s.kind(part) {
                "pair" => {
                    let Some(key) = s.child(part, "key") else {
                        continue;
                    };
                    let name = s.text(key).trim_matches(['"', '\'']).to_owned();
                    if s.kind(key) == "computed_property_name" {
                        whole = false;
                    } else {
                        found.push((name, s.child(part, "value").map(|v| s.bare(v)), key));
                    }
                }
                "shorthand_property_identifier" => {
                    found.push((s.text(part).to_owned(), None, part));
                }
                "method_definition" => {}
                _ => whole = false,
            }
        }
        (whole || !found.is_empty()).then_some(found)
    }

    /// Returns whether something is put into an object that is not written out there.
    fn is_open(&self, object: Id) -> bool {
        let s = self.context.syntax;
        s.kind(object) != "object"
            || s.named(object).any(|p| {
                s.kind(p) == "spread_element" || s.child_of(p, "computed_property_name").is_some()
            })
    }

    fn literal(&self, id: Id) -> Option<String> {
        let s = self.context.syntax;
        if let Some((_, member)) = self.enum_value(id) {
            return Some(member);
        }
        match s.kind(id) {
            "null" => Some("NULL".to_owned()),
            "number" | "true" | "false" => Some(s.text(id).to_owned()),
            "object" => {
                // `{ set: x }`
                let entries = self.entries(id)?;
                let (_, value, _) = entries.iter().find(|(k, ..)| k == "set")?;
                self.literal((*value)?)
            }
            _ => self.context.strings.plain(id),
        }
    }
}

/// One call of a model's method.
struct Query<'p, 'c, 's, 'a> {
    prisma: &'p Prisma<'c, 's, 'a>,
    model: &'p str,
    method: &'static str,
    at: Id,
}

impl Query<'_, '_, '_, '_> {
    fn add(
        &self,
        at: Id,
        element: Option<&str>,
        mode: Mode,
        confidence: Confidence,
        accesses: &mut Vec<Access>,
    ) {
        let found = Use {
            surface: Surface::new(SurfaceKind::Model, self.model),
            element: element.map(str::to_owned),
            manner: if mode == Mode::Queries {
                Manner::Implicit
            } else {
                Manner::Explicit
            },
            mode,
            confidence,
            why: Why::ResolvedCall,
        };
        accesses.push(self.prisma.context.access(at, found));
    }

    fn read(&self, call: Call, returns: bool, accesses: &mut Vec<Access>) {
        let p = self.prisma;
        let s = p.context.syntax;
        let argument = s.arguments(call).first().copied();
        let entries = argument.and_then(|a| p.entries(a)).unwrap_or_default();
        let entry = |name: &str| entries.iter().find(|(k, ..)| k == name);
        let inner = |name: &str| entry(name).and_then(|(_, value, _)| *value);
        let open = argument.is_some_and(|a| p.is_open(a));
        if returns {
            self.returned(
                inner("select"),
                inner("omit"),
                entry("select").is_some(),
                accesses,
            );
            // What a spread puts in may be a `select` as well.
            if open && let Some(last) = accesses.last_mut().filter(|a| a.mode == Mode::Queries) {
                last.confidence = last.confidence.min(Confidence::Medium);
            }
        } else if !self.method.starts_with("create") {
            let mode = if self.method == "deleteMany" {
                Mode::Deletes
            } else {
                Mode::Reads
            };
            self.add(self.at, None, mode, Confidence::High, accesses);
        }
        if self.method == "delete" {
            self.add(self.at, None, Mode::Deletes, Confidence::High, accesses);
        }
        for key in [
            "where", "orderBy", "cursor", "_sum", "_avg", "_min", "_max", "having",
        ] {
            self.named(inner(key), accesses);
        }
        for key in ["by", "distinct"] {
            self.listed(inner(key), accesses);
        }
        match self.method {
            "create" | "createMany" | "createManyAndReturn" => {
                self.inserted(inner("data"), accesses);
            }
            "update" | "updateMany" | "updateManyAndReturn" => {
                self.updated(inner("data"), accesses);
            }
            "upsert" => {
                self.inserted(inner("create"), accesses);
                self.updated(inner("update"), accesses);
            }
            _ => {}
        }
    }

    /// The columns handed back.
    fn returned(
        &self,
        select: Option<Id>,
        omit: Option<Id>,
        selects: bool,
        accesses: &mut Vec<Access>,
    ) {
        let p = self.prisma;
        if !selects {
            // What is left out is not known without the model; that the rest is named is.
            let confidence = if omit.is_some() {
                Confidence::Medium
            } else {
                Confidence::High
            };
            self.add(self.at, None, Mode::Queries, confidence, accesses);
            return;
        }
        let Some(object) = select.filter(|&o| !p.is_open(o)) else {
            self.add(self.at, None, Mode::Queries, Confidence::Medium, accesses);
            return;
        };
        for (name, value, key) in p.entries(object).unwrap_or_default() {
            let s = p.context.syntax;
            let is_true = value.is_none_or(|v| s.kind(v) != "false");
            // An object selects from a related model, and what begins with `_` counts.
            let is_column = value.is_none_or(|v| s.kind(v) != "object") && !name.starts_with('_');
            if is_true && is_column {
                self.add(key, Some(&name), Mode::Reads, Confidence::High, accesses);
            }
        }
    }

    /// `where: { a: 1, OR: [{ b: 2 }] }`.
    fn named(&self, object: Option<Id>, accesses: &mut Vec<Access>) {
        let p = self.prisma;
        let s = p.context.syntax;
        let mut open: Vec<Id> = object.into_iter().collect();
        for _ in 0..200 {
            let Some(at) = open.pop() else { return };
            if s.kind(at) == "array" {
                open.extend(s.named(at));
                continue;
            }
            for (name, value, key) in p.entries(at).unwrap_or_default() {
                if OPERATORS.contains(&name.as_str()) {
                    open.extend(value);
                } else if !self.is_relation(value) && !name.starts_with('_') {
                    self.add(key, Some(&name), Mode::Reads, Confidence::High, accesses);
                }
            }
        }
    }

    /// A nested filter of another model: `org: { name: "x" }`, `posts: { some: … }`. A filter of a column has operators as keys.
    fn is_relation(&self, value: Option<Id>) -> bool {
        let column = [
            "equals",
            "in",
            "notIn",
            "lt",
            "lte",
            "gt",
            "gte",
            "contains",
            "startsWith",
            "endsWith",
            "mode",
            "not",
            "has",
            "hasSome",
            "hasEvery",
            "isEmpty",
            "path",
            "search",
            "set",
            "increment",
            "decrement",
            "multiply",
            "divide",
            "push",
            "sort",
            "nulls",
        ];
        let entries = value
            .and_then(|v| self.prisma.entries(v))
            .unwrap_or_default();
        !entries.is_empty() && !entries.iter().any(|(k, ..)| column.contains(&k.as_str()))
    }

    /// `by: ["a", "b"]`.
    fn listed(&self, list: Option<Id>, accesses: &mut Vec<Access>) {
        let p = self.prisma;
        let Some(list) = list else { return };
        let s = p.context.syntax;
        let items: Vec<Id> = if s.kind(list) == "array" {
            s.named(list).collect()
        } else {
            vec![list]
        };
        for item in items {
            if let Some(name) = p.context.strings.plain(item) {
                self.add(item, Some(&name), Mode::Reads, Confidence::High, accesses);
            }
        }
    }

    fn inserted(&self, data: Option<Id>, accesses: &mut Vec<Access>) {
        let p = self.prisma;
        let s = p.context.syntax;
        let rows: Vec<Id> = match data {
            Some(data) if s.kind(data) == "array" => s.named(data).collect(),
            Some(data) => vec![data],
            None => Vec::new(),
        };
        let whole = rows.iter().all(|&r| !p.is_open(r)) && !rows.is_empty();
        let entries: Vec<_> = rows
            .iter()
            .flat_map(|&r| p.entries(r).unwrap_or_default())
            .collect();
        let (mut columns, mut values) = (Vec::new(), BTreeSet::new());
        for (name, value, _) in &entries {
            if self.is_relation(*value) {
                continue;
            }
            if !columns.contains(name) {
                columns.push(name.clone());
            }
            values.extend(value.and_then(|v| p.literal(v)).map(|v| (name.clone(), v)));
        }
        let related = entries.iter().any(|(_, value, _)| self.is_relation(*value));
        let mode = Mode::Inserts {
            // A relation that is connected names its columns too.
            columns: (whole && !related).then_some(columns),
            positions: None,
            values: values.into_iter().collect(),
            conflict: None,
        };
        let confidence = if whole && !related {
            Confidence::High
        } else {
            Confidence::Medium
        };
        self.add(self.at, None, mode, confidence, accesses);
    }

    fn updated(&self, data: Option<Id>, accesses: &mut Vec<Access>) {
        let p = self.prisma;
        for (name, value, key) in data.and_then(|d| p.entries(d)).unwrap_or_default() {
            if self.is_relation(value) {
                continue;
            }
            let values = value.and_then(|v| p.literal(v)).into_iter().collect();
            self.add(
                key,
                Some(&name),
                Mode::Writes { values },
                Confidence::High,
                accesses,
            );
        }
    }
}
