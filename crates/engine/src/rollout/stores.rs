//! Accesses that fail on a store as a migration leaves it, or as it was before.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use coexist_model::{
    Access, Act, Aspect, Delta, Detail, Element, Encoding, Form, Lookup, Manner, Meeting, Mode,
    Order, Other, Outcome, Phase, Side, Step, Store, SurfaceKind, Why,
};

use super::overlay::Overlay;
use super::schedule::Rollout;
use super::{Break, Hit, overlay, sort_hits};
use crate::compare::Pending;
use crate::{Case, Comparison, Facts};

/// Returns the breaks of all stores.
pub(super) fn breaks<'a>(
    case: &'a Case,
    comparison: &'a Comparison,
    forms: &[&dyn Form],
) -> Vec<Break<'a>> {
    let Some(form) = forms
        .iter()
        .find(|f| f.kinds().contains(&SurfaceKind::Table))
    else {
        return Vec::new();
    };
    // What lies between base and head is replayed where something could feel it.
    let pending: BTreeMap<&Arc<str>, (&Pending, States)> = comparison
        .pending
        .iter()
        .map(|(set, pending)| (set, (pending, States::new())))
        .collect();
    let mut found = Vec::new();
    for delta in &comparison.deltas {
        let Some((pending, states)) = delta.made_by.as_ref().and_then(|m| pending.get(&m.set))
        else {
            continue;
        };
        if pending.is_from_an_edit(delta) {
            continue;
        }
        let judge = Judge {
            case,
            pending,
            states,
            delta,
            form: *form,
            made: OnceCell::new(),
            unmade: OnceCell::new(),
        };
        found.extend(judge.side(Side::Base, &case.base));
        found.extend(
            case.deployed
                .iter()
                .filter_map(|facts| judge.side(Side::Deployed, facts)),
        );
        found.extend(judge.side(Side::Head, &case.head));
    }
    found
}

/// The store before the first step of a rollout and after each.
type States = OnceCell<Vec<Arc<Store>>>;

struct Judge<'a, 'f> {
    case: &'a Case,
    pending: &'a Pending,
    states: &'f States,
    delta: &'a Delta,
    form: &'f dyn Form,
    /// The store before the change with the delta alone made.
    made: OnceCell<Overlay<'a>>,
    /// The store after the change with the delta alone unmade.
    unmade: OnceCell<Overlay<'a>>,
}

