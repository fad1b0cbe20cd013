//! `/grpc` and `/session`: connections that leave HTTP/1.1 for BuildKit's protocol.

use std::sync::Arc;

use http::header::{CONNECTION, HeaderValue, UPGRADE};
use http::{HeaderMap, Response, StatusCode};
use hyper_util::rt::TokioIo;

use crate::Parts;
use crate::body::{self, Answer};
use crate::error::Failure;
use crate::request::Request;

/// A connection after its upgrade.
pub type Upgraded = TokioIo<hyper::upgrade::Upgraded>;

/// The protocol that both are upgraded to: HTTP/2 without TLS.
const H2C: &str = "h2c";

/// Who serves these connections. Each is handed over once and belongs to the one who takes it; neither method waits.
pub trait BuildKit: Send + Sync + 'static {
    /// Takes a connection on which the client calls.
    fn grpc(&self, connection: Upgraded);

    /// Says why these headers open no session.
    ///
    /// # Errors
    /// With the reason, as the client's user reads it.
    fn check_session(&self, headers: &HeaderMap) -> Result<(), String>;

    /// Takes a connection on which the daemon calls.
    fn session(&self, headers: HeaderMap, connection: Upgraded);
}

pub(crate) fn grpc(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    let buildkit = Arc::clone(&parts.buildkit);
    hand_over(request, move |_, connection| buildkit.grpc(connection))
}

pub(crate) fn session(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    let buildkit = Arc::clone(&parts.buildkit);
    buildkit.check_session(&request.headers).map_err(Failure::bad_request)?;
    hand_over(request, move |headers, connection| buildkit.session(headers, connection))
}

/// Answers 101, and gives the connection away when that is written.
fn hand_over(request: Request, take: impl FnOnce(HeaderMap, Upgraded) + Send + 'static) -> Result<Answer, Failure> {
    let protocol = request.headers.get(UPGRADE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if protocol.is_empty() {
        return Err(Failure::bad_request("no upgrade proto in request"));
    }
    if !protocol.eq_ignore_ascii_case(H2C) {
        return Err(Failure::bad_request(format!("protocol {protocol} not supported")));
    }
    let Some(upgrade) = request.upgrade else { return Err(Failure::bad_request("no upgrade proto in request")) };
    let headers = request.headers;
    tokio::spawn(async move {
        match upgrade.await {
            Ok(connection) => take(headers, TokioIo::new(connection)),
            Err(error) => tracing::debug!(%error, "an upgrade came to nothing"),
        }
    });
    let mut answer = Response::new(body::bytes(""));
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    answer.headers_mut().insert(UPGRADE, HeaderValue::from_static(H2C));
    Ok(answer)
}
