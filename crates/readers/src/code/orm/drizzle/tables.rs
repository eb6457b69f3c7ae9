//! Tables: `export const users = pgTable("users", { id: serial("id").primaryKey(), name: text("name").notNull() })`.
//!
//! <https://orm.drizzle.team/docs/sql-schema-declaration>. A column without a name of its own has that of its property, unless the
//! client is told another casing.

use coexist_model::{Column, Detail, Dialect, Element, ModelDeclaration, Surface};

use crate::code::javascript::Program;
use crate::code::javascript::values::Scope;
use crate::code::orm::classes::head;
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

/// Functions that declare a table.
const TABLES: &[&str] = &[
    "pgTable",
    "mysqlTable",
    "sqliteTable",
    "singlestoreTable",
    "cockroachTable",
];

/// Returns the tables that a file declares.
pub(super) fn tables(program: &Program<'_, '_, '_>, dialect: Dialect) -> Vec<ModelDeclaration> {
    let s = program.context.syntax;
    let imports = &program.context.imports;
    if !imports.iter().any(|i| i.path.starts_with("drizzle-orm")) {
        return Vec::new();
    }
    let reader = Tables { program, dialect };
    let bindings = s.all().filter(|&id| s.kind(id) == "variable_declarator");
    bindings.filter_map(|id| reader.table(id)).collect()
}

struct Tables<'p, 'c, 's, 'a> {
    program: &'p Program<'c, 's, 'a>,
    dialect: Dialect,
}

impl Tables<'_, '_, '_, '_> {
    fn table(&self, id: Id) -> Option<ModelDeclaration> {
        let context = self.program.context;
        let s = context.syntax;
        let scope = Scope::new();
        let name = s.child(id, "name").filter(|&n| s.is_name(n))?;
        let made = s.bare(s.child(id, "value")?);
        let call = s.call(made)?;
        let given = s.arguments(call);
        let schema = match s.receiver(call) {
            // `pgSchema("audit").table("users", { … })`.
            Some(receiver) if s.called(call) == "table" => Some(self.schema(receiver)?),
            None if TABLES.contains(&s.called(call)) => None,
            _ => return None,
        };
        let table = self.program.text(*given.first()?, &scope)?;
        let described = self.described(*given.get(1)?)?;
        let object = self.program.object(described, &scope)?;
        let (mut columns, mut aliases, mut filled) = (Vec::new(), Vec::new(), Vec::new());
        for (property, value) in &object.entries {
            let (column, in_code) = self.column(*value)?;
            let stored = self.name_of(*value).unwrap_or_else(|| property.clone());
            if *property != stored {
                aliases.push((property.clone(), stored.clone()));
            }
            if in_code {
                filled.push(stored.clone());
            }
            columns.push(Element {
                name: stored,
                detail: Detail::Column(column),
                place: context.file.place(head(context, *value)),
            });
        }
        Some(ModelDeclaration {
            name: s.text(name).to_owned(),
            tool: "drizzle",
            table: Surface::table(match schema.filter(|s| s != "public") {
                Some(schema) => format!("{schema}.{table}"),
                None => table,
            }),
            bases: Vec::new(),
            deferred: Vec::new(),
            filled,
            unset: Vec::new(),
            aliases,
            place: context.file.place(head(context, id)),
            columns,
        })
    }

    fn schema(&self, receiver: Id) -> Option<String> {
        let s = self.program.context.syntax;
        let made = self.program.resolve(receiver, &Scope::new());
        let call = s
            .call(made)
            .filter(|&c| matches!(s.called(c), "pgSchema" | "mysqlSchema"))?;
        self.program
            .text(*s.arguments(call).first()?, &Scope::new())
    }

    /// Returns the object of columns: given as it is, or made by a function, `(t) => ({ … })`.
    fn described(&self, id: Id) -> Option<Id> {
        let s = self.program.context.syntax;
        if !s.profile.functions.contains(&s.kind(id)) {
            return Some(id);
        }
        let body = s.bare(s.child(id, "body")?);
        if s.kind(body) == "object" {
            return Some(body);
        }
        let returned = s
            .below(body)
            .find(|&n| s.profile.returns.contains(&s.kind(n)))?;
        s.named(returned).next().map(|r| s.bare(r))
    }

    /// Returns the first call of a chain: `varchar("name", { length: 20 })` of `varchar(…).notNull()`.
    fn first_call(&self, id: Id) -> Id {
        let s = self.program.context.syntax;
        let mut at = self.program.resolve(id, &Scope::new());
        while let Some(receiver) = s.call(at).and_then(|c| s.receiver(c)) {
            let receiver = s.bare(receiver);
            if s.call(receiver).is_none() {
                break;
            }
            at = receiver;
        }
        at
    }

    fn name_of(&self, id: Id) -> Option<String> {
        let given = self.program.arguments(self.first_call(id));
        self.program.text(*given.first()?, &Scope::new())
    }

    /// Returns a column, and whether the program gives it a value where an insert does not.
    fn column(&self, id: Id) -> Option<(Column, bool)> {
        let s = self.program.context.syntax;
        let first = self.first_call(id);
        let kind = s.called(s.call(first)?);
        let chain = self.program.chained(first);
        let says = |names: &[&str]| chain.iter().any(|(name, _)| names.contains(name));
        let serial = kind.to_lowercase().ends_with("serial");
        let default = chain
            .iter()
            .find(|(name, _)| matches!(*name, "default" | "defaultNow" | "defaultRandom"));
        let default = default.map(|(name, call)| {
            let given = self.program.arguments(*call);
            let value = given
                .first()
                .and_then(|g| self.program.default_value(*g, &Scope::new()));
            value.unwrap_or_else(|| (*name).to_owned())
        });
        let spelled = match kind {
            "bigserial" | "smallserial" | "serial" | "integer" | "bigint" | "smallint" | "text"
            | "boolean" | "uuid" | "json" | "jsonb" | "date" | "real" | "inet" | "cidr" => kind,
            "int" => "integer",
            _ => "",
        };
        let column = Column {
            type_name: type_of(spelled, self.dialect),
            nullable: !says(&["notNull", "primaryKey"]) && !serial,
            default,
            generated: serial
                || says(&[
                    "autoincrement",
                    "generatedAlwaysAs",
                    "generatedAlwaysAsIdentity",
                    "generatedByDefaultAsIdentity",
                ]),
        };
        Some((
            column,
            says(&["$defaultFn", "$default", "$onUpdate", "$onUpdateFn"]),
        ))
    }
}
