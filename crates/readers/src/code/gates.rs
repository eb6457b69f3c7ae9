//! Flags that guard a piece of code.

use std::collections::BTreeSet;

use coexist_model::{File, Gate};

use super::profile::{Branch, profile_of};
use super::strings::StringsOf;
use super::syntax::{Id, Syntax};

/// Names of calls that ask for a flag, whoever answers, lowercase and without underscores.
const ASKING: &[&str] = &[
    "isfeatureenabled",
    "featureenabled",
    "featureenabled?",
    "isfeatureflagenabled",
    "featureflagenabled",
    "isflagenabled",
    "flagenabled",
    "flagenabled?",
    "flagisactive",
    "switchisactive",
    "sampleisactive",
    "usefeatureflag",
    "usefeatureflagenabled",
    "useflag",
    "usefeature",
    "hasfeature",
    "hasfeatureflag",
    "getfeatureflag",
    "boolvariation",
    "booleanvariation",
    "boolvalue",
    "booleanvalue",
    "getbooleanvalue",
    "getbooleanflag",
    "checkgate",
    "featureflag",
];

/// Names of calls that ask for a flag if they are asked of something that holds flags.
const ENABLED: &[&str] = &[
    "enabled",
    "enabled?",
    "isenabled",
    "ison",
    "on",
    "on?",
    "isactive",
    "active?",
    "variation",
    "flag",
    "get",
    "getbool",
    "has",
    "evaluate",
];

/// What in the name of an object says that it holds flags, lowercase.
const HOLDERS: &[&str] = &[
    "flag",
    "feature",
    "flipper",
    "unleash",
    "launchdarkly",
    "ldclient",
    "toggle",
    "statsig",
    "optimizely",
    "growthbook",
    "posthog",
    "waffle",
    "experiment",
];

/// Objects whose members are settings.
const SETTINGS: &[&str] = &["settings", "flags", "features", "featureflags", "toggles"];
/// Objects some of whose members are flags: those that say so.
const CONFIGS: &[&str] = &["config", "cfg", "conf", "options", "opts", "env"];
/// What in the name of a setting says that it is a flag, lowercase.
pub(super) const SWITCHES: &[&str] = &[
    "enable",
    "feature",
    "flag",
    "experimental",
    "beta",
    "disable",
];

/// What is known of a condition that asks for a flag.
struct Flag {
    name: String,
    negated: bool,
    off_by_default: bool,
    /// Whether it shows here that it is a flag; else it is a name that must be true.
    shown: bool,
    at: Id,
}

/// Finds the flags of one file.
pub(super) struct Gates<'s, 'a> {
    pub(super) syntax: &'s Syntax<'a>,
    pub(super) strings: &'s StringsOf<'s, 'a>,
    pub(super) file: &'s File,
}

/// Returns the flags that a file of code asks for somewhere.
pub fn flags(file: &File) -> BTreeSet<String> {
    let Some(profile) = profile_of(&file.path, &file.text) else {
        return BTreeSet::new();
    };
    let Ok(syntax) = Syntax::of(file, profile) else {
        return BTreeSet::new();
    };
    let strings = StringsOf::new(&syntax);
    let gates = Gates {
        syntax: &syntax,
        strings: &strings,
        file,
    };
    let branches = syntax.all().filter_map(|id| {
        let mut branches = profile.branches.iter();
        let branch = branches.find(|b| b.kind == syntax.kind(id))?;
        syntax.pick(id, branch.condition)
    });
    let asked = branches.flat_map(|condition| gates.flags(condition, false));
    asked
        .filter(|flag| flag.shown)
        .map(|flag| flag.name)
        .collect()
}

/// How many conditions of one place are kept.
const CONDITIONS: usize = 8;
/// Names up to this length are no flags: `ok`, `err`.
const SHORT: usize = 3;
/// How many statements before a place are asked whether they leave.
const SIBLINGS: usize = 200;

impl Gates<'_, '_> {
    /// Returns the flag that guards a node, the nearest one.
    pub(super) fn of(&self, id: Id) -> Option<Gate> {
        let (on, off): (Vec<Flag>, Vec<Flag>) = self
            .guards(id)
            .into_iter()
            .filter(|f| f.shown)
            .partition(|f| !f.negated);
        let flag = on.into_iter().chain(off).next()?;
        Some(self.gate(flag))
    }

    /// Returns the names that must be true for a node to be reached, and do not show here that they are flags.
    pub(super) fn conditions(&self, id: Id) -> Vec<Gate> {
        let guards = self.guards(id).into_iter();
        let guards = guards.filter(|f| !f.shown && !f.negated);
        guards.take(CONDITIONS).map(|f| self.gate(f)).collect()
    }

