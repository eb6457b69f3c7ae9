//! Models: `class Post(models.Model)` with its fields and its `Meta`.

use coexist_model::{Detail, Dialect, Element, ModelDeclaration, ModelField, Surface};

use crate::code::arguments::{Arguments, text};
use crate::code::context::Context;
use crate::code::syntax::Id;

use super::fields::{field, is_field};

/// Returns the models that a file declares. A class that may be one because of its bases is one too: nobody asks for the table of one
/// that is none.
pub(super) fn models(context: &Context<'_, '_>, dialect: Dialect) -> Vec<ModelDeclaration> {
    let s = context.syntax;
    if !imports_models(context) {
        return Vec::new();
    }
    s.all()
        .filter(|&id| s.kind(id) == "class_definition")
        .filter_map(|id| model(context, dialect, id))
        .collect()
}

/// Returns whether the file can declare models: it imports what they are made of, or stands where models stand.
fn imports_models(context: &Context<'_, '_>) -> bool {
    let mut imports = context.imports.iter();
    let by_import = imports.any(|i| {
        let module = i.path.starts_with("django.") && i.path.contains("db");
        module && (i.path.ends_with(".models") || i.names.iter().any(|(n, _)| n == "models"))
    });
    by_import || is_models_module(&context.file.path)
}

fn is_models_module(path: &str) -> bool {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    file == "models.py" || folders.split('/').any(|f| f == "models")
}

/// Returns the app that a file belongs to: the folder that holds `models.py` or the package `models`.
fn app(path: &str) -> &str {
    let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
    match folders.split('/').rev().position(|f| f == "models") {
        // The folder above the package.
        Some(inner) => folders.rsplit('/').nth(inner + 1).unwrap_or_default(),
        None => folders.rsplit('/').next().unwrap_or_default(),
    }
}

/// Classes beside models that have bases and fields and are none.
const OTHERS: &[&str] = &[
    "Form",
    "FormSet",
    "Serializer",
    "Manager",
    "QuerySet",
    "Query",
    "View",
    "ViewSet",
    "Admin",
    "Inline",
    "Command",
    "TestCase",
    "Enum",
    "Choices",
    "Exception",
    "Error",
    "Field",
    "Factory",
    "Filter",
    "FilterSet",
    "Migration",
    "Config",
];

fn model(context: &Context<'_, '_>, dialect: Dialect, id: Id) -> Option<ModelDeclaration> {
    let s = context.syntax;
    let name = s.text(s.child(id, "name")?);
    let body = s.child(id, "body")?;
    let bases: Vec<&str> = s
        .child(id, "superclasses")
        .map(|h| s.named(h).filter(|&b| s.kind(b) != "keyword_argument"))
        .into_iter()
        .flatten()
        .map(|b| match s.kind(b) {
            "subscript" => s.child(b, "value").map_or("", |v| s.last_name(v)),
            _ => s.last_name(b),
        })
        .filter(|b| !b.is_empty())
        .collect();
    let other = |b: &&str| OTHERS.iter().any(|o| b.ends_with(o));
    if bases.is_empty() || bases.iter().any(other) || s.above(id, &["class_definition"]).is_some() {
        return None;
    }
    let meta = Meta::of(context, body);
    let is_model = |b: &&str| *b == "Model";
    let table = if meta.shares_table {
        String::new()
    } else {
        let app = meta
            .app_label
            .unwrap_or_else(|| app(&context.file.path).to_owned());
        let own = meta.table.map(|t| t.replace("\".\"", ".").replace('"', ""));
        own.unwrap_or_else(|| format!("{app}_{}", name.to_lowercase()))
    };
    let mut fields = fields(context, dialect, body);
    let derived = bases.iter().all(is_model) && !meta.shares_table;
    if derived && !fields.iter().any(|f| f.primary) {
        fields.push(key(context, id));
    }
    let declared: Vec<(String, &ModelField)> = fields
        .iter()
        .filter_map(|f| Some((f.column_name()?, f)))
        .collect();
    let filled = declared
        .iter()
        .filter(|(_, f)| !f.definition.generated && f.definition.default.is_none());
    Some(ModelDeclaration {
        name: name.to_owned(),
        tool: super::TOOL,
        table: Surface::table(table),
        bases: bases
            .iter()
            .filter(|b| !is_model(b))
            .map(|&b| context.original(b).to_owned())
            .collect(),
        deferred: Vec::new(),
        filled: filled.map(|(column, _)| column.clone()).collect(),
        unset: unset(context, dialect, body),
        aliases: declared
            .iter()
            .filter(|(column, f)| *column != f.name)
            .flat_map(|(column, f)| {
                let code = [f.name.clone(), format!("{}_id", f.name)];
                code.map(|name| (name, column.clone()))
            })
            .collect(),
        columns: declared
            .iter()
            .map(|(column, f)| Element {
                name: column.clone(),
                detail: Detail::Column(f.definition.clone()),
                place: f.place.clone(),
            })
            .collect(),
        place: context.file.place(head(context, id)),
    })
}

