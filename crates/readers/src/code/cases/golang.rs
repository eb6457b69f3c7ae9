//! Go: GORM.

use expect_test::expect;

use super::check;

#[test]
fn a_struct_with_tags_of_gorm_is_a_table() {
    check(
        "model/user.go",
        r#"package model

type Base struct {
	ID        uint `gorm:"primaryKey"`
	CreatedAt time.Time
}

type Status int

type User struct {
	gorm.Model
	Base
	Name, Nick string
	APIKey  *string `gorm:"column:key;not null;default:'x'"`
	State   Status
	Team    Team
	TeamID  uint
	Posts   []Post
	Data    []byte
	Secret  string `gorm:"-"`
	Owner   *User `gorm:"foreignKey:OwnerID"`
	Home    Address `gorm:"embedded;embeddedPrefix:home_"`
	hidden  int
}

type Address struct {
	City string
}

func (User) TableName() string { return "people" }

type Plain struct{ A string }
"#,
        expect![[r#"
            3: gorm Base on bases (id ?, created_at ?) [("ID", "id"), ("CreatedAt", "created_at")]
            10: gorm User on people (id ?, created_at ?, updated_at ?, deleted_at ?, name ?, nick ?, key , state ?, team ?, team_id ?, data ?, home_city ?) [("ID", "id"), ("CreatedAt", "created_at"), ("UpdatedAt", "updated_at"), ("DeletedAt", "deleted_at"), ("Name", "name"), ("Nick", "nick"), ("APIKey", "key"), ("State", "state"), ("Team", "team"), ("TeamID", "team_id"), ("Data", "data"), ("City", "home_city")]
        "#]],
    );
}

#[test]
fn chains_on_a_database_use_the_models() {
    check(
        "store/users.go",
        r#"package store

import "gorm.io/gorm"

type User struct {
	ID   uint `gorm:"primaryKey"`
	Name string
	Age  int
}

func (s *Store) All(ctx context.Context) error {
	var users []User
	q := s.db.WithContext(ctx).Where("age > ? AND users.name = ?", 3, "x").Order("name desc")
	return q.Find(&users).Error
}

func add(tx *gorm.DB, user *User, more []*User) {
	tx.Create(user)
	tx.Save(&more)
	tx.Model(&User{}).Where(&User{Name: "a"}).Updates(map[string]any{"age": 1})
	tx.Model(user).Update("name", "b")
	tx.Model(user).Select("name", "age").Updates(User{Name: "c"})
	tx.Delete(&User{}, "age = ?", 2)
	tx.First(&User{}, user.ID)
	var names []string
	tx.Model(&User{}).Pluck("name", &names)
	tx.Model(&User{}).Create(map[string]interface{}{"name": "x"})
	tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "id"}}}).Create(&User{})
	service.Create(user)
	tx.Model(&User{}).Select("users.name, o.total").Joins("JOIN orders o ON o.user_id = users.id").Find(&user)
}
"#,
        expect![[r#"
            5: gorm User on users (id ?, name ?, age ?) [("ID", "id"), ("Name", "name"), ("Age", "age")]
            13: model User.age reads high parsed-sql @age
            13: model User.name reads high parsed-sql @name
            13: model User.name reads high parsed-sql @name
            14: model User reads high resolved-call @Find
            14: model User queries medium resolved-call @Find
            18: model User inserts [] high resolved-call @Create
            19: model User inserts [] medium resolved-call @Save
            19: model User queries high resolved-call @Save
            20: model User.Name reads high resolved-call @Name
            20: model User.age writes high resolved-call @"age"
            21: model User.name writes b high resolved-call @Update
            22: model User.name reads high parsed-sql @name
            22: model User.age reads high parsed-sql @age
            22: model User.Name writes c high resolved-call @Name
            23: model User deletes high resolved-call @Delete
            23: model User.age reads high parsed-sql @age
            24: model User reads high resolved-call @First
            24: model User queries medium resolved-call @First
            26: model User reads high resolved-call @Pluck
            26: model User.name reads high parsed-sql @name
            27: model User inserts [] medium resolved-call @Create
            28: model User inserts [] high resolved-call @Create
            30: model User.name reads high parsed-sql @name
            30: table orders.total reads high parsed-sql @total
            30: table orders reads high parsed-sql @orders
            30: table orders.user_id reads high parsed-sql @user_id
            30: model User.id reads high parsed-sql @id
            30: model User reads high resolved-call @Find
        "#]],
    );
}

