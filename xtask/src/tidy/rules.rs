//! Every rule is a folder with its page and its cases, and stands in its principle's slice.

use super::{Complaint, Tree, complaint};
use crate::case;

/// Where the principles are.
pub const PRINCIPLES: &str = "crates/engine/src/principles";

/// Where the rules of designs are; their cases are in a form of their own, which a test of their crate reads.
const OF_DESIGNS: &str = "crates/design/src/check/rules";

/// The headings of a rule's page, in their order, after its title.
const HEADINGS: &[&str] = &[
    "## What",
    "## Why",
    "## Bad",
    "## Good",
    "## Safe steps",
    "## Sources",
];

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let mut complaints = Vec::new();
    for principle in tree.folders(PRINCIPLES) {
        let slice = format!("{PRINCIPLES}/{principle}/mod.rs");
        let registry = tree.get(&slice).unwrap_or_default();
        for rule in tree.folders(&format!("{PRINCIPLES}/{principle}")) {
            let folder = format!("{PRINCIPLES}/{principle}/{rule}");
            complaints.extend(check_registered(registry, &slice, rule));
            complaints.extend(check_code(tree, &folder, rule));
            complaints.extend(check_page(tree, &folder));
            complaints.extend(check_cases(tree, &folder, rule));
        }
    }
    let slice = format!("{OF_DESIGNS}/mod.rs");
    let registry = tree.get(&slice).unwrap_or_default();
    for rule in tree.folders(OF_DESIGNS) {
        let folder = format!("{OF_DESIGNS}/{rule}");
        complaints.extend(check_registered(registry, &slice, rule));
        complaints.extend(check_code(tree, &folder, rule));
        complaints.extend(check_page(tree, &folder));
    }
    complaints
}

fn check_registered(registry: &str, slice: &str, rule: &str) -> Option<Complaint> {
    let module = registry.contains(&format!("mod {rule};"));
    let entry = registry.contains(&format!("{rule}::RULE"));
    (!module || !entry).then(|| {
        let what = format!("does not register `{rule}::RULE`: the rule would never run");
        complaint(slice, 0, what)
    })
}

fn check_code(tree: &Tree, folder: &str, rule: &str) -> Option<Complaint> {
    let path = format!("{folder}/mod.rs");
    let id = rule.replace('_', "-");
    match tree.get(&path) {
        None => Some(complaint(&path, 0, "is missing")),
        Some(text) if !text.contains(&format!("\"{id}\"")) => Some(complaint(
            &path,
            0,
            format!("does not hold the id \"{id}\": id and folder are one name"),
        )),
        Some(_) => None,
    }
}

fn check_page(tree: &Tree, folder: &str) -> Option<Complaint> {
    let path = format!("{folder}/page.md");
    let Some(text) = tree.get(&path) else {
        return Some(complaint(&path, 0, "is missing"));
    };
    if !text.starts_with("# ") {
        return Some(complaint(&path, 1, "does not start with `# ` and a title"));
    }
    let mut fenced = false;
    let mut found = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            fenced = !fenced;
        } else if !fenced && line.starts_with("## ") {
            found.push(line.trim_end());
        }
    }
    (found != HEADINGS).then(|| {
        let what = format!(
            "has the headings {}, not {}",
            found.join(", "),
            HEADINGS.join(", ")
        );
        complaint(&path, 0, what)
    })
}

fn check_cases(tree: &Tree, folder: &str, rule: &str) -> Vec<Complaint> {
    let cases = format!("{folder}/cases");
    let id = rule.replace('_', "-");
    let mut complaints = Vec::new();
    let mut bad = false;
    let mut good = false;
    for (path, text) in tree.under(&cases) {
        let name = &path[cases.len() + 1..];
        bad |= name.starts_with("bad");
        good |= name.starts_with("good");
        match case::parse(text) {
            Err((line, why)) => complaints.push(complaint(path, line, why)),
            Ok(case) => {
                let fires = case.expected.iter().any(|expected| expected.rule == id);
                if name.starts_with("bad") && !fires {
                    complaints.push(complaint(
                        path,
                        0,
                        format!("a bad case that does not expect {id}"),
                    ));
                }
                if name.starts_with("good") && fires {
                    complaints.push(complaint(path, 0, format!("a good case that expects {id}")));
                }
            }
        }
    }
    for (there, word) in [(bad, "bad"), (good, "good")] {
        if !there {
            complaints.push(complaint(
                &cases,
                0,
                format!("has no case whose name starts with `{word}`"),
            ));
        }
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check_tree;
    use expect_test::expect;

    const WHOLE: &str = "\
-- crates/engine/src/principles/data/mod.rs --
mod drop_it;
pub static RULES: &[&Rule] = &[&drop_it::RULE];
-- crates/engine/src/principles/data/drop_it/mod.rs --
id: \"drop-it\"
-- crates/engine/src/principles/data/drop_it/page.md --
# Title
## What
## Why
## Bad
```sql
## no heading
```
## Good
## Safe steps
## Sources
";

    /// The tree of a whole rule with these cases, whose own sections cannot stand inside the sections of the tree.
    fn tree(bad: &str, good: &str) -> Tree {
        let mut tree = Tree::of(WHOLE);
        let folder = "crates/engine/src/principles/data/drop_it/cases";
        tree.set(&format!("{folder}/bad.txt"), bad);
        tree.set(&format!("{folder}/good.txt"), good);
        tree
    }

    #[test]
    fn a_whole_rule_is_fine() {
        let tree = tree(
            "-- head/a.sql --\nx\n-- expect --\nFAIL drop-it a.sql:1\n",
            "-- expect --\nPASS\n",
        );
        assert_eq!(check(&tree), []);
    }

    #[test]
    fn a_bad_case_expects_its_rule_and_a_good_one_does_not() {
        let tree = tree(
            "-- expect --\nFAIL other-rule a.sql:1\n",
            "-- expect --\nWARN drop-it a.sql:1\n",
        );
        let said: Vec<_> = check(&tree).into_iter().map(|c| c.what).collect();
        assert_eq!(
            said,
            [
                "a bad case that does not expect drop-it",
                "a good case that expects drop-it"
            ]
        );
    }

    #[test]
    fn what_a_rule_lacks_is_named() {
        check_tree(
            check,
            "-- crates/engine/src/principles/data/mod.rs --\n-- crates/engine/src/principles/data/drop_it/mod.rs --\n-- crates/engine/src/principles/data/drop_it/page.md --\n# T\n## Why",
            &expect![[r#"
                crates/engine/src/principles/data/drop_it/cases: has no case whose name starts with `bad`
                crates/engine/src/principles/data/drop_it/cases: has no case whose name starts with `good`
                crates/engine/src/principles/data/drop_it/mod.rs: does not hold the id "drop-it": id and folder are one name
                crates/engine/src/principles/data/drop_it/page.md: has the headings ## Why, not ## What, ## Why, ## Bad, ## Good, ## Safe steps, ## Sources
                crates/engine/src/principles/data/mod.rs: does not register `drop_it::RULE`: the rule would never run"#]],
        );
    }
}
