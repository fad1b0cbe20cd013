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
use rustix::io::Errno;
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

/// What was packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Totals {
    /// Things of all kinds, sockets included.
    pub(crate) entries: u64,
    /// Bytes of files, of those with several names once.
    pub(crate) bytes: u64,
    /// Sockets, which are in no archive.
    pub(crate) sockets: u64,
}

struct Packer<W: Write> {
    archive: Builder<W>,
    whiteouts: Whiteouts,
    /// The first name of each file that has several.
    links: HashMap<(u64, u64), PathBuf>,
    totals: Totals,
    most: Totals,
}

/// A directory whose entries are being written.
struct Level {
    folder: OwnedFd,
    path: PathBuf,
    names: std::vec::IntoIter<Name>,
}

/// An entry as its directory tells of it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Name {
    name: OsString,
    is_file: bool,
}

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
        Ok(Self { folder, path, names: names.into_iter() })
    }
}

/// Writes a tree as a tar stream, names in order, so that the same tree gives the same bytes. Blocks.
///
/// # Errors
/// What reading the tree or writing the stream gives.
pub fn pack<W: Write>(root: impl AsFd, stream: W, whiteouts: Whiteouts) -> std::io::Result<W> {
    let boundless = Totals { entries: u64::MAX, bytes: u64::MAX, sockets: u64::MAX };
    pack_at_most(root, stream, whiteouts, boundless).map(|(stream, _)| stream)
}

/// As [`pack`], of a tree that has no more than so much in it.
///
/// # Errors
/// [`std::io::ErrorKind::FileTooLarge`] when it has more; and as those of [`pack`].
pub(crate) fn pack_at_most<W: Write>(
    root: impl AsFd,
    stream: W,
    whiteouts: Whiteouts,
    most: Totals,
) -> std::io::Result<(W, Totals)> {
    let (links, totals) = (HashMap::new(), Totals::default());
    let mut packer = Packer { archive: Builder::new(stream), whiteouts, links, totals, most };
    let root = rustix::fs::openat(root, ".", OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    packer.tree(root)?;
    Ok((packer.archive.into_inner()?, packer.totals))
}

impl<W: Write> Packer<W> {
    /// Whoever makes directories can make them deeper than a stack is: the levels are kept on a list.
    fn tree(&mut self, root: OwnedFd) -> std::io::Result<()> {
        let mut levels = vec![Level::open(root, PathBuf::new())?];
        while let Some(level) = levels.last_mut() {
            let Some(Name { name, is_file }) = level.names.next() else {
                levels.pop();
                continue;
            };
            let path = level.path.join(&name);
            if path.as_os_str().len() > limits::PATH_BYTES {
                return Err(std::io::ErrorKind::InvalidFilename.into());
            }
            let Some((stat, file)) = look(&level.folder, &name, is_file)? else { continue };
            self.totals.entries += 1;
            if self.totals.entries > self.most.entries {
                return Err(std::io::ErrorKind::FileTooLarge.into());
            }
            if let Some(inner) = self.entry(&level.folder, &name, &path, &stat, file)? {
                levels.push(Level::open(inner, path)?);
            }
        }
        Ok(())
    }

    /// Counts the bytes of a file, unless they are too many. Of a file that was written already only the link is written.
    fn is_new(&mut self, path: &Path, stat: &Stat) -> std::io::Result<bool> {
        let kind = FileType::from_raw_mode(stat.st_mode);
        if kind != FileType::Directory && stat.st_nlink > 1 {
            if let Some(first) = self.links.get(&(stat.st_dev, stat.st_ino)).cloned() {
                let header = header(stat, EntryType::Link, 0);
                self.append(header, path, Some(first.as_os_str().as_bytes()), std::io::empty())?;
                return Ok(false);
            }
            self.links.insert((stat.st_dev, stat.st_ino), path.to_owned());
        }
        if kind == FileType::RegularFile {
            self.totals.bytes = self.totals.bytes.saturating_add(u64::try_from(stat.st_size).unwrap_or(0));
        }
        if self.totals.bytes > self.most.bytes {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        Ok(true)
    }

    /// Writes an entry; gives the directory if it is one.
    fn entry(
        &mut self,
        folder: &OwnedFd,
        name: &OsStr,
        path: &Path,
        stat: &Stat,
        file: Option<OwnedFd>,
    ) -> std::io::Result<Option<OwnedFd>> {
        let kind = FileType::from_raw_mode(stat.st_mode);
        if kind == FileType::CharacterDevice && stat.st_rdev == 0 && self.whiteouts == Whiteouts::Convert {
            return self.whiteout(path).map(|()| None);
        }
        if !self.is_new(path, stat)? {
            return Ok(None);
        }
        if let Some(file) = file {
            return self.file(file, path, stat).map(|()| None);
        }
        match kind {
            FileType::Directory => return self.directory(folder, name, path, stat).map(Some),
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(folder, name, Vec::new())?;
                let header = header(stat, EntryType::Symlink, 0);
                self.append(header, path, Some(target.as_bytes()), std::io::empty())
            }
            FileType::CharacterDevice | FileType::BlockDevice | FileType::Fifo => {
                let entry = match kind {
                    FileType::CharacterDevice => EntryType::Char,
                    FileType::BlockDevice => EntryType::Block,
                    _ => EntryType::Fifo,
                };
                let mut header = header(stat, entry, 0);
                header.set_device_major(rustix::fs::major(stat.st_rdev))?;
                header.set_device_minor(rustix::fs::minor(stat.st_rdev))?;
                self.append(header, path, None, std::io::empty())
            }
            // Sockets mean nothing without the process behind them.
            _ => {
                self.totals.sockets += 1;
                Ok(())
            }
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

    fn file(&mut self, file: OwnedFd, path: &Path, stat: &Stat) -> std::io::Result<()> {
        self.xattrs(&file)?;
        let size = u64::try_from(stat.st_size).unwrap_or(0);
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

/// What an entry is, opened if it is a file; nothing if it went away, or was swapped for something else, while we looked.
/// What the directory says to be a file is looked at once, when it is open.
fn look(folder: &OwnedFd, name: &OsStr, is_file: bool) -> std::io::Result<Option<(Stat, Option<OwnedFd>)>> {
    if !is_file {
        match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) if FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile => {}
            Ok(stat) => return Ok(Some((stat, None))),
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = match rustix::fs::openat(folder, name, flags, Mode::empty()) {
        Ok(file) => file,
        // A link or a socket now.
        Err(Errno::NOENT | Errno::LOOP | Errno::NXIO) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let stat = rustix::fs::fstat(&file)?;
    Ok((FileType::from_raw_mode(stat.st_mode) == FileType::RegularFile).then_some((stat, Some(file))))
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
