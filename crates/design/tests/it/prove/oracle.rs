//! Four designs, written a second time by hand as models of stateright, which knows neither the language nor the machine.
//!
//! Verdicts are compared, and where nothing is violated the number of states too: the models tell apart what a reader of the design
//! would, so a state more or less on one side is a mistake on one side. A property of the end is held against states in which nothing
//! more has to happen; stateright's own `eventually` does not see cycles. The model of a lease knows no tokens, only whose lease is the
//! newest, so of that one the verdicts alone are compared.

use coexist_design::prove::{Proof, Verdict};
use stateright::{Checker, Model, Property};

use super::cases::proof;

/// What both say of a design: whether it holds, and for how many states.
fn compare<M>(text: &str, model: M)
where
    M: Model + Send + Sync + 'static,
    M::State: Send + Sync + std::hash::Hash + Clone + std::fmt::Debug + PartialEq,
    M::Action: Clone + std::fmt::Debug + PartialEq,
{
    let (proof, states) = agree(text, model);
    if proof.verdict == Verdict::Holds {
        let visited: Vec<usize> = proof.stages.iter().map(|s| s.extent.states).collect();
        assert_eq!(visited, [states], "{text}");
    }
}

/// Whether both say the same of a design. Returns the proof, and the number of states of the model.
fn agree<M>(text: &str, model: M) -> (Proof, usize)
where
    M: Model + Send + Sync + 'static,
    M::State: Send + Sync + std::hash::Hash + Clone + std::fmt::Debug + PartialEq,
    M::Action: Clone + std::fmt::Debug + PartialEq,
{
    let proof = proof(text);
    let checker = model.checker().threads(1).spawn_bfs().join();
    let broken: Vec<&str> = checker.discoveries().into_keys().collect();
    match (&proof.verdict, &proof.violation) {
        (Verdict::Holds, _) => assert!(broken.is_empty(), "{broken:?}\n{text}"),
        (Verdict::Violated, Some(violation)) => {
            // What is done twice shows at the copy already, before its harm does.
            let replay = violation.property.starts_with("replay: ") && !broken.is_empty();
            let named = replay || broken.iter().any(|name| violation.property.contains(name));
            assert!(named, "{}, and {broken:?}\n{text}", violation.property);
        }
        unclear => panic!("{unclear:?}\n{text}"),
    }
    (proof, checker.unique_state_count())
}

/// Faults that have happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
struct Faults {
    crashes: u8,
    copies: u8,
    lost: u8,
}

/// How a delivery turns out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Delivery {
    /// The message is acknowledged.
    Once,
    /// A copy of it comes again.
    Copied,
    /// The consumer dies after its commit, and the broker delivers again.
    Unacknowledged,
}

const DELIVERIES: [Delivery; 3] = [Delivery::Once, Delivery::Copied, Delivery::Unacknowledged];

impl Faults {
    /// Adds what a delivery costs; None beyond one of each.
    fn with(self, delivery: Delivery) -> Option<Self> {
        let Self {
            crashes,
            copies,
            lost,
        } = self;
        match delivery {
            Delivery::Once => Some(self),
            Delivery::Copied => (copies == 0).then_some(Self {
                crashes,
                copies: 1,
                lost,
            }),
            Delivery::Unacknowledged => (crashes == 0).then_some(Self {
                crashes: 1,
                copies,
                lost,
            }),
        }
    }
}

// ---- an outbox with its relay, and a consumer that counts ------------------------------------------------------------------------

const COUNTER: &str = "
design counter 1
service a { store a-db postgres { table ta key k { s: none|placed = none }; outbox relay cdc } publishes M v1 }
service b { store b-db postgres { table tb key k { n: 0..2 }; INBOX } accepts M v1 }
channel from-a { from a; at-least-once; unordered; retry 3x 1s..1m; dead-letter dlq }
workflow w by k {
  coordinator a
  start Go at a { tx { ta.s = placed; send M } }
  on M at b { tx { tb.n += 1 } }
  never tb.n > 1 \"counted twice\"
  finally ta.s == placed => tb.n == 1 \"counted at last\"
}
explore { instances 1; crashes 1; duplicates 1; lost-replies 0; dead-letters 0 }
";

