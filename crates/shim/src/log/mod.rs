//! The json-file log: Docker's format, written by the shim, read for `logs`.

mod reader;
mod writer;

use serde::{Deserialize, Serialize};
use words::Timestamp;

pub use reader::{Reader, Want};
pub(crate) use writer::Writer;

/// Standard output or standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    /// Standard output, or everything of a terminal.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Stream {
    /// Its number in Docker's 8-byte frame headers.
    pub fn number(self) -> u8 {
        match self {
            Self::Stdout => 1,
            Self::Stderr => 2,
        }
    }
}

/// One entry: a line with its line feed, or a piece of a long one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The text. Bytes that are no UTF-8 are replaced, as Docker's format has it.
    pub log: String,
    /// Where it was written to.
    pub stream: Stream,
    /// When.
    pub time: Timestamp,
}
