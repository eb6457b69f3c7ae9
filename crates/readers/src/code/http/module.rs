//! What one Python file declares of an HTTP API: names, classes, functions, routes, and what is put together from them.

use std::collections::BTreeMap;
use std::sync::Arc;

use coexist_model::{File, Place};

use super::expression::{Call, Expression, annotation, expression};
use crate::code::imports::imports_of;
use crate::code::profile::profile_of;
use crate::code::syntax::{Id, Syntax};
use crate::protobuf::generated::Tongue;

/// Where something is declared. It is no part of what is declared: two of them are always equal.
#[derive(Debug, Clone)]
pub(super) struct At(pub(super) Place);

impl PartialEq for At {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for At {}

/// What one file declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Module {
    pub(super) path: Arc<str>,
    pub(super) imports: Vec<Imported>,
    /// The modules of which everything is taken.
    pub(super) wildcards: Vec<String>,
    /// By name; what a function makes stands under its name too: `create_app.app`.
    pub(super) values: BTreeMap<String, Value>,
    pub(super) classes: BTreeMap<String, Class>,
    pub(super) functions: BTreeMap<String, Function>,
    pub(super) routes: Vec<Route>,
    pub(super) mounts: Vec<Mount>,
}

/// `from module import name as here`, `import module as here`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Imported {
    pub(super) module: String,
    pub(super) name: Option<String>,
    pub(super) here: String,
}

/// A name that a value is given to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) given: Expression,
    pub(super) at: At,
}

/// A class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) name: String,
    pub(super) bases: Vec<Expression>,
    pub(super) keywords: Vec<(String, Expression)>,
    /// The names of its type parameters, where they stand behind its own.
    pub(super) parameters: Vec<String>,
    pub(super) decorators: Vec<Expression>,
    /// What has an annotation in its body.
    pub(super) fields: Vec<Field>,
    /// What is given a value in its body, without annotation; what stands in its `Config` likewise.
    pub(super) values: Vec<(String, Expression)>,
    pub(super) methods: Vec<Function>,
    /// What decides whether a route of this class is listed: in order, a tag that the route has (None: any route), and what is then
    /// said (None: that depends).
    pub(super) listing: Vec<(Option<String>, Option<bool>)>,
    pub(super) at: At,
}

impl Class {
    /// Returns whether SQLAlchemy maps it to a table: no body of an API is made like that.
    fn is_mapped(&self) -> bool {
        let is_column = |e: &Expression| {
            matches!(
                e.last_name(),
                "Mapped" | "mapped_column" | "Column" | "relationship"
            )
        };
        self.values.iter().any(|(_, value)| is_column(value))
            || self.fields.iter().any(|f| is_column(&f.annotation))
    }
}

/// `name: annotation = value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) annotation: Expression,
    pub(super) value: Option<Expression>,
    pub(super) at: At,
}

/// A function or method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) decorators: Vec<Expression>,
    pub(super) parameters: Vec<Field>,
    pub(super) returns: Option<Expression>,
    /// The name of what it returns, where that is one.
    pub(super) gives: Option<String>,
    pub(super) at: At,
}

/// `@router.get("/path")` before a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Route {
    /// The name of the router.
    pub(super) router: String,
    /// The functions around it, the nearest first.
    pub(super) within: Vec<String>,
    /// `get`, `post`, …, `api_route`.
    pub(super) verb: String,
    pub(super) call: Call,
    pub(super) function: Function,
    pub(super) at: At,
}

/// `app.include_router(router, prefix="/v1")`, `app.mount("/v1", other)`, `router.add_api_route("/x", function)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mount {
    /// The name of what it is put into.
    pub(super) into: String,
    /// The functions around it, the nearest first.
    pub(super) within: Vec<String>,
    pub(super) verb: String,
    pub(super) call: Call,
    /// The loop around it: its variable, and what it goes over.
    pub(super) each: Option<(String, Expression)>,
    pub(super) at: At,
}

/// The decorators that make a function the answer to a request.
const VERBS: &[&str] = &[
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "head",
    "options",
    "api_route",
];

