//! The cache: what it takes, and giving it back.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::cache::{CacheRecord, Held};
use oci::Digest;
use words::Timestamp;

use crate::{Builder, Error, Result, limits};

/// A record of the cache, as people ask for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// The record.
    pub record: Arc<CacheRecord>,
    /// An image has what it holds, too: giving it back gives no room.
    pub shared: bool,
    /// A build uses it now.
    pub in_use: bool,
}

/// What is to be given back.
#[derive(Debug, Clone, Default)]
pub struct PruneRequest {
    /// Also what images have.
    pub all: bool,
    /// Leave the records that were of use last, up to this many bytes.
    pub keep_bytes: Option<u64>,
    /// Leave what was of use within this time.
    pub keep_duration: Option<std::time::Duration>,
    /// Only these records; every one when it is empty.
    pub ids: BTreeSet<Digest>,
    /// Only records of these kinds ([`kind`]); every one when it is empty.
    pub kinds: BTreeSet<String>,
}

/// BuildKit's word for what a record holds.
pub fn kind(record: &CacheRecord) -> &'static str {
    match &record.held {
        Held::Layers(_) => "regular",
        Held::Mount(_) => "exec.cachemount",
        Held::Local(_) => "source.local",
    }
}

/// The directories that records tell of, by their names below the builder's root.
pub(crate) fn directories(engine: &engine::Engine) -> BTreeSet<String> {
    let snapshot = engine.snapshot();
    let named = snapshot.cache.values().filter_map(|record| match &record.held {
        Held::Mount(name) | Held::Local(name) => Some(name.clone()),
        Held::Layers(_) => None,
    });
    named.collect()
}

impl Builder {
    /// What the cache holds, what was of use last first.
    pub fn usage(&self) -> Vec<Usage> {
        let snapshot = self.engine().snapshot();
        let images: Vec<&[Digest]> =
            snapshot.images.values().map(|image| image.config.rootfs.diff_ids.as_slice()).collect();
        let mut all: Vec<Usage> = snapshot
            .cache
            .values()
            .map(|record| Usage {
                record: Arc::clone(record),
                shared: match &record.held {
                    Held::Layers(layers) => images.iter().any(|image| image.starts_with(layers)),
                    Held::Mount(_) | Held::Local(_) => false,
                },
                in_use: !self.is_idle(&record.held),
            })
            .collect();
        all.sort_by_key(|usage| std::cmp::Reverse(usage.record.used));
        all
    }

    fn is_idle(&self, held: &Held) -> bool {
        match held {
            // A build that runs keeps the layers that it uses, whether or not their record is there.
            Held::Layers(_) => true,
            Held::Mount(name) => self.0.mounts.idle(base(name)).is_some(),
            Held::Local(name) => self.0.locals.idle(base(name)).is_some(),
        }
    }

    /// Gives back what is asked for; tells what has gone.
    ///
    /// # Errors
    /// When the disk refuses to forget.
    pub async fn prune(&self, request: &PruneRequest) -> Result<Vec<Usage>> {
        let gone = decide(self.usage(), request, Timestamp::now());
        self.forget(&gone).await?;
        Ok(gone)
    }

    /// Gives back what is beyond the limit. Called after a build.
    pub(crate) async fn collect(&self) {
        let keep_duration = Some(limits::CACHE_GRACE);
        let request = PruneRequest { keep_bytes: Some(self.0.keep), keep_duration, ..PruneRequest::default() };
        if let Err(error) = self.prune(&request).await {
            tracing::warn!(%error, "making room in the build cache");
        }
    }

    async fn forget(&self, gone: &[Usage]) -> Result<()> {
        if gone.is_empty() {
            return Ok(());
        }
        let mut keys = BTreeSet::new();
        for usage in gone {
            // The directory first: without its record nobody would count it.
            let (builder, held) = (self.clone(), usage.record.held.clone());
            let removed = crate::blocking(move || builder.remove(&held)).await?;
            if removed {
                keys.insert(usage.record.key.clone());
            }
        }
        self.engine().forget_cache(keys).await?;
        // What is remembered of files is of use as long as they can be asked for again.
        if !self.engine().snapshot().cache.values().any(|record| matches!(record.held, Held::Local(_))) {
            self.0.solver.digests.clear();
        }
        Ok(())
    }

    /// Removes a directory unless it is in use. Blocks.
    fn remove(&self, held: &Held) -> Result<bool> {
        let (name, guard): (_, Option<Box<dyn std::any::Any>>) = match held {
            Held::Layers(_) => return Ok(true),
            Held::Mount(name) => (name, self.0.mounts.idle(base(name)).map(|guard| Box::new(guard) as _)),
            Held::Local(name) => (name, self.0.locals.idle(base(name)).map(|guard| Box::new(guard) as _)),
        };
        let Some(_guard) = guard else { return Ok(false) };
        let path = self.0.root.join(name);
        match sys::remove::path(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io(format!("removing {}", path.display()), error))
            }
            _ => Ok(true),
        }
    }
}

fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// Decides what goes: what was of use last stays as far as there is room.
fn decide(all: Vec<Usage>, request: &PruneRequest, now: Timestamp) -> Vec<Usage> {
    let mut kept = 0_u64;
    let mut gone = Vec::new();
    for usage in all {
        let record = &usage.record;
        let asked = (request.ids.is_empty() || request.ids.contains(&record.key))
            && (request.kinds.is_empty() || request.kinds.contains(kind(record)))
            && (request.all || !usage.shared);
        let recent = request.keep_duration.is_some_and(|keep| now.since(record.used) < keep);
        let size = if usage.shared { 0 } else { record.size };
        let fits = request.keep_bytes.is_some_and(|keep| kept.saturating_add(size) <= keep);
        if !asked || usage.in_use || recent || fits {
            kept = kept.saturating_add(size);
        } else {
            gone.push(usage);
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(number: u8, size: u64, used: i128, shared: bool) -> Usage {
        let time = Timestamp::from_nanos(used * 1_000_000_000).unwrap();
        let record = CacheRecord {
            key: Digest::sha256([number; 32]),
            held: Held::Layers(Vec::new()),
            description: String::new(),
            size,
            created: time,
            used: time,
            uses: 1,
        };
        Usage { record: Arc::new(record), shared, in_use: false }
    }

    #[test]
    fn what_was_of_use_last_stays() {
        let now = Timestamp::from_nanos(1_000_000_000_000).unwrap();
        let all = || {
            vec![usage(1, 10, 999, false), usage(2, 10, 500, true), usage(3, 10, 400, false), usage(4, 10, 1, false)]
        };
        let gone = |request: PruneRequest| {
            let gone = decide(all(), &request, now);
            gone.iter().map(|usage| usage.record.key.hex()[..2].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(gone(PruneRequest::default()), ["01", "03", "04"]);
        assert_eq!(gone(PruneRequest { all: true, ..Default::default() }), ["01", "02", "03", "04"]);
        assert_eq!(gone(PruneRequest { keep_bytes: Some(20), ..Default::default() }), ["04"]);
        let keep_duration = Some(std::time::Duration::from_secs(60));
        assert_eq!(gone(PruneRequest { keep_duration, ..Default::default() }), ["03", "04"]);
        let ids = BTreeSet::from([Digest::sha256([3; 32])]);
        assert_eq!(gone(PruneRequest { ids, ..Default::default() }), ["03"]);
        let kinds = BTreeSet::from(["source.local".to_owned()]);
        assert_eq!(gone(PruneRequest { kinds, ..Default::default() }), Vec::<String>::new());
    }
}
