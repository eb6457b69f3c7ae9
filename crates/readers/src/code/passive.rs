//! Classes of Python that do nothing unless other code names them: models, serializers, forms.

use std::collections::{BTreeMap, BTreeSet};

use coexist_model::File;

use super::calls::parsed;
use super::syntax::{Id, Syntax};

/// How the names of such classes' bases end.
const BASES: &[&str] = &["Model", "Serializer", "Form", "Base"];

/// Fields by which one model points to another.
const RELATIONS: &[&str] = &[
    "ForeignKey",
    "OneToOneField",
    "ManyToManyField",
    "relationship",
];

/// Returns, for those lines of a file that stand in such a class, what has to be named somewhere for them to run: the class, and its
/// method where that is called through the class. A class with a decorator is handed to what decorates it.
pub fn named_to_run(file: &File, lines: &BTreeSet<u32>) -> BTreeMap<u32, Vec<String>> {
    let Some(syntax) = parsed(file) else {
        return BTreeMap::new();
    };
    let s = &syntax;
    let mut found: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for class in s.all().filter(|&id| is_passive(s, id)) {
        let Some(name) = s.child(class, "name") else {
            continue;
        };
        let methods: Vec<(BTreeSet<u32>, &str)> = s
            .below(class)
            .filter_map(|id| {
                let of_class = s.kind(id) == "function_definition" && is_of_class(s, id);
                let name = s.child(id, "name").filter(|_| of_class)?;
                Some((lines_of(file, s, id, lines), s.text(name)))
            })
            .collect();
        for line in lines_of(file, s, class, lines) {
            let names = found.entry(line).or_default();
            names.push(s.text(name).to_owned());
            let around = methods.iter().filter(|(lines, _)| lines.contains(&line));
            names.extend(around.map(|(_, method)| (*method).to_owned()));
        }
    }
    found
}

/// Returns whether a file of Python uses a name: not only in an import, and not only within the class or function of that name.
pub fn uses_name(file: &File, name: &str) -> bool {
    let Some(syntax) = parsed(file) else {
        return true;
    };
    let s = &syntax;
    let is_word = |text: &str| {
        let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        words.any(|word| word == name)
    };
    let says = |id: Id| match s.kind(id) {
        "identifier" => s.text(id) == name,
        "string_content" => is_word(s.text(id)),
        _ => false,
    };
    let is_outside = |id: Id| {
        s.ancestors(id).all(|above| match s.kind(above) {
            "import_statement" | "import_from_statement" => false,
            "class_definition" | "function_definition" => {
                s.child(above, "name").is_none_or(|n| s.text(n) != name)
            }
            // `ForeignKey("shop.Order")` asks nothing of the other model by itself.
            "call" => s
                .call(above)
                .is_none_or(|c| !RELATIONS.contains(&s.called(c))),
            // `__all__ = ["Order"]`.
            "assignment" => s
                .child(above, "left")
                .is_none_or(|n| s.text(n) != "__all__"),
            _ => true,
        })
    };
    s.all().any(|id| says(id) && is_outside(id))
}

fn is_passive(s: &Syntax<'_>, id: Id) -> bool {
    let is_class = s.kind(id) == "class_definition";
    let bases = s.child(id, "superclasses").filter(|_| is_class);
    let decorated = s
        .parent(id)
        .is_some_and(|p| s.kind(p) == "decorated_definition");
    let is_base = |base: Id| {
        let name = s.path(base).and_then(|path| path.last().copied());
        name.is_some_and(|name| BASES.iter().any(|end| name.ends_with(end)))
    };
    !decorated && bases.is_some_and(|bases| s.named(bases).any(is_base))
}

/// Returns whether a method is called through its class: a framework calls those that it knows on an object.
fn is_of_class(s: &Syntax<'_>, function: Id) -> bool {
    let around = s
        .parent(function)
        .filter(|&p| s.kind(p) == "decorated_definition");
    around.is_some_and(|around| {
        let mut decorators = s.named(around).filter(|&d| s.kind(d) == "decorator");
        decorators.any(|d| matches!(s.text(d).trim(), "@classmethod" | "@staticmethod"))
    })
}

/// Returns which of the lines a node covers.
fn lines_of(file: &File, s: &Syntax<'_>, id: Id, lines: &BTreeSet<u32>) -> BTreeSet<u32> {
    let place = file.place(s.range(id));
    lines.range(place.line..=place.end_line).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODELS: &str = "from django.db import models\n\nclass Order(models.Model):\n    note = 1\n\n    @classmethod\n    def log(cls):\n        cls.objects.create()\n\n    def save(self):\n        Order.objects.all()\n\n@register\nclass Admin(BaseModel):\n    x = Order\n\nclass View:\n    y = 1\n";

    #[test]
    fn what_a_model_does_needs_its_name_and_that_of_a_method_of_the_class() {
        let file = File::new("a.py", MODELS);
        let found = named_to_run(&file, &BTreeSet::from([8, 11, 15, 18]));
        let expected = [
            (8, vec!["Order".to_owned(), "log".to_owned()]),
            (11, vec!["Order".to_owned()]),
        ];
        assert_eq!(found, BTreeMap::from(expected));
    }

    #[test]
    fn an_import_and_the_class_itself_do_not_use_a_name() {
        for (text, used) in [
            ("from .a import Order\n__all__ = [\"Order\"]\n", false),
            (
                "class Order(M):\n    def f(self):\n        Order.x()\n",
                false,
            ),
            ("from .a import Order\nOrder.objects.all()\n", true),
            ("path = \"shop.Order\"\n", true),
            ("OrderLine()\n", false),
            ("a = models.ForeignKey(\"shop.Order\", null=True)\n", false),
            ("import a\na.Order()\n", true),
        ] {
            assert_eq!(uses_name(&File::new("a.py", text), "Order"), used, "{text}");
        }
    }
}
