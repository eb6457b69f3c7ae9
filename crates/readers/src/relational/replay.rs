//! Replay: from a history of operations to the form of a store.
//!
//! What the database does by itself is done here too: a renamed column keeps its constraints, a dropped one takes them along.
//! What the history does not tell is remembered in [`coexist_model::Gaps`], so that nobody claims that it is not there.

use std::collections::BTreeSet;

use coexist_model::{
    Column, Constraint, ConstraintKind, Detail, Dialect, Effect, Element, Filling, Operation,
    Place, Schema, Store, Surface, SurfaceKind,
};

use super::names;

/// Makes one operation of the way forward on the store.
pub(super) fn step(store: &mut Store, operation: &Operation) {
    let surface = located(store, operation);
    let conditional = operation.conditional;
    match &operation.effect {
        Effect::CreateTable { elements } => {
            if !(conditional && store.schemas.contains_key(&surface)) {
                create_table(store, &surface, elements, &operation.place);
            }
        }
        Effect::DropTable | Effect::DropType | Effect::DropView | Effect::DropRoutine { .. } => {
            take_filling(store, &surface);
            let known = remove(store, &surface);
            store.gaps.headless |= !known && !conditional && surface.kind == SurfaceKind::Table;
        }
        Effect::RenameTable { to } | Effect::RenameType { to } => rename(store, &surface, to),
        Effect::CreateEnum { values } => create_enum(store, &surface, values, &operation.place),
        Effect::CreateView { columns, reads } => {
            create_view(store, &surface, columns.as_deref(), reads, &operation.place);
        }
        Effect::CreateRoutine { filling, .. } => {
            insert(store, &surface, Vec::new(), &operation.place);
            take_filling(store, &surface);
            store.fillings.insert(surface, filling.clone());
            fill(store);
        }
        Effect::Opaque { identifiers, .. } => leave_open(store, identifiers),
        Effect::Backfill { .. } | Effect::Nothing => {}
        _ => change(store, &surface, operation),
    }
}

/// Gives the columns that a trigger fills on insert what stands for their default. That it fills them in each case is believed:
/// what its body decides by is not read.
fn fill(store: &mut Store) {
    let mut given: Vec<(Surface, String, String)> = Vec::new();
    for (surface, filling) in &store.fillings {
        let Some(trigger) = &filling.trigger else {
            continue;
        };
        let function = trigger.function.as_ref();
        let function = function.map(|name| Surface::new(SurfaceKind::Routine, name.clone()));
        let called = function.and_then(|f| store.fillings.get(&f));
        let called = called.map(|f| f.columns.as_slice()).unwrap_or_default();
        let columns = filling.columns.iter().chain(called);
        given.extend(columns.map(|column| {
            let table = names::in_store(store, &trigger.table);
            (table, column.clone(), by_trigger(surface))
        }));
    }
    let dialect = store.dialect;
    for (table, column, default) in given {
        let schema = store.schemas.get_mut(&table);
        if let Some(column) = schema.and_then(|s| column_mut(s, &column, dialect)) {
            column.default.get_or_insert(default);
        }
    }
}

/// What a trigger fills is without a default once it is gone.
fn take_filling(store: &mut Store, routine: &Surface) {
    let Some(Filling {
        trigger: Some(trigger),
        ..
    }) = store.fillings.remove(routine)
    else {
        return;
    };
    let table = names::in_store(store, &trigger.table);
    let elements = store
        .schemas
        .get_mut(&table)
        .into_iter()
        .flat_map(|s| &mut s.elements);
    for element in elements {
        if let Detail::Column(column) = &mut element.detail
            && column.default == Some(by_trigger(routine))
        {
            column.default = None;
        }
    }
}

fn by_trigger(routine: &Surface) -> String {
    format!("trigger {}", routine.name)
}

/// Returns the surface that the operation means in this store: the table that holds the index it drops (`DROP INDEX i` names no
/// table), the view it calls a table, the name in the letters that the store uses.
pub(super) fn located(store: &Store, operation: &Operation) -> Surface {
    let surface = names::in_store(store, &operation.surface);
    let name = match &operation.effect {
        Effect::DropConstraint { name } | Effect::ValidateConstraint { name } => name,
        Effect::RenameConstraint { name, .. } => name,
        _ => return surface,
    };
    let holds = |schema: &Schema| {
        schema
            .constraints()
            .any(|(e, _)| names::same(&e.name, name, store.dialect))
    };
    if store.schemas.get(&surface).is_some_and(holds) {
        return surface;
    }
    // Names of indexes are unique in a schema of PostgreSQL and in a database of SQLite, in MySQL only in a table.
    let holder = || {
        store
            .schemas
            .values()
            .find(|s| holds(s))
            .map(|s| s.surface.clone())
    };
    let found = if store.dialect == Dialect::MySql {
        None
    } else {
        holder()
    };
    found.unwrap_or(surface)
}

