//! Models: `sequelize.define("User", { … })`, `User.init({ … }, { … })`, and classes with the decorators of sequelize-typescript.
//!
//! Names: <https://sequelize.org/docs/v6/core-concepts/model-basics/#table-name-inference>,
//! <https://sequelize.org/docs/v6/other-topics/naming-strategies/>. Decorators: <https://github.com/sequelize/sequelize-typescript>.

use coexist_model::{Column, Detail, Dialect, Element, ModelDeclaration, Surface};

use crate::code::javascript::Program;
use crate::code::javascript::columns::Described;
use crate::code::javascript::values::{Object, Scope};
use crate::code::orm::classes::{Decorator, Property, bases, decorators, head, properties, snake};
use crate::code::syntax::Id;

use super::types::{Attribute, attribute};

/// Returns the models that a file declares. A class without a table of its own is one too: others inherit from it.
pub(super) fn models(program: &Program<'_, '_, '_>, dialect: Dialect) -> Vec<ModelDeclaration> {
    let s = program.context.syntax;
    let reader = Models { program, dialect };
    let mut found = Vec::new();
    for id in s.all() {
        match s.kind(id) {
            "class_declaration" | "class" => found.extend(reader.class(id)),
            "call_expression" => found.extend(reader.call(id)),
            _ => {}
        }
    }
    found
}

struct Models<'p, 'c, 's, 'a> {
    program: &'p Program<'c, 's, 'a>,
    dialect: Dialect,
}

/// A model as it is put together.
struct Making<'a> {
    name: String,
    options: Object,
    /// Attributes by their names in code.
    attributes: Vec<(String, Attribute, Id)>,
    scope: Scope<'a>,
    place: Id,
    bases: Vec<String>,
}

