//! What conditions and values mean, and whether they fit.

use crate::language::{Condition, ConditionKind, Domain, FieldPath, Name, Operator, Span};

use super::Check;
use super::counted::counts;
use super::scope::Located;

/// What a condition gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    /// True or false.
    Truth,
    /// A number.
    Number,
    /// A value of some field, a key, or what a message carries.
    Value,
}

/// Where a condition stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Place<'a> {
    /// The service, in a handler.
    pub(super) at: Option<&'a str>,
    /// The outcomes of the calls before it.
    pub(super) outcomes: Vec<&'a str>,
}

impl<'a> Place<'a> {
    /// Returns the place of a condition that stands in no handler.
    pub(super) fn outside(at: Option<&'a str>) -> Self {
        Self {
            at,
            outcomes: Vec::new(),
        }
    }
}

/// What the words of a comparison can mean: the values of the field on its other side.
type Meant<'d> = Option<(&'d Name, &'d Domain)>;

impl<'a> Check<'a> {
    /// Tells what is wrong with a condition that has to give something.
    pub(super) fn condition(&mut self, condition: &Condition, wanted: Type, place: &Place<'_>) {
        let given = self.given(condition, None, place);
        let fits = match (wanted, given) {
            (_, None) => true,
            (Type::Truth, Some(given)) => given == Type::Truth,
            (Type::Number, Some(given)) => given == Type::Number,
            (Type::Value, Some(_)) => true,
        };
        if !fits {
            let (what, help) = match wanted {
                Type::Number => (
                    "a number is expected here",
                    "use a number, or a field whose values are numbers",
                ),
                _ => (
                    "this is no condition: it is neither true nor false",
                    "compare it: order.status == placed",
                ),
            };
            self.problem(
                condition.span,
                what,
                "it cannot be told when it holds",
                help,
            );
        }
    }

    /// Returns what a condition gives; None where that was told already, or does not matter.
    fn given(
        &mut self,
        condition: &Condition,
        meant: Meant<'a>,
        place: &Place<'_>,
    ) -> Option<Type> {
        match &condition.kind {
            ConditionKind::Number(_) => Some(Type::Number),
            ConditionKind::Word(word) => self.word(word, meant, place),
            ConditionKind::Field(path) => match self.path(path, place.at)?.1 {
                Domain::Words(_) => Some(Type::Value),
                Domain::Range(..) => Some(Type::Number),
                Domain::Truth => Some(Type::Truth),
            },
            ConditionKind::Effects {
                external,
                counted,
                arguments,
            } => {
                self.effects(external, counted);
                for argument in arguments {
                    self.argument(argument, place);
                }
                Some(Type::Number)
            }
            ConditionKind::Not(inner) => {
                self.condition(inner, Type::Truth, place);
                Some(Type::Truth)
            }
            ConditionKind::In(value, list) => {
                let meant = self.meant(value, place);
                self.given(value, None, place);
                for one in list {
                    self.given(one, meant, place);
                }
                Some(Type::Truth)
            }
            ConditionKind::Binary(operator, left, right) => {
                Some(self.binary(*operator, left, right, condition.span, place))
            }
        }
    }

    fn binary(
        &mut self,
        operator: Operator,
        left: &Condition,
        right: &Condition,
        span: Span,
        place: &Place<'_>,
    ) -> Type {
        match operator {
            Operator::Implies | Operator::Or | Operator::And => {
                self.condition(left, Type::Truth, place);
                self.condition(right, Type::Truth, place);
                Type::Truth
            }
            Operator::Plus | Operator::Minus => {
                self.condition(left, Type::Number, place);
                self.condition(right, Type::Number, place);
                Type::Number
            }
            Operator::Equal | Operator::Unequal => {
                let (of_right, of_left) = (self.meant(left, place), self.meant(right, place));
                let left = self.given(left, of_left, place);
                let right = self.given(right, of_right, place);
                if let (Some(left), Some(right)) = (left, right)
                    && left != right
                {
                    self.problem(
                        span,
                        "the two sides of this comparison never are equal: they are of different kinds",
                        "the condition would always hold, or never",
                        "compare a number with a number, a word with a field that can hold it",
                    );
                }
                Type::Truth
            }
            Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast => {
                self.condition(left, Type::Number, place);
                self.condition(right, Type::Number, place);
                Type::Truth
            }
        }
    }

