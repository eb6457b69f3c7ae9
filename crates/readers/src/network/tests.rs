use coexist_model::{File, Registered, Way};

use crate::code::{addresses, app_host, discovery, topics};

use super::*;

/// Returns the addresses of a file of code as `VARIABLE=value`.
fn named(path: &str, text: &str) -> Vec<String> {
    let file = File::new(path, text);
    let found = addresses(&file).found.into_iter();
    let shown = found.map(|a| format!("{}={}", a.variable.unwrap_or_default(), a.value));
    shown.collect()
}

#[test]
fn what_a_variable_falls_back_to_is_found_in_every_language() {
    for (path, text) in [
        ("a.py", "CART = os.getenv('CART_HOST', 'cart')\n"),
        ("a.py", "cart = os.environ.get('CART_HOST') or 'cart'\n"),
        ("a.js", "const cart = process.env.CART_HOST || 'cart'\n"),
        (
            "a.ts",
            "const cart: string = process.env['CART_HOST'] ?? 'cart'\n",
        ),
        (
            "a.go",
            "package a\nfunc f() { cart, ok := os.LookupEnv(\"CART_HOST\"); if !ok { cart = \"cart\" }; use(cart) }\n",
        ),
        (
            "a.go",
            "package a\nvar cart = getEnv(\"CART_HOST\", \"cart\")\n",
        ),
        (
            "A.java",
            "class A { String c = System.getenv(\"CART_HOST\") == null ? \"cart\" : System.getenv(\"CART_HOST\"); }\n",
        ),
        (
            "A.java",
            "class A { String c = env(\"CART_HOST\", \"cart\"); }\n",
        ),
        (
            "a.kt",
            "val cart = System.getenv(\"CART_HOST\") ?: \"cart\"\n",
        ),
        ("a.rb", "cart = ENV.fetch('CART_HOST', 'cart')\n"),
        ("a.rb", "cart = ENV['CART_HOST'] || 'cart'\n"),
        ("a.php", "<?php $cart = getenv('CART_HOST') ?: 'cart';\n"),
        (
            "a.rs",
            "fn f() { let cart = env::var(\"CART_HOST\").unwrap_or(\"cart\".into()); }\n",
        ),
    ] {
        assert_eq!(named(path, text), ["CART_HOST=cart"], "{text}");
    }
}

#[test]
fn a_fallback_is_put_into_the_urls_of_the_file() {
    for (path, text) in [
        (
            "a.js",
            "const c = process.env.CART_HOST || 'cart'\nget('http://' + c + ':8080/x/' + id)\n",
        ),
        (
            "a.js",
            "const c = process.env.CART_HOST || 'cart'\nget(`http://${c}:8080/x/${id}`)\n",
        ),
        (
            "a.py",
            "C = os.getenv('CART_HOST', 'cart')\nget('http://{c}:8080/x/{id}'.format(c=C, id=id))\n",
        ),
        (
            "a.py",
            "C = os.getenv('CART_HOST', 'cart')\nget(f'http://{C}:8080/x/{id}')\n",
        ),
        (
            "a.go",
            "package a\nfunc f() { c := env(\"CART_HOST\", \"cart\"); get(fmt.Sprintf(\"http://%s:8080/x/%s\", c, id)) }\n",
        ),
        (
            "A.java",
            "class A { String c = getenv(\"CART_HOST\", \"cart\"); String u = String.format(\"http://%s:8080/x/\", c); }\n",
        ),
    ] {
        let found = named(path, text);
        assert!(
            found.iter().any(|a| a.contains("=http://cart:8080/x/")),
            "{text}{found:?}"
        );
    }
}

#[test]
fn a_text_that_is_no_fallback_is_none() {
    for (path, text) in [
        ("a.py", "x = os.getenv('CART_HOST') + 'cart'\n"),
        ("a.js", "log(process.env.CART_HOST, 'cart')\n"),
        ("a.js", "const a = [process.env.CART_HOST, 'cart']\n"),
        (
            "a.go",
            "package a\nfunc f() { c := os.Getenv(\"CART_HOST\"); use(c) }\nfunc g() { c := \"cart\"; use(c) }\n",
        ),
        ("tests/a.py", "x = os.getenv('CART_HOST', 'cart')\n"),
    ] {
        assert_eq!(named(path, text), Vec::<String>::new(), "{text}");
    }
}

