//! Transactions, what they see and what they change, and blocks around them: `retry` and `lease`.

use crate::language::{
    Assignment, Condition, Domain, FieldPath, Isolation, Mark, Name, Span, Step, StepKind,
};
use crate::prove::machine::{Cell, Expression, Fault, Join, Op};

use super::draft::{COMMITTED, Draft, Lease, Rest, conditions_of, has_more, sends_more, stops};
use super::{Book, Lowering};

impl<'d> Lowering<'d> {
    /// Writes a transaction.
    pub(super) fn transaction(
        &mut self,
        draft: &mut Draft<'d>,
        steps: &'d [Step],
        at: Span,
        here: &Rest<'_>,
        rest: &Rest<'_>,
    ) {
        if draft.in_transaction {
            self.steps(draft, steps, rest);
            return;
        }
        let store = self.store(&draft.service);
        let isolation = store
            .and_then(|s| s.isolation)
            .map_or(Isolation::Serializable, |i| i.value);
        let conflicts = self.take(draft, steps, isolation, at, here);
        let last = !has_more(rest);
        draft.checked &= !(last && draft.inbox == Some(Mark::WithEffect));
        self.boundary(draft, "commits", at, Some(here));
        if draft.inbox == Some(Mark::WithEffect) && last {
            let unseen = draft.code.place();
            draft.code.unless(Expression::Seen, unseen);
            draft.give_back();
            draft.code.op(Op::Stop);
            draft.code.bind(unseen);
            draft.code.op(Op::Mark);
        }
        if let Some(Lease {
            token,
            local,
            fencing: true,
            ..
        }) = draft.lease
        {
            let held = draft.code.place();
            let stale = Expression::Cell(token).join(Join::Unequal, Expression::Local(local));
            draft.code.unless(stale, held);
            draft.code.op(Op::RollBack);
            draft.code.bind(held);
        }
        for (cell, local) in conflicts {
            // The first to commit wins; the other one fails, and its message comes again.
            let same = draft.code.place();
            let changed = Expression::Cell(cell).join(Join::Unequal, Expression::Local(local));
            draft.code.unless(changed, same);
            draft.code.op(Op::RollBack);
            draft.code.bind(same);
        }
        let end = draft.code.place();
        let stop = stops(steps).then(|| draft.local());
        draft.stopped = stop.map(|local| (end, local));
        draft.in_transaction = true;
        self.steps(draft, steps, rest);
        draft.in_transaction = false;
        draft.code.bind(end);
        if draft.announces {
            let announced = self.announcement(draft.number);
            draft.code.set(announced, 0);
        }
        draft.acted = true;
        draft.touched = true;
        if sends_more(rest) || !draft.deferred.is_empty() {
            draft.code.op(Op::Let(COMMITTED, Expression::Number(1)));
            draft.commits = true;
        }
        Self::uncertain(draft);
        self.send_deferred(draft, at, rest);
        draft.taken.clear();
        if let Some((_, local)) = draft.stopped.take() {
            let goes_on = draft.code.place();
            draft.code.unless(Expression::Local(local), goes_on);
            self.finish(draft, at);
            draft.code.bind(goes_on);
        }
    }

    /// Writes that a step of a block that is tried again may seem to have failed although it has not.
    pub(super) fn uncertain(draft: &mut Draft<'d>) {
        if let Some(again) = draft.again {
            let goes_on = draft.code.place();
            let says = "the answer is lost, and the block is tried again".to_owned();
            draft.code.choose(vec![
                (None, goes_on, String::new()),
                (Some(Fault::LostReply), again, says),
            ]);
            draft.code.bind(goes_on);
        }
    }

