//! One cause, one finding.
//!
//! A schema that is kept for several databases changes once in each of them, a migration may treat a column in two statements, and
//! one that treats many columns alike breaks or raises the same question for each. All are told once, with the other places beside it.

use coexist_model::{Confidence, Finding, Related, Sited, SurfaceKind, Verdict};

/// Findings of one rule on one migration that say or ask the same: more than these are one.
const MOST: usize = 5;
/// How many of the other places a finding shows.
const SHOWN: usize = 3;

/// Returns the findings with those of one cause made one; the first of them stays.
pub(super) fn folded(findings: Vec<Finding>) -> Vec<Finding> {
    let (stores, others): (Vec<Finding>, Vec<Finding>) = findings.into_iter().partition(of_store);
    let groups = grouped(stores, same_change);
    let once = groups
        .into_iter()
        .map(|group| joined(group, |g| format!("the same in {}", paths(g))));
    let (asked, told): (Vec<Finding>, Vec<Finding>) =
        once.partition(|f| f.verdict == Verdict::Warn && f.question.is_some());
    let mut all = others;
    let groups = [grouped(told, same_table), grouped(asked, same_question)];
    for group in groups.into_iter().flatten() {
        if group.len() > MOST {
            all.push(joined(group, |g| {
                format!("and {} more places: {}", g.len(), names(g))
            }));
        } else {
            all.extend(group);
        }
    }
    all
}

fn of_store(finding: &Finding) -> bool {
    let kinds = [SurfaceKind::Table, SurfaceKind::View, SurfaceKind::Type];
    let surface = finding.surface.as_ref();
    surface.is_some_and(|s| kinds.contains(&s.kind))
}

/// Returns whether two findings say the same of the same thing, in two stores or in two statements of one migration.
fn same_change(a: &Finding, b: &Finding) -> bool {
    let key = |f: &Finding| (f.rule, f.verdict, f.primary.side);
    key(a) == key(b)
        && (&a.surface, &a.element, &a.title) == (&b.surface, &b.element, &b.title)
        && (a.primary.place.path == b.primary.place.path
            || is_twin(&a.primary.place.path, &b.primary.place.path))
}

/// Returns whether two paths are the same file for two databases: one folder of the path is another.
fn is_twin(a: &str, b: &str) -> bool {
    let (x, y): (Vec<&str>, Vec<&str>) = (a.split('/').collect(), b.split('/').collect());
    let apart = x.iter().zip(&y).filter(|(x, y)| x != y).count();
    x.len() == y.len() && apart == 1 && x.last() == y.last()
}

/// Returns whether two findings ask the same of two things in one migration.
fn same_question(a: &Finding, b: &Finding) -> bool {
    let key = |f: &Finding| (f.rule, f.primary.side, f.primary.place.path.clone());
    key(a) == key(b)
}

/// Returns whether two findings say the same of two things of one table, in one migration.
fn same_table(a: &Finding, b: &Finding) -> bool {
    same_question(a, b) && (a.verdict, &a.surface) == (b.verdict, &b.surface)
}

/// Puts together what is like the first of its group, in the order of the first ones.
fn grouped(findings: Vec<Finding>, alike: fn(&Finding, &Finding) -> bool) -> Vec<Vec<Finding>> {
    let mut groups: Vec<Vec<Finding>> = Vec::new();
    for finding in findings {
        match groups.iter_mut().find(|g| alike(&g[0], &finding)) {
            Some(group) => group.push(finding),
            None => groups.push(vec![finding]),
        }
    }
    groups
}

/// Returns the first of a group with the places of the others beside it.
fn joined(mut group: Vec<Finding>, note: impl Fn(&[Finding]) -> String) -> Finding {
    let mut first = group.remove(0);
    if group.is_empty() {
        return first;
    }
    let places: Vec<Sited> = group.iter().map(|f| f.primary.clone()).collect();
    first
        .related
        .extend(places.into_iter().take(SHOWN).map(|at| Related {
            at,
            role: "the same".to_owned(),
            confidence: Confidence::High,
            why: None,
        }));
    first.notes.push(note(&group));
    first
}

fn paths(findings: &[Finding]) -> String {
    let paths: Vec<String> = findings
        .iter()
        .map(|f| format!("{}:{}", f.primary.place.path, f.primary.place.line))
        .collect();
    paths.join(", ")
}

fn names(findings: &[Finding]) -> String {
    let names: Vec<String> = findings
        .iter()
        .filter_map(|f| {
            let surface = f.surface.as_ref()?;
            Some(match &f.element {
                Some(element) => format!("{surface}.{element}"),
                None => surface.to_string(),
            })
        })
        .collect();
    names.join(", ")
}
