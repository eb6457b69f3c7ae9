//! Mapped classes and tables: `class User(Base)` with `__tablename__`, `class Hero(SQLModel, table=True)`, `Table("users", …)`.

use coexist_model::{Column, Detail, Dialect, Element, ModelDeclaration, Surface};

use crate::code::arguments::{Arguments, text};
use crate::code::context::Context;
use crate::code::syntax::Id;

use super::types::{default, foreign_key, is_call_of, type_name};

/// Returns the models that a file declares. A class with columns and no table is one too: others inherit from it.
pub(super) fn models(context: &Context<'_, '_>, dialect: Dialect) -> Vec<ModelDeclaration> {
    let s = context.syntax;
    let reader = Models { context, dialect };
    let mut found = Vec::new();
    for id in s.all() {
        match s.kind(id) {
            "class_definition" => found.extend(reader.class(id)),
            "assignment" => found.extend(reader.table(id)),
            _ => {}
        }
    }
    found
}

struct Models<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    dialect: Dialect,
}

/// A column as a class declares it.
struct Mapped {
    /// Its name in code.
    attribute: String,
    element: Element,
    /// Whether a query leaves it out.
    deferred: bool,
    /// Whether an insert names it though the code does not.
    filled: bool,
    /// Whether it is NULL then.
    unset: bool,
}

