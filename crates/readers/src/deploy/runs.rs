//! What the commands of a deploy do about migrations, followed through the scripts that they call.
//!
//! A file says that a command is run at some moment ([`Run`]): an image starts with it, a platform runs it before the deploy. The
//! command may stand for more in another file: a shell script, a script of `package.json`, a target of a Makefile. A
//! node that migrates and then does something else migrates before it serves; one that only migrates is a job, and tells
//! nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use coexist_model::{
    File, KnownOrder, Moment, Order, OrderEvidence, Place, Reading, Run, Script, ScriptCommand,
    ScriptTool,
};

use super::command::{INERT, RUNNERS, after_prefix, base, migrates, waits_for_migrations};
use super::sheet::order;
use super::shell::simple_commands;

/// Scripts that call scripts are followed this far.
const DEPTH_LIMIT: usize = 6;

/// Adds what a command says about when migrations run, or keeps it for when the scripts that it calls are known.
pub(super) fn run(file: &File, reading: &mut Reading, command: Command<'_>) {
    if reading.runs.len() >= super::SCHEMA_LIMIT || command.words.is_empty() {
        return;
    }
    let Command {
        moment,
        words,
        folder,
        because,
        at,
    } = command;
    let outcome = Scripts::default().of_words(&words, folder, &file.path, 0);
    // Whether anything depends on it is not in this file.
    let alone = moment != Moment::BeforeDependents;
    match told(moment, &outcome).filter(|_| alone) {
        Some((when, why)) => order(file, reading, when, because.unwrap_or(why), at),
        None => reading.runs.push(Run {
            moment,
            words,
            folder: folder.map(str::to_owned),
            place: file.place(at),
        }),
    }
}

/// A command as a file says it.
pub(super) struct Command<'a> {
    /// When it is run.
    pub(super) moment: Moment,
    /// Its words; one with blanks in it is a shell text.
    pub(super) words: Vec<String>,
    /// The folder that it is run in, as far as the file says.
    pub(super) folder: Option<&'a str>,
    /// What to say where it migrates itself, if there is more to say than its moment tells.
    pub(super) because: Option<&'a str>,
    /// Where it stands.
    pub(super) at: Range<usize>,
}

/// Returns what the runs of all files prove through the scripts of all files.
pub fn followed(readings: &[&Reading]) -> Vec<OrderEvidence> {
    let mut scripts = Scripts::default();
    for script in readings.iter().flat_map(|r| &r.scripts) {
        let name = match script.tool {
            ScriptTool::Shell => base(&script.name).to_owned(),
            ScriptTool::Package | ScriptTool::Python | ScriptTool::Make => script.name.clone(),
        };
        let all = scripts.by_name.entry((script.tool, name)).or_default();
        all.push(script);
    }
    let runs = readings.iter().flat_map(|r| &r.runs);
    runs.filter_map(|run| {
        let from = &run.place.path;
        let outcome = scripts.of_words(&run.words, run.folder.as_deref(), from, 0);
        let (order, because) = told(run.moment, &outcome)?;
        Some(OrderEvidence {
            order: KnownOrder {
                order,
                proven: true,
                because: format!("{because} ({})", run.place.path),
                place: outcome.migrated,
            },
            scope: None,
            tool: None,
            needs: (run.moment == Moment::BeforeDependents).then(|| dependency(&run.place.path)),
        })
    })
    .collect()
}

/// Returns how the path of the file ends by which another service of s6 depends on that of this file: `x/s6-rc.d/NAME/run`.
fn dependency(path: &str) -> String {
    let name = path.rsplit('/').nth(1).unwrap_or(path);
    format!("/dependencies.d/{name}")
}

