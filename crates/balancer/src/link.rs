//! Connections to targets.
//!
//! A link is a value, not a task: whoever waits for its answer drives it, so a request makes no task wake another. In
//! the pool nobody drives it; whether it still stands is looked at when it is taken out.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio_rustls::TlsConnector;

use crate::body::{Decoder, Framing, Wire};
use crate::clock::Moment;
use crate::dial::{self, Line};
use crate::head::Lines;
use crate::http2::Exchange;
use crate::limits;
use crate::routing::TargetProtocol;
use crate::stream::{self, Input};
use crate::target::TargetState;
use crate::ticket::Ticket;

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// No connection.
    Connect(io::Error),
    /// No connection in time.
    ConnectLate,
    /// A connection, and no TLS on it.
    Handshake(String),
    /// The connection ended.
    Closed,
    /// The connection ended, and nothing of the request was sent.
    Unsent,
    /// No answer in time.
    Late,
    /// What came was no answer.
    Nonsense(String),
    /// The client's body broke off, or was none.
    Client,
    /// The client has gone.
    Gone,
}

/// A connection to a target, for one request at a time.
pub(crate) struct Link {
    pub(crate) stream: Line,
    pub(crate) input: Input,
    lines: Lines,
    decoder: Decoder,
    /// Whether it can take another request after this one's answer.
    keeps: bool,
    interim: u32,
    ticket: Arc<Ticket>,
    since: Moment,
}

impl Link {
    /// Connects.
    pub(crate) async fn open(
        address: SocketAddr,
        tls: Option<&TlsConnector>,
        patience: Duration,
    ) -> Result<Box<Self>, Failure> {
        let ticket = Ticket::new(patience);
        let stream = dial::connect(address, tls, ticket.clone()).await?;
        ticket.begin();
        Ok(Box::new(Self {
            stream,
            input: Input::default(),
            lines: Lines::default(),
            decoder: Decoder::new(Framing::Empty),
            keeps: true,
            interim: 0,
            ticket,
            since: Moment::now(),
        }))
    }

    /// Whether it still stands, and nobody has said anything that was not asked for.
    fn is_free(&mut self) -> bool {
        let mut cx = Context::from_waker(Waker::noop());
        self.input.is_empty() && self.input.poll_fill(&mut self.stream, &mut cx).is_pending()
    }

    fn can_be_used_again(&self) -> bool {
        self.keeps && self.decoder.is_ended() && self.input.is_empty()
    }

    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize, Failure>> {
        loop {
            let unread = self.input.unread();
            if let Some(end) = self.lines.end(unread) {
                self.lines = Lines::default();
                let is_interim = unread.starts_with(b"HTTP/1.") && unread.get(9) == Some(&b'1');
                if !is_interim || unread.get(9..12) == Some(b"101") {
                    return Poll::Ready(Ok(end));
                }
                self.interim += 1;
                if self.interim > limits::INTERIM {
                    return Poll::Ready(Err(Failure::Nonsense("too many answers before the answer".into())));
                }
                self.input.consume(end);
                continue;
            }
            if unread.len() > limits::HEADER_BYTES {
                return Poll::Ready(Err(Failure::Nonsense("a head that is too large".into())));
            }
            match ready!(self.input.poll_fill(&mut self.stream, cx)) {
                Ok(1..) => {}
                Err(_) if self.ticket.is_late() => return Poll::Ready(Err(Failure::Late)),
                Ok(0) | Err(_) => return Poll::Ready(Err(Failure::Closed)),
            }
        }
    }
}

/// What takes a request to a target, and brings the answer.
pub(crate) enum Upstream {
    Link(Box<Link>),
    Stream(Box<Exchange>),
}

impl Upstream {
    /// One for a target, and whether it has been used before.
    pub(crate) async fn get(target: &TargetState, patience: Duration) -> Result<(Self, bool), Failure> {
        match target.protocol {
            TargetProtocol::H2c => Ok((Self::Stream(Box::new(Exchange::new(target, patience).await?)), true)),
            TargetProtocol::Http1 | TargetProtocol::Https1 => match target.pool.take(patience) {
                Some(link) => Ok((Self::Link(link), true)),
                None => {
                    let link = Link::open(target.target.address, target.tls.as_ref(), patience).await?;
                    target.tickets.add(link.ticket.clone());
                    Ok((Self::Link(link), false))
                }
            },
        }
    }

    /// Writes all there is of a request.
    pub(crate) fn poll_write(&mut self, cx: &mut Context<'_>, from: &mut Wire) -> Poll<io::Result<()>> {
        match self {
            Self::Link(link) => stream::poll_write(&mut link.stream, cx, from),
            Self::Stream(exchange) => exchange.poll_write(cx, from),
        }
    }

    /// Waits for the head of the answer; gives its length.
    pub(crate) fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<Result<usize, Failure>> {
        match self {
            Self::Link(link) => link.poll_head(cx),
            Self::Stream(exchange) => exchange.poll_head(cx),
        }
    }

    pub(crate) fn head(&self, length: usize) -> &[u8] {
        let bytes = match self {
            Self::Link(link) => link.input.unread(),
            Self::Stream(exchange) => exchange.head(),
        };
        bytes.get(..length).unwrap_or_default()
    }

    /// The head is done with; hands on what has come of the body already.
    pub(crate) fn begin_body(
        &mut self,
        length: usize,
        framing: Framing,
        keeps: bool,
        to: &mut Wire,
    ) -> Result<(), Failure> {
        match self {
            Self::Link(link) => {
                link.input.consume(length);
                (link.keeps, link.interim) = (keeps, 0);
                link.decoder = Decoder::new(framing);
                stream::decode(&mut link.input, &mut link.decoder, to)
                    .map_err(|error| Failure::Nonsense(error.to_string()))
            }
            Self::Stream(_) => {
                if framing == Framing::Empty {
                    to.end();
                }
                Ok(())
            }
        }
    }

    /// Whether it can take another request, now that the answer is at its end.
    pub(crate) fn can_be_used_again(&self) -> bool {
        matches!(self, Self::Link(link) if link.can_be_used_again())
    }

    /// The link, if it is one.
    pub(crate) fn into_link(self) -> Option<Box<Link>> {
        match self {
            Self::Link(link) => Some(link),
            Self::Stream(_) => None,
        }
    }

    /// Reads some of the answer's body, or its end.
    pub(crate) fn poll_body(&mut self, cx: &mut Context<'_>, to: &mut Wire) -> Poll<io::Result<()>> {
        match self {
            Self::Link(link) => stream::poll_body(&mut link.stream, &mut link.input, &mut link.decoder, cx, to),
            Self::Stream(exchange) => exchange.poll_body(cx, to),
        }
    }
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
                link.ticket.begin();
                return Some(link);
            }
        }
    }

    /// Keeps one whose request and answer are at their ends, if it can take another request.
    pub(crate) fn put(&self, mut link: Box<Link>, target: &TargetState) {
        link.ticket.end();
        if target.is_leaving() || !link.can_be_used_again() {
            return;
        }
        link.input.release();
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
