//! Structs that stand for rows: `#[derive(Queryable, Insertable, …)] #[diesel(table_name = users)]`.

use coexist_model::{Confidence, Manner, Mode, Reading, Surface, SurfaceKind, Why};

use crate::code::context::{Context, Use};
use crate::code::rust::Attributes;
use crate::code::syntax::{Id, Syntax};

/// Adds the uses that the structs of a file make.
pub(super) fn read(context: &Context<'_, '_>, reading: &mut Reading) {
    let s = context.syntax;
    for id in s.all().filter(|&id| s.kind(id) == "struct_item") {
        let attributes = Attributes::before(s, id);
        let Some(table) = attributes.value("table_name") else {
            continue;
        };
        let row = Row {
            context,
            surface: Surface::new(SurfaceKind::Model, table),
            id,
            fields: fields(s, id),
        };
        let derives = |name: &str| attributes.has(name);
        if derives("Insertable") {
            row.inserts(reading);
        }
        if derives("AsChangeset") {
            row.writes(reading);
        }
        if derives("Selectable") {
            row.reads(reading);
        } else if derives("Queryable") || derives("QueryableByName") {
            row.queries(reading);
        }
    }
}

/// A field, by the name of its column in code.
struct Field {
    column: String,
    at: Id,
    /// Holds the fields of another struct.
    embedded: bool,
    /// Is read from an expression, not from a column.
    computed: bool,
    /// Is left out by inserts.
    skipped: bool,
    /// Has room for NULL.
    optional: bool,
}

struct Row<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    surface: Surface,
    id: Id,
    fields: Vec<Field>,
}

impl Row<'_, '_, '_> {
    fn add(
        &self,
        reading: &mut Reading,
        at: Id,
        element: Option<String>,
        mode: Mode,
        manner: Manner,
    ) {
        let found = Use {
            surface: self.surface.clone(),
            element,
            mode,
            manner,
            confidence: Confidence::High,
            why: Why::ResolvedCall,
        };
        reading.accesses.push(self.context.access(at, found));
    }

    fn name(&self) -> Id {
        self.context
            .syntax
            .child(self.id, "name")
            .unwrap_or(self.id)
    }

    fn inserts(&self, reading: &mut Reading) {
        let named = self.fields.iter().filter(|f| !f.embedded && !f.skipped);
        let mode = Mode::Inserts {
            // What an embedded struct adds is not known.
            columns: (!self.fields.iter().any(|f| f.embedded))
                .then(|| named.map(|f| f.column.clone()).collect()),
            positions: None,
            values: Vec::new(),
            conflict: None,
        };
        self.add(reading, self.name(), None, mode, Manner::Explicit);
    }

    fn writes(&self, reading: &mut Reading) {
        for field in self
            .fields
            .iter()
            .filter(|f| !f.embedded && f.column != "id")
        {
            let mode = Mode::Writes { values: Vec::new() };
            self.add(
                reading,
                field.at,
                Some(field.column.clone()),
                mode,
                Manner::Explicit,
            );
        }
    }

    fn reads(&self, reading: &mut Reading) {
        for field in self.fields.iter().filter(|f| !f.embedded && !f.computed) {
            // "Unexpected null for non-null column": <https://docs.diesel.rs/2.2.x/diesel/deserialize/trait.FromSql.html>.
            let mode = match field.optional {
                true => Mode::Reads,
                false => Mode::ReadsPresent,
            };
            self.add(
                reading,
                field.at,
                Some(field.column.clone()),
                mode,
                Manner::Explicit,
            );
        }
    }

    fn queries(&self, reading: &mut Reading) {
        self.add(reading, self.name(), None, Mode::Queries, Manner::Implicit);
    }
}

fn fields(s: &Syntax<'_>, item: Id) -> Vec<Field> {
    let Some(body) = s.child(item, "body") else {
        return Vec::new();
    };
    let declared = s.named(body).filter(|&f| s.kind(f) == "field_declaration");
    declared
        .filter_map(|id| {
            let at = s.child(id, "name")?;
            let attributes = Attributes::before(s, id);
            let column = attributes
                .value("column_name")
                .unwrap_or_else(|| s.text(at).trim_start_matches("r#").to_owned());
            Some(Field {
                column,
                at,
                embedded: attributes.has("embed"),
                computed: attributes.has("select_expression"),
                skipped: attributes.has("skip_insertion"),
                // A type of the field's own may have room as well.
                optional: s.child(id, "type").is_none_or(|t| {
                    s.text(t).contains("Option<") || attributes.has("deserialize_as")
                }),
            })
        })
        .collect()
}