    /// Returns what must be true for a node to be reached, the nearest first.
    fn guards(&self, id: Id) -> Vec<Flag> {
        let s = self.syntax;
        let mut found = Vec::new();
        let mut below = id;
        for up in s.ancestors(id) {
            match s.profile.branches.iter().find(|b| b.kind == s.kind(up)) {
                Some(branch) => found.extend(self.by_branch(up, branch, below)),
                None => {
                    found.extend(self.by_guard(up, below));
                    found.extend(self.by_operator(up, below));
                }
            }
            if s.profile.functions.contains(&s.kind(up)) && !is_closure(s.kind(up)) {
                break;
            }
            below = up;
        }
        found
    }

    fn gate(&self, flag: Flag) -> Gate {
        Gate {
            place: self.file.place(self.syntax.range(flag.at)),
            flag: flag.name,
            off_by_default: flag.off_by_default,
            inverse: flag.negated,
        }
    }

    /// `if flag { here } else { or here }`.
    fn by_branch(&self, at: Id, branch: &Branch, below: Id) -> Vec<Flag> {
        let s = self.syntax;
        let Some(condition) = s.pick(at, branch.condition) else {
            return Vec::new();
        };
        if s.is_within(below, condition) {
            return Vec::new();
        }
        let then = s
            .pick(at, branch.then)
            .is_some_and(|t| s.is_within(below, t));
        self.on(condition, then != branch.inverted)
    }

    /// `flag && here`.
    fn by_operator(&self, at: Id, below: Id) -> Vec<Flag> {
        let s = self.syntax;
        let form = s.profile.operators.iter().find(|o| o.0 == s.kind(at));
        let Some(&(_, left, right)) = form else {
            return Vec::new();
        };
        let and = s
            .child(at, "operator")
            .is_some_and(|o| matches!(s.text(o), "&&" | "and"));
        let behind = s.pick(at, right).is_some_and(|r| s.is_within(below, r));
        match s.pick(at, left) {
            Some(left) if and && behind => self.on(left, true),
            _ => Vec::new(),
        }
    }

    /// `if !flag { return }` before the statement.
    fn by_guard(&self, block: Id, below: Id) -> Vec<Flag> {
        let s = self.syntax;
        let mut found = Vec::new();
        for sibling in s.named(block).take_while(|&c| c < below).take(SIBLINGS) {
            let inner = if s.kind(sibling) == "expression_statement" {
                s.named(sibling).next()
            } else {
                Some(sibling)
            };
            let Some(inner) = inner else { continue };
            let Some(branch) = s.profile.branches.iter().find(|b| b.kind == s.kind(inner)) else {
                continue;
            };
            let leaves = s.pick(inner, branch.then).is_some_and(|t| self.leaves(t))
                && s.child(inner, "alternative").is_none();
            if let (true, Some(condition)) = (leaves, s.pick(inner, branch.condition)) {
                found.extend(self.on(condition, branch.inverted));
            }
        }
        found
    }

    /// Returns what must be on for a condition to hold, or not to hold; and the flags that must be off and need not be.
    fn on(&self, condition: Id, holds: bool) -> Vec<Flag> {
        let mut flags = self.flags(condition, !holds);
        flags.retain(|f| !f.negated || (f.shown && !f.off_by_default));
        flags
    }

    /// Returns whether an expression is a flag that is off by default.
    pub(super) fn is_off(&self, expression: Id) -> bool {
        let flags = self.on(expression, true);
        flags
            .iter()
            .any(|f| f.shown && !f.negated && f.off_by_default)
    }

    fn leaves(&self, then: Id) -> bool {
        let s = self.syntax;
        let mut last = then;
        for _ in 0..4 {
            let kind = s.kind(last);
            if s.profile.returns.contains(&kind) || s.profile.throws.contains(&kind) {
                return true;
            }
            let Some(inner) = s.named(last).last() else {
                break;
            };
            last = inner;
        }
        false
    }

