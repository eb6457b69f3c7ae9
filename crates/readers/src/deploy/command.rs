//! What a shell command does, as far as a deploy cares: does it migrate, deploy, watch, or take back?

/// Returns the part of a shell text that applies migrations, or None.
///
/// It knows the tools, the usual script names, and an application's own `migrate` subcommand. What only writes, checks or lists
/// migrations is none.
pub fn migrate_command(text: &str) -> Option<String> {
    commands(text)
        .into_iter()
        .find(|words| migrates(words))
        .map(|words| words.join(" "))
}

/// Returns whether an argument vector (`command` and `args` of a container) applies migrations.
pub(super) fn vector_migrates(words: &[&str]) -> bool {
    // `["sh", "-c", "…"]`: the last word is a script.
    words
        .iter()
        .any(|w| w.contains(char::is_whitespace) && migrate_command(w).is_some())
        || migrate_command(&words.join(" ")).is_some()
}

/// Returns the simple commands of a shell text, each as words without quotes.
pub(super) fn commands(text: &str) -> Vec<Vec<String>> {
    let mut out = vec![Vec::new()];
    let mut word = String::new();
    let mut chars = text.chars().peekable();
    let mut comment = false;
    while let Some(c) = chars.next() {
        if comment && c != '\n' {
            continue;
        }
        match c {
            '\n' | ';' | '&' | '|' | '(' | ')' => {
                comment = false;
                end_word(&mut word, &mut out);
                out.push(Vec::new());
            }
            '#' if word.is_empty() => comment = true,
            '\\' if chars.peek().is_some_and(|n| matches!(n, '\n' | '\r')) => {
                chars.next();
                chars.next_if_eq(&'\n');
                end_word(&mut word, &mut out);
            }
            // What stands in quotes may itself be a command (`sh -c "…"`): the words in it count as well.
            '"' | '\'' | '`' => end_word(&mut word, &mut out),
            c if c.is_whitespace() => end_word(&mut word, &mut out),
            c => word.push(c),
        }
    }
    end_word(&mut word, &mut out);
    out.retain(|words| !words.is_empty());
    out
}

/// Words of one command that are looked at.
const WORD_LIMIT: usize = 300;

fn end_word(word: &mut String, out: &mut [Vec<String>]) {
    let word = std::mem::take(word);
    if let Some(last) = out.last_mut()
        && !word.is_empty()
        && last.len() < WORD_LIMIT
    {
        last.push(word);
    }
}

