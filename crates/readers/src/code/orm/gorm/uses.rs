//! The chains of calls on a database: `db.Model(&User{}).Where("name = ?", name).First(&user)`.

use std::collections::BTreeSet;

use coexist_model::{Access, Confidence, Dialect, Mode, Reading, Surface, SurfaceKind};

use super::naming::table_of;
use crate::code::chains::{Chain, Link, chain, chains};
use crate::code::context::{self, Context};
use crate::code::golang::values::Values;
use crate::code::orm::classes::use_of;
use crate::code::syntax::Id;
use crate::sql::accesses::accesses_in;

/// Calls that fetch rows.
const FETCHES: &[&str] = &[
    "First",
    "Take",
    "Last",
    "Find",
    "FindInBatches",
    "FirstOrInit",
    "FirstOrCreate",
    "Scan",
    "Rows",
    "Row",
    "ScanRows",
];
/// Calls that take a condition: a text with its values, a struct or a map.
const CONDITIONS: &[&str] = &["Where", "Or", "Not", "Having"];
/// Calls that take a condition behind what they fetch or delete.
const INLINE: &[&str] = &[
    "First",
    "Take",
    "Last",
    "Find",
    "FirstOrInit",
    "FirstOrCreate",
    "Delete",
];
/// Calls on a package or a value that give a database.
const GIVES: &[&str] = &[
    "DB",
    "GetDB",
    "Db",
    "WithContext",
    "Session",
    "Begin",
    "Debug",
    "Unscoped",
    "Clauses",
    "Scopes",
    "Set",
    "Table",
];

/// Adds the uses of these models.
pub(super) fn read(
    context: &Context<'_, '_>,
    names: &BTreeSet<String>,
    dialect: Dialect,
    reading: &mut Reading,
) {
    let uses = Uses {
        context,
        values: Values::of(context),
        names,
        dialect,
        imports_gorm: context.imports.iter().any(|i| i.path.contains("gorm")),
    };
    for chain in chains(context.syntax) {
        uses.chain(&chain, &mut reading.accesses);
    }
}

pub(super) struct Uses<'c, 's, 'a> {
    pub(super) context: &'c Context<'s, 'a>,
    pub(super) values: Values<'c, 's, 'a>,
    names: &'c BTreeSet<String>,
    dialect: Dialect,
    imports_gorm: bool,
}

/// A use of a model that a chain makes.
struct Use<'m, 'o> {
    model: &'m str,
    sure: Confidence,
    out: &'o mut Vec<Access>,
}

impl<'a> Uses<'_, '_, 'a> {
    fn chain(&self, ending: &Chain<'a>, out: &mut Vec<Access>) -> Option<()> {
        let whole = self.whole(ending);
        let sure = self.on_database(&whole)?;
        let model = self.model(&whole)?;
        let mut of = Use { model, sure, out };
        let from = self.from(&whole, model);
        let selected = self.selected(&whole, &from, &mut of);
        // What an earlier statement says may be of this model only by what this one fetches.
        for link in &whole.links {
            self.condition(link, &from, &mut of);
        }
        for link in &ending.links {
            self.ending(link, &whole, selected, &mut of);
        }
        Some(())
    }

