//! `coexist.toml`: what the repository cannot show by itself.
//!
//! ```toml
//! [deploy]
//! migrations = "before"        # when migrations run, compared with the code: before, after, unordered
//! strategy = "rolling"         # how nodes are replaced: rolling, blue-green, canary, recreate
//!
//! [review]
//! fail_on = "fail"             # exit with 1 from this verdict on: fail, warn, never
//! ignore = ["untyped-bag", "examples/**"]
//!
//! [[service]]
//! name = "api"
//! paths = ["services/api/**", "lib/**"]
//!
//! [[client]]
//! name = "ios"
//! supported = ["v4.1.0", "v4.2.0"]
//! ```
//!
//! An entry of `ignore` that is written like a rule id (lowercase words joined by `-`) is one: findings of that rule are
//! suppressed, and stay in every report. Any other entry is a glob: no finding is anchored in the files it matches, but they are
//! still read as schema and witness, and they are listed under "Not reviewed". A folder is written `docs/**`, so no word
//! can be both.
//!
//! A check that silently never runs is worse than none, so an unknown key, an unknown rule and a glob that matches no tracked file
//! are errors.

use std::collections::BTreeSet;

use coexist_model::{KnownOrder, Order, Place, Service};
use globset::{Glob, GlobBuilder, GlobMatcher, GlobSetBuilder};
use toml::de::DeTable;

mod entries;

pub use coexist_model::nearest;
use entries::{Entries, Source};

/// The name of the file, in the root of the repository.
pub const FILE: &str = "coexist.toml";

/// What `coexist.toml` says. Everything is optional.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The services; empty: they are inferred.
    pub services: Vec<ServiceSetting>,
    /// When migrations run.
    pub migrations: Option<Set<Order>>,
    /// How the nodes of a service are replaced.
    pub strategy: Option<Set<Strategy>>,
    /// From which verdict on the exit code is 1.
    pub fail_on: Option<FailOn>,
    /// Rules whose findings are suppressed.
    pub ignored_rules: Vec<Set<String>>,
    /// Files in which no finding is anchored.
    pub ignored_paths: Vec<PathGlob>,
    /// Clients that cannot be upgraded on demand.
    pub clients: Vec<Client>,
}

/// A value and the line that sets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Set<T> {
    /// The value.
    pub value: T,
    /// The line of `coexist.toml`, from 1.
    pub line: u32,
    /// The text of that line.
    pub quote: String,
}

impl<T> Set<T> {
    /// Returns the place of the setting.
    pub fn place(&self) -> Place {
        Place {
            line: self.line,
            end_line: self.line,
            end_column: u32::try_from(self.quote.chars().count()).unwrap_or(0) + 1,
            quote: self.quote.as_str().into(),
            ..Place::of_file(FILE)
        }
    }
}

/// One `[[service]]`.
#[derive(Debug, Clone)]
pub struct ServiceSetting {
    /// Its name, and the line that gives it.
    pub name: Set<String>,
    /// The paths it links.
    pub paths: Vec<PathGlob>,
}

/// A glob of paths relative to the repository. `*` does not cross `/`, `**` does.
#[derive(Debug, Clone)]
pub struct PathGlob {
    /// The glob as it is written, and its line.
    pub text: Set<String>,
    matcher: GlobMatcher,
}

impl PathGlob {
    /// Returns whether the path matches.
    pub fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path)
    }
}

/// One `[[client]]`: someone who calls from outside, with versions that stay in use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// Its name, and the line that gives it.
    pub name: Set<String>,
    /// The refs of the versions that are still supported.
    pub supported: Vec<String>,
}

/// How the nodes of a service are replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strategy {
    /// Some nodes at a time.
    Rolling,
    /// All new nodes start, then the traffic is switched.
    BlueGreen,
    /// A few nodes first, which are watched.
    Canary,
    /// All old nodes stop, then the new ones start.
    Recreate,
}

/// From which verdict on the exit code is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum FailOn {
    /// FAIL.
    #[default]
    Fail,
    /// WARN and FAIL.
    Warn,
    /// No verdict.
    Never,
}

