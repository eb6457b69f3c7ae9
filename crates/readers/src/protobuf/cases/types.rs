//! A field gets another type or cardinality.

use expect_test::expect;

use super::{check, field, proto2};

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
fn a_number_that_goes_to_another_field_is_misread() {
    field(
        "repeated x.Poller pollers = 1;",
        "y.Answer answer = 1;",
        expect![[r#"
            M.pollers
              old reader, new data: misread (1 is answer, a y.Answer, to the writer and pollers, a x.Poller, to the reader)
              old reader, new data, JSON: refused (unknown field "answer") if the JSON parser rejects unknown fields (its default)
              new reader, old data: misread (1 is pollers, a x.Poller, to the writer and answer, a y.Answer, to the reader)
              new reader, old data, JSON: refused (unknown field "pollers") if the JSON parser rejects unknown fields (its default)
        "#]],
    );
    // A list that became one message of the same type may be the same field under a better name.
    field(
        "repeated x.Poller pollers = 1;",
        "x.Poller poller = 1;",
        expect![[r#"
            M.pollers
              old reader, new data: ok if poller and pollers mean the same
              old reader, new data, JSON: refused (unknown field "poller") if the JSON parser rejects unknown fields (its default)
              new reader, old data: lost (several values of poller are gone but for the last) if more than one value is written
              new reader, old data, JSON: refused (unknown field "pollers") if the JSON parser rejects unknown fields (its default)
        "#]],
    );
}

#[test]
fn a_parser_that_gogo_generates_refuses_another_wire_type() {
    let file = |field: &str| {
        format!("syntax = \"proto3\";\nimport \"gogoproto/gogo.proto\";\nmessage M {{ {field} }}")
    };
    check(
        &file("uint32 page_count = 1;"),
        &file("string page_count = 1;"),
        expect![[r#"
            M.page_count
              old reader, new data: refused (proto: wrong wireType = 2 for field PageCount)
              new reader, old data: refused (proto: wrong wireType = 0 for field PageCount)
        "#]],
    );
}
