//! `coexist design infer`: a first design out of a repository.

use std::path::Path;

use coexist_design::infer::{Map, form, map, text};
use coexist_report::{Style, design};
use coexist_review::landscape::landscape_of;

use crate::args::{DesignInferArgs, InferFormat};
use crate::env::Env;
use crate::failure::Failure;
use crate::output;

/// Infers a design, prints or writes it, and returns the exit code.
pub(super) fn infer(
    args: &DesignInferArgs,
    repo: &Path,
    style: &Style,
    env: &Env,
) -> Result<u8, Failure> {
    let directory = args
        .dir
        .as_ref()
        .map_or_else(|| repo.to_owned(), |dir| repo.join(dir));
    let map = read(&directory, env)?;
    let shown = match args.format {
        InferFormat::Json => design::form(&form(&map)),
        InferFormat::Design => text(&name(&directory), &map),
    };
    match &args.output {
        None => output::print(&shown)?,
        Some(file) => {
            let path = repo.join(file);
            if !args.force && path.symlink_metadata().is_ok() {
                return Err(Failure::new(
                    "output",
                    format!("cannot write {}: it is there already", file.display()),
                )
                .help("name another file with --output, or overwrite it with --force"));
            }
            output::save(&path, &shown)?;
            output::note(&format!(
                "wrote {}\n",
                style.clean(&file.display().to_string())
            ));
        }
    }
    Ok(0)
}

/// Returns the map of a directory.
///
/// # Errors
/// If nothing in it says which services run.
pub(super) fn read(directory: &Path, env: &Env) -> Result<Map, Failure> {
    let landscape = output::with_progress(env, "Reading", || landscape_of(directory))?;
    let map = map(&landscape);
    if map.services.is_empty() {
        let unread: Vec<String> = map
            .problems
            .iter()
            .map(|(path, why)| format!("not read: {path}: {why}"))
            .take(5)
            .collect();
        let help = "what is read: compose files and Kubernetes manifests; coexist design new begins a design by hand";
        return Err(Failure::new(
            "input",
            "cannot tell which services run: no supported input here",
        )
        .help([&[help.to_owned()], unread.as_slice()].concat().join("\n")));
    }
    Ok(map)
}

/// Returns the name of a directory.
fn name(directory: &Path) -> String {
    let whole = directory.canonicalize();
    let whole = whole.as_deref().unwrap_or(directory);
    whole.file_name().map_or_else(
        || "system".to_owned(),
        |name| name.to_string_lossy().into_owned(),
    )
}
