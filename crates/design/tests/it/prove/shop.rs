//! The shop holds; with any one of its safeguards taken out, the prover finds what goes wrong.

use coexist_design::prove::Verdict;

use super::cases::{found, proof};

const SHOP: &str = include_str!("../../../examples/shop.design");

/// Proves the shop with some of its text replaced.
fn without(changes: &[(&str, &str)]) -> String {
    let mut text = SHOP.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "the shop has no {from}");
        text = text.replace(from, to);
    }
    found(&proof(&text))
}

/// Proves the shop without the lines that begin so.
fn without_line(start: &str) -> String {
    assert!(
        SHOP.lines()
            .any(|line| line.trim_start().starts_with(start)),
        "{start}"
    );
    let lines = SHOP
        .lines()
        .filter(|line| !line.trim_start().starts_with(start));
    let text: Vec<&str> = lines.collect();
    found(&proof(&text.join("\n")))
}

#[test]
fn the_shop_holds() {
    let proof = proof(SHOP);
    assert_eq!(proof.verdict, Verdict::Holds, "{:?}", proof.violation);
    assert_eq!(proof.never_reached, []);
    assert!(
        proof.stages.iter().all(|s| s.extent.states < 200_000),
        "{:?}",
        proof.stages
    );
}

#[test]
fn without_the_outbox_of_orders_a_message_is_sent_beside_the_transaction() {
    let found = without(&[("outbox relay polling; inbox", "inbox")]);
    assert_eq!(found, "violated finally: nothing kept");
}

#[test]
fn without_a_relay_nothing_is_published() {
    assert_eq!(
        without(&[("outbox relay polling", "outbox relay none")]),
        "violated finally: read model converges"
    );
}

#[test]
fn without_inboxes_a_copy_takes_the_other_branch() {
    let found = without(&[("; inbox by message_id keep 30d", "")]);
    assert_eq!(
        found,
        "violated replay: HoldStock handled twice at inventory is handled once"
    );
}

#[test]
fn without_a_key_at_the_provider_the_customer_pays_twice() {
    let found = without(&[("{ key order_id keep 24h; timeout 5s }", "{ timeout 5s }")]);
    assert_eq!(found, "violated never: double charge");
}

#[test]
fn without_a_compensation_something_is_kept() {
    assert_eq!(
        without(&[("undo HoldStock by ReleaseStock; ", "")]),
        "violated finally: nothing kept"
    );
    assert_eq!(
        without(&[("; undo Capture by Refund", "")]),
        "violated finally: nothing kept"
    );
}

#[test]
fn without_a_tombstone_the_release_overtakes_the_hold() {
    let found = without(&[(
        "{ stock.free += 1 }; hold.state = closed",
        "{ stock.free += 1; hold.state = closed }",
    )]);
    assert_eq!(found, "violated finally: nothing kept");
}

#[test]
fn without_a_timeout_an_order_waits_for_ever() {
    assert_eq!(
        without_line("on timeout"),
        "violated finally: every order ends"
    );
}

#[test]
fn a_refund_that_overtakes_its_capture_finds_nothing() {
    assert_eq!(
        without(&[("; handles serial by order_id", "")]),
        "violated finally: nothing kept"
    );
    assert_eq!(
        without_line("when payment.state != none"),
        "violated finally: nothing kept"
    );
}

#[test]
fn without_a_reconciliation_a_message_that_was_given_up_is_never_made_good() {
    let stock = without(&[
        (" reconcile stock-vs-orders", ""),
        ("reconcile stock-vs-orders every 1h", "// "),
    ]);
    assert_eq!(stock, "violated finally: nothing kept");
    assert_eq!(
        without_line("reconcile ship-vs-orders"),
        "violated finally: every order ends"
    );
    assert_eq!(
        without_line("reconcile money-vs-orders"),
        "violated finally: nothing kept"
    );
    let view = without(&[
        (" reconcile rebuild-view", ""),
        ("reconcile rebuild-view    every 1d", "// "),
    ]);
    assert_eq!(view, "violated finally: read model converges");
}

#[test]
fn the_trace_is_the_same_every_time() {
    let text = SHOP.replace("; handles serial by order_id", "");
    assert_eq!(proof(&text), proof(&text));
}
