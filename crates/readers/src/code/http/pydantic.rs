//! Classes of pydantic, and what is like them, as the JSON that they take and give.
//!
//! Sources: [fields and aliases](https://docs.pydantic.dev/latest/concepts/fields/),
//! [configuration](https://docs.pydantic.dev/latest/api/config/), [serialization](https://docs.pydantic.dev/latest/concepts/serialization/).

use std::collections::BTreeMap;

use coexist_model::{Flow, Json, JsonObject, JsonProperty, Presence};

use super::expression::{Call, Expression};
use super::module::{At, Class, Field, Function, Module};
use super::scope::{Found, Program};
use super::types;

/// What type variables stand for.
pub(super) type Variables = BTreeMap<String, Json>;

/// Makes objects of classes, each once for a flow and its type arguments.
pub(super) struct Objects<'p, 'a> {
    pub(super) program: &'p Program<'a>,
    pub(super) made: Vec<JsonObject>,
    known: BTreeMap<(String, Flow), usize>,
    /// Whether the program shows that it uses pydantic 2; there `x: int | None` without default must be there.
    second: bool,
}

/// What a class is to JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sort {
    Object,
    /// One value, of this type in that module.
    Root(Expression),
    /// A value of an enum or of a class that extends a scalar.
    Plain(Json),
    Unknown,
}

/// The settings of a model.
#[derive(Debug, Clone, Default)]
struct Config {
    generator: Option<Generator>,
    by_name: bool,
    strict: bool,
}

/// How names in JSON come from names in code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Generator {
    Camel,
    Pascal,
    Unknown,
}

/// A model in the making.
#[derive(Default)]
struct Draft<'a> {
    config: Config,
    properties: Vec<Made<'a>>,
    open: bool,
    /// Whether values are changed before they are looked at.
    shaped: bool,
}

/// A property in the making.
#[derive(Clone)]
struct Made<'a> {
    module: &'a Module,
    attribute: &'a str,
    annotation: Option<&'a Expression>,
    variables: Variables,
    details: Details,
    at: &'a At,
    /// Whether only responses have it.
    computed: bool,
    /// Whether a function of the class makes its value in that flow.
    taken_by_code: bool,
    given_by_code: bool,
    optional: bool,
}

/// What is said of a field besides its type.
#[derive(Clone, Default)]
struct Details {
    given: Option<Alias>,
    taken: Option<Alias>,
    default: bool,
    excluded: bool,
    deprecated: bool,
}

/// The name of a field in JSON.
#[derive(Clone, PartialEq, Eq)]
enum Alias {
    Names(Vec<String>),
    Unknown,
}

/// Models nested deeper than this are not followed.
const DEEPEST: usize = 40;

impl<'p, 'a> Objects<'p, 'a> {
    pub(super) fn new(program: &'p Program<'a>) -> Self {
        let second = program.modules.values().any(|m| is_second(m));
        Self {
            program,
            made: Vec::new(),
            known: BTreeMap::new(),
            second,
        }
    }

    /// Returns the JSON of a class with these type arguments.
    pub(super) fn class(
        &mut self,
        module: &'a Module,
        class: &'a Class,
        arguments: Vec<Json>,
        flow: Flow,
        depth: usize,
    ) -> Json {
        if depth > DEEPEST {
            return Json::Unknown;
        }
        let key = format!("{}:{}:{arguments:?}", module.path, class.at.0.line);
        if let Some(&at) = self.known.get(&(key.clone(), flow)) {
            return Json::Object(at);
        }
        match self.sort(module, class, 0) {
            Sort::Object => {}
            Sort::Plain(json) => return json,
            Sort::Root(inner) => {
                let variables = Variables::new();
                return types::json(self, module, &inner, &variables, flow, depth + 1);
            }
            Sort::Unknown => return Json::Unknown,
        }
        let at = self.made.len();
        self.known.insert((key, flow), at);
        self.made.push(JsonObject {
            name: class.name.clone(),
            properties: Vec::new(),
            open: true,
            strict: false,
            place: class.at.0.clone(),
        });
        let mut draft = Draft::default();
        self.collect(module, class, &arguments, &mut draft, flow, 0);
        let object = self.finish(class, draft, flow, depth);
        self.made[at] = object;
        Json::Object(at)
    }