    /// Returns the field whose values a word on the other side of a comparison means.
    fn meant(&self, condition: &Condition, place: &Place<'_>) -> Meant<'a> {
        match &condition.kind {
            ConditionKind::Field(path) => {
                let (_, field) = self.scope.field(place.at, path)?;
                Some((&field.name, &field.domain))
            }
            _ => None,
        }
    }

    fn word(&mut self, word: &Name, meant: Meant<'a>, place: &Place<'_>) -> Option<Type> {
        if word.is_gap() {
            return None;
        }
        match meant {
            Some((field, domain @ (Domain::Words(_) | Domain::Truth))) => {
                self.known(
                    word,
                    &format!("value of `{field}`"),
                    domain.words().into_iter(),
                );
                return None;
            }
            Some(_) => return Some(Type::Value),
            None => {}
        }
        if matches!(word.text.as_str(), "true" | "false")
            || place.outcomes.contains(&word.text.as_str())
        {
            return Some(Type::Truth);
        }
        self.outcome(word, place);
        None
    }

    /// Tells a word that stands alone in a condition and is no outcome of a call before it.
    fn outcome(&mut self, word: &Name, place: &Place<'_>) {
        if place.outcomes.is_empty() {
            self.problem(
                word.span,
                format!("`{word}` means nothing here"),
                "a word alone is the outcome of a call, and no call stands before it",
                "compare a field with it: order.status == placed",
            );
        } else {
            let outcomes = place.outcomes.clone();
            self.unknown(word, "outcome", &outcomes);
        }
    }

    /// Tells what an argument of a call or a count does not mean.
    pub(super) fn argument(&mut self, argument: &Condition, place: &Place<'_>) {
        match &argument.kind {
            ConditionKind::Word(word) => self.key(word),
            _ => self.condition(argument, Type::Value, place),
        }
    }

    fn effects(&mut self, external: &Name, counted: &Name) {
        let design = self.scope.design;
        if external.is_gap() || counted.is_gap() {
            return;
        }
        let Some(found) = self.scope.external(&external.text) else {
            let known: Vec<&str> = design
                .externals
                .iter()
                .map(|e| e.name.text.as_str())
                .collect();
            return self.unknown(external, "external system", &known);
        };
        if self.scope.counted(found, &counted.text).is_none() {
            let forms: Vec<String> = counts(found);
            let known: Vec<&str> = forms.iter().map(String::as_str).collect();
            self.unknown(
                counted,
                &format!("count of the effects of `{external}`"),
                &known,
            );
        }
    }

    /// Returns the table and the values of a field, or tells that there is no such field.
    pub(super) fn path(
        &mut self,
        path: &FieldPath,
        at: Option<&str>,
    ) -> Option<(Located<'a>, &'a Domain)> {
        if [&path.table, &path.field].iter().any(|n| n.is_gap()) {
            return None;
        }
        if let Some((table, field)) = self.scope.field(at, path) {
            return Some((table, &field.domain));
        }
        match self.scope.table_of(at, path) {
            Some(table) => {
                let known: Vec<&str> = table
                    .table
                    .fields
                    .iter()
                    .map(|f| f.name.text.as_str())
                    .collect();
                self.unknown(&path.field, &format!("field of `{}`", path.table), &known);
            }
            None => self.table_name(&path.table, path.service.as_ref()),
        }
        None
    }

    /// Tells a table that is not there, or that is there more than once.
    pub(super) fn table_name(&mut self, table: &Name, service: Option<&Name>) {
        if let Some(service) = service {
            self.service_name(service);
        }
        let owners: Vec<&str> = self
            .scope
            .tables_named(&table.text)
            .iter()
            .map(|t| t.service.name.text.as_str())
            .collect();
        if owners.len() > 1 && service.is_none() {
            return self.problem(
                table.span,
                format!("`{table}` is a table of {}", owners.join(" and of ")),
                "it cannot be told which one is meant",
                format!("name its service: {}.{table}", owners[0]),
            );
        }
        let known: Vec<&str> = self
            .scope
            .tables()
            .map(|t| t.table.name.text.as_str())
            .collect();
        self.unknown(table, "table", &known);
    }
}
