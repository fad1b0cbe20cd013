//! One connection to a shim: requests out, answers and facts in.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};

use shim::protocol::{Decoder, Failure, Numbered, Outcome, Reply, Request, encode};
use tokio::io::Interest;
use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot};
use words::ContainerId;

use crate::{Error, Fact};

type Answer = oneshot::Sender<Result<(Outcome, Vec<OwnedFd>), Failure>>;

#[derive(Debug)]
struct Outgoing {
    frame: Vec<u8>,
    descriptors: Vec<OwnedFd>,
}

/// Bytes read from a shim at once: its messages are small.
const CHUNK_BYTES: usize = 4096;

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    answers: HashMap<u64, Answer>,
    /// The shim is gone; nobody will answer.
    closed: bool,
}

/// A connection; it is served by a task of its own, which ends with it.
#[derive(Debug)]
pub(crate) struct Connection {
    outgoing: mpsc::UnboundedSender<Outgoing>,
    waiting: Arc<Mutex<Waiting>>,
    task: tokio::task::AbortHandle,
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Connection {
    pub(crate) fn new(socket: OwnedFd, id: ContainerId, facts: mpsc::Sender<Fact>) -> io::Result<Self> {
        sys::descriptor::set_nonblocking(&socket)?;
        let socket = UnixStream::from_std(socket.into())?;
        let (outgoing, receiver) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(Waiting::default()));
        let server =
            Server { socket, id, facts, waiting: Arc::clone(&waiting), decoder: Decoder::default(), exited: false };
        let task = tokio::spawn(server.run(receiver)).abort_handle();
        Ok(Self { outgoing, waiting, task })
    }

    /// Sends a request and waits for its answer.
    pub(crate) async fn ask(&self, request: Request, descriptors: Vec<OwnedFd>) -> Result<Outcome, Error> {
        self.ask_for_more(request, descriptors).await.map(|(outcome, _)| outcome)
    }

    /// The same, with the descriptors that the answer brings.
    pub(crate) async fn ask_for_more(
        &self,
        request: Request,
        descriptors: Vec<OwnedFd>,
    ) -> Result<(Outcome, Vec<OwnedFd>), Error> {
        let (answer, receiver) = oneshot::channel();
        self.send(request, descriptors, Some(answer))?;
        match receiver.await {
            Ok(outcome) => outcome.map_err(Error::from),
            Err(_) => Err(Error::Gone),
        }
    }

    /// Sends a request whose answer nobody needs.
    pub(crate) fn say(&self, request: Request) {
        let _ = self.send(request, Vec::new(), None);
    }

    fn send(&self, request: Request, descriptors: Vec<OwnedFd>, answer: Option<Answer>) -> Result<(), Error> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.closed {
            return Err(Error::Gone);
        }
        waiting.next += 1;
        let number = waiting.next;
        let frame = encode(&Numbered { number, request }, descriptors.len())
            .map_err(|malformed| Error::Shim(malformed.to_string()))?;
        if let Some(answer) = answer {
            waiting.answers.insert(number, answer);
        }
        self.outgoing.send(Outgoing { frame, descriptors }).map_err(|_| Error::Gone)
    }
}

struct Server {
    socket: UnixStream,
    id: ContainerId,
    facts: mpsc::Sender<Fact>,
    waiting: Arc<Mutex<Waiting>>,
    decoder: Decoder,
    exited: bool,
}

impl Server {
    async fn run(mut self, mut outgoing: mpsc::UnboundedReceiver<Outgoing>) {
        loop {
            let served = tokio::select! {
                message = outgoing.recv() => match message {
                    Some(message) => self.write(message).await,
                    None => return,
                },
                ready = readable(&self.socket) => match ready {
                    Ok((0, _, _)) => Err(io::ErrorKind::UnexpectedEof.into()),
                    Ok((count, bytes, descriptors)) => {
                        self.decoder.push(&bytes[..count], descriptors);
                        self.take().await
                    }
                    Err(error) => Err(error),
                },
            };
            if served.is_err() {
                break;
            }
        }
        {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.closed = true;
            waiting.answers.clear();
        }
        if !self.exited {
            let _ = self.facts.send(Fact::Lost { id: self.id }).await;
        }
    }

    async fn write(&self, message: Outgoing) -> io::Result<()> {
        let Outgoing { frame, descriptors } = message;
        let mut borrowed: Vec<_> = descriptors.iter().map(AsFd::as_fd).collect();
        let mut rest = frame.as_slice();
        while !rest.is_empty() {
            self.socket.writable().await?;
            let sent = self.socket.try_io(Interest::WRITABLE, || sys::descriptor::send(&self.socket, rest, &borrowed));
            match sent {
                Ok(count) => {
                    rest = &rest[count..];
                    // Descriptors go with the first byte only.
                    borrowed.clear();
                }
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn take(&mut self) -> io::Result<()> {
        while let Some((reply, descriptors)) = self.decoder.message::<Reply>().map_err(io::Error::other)? {
            let fact = match reply {
                Reply::Done { number, outcome } => {
                    let answer = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).answers.remove(&number);
                    if outcome.is_err() && number == 1 {
                        // A launch that failed: the shim ends, and there is no exit to come.
                        self.exited = true;
                    }
                    if let Some(answer) = answer {
                        let _ = answer.send(outcome.map(|outcome| (outcome, descriptors)));
                    }
                    continue;
                }
                Reply::Exited(record) => {
                    self.exited = true;
                    Fact::Exited { id: self.id.clone(), record }
                }
                Reply::ExecExited { exec, code } => Fact::ExecExited { id: self.id.clone(), exec, code },
                Reply::Detached => Fact::Detached { id: self.id.clone() },
            };
            let _ = self.facts.send(fact).await;
        }
        Ok(())
    }
}

/// Nothing is wrong; it is to be tried again.
fn is_passing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::WouldBlock)
}

/// Reads once, when there is something to read.
async fn readable(socket: &UnixStream) -> io::Result<(usize, [u8; CHUNK_BYTES], Vec<OwnedFd>)> {
    loop {
        socket.readable().await?;
        let mut bytes = [0; CHUNK_BYTES];
        match socket.try_io(Interest::READABLE, || sys::descriptor::receive(socket, &mut bytes)) {
            Ok((count, descriptors)) => return Ok((count, bytes, descriptors)),
            Err(error) if is_passing(&error) => {}
            Err(error) => return Err(error),
        }
    }
}
