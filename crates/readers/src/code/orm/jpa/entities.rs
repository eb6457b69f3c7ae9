//! Entities: `@Entity @Table(name = "users") class User { @Column(name = "e_mail") String email; }`.

use coexist_model::{
    Access, Column, Confidence, Detail, Dialect, Element, Mode, ModelDeclaration, Surface,
};

use super::TOOL;
use super::naming::{property, snake};
use super::nulls;
use crate::code::jvm::{Annotation, Class, Classes, Member, Sort, find};
use crate::code::orm::classes::{head, use_of};
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

/// Annotations of classes whose fields are columns somewhere.
const MAPPED: &[&str] = &["Entity", "MappedSuperclass", "Embeddable"];
/// Annotations that make a field a column, whatever its type.
const COLUMNS: &[&str] = &[
    "Column",
    "Basic",
    "Id",
    "Version",
    "Enumerated",
    "Lob",
    "Convert",
    "Type",
    "JdbcTypeCode",
    "Temporal",
    "CreatedDate",
    "LastModifiedDate",
    "CreatedBy",
    "LastModifiedBy",
    "CreationTimestamp",
    "UpdateTimestamp",
];
/// Classes of libraries that declare at most the column `id`.
const LIBRARY_BASES: &[&str] = &["PanacheEntity", "PanacheEntityBase"];
/// Types that hold many values or none: without an annotation they are no column of one's own.
const COLLECTIONS: &[&str] = &[
    "List",
    "Set",
    "Map",
    "Collection",
    "SortedSet",
    "MutableList",
    "MutableSet",
    "MutableMap",
];

/// What a file declares, and what its associations use.
#[derive(Default)]
pub(super) struct Entities {
    pub(super) models: Vec<ModelDeclaration>,
    pub(super) accesses: Vec<Access>,
}

/// Returns the entities of a file, and the classes whose columns they have too.
pub(super) fn entities(
    reader: &Classes<'_, '_, '_>,
    classes: &[Class<'_>],
    dialect: Dialect,
) -> Entities {
    let mut reading = Reading {
        reader,
        classes,
        dialect,
        found: Entities::default(),
    };
    for class in classes {
        if find(&class.annotations, MAPPED).is_some() {
            reading.class(class);
        }
    }
    reading.found
}

struct Reading<'r, 'c, 's, 'a> {
    reader: &'r Classes<'c, 's, 'a>,
    classes: &'r [Class<'a>],
    dialect: Dialect,
    found: Entities,
}

/// A field that is mapped, by its own annotations or by those of its accessor.
struct Mapped<'m, 'a> {
    name: String,
    member: &'m Member<'a>,
}

