//! What is typed, as clap reads it. [`crate::options`] makes of it what is meant.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

/// Finds the deploy schedule that breaks: can everything that will meet during the rollout still understand each other?
#[derive(Debug, Parser)]
#[command(
    name = "coexist",
    version,
    propagate_version = true,
    subcommand_required = true,
    after_help = "Without a command, and where the first word is none, it reviews: `coexist` is `coexist review`,\n\
                  `coexist main..HEAD` is `coexist review main..HEAD`.\n\n\
                  Exit codes: 0 done, nothing at or above --fail-on; 1 done, something is; 2 not done.\n\
                  Environment: COLUMNS, the width of text (80 in a pipe); NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: Global,
}

/// What every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Work in that directory instead of the current one
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) repo: Option<PathBuf>,
    /// When to use colour
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub(crate) color: When,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless the environment says otherwise
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Review a change: staged, else the working tree, else this branch since it left the default branch
    Review(ReviewArgs),
    /// Explain a rule, or a finding with its whole schedule and state grid
    Explain(ExplainArgs),
    /// Show who owns what, and from what evidence
    Services,
    /// Show what the readers understood of files
    Read(ReadArgs),
    /// Check, lay out, export or begin a design of several services
    Design {
        #[command(subcommand)]
        command: DesignCommand,
    },
    /// Write a commented coexist.toml from what was inferred
    Init(InitArgs),
    /// Install the skills for an agent, or print them
    Skill {
        #[command(subcommand)]
        command: SkillCommand,
    },
    /// Make a small sample repository in a temporary folder and review three changes in it
    Demo,
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page, of the whole program or of a command
    Man {
        /// The command
        command: Option<String>,
    },
}

/// Which change.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ChangeArgs {
    /// Paths to limit the change to, a range such as main..HEAD, a revision, or the number of a pull request
    #[arg(value_name = "PATH|RANGE|N")]
    pub(crate) words: Vec<String>,
    /// Review what is staged
    #[arg(long, conflicts_with_all = ["worktree", "pr"])]
    pub(crate) staged: bool,
    /// Review the working tree against HEAD
    #[arg(long, conflicts_with = "pr")]
    pub(crate) worktree: bool,
    /// Review a pull or merge request: 12, #12, !12 or its address
    #[arg(long, value_name = "N")]
    pub(crate) pr: Option<String>,
    /// Let git fetch what is missing; the only use of the network
    #[arg(long)]
    pub(crate) fetch: bool,
    /// Take A..B literally, and not as what B did since it left A
    #[arg(long)]
    pub(crate) two_dot: bool,
    /// A version that runs now, where it is not the base; repeatable
    #[arg(long, value_name = "REF")]
    pub(crate) deployed: Vec<String>,
}

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ReviewArgs {
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
    /// The form of the report [default: by the ending of --output, else terminal]
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// Write the report to that file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Exit with 1 from this verdict on [default: coexist.toml, else fail]
    #[arg(long, value_enum, value_name = "VERDICT")]
    pub(crate) fail_on: Option<FailOn>,
}

/// The form of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Terminal,
    Markdown,
    Json,
}

impl Format {
    /// Returns the name of its output.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Terminal => "terminal",
            Self::Markdown => "markdown",
            Self::Json => "json",
        }
    }
}

/// From which verdict on the exit code is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Fail,
    Warn,
    Never,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The id of a rule or of a finding (f-…); without one, all rules
    #[arg(value_name = "RULE|FINDING")]
    pub(crate) id: Option<String>,
    #[command(flatten)]
    pub(crate) change: ChangeArgs,
}

