//! What the README shows is what the program prints.

use std::path::Path;

use expect_test::expect_file;

/// The command above the sample.
const COMMAND: &str = "$ coexist review main..drop-name\n";

/// Runs the demo and reviews its failing change again, as the README tells people to do. `UPDATE_EXPECT=1` writes the sample anew.
#[test]
fn the_sample_is_the_output_of_the_demo() {
    let somewhere = tempfile::tempdir().expect("a temporary folder");
    let kept = [(
        "TMPDIR",
        somewhere.path().to_str().expect("a readable path"),
    )];
    let demo = super::coexist(somewhere.path(), &["demo"], &kept);
    let said = String::from_utf8_lossy(&demo.stdout);
    let shop = said
        .lines()
        .find_map(|line| line.split_once("cd ").map(|(_, folder)| folder))
        .unwrap_or_else(|| panic!("{}", super::said(&demo)));
    let review = super::coexist(Path::new(shop), &["review", "main..drop-name"], &[]);
    let printed = String::from_utf8_lossy(&review.stdout);

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(path).expect("the README is there");
    let (before, rest) = readme.split_once(COMMAND).expect("the README has a sample");
    let (_, after) = rest.split_once("```").expect("the sample ends");
    expect_file![path].assert_eq(&format!("{before}{COMMAND}{printed}```{after}"));
}