/// Returns the place where the commands of a script migrate and then replace the script by something else: `exec "$@"`.
pub(super) fn migrates_then_execs(script: &Script) -> Option<&Place> {
    let commands = &script.commands;
    let (at, migrating) = commands
        .iter()
        .enumerate()
        .find(|(_, c)| migrates(&c.words) && !c.on_demand && !ends(c))?;
    let left = |c: &&ScriptCommand| c.branches == migrating.branches && leaves(c);
    let mut later = commands[at + 1..].iter().take_while(|c| !left(c));
    later
        .any(|c| c.words.first().is_some_and(|w| w == "exec") && meet(migrating, c) && is_other(c))
        .then_some(&migrating.place)
}

fn told(moment: Moment, outcome: &Outcome) -> Option<(Order, &'static str)> {
    outcome.migrated.as_ref()?;
    Some(match moment {
        Moment::Build => (
            Order::Before,
            "the build runs them, before what it builds can start",
        ),
        Moment::BeforeDeploy => (Order::Before, "a command before the deploy runs them"),
        Moment::BeforeServing => (
            Order::Before,
            "each new node runs them before what serves on it starts",
        ),
        Moment::BeforeDependents => (
            Order::Before,
            "s6 runs them on each new node before what depends on it starts",
        ),
        Moment::AfterDeploy => (Order::After, "a command after the deploy runs them"),
        Moment::Start if outcome.then_serves && outcome.waits => (
            Order::Before,
            "each new node waits for them before it starts to serve",
        ),
        Moment::Start if outcome.then_serves => (
            Order::Before,
            "each new node runs them before it starts to serve",
        ),
        Moment::Start => return None,
    })
}

/// What commands in a row do.
#[derive(Debug, Default)]
struct Outcome {
    /// Where they migrate.
    migrated: Option<Place>,
    /// Whether they do not migrate there, and go no further until that is done.
    waits: bool,
    /// Whether something else is started after that.
    then_serves: bool,
    /// Whether something else is started at all.
    other: bool,
    /// Whether a program is run whose text is not followed.
    hidden: bool,
}

/// The scripts of all files.
#[derive(Default)]
struct Scripts<'r> {
    /// By the name that a command calls them by; of a path, its last part.
    by_name: BTreeMap<(ScriptTool, String), Vec<&'r Script>>,
}

