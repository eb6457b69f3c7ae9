//! What items of Rust say of themselves, and how names of theirs are spelled elsewhere.

pub(super) mod rows;

use super::syntax::{Id, Syntax};

/// The tokens of the attributes before an item.
pub(super) struct Attributes<'a> {
    tokens: Vec<&'a str>,
}

impl<'a> Attributes<'a> {
    pub(super) fn before(s: &Syntax<'a>, item: Id) -> Self {
        let mut tokens = Vec::new();
        let Some(up) = s.parent(item) else {
            return Self { tokens };
        };
        for sibling in s.children(up).take_while(|&c| c < item) {
            if s.kind(sibling) == "attribute_item" {
                let in_string = |id: Id| s.parent(id).is_some_and(|up| s.is_string(up));
                let is_leaf =
                    |id: Id| s.is_string(id) || (s.below(id).is_empty() && !in_string(id));
                let leaves = s.below(sibling).filter(|&id| is_leaf(id));
                tokens.extend(leaves.map(|id| s.text(id)));
            } else if !s.is_comment(sibling) && s.text(sibling) != "," {
                tokens.clear();
            }
        }
        Self { tokens }
    }

    pub(super) fn has(&self, token: &str) -> bool {
        self.tokens.contains(&token)
    }

    /// Returns the last name of `key = a::b`.
    pub(super) fn value(&self, key: &str) -> Option<String> {
        let at = self.tokens.windows(2).position(|w| w == [key, "="])?;
        let path = self.tokens[at + 2..]
            .iter()
            .take_while(|t| !matches!(**t, "," | ")" | "]"));
        let last = path.filter(|t| **t != "::").last()?;
        Some(last.trim_matches('"').trim_start_matches("r#").to_owned())
    }
}

/// Returns a name in snake case, as the crate `heck` does, on which the derives of Rust stand: an underscore where a capital follows a small
/// letter, and before the last of several capitals that a small letter follows. A digit goes with what stands before it.
///
/// <https://docs.rs/heck/latest/heck/#definition-of-a-word-boundary>
pub(super) fn snake(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut out = String::new();
    // How the letter before was written, if there was one.
    let mut before: Option<bool> = None;
    for (at, &c) in letters.iter().enumerate() {
        if c == '_' {
            before = None;
        } else if c.is_uppercase() {
            let ends_capitals = letters.get(at + 1).is_some_and(|a| a.is_lowercase());
            if before == Some(true) || before == Some(false) && ends_capitals {
                out.push('_');
            }
        }
        if c.is_alphabetic() {
            before = Some(c.is_lowercase());
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::snake;

    #[test]
    fn names_are_parted_as_heck_does() {
        let pairs = [
            ("FirstName", "first_name"),
            ("ID", "id"),
            ("IDToken", "id_token"),
            ("Sha256Hash", "sha256_hash"),
            ("OAuth2", "o_auth2"),
            ("X509Cert", "x509_cert"),
            ("already_snake", "already_snake"),
        ];
        for (name, expected) in pairs {
            assert_eq!(snake(name), expected, "{name}");
        }
    }
}