/// What `class Meta` says.
#[derive(Default)]
struct Meta {
    table: Option<String>,
    app_label: Option<String>,
    /// Whether it is abstract, or a proxy of its base.
    shares_table: bool,
}

impl Meta {
    fn of(context: &Context<'_, '_>, body: Id) -> Self {
        let s = context.syntax;
        let class = s
            .named(body)
            .filter(|&c| s.kind(c) == "class_definition")
            .find(|&c| s.child(c, "name").is_some_and(|n| s.text(n) == "Meta"));
        let mut meta = Self::default();
        for (name, value) in class.into_iter().flat_map(|c| assigned(context, c)) {
            match name {
                "db_table" => meta.table = text(context, value),
                "app_label" => meta.app_label = text(context, value),
                "abstract" | "proxy" => meta.shares_table |= s.text(value) == "True",
                _ => {}
            }
        }
        meta
    }
}

/// Returns what the body of a class assigns, by name.
fn assigned<'a>(context: &Context<'_, 'a>, class: Id) -> Vec<(&'a str, Id)> {
    let s = context.syntax;
    let body = s.child(class, "body").unwrap_or(class);
    s.named(body)
        .filter(|&c| s.kind(c) == "expression_statement")
        .filter_map(|statement| s.child_of(statement, "assignment"))
        .filter_map(|a| {
            let value = s.bare(s.child(a, "right")?);
            Some((s.text(s.child(a, "left")?), value))
        })
        .collect()
}

fn fields(context: &Context<'_, '_>, dialect: Dialect, body: Id) -> Vec<ModelField> {
    let all = assigned(context, body);
    let own = all.into_iter().filter(|(_, v)| is_field(context, *v));
    own.filter_map(|(name, v)| field(context, dialect, name, v))
        .collect()
}

/// Returns the columns that an insert sets to NULL where nobody gives a value. A relation may be given by the other side, a field of
/// another class than Django's may make its value, and a file that is not there is an empty text.
///
/// <https://docs.djangoproject.com/en/5.2/ref/models/instances/#what-happens-when-you-save>
fn unset(context: &Context<'_, '_>, dialect: Dialect, body: Id) -> Vec<String> {
    let s = context.syntax;
    let is_given = |value: Id| {
        let arguments = s.call(value).map(|call| Arguments::of(context, call));
        let called = s.call(value).map_or("", |call| s.called(call));
        let is_file = matches!(called, "FileField" | "ImageField");
        is_file
            || arguments.is_none_or(|a| {
                let gives = |name: &str| a.named(name).is_some_and(|v| s.text(v) != "None");
                ["default", "db_default", "auto_now", "auto_now_add"]
                    .into_iter()
                    .any(gives)
            })
    };
    let all = assigned(context, body).into_iter();
    all.filter(|(_, v)| is_field(context, *v) && !is_given(*v))
        .filter_map(|(name, v)| field(context, dialect, name, v))
        .filter(|f| f.definition.nullable && !f.definition.generated)
        .filter(|f| f.kind == coexist_model::FieldKind::Plain)
        .filter(|f| !f.definition.type_name.is_empty())
        .filter_map(|f| f.column_name())
        .collect()
}

/// The key that Django adds to a model without one.
fn key(context: &Context<'_, '_>, class: Id) -> ModelField {
    ModelField {
        name: "id".to_owned(),
        column: None,
        kind: coexist_model::FieldKind::Plain,
        definition: coexist_model::Column {
            type_name: String::new(),
            nullable: false,
            default: None,
            generated: true,
        },
        primary: true,
        unique: false,
        place: context.file.place(head(context, class)),
    }
}

/// Returns the first line of a declaration.
fn head(context: &Context<'_, '_>, id: Id) -> std::ops::Range<usize> {
    let range = context.syntax.range(id);
    let text = context.syntax.text(id);
    let end = text.find('\n').unwrap_or(text.len());
    range.start..range.start + end
}