impl Scripts<'_> {
    /// Returns what an argument vector or a shell text does, run in that folder for that file.
    fn of_words(
        &self,
        words: &[String],
        folder: Option<&str>,
        from: &str,
        depth: usize,
    ) -> Outcome {
        let nowhere = |_: Range<usize>| Place::of_file(from);
        // `["sh", "-c", "…"]` and a text alone hold whole scripts; the rest is one command.
        let flag = |w: &String| w.starts_with('-') && !w.starts_with("--") && w.ends_with('c');
        let text = match words {
            [text] => Some(text),
            _ => words.windows(2).find(|w| flag(&w[0])).map(|w| &w[1]),
        };
        let commands = match text.filter(|t| t.contains(char::is_whitespace)) {
            Some(text) => simple_commands(text, nowhere),
            None => vec![ScriptCommand {
                words: words.to_vec(),
                on_demand: false,
                branches: Vec::new(),
                place: Place::of_file(from),
            }],
        };
        self.of_commands(&commands, &[], folder, from, depth)
    }

    fn of_commands(
        &self,
        commands: &[ScriptCommand],
        arguments: &[String],
        folder: Option<&str>,
        from: &str,
        depth: usize,
    ) -> Outcome {
        let mut outcome = Outcome::default();
        let mut migrating: Option<&ScriptCommand> = None;
        for command in commands {
            if let Some(before) = migrating
                && before.branches == command.branches
                && leaves(command)
            {
                // `if …; then migrate; exit; fi`: what comes next is another way through the script.
                migrating = None;
                outcome.migrated = None;
                continue;
            }
            let called = self.called(command, arguments, folder, from, depth);
            let other = match &called {
                Some(called) => called.other,
                None => is_other(command),
            };
            let served = migrating.is_some_and(|before| meet(before, command)) && other;
            outcome.then_serves |= served;
            outcome.other |= other;
            outcome.hidden |= match &called {
                Some(called) => called.hidden,
                None => is_program(command),
            };
            // What a task does in a program of its own, its name tells.
            let waits = waits_for_migrations(&command.words);
            let by_itself = || (waits || migrates(&command.words)).then(|| command.place.clone());
            let place = match &called {
                Some(called) if called.migrated.is_none() && called.hidden => by_itself(),
                Some(called) => called.migrated.clone(),
                None => by_itself(),
            };
            if migrating.is_none() && !command.on_demand && place.is_some() {
                outcome.then_serves |= called.as_ref().is_some_and(|c| c.then_serves);
                if !ends(command) || outcome.then_serves {
                    migrating = Some(command);
                }
                outcome.migrated = place;
                outcome.waits = called.map_or(waits, |c| c.waits);
            }
        }
        outcome
    }

    /// Returns what the scripts do that a command calls; None where it calls none that is known.
    fn called(
        &self,
        command: &ScriptCommand,
        arguments: &[String],
        folder: Option<&str>,
        from: &str,
        depth: usize,
    ) -> Option<Outcome> {
        if depth >= DEPTH_LIMIT {
            return None;
        }
        let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
        let words = after_prefix(&words);
        if words
            .first()
            .is_some_and(|w| matches!(*w, "$@" | "$*" | "${@}"))
            && !arguments.is_empty()
        {
            return Some(self.of_words(arguments, folder, from, depth + 1));
        }
        let program = base(words.first()?);
        if RUNNERS.contains(&program) {
            let (tool, name) = task(program, &words[1..])?;
            let mut outcome = Outcome::default();
            let mut known = false;
            // npm runs what is called after a script before and after it.
            for name in [format!("pre{name}"), name.to_owned()] {
                let Some(script) = self.one(tool, &name, folder, from) else {
                    continue;
                };
                known = true;
                let path = script.commands.first().map_or(from, |c| &*c.place.path);
                let inner = self.of_commands(&script.commands, &[], None, path, depth + 1);
                outcome.then_serves |=
                    inner.then_serves || (outcome.migrated.is_some() && inner.other);
                outcome.other |= inner.other;
                outcome.hidden |= inner.hidden;
                outcome.migrated = outcome.migrated.or(inner.migrated);
            }
            return known.then_some(outcome);
        }
        if INERT.contains(&program) && !matches!(program, "source" | ".") {
            return None;
        }
        let (at, script) = words.iter().enumerate().find_map(|(at, word)| {
            let script = self.one(ScriptTool::Shell, word, folder, from)?;
            Some((at, script))
        })?;
        let rest: Vec<String> = words[at + 1..].iter().map(|w| (*w).to_owned()).collect();
        Some(self.of_commands(&script.commands, &rest, None, &script.name, depth + 1))
    }

    /// Returns the one script of that name that stands nearest to where it is called; None where that cannot be told.
    fn one(
        &self,
        tool: ScriptTool,
        name: &str,
        folder: Option<&str>,
        from: &str,
    ) -> Option<&Script> {
        let all = self.by_name.get(&(tool, base_of(tool, name).to_owned()))?;
        let path = |script: &Script| match tool {
            ScriptTool::Shell => script.name.clone(),
            ScriptTool::Package | ScriptTool::Python | ScriptTool::Make => script
                .commands
                .first()
                .map_or_else(String::new, |c| c.place.path.to_string()),
        };
        // How much of the way to it agrees with how it is called, or with the folder that it is called in.
        let said = match tool {
            ScriptTool::Shell => name.to_owned(),
            ScriptTool::Package => format!("{}/package.json", folder.unwrap_or_default()),
            ScriptTool::Python => format!("{}/pyproject.toml", folder.unwrap_or_default()),
            ScriptTool::Make => format!("{}/Makefile", folder.unwrap_or_default()),
        };
        let near = |script: &Script| {
            let path = path(script);
            (common_end(&said, &path), common_start(from, &path))
        };
        let best = all.iter().map(|s| near(s)).max()?;
        let mut nearest = all.iter().filter(|s| near(s) == best);
        let first = nearest.next()?;
        nearest.next().is_none().then_some(*first)
    }
}