/// What is wrong with `coexist.toml`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot use {FILE}:{line}: {what}")]
pub struct ConfigError {
    /// The line, from 1.
    pub line: u32,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Config {
    /// Returns the settings of the text.
    ///
    /// # Errors
    /// The first thing that is no TOML, an unknown key, a value of the wrong kind or a glob that is none.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let source = Source::new(text);
        if text.len() > SIZE {
            let what = format!("it is larger than {} kB", SIZE / 1024);
            return Err(source.error(0, what, None));
        }
        let table = DeTable::parse(text).map_err(|e| {
            let at = e.span().map_or(0, |s| s.start);
            source.error(at, e.message(), None)
        })?;
        let mut config = Self::default();
        let root = Entries::new(&source, "", table.get_ref());
        root.only(&["service", "deploy", "review", "client"])?;
        if let Some(deploy) = root.table("deploy")? {
            deploy.only(&["migrations", "strategy"])?;
            config.migrations = deploy.word("migrations", &ORDERS)?;
            config.strategy = deploy.word("strategy", &STRATEGIES)?;
        }
        if let Some(review) = root.table("review")? {
            review.only(&["fail_on", "ignore"])?;
            config.fail_on = review.word("fail_on", &FAIL_ON)?.map(|set| set.value);
            for entry in review.strings("ignore")?.unwrap_or_default() {
                if is_rule_id(&entry.value) {
                    config.ignored_rules.push(entry);
                } else {
                    config.ignored_paths.push(glob(entry)?);
                }
            }
        }
        for service in root.tables("service")? {
            service.only(&["name", "paths"])?;
            config.services.push(ServiceSetting {
                name: service.required("name")?,
                paths: service
                    .required_strings("paths")?
                    .into_iter()
                    .map(glob)
                    .collect::<Result<_, _>>()?,
            });
        }
        for client in root.tables("client")? {
            client.only(&["name", "supported"])?;
            config.clients.push(Client {
                name: client.required("name")?,
                supported: client
                    .required_strings("supported")?
                    .into_iter()
                    .map(|s| s.value)
                    .collect(),
            });
        }
        config.distinct_names()?;
        config.bounded()?;
        Ok(config)
    }

    /// Checks every glob against the paths that git tracks.
    ///
    /// # Errors
    /// The first glob that matches none of them.
    pub fn check_paths(&self, tracked: &[impl AsRef<str>]) -> Result<(), ConfigError> {
        let globs: Vec<&PathGlob> = self.globs().collect();
        let mut set = GlobSetBuilder::new();
        for glob in &globs {
            set.add(glob.matcher.glob().clone());
        }
        // Each was compiled alone before; together they are only faster.
        let Ok(set) = set.build() else {
            return Ok(());
        };
        let mut unmatched: BTreeSet<usize> = (0..globs.len()).collect();
        let mut hits = Vec::new();
        for path in tracked {
            if unmatched.is_empty() {
                break;
            }
            set.matches_into(path.as_ref(), &mut hits);
            for hit in &hits {
                unmatched.remove(hit);
            }
        }
        match unmatched.first() {
            Some(first) => Err(unmatched_glob(globs[*first], tracked)),
            None => Ok(()),
        }
    }

    /// Checks the ignored rules against the rules that exist.
    ///
    /// # Errors
    /// The first one that does not.
    pub fn check_rules(&self, known: &[&str]) -> Result<(), ConfigError> {
        for rule in &self.ignored_rules {
            if !known.contains(&rule.value.as_str()) {
                let help = match nearest(&rule.value, known) {
                    Some(near) => {
                        format!("did you mean {near}? A folder is written {}/**", rule.value)
                    }
                    None => format!("a folder is written {}/**", rule.value),
                };
                return Err(rule.error(format!("there is no rule {}", rule.value), help));
            }
        }
        Ok(())
    }

    /// Returns the services as the rest of the program knows them; empty where none is set.
    pub fn services(&self) -> Vec<Service> {
        let mut services: Vec<Service> = self
            .services
            .iter()
            .map(|s| Service {
                name: s.name.value.clone(),
                paths: s.paths.iter().map(|p| p.text.value.clone()).collect(),
                evidence: vec![s.name.place()],
            })
            .collect();
        services.sort_by(|a, b| a.name.cmp(&b.name));
        services
    }

    /// Returns when migrations run, where it is set.
    pub fn order(&self) -> Option<KnownOrder> {
        self.migrations.as_ref().map(|set| KnownOrder {
            order: set.value,
            proven: true,
            because: format!("{FILE} says so"),
            place: Some(set.place()),
        })
    }

    /// Returns the glob that keeps findings out of that file, if one does.
    pub fn ignores_path(&self, path: &str) -> Option<&PathGlob> {
        self.ignored_paths.iter().find(|glob| glob.matches(path))
    }

    fn globs(&self) -> impl Iterator<Item = &PathGlob> {
        let globs = self.services.iter().flat_map(|s| &s.paths);
        globs.chain(&self.ignored_paths)
    }

    /// A repository that is reviewed may be hostile: what is matched against every path has a limit.
    fn bounded(&self) -> Result<(), ConfigError> {
        match self.globs().nth(LIMIT) {
            Some(glob) => Err(glob.text.error(
                format!("there are more than {LIMIT} globs"),
                "name folders instead of files".to_owned(),
            )),
            None => Ok(()),
        }
    }

