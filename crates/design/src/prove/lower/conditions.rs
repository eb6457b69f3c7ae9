//! Conditions to expressions.

use crate::language::{Condition, ConditionKind, FieldPath, Name, Operation, Operator};
use crate::prove::machine::{Cell, Expression, Join};

use super::Lowering;
use super::data::{counted_as, number};

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
            ConditionKind::Binary(operator, left, right) => {
                let left = self.condition(left, scope);
                let right = self.condition(right, scope);
                joined(*operator, left, right)
            }
            ConditionKind::In(inner, values) => {
                let inner = self.condition(inner, scope);
                let values = values.iter().map(|v| self.condition(v, scope)).collect();
                Expression::In(Box::new(inner), values)
            }
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
                self.unclear(format!("no table has `{}.{}`", path.table, path.field), path.span());
                Expression::Number(0)
            }
        }
    }

    /// Returns the cell of a field: of the service that is named, of this one, or of the only other one that has it.
    pub(super) fn cell(&self, path: &FieldPath, service: &str) -> Option<Cell> {
        let of = |service: &str| {
            let name = (service.to_owned(), path.table.text.clone(), path.field.text.clone());
            self.fields.get(&name).copied()
        };
        if let Some(named) = &path.service {
            return of(&named.text);
        }
        of(service).or_else(|| self.design.services.iter().find_map(|s| of(&s.name.text)))
    }

    fn effects(&mut self, external: &Name, counted: &Name, scope: &dyn Scope) -> Expression {
        let Some(declared) = self.design.externals.iter().find(|e| e.name.text == external.text) else {
            self.unclear(format!("there is no external system `{external}`"), external.span);
            return Expression::Number(0);
        };
        let operations: Vec<&Operation> = declared.operations.iter().filter(|o| !o.read_only).collect();
        if counted == "net" {
            return self.net(&external.text, &operations, scope);
        }
        let found = operations
            .iter()
            .find(|o| counted_as(o) == counted.text || o.name.text == counted.text)
            .or_else(|| operations.iter().find(|o| counted.text.starts_with(stem(&o.name.text))));
        match found {
            Some(operation) => self.count(&external.text, &operation.name.text, scope),
            None => {
                self.unclear(format!("`{external}` has no operation that is counted as `{counted}`"), counted.span);
                Expression::Number(0)
            }
        }
    }

    /// Returns how many effects an operation has had.
    pub(super) fn count(&self, external: &str, operation: &str, scope: &dyn Scope) -> Expression {
        self.ledger
            .get(&(external.to_owned(), operation.to_owned()))
            .map_or(Expression::Number(0), |ledger| scope.read(ledger.count))
    }

    /// Returns the effects that were carried out less those that were taken back.
    pub(super) fn net(&self, external: &str, operations: &[&Operation], scope: &dyn Scope) -> Expression {
        let mut net = Expression::Number(0);
        for operation in operations.iter().filter(|o| !o.read_only) {
            let join = if takes_back(operation) { Join::Minus } else { Join::Plus };
            let count = self.count(external, &operation.name.text, scope);
            net = if net == Expression::Number(0) && join == Join::Plus {
                count
            } else {
                net.join(join, count)
            };
        }
        net
    }
}

/// Words for what takes an effect back, where the operation does not say so itself.
const TAKES_BACK: &[&str] = &["refund", "void", "reverse", "cancel", "release", "rollback", "credit_back", "uncapture"];

/// Whether an operation takes the effect of another one back.
pub(super) fn takes_back(operation: &Operation) -> bool {
    operation.undoes.is_some()
        || operation.noop_if.as_ref().is_some_and(|text| text.text.starts_with("nothing "))
        || TAKES_BACK.contains(&operation.name.text.as_str())
}

/// Returns the part of a verb that its forms share.
pub(super) fn stem(verb: &str) -> &str {
    verb.strip_suffix(['e', 'y']).unwrap_or(verb)
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
    if swap { right.join(join, left) } else { left.join(join, right) }
}