    /// Returns a chain with those before it that its first name stands for: `query := db.Model(&User{})`.
    fn whole(&self, ending: &Chain<'a>) -> Chain<'a> {
        let s = self.context.syntax;
        let mut links: Vec<Link<'a>> = Vec::new();
        let value = self.values.resolved(ending.root);
        let mut root = ending.root;
        if value != root
            && let Some(before) = chain(s, value)
        {
            root = before.root;
            links.extend(before.links);
        }
        let own = ending.links.iter().map(|l| Link {
            id: l.id,
            name: l.name,
            given: l.given.clone(),
        });
        links.extend(own);
        Chain { root, links }
    }

    /// Returns how sure it is that a chain begins at a database of GORM; None where it does not look like it.
    fn on_database(&self, chain: &Chain<'_>) -> Option<Confidence> {
        let s = self.context.syntax;
        if self.values.is_of(chain.root, "gorm", "DB") {
            return Some(Confidence::High);
        }
        let name = s.last_name(chain.root).to_lowercase();
        let gives = chain
            .links
            .first()
            .is_some_and(|l| matches!(l.name, "DB" | "GetDB" | "Db"));
        let called_so = gives
            || ["db", "tx", "rx", "gorm", "database", "conn", "orm"]
                .iter()
                .any(|end| name.ends_with(end));
        let by_name = called_so
            || chain.links.len() > 1
                && chain.calls(&["Model", "WithContext"])
                && chain.calls(GIVES);
        match (by_name, self.imports_gorm) {
            (true, true) => Some(Confidence::High),
            // GORM has the calls; a store of one's own may have the same ones.
            (true, false) => Some(if chain.calls(&["Model"]) || called_so {
                Confidence::High
            } else {
                Confidence::Medium
            }),
            (false, _) => None,
        }
    }

    /// Returns the model whose rows a chain touches: that of `Model`, else that of what it fetches, writes or deletes.
    fn model(&self, chain: &Chain<'_>) -> Option<&str> {
        let of = |link: &Link<'_>| {
            let name = self.values.type_of(*link.given.first()?)?;
            self.names.get(name).map(String::as_str)
        };
        match chain.link("Model") {
            Some(model) => of(model),
            // Another table than the struct's.
            None if chain.calls(&["Table", "Raw"]) => None,
            None => {
                let mut ends = chain.links.iter().rev();
                ends.find_map(|l| {
                    (FETCHES.contains(&l.name) || WRITES.contains(&l.name))
                        .then(|| of(l))
                        .flatten()
                })
            }
        }
    }

    /// Returns what a query of the chain reads from, where the table of the model stands under the name `t` too: the relations that it
    /// joins by SQL.
    fn from(&self, chain: &Chain<'a>, model: &str) -> String {
        let joins = chain.links.iter().filter(|l| l.name == "Joins");
        let texts = joins.filter_map(|l| self.text(*l.given.first()?));
        let joined: Vec<String> = texts.filter(|text| text.contains(' ')).collect();
        format!(" FROM t AS {} {} ", table_of(model), joined.join(" "))
    }

    /// Adds the columns that `Select` names; returns whether it or `Omit` narrows what is named.
    fn selected(&self, chain: &Chain<'a>, from: &str, of: &mut Use<'_, '_>) -> bool {
        let Some(select) = chain.link("Select") else {
            return chain.calls(&["Omit"]);
        };
        let mut given: Vec<Id> = select.given.iter().flat_map(|&g| self.items(g)).collect();
        let has_values = |&id: &Id| self.text(id).is_some_and(|text| text.contains('?'));
        if given.first().is_some_and(has_values) {
            given.truncate(1);
        }
        for id in given {
            self.fragment(id, "SELECT ", from, of);
        }
        !select.given.is_empty()
    }

    /// Returns an argument, or what is in it where it is a list.
    fn items(&self, id: Id) -> Vec<Id> {
        let s = self.context.syntax;
        let id = self.values.resolved(id);
        if s.kind(id) != "composite_literal" {
            return vec![id];
        }
        let body = s.child(id, "body").map(|b| s.named(b).collect::<Vec<_>>());
        let items = body.unwrap_or_default().into_iter();
        items.map(|i| s.bare(i)).collect()
    }

    fn text(&self, id: Id) -> Option<String> {
        let literal = self.context.strings.literal(id)?;
        (!literal.dynamic).then_some(literal.text)
    }

    fn condition(&self, link: &Link<'a>, from: &str, of: &mut Use<'_, '_>) {
        let first = if CONDITIONS.contains(&link.name) {
            link.given.first()
        } else if INLINE.contains(&link.name) {
            link.given.get(1)
        } else {
            None
        };
        let Some(&first) = first.or(link.given.first()) else {
            return;
        };
        let (before, behind) = match link.name {
            "Order" => (format!("SELECT 1{from}ORDER BY "), ""),
            "Group" => (format!("SELECT 1{from}GROUP BY "), ""),
            "Pluck" | "Distinct" => ("SELECT ".to_owned(), from),
            "Joins" => (format!("SELECT 1 FROM t AS {} ", table_of(of.model)), ""),
            name if CONDITIONS.contains(&name) || INLINE.contains(&name) => {
                for (id, column, _) in self.entries(first, of.model) {
                    self.add(id, Some(&column), Mode::Reads, of.sure, of);
                }
                (format!("SELECT 1{from}WHERE "), "")
            }
            _ => return,
        };
        self.fragment(first, &before, behind, of);
    }

