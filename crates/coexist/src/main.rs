//! The program `coexist`: from what is typed to a report, a file or an error.

mod args;
mod demo;
mod design;
mod env;
mod failure;
mod init;
mod manual;
mod options;
mod output;
mod read;
mod review;
mod run;
mod skill;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command, Global, When};
use env::Env;
use failure::Failure;
use options::{Delivery, Options};

/// The exit code of a run that could not be done.
const NOT_DONE: u8 = 2;

fn main() -> ExitCode {
    let env = Env::read();
    let args = args::with_command(std::env::args_os().collect());
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, &env),
    };
    match run(&cli, &env) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            failure::tell(&failure, &env, cli.global.color);
            ExitCode::from(NOT_DONE)
        }
    }
}

/// Prints help and version, or what is wrong with the arguments in the form of every other error.
fn usage(error: &clap::Error, env: &Env) -> ExitCode {
    if !error.use_stderr() {
        let color = env.color(When::Auto, env.stdout_is_terminal);
        let text = error.render();
        let text = if color {
            text.ansi().to_string()
        } else {
            text.to_string()
        };
        return match output::print(&text) {
            Ok(()) => ExitCode::SUCCESS,
            Err(_) => ExitCode::from(NOT_DONE),
        };
    }
    output::note(&usage_text(&error.to_string(), &env.style(When::Never)));
    ExitCode::from(NOT_DONE)
}

/// Returns what clap says about the arguments in the form of every other error: a line, then what to do.
fn usage_text(said: &str, style: &coexist_report::Style) -> String {
    let said = said.strip_prefix("error: ").unwrap_or(said);
    let mut lines = said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("For more information"));
    let first = style.clean(lines.next().unwrap_or("they make no sense"));
    let mut out = format!("error[usage]: cannot read the arguments: {first}\n");
    for line in lines {
        let line = style.clean(line.strip_prefix("tip: ").unwrap_or(line));
        out.push_str(&match line.strip_prefix("Usage: ") {
            Some(usage) => format!("help: usage: {usage}\n"),
            None => format!("help: {line}\n"),
        });
    }
    out.push_str("help: --help tells more\n");
    out
}

fn run(cli: &Cli, env: &Env) -> Result<u8, Failure> {
    let Global { color, .. } = cli.global;
    let style = env.style(color);
    let repo = options::repo(&cli.global);
    let text = match &cli.command {
        Command::Review(args) => {
            let options = Options::new(&cli.global, &args.change);
            let delivery = Delivery::new(args, &cli.global, env);
            return review::review(&options, &delivery, env);
        }
        Command::Explain(args) => {
            let options = Options::new(&cli.global, &args.change);
            review::explain(args.id.as_deref(), &options, &style, env)?
        }
        Command::Services => {
            let inferred = output::with_progress(env, "Reading", || run::fleet(&repo))?;
            coexist_report::services::services(&inferred.fleet, &style)
        }
        Command::Read(args) => read::read(&repo, args, &style)?,
        Command::Design { command } => return design::run(command, &repo, &style, env),
        Command::Init(args) => {
            let inferred = output::with_progress(env, "Reading", || run::fleet(&repo))?;
            if args.dry_run {
                init::text(&inferred.fleet)
            } else {
                let path = init::init(&inferred.top, &inferred.fleet)?;
                format!("wrote {}\n", style.clean(&path.display().to_string()))
            }
        }
        Command::Skill { command } => skill::run(command, &repo, env, &style)?,
        Command::Demo => demo::demo(env, &style)?,
        Command::Completions { shell } => manual::completions(*shell),
        Command::Man { command } => manual::page(command.as_deref())?,
    };
    output::print(&text)?;
    Ok(0)
}
