//! The central directory, and whether everything else in the archive agrees with it.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use super::{file_type, flag, method, signature};
use crate::error::cut;
use crate::{Error, Result, limits};

/// How an entry's content is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Stored,
    Deflated,
}

/// What kind of thing an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Directory,
    File,
    Link,
}

/// An entry, as both its headers have it.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// Permission bits.
    pub(super) mode: u32,
    pub(super) method: Method,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// Where its content begins.
    pub(super) data: u64,
}

/// Where the central directory is, and how much is in it.
#[derive(Debug, Clone, Copy)]
struct End {
    entries: u64,
    offset: u64,
    size: u64,
}

/// Little-endian numbers, one behind the other.
#[derive(Debug, Clone, Copy)]
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn u16(&mut self) -> Option<u16> {
        self.bytes(2)?.try_into().ok().map(u16::from_le_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.bytes(4)?.try_into().ok().map(u32::from_le_bytes)
    }

    fn u64(&mut self) -> Option<u64> {
        self.bytes(8)?.try_into().ok().map(u64::from_le_bytes)
    }
}

/// Reads so many bytes at a place.
fn read_at(file: &File, at: u64, count: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; count];
    file.read_exact_at(&mut bytes, at).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::archive("ends too early: upload it again"),
        _ => Error::io("source bundle", error),
    })?;
    Ok(bytes)
}

const CUT_OFF: &str = "has a central directory that is cut off or broken: make the archive anew";

/// Every entry of an archive of `length` bytes.
pub(super) fn read(file: &File, length: u64) -> Result<Vec<Entry>> {
    let end = find_end(file, length)?;
    if end.entries > limits::ENTRIES as u64 {
        return Err(Error::archive(format!("has more than {} entries", limits::ENTRIES)));
    }
    if end.size > limits::DIRECTORY_BYTES {
        return Err(Error::archive(format!("has a central directory of more than {} bytes", limits::DIRECTORY_BYTES)));
    }
    let bytes = read_at(file, end.offset, usize::try_from(end.size).unwrap_or(usize::MAX))?;
    let mut fields = Fields(&bytes);
    let mut found = Vec::new();
    for _ in 0..end.entries {
        found.push(Central::read(&mut fields).ok_or_else(|| Error::archive(CUT_OFF))?);
    }
    if !fields.0.is_empty() {
        return Err(Error::archive("has more entries in its central directory than it says: make the archive anew"));
    }
    // In the order in which they lie in the file: each ends where the next one begins.
    found.sort_by_key(|central| central.offset);
    let ends: Vec<u64> = found.iter().skip(1).map(|next| next.offset).chain([end.offset]).collect();
    if found.first().map_or(end.offset, |first| first.offset) != 0 {
        return Err(Error::archive("does not begin with its first entry: something stands before the archive"));
    }
    found.iter().zip(ends).map(|(central, end)| central.entry(file, end)).collect()
}

/// Finds the record at the archive's end. There must be one only that could be it.
fn find_end(file: &File, length: u64) -> Result<End> {
    const RECORD: usize = 22;
    const LONGEST_COMMENT: u64 = 65_535;
    let window = length.min(RECORD as u64 + LONGEST_COMMENT);
    let tail = read_at(file, length - window, usize::try_from(window).unwrap_or(0))?;
    let sought = signature::END.to_le_bytes();
    let places: Vec<usize> =
        tail.windows(RECORD).enumerate().filter(|(_, part)| part.starts_with(&sought)).map(|(at, _)| at).collect();
    let fits = |at: usize| {
        let comment = tail.get(at + 20..at + 22).and_then(|two| two.try_into().ok()).map(u16::from_le_bytes);
        comment.is_some_and(|comment| at + RECORD + usize::from(comment) == tail.len())
    };
    let Some(last) = places.last().copied() else {
        return Err(Error::archive("is no whole zip archive: its end is missing. Upload it again"));
    };
    if !fits(last) {
        return Err(Error::archive("has something behind the end of its zip archive, or is cut off: upload it again"));
    }
    if places.iter().filter(|at| fits(**at)).count() > 1 {
        return Err(Error::archive("has two central directories: make the archive anew"));
    }
    let at = length - window + last as u64;
    let end = parse_end(tail.get(last..).unwrap_or_default()).ok_or_else(|| Error::archive(CUT_OFF))??;
    let (end, at) = match end64(file, at)? {
        Some((end64, at64)) => {
            let same = |short: u64, long: u64, most: u64| short == most || short == long;
            if !same(end.entries, end64.entries, u64::from(u16::MAX))
                || !same(end.size, end64.size, u64::from(u32::MAX))
                || !same(end.offset, end64.offset, u64::from(u32::MAX))
            {
                return Err(Error::archive("has two central directories: make the archive anew"));
            }
            (end64, at64)
        }
        None => (end, at),
    };
    if end.offset.checked_add(end.size) != Some(at) {
        return Err(Error::archive(
            "has a central directory that is not where its end says: something was put before, or into, the archive",
        ));
    }
    Ok(end)
}

