//! Addresses as they are written in variables, settings and code.

/// An address: at least a host.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Address {
    /// What stands before `://`, lowercase.
    pub(super) scheme: Option<String>,
    /// The host.
    pub(super) host: String,
    /// The port.
    pub(super) port: Option<u16>,
    /// The first part of the path, or the database of a connection string.
    pub(super) database: Option<String>,
}

/// Longer texts are no address.
const LONGEST: usize = 4_000;
/// Addresses in one text.
const LIMIT: usize = 50;

/// Words of a variable's name that say that it holds where something is.
const ADDRESSING: &[&str] = &[
    "host",
    "hosts",
    "hostname",
    "addr",
    "address",
    "addresses",
    "url",
    "urls",
    "uri",
    "endpoint",
    "endpoints",
    "server",
    "servers",
    "service",
    "broker",
    "brokers",
    "bootstrap",
    "upstream",
    "backend",
    "target",
    "peer",
    "peers",
    "node",
    "nodes",
    "dsn",
    "connection",
    "gateway",
];

/// Words of a variable's name that say who may call, or where the process itself is reached or listens.
const OTHER: &[&str] = &[
    "cors",
    "origin",
    "origins",
    "allowed",
    "redirect",
    "callback",
    "listen",
    "listener",
    "listeners",
    "advertised",
    "bind",
    "public",
    "issuer",
    "audience",
    "attributes",
];

/// Words at the end of a variable's name that say that it holds something else than an address.
const NAMING: &[&str] = &[
    "name", "names", "user", "username", "password", "topic", "queue", "exchange", "label",
    "labels", "image", "prefix", "port", "path", "key", "id",
];

/// Returns the words of a variable's name, lowercase: `CART_HOST`, `cart.host` and `cartHost` have the same.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let starts = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if !c.is_ascii_alphanumeric() || starts {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    words.retain(|w| !w.is_empty());
    words
}

/// Returns whether a variable of that name may hold where something is.
pub(super) fn may_hold_address(variable: &str) -> bool {
    let words = words(variable);
    let no_proxy = words.windows(2).any(|pair| pair == ["no", "proxy"]);
    let names = words.last().is_some_and(|w| NAMING.contains(&w.as_str()));
    !no_proxy && !names && !words.iter().any(|w| OTHER.contains(&w.as_str()))
}

/// Returns whether a variable of that name holds where something is, so that a bare name in it is a host.
pub(super) fn holds_address(variable: &str) -> bool {
    may_hold_address(variable)
        && words(variable)
            .iter()
            .any(|w| ADDRESSING.contains(&w.as_str()))
}

/// Ends of hosts that nobody outside of a network, or nobody at all, is reached by: RFC 2606, RFC 6761, RFC 6762 and what clusters use.
const NOWHERE: &[&str] = &[
    "localhost",
    "local",
    "internal",
    "test",
    "example",
    "invalid",
    "lan",
    "home",
    "localdomain",
    "cluster",
    "svc",
    "consul",
    "docker",
];

/// Words of a variable's name that say that it holds where the process itself is reached.
const OWN: &[&str] = &[
    "base",
    "site",
    "self",
    "own",
    "root",
    "domain",
    "app",
    "homepage",
    "canonical",
    "external",
    "website",
];

/// Hosts of documents, names of schemas, and packages: an address there is read by people or tools.
const DOCUMENTS: &[&str] = &[
    "www",
    "docs",
    "doc",
    "schemas",
    "schema",
    "schemastore",
    "json-schema",
    "w3",
    "xmlsoap",
    "xml",
    "github",
    "githubusercontent",
    "gitlab",
    "apache",
    "springframework",
    "npmjs",
    "unpkg",
    "jsdelivr",
    "cdn",
    "fonts",
    "pypi",
    "maven",
    "example",
    "wikipedia",
    "stackoverflow",
];

/// Returns whether a variable of that name holds where something else than the process itself is.
pub(super) fn holds_other_address(variable: &str) -> bool {
    holds_address(variable) && !words(variable).iter().any(|w| OWN.contains(&w.as_str()))
}

