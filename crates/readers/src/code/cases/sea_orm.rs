//! Rust: migrations of SeaORM.

use coexist_model::{Dialect, File, Hints, Reader, Reading};
use expect_test::{Expect, expect};

use super::migrations::said;
use crate::code::Code;

fn read(text: &str) -> Reading {
    Code.read(
        &File::new("migration/src/m20240101_000001_x.rs", text),
        &Hints::default(),
    )
}

/// Reads the body of `up`, the first line of which is the 5th.
fn check(body: &str, expected: Expect) {
    let text = format!(
        "use sea_orm_migration::{{prelude::*, schema::*}};
#[async_trait]
impl MigrationTrait for Migration {{
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {{
{body}
        Ok(())
    }}
}}
#[derive(DeriveIden)] enum User {{ Table, Id, FirstName, #[sea_orm(iden = \"mail\")] Email, TeamId }}
#[derive(Iden)] #[iden = \"squads\"] enum Team {{ Table, Id }}
enum Old {{ Table, Nick }}
impl Iden for Old {{ fn unquoted(&self, s: &mut dyn Write) {{ write!(s, \"{{}}\", match self {{ Self::Table => \"veterans\", Self::Nick => \"nick_name\" }}) }} }}
"
    );
    let reading = read(&text);
    assert!(reading.migration.is_some());
    expected.assert_eq(&(said(&reading).join("\n") + "\n"));
}

#[test]
fn the_trait_tells_the_tool() {
    let of = |text: &str| {
        read(text)
            .migration
            .map(|m| (m.tool, m.key.name.to_string()))
    };
    let ours = "impl MigrationTrait for Migration {}";
    let name = "m20240101_000001_x".to_owned();
    assert_eq!(of(ours), Some(("sea-orm", name)));
    assert_eq!(of("impl MigratorTrait for Migrator {}"), None);
}

#[test]
fn a_table_is_created_with_its_columns() {
    check(
        r#"        manager.create_table(Table::create().table(User::Table).if_not_exists()
            .col(ColumnDef::new(User::Id).big_integer().not_null().auto_increment().primary_key())
            .col(ColumnDef::new(User::FirstName).string().not_null().default("x"))
            .col(ColumnDef::new(User::Email).string_len(80).unique_key())
            .col(ColumnDef::new(Alias::new("at")).timestamp_with_time_zone().not_null().default(Expr::current_timestamp()))
            .col(integer_null(User::TeamId))
            .col(crate::types::stamp(Alias::new("since"), manager).not_null())
            .col(uuid_of(Alias::new("key")))
            .foreign_key(ForeignKey::create().name("fk").from(User::Table, User::TeamId).to(Team::Table, Team::Id))
            .to_owned()).await?;
        manager.create_table(table_auto(Team::Table).col(pk_auto(Team::Id)).to_owned()).await?;"#,
        expect![[r#"
            5 perhaps user create id bigint!, user_pkey, first_name varchar! ='x', mail varchar(80), user_mail_key, at timestamp with time zone! =CURRENT_TIMESTAMP, team_id integer, since !, key , team_id → squads
            15 perhaps squads create id integer!, squads_pkey, created_at timestamp! =CURRENT_TIMESTAMP, updated_at timestamp! =CURRENT_TIMESTAMP
        "#]],
    );
}

#[test]
fn a_table_is_altered_call_by_call() {
    check(
        r#"        let change = Table::alter().table(User::Table)
            .add_column(ColumnDef::new(User::Email).string().not_null())
            .drop_column(User::FirstName)
            .rename_column(Alias::new("a"), User::TeamId)
            .modify_column(ColumnDef::new(User::TeamId).integer().not_null())
            .drop_foreign_key(made(1))
            .to_owned();
        manager.alter_table(change).await?;
        manager.alter_table(Table::alter().table(Old::Table).drop_column(Old::Nick).to_owned()).await?;
        manager.rename_table(Table::rename().table(Old::Table, Team::Table).to_owned()).await?;
        manager.create_index(Index::create().unique().name("i").table(User::Table).col(User::Email).to_owned()).await?;
        manager.drop_index(Index::drop().name("j").table(User::Table).to_owned()).await?;
        manager.drop_table(Table::drop().table(Team::Table).if_exists().to_owned()).await"#,
        expect![[r#"
            6 user add mail varchar!
            7 user drop first_name
            8 user rename a to team_id
            9 user team_id is integer
            9 user team_id required true
            10 user opaque add_column alias alter columndef drop_column drop_foreign_key email firstname integer made modify_column new not_null rename_column string table teamid user
            13 veterans drop nick_name
            14 veterans rename to squads
            15 user constrain i
            16 user release j
            17 perhaps squads drop table
        "#]],
    );
}

#[test]
fn sql_and_functions_that_are_handed_the_manager_are_followed() {
    check(
        r#"        let db = manager.get_connection();
        db.execute_unprepared("ALTER TABLE user DROP COLUMN a").await?;
        if manager.has_column("user", "b").await? { drop_b(manager).await?; }
        match manager.get_database_backend() {
            DbBackend::Postgres => manager.create_type(Type::create().as_enum(Alias::new("mood")).values([Alias::new("sad"), Alias::new("ok")]).to_owned()).await?,
            _ => {}
        }
        let mut made = Table::alter();
        made.table(User::Table).drop_column(User::Email);
        manager.alter_table(made).await?;
        manager.exec_stmt(Query::update().table(User::Table).value(User::Email, "x").to_owned()).await?;
        fill(db).await?;
        Ok(())
    }
}
async fn drop_b(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.alter_table(Table::alter().table(User::Table).drop_column(Alias::new("b")).to_owned()).await
}
mod x { fn f() {"#,
        expect![[r#"
            6 user drop a
            21 perhaps user drop b
            9 perhaps mood opaque mood
            14  opaque alter_table made manager
            15 user backfill mail
            16  opaque db fill
        "#]],
    );
}

#[test]
fn a_step_for_one_database_is_doubted_where_none_is_told() {
    check(
        r#"        if manager.get_database_backend() == DatabaseBackend::Postgres { return Ok(()); }
        manager.drop_table(Table::drop().table(User::Table).to_owned()).await?;"#,
        expect![[r#"
            6 user opaque user
        "#]],
    );
    let text = r#"impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_database_backend() {
            DbBackend::Sqlite => rebuild(manager).await?,
            _ => manager.drop_table(Table::drop().table(Alias::new("a")).to_owned()).await?,
        }
        Ok(())
    }
}
async fn rebuild(m: &SchemaManager<'_>) -> Result<(), DbErr> {
    m.drop_table(Table::drop().table(Alias::new("b")).to_owned()).await
}
"#;
    let of = |dialect| {
        let hints = Hints {
            dialect: Some(dialect),
            ..Hints::default()
        };
        let file = File::new("migration/src/m20240101_000001_x.rs", text);
        said(&Code.read(&file, &hints)).join("\n")
    };
    expect!["11 perhaps b drop table"].assert_eq(&of(Dialect::Sqlite));
    expect!["5 perhaps a drop table"].assert_eq(&of(Dialect::Postgres));
}