fn parse_end(bytes: &[u8]) -> Option<Result<End>> {
    let mut fields = Fields(bytes);
    fields.u32()?;
    let (disk, first, here, all) = (fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?);
    let (size, offset) = (fields.u32()?, fields.u32()?);
    if (disk, first) != (0, 0) || here != all {
        return Some(Err(Error::archive("is one part of several: make one archive")));
    }
    Some(Ok(End { entries: all.into(), offset: offset.into(), size: size.into() }))
}

/// The record of large archives, if there is one before the end, and where it begins.
fn end64(file: &File, end: u64) -> Result<Option<(End, u64)>> {
    const LOCATOR: u64 = 20;
    const RECORD: u64 = 56;
    let Some(at) = end.checked_sub(LOCATOR) else { return Ok(None) };
    let locator = read_at(file, at, 20)?;
    let mut fields = Fields(&locator);
    if fields.u32() != Some(signature::LOCATOR64) {
        return Ok(None);
    }
    let broken = || Error::archive(CUT_OFF);
    let (disk, record) = (fields.u32().ok_or_else(broken)?, fields.u64().ok_or_else(broken)?);
    // Without an "extensible data sector", which nobody writes.
    if disk != 0 || record.checked_add(RECORD) != Some(at) {
        return Err(broken());
    }
    let bytes = read_at(file, record, 56)?;
    let mut fields = Fields(&bytes);
    let parsed = (|| {
        let (found, size) = (fields.u32()?, fields.u64()?);
        fields.bytes(4)?;
        let (disk, first, here, all) = (fields.u32()?, fields.u32()?, fields.u64()?, fields.u64()?);
        let (length, offset) = (fields.u64()?, fields.u64()?);
        let whole = found == signature::END64 && size == RECORD - 12 && (disk, first) == (0, 0) && here == all;
        whole.then_some(End { entries: all, offset, size: length })
    })();
    parsed.map(|end| Some((end, record))).ok_or_else(broken)
}

/// A record of the central directory.
#[derive(Debug)]
struct Central {
    made_by: u16,
    flags: u16,
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    name: Vec<u8>,
    extra: Vec<u8>,
    attributes: u32,
    offset: u64,
}

impl Central {
    fn read(fields: &mut Fields<'_>) -> Option<Self> {
        if fields.u32()? != signature::CENTRAL {
            return None;
        }
        let (made_by, _needed, flags, method) = (fields.u16()?, fields.u16()?, fields.u16()?, fields.u16()?);
        fields.bytes(4)?; // time and date
        let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
        let (name, extra, comment) = (fields.u16()?, fields.u16()?, fields.u16()?);
        let (disk, _internal, attributes, offset) = (fields.u16()?, fields.u16()?, fields.u32()?, fields.u32()?);
        let name = fields.bytes(name.into())?.to_vec();
        let extra = fields.bytes(extra.into())?.to_vec();
        fields.bytes(comment.into())?;
        let mut large = Fields(extra_field(&extra, ZIP64)?.unwrap_or_default());
        let mut widen = |short: u32| if short == u32::MAX { large.u64() } else { Some(short.into()) };
        // In this order (APPNOTE 4.5.3).
        let (size, packed, offset) = (widen(size)?, widen(packed)?, widen(offset)?);
        (disk == 0).then_some(Self { made_by, flags, method, crc, packed, size, name, extra, attributes, offset })
    }

