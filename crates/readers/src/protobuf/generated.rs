//! The names that generated code gives to messages, fields, enum values, methods and services, per language.
//!
//! A code reader looks for these names; nothing here reads code. Several generators exist per language (`protoc-gen-go`,
//! connect, ts-proto, protobuf-es, prost, tonic, …): their names stand side by side, the most usual ones first.

use coexist_model::{Surface, SurfaceKind};

use super::casing::{capitalised, go, java, json, lower_first, snake, upper_camel};

/// A language whose generated names are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tongue {
    /// `protoc-gen-go`, `protoc-gen-go-grpc`, gogo, connect-go, Twirp.
    Go,
    /// `protobuf`, `grpcio`, betterproto.
    Python,
    /// ts-proto, protobuf-es, connect-es, protobuf-ts, grpc-web.
    TypeScript,
    /// `google-protobuf`, protobufjs, grpc-js, grpc-web.
    JavaScript,
    /// protobuf-java, grpc-java.
    Java,
    /// protobuf-kotlin, grpc-kotlin, and what they stand on in Java; Wire.
    Kotlin,
    /// google-protobuf, grpc.
    Ruby,
    /// prost, tonic; rust-protobuf.
    Rust,
    /// google/protobuf, grpc, what RoadRunner generates.
    Php,
    /// `protoc-gen-csharp`, Grpc.Tools.
    CSharp,
    /// elixir-protobuf.
    Elixir,
}

impl Tongue {
    /// Every language.
    pub(crate) const ALL: [Self; 11] = [
        Self::Go,
        Self::Python,
        Self::TypeScript,
        Self::JavaScript,
        Self::Java,
        Self::Kotlin,
        Self::Ruby,
        Self::Rust,
        Self::Php,
        Self::CSharp,
        Self::Elixir,
    ];

    /// Returns the language of files with that ending.
    pub(crate) fn of(ending: &str) -> Option<Self> {
        Some(match ending {
            "go" => Self::Go,
            "py" | "pyi" => Self::Python,
            "ts" | "mts" | "cts" | "tsx" => Self::TypeScript,
            "js" | "mjs" | "cjs" | "jsx" => Self::JavaScript,
            "java" => Self::Java,
            "kt" | "kts" => Self::Kotlin,
            "rb" | "rake" | "gemspec" | "ru" => Self::Ruby,
            "rs" => Self::Rust,
            "php" => Self::Php,
            "cs" => Self::CSharp,
            "ex" | "exs" => Self::Elixir,
            _ => return None,
        })
    }
}

/// The names of one surface, or of one element of it, in generated code.
///
/// Names are identifiers, or short paths in the language's own spelling (`Status::Paid`, `Order.Item`); where a path is given
/// its last identifier is given too. Each list holds a name once, the most usual first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Generated {
    /// The type of the message or enum; for a service, the type, trait or descriptor of its own name.
    pub(crate) types: Vec<String>,
    /// How the field or method is reached: struct field, property, getter, setter, builder call, method. Names that begin with
    /// `set`, `add`, `put`, `clear`, `mut_`, or end with `=`, write; the others read unless they are assigned to.
    pub(crate) members: Vec<String>,
    /// What makes or is a client of the service.
    pub(crate) clients: Vec<String>,
    /// What makes, registers or is a server of the service.
    pub(crate) servers: Vec<String>,
    /// The constants of the enum value.
    pub(crate) values: Vec<String>,
}

/// Returns the names by which code of that language uses the surface, or the element of it.
///
/// The package cannot be told from an outer message by the full name alone; by the usual style, packages are small and messages
/// begin with a capital, so the first segment with a capital begins the type.
pub(crate) fn generated(surface: &Surface, element: Option<&str>, tongue: Tongue) -> Generated {
    let name = Name::of(&surface.name);
    let types = types(&name, tongue);
    let mut names = Generated {
        types,
        ..Generated::default()
    };
    match (surface.kind, element) {
        (SurfaceKind::Rpc, method) => {
            names.types = service_types(&name, tongue);
            names.clients = clients(&name, tongue);
            names.servers = servers(&name, tongue);
            names.members = method.map_or_else(Vec::new, |m| methods(m, tongue));
        }
        (SurfaceKind::Enum, Some(value)) => names.values = values(&name, value, tongue),
        (SurfaceKind::Message, Some(field)) => names.members = fields(&name, field, tongue),
        _ => {}
    }
    for list in [
        &mut names.types,
        &mut names.members,
        &mut names.clients,
        &mut names.servers,
        &mut names.values,
    ] {
        once(list);
    }
    names
}

