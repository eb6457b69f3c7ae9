//! Go.

use crate::code::profile::{Branch, Decision, Pick::*, Profile, Strings, Without};
use crate::protobuf::generated::Tongue;

/// Go.
pub(in crate::code) static PROFILE: Profile = Profile {
    tongue: Tongue::Go,
    endings: &["go"],
    interpreters: &[],
    grammar: || tree_sitter_go::LANGUAGE.into(),
    comments: &["comment"],
    strings: Strings {
        literals: &["interpreted_string_literal", "raw_string_literal"],
        content: &[
            "interpreted_string_literal_content",
            "raw_string_literal_content",
        ],
        escapes: &["escape_sequence"],
        holes: &[],
        dollars: false,
        chains: &[],
    },
    names: &[
        "identifier",
        "field_identifier",
        "type_identifier",
        "package_identifier",
    ],
    wrappers: &[
        "parenthesized_expression",
        "unary_expression",
        "pointer_type",
        "parenthesized_type",
        "literal_element",
        "expression_list",
    ],
    rows: &[],
    members: &[
        ("selector_expression", Field("operand"), Field("field")),
        ("qualified_type", Field("package"), Field("name")),
    ],
    calls: &[("call_expression", Field("function"), Field("arguments"))],
    functions: &["function_declaration", "method_declaration", "func_literal"],
    bindings: &[
        ("short_var_declaration", Field("left"), None, Field("right")),
        ("var_spec", Field("name"), Field("type"), Field("value")),
        ("const_spec", Field("name"), Field("type"), Field("value")),
        ("parameter_declaration", Field("name"), Field("type"), None),
        ("field_declaration", Field("name"), Field("type"), None),
    ],
    assignments: &[("assignment_statement", Field("left"), Field("right"))],
    operators: &[("binary_expression", Field("left"), Field("right"))],
    composites: &[("composite_literal", Field("type"), Field("body"))],
    pairs: &[("keyed_element", Field("key"), Field("value"))],
    branches: &[Branch {
        kind: "if_statement",
        condition: Field("condition"),
        then: Field("consequence"),
        inverted: false,
    }],
    decisions: &[Decision {
        kind: "expression_switch_statement",
        subject: Field("value"),
        arms: &["expression_case"],
        label: Field("value"),
        default: &["default_case"],
        without: Without::Passes,
    }],
    throws: &[],
    returns: &["return_statement"],
    heritages: &[],
};
