//! Queries that a tool turns into functions of the same name: `-- name: GetUser :one`.

/// A query with a name of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedQuery {
    /// The line of its name, from 1.
    pub line: u32,
    /// The name.
    pub name: String,
}

/// Returns the named queries in a file of SQL, or in the code that holds them as texts, in the order of their lines:
/// <https://docs.sqlc.dev/en/stable/reference/query-annotations.html>.
pub fn named_queries(text: &str) -> Vec<NamedQuery> {
    let named = |(line, text): (u32, &str)| {
        let (_, after) = text.split_once("-- name: ")?;
        let mut words = after.split_whitespace();
        let name = words.next()?;
        let annotated = words.next()?.starts_with(':');
        annotated.then(|| NamedQuery {
            line,
            name: name.to_owned(),
        })
    };
    (1..).zip(text.lines()).filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_comment_with_the_kind_of_its_result() {
        let text = "-- name: GetUser :one\nSELECT 1;\nconst x = `-- name: Drop_1 :exec\n-- name: no kind\n";
        let found = named_queries(text);
        let found: Vec<(u32, &str)> = found.iter().map(|q| (q.line, q.name.as_str())).collect();
        assert_eq!(found, [(1, "GetUser"), (3, "Drop_1")]);
    }
}
