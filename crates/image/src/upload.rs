//! The distribution protocol's writing side: blobs and manifests into a repository.
//!
//! A blob is sent in one request. Where a registry, or what stands before it, takes none of that size, it goes in
//! pieces. Uploads may be told to go to another host; no login goes with them.
//!
//! Source: OCI distribution specification 1.1, "Push".

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_RANGE, CONTENT_TYPE, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{Method, Response, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::body::{Frame, Incoming, SizeHint};
use oci::image::Descriptor;
use oci::{Digest, Reference};
use serde::Deserialize;
use tokio::sync::mpsc;

use crate::registry::{Ask, Client, Credentials, Endpoint, Sending, resolve, small};
use crate::trust::Body;
use crate::{Error, Images, Result, limits};

/// The smallest piece of a blob that a registry takes.
const PIECE_MIN: &str = "oci-chunk-min-length";
/// The type of a blob on its way.
const BYTES: &str = "application/octet-stream";

/// A repository that is written to.
#[derive(Debug, Clone)]
pub(crate) struct Repository {
    pub(crate) endpoint: Endpoint,
    pub(crate) reference: Reference,
    pub(crate) credentials: Option<Credentials>,
}

/// A blob that leaves.
#[derive(Debug, Clone)]
pub struct Blob {
    /// What it is.
    pub descriptor: Descriptor,
    /// Its bytes.
    pub file: Arc<File>,
    /// Bytes of it that have left, in whichever attempt.
    pub sent: Arc<AtomicU64>,
}

impl Blob {
    /// None of it has left.
    pub(crate) fn new(descriptor: Descriptor, file: File) -> Self {
        Self { descriptor, file: Arc::new(file), sent: Arc::default() }
    }
}

impl Images {
    /// Something small as a blob that leaves; on the disk it has no name. Blocks.
    pub(crate) fn small_blob(&self, descriptor: Descriptor, bytes: &[u8]) -> Result<Blob> {
        let mut writer = self.content().writer()?;
        writer.write_all(bytes).map_err(|error| Error::io(&self.0.root.join("tmp"), error))?;
        Ok(Blob::new(descriptor, writer.into_file()?))
    }
}

/// How an attempt failed.
#[derive(Debug)]
pub(crate) struct Failed {
    pub(crate) error: Error,
    /// It may go well another time, after this long if the registry says so.
    pub(crate) again: Option<Option<Duration>>,
    /// What the registry answered, if it did.
    status: Option<StatusCode>,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        let again = matches!(error, Error::Registry(_)).then_some(None);
        Self { error, again, status: None }
    }
}

type Attempt<T> = std::result::Result<T, Failed>;

impl Client {
    async fn write(&self, to: &Repository, ask: &Ask<'_>, from: Option<&Reference>) -> Result<Response<Incoming>> {
        let mut scopes = format!("repository:{}:pull,push", to.reference.path());
        if let Some(from) = from {
            scopes.push_str(&format!(" repository:{}:pull", from.path()));
        }
        self.ask(&to.endpoint, &scopes, ask, to.credentials.as_ref()).await
    }

    /// Whether the repository has a blob.
    pub(crate) async fn has_blob(&self, to: &Repository, digest: &Digest) -> Attempt<bool> {
        let url = to.endpoint.url(&format!("{}/blobs/{digest}", to.reference.path()));
        let answer = self.write(to, &Ask::new(Method::HEAD, &url), None).await?;
        match answer.status() {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            _ => Err(refused(answer, to, "looking for a blob").await),
        }
    }

    /// Takes a blob over from another repository of the same registry; whether the registry did.
    pub(crate) async fn mount(&self, to: &Repository, digest: &Digest, from: &Reference) -> Attempt<bool> {
        let query = format!("{}/blobs/uploads/?mount={digest}&from={}", to.reference.path(), from.path());
        let url = to.endpoint.url(&query);
        let answer = self.write(to, &Ask::new(Method::POST, &url), Some(from)).await?;
        match answer.status() {
            StatusCode::CREATED => Ok(true),
            // An upload has begun instead. It is not used: who may not read `from` may have got a token that is too small.
            StatusCode::ACCEPTED => {
                if let Ok(place) = location(&answer, &url) {
                    let _ = self.write(to, &Ask::new(Method::DELETE, &place.to_string()), None).await;
                }
                Ok(false)
            }
            _ => Err(refused(answer, to, "mounting a blob").await),
        }
    }

    /// Sends a blob; in pieces if it is told to, or if the registry takes none of that size in one.
    pub(crate) async fn upload(&self, to: &Repository, blob: &Blob, pieces: bool) -> Attempt<()> {
        if pieces && blob.descriptor.size > 0 {
            return self.upload_pieces(to, blob).await;
        }
        match self.upload_whole(to, blob).await {
            Err(Failed { status: Some(status), .. }) if wants_pieces(status) && blob.descriptor.size > 0 => {
                self.upload_pieces(to, blob).await
            }
            other => other,
        }
    }

