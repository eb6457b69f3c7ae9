//! Structs that stand for tables: `type User struct { gorm.Model; Name string `gorm:"column:title;not null"` }`.
//!
//! <https://gorm.io/docs/models.html>, <https://gorm.io/docs/conventions.html>. A field whose type is declared elsewhere may be a
//! relation: it is declared as deferred, and linking keeps it where the table has such a column.

use std::collections::BTreeMap;

use coexist_model::{Column, Detail, Dialect, Element, ModelDeclaration, Surface};

use super::naming::{column_of, table_of};
use crate::code::context::Context;
use crate::code::golang::structs::{Field, Struct, named_types, structs, texts_of_methods};
use crate::code::golang::values::Values;
use crate::code::orm::classes::head;
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

/// The fields of `gorm.Model`.
const MODEL: &[&str] = &["ID", "CreatedAt", "UpdatedAt", "DeletedAt"];
/// Types of the language and its library that are stored in one column.
const STORED: &[&str] = &[
    "string",
    "bool",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float32",
    "float64",
    "byte",
    "rune",
    "Time",
    "Duration",
    "NullString",
    "NullInt64",
    "NullInt32",
    "NullBool",
    "NullFloat64",
    "NullTime",
    "RawMessage",
    "DeletedAt",
    "UUID",
    "Decimal",
    "StringArray",
    "Int64Array",
];
/// Settings that make a field a relation.
const RELATIONS: &[&str] = &[
    "foreignkey",
    "references",
    "many2many",
    "polymorphic",
    "polymorphictype",
    "constraint",
    "joinforeignkey",
    "joinreferences",
];
/// Settings by which a field has a value that the code does not give it.
const FILLED: &[&str] = &[
    "default",
    "autoincrement",
    "autocreatetime",
    "autoupdatetime",
    "primarykey",
    "primary_key",
    "serializer",
];
/// Settings that only a column has.
const OF_COLUMNS: &[&str] = &[
    "column",
    "type",
    "serializer",
    "size",
    "primarykey",
    "primary_key",
    "unique",
    "default",
    "precision",
    "not null",
    "autoincrement",
    "autocreatetime",
    "autoupdatetime",
    "index",
    "uniqueindex",
    "unique_index",
];

/// Returns the structs of a file that GORM maps.
pub(super) fn models(context: &Context<'_, '_>, dialect: Dialect) -> Vec<ModelDeclaration> {
    let structs = structs(context);
    // One tag tells: structs without any are mapped too, but nothing of them says so.
    let of_gorm = structs.iter().any(|s| s.fields.iter().any(is_of_gorm));
    let tables: BTreeMap<&str, Option<String>> =
        texts_of_methods(context, "TableName").into_iter().collect();
    if !of_gorm && tables.is_empty() {
        return Vec::new();
    }
    let reader = Models {
        context,
        dialect,
        values: Values::of(context),
        types: named_types(context).into_iter().collect(),
        structs: &structs,
        tables,
    };
    structs.iter().filter_map(|s| reader.model(s)).collect()
}

/// Returns whether a field says that GORM maps its struct. A struct with the tags of another tool is that one's.
fn is_of_gorm(field: &Field<'_>) -> bool {
    field.tag("gorm").is_some()
}

/// Returns whether a field says that another tool maps its struct; some ask for `TableName` too.
fn is_of_another_tool(field: &Field<'_>) -> bool {
    let others = ["xorm", "bun", "pg", "db", "boil", "reform", "orm"];
    others.iter().any(|tool| field.tag(tool).is_some())
}

struct Models<'c, 's, 'a, 'f> {
    context: &'c Context<'s, 'a>,
    dialect: Dialect,
    values: Values<'c, 's, 'a>,
    /// The types that the file declares.
    types: BTreeMap<&'a str, Id>,
    structs: &'f [Struct<'a>],
    /// What `TableName` gives back, by the name of the struct.
    tables: BTreeMap<&'a str, Option<String>>,
}

/// What is declared so far.
#[derive(Default)]
struct Declared {
    columns: Vec<Element>,
    deferred: Vec<String>,
    aliases: Vec<(String, String)>,
    bases: Vec<String>,
    unset: Vec<String>,
}

