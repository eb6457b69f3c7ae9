//! Commands that teams and gems add: GitLab's, which rename and retype a column beside the old one, and those of online migrations.
//!
//! <https://docs.gitlab.com/ee/development/database/avoiding_downtime_in_migrations.html>

use coexist_model::{Column, Detail, Effect, Element, Rows, Surface, SurfaceKind};

use crate::code::ruby::Sent;

use super::acts::{Command, Step};
use super::columns;
use super::commands::Read;
use super::walk::Walk;

/// Returns what a command does; None where it is none of these.
pub(super) fn read(walk: &Walk<'_, '_, '_>, sent: &Sent<'_>) -> Option<Command> {
    let read = Read { walk, sent };
    let table = || read.word(0);
    Some(match sent.name {
        "add_concurrent_index" | "prepare_async_index" => {
            read.add_index(&table()?, *sent.placed.get(1)?)?
        }
        "remove_concurrent_index" => read.remove_index(&table()?, sent.placed.get(1).copied())?,
        "remove_concurrent_index_by_name" => {
            read.drop_constraint(&table()?, read.word(1).or_else(|| read.option("name"))?)
        }
        "add_concurrent_foreign_key" => read.add_foreign_key(&table()?, &read.word(1)?),
        "remove_foreign_key_if_exists" => read
            .remove_foreign_key(&table()?, read.word(1))?
            .conditionally(true),
        "add_not_null_constraint" => {
            let table = table()?;
            read.add_constraint(&table, read.never_null(&table, &read.word(1)?))
        }
        "remove_not_null_constraint" => {
            let table = table()?;
            let added = read.add_constraint(&table, read.never_null(&table, &read.word(1)?));
            added.inverse()?
        }
        "validate_not_null_constraint" => {
            let table = table()?;
            let name = read.never_null(&table, &read.word(1)?).name;
            read.validate(&table, name)
        }
        "add_text_limit" => {
            let (table, column) = (table()?, read.word(1)?);
            let limit = walk.context().syntax.text(*sent.placed.get(2)?);
            let expression = format!("char_length({column}) <= {limit}");
            let check = columns::check(walk, sent.id, &table, &expression, &sent.options);
            read.add_constraint(&table, check)
        }
        // The column of the new name comes; both are there until the clean-up.
        "rename_column_concurrently" => beside(&read, &table()?, &read.word(2)?),
        "undo_rename_column_concurrently" => beside(&read, &table()?, &read.word(2)?).inverse()?,
        // What had the old name goes, and the way back makes it again.
        "cleanup_concurrent_column_rename" => beside(&read, &table()?, &read.word(1)?).inverse()?,
        "undo_cleanup_concurrent_column_rename" => beside(&read, &table()?, &read.word(1)?),
        "change_column_type_concurrently" => {
            let (table, name) = (table()?, retyped(&read.word(1)?));
            read.add_columns(&table, &[name], &read.word(2)?)
        }
        "undo_change_column_type_concurrently" => {
            beside(&read, &table()?, &retyped(&read.word(1)?)).inverse()?
        }
        "cleanup_concurrent_column_type_change" => {
            let column = read.word(1)?;
            let type_name = String::new();
            Command::one_way(vec![Step::on(
                &table()?,
                Effect::SetType {
                    column,
                    type_name,
                    was: None,
                },
            )])
        }
        "rename_table_safely" => {
            let (from, to) = (table()?, read.word(1)?);
            let renamed = |a: &str, b: &str| Step::on(a, Effect::RenameTable { to: b.to_owned() });
            let view = |effect| Step {
                surface: Surface::new(SurfaceKind::View, from.clone()),
                effect,
                conditional: false,
            };
            let shows = Effect::CreateView {
                columns: None,
                reads: vec![Surface::table(to.clone())],
            };
            Command::both(renamed(&from, &to), renamed(&to, &from))
                .then(Command::both(view(shows), view(Effect::DropView)))
        }
        "finalize_table_rename" => {
            let view = Step {
                surface: Surface::new(SurfaceKind::View, table()?),
                effect: Effect::DropView,
                conditional: false,
            };
            Command::one_way(vec![view])
        }
        "update_column_in_batches" => {
            let effect = Effect::Backfill {
                rows: Rows::Updated,
                columns: vec![read.word(1)?],
                values: Vec::new(),
            };
            Command {
                forward: vec![Step::on(&table()?, effect)],
                back: Some(Vec::new()),
            }
        }
        _ => return None,
    })
}

/// A column of a type that stands elsewhere, kept equal to another by triggers.
fn beside(read: &Read<'_, '_, '_, '_>, table: &str, name: &str) -> Command {
    let context = read.walk.context();
    let element = Element {
        name: name.to_owned(),
        detail: Detail::Column(Column {
            type_name: String::new(),
            nullable: true,
            default: None,
            generated: false,
        }),
        place: context.file.place(context.syntax.range(read.sent.id)),
    };
    read.added(table, vec![element])
}

/// The column that takes the place of one whose type changes.
fn retyped(name: &str) -> String {
    format!("{name}_for_type_change")
}
