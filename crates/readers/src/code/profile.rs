//! What the walk must know of a language: the node kinds of its grammar, as data.

use tree_sitter::Language;

use crate::protobuf::generated::Tongue;

/// A language, as its grammar names things.
pub(super) struct Profile {
    /// Its name.
    pub(super) tongue: Tongue,
    /// How its files end, after the last dot.
    pub(super) endings: &'static [&'static str],
    /// The programs that run its scripts, as a first line (`#!`) names them.
    pub(super) interpreters: &'static [&'static str],
    /// Its grammar.
    pub(super) grammar: fn() -> Language,
    /// Comments.
    pub(super) comments: &'static [&'static str],
    /// String literals.
    pub(super) strings: Strings,
    /// Names.
    pub(super) names: &'static [&'static str],
    /// What adds nothing to the one expression or type in it: parentheses, `&`, `await`, a nullable type.
    pub(super) wrappers: &'static [&'static str],
    /// Names in a row, `a.b.C`, as one flat node.
    pub(super) rows: &'static [&'static str],
    /// `a.b`: the object and the name.
    pub(super) members: &'static [(&'static str, Pick, Pick)],
    /// Calls: what is called and the arguments.
    pub(super) calls: &'static [(&'static str, Pick, Pick)],
    /// Functions, methods and closures.
    pub(super) functions: &'static [&'static str],
    /// Declarations: the names, the type, the value.
    pub(super) bindings: &'static [(&'static str, Pick, Pick, Pick)],
    /// Assignments to what exists: left and right.
    pub(super) assignments: &'static [(&'static str, Pick, Pick)],
    /// Operators of two sides: left and right.
    pub(super) operators: &'static [(&'static str, Pick, Pick)],
    /// Literals with named parts, `T { a: 1 }`: the type and what holds the parts.
    pub(super) composites: &'static [(&'static str, Pick, Pick)],
    /// Named parts of a literal or call, `a: 1`: the name and the value.
    pub(super) pairs: &'static [(&'static str, Pick, Pick)],
    /// Branches.
    pub(super) branches: &'static [Branch],
    /// Decisions by a value.
    pub(super) decisions: &'static [Decision],
    /// Statements that leave with an error.
    pub(super) throws: &'static [&'static str],
    /// `return`.
    pub(super) returns: &'static [&'static str],
    /// Classes and implementations: what they extend or implement stands in these nodes.
    pub(super) heritages: &'static [(&'static str, &'static [Pick])],
}

/// Where in its parent a node is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pick {
    /// In this place.
    Field(&'static str),
    /// The first one of this kind.
    Kind(&'static str),
    /// The first one that is more than punctuation.
    First,
    /// The last one that is more than punctuation.
    Last,
    /// The parent itself.
    Itself,
    /// Nowhere.
    None,
}

/// String literals.
pub(super) struct Strings {
    /// Whole literals.
    pub(super) literals: &'static [&'static str],
    /// The text in them.
    pub(super) content: &'static [&'static str],
    /// Escape sequences.
    pub(super) escapes: &'static [&'static str],
    /// What an expression is put into.
    pub(super) holes: &'static [&'static str],
    /// Whether `$name` in the text puts in a variable.
    pub(super) dollars: bool,
    /// Literals beside each other that make one.
    pub(super) chains: &'static [&'static str],
}

/// A branch.
pub(super) struct Branch {
    /// Its node kind.
    pub(super) kind: &'static str,
    /// The condition.
    pub(super) condition: Pick,
    /// What runs where it holds.
    pub(super) then: Pick,
    /// Whether it runs where the condition does not hold (`unless`).
    pub(super) inverted: bool,
}

/// A decision by a value: `switch`, `match`, `case`, `when`.
pub(super) struct Decision {
    /// Its node kind.
    pub(super) kind: &'static str,
    /// What is decided by.
    pub(super) subject: Pick,
    /// Its arms.
    pub(super) arms: &'static [&'static str],
    /// The labels of an arm: all children in this place or of this kind.
    pub(super) label: Pick,
    /// The arm for everything else, where it has a kind of its own.
    pub(super) default: &'static [&'static str],
    /// What happens with any other value where no arm is for it.
    pub(super) without: Without,
}

/// What a decision without an arm for everything else does with any other value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Without {
    /// Goes on behind it.
    Passes,
    /// The compiler demands all values: one that is not known fails.
    Fails,
    /// Fails where its value is used, else goes on.
    FailsAsValue,
}

use super::languages::{go, java, javascript, kotlin, python, ruby, rust, typescript};

