//! The commands of Active Record's migrations, each with what undoes it.
//!
//! What can be undone: `ActiveRecord::Migration::CommandRecorder`,
//! <https://github.com/rails/rails/blob/main/activerecord/lib/active_record/migration/command_recorder.rb>.

use coexist_model::{Detail, Effect, Element, Rows, Surface, SurfaceKind};

use crate::code::ruby::{Options, Sent};
use crate::code::syntax::Id;

use super::acts::{Command, Step};
use super::columns;
use super::walk::Walk;
use super::{additions, changes, tables};

/// Returns what a command does; None where it is not understood.
pub(super) fn read<'a>(walk: &mut Walk<'_, '_, 'a>, sent: &Sent<'a>) -> Option<Command> {
    let command = match sent.name {
        "create_table" => return tables::create(walk, sent),
        "create_join_table" => return tables::create_join(walk, sent),
        "change_table" => return changes::read(walk, sent),
        _ => Read { walk, sent }.command(),
    };
    command.or_else(|| additions::read(walk, sent))
}

/// One command as it is read.
pub(super) struct Read<'w, 'c, 's, 'a> {
    pub(super) walk: &'w Walk<'c, 's, 'a>,
    pub(super) sent: &'w Sent<'a>,
}

impl Read<'_, '_, '_, '_> {
    fn command(&self) -> Option<Command> {
        Some(match self.sent.name {
            "drop_table" => self.drop_tables()?,
            "drop_join_table" => {
                let table = tables::join_name(self.walk, self.sent)?;
                Command::one_way(vec![Step::on(&table, Effect::DropTable)])
            }
            "rename_table" => {
                let (from, to) = (self.word(0)?, self.word(1)?);
                let renames =
                    |a: &str, b: &str| Step::on(a, Effect::RenameTable { to: b.to_owned() });
                Command::both(renames(&from, &to), renames(&to, &from))
            }
            "add_column" => {
                let (table, name, kind) = (self.word(0)?, self.word(1)?, self.word(2)?);
                self.add_columns(&table, &[name], &kind)
            }
            "add_columns" => {
                let kind = self.option("type")?;
                self.add_columns(&self.word(0)?, &self.words_from(1)?, &kind)
            }
            "remove_column" => {
                let (table, name) = (self.word(0)?, self.word(1)?);
                self.remove_columns(&table, &[name], self.word(2))
            }
            "remove_columns" => {
                let kind = self.option("type");
                self.remove_columns(&self.word(0)?, &self.words_from(1)?, kind)
            }
            "rename_column" => self.rename_column(&self.word(0)?, &self.word(1)?, &self.word(2)?),
            "change_column" => {
                let (table, name, kind) = (self.word(0)?, self.word(1)?, self.word(2)?);
                self.change_column(&table, &name, &kind)
            }
            "change_column_null" => {
                let (table, name) = (self.word(0)?, self.word(1)?);
                self.change_null(
                    &table,
                    &name,
                    *self.sent.placed.get(2)?,
                    self.sent.placed.get(3).copied(),
                )?
            }
            "change_column_default" => {
                let (table, name) = (self.word(0)?, self.word(1)?);
                self.change_default(&table, &name, self.sent.placed.get(2).copied())?
            }
            "add_timestamps" => self.add_timestamps(&self.word(0)?),
            "remove_timestamps" => self.add_timestamps(&self.word(0)?).inverse()?,
            "add_reference" | "add_belongs_to" => {
                self.add_references(&self.word(0)?, &self.words_from(1)?)
            }
            "remove_reference" | "remove_belongs_to" => self
                .add_references(&self.word(0)?, &self.words_from(1)?)
                .inverse()?,
            "add_index" => self.add_index(&self.word(0)?, *self.sent.placed.get(1)?)?,
            "remove_index" => {
                self.remove_index(&self.word(0)?, self.sent.placed.get(1).copied())?
            }
            "rename_index" => {
                self.rename_constraint(&self.word(0)?, &self.word(1)?, &self.word(2)?)
            }
            "add_foreign_key" => self.add_foreign_key(&self.word(0)?, &self.word(1)?),
            "remove_foreign_key" => self.remove_foreign_key(&self.word(0)?, self.word(1))?,
            "validate_foreign_key" => {
                let (table, name) = (
                    self.word(0)?,
                    self.foreign_key_name(&self.word(0)?, self.word(1))?,
                );
                self.validate(&table, name)
            }
            "add_check_constraint" => {
                let table = self.word(0)?;
                self.add_constraint(&table, self.check(&table)?)
            }
            "remove_check_constraint" => self.remove_check(&self.word(0)?)?,
            "validate_check_constraint" | "validate_constraint" => {
                let table = self.word(0)?;
                let name = self.option("name").or_else(|| self.word(1));
                let name = match name {
                    Some(name) => name,
                    None => self.check(&table)?.name,
                };
                self.validate(&table, name)
            }
            "add_unique_constraint" => {
                let table = self.word(0)?;
                self.add_constraint(&table, self.unique(&table)?)
            }
            "remove_unique_constraint" => {
                let table = self.word(0)?;
                match self.sent.placed.get(1) {
                    Some(_) => self
                        .add_constraint(&table, self.unique(&table)?)
                        .inverse()?,
                    None => self.drop_constraint(&table, self.option("name")?),
                }
            }
            "add_exclusion_constraint" => {
                let (table, expression) = (self.word(0)?, self.word(1)?);
                let element = tables::exclusion(self.walk, self.sent, &table, &expression);
                self.add_constraint(&table, element)
            }
            "remove_exclusion_constraint" => {
                let table = self.word(0)?;
                match self.word(1) {
                    Some(expression) => {
                        let element = tables::exclusion(self.walk, self.sent, &table, &expression);
                        self.add_constraint(&table, element).inverse()?
                    }
                    None => self.drop_constraint(&table, self.option("name")?),
                }
            }
            "create_enum" => self.create_enum()?,
            "drop_enum" => match self.sent.placed.get(1) {
                Some(_) => self.create_enum()?.inverse()?,
                None => Command::one_way(vec![self.on_type(Effect::DropType)?]),
            },
            "rename_enum" => {
                let (from, to) = (self.word(0)?, self.word(1).or_else(|| self.option("to"))?);
                let renames = |a: &str, b: &str| Step {
                    surface: Surface::new(SurfaceKind::Type, a),
                    effect: Effect::RenameType { to: b.to_owned() },
                    conditional: false,
                };
                Command::both(renames(&from, &to), renames(&to, &from))
            }
            "add_enum_value" => {
                let value = self.word(1)?;
                let mut step = self.on_type(Effect::AddEnumValue { value })?;
                step.conditional = self.says("if_not_exists");
                Command::one_way(vec![step])
            }
            "rename_enum_value" => {
                let (from, to) = (self.option("from")?, self.option("to")?);
                let renames = |value: &str, to: &str| {
                    let (value, to) = (value.to_owned(), to.to_owned());
                    self.on_type(Effect::RenameEnumValue { value, to })
                };
                Command::both(renames(&from, &to)?, renames(&to, &from)?)
            }
            "enable_extension"
            | "disable_extension"
            | "change_table_comment"
            | "change_column_comment"
            | "create_schema"
            | "set_primary_key" => Command::nothing(),
            // Of the gems fx and scenic: what no table or column is changed by. https://github.com/teoljungberg/fx
            "create_function" | "update_function" | "drop_function" | "create_trigger"
            | "update_trigger" | "drop_trigger" | "create_view" => Command::nothing(),
            _ => return None,
        })
    }

