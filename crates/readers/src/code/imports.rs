//! What a file takes from elsewhere.

use coexist_model::{File, Place};

use crate::protobuf::generated::Tongue;

use super::profile::profile_of;
use super::syntax::{Id, Syntax};

/// One module or package that a file takes something from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The module as the file spells it, without quotes: `example.org/shop/v1`, `./gen/order_pb`, `shop.v1.order_pb2`,
    /// `crate::shop::v1`.
    pub path: String,
    /// What is taken from it by name: the name there and the name here.
    pub names: Vec<(String, String)>,
    /// The name by which the file calls the module as a whole, where it says one.
    pub alias: Option<String>,
    /// Whether everything in it is taken.
    pub wildcard: bool,
    /// Where.
    pub place: Place,
}

/// Returns what a file of source code imports, in the order of the text; a file that is no source code, or that cannot be
/// parsed, imports nothing.
pub fn imports(file: &File) -> Vec<Import> {
    let parsed =
        profile_of(&file.path, &file.text).and_then(|profile| Syntax::of(file, profile).ok());
    parsed.map_or_else(Vec::new, |syntax| imports_of(&syntax, file))
}

/// Returns the imports of a parsed file.
pub(super) fn imports_of(syntax: &Syntax<'_>, file: &File) -> Vec<Import> {
    let collector = Collector { syntax, file };
    let mut found = Vec::new();
    for id in syntax.all() {
        match syntax.profile.tongue {
            Tongue::Go => collector.go(id, &mut found),
            Tongue::Python => collector.python(id, &mut found),
            Tongue::TypeScript | Tongue::JavaScript => collector.javascript(id, &mut found),
            Tongue::Java => collector.java(id, &mut found),
            Tongue::Kotlin => collector.kotlin(id, &mut found),
            Tongue::Ruby => collector.ruby(id, &mut found),
            Tongue::Rust => collector.rust(id, &mut found),
            Tongue::Php => collector.php(id, &mut found),
            Tongue::CSharp => collector.csharp(id, &mut found),
            Tongue::Elixir => collector.elixir(id, &mut found),
        }
    }
    found
}

struct Collector<'s, 'a> {
    syntax: &'s Syntax<'a>,
    file: &'s File,
}

impl Collector<'_, '_> {
    fn import(&self, id: Id, path: &str) -> Import {
        Import {
            path: path.to_owned(),
            names: Vec::new(),
            alias: None,
            wildcard: false,
            place: self.file.place(self.syntax.range(id)),
        }
    }

    fn unquoted(&self, id: Id) -> &str {
        self.syntax.text(id).trim_matches(['"', '\'', '`'])
    }

    fn go(&self, id: Id, found: &mut Vec<Import>) {
        let s = self.syntax;
        if s.kind(id) != "import_spec" {
            return;
        }
        let Some(path) = s.child(id, "path") else {
            return;
        };
        let name = s.child(id, "name").map(|n| s.text(n));
        let mut import = self.import(id, self.unquoted(path));
        import.wildcard = name == Some(".");
        import.alias = name.filter(|n| !matches!(*n, "." | "_")).map(str::to_owned);
        found.push(import);
    }

    fn python(&self, id: Id, found: &mut Vec<Import>) {
        let s = self.syntax;
        let parts = |part: Id| match s.kind(part) {
            "aliased_import" => (s.child(part, "name"), s.child(part, "alias")),
            _ => (Some(part), None),
        };
        let names = s.children(id).filter(|&c| s.role(c) == Some("name"));
        match s.kind(id) {
            "import_statement" => {
                for (name, alias) in names.map(parts) {
                    let Some(name) = name else { continue };
                    let mut import = self.import(id, s.text(name));
                    import.alias = alias.map(|a| s.text(a).to_owned());
                    found.push(import);
                }
            }
            "import_from_statement" => {
                let module = s.child(id, "module_name").map_or("", |m| s.text(m));
                let mut import = self.import(id, module);
                import.wildcard = s.child_of(id, "wildcard_import").is_some();
                for (name, alias) in names.map(parts) {
                    let Some(name) = name else { continue };
                    let here = alias.unwrap_or(name);
                    import
                        .names
                        .push((s.text(name).to_owned(), s.text(here).to_owned()));
                }
                found.push(import);
            }
            _ => {}
        }
    }

