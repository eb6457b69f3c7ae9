//! Migrations, dumps and classes of Rails.

use coexist_model::{Effect, File, Hints, Phase, Reader, Reading};
use expect_test::{Expect, expect};

use super::migrations::said;
use crate::code::Code;

fn read(path: &str, text: &str) -> Reading {
    Code.read(&File::new(path, text), &Hints::default())
}

/// Reads the body of a migration of Rails 7.1.
fn check(body: &str, expected: Expect) {
    let text = format!("class X < ActiveRecord::Migration[7.1]\n{body}\nend\n");
    let reading = read("db/migrate/20240101000000_x.rb", &text);
    assert!(reading.migration.is_some());
    expected.assert_eq(&(said(&reading).join("\n") + "\n"));
}

#[test]
fn the_version_and_the_folder_tell_which_migration_it_is() {
    let text = "class A < ActiveRecord::Migration[7.1]\n  def change\n  end\nend\n";
    let part = |path: &str| read(path, text).migration;
    let first = part("db/migrate/20240101000000_a.rb").expect("a migration");
    assert_eq!((&*first.key.set, first.phase), ("db", None));
    assert_eq!(first.key.version, [20_240_101_000_000]);
    let last = part("db/post_migrate/20240101000000_a.rb").expect("a migration");
    assert_eq!((&*last.key.set, last.phase), ("db", Some(Phase::After)));
    assert!(part("spec/migrations/a_spec.rb").is_none());
}

