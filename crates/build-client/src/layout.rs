//! Directories that hold content by digest, in the OCI image layout: local caches, images as files.
//!
//! Source: OCI image specification 1.1, image-layout.md; containerd's local content store, whose `ingest` holds what is
//! still coming in; BuildKit's `client/ociindex`, by whose names buildx finds in a directory what dabba has written, and
//! the other way round.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oci::image::{Descriptor, media_type};
use oci::{Digest, Reference};
use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use sys::beneath;

use crate::Error;

const INDEX: &str = "index.json";
const BLOBS: &str = "blobs/sha256";
const INGEST: &str = "ingest";

/// Longest index: it names some images, and a registry would take no longer one either.
const INDEX_BYTES: u64 = 4 << 20;
/// Largest blob that a daemon may bring: more than any layer in use, and an end to what one that is broken sends.
const BLOB_BYTES: u64 = 256 << 30;

/// The annotations of an index with an image's tag, and with its whole name.
const TAG: &str = "org.opencontainers.image.ref.name";
const NAME: &str = "io.containerd.image.name";

/// A directory with content by digest. Links in it are followed as far as they stay in it.
#[derive(Debug, Clone)]
pub struct Layout {
    path: PathBuf,
    root: Arc<OwnedFd>,
    /// Where blobs are stored, if the daemon may do that.
    places: Option<Arc<Places>>,
}

#[derive(Debug)]
struct Places {
    blobs: OwnedFd,
    ingest: OwnedFd,
}

/// What something is called in a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Name {
    /// By its tag.
    Tag(String),
    /// By the whole name of an image.
    Image(Reference),
}

impl Name {
    fn annotations(&self) -> [(&'static str, Option<String>); 2] {
        let (tag, name) = match self {
            Self::Tag(tag) => (Some(tag.clone()), None),
            Self::Image(name) => (name.tag().map(|tag| tag.as_str().to_owned()), Some(name.to_string())),
        };
        [(TAG, tag), (NAME, name)]
    }
}

impl Layout {
    /// A directory that the daemon may read.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), root: Arc::new(beneath::open_root(path)?), places: None })
    }

