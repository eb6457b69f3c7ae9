//! Statements to the tree, by the word that each begins with.
//!
//! A statement that is not understood is one problem and is left out; the next one is read as if nothing had been.

mod condition;
mod cursor;
mod handler;
mod plan;
mod service;
mod transport;
mod values;
mod workflow;

use coexist_model::nearest;

use super::node::{self, Block, Node};
use super::{Design, Problem};

use cursor::{Cursor, Notes};

/// What was read of a text.
#[derive(Debug, Clone, Default)]
pub struct Parsed {
    /// The design, as far as it was understood.
    pub design: Design,
    /// What was not understood, by place.
    pub problems: Vec<Problem>,
}

/// Reads the text of a design. Whatever the text, it gives a result; where there are problems, it is not whole.
pub fn parse(text: &str) -> Parsed {
    let nodes = node::nodes(text);
    let mut notes = Notes {
        problems: nodes.problems,
        gaps: Vec::new(),
    };
    let mut design = Design::default();
    each(&nodes.root, FILE, &mut notes, |word, cursor| {
        statement(word, cursor, &mut design);
    });
    let named = nodes
        .root
        .nodes
        .iter()
        .any(|n| n.first().is_some_and(|t| t.is_word("design")));
    if !named {
        notes.problem(Problem::new(
            super::Span::new(0, 0),
            "the file does not say which design it is",
            "reports, alerts and tests name the design",
            "begin it with `design NAME 1`",
        ));
    }
    design.gaps = notes.gaps;
    design.gaps.sort();
    design.gaps.dedup();
    notes.problems.sort_by_key(|p| p.span);
    Parsed {
        design,
        problems: notes.problems,
    }
}

/// The words that begin a statement in one kind of block.
#[derive(Debug, Clone, Copy)]
struct Words {
    /// What the block is, with its article: "a service".
    of: &'static str,
    /// The words.
    known: &'static [&'static str],
}

const FILE: Words = Words {
    of: "a design",
    known: &[
        "design",
        "justify",
        "rejected",
        "service",
        "external",
        "channel",
        "envelope",
        "evolve",
        "workflow",
        "truth",
        "reconcile",
        "signal",
        "explore",
    ],
};

fn statement(word: &str, cursor: &mut Cursor<'_, '_>, design: &mut Design) {
    match word {
        "design" => plan::design(cursor, design),
        "justify" => design.justifications.extend(plan::justification(cursor)),
        "rejected" => design.rejected.extend(plan::justification(cursor)),
        "service" => design.services.extend(service::service(cursor)),
        "external" => design.externals.extend(transport::external(cursor)),
        "channel" => design.channels.extend(transport::channel(cursor)),
        "envelope" => design.envelope = Some(plan::envelope(cursor)),
        "evolve" => design.evolution = plan::evolution(cursor),
        "workflow" => design.workflows.extend(workflow::workflow(cursor)),
        "truth" => design.truths.extend(plan::truth(cursor)),
        "reconcile" => design.reconciliations.extend(plan::reconciliation(cursor)),
        "signal" => design.signals.extend(plan::signal(cursor)),
        _ => design.explore = Some(plan::explore(cursor)),
    }
}

/// Reads each statement of a block by its first word, which is one of the known ones.
fn each<'a, 'n>(
    block: &'n Block<'a>,
    words: Words,
    notes: &mut Notes,
    mut read: impl FnMut(&'a str, &mut Cursor<'a, '_>),
) {
    for node in &block.nodes {
        let mut cursor = Cursor::new(node, notes);
        match cursor.peek().filter(|t| words.known.contains(&t.text)) {
            Some(token) => {
                cursor.next();
                read(token.text, &mut cursor);
                cursor.finish("a statement ends at the end of its line, or with `;`");
            }
            None => unknown(node, words, notes),
        }
    }
}

/// Tells that a block has no such statement, and which word was probably meant.
fn unknown(node: &Node<'_>, words: Words, notes: &mut Notes) {
    if notes.is_full() {
        return;
    }
    let Some(token) = node.first() else {
        notes.problem(Problem::new(
            node.span(),
            "this block belongs to no statement",
            "what stands in it would never be checked",
            format!(
                "put the word that it belongs to before it: {}",
                words.known.join(", ")
            ),
        ));
        return;
    };
    let near = match nearest(token.text, words.known) {
        Some(near) => format!("did you mean `{near}`? {} takes ", words.of),
        None => format!("{} takes ", words.of),
    };
    notes.problem(Problem::new(
        token.span,
        format!("`{}` begins no statement of {}", token.text, words.of),
        "a statement that is not understood would never be checked",
        format!("{near}{}", words.known.join(", ")),
    ));
}

/// Tells that an option is none of the known ones.
fn unknown_option(cursor: &mut Cursor<'_, '_>, of: &str, known: &[&str]) {
    let here = cursor.here();
    let text = cursor
        .peek()
        .map_or_else(|| "{".to_owned(), |t| t.text.to_owned());
    let help = match nearest(&text, known) {
        Some(near) => format!("did you mean `{near}`? {of} takes {}", known.join(", ")),
        None => format!("{of} takes {}", known.join(", ")),
    };
    cursor.fail(
        here,
        format!("`{text}` says nothing about {of}"),
        "a word that is not understood would never be checked",
        help,
    );
}

#[cfg(test)]
mod tests;