    /// Adds what a piece of SQL uses, which stands between these two.
    fn fragment(&self, id: Id, before: &str, behind: &str, of: &mut Use<'_, '_>) {
        let Some(literal) = self.context.strings.literal(id) else {
            return;
        };
        let sql = format!("{before}{}{behind}", literal.text);
        for found in accesses_in(&sql, self.dialect) {
            let (from, to) = (found.span.start, found.span.end);
            if from < before.len() || to > before.len() + literal.text.len() {
                continue;
            }
            let span = from - before.len()..to - before.len();
            if literal.has_hole(&span) {
                continue;
            }
            let of_row = found.surface.kind == SurfaceKind::Table && found.surface.name == "t";
            if of_row && found.element.is_none() {
                continue;
            }
            let surface = match of_row {
                true => Surface::new(SurfaceKind::Model, of.model),
                false => found.surface,
            };
            let used = context::Use {
                surface,
                element: found.element,
                mode: found.mode,
                manner: found.manner,
                confidence: of.sure.min(found.confidence),
                why: found.why,
            };
            let place = literal.source(span);
            of.out.push(self.context.access_at(id, place, used));
        }
    }

    /// Returns the columns that a struct or a map gives values for: `User{Name: "x"}`, `map[string]any{"name": "x"}`. A struct of
    /// another type gives none.
    fn entries(&self, id: Id, model: &str) -> Vec<(Id, String, Id)> {
        let s = self.context.syntax;
        let id = self.values.resolved(id);
        if s.kind(id) != "composite_literal" {
            return Vec::new();
        }
        let Some(of_type) = s.child(id, "type") else {
            return Vec::new();
        };
        let is_map = s.kind(of_type) == "map_type" || s.last_name(of_type) == "M";
        if !is_map && self.values.named(of_type) != Some(model) {
            return Vec::new();
        }
        let body = s.child(id, "body").map(|b| s.named(b).collect::<Vec<_>>());
        let pairs = body
            .unwrap_or_default()
            .into_iter()
            .filter(|&p| s.kind(p) == "keyed_element");
        pairs
            .filter_map(|pair| {
                let (key, value) = (s.named(pair).next()?, s.named(pair).last()?);
                let key = s.bare(key);
                let name = match self.text(key) {
                    Some(text) => text,
                    None if is_map => return None,
                    None => s.text(key).to_owned(),
                };
                Some((key, name, s.bare(value)))
            })
            .collect()
    }

    /// What the call does by itself.
    fn ending(&self, link: &Link<'a>, chain: &Chain<'a>, narrowed: bool, of: &mut Use<'_, '_>) {
        let sure = of.sure;
        match link.name {
            _ if FETCHES.contains(&link.name) => self.fetched(link, chain, narrowed, of),
            "Count" | "Pluck" => self.add(link.id, None, Mode::Reads, sure, of),
            "Create" | "CreateInBatches" | "Save" => {
                let first = link.given.first().copied();
                let made = first.and_then(|g| self.made_with(g, of.model));
                let s = self.context.syntax;
                let columns = made.map(|pairs| {
                    let keys = pairs.into_iter().map(|(key, _)| s.text(key).to_owned());
                    keys.collect()
                });
                // A map gives some of the columns, a struct all of them.
                let of_map = first.is_some_and(|g| self.is_map(g));
                let sure = if narrowed || of_map || link.name == "Save" {
                    sure.min(Confidence::Medium)
                } else {
                    sure
                };
                let mode = Mode::Inserts {
                    columns,
                    positions: None,
                    values: Vec::new(),
                    conflict: self.conflict(chain),
                };
                self.add(link.id, None, mode, sure, of);
                // An update of every field, unless there is no such row.
                if link.name == "Save" && !narrowed {
                    self.add(link.id, None, Mode::Queries, of.sure, of);
                }
            }
            "Update" | "UpdateColumn" => {
                if let Some(column) = link.given.first().and_then(|&g| self.text(g)) {
                    let value = link.given.get(1).and_then(|&v| self.text(v));
                    let values = value.into_iter().collect();
                    self.add(link.id, Some(&column), Mode::Writes { values }, sure, of);
                }
            }
            "Updates" | "UpdateColumns" => {
                let Some(&given) = link.given.first() else {
                    return;
                };
                let entries = self.entries(given, of.model);
                if entries.is_empty() && !narrowed {
                    // A struct that was filled elsewhere: any of its fields may be in it.
                    self.add(
                        link.id,
                        None,
                        Mode::Queries,
                        sure.min(Confidence::Medium),
                        of,
                    );
                }
                for (id, column, value) in entries {
                    let values = self.text(value).into_iter().collect();
                    self.add(id, Some(&column), Mode::Writes { values }, sure, of);
                }
            }
            "Delete" => self.add(link.id, None, Mode::Deletes, sure, of),
            _ => {}
        }
    }