fn base_of(tool: ScriptTool, name: &str) -> &str {
    match tool {
        ScriptTool::Shell => base(name),
        ScriptTool::Package | ScriptTool::Python | ScriptTool::Make => name,
    }
}

/// Returns how many parts two paths have in common at their ends.
fn common_end(a: &str, b: &str) -> usize {
    let pairs = a.rsplit('/').zip(b.rsplit('/'));
    pairs.take_while(|(a, b)| a == b).count()
}

/// Returns how many folders two paths have in common at their starts.
fn common_start(a: &str, b: &str) -> usize {
    let pairs = a.split('/').zip(b.split('/'));
    pairs.take_while(|(a, b)| a == b).count()
}

/// Returns the tool and the name of the script that a runner is told to run.
fn task<'w>(program: &str, words: &[&'w str]) -> Option<(ScriptTool, &'w str)> {
    const WITH_VALUE: &[&str] = &[
        "--filter", "-F", "--prefix", "-C", "--cwd", "--dir", "-w", "-f",
    ];
    let mut named = None;
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if WITH_VALUE.contains(word) {
            words.next();
        } else if !word.starts_with('-') && !matches!(*word, "run" | "run-script" | "workspace") {
            named = Some(*word);
            break;
        }
    }
    let tool = match program {
        "make" => ScriptTool::Make,
        "npm" | "pnpm" | "yarn" | "bun" => ScriptTool::Package,
        "task" | "poe" | "pdm" | "hatch" | "rye" => ScriptTool::Python,
        _ => return None,
    };
    Some((tool, named?))
}

/// Returns whether a command runs a file of code.
fn is_program(command: &ScriptCommand) -> bool {
    let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
    let program = after_prefix(&words).first().map(|w| base(w));
    matches!(
        program,
        Some("python" | "python3" | "node" | "tsx" | "ts-node" | "ruby" | "php" | "go")
    )
}

/// Returns whether one run of the script may come through both commands.
fn meet(a: &ScriptCommand, b: &ScriptCommand) -> bool {
    let apart = |one: &(usize, usize)| {
        b.branches
            .iter()
            .any(|other| other.0 == one.0 && other.1 != one.1)
    };
    !a.branches.iter().any(apart)
}

/// Returns whether nothing comes after a command: it takes the place of the script.
fn ends(command: &ScriptCommand) -> bool {
    command.words.first().is_some_and(|w| w == "exec")
}

/// Returns whether a command ends the script as a success.
fn leaves(command: &ScriptCommand) -> bool {
    let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
    matches!(
        words.as_slice(),
        ["exit" | "return"] | ["exit" | "return", "0"]
    )
}

/// Commands that start nothing.
const SCENE: &[&str] = &[
    "true",
    "false",
    "exit",
    "return",
    "sleep",
    "wait",
    "trap",
    "shift",
    "umask",
    "id",
    "until",
    "local",
    "case",
    "pg_isready",
    "nc",
    "kill",
];

/// What is done to a store besides migrating it.
const CHORES: &[&str] = &[
    "seed",
    "collectstatic",
    "loaddata",
    "createsuperuser",
    "compilemessages",
    "precompile",
    "generate",
];

/// Returns whether a command starts something else than a migration.
fn is_other(command: &ScriptCommand) -> bool {
    let words: Vec<&str> = command.words.iter().map(String::as_str).collect();
    let words = after_prefix(&words);
    let Some(program) = words.first().map(|w| base(w)) else {
        return false;
    };
    let chore = |word: &&str| {
        word.split([':', '-', '_', '.', '/'])
            .any(|part| CHORES.contains(&part))
    };
    !INERT.contains(&program)
        && !SCENE.contains(&program)
        && !words.iter().any(chore)
        && !migrates(&command.words)
        && !waits_for_migrations(&command.words)
}
