//! Caches that come from elsewhere and go elsewhere.
//!
//! A cache that is imported is a stranger's word: "what has this key gives these layers". The layers are verified, the
//! word cannot be. So it counts for the builds that name the cache and for no other: what it gave is held, that it need
//! not be fetched again, under a key that no step has. What is built upon it is recorded as always, since such a record
//! says no more than what these layers and this step give.
//!
//! Nothing but the uppermost layer of a record is taken, and only where all others are what the vertex is made upon.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use engine::cache::{CacheRecord, Held};
use image::{CacheManifest, CachedLayer, Carrier, LayersAs, PushStep, Pushing, Store};
use oci::image::Descriptor;
use oci::{Digest, Reference};
use tokio::sync::mpsc;
use words::Timestamp;

use crate::graph::{Vertex, digest_of};
use crate::solve::{Made, Solving};
use crate::{Built, Error, Job, Product, Result, Why, told};

/// A cache to be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Import {
    /// What a registry has under this name: a cache, or an image that carries one. An image that is here comes first.
    Reference(Reference),
    /// An image that is here and carries one.
    Image(Reference),
    /// A manifest in a content store of the client's.
    Store {
        /// How the client knows the store.
        id: String,
        /// The manifest.
        digest: Digest,
        /// What people know it by.
        name: String,
    },
}

impl fmt::Display for Import {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reference(reference) | Self::Image(reference) => write!(f, "{}", reference.familiar()),
            Self::Store { name, .. } => f.write_str(name),
        }
    }
}

/// Where a cache goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheExport {
    /// The place.
    pub to: CacheTo,
    /// All that the build has used, or only what its images are made of.
    pub all: bool,
    /// What it travels as.
    pub carrier: Carrier,
    /// What its layers leave as.
    pub layers: LayersAs,
}

/// The place that a cache goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheTo {
    /// This name in a registry.
    Registry(Reference),
    /// A content store of the client's, by the name that the client has for it.
    Store(String),
}

/// A vertex that was solved: what it is found by, and the layers that it gave.
#[derive(Debug, Clone)]
pub(crate) struct Solved {
    pub(crate) key: Digest,
    pub(crate) layers: Vec<Digest>,
    pub(crate) created: Timestamp,
}

/// The caches that a build imports.
#[derive(Default)]
pub(crate) struct Imports(Vec<Imported>);

struct Imported {
    name: String,
    from: Source,
    caches: Vec<CacheManifest>,
    /// A layer of it was not what it should be, or could not be had: it is asked for no more.
    broken: AtomicBool,
}

/// Where the layers of a cache are.
enum Source {
    Store(Arc<dyn Store>),
    /// Here, as those of an image.
    Image(Vec<Digest>),
}

/// Reads the caches that a build names. One that cannot be read is told of, and the build goes on without it.
pub(crate) async fn import(job: &Job, wanted: &[Import]) -> Imports {
    let all = wanted.iter().map(|one| async move {
        let told = job.told.internal(format!("importing cache manifest from {one}"));
        told.of(read(job, one)).await.ok()
    });
    Imports(futures_util::future::join_all(all).await.into_iter().flatten().collect())
}

async fn read(job: &Job, wanted: &Import) -> Result<Imported> {
    let images = job.builder.engine().images();
    let (from, caches) = match wanted {
        Import::Store { id, digest, .. } => {
            let store = job.client.store(id).await?;
            let (kind, bytes) = store.manifest(digest).await?;
            let caches = images.read_caches(&*store, &kind, &bytes).await?;
            (Source::Store(store), caches)
        }
        Import::Image(reference) => match carried(job, reference).await? {
            Some(found) => found,
            None => return Err(Why::NotFound(format!("no image {} with a cache is here", reference.familiar())).into()),
        },
        Import::Reference(reference) => match carried(job, reference).await? {
            Some(found) => found,
            None => remote(job, reference).await?,
        },
    };
    Ok(Imported { name: wanted.to_string(), from, caches, broken: AtomicBool::new(false) })
}

/// The cache of an image that is here.
async fn carried(job: &Job, reference: &Reference) -> Result<Option<(Source, Vec<CacheManifest>)>> {
    let Ok(image) = job.builder.engine().snapshot().image(&reference.to_string()) else { return Ok(None) };
    let (images, manifest) = (job.builder.engine().images().clone(), image.manifest.clone());
    let cache = crate::blocking(move || Ok(images.inline_cache(&manifest)?)).await?;
    Ok(cache.map(|cache| (Source::Image(image.config.rootfs.diff_ids.clone()), vec![cache])))
}

