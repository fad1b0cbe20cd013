//! A ration for what an archive's entries say of themselves.
//!
//! The crate `tar` keeps long names and extended headers whole in memory, however long an archive says they are; a few
//! kilobytes of compressed zeros would take all of a host's memory.

use std::cell::Cell;
use std::io::{self, Read};

use tar::{Entry, EntryType};

use crate::limits;

/// The position in an archive up to which it may be read.
#[derive(Debug)]
pub(crate) struct Ration(Cell<u64>);

impl Ration {
    pub(crate) fn new() -> Self {
        Self(Cell::new(limits::HEADER_BYTES))
    }

    /// Reads a stream no further than allowed.
    pub(crate) fn reader<R: Read>(&self, inner: R) -> Rationed<'_, R> {
        Rationed { inner, at: 0, ration: self }
    }

    /// Allows an entry's content and the headers of the next one.
    pub(crate) fn allow(&self, entry: &Entry<'_, impl Read>) {
        // The size of a sparse file is not what it takes of the archive.
        let size = match entry.header().entry_type() {
            EntryType::GNUSparse => entry.header().entry_size().unwrap_or(0),
            _ => entry.size(),
        };
        self.0.set(entry.raw_file_position().saturating_add(size).saturating_add(limits::HEADER_BYTES));
    }
}

/// See [`Ration::reader`].
pub(crate) struct Rationed<'a, R> {
    inner: R,
    at: u64,
    ration: &'a Ration,
}

impl<R: Read> Read for Rationed<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.ration.0.get().saturating_sub(self.at);
        if left == 0 && !buffer.is_empty() {
            return Err(io::Error::other("the headers of an entry are too long"));
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let count = self.inner.read(&mut buffer[..most])?;
        self.at += count as u64;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive whose first header announces `size` bytes of long name, which are there.
    fn long_name(kind: EntryType, size: u64) -> impl Read {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(kind);
        header.set_path("././@LongLink").unwrap();
        header.set_size(size);
        header.set_cksum();
        std::io::Cursor::new(header.as_bytes().to_vec()).chain(io::repeat(b'a').take(size))
    }

    #[test]
    fn headers_without_end_are_refused() {
        let into = tempfile::tempdir().unwrap();
        for kind in [EntryType::GNULongName, EntryType::GNULongLink, EntryType::XHeader] {
            let error = crate::archive::unpack(long_name(kind, 1 << 40), into.path(), crate::archive::Contents::Layer)
                .unwrap_err();
            assert!(error.to_string().contains("too long"), "{error}");
        }
    }

    #[test]
    fn contents_do_not_count() {
        let into = tempfile::tempdir().unwrap();
        let mut archive = tar::Builder::new(Vec::new());
        for number in 0..5 {
            let size = limits::HEADER_BYTES;
            let mut header = tar::Header::new_gnu();
            header.set_size(size);
            header.set_mode(0o644);
            // A link has no content, but what is said to be its content must be passed over.
            header.set_entry_type(if number == 2 { EntryType::Symlink } else { EntryType::Regular });
            header.set_link_name("x").unwrap();
            archive.append_data(&mut header, format!("f{number}"), io::repeat(b'a').take(size)).unwrap();
        }
        let bytes = archive.into_inner().unwrap();
        let unpacked = crate::archive::unpack(bytes.as_slice(), into.path(), crate::archive::Contents::Layer).unwrap();
        assert_eq!(unpacked, 4 * limits::HEADER_BYTES);
    }

    #[test]
    fn a_hole_is_no_bomb() {
        let into = tempfile::tempdir().unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(EntryType::GNUSparse);
        header.set_path("hole").unwrap();
        header.set_mode(0o644);
        header.set_size(0);
        let size = limits::LAYER_BYTES + 1;
        let gnu = header.as_gnu_mut().unwrap();
        gnu.set_real_size(size);
        gnu.sparse[0].set_offset(size);
        gnu.sparse[0].set_length(0);
        header.set_cksum();
        let bytes = [header.as_bytes().as_slice(), &[0; 1024]].concat();
        let error = crate::archive::unpack(bytes.as_slice(), into.path(), crate::archive::Contents::Layer).unwrap_err();
        assert!(error.to_string().contains("larger than"), "{error}");
    }
}