fn of(path: &str, text: &str) -> Vec<(String, Way, bool)> {
    let found = topics(&File::new(path, text)).into_iter();
    found.map(|t| (t.name, t.way, t.in_transaction)).collect()
}

#[test]
fn topics_are_told_by_the_calls_of_clients() {
    use Way::{Receives, Sends};
    for (path, text, name, way) in [
        (
            "a.py",
            "import pika\nch.basic_publish('shop', 'orders', b)\n",
            "orders",
            Sends,
        ),
        (
            "a.py",
            "import pika\nch.basic_publish(exchange='shop', routing_key=KEY, body=b)\nKEY = 'orders'\n",
            "orders",
            Sends,
        ),
        (
            "a.py",
            "from kafka import KafkaConsumer\nc = KafkaConsumer('orders', group_id='x')\n",
            "orders",
            Receives,
        ),
        (
            "a.js",
            "const k = require('kafkajs')\nproducer.send({ topic: 'orders', messages: [] })\n",
            "orders",
            Sends,
        ),
        (
            "a.js",
            "const a = require('amqplib')\nch.sendToQueue('orders', b)\n",
            "orders",
            Sends,
        ),
        (
            "a.go",
            "package a\nimport \"github.com/IBM/sarama\"\nfunc f() { p.Send(sarama.ProducerMessage{Topic: \"orders\"}) }\n",
            "orders",
            Sends,
        ),
        (
            "a.go",
            "package a\nimport amqp \"github.com/rabbitmq/amqp091-go\"\nfunc f() { ch.QueueBind(q.Name, \"orders\", \"shop\", false, nil); ch.Consume(q.Name, \"\", true, false, false, false, nil) }\n",
            "orders",
            Receives,
        ),
        (
            "A.java",
            "import org.springframework.kafka.annotation.KafkaListener;\nclass A { @KafkaListener(topics = \"orders\") void on(String m) {} }\n",
            "orders",
            Receives,
        ),
        (
            "a.kt",
            "import org.apache.kafka.clients.consumer.KafkaConsumer\nval t = System.getenv(\"T_T\") ?: \"orders\"\nfun f() { c.subscribe(listOf(t)) }\n",
            "orders",
            Receives,
        ),
    ] {
        assert_eq!(of(path, text), [(name.to_owned(), way, false)], "{text}");
    }
    // Not every `send` goes to a broker.
    assert_eq!(
        of("a.js", "import x from './mail'\nsend('orders', b)\n"),
        []
    );
}

#[test]
fn a_variable_may_have_a_default_and_variables_in_it() {
    let known = variables(
        "# no\nexport HOST=db\nPORT='5432' # why\nURL=pg://${HOST}:$PORT/x\nLOOP=${LOOP}a\n",
    );
    assert_eq!(known["PORT"], "5432");
    assert_eq!(filled("${URL}?${MODE:-a}", &known), "pg://db:5432/x?a");
    assert_eq!(
        filled("jdbc:mysql://${H:localhost}/x", &known),
        "jdbc:mysql://localhost/x"
    );
    assert_eq!(filled("${UNKNOWN} $ ${", &known), "${UNKNOWN} $ ${");
    assert!(filled("${LOOP}", &known).len() < 100);
}

