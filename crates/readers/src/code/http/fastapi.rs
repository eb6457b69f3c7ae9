//! Routes of FastAPI: from applications down to the functions that answer.
//!
//! Sources: [path operations](https://fastapi.tiangolo.com/reference/apirouter/), [larger
//! applications](https://fastapi.tiangolo.com/tutorial/bigger-applications/), [return
//! types](https://fastapi.tiangolo.com/tutorial/response-model/), [webhooks](https://fastapi.tiangolo.com/advanced/openapi-webhooks/).

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    Api, Endpoint, Flow, Json, JsonObject, JsonProperty, Listing, Place, Presence, Publication,
};

use super::expression::{Call, Expression};
use super::module::{Class, Field, Function, Module, Mount, Route, word};
use super::pydantic::{Objects, Variables};
use super::scope::{Found, Program};
use super::types;

/// A router or application: the module that makes it, and its name there.
type Key<'a> = (&'a str, &'a str);

/// What a router hands on to its routes.
#[derive(Clone)]
struct Under {
    prefix: String,
    tags: Vec<String>,
    listing: Listing,
    deprecated: bool,
    published: Option<Publication>,
}

/// Routers within routers are followed this far.
const DEEPEST: usize = 12;
/// More operations than any API has.
const MOST: usize = 20_000;

/// Returns the API of a program.
pub(super) fn api(program: &Program<'_>) -> Api {
    let mut builder = Builder {
        program,
        objects: Objects::new(program),
        routes: BTreeMap::new(),
        mounts: BTreeMap::new(),
        given: Vec::new(),
        served: BTreeSet::new(),
        api: Api::default(),
    };
    builder.gather();
    for (module, name, call) in builder.applications() {
        builder.application(module, name, call);
    }
    builder.unserved();
    let mut api = builder.api;
    api.objects = builder.objects.made;
    let order = |e: &Endpoint| (e.method.clone(), e.path.clone(), e.place.clone());
    api.endpoints.sort_by_key(order);
    api
}

struct Builder<'p, 'a> {
    program: &'p Program<'a>,
    objects: Objects<'p, 'a>,
    routes: BTreeMap<Key<'a>, Vec<(&'a Module, &'a Route)>>,
    mounts: BTreeMap<Key<'a>, Vec<(&'a Module, &'a Mount)>>,
    /// What is put into an application that a function is given.
    given: Vec<(&'a Module, &'a Mount)>,
    /// The routers that an application leads to.
    served: BTreeSet<Key<'a>>,
    api: Api,
}

