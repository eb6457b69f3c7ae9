//! Declarations to schemas. Names are resolved inside the file; what an import declares stays a guess until the files of a ref
//! are linked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use coexist_model::{
    Detail, Element, EnumFacts, Field, File, Label, MessageFacts, Method, Problem, Reading,
    Reserved, Schema, Surface, SurfaceKind, TypeKind, WireField, WireMethod, WireValue,
};

use super::ast::{
    EnumNode, ExtendNode, FieldKind, FieldNode, Item, MessageNode, MethodNode, ReservedNode,
    ServiceNode, Setting, Span, Syntax, Tree, Written, http_path, setting,
};
use super::casing;
use super::cursor::{FAULT_LIMIT, NAME_LIMIT};
use super::features::{Features, Presence};
use super::scope::{Names, guess, is_scalar, join};

/// Returns what the file declares.
pub(super) fn lower(file: &File, tree: &Tree) -> Reading {
    let features = Features::of(tree.syntax).with(&tree.options);
    let mut lowering = Lowering {
        file,
        package: &tree.package,
        names: Names::default(),
        strict: is_of_gogo(&file.text),
        reading: Reading::default(),
    };
    lowering.declare(&tree.items, &tree.package, features);
    lowering.items(&tree.items, &tree.package, features);
    for fault in &tree.faults {
        lowering.reading.problems.push(Problem {
            place: file.place(fault.span.clone()),
            what: fault.what.clone(),
            identifiers: fault.identifiers.clone(),
        });
    }
    lowering.reading.problems.sort();
    lowering.reading
}

struct Lowering<'a> {
    file: &'a File,
    package: &'a str,
    names: Names,
    /// Whether the generated parsers refuse a wrong wire type.
    strict: bool,
    reading: Reading,
}

/// Returns whether a file is for the generator of gogo/protobuf: it takes that one's options.
fn is_of_gogo(text: &str) -> bool {
    let mut imports = text
        .lines()
        .filter(|line| line.trim_start().starts_with("import"));
    imports.any(|line| {
        line.contains("\"gogoproto/gogo.proto\"") || line.contains("/gogoproto/gogo.proto\"")
    })
}