async fn remote(job: &Job, reference: &Reference) -> Result<(Source, Vec<CacheManifest>)> {
    let images = job.builder.engine().images();
    let credentials = job.client.credentials(reference.domain()).await?;
    let mut last = Error::invalid(format!("no registry to ask for {reference}"));
    for remote in images.remotes(reference, credentials).await? {
        let read = async {
            let (kind, bytes) = remote.named().await?;
            images.read_caches(&remote, &kind, &bytes).await
        };
        match read.await {
            Ok(caches) => return Ok((Source::Store(Arc::new(remote)), caches)),
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}

impl Imports {
    /// Whether one of them was not what it should be.
    pub(crate) fn is_broken(&self) -> bool {
        self.0.iter().any(|cache| cache.broken.load(Ordering::Relaxed))
    }

    /// What a vertex gives that is made upon these layers, if one of the caches has it. The layer is here then, and held
    /// under the key that is given with it.
    pub(crate) async fn take(
        &self,
        solving: &Solving,
        vertex: &Vertex,
        key: &Digest,
        below: &[Digest],
    ) -> Result<Option<(Made, Digest)>> {
        for cache in self.0.iter().filter(|cache| !cache.broken.load(Ordering::Relaxed)) {
            let Some(found) = cache.caches.iter().find_map(|one| one.find(key)) else { continue };
            let Some((layer, lower)) = found.layers.split_last() else { continue };
            let fits = lower.iter().map(|layer| &layer.diff_id).eq(below);
            if !fits || crate::snapshot::room_for_one_more(below).is_err() {
                continue;
            }
            let Some(size) = cache.bring(solving, below, layer).await else {
                cache.broken.store(true, Ordering::Relaxed);
                continue;
            };
            let layers: Vec<Digest> = below.iter().chain([&layer.diff_id]).cloned().collect();
            let held = digest_of(&("import", key, &layers));
            let engine = solving.builder.engine();
            if !engine.snapshot().cache.contains_key(&held) {
                let now = Timestamp::now();
                let record = CacheRecord {
                    key: held.clone(),
                    held: Held::Layers(layers.clone()),
                    description: format!("{} (imported from {})", vertex.name, cache.name),
                    size,
                    created: now,
                    used: now,
                    uses: 0,
                };
                engine.keep_cache(record).await?;
            }
            return Ok(Some(((layers, found.created), held)));
        }
        Ok(None)
    }
}

impl Imported {
    /// Has the layer here, upon these; gives the bytes of its files. Why that cannot be is told.
    async fn bring(&self, solving: &Solving, below: &[Digest], layer: &CachedLayer) -> Option<u64> {
        let images = solving.builder.engine().images();
        let layers: Vec<Digest> = below.iter().chain([&layer.diff_id]).cloned().collect();
        if images.has_layers(&layers) {
            return Some(images.layer_size(&layers));
        }
        let told = solving.told.internal(format!("importing layer {} from {}", layer.blob.digest, self.name));
        let bytes = AtomicU64::new(0);
        let work = async {
            match &self.from {
                Source::Store(store) => {
                    let mut count = |here| bytes.store(here, Ordering::Relaxed);
                    Ok(images.fetch_layer(&**store, below, layer, &mut count).await?)
                }
                Source::Image(own) => {
                    let place = own.iter().position(|diff_id| *diff_id == layer.diff_id).unwrap_or_default();
                    let (images, own, below) = (images.clone(), own[..place].to_vec(), below.to_vec());
                    let diff_id = layer.diff_id.clone();
                    crate::blocking(move || Ok(images.graft(&diff_id, &own, &below)?)).await?;
                    Ok(solving.builder.engine().images().layer_size(&layers))
                }
            }
        };
        told.of(told.counted("receiving", &bytes, work)).await.ok()
    }
}

/// The records of what a build has used: all, or only those whose layers are in one of its images. Each once, in one
/// order.
fn records<'a>(images: impl Iterator<Item = &'a Built>, all: bool) -> Vec<image::CacheRecord> {
    let mut found = BTreeMap::new();
    for built in images {
        let within = |layers: &[Digest]| match layers {
            lowest if built.layers.starts_with(lowest) => true,
            [one] => built.layers.contains(one),
            _ => false,
        };
        for Solved { key, layers, created } in built.solved.iter() {
            if !layers.is_empty() && (all || within(layers)) {
                let record = image::CacheRecord { key: key.clone(), layers: layers.clone(), created: *created };
                found.insert(key.clone(), record);
            }
        }
    }
    found.into_values().collect()
}

/// The records that an image carries itself. With `SOURCE_DATE_EPOCH` none is later.
pub(crate) fn inline(built: &Built) -> Result<Vec<image::CacheRecord>> {
    let mut records = records(std::iter::once(built), false);
    if let Some(epoch) = built.epoch {
        let latest = crate::snapshot::epoch(epoch)?;
        records.iter_mut().for_each(|record| record.created = record.created.min(latest));
    }
    Ok(records)
}

/// Lets the cache of a build leave. Gives what its manifest is there; nothing when there was nothing to send.
pub(crate) async fn export(job: &Job, product: &Product, export: &CacheExport) -> Result<Option<Descriptor>> {
    let title = match &export.to {
        CacheTo::Registry(_) => "exporting cache to registry",
        CacheTo::Store(_) => "exporting cache to client directory",
    };
    let told = job.told.internal(title);
    told.of(leave(job, product, export, &told)).await
}

async fn leave(job: &Job, product: &Product, export: &CacheExport, told: &told::Vertex) -> Result<Option<Descriptor>> {
    let began = Timestamp::now();
    let records = records(product.images.iter(), export.all);
    if records.is_empty() {
        told.done("skipping cache export for empty result", began).await;
        return Ok(None);
    }
    let images = job.builder.engine().images();
    let store: Arc<dyn Store> = match &export.to {
        CacheTo::Registry(reference) => {
            let credentials = job.client.credentials(reference.domain()).await?;
            Arc::new(images.home(reference, credentials).await?)
        }
        CacheTo::Store(id) => job.client.store(id).await?,
    };
    let (sender, steps) = mpsc::channel(64);
    let sending = images.send_cache(&store, &records, export.carrier, export.layers, sender);
    let (sent, ()) = tokio::join!(sending, tell(told, "writing", steps));
    let manifest = sent?;
    told.done(format!("writing cache manifest {}", manifest.digest), began).await;
    Ok(Some(manifest))
}

/// Tells of the layers that are sent; `doing` says how.
pub(crate) async fn tell(told: &told::Vertex, doing: &str, mut steps: mpsc::Receiver<Pushing>) {
    let mut began: BTreeMap<Digest, Timestamp> = BTreeMap::new();
    while let Some(Pushing { layer, step }) = steps.recv().await {
        let (current, total, ended) = match step {
            PushStep::Preparing | PushStep::Waiting | PushStep::Retrying(_) => continue,
            PushStep::Pushing { current, total } => (current, total, false),
            PushStep::Pushed | PushStep::MountedFrom(_) | PushStep::AlreadyExists => (0, 0, true),
        };
        let started = *began.entry(layer.clone()).or_insert_with(Timestamp::now);
        told.status(format!("{doing} layer {layer}"), (current, total), started, ended).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oci::image::{Config, Platform};

    fn digest(byte: u8) -> Digest {
        Digest::sha256([byte; 32])
    }

    fn built(layers: &[u8], solved: &[(u8, &[u8])]) -> Built {
        let digests = |bytes: &[u8]| bytes.iter().map(|byte| digest(*byte)).collect::<Vec<_>>();
        let created = Timestamp::from_nanos(5_000_000_000).unwrap();
        let solved = solved.iter().map(|(key, layers)| Solved { key: digest(*key), layers: digests(layers), created });
        Built {
            platform: Platform::host(),
            layers: digests(layers),
            config: Arc::new(Config::empty(Platform::host())),
            base: None,
            epoch: Some(3),
            attestations: Vec::new(),
            solved: solved.collect(),
            _kept: None,
        }
    }

    #[test]
    fn what_the_image_is_made_of_and_all_that_was_used() {
        // 1 is the base; 3 is a linked copy, which lies upon nothing in the cache; 8 and 9 are of another stage.
        let image = built(&[1, 2, 3], &[(102, &[1, 2]), (103, &[3]), (108, &[1, 8]), (109, &[9]), (110, &[])]);
        let keys = |all| {
            let records = records([&image, &image].into_iter(), all);
            records.iter().map(|record| record.key.clone()).collect::<Vec<_>>()
        };
        assert_eq!(keys(false), [digest(102), digest(103)]);
        assert_eq!(keys(true), [digest(102), digest(103), digest(108), digest(109)]);
        let inline = inline(&image).unwrap();
        assert_eq!(inline.len(), 2);
        assert!(inline.iter().all(|record| record.created.seconds() == 3), "none is later than the image's time");
    }
}
