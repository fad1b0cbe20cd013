//! Bodies that carry their own proof: a digest, or chunks that are signed one by one.
//!
//! Nothing is held back: what arrives is passed on, and the last thing that a body gives is its end or an error. Who reads
//! one must keep nothing of it before its end.
//!
//! Sources: "Signature calculations for the authorization header: transferring payload in multiple chunks" and "…
//! including trailing headers" in the S3 API reference.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use http::{HeaderMap, HeaderName, HeaderValue};
use hyper::body::{Body, Frame, SizeHint};
use sha2::{Digest, Sha256};
use tokio::time::{Instant, Sleep};
use words::hex;

use super::Chain;
use super::canonical::{sha256, unhex};
use crate::error::{self, Error};
use crate::limits;

/// What a request says of its body (`x-amz-content-sha256`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Payload {
    /// Nothing.
    Unsigned,
    /// Its SHA-256.
    Digest([u8; 32]),
    /// It comes in chunks, each signed, with or without a signed trailer.
    Signed {
        /// Whether there is one.
        trailer: bool,
    },
    /// It comes in chunks that are not signed, with a trailer.
    Trailer,
}

const SIGNED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
const SIGNED_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
const TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

impl Payload {
    /// Reads the header.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn read(text: &str) -> Result<Self, Error> {
        match text {
            "UNSIGNED-PAYLOAD" => Ok(Self::Unsigned),
            SIGNED => Ok(Self::Signed { trailer: false }),
            SIGNED_TRAILER => Ok(Self::Signed { trailer: true }),
            TRAILER => Ok(Self::Trailer),
            _ => unhex(text).map(Self::Digest).ok_or_else(|| {
                let message = "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, \
                               STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a \
                               valid sha256 value.";
                Error::new(error::INVALID_REQUEST, message)
            }),
        }
    }

    /// As it stands in the canonical request.
    pub fn text(&self) -> String {
        match self {
            Self::Unsigned => "UNSIGNED-PAYLOAD".into(),
            Self::Digest(digest) => hex(digest),
            Self::Signed { trailer: false } => SIGNED.into(),
            Self::Signed { trailer: true } => SIGNED_TRAILER.into(),
            Self::Trailer => TRAILER.into(),
        }
    }

    /// Whether the body comes in chunks of Amazon's making.
    pub fn chunked(&self) -> bool {
        matches!(self, Self::Signed { .. } | Self::Trailer)
    }
}

/// A body, verified while it is read. Trailers come as a frame of trailers.
#[derive(Debug)]
pub struct Verified<B> {
    inner: B,
    /// What came and was not decoded yet.
    waiting: Bytes,
    decoder: Decoder,
    silence: Option<Pin<Box<Sleep>>>,
    done: bool,
}

impl<B> Verified<B> {
    /// A body that is what its payload says. `length` is how long it must be, without what chunks add to it.
    ///
    /// # Errors
    /// When chunks shall be signed and nothing says with what.
    pub(crate) fn new(inner: B, payload: &Payload, chain: Option<Chain>, length: Option<u64>) -> Result<Self, Error> {
        let decoder = Decoder::new(payload, chain, length)?;
        Ok(Self { inner, waiting: Bytes::new(), decoder, silence: None, done: false })
    }
}

impl<B> Verified<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        loop {
            if self.done {
                return Poll::Ready(None);
            }
            if let Some(data) = self.decoder.data(&mut self.waiting)? {
                return Poll::Ready(Some(Ok(Frame::data(data))));
            }
            match Pin::new(&mut self.inner).poll_frame(context) {
                Poll::Ready(Some(Ok(frame))) => {
                    self.silence = None;
                    // Trailers of HTTP itself are signed by nobody.
                    if let Ok(data) = frame.into_data() {
                        self.waiting = data;
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    tracing::debug!(%error, "a body broke off");
                    return Poll::Ready(Some(Err(broken_off())));
                }
                Poll::Ready(None) => {
                    let trailers = self.decoder.end()?;
                    self.done = true;
                    if !trailers.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::trailers(trailers))));
                    }
                }
                Poll::Pending => {
                    let until = || Box::pin(tokio::time::sleep_until(Instant::now() + limits::OBJECT_PATIENCE));
                    let silence = self.silence.get_or_insert_with(until);
                    std::task::ready!(silence.as_mut().poll(context));
                    let message = "Your socket connection to the server was not read from or written to within the \
                                   timeout period.";
                    return Poll::Ready(Some(Err(Error::new(error::REQUEST_TIMEOUT, message))));
                }
            }
        }
    }
}

