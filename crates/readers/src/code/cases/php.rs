//! Migrations and models of Laravel, and migrations of Doctrine.

use coexist_model::{File, Hints, Reader, Reading, Surface, SurfaceKind, Wanted};
use expect_test::{Expect, expect};

use super::migrations::said;
use crate::code::Code;

fn read(path: &str, text: &str) -> Reading {
    Code.read(&File::new(path, text), &Hints::default())
}

const LARAVEL: &str = "<?php\nuse Illuminate\\Database\\Migrations\\Migration;\nuse Illuminate\\Database\\Schema\\Blueprint;\n";

/// Reads the methods of a migration of Laravel.
fn check(body: &str, expected: Expect) {
    let text = format!("{LARAVEL}return new class extends Migration {{\n{body}\n}};\n");
    let reading = read("database/migrations/2024_01_01_000000_x.php", &text);
    assert!(reading.migration.is_some());
    expected.assert_eq(&(said(&reading).join("\n") + "\n"));
}

/// Reads what `up` does with the table `users`.
fn check_table(body: &str, expected: Expect) {
    check(
        &format!(
            "function up() {{ Schema::table('users', function (Blueprint $t) {{\n{body}\n}}); }}"
        ),
        expected,
    );
}

#[test]
fn the_base_class_tells_the_framework() {
    let of = |text: &str| read("m/a.php", text).migration.map(|m| m.tool);
    let class = "class A extends Migration { public function up() {} }";
    let with = |import: &str| format!("<?php\nuse {import};\n{class}\n");
    let laravel = with("Illuminate\\Database\\Migrations\\Migration");
    assert_eq!(of(&laravel), Some("laravel"));
    assert_eq!(of(&with("yii\\db\\Migration")), None);
    let doctrine = "<?php\nuse Doctrine\\Migrations\\AbstractMigration;\nfinal class V extends AbstractMigration { public function up(): void {} }\n";
    assert_eq!(of(doctrine), Some("doctrine"));
}