    /// Returns the word that stands at a place.
    pub(super) fn word(&self, place: usize) -> Option<String> {
        self.walk.scope.word(*self.sent.placed.get(place)?)
    }

    pub(super) fn words_from(&self, place: usize) -> Option<Vec<String>> {
        let rest = self.sent.placed.get(place..).unwrap_or_default();
        let words: Option<Vec<Vec<String>>> =
            rest.iter().map(|&id| self.walk.scope.words(id)).collect();
        words.map(|w| w.concat()).filter(|w| !w.is_empty())
    }

    pub(super) fn option(&self, name: &str) -> Option<String> {
        self.walk.scope.word(self.sent.options.get(name)?)
    }

    fn says(&self, name: &str) -> bool {
        self.sent.options.flag(self.walk.context().syntax, name) == Some(true)
    }

    fn drop_tables(&self) -> Option<Command> {
        let tables = self.words_from(0)?;
        let steps = tables.iter().map(|t| Step::on(t, Effect::DropTable));
        let dropped = Command::one_way(steps.collect());
        // With a block it can be made again. What stands there is not needed to know that.
        let known = self.sent.block.is_some();
        let back = || {
            let again = |t: &String| {
                Step::on(
                    t,
                    Effect::CreateTable {
                        elements: Vec::new(),
                    },
                )
            };
            tables.iter().map(again).collect()
        };
        let command = Command {
            back: known.then(back),
            ..dropped
        };
        Some(command.conditionally(self.says("if_exists")))
    }

