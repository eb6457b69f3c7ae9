//! What the parser makes of a file, before names are resolved.

use std::ops::Range;

/// A place in the text, in bytes.
pub(super) type Span = Range<usize>;

/// Which rules a file follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Syntax {
    /// `syntax = "proto2"`, and files that say nothing.
    #[default]
    Proto2,
    /// `syntax = "proto3"`.
    Proto3,
    /// `edition = "2023"` and later.
    Editions,
}

/// A proto file.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) syntax: Syntax,
    pub(super) package: String,
    pub(super) options: Vec<Setting>,
    pub(super) items: Vec<Item>,
    pub(super) faults: Vec<Fault>,
}

/// Something the parser did not understand.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) span: Span,
    pub(super) what: String,
    pub(super) identifiers: Vec<String>,
}

/// One option: `deprecated = true`. A nested one has a dotted name; a custom one keeps its parentheses.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) name: String,
    pub(super) value: String,
}

/// A declaration that may stand at the top or in a message.
#[derive(Debug)]
pub(super) enum Item {
    Message(MessageNode),
    Enum(EnumNode),
    Service(ServiceNode),
    Extend(ExtendNode),
}

/// `message Name { … }`, and the body of a group.
#[derive(Debug, Default)]
pub(super) struct MessageNode {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) options: Vec<Setting>,
    pub(super) fields: Vec<FieldNode>,
    pub(super) items: Vec<Item>,
    pub(super) reserved: Vec<ReservedNode>,
}

/// `extend Name { … }`.
#[derive(Debug, Default)]
pub(super) struct ExtendNode {
    pub(super) of: String,
    pub(super) span: Span,
    pub(super) fields: Vec<FieldNode>,
    /// The bodies of groups.
    pub(super) items: Vec<Item>,
}

/// The label as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    Nothing,
    Optional,
    Required,
    Repeated,
}

/// A field of a message, oneof or extension.
#[derive(Debug)]
pub(super) struct FieldNode {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) label: Written,
    pub(super) kind: FieldKind,
    pub(super) number: i64,
    pub(super) oneof: Option<String>,
    pub(super) options: Vec<Setting>,
    pub(super) doc: String,
}

/// The type as written.
#[derive(Debug, Clone)]
pub(super) enum FieldKind {
    Named(String),
    Group(String),
    Map(String, String),
}

/// One entry of a `reserved` statement.
#[derive(Debug)]
pub(super) struct ReservedNode {
    pub(super) span: Span,
    pub(super) what: coexist_model::Reserved,
}

/// `enum Name { … }`.
#[derive(Debug, Default)]
pub(super) struct EnumNode {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) options: Vec<Setting>,
    pub(super) values: Vec<ValueNode>,
    pub(super) reserved: Vec<ReservedNode>,
}

/// One value of an enum.
#[derive(Debug)]
pub(super) struct ValueNode {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) number: i64,
    pub(super) options: Vec<Setting>,
    pub(super) doc: String,
}

/// `service Name { … }`.
#[derive(Debug, Default)]
pub(super) struct ServiceNode {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) methods: Vec<MethodNode>,
}

/// `rpc Name(Request) returns (Response)`.
#[derive(Debug)]
pub(super) struct MethodNode {
    pub(super) name: String,
    pub(super) span: Span,
    pub(super) request: String,
    pub(super) response: String,
    pub(super) client_streaming: bool,
    pub(super) server_streaming: bool,
    pub(super) options: Vec<Setting>,
    pub(super) doc: String,
}

/// Returns the value of the last option of that name.
pub(super) fn setting<'a>(options: &'a [Setting], name: &str) -> Option<&'a str> {
    options
        .iter()
        .rev()
        .find(|o| o.name == name)
        .map(|o| o.value.as_str())
}

/// The option that offers a method over HTTP: <https://github.com/googleapis/googleapis/blob/master/google/api/http.proto>.
pub(super) const HTTP: &str = "(google.api.http)";

/// Returns the path under which a method is offered over HTTP, the first one where there are several.
pub(super) fn http_path(options: &[Setting]) -> Option<&str> {
    let verbs = ["get", "put", "post", "delete", "patch", "path"];
    let path = |o: &&Setting| {
        let key = o
            .name
            .strip_prefix(HTTP)
            .and_then(|rest| rest.strip_prefix('.'));
        key.is_some_and(|k| verbs.contains(&k))
    };
    options.iter().find(path).map(|o| o.value.as_str())
}