#[test]
fn a_schema_of_ent_is_a_table_and_a_mixin_is_none() {
    check(
        "ent/schema/pet.go",
        r#"package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema/field"
)

type Owned struct{ mixin.Schema }

func (Owned) Fields() []ent.Field {
	return []ent.Field{field.String("tenant_id")}
}

type Pet struct {
	ent.Schema
}

func (Pet) Mixin() []ent.Mixin { return []ent.Mixin{Owned{}, mixin.Time{}} }

func (Pet) Annotations() []schema.Annotation {
	return []schema.Annotation{entsql.Annotation{Table: "animals"}}
}

func (Pet) Fields() []ent.Field {
	return []ent.Field{
		field.String("name").
			NotEmpty(),
		field.Time("born_at").Optional().StorageKey("birthday"),
	}
}

func (Pet) Edges() []ent.Edge {
	return []ent.Edge{edge.From("owner", User.Type).Ref("pets").Unique()}
}
"#,
        expect![[r#"
            8: ent Owned on  (tenant_id ) [("TenantID", "tenant_id")]
            14: ent Pet on animals (name , birthday ?, id ) [("Name", "name"), ("BornAt", "birthday"), ("born_at", "birthday"), ("ID", "id")]
        "#]],
    );
    let wanted = coexist_model::Wanted {
        surface: coexist_model::Surface::new(coexist_model::SurfaceKind::Model, "Pet"),
        elements: Vec::new(),
        declared_in: None,
        tool: Some("ent"),
        go_package: None,
        values: Vec::new(),
        answers: Vec::new(),
    };
    let hints = coexist_model::Hints {
        wanted: [wanted].into(),
        ..coexist_model::Hints::default()
    };
    super::check_with(
        &hints,
        "store/pets.go",
        r#"package store

import entpet "example.org/shop/ent/pet"

func f(ctx context.Context) error {
	pets, err := r.client.Pet.Query().Where(entpet.NameEQ("x"), entpet.BornAtNotNil()).Order(entpet.ByName()).All(ctx)
	q := r.client.Pet.Create().SetName("a")
	q = q.SetNillableBornAt(at)
	n := r.client.Pet.Query().Count(ctx)
	r.tx().Pet.UpdateOneID(1).ClearBornAt().Save(ctx)
	r.client.Pet.Query().Select(entpet.FieldName).Scan(ctx, &names)
	return q.Exec(ctx)
}
"#,
        expect![[r#"
            6: model Pet queries high resolved-call @Query
            6: model Pet.Name reads high resolved-call @NameEQ
            6: model Pet.BornAt reads high resolved-call @BornAtNotNil
            6: model Pet.Name reads high resolved-call @ByName
            7: model Pet inserts [] high resolved-call @Create
            7: model Pet.Name writes a high resolved-call @SetName
            8: model Pet.BornAt writes high resolved-call @SetNillableBornAt
            9: model Pet reads high resolved-call @Query
            10: model Pet queries high resolved-call @UpdateOneID
            10: model Pet.BornAt writes high resolved-call @ClearBornAt
            11: model Pet reads high resolved-call @Query
            11: model Pet.Name reads high resolved-call @FieldName
        "#]],
    );
}

#[test]
fn a_migration_of_goose_is_sql_in_two_functions() {
    let text = r#"package migrations

import "github.com/pressly/goose/v3"

func init() {
	goose.AddMigrationContext(upAge, downAge)
}

func upAge(ctx context.Context, tx *sql.Tx) error {
	if _, err := tx.ExecContext(ctx, `ALTER TABLE users ADD COLUMN age int`); err != nil {
		return err
	}
	if err := fill(tx); err != nil {
		return err
	}
	return elsewhere.Fill(tx)
}

func fill(tx *sql.Tx) error {
	_, err := tx.Exec("UPDATE users SET age = 0")
	return err
}

func downAge(ctx context.Context, tx *sql.Tx) error {
	_, err := tx.ExecContext(ctx, "ALTER TABLE users DROP COLUMN age")
	return err
}
"#;
    super::migrations::check(
        "db/migrations/00002_age.go",
        text,
        "goose db/migrations 00002_age",
        &[
            "10 users add age integer",
            "20 users backfill age",
            "16  opaque elsewhere fill tx",
            "25 back: users drop age",
        ],
    );
}
