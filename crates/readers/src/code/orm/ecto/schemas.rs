//! Schemas: `schema "users" do field :email, :string; belongs_to :team, Team; timestamps() end`.

use coexist_model::{Column, Detail, Element, ModelDeclaration, Surface};

use crate::code::context::Context;
use crate::code::elixir::{Module, Sent, modules, pairs, statements, word};
use crate::code::orm::classes::head;
use crate::code::syntax::Id;

use super::TOOL;

/// A base that stands for what a macro adds to a schema: it is declared nowhere.
const BY_MACRO: &str = "what a macro adds";

/// Lines of a schema that give it no column.
const WITHOUT_COLUMN: &[&str] = &["has_many", "has_one", "many_to_many"];

/// Returns the schemas of a file. An embedded one is no table.
pub(super) fn schemas(context: &Context<'_, '_>) -> Vec<ModelDeclaration> {
    let all = modules(context.syntax);
    all.iter().filter_map(|m| schema(context, m)).collect()
}

/// What is declared so far.
struct Declared<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    columns: Vec<Element>,
    aliases: Vec<(String, String)>,
    deferred: Vec<String>,
    filled: Vec<String>,
    bases: Vec<String>,
}

fn schema(context: &Context<'_, '_>, module: &Module<'_>) -> Option<ModelDeclaration> {
    let s = context.syntax;
    let mut calls = module.body.iter();
    let call = calls.find(|c| matches!(c.name, "schema" | "typed_schema") && c.block.is_some())?;
    let table = word(context, *call.placed.first()?)?;
    let prefix = module
        .attribute(s, "schema_prefix")
        .and_then(|p| word(context, p));
    let table = match prefix.filter(|p| p != "public") {
        Some(prefix) => format!("{prefix}.{table}"),
        None => table,
    };
    let mut declared = Declared {
        context,
        columns: Vec::new(),
        aliases: Vec::new(),
        deferred: Vec::new(),
        filled: Vec::new(),
        bases: Vec::new(),
    };
    declared.key(call.id, module);
    let options = module.attribute(s, "timestamps_opts");
    let options = options.map(|o| pairs(s, o)).unwrap_or_default();
    for line in statements(s, call.block?) {
        if let Some(line) = Sent::of(s, line) {
            declared.line(&line, &options);
        }
    }
    Some(ModelDeclaration {
        name: module.name.clone(),
        tool: TOOL,
        table: Surface::table(table),
        bases: declared.bases,
        columns: declared.columns,
        deferred: declared.deferred,
        filled: declared.filled,
        unset: Vec::new(),
        aliases: declared.aliases,
        place: context.file.place(head(context, call.id)),
    })
}

impl Declared<'_, '_, '_> {
    /// `@primary_key {:uuid, :binary_id, autogenerate: true}`; a schema that says nothing has an `id`.
    fn key(&mut self, at: Id, module: &Module<'_>) {
        let s = self.context.syntax;
        let said = module.attribute(s, "primary_key");
        if said.is_some_and(|v| s.text(v) == "false") {
            return;
        }
        let named = said.and_then(|v| s.named(v).next());
        let name = named.and_then(|n| word(self.context, n));
        let options = said.and_then(|v| s.named(v).find(|&n| s.kind(n) == "keywords"));
        let options = options.map(|o| pairs(s, o)).unwrap_or_default();
        let source = options.iter().find(|(name, _)| *name == "source");
        let source = source.and_then(|(_, v)| word(self.context, *v));
        let name = name.unwrap_or_else(|| "id".to_owned());
        let column = source.unwrap_or_else(|| name.clone());
        self.filled.push(column.clone());
        self.column(said.unwrap_or(at), &name, column);
    }

    fn line(&mut self, line: &Sent<'_>, timestamps: &[(&str, Id)]) {
        let s = self.context.syntax;
        let first = line.placed.first().and_then(|&f| word(self.context, f));
        let says =
            |option: &str, word: &str| line.option(option).is_some_and(|v| s.text(v) == word);
        let spelled = |option: &str| line.option(option).and_then(|v| word(self.context, v));
        match (line.name, first) {
            ("field", Some(name)) => {
                if says("virtual", "true") {
                    self.nowhere(line.id, &name);
                    return;
                }
                let column = spelled("source").unwrap_or_else(|| name.clone());
                if says("load_in_query", "false") {
                    self.deferred.push(column.clone());
                }
                let made = ["default", "autogenerate"]
                    .iter()
                    .any(|o| line.option(o).is_some());
                if made {
                    self.filled.push(column.clone());
                }
                self.column(line.id, &name, column);
            }
            ("belongs_to", Some(name)) => {
                if says("define_field", "false") {
                    return;
                }
                let name = spelled("foreign_key").unwrap_or_else(|| format!("{name}_id"));
                let column = spelled("source").unwrap_or_else(|| name.clone());
                self.column(line.id, &name, column);
            }
            ("embeds_one" | "embeds_many", Some(name)) => {
                let column = spelled("source").unwrap_or_else(|| name.clone());
                if line.name == "embeds_many" {
                    self.filled.push(column.clone());
                }
                self.column(line.id, &name, column);
            }
            ("timestamps", _) => self.timestamps(line, timestamps),
            (name, _) if WITHOUT_COLUMN.contains(&name) || line.receiver.is_some() => {}
            // A macro of the application, which may add any column.
            _ => self.bases = vec![BY_MACRO.to_owned()],
        }
    }

    fn timestamps(&mut self, line: &Sent<'_>, options: &[(&str, Id)]) {
        let s = self.context.syntax;
        for name in ["inserted_at", "updated_at"] {
            let given = options.iter().find(|(n, _)| *n == name).map(|(_, v)| *v);
            let given = line.option(name).or(given);
            if given.is_some_and(|v| s.text(v) == "false") {
                continue;
            }
            let named = given.and_then(|v| word(self.context, v));
            let name = named.unwrap_or_else(|| name.to_owned());
            self.filled.push(name.clone());
            self.column(line.id, &name.clone(), name);
        }
    }

    /// A field that is stored nowhere: a column without a name in code, which no query asks for.
    fn nowhere(&mut self, at: Id, field: &str) {
        self.column(at, field, field.to_owned());
        self.aliases.retain(|(name, _)| name != field);
        self.deferred.push(field.to_owned());
    }

    fn column(&mut self, at: Id, field: &str, column: String) {
        if self.columns.iter().any(|c| c.name == column) {
            return;
        }
        self.aliases.push((field.to_owned(), column.clone()));
        self.columns.push(Element {
            name: column,
            detail: Detail::Column(Column {
                type_name: String::new(),
                nullable: true,
                default: None,
                generated: false,
            }),
            place: self.context.file.place(head(self.context, at)),
        });
    }
}
