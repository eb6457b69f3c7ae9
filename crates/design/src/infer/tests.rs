use coexist_model::{
    Landscape, Mention, Place, Process, Registered, Starter, TopicUse, Way, Written,
};

use super::address::{
    Address, addresses, holds_address, holds_other_address, is_called, may_hold_address,
};
use super::*;
use crate::language::read;

fn place(path: &str, line: u32) -> Place {
    Place {
        line,
        ..Place::of_file(path)
    }
}

fn process(name: &str, image: &str, folder: Option<&str>) -> Process {
    let mut process = Process::new(name, Starter::Compose, place("compose.yaml", 1));
    process.images.insert(image.to_owned());
    process.folders.extend(folder.map(str::to_owned));
    process
}

fn mention(by: &str, variable: &str, value: &str) -> Mention {
    Mention {
        by: by.to_owned(),
        variable: Some(variable.to_owned()),
        value: value.to_owned(),
        written: Written::Deployment,
        place: place("compose.yaml", 2),
    }
}

/// Returns the host, the port and the database of the addresses in a text.
fn parts(text: &str) -> Vec<String> {
    let shown = |a: &Address| {
        let port = a.port.map(|p| format!(":{p}")).unwrap_or_default();
        let database = a
            .database
            .as_deref()
            .map(|d| format!("/{d}"))
            .unwrap_or_default();
        format!("{}{port}{database}", a.host)
    };
    addresses(text, true).iter().map(shown).collect()
}

#[test]
fn addresses_are_read_in_the_forms_that_people_write() {
    for (text, expected) in [
        ("cart", &["cart"][..]),
        ("cart:8080", &["cart:8080"]),
        ("http://cart:8080/api", &["cart:8080/api"]),
        (
            "http://cart.shop.svc.cluster.local",
            &["cart.shop.svc.cluster.local"],
        ),
        (
            "postgres://u:p%40@db:5432/shop?sslmode=off",
            &["db:5432/shop"],
        ),
        ("postgres://u:p@w@db/shop", &["db/shop"]),
        ("jdbc:mysql://db/shop?x=1", &["db/shop"]),
        (
            "jdbc:sqlserver://db:1433;databaseName=shop;x=y",
            &["db:1433/shop"],
        ),
        (
            "Server=db,1433;Database=shop;User Id=x;Password=y",
            &["db:1433/shop"],
        ),
        ("Host=db;Username=u;Password=p;Database=shop", &["db/shop"]),
        ("host=db port=5432 dbname=shop", &["db:5432/shop"]),
        ("mysql:host=db;dbname=shop;charset=utf8", &["db/shop"]),
        (
            "optional:configserver:http://config:8888/",
            &["config:8888"],
        ),
        ("a:9092,b:9092", &["a:9092", "b:9092"]),
        ("mongodb://a:27017,b:27017/shop", &["a:27017", "b:27017"]),
        ("${HOST}:80", &[]),
        ("http://${HOST}/x", &[]),
        ("the cart is: full", &[]),
        ("10.0.0.1:80", &[]),
        ("cart:port", &[]),
        ("", &[]),
    ] {
        assert_eq!(parts(text), expected, "{text}");
    }
}

#[test]
fn the_name_of_a_variable_tells_whether_it_holds_an_address() {
    for name in [
        "CART_HOST",
        "cartServiceUrl",
        "cart.endpoint",
        "KAFKA_BOOTSTRAP_SERVERS",
        "USER_HOST",
        "NAME_SERVER",
    ] {
        assert!(holds_address(name), "{name}");
    }
    for name in ["CART", "MODE", "DB"] {
        assert!(may_hold_address(name) && !holds_address(name), "{name}");
    }
    for name in [
        "SERVICE_NAME",
        "DB_USER",
        "CORS_ORIGIN_URL",
        "NO_PROXY",
        "ADVERTISED_HOST",
        "ALLOWED_HOSTS",
        "HOST_PORT",
    ] {
        assert!(!may_hold_address(name), "{name}");
    }
}

#[test]
fn names_of_any_kind_make_a_design_that_parses() {
    let names = [
        "service",
        "TODO",
        "none",
        "a b",
        "a\nb",
        "a\"b",
        "ö",
        "1",
        "-",
        "",
        "a--b",
        "a.b",
        "a_b",
        "x-",
        "// c",
        "}",
        "{",
        "tx",
        "v1",
        "over",
        "30s",
        "a\u{2028}b",
        "a\\",
        "$(rm)",
    ];
    let mut landscape = Landscape::default();
    for name in names {
        landscape.processes.push(process(name, "own", Some("x")));
        landscape
            .mentions
            .push(mention(name, "DB_URL", &format!("postgres://db/{name}")));
        landscape
            .mentions
            .push(mention(name, "OTHER_URL", "http://a.b:80/"));
        for way in [Way::Sends, Way::Receives] {
            landscape.topics.push(TopicUse {
                by: name.to_owned(),
                name: format!("to {name}"),
                way,
                broker: name.to_owned(),
                place: place("a\nb \"c\".py", 3),
                in_transaction: false,
            });
        }
    }
    landscape.processes.push(process("db", "postgres", None));
    landscape
        .problems
        .push(("x\ny".to_owned(), "broken }".to_owned()));
    let map = map(&landscape);
    for name in names {
        let text = text(name, &map);
        assert_eq!(read(&text).problems, [], "{name:?}\n{text}");
        assert_eq!(
            crate::language::format(&text).as_ref(),
            Ok(&text),
            "{name:?}"
        );
    }
    assert_eq!(map.services.len(), names.len());
}

