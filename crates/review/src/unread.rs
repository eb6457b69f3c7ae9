//! Migrations in languages that have no reader yet: they are named, and never taken for harmless.

/// Whether this build reads PHP.
const READS_PHP: bool = cfg!(feature = "php");

/// Returns the tool whose migration a changed file is, where this version cannot read it. The content decides; a folder's name alone
/// says nothing.
pub(crate) fn unread_migration(path: &str, text: &str) -> Option<&'static str> {
    let ending = path.rsplit('.').next().unwrap_or_default();
    let has = |words: &[&str]| words.iter().all(|w| text.contains(w));
    let tool = match ending {
        "php" if has(&["use yii\\db\\Migration"]) => "Yii",
        "php" if has(&["use CodeIgniter\\Database\\Migration"]) => "CodeIgniter",
        "php" if has(&["use Phinx\\Migration\\"]) => "Phinx",
        "php" if !READS_PHP && has(&["extends Migration", "Schema::"]) => "Laravel",
        "php" if !READS_PHP && has(&["extends AbstractMigration", "addSql("]) => "Doctrine",
        "cs" if has(&["MigrationBuilder", "override void Up("]) => "EF Core",
        "exs" if has(&["use Ecto.Migration"]) => "Ecto",
        "rs" if has(&["MigrationTrait", "SchemaManager"]) => "SeaORM",
        "xml" | "yaml" | "yml" | "json" if has(&["databaseChangeLog"]) => "Liquibase",
        "hcl" if has(&["table \"", "schema \""]) => "Atlas",
        _ => return None,
    };
    Some(tool)
}

/// Returns the name of the language or schema format of a file for which there is no reader yet, by its ending.
pub(crate) fn unread_language(path: &str) -> Option<&'static str> {
    let ending = path.rsplit('/').next().unwrap_or(path).rsplit_once('.')?.1;
    Some(match ending {
        "php" if path.ends_with(".blade.php") => "Blade",
        "php" if !READS_PHP => "PHP",
        "cs" => "C#",
        "ex" | "exs" => "Elixir",
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
        "tf" => "Terraform",
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
