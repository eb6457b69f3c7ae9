//! The operations of a migration, one by one, in the words of models.

use coexist_model::{
    Direction, Effect, FieldKind, ModelChange, ModelField, ModelForm, ModelStep, Operation, Surface,
};

use crate::code::arguments::{Arguments, text, texts};
use crate::code::migrations::script::Script;
use crate::code::orm::django::fields;
use crate::code::syntax::Id;

use super::{constraints, data};

/// The field that keeps the order of `order_with_respect_to`.
const ORDER: &str = "_order";

/// Returns what a list of operations does. What is put together elsewhere is opaque.
pub(super) fn read(script: &mut Script<'_, '_, '_>, id: Id) -> Vec<ModelStep> {
    let s = script.context.syntax;
    let id = named_list(script, id).unwrap_or(id);
    match s.kind(id) {
        "list" | "tuple" => {
            let items: Vec<Id> = s.named(id).map(|i| s.bare(i)).collect();
            items.into_iter().flat_map(|i| step(script, i)).collect()
        }
        // `[…] + […]`.
        "binary_operator" => {
            let parts: Vec<Id> = s.named(id).map(|i| s.bare(i)).collect();
            parts.into_iter().flat_map(|i| read(script, i)).collect()
        }
        _ => vec![opaque(script, id, "these operations are made elsewhere")],
    }
}

/// Returns the list that a name stands for, where the module or the class assigns it once: `operations = state_operations`.
fn named_list(script: &Script<'_, '_, '_>, id: Id) -> Option<Id> {
    let s = script.context.syntax;
    if !s.is_name(id) {
        return None;
    }
    let mut lists = s
        .all()
        .filter(|&a| s.kind(a) == "assignment" && s.function(a).is_none())
        .filter(|&a| s.child(a, "left").is_some_and(|l| s.text(l) == s.text(id)))
        .filter_map(|a| s.child(a, "right").map(|v| s.bare(v)));
    let list = lists.next().filter(|_| lists.next().is_none())?;
    (s.kind(list) == "list").then_some(list)
}

/// Returns a step that is not understood.
fn opaque(script: &mut Script<'_, '_, '_>, id: Id, reason: &str) -> ModelStep {
    script.turn(Direction::Up);
    script.opaque(id, reason);
    let up = script.take();
    // Whatever it does, nobody says that it has no way back.
    let down = Some(Vec::new());
    ModelStep {
        change: ModelChange::Direct { up, down },
        place: script.place(id),
    }
}

/// Returns what one operation does; nothing for one that only tells Django something.
fn step(script: &mut Script<'_, '_, '_>, id: Id) -> Option<ModelStep> {
    let s = script.context.syntax;
    let Some(call) = s.call(id) else {
        return Some(opaque(script, id, "this operation is made elsewhere"));
    };
    let name = s.called(call);
    if says_nothing(name) {
        return None;
    }
    let reader = Step {
        id,
        arguments: Arguments::of(script.context, call),
    };
    let place = script.place(id);
    match reader.change(script, name) {
        Some(change) => Some(ModelStep { change, place }),
        None => Some(opaque(
            script,
            id,
            &format!("this use of {name} is not understood"),
        )),
    }
}

/// Operations that change neither a table nor the name of one.
fn says_nothing(name: &str) -> bool {
    matches!(
        name,
        "AlterModelManagers"
            | "AlterModelTableComment"
            | "AlterIndexTogether"
            | "AlterConstraint"
            | "CreateCollation"
            | "RemoveCollation"
            | "CreateExtension"
    ) || name.ends_with("Extension")
}

struct Step<'c, 's, 'a> {
    id: Id,
    arguments: Arguments<'c, 's, 'a>,
}