fn insert(store: &mut Store, surface: &Surface, elements: Vec<Element>, place: &Place) {
    store.gaps.open.retain(|(s, _)| s != surface);
    store.gaps.gone.retain(|(s, _)| s != surface);
    let schema = Schema {
        surface: surface.clone(),
        elements,
        place: place.clone(),
    };
    store.schemas.insert(surface.clone(), schema);
}

/// Returns whether it was there.
fn remove(store: &mut Store, surface: &Surface) -> bool {
    let known = store.schemas.remove(surface).is_some();
    store.gaps.open.retain(|(s, _)| s != surface);
    store.gaps.gone.insert((surface.clone(), None));
    if surface.kind == SurfaceKind::View {
        let table = Surface::table(surface.name.clone());
        store.gaps.gone.insert((table, None));
    }
    known
}

fn create_table(store: &mut Store, surface: &Surface, elements: &[Element], place: &Place) {
    insert(store, surface, elements.to_vec(), place);
    let dialect = store.dialect;
    let Some(schema) = store.schemas.get_mut(surface) else {
        return;
    };
    for element in &mut schema.elements {
        if let Detail::Column(column) = &mut element.detail {
            settle(column);
        }
    }
    settle_keys(schema, dialect);
    // `CREATE TABLE … AS`, `LIKE`, `INHERITS`, `PARTITION OF`: columns come from elsewhere.
    if schema.columns().next().is_none() {
        store.gaps.open.insert((surface.clone(), None));
    }
}

/// `serial` is an integer with a sequence as its default:
/// <https://www.postgresql.org/docs/17/datatype-numeric.html#DATATYPE-SERIAL>.
fn settle(column: &mut Column) {
    let integer = match column.type_name.as_str() {
        "serial" | "serial4" => "integer",
        "bigserial" | "serial8" => "bigint",
        "smallserial" | "serial2" => "smallint",
        _ => return,
    };
    column.type_name = integer.to_owned();
    column.generated = true;
    column.nullable = false;
}

/// The columns of a primary key refuse NULL; in SQLite a lone `INTEGER PRIMARY KEY` is the row id and filled by itself, and other
/// keys accept NULL: <https://www.sqlite.org/lang_createtable.html#rowids_and_the_integer_primary_key>.
fn settle_keys(schema: &mut Schema, dialect: Dialect) {
    let keys: Vec<Vec<String>> = schema
        .constraints()
        .filter(|(_, c)| c.kind == ConstraintKind::PrimaryKey)
        .map(|(_, c)| c.columns.clone())
        .collect();
    for key in keys {
        for name in &key {
            let Some(column) = column_mut(schema, name, dialect) else {
                continue;
            };
            match dialect {
                Dialect::Sqlite if key.len() == 1 && column.type_name == "integer" => {
                    column.generated = true;
                }
                Dialect::Sqlite => {}
                _ => column.nullable = false,
            }
        }
    }
}

fn create_enum(store: &mut Store, surface: &Surface, values: &[String], place: &Place) {
    let elements = values.iter().map(|v| enum_value(v, place)).collect();
    insert(store, surface, elements, place);
}

fn enum_value(value: &str, place: &Place) -> Element {
    let detail = Detail::Value {
        number: None,
        wire: coexist_model::WireValue::default(),
    };
    Element {
        name: value.to_owned(),
        detail,
        place: place.clone(),
    }
}

