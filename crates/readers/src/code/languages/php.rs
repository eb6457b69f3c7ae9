//! PHP.

use crate::code::profile::{Branch, Decision, Pick::*, Profile, Strings, Without};
use crate::protobuf::generated::Tongue;

/// PHP.
pub(in crate::code) static PROFILE: Profile = Profile {
    tongue: Tongue::Php,
    endings: &["php"],
    interpreters: &["php"],
    grammar: || tree_sitter_php::LANGUAGE_PHP.into(),
    comments: &["comment"],
    strings: Strings {
        literals: &["string", "encapsed_string", "heredoc_body", "nowdoc_body"],
        content: &["string_content", "nowdoc_string"],
        escapes: &["escape_sequence"],
        holes: &[
            "variable_name",
            "dynamic_variable_name",
            "member_access_expression",
            "nullsafe_member_access_expression",
            "subscript_expression",
            "member_call_expression",
            "scoped_call_expression",
            "scoped_property_access_expression",
            "function_call_expression",
        ],
        dollars: false,
        chains: &[],
    },
    names: &["name", "variable_name", "relative_scope"],
    wrappers: &[
        "parenthesized_expression",
        "argument",
        "heredoc",
        "nowdoc",
        "optional_type",
        "named_type",
        "error_suppression_expression",
    ],
    rows: &["qualified_name", "relative_name"],
    members: &[
        ("member_access_expression", Field("object"), Field("name")),
        (
            "nullsafe_member_access_expression",
            Field("object"),
            Field("name"),
        ),
        ("member_call_expression", Field("object"), Field("name")),
        (
            "nullsafe_member_call_expression",
            Field("object"),
            Field("name"),
        ),
        ("scoped_call_expression", Field("scope"), Field("name")),
        (
            "scoped_property_access_expression",
            Field("scope"),
            Field("name"),
        ),
        ("class_constant_access_expression", First, Last),
    ],
    calls: &[
        ("member_call_expression", Itself, Field("arguments")),
        (
            "nullsafe_member_call_expression",
            Itself,
            Field("arguments"),
        ),
        ("scoped_call_expression", Itself, Field("arguments")),
        (
            "function_call_expression",
            Field("function"),
            Field("arguments"),
        ),
        ("object_creation_expression", First, Kind("arguments")),
    ],
    functions: &[
        "function_definition",
        "method_declaration",
        "anonymous_function",
        "arrow_function",
    ],
    bindings: &[
        ("assignment_expression", Field("left"), None, Field("right")),
        ("const_element", First, None, Last),
        (
            "simple_parameter",
            Field("name"),
            Field("type"),
            Field("default_value"),
        ),
        (
            "property_promotion_parameter",
            Field("name"),
            Field("type"),
            Field("default_value"),
        ),
    ],
    assignments: &[
        ("assignment_expression", Field("left"), Field("right")),
        (
            "augmented_assignment_expression",
            Field("left"),
            Field("right"),
        ),
    ],
    operators: &[("binary_expression", Field("left"), Field("right"))],
    composites: &[],
    pairs: &[],
    branches: &[
        Branch {
            kind: "if_statement",
            condition: Field("condition"),
            then: Field("body"),
            inverted: false,
        },
        Branch {
            kind: "else_if_clause",
            condition: Field("condition"),
            then: Field("body"),
            inverted: false,
        },
        Branch {
            kind: "conditional_expression",
            condition: Field("condition"),
            then: Field("body"),
            inverted: false,
        },
    ],
    decisions: &[
        Decision {
            kind: "switch_statement",
            subject: Field("condition"),
            arms: &["case_statement"],
            label: Field("value"),
            default: &["default_statement"],
            without: Without::Passes,
        },
        Decision {
            kind: "match_expression",
            subject: Field("condition"),
            arms: &["match_conditional_expression"],
            label: Field("conditional_expressions"),
            default: &["match_default_expression"],
            // `UnhandledMatchError`.
            without: Without::Fails,
        },
    ],
    throws: &["throw_expression"],
    returns: &["return_statement"],
    heritages: &[(
        "class_declaration",
        &[Kind("base_clause"), Kind("class_interface_clause")],
    )],
};
