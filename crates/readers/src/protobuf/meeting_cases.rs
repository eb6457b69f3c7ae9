//! Every kind of change of a proto file, and what each does when two versions meet.
//!
//! A change is given as two files. What is printed: for each field and enum value that differs, what the old reader makes of new
//! data and the new reader of old data, in binary and, where it is another outcome, in JSON; for each method and service, what
//! the old client gets from a new server and the new client from an old one. A message that is a request and a response meets
//! both ways of reading in either order of clients and servers.
//!
//! Outcomes marked *seen* were watched with the Python runtime (`protobuf` 7.36, upb).

use std::collections::BTreeSet;
use std::sync::Arc;

use coexist_model::{
    Access, Confidence, Detail, Dialect, Element, Encoding, Form as _, LinkInput, Linked, Lookup,
    Manner, Meeting, Mode, Other, Outcome, Place, Schema, Surface, SurfaceKind, Why,
};
use expect_test::{Expect, expect};

use super::Wire;
use super::reading_cases::read;

struct Ref(Linked);

impl Lookup for Ref {
    fn schema(&self, surface: &Surface) -> Option<&Schema> {
        self.0.schemas.iter().find(|s| s.surface == *surface)
    }

    fn dialect(&self) -> Dialect {
        Dialect::default()
    }
}

fn linked(text: &str) -> Ref {
    let path: Arc<str> = "a.proto".into();
    let reading = read(&path, text);
    assert_eq!(reading.problems, [], "{text}");
    let input = LinkInput {
        path: &path,
        reading: &reading,
    };
    Ref(Wire.link(&[input]))
}

fn text(meeting: &Meeting) -> String {
    let mut out = meeting.outcome.word().to_owned();
    if let Some(error) = &meeting.error {
        out += &format!(" ({error})");
    }
    if !meeting.assumed.is_empty() {
        out += &format!(" if {}", meeting.assumed.join(", "));
    }
    out
}

fn access(surface: &Surface, element: Option<&str>, mode: Mode) -> Access {
    Access {
        surface: surface.clone(),
        element: element.map(Into::into),
        mode,
        manner: Manner::Explicit,
        confidence: Confidence::High,
        why: Why::ResolvedCall,
        gate: None,
        place: Place::of_file("a.go"),
        via: None,
    }
}

/// What a client of one ref gets from a server of the other.
fn call(client: &Ref, server: &Ref, surface: &Surface, method: &str) -> Meeting {
    let met = Wire.meet(&access(surface, Some(method), Mode::Calls), server);
    if met.outcome != Outcome::Ok {
        return met;
    }
    let element = |of: &Ref| of.schema(surface).and_then(|s| s.element(method)).cloned();
    Wire.carry(
        element(client).as_ref(),
        element(server).as_ref(),
        Encoding::Binary,
    )
}

fn show(old: &Ref, new: &Ref) -> String {
    let surfaces: BTreeSet<&Surface> = old
        .0
        .schemas
        .iter()
        .chain(&new.0.schemas)
        .map(|s| &s.surface)
        .collect();
    let mut out = String::new();
    for surface in surfaces {
        let elements = |of: &Ref| {
            of.schema(surface)
                .map_or_else(Vec::new, |s| s.elements.clone())
        };
        let (before, after) = (elements(old), elements(new));
        let mut pairs: Vec<(Option<&Element>, Option<&Element>)> = Vec::new();
        for from in &before {
            pairs.push((
                Some(from),
                after.iter().find(|e| e.identity() == from.identity()),
            ));
        }
        for to in after
            .iter()
            .filter(|e| !before.iter().any(|b| b.identity() == e.identity()))
        {
            pairs.push((None, Some(to)));
        }
        for (from, to) in pairs {
            out += &pair(old, new, surface, from, to);
        }
    }
    out
}

fn pair(
    old: &Ref,
    new: &Ref,
    surface: &Surface,
    from: Option<&Element>,
    to: Option<&Element>,
) -> String {
    let Some(shown) = from
        .or(to)
        .filter(|e| !matches!(e.detail, Detail::Reserved(_)))
    else {
        return String::new();
    };
    let mut lines = String::new();
    let mut quiet = true;
    let mut line = |title: &str, meeting: &Meeting| {
        quiet &= *meeting == Meeting::ok();
        lines += &format!("  {title}: {}\n", text(meeting));
    };
    if surface.kind == SurfaceKind::Rpc {
        if from.is_some() {
            line(
                "old client, new server",
                &call(old, new, surface, &shown.name),
            );
        }
        if to.is_some() {
            line(
                "new client, old server",
                &call(new, old, surface, &shown.name),
            );
        }
    } else {
        for (title, written, read) in [
            ("old reader, new data", to, from),
            ("new reader, old data", from, to),
        ] {
            let binary = Wire.carry(written, read, Encoding::Binary);
            let json = Wire.carry(written, read, Encoding::Json);
            line(title, &binary);
            if json.outcome != binary.outcome {
                line(&format!("{title}, JSON"), &json);
            }
        }
    }
    let name = format!("{surface}.{}\n", shown.name);
    if quiet { String::new() } else { name + &lines }
}