impl Models<'_, '_, '_> {
    fn class(&self, id: Id) -> Option<ModelDeclaration> {
        let s = self.context.syntax;
        let name = s.text(s.child(id, "name")?);
        let body = s.child(id, "body")?;
        let heritage = s.child(id, "superclasses");
        let parents: Vec<Id> = heritage.map(|h| s.named(h).collect()).unwrap_or_default();
        // Each assignment of the body, by its name.
        let assigned: Vec<(&str, Id)> = s
            .named(body)
            .filter(|&c| s.kind(c) == "expression_statement")
            .filter_map(|statement| s.child_of(statement, "assignment"))
            .filter_map(|a| Some((s.text(s.child(a, "left")?), a)))
            .collect();
        let value = |name: &str| {
            let assignment = assigned.iter().find(|(n, _)| *n == name)?.1;
            s.child(assignment, "right").map(|v| s.bare(v))
        };
        let is_sqlmodel = parents.iter().any(|&p| {
            let pair = s.kind(p) == "keyword_argument";
            pair && s.child(p, "name").is_some_and(|n| s.text(n) == "table")
                && s.child(p, "value").is_some_and(|v| s.text(v) == "True")
        });
        let base_names: Vec<String> = parents
            .iter()
            .filter(|&&p| s.kind(p) != "keyword_argument")
            .map(|&p| base_name(self.context, p).to_owned())
            .filter(|n| !n.is_empty())
            .collect();
        let columns: Vec<Mapped> = assigned
            .iter()
            .filter(|(n, _)| !n.starts_with("__"))
            .filter_map(|(n, a)| {
                if is_sqlmodel {
                    self.field(n, *a)
                } else {
                    self.mapped(n, *a)
                }
            })
            .collect();
        let table = match value("__tablename__") {
            Some(id) => text(self.context, id)?,
            None if is_sqlmodel => name.to_lowercase(),
            // Flask-SQLAlchemy derives the name: <https://flask-sqlalchemy.readthedocs.io/en/stable/models/>.
            None if parents.iter().any(|&p| s.text(p) == "db.Model") => snake(name),
            None => String::new(),
        };
        let abstract_class = value("__abstract__").is_some_and(|v| s.text(v) == "True");
        let table = if abstract_class { String::new() } else { table };
        // A class without table and columns may hand on those of its bases; elsewhere it is nothing to a store.
        let hands_on = abstract_class
            || value("__mapper_args__").is_some()
            || (!base_names.is_empty() && self.imports_alchemy());
        if table.is_empty() && columns.is_empty() && !hands_on {
            return None;
        }
        let schema = value("__table_args__").and_then(|args| self.schema(args));
        Some(self.declaration(name, qualified(schema, table), base_names, columns, id))
    }

    fn imports_alchemy(&self) -> bool {
        let mut paths = self.context.imports.iter().map(|i| i.path.as_str());
        paths.any(|p| p.starts_with("sqlalchemy") || p.starts_with("sqlmodel"))
    }

    /// Returns the schema that `__table_args__` names, in a dictionary alone or at the end of a tuple.
    fn schema(&self, id: Id) -> Option<String> {
        let s = self.context.syntax;
        let around = std::iter::once(id).chain(s.below(id));
        let pair = around
            .into_iter()
            .filter(|&p| s.kind(p) == "pair")
            .find(|&p| {
                let key = s
                    .child(p, "key")
                    .and_then(|k| self.context.strings.plain(k));
                key.as_deref() == Some("schema")
            })?;
        text(self.context, s.child(pair, "value")?)
    }

    /// `users = Table("users", metadata, Column("id", Integer), …)`.
    fn table(&self, id: Id) -> Option<ModelDeclaration> {
        let s = self.context.syntax;
        let name = s.child(id, "left").filter(|&l| s.is_name(l))?;
        let made = s.bare(s.child(id, "right")?);
        let call = s.call(made).filter(|&c| s.called(c) == "Table")?;
        let arguments = Arguments::of(self.context, call);
        let table = arguments.text(0, "name")?;
        let columns: Vec<Mapped> = arguments
            .placed
            .iter()
            .filter_map(|&a| {
                let call = s.call(a).filter(|&c| s.called(c) == "Column")?;
                let column = Arguments::of(self.context, call).text(0, "name")?;
                self.column(&column, a, None)
            })
            .collect();
        let schema = arguments
            .named("schema")
            .and_then(|v| text(self.context, v));
        (!columns.is_empty()).then(|| {
            self.declaration(
                s.text(name),
                qualified(schema, table),
                Vec::new(),
                columns,
                made,
            )
        })
    }

    fn declaration(
        &self,
        name: &str,
        table: String,
        bases: Vec<String>,
        columns: Vec<Mapped>,
        id: Id,
    ) -> ModelDeclaration {
        let names = |which: fn(&Mapped) -> bool| {
            let chosen = columns.iter().filter(|c| which(c));
            chosen.map(|c| c.element.name.clone()).collect()
        };
        let renamed = columns.iter().filter(|c| c.attribute != c.element.name);
        ModelDeclaration {
            name: name.to_owned(),
            tool: super::TOOL,
            table: Surface::table(table),
            bases,
            deferred: names(|c| c.deferred),
            filled: names(|c| c.filled),
            unset: names(|c| c.unset),
            aliases: renamed
                .map(|c| (c.attribute.clone(), c.element.name.clone()))
                .collect(),
            place: self.context.file.place(self.head(id)),
            columns: columns.into_iter().map(|c| c.element).collect(),
        }
    }

    /// Returns the first line of a declaration.
    fn head(&self, id: Id) -> std::ops::Range<usize> {
        let range = self.context.syntax.range(id);
        let text = self.context.syntax.text(id);
        let end = text.find('\n').unwrap_or(text.len());
        range.start..range.start + end
    }

    /// `name: Mapped[str] = mapped_column(String)`, `name = Column(String)`, `name: Mapped[str]`.
    fn mapped(&self, attribute: &str, assignment: Id) -> Option<Mapped> {
        let s = self.context.syntax;
        let annotation = s.child(assignment, "type").map(|t| s.text(t));
        let mapped_type = annotation.and_then(|a| a.strip_prefix("Mapped["));
        match s.child(assignment, "right").map(|v| s.bare(v)) {
            Some(value) => self.column(attribute, value, mapped_type),
            None => {
                let inner = mapped_type?.strip_suffix(']')?;
                Some(self.plain(attribute, assignment, inner))
            }
        }
    }

    /// A column that only its annotation declares.
    fn plain(&self, attribute: &str, id: Id, annotation: &str) -> Mapped {
        Mapped {
            attribute: attribute.to_owned(),
            element: Element {
                name: attribute.to_owned(),
                detail: Detail::Column(Column {
                    type_name: String::new(),
                    nullable: is_optional(annotation),
                    default: None,
                    generated: attribute == "id",
                }),
                place: self.context.file.place(self.context.syntax.range(id)),
            },
            deferred: false,
            filled: true,
            unset: is_optional(annotation),
        }
    }

    /// Returns the column that a call of `Column`, `mapped_column` or `deferred` declares.
    fn column(&self, attribute: &str, value: Id, annotation: Option<&str>) -> Option<Mapped> {
        let s = self.context.syntax;
        let call = s.call(value)?;
        let arguments = Arguments::of(self.context, call);
        match s.called(call) {
            "Column" | "mapped_column" => {}
            "deferred" => {
                let column = self.column(attribute, *arguments.placed.first()?, annotation)?;
                return Some(Mapped {
                    deferred: true,
                    ..column
                });
            }
            _ => return None,
        }
        let first = arguments.placed.first().copied();
        let named = first
            .filter(|&f| s.is_string(f))
            .and_then(|f| text(self.context, f))
            .or_else(|| arguments.named("name").and_then(|n| text(self.context, n)));
        let type_node = arguments
            .placed
            .get(usize::from(first.is_some_and(|f| s.is_string(f))))
            .copied()
            .or_else(|| arguments.named("type_"))
            .filter(|&t| foreign_key(self.context, t).is_none());
        let primary = arguments.flag("primary_key") == Some(true);
        let default = arguments
            .named("server_default")
            .and_then(|d| default(self.context, d));
        let by_annotation = annotation.map(is_optional);
        let nullable = arguments.flag("nullable").or(by_annotation).unwrap_or(true) && !primary;
        let computed = arguments
            .placed
            .iter()
            .any(|&a| is_call_of(self.context, a, &["Computed", "Identity"]));
        let type_name =
            type_node.map_or_else(String::new, |t| type_name(self.context, self.dialect, t));
        let counted = primary && matches!(type_name.as_str(), "" | "integer" | "bigint");
        let left_out = default.is_some() || computed || counted;
        Some(Mapped {
            attribute: attribute.to_owned(),
            deferred: arguments.flag("deferred") == Some(true),
            filled: !left_out || arguments.named("default").is_some(),
            unset: nullable && !computed && !is_given(self.context, &arguments),
            element: Element {
                name: named.unwrap_or_else(|| attribute.to_owned()),
                detail: Detail::Column(Column {
                    type_name,
                    nullable,
                    default,
                    generated: computed || counted,
                }),
                place: self.context.file.place(s.range(value)),
            },
        })
    }

    /// A field of a SQLModel: `name: str`, `age: int | None = Field(default=None)`. Relationships are none.
    fn field(&self, attribute: &str, assignment: Id) -> Option<Mapped> {
        let s = self.context.syntax;
        let annotation = s.text(s.child(assignment, "type")?);
        let value = s.child(assignment, "right").map(|v| s.bare(v));
        let call = value.and_then(|v| s.call(v));
        match call.map(|c| s.called(c)) {
            Some("Relationship") => return None,
            Some("Field") => {
                let arguments = Arguments::of(self.context, call?);
                if let Some(column) = arguments.named("sa_column") {
                    return self.column(attribute, column, Some(annotation));
                }
            }
            _ => {}
        }
        if annotation.starts_with("ClassVar") {
            return None;
        }
        let given = match call {
            Some(call) => is_given(self.context, &Arguments::of(self.context, call)),
            None => value.is_some_and(|v| s.text(v) != "None"),
        };
        let plain = self.plain(attribute, assignment, annotation);
        let unset = plain.unset && !given;
        Some(Mapped { unset, ..plain })
    }
}

