//! Alert rules for Prometheus and the tests of them, for `promtool test rules`.
//!
//! Names follow Prometheus: base units, `_seconds`, `_total`, and labels whose values the design bounds, never an id. A rule on a series
//! that is missing never fires, so every series has a rule of its own for that.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::json;

use crate::language::{Amount, Channel, Problem, Repair, Service, Span};

use super::sheet::{Sheet, draw};

/// Minutes that every rule has to hold before it fires.
const HELD: u64 = 5;

/// A series of a test: its selector, and its values each minute.
type Values = (String, String);

/// A rule, and the series with which it is tested.
struct Alert {
    name: &'static str,
    expression: String,
    /// What it watches. The rule repeats these labels, so that no two rules look alike.
    labels: Vec<(&'static str, String)>,
    /// Labels of the series alone, which the design does not bound.
    carried: Vec<(&'static str, String)>,
    team: Option<String>,
    severity: &'static str,
    summary: String,
    at: String,
    /// The page that a person follows.
    runbook: Option<String>,
    /// The series that decides.
    watched: String,
    /// The level above which it fires; None where it fires because the series is missing.
    bound: Option<u64>,
    /// What makes it fire just so, and what just does not.
    firing: Case,
    silent: Case,
    /// Minutes after which it fires.
    after: u64,
}

/// What a test gives to a rule. Without a series, what it watches is missing.
#[derive(Clone, Default)]
struct Case {
    series: Vec<Values>,
    level: u64,
}

/// One test of promtool, each an engine of its own to it: as many cases as can be had at once.
#[derive(Default)]
struct Moment {
    /// The values and the level of each series.
    series: BTreeMap<String, (String, u64)>,
    /// Series that have to be missing.
    missing: BTreeSet<String>,
    /// The rules that are looked at, and after how many minutes.
    looked_at: BTreeMap<&'static str, u64>,
}

/// Returns the rules: the file `rules.yml`.
pub fn alerts(path: &str, text: &str) -> Result<String, Vec<Problem>> {
    draw(path, text, |sheet| {
        let mut out = format!("groups:\n  - name: {}\n", quoted(&design(sheet)));
        let alerts = all(sheet);
        out.push_str(if alerts.is_empty() {
            "    rules: []\n"
        } else {
            "    rules:\n"
        });
        for alert in alerts {
            let _ = write!(
                out,
                "      - alert: {}\n        expr: {}\n        for: {HELD}m\n        labels: {}\n        annotations: {}\n",
                alert.name,
                quoted(&alert.expression),
                map(&alert.own_labels(sheet)),
                map(&alert.annotations()),
            );
        }
        out
    })
}

/// Returns the tests of the rules: the file `rules_test.yml`. Each rule has a case in which it fires and one in which it does not.
pub fn alert_tests(path: &str, text: &str) -> Result<String, Vec<Problem>> {
    draw(path, text, |sheet| {
        let alerts = all(sheet);
        let mut out = String::from("rule_files: [rules.yml]\nevaluation_interval: 1m\n");
        out.push_str(if alerts.is_empty() {
            "tests: []\n"
        } else {
            "tests:\n"
        });
        for moment in moments(&alerts) {
            out.push_str(&moment.test(sheet, &alerts));
        }
        out
    })
}

/// Returns tests in which each rule fires once and just does not once.
fn moments(alerts: &[Alert]) -> Vec<Moment> {
    let mut moments: Vec<Moment> = Vec::new();
    let silent = alerts.iter().map(|alert| (alert, &alert.silent));
    let firing = alerts.iter().map(|alert| (alert, &alert.firing));
    for (alert, case) in silent.chain(firing) {
        let fits = moments.iter().position(|moment| moment.takes(alert, case));
        let at = fits.unwrap_or_else(|| {
            moments.push(Moment::default());
            moments.len() - 1
        });
        moments[at].add(alert, case);
    }
    moments
}

impl Moment {
    /// Returns whether the case can be had besides those that are there.
    fn takes(&self, alert: &Alert, case: &Case) -> bool {
        match case.series.as_slice() {
            [] => !self.series.contains_key(&alert.watched),
            all => all.iter().all(|(series, values)| {
                !self.missing.contains(series)
                    && self
                        .series
                        .get(series)
                        .is_none_or(|(there, _)| there == values)
            }),
        }
    }

    fn add(&mut self, alert: &Alert, case: &Case) {
        self.looked_at.insert(alert.name, alert.after);
        if case.series.is_empty() {
            self.missing.insert(alert.watched.clone());
        }
        for (series, values) in &case.series {
            let given = (values.clone(), case.level);
            self.series.insert(series.clone(), given);
        }
    }

    fn test(&self, sheet: &Sheet<'_>, alerts: &[Alert]) -> String {
        let mut out = String::from("  - interval: 1m\n    input_series:");
        out.push_str(if self.series.is_empty() {
            " []\n"
        } else {
            "\n"
        });
        for (series, (values, _)) in &self.series {
            let (series, values) = (quoted(series), quoted(values));
            let _ = writeln!(out, "      - {{series: {series}, values: {values}}}");
        }
        out.push_str("    alert_rule_test:\n");
        for (name, after) in &self.looked_at {
            let _ = writeln!(
                out,
                "      - eval_time: {after}m\n        alertname: {name}"
            );
            let fires = |alert: &&Alert| alert.name == *name && alert.fires_in(self);
            let expected: Vec<String> = alerts
                .iter()
                .filter(fires)
                .map(|alert| alert.expected(sheet))
                .collect();
            out.push_str("        exp_alerts:");
            out.push_str(if expected.is_empty() { " []\n" } else { "\n" });
            out.push_str(&expected.concat());
        }
        out
    }
}

impl Alert {
    fn fires_in(&self, moment: &Moment) -> bool {
        match (moment.series.get(&self.watched), self.bound) {
            (None, bound) => bound.is_none(),
            (Some(_), None) => false,
            (Some((_, level)), Some(bound)) => *level > bound,
        }
    }

    /// Returns the alert as a test expects it.
    fn expected(&self, sheet: &Sheet<'_>) -> String {
        let mut labels = self.own_labels(sheet);
        labels.extend(self.carried.iter().cloned());
        format!(
            "          - exp_labels: {}\n            exp_annotations: {}\n",
            map(&labels),
            map(&self.annotations())
        )
    }

    /// Returns the labels that the rule itself adds.
    fn own_labels(&self, sheet: &Sheet<'_>) -> Vec<(&'static str, String)> {
        let mut labels = vec![
            ("design", design(sheet)),
            ("severity", self.severity.to_owned()),
        ];
        labels.extend(self.team.clone().map(|team| ("team", team)));
        let watched = self.labels.iter();
        labels.extend(watched.map(|(name, value)| (*name, literal(value))));
        labels
    }

    fn annotations(&self) -> Vec<(&'static str, String)> {
        let mut annotations = vec![
            ("summary", self.summary.clone()),
            ("design", self.at.clone()),
        ];
        annotations.extend(self.runbook.clone().map(|page| ("runbook", page)));
        annotations
    }
}

fn design(sheet: &Sheet<'_>) -> String {
    literal(&sheet.design().name.text)
}

/// Returns text in which Prometheus sees no template.
fn literal(text: &str) -> String {
    text.replace("{{", "{ {")
}

/// Returns text as a string of YAML and of PromQL, which both take those of JSON.
fn quoted(text: &str) -> String {
    json!(text).to_string()
}

fn map(entries: &[(&'static str, String)]) -> String {
    let entries: Vec<String> = entries
        .iter()
        .map(|(name, value)| format!("{name}: {}", quoted(value)))
        .collect();
    format!("{{{}}}", entries.join(", "))
}

/// A series: a metric and its labels.
fn series(metric: &str, labels: &[(&'static str, String)]) -> String {
    let labels: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}={}", quoted(value)))
        .collect();
    format!("{metric}{{{}}}", labels.join(","))
}

/// What is watched: a metric of one part of the design, and whom it concerns.
struct Watched<'s, 'a> {
    sheet: &'s Sheet<'a>,
    metric: &'static str,
    labels: Vec<(&'static str, String)>,
    team: Option<String>,
    span: Span,
}

impl Watched<'_, '_> {
    fn series(&self) -> String {
        series(self.metric, &self.labels)
    }

    fn alert(&self, name: &'static str, severity: &'static str, summary: String) -> Alert {
        Alert {
            name,
            expression: String::new(),
            labels: self.labels.clone(),
            carried: Vec::new(),
            team: self.team.clone(),
            severity,
            summary: literal(&summary),
            at: literal(&self.sheet.place(self.span)),
            runbook: None,
            watched: self.series(),
            bound: None,
            firing: Case::default(),
            silent: Case::default(),
            after: HELD + 1,
        }
    }

    /// Returns the series with one value all the time.
    fn steady(&self, value: impl std::fmt::Display, level: u64) -> Case {
        Case {
            series: vec![(self.series(), format!("{value}+0x{}", HELD + 5))],
            level,
        }
    }

    /// Fires where the metric is above a bound.
    fn above(
        &self,
        name: &'static str,
        severity: &'static str,
        bound: u64,
        summary: String,
    ) -> Alert {
        let above = bound.saturating_add(1);
        Alert {
            expression: format!("{} > {bound}", self.series()),
            bound: Some(bound),
            firing: self.steady(above, above),
            silent: self.steady(bound, bound),
            ..self.alert(name, severity, summary)
        }
    }

    /// Fires where nobody measures the metric.
    fn missing(&self, name: &'static str, summary: String) -> Alert {
        Alert {
            expression: format!("absent({})", self.series()),
            silent: self.steady(0, 0),
            ..self.alert(name, "warn", summary)
        }
    }
}

/// Returns every rule, in the order of the file of the design.
fn all(sheet: &Sheet<'_>) -> Vec<Alert> {
    let design = sheet.design();
    let mut alerts = Vec::new();
    for service in &design.services {
        boxes(sheet, service, &mut alerts);
    }
    for channel in &design.channels {
        dead_letters(sheet, channel, &mut alerts);
        lag(sheet, channel, &mut alerts);
    }
    for workflow in design.workflows.iter().filter(|w| w.coordinator.is_some()) {
        let coordinator = workflow
            .coordinator
            .as_ref()
            .map_or("", |c| c.text.as_str());
        let watched = Watched {
            sheet,
            metric: "workflow_oldest_open_age_seconds",
            labels: vec![("workflow", workflow.name.text.clone())],
            team: team(sheet, [coordinator]),
            span: workflow.span,
        };
        let name = &workflow.name;
        for (severity, amount) in sheet.thresholds(&["saga-age", "workflow-age"]) {
            if let Amount::Time(time) = amount {
                let summary = format!("an instance of {name} has been open for more than {time}");
                alerts.push(watched.above("WorkflowStuck", severity, time.0 / 1_000, summary));
            }
        }
        alerts.push(watched.missing(
            "WorkflowAgeMissing",
            format!("nobody measures how long instances of {name} are open"),
        ));
    }
    for reconciliation in &design.reconciliations {
        reconciled(sheet, reconciliation, &mut alerts);
    }
    alerts
}

/// Returns the one team of these services.
fn team<'n>(sheet: &Sheet<'_>, services: impl IntoIterator<Item = &'n str>) -> Option<String> {
    let mut teams: Vec<&str> = services
        .into_iter()
        .filter_map(|name| sheet.scene.scope.service(name)?.team.as_ref())
        .map(|team| team.text.as_str())
        .collect();
    teams.dedup();
    match teams.as_slice() {
        [only] => Some(literal(only)),
        _ => None,
    }
}

fn boxes(sheet: &Sheet<'_>, service: &Service, alerts: &mut Vec<Alert>) {
    for store in &service.stores {
        let name = format!("{} of {}", store.name, service.name);
        let watched = |metric, label, span| Watched {
            sheet,
            metric,
            labels: vec![
                ("service", service.name.text.clone()),
                (label, store.name.text.clone()),
            ],
            team: team(sheet, [service.name.text.as_str()]),
            span,
        };
        if let Some(outbox) = &store.outbox {
            let watched = watched(
                "outbox_oldest_unpublished_age_seconds",
                "outbox",
                outbox.span,
            );
            for (severity, amount) in sheet.thresholds(&["outbox-age", "outbox-lag"]) {
                if let Amount::Time(time) = amount {
                    let summary =
                        format!("a message has waited in the outbox {name} for more than {time}");
                    alerts.push(watched.above("OutboxStuck", severity, time.0 / 1_000, summary));
                }
            }
            alerts.push(watched.missing(
                "OutboxExporterMissing",
                format!("nobody measures the outbox {name}"),
            ));
        }
        if let Some(inbox) = &store.inbox {
            let copies = watched("inbox_duplicates_total", "inbox", inbox.span);
            let all = series("inbox_messages_total", &copies.labels);
            for (severity, amount) in sheet.thresholds(&["duplicates", "duplicate-rate"]) {
                let Amount::Share(share) = amount else {
                    continue;
                };
                let case = |of_copies: u64| Case {
                    series: vec![
                        (copies.series(), format!("0+{of_copies}x30")),
                        (all.clone(), "0+10000x30".to_owned()),
                    ],
                    level: of_copies,
                };
                alerts.push(Alert {
                    expression: format!(
                        "rate({}[15m]) / rate({all}[15m]) > {}.{:04}",
                        copies.series(),
                        share / 10_000,
                        share % 10_000
                    ),
                    bound: Some(share),
                    firing: case(share.saturating_add(1)),
                    silent: case(share.saturating_sub(1)),
                    after: 25,
                    ..copies.alert(
                        "DuplicateRateHigh",
                        severity,
                        format!("too many copies of messages reach the inbox {name}"),
                    )
                });
            }
        }
    }
}

fn dead_letters(sheet: &Sheet<'_>, channel: &Channel, alerts: &mut Vec<Alert>) {
    let Some(dead_letter) = channel.dead_letter.as_ref().filter(|d| d.queue.is_some()) else {
        return;
    };
    let name = &channel.name;
    let watched = Watched {
        sheet,
        metric: "channel_dead_letters",
        labels: vec![("channel", name.text.clone())],
        team: team(sheet, channel.from.iter().map(|f| f.text.as_str())),
        span: dead_letter.span,
    };
    for (severity, amount) in sheet.thresholds(&["dead-letters"]) {
        if let Amount::Count(count) = amount {
            let summary = format!("messages of {name} were given up and wait for somebody");
            alerts.push(watched.above("DeadLetters", severity, count.saturating_sub(1), summary));
        }
    }
    alerts.push(watched.missing(
        "DeadLettersMissing",
        format!("nobody counts the dead letters of {name}"),
    ));
}

/// The name and the labels are those of kafka-exporter.
fn lag(sheet: &Sheet<'_>, channel: &Channel, alerts: &mut Vec<Alert>) {
    if channel.broker.as_ref().is_none_or(|b| *b != "kafka") {
        return;
    }
    let watched = Watched {
        sheet,
        metric: "kafka_consumergroup_lag",
        labels: vec![("topic", channel.name.text.clone())],
        team: None,
        span: channel.span,
    };
    let carried = vec![("consumergroup", "any".to_owned())];
    let of_group: Vec<_> = carried.iter().chain(&watched.labels).cloned().collect();
    let of_group = series(watched.metric, &of_group);
    let case = |values: &str, level| Case {
        series: vec![(of_group.clone(), values.to_owned())],
        level,
    };
    alerts.push(Alert {
        expression: format!(
            "sum by (consumergroup, topic) (deriv({}[10m])) > 0",
            watched.series()
        ),
        firing: case("0+10x30", 1),
        silent: case("10+0x30", 0),
        bound: Some(0),
        watched: of_group.clone(),
        carried,
        after: 25,
        ..watched.alert(
            "ConsumerLagGrowing",
            "warn",
            format!("a consumer of {} falls behind", channel.name),
        )
    });
}

fn reconciled(
    sheet: &Sheet<'_>,
    reconciliation: &crate::language::Reconciliation,
    alerts: &mut Vec<Alert>,
) {
    let name = &reconciliation.name;
    let watched = |metric| Watched {
        sheet,
        metric,
        labels: vec![("reconciliation", name.text.clone())],
        team: None,
        span: reconciliation.span,
    };
    let rows = watched("reconciliation_divergent_rows");
    let summary = format!("{name} finds rows that differ");
    alerts.push(Alert {
        runbook: match &reconciliation.repair {
            Some(Repair::Manual(Some(page))) => Some(literal(&page.text)),
            _ => None,
        },
        ..rows.above("ReconciliationDivergence", "warn", 0, summary)
    });
    let Some(every) = reconciliation.every else {
        return;
    };
    let last = watched("reconciliation_last_success_timestamp_seconds");
    let bound = (every.value.0 / 1_000).saturating_mul(2);
    // The clock of a test begins at zero: a run before that is one of a negative time.
    let before = -i64::try_from(bound).unwrap_or(i64::MAX);
    let at_the_test = 60 * (HELD + 1) as i64;
    alerts.push(Alert {
        expression: format!("time() - {} > {bound}", last.series()),
        bound: Some(0),
        firing: last.steady(before.saturating_sub(1), 1),
        silent: last.steady(before.saturating_add(at_the_test), 0),
        ..last.alert(
            "ReconciliationNotRunning",
            "page",
            format!("{name} has not run for two times {}", every.value),
        )
    });
    alerts.push(last.missing(
        "ReconciliationMissing",
        format!("nobody measures when {name} ran"),
    ));
}

#[cfg(test)]
mod tests {
    use expect_test::expect_file;

    use super::*;

    const SHOP: &str = include_str!("../../examples/shop.design");

    #[test]
    fn the_rules_of_the_shop_and_their_tests() {
        expect_file!["../../examples/shop-alerts/rules.yml"]
            .assert_eq(&alerts("shop.design", SHOP).unwrap());
        expect_file!["../../examples/shop-alerts/rules_test.yml"]
            .assert_eq(&alert_tests("shop.design", SHOP).unwrap());
    }
}