/// What a field is.
enum Sort {
    Column,
    /// A struct whose fields are columns of this table.
    Embedded,
    /// A column, or a relation: its type is declared elsewhere.
    Either,
    /// A relation, or not stored.
    Nothing,
}

impl<'a> Models<'_, '_, 'a, '_> {
    fn model(&self, of: &Struct<'a>) -> Option<ModelDeclaration> {
        let table = self.tables.get(of.name);
        let of_library = |f: &Field<'a>| f.embedded && self.is_model_of_library(f);
        let of_gorm = of.fields.iter().any(|f| is_of_gorm(f) || of_library(f));
        if !of_gorm && of.fields.iter().any(is_of_another_tool) {
            return None;
        }
        if table.is_none() && !of_gorm {
            return None;
        }
        let mut declared = Declared::default();
        self.add(of, "", &mut declared, 0);
        if declared.columns.is_empty() && declared.bases.is_empty() {
            return None;
        }
        let table = match table {
            Some(Some(name)) => name.clone(),
            // Which one it is, a computation tells.
            Some(None) => return None,
            None => table_of(of.name),
        };
        Some(ModelDeclaration {
            name: of.name.to_owned(),
            tool: super::TOOL,
            table: Surface::table(table.strip_prefix("public.").unwrap_or(&table)),
            bases: declared.bases,
            // An insert names each of them, whatever the object has.
            filled: declared.columns.iter().map(|c| c.name.clone()).collect(),
            columns: declared.columns,
            deferred: declared.deferred,
            unset: declared.unset,
            aliases: declared.aliases,
            place: self.context.file.place(head(self.context, of.id)),
        })
    }

    /// Adds the fields of a struct, whose columns have this before their names.
    fn add(&self, of: &Struct<'a>, prefix: &str, declared: &mut Declared, depth: usize) {
        for field in &of.fields {
            let settings = Settings::of(field);
            if field.embedded && self.is_model_of_library(field) {
                for name in MODEL {
                    self.column(
                        field,
                        name,
                        format!("{prefix}{}", column_of(name)),
                        &settings,
                        declared,
                    );
                }
                continue;
            }
            match self.sort(field, &settings) {
                Sort::Nothing => {}
                Sort::Embedded => {
                    let prefix =
                        format!("{prefix}{}", settings.get("embeddedprefix").unwrap_or(""));
                    let name = self.values.named(field.type_id).unwrap_or_default();
                    match self.structs.iter().find(|s| s.name == name) {
                        Some(inner) if depth < DEEPEST => {
                            self.add(inner, &prefix, declared, depth + 1);
                        }
                        // With a prefix its columns are none of those that its own declaration has.
                        _ => declared.bases.push(format!("{prefix}{name}")),
                    }
                }
                sort => {
                    let spelled = settings.get("column").filter(|c| !c.is_empty());
                    let name = spelled.map_or_else(|| column_of(field.name), str::to_owned);
                    let name = format!("{prefix}{name}");
                    if matches!(sort, Sort::Either) {
                        declared.deferred.push(name.clone());
                    }
                    self.column(field, field.name, name, &settings, declared);
                }
            }
        }
    }

    fn column(
        &self,
        field: &Field<'a>,
        code: &str,
        name: String,
        settings: &Settings<'a>,
        declared: &mut Declared,
    ) {
        let context = self.context;
        let place = if field.embedded {
            field.type_id
        } else {
            field.id
        };
        // A field of an outer struct hides those of the same name in it.
        if declared.columns.iter().any(|c| c.name == name) {
            return;
        }
        declared.aliases.push((code.to_owned(), name.clone()));
        if self.is_null_where_not_given(field, code, settings) {
            declared.unset.push(name.clone());
        }
        declared.columns.push(Element {
            name,
            detail: Detail::Column(Column {
                type_name: settings
                    .get("type")
                    .map(|t| type_of(t, self.dialect))
                    .unwrap_or_default(),
                // What is NULL in the store leaves a field at zero.
                nullable: settings.get("not null").is_none(),
                default: settings.get("default").map(str::to_owned),
                generated: false,
            }),
            place: context.file.place(context.syntax.range(place)),
        });
    }

    /// Returns whether an insert sends NULL for a field that the code gives no value: a pointer to nothing, or a type of a library that says
    /// of itself whether it has one. Other types have a value always, the zero of the type. What has a default, is a time that GORM keeps, or
    /// may only be read, is none of them: <https://gorm.io/docs/create.html#Default-Values>, <https://gorm.io/docs/models.html#Field-Level-Permission>.
    fn is_null_where_not_given(
        &self,
        field: &Field<'a>,
        code: &str,
        settings: &Settings<'a>,
    ) -> bool {
        let s = self.context.syntax;
        let written = |value: &str| !matches!(value, "false" | "update");
        let read_only = settings.get("->").is_some() && settings.get("<-").is_none();
        let is_filled = settings.has(FILLED) || matches!(code, "CreatedAt" | "UpdatedAt");
        if is_filled || read_only || settings.get("<-").is_some_and(|v| !written(v)) {
            return false;
        }
        if field.embedded {
            return code == "DeletedAt";
        }
        let of_library = s
            .path(s.bare(field.type_id))
            .is_some_and(|path| match path.as_slice() {
                [package, name] => {
                    let says = matches!(*package, "sql" | "uuid" | "decimal" | "pq")
                        && name.starts_with("Null");
                    says || (*package, *name) == ("gorm", "DeletedAt")
                }
                _ => false,
            });
        of_library || s.kind(field.type_id) == "pointer_type"
    }

    fn is_model_of_library(&self, field: &Field<'a>) -> bool {
        let s = self.context.syntax;
        let path = s.path(s.bare(field.type_id));
        path.is_some_and(|path| path == ["gorm", "Model"])
    }

    fn sort(&self, field: &Field<'a>, settings: &Settings<'a>) -> Sort {
        let s = self.context.syntax;
        let leaves_out = settings.get("-").is_some();
        if leaves_out
            || !field.embedded && !field.is_exported()
            || settings.has(RELATIONS) && settings.get("column").is_none()
        {
            return Sort::Nothing;
        }
        if settings.get("embedded").is_some() || field.embedded && !settings.has(OF_COLUMNS) {
            return Sort::Embedded;
        }
        if settings.has(OF_COLUMNS) {
            return Sort::Column;
        }
        self.sort_of_type(s.bare(field.type_id), DEEPEST)
    }

    fn sort_of_type(&self, of_type: Id, far: usize) -> Sort {
        let s = self.context.syntax;
        match s.kind(of_type) {
            // Of bytes it is a column; of anything else a relation, unless a setting says how it is stored.
            "slice_type" => match s.child(of_type, "element").map(|e| s.text(e)) {
                Some("byte" | "uint8") => Sort::Column,
                _ => Sort::Nothing,
            },
            "map_type" | "struct_type" | "function_type" | "channel_type" => Sort::Nothing,
            "interface_type" | "array_type" => Sort::Either,
            _ => {
                let name = s.last_name(of_type);
                match self
                    .types
                    .get(name)
                    .filter(|_| far > 0 && s.is_name(of_type))
                {
                    // Its methods may say how it is stored.
                    Some(&inner)
                        if matches!(s.kind(inner), "struct_type" | "slice_type" | "map_type") =>
                    {
                        Sort::Either
                    }
                    Some(&inner) => self.sort_of_type(s.bare(inner), far - 1),
                    None if STORED.contains(&name) => Sort::Column,
                    None => Sort::Either,
                }
            }
        }
    }
}

/// How deep structs are embedded in each other, and types named after each other.
const DEEPEST: usize = 6;

/// The settings of a tag, `column:title;not null`, by their names in lowercase.
struct Settings<'a>(BTreeMap<String, &'a str>);

impl<'a> Settings<'a> {
    fn of(field: &Field<'a>) -> Self {
        let all = field.tag("gorm").unwrap_or_default().split(';');
        let pairs = all.map(|one| one.split_once(':').unwrap_or((one, "")));
        Self(
            pairs
                .filter(|(name, _)| !name.trim().is_empty())
                .map(|(name, value)| (name.trim().to_lowercase(), value.trim()))
                .collect(),
        )
    }

    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).copied()
    }

    fn has(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.0.contains_key(*name))
    }
}