impl<'a> Judge<'a, '_> {
    fn side(&self, side: Side, facts: &'a Facts) -> Option<Break<'a>> {
        let mut hits = self.hits(side, facts, &self.orders(None));
        let mut against_assumption = false;
        if hits.is_empty() && side == Side::Head && !self.case.fleet.order.proven {
            hits = self.hits(side, facts, &self.orders(Some(Order::Unordered)));
            against_assumption = true;
        }
        sort_hits(&mut hits);
        let broken = Break {
            delta: self.delta,
            side,
            version: &facts.version,
            perhaps: facts.perhaps,
            hits,
            against_assumption,
        };
        (!broken.hits.is_empty()).then_some(broken)
    }

    /// Returns when each step runs: as its own file says, else as the setting or evidence says.
    fn orders(&self, instead: Option<Order>) -> Vec<Order> {
        let common = instead.unwrap_or(self.case.fleet.order.order);
        (0..self.pending.steps())
            .map(
                |step| match self.pending.migrations.get(step).and_then(|m| m.phase) {
                    Some(Phase::Before) => Order::Before,
                    Some(Phase::After) => Order::After,
                    None => common,
                },
            )
            .collect()
    }

    fn hits(&self, side: Side, facts: &'a Facts, orders: &[Order]) -> Vec<Hit<'a>> {
        let concerned = facts
            .linked
            .accesses
            .iter()
            .filter(|a| self.concerns(a, side));
        concerned
            .filter_map(|access| self.hit(side, facts, access, orders))
            .collect()
    }

    /// Returns whether the access could feel the delta at all.
    fn concerns(&self, access: &Access, side: Side) -> bool {
        let surface = if side == Side::Head {
            &self.delta.head_surface
        } else {
            &self.delta.surface
        };
        let same = access.surface == *surface
            || (access.surface.name == surface.name
                && is_relation(access.surface.kind)
                && is_relation(surface.kind))
            || (surface.kind == SurfaceKind::Type && is_relation(access.surface.kind));
        same && self.shares_store(access)
    }

    /// Returns whether the code of the access can belong to this store: no service of the one is a service of the other means no.
    fn shares_store(&self, access: &Access) -> bool {
        let set = &self.pending.after().set;
        let (Some(store), Some(code)) = (
            self.case.owners.get(&**set),
            self.case.owners.get(&*access.place.path),
        ) else {
            return true;
        };
        store.is_empty() || code.is_empty() || store.iter().any(|s| code.contains(s))
    }

    fn hit(
        &self,
        side: Side,
        facts: &'a Facts,
        access: &'a Access,
        orders: &[Order],
    ) -> Option<Hit<'a>> {
        if let Mode::Matches { .. } = access.mode {
            return self.unknown_value(side, facts, access, orders);
        }
        // New code that starts on the old form names what it finds there.
        if side == Side::Head && access.manner == Manner::Reflected {
            return None;
        }
        let steps = self.pending.steps();
        let by_new = side == Side::Head;
        let own = if by_new { steps } else { 0 };
        let meetings: Vec<Meeting> = self
            .states
            .get_or_init(|| self.pending.states(self.form))
            .iter()
            .map(|s| self.meet(access, s, by_new))
            .collect();
        if !is_sound(&meetings[own]) || (!by_new && self.speaks_of_new_columns()) {
            return None;
        }
        let alone = self.alone(access, by_new, &meetings[own])?;
        let fails = |applied: usize, _: bool| meetings[applied].is_worse_than(&meetings[own]);
        let trace = self
            .rollout(facts, access, orders, by_new, None, &fails)
            .shortest()?;
        let applied = trace.iter().filter(|s| s.act == Act::Migrate).count();
        let steps = self.with_access(trace, facts, access);
        Some(Hit {
            access,
            other: None,
            // What this delta alone does to the access, and not what its neighbours do besides.
            meeting: alone.unwrap_or_else(|| meetings[applied].clone()),
            steps,
            paired: true,
        })
    }

    /// Returns how the access fares on a state of the store, its column's type included.
    fn meet(&self, access: &Access, store: &Store, by_new: bool) -> Meeting {
        let meeting = self.form.meet(access, store);
        if meeting.outcome != Outcome::Ok || self.delta.aspect != Aspect::Type {
            return meeting;
        }
        let (surface, expected) = if by_new {
            (&self.delta.surface, &self.delta.new)
        } else {
            (&self.delta.head_surface, &self.delta.old)
        };
        let (Some(expected), true) = (expected, self.names_element(access)) else {
            return meeting;
        };
        let found = store
            .schema(surface)
            .or_else(|| store.schema(&self.delta.surface))
            .and_then(|s| s.element(&expected.name));
        match found {
            Some(found) if !same_type(found, expected) => {
                carried(self.form, access, found, expected)
            }
            _ => meeting,
        }
    }

    fn names_element(&self, access: &Access) -> bool {
        let Some(element) = &self.delta.element else {
            return false;
        };
        match &access.mode {
            Mode::Inserts {
                columns: Some(columns),
                ..
            } => columns.contains(element),
            _ => access.element.as_ref() == Some(element),
        }
    }

    /// Returns whether a constraint speaks of a column that comes with it: rows of old code have nothing there that could violate it.
    fn speaks_of_new_columns(&self) -> bool {
        let Some(Detail::Constraint(constraint)) = self.delta.new.as_ref().map(|e| &e.detail)
        else {
            return false;
        };
        let Some(table) = self.pending.before().schemas.get(&self.delta.surface) else {
            return false;
        };
        constraint.columns.iter().any(|c| table.column(c).is_none())
    }

    /// Returns how the access fares where this delta alone is made; None where that is no worse, `Some(None)` where it cannot be made
    /// alone and the access names its element.
    fn alone(&self, access: &Access, by_new: bool, own: &Meeting) -> Option<Option<Meeting>> {
        let (before, after) = (self.pending.before(), self.pending.after());
        let unknown =
            !before.schemas.contains_key(&self.delta.surface) && self.delta.element.is_some();
        if self.delta.aspect == Aspect::Type || unknown {
            let felt = self.names_element(access) && !(unknown && by_new);
            return felt.then_some(None);
        }
        let view = if by_new {
            self.unmade
                .get_or_init(|| overlay::unmade(before, after, self.delta))
        } else {
            self.made
                .get_or_init(|| overlay::made(before, after, self.delta))
        };
        let meeting = self.form.meet(access, view);
        meeting.is_worse_than(own).then_some(Some(meeting))
    }

    /// Returns the failure of a reader that rejects a value it does not know, where the other side writes it.
    fn unknown_value(
        &self,
        side: Side,
        facts: &'a Facts,
        access: &'a Access,
        orders: &[Order],
    ) -> Option<Hit<'a>> {
        let Mode::Matches {
            known,
            other: Other::Rejects,
        } = &access.mode
        else {
            return None;
        };
        let value = self
            .delta
            .new
            .as_ref()
            .filter(|_| self.delta.old.is_none())?;
        if !matches!(value.detail, Detail::Value { .. })
            || known.contains(&value.name)
            || side == Side::Head
        {
            return None;
        }
        let writer = self.case.head.linked.accesses.iter().filter(|a| {
            writes_value(
                a,
                self.pending.after(),
                &self.delta.surface.name,
                &value.name,
            )
        });
        let writer =
            writer.max_by(|a, b| (a.confidence, &b.place).cmp(&(b.confidence, &a.place)))?;
        let fails = |_: usize, written: bool| written;
        let trace = self
            .rollout(facts, access, orders, false, Some(&value.name), &fails)
            .shortest()?;
        let error = format!("{} has no value {:?}", self.delta.surface, value.name);
        let steps = self.with_access(trace, facts, access);
        Some(Hit {
            access,
            other: Some((Side::Head, writer)),
            meeting: Meeting::refused(error),
            steps,
            paired: true,
        })
    }

    fn rollout<'b>(
        &'b self,
        facts: &'b Facts,
        access: &'b Access,
        orders: &'b [Order],
        by_new: bool,
        writes: Option<&'b str>,
        fails: &'b dyn Fn(usize, bool) -> bool,
    ) -> OwnedRollout<'b> {
        let names = (0..self.pending.steps())
            .map(|s| self.pending.step_name(s))
            .collect();
        let service = self
            .case
            .owners
            .get(&*access.place.path)
            .and_then(|s| s.first())
            .map(String::as_str);
        let old = if by_new {
            &self.case.base.version
        } else {
            &facts.version
        };
        let versions = (old.as_str(), self.case.head.version.as_str());
        let shown = self.delta.made_by.as_ref().map_or(0, |m| m.pending);
        OwnedRollout {
            names,
            service,
            versions,
            orders,
            by_new,
            writes,
            fails,
            shown,
        }
    }

    fn with_access(&self, mut trace: Vec<Step>, facts: &Facts, access: &Access) -> Vec<Step> {
        let act = match access.mode {
            Mode::Writes { .. } | Mode::Inserts { .. } | Mode::Deletes => Act::Write,
            _ => Act::Read,
        };
        let what = match &access.element {
            Some(element) => format!("{}.{element}", access.surface),
            None => access.surface.to_string(),
        };
        let service = self
            .case
            .owners
            .get(&*access.place.path)
            .and_then(|s| s.first())
            .cloned();
        trace.push(Step {
            act,
            what: Some(what),
            service,
            version: Some(facts.version.clone()),
            at: Some(1),
        });
        trace
    }
}

