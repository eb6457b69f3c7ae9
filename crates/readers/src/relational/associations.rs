//! Where the associations of Active Record lead: `has_many :imports` to the class `Import`.
//!
//! A use names the association and what it starts from, `family#imports`. The classes of the ref tell which one is meant.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{Access, Association, Confidence, LinkInput, Surface, SurfaceKind, Why};

use crate::code::inflections::underscored;
use crate::code::orm::active_record::TOOL;

/// The associations of one ref by their names.
pub(super) struct Associations<'a> {
    by_name: BTreeMap<&'a str, Vec<&'a Association>>,
    /// The classes, each with those that it extends and the modules that it includes.
    classes: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Associations<'a> {
    pub(super) fn of(readings: &[LinkInput<'a>]) -> Self {
        let mut by_name: BTreeMap<&str, Vec<&Association>> = BTreeMap::new();
        for association in readings.iter().flat_map(|r| &r.reading.associations) {
            by_name
                .entry(&association.name)
                .or_default()
                .push(association);
        }
        let mut classes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let models = readings.iter().flat_map(|r| &r.reading.models);
        for model in models.filter(|m| m.tool == TOOL) {
            let bases = model.bases.iter().map(String::as_str);
            classes.entry(&model.name).or_default().extend(bases);
        }
        Self { by_name, classes }
    }

    /// Returns the use of a class that one through an association is; None where it is not known which class that is. It is sure where
    /// all of that name lead to one class, and where it starts from the class that declares one of them: another library may call its
    /// own things so.
    pub(super) fn resolved(&self, access: &Access) -> Option<Access> {
        let (from, name) = access.surface.name.split_once('#')?;
        let all = self.by_name.get(name)?;
        let (through, leading): (Vec<&Association>, Vec<&Association>) =
            all.iter().partition(|a| a.through);
        let starting = |a: &&&Association| self.starts(from, &a.owner);
        let own: Vec<&Association> = leading.iter().filter(starting).copied().collect();
        let is_known = !own.is_empty() || through.iter().any(|a| starting(&a));
        let class = self.one_class(&leading);
        let sure = is_known && class.is_some();
        let surface = Surface::new(SurfaceKind::Model, class.or_else(|| self.one_class(&own))?);
        let (confidence, why) = match sure {
            true => (access.confidence, access.why),
            false => (
                access.confidence.min(Confidence::Medium),
                Why::TypedAttribute,
            ),
        };
        Some(Access {
            surface,
            confidence,
            why,
            ..access.clone()
        })
    }

    /// Returns the class that all of these lead to.
    fn one_class(&self, associations: &[&'a Association]) -> Option<&'a str> {
        let class = self.class(associations.first()?)?;
        let same = associations.iter().all(|a| self.class(a) == Some(class));
        same.then_some(class)
    }

    fn class(&self, association: &'a Association) -> Option<&'a str> {
        let names = association.classes.iter().map(String::as_str);
        names
            .into_iter()
            .find(|name| self.classes.contains_key(name))
    }

    /// Returns whether something of that name is of a class: the class itself, one that extends or includes it, or a variable that is
    /// called after one of these.
    fn starts(&self, from: &str, owner: &str) -> bool {
        let heirs = self
            .classes
            .iter()
            .filter(|(_, bases)| bases.contains(owner));
        let mut names = heirs.map(|(name, _)| *name).chain([owner]);
        names.any(|name| {
            let bare = underscored(name.rsplit("::").next().unwrap_or(name));
            from == name || from == bare || from.ends_with(&format!("_{bare}"))
        })
    }
}
