//! Sequelize: `up(queryInterface, Sequelize)` and `down`, run by sequelize-cli or Umzug.
//!
//! The calls: <https://sequelize.org/api/v6/class/src/dialects/abstract/query-interface.js~queryinterface>; Umzug hands the interface
//! in `context`: <https://github.com/sequelize/umzug#readme>. In a migration `allowNull` is true and `defaultValue` is a default of
//! the database, unless a function of JavaScript makes it.

use coexist_model::{ConstraintKind, Effect, MigrationPart, Rows, Surface, SurfaceKind};

use crate::code::context::Context;
use crate::code::javascript::steps::Step;
use crate::code::javascript::values::Object;
use crate::code::javascript::{Program, TONGUES};
use crate::code::orm::sequelize::types::{Attribute, attribute};
use crate::code::syntax::Id;

use super::Tool;
use super::by_name;
use super::javascript::{each_on_store, partial};
use super::script::{Script, constraint, require_keys};

pub(super) const TOOL: Tool = Tool {
    name: "sequelize",
    tongues: TONGUES,
    part,
    lower,
};

/// What a way is given by convention.
const INTERFACE: &str = "queryInterface";

/// Calls that change no table.
const HARMLESS: &[&str] = &[
    "showAllTables",
    "showAllSchemas",
    "showConstraint",
    "showIndex",
    "describeTable",
    "tableExists",
    "getForeignKeysForTables",
    "getForeignKeyReferencesForTable",
    "select",
    "rawSelect",
    "transaction",
    "startTransaction",
    "commitTransaction",
    "rollbackTransaction",
    "createSchema",
    "getQueryInterface",
    "quoteIdentifier",
    "quoteTable",
];

fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    let program = Program::new(context);
    let up = program.way("up")?;
    let named = program.handles(up).contains(&INTERFACE)
        || program.first_type(up).contains("QueryInterface")
        || asks_for_interface(context);
    (named || forced).then(|| by_name(context, TOOL.name))
}

/// Returns whether the file says `sequelize.getQueryInterface()`.
fn asks_for_interface(context: &Context<'_, '_>) -> bool {
    let s = context.syntax;
    s.all()
        .filter_map(|id| s.call(id))
        .any(|c| s.called(c) == "getQueryInterface")
}

fn lower(script: &mut Script<'_, '_, '_>) {
    let program = &Program::new(script.context);
    // The second parameter, the library, is no way to the store.
    let handles = [program.stores(), vec![INTERFACE]].concat();
    each_on_store(
        script,
        program,
        &handles,
        |step| Reader { program, step }.is_on(&handles),
        |script, step| Reader { program, step }.read(script),
    );
}

struct Reader<'p, 'c, 's, 'a> {
    program: &'p Program<'c, 's, 'a>,
    step: &'p Step<'a>,
}

