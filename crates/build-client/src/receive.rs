//! Taking what a build gives out: BuildKit's `FileSend.DiffCopy`, into a file or into a directory.
//!
//! Files that are in the directory already and that the build doesn't have stay.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use filesync::{Flow, Packet, Receiver, Reception};
use grpc::proto::filesync::BytesMessage;
use grpc::server::Messages;
use grpc::{Request, Status, Streaming};
use rustix::fs::{CWD, Mode, OFlags};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Packets between the connection and the disk.
const PACKETS: usize = 64;

/// Where a build's output goes.
#[derive(Debug, Clone)]
pub enum Sink {
    /// Files into this directory, which is made when it is missing.
    Directory(PathBuf),
    /// One stream, an archive, to this file; it can be taken once.
    File(Arc<Mutex<Option<File>>>),
}

impl Sink {
    /// A sink that is a file.
    pub fn file(file: File) -> Self {
        Self::File(Arc::new(Mutex::new(Some(file))))
    }
}

/// Answers a call that sends one stream.
pub(crate) async fn file(
    sink: Arc<Mutex<Option<File>>>,
    request: Request<Streaming<BytesMessage>>,
) -> Result<Messages<BytesMessage>, Status> {
    let taken = sink.lock().unwrap_or_else(PoisonError::into_inner).take();
    let mut file = taken.ok_or_else(|| Status::already_exists("target already exists"))?;
    let mut pieces = request.into_inner();
    // The answer is nothing but its end, which comes when all is written.
    let (out, answer) = mpsc::channel::<Result<BytesMessage, Status>>(1);
    tokio::spawn(async move {
        let (feed, mut fed) = mpsc::channel::<Vec<u8>>(PACKETS);
        let writing = tokio::task::spawn_blocking(move || {
            while let Some(piece) = fed.blocking_recv() {
                file.write_all(&piece)?;
            }
            file.flush()
        });
        let mut broken = None;
        loop {
            match pieces.message().await {
                Ok(Some(piece)) => {
                    if feed.send(piece.data).await.is_err() {
                        break;
                    }
                }
                Ok(None) => break,
                Err(status) => {
                    broken = Some(status);
                    break;
                }
            }
        }
        drop(feed);
        let written = writing.await.map_err(io::Error::other).and_then(|written| written);
        let written = written.map_err(|error| Status::unknown(format!("writing the output: {error}")));
        if let Some(status) = written.err().or(broken) {
            let _ = out.send(Err(status)).await;
        }
    });
    Ok(Messages::new(ReceiverStream::new(answer)))
}

/// Answers a call that sends files.
pub(crate) async fn directory(path: PathBuf, request: Request<Streaming<Packet>>) -> Result<Messages<Packet>, Status> {
    let mut packets = request.into_inner();
    let (out, answer) = mpsc::channel::<Result<Packet, Status>>(PACKETS);
    tokio::spawn(async move {
        let (feed, mut fed) = mpsc::channel::<Packet>(PACKETS);
        let replying = out.clone();
        let writing = tokio::task::spawn_blocking(move || {
            let mut receiver = open(&path)?;
            let mut replies = Vec::new();
            while let Some(packet) = fed.blocking_recv() {
                let flow = receiver.take(packet, &mut replies);
                for reply in replies.drain(..) {
                    let _ = replying.blocking_send(Ok(reply));
                }
                if flow? == Flow::Finished {
                    return Ok(());
                }
            }
            Err(filesync::Error::Protocol("it ended before everything was sent".into()))
        });
        let mut broken = None;
        loop {
            match packets.message().await {
                Ok(Some(packet)) => {
                    if feed.send(packet).await.is_err() {
                        break;
                    }
                }
                Ok(None) => break,
                Err(status) => {
                    broken = Some(status);
                    break;
                }
            }
        }
        drop(feed);
        match (broken, writing.await) {
            (Some(status), _) => drop(out.send(Err(status)).await),
            (None, Ok(Ok(()))) => {}
            (None, Ok(Err(error))) => {
                let _ = out.send(Ok(error.packet())).await;
                let _ = out.send(Err(Status::unknown(error.to_string()))).await;
            }
            (None, Err(error)) => drop(out.send(Err(Status::internal(error.to_string()))).await),
        }
    });
    Ok(Messages::new(ReceiverStream::new(answer)))
}

/// Begins to receive into a directory, which is made when it is missing.
fn open(path: &Path) -> filesync::Result<Receiver> {
    let failed = |source| filesync::Error::Io { path: path.display().to_string(), source };
    // What a build gives out may be nobody else's business.
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let root = rustix::fs::openat(CWD, path, flags, Mode::empty()).map_err(|error| failed(error.into()))?;
    Receiver::new(root, Reception::Merge)
}

/// Opens the file that an output goes to.
///
/// # Errors
/// As open(2).
pub fn create(path: &Path) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::openat(CWD, path, flags, Mode::from(0o666))?))
}
