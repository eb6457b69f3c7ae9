//! TypeORM: a class with the methods `up(queryRunner)` and `down(queryRunner)`, mostly of SQL.
//!
//! The calls: <https://typeorm.io/docs/migrations/api/>. A column refuses NULL unless it says `isNullable`. The number in the name
//! of a migration gives its place.

use coexist_model::{ConstraintKind, Effect, Element, MigrationPart, Rows};

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
    name: "typeorm",
    tongues: TONGUES,
    part,
    lower,
};

/// Calls that change nothing.
const HARMLESS: &[&str] = &[
    "connect",
    "getTable",
    "getTables",
    "getView",
    "getViews",
    "hasTable",
    "hasColumn",
    "hasSchema",
    "hasDatabase",
    "createSchema",
    "createDatabase",
    "startTransaction",
    "commitTransaction",
    "rollbackTransaction",
    "release",
    "stream",
    "getCurrentDatabase",
    "getCurrentSchema",
    "getMemorySql",
    "clearSqlMemory",
    "changeTableComment",
];

fn part(context: &Context<'_, '_>, forced: bool) -> Option<MigrationPart> {
    let program = Program::new(context);
    let up = program.way("up")?;
    let method = context.syntax.kind(up) == "method_definition";
    let given = program.first_type(up).contains("QueryRunner")
        || program.handles(up).first() == Some(&"queryRunner");
    if !(method && given || forced) {
        return None;
    }
    let mut part = by_name(context, TOOL.name);
    part.key
        .version
        .extend(number_of(&program, up, &part.key.name));
    Some(part)
}

/// Returns the number of a migration: it begins the name of its file and ends that of its class.
fn number_of(program: &Program<'_, '_, '_>, up: Id, stem: &str) -> Option<u64> {
    let s = program.context.syntax;
    let class = s.above(up, &["class_declaration", "class"]);
    let name = class
        .and_then(|c| s.child(c, "name"))
        .map_or("", |n| s.text(n));
    let behind = name.trim_start_matches(|c: char| !c.is_ascii_digit());
    let before: String = stem.chars().take_while(char::is_ascii_digit).collect();
    let digits = name.len() - name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let ending = &name[name.len() - digits..];
    // A name may hold other digits: `AddOauth2Scopes1700000000000`.
    let own = if ending.len() >= 10 { ending } else { behind };
    before.parse().or_else(|_| own.parse()).ok()
}

