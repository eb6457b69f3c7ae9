//! Columns as Sequelize describes them, in migrations and in models: `{ type: DataTypes.STRING(50), allowNull: false }`.
//!
//! Types: <https://sequelize.org/docs/v6/other-topics/other-data-types/>. What they are in each store:
//! <https://github.com/sequelize/sequelize/blob/v6/src/data-types.js>.

use coexist_model::Dialect;

use crate::code::javascript::Program;
use crate::code::javascript::columns::Described;
use crate::code::javascript::values::Scope;
use crate::code::syntax::Id;
use crate::sql::operations::type_of;

/// A column of a table or an attribute of a model.
#[derive(Debug, Clone, Default)]
pub(in crate::code) struct Attribute {
    /// What it is in the store.
    pub(in crate::code) column: Described,
    /// The values of an enum.
    pub(in crate::code) values: Option<Vec<String>>,
    /// Its name in the store where that differs.
    pub(in crate::code) field: Option<String>,
    /// Whether it is in no store at all.
    pub(in crate::code) is_virtual: bool,
    /// Whether an insert through a model names it though the code does not.
    pub(in crate::code) filled: bool,
}

/// Returns what an attribute is: an object, or a type alone. None where its type cannot be told.
pub(in crate::code) fn attribute<'a>(
    program: &Program<'_, '_, 'a>,
    dialect: Dialect,
    id: Id,
    scope: &Scope<'a>,
) -> Option<Attribute> {
    let Some(object) = program.object(id, scope) else {
        return typed(program, dialect, id, None, scope);
    };
    let values = object.get("values");
    let type_id = object.get("type")?;
    let mut found = typed(program, dialect, type_id, values, scope)?;
    let is = |name: &str| program.is_set(&object, name, scope);
    let default = object.get("defaultValue");
    let references = object.get("references");
    found.field = object.get("field").and_then(|f| program.text(f, scope));
    found.filled = default.is_some();
    let allows = object.get("allowNull").and_then(|a| program.flag(a, scope));
    found.column = Described {
        required: allows == Some(false),
        default: default.and_then(|d| database_default(program, d, scope)),
        generated: is("autoIncrement") || is("autoIncrementIdentity"),
        primary: is("primaryKey"),
        unique: object
            .get("unique")
            .is_some_and(|u| program.flag(u, scope) != Some(false)),
        references: references.and_then(|r| target(program, r, scope)),
        ..found.column
    };
    Some(found)
}

/// `references: "users"`, `references: { model: "users", key: "id" }`, `references: { model: { tableName: "users" } }`.
fn target<'a>(program: &Program<'_, '_, 'a>, id: Id, scope: &Scope<'a>) -> Option<String> {
    let Some(object) = program.object(id, scope) else {
        return program.text(id, scope);
    };
    let model = object.get("model")?;
    match program.object(model, scope) {
        Some(named) => program.text(named.get("tableName")?, scope),
        None => program.text(model, scope),
    }
}

/// Returns the default that the database gets. Functions of JavaScript, `UUIDV4` and `NOW` among them, run in the program:
/// <https://github.com/sequelize/sequelize/blob/v6/src/utils.js> (`defaultValueSchemable`).
fn database_default<'a>(
    program: &Program<'_, '_, 'a>,
    id: Id,
    scope: &Scope<'a>,
) -> Option<String> {
    let s = program.context.syntax;
    let resolved = program.resolve(id, scope);
    let called = s.call(resolved).map(|c| s.called(c));
    let name = called.unwrap_or_else(|| s.last_name(resolved));
    let in_program = matches!(name, "UUIDV1" | "UUIDV4" | "NOW")
        || s.profile.functions.contains(&s.kind(resolved));
    (!in_program).then(|| program.default_value(resolved, scope))?
}

/// Returns the type that a store has for one of Sequelize; None where that cannot be told.
fn typed<'a>(
    program: &Program<'_, '_, 'a>,
    dialect: Dialect,
    id: Id,
    values: Option<Id>,
    scope: &Scope<'a>,
) -> Option<Attribute> {
    let s = program.context.syntax;
    let id = program.resolve(id, scope);
    if let Some(text) = program.text(id, scope) {
        return Some(plain(type_of(&text, dialect)));
    }
    let call = s.call(id);
    let name = call.map_or_else(|| s.last_name(id), |c| s.called(c));
    let given = call.map(|c| s.arguments(c)).unwrap_or_default();
    let postgres = dialect == Dialect::Postgres;
    let spelled = match name {
        "STRING" => sized(program, "varchar", &given, Some("255")),
        "CHAR" => sized(program, "char", &given, Some("255")),
        "TEXT" => "text".to_owned(),
        "CITEXT" | "TSVECTOR" | "INET" | "CIDR" | "MACADDR" | "HSTORE" => name.to_lowercase(),
        "TINYINT" if !postgres => "tinyint".to_owned(),
        "TINYINT" | "SMALLINT" => "smallint".to_owned(),
        "INTEGER" | "MEDIUMINT" => "integer".to_owned(),
        "BIGINT" => "bigint".to_owned(),
        "FLOAT" | "DOUBLE" => "double precision".to_owned(),
        "REAL" => "real".to_owned(),
        "DECIMAL" | "NUMERIC" => sized(program, "numeric", &given, None),
        "BOOLEAN" => "boolean".to_owned(),
        "DATEONLY" => "date".to_owned(),
        "DATE" if postgres => "timestamp with time zone".to_owned(),
        "DATE" => "datetime".to_owned(),
        "TIME" => "time".to_owned(),
        "NOW" => return None,
        "UUID" if postgres => "uuid".to_owned(),
        "UUID" => "char(36)".to_owned(),
        "UUIDV1" | "UUIDV4" => "uuid".to_owned(),
        "JSON" => "json".to_owned(),
        "JSONB" => "jsonb".to_owned(),
        "BLOB" if postgres => "bytea".to_owned(),
        "BLOB" => "blob".to_owned(),
        "GEOMETRY" | "GEOGRAPHY" => name.to_lowercase(),
        "ARRAY" => {
            let item = typed(program, dialect, *given.first()?, None, scope)?;
            let name = item.column.type_name;
            return Some(plain(if name.is_empty() { name } else { name + "[]" }));
        }
        "ENUM" => {
            let listed = values.and_then(|v| program.texts(v, scope));
            let listed = listed.or_else(|| match given.as_slice() {
                [one] => program.texts(*one, scope),
                many => many.iter().map(|v| program.text(*v, scope)).collect(),
            });
            return Some(Attribute {
                values: listed,
                ..plain(String::new())
            });
        }
        "VIRTUAL" => {
            return Some(Attribute {
                is_virtual: true,
                ..plain(String::new())
            });
        }
        "RANGE" => String::new(),
        _ => return None,
    };
    Some(plain(type_of(&spelled, dialect)))
}

fn plain(type_name: String) -> Attribute {
    Attribute {
        column: Described {
            type_name,
            ..Described::default()
        },
        ..Attribute::default()
    }
}

/// Returns a type with its length: `varchar(50)`.
fn sized(program: &Program<'_, '_, '_>, base: &str, given: &[Id], default: Option<&str>) -> String {
    let s = program.context.syntax;
    let numbers: Vec<&str> = given
        .iter()
        .filter(|&&g| s.kind(g) == "number")
        .map(|&g| s.text(g))
        .collect();
    match (numbers.is_empty(), default) {
        (false, _) => format!("{base}({})", numbers.join(",")),
        (true, Some(length)) => format!("{base}({length})"),
        (true, None) => base.to_owned(),
    }
}
