//! The uses of models: chains of calls on managers, new objects, and the classes that name a model in their body.

use coexist_model::{Access, Confidence, Manner, Mode, Reading, Surface, SurfaceKind, Why};

use crate::code::arguments::{Arguments, text, texts};
use crate::code::context::{Context, Use};
use crate::code::orm::python::Classes;
use crate::code::orm::sets_any;
use crate::code::syntax::Id;
use crate::code::view::Call;

use super::chains::Chain;
use super::views::{self, assigned};

/// Calls after which a query names no column that it does not say.
const NARROWING: &[&str] = &[
    "values",
    "values_list",
    "only",
    "defer",
    "count",
    "exists",
    "aggregate",
    "update",
    "delete",
    "dates",
    "datetimes",
    "create",
    "bulk_create",
    "bulk_update",
    "none",
    "raw",
    "as_manager",
    "from_queryset",
    "contribute_to_class",
];

/// Calls whose arguments are conditions.
const CONDITIONS: &[&str] = &[
    "filter",
    "exclude",
    "get",
    "get_or_create",
    "update_or_create",
    "get_object_or_404",
    "get_list_or_404",
];

/// Calls whose texts are names of fields.
const NAMING: &[&str] = &[
    "values",
    "values_list",
    "only",
    "order_by",
    "distinct",
    "earliest",
    "latest",
];

/// Calls that every manager has; an attribute of a class on which one of them is called is a manager.
const QUERYING: &[&str] = &[
    "all",
    "filter",
    "exclude",
    "get",
    "first",
    "last",
    "order_by",
    "annotate",
    "iterator",
    "in_bulk",
    "select_related",
    "prefetch_related",
    "using",
    "select_for_update",
    "distinct",
    "reverse",
    "earliest",
    "latest",
    "get_or_create",
    "update_or_create",
];

/// Adds the uses of these models.
pub(super) fn read(context: &Context<'_, '_>, classes: &Classes, reading: &mut Reading) {
    let reader = Uses { context, classes };
    let s = context.syntax;
    for id in s.all() {
        match s.kind(id) {
            "call" => reader.call(id, &mut reading.accesses),
            "class_definition" => reader.class(id, &mut reading.accesses),
            _ => {}
        }
    }
}

struct Uses<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    classes: &'c Classes,
}

impl<'a> Uses<'_, '_, 'a> {
    /// Returns the model that an expression names: `Post`, `models.Post`, `cls` in the class itself.
    fn model(&self, id: Id) -> Option<&str> {
        let s = self.context.syntax;
        let path = s.path(id)?;
        let name = *path.last()?;
        let name = match (name, path.len()) {
            ("cls" | "__class__", _) => {
                let class = s.above(id, &["class_definition"])?;
                s.text(s.child(class, "name")?)
            }
            (_, 1) => self.context.original(name),
            (_, 2) if !self.is_foreign(path[0]) => self.context.original(name),
            _ => return None,
        };
        self.classes.get(name)
    }

    /// Returns whether a name is a module that belongs to no application, as the modules of models do: `import types`.
    fn is_foreign(&self, name: &str) -> bool {
        let imports = self.context.imports.iter();
        let mut whole = imports.filter(|i| i.names.is_empty() && !i.wildcard);
        whole.any(|i| i.alias.as_deref().unwrap_or(&i.path) == name && !i.path.contains('.'))
    }

    fn call(&self, id: Id, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        let Some(call) = s.call(id) else { return };
        if let Some(model) = self.model(call.callee) {
            accesses.extend(self.made(id, model, call));
            return;
        }
        let arguments = Arguments::of(self.context, call);
        if matches!(s.called(call), "get_object_or_404" | "get_list_or_404") {
            if let Some(model) = arguments.placed.first().and_then(|&m| self.model(m)) {
                accesses.push(self.queries(id, model, Confidence::High));
                self.conditions(model, &arguments, accesses);
            }
            return;
        }
        let Some(chain) = Chain::of(self.context, id) else {
            return;
        };
        if chain.manager.is_some()
            && let Some(model) = self.model(chain.root)
        {
            self.chain(id, model, &chain, accesses);
        }
    }

    /// `Post.objects.filter(author=1).order_by("title")`.
    fn chain(&self, id: Id, model: &str, chain: &Chain<'_, '_, 'a>, accesses: &mut Vec<Access>) {
        let is_objects = chain
            .manager
            .is_some_and(|m| m == "objects" || m.ends_with("_manager") || m.ends_with("objects"));
        if !is_objects && !chain.has(QUERYING) && !chain.has(NARROWING) {
            return;
        }
        for (name, arguments) in &chain.calls {
            if CONDITIONS.contains(name) {
                self.conditions(model, arguments, accesses);
            }
            if NAMING.contains(name) {
                let named = arguments.placed.iter();
                let fields = named.filter_map(|&a| Some((a, text(self.context, a)?)));
                accesses.extend(fields.filter_map(|(a, f)| self.named(a, model, &f)));
            }
            if matches!(*name, "annotate" | "aggregate") {
                self.expressions(model, arguments, accesses);
            }
            self.written(id, model, name, arguments, accesses);
        }
        let whole = chain.calls.iter().any(|(name, arguments)| {
            matches!(*name, "values" | "values_list")
                && arguments.placed.is_empty()
                && arguments.names().next().is_none()
        });
        if whole || !chain.has(NARROWING) {
            accesses.push(self.queries(id, model, Confidence::High));
        }
    }

