//! Which migration a file is, by the layouts of the tools that run them.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use coexist_model::{Dialect, Direction, MigrationKey, MigrationPart, Phase};

use super::splitter::{Marker, marker};

/// The migration that a file holds, or holds one way of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Which migration, and whose layout.
    pub part: MigrationPart,
    /// The way that the file's name says; None: up, unless markers inside say otherwise.
    pub direction: Option<Direction>,
}

/// Returns the migration that a file is, by its path and the first kilobytes of its text; None where it is none.
///
/// Layouts: [golang-migrate](https://github.com/golang-migrate/migrate/blob/master/MIGRATIONS.md),
/// [goose](https://pressly.github.io/goose/documentation/annotations/), [dbmate](https://github.com/amacneil/dbmate#creating-migrations),
/// [sqlx](https://docs.rs/sqlx/latest/sqlx/macro.migrate.html), [diesel](https://diesel.rs/guides/getting-started),
/// [Flyway](https://documentation.red-gate.com/flyway/flyway-concepts/migrations),
/// [Prisma](https://www.prisma.io/docs/orm/prisma-migrate), [Drizzle](https://orm.drizzle.team/docs/migrations),
/// [Hasura](https://hasura.io/docs/2.0/migrations-metadata-seeds/manage-migrations/),
/// [Postgrator](https://github.com/rickbergfalk/postgrator#usage), [tern](https://github.com/jackc/tern).
pub fn layout(path: &str, head: &str) -> Option<Layout> {
    let file = SqlPath::of(path)?;
    if file.is_aside() {
        return None;
    }
    folder_form(&file, head)
        .or_else(|| flyway(&file))
        .or_else(|| marked(&file, head))
        .or_else(|| numbered(&file, head))
}

/// Returns whether a SQL file holds rows that are put in by hand, and no statement that running code sends.
pub(super) fn is_data(path: &str) -> bool {
    SqlPath::of(path).is_some_and(|file| file.is_data())
}

/// Returns whether a SQL file that is no migration lies among them: a script that somebody runs once, by hand.
pub(super) fn is_script(path: &str) -> bool {
    SqlPath::of(path).is_some_and(|file| {
        let folders = ["migration", "migrations", "migrate"];
        file.segments()
            .any(|s| folders.iter().any(|f| f.eq_ignore_ascii_case(s)))
    })
}

/// Returns whether a SQL file lies where queries, seeds, dumps and test data lie.
pub(super) fn is_aside(path: &str) -> bool {
    SqlPath::of(path).is_some_and(|file| file.is_aside())
}

/// Returns the dialect of a text: what its path says, else what its words say; None where neither tells.
pub(crate) fn dialect(path: &str, text: &str) -> Option<Dialect> {
    by_path(path).or_else(|| by_words(text))
}

/// A path of a SQL file in its parts.
struct SqlPath<'a> {
    folder: &'a str,
    /// The file's name without `.sql`.
    stem: &'a str,
    path: &'a str,
}

impl<'a> SqlPath<'a> {
    fn of(path: &'a str) -> Option<Self> {
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = [".sql", ".psql", ".ddl"].iter().find_map(|end| {
            let at = file.len().checked_sub(end.len())?;
            let (stem, found) = (file.get(..at)?, file.get(at..)?);
            found.eq_ignore_ascii_case(end).then_some(stem)
        })?;
        Some(Self { folder, stem, path })
    }

