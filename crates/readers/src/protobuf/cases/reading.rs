//! What is understood of a proto file, as text.

use std::fmt::Write as _;

use coexist_model::{Detail, Element, File, Hints, Label, Reader as _, Reading, TypeKind};
use expect_test::{Expect, expect};

use super::super::Protobuf;

/// Returns a reading as text, a line per element.
pub(in super::super) fn dump(reading: &Reading) -> String {
    let mut out = String::new();
    for schema in &reading.schemas {
        let _ = writeln!(out, "{} {}", schema.surface.kind.word(), schema.surface);
        for element in &schema.elements {
            let _ = writeln!(out, "  {}", line(element));
        }
    }
    for problem in &reading.problems {
        let place = &problem.place;
        let names = problem.identifiers.join(",");
        let _ = writeln!(
            out,
            "{}:{} {} [{names}]",
            place.line, place.column, problem.what
        );
    }
    out
}

fn line(element: &Element) -> String {
    match &element.detail {
        Detail::Field(f) => {
            let label = match f.label {
                Label::Implicit => "implicit",
                Label::Optional => "optional",
                Label::Required => "required",
                Label::Repeated if f.wire.packed => "packed",
                Label::Repeated => "repeated",
                Label::Map => "map",
            };
            let kind = match f.wire.kind {
                TypeKind::Scalar => String::new(),
                TypeKind::Enum { closed: true } => " (closed enum)".into(),
                TypeKind::Enum { closed: false } => " (open enum)".into(),
                kind => format!(" ({})", format!("{kind:?}").to_lowercase()),
            };
            let mut text = format!(
                "{} {label} {}{kind} {}",
                f.number, f.type_name, element.name
            );
            let _ = match &f.oneof {
                Some(oneof) => write!(text, " in {oneof}"),
                None => Ok(()),
            };
            if f.json_name != super::super::casing::json(&element.name) {
                let _ = write!(text, " json {}", f.json_name);
            }
            if let Some(default) = &f.default {
                let _ = write!(text, " default {default}");
            }
            if f.wire.deprecated {
                text += " deprecated";
            }
            if !f.wire.doc.is_empty() {
                let _ = write!(text, " // {}", f.wire.doc);
            }
            text
        }
        Detail::Value { number, wire } => {
            let closed = if wire.of.closed { " closed" } else { "" };
            format!("{} = {}{closed}", element.name, number.unwrap_or(-999))
        }
        Detail::Method(m) => format!(
            "{}({}{}) returns ({}{}){}{}",
            element.name,
            if m.client_streaming { "stream " } else { "" },
            m.request,
            if m.server_streaming { "stream " } else { "" },
            m.response,
            m.wire
                .idempotency
                .as_ref()
                .map_or(String::new(), |i| format!(" {i}")),
            m.wire
                .http
                .as_ref()
                .map_or(String::new(), |path| format!(" at {path}")),
        ),
        _ => element.name.clone(),
    }
}

/// Returns the reading of a text.
pub(in super::super) fn read(path: &str, text: &str) -> Reading {
    Protobuf.read(&File::new(path, text), &Hints::default())
}

fn check(text: &str, expect: Expect) {
    expect.assert_eq(&dump(&read("a.proto", text)));
}

