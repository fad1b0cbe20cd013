//! What can go wrong, told so that the one who asked knows what to do.

use crate::name::CertificateArn;

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// Every failure of a call. Which code each becomes is the wire's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Nothing has this ARN.
    #[error("Could not find certificate {0}.")]
    NoSuchCertificate(String),
    /// What was asked for cannot be.
    #[error("{0}")]
    Invalid(String),
    /// What was given is no ARN of a certificate.
    #[error("The ARN {0} does not refer to a valid ACM certificate.")]
    InvalidArn(String),
    /// A tag that none may be.
    #[error("{0}")]
    InvalidTag(String),
    /// More tags than a certificate may have.
    #[error("The certificate {0} would have more than {limit} tags.", limit = crate::limits::TAGS)]
    TooManyTags(CertificateArn),
    /// More of something than there may be.
    #[error("{0}")]
    OverLimit(String),
    /// The record could not be written.
    #[error("{0}")]
    Store(String),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error.to_string())
    }
}