fn lower(script: &mut Script<'_, '_, '_>) {
    let program = &Program::new(script.context);
    let handles = program.stores();
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
        self.root()
            .first()
            .is_some_and(|name| handles.contains(name))
    }

    fn read(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        if self.step.name == "query" {
            self.program.sql(script, self.step, self.given(0));
            return Some(());
        }
        match self.root().as_slice() {
            [_] => self.call(script),
            // `queryRunner.manager.update(User, …)`: which table that is, the class says.
            _ => self.through_manager(),
        }
    }

    /// Returns the names that the chain of the call begins with, of a name that stands for another chain that one's.
    fn root(&self) -> Vec<&'a str> {
        let s = self.program.context.syntax;
        let Some(receiver) = s.receiver(self.step.call) else {
            return Vec::new();
        };
        let resolved = self.program.resolve(receiver, &self.step.scope);
        match s.path(resolved) {
            Some(path) => path,
            None => {
                let mut path = self.program.root(resolved);
                path.push("()");
                path
            }
        }
    }

    fn through_manager(&self) -> Option<()> {
        let reads = [
            "find",
            "get",
            "count",
            "exist",
            "select",
            "from",
            "where",
            "and",
            "or",
            "add",
            "left",
            "inner",
            "order",
            "group",
            "limit",
            "take",
            "skip",
            "offset",
            "set",
            "create",
            "map",
            "is",
            "filter",
            "for",
            "some",
            "into",
            "values",
            "returning",
            "connection",
            "escape",
        ];
        let reads = reads.iter().any(|r| self.step.name.starts_with(r));
        let writes = [
            "update",
            "delete",
            "insert",
            "save",
            "remove",
            "execute",
            "upsert",
            "softDelete",
            "clear",
        ];
        let writes = writes.contains(&self.step.name);
        (reads || !writes).then_some(())
    }

    fn given(&self, at: usize) -> Option<Id> {
        self.program.given(self.step, at)
    }

    fn text_of(&self, id: Id) -> Option<String> {
        self.program.text(id, &self.step.scope)
    }

    fn text(&self, at: usize) -> Option<String> {
        self.text_of(self.given(at)?)
    }

    /// Returns a text, or the `name` of an object that is made.
    fn name(&self, at: usize) -> Option<String> {
        let id = self.given(at)?;
        self.text_of(id)
            .or_else(|| self.named(&self.made(id)?, "name"))
    }

    fn table(&self, at: usize) -> Option<String> {
        let name = self.name(at)?;
        Some(
            name.strip_prefix("public.")
                .map(str::to_owned)
                .unwrap_or(name),
        )
    }

    /// Returns the properties of `new TableColumn({ … })`, or of the object alone.
    fn made(&self, id: Id) -> Option<Object> {
        let s = self.program.context.syntax;
        let id = self.program.resolve(id, &self.step.scope);
        let inner = s.call(id).and_then(|c| s.arguments(c).first().copied());
        self.program.object(inner.unwrap_or(id), &self.step.scope)
    }

    fn named(&self, object: &Object, name: &str) -> Option<String> {
        self.text_of(object.get(name)?)
    }

    fn listed(&self, object: &Object, name: &str) -> Option<Vec<String>> {
        self.program.texts(object.get(name)?, &self.step.scope)
    }

    fn call(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        let id = self.step.id;
        if HARMLESS.contains(&self.step.name) {
            return Some(());
        }
        let table = self.table(0);
        match self.step.name {
            "addColumn" => self.add_column(script, &table?, self.given(1)?)?,
            "addColumns" => {
                let table = table?;
                for column in self.program.items(self.given(1)?, &self.step.scope)? {
                    self.add_column(script, &table, column)?;
                }
            }
            "dropColumn" => {
                let (table, column) = (table?, self.name(1)?);
                script.on_table(id, &table, Effect::DropColumn { column });
            }
            "dropColumns" => {
                let table = table?;
                for item in self.program.items(self.given(1)?, &self.step.scope)? {
                    let named = || self.named(&self.made(item)?, "name");
                    let column = self.text_of(item).or_else(named)?;
                    script.on_table(id, &table, Effect::DropColumn { column });
                }
            }
            "renameColumn" => {
                let (table, column, to) = (table?, self.name(1)?, self.name(2)?);
                script.on_table(id, &table, Effect::RenameColumn { column, to });
            }
            "changeColumn" => self.change_column(script, &table?)?,
            "createTable" => self.create_table(script)?,
            "dropTable" => {
                script.on_table(id, &table?, Effect::DropTable);
                let exists = self
                    .given(1)
                    .and_then(|f| self.program.flag(f, &self.step.scope));
                script.conditionally(exists == Some(true));
            }
            "renameTable" => {
                let (table, to) = (table?, self.text(1)?);
                script.on_table(id, &table, Effect::RenameTable { to });
            }
            "clearTable" => {
                let effect =
                    self.program
                        .backfill(Rows::Deleted, &Object::default(), &self.step.scope);
                script.on_table(id, &table?, effect);
            }
            "createIndex"
            | "createForeignKey"
            | "createUniqueConstraint"
            | "createCheckConstraint"
            | "createExclusionConstraint" => {
                self.constrain(script, &table?, self.given(1)?)?;
            }
            "createIndices" | "createForeignKeys" | "createUniqueConstraints" => {
                let table = table?;
                for item in self.program.items(self.given(1)?, &self.step.scope)? {
                    self.constrain(script, &table, item)?;
                }
            }
            "createPrimaryKey" => {
                let table = table?;
                let columns = self.program.texts(self.given(1)?, &self.step.scope)?;
                let element = constraint(
                    script,
                    id,
                    &table,
                    None,
                    ConstraintKind::PrimaryKey,
                    columns,
                );
                script.on_table(id, &table, Effect::AddConstraint(element));
            }
            "dropIndex"
            | "dropForeignKey"
            | "dropUniqueConstraint"
            | "dropCheckConstraint"
            | "dropExclusionConstraint" => {
                let (table, name) = (table?, self.name(1)?);
                script.on_table(id, &table, Effect::DropConstraint { name });
            }
            _ => return None,
        }
        Some(())
    }

    fn described(&self, script: &Script<'_, '_, '_>, object: &Object) -> Described {
        let is = |name: &str| self.program.is_set(object, name, &self.step.scope);
        let s = self.program.context.syntax;
        let mut spelled = self.named(object, "type").unwrap_or_default();
        let length = object
            .get("length")
            .map(|l| s.text(l).trim_matches(['"', '\'']));
        if let Some(length) =
            length.filter(|l| !l.is_empty() && l.bytes().all(|b| b.is_ascii_digit()))
        {
            spelled = format!("{spelled}({length})");
        }
        if spelled == "enum" {
            spelled = self.named(object, "enumName").unwrap_or_default();
        }
        let mut type_name = type_of(&spelled, script.dialect);
        if is("isArray") && !type_name.is_empty() {
            type_name += "[]";
        }
        // The text of a default is SQL already.
        let default = object.get("default").and_then(|d| match self.text_of(d) {
            Some(text) => Some(text),
            None => self.program.default_value(d, &self.step.scope),
        });
        Described {
            type_name,
            required: !is("isNullable"),
            default,
            generated: is("isGenerated") || object.get("generationStrategy").is_some(),
            primary: is("isPrimary"),
            unique: is("isUnique"),
            references: None,
        }
    }

    fn add_column(&self, script: &mut Script<'_, '_, '_>, table: &str, id: Id) -> Option<()> {
        let object = self.made(id)?;
        let name = self.named(&object, "name")?;
        let elements = self
            .described(script, &object)
            .elements(script, id, table, &name);
        script.add_column(id, table, elements);
        Some(())
    }

    fn change_column(&self, script: &mut Script<'_, '_, '_>, table: &str) -> Option<()> {
        let id = self.step.id;
        let old = self.name(1)?;
        let object = self.made(self.given(2)?)?;
        let column = self.named(&object, "name")?;
        let described = self.described(script, &object);
        if old != column {
            let (column, to) = (old, column.clone());
            script.on_table(id, table, Effect::RenameColumn { column, to });
        }
        let name = || column.clone();
        if !described.type_name.is_empty() {
            let type_name = described.type_name;
            script.on_table(
                id,
                table,
                Effect::SetType {
                    column: name(),
                    type_name,
                },
            );
        }
        let default = described.default;
        script.on_table(
            id,
            table,
            Effect::SetDefault {
                column: name(),
                default,
            },
        );
        let required = described.required;
        script.on_table(
            id,
            table,
            Effect::SetRequired {
                column: name(),
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

    fn create_table(&self, script: &mut Script<'_, '_, '_>) -> Option<()> {
        let made = self.made(self.given(0)?)?;
        let table = self.table(0)?;
        let mut elements = Vec::new();
        for item in self.program.items(made.get("columns")?, &self.step.scope)? {
            let object = self.made(item)?;
            let name = self.named(&object, "name")?;
            elements.extend(
                self.described(script, &object)
                    .elements(script, item, &table, &name),
            );
        }
        for list in ["foreignKeys", "uniques", "indices", "checks"] {
            let items = made
                .get(list)
                .and_then(|l| self.program.items(l, &self.step.scope));
            for item in items.unwrap_or_default() {
                elements.push(self.constraint(script, &table, item)?);
            }
        }
        require_keys(&mut elements);
        script.on_table(self.step.id, &table, Effect::CreateTable { elements });
        let exists = self
            .given(1)
            .and_then(|f| self.program.flag(f, &self.step.scope));
        script.conditionally(exists == Some(true));
        Some(())
    }

    fn constrain(&self, script: &mut Script<'_, '_, '_>, table: &str, id: Id) -> Option<()> {
        let element = self.constraint(script, table, id)?;
        script.on_table(self.step.id, table, Effect::AddConstraint(element));
        Some(())
    }

    /// `new TableIndex({ columnNames, isUnique, where })`, `new TableForeignKey({ … })`: its properties tell which one it is.
    fn constraint(&self, script: &mut Script<'_, '_, '_>, table: &str, id: Id) -> Option<Element> {
        let s = self.program.context.syntax;
        let object = self.made(id)?;
        let resolved = self.program.resolve(id, &self.step.scope);
        let class = s.call(resolved).map_or("", |c| s.called(c));
        let columns = self.listed(&object, "columnNames").unwrap_or_default();
        let unique =
            class == "TableUnique" || self.program.is_set(&object, "isUnique", &self.step.scope);
        let kind = if let Some(target) = self.named(&object, "referencedTableName") {
            ConstraintKind::ForeignKey { table: target }
        } else if let Some(expression) = self.named(&object, "expression") {
            match class {
                "TableExclusion" => ConstraintKind::Exclusion,
                _ => ConstraintKind::Check { expression },
            }
        } else if unique || self.step.name.contains("Unique") {
            ConstraintKind::Unique
        } else {
            ConstraintKind::Index
        };
        let some = object.get("where").is_some();
        let name = self.named(&object, "name");
        Some(partial(
            constraint(script, id, table, name, kind, columns),
            some,
        ))
    }
}
