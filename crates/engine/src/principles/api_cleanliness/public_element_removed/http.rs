//! The same for HTTP APIs that code declares.

use coexist_model::{
    Action, Aspect, Delta, Detail, Endpoint, Finding, Flow, Listing, Presence, Property,
    Publication, Side, SurfaceKind,
};

use super::RULE;
use crate::principles::{Draft, Scene};

/// Returns what is said of the operations that code declares: a finding for each difference that is certain to reach somebody outside,
/// and one question for all those of which that is not evident.
pub(super) fn findings(scene: &Scene<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut doubtful = Vec::new();
    let deltas = scene
        .deltas()
        .filter(|d| d.surface.kind == SurfaceKind::Endpoint);
    for delta in deltas {
        let Some(loss) = Loss::of(scene, delta) else {
            continue;
        };
        match loss.published() {
            Some(published) => findings.push(loss.finding(published)),
            None => doubtful.push(loss),
        }
    }
    // Callers that stand here are released with it, and are looked at for themselves.
    if !scene.case.has_pages {
        findings.extend(question(&doubtful));
    }
    findings
}

/// Something that a caller of base misses at head.
struct Loss<'a> {
    delta: &'a Delta,
    property: Option<&'a Property>,
    /// The operations that hold it and are not kept from the public, those that are surely offered first.
    carriers: Vec<&'a Endpoint>,
    done: &'static str,
}

impl<'a> Loss<'a> {
    fn of(scene: &Scene<'a>, delta: &'a Delta) -> Option<Self> {
        let element = delta.old.as_ref().or(delta.new.as_ref());
        let property = element.and_then(|e| match &e.detail {
            Detail::Property(property) => Some(property),
            _ => None,
        });
        let api = &scene.case.base.linked.api;
        let mut carriers: Vec<&Endpoint> = match property {
            Some(property) => property
                .carriers
                .iter()
                .filter_map(|n| api.endpoint(n))
                .collect(),
            None => api.endpoint(&delta.surface.name).into_iter().collect(),
        };
        carriers.retain(|e| e.listing != Listing::Hidden && !is_private(e));
        carriers.sort_by_key(|e| {
            let sure = e.published.is_some() && e.listing == Listing::Listed;
            (!sure, e.deprecated || is_trial(e), e.name())
        });
        let done = what_is_done(delta, property)?;
        (!carriers.is_empty()).then_some(Self {
            delta,
            property,
            carriers,
            done,
        })
    }

    fn published(&self) -> Option<&'a Publication> {
        let first = self
            .carriers
            .first()
            .filter(|e| e.listing == Listing::Listed)?;
        first.published.as_ref()
    }

    /// Returns the name of what is lost, and where.
    fn name(&self) -> String {
        let carrier = self.carriers.first().map(|e| e.name()).unwrap_or_default();
        match (&self.delta.element, self.property) {
            (Some(path), Some(property)) => {
                format!("{path} in the {} of {carrier}", property.flow.word())
            }
            (Some(body), None) => format!("the {body} of {carrier}"),
            (None, _) => carrier,
        }
    }

    fn finding(&self, published: &Publication) -> Finding {
        let name = self.name();
        let draft = self
            .draft()
            .related(Side::Base, &published.place, "shows that it is public");
        let draft = draft.note(published.because.clone());
        let announced = self.property.is_some_and(|p| p.deprecated)
            || self.delta.old.is_none()
                && self.delta.element.is_none()
                && self.carriers.iter().all(|e| e.deprecated)
            || self.carriers.iter().all(|e| e.deprecated);
        if announced {
            return draft.ask(
                format!("Has {name} been announced as going, and has its time run out?"),
                "the line of the changelog or of the usage report that shows it",
            );
        }
        if self.carriers.iter().all(|e| is_trial(e) || e.deprecated) {
            return draft.ask(
                format!("Do callers of {name} know that it may change at any time?"),
                "the line of the documentation that says so",
            );
        }
        if self.is_demanded() {
            return draft.ask(
                format!("Does every caller send {name} already?"),
                "the line of the usage report or of the changelog that shows it",
            );
        }
        if self.is_ignored() {
            return draft.ask(
                format!("May {name} be ignored where a caller still sends it?"),
                "the line that shows what takes its place, or that it had no effect",
            );
        }
        draft.fail_because(format!("an element of a public API is {}", self.done))
    }

    /// Returns whether it stays, and only those callers feel it who leave it out.
    fn is_demanded(&self) -> bool {
        self.delta.aspect == Aspect::Presence
    }

    /// Returns whether the server takes no notice of it any more: nothing is refused.
    fn is_ignored(&self) -> bool {
        self.delta.aspect == Aspect::Existence
            && self
                .property
                .is_some_and(|p| p.flow == Flow::Request && !p.refused)
    }

    fn draft(&self) -> Draft {
        let name = self.name();
        let declared = self.property.map(|p| format!("declared in {}", p.object));
        let others = self.carriers.len().saturating_sub(1);
        let mut draft = Draft::of(&RULE, self.delta, self.done)
            .title(format!(
                "{name} is {}, and the API that holds it is public",
                self.done
            ))
            .safe_steps([
                format!("keep {name}, marked as deprecated, and put the new form beside it"),
                "or offer the new form under a path of a new version, and keep the old path"
                    .to_owned(),
            ]);
        if let Some(note) = declared {
            draft = draft.note(note);
        }
        if let Some(carrier) = self.carriers.first() {
            draft = draft.related(Side::Base, &carrier.place, "offers it over HTTP");
        }
        if others > 0 {
            draft = draft.note(format!("{others} more operations hold it"));
        }
        draft
    }
}

