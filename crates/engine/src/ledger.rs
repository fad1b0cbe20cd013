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

impl Noun<Snapshot> for Container {
    type Id = ContainerId;
    fn id(&self) -> ContainerId {
        self.id.clone()
    }
    fn key_of(id: &ContainerId) -> &str {
        id.key()
    }
    fn all(snapshot: &mut Snapshot) -> &mut BTreeMap<ContainerId, Arc<Self>> {
        &mut snapshot.containers
    }
}

impl Noun<Snapshot> for Network {
    type Id = NetworkId;
    fn id(&self) -> NetworkId {
        self.id.clone()
    }
    fn key_of(id: &NetworkId) -> &str {
        id.key()
    }
    fn all(snapshot: &mut Snapshot) -> &mut BTreeMap<NetworkId, Arc<Self>> {
        &mut snapshot.networks
    }
}

impl Noun<Snapshot> for Volume {
    type Id = String;
    fn id(&self) -> String {
        self.name.clone()
    }
    fn key_of(id: &String) -> &str {
        id
    }
    fn all(snapshot: &mut Snapshot) -> &mut BTreeMap<String, Arc<Self>> {
        &mut snapshot.volumes
    }
}

impl Noun<Snapshot> for ImageRecord {
    type Id = Digest;
    fn id(&self) -> Digest {
        self.id.clone()
    }
    fn key_of(id: &Digest) -> &str {
        id.key()
    }
    fn all(snapshot: &mut Snapshot) -> &mut BTreeMap<Digest, Arc<Self>> {
        &mut snapshot.images
    }
}

impl Noun<Snapshot> for CacheRecord {
    type Id = Digest;
    fn id(&self) -> Digest {
        self.key.clone()
    }
    fn key_of(id: &Digest) -> &str {
        id.key()
    }
    fn all(snapshot: &mut Snapshot) -> &mut BTreeMap<Digest, Arc<Self>> {
        &mut snapshot.cache
    }
}

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
