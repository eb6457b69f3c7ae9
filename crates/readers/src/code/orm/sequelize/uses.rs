//! The queries through models: `User.findAll({ where: { email } })`.

use std::collections::BTreeSet;

use coexist_model::{Access, Confidence, Mode, Reading};

use crate::code::javascript::Program;
use crate::code::javascript::values::{Object, Scope};
use crate::code::orm::classes::{original, use_of};
use crate::code::syntax::Id;
use crate::code::view::Call;

/// Methods of a model that hand rows back.
const FINDERS: &[&str] = &[
    "findAll",
    "findOne",
    "findByPk",
    "findById",
    "findAndCountAll",
    "findOrCreate",
    "findOrBuild",
    "findCreateFind",
];

/// What stands between a model and its method.
const SCOPES: &[&str] = &["scope", "unscoped", "schema", "withScope"];

/// Adds the uses of these models.
pub(super) fn read(program: &Program<'_, '_, '_>, names: &BTreeSet<String>, reading: &mut Reading) {
    let reader = Uses {
        program,
        names,
        scope: Scope::new(),
    };
    let s = program.context.syntax;
    for id in s.all() {
        if let Some(call) = s.call(id) {
            reader.call(id, call, &mut reading.accesses);
        } else if s.kind(id) == "pair" {
            reader.included(id, &mut reading.accesses);
        }
    }
}

struct Uses<'p, 'c, 's, 'a> {
    program: &'p Program<'c, 's, 'a>,
    names: &'p BTreeSet<String>,
    scope: Scope<'a>,
}

