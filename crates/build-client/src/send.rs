//! Sending a directory: BuildKit's `FileSync.DiffCopy` (the sender of tonistiigi/fsutil).
//!
//! All entries are told first, in order. The daemon meanwhile asks by number for the content of those that it lacks,
//! and ends the exchange when it has everything.

use std::io::{self, Read};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use grpc::proto::fsutil::types::packet::PacketType;
use grpc::proto::fsutil::types::{Packet, Stat};
use grpc::server::Messages;
use grpc::{MetadataMap, Request, Status, Streaming};
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::Stream;

use crate::filter::Filter;
use crate::follow::follow;
use crate::hand::{self, Hand};
use crate::metadata;
use crate::walk::{Tree, WalkError};

/// Batches of packets between the disk and the connection.
const BATCHES: usize = 32;
/// Entries that are told at once: to wake whoever writes to the connection costs as much as to look at some files.
const ENTRIES: usize = 64;
/// Bytes of content in one packet.
const CHUNK_BYTES: usize = 128 << 10;
/// Files that are read at the same time.
const READERS: usize = 4;

/// Files that can be sent.
#[derive(Debug, Clone)]
pub enum Local {
    /// Those in a directory of this host.
    Directory(PathBuf),
    /// These: names without slashes, in their order, and contents.
    Files(Vec<(String, Vec<u8>)>),
}

/// Where the packets go.
type Out = mpsc::Sender<Result<Vec<Packet>, Status>>;

/// Packets one by one, as they came in batches.
struct Single {
    batches: mpsc::Receiver<Result<Vec<Packet>, Status>>,
    batch: std::vec::IntoIter<Packet>,
}

impl Stream for Single {
    type Item = Result<Packet, Status>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(packet) = self.batch.next() {
                return Poll::Ready(Some(Ok(packet)));
            }
            match ready!(self.batches.poll_recv(context)) {
                Some(Ok(batch)) => self.batch = batch.into_iter(),
                Some(Err(status)) => return Poll::Ready(Some(Err(status))),
                None => return Poll::Ready(None),
            }
        }
    }
}

/// Answers one call.
pub(crate) async fn send(
    local: Local,
    hand: &Hand,
    request: Request<Streaming<Packet>>,
) -> Result<Messages<Packet>, Status> {
    let wanted = Wanted::read(request.metadata());
    let call = metadata::first(request.metadata(), filesync::CALL).and_then(|number| number.parse().ok());
    let hand = call.map(|call| (hand.clone(), call));
    let source = tokio::task::spawn_blocking(move || Source::open(local, &wanted, hand))
        .await
        .map_err(|error| Status::internal(error.to_string()))??;
    let source = Arc::new(source);
    let (out, batches) = mpsc::channel(BATCHES);
    let told = out.clone();
    let walked = source.clone();
    tokio::task::spawn_blocking(move || {
        if let Err(error) = walked.tell(&told) {
            fail(&told, &error.to_string());
        }
    });
    tokio::spawn(answer(source, request.into_inner(), out));
    Ok(Messages::new(Single { batches, batch: Vec::new().into_iter() }))
}

