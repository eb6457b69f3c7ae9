//! The uses of the classes: queries, new rows, attributes.

use std::collections::BTreeSet;

use coexist_model::{
    Access, Confidence, Dialect, Manner, Mode, Reading, Surface, SurfaceKind, Why,
};

use crate::code::context::{Context, Use};
use crate::code::inflections::{table_of, underscored};
use crate::code::ruby::{Options, Scope, Sent, constant, nesting};
use crate::code::syntax::{Id, Syntax};
use crate::sql::accesses::{Found, accesses_in};

use super::associations;
use super::models::full_name;

/// Methods that filter, order or pick by columns.
const NAMING: &[&str] = &[
    "where",
    "rewhere",
    "not",
    "find_by",
    "find_by!",
    "find_or_create_by",
    "find_or_create_by!",
    "find_or_initialize_by",
    "create_or_find_by",
    "create_or_find_by!",
    "exists?",
    "order",
    "reorder",
    "pluck",
    "pick",
    "select",
    "group",
    "sum",
    "average",
    "minimum",
    "maximum",
    "count",
    "having",
    "in_order_of",
    "delete_by",
    "destroy_by",
    "find_sole_by",
    "sole_by",
];

/// Methods that make rows of their arguments; every column of the table is named.
const MAKING: &[&str] = &[
    "create",
    "create!",
    "new",
    "build",
    "find_or_create_by",
    "find_or_create_by!",
    "find_or_initialize_by",
    "create_or_find_by",
    "create_or_find_by!",
    "first_or_create",
    "first_or_create!",
    "create_with",
    "insert!",
];

/// Methods after which a query does not ask for whole rows.
const NARROWING: &[&str] = &[
    "pluck",
    "pick",
    "select",
    "ids",
    "count",
    "sum",
    "average",
    "minimum",
    "maximum",
    "exists?",
    "update_all",
    "delete_all",
    "insert_all",
    "insert_all!",
    "upsert_all",
    "any?",
    "none?",
    "empty?",
    "new",
    "create",
    "create!",
    "build",
    "arel_table",
    "table_name",
    "transaction",
    "connection",
    "name",
    "model_name",
    "human_attribute_name",
    "column_names",
    "columns_hash",
];

/// Macros in the body of a class whose first arguments are attributes.
const MACROS: &[&str] = &[
    "validates",
    "validates_presence_of",
    "validates_uniqueness_of",
    "validates_length_of",
    "validates_format_of",
    "validates_inclusion_of",
    "validates_numericality_of",
    "enum",
    "serialize",
    "encrypts",
    "normalizes",
    "attr_readonly",
    "has_secure_token",
    "delegate_attribute",
];

/// Adds the uses of these classes. Attributes are looked for where their columns are asked for.
pub(super) fn read(
    context: &Context<'_, '_>,
    names: &BTreeSet<String>,
    columns: &BTreeSet<&str>,
    reading: &mut Reading,
) {
    let reader = Uses {
        context,
        scope: Scope::of(context),
        names,
        columns,
    };
    let s = context.syntax;
    for id in s.all() {
        if s.kind(id) == "call"
            && let Some(sent) = Sent::of(s, id)
        {
            reader.call(&sent, &mut reading.accesses);
        }
    }
}

struct Uses<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    scope: Scope<'c, 's, 'a>,
    names: &'c BTreeSet<String>,
    columns: &'c BTreeSet<&'c str>,
}

impl<'a> Uses<'_, '_, 'a> {
    fn call(&self, sent: &Sent<'a>, accesses: &mut Vec<Access>) {
        let Some(class) = self.class_of(sent) else {
            self.through_association(sent, accesses);
            return self.attribute(sent, accesses);
        };
        if sent.receiver.is_none() && !self.is_macro_free(sent, &class, accesses) {
            return;
        }
        if NAMING.contains(&sent.name) {
            self.named(sent, &class, accesses);
        }
        if let Some(column) = sent.name.strip_prefix("find_by_") {
            let column = column.trim_end_matches('!');
            accesses.push(self.reads(sent.id, &class, column));
        }
        if MAKING.contains(&sent.name) {
            accesses.push(self.makes(sent, &class));
        }
        match sent.name {
            "update_all" | "update_columns" | "update_counters" | "insert_all" | "insert_all!"
            | "upsert_all" | "upsert" | "insert" => self.writes(sent, &class, accesses),
            _ => {}
        }
        let on_class = sent
            .receiver
            .is_none_or(|r| constant(self.context.syntax, r).is_some());
        let starts = on_class && !NARROWING.contains(&sent.name) && !self.is_narrowed(sent.id);
        if starts && sent.receiver.is_some() {
            accesses.push(self.access(sent.id, &class, None, Mode::Queries, Manner::Implicit));
        }
    }