    /// What a call of a chain writes.
    fn written(
        &self,
        id: Id,
        model: &str,
        name: &str,
        arguments: &Arguments<'_, '_, 'a>,
        accesses: &mut Vec<Access>,
    ) {
        match name {
            "create" => accesses.push(self.inserted(
                id,
                model,
                arguments.names(),
                arguments.placed.is_empty(),
            )),
            "get_or_create" | "update_or_create" => {
                let lookups = arguments
                    .names()
                    .filter(|(n, _)| !matches!(*n, "defaults" | "create_defaults"));
                let lookups: Vec<(&str, Id)> = lookups.collect();
                let more = arguments.named("defaults");
                let defaults = more.and_then(|d| self.pairs(d));
                let told = arguments.placed.is_empty() && (more.is_none() || defaults.is_some());
                let plain = lookups.iter().copied().filter(|(n, _)| !n.contains("__"));
                let all: Vec<(String, Id)> = plain
                    .map(|(n, v)| (n.to_owned(), v))
                    .chain(defaults.into_iter().flatten())
                    .collect();
                let all = all.iter().map(|(n, v)| (n.as_str(), *v));
                accesses.push(self.inserted(id, model, all, told));
            }
            "update" => accesses.extend(arguments.names().map(|(name, value)| {
                let mode = Mode::Writes {
                    values: self.value(value).into_iter().collect(),
                };
                self.access(
                    value,
                    model,
                    Some(name),
                    mode,
                    Manner::Explicit,
                    Confidence::High,
                )
            })),
            "bulk_update" => {
                let list = arguments.at(1, "fields");
                let fields = list.and_then(|l| texts(self.context, l));
                accesses.extend(fields.unwrap_or_default().iter().map(|name| {
                    let mode = Mode::Writes { values: Vec::new() };
                    self.access(
                        id,
                        model,
                        Some(name),
                        mode,
                        Manner::Explicit,
                        Confidence::High,
                    )
                }));
            }
            "delete" => accesses.push(self.access(
                id,
                model,
                None,
                Mode::Deletes,
                Manner::Explicit,
                Confidence::High,
            )),
            _ => {}
        }
    }

    /// The fields in `name__startswith="x"`, `Q(author=1)`, `F("count")`.
    fn conditions(
        &self,
        model: &str,
        arguments: &Arguments<'_, '_, 'a>,
        accesses: &mut Vec<Access>,
    ) {
        for (name, value) in arguments.names() {
            if !matches!(name, "defaults" | "create_defaults") {
                accesses.extend(self.named(value, model, name));
            }
        }
        self.expressions(model, arguments, accesses);
    }

    /// The fields in the `Q(…)` and `F(…)` of arguments.
    fn expressions(
        &self,
        model: &str,
        arguments: &Arguments<'_, '_, 'a>,
        accesses: &mut Vec<Access>,
    ) {
        let s = self.context.syntax;
        let all = arguments.placed.iter().copied();
        let all = all.chain(arguments.names().map(|(_, value)| value));
        for id in all.flat_map(|a| std::iter::once(a).chain(s.below(a))) {
            let Some(call) = s.call(id) else { continue };
            let inner = Arguments::of(self.context, call);
            match s.called(call) {
                "Q" => accesses.extend(
                    inner
                        .names()
                        .filter_map(|(name, value)| self.named(value, model, name)),
                ),
                "F" | "Count" | "Sum" | "Max" | "Min" | "Avg" | "Coalesce" | "Lower" | "Upper" => {
                    let first = inner.placed.first().copied();
                    let name = first.and_then(|f| Some((f, text(self.context, f)?)));
                    accesses.extend(name.and_then(|(f, n)| self.named(f, model, &n)));
                }
                _ => {}
            }
        }
    }

    /// Returns the read of a field that is named with lookups behind it, `author__name__in`, or with a sign before it.
    fn named(&self, id: Id, model: &str, name: &str) -> Option<Access> {
        let name = name.trim_start_matches(['-', '+']);
        let field = name.split("__").next().filter(|f| !f.is_empty())?;
        (!matches!(field, "pk" | "?")).then(|| {
            self.access(
                id,
                model,
                Some(field),
                Mode::Reads,
                Manner::Explicit,
                Confidence::High,
            )
        })
    }

