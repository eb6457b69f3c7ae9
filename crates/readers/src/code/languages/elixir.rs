//! Elixir: everything is a call, definitions and branches too.

use crate::code::profile::{Pick::*, Profile, Strings};
use crate::protobuf::generated::Tongue;

/// Elixir.
pub(in crate::code) static PROFILE: Profile = Profile {
    tongue: Tongue::Elixir,
    endings: &["ex", "exs"],
    interpreters: &["elixir"],
    grammar: || tree_sitter_elixir::LANGUAGE.into(),
    comments: &["comment"],
    strings: Strings {
        literals: &["string", "sigil"],
        content: &["quoted_content"],
        escapes: &["escape_sequence"],
        holes: &["interpolation"],
        dollars: false,
        chains: &[],
    },
    names: &["identifier", "alias"],
    wrappers: &["block"],
    rows: &[],
    members: &[("dot", Field("left"), Field("right"))],
    calls: &[("call", Field("target"), Kind("arguments"))],
    functions: &["anonymous_function"],
    bindings: &[],
    assignments: &[],
    operators: &[("binary_operator", Field("left"), Field("right"))],
    composites: &[],
    pairs: &[("pair", Field("key"), Field("value"))],
    branches: &[],
    decisions: &[],
    throws: &[],
    returns: &[],
    heritages: &[],
};
