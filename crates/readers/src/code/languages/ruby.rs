//! Ruby.

use crate::code::profile::{Branch, Decision, Pick::*, Profile, Strings, Without};
use crate::protobuf::generated::Tongue;

/// Ruby.
pub(in crate::code) static PROFILE: Profile = Profile {
    tongue: Tongue::Ruby,
    endings: &["rb", "rake", "gemspec", "ru"],
    interpreters: &["ruby"],
    grammar: || tree_sitter_ruby::LANGUAGE.into(),
    comments: &["comment"],
    strings: Strings {
        literals: &["string", "heredoc_beginning"],
        content: &["string_content", "heredoc_content"],
        escapes: &["escape_sequence"],
        holes: &["interpolation"],
        dollars: false,
        chains: &["chained_string"],
    },
    names: &[
        "identifier",
        "constant",
        "instance_variable",
        "class_variable",
        "global_variable",
        "self",
    ],
    wrappers: &["parenthesized_statements", "pattern"],
    rows: &[],
    members: &[
        ("call", Field("receiver"), Field("method")),
        ("scope_resolution", Field("scope"), Field("name")),
    ],
    calls: &[("call", Itself, Field("arguments"))],
    functions: &["method", "singleton_method", "block", "do_block", "lambda"],
    bindings: &[("assignment", Field("left"), None, Field("right"))],
    assignments: &[
        ("assignment", Field("left"), Field("right")),
        ("operator_assignment", Field("left"), Field("right")),
    ],
    operators: &[("binary", Field("left"), Field("right"))],
    composites: &[("call", Itself, Field("arguments"))],
    pairs: &[("pair", Field("key"), Field("value"))],
    branches: &[
        Branch {
            kind: "if",
            condition: Field("condition"),
            then: Field("consequence"),
            inverted: false,
        },
        Branch {
            kind: "elsif",
            condition: Field("condition"),
            then: Field("consequence"),
            inverted: false,
        },
        Branch {
            kind: "if_modifier",
            condition: Field("condition"),
            then: Field("body"),
            inverted: false,
        },
        Branch {
            kind: "conditional",
            condition: Field("condition"),
            then: Field("consequence"),
            inverted: false,
        },
        Branch {
            kind: "unless",
            condition: Field("condition"),
            then: Field("consequence"),
            inverted: true,
        },
        Branch {
            kind: "unless_modifier",
            condition: Field("condition"),
            then: Field("body"),
            inverted: true,
        },
    ],
    decisions: &[Decision {
        kind: "case",
        subject: Field("value"),
        arms: &["when"],
        label: Field("pattern"),
        default: &["else"],
        without: Without::Passes,
    }],
    throws: &[],
    returns: &["return"],
    heritages: &[("class", &[Field("superclass")])],
};