/// A full name, cut into package and nested types.
struct Name<'a> {
    package: Vec<&'a str>,
    path: Vec<&'a str>,
}

impl<'a> Name<'a> {
    fn of(full: &'a str) -> Self {
        let mut package: Vec<&str> = full.split('.').filter(|s| !s.is_empty()).collect();
        let capital = |s: &&str| s.starts_with(|c: char| c.is_ascii_uppercase());
        let first = package
            .iter()
            .position(capital)
            .unwrap_or(package.len().saturating_sub(1));
        let path = package.split_off(first);
        Self { package, path }
    }

    fn last(&self) -> &'a str {
        self.path.last().copied().unwrap_or_default()
    }

    fn outer(&self) -> &[&'a str] {
        &self.path[..self.path.len().saturating_sub(1)]
    }
}

fn types(name: &Name<'_>, tongue: Tongue) -> Vec<String> {
    let (last, dotted, flat) = (name.last(), name.path.join("."), name.path.join("_"));
    match tongue {
        Tongue::Go => vec![go(&dotted)],
        Tongue::Python => vec![dotted, last.into()],
        Tongue::TypeScript => {
            vec![
                flat.clone(),
                dotted,
                last.into(),
                format!("{flat}Schema"),
                format!("I{last}"),
            ]
        }
        Tongue::JavaScript => vec![dotted, last.into(), flat.clone(), format!("{flat}Schema")],
        Tongue::Java => vec![dotted, last.into(), format!("{last}OrBuilder")],
        Tongue::Kotlin => vec![dotted, last.into(), format!("{last}Kt"), lower_first(last)],
        Tongue::Ruby => {
            let mut path: Vec<String> = name
                .package
                .iter()
                .map(|p| capitalised(&java(p, true)))
                .collect();
            path.extend(name.path.iter().map(|p| capitalised(p)));
            vec![path.join("::"), capitalised(last)]
        }
        Tongue::Rust => {
            let mut path: Vec<String> = name.outer().iter().map(|p| snake(p)).collect();
            path.push(upper_camel(last));
            vec![path.join("::"), upper_camel(last), last.into()]
        }
        Tongue::Php | Tongue::CSharp => vec![last.into()],
        // A module, with those around it, and by what an alias leaves of it.
        Tongue::Elixir => types(name, Tongue::Ruby)
            .into_iter()
            .map(|module| module.replace("::", "."))
            .collect(),
    }
}

fn service_types(name: &Name<'_>, tongue: Tongue) -> Vec<String> {
    let last = name.last();
    match tongue {
        Tongue::Go => Vec::new(),
        Tongue::Python => vec![last.into()],
        Tongue::TypeScript | Tongue::JavaScript => {
            vec![last.into(), format!("{last}Definition"), format!("I{last}")]
        }
        Tongue::Java => vec![format!("{last}Grpc")],
        Tongue::Kotlin => vec![format!("{last}Grpc"), format!("{last}GrpcKt")],
        Tongue::Ruby => types(name, tongue),
        Tongue::Rust => vec![upper_camel(last)],
        Tongue::Php => vec![format!("{last}Interface")],
        Tongue::CSharp => vec![last.into()],
        Tongue::Elixir => types(name, tongue),
    }
}

fn clients(name: &Name<'_>, tongue: Tongue) -> Vec<String> {
    let s = name.last();
    match tongue {
        Tongue::Go => {
            let s = go(s);
            vec![
                format!("New{s}Client"),
                format!("{s}Client"),
                format!("New{s}ProtobufClient"),
                format!("New{s}JSONClient"),
            ]
        }
        Tongue::Python => vec![format!("{s}Stub"), format!("{s}AsyncStub")],
        Tongue::TypeScript | Tongue::JavaScript => vec![
            format!("{s}Client"),
            format!("{s}ClientImpl"),
            format!("{s}PromiseClient"),
        ],
        Tongue::Java => vec![
            format!("{s}BlockingStub"),
            format!("{s}FutureStub"),
            format!("{s}Stub"),
            format!("{s}BlockingV2Stub"),
            format!("{s}Grpc.newBlockingStub"),
            format!("{s}Grpc.newFutureStub"),
            format!("{s}Grpc.newStub"),
        ],
        Tongue::Kotlin => vec![
            format!("{s}CoroutineStub"),
            format!("{s}BlockingStub"),
            format!("{s}FutureStub"),
            format!("{s}Stub"),
            format!("{s}Grpc.newBlockingStub"),
            format!("{s}Client"),
            format!("Grpc{s}Client"),
        ],
        Tongue::Ruby => vec![format!("{}::Stub", capitalised(s))],
        Tongue::Rust => {
            let client = format!("{}Client", upper_camel(s));
            vec![format!("{}_client::{client}", snake(s)), client]
        }
        Tongue::Php | Tongue::CSharp => vec![format!("{s}Client")],
        Tongue::Elixir => vec![format!("{}.Stub", capitalised(s))],
    }
}