#[derive(Debug, Args)]
pub(crate) struct ReadArgs {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The form
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: ReadFormat,
    /// The reader to use where the path does not tell, such as sql or sql:mysql
    #[arg(long = "as", value_name = "READER")]
    pub(crate) reader: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReadFormat {
    Text,
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DesignCommand {
    /// Hold a design against the rules
    Check(DesignCheckArgs),
    /// Explore every run of a design under crashes, copies and lost answers
    Prove(DesignProveArgs),
    /// Write a design in the one layout
    Fmt {
        /// The design
        file: PathBuf,
        /// Write nothing; exit with 1 where the layout differs
        #[arg(long)]
        check: bool,
    },
    /// Print a design as JSON
    Export {
        /// The design
        file: PathBuf,
        /// As JSON, which is the only form
        #[arg(long)]
        json: bool,
    },
    /// Draw the documents of a design, and the alerts and queries that watch it
    Render(DesignRenderArgs),
    /// Begin a design; on a terminal after a few questions
    New(DesignNewArgs),
    /// Infer a first design from deployment files, contracts and addresses in code
    Infer(DesignInferArgs),
    /// Hold a design against what its repository shows
    Drift(DesignCheckArgs),
}

#[derive(Debug, Args)]
pub(crate) struct DesignRenderArgs {
    /// The design
    pub(crate) file: PathBuf,
    /// What is drawn to stdout
    #[arg(long, value_enum, default_value = "markdown")]
    pub(crate) format: DesignDrawing,
    /// Write all of it into this folder instead
    #[arg(
        long,
        visible_alias = "out",
        value_name = "DIR",
        conflicts_with = "format"
    )]
    pub(crate) output: Option<PathBuf>,
    /// Prove nothing: the pages say that nothing was tried
    #[arg(long)]
    pub(crate) without_proof: bool,
}

/// What is drawn from a design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DesignDrawing {
    /// The documents of a review as one page of Markdown
    Markdown,
    /// The same as one page of HTML, with drawings
    Html,
    /// Alert rules for Prometheus: rules.yml
    Alerts,
    /// Tests of the alert rules, for promtool: rules_test.yml
    AlertTests,
    /// SQL for PostgreSQL: outboxes, open workflows, copies, exports that are compared
    Sql,
}

#[derive(Debug, Args)]
pub(crate) struct DesignCheckArgs {
    /// The design
    pub(crate) file: PathBuf,
    /// The form of the report
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: DesignFormat,
    /// Exit with 1 from this verdict on
    #[arg(long, value_enum, value_name = "VERDICT", default_value = "fail")]
    pub(crate) fail_on: FailOn,
}

#[derive(Debug, Args)]
pub(crate) struct DesignProveArgs {
    /// The design
    pub(crate) file: PathBuf,
    /// The form of the report
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: DesignFormat,
    /// How many faults of a kind in one run: crashes, duplicates, lost-replies, dead-letters, late-effects [default: what the design's `explore` says, else 1 of each of the first three]
    #[arg(long, value_name = "KIND=N", value_delimiter = ',')]
    pub(crate) faults: Vec<String>,
    /// How many instances of a workflow, where they meet
    #[arg(long, value_name = "N")]
    pub(crate) instances: Option<u8>,
    /// Give up after so many states, and exit with 3
    #[arg(long, value_name = "N")]
    pub(crate) max_states: Option<usize>,
}

/// The form of what is said about a design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DesignFormat {
    #[value(alias = "terminal")]
    Text,
    Json,
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct DesignInferArgs {
    /// The folder to read [default: the repository]
    pub(crate) dir: Option<PathBuf>,
    /// The form of what is inferred
    #[arg(long, value_enum, default_value = "design")]
    pub(crate) format: InferFormat,
    /// Write it to that file instead of stdout
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

/// The form of what is inferred.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InferFormat {
    Design,
    Json,
}

