//! The names that a database gives to constraints and indexes that have none.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::Dialect;

use super::columns::Listed;
use crate::sql::cursor::Cursor;
use crate::sql::lex::{Kind, Lexer, Token};

/// What kind of thing gets a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sort {
    PrimaryKey,
    Unique,
    ForeignKey,
    Check,
    Exclusion,
    Index,
}

/// What a file has named so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    /// Generated names, by table.
    taken: BTreeSet<(String, String)>,
    /// The columns of the indexes of the file, with the table they stand on.
    indexes: BTreeMap<String, (String, Listed)>,
    /// The columns of the tables of the file.
    tables: BTreeMap<String, Vec<String>>,
}

impl Names {
    /// Returns the name that the database gives.
    ///
    /// PostgreSQL: `ChooseConstraintName` and `ChooseIndexName`; MySQL:
    /// <https://dev.mysql.com/doc/refman/8.4/en/create-table.html>. SQLite gives none by which a statement could name a constraint: it
    /// is called by what it says, so that a table that is rebuilt keeps it.
    pub(crate) fn generate(
        &mut self,
        sort: Sort,
        table: &str,
        columns: &[String],
        dialect: Dialect,
    ) -> String {
        let bare = table.rsplit('.').next().unwrap_or(table);
        let name = (0..100).map(|nth| match dialect {
            Dialect::Postgres => postgres(sort, bare, columns, nth),
            Dialect::MySql => mysql(sort, bare, columns, nth),
            Dialect::Sqlite => sqlite(sort, columns, nth),
        });
        let mut name = name.filter(|n| !self.taken.contains(&(table.to_owned(), n.clone())));
        let name = name.next().unwrap_or_else(|| bare.to_owned());
        self.taken.insert((table.to_owned(), name.clone()));
        name
    }

    pub(super) fn index(&mut self, name: &str, table: &str, listed: &Listed) {
        let entry = (table.to_owned(), listed.clone());
        self.indexes.insert(name.to_owned(), entry);
    }

    /// Returns the table that an index of this file stands on.
    pub(super) fn table_of(&self, index: &str) -> Option<&str> {
        self.indexes.get(index).map(|(table, _)| table.as_str())
    }

    pub(super) fn columns_of(&self, index: &str) -> Listed {
        let found = self.indexes.get(index);
        found.map(|(_, listed)| listed.clone()).unwrap_or_default()
    }

    pub(super) fn table(&mut self, name: &str, columns: Vec<String>) {
        self.tables.insert(name.to_owned(), columns);
    }

    /// Returns the columns of a table or view that the file creates.
    pub(super) fn columns_of_table(&self, name: &str) -> Option<Vec<String>> {
        let columns = self.tables.get(name).filter(|c| !c.is_empty());
        columns.cloned()
    }

    /// Notes a column of a table that the file creates; of another table the file does not know them all.
    pub(super) fn note_column(&mut self, table: &str, column: &str) {
        if let Some(columns) = self.tables.get_mut(table) {
            columns.push(column.to_owned());
        }
    }

    pub(super) fn add_column(&mut self, table: &str, column: &str) {
        let columns = self.tables.entry(table.to_owned()).or_default();
        columns.push(column.to_owned());
    }

    /// Returns the columns that a condition speaks of.
    pub(super) fn mentioned(&self, table: &str, condition: &str, dialect: Dialect) -> Vec<String> {
        let known = self.tables.get(table);
        let mut found: Vec<String> = Vec::new();
        for name in names_in(condition, dialect) {
            let column = known.is_none_or(|columns| columns.contains(&name));
            if column && !found.contains(&name) {
                found.push(name);
            }
        }
        found
    }
}

/// Words of a condition that are no names.
const WORDS: &[&str] = &[
    "and",
    "or",
    "not",
    "is",
    "null",
    "in",
    "between",
    "like",
    "ilike",
    "similar",
    "to",
    "true",
    "false",
    "unknown",
    "any",
    "all",
    "some",
    "array",
    "case",
    "when",
    "then",
    "else",
    "end",
    "exists",
    "interval",
    "distinct",
    "from",
    "collate",
    "cast",
    "as",
    "row",
    "escape",
    "symmetric",
    "isnull",
    "notnull",
    "regexp",
    "rlike",
    "binary",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "at",
    "time",
    "zone",
    "date",
    "timestamp",
    "value",
    "for",
    "both",
    "leading",
    "trailing",
    "glob",
    "xor",
    "div",
    "mod",
];