    /// Returns what a class is, by what it extends.
    fn sort(&self, module: &'a Module, class: &'a Class, depth: usize) -> Sort {
        if depth > DEEPEST
            || class
                .methods
                .iter()
                .any(|m| SHAPES.contains(&m.name.as_str()))
        {
            return Sort::Unknown;
        }
        if class
            .decorators
            .iter()
            .any(|d| d.last_name() == "dataclass")
        {
            return Sort::Object;
        }
        let mut scalar = None;
        for base in &class.bases {
            let name = match base {
                Expression::Index(of, _) => of,
                other => other,
            };
            let Expression::Name(name) = name else {
                continue;
            };
            match self.program.find(module, name) {
                Found::External(full) => match last(&full) {
                    "RootModel" => {
                        if let Expression::Index(_, arguments) = base {
                            return arguments.first().cloned().map_or(Sort::Unknown, Sort::Root);
                        }
                    }
                    "BaseModel" | "GenericModel" | "SQLModel" | "TypedDict" | "CamelModel" => {
                        return Sort::Object;
                    }
                    "StrEnum" => return Sort::Plain(Json::Text),
                    "IntEnum" | "IntFlag" => return Sort::Plain(Json::Number),
                    "Enum" => return Sort::Plain(scalar.unwrap_or_else(|| values(class))),
                    _ => {}
                },
                Found::Class(inner, base) => match self.sort(inner, base, depth + 1) {
                    Sort::Unknown => {}
                    Sort::Plain(Json::Unknown) => return Sort::Plain(values(class)),
                    known => return known,
                },
                Found::Unknown => scalar = scalar.or_else(|| types::builtin(name)),
                _ => {}
            }
        }
        scalar.map_or(Sort::Unknown, Sort::Plain)
    }

    fn collect(
        &mut self,
        module: &'a Module,
        class: &'a Class,
        arguments: &[Json],
        draft: &mut Draft<'a>,
        flow: Flow,
        depth: usize,
    ) {
        if depth > DEEPEST {
            draft.open = true;
            return;
        }
        let variables = self.variables(module, class, arguments);
        // What stands first hides what stands behind it.
        for base in class.bases.iter().rev() {
            let (name, given) = match base {
                Expression::Index(of, given) => (&**of, given.as_slice()),
                other => (other, [].as_slice()),
            };
            let Expression::Name(name) = name else {
                draft.open = true;
                continue;
            };
            match self.program.find(module, name) {
                Found::Class(inner, base) => {
                    let given: Vec<Json> = given
                        .iter()
                        .map(|g| types::json(self, module, g, &variables, flow, depth + 1))
                        .collect();
                    self.collect(inner, base, &given, draft, flow, depth + 1);
                }
                Found::External(full) => match last(&full) {
                    "CamelModel" => {
                        draft.config.generator = Some(Generator::Camel);
                        draft.config.by_name = true;
                    }
                    other => draft.open |= !WITHOUT_FIELDS.contains(&other),
                },
                _ => draft.open = true,
            }
        }
        let known = ["dataclass", "deprecated", "final", "total_ordering"];
        draft.open |= class
            .decorators
            .iter()
            .any(|d| !known.contains(&d.last_name()));
        self.configure(module, class, draft);
        for field in &class.fields {
            self.field(module, class, field, &variables, draft);
        }
        for method in &class.methods {
            self.method(module, method, &variables, draft);
        }
    }

