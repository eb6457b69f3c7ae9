use coexist_model::File;
use expect_test::{Expect, expect};

use super::*;

const SHOP: &str = include_str!("../../../examples/shop.design");

/// Shows each problem with its place.
fn check(text: &str, expect: Expect) {
    let file = File::new("a.design", text);
    let problems = parse(text).problems;
    let said = problems.iter().map(|p| {
        let place = file.place(p.span.range());
        format!("{}:{} {}; {}\n", place.line, place.column, p.what, p.help)
    });
    expect.assert_eq(&said.collect::<String>());
}

#[test]
fn the_whole_shop_is_read() {
    let parsed = parse(SHOP);
    assert_eq!(parsed.problems, []);
    let design = parsed.design;
    assert_eq!(design.name, "shop");
    assert_eq!(design.services.len(), 5);
    assert_eq!(design.externals[0].operations.len(), 3);
    assert_eq!(design.channels.len(), 3);
    assert_eq!(design.workflows[0].handlers.len(), 13);
    assert_eq!(design.workflows[0].properties.len(), 6);
    assert_eq!(design.reconciliations.len(), 5);
    assert_eq!(design.signals.len(), 4);
    assert_eq!(design.gaps, []);
}

#[test]
fn an_error_stays_in_its_statement() {
    check(
        "design a 1\nservise b {\n}\nservice c {\n  tem d\n  store e {\n    outbx\n  }\n  team f\n}",
        expect![[r#"
            2:1 `servise` begins no statement of a design; did you mean `service`? a design takes design, justify, rejected, service, external, channel, envelope, evolve, workflow, truth, reconcile, signal, explore
            5:3 `tem` begins no statement of a service; did you mean `team`? a service takes team, oncall, region, regions, store, api, calls, publishes, accepts, handles, staleness, fails, ack, lease
            7:5 `outbx` begins no statement of a store; did you mean `outbox`? a store takes table, outbox, inbox, rebuild, database, region, regions, isolation, lagging
        "#]],
    );
}

#[test]
fn every_word_is_in_the_grammar_of_people_and_of_editors() {
    let page = include_str!("../../../../../docs/design-language.md");
    let editor = include_str!("../../../../../editors/vscode/syntaxes/design.tmLanguage.json");
    let tables = [
        FILE,
        service::SERVICE,
        service::FAILS,
        service::STORE,
        service::API,
        transport::CHANNEL,
        transport::EXTERNAL,
        transport::OPERATION,
        plan::RECONCILE,
        plan::EXPLORE,
        workflow::WORKFLOW,
        handler::STEPS,
    ];
    for word in tables.iter().flat_map(|t| t.known) {
        let quoted = page.contains(&format!("\"{word}\"")) || *word == "region";
        assert!(quoted, "the page lacks {word}");
        let known = editor.split(['|', '(', ')', '\\', '"']).any(|w| w == *word);
        assert!(known, "the editor lacks {word}");
    }
}
