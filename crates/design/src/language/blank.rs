//! A new design, whose gaps are `TODO`.

/// What is known when a design is begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beginning {
    /// The name of the design.
    pub name: String,
    /// The services; the first one coordinates.
    pub services: Vec<String>,
    /// The key of an instance of the workflow, such as `order_id`.
    pub key: String,
    /// Why there are several services, where that is decided.
    pub reason: Option<String>,
    /// The team that owns the services, where that is decided.
    pub team: Option<String>,
}

impl Default for Beginning {
    fn default() -> Self {
        Self {
            name: "new".to_owned(),
            services: vec!["orders".to_owned(), "stock".to_owned()],
            key: "order_id".to_owned(),
            reason: None,
            team: None,
        }
    }
}

/// Returns whether a text can be the name of something in a design.
pub fn is_name(text: &str) -> bool {
    let tokens = super::lexer::tokens(text).tokens;
    matches!(tokens.as_slice(), [one] if one.kind == super::lexer::Kind::Word && one.text == text)
}

/// Returns the text of a new design: it parses, every name in it resolves, and what people have to decide is a `TODO`.
pub fn blank(beginning: &Beginning) -> String {
    let Beginning {
        name,
        services,
        key,
        reason,
        team,
    } = beginning;
    let reason = reason.as_deref().unwrap_or("TODO");
    let team = team.as_deref().unwrap_or("TODO");
    let coordinator = services.first().map_or("orders", String::as_str);
    let mut out = format!(
        "// What is left open: coexist design check. What a rule means: coexist explain RULE.
design {name} 1

// Why several services? One of team-ownership, release-independence, scaling-asymmetry, fault-isolation, compliance,
// tenancy-isolation, long-running-work, bursty-work; without one, build a modular monolith.
justify {reason} \"TODO\" evidence TODO
rejected modular-monolith \"TODO\"
"
    );
    for (index, service) in services.iter().enumerate() {
        out.push_str(&self::service(service, team, key, index, coordinator));
    }
    let others: Vec<&str> = services.iter().skip(1).map(String::as_str).collect();
    out.push_str(&format!(
        "
channel commands {{
  from {coordinator}
  at-least-once; unordered
  retry 8x 1s..1h; dead-letter commands-dlq; keep 7d
}}
"
    ));
    if !others.is_empty() {
        out.push_str(&format!(
            "channel replies {{
  from {}
  at-least-once; unordered
  retry 8x 1s..1h; dead-letter replies-dlq; keep 7d
}}
",
            others.join(", ")
        ));
    }
    out.push_str(
        "envelope message_id, correlation_id, causation_id, schema_version, occurred_at
evolve backward-transitive, checked-by \"coexist check\"
",
    );
    out.push_str(&workflow(name, key, coordinator, &others));
    out.push_str(&plan(services, coordinator));
    super::format(&out).unwrap_or(out)
}

/// `order-view` as part of a message's name: `OrderView`.
fn camel(name: &str) -> String {
    name.split(['-', '_'])
        .flat_map(|part| {
            let mut chars = part.chars();
            chars
                .next()
                .map(char::to_uppercase)
                .into_iter()
                .flatten()
                .chain(chars)
        })
        .collect()
}

fn service(name: &str, team: &str, key: &str, index: usize, coordinator: &str) -> String {
    let table = table(name);
    let message = camel(name);
    let contracts = match index {
        0 => format!("  api start-{coordinator} v1 sync {{ idempotency TODO; latency TODO }}\n"),
        _ => format!(
            "  accepts Do{message} v1, Undo{message} v1\n  publishes {message}Done v1, {message}Rejected v1\n"
        ),
    };
    let values = match index {
        0 => "open|done|cancelled = open",
        _ => "none|done|closed = none",
    };
    format!(
        "
service {name} {{
  team {team}; oncall TODO
  store {name}-db postgres {{
    table {table} key {key} {{ state: {values} }}
    outbox relay polling
    inbox by message_id keep 30d
  }}
{contracts}  fails {{ upstream \"TODO\"; downstream \"TODO\" }}
}}
"
    )
}

fn table(service: &str) -> String {
    format!("{service}-row")
}

fn workflow(name: &str, key: &str, coordinator: &str, others: &[&str]) -> String {
    let row = table(coordinator);
    let mut out =
        format!("\nworkflow {name} by {key} {{\n  coordinator {coordinator}; timeout 15m\n\n");
    let first = others
        .first()
        .map(|o| format!("; send Do{}", camel(o)))
        .unwrap_or_default();
    out.push_str(&format!(
        "  start Start at {coordinator} {{ tx {{ {row}.state = open{first} }} }}\n"
    ));
    for (index, other) in others.iter().enumerate() {
        let (message, own) = (camel(other), table(other));
        let next = match others.get(index + 1) {
            Some(next) => format!("send Do{}", camel(next)),
            None => format!("{row}.state = done"),
        };
        out.push_str(&format!(
            "
  on Do{message} at {other} {{
    tx {{ when {own}.state == none {{ {own}.state = done; reply {message}Done }} else {{ reply {message}Rejected }} }}
  }}
  on {message}Done at {coordinator} {{ tx {{ when {row}.state == open {{ {next} }} }} }}
  on {message}Rejected at {coordinator} {{ tx {{ when {row}.state == open {{ compensate }} }} }}
  on Undo{message} at {other} {{ tx {{ {own}.state = closed }} }}
"
        ));
    }
    let undo: Vec<String> = others
        .iter()
        .map(|o| format!("    undo Do{} by Undo{}\n", camel(o), camel(o)))
        .collect();
    out.push_str(&format!(
        "
  on timeout at {coordinator} {{ tx {{ when {row}.state == open {{ compensate }} }} }}
  compensate {{
    {row}.state = cancelled
{}  }}

  finally {row}.state in (done, cancelled) \"every one ends\"
",
        undo.concat()
    ));
    for other in others {
        let own = table(other);
        out.push_str(&format!(
            "  finally {row}.state == cancelled => {own}.state != done \"nothing is kept\"\n"
        ));
    }
    out.push_str("  tested-by compensate TODO\n}\n");
    out
}

fn plan(services: &[String], coordinator: &str) -> String {
    let mut out = String::from("\n");
    for service in services {
        let row = table(service);
        let truth = match service == coordinator {
            true => "strong because \"TODO\"".to_owned(),
            false => format!("eventual 15m reconcile {service}-report"),
        };
        out.push_str(&format!("truth {row} at {service} {truth}\n"));
    }
    let row = table(coordinator);
    for other in services.iter().skip(1) {
        let own = table(other);
        let message = camel(other);
        out.push_str(&format!(
            "reconcile {other}-report every 1h {{ when {row}.state == cancelled && {own}.state == done settled 30m; repair Undo{message} }}\n"
        ));
    }
    out.push_str(
        "
signal outbox-age warn 1m page 5m
signal saga-age warn 15m page 1h
signal dead-letters page 1
signal duplicates warn 5%
signal divergence page 1h

explore { instances 1; crashes 1; duplicates 1; lost-replies 1 }
",
    );
    out
}
