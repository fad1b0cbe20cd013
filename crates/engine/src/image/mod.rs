//! Image names: which image a name means, and what goes when a name goes.
//!
//! The content is the image store's; the engine keeps one record an image.

pub(crate) mod content;
pub mod ops;

use std::collections::BTreeSet;
use std::sync::Arc;

use oci::{Digest, Reference};
use serde::{Deserialize, Serialize};
use words::Timestamp;

pub use content::Incoming;

/// An image's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageRecord {
    /// The digest of its configuration: what Docker calls its id.
    pub id: Digest,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// Its names with a tag.
    pub tags: BTreeSet<Reference>,
    /// Its names with a digest: where it was pulled from or pushed to.
    pub digests: BTreeSet<Reference>,
    /// Size of its unpacked layers in bytes.
    pub size: u64,
    /// The image that it was committed or built from, if that was here.
    pub parent: Option<Digest>,
    /// When it last got a name.
    pub tagged: Timestamp,
    /// Its configuration.
    pub config: Arc<oci::image::Config>,
    /// What its build has said of it; it goes with the image to registries.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attestations: Vec<image::Attestation>,
}

impl ImageRecord {
    /// When it was made; the epoch's start if it does not say.
    pub fn created(&self) -> Timestamp {
        let said = self.config.created.as_deref().and_then(|text| text.parse().ok());
        said.or_else(|| Timestamp::from_nanos(0)).unwrap_or(self.tagged)
    }

    /// Its names as people see them: tags, or digests where it has no tag.
    pub fn familiar_names(&self) -> Vec<String> {
        self.tags.iter().map(Reference::familiar).collect()
    }

    /// The first 12 digits of its id.
    pub fn short(&self) -> &str {
        &self.id.hex()[..12]
    }
}