impl Module {
    /// Returns what an API may be made of: all but what the file takes from others, mapped classes, plain functions where no routes are
    /// made, and a migration.
    pub fn offered(&self) -> Option<Self> {
        if self.values.contains_key("down_revision") {
            return None;
        }
        let mut offered = self.clone();
        offered.imports.clear();
        offered.wildcards.clear();
        offered.classes.retain(|_, class| !class.is_mapped());
        for class in offered.classes.values_mut() {
            class.methods.retain(|m| !m.decorators.is_empty());
        }
        if offered.routes.is_empty() && offered.mounts.is_empty() {
            offered.functions.retain(|_, f| !f.decorators.is_empty());
        }
        let holds = !offered.classes.is_empty()
            || !offered.routes.is_empty()
            || !offered.mounts.is_empty()
            || !offered.values.is_empty()
            || !offered.functions.is_empty();
        holds.then_some(offered)
    }

    /// Returns what a Python file declares; None where it is none, or cannot be parsed.
    pub fn of(file: &File) -> Option<Self> {
        let profile = profile_of(&file.path, &file.text)?;
        if profile.tongue != Tongue::Python {
            return None;
        }
        let syntax = Syntax::of(file, profile).ok()?;
        let reader = Reader { file, s: &syntax };
        Some(reader.module())
    }
}

struct Reader<'f, 's> {
    file: &'f File,
    s: &'f Syntax<'s>,
}

impl Reader<'_, '_> {
    fn module(&self) -> Module {
        let mut module = Module {
            path: self.file.path.clone(),
            imports: Vec::new(),
            wildcards: Vec::new(),
            values: BTreeMap::new(),
            classes: BTreeMap::new(),
            functions: BTreeMap::new(),
            routes: Vec::new(),
            mounts: Vec::new(),
        };
        self.imports(&mut module);
        for id in self.s.all() {
            match self.s.kind(id) {
                "class_definition" => self.class(id, &mut module),
                "function_definition" => self.function_of_module(id, &mut module),
                "assignment" => _ = self.value(id, &mut module.values),
                "type_alias_statement" => self.type_alias(id, &mut module.values),
                "call" => module.mounts.extend(self.mount(id)),
                _ => {}
            }
        }
        module
    }

    fn at(&self, id: Id) -> At {
        At(self.file.place(self.s.range(id)))
    }

    /// Returns the first line of a declaration.
    fn head(&self, id: Id) -> At {
        let range = self.s.range(id);
        let text = self.s.text(id);
        let end = text.find('\n').unwrap_or(text.len());
        At(self.file.place(range.start..range.start + end))
    }

    fn imports(&self, module: &mut Module) {
        for import in imports_of(self.s, self.file) {
            if import.wildcard {
                module.wildcards.push(import.path.clone());
            }
            if import.names.is_empty() && !import.wildcard {
                let here = import.alias.clone();
                module.imports.push(Imported {
                    here: here.unwrap_or_else(|| import.path.clone()),
                    module: import.path.clone(),
                    name: None,
                });
            }
            for (name, here) in import.names {
                module.imports.push(Imported {
                    module: import.path.clone(),
                    name: Some(name),
                    here,
                });
            }
        }
    }

    /// Returns the names of the functions around a node, the nearest first.
    fn within(&self, id: Id) -> Vec<String> {
        let s = self.s;
        let around = s
            .ancestors(id)
            .filter(|&a| s.kind(a) == "function_definition");
        let names = around.filter_map(|a| s.child(a, "name"));
        names.map(|n| s.text(n).to_owned()).collect()
    }

    fn value(&self, id: Id, values: &mut BTreeMap<String, Value>) -> Option<()> {
        let s = self.s;
        let left = s.child(id, "left").filter(|&l| s.is_name(l))?;
        let right = s.child(id, "right")?;
        let around = s.above(id, &["class_definition", "function_definition"]);
        let name = s.text(left);
        let name = match around.map(|a| (s.kind(a), s.child(a, "name"))) {
            None => name.to_owned(),
            // Only what is put together there is of interest.
            Some(("function_definition", Some(function))) if s.call(s.bare(right)).is_some() => {
                format!("{}.{name}", s.text(function))
            }
            _ => return None,
        };
        let value = Value {
            given: expression(s, right),
            at: self.head(id),
        };
        values.insert(name, value);
        Some(())
    }

