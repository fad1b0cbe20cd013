//! Taking what a build gives out: BuildKit's `FileSend.DiffCopy`, into a file or (the receiver of tonistiigi/fsutil)
//! into a directory.
//!
//! The daemon is not trusted to name paths: nothing is made, followed or replaced outside of the directory. Files that
//! are there and that the build doesn't have stay.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use grpc::proto::filesync::BytesMessage;
use grpc::proto::fsutil::types::packet::PacketType;
use grpc::proto::fsutil::types::{Packet, Stat};
use grpc::server::Messages;
use grpc::{Request, Status, Streaming};
use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, ResolveFlags, Timespec, Timestamps};
use tokio::sync::mpsc;
use tokio_stream::wrappers::{ReceiverStream, UnboundedReceiverStream};

use crate::mode;

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
    // As many requests wait here as files are offered; each is a few bytes.
    let (out, answer) = mpsc::unbounded_channel::<Result<Packet, Status>>();
    tokio::spawn(async move {
        let (feed, mut fed) = mpsc::channel::<Packet>(PACKETS);
        let requests = out.clone();
        let writing = tokio::task::spawn_blocking(move || {
            let mut receiver = Receiver::open(&path)?;
            while let Some(packet) = fed.blocking_recv() {
                receiver.take(packet, |id, kind| {
                    let packet = Packet { r#type: kind.into(), id, ..Packet::default() };
                    let _ = requests.send(Ok(packet));
                })?;
            }
            Ok::<_, ReceiveError>(())
        });
        loop {
            match packets.message().await {
                Ok(Some(packet)) => {
                    if feed.send(packet).await.is_err() {
                        break;
                    }
                }
                Ok(None) => break,
                Err(status) => {
                    let _ = out.send(Err(status));
                    break;
                }
            }
        }
        drop(feed);
        match writing.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                let words = error.to_string();
                let data = words.clone().into_bytes();
                let _ = out.send(Ok(Packet { r#type: PacketType::PacketErr.into(), data, ..Packet::default() }));
                let _ = out.send(Err(Status::unknown(words)));
            }
            Err(error) => drop(out.send(Err(Status::internal(error.to_string())))),
        }
    });
    Ok(Messages::new(UnboundedReceiverStream::new(answer)))
}

/// Why files cannot be taken.
#[derive(Debug, thiserror::Error)]
enum ReceiveError {
    #[error("{}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("the daemon sent the path {0:?}, which leads out of the output directory or is none")]
    Path(String),
    #[error("the daemon sent content of file {0}, which was not asked for")]
    Unasked(u32),
    #[error("error from sender: {0}")]
    Sender(String),
}

fn failed(path: &Path) -> impl Fn(io::Error) -> ReceiveError + use<> {
    let path = path.to_owned();
    move |source| ReceiveError::File { path: path.clone(), source }
}

/// A file whose content was asked for.
#[derive(Debug)]
struct Pending {
    path: PathBuf,
    mode: u32,
    modified: i64,
    xattrs: HashMap<String, Vec<u8>>,
    file: Option<File>,
}

#[derive(Debug)]
struct Receiver {
    root: OwnedFd,
    shown: PathBuf,
    next: u32,
    pending: HashMap<u32, Pending>,
    /// Directories, whose modes and times are set last: what is made in them changes the times.
    directories: BTreeMap<PathBuf, (u32, i64)>,
    told: bool,
    ended: bool,
}

impl Receiver {
    fn open(path: &Path) -> Result<Self, ReceiveError> {
        // What a build gives out may be nobody else's business.
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed(path))?;
        let root = sys::beneath::open_root(path).map_err(failed(path))?;
        Ok(Self {
            root,
            shown: path.to_owned(),
            next: 0,
            pending: HashMap::new(),
            directories: BTreeMap::new(),
            told: false,
            ended: false,
        })
    }

    /// Takes one packet. `ask` asks for the content of a file, or says that all is here.
    fn take(&mut self, packet: Packet, mut ask: impl FnMut(u32, PacketType)) -> Result<(), ReceiveError> {
        match packet.r#type() {
            PacketType::PacketStat => match packet.stat {
                Some(stat) => {
                    let id = self.next;
                    self.next += 1;
                    if self.entry(stat)? {
                        ask(id, PacketType::PacketReq);
                    }
                }
                None => self.told = true,
            },
            PacketType::PacketData => self.content(packet.id, &packet.data)?,
            PacketType::PacketErr => {
                return Err(ReceiveError::Sender(String::from_utf8_lossy(&packet.data).into_owned()));
            }
            PacketType::PacketFin | PacketType::PacketReq => {}
        }
        if self.told && self.pending.is_empty() && !self.ended {
            self.ended = true;
            self.finish()?;
            ask(0, PacketType::PacketFin);
        }
        Ok(())
    }

    fn error(&self, path: &Path) -> impl Fn(io::Error) -> ReceiveError + use<> {
        failed(&self.shown.join(path))
    }

    /// Makes an entry; whether its content is to be asked for.
    fn entry(&mut self, stat: Stat) -> Result<bool, ReceiveError> {
        let path = inner(&stat.path)?;
        let error = self.error(&path);
        let (directory, name) = sys::beneath::split(&path).map_err(&error)?;
        let directory = self.directory(directory).map_err(&error)?;
        let here = kind_of(&directory, name).map_err(&error)?;
        if stat.mode & mode::DIRECTORY != 0 {
            match here {
                Some(FileType::Directory) => {}
                Some(_) => rustix::fs::unlinkat(&directory, name, AtFlags::empty()).map_err(|e| error(e.into()))?,
                None => {}
            }
            if here != Some(FileType::Directory) {
                // What is in it is yet to be made.
                rustix::fs::mkdirat(&directory, name, Mode::from(0o700)).map_err(|e| error(e.into()))?;
            }
            set_xattrs(&directory, name, &stat.xattrs);
            self.directories.insert(path, (stat.mode, stat.mod_time));
            return Ok(false);
        }
        if here == Some(FileType::Directory) {
            sys::remove::tree(&directory, name).map_err(&error)?;
        } else if here.is_some() {
            rustix::fs::unlinkat(&directory, name, AtFlags::empty()).map_err(|e| error(e.into()))?;
        }
        if stat.mode & mode::LINK != 0 {
            rustix::fs::symlinkat(stat.linkname.as_str(), &directory, name).map_err(|e| error(e.into()))?;
            set_time(&directory, name, stat.mod_time).map_err(&error)?;
            return Ok(false);
        }
        if stat.mode & (mode::DEVICE | mode::PIPE) != 0 {
            special(&directory, name, &stat).map_err(&error)?;
            return Ok(false);
        }
        if !stat.linkname.is_empty() {
            let target = inner(&stat.linkname)?;
            let (from, old) = sys::beneath::split(&target).map_err(&error)?;
            let from = self.directory(from).map_err(&error)?;
            rustix::fs::linkat(&from, old, &directory, name, AtFlags::empty()).map_err(|e| error(e.into()))?;
            return Ok(false);
        }
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        rustix::fs::openat(&directory, name, flags, Mode::from(0o600)).map_err(|e| error(e.into()))?;
        let Stat { mode, mod_time: modified, xattrs, .. } = stat;
        self.pending.insert(self.next - 1, Pending { path, mode, modified, xattrs, file: None });
        Ok(true)
    }

    /// A directory of the output, reached without following links.
    fn directory(&self, path: &Path) -> io::Result<OwnedFd> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        self.open_beneath(path, flags)
    }

    fn open_beneath(&self, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        loop {
            match rustix::fs::openat2(&self.root, path, flags, Mode::empty(), resolve) {
                Ok(fd) => return Ok(fd),
                Err(rustix::io::Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Takes a piece of a file; an empty one is its end.
    fn content(&mut self, id: u32, data: &[u8]) -> Result<(), ReceiveError> {
        let mut pending = self.pending.remove(&id).ok_or(ReceiveError::Unasked(id))?;
        let error = self.error(&pending.path);
        let mut file = match pending.file.take() {
            Some(file) => file,
            None => {
                let flags = OFlags::WRONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
                self.open_beneath(&pending.path, flags).map(File::from).map_err(&error)?
            }
        };
        if !data.is_empty() {
            file.write_all(data).map_err(&error)?;
            pending.file = Some(file);
            self.pending.insert(id, pending);
            return Ok(());
        }
        let fd_path = format!("/proc/self/fd/{}", file.as_raw_fd());
        for (key, value) in &pending.xattrs {
            // Not every file system has them, and not everybody may set them.
            let _ = rustix::fs::setxattr(&fd_path, key.as_str(), value, rustix::fs::XattrFlags::empty());
        }
        let permissions = Mode::from_raw_mode(mode::permissions(pending.mode));
        rustix::fs::fchmod(&file, permissions).map_err(|e| error(e.into()))?;
        rustix::fs::futimens(&file, &times(pending.modified)).map_err(|e| error(e.into()))?;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ReceiveError> {
        for (path, (mode, modified)) in std::mem::take(&mut self.directories).into_iter().rev() {
            let error = self.error(&path);
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let directory = self.open_beneath(&path, flags).map_err(&error)?;
            let permissions = Mode::from_raw_mode(mode::permissions(mode));
            rustix::fs::futimens(&directory, &times(modified)).map_err(|e| error(e.into()))?;
            rustix::fs::fchmod(&directory, permissions).map_err(|e| error(e.into()))?;
        }
        Ok(())
    }
}

/// A path that names something below the root.
fn inner(text: &str) -> Result<PathBuf, ReceiveError> {
    let path = Path::new(text);
    let mut parts = path.components().peekable();
    if parts.peek().is_none() || text.contains('\0') || parts.any(|part| !matches!(part, Component::Normal(_))) {
        return Err(ReceiveError::Path(text.to_owned()));
    }
    Ok(path.to_owned())
}

fn kind_of(directory: &OwnedFd, name: &OsStr) -> io::Result<Option<FileType>> {
    match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(found) => Ok(Some(FileType::from_raw_mode(found.st_mode))),
        Err(rustix::io::Errno::NOENT) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn times(nanoseconds: i64) -> Timestamps {
    let moment =
        Timespec { tv_sec: nanoseconds.div_euclid(1_000_000_000), tv_nsec: nanoseconds.rem_euclid(1_000_000_000) };
    Timestamps { last_access: moment, last_modification: moment }
}

fn set_time(directory: &OwnedFd, name: &OsStr, nanoseconds: i64) -> io::Result<()> {
    Ok(rustix::fs::utimensat(directory, name, &times(nanoseconds), AtFlags::SYMLINK_NOFOLLOW)?)
}

fn set_xattrs(directory: &OwnedFd, name: &OsStr, xattrs: &HashMap<String, Vec<u8>>) {
    let mut path = format!("/proc/self/fd/{}/", directory.as_fd().as_raw_fd()).into_bytes();
    path.extend_from_slice(name.as_bytes());
    for (key, value) in xattrs {
        // Not every file system has them, and not everybody may set them.
        let _ = rustix::fs::lsetxattr(&path[..], key.as_str(), value, rustix::fs::XattrFlags::empty());
    }
}

fn special(directory: &OwnedFd, name: &OsStr, stat: &Stat) -> io::Result<()> {
    let kind = if stat.mode & mode::PIPE != 0 {
        FileType::Fifo
    } else if stat.mode & mode::CHARACTER != 0 {
        FileType::CharacterDevice
    } else {
        FileType::BlockDevice
    };
    let number = |value: i64| u32::try_from(value).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput));
    let device = rustix::fs::makedev(number(stat.devmajor)?, number(stat.devminor)?);
    let permissions = Mode::from_raw_mode(mode::permissions(stat.mode));
    rustix::fs::mknodat(directory, name, kind, permissions, device)?;
    rustix::fs::chmodat(directory, name, permissions, AtFlags::empty())?;
    set_time(directory, name, stat.mod_time)
}

/// Opens the file that an output goes to.
///
/// # Errors
/// As open(2).
pub fn create(path: &Path) -> io::Result<File> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::openat(CWD, path, flags, Mode::from(0o666))?))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};

    use super::*;

    /// Gives packets to a receiver; what it asks for.
    fn taken(receiver: &mut Receiver, packet: Packet) -> Result<Vec<(u32, PacketType)>, ReceiveError> {
        let mut asked = Vec::new();
        receiver.take(packet, |id, kind| asked.push((id, kind)))?;
        Ok(asked)
    }

    fn entry(path: &str, mode: u32, linkname: &str) -> Packet {
        let stat =
            Stat { path: path.into(), mode, linkname: linkname.into(), mod_time: 1_500_000_000, ..Stat::default() };
        Packet { r#type: PacketType::PacketStat.into(), stat: Some(stat), ..Packet::default() }
    }

    fn data(id: u32, data: &[u8]) -> Packet {
        Packet { r#type: PacketType::PacketData.into(), id, data: data.to_vec(), ..Packet::default() }
    }

    #[test]
    fn files_are_made() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join("out").join(name);
        std::fs::create_dir_all(at("kept")).unwrap();
        std::fs::create_dir_all(at("file/was/a/directory")).unwrap();
        let mut receiver = Receiver::open(&at("")).unwrap();
        let none = Vec::new();
        assert_eq!(taken(&mut receiver, entry("dir", mode::DIRECTORY | 0o555, "")).unwrap(), none);
        assert_eq!(taken(&mut receiver, entry("dir/link", mode::LINK | 0o777, "/etc")).unwrap(), none);
        assert_eq!(taken(&mut receiver, entry("file", 0o440, "")).unwrap(), [(2, PacketType::PacketReq)]);
        assert_eq!(taken(&mut receiver, entry("hard", 0o440, "file")).unwrap(), none);
        assert_eq!(taken(&mut receiver, entry("kept", mode::DIRECTORY | 0o700, "")).unwrap(), none);
        let end = Packet { r#type: PacketType::PacketStat.into(), ..Packet::default() };
        assert_eq!(taken(&mut receiver, end).unwrap(), none);
        assert_eq!(taken(&mut receiver, data(2, b"some")).unwrap(), none);
        assert_eq!(taken(&mut receiver, data(2, b"thing")).unwrap(), none);
        assert_eq!(taken(&mut receiver, data(2, b"")).unwrap(), [(0, PacketType::PacketFin)]);
        assert_eq!(std::fs::read(at("hard")).unwrap(), b"something");
        let found = std::fs::metadata(at("file")).unwrap();
        assert_eq!((found.permissions().mode() & 0o7777, found.mtime(), found.nlink()), (0o440, 1, 2));
        assert_eq!(std::fs::metadata(at("dir")).unwrap().permissions().mode() & 0o7777, 0o555);
        assert_eq!(std::fs::metadata(at("dir")).unwrap().mtime(), 1);
        assert_eq!(std::fs::read_link(at("dir/link")).unwrap(), Path::new("/etc"));
    }

    #[test]
    fn nothing_leaves_the_directory() {
        let directory = tempfile::tempdir().unwrap();
        let (out, secret) = (directory.path().join("out"), directory.path().join("secret"));
        std::fs::create_dir(&out).unwrap();
        std::fs::write(&secret, "mine").unwrap();
        symlink("..", out.join("up")).unwrap();
        symlink("../secret", out.join("leads")).unwrap();
        let refused = |packet: Packet| {
            let mut receiver = Receiver::open(&out).unwrap();
            receiver.next = 5;
            taken(&mut receiver, packet).map(drop).map_err(|error| error.to_string())
        };
        for path in ["", "/etc/x", "../x", "a/../../x", ".", "up/x", "up/secret", "missing/x"] {
            assert!(refused(entry(path, 0o644, "")).is_err(), "{path}");
            assert!(refused(entry(path, mode::DIRECTORY | 0o755, "")).is_err(), "{path}");
        }
        for target in ["../secret", "/etc/passwd", "up/secret"] {
            assert!(refused(entry("hard", 0o644, target)).is_err(), "{target}");
        }
        // A link is replaced, not followed.
        refused(entry("leads", 0o644, "")).unwrap();
        assert!(refused(data(9, b"x")).unwrap_err().contains("not asked for"));
        assert_eq!(std::fs::read(&secret).unwrap(), b"mine");
        let error = Packet { r#type: PacketType::PacketErr.into(), data: b"words".to_vec(), ..Packet::default() };
        assert_eq!(refused(error).unwrap_err(), "error from sender: words");
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
        #[test]
        fn no_entry_leaves_the_directory(entries in proptest::collection::vec(any_entry(), 1..20)) {
            let directory = tempfile::tempdir().unwrap();
            let out = directory.path().join("a");
            std::fs::write(directory.path().join("b"), "mine").unwrap();
            let mut receiver = Receiver::open(&out).unwrap();
            for (path, mode, linkname, content) in entries {
                let mut asked = Vec::new();
                let packet = entry(&path, mode, &linkname);
                let _ = receiver.take(packet, |id, _| asked.push(id));
                for id in asked {
                    let _ = receiver.take(data(id, &content), |_, _| {});
                    let _ = receiver.take(data(id, b""), |_, _| {});
                }
            }
            let end = Packet { r#type: PacketType::PacketStat.into(), ..Packet::default() };
            let _ = receiver.take(end, |_, _| {});
            proptest::prop_assert_eq!(std::fs::read(directory.path().join("b")).unwrap(), b"mine");
            proptest::prop_assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
        }
    }

    /// An entry of a tree of few names, with links that lead up and down.
    fn any_entry() -> impl proptest::strategy::Strategy<Value = (String, u32, String, Vec<u8>)> {
        use proptest::prelude::*;
        let mode = prop_oneof![Just(0o644), Just(mode::DIRECTORY | 0o755), Just(mode::LINK | 0o777)];
        let target = prop_oneof![3 => Just(String::new()), 2 => "(\\.\\.|[a-c]|/)(/(\\.\\.|[a-c])){0,2}"];
        ("(\\.\\.|[a-c])(/(\\.\\.|[a-c])){0,2}", mode, target, proptest::collection::vec(any::<u8>(), 0..9))
    }
}
