//! What a chain of calls is about: a model, or a table of the query builder.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{Confidence, Hints, Surface, SurfaceKind};

use crate::code::context::Context;
use crate::code::inflections::singular;
use crate::code::php::{Chain, Scope, Sent, class_named, snake};
use crate::code::syntax::{Id, Syntax};

use super::models::name_of;
use super::uses::is_known;

/// What a chain is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Subject {
    pub(super) surface: Surface,
    /// How sure that is.
    pub(super) confidence: Confidence,
    /// How many calls of the chain it took to say so.
    pub(super) from: usize,
    /// Whether the chain begins at the class or the table itself, and is a query whatever follows.
    pub(super) whole: bool,
}

/// Methods that give the rows which a model relates to; the class stands first.
const RELATIONS: &[&str] = &[
    "hasMany",
    "hasOne",
    "belongsTo",
    "belongsToMany",
    "morphMany",
    "morphOne",
    "morphToMany",
    "morphedByMany",
    "hasManyThrough",
    "hasOneThrough",
];

/// Methods whose closure is given a query for other rows.
const ELSEWHERE: &[&str] = &[
    "with",
    "load",
    "loadMissing",
    "withCount",
    "has",
    "whereHas",
    "orWhereHas",
    "withWhereHas",
    "whereDoesntHave",
    "orWhereDoesntHave",
    "doesntHave",
    "join",
    "leftJoin",
    "rightJoin",
    "joinSub",
    "leftJoinSub",
    "union",
    "unionAll",
    "whereExists",
    "whereNotExists",
    "fromSub",
    "whereIn",
    "whereNotIn",
    "selectSub",
    "addSelect",
];

/// How many variables and closures are followed.
const FAR: usize = 8;
/// How many assignments before a use are looked at.
const MOST_ASSIGNED: usize = 20;

pub(super) struct Subjects<'c, 's, 'a> {
    pub(super) context: &'c Context<'s, 'a>,
    pub(super) scope: Scope<'c, 's, 'a>,
    /// The models that are looked for.
    pub(super) names: &'c BTreeSet<String>,
    /// The files that declare them, where it is known.
    places: &'c Places<'c>,
    /// What variables are assigned, and what they are in loops, in the order of the text.
    assigned: BTreeMap<&'a str, Vec<(Id, Id)>>,
}

/// The files that declare models, by the names of the models.
pub(super) type Places<'h> = BTreeMap<&'h str, BTreeSet<&'h str>>;

/// Returns the files that declare the models which are asked for.
pub(super) fn places(hints: &Hints) -> Places<'_> {
    let mut places = Places::new();
    for wanted in hints.wanted.iter().filter(|w| w.tool == Some(super::TOOL)) {
        if let Some(path) = &wanted.declared_in {
            places.entry(&wanted.surface.name).or_default().insert(path);
        }
    }
    places
}

/// Returns the call of a chain that declares a relation.
pub(super) fn relation(chain: &Chain<'_>) -> Option<usize> {
    let mut calls = chain.calls.iter();
    calls.position(|c| RELATIONS.contains(&c.name))
}

/// Returns what variables are assigned, and the list that they go over in loops, by their names.
fn assignments<'a>(s: &Syntax<'a>) -> BTreeMap<&'a str, Vec<(Id, Id)>> {
    let mut found: BTreeMap<&str, Vec<(Id, Id)>> = BTreeMap::new();
    for at in s.all() {
        let (name, value) = match s.kind(at) {
            "assignment_expression" => (s.child(at, "left"), s.child(at, "right")),
            "foreach_statement" => {
                let mut parts = s.named(at).filter(|&p| s.role(p) != Some("body"));
                let list = parts.next();
                let taken = parts.next().and_then(|t| match s.kind(t) {
                    "pair" => s.named(t).last(),
                    _ => Some(t),
                });
                (taken, list)
            }
            _ => continue,
        };
        if let (Some(name), Some(value)) = (name, value) {
            found.entry(s.text(name)).or_default().push((at, value));
        }
    }
    found
}

impl<'c, 's, 'a> Subjects<'c, 's, 'a> {
    pub(super) fn new(
        context: &'c Context<'s, 'a>,
        names: &'c BTreeSet<String>,
        places: &'c Places<'c>,
    ) -> Self {
        Self {
            context,
            scope: Scope::new(context),
            names,
            places,
            assigned: assignments(context.syntax),
        }
    }

    /// Returns the model that a name of a class means.
    pub(super) fn class(
        &self,
        id: Id,
        confidence: Confidence,
        from: usize,
        whole: bool,
    ) -> Option<Subject> {
        let s = self.context.syntax;
        let name = self.context.original(s.last_name(id));
        let of_name = self.model(name, confidence, from, whole)?;
        self.is_meant(s.text(id), name).then_some(of_name)
    }

