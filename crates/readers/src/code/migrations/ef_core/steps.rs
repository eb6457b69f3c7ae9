//! The calls on the builder.
//!
//! <https://learn.microsoft.com/dotnet/api/microsoft.entityframeworkcore.migrations.migrationbuilder>.

use coexist_model::{ConstraintKind, Detail, Effect, Element, Surface, SurfaceKind};

use crate::code::csharp::{Class, Sent, items, lambda, picked, text};
use crate::code::migrations::script::{Script, constraint, require_keys};
use crate::code::syntax::Id;

use super::{builder, columns, rows};

/// How far calls are followed from one method of the class into another.
const DEEPEST: usize = 4;
/// How many methods are read, however they call each other.
const MOST_METHODS: usize = 100;

/// Calls that change nothing which running code could notice.
const HARMLESS: &[&str] = &[
    "AlterDatabase",
    "AlterTable",
    "EnsureSchema",
    "DropSchema",
    "CreateSequence",
    "AlterSequence",
    "RestartSequence",
    "RenameSequence",
    "DropSequence",
    "IsNpgsql",
    "IsSqlite",
    "IsSqlServer",
    "IsMySql",
];

/// Reads `Up` or `Down`.
pub(super) fn method(script: &mut Script<'_, '_, '_>, class: &Class<'_>, method: Id) {
    let mut left = MOST_METHODS;
    read(script, class, method, 0, &mut left);
}

fn read(
    script: &mut Script<'_, '_, '_>,
    class: &Class<'_>,
    method: Id,
    depth: usize,
    left: &mut usize,
) {
    let context = script.context;
    let s = context.syntax;
    let Some(handle) = builder(context, method) else {
        return;
    };
    let Some(rest) = left.checked_sub(1) else {
        return;
    };
    *left = rest;
    for id in s.below(method) {
        let Some(sent) = Sent::of(s, id) else {
            continue;
        };
        let on_builder = sent.receiver.is_some_and(|r| s.text(r) == handle);
        let handed = sent.arguments().any(|a| s.text(a) == handle);
        if on_builder {
            let understood = Step { sent: &sent }.read(script);
            if understood.is_none() {
                script.opaque(id, &format!("this use of {} is not understood", sent.name));
            }
        } else if handed {
            let own = sent.receiver.is_none_or(|r| s.text(r) == "this");
            match class
                .method(s, sent.name)
                .filter(|_| own && depth < DEEPEST)
            {
                Some(inner) => read(script, class, inner, depth + 1, left),
                None => script.opaque(id, "what this function does stands elsewhere"),
            }
        }
    }
}

/// One call on the builder.
struct Step<'n, 'a> {
    sent: &'n Sent<'a>,
}

/// What a call does was understood, or was not.
type Understood = Option<()>;

impl Step<'_, '_> {
    fn read(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let id = self.sent.id;
        match self.sent.name {
            "AddColumn" => self.add_column(script),
            "DropColumn" => {
                let (column, table) = (self.text(script, 0, "name")?, self.table(script, 1)?);
                script.on_table(id, &table, Effect::DropColumn { column });
                Some(())
            }
            "RenameColumn" => {
                let (column, table) = (self.text(script, 0, "name")?, self.table(script, 1)?);
                let to = self.text(script, 2, "newName")?;
                script.on_table(id, &table, Effect::RenameColumn { column, to });
                Some(())
            }
            "AlterColumn" => {
                let (column, table) = (self.text(script, 0, "name")?, self.table(script, 1)?);
                columns::alter(script, self.sent, &table, &column);
                Some(())
            }
            "CreateTable" => self.create_table(script),
            "DropTable" => {
                let name = self.text(script, 0, "name")?;
                let table = self.in_schema(script, name, "schema", 1);
                script.on_table(id, &table, Effect::DropTable);
                Some(())
            }
            "RenameTable" => self.rename_table(script),
            "CreateIndex" => self.create_index(script),
            "DropIndex"
            | "DropForeignKey"
            | "DropPrimaryKey"
            | "DropUniqueConstraint"
            | "DropCheckConstraint" => {
                let name = self.text(script, 0, "name")?;
                // An index of SQL Server may be named without its table, and is not found then.
                let table = self.table(script, 1)?;
                script.on_table(id, &table, Effect::DropConstraint { name });
                Some(())
            }
            "RenameIndex" => {
                let (name, to) = (
                    self.text(script, 0, "name")?,
                    self.text(script, 1, "newName")?,
                );
                let table = self.table(script, 2)?;
                script.on_table(id, &table, Effect::RenameConstraint { name, to });
                Some(())
            }
            "AddPrimaryKey" => self.add_key(script, ConstraintKind::PrimaryKey),
            "AddUniqueConstraint" => self.add_key(script, ConstraintKind::Unique),
            "AddForeignKey" => {
                let to = self.text(script, 3, "principalTable")?;
                let table = self.in_schema(script, to, "principalSchema", usize::MAX);
                self.add_key(script, ConstraintKind::ForeignKey { table })
            }
            "CreateCheckConstraint" | "AddCheckConstraint" => {
                let (name, table) = (self.text(script, 0, "name")?, self.table(script, 1)?);
                let expression = self.text(script, 2, "sql")?;
                let kind = ConstraintKind::Check { expression };
                let element = constraint(script, id, &table, Some(name), kind, Vec::new());
                script.on_table(id, &table, Effect::AddConstraint(element));
                Some(())
            }
            "InsertData" => rows::insert(script, self.sent, &self.first_table(script)?),
            "UpdateData" => rows::update(script, self.sent, &self.first_table(script)?),
            "DeleteData" => rows::delete(script, self.sent, &self.first_table(script)?),
            "Sql" => {
                let sql = self.sent.at(0, "sql")?;
                script.context.strings.literal(sql)?;
                script.sql(sql);
                Some(())
            }
            name if HARMLESS.contains(&name) => {
                enums(script, self.sent);
                Some(())
            }
            _ => None,
        }
    }

