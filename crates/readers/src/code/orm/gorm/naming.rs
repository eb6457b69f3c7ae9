//! The names that GORM derives: `UserID` is stored as `user_id`, `APIKey` in `api_keys`.
//!
//! <https://github.com/go-gorm/gorm/blob/master/schema/naming.go>.

use crate::code::inflections::plural;

/// Words in capitals that are one word, in the order in which they are looked for.
const INITIALISMS: &[&str] = &[
    "API", "ASCII", "CPU", "CSS", "DNS", "EOF", "GUID", "HTML", "HTTP", "HTTPS", "ID", "IP",
    "JSON", "LHS", "QPS", "RAM", "RHS", "RPC", "SLA", "SMTP", "SSH", "TLS", "TTL", "UID", "UI",
    "UUID", "URI", "URL", "UTF8", "VM", "XML", "XSRF", "XSS",
];

/// Returns the column of a field.
pub(super) fn column_of(field: &str) -> String {
    let letters: Vec<char> = with_words(field).chars().collect();
    let is_upper = |at: usize| letters.get(at).is_some_and(char::is_ascii_uppercase);
    let mut out = String::new();
    for (at, c) in letters.iter().enumerate() {
        if !c.is_ascii_uppercase() {
            out.push(*c);
            continue;
        }
        let last = at + 1 == letters.len();
        let upper_before = at > 0 && is_upper(at - 1);
        let goes_on = is_upper(at + 1) || letters.get(at + 1).is_some_and(char::is_ascii_digit);
        let beside_underscore =
            at == 0 || letters[at - 1] == '_' || letters.get(at + 1) == Some(&'_');
        let joined = if last {
            upper_before || at == 0
        } else {
            upper_before && goes_on || beside_underscore
        };
        if !joined {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// Returns the table of a struct.
pub(super) fn table_of(name: &str) -> String {
    plural(&column_of(name))
}

/// Returns a name whose words in capitals begin with one and go on in lowercase: `UserID` → `UserId`.
fn with_words(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some(first) = rest.chars().next() {
        let word = INITIALISMS.iter().find(|w| rest.starts_with(**w));
        let length = word.map_or(first.len_utf8(), |w| w.len());
        out.push(first);
        out.push_str(&rest[first.len_utf8()..length].to_lowercase());
        rest = &rest[length..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_the_field_in_snake_case() {
        let pairs = [
            ("Name", "name"),
            ("ID", "id"),
            ("UserID", "user_id"),
            ("IPv4", "ipv4"),
            ("CreatedAt", "created_at"),
            ("HTTPAndSMTP", "http_and_smtp"),
            ("SHA256Hash", "sha256_hash"),
            ("XAxis", "x_axis"),
            ("AB", "ab"),
            ("FieldX", "field_x"),
        ];
        for (field, column) in pairs {
            assert_eq!(column_of(field), column);
        }
    }

    #[test]
    fn a_table_is_the_struct_in_the_plural() {
        assert_eq!(table_of("User"), "users");
        assert_eq!(table_of("APIKey"), "api_keys");
        assert_eq!(table_of("Category"), "categories");
    }
}