    /// Returns what the type variables of a class stand for.
    fn variables(&self, module: &'a Module, class: &'a Class, arguments: &[Json]) -> Variables {
        let behind = |name: &str| {
            let base = class.bases.iter().find(|b| b.last_name() == name);
            match base {
                Some(Expression::Index(_, given)) => given.iter().collect(),
                _ => Vec::new(),
            }
        };
        let mut names: Vec<&str> = class.parameters.iter().map(String::as_str).collect();
        for base in ["Generic", "Protocol"] {
            if names.is_empty() {
                names = behind(base)
                    .into_iter()
                    .map(Expression::last_name)
                    .collect();
            }
        }
        if names.is_empty() {
            // The variables of its bases are its own.
            let given = class.bases.iter().filter_map(|b| match b {
                Expression::Index(_, given) => Some(given),
                _ => None,
            });
            names = given
                .flatten()
                .map(Expression::last_name)
                .filter(|n| self.is_variable(module, n))
                .collect();
        }
        let given = arguments
            .iter()
            .cloned()
            .chain(std::iter::repeat(Json::Unknown));
        names.into_iter().map(str::to_owned).zip(given).collect()
    }

    fn is_variable(&self, module: &'a Module, name: &str) -> bool {
        match self.program.find(module, name) {
            Found::Value(_, _, Expression::Call(call)) => call.callee.last_name() == "TypeVar",
            _ => false,
        }
    }

    /// Reads `model_config`, the body of `Config`, and the keywords behind the bases.
    fn configure(&self, module: &'a Module, class: &'a Class, draft: &mut Draft<'a>) {
        let mut settings: Vec<(&str, &Expression)> = Vec::new();
        for (name, value) in &class.values {
            match (name.as_str(), value) {
                ("model_config", Expression::Call(call)) => {
                    settings.extend(call.named.iter().map(|(n, v)| (n.as_str(), v)));
                    // What is spread into it may say anything.
                    draft.open |= !call.spread.is_empty();
                }
                ("model_config", Expression::Dictionary(entries)) => {
                    let entries = entries.iter();
                    settings.extend(entries.filter_map(|(k, v)| Some((k.text()?, v))));
                }
                ("model_config", _) => draft.open = true,
                (name, value) => settings.push((name, value)),
            }
        }
        let typed = class.fields.iter().filter(|f| f.name == "model_config");
        for value in typed.filter_map(|f| f.value.as_ref()) {
            if let Some(call) = value.call() {
                settings.extend(call.named.iter().map(|(n, v)| (n.as_str(), v)));
            }
        }
        settings.extend(class.keywords.iter().map(|(n, v)| (n.as_str(), v)));
        for (name, value) in settings {
            match name {
                "alias_generator" => draft.config.generator = self.generator(module, value),
                "populate_by_name" | "allow_population_by_field_name" | "validate_by_name" => {
                    draft.config.by_name = value.flag().unwrap_or(true);
                }
                "extra" => {
                    let word = value.text().unwrap_or_else(|| value.last_name());
                    draft.config.strict = word == "forbid";
                }
                _ => {}
            }
        }
    }

    fn generator(&self, module: &'a Module, value: &Expression) -> Option<Generator> {
        if value.is("None") {
            return None;
        }
        let Expression::Name(name) = value else {
            return Some(Generator::Unknown);
        };
        let Found::External(full) = self.program.find(module, name) else {
            return Some(Generator::Unknown);
        };
        Some(match full.as_str() {
            "pydantic.alias_generators.to_camel" | "humps.camelize" | "humps.main.camelize" => {
                Generator::Camel
            }
            "pydantic.alias_generators.to_pascal" | "humps.pascalize" => Generator::Pascal,
            "pydantic.alias_generators.to_snake" => return None,
            _ => Generator::Unknown,
        })
    }

