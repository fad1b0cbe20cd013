//! A directory of the client's that holds content by digest: containerd's content service, in the session. A client may
//! have several, and each has a name: caches (`local:PATH`), OCI layouts (`oci:NAME`), and where an image goes as files.
//!
//! Source: BuildKit's `session/content`; containerd's `contentserver`, which answers each message of a writer.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use grpc::client::Channel;
use grpc::proto::content::{
    AbortRequest, Empty, InfoRequest, InfoResponse, ReadContentRequest, ReadContentResponse, WriteAction,
    WriteContentRequest, WriteContentResponse,
};
use grpc::{Ascii, Code, MetadataValue, Request, Status, Streaming};
use image::{Blob, Error, Later, Pieces, Store};
use oci::Digest;
use oci::image::Descriptor;
use tokio::sync::mpsc;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;

use super::Session;

pub(super) const INFO: &str = "/containerd.services.content.v1.Content/Info";
pub(super) const READ: &str = "/containerd.services.content.v1.Content/Read";
pub(super) const WRITE: &str = "/containerd.services.content.v1.Content/Write";
pub(super) const ABORT: &str = "/containerd.services.content.v1.Content/Abort";

/// Says which store is meant.
pub(super) const STORE: &str = "buildkit-attachable-store-id";

/// Bytes of one message.
const PIECE: usize = 1 << 20;

/// A store of the client's.
#[derive(Clone)]
pub(crate) struct ContentStore {
    channel: Channel,
    id: MetadataValue<Ascii>,
}

impl ContentStore {
    /// The store of this name, if the client serves any.
    pub(crate) fn open(session: &Session, id: &str) -> Result<Self, Status> {
        let channel = session.channel(READ);
        let channel = channel.ok_or_else(|| Status::invalid_argument("the client serves no content store"))?.clone();
        let wrong = |_| Status::invalid_argument(format!("no name of a content store: {id:?}"));
        Ok(Self { channel, id: MetadataValue::try_from(id).map_err(wrong)? })
    }

    fn request<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.metadata_mut().insert(STORE, self.id.clone());
        request
    }

    /// Sends content in messages of which each is answered. It is told how much has left.
    async fn send(&self, what: &Descriptor, source: &Source<'_>, sent: &AtomicU64) -> Result<(), Status> {
        let name = format!("dabba-{}", words::ExecId::random().as_str());
        let mut unfinished = Unfinished { store: self, name: Some(name.clone()) };
        let total = i64::try_from(what.size).unwrap_or(i64::MAX);
        let expected = what.digest.to_string();
        let (pieces, outgoing) = mpsc::channel(1);
        let message = |action: WriteAction, offset: u64, data: Vec<u8>| WriteContentRequest {
            action: action.into(),
            r#ref: name.clone(),
            total,
            expected: expected.clone(),
            offset: i64::try_from(offset).unwrap_or(i64::MAX),
            data,
        };
        let gone = || Status::unavailable("the client ended the transfer of content before its end");
        // The client answers nothing before it has heard something.
        pieces.try_send(message(WriteAction::Stat, 0, Vec::new())).map_err(|_| gone())?;
        let request = self.request(ReceiverStream::new(outgoing));
        let mut answers: Streaming<WriteContentResponse> = self.channel.both(WRITE, request).await?;
        answers.next().await.ok_or_else(gone)??;
        let mut offset = 0;
        loop {
            let piece = source.piece(offset, what.size).await?;
            let next = offset + piece.len() as u64;
            let last = next >= what.size;
            let action = if last { WriteAction::Commit } else { WriteAction::Write };
            pieces.send(message(action, offset, piece)).await.map_err(|_| gone())?;
            answers.next().await.ok_or_else(gone)??;
            offset = next;
            sent.store(offset, Ordering::Relaxed);
            if last {
                unfinished.name = None;
                return Ok(());
            }
        }
    }
}

