use coexist_model::{ChangelogEntry, Direction, Effect, File, Hints, Reader, Reading};
use expect_test::{Expect, expect};

use super::Liquibase;

fn read(path: &str, text: &str) -> Reading {
    assert!(Liquibase.claims(path, text), "{path} is not claimed");
    Liquibase.read(&File::new(path, text), &Hints::default())
}

fn check(path: &str, text: &str, expected: Expect) {
    let reading = read(path, text);
    let mut out = String::new();
    for entry in &reading.changelog.unwrap_or_default().entries {
        match entry {
            ChangelogEntry::Include(include) => {
                let of = if include.folder { "all of " } else { "" };
                let from = if include.relative { " from here" } else { "" };
                out += &format!("include {of}{}{from}\n", include.path);
            }
            ChangelogEntry::Changeset(set) => {
                let again = if set.repeatable { " again" } else { "" };
                let only = set.dialects.as_ref();
                let only = only.map(|d| d.iter().map(|d| d.word()).collect::<Vec<_>>().join(" "));
                let only = only.map(|d| format!(" only {d}")).unwrap_or_default();
                out += &format!("{}{again}{only}\n", set.name);
                for o in &reading.operations[set.operations.clone()] {
                    let way = if o.direction == Direction::Down {
                        " <-"
                    } else {
                        ""
                    };
                    let perhaps = if o.conditional { " perhaps" } else { "" };
                    let line = o.place.line;
                    out += &format!(
                        "  {line}{way}{perhaps} {}: {}\n",
                        o.surface,
                        brief(&o.effect)
                    );
                }
            }
        }
    }
    for problem in &reading.problems {
        out += &format!("problem {}: {}\n", problem.place.line, problem.what);
    }
    expected.assert_eq(&out);
}

fn brief(effect: &Effect) -> String {
    use coexist_model::Detail;
    let element = |e: &coexist_model::Element| match &e.detail {
        Detail::Column(c) => {
            let default = c.default.as_ref().map(|d| format!(" ={d}"));
            format!(
                "{} {}{}{}{}",
                e.name,
                c.type_name,
                if c.nullable { "" } else { " !" },
                default.unwrap_or_default(),
                if c.generated { " +" } else { "" }
            )
        }
        Detail::Constraint(c) => format!("{} {:?} {}", e.name, c.kind, c.columns.join(" ")),
        _ => e.name.clone(),
    };
    match effect {
        Effect::CreateTable { elements } => {
            let all: Vec<String> = elements.iter().map(element).collect();
            format!("create ({})", all.join(", "))
        }
        Effect::AddColumn(e) => format!("add {}", element(e)),
        Effect::AddConstraint(e) => format!("constrain {}", element(e)),
        Effect::Opaque {
            reason,
            identifiers,
        } => format!("opaque {reason} [{}]", identifiers.join(" ")),
        other => format!("{other:?}"),
    }
}

