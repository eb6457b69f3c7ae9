//! What an AppHost of .NET Aspire starts, and which address it gives to whom.
//!
//! `var db = builder.AddPostgres("pg").AddDatabase("orders")` and `builder.AddProject<Projects.Orders>("orders").WithReference(db)`: a
//! reference is handed to the project as a variable, so it is an address that the deployment gives. What a proxy (`AddYarp`) passes
//! requests on to stands in its routes, or is handed to a function that writes them.

use std::collections::BTreeMap;

use coexist_model::{File, Mention, Process, Starter, Written};

use super::csharp::{Chain, Sent, ends_chain};
use super::profile::profile_of;
use super::strings::StringsOf;
use super::syntax::{Id, Syntax};

/// What an AppHost says.
#[derive(Debug, Clone, Default)]
pub struct AppHost {
    /// What it starts.
    pub processes: Vec<Process>,
    /// The addresses that it hands out.
    pub mentions: Vec<Mention>,
    /// The project of each process that is built here: the process, and the name of the project with `_` for separators.
    pub projects: Vec<(String, String)>,
}

/// Calls that start a product, with its image and the scheme of its address.
const PRODUCTS: &[(&str, &str, &str)] = &[
    ("AddPostgres", "postgres", "postgres"),
    ("AddAzurePostgresFlexibleServer", "postgres", "postgres"),
    ("AddMySql", "mysql", "mysql"),
    ("AddSqlServer", "mssql/server", "sqlserver"),
    ("AddAzureSqlServer", "mssql/server", "sqlserver"),
    ("AddMongoDB", "mongo", "mongodb"),
    ("AddRedis", "redis", "redis"),
    ("AddValkey", "valkey", "redis"),
    ("AddGarnet", "garnet", "redis"),
    ("AddRabbitMQ", "rabbitmq", "amqp"),
    ("AddKafka", "kafka", "kafka"),
    ("AddNats", "nats", "nats"),
];

/// What a name in the file stands for: the process that is started, and its address.
#[derive(Debug, Clone)]
struct Resource {
    process: String,
    address: String,
    /// Whether it passes requests on.
    proxy: bool,
}

/// The call that starts a proxy.
const PROXY: &str = "AddYarp";

/// Calls on a proxy in whose function routes are written, and those that name what is behind one.
const ROUTING: &str = "WithConfiguration";
const ROUTES: &[&str] = &["AddRoute", "AddCluster"];

/// Calls of the framework that take a resource, and say nothing of who calls whom.
const NO_USE: &[&str] = &[
    "WaitFor",
    "WaitForStart",
    "WaitForCompletion",
    "WithParentRelationship",
    "WithChildRelationship",
    "WithReferenceRelationship",
    "WithRelationship",
    "WithEnvironment",
];

/// Returns what an AppHost says; None for a file that is none.
pub fn app_host(file: &File) -> Option<AppHost> {
    if !(file.path.ends_with(".cs") && file.text.contains("DistributedApplication")) {
        return None;
    }
    let profile = profile_of(&file.path, &file.text)?;
    let syntax = Syntax::of(file, profile).ok()?;
    let mut reader = Reader {
        file,
        s: &syntax,
        strings: &StringsOf::new(&syntax),
        names: BTreeMap::new(),
        found: AppHost::default(),
    };
    for id in syntax.all() {
        if Sent::of(&syntax, id).is_some() && ends_chain(&syntax, id) {
            reader.chain(id);
        }
    }
    Some(reader.found)
}

struct Reader<'s, 'a> {
    file: &'s File,
    s: &'s Syntax<'a>,
    strings: &'s StringsOf<'s, 'a>,
    names: BTreeMap<&'a str, Resource>,
    found: AppHost,
}

