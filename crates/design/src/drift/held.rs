//! A design and a map, side by side.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{DesignFinding, Verdict};

use crate::check::Scene;
use crate::infer::{Evidence, Map};
use crate::language::{Channel, Service, Span, StepKind};

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
            links: BTreeSet::new(),
        };
        held.declare();
        held.link();
        held
    }

    /// Pairs services by their names; then by their names without case, separators and what every service is called.
    fn declare(&mut self) {
        let services = &self.scene.design().services;
        let folds: [fn(&str) -> String; 2] = [str::to_owned, stem];
        for fold in folds {
            for node in &self.map.services {
                if self.declared.contains_key(node.name.as_str()) {
                    continue;
                }
                let taken: Vec<&str> = self
                    .declared
                    .values()
                    .map(|s| s.name.text.as_str())
                    .collect();
                let free = services
                    .iter()
                    .filter(|s| !taken.contains(&s.name.text.as_str()));
                let mut same = free.filter(|s| fold(&s.name.text) == fold(&node.name));
                if let (Some(one), None) = (same.next(), same.next()) {
                    self.declared.insert(&node.name, one);
                }
            }
        }
    }

    fn link(&mut self) {
        let design = self.scene.design();
        for service in &design.services {
            let direct = service.calls.iter().map(|l| l.to.text.as_str());
            let by_api = service.apis.iter().flat_map(|a| &a.calls);
            let all = direct.chain(by_api.map(|c| c.owner.text.as_str()));
            let from = service.name.text.as_str();
            self.links.extend(all.map(|to| (from, to)));
        }
        for done in &self.scene.done {
            if let StepKind::Call(call) = &done.step.kind {
                self.links
                    .insert((done.at, call.callee.owner.text.as_str()));
            }
        }
        for sent in self.scene.sends() {
            for handler in self.scene.handlers_of(&sent.message.text) {
                self.links.insert((sent.done.at, &handler.at.text));
            }
        }
        for channel in &design.channels {
            for from in &channel.from {
                let to = channel
                    .to
                    .iter()
                    .map(|to| (from.text.as_str(), to.text.as_str()));
                self.links.extend(to);
            }
        }
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

/// Returns a name without case and separators.
fn folded(name: &str) -> String {
    let letters = name.chars().filter(|c| c.is_alphanumeric());
    letters.map(|c| c.to_ascii_lowercase()).collect()
}

/// Returns a folded name without what every service is called, and without the ending of a plural.
fn stem(name: &str) -> String {
    let folded = folded(name);
    let endings = ["service", "server", "svc"].iter();
    let mut stems = endings.filter_map(|e| folded.strip_suffix(e).filter(|s| !s.is_empty()));
    let stem = stems.next().unwrap_or(&folded);
    stem.strip_suffix('s').unwrap_or(stem).to_owned()
}
