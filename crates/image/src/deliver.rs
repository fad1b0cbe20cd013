//! Layers, images and caches into a store that is not ours, and caches out of one.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use oci::image::{Descriptor, Manifest, media_type};
use oci::{Digest, Reference};
use tokio::sync::{Semaphore, mpsc};

use crate::assemble::{Layer, descriptor, manifest_of};
use crate::attest::{Attestation, index_of};
use crate::cache_manifest::{self, CacheManifest, CacheRecord, CachedLayer, Carrier};
use crate::layer::chain_of;
use crate::layout::platform_of;
use crate::pull::{AbortOnDrop, index, verified};
use crate::store::{Store, small};
use crate::{Blob, Error, Images, LayersAs, PushStep, Pushing, Result, blocking, limits};

type Told = mpsc::Sender<Pushing>;

impl Images {
    /// Sends an image to a store without names: the manifest of each of its platforms, with what is said of it under
    /// these names. Gives what its manifest or index is there.
    ///
    /// # Errors
    /// [`Error::Missing`] for content that is not here, and what the store says.
    pub async fn send_image(
        &self,
        store: &Arc<dyn Store>,
        manifests: &[(Digest, Vec<Attestation>)],
        names: &[Reference],
        layers: LayersAs,
        told: Told,
    ) -> Result<Descriptor> {
        let (mut described, mut statements) = (Vec::new(), Vec::new());
        for (manifest, said) in manifests {
            let image = self.send_platform(store, manifest, layers, told.clone()).await?;
            if !said.is_empty() {
                let (images, image, names, said) = (self.clone(), image.clone(), names.to_vec(), said.clone());
                let made = blocking(move || images.statements(&image, &names, &said)).await?;
                for (blob, bytes) in made.blobs {
                    self.send_bytes(store, &blob, bytes).await?;
                }
                store.put_manifest(&made.descriptor, &Bytes::from(made.manifest)).await?;
                statements.push(made.descriptor);
            }
            described.push(image);
        }
        described.extend(statements);
        match described.as_slice() {
            [only] => Ok(only.clone()),
            _ => self.send_manifest(store, media_type::INDEX, index_of(described, BTreeMap::new())?).await,
        }
    }

    async fn send_platform(
        &self,
        store: &Arc<dyn Store>,
        manifest: &Digest,
        layers_as: LayersAs,
        told: Told,
    ) -> Result<Descriptor> {
        let (images, wanted) = (self.clone(), manifest.clone());
        let read = blocking(move || {
            let parsed: Manifest = images.content().json(&wanted)?;
            let config = images.content().bytes(&parsed.config.digest, limits::CONFIG_BYTES)?;
            let platform = platform_of(&config)?;
            Ok((parsed, config, platform, images.layers_of(&wanted)?))
        });
        let (parsed, config, platform, layers) = read.await?;
        let blobs = self.send_layers(store, &layers, layers_as, told).await?;
        let described = descriptor(media_type::CONFIG, parsed.config.digest, config.len() as u64);
        self.send_bytes(store, &described, config).await?;
        let bytes = manifest_of(described, blobs, parsed.annotations)?;
        let sent = self.send_manifest(store, media_type::MANIFEST, bytes).await?;
        Ok(Descriptor { platform: Some(platform), ..sent })
    }

    /// Sends records of a cache, with their layers, to a store. Gives what its manifest is there.
    ///
    /// # Errors
    /// [`Error::Missing`] for a layer that is not here, and what the store says.
    pub async fn send_cache(
        &self,
        store: &Arc<dyn Store>,
        records: &[CacheRecord],
        carrier: Carrier,
        layers_as: LayersAs,
        told: Told,
    ) -> Result<Descriptor> {
        let stacks = cache_manifest::stacks(records);
        let (images, stacked) = (self.clone(), stacks.clone());
        let layers = blocking(move || {
            let layer = |one: &cache_manifest::Stacked| {
                let blob = images.0.layers.descriptor(&one.chain, &one.diff_id)?;
                Ok(cache_manifest::as_layer(one, blob))
            };
            stacked.iter().map(layer).collect::<Result<Vec<Layer>>>()
        });
        let blobs = self.send_layers(store, &layers.await?, layers_as, told).await?;
        let (config, blobs) = cache_manifest::configuration(records, &stacks, &blobs, carrier)?;
        let described = cache_manifest::config_descriptor(&config);
        self.send_bytes(store, &described, config).await?;
        let (kind, bytes) = cache_manifest::carrying(carrier, described, blobs)?;
        self.send_manifest(store, kind, bytes).await
    }

    /// Sends layers to a store, each once, several at a time; gives what they are there, in the same order.
    async fn send_layers(
        &self,
        store: &Arc<dyn Store>,
        layers: &[Layer],
        layers_as: LayersAs,
        told: Told,
    ) -> Result<Vec<Descriptor>> {
        let turns = Arc::new(Semaphore::new(limits::UPLOADS));
        let mut uploads: HashMap<&Digest, AbortOnDrop<Descriptor>> = HashMap::new();
        for layer in layers {
            uploads.entry(&layer.diff_id).or_insert_with(|| {
                let (images, store, told) = (self.clone(), Arc::clone(store), told.clone());
                let (layer, turns) = (layer.clone(), Arc::clone(&turns));
                AbortOnDrop(tokio::spawn(async move {
                    let _turn = turns.acquire().await;
                    images.send_layer(&*store, &layer, layers_as, &told).await
                }))
            });
        }
        let mut sent = HashMap::new();
        for (diff_id, upload) in uploads {
            sent.insert(diff_id, upload.join().await?);
        }
        let missing = |layer: &Layer| Error::Missing(layer.diff_id.clone());
        layers.iter().map(|layer| sent.get(&layer.diff_id).cloned().ok_or_else(|| missing(layer))).collect()
    }

