//! Decisions by the values of an enum.

use coexist_model::{Access, Confidence, Mode, Other, SurfaceKind};

use crate::code::profile::{Decision, Without};
use crate::code::syntax::Id;
use crate::protobuf::generated::{Tongue, generated, value_prefix};

use super::{Known, Wire, last};

/// Calls that end the way of the program with an error.
const REJECTING: &[&str] = &[
    "panic",
    "unreachable",
    "unimplemented",
    "todo",
    "bail",
    "raise",
    "abort",
    "error",
    "fatal",
    "fatalf",
    "exit",
    "assertnever",
    "assert_never",
    "exhaustive",
    "exhaustiveguard",
    "fail",
    "throwerror",
];

/// A value that no enum has, to see how a language spells values.
const SAMPLE: &str = "ZQX";

/// What the labels of a decision say of an enum.
struct Labels {
    known: Vec<String>,
    /// Whether one of them names the enum, or one of its wanted values.
    sure: bool,
    /// Whether some of them cannot be of it.
    foreign: bool,
}

impl Wire<'_, '_, '_, '_> {
    /// Adds the decisions by a wanted enum.
    pub(super) fn decisions(&self, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        if self.of_kind(SurfaceKind::Enum).next().is_none() {
            return;
        }
        for id in s.all() {
            if let Some(decision) = s.profile.decisions.iter().find(|d| d.kind == s.kind(id)) {
                self.decision(id, decision, accesses);
            }
        }
    }

    fn decision(&self, id: Id, decision: &Decision, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        let inside = |at: Id| s.ancestors(at).find(|&up| s.kind(up) == decision.kind) == Some(id);
        let arms: Vec<Id> = s
            .below(id)
            .filter(|&at| {
                (decision.arms.contains(&s.kind(at)) || decision.default.contains(&s.kind(at)))
                    && inside(at)
            })
            .collect();
        let mut labels: Vec<Id> = Vec::new();
        let mut default = None;
        for &arm in &arms {
            let own = self.labels(arm, decision);
            let catches = decision.default.contains(&s.kind(arm))
                || own.is_empty()
                || own.iter().any(|&l| self.catches_all(l));
            if catches {
                default = Some(arm);
            } else {
                labels.extend(own);
            }
        }
        for (index, known) in self.of_kind(SurfaceKind::Enum) {
            let Some(found) = self.read_labels(known, &labels) else {
                continue;
            };
            let subject = s
                .pick(id, decision.subject)
                .and_then(|v| self.values.value_target(s, &self.known, v));
            let typed = subject.is_some_and(|t| t.known == index);
            let sure = (found.sure || typed) && !found.foreign;
            let other = match default {
                Some(arm) => self.outcome(arm),
                None => self.without(id, decision),
            };
            let mode = Mode::Matches {
                known: found.known,
                other,
            };
            self.add(
                id,
                known,
                None,
                mode,
                if sure {
                    Confidence::High
                } else {
                    Confidence::Medium
                },
                accesses,
            );
        }
    }

    /// The labels of an arm, one by one.
    fn labels(&self, arm: Id, decision: &Decision) -> Vec<Id> {
        let s = self.context.syntax;
        let mut open = s.picks(arm, decision.label);
        let mut found = Vec::new();
        for _ in 0..2000 {
            let Some(at) = open.pop() else { break };
            match s.kind(at) {
                "expression_list" | "or_pattern" | "union_pattern" | "switch_label"
                | "case_pattern" | "match_pattern" | "pattern" | "array" => {
                    let inner: Vec<Id> = s.named(at).collect();
                    // `_` has no node of its own.
                    if inner.is_empty() {
                        found.extend((s.kind(at) != "switch_label").then_some(at));
                    }
                    open.extend(inner);
                }
                _ => found.push(at),
            }
        }
        found.sort_unstable();
        found
    }

    /// `_`, or a new name for whatever it is.
    fn catches_all(&self, label: Id) -> bool {
        let s = self.context.syntax;
        let text = s.text(label).trim();
        let lower = || {
            text.starts_with(|c: char| c.is_ascii_lowercase())
                && text.chars().all(|c| c.is_alphanumeric() || c == '_')
        };
        text == "_" || (matches!(self.tongue, Tongue::Rust | Tongue::Python) && lower())
    }

    fn read_labels(&self, known: &Known<'_>, labels: &[Id]) -> Option<Labels> {
        let s = self.context.syntax;
        let mut found = Labels {
            known: Vec::new(),
            sure: false,
            foreign: false,
        };
        let spelled = generated(known.surface, Some(SAMPLE), self.tongue).values;
        for &label in labels {
            let Some(path) = s.path(label) else {
                found.foreign = true;
                continue;
            };
            if let Some(value) = self.value_of(known, &path) {
                found.known.push(value.to_owned());
                found.sure = true;
            } else if let Some(value) = other_value(known, &path, &spelled) {
                found.known.push(value);
                found.sure = true;
            } else if let Some(value) = self.unqualified(known, &path) {
                found.known.push(value);
            } else {
                found.foreign = true;
            }
        }
        let about = found.sure || (!found.known.is_empty() && !found.foreign);
        about.then_some(found)
    }

