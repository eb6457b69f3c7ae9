//! Columns: `AddColumn<string>(name: "Email", table: "Users", type: "text", nullable: false)`, and `table.Column<string>(…)` of a
//! table that is created.
//!
//! A column refuses NULL unless it says `nullable: true`. `defaultValue` and `defaultValueSql` are defaults of the database that stay:
//! <https://learn.microsoft.com/dotnet/api/microsoft.entityframeworkcore.migrations.migrationbuilder.addcolumn>.

use coexist_model::{Column, Effect};

use crate::code::csharp::{Sent, name_of, text, type_arguments};
use crate::code::migrations::script::Script;
use crate::code::orm::ef_core::types::stored_as;
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

/// Annotations by which a database numbers the rows.
const GENERATES: &[&str] = &[
    "Npgsql:ValueGenerationStrategy",
    "Npgsql:ValueGeneratedOnAdd",
    "Npgsql:Serial",
    "SqlServer:Identity",
    "SqlServer:ValueGenerationStrategy",
    "Sqlite:Autoincrement",
    "MySql:ValueGenerationStrategy",
    "MySql:ValueGeneratedOnAdd",
    "MySQL:AutoIncrement",
    "MySQL:ValueGenerationStrategy",
];

/// Returns what a call says of a column, behind the places of its name and its table, of which there are that many.
pub(super) fn column(script: &Script<'_, '_, '_>, sent: &Sent<'_>, behind: usize) -> Column {
    Column {
        type_name: type_name(script, sent, behind),
        nullable: is_true(script, sent.named("nullable")),
        default: default(script, sent, "defaultValue", "defaultValueSql"),
        generated: sent.named("computedColumnSql").is_some()
            || is_true(script, sent.named("rowVersion"))
            || is_numbered(script, sent.id),
    }
}

fn type_name(script: &Script<'_, '_, '_>, sent: &Sent<'_>, behind: usize) -> String {
    let s = script.context.syntax;
    let spelled = sent.at(behind, "type");
    if let Some(spelled) = spelled.and_then(|id| text(script.context, id)) {
        return type_of(&spelled, script.dialect);
    }
    let length = sent.named("maxLength").map(|id| s.text(id));
    let held = sent.types.first();
    held.map(|&t| stored_as(s, t, length, script.dialect))
        .unwrap_or_default()
}

fn is_true(script: &Script<'_, '_, '_>, id: Option<Id>) -> bool {
    id.is_some_and(|id| script.context.syntax.text(id) == "true")
}

/// Returns the default that one of two arguments says: a value, or SQL.
fn default(script: &Script<'_, '_, '_>, sent: &Sent<'_>, value: &str, sql: &str) -> Option<String> {
    let by_sql = sent.named(sql).map(|id| {
        let literal = text(script.context, id);
        literal.unwrap_or_else(|| script.context.syntax.text(id).to_owned())
    });
    by_sql.or_else(|| literal(script, sent.named(value)?))
}

/// Returns a value as SQL spells it; None for `null`.
pub(super) fn literal(script: &Script<'_, '_, '_>, id: Id) -> Option<String> {
    let s = script.context.syntax;
    if let Some(word) = text(script.context, id) {
        return Some(format!("'{}'", word.replace('\'', "''")));
    }
    match s.kind(id) {
        "null_literal" | "default_expression" => None,
        // `new Guid("…")`, `new DateTime(2024, 1, 1)`.
        "object_creation_expression" => Some(format!("'{}'", s.text(id))),
        _ => Some(s.text(id).to_owned()),
    }
}

/// Returns whether what is called on the result says that the database numbers the rows: `.Annotation("SqlServer:Identity", "1, 1")`.
fn is_numbered(script: &Script<'_, '_, '_>, id: Id) -> bool {
    let context = script.context;
    annotations(script, id).any(|sent| {
        let name = sent.placed.first().and_then(|&n| text(context, n));
        sent.name == "Annotation" && name.is_some_and(|n| GENERATES.contains(&n.as_str()))
    })
}

/// Returns the calls that are made on the result of a call, the next one first.
pub(super) fn annotations<'s, 'a>(
    script: &Script<'_, 's, 'a>,
    id: Id,
) -> impl Iterator<Item = Sent<'a>> + use<'s, 'a> {
    let s = script.context.syntax;
    std::iter::successors(Some(id), move |&at| {
        let member = s.parent(at)?;
        let on = s.child(member, "expression") == Some(at);
        let call = s.parent(member).filter(|_| on)?;
        Sent::of(s, call).map(|sent| sent.id)
    })
    .skip(1)
    .filter_map(move |at| Sent::of(s, at))
}

/// Adds what `AlterColumn` changes: it says the whole of the column as it is to be, and of what it was what differs from nothing.
pub(super) fn alter(script: &mut Script<'_, '_, '_>, sent: &Sent<'_>, table: &str, name: &str) {
    let before = script.len();
    let new = column(script, sent, 2);
    let column = || name.to_owned();
    if changes_type(script, sent, &new.type_name) && !new.type_name.is_empty() {
        let effect = Effect::SetType {
            column: column(),
            type_name: new.type_name.clone(),
            was: sent
                .named("oldType")
                .and_then(|id| text(script.context, id))
                .map(|old| type_of(&old, script.dialect)),
        };
        script.on_table(sent.id, table, effect);
    }
    let old_default = default(script, sent, "oldDefaultValue", "oldDefaultValueSql");
    if new.default != old_default {
        let effect = Effect::SetDefault {
            column: column(),
            default: new.default.clone(),
        };
        script.on_table(sent.id, table, effect);
    }
    if new.nullable != is_true(script, sent.named("oldNullable")) {
        let effect = Effect::SetRequired {
            column: column(),
            required: !new.nullable,
        };
        script.on_table(sent.id, table, effect);
    }
    if script.len() == before {
        // A comment, a collation, an annotation.
        script.on_table(sent.id, table, Effect::Nothing);
    }
}

fn changes_type(script: &Script<'_, '_, '_>, sent: &Sent<'_>, new: &str) -> bool {
    let s = script.context.syntax;
    let spelled = sent
        .named("oldType")
        .and_then(|id| text(script.context, id));
    if let Some(old) = spelled {
        return type_of(&old, script.dialect) != new;
    }
    // `oldClrType: typeof(string)`.
    let Some(clr) = sent.named("oldClrType") else {
        return true;
    };
    let held = s.named(clr).next();
    let same = |&t: &Id| held.is_some_and(|held| name_of(s, held) == name_of(s, t));
    let lengths = [sent.named("maxLength"), sent.named("oldMaxLength")];
    let [length, old_length] = lengths.map(|id| id.map(|id| s.text(id)));
    let generic = held.is_some_and(|h| !type_arguments(s, h).is_empty());
    !generic && !sent.types.first().is_some_and(same) || length != old_length
}