impl Lowering<'_> {
    fn declare(&mut self, items: &[Item], scope: &str, features: Features) {
        for item in items {
            match item {
                Item::Message(node) => {
                    let full = join(scope, &node.name);
                    self.names.declare(&full, TypeKind::Message);
                    self.declare(&node.items, &full, features.with(&node.options));
                }
                Item::Enum(node) => {
                    let closed = features.with(&node.options).closed;
                    self.names
                        .declare(&join(scope, &node.name), TypeKind::Enum { closed });
                }
                Item::Extend(node) => self.declare(&node.items, scope, features),
                Item::Service(_) => {}
            }
        }
    }

    fn items(&mut self, items: &[Item], scope: &str, features: Features) {
        for item in items {
            let (name, span) = match item {
                Item::Message(node) => (&node.name, &node.span),
                Item::Enum(node) => (&node.name, &node.span),
                Item::Service(node) => (&node.name, &node.span),
                Item::Extend(node) => (&node.of, &node.span),
            };
            if scope.len() + name.len() > NAME_LIMIT {
                let what = format!("a full name of more than {NAME_LIMIT} bytes");
                self.problem(span, what, &[]);
                continue;
            }
            match item {
                Item::Message(node) => self.message(node, scope, features),
                Item::Enum(node) => self.enumeration(node, scope, features),
                Item::Extend(node) => self.extension(node, scope, features),
                Item::Service(node) => self.service(node, scope),
            }
        }
    }

    fn schema(&mut self, kind: SurfaceKind, name: String, elements: Vec<Element>, span: &Span) {
        self.reading.schemas.push(Schema {
            surface: Surface::new(kind, name),
            elements,
            place: self.file.place(span.clone()),
        });
    }

    fn element(&self, name: impl Into<String>, detail: Detail, span: &Span) -> Element {
        Element {
            name: name.into(),
            detail,
            place: self.file.place(span.clone()),
        }
    }

    fn problem(&mut self, span: &Span, what: String, identifiers: &[&str]) {
        if self.reading.problems.len() >= FAULT_LIMIT {
            return;
        }
        self.reading.problems.push(Problem {
            place: self.file.place(span.clone()),
            what,
            identifiers: identifiers.iter().map(|&i| i.to_owned()).collect(),
        });
    }

    fn message(&mut self, node: &MessageNode, scope: &str, features: Features) {
        let full = join(scope, &node.name);
        let features = features.with(&node.options);
        let facts = Arc::new(facts(&full, &node.fields));
        let mut elements = Vec::with_capacity(node.fields.len());
        let (mut numbers, mut names) = (BTreeSet::new(), BTreeSet::new());
        for field in &node.fields {
            self.check_field(field, features.syntax);
            if !numbers.insert(field.number) || !names.insert(&field.name) {
                let what = format!(
                    "the number {} or the name {} is used twice",
                    field.number, field.name
                );
                self.problem(&field.span, what, &[&field.name]);
            }
            let detail = Detail::Field(self.field(field, &full, &facts, features));
            elements.push(self.element(&field.name, detail, &field.span));
        }
        elements.extend(node.reserved.iter().map(|r| self.reserved(r)));
        self.schema(SurfaceKind::Message, full.clone(), elements, &node.span);
        self.items(&node.items, &full, features);
    }

    fn check_field(&mut self, field: &FieldNode, syntax: Syntax) {
        let named = matches!(field.kind, FieldKind::Named(_) | FieldKind::Group(_));
        let what = match (syntax, field.label) {
            (Syntax::Proto2, Written::Nothing) if named && field.oneof.is_none() => {
                "a field without a label needs syntax = \"proto3\" or an edition"
            }
            (Syntax::Proto3, Written::Required) => "proto3 has no required fields",
            _ if !(1..=536_870_911).contains(&field.number) => "field numbers are 1 to 536870911",
            _ => return,
        };
        self.problem(&field.span, what.into(), &[&field.name]);
    }

    fn field(
        &self,
        node: &FieldNode,
        scope: &str,
        message: &Arc<MessageFacts>,
        features: Features,
    ) -> Field {
        let features = features.with(&node.options);
        let (type_name, kind, spelled) = match &node.kind {
            FieldKind::Named(name) => self.named(name, scope),
            FieldKind::Group(name) => (join(scope, name), TypeKind::Group, None),
            FieldKind::Map(key, value) => {
                let (name, kind, spelled) = self.named(value, scope);
                (format!("map<{key}, {name}>"), kind, spelled)
            }
        };
        let kind = match kind {
            TypeKind::Message if features.delimited => TypeKind::Group,
            kind => kind,
        };
        let doc = node.doc.clone();
        Field {
            number: node.number,
            label: label(node, features, kind),
            oneof: node.oneof.clone(),
            json_name: json_name(node),
            default: setting(&node.options, "default").map(Into::into),
            wire: WireField {
                kind,
                packed: features.packed && packable(&type_name, kind),
                utf8: features.utf8,
                strict: self.strict,
                spelled,
                message: message.clone(),
                deprecated: deprecated(&node.options),
                doc,
                ..WireField::default()
            },
            type_name,
        }
    }

    /// Returns the full name, what it is, and the name as spelled where its declaration is not in this file.
    fn named(&self, spelled: &str, scope: &str) -> (String, TypeKind, Option<String>) {
        if is_scalar(spelled) {
            return (spelled.into(), TypeKind::Scalar, None);
        }
        match self.names.find(spelled, scope) {
            Some((full, kind)) => (full, kind, None),
            None => (
                guess(spelled, self.package),
                TypeKind::Unresolved,
                Some(spelled.into()),
            ),
        }
    }

    fn reserved(&self, node: &ReservedNode) -> Element {
        let name = match &node.what {
            Reserved::Numbers(first, last) if first == last => format!("reserved {first}"),
            Reserved::Numbers(first, last) => format!("reserved {first} to {last}"),
            Reserved::Name(name) => format!("reserved \"{name}\""),
        };
        self.element(name, Detail::Reserved(node.what.clone()), &node.span)
    }

    fn enumeration(&mut self, node: &EnumNode, scope: &str, features: Features) {
        let full = join(scope, &node.name);
        let features = features.with(&node.options);
        let of = Arc::new(EnumFacts {
            name: full.clone(),
            closed: features.closed,
            values: node
                .values
                .iter()
                .map(|v| (v.name.clone(), v.number))
                .collect(),
            required_by: Vec::new(),
        });
        let values = node.values.iter().map(|value| {
            let wire = WireValue {
                of: of.clone(),
                deprecated: deprecated(&value.options),
                doc: value.doc.clone(),
            };
            let number = Some(value.number);
            self.element(&value.name, Detail::Value { number, wire }, &value.span)
        });
        let mut elements: Vec<Element> = values.collect();
        elements.extend(node.reserved.iter().map(|r| self.reserved(r)));
        self.check_values(node);
        self.schema(SurfaceKind::Enum, full, elements, &node.span);
    }

    fn check_values(&mut self, node: &EnumNode) {
        let mut names = BTreeSet::new();
        for value in &node.values {
            if !names.insert(&value.name) {
                let what = format!("the value {} is declared twice", value.name);
                self.problem(&value.span, what, &[&value.name]);
            }
        }
    }

    /// An extension is a field of the message it extends, under its full name. Custom options are declared in the same way;
    /// they never cross the wire between two versions and are left out.
    fn extension(&mut self, node: &ExtendNode, scope: &str, features: Features) {
        self.items(&node.items, scope, features);
        let (of, _, _) = self.named(&node.of, scope);
        if of.starts_with("google.protobuf.") && of.ends_with("Options") {
            return;
        }
        let facts = Arc::new(facts(&of, &node.fields));
        let elements = node.fields.iter().map(|field| {
            let mut lowered = self.field(field, scope, &facts, features);
            let full = join(scope, &field.name);
            lowered.json_name = format!("[{full}]");
            lowered.wire.extension = true;
            self.element(full, Detail::Field(lowered), &field.span)
        });
        let elements = elements.collect();
        self.schema(SurfaceKind::Message, of, elements, &node.span);
    }

    fn service(&mut self, node: &ServiceNode, scope: &str) {
        let full = join(scope, &node.name);
        let service: Arc<str> = full.as_str().into();
        let methods = node.methods.iter().map(|method| {
            let detail = Detail::Method(self.method(method, &full, &service));
            self.element(&method.name, detail, &method.span)
        });
        let methods = methods.collect();
        self.schema(SurfaceKind::Rpc, full, methods, &node.span);
    }

    fn method(&self, node: &MethodNode, scope: &str, service: &Arc<str>) -> Method {
        let (request, _, request_spelled) = self.named(&node.request, scope);
        let (response, _, response_spelled) = self.named(&node.response, scope);
        Method {
            request,
            response,
            client_streaming: node.client_streaming,
            server_streaming: node.server_streaming,
            wire: WireMethod {
                service: service.clone(),
                spelled: [request_spelled, response_spelled],
                idempotency: setting(&node.options, "idempotency_level").map(Into::into),
                http: http_path(&node.options).map(Into::into),
                deprecated: deprecated(&node.options),
                doc: node.doc.clone(),
                ..WireMethod::default()
            },
        }
    }
}

