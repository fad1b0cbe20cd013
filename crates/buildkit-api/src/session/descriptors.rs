//! Files that a client on this machine hands over open, instead of sending their contents through the session's
//! connection: the kernel copies them then, at a third of the time.
//!
//! It is ours alone, of `dabba build`: no client of BuildKit's does it. Each call of `FileSync.DiffCopy` has a number in
//! its metadata. Who wants to hand files over connects once more to the daemon's unix socket (`POST
//! /session/descriptors`, with the header of the session's id) and does it there as [`filesync::hand_over`] does. The
//! first message is a trial, for there may be a proxy between the two that lets bytes through and nothing else: the
//! daemon answers it by one byte, and only if a descriptor has come. A packet on the session's connection then says that
//! a file was handed over ([`filesync::handed_over`]). What was sent before that is here when the packet is read, unless
//! something between the two carries one connection faster than the other: then it is waited for, for a moment.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use filesync::Packet;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::mpsc;

use crate::limits;

/// What a session's client has handed over.
#[derive(Debug, Default)]
pub(crate) struct Descriptors {
    calls: AtomicU32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    socket: Option<OwnedFd>,
    /// By call and entry.
    waiting: HashMap<(u32, u32), OwnedFd>,
}

impl Descriptors {
    /// Takes the socket on which they come, one in a session's life, when the trial has succeeded.
    pub(crate) async fn come_by(&self, socket: OwnedFd) -> io::Result<()> {
        sys::descriptor::set_nonblocking(&socket)?;
        let stream = UnixStream::from_std(socket.into())?;
        let trial = stream.async_io(Interest::READABLE, || filesync::take_over(&stream));
        if tokio::time::timeout(limits::PATIENCE, trial).await??.is_none() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.socket.is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let socket = OwnedFd::from(stream.into_std()?);
        sys::descriptor::send(&socket, b"+", &[])?;
        state.socket = Some(socket);
        Ok(())
    }

    /// The number of a call.
    pub(crate) fn call(&self) -> u32 {
        self.calls.fetch_add(1, Ordering::Relaxed)
    }

