//! Jsonnet, as far as its object fields show: `alert: 'Slow'`, `readinessProbe: {…}`. It is read and not evaluated: what a call, a
//! condition or a reference stands for stays an expression, and the objects and lists inside it are still seen.

mod lexer;
mod parser;

use coexist_model::{File, Reading, SurfaceKind};

use super::sheet::Sheet;
use super::tree::{Node, Value};
use super::{alerts, kubernetes};

/// Reads a `.jsonnet` or `.libsonnet` file.
pub(super) fn read(file: &File) -> Reading {
    let mut reading = Reading::default();
    let tree = match parser::parse(&file.text) {
        Ok(tree) => tree,
        Err((at, what)) => {
            reading.problems.push(super::problem(file, at, &what));
            return reading;
        }
    };
    alerts::anywhere(file, &tree, &mut reading);
    tree.walk(&mut |node| {
        if kubernetes::is_object(node) {
            kubernetes::read(file, node, &mut reading);
        }
    });
    let stem = file
        .path
        .rsplit_once('.')
        .map_or(&*file.path, |(stem, _)| stem);
    let mut sheet = Sheet::new(file, SurfaceKind::Workload, format!("jsonnet/{stem}"), 0..0);
    loose(&mut sheet, &tree, "");
    if !sheet.is_empty() {
        reading.schemas.push(sheet.schema());
    }
    reading
}

/// Fields that guard a rollout in the libraries that make workloads.
const FIELDS: &[(&str, &str)] = &[
    ("readinessProbe", "readiness-probe"),
    ("livenessProbe", "liveness-probe"),
    ("startupProbe", "startup-probe"),
];

/// Adds the probes that stand outside of a Kubernetes object, under the names of the fields around them.
fn loose(sheet: &mut Sheet<'_>, node: &Node, around: &str) {
    match &node.value {
        _ if kubernetes::is_object(node) => {}
        Value::Map(pairs) => {
            for (key, value) in pairs {
                let name = key.text().unwrap_or_default();
                if let Some((_, setting)) = FIELDS.iter().find(|(field, _)| *field == name)
                    && value.value != Value::Null
                    && value.text() != Some("null")
                {
                    let setting = if around.is_empty() {
                        (*setting).to_owned()
                    } else {
                        format!("{setting}/{around}")
                    };
                    sheet.set_next(
                        &setting,
                        &value.flow(),
                        key.at.start..value.at.end.max(key.at.end),
                    );
                    continue;
                }
                // The innermost name is the container's or the workload's.
                let inner = if matches!(value.value, Value::Map(_) | Value::Opaque(..))
                    && !name.is_empty()
                {
                    name
                } else {
                    around
                };
                loose(sheet, value, inner);
            }
        }
        Value::List(nodes) | Value::Opaque(_, nodes) => {
            nodes.iter().for_each(|n| loose(sheet, n, around));
        }
        Value::Null | Value::Scalar(_) => {}
    }
}

#[cfg(test)]
mod tests;
