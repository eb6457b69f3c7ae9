//! What is known of products by the names of their images.

use coexist_model::Process;

/// What a process is in a design.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// A service: something that somebody wrote for this system, or for one that it uses.
    Service,
    /// A database or cache, and its product.
    Store(&'static str),
    /// A broker, and its product.
    Broker(&'static str),
    /// What watches and helps: it takes no part in what the system does.
    Tool,
}

/// Words of an image's name, and the database or cache that it is.
const STORES: &[(&str, &str)] = &[
    ("postgres", "postgres"),
    ("postgresql", "postgres"),
    ("postgis", "postgres"),
    ("timescaledb", "postgres"),
    ("pgvector", "postgres"),
    ("mysql", "mysql"),
    ("mariadb", "mariadb"),
    ("percona", "mysql"),
    ("mongo", "mongodb"),
    ("mongodb", "mongodb"),
    ("redis", "redis"),
    ("valkey", "redis"),
    ("keydb", "redis"),
    ("dragonfly", "redis"),
    ("memcached", "memcached"),
    ("dynamodb", "dynamodb"),
    ("dynamodblocal", "dynamodb"),
    ("elasticsearch", "elasticsearch"),
    ("opensearch", "opensearch"),
    ("cassandra", "cassandra"),
    ("scylla", "cassandra"),
    ("cockroach", "cockroachdb"),
    ("cockroachdb", "cockroachdb"),
    ("mssql", "sqlserver"),
    ("clickhouse", "clickhouse"),
    ("neo4j", "neo4j"),
    ("couchdb", "couchdb"),
    ("influxdb", "influxdb"),
    ("minio", "minio"),
    ("etcd", "etcd"),
];

/// Words of an image's name, and the broker that it is.
const BROKERS: &[(&str, &str)] = &[
    ("rabbitmq", "rabbitmq"),
    ("kafka", "kafka"),
    ("redpanda", "kafka"),
    ("nats", "nats"),
    ("activemq", "activemq"),
    ("artemis", "activemq"),
    ("pulsar", "pulsar"),
    ("mosquitto", "mqtt"),
];

/// Words of an image's name that say that it only helps with what the other words name.
const HELPING: &[&str] = &[
    "exporter",
    "ui",
    "gui",
    "admin",
    "express",
    "init",
    "initdb",
    "commander",
    "insight",
    "redisinsight",
    "console",
    "kowl",
    "akhq",
    "kafdrop",
    "connect",
    "operator",
    "backup",
    "migrate",
    "migrations",
    "agent",
    "zookeeper",
    "zipkin",
    "jaeger",
    "prometheus",
    "grafana",
    "loki",
    "tempo",
    "otel",
    "opentelemetry",
    "collector",
    "fluentd",
    "fluentbit",
    "fluent",
    "logstash",
    "kibana",
    "filebeat",
    "metricbeat",
    "datadog",
    "statsd",
    "graphite",
    "alertmanager",
    "cadvisor",
    "pgadmin",
    "pgadmin4",
    "phpmyadmin",
    "adminer",
    "mailhog",
    "mailpit",
    "maildev",
    "portainer",
    "sonarqube",
    "flyway",
    "liquibase",
    "busybox",
    "seq",
    "pushgateway",
    "promtail",
    "dashboards",
    "otelcol",
    "autoheal",
    "watchtower",
    "dozzle",
];

/// Those who publish nothing but such images.
const HELPERS: &[&str] = &[
    "jaegertracing",
    "grafana",
    "prom",
    "openzipkin",
    "otel",
    "fluent",
    "netdata",
    "newrelic",
    "datadog",
];

/// Returns what a process is.
pub(super) fn role(process: &Process) -> Role {
    if process.once {
        return Role::Tool;
    }
    let plain = process
        .images
        .iter()
        .find_map(|image| is_plain(image).then(|| of_image(image))?);
    if let Some(role) = plain.filter(|_| !process.built) {
        return role;
    }
    // What it is made of says more than what it is called. What is built here is a service, unless it is made of a product.
    let images = match process.made_from.is_empty() {
        false => &process.made_from,
        true if process.built || !process.folders.is_empty() => {
            return named(process, Role::Service);
        }
        true => &process.images,
    };
    // Something of one's own may be made of what they publish.
    let by_helper = |image: &String| {
        let owner = image.split('/').next().unwrap_or(image);
        !process.built && process.made_from.is_empty() && HELPERS.contains(&owner)
    };
    let roles = images.iter().filter_map(|image| match by_helper(image) {
        true => Some(Role::Tool),
        false => of_image(image),
    });
    let role = roles.into_iter().next().unwrap_or(Role::Service);
    named(process, role)
}

/// Returns what a process is that its name may make a tool, such as one that fills a database and ends.
fn named(process: &Process, role: Role) -> Role {
    const PREPARING: &[&str] = &[
        "init",
        "migrate",
        "migration",
        "migrations",
        "migrator",
        "seed",
        "seeder",
        "setup",
    ];
    let prepares = words(&process.name).any(|w| PREPARING.contains(&w.as_str()));
    if prepares { Role::Tool } else { role }
}

/// Returns whether an image is called by a product alone: `redis`, `clickhouse-server`, and no `redis-consumer`.
fn is_plain(image: &str) -> bool {
    const BESIDE: &[&str] = &[
        "server",
        "stack",
        "local",
        "alpine",
        "db",
        "broker",
        "cp",
        "community",
        "single",
        "node",
    ];
    let last = image.rsplit('/').next().unwrap_or(image);
    let parts = last
        .split(['-', '_', '.'])
        .map(|w| w.trim_end_matches(|c: char| c.is_ascii_digit()));
    let of_product = |w: &str| STORES.iter().chain(BROKERS).any(|(name, _)| *name == w);
    parts
        .into_iter()
        .all(|w| of_product(w) || BESIDE.contains(&w) || w.is_empty())
}

fn of_image(image: &str) -> Option<Role> {
    if image == "mssql/server" {
        return Some(Role::Store("sqlserver"));
    }
    let last = image.rsplit('/').next().unwrap_or(image);
    if words(last).any(|w| HELPING.contains(&w.as_str())) {
        return Some(Role::Tool);
    }
    let known = |table: &[(&str, &'static str)]| {
        words(last).find_map(|w| {
            table
                .iter()
                .find(|(name, _)| *name == w)
                .map(|(_, product)| *product)
        })
    };
    known(BROKERS)
        .map(Role::Broker)
        .or_else(|| known(STORES).map(Role::Store))
}

/// Returns the words of a name, lowercase, each without the digits at its end too.
fn words(name: &str) -> impl Iterator<Item = String> {
    let words = name.split(['-', '_', '.']).map(str::to_ascii_lowercase);
    let words: Vec<String> = words
        .flat_map(|w| {
            let bare = w.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
            [w, bare]
        })
        .collect();
    words.into_iter()
}

/// Returns the product of a database that a URL speaks to, by its scheme.
pub(super) fn of_scheme(scheme: &str) -> Option<&'static str> {
    let scheme = scheme.strip_prefix("jdbc:").unwrap_or(scheme);
    let scheme = scheme.split('+').next().unwrap_or(scheme);
    Some(match scheme {
        "postgres" | "postgresql" | "pgsql" => "postgres",
        "mysql" => "mysql",
        "mariadb" => "mariadb",
        "mongodb" => "mongodb",
        "redis" | "rediss" => "redis",
        "sqlserver" => "sqlserver",
        _ => return None,
    })
}

/// Returns whether a server of that product has one space of data where no database is named.
pub(super) fn has_one_space(product: &str) -> bool {
    matches!(
        product,
        "redis" | "memcached" | "elasticsearch" | "opensearch" | "dynamodb"
    )
}

/// Returns whether the path behind an address names a database of that product.
pub(super) fn names_databases(product: &str) -> bool {
    matches!(
        product,
        "postgres"
            | "mysql"
            | "mariadb"
            | "mongodb"
            | "redis"
            | "sqlserver"
            | "cockroachdb"
            | "couchdb"
    )
}
