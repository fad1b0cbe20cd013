//! HTTP/2 on either side, by hyper.
//!
//! A head of HTTP/2 is written as one of HTTP/1.1 and goes the way of those; what comes out is read again. So there is
//! one place that decides, and one that writes heads.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_channel::{mpsc, oneshot};
use futures_util::Stream;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Request, Response, StatusCode, Uri, Version};
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::http2 as client;
use hyper::server::conn::http2 as server;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};

use crate::body::Wire;
use crate::dial;
use crate::head::{self, Lines, Name, Refusal};
use crate::limits;
use crate::link::Failure;
use crate::proxy::{self, Client, Downstream, Refused, Wires};
use crate::target::TargetState;
use crate::ticket::Ticket;

/// A body on its way to hyper. A sender that is gone before it has said that the body is whole has broken off.
pub(crate) struct Pipe {
    /// None is no body, or none any more.
    pieces: Option<mpsc::Receiver<Option<Frame<Bytes>>>>,
    /// Dropped with it, which its other end learns.
    _taken: oneshot::Sender<()>,
}

impl Body for Pipe {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let Some(pieces) = &mut self.pieces else { return Poll::Ready(None) };
        let piece = ready!(Pin::new(pieces).poll_next(cx));
        Poll::Ready(match piece {
            Some(Some(frame)) => Some(Ok(frame)),
            Some(None) => {
                self.pieces = None;
                None
            }
            None => Some(Err(io::ErrorKind::UnexpectedEof.into())),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.pieces.is_none()
    }
}

/// Its other end.
struct Feed {
    pieces: mpsc::Sender<Option<Frame<Bytes>>>,
    waiting: VecDeque<Option<Frame<Bytes>>>,
    ended: bool,
    taken: oneshot::Receiver<()>,
}

impl Feed {
    /// A body, and what feeds it; the latter has nothing to do where there is none.
    fn new(from: &Wire) -> (Self, Pipe) {
        let (sender, receiver) = mpsc::channel(0);
        let empty = from.is_over();
        let (taken, dropped) = oneshot::channel();
        let feed = Self { pieces: sender, waiting: VecDeque::new(), ended: empty, taken: dropped };
        (feed, Pipe { pieces: (!empty).then_some(receiver), _taken: taken })
    }

    /// Hands on all there is.
    fn poll_write(&mut self, cx: &mut Context<'_>, from: &mut Wire) -> Poll<io::Result<()>> {
        if !self.ended {
            let (bytes, trailers) = from.take();
            if !bytes.is_empty() {
                self.waiting.push_back(Some(Frame::data(Bytes::from(bytes))));
            }
            if from.is_ended() {
                if !trailers.is_empty() {
                    self.waiting.push_back(Some(Frame::trailers(fields(&trailers))));
                }
                self.waiting.push_back(None);
                self.ended = true;
            }
        }
        while !self.waiting.is_empty() {
            let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
            ready!(self.pieces.poll_ready(cx)).map_err(gone)?;
            if let Some(piece) = self.waiting.pop_front() {
                self.pieces.start_send(piece).map_err(gone)?;
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Reads some of a body of hyper's, or its end.
fn poll_incoming(body: &mut Incoming, cx: &mut Context<'_>, to: &mut Wire) -> Poll<io::Result<()>> {
    loop {
        match ready!(Pin::new(&mut *body).poll_frame(cx)) {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) if data.is_empty() => continue,
                Ok(data) => to.push(&data),
                Err(frame) => {
                    let mut lines = Vec::new();
                    write_fields(&mut lines, frame.trailers_ref().into_iter().flatten());
                    lines.extend_from_slice(b"\r\n");
                    to.trailers(&head::trailers(&lines).unwrap_or_default());
                    continue;
                }
            },
            Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
            None => to.end(),
        }
        return Poll::Ready(Ok(()));
    }
}

fn write_fields<'a>(to: &mut Vec<u8>, fields: impl Iterator<Item = (&'a HeaderName, &'a HeaderValue)>) {
    for (name, value) in fields {
        head::line(to, name.as_str(), value.as_bytes());
    }
}

/// Lines as a map, without those that HTTP/2 does not have (RFC 9113, section 8.2.2).
fn fields(lines: &[u8]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for line in lines.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) = line.split_at(colon);
        let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value.get(1..).unwrap_or_default().trim_ascii()))
        else {
            continue;
        };
        if !matches!(Name::of(name.as_str()), Name::Connection | Name::Hop | Name::TransferEncoding | Name::Upgrade) {
            map.append(name, value);
        }
    }
    map
}