impl<'a> Reading<'_, '_, '_, 'a> {
    fn class(&mut self, class: &Class<'a>) -> Option<()> {
        let context = self.reader.context;
        let mut model = ModelDeclaration {
            name: class.name.to_owned(),
            tool: TOOL,
            table: Surface::table(self.table(class)?),
            bases: Vec::new(),
            columns: Vec::new(),
            deferred: Vec::new(),
            filled: Vec::new(),
            unset: Vec::new(),
            aliases: Vec::new(),
            place: context.file.place(head_of_class(self.reader, class)),
        };
        if let Some(base) = &class.base {
            match base.name {
                "PanacheEntity" => model
                    .columns
                    .push(self.element(class.id, "id", true, "bigint")),
                name if LIBRARY_BASES.contains(&name) => {}
                name => model.bases.push(name.to_owned()),
            }
        }
        for mapped in mapped_members(class) {
            self.member(class, &mapped, &mut model);
        }
        if let Some(column) = find(&class.annotations, &["DiscriminatorColumn"]) {
            let name = self
                .text(column, "name")
                .unwrap_or_else(|| "dtype".to_owned());
            model
                .columns
                .push(self.element(class.id, &snake(&name), false, ""));
        }
        // An insert names each of them, whatever the object has.
        let written = model.columns.iter().filter(|c| !is_generated(c));
        model.filled = written.map(|c| c.name.clone()).collect();
        if !nulls::sends_nulls(self.reader, class) {
            model.unset.clear();
        }
        self.found.models.push(model);
        Some(())
    }

    /// Returns the table of a class: none for one whose columns stand in the tables of others; None where it cannot be told.
    fn table(&self, class: &Class<'a>) -> Option<String> {
        let Some(entity) = find(&class.annotations, &["Entity"]) else {
            return Some(String::new());
        };
        let table = find(&class.annotations, &["Table"]);
        let schema = table.and_then(|t| self.text(t, "schema"));
        let name = match table.filter(|t| t.get("name").is_some()) {
            Some(table) => snake(bare(&self.text(table, "name")?)),
            None => snake(
                &self
                    .text(entity, "name")
                    .unwrap_or_else(|| class.name.to_owned()),
            ),
        };
        Some(match schema.filter(|s| !s.is_empty() && s != "public") {
            Some(schema) => format!("{}.{name}", schema.to_lowercase()),
            None => name,
        })
    }

    fn text(&self, annotation: &Annotation<'a>, name: &str) -> Option<String> {
        self.reader.context.strings.plain(annotation.get(name)?)
    }

    fn is_false(&self, annotation: &Annotation<'a>, name: &str) -> bool {
        let s = self.reader.context.syntax;
        annotation.get(name).is_some_and(|v| s.text(v) == "false")
    }

    fn element(&self, at: Id, name: &str, generated: bool, type_name: &str) -> Element {
        let context = self.reader.context;
        let range = match context.syntax.is_name(at) {
            true => context.syntax.range(at),
            false => head(context, at),
        };
        Element {
            name: name.to_owned(),
            detail: Detail::Column(Column {
                type_name: type_name.to_owned(),
                nullable: true,
                default: None,
                generated,
            }),
            place: context.file.place(range),
        }
    }

    fn member(&mut self, class: &Class<'a>, mapped: &Mapped<'_, 'a>, model: &mut ModelDeclaration) {
        let member = mapped.member;
        let has = |names: &[&str]| find(&member.annotations, names);
        if has(&["Formula", "Transient"]).is_some() {
            return;
        }
        if let Some(relation) = has(&["ManyToOne", "OneToOne"]) {
            self.association(class, relation, member);
            if relation.get("mappedBy").is_none()
                && has(&["JoinTable", "PrimaryKeyJoinColumn"]).is_none()
            {
                self.joined(mapped, model);
            }
            return;
        }
        if let Some(relation) = has(&["OneToMany", "ManyToMany"]) {
            self.association(class, relation, member);
            if relation.get("mappedBy").is_none() && has(&["JoinColumn", "JoinColumns"]).is_none() {
                self.pairs(class, mapped, model, "JoinTable");
            }
            return;
        }
        if has(&["ElementCollection"]).is_some() {
            self.pairs(class, mapped, model, "CollectionTable");
            return;
        }
        let inner = self.classes.iter().find(|c| c.name == member.type_of.name);
        let embeddable = inner.is_some_and(|c| find(&c.annotations, &["Embeddable"]).is_some());
        if has(&["Embedded", "EmbeddedId"]).is_some() || embeddable {
            self.overrides(member, model);
            model.bases.push(member.type_of.name.to_owned());
            return;
        }
        let collection = COLLECTIONS.contains(&member.type_of.name);
        if collection && has(COLUMNS).is_none() {
            return;
        }
        self.column(mapped, model);
    }

    fn column(&self, mapped: &Mapped<'_, 'a>, model: &mut ModelDeclaration) {
        let member = mapped.member;
        let column = find(&member.annotations, &["Column"]);
        let name = match column.filter(|c| c.get("name").is_some()) {
            Some(column) => match self.text(column, "name") {
                Some(name) => snake(bare(&name)),
                // It is named by a constant of another file: like what an unread base declares, it is some column of the table.
                None => {
                    let constant = column.get("name");
                    let constant = constant.map(|c| self.reader.context.syntax.text(c));
                    model.bases.extend(constant.map(str::to_owned));
                    return;
                }
            },
            None => snake(&mapped.name),
        };
        let written = column.is_none_or(|c| !self.is_false(c, "insertable"));
        let by_store = find(&member.annotations, &["Generated", "ReadOnlyProperty"]).is_some();
        let identity = find(&member.annotations, &["GeneratedValue"]).is_some_and(|g| {
            let s = self.reader.context.syntax;
            g.get("strategy")
                .is_some_and(|v| s.text(v).ends_with("IDENTITY"))
        });
        let plain = find(
            &member.annotations,
            &[
                "Convert",
                "Enumerated",
                "Type",
                "JdbcTypeCode",
                "Lob",
                "Temporal",
            ],
        )
        .is_none()
            && column.is_none_or(|c| c.get("columnDefinition").is_none());
        let spelled = if plain {
            sql_type(member.type_of.name)
        } else {
            ""
        };
        let of_type = type_of(spelled, self.dialect);
        // A second field of the same column only reads it.
        if let Some(known) = model.columns.iter_mut().find(|c| c.name == name) {
            if let (true, Detail::Column(known)) = (written, &mut known.detail) {
                known.generated = false;
            }
            return;
        }
        let mut element =
            self.element(member.id, &name, !written || by_store || identity, &of_type);
        if let Detail::Column(column) = &mut element.detail {
            column.nullable = !nulls::is_primitive(member);
        }
        alias(model, &mapped.name, &name);
        if !is_generated(&element) && nulls::is_null_where_not_given(self.reader, member) {
            model.unset.push(name);
        }
        model.columns.push(element);
    }

    /// `@ManyToOne @JoinColumn(name = "team_id") Team team`.
    fn joined(&self, mapped: &Mapped<'_, 'a>, model: &mut ModelDeclaration) {
        let member = mapped.member;
        let columns = self.join_columns(&member.annotations);
        let derived = find(&member.annotations, &["MapsId"]).is_some();
        let names = match columns.is_empty() {
            // The key of the other table is called `id` nearly everywhere.
            true => vec![(Some(format!("{}_id", snake(&mapped.name))), true)],
            false => columns,
        };
        for (name, written) in names {
            let Some(name) = name else {
                // A constant of another file names it.
                model.bases.push(format!("{}?", mapped.name));
                continue;
            };
            if let Some(known) = model.columns.iter_mut().find(|c| c.name == name) {
                if let (true, Detail::Column(known)) = (written, &mut known.detail) {
                    known.generated = false;
                }
                continue;
            }
            let element = self.element(member.id, &name, !written && !derived, "");
            alias(model, &mapped.name, &name);
            model.columns.push(element);
        }
    }

    /// Returns the columns of `@JoinColumn` and `@JoinColumns`, each with whether inserts name it.
    fn join_columns(&self, annotations: &[Annotation<'a>]) -> Vec<(Option<String>, bool)> {
        let mut found = Vec::new();
        for annotation in annotations {
            match annotation.name {
                "JoinColumn" if annotation.get("name").is_some() => {
                    found.push(self.join_column(annotation));
                }
                "JoinColumns" => {
                    let inner = annotation.get("value").map(|v| self.reader.items(v));
                    let inner = inner.into_iter().flatten();
                    let inner = inner.filter_map(|i| self.reader.annotation(i));
                    found.extend(inner.map(|a| self.join_column(&a)));
                }
                _ => {}
            }
        }
        found
    }

    fn join_column(&self, annotation: &Annotation<'a>) -> (Option<String>, bool) {
        let name = self.text(annotation, "name").map(|n| snake(bare(&n)));
        (name, !self.is_false(annotation, "insertable"))
    }

    /// What an embedded value calls its columns here.
    fn overrides(&self, member: &Member<'a>, model: &mut ModelDeclaration) {
        let mut overrides: Vec<Annotation<'a>> = Vec::new();
        for annotation in &member.annotations {
            match annotation.name {
                "AttributeOverride" => overrides.push(annotation.clone()),
                "AttributeOverrides" => {
                    let inner = annotation.get("value").map(|v| self.reader.items(v));
                    let inner = inner.into_iter().flatten();
                    overrides.extend(inner.filter_map(|i| self.reader.annotation(i)));
                }
                _ => {}
            }
        }
        for one in overrides {
            let column = one.get("column").and_then(|c| self.reader.annotation(c));
            let name = column.and_then(|c| self.text(&c, "name"));
            if let Some(name) = name {
                let element = self.element(member.id, &snake(bare(&name)), false, "");
                model.columns.push(element);
            }
        }
    }

    /// A table of pairs, or of the values of one object, is one that no class stands for.
    fn pairs(
        &mut self,
        class: &Class<'a>,
        mapped: &Mapped<'_, 'a>,
        owner: &ModelDeclaration,
        annotation: &str,
    ) -> Option<()> {
        let member = mapped.member;
        let joins = find(&member.annotations, &[annotation]);
        let spelled = joins.filter(|j| j.get("name").is_some());
        let table = match spelled {
            Some(joins) => snake(bare(&self.text(joins, "name")?)),
            None if annotation == "CollectionTable" => {
                format!("{}_{}", snake(class.name), snake(&mapped.name))
            }
            // Its name is made of the other table's, which stands in another file.
            None => return None,
        };
        if owner.table.name.is_empty() {
            return None;
        }
        let mut columns = Vec::new();
        for list in ["joinColumns", "inverseJoinColumns"] {
            let inner = joins
                .and_then(|j| j.get(list))
                .map(|v| self.reader.items(v));
            let inner = inner.into_iter().flatten();
            let named = inner.filter_map(|i| self.reader.annotation(i));
            let names: Vec<String> = named.filter_map(|a| self.join_column(&a).0).collect();
            columns.extend(names);
        }
        if annotation == "CollectionTable" {
            let column = find(&member.annotations, &["Column"]);
            columns.extend(
                column
                    .and_then(|c| self.text(c, "name"))
                    .map(|n| snake(bare(&n))),
            );
        }
        let name = format!("{}.{}", class.name, mapped.name);
        let place = self
            .reader
            .context
            .file
            .place(self.reader.context.syntax.range(member.id));
        let elements = columns
            .iter()
            .map(|c| self.element(member.id, c, false, ""))
            .collect();
        self.found.models.push(ModelDeclaration {
            name: name.clone(),
            tool: TOOL,
            table: Surface::table(table),
            bases: Vec::new(),
            columns: elements,
            deferred: Vec::new(),
            filled: Vec::new(),
            unset: Vec::new(),
            aliases: Vec::new(),
            place,
        });
        self.used(member.id, &name, true);
        Some(())
    }

    /// An entity that another one is associated with is read with it, and written where the association says so.
    /// One with its own class says nothing of whether anybody uses that.
    fn association(&mut self, class: &Class<'a>, relation: &Annotation<'a>, member: &Member<'a>) {
        let s = self.reader.context.syntax;
        let of_type = &member.type_of;
        let named = relation.get("targetEntity");
        let named = named.and_then(|v| self.reader.literal_type(v));
        // The values of a map stand last.
        let target = named
            .or_else(|| of_type.arguments.last().copied())
            .unwrap_or(of_type.name);
        let cascades = relation.get("cascade").map_or("", |v| s.text(v));
        let writes = ["ALL", "PERSIST", "MERGE"]
            .iter()
            .any(|w| cascades.contains(w));
        if target != class.name {
            self.used(member.id, target, writes);
        }
    }

    fn used(&mut self, at: Id, model: &str, writes: bool) {
        let context = self.reader.context;
        let mut add = |mode, sure| {
            let access = use_of(context, at, model, None, mode, sure);
            self.found.accesses.push(access);
        };
        add(Mode::Queries, Confidence::High);
        if writes {
            let mode = Mode::Inserts {
                columns: None,
                positions: None,
                values: Vec::new(),
                conflict: None,
            };
            add(mode, Confidence::Medium);
        }
    }
}

