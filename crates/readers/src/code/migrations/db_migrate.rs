//! db-migrate: `exports.up = function (db, callback) { db.addColumn("users", "age", { type: "int" }, callback); };`.
//!
//! <https://db-migrate.readthedocs.io/en/latest/API/SQL/>.

use coexist_model::{ConstraintKind, Effect, MigrationPart};

use crate::code::context::Context;
use crate::code::javascript::columns::Described;
use crate::code::javascript::steps::Step;
use crate::code::javascript::values::Object;
use crate::code::javascript::{Program, TONGUES};
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

use super::Tool;
use super::by_name;
use super::javascript::each_on_store;
use super::script::{Script, constraint, require_keys};

pub(super) const TOOL: Tool = Tool {
    name: "db-migrate",
    tongues: TONGUES,
    part,
    lower,
};

/// Calls by which a handle is known to be that of db-migrate.
const METHODS: &[&str] = &[
    "runSql",
    "createTable",
    "dropTable",
    "renameTable",
    "addColumn",
    "removeColumn",
    "renameColumn",
    "changeColumn",
    "addIndex",
    "removeIndex",
    "addForeignKey",
    "removeForeignKey",
];

/// Calls that ask, or what no running code could notice.
const HARMLESS: &[&str] = &["each", "startMigration", "endMigration", "close"];

fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    let program = Program::new(context);
    let up = program.way("up")?;
    let s = context.syntax;
    let handles = program.handles(up);
    let is_called = |step: &Step<'_>| {
        let receiver = s.receiver(step.call).map(|r| s.text(r));
        METHODS.contains(&step.name) && receiver.is_some_and(|r| handles.contains(&r))
    };
    let own = || program.steps(up).iter().any(is_called);
    let mut part = (forced || own()).then(|| by_name(context, TOOL.name))?;
    part.has_down_form = program.way("down").is_some();
    Some(part)
}

fn lower(script: &mut Script<'_, '_, '_>) {
    let program = &Program::new(script.context);
    let handles = program.stores();
    each_on_store(
        script,
        program,
        &handles,
        |step| program.is_on(step, &handles),
        |script, step| Reader { program, step }.call(script),
    );
}

struct Reader<'p, 'c, 's, 'a> {
    program: &'p Program<'c, 's, 'a>,
    step: &'p Step<'a>,
}

impl Reader<'_, '_, '_, '_> {
    fn given(&self, at: usize) -> Option<Id> {
        self.program.given(self.step, at)
    }

    fn text(&self, at: usize) -> Option<String> {
        self.program.text(self.given(at)?, &self.step.scope)
    }

    fn object(&self, at: usize) -> Option<Object> {
        self.program.object(self.given(at)?, &self.step.scope)
    }