    /// `type Name = …`
    fn type_alias(&self, id: Id, values: &mut BTreeMap<String, Value>) {
        let mut parts = self.s.named(id);
        if let (Some(name), Some(given)) = (parts.next(), parts.next()) {
            let value = Value {
                given: annotation(self.s, given),
                at: self.head(id),
            };
            values.insert(self.s.text(name).to_owned(), value);
        }
    }

    fn decorators(&self, id: Id) -> Vec<(Id, Expression)> {
        let s = self.s;
        let around = s
            .parent(id)
            .filter(|&p| s.kind(p) == "decorated_definition");
        let decorators = around.into_iter().flat_map(|around| s.named(around));
        let decorators = decorators.filter(|&d| s.kind(d) == "decorator");
        decorators
            .filter_map(|d| Some((d, expression(s, s.named(d).next()?))))
            .collect()
    }

    fn class(&self, id: Id, module: &mut Module) {
        let s = self.s;
        let Some(name) = s.child(id, "name").map(|n| s.text(n)) else {
            return;
        };
        let outer = s.above(id, &["class_definition"]);
        let outer = outer.and_then(|o| s.child(o, "name")).map(|n| s.text(n));
        let mut class = Class {
            name: name.to_owned(),
            bases: Vec::new(),
            keywords: Vec::new(),
            parameters: Vec::new(),
            decorators: self.decorators(id).into_iter().map(|(_, d)| d).collect(),
            fields: Vec::new(),
            values: Vec::new(),
            methods: Vec::new(),
            listing: Vec::new(),
            at: self.head(id),
        };
        let heritage = s.child(id, "superclasses").into_iter();
        for base in heritage.flat_map(|h| s.named(h)) {
            match (s.kind(base), s.child(base, "name"), s.child(base, "value")) {
                ("keyword_argument", Some(name), Some(value)) => {
                    let value = expression(s, value);
                    class.keywords.push((s.text(name).to_owned(), value));
                }
                _ => class.bases.push(annotation(s, base)),
            }
        }
        let parameters = s.child(id, "type_parameters").into_iter();
        class.parameters = parameters
            .flat_map(|p| s.named(p))
            .map(|p| {
                s.text(p)
                    .split([':', '='])
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            })
            .collect();
        if let Some(body) = s.child(id, "body") {
            self.body(body, &mut class);
        }
        class.listing = self.listing(id);
        let key = outer.map_or_else(|| name.to_owned(), |outer| format!("{outer}.{name}"));
        module.classes.insert(key, class);
    }

    fn body(&self, body: Id, class: &mut Class) {
        let s = self.s;
        for statement in s.named(body) {
            match s.kind(statement) {
                "expression_statement" => {
                    let assigned = s.named(statement).next();
                    if let Some(id) = assigned.filter(|&a| s.kind(a) == "assignment") {
                        self.member(id, class);
                    }
                }
                "function_definition" => class.methods.extend(self.function(statement)),
                "decorated_definition" => {
                    let function = s.child_of(statement, "function_definition");
                    class
                        .methods
                        .extend(function.and_then(|f| self.function(f)));
                }
                // Settings of pydantic 1.
                "class_definition"
                    if s.child(statement, "name")
                        .is_some_and(|n| s.text(n) == "Config") =>
                {
                    if let Some(inner) = s.child(statement, "body") {
                        self.body(inner, class);
                    }
                }
                _ => {}
            }
        }
    }

    fn member(&self, id: Id, class: &mut Class) {
        let s = self.s;
        let Some(left) = s.child(id, "left").filter(|&l| s.is_name(l)) else {
            return;
        };
        let name = s.text(left).to_owned();
        let value = s.child(id, "right").map(|r| expression(s, r));
        match s.child(id, "type") {
            Some(declared) => class.fields.push(Field {
                name,
                annotation: annotation(s, declared),
                value,
                at: self.at(id),
            }),
            None => class.values.extend(value.map(|v| (name, v))),
        }
    }

