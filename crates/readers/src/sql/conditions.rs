//! Conditions: whether a row fails a CHECK as far as its values are known, and which rows a partial index covers.

use coexist_model::Dialect;
use sqlparser::ast::{BinaryOperator, Expr, Ident, UnaryOperator, Value as Literal};
use sqlparser::dialect::{MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

/// A condition longer than this is not read.
const LONGEST: usize = 4096;

/// What a row has in a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Held {
    /// NULL.
    Null,
    /// This text.
    Text(String),
    /// Something that is not known.
    Unknown,
}

/// What a condition is for a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    /// It holds.
    Holds,
    /// It does not hold.
    Fails,
    /// It is NULL, which no CHECK refuses.
    Null,
    /// It depends on what is not known.
    Unknown,
}

impl Truth {
    fn not(self) -> Self {
        match self {
            Self::Holds => Self::Fails,
            Self::Fails => Self::Holds,
            other => other,
        }
    }

    fn of(holds: bool) -> Self {
        if holds { Self::Holds } else { Self::Fails }
    }
}

/// Returns what a condition is for a row; None where it is not understood.
pub(crate) fn truth(
    condition: &str,
    dialect: Dialect,
    held: &dyn Fn(&str) -> Held,
) -> Option<Truth> {
    if condition.len() > LONGEST {
        return None;
    }
    let parsed = match dialect {
        Dialect::Postgres => expression(&PostgreSqlDialect {}, condition),
        Dialect::MySql => expression(&MySqlDialect {}, condition),
        Dialect::Sqlite => expression(&SQLiteDialect {}, condition),
    };
    let row = Row { dialect, held };
    parsed.map(|expr| row.truth(&expr))
}

fn expression(dialect: &dyn sqlparser::dialect::Dialect, condition: &str) -> Option<Expr> {
    let mut parser = Parser::new(dialect).try_with_sql(condition).ok()?;
    parser.parse_expr().ok()
}

struct Row<'a> {
    dialect: Dialect,
    held: &'a dyn Fn(&str) -> Held,
}

impl Row<'_> {
    fn truth(&self, expr: &Expr) -> Truth {
        match expr {
            Expr::Nested(inner) => self.truth(inner),
            Expr::IsNull(inner) => self.is_null(inner),
            Expr::IsNotNull(inner) => self.is_null(inner).not(),
            Expr::UnaryOp {
                op: UnaryOperator::Not,
                expr,
            } => self.truth(expr).not(),
            Expr::BinaryOp { left, op, right } => self.combined(left, op, right),
            Expr::InList {
                expr,
                list,
                negated,
            } => {
                let among = self.among(expr, list);
                if *negated { among.not() } else { among }
            }
            Expr::Between { expr, .. } | Expr::Like { expr, .. } | Expr::ILike { expr, .. } => {
                match self.value(expr) {
                    Held::Null => Truth::Null,
                    _ => Truth::Unknown,
                }
            }
            other => match self.value(other) {
                Held::Null => Truth::Null,
                _ => Truth::Unknown,
            },
        }
    }

    fn is_null(&self, expr: &Expr) -> Truth {
        match self.value(expr) {
            Held::Null => Truth::Holds,
            Held::Text(_) => Truth::Fails,
            Held::Unknown => Truth::Unknown,
        }
    }

    /// <https://www.postgresql.org/docs/17/functions-logical.html>
    fn combined(&self, left: &Expr, op: &BinaryOperator, right: &Expr) -> Truth {
        use Truth::{Fails, Holds, Null, Unknown};
        match op {
            BinaryOperator::And => match (self.truth(left), self.truth(right)) {
                (Fails, _) | (_, Fails) => Fails,
                (Unknown, _) | (_, Unknown) => Unknown,
                (Null, _) | (_, Null) => Null,
                (Holds, Holds) => Holds,
            },
            BinaryOperator::Or => match (self.truth(left), self.truth(right)) {
                (Holds, _) | (_, Holds) => Holds,
                (Unknown, _) | (_, Unknown) => Unknown,
                (Null, _) | (_, Null) => Null,
                (Fails, Fails) => Fails,
            },
            BinaryOperator::Eq => self.equal(left, right),
            BinaryOperator::NotEq => self.equal(left, right).not(),
            BinaryOperator::Lt
            | BinaryOperator::LtEq
            | BinaryOperator::Gt
            | BinaryOperator::GtEq => match (self.value(left), self.value(right)) {
                (Held::Null, _) | (_, Held::Null) => Null,
                _ => Unknown,
            },
            _ => Unknown,
        }
    }

    fn equal(&self, left: &Expr, right: &Expr) -> Truth {
        self.same(&self.value(left), &self.value(right))
    }

    /// Where texts are compared whatever the case of their letters, two that differ may be equal.
    fn same(&self, left: &Held, right: &Held) -> Truth {
        match (left, right) {
            (Held::Null, _) | (_, Held::Null) => Truth::Null,
            (Held::Text(a), Held::Text(b)) if a == b => Truth::Holds,
            (Held::Text(a), Held::Text(b)) => {
                let exact = self.dialect != Dialect::MySql && !a.eq_ignore_ascii_case(b);
                if exact {
                    Truth::of(false)
                } else {
                    Truth::Unknown
                }
            }
            _ => Truth::Unknown,
        }
    }

    fn among(&self, expr: &Expr, list: &[Expr]) -> Truth {
        let value = self.value(expr);
        if value == Held::Null {
            return Truth::Null;
        }
        let matches: Vec<Truth> = list
            .iter()
            .map(|e| self.same(&value, &self.value(e)))
            .collect();
        if matches.contains(&Truth::Holds) {
            Truth::Holds
        } else if matches.iter().all(|m| *m == Truth::Fails) {
            Truth::Fails
        } else {
            Truth::Unknown
        }
    }

    fn value(&self, expr: &Expr) -> Held {
        match expr {
            Expr::Nested(inner) => self.value(inner),
            Expr::Cast { expr, .. } => self.value(expr),
            Expr::Identifier(ident) => self.column(ident),
            Expr::CompoundIdentifier(parts) => {
                parts.last().map_or(Held::Unknown, |p| self.column(p))
            }
            Expr::Value(literal) => match &literal.value {
                Literal::Null => Held::Null,
                Literal::SingleQuotedString(text) => Held::Text(text.clone()),
                _ => Held::Unknown,
            },
            _ => Held::Unknown,
        }
    }

    fn column(&self, ident: &Ident) -> Held {
        (self.held)(&ident.value)
    }
}