impl<B> Body for Verified<B>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Display,
{
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let polled = self.poll(context);
        if let Poll::Ready(Some(Err(_))) = &polled {
            self.done = true;
        }
        polled
    }

    fn size_hint(&self) -> SizeHint {
        self.decoder.left.map(SizeHint::with_exact).unwrap_or_default()
    }
}

fn broken_off() -> Error {
    let message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
    Error::new(error::INCOMPLETE_BODY, message)
}

fn malformed(message: &'static str) -> Error {
    Error::new(error::INVALID_REQUEST, message)
}

/// What is known of a body while it is read.
#[derive(Debug)]
struct Decoder {
    state: State,
    /// Bytes that are still to come, when the number is known.
    left: Option<u64>,
    hasher: Option<Sha256>,
    wanted: Option<[u8; 32]>,
    /// None: chunks are not signed.
    chain: Option<Chain>,
    trailer: bool,
    /// The line that has begun.
    line: Vec<u8>,
    /// What the present chunk is signed with.
    signature: String,
    trailers: Vec<(String, String)>,
    closed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// No chunks.
    Plain,
    /// Before the line that begins a chunk.
    Head,
    /// So many bytes of a chunk are to come.
    Chunk(u64),
    /// Before the end of line that ends a chunk.
    Tail,
    /// After the last chunk.
    Trailer,
    /// After the empty line.
    End,
}

impl Decoder {
    fn new(payload: &Payload, chain: Option<Chain>, length: Option<u64>) -> Result<Self, Error> {
        let wanted = if let Payload::Digest(digest) = payload { Some(*digest) } else { None };
        let chain = match (payload, chain) {
            (Payload::Signed { .. }, None) => {
                return Err(malformed("Chunks are signed with what the header Authorization was signed with"));
            }
            (Payload::Signed { .. }, chain) => chain,
            _ => None,
        };
        Ok(Self {
            state: if payload.chunked() { State::Head } else { State::Plain },
            left: length,
            hasher: (wanted.is_some() || chain.is_some()).then(Sha256::new),
            wanted,
            chain,
            trailer: matches!(payload, Payload::Signed { trailer: true } | Payload::Trailer),
            line: Vec::new(),
            signature: String::new(),
            trailers: Vec::new(),
            closed: false,
        })
    }

    /// The next bytes of the body out of what came; none when more must come.
    fn data(&mut self, waiting: &mut Bytes) -> Result<Option<Bytes>, Error> {
        while !waiting.is_empty() {
            match self.state {
                State::Plain => {
                    let data = std::mem::take(waiting);
                    return self.passed(data).map(Some);
                }
                State::Chunk(left) => {
                    let count = usize::try_from(left).unwrap_or(usize::MAX).min(waiting.len());
                    let data = waiting.split_to(count);
                    let left = left - count as u64;
                    self.state = if left == 0 { State::Tail } else { State::Chunk(left) };
                    let data = self.passed(data)?;
                    if left == 0 {
                        self.chunk_ended()?;
                    }
                    return Ok(Some(data));
                }
                State::End => return Err(malformed("There is more after the last chunk")),
                State::Head | State::Tail | State::Trailer => {
                    if let Some(line) = self.line(waiting)? {
                        self.read(&line)?;
                    }
                }
            }
        }
        Ok(None)
    }