    /// Returns the flags that must be on, or off, for a condition to hold; or not to hold, where it is negated.
    fn flags(&self, condition: Id, negated: bool) -> Vec<Flag> {
        let s = self.syntax;
        let mut found = Vec::new();
        let mut open = vec![(condition, negated)];
        while let Some((id, negated)) = open.pop() {
            if found.len() > 8 || open.len() > 64 {
                break;
            }
            if is_negation(s, id) {
                open.extend(s.named(id).last().map(|inner| (inner, !negated)));
                continue;
            }
            let bare = s.bare(id);
            if bare != id {
                open.push((bare, negated));
                continue;
            }
            let form = s.profile.operators.iter().find(|o| o.0 == s.kind(id));
            if let Some(&(_, left, right)) = form {
                let (Some(left), Some(right)) = (s.pick(id, left), s.pick(id, right)) else {
                    continue;
                };
                let operator = s
                    .text
                    .get(s.range(left).end..s.range(right).start)
                    .unwrap_or_default()
                    .trim();
                match (operator, negated) {
                    ("&&" | "and", false) | ("||" | "or", true) => {
                        open.extend([(left, negated), (right, negated)]);
                    }
                    ("==" | "===" | "!=" | "!==", _) => {
                        found.extend(self.compared(left, right, operator, negated));
                    }
                    _ => {}
                }
                continue;
            }
            // Python has a node of its own for `a and b`.
            if s.kind(id) == "boolean_operator" {
                let and = s.child(id, "operator").is_some_and(|o| s.text(o) == "and");
                if and != negated {
                    open.extend(s.named(id).map(|c| (c, negated)));
                }
                continue;
            }
            found.extend(self.asked(id, negated));
        }
        found
    }

    /// `getenv("X") == "true"`.
    fn compared(&self, left: Id, right: Id, operator: &str, negated: bool) -> Option<Flag> {
        let s = self.syntax;
        let equal = operator.starts_with('=');
        let value = self
            .strings
            .plain(right)
            .unwrap_or_else(|| s.text(right).to_owned())
            .to_lowercase();
        let on = match (equal, value.as_str()) {
            (true, "true" | "1" | "on" | "yes" | "enabled") => true,
            (true, "false") => false,
            (false, "" | "nil" | "null" | "none" | "undefined") => true,
            _ => return None,
        };
        let left = s.bare(left);
        let mut flag = self.environment(left).or_else(|| self.asked(left, false))?;
        flag.negated = negated == on;
        Some(flag)
    }

    /// Returns the flag that an expression without operators asks for.
    fn asked(&self, id: Id, negated: bool) -> Option<Flag> {
        let flag = self
            .environment(id)
            .or_else(|| self.call(id))
            .or_else(|| self.setting(id))
            .or_else(|| self.name(id))?;
        Some(Flag { negated, ..flag })
    }

    /// `s.config.SendNames()`, `sendNames`: whether that is a flag, another file may tell.
    fn name(&self, id: Id) -> Option<Flag> {
        let s = self.syntax;
        let path = s.path(id);
        let called = || s.path(s.bare(s.call(id)?.callee));
        let name = path.or_else(called)?.last().copied()?;
        (name.len() > SHORT).then(|| Flag {
            name: name.to_owned(),
            negated: false,
            off_by_default: false,
            shown: false,
            at: id,
        })
    }

    /// `os.Getenv("X")`, `ENV["X"]`, `process.env.X`: off where it is not set and no default says otherwise.
    fn environment(&self, id: Id) -> Option<Flag> {
        let s = self.syntax;
        let text = s.text(id);
        if !["env", "Env", "ENV"].iter().any(|e| text.contains(e)) || text.len() > 300 {
            return None;
        }
        let off = |default: Option<String>| {
            default.is_none_or(|d| {
                matches!(
                    d.to_lowercase().as_str(),
                    "" | "false" | "0" | "off" | "no" | "none" | "nil"
                )
            })
        };
        let flag = |name: String, default| Flag {
            name,
            negated: false,
            off_by_default: off(default),
            shown: true,
            at: id,
        };
        if let Some(path) = s.path(id) {
            return match path.as_slice() {
                ["process", "env", name] | ["import", "meta", "env", name] => {
                    Some(flag((*name).to_owned(), None))
                }
                _ => None,
            };
        }
        if matches!(
            s.kind(id),
            "element_reference" | "subscript" | "subscript_expression"
        ) {
            let holder = s.named(id).next().map(|o| s.last_name(o));
            let name = self.strings.plain(s.named(id).nth(1)?)?;
            return matches!(holder, Some("ENV" | "environ" | "env")).then(|| flag(name, None));
        }
        // A chain such as `os.environ.get("X", "").lower()`.
        let mut at = id;
        for _ in 0..6 {
            let call = s.call(at)?;
            let callee = s.text(s.bare(call.callee));
            let called = s.called(call);
            let asks = matches!(called, "getenv" | "Getenv" | "LookupEnv" | "var" | "env")
                || (matches!(called, "get" | "fetch")
                    && ["environ.get", "ENV.fetch", "ENV.get"]
                        .iter()
                        .any(|e| callee.contains(e)));
            if asks {
                let arguments = s.arguments(call);
                let name = self.strings.plain(*arguments.first()?)?;
                let default = arguments.get(1).map(|&d| {
                    self.strings
                        .plain(d)
                        .unwrap_or_else(|| s.text(d).to_owned())
                });
                return Some(flag(name, default));
            }
            at = s.bare(s.receiver(call)?);
        }
        None
    }