#[test]
fn a_manifest_is_read_with_the_values_of_its_chart() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Values.cart.name }}\nspec:\n  template:\n    spec:\n      containers:\n      - image: x/cart\n        env:\n        - name: STOCK_ADDR\n          value: \"{{ .Values.stock.name }}:70\"\n        - name: OTHER\n          value: {{ .Release.Name }}-x\n";
    let file = File::new("chart/templates/cart.yaml", text);
    let values = [("cart.name", "cart"), ("stock.name", "stock")];
    let values = values.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let manifest = kubernetes(&file, &values);
    assert_eq!(manifest.deployed.processes[0].name, "cart");
    let shown: Vec<&str> = manifest
        .deployed
        .mentions
        .iter()
        .map(|m| &*m.value)
        .collect();
    assert_eq!(shown, ["stock:70"]);
    assert!(
        kubernetes(&file, &Variables::new())
            .deployed
            .processes
            .is_empty()
    );
}

#[test]
fn the_directives_of_nginx_are_read_as_it_reads_them() {
    let text = "upstream u { server \"a:1\" weight=2; # server c:3;\n}\nserver { location / { proxy_pass http://${B}:2/; } location /g { grpc_pass d:4; }\n set $x http://e:5; }\n";
    let file = File::new("nginx.conf", text);
    let found = proxied(&file).into_iter();
    let shown: Vec<String> = found
        .map(|(a, place)| format!("{a}@{}", place.line))
        .collect();
    assert_eq!(
        shown,
        ["a:1@1", "http://${B}:2/@3", "grpc://d:4@3", "http://e:5@4"]
    );
}

#[test]
fn any_text_is_read_without_failing() {
    let nested = format!("services: {}", "{a: [".repeat(5_000));
    let cyclic = "services:\n  a: &a\n    environment: *a\n    build: {context: ../../../../etc}\n    env_file: [/etc/passwd, ../../x]\n";
    let texts = [
        "",
        "{",
        "}}}}",
        "services: [",
        "services:\n  ? [a]\n  : b\n",
        "a: ${",
        "{{",
        "kind: Service\nmetadata: {name: {{ .Values. }}}",
        "proxy_pass",
        "upstream { { { ; } } }",
        "\u{0}",
        "FROM",
        "ENV",
        "ENV =",
        "ENV a=\"",
        "asyncapi: 2\nchannels: 1",
        "openapi: {}",
        nested.as_str(),
        cyclic,
    ];
    for text in texts {
        for path in [
            "compose.yaml",
            "a.properties",
            "a.proto",
            "nginx.conf",
            "a.py",
            "a.go",
            "application.yml",
        ] {
            let file = File::new(path, text);
            let deployed = compose(&file, &Variables::new());
            for (_, path) in deployed.images.iter().chain(&deployed.variable_files) {
                assert!(
                    !path.starts_with(['/', '.']) && !path.contains(".."),
                    "{path}"
                );
            }
            kubernetes(&file, &Variables::new());
            image(&file);
            proxied(&file);
            settings(&file);
            contracts(&file);
            channels(&file);
            addresses(&file);
            topics(&file);
            variables(text);
            filled(text, &variables(text));
        }
    }
}

