//! A design held against the rules.
//!
//! A rule looks at the whole design and returns findings. FAIL is said where the file itself proves the harm; what may be harmless for a
//! reason that the file does not tell is WARN. To add a rule, add a folder in `rules` with `mod.rs`, `page.md` and `cases/`, and a line in
//! [`RULES`].

mod order;
pub mod rules;
mod scene;
mod suppress;
mod ways;

use coexist_model::{DesignFinding, DesignReport, DesignVerdict, File, Verdict};

use crate::language::{Design, Parsed, Problem, Scope, read};

pub use rules::RULES;
pub use rules::distribution_without_reason::REASONS;
pub use scene::Scene;
pub(crate) use suppress::suppress;

/// One check of a design.
#[derive(Debug)]
pub struct Rule {
    /// Its id: kebab-case, names the hazard.
    pub id: &'static str,
    /// The part of the design that it looks at.
    pub group: Group,
    /// Its page: what, why, bad, good, safe steps, sources. Markdown.
    pub page: &'static str,
    /// Returns what it finds.
    pub check: fn(&Scene<'_>) -> Vec<DesignFinding>,
}

/// The parts of a design, in the order of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Why it is split, and who owns what.
    Ownership,
    /// What is promised to others.
    Contracts,
    /// Where the truth is.
    Consistency,
    /// How messages travel.
    Delivery,
    /// How providers are called.
    Providers,
    /// How workflows end.
    Workflows,
    /// What is watched, and what is still open.
    Signals,
}

impl Group {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 7] = [
        Self::Ownership,
        Self::Contracts,
        Self::Consistency,
        Self::Delivery,
        Self::Providers,
        Self::Workflows,
        Self::Signals,
    ];

    /// Returns its heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Ownership => "Distribution and Ownership",
            Self::Contracts => "Contracts",
            Self::Consistency => "Consistency",
            Self::Delivery => "Delivery",
            Self::Providers => "Providers",
            Self::Workflows => "Workflows",
            Self::Signals => "Signals and Gaps",
        }
    }
}

/// The rule under which a text that does not parse is reported.
pub const NOT_UNDERSTOOD: &str = "design-not-understood";

/// Returns the id and the page of everything that a check says, or that is said when a design is held against its repository.
pub fn pages() -> impl Iterator<Item = (&'static str, &'static str)> {
    let of_rules = RULES.iter().map(|rule| (rule.id, rule.page));
    let of_drift = crate::drift::RULES.iter().map(|rule| (rule.id, rule.page));
    of_rules
        .chain(of_drift)
        .chain([(NOT_UNDERSTOOD, include_str!("not_understood.md"))])
}

/// Holds the text of a design against every rule.
pub fn check(path: &str, text: &str) -> DesignReport {
    let file = File::new(path, text);
    let Parsed { design, problems } = read(text);
    let name = design.name.text.clone();
    if !problems.is_empty() {
        return invalid(&file, &design, &problems);
    }
    let scope = Scope::new(&design);
    let scene = Scene::new(&file, &scope);
    let mut findings: Vec<DesignFinding> =
        RULES.iter().flat_map(|rule| (rule.check)(&scene)).collect();
    sort(&mut findings);
    let own: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
    let notices = suppress(&mut findings, &file, &own);
    let mut report = DesignReport {
        design: name,
        verdict: DesignVerdict::Holds,
        findings,
        workflows: Vec::new(),
        notices,
    };
    report.verdict = match (report.worst(), design.gaps.is_empty()) {
        (Verdict::Fail, _) => DesignVerdict::Violated,
        (_, false) => DesignVerdict::Unknown,
        _ => DesignVerdict::Holds,
    };
    report
}

/// Returns the report of a text that does not parse, or in which a name leads nowhere.
pub(crate) fn invalid(file: &File, design: &Design, problems: &[Problem]) -> DesignReport {
    DesignReport {
        design: design.name.text.clone(),
        verdict: DesignVerdict::Invalid,
        findings: problems.iter().map(|p| misunderstood(file, p)).collect(),
        workflows: Vec::new(),
        notices: Vec::new(),
    }
}

pub(crate) fn sort(findings: &mut Vec<DesignFinding>) {
    findings.sort_by(|a, b| {
        let key = |f: &DesignFinding| (std::cmp::Reverse(f.verdict), f.place.clone(), f.rule);
        key(a).cmp(&key(b))
    });
    findings.dedup();
}

/// Returns a problem of the text as a finding.
fn misunderstood(file: &File, problem: &Problem) -> DesignFinding {
    DesignFinding {
        rule: NOT_UNDERSTOOD,
        verdict: Verdict::Fail,
        title: problem.what.clone(),
        why: problem.why.clone(),
        place: file.place(problem.span.range()),
        label: "here".to_owned(),
        related: Vec::new(),
        safe_steps: vec![problem.help.clone()],
        suppressed: None,
    }
}
