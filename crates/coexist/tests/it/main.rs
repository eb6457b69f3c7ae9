//! The program as people run it: what is typed, and the very text that comes back.

mod design;
mod drift;
mod readme;

use std::path::Path;
use std::process::{Command, Output, Stdio};

use expect_test::{Expect, expect};

/// Runs the program in the folder, with nothing of this machine's surroundings but the path to git.
#[expect(
    clippy::disallowed_methods,
    reason = "the program under test is a process"
)]
fn coexist(folder: &Path, args: &[&str], vars: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_coexist"));
    command.env_clear().current_dir(folder).stdin(Stdio::null());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    command
        .envs([("LANG", "C.UTF-8"), ("HOME", "/nonexistent")])
        .envs(vars.iter().copied());
    command.args(args).output().expect("the program starts")
}

/// Returns stdout, stderr behind `! `, and the exit code.
fn said(output: &Output) -> String {
    let mut out = String::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        out.push_str(line.trim_end());
        out.push('\n');
    }
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        out.push_str(&format!("! {line}\n"));
    }
    out.push_str(&format!(
        "exit {}\n",
        output.status.code().expect("the program was not killed")
    ));
    out
}

fn check(args: &[&str], expect: Expect) {
    let folder = shop();
    expect.assert_eq(&said(&coexist(folder.path(), args, &[])));
}

/// A folder with a migration in it, and no repository.
fn shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir_all(folder.path().join("db")).expect("a temporary folder can be written");
    std::fs::write(
        folder.path().join("db/0001_drop.sql"),
        "ALTER TABLE users DROP COLUMN name;\n",
    )
    .expect("a temporary folder can be written");
    std::fs::write(folder.path().join("main.zig"), "resource {}\n")
        .expect("a temporary folder can be written");
    folder
}

