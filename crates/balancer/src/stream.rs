//! Bytes in and out of a connection.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::body::{Decoder, Malformed, Wire};
use crate::limits;

/// What came and was not used yet.
#[derive(Default)]
pub(crate) struct Input {
    bytes: Vec<u8>,
    start: usize,
}

impl Input {
    pub(crate) fn unread(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.start == self.bytes.len()
    }

    pub(crate) fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.bytes.len());
        if self.is_empty() {
            self.bytes.clear();
            self.start = 0;
        }
    }

    /// Reads once; gives how much, which is nothing at the end. The room is on the stack, so that a connection has no
    /// more memory than what came needs.
    pub(crate) fn poll_fill<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let mut room = [const { MaybeUninit::uninit() }; limits::READ];
        let mut room = ReadBuf::uninit(&mut room);
        ready!(Pin::new(stream).poll_read(cx, &mut room))?;
        self.push(room.filled());
        Poll::Ready(Ok(room.filled().len()))
    }

    /// Takes what came.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.bytes.drain(..self.start);
            self.start = 0;
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// Lets go of much memory.
    pub(crate) fn release(&mut self) {
        if self.is_empty() && self.bytes.capacity() > limits::KEPT {
            self.bytes = Vec::new();
        }
    }
}

/// Reads some of a body, or its end.
pub(crate) fn poll_body<S: AsyncRead + Unpin>(
    stream: &mut S,
    input: &mut Input,
    decoder: &mut Decoder,
    cx: &mut Context<'_>,
    to: &mut Wire,
) -> Poll<io::Result<()>> {
    loop {
        decode(input, decoder, to)?;
        if to.is_ended() || !to.is_empty() {
            return Poll::Ready(Ok(()));
        }
        if ready!(input.poll_fill(stream, cx))? == 0 {
            if !decoder.ends_with_connection() {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
            to.end();
        }
    }
}

/// Reads what has come of a body.
pub(crate) fn decode(input: &mut Input, decoder: &mut Decoder, to: &mut Wire) -> io::Result<()> {
    let used = decoder.decode(input.unread(), to);
    input.consume(used.map_err(|Malformed| io::Error::from(io::ErrorKind::InvalidData))?);
    Ok(())
}

/// Writes all there is.
pub(crate) fn poll_write<S: AsyncWrite + Unpin>(
    stream: &mut S,
    cx: &mut Context<'_>,
    from: &mut Wire,
) -> Poll<io::Result<()>> {
    while !from.is_empty() {
        match ready!(Pin::new(&mut *stream).poll_write(cx, from.unwritten()))? {
            0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            count => from.written(count),
        }
    }
    Pin::new(stream).poll_flush(cx)
}
