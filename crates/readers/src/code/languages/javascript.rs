//! JavaScript, with and without JSX.

use crate::code::profile::{Branch, Decision, Pick::*, Profile, Strings, Without};
use crate::protobuf::generated::Tongue;

/// JavaScript.
pub(in crate::code) static PROFILE: Profile = Profile {
    tongue: Tongue::JavaScript,
    endings: &["js", "jsx", "mjs", "cjs"],
    interpreters: &["node", "nodejs"],
    grammar: || tree_sitter_javascript::LANGUAGE.into(),
    comments: &["comment", "html_comment"],
    strings: Strings {
        literals: &["string", "template_string"],
        content: &["string_fragment"],
        escapes: &["escape_sequence"],
        holes: &["template_substitution"],
        dollars: false,
        chains: &[],
    },
    names: &[
        "identifier",
        "property_identifier",
        "private_property_identifier",
        "shorthand_property_identifier",
        "this",
    ],
    wrappers: &["parenthesized_expression", "await_expression"],
    rows: &[],
    members: &[("member_expression", Field("object"), Field("property"))],
    calls: &[
        ("call_expression", Field("function"), Field("arguments")),
        ("new_expression", Field("constructor"), Field("arguments")),
    ],
    functions: &[
        "function_declaration",
        "function_expression",
        "generator_function_declaration",
        "generator_function",
        "arrow_function",
        "method_definition",
    ],
    bindings: &[
        ("variable_declarator", Field("name"), None, Field("value")),
        ("field_definition", Field("property"), None, Field("value")),
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
    pairs: &[("pair", Field("key"), Field("value"))],
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
        kind: "switch_statement",
        subject: Field("value"),
        arms: &["switch_case"],
        label: Field("value"),
        default: &["switch_default"],
        without: Without::Passes,
    }],
    throws: &["throw_statement"],
    returns: &["return_statement"],
    heritages: &[
        ("class_declaration", &[Kind("class_heritage")]),
        ("class", &[Kind("class_heritage")]),
    ],
};
