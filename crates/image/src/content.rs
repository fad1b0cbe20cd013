//! Content by digest: what is in the store has been verified while it came in.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use oci::Digest;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};

use crate::{Error, Result, limits};

/// The blobs below `content/sha256`.
#[derive(Debug)]
pub(crate) struct Content {
    folder: PathBuf,
    tmp: PathBuf,
    /// Blobs that are being fetched.
    coming: Mutex<HashMap<Digest, Weak<tokio::sync::Mutex<()>>>>,
}

impl Content {
    pub(crate) fn new(root: &Path) -> Self {
        Self { folder: root.join("content/sha256"), tmp: root.join("tmp"), coming: Mutex::default() }
    }

    pub(crate) fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(digest.hex())
    }

    pub(crate) fn has(&self, digest: &Digest) -> bool {
        self.path(digest).exists()
    }

    pub(crate) fn open(&self, digest: &Digest) -> Result<File> {
        let path = self.path(digest);
        match File::open(&path) {
            Ok(file) => Ok(file),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Error::Missing(digest.clone())),
            Err(error) => Err(Error::io(&path, error)),
        }
    }

    /// Whose turn it is to fetch a blob: each comes once, however many want it.
    pub(crate) fn turn(&self, digest: &Digest) -> Arc<tokio::sync::Mutex<()>> {
        let mut coming = self.coming.lock().unwrap_or_else(PoisonError::into_inner);
        coming.retain(|_, turn| turn.strong_count() > 0);
        if let Some(turn) = coming.get(digest).and_then(Weak::upgrade) {
            return turn;
        }
        let turn = Arc::default();
        coming.insert(digest.clone(), Arc::downgrade(&turn));
        turn
    }

    pub(crate) fn size(&self, digest: &Digest) -> Result<u64> {
        Ok(self.open(digest)?.metadata().map_err(|error| Error::io(&self.path(digest), error))?.len())
    }

    /// Reads a small blob whole.
    pub(crate) fn bytes(&self, digest: &Digest, at_most: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let mut file = self.open(digest)?.take(at_most + 1);
        file.read_to_end(&mut bytes).map_err(|error| Error::io(&self.path(digest), error))?;
        if bytes.len() as u64 > at_most {
            return Err(Error::TooLarge(format!("{digest} is longer than {at_most} bytes")));
        }
        Ok(bytes)
    }

    /// Reads and parses a manifest or configuration.
    pub(crate) fn json<T: DeserializeOwned>(&self, digest: &Digest) -> Result<T> {
        let bytes = self.bytes(digest, limits::CONFIG_BYTES)?;
        serde_json::from_slice(&bytes).map_err(|error| Error::malformed(digest, error))
    }

    /// Begins to take a blob.
    pub(crate) fn writer(&self) -> Result<Writer> {
        let path = temporary(&self.tmp);
        let file = File::options().write(true).create_new(true).open(&path).map_err(|error| Error::io(&path, error))?;
        Ok(Writer { file, path, hash: Sha256::new(), size: 0, kept: false })
    }

    /// Stores these bytes.
    pub(crate) fn put(&self, bytes: &[u8]) -> Result<Digest> {
        let mut writer = self.writer()?;
        let path = writer.path.clone();
        writer.write_all(bytes).map_err(|error| Error::io(&path, error))?;
        self.keep(writer, None)
    }

    /// Makes a blob visible under its digest, which must be the expected one if there is one.
    pub(crate) fn keep(&self, mut writer: Writer, expected: Option<&Digest>) -> Result<Digest> {
        let digest = writer.digest();
        if let Some(expected) = expected.filter(|expected| **expected != digest) {
            return Err(Error::DigestMismatch {
                what: "filesystem layer verification failed".into(),
                expected: expected.clone(),
                got: digest,
            });
        }
        let fail = |error| Error::io(&writer.path, error);
        writer.file.sync_data().map_err(fail)?;
        std::fs::rename(&writer.path, self.path(&digest)).map_err(fail)?;
        writer.kept = true;
        Ok(digest)
    }

    /// Removes every other blob; gives the bytes given back.
    pub(crate) fn keep_only(&self, wanted: &BTreeSet<Digest>) -> (u64, usize) {
        let names: BTreeSet<&str> = wanted.iter().map(Digest::hex).collect();
        let (mut bytes, mut count) = (0, 0);
        for entry in std::fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            if !entry.file_name().to_str().is_some_and(|name| names.contains(name)) {
                count += 1;
                bytes += entry.metadata().map_or(0, |metadata| metadata.len());
                crate::remove(&entry.path());
            }
        }
        (bytes, count)
    }
}

/// The digest of some bytes.
pub(crate) fn digest(bytes: &[u8]) -> Digest {
    Digest::sha256(Sha256::digest(bytes).into())
}

/// The digest of all that a stream gives.
///
/// # Errors
/// When it cannot be read.
pub fn digest_of(mut stream: impl Read) -> std::io::Result<Digest> {
    let mut tally = Tally::default();
    std::io::copy(&mut stream, &mut tally)?;
    Ok(tally.finish().1)
}

/// A name in a folder that nobody else has.
pub(crate) fn temporary(folder: &Path) -> PathBuf {
    folder.join(words::ExecId::random().as_str())
}

/// A blob on its way in; gone if it is not kept.
#[derive(Debug)]
pub(crate) struct Writer {
    file: File,
    path: PathBuf,
    hash: Sha256,
    size: u64,
    kept: bool,
}

impl Writer {
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::sha256(self.hash.clone().finalize().into())
    }

    /// What was written, to be read once; on the disk it is gone already.
    pub(crate) fn into_file(self) -> Result<File> {
        File::open(&self.path).map_err(|error| Error::io(&self.path, error))
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hash.update(&bytes[..count]);
        self.size += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// Counts what is written to it and takes its digest.
#[derive(Default)]
pub(crate) struct Tally {
    hash: Sha256,
    bytes: u64,
}

impl Tally {
    /// How many bytes they were, and their digest.
    pub(crate) fn finish(self) -> (u64, Digest) {
        (self.bytes, Digest::sha256(self.hash.finalize().into()))
    }
}

impl Write for Tally {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.hash.update(bytes);
        self.bytes += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Hashes what is read through it.
pub(crate) struct Hashing<R> {
    inner: R,
    hash: Sha256,
}

impl<R> Hashing<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, hash: Sha256::new() }
    }

    pub(crate) fn digest(self) -> Digest {
        Digest::sha256(self.hash.finalize().into())
    }
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(&buffer[..count]);
        Ok(count)
    }
}
