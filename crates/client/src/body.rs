//! What a request carries.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::Frame;
use tokio::sync::mpsc;

use crate::limits;

/// What a request carries: nothing, bytes at hand, or what a [`Feed`] brings.
#[derive(Debug)]
pub struct Body(Kind);

#[derive(Debug)]
enum Kind {
    Full(Option<Bytes>),
    Fed(mpsc::Receiver<Bytes>),
}

/// The writing end of a body that is sent while it is read. Dropping it ends the body.
#[derive(Debug, Clone)]
pub struct Feed(mpsc::Sender<Bytes>);

impl Feed {
    /// Sends a piece, and waits while the daemon is slower. `false` when the daemon wants no more.
    pub async fn send(&self, piece: Bytes) -> bool {
        self.0.send(piece).await.is_ok()
    }

    /// The same from a thread that may block.
    pub fn send_blocking(&self, piece: Bytes) -> bool {
        self.0.blocking_send(piece).is_ok()
    }
}

impl Body {
    /// No body.
    pub fn empty() -> Self {
        Self(Kind::Full(None))
    }

    /// Bytes at hand.
    pub fn full(bytes: impl Into<Bytes>) -> Self {
        Self(Kind::Full(Some(bytes.into()).filter(|bytes| !bytes.is_empty())))
    }

    /// A body and what feeds it.
    pub fn fed() -> (Feed, Self) {
        let (sender, receiver) = mpsc::channel(limits::FEED_CHUNKS);
        (Feed(sender), Self(Kind::Fed(receiver)))
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match &mut self.0 {
            Kind::Full(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Kind::Fed(receiver) => receiver.poll_recv(context).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.0, Kind::Full(None))
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        match &self.0 {
            Kind::Full(bytes) => hyper::body::SizeHint::with_exact(
                bytes.as_ref().map_or(0, |bytes| u64::try_from(bytes.len()).unwrap_or(0)),
            ),
            Kind::Fed(_) => hyper::body::SizeHint::default(),
        }
    }
}