/// A tool, the words that must follow it in order, and the words that make it something else.
struct Tool(
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

/// The commands that apply migrations, by their tools' documentation.
const TOOLS: &[Tool] = &[
    Tool("migrate", &["up"], &[]),
    Tool("migrate", &["goto"], &[]),
    Tool("goose", &["up"], &[]),
    Tool("goose", &["up-to"], &[]),
    Tool("dbmate", &["up"], &[]),
    Tool("dbmate", &["migrate"], &[]),
    Tool("sqlx", &["migrate", "run"], &["--dry-run"]),
    Tool("sqlx", &["database", "setup"], &[]),
    Tool("diesel", &["migration", "run"], &[]),
    Tool("diesel", &["database", "setup"], &[]),
    Tool("refinery", &["migrate"], &[]),
    Tool("prisma", &["migrate", "deploy"], &[]),
    Tool("prisma", &["db", "push"], &[]),
    Tool("drizzle-kit", &["migrate"], &[]),
    Tool("drizzle-kit", &["push"], &[]),
    Tool("alembic", &["upgrade"], &["--sql"]),
    Tool("flask", &["db", "upgrade"], &["--sql"]),
    Tool("manage.py", &["migrate"], &["--check", "--plan"]),
    Tool("django-admin", &["migrate"], &["--check", "--plan"]),
    Tool("rails", &["db:migrate"], &[]),
    Tool("rails", &["db:prepare"], &[]),
    Tool("rake", &["db:migrate"], &[]),
    Tool("rake", &["db:prepare"], &[]),
    Tool("flyway", &["migrate"], &[]),
    Tool("mvn", &["flyway:migrate"], &[]),
    Tool("gradlew", &["flywayMigrate"], &[]),
    Tool("gradle", &["flywayMigrate"], &[]),
    Tool("liquibase", &["update"], &[]),
    Tool("liquibase", &["update-count"], &[]),
    Tool("atlas", &["migrate", "apply"], &["--dry-run"]),
    Tool("atlas", &["schema", "apply"], &["--dry-run"]),
    Tool("knex", &["migrate:latest"], &[]),
    Tool("knex", &["migrate:up"], &[]),
    Tool("sequelize", &["db:migrate"], &[]),
    Tool("sequelize-cli", &["db:migrate"], &[]),
    Tool("typeorm", &["migration:run"], &[]),
    Tool("typeorm-ts-node-commonjs", &["migration:run"], &[]),
    Tool("node-pg-migrate", &["up"], &[]),
    Tool("db-migrate", &["up"], &[]),
    Tool("hasura", &["migrate", "apply"], &[]),
    Tool("supabase", &["db", "push"], &["--dry-run"]),
    Tool("supabase", &["migration", "up"], &[]),
    Tool("artisan", &["migrate"], &["--pretend"]),
    Tool("mix", &["ecto.migrate"], &[]),
    Tool("dotnet", &["ef", "database", "update"], &[]),
    Tool("dotnet-ef", &["database", "update"], &[]),
    // What `dotnet ef migrations bundle` makes.
    Tool("efbundle", &[], &[]),
    Tool("yoyo", &["apply"], &[]),
    Tool("tern", &["migrate"], &[]),
    Tool("soda", &["migrate"], &[]),
    Tool("sql-migrate", &["up"], &[]),
];

/// Names that scripts and subcommands which migrate bear.
const SCRIPT_NAMES: &[&str] = &[
    "migrate",
    "migrate:up",
    "migrate:deploy",
    "migrate:latest",
    "migrate:prod",
    "migrate-up",
    "migrate-db",
    "migratedb",
    "migrate_db",
    "migrations",
    "migrations:run",
    "migration:run",
    "run-migrations",
    "run_migrations",
    "db:migrate",
    "db-migrate",
    "db:migrate:deploy",
    "db:deploy",
    "db:migrate:prod",
    "db_migrate",
    "db:migration:run",
    "database:migrate",
    "sqlx-migrate",
];

/// Programs whose arguments are text, files or packages, not commands.
pub(super) const INERT: &[&str] = &[
    "echo",
    "printf",
    "cp",
    "mv",
    "rm",
    "cat",
    "ls",
    "mkdir",
    "cd",
    "git",
    "grep",
    "rg",
    "sed",
    "awk",
    "find",
    "chmod",
    "chown",
    "touch",
    "curl",
    "wget",
    "apt-get",
    "apt",
    "apk",
    "pip",
    "brew",
    "test",
    "[",
    "[[",
    "if",
    "elif",
    "while",
    "export",
    "set",
    "head",
    "tail",
    "tar",
    "ln",
    "which",
    "command",
    "npm_install",
    "log",
    "info",
    "source",
    ".",
    "COPY",
    "ADD",
    "gh",
    "pytest",
    "jest",
    "vitest",
];

/// Programs that run a script or task by its name.
pub(super) const RUNNERS: &[&str] = &[
    "npm", "pnpm", "yarn", "bun", "make", "just", "task", "turbo", "nx", "composer", "mage",
    "invoke", "poe", "pdm", "hatch", "deno", "lerna", "rush",
];

pub(super) fn migrates(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let words = after_prefix(&words);
    let Some(&program) = words.first() else {
        return false;
    };
    let name = base(program);
    if INERT.contains(&name)
        || words
            .iter()
            .any(|w| matches!(*w, "--help" | "-h" | "--version"))
    {
        return false;
    }
    by_tool(words) || by_name(words, name) || by_release(words)
}

/// Returns whether a command comes to its end only when all migrations are applied: `python manage.py wait_for_migrations`.
pub(super) fn waits_for_migrations(words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let waits = |word: &&str| {
        matches!(
            base(word)
                .trim_end_matches(".sh")
                .replace('-', "_")
                .as_str(),
            "wait_for_migrations" | "wait_for_migration" | "db:abort_if_pending_migrations"
        )
    };
    let words = after_prefix(&words);
    // <https://airflow.apache.org/docs/apache-airflow/stable/cli-and-env-variables-ref.html#check-migrations>
    let airflow = words.iter().any(|w| base(w) == "airflow");
    let inert = words.first().is_some_and(|w| INERT.contains(&base(w)));
    !inert && (words.iter().any(waits) || airflow && in_order(words, &["db", "check-migrations"]))
}

/// Returns whether a release of Elixir is told to run a function that migrates: `bin/shop eval "Shop.Release.migrate"`.
fn by_release(words: &[&str]) -> bool {
    let mut words = words.iter();
    words.any(|w| matches!(*w, "eval" | "rpc"))
        && words.next().is_some_and(|called| {
            let called = called.split('(').next().unwrap_or(called);
            matches!(
                called.rsplit_once('.'),
                Some((_, "migrate" | "migrate_all"))
            )
        })
}

/// Returns whether one of the words is a known tool that is told to migrate.
fn by_tool(words: &[&str]) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let rest = &words[at + 1..];
        TOOLS.iter().any(|Tool(tool, wanted, unless)| {
            base(word) == *tool
                && !rest.iter().any(|w| unless.contains(w))
                && in_order(rest, wanted)
        })
    })
}

