//! What can go wrong, in Route 53's words.

use crate::name::{ChangeId, ZoneId};

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Every failure of a call. Which code and status each becomes is the wire's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No zone of that id.
    #[error("No hosted zone found with ID: {0}")]
    NoSuchZone(ZoneId),
    /// No change of that id, or none any more.
    #[error("Could not find resource with ID: {0}")]
    NoSuchChange(ChangeId),
    /// The reference of a zone that is there.
    #[error("A hosted zone has already been created with the specified caller reference.")]
    ZoneExists,
    /// A zone that has records of its owner's.
    #[error("The specified hosted zone contains non-required resource record sets and so cannot be deleted.")]
    NotEmpty,
    /// Not a domain name.
    #[error("{0:?} is not a valid domain name: labels of 1 to 63 letters, digits, hyphens and underscores")]
    Name(String),
    /// Changes that cannot be, each with the reason.
    #[error("[{}]", .0.join(", "))]
    Batch(Vec<String>),
    /// What cannot be, or is not done here.
    #[error("{0}")]
    Input(String),
    /// More zones than there may be.
    #[error("There are {0} hosted zones already, which is the limit.")]
    TooManyZones(usize),
    /// The record could not be written.
    #[error("{0}")]
    Store(String),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error.to_string())
    }
}
