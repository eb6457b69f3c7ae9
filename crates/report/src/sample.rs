//! Reviews made by hand, for the tests of all outputs.

use coexist_model::*;

pub(crate) const BASE: &str = "4f1c2e9000000000000000000000000000000000";
pub(crate) const HEAD: &str = "9ab31d0000000000000000000000000000000000";

pub(crate) fn place(path: &str, line: u32, quote: &str, part: &str) -> Place {
    let from = quote.find(part).map_or(0, |at| quote[..at].chars().count());
    let column = u32::try_from(from + 1).unwrap();
    let length = u32::try_from(part.chars().count()).unwrap();
    Place {
        path: path.into(),
        line,
        column,
        end_line: line,
        end_column: column + length,
        quote: quote.into(),
    }
}

pub(crate) fn step(
    act: Act,
    what: Option<&str>,
    service: Option<&str>,
    version: Option<&str>,
    at: Option<usize>,
) -> Step {
    Step {
        act,
        what: what.map(Into::into),
        service: service.map(Into::into),
        version: version.map(Into::into),
        at,
    }
}

pub(crate) fn dropped_column() -> Finding {
    let drop = "ALTER TABLE users DROP COLUMN name;";
    let read = "    row = db.one(\"SELECT id, name FROM users WHERE id = %s\", uid)";
    Finding {
        id: "f-7c1e09ab".into(),
        rule: "drop-column-in-use",
        principle: Principle::DataCodeDecoupling,
        verdict: Verdict::Fail,
        title: "users.name is dropped while 4f1c2e9 still reads it".into(),
        surface: Some(Surface::table("users")),
        element: Some("name".into()),
        primary: Sited {
            side: Side::Head,
            place: place("db/migrate/0042_drop_name.sql", 3, drop, drop),
        },
        label: "dropped here".into(),
        related: vec![Related {
            at: Sited {
                side: Side::Base,
                place: place("api/users.py", 88, read, "name"),
            },
            role: "reads".into(),
            confidence: Confidence::High,
            why: Some(Why::ParsedSql),
        }],
        witness: Some(Witness {
            steps: vec![
                step(
                    Act::Migrate,
                    Some("0042_drop_name.sql"),
                    None,
                    None,
                    Some(0),
                ),
                step(Act::Read, None, Some("api"), Some("4f1c2e9"), Some(1)),
            ],
            error: "column \"name\" does not exist".into(),
            outcome: Outcome::Refused,
            assumed: vec!["migrations run before the code".into()],
        }),
        no_schedule_because: None,
        question: None,
        safe_steps: vec![
            "release 1: the code stops naming users.name".into(),
            "wait until no node runs an older version".into(),
            "release 2: drop the column".into(),
        ],
        notes: vec!["a rollback of the code does not bring the data back".into()],
        suppressed: None,
    }
}

pub(crate) fn asked() -> Finding {
    let line = "  rpc Refund(RefundRequest) returns (RefundReply);";
    Finding {
        id: "f-00c0ffee".into(),
        rule: "rpc-added-and-called",
        principle: Principle::SingleServiceChanges,
        verdict: Verdict::Warn,
        title: "shop.v1.Orders.Refund is new and web calls it in the same change".into(),
        surface: Some(Surface::new(SurfaceKind::Rpc, "shop.v1.Orders")),
        element: Some("Refund".into()),
        primary: Sited {
            side: Side::Head,
            place: place("proto/orders.proto", 14, line, "Refund"),
        },
        label: "new".into(),
        related: Vec::new(),
        witness: None,
        no_schedule_because: None,
        question: Some(Question {
            id: "q-2b9017fe".into(),
            asks: "Is the order in which api and web are deployed enforced?".into(),
            decides: vec![Verdict::Pass, Verdict::Fail],
            wants: "the pipeline step that deploys api before web".into(),
        }),
        safe_steps: vec![
            "release 1: api serves Refund".into(),
            "release 2: web calls it".into(),
        ],
        notes: Vec::new(),
        suppressed: None,
    }
}

pub(crate) fn fail() -> Review {
    let mut hidden = asked();
    hidden.id = "f-0badcafe".into();
    hidden.rule = "untyped-bag";
    hidden.principle = Principle::ApiCleanliness;
    hidden.title = "shop.v1.RefundRequest.extra is an untyped bag".into();
    hidden.question = None;
    hidden.suppressed = Some(Suppression {
        path: "proto/orders.proto".into(),
        line: 13,
        reason: "agreed with the partner until v2".into(),
    });
    Review {
        compared: Compared {
            base: BASE.into(),
            head: HEAD.into(),
            deployed: vec![BASE.into()],
            files: 9,
            notes: Vec::new(),
            release: None,
            arguments: Vec::new(),
            described: "main...HEAD: 2 commits, 9 files (merge base 4f1c2e9, taken as the version that runs)".into(),
        },
        findings: vec![dropped_column(), asked(), hidden],
        services: vec![Service {
            name: "api".into(),
            paths: vec!["api/**".into()],
            evidence: vec![place("api/Dockerfile", 1, "FROM python:3.13", "FROM")],
        }],
        assumptions: vec![Assumption {
            what: "migrations run before the code".into(),
            because: "a Helm pre-upgrade hook runs them".into(),
            place: Some(place("deploy/migrate.yaml", 7, "  helm.sh/hook: pre-upgrade", "pre-upgrade")),
        }],
        not_reviewed: vec![NotReviewed {
            path: "package-lock.json".into(),
            why: "lock file".into(),
        }],
        found: vec!["PostgreSQL migrations (db/migrate)".into(), "1 proto".into()],
        notices: vec![Notice {
            place: place("api/users.py", 5, "# coexist: ignore[x]", "coexist"),
            what: "this suppression gives no reason, so it hides nothing".into(),
        }],
    }
}

pub(crate) fn pass() -> Review {
    Review {
        findings: Vec::new(),
        not_reviewed: Vec::new(),
        notices: Vec::new(),
        assumptions: Vec::new(),
        ..fail()
    }
}

/// A review of a repository that tries to speak for itself.
pub(crate) fn hostile() -> Review {
    let evil =
        "x\u{1b}[2J\u{1b}]8;;http://evil\u{7}`|<b>@octocat</b>\u{202e}\u{9b}31m\r\n### Summary";
    let mut finding = dropped_column();
    finding.title = format!("{evil} is dropped");
    finding.label = evil.into();
    finding.surface = Some(Surface::table(evil));
    finding.primary.place.path = evil.into();
    finding.primary.place.quote = format!("\t{evil}``` ").into();
    finding.primary.place.end_line = 9;
    finding.primary.place.end_column = 4_000_000;
    finding.related[0].at.place.column = u32::MAX;
    finding.related[0].at.place.end_column = 0;
    finding.related[0].role = evil.into();
    finding.notes = vec![evil.into()];
    finding.safe_steps = vec![evil.into()];
    if let Some(witness) = &mut finding.witness {
        witness.error = evil.into();
        witness.steps[0].what = Some(evil.into());
        witness.steps[0].at = Some(99);
        witness.assumed = vec![evil.into()];
    }
    finding.question = Some(Question {
        id: "q-00000000".into(),
        asks: evil.into(),
        decides: vec![Verdict::Pass],
        wants: evil.into(),
    });
    let mut review = fail();
    review.findings.push(finding);
    review.found = vec![evil.into()];
    review.compared.described = evil.into();
    review.compared.head = evil.into();
    review.not_reviewed[0].path = evil.into();
    review.assumptions[0].because = evil.into();
    review.notices[0].what = evil.into();
    review.services[0].name = evil.into();
    review
}
