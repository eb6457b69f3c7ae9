//! What a switch is by default: the settings, flags and variables that code declares with a value.
//!
//! A condition such as `s.config.SendNames()` does not tell that it is a flag. The declaration does, wherever it stands:
//! `NewBoolSetting("sendNames", false, …)`, `flag.Bool("send-names", false, …)`, `viper.SetDefault("send_names", false)`,
//! `@Value("${send.names:false}")`, `SEND_NAMES = env.bool("SEND_NAMES", default=False)`.

use std::collections::BTreeSet;

use coexist_model::File;

use crate::protobuf::generated::Tongue;

use super::gates::{Gates, SWITCHES};
use super::profile::profile_of;
use super::strings::StringsOf;
use super::syntax::{Id, Syntax};
use super::trials::{Trials, is_trial_path};

/// What a name is given where it is declared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Switch {
    /// The name, folded by [`folded`].
    pub name: String,
    /// What it is given.
    pub value: Given,
}

/// What a switch is given.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Given {
    /// It is off unless somebody says otherwise.
    Off,
    /// It is on.
    On,
    /// It is what another name is, as that is written.
    Of(String),
    /// Something that is not understood: it is no switch that is off.
    Unclear,
}

/// What in the name of a call says that it declares a switch with a default, lowercase.
const DECLARING: &[&str] = &["bool", "default", "flag", "setting", "env", "config"];
/// How calls begin that hand on the value of a setting, lowercase.
const HANDING: &[&str] = &["get", "value", "load"];

/// Returns a name without case and separators: `SEND_NAMES`, `send-names` and `sendNames` are one switch.
pub fn folded(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric())
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Returns what a file of code gives the switches of these names, folded. What is only for tests says nothing.
pub fn switches(file: &File, names: &BTreeSet<String>) -> Vec<Switch> {
    let Some(profile) = profile_of(&file.path, &file.text) else {
        return Vec::new();
    };
    if is_trial_path(&file.path) {
        return Vec::new();
    }
    let Ok(syntax) = Syntax::of(file, profile) else {
        return Vec::new();
    };
    let strings = StringsOf::new(&syntax);
    let switches = Switches {
        names,
        trials: Trials::of(&syntax),
        gates: Gates {
            syntax: &syntax,
            strings: &strings,
            file,
        },
    };
    let mut found = Vec::new();
    for id in syntax.all() {
        switches.bound(id, &mut found);
        switches.declared(id, &mut found);
        switches.annotated(id, &mut found);
        switches.zero(id, &mut found);
    }
    found.sort();
    found.dedup();
    found
}

struct Switches<'n, 's, 'a> {
    names: &'n BTreeSet<String>,
    trials: Trials,
    gates: Gates<'s, 'a>,
}