fn servers(name: &Name<'_>, tongue: Tongue) -> Vec<String> {
    let s = name.last();
    match tongue {
        Tongue::Go => {
            let s = go(s);
            vec![
                format!("Register{s}Server"),
                format!("{s}Server"),
                format!("Unimplemented{s}Server"),
                format!("Unsafe{s}Server"),
                format!("New{s}Handler"),
                format!("{s}Handler"),
                format!("Unimplemented{s}Handler"),
                format!("New{s}Server"),
            ]
        }
        Tongue::Python => vec![
            format!("{s}Servicer"),
            format!("add_{s}Servicer_to_server"),
            format!("{s}Base"),
        ],
        Tongue::TypeScript | Tongue::JavaScript => vec![
            format!("{s}Server"),
            format!("I{s}Server"),
            format!("{s}Service"),
            format!("{s}Implementation"),
            format!("{s}ServiceImplementation"),
            format!("Unimplemented{s}Service"),
        ],
        Tongue::Java => vec![format!("{s}ImplBase"), format!("{s}Grpc.{s}ImplBase")],
        Tongue::Kotlin => vec![
            format!("{s}CoroutineImplBase"),
            format!("{s}ImplBase"),
            format!("{s}Grpc.{s}ImplBase"),
            format!("{s}Server"),
        ],
        Tongue::Ruby => vec![format!("{}::Service", capitalised(s))],
        Tongue::Rust => {
            let server = format!("{}Server", upper_camel(s));
            let module = format!("{}_server", snake(s));
            vec![
                format!("{module}::{server}"),
                server,
                format!("{module}::{}", upper_camel(s)),
            ]
        }
        Tongue::Php => vec![format!("{s}Interface")],
        Tongue::CSharp => vec![format!("{s}Base")],
        Tongue::Elixir => vec![format!("{}.Service", capitalised(s))],
    }
}

fn methods(method: &str, tongue: Tongue) -> Vec<String> {
    match tongue {
        Tongue::Go => vec![go(method)],
        Tongue::Python => vec![method.into(), snake(method)],
        Tongue::TypeScript | Tongue::JavaScript => vec![lower_first(method), method.into()],
        Tongue::Java => vec![java(method, false)],
        Tongue::Kotlin => vec![java(method, false), method.into()],
        Tongue::Ruby | Tongue::Rust | Tongue::Elixir => vec![snake(method)],
        Tongue::Php => vec![method.into()],
        Tongue::CSharp => vec![method.into(), format!("{method}Async")],
    }
}

fn fields(name: &Name<'_>, field: &str, tongue: Tongue) -> Vec<String> {
    match tongue {
        Tongue::Go => {
            let f = go(field);
            let mut all = vec![f.clone()];
            all.extend(["Get", "Set", "Has", "Clear"].map(|verb| format!("{verb}{f}")));
            all.push(format!("{}_{f}", go(&name.path.join("."))));
            all
        }
        Tongue::Python => vec![field.into()],
        Tongue::TypeScript | Tongue::JavaScript => {
            let f = json(field);
            let mut all = vec![f.clone(), field.into()];
            all.extend(accessors(
                &capitalised(&f),
                &["get", "set", "has", "clear", "add"],
            ));
            all
        }
        Tongue::Java => java_accessors(field),
        Tongue::CSharp => vec![java(field, true)],
        Tongue::Elixir => vec![field.into()],
        Tongue::Php => {
            let f = java(field, true);
            ["get", "set", "has", "clear"]
                .map(|verb| format!("{verb}{f}"))
                .into()
        }
        Tongue::Kotlin => {
            let f = java(field, false);
            let mut all = vec![
                f.clone(),
                format!("{f}List"),
                format!("{f}Map"),
                field.into(),
            ];
            all.extend(java_accessors(field));
            all
        }
        Tongue::Ruby => vec![field.into(), format!("{field}="), format!("has_{field}?")],
        Tongue::Rust => {
            let f = snake(field);
            let mut all = vec![f.clone()];
            all.extend(["set", "mut", "clear", "take", "has"].map(|verb| format!("{verb}_{f}")));
            all.push(upper_camel(field));
            all
        }
    }
}

