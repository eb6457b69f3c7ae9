//! A design and a map, side by side.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{DesignFinding, Verdict};

use crate::check::Scene;
use crate::infer::{Evidence, Map};
use crate::language::{Channel, Service, Span};
use crate::names::{folded, paired, stem};
use crate::terms::links;

use super::Rule;

/// A design and what its repository shows.
pub struct Held<'a> {
    /// The design.
    pub scene: &'a Scene<'a>,
    /// What the repository shows.
    pub map: &'a Map,
    /// The service of the design that each service of the repository is.
    declared: BTreeMap<&'a str, &'a Service>,
    /// Who is said to speak with whom, by the names in the design.
    links: BTreeSet<(&'a str, &'a str)>,
}

impl<'a> Held<'a> {
    /// Finds out which service is which, and what the design says of who speaks with whom.
    pub fn new(scene: &'a Scene<'a>, map: &'a Map) -> Self {
        let mut held = Self {
            scene,
            map,
            declared: BTreeMap::new(),
            links: links(scene).map(|link| (link.from, link.to)).collect(),
        };
        held.declare();
        held
    }

    fn declare(&mut self) {
        let services = &self.scene.design().services;
        let seen = self.map.services.iter().map(|node| node.name.as_str());
        let pairs = paired(seen, services.iter().map(|s| s.name.text.as_str()));
        let service = |name: &str| services.iter().find(|s| s.name.text == name);
        self.declared = pairs
            .into_iter()
            .filter_map(|(seen, name)| Some((seen, service(name)?)))
            .collect();
    }

    /// Returns the service of the design that a service of the repository is.
    pub fn service(&self, name: &str) -> Option<&'a Service> {
        self.declared.get(name).copied()
    }

    /// Returns whether the repository runs a service of the design.
    pub fn runs(&self, service: &Service) -> bool {
        self.declared.values().any(|s| s.name == service.name)
    }

    /// Returns whether the design says that one speaks with the other.
    pub fn speaks(&self, from: &Service, to: &str) -> bool {
        self.links.contains(&(from.name.text.as_str(), to))
    }

    /// Returns whether a name is that of an external system of the design.
    pub fn is_external(&self, name: &str) -> bool {
        let mut externals = self.scene.design().externals.iter();
        externals.any(|e| stem(&e.name.text) == stem(name))
    }

    /// Returns the channel of the design that has that name, whatever its separators.
    pub fn channel(&self, name: &str) -> Option<&'a Channel> {
        let mut channels = self.scene.design().channels.iter();
        channels.find(|c| folded(&c.name.text) == folded(name))
    }

    /// Begins a finding at a place of the design, with what the repository shows beside it.
    pub(super) fn finding(
        &self,
        rule: &'static Rule,
        verdict: Verdict,
        (span, label): (Span, &str),
        evidence: &[Evidence],
        role: &str,
    ) -> DesignFinding {
        DesignFinding {
            rule: rule.id,
            verdict,
            title: String::new(),
            why: String::new(),
            place: self.scene.file.place(span.range()),
            label: label.to_owned(),
            related: evidence
                .iter()
                .map(|e| (e.place.clone(), role.to_owned()))
                .collect(),
            safe_steps: Vec::new(),
            suppressed: None,
        }
    }
}
