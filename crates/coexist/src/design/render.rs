//! `coexist design render`: documents, alerts and queries that follow from a design.

use std::path::Path;

use coexist_design::language::{Problem, read};
use coexist_design::prove::{Options, report};
use coexist_design::render::{alert_tests, alerts, html, markdown, scripts, sql};
use coexist_model::DesignReport;
use coexist_report::Style;

use super::prove::Clock;
use super::source::{self, Source};
use crate::args::{DesignDrawing, DesignRenderArgs};
use crate::failure::{Failure, io};
use crate::output;

/// What is drawn, or what has to be mended first.
type Drawn<T> = Result<T, Vec<Problem>>;

/// Draws a design, and returns the exit code.
pub(super) fn render(args: &DesignRenderArgs, repo: &Path, style: &Style) -> Result<u8, Failure> {
    let source = source::read(repo, &args.file)?;
    source.whole(&read(&source.text).problems, "draw")?;
    let (path, text) = (source.shown.as_str(), source.text.as_str());
    if let Some(folder) = &args.output {
        let proof = proved(args, &source);
        let files = files(path, text, proof.as_ref()).or_else(|p| failed(&source, &p))?;
        return write(&files, folder, repo, style);
    }
    let drawn = match args.format {
        DesignDrawing::Markdown => markdown(path, text, proved(args, &source).as_ref()),
        DesignDrawing::Html => html(path, text, proved(args, &source).as_ref()),
        DesignDrawing::Alerts => alerts(path, text),
        DesignDrawing::AlertTests => alert_tests(path, text),
        DesignDrawing::Sql => sql(path, text),
    };
    let drawn = drawn.or_else(|problems| failed(&source, &problems))?;
    output::print(&drawn).map(|()| 0)
}

fn failed<T: Default>(source: &Source, problems: &[Problem]) -> Result<T, Failure> {
    source.whole(problems, "draw").map(|()| T::default())
}

/// Returns what was proved of the design, unless that is not wanted.
fn proved(args: &DesignRenderArgs, source: &Source) -> Option<DesignReport> {
    let options = Options::default();
    (!args.without_proof)
        .then(|| report(&source.shown, &source.text, &options, &mut Clock::start()))
}

/// Returns every file: its path in the folder, and its text.
fn files(path: &str, text: &str, proof: Option<&DesignReport>) -> Drawn<Vec<(String, String)>> {
    let mut files = vec![
        ("design.md".to_owned(), markdown(path, text, proof)?),
        ("design.html".to_owned(), html(path, text, proof)?),
        ("alerts/rules.yml".to_owned(), alerts(path, text)?),
        ("alerts/rules_test.yml".to_owned(), alert_tests(path, text)?),
    ];
    let scripts = scripts(path, text)?.into_iter();
    files.extend(scripts.map(|script| (format!("sql/{}", script.name), script.text)));
    Ok(files)
}

fn write(
    files: &[(String, String)],
    folder: &Path,
    repo: &Path,
    style: &Style,
) -> Result<u8, Failure> {
    for (name, text) in files {
        let path = repo.join(folder).join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|e| io("output", "make", parent, &e))?;
        }
        output::save(&path, text)?;
    }
    let shown = style.clean(&folder.display().to_string());
    output::note(&format!("wrote {} files to {shown}\n", files.len()));
    Ok(0)
}