fn in_order(words: &[&str], wanted: &[&str]) -> bool {
    let mut words = words.iter();
    wanted.iter().all(|w| words.any(|word| word == w))
}

/// Returns whether a script or subcommand of that name is run: `npm run db:migrate`, `./bin/migrate`, `/app/server migrate`.
fn by_name(words: &[&str], name: &str) -> bool {
    let is_name = |word: &str| {
        let word = word
            .trim_end_matches(".sh")
            .trim_end_matches(".js")
            .trim_end_matches(".py")
            .trim_end_matches(".ts");
        SCRIPT_NAMES.contains(&word)
    };
    let arguments: Vec<&str> = words[1..]
        .iter()
        .copied()
        .filter(|w| !w.starts_with('-'))
        .collect();
    // Alone, `migrate` is golang-migrate's binary asked for its help, unless it is a path of the application's own.
    if is_name(name) && (arguments.is_empty() && (name != "migrate" || words[0].contains('/'))) {
        return true;
    }
    if RUNNERS.contains(&name) {
        return arguments.iter().any(|a| is_name(a));
    }
    let interpreter = matches!(
        name,
        "node" | "tsx" | "ts-node" | "python" | "python3" | "ruby" | "bash" | "sh" | "php" | "go"
    );
    if interpreter {
        let program = arguments.iter().find(|a| **a != "run");
        return program.is_some_and(|p| is_name(base(p)) && *p != "migrations");
    }
    let subcommand = arguments.first().is_some_and(|a| {
        matches!(
            *a,
            "migrate" | "db:migrate" | "run-migrations" | "migrate-up"
        )
    }) || arguments
        .get(..2)
        .is_some_and(|two| matches!(two, ["db" | "database", "migrate"] | ["migrate", "up"]));
    let asks_only = arguments.iter().any(|a| {
        matches!(
            *a,
            "status" | "dev" | "diff" | "create" | "new" | "resolve" | "down" | "info"
        )
    });
    // Other tools have a `migrate` of their own that touches no database (`npx storybook migrate`), so it must be a path.
    subcommand && !asks_only && (words[0].contains('/') || words[0].starts_with('$'))
}

