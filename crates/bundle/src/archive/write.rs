//! Writing a zip archive as a stream.
//!
//! The same entries give the same bytes: every entry has the same time, and nothing of the host is in it.

use std::io::{self, Read, Write};

use super::{file_type, flag, method, names, signature};
use crate::limits;

/// 1 January 1980, midnight: the first moment that the format knows.
const DATE: u16 = (1 << 5) | 1;
/// Version 2.0 of the format has deflate and folders.
const VERSION: u16 = 20;
/// The host is a Unix: the attributes have a mode.
const MADE_BY: u16 = (3 << 8) | VERSION;

/// An archive that is being written. Each entry is compressed while it goes; sizes follow it.
#[derive(Debug)]
pub struct Writer<W: Write> {
    to: Counted<W>,
    central: Vec<u8>,
    entries: u16,
}

#[derive(Debug)]
struct Counted<W> {
    inner: W,
    at: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.at += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "a zip archive without extensions has at most 4 GiB and 65,534 entries")
}

fn narrow(number: u64) -> io::Result<u32> {
    // The largest number stands for "see the extension".
    u32::try_from(number).ok().filter(|number| *number != u32::MAX).ok_or_else(too_large)
}

impl<W: Write> Writer<W> {
    /// An archive that goes there.
    pub fn new(to: W) -> Self {
        Self { to: Counted { inner: to, at: 0 }, central: Vec::new(), entries: 0 }
    }

    /// Writes a file with its permission bits.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidInput`] for a name that [`crate::unpack`] would refuse,
    /// [`io::ErrorKind::FileTooLarge`] beyond 4 GiB, and what reading and writing give.
    pub fn file(&mut self, name: &str, mode: u32, mut content: impl Read) -> io::Result<()> {
        let parts = names::path(name).map_err(|why| io::Error::new(io::ErrorKind::InvalidInput, why))?;
        if parts.join("/") != name || name.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "the name is not in its shortest form"));
        }
        self.entries = self.entries.checked_add(1).filter(|count| *count < u16::MAX).ok_or_else(too_large)?;
        let offset = narrow(self.to.at)?;
        self.to.write_all(&signature::LOCAL.to_le_bytes())?;
        self.to.write_all(&common([0; 3], name))?;
        self.to.write_all(name.as_bytes())?;
        let before = self.to.at;
        let mut encoder = flate2::write::DeflateEncoder::new(&mut self.to, flate2::Compression::default());
        let (mut crc, mut buffer) = (flate2::Crc::new(), vec![0; limits::CHUNK]);
        let mut size = 0_u64;
        loop {
            let count = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let read = buffer.get(..count).unwrap_or_default();
            crc.update(read);
            size += count as u64;
            encoder.write_all(read)?;
        }
        encoder.finish()?;
        let sizes = [crc.sum(), narrow(self.to.at - before)?, narrow(size)?];
        self.to.write_all(&signature::DESCRIPTOR.to_le_bytes())?;
        for number in sizes {
            self.to.write_all(&number.to_le_bytes())?;
        }
        self.central.extend(signature::CENTRAL.to_le_bytes());
        self.central.extend(MADE_BY.to_le_bytes());
        self.central.extend(common(sizes, name));
        // Comment, disk, internal attributes.
        self.central.extend([0; 6]);
        self.central.extend(((file_type::REGULAR | (mode & 0o777)) << 16).to_le_bytes());
        self.central.extend(offset.to_le_bytes());
        self.central.extend(name.as_bytes());
        Ok(())
    }

    /// Writes the central directory and gives back what was written to.
    ///
    /// # Errors
    /// As [`Self::file`].
    pub fn finish(mut self) -> io::Result<W> {
        let (offset, size) = (narrow(self.to.at)?, narrow(self.central.len() as u64)?);
        self.to.write_all(&self.central)?;
        self.to.write_all(&signature::END.to_le_bytes())?;
        // This disk, the first disk.
        self.to.write_all(&[0; 4])?;
        self.to.write_all(&self.entries.to_le_bytes())?;
        self.to.write_all(&self.entries.to_le_bytes())?;
        self.to.write_all(&size.to_le_bytes())?;
        self.to.write_all(&offset.to_le_bytes())?;
        // No comment.
        self.to.write_all(&[0; 2])?;
        self.to.flush()?;
        Ok(self.to.inner)
    }
}

/// What both headers of an entry have from the version needed to the length of the extra fields.
fn common(sizes: [u32; 3], name: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(26);
    for number in [VERSION, flag::DESCRIPTOR | flag::UTF8, method::DEFLATED, 0, DATE] {
        bytes.extend(number.to_le_bytes());
    }
    for number in sizes {
        bytes.extend(number.to_le_bytes());
    }
    // A name that was taken has at most PATH_BYTES.
    bytes.extend(u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
    bytes.extend([0; 2]);
    bytes
}
