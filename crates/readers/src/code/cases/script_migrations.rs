//! Migrations of the tools of JavaScript and TypeScript.

use super::migrations::check;

#[test]
fn a_migration_of_sequelize_says_what_the_database_gets() {
    let text = r#"
"use strict";
const TABLE = "users";
module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.sequelize.transaction(async (transaction) => {
      await queryInterface.addColumn(TABLE, "age", { type: Sequelize.INTEGER, allowNull: false }, { transaction });
      await queryInterface.addColumn("users", "key", {
        type: Sequelize.UUID,
        defaultValue: Sequelize.UUIDV4,
        references: { model: "keys", key: "id" },
      });
      await queryInterface.changeColumn("users", "name", { type: Sequelize.STRING(50), allowNull: false, defaultValue: "x" });
    });
    for (const column of ["a", "b"]) {
      await queryInterface.removeColumn("users", column);
    }
    await queryInterface.renameColumn("users", "firstName", "givenName").then(() =>
      queryInterface.renameTable("people", "persons")
    );
    await queryInterface.addIndex("users", ["teamId", "email"], { unique: true, where: { active: true } });
    await queryInterface.addConstraint("users", { fields: ["email"], type: "unique", name: "users_email" });
    await queryInterface.sequelize.query(`ALTER TABLE ${TABLE} DROP COLUMN note`);
    await queryInterface.createTable("pets", {
      id: { type: Sequelize.INTEGER, autoIncrement: true, primaryKey: true },
      tags: { type: Sequelize.ARRAY(Sequelize.STRING), defaultValue: [] },
      role: Sequelize.ENUM("cat", "dog"),
    });
    await queryInterface.bulkUpdate("users", { active: true }, { active: null });
    await elsewhere(queryInterface);
    await queryInterface.addColumn("users", given, { type: Sequelize.INTEGER });
  },
  down: (queryInterface) => queryInterface.removeColumn("users", "age"),
};
"#;
    check(
        "server/migrations/20240101000000-x.js",
        text,
        "sequelize server/migrations 20240101000000-x",
        &[
            "7 users add age integer!",
            "8 users add key uuid",
            "8 users constrain key → keys",
            "13 users name is varchar(50)",
            "13 users name defaults to 'x'",
            "13 users name required true",
            "16 users drop a",
            "16 users drop b",
            "18 users rename firstName to givenName",
            "19 people rename to persons",
            "21 users constrain users_team_id_email",
            "22 users constrain users_email",
            "23 users drop note",
            "24 perhaps enum_pets_role enum cat,dog",
            "24 perhaps pets create id integer!, pets_pkey, tags varchar(255)[] ='…', role enum_pets_role",
            "29 users backfill active",
            "30  opaque elsewhere queryinterface",
            "31 users opaque addcolumn given integer queryinterface sequelize type users",
            "33 back: users drop age",
        ],
    );
}

#[test]
fn a_migration_of_knex_describes_a_table_in_a_function() {
    let text = r#"
const TABLE = 'users';
exports.up = async function (knex) {
  await knex.schema
    .createTable('pets', (table) => {
      table.increments();
      table.string('name', 50).notNullable().defaultTo('x').unique();
      table.integer('owner_id').references('id').inTable('users');
      table.timestamps(true, true);
    })
    .alterTable(TABLE, (t) => {
      t.dropColumns('a', 'b');
      t.renameColumn('c', 'd');
      t.dropNullable('e');
      t.text('bio').notNullable().alter();
      t.unique(['email', 'team_id']);
    });
  if (!(await knex.schema.hasColumn('users', 'f'))) {
    await knex.schema.table('users', (table) => table.boolean('f'));
  }
  await knex('users').whereNull('f').update({ f: false });
  await knex.raw(`DROP INDEX ${TABLE}_idx`);
  await knex.schema.dropTableIfExists('logs');
};
exports.down = async (knex) => {
  await knex.schema.withSchema('audit').dropTable('pets');
};
"#;
    check(
        "migrations/20240101_x.js",
        text,
        "knex migrations 20240101_x",
        &[
            "5 pets create id integer!, pets_pkey, name varchar(50)! ='x', pets_name_unique, owner_id integer, owner_id → users, created_at timestamp with time zone! =CURRENT_TIMESTAMP, updated_at timestamp with time zone! =CURRENT_TIMESTAMP",
            "12 users drop a",
            "12 users drop b",
            "13 users rename c to d",
            "14 users e required true",
            "15 users bio is text",
            "15 users bio defaults to nothing",
            "15 users bio required true",
            "16 users constrain users_email_team_id_unique",
            "19 perhaps users add f boolean",
            "21 users backfill f",
            "22  release users_idx",
            "23 perhaps logs drop table",
            "26 back: audit.pets drop table",
        ],
    );
}

