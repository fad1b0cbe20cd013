//! A connection's ticket: what it did last, and whether it must end.
//!
//! No connection has a timer. What it does it writes into its ticket, and one task looks at all tickets once a second
//! (`janitor.rs`). It ends a connection by punching its ticket and waking the task that has it; [`Metered`] then fails
//! every read and write.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::task::AtomicWaker;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::clock::Moment;
use crate::limits;

const VALID: u8 = 0;
const CLOSING: u8 = 1;
const CUT: u8 = 2;
const LATE: u8 = 3;

/// One connection's.
#[derive(Default)]
pub(crate) struct Ticket {
    punched: AtomicU8,
    waker: AtomicWaker,
    /// The last byte in either direction.
    active: AtomicU64,
    /// Requests that are not at their end.
    requests: AtomicU32,
    /// The first byte after the last request; 0 is none.
    head: AtomicU64,
    /// Whether that byte begins a head: in HTTP/1.
    heads: AtomicBool,
    /// Milliseconds that may pass without a byte during a request.
    patience: AtomicU64,
    /// Whether it has ended, and its ticket can be forgotten.
    ended: AtomicBool,
}

impl Ticket {
    pub(crate) fn new(patience: Duration) -> Arc<Self> {
        let ticket = Self::default();
        ticket.touch();
        ticket.set_patience(patience);
        Arc::new(ticket)
    }

    /// Something was done.
    pub(crate) fn touch(&self) {
        self.active.store(Moment::now().0, Relaxed);
    }

    pub(crate) fn set_patience(&self, patience: Duration) {
        self.patience.store(patience.as_millis() as u64, Relaxed);
    }

    /// From here on the first byte after a request begins the next one's head.
    pub(crate) fn expect_heads(&self) {
        self.heads.store(true, Relaxed);
    }

    /// A request begins.
    pub(crate) fn begin(&self) {
        self.requests.fetch_add(1, Relaxed);
        self.head.store(0, Relaxed);
    }

    /// A request, or the last part of it that anybody waits for, is at its end.
    pub(crate) fn end(&self) {
        self.requests.fetch_sub(1, Relaxed);
        self.touch();
    }

    /// No new requests, please.
    pub(crate) fn close(&self) {
        self.punch(CLOSING);
    }

    /// Ends it now.
    pub(crate) fn cut(&self) {
        self.punch(CUT);
    }

    fn punch(&self, how: u8) {
        if self.punched.fetch_max(how, Relaxed) < how {
            self.waker.wake();
        }
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.punched.load(Relaxed) != VALID
    }

    /// Whether it was ended since nothing came for too long.
    pub(crate) fn is_late(&self) -> bool {
        self.punched.load(Relaxed) == LATE
    }

    /// Looks at a client's connection.
    fn inspect_client(&self, idle: Duration, now: Moment) {
        let silence = now.since(Moment(self.active.load(Relaxed)));
        if self.requests.load(Relaxed) > 0 {
            if silence > Duration::from_millis(self.patience.load(Relaxed)) + limits::GRACE {
                self.cut();
            }
            return;
        }
        let head = self.head.load(Relaxed);
        if head != 0 && now.since(Moment(head)) > limits::HEADER_PATIENCE || silence > idle + limits::GRACE {
            self.cut();
        } else if silence > idle {
            self.close();
        }
    }

    /// Looks at a connection to a target, which is silent for too long only while a request waits.
    fn inspect_target(&self, now: Moment) {
        let silence = now.since(Moment(self.active.load(Relaxed)));
        if self.requests.load(Relaxed) > 0 && silence > Duration::from_millis(self.patience.load(Relaxed)) {
            self.punch(LATE);
        }
    }

    fn check(&self) -> io::Result<()> {
        match self.punched.load(Relaxed) {
            CUT => Err(io::Error::new(io::ErrorKind::ConnectionAborted, "ended by the balancer")),
            LATE => Err(io::Error::new(io::ErrorKind::TimedOut, "nothing came for too long")),
            _ => Ok(()),
        }
    }
}

/// The tickets of a listener's or a target's connections.
#[derive(Default)]
pub(crate) struct Tickets(Mutex<Vec<Arc<Ticket>>>);

impl Tickets {
    pub(crate) fn add(&self, ticket: Arc<Ticket>) {
        self.lock().push(ticket);
    }

    pub(crate) fn each(&self, work: impl FnMut(&Arc<Ticket>)) {
        self.lock().iter().for_each(work);
    }

    /// Forgets what has ended and looks at the rest; tells how many there are.
    pub(crate) fn inspect_clients(&self, idle: Duration, now: Moment) -> usize {
        self.inspect(|ticket| ticket.inspect_client(idle, now))
    }

    pub(crate) fn inspect_targets(&self, now: Moment) -> usize {
        self.inspect(|ticket| ticket.inspect_target(now))
    }

    fn inspect(&self, look: impl Fn(&Ticket)) -> usize {
        let mut tickets = self.lock();
        tickets.retain(|ticket| !ticket.ended.load(Relaxed));
        tickets.iter().for_each(|ticket| look(ticket));
        if tickets.len() < tickets.capacity() / 4 {
            tickets.shrink_to_fit();
        }
        tickets.len()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Arc<Ticket>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream that keeps its ticket.
pub(crate) struct Metered<S> {
    stream: S,
    ticket: Arc<Ticket>,
}

impl<S> Metered<S> {
    pub(crate) fn new(stream: S, ticket: Arc<Ticket>) -> Self {
        Self { stream, ticket }
    }
}

impl<S> Drop for Metered<S> {
    fn drop(&mut self) {
        self.ticket.ended.store(true, Relaxed);
    }
}

impl<S> Metered<S> {
    /// What a read or write came to. The waker is registered before the ticket is looked at, so no punch is missed.
    fn settle<T>(&self, cx: &Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match outcome {
            Poll::Pending => {
                self.ticket.waker.register(cx.waker());
                match self.ticket.check() {
                    Ok(()) => Poll::Pending,
                    Err(error) => Poll::Ready(Err(error)),
                }
            }
            ready => {
                self.ticket.touch();
                ready
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.ticket.check()?;
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        ready!(self.settle(cx, outcome))?;
        let ticket = &self.ticket;
        if ticket.heads.load(Relaxed) && ticket.requests.load(Relaxed) == 0 && ticket.head.load(Relaxed) == 0 {
            ticket.head.store(ticket.active.load(Relaxed), Relaxed);
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.ticket.check()?;
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.settle(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.ticket.check()?;
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, bytes);
        self.settle(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
