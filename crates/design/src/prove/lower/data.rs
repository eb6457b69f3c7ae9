//! Tables to cells, words to numbers, providers to ledgers.

use crate::language::resolve::counts;
use crate::language::{Domain, External, Field, Key, Literal, Operation, Service, Table};
use crate::prove::machine::{Cell, Variable};

use super::{Book, Ledger, Lowering};

/// Effects beyond this many are not told apart.
const MOST_EFFECTS: i8 = 3;
/// Events of one row beyond this many are not told apart.
const MOST_VERSIONS: i8 = 30;

impl Lowering<'_> {
    /// Makes the cells of all tables and providers.
    pub(super) fn data(&mut self) {
        // Zero is false, and no word.
        self.machine.words.push(String::new());
        self.machine.instances = 1;
        let started = self.variable(
            true,
            Variable {
                name: "started".to_owned(),
                initial: 0,
                low: 0,
                high: 1,
                words: false,
                hidden: true,
            },
        );
        self.machine.started = Some(started);
        for service in &self.design.services {
            for store in &service.stores {
                for table in &store.tables {
                    for field in &table.fields {
                        self.field(service, table, field, store.lagging.is_some());
                    }
                }
            }
        }
        for external in &self.design.externals {
            let effects = external.operations.iter().filter(|o| !o.read_only);
            for (operation, counted) in effects.zip(counts(external)) {
                self.operation(external, operation, &counted);
            }
        }
    }

    /// Makes a cell: one per instance, or one for all.
    pub(super) fn variable(&mut self, keyed: bool, variable: Variable) -> Cell {
        if keyed {
            self.machine.keyed.push(variable);
            Cell::Keyed((self.machine.keyed.len() - 1) as u16)
        } else {
            self.machine.shared.push(variable);
            Cell::Shared((self.machine.shared.len() - 1) as u16)
        }
    }

    /// Returns the cell of a piece of bookkeeping of each instance.
    pub(super) fn book(&mut self, book: Book) -> Cell {
        self.book_of(book, true)
    }

    /// Returns the cell of a piece of bookkeeping: of each instance, or of all.
    pub(super) fn book_of(&mut self, book: Book, keyed: bool) -> Cell {
        if let Some(cell) = self.books.get(&book) {
            return *cell;
        }
        let high = match book {
            Book::Version(_) | Book::Last(..) => i8::MAX,
            Book::Seen(_) => 15,
            Book::Generation(_) => 3,
            Book::Token(_) => 7,
            Book::Ended(_) => 2,
            _ => 1,
        };
        let cell = self.variable(
            keyed,
            Variable {
                name: format!("{book:?}"),
                initial: 0,
                low: i8::MIN,
                high,
                words: false,
                hidden: true,
            },
        );
        self.books.insert(book, cell);
        cell
    }

    fn is_keyed(&self, table: &Table) -> bool {
        let Some(key) = &self.workflow.key else {
            return true;
        };
        table.key.iter().any(|k| k.text == key.text || k == "id")
    }

    fn field(&mut self, service: &Service, table: &Table, field: &Field, lagging: bool) {
        let (words, low, high, first) = match &field.domain {
            Domain::Words(words) => {
                let numbers: Vec<i8> = words.iter().map(|w| self.word(&w.text)).collect();
                (true, 0, i8::MAX, numbers.first().copied().unwrap_or(0))
            }
            // One value beyond each end, so that a property can tell that the range was left.
            Domain::Range(low, high) => (
                false,
                number(*low).saturating_sub(1),
                number(*high).saturating_add(1),
                number(*low),
            ),
            Domain::Truth => (false, 0, 1, 0),
        };
        // A row that counts events counts on.
        let counts = field.name == "version" && !words;
        let initial = match &field.initial {
            Some(Literal::Number(n)) => number(n.value),
            Some(Literal::Word(word)) => match word.text.as_str() {
                "true" => 1,
                "false" => 0,
                text => self.word(text),
            },
            None => first,
        };
        let variable = Variable {
            name: format!("{}.{}", table.name, field.name),
            initial,
            low,
            high: if counts {
                high.max(MOST_VERSIONS)
            } else {
                high
            },
            words,
            hidden: false,
        };
        let keyed = self.is_keyed(table);
        let cell = self.variable(keyed, variable.clone());
        let name = (
            service.name.text.clone(),
            table.name.text.clone(),
            field.name.text.clone(),
        );
        self.fields.insert(name, cell);
        if lagging {
            let copy = self.variable(
                keyed,
                Variable {
                    name: format!("{} at the replica", variable.name),
                    hidden: true,
                    ..variable
                },
            );
            self.replicas.insert(cell, copy);
        }
    }

    /// Returns the number of a word.
    pub(super) fn word(&mut self, word: &str) -> i8 {
        if let Some(number) = self.words.get(word) {
            return *number;
        }
        let number = self.machine.words.len().min(i8::MAX as usize) as i8;
        self.machine.words.push(word.to_owned());
        self.words.insert(word.to_owned(), number);
        number
    }

    fn operation(&mut self, external: &External, operation: &Operation, counted: &str) {
        let name = |what: &str| format!("{}.{what}", external.name);
        let count = self.variable(
            true,
            Variable {
                name: name(counted),
                initial: 0,
                low: 0,
                high: MOST_EFFECTS,
                words: false,
                hidden: false,
            },
        );
        let remembered = match &operation.key {
            None | Some(Key::PerAttempt(_)) => None,
            Some(Key::Fields(fields)) => {
                // A key that does not name the instance is one for all of them.
                let keyed = self.workflow.key.as_ref().is_none_or(|key| {
                    fields
                        .iter()
                        .any(|f| f.text == key.text || is_request_id(&f.text))
                });
                Some(self.variable(
                    keyed,
                    Variable {
                        name: name("remembers the key"),
                        initial: 0,
                        low: 0,
                        high: i8::MAX,
                        words: false,
                        hidden: true,
                    },
                ))
            }
        };
        let late = self
            .design
            .explore
            .as_ref()
            .and_then(|e| e.late_effects)
            .is_some_and(|n| n.value > 0);
        let pending = late.then(|| {
            self.variable(
                true,
                Variable {
                    name: name("has a request pending"),
                    initial: 0,
                    low: 0,
                    high: 1,
                    words: false,
                    hidden: true,
                },
            )
        });
        let key = (external.name.text.clone(), operation.name.text.clone());
        self.ledger.insert(
            key,
            Ledger {
                count,
                remembered,
                pending,
            },
        );
    }
}

/// Whether a field names one request, whatever the workflow's key is called.
fn is_request_id(field: &str) -> bool {
    matches!(
        field,
        "idempotency_key" | "idempotency_id" | "request_id" | "message_id" | "causation_id"
    )
}

/// Returns a number as far as the machine tells numbers apart.
pub(super) fn number(value: i64) -> i8 {
    value.clamp(-100, 100) as i8
}
