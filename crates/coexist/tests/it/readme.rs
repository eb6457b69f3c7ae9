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

/// The command above the sample of a proof.
const PROOF: &str =
    "$ coexist design prove crates/design/cases/outbox-outside-the-transaction/broken.design\n";

/// Proves the design that the README names. How long it took is no part of what is compared.
#[test]
fn the_sample_of_a_proof_is_the_output_for_its_case() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let readme = std::fs::read_to_string(format!("{root}/README.md")).expect("the README is there");
    let (_, rest) = readme.split_once(PROOF).expect("the README has a proof");
    let (shown, _) = rest.split_once("```").expect("the sample ends");
    let command: Vec<&str> = PROOF.split_whitespace().skip(2).collect();
    let proof = super::coexist(Path::new(root), &command, &[]);
    let printed = String::from_utf8_lossy(&proof.stdout);
    let without_time = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .map(|line| match line.split_once(" deep, in ") {
                Some((before, _)) => before.to_owned(),
                None => line.to_owned(),
            });
        lines.collect()
    };
    assert_eq!(without_time(shown), without_time(&printed));
}