    fn is_map(&self, id: Id) -> bool {
        let s = self.context.syntax;
        let of_type = s.child(self.values.resolved(id), "type");
        of_type.is_some_and(|t| s.text(t).contains("map["))
    }

    fn fetched(&self, link: &Link<'a>, chain: &Chain<'a>, narrowed: bool, of: &mut Use<'_, '_>) {
        self.add(link.id, None, Mode::Reads, of.sure, of);
        if narrowed {
            return;
        }
        let destination = link.given.first().and_then(|&g| self.values.type_of(g));
        // The fields of another struct are named alone; which those are, its declaration says.
        if destination.is_some_and(|name| name != of.model) {
            return;
        }
        // A join of a relation has every field listed; else it is `*`.
        let lists = chain.links.iter().any(|l| {
            let first = l.given.first().and_then(|&g| self.text(g));
            matches!(l.name, "Joins" | "InnerJoins")
                && first.is_some_and(|text| !text.contains(' '))
        });
        let sure = if lists {
            of.sure
        } else {
            of.sure.min(Confidence::Medium)
        };
        self.add(link.id, None, Mode::Queries, sure, of);
        if link.name == "FirstOrCreate" {
            let mode = Mode::Inserts {
                columns: None,
                positions: None,
                values: Vec::new(),
                conflict: None,
            };
            self.add(link.id, None, mode, of.sure, of);
        }
    }

    /// `Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}})`.
    fn conflict(&self, chain: &Chain<'a>) -> Option<Vec<String>> {
        let s = self.context.syntax;
        let clauses = chain.link("Clauses")?;
        let given = clauses.given.iter().map(|&g| self.values.resolved(g));
        let conflict = given.into_iter().find(|&g| {
            s.child(g, "type")
                .is_some_and(|t| s.last_name(t) == "OnConflict")
        })?;
        let mut pairs = s.below(conflict).filter(|&p| s.kind(p) == "keyed_element");
        let columns = pairs.find(|&p| s.named(p).next().is_some_and(|k| s.text(k) == "Columns"))?;
        let texts = s.below(columns).filter(|&n| s.is_string(n));
        Some(
            texts
                .filter_map(|t| self.context.strings.plain(t))
                .collect(),
        )
    }

    fn add(
        &self,
        id: Id,
        element: Option<&str>,
        mode: Mode,
        sure: Confidence,
        of: &mut Use<'_, '_>,
    ) {
        let s = self.context.syntax;
        // A call of a long chain stands where its name does.
        let callee = s.call(id).and_then(|c| s.member(s.bare(c.callee)));
        let at = callee.map_or(id, |(_, name)| name);
        of.out
            .push(use_of(self.context, at, of.model, element, mode, sure));
    }
}

/// Calls that write rows.
const WRITES: &[&str] = &[
    "Create",
    "CreateInBatches",
    "Save",
    "Delete",
    "Updates",
    "UpdateColumns",
];
