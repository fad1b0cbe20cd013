//! The state of everything that the engine knows, and what of it is kept where: [`store::ledger`] does the rest.

use std::collections::BTreeMap;
use std::sync::Arc;

use oci::Digest;
use store::Store;
use store::ledger::Noun;
use words::{ContainerId, NetworkId};

use crate::cache::CacheRecord;
use crate::container::Container;
use crate::error::Result;
use crate::image::ImageRecord;
use crate::network::Network;
use crate::volume::Volume;

/// A change in the making.
pub(crate) type Draft<'a> = store::ledger::Draft<'a, Snapshot, crate::Error>;

/// The one place that changes the state.
pub(crate) type Ledger = store::ledger::Ledger<Snapshot, crate::Error>;

/// Everything that the engine knows, at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// All containers.
    pub containers: BTreeMap<ContainerId, Arc<Container>>,
    /// All images.
    pub images: BTreeMap<Digest, Arc<ImageRecord>>,
    /// All networks.
    pub networks: BTreeMap<NetworkId, Arc<Network>>,
    /// All volumes.
    pub volumes: BTreeMap<String, Arc<Volume>>,
    /// What the builder has kept.
    pub cache: BTreeMap<Digest, Arc<CacheRecord>>,
    /// Steps of builds that run now. They are never on the disk: with the daemon that began them, they are over.
    pub(crate) steps: BTreeMap<ContainerId, Arc<Container>>,
}

/// An id as the store and people write it: digits, without what kind of id it is.
pub(crate) trait Key: Ord + Clone {
    fn key(&self) -> &str;
}

impl Key for ContainerId {
    fn key(&self) -> &str {
        self.as_str()
    }
}

impl Key for NetworkId {
    fn key(&self) -> &str {
        self.as_str()
    }
}

impl Key for Digest {
    fn key(&self) -> &str {
        self.hex()
    }
}

store::noun!(Snapshot.containers: Container, "containers", id: ContainerId, as_str);
store::noun!(Snapshot.networks: Network, "networks", id: NetworkId, as_str);
store::noun!(Snapshot.volumes: Volume, "volumes", name: String, as_str);
store::noun!(Snapshot.images: ImageRecord, "images", id: Digest, hex);
store::noun!(Snapshot.cache: CacheRecord, "build_cache", key: Digest, hex);

/// Reads the whole record. Blocks.
pub(crate) fn open(store: Store) -> Result<Ledger> {
    let snapshot = Snapshot {
        containers: Container::load(&store)?,
        images: ImageRecord::load(&store)?,
        networks: Network::load(&store)?,
        volumes: Volume::load(&store)?,
        cache: CacheRecord::load(&store)?,
        steps: BTreeMap::new(),
    };
    Ok(Ledger::new(snapshot, store))
}