    fn segments(&self) -> impl DoubleEndedIterator<Item = &'a str> {
        self.folder.split('/')
    }

    /// Returns whether it lies where queries, seeds, dumps and test data lie.
    fn is_aside(&self) -> bool {
        let folders = ["queries", "query", "node_modules"];
        let names = ["schema", "structure", "query", "queries"];
        let aside = |s: &str| folders.iter().any(|f| f.eq_ignore_ascii_case(s));
        self.is_data()
            || self.segments().any(aside)
            || names.iter().any(|n| n.eq_ignore_ascii_case(self.stem))
    }

    /// Returns whether it holds rows that are put in by hand: seeds, dumps, test data.
    fn is_data(&self) -> bool {
        let folders = [
            "seeds",
            "seed",
            "seeders",
            "fixtures",
            "fixture",
            "testdata",
            "test_data",
            "test",
            "tests",
            "__tests__",
            "spec",
            "snapshots",
            "examples",
        ];
        let names = ["seed", "seeds", "dump", "fixtures"];
        let data = |s: &str| folders.iter().any(|f| f.eq_ignore_ascii_case(s));
        self.segments().any(data) || names.iter().any(|n| n.eq_ignore_ascii_case(self.stem))
    }

    /// Returns whether the folder or the one around it is one of migrations.
    fn in_migrations(&self) -> bool {
        let words = [
            "migrat",
            "changelog",
            "upgrade",
            "ddl",
            "revisions",
            "delta",
            "versions",
            "versioned",
        ];
        let near = self.segments().rev().take(3);
        near.map(str::to_ascii_lowercase)
            .any(|s| words.iter().any(|w| s.contains(w)))
    }

    /// Returns the folder around the folder of a version, and that one's name.
    fn version_folder(&self) -> Option<(&'a str, &'a str)> {
        let (set, name) = self.folder.rsplit_once('/')?;
        (!release(name).is_empty()).then_some((set, name))
    }

    fn parent(&self) -> (&'a str, &'a str) {
        self.folder.rsplit_once('/').unwrap_or(("", self.folder))
    }

    fn says(&self, word: &str) -> bool {
        self.segments().any(|s| s.eq_ignore_ascii_case(word))
    }
}

/// One folder per migration: `up.sql` and `down.sql` (diesel, Hasura), `migration.sql` (Prisma, Drizzle).
fn folder_form(file: &SqlPath<'_>, head: &str) -> Option<Layout> {
    let (set, name) = file.parent();
    if name.is_empty() {
        return None;
    }
    let direction = match file.stem {
        "up" | "migration" => Direction::Up,
        "down" => Direction::Down,
        _ => return None,
    };
    let plain = file.stem == "migration";
    let numbered = !leading_numbers(name).is_empty();
    let known_folder = plain && set.ends_with("migrations");
    if !(numbered || known_folder) {
        return None;
    }
    let tool = match plain {
        true if head.contains("--> statement-breakpoint") || file.says("drizzle") => "drizzle",
        true => "prisma",
        false
            if file.says("hasura") || name.bytes().take_while(u8::is_ascii_digit).count() == 13 =>
        {
            "hasura"
        }
        false => "diesel",
    };
    let mut layout = part(file, set, name, tool, !plain, Some(direction));
    if tool == "prisma" {
        // Prisma goes by the names of the folders, letter by letter: 20250625_b comes after 20250101000000_a.
        layout.part.key.version.clear();
    }
    Some(layout)
}

/// `V1_2__name.sql`, `U1_2__name.sql`, `R__name.sql`, `B1__name.sql`.
fn flyway(file: &SqlPath<'_>) -> Option<Layout> {
    let mut letters = file.stem.chars();
    let letter = letters.next()?;
    let (version, _) = letters.as_str().split_once("__")?;
    let numbers: Option<Vec<u64>> = match letter {
        'V' | 'U' | 'B' => version.split(['.', '_']).map(number).collect(),
        'R' if version.is_empty() => Some(vec![u64::MAX]),
        _ => return None,
    };
    let numbers = numbers.filter(|n| !n.is_empty())?;
    let undo = letter == 'U';
    let tool = match file.segments().any(|s| s.contains("refinery")) {
        true => "refinery",
        false => "flyway",
    };
    let direction = undo.then_some(Direction::Down);
    // Both ways of a version are one migration, whatever the letter.
    let name = match letter {
        'R' => file.stem.to_owned(),
        _ => format!("V{}", &file.stem[1..]),
    };
    let mut layout = part(file, file.folder, &name, tool, undo, direction);
    layout.part.key.version = numbers;
    Some(layout)
}

/// A file whose comments name the ways: goose, dbmate, sql-migrate, node-pg-migrate, rambler, tern, Liquibase.
fn marked(file: &SqlPath<'_>, head: &str) -> Option<Layout> {
    let tool = head.lines().take(200).find_map(marking_tool)?;
    // A generated folder of Drizzle holds the file's number, and its marker may be the only one of another tool's too.
    let down = tool != "liquibase" && tool != "drizzle" && tool != "atlas";
    if tool == "drizzle" && leading_numbers(file.stem).is_empty() {
        return None;
    }
    Some(part(file, file.folder, file.stem, tool, down, None))
}