    /// Reads what is asked of the rows that an association leads to, and what makes new ones there.
    fn through_association(&self, sent: &Sent<'a>, accesses: &mut Vec<Access>) {
        let (makes, names) = (MAKING.contains(&sent.name), NAMING.contains(&sent.name));
        if makes || names {
            let Some(rows) = associations::receiving(self.context, sent) else {
                return;
            };
            if names {
                self.named(sent, &rows, accesses);
            }
            if makes {
                accesses.push(self.makes(sent, &rows));
            }
        } else if let Some(row) = associations::made(self.context, sent) {
            accesses.push(self.makes(sent, &row));
        }
    }

    /// Reads what stands without receiver in a class: macros. Returns whether it is a query instead.
    fn is_macro_free(&self, sent: &Sent<'a>, class: &str, accesses: &mut Vec<Access>) -> bool {
        let mention = |id: Id, column: &str| {
            let found = self.access(id, class, Some(column), Mode::Reads, Manner::Explicit);
            Access {
                confidence: found.confidence.min(Confidence::Medium),
                why: Why::Mention,
                ..found
            }
        };
        if MACROS.contains(&sent.name) {
            for &id in &sent.placed {
                for word in self.scope.words(id).unwrap_or_default() {
                    accesses.push(mention(id, &word));
                }
            }
            let listed = sent
                .options
                .iter()
                .filter(|_| sent.name == "enum" && sent.placed.is_empty());
            for (name, id) in listed.filter(|(n, _)| !n.starts_with('_')) {
                accesses.push(mention(id, name));
            }
        }
        if sent.name == "belongs_to" {
            let key = sent
                .options
                .get("foreign_key")
                .and_then(|k| self.scope.word(k));
            let name = sent.placed.first().and_then(|&n| self.scope.word(n));
            let key = key.or_else(|| name.map(|n| format!("{n}_id")));
            if let Some(key) = key {
                accesses.push(mention(sent.id, &key));
            }
        }
        matches!(
            sent.name,
            "where"
                | "rewhere"
                | "order"
                | "pluck"
                | "find_by"
                | "find_by!"
                | "update_all"
                | "create"
                | "create!"
                | "new"
                | "group"
                | "reorder"
                | "insert_all"
                | "upsert_all"
        ) || sent.name.starts_with("find_by_")
    }

    /// Returns the class that a chain of calls begins at: a constant, or the class itself in its own body.
    fn class_of(&self, sent: &Sent<'a>) -> Option<String> {
        let s = self.context.syntax;
        let Some(mut at) = sent.receiver else {
            return self.own(sent.id);
        };
        for _ in 0..60 {
            if let Some(name) = constant(s, at) {
                return self.resolved(&name, at);
            }
            if s.kind(at) != "call" {
                return None;
            }
            match s.child(at, "receiver") {
                Some(receiver) => at = s.bare(receiver),
                // `where(…).order(…)` in a scope of the class.
                None => return self.own(at),
            }
        }
        None
    }

    /// Returns the class that a node stands in the body of, unless it stands in a method of its rows.
    fn own(&self, id: Id) -> Option<String> {
        let s = self.context.syntax;
        let class = s.above(id, &["class", "module"])?;
        let in_method = s
            .above(id, &["method"])
            .is_some_and(|m| s.is_within(m, class));
        let name = (s.kind(class) == "class" && !in_method).then(|| full_name(self.context, class));
        name.flatten().filter(|n| self.names.contains(n))
    }

    /// Returns the class that a constant means where it stands: the nearest one around it of that name.
    fn resolved(&self, name: &str, id: Id) -> Option<String> {
        let name = name.trim_start_matches("::");
        let mut around: Vec<String> = nesting(self.context.syntax, id);
        loop {
            around.push(name.to_owned());
            let full = around.join("::");
            if self.names.contains(&full) {
                return Some(full);
            }
            around.pop();
            around.pop()?;
        }
    }

