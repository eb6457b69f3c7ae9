//! Fields as Django spells them, in models and in migrations: `models.CharField(max_length=50, null=True)`.
//!
//! Options: <https://docs.djangoproject.com/en/5.2/ref/models/fields/>. Types: `django/db/backends/postgresql/base.py`, `data_types`.

use coexist_model::{Column, Dialect, FieldKind, ModelField};

use crate::code::arguments::{Arguments, text};
use crate::code::context::Context;
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

/// Returns the field that a call declares. A class of field that is not Django's has a column of unknown type.
pub(in crate::code) fn field(
    context: &Context<'_, '_>,
    dialect: Dialect,
    name: &str,
    id: Id,
) -> Option<ModelField> {
    let s = context.syntax;
    let call = s.call(id)?;
    let class = s.called(call);
    let arguments = Arguments::of(context, call);
    let primary = arguments.flag("primary_key") == Some(true);
    let kind = kind(context, class, &arguments);
    let unique = arguments.flag("unique") == Some(true) || class.ends_with("OneToOneField");
    let generated = matches!(
        class,
        "AutoField" | "BigAutoField" | "SmallAutoField" | "GeneratedField"
    );
    Some(ModelField {
        name: name.to_owned(),
        column: arguments
            .named("db_column")
            .and_then(|c| text(context, c))
            .filter(|c| !c.is_empty()),
        definition: Column {
            type_name: match kind {
                FieldKind::Plain => type_name(context, dialect, class, &arguments),
                _ => String::new(),
            },
            nullable: !primary
                && (arguments.flag("null") == Some(true) || class == "NullBooleanField"),
            default: arguments
                .named("db_default")
                .and_then(|d| database_default(context, d)),
            generated,
        },
        kind,
        primary,
        unique: unique && !primary,
        place: context.file.place(s.range(id)),
    })
}

/// Returns whether a class of field has nothing of its own in the table of its model.
fn is_elsewhere(class: &str) -> bool {
    matches!(
        class,
        "GenericForeignKey"
            | "GenericRelation"
            | "TaggableManager"
            | "ParentalManyToManyField"
            | "ClusterTaggableManager"
    )
}

fn kind(context: &Context<'_, '_>, class: &str, arguments: &Arguments<'_, '_, '_>) -> FieldKind {
    let to = || {
        let to = arguments.at(0, "to");
        to.and_then(|t| target(context, t)).unwrap_or_default()
    };
    let is_set = |name: &str| {
        arguments
            .named(name)
            .is_some_and(|v| context.syntax.text(v) != "None")
    };
    match class {
        "ManyToManyField" | "SortedManyToManyField" => FieldKind::Many {
            to: to(),
            through: is_set("through"),
            table: arguments.named("db_table").and_then(|t| text(context, t)),
        },
        _ if is_elsewhere(class) => FieldKind::Nothing,
        _ if is_reference(class) => FieldKind::Reference {
            to: to(),
            enforced: arguments.flag("db_constraint") != Some(false),
        },
        _ => FieldKind::Plain,
    }
}

/// `ForeignKey` and what is made of it: Wagtail's `ParentalKey`, Sentry's `FlexibleForeignKey`.
fn is_reference(class: &str) -> bool {
    class == "OneToOneField"
        || class == "ParentalKey"
        || class.ends_with("OneToOneField")
        || class.ends_with("ForeignKey")
        || class == "TreeForeignKey"
}

/// Returns the model that a reference points to: `"app.Model"`, `"self"`, `Model`, `settings.AUTH_USER_MODEL`.
fn target(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let s = context.syntax;
    if let Some(text) = text(context, id) {
        return Some(text);
    }
    let path = s.path(id)?;
    let name = *path.last()?;
    // The name of a setting says nothing.
    (!name.chars().all(|c| c.is_uppercase() || c == '_')).then(|| context.original(name).to_owned())
}

