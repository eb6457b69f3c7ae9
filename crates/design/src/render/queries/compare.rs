//! A reconciliation: an export of each service that it speaks of, and the comparison of the exports.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::language::{
    Condition, ConditionKind, Domain, Field, FieldPath, Literal, Located, Operator, Reconciliation,
};
use crate::render::sheet::Sheet;

use super::{Script, comment, interval, literal, not_postgres, part_of_file, place, quoted};

/// Returns the exports and the comparison; where they cannot be drawn, a script that says why.
pub(super) fn scripts(sheet: &Sheet<'_>, reconciliation: &Reconciliation) -> Vec<Script> {
    let name = &reconciliation.name.text;
    let compared = Compared::new(sheet, reconciliation);
    let scripts = compared.and_then(|compared| {
        let mut scripts: Vec<Script> = compared
            .tables
            .values()
            .map(|t| compared.export(t))
            .collect();
        scripts.push(compared.compare()?);
        Ok(scripts)
    });
    scripts.unwrap_or_else(|why| {
        let at = place(sheet, reconciliation.span);
        vec![Script {
            name: part_of_file(&format!("{name}.compare.sql")),
            text: format!("-- Nothing is drawn for {name} ({at}): {why}.\n"),
        }]
    })
}

/// A table that is exported: where it is, and the fields that are looked at.
struct Exported<'a> {
    located: Located<'a>,
    fields: BTreeMap<&'a str, &'a Field>,
}

impl Exported<'_> {
    /// Returns what the export is called where it is compared.
    fn name(&self) -> String {
        format!("{}.{}", self.located.service.name, self.located.table.name)
    }
}

/// What a reconciliation compares.
struct Compared<'s, 'a> {
    sheet: &'s Sheet<'a>,
    reconciliation: &'s Reconciliation,
    condition: &'s Condition,
    /// The columns by which rows meet.
    key: Vec<&'a str>,
    tables: BTreeMap<(&'a str, &'a str), Exported<'a>>,
    /// What is counted of each provider.
    counted: BTreeMap<&'s str, BTreeSet<&'s str>>,
}

impl<'s, 'a> Compared<'s, 'a> {
    fn new(sheet: &'s Sheet<'a>, reconciliation: &'s Reconciliation) -> Result<Self, String> {
        let Some(condition) = &reconciliation.when else {
            return Err("when something is wrong is not stated".to_owned());
        };
        let mut compared = Compared {
            sheet,
            reconciliation,
            condition,
            key: Vec::new(),
            tables: BTreeMap::new(),
            counted: BTreeMap::new(),
        };
        let mut parts = Vec::new();
        condition.walk(&mut |part| parts.push(part));
        for part in parts {
            match &part.kind {
                ConditionKind::Field(path) => compared.look_at(path)?,
                ConditionKind::Effects {
                    external, counted, ..
                } => {
                    let of = compared.counted.entry(external.text.as_str()).or_default();
                    of.insert(counted.text.as_str());
                }
                _ => {}
            }
        }
        if compared.tables.is_empty() {
            return Err("it looks at no table".to_owned());
        }
        Ok(compared)
    }

    fn look_at(&mut self, path: &FieldPath) -> Result<(), String> {
        let field = self.sheet.scene.scope.field(None, path);
        let (located, field) = field.ok_or_else(|| format!("{} is no field", path.field))?;
        if let Some(why) = not_postgres(located.store) {
            return Err(why);
        }
        let key: Vec<&str> = located.table.key.iter().map(|k| k.text.as_str()).collect();
        if key.is_empty() {
            return Err(format!("{} has no key", located.table.name));
        }
        if self.key.is_empty() {
            self.key = key;
        } else if self.key != key {
            return Err(format!(
                "rows of {} are known by {}, the others by {}",
                located.table.name,
                key.join(", "),
                self.key.join(", ")
            ));
        }
        let at = (
            located.service.name.text.as_str(),
            located.table.name.text.as_str(),
        );
        let exported = self.tables.entry(at).or_insert_with(|| Exported {
            located,
            fields: BTreeMap::new(),
        });
        exported.fields.insert(&field.name.text, field);
        Ok(())
    }