/// Returns the names in a condition that are neither functions nor types.
fn names_in(condition: &str, dialect: Dialect) -> Vec<String> {
    let mut lexer = Lexer::new(condition, 0, condition.len(), dialect);
    let tokens: Vec<Token> = std::iter::from_fn(|| lexer.token()).collect();
    let mut cursor = Cursor::new(condition, &tokens, dialect);
    let mut found = Vec::new();
    while !cursor.done() {
        let is_name = cursor
            .token()
            .is_some_and(|t| matches!(t.kind, Kind::Word | Kind::Quoted));
        let is_type = cursor.at > 0 && cursor.text_of(tokens[cursor.at - 1]) == "::";
        if !is_name || cursor.is_any(0, WORDS) {
            cursor.advance(1);
            continue;
        }
        let name = cursor.name().unwrap_or_default();
        if !is_type && !cursor.is_mark(b'(') {
            found.push(name.rsplit('.').next().unwrap_or_default().to_owned());
        }
    }
    found
}

fn postgres(sort: Sort, table: &str, columns: &[String], nth: usize) -> String {
    let label = match sort {
        Sort::PrimaryKey => "pkey",
        Sort::Unique => "key",
        Sort::ForeignKey => "fkey",
        Sort::Check => "check",
        Sort::Exclusion => "excl",
        Sort::Index => "idx",
    };
    let label = if nth == 0 {
        label.to_owned()
    } else {
        format!("{label}{nth}")
    };
    let columns = match sort {
        Sort::PrimaryKey => String::new(),
        Sort::Check if columns.len() != 1 => String::new(),
        _ => columns.join("_"),
    };
    fitted(table, &columns, &label)
}

/// PostgreSQL's `makeObjectName`: 63 bytes in all, taken from the longer of the two names.
fn fitted(table: &str, columns: &str, label: &str) -> String {
    let overhead = label.len() + 1 + usize::from(!columns.is_empty());
    let room = 63usize.saturating_sub(overhead);
    let (mut first, mut second) = (table.len(), columns.len());
    while first + second > room {
        if first > second {
            first -= 1;
        } else {
            second -= 1;
        }
    }
    let table = cut(table, first);
    if columns.is_empty() {
        return format!("{table}_{label}");
    }
    format!("{table}_{}_{label}", cut(columns, second))
}

fn cut(text: &str, mut length: usize) -> &str {
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    &text[..length]
}

fn mysql(sort: Sort, table: &str, columns: &[String], nth: usize) -> String {
    match sort {
        Sort::PrimaryKey => "PRIMARY".to_owned(),
        Sort::ForeignKey => format!("{table}_ibfk_{}", nth + 1),
        Sort::Check => format!("{table}_chk_{}", nth + 1),
        _ => {
            let first = columns.first().map_or("functional_index", String::as_str);
            if nth == 0 {
                first.to_owned()
            } else {
                format!("{first}_{}", nth + 1)
            }
        }
    }
}

fn sqlite(sort: Sort, columns: &[String], nth: usize) -> String {
    let kind = match sort {
        Sort::PrimaryKey => "PRIMARY KEY",
        Sort::Unique => "UNIQUE",
        Sort::ForeignKey => "FOREIGN KEY",
        Sort::Check => "CHECK",
        Sort::Exclusion => "EXCLUDE",
        Sort::Index => "INDEX",
    };
    let columns = columns.join(", ");
    match nth {
        0 => format!("{kind} ({columns})"),
        _ => format!("{kind} ({columns}) {}", nth + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_names_by_table_and_columns() {
        let mut names = Names::default();
        let mut make = |sort, columns: &[&str]| {
            let columns: Vec<String> = columns.iter().map(|c| (*c).to_owned()).collect();
            names.generate(sort, "app.users", &columns, Dialect::Postgres)
        };
        assert_eq!(make(Sort::PrimaryKey, &["id"]), "users_pkey");
        assert_eq!(make(Sort::Unique, &["email"]), "users_email_key");
        assert_eq!(make(Sort::Unique, &["email"]), "users_email_key1");
        assert_eq!(make(Sort::ForeignKey, &["a", "b"]), "users_a_b_fkey");
        assert_eq!(make(Sort::Check, &["a", "b"]), "users_check");
        assert_eq!(make(Sort::Check, &["a"]), "users_a_check");
    }

    #[test]
    fn a_long_name_is_cut_where_postgres_cuts_it() {
        let name = fitted(&"t".repeat(60), &"c".repeat(20), "idx");
        assert_eq!(name.len(), 63);
        assert_eq!(name, format!("{}_{}_idx", "t".repeat(38), "c".repeat(20)));
        assert!(fitted(&"é".repeat(60), &"ü".repeat(60), "key").len() <= 63);
    }

    #[test]
    fn mysql_names_an_index_by_its_first_column() {
        let mut names = Names::default();
        let columns = ["email".to_owned()];
        let mut make = |sort| names.generate(sort, "t", &columns, Dialect::MySql);
        assert_eq!(make(Sort::Unique), "email");
        assert_eq!(make(Sort::Index), "email_2");
        assert_eq!(make(Sort::ForeignKey), "t_ibfk_1");
        assert_eq!(make(Sort::ForeignKey), "t_ibfk_2");
    }
}
