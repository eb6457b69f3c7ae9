//! Entities: `#[derive(DeriveEntityModel)] #[sea_orm(table_name = "did")] pub struct Model { … }`.
//!
//! <https://www.sea-ql.org/SeaORM/docs/generate-entity/entity-structure/>,
//! <https://www.sea-ql.org/SeaORM/docs/generate-entity/expanded-entity-structure/>.

use coexist_model::{Column, Detail, Dialect, Element, ModelDeclaration, Surface};

use super::TOOL;
use super::scope::module_of;
use crate::code::context::Context;
use crate::code::orm::classes::head;
use crate::code::rust::{Attributes, snake};
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

/// Types and settings of fields that hold rows of other tables.
const RELATIONS: &[&str] = &["HasOne", "HasMany", "BelongsTo"];

/// Returns the entities of a file.
pub(super) fn entities(context: &Context<'_, '_>, dialect: Dialect) -> Vec<ModelDeclaration> {
    let s = context.syntax;
    let structs = s.all().filter(|&id| s.kind(id) == "struct_item");
    structs
        .filter_map(|id| entity(context, dialect, id))
        .collect()
}

fn entity(context: &Context<'_, '_>, dialect: Dialect, id: Id) -> Option<ModelDeclaration> {
    let s = context.syntax;
    let attributes = Attributes::before(s, id);
    let table = if attributes.has("DeriveEntityModel") {
        attributes.value("table_name")?
    } else if attributes.has("DeriveModel") {
        text_of_method(context, "EntityName", "table_name")?
    } else {
        return None;
    };
    let schema = attributes
        .value("schema_name")
        .or_else(|| text_of_method(context, "EntityName", "schema_name"));
    let camel = match attributes.value("rename_all").as_deref() {
        None | Some("snake_case") => false,
        Some("camelCase") => true,
        // Another convention names the columns.
        Some(_) => return None,
    };
    let mut model = ModelDeclaration {
        name: module_of(context, id)?,
        tool: TOOL,
        table: Surface::table(match schema.filter(|s| s != "public") {
            Some(schema) => format!("{schema}.{table}"),
            None => table,
        }),
        bases: Vec::new(),
        columns: Vec::new(),
        deferred: Vec::new(),
        filled: Vec::new(),
        unset: Vec::new(),
        aliases: Vec::new(),
        place: context.file.place(head(context, id)),
    };
    for field in s.named(s.child(id, "body")?) {
        if s.kind(field) == "field_declaration" {
            add(context, dialect, field, camel, &mut model);
        }
    }
    // What it does before it saves, may set any column.
    if behaves(context) {
        model.filled = model.columns.iter().map(|c| c.name.clone()).collect();
    }
    Some(model)
}

fn add(
    context: &Context<'_, '_>,
    dialect: Dialect,
    field: Id,
    camel: bool,
    model: &mut ModelDeclaration,
) -> Option<()> {
    let s = context.syntax;
    let at = s.child(field, "name")?;
    let code = s.text(at).trim_start_matches("r#");
    let of_type = s.text(s.child(field, "type")?).trim();
    let attributes = Attributes::before(s, field);
    let relation = RELATIONS.iter().any(|r| of_type.starts_with(r));
    if attributes.has("ignore") || relation {
        return None;
    }
    let conventional = || match camel {
        true => camel_case(code),
        false => snake(code),
    };
    let name = attributes.value("column_name").unwrap_or_else(conventional);
    // Code calls the column by a variant, which uses give in snake case.
    let variant = attributes.value("enum_name").map(|v| snake(&v));
    let codes = [Some(code.to_owned()), variant];
    for code in codes.into_iter().flatten().filter(|code| *code != name) {
        model.aliases.push((code, name.clone()));
    }
    let optional = of_type
        .strip_prefix("Option<")
        .and_then(|t| t.strip_suffix('>'));
    model.columns.push(Element {
        name,
        detail: Detail::Column(Column {
            type_name: sql_type(optional.unwrap_or(of_type))
                .filter(|_| !attributes.has("column_type"))
                .map(|t| type_of(t, dialect))
                .unwrap_or_default(),
            nullable: optional.is_some(),
            default: None,
            generated: false,
        }),
        place: context.file.place(s.range(field)),
    });
    Some(())
}

/// Returns the type that a type of the language is stored in, where that is one only.
fn sql_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "i16" => "smallint",
        "i32" => "integer",
        "i64" => "bigint",
        "bool" => "boolean",
        _ => return None,
    })
}

fn camel_case(name: &str) -> String {
    let mut parts = name.split('_').filter(|p| !p.is_empty());
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        out.extend(letters.next().map(|c| c.to_ascii_uppercase()));
        out.push_str(letters.as_str());
    }
    out
}

/// Returns the implementations of a trait in the file.
fn implementations(context: &Context<'_, '_>, of: &str) -> impl Iterator<Item = Id> {
    let s = context.syntax;
    let all = s.all().filter(|&id| s.kind(id) == "impl_item");
    all.filter(move |&id| s.child(id, "trait").is_some_and(|t| s.last_name(t) == of))
}

/// Returns the text that a method of an implementation gives back: `fn table_name(&self) -> &str { "did" }`.
fn text_of_method(context: &Context<'_, '_>, of: &str, method: &str) -> Option<String> {
    let s = context.syntax;
    let implementation = implementations(context, of).next()?;
    let mut functions = s
        .below(implementation)
        .filter(|&f| s.kind(f) == "function_item");
    let function = functions.find(|&f| s.child(f, "name").is_some_and(|n| s.text(n) == method))?;
    let mut texts = s.below(function).filter(|&id| s.is_string(id));
    let text = texts.next().and_then(|id| context.strings.plain(id));
    text.filter(|_| texts.next().is_none())
}

/// Returns whether active models do something of their own before they are saved.
fn behaves(context: &Context<'_, '_>) -> bool {
    let s = context.syntax;
    let mut all = implementations(context, "ActiveModelBehavior");
    all.any(|id| s.below(id).any(|f| s.kind(f) == "function_item"))
}
