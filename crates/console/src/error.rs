//! What can go wrong between a browser and the two APIs.

use http::StatusCode;

/// What can go wrong between a browser and the two APIs.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The AWS API refuses.
    #[error("{code}: {message}")]
    Refused {
        /// Its status.
        status: StatusCode,
        /// Its code.
        code: String,
        /// Its words.
        message: String,
    },
    /// The Docker API refuses, or cannot be reached.
    #[error(transparent)]
    Docker(#[from] client::Error),
    /// The AWS API cannot be reached, or answers with something else.
    #[error("the AWS API does not answer {what}: {reason}")]
    Unanswered {
        /// What was asked.
        what: String,
        /// What happened.
        reason: String,
    },
    /// There is no such thing.
    #[error("There is no {noun} named {name}.")]
    Missing {
        /// What kind of thing.
        noun: &'static str,
        /// Its name.
        name: String,
    },
    /// There is no such page.
    #[error("There is no page {0}.")]
    NoPage(String),
    /// A form that is none of ours, or is not filled in.
    #[error("{0}")]
    Form(String),
    /// Nothing that could be chosen.
    #[error("{0}")]
    Nothing(String),
    /// A request that another site may have sent.
    #[error("{0}")]
    CrossSite(&'static str),
    /// Too long a body.
    #[error("{0}")]
    TooLong(String),
    /// Who asks may not.
    #[error("{0}")]
    Forbidden(String),
    /// A page that cannot be written.
    #[error("the page cannot be written: {0}")]
    Template(#[from] askama::Error),
}

impl Error {
    /// The status of the answer.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Refused { status, .. } => *status,
            Self::Docker(client::Error::Status { status, .. }) => *status,
            Self::Docker(_) | Self::Unanswered { .. } => StatusCode::BAD_GATEWAY,
            Self::Missing { .. } | Self::NoPage(_) => StatusCode::NOT_FOUND,
            Self::Form(_) => StatusCode::BAD_REQUEST,
            Self::Nothing(_) => StatusCode::CONFLICT,
            Self::CrossSite(_) | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::TooLong(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Template(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What it is called: the API's code, or a short word of ours.
    pub(crate) fn code(&self) -> &str {
        match self {
            Self::Refused { code, .. } => code,
            Self::Docker(client::Error::Status { .. }) => "The engine refuses",
            Self::Docker(_) | Self::Unanswered { .. } => "No answer",
            Self::Missing { .. } | Self::NoPage(_) => "Not found",
            Self::Form(_) => "Not filled in",
            Self::Nothing(_) => "Nothing to choose",
            Self::CrossSite(_) => "Refused",
            Self::Forbidden(_) => "Not allowed",
            Self::TooLong(_) => "Too long",
            Self::Template(_) => "Internal error",
        }
    }

    /// What is said of it.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Refused { message, .. } => message.clone(),
            other => other.to_string(),
        }
    }

    /// Whether what was asked for cannot be the name of anything.
    pub(crate) fn is_no_name(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if matches!(code.as_str(), "ValidationError" | "InvalidParameterValue"))
    }

    /// Whether the key of the session is good no more.
    pub(crate) fn is_key(&self) -> bool {
        matches!(self, Self::Refused { code, .. }
            if matches!(code.as_str(), "InvalidClientTokenId" | "SignatureDoesNotMatch" | "ExpiredToken"))
    }
}
