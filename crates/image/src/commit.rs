//! From what a container wrote to a new image; and what it changed.

use std::io::Write;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use oci::Digest;
use oci::image::{Config, Descriptor, History, Manifest, media_type};
use sha2::{Digest as _, Sha256};
use words::Timestamp;

use crate::archive::{Whiteouts, pack};
use crate::layer::chain_ids;
use crate::{Error, Image, Images, Result, limits};

/// What a new image says of itself.
#[derive(Debug, Clone, Default)]
pub struct NewImage {
    /// What its containers run.
    pub execution: oci::image::Execution,
    /// Who made it.
    pub author: String,
    /// Why.
    pub comment: String,
    /// The command that made the layer.
    pub created_by: String,
}

/// What a container did to a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What.
    pub kind: ChangeKind,
    /// Absolute, in the container.
    pub path: PathBuf,
}

/// The numbers are those of Docker's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeKind {
    /// It was there before.
    Modified = 0,
    /// It was not.
    Added = 1,
    /// It is no more.
    Deleted = 2,
}

/// Passes bytes on and takes their digest.
struct Tee<W> {
    inner: W,
    hash: Sha256,
}

impl<W: Write> Write for Tee<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(&bytes[..count]);
        Ok(count)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

impl Images {
    /// Makes an image of what a container wrote, upon the image it was made from. Blocks.
    ///
    /// # Errors
    /// [`Error::Io`] when the tree cannot be read or the disk is full.
    pub fn commit(&self, key: &str, base: &Image, new: NewImage) -> Result<Image> {
        let upper = self.upper(key);
        let root = sys::beneath::open_root(&upper).map_err(|error| Error::io(&upper, error))?;
        let (diff_id, blob, size) =
            self.layer_of(|stream| pack(&root, stream, Whiteouts::Convert).map_err(|error| Error::io(&upper, error)))?;
        let below: Manifest = self.content().json(&base.manifest)?;
        self.finish(Some((&base.config, below.layers)), diff_id, blob, size, new)
    }

    /// Makes an image of one archive. Blocks.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is no archive.
    pub fn import(&self, archive: impl std::io::Read + Send, new: NewImage) -> Result<Image> {
        let mut plain = crate::archive::decompress(archive).map_err(|error| Error::malformed("archive", error))?;
        let (diff_id, blob, size) = self.layer_of(|mut stream| {
            std::io::copy(&mut plain, &mut stream).map_err(|error| Error::malformed("archive", error))?;
            Ok(stream)
        })?;
        self.finish(None, diff_id, blob, size, new)
    }

    /// Compresses a layer while it is written; gives its diff id, its blob and the blob's size.
    fn layer_of(
        &self,
        write: impl FnOnce(Tee<GzEncoder<crate::content::Writer>>) -> Result<Tee<GzEncoder<crate::content::Writer>>>,
    ) -> Result<(Digest, Digest, u64)> {
        let writer = self.content().writer()?;
        // Level 1: a commit waits for it, and pushing it elsewhere costs a little more.
        let stream = Tee { inner: GzEncoder::new(writer, Compression::fast()), hash: Sha256::new() };
        let stream = write(stream)?;
        let diff_id = Digest::sha256(stream.hash.finalize().into());
        let writer = stream.inner.finish().map_err(|error| Error::io(&self.0.root, error))?;
        let size = writer.size();
        Ok((diff_id, self.content().keep(writer, None)?, size))
    }

    fn finish(
        &self,
        base: Option<(&Config, Vec<Descriptor>)>,
        diff_id: Digest,
        blob: Digest,
        size: u64,
        new: NewImage,
    ) -> Result<Image> {
        let now = Timestamp::now().to_string();
        let (mut config, mut layers) = match base {
            Some((config, layers)) => (config.clone(), layers),
            None => (empty_config(), Vec::new()),
        };
        if layers.len() >= limits::LAYERS {
            return Err(Error::TooLarge("max depth exceeded".into()));
        }
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        config.rootfs.diff_ids.push(diff_id.clone());
        config.history.push(History {
            created: Some(now.clone()),
            created_by: text(&new.created_by),
            author: text(&new.author),
            comment: text(&new.comment),
            empty_layer: false,
        });
        config.created = Some(now);
        config.author = text(&new.author);
        config.comment = text(&new.comment);
        config.config = Some(new.execution);
        layers.push(Descriptor {
            media_type: media_type::LAYER_GZIP.into(),
            digest: blob.clone(),
            size,
            urls: Vec::new(),
            annotations: Default::default(),
            platform: None,
        });
        let chains = chain_ids(&config.rootfs.diff_ids);
        if let Some(chain) = chains.last() {
            self.0.layers.unpack(chain, &diff_id, self.content().open(&blob)?)?;
        }
        let manifest = self.put_manifest(&config, layers)?;
        self.image(&manifest)
    }

    /// Stores a configuration and a manifest for it.
    pub(crate) fn put_manifest(&self, config: &Config, layers: Vec<Descriptor>) -> Result<Digest> {
        let bytes = serde_json::to_vec(config).map_err(|error| Error::malformed("configuration", error))?;
        self.put_manifest_bytes(&bytes, layers)
    }

    /// Stores a configuration as it is and a manifest for it.
    pub(crate) fn put_manifest_bytes(&self, config: &[u8], layers: Vec<Descriptor>) -> Result<Digest> {
        let digest = self.content().put(config)?;
        let manifest = Manifest {
            schema_version: 2,
            media_type: Some(media_type::MANIFEST.into()),
            config: Descriptor {
                media_type: media_type::CONFIG.into(),
                digest,
                size: config.len() as u64,
                urls: Vec::new(),
                annotations: Default::default(),
                platform: None,
            },
            layers,
            annotations: Default::default(),
        };
        let bytes = serde_json::to_vec(&manifest).map_err(|error| Error::malformed("manifest", error))?;
        self.content().put(&bytes)
    }

    /// What a container changed, sorted by path. Blocks.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn changes(&self, key: &str, config: &Config) -> Result<Vec<Change>> {
        let overlay = self.overlay(key, config);
        let mut changes = Vec::new();
        walk(&overlay.upper, &overlay.lower, &mut changes).map_err(|error| Error::io(&overlay.upper, error))?;
        changes.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(changes)
    }
}

fn walk(upper: &Path, lower: &[PathBuf], changes: &mut Vec<Change>) -> std::io::Result<()> {
    let mut folders = vec![PathBuf::new()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(upper.join(&folder))? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            let path = folder.join(entry.file_name());
            let before = lower
                .iter()
                .any(|layer| layer.join(&path).symlink_metadata().is_ok_and(|metadata| !is_whiteout(&metadata)));
            let kind = match (is_whiteout(&metadata), before) {
                (true, true) => ChangeKind::Deleted,
                (true, false) => continue,
                (false, true) => ChangeKind::Modified,
                (false, false) => ChangeKind::Added,
            };
            changes.push(Change { kind, path: Path::new("/").join(&path) });
            if metadata.is_dir() {
                folders.push(path);
            }
        }
    }
    Ok(())
}

fn is_whiteout(metadata: &std::fs::Metadata) -> bool {
    metadata.file_type().is_char_device() && metadata.rdev() == 0
}

fn empty_config() -> Config {
    Config {
        created: None,
        author: None,
        architecture: oci::image::host_architecture().into(),
        variant: None,
        os: "linux".into(),
        comment: None,
        docker_version: None,
        config: None,
        rootfs: oci::image::RootFs { kind: "layers".into(), diff_ids: Vec::new() },
        history: Vec::new(),
    }
}