/// Returns whether an address is surely that of a system of others which a program calls: a full name under a public end, which a
/// variable for addresses holds (`named`), or whose host or path says that it is an api: `https://api.stripe.com/v1`.
pub(super) fn is_called(address: &Address, named: bool) -> bool {
    let host = address.host.to_ascii_lowercase();
    let labels: Vec<&str> = host.split('.').collect();
    let web = matches!(
        address.scheme.as_deref(),
        Some("http" | "https" | "grpc" | "grpcs" | "wss")
    );
    let public = labels.len() >= 2
        && labels.iter().all(|l| !l.is_empty())
        && labels.last().is_some_and(|end| {
            end.len() >= 2 && end.chars().all(|c| c.is_ascii_alphabetic()) && !NOWHERE.contains(end)
        })
        && !labels.iter().any(|l| DOCUMENTS.contains(l));
    let version = |part: &str| {
        let number = part.strip_prefix('v').unwrap_or_default();
        !number.is_empty() && number.chars().all(|c| c.is_ascii_digit())
    };
    let api = labels.iter().any(|l| matches!(*l, "api" | "apis"))
        || labels[0].ends_with("-api")
        || address.database.as_deref().is_some_and(version);
    web && public && (named || api)
}

/// Returns the addresses in a text; a bare name is one where `bare` says so.
pub(super) fn addresses(text: &str, bare: bool) -> Vec<Address> {
    let text = text.trim();
    if text.len() > LONGEST {
        return Vec::new();
    }
    if let Some(address) = connection_string(text) {
        return vec![address];
    }
    // Several, as brokers are written: `a:9092,b:9092`.
    let parts = text.split([',', ' ', '\t', '\n']).map(str::trim);
    let parts = parts.filter(|p| !p.is_empty()).take(LIMIT);
    let found: Vec<Option<Address>> = parts.map(|part| one(part, bare)).collect();
    // A sentence is no list of hosts.
    let whole = found.iter().all(Option::is_some) || text.contains("://");
    match whole {
        true => found.into_iter().flatten().collect(),
        false => Vec::new(),
    }
}

fn one(text: &str, bare: bool) -> Option<Address> {
    let Some((before, rest)) = text.split_once("://") else {
        let address = authority(text.split(['/', '?']).next()?)?;
        return (bare || address.port.is_some()).then_some(address);
    };
    let start =
        before.rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-' | ':')));
    let scheme = before[start.map_or(0, |at| at + 1)..].to_ascii_lowercase();
    let end = rest.find(['/', '?', ';', '#']).unwrap_or(rest.len());
    let mut address = authority(&rest[..end])?;
    let behind = &rest[end..];
    address.database = match behind.strip_prefix('/') {
        Some(path) => path.split(['/', '?', ';', '#']).next().map(str::to_owned),
        // `jdbc:sqlserver://db:1433;databaseName=orders`
        None => keyed(behind, &["databasename", "database"]),
    };
    address.database = address.database.filter(|d| is_database(d));
    address.scheme = Some(scheme);
    Some(address)
}

/// Returns whether a text can be the name of a database as it is: nothing was left unfilled in it.
fn is_database(text: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    !text.is_empty() && text.len() <= 100 && text.chars().all(part)
}

/// Returns the host and port of `user:password@host:port`.
fn authority(text: &str) -> Option<Address> {
    let text = text.rsplit('@').next()?;
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (text, None),
    };
    let part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let named = host.chars().all(part) && host.starts_with(|c: char| c.is_ascii_alphabetic());
    named.then(|| Address {
        host: host.to_owned(),
        port,
        ..Address::default()
    })
}

/// Reads `Host=db;Database=orders;…`, `host=db dbname=orders …` and `mysql:host=db;dbname=orders`.
fn connection_string(text: &str) -> Option<Address> {
    if text.contains("://") || !text.contains('=') {
        return None;
    }
    let (scheme, rest) = match text.split_once(':') {
        Some((scheme, rest)) if rest.starts_with("host=") => (Some(scheme), rest),
        _ => (None, text),
    };
    let host = keyed(rest, &["host", "server", "data source", "addr", "address"])?;
    let host = host.trim_start_matches("tcp:");
    let host = host.replace(',', ":");
    let mut address = authority(&host)?;
    let port = keyed(rest, &["port"]);
    address.port = address.port.or_else(|| port?.parse().ok());
    address.database =
        keyed(rest, &["database", "dbname", "initial catalog"]).filter(|d| is_database(d));
    address.scheme = scheme.map(str::to_ascii_lowercase);
    Some(address)
}

/// Returns the value of one of the keys in `key=value;key=value`, or with blanks between.
fn keyed(text: &str, keys: &[&str]) -> Option<String> {
    let separator: &[char] = match text.contains(';') {
        true => &[';'],
        false => &[' '],
    };
    let pairs = text
        .split(separator)
        .filter_map(|pair| pair.split_once('='));
    let mut found =
        pairs.filter(|(key, _)| keys.contains(&key.trim().to_ascii_lowercase().as_str()));
    found
        .next()
        .map(|(_, value)| value.trim().trim_matches(['"', '\'']).to_owned())
}
