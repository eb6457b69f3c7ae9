//! The calls on a generated client: `client.User.Query().Where(user.NameEQ("x")).All(ctx)`.

use std::collections::BTreeSet;

use coexist_model::{Confidence, Mode, Reading};

use crate::code::chains::{Chain, chains};
use crate::code::context::Context;
use crate::code::golang::values::Values;
use crate::code::orm::classes::use_of;
use crate::code::syntax::Id;

/// Calls that fetch whole rows.
const WHOLE: &[&str] = &["All", "AllX", "First", "FirstX", "Only", "OnlyX"];
/// Calls that have a query name less than the whole row.
const PARTS: &[&str] = &[
    "Select",
    "Count",
    "CountX",
    "Exist",
    "ExistX",
    "IDs",
    "IDsX",
    "FirstID",
    "FirstIDX",
    "OnlyID",
    "OnlyIDX",
    "GroupBy",
    "Aggregate",
];
/// What begins the name of a setter, in the order in which they are looked for.
const SETTERS: &[&str] = &["SetNillable", "SetOrClear", "Set", "Clear", "Add", "Append"];
/// What ends the name of a predicate, the longest first.
const PREDICATES: &[&str] = &[
    "ContainsFold",
    "EqualFold",
    "HasPrefix",
    "HasSuffix",
    "Contains",
    "NotNil",
    "IsNil",
    "NotIn",
    "NEQ",
    "GTE",
    "LTE",
    "EQ",
    "GT",
    "LT",
    "In",
];

/// Adds the uses of these schemas.
pub(super) fn read(context: &Context<'_, '_>, names: &BTreeSet<String>, reading: &mut Reading) {
    let uses = Uses {
        context,
        names,
        values: Values::of(context),
    };
    for chain in chains(context.syntax) {
        uses.client(&chain, reading);
        uses.predicate(&chain, reading);
    }
    let s = context.syntax;
    for id in s.all().filter(|&id| s.member(id).is_some()) {
        uses.field(id, reading);
    }
}

struct Uses<'c, 's, 'a> {
    context: &'c Context<'s, 'a>,
    names: &'c BTreeSet<String>,
    values: Values<'c, 's, 'a>,
}

impl Uses<'_, '_, '_> {
    fn add(
        &self,
        id: Id,
        model: &str,
        element: Option<&str>,
        mode: Mode,
        sure: Confidence,
        reading: &mut Reading,
    ) {
        let s = self.context.syntax;
        let callee = s.call(id).and_then(|c| s.member(s.bare(c.callee)));
        let at = callee.map_or(id, |(_, name)| name);
        reading
            .accesses
            .push(use_of(self.context, at, model, element, mode, sure));
    }

    /// Returns the schema whose client a chain begins at: `tx.User.Create()`.
    fn model(&self, chain: &Chain<'_>) -> Option<&str> {
        let s = self.context.syntax;
        let path = s.path(chain.root).filter(|p| p.len() > 1);
        let client = s.member(chain.root).map(|(_, name)| s.text(name));
        let name = path.and_then(|p| p.last().copied()).or(client)?;
        self.names.get(name).map(String::as_str)
    }

    fn client(&self, chain: &Chain<'_>, reading: &mut Reading) -> Option<()> {
        let s = self.context.syntax;
        let Some(model) = self.model(chain) else {
            // `query = query.SetName("x")`, of a chain that an earlier statement begins.
            let before = crate::code::chains::chain(s, self.values.resolved(chain.root))?;
            let model = self.model(&before)?;
            self.setters(chain, model, reading);
            return Some(());
        };
        let begin = chain.links.first()?;
        match begin.name {
            "Query" if !chain.calls(PARTS) => {
                let whole = chain.calls(WHOLE);
                let sure = if whole {
                    Confidence::High
                } else {
                    Confidence::Medium
                };
                self.add(begin.id, model, None, Mode::Queries, sure, reading);
            }
            "Get" | "GetX" => self.add(
                begin.id,
                model,
                None,
                Mode::Queries,
                Confidence::High,
                reading,
            ),
            "Create" | "CreateBulk" | "MapCreateBulk" => {
                let mode = Mode::Inserts {
                    columns: None,
                    positions: None,
                    values: Vec::new(),
                    conflict: None,
                };
                self.add(begin.id, model, None, mode, Confidence::High, reading);
            }
            // The row is read again after its update.
            "UpdateOne" | "UpdateOneID" => self.add(
                begin.id,
                model,
                None,
                Mode::Queries,
                Confidence::High,
                reading,
            ),
            "Delete" | "DeleteOne" | "DeleteOneID" => {
                self.add(
                    begin.id,
                    model,
                    None,
                    Mode::Deletes,
                    Confidence::High,
                    reading,
                );
            }
            "Query" | "Update" => self.add(
                begin.id,
                model,
                None,
                Mode::Reads,
                Confidence::High,
                reading,
            ),
            _ => return None,
        }
        self.setters(chain, model, reading);
        Some(())
    }

    fn setters(&self, chain: &Chain<'_>, model: &str, reading: &mut Reading) {
        for link in &chain.links {
            let field = SETTERS.iter().find_map(|set| link.name.strip_prefix(set));
            if let Some(field) = field.filter(|f| !f.is_empty()) {
                let text = link
                    .given
                    .first()
                    .and_then(|&g| self.context.strings.plain(g));
                let values = text.into_iter().collect();
                self.add(
                    link.id,
                    model,
                    Some(field),
                    Mode::Writes { values },
                    Confidence::High,
                    reading,
                );
            }
        }
    }

    /// Returns the schema of a generated package, by the name that the file calls it: `dbuser "example.org/shop/ent/user"`.
    fn of_package(&self, called: &str) -> Option<&str> {
        let mut imports = self.context.imports.iter();
        let import = imports.find(|i| {
            let last = i.path.rsplit('/').next();
            i.alias.as_deref().or(last) == Some(called)
        })?;
        let last = import.path.rsplit('/').next()?;
        let found = self.names.iter().find(|n| n.to_lowercase() == last)?;
        Some(found)
    }

    /// `user.NameEQ("x")`, `user.ByName()`.
    fn predicate(&self, chain: &Chain<'_>, reading: &mut Reading) -> Option<()> {
        let s = self.context.syntax;
        let link = chain.links.first()?;
        let model = self.of_package(s.text(chain.root))?;
        let name = link.name.strip_prefix("By").unwrap_or(link.name);
        let field = PREDICATES.iter().find_map(|end| name.strip_suffix(end));
        let field = field.filter(|f| !f.is_empty()).unwrap_or(name);
        if matches!(field, "And" | "Or" | "Not") || field.starts_with("Has") {
            return None;
        }
        self.add(
            link.id,
            model,
            Some(field),
            Mode::Reads,
            Confidence::High,
            reading,
        );
        Some(())
    }

    /// `user.FieldName`.
    fn field(&self, id: Id, reading: &mut Reading) -> Option<()> {
        let s = self.context.syntax;
        let (package, name) = s.member(id)?;
        let field = s
            .text(name)
            .strip_prefix("Field")
            .filter(|f| !f.is_empty())?;
        let model = self.of_package(s.text(package))?;
        self.add(
            name,
            model,
            Some(field),
            Mode::Reads,
            Confidence::High,
            reading,
        );
        Some(())
    }
}