#[test]
fn names_that_are_looked_up_in_a_registry_are_found() {
    let sought = |path: &str, text: &str| -> Vec<String> {
        let found = discovery(&File::new(path, text)).sought;
        found.into_iter().map(|(name, _)| name).collect()
    };
    for (path, text) in [
        (
            "A.java",
            "class A { Object f() { return discoveryClient.getInstances(\"cart\").get(0).getUri(); } }\n",
        ),
        (
            "A.java",
            "@FeignClient(name = \"cart\", path = \"/api\")\ninterface A { }\n",
        ),
        ("A.java", "@FeignClient(\"cart\")\ninterface A { }\n"),
        (
            "A.java",
            "@FeignClient(value = \"${cart.name:cart}\")\ninterface A { }\n",
        ),
        ("a.kt", "@FeignClient(name = \"cart\")\ninterface A\n"),
        (
            "a.go",
            "package a\nfunc f() { client.Health().Service(\"cart\", \"\", true, nil) }\n",
        ),
    ] {
        assert_eq!(sought(path, text), ["cart"], "{text}");
    }
    for (path, text) in [
        (
            "A.java",
            "@FeignClient(name = \"cart\", url = \"https://cart.acme.io\")\ninterface A { }\n",
        ),
        (
            "A.java",
            "@FeignClient(name = \"${cart.name}\")\ninterface A { }\n",
        ),
        (
            "A.java",
            "class A { void f() { menu.choose(\"cart\"); } }\n",
        ),
        (
            "a.go",
            "package a\nfunc f() { container.Service(\"cart\") }\n",
        ),
    ] {
        assert_eq!(sought(path, text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn who_keeps_a_registry_and_who_joins_is_told_by_annotations() {
    let way = |text: &str| -> Vec<Registered> {
        let found = discovery(&File::new("A.java", text)).registered;
        found.into_iter().map(|(way, _)| way).collect()
    };
    assert_eq!(
        way("@SpringBootApplication\n@EnableEurekaServer\npublic class A { }\n"),
        [Registered::Keeps]
    );
    assert_eq!(
        way("@EnableDiscoveryClient\npublic class A { }\n"),
        [Registered::Joins]
    );
}

#[test]
fn an_app_host_starts_projects_and_hands_out_addresses() {
    let file = File::new(
        "AppHost/Program.cs",
        "var builder = DistributedApplication.CreateBuilder(args);
var redis = builder.AddRedis(\"cache\");
var db = builder.AddPostgres(\"pg\").WithImageTag(\"16\").AddDatabase(\"orders\");
var stock = builder.AddProject<Projects.Stock_API>(\"stock-api\").WithReference(redis);
builder.AddProject<Projects.Orders>(\"orders-api\")
    .WithReference(db).WaitFor(db)
    .WithReference(stock)
    .WithReference(unknown);
stock.WithReference(db);
builder.Build().Run();
",
    );
    let Some(host) = app_host(&file) else {
        // Built without C#.
        return;
    };
    let names: Vec<&str> = host.processes.iter().map(|p| p.name.as_str()).collect();
    assert_eq!(names, ["cache", "pg", "stock-api", "orders-api"]);
    assert_eq!(
        host.projects,
        [
            ("stock-api".to_owned(), "Stock_API".to_owned()),
            ("orders-api".to_owned(), "Orders".to_owned())
        ]
    );
    let given: Vec<String> = host
        .mentions
        .iter()
        .map(|m| format!("{}:{} {}", m.by, m.place.line, m.value))
        .collect();
    assert_eq!(
        given,
        [
            "stock-api:4 redis://cache",
            "orders-api:6 postgres://pg/orders",
            "orders-api:7 http://stock-api",
            "stock-api:9 postgres://pg/orders"
        ]
    );
    assert!(app_host(&File::new("a.cs", "class A { }")).is_none());
}

#[test]
fn a_proxy_of_an_app_host_passes_requests_on_to_its_routes() {
    let file = File::new(
        "AppHost/Program.cs",
        "var builder = DistributedApplication.CreateBuilder(args);
var stock = builder.AddProject<Projects.Stock>(\"stock\");
var orders = builder.AddProject<Projects.Orders>(\"orders\");
var users = builder.AddProject<Projects.Users>(\"users\");
builder.AddYarp(\"gateway\").WaitFor(users).WithConfiguration(yarp => {
    var cluster = yarp.AddCluster(stock);
    yarp.AddRoute(\"/stock\", cluster).WithTransformPathRemovePrefix(\"/stock\");
    yarp.AddRoute(\"/orders/{**rest}\", orders.GetEndpoint(\"http\"));
});
builder.AddYarp(\"mobile\").WithExternalHttpEndpoints()
    .MobileRoutes(stock);
orders.Unrelated(users);
",
    );
    let Some(host) = app_host(&file) else {
        // Built without C#.
        return;
    };
    let given: Vec<String> = host
        .mentions
        .iter()
        .map(|m| format!("{}:{} {} {:?}", m.by, m.place.line, m.value, m.written))
        .collect();
    assert_eq!(
        given,
        [
            "gateway:6 http://stock Proxy",
            "gateway:8 http://orders Proxy",
            "mobile:11 http://stock Literal"
        ]
    );
}