fn marking_tool(line: &str) -> Option<&'static str> {
    let line = line.trim();
    let words = line.to_ascii_lowercase();
    let starts = |text: &str| words.starts_with(text);
    let found = marker(line);
    match found {
        Some(Marker::Cut) => Some("drizzle"),
        Some(Marker::Way(_)) if words.contains("+goose") => Some("goose"),
        Some(Marker::Way(_)) if words.contains("+migrate") => Some("sql-migrate"),
        Some(Marker::Way(_)) if words.contains("migrate:") => Some("dbmate"),
        Some(Marker::Way(_)) if words.contains("rambler") => Some("rambler"),
        Some(Marker::Way(_)) if starts("----") => Some("tern"),
        Some(Marker::Way(_)) => Some("node-pg-migrate"),
        _ if starts("-- +goose no transaction") => Some("goose"),
        _ if starts("-- atlas:") => Some("atlas"),
        _ if starts("--liquibase formatted") || starts("-- liquibase formatted") => {
            Some("liquibase")
        }
        _ => None,
    }
}

/// A numbered file, alone or one for each way: `0042_name.up.sql`, `20240101_name-down.sql`, `001.do.name.sql`; or a file in the
/// folder of a version, whose history goes on in the next folder: `0.27/03__name.sql`, `versioned/v1.1/name.sql`.
fn numbered(file: &SqlPath<'_>, head: &str) -> Option<Layout> {
    let numbers = leading_numbers(file.stem);
    let (name, direction) = without_way(file.stem);
    let version = file.version_folder();
    if numbers.is_empty() && version.is_none() && !(direction.is_some() && file.in_migrations()) {
        return None;
    }
    let suffixed = direction.is_some();
    let migrates = || file.in_migrations() && changes_something(head);
    if !(suffixed || file.says("drizzle") || migrates()) {
        return None;
    }
    let tool = if file.path.contains("supabase/migrations/") {
        "supabase"
    } else if file.says("drizzle") {
        "drizzle"
    } else if suffixed
        && file.stem.len() > name.len()
        && file.stem.starts_with(&name)
        && dotted_way(file.stem)
    {
        "golang-migrate"
    } else if suffixed {
        "numbered-pairs"
    } else {
        "numbered"
    };
    let Some((set, version)) = version else {
        return Some(part(file, file.folder, &name, tool, suffixed, direction));
    };
    let mut layout = part(file, set, &name, tool, suffixed, direction);
    let key = &mut layout.part.key;
    key.version.splice(0..0, release(version));
    key.name = format!("{version}/{name}").into();
    Some(layout)
}

/// Returns the numbers of a release: `v1.10` has two; none where the name is no release.
fn release(name: &str) -> Vec<u64> {
    let numbers = name.strip_prefix('v').unwrap_or(name);
    let numbers: Option<Vec<u64>> = numbers.split('.').map(number).collect();
    numbers.unwrap_or_default()
}

fn dotted_way(stem: &str) -> bool {
    stem.ends_with(".up") || stem.ends_with(".down")
}

/// Returns a name without the way that it says, and the way.
fn without_way(stem: &str) -> (String, Option<Direction>) {
    let ends = [
        (".up", Direction::Up),
        (".down", Direction::Down),
        ("_up", Direction::Up),
        ("_down", Direction::Down),
        ("-up", Direction::Up),
        ("-down", Direction::Down),
        (".do", Direction::Up),
        (".undo", Direction::Down),
        (".rollback", Direction::Down),
        (".revert", Direction::Down),
    ];
    for (end, way) in ends {
        if let Some(name) = stem.strip_suffix(end).filter(|n| !n.is_empty()) {
            return (name.to_owned(), Some(way));
        }
    }
    for (middle, way) in [(".do.", Direction::Up), (".undo.", Direction::Down)] {
        if let Some((number, name)) = stem.split_once(middle) {
            return (format!("{number}.{name}"), Some(way));
        }
    }
    (stem.to_owned(), None)
}

/// Returns whether the text defines or changes something: a numbered file may be a report.
fn changes_something(head: &str) -> bool {
    let words = [
        "create", "alter", "drop", "insert", "update", "delete", "rename", "grant", "revoke",
        "truncate", "do", "comment",
    ];
    let statements = super::splitter::statements(head, Dialect::Postgres);
    let first = |s: &super::splitter::Statement| {
        let token = s.tokens[0];
        let word = head[token.start..token.end].to_ascii_lowercase();
        words.contains(&word.as_str())
    };
    // An empty migration is one too.
    statements.is_empty() || statements.iter().any(first)
}

