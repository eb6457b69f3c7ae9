//! node-pg-migrate: `exports.up = (pgm) => { pgm.addColumns("users", { age: { type: "integer" } }); }`.
//!
//! <https://salsita.github.io/node-pg-migrate/migrations/>. Names may be `{ schema, name }`. Where a file has no `down`, the tool
//! makes one from `up` as far as it can.

use coexist_model::{ConstraintKind, Effect, Element, MigrationPart, Surface, SurfaceKind};

use crate::code::context::Context;
use crate::code::javascript::columns::Described;
use crate::code::javascript::steps::Step;
use crate::code::javascript::values::Object;
use crate::code::javascript::{Program, TONGUES};
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

use super::Tool;
use super::by_name;
use super::javascript::{each_on_store, partial};
use super::script::{Script, constraint, require_keys};

pub(super) const TOOL: Tool = Tool {
    name: "node-pg-migrate",
    tongues: TONGUES,
    part,
    lower,
};

/// Calls that change no table, or what no running code could notice.
const HARMLESS: &[&str] = &[
    "func",
    "noTransaction",
    "createExtension",
    "addExtension",
    "dropExtension",
    "createSchema",
    "dropSchema",
    "createRole",
    "alterRole",
    "createSequence",
    "alterSequence",
];

fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    let program = Program::new(context);
    let up = program.way("up")?;
    let named = program.handles(up).first() == Some(&"pgm")
        || program.first_type(up).contains("MigrationBuilder");
    let mut part = (named || forced).then(|| by_name(context, TOOL.name))?;
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

