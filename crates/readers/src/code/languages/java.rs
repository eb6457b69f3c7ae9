//! Java.

use crate::code::profile::{Branch, Decision, Pick::*, Profile, Strings, Without};
use crate::protobuf::generated::Tongue;

/// Java.
pub(in crate::code) static PROFILE: Profile = Profile {
    tongue: Tongue::Java,
    endings: &["java"],
    interpreters: &[],
    grammar: || tree_sitter_java::LANGUAGE.into(),
    comments: &["line_comment", "block_comment"],
    strings: Strings {
        literals: &["string_literal"],
        content: &["string_fragment", "multiline_string_fragment"],
        escapes: &["escape_sequence"],
        holes: &["string_interpolation"],
        dollars: false,
        chains: &[],
    },
    names: &["identifier", "type_identifier", "this"],
    wrappers: &["parenthesized_expression", "cast_expression"],
    rows: &[],
    members: &[
        ("field_access", Field("object"), Field("field")),
        ("method_invocation", Field("object"), Field("name")),
        ("scoped_identifier", Field("scope"), Field("name")),
        ("scoped_type_identifier", First, Last),
    ],
    calls: &[
        ("method_invocation", Itself, Field("arguments")),
        (
            "object_creation_expression",
            Field("type"),
            Field("arguments"),
        ),
    ],
    functions: &[
        "method_declaration",
        "constructor_declaration",
        "lambda_expression",
    ],
    bindings: &[
        (
            "local_variable_declaration",
            Kind("variable_declarator"),
            Field("type"),
            None,
        ),
        (
            "field_declaration",
            Kind("variable_declarator"),
            Field("type"),
            None,
        ),
        ("variable_declarator", Field("name"), None, Field("value")),
        ("formal_parameter", Field("name"), Field("type"), None),
        ("enhanced_for_statement", Field("name"), Field("type"), None),
    ],
    assignments: &[("assignment_expression", Field("left"), Field("right"))],
    operators: &[("binary_expression", Field("left"), Field("right"))],
    composites: &[],
    pairs: &[],
    branches: &[
        Branch {
            kind: "if_statement",
            condition: Field("condition"),
            then: Field("consequence"),
            inverted: false,
        },
        Branch {
            kind: "ternary_expression",
            condition: Field("condition"),
            then: Field("consequence"),
            inverted: false,
        },
    ],
    decisions: &[Decision {
        kind: "switch_expression",
        subject: Field("condition"),
        arms: &["switch_rule", "switch_block_statement_group"],
        label: Kind("switch_label"),
        default: &[],
        without: Without::FailsAsValue,
    }],
    throws: &["throw_statement"],
    returns: &["return_statement"],
    heritages: &[(
        "class_declaration",
        &[Field("superclass"), Field("interfaces")],
    )],
};
