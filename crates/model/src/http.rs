//! HTTP APIs as code declares them: operations, and the JSON that they take and give.

use std::sync::Arc;

use crate::Place;

/// The HTTP API that the code of one ref declares.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Api {
    /// The operations, sorted by method and path.
    pub endpoints: Vec<Endpoint>,
    /// The objects that stand in bodies; a [`Json::Object`] is an index into them. Each is meant in one [`Flow`].
    pub objects: Vec<JsonObject>,
    /// Whether more operations may be served than are listed: something is mounted whose routes were not found.
    pub partial: bool,
    /// The functions of routes that no application was seen to serve, sorted.
    pub unserved: Vec<String>,
}

impl Api {
    /// Returns the operation of that name.
    pub fn endpoint(&self, name: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|e| e.name() == name)
    }
}

/// One operation: a method on a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The method in capitals; `WEBHOOK` for a call that the server makes to addresses of its users.
    pub method: String,
    /// The path from the root of the server, with parameters in braces.
    pub path: String,
    /// The function that answers.
    pub handler: String,
    /// The body that it takes.
    pub request: Option<Json>,
    /// The body that it gives.
    pub response: Option<Json>,
    /// Whether the published description of the API lists it.
    pub listing: Listing,
    /// The words under which the description groups it.
    pub tags: Vec<String>,
    /// Whether the description calls it deprecated.
    pub deprecated: bool,
    /// What shows that people outside of this repository are meant to call it.
    pub published: Option<Publication>,
    /// Where it is declared.
    pub place: Place,
}

impl Endpoint {
    /// Returns the method and the path, by which reports call it.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Returns what makes it the same operation at another ref: the names of parameters are nobody's business, and FastAPI leads a
    /// caller from `/x/` to `/x`.
    pub fn identity(&self) -> String {
        let mut identity = format!("{} ", self.method);
        let mut depth = 0_usize;
        for c in self.path.trim_end_matches('/').chars() {
            match c {
                '{' => depth += 1,
                '}' => depth = depth.saturating_sub(1),
                _ if depth == 0 => identity.push(c),
                _ => continue,
            }
            if c == '{' {
                identity.push_str("{}");
            }
        }
        identity
    }
}

/// Whether the published description of an API lists an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Listing {
    /// It does.
    Listed,
    /// That depends on what is not here.
    Unknown,
    /// It leaves it out.
    Hidden,
}

/// What shows that people outside of the repository are meant to call an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// As a clause: "the API's description names `api.example.org` as its server".
    pub because: String,
    /// Where it stands.
    pub place: Place,
}

/// Which way a body goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// From the client to the server.
    Request,
    /// From the server to the client.
    Response,
}

impl Flow {
    /// Returns the word that reports use.
    pub fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Response => "response",
        }
    }
}

/// What a JSON value can be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Json {
    /// It could not be told.
    Unknown,
    /// Anything.
    Any,
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A text.
    Text,
    /// One of these texts, sorted.
    Words(Vec<String>),
    /// A list.
    List(Box<Self>),
    /// An object with keys of the writer's choice.
    Map(Box<Self>),
    /// An object of [`Api::objects`].
    Object(usize),
    /// One of these.
    OneOf(Vec<Self>),
}

/// An object whose properties are declared, as it stands in bodies of one [`Flow`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonObject {
    /// The name of its class.
    pub name: String,
    /// Its properties, in the order of declaration.
    pub properties: Vec<JsonProperty>,
    /// Whether it may have properties that are not listed, or those listed may be others.
    pub open: bool,
    /// Whether a property that it does not know is refused.
    pub strict: bool,
    /// Where it is declared.
    pub place: Place,
}

impl JsonObject {
    /// Returns the property of that name.
    pub fn property(&self, name: &str) -> Option<&JsonProperty> {
        let known_as = |p: &&JsonProperty| p.name == name || p.aliases.iter().any(|a| a == name);
        self.properties.iter().find(known_as)
    }
}

/// A property of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonProperty {
    /// Its name in JSON.
    pub name: String,
    /// The other names under which it is taken.
    pub aliases: Vec<String>,
    /// Its name in code.
    pub attribute: String,
    /// What it holds.
    pub value: Json,
    /// Whether it must be there.
    pub presence: Presence,
    /// Whether it is marked as deprecated.
    pub deprecated: bool,
    /// Where it is declared.
    pub place: Place,
}

/// Whether a property must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Presence {
    /// It must.
    Required,
    /// It may be left out.
    Optional,
    /// That could not be told.
    Unknown,
}

/// A property, or a whole operation, where two versions of an API differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The class that declares it; empty for an operation.
    pub object: Arc<str>,
    /// Which way it goes.
    pub flow: Flow,
    /// Whether it is marked as deprecated.
    pub deprecated: bool,
    /// Whether it must be there.
    pub presence: Presence,
    /// Whether a server that does not know it refuses the request.
    pub refused: bool,
    /// The operations whose bodies hold it, as method and path, sorted.
    pub carriers: Vec<String>,
}
