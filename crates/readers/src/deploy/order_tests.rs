//! When migrations run, by the commands of a deploy.

use std::fmt::Write as _;

use coexist_model::{File, Hints, OrderEvidence, Reader, Reading};

use super::{Deploy, followed};

/// Returns what the files together say, a line per piece of evidence; an empty text where they say nothing.
fn told(files: &[(&str, &str)]) -> String {
    let readings: Vec<Reading> = files
        .iter()
        .map(|(path, text)| Deploy.read(&File::new(path, text), &Hints::default()))
        .collect();
    let all: Vec<&Reading> = readings.iter().collect();
    let followed = followed(&all);
    let is_there = |e: &&OrderEvidence| match &e.needs {
        Some(end) => files.iter().any(|(path, _)| path.ends_with(end)),
        None => true,
    };
    let said = all.iter().flat_map(|r| &r.orders).chain(&followed);
    said.filter(is_there)
        .fold(String::new(), |mut out, e: &OrderEvidence| {
            if let Some(at) = &e.order.place {
                let _ = writeln!(out, "{} {}:{}", e.order.order.word(), at.path, at.line);
            }
            out
        })
}

#[track_caller]
fn says(files: &[(&str, &str)], expected: &str) {
    assert_eq!(told(files).trim_end(), expected, "{files:?}");
}

#[test]
fn an_image_that_migrates_and_starts_anything_migrates_first() {
    for start in [
        "CMD [\"sh\", \"-c\", \"prisma migrate deploy && node server.js\"]",
        "CMD prisma migrate deploy && node server.js",
        "ENTRYPOINT [\"sh\", \"-c\", \"prisma migrate deploy; exec node server.js\"]",
    ] {
        says(
            &[("Dockerfile", &format!("FROM node\n{start}\n"))],
            "before Dockerfile:2",
        );
    }
    for start in [
        "CMD [\"prisma\", \"migrate\", \"deploy\"]",
        "CMD prisma migrate deploy && prisma db seed",
        "CMD node server.js & prisma migrate status",
        "CMD [\"node\", \"server.js\"]",
    ] {
        says(&[("Dockerfile", &format!("FROM node\n{start}\n"))], "");
    }
}

#[test]
fn the_script_that_an_image_starts_with_is_followed() {
    let script = "#!/bin/sh\nprintf hello\nnpx prisma migrate deploy\nHOST=0 node main.js\n";
    let image =
        "FROM node\nCOPY --chown=a:b ./docker/start.sh /app/run.sh\nCMD [\"sh\", \"run.sh\"]\n";
    says(
        &[("docker/Dockerfile", image), ("docker/start.sh", script)],
        "before docker/start.sh:3",
    );
    // Nobody starts it.
    says(&[("docker/start.sh", script)], "");
    let outer = "#!/bin/sh\n./scripts/prepare.sh\nexec \"$@\"\n";
    let image = "FROM x\nCOPY . .\nENTRYPOINT [\"dumb-init\", \"--\", \"./entrypoint.sh\"]\nCMD [\"gunicorn\", \"app\"]\n";
    says(
        &[
            ("Dockerfile", image),
            ("entrypoint.sh", outer),
            ("scripts/prepare.sh", "#!/bin/sh\nalembic upgrade head\n"),
        ],
        "before scripts/prepare.sh:2",
    );
    // `exec "$@"` runs what the image is told to run.
    let plain = "#!/bin/sh\nset -e\nexec \"$@\"\n";
    let image = "FROM x\nENTRYPOINT [\"./entrypoint.sh\"]\nCMD [\"npm\", \"start\"]\n";
    let package = "{\"scripts\": {\"start\": \"prisma migrate deploy && next start\"}}";
    says(
        &[
            ("Dockerfile", image),
            ("entrypoint.sh", plain),
            ("package.json", package),
        ],
        "before package.json:1",
    );
}

#[test]
fn of_two_scripts_of_one_name_the_nearest_counts_and_else_none() {
    let migrating = "#!/bin/sh\nalembic upgrade head\ngunicorn app\n";
    let plain = "#!/bin/sh\ngunicorn app\n";
    let image = "FROM x\nCMD [\"/app/start.sh\"]\n";
    says(
        &[
            ("web/Dockerfile", image),
            ("web/start.sh", migrating),
            ("worker/start.sh", plain),
        ],
        "before web/start.sh:2",
    );
    says(
        &[
            ("worker/Dockerfile", image),
            ("web/start.sh", migrating),
            ("worker/start.sh", plain),
        ],
        "",
    );
    says(
        &[
            ("Dockerfile", image),
            ("web/start.sh", migrating),
            ("worker/start.sh", plain),
        ],
        "",
    );
}

