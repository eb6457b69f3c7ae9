//! `change_table`: commands on a table that is named once.

use coexist_model::Effect;

use crate::code::ruby::{Sent, statements};

use super::acts::{Command, Step};
use super::commands::Read;
use super::tables;
use super::walk::Walk;

/// Returns what `change_table :users do |t| … end` does; None where a part of it is not understood.
pub(super) fn read<'a>(walk: &mut Walk<'_, '_, 'a>, sent: &Sent<'a>) -> Option<Command> {
    let s = walk.context().syntax;
    let table = walk.scope.word(*sent.placed.first()?)?;
    let block = sent.block.as_ref()?;
    let on = block.parameters.first().copied().unwrap_or("it");
    for statement in block.body.map(|b| statements(s, b)).unwrap_or_default() {
        let modifier = matches!(s.kind(statement), "if_modifier" | "unless_modifier");
        let inner = s.child(statement, "body").filter(|_| modifier);
        let call = Sent::of(s, inner.unwrap_or(statement));
        let part = call.filter(|c| c.receiver.is_some_and(|r| s.text(r) == on));
        let part = part?;
        let command = change(walk, &table, &part)?.conditionally(modifier);
        walk.push(part.id, command);
    }
    Some(Command::nothing())
}

fn change(walk: &mut Walk<'_, '_, '_>, table: &str, sent: &Sent<'_>) -> Option<Command> {
    let read = Read { walk, sent };
    let first = || sent.placed.first().copied();
    Some(match sent.name {
        "remove" => {
            let kind = read.option("type");
            read.remove_columns(table, &read.words_from(0)?, kind)
        }
        "rename" => read.rename_column(table, &read.word(0)?, &read.word(1)?),
        "change" => read.change_column(table, &read.word(0)?, &read.word(1)?),
        "change_default" => {
            read.change_default(table, &read.word(0)?, sent.placed.get(1).copied())?
        }
        "change_null" => {
            let value = sent.placed.get(2).copied();
            read.change_null(table, &read.word(0)?, *sent.placed.get(1)?, value)?
        }
        "remove_timestamps" => read.add_timestamps(table).inverse()?,
        "remove_references" | "remove_belongs_to" => {
            read.add_references(table, &read.words_from(0)?).inverse()?
        }
        "index" => read.add_index(table, first()?)?,
        "remove_index" => read.remove_index(table, first())?,
        "rename_index" => {
            let (name, to) = (read.word(0)?, read.word(1)?);
            Command::one_way(vec![Step::on(table, Effect::RenameConstraint { name, to })])
        }
        "foreign_key" => read.add_foreign_key(table, &read.word(0)?),
        "remove_foreign_key" => read.remove_foreign_key(table, read.word(0))?,
        "remove_check_constraint" => {
            let name = read.option("name")?;
            read.drop_constraint(table, name)
        }
        name if name.starts_with("remove_") => return None,
        _ => read.added(table, tables::columns_of(walk, table, sent)?),
    })
}
