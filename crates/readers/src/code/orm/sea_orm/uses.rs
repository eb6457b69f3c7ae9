//! What is done through entities.

use std::collections::BTreeSet;

use coexist_model::{Access, Confidence, Mode, Reading};

use super::scope::Scope;
use crate::code::chains::{Chain, chain};
use crate::code::context::Context;
use crate::code::orm::classes::use_of;
use crate::code::rust::snake;
use crate::code::syntax::Id;
use crate::code::view::Call;

/// Calls on an entity that ask for its rows.
const FINDS: &[&str] = &[
    "find",
    "find_by_id",
    "find_related",
    "find_with_related",
    "find_also_related",
];
/// Calls that put the rows of another entity beside those that are asked for.
const BESIDE: &[&str] = &[
    "find_also_related",
    "find_with_related",
    "find_also_linked",
    "load_one",
    "load_many",
];
/// Calls that say which columns are asked for.
const NARROWS: &[&str] = &["select_only", "into_partial_model", "into_tuple"];
/// Calls that run a query.
const RUNS: &[&str] = &[
    "all",
    "one",
    "count",
    "stream",
    "paginate",
    "cursor_by",
    "into_model",
    "into_json",
    "exists",
];

/// Adds the uses of these entities.
pub(super) fn read(context: &Context<'_, '_>, names: &BTreeSet<String>, reading: &mut Reading) {
    let uses = Uses {
        context,
        scope: Scope::of(context, names),
    };
    let s = context.syntax;
    let accesses = &mut reading.accesses;
    for id in s.all() {
        if let Some(call) = s.call(id) {
            uses.call(id, call, accesses);
        }
        match s.kind(id) {
            "scoped_identifier" => uses.column(id, accesses),
            "struct_expression" => uses.active_model(id, accesses),
            _ => None,
        };
    }
}

struct Uses<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    scope: Scope<'c, 's, 'a>,
}

