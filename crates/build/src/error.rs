//! Why a build failed, and where in its Dockerfile.

use std::sync::Arc;

use dockerfile::Span;
use oci::Digest;

/// What a step of a build gives.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a build failed. Clones share the cause: one vertex that fails, fails all that wait for it.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{why}")]
pub struct Error {
    /// The cause.
    pub why: Arc<Why>,
    /// The vertex that failed.
    pub vertex: Option<Digest>,
    /// The lines that it was made from.
    pub at: Option<Location>,
}

/// A text that locations point into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name, as the client gave it.
    pub name: String,
    /// What it holds.
    pub text: Vec<u8>,
}

/// A place in a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The lines.
    pub span: Span,
}

/// The causes.
#[derive(Debug, thiserror::Error)]
pub enum Why {
    /// The Dockerfile or the request makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// Something that is named is not there.
    #[error("{0}")]
    NotFound(String),
    /// The build would need a right that was not given (`--allow`).
    #[error("{0}")]
    Forbidden(String),
    /// A program of a step has ended with an error.
    #[error("process {command:?} did not complete successfully: exit code: {code}")]
    Exit {
        /// What was run, as people read it.
        command: String,
        /// Its exit code; 128+n after signal n.
        code: i32,
    },
    /// This version does not do it.
    #[error("{0} is not implemented by this version of dabba")]
    NotImplemented(String),
    /// The client went away or would not give what was asked.
    #[error("{0}")]
    Client(String),
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] engine::Error),
    /// The image store failed.
    #[error(transparent)]
    Image(#[from] image::Error),
    /// Files could not be copied or digested.
    #[error(transparent)]
    Tree(#[from] tree::Error),
    /// A file of ours could not be read or written.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: String,
        /// The system's word.
        source: std::io::Error,
    },
}

impl<T: Into<Why>> From<T> for Error {
    fn from(why: T) -> Self {
        Self { why: Arc::new(why.into()), vertex: None, at: None }
    }
}

impl Error {
    /// A request or a Dockerfile that makes no sense.
    pub fn invalid(why: impl Into<String>) -> Self {
        Why::Invalid(why.into()).into()
    }

    /// The client's fault.
    pub fn client(why: impl std::fmt::Display) -> Self {
        Why::Client(why.to_string()).into()
    }

    /// A file or a process that did not do what it should.
    pub fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Why::Io { what: what.into(), source }.into()
    }

    /// Says which lines are to blame, unless that was said already.
    pub(crate) fn located(mut self, at: Option<Location>) -> Self {
        self.at = self.at.or(at);
        self
    }
}