/// Takes the head out of what is to be written; gives its first line and the others.
fn take_head(from: &mut Wire) -> Option<(Vec<u8>, Vec<u8>)> {
    let end = Lines::default().end(from.unwritten())?;
    let mut first = from.unwritten().get(..end)?.to_vec();
    from.written(end);
    let others = first.split_off(memchr::memchr(b'\n', &first)? + 1);
    Some((first, others))
}

/// Serves a connection until its end.
pub(crate) async fn serve<S>(stream: S, client: Client) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let ticket = client.ticket.clone();
    let client = Arc::new(client);
    let service = service_fn(move |request| answer(client.clone(), request));
    let mut builder = server::Builder::new(TokioExecutor::new());
    builder.timer(TokioTimer::new()).max_concurrent_streams(limits::STREAMS);
    builder.max_header_list_size(limits::HEADER_BYTES as u32);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut closing = false;
    let end = poll_fn(|cx| {
        loop {
            if let Poll::Ready(outcome) = connection.as_mut().poll(cx) {
                return Poll::Ready(outcome);
            }
            if closing || !ticket.is_closing() {
                return Poll::Pending;
            }
            closing = true;
            connection.as_mut().graceful_shutdown();
        }
    });
    end.await.map_err(io::Error::other)
}

/// Answers a request: a task has it, as its body and its answer's may come at the same time.
async fn answer(client: Arc<Client>, request: Request<Incoming>) -> io::Result<Response<Pipe>> {
    let began = Instant::now();
    let (reply, answer) = oneshot::channel();
    let bytes = written(&request);
    let body = request.into_body();
    tokio::spawn(async move {
        let mut side = Http2 { body, reply: Some(reply), feed: None };
        let mut wires = Wires::default();
        let plan = plan(&client, &bytes, began, &mut wires);
        proxy::answer(&client, &mut side, plan, &mut wires).await;
    });
    answer.await.map_err(|_| io::ErrorKind::ConnectionAborted.into())
}

fn plan(client: &Client, bytes: &[u8], began: Instant, wires: &mut Wires) -> Result<proxy::Plan, Refused> {
    let mut slots = head::slots();
    if bytes.len() > limits::HEADER_BYTES {
        return Err(Refused::malformed(Refusal::TOO_LARGE));
    }
    let request = head::Request::parse(bytes, &mut slots).map_err(Refused::malformed)?;
    proxy::decide(client, &request, true, began, &mut wires.up)
}

