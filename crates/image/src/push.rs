//! `push`: layers, several at a time, then the configuration, then the manifest under its tag, or, where an image has
//! several platforms or attestations, under its digest before an index with the tag.
//!
//! A layer that has a compressed blob leaves as that, unless another compression is forced. One that has a plain archive
//! only is compressed on its way, and the manifest that is pushed names the compressed blob. What that blob is stays
//! written down beside the layer: pushed again to where it is already, nothing is packed or compressed.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use bytes::Bytes;
use oci::image::{Descriptor, Manifest, media_type};
use oci::{Digest, Reference};
use tokio::sync::{Semaphore, mpsc};

use crate::assemble::{Layer, descriptor, manifest_of};
use crate::attest::{Attestation, Statements, index_of};
use crate::layout::platform_of;
use crate::pull::AbortOnDrop;
use crate::registry::Credentials;
use crate::upload::{self, Blob, Failed, Repository};
use crate::{Error, Images, LayersAs, Result, blocking, limits};

/// How often it is told how much of a layer has left.
const TOLD_EVERY: Duration = Duration::from_millis(100);
/// Attempts at a blob in one request, before it is tried in pieces.
pub(crate) const WHOLE: u32 = 3;

/// What happens to one layer of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushing {
    /// The layer by its diff id; Docker shows the first twelve digits.
    pub layer: Digest,
    /// What happens.
    pub step: PushStep,
}

/// A step of one layer's way out. Sizes are bytes of the compressed blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushStep {
    /// It will be looked at, or is being compressed.
    Preparing,
    /// It waits for its turn.
    Waiting,
    /// Some of it has left.
    Pushing {
        /// Bytes that have left.
        current: u64,
        /// Bytes in all.
        total: u64,
    },
    /// The registry broke off; it is tried again after this many seconds.
    Retrying(u64),
    /// The registry has all of it.
    Pushed,
    /// The registry took it over from this repository of its own.
    MountedFrom(String),
    /// The registry had it.
    AlreadyExists,
}

/// What was pushed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The digest of the manifest, or of the index.
    pub digest: Digest,
    /// Bytes of it.
    pub size: u64,
    /// What it is.
    pub media_type: String,
}

impl From<Descriptor> for Pushed {
    fn from(Descriptor { media_type, digest, size, .. }: Descriptor) -> Self {
        Self { digest, size, media_type }
    }
}

impl Images {
    /// Sends an image to the registry that its name says, under that name: the manifest of each of these platforms,
    /// with what is said of it. One of which nothing is said goes without an index. `sources` are manifests that are
    /// here and that other repositories of the same registry have, from where it may take blobs over.
    ///
    /// Dropped, it is given up.
    ///
    /// # Errors
    /// [`Error::Refused`] with the registry's words, [`Error::Unauthorized`], [`Error::Registry`] when it cannot be
    /// reached, [`Error::Missing`] for content that is not here.
    pub async fn push(
        &self,
        reference: &Reference,
        manifests: &[(Digest, Vec<Attestation>)],
        sources: Vec<(Reference, Digest)>,
        layers: LayersAs,
        credentials: Option<Credentials>,
        told: mpsc::Sender<Pushing>,
    ) -> Result<Pushed> {
        let images = self.clone();
        let known = blocking(move || Ok(images.known(sources, layers))).await?;
        let endpoint = self.0.client.home(reference).await?;
        let to = Repository { endpoint, reference: reference.clone(), credentials };
        let job = Job { images: self.clone(), to, layers, told, known: Arc::new(known) };
        let tag = |digest: &Digest| reference.tag().map_or_else(|| digest.to_string(), |tag| tag.as_str().to_owned());
        if let [(manifest, said)] = manifests
            && said.is_empty()
        {
            let sent = job.image(manifest).await?;
            job.manifest(&tag(&sent.descriptor.digest), &sent).await?;
            return Ok(sent.descriptor.into());
        }
        let (mut described, mut statements) = (Vec::new(), Vec::new());
        for (manifest, said) in manifests {
            let sent = job.image(manifest).await?;
            job.manifest(&sent.descriptor.digest.to_string(), &sent).await?;
            if !said.is_empty() {
                statements.push(job.statements(&sent.descriptor, said).await?);
            }
            described.push(sent.descriptor);
        }
        described.extend(statements);
        let bytes = Bytes::from(index_of(described, BTreeMap::new())?);
        let index = descriptor(media_type::INDEX, crate::content::digest(&bytes), bytes.len() as u64);
        let sent = Sent { descriptor: index, bytes };
        job.manifest(&tag(&sent.descriptor.digest), &sent).await?;
        Ok(sent.descriptor.into())
    }

