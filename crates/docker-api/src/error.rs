//! From an error to a status: the one place.

use engine::Error;
use http::StatusCode;

/// What a handler fails with: a status and a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The status.
    pub status: StatusCode,
    /// What the client's user reads.
    pub message: String,
}

impl Failure {
    /// A request that makes no sense.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, message: message.into() }
    }

    /// Something this version does not do.
    pub fn not_implemented(what: impl std::fmt::Display) -> Self {
        let message = format!("{what} is not implemented by this version of dabba");
        Self { status: StatusCode::NOT_IMPLEMENTED, message }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self { status: status(&error), message: error.to_string() }
    }
}

impl From<build::Error> for Failure {
    fn from(error: build::Error) -> Self {
        use build::Why;
        let status = match &*error.why {
            Why::Invalid(_) | Why::Exit { .. } | Why::Client(_) | Why::Tree(_) => StatusCode::BAD_REQUEST,
            Why::NotFound(_) => StatusCode::NOT_FOUND,
            Why::Forbidden(_) => StatusCode::FORBIDDEN,
            Why::NotImplemented(_) => StatusCode::NOT_IMPLEMENTED,
            Why::Engine(error) => self::status(error),
            Why::Image(error) => image(error),
            Why::Io { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, message: error.to_string() }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self { status: StatusCode::INTERNAL_SERVER_ERROR, message: error.to_string() }
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::NoSuchContainer(_)
        | Error::NoSuchExec(_)
        | Error::NoSuchImage(_)
        | Error::NoSuchNetwork(_)
        | Error::NoSuchVolume(_)
        | Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Ambiguous(_) | Error::Invalid(_) | Error::InvalidName(_) => StatusCode::BAD_REQUEST,
        Error::NameInUse { .. } | Error::Conflict(_) | Error::NotRunning(_) | Error::ExecNotRunning(_) => {
            StatusCode::CONFLICT
        }
        Error::NotModified => StatusCode::NOT_MODIFIED,
        Error::NotImplemented(_) => StatusCode::NOT_IMPLEMENTED,
        Error::Forbidden(_) => StatusCode::FORBIDDEN,
        Error::Unauthorized(_) => StatusCode::UNAUTHORIZED,
        // A program that is not there is the request's fault, as in Docker.
        Error::Start { exit_code: 126 | 127, .. } => StatusCode::BAD_REQUEST,
        Error::Image(error) => image(error),
        Error::Start { .. } | Error::Network(_) | Error::Supervisor(_) | Error::Store(_) | Error::Io { .. } => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

fn image(error: &image::Error) -> StatusCode {
    use image::Error as Image;
    match error {
        Image::ManifestUnknown(_) | Image::Denied(_) | Image::NoPlatform(_) => StatusCode::NOT_FOUND,
        Image::Unauthorized(_) | Image::LoginRefused(_) => StatusCode::UNAUTHORIZED,
        Image::Refused(_) => StatusCode::FORBIDDEN,
        Image::Malformed(_) | Image::Unpack { .. } | Image::TooLarge(_) => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