    /// `Post(title="x")`: a row that is written as soon as it is saved. What is never saved and called so elsewhere too is another class.
    fn made(&self, id: Id, model: &str, call: Call) -> Option<Access> {
        let arguments = Arguments::of(self.context, call);
        let told = arguments.placed.is_empty();
        let another = self.classes.is_another(self.context, call.callee, model);
        let saved = self.is_saved(id);
        if another && !saved {
            return None;
        }
        let access = self.inserted(id, model, arguments.names(), told);
        let confidence = match saved && !another {
            true => access.confidence,
            false => access.confidence.min(Confidence::Medium),
        };
        Some(Access {
            confidence,
            ..access
        })
    }

    /// Returns whether the function around it, or the file, saves what it makes.
    fn is_saved(&self, id: Id) -> bool {
        let s = self.context.syntax;
        let around = s.function(id).unwrap_or(0);
        s.below(around).filter_map(|c| s.call(c)).any(|c| {
            matches!(
                s.called(c),
                "save" | "bulk_create" | "asave" | "abulk_create"
            )
        })
    }

    fn inserted<'n>(
        &self,
        id: Id,
        model: &str,
        named: impl Iterator<Item = (&'n str, Id)>,
        told: bool,
    ) -> Access {
        let named: Vec<(String, Id)> = named.map(|(n, v)| (n.to_owned(), v)).collect();
        let mode = Mode::Inserts {
            columns: (told && !sets_any(self.context, id))
                .then(|| named.iter().map(|(n, _)| n.clone()).collect()),
            positions: None,
            values: named
                .iter()
                .filter_map(|(n, v)| Some((n.clone(), self.value(*v)?)))
                .collect(),
            conflict: None,
        };
        self.access(id, model, None, mode, Manner::Explicit, Confidence::High)
    }

    /// Returns the pairs of `{"title": "x"}` or `dict(title="x")`; None where not all of them can be told.
    fn pairs(&self, id: Id) -> Option<Vec<(String, Id)>> {
        let s = self.context.syntax;
        if let Some(call) = s.call(id).filter(|&c| s.called(c) == "dict") {
            let arguments = Arguments::of(self.context, call);
            let named = arguments.names().map(|(n, v)| (n.to_owned(), v));
            return arguments.placed.is_empty().then(|| named.collect());
        }
        if s.kind(id) != "dictionary" {
            return None;
        }
        s.named(id)
            .map(|pair| {
                let key = text(self.context, s.child(pair, "key")?)?;
                Some((key, s.bare(s.child(pair, "value")?)))
            })
            .collect()
    }

    /// Returns a literal value.
    fn value(&self, id: Id) -> Option<String> {
        match self.context.syntax.text(id) {
            "None" => Some("NULL".to_owned()),
            _ => self.context.strings.plain(id),
        }
    }

    /// A class that names a model in its body: a form, a serializer, a view.
    fn class(&self, id: Id, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        let Some(body) = s.child(id, "body") else {
            return;
        };
        if let Some(rows) = views::inserting(self.context, id, body)
            && let Some(model) = self.rows_of(rows)
        {
            let none = std::iter::empty();
            accesses.push(self.inserted(rows, model, none, false));
        }
        let assigned = |name: &str| assigned(self.context, body, name);
        let Some(value) = assigned("model") else {
            return;
        };
        let Some(model) = self.model(value) else {
            return;
        };
        accesses.push(self.queries(value, model, Confidence::Medium));
        let Some(listed) = assigned("fields") else {
            return;
        };
        for item in s.named(listed).filter(|&i| s.is_string(i)) {
            let field = text(self.context, item);
            accesses.extend(
                field
                    .and_then(|f| self.named(item, model, &f))
                    .map(|a| Access {
                        confidence: a.confidence.min(Confidence::Medium),
                        why: Why::Mention,
                        ..a
                    }),
            );
        }
    }

    /// Returns the model whose rows an expression is: `Post`, `Post.objects.all()`.
    fn rows_of(&self, id: Id) -> Option<&str> {
        self.model(id).or_else(|| {
            let chain = Chain::of(self.context, id)?;
            chain.manager.and_then(|_| self.model(chain.root))
        })
    }

    fn queries(&self, id: Id, model: &str, confidence: Confidence) -> Access {
        self.access(id, model, None, Mode::Queries, Manner::Implicit, confidence)
    }

    fn access(
        &self,
        id: Id,
        model: &str,
        element: Option<&str>,
        mode: Mode,
        manner: Manner,
        confidence: Confidence,
    ) -> Access {
        let found = Use {
            surface: Surface::new(SurfaceKind::Model, model),
            element: element.map(str::to_owned),
            mode,
            manner,
            confidence,
            why: Why::ResolvedCall,
        };
        self.context.access(id, found)
    }
}