/// A rollout that holds its names.
struct OwnedRollout<'a> {
    names: Vec<String>,
    service: Option<&'a str>,
    versions: (&'a str, &'a str),
    orders: &'a [Order],
    by_new: bool,
    writes: Option<&'a str>,
    fails: &'a dyn Fn(usize, bool) -> bool,
    shown: usize,
}

impl OwnedRollout<'_> {
    fn shortest(&self) -> Option<Vec<Step>> {
        let rollout = Rollout {
            orders: self.orders,
            names: &self.names,
            service: self.service,
            versions: self.versions,
            writes: self.writes,
            shown: self.shown,
            by_new: self.by_new,
            fails: self.fails,
        };
        rollout.shortest()
    }
}

/// Returns whether the access works on its own version's schema, as far as can be told: what does not was read wrongly.
fn is_sound(own: &Meeting) -> bool {
    matches!(own.outcome, Outcome::Ok | Outcome::Unknown)
}

fn is_relation(kind: SurfaceKind) -> bool {
    matches!(kind, SurfaceKind::Table | SurfaceKind::View)
}

fn same_type(a: &Element, b: &Element) -> bool {
    match (&a.detail, &b.detail) {
        (Detail::Column(a), Detail::Column(b)) => a.type_name == b.type_name,
        _ => true,
    }
}

fn carried(form: &dyn Form, access: &Access, found: &Element, expected: &Element) -> Meeting {
    match (&access.mode, access.why) {
        (Mode::Writes { .. } | Mode::Inserts { .. }, _) => {
            form.carry(Some(expected), Some(found), Encoding::Binary)
        }
        (_, Why::Declared) if access.manner != Manner::Reflected => {
            form.carry(Some(found), Some(expected), Encoding::Declared)
        }
        _ => {
            // No store refuses to be read; what the code makes of a value of the other type is its own.
            let mut meeting = form.carry(Some(found), Some(expected), Encoding::Binary);
            if meeting.outcome == Outcome::Refused {
                meeting.outcome = Outcome::Unknown;
            }
            meeting
        }
    }
}

/// Returns whether the access writes that value of that enum: by the enum's own name, or into a column of its type.
fn writes_value(access: &Access, store: &Store, type_name: &str, value: &str) -> bool {
    if access.surface.kind == SurfaceKind::Type {
        let written = matches!(access.mode, Mode::Writes { .. });
        return written
            && access.surface.name == type_name
            && access.element.as_deref() == Some(value);
    }
    let schema = store.schemas.get(&access.surface);
    let is_of_type = |column: &str| {
        schema
            .and_then(|s| s.column(column))
            .is_some_and(|c| c.type_name == type_name)
    };
    match &access.mode {
        Mode::Writes { values } => {
            values.iter().any(|v| v == value) && access.element.as_deref().is_some_and(is_of_type)
        }
        Mode::Inserts { values, .. } => values
            .iter()
            .any(|(column, v)| v == value && is_of_type(column)),
        _ => false,
    }
}