    /// Returns whether the chain that a call is in asks for less than whole rows.
    fn is_narrowed(&self, id: Id) -> bool {
        let s = self.context.syntax;
        let mut at = id;
        while let Some(up) = s.parent(at).filter(|&up| s.kind(up) == "call") {
            if s.child(up, "receiver") != Some(at) {
                return false;
            }
            let name = s.child(up, "method").map_or("", |m| s.text(m));
            let with_columns = name != "select" || s.child(up, "arguments").is_some();
            if NARROWING.contains(&name) && with_columns {
                return true;
            }
            at = up;
        }
        false
    }

    /// Columns that the arguments of a query name.
    fn named(&self, sent: &Sent<'a>, class: &str, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        for (name, value) in sent.options.iter() {
            accesses.extend(self.pair(name, value, class));
        }
        for &id in &sent.placed {
            match s.kind(id) {
                "hash" => {
                    let options = Options::of(s, id);
                    let pairs = options.iter().flat_map(|(n, v)| self.pair(n, v, class));
                    accesses.extend(pairs);
                }
                // Where an association leads, no file tells alone.
                "string" | "heredoc_beginning" | "chained_string" if !class.contains('#') => {
                    accesses.extend(self.fragment(sent, id, class));
                }
                "simple_symbol" | "array" | "symbol_array" => {
                    let words = self.scope.words(id).unwrap_or_default();
                    let words = words.iter().filter(|w| is_word(w));
                    accesses.extend(words.map(|w| self.reads(id, class, w)));
                }
                _ => {}
            }
        }
    }

    /// `where(state: 1)` names a column; `where(users: { state: 1 })` one of another table.
    fn pair(&self, name: &str, value: Id, class: &str) -> Vec<Access> {
        let s = self.context.syntax;
        if s.kind(value) == "hash" {
            let table = Surface::table(name);
            let options = Options::of(s, value);
            let inner = options.iter().filter(|(n, _)| is_word(n));
            let inner = inner.map(|(column, value)| {
                let found = self.reads(value, class, column);
                Access {
                    surface: table.clone(),
                    ..found
                }
            });
            return inner.collect();
        }
        match name.rsplit_once('.') {
            Some((table, column)) => {
                let found = self.reads(value, class, column);
                vec![Access {
                    surface: Surface::table(table),
                    ..found
                }]
            }
            None if is_word(name) => vec![self.reads(value, class, name)],
            None => Vec::new(),
        }
    }

    /// Columns in a piece of SQL. Of a query with joins it is not known whose they are.
    fn fragment(&self, sent: &Sent<'a>, id: Id, class: &str) -> Vec<Access> {
        let Some(literal) = self.context.strings.literal(id) else {
            return Vec::new();
        };
        let text = &literal.text;
        // The file does not name the table of the class: a name by convention tells its columns from those of others.
        let table = table_of(class);
        let (before, after) = match sent.name {
            "order" | "reorder" => (format!("SELECT 1 FROM {table} ORDER BY "), String::new()),
            "group" => (format!("SELECT 1 FROM {table} GROUP BY "), String::new()),
            "select" | "pluck" | "pick" | "sum" => ("SELECT ".to_owned(), format!(" FROM {table}")),
            _ => (format!("SELECT 1 FROM {table} WHERE "), String::new()),
        };
        let statement = format!("{before}{text}{after}");
        let whose = match self.is_joined(sent.id) {
            true => Confidence::Medium,
            false => Confidence::High,
        };
        let found = accesses_in(&statement, Dialect::Postgres);
        let qualifies = |f: &Found| {
            let element = f.element.as_deref().unwrap_or_default();
            text.contains(&format!("{element}."))
        };
        let of_class = found
            .into_iter()
            .filter(|f| f.surface.name == table && !qualifies(f));
        of_class
            .filter_map(|f| {
                let found = self.reads(id, class, &f.element?);
                Some(Access {
                    confidence: found.confidence.min(whose).min(f.confidence),
                    ..found
                })
            })
            .collect()
    }

    fn is_joined(&self, id: Id) -> bool {
        let s = self.context.syntax;
        let chain = s.ancestors(id).take_while(|&up| s.kind(up) == "call");
        let top = chain.last().unwrap_or(id);
        let joins = [
            "joins",
            "left_joins",
            "left_outer_joins",
            "includes",
            "eager_load",
            "from",
            "merge",
        ];
        let within = std::iter::once(top).chain(s.below(top));
        within
            .filter(|&n| s.kind(n) == "identifier")
            .any(|n| joins.contains(&s.text(n)))
    }

    fn makes(&self, sent: &Sent<'a>, class: &str) -> Access {
        let pairs = self.pairs(sent);
        let mode = Mode::Inserts {
            columns: Some(pairs.iter().map(|(n, _)| (*n).to_owned()).collect()),
            positions: None,
            values: pairs
                .iter()
                .filter_map(|(n, v)| Some(((*n).to_owned(), self.literal(*v)?)))
                .collect(),
            conflict: None,
        };
        let found = self.access(sent.id, class, None, mode, Manner::Explicit);
        // An object for an empty form is perhaps never saved.
        let saved = !matches!(sent.name, "new" | "build" | "find_or_initialize_by")
            && !sent.name.starts_with("build_");
        let given = !sent.placed.is_empty() || !pairs.is_empty();
        let surest = match saved || given && !self.is_only_shown(sent.id) {
            true => Confidence::High,
            false => Confidence::Medium,
        };
        Access {
            confidence: found.confidence.min(surest),
            ..found
        }
    }

    /// Returns whether a new object is given to a view by the action that shows its form, or by one of a class that saves none.
    fn is_only_shown(&self, id: Id) -> bool {
        let s = self.context.syntax;
        let held = s.parent(id).filter(|&up| s.kind(up) == "assignment");
        let held = held.and_then(|a| s.child(a, "left"));
        let held = held.filter(|&h| s.kind(h) == "instance_variable");
        let (Some(held), Some(method)) = (held, s.above(id, &["method"])) else {
            return false;
        };
        let saved = |within: std::ops::Range<Id>| {
            let mut calls = within.filter(|&n| s.kind(n) == "call");
            calls.any(|n| {
                let of = s.child(n, "receiver").map_or("", |r| s.text(r));
                let name = s.child(n, "method").map_or("", |m| s.text(m));
                of == s.text(held) && matches!(name, "save" | "save!")
            })
        };
        let shows = s.child(method, "name").map_or("", |n| s.text(n)) == "new";
        !saved(s.below(method)) && (shows || !saved(s.all()))
    }

    fn pairs(&self, sent: &Sent<'a>) -> Vec<(&'a str, Id)> {
        let s = self.context.syntax;
        let mut pairs: Vec<(&str, Id)> = sent.options.iter().collect();
        pairs.extend(given_in_block(s, sent));
        for &id in &sent.placed {
            let rows = match s.kind(id) {
                "array" => s.named(id).collect(),
                _ => vec![id],
            };
            for row in rows {
                pairs.extend(Options::of(s, row).iter());
            }
        }
        pairs
    }

    fn writes(&self, sent: &Sent<'a>, class: &str, accesses: &mut Vec<Access>) {
        let of_many = matches!(
            sent.name,
            "insert_all" | "insert_all!" | "upsert_all" | "upsert" | "insert"
        );
        let options = [
            "unique_by",
            "on_duplicate",
            "returning",
            "update_only",
            "record_timestamps",
        ];
        let pairs = self.pairs(sent);
        for (name, value) in pairs
            .iter()
            .filter(|(n, _)| !of_many || !options.contains(n))
        {
            let mode = Mode::Writes {
                values: self.literal(*value).into_iter().collect(),
            };
            accesses.push(self.access(*value, class, Some(name), mode, Manner::Explicit));
        }
        if let Some(unique) = sent.options.get("unique_by").filter(|_| of_many) {
            // The name of an index may stand there too: one column is no proof of what is meant.
            let words = self.scope.words(unique).filter(|w| w.len() > 1);
            if let Some(conflict) = words {
                let mode = Mode::Inserts {
                    columns: None,
                    positions: None,
                    values: Vec::new(),
                    conflict: Some(conflict),
                };
                accesses.push(self.access(unique, class, None, mode, Manner::Explicit));
            }
        }
    }

    fn literal(&self, id: Id) -> Option<String> {
        let s = self.context.syntax;
        match s.kind(id) {
            "nil" => Some("NULL".to_owned()),
            "simple_symbol" | "string" => self.scope.word(id),
            _ => None,
        }
    }

    /// `user.legacy`, and `self.legacy` in the class itself: nothing but the name tells whose it is.
    fn attribute(&self, sent: &Sent<'a>, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        if sent.name == "permit" {
            return self.permitted(sent, accesses);
        }
        let column = sent.name.trim_end_matches(['?', '!']);
        if !self.columns.contains(column) {
            return;
        }
        let mode = match s.is_assigned(sent.id) {
            true => Mode::Writes { values: Vec::new() },
            false => Mode::Reads,
        };
        if let Some(row) = associations::reached(self.context, sent) {
            let followed = self.access(sent.id, &row, Some(column), mode.clone(), Manner::Explicit);
            accesses.push(followed);
        }
        let Some(receiver) = sent.receiver else {
            return;
        };
        let class = match s.kind(receiver) {
            "self" => {
                let around = s.above(sent.id, &["class"]);
                let name = around.and_then(|c| full_name(self.context, c));
                name.filter(|n| self.names.contains(n))
            }
            _ => self.called_like(s.last_name(receiver)),
        };
        if let Some(class) = class {
            let found = self.access(sent.id, &class, Some(column), mode, Manner::Explicit);
            accesses.push(Access {
                confidence: found.confidence.min(Confidence::Medium),
                why: Why::TypedAttribute,
                ..found
            });
        }
    }

    /// Returns the class after which a variable is called: `user`, `@user`, `current_user`.
    fn called_like(&self, variable: &str) -> Option<String> {
        let variable = variable.trim_start_matches('@');
        let found = self.names.iter().find(|name| {
            let bare = underscored(name.rsplit("::").next().unwrap_or(name));
            variable == bare || variable.ends_with(&format!("_{bare}"))
        });
        found.cloned()
    }

    /// `params.require(:user).permit(:legacy)`.
    fn permitted(&self, sent: &Sent<'a>, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        let required = sent.receiver.and_then(|r| Sent::of(s, r));
        let asked = required.filter(|r| matches!(r.name, "require" | "fetch"));
        let named = asked.and_then(|r| self.scope.word(*r.placed.first()?));
        let Some(class) = named.and_then(|n| self.called_like(&n)) else {
            return;
        };
        for &id in &sent.placed {
            for word in self.scope.words(id).unwrap_or_default() {
                let found = self.access(id, &class, Some(&word), Mode::Reads, Manner::Explicit);
                accesses.push(Access {
                    confidence: found.confidence.min(Confidence::Medium),
                    why: Why::Mention,
                    ..found
                });
            }
        }
    }

    fn reads(&self, id: Id, class: &str, column: &str) -> Access {
        self.access(id, class, Some(column), Mode::Reads, Manner::Explicit)
    }

    fn access(
        &self,
        id: Id,
        class: &str,
        element: Option<&str>,
        mode: Mode,
        manner: Manner,
    ) -> Access {
        // A task runs when somebody starts it, and so do the first rows of a new store:
        // https://guides.rubyonrails.org/active_record_migrations.html#migrations-and-seed-data
        let path = &self.context.file.path;
        let seeds = path.ends_with("db/seeds.rb") || path.contains("db/seeds/");
        let confidence = match path.ends_with(".rake") || seeds {
            true => Confidence::Medium,
            false => Confidence::High,
        };
        let found = Use {
            surface: Surface::new(SurfaceKind::Model, class),
            element: element.map(str::to_owned),
            mode,
            manner,
            confidence,
            why: Why::ResolvedCall,
        };
        self.context.access(id, found)
    }
}

