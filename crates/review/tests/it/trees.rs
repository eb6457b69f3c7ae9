//! What is read of each ref.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::sync::Arc;

use coexist_review::change::What;
use coexist_review::git::Repository;
use coexist_review::search::Search;
use coexist_review::skip::Skips;
use coexist_review::tree::Content;
use expect_test::expect;

use crate::repo::{Repo, contents, range, shown};

#[test]
fn renames_are_found_whichever_way_the_change_is_read() {
    let text: String = (0..40).map(|line| format!("line {line}\n")).collect();
    let repo = Repo::holding(&[("old.sql", &text), ("same.sql", &text.to_uppercase())]);
    repo.remove("old.sql");
    repo.remove("same.sql");
    repo.write("new.sql", text.clone() + "more\n");
    repo.write("moved/same.sql", text.to_uppercase());
    let expected = expect![[r#"
        renamed "moved/same.sql" from "same.sql"
        renamed "new.sql" from "old.sql"
    "#]];
    let paths = |change| {
        let shown = shown(&change);
        let (_, paths) = shown.split_once('\n').unwrap();
        paths.to_owned()
    };
    let in_worktree = repo.select(What::Worktree).unwrap();
    expected.assert_eq(&paths(in_worktree.clone()));
    let trees = in_worktree.trees(&repo.open()).unwrap();
    let listed =
        |tree: &coexist_review::tree::TreeAt| tree.paths().cloned().collect::<Vec<Arc<str>>>();
    assert_eq!(listed(&trees.base), ["old.sql", "same.sql"].map(Arc::from));
    assert_eq!(
        listed(&trees.head),
        ["moved/same.sql", "new.sql"].map(Arc::from)
    );
    repo.git(&["add", "-A"]);
    let staged = repo.select(What::Staged).unwrap();
    let trees = staged.trees(&repo.open()).unwrap();
    assert_eq!(listed(&trees.base), ["old.sql", "same.sql"].map(Arc::from));
    expected.assert_eq(&paths(staged));
    repo.git(&["commit", "-q", "-m", "second"]);
    expected.assert_eq(&paths(repo.select(What::Commit("HEAD".into())).unwrap()));
}

#[test]
fn bytes_become_text_or_a_reason() {
    let repo = Repo::holding(&[]);
    repo.write("bom.sql", b"\xef\xbb\xbfSELECT 1;");
    repo.write("wide.sql", b"\xff\xfeS\0E\0L\0");
    repo.write("latin.sql", b"-- caf\xe9");
    repo.write("crlf.sql", "SELECT 1;\r\n");
    repo.write("nul.bin", b"a\0b");
    repo.write(
        "lfs.sql",
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
    );
    repo.write(
        "conflict.sql",
        "a\n<<<<<<< HEAD\nb\n=======\nc\n>>>>>>> topic\n",
    );
    repo.write("line\nbreak.sql", "x");
    let expected = expect![[r#"
        "bom.sql": - => "SELECT 1;"
        "conflict.sql": - => Unreadable("holds merge conflict markers (line 2)")
        "crlf.sql": - => "SELECT 1;\r\n"
        "latin.sql": - => Replaced("-- caf�")
        "lfs.sql": - => Lfs
        "line\nbreak.sql": - => "x"
        "nul.bin": - => Binary
        "wide.sql": - => "SEL"
    "#]];
    expected.assert_eq(&contents(&repo, &repo.select(What::Worktree).unwrap()));
    repo.commit("second", &[]);
    expected.assert_eq(&contents(
        &repo,
        &repo.select(What::Commit("HEAD".into())).unwrap(),
    ));
}

#[test]
fn links_and_submodules_are_named_and_not_entered() {
    let inner = Repo::holding(&[("x.sql", "1")]);
    let repo = Repo::holding(&[("a/b.sql", "1")]);
    std::fs::write(repo.beside("secret.sql"), "secret").unwrap();
    symlink("../secret.sql", repo.path.join("link.sql")).unwrap();
    repo.git(&[
        "submodule",
        "add",
        "-q",
        inner.path.to_str().unwrap(),
        "sub",
    ]);
    repo.commit("second", &[]);
    let change = repo.select(What::Commit("HEAD".into())).unwrap();
    let shown = contents(&repo, &change);
    assert!(
        shown.contains(r#""link.sql": - => Symlink("../secret.sql")"#),
        "{shown}"
    );
    assert!(shown.contains(r#""sub": - => Submodule("#), "{shown}");
    assert!(change.not_reviewed()["sub"].starts_with("submodule moved nothing.."));
    // A folder that became a link out of the tree: what lies behind it is not ours.
    std::fs::remove_dir_all(repo.path.join("a")).unwrap();
    std::fs::create_dir(repo.beside("outside")).unwrap();
    std::fs::write(repo.beside("outside").join("b.sql"), "secret").unwrap();
    symlink("../outside", repo.path.join("a")).unwrap();
    let change = repo.select(What::Worktree).unwrap();
    expect![[r#"
        "a": - => Symlink("../outside")
        "a/b.sql": "1" => -
    "#]]
    .assert_eq(&contents(&repo, &change));
}

#[test]
fn a_mode_change_and_a_type_change_are_changes() {
    let repo = Repo::holding(&[("run.sh", "x"), ("b", "y")]);
    let file = repo.path.join("run.sh");
    std::fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).unwrap();
    repo.remove("b");
    symlink("run.sh", repo.path.join("b")).unwrap();
    let expected = expect![[r#"
        type changed "b"
        modified "run.sh"
    "#]];
    let change = repo.select(What::Worktree).unwrap();
    expected.assert_eq(shown(&change).split_once('\n').unwrap().1);
}

#[test]
fn a_bare_repository_and_a_linked_worktree_are_read() {
    let repo = Repo::holding(&[("a.sql", "select status")]);
    repo.commit("second", &[("b.sql", "1")]);
    let bare = Repo::clone_of(&repo, &["--bare"]);
    let change = bare.select(range("HEAD~1", "HEAD")).unwrap();
    assert_eq!(contents(&bare, &change), "\"b.sql\": - => \"1\"\n");
    assert!(bare.select(What::Staged).is_err());
    assert!(bare.here().deltas.is_empty());

    let linked = repo.beside("linked");
    repo.git(&[
        "worktree",
        "add",
        "-q",
        linked.to_str().unwrap(),
        "-b",
        "topic",
    ]);
    std::fs::write(linked.join("c.sql"), "1").unwrap();
    let repository = Repository::open(&linked, None).unwrap();
    let change = coexist_review::change::select(&repository, &Default::default()).unwrap();
    assert_eq!(change.deltas.len(), 1);
    assert_eq!(&*change.deltas[0].path, "c.sql");
}

#[test]
fn a_sha256_repository_is_read() {
    let repo = Repo::with(&["--object-format=sha256"]);
    repo.commit("first", &[("a.sql", "1")]);
    repo.write("a.sql", "2");
    expect![[r#"
        "a.sql": "1" => "2"
    "#]]
    .assert_eq(&contents(&repo, &repo.here()));
    repo.commit("second", &[]);
    let change = repo.select(What::Commit("HEAD~1".into())).unwrap();
    assert_eq!(contents(&repo, &change), "\"a.sql\": - => \"1\"\n");
}

#[test]
fn every_form_of_the_index_gives_the_same_files() {
    let sparse = ["sparse-checkout", "set", "--cone", "--sparse-index", "a"];
    for (settings, mark) in [
        (&["update-index", "--index-version=2"][..], "\0\0\0\x02"),
        (&["update-index", "--index-version=4"], "\0\0\0\x04"),
        (&["update-index", "--split-index"], "link"),
        (&["update-index", "--force-untracked-cache"], "UNTR"),
        (&sparse, "sdir"),
    ] {
        let repo = Repo::holding(&[
            ("a/x.sql", "1"),
            ("a/y.sql", "2"),
            ("b/c/x.sql", "3"),
            ("z", "4"),
        ]);
        repo.git(settings);
        let index = std::fs::read(repo.path.join(".git/index")).unwrap();
        let has = |mark: &str| index.windows(4).any(|part| part == mark.as_bytes());
        assert!(has(mark), "{settings:?} makes no {mark:?}");
        repo.write("a/x.sql", "5");
        repo.write("n.sql", "6");
        let change = repo.select(What::Worktree).unwrap();
        let expected = expect![[r#"
            Reviewing the working tree (2 files) against HEAD ID
            modified "a/x.sql"
            added "n.sql"
        "#]];
        expected.assert_eq(&shown(&change));
        let trees = change.trees(&repo.open()).unwrap();
        assert_eq!(trees.base.entries().len(), 4, "{settings:?}");
    }
}

#[test]
fn a_name_that_is_no_text_is_spelled_out_and_its_file_is_read() {
    use std::os::unix::ffi::OsStrExt;
    let repo = Repo::holding(&[("a.sql", "1")]);
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9.sql");
    std::fs::write(repo.path.join(name), "1").unwrap();
    let expected = expect![[r#"
        "caf\\xE9.sql": - => "1"
    "#]];
    expected.assert_eq(&contents(&repo, &repo.here()));
    repo.commit("second", &[]);
    expected.assert_eq(&contents(
        &repo,
        &repo.select(What::Commit("HEAD".into())).unwrap(),
    ));
}

#[test]
fn a_commit_hook_reviews_the_index_of_the_commit_to_be() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    let clean = std::fs::read(repo.path.join(".git/index")).unwrap();
    repo.write("a.sql", "2");
    repo.git(&["add", "a.sql"]);
    let given = repo.path.join(".git/next-index-1.lock");
    std::fs::rename(repo.path.join(".git/index"), &given).unwrap();
    std::fs::write(repo.path.join(".git/index"), &clean).unwrap();
    let staged = |index: &std::path::Path| {
        let repository = Repository::open(&repo.path, Some(index)).unwrap();
        let request = coexist_review::change::Request {
            what: What::Staged,
            ..Default::default()
        };
        let change = coexist_review::change::select(&repository, &request).unwrap();
        change.deltas.len()
    };
    assert_eq!(staged(&given), 1);
    assert_eq!(staged(std::path::Path::new(".git/next-index-1.lock")), 1);
    // An index that belongs to another repository is none of ours.
    let elsewhere = repo.beside("index");
    std::fs::copy(&given, &elsewhere).unwrap();
    assert_eq!(staged(&elsewhere), 0);
}

#[test]
fn a_damaged_index_or_tree_is_one_clear_message() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    repo.commit("second", &[("b/b.sql", "1")]);
    std::fs::write(repo.path.join(".git/index"), "nonsense").unwrap();
    let error = repo.select(What::Staged).unwrap_err().to_string();
    assert!(error.starts_with("cannot "), "{error}");
    let by_commit = repo.select(What::Commit("HEAD".into())).unwrap();
    assert_eq!(contents(&repo, &by_commit), "\"b/b.sql\": - => \"1\"\n");
    let id = repo.git(&["rev-parse", "HEAD^{tree}"]);
    let file = repo.path.join(".git/objects").join(&id[..2]).join(&id[2..]);
    std::fs::remove_file(&file).unwrap();
    let error = repo.select(What::Commit("HEAD".into())).unwrap_err();
    assert!(
        matches!(error, coexist_review::Error::Corrupted { .. }),
        "{error}"
    );
}

#[test]
fn what_cannot_be_searched_is_named() {
    let repo = Repo::holding(&[("a.py", "status"), ("b.py", "status")]);
    let id = repo.git(&["rev-parse", "HEAD:b.py"]);
    repo.write("b.py", "other");
    repo.write("c.py", "x".repeat(3 << 20));
    repo.commit("second", &[]);
    let change = repo.select(What::Commit("HEAD".into())).unwrap();
    std::fs::remove_file(repo.path.join(".git/objects").join(&id[..2]).join(&id[2..])).unwrap();
    repo.write("a.py", "changed");
    let repository = repo.open();
    let trees = change.trees(&repository).unwrap();
    let words = ["status".to_owned()];
    let mut search = Search::new(&repository, &words, &|_: &str| true);
    assert!(search.find(&trees.base).unwrap().is_empty());
    assert!(search.find(&trees.head).unwrap().is_empty());
    let unread: Vec<String> = search
        .unread()
        .iter()
        .map(|(path, why)| format!("{path}: {why}"))
        .collect();
    expect![[r#"
        [
            "a.py: its object is not in this clone",
            "b.py: its object is not in this clone",
        ]
    "#]]
    .assert_debug_eq(&unread);
}

#[test]
fn what_git_was_told_to_add_later_is_not_staged() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    repo.write("b.sql", "1");
    repo.git(&["add", "-N", "b.sql"]);
    assert_eq!(repo.select(What::Staged).unwrap().deltas.len(), 0);
    let change = repo.here();
    assert_eq!(contents(&repo, &change), "\"b.sql\": - => \"1\"\n");
}

#[test]
fn an_unfinished_merge_is_listed_and_the_rest_is_read() {
    let repo = Repo::holding(&[("a.sql", "1\n")]);
    repo.git(&["switch", "-q", "-c", "topic"]);
    repo.commit("topic", &[("a.sql", "2\n"), ("b.sql", "1\n")]);
    repo.git(&["switch", "-q", "main"]);
    repo.commit("main", &[("a.sql", "3\n")]);
    // The merge fails, as it should.
    repo.git(&["-c", "alias.try=!git merge -q topic || true", "try"]);
    let change = repo.here();
    expect![[r#"
        Reviewing staged changes (2 files) against HEAD ID
        (a merge is not finished: 1 unresolved (a.sql))
        modified "a.sql"
        added "b.sql"
    "#]]
    .assert_eq(&shown(&change));
    expect![[r#"
        "a.sql": "3\n" => Unreadable("unresolved merge conflict")
        "b.sql": - => "1\n"
    "#]]
    .assert_eq(&contents(&repo, &change));
    let worktree = repo.select(What::Worktree).unwrap();
    assert!(contents(&repo, &worktree).contains("unresolved merge conflict"));
}

#[test]
fn line_ends_that_git_converts_are_no_change() {
    let repo = Repo::new();
    repo.git(&["config", "core.autocrlf", "true"]);
    repo.commit(
        "first",
        &[("a.sql", "SELECT 1;\n"), ("b.sql", "SELECT 2;\n")],
    );
    repo.write("a.sql", "SELECT 1;\r\n");
    repo.write("b.sql", "SELECT 3;\r\n");
    let change = repo.select(What::Worktree).unwrap();
    expect![[r#"
        "b.sql": "SELECT 2;\n" => "SELECT 3;\n"
    "#]]
    .assert_eq(&contents(&repo, &change));
}

#[test]
fn a_file_that_git_lfs_keeps_is_no_change_when_only_touched() {
    let repo = Repo::holding(&[(".gitattributes", "*.dat filter=lfs\n")]);
    // Without git-lfs the filter does nothing, so the pointer is put into the index by hand.
    let pointer = "version https://git-lfs.github.com/spec/v1\n\
        oid sha256:9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0\nsize 3\n";
    let id = repo.git_with(&["hash-object", "-w", "--stdin"], pointer.as_bytes());
    repo.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("100644,{id},a.dat"),
    ]);
    repo.git(&["commit", "-q", "-m", "second"]);
    repo.write("a.dat", "aaa");
    assert_eq!(repo.select(What::Worktree).unwrap().deltas.len(), 0);
    repo.write("a.dat", "aab");
    assert_eq!(repo.select(What::Worktree).unwrap().deltas.len(), 1);
}

#[test]
fn a_file_that_is_too_large_is_listed_and_not_read() {
    let repo = Repo::holding(&[("a.ts", "1")]);
    repo.write("a.ts", "x".repeat(3 << 20));
    repo.write("b.sql", "x".repeat(3 << 20));
    let large = std::fs::File::create(repo.path.join("huge.sql")).unwrap();
    large.set_len(200 << 20).unwrap();
    let read = |change: &coexist_review::change::Change| {
        let repository = repo.open();
        let head = change.trees(&repository).unwrap().head;
        let contents = head
            .read_many(&repository, &["a.ts", "b.sql", "huge.sql"])
            .unwrap();
        assert_eq!(contents["a.ts"], Content::TooLarge(3 << 20));
        assert!(
            contents["b.sql"].text().is_some(),
            "a migration may be larger"
        );
        assert_eq!(contents["huge.sql"], Content::TooLarge(200 << 20));
    };
    read(&repo.select(What::Worktree).unwrap());
    repo.commit("second", &[]);
    read(&repo.select(What::Commit("HEAD".into())).unwrap());
}

#[test]
fn a_damaged_object_is_one_unreadable_file() {
    let repo = Repo::holding(&[("a.sql", "1")]);
    repo.commit(
        "second",
        &[("b.sql", "broken"), ("c.sql", "gone"), ("d.sql", "fine")],
    );
    let damage = |name: &str| {
        let id = repo.git(&["rev-parse", &format!("HEAD:{name}")]);
        let file = repo.path.join(".git/objects").join(&id[..2]).join(&id[2..]);
        std::fs::remove_file(&file).unwrap();
        file
    };
    damage("c.sql");
    std::fs::write(damage("b.sql"), b"nonsense").unwrap();
    // What stands on disk with the hash of the object is what the object held.
    let change = repo.select(What::Commit("HEAD".into())).unwrap();
    let shown = contents(&repo, &change);
    assert!(shown.contains(r#""b.sql": - => "broken""#), "{shown}");
    for name in ["b.sql", "c.sql", "d.sql"] {
        std::fs::remove_file(repo.path.join(name)).unwrap();
    }
    let change = repo.select(What::Commit("HEAD".into())).unwrap();
    let shown = contents(&repo, &change);
    assert!(shown.contains(r#""b.sql": - => Unreadable("#), "{shown}");
    assert!(
        shown.contains(r#""c.sql": - => Unreadable("its object is not in this clone")"#),
        "{shown}"
    );
    assert!(shown.contains(r#""d.sql": - => "fine""#), "{shown}");
}

#[test]
fn a_search_finds_the_same_files_wherever_they_are_read() {
    let repo = Repo::holding(&[
        (".gitattributes", "*.txt text\n"),
        ("a.py", "user.Status = 1"),
        ("b.py", "nothing"),
        ("c.md", "status"),
        ("d.py", "status"),
    ]);
    repo.write("wide.py", b"\xff\xfes\0t\0a\0t\0u\0s\0");
    repo.commit("second", &[]);
    repo.write("d.py", "changed");
    repo.write("new.py", "STATUS");
    let find = |repo: &Repo, what| {
        let repository = repo.open();
        let trees = repo.select(what).unwrap().trees(&repository).unwrap();
        let claims = |path: &str| path.ends_with(".py");
        let words = ["status".to_owned(), "absent".to_owned()];
        let mut search = Search::new(&repository, &words, &claims);
        let paths = |found: Vec<Arc<str>>| found.join(" ");
        let head = paths(search.find(&trees.head).unwrap());
        format!("{} | {head}", paths(search.find(&trees.base).unwrap()))
    };
    assert_eq!(
        find(&repo, What::Worktree),
        "a.py d.py wide.py | a.py new.py wide.py"
    );
    assert_eq!(
        find(&repo, What::Commit("HEAD".into())),
        "a.py d.py | a.py d.py wide.py"
    );
    let bare = Repo::clone_of(&repo, &["--bare"]);
    assert_eq!(
        find(&bare, What::Commit("HEAD".into())),
        "a.py d.py | a.py d.py wide.py"
    );
}

#[test]
fn generated_files_are_marked_by_the_attributes_of_that_ref() {
    let repo = Repo::holding(&[
        (".gitattributes", "schema.rb linguist-generated\n"),
        ("db/.gitattributes", "*.sql linguist-generated=true\n"),
        ("db/x.sql", "1"),
    ]);
    let change = repo.select(What::Commit("HEAD".into())).unwrap();
    let repository = repo.open();
    let trees = change.trees(&repository).unwrap();
    let at_head = Skips::of(&repository, &trees.head).unwrap();
    assert!(at_head.reason("db/x.sql", "").is_some());
    assert!(at_head.reason("any/schema.rb", "").is_some());
    assert!(at_head.reason("x.sql", "").is_none());
    let at_base = Skips::of(&repository, &trees.base).unwrap();
    assert!(at_base.reason("db/x.sql", "").is_none());
}

#[test]
fn fifty_thousand_changed_files_are_listed() {
    let repo = Repo::new();
    let mut stream = String::from("blob\nmark :1\ndata 1\n1\nblob\nmark :2\ndata 1\n2\n");
    for mark in [1, 2] {
        stream += &format!(
            "commit refs/heads/main\ncommitter A <a@example.org> {mark} +0000\ndata 1\nx\n"
        );
        for file in 0..50_000 {
            stream += &format!("M 100644 :{mark} d{}/f{file}.sql\n", file % 100);
        }
    }
    repo.git_with(&["fast-import", "--quiet"], stream.as_bytes());
    let change = repo.select(What::Commit("main".into())).unwrap();
    assert_eq!(change.deltas.len(), 50_000);
    let repository = repo.open();
    let trees = change.trees(&repository).unwrap();
    let paths: Vec<&Arc<str>> = trees.head.paths().collect();
    assert_eq!(
        trees.head.read_many(&repository, &paths).unwrap().len(),
        50_000
    );
}