impl<'a> Reader<'_, '_, '_, 'a> {
    fn given(&self, at: usize) -> Option<Id> {
        self.program.given(self.step, at)
    }

    fn object(&self, at: usize) -> Option<Object> {
        self.program.object(self.given(at)?, &self.step.scope)
    }

    fn named(&self, object: &Object, name: &str) -> Option<String> {
        self.program.text(object.get(name)?, &self.step.scope)
    }

    /// `"users"` or `{ schema: "audit", name: "users" }`.
    fn name_of(&self, id: Id) -> Option<String> {
        let Some(object) = self.program.object(id, &self.step.scope) else {
            return self.program.text(id, &self.step.scope);
        };
        let name = self.named(&object, "name")?;
        match self.named(&object, "schema").filter(|s| s != "public") {
            Some(schema) => Some(format!("{schema}.{name}")),
            None => Some(name),
        }
    }

    fn name(&self, at: usize) -> Option<String> {
        self.name_of(self.given(at)?)
    }

    fn texts(&self, at: usize) -> Option<Vec<String>> {
        self.program.texts(self.given(at)?, &self.step.scope)
    }

    fn says(&self, at: usize, flag: &str) -> bool {
        let options = self.object(at).unwrap_or_default();
        self.program.is_set(&options, flag, &self.step.scope)
    }

    fn call(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        let id = self.step.id;
        if HARMLESS.contains(&self.step.name) {
            return Some(());
        }
        if self.step.name == "sql" {
            self.program.sql(script, self.step, self.given(0));
            return Some(());
        }
        let name = self.name(0);
        let type_surface = || Some(Surface::new(SurfaceKind::Type, name.clone()?));
        match self.step.name {
            "addColumns" | "addColumn" => {
                let table = name?;
                for elements in self.columns(script, &table)? {
                    script.add_column(id, &table, elements);
                    script.conditionally(self.says(2, "ifNotExists"));
                }
            }
            "dropColumns" | "dropColumn" => {
                let table = name?;
                let columns = match self.object(1) {
                    Some(object) => object.entries.into_iter().map(|(name, _)| name).collect(),
                    None => self.texts(1)?,
                };
                for column in columns {
                    script.on_table(id, &table, Effect::DropColumn { column });
                    script.conditionally(self.says(2, "ifExists"));
                }
            }
            "renameColumn" => {
                let (column, to) = (self.name(1)?, self.name(2)?);
                script.on_table(id, &name?, Effect::RenameColumn { column, to });
            }
            "alterColumn" => return self.alter_column(script, &name?),
            "createTable" => {
                let table = name?;
                let mut elements: Vec<Element> = self
                    .columns(script, &table)?
                    .into_iter()
                    .flatten()
                    .collect();
                require_keys(&mut elements);
                let options = self.object(2).unwrap_or_default();
                if let Some(more) = options.get("constraints") {
                    let more = self.program.object(more, &self.step.scope)?;
                    elements.extend(self.constraints(script, &table, &more, None));
                }
                script.on_table(id, &table, Effect::CreateTable { elements });
                script.conditionally(self.says(2, "ifNotExists"));
            }
            "dropTable" => {
                script.on_table(id, &name?, Effect::DropTable);
                script.conditionally(self.says(1, "ifExists"));
            }
            "renameTable" => {
                let to = self.name(1)?;
                script.on_table(id, &name?, Effect::RenameTable { to });
            }
            "addConstraint" | "createConstraint" => return self.add_constraint(script, &name?),
            "dropConstraint" => {
                let (table, name) = (name?, self.name(1)?);
                script.on_table(id, &table, Effect::DropConstraint { name });
                script.conditionally(self.says(2, "ifExists"));
            }
            "renameConstraint" => {
                let (from, to) = (self.name(1)?, self.name(2)?);
                script.on_table(id, &name?, Effect::RenameConstraint { name: from, to });
            }
            "createIndex" | "addIndex" => self.create_index(script, &name?),
            "dropIndex" => {
                let table = name?;
                let index = self.index_name(&table, self.texts(1).unwrap_or_default(), 2);
                script.on_table(id, &table, Effect::DropConstraint { name: index });
            }
            "createType" | "addType" => {
                let values = self.texts(1)?;
                script.emit(id, type_surface()?, Effect::CreateEnum { values });
            }
            "addTypeValue" => {
                let value = self.name(1)?;
                script.emit(id, type_surface()?, Effect::AddEnumValue { value });
            }
            "renameTypeValue" => {
                let (value, to) = (self.name(1)?, self.name(2)?);
                script.emit(id, type_surface()?, Effect::RenameEnumValue { value, to });
            }
            "dropType" => script.emit(id, type_surface()?, Effect::DropType),
            "dropView" | "dropMaterializedView" => {
                let view = Surface::new(SurfaceKind::View, name?);
                script.emit(id, view, Effect::DropView);
            }
            _ => return None,
        }
        Some(())
    }

    /// Returns the columns that the second argument describes.
    fn columns(&self, script: &mut Script<'_, '_, '_>, table: &str) -> Option<Vec<Vec<Element>>> {
        let described = self.object(1).filter(|o| !o.open)?;
        let each = described.entries.iter().map(|(name, value)| {
            let column = self.described(script, *value)?;
            Some(column.elements(script, *value, table, name))
        });
        each.collect()
    }

    /// `"text"`, `"id"` for a serial key, or an object.
    fn described(&self, script: &Script<'_, '_, '_>, id: Id) -> Option<Described> {
        let scope = &self.step.scope;
        let spelled = |text: &str| type_of(text, script.dialect);
        if let Some(text) = self.program.text(id, scope) {
            let key = text == "id";
            return Some(Described {
                type_name: if key {
                    spelled("serial")
                } else {
                    spelled(&text)
                },
                generated: key || text.to_lowercase().ends_with("serial"),
                primary: key,
                ..Described::default()
            });
        }
        let object = self.program.object(id, scope)?;
        let is = |name: &str| self.program.is_set(&object, name, scope);
        let text = self.named(&object, "type")?;
        Some(Described {
            type_name: spelled(&text),
            required: is("notNull"),
            default: object
                .get("default")
                .and_then(|d| self.program.default_value(d, scope)),
            generated: text.to_lowercase().ends_with("serial")
                || object.get("sequenceGenerated").is_some()
                || object.get("expressionGenerated").is_some(),
            primary: is("primaryKey"),
            unique: is("unique"),
            references: object.get("references").and_then(|r| self.target(r)),
        })
    }

    /// `"users"`, `"users(id)"`, `'"users"'`.
    fn target(&self, id: Id) -> Option<String> {
        let text = self.name_of(id)?;
        let table = text.split('(').next()?.trim();
        Some(table.trim_matches('"').to_owned())
    }

    fn alter_column(&self, script: &mut Script<'_, '_, '_>, table: &str) -> Option<()> {
        let id = self.step.id;
        let column = self.name(1)?;
        let options = self.object(2)?;
        let name = || column.clone();
        if let Some(text) = self.named(&options, "type") {
            let type_name = type_of(&text, script.dialect);
            script.on_table(
                id,
                table,
                Effect::SetType {
                    column: name(),
                    type_name,
                },
            );
        }
        if let Some(default) = options.get("default") {
            let default = self.program.default_value(default, &self.step.scope);
            script.on_table(
                id,
                table,
                Effect::SetDefault {
                    column: name(),
                    default,
                },
            );
        }
        let flag = |name: &str| {
            let value = options.get(name)?;
            self.program.flag(value, &self.step.scope)
        };
        let required = flag("notNull").or_else(|| flag("allowNull").map(|allows| !allows));
        if let Some(required) = required {
            script.on_table(
                id,
                table,
                Effect::SetRequired {
                    column: name(),
                    required,
                },
            );
        }
        Some(())
    }

    fn add_constraint(&self, script: &mut Script<'_, '_, '_>, table: &str) -> Option<()> {
        let name = self.name(1);
        let Some(options) = self.object(2) else {
            // The constraint as SQL.
            let sql = self.name(2)?;
            let text = format!(
                "ALTER TABLE \"{}\" ADD CONSTRAINT \"{}\" {sql}",
                table.replace('.', "\".\""),
                name?
            );
            let place = script.place(self.step.id);
            script.sql_at(&text, &|_| place.clone());
            return Some(());
        };
        for element in self.constraints(script, table, &options, name) {
            script.on_table(self.step.id, table, Effect::AddConstraint(element));
        }
        Some(())
    }

    fn constraints(
        &self,
        script: &mut Script<'_, '_, '_>,
        table: &str,
        options: &Object,
        name: Option<String>,
    ) -> Vec<Element> {
        let mut found = Vec::new();
        for (key, value) in &options.entries {
            let columns = || {
                self.program
                    .texts(*value, &self.step.scope)
                    .unwrap_or_default()
            };
            let (kind, columns) = match key.as_str() {
                "unique" => (ConstraintKind::Unique, columns()),
                "primaryKey" => (ConstraintKind::PrimaryKey, columns()),
                "check" => {
                    let expression = columns().into_iter().next().unwrap_or_default();
                    (ConstraintKind::Check { expression }, Vec::new())
                }
                "exclude" => (ConstraintKind::Exclusion, Vec::new()),
                "foreignKeys" => {
                    let items = self.program.items(*value, &self.step.scope);
                    for item in items.unwrap_or_else(|| vec![*value]) {
                        let key = self
                            .program
                            .object(item, &self.step.scope)
                            .unwrap_or_default();
                        let columns = key
                            .get("columns")
                            .and_then(|c| self.program.texts(c, &self.step.scope));
                        let target = key.get("references").and_then(|r| self.target(r));
                        let kind = ConstraintKind::ForeignKey {
                            table: target.unwrap_or_default(),
                        };
                        let columns = columns.unwrap_or_default();
                        found.push(constraint(script, item, table, name.clone(), kind, columns));
                    }
                    continue;
                }
                _ => continue,
            };
            found.push(constraint(
                script,
                *value,
                table,
                name.clone(),
                kind,
                columns,
            ));
        }
        found
    }

    fn create_index(&self, script: &mut Script<'_, '_, '_>, table: &str) {
        let columns = self.texts(1);
        let options = self.object(2).unwrap_or_default();
        let kind = match self.says(2, "unique") {
            true => ConstraintKind::Unique,
            false => ConstraintKind::Index,
        };
        let some = columns.is_none() || options.get("where").is_some();
        let columns = columns.unwrap_or_default();
        let name = Some(self.index_name(table, columns.clone(), 2));
        let element = constraint(script, self.step.id, table, name, kind, columns);
        script.on_table(
            self.step.id,
            table,
            Effect::AddConstraint(partial(element, some)),
        );
        script.conditionally(self.says(2, "ifNotExists"));
    }

    /// Returns the name of an index: as it is given, or made from its columns.
    fn index_name(&self, table: &str, columns: Vec<String>, options: usize) -> String {
        let given = self.object(options).unwrap_or_default();
        let bare = table.rsplit('.').next().unwrap_or(table);
        let unique = if self.says(options, "unique") {
            "_unique"
        } else {
            ""
        };
        self.named(&given, "name")
            .unwrap_or_else(|| format!("{bare}_{}{unique}_index", columns.join("_")))
    }
}