    fn call(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        let id = self.step.id;
        match self.step.name {
            // `all` asks for the rows of a query, and is given statements too.
            "runSql" | "all" => self.program.sql(script, self.step, self.given(0)),
            name if HARMLESS.contains(&name) => {}
            "createTable" => {
                let table = self.text(0)?;
                let described = self.object(1)?;
                // The columns stand in the object itself, or under `columns` beside options.
                let columns = described.get("columns");
                let columns = columns.and_then(|c| self.program.object(c, &self.step.scope));
                let described = columns.unwrap_or(described);
                let mut elements = Vec::new();
                for (name, value) in &described.entries {
                    let column = self.described(script, *value)?;
                    elements.extend(column.elements(script, *value, &table, name));
                }
                require_keys(&mut elements);
                script.on_table(id, &table, Effect::CreateTable { elements });
            }
            "dropTable" => {
                script.on_table(id, &self.text(0)?, Effect::DropTable);
                let options = self.object(1).unwrap_or_default();
                let checks = self.program.is_set(&options, "ifExists", &self.step.scope);
                script.conditionally(checks);
            }
            "renameTable" => {
                let to = self.text(1)?;
                script.on_table(id, &self.text(0)?, Effect::RenameTable { to });
            }
            "addColumn" => {
                let (table, name, given) = (self.text(0)?, self.text(1)?, self.given(2)?);
                let column = self.described(script, given)?;
                let elements = column.elements(script, given, &table, &name);
                script.add_column(id, &table, elements);
            }
            "removeColumn" => {
                let column = self.text(1)?;
                script.on_table(id, &self.text(0)?, Effect::DropColumn { column });
            }
            "renameColumn" => {
                let (column, to) = (self.text(1)?, self.text(2)?);
                script.on_table(id, &self.text(0)?, Effect::RenameColumn { column, to });
            }
            "changeColumn" => self.change(script)?,
            "addIndex" => {
                let (table, name) = (self.text(0)?, self.text(1)?);
                let columns = self.program.texts(self.given(2)?, &self.step.scope)?;
                let s = self.program.context.syntax;
                let kind = match self.given(3).map(|u| s.text(u)) {
                    Some("true") => ConstraintKind::Unique,
                    _ => ConstraintKind::Index,
                };
                let index = constraint(script, id, &table, Some(name), kind, columns);
                script.on_table(id, &table, Effect::AddConstraint(index));
            }
            "removeIndex" => {
                // The table may be left out.
                let name = self.text(1)?;
                script.on_table(id, &self.text(0)?, Effect::DropConstraint { name });
            }
            "addForeignKey" => {
                let (table, to, name) = (self.text(0)?, self.text(1)?, self.text(2)?);
                let columns = self.object(3)?.entries.into_iter().map(|(from, _)| from);
                let kind = ConstraintKind::ForeignKey { table: to };
                let columns = columns.collect();
                let key = constraint(script, id, &table, Some(name), kind, columns);
                script.on_table(id, &table, Effect::AddConstraint(key));
            }
            "removeForeignKey" => {
                let name = self.text(1)?;
                script.on_table(id, &self.text(0)?, Effect::DropConstraint { name });
            }
            _ => return None,
        }
        Some(())
    }

    /// `"string"`, or an object.
    fn described(&self, script: &Script<'_, '_, '_>, id: Id) -> Option<Described> {
        let scope = &self.step.scope;
        let spelled = |text: &str| match text {
            // The tool's own names: https://db-migrate.readthedocs.io/en/latest/API/SQL/#datatypes
            "string" => type_of("varchar", script.dialect),
            "datetime" => type_of("timestamp", script.dialect),
            _ => type_of(text, script.dialect),
        };
        if let Some(text) = self.program.text(id, scope) {
            return Some(Described {
                type_name: spelled(&text),
                ..Described::default()
            });
        }
        let object = self.program.object(id, scope)?;
        let is = |name: &str| self.program.is_set(&object, name, scope);
        let text = self.program.text(object.get("type")?, scope)?;
        let key = object.get("foreignKey");
        let key = key.and_then(|k| self.program.object(k, scope));
        Some(Described {
            type_name: spelled(&text),
            required: is("notNull"),
            default: object
                .get("defaultValue")
                .and_then(|d| self.program.default_value(d, scope)),
            generated: is("autoIncrement"),
            primary: is("primaryKey"),
            unique: is("unique"),
            references: key.and_then(|k| self.program.text(k.get("table")?, scope)),
        })
    }

    fn change(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        let (table, column) = (self.text(0)?, self.text(1)?);
        let (options, id) = (self.object(2)?, self.step.id);
        let scope = &self.step.scope;
        let name = || column.clone();
        if options.get("type").is_some() {
            let described = self.described(script, self.given(2)?)?;
            let effect = Effect::SetType {
                column: name(),
                type_name: described.type_name,
            };
            script.on_table(id, &table, effect);
        }
        if let Some(required) = options
            .get("notNull")
            .and_then(|v| self.program.flag(v, scope))
        {
            let column = name();
            script.on_table(id, &table, Effect::SetRequired { column, required });
        }
        if let Some(default) = options.get("defaultValue") {
            let default = self.program.default_value(default, scope);
            let column = name();
            script.on_table(id, &table, Effect::SetDefault { column, default });
        }
        Some(())
    }
}