/// Asks once whether anybody outside calls what is not evidently public.
fn question(doubtful: &[Loss<'_>]) -> Option<Finding> {
    let lasting = doubtful.iter().find(|l| {
        !l.is_ignored()
            && !l.property.is_some_and(|p| p.deprecated)
            && l.carriers.iter().any(|e| !e.deprecated)
    })?;
    let name = lasting.name();
    let others = doubtful.len() - 1;
    let mut draft = lasting.draft().title(format!("{name} is {}", lasting.done));
    if others > 0 {
        draft = draft.note(format!("{others} more elements of the API go or change"));
    }
    let carrier = lasting.carriers.first()?.name();
    Some(draft.ask(
        format!("Does anybody outside of this repository call {carrier}?"),
        "the line of the documentation that offers it, or of the settings that keep it private",
    ))
}

/// Returns the word for what a delta does; None where no caller feels it.
fn what_is_done(delta: &Delta, property: Option<&Property>) -> Option<&'static str> {
    let sent = property.is_some_and(|p| p.flow == Flow::Request);
    match (delta.aspect, delta.action) {
        // What a caller could leave out is missed by nobody who is not refused.
        (Aspect::Existence, Action::Removed) if sent => property
            .is_some_and(|p| p.refused || p.presence == Presence::Required)
            .then_some("removed"),
        (Aspect::Existence, Action::Removed) => Some("removed"),
        (Aspect::Identity, Action::Changed) => Some("renamed"),
        (Aspect::Type, Action::Changed) => Some("retyped"),
        (Aspect::Presence, Action::Narrowed) => Some("made a demand"),
        _ => None,
    }
}

/// Words of a tag or path by which an operation is kept from the public.
const PRIVATE: &[&str] = &[
    "private",
    "internal",
    "_internal",
    "admin",
    "backoffice",
    "hidden",
    "debug",
];
/// Words by which callers are told that an operation may change.
const TRIAL: &[&str] = &["alpha", "beta", "experimental", "preview", "unstable"];

fn is_private(endpoint: &Endpoint) -> bool {
    words(endpoint).any(|word| PRIVATE.contains(&word.to_lowercase().as_str()))
}

fn is_trial(endpoint: &Endpoint) -> bool {
    words(endpoint).any(|word| {
        let word = word.to_lowercase();
        let version = word
            .strip_prefix('v')
            .filter(|v| v.starts_with(|c: char| c.is_ascii_digit()));
        let early = |v: &str| v == "0" || v.contains("alpha") || v.contains("beta");
        TRIAL.contains(&word.as_str()) || version.is_some_and(early)
    })
}

fn words(endpoint: &Endpoint) -> impl Iterator<Item = &str> {
    let tags = endpoint.tags.iter().map(String::as_str);
    endpoint.path.split('/').chain(tags)
}