#[derive(Debug, Clone)]
struct Counter {
    inbox: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Counted {
    faults: Faults,
    placed: bool,
    in_flight: u8,
    seen: bool,
    count: u8,
}

impl Model for Counter {
    type State = Counted;
    /// None: the order is placed.
    type Action = Option<Delivery>;

    fn init_states(&self) -> Vec<Counted> {
        vec![Counted::default()]
    }

    fn actions(&self, state: &Counted, actions: &mut Vec<Self::Action>) {
        if !state.placed {
            actions.push(None);
        }
        if state.in_flight > 0 {
            actions.extend(DELIVERIES.map(Some));
        }
    }

    fn next_state(&self, last: &Counted, action: Self::Action) -> Option<Counted> {
        let mut next = last.clone();
        let Some(delivery) = action else {
            next.placed = true;
            next.in_flight = 1;
            return Some(next);
        };
        if !(self.inbox && last.seen) {
            next.count = (last.count + 1).min(2);
            next.seen = self.inbox;
        }
        if delivery == Delivery::Once {
            next.in_flight -= 1;
        }
        // A fault that changes nothing is none.
        if delivery != Delivery::Once && next == *last {
            return None;
        }
        next.faults = last.faults.with(delivery)?;
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("counted twice", |_, s: &Counted| s.count < 2),
            Property::always("counted at last", |_, s: &Counted| {
                s.in_flight > 0 || !s.placed || s.count == 1
            }),
        ]
    }
}

#[test]
fn a_consumer_with_an_inbox_counts_once() {
    let with = COUNTER.replace("INBOX", "inbox by message_id keep 30d");
    compare(&with, Counter { inbox: true });
    let without = COUNTER.replace("INBOX", "");
    compare(&without, Counter { inbox: false });
}

// ---- a loan that is approved and cancelled at once -------------------------------------------------------------------------------

const LOAN: &str = "
design loan 1
service loans { store loans-db postgres { table loan key loan_id { status: new|pending|approved|cancelled = new }
                                          outbox relay polling; inbox by message_id keep 30d } }
service funds { store funds-db postgres { table fund key loan_id { state: none|reserved|closed = none }
                                          outbox relay polling; inbox by message_id keep 30d } }
channel commands { from loans; at-least-once; unordered; retry 8x 1s..1h; dead-letter commands-dlq; keep 7d }
channel replies { from funds; at-least-once; unordered; retry 8x 1s..1h; dead-letter replies-dlq; keep 7d }
workflow lend by loan_id {
  coordinator loans; timeout 1h
  start Apply at loans { tx { loan.status = pending; send Reserve } }
  on Reserve at funds { tx { TOMBSTONE { fund.state = reserved; reply Reserved } } }
  on Reserved at loans { tx { GUARD { loan.status = approved } } }
  on timeout at loans { tx { when loan.status == pending { loan.status = cancelled; send Release } } }
  on Release at funds { tx { fund.state = closed } }
  finally loan.status == approved => fund.state == reserved \"what is approved is funded\"
  finally loan.status == cancelled => fund.state != reserved \"nothing stays reserved\"
}
explore { instances 1; crashes 1; duplicates 1; lost-replies 0; dead-letters 0 }
";