/// A view whose columns cannot be told shows at least those of the one table that it reads, as far as anybody knows: they are
/// listed, and the rest is left open.
fn create_view(
    store: &mut Store,
    surface: &Surface,
    columns: Option<&[String]>,
    reads: &[Surface],
    place: &Place,
) {
    let sources: Vec<&Schema> = reads
        .iter()
        .filter_map(|s| names::relation(store, &s.name))
        .collect();
    let source = |name: &str| {
        sources
            .iter()
            .find_map(|s| names::column(s, name, store.dialect))
    };
    let shown = |name: &str| {
        let detail = source(name).map_or_else(unknown_column, |(_, c)| Column {
            nullable: true,
            ..c.clone()
        });
        Element {
            name: name.to_owned(),
            detail: Detail::Column(detail),
            place: place.clone(),
        }
    };
    let elements: Vec<Element> = match (columns, sources.as_slice()) {
        (Some(columns), _) => columns.iter().map(|c| shown(c)).collect(),
        (None, [only]) => only.columns().map(|(e, _)| shown(&e.name)).collect(),
        (None, _) => Vec::new(),
    };
    insert(store, surface, elements, place);
    if columns.is_none() {
        store.gaps.open.insert((surface.clone(), None));
    }
}

fn unknown_column() -> Column {
    Column {
        type_name: String::new(),
        nullable: true,
        default: None,
        generated: false,
    }
}

fn rename(store: &mut Store, surface: &Surface, to: &str) {
    let renamed = Surface::new(surface.kind, to);
    let moved = |set: &mut std::collections::BTreeSet<(Surface, Option<String>)>| {
        let own: Vec<_> = set.iter().filter(|(s, _)| s == surface).cloned().collect();
        set.retain(|(s, _)| *s != renamed);
        for entry in own {
            set.remove(&entry);
            set.insert((renamed.clone(), entry.1));
        }
    };
    moved(&mut store.gaps.open);
    moved(&mut store.gaps.gone);
    match store.schemas.remove(surface) {
        Some(schema) => {
            store.schemas.insert(
                renamed.clone(),
                Schema {
                    surface: renamed,
                    ..schema
                },
            );
        }
        None => {
            store.gaps.headless = true;
            store.gaps.open.insert((renamed, None));
        }
    }
    store.gaps.gone.insert((surface.clone(), None));
    for schema in store.schemas.values_mut() {
        for element in &mut schema.elements {
            follow(&mut element.detail, surface, to);
        }
    }
}

/// Foreign keys follow the table they point to, columns follow their type.
fn follow(detail: &mut Detail, from: &Surface, to: &str) {
    match (detail, from.kind) {
        (Detail::Constraint(constraint), SurfaceKind::Table) => {
            if let ConstraintKind::ForeignKey { table } = &mut constraint.kind
                && *table == from.name
            {
                to.clone_into(table);
            }
        }
        (Detail::Column(column), SurfaceKind::Type) => {
            let dimensions = column.type_name.strip_prefix(&from.name).unwrap_or("x");
            if dimensions.chars().all(|c| matches!(c, '[' | ']')) {
                column.type_name = format!("{to}{dimensions}");
            }
        }
        _ => {}
    }
}

/// Everything that a statement that was not understood names may have changed, in a way that nobody knows; what was dropped may be
/// built anew by it. The identifiers are in lowercase, whatever the store spells.
fn leave_open(store: &mut Store, identifiers: &[String]) {
    let identifiers: BTreeSet<&str> = identifiers.iter().map(String::as_str).collect();
    let is_named = |name: &str| identifiers.contains(name.to_lowercase().as_str());
    let kinds = [SurfaceKind::Table, SurfaceKind::View, SurfaceKind::Type];
    let mut open: BTreeSet<(Surface, Option<String>)> = BTreeSet::new();
    for schema in store.schemas.values() {
        if !kinds.contains(&schema.surface.kind) || !is_named(&schema.surface.name) {
            continue;
        }
        open.insert((schema.surface.clone(), None));
        let named = schema.elements.iter().filter(|e| is_named(&e.name));
        open.extend(named.map(|e| (schema.surface.clone(), Some(e.name.clone()))));
    }
    store.gaps.gone.retain(|(surface, element)| {
        let returns = element.is_none() && kinds.contains(&surface.kind) && is_named(&surface.name);
        if returns {
            open.insert((surface.clone(), None));
        }
        !returns
    });
    let unseen = identifiers.iter().flat_map(|name| {
        kinds
            .into_iter()
            .map(|kind| (Surface::new(kind, (*name).to_owned()), None))
    });
    open.extend(unseen);
    store.gaps.open.extend(open);
}

