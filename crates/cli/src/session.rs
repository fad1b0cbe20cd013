//! A person at a process: bytes go to and fro until the process has ended or the person detached.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use client::{Client, Frames, Hijacked, Origin, Request};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::error::Failure;
use crate::keys::Keys;
use crate::output;
use crate::terminal;

/// Chunks between a stream and what reads it.
const CHUNKS: usize = 16;
/// Bytes of one read.
const READ_BYTES: usize = 32 << 10;

/// What a session needs to know of its process.
#[derive(Debug)]
pub(crate) struct Session {
    /// The process has a terminal: its stream is raw.
    pub(crate) tty: bool,
    /// Standard input is sent.
    pub(crate) stdin: bool,
    /// Which keys end the session.
    pub(crate) keys: Keys,
    /// Signals that this program gets are passed on, and don't end it.
    pub(crate) proxied: bool,
}

/// How a session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// The stream ended by itself.
    Closed,
    /// The keys were typed before it ended.
    Detached,
}

/// What Docker's client says when the keys end `attach` or `exec`, which fail then; `run` and `start` do not.
pub(crate) const DETACHED: &str = "read escape sequence";

impl Session {
    /// Carries bytes until the daemon ends the stream. The terminal is raw meanwhile, if both sides have one.
    pub(crate) async fn run(self, hijacked: Hijacked) -> Result<End, Failure> {
        let raw = if self.tty && self.stdin { terminal::RawMode::enter()? } else { None };
        let (mut read, mut write) = tokio::io::split(hijacked.socket);
        let detached = Arc::new(AtomicBool::new(false));
        let sending = self.stdin.then(|| {
            let (mut input, seen, mut keys) = (read_input(), detached.clone(), self.keys);
            tokio::spawn(async move {
                while let Some(bytes) = input.recv().await {
                    seen.store(keys.typed(&bytes), Ordering::Relaxed);
                    if write.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                // The end of the input is told; the process may still have things to say.
                let _ = write.shutdown().await;
            })
        });
        let mut sink = Sink::new();
        let mut decoder = Decoder::new(self.tty);
        let mut buffer = vec![0; READ_BYTES];
        let received = async {
            decoder.take(&hijacked.pending, &sink).await?;
            loop {
                match read.read(&mut buffer).await {
                    Ok(0) => return Ok(()),
                    Ok(count) => decoder.take(&buffer[..count], &sink).await?,
                    // A daemon that is killed resets the connection: the stream has ended.
                    Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(()),
                    Err(error) => return Err(Failure::from(error)),
                }
            }
        };
        // A program that just died would leave the terminal raw.
        let received = if raw.is_some() && !self.proxied {
            tokio::select! {
                received = received => received,
                code = told_to_end() => Err(Failure::code(code?)),
            }
        } else {
            received.await
        };
        if let Some(task) = sending {
            task.abort();
        }
        sink.finish().await;
        drop(raw);
        received?;
        Ok(if detached.load(Ordering::Relaxed) { End::Detached } else { End::Closed })
    }
}

/// Bytes of a stream into bytes of standard output and standard error.
pub(crate) enum Decoder {
    Raw,
    Framed(Frames),
}

impl Decoder {
    /// The stream of a process with or without a terminal.
    pub(crate) fn new(tty: bool) -> Self {
        if tty { Self::Raw } else { Self::Framed(Frames::new()) }
    }