/// A request's head in the form of HTTP/1.1.
fn written(request: &Request<Incoming>) -> Vec<u8> {
    let (uri, headers, mut to) = (request.uri(), request.headers(), Vec::with_capacity(512));
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    for part in [request.method().as_str(), " ", path, " HTTP/1.1\r\n"] {
        to.extend_from_slice(part.as_bytes());
    }
    if let Some(authority) = uri.authority() {
        head::line(&mut to, "host", authority.as_str().as_bytes());
    }
    let fits = |name: Name| match name {
        Name::Host => uri.authority().is_none(),
        // One line in HTTP/1.1, and as many as there are pairs in HTTP/2 (RFC 9113, section 8.2.3).
        Name::Cookie | Name::ContentLength => false,
        Name::Connection | Name::Hop | Name::TransferEncoding | Name::Upgrade | Name::Expect => false,
        _ => true,
    };
    write_fields(&mut to, headers.iter().filter(|(name, _)| fits(Name::of(name.as_str()))));
    let cookies: Vec<&[u8]> = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if !cookies.is_empty() {
        head::line(&mut to, "cookie", &cookies.join(&b"; "[..]));
    }
    match (headers.get(header::CONTENT_LENGTH), request.body().is_end_stream()) {
        (Some(length), false) => head::line(&mut to, "content-length", length.as_bytes()),
        (Some(_), true) => head::line(&mut to, "content-length", b"0"),
        (None, false) => head::line(&mut to, "transfer-encoding", b"chunked"),
        (None, true) => {}
    }
    to.extend_from_slice(b"\r\n");
    to
}

/// A client's side of a request.
struct Http2 {
    body: Incoming,
    /// Where the answer goes, until its head is there.
    reply: Option<oneshot::Sender<Response<Pipe>>>,
    feed: Option<Feed>,
}

impl Downstream for Http2 {
    fn poll_body(&mut self, cx: &mut Context<'_>, to: &mut Wire) -> Poll<io::Result<()>> {
        poll_incoming(&mut self.body, cx, to)
    }

    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        match (&mut self.reply, &mut self.feed) {
            (Some(reply), _) => reply.poll_canceled(cx),
            (None, Some(feed)) => Pin::new(&mut feed.taken).poll(cx).map(drop),
            (None, None) => Poll::Pending,
        }
    }

    fn poll_write(&mut self, cx: &mut Context<'_>, from: &mut Wire) -> Poll<io::Result<()>> {
        if let Some(reply) = self.reply.take() {
            let (first, others) = take_head(from).ok_or(io::ErrorKind::InvalidData)?;
            let (feed, body) = Feed::new(from);
            let mut response = Response::new(body);
            let code = first.get(9..12).and_then(|code| StatusCode::from_bytes(code).ok());
            *response.status_mut() = code.ok_or(io::ErrorKind::InvalidData)?;
            *response.headers_mut() = fields(&others);
            self.feed = Some(feed);
            reply.send(response).map_err(|_| io::ErrorKind::BrokenPipe)?;
        }
        match &mut self.feed {
            Some(feed) => feed.poll_write(cx, from),
            None => Poll::Ready(Ok(())),
        }
    }
}

type Answering =
    Pin<Box<dyn Future<Output = Result<Response<Incoming>, hyper::client::conn::TrySendError<Request<Pipe>>>> + Send>>;

/// A request to a target that speaks HTTP/2.
pub(crate) struct Exchange {
    sender: client::SendRequest<Pipe>,
    feed: Option<Feed>,
    answering: Option<Answering>,
    late: Pin<Box<tokio::time::Sleep>>,
    to_head: bool,
    /// The answer's head in the form of HTTP/1.1, and its body.
    head: Vec<u8>,
    body: Option<Incoming>,
}

impl Exchange {
    /// On a target's connection.
    pub(crate) async fn new(target: &TargetState, patience: Duration) -> Result<Self, Failure> {
        Ok(Self::on(target.streams.sender(target, patience).await?, patience))
    }

    /// On a connection of its own.
    pub(crate) async fn alone(address: SocketAddr, patience: Duration) -> Result<Self, Failure> {
        Ok(Self::on(open(address, Ticket::new(patience)).await?, patience))
    }

    fn on(sender: client::SendRequest<Pipe>, patience: Duration) -> Self {
        let late = Box::pin(tokio::time::sleep(patience));
        Self { sender, feed: None, answering: None, late, to_head: false, head: Vec::new(), body: None }
    }

