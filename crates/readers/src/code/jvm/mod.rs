//! What a file of Java or Kotlin declares: classes with their annotations, fields, methods and what they extend.

use crate::code::context::Context;
use crate::code::syntax::Id;
use crate::protobuf::generated::Tongue;

/// The languages.
pub(super) const TONGUES: &[Tongue] = &[Tongue::Java, Tongue::Kotlin];

/// `@Column(name = "email")`.
#[derive(Debug, Clone)]
pub(super) struct Annotation<'a> {
    pub(super) name: &'a str,
    /// Its values by name; what stands alone is called `value`.
    values: Vec<(&'a str, Id)>,
}

/// A type by its last name: `List<Order>`, `Long?`.
#[derive(Debug, Clone, Default)]
pub(super) struct Type<'a> {
    pub(super) name: &'a str,
    pub(super) arguments: Vec<&'a str>,
}

/// A class, interface, record or object.
#[derive(Debug, Clone)]
pub(super) struct Class<'a> {
    pub(super) id: Id,
    pub(super) name: &'a str,
    pub(super) annotations: Vec<Annotation<'a>>,
    /// The class that it extends.
    pub(super) base: Option<Type<'a>>,
    /// The class that it extends and the interfaces that it implements or extends.
    pub(super) above: Vec<Type<'a>>,
    pub(super) members: Vec<Member<'a>>,
}

/// What a member of a class is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Field,
    Method,
}

/// A field or a method.
#[derive(Debug, Clone)]
pub(super) struct Member<'a> {
    pub(super) sort: Sort,
    /// Its name, as a node and as a text.
    pub(super) id: Id,
    pub(super) name: &'a str,
    pub(super) annotations: Vec<Annotation<'a>>,
    pub(super) type_of: Type<'a>,
    /// Whether each object has one of its own that is kept.
    pub(super) kept: bool,
}

impl<'a> Annotation<'a> {
    /// Returns the node of a value.
    pub(super) fn get(&self, name: &str) -> Option<Id> {
        let found = self.values.iter().find(|(n, _)| *n == name);
        found.map(|(_, value)| *value)
    }
}

/// Returns the annotation of one of these names.
pub(super) fn find<'l, 'a>(
    all: &'l [Annotation<'a>],
    names: &[&str],
) -> Option<&'l Annotation<'a>> {
    all.iter().find(|a| names.contains(&a.name))
}

/// Reads the classes of one file.
pub(super) struct Classes<'c, 's, 'a> {
    pub(super) context: &'c Context<'s, 'a>,
}

