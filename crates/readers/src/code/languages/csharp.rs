//! C#.

use crate::code::profile::{Branch, Decision, Pick::*, Profile, Strings, Without};
use crate::protobuf::generated::Tongue;

/// C#.
pub(in crate::code) static PROFILE: Profile = Profile {
    tongue: Tongue::CSharp,
    endings: &["cs"],
    interpreters: &[],
    grammar: || tree_sitter_c_sharp::LANGUAGE.into(),
    comments: &["comment"],
    strings: Strings {
        literals: &[
            "string_literal",
            "verbatim_string_literal",
            "raw_string_literal",
            "interpolated_string_expression",
        ],
        content: &[
            "string_literal_content",
            "raw_string_content",
            "string_content",
        ],
        escapes: &["escape_sequence"],
        holes: &["interpolation"],
        dollars: false,
        chains: &[],
    },
    names: &["identifier", "this", "base"],
    wrappers: &[
        "parenthesized_expression",
        "argument",
        "await_expression",
        "cast_expression",
        "nullable_type",
        "ref_expression",
        "postfix_unary_expression",
    ],
    rows: &[],
    members: &[
        (
            "member_access_expression",
            Field("expression"),
            Field("name"),
        ),
        ("qualified_name", Field("qualifier"), Field("name")),
    ],
    calls: &[
        (
            "invocation_expression",
            Field("function"),
            Field("arguments"),
        ),
        (
            "object_creation_expression",
            Field("type"),
            Field("arguments"),
        ),
    ],
    functions: &[
        "method_declaration",
        "constructor_declaration",
        "local_function_statement",
        "lambda_expression",
        "anonymous_method_expression",
    ],
    bindings: &[
        ("variable_declarator", Field("name"), None, Last),
        (
            "property_declaration",
            Field("name"),
            Field("type"),
            Field("value"),
        ),
        ("parameter", Field("name"), Field("type"), None),
    ],
    assignments: &[("assignment_expression", Field("left"), Field("right"))],
    operators: &[("binary_expression", Field("left"), Field("right"))],
    composites: &[(
        "object_creation_expression",
        Field("type"),
        Field("initializer"),
    )],
    pairs: &[
        ("argument", Field("name"), Last),
        ("attribute_argument", Field("name"), Last),
        ("assignment_expression", Field("left"), Field("right")),
    ],
    branches: &[
        Branch {
            kind: "if_statement",
            condition: Field("condition"),
            then: Field("consequence"),
            inverted: false,
        },
        Branch {
            kind: "conditional_expression",
            condition: Field("condition"),
            then: Field("consequence"),
            inverted: false,
        },
    ],
    decisions: &[
        Decision {
            kind: "switch_statement",
            subject: Field("value"),
            arms: &["switch_section"],
            label: Kind("constant_pattern"),
            default: &[],
            without: Without::Passes,
        },
        Decision {
            kind: "switch_expression",
            subject: First,
            arms: &["switch_expression_arm"],
            label: Kind("constant_pattern"),
            default: &[],
            // `SwitchExpressionException`.
            without: Without::Fails,
        },
    ],
    throws: &["throw_statement", "throw_expression"],
    returns: &["return_statement"],
    heritages: &[
        ("class_declaration", &[Kind("base_list")]),
        ("record_declaration", &[Kind("base_list")]),
    ],
};
