//! What the builder has kept: records of results and of directories, so that they are counted, shown and given back.

use std::collections::BTreeSet;

use oci::Digest;
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::Engine;
use crate::error::Result;

/// A record of the build cache.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CacheRecord {
    /// What it is found by: the digest of what was done and of what that used.
    pub key: Digest,
    /// What it holds.
    pub held: Held,
    /// What people read: the instruction, or what the directory is for.
    pub description: String,
    /// Bytes on the disk that are there for this record alone.
    pub size: u64,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last of use.
    pub used: Timestamp,
    /// How often it was of use.
    pub uses: u64,
}

/// What a record holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Held {
    /// The result of a vertex: diff ids of its layers, lowest first.
    Layers(Vec<Digest>),
    /// The directory of a cache mount, by its name below the builder's root.
    Mount(String),
    /// What was received of a client's directory, by its name below the builder's root.
    Local(String),
}

impl crate::Snapshot {
    /// What the cache's results are made of: the layers of each, by their diff ids, lowest first.
    pub(crate) fn cached_layers(&self) -> Vec<Vec<Digest>> {
        let held = self.cache.values().filter_map(|record| match &record.held {
            Held::Layers(layers) => Some(layers.clone()),
            Held::Mount(_) | Held::Local(_) => None,
        });
        held.collect()
    }
}

impl Engine {
    /// Keeps a record of the build cache, in place of the one with the same key.
    ///
    /// # Errors
    /// When the disk refuses it.
    pub async fn keep_cache(&self, record: CacheRecord) -> Result<()> {
        self.ledger().commit(move |draft| draft.put(record).map(drop)).await
    }

    /// Says that records were of use just now. A record that is gone meanwhile stays gone.
    ///
    /// # Errors
    /// When the disk refuses it.
    pub async fn touch_cache(&self, keys: BTreeSet<Digest>) -> Result<()> {
        let now = Timestamp::now();
        let touched = self.ledger().commit(move |draft| {
            for key in keys {
                if let Some(record) = draft.cache.get(&key).cloned() {
                    draft.put(CacheRecord { used: now, uses: record.uses + 1, ..CacheRecord::clone(&record) })?;
                }
            }
            Ok(())
        });
        touched.await
    }

    /// Forgets records of the build cache, and the layers that only they held.
    ///
    /// # Errors
    /// When the disk refuses it.
    pub async fn forget_cache(&self, keys: BTreeSet<Digest>) -> Result<()> {
        let forgotten = self.ledger().commit(move |draft| {
            draft.essential();
            keys.iter().for_each(|key| draft.remove::<CacheRecord>(key));
            Ok(())
        });
        forgotten.await?;
        self.collect().await
    }
}
