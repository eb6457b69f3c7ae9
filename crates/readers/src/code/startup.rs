//! Processes that migrate by themselves before they serve.
//!
//! Two forms prove it. A function that opens the store migrates it before it gives it back: whoever has a connection has the new
//! schema. Or the start of the program (`main`, the top of a script, a framework's hook for it) migrates, and serves
//! after that. In both, nothing may decide about the call: `if config.auto_migrate` is off somewhere. What another file calls
//! is not followed.

use std::collections::BTreeSet;

use coexist_model::{File, KnownOrder, Order, OrderEvidence};

use crate::protobuf::generated::Tongue;

use super::context::Context;
use super::imports::imports_of;
use super::orm::ecto::TOOL as ECTO;
use super::orm::ef_core::TOOL as EF_CORE;
use super::profile::profile_of;
use super::strings::StringsOf;
use super::syntax::{Id, Syntax};
use super::trials::{Trials, is_trial_path};

mod elixir;

/// Words of which code that migrates holds one.
pub const MIGRATING_CALLS: &[&str] = &[
    "run_pending_migrations",
    "migrate!",
    "embed_migrations!",
    "Migrator::up",
    "golang-migrate/migrate",
    "pressly/goose",
    "rubenv/sql-migrate",
    "amacneil/dbmate",
    "go-gormigrate/gormigrate",
    "migrateToLatest",
    "migrationsFolder",
    "migrate.latest",
    "runMigrations",
    "migrationsRun",
    "alembic",
    "call_command",
    "org.flywaydb",
    "Database.Migrate",
    "Ecto.Migrator",
];

/// Returns whether a file is code that may run in production.
pub fn may_migrate(path: &str) -> bool {
    profile_of(path, "").is_some() && !is_trial_path(path)
}

/// Returns what a file says that its process migrates by itself.
pub fn startup(file: &File) -> Vec<OrderEvidence> {
    if !may_migrate(&file.path) || !MIGRATING_CALLS.iter().any(|w| file.text.contains(w)) {
        return Vec::new();
    }
    let syntax = profile_of(&file.path, &file.text)
        .and_then(|profile| Syntax::parse(&file.text, profile).ok());
    let Some(syntax) = syntax else {
        return Vec::new();
    };
    let strings = StringsOf::new(&syntax);
    let imports = imports_of(&syntax, file);
    let context = Context {
        file,
        syntax: &syntax,
        strings: &strings,
        imports: &imports,
        trial: false,
        trials: Trials::of(&syntax),
    };
    Startup::of(&context).evidence()
}

/// A place that migrates.
#[derive(Clone)]
struct Migrating {
    at: Id,
    /// The folder of the migrations, where the code names it.
    folder: Option<String>,
}

struct Startup<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    calls: Vec<Migrating>,
}

/// How often calls are followed from function to function in one file.
const FAR: usize = 4;

/// Names that many functions of one file may have.
const COMMON: &[&str] = &[
    "new", "run", "init", "up", "get", "open", "start", "migrate",
];

/// Calls that open a store, in lowercase.
const OPENING: &[&str] = &[
    "connect",
    "connect_with",
    "connect_lazy",
    "establish",
    "open",
    "opendb",
    "mustconnect",
    "mustopen",
    "connectcontext",
    "newwithconfig",
    "build",
    "createpool",
    "create_pool",
    "createconnection",
    "drizzle",
    "knex",
    "initialize",
    "kysely",
    "datasource",
    "pool",
    "postgres",
    "create_engine",
    "create_async_engine",
];

/// Calls that serve, in lowercase.
const SERVING: &[&str] = &[
    "listen",
    "serve",
    "listenandserve",
    "listenandservetls",
    "launch",
    "run_server",
    "runserver",
    "start_server",
    "startserver",
    "serveforever",
    "serve_forever",
];

/// Functions that a framework calls before it serves.
const HOOKS: &[&str] = &["onModuleInit", "onApplicationBootstrap", "lifespan"];

/// Methods that ASP.NET Core calls before it serves.
const HOOKS_OF_DOTNET: &[&str] = &["Configure", "StartAsync"];