/// Says what went wrong, and ends.
fn fail(out: &Out, words: &str) {
    let packet = Packet { r#type: PacketType::PacketErr.into(), data: words.as_bytes().to_vec(), ..Packet::default() };
    let _ = out.blocking_send(Ok(vec![packet]));
    let _ = out.blocking_send(Err(Status::unknown(words)));
}

/// Sends what is asked for until nothing more is.
async fn answer(source: Arc<Source>, mut requests: Streaming<Packet>, out: Out) {
    let (queue, mut queued) = mpsc::unbounded_channel();
    let reading = tokio::spawn({
        let (source, out) = (source.clone(), out.clone());
        async move {
            let readers = Arc::new(Semaphore::new(READERS));
            while let Some(id) = queued.recv().await {
                let handed = source.is_handed(id).await;
                let Ok(permit) = readers.clone().acquire_owned().await else { return };
                let (source, out) = (source.clone(), out.clone());
                tokio::task::spawn_blocking(move || {
                    if let Err(error) = source.content(id, handed, &out) {
                        fail(&out, &error.to_string());
                    }
                    drop(permit);
                });
            }
        }
    });
    loop {
        let packet = match requests.message().await {
            Ok(Some(packet)) => packet,
            // The daemon has gone, or wants no more.
            Ok(None) | Err(_) => break,
        };
        match packet.r#type() {
            PacketType::PacketReq if queue.send(packet.id).is_ok() => {}
            PacketType::PacketFin => {
                let end = Packet { r#type: PacketType::PacketFin.into(), ..Packet::default() };
                let _ = out.send(Ok(vec![end])).await;
                break;
            }
            PacketType::PacketErr => {
                let words = format!("error from receiver: {}", String::from_utf8_lossy(&packet.data));
                let _ = out.send(Err(Status::unknown(words))).await;
                break;
            }
            _ => break,
        }
    }
    reading.abort();
}

/// What a daemon asks for in a call's metadata.
#[derive(Debug, Default)]
struct Wanted {
    includes: Vec<String>,
    excludes: Vec<String>,
    follow: Vec<String>,
}

impl Wanted {
    fn read(metadata: &MetadataMap) -> Self {
        Self {
            includes: metadata::values(metadata, "include-patterns"),
            excludes: metadata::values(metadata, "exclude-patterns"),
            follow: metadata::values(metadata, "followpaths"),
        }
    }
}

#[derive(Debug)]
struct Source {
    kind: Kind,
    /// Where the daemon takes files open, and the number of the call there.
    hand: Option<(Hand, u32)>,
    /// The files that content may be asked for, by number; each once.
    files: Mutex<Vec<Option<Offered>>>,
}

#[derive(Debug)]
struct Offered {
    path: PathBuf,
    /// Bytes, as they were told.
    size: i64,
}

#[derive(Debug)]
enum Kind {
    Tree(Tree, Filter),
    Files(Vec<(String, Vec<u8>)>),
}

impl Source {
    fn open(local: Local, wanted: &Wanted, hand: Option<(Hand, u32)>) -> Result<Self, Status> {
        let kind = match local {
            Local::Files(files) => Kind::Files(files),
            Local::Directory(path) => {
                let unreadable = |error: io::Error| Status::unknown(format!("{}: {error}", path.display()));
                let tree = Tree::open(&path).map_err(unreadable)?;
                let mut includes = wanted.includes.clone();
                if !wanted.follow.is_empty() {
                    includes.extend(follow(&tree, &wanted.follow).map_err(unreadable)?);
                }
                Kind::Tree(tree, Filter::new(&includes, &wanted.excludes).map_err(Status::invalid_argument)?)
            }
        };
        Ok(Self { kind, hand, files: Mutex::default() })
    }

    /// Tells all entries.
    fn tell(&self, out: &Out) -> Result<(), WalkError> {
        let mut batch = Vec::with_capacity(ENTRIES);
        let mut take = |stat: Stat| {
            batch.push(Packet { r#type: PacketType::PacketStat.into(), stat: Some(stat), ..Packet::default() });
            if batch.len() < ENTRIES {
                return Ok(());
            }
            self.offer(out, std::mem::replace(&mut batch, Vec::with_capacity(ENTRIES)))
        };
        match &self.kind {
            Kind::Tree(tree, filter) => tree.walk(filter, &mut take)?,
            Kind::Files(files) => {
                let now = words::Timestamp::now().nanos();
                for (name, content) in files {
                    take(Stat {
                        path: name.clone(),
                        mode: 0o644,
                        size: i64::try_from(content.len()).unwrap_or(i64::MAX),
                        mod_time: i64::try_from(now).unwrap_or(i64::MAX),
                        ..Stat::default()
                    })?;
                }
            }
        }
        batch.push(Packet { r#type: PacketType::PacketStat.into(), ..Packet::default() });
        self.offer(out, batch)
    }

    /// Sends entries; from then on their contents may be asked for.
    fn offer(&self, out: &Out, entries: Vec<Packet>) -> Result<(), WalkError> {
        let stats = entries.iter().filter_map(|packet| packet.stat.as_ref());
        let offered = |stat: &Stat| Offered { path: PathBuf::from(&stat.path), size: stat.size };
        let offered = stats.map(|stat| filesync::has_content(stat.mode).then(|| offered(stat)));
        self.files.lock().unwrap_or_else(PoisonError::into_inner).extend(offered);
        send_all(out, entries)
    }

    /// Whether a file is large enough to be handed over, and can be.
    async fn is_handed(&self, id: u32) -> bool {
        let large = {
            let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
            let offered = files.get(usize::try_from(id).unwrap_or(usize::MAX));
            offered.is_some_and(|offered| offered.as_ref().is_some_and(|offered| offered.size >= hand::LEAST_BYTES))
        };
        match &self.hand {
            Some((hand, _)) if large && matches!(self.kind, Kind::Tree(..)) => hand.is_open().await,
            _ => false,
        }
    }

    /// Sends the content of a file; an empty packet is its end. Or hands it over.
    fn content(&self, id: u32, handed: bool, out: &Out) -> Result<(), WalkError> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let offered = files.get_mut(usize::try_from(id).unwrap_or(usize::MAX)).and_then(Option::take);
        drop(files);
        let Some(Offered { path, .. }) = offered else {
            let source = io::Error::other("the daemon asks for a file that was not offered, or asks twice");
            return Err(WalkError::File { operation: "send", path: format!("#{id}").into(), source });
        };
        let data = |data: Vec<u8>| Packet { r#type: PacketType::PacketData.into(), id, data, ..Packet::default() };
        match &self.kind {
            Kind::Files(files) => {
                let found = files.iter().find(|(name, _)| path.to_str() == Some(name));
                for chunk in found.map(|(_, content)| content.chunks(CHUNK_BYTES)).into_iter().flatten() {
                    push(out, data(chunk.to_vec()))?;
                }
            }
            Kind::Tree(tree, _) => {
                let failed = |operation| {
                    let path = path.clone();
                    move |source| WalkError::File { operation, path, source }
                };
                match (tree.read(&path), &self.hand) {
                    // What became something else since is read, which shows what it is.
                    (Ok(file), Some((hand, call))) if handed && file.metadata().is_ok_and(|now| now.is_file()) => {
                        hand.over(*call, id, &file).map_err(failed("hand over"))?;
                        return push(out, filesync::handed_over(id));
                    }
                    (Ok(mut file), _) => loop {
                        let mut chunk = Vec::with_capacity(CHUNK_BYTES);
                        let limit = u64::try_from(CHUNK_BYTES).unwrap_or(u64::MAX);
                        (&mut file).take(limit).read_to_end(&mut chunk).map_err(failed("read"))?;
                        if chunk.is_empty() {
                            break;
                        }
                        push(out, data(chunk))?;
                    },
                    // It went away since, or is a socket: an empty file, as BuildKit's client sends it.
                    (Err(error), _) if matches!(error.raw_os_error(), Some(code) if is_empty_for(code)) => {}
                    (Err(error), _) => return Err(failed("open")(error)),
                }
            }
        }
        push(out, data(Vec::new()))
    }
}

fn is_empty_for(code: i32) -> bool {
    use rustix::io::Errno;
    [Errno::NOENT, Errno::NOTDIR, Errno::NXIO].iter().any(|errno| errno.raw_os_error() == code)
}

fn push(out: &Out, packet: Packet) -> Result<(), WalkError> {
    send_all(out, vec![packet])
}

fn send_all(out: &Out, packets: Vec<Packet>) -> Result<(), WalkError> {
    out.blocking_send(Ok(packets)).map_err(|_| WalkError::Gone)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use grpc::client::Channel;
    use grpc::server;
    use tokio_stream::StreamExt;

    use super::*;

    const METHOD: &str = "/moby.filesync.v1.FileSync/DiffCopy";

    fn nowhere() -> Hand {
        Hand::new(client::Client::new(client::Endpoint::Unix("/nowhere".into())), "")
    }

    /// What a receiver gets who asks for everything: the entries in order, and the contents.
    async fn received(local: Local, metadata: &[(&'static str, &str)]) -> Result<Vec<(Stat, Vec<u8>)>, Status> {
        let (here, there) = tokio::io::duplex(64 << 10);
        tokio::spawn(server::serve(here, move |call| {
            let local = local.clone();
            async move { server::both(call, |request| async { send(local, &nowhere(), request).await }).await }
        }));
        let (channel, connection) = Channel::open(there).await.unwrap();
        tokio::spawn(connection);
        let (ask, asked) = mpsc::unbounded_channel::<Packet>();
        let mut request = Request::new(tokio_stream::wrappers::UnboundedReceiverStream::new(asked));
        for (key, value) in metadata {
            request.metadata_mut().append(*key, value.parse().unwrap());
        }
        let mut packets = channel.both::<_, Packet, Packet>(METHOD, request).await?;
        let (mut entries, mut open, mut told) = (Vec::<(Stat, Vec<u8>)>::new(), 0, false);
        while let Some(packet) = packets.next().await {
            let packet = packet?;
            match (packet.r#type(), packet.stat) {
                (PacketType::PacketStat, Some(stat)) => {
                    if filesync::has_content(stat.mode) {
                        let id = u32::try_from(entries.len()).unwrap();
                        ask.send(Packet { r#type: PacketType::PacketReq.into(), id, ..Packet::default() }).unwrap();
                        open += 1;
                    }
                    entries.push((stat, Vec::new()));
                }
                (PacketType::PacketStat, None) => told = true,
                (PacketType::PacketData, _) if packet.data.is_empty() => open -= 1,
                (PacketType::PacketData, _) => entries[packet.id as usize].1.extend(packet.data),
                (PacketType::PacketFin, _) => return Ok(entries),
                (kind, _) => panic!("{kind:?} {:?}", String::from_utf8_lossy(&packet.data)),
            }
            if told && open == 0 {
                let _ = ask.send(Packet { r#type: PacketType::PacketFin.into(), ..Packet::default() });
            }
        }
        panic!("it ended without an end");
    }

    #[tokio::test]
    async fn a_directory_is_sent_in_order() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::create_dir_all(at("a/b")).unwrap();
        std::fs::write(at("a/b/file"), vec![7; 300 << 10]).unwrap();
        std::fs::write(at("a.txt"), "text").unwrap();
        std::fs::hard_link(at("a.txt"), at("z.txt")).unwrap();
        symlink("a.txt", at("link")).unwrap();
        std::fs::set_permissions(at("a.txt"), PermissionsExt::from_mode(0o4750)).unwrap();
        let entries = received(Local::Directory(directory.path().into()), &[]).await.unwrap();
        let paths: Vec<&str> = entries.iter().map(|(stat, _)| stat.path.as_str()).collect();
        assert_eq!(paths, ["a", "a/b", "a/b/file", "a.txt", "link", "z.txt"]);
        let of = |path: &str| entries.iter().find(|(stat, _)| stat.path == path).unwrap();
        assert_eq!(of("a/b/file").1, vec![7; 300 << 10]);
        assert_eq!((of("a.txt").0.mode, &of("a.txt").1[..]), (0o750 | 1 << 23, &b"text"[..]));
        assert_eq!((of("link").0.linkname.as_str(), of("link").0.mode), ("a.txt", 0o777 | 1 << 27));
        assert_eq!((of("z.txt").0.linkname.as_str(), of("z.txt").0.size), ("a.txt", 0));
        assert!(entries.iter().all(|(stat, _)| stat.uid == 0 && stat.gid == 0));
    }

    #[tokio::test]
    async fn what_is_not_asked_for_or_left_out_is_not_sent() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::create_dir_all(at("real/sub")).unwrap();
        for name in ["real/sub/x", "real/y", "other"] {
            std::fs::write(at(name), name).unwrap();
        }
        symlink("real", at("link")).unwrap();
        let local = || Local::Directory(directory.path().into());
        let paths = |entries: Vec<(Stat, Vec<u8>)>| entries.into_iter().map(|(stat, _)| stat.path).collect::<Vec<_>>();
        let entries = received(local(), &[("exclude-patterns", "real/sub")]).await.unwrap();
        assert_eq!(paths(entries), ["link", "other", "real", "real/y"]);
        // The directory above what is sent is sent before it.
        let entries = received(local(), &[("include-patterns", "real/sub")]).await.unwrap();
        assert_eq!(paths(entries), ["real", "real/sub", "real/sub/x"]);
        let entries = received(local(), &[("followpaths", "link/y")]).await.unwrap();
        assert_eq!(paths(entries), ["link", "real", "real/y"]);
        let error = received(local(), &[("include-patterns", "[")]).await.unwrap_err();
        assert!(error.message().contains("invalid includepatterns"), "{error}");
        let error = received(Local::Directory(at("gone")), &[]).await.unwrap_err();
        assert!(error.message().contains("gone"), "{error}");
    }

    #[tokio::test]
    async fn contents_in_memory_are_sent() {
        let local = Local::Files(vec![("Dockerfile".into(), b"FROM scratch".to_vec())]);
        let entries = received(local, &[("followpaths", "Dockerfile")]).await.unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].0.path.as_str(), &entries[0].1[..]), ("Dockerfile", &b"FROM scratch"[..]));
    }
}