/// Returns the condition of a partial index in one spelling: without brackets around it, in small letters but for texts and quoted
/// names, with one space where there is white space.
pub(crate) fn predicate(condition: &str) -> String {
    let mut text = condition.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')) {
        let mut depth = 0i64;
        let closes = inner.chars().any(|c| {
            depth += i64::from(c == '(') - i64::from(c == ')');
            depth < 0
        });
        if closes {
            break;
        }
        text = inner.trim();
    }
    let mut out = String::with_capacity(text.len());
    let mut quote = None;
    for c in text.chars() {
        match quote {
            Some(q) => {
                if q == c {
                    quote = None;
                }
                out.push(c);
            }
            None if c.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            None => {
                quote = matches!(c, '\'' | '"' | '`').then_some(c);
                out.extend(c.to_lowercase());
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(condition: &str) -> Option<Truth> {
        let held = |column: &str| match column {
            "nothing" => Held::Null,
            "state" => Held::Text("open".to_owned()),
            _ => Held::Unknown,
        };
        truth(condition, Dialect::Postgres, &held)
    }

    #[test]
    fn a_condition_is_true_false_null_or_not_known() {
        let expected = [
            ("nothing IS NULL OR other IS NOT NULL", Truth::Holds),
            ("nothing IS NOT NULL", Truth::Fails),
            ("nothing IN ('a', 'b')", Truth::Null),
            ("NOT (nothing > 0)", Truth::Null),
            ("state IN ('open', 'shut')", Truth::Holds),
            ("(state = 'shut')", Truth::Fails),
            ("other > 0", Truth::Unknown),
            ("nothing > 0 AND other > 0", Truth::Unknown),
            ("length(nothing) > 2", Truth::Unknown),
            ("state = 'OPEN'", Truth::Unknown),
        ];
        for (condition, truth) in expected {
            assert_eq!(of(condition), Some(truth), "{condition}");
        }
        assert_eq!(of("state IN ("), None);
    }

    #[test]
    fn a_predicate_has_one_spelling() {
        assert_eq!(predicate("((Revoked_at IS\n  NULL))"), "revoked_at is null");
        assert_eq!(predicate("(a) OR (b = 'X  y')"), "(a) or (b = 'X  y')");
    }
}
