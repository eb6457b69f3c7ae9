use super::*;

const SHOP: &str = include_str!("../../examples/shop.design");

#[test]
fn a_design_says_whose_tables_are_and_who_calls_whom() {
    let terms = terms("shop.design", SHOP).unwrap();
    let payments = terms.of("payments").unwrap();
    let tables: Vec<&str> = payments.tables.iter().map(|(t, _)| t.as_str()).collect();
    assert_eq!(tables, ["payment"]);
    assert_eq!(Vec::from_iter(&payments.calls), ["psp"]);
    assert_eq!(Vec::from_iter(&payments.sends_to), ["orders"]);
    let inbox = payments.inbox.as_ref().unwrap();
    assert_eq!(inbox.field.as_deref(), Some("message_id"));
    assert!(payments.outbox.is_some());
    let channels: Vec<&str> = payments
        .redelivered
        .iter()
        .map(|(c, _)| c.as_str())
        .collect();
    assert_eq!(channels, ["commands"]);
    let capture = terms.queued("shop.v1.Capture").unwrap();
    assert_eq!(
        (capture.channel.as_str(), capture.kept.as_deref()),
        ("commands", Some("7d"))
    );
}

#[test]
fn a_design_that_cannot_be_read_says_nothing() {
    let (place, _) = terms("x.design", "design x 1\nservce a { }\n").unwrap_err();
    assert_eq!(place.line, 2);
}
