//! Elixir: migrations and schemas of Ecto.

use coexist_model::{File, Hints, Reader, Reading};
use expect_test::{Expect, expect};

use super::migrations::said;
use crate::code::Code;

fn read(path: &str, text: &str) -> Reading {
    Code.read(&File::new(path, text), &Hints::default())
}

/// Reads the functions of a migration, the first of which stands in line 3.
fn check(body: &str, expected: Expect) {
    let text = format!("defmodule X do\n  use Ecto.Migration\n{body}\nend\n");
    let reading = read("priv/repo/migrations/20240101000000_x.exs", &text);
    assert!(reading.migration.is_some());
    expected.assert_eq(&(said(&reading).join("\n") + "\n"));
}

#[test]
fn a_migration_has_a_number() {
    let text = "defmodule X do\n  use Ecto.Migration\n  def change, do: flush()\nend\n";
    let part = |path| read(path, text).migration;
    let found = part("priv/repo/migrations/20240101000000_x.exs").expect("a migration");
    assert_eq!(
        (found.tool, &*found.key.set),
        ("ecto", "priv/repo/migrations")
    );
    assert_eq!(found.key.version, [20_240_101_000_000]);
    assert_eq!(part("lib/x.ex"), None);
}

#[test]
fn change_is_turned_round() {
    check(
        "def change do
  alter table(:users) do
    add :age, :integer, null: false, default: 3
    remove :nick, :string, null: false
    remove :note
    modify :plan, :text, null: false, from: {:string, null: true}
  end
  rename table(:users), :a, to: :b
  rename table(:users), to: table(:people)
  execute \"UPDATE people SET b = 1\", \"\"
end",
        expect![[r#"
            5 users add age integer! =3
            6 users drop nick
            7 users drop note
            8 users plan is text
            8 users plan required true
            10 users rename a to b
            11 users rename to people
            12 people backfill b
            12 back:  Nothing
            11 back: people rename to users
            10 back: users rename b to a
            8 back: users plan is varchar(255)
            8 back: users plan required false
            6 back: users add nick varchar(255)!
            5 back: users drop age
        "#]],
    );
}

#[test]
fn a_table_has_a_key_unless_it_says_so() {
    check(
        "@table :pets
def up do
  create table(@table) do
    add :tags, {:array, :string}
    add :owner_id, references(:users, type: :uuid), null: false
    timestamps(type: :timestamptz, updated_at: false)
  end
  create_if_not_exists table(:links, primary_key: false, prefix: \"shop\") do
    add :id, :uuid, primary_key: true
  end
  create unique_index(:pets, [:owner_id, \"lower(name)\"], where: \"gone IS NULL\")
  create constraint(:pets, :old, check: \"age > 0\")
end
def down, do: drop(table(:pets))",
        expect![[r#"
            5 pets create id !, pets_pkey, tags varchar(255)[], owner_id uuid!, owner_id → users, inserted_at timestamp with time zone!
            10 perhaps shop.links create id uuid!, links_pkey
            13 pets constrain pets_owner_id_lower_name_index
            14 pets constrain old
            16 back: pets drop table
        "#]],
    );
}

#[test]
fn loops_branches_and_helpers_are_followed() {
    check(
        "def up do
  for name <- [:a, :b], do: stamp(name)
  if direction() == :up do
    drop table(:c)
  else
    drop table(:d)
  end
  if repo().config()[:x], do: drop(table(:e))
  execute(fn -> repo().query!(\"UPDATE f SET g = 1\") end)
  repo().update_all(\"h\", set: [i: \"x\"])
  Shop.Helpers.fix(:users)
end
defp stamp(table), do: alter(table(table), do: add(:at, :date))",
        expect![[r#"
            15 a add at date
            15 b add at date
            6 c drop table
            10 perhaps e drop table
            11 f backfill g
            12 h backfill i
            13  opaque fix helpers shop users
        "#]],
    );
}

#[test]
fn a_schema_and_its_queries_are_read() {
    super::check(
        "lib/shop/user.ex",
        "defmodule Shop.User do
  use Ecto.Schema
  alias Shop.Repo
  schema \"users\" do
    field :email, :string, source: :mail
    field :secret, :string, virtual: true
    belongs_to :team, Shop.Team
    has_many :posts, Shop.Post
    timestamps(updated_at: false)
  end
  def a(id), do: Repo.get(__MODULE__, id)
  def b, do: Repo.all(from u in __MODULE__, where: u.team_id == 1, select: u.email)
  def c(e), do: __MODULE__ |> where([u], u.email == ^e) |> order_by(:inserted_at) |> Repo.one()
  def d, do: Repo.update_all(Shop.User, set: [email: nil])
  def e(attrs), do: %__MODULE__{} |> changeset(attrs) |> Repo.insert()
end
",
        expect![[r#"
            4: ecto Shop.User on users (id ?, mail ?, secret ?, team_id ?, inserted_at ?) [("id", "id"), ("email", "mail"), ("team_id", "team_id"), ("inserted_at", "inserted_at")]
            11: model Shop.User queries high resolved-call @Repo.get
            12: model Shop.User reads high resolved-call @from
            12: model Shop.User.team_id reads high resolved-call @u.team_id
            12: model Shop.User.email reads high resolved-call @u.email
            13: model Shop.User.email reads high resolved-call @u.email
            13: model Shop.User.inserted_at reads high resolved-call @order_by
            13: model Shop.User queries high resolved-call @Repo.one
            14: model Shop.User.email writes NULL high resolved-call @nil
            15: model Shop.User inserts [] high resolved-call @Repo.insert
        "#]],
    );
}