impl<'a> Builder<'_, 'a> {
    /// Sorts routes and mounts by the router that they are put into.
    fn gather(&mut self) {
        for module in self.program.modules.values() {
            for route in &module.routes {
                if let Some(key) = self.router(module, &route.router, &route.within) {
                    self.routes.entry(key).or_default().push((module, route));
                }
            }
            for mount in &module.mounts {
                match self.router(module, &mount.into, &mount.within) {
                    Some(key) => self.mounts.entry(key).or_default().push((module, mount)),
                    None if mount.verb == "mount" => {}
                    None => self.given.push((module, mount)),
                }
            }
        }
    }

    /// Notes the functions of routes that no application leads to.
    fn unserved(&mut self) {
        let modules = self.program.modules.values();
        let routes = modules.flat_map(|m| m.routes.iter().map(move |r| (m, r)));
        let left = routes.filter(|(module, route)| {
            let key = self.router(module, &route.router, &route.within);
            key.is_none_or(|key| !self.served.contains(&key))
        });
        let names: BTreeSet<&str> = left.map(|(_, r)| r.function.name.as_str()).collect();
        self.api.unserved = names.into_iter().map(str::to_owned).collect();
    }

    /// Returns the router that a name stands for in these functions of a module. `app.webhooks` is one of its own.
    fn router(&self, module: &'a Module, name: &str, within: &[String]) -> Option<Key<'a>> {
        let of = name.strip_suffix(".webhooks").unwrap_or(name);
        let local = within.iter().map(|function| format!("{function}.{of}"));
        if let Some((name, _)) = local.filter_map(|n| module.values.get_key_value(&n)).next() {
            return Some((&module.path, name));
        }
        let Found::Value(inner, name, Expression::Call(made)) = self.program.find(module, of)
        else {
            return None;
        };
        // `app = create_app()`
        if let Expression::Name(function) = &made.callee
            && let Found::Function(further, function) = self.program.find(inner, function)
            && let Some(given) = &function.gives
            && let local = format!("{}.{given}", function.name)
            && let Some((name, _)) = further.values.get_key_value(&local)
        {
            return Some((&further.path, name));
        }
        Some((&inner.path, name))
    }

    fn applications(&self) -> Vec<(&'a Module, &'a str, &'a Call)> {
        let mut found = Vec::new();
        for module in self.program.modules.values() {
            for (name, value) in &module.values {
                if let Some(call) = value.given.call()
                    && self.makes(module, &call.callee, "FastAPI", 0)
                {
                    found.push((&**module, name.as_str(), call));
                }
            }
        }
        found
    }

    /// Returns whether a call makes an object of that class of FastAPI, or of one that extends it.
    fn makes(&self, module: &'a Module, callee: &Expression, class: &str, depth: usize) -> bool {
        let Expression::Name(name) = callee else {
            return false;
        };
        match self.program.find(module, name) {
            Found::External(full) => full.starts_with("fastapi") && full.ends_with(class),
            Found::Class(inner, found) => {
                depth < DEEPEST
                    && found
                        .bases
                        .iter()
                        .any(|b| self.makes(inner, b, class, depth + 1))
            }
            _ => false,
        }
    }

    fn application(&mut self, module: &'a Module, name: &'a str, call: &'a Call) {
        let option = |name: &str| self.option(module, call, name);
        let unlisted =
            option("openapi_url").is_some_and(|(_, u)| u.is("None") || u.text() == Some(""));
        let published = option("servers").and_then(|(inner, servers)| self.server(inner, servers));
        let at = module.values.get(name).map(|v| v.at.0.clone());
        let under = Under {
            prefix: String::new(),
            tags: Vec::new(),
            listing: if unlisted {
                Listing::Hidden
            } else {
                Listing::Listed
            },
            deprecated: false,
            published: published.zip(at).map(|(url, place)| Publication {
                because: format!("the description of the API names {url} as its server"),
                place,
            }),
        };
        let key = (&*module.path, name);
        self.inside(key, &under, 0);
        for (module, mount) in self.given.clone() {
            self.mount(module, mount, &under, 0);
        }
    }

    /// Returns an argument of a call, also where it stands in a dictionary that is spread into it, with the module that says it.
    fn option(
        &self,
        module: &'a Module,
        call: &'a Call,
        name: &str,
    ) -> Option<(&'a Module, &'a Expression)> {
        if let Some(given) = call.named(name) {
            return Some((module, given));
        }
        for spread in &call.spread {
            let Expression::Name(of) = spread else {
                continue;
            };
            if let Found::Value(inner, _, Expression::Dictionary(entries)) =
                self.program.find(module, of)
            {
                let entry = entries.iter().find(|(k, _)| k.text() == Some(name));
                if let Some((_, value)) = entry {
                    return Some((inner, value));
                }
            }
        }
        None
    }

    /// Returns the first server of a description that stands in the open.
    fn server(&self, module: &'a Module, servers: &'a Expression) -> Option<String> {
        let listed = match servers {
            Expression::Name(name) => match self.program.find(module, name) {
                Found::Value(_, _, given) => given,
                _ => return None,
            },
            other => other,
        };
        let Expression::List(servers) = listed else {
            return None;
        };
        let urls = servers.iter().filter_map(|server| match server {
            Expression::Dictionary(entries) => {
                let entry = entries.iter().find(|(k, _)| k.text() == Some("url"));
                entry.and_then(|(_, v)| v.text())
            }
            _ => None,
        });
        urls.into_iter()
            .find(|url| is_public(url))
            .map(str::to_owned)
    }

    /// Adds the routes of a router and of the routers in it.
    fn inside(&mut self, key: Key<'a>, under: &Under, depth: usize) {
        if depth > DEEPEST || self.api.endpoints.len() > MOST {
            self.api.partial = true;
            return;
        }
        self.served.insert(key);
        for (module, route) in self.routes.get(&key).cloned().unwrap_or_default() {
            let webhook = route.router.ends_with(".webhooks");
            self.route(
                module,
                &route.verb,
                &route.call,
                &route.function,
                webhook,
                &route.at.0,
                under,
            );
        }
        for (module, mount) in self.mounts.get(&key).cloned().unwrap_or_default() {
            self.mount(module, mount, under, depth);
        }
    }

    fn mount(&mut self, module: &'a Module, mount: &'a Mount, under: &Under, depth: usize) {
        match mount.verb.as_str() {
            "add_api_route" => self.added(module, mount, under),
            "mount" => {
                let path = mount
                    .call
                    .at(0, "path")
                    .map_or_else(String::new, |p| self.path(module, p));
                let Some(Expression::Name(name)) = mount.call.at(1, "app") else {
                    return;
                };
                // An application has a description of its own, and is served for itself too.
                if let Some(key) = self.router(module, name, &mount.within) {
                    let under = Under {
                        prefix: format!("{}{path}", under.prefix),
                        ..under.clone()
                    };
                    self.inside(key, &under, depth + 1);
                }
            }
            _ => self.included(module, mount, under, depth),
        }
    }

    fn included(&mut self, module: &'a Module, mount: &'a Mount, under: &Under, depth: usize) {
        let Some(given) = mount.call.at(0, "router") else {
            self.api.partial = true;
            return;
        };
        let Some(names) = self.meant(module, mount, given) else {
            self.api.partial = true;
            return;
        };
        for (module_of, name) in names {
            let Some(key) = self.router(module_of, &name, &mount.within) else {
                self.api.partial = true;
                continue;
            };
            let under = self.narrowed(module, &mount.call, under);
            let Some(under) = self.of_router(key, &under) else {
                continue;
            };
            self.inside(key, &under, depth + 1);
        }
    }

    /// Returns the names that are meant by what is included: one, or those that a loop goes over.
    fn meant(
        &self,
        module: &'a Module,
        mount: &'a Mount,
        given: &Expression,
    ) -> Option<Vec<(&'a Module, String)>> {
        let Expression::Name(name) = given else {
            return None;
        };
        let Some((_, over)) = mount.each.as_ref().filter(|(variable, _)| variable == name) else {
            return Some(vec![(module, name.clone())]);
        };
        let (module, over) = match over {
            Expression::Name(list) => match self.program.find(module, list) {
                Found::Value(inner, _, given) => (inner, given),
                _ => return None,
            },
            other => (module, other),
        };
        let Expression::List(items) = over else {
            return None;
        };
        items
            .iter()
            .map(|item| match item {
                Expression::Name(name) => Some((module, name.clone())),
                _ => None,
            })
            .collect()
    }

    /// Returns what a router hands on: its own prefix and tags after those of what it is put into.
    fn of_router(&self, key: Key<'a>, under: &Under) -> Option<Under> {
        let module = self.program.modules.get(key.0)?;
        let call = module.values.get(key.1)?.given.call()?;
        Some(self.narrowed(module, call, under))
    }

    /// Returns what `prefix`, `tags`, `include_in_schema` and `deprecated` of a call add.
    fn narrowed(&self, module: &'a Module, call: &Call, under: &Under) -> Under {
        let mut under = under.clone();
        if let Some(prefix) = call.named("prefix") {
            under.prefix += &self.path(module, prefix);
        }
        under.tags.extend(self.tags(module, call));
        under.listing = listed(call, under.listing);
        under.deprecated |= call.named("deprecated").is_some_and(|d| d.is("True"));
        under
    }

    fn tags(&self, module: &'a Module, call: &Call) -> Vec<String> {
        let given = match call.named("tags") {
            Some(Expression::Name(name)) => match self.program.find(module, name) {
                Found::Value(_, _, given) => Some(given),
                _ => None,
            },
            other => other,
        };
        match given {
            Some(Expression::List(tags)) => tags.iter().map(|t| word(t).to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    /// Returns a path; what is not known of it stands in braces.
    fn path(&self, module: &'a Module, given: &Expression) -> String {
        match given {
            Expression::Text(text) => text.clone(),
            Expression::Name(name) => match self.program.find(module, name) {
                Found::Value(_, _, Expression::Text(text)) => text.clone(),
                _ => format!("/{{{name}}}"),
            },
            _ => "/{…}".to_owned(),
        }
    }

    /// `router.add_api_route("/x", function, methods=["GET"])`
    fn added(&mut self, module: &'a Module, mount: &'a Mount, under: &Under) {
        let webhook = mount.into.ends_with(".webhooks");
        let function = match mount.call.at(1, "endpoint") {
            Some(Expression::Name(name)) => match self.program.find(module, name) {
                Found::Function(inner, function) => Some((inner, function)),
                _ => None,
            },
            _ => None,
        };
        let Some((inner, function)) = function else {
            // Nobody calls a webhook of ours.
            self.api.partial |= !webhook;
            return;
        };
        self.route(
            inner,
            "api_route",
            &mount.call,
            function,
            webhook,
            &mount.at.0,
            under,
        );
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of one declaration, which stand in different nodes"
    )]
    fn route(
        &mut self,
        module: &'a Module,
        verb: &str,
        call: &Call,
        function: &'a Function,
        webhook: bool,
        place: &Place,
        under: &Under,
    ) {
        let path = call
            .at(0, "path")
            .map_or_else(String::new, |p| self.path(module, p));
        let options = self.narrowed(module, call, under);
        let methods = match (verb, call.named("methods")) {
            ("api_route", Some(Expression::List(methods))) => methods
                .iter()
                .filter_map(|m| Some(m.text()?.to_uppercase()))
                .collect(),
            ("api_route", None) => vec!["GET".to_owned()],
            ("api_route", _) => Vec::new(),
            (verb, _) => vec![verb.to_uppercase()],
        };
        let route_class = self.route_class(module, call);
        let listing = match route_class {
            Some((inner, class)) => self.by_class(inner, class, &options),
            None => options.listing,
        };
        let request = self.request(module, function);
        let response = self.response(module, call, function);
        // What a webhook sends is declared as the body that its receiver takes.
        let (request, response) = match webhook {
            true => (None, self.body(module, function, Flow::Response)),
            false => (request, response),
        };
        for method in methods {
            self.api.endpoints.push(Endpoint {
                method: if webhook {
                    "WEBHOOK".to_owned()
                } else {
                    method
                },
                path: format!("{}{path}", under.prefix),
                handler: function.name.clone(),
                request: request.clone(),
                response: response.clone(),
                listing,
                tags: options.tags.clone(),
                deprecated: options.deprecated,
                published: match webhook {
                    true => Some(Publication {
                        because: "it is sent to addresses of users".to_owned(),
                        place: place.clone(),
                    }),
                    false => options.published.clone(),
                },
                place: place.clone(),
            });
        }
    }

    fn response(&mut self, module: &'a Module, call: &Call, function: &Function) -> Option<Json> {
        let chosen = [
            "response_model_include",
            "response_model_exclude",
            "response_model_by_alias",
        ];
        if call
            .named
            .iter()
            .any(|(n, v)| chosen.contains(&n.as_str()) && !v.is("None"))
        {
            return None;
        }
        let annotation = match call.named("response_model") {
            Some(given) if given.is("None") => return None,
            Some(given) => given.clone(),
            None => function.returns.clone()?,
        };
        let none = Variables::new();
        Some(types::json(
            &mut self.objects,
            module,
            &annotation,
            &none,
            Flow::Response,
            0,
        ))
    }

    fn request(&mut self, module: &'a Module, function: &'a Function) -> Option<Json> {
        self.body(module, function, Flow::Request)
    }

    /// Returns the body that the parameters of a function make: one model, or an object of several.
    fn body(&mut self, module: &'a Module, function: &'a Function, flow: Flow) -> Option<Json> {
        let none = Variables::new();
        let mut parts: Vec<(&Field, Json, bool)> = Vec::new();
        for parameter in &function.parameters {
            let marks = self.marks(module, parameter);
            let elsewhere = [
                "Depends", "Security", "Query", "Path", "Header", "Cookie", "Form", "File",
            ];
            if marks
                .iter()
                .any(|m| elsewhere.contains(&m.callee.last_name()))
            {
                continue;
            }
            let marked = marks.iter().find(|m| m.callee.last_name() == "Body");
            let json = types::json(
                &mut self.objects,
                module,
                &parameter.annotation,
                &none,
                flow,
                0,
            );
            if marked.is_some() || has_object(&json) {
                let embedded = marked
                    .and_then(|m| m.named("embed"))
                    .is_some_and(|e| e.is("True"));
                parts.push((parameter, json, embedded));
            }
        }
        if let [(_, json, false)] = parts.as_slice() {
            return Some(json.clone());
        }
        let properties = parts.into_iter().map(|(parameter, value, _)| JsonProperty {
            name: parameter.name.clone(),
            aliases: Vec::new(),
            attribute: parameter.name.clone(),
            value,
            presence: Presence::Unknown,
            deprecated: false,
            place: parameter.at.0.clone(),
        });
        let properties: Vec<JsonProperty> = properties.collect();
        if properties.is_empty() {
            return None;
        }
        self.objects.made.push(JsonObject {
            name: function.name.clone(),
            properties,
            open: false,
            strict: false,
            place: function.at.0.clone(),
        });
        Some(Json::Object(self.objects.made.len() - 1))
    }

    /// Returns the calls that say where a parameter comes from: its default, and what stands in `Annotated`.
    fn marks(&self, module: &'a Module, parameter: &'a Field) -> Vec<&'a Call> {
        let mut marks: Vec<&Call> = parameter
            .value
            .iter()
            .filter_map(Expression::call)
            .collect();
        let mut annotation = &parameter.annotation;
        let mut module = module;
        for _ in 0..DEEPEST {
            match annotation {
                Expression::Name(name) => match self.program.find(module, name) {
                    Found::Value(inner, _, given) => (module, annotation) = (inner, given),
                    _ => break,
                },
                Expression::Index(of, arguments) if of.last_name() == "Annotated" => {
                    marks.extend(arguments.iter().skip(1).filter_map(Expression::call));
                    let Some(inner) = arguments.first() else {
                        break;
                    };
                    annotation = inner;
                }
                _ => break,
            }
        }
        marks
    }

    /// Returns the class of routes of the router that a call is made on, where that is one of the program.
    fn route_class(&self, module: &'a Module, call: &Call) -> Option<(&'a Module, &'a Class)> {
        let Expression::Name(callee) = &call.callee else {
            return None;
        };
        let (router, _) = callee.rsplit_once('.')?;
        let Found::Value(inner, _, Expression::Call(made)) = self.program.find(module, router)
        else {
            return None;
        };
        let made: &Call = made;
        let made = match &made.callee {
            Expression::Name(name) => match self.program.find(inner, name) {
                // A function makes the class of routers: `get_api_router_class(Route)`.
                Found::Value(further, _, Expression::Call(factory)) => (further, &**factory),
                _ => (inner, made),
            },
            _ => (inner, made),
        };
        let (inner, made) = made;
        let named = made.placed.iter().chain(made.named("route_class"));
        named.into_iter().find_map(|given| match given {
            Expression::Name(name) => match self.program.find(inner, name) {
                Found::Class(inner, class) => Some((inner, class)),
                _ => None,
            },
            _ => None,
        })
    }

    /// Returns whether a route is listed by what the class of routes says of its tags.
    fn by_class(&self, module: &'a Module, class: &'a Class, options: &Under) -> Listing {
        if options.listing != Listing::Listed {
            return options.listing;
        }
        let mut open = vec![(module, class)];
        for _ in 0..MOST {
            let Some((module, class)) = open.pop() else {
                return Listing::Listed;
            };
            if !class.listing.is_empty() {
                let has =
                    |tag: &Option<String>| tag.as_ref().is_none_or(|t| options.tags.contains(t));
                let rule = class.listing.iter().find(|(tag, _)| has(tag));
                return match rule {
                    Some((_, Some(true))) | None => Listing::Listed,
                    Some((_, Some(false))) => Listing::Hidden,
                    // Listed where the program is developed.
                    Some((_, None)) => Listing::Unknown,
                };
            }
            for base in &class.bases {
                if let Expression::Name(name) = base
                    && let Found::Class(inner, class) = self.program.find(module, name)
                {
                    open.push((inner, class));
                }
            }
        }
        Listing::Unknown
    }
}

/// Returns whether a route is listed, as `include_in_schema` says.
fn listed(call: &Call, around: Listing) -> Listing {
    match call.named("include_in_schema").map(Expression::flag) {
        Some(Some(false)) => Listing::Hidden,
        Some(None) => around.max(Listing::Unknown),
        _ => around,
    }
}

/// Returns whether a body may be read from a value: it holds an object that is declared.
fn has_object(json: &Json) -> bool {
    match json {
        Json::Object(_) => true,
        Json::List(inner) | Json::Map(inner) => has_object(inner),
        Json::OneOf(parts) => parts.iter().any(has_object),
        _ => false,
    }
}

/// Returns whether an address is one that others can call.
fn is_public(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("https://") else {
        return false;
    };
    let host = rest.split(['/', ':']).next().unwrap_or(rest);
    let local = ["localhost", "127.0.0.1", "0.0.0.0"];
    let private = [
        ".local",
        ".internal",
        ".localhost",
        ".test",
        "example.com",
        "example.org",
    ];
    host.contains('.')
        && !local.contains(&host)
        && !host.contains('{')
        && !private.iter().any(|p| host.ends_with(p))
}