#[test]
fn a_migration_of_typeorm_is_sql_and_calls() {
    let text = r#"
import { MigrationInterface, QueryRunner, TableColumn } from "typeorm";
export class Change1700000000000 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "users" ADD "age" integer NOT NULL`);
    await queryRunner.addColumn("users", new TableColumn({ name: "note", type: "varchar", length: "20", isNullable: true }));
    await queryRunner.dropColumn("users", "legacy");
    await queryRunner.renameColumn("users", "a", "b");
    await queryRunner.manager.update(User, {}, { x: 1 });
  }
  public async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.query(`ALTER TABLE "users" DROP COLUMN "age"`);
  }
}
"#;
    check(
        "src/migration/1700000000000-Change.ts",
        text,
        "typeorm src/migration 1700000000000-Change",
        &[
            "5 users add age integer!",
            "6 users add note varchar(20)",
            "7 users drop legacy",
            "8 users rename a to b",
            "9  opaque manager queryrunner update user",
            "12 back: users drop age",
        ],
    );
}

#[test]
fn a_migration_of_kysely_is_made_of_chains() {
    let text = r#"
import { Kysely, sql } from 'kysely'
export async function up(db: Kysely<any>): Promise<void> {
  await db.schema
    .createTable('pets')
    .addColumn('id', 'serial', (col) => col.primaryKey())
    .addColumn('name', 'varchar', (col) => col.notNull().defaultTo(sql`now()`))
    .addUniqueConstraint('pets_name', ['name'])
    .execute()
  await db.schema.alterTable('users').dropColumn('a').alterColumn('b', (c) => c.setNotNull()).execute()
  await db.updateTable('users').set({ b: 1 }).execute()
  await sql`ALTER TABLE users DROP COLUMN c`.execute(db)
}
export async function down(db: Kysely<any>) {
  await db.schema.dropTable('pets').ifExists().execute()
}
"#;
    check(
        "src/db/migrations/20240101-x.ts",
        text,
        "kysely src/db/migrations 20240101-x",
        &[
            "5 pets create id integer!, pets_pkey, name varchar! =now(), pets_name",
            "10 users drop a",
            "10 users b required true",
            "11 users backfill b",
            "12 users drop c",
            "15 back: perhaps pets drop table",
        ],
    );
}

#[test]
fn migrations_of_node_pg_migrate_and_mikro_orm() {
    let text = r#"
exports.up = (pgm) => {
  pgm.addColumns('users', { age: { type: 'integer', notNull: true }, note: 'text' });
  pgm.dropColumn('users', ['a', 'b']);
  pgm.alterColumn('users', 'c', { notNull: true });
  pgm.createIndex('users', 'email', { unique: true });
  pgm.sql("UPDATE users SET c = 1");
};
"#;
    check(
        "migrations/1700000000000_x.js",
        text,
        "node-pg-migrate migrations 1700000000000_x",
        &[
            "3 users add age integer!",
            "3 users add note text",
            "4 users drop a",
            "4 users drop b",
            "5 users c required true",
            "6 users constrain users_email_unique_index",
            "7 users backfill c",
        ],
    );
    let text = r#"
import { Migration } from '@mikro-orm/migrations';
export class Migration20240101 extends Migration {
  async up(): Promise<void> {
    this.addSql('alter table "users" drop column "a";');
  }
}
"#;
    check(
        "src/migrations/Migration20240101.ts",
        text,
        "mikro-orm src/migrations Migration20240101",
        &["5 users drop a"],
    );
}

#[test]
fn a_migration_of_db_migrate_calls_its_driver() {
    let text = r#"
exports.up = function (db, callback) {
  db.createTable('pets', { id: { type: 'int', primaryKey: true, autoIncrement: true }, name: 'string' }, callback);
  db.addColumn('users', 'age', { type: 'int', notNull: true }, callback);
  db.removeColumn('users', 'a', callback);
  db.renameColumn('users', 'b', 'c', callback);
  db.changeColumn('users', 'd', { notNull: true }, callback);
  db.addIndex('users', 'users_email', ['email'], true, callback);
  db.runSql(`ALTER TABLE users DROP COLUMN e`, callback);
  db.addMystery('users', callback);
};
exports.down = (db) => db.dropTable('pets');
"#;
    check(
        "src/migrations/20240101000000-x.js",
        text,
        "db-migrate src/migrations 20240101000000-x",
        &[
            "3 pets create id integer!, pets_pkey, name varchar",
            "4 users add age integer!",
            "5 users drop a",
            "6 users rename b to c",
            "7 users d required true",
            "8 users constrain users_email",
            "9 users drop e",
            "10 users opaque addmystery callback db users",
            "12 back: pets drop table",
        ],
    );
    // MongoDB's migrate-mongo hands a handle of the same name to functions of the same name.
    let other =
        "exports.up = async (db, client) => { await db.collection('a').updateMany({}, {}); };\n";
    let file = coexist_model::File::new("migrations/20240101-x.js", other);
    let read =
        coexist_model::Reader::read(&crate::code::Code, &file, &coexist_model::Hints::default());
    assert!(read.migration.is_none());
}
