//! Rust: entities of SeaORM and what is done through them.

use expect_test::expect;

use super::check;

#[test]
fn a_model_goes_by_the_name_of_its_module() {
    check(
        "entity/src/user_role.rs",
        r#"use sea_orm::entity::prelude::*;
#[derive(Clone, DeriveEntityModel)]
#[sea_orm(schema_name = "auth", table_name = "roles")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[sea_orm(column_name = "heading", column_type = "Text")]
    pub title: String,
    pub r#type: Option<i32>,
    #[sea_orm(ignore)]
    pub shown: bool,
    #[sea_orm(has_many)]
    pub users: HasMany<super::user::Entity>,
    #[sea_orm(enum_name = "Since")]
    pub created_at: DateTime,
}
impl ActiveModelBehavior for ActiveModel {}
impl Entity {
    pub fn titled(title: &str) -> Select<Entity> { Self::find().filter(Column::Title.eq(title)) }
}
mod team {
    #[derive(DeriveEntityModel)]
    #[sea_orm(table_name = "teams", rename_all = "camelCase")]
    pub struct Model { pub team_id: i32 }
}
"#,
        expect![[r#"
            4: sea-orm user_role on auth.roles (id bigint, heading , type integer?, created_at ) [("title", "heading"), ("since", "created_at")]
            24: sea-orm team on teams (teamId integer) [("team_id", "teamId")]
            19: model user_role queries medium resolved-call @Self::find()
            19: model user_role.title reads high resolved-call @Title
        "#]],
    );
}

#[test]
fn queries_and_active_models_use_the_entities() {
    check(
        "src/roles.rs",
        r#"use sea_orm::entity::prelude::*;
mod did {
    #[derive(DeriveEntityModel)]
    #[sea_orm(table_name = "dids")]
    pub struct Model { pub id: i32, pub name: String, pub note: Option<String> }
    impl ActiveModelBehavior for ActiveModel {}
}
mod key {
    #[derive(DeriveEntityModel)]
    #[sea_orm(table_name = "keys")]
    pub struct Model { pub id: i32 }
}
use self::did::Entity as Did;
async fn f(db: &DatabaseConnection) {
    let all = did::Entity::find().filter(did::Column::Name.eq("x")).all(db).await?;
    let some = Did::find().select_only().column(did::Column::Id).into_tuple::<i32>().all(db).await?;
    let both = did::Entity::find_by_id(1).find_also_related(key::Entity).one(db).await?;
    did::ActiveModel { name: Set("x".into()), ..Default::default() }.insert(db).await?;
    let made = did::ActiveModel { id: NotSet, name: Set("x".into()), note: Set(None) };
    did::Entity::insert(made).exec(db).await?;
    did::ActiveModel { id: Unchanged(1), note: Set(None), ..Default::default() }.update(db).await?;
    did::Entity::update_many().col_expr(did::Column::Note, Expr::value("x")).exec(db).await?;
    did::Entity::insert_many(rows).exec(db).await?;
    key::Entity::delete_by_id(1).exec(db).await?;
}
impl From<New> for did::ActiveModel {
    fn from(new: New) -> Self { Self { name: Set(new.name), ..base(new) } }
}
fn query() -> Select<did::Entity> { did::Entity::find().order_by_asc(did::Column::Id) }
"#,
        expect![[r#"
            5: sea-orm did on dids (id integer, name , note ?) []
            11: sea-orm key on keys (id integer) []
            15: model did queries high resolved-call @did::Entity::find()
            15: model did.name reads high resolved-call @Name
            16: model did reads high resolved-call @Did::find()
            16: model did.id reads high resolved-call @Id
            17: model did queries high resolved-call @did::Entity::find_by_id(1)
            17: model key queries high resolved-call @did::Entity::find_by_id(1).find_also_related(key::Entity)
            18: model did inserts [name] high resolved-call @did::ActiveModel { name: Set("x".into()), ..Default::default() }
            18: model did queries high resolved-call @did::ActiveModel { name: Set("x".into()), ..Default::default() }
            18: model did.name writes high resolved-call @name
            19: model did inserts [name, note] high resolved-call @did::ActiveModel { id: NotSet, name: Set("x".into()), note: Set(None) }
            19: model did.name writes high resolved-call @name
            19: model did.note writes high resolved-call @note
            20: model did inserts [] medium resolved-call @did::Entity::insert(made)
            21: model did queries high resolved-call @did::ActiveModel { id: Unchanged(1), note: Set(None), ..Default::default() }
            21: model did.note writes high resolved-call @note
            22: model did reads high resolved-call @did::Entity::update_many()
            22: model did.note writes high resolved-call @Note
            23: model did inserts [] medium resolved-call @did::Entity::insert_many(rows)
            24: model key deletes high resolved-call @key::Entity::delete_by_id(1)
            27: model did inserts [] medium resolved-call @Self { name: Set(new.name), ..base(new) }
            27: model did.name writes high resolved-call @name
            29: model did queries medium resolved-call @did::Entity::find()
            29: model did.id reads high resolved-call @Id
        "#]],
    );
}