    /// A directory that the daemon may read and store blobs in. It is made when it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn create(path: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(path)?;
        let mut layout = Self::open(path)?;
        let make = |path: &str| beneath::make_dirs(&layout.root, Path::new(path), Mode::from(0o777));
        layout.places = Some(Arc::new(Places { blobs: make(BLOBS)?, ingest: make(INGEST)? }));
        Ok(layout)
    }

    /// The digest of what an image's name or a tag stands for; names come first.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn find(&self, name: &str) -> Result<Option<Digest>, Error> {
        let manifests = self.manifests()?;
        let by = |key| manifests.iter().find(|manifest| annotation(manifest, key) == Some(name));
        by(NAME).or_else(|| by(TAG)).map(|manifest| self.digest_of(manifest)).transpose()
    }

    /// The digest of the only thing that the index names, if there is one thing.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn only(&self) -> Result<Option<Digest>, Error> {
        match self.manifests()?.as_slice() {
            [manifest] => self.digest_of(manifest).map(Some),
            _ => Ok(None),
        }
    }

    fn digest_of(&self, manifest: &Value) -> Result<Digest, Error> {
        let digest = manifest["digest"].as_str().unwrap_or_default();
        digest.parse().map_err(|error| self.failed(INDEX, error))
    }

    fn manifests(&self) -> Result<Vec<Value>, Error> {
        let index = self.index().map_err(|error| self.failed(INDEX, error))?;
        Ok(manifests_of(&index))
    }

    fn index(&self) -> io::Result<Map<String, Value>> {
        let text = beneath::read(&self.root, Path::new(INDEX), INDEX_BYTES)?;
        Ok(serde_json::from_slice(&text)?)
    }

    /// Writes down what a blob of this directory is called, once a name. What had a name before has it no more; the rest
    /// of the index stays.
    ///
    /// # Errors
    /// When the blob is not here, or the index cannot be read or written.
    pub fn name(&self, blob: &Descriptor, names: &[Name]) -> Result<(), Error> {
        if self.size(&blob.digest).is_err() {
            return Err(self.failed(&format!("{BLOBS}/{}", blob.digest.hex()), "the daemon names it and stored it not"));
        }
        self.rewrite(blob, names).map_err(|error| self.failed(INDEX, error))
    }

    fn rewrite(&self, blob: &Descriptor, names: &[Name]) -> io::Result<()> {
        // Two that write at the same time would each leave out the other's.
        let lock = beneath::open(&self.root, Path::new("."), OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
        rustix::fs::flock(&lock, FlockOperation::LockExclusive)?;
        let mut index = match self.index() {
            Ok(index) => index,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Map::new(),
            Err(error) => return Err(error),
        };
        let mut manifests = manifests_of(&index);
        for name in names {
            let annotations = name.annotations();
            let same =
                |known: &Value| annotations.iter().all(|(key, value)| annotation(known, key) == value.as_deref());
            manifests.retain(|known| !same(known));
            let mut named = blob.clone();
            let told = annotations.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
            named.annotations.extend(told);
            manifests.push(serde_json::to_value(named)?);
        }
        index.entry("schemaVersion").or_insert(json!(2));
        index.entry("mediaType").or_insert(json!(media_type::INDEX));
        index.insert("manifests".into(), Value::Array(manifests));
        self.replace("oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        self.replace(INDEX, &serde_json::to_vec(&index)?)
    }

    /// Writes a file of the directory's own: a reader sees the whole of it or what was there before.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = self.ingest(Mode::from(0o666))?;
        file.file.write_all(bytes)?;
        file.keep(&self.root, name)
    }

    /// How large a blob is.
    pub(crate) fn size(&self, digest: &Digest) -> io::Result<u64> {
        self.blob(digest)?.metadata().map(|metadata| metadata.len())
    }

    /// Opens a blob to be read.
    pub(crate) fn blob(&self, digest: &Digest) -> io::Result<File> {
        let path = format!("{BLOBS}/{}", digest.hex());
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
        let file = File::from(beneath::open(&self.root, Path::new(&path), flags, Mode::empty())?);
        if file.metadata()?.is_file() { Ok(file) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    /// Begins to store a blob.
    pub(crate) fn writer(&self) -> io::Result<Writer> {
        Ok(Writer { file: self.ingest(Mode::from(0o444))?, hash: Sha256::new(), size: 0 })
    }

    fn ingest(&self, mode: Mode) -> io::Result<Ingest> {
        let places = self.places.clone().ok_or_else(|| io::Error::from(io::ErrorKind::ReadOnlyFilesystem))?;
        let name = crate::name().map_err(io::Error::other)?;
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        let file = File::from(rustix::fs::openat(&places.ingest, &name, flags, mode)?);
        Ok(Ingest { places, name, file, kept: false })
    }

    fn failed(&self, what: &str, why: impl std::fmt::Display) -> Error {
        Error::Local(format!("{}: {why}", self.path.join(what).display()))
    }
}

fn manifests_of(index: &Map<String, Value>) -> Vec<Value> {
    index.get("manifests").and_then(Value::as_array).cloned().unwrap_or_default()
}

fn annotation<'a>(manifest: &'a Value, key: &str) -> Option<&'a str> {
    manifest["annotations"][key].as_str()
}

/// A file on its way into a directory; gone if it is not kept.
#[derive(Debug)]
struct Ingest {
    places: Arc<Places>,
    name: String,
    file: File,
    kept: bool,
}

