use super::*;

#[test]
fn a_dropped_column_takes_its_constraints_along_in_postgres() {
    check_replay(
        Dialect::Postgres,
        "t create a integer; b integer; u unique(a,b); i index(b)\n t drop a",
        expect![[r#"
        table t: b integer, i Index["b"]
    "#]],
    );
}

#[test]
fn a_dropped_column_leaves_the_rest_of_its_index_in_mysql() {
    check_replay(
        Dialect::MySql,
        "t create a integer; b integer; u unique(a,b); i index(a)\n t drop A",
        expect![[r#"
        table t: b integer, u Unique["b"]
    "#]],
    );
}

#[test]
fn renames_carry_constraints_foreign_keys_and_types_along() {
    check_replay(
        Dialect::Postgres,
        "users create id serial; users_pkey pk(id)
         orders create user_id integer; s status[]; f fk(user_id) users; c check(user_id) user_id IN ('user_id')
         status enum a b
         users rename-to people
         orders rename user_id owner
         status rename-type state
         state rename-value a z",
        expect![[r#"
            table orders: owner integer, s state[], f ForeignKey { table: "people" }["owner"], c Check { expression: "owner IN ('user_id')" }["owner"]
            table people: id integer ! +, users_pkey PrimaryKey["id"]
            type state: z, b
        "#]],
    );
}

#[test]
fn the_rebuild_idiom_of_sqlite_is_one_alteration() {
    check_replay(
        Dialect::Sqlite,
        "t create id integer; a text; t_pk pk(id)
         t_new create id integer; a text !; t_pk pk(id)
         t_new seed
         t drop-table
         t_new rename-to t",
        expect![[r#"
            table t: id integer +, a text !, t_pk PrimaryKey["id"]
        "#]],
    );
}

#[test]
fn conditional_forms_change_nothing_that_is_there_already() {
    check_replay(
        Dialect::Postgres,
        "t create a integer
         if t create b integer
         if t add a text
         if t drop zz
         if nobody drop a",
        expect![[r#"
            table t: a integer
        "#]],
    );
}

#[test]
fn an_index_is_dropped_without_the_name_of_its_table() {
    check_replay(
        Dialect::Postgres,
        "t create a integer; i unique(a)\n i drop-constraint i",
        expect![[r#"
        table t: a integer
    "#]],
    );
}

#[test]
fn a_type_replaced_as_a_whole_is_followed_by_its_columns() {
    check_replay(
        Dialect::Postgres,
        "s enum a b
         t create x s
         s rename-type s_old
         s enum a c
         t type x s
         s_old drop-type",
        expect![[r#"
            table t: x s
            type s: a, c
        "#]],
    );
}