fn java_accessors(field: &str) -> Vec<String> {
    let f = java(field, true);
    let mut all = accessors(
        &f,
        &[
            "get", "set", "has", "clear", "add", "addAll", "put", "putAll",
        ],
    );
    all.push(format!("get{f}OrDefault"));
    all.push(format!("get{f}Builder"));
    all.push(format!("{}_FIELD_NUMBER", field.to_ascii_uppercase()));
    all
}

/// The calls of languages with getters: plain, and with what they append for lists, maps and enum numbers.
fn accessors(field: &str, verbs: &[&str]) -> Vec<String> {
    let plain = verbs.iter().map(|verb| format!("{verb}{field}"));
    let more = ["List", "Map", "Count", "Value"].map(|end| format!("get{field}{end}"));
    plain.chain(more).collect()
}

fn values(name: &Name<'_>, value: &str, tongue: Tongue) -> Vec<String> {
    let (last, short) = (name.last(), unprefixed(name.last(), value));
    match tongue {
        // A value stands in the scope that holds its enum: the constant carries the outer message's name, or, at the top of the
        // file, the enum's own. Where the prefix is switched off (`gogoproto.goproto_enum_prefix`, rewritten constants) it is bare.
        Tongue::Go => {
            let scope = if name.outer().is_empty() {
                go(last)
            } else {
                go(&name.outer().join("."))
            };
            vec![format!("{scope}_{value}"), value.into()]
        }
        Tongue::Python => vec![
            value.into(),
            format!("{last}.{value}"),
            format!("{last}.{short}"),
        ],
        Tongue::TypeScript | Tongue::JavaScript => {
            vec![
                format!("{last}.{value}"),
                format!("{last}.{short}"),
                value.into(),
            ]
        }
        Tongue::Java | Tongue::Kotlin => {
            vec![
                value.into(),
                format!("{last}.{value}"),
                format!("{value}_VALUE"),
            ]
        }
        Tongue::Php => vec![format!("{last}::{value}"), value.into()],
        Tongue::CSharp => vec![format!("{last}.{}", upper_camel(short))],
        Tongue::Elixir => vec![format!(":{value}")],
        Tongue::Ruby => vec![
            format!(":{value}"),
            format!("{last}::{value}"),
            value.into(),
        ],
        Tongue::Rust => {
            let variant = upper_camel(value);
            let variant = rust_variant(&upper_camel(last), &variant);
            vec![
                format!("{}::{variant}", upper_camel(last)),
                variant,
                format!("{last}::{value}"),
                value.into(),
            ]
        }
    }
}

/// Prost leaves out the enum's name at the front of a variant, unless nothing that could begin a name is left.
fn rust_variant(owner: &str, variant: &str) -> String {
    match variant.strip_prefix(owner) {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_uppercase()) => rest.into(),
        _ => variant.into(),
    }
}

/// Returns what the values of an enum begin with by the usual style, its name in capitals: where no outer name stands before the
/// value, that alone tells whose it is.
pub(crate) fn value_prefix(surface: &Surface) -> String {
    prefix_of(Name::of(&surface.name).last())
}

fn prefix_of(owner: &str) -> String {
    snake(owner).to_ascii_uppercase() + "_"
}

/// The value without the enum's name in capitals at its front, as protobuf-es and betterproto write it.
fn unprefixed<'a>(owner: &str, value: &'a str) -> &'a str {
    match value.strip_prefix(prefix_of(owner).as_str()) {
        Some(rest) if rest.starts_with(|c: char| c.is_ascii_alphabetic()) => rest,
        _ => value,
    }
}

