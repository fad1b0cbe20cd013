//! From layers that are here to an image, and from an image to the blobs of its layers.
//!
//! A layer that came in a blob has that blob. One that was made here has none: its manifest names its plain archive,
//! which is made anew from its directory whenever somebody reads it, and verified meanwhile. So nothing is compressed
//! or kept twice before it leaves the machine.

use std::collections::BTreeMap;
use std::io::{PipeReader, Read};
use std::path::PathBuf;
use std::thread::JoinHandle;

use oci::Digest;
use oci::image::{Config, Descriptor, Manifest, media_type};

use crate::archive::{Whiteouts, pack};
use crate::content::Hashing;
use crate::layer::chain_ids;
use crate::{Error, Image, Images, Result, limits};

/// A layer of an image, and how to come by its blob.
#[derive(Debug, Clone)]
pub struct Layer {
    /// What the manifest says of it.
    pub blob: Descriptor,
    /// The digest of its plain archive.
    pub diff_id: Digest,
    /// It with all that is below it.
    pub(crate) chain: Digest,
}

impl Images {
    /// Makes an image of a configuration, as its bytes, whose layers are all here. `base` is the manifest of the image
    /// that it was made from, whose layers keep the blobs named there. Blocks.
    ///
    /// # Errors
    /// [`Error::Missing`] for a layer or blob that is not here, [`Error::Malformed`] for what is no configuration,
    /// [`Error::TooLarge`] with too many layers.
    pub fn assemble(
        &self,
        config: &[u8],
        base: Option<&Digest>,
        annotations: BTreeMap<String, String>,
    ) -> Result<Image> {
        let parsed: Config =
            serde_json::from_slice(config).map_err(|error| Error::malformed("configuration", error))?;
        let diff_ids = &parsed.rootfs.diff_ids;
        if diff_ids.len() > limits::LAYERS {
            return Err(Error::TooLarge("max depth exceeded".into()));
        }
        let below = match base {
            Some(base) => self.layers_of(base)?,
            None => Vec::new(),
        };
        let (mut layers, chains) = (Vec::new(), chain_ids(diff_ids));
        for (position, (diff_id, chain)) in diff_ids.iter().zip(&chains).enumerate() {
            if !self.0.layers.has(chain) {
                return Err(Error::Missing(diff_id.clone()));
            }
            let known = below.get(position).filter(|layer| layer.chain == *chain).map(|layer| layer.blob.clone());
            let blob = match known {
                Some(blob) => blob,
                None => self.0.layers.descriptor(chain, diff_id)?,
            };
            if blob.digest != *diff_id && !self.content().has(&blob.digest) {
                return Err(Error::Missing(blob.digest));
            }
            layers.push(as_oci(blob));
        }
        if self.0.layers.fresh.any(&chains) {
            self.see_to_the_disk();
        }
        let manifest = self.put_manifest(config, layers, annotations)?;
        self.image(&manifest)
    }

    /// Has the layers that were made here written to the disk, by a thread that nobody waits for.
    fn see_to_the_disk(&self) {
        let images = self.clone();
        let waiting = std::thread::Builder::new().name("sync".into()).spawn(move || {
            if let Err(error) = images.0.layers.fresh.settle() {
                tracing::warn!(%error, "writing layers to the disk");
            }
        });
        if let Err(error) = waiting {
            tracing::warn!(%error, "writing layers to the disk");
        }
    }

    /// Stores a configuration as it is and a manifest for it.
    pub(crate) fn put_manifest(
        &self,
        config: &[u8],
        layers: Vec<Descriptor>,
        annotations: BTreeMap<String, String>,
    ) -> Result<Digest> {
        let config = descriptor(media_type::CONFIG, self.content().put(config)?, config.len() as u64);
        self.content().put(&manifest_of(config, layers, annotations)?)
    }

    /// What an index would say of a manifest that is here. Blocks for a moment.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::Malformed`].
    pub fn describe_manifest(&self, manifest: &Digest) -> Result<Descriptor> {
        let bytes = self.content().bytes(manifest, limits::MANIFEST_BYTES)?;
        let parsed: Manifest = serde_json::from_slice(&bytes).map_err(|error| Error::malformed(manifest, error))?;
        let kind = parsed.media_type.as_deref().unwrap_or(media_type::MANIFEST);
        Ok(descriptor(kind, manifest.clone(), bytes.len() as u64))
    }

