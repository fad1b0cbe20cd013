//! containerd's content service, as far as BuildKit's daemons ask for it: blobs of a [`Layout`] are read and stored.
//!
//! What is written is kept for as long as its call: one that breaks off is begun anew.
//!
//! Source: containerd's `plugins/services/content/contentserver`; BuildKit's `session/content`.

use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use grpc::proto::content::{
    AbortRequest, Empty, Info, InfoRequest, InfoResponse, ReadContentRequest, ReadContentResponse, WriteAction,
    WriteContentRequest, WriteContentResponse,
};
use grpc::server::{self, Answer, Call, Messages};
use grpc::{Request, Status, Streaming};
use oci::Digest;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

use crate::layout::{Layout, Writer};

pub(crate) const INFO: &str = "/containerd.services.content.v1.Content/Info";
pub(crate) const READ: &str = "/containerd.services.content.v1.Content/Read";
pub(crate) const WRITE: &str = "/containerd.services.content.v1.Content/Write";
pub(crate) const ABORT: &str = "/containerd.services.content.v1.Content/Abort";

/// All of them.
pub(crate) const METHODS: &[&str] = &[INFO, READ, WRITE, ABORT];

/// The header of a call that says which store it is about.
pub(crate) const STORE: &str = "buildkit-attachable-store-id";

/// Bytes of a blob in one message.
const PIECE: u64 = 1 << 20;
/// Messages between the disk and the connection.
const PIECES: usize = 2;

/// Answers one of these calls.
pub(crate) async fn answer(layout: Option<Layout>, call: Call) -> Answer {
    let Some(layout) = layout else {
        return server::refusal(&Status::not_found("the build's client offers no such content store"));
    };
    match call.uri().path() {
        INFO => server::unary(call, |request: Request<InfoRequest>| info(layout, request.into_inner())).await,
        READ => server::streamed(call, |request: Request<ReadContentRequest>| read(layout, request.into_inner())).await,
        WRITE => server::both(call, |request: Request<Streaming<WriteContentRequest>>| write(layout, request)).await,
        // Nothing is kept that could be given up.
        ABORT => server::unary(call, |_: Request<AbortRequest>| async { Ok(Empty {}) }).await,
        _ => server::unknown(&call),
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Status> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Status::internal(error.to_string()))
}

fn parsed(digest: &str) -> Result<Digest, Status> {
    digest.parse().map_err(|error: oci::ParseDigestError| Status::invalid_argument(error.to_string()))
}

/// Why a file could not be read or written, for the daemon, which tells it to its client: this side.
fn failed(what: &str, error: &io::Error) -> Status {
    let words = format!("{what}: {error}");
    match error.kind() {
        io::ErrorKind::NotFound => Status::not_found(words),
        io::ErrorKind::InvalidData => Status::failed_precondition(words),
        io::ErrorKind::ReadOnlyFilesystem => Status::permission_denied(words),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            Status::resource_exhausted(words)
        }
        _ => Status::unknown(words),
    }
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

async fn info(layout: Layout, request: InfoRequest) -> Result<InfoResponse, Status> {
    let digest = parsed(&request.digest)?;
    let size = blocking(move || layout.size(&digest)).await?.map_err(|error| failed(&request.digest, &error))?;
    Ok(InfoResponse { info: Some(Info { digest: request.digest, size: signed(size) }) })
}

async fn read(layout: Layout, request: ReadContentRequest) -> Result<Messages<ReadContentResponse>, Status> {
    let digest = parsed(&request.digest)?;
    let opened = blocking(move || {
        let file = layout.blob(&digest)?;
        let size = file.metadata()?.len();
        Ok((file, size))
    });
    let (file, size) = opened.await?.map_err(|error: io::Error| failed(&request.digest, &error))?;
    let begin = u64::try_from(request.offset).ok().filter(|offset| *offset <= size);
    let begin = begin.ok_or_else(|| Status::out_of_range(format!("{}: it has {size} bytes", request.digest)))?;
    let end = match u64::try_from(request.size) {
        Ok(count @ 1..) => begin.saturating_add(count).min(size),
        _ => size,
    };
    let (out, messages) = mpsc::channel(PIECES);
    let file = Arc::new(file);
    tokio::spawn(async move {
        let mut offset = begin;
        while offset < end {
            let (file, count) = (Arc::clone(&file), usize::try_from(PIECE.min(end - offset)).unwrap_or(0));
            let piece = blocking(move || {
                let mut data = vec![0; count];
                file.read_exact_at(&mut data, offset).map(|()| data)
            });
            let piece = piece.await.and_then(|piece| piece.map_err(|error| failed(&request.digest, &error)));
            let broken = piece.is_err();
            let message = piece.map(|data| ReadContentResponse { offset: signed(offset), data });
            offset += count as u64;
            if out.send(message).await.is_err() || broken {
                return;
            }
        }
    });
    Ok(Messages::new(ReceiverStream::new(messages)))
}