    /// Returns whether a class, as a file spells it, is the model of that name: its namespace ends like the folder of the model.
    fn is_meant(&self, spelled: &str, name: &str) -> bool {
        let Some(places) = self.places.get(name) else {
            return true;
        };
        let here = &self.context.file.path;
        let folder = |path: &str| path.rsplit_once('/').map_or("", |(f, _)| f).to_owned();
        if places.iter().any(|p| folder(p) == folder(here)) && !spelled.contains('\\') {
            return true;
        }
        let (first, rest) = spelled.split_once('\\').unwrap_or((spelled, ""));
        let taken = self.context.imports.iter().find(|i| {
            let mut names = i.names.iter();
            names.any(|(_, here)| here == first)
        });
        let full = match (spelled.strip_prefix('\\'), taken) {
            (Some(full), _) => full.to_owned(),
            (None, Some(import)) if rest.is_empty() => import.path.clone(),
            (None, Some(import)) => format!("{}\\{rest}", import.path),
            // It is in the namespace of this file, where the model is not.
            (None, None) => return false,
        };
        let last_two = |path: &str| {
            let path = path.replace('\\', "/").to_lowercase();
            let mut parts: Vec<String> = path.rsplit('/').take(2).map(str::to_owned).collect();
            parts.reverse();
            parts.join("/")
        };
        // The first part of a namespace need not be a folder: `App\User` in `src/User.php`.
        let depth = full.matches('\\').count();
        let at = |place: &&str| last_two(place.trim_end_matches(".php")) == last_two(&full);
        match depth {
            0 => false,
            1 => true,
            _ => places.iter().any(at),
        }
    }

    /// Returns the model of that name.
    pub(super) fn model(
        &self,
        name: &str,
        confidence: Confidence,
        from: usize,
        whole: bool,
    ) -> Option<Subject> {
        self.names.contains(name).then(|| Subject {
            surface: Surface::new(SurfaceKind::Model, name),
            confidence,
            from,
            whole,
        })
    }

