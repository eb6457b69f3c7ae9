//! The map as a design: it parses, every name in it resolves, and what files cannot tell is a `TODO`.

use std::collections::{BTreeMap, BTreeSet};

use crate::language::{is_name, read};

use super::map::{Evidence, Map, Node, sure};

/// Returns the design of a map. Every line that was inferred ends in its evidence and how sure it is.
pub fn text(name: &str, map: &Map) -> String {
    let hosts = map.externals.iter().map(|e| e.host.as_str());
    let writer = Writer {
        map,
        words: unique(map.services.iter().map(|s| s.name.as_str()).chain(hosts)),
    };
    let text = writer.design(name);
    // A design that is not laid out is better than none; that there is none to be laid out is tested.
    crate::language::format(&text)
        .ok()
        .filter(|laid_out| read(laid_out).problems.is_empty())
        .unwrap_or(text)
}

/// Returns a word of the language for each name, no word twice.
fn unique<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<String, String> {
    let mut given = BTreeSet::new();
    let mut words = BTreeMap::new();
    for name in names {
        let word = word(name);
        let mut chosen = word.clone();
        let mut number = 2;
        while !given.insert(chosen.clone()) {
            chosen = format!("{word}-{number}");
            number += 1;
        }
        words.insert(name.to_owned(), chosen);
    }
    words
}

/// Returns a name as a word of the language.
fn word(name: &str) -> String {
    let mut word = String::new();
    for c in name.chars().take(100) {
        match c {
            c if c.is_ascii_alphanumeric() || c == '_' => word.push(c),
            _ if word.is_empty() || word.ends_with('-') => {}
            _ => word.push('-'),
        }
    }
    let word = word.trim_end_matches('-');
    let usable = is_name(word) && !matches!(word, "TODO" | "none");
    match usable {
        true => word.to_owned(),
        false => format!("x-{word}").trim_end_matches('-').to_owned(),
    }
}

/// Returns a text that cannot end its quotes or its line.
fn plain(text: &str) -> String {
    let shown = |c: char| {
        if c.is_control() || matches!(c, '"' | '\\' | '\u{2028}' | '\u{2029}') {
            '?'
        } else {
            c
        }
    };
    text.chars().take(300).map(shown).collect()
}

/// Returns the comment that ends a line.
fn because(evidence: &[Evidence]) -> String {
    let first = evidence.first().map_or_else(String::new, |e| {
        format!("{}:{} ", plain(&e.place.path), e.place.line)
    });
    let more = match evidence.len() {
        0 | 1 => String::new(),
        many => format!("and {} more ", many - 1),
    };
    let sure = sure(evidence);
    format!(
        "// {first}{more}confidence {}.{:02}",
        sure / 100,
        sure % 100
    )
}

struct Writer<'a> {
    map: &'a Map,
    /// A word for each service, and for each host of a system of others.
    words: BTreeMap<String, String>,
}

impl Writer<'_> {
    fn design(&self, name: &str) -> String {
        let map = self.map;
        let mut out = format!(
            "// Inferred from the files of the repository: each line names where it shows and how sure it is. What files cannot tell is TODO.\n\
             // What is open: coexist design check. Whether it still fits: coexist design drift.\n\
             design {} 1\n\njustify TODO \"TODO\" evidence TODO\nrejected modular-monolith \"TODO\"\n",
            word(name)
        );
        for note in &self.map.notes {
            out.push_str(&format!("// {}\n", plain(note)));
        }
        for service in &self.map.services {
            self.service(service, &mut out);
        }
        for external in &map.externals {
            let evidence: Vec<Evidence> = external.users.values().flatten().cloned().collect();
            out.push_str(&format!(
                "\nexternal {} TODO {{ {}\n  contract TODO\n}}\n",
                self.word(&external.host),
                because(&evidence)
            ));
        }
        self.channels(&mut out);
        for api in self.map.apis.iter().filter(|a| a.by.is_none()) {
            let because = because(std::slice::from_ref(&api.evidence));
            out.push_str(&format!(
                "// whose contract is {}? {because}\n",
                plain(&api.name)
            ));
        }
        out
    }

    fn word(&self, service: &str) -> &str {
        self.words.get(service).map_or("TODO", String::as_str)
    }

    fn service(&self, service: &Node, out: &mut String) {
        let map = self.map;
        out.push_str(&format!(
            "\nservice {} {{ {}\n  team TODO; oncall TODO\n",
            self.word(&service.name),
            because(&service.evidence)
        ));
        let own = map
            .stores
            .iter()
            .filter(|s| s.owners.contains_key(&service.name));
        let names: Vec<String> = own.clone().map(super::Store::name).collect();
        let words = unique(names.iter().map(String::as_str));
        for store in own {
            let name = store.name();
            let evidence = store
                .owners
                .get(&service.name)
                .map_or(&[][..], Vec::as_slice);
            let because = because(evidence);
            let word = words.get(&name).map_or("store", String::as_str);
            // Whether two services share data cannot be told where no database is named.
            let database = match store.is_one_database() {
                true => format!("database \"{}\" {because}", plain(&name)),
                false => format!("database TODO // which one on {}?", plain(&name)),
            };
            out.push_str(&format!(
                "  store {word} {} {{ {because}\n    {database}\n  }}\n",
                self::word(&store.kind)
            ));
        }
        let apis: Vec<_> = map
            .apis
            .iter()
            .filter(|a| a.by.as_deref() == Some(&service.name))
            .collect();
        let words = unique(apis.iter().map(|a| a.name.as_str()));
        let mut written = BTreeSet::new();
        for api in apis {
            let word = words.get(&api.name).map_or("api", String::as_str);
            if !written.insert(word) {
                continue;
            }
            let version = api.version.map(|v| format!(" v{v}")).unwrap_or_default();
            let because = because(std::slice::from_ref(&api.evidence));
            out.push_str(&format!("  api {word}{version} sync {because}\n"));
        }
        for edge in map.edges.iter().filter(|e| e.from == service.name) {
            out.push_str(&format!(
                "  calls {} over {} {}\n",
                self.word(&edge.to),
                edge.kind.word(),
                because(&edge.evidence)
            ));
        }
        for external in &map.externals {
            if let Some(evidence) = external.users.get(&service.name) {
                out.push_str(&format!(
                    "  calls {} over http {}\n",
                    self.word(&external.host),
                    because(evidence)
                ));
            }
        }
        out.push_str("  fails { upstream \"TODO\"; downstream \"TODO\" }\n}\n");
    }

    fn channels(&self, out: &mut String) {
        let words = unique(self.map.channels.iter().map(|c| c.name.as_str()));
        let mut written = BTreeSet::new();
        for channel in &self.map.channels {
            let word = words.get(&channel.name).map_or("channel", String::as_str);
            if !written.insert(word) {
                continue;
            }
            let because = because(&channel.evidence);
            let broker = match channel.broker.as_str() {
                "" => String::new(),
                broker => format!(" {}", self::word(broker)),
            };
            out.push_str(&format!("\nchannel {word}{broker} {{ {because}\n"));
            for (side, services) in [("from", &channel.producers), ("to", &channel.consumers)] {
                let services: Vec<&str> = services.iter().map(|s| self.word(s)).collect();
                if !services.is_empty() {
                    out.push_str(&format!("  {side} {} {because}\n", services.join(", ")));
                }
            }
            out.push_str("  retry TODO; dead-letter TODO; keep TODO\n}\n");
        }
    }
}