#[test]
fn every_inferred_line_ends_in_its_evidence() {
    let mut landscape = Landscape::default();
    landscape.processes.push(process("web", "web", Some("web")));
    landscape
        .processes
        .push(process("cart", "cart", Some("cart")));
    landscape.processes.push(process("redis", "redis:7", None));
    landscape
        .mentions
        .push(mention("web", "CART_URL", "http://cart:8080"));
    landscape
        .mentions
        .push(mention("cart", "REDIS_HOST", "redis"));
    let text = text("shop", &map(&landscape));
    for line in text.lines() {
        let known = ["service", "store", "database", "calls", "channel"];
        let inferred = known
            .iter()
            .any(|word| line.trim_start().starts_with(&format!("{word} ")));
        assert_eq!(inferred, line.contains(" // compose.yaml:"), "{line}");
        assert!(!inferred || line.contains("confidence 0."), "{line}");
    }
    assert!(
        text.contains("calls cart over http // compose.yaml:2 confidence 0.90"),
        "{text}"
    );
}

#[test]
fn a_secret_in_an_address_does_not_reach_the_design() {
    let mut landscape = Landscape::default();
    landscape.processes.push(process("web", "web", Some("web")));
    landscape.processes.push(process("db", "postgres", None));
    landscape
        .mentions
        .push(mention("web", "DB_URL", "postgres://u:s3cret@db/shop"));
    let map = map(&landscape);
    assert!(text("a", &map).contains("db/shop"));
    assert!(!text("a", &map).contains("s3cret"));
    assert!(!form(&map).to_string().contains("s3cret"));
}

#[test]
fn an_address_without_a_process_of_that_name_is_none() {
    let mut landscape = Landscape::default();
    landscape.processes.push(process("web", "web", Some("web")));
    landscape
        .processes
        .push(process("cart", "cart", Some("cart")));
    for value in [
        "http://carts:80",
        "http://cart.example.com",
        "http://localhost:80",
        "http://web:80",
        "cart",
    ] {
        landscape.mentions.push(mention("web", "X", value));
    }
    assert_eq!(map(&landscape).edges, []);
    landscape
        .mentions
        .push(mention("web", "X", "http://cart.shop.svc:80"));
    assert_eq!(map(&landscape).edges.len(), 1);
}

#[test]
fn a_system_of_others_is_one_that_a_program_surely_calls() {
    let called = |variable: &str, text: &str| {
        let named = holds_other_address(variable);
        addresses(text, false).iter().any(|a| is_called(a, named))
    };
    for (variable, text) in [
        ("", "https://api.stripe.com"),
        ("", "https://geo.acme.io/v2/places"),
        ("MAIL_URL", "https://mail.acme.io/send"),
        ("TAX_ENDPOINT", "https://tax.acme.io"),
    ] {
        assert!(called(variable, text), "{variable} {text}");
    }
    for (variable, text) in [
        ("", "https://www.w3.org/2000/svg"),
        ("", "https://acme.io/terms"),
        ("BASE_URL", "https://shop.acme.io"),
        ("CART_URL", "http://cart:8080"),
        ("CART_URL", "http://api.cart.svc"),
        ("API_URL", "http://localhost:80/v1"),
        ("DOCS_URL", "https://docs.acme.io/v1"),
        ("API_URL", "https://api.example.com/v1"),
        ("API_URL", "http://10.0.0.1/v1"),
        ("DB_URL", "postgres://db.acme.io/shop"),
    ] {
        assert!(!called(variable, text), "{variable} {text}");
    }
}

#[test]
fn a_system_of_others_is_declared_and_called() {
    let mut landscape = Landscape::default();
    landscape.processes.push(process("web", "web", Some("web")));
    let stripe = mention("web", "PAY_URL", "https://api.stripe.com/v1");
    landscape.mentions.push(stripe);
    let map = map(&landscape);
    let text = text("shop", &map);
    assert_eq!(read(&text).problems, [], "{text}");
    assert!(
        text.contains("external api-stripe-com TODO { // compose.yaml:2 confidence 0.90"),
        "{text}"
    );
    assert!(text.contains("calls api-stripe-com over http"), "{text}");
    assert_eq!(form(&map)["externals"][0]["users"][0], "web");
}

#[test]
fn who_registers_calls_the_one_that_keeps_the_registry() {
    let mut landscape = Landscape::default();
    for name in ["eureka", "web", "cart"] {
        landscape.processes.push(process(name, name, Some(name)));
    }
    let said = |by: &str, way| (by.to_owned(), way, place("A.java", 1));
    landscape.registered = vec![
        said("eureka", Registered::Keeps),
        said("eureka", Registered::Joins),
        said("web", Registered::Joins),
    ];
    let edges = map(&landscape).edges;
    let [edge] = edges.as_slice() else {
        panic!("{edges:?}");
    };
    assert_eq!((edge.from.as_str(), edge.to.as_str()), ("web", "eureka"));
    // With two of them nobody knows in which.
    landscape.registered.push(said("cart", Registered::Keeps));
    assert_eq!(map(&landscape).edges, []);
}