    async fn send_layer(
        &self,
        store: &dyn Store,
        layer: &Layer,
        layers_as: LayersAs,
        told: &Told,
    ) -> Result<Descriptor> {
        let tell = async |step| drop(told.send(Pushing { layer: layer.diff_id.clone(), step }).await);
        let (images, asked) = (self.clone(), layer.clone());
        let known = blocking(move || Ok(images.outgoing(&asked, layers_as))).await?;
        if let Some(blob) = &known
            && store.has(&blob.digest).await?
        {
            tell(PushStep::AlreadyExists).await;
            return Ok(blob.clone());
        }
        let (descriptor, file) = self.open_compressed(layer, layers_as).await?;
        if known.as_ref() == Some(&descriptor) || !store.has(&descriptor.digest).await? {
            tell(PushStep::Pushing { current: 0, total: descriptor.size }).await;
            store.write(&Blob::new(descriptor.clone(), file)).await?;
        }
        tell(PushStep::Pushed).await;
        Ok(descriptor)
    }

    async fn send_manifest(&self, store: &Arc<dyn Store>, kind: &str, bytes: Vec<u8>) -> Result<Descriptor> {
        let manifest = descriptor(kind, crate::content::digest(&bytes), bytes.len() as u64);
        store.put_manifest(&manifest, &Bytes::from(bytes)).await?;
        Ok(manifest)
    }

    /// Sends something small.
    async fn send_bytes(&self, store: &Arc<dyn Store>, described: &Descriptor, bytes: Vec<u8>) -> Result<()> {
        if store.has(&described.digest).await? {
            return Ok(());
        }
        let (images, described) = (self.clone(), described.clone());
        store.write(&blocking(move || images.small_blob(described, &bytes)).await?).await
    }

    /// Reads the caches that a store has under a manifest or an index that was taken from it: a cache of its own, or
    /// those that images carry.
    ///
    /// # Errors
    /// [`Error::Malformed`], [`Error::DigestMismatch`], [`Error::TooLarge`] and what the store says.
    pub async fn read_caches(&self, store: &dyn Store, kind: &str, bytes: &Bytes) -> Result<Vec<CacheManifest>> {
        let Some(index) = index(kind, bytes)? else {
            return Ok(read_cache(store, bytes).await?.into_iter().collect());
        };
        if let Some((config, blobs)) = cache_manifest::of_index(&index) {
            let config = small(store, &config.digest, limits::CONFIG_BYTES).await?;
            return Ok(vec![CacheManifest::parse(&config, blobs)?]);
        }
        let mut found = Vec::new();
        for image in index.manifests.iter().take(limits::INDEXED) {
            let (_, bytes) = store.manifest(&image.digest).await?;
            verified(&bytes, Some(&image.digest))?;
            match read_cache(store, &bytes).await {
                // What stands beside the images is none.
                Err(Error::Malformed(_)) => {}
                read => found.extend(read?),
            }
        }
        Ok(found)
    }

    /// The cache that an image carries which is here. Blocks.
    ///
    /// # Errors
    /// [`Error::Missing`] when the image is not here, [`Error::Malformed`] when its cache cannot be read.
    pub fn inline_cache(&self, manifest: &Digest) -> Result<Option<CacheManifest>> {
        let parsed: Manifest = self.content().json(manifest)?;
        let config = self.content().bytes(&parsed.config.digest, limits::CONFIG_BYTES)?;
        CacheManifest::parse_inline(&config, &parsed.layers)
    }

    /// Puts a cache into an image's configuration, as far as it is of the image's own layers.
    ///
    /// # Errors
    /// [`Error::Malformed`] when that is no configuration.
    pub fn with_inline_cache(&self, config: &[u8], records: &[CacheRecord]) -> Result<Vec<u8>> {
        cache_manifest::inlined(config, records)
    }

    /// Fetches a layer from a store and unpacks it upon others that are here, given by their diff ids, lowest first. It
    /// is told how many bytes are here. Gives the bytes of the layer's files.
    ///
    /// # Errors
    /// [`Error::DigestMismatch`] when it is not what it should be, what the store says and what unpacking gives.
    pub async fn fetch_layer(
        &self,
        store: &dyn Store,
        below: &[Digest],
        layer: &CachedLayer,
        told: &mut (dyn FnMut(u64) + Send),
    ) -> Result<u64> {
        let chain = chain_of(below, &layer.diff_id);
        if !self.0.layers.has(&chain) {
            self.fetch(store, &layer.blob, told).await?;
            let (images, chain, CachedLayer { blob, diff_id }) = (self.clone(), chain.clone(), layer.clone());
            let unpack = move || images.0.layers.unpack(&chain, &diff_id, &blob, images.content().open(&blob.digest)?);
            blocking(unpack).await?;
        }
        Ok(self.0.layers.size_of(&chain))
    }
}

/// The cache that a manifest is, or that the image which it is of carries.
async fn read_cache(store: &dyn Store, manifest: &Bytes) -> Result<Option<CacheManifest>> {
    let parsed: Manifest = serde_json::from_slice(manifest).map_err(|error| Error::malformed("manifest", error))?;
    let config = small(store, &parsed.config.digest, limits::CONFIG_BYTES).await?;
    match parsed.config.media_type.as_str() {
        cache_manifest::CONFIG => CacheManifest::parse(&config, &parsed.layers).map(Some),
        media_type::CONFIG | media_type::DOCKER_CONFIG => CacheManifest::parse_inline(&config, &parsed.layers),
        other => Err(Error::Malformed(format!("{other} is neither a cache nor an image"))),
    }
}
