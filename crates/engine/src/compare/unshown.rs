//! What stood in a store although its history does not show it: columns of tables that `create_all()`, a dump or an older history
//! made. A migration that alters or takes away such a column says that it was there, and something of how it was.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    Column, Detail, Direction, Effect, Element, Migration, Operation, Place, Schema, Store,
    Surface, SurfaceKind,
};

/// The default of a column whose default goes, and of which no more is known.
const SOME_DEFAULT: &str = "a default";

/// Adds to a store the columns that the migrations alter or take away and that nothing before made. A table that goes as a whole, or
/// that `going` names, needs none.
pub(super) fn add(before: &mut Store, migrations: &[Migration], going: &BTreeSet<&Surface>) {
    let mut seen = Seen::default();
    for migration in migrations {
        for operation in migration.up() {
            seen.step(before, migration, operation);
        }
    }
    for ((surface, name), column) in seen.columns {
        if !going.contains(&surface) {
            lay(before, &surface, name, &column);
        }
    }
    for ((surface, name), type_name) in seen.types {
        let schema = before.schemas.get_mut(&surface);
        let elements = schema.into_iter().flat_map(|s| &mut s.elements);
        for element in elements.filter(|e| e.name == name) {
            if let Detail::Column(column) = &mut element.detail
                && column.type_name.is_empty()
            {
                column.type_name.clone_from(&type_name);
            }
        }
    }
}

/// What the migrations have told so far.
#[derive(Default)]
struct Seen {
    /// The name at base of each table that has another one by now.
    origins: BTreeMap<Surface, Surface>,
    /// The tables that they created.
    created: BTreeSet<Surface>,
    /// The columns that they made, by the table's name at base.
    made: BTreeSet<(Surface, String)>,
    /// What was there before them, by the table's name at base and the column's.
    columns: BTreeMap<(Surface, String), Unshown>,
    /// The types of columns that are shown, as the statements say that change them.
    types: BTreeMap<(Surface, String), String>,
}

/// A column that no migration made. What is told of it first is how it was at base.
struct Unshown {
    type_name: Option<String>,
    nullable: Option<bool>,
    loses_default: bool,
    place: Place,
}

impl Seen {
    fn step(&mut self, before: &Store, migration: &Migration, operation: &Operation) {
        if operation.surface.kind != SurfaceKind::Table {
            return;
        }
        let now = &operation.surface;
        let surface = self.origins.get(now).unwrap_or(now).clone();
        match &operation.effect {
            Effect::CreateTable { .. } => {
                self.created.insert(now.clone());
            }
            Effect::RenameTable { to } => {
                let to = Surface::table(to.clone());
                if self.created.contains(now) {
                    self.created.insert(to);
                } else {
                    self.origins.insert(to, surface);
                }
            }
            Effect::AddColumn(element) => {
                self.made.insert((surface, element.name.clone()));
            }
            Effect::DropColumn { column } if is_open(before, &surface) => {
                self.touched(before, operation, column);
            }
            Effect::RenameColumn { column, to } => {
                self.touched(before, operation, column);
                self.made.insert((surface, to.clone()));
            }
            Effect::SetType { column, was, .. } => {
                let way_back = || type_after_way_back(migration, operation);
                let was = was.clone().or_else(way_back);
                if let Some(unshown) = self.touched(before, operation, column) {
                    unshown.type_name = unshown.type_name.take().or(was);
                } else if let Some(was) = was {
                    self.types.entry((surface, column.clone())).or_insert(was);
                }
            }
            Effect::SetRequired { column, required } => {
                let restated = restates(migration, operation, column);
                if let Some(unshown) = self.touched(before, operation, column) {
                    let was = if restated { !required } else { *required };
                    unshown.nullable.get_or_insert(was);
                }
            }
            Effect::SetDefault { column, default } => {
                let goes = default.is_none() && !restates(migration, operation, column);
                if let Some(unshown) = self.touched(before, operation, column) {
                    unshown.loses_default |= goes;
                }
            }
            _ => {}
        }
    }

    /// Returns the column that the operation names, where nothing shows how it came into being.
    fn touched(
        &mut self,
        before: &Store,
        operation: &Operation,
        column: &str,
    ) -> Option<&mut Unshown> {
        let now = &operation.surface;
        let surface = self.origins.get(now).unwrap_or(now).clone();
        let key = (surface.clone(), column.to_owned());
        let is_gone =
            |element: Option<String>| before.gaps.gone.contains(&(surface.clone(), element));
        let stands = before.schemas.get(&surface).is_some_and(|schema| {
            let mut columns = schema.columns();
            columns.any(|(e, _)| e.name.eq_ignore_ascii_case(column))
        });
        let is_known = stands
            || self.created.contains(now)
            || self.made.contains(&key)
            || is_gone(Some(column.to_owned()))
            || (!before.schemas.contains_key(&surface) && is_gone(None));
        (!is_known).then(|| {
            self.columns.entry(key).or_insert_with(|| Unshown {
                type_name: None,
                nullable: None,
                loses_default: false,
                place: operation.place.clone(),
            })
        })
    }
}

/// Returns whether a table may have columns that the history does not show.
fn is_open(before: &Store, surface: &Surface) -> bool {
    !before.schemas.contains_key(surface) || before.gaps.open.contains(&(surface.clone(), None))
}

/// Returns the type that the way back gives to the column that an operation retypes.
fn type_after_way_back(migration: &Migration, operation: &Operation) -> Option<String> {
    let Effect::SetType {
        column: retyped, ..
    } = &operation.effect
    else {
        return None;
    };
    let back = migration
        .operations
        .iter()
        .filter(|o| o.direction == Direction::Down && o.surface.name == operation.surface.name);
    back.filter_map(|o| match &o.effect {
        Effect::SetType {
            column, type_name, ..
        } if column == retyped => Some(type_name.clone()),
        _ => None,
    })
    .find(|type_name| !type_name.is_empty())
}

/// Returns whether an operation stands in a statement that says the whole definition of a column again (`MODIFY` of MySQL): what it
/// says need not be new. A statement that tells the old type too names what changes, and nothing else.
fn restates(migration: &Migration, operation: &Operation, column: &str) -> bool {
    migration.up().any(|o| {
        o.place == operation.place
            && matches!(&o.effect, Effect::SetType { column: c, was: None, .. } if c == column)
    })
}

fn lay(before: &mut Store, surface: &Surface, name: String, unshown: &Unshown) {
    let schema = before.schemas.entry(surface.clone());
    let schema = schema.or_insert_with(|| {
        before.gaps.open.insert((surface.clone(), None));
        Schema {
            surface: surface.clone(),
            elements: Vec::new(),
            place: unshown.place.clone(),
        }
    });
    let column = Column {
        type_name: unshown.type_name.clone().unwrap_or_default(),
        // Whether a column takes NULL that only loses its default, nobody tells: an insert that leaves it out may fail from then on.
        nullable: unshown.nullable.unwrap_or(!unshown.loses_default),
        default: unshown.loses_default.then(|| SOME_DEFAULT.to_owned()),
        generated: false,
    };
    let element = (surface.clone(), Some(name.clone()));
    before.gaps.open.insert(element);
    schema.elements.push(Element {
        name,
        detail: Detail::Column(column),
        place: unshown.place.clone(),
    });
}
