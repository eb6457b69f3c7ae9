use super::*;
use coexist_model::Detail;
use expect_test::{Expect, expect};

fn check(text: &str, expected: Expect) {
    let reading = read(&File::new("mixin/alerts.libsonnet", text));
    let mut out = Vec::new();
    for schema in &reading.schemas {
        out.push(format!(
            "{} {}:{}",
            schema.surface, schema.place.line, schema.place.column
        ));
        for element in &schema.elements {
            let Detail::Setting { value } = &element.detail else {
                continue;
            };
            out.push(format!("  {} = {value}", element.name));
        }
    }
    out.extend(
        reading
            .problems
            .iter()
            .map(|p| format!("problem {}: {}", p.place.line, p.what)),
    );
    expected.assert_eq(&out.join("\n"));
}

#[test]
fn an_alert_is_read_with_its_text_blocks_and_comments() {
    check(
        "local p = import 'x';\n{\n  prometheusAlerts+:: {\n    groups+: [{\n      name: 'api', // group\n      rules: [\n        {\n          alert: 'Api' + 'Slow',\n          expr: |||\n            rate(x{route!~\"%s\"}[1m]) > 3\n          ||| % [$._config.route],\n          'for': '15m',\n          labels: { severity: 'critical' },\n          annotations: { message: |||\n            {{ $labels.job }} }]\n          ||| },\n        },\n        /* { alert: 'Gone', expr: 'x' }, */\n        # { alert: 'Gone', expr: 'x' },\n      ] + (if $._config.more then [{ alert: 'More', expr: 'y' }] else []),\n    }],\n  },\n}\n",
        expect![[r#"
            ApiSlow 8:11
              expr = ||| rate(x{route!~"%s"}[1m]) > 3 ||| % [$._config.route]
              for = 15m
              severity = critical
            More 20:38
              expr = y"#]],
    );
}

#[test]
fn probes_are_read_where_no_object_is_around_them() {
    check(
        "{\n  local c = $.core,\n  api_container:: c.new('api', $._images.api) + { readinessProbe: { httpGet: { path: '/ready' } } },\n  f(x):: x,\n  assert self.a : 'b',\n  deployment: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'api' }, spec: { replicas: 2 } },\n}\n",
        expect![[r#"
            deployment/api 6:40
              replicas = 2
            jsonnet/mixin/alerts 1:1
              readiness-probe/api_container = {httpGet: {path: /ready}}"#]],
    );
}

#[test]
fn brackets_that_do_not_match_are_a_problem() {
    check(
        "{ a: [1 }",
        expect!["problem 1: a bracket is closed that was not opened"],
    );
    check("{ a: 'x", expect!["problem 1: a bracket is not closed"]);
    check(
        &"{a:".repeat(10_000),
        expect!["problem 1: this is nested more than 200 levels deep and was not read"],
    );
    check("||| x", expect![[""]]);
}
