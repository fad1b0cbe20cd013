//! A build cache as it travels: which keys stand for which layers, in the form that BuildKit has for it.
//!
//! ```text
//!   manifest or index ─► blobs of layers, each with its diff id
//!                     └► configuration: layers as a forest (each names the one below), and records:
//!                                       a key, and the layer that is uppermost in what it stands for
//! ```
//! A record of BuildKit's may have inputs, and its digest means something with them only. Ours have none: a key is made
//! of content. So of another builder's cache nothing is found here, and of ours nothing there, and both can be read.
//!
//! An image can carry its cache in its configuration, as records whose layers are the image's own by number.
//!
//! Source: BuildKit's `cache/remotecache/v1` (`doc.go`, `spec.go`), and its importer for what is inline.

use std::collections::{BTreeMap, HashMap};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use oci::Digest;
use oci::image::{Descriptor, Index, media_type};
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::assemble::{Layer, descriptor, manifest_of};
use crate::layer::chain_ids;
use crate::{Error, Result, limits};

/// The media type of a cache's configuration.
pub(crate) const CONFIG: &str = "application/vnd.buildkit.cacheconfig.v0";

/// The annotation with a layer's diff id.
const DIFF_ID: &str = "containerd.io/uncompressed";

/// The key of an image's configuration with its cache.
const INLINE: &str = "moby.buildkit.cache.v0";

/// What is to be found again: a key, and the layers that it stands for by their diff ids, lowest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheRecord {
    /// What it is found by.
    pub key: Digest,
    /// What it stands for.
    pub layers: Vec<Digest>,
    /// When the last of the layers was made.
    pub created: Timestamp,
}

/// What a cache travels as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// An image manifest whose configuration is the cache's: every registry takes it.
    Manifest,
    /// An index whose entries are layers, and the configuration.
    Index,
    /// The same by Docker's names.
    DockerList,
}

/// A layer of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedLayer {
    /// The blob that it comes in.
    pub blob: Descriptor,
    /// What its plain archive must be.
    pub diff_id: Digest,
}

/// What a key stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Lowest first.
    pub layers: Vec<CachedLayer>,
    /// When the last of them was made, as the cache says.
    pub created: Timestamp,
}

/// A cache that has come: records by their keys. Nothing that it says is verified.
#[derive(Debug, Default)]
pub struct CacheManifest {
    /// With the place of the layer below.
    layers: Vec<(CachedLayer, Option<usize>)>,
    records: HashMap<Digest, Vec<(Chain, Timestamp)>>,
}

