//! Methods and services come, go, move and change their streams and types.

use expect_test::expect;

use super::{check, service};

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