/// Returns the line that names a class, behind its annotations.
fn head_of_class(reader: &Classes<'_, '_, '_>, class: &Class<'_>) -> std::ops::Range<usize> {
    let s = reader.context.syntax;
    let name = s.child(class.id, "name").unwrap_or(class.id);
    s.range(name)
}

/// Quotes in a name make the database keep its letters.
fn bare(name: &str) -> &str {
    name.trim_matches(['"', '`', '[', ']'])
}

/// Code calls the column by its property; JPQL is read without regard to letters.
fn alias(model: &mut ModelDeclaration, property: &str, column: &str) {
    let lower = property.to_lowercase();
    for name in [property, lower.as_str()] {
        if name != column && !model.aliases.iter().any(|(n, _)| n == name) {
            model.aliases.push((name.to_owned(), column.to_owned()));
        }
    }
}

/// Returns what is mapped: the fields, or the properties where the accessors have the annotations.
/// <https://jakarta.ee/specifications/persistence/3.1/jakarta-persistence-spec-3.1#a113>
fn mapped_members<'m, 'a>(class: &'m Class<'a>) -> Vec<Mapped<'m, 'a>> {
    let marks = |m: &&Member<'a>| {
        find(&m.annotations, COLUMNS).is_some()
            || find(
                &m.annotations,
                &[
                    "ManyToOne",
                    "OneToOne",
                    "OneToMany",
                    "ManyToMany",
                    "EmbeddedId",
                    "Embedded",
                    "ElementCollection",
                ],
            )
            .is_some()
    };
    let accessor = |m: &&Member<'a>| m.sort == Sort::Method && property(m.name).is_some();
    let on_fields = class
        .members
        .iter()
        .any(|m| m.sort == Sort::Field && marks(&m));
    let on_accessors = class.members.iter().filter(accessor).any(|m| marks(&m));
    if on_accessors && !on_fields {
        return class
            .members
            .iter()
            .filter(|m| accessor(m) && m.kept)
            .filter_map(|member| {
                let name = property(member.name)?;
                Some(Mapped { name, member })
            })
            .collect();
    }
    let hidden = |field: &Member<'a>| {
        // Lombok and Kotlin aside, an accessor may say that its field is not kept.
        class.members.iter().any(|m| {
            accessor(&m)
                && property(m.name).as_deref() == Some(field.name)
                && find(&m.annotations, &["Transient"]).is_some()
        })
    };
    class
        .members
        .iter()
        .filter(|m| m.sort == Sort::Field && m.kept && !hidden(m))
        .map(|member| Mapped {
            name: member.name.to_owned(),
            member,
        })
        .collect()
}

fn is_generated(column: &Element) -> bool {
    matches!(&column.detail, Detail::Column(c) if c.generated)
}

/// Returns a type of SQL that a type of the language is stored in; empty where the settings decide.
fn sql_type(name: &str) -> &'static str {
    match name {
        "String" => "text",
        "Long" | "long" => "bigint",
        "Integer" | "int" | "Int" => "integer",
        "Boolean" | "boolean" => "boolean",
        "LocalDate" => "date",
        "LocalDateTime" => "timestamp",
        "Instant" | "OffsetDateTime" | "ZonedDateTime" => "timestamp with time zone",
        _ => "",
    }
}