    /// Returns the model around a node whose rows its methods are called on.
    pub(super) fn own(&self, id: Id) -> Option<&'a str> {
        let s = self.context.syntax;
        let class = s.above(
            id,
            &["class_declaration", "trait_declaration", "anonymous_class"],
        )?;
        name_of(self.context, class).filter(|n| self.names.contains(*n))
    }

    /// Returns what a chain is about.
    pub(super) fn of(&self, chain: &Chain<'a>) -> Option<Subject> {
        self.followed(chain, 0)
    }

    fn followed(&self, chain: &Chain<'a>, far: usize) -> Option<Subject> {
        let s = self.context.syntax;
        let (root, first) = (chain.root, chain.calls.first()?);
        if far > FAR {
            return None;
        }
        if let Some(subject) = self.table(chain) {
            return Some(subject);
        }
        // What follows a relation is about the rows that it gives, whether their model is looked for or not.
        if let Some(at) = relation(chain) {
            return self.related(chain, at);
        }
        match s.kind(root) {
            "name" | "qualified_name" if s.kind(first.id) == "scoped_call_expression" => {
                self.class(root, Confidence::High, 0, true)
            }
            "relative_scope" => self.model(self.own(root)?, Confidence::High, 0, true),
            "object_creation_expression" => {
                self.class(s.call(root)?.callee, Confidence::High, 0, false)
            }
            "variable_name" if s.text(root) == "$this" => {
                let own = self.own(root)?;
                let stays = || self.stays(chain).then_some(own);
                self.hop(chain)
                    .or_else(|| self.model(stays()?, Confidence::High, 0, false))
            }
            _ => {
                let hopped = self.hop(chain);
                hopped.or_else(|| self.value(root, far + 1).filter(|_| self.stays(chain)))
            }
        }
    }

    /// `DB::table('users')`, `DB::connection('x')->table('users as u')`.
    fn table(&self, chain: &Chain<'a>) -> Option<Subject> {
        let s = self.context.syntax;
        let at = chain.calls.iter().position(|c| c.name == "table")?;
        let root = self
            .context
            .original(s.last_name(chain.root).trim_start_matches('$'));
        let on_db = matches!(root, "DB" | "db" | "connection" | "conn");
        let connects = |c: &Sent<'_>| matches!(c.name, "connection" | "getConnection");
        let before = &chain.calls[..at];
        if !on_db && !before.iter().any(connects) {
            return None;
        }
        let named = self.scope.word(*chain.calls[at].placed.first()?)?;
        let table = named.split_whitespace().next()?;
        let is_name = table
            .chars()
            .all(|c| c.is_alphanumeric() || "_.".contains(c));
        is_name.then(|| Subject {
            surface: Surface::table(table),
            confidence: Confidence::High,
            from: at + 1,
            whole: true,
        })
    }

    /// `$this->hasMany(Post::class)->where(…)`
    fn related(&self, chain: &Chain<'a>, at: usize) -> Option<Subject> {
        let s = self.context.syntax;
        let class = class_named(s, *chain.calls[at].placed.first()?)?;
        self.class(class, Confidence::High, at + 1, false)
    }

    /// `$user->posts()->create(…)`: the name of a relation tells its model, where it is called like it.
    fn hop(&self, chain: &Chain<'a>) -> Option<Subject> {
        let s = self.context.syntax;
        let first = chain.calls.first()?;
        let calls_none = first.placed.is_empty() && s.kind(first.id) == "member_call_expression";
        let wanted = singular(&snake(first.name)).replace('_', "");
        let called = |n: &&String| snake(n).replace('_', "") == wanted;
        let name = self.names.iter().find(called).filter(|_| calls_none)?;
        self.model(name, Confidence::Medium, 1, false)
    }

    /// Returns whether what follows a row or a query is still about it: a method that is not known may give rows of another model.
    fn stays(&self, chain: &Chain<'a>) -> bool {
        let s = self.context.syntax;
        let known = |c: &Sent<'_>| is_known(c.name) || c.name.starts_with("where");
        let query = matches!(s.text(chain.root), "$query" | "$q" | "$builder");
        query || chain.calls.first().is_some_and(known)
    }

    /// Returns the model whose row, or whose query, a value is.
    pub(super) fn value(&self, id: Id, far: usize) -> Option<Subject> {
        let s = self.context.syntax;
        let id = s.bare(id);
        match s.kind(id) {
            "variable_name" if s.text(id) == "$this" => {
                let own = self.own(id)?;
                self.model(own, Confidence::Medium, 0, false)
            }
            "variable_name" => {
                let found = self.declared(id, far);
                found.or_else(|| self.called_like(s.text(id).trim_start_matches('$')))
            }
            "member_access_expression" | "nullsafe_member_access_expression" => {
                self.called_like(s.last_name(id))
            }
            "object_creation_expression" => {
                self.class(s.call(id)?.callee, Confidence::Medium, 0, false)
            }
            _ => {
                let chain = Chain::of(s, id)?;
                let plain = chain.calls.last().map(|c| c.name)?;
                let found = self.followed(&chain, far).filter(|_| far <= FAR);
                // `auth()->user()`
                found.or_else(|| self.called_like(plain))
            }
        }
        .map(|subject| Subject {
            from: 0,
            whole: false,
            confidence: subject.confidence.min(Confidence::Medium),
            ..subject
        })
    }

    /// Returns the model that the function around a variable says it is: by the type of a parameter, an assignment, a loop, or the query
    /// that a closure is given.
    fn declared(&self, id: Id, far: usize) -> Option<Subject> {
        let s = self.context.syntax;
        let name = s.text(id);
        if far > FAR {
            return None;
        }
        let mut at = id;
        for _ in 0..FAR {
            let function = s.function(at)?;
            let list = s.child(function, "parameters");
            let mut all = list.into_iter().flat_map(|l| s.named(l));
            let parameter = all.find(|&p| s.child(p, "name").is_some_and(|n| s.text(n) == name));
            if let Some(parameter) = parameter {
                let typed = s.child(parameter, "type").map(|t| s.bare(t));
                let typed = typed.and_then(|t| self.class(t, Confidence::Medium, 0, false));
                return typed.or_else(|| self.given(function, far + 1));
            }
            if let Some(value) = self.assigned(function, name, id) {
                return self.value(value, far + 1);
            }
            at = function;
        }
        None
    }

    /// Returns what a closure is given by the call that it is an argument of.
    fn given(&self, closure: Id, far: usize) -> Option<Subject> {
        let s = self.context.syntax;
        let call = s.above(
            closure,
            &[
                "member_call_expression",
                "nullsafe_member_call_expression",
                "scoped_call_expression",
                "function_call_expression",
                "anonymous_function",
                "arrow_function",
            ],
        )?;
        let chain = Chain::of(s, call)?;
        let last = chain.calls.last()?;
        if ELSEWHERE.contains(&last.name) {
            return None;
        }
        self.followed(&chain, far)
    }

    fn assigned(&self, function: Id, name: &str, id: Id) -> Option<Id> {
        let s = self.context.syntax;
        let all = self.assigned.get(name)?;
        let before = all.partition_point(|&(at, _)| at < id);
        let near = all[..before].iter().rev().take(MOST_ASSIGNED);
        let own = near.filter(|&&(at, value)| s.is_within(at, function) && !s.is_within(id, value));
        own.map(|&(_, value)| value).next()
    }

    /// Returns the model after which a value is called: `$user`, `$currentUser`, `$this->user`.
    fn called_like(&self, name: &str) -> Option<Subject> {
        let wanted = snake(name);
        let mut all = self.names.iter();
        let found = all.find(|model| {
            let bare = snake(model);
            wanted == bare || wanted.ends_with(&format!("_{bare}"))
        });
        self.model(found?, Confidence::Medium, 0, false)
    }
}