    /// Which repositories have which blobs.
    fn known(&self, sources: Vec<(Reference, Digest)>, layers: LayersAs) -> HashMap<Digest, Vec<Reference>> {
        let mut known: HashMap<Digest, Vec<Reference>> = HashMap::new();
        for (repository, manifest) in sources {
            for layer in self.layers_of(&manifest).unwrap_or_default() {
                let Some(blob) = self.outgoing(&layer, layers) else { continue };
                let repositories = known.entry(blob.digest).or_default();
                if repositories.len() < limits::MOUNTS && !repositories.contains(&repository) {
                    repositories.push(repository.clone());
                }
            }
        }
        known
    }

    /// The blob that a layer leaves as. Dropped, it is given up.
    pub(crate) async fn open_compressed(&self, layer: &Layer, layers: LayersAs) -> Result<(Descriptor, std::fs::File)> {
        let wanted = Arc::new(AtomicBool::new(true));
        let _given_up = GivenUp(Arc::clone(&wanted));
        let (images, layer) = (self.clone(), layer.clone());
        blocking(move || images.compressed(&layer, layers, || wanted.load(Ordering::Relaxed))).await
    }

    /// The blob that a layer leaves as, where that is known without compressing it.
    pub(crate) fn outgoing(&self, layer: &Layer, layers: LayersAs) -> Option<Descriptor> {
        match layers.keeps(&layer.blob) {
            true => Some(layer.blob.clone()),
            false => self.0.layers.compressed(&layer.chain, layers.compression),
        }
    }
}

/// One push to one repository.
#[derive(Clone)]
struct Job {
    images: Images,
    to: Repository,
    layers: LayersAs,
    told: mpsc::Sender<Pushing>,
    known: Arc<HashMap<Digest, Vec<Reference>>>,
}

/// A manifest, whose blobs the registry has, and how an index names it.
struct Sent {
    descriptor: Descriptor,
    bytes: Bytes,
}

impl Job {
    /// Sends all that an image's manifest names; gives the manifest as it is there.
    async fn image(&self, manifest: &Digest) -> Result<Sent> {
        let (images, wanted) = (self.images.clone(), manifest.clone());
        let (bytes, parsed, layers, platform) = blocking(move || {
            let bytes = images.content().bytes(&wanted, limits::MANIFEST_BYTES)?;
            let parsed: Manifest = serde_json::from_slice(&bytes).map_err(|error| Error::malformed(&wanted, error))?;
            let config = images.content().bytes(&parsed.config.digest, limits::CONFIG_BYTES)?;
            Ok((bytes, parsed, images.layers_of(&wanted)?, platform_of(&config)?))
        })
        .await?;
        // Docker shows the uppermost layer first.
        for layer in layers.iter().rev() {
            self.tell(layer, PushStep::Preparing).await;
        }
        let blobs = self.layers(&layers).await?;
        self.config(&parsed.config).await?;
        let kind = parsed.media_type.clone().unwrap_or_else(|| media_type::MANIFEST.into());
        let bytes = match blobs == parsed.layers {
            true => bytes,
            false => manifest_of(parsed.config, blobs, parsed.annotations)?,
        };
        let digest = crate::content::digest(&bytes);
        // What `manifest_of` writes is of the OCI, whatever it was made from.
        let kind = if digest == *manifest { kind } else { media_type::MANIFEST.into() };
        let named = Descriptor { platform: Some(platform), ..descriptor(&kind, digest, bytes.len() as u64) };
        Ok(Sent { descriptor: named, bytes: Bytes::from(bytes) })
    }

    /// Sends what is said of an image that the registry has; gives how an index names it.
    async fn statements(&self, image: &Descriptor, said: &[Attestation]) -> Result<Descriptor> {
        let (images, image, said) = (self.images.clone(), image.clone(), said.to_vec());
        let name = self.to.reference.clone();
        let (described, manifest, blobs) = blocking(move || {
            let Statements { descriptor, manifest, blobs } = images.statements(&image, &[name], &said)?;
            let blobs = blobs.into_iter().map(|(blob, bytes)| images.small_blob(blob, &bytes));
            Ok((descriptor, manifest, blobs.collect::<Result<Vec<_>>>()?))
        })
        .await?;
        for blob in blobs {
            let client = &self.images.0.client;
            if !self.again(None, || client.has_blob(&self.to, &blob.descriptor.digest)).await? {
                self.send(None, &blob).await?;
            }
        }
        let sent = Sent { descriptor: described, bytes: Bytes::from(manifest) };
        self.manifest(&sent.descriptor.digest.to_string(), &sent).await?;
        Ok(sent.descriptor)
    }

    async fn tell(&self, layer: &Layer, step: PushStep) {
        let _ = self.told.send(Pushing { layer: layer.diff_id.clone(), step }).await;
    }

