//! Stores of content by digest that are not ours: a repository of a registry, a directory of a client's. What comes out
//! of one is believed only as far as its digest says.

use std::io::Write;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use http_body_util::{BodyExt, BodyStream};
use oci::image::Descriptor;
use oci::{Digest, Reference};

use crate::pull::verified;
use crate::push::WHOLE;
use crate::registry::{Client, Credentials, Endpoint};
use crate::upload::{Blob, Repository, again};
use crate::{Error, Images, Result, limits};

/// An answer that comes by and by.
pub type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// The bytes of a blob, piece by piece.
pub type Pieces = Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>;

/// Time for the next piece of a blob.
const PATIENCE: Duration = Duration::from_secs(60);

/// A store of content by digest.
pub trait Store: Send + Sync {
    /// A manifest or an index, with the type that the store gives it; that may be empty.
    ///
    /// # Errors
    /// [`Error::ManifestUnknown`], [`Error::Refused`], [`Error::Registry`], [`Error::TooLarge`].
    fn manifest<'a>(&'a self, digest: &'a Digest) -> Later<'a, (String, Bytes)>;

    /// The bytes of a blob from an offset on.
    ///
    /// # Errors
    /// [`Error::Registry`] when it may go well another time, [`Error::Refused`] and others when not.
    fn read<'a>(&'a self, digest: &'a Digest, from: u64) -> Later<'a, Pieces>;

    /// Whether a blob is there.
    ///
    /// # Errors
    /// When the store does not say.
    fn has<'a>(&'a self, digest: &'a Digest) -> Later<'a, bool>;

    /// Stores a blob. Dropped, it is given up.
    ///
    /// # Errors
    /// When the store does not take it.
    fn write<'a>(&'a self, blob: &'a Blob) -> Later<'a, ()>;

    /// Stores a manifest or an index under the name that the store was opened for, if it has names.
    ///
    /// # Errors
    /// When the store does not take it.
    fn put_manifest<'a>(&'a self, manifest: &'a Descriptor, bytes: &'a Bytes) -> Later<'a, ()>;
}

/// A repository of a registry as a store.
#[derive(Clone)]
pub struct Remote {
    images: Images,
    to: Repository,
}

impl Remote {
    pub(crate) fn new(
        images: &Images,
        endpoint: Endpoint,
        reference: &Reference,
        credentials: Option<Credentials>,
    ) -> Self {
        Self { images: images.clone(), to: Repository { endpoint, reference: reference.clone(), credentials } }
    }

    fn client(&self) -> &Client {
        &self.images.0.client
    }

    async fn manifest_of(&self, wanted: &str) -> Result<(String, Bytes)> {
        let Repository { endpoint, reference, credentials } = &self.to;
        self.client().manifest(endpoint, reference, wanted, credentials.as_ref()).await
    }

    /// The manifest or index that the reference stands for. Nothing of it is verified.
    ///
    /// # Errors
    /// [`Error::ManifestUnknown`], [`Error::Denied`], [`Error::Registry`].
    pub async fn named(&self) -> Result<(String, Bytes)> {
        let reference = &self.to.reference;
        let wanted = match (reference.digest(), reference.tag()) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.as_str().to_owned(),
            (None, None) => "latest".into(),
        };
        self.manifest_of(&wanted).await
    }
}

impl Store for Remote {
    fn manifest<'a>(&'a self, digest: &'a Digest) -> Later<'a, (String, Bytes)> {
        Box::pin(async move { self.manifest_of(&digest.to_string()).await })
    }

    fn read<'a>(&'a self, digest: &'a Digest, from: u64) -> Later<'a, Pieces> {
        Box::pin(async move {
            let Repository { endpoint, reference, credentials } = &self.to;
            let response = self.client().blob(endpoint, reference, digest, from, credentials.as_ref()).await?;
            if from > 0 && response.status() != http::StatusCode::PARTIAL_CONTENT {
                return Err(Error::Registry(format!("{digest}: the registry cannot resume")));
            }
            let digest = digest.clone();
            let body = BodyStream::new(response.into_body().map_err(move |error| broken(&digest, &error)));
            Ok(Box::pin(body.filter_map(|frame| async move {
                match frame {
                    Ok(frame) => frame.into_data().ok().map(Ok),
                    Err(error) => Some(Err(error)),
                }
            })) as Pieces)
        })
    }

