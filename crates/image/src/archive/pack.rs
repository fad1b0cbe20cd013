//! Packing a tree: a container's own layer, or its whole file system.
//!
//! The tree may change and may be hostile while it is read: every step goes by descriptor and follows no link.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, Stat};
use tar::{Builder, EntryType, Header};

use crate::limits;

/// What to do with overlayfs's marks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whiteouts {
    /// Write them as the image specification has them: `.wh.name`, `.wh..wh..opq`.
    Convert,
    /// There are none: the tree is a merged one.
    Keep,
}

struct Packer<W: Write> {
    archive: Builder<W>,
    whiteouts: Whiteouts,
    /// The first name of each file that has several.
    links: HashMap<(u64, u64), PathBuf>,
}

/// A directory whose entries are being written.
struct Level {
    folder: OwnedFd,
    path: PathBuf,
    names: std::vec::IntoIter<OsString>,
}

impl Level {
    fn open(folder: OwnedFd, path: PathBuf) -> std::io::Result<Self> {
        let mut names: Vec<OsString> = rustix::fs::Dir::read_from(&folder)?
            .filter_map(Result::ok)
            .map(|entry| OsString::from_vec(entry.file_name().to_bytes().to_vec()))
            .filter(|name| name != "." && name != "..")
            .collect();
        names.sort();
        Ok(Self { folder, path, names: names.into_iter() })
    }
}

