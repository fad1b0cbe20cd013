//! An attached client: what it is sent, what it types.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::time::Instant;

use rustix::net::{RecvFlags, SendFlags};

use crate::keys::{Keys, Typed};
use crate::limits;
use crate::log::Stream;
use crate::protocol::Attach;

/// A client's connection.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) socket: OwnedFd,
    /// It still may type.
    pub(crate) reading: bool,
    wants: [bool; 2],
    framed: bool,
    keys: Keys,
    /// What came before the socket was ours.
    pub(crate) pending: Vec<u8>,
    backlog: VecDeque<u8>,
    /// When it last took something, while something waits for it.
    waiting_since: Option<Instant>,
}

/// What a client did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// It typed this.
    Bytes(Vec<u8>),
    /// It typed this and then its detach keys.
    Detach(Vec<u8>),
    /// It will type no more.
    End,
    /// Nothing just now.
    Nothing,
}

impl Client {
    pub(crate) fn new(socket: OwnedFd, attach: Attach) -> io::Result<Self> {
        sys::descriptor::set_nonblocking(&socket)?;
        Ok(Self {
            socket,
            reading: attach.stdin,
            wants: [attach.stdout, attach.stderr],
            framed: attach.framed,
            keys: Keys::new(attach.detach_keys),
            pending: attach.pending,
            backlog: VecDeque::new(),
            waiting_since: None,
        })
    }

    /// Queues output and sends what can be sent. An error means that the client is gone.
    pub(crate) fn give(&mut self, stream: Stream, bytes: &[u8]) -> io::Result<()> {
        if !self.wants[usize::from(stream.number()) - 1] || bytes.is_empty() {
            return Ok(());
        }
        if self.framed {
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes();
            self.backlog.extend([stream.number(), 0, 0, 0]);
            self.backlog.extend(length);
        }
        self.backlog.extend(bytes);
        self.flush()
    }

    /// Sends what can be sent.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while !self.backlog.is_empty() {
            let (front, _) = self.backlog.as_slices();
            match rustix::net::send(&self.socket, front, SendFlags::NOSIGNAL | SendFlags::DONTWAIT) {
                Ok(count) => {
                    self.backlog.drain(..count);
                    self.waiting_since = Some(Instant::now());
                }
                Err(rustix::io::Errno::AGAIN) => {
                    self.waiting_since.get_or_insert_with(Instant::now);
                    return Ok(());
                }
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
        self.waiting_since = None;
        // An idle client holds no buffer.
        self.backlog = VecDeque::new();
        Ok(())
    }

    /// Output waits for it.
    pub(crate) fn has_backlog(&self) -> bool {
        !self.backlog.is_empty()
    }

    /// So much waits that the program's output must stay where it is.
    pub(crate) fn is_full(&self) -> bool {
        self.backlog.len() >= limits::CLIENT_BACKLOG
    }

    /// It has taken nothing for too long.
    pub(crate) fn is_stuck(&self) -> bool {
        self.waiting_since.is_some_and(|since| since.elapsed() > limits::CLIENT_PATIENCE)
    }

    /// Reads what it types.
    pub(crate) fn read(&mut self) -> io::Result<Input> {
        let mut buffer = vec![0; limits::CHUNK_BYTES];
        match rustix::net::recv(&self.socket, &mut buffer[..], RecvFlags::DONTWAIT) {
            Ok((0, _)) => Ok(Input::End),
            Ok((count, _)) => Ok(self.typed(&buffer[..count])),
            Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => Ok(Input::Nothing),
            Err(error) => Err(error.into()),
        }
    }

    pub(crate) fn typed(&mut self, bytes: &[u8]) -> Input {
        match self.keys.take(bytes) {
            Typed::Input(bytes) => Input::Bytes(bytes),
            Typed::Detach(bytes) => Input::Detach(bytes),
        }
    }
}