#[test]
fn what_is_only_done_on_demand_proves_nothing() {
    let start = |lines: &str| {
        told(&[(
            "docker-entrypoint.sh",
            &format!("#!/bin/sh\n{lines}\nexec \"$@\"\n"),
        )])
    };
    for on_demand in [
        "if [ \"$AUTO_MIGRATE\" = \"true\" ]; then\n  alembic upgrade head\nfi",
        "if [ -n \"$MIGRATE\" ]; then alembic upgrade head; fi",
        "[ \"$MIGRATE\" = 1 ] && alembic upgrade head",
        "MIGRATE=${MIGRATE:-false}\nif [ \"$MIGRATE\" = true ]; then alembic upgrade head; fi",
        "if [ \"${MIGRATE:-0}\" = \"1\" ]; then\nalembic upgrade head\nfi",
        "if [ \"$1\" = \"migrate\" ]; then alembic upgrade head; exit 0; fi",
        "if [ \"$1\" = job ]; then\nalembic upgrade head\nexit\nfi",
        "case \"$1\" in\n  setup)\n    exec alembic upgrade head\n    ;;\nesac",
        "if [ \"$SKIP\" = \"1\" ]; then\n echo no\nelif [ \"$M\" = \"1\" ]; then\n alembic upgrade head\nfi",
    ] {
        assert_eq!(start(on_demand), "", "{on_demand}");
    }
    for always in [
        "if [ \"$SKIP_MIGRATE\" != \"true\" ]; then\n  alembic upgrade head\nfi",
        "[ -n \"$SKIP_MIGRATE\" ] || alembic upgrade head",
        "MIGRATE=${MIGRATE:-true}\nif [ \"$MIGRATE\" = true ]; then alembic upgrade head; fi",
        "if [ -z \"$SKIP\" ]; then alembic upgrade head; fi",
        "until alembic upgrade head; do\n  sleep 1\ndone",
        "alembic upgrade head || exit 1",
        "if [ \"${@: -1:1}\" = \"server\" ]; then\n  ./bin/rails db:prepare\nfi",
    ] {
        assert_ne!(start(always), "", "{always}");
    }
}

#[test]
fn targets_and_hooks_and_processes_lead_to_their_commands() {
    says(
        &[
            (
                "Dockerfile",
                "FROM x\nWORKDIR /app\nCMD [\"make\", \"serve\"]\n",
            ),
            (
                "Makefile",
                "serve: build\n\t@alembic upgrade head\n\tgunicorn app\n",
            ),
        ],
        "before Makefile:2",
    );
    says(
        &[
            ("Procfile", "web: npm start\n"),
            (
                "package.json",
                "{\"scripts\": {\n\"prestart\": \"knex migrate:latest\",\n\"start\": \"node .\"}}",
            ),
        ],
        "before package.json:2",
    );
    says(
        &[
            ("Procfile", "release: ./release.sh\nweb: gunicorn app\n"),
            ("release.sh", "#!/bin/sh\npython manage.py migrate\n"),
        ],
        "before release.sh:2",
    );
    says(
        &[(
            ".kamal/hooks/pre-deploy",
            "#!/bin/sh\nkamal app exec -p \"bin/rails db:migrate\"\n",
        )],
        "before .kamal/hooks/pre-deploy:1",
    );
    says(
        &[(
            ".kamal/hooks/post-deploy",
            "#!/bin/sh\nkamal app exec \"bin/rails db:migrate\"\n",
        )],
        "after .kamal/hooks/post-deploy:1",
    );
    says(
        &[(
            ".kamal/hooks/pre-deploy.sample",
            "#!/bin/sh\nrails db:migrate\n",
        )],
        "",
    );
    says(
        &[("Capfile", "require 'capistrano/rails/migrations'\n")],
        "before Capfile:1",
    );
    says(
        &[("Capfile", "# require 'capistrano/rails/migrations'\n")],
        "",
    );
}