#[derive(Debug, Clone)]
struct Loan {
    /// The answer is asked for the status before it approves.
    guarded: bool,
    /// A release that came first keeps the reservation out.
    tombstone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Status {
    #[default]
    New,
    Pending,
    Approved,
    Cancelled,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Fund {
    #[default]
    None,
    Reserved,
    Closed,
}

/// The messages, by their place in the lists of a state.
const RESERVE: usize = 0;
const RESERVED: usize = 1;
const RELEASE: usize = 2;

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Lent {
    faults: Faults,
    status: Status,
    fund: Fund,
    in_flight: [u8; 3],
    seen: [bool; 3],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Apply,
    GiveUp,
    Deliver(usize, Delivery),
}

impl Model for Loan {
    type State = Lent;
    type Action = Step;

    fn init_states(&self) -> Vec<Lent> {
        vec![Lent::default()]
    }

    fn actions(&self, state: &Lent, actions: &mut Vec<Step>) {
        match state.status {
            Status::New => actions.push(Step::Apply),
            Status::Pending => actions.push(Step::GiveUp),
            _ => {}
        }
        for message in (0..3).filter(|m| state.in_flight[*m] > 0) {
            actions.extend(DELIVERIES.map(|d| Step::Deliver(message, d)));
        }
    }

    fn next_state(&self, last: &Lent, action: Step) -> Option<Lent> {
        let mut next = last.clone();
        let (message, delivery) = match action {
            Step::Apply => {
                next.status = Status::Pending;
                next.in_flight[RESERVE] += 1;
                return Some(next);
            }
            Step::GiveUp => {
                next.status = Status::Cancelled;
                next.in_flight[RELEASE] += 1;
                return Some(next);
            }
            Step::Deliver(message, delivery) => (message, delivery),
        };
        if !last.seen[message] {
            next.seen[message] = true;
            match message {
                RESERVE if !self.tombstone || last.fund == Fund::None => {
                    next.fund = Fund::Reserved;
                    next.in_flight[RESERVED] += 1;
                }
                RESERVED if !self.guarded || last.status == Status::Pending => {
                    next.status = Status::Approved;
                }
                RELEASE => next.fund = Fund::Closed,
                _ => {}
            }
        }
        if delivery == Delivery::Once {
            next.in_flight[message] -= 1;
        }
        if delivery != Delivery::Once && next == *last {
            return None;
        }
        next.faults = last.faults.with(delivery)?;
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        fn rests(s: &Lent) -> bool {
            s.in_flight == [0; 3] && s.status != Status::Pending
        }
        vec![
            Property::always("what is approved is funded", |_, s: &Lent| {
                !rests(s) || s.status != Status::Approved || s.fund == Fund::Reserved
            }),
            Property::always("nothing stays reserved", |_, s: &Lent| {
                !rests(s) || s.status != Status::Cancelled || s.fund != Fund::Reserved
            }),
        ]
    }
}

#[test]
fn a_loan_is_approved_or_cancelled() {
    for (guarded, tombstone) in [(true, true), (false, true), (true, false), (false, false)] {
        let guard = match guarded {
            true => "when loan.status == pending",
            false => "when loan.status != new",
        };
        let keep_out = match tombstone {
            true => "when fund.state == none",
            false => "when fund.state != reserved",
        };
        let text = LOAN.replace("GUARD", guard).replace("TOMBSTONE", keep_out);
        compare(&text, Loan { guarded, tombstone });
    }
}

// ---- a provider that is asked again ----------------------------------------------------------------------------------------------

const PAYMENT: &str = "
design payment 1
service orders { store orders-db postgres { table bill key k { s: none|sent = none }; outbox relay cdc } publishes Pay v1 }
service till { store till-db postgres { table payment key k { state: none|captured = none }
                                        inbox by message_id keep 30d } accepts Pay v1 }
external p x { op pay(k) -> ok { KEY timeout 1s } }
channel commands { from orders; at-least-once; unordered; retry 3x 1s..1m; dead-letter dlq }
workflow w by k {
  coordinator orders
  start Go at orders { tx { bill.s = sent; send Pay } }
  on Pay at till { call p.pay(k); tx { payment.state = captured } }
  never p.paid(k) > 1 \"paid twice\"
  finally bill.s == sent => payment.state == captured \"paid at last\"
}
explore { instances 1; crashes 1; duplicates 0; lost-replies 1; dead-letters 0 }
";

#[derive(Debug, Clone)]
struct Payment {
    key: bool,
}

/// Where the consumer is with the message that it has in hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Till {
    #[default]
    Idle,
    /// It is about to call.
    Calls,
    /// It has the answer.
    Answered,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Paid {
    faults: Faults,
    sent: bool,
    /// Whether the message is in the channel.
    waits: bool,
    till: Till,
    /// What the provider has taken, and whether it knows the key.
    taken: u8,
    captured: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pay {
    Start,
    Take,
    Call,
    /// The request does not arrive.
    LoseRequest,
    /// It arrives, and the answer does not.
    LoseAnswer,
    Commit,
    /// The transaction is committed, and the process dies before it acknowledges.
    CommitAndDie,
    Die,
}

impl Payment {
    fn take(&self, state: &mut Paid) {
        if !(self.key && state.taken > 0) {
            state.taken = (state.taken + 1).min(2);
        }
    }
}

impl Model for Payment {
    type State = Paid;
    type Action = Pay;

    fn init_states(&self) -> Vec<Paid> {
        vec![Paid::default()]
    }

    fn actions(&self, state: &Paid, actions: &mut Vec<Pay>) {
        if !state.sent {
            actions.push(Pay::Start);
        }
        if state.waits {
            actions.push(Pay::Take);
        }
        match state.till {
            Till::Idle => {}
            Till::Calls => {
                actions.extend([Pay::Call, Pay::LoseRequest, Pay::LoseAnswer, Pay::Die]);
            }
            Till::Answered => actions.extend([Pay::Commit, Pay::CommitAndDie, Pay::Die]),
        }
    }

    fn next_state(&self, last: &Paid, action: Pay) -> Option<Paid> {
        let mut next = last.clone();
        let again = |next: &mut Paid| {
            next.till = Till::Idle;
            next.waits = true;
        };
        match action {
            Pay::Start => {
                next.sent = true;
                next.waits = true;
            }
            Pay::Take => {
                next.waits = false;
                // The inbox knows it.
                next.till = match last.captured {
                    true => Till::Idle,
                    false => Till::Calls,
                };
            }
            Pay::Call => {
                self.take(&mut next);
                next.till = Till::Answered;
            }
            Pay::LoseRequest | Pay::LoseAnswer => {
                if action == Pay::LoseAnswer {
                    self.take(&mut next);
                }
                again(&mut next);
                next.faults.lost += 1;
            }
            Pay::Commit | Pay::CommitAndDie => {
                next.captured = true;
                next.till = Till::Idle;
                if action == Pay::CommitAndDie {
                    next.waits = true;
                    next.faults.crashes += 1;
                }
            }
            Pay::Die => {
                again(&mut next);
                next.faults.crashes += 1;
            }
        }
        (next.faults.crashes < 2 && next.faults.lost < 2).then_some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("paid twice", |_, s: &Paid| s.taken < 2),
            Property::always("paid at last", |_, s: &Paid| {
                s.waits || s.till != Till::Idle || !s.sent || s.captured
            }),
        ]
    }
}

#[test]
fn a_provider_with_a_key_takes_the_money_once() {
    let with = PAYMENT.replace("KEY", "key k keep forever;");
    compare(&with, Payment { key: true });
    let without = PAYMENT.replace("KEY", "");
    compare(&without, Payment { key: false });
}

// ---- a lease that ends while its holder sleeps -----------------------------------------------------------------------------------

const SEAT: &str = "
design seat 1
service office { store office-db postgres { table seat key seat_id { sold: 0..2 }
                                            table job key k { s: none|sold|refused = none }
                                            outbox relay cdc; inbox by message_id keep 30d; isolation ISOLATION }
                 lease seat by seat_id 30s FENCING
                 publishes Sell v1 }
channel commands { from office; at-least-once; unordered; retry 3x 1s..1m; dead-letter dlq }
workflow w by k {
  coordinator office
  start Go at office { tx { send Sell } }
  on Sell at office {
    lease seat { tx { when seat.sold == 0 { seat.sold += 1; job.s = sold } else { job.s = refused } } }
  }
  never seat.sold > 1 \"sold twice\"
  finally job.s in (sold, refused) \"answered at last\"
}
explore { instances 2; crashes 1; duplicates 0; lost-replies 0; dead-letters 0 }
";

#[derive(Debug, Clone)]
struct Seat {
    /// Whether the store refuses a holder whose lease is not the newest.
    fenced: bool,
    /// Whether the seat is looked at and sold in one step.
    atomic: bool,
}

/// Where a buyer's message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
enum Buyer {
    #[default]
    New,
    /// The message is in the channel, or in hand without a lease.
    Waits,
    /// Its handler holds the lease, or believes so.
    Holds {
        newest: bool,
    },
    /// It has seen whether the seat is free, too.
    Looked {
        newest: bool,
        free: bool,
    },
    Sold,
    Refused,
}

impl Buyer {
    /// Another one has the lease now.
    fn outlived(self) -> Self {
        match self {
            Self::Holds { .. } => Self::Holds { newest: false },
            Self::Looked { free, .. } => Self::Looked {
                newest: false,
                free,
            },
            other => other,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
struct Seats {
    crashes: u8,
    sold: u8,
    buyers: [Buyer; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Office {
    GoesOn,
    /// The holder dies, and its message comes again.
    Dies,
}

impl Seat {
    fn sell(&self, state: &mut Seats, at: usize, newest: bool, free: bool) {
        state.buyers[at] = match (self.fenced && !newest, free) {
            (true, _) => Buyer::Waits,
            (false, true) => {
                state.sold += 1;
                Buyer::Sold
            }
            (false, false) => Buyer::Refused,
        };
    }
}

impl Model for Seat {
    type State = Seats;
    type Action = (usize, Office);

    fn init_states(&self) -> Vec<Seats> {
        vec![Seats::default()]
    }

    fn actions(&self, state: &Seats, actions: &mut Vec<Self::Action>) {
        for (at, buyer) in state.buyers.iter().enumerate() {
            match buyer {
                Buyer::New | Buyer::Waits => actions.push((at, Office::GoesOn)),
                Buyer::Holds { .. } | Buyer::Looked { .. } => {
                    actions.extend([(at, Office::GoesOn), (at, Office::Dies)]);
                }
                Buyer::Sold | Buyer::Refused => {}
            }
        }
    }

    fn next_state(&self, last: &Seats, (at, action): Self::Action) -> Option<Seats> {
        let mut next = last.clone();
        if action == Office::Dies {
            next.crashes += 1;
            next.buyers[at] = Buyer::Waits;
            return (next.crashes < 2).then_some(next);
        }
        match last.buyers[at] {
            Buyer::New => next.buyers[at] = Buyer::Waits,
            Buyer::Waits => {
                // Whoever holds the lease sleeps, and it ends.
                next.buyers = last.buyers.map(Buyer::outlived);
                next.buyers[at] = Buyer::Holds { newest: true };
            }
            Buyer::Holds { newest } if self.atomic => {
                self.sell(&mut next, at, newest, last.sold == 0);
            }
            Buyer::Holds { newest } => {
                next.buyers[at] = Buyer::Looked {
                    newest,
                    free: last.sold == 0,
                };
            }
            Buyer::Looked { newest, free } => self.sell(&mut next, at, newest, free),
            Buyer::Sold | Buyer::Refused => return None,
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("sold twice", |_, s: &Seats| s.sold < 2)]
    }
}

#[test]
fn a_token_fences_off_a_holder_whose_lease_has_ended() {
    for (fenced, atomic) in [(true, true), (true, false), (false, true), (false, false)] {
        let text = SEAT
            .replace("FENCING", if fenced { "fencing-token" } else { "" })
            .replace(
                "ISOLATION",
                if atomic {
                    "serializable"
                } else {
                    "read-committed"
                },
            );
        let (proof, states) = agree(&text, Seat { fenced, atomic });
        assert!(states > 20, "the model has only {states} states");
        let expected = match fenced || atomic {
            true => Verdict::Holds,
            false => Verdict::Violated,
        };
        assert_eq!(proof.verdict, expected, "{text}");
    }
}