impl<'a> Models<'_, '_, '_, 'a> {
    /// `sequelize.define("User", { … }, { … })`, `User.init({ … }, { … })`, `super.init({ … }, { … })` in a class.
    fn call(&self, id: Id) -> Option<ModelDeclaration> {
        let s = self.program.context.syntax;
        let scope = Scope::new();
        let call = s.call(id)?;
        let receiver = s.receiver(call)?;
        let given = s.arguments(call);
        let (name, attributes, options) = match s.called(call) {
            "define" => {
                let name = self.program.text(*given.first()?, &scope)?;
                let options = given.get(2).and_then(|o| self.program.object(*o, &scope));
                (name, *given.get(1)?, options.unwrap_or_default())
            }
            "init" => {
                let options = self.program.object(*given.get(1)?, &scope)?;
                options
                    .get("sequelize")
                    .or_else(|| options.get("modelName"))?;
                let class = s.above(id, &["class_declaration", "class"]);
                let within = || {
                    class
                        .and_then(|c| s.child(c, "name"))
                        .map(|n| s.text(n).to_owned())
                };
                let own = s.text(receiver);
                let name = if matches!(own, "super" | "this") {
                    within()?
                } else {
                    own.to_owned()
                };
                (name, *given.first()?, options)
            }
            _ => return None,
        };
        let object = self.program.object(attributes, &scope)?;
        let attributes: Vec<(String, Attribute, Id)> = object
            .entries
            .iter()
            .filter_map(|(name, value)| {
                let found = attribute(self.program, self.dialect, *value, &scope)?;
                Some((name.clone(), found, *value))
            })
            .collect();
        if attributes.is_empty() {
            return None;
        }
        let mut making = Making {
            name,
            options,
            attributes,
            scope,
            place: id,
            bases: Vec::new(),
        };
        self.add_implicit(&mut making);
        self.add_owners(&mut making);
        let model_name = self
            .option(&making, "modelName")
            .unwrap_or_else(|| making.name.clone());
        let underscored = self.says(&making, "underscored");
        let table = self.option(&making, "tableName").unwrap_or_else(|| {
            let stem = if underscored {
                snake(&model_name)
            } else {
                model_name
            };
            if self.says(&making, "freezeTableName") {
                stem
            } else {
                plural(&stem)
            }
        });
        // `const User = sequelize.define("user", …)`: the constant is what code calls it by.
        let bound = s
            .parent(id)
            .filter(|&up| s.kind(up) == "variable_declarator");
        if let Some(name) = bound
            .and_then(|b| s.child(b, "name"))
            .filter(|&n| s.is_name(n))
        {
            s.text(name).clone_into(&mut making.name);
        }
        Some(self.declared(making, table))
    }

    fn option(&self, making: &Making<'a>, name: &str) -> Option<String> {
        self.program.text(making.options.get(name)?, &making.scope)
    }

    fn says(&self, making: &Making<'a>, name: &str) -> bool {
        self.program.is_set(&making.options, name, &making.scope)
    }

    /// Adds `id`, and the timestamps unless they are turned off or have other names.
    fn add_implicit(&self, making: &mut Making<'a>) {
        if !making.attributes.iter().any(|(_, a, _)| a.column.primary) {
            let id = Described {
                type_name: "integer".to_owned(),
                generated: true,
                primary: true,
                ..Described::default()
            };
            self.add(making, "id", id, false);
        }
        let off = making
            .options
            .get("timestamps")
            .and_then(|t| self.program.flag(t, &making.scope))
            == Some(false);
        if off {
            return;
        }
        let mut stamps = vec!["createdAt", "updatedAt"];
        if self.says(making, "paranoid") {
            stamps.push("deletedAt");
        }
        for stamp in stamps {
            let name = match making.options.get(stamp) {
                Some(value) if self.program.flag(value, &making.scope) == Some(false) => continue,
                Some(value) => self
                    .program
                    .text(value, &making.scope)
                    .unwrap_or_else(|| stamp.to_owned()),
                None => stamp.to_owned(),
            };
            let column = Described {
                required: stamp != "deletedAt",
                ..Described::default()
            };
            self.add(making, &name, column, stamp != "deletedAt");
        }
    }

    fn add(&self, making: &mut Making<'a>, name: &str, column: Described, filled: bool) {
        if making.attributes.iter().any(|(n, ..)| n == name) {
            return;
        }
        let attribute = Attribute {
            column,
            filled,
            ..Attribute::default()
        };
        making
            .attributes
            .push((name.to_owned(), attribute, making.place));
    }

    /// `Book.belongsTo(Library, { foreignKey: "libraryId" })` adds a column to the model of the file.
    fn add_owners(&self, making: &mut Making<'a>) {
        let s = self.program.context.syntax;
        for id in s.all() {
            let Some(call) = s.call(id).filter(|&c| s.called(c) == "belongsTo") else {
                continue;
            };
            let own = s
                .receiver(call)
                .is_some_and(|r| s.text(r) == making.name || s.text(r) == "this");
            let given = s.arguments(call);
            let options = given
                .get(1)
                .and_then(|o| self.program.object(*o, &making.scope));
            let key = options.and_then(|o| o.get("foreignKey"));
            let name = key.and_then(|key| match self.program.object(key, &making.scope) {
                Some(object) => self.program.text(object.get("name")?, &making.scope),
                None => self.program.text(key, &making.scope),
            });
            if let Some(name) = name.filter(|_| own) {
                self.add(making, &name, Described::default(), false);
            }
        }
    }

    fn declared(&self, making: Making<'a>, table: String) -> ModelDeclaration {
        let underscored = self.says(&making, "underscored");
        let schema = self.option(&making, "schema").filter(|s| s != "public");
        let table = match schema.filter(|_| !table.is_empty()) {
            Some(schema) => format!("{schema}.{table}"),
            None => table,
        };
        let mut model = ModelDeclaration {
            name: making.name,
            tool: "sequelize",
            table: Surface::table(table),
            bases: making.bases,
            columns: Vec::new(),
            deferred: Vec::new(),
            filled: Vec::new(),
            unset: Vec::new(),
            aliases: Vec::new(),
            place: self
                .program
                .context
                .file
                .place(head(self.program.context, making.place)),
        };
        for (name, attribute, id) in making.attributes {
            if attribute.is_virtual {
                continue;
            }
            let stored = attribute.field.unwrap_or_else(|| {
                if underscored {
                    snake(&name)
                } else {
                    name.clone()
                }
            });
            if attribute.filled {
                model.filled.push(stored.clone());
            }
            if stored != name {
                model.aliases.push((name, stored.clone()));
            }
            model.columns.push(Element {
                name: stored,
                detail: Detail::Column(Column {
                    type_name: attribute.column.type_name,
                    nullable: !attribute.column.required && !attribute.column.primary,
                    default: None,
                    generated: attribute.column.generated,
                }),
                place: self
                    .program
                    .context
                    .file
                    .place(head(self.program.context, id)),
            });
        }
        model
    }

    /// `@Table({ tableName: "users" }) class User extends Model { @Column name: string }`.
    fn class(&self, id: Id) -> Option<ModelDeclaration> {
        let s = self.program.context.syntax;
        if !self
            .program
            .context
            .imports
            .iter()
            .any(|i| i.path == "sequelize-typescript")
        {
            return None;
        }
        let scope = Scope::new();
        let name = s.text(s.child(id, "name")?).to_owned();
        let decorators = decorators(self.program.context, id);
        let table = decorators.iter().find(|d| d.name == "Table");
        let attributes: Vec<(String, Attribute, Id)> = properties(self.program.context, id)
            .iter()
            .filter_map(|p| self.property(p, &scope))
            .collect();
        if table.is_none() && attributes.is_empty() {
            return None;
        }
        let argument = table.and_then(|t| t.arguments.first());
        let options = argument
            .and_then(|a| self.program.object(*a, &scope))
            .unwrap_or_default();
        let named = match (table, argument) {
            (Some(_), Some(&argument)) => self
                .program
                .text(argument, &scope)
                .or_else(|| self.program.text(options.get("tableName")?, &scope))
                .unwrap_or_else(|| plural(&name)),
            (Some(_), None) => plural(&name),
            (None, _) => String::new(),
        };
        let mut making = Making {
            name,
            options,
            attributes,
            scope,
            place: id,
            bases: bases(self.program.context, id),
        };
        // A base of one's own may declare them under other names.
        if making.bases == ["Model"] {
            self.add_implicit(&mut making);
        }
        // Sequelize's own class declares no column.
        making.bases.retain(|base| base != "Model");
        Some(self.declared(making, named))
    }

    fn property(
        &self,
        property: &Property<'a>,
        scope: &Scope<'a>,
    ) -> Option<(String, Attribute, Id)> {
        let stamps = ["CreatedAt", "UpdatedAt"];
        let column = property.decorator(&["Column"]);
        let stamp = property.decorator(&stamps);
        if column.is_none() && stamp.is_none() && property.decorator(&["DeletedAt"]).is_none() {
            return None;
        }
        let typed =
            |d: &Decorator<'a>| attribute(self.program, self.dialect, *d.arguments.first()?, scope);
        let mut found = column.and_then(typed).unwrap_or_default();
        let options = column.and_then(|d| self.program.object(*d.arguments.first()?, scope));
        if let Some(field) = options.and_then(|o| self.program.text(o.get("field")?, scope)) {
            found.field = Some(field);
        }
        found.column.primary |= property.decorator(&["PrimaryKey"]).is_some();
        found.column.generated |= property.decorator(&["AutoIncrement"]).is_some();
        found.filled |= property.decorator(&["Default"]).is_some() || stamp.is_some();
        let allows = property
            .decorator(&["AllowNull"])
            .map(|d| match d.arguments.first() {
                Some(&flag) => self.program.flag(flag, scope) != Some(false),
                None => true,
            });
        found.column.required |= allows == Some(false);
        Some((property.name.to_owned(), found, property.id))
    }
}

/// Returns the plural of a model's name, as far as English is regular.
fn plural(name: &str) -> String {
    let lower = name.to_lowercase();
    for (one, many) in [("person", "people"), ("child", "children"), ("man", "men")] {
        if lower.ends_with(one) {
            let stem = &name[..name.len() - one.len()];
            let first = &name[stem.len()..=stem.len()];
            return format!("{stem}{first}{}", &many[1..]);
        }
    }
    if ["s", "x", "z", "ch", "sh"]
        .iter()
        .any(|end| lower.ends_with(end))
    {
        // `Status` → `Statuses`; what is plural already stays.
        let plural_already =
            lower.ends_with('s') && !["ss", "us", "is"].iter().any(|e| lower.ends_with(e));
        return if plural_already {
            name.to_owned()
        } else {
            format!("{name}es")
        };
    }
    let consonant = |c: char| !"aeiou".contains(c);
    match lower.strip_suffix('y') {
        Some(stem) if stem.ends_with(consonant) => format!("{}ies", &name[..name.len() - 1]),
        _ => format!("{name}s"),
    }
}