impl Step<'_, '_, '_> {
    /// Returns what the operation of that name does; None where that is not understood.
    fn change(&self, script: &mut Script<'_, '_, '_>, name: &str) -> Option<ModelChange> {
        let text = |place, name: &str| self.arguments.text(place, name);
        let model = || text(0, "model_name");
        Some(match name {
            "CreateModel" => self.create(script)?,
            "DeleteModel" => ModelChange::Delete {
                model: text(0, "name")?,
            },
            "SafeDeleteModel" => self.safely(
                ModelChange::Delete {
                    model: text(0, "name")?,
                },
                script,
            ),
            "RenameModel" => ModelChange::Rename {
                model: text(0, "old_name")?,
                to: text(1, "new_name")?,
            },
            "AlterModelTable" => {
                let table = self.arguments.at(1, "table")?;
                let derived = script.context.syntax.text(table) == "None";
                ModelChange::SetTable {
                    model: text(0, "name")?,
                    table: if derived {
                        None
                    } else {
                        Some(text(1, "table")?)
                    },
                }
            }
            "AddField" => ModelChange::AddField {
                model: model()?,
                field: self.field(script)?,
            },
            "AlterField" => ModelChange::AlterField {
                model: model()?,
                field: self.field(script)?,
            },
            "RemoveField" => ModelChange::RemoveField {
                model: model()?,
                field: text(1, "name")?,
            },
            "SafeRemoveField" => self.safely(
                ModelChange::RemoveField {
                    model: model()?,
                    field: text(1, "name")?,
                },
                script,
            ),
            "RenameField" => ModelChange::RenameField {
                model: model()?,
                field: text(1, "old_name")?,
                to: text(2, "new_name")?,
            },
            "AddDefaultValue" => ModelChange::SetDefault {
                model: model()?,
                field: text(1, "name")?,
                default: fields::literal(script.context, self.arguments.at(2, "value")?),
            },
            "AddIndex" | "AddIndexConcurrently" => self.constraint(script, "index", true)?,
            "AddConstraint" => self.constraint(script, "constraint", true)?,
            "AddConstraintNotValid" => self.constraint(script, "constraint", false)?,
            "RemoveIndex" | "RemoveIndexConcurrently" | "RemoveConstraint" => {
                ModelChange::RemoveConstraint {
                    model: model()?,
                    name: text(1, "name")?,
                }
            }
            "RenameIndex" => match text(2, "old_name") {
                Some(name) => ModelChange::RenameConstraint {
                    model: model()?,
                    name,
                    to: text(1, "new_name")?,
                },
                // The index of a set of fields, whose name nobody wrote.
                None => nothing(script, self.id),
            },
            "ValidateConstraint" => ModelChange::ValidateConstraint {
                model: model()?,
                name: text(1, "name")?,
            },
            "AlterUniqueTogether" => ModelChange::SetTogether {
                model: text(0, "name")?,
                sets: constraints::together(
                    script.context,
                    self.arguments.at(1, "unique_together")?,
                )?,
            },
            "AlterOrderWithRespectTo" => self.order(script)?,
            "AlterModelOptions" => nothing(script, self.id),
            "SeparateDatabaseAndState" => {
                let mut of = |place, name: &str| {
                    let list = self.arguments.at(place, name);
                    let list = list.filter(|&l| script.context.syntax.text(l) != "None");
                    list.map(|l| read(script, l)).unwrap_or_default()
                };
                ModelChange::Apart {
                    store: of(0, "database_operations"),
                    models: of(1, "state_operations"),
                }
            }
            "RunSQL" => self.sql(script)?,
            "RunPython" => self.python(script)?,
            _ => return None,
        })
    }

    fn field(&self, script: &Script<'_, '_, '_>) -> Option<ModelField> {
        let name = self.arguments.text(1, "name")?;
        let field = self.arguments.at(2, "field")?;
        fields::field(script.context, script.dialect, &name, field)
    }

    fn create(&self, script: &Script<'_, '_, '_>) -> Option<ModelChange> {
        let context = script.context;
        let s = context.syntax;
        let mut form = ModelForm {
            name: self.arguments.text(0, "name")?,
            table: None,
            stored: true,
            fields: Vec::new(),
            constraints: Vec::new(),
            together: Vec::new(),
        };
        let list = self.arguments.at(1, "fields")?;
        for pair in s.named(list).map(|p| s.bare(p)) {
            let mut parts = s.named(pair).map(|p| s.bare(p));
            let name = text(context, parts.next()?)?;
            let field = fields::field(context, script.dialect, &name, parts.next()?)?;
            form.fields.push(field);
        }
        if let Some(options) = self.arguments.at(2, "options") {
            for pair in s.named(options).filter(|&p| s.kind(p) == "pair") {
                let key = context.strings.plain(s.child(pair, "key")?)?;
                let value = s.bare(s.child(pair, "value")?);
                self.option(script, &mut form, &key, value)?;
            }
        }
        Some(ModelChange::Create(form))
    }

    fn option(
        &self,
        script: &Script<'_, '_, '_>,
        form: &mut ModelForm,
        key: &str,
        value: Id,
    ) -> Option<()> {
        let context = script.context;
        let s = context.syntax;
        match key {
            "db_table" => form.table = text(context, value),
            "managed" => form.stored &= s.text(value) != "False",
            "proxy" => form.stored &= s.text(value) != "True",
            "unique_together" => form.together = constraints::together(context, value)?,
            "constraints" | "indexes" => {
                let all: Option<Vec<_>> = s
                    .named(value)
                    .map(|c| constraints::constraint(context, s.bare(c)))
                    .collect();
                form.constraints.extend(all?);
            }
            "order_with_respect_to" if s.text(value) != "None" => {
                form.fields.push(order_field(script, value));
            }
            _ => {}
        }
        Some(())
    }

    fn constraint(
        &self,
        script: &Script<'_, '_, '_>,
        name: &str,
        validated: bool,
    ) -> Option<ModelChange> {
        let given = self.arguments.at(1, name)?;
        let mut constraint = constraints::constraint(script.context, given)?;
        if let coexist_model::Detail::Constraint(detail) = &mut constraint.detail {
            detail.validated = validated;
        }
        constraint.place = script.place(self.id);
        Some(ModelChange::AddConstraint {
            model: self.arguments.text(0, "model_name")?,
            constraint,
        })
    }

    fn order(&self, script: &Script<'_, '_, '_>) -> Option<ModelChange> {
        let model = self.arguments.text(0, "name")?;
        let by = self.arguments.at(1, "order_with_respect_to")?;
        Some(if script.context.syntax.text(by) == "None" {
            ModelChange::RemoveField {
                model,
                field: ORDER.to_owned(),
            }
        } else {
            ModelChange::AddField {
                model,
                field: order_field(script, by),
            }
        })
    }

    /// Sentry removes in two steps, first from the models and later from the store:
    /// <https://develop.sentry.dev/backend/application-domains/database-migrations/>.
    fn safely(&self, change: ModelChange, script: &Script<'_, '_, '_>) -> ModelChange {
        let action = self.arguments.named("deletion_action");
        let action = action.map_or("", |a| script.context.syntax.last_name(a));
        let step = vec![ModelStep {
            change,
            place: script.place(self.id),
        }];
        match action {
            "MOVE_TO_PENDING" => ModelChange::Apart {
                store: Vec::new(),
                models: step,
            },
            _ => ModelChange::Apart {
                store: step,
                models: Vec::new(),
            },
        }
    }

    /// `RunSQL(sql, reverse_sql)`: each a text, or a list of texts and of pairs of text and parameters.
    fn sql(&self, script: &mut Script<'_, '_, '_>) -> Option<ModelChange> {
        script.turn(Direction::Up);
        statements(script, self.arguments.at(0, "sql")?);
        let up = script.take();
        let back = self.arguments.at(1, "reverse_sql");
        let back = back.filter(|&b| script.context.syntax.text(b) != "None");
        let down = back.map(|back| {
            script.turn(Direction::Down);
            statements(script, back);
            script.take()
        });
        let direct = ModelChange::Direct { up, down };
        let models = self.arguments.named("state_operations");
        Some(match models {
            Some(list) => ModelChange::Apart {
                store: vec![ModelStep {
                    change: direct,
                    place: script.place(self.id),
                }],
                models: read(script, list),
            },
            None => direct,
        })
    }

    fn python(&self, script: &mut Script<'_, '_, '_>) -> Option<ModelChange> {
        script.turn(Direction::Up);
        data::read(script, self.id, self.arguments.at(0, "code")?);
        let up = script.take();
        let back = self.arguments.at(1, "reverse_code");
        let back = back.filter(|&b| script.context.syntax.text(b) != "None");
        let down = back.map(|back| {
            script.turn(Direction::Down);
            data::read(script, self.id, back);
            script.take()
        });
        Some(ModelChange::Direct { up, down })
    }
}

