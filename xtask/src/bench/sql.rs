//! Histories of migrations that make sense: a table is created before it is changed.

use std::fmt::Write as _;

use super::random::Random;

const NOUNS: &[&str] = &[
    "account",
    "address",
    "audit",
    "basket",
    "batch",
    "campaign",
    "carrier",
    "charge",
    "claim",
    "contact",
    "coupon",
    "device",
    "dispute",
    "event",
    "export",
    "grant",
    "group",
    "import",
    "invoice",
    "label",
    "ledger",
    "limit",
    "member",
    "notice",
    "parcel",
    "payment",
    "plan",
    "policy",
    "product",
    "quote",
    "refund",
    "region",
    "report",
    "reservation",
    "return",
    "review",
    "route",
    "session",
    "ticket",
    "voucher",
];
const COLUMNS: &[(&str, &str)] = &[
    ("amount_cents", "bigint"),
    ("approved_at", "timestamptz"),
    ("archived", "boolean"),
    ("attempts", "integer"),
    ("body", "text"),
    ("city", "text"),
    ("closed_at", "timestamptz"),
    ("code", "varchar(40)"),
    ("comment", "text"),
    ("country", "varchar(2)"),
    ("created_by", "bigint"),
    ("currency", "varchar(3)"),
    ("due_on", "date"),
    ("email", "text"),
    ("enabled", "boolean"),
    ("expires_at", "timestamptz"),
    ("external_ref", "text"),
    ("height", "numeric(10, 2)"),
    ("kind", "text"),
    ("locale", "text"),
    ("name", "text"),
    ("note", "text"),
    ("owner_ref", "bigint"),
    ("payload", "jsonb"),
    ("phone", "text"),
    ("position", "integer"),
    ("priority", "integer"),
    ("quantity", "integer"),
    ("rate", "numeric(8, 4)"),
    ("reason", "text"),
    ("sent_at", "timestamptz"),
    ("slug", "text"),
    ("source", "text"),
    ("state", "text"),
    ("tax_code", "text"),
    ("title", "text"),
    ("token", "text"),
    ("tracking_number", "text"),
    ("weight", "numeric(10, 2)"),
    ("zone", "text"),
];

/// A table of the synthetic store.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// Its name.
    pub(super) name: String,
    /// Its columns besides `id`.
    pub(super) columns: Vec<String>,
}

/// One migration: the two ways.
pub(super) struct Migration {
    /// `0042_add_shipment_code`.
    pub(super) name: String,
    /// The way forward.
    pub(super) up: String,
    /// The way back.
    pub(super) down: String,
}

/// The store of one service as its migrations make it.
pub(super) struct Store {
    prefix: &'static str,
    random: Random,
    /// The tables so far.
    pub(super) tables: Vec<Table>,
    count: usize,
}

impl Store {
    /// Returns an empty store whose tables begin with that word.
    pub(super) fn new(prefix: &'static str, seed: u64) -> Self {
        Self {
            prefix,
            random: Random::new(seed),
            tables: Vec::new(),
            count: 0,
        }
    }

    /// Returns the next migration: every tenth creates a table, the others change one.
    pub(super) fn next(&mut self) -> Migration {
        let number = self.count + 1;
        let (what, up, down) = if self.count.is_multiple_of(10) {
            self.create()
        } else {
            self.change()
        };
        self.count = number;
        Migration {
            name: format!("{number:05}_{what}"),
            up,
            down,
        }
    }

    fn create(&mut self) -> (String, String, String) {
        let index = self.tables.len();
        let noun = NOUNS[index % NOUNS.len()];
        let name = format!("{}_{noun}_{}", self.prefix, index / NOUNS.len());
        let mut up = format!("CREATE TABLE {name} (\n    id bigint PRIMARY KEY");
        let mut columns = Vec::new();
        let first = self.random.below(COLUMNS.len());
        for step in 0..5 + self.random.below(4) {
            let (column, kind) = COLUMNS[(first + step * 3) % COLUMNS.len()];
            if columns.iter().any(|c| c == column) {
                continue;
            }
            let required = if self.random.below(2) == 0 {
                " NOT NULL"
            } else {
                ""
            };
            let _ = write!(up, ",\n    {column} {kind}{required}");
            columns.push(column.to_owned());
        }
        if index > 0 {
            let parent = &self.tables[self.random.below(index)].name;
            let _ = write!(up, ",\n    parent_id bigint REFERENCES {parent} (id)");
            columns.push("parent_id".to_owned());
        }
        let _ = write!(
            up,
            "\n);\nCREATE INDEX {name}_by_{0} ON {name} ({0});\n",
            columns[0]
        );
        let down = format!("DROP TABLE {name};\n");
        let what = format!("create_{name}");
        self.tables.push(Table { name, columns });
        (what, up, down)
    }

    fn change(&mut self) -> (String, String, String) {
        let at = self.random.below(self.tables.len());
        let table = &mut self.tables[at];
        let name = table.name.clone();
        let column = table.columns[self.random.below(table.columns.len())].clone();
        let number = self.count;
        match self.random.below(6) {
            0 | 1 => {
                let (new, kind) = COLUMNS[self.random.below(COLUMNS.len())];
                let new = format!("{new}_{number}");
                table.columns.push(new.clone());
                (
                    format!("add_{new}"),
                    format!(
                        "-- The form asks for it now; old rows have none.\nALTER TABLE {name} ADD COLUMN {new} {kind};\n"
                    ),
                    format!("ALTER TABLE {name} DROP COLUMN {new};\n"),
                )
            }
            2 => (
                format!("index_{column}"),
                format!("CREATE INDEX CONCURRENTLY {name}_{number} ON {name} ({column});\n"),
                format!("DROP INDEX {name}_{number};\n"),
            ),
            3 => (
                format!("relax_{column}"),
                format!(
                    "ALTER TABLE {name} ALTER COLUMN {column} DROP NOT NULL;\nCOMMENT ON COLUMN {name}.{column} IS 'optional since {number}';\n"
                ),
                format!("-- Rows without {column} may exist.\nSELECT 1;\n"),
            ),
            4 => (
                format!("fill_{column}"),
                format!(
                    "UPDATE {name}\nSET {column} = {column}\nWHERE id IN (SELECT id FROM {name} WHERE id % 7 = {});\n",
                    number % 7
                ),
                "SELECT 1;\n".to_owned(),
            ),
            _ => (
                format!("check_{column}"),
                format!(
                    "ALTER TABLE {name} ADD CONSTRAINT {name}_c{number} CHECK (id > 0) NOT VALID;\nALTER TABLE {name} VALIDATE CONSTRAINT {name}_c{number};\n"
                ),
                format!("ALTER TABLE {name} DROP CONSTRAINT {name}_c{number};\n"),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_is_the_same_in_every_run_and_creates_before_it_changes() {
        let history = |seed| {
            let mut store = Store::new("shop", seed);
            (0..40).map(|_| store.next().up).collect::<Vec<_>>()
        };
        assert_eq!(history(7), history(7));
        assert_ne!(history(7), history(8));
        assert!(history(7)[0].starts_with("CREATE TABLE shop_account_0"));
    }
}
