use coexist_model::Landscape;

use super::landscape;
use crate::source::Memory;

fn of(files: &[(&str, &str)]) -> Landscape {
    let mut files = files.to_vec();
    files.sort_unstable();
    landscape(&Memory::new(files))
}

/// Returns what a process is said to use, as `by: VARIABLE=value`.
fn mentions(found: &Landscape) -> Vec<String> {
    let shown = found.mentions.iter().map(|m| {
        let variable = m.variable.as_deref().unwrap_or_default();
        format!("{}: {variable}={}", m.by, m.value)
    });
    shown.collect()
}

#[test]
fn a_service_of_kubernetes_is_a_name_of_the_workload_behind_it() {
    let found = of(&[(
        "deploy/cart.yaml",
        "kind: Deployment\nmetadata: {name: cart-v2}\nspec:\n  template:\n    metadata: {labels: {app: cart}}\n    spec:\n      containers:\n      - image: x/cart\n        envFrom:\n        - configMapRef: {name: cart-config}\n---\nkind: Service\nmetadata: {name: cart}\nspec:\n  selector: {app: cart}\n  ports: [{name: grpc, port: 70}]\n---\nkind: ConfigMap\nmetadata: {name: cart-config}\ndata:\n  STOCK_URL: http://stock\n",
    )]);
    let [cart] = found.processes.as_slice() else {
        panic!("{:?}", found.processes);
    };
    assert_eq!(cart.name, "cart-v2");
    assert!(cart.aliases.contains("cart") && cart.speaks.contains("grpc"));
    assert_eq!(mentions(&found), ["cart-v2: STOCK_URL=http://stock"]);
}

#[test]
fn variables_come_from_the_files_beside_and_win_over_what_code_falls_back_to() {
    let found = of(&[
        (
            "compose.yaml",
            "services:\n  web:\n    build: web\n    environment: [CART_HOST, 'URL=http://${STOCK}/x']\n    env_file: [web.env, ../../etc/passwd]\n",
        ),
        (".env", "CART_HOST=cart\nSTOCK=stock\n"),
        ("web.env", "# no\nUSER_HOST=user\n"),
        (
            "web/app.py",
            "import os\nA = os.getenv('CART_HOST', 'other')\nB = os.getenv('ZONE_HOST', 'zone')\n",
        ),
    ]);
    assert_eq!(
        mentions(&found),
        [
            "web: CART_HOST=cart",
            "web: URL=http://stock/x",
            "web: USER_HOST=user",
            "web: ZONE_HOST=zone"
        ]
    );
}

#[test]
fn what_is_for_tests_or_shared_by_several_is_nobodys() {
    let found = of(&[
        (
            "compose.yaml",
            "services:\n  web: {build: app}\n  worker: {build: app}\n  one: {build: one}\n",
        ),
        (
            "docker-compose.test.yml",
            "services:\n  probe: {image: x}\n",
        ),
        ("app/a.py", "import os\nA = os.getenv('A_HOST', 'one')\n"),
        (
            "one/tests/a.py",
            "import os\nA = os.getenv('A_HOST', 'web')\n",
        ),
    ]);
    assert_eq!(mentions(&found), Vec::<String>::new());
    assert_eq!(found.processes.len(), 3);
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_out_of_a_folder_is_not_followed() {
    let outside = tempfile::tempdir().expect("a temporary folder");
    let inside = tempfile::tempdir().expect("a temporary folder");
    let text = "services:\n  secret: {image: x}\n";
    let write = |path: std::path::PathBuf| std::fs::write(path, text).expect("it can be written");
    write(outside.path().join("compose.yaml"));
    std::fs::create_dir(inside.path().join("b")).expect("it can be made");
    write(inside.path().join("b/compose.yaml"));
    let link = |to: &std::path::Path, at: &str| {
        std::os::unix::fs::symlink(to, inside.path().join(at)).expect("a link can be made");
    };
    link(outside.path(), "a");
    link(&outside.path().join("compose.yaml"), "compose.yaml");
    link(inside.path(), "b/loop");
    let found = super::landscape_of(inside.path()).expect("the folder can be read");
    let places: Vec<&str> = found.processes.iter().map(|p| &*p.places[0].path).collect();
    assert_eq!(places, ["b/compose.yaml"]);
}

#[test]
fn a_project_of_an_app_host_has_the_folder_of_its_project() {
    let found = of(&[
        (
            "AppHost/Program.cs",
            "var builder = DistributedApplication.CreateBuilder(args);\nvar stock = builder.AddProject<Projects.Stock_API>(\"stock\");\nbuilder.AddProject<Projects.Web>(\"web\").WithReference(stock);\n",
        ),
        ("src/Stock.API/Stock.API.csproj", "<Project/>"),
        ("src/Web/Web.csproj", "<Project/>"),
    ]);
    let folders: Vec<String> = found
        .processes
        .iter()
        .map(|p| format!("{} {:?}", p.name, p.folders))
        .collect();
    assert_eq!(
        folders,
        [r#"stock {"src/Stock.API"}"#, r#"web {"src/Web"}"#]
    );
    assert_eq!(mentions(&found), ["web: =http://stock"]);
}
