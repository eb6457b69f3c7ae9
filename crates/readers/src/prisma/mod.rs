//! `schema.prisma`: the models through which code uses tables.
//!
//! Each model (and view) is a [`ModelDeclaration`] with its scalar fields as columns. Prisma's client names each of them in every
//! query without `select`, so a declared column is used wherever its model is queried. The enums are [`Schema`]s of kind
//! [`SurfaceKind::Type`]: they and the models are the form of the store only where no migrations define it, so in the readings
//! they stand for nothing by themselves. The provider of the datasource is the dialect of the migrations beside the file.

mod lexer;
mod parser;
mod types;

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::{
    Detail, Dialect, Element, File, Hints, ModelDeclaration, Problem, Reader, Reading, Schema,
    Surface, SurfaceKind, WireValue,
};

use parser::{Attribute, Block, FieldType, Line, Rest, parse, text_of};

/// Schemas of Prisma.
pub struct Prisma;

impl Reader for Prisma {
    fn name(&self) -> &'static str {
        "prisma"
    }

    fn claims(&self, path: &str, _head: &str) -> bool {
        path.ends_with(".prisma")
    }

    fn read(&self, file: &File, hints: &Hints) -> Reading {
        let (blocks, faults) = parse(&file.text);
        let declared = blocks
            .iter()
            .find(|b| b.keyword == "datasource")
            .and_then(dialect_of);
        let schema = Declared::of(
            file,
            &blocks,
            declared.or(hints.dialect).unwrap_or_default(),
        );
        let problems = faults.into_iter().map(|fault| Problem {
            identifiers: words(&file.text[fault.span.clone()]),
            place: file.place(fault.span),
            what: fault.what.to_owned(),
        });
        Reading {
            dialect: declared,
            models: schema
                .blocks("model")
                .chain(schema.blocks("view"))
                .filter_map(|b| schema.model(b))
                .collect(),
            schemas: schema.blocks("enum").map(|b| schema.enum_type(b)).collect(),
            problems: problems.collect(),
            ..Reading::default()
        }
    }

    fn stands(&self, said: &Reading, hints: &Hints) -> bool {
        said.dialect.is_some() || hints.dialect.is_none()
    }
}

fn words(text: &str) -> Vec<String> {
    let words = text
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|w| !w.is_empty());
    words
        .map(str::to_owned)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect()
}

fn dialect_of(datasource: &Block) -> Option<Dialect> {
    let provider = datasource.lines.iter().find(|l| l.name == "provider")?;
    match &provider.rest {
        Rest::Setting(name) => match name.as_str() {
            "postgresql" | "postgres" | "cockroachdb" => Some(Dialect::Postgres),
            "mysql" => Some(Dialect::MySql),
            "sqlite" => Some(Dialect::Sqlite),
            _ => None,
        },
        Rest::Field { .. } => None,
    }
}

/// The blocks of one file with the names that fields can mean.
struct Declared<'a> {
    file: &'a File,
    blocks: &'a [Block],
    dialect: Dialect,
    enums: BTreeMap<&'a str, &'a Block>,
    models: BTreeSet<&'a str>,
}