    /// Makes a request of what is to be written.
    fn begin(&mut self, from: &mut Wire) -> Option<()> {
        let (first, others) = take_head(from)?;
        let first = std::str::from_utf8(&first).ok()?;
        let (method, rest) = first.split_once(' ')?;
        let (path, _) = rest.split_once(' ')?;
        let mut headers = fields(&others);
        let host = headers.remove(header::HOST)?;
        let (feed, body) = Feed::new(from);
        let mut request = Request::new(body);
        self.to_head = method == "HEAD";
        *request.method_mut() = method.parse().ok()?;
        *request.uri_mut() =
            Uri::builder().scheme("http").authority(host.as_bytes()).path_and_query(path).build().ok()?;
        *request.version_mut() = Version::HTTP_2;
        *request.headers_mut() = headers;
        self.feed = Some(feed);
        self.answering = Some(Box::pin(self.sender.try_send_request(request)));
        Some(())
    }

    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, from: &mut Wire) -> Poll<io::Result<()>> {
        if self.feed.is_none() {
            self.begin(from).ok_or(io::ErrorKind::InvalidInput)?;
        }
        match &mut self.feed {
            Some(feed) => feed.poll_write(cx, from),
            None => Poll::Ready(Ok(())),
        }
    }

    pub(crate) fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize, Failure>> {
        if self.late.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(Failure::Late));
        }
        let Some(answering) = &mut self.answering else { return Poll::Ready(Err(Failure::Closed)) };
        let (parts, body) = match ready!(answering.as_mut().poll(cx)) {
            Ok(answer) => answer.into_parts(),
            Err(mut error) => {
                tracing::debug!(error = %error.error(), "no answer of HTTP/2");
                let unsent = error.take_message().is_some();
                return Poll::Ready(Err(if unsent { Failure::Unsent } else { Failure::Closed }));
            }
        };
        head::status_line(&mut self.head, true, parts.status.as_u16(), "");
        write_fields(&mut self.head, parts.headers.iter());
        if !parts.headers.contains_key(header::CONTENT_LENGTH) && !self.to_head {
            if body.is_end_stream() {
                self.head.extend_from_slice(b"content-length: 0\r\n");
            } else {
                self.head.extend_from_slice(b"transfer-encoding: chunked\r\n");
            }
        }
        self.head.extend_from_slice(b"\r\n");
        self.body = Some(body);
        Poll::Ready(Ok(self.head.len()))
    }

    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    pub(crate) fn poll_body(&mut self, cx: &mut Context<'_>, to: &mut Wire) -> Poll<io::Result<()>> {
        match &mut self.body {
            Some(body) => poll_incoming(body, cx, to),
            None => Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
        }
    }
}

/// The one HTTP/2 connection to a target that speaks it.
#[derive(Default)]
pub(crate) struct Streams(tokio::sync::Mutex<Option<client::SendRequest<Pipe>>>);

impl Streams {
    /// What sends requests; connects if there is no connection.
    async fn sender(&self, target: &TargetState, patience: Duration) -> Result<client::SendRequest<Pipe>, Failure> {
        let mut kept = self.0.lock().await;
        if let Some(sender) = kept.as_ref().filter(|sender| !sender.is_closed()) {
            return Ok(sender.clone());
        }
        let ticket = Ticket::new(patience);
        target.tickets.add(ticket.clone());
        let sender = open(target.target.address, ticket).await?;
        Ok(kept.insert(sender).clone())
    }
}

/// Connects to a target that speaks HTTP/2.
async fn open(address: SocketAddr, ticket: Arc<Ticket>) -> Result<client::SendRequest<Pipe>, Failure> {
    let stream = dial::connect(address, None, ticket).await?;
    let mut builder = client::Builder::new(TokioExecutor::new());
    builder.timer(TokioTimer::new()).max_header_list_size(limits::HEADER_BYTES as u32);
    let (sender, connection) =
        builder.handshake(TokioIo::new(stream)).await.map_err(|error| Failure::Nonsense(error.to_string()))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "an HTTP/2 connection to a target ended");
        }
    });
    Ok(sender)
}