    pub(super) fn add_columns(&self, table: &str, names: &[String], kind: &str) -> Command {
        let mut command = Command::nothing();
        for name in names {
            let element = columns::column(self.walk, self.sent.id, name, kind, &self.sent.options);
            let drop = Effect::DropColumn {
                column: name.clone(),
            };
            let added = Step::on(table, Effect::AddColumn(element));
            command = command.then(Command::both(added, Step::on(table, drop)));
        }
        command.conditionally(self.says("if_not_exists"))
    }

    /// A removed column can only be made again where its type is given.
    pub(super) fn remove_columns(
        &self,
        table: &str,
        names: &[String],
        kind: Option<String>,
    ) -> Command {
        let conditional = self.says("if_exists");
        let undone = kind.and_then(|kind| self.add_columns(table, names, &kind).inverse());
        let dropped = || {
            let drop = |name: &String| {
                let column = name.clone();
                Step::on(table, Effect::DropColumn { column })
            };
            Command::one_way(names.iter().map(drop).collect())
        };
        undone.unwrap_or_else(dropped).conditionally(conditional)
    }

    pub(super) fn rename_column(&self, table: &str, from: &str, to: &str) -> Command {
        let renames = |a: &str, b: &str| {
            let (column, to) = (a.to_owned(), b.to_owned());
            Step::on(table, Effect::RenameColumn { column, to })
        };
        Command::both(renames(from, to), renames(to, from))
    }

    pub(super) fn change_column(&self, table: &str, name: &str, kind: &str) -> Command {
        let options = &self.sent.options;
        let element = columns::column(self.walk, self.sent.id, name, kind, options);
        let Detail::Column(column) = element.detail else {
            return Command::nothing();
        };
        let named = || name.to_owned();
        let mut effects = vec![Effect::SetType {
            column: named(),
            type_name: column.type_name,
            was: None,
        }];
        if options.get("default").is_some() {
            effects.push(Effect::SetDefault {
                column: named(),
                default: column.default,
            });
        }
        if options.get("null").is_some() {
            effects.push(Effect::SetRequired {
                column: named(),
                required: !column.nullable,
            });
        }
        Command::one_way(effects.into_iter().map(|e| Step::on(table, e)).collect())
    }