    fn has<'a>(&'a self, digest: &'a Digest) -> Later<'a, bool> {
        Box::pin(again(|| self.client().has_blob(&self.to, digest), quietly))
    }

    fn write<'a>(&'a self, blob: &'a Blob) -> Later<'a, ()> {
        Box::pin(async move {
            let tries = AtomicU32::new(0);
            let attempt = || {
                blob.sent.store(0, Ordering::Relaxed);
                let pieces = tries.fetch_add(1, Ordering::Relaxed) >= WHOLE;
                self.client().upload(&self.to, blob, pieces)
            };
            again(attempt, quietly).await
        })
    }

    fn put_manifest<'a>(&'a self, manifest: &'a Descriptor, bytes: &'a Bytes) -> Later<'a, ()> {
        Box::pin(async move {
            let tag = self.to.reference.tag().map(|tag| tag.as_str().to_owned());
            let name = tag.unwrap_or_else(|| manifest.digest.to_string());
            let kind = &manifest.media_type;
            again(|| self.client().put_manifest(&self.to, &name, kind, bytes), quietly).await
        })
    }
}

/// Nobody is told of a pause.
async fn quietly(_: Duration) {}

fn broken(digest: &Digest, error: &dyn std::error::Error) -> Error {
    Error::Registry(format!("{digest}: {error}"))
}

impl Images {
    /// The places to read a reference from, in order: mirrors, then the registry.
    ///
    /// # Errors
    /// When no registry can be asked.
    pub async fn remotes(&self, reference: &Reference, credentials: Option<Credentials>) -> Result<Vec<Remote>> {
        let endpoints = self.0.client.endpoints(reference).await?;
        Ok(endpoints.into_iter().map(|endpoint| Remote::new(self, endpoint, reference, credentials.clone())).collect())
    }

    /// The place to write a reference to.
    ///
    /// # Errors
    /// When no registry can be asked.
    pub async fn home(&self, reference: &Reference, credentials: Option<Credentials>) -> Result<Remote> {
        Ok(Remote::new(self, self.0.client.home(reference).await?, reference, credentials))
    }

    /// Fetches a blob, going on where a broken stream left off. It is told how many bytes are here.
    pub(crate) async fn fetch(
        &self,
        store: &dyn Store,
        blob: &Descriptor,
        told: &mut (dyn FnMut(u64) + Send),
    ) -> Result<()> {
        let digest = &blob.digest;
        let turn = self.content().turn(digest);
        let _turn = turn.lock().await;
        if self.content().has(digest) {
            return Ok(());
        }
        let mut writer = self.content().writer()?;
        let mut attempt = 0;
        while writer.size() < blob.size || attempt == 0 {
            attempt += 1;
            let before = writer.size();
            match receive(store, blob, &mut writer, told).await {
                Ok(()) if writer.size() == blob.size => break,
                Ok(()) | Err(Error::Registry(_)) if attempt < limits::ATTEMPTS => {
                    // A connection that brought something does not count as a failure.
                    if writer.size() > before {
                        attempt = 1;
                    }
                    tokio::time::sleep(Duration::from_millis(100 << attempt)).await;
                }
                Ok(()) => return Err(Error::Registry(format!("{digest} is shorter than its manifest says"))),
                Err(error) => return Err(error),
            }
        }
        let (images, expected) = (self.clone(), digest.clone());
        crate::blocking(move || images.content().keep(writer, Some(&expected))).await?;
        Ok(())
    }
}

async fn receive(
    store: &dyn Store,
    blob: &Descriptor,
    writer: &mut crate::content::Writer,
    told: &mut (dyn FnMut(u64) + Send),
) -> Result<()> {
    let digest = &blob.digest;
    let mut pieces = store.read(digest, writer.size()).await?;
    while let Some(piece) = next(&mut pieces, digest).await? {
        if writer.size() + piece.len() as u64 > blob.size {
            let size = blob.size;
            return Err(Error::TooLarge(format!("{digest} is longer than the {size} bytes its manifest says")));
        }
        // A write to the page cache; what lies behind it is awaited when the blob is kept.
        writer.write_all(&piece).map_err(|error| Error::io(std::path::Path::new("content"), error))?;
        told(writer.size());
    }
    Ok(())
}

