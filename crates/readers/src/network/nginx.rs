//! Where nginx passes requests on to: <https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass>.

use std::ops::Range;

use coexist_model::{File, Place};

/// Directives whose first argument is an address.
const PASSING: &[&str] = &[
    "proxy_pass",
    "grpc_pass",
    "fastcgi_pass",
    "uwsgi_pass",
    "scgi_pass",
];
/// Addresses that are read of one file.
const LIMIT: usize = 1_000;

/// Returns the addresses that a configuration passes requests on to, variables unfilled, each with its place.
pub fn proxied(file: &File) -> Vec<(String, Place)> {
    let mut found = Vec::new();
    let mut blocks: Vec<String> = Vec::new();
    for (end, words, at) in statements(&file.text) {
        let first = words.first().map(String::as_str).unwrap_or_default();
        let in_upstream = blocks.last().is_some_and(|b| b == "upstream");
        let address = match (first, words.get(1)) {
            (directive, Some(address)) if PASSING.contains(&directive) => Some(match directive {
                "grpc_pass" if !address.contains("://") => format!("grpc://{address}"),
                _ => address.clone(),
            }),
            ("server", Some(address)) if in_upstream => Some(address.clone()),
            // `set $upstream http://orders:8080;`
            ("set", Some(_)) => words.get(2).filter(|v| v.contains("://")).cloned(),
            _ => None,
        };
        if let Some(address) = address.filter(|_| found.len() < LIMIT) {
            found.push((address, file.place(at)));
        }
        match end {
            '{' => blocks.push(first.to_owned()),
            '}' => drop(blocks.pop()),
            _ => {}
        }
    }
    found
}

/// A statement: what ends it, its words, and where it is.
type Statement = (char, Vec<String>, Range<usize>);

/// Returns the statements of a configuration.
fn statements(text: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut is_comment = false;
    let mut start = 0;
    let mut before = '\n';
    for (at, c) in text.char_indices() {
        if is_comment {
            is_comment = c != '\n';
            continue;
        }
        // `${NAME}` of a template is no block.
        let in_variable = (c == '{' && before == '$') || (c == '}' && word.contains("${"));
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            (c, Some(_)) => word.push(c),
            ('"' | '\'', None) => quote = Some(c),
            ('#', None) if word.is_empty() => is_comment = true,
            (c, None) if c.is_whitespace() || (matches!(c, ';' | '{' | '}') && !in_variable) => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                if !c.is_whitespace() {
                    found.push((c, std::mem::take(&mut words), start..at));
                }
            }
            (c, None) => {
                if words.is_empty() && word.is_empty() {
                    start = at;
                }
                word.push(c);
            }
        }
        before = c;
    }
    found
}
