//! What can go wrong, in the words that Elastic Beanstalk has for it: clients compare some of them.

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why something was refused or failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A parameter that has no sense, names what is not there, or what is there already.
    #[error("{0}")]
    Parameter(String),
    /// Parameters that exclude each other.
    #[error("{0}")]
    Combination(String),
    /// A parameter that has to be there.
    #[error("{0}")]
    Missing(String),
    /// Option settings that are not to be.
    #[error("{0}")]
    Configuration(String),
    /// What is to be deleted is in use.
    #[error("{0}")]
    InProgress(String),
    /// A request for health of an environment that does not report it.
    #[error("{0}")]
    Request(String),
    /// Nothing has this ARN.
    #[error("Resource not found for ARN '{0}'.")]
    Resource(String),
    /// What has this ARN has no tags.
    #[error("Tags are not supported for the resource '{0}'.")]
    ResourceType(String),
    /// More tags than a resource may have.
    #[error("{0}")]
    Tags(String),
    /// A managed action that cannot be applied now.
    #[error("{0}")]
    ActionState(String),
    /// A bundle that could not be deleted.
    #[error("{0}")]
    BundleDeletion(String),
    /// A platform version that environments use.
    #[error("{0}")]
    PlatformInUse(String),
    /// More of something than there may be.
    #[error("{what}")]
    TooMany {
        /// Of what.
        noun: Noun,
        /// The sentence.
        what: String,
    },
    /// A task whose container could not be made.
    #[error("{0}")]
    Task(String),
    /// What this service does not do.
    #[error("{0}")]
    Unsupported(String),
    /// What cannot be done with a security group.
    #[error(transparent)]
    Group(crate::security_group::Refusal),
    /// The record could not be written.
    #[error("{0}")]
    Store(String),
    /// The buckets could not be used.
    #[error("{0}")]
    Bucket(String),
}

/// Of what there may be too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noun {
    /// Applications.
    Application,
    /// Versions of an application.
    Version,
    /// Saved configurations.
    Template,
    /// Environments.
    Environment,
    /// Platforms.
    Platform,
}

impl Error {
    /// A parameter that is refused for this reason.
    pub fn parameter(why: impl Into<String>) -> Self {
        Self::Parameter(why.into())
    }
}

impl From<crate::option::Invalid> for Error {
    fn from(invalid: crate::option::Invalid) -> Self {
        Self::Configuration(invalid.to_string())
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error.to_string())
    }
}
