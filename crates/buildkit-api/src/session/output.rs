//! Results that leave to the client: `FileSend.DiffCopy`, as one stream of bytes or as a tree of files.

use std::io::Write;
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};

use filesync::{Flow, Packet, Sender};
use grpc::proto::control::BytesMessage;
use grpc::{MetadataValue, Request, Status, Streaming};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::Session;

const DIFF_COPY: &str = "/moby.filesync.v1.FileSend/DiffCopy";

/// Which of a build's outputs is meant.
const EXPORTER: &str = "buildkit-attachable-exporter-id";

/// Bytes of one message.
const PIECE: usize = 256 << 10;

/// A stream to the client that a blocking writer fills. Dropping it breaks it off.
pub(crate) struct Stream {
    pieces: mpsc::Sender<BytesMessage>,
    /// What was written and not sent.
    rest: Arc<Mutex<Vec<u8>>>,
    told: JoinHandle<Result<(), Status>>,
}

/// Its end for the writer.
pub(crate) struct Writer {
    pieces: mpsc::Sender<BytesMessage>,
    rest: Arc<Mutex<Vec<u8>>>,
}

impl Stream {
    /// Opens a stream for the output of this number.
    pub(crate) fn open(session: &Session, exporter: usize) -> Result<Self, Status> {
        let channel = served(session)?.clone();
        let (pieces, receiver) = mpsc::channel(4);
        let mut request = Request::new(ReceiverStream::new(receiver));
        request.metadata_mut().insert(EXPORTER, MetadataValue::from(exporter));
        let told = tokio::spawn(async move {
            let mut answers: Streaming<BytesMessage> = channel.both(DIFF_COPY, request).await?;
            // The client has nothing to say but that it has stored everything.
            while let Some(answer) = answers.next().await {
                answer?;
            }
            Ok(())
        });
        Ok(Self { pieces, rest: Arc::default(), told })
    }

    pub(crate) fn writer(&self) -> Writer {
        Writer { pieces: self.pieces.clone(), rest: Arc::clone(&self.rest) }
    }

    /// Everything was written: sends the rest, and waits until the client has it.
    pub(crate) async fn finish(self) -> Result<(), Status> {
        let data = std::mem::take(&mut *self.rest.lock().unwrap_or_else(PoisonError::into_inner));
        let gone = !data.is_empty() && self.pieces.send(BytesMessage { data }).await.is_err();
        let (closed, _) = mpsc::channel(1);
        let mut own = self;
        own.pieces = closed;
        match (&mut own.told).await {
            Ok(Ok(())) if gone => Err(Status::unavailable("the client went away")),
            Ok(done) => done,
            Err(_) => Err(Status::cancelled("the client's stream was broken off")),
        }
    }

    /// Why the client takes no more, if it has said so.
    pub(crate) async fn refusal(mut self) -> Option<Status> {
        if !self.pieces.is_closed() {
            return None;
        }
        (&mut self.told).await.ok()?.err()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.told.abort();
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let full = {
            let mut rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
            rest.extend_from_slice(bytes);
            rest.len() >= PIECE
        };
        if full {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        let data = std::mem::take(&mut *self.rest.lock().unwrap_or_else(PoisonError::into_inner));
        for piece in data.chunks(2 * PIECE) {
            let message = BytesMessage { data: piece.to_vec() };
            self.pieces.blocking_send(message).map_err(|_| std::io::Error::from(std::io::ErrorKind::BrokenPipe))?;
        }
        Ok(())
    }
}

/// Sends trees of files to a directory of the client's, each below its name unless that is empty.
pub(crate) async fn send_files(
    session: &Session,
    exporter: usize,
    trees: Vec<(String, OwnedFd)>,
) -> Result<(), Status> {
    let channel = served(session)?;
    let (packets, outgoing) = mpsc::channel::<Packet>(16);
    let mut request = Request::new(ReceiverStream::new(outgoing));
    request.metadata_mut().insert(EXPORTER, MetadataValue::from(exporter));
    let (asked, mut asks) = mpsc::channel::<Packet>(64);
    let sending = tokio::task::spawn_blocking(move || {
        let mut emit = |packet: Packet| {
            let gone = |_| filesync::Error::Other("the client went away".into());
            packets.blocking_send(packet).map_err(gone)
        };
        let mut sender = Sender::several(trees);
        let sent = sender.name(&mut emit).and_then(|()| {
            while let Some(packet) = asks.blocking_recv() {
                if sender.take(packet, &mut emit)? == Flow::Finished {
                    return Ok(Flow::Finished);
                }
            }
            Ok(Flow::Open)
        });
        if let Err(error) = &sent {
            let _ = packets.blocking_send(error.packet());
        }
        sent
    });
    // The client answers nothing before it has heard of files.
    let mut incoming: Streaming<Packet> = channel.both(DIFF_COPY, request).await?;
    while let Some(packet) = incoming.next().await {
        if asked.send(packet?).await.is_err() {
            break;
        }
    }
    drop(asked);
    match sending.await {
        Ok(Ok(Flow::Finished)) => Ok(()),
        Ok(Ok(Flow::Open)) => Err(Status::unavailable("the client ended the transfer of files before its end")),
        Ok(Err(error)) => Err(Status::unknown(error.to_string())),
        Err(_) => Err(Status::internal("the transfer of files was broken off")),
    }
}

fn served(session: &Session) -> Result<&grpc::client::Channel, Status> {
    session.channel(DIFF_COPY).ok_or_else(|| Status::invalid_argument("the client takes no files: it has no output"))
}
