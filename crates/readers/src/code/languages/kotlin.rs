//! Kotlin.

use crate::code::profile::{Branch, Decision, Pick::*, Profile, Strings, Without};
use crate::protobuf::generated::Tongue;

/// Kotlin.
pub(in crate::code) static PROFILE: Profile = Profile {
    tongue: Tongue::Kotlin,
    endings: &["kt", "kts"],
    interpreters: &["kotlin"],
    grammar: || tree_sitter_kotlin_ng::LANGUAGE.into(),
    comments: &["line_comment", "block_comment"],
    strings: Strings {
        literals: &["string_literal", "multiline_string_literal"],
        content: &["string_content"],
        escapes: &["escape_sequence"],
        holes: &["interpolation"],
        dollars: true,
        chains: &[],
    },
    names: &["identifier", "this_expression"],
    wrappers: &[
        "parenthesized_expression",
        "nullable_type",
        "value_argument",
        "when_subject",
    ],
    rows: &["user_type", "qualified_identifier"],
    members: &[("navigation_expression", First, Last)],
    calls: &[("call_expression", First, Kind("value_arguments"))],
    functions: &[
        "function_declaration",
        "anonymous_function",
        "lambda_literal",
        "secondary_constructor",
    ],
    bindings: &[
        ("variable_declaration", First, Last, None),
        (
            "property_declaration",
            Kind("variable_declaration"),
            None,
            Last,
        ),
        ("parameter", First, Last, None),
        (
            "class_parameter",
            Kind("identifier"),
            Kind("user_type"),
            None,
        ),
    ],
    assignments: &[("assignment", Field("left"), Field("right"))],
    operators: &[("binary_expression", Field("left"), Field("right"))],
    composites: &[],
    pairs: &[],
    branches: &[Branch {
        kind: "if_expression",
        condition: Field("condition"),
        then: Kind("block"),
        inverted: false,
    }],
    decisions: &[Decision {
        kind: "when_expression",
        subject: Kind("when_subject"),
        arms: &["when_entry"],
        label: Field("condition"),
        default: &[],
        without: Without::FailsAsValue,
    }],
    throws: &["throw_expression"],
    returns: &["return_expression"],
    heritages: &[
        ("class_declaration", &[Kind("delegation_specifiers")]),
        ("object_declaration", &[Kind("delegation_specifiers")]),
    ],
};
