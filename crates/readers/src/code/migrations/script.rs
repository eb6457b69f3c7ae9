//! What a migration in code does, as it is read.

use std::collections::BTreeSet;
use std::ops::Range;

use coexist_model::{
    Constraint, ConstraintKind, Detail, Dialect, Direction, Effect, Element, ModelMigration,
    Operation, Place, Problem, Surface,
};

use crate::code::branches::{decides, is_branch};
use crate::code::context::Context;
use crate::code::strings::Literal;
use crate::code::syntax::Id;
use crate::sql::operations::{self, Lowered, Names, Sort};

use crate::code::arguments::Arguments;

/// One migration as it is read: what it does so far, and which way is being read.
pub(super) struct Script<'c, 's, 'a> {
    pub(super) context: &'c Context<'s, 'a>,
    /// The dialect that its SQL is written in.
    pub(super) dialect: Dialect,
    /// The dialect that is told, by a setting or by the neighbourhood of the file.
    pub(super) told: Option<Dialect>,
    direction: Direction,
    /// Whether the call that is being read stands in a branch of what calls it.
    within_branch: bool,
    /// Whether what reads the migration says itself which calls stand in branches.
    tells_branches: bool,
    names: Names,
    lowered: Lowered,
    /// The migration in the words of models, where its tool speaks of them.
    model_migration: Option<ModelMigration>,
}

impl<'c, 's, 'a> Script<'c, 's, 'a> {
    pub(super) fn new(context: &'c Context<'s, 'a>, dialect: Dialect) -> Self {
        Self {
            context,
            dialect,
            told: None,
            direction: Direction::Up,
            within_branch: false,
            tells_branches: false,
            names: Names::default(),
            lowered: Lowered::default(),
            model_migration: None,
        }
    }

    /// Returns what was read: the operations, and the migration in the words of models.
    pub(super) fn lowered(self) -> (Lowered, Option<ModelMigration>) {
        (self.lowered, self.model_migration)
    }

    /// Says what the migration does in the words of models; the operations are what this file alone tells of it.
    pub(super) fn speak_of_models(
        &mut self,
        migration: ModelMigration,
        operations: Vec<Operation>,
    ) {
        self.lowered.operations = operations;
        self.model_migration = Some(migration);
    }

    /// Takes the operations so far away, for a step that holds them.
    pub(super) fn take(&mut self) -> Vec<Operation> {
        std::mem::take(&mut self.lowered.operations)
    }

    /// Says which way is read from here on.
    pub(super) fn turn(&mut self, direction: Direction) {
        self.direction = direction;
    }

    /// Says whether what is read from here on is run only sometimes, wherever it stands itself.
    pub(super) fn branch(&mut self, within_branch: bool) {
        self.within_branch = within_branch;
    }

    /// Says that from here on [`Self::branch`] alone tells what is run only sometimes.
    pub(super) fn tell_branches(&mut self) {
        self.tells_branches = true;
    }

    /// Returns where a node stands; of a call in a chain of several lines, where the name of what it calls does.
    pub(super) fn place(&self, id: Id) -> Place {
        let s = self.context.syntax;
        let mut range = s.range(id);
        let callee = s.call(id).and_then(|call| s.member(s.bare(call.callee)));
        if let Some((_, name)) = callee {
            let before = range.start..s.range(name).start;
            if s.text.get(before).is_some_and(|text| text.contains('\n')) {
                range.start = s.range(name).start;
            }
        }
        self.context.file.place(range)
    }

    /// Returns how many operations there are so far.
    pub(super) fn len(&self) -> usize {
        self.lowered.operations.len()
    }

    /// Returns the name that the database gives to a constraint without one.
    pub(super) fn name(&mut self, sort: Sort, table: &str, columns: &[String]) -> String {
        self.names.generate(sort, table, columns, self.dialect)
    }

