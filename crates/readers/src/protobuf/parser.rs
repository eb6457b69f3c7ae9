//! Tokens to declarations. Total: what is not understood becomes a fault, and reading goes on behind it.
//!
//! Grammar: <https://protobuf.com/docs/language-spec>. The parser accepts more than `protoc` does (a reader judges no style),
//! but never drops a statement without a fault.

use coexist_model::Reserved;

use super::ast::{
    EnumNode, ExtendNode, Fault, FieldKind, FieldNode, Item, MessageNode, MethodNode, ReservedNode,
    ServiceNode, Syntax, Tree, ValueNode, Written,
};
use super::cursor::{Cursor, DEPTH_LIMIT, Step};
use super::lexer::{Kind, lex};

/// Returns what the text declares.
pub(super) fn parse(text: &str) -> Tree {
    let lexed = lex(text);
    let mut cursor = Cursor::new(text, &lexed);
    let mut tree = Tree::default();
    while !cursor.at_end() {
        let mark = cursor.mark();
        cursor.count_statement();
        if cursor.eat(b'}') {
            let fault = Fault {
                span: cursor.span_from(mark),
                what: "this brace closes nothing".into(),
                identifiers: Vec::new(),
            };
            cursor.fault(fault);
        } else if !cursor.gave_up()
            && let Err(fault) = cursor.top(&mut tree)
        {
            cursor.recover(mark, fault);
        }
    }
    tree.faults = cursor.faults;
    tree.faults.sort_by_key(|f| f.span.start);
    tree
}

