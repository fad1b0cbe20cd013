//! What can go wrong, told so that the one who asked knows what to do.

use std::path::Path;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Every failure of a call. Which code and status each becomes is the wire's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No group of that name.
    #[error("The specified log group does not exist.")]
    NoSuchGroup,
    /// No stream of that name.
    #[error("The specified log stream does not exist.")]
    NoSuchStream,
    /// A group of that name is there.
    #[error("The specified log group already exists")]
    GroupExists,
    /// A stream of that name is there.
    #[error("The specified log stream already exists")]
    StreamExists,
    /// A parameter that cannot be.
    #[error("{0}")]
    Invalid(String),
    /// More of something than there may be.
    #[error("{0}")]
    OverLimit(String),
    /// The record or a file could not be written or read.
    #[error("{0}")]
    Store(String),
}

impl Error {
    pub(crate) fn invalid(why: impl Into<String>) -> Self {
        Self::Invalid(why.into())
    }

    /// What failed with a file.
    pub(crate) fn file(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |error| Self::Store(format!("{}: {error}", path.display()))
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error.to_string())
    }
}
