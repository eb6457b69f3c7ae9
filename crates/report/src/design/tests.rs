use coexist_model::{
    Bounds, DesignFinding, DesignReport, DesignVerdict, File, Suppression, TraceStep, Verdict,
    WorkflowReport,
};
use expect_test::expect;

use super::*;

fn report() -> DesignReport {
    let file = File::new(
        "shop.design",
        "design shop 1\nworkflow w by id {\n  on A at b { tx { t.x = 1 }; send C }\n}\n",
    );
    let place = |text: &str| {
        let start = file.text.find(text).unwrap();
        file.place(start..start + text.len())
    };
    let finding = DesignFinding {
        rule: "direct-send-beside-transaction",
        verdict: Verdict::Fail,
        title: "b sends C beside the transaction that changes its data".into(),
        why: "a crash between them loses the message".into(),
        place: place("send C"),
        label: "sent directly".into(),
        related: vec![(place("t.x = 1"), "committed here".into())],
        safe_steps: vec!["put `send C` into the `tx`".into()],
        suppressed: None,
    };
    let mut hidden = finding.clone();
    hidden.suppressed = Some(Suppression {
        path: "shop.design".into(),
        line: 3,
        reason: "replaced\u{1b}[2J next week".into(),
    });
    DesignReport {
        design: "shop".into(),
        verdict: DesignVerdict::Violated,
        findings: vec![finding, hidden],
        workflows: vec![WorkflowReport {
            name: "w".into(),
            verdict: DesignVerdict::Violated,
            property: Some("never: double charge".into()),
            line: 2,
            states: 305,
            depth: 4,
            seconds: 0.01,
            bounds: Bounds {
                instances: 1,
                crashes: 1,
                ..Bounds::default()
            },
            trace: vec![TraceStep {
                actor: "b".into(),
                does: "send C".into(),
                fault: None,
                effect: None,
                line: 3,
                arrow: None,
                instance: None,
            }],
            searches: Vec::new(),
            instance: "order".into(),
            end: Some("now t.x is 1".into()),
            loop_from: None,
            independent: false,
            never_reached: Vec::new(),
            not_covered: Vec::new(),
        }],
        notices: Vec::new(),
    }
}

#[test]
fn a_finding_has_its_line_its_reason_and_its_way_out() {
    expect![[r#"
        FAIL[direct-send-beside-transaction] b sends C beside the transaction that
          changes its data
         --> shop.design:3:31
          |
        3 |   on A at b { tx { t.x = 1 }; send C }
          |                               ^^^^^^ sent directly
          |
         ::: shop.design:3:20
          |
        3 |   on A at b { tx { t.x = 1 }; send C }
          |                    ------- committed here
           = why: a crash between them loses the message
           = fix: put `send C` into the `tx`

        w does not hold: never: double charge (line 2), without any fault
           = searched: 0 states, 0 steps deep, in 0.01 s ()

              b
           1  *

           1. b send C (line 3)
              -> now t.x is 1

        the design shop does not hold: 1 FAIL

        Suppressed
          FAIL[direct-send-beside-transaction] b sends C beside the transaction that
            changes its data (shop.design:3: replaced\u{1b}[2J next week)
    "#]]
    .assert_eq(&terminal(&report(), &Style::plain()));
}

#[test]
fn markdown_has_one_heading_of_level_two() {
    expect![[r#"
        ## Design Proof: violated

        the design shop does not hold: 1 FAIL.

        ### FAIL: b sends C beside the transaction that changes its data

        - Rule: `direct-send-beside-transaction`
        - Where: `shop.design:3`: `on A at b { tx { t.x = 1 }; send C }` (sent directly)
        - Beside: `shop.design:3`: `on A at b { tx { t.x = 1 }; send C }` (committed here)
        - Why: a crash between them loses the message
        - Fix:
          1. put \`send C\` into the \`tx\`

        ### w does not hold: never: double charge (line 2), without any fault

        Searched: 0 states, 0 steps deep, in 0.01 s ().

        ```mermaid
        sequenceDiagram
          participant p0 as b
          Note over p0: 1. send C (line 3)
        ```

        1. b send C (line 3)

        Then now t.x is 1.

        Suppressed:

        - FAIL `direct-send-beside-transaction`: b sends C beside the transaction that changes its data (line 3: replaced\\u{1b}\[2J next week)
    "#]].assert_eq(&markdown(&report()));
}

#[test]
fn programs_get_the_form_of_the_interface() {
    expect![[r#"
        {
          "version": 1,
          "design": "shop",
          "verdict": "violated",
          "findings": [
            {
              "rule": "direct-send-beside-transaction",
              "verdict": "FAIL",
              "path": "shop.design",
              "line": 3,
              "column": 31,
              "end_line": 3,
              "end_column": 37,
              "title": "b sends C beside the transaction that changes its data",
              "why": "a crash between them loses the message",
              "safe_steps": [
                "put `send C` into the `tx`"
              ],
              "related": [
                {
                  "path": "shop.design",
                  "line": 3,
                  "column": 20,
                  "role": "committed here"
                }
              ],
              "suppressed": null
            },
            {
              "rule": "direct-send-beside-transaction",
              "verdict": "FAIL",
              "path": "shop.design",
              "line": 3,
              "column": 31,
              "end_line": 3,
              "end_column": 37,
              "title": "b sends C beside the transaction that changes its data",
              "why": "a crash between them loses the message",
              "safe_steps": [
                "put `send C` into the `tx`"
              ],
              "related": [
                {
                  "path": "shop.design",
                  "line": 3,
                  "column": 20,
                  "role": "committed here"
                }
              ],
              "suppressed": {
                "line": 3,
                "reason": "replaced\u001b[2J next week"
              }
            }
          ],
          "workflows": [
            {
              "name": "w",
              "verdict": "violated",
              "property": "never: double charge",
              "line": 2,
              "states": 305,
              "depth": 4,
              "seconds": 0.01,
              "bounds": {
                "instances": 1,
                "crashes": 1,
                "duplicates": 0,
                "lost-replies": 0,
                "dead-letters": 0,
                "late-effects": 0,
                "together": 0
              },
              "searches": [],
              "trace": [
                {
                  "actor": "b",
                  "does": "send C",
                  "fault": null,
                  "effect": null,
                  "line": 3,
                  "instance": null,
                  "from": null,
                  "to": null,
                  "message": null
                }
              ],
              "loop_from": null,
              "end": "now t.x is 1",
              "independent": false,
              "never_reached": [],
              "not_covered": []
            }
          ],
          "notices": []
        }
    "#]]
    .assert_eq(&json(&report()));
}