#[test]
fn change_is_read_both_ways() {
    check(
        "  def change
    create_table :pets, id: :uuid do |t|
      t.string :name, limit: 20, null: false, index: { unique: true }
      t.references :owner, foreign_key: { to_table: :users }
      t.timestamps
    end
    add_column :users, :age, :integer, default: 0
    rename_column :users, :a, :b
    remove_column :users, :c, :text
    change_column_default :users, :age, from: 0, to: nil
  end",
        expect![[r#"
            3 pets create id uuid! =gen_random_uuid(), pets_pkey, name varchar(20)!, index_pets_on_name, owner_id bigint, index_pets_on_owner_id, owner_id → users, created_at timestamp!, updated_at timestamp!
            8 users add age integer =0
            9 users rename a to b
            10 users drop c
            11 users age defaults to nothing
            11 back: users age defaults to 0
            10 back: users add c text
            9 back: users rename b to a
            8 back: users drop age
            3 back: pets drop table
        "#]],
    );
}

#[test]
fn what_has_no_way_back_takes_the_whole_way_back() {
    check(
        "  def change\n    add_column :users, :age, :integer\n    remove_column :users, :c\n  end",
        expect![[r#"
            3 users add age integer
            4 users drop c
        "#]],
    );
}

#[test]
fn each_direction_has_its_own_commands() {
    check(
        "  def change
    reversible do |dir|
      dir.up { execute 'UPDATE users SET age = 1' }
      dir.down { change_column :users, :age, :string, null: true }
    end
    up_only { User.where(age: nil).update_all(age: 2) }
    revert { add_index :users, :age }
  end",
        expect![[r#"
            4 users backfill age
            7 users backfill age
            8 users release index_users_on_age
            8 back: users constrain index_users_on_age
            5 back: users age is varchar
            5 back: users age required false
        "#]],
    );
}

#[test]
fn loops_and_methods_of_the_migration_are_followed() {
    check(
        "  TABLES = %i[users teams].freeze

  def up
    TABLES.each { |table| drop(table, :legacy) }
    return if Rails.env.test?
    safety_assured { remove_columns :users, :x, :y }
    remove_columns :teams, *%i[x y], type: :boolean
  end

  def down
    raise ActiveRecord::IrreversibleMigration
  end

  def drop(table, column)
    remove_column table, column if column_exists?(table, column)
  end",
        expect![[r"
            16 perhaps users drop legacy
            16 perhaps teams drop legacy
            7 perhaps users drop x
            7 perhaps users drop y
            8 perhaps teams drop y
            8 perhaps teams drop x
        "]],
    );
}

#[test]
fn loops_in_loops_and_helpers_that_call_themselves_come_to_an_end() {
    let turns = "%w[a b c d e f g h].each do |x|\n".repeat(9);
    let looped = format!("def up\n{turns}do_it x\n{}end\n", "end\n".repeat(9));
    let called = "def up\n  one\nend\ndef one\n  one\n  two\nend\ndef two\n  one\n  two\nend";
    for body in [looped.as_str(), called] {
        let text = format!("class X < ActiveRecord::Migration[7.1]\n{body}\nend\n");
        let reading = read("db/migrate/20240101000000_x.rb", &text);
        assert!(reading.operations.iter().any(|o| matches!(
            &o.effect,
            Effect::Opaque { reason, .. } if reason.contains("too much to be read")
        )));
    }
}

#[test]
fn rows_are_changed_through_classes() {
    check(
        "  class Account < ApplicationRecord
    self.table_name = 'users'
  end

  def up
    Account.unscoped.in_batches { |batch| batch.update_all(\"plan = 'free'\") }
    Team.find_each { |team| team.update!(size: 1) }
    Rails.logger.info 'done'
    CleanJob.perform_later
    mystery :users
  end",
        expect![[r#"
            7 users backfill plan
            8 teams backfill size
            10  opaque cleanjob perform_later
            11  opaque mystery users
        "#]],
    );
}

#[test]
fn a_dump_is_the_form_up_to_its_version() {
    let reading = read(
        "db/schema.rb",
        "ActiveRecord::Schema[7.1].define(version: 2024_05_31_010203) do
  enable_extension \"plpgsql\"

  create_table \"users\", force: :cascade do |t|
    t.string \"email\", null: false
    t.datetime \"seen_at\", precision: nil
    t.index [\"email\"], name: \"users_by_email\", unique: true
  end

  add_foreign_key \"pets\", \"users\"
end
",
    );
    assert!(reading.migration.is_none());
    expect![[r#"
        4 users create id bigint!, users_pkey, email varchar!, seen_at timestamp, users_by_email
        10 pets constrain user_id → users
        1 schema_migrations backfill version
    "#]]
    .assert_eq(&(said(&reading).join("\n") + "\n"));
}

#[test]
fn a_class_names_its_table_or_has_it_by_convention() {
    let reading = read(
        "app/models/a.rb",
        "class Person < ApplicationRecord
  self.ignored_columns += %w[a b]
  ignore_column :c, remove_with: '17.1', remove_after: '2024-05-01'
  alias_attribute :full, :name
end
module Admin
  class User < ActiveRecord::Base
  end
end
class Old < ApplicationRecord
  self.table_name = 'legacy_things'
end
class Chief < Person
end
",
    );
    let models: Vec<String> = reading
        .models
        .iter()
        .map(|m| format!("{} {:?} -{}", m.name, m.table.name, m.deferred.join(",")))
        .collect();
    expect![[r#"
        Person "people" -a,b,c
        Admin::User "users" -
        Admin::User "admin_users" -
        Old "legacy_things" -
        Chief "" -"#]]
    .assert_eq(&models.join("\n"));
}

#[test]
fn queries_name_columns() {
    let text = "class User < ApplicationRecord
  scope :fresh, -> { where('users.age > ? AND legacy IS NULL', 1).order(:seen_at) }
  validates :email, presence: true
  belongs_to :team

  def self.sweep
    where(state: :old).delete_all
  end
end
User.find(1)
User.where(age: 1).pluck(:name)
User.create!(email: 'x', plan: :free)
User.joins(:teams).where('teams.size > 1 AND kind = 2')
";
    let reading = read("app/models/user.rb", text);
    let shown: Vec<String> = reading
        .accesses
        .iter()
        .map(|a| super::shown(a, text))
        .collect();
    expect![[r#"
        2: model User.age reads high resolved-call @'users.age > ? AND legacy IS NULL'

        2: model User.legacy reads high resolved-call @'users.age > ? AND legacy IS NULL'

        2: model User.seen_at reads high resolved-call @:seen_at

        3: model User.email reads medium mention @:email

        4: model User.team_id reads medium mention @belongs_to :team

        7: model User.state reads high resolved-call @:old

        10: model User queries high resolved-call @User.find(1)

        11: model User.age reads high resolved-call @1

        11: model User.name reads high resolved-call @:name

        12: model User inserts [email, plan] email=x, plan=free high resolved-call @User.create!(email: 'x', plan: :free)

        13: model User queries high resolved-call @User.joins(:teams)

        13: model User.kind reads medium resolved-call @'teams.size > 1 AND kind = 2'
    "#]].assert_eq(&shown.join("\n"));
}
