//! Calls and messages that fail between two versions.

use std::collections::BTreeSet;

use coexist_model::{
    Access, Act, Action, Aspect, Confidence, Delta, Detail, Dialect, Element, Encoding, Form,
    Lookup, Meeting, Mode, Other, Outcome, Schema, Side, Step, Surface, SurfaceKind,
};

use super::{Break, Hit, sort_hits};
use crate::sent::sent;
use crate::{Case, Comparison, Facts};

impl Lookup for Facts {
    fn schema(&self, surface: &Surface) -> Option<&Schema> {
        Self::schema(self, surface)
    }

    fn dialect(&self) -> Dialect {
        Dialect::default()
    }
}

/// Returns the breaks of all wire surfaces.
pub(super) fn breaks<'a>(
    case: &'a Case,
    comparison: &'a Comparison,
    forms: &[&dyn Form],
) -> Vec<Break<'a>> {
    let form_of = |kind| forms.iter().find(|f| f.kinds().contains(&kind)).copied();
    let unreached = unreached(case, comparison);
    let mut found = Vec::new();
    for delta in &comparison.deltas {
        let Some(form) = form_of(delta.surface.kind) else {
            continue;
        };
        let judge = Judge {
            case,
            delta,
            form,
            unreached: &unreached,
        };
        for (ours, theirs) in [
            (Side::Base, Side::Head),
            (Side::Deployed, Side::Head),
            (Side::Head, Side::Base),
        ] {
            let mut hits = match delta.surface.kind {
                SurfaceKind::Rpc => judge.calls(ours, theirs),
                SurfaceKind::Message => {
                    let mut hits = judge.fields(ours, theirs);
                    hits.extend(judge.demanded(ours, theirs));
                    if judge.is_member() {
                        hits.extend(judge.values(ours, theirs));
                    }
                    hits
                }
                SurfaceKind::Enum => judge.values(ours, theirs),
                _ => Vec::new(),
            };
            sort_hits(&mut hits);
            if !hits.is_empty() {
                let facts = case.at(ours);
                let (version, perhaps) = (facts.version.as_str(), facts.perhaps);
                found.push(Break {
                    delta,
                    side: ours,
                    version,
                    perhaps,
                    hits,
                    against_assumption: false,
                    stated: false,
                });
            }
        }
    }
    found
}

/// An enum of which one value is written, or a message of which one field is, and no other.
struct OneValue(Schema);

impl OneValue {
    fn of(surface: &Surface, value: &Element) -> Self {
        Self(Schema {
            surface: surface.clone(),
            elements: vec![value.clone()],
            place: value.place.clone(),
        })
    }
}

impl Lookup for OneValue {
    fn schema(&self, surface: &Surface) -> Option<&Schema> {
        (self.0.surface == *surface).then_some(&self.0)
    }

    fn dialect(&self) -> Dialect {
        Dialect::default()
    }
}

/// Returns the oneof that a field is a member of.
fn oneof(element: &Element) -> Option<&str> {
    match &element.detail {
        Detail::Field(field) => field.oneof.as_deref(),
        _ => None,
    }
}

struct Judge<'a, 'f> {
    case: &'a Case,
    delta: &'a Delta,
    form: &'f dyn Form,
    /// The methods that nobody calls, by side.
    unreached: &'f BTreeSet<Unreached>,
}

/// A method that nobody calls at a side: the service and the method's name.
type Unreached = (Side, Surface, String);

/// Returns the methods among the deltas that no code of a side calls: what their handlers do does not happen. A call that stands
/// in such a handler is none either, nor is one behind a flag that is off.
fn unreached(case: &Case, comparison: &Comparison) -> BTreeSet<Unreached> {
    let methods = comparison
        .deltas
        .iter()
        .filter(|d| d.surface.kind == SurfaceKind::Rpc && d.element.is_some());
    let mut open: BTreeSet<Unreached> = methods
        .flat_map(|d| {
            let sides = [Side::Base, Side::Deployed];
            let old = d
                .old
                .iter()
                .flat_map(move |m| sides.map(|side| (side, &d.surface, m)));
            let new = d.new.iter().map(|m| (Side::Head, &d.head_surface, m));
            old.chain(new)
        })
        .map(|(side, surface, method)| (side, surface.clone(), method.name.clone()))
        .collect();
    // Each round finds what is called from outside of all that is not yet known to be called.
    loop {
        let is_called = |(side, surface, method): &Unreached| {
            case.at(*side).accesses(surface).any(|a| {
                a.mode == Mode::Calls
                    && a.element.as_ref() == Some(method)
                    && !a.gate.as_ref().is_some_and(|g| g.off_by_default)
                    && happens(a, *side, &open)
            })
        };
        let called: Vec<Unreached> = open.iter().filter(|m| is_called(m)).cloned().collect();
        if called.is_empty() {
            return open;
        }
        open.retain(|m| !called.contains(m));
    }
}