impl Cursor<'_> {
    fn top(&mut self, tree: &mut Tree) -> Step<()> {
        if self.eat(b';') {
            return Ok(());
        }
        match self.word(0) {
            "syntax" | "edition" => self.syntax(tree),
            "package" => {
                self.advance();
                tree.package = self.type_name()?;
                self.semicolon()
            }
            "import" => {
                self.advance();
                let _how = ["public", "weak", "option"]
                    .into_iter()
                    .any(|how| self.eat_word(how));
                self.string()?;
                self.semicolon()
            }
            "option" => {
                self.advance();
                self.setting(&mut tree.options)?;
                self.semicolon()
            }
            "service" => {
                let service = self.service()?;
                tree.items.push(Item::Service(service));
                Ok(())
            }
            _ if self.declaration(&mut tree.items)? => Ok(()),
            _ => Err(self.expected("a declaration")),
        }
    }

    fn syntax(&mut self, tree: &mut Tree) -> Step<()> {
        let editions = self.word(0) == "edition";
        self.advance();
        self.expect(b'=')?;
        let mut fault = self.expected("");
        fault.what = "only proto2, proto3 and editions are known here".into();
        tree.syntax = match (editions, self.string()?.as_str()) {
            (true, _) => Syntax::Editions,
            (false, "proto2") => Syntax::Proto2,
            (false, "proto3") => Syntax::Proto3,
            _ => {
                self.fault(fault);
                Syntax::Proto3
            }
        };
        self.semicolon()
    }

    /// Reads a message, enum or extension, if one begins here.
    fn declaration(&mut self, into: &mut Vec<Item>) -> Step<bool> {
        // Edition 2024: `export message A {}`.
        let visible = usize::from(
            matches!(self.word(0), "export" | "local")
                && matches!(self.word(1), "message" | "enum"),
        );
        let named = self.is_ahead(visible + 1, Kind::Ident)
            && self.is_ahead(visible + 2, Kind::Symbol(b'{'));
        match self.word(visible) {
            "message" if named => {
                let message = self.message(visible)?;
                into.push(Item::Message(message));
            }
            "enum" if named => {
                let node = self.enumeration(visible)?;
                into.push(Item::Enum(node));
            }
            "extend" if self.is_ahead(1, Kind::Ident) || self.is_ahead(1, Kind::Symbol(b'.')) => {
                let node = self.extend()?;
                into.push(Item::Extend(node));
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn message(&mut self, visible: usize) -> Step<MessageNode> {
        let mark = self.mark();
        (0..=visible).for_each(|_| self.advance());
        let mut node = MessageNode {
            name: self.ident("a name")?.into(),
            ..MessageNode::default()
        };
        node.span = self.span_from(mark);
        self.body(|cursor| cursor.member(&mut node, None))?;
        Ok(node)
    }

    /// Reads `{ … }` statement by statement; one that is not understood does not end it.
    fn body(&mut self, mut statement: impl FnMut(&mut Self) -> Step<()>) -> Step<()> {
        let open = self.peek().range();
        if self.depth >= DEPTH_LIMIT {
            let fault = self.too_deep();
            self.skip_block();
            self.fault(fault);
            return Ok(());
        }
        self.expect(b'{')?;
        self.depth += 1;
        while !self.eat(b'}') {
            self.count_statement();
            if self.gave_up() {
                break;
            }
            if self.at_end() {
                self.fault(Fault {
                    span: open,
                    what: "this brace is never closed".into(),
                    identifiers: Vec::new(),
                });
                break;
            }
            let mark = self.mark();
            if self.eat(b';') {
                continue;
            }
            if let Err(fault) = statement(self) {
                self.recover(mark, fault);
            }
        }
        self.depth -= 1;
        Ok(())
    }

    fn too_deep(&self) -> Fault {
        Fault {
            span: self.peek().range(),
            what: format!("nested deeper than {DEPTH_LIMIT} levels"),
            identifiers: Vec::new(),
        }
    }

    /// Reads one statement of a message, or of a oneof in it.
    fn member(&mut self, node: &mut MessageNode, oneof: Option<&str>) -> Step<()> {
        let ahead = |kind| self.is_ahead(1, kind);
        match self.word(0) {
            "option" if ahead(Kind::Ident) || ahead(Kind::Symbol(b'(')) => {
                self.advance();
                let mut options = Vec::new();
                self.setting(&mut options)?;
                if oneof.is_none() {
                    node.options.append(&mut options);
                }
                return self.semicolon();
            }
            "oneof"
                if oneof.is_none()
                    && ahead(Kind::Ident)
                    && self.is_ahead(2, Kind::Symbol(b'{')) =>
            {
                self.advance();
                let name = self.ident("a name")?.to_owned();
                return self.body(|cursor| cursor.member(node, Some(&name)));
            }
            "reserved" if !ahead(Kind::Symbol(b'.')) && !self.is_ahead(2, Kind::Symbol(b'=')) => {
                return self.reserved(&mut node.reserved);
            }
            "extensions" if ahead(Kind::Int) => return self.extensions(),
            _ => {}
        }
        if oneof.is_none() && self.declaration(&mut node.items)? {
            return Ok(());
        }
        let field = self.field(&mut node.items, oneof)?;
        node.fields.push(field);
        Ok(())
    }

    /// `extensions 100 to max [declaration = { … }];`
    fn extensions(&mut self) -> Step<()> {
        self.advance();
        while !self.is(b';') && !self.is(b'}') && !self.at_end() {
            if self.is(b'[') {
                self.skip_block();
            } else {
                self.advance();
            }
        }
        self.semicolon()
    }

    fn field(&mut self, items: &mut Vec<Item>, oneof: Option<&str>) -> Step<FieldNode> {
        let mark = self.mark();
        let label = self.label();
        if self.word(0) == "group"
            && self.is_ahead(1, Kind::Ident)
            && self.is_ahead(2, Kind::Symbol(b'='))
        {
            return self.group(mark, label, items, oneof);
        }
        let kind = if self.word(0) == "map" && self.is_ahead(1, Kind::Symbol(b'<')) {
            self.advance();
            self.expect(b'<')?;
            let key = self.type_name()?;
            self.expect(b',')?;
            let value = self.type_name()?;
            self.expect(b'>')?;
            FieldKind::Map(key, value)
        } else {
            FieldKind::Named(self.type_name()?)
        };
        let name = self.ident("a field name")?.to_owned();
        self.expect(b'=')?;
        let number = self.int()?;
        let options = self.bracketed()?;
        self.semicolon()?;
        Ok(FieldNode {
            name,
            span: self.span_from(mark),
            label,
            kind,
            number,
            oneof: oneof.map(Into::into),
            options,
            doc: self.doc(mark),
        })
    }

    fn label(&mut self) -> Written {
        // A type may begin with one of these words: `optional.Type field = 1`.
        let is_label = self.is_ahead(1, Kind::Ident) || self.is_ahead(1, Kind::Symbol(b'.'));
        let label = match self.word(0) {
            "optional" if is_label => Written::Optional,
            "required" if is_label => Written::Required,
            "repeated" if is_label => Written::Repeated,
            _ => return Written::Nothing,
        };
        // `repeated message = 1` is a field of the type `repeated`.
        if self.is_ahead(2, Kind::Symbol(b'=')) && self.is_ahead(1, Kind::Ident) {
            return Written::Nothing;
        }
        self.advance();
        label
    }

    fn group(
        &mut self,
        mark: usize,
        label: Written,
        items: &mut Vec<Item>,
        oneof: Option<&str>,
    ) -> Step<FieldNode> {
        self.advance();
        let name = self.ident("a name")?.to_owned();
        self.expect(b'=')?;
        let number = self.int()?;
        let options = self.bracketed()?;
        let span = self.span_from(mark);
        let mut node = MessageNode {
            name: name.clone(),
            span: span.clone(),
            ..MessageNode::default()
        };
        self.body(|cursor| cursor.member(&mut node, None))?;
        items.push(Item::Message(node));
        Ok(FieldNode {
            name: name.to_ascii_lowercase(),
            span,
            label,
            kind: FieldKind::Group(name),
            number,
            oneof: oneof.map(Into::into),
            options,
            doc: String::new(),
        })
    }

    fn extend(&mut self) -> Step<ExtendNode> {
        let mark = self.mark();
        self.advance();
        let mut node = ExtendNode {
            of: self.type_name()?,
            ..ExtendNode::default()
        };
        node.span = self.span_from(mark);
        self.body(|cursor| {
            let field = cursor.field(&mut node.items, None)?;
            node.fields.push(field);
            Ok(())
        })?;
        Ok(node)
    }

    fn reserved(&mut self, into: &mut Vec<ReservedNode>) -> Step<()> {
        self.advance();
        loop {
            let mark = self.mark();
            let what = match self.peek().kind {
                Kind::Text => Reserved::Name(self.string()?),
                Kind::Ident => Reserved::Name(self.ident("a name")?.into()),
                _ => {
                    let first = self.int()?;
                    let last = match () {
                        () if !self.eat_word("to") => first,
                        () if self.eat_word("max") => i64::from(i32::MAX),
                        () => self.int()?,
                    };
                    Reserved::Numbers(first, last)
                }
            };
            into.push(ReservedNode {
                span: self.span_from(mark),
                what,
            });
            if !self.eat(b',') {
                return self.semicolon();
            }
        }
    }

    fn enumeration(&mut self, visible: usize) -> Step<EnumNode> {
        let mark = self.mark();
        (0..=visible).for_each(|_| self.advance());
        let mut node = EnumNode {
            name: self.ident("a name")?.into(),
            ..EnumNode::default()
        };
        node.span = self.span_from(mark);
        self.body(|cursor| cursor.value_of(&mut node))?;
        Ok(node)
    }

    fn value_of(&mut self, node: &mut EnumNode) -> Step<()> {
        let is_value = self.is_ahead(1, Kind::Symbol(b'='));
        match self.word(0) {
            "option" if !is_value => {
                self.advance();
                self.setting(&mut node.options)?;
                return self.semicolon();
            }
            "reserved" if !is_value => return self.reserved(&mut node.reserved),
            _ => {}
        }
        let mark = self.mark();
        let name = self.ident("an enum value")?.to_owned();
        self.expect(b'=')?;
        let number = self.int()?;
        let options = self.bracketed()?;
        self.semicolon()?;
        node.values.push(ValueNode {
            name,
            span: self.span_from(mark),
            number,
            options,
            doc: self.doc(mark),
        });
        Ok(())
    }

    fn service(&mut self) -> Step<ServiceNode> {
        let mark = self.mark();
        self.advance();
        let mut node = ServiceNode {
            name: self.ident("a name")?.into(),
            ..ServiceNode::default()
        };
        node.span = self.span_from(mark);
        self.body(|cursor| match cursor.word(0) {
            "option" => {
                cursor.advance();
                cursor.setting(&mut Vec::new())?;
                cursor.semicolon()
            }
            "rpc" => {
                let method = cursor.method()?;
                node.methods.push(method);
                Ok(())
            }
            _ => Err(cursor.expected("\"rpc\"")),
        })?;
        Ok(node)
    }

    fn method(&mut self) -> Step<MethodNode> {
        let mark = self.mark();
        self.advance();
        let name = self.ident("a name")?.to_owned();
        let (client_streaming, request) = self.parameter()?;
        if !self.eat_word("returns") {
            return Err(self.expected("\"returns\""));
        }
        let (server_streaming, response) = self.parameter()?;
        let span = self.span_from(mark);
        let mut options = Vec::new();
        if self.is(b'{') {
            self.body(|cursor| {
                if !cursor.eat_word("option") {
                    return Err(cursor.expected("\"option\""));
                }
                cursor.setting(&mut options)?;
                cursor.semicolon()
            })?;
        } else {
            self.semicolon()?;
        }
        Ok(MethodNode {
            name,
            span,
            request,
            response,
            client_streaming,
            server_streaming,
            options,
            doc: self.doc(mark),
        })
    }

    fn parameter(&mut self) -> Step<(bool, String)> {
        self.expect(b'(')?;
        // A message may be called `stream`: `rpc A(stream) returns (B)`.
        let streaming = self.word(0) == "stream" && !self.is_ahead(1, Kind::Symbol(b')')) && {
            self.advance();
            true
        };
        let name = self.type_name()?;
        self.expect(b')')?;
        Ok((streaming, name))
    }
}