    /// Takes copies of what a transaction sees too early: data of others, and under weak isolation its own.
    pub(super) fn take(
        &mut self,
        draft: &mut Draft<'d>,
        steps: &'d [Step],
        isolation: Isolation,
        at: Span,
        here: &Rest<'_>,
    ) -> Vec<(Cell, u8)> {
        let mut cells = Vec::new();
        let mut written = Vec::new();
        let mut all: Vec<&Step> = steps.iter().collect();
        while let Some(step) = all.pop() {
            conditions_of(step, &mut |condition| {
                self.cells_of(condition, draft, &mut cells);
            });
            if let StepKind::Assign { target, .. } = &step.kind {
                written.extend(self.cell(target, &draft.service));
            }
            all.extend(step.inner());
        }
        if isolation == Isolation::Snapshot {
            cells.extend(
                written
                    .iter()
                    .filter(|c| !cells.contains(c))
                    .copied()
                    .collect::<Vec<_>>(),
            );
        }
        if isolation == Isolation::Serializable {
            cells.retain(|cell| !self.belongs(draft, *cell));
        }
        cells.retain(|cell| !draft.taken.contains_key(cell));
        if cells.is_empty() {
            return Vec::new();
        }
        self.boundary(draft, "looks at its data", at, Some(here));
        let mut conflicts = Vec::new();
        for cell in cells {
            let local = draft.local();
            let source = self.replicas.get(&cell).copied().unwrap_or(cell);
            draft.code.op(Op::Let(local, Expression::Cell(source)));
            draft.taken.insert(cell, local);
            if isolation == Isolation::Snapshot && written.contains(&cell) {
                conflicts.push((cell, local));
            }
        }
        draft.looked = true;
        conflicts
    }

    /// Whether a cell belongs to the service of the program.
    pub(super) fn belongs(&self, draft: &Draft<'_>, cell: Cell) -> bool {
        self.fields
            .iter()
            .any(|((service, ..), other)| *other == cell && *service == draft.service)
    }

    pub(super) fn assign(
        &mut self,
        draft: &mut Draft<'d>,
        target: &FieldPath,
        operator: Assignment,
        value: &Condition,
        at: Span,
        here: &Rest<'_>,
    ) {
        let Some(cell) = self.cell(target, &draft.service) else {
            self.unclear(
                format!("no table has `{}.{}`", target.table, target.field),
                target.span(),
            );
            return;
        };
        if !draft.in_transaction {
            // A statement alone is a transaction of its own.
            self.boundary(draft, "commits", at, Some(here));
            draft.acted = true;
            draft.touched = true;
        }
        let value = self.value(value, draft);
        let value = match operator {
            Assignment::Set => value,
            Assignment::Add => Expression::Cell(cell).join(Join::Plus, value),
            Assignment::Subtract => Expression::Cell(cell).join(Join::Minus, value),
        };
        draft.code.op(Op::Set(cell, value));
    }

    /// Writes that a row becomes what the message says.
    pub(super) fn upsert(
        &mut self,
        draft: &mut Draft<'d>,
        table: &Name,
        if_newer: Option<&Name>,
        at: Span,
        here: &Rest<'_>,
    ) {
        if !draft.in_transaction {
            self.boundary(draft, "commits", at, Some(here));
            draft.acted = true;
            draft.touched = true;
        }
        let cell = |lowering: &Self, field: &str| {
            let name = (draft.service.clone(), table.text.clone(), field.to_owned());
            lowering.fields.get(&name).copied()
        };
        let old = draft.code.place();
        let version = if_newer.and_then(|v| {
            Some((
                cell(self, &v.text)?,
                draft.shown.iter().position(|f| *f == v.text)?,
            ))
        });
        if let Some((cell, at)) = version {
            let newer = Expression::Cell(cell).join(Join::Less, Expression::Data(at as u8));
            draft.code.unless(newer, old);
            draft.code.op(Op::Set(cell, Expression::Data(at as u8)));
        }
        let Some(declared) = self
            .service(&draft.service)
            .into_iter()
            .flat_map(|s| &s.stores)
            .flat_map(|s| &s.tables)
            .find(|t| t.name.text == table.text)
        else {
            self.unclear(
                format!("`{}` has no table `{table}`", draft.service),
                table.span,
            );
            return;
        };
        for field in &declared.fields {
            let (Some(cell), Some(at)) = (
                cell(self, &field.name.text),
                draft.shown.iter().position(|f| *f == field.name.text),
            ) else {
                continue;
            };
            if version.is_some_and(|(version, _)| version == cell) {
                continue;
            }
            // A value that the copy has no word for leaves it as it is.
            let foreign = draft.code.place();
            if let Domain::Words(words) = &field.domain {
                let words = words
                    .iter()
                    .map(|w| Expression::Number(self.word(&w.text)))
                    .collect();
                draft.code.unless(
                    Expression::In(Box::new(Expression::Data(at as u8)), words),
                    foreign,
                );
            }
            draft.code.op(Op::Set(cell, Expression::Data(at as u8)));
            draft.code.bind(foreign);
        }
        draft.code.bind(old);
    }