impl Uses<'_, '_, '_> {
    fn add(
        &self,
        id: Id,
        model: &str,
        element: Option<&str>,
        mode: Mode,
        sure: Confidence,
        out: &mut Vec<Access>,
    ) {
        out.push(use_of(self.context, id, model, element, mode, sure));
    }

    /// `did::Column::Name`, or `Column::Name` in the module of the entity.
    fn column(&self, id: Id, out: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        let (of, variant) = s.member(id)?;
        let model = self.scope.model(of, "Column")?;
        // A path in `use` names the type, not a column.
        if s.above(id, &["use_declaration"]).is_some()
            || !s.text(variant).starts_with(char::is_uppercase)
        {
            return None;
        }
        let name = snake(s.text(variant));
        let written = s
            .parent(id)
            .and_then(|list| s.parent(list))
            .and_then(|up| s.call(up))
            .is_some_and(|c| s.called(c) == "col_expr" && s.arguments(c).first() == Some(&id));
        let mode = match written {
            true => Mode::Writes { values: Vec::new() },
            false => Mode::Reads,
        };
        self.add(variant, &model, Some(&name), mode, Confidence::High, out);
        Some(())
    }

    fn call(&self, id: Id, call: Call, out: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        let called = s.called(call);
        if BESIDE.contains(&called) {
            for given in s.arguments(call) {
                if let Some(model) = self.scope.model(given, "Entity") {
                    self.add(id, &model, None, Mode::Queries, Confidence::High, out);
                }
            }
        }
        let receiver = s.receiver(call)?;
        let model = self.scope.model(receiver, "Entity")?;
        match called {
            name if FINDS.contains(&name) => {
                let (mode, sure) = self.asked(id);
                self.add(id, &model, None, mode, sure, out);
            }
            "delete" | "delete_many" | "delete_by_id" => {
                self.add(id, &model, None, Mode::Deletes, Confidence::High, out);
            }
            "update_many" => self.add(id, &model, None, Mode::Reads, Confidence::High, out),
            "insert" | "insert_many" => {
                // An active model that is written out here says itself what is inserted.
                let here = s.arguments(call).iter().any(|&a| self.is_active_model(a));
                if !here {
                    self.add(id, &model, None, whole(None), Confidence::Medium, out);
                }
            }
            "update" => self.add(id, &model, None, Mode::Queries, Confidence::High, out),
            _ => {}
        }
        Some(())
    }

    /// Returns what a query asks for, and how sure that is: some columns, where it or a later call on it narrows them.
    fn asked(&self, id: Id) -> (Mode, Confidence) {
        let s = self.context.syntax;
        // The whole chain, up to the last call on it.
        let mut outermost = id;
        for up in s.ancestors(id) {
            if s.call(up)
                .is_some_and(|c| s.receiver(c).is_some_and(|r| s.is_within(id, r)))
            {
                outermost = up;
            } else if s.member(up).is_none() && s.bare(up) != outermost {
                break;
            }
        }
        let links = chain(s, outermost)
            .map(|Chain { links, .. }| links)
            .unwrap_or_default();
        if links.iter().any(|l| NARROWS.contains(&l.name)) {
            return (Mode::Reads, Confidence::High);
        }
        if links.iter().any(|l| RUNS.contains(&l.name)) {
            return (Mode::Queries, Confidence::High);
        }
        let around = s.function(id).map_or_else(|| s.all(), |f| s.below(f));
        let called: BTreeSet<&str> = around
            .filter_map(|n| s.call(n))
            .map(|c| s.called(c))
            .collect();
        let narrowed = NARROWS.iter().any(|n| called.contains(n));
        let run = RUNS.iter().any(|n| called.contains(n));
        match run && !narrowed {
            true => (Mode::Queries, Confidence::High),
            false => (Mode::Queries, Confidence::Medium),
        }
    }

    fn is_active_model(&self, id: Id) -> bool {
        let s = self.context.syntax;
        let id = s.bare(id);
        s.kind(id) == "struct_expression" && self.of_active_model(id).is_some()
    }

    /// Returns the entity of `did::ActiveModel { … }`, or of `Self { … }` in what implements something for one.
    fn of_active_model(&self, id: Id) -> Option<String> {
        let s = self.context.syntax;
        let name = s.child(id, "name")?;
        self.scope.model(name, "ActiveModel")
    }

    /// What is set is written, by an insert or an update.
    fn active_model(&self, id: Id, out: &mut Vec<Access>) -> Option<()> {
        let s = self.context.syntax;
        let model = self.of_active_model(id)?;
        let mut set: Vec<String> = Vec::new();
        let mut based = false;
        for part in s.named(s.child(id, "body")?) {
            match s.kind(part) {
                "field_initializer" => {
                    let (name, value) = (s.child(part, "field")?, s.child(part, "value")?);
                    let value = s.text(value);
                    if value.ends_with("NotSet")
                        || value.ends_with("default()")
                        || value.contains("not_set()")
                    {
                        continue;
                    }
                    let name_text = s.text(name).trim_start_matches("r#").to_owned();
                    if !value.contains("Unchanged") {
                        let mode = Mode::Writes { values: Vec::new() };
                        self.add(name, &model, Some(&name_text), mode, Confidence::High, out);
                    }
                    set.push(name_text);
                }
                "shorthand_field_initializer" => set.push(s.text(part).to_owned()),
                "base_field_initializer" => based = !s.text(part).ends_with("default()"),
                _ => {}
            }
        }
        let (inserts, saves) = self.saved(id);
        if let Some(sure) = inserts {
            // What it is made of may set the others.
            let (columns, sure) = match based {
                true => (None, sure.min(Confidence::Medium)),
                false => (Some(set), sure),
            };
            self.add(id, &model, None, whole(columns), sure, out);
        }
        if saves {
            self.add(id, &model, None, Mode::Queries, Confidence::High, out);
        }
        Some(())
    }

    /// Returns how sure it is that an active model is inserted (None: it is updated), and whether its row is read back.
    fn saved(&self, id: Id) -> (Option<Confidence>, bool) {
        let s = self.context.syntax;
        let by = |call: Call, receiver: bool| match (s.called(call), receiver) {
            ("insert" | "insert_many", receiver) => Some((Some(Confidence::High), receiver)),
            ("update", receiver) => Some((None, receiver)),
            ("save", true) => Some((Some(Confidence::Medium), true)),
            _ => None,
        };
        for up in s.ancestors(id).take(4) {
            let Some(call) = s.call(up) else { continue };
            let receiver = s.receiver(call).is_some_and(|r| s.is_within(id, r));
            if let Some(found) = by(call, receiver) {
                return found;
            }
            // An argument of another call.
            if !receiver {
                break;
            }
        }
        self.by_name(id, &by)
            .unwrap_or((Some(Confidence::Medium), false))
    }

    /// The same for one that a name holds: `let did = did::ActiveModel { … }; did.insert(db)`.
    fn by_name(
        &self,
        id: Id,
        by: &dyn Fn(Call, bool) -> Option<(Option<Confidence>, bool)>,
    ) -> Option<(Option<Confidence>, bool)> {
        let s = self.context.syntax;
        let declared = s.parent(id).filter(|&up| s.kind(up) == "let_declaration")?;
        let name = s
            .text(s.child(declared, "pattern")?)
            .trim_start_matches("mut ");
        let same = |n: Id| s.is_name(s.bare(n)) && s.text(s.bare(n)) == name;
        let calls = s
            .below(s.function(id)?)
            .filter(|&n| n > id)
            .filter_map(|n| s.call(n));
        calls.into_iter().find_map(|call| {
            let receiver = s.receiver(call).is_some_and(same);
            let given = s.arguments(call).into_iter().any(same);
            (receiver || given).then(|| by(call, receiver))?
        })
    }
}

fn whole(columns: Option<Vec<String>>) -> Mode {
    Mode::Inserts {
        columns,
        positions: None,
        values: Vec::new(),
        conflict: None,
    }
}
