//! What holds for any text whatever: a reader and its form answer, and the places they name are in the text.

use coexist_model::{
    Dialect, Element, Encoding, File, Form, Hints, LinkInput, Linked, Lookup, Place, Reader,
    Reading, Schema, Store, Surface, Wanted,
};
use coexist_readers::{FORMS, READERS};

/// Reads what the text says of who speaks with whom, whatever it is, and checks all places.
fn check_network(file: &File) {
    use coexist_readers::{code, network};
    let known = network::variables(&file.text);
    let deployed = network::compose(file, &known);
    let manifest = network::kubernetes(file, &known);
    let placed = network::settings(file)
        .into_iter()
        .map(|(_, _, place)| place);
    let proxied = network::proxied(file).into_iter().map(|(_, place)| place);
    let topics = code::topics(file).into_iter().map(|t| t.place);
    let addresses = code::addresses(file).found.into_iter().map(|a| a.place);
    let mentions = deployed
        .mentions
        .into_iter()
        .chain(manifest.deployed.mentions);
    let all = placed.chain(proxied).chain(topics).chain(addresses);
    for place in all.chain(mentions.map(|m| m.place)) {
        check_place(file, &place, "sighting");
    }
    network::image(file);
    network::contracts(file);
    network::channels(file);
}

/// Reads the text as a file of that path with every reader that claims it, links what was read, and checks all places.
/// Returns how many readers claimed it.
pub(crate) fn check(path: &str, text: &str) -> usize {
    let file = File::new(path, text);
    let head: String = text.chars().take(4096).collect();
    let claiming: Vec<&dyn Reader> = READERS
        .iter()
        .copied()
        .filter(|reader| reader.claims(path, &head))
        .collect();
    let readings: Vec<Reading> = claiming
        .iter()
        .map(|reader| reader.read(&file, &Hints::default()))
        .collect();
    for reading in &readings {
        check_reading(&file, reading);
    }
    let inputs: Vec<LinkInput<'_>> = readings
        .iter()
        .map(|reading| LinkInput {
            path: &file.path,
            reading,
        })
        .collect();
    check_network(&file);
    let mut asked = Vec::new();
    for form in FORMS {
        let linked = form.link(&inputs);
        check_linked(&file, &linked);
        check_form(*form, &linked);
        asked.extend(wanted(&linked));
    }
    // The second pass of a review: the uses of what the first one found.
    let hints = Hints {
        dialect: Some(Dialect::MySql),
        wanted: asked.into(),
        ..Hints::default()
    };
    for reader in &claiming {
        check_reading(&file, &reader.read(&file, &hints));
    }
    claiming.len()
}

/// Accesses and elements that are looked at per form: what is left out is more of the same.
const SOME: usize = 40;

/// Asks the form everything that the engine may ask it about what it linked.
fn check_form(form: &dyn Form, linked: &Linked) {
    let accesses = linked.accesses.iter().take(SOME);
    for access in accesses.filter(|a| form.kinds().contains(&a.surface.kind)) {
        for store in &linked.stores {
            form.meet(access, store);
        }
        form.meet(access, &Wire(&linked.schemas));
        form.spellings(&access.surface, access.element.as_deref());
    }
    for store in &linked.stores {
        let empty = Store {
            set: store.set.clone(),
            dialect: store.dialect,
            ..Store::default()
        };
        let again = |before, migration| form.apply(&before, migration);
        store.migrations.iter().fold(empty, again);
    }
    let of_this_form = |s: &&Schema| form.kinds().contains(&s.surface.kind);
    let schemas = linked.schemas.iter().filter(of_this_form);
    let elements: Vec<&Element> = schemas.flat_map(|s| &s.elements).take(SOME).collect();
    for (written, read) in elements.iter().zip(elements.iter().skip(1)) {
        for how in [Encoding::Binary, Encoding::Json] {
            form.carry(Some(written), Some(read), how);
            form.carry(Some(written), None, how);
            form.carry(None, Some(read), how);
        }
    }
}

/// The schemas that are in no store.
struct Wire<'a>(&'a [Schema]);

impl Lookup for Wire<'_> {
    fn schema(&self, surface: &Surface) -> Option<&Schema> {
        self.0.iter().find(|s| s.surface == *surface)
    }

    fn dialect(&self) -> Dialect {
        Dialect::default()
    }
}

/// Everything that the text declares, as if its uses were asked for.
fn wanted(linked: &Linked) -> Vec<Wanted> {
    let stored = linked.stores.iter().flat_map(|s| s.schemas.values());
    stored
        .chain(&linked.schemas)
        .take(20)
        .map(|schema| Wanted {
            surface: schema.surface.clone(),
            elements: schema.elements.iter().map(|e| e.name.clone()).collect(),
            declared_in: None,
            tool: None,
            go_package: None,
            values: Vec::new(),
            answers: Vec::new(),
        })
        .collect()
}

fn check_reading(file: &File, reading: &Reading) {
    for operation in &reading.operations {
        check_place(file, &operation.place, "operation");
    }
    for schema in &reading.schemas {
        check_place(file, &schema.place, "schema");
        for element in &schema.elements {
            check_place(file, &element.place, "element");
        }
    }
    for model in &reading.models {
        check_place(file, &model.place, "model");
    }
    for access in &reading.accesses {
        check_place(file, &access.place, "access");
    }
    for problem in &reading.problems {
        check_place(file, &problem.place, "problem");
        assert!(
            problem.identifiers.is_sorted(),
            "identifiers of a problem are not sorted"
        );
    }
}

fn check_linked(file: &File, linked: &Linked) {
    for access in &linked.accesses {
        check_place(file, &access.place, "linked access");
    }
    for problem in &linked.problems {
        check_place(file, &problem.place, "linked problem");
    }
}

fn check_place(file: &File, place: &Place, what: &str) {
    assert_eq!(place.path, file.path, "a {what} stands in another file");
    assert!(
        (1..=file.line_count()).contains(&place.line) && place.end_line <= file.line_count(),
        "a {what} stands past the end: {place:?}"
    );
    let end = (place.end_line, place.end_column);
    assert!(
        (place.line, place.column) <= end,
        "a {what} ends before it starts: {place:?}"
    );
    for (line, column) in [(place.line, place.column), end] {
        let length = file.line(line).chars().count();
        // A carriage return at the end of the line may lie inside the span.
        assert!(
            (1..=length + 2).contains(&(column as usize)),
            "a {what} stands past the end of line {line}: {place:?}"
        );
    }
    // The place of a whole file quotes nothing.
    assert!(
        place.quote.is_empty() || file.line(place.line).starts_with(&*place.quote),
        "a {what} does not quote its line: {place:?}"
    );
}