    /// Returns the file to which a table or a provider's report is written.
    fn file(&self, part: &str) -> String {
        part_of_file(&format!("{}.{part}.csv", self.reconciliation.name))
    }

    fn export(&self, exported: &Exported<'_>) -> Script {
        let (service, store) = (&exported.located.service.name, &exported.located.store.name);
        let keys = self.key.iter().map(|k| format!("{}::text", quoted(k)));
        let fields = exported.fields.iter();
        let fields = fields.map(|(name, field)| format!("{}::{}", quoted(name), column(field)));
        let columns: Vec<String> = keys.chain(fields).collect();
        let mut out = format!(
            "-- Run in {store} of {service}; writes what {} compares ({}).\n",
            self.reconciliation.name,
            place(self.sheet, self.reconciliation.span)
        );
        let _ = writeln!(
            out,
            "\\copy (SELECT {}, updated_at, now() AS exported_at FROM {}) TO {} WITH (FORMAT csv, HEADER)",
            columns.join(", "),
            quoted(&exported.located.table.name.text),
            literal(&self.file(&exported.name()))
        );
        Script {
            name: part_of_file(&format!(
                "{}.export.{}.sql",
                self.reconciliation.name,
                exported.name()
            )),
            text: out,
        }
    }

    fn compare(&self) -> Result<Script, String> {
        let name = &self.reconciliation.name;
        let wrong = self.truth(self.condition)?;
        let mut out = format!(
            "-- Compares the exports of {name} ({}). Run in a database that belongs to no service, where the files are.\n",
            place(self.sheet, self.reconciliation.span)
        );
        let key: Vec<String> = self.key.iter().map(|k| quoted(k)).collect();
        let key_columns: Vec<String> = key.iter().map(|k| format!("{k} text")).collect();
        let key_columns = key_columns.join(", ");
        for exported in self.tables.values() {
            let fields = exported.fields.iter();
            let fields = fields.map(|(name, field)| format!("{} {}", quoted(name), column(field)));
            let fields: Vec<String> = fields.collect();
            self.load(
                &mut out,
                &exported.name(),
                &format!(
                    "{key_columns}, {}, updated_at timestamptz, exported_at timestamptz",
                    fields.join(", ")
                ),
            );
        }
        for external in self.counted.keys() {
            comment(
                &mut out,
                &format!(
                    "The report of {external}: one line for each effect, with the name of its operation."
                ),
            );
            self.load(
                &mut out,
                &format!("{external} report"),
                &format!("{key_columns}, operation text, updated_at timestamptz"),
            );
        }
        comment(
            &mut out,
            "What differs. A row that is missing stands for the values with which it would begin.",
        );
        let counts: Vec<String> = self.counts(&key)?;
        if !counts.is_empty() {
            let _ = writeln!(out, "WITH {}", counts.join(",\n  "));
        }
        let _ = writeln!(out, "SELECT {}", self.shown(&key).join(", "));
        let parts = self.tables.values().map(Exported::name);
        let parts = parts.chain(self.counted.keys().map(|e| (*e).to_owned()));
        let parts: Vec<String> = parts.map(|part| quoted(&part)).collect();
        let using = format!(" USING ({})", key.join(", "));
        let mut from = parts.iter();
        let _ = write!(out, "FROM {}", from.next().map_or("", String::as_str));
        for part in from {
            let _ = write!(out, "\n  FULL JOIN {part}{using}");
        }
        let _ = write!(out, "\nWHERE {wrong}");
        if let Some(settled) = self.reconciliation.settled {
            let ages: Vec<String> = parts.iter().map(|p| format!("{p}.updated_at")).collect();
            let exports = self.tables.values().map(|exported| {
                format!(
                    "(SELECT min(exported_at) FROM {})",
                    quoted(&exported.name())
                )
            });
            let exports: Vec<String> = exports.chain(["now()".to_owned()]).collect();
            let _ = write!(
                out,
                "\n  AND greatest({}) < least({}) - {}",
                ages.join(", "),
                exports.join(", "),
                interval(settled.value)
            );
        }
        let _ = writeln!(out, "\nORDER BY {};", key.join(", "));
        Ok(Script {
            name: part_of_file(&format!("{name}.compare.sql")),
            text: out,
        })
    }

