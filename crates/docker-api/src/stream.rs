//! Leaving HTTP: attached streams.

use std::os::fd::OwnedFd;

use http::header::{CONNECTION, CONTENT_TYPE, HeaderValue, UPGRADE};
use http::{Response, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::body::{self, Answer};
use crate::error::Failure;
use crate::request::Request;

/// Types of raw streams: framed with 8-byte headers, or a terminal's own bytes.
const MULTIPLEXED: &str = "application/vnd.docker.multiplexed-stream";
const RAW: &str = "application/vnd.docker.raw-stream";

/// The type that a client of this version expects.
pub(crate) fn content_type(version: (u32, u32), tty: bool) -> &'static str {
    if version >= (1, 42) && !tty { MULTIPLEXED } else { RAW }
}

/// Answers and hands the client's socket to `take`, which runs on its own. Without an upgrade the answer's body is
/// the stream, and the request's body the input.
pub(crate) fn hijack<F>(
    request: Request,
    kind: &'static str,
    take: impl FnOnce(OwnedFd, Vec<u8>) -> F + Send + 'static,
) -> Result<Answer, Failure>
where
    F: Future<Output = ()> + Send + 'static,
{
    if let Some(upgrade) = request.upgrade {
        tokio::spawn(async move {
            match upgrade.await.map_err(std::io::Error::other).and_then(crate::raw_socket) {
                Ok((socket, pending)) => take(socket, pending).await,
                Err(error) => tracing::debug!(%error, "an upgrade came to nothing"),
            }
        });
        let mut answer = Response::new(body::bytes(""));
        *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let headers = answer.headers_mut();
        headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
        headers.insert(UPGRADE, HeaderValue::from_static("tcp"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        return Ok(answer);
    }
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    ours.set_nonblocking(true)?;
    let ours = tokio::net::UnixStream::from_std(ours)?;
    let (answer, sender) = body::streamed(kind);
    let mut input = request.body;
    tokio::spawn(async move {
        let (mut read, mut write) = ours.into_split();
        tokio::spawn(take(theirs.into(), Vec::new()));
        let feeding = tokio::spawn(async move {
            use http_body_util::BodyExt;
            while let Some(Ok(frame)) = input.frame().await {
                let Ok(data) = frame.into_data() else { continue };
                if write.write_all(&data).await.is_err() {
                    return;
                }
            }
            // The end of a request's body is not the end of the client: only what was sent counts as input.
            std::future::pending::<()>().await;
        });
        let mut buffer = vec![0; 16 << 10];
        loop {
            let count = tokio::select! {
                count = read.read(&mut buffer) => count.unwrap_or(0),
                () = sender.closed() => 0,
            };
            if count == 0 || !sender.send(buffer[..count].to_vec()).await {
                break;
            }
        }
        feeding.abort();
    });
    Ok(answer)
}