impl<'a> Declared<'a> {
    fn of(file: &'a File, blocks: &'a [Block], dialect: Dialect) -> Self {
        let named = |keyword: &'static str| {
            blocks
                .iter()
                .filter(move |b| b.keyword == keyword)
                .map(|b| (b.name.as_str(), b))
        };
        Self {
            file,
            blocks,
            dialect,
            enums: named("enum").collect(),
            models: ["model", "view", "type"]
                .into_iter()
                .flat_map(named)
                .map(|(name, _)| name)
                .collect(),
        }
    }

    fn blocks(&self, keyword: &'static str) -> impl Iterator<Item = &'a Block> {
        self.blocks.iter().filter(move |b| b.keyword == keyword)
    }

    fn surface(&self, kind: SurfaceKind, block: &Block) -> Surface {
        let name = block.text_of("map").unwrap_or(&block.name);
        match block.text_of("schema").filter(|s| *s != "public") {
            Some(schema) => Surface::new(kind, format!("{schema}.{name}")),
            None => Surface::new(kind, name),
        }
    }

    /// Returns the model, unless the client does not have it.
    fn model(&self, block: &Block) -> Option<ModelDeclaration> {
        if block.has("ignore") {
            return None;
        }
        let kind = if block.keyword == "view" {
            SurfaceKind::View
        } else {
            SurfaceKind::Table
        };
        let mut model = ModelDeclaration {
            name: block.name.clone(),
            tool: "prisma",
            table: self.surface(kind, block),
            columns: Vec::new(),
            deferred: Vec::new(),
            bases: Vec::new(),
            filled: Vec::new(),
            unset: Vec::new(),
            aliases: Vec::new(),
            place: self.file.place(block.span.clone()),
        };
        for line in &block.lines {
            let Some(column) = self.column(line) else {
                continue;
            };
            if column.name != line.name {
                model.aliases.push((line.name.clone(), column.name.clone()));
            }
            if line.is_filled_by_the_client() {
                model.filled.push(column.name.clone());
            }
            model.columns.push(column);
        }
        Some(model)
    }

    /// Returns the column of a field; fields of another model, and those that the client does not have, are none.
    fn column(&self, line: &Line) -> Option<Element> {
        let Rest::Field {
            field_type: Some(field),
            attributes,
        } = &line.rest
        else {
            return None;
        };
        let base = self.base_type(field, attributes)?;
        let ignored = attributes.iter().any(|a| a.name == "ignore");
        (!ignored).then(|| Element {
            name: text_of(attributes, "map").unwrap_or(&line.name).to_owned(),
            detail: Detail::Column(types::column(field, attributes, &base)),
            place: self.file.place(line.span.clone()),
        })
    }

    fn base_type(&self, field: &FieldType, attributes: &[Attribute]) -> Option<String> {
        let name = field.name.as_str();
        if let Some(scalar) = types::scalar(name, self.dialect) {
            return Some(scalar.to_owned());
        }
        if let Some(block) = self.enums.get(name) {
            return Some(self.enum_name(block));
        }
        // An enum of another file of the same schema: only columns have these attributes.
        let of_column =
            |a: &Attribute| matches!(a.name.as_str(), "map" | "default" | "unique" | "id");
        let elsewhere = !self.models.contains(name)
            && name != "Unsupported"
            && attributes.iter().any(of_column);
        elsewhere.then(|| name.to_owned())
    }

    /// MySQL has no named enums, and Prisma makes texts of them in SQLite.
    fn enum_name(&self, block: &Block) -> String {
        match self.dialect {
            Dialect::Postgres => self.surface(SurfaceKind::Type, block).name,
            Dialect::MySql => {
                let values: Vec<String> = values(block).map(|(_, v)| format!("'{v}'")).collect();
                format!("enum({})", values.join(","))
            }
            Dialect::Sqlite => "text".to_owned(),
        }
    }

    fn enum_type(&self, block: &Block) -> Schema {
        let elements = values(block).map(|(line, value)| Element {
            name: value.to_owned(),
            detail: Detail::Value {
                number: None,
                wire: WireValue::default(),
            },
            place: self.file.place(line.span.clone()),
        });
        Schema {
            surface: self.surface(SurfaceKind::Type, block),
            elements: elements.collect(),
            place: self.file.place(block.span.clone()),
        }
    }
}

impl Line {
    /// Returns whether the client gives the column a value of its own where an insert names none.
    fn is_filled_by_the_client(&self) -> bool {
        match &self.rest {
            Rest::Field { attributes, .. } => types::is_filled_by_the_client(attributes),
            _ => false,
        }
    }
}