fn part(
    file: &SqlPath<'_>,
    set: &str,
    name: &str,
    tool: &'static str,
    has_down_form: bool,
    direction: Option<Direction>,
) -> Layout {
    let set = match by_name(name) {
        // One folder with a history for each dialect.
        Some(dialect) => format!("{set} ({})", dialect.word()),
        None => set.to_owned(),
    };
    Layout {
        part: MigrationPart {
            key: MigrationKey {
                set: set.into(),
                version: leading_numbers(name),
                name: name.into(),
            },
            tool,
            has_down_form,
            phase: phase(file),
            id: None,
            after: Vec::new(),
        },
        direction,
    }
}

/// GitLab's `post_migrate` and its likes run when the old code is gone.
fn phase(file: &SqlPath<'_>) -> Option<Phase> {
    let after = [
        "post_migrate",
        "post-migrate",
        "post_deploy",
        "post-deploy",
        "postdeploy",
        "after_deploy",
        "after-deploy",
    ];
    let before = [
        "pre_deploy",
        "pre-deploy",
        "predeploy",
        "before_deploy",
        "before-deploy",
    ];
    if after.iter().any(|w| file.says(w)) {
        return Some(Phase::After);
    }
    before.iter().any(|w| file.says(w)).then_some(Phase::Before)
}

/// Returns the numbers at the start of a name: `2024-01-31-120000_x` has four, `0001_2fa` one.
fn leading_numbers(name: &str) -> Vec<u64> {
    let mut numbers = Vec::new();
    let mut rest = name;
    loop {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let next = rest[digits..].chars().next();
        let glued = next.is_some_and(|c| c.is_alphanumeric());
        if digits == 0 || glued && !numbers.is_empty() {
            return numbers;
        }
        numbers.extend(number(&rest[..digits]));
        match next {
            Some('-' | '_' | '.') => rest = &rest[digits + 1..],
            _ => return numbers,
        }
    }
}

/// Returns a number, or the largest there is where it does not fit.
fn number(digits: &str) -> Option<u64> {
    let all = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    all.then(|| digits.parse().unwrap_or(u64::MAX))
}

/// Returns the dialect that a word of a path names, the last such word.
pub(crate) fn by_path(path: &str) -> Option<Dialect> {
    let path = path.to_ascii_lowercase();
    let words: Vec<&str> = path.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    words.iter().rev().find_map(|word| dialect_word(word))
}

/// Returns the dialect that a part of a name between dots says: `…_name.mysql.up.sql`.
fn by_name(name: &str) -> Option<Dialect> {
    name.split('.').skip(1).find_map(dialect_word)
}

fn dialect_word(word: &str) -> Option<Dialect> {
    match word {
        "postgres" | "postgresql" | "pg" | "pgsql" | "psql" | "cockroach" | "cockroachdb"
        | "supabase" | "timescale" | "hasura" => Some(Dialect::Postgres),
        "mysql" | "mariadb" | "mysql5" | "mysql8" => Some(Dialect::MySql),
        "sqlite" | "sqlite3" | "libsql" | "turso" | "d1" => Some(Dialect::Sqlite),
        _ => None,
    }
}

/// Words by which a text shows its dialect.
const OWN_WORDS: [(Dialect, &[&str]); 3] = [
    (
        Dialect::Postgres,
        &[
            "serial",
            "::",
            "jsonb",
            "timestamptz",
            "$$",
            "plpgsql",
            "create extension",
            "without time zone",
            "with time zone",
            "concurrently",
            "uuid",
            "bytea",
            "create type",
            "language sql",
            "alter column",
            "only \"",
            "gen_random_uuid",
            "using btree",
            "using gin",
        ],
    ),
    (
        Dialect::MySql,
        &[
            "auto_increment",
            "engine=",
            "engine =",
            "`",
            "unsigned",
            "longtext",
            "tinyint",
            "mediumtext",
            "utf8mb4",
            "datetime(",
            "modify column",
            "delimiter",
            "charset",
            "'@'",
        ],
    ),
    (
        Dialect::Sqlite,
        &[
            "autoincrement",
            "pragma ",
            "without rowid",
            "sqlite_",
            "strftime(",
            "integer primary key",
            "_new_",
        ],
    ),
];

/// Characters of a text that are looked through for the words of a dialect.
const LOOKED_THROUGH: usize = 40_000;

