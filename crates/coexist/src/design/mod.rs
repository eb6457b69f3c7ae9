//! `coexist design`: files in, reports out. What a design means is in `coexist-design`.

mod infer;
mod interview;
mod new;
mod prove;
mod render;
mod source;

use std::path::Path;

use coexist_design::check;
use coexist_design::drift::drift;
use coexist_design::language::{export, format, read};
use coexist_model::{DesignReport, DesignVerdict, File};
use coexist_report::{Style, design};

use crate::args::{DesignCheckArgs, DesignCommand, DesignFormat};
use crate::env::Env;
use crate::failure::Failure;
use crate::{NOT_DONE, output};

/// Carries out a command on a design, and returns the exit code.
pub(crate) fn run(
    command: &DesignCommand,
    repo: &Path,
    style: &Style,
    env: &Env,
) -> Result<u8, Failure> {
    match command {
        DesignCommand::Check(args) => {
            let source = source::read(repo, &args.file)?;
            let report = check::check(&source.shown, &source.text);
            deliver(&report, args, style)
        }
        DesignCommand::Drift(args) => {
            let source = source::read(repo, &args.file)?;
            let map = infer::read(repo, env)?;
            deliver(&drift(&source.shown, &source.text, &map), args, style)
        }
        DesignCommand::Prove(args) => prove::prove(args, repo, style),
        DesignCommand::Fmt { file, check } => fmt(repo, file, *check, style),
        DesignCommand::Export { file, .. } => {
            let source = source::read(repo, file)?;
            let parsed = read(&source.text);
            source.whole(&parsed.problems, "export")?;
            let value = export(&parsed.design, &File::new(&source.shown, &source.text));
            output::print(&design::form(&value))?;
            Ok(0)
        }
        DesignCommand::Render(args) => render::render(args, repo, style),
        DesignCommand::Infer(args) => infer::infer(args, repo, style, env),
        DesignCommand::New(args) => new::new(args, repo, style, env),
    }
}

/// Prints a report, and returns the exit code that follows from it.
fn deliver(report: &DesignReport, args: &DesignCheckArgs, style: &Style) -> Result<u8, Failure> {
    print(report, args.format, style)?;
    Ok(match report.verdict {
        DesignVerdict::Invalid => NOT_DONE,
        _ => crate::review::exit_code(report.worst(), args.fail_on.into()),
    })
}

fn print(report: &DesignReport, format: DesignFormat, style: &Style) -> Result<(), Failure> {
    output::print(&match format {
        DesignFormat::Text => design::terminal(report, style),
        DesignFormat::Json => design::json(report),
        DesignFormat::Markdown => design::markdown(report),
    })
}

fn fmt(repo: &Path, file: &Path, check: bool, style: &Style) -> Result<u8, Failure> {
    let source = source::read(repo, file)?;
    let text = match format(&source.text) {
        Ok(text) => text,
        Err(problems) => return source.whole(&problems, "lay out").map(|()| 0),
    };
    if text == source.text {
        return Ok(0);
    }
    let shown = style.clean(&source.shown);
    if check {
        output::note(&format!(
            "{shown} is not in the one layout; coexist design fmt {shown} writes it\n"
        ));
        return Ok(1);
    }
    output::save(&source.path, &text)?;
    output::note(&format!("wrote {shown}\n"));
    Ok(0)
}
