//! Bodies of answers.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Frame;
use serde::Serialize;
use tokio::sync::mpsc;

use crate::error::Failure;

pub(crate) type Body = BoxBody<Bytes, std::io::Error>;
pub(crate) type Answer = Response<Body>;

pub(crate) fn bytes(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed()
}

/// An answer with a status and nothing else.
pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(bytes(Bytes::new()));
    *answer.status_mut() = status;
    answer
}

pub(crate) fn text(text: &'static str) -> Answer {
    let mut answer = Response::new(bytes(text));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    answer
}

/// An answer of JSON, with the line feed that Go's encoder ends with.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    let mut text = serde_json::to_vec(value)
        .unwrap_or_else(|error| format!("{{\"message\":{:?}}}", error.to_string()).into_bytes());
    text.push(b'\n');
    let mut answer = Response::new(bytes(text));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    answer
}

pub(crate) fn ok(value: &impl Serialize) -> Result<Answer, Failure> {
    Ok(json(StatusCode::OK, value))
}

pub(crate) fn failure(failure: &Failure) -> Answer {
    if failure.status == StatusCode::NOT_MODIFIED {
        return empty(failure.status);
    }
    json(failure.status, &serde_json::json!({ "message": failure.message }))
}

/// The sending end of a streamed body. A client that goes away closes it.
#[derive(Debug, Clone)]
pub(crate) struct Sender(mpsc::Sender<std::io::Result<Frame<Bytes>>>);

impl Sender {
    /// Sends some bytes; false when nobody reads any more.
    pub(crate) async fn send(&self, bytes: impl Into<Bytes>) -> bool {
        self.0.send(Ok(Frame::data(bytes.into()))).await.is_ok()
    }

    /// A line of JSON.
    pub(crate) async fn line(&self, value: &impl Serialize) -> bool {
        let mut line = serde_json::to_vec(value).unwrap_or_default();
        line.extend_from_slice(b"\r\n");
        self.send(line).await
    }

    /// From a thread that may wait.
    pub(crate) fn blocking_send(&self, bytes: &[u8]) -> std::io::Result<()> {
        self.0
            .blocking_send(Ok(Frame::data(Bytes::copy_from_slice(bytes))))
            .map_err(|_| std::io::ErrorKind::BrokenPipe.into())
    }

    /// Breaks the body off, so that the client does not take it for whole.
    pub(crate) fn blocking_fail(&self, error: std::io::Error) {
        let _ = self.0.blocking_send(Err(error));
    }

    pub(crate) async fn closed(&self) {
        self.0.closed().await;
    }
}

/// A streamed answer, and where to send what it carries.
pub(crate) fn streamed(kind: &'static str) -> (Answer, Sender) {
    let (sender, receiver) = mpsc::channel(16);
    let mut answer = Response::new(BodyExt::boxed(Receiving(receiver)));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    (answer, Sender(sender))
}

struct Receiving(mpsc::Receiver<std::io::Result<Frame<Bytes>>>);

impl Receiving {
    fn poll(&mut self, context: &mut std::task::Context<'_>) -> std::task::Poll<Option<std::io::Result<Frame<Bytes>>>> {
        self.0.poll_recv(context)
    }
}

impl hyper::body::Body for Receiving {
    type Data = Bytes;
    type Error = std::io::Error;
    fn poll_frame(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.poll(context)
    }
}
