//! Kysely: `up(db)` with chains on `db.schema` that end in `.execute()`.
//!
//! <https://kysely.dev/docs/migrations>, <https://kysely-org.github.io/kysely-apidoc/classes/SchemaModule.html>. A column may be NULL
//! unless its description says `notNull()`.

use coexist_model::{ConstraintKind, Effect, Element, MigrationPart, Rows, Surface, SurfaceKind};

use crate::code::context::Context;
use crate::code::javascript::columns::Described;
use crate::code::javascript::steps::Step;
use crate::code::javascript::{Program, TONGUES};
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

use super::Tool;
use super::by_name;
use super::javascript::{both_ways, partial};
use super::script::{Script, constraint, require_keys};

pub(super) const TOOL: Tool = Tool {
    name: "kysely",
    tongues: TONGUES,
    part,
    lower,
};

fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    let program = Program::new(context);
    let up = program.way("up")?;
    let typed = program.first_type(up).contains("Kysely");
    (typed || forced).then(|| by_name(context, TOOL.name))
}

fn lower(script: &mut Script<'_, '_, '_>) {
    let program = Program::new(script.context);
    both_ways(script, &program, |script, steps| {
        for step in steps {
            script.branch(step.conditional);
            let reader = Chain {
                program: &program,
                step,
                links: program.chained(step.id),
            };
            reader.read(script);
        }
    });
}

/// One chain, from its first call on.
struct Chain<'p, 'c, 's, 'a> {
    program: &'p Program<'c, 's, 'a>,
    step: &'p Step<'a>,
    links: Vec<(&'a str, Id)>,
}

impl<'a> Chain<'_, '_, '_, 'a> {
    fn read(&self, script: &mut Script<'_, '_, '_>) {
        let s = self.program.context.syntax;
        // sql`…`.execute(db)
        let tagged = s.called(self.step.call) == "sql"
            && self
                .step
                .call
                .arguments
                .is_some_and(|a| s.kind(a) == "template_string");
        if tagged {
            if self.link("execute").is_some() {
                self.program.sql(script, self.step, Some(self.step.id));
            }
            return;
        }
        let Some(receiver) = s.receiver(self.step.call) else {
            return;
        };
        let on_schema =
            s.last_name(s.bare(receiver)) == "schema" && s.call(s.bare(receiver)).is_none();
        let understood = match self.step.name {
            "updateTable" => self.rows(script, Rows::Updated),
            "insertInto" => self.rows(script, Rows::Inserted),
            "deleteFrom" => self.rows(script, Rows::Deleted),
            // `sql.raw("…").execute(db)`.
            "raw" if s.text(receiver) == "sql" && self.link("execute").is_some() => {
                match s.arguments(self.step.call).first() {
                    Some(&sql) => self.program.sql(script, self.step, Some(sql)),
                    None => return,
                }
                Some(())
            }
            _ if on_schema => self.on_schema(script),
            _ => return,
        };
        if understood.is_none() {
            let reason = format!("this use of {} is not understood", self.step.name);
            script.opaque(self.step.id, &reason);
        }
    }

    fn link(&self, name: &str) -> Option<Id> {
        let found = self.links.iter().find(|(n, _)| *n == name);
        found.map(|(_, id)| *id)
    }

    fn text(&self, call: Id, at: usize) -> Option<String> {
        let given = self.program.arguments(call);
        self.program.text(*given.get(at)?, &self.step.scope)
    }

    fn texts(&self, call: Id, at: usize) -> Option<Vec<String>> {
        let given = self.program.arguments(call);
        self.program.texts(*given.get(at)?, &self.step.scope)
    }

