//! The state grid of one finding: which fleet states its schedule passes, and which of them fail.
//!
//! Rows are the deploy steps of the schedule, columns how the fleet is mixed. A cell says what is known from the schedule
//! alone: it passed here, it failed here, or the same access meets the same form here and fails as well. Everything else is
//! left open, never called safe.

use std::collections::BTreeMap;

use coexist_model::{Act, Finding, Step, Witness};

use crate::schedule;
use crate::text::visible;

/// How the fleet is mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mix {
    Old,
    Both,
    New,
    Back,
}

const COLUMNS: [(Mix, &str); 4] = [
    (Mix::Old, "all old"),
    (Mix::Both, "old+new"),
    (Mix::New, "all new"),
    (Mix::Back, "rolled back"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    Open,
    Passed,
    Fails,
    FailsToo,
}

impl Cell {
    fn word(self) -> &'static str {
        match self {
            Self::Open => ".",
            Self::Passed => "ok",
            Self::Fails => "x FAIL",
            Self::FailsToo => "x fail",
        }
    }
}

struct Row {
    name: String,
    cells: BTreeMap<Mix, Cell>,
}

/// Returns the grid as text of ASCII and the names of the repository.
pub(crate) fn grid(finding: &Finding, witness: &Witness, unicode: bool) -> String {
    let rows = rows(finding, witness, unicode);
    let width = rows
        .iter()
        .map(|r| r.name.chars().count())
        .max()
        .unwrap_or(0)
        .max(8);
    let mut out = format!("  {:width$}", "");
    for (_, name) in COLUMNS {
        out.push_str(&format!("  {name:^11}"));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    for row in &rows {
        let mut line = format!("  {:width$}", row.name);
        for (mix, _) in COLUMNS {
            let cell = row.cells.get(&mix).copied().unwrap_or(Cell::Open);
            line.push_str(&format!("  {:^11}", cell.word()));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Returns the line that explains the cells.
pub(crate) const LEGEND: &str = "ok: the schedule passes here. x FAIL: it ends here. x fail: the same access meets the same form \
     here. A dot: not on this schedule.";

fn rows(finding: &Finding, witness: &Witness, unicode: bool) -> Vec<Row> {
    let mut mix = Fleet::default();
    let mut rows = vec![Row {
        name: "0 before".to_owned(),
        cells: BTreeMap::from([(Mix::Old, Cell::Passed)]),
    }];
    let last = witness.steps.len().saturating_sub(1);
    for (index, step) in witness.steps.iter().enumerate() {
        if mix.advance(step) {
            let clean = |word: &str| visible(word, unicode);
            rows.push(Row {
                name: format!("{} {}", rows.len(), schedule::step(finding, step, &clean)),
                cells: BTreeMap::from([(mix.mix(), Cell::Passed)]),
            });
        }
        if index == last
            && let Some(row) = rows.last_mut()
        {
            row.cells.insert(mix.mix(), Cell::Fails);
            // Every mix that holds the version which failed meets the same store.
            for other in mix.also() {
                row.cells.entry(*other).or_insert(Cell::FailsToo);
            }
        }
    }
    rows
}

/// The versions that run, per service, as the steps so far leave them.
#[derive(Debug, Default)]
struct Fleet {
    services: BTreeMap<String, Mix>,
}

impl Fleet {
    /// Takes a step; returns whether it is one of the deploy rather than an access.
    fn advance(&mut self, step: &Step) -> bool {
        let to = match step.act {
            Act::Migrate | Act::UndoMigration | Act::RestartOld => None,
            Act::StartNew => Some(Mix::Both),
            Act::StopOld => Some(Mix::New),
            Act::RollBack => Some(Mix::Back),
            _ => return false,
        };
        if let Some(to) = to {
            let service = step.service.clone().unwrap_or_default();
            self.services.insert(service, to);
        }
        true
    }

    /// Returns how the fleet as a whole is mixed.
    fn mix(&self) -> Mix {
        let mut mixes = self.services.values().copied();
        let Some(first) = mixes.next() else {
            return Mix::Old;
        };
        if mixes.all(|m| m == first) {
            first
        } else {
            Mix::Both
        }
    }

    /// Returns the other mixes in which the version that just failed runs on the same form.
    fn also(&self) -> &'static [Mix] {
        match self.mix() {
            Mix::Old => &[Mix::Both, Mix::Back],
            Mix::New => &[Mix::Both],
            // Which version of a mix acts, and whether it fails by what the other wrote, the schedule does not tell.
            Mix::Both | Mix::Back => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;
    use crate::sample::{self, step};

    fn check(steps: Vec<Step>, expect: Expect) {
        let mut finding = sample::dropped_column();
        let mut witness = finding.witness.take().unwrap();
        witness.steps = steps;
        expect.assert_eq(&format!("grid:\n{}", grid(&finding, &witness, true)));
    }

    #[test]
    fn old_code_on_the_new_schema_fails_in_every_state_that_holds_old_code() {
        check(
            vec![
                step(Act::Migrate, Some("0042"), None, None, None),
                step(Act::Read, None, Some("api"), Some("4f1c2e9"), None),
            ],
            expect![[r#"
                grid:
                                           all old      old+new      all new    rolled back
                  0 before                   ok            .            .            .
                  1 migration 0042 runs    x FAIL       x fail          .         x fail
            "#]],
        );
    }

    #[test]
    fn a_rolled_back_node_meets_what_the_new_version_wrote() {
        check(
            vec![
                step(Act::Migrate, Some("0042"), None, None, None),
                step(Act::StartNew, None, Some("api"), Some("9ab31d0"), None),
                step(Act::Write, None, Some("api"), Some("9ab31d0"), None),
                step(Act::StopOld, None, Some("api"), Some("4f1c2e9"), None),
                step(Act::RollBack, None, Some("api"), Some("4f1c2e9"), None),
                step(Act::Read, None, Some("api"), Some("4f1c2e9"), None),
            ],
            expect![[r#"
                grid:
                                                                 all old      old+new      all new    rolled back
                  0 before                                         ok            .            .            .
                  1 migration 0042 runs                            ok            .            .            .
                  2 the first node of api starts with 9ab31d0       .           ok            .            .
                  3 the last node of api with 4f1c2e9 stops         .            .           ok            .
                  4 api is rolled back to 4f1c2e9                   .            .            .         x FAIL
            "#]],
        );
    }

    #[test]
    fn two_services_at_different_versions_are_a_mix() {
        check(
            vec![
                step(Act::StartNew, None, Some("web"), Some("9ab31d0"), None),
                step(Act::Call, None, Some("web"), Some("9ab31d0"), None),
            ],
            expect![[r#"
                grid:
                                                                 all old      old+new      all new    rolled back
                  0 before                                         ok            .            .            .
                  1 the first node of web starts with 9ab31d0       .         x FAIL          .            .
            "#]],
        );
    }

    #[test]
    fn a_schedule_without_steps_has_one_row() {
        check(
            Vec::new(),
            expect![[r#"
                grid:
                              all old      old+new      all new    rolled back
                  0 before      ok            .            .            .
            "#]],
        );
    }
}
