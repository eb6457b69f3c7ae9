//! Conditions and the values in them, by precedence: `=>` binds least, then `||`, `&&`, comparisons and `in`, `+` and `-`, `!`.

use crate::language::lexer::{Kind, Token};
use crate::language::span::GAP;
use crate::language::{Condition, ConditionKind, FieldPath, Name, Operator, Span};

use super::cursor::{Cursor, PARTS};

/// Parentheses and `!` in each other that are read.
const DEPTH: usize = 64;

/// Returns the condition at this place.
pub(super) fn condition(cursor: &mut Cursor<'_, '_>) -> Option<Condition> {
    implication(cursor, 0)
}

fn implication(cursor: &mut Cursor<'_, '_>, depth: usize) -> Option<Condition> {
    let left = joined(cursor, depth, 0)?;
    if !cursor.take_mark("=>") {
        return Some(left);
    }
    // `a => b => c` is `a => (b => c)`; each arrow counts as a parenthesis.
    if depth >= DEPTH {
        return too_deep(cursor);
    }
    let right = implication(cursor, depth + 1)?;
    Some(binary(Operator::Implies, left, right))
}

/// Operators that bind alike, those that bind least first.
const LEVELS: &[&[Operator]] = &[
    &[Operator::Or],
    &[Operator::And],
    &[
        Operator::Equal,
        Operator::Unequal,
        Operator::AtMost,
        Operator::AtLeast,
        Operator::Less,
        Operator::More,
    ],
    &[Operator::Plus, Operator::Minus],
];

fn joined(cursor: &mut Cursor<'_, '_>, depth: usize, level: usize) -> Option<Condition> {
    let Some(operators) = LEVELS.get(level) else {
        return single(cursor, depth);
    };
    let mut left = joined(cursor, depth, level + 1)?;
    loop {
        let operator = operators.iter().find(|o| cursor.take_mark(o.mark()));
        if let Some(operator) = operator {
            let right = joined(cursor, depth, level + 1)?;
            left = binary(*operator, left, right);
        } else if operators.contains(&Operator::Equal) && cursor.take_word("in").is_some() {
            left = within(cursor, left, depth)?;
        } else {
            return Some(left);
        }
    }
}

fn binary(operator: Operator, left: Condition, right: Condition) -> Condition {
    let span = left.span.to(right.span);
    Condition {
        kind: ConditionKind::Binary(operator, Box::new(left), Box::new(right)),
        span,
    }
}

/// `in (a, b)`.
fn within(cursor: &mut Cursor<'_, '_>, value: Condition, depth: usize) -> Option<Condition> {
    let (list, end) = list(cursor, depth)?;
    Some(Condition {
        span: value.span.to(end),
        kind: ConditionKind::In(Box::new(value), list),
    })
}

/// Returns the values between parentheses, and the closing one.
fn list(cursor: &mut Cursor<'_, '_>, depth: usize) -> Option<(Vec<Condition>, Span)> {
    let help = "write the values between parentheses: (a, b)";
    if !cursor.take_mark("(") {
        cursor.expected("`(`", help);
        return None;
    }
    if depth >= DEPTH {
        return too_deep(cursor);
    }
    let mut values = Vec::new();
    loop {
        let here = cursor.here();
        if cursor.take_mark(")") {
            return Some((values, here));
        }
        values.push(implication(cursor, depth + 1)?);
        let here = cursor.here();
        if cursor.take_mark(")") {
            return Some((values, here));
        }
        if !cursor.take_mark(",") {
            cursor.expected("`,` or `)`", help);
            return None;
        }
    }
}

fn too_deep<T>(cursor: &mut Cursor<'_, '_>) -> Option<T> {
    cursor.fail(
        cursor.here(),
        format!("this condition has more than {DEPTH} levels, or more than {PARTS} parts"),
        "what is beyond that is not read",
        "write two conditions instead of one",
    );
    None
}

fn single(cursor: &mut Cursor<'_, '_>, depth: usize) -> Option<Condition> {
    if depth >= DEPTH || !cursor.spend() {
        return too_deep(cursor);
    }
    let Some(token) = cursor.peek() else {
        cursor.expected("a condition or a value", HELP);
        return None;
    };
    match token.kind {
        Kind::Word if token.text == "not" => {
            cursor.next();
            negation(cursor, token, depth)
        }
        Kind::Word => word(cursor, depth),
        Kind::Number => {
            cursor.next();
            number(cursor, token, 1)
        }
        Kind::Mark if token.text == "!" => {
            cursor.next();
            negation(cursor, token, depth)
        }
        Kind::Mark if token.text == "-" => {
            cursor.next();
            match cursor.next() {
                Some(digits) if digits.kind == Kind::Number => number(cursor, digits, -1),
                _ => {
                    cursor.expected("a number behind `-`", HELP);
                    None
                }
            }
        }
        Kind::Mark if token.text == "(" => {
            cursor.next();
            let mut inner = implication(cursor, depth + 1)?;
            let end = cursor.here();
            cursor.expect_mark(")", "close the parenthesis");
            inner.span = token.span.to(end);
            Some(inner)
        }
        _ => {
            cursor.expected("a condition or a value", HELP);
            None
        }
    }
}

const HELP: &str = "a condition is such as order.status == placed && stock.free > 0";

fn negation(cursor: &mut Cursor<'_, '_>, mark: Token<'_>, depth: usize) -> Option<Condition> {
    let inner = single(cursor, depth + 1)?;
    Some(Condition {
        span: mark.span.to(inner.span),
        kind: ConditionKind::Not(Box::new(inner)),
    })
}

fn number(cursor: &mut Cursor<'_, '_>, token: Token<'_>, sign: i64) -> Option<Condition> {
    let Ok(value) = token.text.parse::<i64>() else {
        cursor.fail(
            token.span,
            format!("`{}` is no number that a field can hold", token.text),
            "fields are finite: their values are words and small whole numbers",
            "write a whole number without a unit",
        );
        return None;
    };
    Some(Condition {
        kind: ConditionKind::Number(sign * value),
        span: token.span,
    })
}

/// A word, a field, or a count of effects.
fn word(cursor: &mut Cursor<'_, '_>, depth: usize) -> Option<Condition> {
    let first = cursor.name_if()?;
    let mut names = vec![first];
    while names.len() < 3 && cursor.peek().is_some_and(|t| t.is_mark(".")) {
        cursor.next();
        names.push(cursor.word("a field", "a field stands behind its table: order.status")?);
    }
    if cursor.peek().is_some_and(|t| t.is_mark("(")) && names.len() == 2 {
        let (arguments, end) = list(cursor, depth)?;
        let counted = names.pop()?;
        let external = names.pop()?;
        return Some(Condition {
            span: external.span.to(end),
            kind: ConditionKind::Effects {
                external,
                counted,
                arguments,
            },
        });
    }
    let span = names.first()?.span.to(names.last()?.span);
    let kind = match path(names) {
        Ok(path) => ConditionKind::Field(path),
        Err(name) => ConditionKind::Word(name),
    };
    Some(Condition { kind, span })
}

/// Returns the names as the path of a field; one name alone is none.
pub(super) fn path(mut names: Vec<Name>) -> Result<FieldPath, Name> {
    let last = names.pop().unwrap_or_else(|| Name {
        text: GAP.to_owned(),
        span: Span::default(),
    });
    match names.pop() {
        None => Err(last),
        Some(table) => Ok(FieldPath {
            service: names.pop(),
            table,
            field: last,
        }),
    }
}