fn label(node: &FieldNode, features: Features, kind: TypeKind) -> Label {
    match node.label {
        Written::Required => return Label::Required,
        Written::Optional => return Label::Optional,
        Written::Repeated => return Label::Repeated,
        Written::Nothing => {}
    }
    if matches!(node.kind, FieldKind::Map(..)) {
        return Label::Map;
    }
    // Members of a oneof and messages always have a presence of their own.
    let explicit = node.oneof.is_some() || matches!(kind, TypeKind::Message | TypeKind::Group);
    match features.presence {
        Presence::Required => Label::Required,
        Presence::Implicit if !explicit => Label::Implicit,
        _ => Label::Optional,
    }
}

/// Returns whether a list of this type can be written as one block: numbers, and what may turn out to be an enum.
pub(super) fn packable(type_name: &str, kind: TypeKind) -> bool {
    match kind {
        TypeKind::Scalar => !matches!(type_name, "string" | "bytes"),
        TypeKind::Enum { .. } | TypeKind::Unresolved => true,
        TypeKind::Message | TypeKind::Group => false,
    }
}

fn facts(full: &str, fields: &[FieldNode]) -> MessageFacts {
    let entry = |f: &FieldNode| (f.number, (json_name(f), f.oneof.clone()));
    MessageFacts {
        name: full.into(),
        fields: fields.iter().map(entry).collect::<BTreeMap<_, _>>(),
    }
}

fn json_name(node: &FieldNode) -> String {
    setting(&node.options, "json_name").map_or_else(|| casing::json(&node.name), Into::into)
}

fn deprecated(options: &[Setting]) -> bool {
    setting(options, "deprecated") == Some("true")
}
