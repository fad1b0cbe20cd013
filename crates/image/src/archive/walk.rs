//! Reading a tree in the order of its archive.
//!
//! The tree may change and may be hostile while it is read: every step goes by descriptor and follows no link.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::Arc;

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

use crate::limits;

/// Longest content that is read when its file is opened. A longer one is read when it is written.
const SMALL: usize = 16 << 10;

/// An entry that is told by its directory.
pub(super) enum Told {
    /// What its directory says to be a file, and is not open yet.
    File {
        folder: Arc<OwnedFd>,
        path: PathBuf,
    },
    Found(Found),
}

/// An entry on the way.
pub(super) struct Found {
    /// From the root.
    pub(super) path: PathBuf,
    pub(super) stat: Stat,
    pub(super) what: What,
}

/// What there is to an entry beside its stat. Attributes are those that [`super::unpack()`] takes from an archive, by
/// their names there.
pub(super) enum What {
    File { content: Content, xattrs: Vec<(String, Vec<u8>)> },
    Directory { xattrs: Vec<(String, Vec<u8>)>, opaque: bool },
    Symlink(Vec<u8>),
    Other,
}

/// The bytes of a file.
pub(super) enum Content {
    /// As many as the stat says.
    Here(Vec<u8>),
    There(File),
}

/// All entries below a directory, each after the directory that it is in, names in order.
pub(super) struct Walk {
    /// Whoever makes directories can make them deeper than a stack is: they are kept on a list.
    levels: Vec<Level>,
}

/// A directory whose entries are being told.
struct Level {
    folder: Arc<OwnedFd>,
    path: PathBuf,
    names: std::vec::IntoIter<Name>,
}

/// An entry as its directory tells of it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    name: OsString,
    is_file: bool,
}

const FOLDER: OFlags = OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::CLOEXEC);

impl Level {
    fn open(folder: OwnedFd, path: PathBuf) -> std::io::Result<Self> {
        let mut names: Vec<Name> = rustix::fs::Dir::read_from(&folder)?
            .filter_map(Result::ok)
            .map(|entry| Name {
                name: OsString::from_vec(entry.file_name().to_bytes().to_vec()),
                is_file: entry.file_type() == FileType::RegularFile,
            })
            .filter(|entry| entry.name != "." && entry.name != "..")
            .collect();
        names.sort_unstable();
        Ok(Self { folder: Arc::new(folder), path, names: names.into_iter() })
    }
}

impl Walk {
    pub(super) fn new(root: impl AsFd) -> std::io::Result<Self> {
        let root = rustix::fs::openat(root, ".", FOLDER, Mode::empty())?;
        Ok(Self { levels: vec![Level::open(root, PathBuf::new())?] })
    }

    /// The next entry; none if it went away while we looked.
    fn next_of(&mut self, Name { name, is_file }: Name) -> std::io::Result<Option<Told>> {
        let Some(level) = self.levels.last() else { return Ok(None) };
        let path = level.path.join(&name);
        if path.as_os_str().len() > limits::PATH_BYTES {
            return Err(std::io::ErrorKind::InvalidFilename.into());
        }
        let file = |path| Some(Told::File { folder: Arc::clone(&level.folder), path });
        if is_file {
            return Ok(file(path));
        }
        let stat = match rustix::fs::statat(&level.folder, &name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let what = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => return Ok(file(path)),
            FileType::Directory => {
                let inner = rustix::fs::openat(&level.folder, &name, FOLDER | OFlags::NOFOLLOW, Mode::empty())?;
                let what = What::Directory { xattrs: xattrs(&inner)?, opaque: is_opaque(&inner) };
                self.levels.push(Level::open(inner, path.clone())?);
                what
            }
            FileType::Symlink => What::Symlink(rustix::fs::readlinkat(&level.folder, &name, Vec::new())?.into_bytes()),
            _ => What::Other,
        };
        Ok(Some(Told::Found(Found { path, stat, what })))
    }
}

impl Iterator for Walk {
    type Item = std::io::Result<Told>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let Some(name) = self.levels.last_mut()?.names.next() else {
                self.levels.pop();
                continue;
            };
            if let Some(told) = self.next_of(name).transpose() {
                return Some(told);
            }
        }
    }
}

impl Told {
    /// What it is; none if it went away, or was swapped for something else, while we looked. A file is looked at once,
    /// when it is open.
    pub(super) fn look(self) -> std::io::Result<Option<Found>> {
        let (folder, path) = match self {
            Self::Found(found) => return Ok(Some(found)),
            Self::File { folder, path } => (folder, path),
        };
        let Some((file, stat)) = open_file(&folder, path.file_name().unwrap_or_default())? else { return Ok(None) };
        let xattrs = xattrs(&file)?;
        let content = match usize::try_from(stat.st_size) {
            Ok(size @ 0..=SMALL) => Content::Here(read(file.into(), size)?),
            _ => Content::There(file.into()),
        };
        Ok(Some(Found { path, stat, what: What::File { content, xattrs } }))
    }
}

/// So many bytes of a file, whatever happens to it meanwhile.
fn read(mut file: File, size: usize) -> std::io::Result<Vec<u8>> {
    let (mut bytes, mut filled) = (vec![0; size], 0);
    while filled < size {
        match file.read(&mut bytes[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}

/// Opens a file, without its being told that it was read: that would be written to the disk for each of them.
fn open_file(folder: &OwnedFd, name: &OsStr) -> std::io::Result<Option<(OwnedFd, Stat)>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let opened = match rustix::fs::openat(folder, name, flags | OFlags::NOATIME, Mode::empty()) {
        // It is somebody else's.
        Err(Errno::PERM) => rustix::fs::openat(folder, name, flags, Mode::empty()),
        opened => opened,
    };
    let file = match opened {
        Ok(file) => file,
        // A link or a socket now.
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let stat = rustix::fs::fstat(&file)?;
    Ok((FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile).then_some((file, stat)))
}

fn xattrs(file: &OwnedFd) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    let all = sys::xattr::all(file)?;
    let told = all.into_iter().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
    let told = told.filter(|(name, _)| name == "security.capability" || name.starts_with("user."));
    Ok(told.map(|(name, value)| (format!("SCHILY.xattr.{name}"), value)).collect())
}

fn is_opaque(folder: &OwnedFd) -> bool {
    sys::xattr::get(folder, OsStr::new("trusted.overlay.opaque")).is_ok_and(|value| value.as_deref() == Some(b"y"))
}