async fn write(
    layout: Layout,
    request: Request<Streaming<WriteContentRequest>>,
) -> Result<Messages<WriteContentResponse>, Status> {
    let mut messages = request.into_inner();
    let (out, answers) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut receiving = None;
        loop {
            // When it broke, whoever would be told is gone.
            let Ok(Some(message)) = messages.message().await else { return };
            let layout = layout.clone();
            let taken = blocking(move || {
                let receiving = match receiving {
                    Some(receiving) => receiving,
                    None => Receiving::begin(&layout, &message)?,
                };
                receiving.take(message)
            });
            let answer = match taken.await.and_then(|taken| taken) {
                Ok((going_on, answer)) => {
                    receiving = going_on;
                    Ok(answer)
                }
                Err(status) => {
                    receiving = None;
                    Err(status)
                }
            };
            if out.send(answer).await.is_err() || receiving.is_none() {
                return;
            }
        }
    });
    Ok(Messages::new(ReceiverStream::new(answers)))
}

/// A blob on its way in, with what was told of it.
struct Receiving {
    writer: Writer,
    /// Its size, where that is known.
    total: Option<u64>,
    expected: Option<Digest>,
}

impl Receiving {
    fn begin(layout: &Layout, first: &WriteContentRequest) -> Result<Self, Status> {
        if first.r#ref.is_empty() {
            return Err(Status::invalid_argument("the first message of what is written names it not"));
        }
        let expected = told(first)?;
        if let Some(digest) = &expected
            && layout.size(digest).is_ok()
        {
            return Err(Status::already_exists(format!("{digest}: already exists")));
        }
        let writer = layout.writer().map_err(|error| failed("storing a blob", &error))?;
        Ok(Self { writer, total: None, expected })
    }

    /// Does what a message says. Gives what is left to be done, and the answer.
    fn take(mut self, message: WriteContentRequest) -> Result<(Option<Self>, WriteContentResponse), Status> {
        let differs = |what: &str| Err(Status::invalid_argument(format!("{what} of what is written has changed")));
        match u64::try_from(message.total) {
            Ok(0) => {}
            Ok(total) if self.total.is_none_or(|known| known == total) => self.total = Some(total),
            _ => return differs("the size"),
        }
        match told(&message)? {
            Some(digest) if self.expected.as_ref().is_some_and(|known| *known != digest) => {
                return differs("the digest");
            }
            Some(digest) => self.expected = Some(digest),
            None => {}
        }
        let action = WriteAction::try_from(message.action);
        let action = action.map_err(|_| Status::invalid_argument("an unknown action upon what is written"))?;
        if action != WriteAction::Stat {
            self.add(&message)?;
        }
        let answer = WriteContentResponse {
            action: message.action,
            offset: signed(self.writer.size()),
            total: signed(self.total.unwrap_or(0)),
            digest: self.writer.digest().to_string(),
        };
        if action != WriteAction::Commit {
            return Ok((Some(self), answer));
        }
        let size = self.writer.size();
        if self.total.is_some_and(|total| total != size) {
            return Err(Status::failed_precondition(format!("it ended after {size} of {} bytes", answer.total)));
        }
        self.writer.commit(self.expected.as_ref()).map_err(|error| failed("storing a blob", &error))?;
        Ok((None, answer))
    }

    fn add(&mut self, message: &WriteContentRequest) -> Result<(), Status> {
        let size = self.writer.size();
        let failed = |error| failed("storing a blob", &error);
        match u64::try_from(message.offset) {
            Ok(offset) if offset == size => {}
            Ok(0) => self.writer.restart().map_err(failed)?,
            _ => {
                return Err(Status::out_of_range(format!(
                    "the next piece begins at {size}, not at {}",
                    message.offset
                )));
            }
        }
        let after = self.writer.size() + message.data.len() as u64;
        if let Some(total) = self.total.filter(|total| after > *total) {
            return Err(Status::out_of_range(format!("it is longer than the {total} bytes it should have")));
        }
        self.writer.write(&message.data).map_err(failed)
    }
}

