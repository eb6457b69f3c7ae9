//! What a review takes for granted, for the report.

use std::collections::{BTreeMap, BTreeSet};

use coexist_engine::{Case, Comparison};
use coexist_model::{Access, Assumption, Order, Place, Surface};

/// Returns what the verdicts stand on without proof: flags that are off, the order of migrations and code, the time of locks.
pub(crate) fn assumptions(case: &Case, comparison: &Comparison) -> Vec<Assumption> {
    let mut assumptions = Vec::new();
    let touched: BTreeSet<&Surface> = comparison.deltas.iter().map(|d| &d.head_surface).collect();
    let gates = case
        .head
        .linked
        .accesses
        .iter()
        .filter(|a| touched.contains(&a.surface))
        .filter_map(|a| a.gate.as_ref());
    let off: BTreeMap<&str, &Place> = gates
        .filter(|g| g.off_by_default)
        .map(|g| (g.flag.as_str(), &g.place))
        .collect();
    assumptions.extend(off.into_iter().map(|(flag, place)| Assumption {
        what: format!("the flag {flag} is off when this is released"),
        because: "it is new in this change, or off by default".to_owned(),
        place: Some(place.clone()),
    }));
    let copes = case.head.linked.accesses.iter();
    let copes = copes.filter(|a| touched.contains(&a.surface));
    let copes: BTreeMap<String, &Place> = copes
        .filter_map(|a| Some((named(a)?, a.copes.as_ref()?)))
        .collect();
    assumptions.extend(copes.into_iter().map(|(rpc, place)| Assumption {
        what: format!("the client of {rpc} goes on where the call is refused"),
        because: "the code around the call takes the error".to_owned(),
        place: Some(place.clone()),
    }));
    if comparison.pending.values().any(|p| p.steps() > 0) {
        let order = &case.fleet.order;
        let what = match order.order {
            Order::Before => "migrations run before the code",
            Order::After => "migrations run after the code",
            Order::Unordered => "nothing orders migrations and code",
        };
        assumptions.push(Assumption {
            what: what.to_owned(),
            because: match order.proven {
                true => order.because.clone(),
                false => format!(
                    "assumed, since {}; [deploy] migrations in coexist.toml says it",
                    order.because
                ),
            },
            place: order.place.clone(),
        });
        assumptions.push(Assumption {
            what: "how long a lock is held is not judged".to_owned(),
            because: "squawk, strong_migrations, eugene and django-migration-linter do that"
                .to_owned(),
            place: None,
        });
    }
    assumptions
}

/// Returns the name of the element that an access is to.
fn named(access: &Access) -> Option<String> {
    let element = access.element.as_ref()?;
    Some(format!("{}.{element}", access.surface))
}