/// Returns the dialect whose own words are the most in a text.
fn by_words(text: &str) -> Option<Dialect> {
    let text = match text.len() {
        short if short <= LOOKED_THROUGH => text,
        long => {
            let end = text.char_indices().nth(LOOKED_THROUGH);
            &text[..end.map_or(long, |(at, _)| at)]
        }
    };
    let mut counts = [0_usize; OWN_WORDS.len()];
    for found in own_words()?.find_overlapping_iter(text) {
        let mut passed = 0;
        let group = OWN_WORDS.iter().position(|(_, words)| {
            passed += words.len();
            found.pattern().as_usize() < passed
        });
        counts[group?] += 1;
    }
    let [postgres, mysql, sqlite] = counts;
    let best = postgres.max(mysql).max(sqlite);
    match best {
        0 => None,
        _ if postgres == best => Some(Dialect::Postgres),
        // Drizzle and Cloudflare quote SQLite's names with backticks too.
        _ if sqlite > 0 && !has_mysql_words(&text.to_ascii_lowercase()) => Some(Dialect::Sqlite),
        _ if mysql == best => Some(Dialect::MySql),
        _ => Some(Dialect::Sqlite),
    }
}

/// Returns what finds the words of all dialects in one walk.
fn own_words() -> Option<&'static AhoCorasick> {
    static WORDS: OnceLock<Option<AhoCorasick>> = OnceLock::new();
    let make = || {
        AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .kind(Some(AhoCorasickKind::DFA))
            .build(OWN_WORDS.iter().flat_map(|(_, words)| *words))
            .ok()
    };
    WORDS.get_or_init(make).as_ref()
}