fn told(message: &WriteContentRequest) -> Result<Option<Digest>, Status> {
    match message.expected.as_str() {
        "" => Ok(None),
        digest => parsed(digest).map(Some),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use grpc::Code;
    use grpc::client::Channel;
    use oci::Digest;
    use sha2::Digest as _;

    use super::*;

    fn digest(bytes: &[u8]) -> Digest {
        Digest::sha256(sha2::Sha256::digest(bytes).into())
    }

    /// A connection on which a daemon asks.
    async fn daemon(layout: Option<Layout>) -> Channel {
        let (near, far) = tokio::io::duplex(64 << 10);
        tokio::spawn(server::serve(far, move |call| answer(layout.clone(), call)));
        let (channel, connection) = Channel::open(near).await.unwrap();
        tokio::spawn(connection);
        channel
    }

    fn piece(action: WriteAction, offset: i64, data: &[u8]) -> WriteContentRequest {
        WriteContentRequest {
            action: action.into(),
            r#ref: "../../ref".into(),
            offset,
            data: data.to_vec(),
            ..WriteContentRequest::default()
        }
    }

    /// Writes; gives all answers, or why there are no more.
    async fn written(
        daemon: &Channel,
        messages: Vec<WriteContentRequest>,
    ) -> Result<Vec<WriteContentResponse>, Status> {
        let mut answers: Streaming<WriteContentResponse> =
            daemon.both(WRITE, Request::new(tokio_stream::iter(messages))).await?;
        let mut found = Vec::new();
        while let Some(answer) = answers.message().await? {
            found.push(answer);
        }
        Ok(found)
    }

    async fn read_back(daemon: &Channel, request: ReadContentRequest) -> Result<Vec<u8>, Status> {
        let mut pieces: Streaming<ReadContentResponse> = daemon.streamed(READ, Request::new(request)).await?;
        let mut whole = Vec::new();
        while let Some(piece) = pieces.message().await? {
            assert!(piece.data.len() as u64 <= PIECE);
            whole.extend(piece.data);
        }
        Ok(whole)
    }

    async fn size(daemon: &Channel, digest: &str) -> Result<i64, Status> {
        let found: InfoResponse = daemon.unary(INFO, Request::new(InfoRequest { digest: digest.into() })).await?;
        Ok(found.info.unwrap().size)
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[tokio::test]
    async fn blobs_come_and_go() {
        let folder = tempfile::tempdir().unwrap();
        let daemon = daemon(Some(Layout::create(folder.path()).unwrap())).await;
        for bytes in [vec![7_u8; (5 << 20) / 2], Vec::new()] {
            let name = digest(&bytes).to_string();
            let told = |message: WriteContentRequest| WriteContentRequest {
                total: i64::try_from(bytes.len()).unwrap(),
                expected: name.clone(),
                ..message
            };
            assert_eq!(size(&daemon, &name).await.unwrap_err().code(), Code::NotFound);
            let half = bytes.len() / 2;
            let offset = i64::try_from(half).unwrap();
            let answers = written(
                &daemon,
                vec![
                    told(piece(WriteAction::Stat, 0, b"")),
                    told(piece(WriteAction::Write, 0, &bytes[..half])),
                    told(piece(WriteAction::Stat, 0, b"")),
                    told(piece(WriteAction::Commit, offset, &bytes[half..])),
                ],
            );
            let answers = answers.await.unwrap();
            assert_eq!(
                answers.iter().map(|answer| answer.offset).collect::<Vec<_>>(),
                [0, offset, offset, i64::try_from(bytes.len()).unwrap()]
            );
            assert_eq!(answers[3].digest, name);
            assert_eq!(size(&daemon, &name).await.unwrap(), i64::try_from(bytes.len()).unwrap());
            let whole = ReadContentRequest { digest: name.clone(), ..ReadContentRequest::default() };
            assert!(read_back(&daemon, whole).await.unwrap() == bytes);
            // It is there already.
            let again = written(&daemon, vec![told(piece(WriteAction::Stat, 0, b""))]).await;
            assert_eq!(again.unwrap_err().code(), Code::AlreadyExists);
        }
        let digest = digest(&vec![7; (5 << 20) / 2]).to_string();
        let part = |offset, size| ReadContentRequest { digest: digest.clone(), offset, size };
        assert_eq!(read_back(&daemon, part(1 << 20, 3)).await.unwrap(), [7; 3]);
        assert_eq!(read_back(&daemon, part((5 << 20) / 2 - 1, 100)).await.unwrap(), [7]);
        assert_eq!(read_back(&daemon, part(3 << 20, 0)).await.unwrap_err().code(), Code::OutOfRange);
        assert_eq!(read_back(&daemon, part(-1, 0)).await.unwrap_err().code(), Code::OutOfRange);
        // What is begun anew, of a size that nobody has told.
        let answers = vec![
            piece(WriteAction::Write, 0, b"evil"),
            piece(WriteAction::Write, 0, b"go"),
            piece(WriteAction::Commit, 2, b"od"),
        ];
        let answers = written(&daemon, answers).await.unwrap();
        assert_eq!(answers[2].digest, self::digest(b"good").to_string());
        let _: Empty = daemon.unary(ABORT, Request::new(AbortRequest { r#ref: "x".into() })).await.unwrap();
    }

    #[tokio::test]
    async fn a_daemon_that_names_nonsense_reaches_nothing() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("outside"), "secret").unwrap();
        let inside = folder.path().join("a/b/c");
        let layout = Layout::create(&inside).unwrap();
        let daemon_of = daemon(Some(layout)).await;
        for name in ["", "../../../../../outside", "sha256:../../../../../../outside", "sha512:00", "sha256:0"] {
            assert_eq!(size(&daemon_of, name).await.unwrap_err().code(), Code::InvalidArgument, "{name}");
            let read = ReadContentRequest { digest: name.into(), ..ReadContentRequest::default() };
            assert_eq!(read_back(&daemon_of, read).await.unwrap_err().code(), Code::InvalidArgument, "{name}");
            let write = WriteContentRequest { expected: name.into(), ..piece(WriteAction::Commit, 0, b"x") };
            let stored = written(&daemon_of, vec![write]).await;
            assert_eq!(stored.is_ok(), name.is_empty(), "{name}: only one that is not told");
        }
        let good = digest(b"good").to_string();
        let told = |message: WriteContentRequest| WriteContentRequest { expected: good.clone(), total: 4, ..message };
        let refused: [(&str, Vec<WriteContentRequest>, Code); 8] = [
            ("another content", vec![told(piece(WriteAction::Commit, 0, b"evil"))], Code::FailedPrecondition),
            ("too long", vec![told(piece(WriteAction::Write, 0, b"good more"))], Code::OutOfRange),
            ("too short", vec![told(piece(WriteAction::Commit, 0, b"goo"))], Code::FailedPrecondition),
            ("a gap", vec![told(piece(WriteAction::Write, 2, b"od"))], Code::OutOfRange),
            ("before its beginning", vec![told(piece(WriteAction::Write, -1, b"od"))], Code::OutOfRange),
            (
                "another size",
                vec![
                    told(piece(WriteAction::Stat, 0, b"")),
                    WriteContentRequest { total: 5, ..told(piece(WriteAction::Write, 0, b"good")) },
                ],
                Code::InvalidArgument,
            ),
            (
                "less than nothing",
                vec![WriteContentRequest { total: -1, ..piece(WriteAction::Stat, 0, b"") }],
                Code::InvalidArgument,
            ),
            (
                "no name",
                vec![WriteContentRequest { r#ref: String::new(), ..piece(WriteAction::Stat, 0, b"") }],
                Code::InvalidArgument,
            ),
        ];
        for (what, messages, code) in refused {
            assert_eq!(written(&daemon_of, messages).await.unwrap_err().code(), code, "{what}");
        }
        // What breaks off leaves nothing.
        written(&daemon_of, vec![told(piece(WriteAction::Write, 0, b"go"))]).await.unwrap();
        let end = std::time::Instant::now() + std::time::Duration::from_secs(5);
        while !names(&inside.join("ingest")).is_empty() && std::time::Instant::now() < end {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        assert!(names(&inside.join("ingest")).is_empty());
        assert_eq!(names(&inside.join("blobs/sha256")), [digest(b"x").hex()]);
        assert_eq!(names(folder.path()).len(), 2);

        // What is only offered to be read, and what is not offered.
        let read_only = daemon(Some(Layout::open(&inside).unwrap())).await;
        let refused = written(&read_only, vec![told(piece(WriteAction::Commit, 0, b"good"))]).await;
        assert_eq!(refused.unwrap_err().code(), Code::PermissionDenied);
        assert_eq!(size(&read_only, &digest(b"x").to_string()).await.unwrap(), 1);
        let none = daemon(None).await;
        assert_eq!(size(&none, &good).await.unwrap_err().code(), Code::NotFound);
    }
}