impl<'a> Classes<'_, '_, 'a> {
    /// Returns all classes, the inner ones too.
    pub(super) fn all(&self) -> Vec<Class<'a>> {
        let s = self.context.syntax;
        let kinds = [
            "class_declaration",
            "interface_declaration",
            "record_declaration",
            "object_declaration",
        ];
        s.all()
            .filter(|&id| kinds.contains(&s.kind(id)))
            .filter_map(|id| self.class(id))
            .collect()
    }

    fn class(&self, id: Id) -> Option<Class<'a>> {
        let s = self.context.syntax;
        let name = s.text(s.child(id, "name")?);
        let (base, above) = self.heritage(id);
        let mut members = Vec::new();
        let bodies = ["class_body", "interface_body", "enum_class_body"];
        for child in s.children(id) {
            match s.kind(child) {
                "primary_constructor" | "formal_parameters" => self.parameters(child, &mut members),
                kind if bodies.contains(&kind) => {
                    for member in s.named(child) {
                        self.member(member, &mut members);
                    }
                }
                _ => {}
            }
        }
        Some(Class {
            id,
            name,
            annotations: self.annotations(id),
            base,
            above,
            members,
        })
    }

    /// Returns the class that is extended, and all that stands above.
    fn heritage(&self, id: Id) -> (Option<Type<'a>>, Vec<Type<'a>>) {
        let s = self.context.syntax;
        let mut above = Vec::new();
        let mut base = None;
        for child in s.children(id) {
            match s.kind(child) {
                "superclass" => {
                    base = s.named(child).next().map(|t| self.type_of(t));
                    above.extend(base.clone());
                }
                "super_interfaces" | "extends_interfaces" => {
                    let lists = s.named(child).flat_map(|list| s.named(list));
                    above.extend(lists.map(|t| self.type_of(t)));
                }
                "delegation_specifiers" => {
                    for specifier in s.named(child) {
                        let Some(inner) = s.named(specifier).next() else {
                            continue;
                        };
                        // Only a class is called there.
                        if s.kind(inner) == "constructor_invocation" {
                            base = s.named(inner).next().map(|t| self.type_of(t));
                            above.extend(base.clone());
                        } else {
                            above.push(self.type_of(inner));
                        }
                    }
                }
                _ => {}
            }
        }
        (base, above)
    }

    /// Returns a type by its last name.
    pub(super) fn type_of(&self, id: Id) -> Type<'a> {
        let s = self.context.syntax;
        match s.kind(id) {
            "nullable_type" | "non_nullable_type" | "type_projection" | "annotated_type" => {
                let inner = s.named(id).find(|&c| s.kind(c) != "modifiers");
                inner.map(|t| self.type_of(t)).unwrap_or_default()
            }
            "array_type" => Type {
                name: "[]",
                arguments: s
                    .child(id, "element")
                    .map(|e| s.text(e))
                    .into_iter()
                    .collect(),
            },
            "generic_type" | "user_type" => {
                let mut of = Type::default();
                for part in s.named(id) {
                    if s.kind(part) == "type_arguments" {
                        let arguments = s.named(part).map(|a| self.type_of(a).name);
                        of.arguments = arguments.collect();
                    } else {
                        of.name = self.type_of(part).name;
                    }
                }
                of
            }
            "scoped_type_identifier" => Type {
                name: s.named(id).last().map_or("", |n| s.text(n)),
                arguments: Vec::new(),
            },
            _ => Type {
                name: s.text(id),
                arguments: Vec::new(),
            },
        }
    }

    /// Returns the annotations before a declaration.
    pub(super) fn annotations(&self, id: Id) -> Vec<Annotation<'a>> {
        let s = self.context.syntax;
        let Some(modifiers) = s.child_of(id, "modifiers") else {
            return Vec::new();
        };
        s.named(modifiers)
            .filter_map(|at| self.annotation(at))
            .collect()
    }

    /// Reads an annotation; inside of another one it looks like a call in Kotlin.
    pub(super) fn annotation(&self, id: Id) -> Option<Annotation<'a>> {
        let s = self.context.syntax;
        let (name, given) = match s.kind(id) {
            "marker_annotation" | "annotation" if s.child(id, "name").is_some() => {
                (s.last_name(s.child(id, "name")?), s.child(id, "arguments"))
            }
            "annotation" => {
                let mut inner = s.named(id).filter(|&c| s.kind(c) != "use_site_target");
                let inner = inner.next()?;
                match s.kind(inner) {
                    "constructor_invocation" => (
                        self.type_of(s.named(inner).next()?).name,
                        s.child_of(inner, "value_arguments"),
                    ),
                    _ => (self.type_of(inner).name, None),
                }
            }
            "call_expression" => {
                let call = s.call(id)?;
                (s.called(call), call.arguments)
            }
            _ => return None,
        };
        let values = given.map(|list| s.named(list).map(|value| self.value(value)).collect());
        Some(Annotation {
            name,
            values: values.unwrap_or_default(),
        })
    }

    fn value(&self, id: Id) -> (&'a str, Id) {
        let s = self.context.syntax;
        match s.kind(id) {
            "element_value_pair" => {
                let name = s.child(id, "key").map_or("", |k| s.text(k));
                (name, s.child(id, "value").unwrap_or(id))
            }
            "value_argument" => {
                let parts: Vec<Id> = s.named(id).collect();
                let named = s.children(id).any(|c| s.text(c) == "=");
                match parts.as_slice() {
                    [name, value] if named => (s.text(*name), *value),
                    [.., value] => ("value", *value),
                    [] => ("value", id),
                }
            }
            _ => ("value", id),
        }
    }

    /// Returns the items of a list of values; a single value is a list of one.
    pub(super) fn items(&self, id: Id) -> Vec<Id> {
        let s = self.context.syntax;
        match s.kind(id) {
            "element_value_array_initializer" | "collection_literal" => s.named(id).collect(),
            "call_expression" if s.call(id).is_some_and(|c| s.called(c) == "arrayOf") => {
                s.call(id).map(|c| s.arguments(c)).unwrap_or_default()
            }
            _ => vec![id],
        }
    }

    /// Returns the last name of a type literal: `User.class`, `User::class`, `User::class.java`.
    pub(super) fn literal_type(&self, id: Id) -> Option<&'a str> {
        let s = self.context.syntax;
        let text = s.text(s.bare(id));
        let name = text
            .strip_suffix(".class")
            .or_else(|| text.strip_suffix("::class.java"))
            .or_else(|| text.strip_suffix("::class.javaObjectType"))
            .or_else(|| text.strip_suffix("::class"))?;
        let name = name.rsplit('.').next()?;
        name.chars()
            .all(|c| c.is_alphanumeric() || c == '_')
            .then_some(name)
    }

    fn parameters(&self, id: Id, members: &mut Vec<Member<'a>>) {
        let s = self.context.syntax;
        let list = s.child_of(id, "class_parameters").unwrap_or(id);
        for parameter in s.named(list) {
            let kind = s.kind(parameter);
            if !matches!(kind, "class_parameter" | "formal_parameter") {
                continue;
            }
            let property = kind == "formal_parameter"
                || s.children(parameter)
                    .any(|c| matches!(s.text(c), "val" | "var"));
            let name = s
                .child(parameter, "name")
                .or_else(|| s.child_of(parameter, "identifier"));
            let after = |n: Id| {
                s.named(parameter)
                    .find(|&c| c > n && s.kind(c).ends_with("type"))
            };
            let (Some(name), true) = (name, property) else {
                continue;
            };
            let type_id = s.child(parameter, "type").or_else(|| after(name));
            members.push(Member {
                sort: Sort::Field,
                id: name,
                name: s.text(name),
                annotations: self.annotations(parameter),
                type_of: type_id.map(|t| self.type_of(t)).unwrap_or_default(),
                kept: true,
            });
        }
    }

    fn member(&self, id: Id, members: &mut Vec<Member<'a>>) {
        let s = self.context.syntax;
        let modifiers = s.child_of(id, "modifiers");
        let says =
            |word: &str| modifiers.is_some_and(|m| s.children(m).any(|c| s.text(c).trim() == word));
        match s.kind(id) {
            "field_declaration" => {
                let type_of = s.child(id, "type").map(|t| self.type_of(t));
                let kept = !says("static") && !says("transient");
                let names = s
                    .children(id)
                    .filter(|&c| s.kind(c) == "variable_declarator")
                    .filter_map(|d| s.child(d, "name"));
                for name in names {
                    members.push(Member {
                        sort: Sort::Field,
                        id: name,
                        name: s.text(name),
                        annotations: self.annotations(id),
                        type_of: type_of.clone().unwrap_or_default(),
                        kept,
                    });
                }
            }
            "property_declaration" => {
                let Some(declared) = s.child_of(id, "variable_declaration") else {
                    return;
                };
                let mut parts = s.named(declared);
                let Some(name) = parts.find(|&p| s.kind(p) == "identifier") else {
                    return;
                };
                let type_of = parts.last().map(|t| self.type_of(t));
                // A property with nothing but a getter, or one that another object holds, is kept nowhere.
                let computed =
                    s.child_of(id, "getter").is_some() && !s.children(id).any(|c| s.text(c) == "=");
                let delegated = s.child_of(id, "property_delegate").is_some();
                members.push(Member {
                    sort: Sort::Field,
                    id: name,
                    name: s.text(name),
                    annotations: self.annotations(id),
                    type_of: type_of.unwrap_or_default(),
                    kept: !computed && !delegated && !says("const"),
                });
            }
            "method_declaration" | "function_declaration" => {
                let Some(name) = s.child(id, "name") else {
                    return;
                };
                let type_id = s.child(id, "type");
                members.push(Member {
                    sort: Sort::Method,
                    id: name,
                    name: s.text(name),
                    annotations: self.annotations(id),
                    type_of: type_id.map(|t| self.type_of(t)).unwrap_or_default(),
                    kept: !says("static"),
                });
            }
            _ => {}
        }
    }
}