/// Writes a tree as a tar stream, names in order, so that the same tree gives the same bytes. Blocks.
///
/// # Errors
/// What reading the tree or writing the stream gives.
pub fn pack<W: Write>(root: impl AsFd, stream: W, whiteouts: Whiteouts) -> std::io::Result<W> {
    let mut packer = Packer { archive: Builder::new(stream), whiteouts, links: HashMap::new() };
    let root = rustix::fs::openat(root, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    packer.tree(root)?;
    packer.archive.into_inner()
}

impl<W: Write> Packer<W> {
    /// Whoever makes directories can make them deeper than a stack is: the levels are kept on a list.
    fn tree(&mut self, root: OwnedFd) -> std::io::Result<()> {
        let mut levels = vec![Level::open(root, PathBuf::new())?];
        while let Some(level) = levels.last_mut() {
            let Some(name) = level.names.next() else {
                levels.pop();
                continue;
            };
            let path = level.path.join(&name);
            if path.as_os_str().len() > limits::PATH_BYTES {
                return Err(std::io::ErrorKind::InvalidFilename.into());
            }
            if let Some(inner) = self.entry(&level.folder, &name, &path)? {
                levels.push(Level::open(inner, path)?);
            }
        }
        Ok(())
    }

    /// Writes an entry; gives the directory if it is one.
    fn entry(&mut self, folder: &OwnedFd, name: &OsStr, path: &Path) -> std::io::Result<Option<OwnedFd>> {
        let stat = match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            // It went away while we looked.
            Err(rustix::io::Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let kind = FileType::from_raw_mode(stat.st_mode);
        if kind == FileType::CharacterDevice && stat.st_rdev == 0 && self.whiteouts == Whiteouts::Convert {
            return self.whiteout(path).map(|()| None);
        }
        if kind != FileType::Directory && stat.st_nlink > 1 {
            if let Some(first) = self.links.get(&(stat.st_dev, stat.st_ino)).cloned() {
                let header = header(&stat, EntryType::Link, 0);
                let first = first.as_os_str().as_bytes();
                return self.append(header, path, Some(first), std::io::empty()).map(|()| None);
            }
            self.links.insert((stat.st_dev, stat.st_ino), path.to_owned());
        }
        if kind == FileType::Directory {
            return self.directory(folder, name, path, &stat).map(Some);
        }
        match kind {
            FileType::RegularFile => self.file(folder, name, path, &stat),
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(folder, name, Vec::new())?;
                let header = header(&stat, EntryType::Symlink, 0);
                self.append(header, path, Some(target.as_bytes()), std::io::empty())
            }
            FileType::CharacterDevice | FileType::BlockDevice | FileType::Fifo => {
                let entry = match kind {
                    FileType::CharacterDevice => EntryType::Char,
                    FileType::BlockDevice => EntryType::Block,
                    _ => EntryType::Fifo,
                };
                let mut header = header(&stat, entry, 0);
                header.set_device_major(rustix::fs::major(stat.st_rdev))?;
                header.set_device_minor(rustix::fs::minor(stat.st_rdev))?;
                self.append(header, path, None, std::io::empty())
            }
            // Sockets mean nothing without the process behind them.
            _ => Ok(()),
        }
        .map(|()| None)
    }

    fn directory(&mut self, folder: &OwnedFd, name: &OsStr, path: &Path, stat: &Stat) -> std::io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let inner = rustix::fs::openat(folder, name, flags, Mode::empty())?;
        self.xattrs(&inner)?;
        self.append(header(stat, EntryType::Directory, 0), path, None, std::io::empty())?;
        if self.whiteouts == Whiteouts::Convert && is_opaque(&inner) {
            self.whiteout(&path.join(".wh..opq"))?; // becomes .wh..wh..opq
        }
        Ok(inner)
    }

    fn file(&mut self, folder: &OwnedFd, name: &OsStr, path: &Path, stat: &Stat) -> std::io::Result<()> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
        let file = rustix::fs::openat(folder, name, flags, Mode::empty())?;
        let now = rustix::fs::fstat(&file)?;
        if FileType::from_raw_mode(now.st_mode) != FileType::RegularFile {
            // It was swapped for something else.
            return Ok(());
        }
        self.xattrs(&file)?;
        let size = u64::try_from(now.st_size).unwrap_or(0);
        let header = header(stat, EntryType::Regular, size);
        self.append(header, path, None, Exactly { file: file.into(), left: size })
    }

    /// The attributes that [`super::unpack()`] takes from an archive.
    fn xattrs(&mut self, file: &OwnedFd) -> std::io::Result<()> {
        let all = sys::xattr::all(file)?;
        let told: Vec<(String, &[u8])> = all
            .iter()
            .filter_map(|(name, value)| Some((name.to_str()?, value.as_slice())))
            .filter(|(name, _)| *name == "security.capability" || name.starts_with("user."))
            .map(|(name, value)| (format!("SCHILY.xattr.{name}"), value))
            .collect();
        if told.is_empty() {
            return Ok(());
        }
        self.archive.append_pax_extensions(told.iter().map(|(name, value)| (name.as_str(), *value)))
    }

    /// `.wh.` and the name; for `.opq` in a directory this gives the opaque mark. When something was removed, and by
    /// whom, is nothing of it.
    fn whiteout(&mut self, path: &Path) -> std::io::Result<()> {
        let mut name = OsString::from(".wh.");
        name.push(path.file_name().unwrap_or_default());
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Regular);
        for zero in [Header::set_mtime, Header::set_size, Header::set_uid, Header::set_gid] {
            zero(&mut header, 0);
        }
        header.set_mode(0);
        self.append(header, &path.with_file_name(name), None, std::io::empty())
    }

    /// Writes an entry with its names, whatever bytes they are: the crate `tar` cuts long ones where they are no text.
    fn append(&mut self, mut header: Header, path: &Path, link: Option<&[u8]>, data: impl Read) -> std::io::Result<()> {
        if let Some(link) = link {
            self.long_name(EntryType::GNULongLink, link)?;
            fill(&mut header.as_old_mut().linkname, link);
        }
        let path = path.as_os_str().as_bytes();
        self.long_name(EntryType::GNULongName, path)?;
        fill(&mut header.as_old_mut().name, path);
        header.set_cksum();
        self.archive.append(&header, data)
    }

    /// An entry of GNU tar's for a name that has no room in a header.
    fn long_name(&mut self, kind: EntryType, name: &[u8]) -> std::io::Result<()> {
        let mut header = Header::new_gnu();
        if name.len() <= header.as_old().name.len() {
            return Ok(());
        }
        fill(&mut header.as_old_mut().name, b"././@LongLink");
        header.set_entry_type(kind);
        for zero in [Header::set_mtime, Header::set_uid, Header::set_gid] {
            zero(&mut header, 0);
        }
        header.set_mode(0o644);
        header.set_size(name.len() as u64 + 1);
        header.set_cksum();
        self.archive.append(&header, name.chain(&[0][..]))
    }
}

/// Puts as much of a name into a header as there is room for.
fn fill(field: &mut [u8], name: &[u8]) {
    for (place, byte) in field.iter_mut().zip(name) {
        *place = *byte;
    }
}

/// A file as long as its header says, whatever happens to it meanwhile.
struct Exactly {
    file: std::fs::File,
    left: u64,
}

impl std::io::Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if room == 0 {
            return Ok(0);
        }
        let count = match self.file.read(&mut buffer[..room])? {
            0 => {
                buffer[..room].fill(0);
                room
            }
            count => count,
        };
        self.left -= count as u64;
        Ok(count)
    }
}

fn is_opaque(folder: &OwnedFd) -> bool {
    sys::xattr::get(folder, OsStr::new("trusted.overlay.opaque")).is_ok_and(|value| value.as_deref() == Some(b"y"))
}

fn header(stat: &Stat, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(stat.st_mode & 0o7777);
    header.set_uid(stat.st_uid.into());
    header.set_gid(stat.st_gid.into());
    header.set_mtime(u64::try_from(stat.st_mtime).unwrap_or(0));
    header.set_size(size);
    header
}
