//! One spelling for each type.

use coexist_model::Dialect;

use crate::sql::cursor::{Cursor, unquoted};
use crate::sql::lex::{Kind, Lexer};

/// Returns the type that a text spells, as [`coexist_model::Column::type_name`] wants it.
pub(crate) fn type_of(text: &str, dialect: Dialect) -> String {
    let mut lexer = Lexer::new(text, 0, text.len(), dialect);
    let tokens: Vec<_> = std::iter::from_fn(|| lexer.token()).collect();
    type_name(&Cursor::new(text, &tokens, dialect))
}

/// Returns the type that these tokens spell, as [`coexist_model::Column::type_name`] wants it.
pub(super) fn type_name(tokens: &Cursor<'_>) -> String {
    let (base, modifiers) = spelled(tokens);
    let (base, arrays) = match base.find('[') {
        Some(at) => (base[..at].to_owned(), base[at..].matches('[').count()),
        None => (base, 0),
    };
    let named = canonical(&base, &modifiers, tokens.dialect);
    named + &"[]".repeat(arrays)
}

/// Returns whether a type numbers the rows by itself: PostgreSQL's `serial` and its sisters.
pub(super) fn is_serial(tokens: &Cursor<'_>) -> bool {
    let words = [
        "serial",
        "bigserial",
        "smallserial",
        "serial2",
        "serial4",
        "serial8",
    ];
    tokens.is_any(0, &words)
}

/// Returns the words of the type, and its modifiers `(10,2)` with their bracket.
fn spelled(tokens: &Cursor<'_>) -> (String, String) {
    let mut cursor = *tokens;
    let (mut base, mut modifiers) = (String::new(), String::new());
    while let Some(token) = cursor.token() {
        match token.kind {
            Kind::Mark(b'(') => {
                let Some(group) = cursor.group() else { break };
                // `timestamp(3) with time zone`: the modifier belongs to the first word, so it is kept apart.
                let items = group.commas();
                let items: Vec<String> = items.iter().map(|item| item.source()).collect();
                modifiers = format!("({})", items.join(","));
                continue;
            }
            Kind::Mark(b'[') => {
                cursor.skip();
                base.push_str("[]");
                continue;
            }
            Kind::Mark(b'.') => base.push('.'),
            Kind::Quoted => push(&mut base, &unquoted(cursor.text_of(token))),
            _ if cursor.is_any(0, &["array"]) => base.push_str("[]"),
            _ => push(&mut base, &cursor.text_of(token).to_lowercase()),
        }
        cursor.advance(1);
    }
    for schema in ["pg_catalog.", "public."] {
        if let Some(rest) = base.strip_prefix(schema) {
            base = rest.to_owned();
        }
    }
    (base, modifiers)
}

fn push(base: &mut String, word: &str) {
    if !base.is_empty() && !base.ends_with('.') {
        base.push(' ');
    }
    base.push_str(word);
}

/// Aliases: <https://www.postgresql.org/docs/17/datatype.html>, <https://dev.mysql.com/doc/refman/8.4/en/other-vendor-data-types.html>.
fn canonical(base: &str, modifiers: &str, dialect: Dialect) -> String {
    let mysql = dialect == Dialect::MySql;
    let unsigned = if base.contains("unsigned") {
        " unsigned"
    } else {
        ""
    };
    let base = base.replace(" unsigned", "").replace(" zerofill", "");
    let base = base.replace(" signed", "");
    let zoned = |name: &str, zone: &str| format!("{name}{modifiers}{zone}");
    match base.as_str() {
        "int" | "int4" | "integer" | "serial" | "serial4" => format!("integer{unsigned}"),
        "int8" | "bigint" | "bigserial" | "serial8" => format!("bigint{unsigned}"),
        "int2" | "smallint" | "smallserial" | "serial2" => format!("smallint{unsigned}"),
        "tinyint" if mysql && modifiers == "(1)" => "boolean".to_owned(),
        "mediumint" | "tinyint" => format!("{base}{unsigned}"),
        "bool" | "boolean" => "boolean".to_owned(),
        "varchar" | "character varying" | "char varying" | "nvarchar" => {
            format!("varchar{modifiers}")
        }
        "char" | "character" | "bpchar" | "nchar" | "national character" => {
            let length = if modifiers.is_empty() {
                "(1)"
            } else {
                modifiers
            };
            format!("char{length}")
        }
        "bit varying" | "varbit" => format!("bit varying{modifiers}"),
        "decimal" | "numeric" | "dec" => format!("numeric{}{unsigned}", precise(modifiers)),
        "float8" | "double precision" | "double" => "double precision".to_owned(),
        "float4" | "real" if !mysql => "real".to_owned(),
        "float" if !mysql && modifiers.is_empty() => "double precision".to_owned(),
        "timestamptz" | "timestamp with time zone" => zoned("timestamp", " with time zone"),
        "timestamp" | "timestamp without time zone" => zoned("timestamp", ""),
        "timetz" | "time with time zone" => zoned("time", " with time zone"),
        "time" | "time without time zone" => zoned("time", ""),
        "enum" | "set" if mysql => format!("{base}{modifiers}"),
        _ => format!("{base}{}{unsigned}", modifiers.to_lowercase()),
    }
}

/// `numeric(10,0)` is `numeric(10)`.
fn precise(modifiers: &str) -> String {
    match modifiers.strip_suffix(",0)") {
        Some(head) => format!("{head})"),
        None => modifiers.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::lex::{Lexer, Token};

    fn check(dialect: Dialect, pairs: &[(&str, &str)]) {
        for (text, expected) in pairs {
            let mut lexer = Lexer::new(text, 0, text.len(), dialect);
            let tokens: Vec<Token> = std::iter::from_fn(|| lexer.token()).collect();
            assert_eq!(type_name(&Cursor::new(text, &tokens, dialect)), *expected);
        }
    }

    #[test]
    fn a_type_has_one_spelling() {
        check(
            Dialect::Postgres,
            &[
                ("INT4", "integer"),
                ("pg_catalog.varchar( 100 )", "varchar(100)"),
                ("character varying (20)", "varchar(20)"),
                ("TIMESTAMPTZ", "timestamp with time zone"),
                (
                    "timestamp (3) WITH TIME ZONE",
                    "timestamp(3) with time zone",
                ),
                ("timestamp(3) without time zone", "timestamp(3)"),
                ("text[]", "text[]"),
                ("int ARRAY", "integer[]"),
                ("DECIMAL(10, 2)", "numeric(10,2)"),
                ("numeric(10,0)", "numeric(10)"),
                ("double precision", "double precision"),
                ("bigserial", "bigint"),
                ("\"Role\"", "Role"),
                ("public.status", "status"),
                ("app.status", "app.status"),
                ("char", "char(1)"),
                ("vector(1536)", "vector(1536)"),
                ("", ""),
            ],
        );
    }

    #[test]
    fn mysql_shows_what_its_display_widths_hide() {
        check(
            Dialect::MySql,
            &[
                ("int(11)", "integer"),
                ("INT(10) UNSIGNED", "integer unsigned"),
                ("tinyint(1)", "boolean"),
                ("tinyint(4)", "tinyint"),
                ("ENUM('a', 'B')", "enum('a','B')"),
                ("datetime(6)", "datetime(6)"),
                ("bigint(20) unsigned zerofill", "bigint unsigned"),
            ],
        );
    }
}
