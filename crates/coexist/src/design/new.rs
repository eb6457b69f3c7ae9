//! `coexist design new`: a design whose gaps are `TODO`.

use std::path::{Path, PathBuf};

use coexist_design::language::{Beginning, blank, is_name};
use coexist_report::Style;

use crate::args::DesignNewArgs;
use crate::env::Env;
use crate::failure::Failure;
use crate::output;

use super::interview::{Given, Interview};

/// Writes a new design. What was not given is asked on a terminal, and a default elsewhere.
pub(super) fn new(
    args: &DesignNewArgs,
    repo: &Path,
    style: &Style,
    env: &Env,
) -> Result<u8, Failure> {
    let given = Given {
        name: args.name.clone(),
        services: (!args.services.is_empty()).then(|| args.services.clone()),
        key: args.key.clone(),
    };
    let beginning = match env.stdin_is_terminal && env.stderr_is_terminal {
        true => Interview {
            answers: &mut std::io::stdin().lock(),
            questions: &mut std::io::stderr(),
        }
        .hold(&given)?,
        false => unasked(given),
    };
    let Beginning {
        name,
        services,
        key,
        ..
    } = &beginning;
    for word in services.iter().chain([name, key]) {
        if !is_name(word) {
            return Err(Failure::new("usage", format!("cannot use {word} as a name"))
                .help("a name is made of letters, digits, `_`, and `-` between them, and begins with a letter"));
        }
    }
    let file = args
        .output
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("{name}.design")));
    let path = repo.join(&file);
    if !args.force && path.symlink_metadata().is_ok() {
        return Err(Failure::new(
            "output",
            format!("cannot write {}: it is there already", file.display()),
        )
        .help("name another file with --output, or overwrite it with --force"));
    }
    output::save(&path, &blank(&beginning))?;
    let shown = style.clean(&file.display().to_string());
    output::note(&format!(
        "wrote {shown}\nNext: fill in each TODO; coexist design check {shown} lists what is open\n"
    ));
    Ok(0)
}

/// Returns what was given, and what is usual besides.
fn unasked(given: Given) -> Beginning {
    let usual = Beginning::default();
    Beginning {
        name: given.name.unwrap_or(usual.name),
        services: given.services.unwrap_or(usual.services),
        key: given.key.unwrap_or(usual.key),
        ..Beginning::default()
    }
}
