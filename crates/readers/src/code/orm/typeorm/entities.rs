//! Entities: `@Entity("users") class User { @Column({ name: "first_name" }) firstName: string }`.
//!
//! Names without a naming strategy of one's own: the table is the class in snake case, a column is its property, the column of a
//! relation is the property with `Id`:
//! <https://github.com/typeorm/typeorm/blob/master/src/naming-strategy/DefaultNamingStrategy.ts>.

use coexist_model::{Column, Detail, Dialect, Element, ModelDeclaration, Surface};

use crate::code::javascript::Program;
use crate::code::javascript::values::{Object, Scope};
use crate::code::orm::classes::{Decorator, Property, bases, decorators, head, properties, snake};
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

/// Decorators of columns.
const COLUMNS: &[&str] = &[
    "Column",
    "PrimaryColumn",
    "PrimaryGeneratedColumn",
    "CreateDateColumn",
    "UpdateDateColumn",
    "DeleteDateColumn",
    "VersionColumn",
];

/// Returns the entities that a file declares. A class with columns and no table is one too: others inherit from it.
pub(super) fn entities(program: &Program<'_, '_, '_>, dialect: Dialect) -> Vec<ModelDeclaration> {
    let s = program.context.syntax;
    if !program.context.imports.iter().any(|i| i.path == "typeorm") {
        return Vec::new();
    }
    let reader = Entities { program, dialect };
    let classes = s
        .all()
        .filter(|&id| matches!(s.kind(id), "class_declaration" | "class"));
    classes.filter_map(|id| reader.class(id)).collect()
}

struct Entities<'p, 'c, 's, 'a> {
    program: &'p Program<'c, 's, 'a>,
    dialect: Dialect,
}

/// A column of an entity.
struct Mapped {
    property: String,
    element: Element,
    deferred: bool,
}

impl<'a> Entities<'_, '_, '_, 'a> {
    fn class(&self, id: Id) -> Option<ModelDeclaration> {
        let context = self.program.context;
        let name = context.syntax.text(context.syntax.child(id, "name")?);
        let decorators = decorators(context, id);
        let entity = decorators
            .iter()
            .find(|d| matches!(d.name, "Entity" | "ChildEntity" | "ViewEntity"));
        let mapped: Vec<Mapped> = properties(context, id)
            .iter()
            .filter_map(|p| self.column(p).or_else(|| self.relation(p)))
            .collect();
        if entity.is_none() && mapped.is_empty() {
            return None;
        }
        let table = match entity {
            Some(entity) if entity.name == "Entity" => {
                self.table(entity).unwrap_or_else(|| snake(name))
            }
            // Single-table inheritance: the table of the base.
            _ => String::new(),
        };
        let deferred = mapped.iter().filter(|m| m.deferred);
        let renamed = mapped.iter().filter(|m| m.property != m.element.name);
        let aliases = renamed.map(|m| (m.property.clone(), m.element.name.clone()));
        Some(ModelDeclaration {
            name: name.to_owned(),
            tool: "typeorm",
            table: Surface::table(table),
            // TypeORM's own class declares no column.
            bases: bases(context, id)
                .into_iter()
                .filter(|base| base != "BaseEntity")
                .collect(),
            deferred: deferred.map(|m| m.element.name.clone()).collect(),
            filled: mapped.iter().map(|m| m.element.name.clone()).collect(),
            unset: Vec::new(),
            aliases: aliases.collect(),
            place: context.file.place(head(context, id)),
            columns: mapped.into_iter().map(|m| m.element).collect(),
        })
    }

    /// `@Entity("users")`, `@Entity({ name: "users", schema: "audit" })`.
    fn table(&self, entity: &Decorator<'a>) -> Option<String> {
        let scope = Scope::new();
        let first = *entity.arguments.first()?;
        let options = entity
            .arguments
            .iter()
            .find_map(|&a| self.program.object(a, &scope))
            .unwrap_or_default();
        let text = |name: &str| self.program.text(options.get(name)?, &scope);
        let name = self.program.text(first, &scope).or_else(|| text("name"))?;
        match text("schema").filter(|s| s != "public") {
            Some(schema) => Some(format!("{schema}.{name}")),
            None => Some(name),
        }
    }

    fn options(&self, decorator: &Decorator<'a>) -> Object {
        let scope = Scope::new();
        let all = decorator.arguments.iter();
        let mut objects = all.filter_map(|&a| self.program.object(a, &scope));
        objects.next().unwrap_or_default()
    }

    fn column(&self, property: &Property<'a>) -> Option<Mapped> {
        let scope = Scope::new();
        let decorator = property.decorator(COLUMNS)?;
        let options = self.options(decorator);
        let text = |name: &str| self.program.text(options.get(name)?, &scope);
        let first = decorator
            .arguments
            .first()
            .and_then(|&a| self.program.text(a, &scope));
        let spelled = match decorator.name {
            // Its text is how it is generated: `"uuid"`, `"increment"`.
            "PrimaryGeneratedColumn" => None,
            _ => first.or_else(|| text("type")),
        };
        let is_set = |name: &str| self.program.is_set(&options, name, &scope);
        let flag = |name: &str| options.get(name).and_then(|v| self.program.flag(v, &scope));
        let generated = decorator.name == "PrimaryGeneratedColumn";
        Some(
            self.mapped(
                property,
                text("name").unwrap_or_else(|| property.name.to_owned()),
                Column {
                    type_name: spelled
                        .map(|t| type_of(&t, self.dialect))
                        .unwrap_or_default(),
                    nullable: is_set("nullable") || decorator.name == "DeleteDateColumn",
                    default: None,
                    generated,
                },
                flag("select") == Some(false),
            ),
        )
    }

    /// `@ManyToOne(() => Team) @JoinColumn({ name: "team_id" }) team`.
    fn relation(&self, property: &Property<'a>) -> Option<Mapped> {
        let joined = property.decorator(&["JoinColumn"]);
        let owner = property.decorator(&["ManyToOne"]).or_else(|| {
            property
                .decorator(&["OneToOne"])
                .filter(|_| joined.is_some())
        })?;
        let scope = Scope::new();
        let named = joined.and_then(|j| self.program.text(self.options(j).get("name")?, &scope));
        let required = self
            .options(owner)
            .get("nullable")
            .and_then(|v| self.program.flag(v, &scope))
            == Some(false);
        Some(self.mapped(
            property,
            named.unwrap_or_else(|| format!("{}Id", property.name)),
            Column {
                type_name: String::new(),
                nullable: !required,
                default: None,
                generated: false,
            },
            false,
        ))
    }

    fn mapped(
        &self,
        property: &Property<'a>,
        name: String,
        column: Column,
        deferred: bool,
    ) -> Mapped {
        let context = self.program.context;
        // Where the property itself is named, behind its decorators.
        let s = context.syntax;
        let named = s.child(property.id, "name").unwrap_or(property.id);
        Mapped {
            property: property.name.to_owned(),
            element: Element {
                name,
                detail: Detail::Column(column),
                place: context.file.place(s.range(named)),
            },
            deferred,
        }
    }
}