    fn passed(&mut self, data: Bytes) -> Result<Bytes, Error> {
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(data.len() as u64).ok_or_else(broken_off)?;
        }
        if let Some(hasher) = &mut self.hasher {
            hasher.update(&data);
        }
        Ok(data)
    }

    /// The line that has ended, if one has.
    fn line(&mut self, waiting: &mut Bytes) -> Result<Option<String>, Error> {
        let end = waiting.iter().position(|byte| *byte == b'\n');
        let count = end.unwrap_or(waiting.len());
        if self.line.len() + count > limits::CHUNK_LINE {
            return Err(malformed("The line before a chunk is too long"));
        }
        self.line.extend_from_slice(waiting.get(..count).unwrap_or_default());
        waiting.advance(count);
        if end.is_none() {
            return Ok(None);
        }
        waiting.advance(1);
        let mut line = std::mem::take(&mut self.line);
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        String::from_utf8(line).map(Some).map_err(|_| malformed("The line before a chunk is no text"))
    }

    fn read(&mut self, line: &str) -> Result<(), Error> {
        match self.state {
            State::Head => self.head(line),
            State::Tail if line.is_empty() => {
                self.state = State::Head;
                Ok(())
            }
            State::Tail => Err(malformed("A chunk is longer than it says")),
            _ if line.is_empty() => {
                self.state = State::End;
                Ok(())
            }
            _ => self.trailing(line),
        }
    }

    fn head(&mut self, line: &str) -> Result<(), Error> {
        let (size, rest) = line.split_once(';').unwrap_or((line, ""));
        let formed = !size.is_empty() && size.len() <= 15 && size.bytes().all(|byte| byte.is_ascii_hexdigit());
        let size = u64::from_str_radix(size, 16).ok().filter(|_| formed);
        let size = size.ok_or_else(|| malformed("The line before a chunk does not begin with its size"))?;
        match rest.strip_prefix("chunk-signature=") {
            Some(signature) => signature.clone_into(&mut self.signature),
            None if self.chain.is_some() => return Err(malformed("A chunk has no signature")),
            None => {}
        }
        if size == 0 {
            self.state = State::Trailer;
            return self.chunk_ended();
        }
        self.state = State::Chunk(size);
        Ok(())
    }

    fn chunk_ended(&mut self) -> Result<(), Error> {
        let Some(chain) = &mut self.chain else { return Ok(()) };
        let digest = self.hasher.replace(Sha256::new()).map(|hasher| hex(&hasher.finalize())).unwrap_or_default();
        let parts = [sha256(b""), digest];
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        if !chain.verify("AWS4-HMAC-SHA256-PAYLOAD", &parts, &self.signature) {
            return Err(super::mismatch(true));
        }
        Ok(())
    }

    fn trailing(&mut self, line: &str) -> Result<(), Error> {
        let (name, text) = line.split_once(':').ok_or_else(|| malformed("A line of the trailer is no header"))?;
        let (name, text) = (name.trim().to_ascii_lowercase(), text.trim().to_owned());
        if !self.trailer || self.closed || self.trailers.len() >= limits::TRAILERS {
            return Err(malformed("There is more after the last chunk than was said"));
        }
        if name != "x-amz-trailer-signature" {
            self.trailers.push((name, text));
            return Ok(());
        }
        self.closed = true;
        let Some(chain) = &mut self.chain else { return Ok(()) };
        let lines: String = self.trailers.iter().map(|(name, text)| format!("{name}:{text}\n")).collect();
        if !chain.verify("AWS4-HMAC-SHA256-TRAILER", &[&sha256(lines.as_bytes())], &text) {
            return Err(super::mismatch(true));
        }
        Ok(())
    }

    /// What the body ends with, when it may end here.
    fn end(&mut self) -> Result<HeaderMap, Error> {
        let whole = matches!(self.state, State::Plain | State::Trailer | State::End) && self.line.is_empty();
        if !whole || self.left.is_some_and(|left| left > 0) {
            return Err(broken_off());
        }
        if self.chain.is_some() && self.trailer && !self.closed {
            return Err(malformed("The trailer has no signature"));
        }
        if let (Some(wanted), Some(hasher)) = (self.wanted, self.hasher.take()) {
            let found: [u8; 32] = hasher.finalize().into();
            if found != wanted {
                let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
                return Err(Error::new(error::CONTENT_SHA256_MISMATCH, message)
                    .with("ClientComputedContentSHA256", hex(&wanted))
                    .with("S3ComputedContentSHA256", hex(&found)));
            }
        }
        let mut trailers = HeaderMap::new();
        for (name, text) in self.trailers.drain(..) {
            let (Ok(name), Ok(text)) = (HeaderName::try_from(name), HeaderValue::try_from(text)) else {
                return Err(malformed("A line of the trailer is no header"));
            };
            trailers.append(name, text);
        }
        Ok(trailers)
    }
}