impl<'c, 's, 'a> Startup<'c, 's, 'a> {
    fn of(context: &'c Context<'s, 'a>) -> Self {
        let syntax = context.syntax;
        let mut found = Self {
            context,
            calls: Vec::new(),
        };
        found.calls = syntax
            .all()
            .filter(|&id| !context.trials.hold(id))
            .filter_map(|id| found.migrating(id))
            .filter(|m| found.is_unconditional(m.at, &[]))
            .collect();
        for _ in 0..FAR {
            let more = found.through_functions();
            if more.is_empty() {
                break;
            }
            found.calls.extend(more);
        }
        found
    }

    fn evidence(&self) -> Vec<OrderEvidence> {
        let proven = self.calls.iter().filter_map(|m| {
            let because = self.because(m.at)?;
            Some(OrderEvidence {
                order: KnownOrder {
                    order: Order::Before,
                    proven: true,
                    because: because.to_owned(),
                    place: Some(self.context.file.place(self.context.syntax.range(m.at))),
                },
                scope: m.folder.clone(),
                tool: self.tool(),
                needs: None,
            })
        });
        proven.collect()
    }

    /// Returns the tool that a migrating call is of, where the language has one.
    fn tool(&self) -> Option<&'static str> {
        match self.context.syntax.profile.tongue {
            Tongue::CSharp => Some(EF_CORE),
            Tongue::Elixir => Some(ECTO),
            _ => None,
        }
    }

    /// Returns why a place that migrates does so before the process serves.
    fn because(&self, at: Id) -> Option<&'static str> {
        let s = self.context.syntax;
        if self.is_setting(at) {
            return Some("the process runs them as it opens its store");
        }
        let function = s.function(at);
        let serves_later = |inside: Id| {
            s.below(inside)
                .filter(|&id| id > at && s.function(id) == function)
                .filter_map(|id| s.call(id))
                .any(|call| self.serves(s.called(call)))
        };
        if s.profile.tongue == Tongue::Elixir {
            return elixir::starts(s, at).then_some("the process runs them before it serves");
        }
        let Some(function) = function else {
            return serves_later(0).then_some("the process runs them before it serves");
        };
        let name = self.name_of(function)?;
        if self.is_hook(name) || (is_entry(name) && serves_later(function)) {
            return Some("the process runs them before it serves");
        }
        let opens = s
            .below(function)
            .filter_map(|id| s.call(id).map(|call| s.called(call).to_lowercase()))
            .any(|name| OPENING.contains(&name.as_str()))
            || self.constructs(function);
        (opens && self.gives_back(function))
            .then_some("the process runs them as it opens its store")
    }

    fn serves(&self, called: &str) -> bool {
        let dotnet = self.context.syntax.profile.tongue == Tongue::CSharp;
        SERVING.contains(&called.to_lowercase().as_str())
            || dotnet && matches!(called, "Run" | "RunAsync" | "StartAsync")
    }

    fn is_hook(&self, name: &str) -> bool {
        let dotnet = self.context.syntax.profile.tongue == Tongue::CSharp;
        HOOKS.contains(&name) || dotnet && HOOKS_OF_DOTNET.contains(&name)
    }

    /// Returns whether a function makes an object of a store's client: `new Pool(…)`.
    fn constructs(&self, function: Id) -> bool {
        let s = self.context.syntax;
        s.below(function)
            .filter(|&id| s.kind(id) == "new_expression")
            .filter_map(|id| s.child(id, "constructor"))
            .any(|c| OPENING.contains(&s.last_name(c).to_lowercase().as_str()))
    }

    /// Returns whether a function gives something back besides an error.
    fn gives_back(&self, function: Id) -> bool {
        let s = self.context.syntax;
        let declared = s
            .child(function, "return_type")
            .or_else(|| s.child(function, "result"));
        match (s.profile.tongue, declared) {
            (Tongue::Rust, None) | (Tongue::Go, None) => false,
            (Tongue::Rust, Some(result)) => {
                let text: String = s.text(result).split_whitespace().collect();
                !text.contains("<()") && text != "()"
            }
            (Tongue::Go, Some(result)) => s.text(result) != "error",
            _ => s.below(function).any(|id| {
                s.profile.returns.contains(&s.kind(id))
                    && s.function(id) == Some(function)
                    && s.named(id).next().is_some()
            }),
        }
    }

    /// Returns the calls of functions of this file that migrate.
    fn through_functions(&self) -> Vec<Migrating> {
        let s = self.context.syntax;
        let known: BTreeSet<Id> = self.calls.iter().map(|m| m.at).collect();
        let functions: Vec<(Id, &str)> = s
            .all()
            .filter(|&id| s.profile.functions.contains(&s.kind(id)))
            .filter_map(|id| Some((id, self.name_of(id)?)))
            .collect();
        let migrates = |function: Id| known.iter().any(|&at| s.function(at) == Some(function));
        let names: BTreeSet<&str> = functions
            .iter()
            .map(|(_, name)| *name)
            .filter(|name| {
                let mut all = functions.iter().filter(|(_, n)| n == name);
                !COMMON.contains(&name.to_lowercase().as_str())
                    && all.all(|(function, _)| migrates(*function))
            })
            .collect();
        let calls: Vec<Id> = s
            .all()
            .filter(|&id| s.call(id).is_some_and(|c| names.contains(s.called(c))))
            .filter(|id| !known.contains(id) && !self.context.trials.hold(*id))
            .collect();
        let folder = |call: Id| {
            let name = s.call(call).map_or("", |c| s.called(c));
            let folders: BTreeSet<&Option<String>> = self
                .calls
                .iter()
                .filter(|m| s.function(m.at).and_then(|f| self.name_of(f)) == Some(name))
                .map(|m| &m.folder)
                .collect();
            let one = folders.first().filter(|_| folders.len() == 1);
            one.and_then(|f| (*f).clone())
        };
        calls
            .iter()
            .filter(|&&id| self.is_unconditional(id, &calls))
            .map(|&id| Migrating {
                at: id,
                folder: folder(id),
            })
            .collect()
    }

    /// Returns the name of a function, or that of the constant which holds it.
    fn name_of(&self, function: Id) -> Option<&'a str> {
        let s = self.context.syntax;
        if let Some(name) = s.child(function, "name") {
            return Some(s.text(name));
        }
        let up = s.parent(function)?;
        (s.kind(up) == "variable_declarator")
            .then(|| s.child(up, "name").map(|n| s.text(n)))
            .flatten()
    }

    /// Returns whether a call is made whenever its function is. `others` are calls that do the same in the other arms of a decision.
    fn is_unconditional(&self, at: Id, others: &[Id]) -> bool {
        let s = self.context.syntax;
        let function = s.function(at);
        if function.is_some_and(|f| self.name_of(f).is_none()) {
            return false;
        }
        let inside = s.ancestors(at).take_while(|&up| Some(up) != function);
        let decided = inside.into_iter().any(|up| {
            let kind = s.kind(up);
            if let Some(branch) = s.profile.branches.iter().find(|b| b.kind == kind) {
                let asked = s.pick(up, branch.condition);
                let first = s.child(up, "initializer");
                return ![asked, first]
                    .iter()
                    .flatten()
                    .any(|&part| s.is_within(at, part));
            }
            if let Some(decision) = s.profile.decisions.iter().find(|d| d.kind == kind) {
                return !s
                    .below(up)
                    .filter(|&arm| decision.arms.contains(&s.kind(arm)))
                    .filter(|&arm| s.above(arm, &[kind]) == Some(up))
                    .all(|arm| others.iter().any(|&other| s.is_within(other, arm)));
            }
            // What runs beside the start is not done when it serves.
            let beside = s.call(up).is_some_and(|c| s.called(c).contains("spawn"));
            beside
                || matches!(
                    kind,
                    "conditional_expression"
                        | "type_switch_statement"
                        | "select_statement"
                        | "go_statement"
                        | "catch_clause"
                        | "except_clause"
                        | "match_statement"
                        | "when_expression"
                )
        });
        !decided && !self.is_left_before(at, function)
    }

    /// Returns whether the function may return before the call, other than with an error.
    fn is_left_before(&self, at: Id, function: Option<Id>) -> bool {
        let s = self.context.syntax;
        let Some(function) = function else {
            return false;
        };
        let speaks_of_errors = |id: Id| s.text(id).to_lowercase().contains("err");
        s.below(function)
            .take_while(|&id| id < at)
            .filter(|&id| s.profile.returns.contains(&s.kind(id)) && !s.is_within(at, id))
            .filter(|&id| s.function(id) == Some(function))
            .any(|id| {
                let condition = s.ancestors(id).find_map(|up| {
                    let branch = s.profile.branches.iter().find(|b| b.kind == s.kind(up))?;
                    s.pick(up, branch.condition)
                });
                !speaks_of_errors(id) && !condition.is_some_and(speaks_of_errors)
            })
    }

    /// Returns whether a node is the setting of a client that migrates as it connects: `migrationsRun: true`.
    fn is_setting(&self, at: Id) -> bool {
        let s = self.context.syntax;
        let Some(&(_, name, value)) = s.profile.pairs.iter().find(|p| p.0 == s.kind(at)) else {
            return false;
        };
        let is = |pick, text: &str| s.pick(at, pick).is_some_and(|id| s.text(id) == text);
        matches!(s.profile.tongue, Tongue::TypeScript | Tongue::JavaScript)
            && is(name, "migrationsRun")
            && is(value, "true")
            && self.imports("typeorm")
    }

    fn imports(&self, module: &str) -> bool {
        self.context.imports.iter().any(|i| i.path.contains(module))
    }

    fn migrating(&self, id: Id) -> Option<Migrating> {
        let s = self.context.syntax;
        if self.is_setting(id) {
            return Some(Migrating {
                at: id,
                folder: None,
            });
        }
        s.call(id)?;
        match s.profile.tongue {
            Tongue::Rust => self.rust(id),
            Tongue::Go => self.go(id),
            Tongue::TypeScript | Tongue::JavaScript => self.javascript(id),
            Tongue::Python => self.python(id),
            Tongue::Java | Tongue::Kotlin => self.flyway(id),
            Tongue::CSharp => self.entity_framework(id),
            Tongue::Elixir => elixir::migrates(s, id).then_some(Migrating {
                at: id,
                folder: None,
            }),
            // `php artisan migrate` is a command of the deploy.
            Tongue::Ruby | Tongue::Php => None,
        }
    }

    /// EF Core's `context.Database.Migrate()`.
    fn entity_framework(&self, id: Id) -> Option<Migrating> {
        let s = self.context.syntax;
        let call = s.call(id)?;
        let known = matches!(s.called(call), "Migrate" | "MigrateAsync")
            && s.receiver(call)
                .is_some_and(|r| s.last_name(r) == "Database");
        known.then_some(Migrating {
            at: id,
            folder: None,
        })
    }

    /// `sqlx::migrate!(…).run(…)`, diesel's `run_pending_migrations`, refinery's `runner().run(…)`, SeaORM's `Migrator::up`.
    fn rust(&self, id: Id) -> Option<Migrating> {
        let s = self.context.syntax;
        let call = s.call(id)?;
        let name = s.called(call);
        if name == "run_pending_migrations" {
            return Some(Migrating {
                at: id,
                folder: self.embedded(id),
            });
        }
        if name == "up" {
            let path = s.path(call.callee)?;
            let known = path.len() > 1 && path[path.len() - 2] == "Migrator";
            return known.then_some(Migrating {
                at: id,
                folder: None,
            });
        }
        if !matches!(name, "run" | "run_direct" | "run_async") {
            return None;
        }
        let receiver = s.receiver(call)?;
        let receiver = self.value_of(receiver).unwrap_or(receiver);
        let macro_of = |id: Id| {
            (s.kind(id) == "macro_invocation")
                .then(|| s.child(id, "macro"))
                .flatten()
        };
        let made = std::iter::once(receiver)
            .chain(s.below(receiver))
            .find(|&id| macro_of(id).is_some_and(|m| s.last_name(m) == "migrate"));
        if let Some(made) = made {
            let folder = self
                .text_in(made)
                .unwrap_or_else(|| "migrations".to_owned());
            return Some(Migrating {
                at: id,
                folder: Some(folder),
            });
        }
        let runner = s.call(receiver).is_some_and(|c| s.called(c) == "runner");
        (runner && self.context.file.text.contains("refinery")).then(|| Migrating {
            at: id,
            folder: self.embedded(id),
        })
    }

    /// Returns the value of the constant that a name is.
    fn value_of(&self, name: Id) -> Option<Id> {
        let s = self.context.syntax;
        let wanted = s.last_name(name);
        if wanted.is_empty() || s.call(name).is_some() {
            return None;
        }
        s.all().find_map(|id| {
            let &(_, left, _, value) = s.profile.bindings.iter().find(|b| b.0 == s.kind(id))?;
            (s.last_name(s.pick(id, left)?) == wanted)
                .then(|| s.pick(id, value))
                .flatten()
        })
    }

    /// Returns the folder that `embed_migrations!` names in the module of a node, or in the file if there is one only.
    fn embedded(&self, at: Id) -> Option<String> {
        let s = self.context.syntax;
        let within = |outer: Id| -> Vec<Id> {
            s.below(outer)
                .filter(|&id| s.kind(id) == "macro_invocation")
                .filter(|&id| {
                    let name = s.child(id, "macro");
                    name.is_some_and(|m| s.last_name(m) == "embed_migrations")
                })
                .collect()
        };
        let modules = s.ancestors(at).filter(|&up| s.kind(up) == "mod_item");
        let found = modules.map(within).find(|m| !m.is_empty());
        let found = found.unwrap_or_else(|| within(0));
        let [one] = found.as_slice() else { return None };
        Some(
            self.text_in(*one)
                .unwrap_or_else(|| "migrations".to_owned()),
        )
    }

    /// Returns the first text literal in a node.
    fn text_in(&self, id: Id) -> Option<String> {
        let s = self.context.syntax;
        let literal = s.below(id).find(|&id| s.is_string(id))?;
        self.context.strings.plain(literal)
    }

    /// golang-migrate's `m.Up()`, `goose.Up`, sql-migrate's `migrate.Exec`, dbmate's `CreateAndMigrate`, gormigrate's
    /// `m.Migrate()`.
    fn go(&self, id: Id) -> Option<Migrating> {
        let s = self.context.syntax;
        let call = s.call(id)?;
        s.receiver(call)?;
        let arguments = s.arguments(call);
        let tools: &[(&str, &[&str])] = &[
            ("golang-migrate/migrate", &["Up"]),
            ("pressly/goose", &["Up", "UpContext"]),
            ("rubenv/sql-migrate", &["Exec", "ExecContext"]),
            ("amacneil/dbmate", &["CreateAndMigrate", "Migrate"]),
            ("go-gormigrate/gormigrate", &["Migrate"]),
        ];
        let known = tools.iter().any(|(module, names)| {
            names.contains(&s.called(call))
                && self.imports(module)
                && (*module != "golang-migrate/migrate" || arguments.is_empty())
        });
        known.then_some(Migrating {
            at: id,
            folder: None,
        })
    }

    /// Kysely's `migrateToLatest`, drizzle's `migrate(db, { migrationsFolder })`, knex' `migrate.latest()`, TypeORM's
    /// `runMigrations()`, Umzug's `up()`.
    fn javascript(&self, id: Id) -> Option<Migrating> {
        let s = self.context.syntax;
        let call = s.call(id)?;
        let name = s.called(call);
        let path = s.path(call.callee).unwrap_or_default();
        let folder = |key: &str| {
            let text = |id: Id| {
                let &(_, name, value) = s.profile.pairs.iter().find(|p| p.0 == s.kind(id))?;
                let value = s
                    .pick(id, value)
                    .filter(|_| s.pick(id, name).is_some_and(|n| s.text(n) == key))?;
                self.context.strings.plain(value)
            };
            s.below(call.arguments?).find_map(text)
        };
        let folder = match name {
            "migrateToLatest" if self.imports("kysely") => None,
            "migrate" if self.imports("drizzle-orm") && self.imports("/migrator") => {
                folder("migrationsFolder")
            }
            "latest" if path.ends_with(&["migrate", "latest"]) => None,
            "runMigrations" if self.imports("typeorm") => None,
            "up" if self.imports("umzug") && s.arguments(call).is_empty() => None,
            _ => return None,
        };
        Some(Migrating { at: id, folder })
    }

    /// Alembic's `command.upgrade(config, "head")` and Django's `call_command("migrate")`.
    fn python(&self, id: Id) -> Option<Migrating> {
        let s = self.context.syntax;
        let call = s.call(id)?;
        let arguments = s.arguments(call);
        let path = s.path(call.callee).unwrap_or_default();
        let first = arguments
            .first()
            .and_then(|&a| self.context.strings.plain(a));
        let known = match s.called(call) {
            "upgrade" => path.ends_with(&["command", "upgrade"]) && self.imports("alembic"),
            "call_command" => first.as_deref() == Some("migrate") && self.imports("django"),
            _ => false,
        };
        known.then_some(Migrating {
            at: id,
            folder: None,
        })
    }

    /// Flyway's `migrate()`.
    fn flyway(&self, id: Id) -> Option<Migrating> {
        let s = self.context.syntax;
        let known = s.called(s.call(id)?) == "migrate" && self.imports("org.flywaydb");
        known.then_some(Migrating {
            at: id,
            folder: None,
        })
    }
}

fn is_entry(name: &str) -> bool {
    matches!(name, "main" | "Main" | "bootstrap")
}
