//! Python.

use crate::code::profile::{Branch, Decision, Pick::*, Profile, Strings, Without};
use crate::protobuf::generated::Tongue;

/// Python.
pub(in crate::code) static PROFILE: Profile = Profile {
    tongue: Tongue::Python,
    endings: &["py", "pyi"],
    interpreters: &["python"],
    grammar: || tree_sitter_python::LANGUAGE.into(),
    comments: &["comment"],
    strings: Strings {
        literals: &["string"],
        content: &["string_content"],
        escapes: &["escape_sequence", "escape_interpolation"],
        holes: &["interpolation"],
        dollars: false,
        chains: &["concatenated_string"],
    },
    names: &["identifier"],
    wrappers: &["parenthesized_expression", "await", "type", "case_pattern"],
    rows: &["dotted_name"],
    members: &[("attribute", Field("object"), Field("attribute"))],
    calls: &[("call", Field("function"), Field("arguments"))],
    functions: &["function_definition", "lambda"],
    bindings: &[
        ("assignment", Field("left"), Field("type"), Field("right")),
        ("typed_parameter", First, Field("type"), None),
        (
            "typed_default_parameter",
            Field("name"),
            Field("type"),
            None,
        ),
        ("default_parameter", Field("name"), None, Field("value")),
        ("named_expression", Field("name"), None, Field("value")),
    ],
    assignments: &[
        ("assignment", Field("left"), Field("right")),
        ("augmented_assignment", Field("left"), Field("right")),
    ],
    operators: &[
        ("binary_operator", Field("left"), Field("right")),
        ("comparison_operator", First, Last),
    ],
    composites: &[("call", Field("function"), Field("arguments"))],
    pairs: &[
        ("keyword_argument", Field("name"), Field("value")),
        ("pair", Field("key"), Field("value")),
    ],
    branches: &[
        Branch {
            kind: "if_statement",
            condition: Field("condition"),
            then: Field("consequence"),
            inverted: false,
        },
        Branch {
            kind: "elif_clause",
            condition: Field("condition"),
            then: Field("consequence"),
            inverted: false,
        },
    ],
    decisions: &[Decision {
        kind: "match_statement",
        subject: Field("subject"),
        arms: &["case_clause"],
        label: Kind("case_pattern"),
        default: &[],
        without: Without::Passes,
    }],
    throws: &["raise_statement"],
    returns: &["return_statement"],
    heritages: &[("class_definition", &[Field("superclasses")])],
};