    fn distinct_names(&self) -> Result<(), ConfigError> {
        let services = self.services.iter().map(|s| ("service", &s.name));
        let clients = self.clients.iter().map(|c| ("client", &c.name));
        let mut seen = BTreeSet::new();
        for (kind, name) in services.chain(clients) {
            if !seen.insert((kind, &name.value)) {
                let what = format!("there are two {kind}s of the name {}", name.value);
                return Err(name.error(what, "list all its paths in one entry".to_owned()));
            }
        }
        Ok(())
    }
}

impl<T> Set<T> {
    fn error(&self, what: String, help: String) -> ConfigError {
        ConfigError {
            line: self.line,
            what,
            help: Some(help),
        }
    }
}

/// Bytes that a file may have.
const SIZE: usize = 256 * 1024;

/// Globs that a file may hold.
const LIMIT: usize = 500;

fn unmatched_glob(glob: &PathGlob, tracked: &[impl AsRef<str>]) -> ConfigError {
    let text = &glob.text.value;
    let folder = format!("{}/", text.trim_end_matches('/'));
    let is_folder = tracked.iter().any(|p| p.as_ref().starts_with(&folder));
    let help = if is_folder {
        format!("write {folder}** for everything in that folder")
    } else {
        "take it out, or correct it: paths are relative to the repository".to_owned()
    };
    let what = format!("the glob {text} matches no tracked file");
    glob.text.error(what, help)
}

const ORDERS: [(&str, Order); 3] = [
    ("before", Order::Before),
    ("after", Order::After),
    ("unordered", Order::Unordered),
];

const STRATEGIES: [(&str, Strategy); 4] = [
    ("rolling", Strategy::Rolling),
    ("blue-green", Strategy::BlueGreen),
    ("canary", Strategy::Canary),
    ("recreate", Strategy::Recreate),
];

const FAIL_ON: [(&str, FailOn); 3] = [
    ("fail", FailOn::Fail),
    ("warn", FailOn::Warn),
    ("never", FailOn::Never),
];

impl std::str::FromStr for FailOn {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        FAIL_ON
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, value)| *value)
            .ok_or_else(|| "one of fail, warn, never".to_owned())
    }
}

