//! The notation of `*.design` files: from text to a tree, and back.
//!
//! Reading has four steps, each total: whatever the text, it gives a result and a list of [`Problem`]s.
//!
//! 1. [`lexer`]: text → tokens and comments.
//! 2. [`node`]: tokens → statements and blocks, by braces, line ends and `;` alone. An error in one statement stays in it.
//! 3. [`parser`]: statements → the [`Design`], by the word that each begins with.
//! 4. [`resolve`]: names → what declares them.

mod behaviour;
mod blank;
mod export;
mod format;
pub mod lexer;
pub mod node;
pub mod parser;
mod problem;
pub mod resolve;
mod span;
pub mod tree;

pub use behaviour::*;
pub use blank::{Beginning, blank, is_name};
pub use export::export;
pub use format::format;
pub use parser::{Parsed, parse};
pub use problem::Problem;
pub(crate) use resolve::each_step;
pub use resolve::{Counted, ENDLESS, Located, Scope};
pub use span::{Name, Span, Spanned};
pub use tree::*;

/// Reads the text of a design and resolves its names. Where there are problems, the design is not whole.
pub fn read(text: &str) -> Parsed {
    let mut parsed = parse(text);
    // A statement that was left out declares nothing: names that lead to it are no error of their own.
    if parsed.problems.is_empty() {
        parsed.problems = resolve::resolve(&parsed.design);
    }
    parsed
}