    fn javascript(&self, id: Id, found: &mut Vec<Import>) {
        let s = self.syntax;
        match s.kind(id) {
            "import_statement" | "export_statement" => {
                let Some(source) = s.child(id, "source") else {
                    return;
                };
                let mut import = self.import(id, self.unquoted(source));
                for at in s.below(id) {
                    match s.kind(at) {
                        "import_specifier" | "export_specifier" => {
                            let Some(name) = s.child(at, "name") else {
                                continue;
                            };
                            let here = s.child(at, "alias").unwrap_or(name);
                            import
                                .names
                                .push((s.text(name).to_owned(), s.text(here).to_owned()));
                        }
                        "namespace_import" => {
                            import.alias = s.named(at).next().map(|n| s.text(n).to_owned());
                        }
                        "identifier"
                            if s.parent(at).is_some_and(|up| s.kind(up) == "import_clause") =>
                        {
                            import
                                .names
                                .push(("default".to_owned(), s.text(at).to_owned()));
                        }
                        _ => {}
                    }
                }
                found.push(import);
            }
            "call_expression" => found.extend(self.required(id)),
            _ => {}
        }
    }

    /// `const { A } = require("x")`, `await import("x")`.
    fn required(&self, id: Id) -> Option<Import> {
        let s = self.syntax;
        let call = s.call(id)?;
        let source = *s.arguments(call).first()?;
        if !matches!(s.text(call.callee), "require" | "import") || !s.is_string(source) {
            return None;
        }
        let mut import = self.import(id, self.unquoted(source));
        let binding = s
            .ancestors(id)
            .take(2)
            .find(|&up| s.kind(up) == "variable_declarator");
        let name = binding.and_then(|b| s.child(b, "name"));
        match name {
            Some(name) if s.is_name(name) => import.alias = Some(s.text(name).to_owned()),
            Some(pattern) => {
                for at in s.named(pattern) {
                    let (there, here) = match s.kind(at) {
                        "pair_pattern" => (s.child(at, "key"), s.child(at, "value")),
                        _ => (Some(at), Some(at)),
                    };
                    if let (Some(there), Some(here)) = (there, here) {
                        import
                            .names
                            .push((s.text(there).to_owned(), s.text(here).to_owned()));
                    }
                }
            }
            None => {}
        }
        Some(import)
    }

    fn java(&self, id: Id, found: &mut Vec<Import>) {
        let s = self.syntax;
        if s.kind(id) != "import_declaration" {
            return;
        }
        let Some(path) = s.named(id).next().map(|p| s.text(p)) else {
            return;
        };
        let wildcard = s.child_of(id, "asterisk").is_some();
        found.push(self.qualified(id, path, wildcard, None));
    }

    fn kotlin(&self, id: Id, found: &mut Vec<Import>) {
        let s = self.syntax;
        if s.kind(id) != "import" {
            return;
        }
        let Some(path) = s.child_of(id, "qualified_identifier") else {
            return;
        };
        let alias = s.child_of(id, "identifier").map(|a| s.text(a));
        let wildcard = s.text(id).trim_end().ends_with(".*");
        found.push(self.qualified(id, s.text(path), wildcard, alias));
    }

    /// `a.b.C`: `C` of `a.b`.
    fn qualified(&self, id: Id, path: &str, wildcard: bool, alias: Option<&str>) -> Import {
        let path: String = path.chars().filter(|c| !c.is_whitespace()).collect();
        if wildcard {
            let mut import = self.import(id, &path);
            import.wildcard = true;
            return import;
        }
        let (module, name) = path.rsplit_once('.').unwrap_or(("", &path));
        let mut import = self.import(id, module);
        import
            .names
            .push((name.to_owned(), alias.unwrap_or(name).to_owned()));
        import
    }

