//! The comments of a file, line by line: where suppressions stand.

use coexist_model::Reader;

use super::profile::profile_of;
use super::syntax::Syntax;
use crate::sql::Sql;

/// One line of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The line, from 1.
    pub line: u32,
    /// What it says, without the marks that make it a comment.
    pub text: String,
}

/// How a format writes comments and the strings in which they are none.
struct Marks {
    lines: &'static [&'static str],
    block: Option<(&'static str, &'static str)>,
    /// The quotes of strings, in which a backslash takes the next sign as it is.
    quotes: &'static [char],
}

const SLASHES: Marks = Marks {
    lines: &["//"],
    block: Some(("/*", "*/")),
    quotes: &['"', '\'', '`'],
};
const HASHES: Marks = Marks {
    lines: &["#"],
    block: None,
    quotes: &['"', '\''],
};
/// XML has no strings outside of tags, and none of them holds what opens a comment.
const XML: Marks = Marks {
    lines: &[],
    block: Some(("<!--", "-->")),
    quotes: &[],
};
const JSONNET: Marks = Marks {
    lines: &["//", "#"],
    block: Some(("/*", "*/")),
    quotes: &['"', '\''],
};

/// Returns the comments of a file in the order of its lines. A format that is not known has none.
pub fn comments(path: &str, text: &str) -> Vec<Comment> {
    if Sql.claims(path, "") {
        return in_sql(path, text);
    }
    let parsed = profile_of(path, text).and_then(|profile| Syntax::parse(text, profile).ok());
    match parsed {
        Some(syntax) => in_code(&syntax),
        None => marks_of(path, text).map_or_else(Vec::new, |marks| in_text(text, marks)),
    }
}

fn in_code(syntax: &Syntax<'_>) -> Vec<Comment> {
    let mut lines = Lines::default();
    for id in syntax.all().filter(|&id| syntax.is_comment(id)) {
        lines.add(syntax.text, syntax.range(id).start, syntax.text(id));
    }
    lines.found
}

fn marks_of(path: &str, text: &str) -> Option<&'static Marks> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, e)| e);
    match ending {
        "jsonnet" | "libsonnet" => Some(&JSONNET),
        "yaml" | "yml" | "toml" | "py" | "pyi" | "rb" | "rake" | "sh" | "bash" | "dockerfile"
        | "properties" | "conf" | "tf" | "hcl" | "ex" | "exs" => Some(&HASHES),
        "proto" | "prisma" | "graphql" | "go" | "java" | "kt" | "kts" | "rs" | "js" | "jsx"
        | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "jsonc" | "php" | "cs" | "scala"
        | "swift" | "dart" | "gradle" | "groovy" => Some(&SLASHES),
        "xml" | "html" | "md" | "vue" | "svelte" => Some(&XML),
        _ if name.starts_with("Dockerfile") || name == "Procfile" || text.starts_with("#!") => {
            Some(&HASHES)
        }
        _ => None,
    }
}

fn in_sql(path: &str, text: &str) -> Vec<Comment> {
    let mut lines = Lines::default();
    for span in crate::sql::comments(path, text) {
        lines.add(text, span.start, &text[span]);
    }
    lines.found
}

#[derive(Default)]
struct Lines {
    found: Vec<Comment>,
    /// The line reached and the byte at which it is.
    line: u32,
    at: usize,
}

impl Lines {
    /// Adds a comment that starts at a byte; comments come in the order of the text.
    fn add(&mut self, text: &str, start: usize, comment: &str) {
        let passed = text.as_bytes().get(self.at..start).unwrap_or_default();
        self.line +=
            u32::try_from(passed.iter().filter(|&&b| b == b'\n').count()).unwrap_or_default();
        self.at = start.max(self.at);
        for (offset, line) in (0u32..).zip(comment.lines()) {
            let text = line
                .trim()
                .trim_start_matches(['/', '*', '#', '-', '!', '=', '<'])
                .trim_end_matches(['/', '*', '>', '-'])
                .trim();
            if !text.is_empty() {
                self.found.push(Comment {
                    line: self.line + offset + 1,
                    text: text.to_owned(),
                });
            }
        }
    }
}