    fn text(&self, script: &Script<'_, '_, '_>, place: usize, name: &str) -> Option<String> {
        text(script.context, self.sent.at(place, name)?)
    }

    fn in_schema(
        &self,
        script: &Script<'_, '_, '_>,
        name: String,
        argument: &str,
        place: usize,
    ) -> String {
        let schema = self.sent.at(place, argument);
        let schema = schema.and_then(|id| text(script.context, id));
        qualified(schema, name)
    }

    /// Returns the table of a call that names it behind what is in it.
    fn table(&self, script: &Script<'_, '_, '_>, place: usize) -> Option<String> {
        let name = self.text(script, place, "table")?;
        Some(self.in_schema(script, name, "schema", usize::MAX))
    }

    /// Returns the table of a call that names it first.
    fn first_table(&self, script: &Script<'_, '_, '_>) -> Option<String> {
        self.table(script, 0)
    }

    /// Returns the columns that a call names, one or several.
    fn columns(&self, script: &Script<'_, '_, '_>) -> Option<Vec<String>> {
        let given = self
            .sent
            .named("columns")
            .or_else(|| self.sent.at(2, "column"))?;
        rows::texts(script, given)
    }

    fn add_column(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let (name, table) = (self.text(script, 0, "name")?, self.table(script, 1)?);
        let element = Element {
            name,
            detail: Detail::Column(columns::column(script, self.sent, 2)),
            place: script.place(self.sent.id),
        };
        script.on_table(self.sent.id, &table, Effect::AddColumn(element));
        Some(())
    }

    fn rename_table(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let name = self.text(script, 0, "name")?;
        let table = self.in_schema(script, name.clone(), "schema", 1);
        let to = self.text(script, 2, "newName").unwrap_or(name);
        let schema = self.sent.named("newSchema").or(self.sent.named("schema"));
        let schema = schema.and_then(|id| text(script.context, id));
        let to = qualified(schema, to);
        script.on_table(self.sent.id, &table, Effect::RenameTable { to });
        Some(())
    }

    fn add_key(&self, script: &mut Script<'_, '_, '_>, kind: ConstraintKind) -> Understood {
        let (name, table) = (self.text(script, 0, "name")?, self.table(script, 1)?);
        let columns = self.columns(script)?;
        let element = constraint(script, self.sent.id, &table, Some(name), kind, columns);
        script.on_table(self.sent.id, &table, Effect::AddConstraint(element));
        Some(())
    }

    fn create_index(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let s = script.context.syntax;
        let (name, table) = (self.text(script, 0, "name")?, self.table(script, 1)?);
        let columns = self.columns(script)?;
        let unique = self.sent.named("unique").map(|u| s.text(u) == "true");
        let kind = match unique {
            Some(true) => ConstraintKind::Unique,
            _ => ConstraintKind::Index,
        };
        let filtered = self
            .sent
            .named("filter")
            .is_some_and(|f| s.text(f) != "null");
        let mut element = constraint(script, self.sent.id, &table, Some(name), kind, columns);
        if let Detail::Constraint(constraint) = &mut element.detail {
            constraint.partial = filtered;
        }
        script.on_table(self.sent.id, &table, Effect::AddConstraint(element));
        Some(())
    }

    fn create_table(&self, script: &mut Script<'_, '_, '_>) -> Understood {
        let s = script.context.syntax;
        let name = self.text(script, 0, "name")?;
        let table = self.in_schema(script, name, "schema", 2);
        let (_, body) = lambda(s, self.sent.at(1, "columns")?)?;
        let (mut elements, mut called) = (Vec::new(), Vec::new());
        let mut property = None;
        for part in s.named(s.bare(body)) {
            if s.kind(part) == "identifier" {
                property = Some(s.text(part));
                continue;
            }
            let element = self.column(script, property.take()?, part)?;
            called.push((element.0, element.1.name.clone()));
            elements.push(element.1);
        }
        if let Some(given) = self.sent.at(3, "constraints") {
            let (parameter, body) = lambda(s, given)?;
            for id in std::iter::once(body).chain(s.below(body)) {
                let of_table =
                    |sent: &Sent<'_>| sent.receiver.is_some_and(|r| s.text(r) == parameter);
                if let Some(sent) = Sent::of(s, id).filter(of_table) {
                    elements.push(table_constraint(script, &table, &sent, &called)?);
                }
            }
        }
        require_keys(&mut elements);
        script.on_table(self.sent.id, &table, Effect::CreateTable { elements });
        Some(())
    }

