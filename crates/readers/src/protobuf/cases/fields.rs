//! Fields come, go, and change their presence, oneof, default or name.

use expect_test::expect;

use super::{check, field, proto2};

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
fn what_is_reserved_is_there_for_nobody() {
    field("reserved 2, 4 to 6; reserved \"b\";", "", expect![[""]]);
    field(
        "reserved 2;",
        "int32 b = 2;",
        expect![[r#"
            M.b
              old reader, new data: ok if unknown fields are kept
              old reader, new data, JSON: refused (unknown field "b") if the JSON parser rejects unknown fields (its default)
              new reader, old data: absent (b is not there and reads as 0) if the reader does not require the field
        "#]],
    );
}

#[test]
fn text_that_is_checked_from_now_on_must_have_been_text() {
    check(
        "syntax = \"proto2\"; message M { optional string a = 1; }",
        "syntax = \"proto3\"; message M { optional string a = 1; }",
        expect![[r#"
            M.a
              old reader, new data: ok
              new reader, old data: ok if all text is UTF-8
        "#]],
    );
}

#[test]
fn an_extension_is_a_field_like_any_other() {
    check(
        "message M { extensions 100 to 200; } extend M { optional int32 x = 100; }",
        "message M { extensions 100 to 200; } extend M { optional sint32 x = 100; }",
        expect![[r#"
            M.x
              old reader, new data: misread (1 reads as 2) if a number other than 0 is written
              old reader, new data, JSON: ok
              new reader, old data: misread (1 reads as -1) if a number other than 0 is written
              new reader, old data, JSON: ok
        "#]],
    );
}
