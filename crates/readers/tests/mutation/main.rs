//! The fuzz targets of `fuzz/` on a stable toolchain: seeds of each format, damaged in the same way in every run.

mod mutator;
mod nesting;
mod total;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use mutator::{Random, mutate, truncations};

/// A small file of one format.
struct Seed {
    path: &'static str,
    text: &'static str,
}

/// What one reading may take. Seeds take milliseconds and what hangs takes minutes; between them is room for an unoptimised build on a
/// busy machine.
const LIMIT: Duration = Duration::from_secs(30);

/// Injured copies per seed.
const MUTANTS: usize = 150;

/// Reads one text and says which one it was, if that goes wrong.
fn read(path: &str, text: &str) -> usize {
    let started = Instant::now();
    let claimed = catch_unwind(AssertUnwindSafe(|| total::check(path, text)));
    let took = started.elapsed();
    let shown: String = text.chars().take(3_000).collect();
    let Ok(claimed) = claimed else {
        panic!("reading {path} panics on {shown:?}");
    };
    assert!(took < LIMIT, "reading {path} takes {took:?} on {shown:?}");
    claimed
}

/// Damages the seeds of one format: whole, cut before every character, injured at random.
fn check(seeds: &[Seed]) {
    for (index, seed) in seeds.iter().enumerate() {
        let claimed = read(seed.path, seed.text);
        assert!(claimed > 0, "no reader claims {}", seed.path);
        for cut in truncations(seed.text) {
            read(seed.path, cut);
        }
        let other = &seeds[(index + 1) % seeds.len()];
        let mut random = Random::new(seed.text.len() as u64);
        for _ in 0..MUTANTS {
            read(seed.path, &mutate(seed.text, other.text, &mut random));
        }
        read(seed.path, &seed.text.replace(' ', "\0"));
        read(seed.path, &seed.text.replace('\n', "\r\n"));
        read(seed.path, &seed.text.repeat(20));
    }
}

/// The seeds of one format, each with the path under which it is read.
macro_rules! seeds {
    ($name:ident: $($file:literal as $path:literal),+ $(,)?) => {
        #[test]
        fn $name() {
            check(&[$(Seed { path: $path, text: include_str!(concat!("seeds/", $file)) }),+]);
        }
    };
}

seeds!(sql_is_read_whatever_it_holds:
    "postgres.up.sql" as "db/migrations/0001_users.up.sql",
    "mysql.sql" as "migrations/00002_orders.sql",
    "sqlite.sql" as "prisma/migrations/20240101000000_init/migration.sql",
);
seeds!(protobuf_is_read_whatever_it_holds:
    "shop.proto" as "proto/shop/v1/order.proto",
    "old.proto" as "proto/old.proto",
    "editions.proto" as "proto/editions.proto",
);
seeds!(prisma_is_read_whatever_it_holds: "schema.prisma" as "prisma/schema.prisma");
seeds!(python_is_read_whatever_it_holds: "app.py" as "api/app.py");
seeds!(typescript_is_read_whatever_it_holds: "app.ts" as "web/app.ts", "page.tsx" as "web/page.tsx");
seeds!(javascript_is_read_whatever_it_holds: "app.js" as "web/app.js");
seeds!(go_is_read_whatever_it_holds: "app.go" as "cmd/app.go");
seeds!(ruby_is_read_whatever_it_holds: "app.rb" as "app/controllers/app.rb");
seeds!(php_is_read_whatever_it_holds:
    "app.php" as "app/Http/Controllers/app.php",
    "migration.php" as "database/migrations/2024_01_01_000000_migration.php",
);
seeds!(csharp_is_read_whatever_it_holds:
    "App.cs" as "src/Shop/App.cs",
    "Migration.cs" as "src/Shop/Migrations/20240101000000_Init.cs",
);
seeds!(elixir_is_read_whatever_it_holds:
    "app.ex" as "lib/shop/app.ex",
    "migration.exs" as "priv/repo/migrations/20240101000000_init.exs",
);
seeds!(java_is_read_whatever_it_holds: "App.java" as "src/main/java/shop/App.java");
seeds!(kotlin_is_read_whatever_it_holds: "App.kt" as "src/main/kotlin/shop/App.kt");
seeds!(rust_is_read_whatever_it_holds: "app.rs" as "src/app.rs");
seeds!(deployment_files_are_read_whatever_they_hold:
    "deploy.yaml" as "deploy/api.yaml",
    "compose.yaml" as "compose.yaml",
    "workflow.yml" as ".github/workflows/ship.yml",
    "rules.yaml" as "monitoring/rules.yaml",
    "Procfile" as "Procfile",
    "migrate.yaml" as "chart/templates/migrate.yaml",
    "alerts.libsonnet" as "monitoring/alerts.libsonnet",
);

/// Paths that no one writes, and that a repository can hold all the same.
const PATHS: &[&str] = &[
    "",
    "/",
    "..",
    ".sql",
    ".proto",
    ".prisma",
    "a\nb/migrations/0001_x.up.sql",
    "\0.py",
    "migrations/.sql",
    "migrations//a.sql",
    "migrations/up.sql",
    "migrations/../../up.sql",
    "migrations/99999999999999999999999999999999_x.up.sql",
    "migrations/00000000000000000000000000000000_x.down.sql",
    "migrations/\u{0661}\u{0662}_x.sql",
    "migrations/2024-01-01-000000_x/up.sql",
    "prisma/migrations/20240101000000_\u{1d11e}/migration.sql",
    "db/migration/V1.2.99999999999999999999__x.sql",
    "db/migration/R__x.sql",
    "Procfile/Procfile",
    ".github/workflows/.yml",
    "chart/templates/_helpers.tpl",
];

#[test]
fn a_file_is_read_under_any_path() {
    let texts = [
        "",
        "\n",
        include_str!("seeds/postgres.up.sql"),
        include_str!("seeds/deploy.yaml"),
        include_str!("seeds/app.go"),
    ];
    let long = format!(
        "{}/migrations/1_{}.sql",
        "a/".repeat(2_000),
        "b".repeat(4_000)
    );
    for path in PATHS.iter().copied().chain([long.as_str()]) {
        for text in texts {
            read(path, text);
        }
    }
}