/// Something that is being written. The client keeps what has come of it unless it is told that nothing more will.
struct Unfinished<'a> {
    store: &'a ContentStore,
    name: Option<String>,
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        let Some(name) = self.name.take() else { return };
        let store = self.store.clone();
        tokio::spawn(async move {
            let given_up = store.channel.unary::<_, Empty>(ABORT, store.request(AbortRequest { r#ref: name })).await;
            // Most often there is nothing, or nobody any more.
            if let Err(status) = given_up {
                tracing::debug!(message = status.message(), "giving up what was being written at a client");
            }
        });
    }
}

/// Where the bytes are that are sent.
enum Source<'a> {
    File(&'a Arc<File>),
    Memory(&'a Bytes),
}

impl Source<'_> {
    /// The piece that begins there, of content of this size.
    async fn piece(&self, offset: u64, size: u64) -> Result<Vec<u8>, Status> {
        let count = usize::try_from(size.saturating_sub(offset)).unwrap_or(PIECE).min(PIECE);
        match self {
            Self::Memory(bytes) => {
                let begin = usize::try_from(offset).unwrap_or(usize::MAX);
                Ok(bytes.get(begin..begin.saturating_add(count)).unwrap_or_default().to_vec())
            }
            Self::File(file) => {
                let file = Arc::clone(file);
                let piece = crate::task::blocking(move || {
                    let mut piece = vec![0; count];
                    file.read_exact_at(&mut piece, offset).map(|()| piece)
                });
                piece.await?.map_err(|error| Status::internal(format!("reading what is to be sent: {error}")))
            }
        }
    }
}

/// That somebody else has stored the same meanwhile is as good.
fn stored(digest: &Digest, sent: Result<(), Status>) -> Result<(), Error> {
    match sent {
        Err(status) if status.code() != Code::AlreadyExists => Err(refused("writing", digest, &status)),
        _ => Ok(()),
    }
}

fn refused(what: &str, digest: &Digest, status: &Status) -> Error {
    Error::Refused(format!("{what} {digest} at the client: {}", status.message()))
}

impl Store for ContentStore {
    fn manifest<'a>(&'a self, digest: &'a Digest) -> Later<'a, (String, Bytes)> {
        Box::pin(async move {
            let bytes = image::small(self, digest, image::limits::MANIFEST_BYTES).await?;
            Ok((String::new(), bytes))
        })
    }

    fn read<'a>(&'a self, digest: &'a Digest, from: u64) -> Later<'a, Pieces> {
        Box::pin(async move {
            let offset = i64::try_from(from).unwrap_or(i64::MAX);
            let request = self.request(ReadContentRequest { digest: digest.to_string(), offset, size: 0 });
            let pieces: Result<Streaming<ReadContentResponse>, Status> = self.channel.streamed(READ, request).await;
            let pieces = pieces.map_err(|status| refused("reading", digest, &status))?;
            let digest = digest.clone();
            Ok(Box::pin(pieces.map(move |piece| match piece {
                Ok(piece) => Ok(Bytes::from(piece.data)),
                Err(status) => Err(refused("reading", &digest, &status)),
            })) as Pieces)
        })
    }

    fn has<'a>(&'a self, digest: &'a Digest) -> Later<'a, bool> {
        Box::pin(async move {
            let request = self.request(InfoRequest { digest: digest.to_string() });
            match self.channel.unary::<_, InfoResponse>(INFO, request).await {
                Ok(_) => Ok(true),
                Err(status) if status.code() == Code::NotFound => Ok(false),
                Err(status) => Err(refused("looking for", digest, &status)),
            }
        })
    }

    fn write<'a>(&'a self, blob: &'a Blob) -> Later<'a, ()> {
        Box::pin(async move {
            let Blob { descriptor, file, sent } = blob;
            stored(&descriptor.digest, self.send(descriptor, &Source::File(file), sent).await)
        })
    }

    fn put_manifest<'a>(&'a self, manifest: &'a Descriptor, bytes: &'a Bytes) -> Later<'a, ()> {
        Box::pin(async move {
            if self.has(&manifest.digest).await? {
                return Ok(());
            }
            let sent = self.send(manifest, &Source::Memory(bytes), &AtomicU64::new(0)).await;
            stored(&manifest.digest, sent)
        })
    }
}