    fn field(
        &mut self,
        module: &'a Module,
        class: &'a Class,
        field: &'a Field,
        variables: &Variables,
        draft: &mut Draft<'a>,
    ) {
        let hidden = field.name.starts_with('_') || field.name == "model_config";
        if hidden || field.annotation.last_name() == "ClassVar" {
            return;
        }
        let mut details = Details::default();
        let typed_dict = class.bases.iter().any(|b| b.last_name() == "TypedDict");
        let total = class
            .keywords
            .iter()
            .any(|(n, v)| n == "total" && v.is("False"));
        let optional = field.annotation.last_name() == "NotRequired" || typed_dict && total;
        self.annotated(module, &field.annotation, &mut details, 0);
        match &field.value {
            Some(Expression::Call(call)) => match call.callee.last_name() {
                "Relationship" | "PrivateAttr" => return,
                "Field" | "field" => self.details(module, call, true, &mut details),
                _ => {
                    details.default = true;
                    if self.may_make_a_field(module, &call.callee) {
                        details.given = Some(Alias::Unknown);
                        details.taken = Some(Alias::Unknown);
                    }
                }
            },
            // `x: int = ...` must be there.
            Some(value) => details.default = !value.is("..."),
            None => {}
        }
        let made = Made {
            module,
            attribute: &field.name,
            annotation: Some(&field.annotation),
            variables: variables.clone(),
            details,
            at: &field.at,
            computed: false,
            taken_by_code: false,
            given_by_code: false,
            optional,
        };
        draft.put(made);
    }

    /// Returns whether a call may be of a function that calls `Field` with names of its own.
    fn may_make_a_field(&self, module: &'a Module, callee: &Expression) -> bool {
        let Expression::Name(name) = callee else {
            return true;
        };
        match self.program.find(module, name) {
            Found::Class(..) => false,
            Found::External(full) => FIELD_LIBRARIES.iter().any(|l| full.starts_with(l)),
            _ => types::builtin(name).is_none(),
        }
    }