    /// Begins an upload: its address, and the size of its pieces.
    async fn begin(&self, to: &Repository) -> Attempt<(Uri, u64)> {
        let url = to.endpoint.url(&format!("{}/blobs/uploads/", to.reference.path()));
        let answer = self.write(to, &Ask::new(Method::POST, &url), None).await?;
        if answer.status() != StatusCode::ACCEPTED {
            return Err(refused(answer, to, "the start of an upload").await);
        }
        let least = answer.headers().get(PIECE_MIN).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let piece = least.unwrap_or(0).clamp(limits::UPLOAD_PIECE, limits::UPLOAD_PIECE_MAX);
        Ok((location(&answer, &url)?, piece))
    }

    async fn upload_whole(&self, to: &Repository, blob: &Blob) -> Attempt<()> {
        let (place, _) = self.begin(to).await?;
        let url = with_digest(&place, &blob.descriptor.digest);
        let make = || part(blob, 0, blob.descriptor.size);
        let mut ask = Ask::new(Method::PUT, &url);
        ask.headers.push((CONTENT_TYPE, BYTES.into()));
        ask.body = Some(Sending { make: &make, sent: &blob.sent });
        let answer = self.write(to, &ask, None).await?;
        match answer.status() {
            StatusCode::CREATED => Ok(()),
            _ => Err(refused(answer, to, "a blob").await),
        }
    }

    async fn upload_pieces(&self, to: &Repository, blob: &Blob) -> Attempt<()> {
        let (mut place, piece) = self.begin(to).await?;
        let mut from = 0;
        while from < blob.descriptor.size {
            let size = piece.min(blob.descriptor.size - from);
            let url = place.to_string();
            let make = || part(blob, from, size);
            let mut ask = Ask::new(Method::PATCH, &url);
            ask.headers.push((CONTENT_TYPE, BYTES.into()));
            ask.headers.push((CONTENT_RANGE, format!("{from}-{}", from + size - 1)));
            ask.body = Some(Sending { make: &make, sent: &blob.sent });
            let answer = self.write(to, &ask, None).await?;
            if !matches!(answer.status(), StatusCode::ACCEPTED | StatusCode::NO_CONTENT) {
                return Err(refused(answer, to, "a piece of a blob").await);
            }
            place = location(&answer, &url)?;
            from += size;
        }
        let url = with_digest(&place, &blob.descriptor.digest);
        let answer = self.write(to, &Ask::new(Method::PUT, &url), None).await?;
        match answer.status() {
            StatusCode::CREATED => Ok(()),
            _ => Err(refused(answer, to, "the end of a blob").await),
        }
    }

    /// Stores a manifest under a tag or a digest.
    pub(crate) async fn put_manifest(&self, to: &Repository, name: &str, kind: &str, bytes: &Bytes) -> Attempt<()> {
        let url = to.endpoint.url(&format!("{}/manifests/{name}", to.reference.path()));
        let make = || Full::new(bytes.clone()).map_err(|never| match never {}).boxed_unsync();
        let sent = AtomicU64::new(0);
        let mut ask = Ask::new(Method::PUT, &url);
        ask.headers.push((CONTENT_TYPE, kind.to_owned()));
        ask.body = Some(Sending { make: &make, sent: &sent });
        let answer = self.write(to, &ask, None).await?;
        match answer.status() {
            StatusCode::CREATED => Ok(()),
            _ => Err(refused(answer, to, "a manifest").await),
        }
    }
}

/// Tries until it goes well or makes no sense any more. Before each pause it is told how long that is.
pub(crate) async fn again<T, F, P>(attempt: impl Fn() -> F, pause: impl Fn(Duration) -> P) -> Result<T>
where
    F: Future<Output = Attempt<T>>,
    P: Future<Output = ()>,
{
    let mut tries = 0;
    loop {
        tries += 1;
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(Failed { again: Some(asked), .. }) if tries < limits::ATTEMPTS => {
                let wait = asked.unwrap_or(Duration::from_millis(100 << tries));
                pause(wait).await;
                tokio::time::sleep(wait).await;
            }
            Err(Failed { error, .. }) => return Err(error),
        }
    }
}

/// Whether a registry, or a proxy before it, may take in pieces what it does not take in whole.
fn wants_pieces(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::LENGTH_REQUIRED
            | StatusCode::PAYLOAD_TOO_LARGE
            | StatusCode::UNSUPPORTED_MEDIA_TYPE
            | StatusCode::NOT_IMPLEMENTED
    )
}

/// Where an upload goes on.
fn location(answer: &Response<Incoming>, base: &str) -> Result<Uri> {
    let text = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let text = text.ok_or_else(|| Error::Refused("the registry does not say where to upload to".into()))?;
    let base: Uri = base.parse().map_err(|error| Error::Registry(format!("{base}: {error}")))?;
    resolve(&base, text)
}

/// An upload's address with the digest of what it ends with.
fn with_digest(place: &Uri, digest: &Digest) -> String {
    let separator = if place.query().is_some() { '&' } else { '?' };
    format!("{place}{separator}digest={digest}")
}