    /// The layers of an image, lowest first. Blocks for a moment.
    ///
    /// # Errors
    /// [`Error::Missing`] when the image is not here, [`Error::Malformed`] when it contradicts itself.
    pub fn layers_of(&self, manifest: &Digest) -> Result<Vec<Layer>> {
        let parsed: Manifest = self.content().json(manifest)?;
        let config: Config = self.content().json(&parsed.config.digest)?;
        let diff_ids = config.rootfs.diff_ids;
        if diff_ids.len() != parsed.layers.len() {
            return Err(Error::Malformed("the configuration and the manifest differ in their layers".into()));
        }
        let chains = chain_ids(&diff_ids);
        let layers = parsed.layers.into_iter().zip(diff_ids).zip(chains);
        Ok(layers.map(|((blob, diff_id), chain)| Layer { blob, diff_id, chain }).collect())
    }

    /// The blob of a layer, `layer.blob.size` bytes long. One that is made while it is read ends with an error when it
    /// is not what it should be. Blocks for a moment.
    ///
    /// # Errors
    /// [`Error::Missing`] when neither the blob nor the layer it could be made of is here, [`Error::Io`].
    pub fn open_layer(&self, layer: &Layer) -> Result<Box<dyn Read + Send>> {
        match self.content().open(&layer.blob.digest) {
            Err(Error::Missing(_)) if layer.blob.digest == layer.diff_id => self.pack_anew(layer),
            opened => opened.map(|file| Box::new(file) as _),
        }
    }

    /// Packs a layer that was made here.
    fn pack_anew(&self, layer: &Layer) -> Result<Box<dyn Read + Send>> {
        if self.0.layers.tar_size(&layer.chain).is_none() {
            return Err(Error::Missing(layer.diff_id.clone()));
        }
        let diff = self.0.layers.diff(&layer.chain);
        let failed = |error| Error::io(&diff, error);
        let root = sys::beneath::open_root(&diff).map_err(failed)?;
        let (reader, writer) = std::io::pipe().map_err(failed)?;
        let packing = std::thread::Builder::new()
            .name("pack".into())
            .spawn(move || pack(&root, writer, Whiteouts::Convert).map(drop))
            .map_err(failed)?;
        Ok(Box::new(Packing {
            stream: Some(Hashing::new(reader)),
            packing: Some(packing),
            expected: layer.diff_id.clone(),
            diff,
        }))
    }
}

/// An archive that is made while it is read.
struct Packing {
    /// Gone at the end.
    stream: Option<Hashing<PipeReader>>,
    packing: Option<JoinHandle<std::io::Result<()>>>,
    expected: Digest,
    diff: PathBuf,
}

impl Read for Packing {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some(stream) = &mut self.stream else { return Ok(0) };
        let count = stream.read(buffer)?;
        if count > 0 || buffer.is_empty() {
            return Ok(count);
        }
        let told = self.packing.take().map(JoinHandle::join);
        if let Some(Ok(Err(error))) = told {
            return Err(error);
        }
        let got = self.stream.take().map(Hashing::digest);
        if got.as_ref() != Some(&self.expected) {
            return Err(std::io::Error::other(format!(
                "the layer in {} is not what it was: its archive should have digest {}",
                self.diff.display(),
                self.expected
            )));
        }
        Ok(0)
    }
}

/// Calls a layer by the name that it has in a manifest of the OCI: the bytes are the same.
fn as_oci(mut blob: Descriptor) -> Descriptor {
    if blob.media_type == media_type::DOCKER_LAYER_GZIP {
        blob.media_type = media_type::LAYER_GZIP.into();
    }
    blob
}

/// What a manifest says of a blob.
pub fn descriptor(media_type: &str, digest: Digest, size: u64) -> Descriptor {
    Descriptor {
        media_type: media_type.into(),
        digest,
        size,
        urls: Vec::new(),
        annotations: BTreeMap::new(),
        platform: None,
    }
}

/// The bytes of a manifest.
pub(crate) fn manifest_of(
    config: Descriptor,
    layers: Vec<Descriptor>,
    annotations: BTreeMap<String, String>,
) -> Result<Vec<u8>> {
    let media_type = Some(media_type::MANIFEST.into());
    let manifest = Manifest { schema_version: 2, media_type, config, layers, annotations };
    serde_json::to_vec(&manifest).map_err(|error| Error::malformed("manifest", error))
}