#[test]
fn platforms_say_when_their_commands_run() {
    for (path, text, expected) in [
        (
            "render.yaml",
            "services:\n- type: web\n  preDeployCommand: npm run migrate\n",
            "before render.yaml:3",
        ),
        (
            "render.yaml",
            "services:\n- type: web\n  startCommand: alembic upgrade head && gunicorn app\n",
            "before render.yaml:3",
        ),
        (
            "render.yaml",
            "services:\n- type: web\n  buildCommand: pip install x && alembic upgrade head\n",
            "before render.yaml:3",
        ),
        (
            "render.yaml",
            "services:\n- type: web\n  startCommand: gunicorn app\n",
            "",
        ),
        (
            "fly.toml",
            "[deploy]\n  release_command = \"bin/rails db:migrate\"\n",
            "before fly.toml:2",
        ),
        (
            "fly.toml",
            "[processes]\n  app = \"sh -c 'dbmate up && ./server'\"\n",
            "before fly.toml:2",
        ),
        (
            "railway.toml",
            "[deploy]\npreDeployCommand = [\"npm run db:migrate\"]\n",
            "before railway.toml:2",
        ),
        (
            "railway.json",
            "{\"deploy\": {\"startCommand\": \"prisma migrate deploy && node .\"}}",
            "before railway.json:1",
        ),
        (
            "nixpacks.toml",
            "[start]\ncmd = \"prisma migrate deploy && node .\"\n",
            "before nixpacks.toml:2",
        ),
        (
            "nixpacks.toml",
            "[phases.build]\ncmds = [\"npm run build\", \"npm run migrate\"]\n",
            "before nixpacks.toml:2",
        ),
        (
            "heroku.yml",
            "release:\n  command: [rake db:migrate]\nrun:\n  web: puma\n",
            "before heroku.yml:2",
        ),
        (
            "vercel.json",
            "{\"buildCommand\": \"prisma migrate deploy && next build\"}",
            "before vercel.json:1",
        ),
        (
            "package.json",
            "{\"scripts\": {\"vercel-build\": \"prisma migrate deploy && next build\"}}",
            "before package.json:1",
        ),
        (
            "package.json",
            "{\"scripts\": {\"deploy\": \"prisma migrate deploy && next build\"}}",
            "",
        ),
        (
            ".do/app.yaml",
            "jobs:\n- name: m\n  kind: PRE_DEPLOY\n  run_command: alembic upgrade head\n",
            "before .do/app.yaml:4",
        ),
        (
            ".do/app.yaml",
            "jobs:\n- name: m\n  kind: POST_DEPLOY\n  run_command: alembic upgrade head\n",
            "after .do/app.yaml:4",
        ),
        (
            ".do/app.yaml",
            "jobs:\n- name: m\n  kind: FAILED_DEPLOY\n  run_command: alembic upgrade head\n",
            "",
        ),
        // Heroku runs it once, when the app is made.
        (
            "app.json",
            "{\"scripts\": {\"postdeploy\": \"rake db:migrate\"}}",
            "",
        ),
        (
            "app.json",
            "{\"scripts\": {\"dokku\": {\"predeploy\": \"rake db:migrate\"}}}",
            "before app.json:1",
        ),
        (
            "app.json",
            "{\"scripts\": {\"dokku\": {\"postdeploy\": \"rake db:migrate\"}}}",
            "after app.json:1",
        ),
    ] {
        says(&[(path, text)], expected);
    }
}

