//! TypeScript, with and without JSX.

use crate::code::profile::{Branch, Decision, Pick::*, Profile, Strings, Without};
use crate::protobuf::generated::Tongue;

/// TypeScript.
pub(in crate::code) static PROFILE: Profile = profile(&["ts", "mts", "cts"], || {
    tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into()
});

/// TypeScript with JSX.
pub(in crate::code) static TSX: Profile =
    profile(&["tsx"], || tree_sitter_typescript::LANGUAGE_TSX.into());

const fn profile(
    endings: &'static [&'static str],
    grammar: fn() -> tree_sitter::Language,
) -> Profile {
    Profile {
        tongue: Tongue::TypeScript,
        endings,
        interpreters: &["deno", "bun", "tsx", "ts-node"],
        grammar,
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
            "type_identifier",
            "this",
        ],
        wrappers: &[
            "parenthesized_expression",
            "await_expression",
            "non_null_expression",
            "as_expression",
            "satisfies_expression",
            "type_annotation",
            "readonly_type",
            "parenthesized_type",
        ],
        rows: &[],
        members: &[
            ("member_expression", Field("object"), Field("property")),
            ("nested_type_identifier", Field("module"), Field("name")),
        ],
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
            (
                "variable_declarator",
                Field("name"),
                Field("type"),
                Field("value"),
            ),
            (
                "public_field_definition",
                Field("name"),
                Field("type"),
                Field("value"),
            ),
            (
                "required_parameter",
                Field("pattern"),
                Field("type"),
                Field("value"),
            ),
            (
                "optional_parameter",
                Field("pattern"),
                Field("type"),
                Field("value"),
            ),
            ("property_signature", Field("name"), Field("type"), None),
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
    }
}
