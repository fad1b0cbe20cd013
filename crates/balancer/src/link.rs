//! Connections to targets.
//!
//! A link is a value, not a task: whoever waits for its answer drives it, so a request makes no task wake another. In
//! the pool nobody drives it; whether it still stands is looked at when it is taken out.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::TcpStream;

use crate::clock::Moment;
use crate::limits;
use crate::target::TargetState;
use crate::ticket::{Metered, Ticket};

type Stream = TokioIo<Metered<TcpStream>>;

/// The body of a request on its way to a target.
pub(crate) enum Upload {
    /// None.
    Empty,
    /// The client's.
    Body(Incoming, Arc<Uploaded>),
}

/// What became of it.
#[derive(Default)]
pub(crate) struct Uploaded {
    pub(crate) bytes: AtomicU64,
    /// Whether any of it was taken, so that it cannot be sent again.
    pub(crate) touched: AtomicBool,
}

impl Body for Upload {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let Self::Body(body, uploaded) = &mut *self else { return Poll::Ready(None) };
        uploaded.touched.store(true, Relaxed);
        let frame = ready!(Pin::new(body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame {
            uploaded.bytes.fetch_add(frame.data_ref().map_or(0, Bytes::len) as u64, Relaxed);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Body(body, _) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Empty => SizeHint::with_exact(0),
            Self::Body(body, _) => body.size_hint(),
        }
    }
}

/// Why there is no answer.
pub(crate) enum Failure {
    /// No connection.
    Connect(io::Error),
    /// No connection in time.
    ConnectLate,
    /// The connection ended. The request is given back if none of it was sent.
    Closed(Option<Box<Request<Upload>>>),
    /// No answer in time.
    Late,
    /// What came was no answer.
    Nonsense(hyper::Error),
    /// The client's body broke off, or was none.
    Client,
}

/// A connection to a target, for one request at a time.
pub(crate) struct Link {
    sender: http1::SendRequest<Upload>,
    connection: http1::Connection<Stream, Upload>,
    ended: bool,
    pub(crate) ticket: Arc<Ticket>,
    since: Moment,
}

async fn connect(address: SocketAddr) -> Result<TcpStream, Failure> {
    let stream = tokio::time::timeout(limits::CONNECT_PATIENCE, TcpStream::connect(address)).await;
    let stream = stream.map_err(|_| Failure::ConnectLate)?.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => Failure::ConnectLate,
        _ => Failure::Connect(error),
    })?;
    stream.set_nodelay(true).map_err(Failure::Connect)?;
    Ok(stream)
}

impl Link {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr, patience: Duration) -> Result<Box<Self>, Failure> {
        let ticket = Ticket::new(patience);
        let stream = TokioIo::new(Metered::new(connect(address).await?, ticket.clone()));
        let mut builder = http1::Builder::new();
        builder.max_header_size(limits::HEADER_BYTES).max_headers(limits::HEADERS);
        let (sender, connection) = builder.handshake(stream).await.map_err(Failure::Nonsense)?;
        Ok(Box::new(Self { sender, connection, ended: false, ticket, since: Moment::now() }))
    }

    /// Does what can be done now.
    pub(crate) fn drive(&mut self, cx: &mut Context<'_>) {
        if !self.ended && Pin::new(&mut self.connection).poll(cx).is_ready() {
            self.ended = true;
        }
    }

    /// Whether it can take a request.
    fn is_free(&mut self) -> bool {
        self.drive(&mut Context::from_waker(Waker::noop()));
        !self.ended && self.sender.is_ready()
    }

    /// Sends a request and waits for the head of its answer.
    pub(crate) async fn send(&mut self, request: Request<Upload>) -> Result<Response<Incoming>, Failure> {
        self.ticket.begin();
        let mut answer = pin!(self.sender.try_send_request(request));
        let (connection, ended) = (&mut self.connection, &mut self.ended);
        let outcome = std::future::poll_fn(|cx| {
            if !*ended && Pin::new(&mut *connection).poll(cx).is_ready() {
                *ended = true;
            }
            answer.as_mut().poll(cx)
        });
        outcome.await.map_err(|mut error| {
            if self.ticket.is_late() {
                return Failure::Late;
            }
            let message = error.take_message().map(Box::new);
            classify(error.into_error(), message)
        })
    }

    /// For a request that may make the connection another protocol's: by a task, since hyper gives the stream away.
    pub(crate) async fn send_upgrade(mut self, request: Request<Upload>) -> Result<Response<Incoming>, Failure> {
        self.ticket.begin();
        let answer = self.sender.try_send_request(request);
        let connection = self.connection.with_upgrades();
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection to a target ended");
            }
            drop(self.sender);
        });
        answer.await.map_err(|mut error| {
            if self.ticket.is_late() {
                return Failure::Late;
            }
            let message = error.take_message().map(Box::new);
            classify(error.into_error(), message)
        })
    }
}

