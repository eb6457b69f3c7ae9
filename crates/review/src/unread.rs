//! Migrations that are not read: in a language without a reader, in a file without text, or in a SQL file whose place says nothing.
//! They are named, and never taken for harmless.

use std::collections::BTreeSet;
use std::sync::Arc;

use coexist_engine::{PathKind, UnreadMigration};
use coexist_model::{File, Place};
use coexist_readers::sql;

use crate::pipeline::Versions;
use crate::source::Text;

/// Returns the changed migrations that no reader knows. Squashed or deleted ones are not head's to read.
pub(crate) fn unread_migrations(versions: &Versions<'_>) -> Vec<UnreadMigration> {
    let changed = versions
        .changed
        .iter()
        .filter(|c| c.at_head && c.anchors && c.kind == PathKind::Product);
    let paths: Vec<Arc<str>> = changed.map(|c| c.path.as_str().into()).collect();
    let texts = versions.head.source.texts(&paths);
    let unread = texts.into_iter().filter_map(|(path, text)| match text {
        Text::Text(text) => match unread_migration(&path, &text) {
            Some(tool) => Some(UnreadMigration {
                place: File::new(&path, &text).place(0..text.lines().next()?.len()),
                why: format!("{tool} has no reader yet"),
            }),
            None => stray(versions, &path, &text),
        },
        // A migration is never skipped in silence, whatever its bytes are.
        Text::Skipped(why) => {
            sql::layout(&path, "")?;
            Some(UnreadMigration {
                place: Place::of_file(&path),
                why,
            })
        }
    });
    unread.collect()
}

/// Returns the first statement of a SQL file that alters or drops what exists, where base did not hold it and no layout says when it runs.
fn stray(versions: &Versions<'_>, path: &Arc<str>, text: &str) -> Option<UnreadMigration> {
    let now = sql::strays(&File::new(path, text));
    if now.is_empty() {
        return None;
    }
    let before = match versions
        .base
        .source
        .texts(std::slice::from_ref(path))
        .remove(path)
    {
        Some(Text::Text(text)) => sql::strays(&File::new(path, &text)),
        _ => Vec::new(),
    };
    let known: BTreeSet<&str> = before.iter().map(|place| &*place.quote).collect();
    let place = now.iter().find(|p| !known.contains(&*p.quote))?;
    Some(UnreadMigration {
        place: place.clone(),
        why: "it changes what exists, and its folder is that of no known tool, so nothing says when it runs"
            .to_owned(),
    })
}

/// Whether this build reads C#.
const READS_CSHARP: bool = cfg!(feature = "csharp");
/// Whether this build reads Elixir.
const READS_ELIXIR: bool = cfg!(feature = "elixir");
/// Whether this build reads PHP.
const READS_PHP: bool = cfg!(feature = "php");

/// Returns the tool whose migration a changed file is, where this version cannot read it. The content decides; a folder's name alone
/// says nothing.
fn unread_migration(path: &str, text: &str) -> Option<&'static str> {
    let ending = path.rsplit('.').next().unwrap_or_default();
    let has = |words: &[&str]| words.iter().all(|w| text.contains(w));
    let tool = match ending {
        "php" if has(&["use yii\\db\\Migration"]) => "Yii",
        "php" if has(&["use CodeIgniter\\Database\\Migration"]) => "CodeIgniter",
        "php" if has(&["use Phinx\\Migration\\"]) => "Phinx",
        "php" if !READS_PHP && has(&["extends Migration", "Schema::"]) => "Laravel",
        "php" if !READS_PHP && has(&["extends AbstractMigration", "addSql("]) => "Doctrine",
        "go" if has(&["gormigrate.Migration{"]) => "gormigrate",
        "go" if alters_by_gorm(text) => "the Migrator of GORM",
        "cs" if !READS_CSHARP && has(&["MigrationBuilder", "override void Up("]) => "EF Core",
        "cs" if has(&["using FluentMigrator;"]) && (has(&["void Up("]) || has(&["Create."])) => {
            "FluentMigrator"
        }
        "cs" if has(&["DbMigration", "override void Up("]) => "Entity Framework 6",
        "exs" if !READS_ELIXIR && has(&["use Ecto.Migration"]) => "Ecto",
        "java" | "kt" if is_java_migration(text) => "Flyway's Java migrations",
        "hcl" if has(&["table \"", "schema \""]) => "Atlas",
        _ => return None,
    };
    Some(tool)
}