/// Makes an operation on the elements of one surface.
fn change(store: &mut Store, surface: &Surface, operation: &Operation) {
    if !store.schemas.contains_key(surface) {
        // The index of a table that nobody knows; and what is taken away only where it is there.
        let conditional = removes(&operation.effect) && operation.conditional;
        if conditional || names_constraint(&operation.effect) || surface.name.is_empty() {
            return;
        }
        store.gaps.headless |= !operation.conditional && surface.kind == SurfaceKind::Table;
        let schema = Schema {
            surface: surface.clone(),
            elements: Vec::new(),
            place: operation.place.clone(),
        };
        store.schemas.insert(surface.clone(), schema);
        store.gaps.open.insert((surface.clone(), None));
    }
    let Some(mut schema) = store.schemas.remove(surface) else {
        return;
    };
    match &operation.effect {
        Effect::AddColumn(element) => {
            add_column(store, &mut schema, element, operation.conditional);
        }
        Effect::DropColumn { column } => drop_column(store, &mut schema, column),
        Effect::RenameColumn { column, to } => {
            rename_column(store, &mut schema, column, to, &operation.place);
        }
        Effect::SetType { column, type_name } => {
            let known = touched(store, &mut schema, column, &operation.place);
            type_name.clone_into(&mut known.type_name);
            settle(known);
        }
        Effect::SetRequired { column, required } => {
            touched(store, &mut schema, column, &operation.place).nullable = !required;
        }
        Effect::SetDefault { column, default } => set_default(
            store,
            &mut schema,
            column,
            default.as_ref(),
            &operation.place,
        ),
        Effect::AddConstraint(element) => {
            add_constraint(store, &mut schema, element, operation.conditional);
        }
        Effect::DropConstraint { name } => drop_constraint(store, &mut schema, name),
        Effect::RenameConstraint { name, to } => {
            if let Some(element) = constraint_mut(&mut schema, name, store.dialect) {
                element.name.clone_from(to);
            }
        }
        Effect::ValidateConstraint { name } => {
            if let Some(Detail::Constraint(c)) =
                constraint_mut(&mut schema, name, store.dialect).map(|e| &mut e.detail)
            {
                c.validated = true;
            }
        }
        Effect::AddEnumValue { value } if schema.element(value).is_none() => {
            schema.elements.push(enum_value(value, &operation.place));
        }
        Effect::RenameEnumValue { value, to } => {
            if let Some(element) = schema.elements.iter_mut().find(|e| e.name == *value) {
                element.name.clone_from(to);
            }
            moved_element(store, surface, value, to);
        }
        _ => {}
    }
    store.schemas.insert(surface.clone(), schema);
}

fn names_constraint(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::DropConstraint { .. }
            | Effect::RenameConstraint { .. }
            | Effect::ValidateConstraint { .. }
    )
}

fn removes(effect: &Effect) -> bool {
    matches!(
        effect,
        Effect::DropColumn { .. } | Effect::DropConstraint { .. }
    )
}

fn moved_element(store: &mut Store, surface: &Surface, from: &str, to: &str) {
    let (from, to) = (
        (surface.clone(), Some(from.to_owned())),
        (surface.clone(), Some(to.to_owned())),
    );
    store.gaps.gone.remove(&to);
    if store.gaps.open.remove(&from) {
        store.gaps.open.insert(to);
    }
    store.gaps.gone.insert(from);
}

fn column_mut<'a>(schema: &'a mut Schema, name: &str, dialect: Dialect) -> Option<&'a mut Column> {
    schema
        .elements
        .iter_mut()
        .find_map(|e| match &mut e.detail {
            Detail::Column(column) if names::same(&e.name, name, dialect) => Some(column),
            _ => None,
        })
}

fn constraint_mut<'a>(
    schema: &'a mut Schema,
    name: &str,
    dialect: Dialect,
) -> Option<&'a mut Element> {
    let is = |e: &Element| {
        matches!(e.detail, Detail::Constraint(_)) && names::same(&e.name, name, dialect)
    };
    schema.elements.iter_mut().find(|e| is(e))
}

/// Returns the column; one that the history has not shown is there since before it.
fn touched<'a>(
    store: &mut Store,
    schema: &'a mut Schema,
    name: &str,
    place: &Place,
) -> &'a mut Column {
    if column_mut(schema, name, store.dialect).is_none() {
        let detail = Detail::Column(unknown_column());
        schema.elements.push(Element {
            name: name.to_owned(),
            detail,
            place: place.clone(),
        });
        let entry = (schema.surface.clone(), Some(name.to_owned()));
        store.gaps.gone.remove(&entry);
        store.gaps.open.insert(entry);
    }
    let dialect = store.dialect;
    column_mut(schema, name, dialect).expect("the column was just added")
}

