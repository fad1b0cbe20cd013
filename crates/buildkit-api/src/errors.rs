//! Errors as BuildKit's clients know them: a status with details, by which they show the lines to blame.
//!
//! Details are JSON under type names of BuildKit's own (`grpcerrors` in its source), not protobuf.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use build::{Error, Location};
use bytes::Bytes;
use grpc::proto::{Any, pb, rpc};
use grpc::{Code, Status};
use serde_json::{Value, json};

const SOURCE: &str = "github.com/moby/buildkit/errdefs.Source+json";
const VERTEX: &str = "github.com/moby/buildkit/errdefs.Vertex+json";
const SUBREQUEST: &str = "github.com/moby/buildkit/errdefs.Subrequest+json";

/// A build's error.
pub(crate) fn status(error: &Error) -> Status {
    let mut details = Vec::new();
    if let Some(vertex) = &error.vertex {
        details.push(any(VERTEX, &json!({ "digest": vertex.to_string() })));
    }
    if let Some(at) = &error.at {
        details.push(any(SOURCE, &source(at)));
    }
    with_details(Code::Unknown, error.to_string(), details)
}

/// A call of the frontend that there is not.
pub(crate) fn unknown_call(name: &str) -> Status {
    let details = vec![any(SUBREQUEST, &json!({ "name": name }))];
    with_details(Code::Unimplemented, format!("unsupported request {name}"), details)
}

/// Clients put a code's name before the message unless it is `Unknown`, which all of BuildKit's own errors of
/// Dockerfiles and of their steps are.
fn with_details(code: Code, message: String, details: Vec<Any>) -> Status {
    let whole = rpc::Status { code: code.into(), message: message.clone(), details };
    Status::with_details(code, message, grpc::proto::encode(&whole).into())
}

/// What a client gave as the reason why it ends its build.
pub(crate) fn returned(status: rpc::Status) -> Status {
    let code = Code::from_i32(status.code);
    let code = if code == Code::Ok { Code::Unknown } else { code };
    Status::with_details(code, status.message.clone(), grpc::proto::encode(&status).into())
}

/// The status of an answer, as records have it.
pub(crate) fn record(status: &Status) -> rpc::Status {
    rpc::Status { code: status.code().into(), message: status.message().to_owned(), details: Vec::new() }
}

/// The same with all details.
pub(crate) fn whole(status: &Status) -> Bytes {
    match status.details() {
        [] => grpc::proto::encode(&record(status)).into(),
        details => Bytes::copy_from_slice(details),
    }
}

fn any(kind: &str, value: &Value) -> Any {
    Any { type_url: kind.to_owned(), value: value.to_string().into_bytes() }
}

/// The longest text that errors carry whole. They travel in headers, of which many clients take 16 KB.
const WHOLE_BYTES: usize = 4 << 10;

/// Lines that clients show around those to blame.
const AROUND: usize = 8;

/// A text of which the lines near a place are left, and the others are empty, so that their numbers stay.
fn near(text: &[u8], first: usize, last: usize) -> Vec<u8> {
    if text.len() <= WHOLE_BYTES {
        return text.to_vec();
    }
    let shown = first.saturating_sub(AROUND)..=last.saturating_add(AROUND);
    let lines = (1..).zip(text.split(|byte| *byte == b'\n'));
    let kept: Vec<&[u8]> = lines.map(|(number, line)| if shown.contains(&number) { line } else { &[] }).collect();
    kept.join(&b'\n')
}

fn source(at: &Location) -> Value {
    let line = |line: usize| if line == 0 { json!({}) } else { json!({ "line": line }) };
    json!({
        "info": {
            "filename": at.file.name,
            "data": STANDARD.encode(near(&at.file.text, at.span.start.line, at.span.end.line)),
            "language": "Dockerfile",
        },
        "ranges": [{ "start": line(at.span.start.line), "end": line(at.span.end.line) }],
    })
}

/// A file and lines of it, for warnings.
pub(crate) fn source_info(file: &build::SourceFile, span: dockerfile::Span) -> (pb::SourceInfo, pb::Range) {
    let position = |at: dockerfile::Position| pb::Position {
        line: i32::try_from(at.line).unwrap_or(i32::MAX),
        character: i32::try_from(at.column).unwrap_or(i32::MAX),
    };
    let info = pb::SourceInfo {
        filename: file.name.clone(),
        data: file.text.clone(),
        definition: None,
        language: "Dockerfile".into(),
    };
    (info, pb::Range { start: Some(position(span.start)), end: Some(position(span.end)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_text_the_lines_around_travel() {
        let text: String = (1..=1000).map(|number| format!("RUN {number}\n")).collect();
        let left = String::from_utf8(near(text.as_bytes(), 500, 501)).unwrap();
        let lines: Vec<&str> = left.split('\n').collect();
        assert_eq!((lines.len(), lines[499], lines[491], lines[490]), (1001, "RUN 500", "RUN 492", ""));
        assert!(left.len() < 2000);
        assert_eq!(near(b"FROM a\n", 1, 1), b"FROM a\n");
    }
}