/// Layers by their places.
#[derive(Debug)]
enum Chain {
    /// This one and all below it.
    Down(usize),
    /// These.
    These(Vec<usize>),
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Document {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    layers: Option<Vec<DocumentLayer>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    records: Option<Vec<DocumentRecord>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct DocumentLayer {
    blob: Digest,
    /// -1 for none; 0 may be left out.
    #[serde(default)]
    parent: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct DocumentRecord {
    #[serde(default, rename = "layers", skip_serializing_if = "Option::is_none")]
    results: Option<Vec<DocumentResult>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chains: Option<Vec<DocumentChain>>,
    digest: String,
    #[serde(default, skip_serializing)]
    inputs: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct DocumentResult {
    layer: i64,
    #[serde(default, rename = "createdAt", skip_serializing_if = "Option::is_none")]
    created: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct DocumentChain {
    layers: Vec<i64>,
    #[serde(default, rename = "createdAt", skip_serializing_if = "Option::is_none")]
    created: Option<String>,
}

impl CacheManifest {
    /// What a key stands for.
    pub fn find(&self, key: &Digest) -> Option<Found> {
        self.records.get(key)?.iter().find_map(|(chain, created)| {
            let layers = match chain {
                Chain::Down(top) => self.down(*top)?,
                Chain::These(places) => {
                    places.iter().map(|place| Some(self.layers.get(*place)?.0.clone())).collect::<Option<_>>()?
                }
            };
            Some(Found { layers, created: *created })
        })
    }

    /// The keys that it has.
    pub fn keys(&self) -> impl Iterator<Item = &Digest> {
        self.records.keys()
    }

    /// A layer and those below it; `None` when that leads nowhere or round in a circle.
    fn down(&self, top: usize) -> Option<Vec<CachedLayer>> {
        let (mut layers, mut next) = (Vec::new(), Some(top));
        while let Some(place) = next {
            if layers.len() == limits::LAYERS {
                return None;
            }
            let (layer, below) = self.layers.get(place)?;
            layers.push(layer.clone());
            next = *below;
        }
        layers.reverse();
        Some(layers)
    }

    /// Reads a cache's configuration, whose layers come in these blobs.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is none, or names blobs that are not there.
    pub fn parse(config: &[u8], blobs: &[Descriptor]) -> Result<Self> {
        let document: Document =
            serde_json::from_slice(config).map_err(|error| Error::malformed("the cache's configuration", error))?;
        let by_digest: HashMap<&Digest, &Descriptor> = blobs.iter().map(|blob| (&blob.digest, blob)).collect();
        let mut layers = Vec::new();
        for DocumentLayer { blob, parent } in document.layers.unwrap_or_default() {
            let lacks = || Error::Malformed(format!("the cache's manifest lacks the blob {blob}"));
            let found = *by_digest.get(&blob).ok_or_else(lacks)?;
            let said = found.annotations.get(DIFF_ID).and_then(|text| text.parse().ok());
            let diff_id = match said {
                Some(diff_id) => diff_id,
                None if found.media_type == media_type::LAYER => blob.clone(),
                None => return Err(Error::Malformed(format!("the cache does not say what {blob} unpacks to"))),
            };
            layers.push((CachedLayer { blob: found.clone(), diff_id }, usize::try_from(parent).ok()));
        }
        Ok(Self::new(layers, document.records.unwrap_or_default()))
    }

    /// Reads the cache in an image's configuration, if there is one. The image's layers come in these blobs.
    ///
    /// # Errors
    /// [`Error::Malformed`] when it is there and cannot be read.
    pub fn parse_inline(config: &[u8], blobs: &[Descriptor]) -> Result<Option<Self>> {
        #[derive(Deserialize)]
        struct Carrying {
            #[serde(default, rename = "moby.buildkit.cache.v0")]
            cache: Option<String>,
            rootfs: oci::image::RootFs,
        }
        let carrying: Carrying =
            serde_json::from_slice(config).map_err(|error| Error::malformed("configuration", error))?;
        let Some(cache) = carrying.cache.filter(|text| !text.is_empty()) else { return Ok(None) };
        let diff_ids = carrying.rootfs.diff_ids;
        if diff_ids.len() != blobs.len() {
            return Err(Error::Malformed("the configuration and the manifest differ in their layers".into()));
        }
        let records = STANDARD.decode(cache).map_err(|error| Error::malformed("the image's cache", error))?;
        let records: Option<Vec<DocumentRecord>> =
            serde_json::from_slice(&records).map_err(|error| Error::malformed("the image's cache", error))?;
        let layers = blobs.iter().zip(diff_ids).enumerate();
        let layers = layers
            .map(|(place, (blob, diff_id))| (CachedLayer { blob: blob.clone(), diff_id }, place.checked_sub(1)))
            .collect();
        Ok(Some(Self::new(layers, records.unwrap_or_default())))
    }

    fn new(layers: Vec<(CachedLayer, Option<usize>)>, said: Vec<DocumentRecord>) -> Self {
        let mut records: HashMap<Digest, Vec<(Chain, Timestamp)>> = HashMap::new();
        for record in said {
            // With inputs it is no key of ours.
            let Ok(key) = record.digest.parse::<Digest>() else { continue };
            if record.inputs.is_some_and(|inputs| !inputs.is_empty()) {
                continue;
            }
            let found = records.entry(key).or_default();
            for DocumentResult { layer, created } in record.results.unwrap_or_default() {
                found.extend(usize::try_from(layer).ok().map(|place| (Chain::Down(place), moment(created.as_deref()))));
            }
            for DocumentChain { layers, created } in record.chains.unwrap_or_default() {
                let places: Option<Vec<usize>> = layers.into_iter().map(|place| usize::try_from(place).ok()).collect();
                let places = places.filter(|places| places.len() <= limits::LAYERS);
                found.extend(places.map(|places| (Chain::These(places), moment(created.as_deref()))));
            }
        }
        Self { layers, records }
    }
}

/// When something was made, as somebody says: not later than now.
fn moment(said: Option<&str>) -> Timestamp {
    let now = Timestamp::now();
    said.and_then(|text| text.parse().ok()).map_or(now, |said: Timestamp| said.min(now))
}

/// The layers of these records, each once, in the order of a configuration: what is below stands before what is above.
pub(crate) fn stacks(records: &[CacheRecord]) -> Vec<Stacked> {
    let mut order: Vec<Stacked> = Vec::new();
    let mut places: HashMap<Digest, usize> = HashMap::new();
    for record in records {
        let mut below = None;
        for (chain, diff_id) in chain_ids(&record.layers).into_iter().zip(&record.layers) {
            let place = *places.entry(chain.clone()).or_insert_with(|| {
                order.push(Stacked { chain, diff_id: diff_id.clone(), below });
                order.len() - 1
            });
            below = Some(place);
        }
    }
    order
}

/// A layer upon others.
#[derive(Debug, Clone)]
pub(crate) struct Stacked {
    pub(crate) chain: Digest,
    pub(crate) diff_id: Digest,
    /// The place of the one below it.
    below: Option<usize>,
}

/// The configuration of a cache, whose layers (those of [`stacks`]) come in these blobs; and the blobs, each once, as
/// its manifest names them.
pub(crate) fn configuration(
    records: &[CacheRecord],
    stacks: &[Stacked],
    blobs: &[Descriptor],
    carrier: Carrier,
) -> Result<(Vec<u8>, Vec<Descriptor>)> {
    let places: HashMap<&Digest, usize> =
        stacks.iter().enumerate().map(|(place, stacked)| (&stacked.chain, place)).collect();
    let number = |place: usize| i64::try_from(place).unwrap_or(-1);
    let layer = |(stacked, blob): (&Stacked, &Descriptor)| DocumentLayer {
        blob: blob.digest.clone(),
        parent: stacked.below.map_or(-1, number),
    };
    let layers = stacks.iter().zip(blobs).map(layer).collect();
    let record = |record: &CacheRecord| {
        let top = chain_ids(&record.layers).pop()?;
        let created = Some(record.created.to_string());
        let results = Some(vec![DocumentResult { layer: number(*places.get(&top)?), created }]);
        Some(DocumentRecord { results, chains: None, digest: record.key.to_string(), inputs: None })
    };
    let records = records.iter().filter_map(record).collect();
    let document = Document { layers: Some(layers), records: Some(records) };
    let bytes = serde_json::to_vec(&document).map_err(|error| Error::malformed("the cache's configuration", error))?;
    let mut named: BTreeMap<Digest, Descriptor> = BTreeMap::new();
    for (stacked, blob) in stacks.iter().zip(blobs) {
        let mut blob = blob.clone();
        if carrier == Carrier::DockerList && blob.media_type == media_type::LAYER_GZIP {
            blob.media_type = media_type::DOCKER_LAYER_GZIP.into();
        }
        blob.annotations.insert(DIFF_ID.into(), stacked.diff_id.to_string());
        named.entry(blob.digest.clone()).or_insert(blob);
    }
    Ok((bytes, named.into_values().collect()))
}

/// What carries a configuration and blobs: its type, and its bytes.
pub(crate) fn carrying(
    carrier: Carrier,
    config: Descriptor,
    mut blobs: Vec<Descriptor>,
) -> Result<(&'static str, Vec<u8>)> {
    let kind = match carrier {
        Carrier::Manifest => return Ok((media_type::MANIFEST, manifest_of(config, blobs, BTreeMap::new())?)),
        Carrier::Index => media_type::INDEX,
        Carrier::DockerList => media_type::DOCKER_LIST,
    };
    blobs.push(config);
    let (schema_version, annotations) = (2, BTreeMap::new());
    let index = Index { schema_version, media_type: Some(kind.into()), manifests: blobs, annotations };
    Ok((kind, serde_json::to_vec(&index).map_err(|error| Error::malformed("index", error))?))
}

/// The descriptor of a cache's configuration.
pub(crate) fn config_descriptor(bytes: &[u8]) -> Descriptor {
    descriptor(CONFIG, crate::content::digest(bytes), bytes.len() as u64)
}

/// The cache's configuration that an index has, and the blobs of its layers.
pub(crate) fn of_index(index: &Index) -> Option<(Descriptor, &[Descriptor])> {
    let config = index.manifests.iter().find(|one| one.media_type == CONFIG)?;
    Some((config.clone(), &index.manifests))
}

/// Puts records into an image's configuration, as far as they are of its own layers. A record stands for the lowest
/// layers of the image, or for one layer that can be laid upon anything.
///
/// # Errors
/// [`Error::Malformed`] when that is no configuration.
pub(crate) fn inlined(config: &[u8], records: &[CacheRecord]) -> Result<Vec<u8>> {
    let malformed = |error: serde_json::Error| Error::malformed("configuration", error);
    let mut whole: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(config).map_err(malformed)?;
    let parsed: oci::image::Config = serde_json::from_slice(config).map_err(malformed)?;
    let own = &parsed.rootfs.diff_ids;
    let number = |place: usize| i64::try_from(place).unwrap_or(-1);
    let record = |record: &CacheRecord| {
        let created = Some(record.created.to_string());
        let digest = record.key.to_string();
        let entry = DocumentRecord { results: None, chains: None, digest, inputs: None };
        match record.layers.as_slice() {
            [] => None,
            lowest if own.starts_with(lowest) => {
                let results = Some(vec![DocumentResult { layer: number(lowest.len() - 1), created }]);
                Some(DocumentRecord { results, ..entry })
            }
            [one] => {
                let place = own.iter().position(|diff_id| diff_id == one)?;
                let chains = Some(vec![DocumentChain { layers: vec![number(place)], created }]);
                Some(DocumentRecord { chains, ..entry })
            }
            _ => None,
        }
    };
    let records: Vec<DocumentRecord> = records.iter().filter_map(record).collect();
    let records = serde_json::to_vec(&records).map_err(malformed)?;
    whole.insert(INLINE.into(), STANDARD.encode(records).into());
    serde_json::to_vec(&whole).map_err(malformed)
}

/// A layer of the store that a record is made of.
pub(crate) fn as_layer(stacked: &Stacked, blob: Descriptor) -> Layer {
    Layer { blob, diff_id: stacked.diff_id.clone(), chain: stacked.chain.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oci::image::Manifest;

    fn digest(byte: u8) -> Digest {
        Digest::sha256([byte; 32])
    }

    fn record(key: u8, layers: &[u8]) -> CacheRecord {
        let created = Timestamp::from_nanos(1_000_000_000 * i128::from(key)).unwrap();
        CacheRecord { key: digest(key), layers: layers.iter().map(|byte| digest(*byte)).collect(), created }
    }

    /// A blob's digest is its diff id's with another first byte.
    fn blobs(stacks: &[Stacked]) -> Vec<Descriptor> {
        let blob = |stacked: &Stacked| {
            let digest = format!("sha256:ff{}", &stacked.diff_id.hex()[2..]).parse().unwrap();
            descriptor(media_type::LAYER_GZIP, digest, 7)
        };
        stacks.iter().map(blob).collect()
    }

    fn diff_ids(found: &Found) -> Vec<Digest> {
        found.layers.iter().map(|layer| layer.diff_id.clone()).collect()
    }

    #[test]
    fn what_leaves_comes_back() {
        let records = [record(100, &[1, 2]), record(101, &[1, 2, 3]), record(102, &[3]), record(103, &[1, 4])];
        let stacks = stacks(&records);
        assert_eq!(stacks.len(), 5, "each chain once, and 3 upon nothing as well");
        for carrier in [Carrier::Manifest, Carrier::Index, Carrier::DockerList] {
            let (config, named) = configuration(&records, &stacks, &blobs(&stacks), carrier).unwrap();
            assert_eq!(named.len(), 4, "each blob once");
            let (kind, bytes) = carrying(carrier, config_descriptor(&config), named).unwrap();
            let (found, blobs) = match crate::pull::index(kind, &bytes).unwrap() {
                Some(index) => of_index(&index).map(|(config, blobs)| (config, blobs.to_vec())).unwrap(),
                None => {
                    let manifest: Manifest = serde_json::from_slice(&bytes).unwrap();
                    assert_eq!(manifest.config.media_type, CONFIG);
                    (manifest.config, manifest.layers)
                }
            };
            assert_eq!(found.digest, crate::content::digest(&config));
            let cache = CacheManifest::parse(&config, &blobs).unwrap();
            assert_eq!(cache.keys().count(), 4);
            for record in &records {
                let found = cache.find(&record.key).unwrap();
                assert_eq!((diff_ids(&found), found.created), (record.layers.clone(), record.created));
            }
            assert!(cache.find(&digest(9)).is_none());
        }
    }

    #[test]
    fn an_image_carries_records_of_its_own_layers() {
        let config = format!(
            r#"{{"architecture":"amd64","os":"linux","rootfs":{{"type":"layers","diff_ids":["{}","{}","{}"]}}}}"#,
            digest(1),
            digest(2),
            digest(3)
        );
        let records = [record(100, &[1, 2]), record(101, &[3]), record(102, &[1, 4]), record(103, &[])];
        let config = inlined(config.as_bytes(), &records).unwrap();
        let stacks = stacks(&[record(1, &[1, 2, 3])]);
        let cache = CacheManifest::parse_inline(&config, &blobs(&stacks)).unwrap().unwrap();
        assert_eq!(diff_ids(&cache.find(&digest(100)).unwrap()), [digest(1), digest(2)]);
        assert_eq!(diff_ids(&cache.find(&digest(101)).unwrap()), [digest(3)]);
        assert_eq!(cache.keys().count(), 2);
        assert!(CacheManifest::parse_inline(&config, &[]).is_err());
        let plain = br#"{"rootfs":{"type":"layers","diff_ids":[]}}"#;
        assert!(CacheManifest::parse_inline(plain, &[]).unwrap().is_none());
    }

    #[test]
    fn what_leads_nowhere_is_not_found() {
        let blob = Descriptor {
            annotations: BTreeMap::from([(DIFF_ID.to_owned(), digest(1).to_string())]),
            ..descriptor(media_type::LAYER_GZIP, digest(5), 1)
        };
        let parse = |layers: &str, records: &str| {
            let text = format!(r#"{{"layers":[{layers}],"records":[{records}]}}"#);
            CacheManifest::parse(text.as_bytes(), std::slice::from_ref(&blob))
        };
        let (own, key) = (format!(r#""blob":"{}""#, digest(5)), format!(r#""digest":"{}""#, digest(9)));
        // A layer upon itself; one that is not there; a number below zero; a record that has inputs.
        for (parent, record) in [
            ("0", r#""layers":[{"layer":0}]"#),
            ("-1", r#""layers":[{"layer":7}]"#),
            ("-1", r#""layers":[{"layer":-1}]"#),
            ("-1", r#""chains":[{"layers":[0,3]}]"#),
            ("-1", r#""layers":[{"layer":0}],"inputs":[[{"link":0}]]"#),
        ] {
            let cache = parse(&format!(r#"{{{own},"parent":{parent}}}"#), &format!("{{{key},{record}}}")).unwrap();
            assert!(cache.find(&digest(9)).is_none(), "{parent} {record}");
        }
        let good =
            parse(&format!(r#"{{{own},"parent":-1}}"#), &format!(r#"{{{key},"layers":[{{"layer":0}}]}}"#)).unwrap();
        assert_eq!(diff_ids(&good.find(&digest(9)).unwrap()), [digest(1)]);
        assert!(parse(&format!(r#"{{"blob":"{}"}}"#, digest(6)), "").is_err());
        assert!(CacheManifest::parse(b"7", &[]).is_err());
    }
}
