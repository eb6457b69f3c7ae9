//! A service that dies has several things in hand.

use coexist_design::prove::Verdict;

use super::cases::proof;

const TWINS: &str = "
design twins 1
service a { store a-db postgres { table ta key k { s: none|sent = none }
                                  outbox relay cdc; inbox by message_id keep 30d }
            publishes M1 v1, M2 v1 }
service b { store b-db postgres { table tb key k { one: none|done = none; two: none|done = none }
                                  outbox relay cdc; inbox by message_id keep 30d }
            accepts M1 v1, M2 v1 }
external p x { op pay(k) -> ok { timeout 1s }
               op bill(k) -> ok { timeout 1s } }
channel from-a { from a; at-least-once; unordered; retry 3x 1s..1m; dead-letter dlq }
workflow w by k {
  coordinator a
  start Go at a { tx { ta.s = sent; send M1; send M2 } }
  on M1 at b { call p.pay(k); tx { tb.one = done } }
  on M2 at b { call p.bill(k); tx { tb.two = done } }
  never p.paid(k) > 1 && p.billed(k) > 1 \"both twice\"
}
explore { instances 1; crashes 1; duplicates 0; lost-replies 0; dead-letters 0 }
";

#[test]
fn one_crash_takes_all_handlers_of_a_service() {
    let proof = proof(TWINS);
    let trace = proof.violation.expect("both calls are made again");
    assert_eq!(trace.property, "never: both twice");
    let falls = trace.steps.iter().find(|s| s.fault.is_some());
    assert_eq!(
        falls.map(|s| (s.actor.as_str(), s.does.as_str())),
        Some(("b", "crashes with all that it has in hand"))
    );
}

#[test]
fn a_service_that_has_one_thing_in_hand_does_one_twice() {
    let serial = TWINS.replace(
        "accepts M1 v1, M2 v1",
        "accepts M1 v1, M2 v1; handles serial by k",
    );
    assert_eq!(proof(&serial).verdict, Verdict::Holds);
}
