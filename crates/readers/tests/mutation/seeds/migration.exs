defmodule Shop.Repo.Migrations.Init do
  use Ecto.Migration

  @table :users

  def change do
    create table(@table, primary_key: false, prefix: "shop") do
      add :id, :binary_id, primary_key: true
      add(:email, :string, null: false, default: "x", size: 40)
      add :team_id, references(:teams, on_delete: :nothing, type: :uuid), null: false
      add :tags, {:array, :string}, default: fragment("'{}'")
      timestamps(type: :utc_datetime, updated_at: false)
    end

    create unique_index(:users, [:email, "lower(nick)"], where: "gone IS NULL", name: "users_email")
    create constraint(:users, :positive, check: "age > 0", validate: false)

    alter table(:users) do
      modify :age, :bigint, null: false, from: {:integer, null: true}
      remove :nick
      remove_if_exists :old, :string
    end

    rename table(:users), :a, to: :b
    rename table(:users), to: table(:people)

    if direction() == :up do
      execute "UPDATE users SET a = '#{@table}' \n WHERE b"
    else
      flush()
    end

    for t <- [:a, :b], do: add_stamp(t)
    execute("CREATE VIEW v AS SELECT 1", "DROP VIEW v")
    execute(fn -> repo().update_all("users", set: [a: "x"]) end)
  end

  defp add_stamp(table), do: alter(table(table), do: add(:stamped_at, :utc_datetime))
end
