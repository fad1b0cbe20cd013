//! What a copy of a selection would take, as one digest.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use oci::Digest;
use rustix::fs::{FileType, Stat};
use sha2::{Digest as _, Sha256};

use crate::cache::{Cache, now};
use crate::copy::{kept_xattrs, open_file};
use crate::select::Selection;
use crate::walk::{Entry, Visitor, check, walk};
use crate::{Error, Result, limits};

/// The digest of what a copy of this selection would take: names from the match of the selection on, kinds, modes,
/// owners, targets of links, extended attributes, contents. Never times, numbers or the path to the match. With a
/// cache, files that have not changed since are not read again.
///
/// # Errors
/// [`Error::NotFound`], [`Error::TooDeep`], [`Error::Stopped`], [`Error::Io`].
pub fn digest(selection: &Selection<'_>, cache: Option<&Cache>) -> Result<Digest> {
    let mut digester =
        Digester { selection, cache, path: PathBuf::new(), hash: Sha256::new(), buffer: vec![0; limits::CHUNK] };
    for (path, place) in selection.places()? {
        digester.hash.update(b"match");
        // The contents of a directory are taken without it.
        let folder = place.kind() == Some(FileType::Directory);
        if !(folder && selection.contents) {
            digester.field(path.file_name().unwrap_or_default().as_bytes());
        }
        digester.path = path;
        walk(selection, &digester.path.clone(), &place, &mut digester)?;
    }
    Ok(Digest::sha256(digester.hash.finalize().into()))
}

struct Digester<'a> {
    selection: &'a Selection<'a>,
    cache: Option<&'a Cache>,
    /// How errors name what the walk began with.
    path: PathBuf,
    hash: Sha256,
    buffer: Vec<u8>,
}

impl Digester<'_> {
    /// A text of any length, so that two never look like two others.
    fn field(&mut self, bytes: &[u8]) {
        self.hash.update((bytes.len() as u64).to_le_bytes());
        self.hash.update(bytes);
    }

    fn entry(&mut self, mark: u8, name: &[u8], stat: &Stat) {
        self.hash.update([mark]);
        self.field(name);
        let mut numbers = [0; 12];
        for (place, number) in numbers.chunks_exact_mut(4).zip([stat.st_mode, stat.st_uid, stat.st_gid]) {
            place.copy_from_slice(&number.to_le_bytes());
        }
        self.hash.update(numbers);
    }

    fn failed(&self, path: &Path, error: io::Error) -> Error {
        Error::io(&self.path.join(path), error)
    }

    /// The hash of a file's attributes and contents.
    fn file(&mut self, entry: &Entry<'_>) -> Result<[u8; 32]> {
        if let Some(known) = self.cache.and_then(|cache| cache.get(entry.stat)) {
            return Ok(known);
        }
        let began = now();
        let opened = open_file(entry).map_err(|error| self.failed(entry.path, error))?;
        let Some((file, stat)) = opened else { return Ok([0; 32]) };
        // A large file is hashed at the speed of memory so.
        let mut hash = blake3::Hasher::new();
        let xattrs = kept_xattrs(&file).map_err(|error| self.failed(entry.path, error))?;
        hash.update(&(xattrs.len() as u64).to_le_bytes());
        for (name, value) in &xattrs {
            for bytes in [name.as_bytes(), value] {
                hash.update(&(bytes.len() as u64).to_le_bytes());
                hash.update(bytes);
            }
        }
        loop {
            check(self.selection.stop)?;
            let read = rustix::io::read(&file, &mut self.buffer[..]);
            match read.map_err(|error| self.failed(entry.path, error.into()))? {
                0 => break,
                count => drop(hash.update(&self.buffer[..count])),
            }
        }
        let digest = hash.finalize().into();
        if let Some(cache) = self.cache {
            cache.learn(&stat, began, file.as_fd(), digest);
        }
        Ok(digest)
    }
}

impl Visitor for Digester<'_> {
    fn enter(&mut self, entry: &Entry<'_>, folder: &OwnedFd, _: bool) -> Result<()> {
        let top = entry.path.as_os_str().is_empty();
        if top && self.selection.contents {
            // Its own attributes are not taken, either.
            self.hash.update(b"[");
            return Ok(());
        }
        self.entry(b'[', if top { b"" } else { entry.name.as_bytes() }, entry.stat);
        let xattrs = kept_xattrs(folder).map_err(|error| self.failed(entry.path, error))?;
        self.hash.update((xattrs.len() as u64).to_le_bytes());
        for (name, value) in &xattrs {
            self.field(name.as_bytes());
            self.field(value);
        }
        Ok(())
    }

    fn leave(&mut self) -> Result<()> {
        self.hash.update(b"]");
        Ok(())
    }

    fn other(&mut self, entry: &Entry<'_>) -> Result<()> {
        let top = entry.path.as_os_str().is_empty();
        let name = if top { b"" } else { entry.name.as_bytes() };
        self.entry(b'-', name, entry.stat);
        match entry.kind() {
            FileType::RegularFile => {
                let digest = self.file(entry)?;
                self.hash.update(digest);
            }
            FileType::Symlink => {
                let target = rustix::fs::readlinkat(entry.parent, entry.name, Vec::new());
                let target = target.map_err(|error| self.failed(entry.path, error.into()))?;
                self.field(target.as_bytes());
            }
            _ => self.hash.update(entry.stat.st_rdev.to_le_bytes()),
        }
        Ok(())
    }
}