    /// `flags.enabled("x", false)`.
    fn call(&self, id: Id) -> Option<Flag> {
        let s = self.syntax;
        let call = s.call(id)?;
        let called = s.called(call).to_lowercase().replace('_', "");
        let holder = s
            .receiver(call)
            .map(|r| s.text(r).to_lowercase())
            .unwrap_or_default();
        let holds = holder.len() < 200 && HOLDERS.iter().any(|h| holder.contains(h));
        let asks =
            ASKING.contains(&called.as_str()) || (holds && ENABLED.contains(&called.as_str()));
        if !asks {
            return None;
        }
        let arguments = s.arguments(call);
        let name = arguments.iter().find_map(|&a| self.flag_name(a));
        let off = |&a: &Id| {
            matches!(s.text(a), "false" | "False")
                || s.text(a).ends_with("=False")
                || s.text(a).ends_with(": false")
        };
        Some(Flag {
            name: name.unwrap_or_else(|| s.text(s.bare(call.callee)).to_owned()),
            negated: false,
            off_by_default: arguments.iter().skip(1).any(off),
            shown: true,
            at: id,
        })
    }

    /// A string, a symbol or a constant.
    fn flag_name(&self, id: Id) -> Option<String> {
        let s = self.syntax;
        if let Some(text) = self.strings.plain(id) {
            return Some(text);
        }
        if s.kind(id) == "simple_symbol" {
            return Some(s.text(id).trim_start_matches(':').to_owned());
        }
        let last = s.path(id)?.last().copied()?;
        let shouts = last.starts_with(|c: char| c.is_uppercase());
        (shouts && !matches!(last, "True" | "False")).then(|| last.to_owned())
    }

    /// `settings.NEW_NAMES`.
    fn setting(&self, id: Id) -> Option<Flag> {
        let s = self.syntax;
        let path = s.path(id).or_else(|| self.fetched(id))?;
        let (&name, holders) = path.split_last()?;
        let holder = holders.last()?.to_lowercase().replace('_', "");
        let switch = SWITCHES.iter().any(|w| name.to_lowercase().contains(w));
        let is =
            SETTINGS.contains(&holder.as_str()) || (CONFIGS.contains(&holder.as_str()) && switch);
        if !is {
            return None;
        }
        Some(Flag {
            name: path.join("."),
            negated: false,
            off_by_default: self.is_set_to_false(name),
            shown: true,
            at: id,
        })
    }

    /// The path of `features.Get().NewNames`, without the call that fetches the set.
    fn fetched(&self, id: Id) -> Option<Vec<&str>> {
        let s = self.syntax;
        let (object, name) = s.member(id)?;
        let mut path = s.path(s.call(object)?.callee)?;
        path.pop()?;
        path.push(s.text(name));
        Some(path)
    }

    /// Returns whether the file gives a name the value false, and no other.
    fn is_set_to_false(&self, name: &str) -> bool {
        let s = self.syntax;
        let mut values = Vec::new();
        for id in s.all() {
            let kind = s.kind(id);
            let bindings = s.profile.bindings.iter().map(|&(k, n, _, v)| (k, n, v));
            let forms = bindings
                .chain(s.profile.pairs.iter().copied())
                .filter(|f| f.0 == kind);
            for (_, left, right) in forms {
                let is_it = s.pick(id, left).is_some_and(|n| s.text(n) == name);
                if let Some(value) = s.pick(id, right).filter(|_| is_it) {
                    values.push(s.text(value));
                }
            }
        }
        !values.is_empty() && values.iter().all(|v| matches!(*v, "false" | "False"))
    }
}

fn is_closure(kind: &str) -> bool {
    matches!(
        kind,
        "func_literal"
            | "arrow_function"
            | "lambda"
            | "lambda_literal"
            | "lambda_expression"
            | "closure_expression"
            | "block"
            | "do_block"
            | "function_expression"
    )
}

fn is_negation(s: &Syntax<'_>, id: Id) -> bool {
    let kind = s.kind(id);
    let may = kind.contains("unary") || kind == "not_operator" || kind == "prefix_expression";
    may && (s.text(id).starts_with('!') || s.text(id).starts_with("not"))
}
