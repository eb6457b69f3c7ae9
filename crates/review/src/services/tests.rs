use super::*;
use crate::source::Memory;
use expect_test::{Expect, expect};

fn check(files: &[(&str, &str)], expected: Expect) {
    let found = infer(&Memory::new(files.iter().copied()), "shop");
    let mut out = Vec::new();
    if found.library {
        out.push("library".to_owned());
    }
    for service in &found.services {
        let evidence: Vec<String> = service
            .evidence
            .iter()
            .map(|p| format!("{}:{}", p.path, p.line))
            .collect();
        out.push(format!(
            "{}: {} <- {}",
            service.name,
            service.paths.join(" "),
            evidence.join(" ")
        ));
    }
    out.extend(found.notes.iter().map(|n| format!("note: {n}")));
    expected.assert_eq(&out.join("\n"));
}

#[test]
fn an_empty_tree_is_one_service() {
    check(&[("README.md", "")], expect!["shop: ** <- "]);
}

#[test]
fn two_npm_packages_with_dockerfiles_share_what_both_depend_on() {
    check(
        &[
            (
                "package.json",
                r#"{"name": "root", "private": true, "workspaces": ["*"], "scripts": {"start": "turbo run start"}}"#,
            ),
            (
                "compose.yaml",
                "services:\n  shop-web:\n    build: {context: ., dockerfile: ./web/Dockerfile}\n  redis: {image: redis}\n",
            ),
            (
                "web/Dockerfile",
                "FROM node\nCOPY . .\nRUN pnpm --filter web build\nCMD [\"node\", \"server.js\"]\n",
            ),
            (
                "web/package.json",
                r#"{"name": "web", "scripts": {"start": "next start"}, "dependencies": {"next": "1", "@shop/shared": "workspace:*"}}"#,
            ),
            ("web/src/a.ts", ""),
            (
                "worker/Dockerfile",
                "FROM node\nCOPY . .\nCMD node worker/dist/index.js\n",
            ),
            (
                "worker/package.json",
                r#"{"name": "worker", "scripts": {"start": "node dist"}, "dependencies": {"@shop/shared": "workspace:*"}}"#,
            ),
            (
                "packages/shared/package.json",
                r#"{"name": "@shop/shared"}"#,
            ),
            ("packages/shared/a.ts", ""),
            (
                "packages/eslint/package.json",
                r#"{"name": "@shop/eslint"}"#,
            ),
            ("packages/eslint/a.js", ""),
            ("db/migrations/1.sql", ""),
            (".devcontainer/Dockerfile", "FROM node\nCOPY . .\nCMD x\n"),
        ],
        expect![[r#"
            web: * db/** packages/* packages/shared/** web/** <- compose.yaml:2 web/Dockerfile:4 web/package.json:1
            worker: * db/** packages/* packages/shared/** worker/** <- worker/Dockerfile:3 worker/package.json:1"#]],
    );
}

#[test]
fn a_binary_with_many_roles_is_one_service() {
    let role = "package notmain\nfunc main() {}\n";
    check(
        &[
            ("go.mod", "module example.org/shop\n"),
            (
                "cmd/shop/main.go",
                "package main\nimport (\n _ \"example.org/shop/cmd/ra\"\n _ \"example.org/shop/cmd/sa\"\n)\n",
            ),
            ("cmd/ra/main.go", role),
            ("cmd/sa/main.go", role),
            (
                "cmd/admin/main.go",
                "package main\nimport \"example.org/shop/core\"\n",
            ),
            ("core/a.go", "package core\n"),
        ],
        expect![[r#"
            shop: ** <- cmd/shop/main.go:1
            note: admin (cmd/admin/main.go) is taken for a tool: nothing here deploys it"#]],
    );
}

#[test]
fn go_commands_own_what_they_import() {
    let image = "FROM x\nCOPY a /\nENTRYPOINT [\"/a\"]\n";
    check(
        &[
            ("go.mod", "module example.org/shop\n"),
            (
                "cmd/api/main.go",
                "package main\nimport \"example.org/shop/pkg/a\"\n",
            ),
            ("cmd/api/Dockerfile", image),
            (
                "cmd/worker/main.go",
                "package main\nimport \"example.org/shop/pkg/b\"\n",
            ),
            ("cmd/worker/Dockerfile", image),
            (
                "pkg/a/a.go",
                "package a\nimport \"example.org/shop/pkg/common\"\n",
            ),
            (
                "pkg/a/a_test.go",
                "package a\nimport \"example.org/shop/pkg/unused\"\n",
            ),
            ("pkg/a/sql/1.sql", ""),
            (
                "pkg/b/b.go",
                "package b\nimport \"example.org/shop/pkg/common\"\n",
            ),
            ("pkg/common/c.go", "package common\n"),
            ("pkg/unused/c.go", "package unused\n"),
            ("tools/gen/main.go", "package main\n"),
            ("proto/shop.proto", ""),
        ],
        expect![[r#"
            api: * cmd/* cmd/api/** pkg/* pkg/a/** pkg/common/** proto/** tools/* <- cmd/api/Dockerfile:3 cmd/api/main.go:1
            worker: * cmd/* cmd/worker/** pkg/* pkg/b/** pkg/common/** proto/** tools/* <- cmd/worker/Dockerfile:3 cmd/worker/main.go:1"#]],
    );
}

#[test]
fn a_dockerfile_names_the_binary_of_a_workspace_that_it_starts() {
    check(
        &[
            (
                "Cargo.toml",
                "[workspace]\nmembers = [\"crates/*\"]\n[workspace.dependencies]\ndb = { path = \"crates/db\" }\n",
            ),
            (
                "docker/Dockerfile",
                "FROM rust AS b\nCOPY . .\nRUN cargo build\nFROM debian\nCOPY --from=b /x /x\nENTRYPOINT [\"shop_server\"]\n",
            ),
            (
                "crates/server/Cargo.toml",
                "[package]\nname = \"shop_server\"\n[dependencies]\ndb.workspace = true\n",
            ),
            ("crates/server/src/main.rs", ""),
            ("crates/db/Cargo.toml", "[package]\nname = \"db\"\n"),
            ("crates/db/src/lib.rs", ""),
            ("crates/util/Cargo.toml", "[package]\nname = \"util\"\n"),
            ("crates/util/src/main.rs", ""),
        ],
        expect![[r#"
            shop_server: ** <- crates/server/Cargo.toml:1 docker/Dockerfile:6
            note: util (crates/util/Cargo.toml) is taken for a tool: nothing here deploys it"#]],
    );
}

#[test]
fn packages_without_a_program_are_a_library() {
    check(
        &[
            ("Cargo.toml", "[package]\nname = \"shop\"\n"),
            ("src/lib.rs", ""),
            ("examples/a/Cargo.toml", "[package]\nname = \"a\"\n"),
            ("examples/a/src/main.rs", ""),
        ],
        expect!["library"],
    );
    check(
        &[
            ("go.mod", "module example.org/shop\n"),
            ("shop.go", "package shop\n"),
        ],
        expect!["library"],
    );
    check(
        &[(
            "pyproject.toml",
            "[build-system]\nrequires = []\n[project]\nname = \"shop\"\n",
        )],
        expect!["library"],
    );
}

#[test]
fn other_languages_are_known_by_what_deploys_them() {
    check(
        &[
            ("Gemfile", ""),
            ("Procfile", "web: bin/rails server\nworker: sidekiq\n"),
            ("Dockerfile", "FROM ruby\nCOPY . .\nCMD bin/rails server\n"),
        ],
        expect!["shop: ** <- Dockerfile:3 Procfile:1"],
    );
    check(
        &[
            ("base/Dockerfile", "FROM nginx\nRUN apk add curl\n"),
            (
                "cart/Dockerfile",
                "FROM scratch\nCOPY server /\nCMD /server\n",
            ),
            ("cart/src/lib/main.go", ""),
            (
                "ratings/Dockerfile",
                "FROM --platform=$P php:8-apache AS web\nCOPY html .\n",
            ),
            ("tools/Dockerfile", "FROM php:8-cli\nCOPY html .\n"),
        ],
        expect![[r#"
            cart: * base/** cart/** tools/** <- cart/Dockerfile:3
            ratings: * base/** ratings/** tools/** <- ratings/Dockerfile:2"#]],
    );
    check(
        &[
            ("services/a/Dockerfile", "FROM php\nCOPY . .\nCMD x\n"),
            ("services/a/composer.json", "{}"),
            ("services/b/Dockerfile", "FROM php\nCOPY . .\nCMD x\n"),
            ("services/b/composer.json", "{}"),
            ("shared/x.php", ""),
        ],
        expect![[r#"
            a: * services/* services/a/** shared/** <- services/a/Dockerfile:3
            b: * services/* services/b/** shared/** <- services/b/Dockerfile:3"#]],
    );
    check(
        &[
            (
                "pom.xml",
                "<project><artifactId>shop</artifactId><modules><module>api</module></modules></project>",
            ),
            (
                "api/pom.xml",
                "<project><parent><artifactId>shop</artifactId></parent><artifactId>shop-api</artifactId><dependency><artifactId>core</artifactId></dependency><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></project>",
            ),
            (
                "core/pom.xml",
                "<project><artifactId>core</artifactId></project>",
            ),
            (
                "jobs/pom.xml",
                "<project><artifactId>jobs</artifactId><plugin><artifactId>spring-boot-maven-plugin</artifactId></plugin></project>",
            ),
        ],
        expect![[r#"
            api: * api/** core/** <- api/pom.xml:1
            jobs: * jobs/** <- jobs/pom.xml:1"#]],
    );
    check(
        &[
            ("api/manage.py", ""),
            ("api/pyproject.toml", "[project]\nname = \"api\"\n"),
            ("lib/pyproject.toml", "[project]\nname = \"lib\"\n"),
            (
                "web/package.json",
                r#"{"name": "web", "scripts": {"start": "x"}, "dependencies": {"next": "1"}}"#,
            ),
        ],
        expect![[r#"
            api: * api/** lib/** <- api/manage.py:1
            web: * web/** <- web/package.json:1"#]],
    );
}

#[test]
fn manifests_point_to_programs_by_the_names_of_images() {
    check(
        &[
            ("go.mod", "module example.org/shop\n"),
            ("cmd/api/main.go", "package main\n"),
            ("cmd/try/main.go", "package main\n"),
            (
                "deploy/api.yaml",
                "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: x}\nspec: {template: {spec: {containers: [{name: a, image: 'example.org/shop/api:v1'}]}}}\n",
            ),
            (
                "charts/redis/values.yaml",
                "image:\n  repository: bitnami/redis\n  tag: 7\n",
            ),
        ],
        expect![[r#"
            api: ** <- cmd/api/main.go:1 deploy/api.yaml:1
            note: try (cmd/try/main.go) is taken for a tool: nothing here deploys it"#]],
    );
}

#[test]
fn hostile_manifests_do_no_harm() {
    let deep = format!("{}1{}", "[".repeat(5_000), "]".repeat(5_000));
    let nested = format!("a = {deep}");
    check(
        &[
            ("Cargo.toml", &nested),
            ("package.json", &deep),
            ("go.mod", "module"),
            ("pom.xml", "<artifactId>"),
            ("Dockerfile", "CMD [\\\n"),
        ],
        expect!["shop: ** <- "],
    );
}

#[test]
fn a_path_has_the_services_that_link_it() {
    let of = |name: &str, paths: &[&str]| Service {
        name: name.to_owned(),
        paths: paths.iter().map(|p| (*p).to_owned()).collect(),
        evidence: Vec::new(),
    };
    let services = [
        of("api", &["api/**", "lib/*"]),
        of("web", &["web/**", "lib/*", "*"]),
    ];
    assert_eq!(owners(&services, "lib/a.go"), ["api", "web"]);
    assert_eq!(owners(&services, "lib/x/a.go"), Vec::<&str>::new());
    assert_eq!(owners(&services, "README"), ["web"]);
}