/// Returns whether a column gets a value where the code gives none: a default, or the key of an object that it belongs to.
///
/// SQLAlchemy sends NULL for the others: `Mapper._insert_cols_as_none`,
/// <https://github.com/sqlalchemy/sqlalchemy/blob/main/lib/sqlalchemy/orm/mapper.py>.
fn is_given(context: &Context<'_, '_>, arguments: &Arguments<'_, '_, '_>) -> bool {
    let s = context.syntax;
    let gives = |name: &str| arguments.named(name).is_some_and(|v| s.text(v) != "None");
    let named = [
        "default",
        "default_factory",
        "insert_default",
        "server_default",
        "foreign_key",
        "sa_column_kwargs",
    ];
    let giving = ["ForeignKey", "Sequence", "FetchedValue"];
    let placed = |a: &Id| is_call_of(context, *a, &giving);
    named.into_iter().any(gives) || arguments.placed.iter().any(placed)
}

/// Returns the name of a base, of `Repository[User]` the one before the bracket.
fn base_name<'a>(context: &Context<'_, 'a>, id: Id) -> &'a str {
    let s = context.syntax;
    match s.kind(id) {
        "subscript" => s.child(id, "value").map_or("", |v| s.last_name(v)),
        _ => s.last_name(id),
    }
}

fn is_optional(annotation: &str) -> bool {
    annotation.contains("Optional[")
        || annotation
            .split('|')
            .any(|part| part.trim().trim_end_matches(']') == "None")
}

fn qualified(schema: Option<String>, table: String) -> String {
    match schema.filter(|s| s != "public" && !table.is_empty()) {
        Some(schema) => format!("{schema}.{table}"),
        None => table,
    }
}

/// `UserGroup` → `user_group`.
pub(crate) fn snake(name: &str) -> String {
    let mut out = String::new();
    for (at, c) in name.char_indices() {
        if c.is_uppercase() && at > 0 {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}