/// Skips what only sets the scene: assignments, `exec`, `sudo`, `npx`, `bundle exec`, `docker compose run api`.
pub(super) fn after_prefix<'a, 'w>(words: &'w [&'a str]) -> &'w [&'a str] {
    let skipped = words.iter().take_while(|w| {
        let assignment = w.split_once('=').is_some_and(|(n, _)| {
            !n.is_empty() && n.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
        assignment
            || matches!(
                **w,
                "exec"
                    | "sudo"
                    | "env"
                    | "time"
                    | "nohup"
                    | "npx"
                    | "bunx"
                    | "bundle"
                    | "poetry"
                    | "uv"
                    | "pipenv"
                    | "rye"
                    | "then"
                    | "do"
                    | "else"
                    | "while"
                    | "until"
                    | "!"
                    | "{"
                    | "run"
                    | "dlx"
                    | "if"
                    | "cargo"
                    | "dotenv"
                    | "--"
            )
    });
    &words[skipped.count()..]
}

pub(super) fn base(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// Returns whether a shell text brings a version to where it runs.
pub(super) fn deploys(text: &str) -> bool {
    const PHRASES: &[&[&str]] = &[
        &["kubectl", "apply"],
        &["kubectl", "set", "image"],
        &["kubectl", "rollout", "restart"],
        &["kubectl", "replace"],
        &["helm", "upgrade"],
        &["helm", "install"],
        &["helmfile", "apply"],
        &["helmfile", "sync"],
        &["fly", "deploy"],
        &["flyctl", "deploy"],
        &["gcloud", "run", "deploy"],
        &["gcloud", "app", "deploy"],
        &["gcloud", "functions", "deploy"],
        &["aws", "ecs", "update-service"],
        &["aws", "deploy", "create-deployment"],
        &["aws", "lambda", "update-function-code"],
        &["serverless", "deploy"],
        &["sls", "deploy"],
        &["sam", "deploy"],
        &["cdk", "deploy"],
        &["vercel", "--prod"],
        &["vercel", "deploy"],
        &["netlify", "deploy"],
        &["wrangler", "deploy"],
        &["wrangler", "publish"],
        &["heroku", "container:release"],
        &["git", "push", "heroku"],
        &["git", "push", "dokku"],
        &["terraform", "apply"],
        &["tofu", "apply"],
        &["terragrunt", "apply"],
        &["pulumi", "up"],
        &["railway", "up"],
        &["cap", "deploy"],
        &["kamal", "deploy"],
        &["docker", "stack", "deploy"],
        &["docker", "service", "update"],
        &["ansible-playbook"],
        &["argocd", "app", "sync"],
        &["nomad", "job", "run"],
        &["nomad", "run"],
        &["skaffold", "run"],
        &["skaffold", "deploy"],
        &["eb", "deploy"],
        &["dokku", "ps:rebuild"],
        &["tk", "apply"],
        &["cf", "push"],
        &["ecs-deploy"],
        &["npm", "run", "deploy"],
        &["make", "deploy"],
        &["yarn", "deploy"],
        &["pnpm", "deploy"],
        &["argo", "rollouts", "promote"],
        &["kubectl-argo-rollouts", "promote"],
    ];
    says(
        text,
        PHRASES,
        &["--dry-run", "--dry-run=client", "--dry-run=server"],
    )
}

/// Returns whether a shell text takes a version back.
pub(super) fn rolls_back(text: &str) -> bool {
    const PHRASES: &[&[&str]] = &[
        &["kubectl", "rollout", "undo"],
        &["helm", "rollback"],
        &["helm", "upgrade", "--atomic"],
        &["argo", "rollouts", "undo"],
        &["argo", "rollouts", "abort"],
        &["heroku", "rollback"],
        &["heroku", "releases:rollback"],
        &["cap", "deploy:rollback"],
        &["kamal", "rollback"],
        &["argocd", "app", "rollback"],
        &["docker", "service", "rollback"],
        &["helm", "upgrade", "--rollback-on-failure"],
    ];
    says(text, PHRASES, &[])
}

/// Returns whether a shell text waits for, or asks for, the health of what was deployed.
pub(super) fn checks_health(text: &str) -> bool {
    const PHRASES: &[&[&str]] = &[
        &["kubectl", "rollout", "status"],
        &["kubectl", "wait"],
        &["argocd", "app", "wait"],
        &["aws", "ecs", "wait"],
        &["argo", "rollouts", "status"],
        &["cf", "app"],
    ];
    let probes = |words: &Vec<String>| {
        matches!(
            words.first().map(|w| base(w)),
            Some("curl" | "wget" | "http")
        ) && words.iter().any(|w| {
            ["/health", "/ready", "/live", "/readyz", "/ping", "/status"]
                .iter()
                .any(|p| w.contains(p))
        })
    };
    says(text, PHRASES, &[]) || commands(text).iter().any(probes)
}

/// Returns whether one of the commands holds one of the phrases, in order.
fn says(text: &str, phrases: &[&[&str]], unless: &[&str]) -> bool {
    commands(text).iter().any(|words| {
        let words: Vec<&str> = words.iter().map(|w| base(w)).collect();
        let inert = words
            .first()
            .is_some_and(|w| matches!(*w, "echo" | "printf" | "#"));
        !inert
            && !words.iter().any(|w| unless.contains(w))
            && phrases.iter().any(|phrase| in_order(&words, phrase))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_tools_and_scripts_migrate() {
        for text in [
            "migrate -path /m -database $DB up",
            "sh -c \"goose -dir m postgres $DSN up\"",
            "cd api && npx prisma migrate deploy --schema=x",
            "bundle exec rails db:migrate",
            "RAILS_ENV=production bundle exec rake db:migrate",
            "poetry run alembic upgrade head",
            "python manage.py migrate --noinput",
            "npm run db:migrate",
            "pnpm --filter api migrate:deploy",
            "/app/server migrate",
            "./scripts/run-migrations.sh",
            "flyway -url=x migrate",
            "kubectl exec deploy/api -- ./manage.py migrate",
            "docker compose run --rm api python manage.py migrate",
            "sqlx migrate run",
            "cargo sqlx migrate run",
            "set -e\nif [ -n \"$X\" ]; then\n  exec prisma db push\nfi",
        ] {
            assert!(migrate_command(text).is_some(), "{text}");
        }
    }

    #[test]
    fn what_only_speaks_of_migrations_does_not_migrate() {
        for text in [
            "echo 'run prisma migrate deploy'",
            "# alembic upgrade head",
            "prisma migrate dev",
            "prisma migrate status",
            "python manage.py makemigrations --check",
            "python manage.py migrate --check",
            "cp -r migrations /app",
            "rails db:migrate:status",
            "npx storybook migrate x",
            "alembic revision -m x",
            "migrate create -ext sql x",
            "make test",
            "",
        ] {
            assert!(migrate_command(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_deploy_a_way_back_and_a_health_check_are_told_apart() {
        assert!(deploys("helm upgrade --install api ./chart"));
        assert!(!deploys("echo helm upgrade"));
        assert!(!deploys("kubectl apply --dry-run=client -f x"));
        assert!(rolls_back(
            "kubectl rollout status d/api || kubectl rollout undo d/api"
        ));
        assert!(rolls_back("helm upgrade --atomic api ./chart"));
        assert!(checks_health("curl -fsS https://x/healthz"));
        assert!(!checks_health("curl https://x/install.sh"));
    }
}
