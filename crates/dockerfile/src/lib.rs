//! The language of Dockerfiles, as BuildKit reads it: the current stable syntax.
//!
//! ```text
//!   text ─► logical lines ─► keyword, flags, arguments ─► Instruction ─► Dockerfile, with warnings
//!           (lines, heredoc,  (node, split)               (read, run)    (text, check)
//!            directives)
//!   a text of an instruction + variables ─► expand ─► a word, or words
//!   .dockerignore, --exclude ─► ignore (glob)
//!   commit --change ─► apply
//! ```
//!
//! Parsers without I/O, and without an opinion on scopes of variables: who evaluates a Dockerfile has those. Source: the
//! Dockerfile reference, and BuildKit's parser for what it leaves open.
#![forbid(unsafe_code)]

mod apply;
pub mod check;
mod directives;
mod error;
mod expand;
mod flags;
mod glob;
mod heredoc;
pub mod ignore;
mod instruction;
mod lines;
mod node;
mod pattern;
mod ports;
pub mod predefined;
mod quote;
mod read;
mod run;
mod span;
mod split;
mod text;

use oci::image::Execution;

pub use apply::apply;
pub use check::{Check, Checks, Rule, Warning};
pub use directives::{Directives, syntax};
pub use error::{SyntaxError, Wrong, nearest};
pub use expand::{Expansion, Lexer, Unset, Variables};
pub use heredoc::Heredoc;
pub use instruction::{
    Add, Argument, Command, Copy, Expander, From, InlineFile, Instruction, Pair, Part, Stage, Transfer,
};
pub use ports::ports;
pub use run::{Device, Mount, Network, Run, Script, Security, Sharing};
pub use span::{Located, Position, Span};
pub use text::Dockerfile;

/// What is wrong, and on which line of the text, from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("dockerfile parse error on line {line}: {why}")]
pub struct Error {
    /// The line on which the instruction begins.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// The longest text that is read, and the most that is made of it: far beyond any Dockerfile.
pub const TEXT_BYTES: usize = 1 << 20;

/// The longest line, without its end: BuildKit reads no longer one.
pub const LINE_BYTES: usize = 65_535;

/// Applies instructions, one a line, to what an image says of itself. Those that make layers or name other images are
/// no changes.
///
/// # Errors
/// [`Error`] with the line of the first instruction that is none, or cannot be applied.
pub fn change(text: &str, execution: &mut Execution) -> Result<(), Error> {
    apply::change(text, execution)
}
