use coexist_model::File;
use expect_test::{Expect, expect};

use crate::language::{Scope, Verb, read};

const SHOP: &str = include_str!("../../../examples/shop.design");

/// Replaces one text of the shop, and shows each problem with its place.
fn check(old: &str, new: &str, expect: Expect) {
    assert_eq!(SHOP.matches(old).count(), 1, "{old}");
    let text = SHOP.replace(old, new);
    let file = File::new("shop.design", &text);
    let said = read(&text).problems.into_iter().map(|p| {
        let place = file.place(p.span.range());
        let quote = &text[p.span.range()];
        format!(
            "{}:{} [{quote}] {}; {}; {}\n",
            place.line, place.column, p.what, p.why, p.help
        )
    });
    expect.assert_eq(&said.collect::<String>());
}

#[test]
fn every_name_of_the_shop_resolves() {
    assert_eq!(read(SHOP).problems, []);
}

#[test]
fn a_name_that_leads_nowhere_names_the_nearest_one() {
    check(
        "coordinator orders;",
        "coordinator order;",
        expect![[r#"
        51:15 [order] `order` is no service; what a name that leads nowhere stands for would never be checked; did you mean `orders`?
    "#]],
    );
    check(
        "on Captured at orders",
        "on Capturd at orders",
        expect![[r#"
        65:6 [Capturd] `Capturd` is no message; what a name that leads nowhere stands for would never be checked; did you mean `Capture`?
    "#]],
    );
    check(
        "send HoldStock; emit",
        "send HoldStok; emit",
        expect![[r#"
        53:65 [HoldStok] `HoldStok` is no message; what a name that leads nowhere stands for would never be checked; did you mean `HoldStock`?
    "#]],
    );
    check(
        "order.status = placed; send",
        "order.state = placed; send",
        expect![[r#"
        53:43 [state] `state` is no field of `order`; what a name that leads nowhere stands for would never be checked; did you mean `status`?
    "#]],
    );
    check(
        "order.status = placed; send",
        "order.status = place; send",
        expect![[r#"
        53:52 [place] `place` is no value of `status`; what a name that leads nowhere stands for would never be checked; did you mean `placed`?
    "#]],
    );
    check(
        "never   stock.free < 0",
        "never   stok.free < 0",
        expect![[r#"
        81:11 [stok] `stok` is no table; what a name that leads nowhere stands for would never be checked; did you mean `stock`?
    "#]],
    );
    check(
        "psp.captured(order_id) > 1",
        "psp.captred(order_id) > 1",
        expect![[r#"
        80:15 [captred] `captred` is no count of the effects of `psp`; what a name that leads nowhere stands for would never be checked; did you mean `captured`?
    "#]],
    );
    check(
        "psp.captured(order_id) > 1",
        "psp.captured(order) > 1",
        expect![[r#"
        80:24 [order] `order` is no key; what a name that leads nowhere stands for would never be checked; declare the key, or use one that is there: amount, causation_id, client_request_id, correlation_id, free, message_id, occurred_at, order_id, schema_version, sku, state, status, …
    "#]],
    );
    check(
        "call psp.refund(order_id)",
        "call psp.refnd(order_id)",
        expect![[r#"
        76:36 [refnd] `refnd` is no operation of `psp`; what a name that leads nowhere stands for would never be checked; did you mean `refund`?
    "#]],
    );
    check(
        "unknown lookup",
        "unknown lokup",
        expect![[r#"
        63:63 [lokup] `lokup` is no operation or outcome; what a name that leads nowhere stands for would never be checked; did you mean `lookup`?
    "#]],
    );
    check(
        "tx { when ok {",
        "tx { when okay {",
        expect![[r#"
        64:17 [okay] `okay` is no outcome; what a name that leads nowhere stands for would never be checked; did you mean `ok`?
    "#]],
    );
    check(
        "reconcile psp-report\n",
        "reconcile psp-reprt\n",
        expect![[r#"
        91:57 [psp-reprt] `psp-reprt` is no reconciliation; what a name that leads nowhere stands for would never be checked; did you mean `psp-report`?
    "#]],
    );
}

#[test]
fn a_step_stands_where_it_means_something() {
    check(
        "on Refund at payments { call psp.refund(order_id) retry forever; tx {",
        "on Refund at payments { tx { call psp.refund(order_id) retry forever;",
        expect![[r#"
            76:32 [call psp.refund(order_id) retry forever] a call stands in a transaction; the transaction would hold its locks while it waits for another system, and a rollback does not take the call back; call before the transaction, and commit what came of it in the transaction behind it
        "#]],
    );
    check(
        "on timeout at orders  { tx {",
        "on timeout at orders  { reply Captured; tx {",
        expect![[r#"
        70:27 [reply Captured] there is no message here to reply to; the reply would go nowhere; use `send` or `emit`
    "#]],
    );
    check(
        "when order.status == paid { order",
        "when order.status { order",
        expect![[r#"
        69:37 [order.status] this is no condition: it is neither true nor false; it cannot be told when it holds; compare it: order.status == placed
    "#]],
    );
    check(
        "stock.free -= 1",
        "hold.state -= 1",
        expect![[r#"
        56:65 [1] `state` is no number, so nothing can be added to it; its values are words; write `=` and one of its values
    "#]],
    );
    check(
        "hold.state == none && stock.free > 0",
        "hold.state == 1 && stock.free > none",
        expect![[r#"
        56:12 [hold.state == 1] the two sides of this comparison never are equal: they are of different kinds; the condition would always hold, or never; compare a number with a number, a word with a field that can hold it
        56:44 [none] `none` means nothing here; a word alone is the outcome of a call, and no call stands before it; compare a field with it: order.status == placed
    "#]],
    );
}

#[test]
fn a_count_of_effects_knows_what_takes_back() {
    let design = read(SHOP).design;
    let scope = Scope::new(&design);
    let net = scope.counted(&design.externals[0], "net").unwrap();
    assert_eq!(net.plus[0].name, "capture");
    assert_eq!(net.minus[0].name, "refund");
    assert_eq!((net.plus.len(), net.minus.len()), (1, 1));
}

#[test]
fn a_message_goes_over_the_channel_that_is_called_after_it() {
    let design = read(SHOP).design;
    let scope = Scope::new(&design);
    let name = |verb| {
        scope.routes("orders", "X", verb, None)[0]
            .name
            .text
            .as_str()
    };
    assert_eq!(
        (name(Verb::Send), name(Verb::Emit)),
        ("commands", "order-events")
    );
}
