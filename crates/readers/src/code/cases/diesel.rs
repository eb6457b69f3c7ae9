//! diesel.

use expect_test::expect;

use super::check;

#[test]
fn a_table_is_declared_by_its_macro() {
    check(
        "src/schema.rs",
        r#"
diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Mood;
    /// People.
    #[sql_name = "people"]
    app.person (id) {
        id -> Int4,
        /// Doc -> x,
        #[sql_name = "type"]
        #[max_length = 20]
        kind -> Nullable<Varchar>,
        tags -> Array<Nullable<Text>>,
        mood -> Mood,
    }
}
diesel::joinable!(person -> site (site_id));
other::table! { a | b }
table! { broken (id) { id -> Int4 x } { a }
"#,
        expect![[r#"
            7: diesel person on app.people (id integer, type varchar(20)?, tags text[], mood ) [("kind", "type")]
            19: problem: this table! declaration was not understood [broken id int4]
        "#]],
    );
}

#[test]
fn queries_name_their_table_and_columns() {
    check(
        "src/a.rs",
        r#"
use diesel::prelude::*;
use crate::schema::{users, posts as p};
fn f() {
    users::table.find(1).first(conn);
    users::table.filter(users::name.eq("a")).select(users::id).load(conn);
    diesel::update(users::table).set((users::age.eq(3), users::name.eq(n))).execute(conn);
    insert_into(users::table).values((users::name.eq("x"), users::age.eq(y))).get_result(conn);
    diesel::delete(p::table.find(1)).execute(conn);
    crate::schema::orgs::table.count();
    let users = other::users::name;
}
"#,
        expect![[r#"
            5: model users queries high resolved-call @users::table
            6: model users reads high resolved-call @users::table
            6: model users.name reads high resolved-call @users::name
            6: model users.id reads high resolved-call @users::id
            7: model users reads high resolved-call @users::table
            7: model users.age writes 3 high resolved-call @users::age
            7: model users.name writes high resolved-call @users::name
            8: model users inserts [name, age] name=x high resolved-call @insert_into(users::table).values((users::name.eq("x"), users::age.eq(y)))
            8: model users queries high resolved-call @users::table
            9: model posts deletes high resolved-call @p::table
            10: model orgs reads high resolved-call @crate::schema::orgs::table
        "#]],
    );
}

#[test]
fn what_a_query_names_is_said_by_its_own_select() {
    check(
        "src/a.rs",
        r#"
use diesel::prelude::*;
use crate::schema::{users, posts, orgs};
fn joined() {
    posts::table.inner_join(users::table.on(users::id.eq(posts::id))).select(posts::id).load(conn);
    posts::table.left_join(users::table).load(conn);
}
async fn in_a_variable() {
    let mut query = posts::table.filter(posts::id.eq(1)).into_boxed();
    if deep { query = query.filter(posts::id.eq(2)); }
    let rows = query.select(posts::id).load(conn).await?;
    let all = orgs::table.limit(3);
    all.load(conn).await?;
}
fn handed_on() -> All { users::table.into_boxed() }
fn asked() { diesel::select(diesel::dsl::exists(users::table.find(1))).get_result(conn) }
"#,
        expect![[r#"
            5: model posts reads high resolved-call @posts::table
            5: model users reads high resolved-call @users::table
            5: model users.id reads high resolved-call @users::id
            5: model posts.id reads high resolved-call @posts::id
            5: model posts.id reads high resolved-call @posts::id
            6: model posts queries high resolved-call @posts::table
            6: model users queries high resolved-call @users::table
            9: model posts reads high resolved-call @posts::table
            9: model posts.id reads high resolved-call @posts::id
            10: model posts.id reads high resolved-call @posts::id
            11: model posts.id reads high resolved-call @posts::id
            12: model orgs queries high resolved-call @orgs::table
            15: model users queries medium resolved-call @users::table
            16: model users queries high resolved-call @users::table
        "#]],
    );
}

#[test]
fn names_of_a_dsl_module_are_columns() {
    check(
        "src/a.rs",
        "fn f() {\n    use crate::schema::users::dsl::{users, name};\n    users.filter(name.is_null()).load::<U>(c)\n}\n",
        expect![[r#"
            3: model users queries high resolved-call @users
            3: model users.name reads high resolved-call @name
        "#]],
    );
}

#[test]
fn structs_stand_for_rows() {
    check(
        "src/a.rs",
        r#"
#[derive(Clone, PartialEq)]
#[cfg_attr(feature = "full", derive(Queryable, Selectable))]
#[cfg_attr(feature = "full", diesel(table_name = crate::schema::users))]
/// A user.
pub struct User {
    pub id: i32,
    #[diesel(column_name = "type")]
    pub kind: String,
    #[diesel(embed)]
    pub more: More,
}
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = users)]
struct Form<'a> { name: &'a str, #[diesel(column_name = age_)] age: Option<i32> }
#[derive(Queryable)]
#[diesel(table_name = users)]
struct Row(i32);
struct Plain { name: String }
"#,
        expect![[r#"
            7: model users.id reads high resolved-call @id
            9: model users.type reads high resolved-call @kind
            15: model users inserts [name, age_] high resolved-call @Form
            15: model users.name writes high resolved-call @name
            15: model users.age_ writes high resolved-call @age
            18: model users queries high resolved-call @Row
        "#]],
    );
}

#[test]
fn rows_and_queries_inside_of_macros_count() {
    check(
        "src/a.rs",
        r#"
use diesel::prelude::*;
db_object! {
    #[derive(Queryable, Insertable)]
    #[diesel(table_name = users)]
    pub struct User { pub id: i32, pub name: String }
}
async fn f(conn: &DbConn) {
    db_run! { conn: sqlite, mysql {
        users::table.filter(users::name.eq("a")).first(conn)
    } postgresql {
        diesel::delete(users::table).execute(conn)
    }}
}
fn words_of_another_kind() { dsl! { users::table => name, users } }
"#,
        expect![[r#"
            6: model users inserts [id, name] high resolved-call @User
            6: model users queries high resolved-call @User
            10: model users queries high resolved-call @users::table
            10: model users.name reads high resolved-call @users::name
            12: model users deletes high resolved-call @users::table
        "#]],
    );
}