#[test]
fn proto3_reads_with_its_defaults() {
    check(
        r#"
syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
import public "x.proto";
option go_package = "shop/v1;shop";
// Not this one.

// An order.
message Order {
  // The total,
  // in cents.
  int64 total_price = 1; // never negative
  optional string note = 2 [deprecated = true, json_name = "remark"];
  repeated int32 sizes = 3;
  repeated int32 old_sizes = 4 [packed = false];
  map<string, Status> by_name = 5;
  google.protobuf.Timestamp at = 6;
  Missing gone = 7;
  oneof payment { Card card = 8; string iban = 9; }
  message Card { .shop.v1.Status status = 1; Order order = 2; }
  reserved 10, 12 to 14, 1000 to max;
  reserved "foo", 'bar';
}
enum Status { STATUS_UNSPECIFIED = 0; STATUS_PAID = 1; reserved -1 to 5; }
service Orders {
  option deprecated = true;
  rpc Get(GetRequest) returns (Order) { option idempotency_level = NO_SIDE_EFFECTS; }
  rpc Watch(stream Order) returns (stream .shop.v1.Order.Card);
}
"#,
        expect![[r#"
            message shop.v1.Order
              1 implicit int64 total_price // The total, in cents. never negative
              2 optional string note json remark deprecated
              3 packed int32 sizes
              4 repeated int32 old_sizes
              5 map map<string, shop.v1.Status> (open enum) by_name
              6 optional google.protobuf.Timestamp (message) at
              7 implicit shop.v1.Missing (unresolved) gone
              8 optional shop.v1.Order.Card (message) card in payment
              9 optional string iban in payment
              reserved 10
              reserved 12 to 14
              reserved 1000 to 2147483647
              reserved "foo"
              reserved "bar"
            message shop.v1.Order.Card
              1 implicit shop.v1.Status (open enum) status
              2 optional shop.v1.Order (message) order
            enum shop.v1.Status
              STATUS_UNSPECIFIED = 0
              STATUS_PAID = 1
              reserved -1 to 5
            rpc shop.v1.Orders
              Get(shop.v1.GetRequest) returns (shop.v1.Order) NO_SIDE_EFFECTS
              Watch(stream shop.v1.Order) returns (stream shop.v1.Order.Card)
        "#]],
    );
}

#[test]
fn proto2_reads_with_its_defaults() {
    check(
        r#"
package a;
message M {
  required int32 id = 1;
  optional E kind = 0x2 [default = B];
  optional string s = 3 [default = "a" "b", (my.opt).x = { a: 1 b: [1, 2] }];
  repeated group Item = 4 { optional int32 n = 1; }
  oneof o { group G = 5 { optional int32 n = 1; } }
  extensions 100 to 199, 500 to max [verification = UNVERIFIED];
  extend Other { optional int32 deep = 101; }
  optional double d = 6 [default = -inf];
}
enum E { option allow_alias = true; A = 0; B = -1; C = -1; }
extend M { optional bytes more = 100; }
extend google.protobuf.FieldOptions { optional bool secret = 50000; }
"#,
        expect![[r#"
            message a.M
              1 required int32 id
              2 optional a.E (closed enum) kind default B
              3 optional string s default ab
              4 repeated a.M.Item (group) item
              5 optional a.M.G (group) g in o
              6 optional double d default -inf
            message a.M.Item
              1 optional int32 n
            message a.M.G
              1 optional int32 n
            message a.Other
              101 optional int32 a.M.deep json [a.M.deep]
            enum a.E
              A = 0 closed
              B = -1 closed
              C = -1 closed
            message a.M
              100 optional bytes a.more json [a.more]
        "#]],
    );
}

#[test]
fn editions_take_features_from_file_message_and_field() {
    check(
        r#"
edition = "2024";
package a;
option features.field_presence = IMPLICIT;
option features = { enum_type: CLOSED };
import option "x.proto";
export message M {
  option features.repeated_field_encoding = EXPANDED;
  int32 a = 1;
  int32 b = 2 [features.field_presence = LEGACY_REQUIRED];
  M c = 3 [features.message_encoding = DELIMITED];
  repeated int32 d = 4;
  E e = 5 [features.field_presence = EXPLICIT];
  reserved foo, bar;
}
local enum E { A = 0; }
enum F { option features.enum_type = OPEN; G = 0; }
"#,
        expect![[r#"
            message a.M
              1 implicit int32 a
              2 required int32 b
              3 optional a.M (group) c
              4 repeated int32 d
              5 optional a.E (closed enum) e
              reserved "foo"
              reserved "bar"
            enum a.E
              A = 0 closed
            enum a.F
              G = 0
        "#]],
    );
}

#[test]
fn inner_names_hide_outer_ones() {
    check(
        r#"
syntax = "proto3";
package a.b;
message Foo { Foo x = 1; Bar y = 2; b.Bar z = 3; message Foo {} enum Bar { Q = 0; } }
message Bar {}
"#,
        expect![[r#"
            message a.b.Foo
              1 optional a.b.Foo.Foo (message) x
              2 implicit a.b.Foo.Bar (open enum) y
              3 optional a.b.Bar (message) z
            message a.b.Foo.Foo
            enum a.b.Foo.Bar
              Q = 0
            message a.b.Bar
        "#]],
    );
}

#[test]
fn words_of_the_grammar_may_be_names() {
    check(
        r#"
syntax = "proto3";
message message {
  string message = 1; string optional = 2; string repeated = 3; string reserved = 4; string option = 5;
  string enum = 6; string oneof = 7; string map = 8; string group = 9; string extensions = 10; string rpc = 11;
  optional message stream = 12; repeated message service = 13; bool to = 14; string syntax = 15; reserved 16 to 17;
}
enum option { option = 0; reserved = 1; max = 2; }
service rpc { rpc stream(stream message) returns (stream message); rpc rpc(message) returns (message) {}; }
"#,
        expect![[r#"
            message message
              1 implicit string message
              2 implicit string optional
              3 implicit string repeated
              4 implicit string reserved
              5 implicit string option
              6 implicit string enum
              7 implicit string oneof
              8 implicit string map
              9 implicit string group
              10 implicit string extensions
              11 implicit string rpc
              12 optional message (message) stream
              13 repeated message (message) service
              14 implicit bool to
              15 implicit string syntax
              reserved 16 to 17
            enum option
              option = 0
              reserved = 1
              max = 2
            rpc rpc
              stream(stream message) returns (stream message)
              rpc(message) returns (message)
        "#]],
    );
}

#[test]
fn a_broken_statement_costs_only_itself() {
    check(
        r#"
syntax = "proto3";
message A {
  int32 a = 1
  int32 b 2;
  int32 c = 3;
  what { is: this }
  string d = 4 [deprecated = ];
  string e = 99999999999999999999;
  string f = 5;
}
mesage B { int32 a = 1; }
enum C { X = 0; Y; Z = 2; }
service S { rpc Get(A) return (A); rpc Put(A) returns (A); }
}
message D {}
message E { int32 a = 1;
"#,
        expect![[r#"
            message A
              1 implicit int32 a
              3 implicit int32 c
              5 implicit string f
            enum C
              X = 0
              Z = 2
            rpc S
              Put(A) returns (A)
            message D
            message E
              1 implicit int32 a
            5:3 expected ";", found "int32" []
            5:11 expected "=", found "2" [b,int32]
            7:8 expected a field name, found "{" [is,this,what]
            8:30 expected a value, found "]" [d,deprecated,string]
            9:14 expected a number of at most 64 bits, found "99999999999999999999" [e,string]
            12:1 expected a declaration, found "mesage" [B,a,int32,mesage]
            13:18 expected "=", found ";" [Y]
            14:24 expected "returns", found "return" [A,Get,return,rpc]
            15:1 this brace closes nothing []
            17:11 this brace is never closed []
        "#]],
    );
}

#[test]
fn what_protoc_refuses_is_reported_and_kept() {
    check(
        r#"
syntax = "proto3";
message A { required int32 a = 1; int32 b = 1; int32 c = 0; }
enum E { X = 0; X = 1; }
"#,
        expect![[r#"
            message A
              1 required int32 a
              1 implicit int32 b
              0 implicit int32 c
            enum E
              X = 0
              X = 1
            3:13 proto3 has no required fields [a]
            3:35 the number 1 or the name b is used twice [b]
            3:48 field numbers are 1 to 536870911 [c]
            4:17 the value X is declared twice [X]
        "#]],
    );
    check(
        "message A { int32 a = 1; }",
        expect![[r#"
        message A
          1 optional int32 a
        1:13 a field without a label needs syntax = "proto3" or an edition [a]
    "#]],
    );
    check(
        "syntax = \"proto4\";",
        expect![[r#"
            1:10 only proto2, proto3 and editions are known here []
        "#]],
    );
}

#[test]
fn hostile_texts_end_in_problems() {
    let deep = "message A { ".repeat(10_000);
    let groups = format!("message A {{ {}", "optional group A = 1 { ".repeat(10_000));
    let option = format!("option a = {}", "{ a: [".repeat(10_000));
    let types = format!("message A {{ {} x = 1; }}", "a.".repeat(100_000));
    let package = format!(
        "package a{}; message A {{ A x = 1; }}",
        ".a".repeat(100_000)
    );
    let name = format!("message {} {{}}", "A".repeat(1_000_000));
    let nested = format!("message {} {{ ", "A".repeat(900)).repeat(100);
    for text in [&deep, &groups, &option, &types, &package, &name, &nested] {
        let reading = read("a.proto", text);
        assert!(!reading.problems.is_empty());
        assert!(reading.problems.len() <= 400);
    }
    let many = ";".repeat(150_000);
    assert_eq!(read("a.proto", &many).problems.len(), 1);
    // One line of a megabyte, with a place for every field.
    let line = format!(
        "syntax = \"proto3\"; message A {{ {} }} // é",
        "repeated A a = 1; ".repeat(50_000)
    );
    assert_eq!(read("a.proto", &line).schemas[0].elements.len(), 50_000);
    for text in [
        "",
        ";",
        "}",
        "{",
        "message",
        "message A",
        "message A {",
        "\u{feff}",
        "\0\0",
        "\"",
        "/*",
        "[",
    ] {
        read("a.proto", text);
    }
}

#[test]
fn every_prefix_and_every_deletion_of_a_file_can_be_read() {
    let text = "syntax = \"proto2\"; package a.b; message M { oneof o { string s = 1 [(x).y = {a: 1}]; } \
        map<string, M> m = 2; reserved 3 to max; extensions 4; optional group G = 5 { } } /* c */ \
        enum E { A = 0x0; } service S { rpc R(stream M) returns (M) { option x = -1; } } extend M { optional E e = 7; } // é";
    for (at, _) in text.char_indices() {
        read("a.proto", &text[..at]);
        read("a.proto", &text[at..]);
        let rest = text[at..].chars().next().map_or(0, char::len_utf8);
        read("a.proto", &format!("{}{}", &text[..at], &text[at + rest..]));
    }
}

#[test]
fn a_method_is_offered_over_http_by_its_option_in_either_form() {
    check(
        r#"
package shop;
service Orders {
  rpc Get(A) returns (A) {
    option (google.api.http) = { get: "/orders/{id}" additional_bindings { get: "/o/{id}" } };
  }
  rpc Put(A) returns (A) { option (google.api.http).put = "/orders"; }
  rpc Own(A) returns (A) { option (google.api.http) = { body: "*", custom: { kind: "HEAD", path: '/own' } }; }
  rpc In(A) returns (A) { option (other.http) = { get: "/in" }; }
}
message A {}
"#,
        expect![[r#"
            rpc shop.Orders
              Get(shop.A) returns (shop.A) at /orders/{id}
              Put(shop.A) returns (shop.A) at /orders
              Own(shop.A) returns (shop.A) at /own
              In(shop.A) returns (shop.A)
            message shop.A
        "#]],
    );
}