/// Returns whether what a class body assigns is a field: a call of something that is called like one.
pub(super) fn is_field(context: &Context<'_, '_>, id: Id) -> bool {
    let s = context.syntax;
    let Some(call) = s.call(id) else {
        return false;
    };
    let path = s.path(call.callee).unwrap_or_default();
    let foreign = path.len() > 1
        && path
            .first()
            .is_some_and(|p| matches!(*p, "forms" | "serializers" | "graphene" | "filters"));
    let class = s.called(call);
    let fieldlike = class.ends_with("Field")
        || is_reference(class)
        || is_elsewhere(class)
        || class.ends_with("FieldWithDefault");
    fieldlike && !foreign
}

/// Returns a database default as SQL; None where it is NULL.
fn database_default(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let s = context.syntax;
    if let Some(call) = s.call(id) {
        let inner = s.arguments(call).first().copied();
        return match (s.called(call), inner) {
            ("Value", Some(inner)) => literal(context, inner),
            ("Now", _) => Some("now()".to_owned()),
            _ => Some(s.text(id).to_owned()),
        };
    }
    literal(context, id)
}

/// Returns a literal as SQL; None for `None`.
pub(in crate::code) fn literal(context: &Context<'_, '_>, id: Id) -> Option<String> {
    let s = context.syntax;
    if s.is_string(id) {
        let text = context.strings.plain(id).unwrap_or_default();
        return Some(format!("'{}'", text.replace('\'', "''")));
    }
    match s.text(id) {
        "None" => None,
        "True" => Some("true".to_owned()),
        "False" => Some("false".to_owned()),
        other => Some(other.to_owned()),
    }
}

/// Returns the type of a column; empty where it cannot be told.
fn type_name(
    context: &Context<'_, '_>,
    dialect: Dialect,
    class: &str,
    arguments: &Arguments<'_, '_, '_>,
) -> String {
    let s = context.syntax;
    let number = |name: &str| {
        let given = arguments.named(name)?;
        Some(s.text(given)).filter(|t| t.chars().all(|c| c.is_ascii_digit()))
    };
    let varchar = |otherwise: &str| {
        let length = match arguments.named("max_length") {
            Some(_) => number("max_length"),
            None => Some(otherwise).filter(|o| !o.is_empty()),
        };
        length.map_or_else(|| "varchar".to_owned(), |l| format!("varchar({l})"))
    };
    let spelled = match class {
        // A length that is a constant of the code cannot be told.
        "CharField"
            if arguments.named("max_length").is_some() && number("max_length").is_none() =>
        {
            return String::new();
        }
        "CharField" => varchar(""),
        "SlugField" => varchar("50"),
        "EmailField" => varchar("254"),
        "URLField" => varchar("200"),
        "FileField" | "ImageField" | "FilePathField" => varchar("100"),
        "TextField" => "text".to_owned(),
        "AutoField" | "IntegerField" | "PositiveIntegerField" => "integer".to_owned(),
        "BigAutoField" | "BigIntegerField" | "PositiveBigIntegerField" => "bigint".to_owned(),
        "SmallAutoField" | "SmallIntegerField" | "PositiveSmallIntegerField" => {
            "smallint".to_owned()
        }
        "BooleanField" | "NullBooleanField" => "boolean".to_owned(),
        "DateField" => "date".to_owned(),
        "DateTimeField" => "timestamp with time zone".to_owned(),
        "TimeField" => "time".to_owned(),
        "DurationField" => "interval".to_owned(),
        "FloatField" => "double precision".to_owned(),
        "DecimalField" => match (number("max_digits"), number("decimal_places")) {
            (Some(digits), Some(places)) => format!("numeric({digits},{places})"),
            _ => "numeric".to_owned(),
        },
        "BinaryField" => "bytea".to_owned(),
        "UUIDField" => "uuid".to_owned(),
        "JSONField" => "jsonb".to_owned(),
        "HStoreField" => "hstore".to_owned(),
        "GenericIPAddressField" | "IPAddressField" => "inet".to_owned(),
        "CITextField" | "CICharField" | "CIEmailField" => "citext".to_owned(),
        "SearchVectorField" => "tsvector".to_owned(),
        "ArrayField" => {
            let base = arguments.at(0, "base_field");
            let base = base.and_then(|b| field(context, dialect, "", b));
            return base
                .map(|b| b.definition.type_name)
                .filter(|t| !t.is_empty())
                .map_or_else(String::new, |t| t + "[]");
        }
        _ => return String::new(),
    };
    type_of(&spelled, dialect)
}