    fn ruby(&self, id: Id, found: &mut Vec<Import>) {
        let s = self.syntax;
        let Some(call) = s.call(id) else { return };
        if matches!(
            s.called(call),
            "require" | "require_relative" | "load" | "autoload"
        ) {
            let source = s.arguments(call).into_iter().find(|&a| s.is_string(a));
            found.extend(source.map(|source| self.import(id, self.unquoted(source))));
        }
    }

    /// `use App\Models\User as Account;`, `use App\Models\{User, Post};`
    fn php(&self, id: Id, found: &mut Vec<Import>) {
        let s = self.syntax;
        if s.kind(id) != "namespace_use_clause" {
            return;
        }
        // The name of a group stands before it.
        let declaration = s.above(id, &["namespace_use_declaration"]);
        let group = declaration.and_then(|d| s.child_of(d, "namespace_name"));
        let taken = s.named(id).find(|&c| s.role(c) != Some("alias"));
        let Some(taken) = taken else { return };
        let taken = s.text(taken).trim_start_matches('\\');
        let path = match group {
            Some(group) => format!("{}\\{taken}", s.text(group)),
            None => taken.to_owned(),
        };
        let name = path.rsplit('\\').next().unwrap_or_default().to_owned();
        let here = s.child(id, "alias").map_or(name.as_str(), |a| s.text(a));
        let mut import = self.import(id, &path);
        import.names.push((name.clone(), here.to_owned()));
        found.push(import);
    }

    /// `using Shop.Orders;`, `using Account = Shop.Users.User;`
    fn csharp(&self, id: Id, found: &mut Vec<Import>) {
        let s = self.syntax;
        if s.kind(id) != "using_directive" {
            return;
        }
        let alias = s.child(id, "name").map(|n| s.text(n));
        let Some(taken) = s.named(id).find(|&c| s.role(c) != Some("name")) else {
            return;
        };
        let path = s.text(taken);
        let mut import = self.import(id, path);
        match alias {
            Some(alias) => {
                let name = path.rsplit('.').next().unwrap_or(path);
                import.names.push((name.to_owned(), alias.to_owned()));
            }
            None => import.wildcard = true,
        }
        found.push(import);
    }

    /// `alias Shop.Users.User`, `alias Shop.{User, Team}`, `alias Shop.User, as: Account`; `import` and `use`.
    fn elixir(&self, id: Id, found: &mut Vec<Import>) {
        let s = self.syntax;
        let Some(call) = s.call(id).filter(|_| s.kind(id) == "call") else {
            return;
        };
        let how = s.text(call.callee);
        if !matches!(how, "alias" | "import" | "use" | "require") {
            return;
        }
        let Some(&taken) = s.arguments(call).first() else {
            return;
        };
        let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
        if let Some((before, group)) = s.member(taken).filter(|m| s.kind(m.1) == "tuple") {
            for name in s.named(group).filter(|&n| s.kind(n) == "alias") {
                let path = format!("{}.{}", s.text(before), s.text(name));
                let mut import = self.import(id, &path);
                import.names.push((path.clone(), last(&path)));
                found.push(import);
            }
            return;
        }
        if s.kind(taken) != "alias" {
            return;
        }
        let path = s.text(taken);
        let mut pairs = s.below(id).filter(|&p| s.kind(p) == "pair");
        let renamed = pairs.find_map(|p| {
            let key = s.child(p, "key").filter(|&k| s.text(k).trim() == "as:")?;
            s.child(p, "value").filter(|_| s.is_named(key))
        });
        let here = renamed.map_or_else(|| last(path), |r| s.text(r).to_owned());
        let mut import = self.import(id, path);
        import.wildcard = matches!(how, "import" | "use");
        if how == "alias" {
            import.names.push((path.to_owned(), here));
        }
        found.push(import);
    }