    fn on_schema(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        let id = self.step.id;
        let name = self.text(id, 0)?;
        let exists = self.link("ifExists").is_some() || self.link("ifNotExists").is_some();
        match self.step.name {
            "createTable" => {
                let elements = self.elements(script, &name)?;
                script.on_table(id, &name, Effect::CreateTable { elements });
            }
            "dropTable" => script.on_table(id, &name, Effect::DropTable),
            "alterTable" => return self.alter(script, &name),
            "createIndex" => {
                let table = self.text(self.link("on")?, 0)?;
                let columns = self.link("columns").or_else(|| self.link("column"));
                let columns = columns.and_then(|c| self.texts(c, 0));
                let some = columns.is_none()
                    || self.link("where").is_some()
                    || self.link("expression").is_some();
                let kind = match self.link("unique") {
                    Some(_) => ConstraintKind::Unique,
                    None => ConstraintKind::Index,
                };
                let columns = columns.unwrap_or_default();
                let element = constraint(script, id, &table, Some(name), kind, columns);
                script.on_table(id, &table, Effect::AddConstraint(partial(element, some)));
            }
            "dropIndex" => {
                let table = self
                    .link("on")
                    .and_then(|on| self.text(on, 0))
                    .unwrap_or_default();
                script.on_table(id, &table, Effect::DropConstraint { name });
            }
            "createType" => {
                let values = self.texts(self.link("asEnum")?, 0)?;
                script.emit(
                    id,
                    Surface::new(SurfaceKind::Type, name),
                    Effect::CreateEnum { values },
                );
            }
            "dropType" => script.emit(id, Surface::new(SurfaceKind::Type, name), Effect::DropType),
            "dropView" => script.emit(id, Surface::new(SurfaceKind::View, name), Effect::DropView),
            "createSchema" | "dropSchema" => return Some(()),
            _ => return None,
        }
        script.conditionally(exists);
        Some(())
    }

    fn elements(&self, script: &mut Script<'_, '_, '_>, table: &str) -> Option<Vec<Element>> {
        let mut elements = Vec::new();
        for &(name, id) in &self.links {
            match name {
                "addColumn" => elements.extend(self.column(script, table, id)?),
                "execute" | "ifNotExists" | "temporary" | "modifyEnd" | "modifyFront" => {}
                _ => elements.push(self.constraint(script, table, name, id)?),
            }
        }
        require_keys(&mut elements);
        Some(elements)
    }

    fn alter(&self, script: &mut Script<'_, '_, '_>, table: &str) -> Option<()> {
        for &(name, id) in &self.links {
            match name {
                "addColumn" => {
                    let elements = self.column(script, table, id)?;
                    script.add_column(id, table, elements);
                }
                "dropColumn" => {
                    let column = self.text(id, 0)?;
                    script.on_table(id, table, Effect::DropColumn { column });
                }
                "renameColumn" => {
                    let (column, to) = (self.text(id, 0)?, self.text(id, 1)?);
                    script.on_table(id, table, Effect::RenameColumn { column, to });
                }
                "renameTo" => {
                    let to = self.text(id, 0)?;
                    script.on_table(id, table, Effect::RenameTable { to });
                }
                "alterColumn" => self.alter_column(script, table, id)?,
                "dropConstraint" | "dropIndex" => {
                    let name = self.text(id, 0)?;
                    script.on_table(id, table, Effect::DropConstraint { name });
                }
                "modifyColumn" => self.modify_column(script, table, id)?,
                "execute" | "ifExists" | "ifNotExists" | "onDelete" | "onUpdate" => {}
                _ => {
                    let element = self.constraint(script, table, name, id)?;
                    script.on_table(id, table, Effect::AddConstraint(element));
                }
            }
        }
        Some(())
    }

    /// `alterColumn("age", (col) => col.setNotNull())`.
    fn alter_column(&self, script: &mut Script<'_, '_, '_>, table: &str, id: Id) -> Option<()> {
        let column = self.text(id, 0)?;
        for (name, call) in self.description(id, 1) {
            let column = column.clone();
            let effect = match name {
                "setNotNull" => Effect::SetRequired {
                    column,
                    required: true,
                },
                "dropNotNull" => Effect::SetRequired {
                    column,
                    required: false,
                },
                "setDefault" => Effect::SetDefault {
                    column,
                    default: self.default_of(call),
                },
                "dropDefault" => Effect::SetDefault {
                    column,
                    default: None,
                },
                "setDataType" => Effect::SetType {
                    column,
                    type_name: self.type_name(script, *self.program.arguments(call).first()?),
                },
                _ => return None,
            };
            script.on_table(id, table, effect);
        }
        Some(())
    }

    /// MySQL's: the whole description again.
    fn modify_column(&self, script: &mut Script<'_, '_, '_>, table: &str, id: Id) -> Option<()> {
        let column = self.text(id, 0)?;
        let described = self.described(script, id)?;
        let (type_name, required) = (described.type_name, described.required);
        let name = || column.clone();
        script.on_table(
            id,
            table,
            Effect::SetType {
                column: name(),
                type_name,
            },
        );
        let default = described.default;
        script.on_table(
            id,
            table,
            Effect::SetDefault {
                column: name(),
                default,
            },
        );
        script.on_table(
            id,
            table,
            Effect::SetRequired {
                column: name(),
                required,
            },
        );
        Some(())
    }