    fn function(&self, id: Id) -> Option<Function> {
        let s = self.s;
        let name = s.child(id, "name").map(|n| s.text(n))?;
        let parameters = s.child(id, "parameters").into_iter();
        let parameters = parameters.flat_map(|p| s.named(p));
        Some(Function {
            name: name.to_owned(),
            decorators: self.decorators(id).into_iter().map(|(_, d)| d).collect(),
            parameters: parameters.filter_map(|p| self.parameter(p)).collect(),
            returns: s.child(id, "return_type").map(|r| annotation(s, r)),
            gives: self.gives(id),
            at: self.head(id),
        })
    }

    fn gives(&self, function: Id) -> Option<String> {
        let s = self.s;
        let mut returns = s
            .below(function)
            .filter(|&r| s.kind(r) == "return_statement");
        let given = returns.find_map(|r| s.named(r).next().filter(|&n| s.is_name(n)))?;
        Some(s.text(given).to_owned())
    }

    fn parameter(&self, id: Id) -> Option<Field> {
        let s = self.s;
        let name = s.child(id, "name").or_else(|| s.named(id).next())?;
        let declared = s.child(id, "type")?;
        s.is_name(name).then(|| Field {
            name: s.text(name).to_owned(),
            annotation: annotation(s, declared),
            value: s.child(id, "value").map(|v| expression(s, v)),
            at: self.at(id),
        })
    }

    fn function_of_module(&self, id: Id, module: &mut Module) {
        let Some(function) = self.function(id) else {
            return;
        };
        for (at, decorator) in self.decorators(id) {
            let Expression::Call(call) = decorator else {
                continue;
            };
            let Expression::Name(callee) = &call.callee else {
                continue;
            };
            let Some((router, verb)) = callee.rsplit_once('.') else {
                continue;
            };
            if VERBS.contains(&verb) {
                module.routes.push(Route {
                    router: router.to_owned(),
                    within: self.within(id),
                    verb: verb.to_owned(),
                    call: (*call).clone(),
                    function: function.clone(),
                    at: self.head(at),
                });
            }
        }
        if self
            .s
            .above(id, &["class_definition", "function_definition"])
            .is_none()
        {
            module.functions.insert(function.name.clone(), function);
        }
    }

    fn mount(&self, id: Id) -> Option<Mount> {
        let s = self.s;
        let call = s.call(id)?;
        let verb = s.called(call);
        if !matches!(verb, "include_router" | "mount" | "add_api_route") {
            return None;
        }
        let Expression::Call(call) = expression(s, id) else {
            return None;
        };
        let Expression::Name(callee) = &call.callee else {
            return None;
        };
        let (into, _) = callee.rsplit_once('.')?;
        let around = s.above(id, &["for_statement"]);
        let each = around.and_then(|f| {
            let variable = s.child(f, "left").filter(|&l| s.is_name(l))?;
            Some((
                s.text(variable).to_owned(),
                expression(s, s.child(f, "right")?),
            ))
        });
        Some(Mount {
            into: into.to_owned(),
            within: self.within(id),
            verb: verb.to_owned(),
            each,
            at: self.head(id),
            call: *call,
        })
    }

    /// Reads `self.include_in_schema = …` in a class of routes, with the tag that is asked for around it.
    fn listing(&self, class: Id) -> Vec<(Option<String>, Option<bool>)> {
        let s = self.s;
        let assigned = s.below(class).filter(|&a| s.kind(a) == "assignment");
        let assigned = assigned.filter(|&a| {
            let left = s.child(a, "left");
            left.is_some_and(|l| s.text(l) == "self.include_in_schema")
        });
        let rules = assigned.map(|a| {
            let around = s.above(a, &["if_statement", "elif_clause", "else_clause"]);
            let condition = around.and_then(|around| s.child(around, "condition"));
            let tag = condition
                .filter(|&c| s.kind(c) == "comparison_operator" && s.child_of(c, "in").is_some());
            let tag = tag
                .and_then(|c| s.named(c).next())
                .map(|t| expression(s, t));
            let said = s.child(a, "right").and_then(|r| expression(s, r).flag());
            (tag.map(|t| word(&t).to_owned()), said)
        });
        rules.collect()
    }
}

/// Returns the word that a tag is: a text, or the name of a constant.
pub(super) fn word(tag: &Expression) -> &str {
    tag.text().unwrap_or_else(|| tag.last_name())
}
