//! The program `coexist`: from what is typed to a report, a file or an error.

mod args;
mod demo;
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
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let style = env.style(When::Never);
    let lines: Vec<String> = text.lines().map(|line| style.clean(line)).collect();
    output::note(&format!(
        "error[usage]: cannot read the arguments: {}\n",
        lines.join("\n").trim_end()
    ));
    ExitCode::from(NOT_DONE)
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