#[test]
fn xml_is_read_change_by_change() {
    check(
        "app/src/main/resources/db/changelog/1.xml",
        r#"<?xml version="1.0" encoding="UTF-8"?>
<databaseChangeLog xmlns="http://www.liquibase.org/xml/ns/dbchangelog">
  <property name="clob" value="longtext" dbms="mysql"/>
  <property name="clob" value="text" dbms="postgresql"/>
  <include file="db/changelog/0.xml"/>
  <includeAll path="more/" relativeToChangelogFile="true"/>
  <changeSet id="1" author="ann">
    <createTable tableName="USERS">
      <column name="ID" type="BIGINT" autoIncrement="true"><constraints primaryKey="true"/></column>
      <column name="email" type="varchar(320)"><constraints nullable="false" unique="true"/></column>
      <column name="bio" type="${clob}" defaultValue="none"/>
    </createTable>
    <addColumn tableName="users">
      <column name="team" type="int" valueNumeric="1"><constraints nullable="false"/></column>
    </addColumn>
    <rollback><dropTable tableName="users"/></rollback>
  </changeSet>
  <changeSet id="2" author="bob" dbms="postgresql,h2" runOnChange="true">
    <preConditions onFail="MARK_RAN"><columnExists tableName="users" columnName="bio"/></preConditions>
    <dropColumn tableName="users" columnName="bio"/>
    <dropColumn tableName="users"><column name="a"/><column name="b"/></dropColumn>
    <sql>
      UPDATE users SET email = 'a' WHERE id &lt; 3;
      ALTER TABLE users DROP COLUMN team;
    </sql>
    <customChange class="com.acme.Move"><param name="table" value="users"/></customChange>
  </changeSet>
  <changeSet id="3" author="bob" context="test"><dropTable tableName="users"/></changeSet>
</databaseChangeLog>
"#,
        expect![[r#"
            include db/changelog/0.xml
            include all of more from here
            db/changelog/1.xml::1::ann
              8 users: create (id bigint ! +, users_pkey PrimaryKey id, email varchar(320) !, users_email_key Unique email, bio text =none)
              14 users: add team integer !
              14 users: Backfill { rows: Filled, columns: ["team"], values: [] }
              16 <- users: DropTable
            db/changelog/1.xml::2::bob again only postgres
              20 perhaps users: DropColumn { column: "bio" }
              21 perhaps users: DropColumn { column: "a" }
              21 perhaps users: DropColumn { column: "b" }
              23 perhaps users: Backfill { rows: Updated, columns: ["email"], values: [("email", "a")] }
              24 perhaps users: DropColumn { column: "team" }
              26 perhaps : opaque what com.acme.Move does is not read [acme com move table users]
            db/changelog/1.xml::3::bob
            problem 26: what com.acme.Move does is not read
        "#]],
    );
}

#[test]
fn yaml_says_the_same() {
    check(
        "db/changelog.yaml",
        r"databaseChangeLog:
  - include:
      file: a.yaml
      relativeToChangelogFile: true
  - changeSet:
      id: 1
      author: ann
      preConditions:
        - onFail: MARK_RAN
        - not:
            - columnExists: {tableName: users, columnName: nick}
      changes:
        - addColumn:
            tableName: users
            columns:
              - column:
                  name: nick
                  type: varchar(20)
                  constraints:
                    nullable: false
        - sql: DROP TABLE old
        - sql:
            sql: |
              DELETE FROM a;
              ALTER TABLE users RENAME COLUMN a TO b;
        - modifyDataType: {tableName: users, columnName: nick, newDataType: clob}
      rollback:
        - dropColumn: {tableName: users, columnName: nick}
",
        expect![[r#"
            include a.yaml from here
            changelog.yaml::1::ann
              16 perhaps users: add nick varchar(20) !
              21 perhaps old: DropTable
              24 perhaps a: Backfill { rows: Deleted, columns: [], values: [] }
              25 perhaps users: RenameColumn { column: "a", to: "b" }
              26 perhaps users: SetType { column: "nick", type_name: "text", was: None }
              28 <- perhaps users: DropColumn { column: "nick" }
        "#]],
    );
    check(
        "db/changelog.json",
        r#"{"databaseChangeLog": [{"changeSet": {"id": "1", "author": "ann", "changes": [
  {"renameTable": {"oldTableName": "a", "newTableName": "b"}},
  {"createIndex": {"tableName": "b", "indexName": "i", "unique": true, "columns": [{"column": {"name": "x"}}]}}
]}}]}"#,
        expect![[r#"
            changelog.json::1::ann
              2 a: RenameTable { to: "b" }
              3 b: constrain i Unique x
        "#]],
    );
}

#[test]
fn formatted_sql_is_parted_by_its_comments() {
    check(
        "db/2.sql",
        "--liquibase formatted sql\n\n--changeset ann:1 dbms:postgresql\n-- a comment\nALTER TABLE users ADD COLUMN nick text;\nALTER TABLE users\n  ALTER COLUMN nick SET NOT NULL;\n--rollback ALTER TABLE users DROP COLUMN nick;\n\n-- changeset bob:\"2 b\" runOnChange:true context:\"dev or prod\"\n--preconditions onFail:MARK_RAN onError:HALT\nDROP TABLE old;\n/* liquibase rollback\n CREATE TABLE old (id int);\n*/\n--changeset cid:3\nDROP VIEW v;\n--rollback not required\n",
        expect![[r#"
            2.sql::1::ann only postgres
              5 users: add nick text
              6 users: SetRequired { column: "nick", required: true }
              8 <- users: DropColumn { column: "nick" }
            2.sql::2 b::bob again
              12 perhaps old: DropTable
            2.sql::3::cid
              17 v: DropView
        "#]],
    );
}

#[test]
fn any_text_is_read_to_its_end() {
    let deep = format!(
        "<databaseChangeLog>{}</databaseChangeLog>",
        "<a>".repeat(100_000)
    );
    let nested = format!(
        "<databaseChangeLog>{}{}</databaseChangeLog>",
        "<a>".repeat(100_000),
        "</a>".repeat(100_000)
    );
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;&b;\">]><databaseChangeLog>&c;</databaseChangeLog>";
    for text in [
        deep.as_str(),
        &nested,
        bomb,
        "<databaseChangeLog",
        "<databaseChangeLog>é",
    ] {
        let reading = read("a.xml", text);
        assert!(reading.operations.len() <= 1);
    }
    read(
        "a.yaml",
        "databaseChangeLog: [{changeSet: [a, {b: &c [*c]}]}]",
    );
    read(
        "a.sql",
        "--liquibase formatted sql\n--changeset\n--changeset é\n/* liquibase rollback",
    );
}
