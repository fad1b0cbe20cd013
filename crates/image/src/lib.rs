//! Images: content by digest, layers, snapshots, registries.
//!
//! ```text
//!   registry ─► content (blobs, verified) ─► layers (unpacked, by chain id) ─► snapshots (one a container)
//!   archive  ─►                                                    commit  ◄─
//! ```
//! Everything becomes visible by a rename, so a crash leaves nothing half-made; what it leaves in `tmp` and `trash` is
//! swept when the store is opened. Functions that block say so.
//!
//! What this crate does not know: containers, names of images.
#![forbid(unsafe_code)]

pub mod archive;
mod assemble;
mod attest;
mod bundle;
mod cache_manifest;
mod commit;
mod compression;
mod content;
mod deliver;
mod download;
mod error;
mod fresh;
mod layer;
mod layout;
pub mod limits;
mod login;
mod progress;
mod pull;
mod push;
pub mod registry;
mod seal;
mod snapshot;
mod store;
mod trust;
pub mod upload;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use oci::Digest;
use oci::image::{Config, Manifest};

pub use assemble::{Layer, descriptor};
pub use attest::{Attestation, Subject, package_url, statement};
pub use bundle::Loaded;
pub use cache_manifest::{CacheManifest, CacheRecord, CachedLayer, Carrier, Found};
pub use commit::{Change, ChangeKind, NewImage};
pub use compression::{Compression, LayersAs};
pub use content::digest_of;
pub use error::Error;
pub use login::Described;
pub use progress::{Progress, Step};
pub use pull::config_in;
pub use push::{PushStep, Pushed, Pushing};
pub use registry::{Credentials, RegistryOptions};
pub use seal::Sealed;
pub use snapshot::Overlay;
pub use store::{Later, Pieces, Remote, Store, small};
pub use upload::Blob;

use content::Content;

/// What an operation gives.
pub type Result<T> = std::result::Result<T, Error>;

/// The image store. Clones share it.
#[derive(Clone)]
pub struct Images(Arc<Parts>);

struct Parts {
    root: PathBuf,
    content: Content,
    layers: layer::Layers,
    client: registry::Client,
}

/// An image that is here in whole.
#[derive(Debug, Clone)]
pub struct Image {
    /// The digest of its configuration.
    pub id: Digest,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// Its configuration.
    pub config: Arc<Config>,
    /// Its unpacked layers by their chain ids, lowest first.
    pub layers: Vec<Digest>,
    /// Bytes that its unpacked layers take.
    pub size: u64,
}

/// What a collection gave back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reclaimed {
    /// Bytes of blobs and unpacked layers.
    pub bytes: u64,
    /// Blobs.
    pub blobs: usize,
    /// Unpacked layers.
    pub layers: usize,
}

impl Images {
    /// Opens the store below this directory, making it when it is missing. Blocks.
    ///
    /// # Errors
    /// When the directory cannot be made or swept.
    pub fn open(root: &Path, options: RegistryOptions) -> Result<Self> {
        for folder in ["content/sha256", "layers", "snapshots", "tmp", "trash", "init", "empty"] {
            make_private(&root.join(folder))?;
        }
        snapshot::make_init_layer(&root.join("init"))?;
        snapshot::make_empty_layers(root)?;
        for folder in ["tmp", "trash"] {
            sweep(&root.join(folder))?;
        }
        Ok(Self(Arc::new(Parts {
            root: root.to_owned(),
            content: Content::new(root),
            layers: layer::Layers::new(root),
            client: registry::Client::new(options),
        })))
    }

    fn content(&self) -> &Content {
        &self.0.content
    }

    /// The image of this manifest. Blocks.
    ///
    /// # Errors
    /// [`Error::Missing`] when its content is not here.
    pub fn image(&self, manifest: &Digest) -> Result<Image> {
        let parsed: Manifest = self.content().json(manifest)?;
        let config: Config = self.content().json(&parsed.config.digest)?;
        let layers = layer::chain_ids(&config.rootfs.diff_ids);
        let size = layers.iter().map(|chain| self.0.layers.size_of(chain)).sum();
        Ok(Image { id: parsed.config.digest, manifest: manifest.clone(), config: Arc::new(config), layers, size })
    }

    /// Bytes of the files of each of an image's layers, lowest first. Blocks for a moment.
    pub fn layer_sizes(&self, config: &Config) -> Vec<u64> {
        layer::chain_ids(&config.rootfs.diff_ids).iter().map(|chain| self.0.layers.size_of(chain)).collect()
    }

    /// Bytes of the files of the uppermost of these layers, given by their diff ids. Blocks for a moment.
    pub fn layer_size(&self, layers: &[Digest]) -> u64 {
        layer::chain_ids(layers).last().map_or(0, |chain| self.0.layers.size_of(chain))
    }

    /// Forgets all content and layers that none of these manifests needs, and none of these stacks of layers, given by
    /// their diff ids, lowest first, but for these blobs. Blocks.
    ///
    /// # Errors
    /// When a manifest cannot be read; nothing is removed then.
    pub fn collect(
        &self,
        manifests: &[Digest],
        stacks: &[Vec<Digest>],
        mut blobs: BTreeSet<Digest>,
    ) -> Result<Reclaimed> {
        let mut chains = BTreeSet::new();
        for digest in manifests {
            let manifest: Manifest = self.content().json(digest)?;
            let config: Config = self.content().json(&manifest.config.digest)?;
            blobs.insert(digest.clone());
            blobs.insert(manifest.config.digest);
            blobs.extend(manifest.layers.into_iter().map(|layer| layer.digest));
            chains.extend(layer::chain_ids(&config.rootfs.diff_ids));
        }
        for chain in stacks.iter().flat_map(|layers| layer::chain_ids(layers)) {
            // An image that is made of the layer says that it came in this blob.
            blobs.extend(self.0.layers.blob(&chain).map(|blob| blob.digest));
            chains.insert(chain);
        }
        let (bytes, blobs) = self.content().keep_only(&blobs);
        let (layer_bytes, layers) = self.0.layers.keep_only(&chains);
        Ok(Reclaimed { bytes: bytes + layer_bytes, blobs, layers })
    }
}

/// Runs what blocks on a thread for it.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|broken| Err(Error::Broken(broken.to_string())))
}

/// A directory that only root may look into (CVE-2021-41091).
fn make_private(path: &Path) -> Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| Error::io(path, error))
}

fn sweep(folder: &Path) -> Result<()> {
    let entries = std::fs::read_dir(folder).map_err(|error| Error::io(folder, error))?;
    for entry in entries.flatten() {
        remove(&entry.path());
    }
    Ok(())
}

/// Removes a file or a tree; what stays is swept another time.
fn remove(path: &Path) {
    let removed = match std::fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => sys::remove::path(path),
        Ok(_) => std::fs::remove_file(path),
        Err(_) => return,
    };
    if let Err(error) = removed {
        tracing::warn!(path = %path.display(), %error, "removing");
    }
}