    fn take(&self, call: u32, entry: u32, patience: Duration) -> io::Result<Option<OwnedFd>> {
        let until = Instant::now() + patience;
        // Who else reads meanwhile waits for the same socket.
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            state.read()?;
            let found = state.waiting.remove(&(call, entry));
            let left = until.saturating_duration_since(Instant::now());
            let Some(socket) = state.socket.as_ref().filter(|_| found.is_none() && !left.is_zero()) else {
                return Ok(found);
            };
            let left = Timespec::try_from(left).unwrap_or_default();
            match poll(&mut [PollFd::new(socket, PollFlags::IN)], Some(&left)) {
                Ok(_) | Err(Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn forget(&self, call: u32) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.waiting.retain(|(of, _), _| *of != call);
    }
}

impl State {
    /// Reads what has come.
    fn read(&mut self) -> io::Result<()> {
        while let Some(socket) = &self.socket {
            match filesync::take_over(socket) {
                Ok(None) => self.socket = None,
                Ok(Some(_)) if self.waiting.len() >= limits::HANDED => {
                    let why = "handing files over: more than were asked for";
                    return Err(io::Error::new(io::ErrorKind::InvalidData, why));
                }
                Ok(Some((call, entry, file))) => drop(self.waiting.insert((call, entry), file)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Those of one call.
#[derive(Debug)]
pub(super) struct Handed {
    pub(super) descriptors: Arc<Descriptors>,
    pub(super) call: u32,
    /// Bytes that were copied, to show how far it is.
    pub(super) copied: Arc<AtomicU64>,
    /// Ends with the call.
    pub(super) replies: mpsc::Sender<Packet>,
}

impl filesync::Handed for Handed {
    fn take(&mut self, number: u32) -> io::Result<Option<OwnedFd>> {
        self.descriptors.take(self.call, number, limits::HANDED_PATIENCE)
    }

    fn copied(&mut self, bytes: u64) -> bool {
        self.copied.fetch_add(bytes, Ordering::Relaxed);
        !self.replies.is_closed()
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        self.descriptors.forget(self.call);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    /// A client's end, once the trial has succeeded.
    async fn client(descriptors: &Descriptors) -> UnixStream {
        let (mut near, far) = UnixStream::pair().unwrap();
        hand(&near, 0, 0);
        descriptors.come_by(far.into()).await.unwrap();
        near.read_exact(&mut [0]).unwrap();
        near
    }

    fn take(descriptors: &Descriptors, call: u32, entry: u32) -> io::Result<Option<OwnedFd>> {
        descriptors.take(call, entry, Duration::ZERO)
    }

    fn hand(socket: &UnixStream, call: u32, entry: u32) {
        filesync::hand_over(socket, call, entry, tempfile::tempfile().unwrap()).unwrap();
    }

    #[tokio::test]
    async fn files_are_found_by_call_and_entry() {
        let descriptors = Descriptors::default();
        assert!(take(&descriptors, 1, 2).unwrap().is_none());
        let near = client(&descriptors).await;
        assert!(take(&descriptors, 1, 2).unwrap().is_none());
        for (call, entry) in [(1, 2), (1, 3), (2, 2)] {
            hand(&near, call, entry);
        }
        assert!(take(&descriptors, 1, 4).unwrap().is_none());
        assert!(take(&descriptors, 1, 2).unwrap().is_some());
        assert!(take(&descriptors, 1, 2).unwrap().is_none());
        descriptors.forget(1);
        assert!(take(&descriptors, 1, 3).unwrap().is_none());
        assert!(take(&descriptors, 2, 2).unwrap().is_some());
    }

    #[tokio::test]
    async fn a_connection_through_which_no_descriptors_come_is_not_taken() {
        let descriptors = Descriptors::default();
        let (near, far) = UnixStream::pair().unwrap();
        sys::descriptor::send(&near, &[0; 8], &[]).unwrap();
        assert!(descriptors.come_by(far.into()).await.is_err());
        let _first = client(&descriptors).await;
        let (near, far) = UnixStream::pair().unwrap();
        hand(&near, 0, 0);
        let second = descriptors.come_by(far.into()).await;
        assert_eq!(second.unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    }

    #[tokio::test]
    async fn what_is_no_message_is_refused() {
        let file = tempfile::tempfile().unwrap();
        for (bytes, files) in [(8, 0), (7, 1), (8, 2)] {
            let descriptors = Descriptors::default();
            let near = client(&descriptors).await;
            sys::descriptor::send(&near, &vec![0; bytes], &vec![file.as_fd(); files]).unwrap();
            assert_eq!(take(&descriptors, 0, 0).unwrap_err().kind(), io::ErrorKind::InvalidData, "{bytes} {files}");
        }
    }

    #[tokio::test]
    async fn no_more_wait_than_were_asked_for() {
        let descriptors = Descriptors::default();
        let near = client(&descriptors).await;
        for entry in 0..u32::try_from(limits::HANDED).unwrap() {
            hand(&near, 7, entry);
            assert!(take(&descriptors, 0, 0).unwrap().is_none());
        }
        hand(&near, 7, u32::MAX);
        assert!(take(&descriptors, 7, 0).unwrap_err().to_string().contains("more than were asked for"));
    }

    #[tokio::test]
    async fn a_file_that_comes_later_than_its_packet_is_waited_for() {
        let descriptors = Descriptors::default();
        let near = client(&descriptors).await;
        let late = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            hand(&near, 1, 2);
            near
        });
        let patience = Duration::from_secs(60);
        assert!(descriptors.take(1, 2, patience).unwrap().is_some());
        // Who has gone hands nothing over any more.
        drop(late.join().unwrap());
        assert!(descriptors.take(1, 3, patience).unwrap().is_none());
    }
}
