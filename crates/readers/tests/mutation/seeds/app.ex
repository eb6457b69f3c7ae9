defmodule Shop.Accounts.User do
  use Ecto.Schema
  import Ecto.Query, only: [from: 2]
  alias Shop.{Repo, Accounts.Team}
  alias Shop.Orders.Order, as: Bought

  @primary_key {:uuid, :binary_id, autogenerate: true, source: :id}
  @schema_prefix "shop"
  @timestamps_opts [type: :utc_datetime, inserted_at: :created_at]
  @fields ~w(email nick)a

  schema "users" do
    field :email, :string, source: :mail
    field :secret, :string, virtual: true
    belongs_to :team, Team, foreign_key: :group_id
    has_many :orders, Bought
    embeds_many :notes, Note
    tracked()
    timestamps(updated_at: false)
  end

  def find(email, opts \\ []) when is_binary(email) do
    query = from u in __MODULE__, join: t in Team, on: t.id == u.group_id, where: u.email == ^email, select: {u, t.id}

    __MODULE__
    |> where([u], u.email == ^email and fragment("lower(?)", u.mail) == "x")
    |> order_by(desc: :inserted_at)
    |> Repo.all()

    Repo.update_all(from(u in __MODULE__), set: [email: "x", team_id: nil])
    %__MODULE__{email: "a"} |> changeset(%{}) |> Repo.insert!()
    Repo.query!("SELECT mail FROM shop.users WHERE id = '#{opts[:id]}'")

    case query do
      %{email: _} = found -> found.email
      _ -> raise "x"
    end
  end
end