    /// The entry, if its local header and its place agree: it ends where the next one begins.
    fn entry(&self, file: &File, end: u64) -> Result<Entry> {
        let shown = cut(&String::from_utf8_lossy(&self.name));
        let wrong = |why: &str| Error::entry(&shown, why);
        let Ok(name) = String::from_utf8(self.name.clone()) else {
            return Err(wrong("has a name that is no UTF-8: make the archive with UTF-8 names"));
        };
        let encrypted = flag::ENCRYPTED | flag::STRONGLY_ENCRYPTED | flag::MASKED;
        if self.flags & encrypted != 0 {
            return Err(wrong("is encrypted: make the archive without a password"));
        }
        if self.flags & flag::PATCHED != 0 {
            return Err(wrong("is a patch of another file: make the archive anew"));
        }
        let method = match self.method {
            method::STORED => Method::Stored,
            method::DEFLATED => Method::Deflated,
            other => {
                return Err(wrong(&format!("is compressed by method {other}: make the archive with \"deflate\"")));
            }
        };
        if method == Method::Stored && self.packed != self.size {
            return Err(wrong("is not compressed, yet has two sizes: make the archive anew"));
        }
        // Info-ZIP's Unicode path would be another name for it.
        match extra_field(&self.extra, UNICODE_PATH) {
            Some(None) => {}
            Some(Some(other)) if other.get(5..) == Some(&self.name[..]) => {}
            _ => return Err(wrong("has two names: make the archive anew")),
        }
        let (kind, mode) = self.kind(&name).map_err(wrong)?;
        let data = self.local(file, end, &wrong)?;
        let (crc, packed, size) = (self.crc, self.packed, self.size);
        if kind == Kind::Directory && (size, packed) != (0, 0) {
            return Err(wrong("is a folder with content: make the archive anew"));
        }
        Ok(Entry { name, kind, mode, method, crc, packed, size, data })
    }

    fn kind(&self, name: &str) -> std::result::Result<(Kind, u32), &'static str> {
        const UNIX: u16 = 3;
        const DARWIN: u16 = 19;
        let host = self.made_by >> 8;
        let mode = if matches!(host, UNIX | DARWIN) { self.attributes >> 16 } else { 0 };
        let named = if name.ends_with('/') { Kind::Directory } else { Kind::File };
        let kind = match mode & file_type::MASK {
            0 => named,
            file_type::DIRECTORY => Kind::Directory,
            file_type::REGULAR => Kind::File,
            file_type::LINK => Kind::Link,
            _ => return Err("is a device, a FIFO or a socket: leave it out"),
        };
        if (kind == Kind::Directory) != (named == Kind::Directory) {
            return Err("is a folder by its name or by its mode, but not by both: make the archive anew");
        }
        let bits = match (mode & 0o777, kind) {
            (0, Kind::Directory) => 0o755,
            (0, _) => 0o644,
            (bits, _) => bits,
        };
        // Whoever unpacks must be able to work with it. Bits that give away rights (set-user-id) are not kept.
        let own = if kind == Kind::Directory { 0o700 } else { 0o600 };
        Ok((kind, bits | own))
    }

    /// Checks the local header; gives the place of the content.
    fn local(&self, file: &File, end: u64, wrong: &dyn Fn(&str) -> Error) -> Result<u64> {
        const HEADER: u64 = 30;
        const OVER: &str = "lies over another entry or over the central directory: make the archive anew";
        const OTHER: &str = "is told of differently in its own header: make the archive anew";
        let names = self.offset + HEADER;
        if names > end {
            return Err(wrong(OVER));
        }
        let header = read_at(file, self.offset, 30)?;
        let mut fields = Fields(&header);
        let parsed = (|| {
            let found = fields.u32()?;
            fields.u16()?;
            let (flags, method) = (fields.u16()?, fields.u16()?);
            fields.u32()?;
            let (crc, packed, size) = (fields.u32()?, fields.u32()?, fields.u32()?);
            let (name, extra) = (fields.u16()?, fields.u16()?);
            (found == signature::LOCAL).then_some((flags, method, crc, packed, size, name, extra))
        })();
        let Some((flags, method, crc, packed, size, name, extra)) = parsed else { return Err(wrong(OTHER)) };
        let data = names + u64::from(name) + u64::from(extra);
        if data > end {
            return Err(wrong(OVER));
        }
        let texts = read_at(file, names, usize::from(name) + usize::from(extra))?;
        let (name, extra) = texts.split_at(usize::from(name));
        // Other bits tell how hard it was compressed.
        let meant =
            flag::ENCRYPTED | flag::STRONGLY_ENCRYPTED | flag::MASKED | flag::PATCHED | flag::DESCRIPTOR | flag::UTF8;
        if name != self.name || flags & meant != self.flags & meant || method != self.method {
            return Err(wrong(OTHER));
        }
        let large = extra_field(extra, ZIP64).ok_or_else(|| wrong(OTHER))?;
        let mut wide = Fields(large.unwrap_or_default());
        let mut widen = |short: u32| if short == u32::MAX { wide.u64() } else { Some(short.into()) };
        let said = (crc, widen(size), widen(packed));
        let known = (self.crc, Some(self.size), Some(self.packed));
        let follows = flags & flag::DESCRIPTOR != 0;
        // Sizes that follow are zero here, or told already.
        let unsaid = |said: Option<u64>, known: Option<u64>| said == Some(0) || said == known;
        let agrees = if follows {
            (said.0 == 0 || said.0 == known.0) && unsaid(said.1, known.1) && unsaid(said.2, known.2)
        } else {
            said == known
        };
        if !agrees {
            return Err(wrong(OTHER));
        }
        let rest = data.checked_add(self.packed).and_then(|at| end.checked_sub(at)).ok_or_else(|| wrong(OVER))?;
        let whole = if follows { self.descriptor(file, end - rest, rest)? } else { rest == 0 };
        if !whole {
            return Err(wrong("is followed by bytes that belong to no entry: make the archive anew"));
        }
        Ok(data)
    }

    /// Whether what follows the content is the record of its sizes and nothing else. Its signature may be missing, and
    /// its sizes have four or eight bytes.
    fn descriptor(&self, file: &File, at: u64, length: u64) -> Result<bool> {
        if !matches!(length, 12 | 16 | 20 | 24) {
            return Ok(false);
        }
        let bytes = read_at(file, at, usize::try_from(length).unwrap_or(0))?;
        let mut fields = Fields(&bytes);
        let signed = matches!(length, 16 | 24);
        if signed && fields.u32() != Some(signature::DESCRIPTOR) {
            return Ok(false);
        }
        let crc = fields.u32();
        let (packed, size) = if length >= 20 {
            (fields.u64(), fields.u64())
        } else {
            (fields.u32().map(u64::from), fields.u32().map(u64::from))
        };
        Ok((crc, packed, size) == (Some(self.crc), Some(self.packed), Some(self.size)))
    }
}

