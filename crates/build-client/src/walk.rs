//! Walking a directory that is sent: in order, each file looked at once, and only where something may be sent.
//!
//! What is sent and in which order is BuildKit's (tonistiigi/fsutil): names sorted within each directory, a directory
//! before what is in it, hard links as links to the first of them, owners 0:0.

use std::collections::HashMap;
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use grpc::proto::fsutil::types::Stat;
use rustix::fs::{AtFlags, CWD, Dir, FileType, Mode, OFlags, RawMode, ResolveFlags, statat};

use crate::filter::{Filter, Verdict};

/// Longest list of extended attributes and longest value: what Linux allows (XATTR_LIST_MAX, XATTR_SIZE_MAX).
const XATTR_BYTES: usize = 64 << 10;

/// Why a directory cannot be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WalkError {
    /// A file or directory cannot be read.
    #[error("{operation} {}: {source}", path.display())]
    File {
        /// Which system call.
        operation: &'static str,
        /// Which file, seen from the directory that is sent.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A name that the protocol cannot carry.
    #[error("{path:?}: the name is not UTF-8, and BuildKit's protocol cannot carry it: leave it out in .dockerignore")]
    Name {
        /// Which.
        path: PathBuf,
    },
    /// Whoever took the files has gone.
    #[error("the daemon takes no more files")]
    Gone,
}

fn failed(operation: &'static str, path: &Path) -> impl Fn(io::Error) -> WalkError {
    move |source| WalkError::File { operation, path: path.to_owned(), source }
}

/// A directory of this host whose files may be sent.
#[derive(Debug)]
pub(crate) struct Tree {
    root: OwnedFd,
}

/// What a name in a directory names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    Link,
    Other,
}

/// A directory on the way down.
struct Level {
    directory: OwnedFd,
    path: PathBuf,
    names: std::vec::IntoIter<(OsString, Kind)>,
    /// What was matched for the directory itself.
    verdict: Option<Verdict>,
    /// The directory's own entry, while it waits for something in it to be sent.
    waiting: Option<Stat>,
}