    /// With a value for the rows that hold NULL, these are filled first.
    pub(super) fn change_null(
        &self,
        table: &str,
        name: &str,
        null: Id,
        value: Option<Id>,
    ) -> Option<Command> {
        let s = self.walk.context().syntax;
        let required = match s.kind(null) {
            "false" => true,
            "true" => false,
            _ => return None,
        };
        let turned = |required| {
            let column = name.to_owned();
            Step::on(table, Effect::SetRequired { column, required })
        };
        let turned = Command::both(turned(required), turned(!required));
        let fill = value.filter(|&v| required && s.kind(v) != "nil");
        Some(match fill {
            None => turned,
            Some(value) => {
                let written = self.walk.scope.word(value).map(|w| (name.to_owned(), w));
                let effect = Effect::Backfill {
                    rows: Rows::Filled,
                    columns: vec![name.to_owned()],
                    values: written.into_iter().collect(),
                };
                let filled = Command {
                    forward: vec![Step::on(table, effect)],
                    back: Some(Vec::new()),
                };
                filled.then(turned)
            }
        })
    }

    pub(super) fn change_default(
        &self,
        table: &str,
        name: &str,
        given: Option<Id>,
    ) -> Option<Command> {
        let s = self.walk.context().syntax;
        let set = |value: Id| {
            let (column, default) = (name.to_owned(), columns::default(self.walk, value));
            Step::on(table, Effect::SetDefault { column, default })
        };
        let mut options = self.sent.options.clone();
        if let Some(hash) = given.filter(|&g| s.kind(g) == "hash") {
            options = Options::of(s, hash);
        }
        match (options.get("from"), options.get("to"), given) {
            (Some(from), Some(to), _) => Some(Command::both(set(to), set(from))),
            (_, _, Some(value)) => Some(Command::one_way(vec![set(value)])),
            _ => None,
        }
    }

    pub(super) fn add_timestamps(&self, table: &str) -> Command {
        self.added(table, columns::timestamps(self.walk, self.sent))
    }

    pub(super) fn add_references(&self, table: &str, names: &[String]) -> Command {
        let elements = names.iter().flat_map(|name| {
            let found =
                columns::reference(self.walk, self.sent.id, table, name, &self.sent.options);
            found.columns.into_iter().chain(found.constraints)
        });
        self.added(table, elements.collect())
    }

    /// Returns the command that adds columns and constraints.
    pub(super) fn added(&self, table: &str, elements: Vec<Element>) -> Command {
        let mut command = Command::nothing();
        for element in elements {
            let name = element.name.clone();
            command = command.then(match element.detail {
                Detail::Column(_) => Command::both(
                    Step::on(table, Effect::AddColumn(element)),
                    Step::on(table, Effect::DropColumn { column: name }),
                ),
                // The database takes it along with its column.
                _ => Command {
                    forward: vec![Step::on(table, Effect::AddConstraint(element))],
                    back: Some(Vec::new()),
                },
            });
        }
        command.conditionally(self.says("if_not_exists"))
    }

    pub(super) fn add_constraint(&self, table: &str, element: Element) -> Command {
        let name = element.name.clone();
        let added = Command::both(
            Step::on(table, Effect::AddConstraint(element)),
            Step::on(table, Effect::DropConstraint { name }),
        );
        added.conditionally(self.says("if_not_exists"))
    }

    pub(super) fn drop_constraint(&self, table: &str, name: String) -> Command {
        let dropped = Command::one_way(vec![Step::on(table, Effect::DropConstraint { name })]);
        dropped.conditionally(self.says("if_exists"))
    }

    fn rename_constraint(&self, table: &str, from: &str, to: &str) -> Command {
        let renames = |a: &str, b: &str| {
            let (name, to) = (a.to_owned(), b.to_owned());
            Step::on(table, Effect::RenameConstraint { name, to })
        };
        Command::both(renames(from, to), renames(to, from))
    }

    pub(super) fn validate(&self, table: &str, name: String) -> Command {
        Command {
            forward: vec![Step::on(table, Effect::ValidateConstraint { name })],
            back: Some(Vec::new()),
        }
    }

