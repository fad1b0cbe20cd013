//! What can go wrong, in AWS's words where AWS has some.

use crate::evaluate::Denied;

/// Every failure of this crate. [`Error::code`] is AWS's code for it; which HTTP status that has, `aws-api` alone
/// decides.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing has this name.
    #[error("{0}")]
    NoSuchEntity(String),
    /// Something has this name already.
    #[error("{0}")]
    EntityAlreadyExists(String),
    /// Others depend on what was to be removed.
    #[error("{0}")]
    DeleteConflict(String),
    /// There are as many of these as there may be.
    #[error("{0}")]
    LimitExceeded(String),
    /// A document that is no policy, or none of the kind that is needed.
    #[error("{0}")]
    MalformedPolicyDocument(String),
    /// A value that is not formed as it must be.
    #[error("{0}")]
    Validation(String),
    /// A value that is formed well and makes no sense.
    #[error("{0}")]
    InvalidInput(String),
    /// The policy is AWS's, and nobody changes it.
    #[error("{0}")]
    Unmodifiable(String),
    /// A policy does not allow it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No policy could allow it.
    #[error("{0}")]
    Forbidden(String),
    /// More sessions than this daemon keeps.
    #[error("Rate exceeded: there are as many sessions as this daemon keeps; try again when some have expired")]
    Throttled,
    /// The record failed.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// What this crate's functions give.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// AWS's code for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSuchEntity(_) => "NoSuchEntity",
            Self::EntityAlreadyExists(_) => "EntityAlreadyExists",
            Self::DeleteConflict(_) => "DeleteConflict",
            Self::LimitExceeded(_) => "LimitExceeded",
            Self::MalformedPolicyDocument(_) => "MalformedPolicyDocument",
            Self::Validation(_) => "ValidationError",
            Self::InvalidInput(_) => "InvalidInput",
            Self::Denied(_) | Self::Forbidden(_) | Self::Unmodifiable(_) => "AccessDenied",
            Self::Throttled => "Throttling",
            Self::Store(_) => "ServiceFailure",
        }
    }
}