#[derive(Debug, Args)]
pub(crate) struct DesignNewArgs {
    /// The name of the design
    pub(crate) name: Option<String>,
    /// The services, separated by commas; the first one coordinates
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    pub(crate) services: Vec<String>,
    /// The key of an instance of its workflow
    #[arg(long, value_name = "NAME")]
    pub(crate) key: Option<String>,
    /// Write it to that file [default: NAME.design]
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Overwrite a file that is there
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// Print the file instead of writing it
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SkillCommand {
    /// Install the skills
    Install(SkillArgs),
    /// Remove the skills
    Uninstall(SkillArgs),
    /// Show what is installed where
    Status {
        /// The agents to look at; without one, all
        #[arg(long, value_enum, value_delimiter = ',')]
        agent: Vec<Agent>,
    },
    /// Print a skill, for agents that are not known here
    Print {
        /// The skill, or a file of it such as distributed-systems-patterns/references/messaging-checklist.md; without one, their names
        name: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SkillArgs {
    /// The agents, separated by commas
    #[arg(long, value_enum, value_delimiter = ',', required = true)]
    pub(crate) agent: Vec<Agent>,
    /// For this user instead of this project
    #[arg(long, conflicts_with = "project")]
    pub(crate) user: bool,
    /// For this project, which is the default
    #[arg(long)]
    pub(crate) project: bool,
    /// Say what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Overwrite or remove files that were edited
    #[arg(long)]
    pub(crate) force: bool,
}

/// A program that reads skills.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
pub(crate) enum Agent {
    Claude,
    Codex,
    Cursor,
    Copilot,
    Gemini,
}

/// Returns the arguments with `review` in front of the first word that is no command; options that every command takes may stand
/// before it.
pub(crate) fn with_command(mut args: Vec<OsString>) -> Vec<OsString> {
    let cli = Cli::command();
    let mut at = 1;
    while let Some(taken) = args.get(at).and_then(|word| global(&cli, word)) {
        at += taken;
    }
    let Some(first) = args.get(at) else {
        args.push("review".into());
        return args;
    };
    let word = first.to_string_lossy();
    let is_help = ["-h", "--help", "-V", "--version", "help"].contains(&&*word);
    let is_command = cli.get_subcommands().any(|c| c.get_name() == word);
    if !is_help && !is_command {
        args.insert(at, "review".into());
    }
    args
}

/// Returns how many words an option that every command takes makes up, from this word on; None where the word is no such option.
fn global(cli: &clap::Command, word: &OsString) -> Option<usize> {
    let word = word.to_str()?.strip_prefix("--")?;
    let name = word.split_once('=').map_or(word, |(name, _)| name);
    let known = cli.get_arguments().any(|a| a.get_long() == Some(name));
    known.then_some(if name == word { 2 } else { 1 })
}

/// Returns the names of all commands.
pub(crate) fn command_names() -> Vec<String> {
    let cli = Cli::command();
    let commands = cli.get_subcommands();
    commands.map(|c| c.get_name().to_owned()).collect()
}

/// Returns the command that a word was probably meant to be.
pub(crate) fn nearest_command(word: &str) -> Option<String> {
    let names = command_names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    coexist_review::config::nearest(word, &names).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Cli {
        let args = line.split(' ').map(OsString::from).collect();
        Cli::try_parse_from(with_command(args)).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn the_arguments_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_first_word_that_is_no_command_is_reviewed() {
        for (line, words) in [
            ("coexist", vec![]),
            ("coexist main..HEAD", vec!["main..HEAD"]),
            ("coexist db/migrate 12", vec!["db/migrate", "12"]),
            ("coexist review services", vec!["services"]),
            ("coexist --repo x --color=never review y", vec!["y"]),
            ("coexist --repo=x main..HEAD", vec!["main..HEAD"]),
            ("coexist --repo x", vec![]),
        ] {
            let Command::Review(review) = parse(line).command else {
                panic!("{line}");
            };
            assert_eq!(review.change.words, words, "{line}");
        }
        for line in ["coexist services", "coexist --repo services services"] {
            assert!(matches!(parse(line).command, Command::Services), "{line}");
        }
    }

    #[test]
    fn a_flag_alone_is_one_of_the_review() {
        let cli = parse("coexist --staged --color never");
        assert_eq!(cli.global.color, When::Never);
        assert!(matches!(cli.command, Command::Review(r) if r.change.staged));
    }

    #[test]
    fn two_ways_to_name_a_change_are_refused() {
        let args = ["coexist", "review", "--staged", "--worktree"];
        assert!(Cli::try_parse_from(args).is_err());
    }
}