async fn next(pieces: &mut Pieces, digest: &Digest) -> Result<Option<Bytes>> {
    let piece = tokio::time::timeout(PATIENCE, pieces.next()).await;
    piece.map_err(|_| Error::Registry(format!("{digest}: nothing comes any more")))?.transpose()
}

/// A blob that must be small, in whole and verified.
///
/// # Errors
/// [`Error::TooLarge`], [`Error::DigestMismatch`], and what the store says.
pub async fn small(store: &dyn Store, digest: &Digest, at_most: u64) -> Result<Bytes> {
    let mut pieces = store.read(digest, 0).await?;
    let mut bytes = BytesMut::new();
    while let Some(piece) = next(&mut pieces, digest).await? {
        if (bytes.len() + piece.len()) as u64 > at_most {
            return Err(Error::TooLarge(format!("{digest} is longer than {at_most} bytes")));
        }
        bytes.extend_from_slice(&piece);
    }
    verified(&bytes, Some(digest))?;
    Ok(bytes.freeze())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    use oci::image::media_type;

    use super::*;
    use crate::assemble::descriptor;
    use crate::cache_manifest::CachedLayer;

    /// A store in memory, whose streams break off after so many bytes.
    struct Memory {
        blobs: HashMap<Digest, Vec<u8>>,
        piece: usize,
        reads: AtomicUsize,
    }

    impl Memory {
        fn new(blobs: &[&[u8]], piece: usize) -> Self {
            let blobs = blobs.iter().map(|bytes| (crate::content::digest(bytes), bytes.to_vec())).collect();
            Self { blobs, piece, reads: AtomicUsize::new(0) }
        }
    }

    impl Store for Memory {
        fn manifest<'a>(&'a self, digest: &'a Digest) -> Later<'a, (String, Bytes)> {
            Box::pin(async move { Ok((String::new(), small(self, digest, limits::MANIFEST_BYTES).await?)) })
        }

        fn read<'a>(&'a self, digest: &'a Digest, from: u64) -> Later<'a, Pieces> {
            self.reads.fetch_add(1, Ordering::SeqCst);
            Box::pin(async move {
                let bytes = self.blobs.get(digest).ok_or_else(|| Error::Missing(digest.clone()))?;
                let rest = &bytes[usize::try_from(from).unwrap()..];
                let mut pieces = vec![Ok(Bytes::copy_from_slice(&rest[..rest.len().min(self.piece)]))];
                if rest.len() > self.piece {
                    pieces.push(Err(Error::Registry("it broke off".into())));
                }
                // Time for others to want the same.
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok(Box::pin(futures_util::stream::iter(pieces)) as Pieces)
            })
        }

        fn has<'a>(&'a self, digest: &'a Digest) -> Later<'a, bool> {
            Box::pin(async move { Ok(self.blobs.contains_key(digest)) })
        }

        fn write<'a>(&'a self, _: &'a Blob) -> Later<'a, ()> {
            Box::pin(async { Err(Error::Refused("it is not written to".into())) })
        }

        fn put_manifest<'a>(&'a self, _: &'a Descriptor, _: &'a Bytes) -> Later<'a, ()> {
            Box::pin(async { Err(Error::Refused("it is not written to".into())) })
        }
    }

    fn images() -> (Images, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        (Images::open(folder.path(), crate::RegistryOptions::default()).unwrap(), folder)
    }

    fn blob(bytes: &[u8]) -> Descriptor {
        descriptor(media_type::LAYER, crate::content::digest(bytes), bytes.len() as u64)
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
    }

    #[test]
    fn a_blob_comes_once_and_goes_on_where_it_broke_off() {
        let (images, _folder) = images();
        let store = Memory::new(&[b"0123456789"], 4);
        run(async {
            let wanted = blob(b"0123456789");
            let (mut first, mut second) = (Vec::new(), 0);
            let (mut one, mut other) = (|here| first.push(here), |here| second = here);
            let (one, other) =
                tokio::join!(images.fetch(&store, &wanted, &mut one), images.fetch(&store, &wanted, &mut other));
            one.and(other).unwrap();
            assert_eq!((first, second), (vec![4, 8, 10], 0));
            assert_eq!(store.reads.load(Ordering::SeqCst), 3);
            assert_eq!(images.content().bytes(&wanted.digest, 100).unwrap(), b"0123456789");
        });
    }

    #[test]
    fn what_is_not_what_it_should_be_is_refused() {
        let (images, folder) = images();
        let mut store = Memory::new(&[b"good", b"longer"], 100);
        store.blobs.insert(crate::content::digest(b"word"), b"evil".to_vec());
        run(async {
            let fetch = async |wanted: Descriptor| images.fetch(&store, &wanted, &mut |_| ()).await.unwrap_err();
            assert!(matches!(fetch(blob(b"word")).await, Error::DigestMismatch { .. }));
            assert!(matches!(fetch(Descriptor { size: 3, ..blob(b"longer") }).await, Error::TooLarge(_)));
            assert!(matches!(fetch(Descriptor { size: 7, ..blob(b"longer") }).await, Error::Registry(_)));
            assert!(matches!(fetch(blob(b"nothing")).await, Error::Missing(_)));
            // It is what its digest says, and no layer.
            let layer = CachedLayer { blob: blob(b"good"), diff_id: crate::content::digest(b"good") };
            assert!(images.fetch_layer(&store, &[], &layer, &mut |_| ()).await.is_err());
            let other = small(&store, &crate::content::digest(b"word"), 100).await;
            assert!(matches!(other, Err(Error::DigestMismatch { .. })));
            assert!(matches!(small(&store, &crate::content::digest(b"good"), 3).await, Err(Error::TooLarge(_))));
        });
        for folder in ["tmp", "layers"].map(|name| folder.path().join(name)) {
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{}", folder.display());
        }
    }

    #[test]
    fn a_configuration_comes_without_layers() {
        let config = br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"unknown":1}"#;
        let described = |kind: &str, bytes: &[u8]| descriptor(kind, crate::content::digest(bytes), bytes.len() as u64);
        let layer = described(media_type::LAYER_GZIP, b"it is nowhere");
        let manifest = |config: &[u8]| {
            let config = described(media_type::CONFIG, config);
            crate::assemble::manifest_of(config, vec![layer.clone()], std::collections::BTreeMap::new()).unwrap()
        };
        let (good, bad) = (manifest(config), manifest(b"[]"));
        let platform = oci::image::Platform { architecture: "amd64".into(), os: "linux".into(), variant: None };
        let named = Descriptor { platform: Some(platform), ..described(media_type::MANIFEST, &good) };
        let index = crate::attest::index_of(vec![named], std::collections::BTreeMap::new()).unwrap();
        let store = Memory::new(&[config, b"[]", &good, &bad, &index], 1 << 20);
        run(async {
            let read = async |bytes: &[u8], platform| {
                crate::config_in(&store, &crate::content::digest(bytes), Some(platform)).await
            };
            // Word for word, also what is not known here.
            assert_eq!(read(&good, "linux/amd64").await.unwrap(), &config[..]);
            assert_eq!(read(&index, "linux/amd64").await.unwrap(), &config[..]);
            assert!(matches!(read(&index, "linux/s390x").await, Err(Error::NoPlatform(_))));
            assert!(matches!(read(&bad, "linux/amd64").await, Err(Error::Malformed(_))));
            assert!(matches!(read(b"gone", "linux/amd64").await, Err(Error::Missing(_))));
        });
    }

    #[test]
    fn a_layer_is_what_its_archive_says() {
        let (images, _folder) = images();
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(4);
        header.set_mode(0o644);
        archive.append_data(&mut header, "file", &b"text"[..]).unwrap();
        let archive = archive.into_inner().unwrap();
        let store: Arc<dyn Store> = Arc::new(Memory::new(&[&archive], 1 << 20));
        run(async {
            let mut layer = CachedLayer { blob: blob(&archive), diff_id: crate::content::digest(b"another") };
            let refused = images.fetch_layer(&*store, &[], &layer, &mut |_| ()).await;
            assert!(matches!(refused, Err(Error::DigestMismatch { .. })));
            layer.diff_id = layer.blob.digest.clone();
            assert_eq!(images.fetch_layer(&*store, &[], &layer, &mut |_| ()).await.unwrap(), 4);
            assert!(images.has_layers(std::slice::from_ref(&layer.diff_id)));
        });
    }
}