    /// Returns the calls of the function that describes a column: `(col) => col.notNull().defaultTo(1)`.
    fn description(&self, call: Id, at: usize) -> Vec<(&'a str, Id)> {
        let s = self.program.context.syntax;
        let given = self.program.arguments(call);
        let Some(function) = given
            .get(at)
            .filter(|&&f| s.profile.functions.contains(&s.kind(f)))
        else {
            return Vec::new();
        };
        let mut calls: Vec<(usize, &'a str, Id)> = s
            .below(*function)
            .filter_map(|id| Some((id, s.call(id)?)))
            .filter(|(_, call)| s.receiver(*call).is_some())
            .map(|(id, call)| (s.range(call.callee).end, s.called(call), id))
            .collect();
        calls.sort();
        calls.into_iter().map(|(_, name, id)| (name, id)).collect()
    }

    fn described(&self, script: &Script<'_, '_, '_>, call: Id) -> Option<Described> {
        let type_id = *self.program.arguments(call).get(1)?;
        let description = self.description(call, 2);
        let called = |name: &str| {
            description
                .iter()
                .find(|(n, _)| *n == name)
                .map(|(_, id)| *id)
        };
        let spelled = self.text(call, 1).unwrap_or_default();
        let references = called("references").and_then(|r| self.text(r, 0));
        Some(Described {
            type_name: self.type_name(script, type_id),
            required: called("notNull").is_some(),
            default: called("defaultTo").and_then(|d| self.default_of(d)),
            generated: spelled.ends_with("serial")
                || [
                    "autoIncrement",
                    "generatedAlwaysAs",
                    "generatedAlwaysAsIdentity",
                    "generatedByDefaultAsIdentity",
                    "identity",
                ]
                .iter()
                .any(|g| called(g).is_some()),
            primary: called("primaryKey").is_some(),
            unique: called("unique").is_some(),
            references: references
                .and_then(|r| r.rsplit_once('.').map(|(table, _)| table.to_owned())),
        })
    }

    fn column(
        &self,
        script: &mut Script<'_, '_, '_>,
        table: &str,
        call: Id,
    ) -> Option<Vec<Element>> {
        let name = self.text(call, 0)?;
        let described = self.described(script, call)?;
        Some(described.elements(script, call, table, &name))
    }

    fn default_of(&self, call: Id) -> Option<String> {
        let first = *self.program.arguments(call).first()?;
        self.program.default_value(first, &self.step.scope)
    }

    /// Returns a type: a text, or SQL in a tagged template.
    fn type_name(&self, script: &Script<'_, '_, '_>, id: Id) -> String {
        let spelled = self.program.text(id, &self.step.scope).unwrap_or_default();
        type_of(&spelled, script.dialect)
    }

    /// `addUniqueConstraint("name", ["a"])` and its like; None for anything else.
    fn constraint(
        &self,
        script: &mut Script<'_, '_, '_>,
        table: &str,
        name: &str,
        call: Id,
    ) -> Option<Element> {
        let (kind, columns) = match name {
            "addUniqueConstraint" => (ConstraintKind::Unique, self.texts(call, 1)?),
            "addPrimaryKeyConstraint" => (ConstraintKind::PrimaryKey, self.texts(call, 1)?),
            "addForeignKeyConstraint" => {
                let table = self.text(call, 2)?;
                (ConstraintKind::ForeignKey { table }, self.texts(call, 1)?)
            }
            "addCheckConstraint" => {
                let expression = self.text(call, 1).unwrap_or_default();
                (ConstraintKind::Check { expression }, Vec::new())
            }
            _ => return None,
        };
        let name = self.text(call, 0);
        Some(constraint(script, call, table, name, kind, columns))
    }

    fn rows(&self, script: &mut Script<'_, '_, '_>, rows: Rows) -> Option<()> {
        let table = self.text(self.step.id, 0)?;
        let table = table.split_whitespace().next()?.to_owned();
        let given = self.link("set").or_else(|| self.link("values"));
        let given = given.and_then(|g| self.program.arguments(g).first().copied());
        let values = given.and_then(|g| self.program.object(g, &self.step.scope));
        let effect = self
            .program
            .backfill(rows, &values.unwrap_or_default(), &self.step.scope);
        script.on_table(self.step.id, &table, effect);
        Some(())
    }
}