    fn load(&self, out: &mut String, part: &str, columns: &str) {
        let file = self.file(part);
        let _ = writeln!(
            out,
            "CREATE TEMP TABLE {} ({columns});\n\\copy {} FROM {} WITH (FORMAT csv, HEADER)",
            quoted(part),
            quoted(part),
            literal(&file)
        );
    }

    /// Returns what each provider's report comes to for a key.
    fn counts(&self, key: &[String]) -> Result<Vec<String>, String> {
        let scope = self.sheet.scene.scope;
        let mut out = Vec::new();
        for (name, counted) in &self.counted {
            let external = scope
                .external(name)
                .ok_or_else(|| format!("{name} is no provider"))?;
            let mut columns = Vec::new();
            for word in counted {
                let of = scope
                    .counted(external, word)
                    .ok_or_else(|| format!("{name} counts no {word}"))?;
                let effects = |operations: &[&crate::language::Operation]| {
                    let names: Vec<&str> =
                        operations.iter().map(|o| o.name.text.as_str()).collect();
                    format!(
                        "count(*) FILTER (WHERE operation IN ({}))",
                        super::literals(&names)
                    )
                };
                let less = match of.minus.as_slice() {
                    [] => String::new(),
                    minus => format!(" - {}", effects(minus)),
                };
                columns.push(format!("{}{less} AS {}", effects(&of.plus), quoted(word)));
            }
            out.push(format!(
                "{} AS (SELECT {}, {}, max(updated_at) AS updated_at FROM {} GROUP BY {})",
                quoted(name),
                key.join(", "),
                columns.join(", "),
                quoted(&format!("{name} report")),
                key.join(", ")
            ));
        }
        Ok(out)
    }

    /// Returns the columns that show what differs.
    fn shown(&self, key: &[String]) -> Vec<String> {
        let mut shown = key.to_vec();
        for exported in self.tables.values() {
            for (name, field) in &exported.fields {
                let label = format!("{}.{name}", exported.name());
                shown.push(format!("{} AS {}", value(exported, field), quoted(&label)));
            }
        }
        for (external, counted) in &self.counted {
            for word in counted {
                let label = format!("{external}.{word}");
                shown.push(format!("{} AS {}", effects(external, word), quoted(&label)));
            }
        }
        shown
    }

    /// Returns a condition in SQL.
    fn truth(&self, condition: &Condition) -> Result<String, String> {
        let both = |mark: &str, left: &Condition, right: &Condition| {
            Ok(format!(
                "({} {mark} {})",
                self.truth(left)?,
                self.truth(right)?
            ))
        };
        match &condition.kind {
            ConditionKind::Not(inner) => Ok(format!("(NOT {})", self.truth(inner)?)),
            ConditionKind::Binary(operator, left, right) => match operator {
                Operator::And => both("AND", left, right),
                Operator::Or => both("OR", left, right),
                Operator::Implies => Ok(format!(
                    "((NOT {}) OR {})",
                    self.truth(left)?,
                    self.truth(right)?
                )),
                Operator::Unequal => self.compared("<>", left, right),
                Operator::Equal => self.compared("=", left, right),
                Operator::Less | Operator::AtMost | Operator::More | Operator::AtLeast => {
                    self.compared(operator.mark(), left, right)
                }
                Operator::Plus | Operator::Minus => Err("a sum is no condition".to_owned()),
            },
            ConditionKind::In(left, all) => {
                let all: Result<Vec<String>, String> = all
                    .iter()
                    .map(|value| self.operand(value, self.domain(left)))
                    .collect();
                Ok(format!(
                    "({} IN ({}))",
                    self.operand(left, None)?,
                    all?.join(", ")
                ))
            }
            _ => self.operand(condition, Some(&Domain::Truth)),
        }
    }

