//! What a count of effects counts: `psp.captured(order_id)`, `psp.net(order_id)`.

use crate::language::{Call, External, Operation, Step, StepKind, Trigger, Workflow};

use super::scope::{Scope, each_step};

/// The operations whose effects are counted, and those whose effects are taken off.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Counted<'a> {
    /// Counted.
    pub plus: Vec<&'a Operation>,
    /// Taken off.
    pub minus: Vec<&'a Operation>,
}

/// The word that counts what is left after everything that was taken back.
pub(super) const NET: &str = "net";

/// Past forms that follow no rule. <https://en.wiktionary.org/wiki/Appendix:English_irregular_verbs>
const IRREGULAR: &[(&str, &str)] = &[
    ("send", "sent"),
    ("pay", "paid"),
    ("buy", "bought"),
    ("sell", "sold"),
    ("give", "given"),
    ("take", "taken"),
    ("make", "made"),
    ("put", "put"),
    ("set", "set"),
    ("hold", "held"),
    ("write", "written"),
    ("withdraw", "withdrawn"),
    ("submit", "submitted"),
    ("transfer", "transferred"),
    ("debit", "debited"),
    ("credit", "credited"),
];

impl<'a> Scope<'a> {
    /// Returns what a count of an external system's effects counts: `net`, or an operation in its past form, under its own name or the
    /// name that it is `counted as`.
    pub fn counted(&self, external: &'a External, name: &str) -> Option<Counted<'a>> {
        if name == NET {
            return Some(self.net(external));
        }
        let counts = |o: &&Operation| {
            o.name == *name
                || o.counted_as.as_ref().is_some_and(|n| n == name)
                || past(&o.name.text).iter().any(|form| form == name)
        };
        let operation = external.operations.iter().find(counts)?;
        Some(Counted {
            plus: vec![operation],
            minus: Vec::new(),
        })
    }

    /// Effects less those that take one back. Which operation takes another back is said by `undoes`; else by the workflows, where one
    /// is called to undo a step that called the other, or by `noop-if`; else every operation after the first does.
    fn net(&self, external: &'a External) -> Counted<'a> {
        let effects = external.operations.iter().filter(|o| !o.read_only);
        let (mut minus, mut plus): (Vec<_>, Vec<_>) = effects.partition(|o| {
            o.undoes.is_some() || o.noop_if.is_some() || self.takes_back(external, o)
        });
        if minus.is_empty() && plus.len() > 1 {
            minus = plus.split_off(1);
        }
        Counted { plus, minus }
    }

    /// Whether a handler of a message that undoes a step calls the operation.
    fn takes_back(&self, external: &External, operation: &Operation) -> bool {
        self.design.workflows.iter().any(|workflow| {
            let mut undoing = Vec::new();
            each_step(workflow, &mut |step| {
                if let StepKind::Undo { by, .. } = &step.kind {
                    undoing.push(by.text.as_str());
                }
            });
            undoing
                .iter()
                .any(|message| calls(workflow, message, external, operation))
        })
    }
}

/// Whether the handler of a message calls the operation.
fn calls(workflow: &Workflow, message: &str, external: &External, operation: &Operation) -> bool {
    let handles = |trigger: &Trigger| matches!(trigger, Trigger::Messages(all) if all.iter().any(|m| m == message));
    let mut found = false;
    for handler in workflow.handlers.iter().filter(|h| handles(&h.trigger)) {
        for step in &handler.steps {
            step.walk(&mut |step: &Step| {
                found |= matches!(&step.kind, StepKind::Call(Call { callee, .. })
                    if callee.owner == external.name.text && callee.operation == operation.name.text);
            });
        }
    }
    found
}

/// Returns the names under which effects of an external system are counted, the most usual one of each operation.
pub(crate) fn counts(external: &External) -> Vec<String> {
    let effects = external.operations.iter().filter(|o| !o.read_only);
    let usual = |o: &Operation| match &o.counted_as {
        Some(name) => name.text.clone(),
        None => {
            let mut forms = past(&o.name.text);
            let regular = usize::from(o.name.text.ends_with('e') && forms.len() > 1);
            forms.swap_remove(regular)
        }
    };
    effects.map(usual).chain([NET.to_owned()]).collect()
}

/// Returns the forms in which a verb says that it is done.
fn past(verb: &str) -> Vec<String> {
    if let Some((_, form)) = IRREGULAR.iter().find(|(known, _)| *known == verb) {
        return vec![(*form).to_owned()];
    }
    // `authorize-payment` is counted as `authorized` or `authorized-payment`.
    let (first, rest) = verb.split_once(['-', '_']).unwrap_or((verb, ""));
    if !rest.is_empty() {
        let separator = &verb[first.len()..=first.len()];
        let forms = past(first);
        return forms
            .iter()
            .flat_map(|form| [form.clone(), format!("{form}{separator}{rest}")])
            .collect();
    }
    let mut forms = vec![format!("{verb}ed")];
    if let Some(stem) = verb.strip_suffix('e') {
        forms.push(format!("{stem}ed"));
    }
    if let Some(stem) = verb.strip_suffix('y') {
        forms.push(format!("{stem}ied"));
    }
    if let Some(last) = verb.chars().last() {
        forms.push(format!("{verb}{last}ed"));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verb_is_known_by_its_past_form() {
        for (verb, form) in [
            ("capture", "captured"),
            ("refund", "refunded"),
            ("ship", "shipped"),
            ("apply", "applied"),
            ("send", "sent"),
            ("send-mail", "sent"),
        ] {
            assert!(past(verb).iter().any(|f| f == form), "{verb}");
        }
    }
}