    /// `case PAID` in Java: the type is that of the subject; the file must name it.
    fn unqualified(&self, known: &Known<'_>, path: &[&str]) -> Option<String> {
        let [name] = path else { return None };
        let bare = matches!(self.tongue, Tongue::Java | Tongue::Kotlin);
        let shouts = name
            .chars()
            .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_');
        let own_type = known.names.types.iter().any(|t| {
            known
                .reach
                .covers(&[last(t)], std::slice::from_ref(t))
                .is_some()
        });
        if !(bare && shouts && own_type) {
            return None;
        }
        let wanted = known.element(name, |n| &n.values);
        Some(wanted.map_or_else(|| (*name).to_owned(), str::to_owned))
    }

    fn without(&self, id: Id, decision: &Decision) -> Other {
        let s = self.context.syntax;
        let statement = s.parent(id).is_none_or(|up| {
            s.kind(up).contains("block")
                || s.kind(up).contains("statement")
                || s.kind(up) == "statements"
        });
        match decision.without {
            Without::Fails => Other::Rejects,
            Without::FailsAsValue if !statement => Other::Rejects,
            _ => Other::Unclear,
        }
    }

    /// Returns what the arm for everything else does.
    pub(super) fn outcome(&self, arm: Id) -> Other {
        let s = self.context.syntax;
        let p = s.profile;
        let mut depth_end = 0;
        for at in s.below(arm) {
            // What a nested function does later is another matter, and so is what only one branch does.
            if at < depth_end {
                continue;
            }
            let kind = s.kind(at);
            if p.functions.contains(&kind) && kind != "block"
                || p.branches.iter().any(|b| b.kind == kind)
            {
                depth_end = s.below(at).end;
                continue;
            }
            if p.throws.contains(&kind) || (p.returns.contains(&kind) && self.returns_error(at)) {
                return Other::Rejects;
            }
            if let Some(call) = s.call(at) {
                let name = s.called(call).to_lowercase();
                let logs = s
                    .receiver(call)
                    .is_some_and(|r| s.text(r).to_lowercase().contains("log"))
                    && !name.starts_with("fatal");
                if REJECTING.contains(&name.as_str()) && !logs {
                    return Other::Rejects;
                }
            }
            // The value of a Rust arm.
            if kind == "call_expression"
                && self.tongue == Tongue::Rust
                && s.text(at).starts_with("Err(")
            {
                return Other::Rejects;
            }
        }
        if s.named(arm).count() == 0 {
            Other::Unclear
        } else {
            Other::Accepts
        }
    }

    /// `return nil, fmt.Errorf("…")`, `return Err(…)`.
    pub(super) fn returns_error(&self, id: Id) -> bool {
        let s = self.context.syntax;
        s.below(id).any(|at| {
            let path = if s.is_name(at) || s.member(at).is_some() {
                s.path(at)
            } else {
                None
            };
            let Some(path) = path else { return false };
            let end = path.last().copied().unwrap_or_default();
            match self.tongue {
                Tongue::Go => {
                    matches!(
                        path.as_slice(),
                        [
                            "errors" | "fmt" | "status" | "xerrors",
                            "New" | "Errorf" | "Error" | "Wrap" | "Wrapf"
                        ]
                    ) || (end.starts_with("Err") && end.len() > 3)
                        || end == "err"
                        || end.ends_with("Error") && end.len() > 5
                }
                Tongue::Rust => end == "Err",
                _ => false,
            }
        })
    }
}

/// Returns a value of the enum that is not a wanted one, as far as its name shows it.
fn other_value(known: &Known<'_>, path: &[&str], spelled: &[String]) -> Option<String> {
    let (end, before) = path.split_last()?;
    for name in spelled {
        let sample = last(name);
        // Go: `Status_ZQX`, or `STATUS_PAID` where the constants carry no outer name.
        let Some(prefix) = sample.strip_suffix(SAMPLE) else {
            continue;
        };
        let value = match prefix {
            "" if known.values.is_empty() => {
                Some(*end).filter(|v| v.starts_with(&value_prefix(known.surface)))
            }
            "" => Some(*end),
            _ => end.strip_prefix(prefix),
        };
        let mut renamed: Vec<&str> = before.to_vec();
        renamed.push(sample);
        // Enums in one message share what stands before their values.
        let value =
            value.filter(|v| known.values.is_empty() || known.values.iter().any(|k| k == v));
        let covers = known.reach.covers(&renamed, std::slice::from_ref(name));
        if let Some(value) = value.filter(|_| covers == Some(renamed.len())) {
            return Some(value.to_owned());
        }
    }
    // Elsewhere: `Status.PAID`.
    let covers = known.reach.covers(path, &known.names.types)?;
    (!before.is_empty() && covers + 1 == path.len()).then(|| (*end).to_owned())
}
