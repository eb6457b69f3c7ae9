//! A design held against what its repository shows.
//!
//! The map of [`crate::infer`] is compared with what the design declares. A finding stands at the line of the design that is not true
//! any more, and the lines of the repository stand beside it. What the repository does not show is no finding: files of others may.

mod held;
pub mod rules;

use coexist_model::{DesignFinding, DesignReport, DesignVerdict, File, Notice, Place, Verdict};

use crate::check::{self, Scene};
use crate::infer::Map;
use crate::language::{Parsed, Scope, read};

pub use held::Held;
pub use rules::RULES;

/// One way in which a design and its repository part.
#[derive(Debug)]
pub struct Rule {
    /// Its id: kebab-case, names the hazard.
    pub id: &'static str,
    /// Its page: what, why, bad, good, safe steps, sources. Markdown.
    pub page: &'static str,
    /// Returns what it finds.
    pub check: fn(&Held<'_>) -> Vec<DesignFinding>,
}

/// Holds the text of a design against the map of its repository.
pub fn drift(path: &str, text: &str, map: &Map) -> DesignReport {
    let file = File::new(path, text);
    let Parsed { design, problems } = read(text);
    if !problems.is_empty() {
        return check::invalid(&file, &design, &problems);
    }
    let scope = Scope::new(&design);
    let scene = Scene::new(&file, &scope);
    let held = Held::new(&scene, map);
    let mut findings: Vec<DesignFinding> =
        RULES.iter().flat_map(|rule| (rule.check)(&held)).collect();
    check::sort(&mut findings);
    let own: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let mut notices = check::suppress(&mut findings, &file, &own);
    // What cannot be read may hold what the design does not know: unknown is no agreement.
    let unread = map.problems.iter().map(|(path, why)| Notice {
        place: Place::of_file(path),
        what: format!("not read: {why}"),
    });
    notices.extend(unread);
    let mut report = DesignReport {
        design: design.name.text.clone(),
        verdict: DesignVerdict::Holds,
        findings,
        workflows: Vec::new(),
        notices,
    };
    report.verdict = match (report.worst(), map.problems.is_empty()) {
        (Verdict::Fail, _) => DesignVerdict::Violated,
        (_, false) => DesignVerdict::Unknown,
        _ => DesignVerdict::Holds,
    };
    report
}