/// Why a registry did not do what it was asked for.
async fn refused(answer: Response<Incoming>, to: &Repository, what: &str) -> Failed {
    let status = answer.status();
    let header = |name| answer.headers().get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    let wait = header(RETRY_AFTER).and_then(|text| text.parse::<u64>().ok());
    let wait = wait.map(|seconds| Duration::from_secs(seconds.min(limits::RETRY_AFTER)));
    let basic = header(WWW_AUTHENTICATE).is_some_and(|text| text.to_ascii_lowercase().starts_with("basic"));
    let body = small(answer, limits::REASON_BYTES).await.unwrap_or_default();
    let said = reasons(&body);
    let lost = matches!(status, StatusCode::NOT_FOUND | StatusCode::RANGE_NOT_SATISFIABLE)
        && said.as_ref().is_none_or(|text| text.contains("blob upload"));
    let busy = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
    let again = busy || lost || (status.is_server_error() && status != StatusCode::NOT_IMPLEMENTED);
    let text = match said {
        _ if status == StatusCode::UNAUTHORIZED && basic && to.credentials.is_none() => {
            "no basic auth credentials".to_owned()
        }
        Some(text) => text,
        None if status == StatusCode::UNAUTHORIZED => "unauthorized: authentication required".into(),
        None if status == StatusCode::FORBIDDEN => "denied: requested access to the resource is denied".into(),
        None => format!("{} answers {status} to {what}", to.endpoint.host),
    };
    Failed { error: Error::Refused(text), again: again.then_some(wait), status: Some(status) }
}

/// The reasons in a registry's answer, as Docker words them: `denied: requested access to the resource is denied`.
pub fn reasons(answer: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Answer {
        errors: Vec<Reason>,
    }
    #[derive(Deserialize)]
    struct Reason {
        #[serde(default)]
        code: String,
        #[serde(default)]
        message: String,
    }
    let answer: Answer = serde_json::from_slice(answer).ok()?;
    let plain = |text: &str| -> String { text.chars().filter(|c| !c.is_control()).take(500).collect() };
    let word = |reason: &Reason| {
        let code = plain(&reason.code).to_lowercase().replace('_', " ");
        format!("{code}: {}", plain(&reason.message))
    };
    match answer.errors.as_slice() {
        [] => None,
        [one] => Some(word(one)),
        several => {
            let lines: Vec<String> = several.iter().take(10).map(word).collect();
            Some(format!("errors:\n{}\n", lines.join("\n")))
        }
    }
}

/// A part of a blob as a body, read while it leaves.
fn part(blob: &Blob, from: u64, size: u64) -> Body {
    let (sender, pieces) = mpsc::channel(2);
    let file = Arc::clone(&blob.file);
    tokio::task::spawn_blocking(move || {
        let (mut at, end) = (from, from + size);
        while at < end {
            let wanted = limits::CHUNK.min(usize::try_from(end - at).unwrap_or(limits::CHUNK));
            let mut piece = vec![0; wanted];
            let read = file.read_exact_at(&mut piece, at).map(|()| Bytes::from(piece));
            at += wanted as u64;
            let failed = read.is_err();
            // Who gives the push up drops the other end.
            if sender.blocking_send(read).is_err() || failed {
                return;
            }
        }
    });
    Part { pieces, left: size, sent: Arc::clone(&blob.sent) }.boxed_unsync()
}

struct Part {
    pieces: mpsc::Receiver<std::io::Result<Bytes>>,
    left: u64,
    sent: Arc<AtomicU64>,
}

impl hyper::body::Body for Part {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        let piece = std::task::ready!(self.pieces.poll_recv(context));
        Poll::Ready(piece.map(|piece| {
            let piece = piece?;
            self.left = self.left.saturating_sub(piece.len() as u64);
            self.sent.fetch_add(piece.len() as u64, Ordering::Relaxed);
            Ok(Frame::data(piece))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_are_worded_as_docker_words_them() {
        let one =
            br#"{"errors":[{"code":"DENIED","message":"requested access to the resource is denied","detail":1}]}"#;
        assert_eq!(reasons(one).as_deref(), Some("denied: requested access to the resource is denied"));
        let two = br#"{"errors":[{"code":"A_B","message":"x\u001b[2J"},{"code":"C"}]}"#;
        assert_eq!(reasons(two).as_deref(), Some("errors:\na b: x[2J\nc: \n"));
        for garbage in ["", "{}", r#"{"errors":[]}"#, "<html>"] {
            assert_eq!(reasons(garbage.as_bytes()), None);
        }
    }

    #[test]
    fn the_digest_goes_beside_what_the_registry_asks_for() {
        let digest = Digest::sha256([0; 32]);
        let place = |text: &str| with_digest(&text.parse().unwrap(), &digest);
        assert!(place("https://a/v2/x/1").starts_with("https://a/v2/x/1?digest=sha256:00"));
        assert!(place("https://a/v2/x/1?_state=z").starts_with("https://a/v2/x/1?_state=z&digest=sha256:00"));
    }
}
