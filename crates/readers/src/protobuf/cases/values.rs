//! Enum values come, go and swap.

use coexist_model::{Form as _, Mode, Other, Surface, SurfaceKind};
use expect_test::expect;

use super::super::Wire;
use super::{access, check, linked, text};

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