fn order_field(script: &Script<'_, '_, '_>, id: Id) -> ModelField {
    ModelField {
        name: ORDER.to_owned(),
        column: None,
        kind: FieldKind::Plain,
        definition: coexist_model::Column {
            type_name: "integer".to_owned(),
            nullable: false,
            default: None,
            generated: false,
        },
        primary: false,
        unique: false,
        place: script.place(id),
    }
}

/// What changes nothing that the store or a name could show.
fn nothing(script: &Script<'_, '_, '_>, id: Id) -> ModelChange {
    let operation = |direction| Operation {
        surface: Surface::table(""),
        effect: Effect::Nothing,
        direction,
        conditional: false,
        locking: false,
        place: script.place(id),
    };
    ModelChange::Direct {
        up: vec![operation(Direction::Up)],
        down: Some(vec![operation(Direction::Down)]),
    }
}

/// Adds what the SQL of one way does.
fn statements(script: &mut Script<'_, '_, '_>, id: Id) {
    let s = script.context.syntax;
    match s.kind(id) {
        "list" | "tuple" if s.named(id).next().is_some() => {
            let items: Vec<Id> = s.named(id).map(|i| s.bare(i)).collect();
            for item in items {
                match s.kind(item) {
                    "tuple" | "list" => {
                        if let Some(first) = s.named(item).next() {
                            script.sql(s.bare(first));
                        }
                    }
                    _ => script.sql(item),
                }
            }
        }
        _ if s.last_name(id) == "noop" => {}
        _ if texts(script.context, id).is_some_and(|t| t.is_empty())
            || matches!(s.text(id), "\"\"" | "''") => {}
        _ => script.sql(id),
    }
}