    /// Returns the arguments of a call; None where the node is none.
    pub(super) fn arguments(&self, id: Id) -> Option<Arguments<'c, 's, 'a>> {
        let call = self.context.syntax.call(id)?;
        Some(Arguments::of(self.context, call))
    }

    /// Adds what a node does to a table.
    pub(super) fn on_table(&mut self, id: Id, table: &str, effect: Effect) {
        self.emit(id, Surface::table(table), effect);
    }

    /// Adds what a node does.
    pub(super) fn emit(&mut self, id: Id, surface: Surface, effect: Effect) {
        let locking = operations::locks_only(&effect);
        self.lowered.operations.push(Operation {
            surface,
            effect,
            direction: self.direction,
            conditional: self.is_conditional(id),
            locking,
            place: self.place(id),
        });
    }

    /// Adds elements to a table that an earlier operation creates.
    pub(super) fn add_to_created(&mut self, operation: usize, more: Vec<Element>) {
        let created = self.lowered.operations.get_mut(operation);
        if let Some(Effect::CreateTable { elements }) = created.map(|o| &mut o.effect) {
            elements.extend(more);
        }
    }

    /// Adds that a column comes, with the constraints that its declaration holds.
    pub(super) fn add_column(&mut self, id: Id, table: &str, elements: Vec<Element>) {
        for element in elements {
            let effect = match element.detail {
                Detail::Column(_) => Effect::AddColumn(element),
                _ => Effect::AddConstraint(element),
            };
            self.on_table(id, table, effect);
        }
    }

    /// Marks what was added last as conditional: it said `IF EXISTS` or its like.
    pub(super) fn conditionally(&mut self, conditional: bool) {
        if let Some(last) = self.lowered.operations.last_mut() {
            last.conditional |= conditional;
        }
    }

    /// Adds what the SQL in an expression does.
    pub(super) fn sql(&mut self, id: Id) {
        let context = self.context;
        match context.strings.literal(id) {
            Some(literal) => self.sql_text(id, &literal),
            None => self.opaque(id, "the SQL that it runs is made elsewhere"),
        }
    }

    /// Adds what a text of SQL does that a node makes.
    pub(super) fn sql_text(&mut self, id: Id, literal: &Literal) {
        let context = self.context;
        let place = |span| context.file.place(literal.source(span));
        let inside = self.is_conditional(id);
        let within = std::mem::replace(&mut self.within_branch, inside);
        self.sql_at(&literal.text, &place);
        self.within_branch = within;
    }

    /// Adds what a text of SQL does; `place` tells where a range of it stands.
    pub(super) fn sql_at(&mut self, text: &str, place: &dyn Fn(Range<usize>) -> Place) {
        let found = operations::embedded(text, self.dialect, self.direction, place);
        let conditional = self.within_branch;
        let operations = found.operations.into_iter().map(|o| Operation {
            conditional: o.conditional || conditional,
            ..o
        });
        self.lowered.operations.extend(operations);
        self.lowered.problems.extend(found.problems);
    }

    /// Says of what was added since there were so many operations that it cannot be told whether it happens.
    pub(super) fn doubt(&mut self, since: usize, reason: &str) {
        let doubtful = self.lowered.operations.iter_mut().skip(since);
        for operation in doubtful {
            let identifiers = vec![operation.surface.name.to_lowercase()];
            self.lowered.problems.push(Problem {
                place: operation.place.clone(),
                what: reason.to_owned(),
                identifiers: identifiers.clone(),
            });
            operation.effect = Effect::Opaque {
                reason: reason.to_owned(),
                identifiers,
            };
        }
    }

    /// Adds that a node does something that is not understood.
    pub(super) fn opaque(&mut self, id: Id, reason: &str) {
        let guess = self.first_text(id).unwrap_or_default();
        let identifiers = self.identifiers(id);
        self.not_understood(id, &guess, identifiers, reason);
    }

    /// Adds that a node does something to a table that is not understood.
    pub(super) fn opaque_on(&mut self, id: Id, table: &str, reason: &str) {
        let mut identifiers = self.identifiers(id);
        let name = table.to_lowercase();
        if let Err(at) = identifiers.binary_search(&name)
            && !name.is_empty()
        {
            identifiers.insert(at, name);
        }
        self.not_understood(id, table, identifiers, reason);
    }

    fn not_understood(&mut self, id: Id, table: &str, identifiers: Vec<String>, reason: &str) {
        self.lowered.problems.push(Problem {
            place: self.place(id),
            what: reason.to_owned(),
            identifiers: identifiers.clone(),
        });
        let effect = Effect::Opaque {
            reason: reason.to_owned(),
            identifiers,
        };
        self.emit(id, Surface::table(table), effect);
    }

    /// Returns the names and the texts in an expression: what it may be about.
    fn identifiers(&self, id: Id) -> Vec<String> {
        let s = self.context.syntax;
        let around = std::iter::once(id).chain(s.below(id));
        let is_word = |n: Id| s.is_name(n) || s.is_string(n) || is_symbol(s.kind(n));
        let words = around.filter(|&n| is_word(n));
        let texts = words.map(|n| {
            self.context
                .strings
                .plain(n)
                .unwrap_or_else(|| s.text(n).to_owned())
        });
        let found: BTreeSet<String> = texts
            .flat_map(|t| {
                t.split(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .filter(|w| w.len() > 1)
                    .map(str::to_lowercase)
                    .collect::<Vec<_>>()
            })
            .take(MOST_IDENTIFIERS)
            .collect();
        found.into_iter().collect()
    }

    /// Returns the first text in an expression: most calls name their table there.
    fn first_text(&self, id: Id) -> Option<String> {
        let s = self.context.syntax;
        let first = s.below(id).find(|&n| s.is_string(n))?;
        let text = self.context.strings.plain(first)?;
        let is_name = !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_');
        is_name.then_some(text)
    }

    /// Returns whether a node stands in a branch of its function.
    pub(super) fn is_conditional(&self, id: Id) -> bool {
        let s = self.context.syntax;
        let mut inside =
            (s.ancestors(id)).take_while(|&up| !s.profile.functions.contains(&s.kind(up)));
        let sometimes = |up: Id| is_branch(s, up) && !decides(s, up, id);
        self.within_branch || !self.tells_branches && inside.any(sometimes)
    }
}