/// Returns whether an attribute is set on the new row that a block is given: `create! { |post| post.title = title }`.
pub(in crate::code::orm) fn is_set_in_the_making(s: &Syntax<'_>, id: Id) -> bool {
    let object = s.member(id).map(|(object, _)| s.text(object));
    let block = s.above(id, &["block", "do_block"]);
    let sent = block.and_then(|b| Sent::of(s, s.parent(b)?));
    let (Some(object), Some(sent)) = (object, sent) else {
        return false;
    };
    let parameters = sent.block.map(|b| b.parameters).unwrap_or_default();
    MAKING.contains(&sent.name) && parameters == [object]
}

/// Returns the attributes that the block of a call sets on the row it makes, with their values.
fn given_in_block<'a>(s: &Syntax<'a>, sent: &Sent<'a>) -> Vec<(&'a str, Id)> {
    let body = sent.block.as_ref().and_then(|b| b.body);
    let within = body.into_iter().flat_map(|b| s.below(b));
    let set = within.filter(|&n| s.kind(n) == "assignment");
    set.filter_map(|a| {
        let (left, right) = (s.child(a, "left")?, s.child(a, "right")?);
        let (_, name) = s.member(left).filter(|_| is_set_in_the_making(s, left))?;
        Some((s.text(name), s.bare(right)))
    })
    .collect()
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}
