//! The documents as one page of Markdown, with pictures for Mermaid.

use coexist_model::DesignReport;

use crate::language::Problem;

use super::document::{Block, document};
use super::sheet::draw;

/// Returns the documents of a design and what was proved of it, or what has to be mended in its text first.
pub fn markdown(
    path: &str,
    text: &str,
    proof: Option<&DesignReport>,
) -> Result<String, Vec<Problem>> {
    draw(path, text, |sheet| {
        let document = document(sheet, proof);
        let mut out = format!("# {}\n\n{}", document.title, document.introduction);
        for (number, section) in document.sections.iter().enumerate() {
            out.push_str(&format!("\n## {}. {}\n", number + 1, section.heading));
            for block in &section.blocks {
                out.push('\n');
                match block {
                    Block::Text(text) => out.push_str(text),
                    Block::Picture(picture) => {
                        out.push_str(&format!("```mermaid\n{}```\n", picture.mermaid()));
                    }
                }
            }
        }
        out
    })
}