fn classify(error: hyper::Error, message: Option<Box<Request<Upload>>>) -> Failure {
    if message.is_some() {
        return Failure::Closed(message);
    }
    if error.is_user() {
        return Failure::Client;
    }
    if error.is_parse() {
        return Failure::Nonsense(error);
    }
    Failure::Closed(None)
}

/// Idle links of a target, the last used first out.
#[derive(Default)]
#[expect(clippy::vec_box, reason = "a link is large, and goes in and out for each request")]
pub(crate) struct Pool(Mutex<Vec<Box<Link>>>);

impl Pool {
    /// One that stands, if there is one.
    pub(crate) fn take(&self, patience: Duration) -> Option<Box<Link>> {
        loop {
            let mut link = self.lock().pop()?;
            if link.is_free() {
                link.ticket.set_patience(patience);
                return Some(link);
            }
        }
    }

    /// Keeps one whose answer is at its end, if it can take another request.
    pub(crate) fn put(&self, mut link: Box<Link>, target: &TargetState) {
        link.ticket.end();
        if target.is_leaving() || link.ended || !link.sender.is_ready() {
            return;
        }
        link.since = Moment::now();
        let mut links = self.lock();
        if links.len() < limits::IDLE_LINKS {
            links.push(link);
        }
    }

    pub(crate) fn clear(&self) {
        let links = std::mem::take(&mut *self.lock());
        drop(links);
    }

    /// Lets go of what is old or was ended by the target.
    pub(crate) fn sweep(&self, now: Moment) {
        let mut links = self.lock();
        links.retain_mut(|link| now.since(link.since) < limits::IDLE_LINK_AGE && link.is_free());
        if links.is_empty() {
            links.shrink_to_fit();
        }
    }

    #[expect(clippy::vec_box, reason = "as above")]
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Box<Link>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The one HTTP/2 connection to a target that speaks it.
#[derive(Default)]
pub(crate) struct Streams(tokio::sync::Mutex<Option<http2::SendRequest<Upload>>>);

impl Streams {
    /// What sends requests; connects if there is no connection.
    pub(crate) async fn sender(
        &self,
        target: &TargetState,
        patience: Duration,
    ) -> Result<http2::SendRequest<Upload>, Failure> {
        let mut kept = self.0.lock().await;
        if let Some(sender) = kept.as_ref().filter(|sender| !sender.is_closed()) {
            return Ok(sender.clone());
        }
        let sender = dial_h2(target.target.address, patience, |ticket| target.tickets.add(ticket)).await?;
        Ok(kept.insert(sender).clone())
    }
}

/// Sends a request on an HTTP/2 connection and waits for the head of its answer.
pub(crate) async fn send_stream(
    sender: &mut http2::SendRequest<Upload>,
    request: Request<Upload>,
    patience: Duration,
) -> Result<Response<Incoming>, Failure> {
    match tokio::time::timeout(patience, sender.try_send_request(request)).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(mut error)) => {
            let message = error.take_message().map(Box::new);
            Err(classify(error.into_error(), message))
        }
        Err(_) => Err(Failure::Late),
    }
}

/// Connects to a target that speaks HTTP/2.
pub(crate) async fn dial_h2(
    address: SocketAddr,
    patience: Duration,
    keep: impl FnOnce(Arc<Ticket>),
) -> Result<http2::SendRequest<Upload>, Failure> {
    let stream = connect(address).await?;
    let ticket = Ticket::new(patience);
    keep(ticket.clone());
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.timer(TokioTimer::new()).max_header_list_size(limits::HEADER_BYTES as u32);
    let (sender, connection) =
        builder.handshake(TokioIo::new(Metered::new(stream, ticket))).await.map_err(Failure::Nonsense)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "an HTTP/2 connection to a target ended");
        }
    });
    Ok(sender)
}
