//! The documents of a design as sections of text and pictures; how they are written down is not decided here.

use coexist_model::DesignReport;

use super::documents::text::{code, prose};
use super::documents::{
    checklist, consistency, contracts, events, failures, ownership, repair, signals,
};
use super::picture::Picture;
use super::sheet::Sheet;

/// A piece of a section.
pub(super) enum Block {
    /// Markdown.
    Text(String),
    /// A picture.
    Picture(Picture),
}

/// A section: its heading, and what stands under it.
pub(super) struct Section {
    pub(super) heading: &'static str,
    pub(super) blocks: Vec<Block>,
}

/// The documents of a design.
pub(super) struct Document {
    /// The name of the design, as it is written.
    pub(super) name: String,
    /// What the page is called, in Markdown.
    pub(super) title: String,
    /// What stands first, in Markdown.
    pub(super) introduction: String,
    pub(super) sections: Vec<Section>,
}

/// Lays the documents out.
pub(super) fn document(sheet: &Sheet<'_>, proof: Option<&DesignReport>) -> Document {
    let design = sheet.design();
    let version = design.version.map(|v| format!(", version {}", v.value));
    let text = |page: fn(&Sheet<'_>) -> String| vec![Block::Text(page(sheet))];
    let sections = [
        ("Service and ownership map", ownership::page(sheet)),
        ("Contracts", text(contracts::page)),
        ("Consistency decisions", text(consistency::page)),
        ("Event and retry flow", events::page(sheet)),
        ("Reconciliation and compensation", text(repair::page)),
        ("Stuck workflows and replay", text(signals::page)),
        ("Failures that were tried", failures::page(sheet, proof)),
        ("Review checklist", text(checklist::page)),
        ("Assumptions", text(checklist::assumptions)),
    ];
    Document {
        name: design.name.text.clone(),
        title: format!(
            "{}{}",
            prose(&design.name.text),
            version.unwrap_or_default()
        ),
        introduction: format!(
            "Drawn from {}; *line* is a line of that file.\n",
            code(&sheet.scene.file.path)
        ),
        sections: sections
            .into_iter()
            .map(|(heading, blocks)| Section { heading, blocks })
            .collect(),
    }
}