const ZIP64: u16 = 1;
const UNICODE_PATH: u16 = 0x7075;

/// An extra field by its number, if there is one. Nothing when the fields are broken or one is there twice.
fn extra_field(bytes: &[u8], sought: u16) -> Option<Option<&[u8]>> {
    let (mut fields, mut found) = (Fields(bytes), None);
    // Some writers pad with up to three bytes.
    while fields.0.len() >= 4 {
        let (number, length) = (fields.u16()?, fields.u16()?);
        let content = fields.bytes(length.into())?;
        if number == sought && found.replace(content).is_some() {
            return None;
        }
    }
    Some(found)
}

/// An entry's content, uncompressed, checked against its size and checksum when it has been read to its end.
pub(super) fn content<'a>(file: &'a File, entry: &Entry) -> impl Read + use<'a> {
    let packed = Section { file, at: entry.data, left: entry.packed };
    let plain = match entry.method {
        Method::Stored => Plain::Stored(packed),
        Method::Deflated => Plain::Deflated(Box::new(flate2::read::DeflateDecoder::new(packed))),
    };
    Checked { plain, crc: flate2::Crc::new(), want: entry.crc, left: entry.size, packed: entry.packed }
}

/// A part of a file.
struct Section<'a> {
    file: &'a File,
    at: u64,
    left: u64,
}

impl Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.file.read_at(&mut buffer[..room], self.at)?;
        self.at += count as u64;
        self.left -= count as u64;
        Ok(count)
    }
}

enum Plain<'a> {
    Stored(Section<'a>),
    Deflated(Box<flate2::read::DeflateDecoder<Section<'a>>>),
}

struct Checked<'a> {
    plain: Plain<'a>,
    crc: flate2::Crc,
    want: u32,
    left: u64,
    packed: u64,
}

impl Read for Checked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let count = match &mut self.plain {
            Plain::Stored(section) => section.read(buffer)?,
            Plain::Deflated(decoder) => decoder.read(buffer)?,
        };
        let broken = |why| Err(io::Error::new(io::ErrorKind::InvalidData, why));
        self.crc.update(&buffer[..count]);
        self.left = match self.left.checked_sub(count as u64) {
            Some(left) => left,
            None => return broken("unpacks to more than it says"),
        };
        if count == 0 {
            let all_read = match &self.plain {
                Plain::Stored(_) => true,
                Plain::Deflated(decoder) => decoder.total_in() == self.packed,
            };
            if self.left != 0 {
                return broken("unpacks to less than it says");
            }
            if !all_read {
                return broken("has bytes behind the end of its content");
            }
            if self.crc.sum() != self.want {
                return broken("has a wrong checksum");
            }
        }
        Ok(count)
    }
}