    /// Writes a block that is tried again where one of its steps seems to fail.
    pub(super) fn retry(
        &mut self,
        draft: &mut Draft<'d>,
        steps: &'d [Step],
        at: Span,
        here: &Rest<'_>,
        rest: &Rest<'_>,
    ) {
        if draft.in_transaction {
            self.steps(draft, steps, rest);
            return;
        }
        let first = draft.code.place();
        draft.code.jump(first);
        let outer = draft.again;
        let again = draft.code.here();
        let before = draft.since();
        self.always_boundary(draft, "tries again", at, Some(here));
        // The first attempt comes from before the block, not from this boundary.
        draft.resume(before);
        draft.code.bind(first);
        draft.again = Some(again);
        self.steps(draft, steps, rest);
        draft.again = outer;
    }

    /// Writes steps under a lease. It may end at any moment while its holder sleeps.
    pub(super) fn lease(
        &mut self,
        draft: &mut Draft<'d>,
        name: &'d Name,
        steps: &'d [Step],
        at: Span,
        here: &Rest<'_>,
        rest: &Rest<'_>,
    ) {
        let declared = self.scope.lease(&draft.service, &name.text);
        let fencing = declared.is_some_and(|l| l.fencing_token);
        let by = declared.and_then(|l| l.by.as_ref());
        let keyed = by
            .zip(self.workflow.key.as_ref())
            .is_some_and(|(by, key)| by.text == key.text);
        let token = self.book_of(Book::Token(name.text.clone()), keyed);
        let held = self.book_of(Book::Held(name.text.clone()), keyed);
        self.boundary(draft, &format!("takes the lease {name}"), at, Some(here));
        let free = draft.code.place();
        // A lease that ended while its holder slept twice is enough; then the others wait.
        let ended = self.book_of(Book::Ended(name.text.clone()), keyed);
        draft.code.unless(Expression::is(held, 1), free);
        let ends = draft.code.place();
        let waits = Expression::is(ended, 2);
        draft.code.unless(waits, ends);
        draft.code.op(Op::RollBack);
        draft.code.bind(ends);
        let over = draft.code.place();
        draft.code.choose(vec![(
            None,
            over,
            format!("the lease {name} has ended while its holder slept"),
        )]);
        draft.code.bind(over);
        draft.code.op(Op::Set(
            ended,
            Expression::Cell(ended).join(Join::Plus, Expression::Number(1)),
        ));
        draft.code.bind(free);
        draft.code.set(held, 1);
        let local = draft.local();
        let next = Expression::Cell(token).join(Join::Plus, Expression::Number(1));
        draft.code.op(Op::Set(token, next));
        let wraps = draft.code.place();
        draft.code.unless(Expression::is(token, 7), wraps);
        draft.code.set(token, 0);
        draft.code.bind(wraps);
        draft.code.op(Op::Let(local, Expression::Cell(token)));
        draft.acted = true;
        let outer = draft.lease.replace(Lease {
            token,
            held,
            local,
            fencing,
        });
        self.steps(draft, steps, rest);
        draft.give_back();
        draft.lease = outer;
    }
}
