//! Packing a tree: a container's own layer, or its whole file system.
//!
//! Two threads do it when it is large: one reads ahead of what the other one writes.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FileType, Stat};
use tar::{Builder, EntryType, Header};

use super::ahead;
use super::walk::{Content, Found, Walk, What};
use crate::limits;

/// What an archive is made of (pax(1), "ustar Interchange Format").
const BLOCK: usize = 512;

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
    buffer: Vec<u8>,
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
    let (links, totals, buffer) = (HashMap::new(), Totals::default(), vec![0; limits::CHUNK]);
    let mut packer = Packer { archive: Builder::new(stream), whiteouts, links, totals, most, buffer };
    ahead::each(
        Walk::new(root)?,
        |told| told?.look(),
        |found| match found? {
            Some(found) => packer.entry(found),
            None => Ok(()),
        },
    )?;
    Ok((packer.archive.into_inner()?, packer.totals))
}

impl<W: Write> Packer<W> {
    /// Counts the bytes of a file, unless they are too many. Of a file that was written already only the link is written.
    fn is_new(&mut self, path: &Path, stat: &Stat) -> std::io::Result<bool> {
        let kind = FileType::from_raw_mode(stat.st_mode);
        if kind != FileType::Directory && stat.st_nlink > 1 {
            if let Some(first) = self.links.get(&(stat.st_dev, stat.st_ino)).cloned() {
                let header = header(stat, EntryType::Link, 0);
                self.append(header, path, Some(first.as_os_str().as_bytes()))?;
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

    /// Writes an entry.
    fn entry(&mut self, found: Found) -> std::io::Result<()> {
        let Found { path, stat, what } = found;
        self.totals.entries += 1;
        if self.totals.entries > self.most.entries {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        let kind = FileType::from_raw_mode(stat.st_mode);
        if kind == FileType::CharacterDevice && stat.st_rdev == 0 && self.whiteouts == Whiteouts::Convert {
            return self.whiteout(&path);
        }
        if !self.is_new(&path, &stat)? {
            return Ok(());
        }
        match (what, kind) {
            (What::Directory { xattrs, opaque }, _) => {
                self.xattrs(&xattrs)?;
                self.append(header(&stat, EntryType::Directory, 0), &path, None)?;
                if opaque && self.whiteouts == Whiteouts::Convert {
                    self.whiteout(&path.join(".wh..opq"))?; // becomes .wh..wh..opq
                }
                Ok(())
            }
            (What::File { content, xattrs }, _) => {
                self.xattrs(&xattrs)?;
                let size = u64::try_from(stat.st_size).unwrap_or(0);
                self.append(header(&stat, EntryType::Regular, size), &path, None)?;
                self.content(content, size)
            }
            (What::Symlink(target), _) => self.append(header(&stat, EntryType::Symlink, 0), &path, Some(&target)),
            (What::Other, FileType::CharacterDevice) => self.node(&stat, EntryType::Char, &path),
            (What::Other, FileType::BlockDevice) => self.node(&stat, EntryType::Block, &path),
            (What::Other, FileType::Fifo) => self.node(&stat, EntryType::Fifo, &path),
            // Sockets mean nothing without the process behind them.
            (What::Other, _) => {
                self.totals.sockets += 1;
                Ok(())
            }
        }
    }

    fn node(&mut self, stat: &Stat, kind: EntryType, path: &Path) -> std::io::Result<()> {
        let mut header = header(stat, kind, 0);
        header.set_device_major(rustix::fs::major(stat.st_rdev))?;
        header.set_device_minor(rustix::fs::minor(stat.st_rdev))?;
        self.append(header, path, None)
    }

    fn xattrs(&mut self, xattrs: &[(String, Vec<u8>)]) -> std::io::Result<()> {
        if xattrs.is_empty() {
            return Ok(());
        }
        self.archive.append_pax_extensions(xattrs.iter().map(|(name, value)| (name.as_str(), value.as_slice())))
    }

    /// Writes the bytes of a file after its header: as many as that says, whatever happens to the file meanwhile.
    fn content(&mut self, content: Content, size: u64) -> std::io::Result<()> {
        match content {
            Content::Here(bytes) => self.archive.get_mut().write_all(&bytes)?,
            Content::There(file) => self.bytes_of(file, size)?,
        }
        let over = usize::try_from(size % BLOCK as u64).unwrap_or(0);
        let zeros = [0; BLOCK];
        self.archive.get_mut().write_all(if over == 0 { &[] } else { &zeros[over..] })
    }

    fn bytes_of(&mut self, mut file: std::fs::File, mut left: u64) -> std::io::Result<()> {
        while left > 0 {
            let room = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
            let count = match file.read(&mut self.buffer[..room]) {
                Ok(0) => {
                    self.buffer[..room].fill(0);
                    room
                }
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.archive.get_mut().write_all(&self.buffer[..count])?;
            left -= count as u64;
        }
        Ok(())
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
        self.append(header, &path.with_file_name(name), None)
    }

    /// Writes an entry with its names, whatever bytes they are: the crate `tar` cuts long ones where they are no text.
    fn append(&mut self, mut header: Header, path: &Path, link: Option<&[u8]>) -> std::io::Result<()> {
        if let Some(link) = link {
            self.long_name(EntryType::GNULongLink, link)?;
            fill(&mut header.as_old_mut().linkname, link);
        }
        let path = path.as_os_str().as_bytes();
        self.long_name(EntryType::GNULongName, path)?;
        fill(&mut header.as_old_mut().name, path);
        header.set_cksum();
        self.archive.append(&header, std::io::empty())
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
