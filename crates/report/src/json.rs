//! The JSON report.
//!
//! The form is a promise to programs: fields may be added, none goes and none changes its meaning. `version` is the version
//! of the form.

use coexist_model::{Act, Finding, Principle, Related, Review, Sited, Step};
use serde::{Deserialize, Serialize};

use crate::{Output, Style, summary};

/// The version of the form.
pub const VERSION: u32 = 1;

/// The report for programs.
pub(crate) struct Json;

impl Output for Json {
    fn name(&self) -> &'static str {
        "json"
    }

    fn render(&self, review: &Review, _style: &Style) -> String {
        print(&Report::of(review))
    }
}

/// Returns the value as JSON text that is safe to show: characters that a terminal would obey are escaped.
pub(crate) fn print(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value)
        .unwrap_or_else(|e| unreachable!("a report is made of strings and numbers: {e}"));
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        // Such a character can only stand inside of a string, where JSON allows the escape.
        let hidden = matches!(c, '\u{7f}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if hidden {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out.push('\n');
    out
}

/// A whole report. Reading tolerates fields it does not know and later additions that are missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(
    missing_docs,
    reason = "the fields are those of the interface, by name"
)]
pub struct Report {
    pub version: u32,
    pub tool: Tool,
    pub change: Change,
    pub verdicts: Verdicts,
    pub findings: Vec<FindingForm>,
    pub questions: Vec<QuestionForm>,
    pub services: Vec<ServiceForm>,
    pub assumptions: Vec<AssumptionForm>,
    pub not_reviewed: Vec<NotReviewedForm>,
    pub counts: CountsForm,
    pub summary: String,
    #[serde(default)]
    pub found: Vec<String>,
    #[serde(default)]
    pub notices: Vec<NoticeForm>,
}