/// Returns whether the text is written like a rule id: lowercase words joined by `-`.
pub fn is_rule_id(text: &str) -> bool {
    !text.is_empty()
        && text.split('-').all(|word| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

fn glob(text: Set<String>) -> Result<PathGlob, ConfigError> {
    let glob: Glob = GlobBuilder::new(&text.value)
        .literal_separator(true)
        .build()
        .map_err(|e| {
            text.error(
                format!("{} is no glob: {}", text.value, e.kind()),
                "* stands for anything but /, ** also crosses /".to_owned(),
            )
        })?;
    Ok(PathGlob {
        matcher: glob.compile_matcher(),
        text,
    })
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const TRACKED: [&str; 4] = [
        "services/api/main.go",
        "lib/orders.go",
        "examples/a/b.sql",
        "README.md",
    ];
    const RULES: [&str; 2] = ["drop-column-in-use", "untyped-bag"];

    fn check(text: &str, expect: Expect) {
        let result = Config::parse(text)
            .and_then(|c| c.check_paths(&TRACKED).map(|()| c))
            .and_then(|c| c.check_rules(&RULES).map(|()| c));
        let said = match result {
            Err(e) => match &e.help {
                Some(help) => format!("{e}\nhelp: {help}"),
                None => e.to_string(),
            },
            Ok(c) => shown(&c),
        };
        expect.assert_eq(&said);
    }

    fn shown(c: &Config) -> String {
        let mut out = String::new();
        for s in c.services() {
            out.push_str(&format!(
                "{} {:?} line {}\n",
                s.name, s.paths, s.evidence[0].line
            ));
        }
        if let Some(order) = c.order() {
            let place = order.place.unwrap();
            out.push_str(&format!(
                "{} line {}: {}\n",
                order.order.word(),
                place.line,
                place.quote
            ));
        }
        out.push_str(&format!(
            "{:?} {:?}\n",
            c.strategy.as_ref().map(|s| s.value),
            c.fail_on
        ));
        for path in TRACKED.iter().filter(|p| c.ignores_path(p).is_some()) {
            out.push_str(&format!("ignores {path}\n"));
        }
        for rule in &c.ignored_rules {
            out.push_str(&format!("ignores {} by line {}\n", rule.value, rule.line));
        }
        for client in &c.clients {
            out.push_str(&format!(
                "client {} {:?}\n",
                client.name.value, client.supported
            ));
        }
        out
    }

    #[test]
    fn everything_can_be_set() {
        check(
            r#"
[deploy]
migrations = "after"
strategy = "canary"
[review]
fail_on = "warn"
ignore = [
  "untyped-bag",
  "examples/**",
]
[[service]]
name = "api"
paths = ["services/api/**", "lib/*.go"]
[[client]]
name = "ios"
supported = ["v4.1.0"]
"#,
            expect![[r#"
                api ["services/api/**", "lib/*.go"] line 12
                after line 3: migrations = "after"
                Some(Canary) Some(Warn)
                ignores examples/a/b.sql
                ignores untyped-bag by line 8
                client ios ["v4.1.0"]
            "#]],
        );
    }

    #[test]
    fn nothing_has_to_be_set() {
        check("", expect![["None None\n"]]);
    }

    #[test]
    fn an_unknown_key_names_the_nearest_known_one_and_its_line() {
        check(
            "[deploy]\n\nmigration = \"before\"",
            expect![[r#"
                cannot use coexist.toml:3: unknown key deploy.migration
                help: did you mean deploy.migrations?"#]],
        );
        check(
            "[[services]]\nname = \"a\"",
            expect![[r#"
                cannot use coexist.toml:1: unknown key services
                help: did you mean service?"#]],
        );
        check(
            "colour = 1",
            expect![[r#"
                cannot use coexist.toml:1: unknown key colour
                help: known here: service, deploy, review, client"#]],
        );
    }

    #[test]
    fn an_unknown_word_names_the_nearest_known_one() {
        check(
            "[deploy]\nmigrations = \"befor\"",
            expect![[r#"
                cannot use coexist.toml:2: deploy.migrations does not know befor
                help: did you mean before?"#]],
        );
        check(
            "[review]\nfail_on = true",
            expect![[
                "cannot use coexist.toml:2: review.fail_on is of type boolean where one of fail, warn, never is wanted"
            ]],
        );
    }

    #[test]
    fn a_glob_that_matches_no_tracked_file_is_an_error() {
        check(
            "[[service]]\nname = \"api\"\npaths = [\n  \"services/api\",\n]",
            expect![[r#"
                cannot use coexist.toml:4: the glob services/api matches no tracked file
                help: write services/api/** for everything in that folder"#]],
        );
        check(
            "[review]\nignore = [\"vendor/**\"]",
            expect![[r#"
                cannot use coexist.toml:2: the glob vendor/** matches no tracked file
                help: take it out, or correct it: paths are relative to the repository"#]],
        );
        check(
            "[review]\nignore = [\"a[\"]",
            expect![[r#"
                cannot use coexist.toml:2: a[ is no glob: unclosed character class; missing ']'
                help: * stands for anything but /, ** also crosses /"#]],
        );
    }

    #[test]
    fn a_word_in_ignore_is_a_rule_and_must_exist() {
        check(
            "[review]\nignore = [\"drop-colum-in-use\"]",
            expect![[r#"
                cannot use coexist.toml:2: there is no rule drop-colum-in-use
                help: did you mean drop-column-in-use? A folder is written drop-colum-in-use/**"#]],
        );
        check(
            "[review]\nignore = [\"examples\"]",
            expect![[r#"
                cannot use coexist.toml:2: there is no rule examples
                help: a folder is written examples/**"#]],
        );
    }

    #[test]
    fn a_service_needs_a_name_and_paths_of_its_own() {
        check(
            "\n[[service]]\nname = \"api\"",
            expect![["cannot use coexist.toml:2: service.paths is missing"]],
        );
        check(
            "[[service]]\nname = \"\"\npaths = [\"lib/**\"]",
            expect![[
                "cannot use coexist.toml:2: service.name is an empty text where a name is wanted"
            ]],
        );
        check(
            "[[service]]\nname = \"a\"\npaths = [\"lib/**\"]\n[[service]]\nname = \"a\"\npaths = [\"lib/**\"]",
            expect![[r#"
                cannot use coexist.toml:5: there are two services of the name a
                help: list all its paths in one entry"#]],
        );
        check(
            "[service]\nname = \"a\"",
            expect![[
                "cannot use coexist.toml:1: service is of type table where [[service]] is wanted"
            ]],
        );
    }

    #[test]
    fn a_hostile_file_is_refused_in_bounded_time() {
        let globs: Vec<String> = (0..2_000).map(|n| format!("\"a{n}/**\",\n")).collect();
        let text = format!("[review]\nignore = [\n{}]", globs.concat());
        let error = Config::parse(&text).unwrap_err();
        assert_eq!(
            (error.line, error.what.as_str()),
            (503, "there are more than 500 globs")
        );
    }

    #[test]
    fn what_is_no_toml_is_an_error_with_its_line() {
        check(
            "[deploy]\nmigrations = before",
            expect![
                "cannot use coexist.toml:2: string values must be quoted, expected literal string"
            ],
        );
        for hostile in [
            "[".repeat(100_000),
            "a = [".repeat(50_000),
            "\0\u{feff}".into(),
            "a.".repeat(50_000),
        ] {
            assert!(Config::parse(&hostile).is_err());
        }
    }
}