fn has_mysql_words(text: &str) -> bool {
    [
        "auto_increment",
        "engine=",
        "unsigned",
        "utf8mb4",
        "varchar(",
        "modify ",
    ]
    .iter()
    .any(|w| text.contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(path: &str, head: &str, expected: Expect) {
        let shown = match layout(path, head) {
            None => "none".to_owned(),
            Some(Layout { part, direction }) => format!(
                "{} {}|{:?}|{}{}{}{}",
                part.tool,
                part.key.set,
                part.key.version,
                part.key.name,
                direction.map_or(String::new(), |d| format!(" {d:?}")),
                if part.has_down_form { " two-way" } else { "" },
                part.phase.map_or(String::new(), |p| format!(" {p:?}")),
            ),
        };
        expected.assert_eq(&shown);
    }

    const DDL: &str = "CREATE TABLE a (b int);";

    #[test]
    fn pairs_of_files_are_told_apart() {
        check(
            "db/migrations/000042_drop_name.up.sql",
            DDL,
            expect!["golang-migrate db/migrations|[42]|000042_drop_name Up two-way"],
        );
        check(
            "db/migrations/000042_drop_name.down.sql",
            DDL,
            expect!["golang-migrate db/migrations|[42]|000042_drop_name Down two-way"],
        );
        check(
            "m/sqls/20150101-add-pet-down.sql",
            DDL,
            expect!["numbered-pairs m/sqls|[20150101]|20150101-add-pet Down two-way"],
        );
        check(
            "migrations/001.undo.users.sql",
            DDL,
            expect!["numbered-pairs migrations|[1]|001.users Down two-way"],
        );
    }

    #[test]
    fn a_folder_may_be_one_migration() {
        check(
            "migrations/2024-01-31-120000_x/up.sql",
            DDL,
            expect!["diesel migrations|[2024, 1, 31, 120000]|2024-01-31-120000_x Up two-way"],
        );
        check(
            "m/00000000000000_diesel_initial_setup/down.sql",
            "",
            expect!["diesel m|[0]|00000000000000_diesel_initial_setup Down two-way"],
        );
        check(
            "hasura/migrations/default/1638360000000_init/up.sql",
            DDL,
            expect![
                "hasura hasura/migrations/default|[1638360000000]|1638360000000_init Up two-way"
            ],
        );
        check(
            "packages/db/prisma/migrations/20240101120000_a/migration.sql",
            DDL,
            expect!["prisma packages/db/prisma/migrations|[]|20240101120000_a Up"],
        );
    }

    #[test]
    fn flyway_says_its_way_by_a_letter() {
        check(
            "src/main/resources/db/migration/V1.2_3__add.sql",
            DDL,
            expect!["flyway src/main/resources/db/migration|[1, 2, 3]|V1.2_3__add"],
        );
        check(
            "db/migration/U1__add.sql",
            DDL,
            expect!["flyway db/migration|[1]|V1__add Down two-way"],
        );
        check(
            "db/migration/R__view.sql",
            DDL,
            expect!["flyway db/migration|[18446744073709551615]|R__view"],
        );
    }

    #[test]
    fn markers_name_the_tool() {
        check(
            "db/00001_a.sql",
            "-- +goose Up\nCREATE",
            expect!["goose db|[1]|00001_a two-way"],
        );
        check(
            "db/20240101_a.sql",
            "-- migrate:up\nCREATE",
            expect!["dbmate db|[20240101]|20240101_a two-way"],
        );
        check(
            "x/0001_a.sql",
            "CREATE TABLE a (b int);\n--> statement-breakpoint\n",
            expect!["drizzle x|[1]|0001_a"],
        );
        check(
            "x/001_a.sql",
            "create table t();\n---- create above / drop below ----\n",
            expect!["tern x|[1]|001_a two-way"],
        );
        check(
            "m/1_a.sql",
            "-- Up Migration\n",
            expect!["node-pg-migrate m|[1]|1_a two-way"],
        );
    }

    #[test]
    fn numbered_files_in_a_folder_of_migrations_are_one_way() {
        check(
            "supabase/migrations/20240101120000_a.sql",
            DDL,
            expect!["supabase supabase/migrations|[20240101120000]|20240101120000_a"],
        );
        check(
            "crates/x/migrations/0007_a.sql",
            DDL,
            expect!["numbered crates/x/migrations|[7]|0007_a"],
        );
        check(
            "db/post_deploy/migrations/0007_a.sql",
            DDL,
            expect!["numbered db/post_deploy/migrations|[7]|0007_a After"],
        );
        check(
            "persistence/sql/migrations/20150100000001000000_n.mysql.up.sql",
            DDL,
            expect![
                "golang-migrate persistence/sql/migrations (mysql)|[18446744073709551615]|20150100000001000000_n.mysql Up two-way"
            ],
        );
    }

    #[test]
    fn a_history_goes_through_folders_of_versions() {
        check(
            "store/migration/postgres/0.27/03__drop.sql",
            DDL,
            expect!["numbered store/migration/postgres|[0, 27, 3]|0.27/03__drop"],
        );
        check(
            "storage/schema/main/delta/94/01_x.sql",
            DDL,
            expect!["numbered storage/schema/main/delta|[94, 1]|94/01_x"],
        );
        check(
            "schema/mysql/versioned/v1.1/increase_size.sql",
            DDL,
            expect!["numbered schema/mysql/versioned|[1, 1]|v1.1/increase_size"],
        );
        check("docs/1.2/example.sql", DDL, expect!["none"]);
    }

    #[test]
    fn queries_dumps_seeds_and_fixtures_are_no_migrations() {
        for path in [
            "db/structure.sql",
            "db/schema.sql",
            "sql/query.sql",
            "db/queries/001_users.sql",
            "db/seeds/001_users.sql",
            "tests/migrations/0001_a.sql",
            "crates/db/replace_schema/triggers.sql",
            "reports/2024_sales.sql",
            "a.txt",
            "migrations/notes.sql",
        ] {
            check(path, DDL, expect!["none"]);
        }
        check("migrations/0001_report.sql", "SELECT 1;", expect!["none"]);
    }

    #[test]
    fn a_path_names_the_dialect_before_the_words_do() {
        assert_eq!(
            dialect("db/mysql/1.sql", "CREATE TABLE a (b SERIAL)"),
            Some(Dialect::MySql)
        );
        assert_eq!(
            dialect(
                "1.sql",
                "CREATE TABLE `a` (b int AUTO_INCREMENT) ENGINE=InnoDB"
            ),
            Some(Dialect::MySql)
        );
        assert_eq!(
            dialect(
                "1.sql",
                "CREATE TABLE a (b INTEGER PRIMARY KEY AUTOINCREMENT)"
            ),
            Some(Dialect::Sqlite)
        );
        assert_eq!(
            dialect(
                "1.sql",
                "CREATE TABLE `a` (`b` integer PRIMARY KEY AUTOINCREMENT)"
            ),
            Some(Dialect::Sqlite)
        );
        assert_eq!(dialect("1.sql", "SELECT 1"), None);
    }

    #[test]
    fn odd_paths_are_no_trouble() {
        for path in [
            "",
            "/",
            ".sql",
            "ü.sql",
            "é/up.sql",
            "V__.sql",
            "V1__",
            "99999999999999999999999_a.up.sql",
            "migrations/1ü.sql",
            "//.up.sql",
        ] {
            let _ = layout(path, "ü");
            let _ = dialect(path, "ü");
        }
    }
}