impl Tree {
    /// Opens a directory.
    ///
    /// # Errors
    /// As openat(2).
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Self { root: rustix::fs::openat(CWD, path, flags, Mode::empty())? })
    }

    /// Opens a file to read it. Neither a link on the way nor one at the end is followed, and nothing is waited for.
    ///
    /// # Errors
    /// As openat2(2).
    pub(crate) fn read(&self, path: &Path) -> io::Result<std::fs::File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::NOFOLLOW;
        self.open_beneath(path, flags).map(std::fs::File::from)
    }

    fn open_beneath(&self, path: &Path, flags: OFlags) -> io::Result<OwnedFd> {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
        loop {
            match rustix::fs::openat2(&self.root, path, flags, Mode::empty(), resolve) {
                Ok(fd) => return Ok(fd),
                // The kernel could not tell whether a rename happened on the way.
                Err(rustix::io::Errno::AGAIN) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The names in a directory, sorted; `None` when there is no such directory.
    ///
    /// # Errors
    /// As getdents(2).
    pub(crate) fn list(&self, path: &Path) -> io::Result<Option<Vec<(OsString, Kind)>>> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        match self.open_beneath(path, flags) {
            Ok(directory) => names(&directory).map(Some),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Where a symbolic link points; `None` when it is none, or there is nothing.
    ///
    /// # Errors
    /// As readlinkat(2).
    pub(crate) fn link(&self, path: &Path) -> io::Result<Option<PathBuf>> {
        let fd = match self.open_beneath(path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC) {
            Ok(fd) => fd,
            Err(error) if is_gone(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        match rustix::fs::readlinkat(&fd, "", Vec::new()) {
            Ok(target) => Ok(Some(PathBuf::from(OsString::from_vec(target.into_bytes())))),
            Err(rustix::io::Errno::NOENT | rustix::io::Errno::INVAL) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Gives each entry that passes the filter to `take`, in order.
    ///
    /// # Errors
    /// When something that is not excluded cannot be read, or `take` wants no more.
    pub(crate) fn walk(
        &self,
        filter: &Filter,
        mut take: impl FnMut(Stat) -> Result<(), WalkError>,
    ) -> Result<(), WalkError> {
        let top = PathBuf::new();
        let again = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::openat(&self.root, ".", again, Mode::empty())
            .map_err(|error| failed("open", Path::new("."))(error.into()))?;
        let names = names(&directory).map_err(failed("readdir", Path::new(".")))?.into_iter();
        let mut levels = vec![Level { directory, path: top, names, verdict: None, waiting: None }];
        let mut links = HashMap::new();
        while let Some(level) = levels.last_mut() {
            let Some((name, kind)) = level.names.next() else {
                levels.pop();
                continue;
            };
            let path = level.path.join(&name);
            let Some(text) = path.to_str() else {
                // What is left out anyway may have any name.
                let verdict = filter.judge(&path.to_string_lossy(), kind == Kind::Directory, level.verdict.as_ref());
                if !verdict.kept && (kind != Kind::Directory || verdict.prune) {
                    continue;
                }
                return Err(WalkError::Name { path });
            };
            let verdict = filter.judge(text, kind == Kind::Directory, level.verdict.as_ref());
            if !verdict.kept && (kind != Kind::Directory || verdict.prune) {
                continue;
            }
            let stat = match look(&level.directory, &name, text, &mut links) {
                Ok(stat) => stat,
                // It went away while the directory was read.
                Err(WalkError::File { source, .. }) if is_gone(&source) => continue,
                Err(error) => return Err(error),
            };
            let mut waiting = Some(stat);
            if verdict.kept {
                for level in &mut levels {
                    if let Some(stat) = level.waiting.take() {
                        take(stat)?;
                    }
                }
                if let Some(stat) = waiting.take() {
                    take(stat)?;
                }
            }
            if kind == Kind::Directory {
                descend(&mut levels, &name, path, verdict, waiting)?;
            }
        }
        Ok(())
    }
}

fn descend(
    levels: &mut Vec<Level>,
    name: &OsStr,
    path: PathBuf,
    verdict: Verdict,
    waiting: Option<Stat>,
) -> Result<(), WalkError> {
    let Some(level) = levels.last() else { return Ok(()) };
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = rustix::fs::openat(&level.directory, name, flags, Mode::empty()).map_err(io::Error::from);
    let listed = opened.and_then(|directory| names(&directory).map(|names| (directory, names)));
    match listed {
        Ok((directory, names)) => {
            levels.push(Level { directory, path, names: names.into_iter(), verdict: Some(verdict), waiting });
            Ok(())
        }
        Err(error) if is_gone(&error) => Ok(()),
        // What is left out need not be readable.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && !verdict.kept => Ok(()),
        Err(error) => Err(failed("open", &path)(error)),
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn names(directory: &OwnedFd) -> io::Result<Vec<(OsString, Kind)>> {
    let mut names = Vec::new();
    for entry in Dir::read_from(directory)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        let kind = match entry.file_type() {
            FileType::Directory => Kind::Directory,
            FileType::Symlink => Kind::Link,
            // A file system that does not tell.
            FileType::Unknown => match FileType::from_raw_mode(
                statat(directory, OsStr::from_bytes(name), AtFlags::SYMLINK_NOFOLLOW)?.st_mode,
            ) {
                FileType::Directory => Kind::Directory,
                FileType::Symlink => Kind::Link,
                _ => Kind::Other,
            },
            _ => Kind::Other,
        };
        names.push((OsStr::from_bytes(name).to_owned(), kind));
    }
    names.sort_by(|(one, _), (other, _): &(OsString, Kind)| one.cmp(other));
    Ok(names)
}

/// What the protocol says of a file. `links` has the first name of every file with several that is sent.
fn look(
    directory: &OwnedFd,
    name: &OsStr,
    path: &str,
    links: &mut HashMap<(u64, u64), String>,
) -> Result<Stat, WalkError> {
    let at = Path::new(path);
    let found =
        statat(directory, name, AtFlags::SYMLINK_NOFOLLOW).map_err(|error| failed("lstat", at)(error.into()))?;
    let kind = FileType::from_raw_mode(found.st_mode);
    let mut stat = Stat {
        path: path.to_owned(),
        mode: go_mode(found.st_mode),
        mod_time: found
            .st_mtime
            .saturating_mul(1_000_000_000)
            .saturating_add(i64::try_from(found.st_mtime_nsec).unwrap_or(0)),
        ..Stat::default()
    };
    if kind != FileType::Directory {
        stat.size = found.st_size;
    }
    match kind {
        FileType::Symlink => {
            let target = rustix::fs::readlinkat(directory, name, Vec::new())
                .map_err(|error| failed("readlink", at)(error.into()))?;
            let target = target.into_string().map_err(|_| WalkError::Name { path: at.to_owned() })?;
            stat.linkname = target;
        }
        FileType::BlockDevice | FileType::CharacterDevice => {
            stat.devmajor = i64::from(rustix::fs::major(found.st_rdev));
            stat.devminor = i64::from(rustix::fs::minor(found.st_rdev));
        }
        _ => {}
    }
    if kind != FileType::Directory && found.st_nlink > 1 {
        match links.entry((found.st_dev, found.st_ino)) {
            std::collections::hash_map::Entry::Occupied(first) if kind != FileType::Symlink => {
                stat.linkname.clone_from(first.get());
                stat.size = 0;
            }
            std::collections::hash_map::Entry::Occupied(_) => {}
            std::collections::hash_map::Entry::Vacant(first) => {
                first.insert(path.to_owned());
            }
        }
    }
    attributes(directory, name, &mut stat);
    Ok(stat)
}

/// A mode as the protocol has it. A socket is sent as an empty file, as BuildKit's client does it: archives know none.
fn go_mode(mode: RawMode) -> u32 {
    match FileType::from_raw_mode(mode) {
        FileType::Socket => filesync::go_mode(FileType::RegularFile.as_raw_mode() | (mode & 0o7777)),
        _ => filesync::go_mode(mode),
    }
}

/// Extended attributes, as far as they can be read.
fn attributes(directory: &OwnedFd, name: &OsStr, stat: &mut Stat) {
    // Most files have none, and by way of /proc it takes three times as long to know.
    if CString::new(name.as_bytes()).is_ok_and(|name| sys::xattr::has_any(directory, &name).is_ok_and(|any| !any)) {
        return;
    }
    let mut path = format!("/proc/self/fd/{}/", directory.as_raw_fd()).into_bytes();
    path.extend_from_slice(name.as_bytes());
    let Ok(path) = CString::new(path) else { return };
    let mut list = [0u8; 1024];
    let long;
    let list = match rustix::fs::llistxattr(&path, &mut list[..]) {
        Ok(0) => return,
        Ok(count) => &list[..count],
        Err(rustix::io::Errno::RANGE) => {
            let mut buffer = vec![0u8; XATTR_BYTES];
            let Ok(count) = rustix::fs::llistxattr(&path, &mut buffer[..]) else { return };
            buffer.truncate(count);
            long = buffer;
            &long[..]
        }
        Err(_) => return,
    };
    let mut value = vec![0u8; XATTR_BYTES];
    for key in list.split(|byte| *byte == 0).filter(|key| !key.is_empty() && !key.starts_with(b"com.apple.")) {
        let Ok(key) = std::str::from_utf8(key) else { continue };
        if let Ok(count) = rustix::fs::lgetxattr(&path, key, &mut value[..]) {
            stat.xattrs.insert(key.to_owned(), value[..count].to_vec());
        }
    }
}