/// Returns whether an access stands in no handler that nobody calls.
fn happens(access: &Access, side: Side, unreached: &BTreeSet<Unreached>) -> bool {
    let Some(handler) = &access.within else {
        return true;
    };
    let Some(service) = &handler.service else {
        return true;
    };
    !unreached.contains(&(side, service.clone(), handler.method.to_string()))
}

impl<'a, 'f> Judge<'a, 'f> {
    fn facts(&self, side: Side) -> Option<&'a Facts> {
        match side {
            Side::Base => Some(&self.case.base),
            Side::Head => Some(&self.case.head),
            Side::Deployed => self.case.deployed.first(),
        }
    }

    fn surface(&self, side: Side) -> &'a Surface {
        if side == Side::Head {
            &self.delta.head_surface
        } else {
            &self.delta.surface
        }
    }

    /// Returns the accesses of a side to the delta's element, or to the whole surface.
    fn accesses(&self, side: Side) -> impl Iterator<Item = &'a Access> + use<'a, 'f> {
        let (surface, element) = (self.surface(side).clone(), self.name_at(side));
        let all = self
            .facts(side)
            .map(|f| f.linked.accesses.as_slice())
            .unwrap_or_default();
        let unreached = self.unreached;
        all.iter().filter(move |a| {
            (a.mode == Mode::Serves || happens(a, side, unreached))
                && a.surface == surface
                && (element.is_none() || a.element.is_none() || a.element == element)
        })
    }

    fn name_at(&self, side: Side) -> Option<String> {
        let element = if side == Side::Head {
            self.delta.new.as_ref()
        } else {
            self.delta.old.as_ref()
        };
        element
            .map(|e| e.name.clone())
            .or_else(|| self.delta.element.clone())
    }

    /// Calls of one side that the other side's server does not answer.
    fn calls(&self, ours: Side, theirs: Side) -> Vec<Hit<'a>> {
        let (Some(own), Some(other)) = (self.facts(ours), self.facts(theirs)) else {
            return Vec::new();
        };
        let server = self.server(ours, theirs);
        let calls = self.accesses(ours).filter(|a| {
            a.mode == Mode::Calls && a.element.is_some() == self.delta.element.is_some()
        });
        calls
            .filter_map(|call| {
                let meeting = self.answer(call, other, ours, theirs);
                let fails = self.form.meet(call, own).outcome == Outcome::Ok
                    && !matches!(meeting.outcome, Outcome::Ok | Outcome::Absent);
                let steps = self.call_steps(call, server, ours, theirs);
                fails.then_some(Hit {
                    access: call,
                    other: server,
                    meeting,
                    steps,
                    paired: server.is_some() && !(ours == Side::Head && self.is_outside(call)),
                })
            })
            .collect()
    }

    /// Returns whether the code belongs to none of the services, though there are some: a program for people, which reaches them
    /// by a release of its own and not by the deploy.
    fn is_outside(&self, access: &Access) -> bool {
        let services = &self.case.fleet.services;
        !services.is_empty() && self.owner(access).is_none()
    }

    /// Returns how a call of one side fares at the other side's server.
    fn answer(&self, call: &Access, other: &Facts, ours: Side, theirs: Side) -> Meeting {
        let meeting = self.form.meet(call, other);
        match (self.element(ours), self.element(theirs)) {
            (Some(called), Some(served)) if meeting.outcome == Outcome::Ok => {
                self.form
                    .carry(Some(called), Some(served), Encoding::Binary)
            }
            _ => meeting,
        }
    }

    /// Returns the surest sign that some version serves the surface.
    fn server(&self, ours: Side, theirs: Side) -> Option<(Side, &'a Access)> {
        let serves = |side| {
            self.accesses(side)
                .filter(|a| a.mode == Mode::Serves)
                .map(move |a| (side, a))
        };
        serves(theirs)
            .chain(serves(ours))
            .max_by(|(_, a), (_, b)| (a.confidence, &b.place).cmp(&(b.confidence, &a.place)))
    }

    fn call_steps(
        &self,
        call: &Access,
        server: Option<(Side, &Access)>,
        ours: Side,
        theirs: Side,
    ) -> Vec<Step> {
        let version = |side| self.facts(side).map(|f| f.version.clone());
        let caller = self.owner(call);
        let answers = server.map_or_else(|| caller.clone(), |(_, s)| self.owner(s));
        let starts = if theirs == Side::Head {
            answers.clone()
        } else {
            caller.clone()
        };
        let what = match &call.element {
            Some(method) => format!("{}/{method}", call.surface),
            None => call.surface.to_string(),
        };
        vec![
            Step {
                act: Act::StartNew,
                what: None,
                service: starts,
                version: version(Side::Head),
                at: Some(0),
            },
            Step {
                act: Act::Call,
                what: Some(what.clone()),
                service: caller,
                version: version(ours),
                at: Some(1),
            },
            Step {
                act: Act::Serve,
                what: Some(what),
                service: answers,
                version: version(theirs),
                at: server.map(|_| 2),
            },
        ]
    }

    fn owner(&self, access: &Access) -> Option<String> {
        self.case
            .owners
            .get(&*access.place.path)
            .and_then(|s| s.first())
            .cloned()
    }

    /// Reads of one side that do not understand what the other side writes.
    fn fields(&self, ours: Side, theirs: Side) -> Vec<Hit<'a>> {
        let (Some(read), written) = (self.element(ours), self.element(theirs)) else {
            return Vec::new();
        };
        let mut meeting = self.form.carry(written, Some(read), Encoding::Binary);
        if meeting.outcome == Outcome::Absent && written.is_some() {
            // It was sent, and the reader takes it for not sent.
            meeting.outcome = Outcome::Misread;
            meeting.assumed.clear();
        }
        // A field that only the reader knows reads as its default: that is how a message grows.
        let grows = meeting.outcome == Outcome::Absent && ours == Side::Head;
        if meeting.outcome == Outcome::Ok || grows {
            return Vec::new();
        }
        let writer = self
            .accesses(theirs)
            .filter(|a| matches!(a.mode, Mode::Writes { .. } | Mode::Publishes));
        let writer = writer.max_by(|a, b| (a.confidence, &b.place).cmp(&(b.confidence, &a.place)));
        // A field that nobody fills is not missed when it goes.
        if meeting.outcome == Outcome::Absent && !self.is_filled(ours) {
            return Vec::new();
        }
        self.accesses(ours)
            .filter(|a| matches!(a.mode, Mode::Reads | Mode::ReadsAll { .. } | Mode::Consumes))
            .map(|read| self.exchange(read, writer.map(|w| (theirs, w)), &meeting, ours, theirs))
            .collect()
    }

    /// Calls of one side that leave out a field without which the other side's code fails.
    fn demanded(&self, ours: Side, theirs: Side) -> Vec<Hit<'a>> {
        let added = (self.delta.aspect, self.delta.action) == (Aspect::Existence, Action::Added);
        let Some(own) = self.facts(ours).filter(|_| added && theirs == Side::Head) else {
            return Vec::new();
        };
        let demands = self
            .accesses(theirs)
            .filter(|a| a.mode == Mode::Demands && a.gate.is_none() && a.element.is_some());
        let Some(demand) =
            demands.max_by(|a, b| (a.confidence, &b.place).cmp(&(b.confidence, &a.place)))
        else {
            return Vec::new();
        };
        let field = self.delta.element.as_deref().unwrap_or_default();
        // The body of another method does not see this call.
        let answers = |method: &str| {
            let handler = demand.within.as_ref();
            handler.is_none_or(|h| *h.method == *method)
        };
        let sends = |service: &Schema, method: &str| {
            let called = service.element(method).map(|e| &e.detail);
            answers(method)
                && matches!(called, Some(Detail::Method(m)) if m.request == self.delta.surface.name)
        };
        let calls = own.linked.accesses.iter().filter(|a| {
            a.mode == Mode::Calls
                && happens(a, ours, self.unreached)
                && a.element
                    .as_deref()
                    .is_some_and(|method| own.schema(&a.surface).is_some_and(|s| sends(s, method)))
        });
        calls
            .map(|call| Hit {
                access: call,
                other: Some((theirs, demand)),
                meeting: Meeting::refused(format!(
                    "{field} is not set, and the server fails without it"
                )),
                steps: self.call_steps(call, Some((theirs, demand)), ours, theirs),
                paired: true,
            })
            .collect()
    }

    fn is_filled(&self, side: Side) -> bool {
        let fills =
            |a: &Access| matches!(a.mode, Mode::Writes { .. }) && a.confidence == Confidence::High;
        self.accesses(side).any(fills)
    }

    fn element(&self, side: Side) -> Option<&'a Element> {
        if side == Side::Head {
            self.delta.new.as_ref()
        } else {
            self.delta.old.as_ref()
        }
    }

    /// Decisions of one side that reject a value which the other side writes.
    fn values(&self, ours: Side, theirs: Side) -> Vec<Hit<'a>> {
        let appears = self.delta.aspect == Aspect::Existence
            && matches!(
                (self.delta.action, theirs),
                (Action::Added, Side::Head) | (Action::Removed, Side::Base)
            );
        let (true, Some(value)) = (appears, self.delta.element.as_ref()) else {
            return Vec::new();
        };
        // A test that names the value sends it to nobody.
        let writers = self.accesses(theirs).filter(|a| {
            matches!(a.mode, Mode::Writes { .. })
                && a.confidence > Confidence::Low
                && a.element.as_ref() == Some(value)
        });
        let Some(writer) =
            writers.max_by(|a, b| (a.confidence, &b.place).cmp(&(b.confidence, &a.place)))
        else {
            return Vec::new();
        };
        let Some(element) = self.element(theirs) else {
            return Vec::new();
        };
        let written = OneValue::of(self.surface(theirs), element);
        let rejects = |a: &Access| matches!(&a.mode, Mode::Matches { known, other: Other::Rejects } if !known.contains(value));
        self.accesses(ours)
            .filter(|a| rejects(a) && self.is_about(a, ours))
            .map(|decision| (decision, self.form.meet(decision, &written)))
            .filter(|(_, meeting)| meeting.outcome != Outcome::Ok)
            .map(|(decision, meeting)| {
                // That the value is written was seen.
                let assumed = Vec::new();
                (decision, Meeting { assumed, ..meeting })
            })
            .map(|(decision, meeting)| {
                let hit = self.exchange(decision, Some((theirs, writer)), &meeting, ours, theirs);
                Hit {
                    // What no RPC carries may never leave the process that writes it.
                    paired: self.is_sent(),
                    ..hit
                }
            })
            .collect()
    }

    /// Returns whether the delta is a member of a oneof that comes or goes.
    fn is_member(&self) -> bool {
        let element = self.delta.old.as_ref().or(self.delta.new.as_ref());
        element.is_some_and(|e| oneof(e).is_some())
    }

    /// Returns whether a decision is about the oneof of the delta's member: it knows another one of that. Values have but one enum.
    fn is_about(&self, decision: &Access, side: Side) -> bool {
        let element = self.delta.old.as_ref().or(self.delta.new.as_ref());
        let Some(own) = element.and_then(oneof) else {
            return true;
        };
        let (Mode::Matches { known, .. }, Some(facts)) = (&decision.mode, self.facts(side)) else {
            return false;
        };
        let schema = facts.schema(self.surface(side));
        let mut members = schema.into_iter().flat_map(|s| &s.elements);
        members.any(|e| oneof(e) == Some(own) && known.contains(&e.name))
    }

    /// Returns whether an RPC carries the delta's enum or message, at one of the ends.
    fn is_sent(&self) -> bool {
        let by = |side: Side| {
            let facts = self.facts(side)?;
            Some(sent(facts)?.contains(self.surface(side).name.as_str()))
        };
        by(Side::Base) == Some(true) || by(Side::Head) == Some(true)
    }

    fn exchange(
        &self,
        read: &'a Access,
        writer: Option<(Side, &'a Access)>,
        meeting: &Meeting,
        ours: Side,
        theirs: Side,
    ) -> Hit<'a> {
        let version = |side| self.facts(side).map(|f| f.version.clone());
        let what = self.delta.element.as_ref().map_or_else(
            || self.delta.surface.to_string(),
            |e| format!("{}.{e}", self.delta.surface),
        );
        let writes = writer
            .map(|(_, w)| self.owner(w))
            .unwrap_or_else(|| self.owner(read));
        let starts = if theirs == Side::Head {
            writes.clone()
        } else {
            self.owner(read)
        };
        let steps = vec![
            Step {
                act: Act::StartNew,
                what: None,
                service: starts,
                version: version(Side::Head),
                at: Some(0),
            },
            Step {
                act: Act::Write,
                what: Some(what.clone()),
                service: writes,
                version: version(theirs),
                at: writer.map(|_| 2),
            },
            Step {
                act: Act::Read,
                what: Some(what),
                service: self.owner(read),
                version: version(ours),
                at: Some(1),
            },
        ];
        Hit {
            access: read,
            other: writer,
            meeting: meeting.clone(),
            steps,
            paired: writer.is_some(),
        }
    }
}