/// Returns whether a class of Java or Kotlin is a migration of Flyway:
/// <https://documentation.red-gate.com/flyway/flyway-concepts/migrations/java-based-migrations>.
fn is_java_migration(text: &str) -> bool {
    let bases = ["BaseJavaMigration", "SpringJdbcMigration", "JdbcMigration"];
    let of_flyway = text.contains("org.flywaydb.core");
    of_flyway
        && text.contains("migrate(")
        && (text.contains("implements JavaMigration") || bases.iter().any(|b| text.contains(b)))
}

/// Returns whether Go code takes something of a store away, or alters it, by calls of GORM: `db.Migrator().DropColumn(&User{}, "name")`.
fn alters_by_gorm(text: &str) -> bool {
    let alters = [
        "DropColumn(",
        "DropTable(",
        "RenameColumn(",
        "RenameTable(",
        "AlterColumn(",
    ];
    let calls = text.split(".Migrator().").skip(1);
    calls
        .into_iter()
        .any(|call| alters.iter().any(|a| call.starts_with(a)))
}

/// Returns the name of the language or schema format of a file for which there is no reader yet, by its ending.
pub(crate) fn unread_language(path: &str) -> Option<&'static str> {
    let ending = path.rsplit('/').next().unwrap_or(path).rsplit_once('.')?.1;
    Some(match ending {
        "php" if path.ends_with(".blade.php") => "Blade",
        "php" if !READS_PHP => "PHP",
        "cs" if !READS_CSHARP => "C#",
        "ex" | "exs" if !READS_ELIXIR => "Elixir",
        "erl" => "Erlang",
        "scala" => "Scala",
        "swift" => "Swift",
        "dart" => "Dart",
        "clj" | "cljs" => "Clojure",
        "c" | "h" => "C",
        "cc" | "cpp" | "cxx" | "hpp" => "C++",
        "hs" => "Haskell",
        "lua" => "Lua",
        "pl" | "pm" => "Perl",
        "zig" => "Zig",
        "graphql" | "gql" | "graphqls" => "GraphQL",
        "thrift" => "Thrift",
        "avsc" | "avdl" => "Avro",
        "vue" => "Vue",
        "svelte" => "Svelte",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_tells_the_tool() {
        let phinx = "<?php\nuse Phinx\\Migration\\AbstractMigration;\nclass A extends AbstractMigration {}\n";
        assert_eq!(unread_migration("m/1.php", phinx), Some("Phinx"));
        let laravel =
            "<?php\nreturn new class extends Migration { function up() { Schema::drop('a'); } };\n";
        let gorm = "package db\nfunc up(tx *gorm.DB) error { return tx.Migrator().DropColumn(&User{}, \"name\") }\n";
        assert_eq!(
            unread_migration("m/1.go", gorm),
            Some("the Migrator of GORM")
        );
        let asks =
            "package db\nfunc has(tx *gorm.DB) bool { return tx.Migrator().HasTable(&User{}) }\n";
        assert_eq!(unread_migration("m/2.go", asks), None);
        let unread = (!READS_PHP).then_some("Laravel");
        assert_eq!(unread_migration("m/1.php", laravel), unread);
    }

    #[test]
    fn a_folder_called_migrations_is_none() {
        assert_eq!(
            unread_migration("migrations/helpers.py", "def wait():\n    pass\n"),
            None
        );
        assert_eq!(
            unread_migration("src/up.ts", "export const up = 1;\n"),
            None
        );
    }
}
