//! Dockerfiles: what an image is made of, and the variables that it sets.

use coexist_model::{File, Place};

use crate::deploy::docker::instructions;

use super::{VARIABLE_LIMIT, image_name};

/// What a Dockerfile says.
#[derive(Debug, Clone, Default)]
pub struct Image {
    /// The image that the last stage starts from, without registry and tag.
    pub from: Option<String>,
    /// The variables that it sets: the name, the value, where.
    pub variables: Vec<(String, String, Place)>,
}

/// Reads a Dockerfile. The last stage is the one that runs.
pub fn image(file: &File) -> Image {
    let all = instructions(&file.text);
    let last = all.iter().rposition(|i| i.name == "FROM").unwrap_or(0);
    let mut image = Image::default();
    for instruction in &all[last.min(all.len())..] {
        match instruction.name.as_str() {
            "FROM" => {
                let words = instruction.arguments.split_whitespace();
                let named = words.into_iter().find(|w| !w.starts_with("--"));
                image.from = named.and_then(image_name);
            }
            "ENV" => {
                let place = file.place(instruction.at.clone());
                for (name, value) in pairs(&instruction.arguments) {
                    if image.variables.len() < VARIABLE_LIMIT {
                        image.variables.push((name, value, place.clone()));
                    }
                }
            }
            _ => {}
        }
    }
    image
}

/// Returns the pairs of `ENV A=1 B="2 3"`, or the one of the old form `ENV A 1`.
fn pairs(arguments: &str) -> Vec<(String, String)> {
    let first = arguments.split_whitespace().next().unwrap_or_default();
    if !first.contains('=') {
        let pair = arguments.trim().split_once(char::is_whitespace);
        let pair = pair.map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
        return pair.into_iter().collect();
    }
    let mut found = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    for c in arguments.chars().chain([' ']) {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => quote = Some(c),
            (c, None) if c.is_whitespace() => {
                if let Some((name, value)) = word.split_once('=') {
                    found.push((name.to_owned(), value.to_owned()));
                }
                word.clear();
            }
            (c, _) => word.push(c),
        }
    }
    found
}
