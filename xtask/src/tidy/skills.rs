//! The skills stay small and portable. The validators of `.ci/run` say more; this says it offline.
//! The format: <https://agentskills.io/specification>.

use super::{Complaint, Tree, complaint};

/// The keys that every client accepts.
const KEYS: &[&str] = &[
    "name",
    "description",
    "license",
    "compatibility",
    "metadata",
    "allowed-tools",
];

/// Characters of a body: 1,500 tokens at four characters each.
const BODY: usize = 6_000;

/// Characters of a description.
const DESCRIPTION: usize = 1_024;

pub(super) fn check(tree: &Tree) -> Vec<Complaint> {
    let version = version(tree.get("Cargo.toml").unwrap_or_default());
    let mut complaints = Vec::new();
    for folder in tree.folders("skills") {
        let path = format!("skills/{folder}/SKILL.md");
        match tree.get(&path) {
            None => complaints.push(complaint(&path, 0, "is missing")),
            Some(text) => {
                complaints.extend(skill(&path, folder, text));
                let says = format!("\n  coexist: \"{version}\"\n");
                if !version.is_empty() && !text.contains(&says) {
                    let what = format!("its metadata does not hold `coexist: \"{version}\"`");
                    complaints.push(complaint(&path, 0, what));
                }
            }
        }
    }
    complaints
}

/// The version that the binary and the skills in it share.
fn version(manifest: &str) -> &str {
    let line = manifest.lines().find_map(|l| l.strip_prefix("version = "));
    line.unwrap_or_default().trim_matches('"')
}

fn skill(path: &str, folder: &str, text: &str) -> Vec<Complaint> {
    let Some((front, body)) = text
        .strip_prefix("---\n")
        .and_then(|rest| rest.split_once("\n---\n"))
    else {
        return vec![complaint(path, 1, "has no frontmatter between two `---`")];
    };
    let mut complaints = Vec::new();
    for (index, line) in front.lines().enumerate() {
        let at = index + 2;
        let Some((key, value)) = line.split_once(':') else {
            complaints.push(complaint(path, at, "is no `key: value`"));
            continue;
        };
        let value = value.trim();
        let nested = key.starts_with(' ');
        if !nested && !KEYS.contains(&key) {
            complaints.push(complaint(path, at, format!("`{key}` is no portable key")));
        }
        if nested && !value.starts_with('"') {
            complaints.push(complaint(path, at, "metadata is text: put it in quotes"));
        }
        if value.starts_with(['{', '[']) {
            complaints.push(complaint(
                path,
                at,
                "flow style is refused by strict readers",
            ));
        }
        if key == "name" && value != folder {
            complaints.push(complaint(
                path,
                at,
                format!("is not its folder's name, {folder}"),
            ));
        }
        if key == "description" && value.chars().count() > DESCRIPTION {
            complaints.push(complaint(
                path,
                at,
                format!("is longer than {DESCRIPTION} characters"),
            ));
        }
    }
    for key in ["name", "description"] {
        if !front
            .lines()
            .any(|line| line.starts_with(&format!("{key}:")))
        {
            complaints.push(complaint(path, 1, format!("has no `{key}`")));
        }
    }
    let length = body.chars().count();
    if length > BODY {
        let what = format!("its body has {length} characters, more than {BODY}");
        complaints.push(complaint(path, 0, what));
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::check_tree;
    use expect_test::expect;

    #[test]
    fn a_portable_skill_is_fine() {
        check_tree(
            check,
            "-- skills/a/SKILL.md --\n---\nname: a\ndescription: Use it: now\nmetadata:\n  coexist: \"0.1.0\"\n---\nbody",
            &expect![[""]],
        );
    }

    #[test]
    fn a_skill_has_the_version_of_the_program() {
        check_tree(
            check,
            "-- Cargo.toml --\n[workspace.package]\nversion = \"0.2.0\"\n-- skills/a/SKILL.md --\n---\nname: a\ndescription: d\nmetadata:\n  coexist: \"0.1.0\"\n---\nbody",
            &expect![[r#"skills/a/SKILL.md: its metadata does not hold `coexist: "0.2.0"`"#]],
        );
    }

    #[test]
    fn what_a_strict_client_refuses_is_named() {
        check_tree(
            check,
            "-- skills/a/SKILL.md --\n---\nname: b\nportable: true\nmetadata: {a: b}\n---\nbody",
            &expect![[r"
                skills/a/SKILL.md:1: has no `description`
                skills/a/SKILL.md:2: is not its folder's name, a
                skills/a/SKILL.md:3: `portable` is no portable key
                skills/a/SKILL.md:4: flow style is refused by strict readers"]],
        );
    }
}