/// Returns a constraint; one without a name gets the one that the database gives.
pub(super) fn constraint(
    script: &mut Script<'_, '_, '_>,
    id: Id,
    table: &str,
    name: Option<String>,
    kind: ConstraintKind,
    columns: Vec<String>,
) -> Element {
    let sort = match kind {
        ConstraintKind::PrimaryKey => Sort::PrimaryKey,
        ConstraintKind::Unique => Sort::Unique,
        ConstraintKind::ForeignKey { .. } => Sort::ForeignKey,
        ConstraintKind::Check { .. } => Sort::Check,
        ConstraintKind::Exclusion => Sort::Exclusion,
        ConstraintKind::Index => Sort::Index,
    };
    Element {
        name: name.unwrap_or_else(|| script.name(sort, table, &columns)),
        detail: Detail::Constraint(Constraint {
            kind,
            columns,
            partial: false,
            validated: true,
        }),
        place: script.place(id),
    }
}

/// Makes the columns of the primary key required: a table says so in either place.
pub(super) fn require_keys(elements: &mut [Element]) {
    let keys: Vec<String> = elements
        .iter()
        .filter_map(|e| match &e.detail {
            Detail::Constraint(c) if c.kind == ConstraintKind::PrimaryKey => {
                Some(c.columns.clone())
            }
            _ => None,
        })
        .flatten()
        .collect();
    for element in elements {
        let key = keys.contains(&element.name);
        if let (true, Detail::Column(column)) = (key, &mut element.detail) {
            column.nullable = false;
        }
    }
}

/// Returns whether a node is a name that stands for itself, in Elixir and Ruby.
fn is_symbol(kind: &str) -> bool {
    matches!(
        kind,
        "atom" | "simple_symbol" | "bare_symbol" | "hash_key_symbol"
    )
}

/// Names that an opaque operation keeps.
const MOST_IDENTIFIERS: usize = 200;