    /// `Id = table.Column<int>(type: "integer", nullable: false).Annotation(…)`: its property and the column.
    fn column<'a>(
        &self,
        script: &Script<'_, '_, 'a>,
        property: &'a str,
        value: Id,
    ) -> Option<(&'a str, Element)> {
        let s = script.context.syntax;
        let around = std::iter::once(value).chain(s.below(value));
        let mut calls = around.filter_map(|id| Sent::of(s, id));
        let sent = calls.find(|sent| sent.name == "Column")?;
        let name = sent.named("name").and_then(|id| text(script.context, id));
        let element = Element {
            name: name.unwrap_or_else(|| property.to_owned()),
            detail: Detail::Column(columns::column(script, &sent, 0)),
            place: script.context.file.place(s.range(value)),
        };
        Some((property, element))
    }
}

/// Returns the constraint that stands in `CreateTable`: `table.PrimaryKey("PK_Users", x => x.Id)`.
fn table_constraint(
    script: &mut Script<'_, '_, '_>,
    table: &str,
    sent: &Sent<'_>,
    called: &[(&str, String)],
) -> Option<Element> {
    let context = script.context;
    let s = context.syntax;
    let word = |place: usize, name: &str| text(context, sent.at(place, name)?);
    let name = word(0, "name")?;
    let given = sent.named("columns").or_else(|| sent.at(1, "column"));
    let listed = given.and_then(|id| picked(s, id)).unwrap_or_default();
    let stored = |property: &&str| {
        let found = called.iter().find(|(p, _)| p == property);
        found.map_or_else(|| (*property).to_owned(), |(_, column)| column.clone())
    };
    let names: Vec<String> = listed.iter().map(stored).collect();
    let kind = match sent.name {
        "PrimaryKey" => ConstraintKind::PrimaryKey,
        "UniqueConstraint" => ConstraintKind::Unique,
        "ForeignKey" => {
            let schema = sent
                .named("principalSchema")
                .and_then(|id| text(context, id));
            ConstraintKind::ForeignKey {
                table: qualified(schema, word(2, "principalTable")?),
            }
        }
        "CheckConstraint" => ConstraintKind::Check {
            expression: word(1, "sql")?,
        },
        _ => return None,
    };
    Some(constraint(script, sent.id, table, Some(name), kind, names))
}

/// Returns a name with its schema, unless that is the usual one.
pub(super) fn qualified(schema: Option<String>, name: String) -> String {
    match schema.filter(|s| !matches!(s.as_str(), "public" | "dbo" | "")) {
        Some(schema) => format!("{schema}.{name}"),
        None => name,
    }
}

/// Adds what annotations of the database say of PostgreSQL's enums: `.Annotation("Npgsql:Enum:mood", "sad,happy")`.
fn enums(script: &mut Script<'_, '_, '_>, sent: &Sent<'_>) {
    let context = script.context;
    let said: Vec<(bool, String, String)> = columns::annotations(script, sent.id)
        .filter_map(|call| {
            let [name, values] = call.placed.as_slice() else {
                return None;
            };
            let name = text(context, *name)?;
            let name = name.strip_prefix("Npgsql:Enum:")?.to_owned();
            let new = call.name == "Annotation";
            Some((new, name, text(context, *values)?))
        })
        .collect();
    let of = |new: bool, name: &str| {
        let found = said.iter().find(|(n, e, _)| *n == new && e == name)?;
        Some(found.2.split(',').map(str::to_owned).collect::<Vec<_>>())
    };
    let mut names: Vec<&str> = said.iter().map(|(_, name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        let surface = Surface::new(SurfaceKind::Type, name.trim_start_matches("public."));
        match (of(false, name), of(true, name)) {
            (None, Some(values)) => script.emit(sent.id, surface, Effect::CreateEnum { values }),
            (Some(_), None) => script.emit(sent.id, surface, Effect::DropType),
            (Some(old), Some(new)) => {
                for value in new.into_iter().filter(|v| !old.contains(v)) {
                    script.emit(sent.id, surface.clone(), Effect::AddEnumValue { value });
                }
            }
            (None, None) => {}
        }
    }
    if said.is_empty() {
        script.on_table(sent.id, "", Effect::Nothing);
    }
}

/// Returns the items of what is given as one value or as a list of them.
pub(super) fn listed(script: &Script<'_, '_, '_>, id: Id) -> Vec<Id> {
    items(script.context.syntax, id)
}
