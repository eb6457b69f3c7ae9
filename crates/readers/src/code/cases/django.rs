//! Migrations and models of Django.

use coexist_model::{Detail, Direction, Effect, File, Hints, Phase, Reader, Reading};
use expect_test::{Expect, expect};

use crate::code::Code;

fn read(path: &str, text: &str) -> Reading {
    Code.read(&File::new(path, text), &Hints::default())
}

/// Shows what a migration with these operations does, read on its own.
fn check(operations: &str, expected: Expect) {
    let text = format!(
        "class Migration(migrations.Migration):\n    dependencies = [(\"blog\", \"0001_initial\")]\n    operations = [{operations}]\n"
    );
    let reading = read("blog/migrations/0002_more.py", &text);
    let said: Vec<String> = reading
        .operations
        .iter()
        .map(|o| {
            let what = match &o.effect {
                Effect::CreateTable { elements } => {
                    let columns = elements
                        .iter()
                        .filter(|e| matches!(e.detail, Detail::Column(_)));
                    let names: Vec<&str> = columns.map(|e| e.name.as_str()).collect();
                    format!("create {}", names.join(" "))
                }
                Effect::AddColumn(e) => match &e.detail {
                    Detail::Column(c) => format!(
                        "add {} {} {} {:?}",
                        e.name,
                        c.type_name,
                        if c.nullable { "null" } else { "not null" },
                        c.default
                    ),
                    _ => String::new(),
                },
                Effect::DropColumn { column } => format!("drop {column}"),
                Effect::DropTable => "drop table".to_owned(),
                Effect::RenameTable { to } => format!("to {to}"),
                Effect::RenameColumn { column, to } => format!("{column} to {to}"),
                Effect::SetRequired { column, required } => format!("{column} required {required}"),
                Effect::SetType {
                    column, type_name, ..
                } => format!("{column} is {type_name}"),
                Effect::AddConstraint(e) => format!("constraint {}", e.name),
                Effect::DropConstraint { name } => format!("no constraint {name}"),
                Effect::Backfill { rows, columns, .. } => format!("{rows:?} {}", columns.join(" ")),
                Effect::Opaque { .. } => "opaque".to_owned(),
                other => format!("{other:?}"),
            };
            let back = if o.direction == Direction::Down {
                "back: "
            } else {
                ""
            };
            format!("{back}{} {what}", o.surface)
        })
        .collect();
    expected.assert_eq(&said.join("\n"));
}

#[test]
fn a_default_of_python_is_none_of_the_database() {
    check(
        r#"migrations.AddField("post", "state", models.CharField(max_length=9, default="new")),
           migrations.AddField("post", "rank", models.IntegerField(null=True, db_default=1))"#,
        expect![[r#"
            blog_post add state varchar(9) not null None
            blog_post add rank integer null Some("1")
            back: blog_post drop rank
            back: blog_post drop state"#]],
    );
}

#[test]
fn later_steps_speak_of_what_earlier_ones_made() {
    check(
        r#"migrations.CreateModel(
               name="Tag",
               fields=[
                   ("id", models.AutoField(primary_key=True)),
                   ("owner", models.ForeignKey("auth.User", null=True, on_delete=models.CASCADE)),
                   ("posts", models.ManyToManyField("blog.Post")),
               ],
               options={"db_table": "labels"},
           ),
           migrations.AlterField("tag", "owner", models.ForeignKey("auth.User", on_delete=models.CASCADE)),
           migrations.RenameField("tag", "owner", "user"),
           migrations.RenameModel("Tag", "Label"),
           migrations.AlterModelTable("label", None),
           migrations.RemoveField("label", "user")"#,
        expect![[r#"
            labels create id owner_id
            labels_posts create id tag_id post_id
            labels owner_id required true
            labels owner_id to user_id
            labels_posts tag_id to label_id
            labels to blog_label
            labels_posts to blog_label_posts
            blog_label drop user_id
            back: blog_label add user_id  not null None
            back: blog_label constraint blog_label_user_id_fk
            back: blog_label to labels
            back: blog_label_posts to labels_posts
            back: labels_posts label_id to tag_id
            back: labels user_id to owner_id
            back: labels owner_id required false
            back: labels_posts drop table
            back: labels drop table"#]],
    );
}

#[test]
fn what_happens_to_the_models_alone_leaves_the_store() {
    check(
        r#"migrations.SeparateDatabaseAndState(
               database_operations=[migrations.RunSQL("DROP TABLE old", migrations.RunSQL.noop)],
               state_operations=[migrations.RemoveField("post", "note")],
           ),
           migrations.AlterModelOptions("post", options={"ordering": ["title"]}),
           CreateSearchIndex("post")"#,
        expect![[r#"
            old drop table
             Nothing
            post opaque
            back:  Nothing"#]],
    );
}

#[test]
fn the_file_says_when_it_runs() {
    let phase = |says: &str| {
        let text = format!(
            "class Migration(CheckedMigration):\n    {says}\n    dependencies = []\n    operations = []\n"
        );
        let part = read("app/migrations/0007_x.py", &text).migration;
        part.and_then(|p| p.phase)
    };
    assert_eq!(phase("safe = Safe.after_deploy()"), Some(Phase::After));
    assert_eq!(phase("safe = Safe.before_deploy()"), Some(Phase::Before));
    assert_eq!(phase("is_post_deployment = True"), Some(Phase::After));
    assert_eq!(phase("atomic = False"), None);
}

#[test]
fn a_model_has_the_table_that_its_app_and_its_meta_say() {
    let text = "from django.db import models\n
class Post(models.Model):
    author = models.ForeignKey(User, on_delete=models.CASCADE)
    title = models.CharField(max_length=9, db_column='headline')
    tags = models.ManyToManyField(Tag)
class Named(models.Model):
    class Meta:
        db_table = 'names'
class Base(models.Model):
    class Meta:
        abstract = True
class PostForm(forms.ModelForm):
    title = forms.CharField()
";
    let reading = read("site/blog/models/post.py", text);
    let shown: Vec<String> = reading
        .models
        .iter()
        .map(|m| {
            let columns: Vec<&str> = m.columns.iter().map(|c| c.name.as_str()).collect();
            format!("{} {}: {}", m.name, m.table, columns.join(" "))
        })
        .collect();
    expect![[r#"
        Post blog_post: author_id headline id
        Named names: id
        Base : "#]]
    .assert_eq(&shown.join("\n"));
}
