//! The texts of the stubs. They compile and do nothing; tidy asks for the rest.

/// The code of a rule.
pub(super) fn rule(principle: &str, id: &str) -> String {
    format!(
        r##"#![doc = include_str!("page.md")]

use coexist_model::{{Finding, Principle}};

use crate::principles::{{Rule, Scene}};

/// The rule.
pub static RULE: Rule = Rule {{
    id: "{id}",
    principle: Principle::{principle},
    page: include_str!("page.md"),
    check,
}};

fn check(_scene: &Scene<'_>) -> Vec<Finding> {{
    Vec::new()
}}
"##
    )
}

/// The page of a rule.
pub(super) fn page(id: &str) -> String {
    let title = id.replace('-', " ");
    format!(
        "# {}{}

## What

The change, and who still meets it.

## Why

The error that is seen, in which state of the fleet, and whether a rollback helps.

## Bad

```sql
```

## Good

```sql
```

## Safe steps

1. The first release.

## Sources

- The page that says so.
",
        title[..1].to_uppercase(),
        &title[1..]
    )
}

/// A case in which the rule fires.
pub(super) fn bad(id: &str) -> String {
    format!(
        "migrations: before
-- both/migrations/0001_users.up.sql --
CREATE TABLE users (id int PRIMARY KEY, name text);
-- head/migrations/0002_change.up.sql --
ALTER TABLE users DROP COLUMN name;
-- expect --
FAIL {id} migrations/0002_change.up.sql:1
"
    )
}

/// A near miss.
pub(super) fn good() -> String {
    "migrations: before
-- both/migrations/0001_users.up.sql --
CREATE TABLE users (id int PRIMARY KEY, name text);
-- head/README.md --
Nothing that runs.
-- expect --
PASS
"
    .to_owned()
}

/// The code of a reader.
pub(super) fn reader(name: &str, type_name: &str) -> String {
    format!(
        r#"//! Files of {name}.

mod form;

pub use form::{type_name}Form;

use coexist_model::{{File, Hints, Reader, Reading}};

/// Files of {name}.
pub struct {type_name};

impl Reader for {type_name} {{
    fn name(&self) -> &'static str {{
        "{name}"
    }}

    fn claims(&self, _path: &str, _head: &str) -> bool {{
        false
    }}

    fn read(&self, _file: &File, _hints: &Hints) -> Reading {{
        Reading::default()
    }}
}}
"#
    )
}

/// The code of a form. It speaks for no kind of surface yet.
pub(super) fn form(name: &str, type_name: &str) -> String {
    format!(
        r#"//! What happens when two versions of a {name} file meet.

use coexist_model::{{
    Access, Element, Encoding, Form, LinkInput, Linked, Lookup, Meeting, Migration, Store, Surface,
    SurfaceKind,
}};

/// What happens when two versions of a {name} file meet.
pub struct {type_name}Form;

impl Form for {type_name}Form {{
    fn name(&self) -> &'static str {{
        "{name}"
    }}

    fn kinds(&self) -> &'static [SurfaceKind] {{
        &[]
    }}

    fn link(&self, _readings: &[LinkInput<'_>]) -> Linked {{
        Linked::default()
    }}

    fn apply(&self, store: &Store, _migration: &Migration) -> Store {{
        store.clone()
    }}

    fn spellings(&self, _surface: &Surface, _element: Option<&str>) -> Vec<String> {{
        Vec::new()
    }}

    fn meet(&self, _access: &Access, _schemas: &dyn Lookup) -> Meeting {{
        Meeting::ok()
    }}

    fn carry(
        &self,
        _written: Option<&Element>,
        _read: Option<&Element>,
        _how: Encoding,
    ) -> Meeting {{
        Meeting::ok()
    }}
}}
"#
    )
}

/// The code of an output.
pub(super) fn output(name: &str, type_name: &str) -> String {
    format!(
        r#"//! The review as {name}.

use coexist_model::Review;

use crate::{{Output, Style}};

/// The review as {name}.
pub(crate) struct {type_name};

impl Output for {type_name} {{
    fn name(&self) -> &'static str {{
        "{name}"
    }}

    fn render(&self, _review: &Review, _style: &Style) -> String {{
        String::new()
    }}
}}
"#
    )
}