fn check(old: &str, new: &str, expect: Expect) {
    expect.assert_eq(&show(&linked(old), &linked(new)));
}

/// A change of one field of a proto3 message.
fn field(old: &str, new: &str, expect: Expect) {
    let file = |field: &str| {
        format!(
            "syntax = \"proto3\"; enum E {{ X = 0; Y = 1; }} message A {{ int32 a = 1; }} message B {{ int32 a = 1; }}
             message C {{ string a = 1; }} message KV {{ string key = 1; int32 value = 2; }} message M {{ {field} }}"
        )
    };
    check(&file(old), &file(new), expect);
}

/// A change of one field of a proto2 message.
fn proto2(old: &str, new: &str, expect: Expect) {
    let file = |field: &str| {
        format!("syntax = \"proto2\"; enum E {{ X = 0; Y = 1; }} message M {{ {field} }}")
    };
    check(&file(old), &file(new), expect);
}

/// A change of a service.
fn service(old: &str, new: &str, expect: Expect) {
    let file = |text: &str| {
        format!(
            "syntax = \"proto3\"; {text} message A {{ int32 a = 1; }} message B {{ int32 a = 1; }} message C {{ string a = 1; }}"
        )
    };
    check(&file(old), &file(new), expect);
}

#[test]
fn a_field_removed_reads_as_its_default_to_the_old_reader() {
    field(
        "int32 a = 1; int32 b = 2;",
        "int32 a = 1;",
        expect![[r#"
        M.b
          old reader, new data: absent (b is not there and reads as 0) if the reader does not require the field
          new reader, old data: ok if unknown fields are kept
          new reader, old data, JSON: refused (unknown field "b") if the JSON parser rejects unknown fields (its default)
    "#]],
    );
}

#[test]
fn reserving_the_number_of_a_removed_field_helps_no_old_reader() {
    field(
        "int32 a = 1; int32 b = 2;",
        "int32 a = 1; reserved 2; reserved \"b\";",
        expect![[r#"
            M.b
              old reader, new data: absent (b is not there and reads as 0) if the reader does not require the field
              new reader, old data: ok if unknown fields are kept
              new reader, old data, JSON: refused (unknown field "b") if the JSON parser rejects unknown fields (its default)
        "#]],
    );
}

#[test]
fn a_field_added_is_unknown_to_the_old_reader() {
    field(
        "",
        "repeated string b = 2;",
        expect![[r#"
        M.b
          old reader, new data: ok if unknown fields are kept
          old reader, new data, JSON: refused (unknown field "b") if the JSON parser rejects unknown fields (its default)
          new reader, old data: absent (b is not there and reads as an empty list) if the reader does not require the field
    "#]],
    );
}

#[test]
fn a_number_used_again_for_another_type_loses_the_value_both_ways() {
    field(
        "int32 a = 1;",
        "string b = 1;",
        expect![[r#"
        M.a
          old reader, new data: lost (a arrives with wire type 2, the reader expects 0: it is put aside as unknown and reads as unset) if a wrong wire type is treated as an unknown field (prost refuses it: invalid wire type)
          old reader, new data, JSON: refused (unknown field "b") if the JSON parser rejects unknown fields (its default)
          new reader, old data: lost (b arrives with wire type 0, the reader expects 2: it is put aside as unknown and reads as unset) if a wrong wire type is treated as an unknown field (prost refuses it: invalid wire type)
          new reader, old data, JSON: refused (unknown field "a") if the JSON parser rejects unknown fields (its default)
    "#]],
    );
    field(
        "string a = 1;",
        "A b = 1;",
        expect![[r#"
        M.a
          old reader, new data: misread (the encoded A reads as text) if a message that is not empty is written
          old reader, new data, JSON: refused (unknown field "b") if the JSON parser rejects unknown fields (its default)
          new reader, old data: refused (cannot parse b: the text is no encoded A) if a text that is not empty is written
    "#]],
    );
}

#[test]
fn a_number_changed_is_a_field_removed_and_another_added() {
    field(
        "int32 a = 1;",
        "int32 a = 2;",
        expect![[r#"
        M.a
          old reader, new data: absent (a is not there and reads as 0) if the reader does not require the field
          new reader, old data: ok if unknown fields are kept
          new reader, old data, JSON: refused (unknown field "a") if the JSON parser rejects unknown fields (its default)
        M.a
          old reader, new data: ok if unknown fields are kept
          old reader, new data, JSON: refused (unknown field "a") if the JSON parser rejects unknown fields (its default)
          new reader, old data: absent (a is not there and reads as 0) if the reader does not require the field
    "#]],
    );
}

#[test]
fn widened_integers_are_cut_by_the_old_reader() {
    field(
        "int32 a = 1;",
        "int64 a = 1;",
        expect![[r#"
        M.a
          old reader, new data: misread (4294967297 reads as 1) if a number of more than 32 bits is written
          old reader, new data, JSON: refused (invalid value for int32 field a: out of range) if a number beyond the reader's range is written
          new reader, old data: ok
    "#]],
    );
    field(
        "uint32 a = 1;",
        "uint64 a = 1;",
        expect![[r#"
        M.a
          old reader, new data: misread (4294967297 reads as 1) if a number of more than 32 bits is written
          old reader, new data, JSON: refused (invalid value for uint32 field a: out of range) if a number beyond the reader's range is written
          new reader, old data: ok
    "#]],
    );
    field(
        "sint32 a = 1;",
        "sint64 a = 1;",
        expect![[r#"
        M.a
          old reader, new data: misread (4294967297 reads as 1) if a number of more than 32 bits is written
          old reader, new data, JSON: refused (invalid value for sint32 field a: out of range) if a number beyond the reader's range is written
          new reader, old data: ok
    "#]],
    );
}

#[test]
fn integers_of_another_sign_are_misread_at_the_edges() {
    field(
        "int32 a = 1;",
        "uint32 a = 1;",
        expect![[r#"
        M.a
          old reader, new data: misread (4294967295 reads as -1) if a number beyond the reader's range is written
          old reader, new data, JSON: refused (invalid value for int32 field a: out of range) if a number beyond the reader's range is written
          new reader, old data: misread (-1 reads as 4294967295) if a negative number is written
          new reader, old data, JSON: refused (invalid value for uint32 field a: out of range) if a number beyond the reader's range is written
    "#]],
    );
    field(
        "uint32 a = 1;",
        "int64 a = 1;",
        expect![[r#"
        M.a
          old reader, new data: misread (4294967297 reads as 1) if a number of more than 32 bits is written
          old reader, new data, JSON: refused (invalid value for uint32 field a: out of range) if a number beyond the reader's range is written
          new reader, old data: ok
    "#]],
    );
    field(
        "fixed32 a = 1;",
        "sfixed32 a = 1;",
        expect![[r#"
        M.a
          old reader, new data: misread (-1 reads as 4294967295) if a negative number is written
          old reader, new data, JSON: refused (invalid value for fixed32 field a: out of range) if a number beyond the reader's range is written
          new reader, old data: misread (4294967295 reads as -1) if a number beyond the reader's range is written
          new reader, old data, JSON: refused (invalid value for sfixed32 field a: out of range) if a number beyond the reader's range is written
    "#]],
    );
    field(
        "fixed64 a = 1;",
        "sfixed64 a = 1;",
        expect![[r#"
        M.a
          old reader, new data: misread (-1 reads as 18446744073709551615) if a negative number is written
          old reader, new data, JSON: refused (invalid value for fixed64 field a: out of range) if a number beyond the reader's range is written
          new reader, old data: misread (18446744073709551615 reads as -1) if a number beyond the reader's range is written
          new reader, old data, JSON: refused (invalid value for sfixed64 field a: out of range) if a number beyond the reader's range is written
    "#]],
    );
}

#[test]
fn a_boolean_is_a_number_that_knows_only_zero() {
    field(
        "int32 a = 1;",
        "bool a = 1;",
        expect![[r#"
        M.a
          old reader, new data: ok
          old reader, new data, JSON: refused (invalid value for int32 field a: a boolean)
          new reader, old data: misread (2 reads as true) if a number other than 0 and 1 is written
          new reader, old data, JSON: refused (invalid value for bool field a: a number)
    "#]],
    );
}

#[test]
fn zigzag_is_another_number() {
    field(
        "int32 a = 1;",
        "sint32 a = 1;",
        expect![[r#"
        M.a
          old reader, new data: misread (1 reads as 2) if a number other than 0 is written
          old reader, new data, JSON: ok
          new reader, old data: misread (1 reads as -1) if a number other than 0 is written
          new reader, old data, JSON: ok
    "#]],
    );
}

#[test]
fn fixed_numbers_and_fractions_share_a_wire_type_and_nothing_else() {
    field(
        "fixed32 a = 1;",
        "float a = 1;",
        expect![[r#"
        M.a
          old reader, new data: misread (1.0 reads as 1065353216) if a number other than 0 is written
          old reader, new data, JSON: refused (invalid value for fixed32 field a: 1.5) if fractions are written
          new reader, old data: misread (1 reads as 1.4e-45) if a number other than 0 is written
          new reader, old data, JSON: ok
    "#]],
    );
    field(
        "double a = 1;",
        "sfixed64 a = 1;",
        expect![[r#"
        M.a
          old reader, new data: misread (1 reads as 5e-324) if a number other than 0 is written
          old reader, new data, JSON: ok if digits beyond the 15th do not matter
          new reader, old data: misread (1.0 reads as 4607182418800017408) if a number other than 0 is written
          new reader, old data, JSON: refused (invalid value for sfixed64 field a: 1.5) if fractions are written
    "#]],
    );
}

#[test]
fn numbers_of_another_wire_type_are_put_aside() {
    field(
        "int32 a = 1;",
        "fixed32 a = 1;",
        expect![[r#"
        M.a
          old reader, new data: lost (a arrives with wire type 5, the reader expects 0: it is put aside as unknown and reads as unset) if a wrong wire type is treated as an unknown field (prost refuses it: invalid wire type)
          old reader, new data, JSON: refused (invalid value for int32 field a: out of range) if a number beyond the reader's range is written
          new reader, old data: lost (a arrives with wire type 0, the reader expects 5: it is put aside as unknown and reads as unset) if a wrong wire type is treated as an unknown field (prost refuses it: invalid wire type)
          new reader, old data, JSON: refused (invalid value for fixed32 field a: out of range) if a number beyond the reader's range is written
    "#]],
    );
    field(
        "float a = 1;",
        "double a = 1;",
        expect![[r#"
        M.a
          old reader, new data: lost (a arrives with wire type 1, the reader expects 5: it is put aside as unknown and reads as unset) if a wrong wire type is treated as an unknown field (prost refuses it: invalid wire type)
          old reader, new data, JSON: ok
          new reader, old data: lost (a arrives with wire type 5, the reader expects 1: it is put aside as unknown and reads as unset) if a wrong wire type is treated as an unknown field (prost refuses it: invalid wire type)
          new reader, old data, JSON: ok
    "#]],
    );
}

#[test]
fn an_enum_is_a_number() {
    field(
        "E a = 1;",
        "int32 a = 1;",
        expect![[r#"
        M.a
          old reader, new data: ok if the reader accepts a number that has no name in E
          new reader, old data: ok
          new reader, old data, JSON: refused (invalid value for int32 field a: an enum name)
    "#]],
    );
    proto2(
        "optional E a = 1;",
        "optional int32 a = 1;",
        expect![[r#"
            M.a
              old reader, new data: absent (a number without a name in E is put aside as unknown) if numbers without a name are written
              old reader, new data, JSON: refused (invalid value for E field a: a number without a name) if numbers without a name are written
              new reader, old data: ok
              new reader, old data, JSON: refused (invalid value for int32 field a: an enum name)
        "#]],
    );
}

#[test]
fn text_may_become_bytes_but_not_the_other_way() {
    field(
        "string a = 1;",
        "bytes a = 1;",
        expect![[r#"
        M.a
          old reader, new data: refused (string field a contains invalid UTF-8) if bytes that are not UTF-8 are written
          old reader, new data, JSON: misread (a reads as base64 text)
          new reader, old data: ok
          new reader, old data, JSON: refused (invalid value for bytes field a: a text) if texts that do not look like it are written
    "#]],
    );
    proto2(
        "optional string a = 1;",
        "optional bytes a = 1;",
        expect![[r#"
            M.a
              old reader, new data: misread (bytes are taken for text) if what is not UTF-8 is written
              new reader, old data: ok
              new reader, old data, JSON: refused (invalid value for bytes field a: a text) if texts that do not look like it are written
        "#]],
    );
}

#[test]
fn a_message_may_become_bytes_if_they_hold_one() {
    field(
        "A a = 1;",
        "bytes a = 1;",
        expect![[r#"
        M.a
          old reader, new data: unknown (a holds bytes on one side and A on the other) if the bytes hold an encoded A
          old reader, new data, JSON: refused (invalid value for A field a: a text)
          new reader, old data: unknown (a holds bytes on one side and A on the other) if the bytes hold an encoded A
          new reader, old data, JSON: refused (invalid value for bytes field a: an object)
    "#]],
    );
}

#[test]
fn a_message_type_replaced_by_its_copy_is_no_change() {
    field("A a = 1;", "B a = 1;", expect![[""]]);
}

#[test]
fn a_message_type_replaced_by_another_is_misread() {
    field(
        "A a = 1;",
        "C a = 1;",
        expect![[r#"
        M.a
          old reader, new data: misread (C is read as A)
          new reader, old data: misread (A is read as C)
    "#]],
    );
}

#[test]
fn a_message_type_that_is_declared_nowhere_cannot_be_decided() {
    field(
        "x.y.Money a = 1;",
        "x.y.Cash a = 1;",
        expect![[r#"
        M.a
          old reader, new data: unknown (x.y.Cash is read as x.y.Money, and a declaration was not found)
          new reader, old data: unknown (x.y.Money is read as x.y.Cash, and a declaration was not found)
    "#]],
    );
    field(
        "x.v1.Money a = 1;",
        "x.v2.Money a = 1;",
        expect![[r#"
        M.a
          old reader, new data: ok if x.v2.Money and x.v1.Money are declared alike
          new reader, old data: ok if x.v1.Money and x.v2.Money are declared alike
    "#]],
    );
}

#[test]
fn a_group_is_no_message_to_the_wire() {
    check(
        "edition = \"2023\"; message A {} message M { A a = 1; }",
        "edition = \"2023\"; message A {} message M { A a = 1 [features.message_encoding = DELIMITED]; }",
        expect![[r#"
            M.a
              old reader, new data: lost (a arrives with wire type 3, the reader expects 2: it is put aside as unknown and reads as unset) if a wrong wire type is treated as an unknown field (prost refuses it: invalid wire type)
              old reader, new data, JSON: ok
              new reader, old data: lost (a arrives with wire type 2, the reader expects 3: it is put aside as unknown and reads as unset) if a wrong wire type is treated as an unknown field (prost refuses it: invalid wire type)
              new reader, old data, JSON: ok
        "#]],
    );
}

#[test]
fn a_packed_list_is_nothing_to_a_reader_of_one_number() {
    field(
        "int32 a = 1;",
        "repeated int32 a = 1;",
        expect![[r#"
        M.a
          old reader, new data: lost (a arrives with wire type 2, the reader expects 0: it is put aside as unknown and reads as unset) if a wrong wire type is treated as an unknown field (prost refuses it: invalid wire type)
          old reader, new data, JSON: refused (a is a list, expected a value)
          new reader, old data: ok
          new reader, old data, JSON: refused (a is a value, expected a list)
    "#]],
    );
    proto2(
        "optional int32 a = 1;",
        "repeated int32 a = 1;",
        expect![[r#"
            M.a
              old reader, new data: lost (several values of a are gone but for the last) if more than one value is written
              old reader, new data, JSON: refused (a is a list, expected a value)
              new reader, old data: ok
              new reader, old data, JSON: refused (a is a value, expected a list)
        "#]],
    );
}

#[test]
fn of_a_list_of_texts_the_last_one_counts() {
    field(
        "string a = 1;",
        "repeated string a = 1;",
        expect![[r#"
        M.a
          old reader, new data: lost (several values of a are gone but for the last) if more than one value is written
          old reader, new data, JSON: refused (a is a list, expected a value)
          new reader, old data: ok
          new reader, old data, JSON: refused (a is a value, expected a list)
    "#]],
    );
    field(
        "A a = 1;",
        "repeated A a = 1;",
        expect![[r#"
        M.a
          old reader, new data: misread (several values of a are merged into one) if more than one value is written
          old reader, new data, JSON: refused (a is a list, expected a value)
          new reader, old data: ok
          new reader, old data, JSON: refused (a is a value, expected a list)
    "#]],
    );
}

#[test]
fn packed_or_not_is_no_change() {
    field(
        "repeated int32 a = 1;",
        "repeated int32 a = 1 [packed = false];",
        expect![[""]],
    );
}

#[test]
fn bytes_in_a_list_of_numbers_are_read_as_numbers() {
    field(
        "repeated int32 a = 1;",
        "repeated string a = 1;",
        expect![[r#"
            M.a
              old reader, new data: misread (the bytes of a are read as a packed list of int32)
              old reader, new data, JSON: refused (invalid value for int32 field a: a text) if texts that do not look like it are written
              new reader, old data: misread (the packed int32 of a are read as one string)
              new reader, old data, JSON: refused (invalid value for string field a: a number)
        "#]],
    );
}

#[test]
fn a_map_is_a_list_of_entries() {
    field(
        "map<string, int32> a = 1;",
        "repeated KV a = 1;",
        expect![[r#"
            M.a
              old reader, new data: ok if KV has the key and the value of map<string, int32>, and keys occur once
              old reader, new data, JSON: refused (a is a list, expected an object)
              new reader, old data: ok if KV has the key and the value of map<string, int32>, and keys occur once
              new reader, old data, JSON: refused (a is an object, expected a list)
        "#]],
    );
    field(
        "map<string, int32> a = 1;",
        "repeated C a = 1;",
        expect![[r#"
            M.a
              old reader, new data: misread (C is no entry of map<string, int32>)
              old reader, new data, JSON: refused (a is a list, expected an object)
              new reader, old data: misread (C is no entry of map<string, int32>)
              new reader, old data, JSON: refused (a is an object, expected a list)
        "#]],
    );
    field(
        "map<string, int32> a = 1;",
        "map<string, int64> a = 1;",
        expect![[r#"
            M.a
              old reader, new data: misread (4294967297 reads as 1) if a number of more than 32 bits is written
              old reader, new data, JSON: refused (invalid value for int32 field a: out of range) if a number beyond the reader's range is written
              new reader, old data: ok
        "#]],
    );
}

#[test]
fn a_required_field_added_refuses_old_data() {
    proto2(
        "",
        "required int32 a = 1;",
        expect![[r#"
        M.a
          old reader, new data: ok if unknown fields are kept
          old reader, new data, JSON: refused (unknown field "a") if the JSON parser rejects unknown fields (its default)
          new reader, old data: refused (missing required fields: a)
    "#]],
    );
}

#[test]
fn a_required_field_removed_refuses_new_data() {
    proto2(
        "required int32 a = 1;",
        "",
        expect![[r#"
        M.a
          old reader, new data: refused (missing required fields: a)
          new reader, old data: ok if unknown fields are kept
          new reader, old data, JSON: refused (unknown field "a") if the JSON parser rejects unknown fields (its default)
    "#]],
    );
}

#[test]
fn required_to_optional_is_safe_once_all_readers_are_new() {
    proto2(
        "required int32 a = 1;",
        "optional int32 a = 1;",
        expect![[r#"
            M.a
              old reader, new data: refused (missing required fields: a) if a is left unset at times
              new reader, old data: ok
        "#]],
    );
}

#[test]
fn presence_is_lost_where_zero_is_not_written() {
    field(
        "optional int32 a = 1;",
        "int32 a = 1;",
        expect![[r#"
            M.a
              old reader, new data: absent (a zero a is not written and reads as unset) if the reader does not require the field
              new reader, old data: ok if unset and zero mean the same to the reader
        "#]],
    );
}

#[test]
fn another_default_is_another_meaning_of_unset() {
    proto2(
        "optional int32 a = 1 [default = 5];",
        "optional int32 a = 1 [default = 7];",
        expect![[r#"
            M.a
              old reader, new data: misread (an unset a reads as 5, the writer means 7) if a is left unset at times
              new reader, old data: misread (an unset a reads as 7, the writer means 5) if a is left unset at times
        "#]],
    );
    proto2(
        "optional int32 a = 1;",
        "optional int32 a = 1 [default = 0];",
        expect![[""]],
    );
}

#[test]
fn one_field_may_move_into_a_new_oneof() {
    field(
        "string a = 1;",
        "oneof o { string a = 1; string b = 2; }",
        expect![[r#"
            M.a
              old reader, new data: ok if unset and zero mean the same to the reader
              new reader, old data: absent (a zero a is not written and reads as unset) if the reader does not require the field
            M.b
              old reader, new data: absent (the reader finds nothing set in the oneof o) if the reader knows the oneof o
              old reader, new data, JSON: refused (unknown field "b") if the JSON parser rejects unknown fields (its default)
              new reader, old data: absent (b is not there and reads as unset) if the reader does not require the field
        "#]],
    );
}

#[test]
fn two_fields_moved_into_a_oneof_exclude_each_other() {
    field(
        "string a = 1; string b = 2;",
        "oneof o { string a = 1; string b = 2; }",
        expect![[r#"
            M.a
              old reader, new data: ok if unset and zero mean the same to the reader
              new reader, old data: lost (the reader keeps only the last member of the oneof o that is written) if a is written together with another member
              new reader, old data, JSON: refused (oneof o is already set) if a is written together with another member
            M.b
              old reader, new data: ok if unset and zero mean the same to the reader
              new reader, old data: lost (the reader keeps only the last member of the oneof o that is written) if b is written together with another member
              new reader, old data, JSON: refused (oneof o is already set) if b is written together with another member
        "#]],
    );
}

#[test]
fn a_oneof_member_added_is_nothing_set_to_the_old_reader() {
    field(
        "oneof o { string a = 1; }",
        "oneof o { string a = 1; string b = 2; }",
        expect![[r#"
            M.b
              old reader, new data: absent (the reader finds nothing set in the oneof o) if the reader knows the oneof o
              old reader, new data, JSON: refused (unknown field "b") if the JSON parser rejects unknown fields (its default)
              new reader, old data: absent (b is not there and reads as unset) if the reader does not require the field
        "#]],
    );
}

#[test]
fn a_field_renamed_is_another_field_to_json_alone() {
    field(
        "int32 price = 1;",
        "int32 price_cents = 1;",
        expect![[r#"
        M.price
          old reader, new data: ok if price_cents and price mean the same
          old reader, new data, JSON: refused (unknown field "priceCents") if the JSON parser rejects unknown fields (its default)
          new reader, old data: ok if price and price_cents mean the same
          new reader, old data, JSON: refused (unknown field "price") if the JSON parser rejects unknown fields (its default)
    "#]],
    );
    field(
        "int32 a_b = 1;",
        "int32 a_b = 1 [json_name = \"ab\"];",
        expect![[r#"
            M.a_b
              old reader, new data: ok
              old reader, new data, JSON: refused (unknown field "ab") if the JSON parser rejects unknown fields (its default)
              new reader, old data: ok
              new reader, old data, JSON: refused (unknown field "aB") if the JSON parser rejects unknown fields (its default)
        "#]],
    );
    field(
        "int32 a = 1; int32 b = 2;",
        "int32 b = 1; int32 a = 2;",
        expect![[r#"
            M.a
              old reader, new data: misread (1 is b to the writer and a to the reader)
              old reader, new data, JSON: ok if "b" still means the same
              new reader, old data: misread (1 is a to the writer and b to the reader)
              new reader, old data, JSON: ok if "a" still means the same
            M.b
              old reader, new data: misread (2 is a to the writer and b to the reader)
              old reader, new data, JSON: ok if "a" still means the same
              new reader, old data: misread (2 is b to the writer and a to the reader)
              new reader, old data, JSON: ok if "b" still means the same
        "#]],
    );
}

#[test]
fn an_enum_value_added_is_a_number_to_an_open_enum() {
    check(
        "syntax = \"proto3\"; enum E { X = 0; }",
        "syntax = \"proto3\"; enum E { X = 0; Y = 1; }",
        expect![[r#"
            E.Y
              old reader, new data: ok if the reader accepts a number that has no name in E
              old reader, new data, JSON: refused (invalid enum value: Y for enum type: E) if the JSON parser rejects unknown enum values (its default)
              new reader, old data: ok
        "#]],
    );
}

#[test]
fn an_enum_value_added_is_put_aside_by_a_closed_enum() {
    check(
        "enum E { X = 0; }",
        "enum E { X = 0; Y = 1; }",
        expect![[r#"
            E.Y
              old reader, new data: absent (Y (1) is put aside as unknown: the field reads as X) if E is closed to the reader too
              old reader, new data, JSON: refused (invalid enum value: Y for enum type: E) if the JSON parser rejects unknown enum values (its default)
              new reader, old data: ok
        "#]],
    );
}

#[test]
fn an_enum_value_added_under_a_required_field_refuses_new_data() {
    check(
        "enum E { X = 0; } message M { required E e = 1; }",
        "enum E { X = 0; Y = 1; } message M { required E e = 1; }",
        expect![[r#"
            E.Y
              old reader, new data: refused (missing required fields: e) if E is closed to the reader too
              new reader, old data: ok
        "#]],
    );
}

#[test]
fn an_enum_value_removed_is_unknown_to_the_new_reader() {
    check(
        "syntax = \"proto3\"; enum E { X = 0; Y = 1; }",
        "syntax = \"proto3\"; enum E { X = 0; reserved 1; }",
        expect![[r#"
            E.Y
              old reader, new data: ok
              new reader, old data: ok if the reader accepts a number that has no name in E
              new reader, old data, JSON: refused (invalid enum value: Y for enum type: E) if the JSON parser rejects unknown enum values (its default)
        "#]],
    );
}

#[test]
fn enum_values_that_swap_numbers_are_taken_for_each_other() {
    check(
        "syntax = \"proto3\"; enum E { A = 0; B = 1; }",
        "syntax = \"proto3\"; enum E { B = 0; A = 1; }",
        expect![[r#"
            E.A
              old reader, new data: misread (1 is A to the writer and B to the reader)
              old reader, new data, JSON: ok
              new reader, old data: misread (0 is A to the writer and B to the reader)
              new reader, old data, JSON: ok
            E.B
              old reader, new data: misread (0 is B to the writer and A to the reader)
              old reader, new data, JSON: ok
              new reader, old data: misread (1 is B to the writer and A to the reader)
              new reader, old data, JSON: ok
        "#]],
    );
}

#[test]
fn an_enum_that_closes_puts_numbers_aside() {
    let file = |kind: &str| {
        format!(
            "edition = \"2023\"; enum E {{ option features.enum_type = {kind}; X = 0; }} message M {{ E e = 1; }}"
        )
    };
    check(
        &file("OPEN"),
        &file("CLOSED"),
        expect![[r#"
        M.e
          old reader, new data: ok
          new reader, old data: absent (a number without a name in E is put aside as unknown) if numbers without a name are written
          new reader, old data, JSON: ok
    "#]],
    );
}

#[test]
fn a_type_that_turns_from_message_to_enum_is_another_wire_type() {
    check(
        "syntax = \"proto3\"; message M { T a = 1; } message T {}",
        "syntax = \"proto3\"; message M { T a = 1; } enum T { X = 0; }",
        expect![[r#"
            M.a
              old reader, new data: lost (a arrives with wire type 0, the reader expects 2: it is put aside as unknown and reads as unset) if a wrong wire type is treated as an unknown field (prost refuses it: invalid wire type)
              old reader, new data, JSON: refused (invalid value for T field a: an enum name)
              new reader, old data: lost (a arrives with wire type 2, the reader expects 0: it is put aside as unknown and reads as unset) if a wrong wire type is treated as an unknown field (prost refuses it: invalid wire type)
              new reader, old data, JSON: refused (invalid value for T field a: an object)
            T.X
              old reader, new data: ok if the reader accepts a number that has no name in T
              old reader, new data, JSON: refused (invalid enum value: X for enum type: T) if the JSON parser rejects unknown enum values (its default)
              new reader, old data: ok
        "#]],
    );
}

#[test]
fn a_method_removed_refuses_the_old_client() {
    service(
        "service S { rpc Get(A) returns (A); rpc Put(A) returns (A); }",
        "service S { rpc Get(A) returns (A); }",
        expect![[r#"
            S.Put
              old client, new server: refused (UNIMPLEMENTED: unknown method Put for service S)
        "#]],
    );
}

#[test]
fn a_method_added_refuses_the_new_client_until_all_servers_are_new() {
    service(
        "service S { rpc Get(A) returns (A); }",
        "service S { rpc Get(A) returns (A); rpc Put(A) returns (A); }",
        expect![[r#"
            S.Put
              new client, old server: refused (UNIMPLEMENTED: unknown method Put for service S)
        "#]],
    );
}

#[test]
fn a_package_renamed_is_another_service_both_ways() {
    check(
        "syntax = \"proto3\"; package shop.v1; service Orders { rpc Get(A) returns (A); } message A {}",
        "syntax = \"proto3\"; package shop.v2; service Orders { rpc Get(A) returns (A); } message A {}",
        expect![[r#"
            shop.v1.Orders.Get
              old client, new server: refused (UNIMPLEMENTED: unknown service shop.v1.Orders)
            shop.v2.Orders.Get
              new client, old server: refused (UNIMPLEMENTED: unknown service shop.v2.Orders)
        "#]],
    );
}

#[test]
fn a_request_or_response_of_another_type_is_misread() {
    service(
        "service S { rpc Get(A) returns (A); }",
        "service S { rpc Get(C) returns (B); }",
        expect![[r#"
            S.Get
              old client, new server: misread (A is read as C)
              new client, old server: misread (C is read as A)
        "#]],
    );
}

#[test]
fn a_stream_where_one_message_is_expected_is_refused() {
    service(
        "service S { rpc Get(A) returns (A); rpc Put(A) returns (A); }",
        "service S { rpc Get(A) returns (stream A); rpc Put(stream A) returns (A); }",
        expect![[r#"
            S.Get
              old client, new server: refused (INTERNAL: More than one value received for unary call) if the server sends more than one message, the runtime refuses more than one message (grpc-java; others drop or wait)
              new client, old server: ok if the streaming side is content with one message
            S.Put
              old client, new server: ok if the streaming side is content with one message
              new client, old server: refused (INTERNAL: Too many requests) if the client sends more than one message, the runtime refuses more than one message (grpc-java; others drop or wait)
        "#]],
    );
}

#[test]
fn idempotency_and_generator_options_are_no_matter_of_the_wire() {
    service(
        "option go_package = \"a\"; service S { rpc Get(A) returns (A) { option idempotency_level = NO_SIDE_EFFECTS; } }",
        "option go_package = \"b\"; option java_package = \"c\"; service S { rpc Get(A) returns (A); }",
        expect![[""]],
    );
}

#[test]
fn a_decision_meets_a_value_that_it_does_not_know() {
    let new = linked(
        "syntax = \"proto3\"; enum Status { STATUS_NEW = 0; STATUS_PAID = 1; STATUS_LOST = 2; }",
    );
    let surface = Surface::new(SurfaceKind::Enum, "Status");
    let meet = |known: &[&str], other: Other| {
        let known = known.iter().map(|k| (*k).to_owned()).collect();
        text(&Wire.meet(
            &access(&surface, None, Mode::Matches { known, other }),
            &new,
        ))
    };
    let some = ["Status_STATUS_NEW", "Status::Paid"];
    assert_eq!(meet(&some, Other::Accepts), "ok");
    assert_eq!(
        meet(&some, Other::Rejects),
        "refused (STATUS_LOST of Status has no branch) if STATUS_LOST is written"
    );
    assert_eq!(meet(&["STATUS_NEW", "PAID", "Lost"], Other::Rejects), "ok");
    assert!(meet(&some, Other::Unclear).starts_with("unknown"));
}
