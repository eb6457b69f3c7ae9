use super::*;
use coexist_model::{Detail, Form, LinkInput};
use expect_test::{Expect, expect};

fn check(path: &str, text: &str, expected: Expect) {
    let file = File::new(path, text);
    let head: String = text.chars().take(4096).collect();
    assert!(Deploy.claims(path, &head), "{path} is not claimed");
    let reading = Deploy.read(&file, &Hints::default());
    expected.assert_eq(&shown(&reading));
}

fn shown(reading: &Reading) -> String {
    let mut out = Vec::new();
    for schema in &reading.schemas {
        out.push(format!("{} :{}", schema.surface, schema.place.line));
        for element in &schema.elements {
            let Detail::Setting { value } = &element.detail else {
                continue;
            };
            out.push(format!(
                "  {} = {value} :{}",
                element.name, element.place.line
            ));
        }
    }
    for said in &reading.orders {
        let place = said.order.place.as_ref().map_or(0, |p| p.line);
        out.push(format!(
            "{} :{place} {}",
            said.order.order.word(),
            said.order.because
        ));
    }
    out.extend(
        reading
            .problems
            .iter()
            .map(|p| format!("problem :{} {}", p.place.line, p.what)),
    );
    out.join("\n")
}

#[test]
fn a_deployment_shows_how_it_is_rolled_out_and_watched() {
    check(
        "deploy/api.yaml",
        "apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec:
  replicas: 3
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxUnavailable: \"100%\", maxSurge: 1}
  revisionHistoryLimit: 2
  template:
    spec:
      containers:
        - name: api
          image: example.org/api:v1
          env:
            - {name: A, value: b}
            - name: B
              valueFrom: {secretKeyRef: {name: s, key: k}}
          readinessProbe:
            httpGet:
              path: /ready
              port: 80
          livenessProbe: null
          lifecycle:
            preStop: {exec: {command: [sleep, \"5\"]}}
",
        expect![[r#"
            deployment/shop/api :2
              replicas = 3 :5
              revision-history-limit = 2 :9
              strategy = RollingUpdate :7
              max-unavailable = 100% :8
              max-surge = 1 :8
              image/api = example.org/api:v1 :14
              readiness-probe/api = {httpGet: {path: /ready, port: 80}} :19
              pre-stop/api = {exec: {command: [sleep, 5]}} :25
              env/api/A = b :16
              env/api/B = {secretKeyRef: {name: s, key: k}} :17"#]],
    );
}

#[test]
fn a_statefulset_in_a_list_has_a_volume_of_its_node() {
    check(
        "k8s/all.json",
        "{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"kind\": \"StatefulSet\", \"apiVersion\": \"apps/v1\",
  \"metadata\": {\"name\": \"indexer\"}, \"spec\": {\"updateStrategy\": {\"type\": \"OnDelete\"},
  \"template\": {\"spec\": {\"containers\": [{\"name\": \"a\", \"image\": \"x\"}]}},
  \"volumeClaimTemplates\": [{\"metadata\": {\"name\": \"data\"}, \"spec\": {\"accessModes\": [\"ReadWriteOnce\"]}}]}}]}",
        expect![[r#"
            statefulset/indexer :1
              strategy = OnDelete :2
              image/a = x :3
              volume/data = ReadWriteOnce :4"#]],
    );
}

#[test]
fn a_helm_template_is_named_by_its_file_and_keeps_its_directives() {
    check(
        "chart/templates/api.yaml",
        "{{- if .Values.api.enabled -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include \"app.fullname\" . }}-api
  labels:
    {{- include \"app.labels\" . | nindent 4 }}
spec:
  {{- if not .Values.autoscaling.enabled }}
  replicas: {{ .Values.api.replicas }}
  {{- end }}
  strategy:
    {{- toYaml .Values.api.strategy | nindent 4 }}
  template:
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: \"{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\"
          {{- with .Values.api.readinessProbe }}
          readinessProbe:
            {{- toYaml . | nindent 12 }}
          {{- end }}
{{- end }}
",
        expect![[r#"
            deployment/chart/templates/api/api :3
              replicas = {{ .Values.api.replicas }} :10
              strategy = {{ toYaml .Values.api.strategy | nindent 4 }} :13
              image/{{ .Chart.Name }} = {{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }} :18
              readiness-probe/{{ .Chart.Name }} = {{ toYaml . | nindent 12 }} :20"#]],
    );
}

#[test]
fn canary_steps_pauses_and_analyses_are_counted_apart() {
    check(
        "deploy/rollout.yaml",
        "kind: Rollout
apiVersion: argoproj.io/v1alpha1
metadata: {name: api}
spec:
  strategy:
    canary:
      analysis: {templates: [{templateName: ok}]}
      steps:
        - setWeight: 10
        - pause: {duration: 10m}
        - analysis: {templates: [{templateName: ok}]}
        - setWeight: 50
        - pause: {}
---
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: web}
spec:
  analysis:
    threshold: 5
    stepWeight: 10
    metrics:
      - name: request-success-rate
    webhooks:
      - {name: gate, type: confirm-rollout, url: x}
",
        expect![[r#"
            rollout/api :1
              strategy = canary :6
              analysis/background = {templates: [{templateName: ok}]} :7
              canary-step/1 = 10 :9
              canary-pause/1 = {duration: 10m} :10
              analysis/1 = {templates: [{templateName: ok}]} :11
              canary-step/2 = 50 :12
              approval/1 = manual :13
            canary/web :16
              strategy = canary :19
              rollback/threshold = 5 :20
              canary-step/1 = 10 :21
              analysis/request-success-rate = {name: request-success-rate} :23
              approval/gate = {name: gate, type: confirm-rollout, url: x} :25"#]],
    );
}

#[test]
fn kustomize_patches_are_partial_workloads() {
    check(
        "overlays/prod/kustomization.yaml",
        "apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [../base]
patches:
  - target: {kind: Deployment}
    patch: |-
      - op: replace
        path: /spec/replicas
        value: 3
  - patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: api}
      spec: {strategy: {type: Recreate}}
",
        expect![[r#"
            deployment/api :11
              strategy = Recreate :11"#]],
    );
}

#[test]
fn hooks_say_when_migrations_run() {
    let job = |annotation: &str, command: &str| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: db\n  annotations:\n    {annotation}\nspec:\n  template:\n    spec:\n      containers:\n        - name: m\n          command: {command}\n"
        )
    };
    let up = "[sh, -c, 'migrate -path /m up']";
    check(
        "a.yaml",
        &job("helm.sh/hook: pre-install,pre-upgrade", up),
        expect![[r#"
            job/db :2
              command/m = [sh, -c, migrate -path /m up] :12
            before :6 a Helm pre-upgrade hook runs them"#]],
    );
    check(
        "a.yaml",
        &job("helm.sh/hook: post-upgrade", up),
        expect![[r#"
            job/db :2
              command/m = [sh, -c, migrate -path /m up] :12
            after :6 a Helm post-upgrade hook runs them"#]],
    );
    check(
        "a.yaml",
        &job("helm.sh/hook: post-install", up),
        expect![[r#"
            job/db :2
              command/m = [sh, -c, migrate -path /m up] :12"#]],
    );
    check(
        "a.yaml",
        &job("argocd.argoproj.io/hook: PreSync", "[./manage.py, migrate]"),
        expect![[r#"
            job/db :2
              command/m = [./manage.py, migrate] :12
            before :6 an Argo CD PreSync hook runs them"#]],
    );
    check(
        "a.yaml",
        &job("helm.sh/hook: pre-upgrade", "[./backup]"),
        expect![[r#"
            job/db :2
              command/m = [./backup] :12"#]],
    );
}

#[test]
fn a_node_that_migrates_as_it_starts_migrates_before_its_code() {
    check(
        "deploy/api.yaml",
        "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n      initContainers:\n        - name: m\n          args: [alembic, upgrade, head]\n      containers:\n        - {name: api}\n",
        expect![[r#"
            deployment/api :1
              args/m = [alembic, upgrade, head] :9
            before :8 an init container runs them before each new node starts"#]],
    );
    check(
        "Dockerfile",
        "FROM a AS build\nCMD migrate up\nFROM b\nCOPY x \\\n  # why\n  y\nCMD [\"sh\", \"-c\", \"npx prisma migrate deploy && node server.js\"]\n",
        expect!["before :7 each new node runs them before it starts to serve"],
    );
    check(
        "docker-entrypoint.sh",
        "#!/bin/sh\nset -e\nif [ -z \"$SKIP\" ]; then\n  prisma migrate deploy\nfi\nexec \"$@\"\n",
        expect!["before :4 the script that a new node starts with runs them first"],
    );
    check(
        "scripts/reset.sh",
        "#!/bin/sh\ndropdb x\nprisma migrate deploy\n",
        expect![[""]],
    );
}

#[test]
fn compose_services_have_their_update_settings() {
    check(
        "compose.yaml",
        "x-env: &env {A: '1'}
services:
  api:
    build: {context: ., dockerfile: api/Dockerfile}
    environment:
      <<: *env
      B: 2
    depends_on:
      migrate: {condition: service_completed_successfully}
    healthcheck: {test: curl -f localhost}
    deploy:
      replicas: 2
      update_config: {order: start-first, parallelism: 1, failure_action: rollback}
  migrate:
    build: .
    command: goose up
  old:
    image: a
    environment: [C=3, D]
",
        expect![[r#"
            compose/api :3
              build-context = . :4
              dockerfile = api/Dockerfile :4
              health-check = {test: curl -f localhost} :10
              replicas = 2 :12
              update-order = start-first :13
              update-parallelism = 1 :13
              rollback/update = rollback :13
              env/B = 2 :7
              env/A = 1 :1
            compose/migrate :14
              build-context = . :15
              command = goose up :16
            compose/old :17
              image = a :18
              env/C = 3 :19
              env/D =  :19
            before :9 a service that migrates must be done before it starts"#]],
    );
}

#[test]
fn a_procfile_has_processes_and_a_release_phase() {
    check(
        "Procfile",
        "release: bin/rails db:migrate\nweb: bin/server\n# x\n",
        expect![[r#"
            process/web :2
              command = bin/server :2
            before :1 the release phase of the Procfile runs them"#]],
    );
    check(
        "Procfile",
        "release: ./warm-cache\nweb: alembic upgrade head && gunicorn app\n",
        expect![[r#"
            process/web :2
              command = alembic upgrade head && gunicorn app :2
            before :2 each new node runs them before it starts to serve"#]],
    );
    check(
        "fly.toml",
        "app = \"shop\" # x\n[deploy]\n  release_command = \"npx prisma migrate deploy\"\n  strategy = 'immediate'\n[[http_service.checks]]\n path = '/'\n",
        expect![[r#"
            fly/shop :1
              strategy = Recreate :4
              health-check = http_service.checks :6
            before :3 the release command runs them"#]],
    );
    check(
        "render.yaml",
        "services:\n  - type: web\n    preDeployCommand: npm run db:migrate\n",
        expect!["before :3 the pre-deploy command runs them"],
    );
}

#[test]
fn a_workflow_shows_its_steps_and_what_guards_them() {
    check(
        ".github/workflows/ship.yml",
        "on: push
jobs:
  test:
    services: {db: {image: postgres}}
    steps: [{run: alembic upgrade head}]
  migrate:
    needs: test
    steps:
      - uses: actions/checkout@v4
      - name: Migrate
        run: alembic upgrade head
  canary:
    needs: [migrate]
    environment: production
    steps:
      - run: kubectl apply -f canary/
      - run: kubectl rollout status d/api || kubectl rollout undo d/api
  deploy:
    needs: canary
    strategy:
      max-parallel: 1
      matrix:
        region: [eu, us]
    steps:
      - uses: trstringer/manual-approval@v1
      - run: helm upgrade --install api ./chart
",
        expect![[r#"
            .github/workflows/ship.yml/test :3
              step/alembic-upgrade-head = alembic upgrade head :5
            .github/workflows/ship.yml/migrate :6
              step/actions-checkout-v4 = actions/checkout :9
              step/migrate = alembic upgrade head :11
            .github/workflows/ship.yml/canary :12
              step/kubectl-apply-f-canary = kubectl apply -f canary/ :16
              step/kubectl-rollout-status-d-api-kubectl-rollout-undo-d-api = kubectl rollout status d/api || kubectl rollout undo d/api :17
              environment = production :14
            .github/workflows/ship.yml/deploy :18
              step/trstringer-manual-approval-v1 = trstringer/manual-approval :25
              step/helm-upgrade-install-api-chart = helm upgrade --install api ./chart :26
              regions = sequential :22
            .github/workflows/ship.yml :3
              migrate/migrate/migrate = alembic upgrade head :11
              deploy/canary/kubectl-apply-f-canary = kubectl apply -f canary/ :16
              canary/canary/kubectl-apply-f-canary = kubectl apply -f canary/ :16
              canary/canary/kubectl-rollout-status-d-api-kubectl-rollout-undo-d-api = kubectl rollout status d/api || kubectl rollout undo d/api :17
              rollback/canary/kubectl-rollout-status-d-api-kubectl-rollout-undo-d-api = kubectl rollout status d/api || kubectl rollout undo d/api :17
              health-check/canary/kubectl-rollout-status-d-api-kubectl-rollout-undo-d-api = kubectl rollout status d/api || kubectl rollout undo d/api :17
              approval/deploy/trstringer-manual-approval-v1 = trstringer/manual-approval :25
              deploy/deploy/helm-upgrade-install-api-chart = helm upgrade --install api ./chart :26
            before :11 the job that deploys waits for the one that runs them"#]],
    );
}

#[test]
fn tests_that_migrate_and_pages_that_are_published_prove_nothing() {
    check(
        ".github/workflows/ci.yml",
        "on: push\njobs:\n  test:\n    steps: [{run: sqlx migrate run}]\n  docs:\n    needs: test\n    steps: [{uses: actions/deploy-pages@v4}]\n  canary:\n    steps: [{run: npm publish --tag canary}]\n",
        expect![[r#"
            .github/workflows/ci.yml/test :3
              step/sqlx-migrate-run = sqlx migrate run :4
            .github/workflows/ci.yml/docs :5
              step/actions-deploy-pages-v4 = actions/deploy-pages :7
            .github/workflows/ci.yml/canary :8
              step/npm-publish-tag-canary = npm publish --tag canary :9"#]],
    );
}

#[test]
fn a_migration_after_the_deploy_or_beside_it_is_told() {
    check(
        ".github/workflows/a.yml",
        "on: push\njobs:\n  d:\n    steps:\n      - run: fly deploy\n      - run: fly ssh console -C 'bin/rails db:migrate'\n",
        expect![[r#"
            .github/workflows/a.yml/d :3
              step/fly-deploy = fly deploy :5
              step/fly-ssh-console-c-bin-rails-db-migrate = fly ssh console -C 'bin/rails db:migrate' :6
            .github/workflows/a.yml :3
              deploy/d/fly-deploy = fly deploy :5
              migrate/d/fly-ssh-console-c-bin-rails-db-migrate = fly ssh console -C 'bin/rails db:migrate' :6
            after :6 a step of the pipeline runs them after the one that deploys"#]],
    );
    check(
        ".github/workflows/a.yml",
        "on: push\njobs:\n  d:\n    steps: [{run: fly deploy}]\n  m:\n    steps: [{run: dbmate up}]\n",
        expect![[r#"
            .github/workflows/a.yml/d :3
              step/fly-deploy = fly deploy :4
            .github/workflows/a.yml/m :5
              step/dbmate-up = dbmate up :6
            .github/workflows/a.yml :3
              deploy/d/fly-deploy = fly deploy :4
              migrate/m/dbmate-up = dbmate up :6
            unordered :6 nothing orders the job that runs them and the one that deploys"#]],
    );
    check(
        ".gitlab-ci.yml",
        "stages: [build, migrate, deploy]\nmigrate:\n  stage: migrate\n  script: [dbmate up]\ndeploy-eu:\n  stage: deploy\n  when: manual\n  script:\n    - kubectl apply -f x\ndeploy-us:\n  stage: deploy\n  script: kubectl apply -f x\n",
        expect![[r#"
            .gitlab-ci.yml/migrate :2
              step/dbmate-up = dbmate up :4
            .gitlab-ci.yml/deploy-eu :5
              step/kubectl-apply-f-x = kubectl apply -f x :9
            .gitlab-ci.yml/deploy-us :10
              step/kubectl-apply-f-x = kubectl apply -f x :12
            .gitlab-ci.yml :2
              migrate/migrate/dbmate-up = dbmate up :4
              approval/deploy-eu = manual :7
              deploy/deploy-eu/kubectl-apply-f-x = kubectl apply -f x :9
              deploy/deploy-us/kubectl-apply-f-x = kubectl apply -f x :12
              regions = parallel :10
            before :4 the job that deploys waits for the one that runs them"#]],
    );
    check(
        ".circleci/config.yml",
        "version: 2.1\njobs:\n  deploy:\n    steps: [checkout, {run: {name: ship, command: eb deploy}}]\nworkflows:\n  main:\n    jobs:\n      - hold: {type: approval}\n      - deploy: {requires: [hold]}\n",
        expect![[r#"
            .circleci/config.yml/hold :8
            .circleci/config.yml/deploy :9
              step/checkout = checkout :4
              step/ship = eb deploy :4
            .circleci/config.yml :8
              approval/hold = manual :8
              deploy/deploy/ship = eb deploy :4"#]],
    );
}

#[test]
fn alerts_of_one_name_are_told_apart() {
    check(
        "rules.yaml",
        "groups:\n- name: a\n  rules:\n  - alert: Slow\n    expr: x > 1\n    labels: {severity: page}\n  - alert: Slow\n    expr: x > 0.5\n    for: 5m\n    labels: {severity: warning}\n  - record: r\n    expr: x\n",
        expect![[r#"
            Slow :4
              expr = x > 1 :5
              severity = page :6
            Slow/warning :7
              expr = x > 0.5 :8
              for = 5m :9
              severity = warning :10"#]],
    );
    check(
        "rule.yaml",
        "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nspec:\n  groups:\n  - rules:\n    - alert: Down\n      expr: up == 0\n      annotations: {summary: '{{ $labels.job }} is down'}\n",
        expect![[r#"
            Down :6
              expr = up == 0 :7"#]],
    );
}

#[test]
fn other_yaml_says_nothing() {
    check(
        "a.yaml",
        "services: [a, b]\njobs: 3\ngroups:\n  a: {rules: 1}\n",
        expect![[""]],
    );
    assert!(!Deploy.claims("locales/en.yml", "en:\n  hello: Hello\n"));
}

#[test]
fn a_workload_of_two_files_is_two_and_an_alert_is_one() {
    let text =
        "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: api}\nspec: {replicas: 1}\n";
    let rules = "groups: [{rules: [{alert: A, expr: x}]}]\n";
    let files = [
        ("prod/a.yaml", text),
        ("stage/a.yaml", text),
        ("x.yaml", rules),
        ("y.yaml", rules),
    ];
    let readings: Vec<(std::sync::Arc<str>, Reading)> = files
        .iter()
        .map(|(p, t)| {
            (
                (*p).into(),
                Deploy.read(&File::new(p, t), &Hints::default()),
            )
        })
        .collect();
    let inputs: Vec<LinkInput<'_>> = readings
        .iter()
        .map(|(path, reading)| LinkInput { path, reading })
        .collect();
    let linked = Deployment.link(&inputs);
    let names: Vec<&str> = linked
        .schemas
        .iter()
        .map(|s| s.surface.name.as_str())
        .collect();
    assert_eq!(
        names,
        [
            "deployment/api (prod/a.yaml)",
            "deployment/api (stage/a.yaml)",
            "A"
        ]
    );
}

#[test]
fn what_runs_in_examples_and_on_laptops_proves_nothing() {
    let text = "services:\n  api:\n    image: x\n    command: sh -c 'alembic upgrade head && gunicorn app'\n";
    let orders = |path: &str| {
        Deploy
            .read(&File::new(path, text), &Hints::default())
            .orders
            .len()
    };
    assert_eq!(orders("compose.yaml"), 1);
    assert_eq!(orders("docker-compose.dev.yml"), 0);
    assert_eq!(orders("examples/compose.yaml"), 0);
    let path: std::sync::Arc<str> = "tests/rules.yaml".into();
    let rules = File::new(&path, "groups: [{rules: [{alert: A, expr: x}]}]\n");
    let reading = Deploy.read(&rules, &Hints::default());
    assert_eq!(reading.schemas.len(), 1);
    let inputs = [LinkInput {
        path: &path,
        reading: &reading,
    }];
    assert_eq!(Deployment.link(&inputs).schemas.len(), 0);
}

#[test]
fn hostile_files_are_read_in_bounded_time() {
    let many = |piece: &str| piece.repeat(5_000);
    let texts = [
        ("a.yaml", format!("kind: x\na: {}", many("{{ a }}"))),
        ("a.yaml", format!("kind: x\na: {}", many("{{ \""))),
        (
            "a.yaml",
            format!("kind: x\n{}", many("{{- if x }}a: b{{ end }}\n")),
        ),
        ("a.yaml", format!("kind: x\n{}", many("- {{ toYaml . }}\n"))),
        ("a.yaml", format!("kind: x\na:\n{}", many("{{ x }}\n"))),
        ("a.yaml", format!("kind: x\n{}", many("---\nkind: [\n"))),
        (
            "a.yaml",
            format!("groups:\n- rules:\n{}", many("  - {alert: A, expr: x}\n")),
        ),
        (
            "compose.yaml",
            format!(
                "services:\n{}",
                many(
                    "  a: {image: x, depends_on: {a: {condition: service_completed_successfully}}}\n"
                )
            ),
        ),
        (
            ".github/workflows/a.yml",
            format!(
                "on: x\njobs: {{a: {{steps: [{{run: '{}'}}]}}}}",
                many("migrate ")
            ),
        ),
        (
            ".github/workflows/a.yml",
            format!(
                "on: x\njobs: {{a: {{steps: [{}]}}}}",
                many("{run: fly deploy},")
            ),
        ),
        ("a.libsonnet", format!("{{ a: {} }}", many("1; "))),
        (
            "a.libsonnet",
            format!("{{ a: {} 1 }}", many("local x = 1; ")),
        ),
        ("a.libsonnet", many("1, ")),
        ("Dockerfile", format!("RUN {}", many("\\\n"))),
        ("Dockerfile", format!("RUN <<A\n{}", many("x\n"))),
        ("Procfile", many("a: migrate up && x\n")),
        ("fly.toml", many("[a.checks]\nb = 1\n")),
        (
            "entrypoint.sh",
            format!("#!/bin/sh\n{}", many("migrate up\n")),
        ),
    ];
    for (path, text) in texts {
        // What is quadratic here takes minutes, and somebody will look.
        Deploy.read(&File::new(path, &text), &Hints::default());
    }
}

#[test]
fn a_staged_rollout_is_seen_or_not() {
    let seen = |path: &str, text: &str| {
        let reading = Deploy.read(&File::new(path, text), &Hints::default());
        staged_rollout(&reading.schemas)
            .map(|s| format!("{}:{} {}", s.place.path, s.place.line, s.because))
    };
    let with = "kind: Deployment\napiVersion: apps/v1\nmetadata: {name: api}\nspec:\n  template:\n    spec:\n      containers: [{name: a, readinessProbe: {httpGet: {path: /}}}]\n";
    assert_eq!(
        seen("a.yaml", with).as_deref(),
        Some("a.yaml:7 deployment/api is updated node by node, watched by a readiness probe")
    );
    assert_eq!(
        seen(
            "a.yaml",
            &with.replace(
                "spec:\n  template",
                "spec:\n  strategy: {type: Recreate}\n  template"
            )
        ),
        None
    );
    assert_eq!(
        seen(
            "compose.yaml",
            "services: {a: {image: x, healthcheck: {test: y}}}\n"
        ),
        None
    );
}
