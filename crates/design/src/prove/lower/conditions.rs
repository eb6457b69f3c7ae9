//! Conditions to expressions.

use crate::language::{
    Condition, ConditionKind, Counted, External, FieldPath, Name, Operation, Operator,
};
use crate::prove::machine::{Cell, Expression, Join};

use super::Lowering;
use super::data::number;

/// What words and fields mean at some place.
pub(super) trait Scope {
    /// Returns the outcome of a call that a word alone stands for.
    fn outcome(&self, word: &str) -> Option<Expression>;
    /// Returns what a field of the message at hand is.
    fn message_field(&self, message: &str, field: &str) -> Option<Expression>;
    /// Returns the service whose tables come first.
    fn service(&self) -> &str;
    /// Returns how a cell is read here.
    fn read(&self, cell: Cell) -> Expression;
}

/// Outside of handlers: properties and reconciliations see everything as it is.
pub(super) struct Everywhere<'a>(pub(super) &'a str);

impl Scope for Everywhere<'_> {
    fn outcome(&self, _: &str) -> Option<Expression> {
        None
    }
    fn message_field(&self, _: &str, _: &str) -> Option<Expression> {
        None
    }
    fn service(&self) -> &str {
        self.0
    }
    fn read(&self, cell: Cell) -> Expression {
        Expression::Cell(cell)
    }
}

impl Lowering<'_> {
    /// Returns a condition, or a value in one, as an expression.
    pub(super) fn condition(&mut self, condition: &Condition, scope: &dyn Scope) -> Expression {
        match &condition.kind {
            ConditionKind::Number(n) => Expression::Number(number(*n)),
            ConditionKind::Word(word) => self.word_in(word, scope),
            ConditionKind::Field(path) => self.field_in(path, scope),
            ConditionKind::Effects {
                external, counted, ..
            } => self.effects(external, counted, scope),
            ConditionKind::Not(inner) => self.condition(inner, scope).not(),
            ConditionKind::Binary(
                operator @ (Operator::And | Operator::Or | Operator::Implies),
                left,
                right,
            ) => {
                let left = self.condition(left, scope);
                let right = self.condition(right, scope);
                joined(*operator, left, right)
            }
            ConditionKind::Binary(operator, left, right) => {
                let left = self.value(left, scope);
                let right = self.value(right, scope);
                joined(*operator, left, right)
            }
            ConditionKind::In(inner, values) => {
                let inner = self.value(inner, scope);
                let values = values.iter().map(|v| self.value(v, scope)).collect();
                Expression::In(Box::new(inner), values)
            }
        }
    }

    /// Returns a value: a word is a value of a field there, whatever the last call may answer.
    pub(super) fn value(&mut self, value: &Condition, scope: &dyn Scope) -> Expression {
        match &value.kind {
            ConditionKind::Word(word) if !matches!(word.text.as_str(), "true" | "false") => {
                Expression::Number(self.word(&word.text))
            }
            _ => self.condition(value, scope),
        }
    }

    fn word_in(&mut self, word: &Name, scope: &dyn Scope) -> Expression {
        match word.text.as_str() {
            "true" => Expression::Number(1),
            "false" => Expression::Number(0),
            text => scope
                .outcome(text)
                .unwrap_or_else(|| Expression::Number(self.word(text))),
        }
    }

    fn field_in(&mut self, path: &FieldPath, scope: &dyn Scope) -> Expression {
        if let Some(value) = scope.message_field(&path.table.text, &path.field.text) {
            return value;
        }
        match self.cell(path, scope.service()) {
            Some(cell) => scope.read(cell),
            None => {
                self.unclear(
                    format!("no table has `{}.{}`", path.table, path.field),
                    path.span(),
                );
                Expression::Number(0)
            }
        }
    }

    /// Returns the cell of a field: of the service that is named, of this one, or of the only other one that has it.
    pub(super) fn cell(&self, path: &FieldPath, service: &str) -> Option<Cell> {
        let of = |service: &str| {
            let name = (
                service.to_owned(),
                path.table.text.clone(),
                path.field.text.clone(),
            );
            self.fields.get(&name).copied()
        };
        if let Some(named) = &path.service {
            return of(&named.text);
        }
        of(service).or_else(|| self.design.services.iter().find_map(|s| of(&s.name.text)))
    }

    fn effects(&mut self, external: &Name, counted: &Name, scope: &dyn Scope) -> Expression {
        let declared = self.scope.external(&external.text);
        match declared.and_then(|e| Some((e, self.scope.counted(e, &counted.text)?))) {
            Some((external, counted)) => self.counted(external, &counted, scope),
            None => {
                self.unclear(format!("`{external}` counts no `{counted}`"), counted.span);
                Expression::Number(0)
            }
        }
    }

    /// Returns the effects that are counted less those that are taken off.
    pub(super) fn counted(
        &self,
        external: &External,
        counted: &Counted<'_>,
        scope: &dyn Scope,
    ) -> Expression {
        let count =
            |operation: &&Operation| self.count(&external.name.text, &operation.name.text, scope);
        let mut plus = counted.plus.iter().map(count);
        let first = plus.next().unwrap_or(Expression::Number(0));
        let sum = plus.fold(first, |sum, one| sum.join(Join::Plus, one));
        counted
            .minus
            .iter()
            .map(count)
            .fold(sum, |sum, one| sum.join(Join::Minus, one))
    }

    /// Returns how many effects an operation has had.
    pub(super) fn count(&self, external: &str, operation: &str, scope: &dyn Scope) -> Expression {
        self.ledger
            .get(&(external.to_owned(), operation.to_owned()))
            .map_or(Expression::Number(0), |ledger| scope.read(ledger.count))
    }
}

fn joined(operator: Operator, left: Expression, right: Expression) -> Expression {
    let (join, swap) = match operator {
        Operator::Implies => (Join::Implies, false),
        Operator::Or => (Join::Or, false),
        Operator::And => (Join::And, false),
        Operator::Equal => (Join::Equal, false),
        Operator::Unequal => (Join::Unequal, false),
        Operator::Less => (Join::Less, false),
        Operator::AtMost => (Join::AtMost, false),
        Operator::More => (Join::Less, true),
        Operator::AtLeast => (Join::AtMost, true),
        Operator::Plus => (Join::Plus, false),
        Operator::Minus => (Join::Minus, false),
    };
    if swap {
        right.join(join, left)
    } else {
        left.join(join, right)
    }
}
