//! Alert rules for Prometheus and the tests of them, for `promtool test rules`.
//!
//! Names follow Prometheus: base units, `_seconds`, `_total`, and labels whose values the design bounds, never an id. A rule on a series
//! that is missing never fires, so every series has a rule of its own for that.

use std::fmt::Write as _;

use serde_json::json;

use crate::language::{Amount, Channel, Problem, Service, Span, Spanned};

use super::sheet::{Sheet, draw};

/// Minutes that every rule has to hold before it fires.
const HELD: u64 = 5;

/// A rule, and the series with which it is tested.
struct Alert {
    name: &'static str,
    expression: String,
    labels: Vec<(&'static str, String)>,
    team: Option<String>,
    severity: &'static str,
    summary: String,
    at: String,
    /// Series that make it fire, and series that do not: their selectors and their values each minute.
    firing: Vec<(String, String)>,
    silent: Vec<(String, String)>,
    /// Minutes after which it fires.
    after: u64,
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
        for (number, alert) in alerts.iter().enumerate() {
            // The same rule for another part of the design stays silent.
            let others = alerts.iter().enumerate();
            let others = others.filter(|(at, other)| *at != number && other.name == alert.name);
            let others: Vec<_> = others.flat_map(|(_, other)| other.silent.clone()).collect();
            for fires in [true, false] {
                let own = if fires { &alert.firing } else { &alert.silent };
                out.push_str("  - interval: 1m\n");
                let series: Vec<_> = own.iter().chain(&others).collect();
                out.push_str(if series.is_empty() {
                    "    input_series: []\n"
                } else {
                    "    input_series:\n"
                });
                for (series, values) in series {
                    let _ = writeln!(
                        out,
                        "      - {{series: {}, values: {}}}",
                        quoted(series),
                        quoted(values)
                    );
                }
                let _ = writeln!(
                    out,
                    "    alert_rule_test:\n      - eval_time: {}m\n        alertname: {}",
                    alert.after, alert.name
                );
                if fires {
                    let mut labels = alert.own_labels(sheet);
                    labels.extend(alert.labels.iter().cloned());
                    let _ = writeln!(
                        out,
                        "        exp_alerts:\n          - exp_labels: {}\n            exp_annotations: {}",
                        map(&labels),
                        map(&alert.annotations())
                    );
                } else {
                    out.push_str("        exp_alerts: []\n");
                }
            }
        }
        out
    })
}

impl Alert {
    /// Returns the labels that the rule itself adds.
    fn own_labels(&self, sheet: &Sheet<'_>) -> Vec<(&'static str, String)> {
        let mut labels = vec![
            ("design", design(sheet)),
            ("severity", self.severity.to_owned()),
        ];
        labels.extend(self.team.clone().map(|team| ("team", team)));
        labels
    }

    fn annotations(&self) -> Vec<(&'static str, String)> {
        vec![
            ("summary", self.summary.clone()),
            ("design", self.at.clone()),
        ]
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
            team: self.team.clone(),
            severity,
            summary: literal(&summary),
            at: literal(&self.sheet.place(self.span)),
            firing: Vec::new(),
            silent: Vec::new(),
            after: HELD + 1,
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
        let values = |value: u64| vec![(self.series(), format!("{value}+0x{}", HELD + 5))];
        Alert {
            expression: format!("{} > {bound}", self.series()),
            firing: values(bound + 1),
            silent: values(bound),
            ..self.alert(name, severity, summary)
        }
    }

    /// Fires where nobody measures the metric.
    fn missing(&self, name: &'static str, summary: String) -> Alert {
        Alert {
            expression: format!("absent({})", self.series()),
            silent: vec![(self.series(), format!("0+0x{}", HELD + 5))],
            ..self.alert(name, "warn", summary)
        }
    }
}

/// Returns the thresholds of the first signal of one of these names.
fn thresholds(sheet: &Sheet<'_>, names: &[&str]) -> Vec<(&'static str, Amount)> {
    let mut signals = sheet.design().signals.iter();
    let Some(signal) = signals.find(|s| names.contains(&s.name.text.as_str())) else {
        return Vec::new();
    };
    let of = |severity, amount: Option<Spanned<Amount>>| amount.map(|a| (severity, a.value));
    of("warn", signal.warn)
        .into_iter()
        .chain(of("page", signal.page))
        .collect()
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
        for (severity, amount) in thresholds(sheet, &["saga-age", "workflow-age"]) {
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
            for (severity, amount) in thresholds(sheet, &["outbox-age", "outbox-lag"]) {
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
            for (severity, amount) in thresholds(sheet, &["duplicates", "duplicate-rate"]) {
                let Amount::Share(share) = amount else {
                    continue;
                };
                let values = |of_copies: u64| {
                    vec![
                        (copies.series(), format!("0+{of_copies}x30")),
                        (all.clone(), "0+10000x30".to_owned()),
                    ]
                };
                alerts.push(Alert {
                    expression: format!(
                        "rate({}[15m]) / rate({all}[15m]) > {}.{:04}",
                        copies.series(),
                        share / 10_000,
                        share % 10_000
                    ),
                    firing: values(share + 1),
                    silent: values(share.saturating_sub(1)),
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
    for (severity, amount) in thresholds(sheet, &["dead-letters"]) {
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
    let topic = vec![("topic", channel.name.text.clone())];
    let watched = Watched {
        sheet,
        metric: "kafka_consumergroup_lag",
        labels: vec![
            ("consumergroup", "any".to_owned()),
            ("topic", channel.name.text.clone()),
        ],
        team: None,
        span: channel.span,
    };
    let all = series(watched.metric, &topic);
    alerts.push(Alert {
        expression: format!("sum by (consumergroup, topic) (deriv({all}[10m])) > 0"),
        firing: vec![(watched.series(), "0+10x30".to_owned())],
        silent: vec![(watched.series(), "10+0x30".to_owned())],
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
    alerts.push(rows.above(
        "ReconciliationDivergence",
        "warn",
        0,
        format!("{name} finds rows that differ"),
    ));
    let Some(every) = reconciliation.every else {
        return;
    };
    let last = watched("reconciliation_last_success_timestamp_seconds");
    let bound = (every.value.0 / 1_000).saturating_mul(2);
    let after = bound / 60 + HELD + 2;
    alerts.push(Alert {
        expression: format!("time() - {} > {bound}", last.series()),
        firing: vec![(last.series(), format!("0+0x{after}"))],
        silent: vec![(last.series(), format!("0+60x{after}"))],
        after,
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
