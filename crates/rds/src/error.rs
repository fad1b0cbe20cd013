//! What can go wrong, told so that the one who asked knows what to do.

use crate::name::{InstanceName, SnapshotName};

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Every failure of a call. Which code and status each becomes is the wire's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No instance of that name.
    #[error("DBInstance {0} not found.")]
    NoSuchInstance(String),
    /// There is one of that name.
    #[error("DB instance already exists: {0}")]
    InstanceExists(InstanceName),
    /// No snapshot of that name.
    #[error("DBSnapshot not found: {0}")]
    NoSuchSnapshot(String),
    /// There is one of that name.
    #[error("Cannot create the snapshot because a snapshot with the identifier {0} already exists.")]
    SnapshotExists(SnapshotName),
    /// It is not in a state in which that could be done.
    #[error("{0}")]
    InstanceState(String),
    /// It is not in a state in which that could be done.
    #[error("{0}")]
    SnapshotState(String),
    /// More than there may be.
    #[error("There are {0} DB instances already, which is the limit.")]
    TooManyInstances(usize),
    /// More than there may be.
    #[error("There are {0} DB snapshots already, which is the limit.")]
    TooManySnapshots(usize),
    /// A parameter that cannot be.
    #[error("{0}")]
    Parameter(String),
    /// Parameters that cannot be together, or not here.
    #[error("{0}")]
    Combination(String),
    /// The record could not be written.
    #[error("{0}")]
    Store(String),
}

impl Error {
    pub(crate) fn parameter(message: impl Into<String>) -> Self {
        Self::Parameter(message.into())
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error.to_string())
    }
}
