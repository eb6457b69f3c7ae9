//! Pipes, folders, links and devices in place of the files of a repository, and files that are damaged: one clear message, or a
//! file that is listed as not reviewed.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::{Duration, Instant};

use coexist_review::change::{Request, What};
use coexist_review::{Error, Options, Reviewed, review};
use expect_test::{Expect, expect};

use crate::repo::{Repo, range};

/// What stands in place of a file.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Thing {
    Pipe,
    Folder,
    /// A symbolic link to a secret outside of the repository.
    LinkOut,
    LinkLoop,
    /// A symbolic link to a device that never ends.
    Device,
    NoPermission,
    Huge,
    Empty,
    Noise,
}

const THINGS: [Thing; 8] = [
    Thing::Pipe,
    Thing::Folder,
    Thing::LinkOut,
    Thing::LinkLoop,
    Thing::Device,
    Thing::Huge,
    Thing::Empty,
    Thing::Noise,
];

const SECRET: &str = "CREATE TABLE secret (id int);";

#[expect(clippy::disallowed_methods, reason = "only a program makes a pipe")]
fn make_pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status();
    assert!(made.unwrap().success());
}

fn put(repo: &Repo, file: &str, thing: Thing) {
    let path = repo.path.join(file);
    let before = std::fs::read(&path).unwrap_or_default();
    let _ = std::fs::remove_file(&path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let secret = repo.beside("secret.sql");
    std::fs::write(&secret, SECRET).unwrap();
    match thing {
        Thing::Pipe => make_pipe(&path),
        Thing::Folder => std::fs::create_dir(&path).unwrap(),
        Thing::LinkOut => symlink(secret, &path).unwrap(),
        Thing::LinkLoop => symlink(&path, &path).unwrap(),
        Thing::Device => symlink("/dev/zero", &path).unwrap(),
        Thing::NoPermission => {
            std::fs::write(&path, before).unwrap();
            std::fs::set_permissions(&path, PermissionsExt::from_mode(0o0)).unwrap();
        }
        // A sparse file has its size and no blocks.
        Thing::Huge => std::fs::File::create(&path)
            .unwrap()
            .set_len(3 << 30)
            .unwrap(),
        Thing::Empty => std::fs::write(&path, "").unwrap(),
        Thing::Noise => std::fs::write(&path, b"\xff\x00\x1b[2J noise\n=\n[").unwrap(),
    }
}

fn run(repo: &Repo, what: What) -> Result<Reviewed, Error> {
    review(&Options {
        directory: repo.path.clone(),
        request: Request {
            what,
            ..Request::default()
        },
        ..Options::default()
    })
}

/// What came of it, in a line: the error, or what was not reviewed.
fn outcome(repo: &Repo, what: What) -> String {
    let start = Instant::now();
    let outcome = run(repo, what);
    assert!(
        start.elapsed() < Duration::from_secs(55),
        "it took too long"
    );
    let text = match outcome {
        Ok(reviewed) => {
            let review = reviewed.review;
            assert!(
                !format!("{review:?}").contains("secret "),
                "it was followed out of the tree"
            );
            let skipped = review.not_reviewed.iter();
            let skipped: Vec<String> = skipped.map(|n| format!("{}: {}", n.path, n.why)).collect();
            format!("{} files; {}", review.compared.files, skipped.join("; "))
        }
        Err(error) => {
            let help = error.help().unwrap_or_default();
            assert!(error.to_string().starts_with("cannot "), "{error}");
            assert!(!help.is_empty(), "{error} has no way out");
            error.to_string()
        }
    };
    text.replace(&repo.path.parent().unwrap().display().to_string(), "")
}

fn repo() -> Repo {
    let repo = Repo::holding(&[
        ("db/migrations/0001_a.sql", "CREATE TABLE t (id int);"),
        (".gitattributes", "*.x text\n"),
        ("app.py", "print(1)"),
    ]);
    repo.write(
        "db/migrations/0002_b.sql",
        "ALTER TABLE t ADD COLUMN c int;",
    );
    repo
}

fn matrix(file: &str, expect: Expect) {
    let mut found = String::new();
    for thing in THINGS {
        let repo = repo();
        put(&repo, file, thing);
        let told = outcome(&repo, What::Worktree);
        found.push_str(&format!("{thing:?}: {}\n", told.trim_end()));
    }
    expect.assert_eq(&found);
}

#[test]
fn a_file_of_the_working_tree() {
    matrix(
        "db/migrations/0002_b.sql",
        expect![[r#"
        Pipe: 0 files;
        Folder: 0 files;
        LinkOut: 1 files; db/migrations/0002_b.sql: symbolic link, not followed
        LinkLoop: 1 files; db/migrations/0002_b.sql: symbolic link, not followed
        Device: 1 files; db/migrations/0002_b.sql: symbolic link, not followed
        Huge: 1 files; db/migrations/0002_b.sql: 3072.0 MB is beyond the limit
        Empty: 1 files;
        Noise: 1 files; db/migrations/0002_b.sql: binary
    "#]],
    );
    matrix(
        "app.py",
        expect![[r#"
        Pipe: 2 files;
        Folder: 2 files;
        LinkOut: 2 files; app.py: symbolic link, not followed
        LinkLoop: 2 files; app.py: symbolic link, not followed
        Device: 2 files; app.py: symbolic link, not followed
        Huge: 2 files; app.py: 3072.0 MB is beyond the limit
        Empty: 2 files;
        Noise: 2 files; app.py: binary
    "#]],
    );
}

#[test]
fn the_index() {
    matrix(
        ".git/index",
        expect![[r#"
        Pipe: cannot read /repo/.git/index: it is a pipe or a device, and a file is expected
        Folder: cannot read /repo/.git/index: it is a folder, and a file is expected
        LinkOut: cannot read the index: /repo/.git/index: index file smaller than expected
        LinkLoop: cannot read the index: /repo/.git/index: index file open failed: Too many levels of symbolic links
        Device: cannot read /repo/.git/index: it is a pipe or a device, and a file is expected
        Huge: cannot read the index: index file corrupt
        Empty: cannot read the index: /repo/.git/index: index file smaller than expected
        Noise: cannot read the index: /repo/.git/index: index file smaller than expected
    "#]],
    );
}

#[test]
fn the_settings_of_git() {
    matrix(
        ".git/config",
        expect![[r#"
        Pipe: cannot read /repo/.git/config: it is a pipe or a device, and a file is expected
        Folder: cannot read /repo/.git/config: it is a folder, and a file is expected
        LinkOut: cannot open the repository: bad config line 1 in file .git/config
        LinkLoop: cannot open the repository: unable to access '.git/config': Too many levels of symbolic links
        Device: cannot read /repo/.git/config: it is a pipe or a device, and a file is expected
        Huge: cannot read /repo/.git/config: it has 3221225472 bytes, more than 33554432
        Empty: 1 files;
        Noise: cannot open the repository: bad config line 1 in file .git/config
    "#]],
    );
}

#[test]
fn the_head() {
    matrix(
        ".git/HEAD",
        expect![[r#"
            Pipe: cannot read /repo/.git/HEAD: it is a pipe or a device, and a file is expected
            Folder: cannot read /repo/.git/HEAD: it is a folder, and a file is expected
            LinkOut: cannot read /repo/.git/HEAD: it names neither a branch nor a commit, so that this is no repository
            LinkLoop: cannot read /repo/.git/HEAD: Too many levels of symbolic links (os error 40)
            Device: cannot read /repo/.git/HEAD: it is a pipe or a device, and a file is expected
            Huge: cannot read /repo/.git/HEAD: it has 3221225472 bytes, more than 33554432
            Empty: cannot read /repo/.git/HEAD: it names neither a branch nor a commit, so that this is no repository
            Noise: cannot read /repo/.git/HEAD: it names neither a branch nor a commit, so that this is no repository
        "#]],
    );
    matrix(
        ".git/refs/heads/main",
        expect![[r#"
        Pipe: cannot read /repo/.git/refs/heads/main: it is a pipe or a device, and a file is expected
        Folder: cannot read /repo/.git/refs/heads/main: it is a folder, and a file is expected
        LinkOut: cannot read HEAD: it names no commit that is here
        LinkLoop: cannot read HEAD: it names no commit that is here
        Device: cannot read /repo/.git/refs/heads/main: it is a pipe or a device, and a file is expected
        Huge: cannot read /repo/.git/refs/heads/main: it has 3221225472 bytes, more than 33554432
        Empty: cannot read HEAD: it names no commit that is here
        Noise: cannot read HEAD: it names no commit that is here
    "#]],
    );
    matrix(
        ".git/packed-refs",
        expect![[r#"
        Pipe: cannot read /repo/.git/packed-refs: it is a pipe or a device, and a file is expected
        Folder: cannot read /repo/.git/packed-refs: it is a folder, and a file is expected
        LinkOut: cannot read the branch of HEAD: unterminated line in .git/packed-refs
        LinkLoop: cannot read the branch of HEAD: couldn't read .git/packed-refs: Too many levels of symbolic links
        Device: cannot read /repo/.git/packed-refs: it is a pipe or a device, and a file is expected
        Huge: cannot read the branch of HEAD: unterminated line in .git/packed-refs
        Empty: 1 files;
        Noise: cannot read the branch of HEAD: unterminated line in .git/packed-refs
    "#]],
    );
}

#[test]
fn attributes_and_excludes() {
    matrix(
        ".gitattributes",
        expect![[r#"
        Pipe: 2 files;
        Folder: 2 files;
        LinkOut: 2 files; .gitattributes: symbolic link, not followed
        LinkLoop: 2 files; .gitattributes: symbolic link, not followed
        Device: 2 files; .gitattributes: symbolic link, not followed
        Huge: 2 files; .gitattributes: 3072.0 MB is beyond the limit
        Empty: 2 files;
        Noise: 2 files; .gitattributes: binary
    "#]],
    );
    matrix(
        ".git/info/attributes",
        expect![[r#"
        Pipe: cannot read /repo/.git/info/attributes: it is a pipe or a device, and a file is expected
        Folder: cannot read /repo/.git/info/attributes: it is a folder, and a file is expected
        LinkOut: 1 files;
        LinkLoop: 1 files;
        Device: cannot read /repo/.git/info/attributes: it is a pipe or a device, and a file is expected
        Huge: cannot read /repo/.git/info/attributes: it has 3221225472 bytes, more than 33554432
        Empty: 1 files;
        Noise: 1 files;
    "#]],
    );
    matrix(
        ".git/info/exclude",
        expect![[r#"
        Pipe: cannot read /repo/.git/info/exclude: it is a pipe or a device, and a file is expected
        Folder: cannot read /repo/.git/info/exclude: it is a folder, and a file is expected
        LinkOut: 1 files;
        LinkLoop: 1 files;
        Device: cannot read /repo/.git/info/exclude: it is a pipe or a device, and a file is expected
        Huge: cannot read /repo/.git/info/exclude: it has 3221225472 bytes, more than 33554432
        Empty: 1 files;
        Noise: 1 files;
    "#]],
    );
}

#[test]
fn our_own_settings() {
    matrix(
        "coexist.toml",
        expect![[r#"
        Pipe: cannot read coexist.toml: it is a link, a folder or a pipe, and a file is expected
        Folder: cannot read coexist.toml: it is a link, a folder or a pipe, and a file is expected
        LinkOut: cannot read coexist.toml: it is a link, a folder or a pipe, and a file is expected
        LinkLoop: cannot read coexist.toml: it is a link, a folder or a pipe, and a file is expected
        Device: cannot read coexist.toml: it is a link, a folder or a pipe, and a file is expected
        Huge: cannot use coexist.toml, line 1: 2.0 MB is beyond the limit
        Empty: 2 files;
        Noise: cannot use coexist.toml, line 1: binary
    "#]],
    );
}

#[test]
fn what_may_not_be_read_is_told() {
    for file in [
        "db/migrations/0001_a.sql",
        ".git/index",
        ".git/config",
        ".git/HEAD",
        ".git/refs/heads/main",
        ".gitattributes",
        "coexist.toml",
    ] {
        let repo = repo();
        put(&repo, file, Thing::NoPermission);
        // The superuser may read it all the same.
        let told = outcome(&repo, What::Worktree);
        let denied = std::fs::File::open(repo.path.join(file)).is_err();
        assert!(
            !denied || told.contains("cannot") || told.contains("ermission"),
            "{file}: {told}"
        );
    }
}

#[test]
fn what_the_settings_of_git_name() {
    for key in ["core.excludesFile", "core.attributesFile"] {
        let repo = repo();
        let pipe = repo.beside("pipe");
        make_pipe(&pipe);
        repo.git(&["config", key, pipe.to_str().unwrap()]);
        let told = outcome(&repo, What::Worktree);
        match key {
            "core.excludesFile" => assert!(
                told.starts_with("cannot read /pipe: it is a pipe"),
                "{told}"
            ),
            _ => assert_eq!(told, "1 files; "),
        }
    }
}

#[test]
fn objects() {
    let mut found = String::new();
    for revision in [
        "HEAD",
        "HEAD^{tree}",
        "HEAD:db",
        "HEAD:db/migrations/0002_b.sql",
    ] {
        for thing in [Thing::Folder, Thing::LinkLoop, Thing::Empty, Thing::Noise] {
            let repo = repo();
            repo.commit("second", &[]);
            let id = repo.git(&["rev-parse", revision]);
            // A file on disk that has the hash of the object would do as well.
            std::fs::remove_file(repo.path.join("db/migrations/0002_b.sql")).unwrap();
            put(
                &repo,
                &format!(".git/objects/{}/{}", &id[..2], &id[2..]),
                thing,
            );
            let told = outcome(&repo, range("HEAD~1", "HEAD")).replace(&id, "ID");
            found.push_str(&format!("{revision} {thing:?}: {told}\n"));
        }
    }
    expect![[r#"
        HEAD Folder: cannot read refs/heads/main: its commit ID is not here
        HEAD LinkLoop: cannot read refs/heads/main: its commit ID is not here
        HEAD Empty: cannot read refs/heads/main: its commit ID is not here
        HEAD Noise: cannot read refs/heads/main: its commit ID is not here
        HEAD^{tree} Folder: cannot compare the two trees: mmap failed: No such device
        HEAD^{tree} LinkLoop: cannot read object ID: bad object ID
        HEAD^{tree} Empty: cannot read object ID: bad object ID
        HEAD^{tree} Noise: cannot read object ID: loose object ID (stored in .git/objects/b2/613fc1af897e6e2a283a9e490cd0a49dd2cff3) is corrupt
        HEAD:db Folder: cannot compare the two trees: mmap failed: No such device
        HEAD:db LinkLoop: cannot read object ID: unable to read tree (ID)
        HEAD:db Empty: cannot read object ID: unable to read tree (ID)
        HEAD:db Noise: cannot read object ID: loose object ID (stored in .git/objects/58/7cdb634f3dfb51613b6e4055f8500188d7ae87) is corrupt
        HEAD:db/migrations/0002_b.sql Folder: 1 files; db/migrations/0002_b.sql: its object is corrupted
        HEAD:db/migrations/0002_b.sql LinkLoop: 1 files; db/migrations/0002_b.sql: its object is not in this clone
        HEAD:db/migrations/0002_b.sql Empty: 1 files; db/migrations/0002_b.sql: its object is not in this clone
        HEAD:db/migrations/0002_b.sql Noise: 1 files; db/migrations/0002_b.sql: its object is not in this clone
    "#]].assert_eq(&found);
}

#[test]
fn refs_and_stores_that_lead_nowhere() {
    let mut found = String::new();
    let mut told = |name: &str, break_it: &dyn Fn(&Repo)| {
        let repo = repo();
        repo.commit("second", &[]);
        break_it(&repo);
        let ids = |text: String| {
            text.split(' ')
                .map(|word| match word.trim_end_matches(':').len() == 40 {
                    true => "ID",
                    false => word,
                })
                .collect::<Vec<_>>()
                .join(" ")
        };
        let here = ids(outcome(&repo, What::Worktree));
        let range = ids(outcome(&repo, range("HEAD~1", "HEAD")));
        found.push_str(&format!("{name}:\n  {here}\n  {range}\n"));
    };
    let gone = "1234567812345678123456781234567812345678\n";
    told("a detached HEAD on nothing", &|repo| {
        repo.write(".git/HEAD", gone);
    });
    told("a branch on nothing", &|repo| {
        repo.write(".git/refs/heads/main", gone);
    });
    told("a packed branch on nothing", &|repo| {
        repo.remove(".git/refs/heads/main");
        repo.write(
            ".git/packed-refs",
            format!("{} refs/heads/main\n", gone.trim()),
        );
    });
    told("a HEAD that names itself", &|repo| {
        repo.write(".git/HEAD", "ref: HEAD\n");
    });
    told("a branch that names itself", &|repo| {
        repo.write(".git/refs/heads/main", "ref: refs/heads/main\n");
    });
    told("alternates that are not there", &|repo| {
        repo.write(
            ".git/objects/info/alternates",
            "/nowhere/objects\n../../../x\n",
        );
    });
    told("a graft", &|repo| {
        let id = repo.git(&["rev-parse", "HEAD"]);
        repo.write(".git/info/grafts", format!("{id}\n"));
    });
    told("a replaced commit", &|repo| {
        let id = repo.git(&["rev-parse", "HEAD"]);
        let other = repo.git(&["commit-tree", "-m", "x", "HEAD~1^{tree}"]);
        repo.git(&["update-ref", &format!("refs/replace/{id}"), &other]);
    });
    told("a format of the future", &|repo| {
        repo.git(&["config", "core.repositoryFormatVersion", "9"]);
    });
    told("an extension of the future", &|repo| {
        repo.git(&["config", "core.repositoryFormatVersion", "1"]);
        repo.git(&["config", "extensions.what", "1"]);
    });
    expect![[r#"
        a detached HEAD on nothing:
          cannot read HEAD: it names no commit that is here
          cannot read HEAD: it names no commit that is here
        a branch on nothing:
          cannot read refs/heads/main: its commit ID is not here
          cannot read refs/heads/main: its commit ID is not here
        a packed branch on nothing:
          cannot read refs/heads/main: its commit ID is not here
          cannot read refs/heads/main: its commit ID is not here
        a HEAD that names itself:
          cannot read /repo/.git/HEAD: it names neither a branch nor a commit, so that this is no repository
          cannot read /repo/.git/HEAD: it names neither a branch nor a commit, so that this is no repository
        a branch that names itself:
          cannot read HEAD: it names no commit that is here
          cannot read HEAD: it names no commit that is here
        alternates that are not there:
          0 files; 
          1 files; 
        a graft:
          0 files; 
          1 files; 
        a replaced commit:
          0 files; 
          1 files; 
        a format of the future:
          cannot open the repository: Expected git repo version <= 1, found 9
          cannot open the repository: Expected git repo version <= 1, found 9
        an extension of the future:
          cannot open the repository: unknown repository extension found: what
          cannot open the repository: unknown repository extension found: what
    "#]].assert_eq(&found);
}

#[test]
fn a_migration_that_cannot_be_read_any_more_is_not_deleted() {
    for bytes in [
        &b"CREATE TABLE t (id int);\0"[..],
        b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n",
        b"<<<<<<< a\n=======\n>>>>>>> b\n",
    ] {
        let repo = repo();
        repo.commit("second", &[]);
        repo.write("db/migrations/0001_a.sql", bytes);
        repo.commit("third", &[]);
        for (from, to) in [("HEAD~1", "HEAD"), ("HEAD", "HEAD~1")] {
            let what = What::Range {
                from: from.into(),
                to: to.into(),
                literal: true,
            };
            let review = run(&repo, what).unwrap().review;
            let told: Vec<String> = review
                .findings
                .iter()
                .map(|f| format!("{:?} {}", f.verdict, f.rule))
                .collect();
            assert_eq!(told, ["Warn migration-not-read"], "{from}..{to}");
        }
    }
}

/// What comes of a migration that drops a column which this code reads.
fn dropped_under(code: &[u8], attributes: &str) -> (Vec<String>, Vec<String>) {
    let repo = Repo::new();
    repo.write(
        "db/migrations/0001_a.sql",
        "CREATE TABLE customer_accounts (id int PRIMARY KEY, loyalty_tier text);",
    );
    repo.write("api/app.py", code);
    repo.commit("first", &[]);
    repo.write(
        "db/migrations/0002_b.sql",
        "ALTER TABLE customer_accounts DROP COLUMN loyalty_tier;",
    );
    repo.write(".gitattributes", attributes);
    repo.commit("second", &[]);
    let review = run(&repo, range("HEAD~1", "HEAD")).unwrap().review;
    let found = review.findings.iter();
    let found = found.map(|f| format!("{:?}", f.verdict)).collect();
    let skipped = review.not_reviewed.iter();
    (found, skipped.map(|n| n.path.clone()).collect())
}

const CODE: &str = "import psycopg2\nconn = psycopg2.connect('')\ncur = conn.cursor()\ndef f(i):\n    cur.execute('SELECT loyalty_tier FROM customer_accounts WHERE id = %s', (i,))\n";

#[test]
fn code_that_cannot_be_read_is_told_and_never_taken_for_harmless() {
    let (found, _) = dropped_under(CODE.as_bytes(), "");
    assert!(found.contains(&"Fail".to_owned()), "{found:?}");
    for tail in [
        "# \0\n".to_owned(),
        format!("# {}\n", "x".repeat(3 << 20)),
        format!("# {}\n", "x".repeat(17 << 20)),
        "<<<<<<< a\n=======\n>>>>>>> b\n".to_owned(),
        format!("x = {}1{}\n", "(".repeat(20_000), ")".repeat(20_000)),
    ] {
        let (found, skipped) = dropped_under((CODE.to_owned() + &tail).as_bytes(), "");
        let start: String = tail.chars().take(20).collect();
        assert!(found.contains(&"Warn".to_owned()), "{start:?}: {found:?}");
        let by_reader = tail.starts_with("x =");
        assert!(
            by_reader || skipped == ["api/app.py"],
            "{start:?}: {skipped:?}"
        );
    }
}

#[test]
fn a_change_cannot_call_its_migration_generated() {
    let (found, _) = dropped_under(CODE.as_bytes(), "*.sql linguist-generated\n");
    assert!(found.contains(&"Fail".to_owned()), "{found:?}");
}