impl<'a> Uses<'_, '_, '_, 'a> {
    /// Returns the model that an expression is: `User`, `db.User`, `User.scope("active")`; `this` in a static method.
    fn model(&self, id: Id) -> Option<String> {
        let s = self.program.context.syntax;
        let mut at = s.bare(id);
        while let Some(call) = s.call(at) {
            at = s.bare(
                s.receiver(call)
                    .filter(|_| SCOPES.contains(&s.called(call)))?,
            );
        }
        if s.text(at) == "this" {
            let method = s.above(at, &["method_definition"])?;
            let is_static = s.children(method).any(|c| s.kind(c) == "static");
            let class = s
                .above(method, &["class_declaration", "class"])
                .filter(|_| is_static)?;
            let name = s.text(s.child(class, "name")?);
            return self.names.contains(name).then(|| name.to_owned());
        }
        let path = s.path(at)?;
        let name = original(self.program.context, path.last()?);
        (self.names.contains(name) && path.len() <= 3).then(|| name.to_owned())
    }

    fn add(
        &self,
        id: Id,
        model: &str,
        element: Option<&str>,
        mode: Mode,
        confidence: Confidence,
        accesses: &mut Vec<Access>,
    ) {
        let context = self.program.context;
        accesses.push(use_of(context, id, model, element, mode, confidence));
    }

    fn call(&self, id: Id, call: Call, accesses: &mut Vec<Access>) {
        let s = self.program.context.syntax;
        let Some(model) = s.receiver(call).and_then(|r| self.model(r)) else {
            return;
        };
        let given = s.arguments(call);
        let object = |at: usize| {
            given
                .get(at)
                .and_then(|g| self.program.object(*g, &self.scope))
        };
        match s.called(call) {
            method if FINDERS.contains(&method) => {
                let options = object(usize::from(matches!(method, "findByPk" | "findById")));
                self.selected(id, &model, options.as_ref(), accesses);
                if method.contains("Create") || method == "findOrBuild" {
                    self.inserted(id, &model, None, accesses);
                }
                self.filtered(&model, options.as_ref(), accesses);
            }
            "create" => self.inserted(id, &model, object(0), accesses),
            "bulkCreate" => {
                let rows = given
                    .first()
                    .and_then(|g| self.program.items(*g, &self.scope));
                let row = rows.filter(|r| r.len() == 1);
                let row = row.and_then(|r| self.program.object(r[0], &self.scope));
                self.inserted(id, &model, row, accesses);
            }
            "upsert" => self.inserted(id, &model, object(0), accesses),
            "update" => {
                for (name, value) in object(0).unwrap_or_default().entries {
                    let values = self.value(value).into_iter().collect();
                    self.add(
                        value,
                        &model,
                        Some(&name),
                        Mode::Writes { values },
                        Confidence::High,
                        accesses,
                    );
                }
                self.filtered(&model, object(1).as_ref(), accesses);
            }
            "destroy" | "truncate" => {
                self.add(id, &model, None, Mode::Deletes, Confidence::High, accesses);
                self.filtered(&model, object(0).as_ref(), accesses);
            }
            "count" => {
                self.add(id, &model, None, Mode::Reads, Confidence::High, accesses);
                self.filtered(&model, object(0).as_ref(), accesses);
            }
            "max" | "min" | "sum" | "increment" | "decrement" => {
                let column = given
                    .first()
                    .and_then(|g| self.program.text(*g, &self.scope));
                if let Some(column) = column {
                    self.add(
                        id,
                        &model,
                        Some(&column),
                        Mode::Reads,
                        Confidence::High,
                        accesses,
                    );
                }
                self.filtered(&model, object(1).as_ref(), accesses);
            }
            _ => {}
        }
    }

    /// `include: [{ model: User, attributes: ["id"] }]`.
    fn included(&self, pair: Id, accesses: &mut Vec<Access>) -> Option<()> {
        let s = self.program.context.syntax;
        let key = s
            .child(pair, "key")
            .filter(|&k| matches!(s.text(k), "model" | "include"))?;
        let value = s.bare(s.child(pair, "value")?);
        if s.text(key) == "model" {
            let model = self.model(value)?;
            let options = self.program.object(s.parent(pair)?, &self.scope);
            self.selected(value, &model, options.as_ref(), accesses);
            self.filtered(&model, options.as_ref(), accesses);
            return Some(());
        }
        let items = self
            .program
            .items(value, &self.scope)
            .unwrap_or_else(|| vec![value]);
        for item in items.into_iter().filter(|&i| s.path(i).is_some()) {
            let model = self.model(item)?;
            self.selected(item, &model, None, accesses);
        }
        Some(())
    }

    /// The columns handed back: all, or those that `attributes` lists.
    fn selected(&self, id: Id, model: &str, options: Option<&Object>, accesses: &mut Vec<Access>) {
        let s = self.program.context.syntax;
        let open = options.is_some_and(|o| o.open);
        let Some(attributes) = options.and_then(|o| o.get("attributes")) else {
            let confidence = if open {
                Confidence::Medium
            } else {
                Confidence::High
            };
            return self.add(id, model, None, Mode::Queries, confidence, accesses);
        };
        let Some(items) = self.program.items(attributes, &self.scope) else {
            // `{ exclude: […] }`, `{ include: […] }`: most are named still.
            return self.add(id, model, None, Mode::Queries, Confidence::Medium, accesses);
        };
        for item in items {
            // `["column", "alias"]`.
            let pair = self.program.items(item, &self.scope);
            let column = pair.and_then(|p| p.first().copied()).unwrap_or(item);
            if let Some(name) = self
                .program
                .text(column, &self.scope)
                .filter(|_| s.is_string(column))
            {
                self.add(
                    item,
                    model,
                    Some(&name),
                    Mode::Reads,
                    Confidence::High,
                    accesses,
                );
            }
        }
    }

    /// `where: { a: 1, [Op.or]: [{ b: 2 }] }`.
    fn filtered(&self, model: &str, options: Option<&Object>, accesses: &mut Vec<Access>) {
        let s = self.program.context.syntax;
        let Some(filter) = options.and_then(|o| o.get("where")) else {
            return;
        };
        let mut open = vec![self.program.resolve(filter, &self.scope)];
        for _ in 0..200 {
            let Some(at) = open.pop() else { return };
            if s.kind(at) == "array" {
                open.extend(s.named(at));
                continue;
            }
            for part in s.named(at).filter(|_| s.kind(at) == "object") {
                let key = s.child(part, "key");
                match key {
                    Some(key) if s.kind(key) == "computed_property_name" => {
                        open.extend(s.child(part, "value").map(|v| s.bare(v)));
                    }
                    _ => {
                        let key = key.or_else(|| {
                            (s.kind(part) == "shorthand_property_identifier").then_some(part)
                        });
                        let name = key.map(|k| s.text(k).trim_matches(['"', '\'']));
                        // `$team.name$` is of another model.
                        if let Some(name) = name.filter(|n| !n.starts_with('$')) {
                            self.add(
                                part,
                                model,
                                Some(name),
                                Mode::Reads,
                                Confidence::High,
                                accesses,
                            );
                        }
                    }
                }
            }
        }
    }

    fn inserted(&self, id: Id, model: &str, values: Option<Object>, accesses: &mut Vec<Access>) {
        let closed = values.filter(|v| !v.open);
        let literals = closed.iter().flat_map(|v| &v.entries);
        let literals =
            literals.filter_map(|(name, value)| Some((name.clone(), self.value(*value)?)));
        let mode = Mode::Inserts {
            values: literals.collect(),
            columns: closed
                .as_ref()
                .map(|v| v.entries.iter().map(|(n, _)| n.clone()).collect()),
            positions: None,
            conflict: None,
        };
        self.add(id, model, None, mode, Confidence::High, accesses);
    }

    fn value(&self, id: Id) -> Option<String> {
        match self.program.context.syntax.kind(id) {
            "null" => Some("NULL".to_owned()),
            "number" | "true" | "false" => Some(self.program.context.syntax.text(id).to_owned()),
            _ => self.program.text(id, &self.scope),
        }
    }
}