/// Returns the values of an enum by their names in the database.
fn values(block: &Block) -> impl Iterator<Item = (&Line, &str)> {
    block.lines.iter().filter_map(|line| match &line.rest {
        Rest::Field {
            field_type: None,
            attributes,
        } => Some((line, text_of(attributes, "map").unwrap_or(&line.name))),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::{Expect, expect};

    fn check(text: &str, expected: Expect) {
        let reading = Prisma.read(&File::new("prisma/schema.prisma", text), &Hints::default());
        let mut out = reading
            .dialect
            .map(|d| format!("dialect {}\n", d.word()))
            .unwrap_or_default();
        for model in &reading.models {
            out += &format!(
                "{} -> {} {} line {}\n",
                model.name,
                model.table.kind.word(),
                model.table,
                model.place.line
            );
            for column in &model.columns {
                let Detail::Column(c) = &column.detail else {
                    panic!("no column")
                };
                let alias = model.aliases.iter().find(|(_, to)| *to == column.name);
                let alias = alias
                    .map(|(from, _)| format!(" as {from}"))
                    .unwrap_or_default();
                let default = c
                    .default
                    .as_ref()
                    .map(|d| format!(" ={d}"))
                    .unwrap_or_default();
                let null = if c.nullable { "" } else { " !" };
                let fill = if c.generated { " +" } else { "" };
                out += &format!(
                    "  {}{alias} {}{null}{default}{fill} line {}\n",
                    column.name, c.type_name, column.place.line
                );
            }
        }
        for schema in &reading.schemas {
            let values: Vec<&str> = schema.elements.iter().map(|e| e.name.as_str()).collect();
            out += &format!("enum {} {}\n", schema.surface, values.join(" "));
        }
        for problem in &reading.problems {
            out += &format!(
                "problem line {}: {} {}\n",
                problem.place.line,
                problem.what,
                problem.identifiers.join(" ")
            );
        }
        expected.assert_eq(&out);
    }

    #[test]
    fn a_model_declares_its_scalar_fields_by_their_names_in_the_store() {
        check(
            r#"
datasource db {
  provider = "postgresql" // or "mysql"
  url      = env("DATABASE_URL")
}
/// A person, { not a block
model User {
  id        Int      @id @default(autoincrement())
  email     String   @unique @map("e_mail") @db.VarChar(320)
  role      Role     @default(MEMBER)
  bio       String?  /* none */
  tags      String[] @default([])
  key       String   @default(cuid())
  createdAt DateTime @default(now()) @map("created_at") @db.Timestamptz(6)
  price     Decimal  @default(dbgenerated("1.5")) @db.Decimal(10, 2)
  team      Team     @relation(fields: [teamId], references: [id])
  teamId    BigInt   @map(
    "team_id"
  )
  posts     Post[]
  place     Unsupported("point")?
  old       String?  @ignore
  kind      Elsewhere @default(A)
  profile   Profile?

  @@unique([email, teamId])
  @@map("users")
  @@schema("auth")
}
model Team { id BigInt @id
  users User[]
}
view Active {
  id Int @unique
  @@map("active_users")
}
model Hidden {
  id Int @id
  @@ignore
}
enum Role {
  ADMIN @map("admin")
  MEMBER
  @@map("role_t")
}
"#,
            expect![[r#"
                dialect postgres
                User -> table auth.users line 7
                  id integer ! + line 8
                  e_mail as email varchar(320) ! line 9
                  role role_t ! =MEMBER line 10
                  bio text line 11
                  tags text[] =[] line 12
                  key text ! line 13
                  created_at as createdAt timestamp(6) with time zone ! =CURRENT_TIMESTAMP line 14
                  price numeric(10,2) ! =1.5 line 15
                  team_id as teamId bigint ! line 17
                  kind Elsewhere ! =A line 23
                Team -> table Team line 30
                  id bigint ! line 30
                Active -> view active_users line 33
                  id integer ! line 34
                enum role_t admin MEMBER
            "#]],
        );
    }

    #[test]
    fn mysql_has_its_own_types() {
        check(
            "datasource db {\n provider = \"mysql\"\n}\nmodel A {\n id Int @id\n s String\n e E\n n Int @db.UnsignedInt\n}\nenum E {\n x\n y\n}",
            expect![[r#"
                dialect mysql
                A -> table A line 4
                  id int ! line 5
                  s varchar(191) ! line 6
                  e enum('x','y') ! line 7
                  n int unsigned ! line 8
                enum E x y
            "#]],
        );
    }

    #[test]
    fn broken_lines_are_problems_and_the_rest_counts() {
        check(
            "modle\nmodel A {\n id Int @id\n name = \n x String @map(\"y\"\n}\nmodel B {\n id Int @id\nmodel C {\n id Int @@\n ok Int\n ! \n}\n}",
            expect![[r#"
                A -> table A line 2
                  id integer ! line 3
                B -> table B line 7
                  id integer ! line 8
                C -> table C line 9
                  ok integer ! line 11
                problem line 1: no block of a Prisma schema modle
                problem line 4: the line is not understood name
                problem line 5: the line is not understood String map x y
                problem line 7: the block is not closed B model
                problem line 10: the line is not understood Int id
                problem line 12: the line is not understood 
                problem line 14: no block of a Prisma schema 
            "#]],
        );
    }

    #[test]
    fn any_text_is_read_to_its_end() {
        let deep = format!("model A {{\n a Int @x{}\n}}", "(".repeat(100_000));
        let braces = "{".repeat(100_000);
        let open = format!("model A {{ {}", "model A { ".repeat(20_000));
        for text in [
            &deep,
            &braces,
            &open,
            "\"",
            "model",
            "model A",
            "model A {",
            "@",
            "/*",
            "//",
            "model A {\n é String @map(\"ü\n}",
            "\0}{)(",
            "enum E { a b }",
            "= = =",
        ] {
            let reading = Prisma.read(&File::new("x.prisma", text), &Hints::default());
            assert!(reading.models.len() <= 20_001);
        }
    }
}