    /// Takes bytes and passes on what they hold.
    pub(crate) async fn take(&mut self, bytes: &[u8], sink: &Sink) -> Result<(), Failure> {
        match self {
            Self::Raw if bytes.is_empty() => Ok(()),
            Self::Raw => sink.send(Origin::Stdout, Bytes::copy_from_slice(bytes)).await,
            Self::Framed(frames) => {
                frames.push(bytes);
                while let Some(frame) = frames.next_frame().map_err(|error| Failure::new(error.to_string()))? {
                    if frame.origin == Origin::System {
                        let words = String::from_utf8_lossy(&frame.data).into_owned();
                        return Err(Failure::new(format!("error from daemon in stream: {words}")));
                    }
                    sink.send(frame.origin, frame.data).await?;
                }
                Ok(())
            }
        }
    }
}

/// Standard output and standard error behind a thread of their own, since writing to them may block.
pub(crate) struct Sink {
    sender: Option<mpsc::Sender<(Origin, Bytes)>>,
    done: Option<oneshot::Receiver<()>>,
}

impl Sink {
    pub(crate) fn new() -> Self {
        let (sender, mut receiver) = mpsc::channel::<(Origin, Bytes)>(CHUNKS);
        let (told, done) = oneshot::channel();
        std::thread::spawn(move || {
            while let Some((origin, bytes)) = receiver.blocking_recv() {
                let written = match origin {
                    Origin::Stderr => io::stderr().write_all(&bytes),
                    _ => {
                        let mut out = io::stdout().lock();
                        out.write_all(&bytes).and_then(|()| out.flush())
                    }
                };
                if written.is_err() {
                    break;
                }
            }
            drop(receiver);
            let _ = told.send(());
        });
        Self { sender: Some(sender), done: Some(done) }
    }

    pub(crate) async fn send(&self, origin: Origin, bytes: Bytes) -> Result<(), Failure> {
        match &self.sender {
            // Whoever read the output has left.
            Some(sender) => sender.send((origin, bytes)).await.map_err(|_| Failure::code(1)),
            None => Ok(()),
        }
    }

    /// Waits until everything is written.
    pub(crate) async fn finish(&mut self) {
        self.sender = None;
        if let Some(done) = self.done.take() {
            let _ = done.await;
        }
    }
}

/// Standard input behind a thread of its own. The thread ends with the program: a read of a terminal cannot be ended.
fn read_input() -> mpsc::Receiver<Bytes> {
    let (sender, receiver) = mpsc::channel(CHUNKS);
    std::thread::spawn(move || {
        let mut input = io::stdin().lock();
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match input.read(&mut buffer) {
                Ok(0) => return,
                Ok(count) => {
                    if sender.blocking_send(Bytes::copy_from_slice(&buffer[..count])).is_err() {
                        return;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    });
    receiver
}

/// A task that ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Background(JoinHandle<()>);

impl Drop for Background {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Tells the daemon the size of the terminal, now and whenever it changes. `path` is the container's or the exec's.
pub(crate) fn follow_size(client: Arc<Client>, path: String) -> Result<Background, Failure> {
    let mut changes = signal(SignalKind::window_change())?;
    Ok(Background(tokio::spawn(async move {
        loop {
            if let Some((lines, columns)) = terminal::size() {
                let request = client.post(format!("{path}/resize"));
                // A process that has just ended has no size, and one that is just starting learns it below.
                let _ = request.query("h", lines.to_string()).query("w", columns.to_string()).done().await;
            }
            if changes.recv().await.is_none() {
                return;
            }
        }
    })))
}

/// Signals that are passed on to a container.
const PROXIED: &[(SignalKindOf, &str)] = &[
    (SignalKind::interrupt, "INT"),
    (SignalKind::terminate, "TERM"),
    (SignalKind::hangup, "HUP"),
    (SignalKind::quit, "QUIT"),
    (SignalKind::user_defined1, "USR1"),
    (SignalKind::user_defined2, "USR2"),
    (SignalKind::alarm, "ALRM"),
];

type SignalKindOf = fn() -> SignalKind;

/// Passes on to a container the signals that this program gets.
pub(crate) fn proxy_signals(client: &Arc<Client>, id: &str) -> Result<Vec<Background>, Failure> {
    PROXIED
        .iter()
        .map(|(kind, name)| {
            let mut arrivals = signal(kind())?;
            let (client, path) = (client.clone(), format!("/containers/{}/kill", Request::segment(id)));
            Ok(Background(tokio::spawn(async move {
                while arrivals.recv().await.is_some() {
                    if let Err(error) = client.post(path.clone()).query("signal", *name).done().await
                        && !error.is_not_found()
                    {
                        output::complain(&format!("Error sending signal: {error}"));
                    }
                }
            })))
        })
        .collect()
}

/// Ends when this program is told to end. Whoever waits beside it then gives the terminal back as it was.
pub(crate) async fn told_to_end() -> Result<u8, Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(tokio::select! {
        _ = terminate.recv() => 143,
        _ = hangup.recv() => 129,
        _ = interrupt.recv() => 130,
    })
}