macro_rules! forms {
    ($($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        $(#[$meta])*
        #[expect(missing_docs, reason = "the fields are those of the interface, by name")]
        pub struct $name { $($(#[$field_meta])* pub $field: $type),* }
    )*};
}

forms! {
    /// The program that wrote the report.
    Tool { name: String, version: String }
    /// The trees that were compared.
    Change { base: String, head: String, deployed: Vec<String>, files: usize, #[serde(default)] release: Option<String>, #[serde(default)] notes: Vec<String> }
    /// The verdict of each principle.
    #[serde(rename_all = "kebab-case")]
    Verdicts {
        data_code_decoupling: String,
        single_service_changes: String,
        one_version_step: String,
        release_process_safety: String,
        api_cleanliness: String,
    }
    /// One finding.
    FindingForm {
        id: String,
        rule: String,
        principle: String,
        verdict: String,
        title: String,
        surface: Option<SurfaceForm>,
        element: Option<String>,
        primary: PlaceForm,
        related: Vec<RelatedForm>,
        witness: Option<WitnessForm>,
        no_schedule_because: Option<String>,
        question: Option<String>,
        safe_steps: Vec<String>,
        suppressed: Option<SuppressedForm>,
        #[serde(default)]
        notes: Vec<String>,
    }
    /// A surface.
    SurfaceForm { kind: String, name: String }
    /// A place at a ref.
    PlaceForm {
        side: String,
        path: String,
        line: u32,
        column: u32,
        end_line: u32,
        end_column: u32,
        quote: String,
    }
    /// A related place.
    RelatedForm {
        #[serde(flatten)]
        at: PlaceForm,
        role: String,
        confidence: String,
        why: Option<String>,
    }
    /// The schedule that breaks.
    WitnessForm {
        steps: Vec<StepForm>,
        error: String,
        outcome: String,
        #[serde(default)]
        assumed: Vec<String>,
    }
    /// A step of it.
    StepForm {
        r#do: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        what: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service: Option<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<String>,
        at: Option<usize>,
    }
    /// A comment that suppresses a finding.
    SuppressedForm { path: String, line: u32, reason: String }
    /// An open question.
    QuestionForm { id: String, finding: String, asks: String, decides: Vec<String>, wants: String }
    /// A service.
    ServiceForm { name: String, paths: Vec<String>, evidence: Vec<EvidenceForm> }
    /// A line that shows something.
    EvidenceForm { path: String, line: u32 }
    /// Something taken for granted.
    AssumptionForm { what: String, because: String, path: Option<String>, line: Option<u32> }
    /// A file that was not reviewed.
    NotReviewedForm { path: String, why: String }
    /// Something about settings or suppressions.
    NoticeForm { path: String, line: u32, what: String }
    /// How many there are of each.
    CountsForm { fail: usize, warn: usize, suppressed: usize, questions: usize }
}

impl Report {
    /// Returns the review in the form of the report.
    pub fn of(review: &Review) -> Self {
        let verdict = |p| review.verdict(p).word().to_owned();
        let counts = summary::counts(review);
        Self {
            version: VERSION,
            tool: tool(),
            change: Change {
                base: review.compared.base.clone(),
                head: review.compared.head.clone(),
                deployed: review.compared.deployed.clone(),
                files: review.compared.files,
                release: review.compared.release.clone(),
                notes: review.compared.notes.clone(),
            },
            verdicts: Verdicts {
                data_code_decoupling: verdict(Principle::DataCodeDecoupling),
                single_service_changes: verdict(Principle::SingleServiceChanges),
                one_version_step: verdict(Principle::OneVersionStep),
                release_process_safety: verdict(Principle::ReleaseProcessSafety),
                api_cleanliness: verdict(Principle::ApiCleanliness),
            },
            findings: review.findings.iter().map(finding).collect(),
            questions: questions(review),
            services: services(review),
            assumptions: assumptions(review),
            not_reviewed: review
                .not_reviewed
                .iter()
                .map(|n| NotReviewedForm {
                    path: n.path.clone(),
                    why: n.why.clone(),
                })
                .collect(),
            counts: CountsForm {
                fail: counts.fail,
                warn: counts.warn,
                suppressed: counts.suppressed,
                questions: counts.questions,
            },
            summary: summary::sentence(review),
            found: review.found.clone(),
            notices: review
                .notices
                .iter()
                .map(|n| NoticeForm {
                    path: n.place.path.to_string(),
                    line: n.place.line,
                    what: n.what.clone(),
                })
                .collect(),
        }
    }
}

fn tool() -> Tool {
    Tool {
        name: "coexist".to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn finding(f: &Finding) -> FindingForm {
    FindingForm {
        id: f.id.clone(),
        rule: f.rule.to_owned(),
        principle: f.principle.key().to_owned(),
        verdict: f.verdict.word().to_owned(),
        title: f.title.clone(),
        surface: f.surface.as_ref().map(|s| SurfaceForm {
            kind: s.kind.word().to_owned(),
            name: s.name.clone(),
        }),
        element: f.element.clone(),
        primary: place(&f.primary),
        related: f.related.iter().map(related).collect(),
        witness: f.witness.as_ref().map(|w| WitnessForm {
            steps: w.steps.iter().map(|s| step(s, f.related.len())).collect(),
            error: w.error.clone(),
            outcome: w.outcome.word().to_owned(),
            assumed: w.assumed.clone(),
        }),
        no_schedule_because: f.no_schedule_because.clone(),
        question: f.question.as_ref().map(|q| q.id.clone()),
        safe_steps: f.safe_steps.clone(),
        suppressed: f.suppressed.as_ref().map(|s| SuppressedForm {
            path: s.path.to_string(),
            line: s.line,
            reason: s.reason.clone(),
        }),
        notes: f.notes.clone(),
    }
}

fn place(at: &Sited) -> PlaceForm {
    PlaceForm {
        side: at.side.word().to_owned(),
        path: at.place.path.to_string(),
        line: at.place.line,
        column: at.place.column,
        end_line: at.place.end_line,
        end_column: at.place.end_column,
        quote: at.place.quote.trim().to_owned(),
    }
}

fn related(r: &Related) -> RelatedForm {
    RelatedForm {
        at: place(&r.at),
        role: r.role.clone(),
        confidence: r.confidence.word().to_owned(),
        why: r.why.map(|w| w.word().to_owned()),
    }
}

/// Returns the step; an index that points nowhere is null, so that a reader may index without a check.
fn step(s: &Step, related: usize) -> StepForm {
    StepForm {
        r#do: Act::word(s.act).to_owned(),
        what: s.what.clone(),
        service: s.service.clone(),
        version: s.version.clone(),
        at: s.at.filter(|at| *at <= related),
    }
}

fn questions(review: &Review) -> Vec<QuestionForm> {
    summary::questions(review)
        .into_iter()
        .map(|(f, q)| QuestionForm {
            id: q.id.clone(),
            finding: f.id.clone(),
            asks: q.asks.clone(),
            decides: q.decides.iter().map(|v| v.word().to_owned()).collect(),
            wants: q.wants.clone(),
        })
        .collect()
}

fn services(review: &Review) -> Vec<ServiceForm> {
    review
        .services
        .iter()
        .map(|s| ServiceForm {
            name: s.name.clone(),
            paths: s.paths.clone(),
            evidence: s
                .evidence
                .iter()
                .map(|e| EvidenceForm {
                    path: e.path.to_string(),
                    line: e.line,
                })
                .collect(),
        })
        .collect()
}

fn assumptions(review: &Review) -> Vec<AssumptionForm> {
    review
        .assumptions
        .iter()
        .map(|a| AssumptionForm {
            what: a.what.clone(),
            because: a.because.clone(),
            path: a.place.as_ref().map(|p| p.path.to_string()),
            line: a.place.as_ref().map(|p| p.line),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::sample;

    #[test]
    fn a_report_has_the_keys_of_the_interface_in_their_order() {
        expect![[r#"
            {
              "version": 1,
              "tool": {
                "name": "coexist",
                "version": "0.1.0"
              },
              "change": {
                "base": "4f1c2e9000000000000000000000000000000000",
                "head": "9ab31d0000000000000000000000000000000000",
                "deployed": [
                  "4f1c2e9000000000000000000000000000000000"
                ],
                "files": 9,
                "release": null,
                "notes": []
              },
              "verdicts": {
                "data-code-decoupling": "FAIL",
                "single-service-changes": "WARN",
                "one-version-step": "PASS",
                "release-process-safety": "PASS",
                "api-cleanliness": "PASS"
              },
              "findings": [
                {
                  "id": "f-7c1e09ab",
                  "rule": "drop-column-in-use",
                  "principle": "data-code-decoupling",
                  "verdict": "FAIL",
                  "title": "users.name is dropped while 4f1c2e9 still reads it",
                  "surface": {
                    "kind": "table",
                    "name": "users"
                  },
                  "element": "name",
                  "primary": {
                    "side": "head",
                    "path": "db/migrate/0042_drop_name.sql",
                    "line": 3,
                    "column": 1,
                    "end_line": 3,
                    "end_column": 36,
                    "quote": "ALTER TABLE users DROP COLUMN name;"
                  },
                  "related": [
                    {
                      "side": "base",
                      "path": "api/users.py",
                      "line": 88,
                      "column": 30,
                      "end_line": 88,
                      "end_column": 34,
                      "quote": "row = db.one(\"SELECT id, name FROM users WHERE id = %s\", uid)",
                      "role": "reads",
                      "confidence": "high",
                      "why": "parsed-sql"
                    }
                  ],
                  "witness": {
                    "steps": [
                      {
                        "do": "migrate",
                        "what": "0042_drop_name.sql",
                        "at": 0
                      },
                      {
                        "do": "read",
                        "service": "api",
                        "version": "4f1c2e9",
                        "at": 1
                      }
                    ],
                    "error": "column \"name\" does not exist",
                    "outcome": "refused",
                    "assumed": [
                      "migrations run before the code"
                    ]
                  },
                  "no_schedule_because": null,
                  "question": null,
                  "safe_steps": [
                    "release 1: the code stops naming users.name",
                    "wait until no node runs an older version",
                    "release 2: drop the column"
                  ],
                  "suppressed": null,
                  "notes": [
                    "a rollback of the code does not bring the data back"
                  ]
                },
                {
                  "id": "f-00c0ffee",
                  "rule": "rpc-added-and-called",
                  "principle": "single-service-changes",
                  "verdict": "WARN",
                  "title": "shop.v1.Orders.Refund is new and web calls it in the same change",
                  "surface": {
                    "kind": "rpc",
                    "name": "shop.v1.Orders"
                  },
                  "element": "Refund",
                  "primary": {
                    "side": "head",
                    "path": "proto/orders.proto",
                    "line": 14,
                    "column": 7,
                    "end_line": 14,
                    "end_column": 13,
                    "quote": "rpc Refund(RefundRequest) returns (RefundReply);"
                  },
                  "related": [],
                  "witness": null,
                  "no_schedule_because": null,
                  "question": "q-2b9017fe",
                  "safe_steps": [
                    "release 1: api serves Refund",
                    "release 2: web calls it"
                  ],
                  "suppressed": null,
                  "notes": []
                },
                {
                  "id": "f-0badcafe",
                  "rule": "untyped-bag",
                  "principle": "api-cleanliness",
                  "verdict": "WARN",
                  "title": "shop.v1.RefundRequest.extra is an untyped bag",
                  "surface": {
                    "kind": "rpc",
                    "name": "shop.v1.Orders"
                  },
                  "element": "Refund",
                  "primary": {
                    "side": "head",
                    "path": "proto/orders.proto",
                    "line": 14,
                    "column": 7,
                    "end_line": 14,
                    "end_column": 13,
                    "quote": "rpc Refund(RefundRequest) returns (RefundReply);"
                  },
                  "related": [],
                  "witness": null,
                  "no_schedule_because": null,
                  "question": null,
                  "safe_steps": [
                    "release 1: api serves Refund",
                    "release 2: web calls it"
                  ],
                  "suppressed": {
                    "path": "proto/orders.proto",
                    "line": 13,
                    "reason": "agreed with the partner until v2"
                  },
                  "notes": []
                }
              ],
              "questions": [
                {
                  "id": "q-2b9017fe",
                  "finding": "f-00c0ffee",
                  "asks": "Is the order in which api and web are deployed enforced?",
                  "decides": [
                    "PASS",
                    "FAIL"
                  ],
                  "wants": "the pipeline step that deploys api before web"
                }
              ],
              "services": [
                {
                  "name": "api",
                  "paths": [
                    "api/**"
                  ],
                  "evidence": [
                    {
                      "path": "api/Dockerfile",
                      "line": 1
                    }
                  ]
                }
              ],
              "assumptions": [
                {
                  "what": "migrations run before the code",
                  "because": "a Helm pre-upgrade hook runs them",
                  "path": "deploy/migrate.yaml",
                  "line": 7
                }
              ],
              "not_reviewed": [
                {
                  "path": "package-lock.json",
                  "why": "lock file"
                }
              ],
              "counts": {
                "fail": 1,
                "warn": 1,
                "suppressed": 1,
                "questions": 1
              },
              "summary": "Do not ship this as one release: Data/Code Decoupling fails; Single-Service Changes warns. 1 question is open. 1 finding is suppressed.",
              "found": [
                "PostgreSQL migrations (db/migrate)",
                "1 proto"
              ],
              "notices": [
                {
                  "path": "api/users.py",
                  "line": 5,
                  "what": "this suppression gives no reason, so it hides nothing"
                }
              ]
            }
        "#]].assert_eq(&Json.render(&sample::fail(), &Style::plain()));
    }

    /// What a program of the first release read, and nothing else.
    #[derive(Deserialize)]
    struct Old {
        version: u32,
        verdicts: std::collections::BTreeMap<String, String>,
        findings: Vec<OldFinding>,
        counts: std::collections::BTreeMap<String, usize>,
    }

    #[derive(Deserialize)]
    struct OldFinding {
        id: String,
        primary: OldPlace,
        related: Vec<OldPlace>,
        witness: Option<OldWitness>,
    }

    #[derive(Deserialize)]
    struct OldPlace {
        path: String,
        line: u32,
    }

    #[derive(Deserialize)]
    struct OldWitness {
        steps: Vec<serde_json::Value>,
    }

    #[test]
    fn an_old_reader_reads_the_new_form() {
        let old: Old =
            serde_json::from_str(&Json.render(&sample::fail(), &Style::plain())).unwrap();
        assert_eq!(old.version, 1);
        assert_eq!(old.verdicts["data-code-decoupling"], "FAIL");
        assert_eq!(old.verdicts["api-cleanliness"], "PASS");
        assert_eq!((old.counts["fail"], old.counts["suppressed"]), (1, 1));
        let first = &old.findings[0];
        assert_eq!(first.id, "f-7c1e09ab");
        let places: Vec<&OldPlace> = std::iter::once(&first.primary)
            .chain(&first.related)
            .collect();
        let last = first.witness.as_ref().unwrap().steps.last().unwrap();
        let at = usize::try_from(last["at"].as_u64().unwrap()).unwrap();
        assert_eq!(
            (places[at].path.as_str(), places[at].line),
            ("api/users.py", 88)
        );
    }

    #[test]
    fn a_new_reader_reads_the_old_form_and_what_is_yet_to_come() {
        let text = Json.render(&sample::fail(), &Style::plain());
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let report = value.as_object_mut().unwrap();
        for added_later in ["found", "notices"] {
            report.remove(added_later);
        }
        report.insert("some_day".into(), 1.into());
        let read: Report = serde_json::from_value(value).unwrap();
        assert_eq!(read.findings.len(), 3);
        assert!(read.notices.is_empty());
    }

    #[test]
    fn a_report_of_a_hostile_repository_reads_back_as_it_was() {
        let review = sample::hostile();
        let read: Report = serde_json::from_str(&Json.render(&review, &Style::plain())).unwrap();
        assert_eq!(read, Report::of(&review));
    }
}
