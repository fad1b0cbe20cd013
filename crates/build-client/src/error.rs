//! What can go wrong with a build.

use grpc::Status;
use prost::Message;
use serde::Deserialize;

use crate::{Range, SourceInfo};

pub use grpc::Code;

/// What can go wrong with a build.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The daemon cannot be reached, or has no builder.
    #[error(transparent)]
    Client(#[from] client::Error),
    /// The daemon speaks no BuildKit.
    #[error("this daemon has no builder that speaks BuildKit's protocol (it answers: {0}): use a newer one")]
    NoBuilder(String),
    /// The daemon, or the build, failed.
    #[error(transparent)]
    Refused(#[from] Box<Refusal>),
    /// The connection broke.
    #[error("the connection to the daemon broke ({0}): it has ended or was restarted, and the build with it")]
    Broken(String),
    /// Something on this side.
    #[error("{0}")]
    Local(String),
}

/// How a build failed, in the daemon's words.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// Which kind of failure.
    pub code: Code,
    /// What BuildKit's client says: the kind, unless it is of no kind, and the daemon's words.
    pub message: String,
    /// The places in files that it is about.
    pub sources: Vec<Source>,
}

/// A place in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Source {
    /// The file.
    pub info: Option<SourceInfo>,
    /// The lines.
    pub ranges: Vec<Range>,
}

/// Go's names of the codes.
fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "Canceled",
        Code::Unknown => "Unknown",
        Code::InvalidArgument => "InvalidArgument",
        Code::DeadlineExceeded => "DeadlineExceeded",
        Code::NotFound => "NotFound",
        Code::AlreadyExists => "AlreadyExists",
        Code::PermissionDenied => "PermissionDenied",
        Code::ResourceExhausted => "ResourceExhausted",
        Code::FailedPrecondition => "FailedPrecondition",
        Code::Aborted => "Aborted",
        Code::OutOfRange => "OutOfRange",
        Code::Unimplemented => "Unimplemented",
        Code::Internal => "Internal",
        Code::Unavailable => "Unavailable",
        Code::DataLoss => "DataLoss",
        Code::Unauthenticated => "Unauthenticated",
    }
}

impl From<Status> for Refusal {
    fn from(status: Status) -> Self {
        let message = match status.code() {
            Code::Ok | Code::Unknown => status.message().to_owned(),
            code => format!("{}: {}", code_name(code), status.message()),
        };
        Self { code: status.code(), message, sources: sources(&status) }
    }
}

impl From<Status> for Error {
    fn from(status: Status) -> Self {
        // What came over the connection has no cause on this side.
        match std::error::Error::source(&status) {
            Some(cause) => Self::Broken(cause.to_string()),
            None => Self::Refused(Box::new(status.into())),
        }
    }
}

/// What comes with a status beyond its words.
pub(crate) fn decoded(status: &Status) -> Option<grpc::proto::rpc::Status> {
    if status.details().is_empty() {
        return None;
    }
    grpc::proto::rpc::Status::decode(status.details()).ok()
}

/// The places in files that a status is about, as BuildKit attaches them to it: as JSON, the innermost first.
fn sources(status: &Status) -> Vec<Source> {
    let details = decoded(status).map(|status| status.details).unwrap_or_default();
    let sources = details.iter().filter(|detail| detail.type_url.ends_with("/errdefs.Source+json"));
    sources.filter_map(|detail| serde_json::from_slice(&detail.value).ok()).collect()
}

#[cfg(test)]
mod tests {
    use grpc::proto::Any;

    use super::*;

    #[test]
    fn places_come_with_a_status() {
        let detail = |kind: &str, value: &str| Any {
            type_url: format!("github.com/moby/buildkit/{kind}"),
            value: value.as_bytes().to_vec(),
        };
        let told = grpc::proto::rpc::Status {
            code: 2,
            message: "no".into(),
            details: vec![
                detail("stack.Stack+json", r#"{"frames":[]}"#),
                detail(
                    "errdefs.Source+json",
                    r#"{"info":{"filename":"F","data":"eA=="},"ranges":[{"start":{"line":2}}]}"#,
                ),
            ],
        };
        let status = Status::with_details(Code::Unknown, "no", told.encode_to_vec().into());
        let refusal = Refusal::from(status);
        assert_eq!(refusal.message, "no");
        let [Source { info: Some(info), ranges }] = &refusal.sources[..] else { panic!("{:?}", refusal.sources) };
        assert_eq!((info.filename.as_str(), &info.data[..], ranges[0].start.line), ("F", &b"x"[..], 2));
        assert_eq!(Refusal::from(Status::not_found("x")).message, "NotFound: x");
        assert_eq!(Refusal::from(Status::cancelled("x")).message, "Canceled: x");
    }
}