impl<'a> Reader<'_, '_, '_, 'a> {
    fn is_on(&self, handles: &[&str]) -> bool {
        let receiver = self.program.context.syntax.receiver(self.step.call);
        self.is_raw() || receiver.is_some_and(|r| self.is_interface(r, handles))
    }

    /// `queryInterface.sequelize.query("…")`.
    fn is_raw(&self) -> bool {
        let s = self.program.context.syntax;
        let receiver = s.receiver(self.step.call);
        self.step.name == "query" && receiver.is_some_and(|r| s.last_name(r) == "sequelize")
    }

    fn read(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        if self.is_raw() {
            self.program.sql(script, self.step, self.argument(0));
            return Some(());
        }
        self.call(script)
    }

    fn is_interface(&self, receiver: Id, handles: &[&str]) -> bool {
        let s = self.program.context.syntax;
        let receiver = self.program.resolve(receiver, &self.step.scope);
        if let Some(call) = s.call(receiver) {
            return s.called(call) == "getQueryInterface";
        }
        let name = s.last_name(receiver);
        // What Umzug hands over may be called anything; what is in it may be called on for other things.
        let known = name == INTERFACE || HARMLESS.contains(&self.step.name);
        let calls = |n: &&str| CHANGES.contains(n);
        known && name == INTERFACE || handles.contains(&name) && calls(&self.step.name)
    }

    /// Reads a call of the interface; None where it is not understood.
    fn call(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        let id = self.step.id;
        if HARMLESS.contains(&self.step.name) {
            return Some(());
        }
        let table = self.table(0);
        match self.step.name {
            "addColumn" => {
                let (table, column) = (table?, self.text(1)?);
                let elements = self.column(script, self.argument(2)?, &table, &column)?;
                script.add_column(id, &table, elements);
            }
            "removeColumn" => {
                let (table, column) = (table?, self.text(1)?);
                script.on_table(id, &table, Effect::DropColumn { column });
            }
            "renameColumn" => {
                let (table, column, to) = (table?, self.text(1)?, self.text(2)?);
                script.on_table(id, &table, Effect::RenameColumn { column, to });
            }
            "changeColumn" => return self.change_column(script, &table?),
            "createTable" => return self.create_table(script, &table?),
            "dropTable" => {
                script.on_table(id, &table?, Effect::DropTable);
                // Sequelize says IF EXISTS each time.
                script.conditionally(true);
            }
            "renameTable" => {
                let to = self.table(1)?;
                match table {
                    Some(table) => script.on_table(id, &table, Effect::RenameTable { to }),
                    // A copy whose name is made as it runs takes the place of the table.
                    None => script.opaque_on(id, &to, "which table gets this name is not known"),
                }
            }
            "addIndex" => return self.add_index(script, &table?),
            "removeIndex" => {
                let table = table?;
                let name = self.index_name(&table, self.argument(1)?)?;
                script.on_table(id, &table, Effect::DropConstraint { name });
                script.conditionally(true);
            }
            "addConstraint" => return self.add_constraint(script, &table?),
            "removeConstraint" => {
                let (table, name) = (table?, self.text(1)?);
                script.on_table(id, &table, Effect::DropConstraint { name });
            }
            "bulkInsert" | "insert" => self.rows(script, &table?, Rows::Inserted, None),
            "bulkUpdate" | "update" => {
                self.rows(script, &table?, Rows::Updated, self.argument(1));
            }
            "bulkDelete" | "delete" => self.rows(script, &table?, Rows::Deleted, None),
            "dropEnum" => {
                let surface = Surface::new(SurfaceKind::Type, self.text(0)?);
                script.emit(id, surface, Effect::DropType);
            }
            _ => return None,
        }
        Some(())
    }

    fn argument(&self, at: usize) -> Option<Id> {
        self.program.given(self.step, at)
    }

    fn text(&self, at: usize) -> Option<String> {
        self.program.text(self.argument(at)?, &self.step.scope)
    }

    fn object(&self, id: Id) -> Option<Object> {
        self.program.object(id, &self.step.scope)
    }

    fn named(&self, object: &Object, name: &str) -> Option<String> {
        self.program.text(object.get(name)?, &self.step.scope)
    }

    /// `"users"` or `{ tableName: "users", schema: "audit" }`.
    fn table(&self, at: usize) -> Option<String> {
        self.table_of(self.argument(at)?)
    }

    fn table_of(&self, id: Id) -> Option<String> {
        let Some(object) = self.object(id) else {
            return self.program.text(id, &self.step.scope);
        };
        let table = self
            .named(&object, "tableName")
            .or_else(|| self.named(&object, "table"))?;
        match self.named(&object, "schema").filter(|s| s != "public") {
            Some(schema) => Some(format!("{schema}.{table}")),
            None => Some(table),
        }
    }

    fn described(&self, script: &Script<'_, '_, '_>, id: Id) -> Option<Attribute> {
        attribute(self.program, script.dialect, id, &self.step.scope)
    }

    fn column(
        &self,
        script: &mut Script<'_, '_, '_>,
        id: Id,
        table: &str,
        column: &str,
    ) -> Option<Vec<coexist_model::Element>> {
        let mut described = self.described(script, id)?;
        self.create_enum(script, &mut described, table, column);
        // What stands in the file itself is where it is found; a description that is shared stands with its use.
        Some(
            described
                .column
                .elements(script, self.step.id, table, column),
        )
    }

    /// PostgreSQL gets a type for each column that is an enum: `enum_users_role`.
    fn create_enum(
        &self,
        script: &mut Script<'_, '_, '_>,
        described: &mut Attribute,
        table: &str,
        column: &str,
    ) {
        let Some(values) = described.values.take() else {
            return;
        };
        if script.dialect == coexist_model::Dialect::Postgres {
            let name = format!("enum_{table}_{column}");
            let surface = Surface::new(SurfaceKind::Type, name.clone());
            script.emit(self.step.id, surface, Effect::CreateEnum { values });
            script.conditionally(true);
            described.column.type_name = name;
        }
    }

    /// PostgreSQL and MySQL get the whole description again: what it does not say is taken away.
    /// <https://github.com/sequelize/sequelize/blob/v6/src/dialects/postgres/query-generator.js>
    fn change_column(&self, script: &mut Script<'_, '_, '_>, table: &str) -> Option<()> {
        let id = self.step.id;
        let column = self.text(1)?;
        let mut described = self.described(script, self.argument(2)?)?;
        self.create_enum(script, &mut described, table, &column);
        let described = described.column;
        if let Some(to) = described.references {
            let kind = ConstraintKind::ForeignKey { table: to };
            let element = constraint(script, id, table, None, kind, vec![column]);
            script.on_table(id, table, Effect::AddConstraint(element));
            return Some(());
        }
        let (type_name, required) = (described.type_name, described.required);
        let default = described.default;
        if !type_name.is_empty() {
            let column = column.clone();
            script.on_table(id, table, Effect::SetType { column, type_name });
        }
        let name = column.clone();
        script.on_table(
            id,
            table,
            Effect::SetDefault {
                column: name,
                default,
            },
        );
        let name = column.clone();
        script.on_table(
            id,
            table,
            Effect::SetRequired {
                column: name,
                required,
            },
        );
        if described.unique {
            let element = constraint(
                script,
                id,
                table,
                None,
                ConstraintKind::Unique,
                vec![column],
            );
            script.on_table(id, table, Effect::AddConstraint(element));
        }
        Some(())
    }

    fn create_table(&self, script: &mut Script<'_, '_, '_>, table: &str) -> Option<()> {
        let attributes = self.object(self.argument(1)?)?;
        let mut elements = Vec::new();
        for (name, value) in &attributes.entries {
            let described = self.described(script, *value);
            let field = described.as_ref().and_then(|d| d.field.clone());
            let column = field.unwrap_or_else(|| name.clone());
            elements.extend(self.column(script, *value, table, &column)?);
        }
        if attributes.open {
            return None;
        }
        require_keys(&mut elements);
        elements.extend(self.unique_keys(script, table));
        script.on_table(self.step.id, table, Effect::CreateTable { elements });
        script.conditionally(true);
        Some(())
    }

    /// `uniqueKeys: { name: { fields: ["a", "b"] } }` in the options of a new table.
    fn unique_keys(
        &self,
        script: &mut Script<'_, '_, '_>,
        table: &str,
    ) -> Vec<coexist_model::Element> {
        let keys = self
            .argument(2)
            .and_then(|options| self.object(options))
            .and_then(|options| self.object(options.get("uniqueKeys")?));
        let entries = keys.map(|k| k.entries).unwrap_or_default();
        let keys = entries.into_iter().filter_map(|(name, value)| {
            let fields = self.object(value)?.get("fields")?;
            let columns = self.program.texts(fields, &self.step.scope)?;
            let name = Some(name);
            Some(constraint(
                script,
                value,
                table,
                name,
                ConstraintKind::Unique,
                columns,
            ))
        });
        keys.collect()
    }

    /// `addIndex(table, ["a"], { unique: true })`, or all in one object.
    fn add_index(&self, script: &mut Script<'_, '_, '_>, table: &str) -> Option<()> {
        let second = self.argument(1)?;
        let (fields, options) = match self.object(second) {
            Some(options) => (options.get("fields"), options),
            None => {
                let options = self.argument(2).and_then(|o| self.object(o));
                (Some(second), options.unwrap_or_default())
            }
        };
        let columns = fields.and_then(|f| self.fields(f));
        let unique = self.program.is_set(&options, "unique", &self.step.scope)
            || self
                .named(&options, "type")
                .is_some_and(|t| t.eq_ignore_ascii_case("unique"));
        let kind = if unique {
            ConstraintKind::Unique
        } else {
            ConstraintKind::Index
        };
        let covers_some = columns.is_none() || options.get("where").is_some();
        let columns = columns.unwrap_or_default();
        let name = self
            .named(&options, "name")
            .or_else(|| self.named(&options, "indexName"));
        let name = name.unwrap_or_else(|| index_name(table, &columns));
        let element = constraint(script, self.step.id, table, Some(name), kind, columns);
        let effect = Effect::AddConstraint(partial(element, covers_some));
        script.on_table(self.step.id, table, effect);
        Some(())
    }

    /// Returns the columns of an index: `"a"`, `{ name: "a", order: "DESC" }`; None where one is an expression.
    fn fields(&self, id: Id) -> Option<Vec<String>> {
        let each = |item: Id| match self.object(item) {
            Some(object) => self
                .named(&object, "name")
                .or_else(|| self.named(&object, "attribute")),
            None => self.program.text(item, &self.step.scope),
        };
        match self.program.items(id, &self.step.scope) {
            Some(items) => items.into_iter().map(each).collect(),
            None => each(id).map(|name| vec![name]),
        }
    }

    /// Returns the name of an index: as it is given, or made from its columns.
    fn index_name(&self, table: &str, id: Id) -> Option<String> {
        match self.program.items(id, &self.step.scope) {
            Some(_) => self.fields(id).map(|columns| index_name(table, &columns)),
            None => self.program.text(id, &self.step.scope),
        }
    }

    /// `addConstraint(table, { fields, type, name, references })`; before version 5 the fields stood alone.
    fn add_constraint(&self, script: &mut Script<'_, '_, '_>, table: &str) -> Option<()> {
        let second = self.argument(1)?;
        let (fields, options) = match self.object(second) {
            Some(options) => (options.get("fields"), options),
            None => (Some(second), self.object(self.argument(2)?)?),
        };
        let columns = fields.and_then(|f| self.fields(f)).unwrap_or_default();
        let kind = match self.named(&options, "type")?.to_lowercase().as_str() {
            "unique" => ConstraintKind::Unique,
            "primary key" => ConstraintKind::PrimaryKey,
            "foreign key" => {
                let to = self.object(options.get("references")?)?;
                let table = self.table_of(to.get("table")?)?;
                ConstraintKind::ForeignKey { table }
            }
            "check" => ConstraintKind::Check {
                expression: String::new(),
            },
            // SQL Server's default as a constraint.
            _ => return None,
        };
        let some = options.get("where").is_some() && kind == ConstraintKind::Unique;
        let name = self.named(&options, "name").or_else(|| {
            let suffix = match kind {
                ConstraintKind::Unique => "uk",
                ConstraintKind::PrimaryKey => "pk",
                ConstraintKind::ForeignKey { .. } => "fk",
                _ => "ck",
            };
            Some(format!("{}_{suffix}", index_name(table, &columns)))
        });
        let element = constraint(script, self.step.id, table, name, kind, columns);
        let effect = Effect::AddConstraint(partial(element, some));
        script.on_table(self.step.id, table, effect);
        Some(())
    }

    fn rows(&self, script: &mut Script<'_, '_, '_>, table: &str, rows: Rows, given: Option<Id>) {
        let values = given.and_then(|v| self.object(v)).unwrap_or_default();
        let effect = self.program.backfill(rows, &values, &self.step.scope);
        script.on_table(self.step.id, table, effect);
    }
}

/// Calls that change the store.
const CHANGES: &[&str] = &[
    "addColumn",
    "removeColumn",
    "renameColumn",
    "changeColumn",
    "createTable",
    "dropTable",
    "renameTable",
    "addIndex",
    "removeIndex",
    "addConstraint",
    "removeConstraint",
    "bulkInsert",
    "bulkUpdate",
    "bulkDelete",
    "dropEnum",
    "dropAllTables",
    "dropAllEnums",
];

/// Returns the name that Sequelize gives to an index without one: table and columns in snake case.
fn index_name(table: &str, columns: &[String]) -> String {
    let bare = table.rsplit('.').next().unwrap_or(table);
    let parts = std::iter::once(bare).chain(columns.iter().map(String::as_str));
    parts.map(underscored).collect::<Vec<_>>().join("_")
}

fn underscored(name: &str) -> String {
    let mut out = String::new();
    let mut lower_before = false;
    for c in name.chars() {
        if c.is_uppercase() && lower_before {
            out.push('_');
        }
        lower_before = c.is_lowercase() || c.is_ascii_digit();
        out.extend(c.to_lowercase());
    }
    out
}
