//! Settings files of programs: Java properties, and the YAML and JSON of Spring and .NET.

use coexist_model::{File, Place};

use crate::deploy::tree::{Node, Value};
use crate::deploy::yaml;

/// A setting: its name, its value as it is written, and where.
pub type Setting = (String, String, Place);

/// Settings that are read of one file.
const LIMIT: usize = 5_000;

/// Returns the settings of a file, the names of nested ones joined by dots.
pub fn settings(file: &File) -> Vec<Setting> {
    match file.path.ends_with(".properties") {
        true => properties(file),
        false => tree(file),
    }
}

/// <https://docs.oracle.com/javase/8/docs/api/java/util/Properties.html#load-java.io.Reader->
fn properties(file: &File) -> Vec<Setting> {
    let mut found = Vec::new();
    let mut start = 0;
    for line in file.text.split_inclusive('\n') {
        let at = start..start + line.trim_end().len();
        start += line.len();
        let line = line.trim();
        let pair = line.split_once(['=', ':']);
        if let Some((name, value)) = pair.filter(|_| !line.starts_with(['#', '!']))
            && found.len() < LIMIT
        {
            found.push((
                name.trim().to_owned(),
                value.trim().to_owned(),
                file.place(at),
            ));
        }
    }
    found
}

fn tree(file: &File) -> Vec<Setting> {
    let mut found = Vec::new();
    for document in &yaml::read(&file.text).documents {
        if is_for_tests(document) {
            continue;
        }
        let mut open: Vec<(String, &Node)> = vec![(String::new(), document)];
        while let Some((name, node)) = open.pop() {
            let below = |key: &str| match name.is_empty() {
                true => key.to_owned(),
                false => format!("{name}.{key}"),
            };
            match &node.value {
                Value::Scalar(text) if found.len() < LIMIT => {
                    found.push((name.clone(), text.clone(), file.place(node.at.clone())));
                }
                Value::List(items) => open.extend(items.iter().map(|i| (name.clone(), i))),
                Value::Map(_) if open.len() < LIMIT && name.len() < LIMIT => {
                    open.extend(node.entries().into_iter().map(|(k, _, v)| (below(k), v)));
                }
                _ => {}
            }
        }
    }
    found.sort_by_key(|(_, _, place)| (place.line, place.column));
    found
}

/// Returns whether a document of Spring holds only with a profile for tests.
fn is_for_tests(document: &Node) -> bool {
    let profile = document.text_at(&["spring", "config", "activate", "on-profile"]);
    profile.is_some_and(|p| p.split(['-', '_', ' ', '&', '|']).any(|w| w == "test"))
}
