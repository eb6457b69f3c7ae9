//! Prisma's client.

use expect_test::expect;

use super::check;

#[test]
fn a_query_names_every_column_unless_it_selects() {
    check(
        "web/a.ts",
        r#"
const a = await ctx.prisma.user.findMany({ where: { email: "a", OR: [{ age: { gt: 1 } }, { org: { name: "x" } }] }, orderBy: { createdAt: "desc" } });
const b = await prisma.user.findFirst({ select: { name: true, org: { select: { x: true } }, age: false } });
const c = await prisma.user.findUnique({ omit: { password: true }, where });
const d = await prisma.user.findMany({ ...args });
const e = await prisma.user.count({ where: { id } });
const f = await knex.user.findMany({});
"#,
        expect![[r#"
            2: model user queries high resolved-call @user
            2: model user.email reads high resolved-call @email
            2: model user.age reads high resolved-call @age
            2: model user.createdAt reads high resolved-call @createdAt
            3: model user.name reads high resolved-call @name
            4: model user queries medium resolved-call @user
            5: model user queries medium resolved-call @user
            6: model user reads high resolved-call @user
            6: model user.id reads high resolved-call @id
        "#]],
    );
}

#[test]
fn a_client_is_known_by_another_name() {
    check(
        "web/a.ts",
        r#"
const db = new PrismaClient();
await db.user.delete({ where: { id: 1 } });
await prisma.$transaction(async (tx) => { await tx.post.deleteMany(); });
function f(client: Prisma.TransactionClient) { return client.post.findMany(); }
"#,
        expect![[r#"
            3: model user queries high resolved-call @user
            3: model user deletes high resolved-call @user
            3: model user.id reads high resolved-call @id
            4: model post deletes high resolved-call @post
            5: model post queries high resolved-call @post
        "#]],
    );
}

#[test]
fn writes_name_what_they_write() {
    check(
        "web/a.ts",
        r#"
import { ScoreSource as S, Prisma } from "@prisma/client";
await prisma.score.create({ data: { id, source: S.REVIEW, note: null, org: { connect: { id: 1 } } } });
await prisma.score.createMany({ data: [{ id: "a", source: "API" }] });
await prisma.score.update({ where: { id: 1 }, data: { source: S.REVIEW, "note": "x", n: { increment: 1 } } });
await prisma.score.upsert({ where: { id }, create: { id }, update: { ...rest, note: "y" } });
if (score.source === S.API) { f(S.EVAL); }
Other.REVIEW;
"#,
        expect![[r#"
            3: model score queries high resolved-call @score
            3: model score inserts [] note=NULL, source=REVIEW medium resolved-call @score
            3: type ScoreSource.REVIEW writes REVIEW high resolved-call @S.REVIEW
            4: model score inserts [id, source] id=a, source=API high resolved-call @score
            5: model score queries high resolved-call @score
            5: model score.id reads high resolved-call @id
            5: model score.source writes REVIEW high resolved-call @source
            5: type ScoreSource.REVIEW writes REVIEW high resolved-call @S.REVIEW
            5: model score.note writes x high resolved-call @"note"
            5: model score.n writes high resolved-call @n
            6: model score queries high resolved-call @score
            6: model score inserts [id] high resolved-call @score
            6: model score.id reads high resolved-call @id
            6: model score.note writes y high resolved-call @note
            7: type ScoreSource.API reads high resolved-call @S.API
            7: type ScoreSource.EVAL writes EVAL medium resolved-call @S.EVAL
        "#]],
    );
}