    fn rust(&self, id: Id, found: &mut Vec<Import>) {
        let s = self.syntax;
        if s.kind(id) != "use_declaration" {
            return;
        }
        let Some(tree) = s.child(id, "argument") else {
            return;
        };
        // What is left to read, each with the path before it.
        let mut open = vec![(String::new(), tree)];
        while let Some((before, at)) = open.pop() {
            let path = |text: &str| {
                let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
                if before.is_empty() {
                    text
                } else {
                    format!("{before}::{text}")
                }
            };
            match s.kind(at) {
                "scoped_use_list" | "use_list" => {
                    let inside = s
                        .child(at, "path")
                        .map_or_else(|| before.clone(), |p| path(s.text(p)));
                    if inside.len() > 1000 {
                        continue;
                    }
                    let list = if s.kind(at) == "use_list" {
                        Some(at)
                    } else {
                        s.child(at, "list")
                    };
                    let mut items: Vec<Id> = list.map(|l| s.named(l).collect()).unwrap_or_default();
                    items.reverse();
                    open.extend(items.into_iter().map(|i| (inside.clone(), i)));
                }
                "use_wildcard" => {
                    let inside = s
                        .named(at)
                        .next()
                        .map_or_else(|| before.clone(), |p| path(s.text(p)));
                    let mut import = self.import(at, &inside);
                    import.wildcard = true;
                    found.push(import);
                }
                kind => {
                    let alias = if kind == "use_as_clause" {
                        s.child(at, "alias")
                    } else {
                        None
                    };
                    let item = if kind == "use_as_clause" {
                        s.child(at, "path").unwrap_or(at)
                    } else {
                        at
                    };
                    let whole = path(s.text(item));
                    let whole = whole.strip_suffix("::self").unwrap_or(&whole);
                    let (module, name) = whole.rsplit_once("::").unwrap_or(("", whole));
                    let mut import = self.import(at, module);
                    let here = alias.map_or(name, |a| s.text(a));
                    import.names.push((name.to_owned(), here.to_owned()));
                    found.push(import);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(path: &str, text: &str, expected: Expect) {
        let mut shown = String::new();
        for import in imports(&File::new(path, text)) {
            let names: Vec<String> = import
                .names
                .iter()
                .map(|(a, b)| {
                    if a == b {
                        a.clone()
                    } else {
                        format!("{a} as {b}")
                    }
                })
                .collect();
            let alias = import.alias.map(|a| format!(" as {a}")).unwrap_or_default();
            let all = if import.wildcard { " *" } else { "" };
            shown += &format!(
                "{} {}{alias}{all} [{}]\n",
                import.place.line,
                import.path,
                names.join(", ")
            );
        }
        expected.assert_eq(&shown);
    }

    #[test]
    fn imports_of_every_language_are_read() {
        check(
            "a.go",
            "package a\nimport (\n\tpb \"x/y\"\n\t. \"z\"\n\t_ \"q\"\n)\n",
            expect![[r#"
            3 x/y as pb []
            4 z * []
            5 q []
        "#]],
        );
        check(
            "a.py",
            "import a.b as c, d\nfrom .x import y as z, w\nfrom q import *\n",
            expect![[r#"
            1 a.b as c []
            1 d []
            2 .x [y as z, w]
            3 q * []
        "#]],
        );
        check(
            "a.ts",
            "import { A as B, C } from './x';\nimport * as pb from 'y';\nimport d from 'z';\nconst { E } = require('w');\nexport * from './v';\n",
            expect![[r#"
            1 ./x [A as B, C]
            2 y as pb []
            3 z [default as d]
            4 w [E]
            5 ./v []
        "#]],
        );
        check(
            "A.java",
            "import a.b.C;\nimport static a.D.*;\n",
            expect![[r#"
            1 a.b [C]
            2 a.D * []
        "#]],
        );
        check(
            "A.kt",
            "import a.b.C as D\nimport a.e.*\n",
            expect![[r#"
            1 a.b [C as D]
            2 a.e * []
        "#]],
        );
        check(
            "a.rb",
            "require 'a/b_pb'\nrequire_relative \"../c\"\n",
            expect![[r#"
            1 a/b_pb []
            2 ../c []
        "#]],
        );
        check(
            "a.rs",
            "use a::b::{c::D as E, f::*, g::{self, H}};\nuse serde;\n",
            expect![[r#"
            1 a::b::c [D as E]
            1 a::b::f * []
            1 a::b [g]
            1 a::b::g [H]
            2  [serde]
        "#]],
        );
    }
}