    fn compared(&self, mark: &str, left: &Condition, right: &Condition) -> Result<String, String> {
        let domain = self.domain(left).or_else(|| self.domain(right));
        Ok(format!(
            "({} {mark} {})",
            self.operand(left, domain)?,
            self.operand(right, domain)?
        ))
    }

    /// Returns the values of a field; None of anything else.
    fn domain(&self, condition: &Condition) -> Option<&'a Domain> {
        match &condition.kind {
            ConditionKind::Field(path) => {
                let (_, field) = self.sheet.scene.scope.field(None, path)?;
                Some(&field.domain)
            }
            _ => None,
        }
    }

    /// Returns a value in SQL; a word is one of the domain that it is held against.
    fn operand(&self, condition: &Condition, domain: Option<&Domain>) -> Result<String, String> {
        match &condition.kind {
            ConditionKind::Number(number) => Ok(number.to_string()),
            ConditionKind::Word(word) => match domain {
                Some(Domain::Words(_)) => Ok(literal(&word.text)),
                Some(Domain::Truth) if ["true", "false"].contains(&word.text.as_str()) => {
                    Ok(word.text.clone())
                }
                _ => Err(format!("what {word} is cannot be told from an export")),
            },
            ConditionKind::Field(path) => {
                let field = self.sheet.scene.scope.field(None, path);
                let (located, field) =
                    field.ok_or_else(|| format!("{} is no field", path.field))?;
                let at = (
                    located.service.name.text.as_str(),
                    located.table.name.text.as_str(),
                );
                let exported = self.tables.get(&at);
                let exported = exported.ok_or_else(|| format!("{} is not exported", path.table))?;
                Ok(value(exported, field))
            }
            ConditionKind::Effects {
                external,
                counted,
                arguments,
            } => {
                if arguments.len() != self.key.len() {
                    return Err(format!(
                        "effects of {external} are not counted by {}",
                        self.key.join(", ")
                    ));
                }
                Ok(effects(&external.text, &counted.text))
            }
            ConditionKind::Binary(operator @ (Operator::Plus | Operator::Minus), left, right) => {
                Ok(format!(
                    "({} {} {})",
                    self.operand(left, domain)?,
                    operator.mark(),
                    self.operand(right, domain)?
                ))
            }
            ConditionKind::Not(_) | ConditionKind::Binary(..) | ConditionKind::In(..) => {
                self.truth(condition)
            }
        }
    }
}

/// Returns the type of a field's column.
fn column(field: &Field) -> &'static str {
    match field.domain {
        Domain::Words(_) => "text",
        Domain::Range(..) => "bigint",
        Domain::Truth => "boolean",
    }
}

/// Returns a field of an export; where its row is missing, the value with which it would begin.
fn value(exported: &Exported<'_>, field: &Field) -> String {
    let initial = match (&field.initial, &field.domain) {
        (Some(Literal::Word(word)), Domain::Truth) => word.text.clone(),
        (Some(Literal::Word(word)), _) => literal(&word.text),
        (Some(Literal::Number(number)), _) => number.value.to_string(),
        (None, Domain::Words(words)) => literal(words.first().map_or("", |w| w.text.as_str())),
        (None, Domain::Range(first, _)) => first.to_string(),
        (None, Domain::Truth) => "false".to_owned(),
    };
    let column = format!("{}.{}", quoted(&exported.name()), quoted(&field.name.text));
    format!("coalesce({column}, {initial})")
}

/// Returns how many effects a provider has carried out.
fn effects(external: &str, counted: &str) -> String {
    format!("coalesce({}.{}, 0)", quoted(external), quoted(counted))
}