#[test]
fn a_wrong_argument_is_an_error_with_code_2() {
    check(
        &["review", "--staged", "--worktree"],
        expect![[r#"
            ! error[usage]: cannot read the arguments: the argument '--staged' cannot be used with '--worktree'
            ! help: usage: coexist review --staged [PATH|RANGE|N]...
            ! help: --help tells more
            exit 2
        "#]],
    );
    check(
        &["review", "--fromat", "json"],
        expect![[r#"
            ! error[usage]: cannot read the arguments: unexpected argument '--fromat' found
            ! help: a similar argument exists: '--format'
            ! help: usage: coexist review --format <FORMAT> [PATH|RANGE|N]...
            ! help: --help tells more
            exit 2
        "#]],
    );
    check(
        &["skill", "install"],
        expect![[r#"
            ! error[usage]: cannot read the arguments: the following required arguments were not provided:
            ! help: --agent <AGENT>
            ! help: usage: coexist skill install --agent <AGENT>
            ! help: --help tells more
            exit 2
        "#]],
    );
}

#[test]
fn help_names_every_command() {
    check(
        &["--help"],
        expect![[r#"
            Finds the deploy schedule that breaks: can everything that will meet during the rollout still
            understand each other?

            Usage: coexist [OPTIONS] <COMMAND>

            Commands:
              review       Review a change: staged, else the working tree, else this branch since it left the
                           default branch
              explain      Explain a rule, or a finding with its whole schedule and state grid
              services     Show who owns what, and from what evidence
              read         Show what the readers understood of files
              design       Check, lay out, export or begin a design of several services
              init         Write a commented coexist.toml from what was inferred
              skill        Install the skills for an agent, or print them
              demo         Make a small sample repository in a temporary folder and review three changes in it
              completions  Print the completions of a shell
              man          Print the manual page, of the whole program or of a command
              help         Print this message or the help of the given subcommand(s)

            Options:
                  --repo <DIR>
                      Work in that directory instead of the current one

                  --color <WHEN>
                      When to use colour

                      Possible values:
                      - auto:   On a terminal, unless the environment says otherwise
                      - always: Always
                      - never:  Never

                      [default: auto]

              -h, --help
                      Print help (see a summary with '-h')

              -V, --version
                      Print version

            Without a command, and where the first word is none, it reviews: `coexist` is `coexist review`,
            `coexist main..HEAD` is `coexist review main..HEAD`.

            Exit codes: 0 done, nothing at or above --fail-on; 1 done, something is; 2 not done.
            Environment: COLUMNS, the width of text (80 in a pipe); NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR.
            exit 0
        "#]],
    );
}

#[test]
fn a_word_that_is_nearly_a_command_is_told_from_a_revision() {
    let folder = shop();
    commit(folder.path());
    let text = said(&coexist(folder.path(), &["servces"], &[]));
    expect![[r#"
        ! error[usage]: cannot review servces: it is no command, path, revision or range
        ! help: did you mean the command services?
        ! help: git branch --all and git tag list the names that are here
        exit 2
    "#]]
    .assert_eq(&text);
    let text = said(&coexist(folder.path(), &["nosuchcmd"], &[]));
    expect![[r#"
        ! error[usage]: cannot review nosuchcmd: it is no command, path, revision or range
        ! help: the commands are review, explain, services, read, design, init, skill, demo, completions, man
        ! help: git branch --all and git tag list the names that are here
        exit 2
    "#]]
    .assert_eq(&text);
}

/// Makes the folder a repository with everything in one commit.
fn commit(folder: &Path) {
    git(folder, &["init", "--quiet", "--template="]);
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "-m", "x"]);
}

#[expect(clippy::disallowed_methods, reason = "the test makes a repository")]
fn git(folder: &Path, args: &[&str]) {
    let output = Command::new("git")
        .envs([
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
        ])
        .args(["-c", "user.name=a", "-c", "user.email=a@b"])
        .args(args)
        .current_dir(folder)
        .output()
        .expect("git starts");
    assert!(output.status.success(), "{output:?}");
}

/// A repository whose working tree adds an untyped bag to a message; `line` stands before the field.
fn bag(line: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |line: &str, field: &str| {
        let text = format!(
            "syntax = \"proto3\";\npackage shop.v1;\nimport \"google/protobuf/struct.proto\";\nmessage Order {{\n  int64 id = 1;\n{line}\n{field}\n}}\n"
        );
        std::fs::write(folder.path().join("order.proto"), text).expect("a file can be written");
    };
    write("", "");
    commit(folder.path());
    write(line, "  google.protobuf.Struct extra = 2;");
    folder
}

/// Returns the numbers of the JSON report, and the exit code.
fn counts(folder: &Path, args: &[&str]) -> String {
    let mut all = vec!["review", "--worktree", "--format", "json"];
    all.extend(args);
    let output = coexist(folder, &all, &[]);
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
    format!(
        "{} exit {}",
        report["counts"],
        output.status.code().expect("the program was not killed")
    )
}

#[test]
fn the_exit_code_follows_the_flag_and_then_the_settings() {
    let folder = bag("");
    let warned = r#"{"fail":0,"warn":1,"suppressed":0,"questions":1}"#;
    assert_eq!(counts(folder.path(), &[]), format!("{warned} exit 0"));
    let flag = counts(folder.path(), &["--fail-on", "warn"]);
    assert_eq!(flag, format!("{warned} exit 1"));
    let settings = "[review]\nfail_on = \"warn\"\n";
    std::fs::write(folder.path().join("coexist.toml"), settings).unwrap();
    assert_eq!(counts(folder.path(), &[]), format!("{warned} exit 1"));
    let flag = counts(folder.path(), &["--fail-on", "never"]);
    assert_eq!(flag, format!("{warned} exit 0"));
}

#[test]
fn a_suppressed_finding_counts_for_no_exit_code_and_stays_counted() {
    let folder = bag("  // coexist: ignore[untyped-payload] reason: labels of users");
    let hidden = r#"{"fail":0,"warn":0,"suppressed":1,"questions":0} exit 0"#;
    assert_eq!(counts(folder.path(), &["--fail-on", "warn"]), hidden);
    let text = said(&coexist(folder.path(), &["--worktree"], &[]));
    assert!(text.contains("order.proto:6: labels of users"), "{text}");
}

#[test]
fn settings_that_cannot_be_read_stop_the_run() {
    let folder = bag("");
    std::fs::write(folder.path().join("coexist.toml"), "[reviw]\n").unwrap();
    let text = said(&coexist(folder.path(), &["--worktree"], &[]));
    expect![[r#"
        ! error[config]: cannot use coexist.toml, line 1: unknown key reviw
        ! help: did you mean review?
        exit 2
    "#]]
    .assert_eq(&text);
}

#[test]
fn a_report_in_a_file_leaves_stdout_empty() {
    let folder = bag("");
    let args = ["--worktree", "--output", "../report.md"];
    let inner = folder.path().join("inner");
    std::fs::create_dir(&inner).unwrap();
    let output = coexist(&inner, &args, &[]);
    assert!(output.stdout.is_empty(), "{}", said(&output));
    let report = std::fs::read_to_string(folder.path().join("report.md")).unwrap();
    assert!(
        report.starts_with("## Distributed Systems Safety Review\n"),
        "{report}"
    );
}

#[test]
fn a_rule_that_is_not_there_names_the_nearest() {
    check(
        &["explain", "drop-colum-in-use"],
        expect![[r#"
        ! error[usage]: cannot explain drop-colum-in-use: there is no such rule
        ! help: did you mean drop-column-in-use?
        exit 2
    "#]],
    );
}

#[test]
fn a_rule_is_explained_by_its_page() {
    let folder = shop();
    let output = coexist(folder.path(), &["explain", "drop-column-in-use"], &[]);
    let text = said(&output);
    for heading in ["## What", "## Why", "## Bad", "## Good", "## Safe steps"] {
        assert!(text.contains(heading), "{text}");
    }
    assert!(text.ends_with("exit 0\n"));
}

#[test]
fn what_cannot_be_read_is_an_error_or_said() {
    check(
        &["read", "nope.sql"],
        expect![[r#"
            ! error[input]: cannot read nope.sql: it is not there
            ! help: name a file that is there and may be read
            exit 2
        "#]],
    );
    check(
        &["read", "main.zig"],
        expect![[r#"
        main.zig: no reader claims this file
        exit 0
    "#]],
    );
    check(
        &["read", "--as", "cobol", "main.zig"],
        expect![[r#"
            ! error[usage]: cannot read as cobol: there is no such reader
            ! help: one of sql, liquibase, mybatis, protobuf, prisma, code, deploy, alembic, django, rails, sequelize, typeorm, knex, node-pg-migrate, db-migrate, kysely, mikro-orm, goose, laravel, doctrine, ef-core, ecto, sea-orm
            exit 2
        "#]],
    );
}

#[test]
fn colour_follows_flag_and_environment() {
    let folder = shop();
    let colored = |args: &[&str], vars: &[(&str, &str)]| {
        let mut all = vec!["read", "main.zig"];
        all.extend(args);
        said(&coexist(folder.path(), &all, vars)).contains('\u{1b}')
    };
    assert!(!colored(&[], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(colored(&[], &[("CLICOLOR_FORCE", "1")]));
    assert!(!colored(&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[("FORCE_COLOR", "1")]));
}

#[test]
fn a_name_that_a_terminal_would_obey_is_shown() {
    check(
        &["read", "\u{1b}[2Jx"],
        expect![[r#"
            ! error[input]: cannot read \u{1b}[2Jx: it is not there
            ! help: name a file that is there and may be read
            exit 2
        "#]],
    );
}

#[test]
fn skills_go_where_they_are_asked_to() {
    let folder = shop();
    let run = |args: &[&str]| said(&coexist(folder.path(), args, &[]));
    let text = run(&["skill", "install", "--agent", "codex", "--dry-run"]);
    assert!(text.starts_with("would have written "), "{text}");
    assert!(!folder.path().join(".agents").exists());
    assert!(run(&["skill", "install", "--agent", "codex"]).ends_with("exit 0\n"));
    assert!(
        folder
            .path()
            .join(".agents/skills/dist-review/SKILL.md")
            .exists()
    );
}

#[test]
fn the_demo_shows_a_safe_change_one_that_warns_and_one_that_fails() {
    let folder = tempfile::tempdir().unwrap();
    let temporary = folder.path().display().to_string();
    let vars = [("TMPDIR", temporary.as_str()), ("TEMP", temporary.as_str())];
    let output = coexist(folder.path(), &["demo"], &vars);
    let text = said(&output);
    assert!(text.ends_with("exit 0\n"), "{text}");
    for verdict in ["\nPASS: ", "\nWARN: ", "\nFAIL: "] {
        assert_eq!(text.matches(verdict).count(), 1, "{text}");
    }
}

#[test]
fn what_was_read_of_a_migration_is_printed() {
    check(
        &["read", "db/0001_drop.sql"],
        expect![[r#"
        db/0001_drop.sql: sql, postgres
             1  drop-column users.name, can break: old, data
        exit 0
    "#]],
    );
}

#[cfg(unix)]
#[test]
fn a_git_that_the_repository_brings_is_not_run() {
    use std::os::unix::fs::PermissionsExt;
    let folder = bag("");
    let (own, mark) = (folder.path().join("git"), folder.path().join("mark"));
    std::fs::write(&own, format!("#!/bin/sh\ntouch '{}'\n", mark.display()))
        .expect("a file can be written");
    std::fs::set_permissions(&own, PermissionsExt::from_mode(0o755))
        .expect("a file can be made executable");
    let path = std::env::var("PATH").expect("a path to git");
    for relative in [".", ""] {
        let path = format!("{relative}:{path}");
        let output = coexist(folder.path(), &["--worktree"], &[("PATH", &path)]);
        assert!(said(&output).contains("Reviewing"), "{output:?}");
        assert!(!mark.exists(), "PATH={path}");
    }
}