fn in_text(text: &str, marks: &Marks) -> Vec<Comment> {
    let mut lines = Lines::default();
    let mut at = 0;
    let mut quoted: Option<char> = None;
    while let Some(next) = text[at..].chars().next() {
        let rest = &text[at..];
        if let Some(quote) = quoted {
            if next == '\\' {
                at += next.len_utf8()
                    + rest[next.len_utf8()..]
                        .chars()
                        .next()
                        .map_or(0, char::len_utf8);
                continue;
            }
            // A quote that is not closed on its line is an apostrophe.
            if next == quote || (next == '\n' && quote != '`') {
                quoted = None;
            }
            at += next.len_utf8();
            continue;
        }
        let length = comment_length(text, at, marks);
        if length > 0 {
            lines.add(text, at, &rest[..length]);
            at += length;
            continue;
        }
        // Behind a letter it is an apostrophe.
        let opens = !text[..at].ends_with(char::is_alphanumeric);
        if marks.quotes.contains(&next) && opens {
            quoted = Some(next);
        }
        at += next.len_utf8();
    }
    lines.found
}

fn comment_length(text: &str, at: usize, marks: &Marks) -> usize {
    let rest = &text[at..];
    if let Some((_, close)) = marks.block.filter(|(open, _)| rest.starts_with(open)) {
        return rest.find(close).map_or(rest.len(), |end| end + close.len());
    }
    let starts = marks.lines.iter().any(|m| rest.starts_with(m));
    // In YAML and shell `#` begins a comment only behind white space.
    let alone = !rest.starts_with('#')
        || text[..at]
            .chars()
            .next_back()
            .is_none_or(char::is_whitespace);
    if starts && alone {
        rest.find('\n').unwrap_or(rest.len())
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, text: &str, expected: &[(u32, &str)]) {
        let found = comments(path, text);
        let found: Vec<(u32, &str)> = found.iter().map(|c| (c.line, c.text.as_str())).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn comments_of_code_are_found_by_the_grammar() {
        check(
            "a.py",
            "x = '# no'\n# coexist: ignore[a] reason: b\ny = 1 # c\n",
            &[(2, "coexist: ignore[a] reason: b"), (3, "c")],
        );
        check(
            "a.go",
            "package a\n/* one\n * two */\nvar s = \"// no\"\n",
            &[(2, "one"), (3, "two")],
        );
        check("a.rs", "/// Doc.\nfn f() {}\n", &[(1, "Doc.")]);
    }

    #[test]
    fn comments_of_other_formats_are_found_by_their_marks() {
        check(
            "a.sql",
            "SELECT '-- no'; -- yes\n/* a\nb */ SELECT 1;",
            &[(1, "yes"), (2, "a"), (3, "b")],
        );
        check(
            "a.sql",
            "SELECT $$ -- no $$;\nDO $$ -- a\n$$;\n",
            &[(2, "a")],
        );
        // Of no known dialect: in one of them this is a text.
        check("a.sql", "SELECT 'it\\' -- no';\n", &[]);
        check("a.xml", "<a b='x'/> <!-- c -->", &[(1, "c")]);
        check(
            "a.yaml",
            "a: x#y # z\nb: don't # w\n",
            &[(1, "z"), (2, "w")],
        );
        check("a.toml", "# t\n", &[(1, "t")]);
        check("a.proto", "message A {} // ü\n", &[(1, "ü")]);
        check("a.jsonnet", "{ a: '#', } # b\n", &[(1, "b")]);
        check("a.bin", "# x", &[]);
    }

    #[test]
    fn code_that_cannot_be_parsed_has_its_comments_all_the_same() {
        let text = format!("// a\nx = {}\n", "(".repeat(1000));
        check("a.ts", &text, &[(1, "a")]);
    }
}
