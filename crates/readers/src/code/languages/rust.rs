//! Rust.

use crate::code::profile::{Branch, Decision, Pick::*, Profile, Strings, Without};
use crate::protobuf::generated::Tongue;

/// Rust.
pub(in crate::code) static PROFILE: Profile = Profile {
    tongue: Tongue::Rust,
    endings: &["rs"],
    interpreters: &[],
    grammar: || tree_sitter_rust::LANGUAGE.into(),
    comments: &["line_comment", "block_comment"],
    strings: Strings {
        literals: &["string_literal", "raw_string_literal"],
        content: &["string_content"],
        escapes: &["escape_sequence"],
        holes: &[],
        dollars: false,
        chains: &[],
    },
    names: &[
        "identifier",
        "field_identifier",
        "type_identifier",
        "self",
        "crate",
        "super",
    ],
    wrappers: &[
        "parenthesized_expression",
        "await_expression",
        "try_expression",
        "reference_expression",
        "reference_type",
        "unary_expression",
        "type_cast_expression",
        "match_pattern",
        "generic_function",
    ],
    rows: &[],
    members: &[
        ("field_expression", Field("value"), Field("field")),
        ("scoped_identifier", Field("path"), Field("name")),
        ("scoped_type_identifier", Field("path"), Field("name")),
    ],
    calls: &[
        ("call_expression", Field("function"), Field("arguments")),
        ("macro_invocation", Field("macro"), Field("arguments")),
    ],
    functions: &["function_item", "closure_expression"],
    bindings: &[
        (
            "let_declaration",
            Field("pattern"),
            Field("type"),
            Field("value"),
        ),
        ("const_item", Field("name"), Field("type"), Field("value")),
        ("static_item", Field("name"), Field("type"), Field("value")),
        ("parameter", Field("pattern"), Field("type"), None),
        ("field_declaration", Field("name"), Field("type"), None),
    ],
    assignments: &[
        ("assignment_expression", Field("left"), Field("right")),
        ("compound_assignment_expr", Field("left"), Field("right")),
    ],
    operators: &[("binary_expression", Field("left"), Field("right"))],
    composites: &[("struct_expression", Field("name"), Field("body"))],
    pairs: &[
        ("field_initializer", Field("field"), Field("value")),
        ("shorthand_field_initializer", First, First),
    ],
    branches: &[Branch {
        kind: "if_expression",
        condition: Field("condition"),
        then: Field("consequence"),
        inverted: false,
    }],
    decisions: &[Decision {
        kind: "match_expression",
        subject: Field("value"),
        arms: &["match_arm"],
        label: Field("pattern"),
        default: &[],
        without: Without::Fails,
    }],
    throws: &[],
    returns: &["return_expression"],
    heritages: &[("impl_item", &[Field("trait")])],
};