impl Ingest {
    fn keep(mut self, place: &OwnedFd, name: &str) -> io::Result<()> {
        self.file.sync_data()?;
        rustix::fs::renameat(&self.places.ingest, &self.name, place, name)?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Ingest {
    fn drop(&mut self) {
        if !self.kept {
            let _ = rustix::fs::unlinkat(&self.places.ingest, &self.name, AtFlags::empty());
        }
    }
}

/// A blob on its way in.
#[derive(Debug)]
pub(crate) struct Writer {
    file: Ingest,
    hash: Sha256,
    size: u64,
}

impl Writer {
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn digest(&self) -> Digest {
        Digest::sha256(self.hash.clone().finalize().into())
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.size + bytes.len() as u64 > BLOB_BYTES {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.file.file.write_all(bytes)?;
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        Ok(())
    }

    /// Forgets what has come.
    pub(crate) fn restart(&mut self) -> io::Result<()> {
        rustix::fs::ftruncate(&self.file.file, 0)?;
        rustix::fs::seek(&self.file.file, rustix::fs::SeekFrom::Start(0))?;
        (self.hash, self.size) = (Sha256::new(), 0);
        Ok(())
    }

    /// Makes the blob visible under its digest, which must be the expected one if there is one.
    ///
    /// # Errors
    /// `InvalidData` when it is not.
    pub(crate) fn commit(self, expected: Option<&Digest>) -> io::Result<()> {
        let digest = self.digest();
        if let Some(expected) = expected.filter(|expected| **expected != digest) {
            let words = format!("unexpected commit digest {digest}, expected {expected}");
            return Err(io::Error::new(io::ErrorKind::InvalidData, words));
        }
        let places = Arc::clone(&self.file.places);
        self.file.keep(&places.blobs, digest.hex())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn store(layout: &Layout, bytes: &[u8]) -> Descriptor {
        let mut writer = layout.writer().unwrap();
        writer.write(bytes).unwrap();
        let digest = writer.digest();
        writer.commit(None).unwrap();
        let text = format!(r#"{{"mediaType":"x","digest":"{digest}","size":{}}}"#, bytes.len());
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn things_are_found_by_the_names_that_they_were_given() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(&folder.path().join("a/b")).unwrap();
        assert!(layout.find("latest").is_err(), "there is no index");
        let (one, two) = (store(&layout, b"one"), store(&layout, b"two"));
        let latest = [Name::Tag("latest".into())];
        layout.name(&one, &latest).unwrap();
        assert_eq!(layout.only().unwrap().as_ref(), Some(&one.digest));
        let image = Name::Image("docker.io/library/x:latest".parse().unwrap());
        layout.name(&two, &[image]).unwrap();
        assert_eq!(layout.only().unwrap(), None);
        assert_eq!(layout.find("latest").unwrap().as_ref(), Some(&one.digest));
        assert_eq!(layout.find("docker.io/library/x:latest").unwrap().as_ref(), Some(&two.digest));
        assert_eq!(layout.find("gone").unwrap(), None);
        // A name goes from one to the other, and what is not ours stays.
        let path = folder.path().join("a/b/index.json");
        let text = std::fs::read_to_string(&path).unwrap().replacen('{', r#"{"kept":{"x":1},"#, 1);
        std::fs::write(&path, text).unwrap();
        layout.name(&two, &latest).unwrap();
        assert_eq!(layout.find("latest").unwrap().as_ref(), Some(&two.digest));
        let index: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!((index["manifests"].as_array().unwrap().len(), &index["kept"]["x"]), (2, &json!(1)));
        assert_eq!(index["schemaVersion"], 2);
        // What the daemon never brought gets no name.
        let digest = Digest::sha256([7; 32]);
        let error = layout.name(&Descriptor { digest, ..one }, &latest).unwrap_err().to_string();
        assert!(error.contains("stored it not"), "{error}");
        assert_eq!(std::fs::read_dir(folder.path().join("a/b/ingest")).unwrap().count(), 0);
    }

    #[test]
    fn blobs_are_what_their_names_say() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let good = store(&layout, b"good");
        let path = folder.path().join(format!("blobs/sha256/{}", good.digest.hex()));
        assert_eq!(std::fs::read(&path).unwrap(), b"good");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o222, 0);
        assert_eq!(layout.size(&good.digest).unwrap(), 4);
        let mut writer = layout.writer().unwrap();
        writer.write(b"evil").unwrap();
        assert_eq!(writer.commit(Some(&good.digest)).unwrap_err().kind(), io::ErrorKind::InvalidData);
        assert_eq!(std::fs::read(&path).unwrap(), b"good");
        let mut writer = layout.writer().unwrap();
        writer.write(b"ev").unwrap();
        writer.restart().unwrap();
        writer.write(b"good").unwrap();
        writer.commit(Some(&good.digest)).unwrap();
        drop(layout.writer().unwrap());
        assert_eq!(std::fs::read_dir(folder.path().join("ingest")).unwrap().count(), 0);
        // One that is only read is not written.
        let read = Layout::open(folder.path()).unwrap();
        assert_eq!(read.size(&good.digest).unwrap(), 4);
        assert_eq!(read.writer().unwrap_err().kind(), io::ErrorKind::ReadOnlyFilesystem);
    }

    #[test]
    fn nothing_leads_out() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("outside"), "secret").unwrap();
        let layout = Layout::create(&folder.path().join("in")).unwrap();
        let blobs = folder.path().join("in/blobs/sha256");
        let (link, pipe, inner) = (Digest::sha256([1; 32]), Digest::sha256([2; 32]), Digest::sha256([3; 32]));
        symlink(folder.path().join("outside"), blobs.join(link.hex())).unwrap();
        rustix::fs::mknodat(rustix::fs::CWD, blobs.join(pipe.hex()), rustix::fs::FileType::Fifo, Mode::from(0o600), 0)
            .unwrap();
        std::fs::write(folder.path().join("in/here"), "here").unwrap();
        symlink("../../here", blobs.join(inner.hex())).unwrap();
        assert!(layout.blob(&link).is_err());
        assert!(layout.blob(&pipe).is_err());
        assert_eq!(layout.size(&inner).unwrap(), 4);
        // Nor does what takes the place of such a link.
        symlink(folder.path().join("outside"), folder.path().join("in/index.json")).unwrap();
        assert!(layout.find("x").is_err());
    }
}
