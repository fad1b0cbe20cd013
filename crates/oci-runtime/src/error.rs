//! What can go wrong, as its user is told.

use std::path::{Path, PathBuf};

use oci::runtime::Status;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name that is none.
    #[error("invalid container id {0:?}: letters, digits and _ + - . make one")]
    Id(String),
    /// Nobody has that name.
    #[error("container {0:?} does not exist")]
    Unknown(String),
    /// Somebody has that name.
    #[error("container with id {0:?} exists already")]
    Exists(String),
    /// It is not where in its life it would have to be.
    #[error("cannot {verb} a container that is {}: {id}", word(*.status))]
    Status {
        /// What was to be done.
        verb: &'static str,
        /// The container.
        id: String,
        /// Where it is.
        status: Status,
    },
    /// The bundle makes no sense.
    #[error("{}: {why}", path.display())]
    Bundle {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// A flag that is not supported, or does not go with the others.
    #[error("{0}")]
    Unsupported(String),
    /// The container could not be made, started or joined.
    #[error(transparent)]
    Runtime(#[from] runtime::Error),
    /// A file could not be read or written.
    #[error("{what} {}: {source}", path.display())]
    File {
        /// What was being done.
        what: &'static str,
        /// With which file.
        path: PathBuf,
        /// The system's word.
        source: std::io::Error,
    },
    /// Something could not be written as JSON.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// A status as the specification writes it.
pub(crate) fn word(status: Status) -> &'static str {
    match status {
        Status::Creating => "creating",
        Status::Created => "created",
        Status::Running => "running",
        Status::Stopped => "stopped",
    }
}

/// Adds what was being done, and with which file, to a system error.
pub(crate) trait At<T> {
    fn at(self, what: &'static str, path: &Path) -> Result<T, Error>;
}

impl<T, E: Into<std::io::Error>> At<T> for Result<T, E> {
    fn at(self, what: &'static str, path: &Path) -> Result<T, Error> {
        self.map_err(|error| Error::File { what, path: path.to_owned(), source: error.into() })
    }
}
