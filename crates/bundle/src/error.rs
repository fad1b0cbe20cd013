//! What is wrong with a bundle, and what in it is not honoured.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::limits;

/// What an operation gives.
pub type Result<T> = std::result::Result<T, Error>;

/// A place in a text, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// Why a bundle cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The archive as a whole is broken or hostile.
    #[error("the source bundle {why}")]
    Archive {
        /// What is wrong, and what to do.
        why: String,
    },
    /// An entry of the archive is broken or hostile.
    #[error("the source bundle's entry {name:?} {why}")]
    Entry {
        /// Its name.
        name: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nothing in the bundle says what to run.
    #[error("the source bundle does not say what to run: {why}")]
    NothingToRun {
        /// What is there instead, and what to do.
        why: String,
    },
    /// A file says something that cannot be done.
    #[error("{file}:{}:{}: {why}", at.line, at.column)]
    Invalid {
        /// The file's name in the bundle.
        file: String,
        /// Where in it.
        at: Position,
        /// What is wrong, and what to do.
        why: String,
    },
    /// A `Dockerrun.aws.json` of a version that does not exist. The beginning is AWS's text, for which clients look.
    #[error(
        "ECS Application sourcebundle validation error: Unsupported AWSEBDockerrunVersion: {version} \
         ({file}:{}:{}; there are 1, 2 and 3)",
        at.line, at.column
    )]
    UnsupportedDockerrunVersion {
        /// The file's name in the bundle.
        file: String,
        /// Where in it.
        at: Position,
        /// What is written there.
        version: String,
    },
    /// A file is larger than such files are.
    #[error("{file} has more than {most} bytes")]
    TooLarge {
        /// The file's name in the bundle.
        file: String,
        /// The bound.
        most: u64,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
}

impl Error {
    pub(crate) fn archive(why: impl Into<String>) -> Self {
        Self::Archive { why: why.into() }
    }

    pub(crate) fn entry(name: &str, why: impl Into<String>) -> Self {
        Self::Entry { name: cut(name), why: why.into() }
    }

    pub(crate) fn io(path: impl AsRef<Path>, source: impl Into<std::io::Error>) -> Self {
        Self::Io { path: path.as_ref().to_owned(), source: source.into() }
    }
}

/// What is wrong at a place of a document, before it is known which file it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) at: Position,
    pub(crate) why: String,
}

impl Fault {
    pub(crate) fn new(at: Position, why: impl Into<String>) -> Self {
        Self { at, why: why.into() }
    }

    pub(crate) fn of(self, file: &str) -> Error {
        Error::Invalid { file: file.to_owned(), at: self.at, why: self.why }
    }
}

/// Something that a bundle asks for and that is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// The file's name in the bundle.
    pub file: String,
    /// Where in it, if it is about a place.
    pub at: Option<Position>,
    /// What is not done, and why.
    pub what: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.at {
            Some(at) => write!(f, "{}:{}:{}: {}", self.file, at.line, at.column, self.what),
            None => write!(f, "{}: {}", self.file, self.what),
        }
    }
}

/// The warnings about one file.
#[derive(Debug)]
pub(crate) struct Notes<'a> {
    file: &'a str,
    list: &'a mut Vec<Warning>,
}

impl<'a> Notes<'a> {
    pub(crate) fn new(file: &'a str, list: &'a mut Vec<Warning>) -> Self {
        Self { file, list }
    }

    /// Says something once.
    pub(crate) fn warn(&mut self, at: impl Into<Option<Position>>, what: impl Into<String>) {
        let warning = Warning { file: self.file.to_owned(), at: at.into(), what: what.into() };
        if self.list.len() < limits::WARNINGS && !self.list.contains(&warning) {
            self.list.push(warning);
        }
    }
}

/// The beginning of a stranger's text, for a message.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(limits::QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A stranger's text in quotes, its control characters escaped.
pub(crate) fn quoted(text: &str) -> String {
    format!("{:?}", cut(text))
}
