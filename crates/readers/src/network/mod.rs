//! What runs under which name, and the addresses by which one process reaches another.
//!
//! Each function takes one file and returns what it says, as it is written: whether anything of that name runs is for those who see
//! all files. Deployment files tell what runs ([`compose()`], [`kubernetes()`], [`image()`]), and these and others tell addresses
//! ([`proxied()`], [`settings()`], [`crate::code::addresses`]); [`contracts()`] tells what is offered.

mod compose;
mod contracts;
mod image;
mod kubernetes;
mod nginx;
mod settings;
mod variables;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use coexist_model::{File, Mention, Place, Process};

use crate::deploy::yaml::Yaml;

pub use compose::{compose, is_compose};
pub use contracts::{Channels, channels, contracts};
pub use image::{Image, image};
pub use kubernetes::{Manifest, kubernetes};
pub use nginx::proxied;
pub use settings::{Setting, settings};
pub use variables::{Variables, filled, variables};

/// What a deployment file says.
#[derive(Debug, Clone, Default)]
pub struct Deployed {
    /// What it starts.
    pub processes: Vec<Process>,
    /// The variables that it sets.
    pub mentions: Vec<Mention>,
    /// The files of variables that a process is given: the process, and the path.
    pub variable_files: Vec<(String, String)>,
    /// What a process is built from: the process, and the path of the Dockerfile.
    pub images: Vec<(String, String)>,
    /// What could not be read: the path, and why.
    pub problems: Vec<(String, String)>,
}

/// Values by the name of a setting, with where each is set.
pub type Placed = BTreeMap<String, (String, Place)>;

/// Processes that are read of one file; a page of anchors stands for very many.
const PROCESS_LIMIT: usize = 500;
/// Variables that are read of one process.
const VARIABLE_LIMIT: usize = 1_000;

/// Returns what could not be read of a file, for people.
fn problems(file: &File, yaml: &Yaml) -> Vec<(String, String)> {
    let problems = yaml.problems.iter();
    let told = problems.map(|(at, what)| {
        let line = file.place(at.clone()).line;
        (file.path.to_string(), format!("line {line}: {what}"))
    });
    told.collect()
}

/// Returns the path of a name in a folder, with `.` and `..` resolved; None where it leaves the tree.
pub fn within(dir: &str, relative: &str) -> Option<String> {
    let mut parts: Vec<&str> = dir.split('/').filter(|p| !p.is_empty()).collect();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Returns the folder of a path; empty for the root.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(dir, _)| dir)
}

/// Returns the name of an image without tag and digest, at most the last two parts of it; None where it is not known.
fn image_name(image: &str) -> Option<String> {
    let image = image.split('@').next()?;
    let (owner, last) = image.rsplit_once('/').unwrap_or(("", image));
    let name = last.split(':').next()?;
    let owner = owner.rsplit('/').next().unwrap_or(owner);
    let known = |part: &str| !part.is_empty() && !part.contains(['$', '{', '}', '.', ':']);
    match (
        known(owner),
        name.is_empty() || name.contains(['$', '{', '}']),
    ) {
        (_, true) => None,
        (true, _) => Some(format!("{owner}/{name}")),
        (false, _) => Some(name.to_owned()),
    }
}