#[test]
fn terraform_gives_commands_to_platforms_and_tasks_have_names() {
    let service = "resource \"render_web_service\" \"api\" {\n  name = \"api\"\n  pre_deploy_command = \"uv run task pre_deploy\"\n}\n";
    let tasks = "[tool.taskipy.tasks]\nserve = \"uvicorn app\"\nupgrade = { cmd = \"alembic upgrade head\", help = \"x\" }\npre_deploy = \"task upgrade\"\n";
    says(
        &[("infra/main.tf", service), ("server/pyproject.toml", tasks)],
        "before server/pyproject.toml:3",
    );
    says(
        &[
            ("infra/main.tf", &service.replace("pre_deploy\"", "serve\"")),
            ("server/pyproject.toml", tasks),
        ],
        "",
    );
    // What a program does that is not followed, the name of the task tells.
    let hidden = "[tool.taskipy.tasks]\npre_deploy = \"task db_migrate\"\ndb_migrate = \"python -m scripts.db upgrade\"\n";
    says(
        &[
            ("infra/main.tf", service),
            ("server/pyproject.toml", hidden),
        ],
        "before server/pyproject.toml:2",
    );
    says(
        &[
            ("infra/main.tf", service),
            (
                "server/pyproject.toml",
                &hidden.replace("python -m scripts.db upgrade", "echo none"),
            ),
        ],
        "",
    );
    // Somebody else's provider may mean anything by it.
    says(
        &[
            ("infra/main.tf", &service.replace("render_", "acme_")),
            ("server/pyproject.toml", tasks),
        ],
        "",
    );
    let app = "resource \"digitalocean_app\" \"a\" {\n  spec {\n    job {\n      kind = \"POST_DEPLOY\"\n      run_command = \"alembic upgrade head\"\n    }\n  }\n}\n";
    says(&[("a.tf", app)], "after a.tf:5");
    says(
        &[("a.tf", &app.replace("POST_DEPLOY", "FAILED_DEPLOY"))],
        "",
    );
    for tasks in [
        "[tool.poe.tasks]\nstart = [\"upgrade\", \"serve\"]\nupgrade.cmd = \"alembic upgrade head\"\nserve = \"uvicorn app\"\n",
        "[tool.pdm.scripts]\nstart = { composite = [\"alembic upgrade head\", \"uvicorn app\"] }\n",
        "[tool.hatch.envs.default.scripts]\nstart = [\"alembic upgrade head\", \"uvicorn app\"]\n",
    ] {
        let runner = match tasks.as_bytes()[6] {
            b'p' if tasks.contains("poe") => "poe start",
            b'p' => "pdm run start",
            _ => "hatch run start",
        };
        let image = format!("FROM x\nCMD {runner}\n");
        let line = if tasks.contains("poe") { 3 } else { 2 };
        says(
            &[("Dockerfile", &image), ("pyproject.toml", tasks)],
            &format!("before pyproject.toml:{line}"),
        );
    }
}

#[test]
fn what_s6_runs_first_runs_before_what_serves() {
    let script = "#!/command/with-contenv bash\ncd /app\nexec s6-setuidgid app python3 manage.py migrate --no-input\n";
    let service = "docker/rootfs/etc/s6-overlay/s6-rc.d/init-migrations/run";
    says(&[(service, script)], "");
    says(
        &[
            (service, script),
            (
                "docker/rootfs/etc/s6-overlay/s6-rc.d/web/dependencies.d/init-migrations",
                "",
            ),
        ],
        &format!("before {service}:1"),
    );
    let initial = "root/etc/cont-init.d/50-migrate";
    says(&[(initial, script)], &format!("before {initial}:1"));
    says(&[("docker/rootfs/etc/services/migrate/run", script)], "");
    says(
        &[("x/s6-rc.d/web/run", "#!/bin/sh\nexec gunicorn app\n")],
        "",
    );
}

#[test]
fn a_script_needs_no_ending() {
    let script = "#!/bin/bash\nset -e\npython manage.py migrate\ngunicorn shop\n";
    let compose = "services:\n  web:\n    image: shop\n    command: ./bin/takeoff\n";
    let files = |script| {
        [
            ("deploy/docker-compose.yml", compose),
            ("bin/takeoff", script),
        ]
    };
    says(&files(script), "before bin/takeoff:3");
    assert!(Deploy.claims("bin/takeoff", script));
    assert!(!Deploy.claims("bin/takeoff", "#!/usr/bin/env python3\n"));
    assert!(!Deploy.claims("license", "do what you want"));
}

#[test]
fn a_node_that_waits_for_migrations_starts_after_them() {
    for wait in [
        "python manage.py wait_for_migrations",
        "bin/rails db:abort_if_pending_migrations",
        "./wait-for-migrations.sh",
        "airflow db check-migrations --migration-wait-timeout 60",
    ] {
        let script = format!("#!/bin/sh\nset -e\n{wait}\nexec gunicorn shop\n");
        let files = [
            ("Dockerfile", "FROM x\nCMD [\"./start.sh\"]\n"),
            ("start.sh", script.as_str()),
        ];
        says(&files, "before start.sh:3");
    }
    // It waits and does nothing else: a check.
    says(
        &[(
            "Dockerfile",
            "FROM x\nCMD python manage.py wait_for_migrations\n",
        )],
        "",
    );
    says(
        &[(
            "Dockerfile",
            "FROM x\nCMD echo wait_for_migrations && gunicorn shop\n",
        )],
        "",
    );
}

#[test]
fn scripts_that_call_each_other_come_to_an_end() {
    says(
        &[
            ("Dockerfile", "FROM x\nCMD [\"npm\", \"start\"]\n"),
            (
                "package.json",
                "{\"scripts\": {\"start\": \"npm run a && npm run a\", \"a\": \"npm start\"}}",
            ),
        ],
        "",
    );
}