#[test]
fn a_column_refuses_null_unless_it_says_so() {
    check(
        "function up() {
    Schema::create('pets', function (Blueprint $table) {
        $table->id();
        $table->string('name', 20)->unique();
        $table->foreignId('owner_id')->constrained('users')->cascadeOnDelete();
        $table->decimal('weight', 5, 1)->nullable()->default(1.5);
        $table->boolean('tame')->default(false);
        $table->timestamp('seen_at')->useCurrent();
        $table->enum('kind', ['cat', 'dog']);
        $table->nullableMorphs('tag');
        $table->timestamps();
        $table->softDeletes();
        $table->integer('box', false, true);
        $table->index(['name', 'kind']);
    });
}
function down() { Schema::dropIfExists('pets'); }",
        expect![[r#"
            6 pets create id bigint unsigned!, PRIMARY, name varchar(20)!, pets_name_unique, owner_id bigint unsigned!, owner_id → users, weight numeric(5,1) =1.5, tame boolean! =0, seen_at timestamp! =CURRENT_TIMESTAMP, kind enum('cat','dog')!, tag_type varchar(255), tag_id bigint unsigned, pets_tag_type_tag_id_index, created_at timestamp, updated_at timestamp, deleted_at timestamp, box integer unsigned!, pets_name_kind_index
            21 back: perhaps pets drop table
        "#]],
    );
}

#[test]
fn a_table_changes() {
    check_table(
        "$t->string('name', 50)->nullable()->change();
$t->integer('age')->change();
$t->dropColumn(['a', 'b']);
$t->dropColumn('c', 'd');
$t->renameColumn('e', 'f');
$t->dropUnique(['email']);
$t->dropForeign('users_team_fk');
$t->dropConstrainedForeignId('team_id');
$t->dropTimestamps();
$t->renameIndex('x', 'y');
$t->tenant();",
        expect![[r#"
            6 users name is varchar(50)
            6 users name required false
            7 users age is integer
            8 users drop a
            8 users drop b
            9 users drop c
            9 users drop d
            10 users rename e to f
            11 users release users_email_unique
            12 users release users_team_fk
            13 users release users_team_id_foreign
            13 users drop team_id
            14 users drop created_at
            14 users drop updated_at
            15 users RenameConstraint { name: "x", to: "y" }
            16 users opaque tenant users
        "#]],
    );
}

#[test]
fn what_a_branch_does_for_another_database_is_left_out() {
    check(
        "function up() {
    if (DB::getDriverName() === 'sqlite') { Schema::drop('a'); } else { Schema::drop('b'); }
    if (config('database.default') !== 'sqlite') { Schema::drop('c'); }
    if (DB::getDriverName() === 'pgsql') { DB::statement('ALTER TABLE d ALTER COLUMN e TYPE text'); }
    if (! Schema::hasColumn('users', 'plan')) { return; }
    Schema::drop('f');
}",
        expect![[r#"
            6 b drop table
            7 c drop table
            8 perhaps d e is text
            10 perhaps f drop table
        "#]],
    );
}

#[test]
fn variables_loops_and_helpers_are_followed() {
    check(
        "private array $columns = ['songs' => ['size'], 'albums' => ['year']];
const TABLE = 'genres';
function up() {
    foreach ($this->columns as $table => $fields) {
        foreach ($fields as $field) {
            Schema::table($table, fn (Blueprint $t) => $t->integer($field)->nullable());
        }
    }
    $drop = fn (Blueprint $t) => $t->dropColumn('legacy');
    Schema::table(self::TABLE, $drop);
    collect(['a', 'b'])->each(fn ($name) => Schema::dropIfExists(\"{$name}_old\"));
    $this->stamp('users');
    $this->elsewhere('users');
}
private function stamp(string $table) {
    Schema::table($table, fn (Blueprint $t) => $t->dropForeign(sprintf('%s_to_team', $table)));
}",
        expect![[r#"
            10 songs add size integer
            10 albums add year integer
            13 genres drop legacy
            15 perhaps a_old drop table
            15 perhaps b_old drop table
            20 users release users_to_team
            17 users opaque elsewhere this users
        "#]],
    );
}

#[test]
fn rows_are_changed_by_queries_and_by_models() {
    let text = format!(
        "{LARAVEL}use App\\Models\\User;
class A extends Migration {{
    public function up() {{
        DB::table('users')->whereNull('plan')->update(['plan' => 'free']);
        DB::unprepared('DELETE FROM logs');
        User::query()->chunkById(100, function ($users) {{
            foreach ($users as $user) {{
                $user->plan = 'paid';
                $user->save();
            }}
        }});
        Artisan::call('fix:plans');
    }}
}}\n"
    );
    let reading = read("database/migrations/2024_01_01_000000_a.php", &text);
    expect![[r#"
        7 users backfill plan
        8 logs backfill 
        11 users backfill plan
        12 users backfill 
        15  opaque artisan call fix plans
    "#]]
    .assert_eq(&(said(&reading).join("\n") + "\n"));
}

#[test]
fn doctrine_hands_over_sql() {
    let text = "<?php
use Doctrine\\DBAL\\Schema\\Schema;
use Doctrine\\Migrations\\AbstractMigration;
final class Version1 extends AbstractMigration
{
    public function up(Schema $schema): void
    {
        $this->addSql('ALTER TABLE users ADD plan VARCHAR(20) DEFAULT NULL');
        $this->addSql(<<<'SQL'
            CREATE INDEX idx_plan ON users (plan)
        SQL);
        $schema->getTable('users')->dropColumn('legacy');
    }
    public function down(Schema $schema): void
    {
        $this->addSql('ALTER TABLE users DROP plan');
    }
}
";
    let reading = read("migrations/Version1.php", text);
    expect![[r#"
        8 users add plan varchar(20)
        10 users constrain idx_plan
        12 users opaque gettable schema users
        16 back: users drop plan
    "#]]
    .assert_eq(&(said(&reading).join("\n") + "\n"));
}

/// Reads the uses of the models `User` and `Post` in the body of a function.
fn check_uses(body: &str, expected: Expect) {
    let text = format!("<?php\nfunction f(User $account, $request) {{\n{body}\n}}\n");
    let wanted = |name: &str| Wanted {
        surface: Surface::new(SurfaceKind::Model, name),
        elements: vec!["legacy".to_owned()],
        declared_in: None,
        tool: Some("eloquent"),
        go_package: None,
        values: Vec::new(),
        answers: Vec::new(),
    };
    let hints = Hints {
        wanted: vec![wanted("User"), wanted("Post")].into(),
        ..Hints::default()
    };
    super::check_with(&hints, "app/F.php", &text, expected);
}

#[test]
fn a_query_names_columns() {
    check_uses(
        "User::where('name', 1)->whereIn('users.age', [1])->orderBy('legacy')->get(['id', 'mail as m']);
User::query()->where(['a' => 1, 'b' => 2])->update(['c' => null]);
User::whereEmail('x')->first();
User::join('posts', 'posts.user_id', '=', 'users.id')->where('title', 1);
User::select('options->lang')->whereRaw('age > 3')->count();",
        expect![[r#"
            3: model User.name reads high resolved-call @'name'
            3: table users.age reads high resolved-call @'users.age'
            3: model User.legacy reads high resolved-call @'legacy'
            3: model User.id reads high resolved-call @'id'
            3: model User.mail reads high resolved-call @'mail as m'
            4: model User.a reads high resolved-call @'a'
            4: model User.b reads high resolved-call @'b'
            4: model User.c writes NULL high resolved-call @null
            5: model User.email reads high resolved-call @whereEmail('x')
            6: table posts reads high resolved-call @join('posts', 'posts.user_id', '=', 'users.id')
            6: table posts.user_id reads high resolved-call @'posts.user_id'
            6: table users.id reads high resolved-call @'users.id'
            6: model User.title reads medium resolved-call @'title'
            7: model User.options reads high resolved-call @'options->lang'
            7: model User.age reads high resolved-call @'age > 3'
        "#]],
    );
}

#[test]
fn a_closure_is_given_the_query_of_its_call() {
    check_uses(
        "User::where(function ($query) { $query->whereNull('legacy'); })
    ->whereHas('posts', function ($query) { $query->where('not_ours', 1); });
User::with(['posts' => fn ($q) => $q->where('not_ours', 1)]);",
        expect![[r#"
            3: model User queries high resolved-call @where(function ($query) { $query->whereNull('legacy'); })
            3: model User.legacy reads medium resolved-call @'legacy'
            5: model User queries high resolved-call @with(['posts' => fn ($q) => $q->where('not_ours', 1)])
        "#]],
    );
}

#[test]
fn rows_are_made() {
    check_uses(
        "User::create(['name' => 'x', 'plan' => $request->plan]);
User::create($request->all());
$user = new User(['name' => 'x']);
$user->save();
(new User)->getTable();
$user->posts()->create(['title' => 't']);
$user->things()->create(['of' => 'others']);
User::upsert([['mail' => 'a', 'age' => 1]], ['mail']);",
        expect![[r#"
            3: model User inserts [name, plan] name=x high resolved-call @create(['name' => 'x', 'plan' => $request->plan])
            4: model User inserts [] high resolved-call @create($request->all())
            5: model User inserts [] high resolved-call @new User(['name' => 'x'])
            5: model User.name writes x high resolved-call @'x'
            8: model Post inserts [title] title=t medium resolved-call @create(['title' => 't'])
            10: model User inserts [mail, age] mail=a high resolved-call @upsert([['mail' => 'a', 'age' => 1]], ['mail'])
        "#]],
    );
}

#[test]
fn attributes_are_those_of_typed_and_called_values() {
    check_uses(
        "echo $account->legacy;
$currentUser->legacy = 1;
foreach (Post::all() as $entry) { echo $entry->legacy; }
$request->legacy;
auth()->user()->legacy;",
        expect![[r#"
            3: model User.legacy reads medium typed-attribute @$account->legacy
            4: model User.legacy writes medium typed-attribute @$currentUser->legacy
            5: model Post queries high resolved-call @all()
            5: model Post.legacy reads medium typed-attribute @$entry->legacy
            7: model User.legacy reads medium typed-attribute @auth()->user()->legacy
        "#]],
    );
}

#[test]
fn the_query_builder_names_its_table() {
    check_uses(
        "DB::table('teams as t')->where('t.name', 1)->delete();
DB::connection('x')->table('teams')->insert(['name' => 'a', 'size' => 3]);
DB::select('SELECT size FROM teams WHERE name = ?', [1]);",
        expect![[r#"
            3: table teams.name reads high resolved-call @'t.name'
            3: table teams deletes high resolved-call @delete()
            4: table teams inserts [name, size] name=a high resolved-call @insert(['name' => 'a', 'size' => 3])
            5: table teams.size reads high parsed-sql @size
            5: table teams reads high parsed-sql @teams
            5: table teams.name reads high parsed-sql @name
        "#]],
    );
}

#[test]
fn a_class_is_a_model_by_its_base_and_its_table_by_convention() {
    let text = "<?php
namespace App\\Models;
use Illuminate\\Foundation\\Auth\\User as Authenticatable;
class User extends Authenticatable { protected $hidden = ['legacy']; }
class UserGroup extends Model {}
class Person extends Model { protected $table = 'humans'; }
abstract class Base extends Model {}
class Plain { protected $table = 'none'; }
";
    let models = read("app/Models/User.php", text).models;
    let shown: Vec<String> = models
        .iter()
        .map(|m| format!("{} {} {}", m.name, m.table, m.bases.join(",")))
        .collect();
    expect![[r#"
        User users 
        UserGroup user_groups 
        Person humans 
        Base  
    "#]]
    .assert_eq(&(shown.join("\n") + "\n"));
}
