//! Each failure as two designs: the broken one, and the mended one.

use std::path::Path;

use coexist_design::language::read;
use coexist_design::prove::{Options, Proof, Verdict, prove};

/// Proves the only workflow of a text.
pub(crate) fn proof(text: &str) -> Proof {
    let parsed = read(text);
    assert!(parsed.problems.is_empty(), "{:?}\n{text}", parsed.problems);
    let mut proofs = prove(&parsed.design, &Options::default(), &mut |_, _| {});
    assert_eq!(proofs.len(), 1);
    proofs.remove(0)
}

/// Returns what was found: `holds`, or `violated` with the property.
pub(crate) fn found(proof: &Proof) -> String {
    match (&proof.verdict, &proof.violation) {
        (Verdict::Holds, _) => "holds".to_owned(),
        (Verdict::Unknown, _) => format!("unknown {:?}", proof.unclear),
        (Verdict::Violated, violation) => {
            let property = violation.as_ref().map_or("", |v| v.property.as_str());
            format!("violated {property}")
        }
    }
}

#[test]
fn each_broken_design_is_found_and_each_mended_one_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut failed = Vec::new();
    let mut folders: Vec<_> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    for path in folders
        .iter()
        .flat_map(|folder| [folder.join("broken.design"), folder.join("mended.design")])
    {
        let text = std::fs::read_to_string(&path).unwrap();
        let expected = text
            .lines()
            .find_map(|line| line.strip_prefix("// expect: "))
            .unwrap();
        let found = found(&proof(&text));
        let good = if expected == "holds" {
            found == expected
        } else {
            found.starts_with(expected)
        };
        if !good {
            failed.push(format!(
                "{}: expected {expected}, found {found}",
                path.display()
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
