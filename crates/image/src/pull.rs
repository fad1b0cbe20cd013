//! `pull`: manifest, configuration, layers; each layer once, however many pulls want it.

use std::sync::Arc;

use bytes::Bytes;
use oci::image::{Config, Descriptor, Index, Manifest, media_type};
use oci::{Digest, Reference};
use tokio::sync::{Semaphore, mpsc};

use crate::layer::chain_ids;
use crate::progress::{Progress, Step};
use crate::registry::{Credentials, Endpoint};
use crate::store::{Remote, Store};
use crate::{Error, Image, Images, Result, blocking, limits};

type Told = mpsc::Sender<Progress>;

/// Bytes of a layer after which it is told anew how far it is.
const TOLD_EVERY: u64 = 512 << 10;

impl Images {
    /// Fetches an image. Gives it with the digest that its reference stands for (of the index, if it is one).
    ///
    /// # Errors
    /// [`Error::ManifestUnknown`], [`Error::Denied`], [`Error::NoPlatform`], [`Error::DigestMismatch`],
    /// [`Error::Registry`] and what unpacking gives.
    pub async fn pull(
        &self,
        reference: &Reference,
        platform: Option<&str>,
        credentials: Option<Credentials>,
        told: Told,
    ) -> Result<(Image, Digest)> {
        let mut last = Error::Registry(format!("no registry to ask for {reference}"));
        for endpoint in self.0.client.endpoints(reference).await? {
            match self.pull_from(endpoint, reference, platform, credentials.clone(), told.clone()).await {
                Ok(pulled) => return Ok(pulled),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    async fn pull_from(
        &self,
        endpoint: Endpoint,
        reference: &Reference,
        platform: Option<&str>,
        credentials: Option<Credentials>,
        told: Told,
    ) -> Result<(Image, Digest)> {
        let remote = Remote::new(self, endpoint, reference, credentials);
        let (kind, bytes) = remote.named().await?;
        let named = verified(&bytes, reference.digest())?;
        let image = self.take(Arc::new(remote), &kind, bytes, platform, told).await?;
        Ok((image, named))
    }

    /// Takes an image out of a store, by the digest of its manifest or index.
    ///
    /// # Errors
    /// [`Error::NoPlatform`], [`Error::DigestMismatch`], what the store gives and what unpacking gives.
    pub async fn take_image(
        &self,
        store: Arc<dyn Store>,
        digest: &Digest,
        platform: Option<&str>,
        told: Told,
    ) -> Result<Image> {
        let (kind, bytes) = store.manifest(digest).await?;
        verified(&bytes, Some(digest))?;
        self.take(store, &kind, bytes, platform, told).await
    }

    async fn take(
        &self,
        store: Arc<dyn Store>,
        kind: &str,
        bytes: Bytes,
        platform: Option<&str>,
        told: Told,
    ) -> Result<Image> {
        let (manifest_bytes, manifest) = chosen(&*store, kind, bytes, platform).await?;
        self.fetch(&*store, &manifest.config, &mut |_| ()).await?;
        let job = Job { images: self.clone(), store, told };
        let config: Config = self.content().json(&manifest.config.digest)?;
        if config.rootfs.diff_ids.len() != manifest.layers.len() {
            return Err(Error::Malformed("the configuration and the manifest differ in their layers".into()));
        }
        job.layers(&manifest, &config).await?;
        let images = self.clone();
        let image = blocking(move || {
            let digest = images.content().put(&manifest_bytes)?;
            images.image(&digest)
        });
        image.await
    }
}

/// What an image in a store says of itself, by the digest of its manifest or index; no layer is fetched.
///
/// # Errors
/// [`Error::NoPlatform`], [`Error::DigestMismatch`], [`Error::Malformed`] and what the store gives.
pub async fn config_in(store: &dyn Store, digest: &Digest, platform: Option<&str>) -> Result<Bytes> {
    let (kind, bytes) = store.manifest(digest).await?;
    verified(&bytes, Some(digest))?;
    let (_, manifest) = chosen(store, &kind, bytes, platform).await?;
    let config = crate::store::small(store, &manifest.config.digest, limits::CONFIG_BYTES).await?;
    serde_json::from_slice::<Config>(&config).map_err(|error| Error::malformed("configuration", error))?;
    Ok(config)
}

/// The manifest for a platform, out of what may be an index.
async fn chosen(store: &dyn Store, kind: &str, bytes: Bytes, platform: Option<&str>) -> Result<(Bytes, Manifest)> {
    let bytes = match index(kind, &bytes)? {
        None => bytes,
        Some(index) => {
            let chosen = choose(&index, platform)?;
            let (_, bytes) = store.manifest(&chosen.digest).await?;
            verified(&bytes, Some(&chosen.digest))?;
            bytes
        }
    };
    let manifest = serde_json::from_slice(&bytes).map_err(|error| Error::malformed("manifest", error))?;
    check(&manifest)?;
    Ok((bytes, manifest))
}

/// The digest of some bytes, which must be the expected one if there is one.
pub(crate) fn verified(bytes: &[u8], expected: Option<&Digest>) -> Result<Digest> {
    let got = crate::content::digest(bytes);
    match expected.filter(|expected| **expected != got) {
        None => Ok(got),
        Some(expected) => {
            let what = "manifest verification failed".into();
            Err(Error::DigestMismatch { what, expected: expected.clone(), got })
        }
    }
}

/// One pull from one store.
#[derive(Clone)]
struct Job {
    images: Images,
    store: Arc<dyn Store>,
    told: Told,
}

impl Job {
    /// Tells progress; nobody may be listening, and a slow listener misses some of it.
    fn tell(&self, progress: Progress) {
        let _ = self.told.try_send(progress);
    }

    /// Fetches all layers, several at a time, and unpacks them in their order while others still come.
    async fn layers(&self, manifest: &Manifest, config: &Config) -> Result<()> {
        let turns = Arc::new(Semaphore::new(limits::DOWNLOADS));
        let chains = chain_ids(&config.rootfs.diff_ids);
        let mut downloads = Vec::new();
        for (layer, chain) in manifest.layers.iter().zip(&chains) {
            let digest = layer.digest.clone();
            let here = self.images.0.layers.has(chain) && self.images.content().has(&digest);
            let _ = self
                .told
                .send(Progress { layer: digest, step: if here { Step::AlreadyExists } else { Step::PullingFsLayer } })
                .await;
            let (job, layer, turns) = (self.clone(), layer.clone(), Arc::clone(&turns));
            downloads.push(AbortOnDrop(tokio::spawn(async move {
                if here {
                    return Ok(());
                }
                if turns.available_permits() == 0 {
                    job.tell(Progress { layer: layer.digest.clone(), step: Step::Waiting });
                }
                let _turn = turns.acquire().await;
                job.fetch(&layer).await
            })));
        }
        for (((layer, diff_id), chain), download) in
            manifest.layers.iter().zip(&config.rootfs.diff_ids).zip(chains).zip(downloads)
        {
            download.join().await?;
            if self.images.0.layers.has(&chain) {
                continue;
            }
            self.tell(Progress {
                layer: layer.digest.clone(),
                step: Step::Extracting { current: 0, total: layer.size },
            });
            let (images, diff_id, blob) = (self.images.clone(), diff_id.clone(), layer.clone());
            blocking(move || images.0.layers.unpack(&chain, &diff_id, &blob, images.content().open(&blob.digest)?))
                .await?;
            let _ = self.told.send(Progress { layer: layer.digest.clone(), step: Step::PullComplete }).await;
        }
        Ok(())
    }

    /// Fetches a layer's blob and tells how far it is.
    async fn fetch(&self, layer: &Descriptor) -> Result<()> {
        let mut shown = 0;
        let mut tell = |current: u64| {
            if current.saturating_sub(shown) >= TOLD_EVERY {
                shown = current;
                let step = Step::Downloading { current, total: layer.size };
                self.tell(Progress { layer: layer.digest.clone(), step });
            }
        };
        self.images.fetch(&*self.store, layer, &mut tell).await?;
        let _ = self.told.send(Progress { layer: layer.digest.clone(), step: Step::DownloadComplete }).await;
        Ok(())
    }
}

/// A pull that is given up gives up its downloads, and a push its uploads.
pub(crate) struct AbortOnDrop<T>(pub(crate) tokio::task::JoinHandle<Result<T>>);

impl<T> AbortOnDrop<T> {
    pub(crate) async fn join(mut self) -> Result<T> {
        (&mut self.0).await.unwrap_or_else(|broken| Err(Error::Broken(broken.to_string())))
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The index, if the bytes are one. What the registry calls them, what they call themselves and what they look like
/// must agree (CVE-2021-41190).
pub(crate) fn index(kind: &str, bytes: &[u8]) -> Result<Option<Index>> {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Shape {
        media_type: Option<String>,
        manifests: Option<serde_json::Value>,
        layers: Option<serde_json::Value>,
        config: Option<serde_json::Value>,
    }
    let shape: Shape = serde_json::from_slice(bytes).map_err(|error| Error::malformed("manifest", error))?;
    let is_index = shape.manifests.is_some();
    if is_index && (shape.layers.is_some() || shape.config.is_some()) {
        return Err(Error::Malformed("a manifest that is an index as well".into()));
    }
    for name in shape.media_type.iter().map(String::as_str).chain([kind]) {
        let says = match name {
            media_type::INDEX | media_type::DOCKER_LIST => true,
            media_type::MANIFEST | media_type::DOCKER_MANIFEST => false,
            "application/vnd.docker.distribution.manifest.v1+prettyjws" => {
                return Err(Error::Malformed(
                    "Docker image format v1 is not supported: push the image again with a newer client".into(),
                ));
            }
            _ => continue,
        };
        if says != is_index {
            return Err(Error::Malformed(format!("a manifest of type {name} that does not look like one")));
        }
    }
    if !is_index {
        return Ok(None);
    }
    serde_json::from_slice(bytes).map(Some).map_err(|error| Error::malformed("index", error))
}

/// The manifest for this host, or for the platform asked for.
pub(crate) fn choose<'a>(index: &'a Index, platform: Option<&str>) -> Result<&'a Descriptor> {
    let host = format!("linux/{}", oci::image::host_architecture());
    let wanted = platform.filter(|text| !text.is_empty()).unwrap_or(&host);
    let fits = |descriptor: &&Descriptor| {
        descriptor.platform.as_ref().is_some_and(|platform| {
            let mut parts = wanted.split('/');
            parts.next() == Some(platform.os.as_str())
                && parts.next() == Some(platform.architecture.as_str())
                && parts.next().is_none_or(|variant| platform.variant.as_deref() == Some(variant))
        })
    };
    index.manifests.iter().find(fits).ok_or_else(|| Error::NoPlatform(wanted.into()))
}

fn check(manifest: &Manifest) -> Result<()> {
    if manifest.schema_version != 2 {
        return Err(Error::Malformed(format!("manifest of schema version {}", manifest.schema_version)));
    }
    if manifest.layers.len() > limits::LAYERS {
        return Err(Error::TooLarge(format!(
            "an image of {} layers; at most {} fit",
            manifest.layers.len(),
            limits::LAYERS
        )));
    }
    if manifest.config.size > limits::CONFIG_BYTES {
        return Err(Error::TooLarge(format!("a configuration of {} bytes", manifest.config.size)));
    }
    match manifest.config.media_type.as_str() {
        media_type::CONFIG | media_type::DOCKER_CONFIG => Ok(()),
        other => Err(Error::Malformed(format!(
            "unsupported media type {other}: this is no image that a container can be made from"
        ))),
    }
}
