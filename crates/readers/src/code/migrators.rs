//! Code that brings a store to its newest migration, and whether it goes on where the store is newer than itself.
//!
//! What each library does with a migration that the store has and its own list lacks:
//! - sqlx refuses (`MigrateError::VersionMissing`) unless `set_ignore_missing(true)`:
//!   <https://docs.rs/sqlx/latest/sqlx/migrate/struct.Migrator.html>
//! - refinery refuses unless `set_abort_missing(false)`: <https://docs.rs/refinery/latest/refinery/struct.Runner.html>
//! - golang-migrate refuses; it has no setting: <https://github.com/golang-migrate/migrate/issues/1091>
//! - sql-migrate refuses unless `IgnoreUnknown`: <https://github.com/rubenv/sql-migrate/issues/43>
//!
//! goose, diesel and, by its default, Flyway go on: they look only for what is pending.

use coexist_model::Migrator;

use crate::protobuf::generated::Tongue;

use super::context::Context;
use super::syntax::Id;

/// Words of which one stands in every file that holds a migrator which may refuse, lowercase.
pub const MIGRATOR_WORDS: &[&str] = &[
    "golang-migrate/migrate",
    "rubenv/sql-migrate",
    "migrate!",
    "embed_migrations!",
];

/// How a library runs migrations.
struct Library {
    tool: &'static str,
    /// The macros that take a folder of migrations into the program, by their whole path.
    macros: &'static [&'static [&'static str]],
    /// The folder that such a macro takes where it names none.
    folder: &'static str,
    /// The error with which it refuses.
    refusal: &'static str,
    /// The setting that makes it go on, and its value.
    tolerates: (&'static str, &'static str),
}

static SQLX: Library = Library {
    tool: "sqlx",
    macros: &[&["sqlx", "migrate"], &["migrate"]],
    folder: "migrations",
    refusal: "was previously applied but is missing in the resolved migrations",
    tolerates: ("set_ignore_missing", "true"),
};

static REFINERY: Library = Library {
    tool: "refinery",
    macros: &[&["refinery", "embed_migrations"], &["embed_migrations"]],
    folder: "migrations",
    refusal: "is missing from the filesystem",
    tolerates: ("set_abort_missing", "false"),
};

const GOLANG: &str = "golang-migrate";

/// Returns the places of a file that run migrations, outside of tests.
pub(super) fn migrators(context: &Context<'_, '_>) -> Vec<Migrator> {
    let tongue = context.syntax.profile.tongue;
    if context.trial || !matches!(tongue, Tongue::Go | Tongue::Rust) {
        return Vec::new();
    }
    let mut found = match tongue {
        Tongue::Rust => rust(context),
        _ => go(context),
    };
    found.sort();
    found.dedup();
    found
}

fn rust(context: &Context<'_, '_>) -> Vec<Migrator> {
    // diesel has an `embed_migrations!` too.
    let speaks_of = |library: &&&Library| {
        let s = context.syntax;
        s.all()
            .any(|id| s.is_name(id) && s.text(id) == library.tool)
    };
    let libraries = [&SQLX, &REFINERY];
    let spoken = libraries.iter().filter(speaks_of);
    spoken
        .flat_map(|library| embedded(context, library))
        .collect()
}

/// The runs of a library that takes folders of migrations into the program.
fn embedded(context: &Context<'_, '_>, library: &Library) -> Vec<Migrator> {
    let s = context.syntax;
    let macros: Vec<(Id, String)> = s
        .all()
        .filter(|&id| s.kind(id) == "macro_invocation" && !context.trials.hold(id))
        .filter_map(|id| Some((id, folder_of(context, library, id)?)))
        .collect();
    if macros.is_empty() {
        return Vec::new();
    }
    let tolerant = s.all().any(|id| sets(context, id, library.tolerates));
    let refusal = (!tolerant).then_some(library.refusal);
    let mut found = Vec::new();
    for run in s.all().filter(|&id| is_run(context, library, id)) {
        // `migrate!("a").run(…)` tells its folder; a migrator under a name may be any of the file's.
        let own: Vec<&(Id, String)> = macros
            .iter()
            .filter(|(m, _)| s.is_within(*m, run))
            .collect();
        let meant = if own.is_empty() {
            macros.iter().collect()
        } else {
            own
        };
        found.extend(meant.into_iter().map(|(_, folder)| Migrator {
            tool: library.tool,
            folder: Some(folder.clone()),
            refusal,
            place: context.file.place(s.range(run)),
        }));
    }
    found
}

/// Returns the folder that a macro of the library takes in.
fn folder_of(context: &Context<'_, '_>, library: &Library, id: Id) -> Option<String> {
    let s = context.syntax;
    let path = s.path(s.call(id)?.callee)?;
    if !library.macros.contains(&path.as_slice()) {
        return None;
    }
    let literal = s.below(id).find_map(|at| context.strings.plain(at));
    let folder = literal.unwrap_or_else(|| library.folder.to_owned());
    Some(folder.trim_start_matches("./").trim_matches('/').to_owned())
}

/// Returns whether a node is a call that runs migrations: of a value that the library's macro, type or module made.
fn is_run(context: &Context<'_, '_>, library: &Library, id: Id) -> bool {
    let s = context.syntax;
    let Some(call) = s.call(id).filter(|_| s.kind(id) == "call_expression") else {
        return false;
    };
    if !matches!(s.called(call), "run" | "run_async" | "run_direct") || context.trials.hold(id) {
        return false;
    }
    let Some(receiver) = s.receiver(call) else {
        return false;
    };
    if holds_maker(context, library, receiver) {
        return true;
    }
    s.path(receiver)
        .is_some_and(|path| is_migrator(context, library, &path))
}

/// Returns whether a name is declared in the file as a migrator: by its type, or by what it is made of.
fn is_migrator(context: &Context<'_, '_>, library: &Library, path: &[&str]) -> bool {
    let s = context.syntax;
    let Some(name) = path.last() else {
        return false;
    };
    let mut bindings = s.all().flat_map(|id| {
        let forms = s.profile.bindings.iter().filter(move |b| b.0 == s.kind(id));
        forms.map(move |form| (id, form))
    });
    bindings.any(|(id, &(_, names, typed, value))| {
        let named = s
            .picks(id, names)
            .into_iter()
            .any(|n| s.last_name(n) == *name);
        let is_typed = || {
            let last = s.pick(id, typed).map(|t| s.last_name(t));
            last == Some("Migrator") && library.tool == "sqlx"
        };
        let is_made = || {
            s.pick(id, value)
                .is_some_and(|v| holds_maker(context, library, v))
        };
        named && (is_typed() || is_made())
    })
}

/// Returns whether a migrator of the library is made in a node.
fn holds_maker(context: &Context<'_, '_>, library: &Library, id: Id) -> bool {
    let mut inside = std::iter::once(id).chain(context.syntax.below(id));
    inside.any(|at| makes(context, library, at))
}

/// Returns whether a node makes a migrator of the library: its macro, or `migrations::runner()`.
fn makes(context: &Context<'_, '_>, library: &Library, id: Id) -> bool {
    let s = context.syntax;
    let Some(call) = s.call(id) else { return false };
    let runner = library.tool == "refinery" && s.called(call) == "runner";
    runner || (s.kind(id) == "macro_invocation" && folder_of(context, library, id).is_some())
}

/// Returns whether a node is `name(value)`, or a field `name: value`.
fn sets(context: &Context<'_, '_>, id: Id, (name, value): (&str, &str)) -> bool {
    let s = context.syntax;
    if let Some(call) = s.call(id) {
        return s.called(call) == name
            && s.arguments(call)
                .first()
                .is_some_and(|&a| s.text(a) == value);
    }
    let form = s.profile.pairs.iter().find(|p| p.0 == s.kind(id));
    form.is_some_and(|&(_, key, given)| {
        let text = |pick| s.pick(id, pick).map(|at| s.text(at));
        text(key) == Some(name) && text(given) == Some(value)
    })
}

fn go(context: &Context<'_, '_>) -> Vec<Migrator> {
    let takes = |path: &str| {
        let mut imports = context.imports.iter();
        imports.any(|i| i.path == path || i.path.strip_prefix(path).is_some_and(is_version))
    };
    let s = context.syntax;
    let calls = |is: &dyn Fn(Id) -> bool, tool, refusal| -> Vec<Migrator> {
        let found = s.all().filter(|&id| is(id) && !context.trials.hold(id));
        let migrator = |id| Migrator {
            tool,
            folder: None,
            refusal,
            place: context.file.place(s.range(id)),
        };
        found.map(migrator).collect()
    };
    let mut found = Vec::new();
    if takes("github.com/golang-migrate/migrate") {
        // Code that looks for this error lets a newer store be.
        let tolerant = s
            .all()
            .any(|id| s.is_name(id) && s.text(id) == "ErrNotExist");
        let refusal = Some("no migration found for version");
        let refuses = |id: Id| !tolerant && !is_guarded(context, id);
        let refusing = calls(&|id| is_up(context, id) && refuses(id), GOLANG, refusal);
        let others = calls(&|id| is_up(context, id) && !refuses(id), GOLANG, None);
        found.extend(refusing.into_iter().chain(others));
    }
    if takes("github.com/rubenv/sql-migrate") {
        let tolerant = s.all().any(|id| {
            sets(context, id, ("SetIgnoreUnknown", "true"))
                || sets(context, id, ("IgnoreUnknown", "true"))
        });
        let refusal = (!tolerant).then_some("unknown migration in database");
        found.extend(calls(&|id| is_exec(context, id), "sql-migrate", refusal));
    }
    found
}

/// Returns whether the rest of an import path is the major version of a module: `/v4`.
fn is_version(rest: &str) -> bool {
    rest.strip_prefix("/v")
        .is_some_and(|n| n.bytes().all(|b| b.is_ascii_digit()))
}

/// `m.Up()` of golang-migrate.
fn is_up(context: &Context<'_, '_>, id: Id) -> bool {
    let s = context.syntax;
    s.call(id).is_some_and(|call| {
        s.called(call) == "Up" && s.receiver(call).is_some() && s.arguments(call).is_empty()
    })
}

/// Returns whether the code asks for the version of the store before it migrates: `m.Version()`. What it then does about a newer
/// one is its own.
fn is_guarded(context: &Context<'_, '_>, up: Id) -> bool {
    let s = context.syntax;
    let receiver = |id| s.call(id).and_then(|call| s.receiver(call));
    let Some(migrator) = receiver(up) else {
        return false;
    };
    let asks = |id: Id| {
        let version = s.call(id).is_some_and(|call| s.called(call) == "Version");
        version && receiver(id).is_some_and(|r| s.text(r) == s.text(migrator))
    };
    let own = s.function(up);
    (0..up).any(|id| asks(id) && s.function(id) == own)
}

/// `migrate.Exec(db, dialect, source, migrate.Up)` of sql-migrate, and its kin.
fn is_exec(context: &Context<'_, '_>, id: Id) -> bool {
    let s = context.syntax;
    s.call(id).is_some_and(|call| {
        let up = |a: Id| s.path(a).is_some_and(|p| p.len() == 2 && p[1] == "Up");
        s.called(call).starts_with("Exec") && s.arguments(call).into_iter().any(up)
    })
}
