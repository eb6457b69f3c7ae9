//! `coexist design new`: a design whose gaps are `TODO`.

use std::path::{Path, PathBuf};

use coexist_design::language::{Beginning, blank, is_name};
use coexist_report::Style;

use crate::args::DesignNewArgs;
use crate::env::Env;
use crate::failure::Failure;
use crate::output;

/// Writes a new design. What was not given is asked on a terminal, and a default elsewhere.
pub(super) fn new(
    args: &DesignNewArgs,
    repo: &Path,
    style: &Style,
    env: &Env,
) -> Result<u8, Failure> {
    let usual = Beginning::default();
    let may_ask = env.stdin_is_terminal && env.stderr_is_terminal;
    let ask = |question: &str, default: &str| match may_ask {
        true => answer(question, default),
        false => default.to_owned(),
    };
    let name = match &args.name {
        Some(name) => name.clone(),
        None => ask("What is the design called?", &usual.name),
    };
    let services = match args.services.as_slice() {
        [] => listed(&ask(
            "Which services, the coordinating one first?",
            &usual.services.join(", "),
        )),
        given => given.to_vec(),
    };
    let key = match &args.key {
        Some(key) => key.clone(),
        None => ask("What is the key of one order, booking, …?", &usual.key),
    };
    for word in services.iter().chain([&name, &key]) {
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
    let text = blank(&Beginning {
        name,
        services,
        key,
    });
    output::save(&path, &text)?;
    let shown = style.clean(&file.display().to_string());
    output::note(&format!(
        "wrote {shown}\nNext: fill in each TODO; coexist design check {shown} lists what is open\n"
    ));
    Ok(0)
}

fn listed(text: &str) -> Vec<String> {
    let names = text
        .split([',', ' '])
        .map(str::trim)
        .filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// Asks on stderr and reads a line; an empty one is the default.
fn answer(question: &str, default: &str) -> String {
    output::note(&format!("{question} [{default}] "));
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line);
    match line.trim() {
        "" => default.to_owned(),
        _ if read.is_err() => default.to_owned(),
        said => said.to_owned(),
    }
}