impl<'a> Reader<'_, 'a> {
    /// Reads a chain of calls: what it adds, and what it refers to.
    fn chain(&mut self, id: Id) {
        let chain = Chain::of(self.s, id);
        let mut resource = self.names.get(self.s.last_name(chain.root)).cloned();
        for sent in &chain.calls {
            if let Some(added) = self.added(sent, resource.as_ref()) {
                resource = Some(added);
            } else if sent.name == "WithReference"
                && let (Some(by), Some(&to)) = (&resource, sent.placed.first())
            {
                self.refer(sent, &by.process.clone(), to, Written::Deployment);
            } else if let Some(proxy) = resource.as_ref().filter(|r| r.proxy) {
                self.routes(sent, &proxy.process.clone());
            }
        }
        if let (Some(resource), Some(name)) = (resource, self.bound(id)) {
            self.names.insert(name, resource);
        }
    }

    /// Reads what a proxy passes requests on to: its routes, or what a function that writes them gets.
    fn routes(&mut self, sent: &Sent<'a>, proxy: &str) {
        if sent.name == ROUTING {
            let s = self.s;
            let routes = s.below(sent.id).filter_map(|id| Sent::of(s, id));
            for route in routes.filter(|r| ROUTES.contains(&r.name)) {
                if let Some(&to) = route.placed.last() {
                    self.refer(&route, proxy, to, Written::Proxy);
                }
            }
        } else if !NO_USE.contains(&sent.name) {
            for &to in &sent.placed {
                self.refer(sent, proxy, to, Written::Literal);
            }
        }
    }

    /// Returns the variable to which a chain is assigned where it is declared.
    fn bound(&self, id: Id) -> Option<&'a str> {
        let s = self.s;
        let declared = s.above(id, &["variable_declarator"])?;
        let name = s
            .child(declared, "name")
            .or_else(|| s.named(declared).next())?;
        // A chain within the arguments of another one is bound to nothing.
        let nested = s.above(id, &["argument"]);
        let inside = nested.is_some_and(|n| s.is_within(n, declared));
        (!inside).then(|| s.text(name))
    }

    /// Adds what a call starts.
    fn added(&mut self, sent: &Sent<'a>, on: Option<&Resource>) -> Option<Resource> {
        let name = self.strings.plain(*sent.placed.first()?)?;
        if sent.name == "AddDatabase" {
            let database = sent.placed.get(1).and_then(|&n| self.strings.plain(n));
            let server = on?;
            return Some(Resource {
                process: server.process.clone(),
                address: format!("{}/{}", server.address, database.unwrap_or(name)),
                proxy: false,
            });
        }
        let place = self.file.place(self.s.range(sent.id));
        let mut process = Process::new(&name, Starter::AppHost, place);
        let scheme = match PRODUCTS.iter().find(|(call, ..)| *call == sent.name) {
            Some((_, image, scheme)) => {
                process.images.insert((*image).to_owned());
                scheme
            }
            None => {
                match sent.name {
                    "AddProject" => {
                        let project = self.s.text(*sent.types.first()?);
                        let project = project.rsplit('.').next().unwrap_or(project);
                        self.found.projects.push((name.clone(), project.to_owned()));
                        process.built = true;
                    }
                    "AddContainer" => {
                        let image = sent.placed.get(1).and_then(|&i| self.strings.plain(i));
                        process.images.extend(image);
                    }
                    PROXY => {
                        process.images.insert("dotnet/yarp".to_owned());
                    }
                    _ => return None,
                }
                "http"
            }
        };
        self.found.processes.push(process);
        Some(Resource {
            address: format!("{scheme}://{name}"),
            process: name,
            proxy: sent.name == PROXY,
        })
    }

    fn refer(&mut self, sent: &Sent<'_>, by: &str, to: Id, written: Written) {
        // `orders.GetEndpoint("http")` is an address of orders.
        let root = Chain::of(self.s, to).root;
        let Some(to) = self.names.get(self.s.last_name(root)) else {
            return;
        };
        // The line of the call, not the whole chain before it.
        let range = self.s.range(sent.id);
        let end = range.end;
        let name = self.file.text[range].rfind(sent.name);
        let start = name.map_or(end, |at| self.s.range(sent.id).start + at);
        self.found.mentions.push(Mention {
            by: by.to_owned(),
            variable: None,
            value: to.address.clone(),
            written,
            place: self.file.place(start..end),
        });
    }
}
