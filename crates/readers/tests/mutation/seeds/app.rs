diesel::table! {
    /// Users.
    use diesel::sql_types::*;
    users (id) {
        id -> Int4,
        #[sql_name = "type"]
        #[max_length = 20]
        kind -> Nullable<Varchar>,
    }
}
diesel::joinable!(users -> orgs (org_id));
async fn load(pool: &PgPool) -> Result<Vec<User>, Error> {
    let n = users::table.filter(users::kind.eq("x")).select((users::id, users::kind)).load(pool)?;
    sqlx::query_as!(User, r#"SELECT id, name as "name!" FROM users WHERE id = $1"#, 1_i64).fetch_all(pool).await?;
    match order.status() { Status::Paid => Ok(n), _ => panic!("{}", '\u{41}') }
}
