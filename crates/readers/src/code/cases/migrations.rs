//! Migrations written in code.

use coexist_model::{Detail, Direction, Effect, File, Hints, Reader, Reading};

use crate::code::Code;

const REVISION: &str = r#"
"""drop name"""
from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = "b2"
down_revision = ("a1", "a0")


def upgrade() -> None:
    op.add_column("users", sa.Column("age", sa.Integer(), nullable=False))
    with op.batch_alter_table("orders") as batch_op:
        batch_op.drop_column("note")
        batch_op.alter_column("total", type_=sa.Numeric(10, 2), nullable=False)
    if condition():
        op.drop_table("logs", schema="audit")
    op.create_table(
        "pets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.String())),
        sa.Column("owner_id", sa.BigInteger(), sa.ForeignKey("users.id"), server_default=sa.text("0")),
        sa.PrimaryKeyConstraint("id", name=op.f("pets_pkey")),
    )
    op.execute(
        """
        UPDATE users
           SET age = 0;
        ALTER TABLE users DROP COLUMN name;
        """
    )
    op.drop_column(TABLE, "x")


def downgrade() -> None:
    op.drop_column("users", "age")
"#;

#[test]
fn a_revision_of_alembic_is_both_ways_of_one_migration() {
    let reading = Code.read(
        &File::new("db/versions/b2_drop_name.py", REVISION),
        &Hints::default(),
    );
    let part = reading.migration.as_ref().expect("a migration");
    assert_eq!((part.tool, &*part.key.set), ("alembic", "db/versions"));
    assert_eq!(part.id.as_deref(), Some("b2"));
    assert_eq!(part.after, ["a1".into(), "a0".into()]);
    let said = said(&reading);
    assert_eq!(
        said,
        [
            "12 users add age integer!",
            "14 orders drop note",
            "15 orders total is numeric(10,2)",
            "15 orders total required true",
            "17 perhaps audit.logs drop table",
            "18 pets create id uuid!, tags varchar[], owner_id bigint =0, owner_id → users, pets_pkey",
            "27 users backfill age",
            "29 users drop name",
            "32 x opaque drop_column op table",
            "36 back: users drop age",
        ]
    );
}

const BY_DIALECT: &str = r#"
from alembic import op

revision = "b2"
down_revision = "a1"


def upgrade() -> None:
    bind = op.get_bind()
    is_sqlite = bind.dialect.name == "sqlite"
    if is_sqlite:
        op.drop_table("passages")
    else:
        op.rename_table("passages", "archive")
    if bind.dialect.name in ("postgresql", "cockroachdb") and not is_sqlite:
        op.drop_column("users", "here")
    elif bind.dialect.name == "mysql":
        op.drop_column("users", "there")
    else:
        op.drop_column("users", "elsewhere")
    if settings.small:
        return
    op.drop_column("users", "large")
    if not is_sqlite:
        return
    op.drop_table("users")


def downgrade() -> None:
    pass
"#;

#[test]
fn a_revision_does_what_it_does_on_the_database_that_is_migrated() {
    check(
        "db/versions/b2.py",
        BY_DIALECT,
        "alembic db/versions b2",
        &[
            "14 perhaps passages rename to archive",
            "16 perhaps users drop here",
            "23 perhaps users drop large",
        ],
    );
}

/// Returns what each operation of a migration does, a line each.
pub(super) fn said(reading: &Reading) -> Vec<String> {
    reading
        .operations
        .iter()
        .map(|o| {
            let what = match &o.effect {
                Effect::AddColumn(e) => format!("add {}", element(e)),
                Effect::DropColumn { column } => format!("drop {column}"),
                Effect::SetType { column, type_name } => format!("{column} is {type_name}"),
                Effect::SetDefault { column, default } => {
                    format!(
                        "{column} defaults to {}",
                        default.as_deref().unwrap_or("nothing")
                    )
                }
                Effect::RenameColumn { column, to } => format!("rename {column} to {to}"),
                Effect::RenameTable { to } => format!("rename to {to}"),
                Effect::AddConstraint(e) => format!("constrain {}", element(e)),
                Effect::DropConstraint { name } => format!("release {name}"),
                Effect::SetRequired { column, required } => format!("{column} required {required}"),
                Effect::DropTable => "drop table".to_owned(),
                Effect::CreateTable { elements } => {
                    let names: Vec<String> = elements.iter().map(element).collect();
                    format!("create {}", names.join(", "))
                }
                Effect::CreateEnum { values } => format!("enum {}", values.join(",")),
                Effect::Backfill { columns, .. } => format!("backfill {}", columns.join(",")),
                Effect::Opaque { identifiers, .. } => format!("opaque {}", identifiers.join(" ")),
                other => format!("{other:?}"),
            };
            let back = if o.direction == Direction::Down {
                "back: "
            } else {
                ""
            };
            let perhaps = if o.conditional { "perhaps " } else { "" };
            format!("{} {back}{perhaps}{} {what}", o.place.line, o.surface)
        })
        .collect()
}

fn element(element: &coexist_model::Element) -> String {
    match &element.detail {
        Detail::Column(c) => {
            let required = if c.nullable { "" } else { "!" };
            let default = c
                .default
                .as_ref()
                .map_or_else(String::new, |d| format!(" ={d}"));
            format!("{} {}{required}{default}", element.name, c.type_name)
        }
        Detail::Constraint(c) => match &c.kind {
            coexist_model::ConstraintKind::ForeignKey { table } => {
                format!("{} → {table}", c.columns.join(","))
            }
            _ => element.name.clone(),
        },
        _ => element.name.clone(),
    }
}

/// Reads a file and compares what it is and does.
pub(super) fn check(path: &str, text: &str, migration: &str, operations: &[&str]) {
    let reading = Code.read(&File::new(path, text), &Hints::default());
    let part = reading.migration.as_ref().expect("a migration");
    let found = format!("{} {} {}", part.tool, part.key.set, part.key.name);
    assert_eq!(found, migration);
    assert_eq!(said(&reading), operations);
}