    /// Reads what stands behind the type in `Annotated`, also where that is an alias.
    fn annotated(
        &self,
        module: &'a Module,
        annotation: &Expression,
        details: &mut Details,
        depth: usize,
    ) {
        if depth > 10 {
            return;
        }
        match annotation {
            Expression::Name(name) => {
                if let Found::Value(inner, _, value) = self.program.find(module, name) {
                    self.annotated(inner, value, details, depth + 1);
                }
            }
            Expression::Index(of, arguments) if of.last_name() == "Annotated" => {
                let Some((inner, rest)) = arguments.split_first() else {
                    return;
                };
                self.annotated(module, inner, details, depth + 1);
                for call in rest.iter().filter_map(Expression::call) {
                    match call.callee.last_name() {
                        "Field" => self.details(module, call, false, details),
                        "deprecated" => details.deprecated = true,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }

    /// Reads the arguments of `Field`.
    fn details(&self, module: &'a Module, call: &Call, with_default: bool, details: &mut Details) {
        let first = call.placed.first().filter(|_| with_default);
        let default = first.or_else(|| call.named("default"));
        details.default |= default.is_some_and(|d| !d.is("..."));
        details.default |= call.named("default_factory").is_some();
        let alias = |name: &str| call.named(name).map(|v| self.alias(module, v));
        if let Some(both) = alias("alias") {
            details.given = Some(both.clone());
            details.taken = Some(both);
        }
        if let Some(given) = alias("serialization_alias") {
            details.given = Some(given);
        }
        if let Some(taken) = alias("validation_alias") {
            details.taken = Some(taken);
        }
        let set = |name: &str| {
            call.named(name)
                .is_some_and(|v| !v.is("False") && !v.is("None"))
        };
        details.excluded |= set("exclude");
        let told = call.named("description").and_then(Expression::text);
        details.deprecated |= set("deprecated") || told.is_some_and(is_told_deprecated);
        if let Some(Expression::Dictionary(extra)) = call.named("json_schema_extra") {
            let marks =
                |(k, v): &(Expression, Expression)| k.text() == Some("deprecated") && v.is("True");
            details.deprecated |= extra.iter().any(marks);
        }
        if !call.spread.is_empty() {
            details.given = Some(Alias::Unknown);
            details.taken = Some(Alias::Unknown);
        }
    }

    fn alias(&self, module: &'a Module, value: &Expression) -> Alias {
        let names = match value {
            Expression::Text(text) => Some(vec![text.clone()]),
            Expression::Name(name) => match self.program.find(module, name) {
                Found::Value(_, _, Expression::Text(text)) => Some(vec![text.clone()]),
                _ => None,
            },
            Expression::Call(call) if call.callee.last_name() == "AliasChoices" => call
                .placed
                .iter()
                .map(|p| p.text().map(str::to_owned))
                .collect(),
            _ => None,
        };
        names.map_or(Alias::Unknown, Alias::Names)
    }

    fn method(
        &mut self,
        module: &'a Module,
        method: &'a Function,
        variables: &Variables,
        draft: &mut Draft<'a>,
    ) {
        for decorator in &method.decorators {
            let call = decorator.call();
            let named = |name: &str| call.and_then(|c| c.named(name));
            let before = named("mode")
                .and_then(Expression::text)
                .is_some_and(|m| m != "after")
                || named("pre").is_some_and(|p| p.is("True"));
            let fields = || {
                let placed = call.into_iter().flat_map(|c| &c.placed);
                placed
                    .filter_map(Expression::text)
                    .map(str::to_owned)
                    .collect::<Vec<String>>()
            };
            match decorator.last_name() {
                "computed_field" => draft.put(self.computed(module, method, call, variables)),
                "field_serializer" => draft.mark(&fields(), |m| m.given_by_code = true),
                "field_validator" | "validator" if before => {
                    draft.mark(&fields(), |m| m.taken_by_code = true);
                }
                "model_validator" | "root_validator" if before => draft.shaped = true,
                "model_serializer" => draft.open = true,
                _ => {}
            }
        }
    }

    fn computed(
        &self,
        module: &'a Module,
        method: &'a Function,
        call: Option<&Call>,
        variables: &Variables,
    ) -> Made<'a> {
        let mut details = Details::default();
        if let Some(call) = call {
            self.details(module, call, false, &mut details);
        }
        details.deprecated |= method
            .decorators
            .iter()
            .any(|d| d.last_name() == "deprecated");
        Made {
            module,
            attribute: &method.name,
            annotation: method.returns.as_ref(),
            variables: variables.clone(),
            details,
            at: &method.at,
            computed: true,
            taken_by_code: false,
            given_by_code: false,
            optional: false,
        }
    }

    fn finish(&mut self, class: &Class, draft: Draft<'a>, flow: Flow, depth: usize) -> JsonObject {
        let mut open = draft.open;
        let mut properties = Vec::new();
        for made in &draft.properties {
            let gone = match flow {
                Flow::Request => made.computed,
                Flow::Response => made.details.excluded,
            };
            if gone {
                continue;
            }
            let Some((name, aliases)) = draft.config.names(made, flow) else {
                open = true;
                continue;
            };
            let by_code = match flow {
                Flow::Request => made.taken_by_code || draft.shaped,
                Flow::Response => made.given_by_code,
            };
            let value = match made.annotation.filter(|_| !by_code) {
                Some(annotation) => types::json(
                    self,
                    made.module,
                    annotation,
                    &made.variables,
                    flow,
                    depth + 1,
                ),
                None => Json::Unknown,
            };
            let presence = match flow {
                Flow::Request if made.details.default || made.optional => Presence::Optional,
                Flow::Request if by_code || !self.second && may_be_null(&value) => {
                    Presence::Unknown
                }
                _ if made.optional => Presence::Optional,
                _ => Presence::Required,
            };
            properties.push(JsonProperty {
                name,
                aliases,
                attribute: made.attribute.to_owned(),
                value,
                presence,
                deprecated: made.details.deprecated,
                place: made.at.0.clone(),
            });
        }
        JsonObject {
            name: class.name.clone(),
            properties,
            open,
            strict: draft.config.strict && !draft.shaped,
            place: class.at.0.clone(),
        }
    }
}

impl<'a> Draft<'a> {
    fn put(&mut self, made: Made<'a>) {
        self.properties.retain(|p| p.attribute != made.attribute);
        self.properties.push(made);
    }

    fn mark(&mut self, fields: &[String], mark: impl Fn(&mut Made<'a>)) {
        for made in &mut self.properties {
            if fields.iter().any(|f| f == made.attribute || f == "*") {
                mark(made);
            }
        }
    }
}

impl Config {
    /// Returns the name of a property in JSON and the others under which it is taken; None where they cannot be told.
    fn names(&self, made: &Made<'_>, flow: Flow) -> Option<(String, Vec<String>)> {
        let alias = match flow {
            Flow::Request => &made.details.taken,
            Flow::Response => &made.details.given,
        };
        let mut names = match (alias, self.generator) {
            (Some(Alias::Names(names)), _) => names.clone(),
            (Some(Alias::Unknown), _) | (None, Some(Generator::Unknown)) => return None,
            (None, None) => vec![made.attribute.to_owned()],
            (None, Some(Generator::Camel)) => vec![camel(made.attribute)],
            (None, Some(Generator::Pascal)) => vec![pascal(made.attribute)],
        };
        if flow == Flow::Request && self.by_name {
            names.push(made.attribute.to_owned());
        }
        let mut names = names.into_iter();
        Some((names.next()?, names.collect()))
    }
}

/// Methods by which a class says itself what it takes.
const SHAPES: &[&str] = &["__get_pydantic_core_schema__", "__get_validators__"];

/// Libraries whose functions make fields.
const FIELD_LIBRARIES: &[&str] = &["pydantic", "sqlmodel", "fastapi"];

/// Classes of libraries that add no property.
const WITHOUT_FIELDS: &[&str] = &[
    "ABC",
    "BaseModel",
    "Generic",
    "GenericModel",
    "Protocol",
    "SQLModel",
    "TypedDict",
];

fn last(full: &str) -> &str {
    full.rsplit('.').next().unwrap_or(full)
}

fn is_told_deprecated(description: &str) -> bool {
    description.to_lowercase().contains("deprecated")
}

/// Returns what the members of an enum are in JSON.
fn values(class: &Class) -> Json {
    let members = class
        .values
        .iter()
        .filter(|(name, _)| !name.starts_with('_'));
    let members: Vec<&Expression> = members.map(|(_, value)| value).collect();
    match members.is_empty() || members.iter().any(|m| m.text().is_none()) {
        true => Json::Unknown,
        false => Json::Text,
    }
}

fn may_be_null(json: &Json) -> bool {
    match json {
        Json::Null | Json::Unknown | Json::Any => true,
        Json::OneOf(parts) => parts.iter().any(may_be_null),
        _ => false,
    }
}

fn pascal(name: &str) -> String {
    let parts = name.split('_').map(|part| {
        let mut letters = part.chars();
        let first = letters.next().map(|c| c.to_uppercase().to_string());
        first.unwrap_or_default() + letters.as_str()
    });
    parts.collect()
}

fn camel(name: &str) -> String {
    let pascal = pascal(name);
    let mut letters = pascal.chars();
    let first = letters.next().map(|c| c.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// Returns whether a module uses what only pydantic 2 has.
fn is_second(module: &Module) -> bool {
    let new = [
        "ConfigDict",
        "RootModel",
        "TypeAdapter",
        "computed_field",
        "field_serializer",
        "field_validator",
        "model_validator",
    ];
    let takes = |name: &str| new.contains(&name);
    let imports = module.imports.iter().filter(|i| i.module == "pydantic");
    imports.filter_map(|i| i.name.as_deref()).any(takes)
        || module
            .classes
            .values()
            .any(|c| c.values.iter().any(|(n, _)| n == "model_config"))
}
