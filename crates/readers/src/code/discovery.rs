//! Services that code finds by their names in a registry, and who keeps the registry.
//!
//! Spring: `discoveryClient.getInstances("payments")`, `@FeignClient(name = "payments")`, `@EnableEurekaServer`,
//! `@EnableDiscoveryClient`. Consul: `client.Health().Service("payments", …)`.

use coexist_model::{File, Place, Registered};

use super::profile::profile_of;
use super::strings::StringsOf;
use super::syntax::{Id, Syntax};
use super::trials::{Trials, is_trial_path};

/// What a file of code says of registries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Discovery {
    /// The names that are looked up, each with its place.
    pub sought: Vec<(String, Place)>,
    /// Whether its program keeps a registry or registers itself in one.
    pub registered: Vec<(Registered, Place)>,
}

/// Calls that look up the service which their first text names.
const SEEKING: &[&str] = &["getInstances", "getNextServerFromEureka"];

/// Calls that do so on what the second name says.
const SEEKING_ON: &[(&str, &str)] = &[
    ("Service", "Health"),
    ("Service", "Catalog"),
    ("choose", "loadBalancerClient"),
    ("getApplication", "eurekaClient"),
];

/// Names that are kept of one file.
const LIMIT: usize = 100;

/// Returns what a file of code says of registries. What is only for tests says nothing.
pub fn discovery(file: &File) -> Discovery {
    let mut found = Discovery::default();
    let Some(profile) = profile_of(&file.path, &file.text) else {
        return found;
    };
    let Ok(syntax) = Syntax::of(file, profile) else {
        return found;
    };
    if is_trial_path(&file.path) {
        return found;
    }
    let (strings, trials) = (StringsOf::new(&syntax), Trials::of(&syntax));
    let reader = Reader {
        s: &syntax,
        strings: &strings,
    };
    for id in syntax.all().filter(|&id| !trials.hold(id)) {
        let place = || file.place(syntax.range(id));
        if let Some(name) = reader.sought(id)
            && found.sought.len() < LIMIT
        {
            found.sought.push((name, place()));
        }
        if let Some(registered) = reader.registered(id) {
            found.registered.push((registered, place()));
        }
    }
    found
}

struct Reader<'s, 'a> {
    s: &'s Syntax<'a>,
    strings: &'s StringsOf<'s, 'a>,
}

impl Reader<'_, '_> {
    /// Returns the name that a call or an annotation looks up.
    fn sought(&self, id: Id) -> Option<String> {
        let s = self.s;
        if let Some(call) = s.call(id) {
            let called = s.called(call);
            let on = || {
                let receiver = s.receiver(call)?;
                let inner = s.call(receiver).map_or("", |inner| s.called(inner));
                Some(match inner {
                    "" => s.last_name(receiver),
                    inner => inner,
                })
            };
            let seeks = SEEKING.contains(&called)
                || SEEKING_ON
                    .iter()
                    .any(|(name, holder)| *name == called && on() == Some(holder));
            let first = s.arguments(call).into_iter().next().filter(|_| seeks)?;
            return self.strings.plain(first).filter(|name| is_name(name));
        }
        if self.annotation(id)? != "FeignClient" {
            return None;
        }
        let values: Vec<(&str, String)> = s
            .below(id)
            .filter(|&below| s.is_string(below))
            .filter_map(|below| Some((self.key(below), self.strings.plain(below)?)))
            .collect();
        let of = |key: &str| values.iter().find(|(k, v)| *k == key && !v.is_empty());
        // Where an address is given, the name is only what the client is called.
        if of("url").is_some() {
            return None;
        }
        let (_, name) = ["name", "value", "serviceId", ""]
            .iter()
            .find_map(|k| of(k))?;
        // `${payments.name:payments}` falls back to what stands behind the colon.
        let inside = name.strip_prefix("${").and_then(|n| n.strip_suffix('}'));
        let name = match inside {
            Some(inside) => inside.split_once(':')?.1,
            None => name,
        };
        is_name(name).then(|| name.to_owned())
    }

    /// Returns the name of an annotation that a node is.
    fn annotation(&self, id: Id) -> Option<&str> {
        let s = self.s;
        if !matches!(s.kind(id), "annotation" | "marker_annotation") {
            return None;
        }
        Some(match s.child(id, "name") {
            Some(name) => s.last_name(name),
            // Kotlin: the type, perhaps called like a constructor.
            None => {
                let text = s.text(s.named(id).next()?);
                let name = text.split(['(', ' ', '\n']).next().unwrap_or(text);
                name.rsplit('.').next().unwrap_or(name)
            }
        })
    }

    /// Returns the name under which a value is given to an annotation; empty where it stands alone.
    fn key(&self, value: Id) -> &str {
        let s = self.s;
        let Some(pair) = s.above(value, &["element_value_pair", "value_argument"]) else {
            return "";
        };
        let named = s.children(pair).any(|c| s.text(c) == "=");
        match s.child(pair, "key").or_else(|| s.named(pair).next()) {
            Some(key) if named => s.text(key),
            _ => "",
        }
    }

    fn registered(&self, id: Id) -> Option<Registered> {
        match self.annotation(id)? {
            "EnableEurekaServer" => Some(Registered::Keeps),
            "EnableDiscoveryClient" | "EnableEurekaClient" => Some(Registered::Joins),
            _ => None,
        }
    }
}

/// Returns whether a text can be the name of a service.
fn is_name(text: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.len() < 100
        && text.chars().all(part)
}