fn add_column(store: &mut Store, schema: &mut Schema, element: &Element, conditional: bool) {
    let Detail::Column(column) = &element.detail else {
        return;
    };
    let mut column = column.clone();
    settle(&mut column);
    let element = Element {
        detail: Detail::Column(column),
        ..element.clone()
    };
    let entry = (schema.surface.clone(), Some(element.name.clone()));
    let at = schema.elements.iter().position(|e| {
        matches!(e.detail, Detail::Column(_)) && names::same(&e.name, &element.name, store.dialect)
    });
    match at {
        Some(_) if conditional => return,
        Some(at) => schema.elements[at] = element,
        None => schema.elements.push(element),
    }
    store.gaps.gone.remove(&entry);
    store.gaps.open.remove(&entry);
}

/// PostgreSQL drops every constraint and index that the column is in, MySQL takes the column out of its indexes:
/// <https://www.postgresql.org/docs/17/sql-altertable.html#SQL-ALTERTABLE-DESC-DROP-COLUMN>,
/// <https://dev.mysql.com/doc/refman/8.4/en/alter-table.html>.
fn drop_column(store: &mut Store, schema: &mut Schema, name: &str) {
    let dialect = store.dialect;
    let is = |n: &str| names::same(n, name, dialect);
    if column_mut(schema, name, dialect).is_none()
        && !store.gaps.open.contains(&(schema.surface.clone(), None))
    {
        return;
    }
    schema
        .elements
        .retain_mut(|element| match &mut element.detail {
            Detail::Column(_) => !is(&element.name),
            Detail::Constraint(c) if dialect == Dialect::MySql => {
                let had = c.columns.len();
                c.columns.retain(|column| !is(column));
                had == c.columns.len() || !c.columns.is_empty()
            }
            Detail::Constraint(c) => !c.columns.iter().any(|column| is(column)),
            _ => true,
        });
    let entry = (schema.surface.clone(), Some(name.to_owned()));
    store.gaps.open.remove(&entry);
    store.gaps.gone.insert(entry);
}

fn rename_column(store: &mut Store, schema: &mut Schema, from: &str, to: &str, place: &Place) {
    touched(store, schema, from, place);
    let dialect = store.dialect;
    for element in &mut schema.elements {
        match &mut element.detail {
            Detail::Column(_) if names::same(&element.name, from, dialect) => {
                to.clone_into(&mut element.name);
            }
            Detail::Constraint(constraint) => rename_in(constraint, from, to, dialect),
            _ => {}
        }
    }
    moved_element(store, &schema.surface, from, to);
}

fn rename_in(constraint: &mut Constraint, from: &str, to: &str, dialect: Dialect) {
    for column in &mut constraint.columns {
        if names::same(column, from, dialect) {
            to.clone_into(column);
        }
    }
    if let ConstraintKind::Check { expression } = &mut constraint.kind {
        *expression = names::with_word_replaced(expression, from, to);
    }
}

fn set_default(
    store: &mut Store,
    schema: &mut Schema,
    column: &str,
    default: Option<&String>,
    place: &Place,
) {
    let dialect = store.dialect;
    let column = touched(store, schema, column, place);
    column.default = default.cloned();
    // A serial column loses its sequence with its default. MySQL's MODIFY repeats AUTO_INCREMENT apart from the default.
    if default.is_none() && dialect == Dialect::Postgres {
        column.generated = false;
    }
}

fn add_constraint(store: &mut Store, schema: &mut Schema, element: &Element, conditional: bool) {
    let at = schema.elements.iter().position(|e| {
        matches!(e.detail, Detail::Constraint(_))
            && names::same(&e.name, &element.name, store.dialect)
    });
    match at {
        Some(_) if conditional => return,
        Some(at) if !element.name.is_empty() => schema.elements[at] = element.clone(),
        _ => schema.elements.push(element.clone()),
    }
    settle_keys(schema, store.dialect);
}

fn drop_constraint(store: &mut Store, schema: &mut Schema, name: &str) {
    let is = |e: &Element| match &e.detail {
        Detail::Constraint(c) => {
            names::same(&e.name, name, store.dialect)
                || (c.kind == ConstraintKind::PrimaryKey && name.eq_ignore_ascii_case("primary"))
        }
        _ => false,
    };
    match schema.elements.iter().position(is) {
        Some(at) => {
            schema.elements.remove(at);
        }
        // Something else than what is known went: which uniqueness is left cannot be told.
        None => {
            store.gaps.open.insert((schema.surface.clone(), None));
        }
    }
}
