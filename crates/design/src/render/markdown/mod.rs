//! The documents of a design review as one page of Markdown.

mod checklist;
mod consistency;
mod contracts;
mod events;
mod ownership;
mod repair;
mod sequence;
mod signals;
mod text;

use crate::language::Problem;

use super::sheet::{Sheet, draw};
use text::{code, prose};

/// A document: its heading and what writes it.
type Part = (&'static str, fn(&Sheet<'_>) -> String);

/// The documents, in order.
const PARTS: &[Part] = &[
    ("Service and ownership map", ownership::page),
    ("Contracts", contracts::page),
    ("Consistency decisions", consistency::page),
    ("Event and retry flow", events::page),
    ("Reconciliation and compensation", repair::page),
    ("Stuck workflows and replay", signals::page),
    ("Review checklist", checklist::page),
    ("Assumptions", checklist::assumptions),
];

/// Returns the documents of a design, or what has to be mended in its text first.
pub fn markdown(path: &str, text: &str) -> Result<String, Vec<Problem>> {
    draw(path, text, |sheet| {
        let design = sheet.design();
        let version = design
            .version
            .map(|v| format!(", version {}", v.value))
            .unwrap_or_default();
        let mut out = format!(
            "# {}{version}\n\nDrawn from {}; *line* is a line of that file.\n",
            prose(&design.name.text),
            code(&sheet.scene.file.path)
        );
        for (number, (heading, page)) in PARTS.iter().enumerate() {
            out.push_str(&format!("\n## {}. {heading}\n\n", number + 1));
            out.push_str(&page(sheet));
        }
        out
    })
}

#[cfg(test)]
mod tests;
