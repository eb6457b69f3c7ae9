//! Columns and constraints as SQLAlchemy spells them: `sa.Column("name", sa.String(50), nullable=False)`.
//!
//! Types: <https://docs.sqlalchemy.org/en/20/core/type_basics.html>.

use coexist_model::{Column, ConstraintKind, Detail, Element};

use crate::code::arguments::{Arguments, text, texts};
use crate::code::migrations::script::Script;
pub(super) use crate::code::migrations::script::constraint;
use crate::code::orm::sqlalchemy::types::{default, foreign_key, is_call_of, name_of, type_name};
use crate::code::syntax::Id;

/// Returns the column that a call of `Column` declares, and the constraints that stand in it; None where it is no such call or its
/// name cannot be told.
pub(super) fn column(script: &mut Script<'_, '_, '_>, table: &str, id: Id) -> Option<Vec<Element>> {
    let s = script.context.syntax;
    let call = s.call(id).filter(|&c| s.called(c) == "Column")?;
    let arguments = Arguments::of(script.context, call);
    let name = arguments.text(0, "name")?;
    let primary = arguments.flag("primary_key") == Some(true);
    let type_node = arguments
        .placed
        .get(1)
        .copied()
        .or_else(|| arguments.named("type_"));
    let identity = arguments
        .placed
        .iter()
        .any(|&a| is_call_of(script.context, a, &["Identity", "Computed"]));
    let type_name = type_node.map_or_else(String::new, |t| {
        type_name(script.context, script.dialect, t)
    });
    let counts = type_name == "integer" || type_name == "bigint" || type_name == "smallint";
    let column = Column {
        nullable: !primary && arguments.flag("nullable") != Some(false),
        default: arguments
            .named("server_default")
            .and_then(|d| default(script.context, d)),
        generated: identity
            || (primary && counts && arguments.flag("autoincrement") != Some(false)),
        type_name,
    };
    let place = script.place(id);
    let mut elements = vec![Element {
        name: name.clone(),
        detail: Detail::Column(column),
        place,
    }];
    let columns = vec![name];
    if primary {
        elements.push(constraint(
            script,
            id,
            table,
            None,
            ConstraintKind::PrimaryKey,
            columns.clone(),
        ));
    }
    if arguments.flag("unique") == Some(true) {
        elements.push(constraint(
            script,
            id,
            table,
            None,
            ConstraintKind::Unique,
            columns.clone(),
        ));
    }
    for &argument in &arguments.placed {
        if let Some(table_to) = foreign_key(script.context, argument) {
            let kind = ConstraintKind::ForeignKey { table: table_to };
            elements.push(constraint(
                script,
                argument,
                table,
                None,
                kind,
                columns.clone(),
            ));
        }
    }
    Some(elements)
}

/// Returns the constraint that stands in a call of `create_table`: `sa.UniqueConstraint("a", "b", name="…")`. None where it is
/// something else.
pub(super) fn table_constraint(
    script: &mut Script<'_, '_, '_>,
    table: &str,
    id: Id,
) -> Option<Element> {
    let s = script.context.syntax;
    let call = s.call(id)?;
    let arguments = Arguments::of(script.context, call);
    let listed = |at: usize| {
        arguments
            .placed
            .get(at)
            .and_then(|&l| texts(script.context, l))
    };
    let all = || -> Vec<String> {
        let names = arguments.placed.iter();
        names.filter_map(|&a| text(script.context, a)).collect()
    };
    let (kind, columns) = match s.called(call) {
        "PrimaryKeyConstraint" => (ConstraintKind::PrimaryKey, all()),
        "UniqueConstraint" => (ConstraintKind::Unique, all()),
        "ForeignKeyConstraint" => {
            let target = listed(1)?.first()?.clone();
            let table = target.rsplit_once('.').map_or("", |(t, _)| t).to_owned();
            (ConstraintKind::ForeignKey { table }, listed(0)?)
        }
        "CheckConstraint" => {
            let expression = arguments.text(0, "sqltext").unwrap_or_default();
            (ConstraintKind::Check { expression }, Vec::new())
        }
        "ExcludeConstraint" => (ConstraintKind::Exclusion, Vec::new()),
        "Index" => (ConstraintKind::Index, all().split_off(1.min(all().len()))),
        _ => return None,
    };
    let name = match s.called(call) {
        "Index" => arguments.text(0, "name"),
        _ => arguments
            .named("name")
            .and_then(|n| name_of(script.context, n)),
    };
    Some(constraint(script, id, table, name, kind, columns))
}