fn once(list: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    list.retain(|name| !name.is_empty() && seen.insert(name.clone()));
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(kind: SurfaceKind, name: &str, element: Option<&str>, expect: Expect) {
        let mut got = String::new();
        for tongue in Tongue::ALL {
            let names = generated(&Surface::new(kind, name), element, tongue);
            got += &format!("{tongue:?}");
            for (title, list) in [
                ("types", &names.types),
                ("members", &names.members),
                ("clients", &names.clients),
                ("servers", &names.servers),
                ("values", &names.values),
            ] {
                if !list.is_empty() {
                    got += &format!(" {title}={}", list.join(","));
                }
            }
            got += "\n";
        }
        expect.assert_eq(&got);
    }

    #[test]
    fn a_method_is_found_by_client_and_server() {
        check(
            SurfaceKind::Rpc,
            "shop.v1.Orders",
            Some("GetOrder"),
            expect![[r#"
                Go members=GetOrder clients=NewOrdersClient,OrdersClient,NewOrdersProtobufClient,NewOrdersJSONClient servers=RegisterOrdersServer,OrdersServer,UnimplementedOrdersServer,UnsafeOrdersServer,NewOrdersHandler,OrdersHandler,UnimplementedOrdersHandler,NewOrdersServer
                Python types=Orders members=GetOrder,get_order clients=OrdersStub,OrdersAsyncStub servers=OrdersServicer,add_OrdersServicer_to_server,OrdersBase
                TypeScript types=Orders,OrdersDefinition,IOrders members=getOrder,GetOrder clients=OrdersClient,OrdersClientImpl,OrdersPromiseClient servers=OrdersServer,IOrdersServer,OrdersService,OrdersImplementation,OrdersServiceImplementation,UnimplementedOrdersService
                JavaScript types=Orders,OrdersDefinition,IOrders members=getOrder,GetOrder clients=OrdersClient,OrdersClientImpl,OrdersPromiseClient servers=OrdersServer,IOrdersServer,OrdersService,OrdersImplementation,OrdersServiceImplementation,UnimplementedOrdersService
                Java types=OrdersGrpc members=getOrder clients=OrdersBlockingStub,OrdersFutureStub,OrdersStub,OrdersBlockingV2Stub,OrdersGrpc.newBlockingStub,OrdersGrpc.newFutureStub,OrdersGrpc.newStub servers=OrdersImplBase,OrdersGrpc.OrdersImplBase
                Kotlin types=OrdersGrpc,OrdersGrpcKt members=getOrder,GetOrder clients=OrdersCoroutineStub,OrdersBlockingStub,OrdersFutureStub,OrdersStub,OrdersGrpc.newBlockingStub,OrdersClient,GrpcOrdersClient servers=OrdersCoroutineImplBase,OrdersImplBase,OrdersGrpc.OrdersImplBase,OrdersServer
                Ruby types=Shop::V1::Orders,Orders members=get_order clients=Orders::Stub servers=Orders::Service
                Rust types=Orders members=get_order clients=orders_client::OrdersClient,OrdersClient servers=orders_server::OrdersServer,OrdersServer,orders_server::Orders
                Php types=OrdersInterface members=GetOrder clients=OrdersClient servers=OrdersInterface
                CSharp types=Orders members=GetOrder,GetOrderAsync clients=OrdersClient servers=OrdersBase
                Elixir types=Shop.V1.Orders,Orders members=get_order clients=Orders.Stub servers=Orders.Service
            "#]],
        );
    }

    #[test]
    fn a_field_is_found_by_its_accessors() {
        check(
            SurfaceKind::Message,
            "shop.v1.Order",
            Some("total_price"),
            expect![[r#"
                Go types=Order members=TotalPrice,GetTotalPrice,SetTotalPrice,HasTotalPrice,ClearTotalPrice,Order_TotalPrice
                Python types=Order members=total_price
                TypeScript types=Order,OrderSchema,IOrder members=totalPrice,total_price,getTotalPrice,setTotalPrice,hasTotalPrice,clearTotalPrice,addTotalPrice,getTotalPriceList,getTotalPriceMap,getTotalPriceCount,getTotalPriceValue
                JavaScript types=Order,OrderSchema members=totalPrice,total_price,getTotalPrice,setTotalPrice,hasTotalPrice,clearTotalPrice,addTotalPrice,getTotalPriceList,getTotalPriceMap,getTotalPriceCount,getTotalPriceValue
                Java types=Order,OrderOrBuilder members=getTotalPrice,setTotalPrice,hasTotalPrice,clearTotalPrice,addTotalPrice,addAllTotalPrice,putTotalPrice,putAllTotalPrice,getTotalPriceList,getTotalPriceMap,getTotalPriceCount,getTotalPriceValue,getTotalPriceOrDefault,getTotalPriceBuilder,TOTAL_PRICE_FIELD_NUMBER
                Kotlin types=Order,OrderKt,order members=totalPrice,totalPriceList,totalPriceMap,total_price,getTotalPrice,setTotalPrice,hasTotalPrice,clearTotalPrice,addTotalPrice,addAllTotalPrice,putTotalPrice,putAllTotalPrice,getTotalPriceList,getTotalPriceMap,getTotalPriceCount,getTotalPriceValue,getTotalPriceOrDefault,getTotalPriceBuilder,TOTAL_PRICE_FIELD_NUMBER
                Ruby types=Shop::V1::Order,Order members=total_price,total_price=,has_total_price?
                Rust types=Order members=total_price,set_total_price,mut_total_price,clear_total_price,take_total_price,has_total_price,TotalPrice
                Php types=Order members=getTotalPrice,setTotalPrice,hasTotalPrice,clearTotalPrice
                CSharp types=Order members=TotalPrice
                Elixir types=Shop.V1.Order,Order members=total_price
            "#]],
        );
    }

    #[test]
    fn a_nested_message_carries_its_outer_name() {
        check(
            SurfaceKind::Message,
            "shop.v1.Order.LineItem",
            None,
            expect![[r#"
                Go types=Order_LineItem
                Python types=Order.LineItem,LineItem
                TypeScript types=Order_LineItem,Order.LineItem,LineItem,Order_LineItemSchema,ILineItem
                JavaScript types=Order.LineItem,LineItem,Order_LineItem,Order_LineItemSchema
                Java types=Order.LineItem,LineItem,LineItemOrBuilder
                Kotlin types=Order.LineItem,LineItem,LineItemKt,lineItem
                Ruby types=Shop::V1::Order::LineItem,LineItem
                Rust types=order::LineItem,LineItem
                Php types=LineItem
                CSharp types=LineItem
                Elixir types=Shop.V1.Order.LineItem,LineItem
            "#]],
        );
    }

    #[test]
    fn an_enum_value_loses_its_prefix_where_the_generator_strips_it() {
        check(
            SurfaceKind::Enum,
            "shop.v1.Status",
            Some("STATUS_PAID"),
            expect![[r#"
                Go types=Status values=Status_STATUS_PAID,STATUS_PAID
                Python types=Status values=STATUS_PAID,Status.STATUS_PAID,Status.PAID
                TypeScript types=Status,StatusSchema,IStatus values=Status.STATUS_PAID,Status.PAID,STATUS_PAID
                JavaScript types=Status,StatusSchema values=Status.STATUS_PAID,Status.PAID,STATUS_PAID
                Java types=Status,StatusOrBuilder values=STATUS_PAID,Status.STATUS_PAID,STATUS_PAID_VALUE
                Kotlin types=Status,StatusKt,status values=STATUS_PAID,Status.STATUS_PAID,STATUS_PAID_VALUE
                Ruby types=Shop::V1::Status,Status values=:STATUS_PAID,Status::STATUS_PAID,STATUS_PAID
                Rust types=Status values=Status::Paid,Paid,Status::STATUS_PAID,STATUS_PAID
                Php types=Status values=Status::STATUS_PAID,STATUS_PAID
                CSharp types=Status values=Status.Paid
                Elixir types=Shop.V1.Status,Status values=:STATUS_PAID
            "#]],
        );
    }

    #[test]
    fn a_value_of_a_nested_enum_carries_the_outer_message_in_go() {
        let surface = Surface::new(SurfaceKind::Enum, "shop.v1.Order.Kind");
        assert_eq!(
            generated(&surface, Some("GIFT"), Tongue::Go).values,
            ["Order_GIFT", "GIFT"]
        );
    }

    #[test]
    fn odd_names_give_no_panic() {
        for name in ["", ".", "..", "a", "_", "é.Ü", "1.2"] {
            for kind in [SurfaceKind::Rpc, SurfaceKind::Message, SurfaceKind::Enum] {
                for tongue in Tongue::ALL {
                    generated(&Surface::new(kind, name), Some(name), tongue);
                    generated(&Surface::new(kind, name), None, tongue);
                }
            }
        }
    }
}