/// Every language.
pub(super) static PROFILES: &[&Profile] = &[
    &python::PROFILE,
    &typescript::PROFILE,
    &typescript::TSX,
    &javascript::PROFILE,
    &go::PROFILE,
    &ruby::PROFILE,
    #[cfg(feature = "csharp")]
    &super::languages::csharp::PROFILE,
    #[cfg(feature = "elixir")]
    &super::languages::elixir::PROFILE,
    #[cfg(feature = "php")]
    &super::languages::php::PROFILE,
    &java::PROFILE,
    &kotlin::PROFILE,
    &rust::PROFILE,
];

/// Returns the language of a file: by its ending, or by the interpreter that its first line names where it has no ending.
pub(super) fn profile_of(path: &str, head: &str) -> Option<&'static Profile> {
    let name = path.rsplit('/').next().unwrap_or(path);
    match name.rsplit_once('.') {
        // A template of Laravel: text with its own words in it.
        Some((stem, "php")) if stem.ends_with(".blade") => None,
        Some((_, ending)) => by(|p| p.endings.contains(&ending)),
        None if matches!(name, "Rakefile" | "Gemfile") => Some(&ruby::PROFILE),
        None => {
            let program = interpreter(head)?;
            by(|p| p.interpreters.contains(&program))
        }
    }
}

fn by(wanted: impl Fn(&Profile) -> bool) -> Option<&'static Profile> {
    PROFILES.iter().copied().find(|p| wanted(p))
}

/// Returns the program that a first line names, without folder and version: `#!/usr/bin/env -S python3 -u` → `python`.
fn interpreter(head: &str) -> Option<&str> {
    let line = head.lines().next()?.strip_prefix("#!")?;
    let mut words = line
        .split_whitespace()
        .map(|w| w.rsplit('/').next().unwrap_or(w));
    let program = words.find(|w| *w != "env" && !w.starts_with('-') && !w.contains('='))?;
    Some(program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_told_by_the_ending_or_by_the_interpreter() {
        let tongue = |path, head| profile_of(path, head).map(|p| p.tongue);
        assert_eq!(tongue("a/b.py", ""), Some(Tongue::Python));
        assert_eq!(tongue("a/b.mts", ""), Some(Tongue::TypeScript));
        assert_eq!(
            tongue("bin/x", "#!/usr/bin/env -S python3.12 -u\n"),
            Some(Tongue::Python)
        );
        assert_eq!(
            tongue("bin/x", "#!/usr/bin/node\n"),
            Some(Tongue::JavaScript)
        );
        assert_eq!(tongue("bin/x", "#!/bin/sh\n"), None);
        assert_eq!(tongue("a.d/x", "text"), None);
        assert_eq!(tongue("x.md", "#!/usr/bin/ruby"), None);
    }

    #[test]
    fn generated_names_are_known_for_every_ending() {
        for profile in PROFILES {
            for ending in profile.endings {
                assert_eq!(Tongue::of(ending), Some(profile.tongue), "{ending}");
            }
        }
    }

    #[test]
    fn every_node_kind_named_in_a_profile_exists_in_its_grammar() {
        for profile in PROFILES {
            let language = (profile.grammar)();
            let known: std::collections::BTreeSet<&str> = (0..language.node_kind_count())
                .filter_map(|id| language.node_kind_for_id(u16::try_from(id).unwrap()))
                .collect();
            let strings = &profile.strings;
            let mut named: Vec<&str> = [
                profile.comments,
                strings.literals,
                strings.content,
                strings.escapes,
                strings.holes,
                strings.chains,
                profile.names,
                profile.rows,
                profile.wrappers,
                profile.functions,
                profile.throws,
                profile.returns,
            ]
            .concat();
            named.extend(profile.members.iter().map(|m| m.0));
            named.extend(profile.calls.iter().map(|m| m.0));
            named.extend(profile.bindings.iter().map(|m| m.0));
            named.extend(profile.assignments.iter().map(|m| m.0));
            named.extend(profile.operators.iter().map(|m| m.0));
            named.extend(profile.composites.iter().map(|m| m.0));
            named.extend(profile.pairs.iter().map(|m| m.0));
            named.extend(profile.branches.iter().map(|m| m.kind));
            named.extend(profile.heritages.iter().map(|m| m.0));
            for decision in profile.decisions {
                named.push(decision.kind);
                named.extend(decision.arms);
                named.extend(decision.default);
            }
            for kind in named {
                assert!(
                    known.contains(kind),
                    "{:?} has no node kind {kind}",
                    profile.tongue
                );
            }
        }
    }
}
