//! Source code: Python, TypeScript, JavaScript, Go, Ruby, Java, Kotlin, Rust, PHP, C# and Elixir.
//!
//! A file is parsed with the grammar of its language and kept as a flat list of nodes ([`syntax`]). What the grammars call
//! things is data, one file per language ([`languages`]); everything else is written once. [`queries`] finds SQL in strings,
//! [`orm`] the uses of models, [`migrations`] what migrations written in code do, [`mod@startup`] processes that migrate by
//! themselves, [`gates`] the flags that guard a use, [`defaults`] what switches are by default, [`answers`] which methods do
//! something. [`mod@http`] reads the HTTP APIs that code declares. [`comments()`] and [`imports()`] are for others.

mod addresses;
mod answers;
mod arguments;
mod aspire;
mod branches;
mod calls;
mod chains;
mod comments;
mod context;
mod csharp;
mod defaults;
mod discovery;
mod elixir;
mod formats;
mod gates;
mod golang;
pub mod http;
mod imports;
pub(crate) mod inflections;
mod javascript;
mod jvm;
mod languages;
mod macros;
pub(crate) mod migrations;
mod migrators;
pub(crate) mod orm;
mod passive;
mod php;
mod profile;
mod queries;
mod ruby;
mod rust;
mod startup;
mod strings;
pub(crate) mod syntax;
mod topics;
mod trials;
mod view;
mod wire;

#[cfg(test)]
mod cases;

use coexist_model::{Access, File, Handler, Hints, Place, Problem, Reader, Reading, Surface};

pub use addresses::{Address, Addresses, addresses};
pub use answers::answered;
pub use aspire::{AppHost, app_host};
pub use calls::{Signature, called, declared};
pub use comments::{Comment, comments};
pub use defaults::{Given, Switch, folded, switches};
pub use discovery::{Discovery, discovery};
pub(crate) use formats::numbered_percents;
pub use gates::flags;
pub use imports::{Import, imports};
pub use migrators::MIGRATOR_WORDS;
pub use orm::active_record::TOOL as ACTIVE_RECORD;
pub use orm::ecto::TOOL as ECTO;
pub use orm::ef_core::{MAPPING as EF_CORE_MAPPING, SET as EF_CORE_SET, TOOL as EF_CORE};
pub use orm::ent::TOOL as ENT;
pub use orm::gorm::TOOL as GORM;
pub use orm::jpa::{REPOSITORIES as JPA_REPOSITORIES, TOOL as JPA};
pub use passive::{named_to_run, uses_name};
pub use startup::{MIGRATING_CALLS, may_migrate, startup};
pub use topics::{Topic, topics};
pub use trials::is_test_project;

use context::Context;
use profile::profile_of;
use strings::StringsOf;
use syntax::Syntax;

/// Source code.
pub struct Code;

impl Reader for Code {
    fn name(&self) -> &'static str {
        "code"
    }

    fn tools(&self) -> Vec<&'static str> {
        migrations::names()
    }

    /// Claims what has the ending of a language, or a first line that names its interpreter, and is text.
    fn claims(&self, path: &str, head: &str) -> bool {
        // Beside each migration the whole model stands once more.
        let noted = is_note_of_model(path, head) && head.contains("BuildTargetModel(");
        profile_of(path, head).is_some() && !head.contains('\0') && !noted
    }

    fn read(&self, file: &File, hints: &Hints) -> Reading {
        let Some(profile) = profile_of(&file.path, &file.text) else {
            return Reading::default();
        };
        match Syntax::of(file, profile) {
            Ok(syntax) => read(file, &syntax, hints),
            Err(why) => Reading {
                problems: vec![Problem {
                    place: Place::of_file(&file.path),
                    what: why.to_owned(),
                    identifiers: queries::words(&file.text),
                }],
                ..Reading::default()
            },
        }
    }
}

/// Returns whether a file is what EF Core notes of the model for itself: the `*.Designer.cs` beside a migration, the snapshot.
pub fn is_note_of_model(path: &str, head: &str) -> bool {
    path.ends_with(".cs")
        && (head.contains("BuildTargetModel(") || head.contains(": ModelSnapshot"))
}

fn read(file: &File, syntax: &Syntax<'_>, hints: &Hints) -> Reading {
    let strings = StringsOf::new(syntax);
    let imports = imports::imports_of(syntax, file);
    let context = Context {
        file,
        syntax,
        strings: &strings,
        imports: &imports,
        trial: trials::is_trial_path(&file.path),
        trials: trials::Trials::of(syntax),
    };
    let mut reading = Reading::default();
    // What a migration reads and writes, it does once.
    if migrations::read(&context, hints, &mut reading) || migrations::dump(&context, &mut reading) {
        reading.problems.extend(not_parsed(&context));
        return reading;
    }
    queries::read(&context, hints, &mut reading);
    orm::diesel::read(&context, &mut reading);
    orm::prisma::read(&context, &mut reading);
    orm::sqlalchemy::read(&context, hints, &mut reading);
    orm::active_record::read(&context, hints, &mut reading);
    orm::django::read(&context, hints, &mut reading);
    orm::sequelize::read(&context, hints, &mut reading);
    orm::typeorm::read(&context, hints, &mut reading);
    orm::drizzle::read(&context, hints, &mut reading);
    orm::ecto::read(&context, hints, &mut reading);
    orm::ef_core::read(&context, hints, &mut reading);
    orm::eloquent::read(&context, hints, &mut reading);
    orm::builders::read(&context, &mut reading);
    orm::ent::read(&context, hints, &mut reading);
    orm::gorm::read(&context, hints, &mut reading);
    orm::jpa::read(&context, hints, &mut reading);
    orm::sea_orm::read(&context, hints, &mut reading);
    orm::jooq::read(&context, hints, &mut reading);
    reading.sets = orm::attributes_set(&context);
    reading.accesses.extend(wire::uses(&context, hints));
    reading.migrators = migrators::migrators(&context);
    reading.problems.extend(not_parsed(&context));
    reading.accesses.sort_by(|a, b| order(a).cmp(&order(b)));
    // A constant that several queries are made of is one use of what it names.
    let same = |a: &mut Access, b: &mut Access| order(a).0 == order(b).0 && a.mode == b.mode;
    reading.accesses.dedup_by(same);
    reading
}

/// By place and what is used there; what no handler holds comes first.
type Order<'a> = (
    (&'a Place, &'a Surface, &'a Option<String>),
    &'a Option<Handler>,
);

fn order(access: &Access) -> Order<'_> {
    (
        (&access.place, &access.surface, &access.element),
        &access.within,
    )
}

/// Returns the first thing that the grammar could not read: what stands in it may be missed.
fn not_parsed(context: &Context<'_, '_>) -> Option<Problem> {
    let syntax = context.syntax;
    // What is merely missing hides nothing.
    let errors = syntax
        .all()
        .filter(|&id| syntax.is_error(id) && !syntax.range(id).is_empty());
    let errors: Vec<_> = errors.collect();
    let first = *errors.first()?;
    let texts: Vec<&str> = errors.iter().map(|&id| syntax.text(id)).collect();
    let identifiers = queries::words(&texts.join(" "));
    // Punctuation hides nothing either.
    (!identifiers.is_empty()).then(|| Problem {
        place: context.file.place(syntax.range(first)),
        what: "this syntax was not understood".to_owned(),
        identifiers,
    })
}