impl Switches<'_, '_, '_> {
    fn add(&self, name: &str, value: Given, at: Id, found: &mut Vec<Switch>) {
        let name = folded(name);
        let itself = matches!(&value, Given::Of(other) if folded(other) == name);
        if self.names.contains(&name) && !itself && !self.trials.hold(at) {
            found.push(Switch { name, value });
        }
    }

    /// `SendNames = NewBoolSetting("sendNames", false)`, `sendNames: config.SendNames.Get(c)`, `SEND_NAMES = False`.
    fn bound(&self, id: Id, found: &mut Vec<Switch>) {
        let s = self.gates.syntax;
        let p = s.profile;
        let bindings = p.bindings.iter().map(|&(k, n, _, v)| (k, n, v));
        let forms = bindings
            .chain(p.assignments.iter().copied())
            .chain(p.pairs.iter().copied());
        for (_, left, right) in forms.filter(|f| f.0 == s.kind(id)) {
            let (Some(left), Some(right)) = (s.pick(id, left), s.pick(id, right)) else {
                continue;
            };
            let name = s.last_name(left);
            if left == right || !self.names.contains(&folded(name)) {
                continue;
            }
            let value = self.value(s.bare(right));
            let literal = self.literal(s.bare(right)).is_some();
            // A plain `false` is the state of anything, unless the name or the place says that it is a default.
            if literal && value == Given::Off && !self.is_default(id, name) {
                continue;
            }
            self.add(name, value, id, found);
        }
    }

    fn is_default(&self, id: Id, name: &str) -> bool {
        let s = self.gates.syntax;
        let in_function = s.named_function(id);
        let of_defaults = |f: Id| {
            s.child(f, "name")
                .is_some_and(|n| s.text(n).to_lowercase().contains("default"))
        };
        says_switch(name) && in_function.is_none_or(of_defaults)
    }

    fn value(&self, id: Id) -> Given {
        let s = self.gates.syntax;
        if let Some(literal) = self.literal(id) {
            return literal;
        }
        if let Some(name) = s.path(id).and_then(|p| p.last().copied()) {
            return Given::Of(name.to_owned());
        }
        if let Some(call) = s.call(id) {
            let called = s.called(call).to_lowercase();
            if let Some(given) = self.default_of(id, &called) {
                return given;
            }
            let hands = HANDING.iter().any(|h| called.starts_with(h));
            let key = s.arguments(call).first().copied();
            if let Some(key) = key
                .and_then(|a| self.gates.strings.plain(a))
                .filter(|_| hands)
            {
                return Given::Of(key.rsplit('.').next().unwrap_or(&key).to_owned());
            }
            // `config.SendNames.Get(c)` is the receiver's value; `config.SendNames(tenant)` is that of what is called.
            let receiver = s.receiver(call).map(|r| s.last_name(r));
            let name = receiver.filter(|r| hands && !r.is_empty());
            let name = name.unwrap_or_else(|| s.called(call));
            if !name.is_empty() && !self.gates.is_off(id) {
                return Given::Of(name.to_owned());
            }
        }
        if s.profile.functions.contains(&s.kind(id)) {
            return self.returned(id);
        }
        match self.gates.is_off(id) {
            true => Given::Off,
            false => Given::Unclear,
        }
    }

    /// What a closure returns, where it does nothing else.
    fn returned(&self, closure: Id) -> Given {
        let s = self.gates.syntax;
        let mut returns = s
            .below(closure)
            .filter(|&at| s.profile.returns.contains(&s.kind(at)));
        let value = returns.next().and_then(|at| s.named(at).last());
        match (value, returns.next()) {
            (Some(value), None) => self.value(s.bare(value)),
            _ => Given::Unclear,
        }
    }

    fn literal(&self, id: Id) -> Option<Given> {
        match self.gates.syntax.text(id) {
            "false" | "False" => Some(Given::Off),
            "true" | "True" => Some(Given::On),
            _ => None,
        }
    }

    /// The one truth value among the arguments of a call that declares a switch.
    fn default_of(&self, id: Id, called: &str) -> Option<Given> {
        let s = self.gates.syntax;
        let call = s.call(id)?;
        if !DECLARING.iter().any(|d| called.contains(d)) {
            return None;
        }
        let arguments = s.arguments(call);
        let named = |a: Id| {
            let form = s.profile.pairs.iter().find(|p| p.0 == s.kind(a))?;
            s.pick(a, form.2)
        };
        let mut values = arguments
            .iter()
            .filter_map(|&a| self.literal(named(a).unwrap_or(a)));
        let value = values.next()?;
        let keyed = arguments
            .iter()
            .any(|&a| self.gates.strings.plain(a).is_some());
        (keyed && values.next().is_none()).then_some(value)
    }

    /// `viper.SetDefault("send_names", false)`, `flags.BoolVar(&c.SendNames, "send-names", false, "")`.
    fn declared(&self, id: Id, found: &mut Vec<Switch>) {
        let s = self.gates.syntax;
        let Some(call) = s.call(id) else { return };
        let called = s.called(call).to_lowercase();
        let Some(value) = self.default_of(id, &called) else {
            return;
        };
        for argument in s.arguments(call) {
            let key = self.gates.strings.plain(argument);
            let key = key.as_deref().map(|k| k.rsplit('.').next().unwrap_or(k));
            let target = || s.path(argument).and_then(|p| p.last().copied());
            if let Some(name) = key.or_else(target) {
                self.add(name, value.clone(), id, found);
            }
        }
    }

    /// `@Value("${send.names:false}") boolean sendNames`.
    fn annotated(&self, id: Id, found: &mut Vec<Switch>) {
        let s = self.gates.syntax;
        let java = matches!(s.profile.tongue, Tongue::Java | Tongue::Kotlin);
        if !java || !s.is_string(id) {
            return;
        }
        let text = s.text(id).trim_matches('"');
        let default = text
            .strip_prefix("${")
            .or_else(|| text.strip_prefix("\\${"))
            .and_then(|t| t.strip_suffix('}'))
            .and_then(|t| t.rsplit_once(':'))
            .map(|(_, default)| default.trim());
        let value = match default {
            Some("false") => Given::Off,
            Some("true") => Given::On,
            _ => return,
        };
        let declares = |up: Id| {
            let kind = s.kind(up);
            matches!(
                kind,
                "field_declaration"
                    | "formal_parameter"
                    | "property_declaration"
                    | "class_parameter"
            )
        };
        let Some(declaration) = s.ancestors(id).take(8).find(|&up| declares(up)) else {
            return;
        };
        for at in s.below(declaration).filter(|&at| s.is_name(at)) {
            self.add(s.text(at), value.clone(), id, found);
        }
    }

    /// `SendNames bool` with a tag in a Go struct: what no file says is false.
    fn zero(&self, id: Id, found: &mut Vec<Switch>) {
        let s = self.gates.syntax;
        if s.profile.tongue != Tongue::Go || s.kind(id) != "field_declaration" {
            return;
        }
        let is_bool = s.child(id, "type").is_some_and(|t| s.text(t) == "bool");
        let (Some(name), Some(_)) = (s.child(id, "name"), s.child(id, "tag")) else {
            return;
        };
        let of_settings = s
            .above(id, &["type_spec"])
            .and_then(|t| s.child(t, "name"))
            .is_some_and(|n| holds_settings(s.text(n)));
        if is_bool && of_settings && says_switch(s.text(name)) {
            self.add(s.text(name), Given::Off, id, found);
        }
    }
}

/// Returns whether a name alone says that it is a switch.
fn says_switch(name: &str) -> bool {
    let shouts = name.contains('_') && !name.contains(|c: char| c.is_lowercase());
    let lower = name.to_lowercase();
    shouts || SWITCHES.iter().any(|w| lower.contains(w))
}

fn holds_settings(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["config", "option", "setting", "flag", "feature"]
        .iter()
        .any(|w| lower.contains(w))
}