    /// Sends all layers, each once; gives what they are in the registry, lowest first.
    async fn layers(&self, layers: &[Layer]) -> Result<Vec<Descriptor>> {
        let turns = Arc::new(Semaphore::new(limits::UPLOADS));
        let mut uploads: Vec<(&Digest, AbortOnDrop<Descriptor>)> = Vec::new();
        for layer in layers.iter().rev() {
            if uploads.iter().any(|(known, _)| **known == layer.diff_id) {
                continue;
            }
            let (job, layer_, turns) = (self.clone(), layer.clone(), Arc::clone(&turns));
            let upload = tokio::spawn(async move {
                if turns.available_permits() == 0 {
                    job.tell(&layer_, PushStep::Waiting).await;
                }
                let _turn = turns.acquire().await;
                job.layer(&layer_).await
            });
            uploads.push((&layer.diff_id, AbortOnDrop(upload)));
        }
        let mut sent = HashMap::new();
        for (diff_id, upload) in uploads {
            sent.insert(diff_id, upload.join().await?);
        }
        let missing = |layer: &Layer| Error::Missing(layer.diff_id.clone());
        layers.iter().map(|layer| sent.get(&layer.diff_id).cloned().ok_or_else(|| missing(layer))).collect()
    }

    async fn layer(&self, layer: &Layer) -> Result<Descriptor> {
        let (images, asked) = (self.images.clone(), layer.clone());
        let layers = self.layers;
        let known = blocking(move || Ok(images.outgoing(&asked, layers))).await?;
        if let Some(blob) = &known
            && self.is_there(layer, &blob.digest).await?
        {
            return Ok(blob.clone());
        }
        let (descriptor, file) = self.images.open_compressed(layer, layers).await?;
        if known.as_ref() != Some(&descriptor) && self.is_there(layer, &descriptor.digest).await? {
            return Ok(descriptor);
        }
        let blob = Blob::new(descriptor, file);
        self.tell(layer, PushStep::Pushing { current: 0, total: blob.descriptor.size }).await;
        self.send(Some(layer), &blob).await?;
        self.tell(layer, PushStep::Pushed).await;
        Ok(blob.descriptor)
    }

    /// Whether the registry has a blob, or can take it over from where it has it.
    async fn is_there(&self, layer: &Layer, digest: &Digest) -> Result<bool> {
        let client = &self.images.0.client;
        if self.again(Some(layer), || client.has_blob(&self.to, digest)).await? {
            self.tell(layer, PushStep::AlreadyExists).await;
            return Ok(true);
        }
        for from in self.known.get(digest).into_iter().flatten() {
            // Where nothing may be taken from, it is sent.
            if client.mount(&self.to, digest, from).await.unwrap_or(false) {
                self.tell(layer, PushStep::MountedFrom(from.path().to_owned())).await;
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn config(&self, config: &Descriptor) -> Result<()> {
        let client = &self.images.0.client;
        if self.again(None, || client.has_blob(&self.to, &config.digest)).await? {
            return Ok(());
        }
        let (images, digest) = (self.images.clone(), config.digest.clone());
        let file = blocking(move || images.content().open(&digest)).await?;
        let blob = Blob::new(config.clone(), file);
        self.send(None, &blob).await
    }

    async fn manifest(&self, name: &str, Sent { descriptor, bytes }: &Sent) -> Result<()> {
        let client = &self.images.0.client;
        self.again(None, || client.put_manifest(&self.to, name, &descriptor.media_type, bytes)).await
    }

    /// Sends a blob, and tells how far it is if it is a layer's.
    async fn send(&self, layer: Option<&Layer>, blob: &Blob) -> Result<()> {
        let client = &self.images.0.client;
        let tries = AtomicU32::new(0);
        let attempt = || {
            blob.sent.store(0, Ordering::Relaxed);
            // A proxy that takes no large request may just break off.
            let pieces = tries.fetch_add(1, Ordering::Relaxed) >= WHOLE;
            client.upload(&self.to, blob, pieces)
        };
        let mut work = std::pin::pin!(self.again(layer, attempt));
        let mut ticks = tokio::time::interval(TOLD_EVERY);
        let mut shown = 0;
        loop {
            tokio::select! {
                done = &mut work => return done,
                _ = ticks.tick() => {}
            }
            let (current, total) = (blob.sent.load(Ordering::Relaxed).min(blob.descriptor.size), blob.descriptor.size);
            if let Some(layer) = layer.filter(|_| current != shown) {
                shown = current;
                let step = PushStep::Pushing { current, total };
                // A listener that is slow misses some of it.
                let _ = self.told.try_send(Pushing { layer: layer.diff_id.clone(), step });
            }
        }
    }

    /// Tries until it goes well or makes no sense any more.
    async fn again<T, F>(&self, layer: Option<&Layer>, attempt: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = std::result::Result<T, Failed>>,
    {
        let pause = |wait: Duration| async move {
            if let Some(layer) = layer {
                self.tell(layer, PushStep::Retrying(wait.as_secs().max(1))).await;
            }
        };
        upload::again(attempt, pause).await
    }
}

/// Tells a thread that compresses that nobody waits for it any more.
struct GivenUp(Arc<AtomicBool>);

impl Drop for GivenUp {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