    pub(super) fn add_index(&self, table: &str, on: Id) -> Option<Command> {
        let element = columns::index(self.walk, self.sent.id, table, on, &self.sent.options)?;
        Some(self.add_constraint(table, element))
    }

    pub(super) fn remove_index(&self, table: &str, on: Option<Id>) -> Option<Command> {
        let on = on.or_else(|| self.sent.options.get("column"));
        if let Some(on) = on {
            let element = columns::index(self.walk, self.sent.id, table, on, &self.sent.options)?;
            let removed = self.add_constraint(table, element).inverse()?;
            return Some(removed.conditionally(self.says("if_exists")));
        }
        Some(self.drop_constraint(table, self.option("name")?))
    }

    pub(super) fn add_foreign_key(&self, from: &str, to: &str) -> Command {
        let options = &self.sent.options;
        self.add_constraint(
            from,
            columns::foreign_key(self.walk, self.sent.id, from, to, options),
        )
    }

    pub(super) fn remove_foreign_key(&self, from: &str, to: Option<String>) -> Option<Command> {
        let conditional = self.says("if_exists");
        let to = to.or_else(|| self.option("to_table"));
        let command = match to {
            Some(to) => self.add_foreign_key(from, &to).inverse()?,
            None => self.drop_constraint(from, self.foreign_key_name(from, None)?),
        };
        Some(command.conditionally(conditional))
    }

    fn foreign_key_name(&self, from: &str, to: Option<String>) -> Option<String> {
        if let Some(name) = self.option("name") {
            return Some(name);
        }
        let column = match self.option("column") {
            Some(column) => column,
            None => columns::reference_column(&to?),
        };
        Some(columns::hashed("fk", &format!("{from}_{column}_fk")))
    }

    fn check(&self, table: &str) -> Option<Element> {
        let expression = self.word(1).or_else(|| self.option("expression"))?;
        let options = &self.sent.options;
        Some(columns::check(
            self.walk,
            self.sent.id,
            table,
            &expression,
            options,
        ))
    }

    pub(super) fn remove_check(&self, table: &str) -> Option<Command> {
        let conditional = self.says("if_exists");
        let command = match self.check(table) {
            Some(check) => self.add_constraint(table, check).inverse()?,
            None => self.drop_constraint(table, self.option("name")?),
        };
        Some(command.conditionally(conditional))
    }

    fn unique(&self, table: &str) -> Option<Element> {
        let on = match self.sent.placed.get(1) {
            Some(&on) => self.walk.scope.words(on)?,
            // `using_index: :index_users_on_email`: its columns are the index's.
            None => Vec::new(),
        };
        let mut element = tables::unique(self.walk, self.sent, table, on);
        if let (Some(index), None) = (self.option("using_index"), self.option("name")) {
            element.name = index;
        }
        Some(element)
    }

    fn on_type(&self, effect: Effect) -> Option<Step> {
        Some(Step {
            surface: Surface::new(SurfaceKind::Type, self.word(0)?),
            effect,
            conditional: self.says("if_exists"),
        })
    }

    /// Active Record makes the type only where there is none of that name.
    fn create_enum(&self) -> Option<Command> {
        let values = self.walk.scope.words(*self.sent.placed.get(1)?)?;
        let created = self.on_type(Effect::CreateEnum { values })?;
        let conditional = !self.walk.is_dump();
        let created = Step {
            conditional,
            ..created
        };
        Some(Command::both(created, self.on_type(Effect::DropType)?))
    }

    /// Returns a constraint that says that a column is never NULL.
    pub(super) fn never_null(&self, table: &str, column: &str) -> Element {
        let expression = format!("{column} IS NOT NULL");
        let mut element = columns::check(
            self.walk,
            self.sent.id,
            table,
            &expression,
            &self.sent.options,
        );
        if let Detail::Constraint(found) = &mut element.detail {
            found.columns = vec![column.to_owned()];
        }
        element
    }
}
