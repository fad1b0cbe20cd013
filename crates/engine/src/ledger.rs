//! The state of everything: in memory to be read, in the store to last.
//!
//! Readers take a [`Snapshot`], an immutable value, and hold no lock. A change is made in a [`Draft`]: it is applied
//! to memory and queued for the store in one step, and [`Ledger::commit`] answers when it is durable. If the disk
//! refuses it, the change is taken back; since every command holds the lock of the object that it changes until
//! then, nothing else can have built upon it.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use oci::Digest;
use store::{Batch, Record, Store};
use words::{ContainerId, NetworkId};

use crate::cache::CacheRecord;
use crate::container::Container;
use crate::error::Result;
use crate::image::ImageRecord;
use crate::network::Network;
use crate::volume::Volume;

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
pub(crate) trait Key: Ord + Clone + Send + 'static {
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

impl Key for String {
    fn key(&self) -> &str {
        self
    }
}

impl Key for Digest {
    fn key(&self) -> &str {
        self.hex()
    }
}

/// A record that the ledger keeps.
pub(crate) trait Noun: Record + Clone + Send + Sync + 'static {
    type Id: Key;
    fn id(&self) -> Self::Id;
    fn all(snapshot: &mut Snapshot) -> &mut BTreeMap<Self::Id, Arc<Self>>;
}

impl Noun for Container {
    type Id = ContainerId;
    fn id(&self) -> ContainerId {
        self.id.clone()
    }
    fn all(snapshot: &mut Snapshot) -> &mut BTreeMap<ContainerId, Arc<Self>> {
        &mut snapshot.containers
    }
}

impl Noun for Network {
    type Id = NetworkId;
    fn id(&self) -> NetworkId {
        self.id.clone()
    }
    fn all(snapshot: &mut Snapshot) -> &mut BTreeMap<NetworkId, Arc<Self>> {
        &mut snapshot.networks
    }
}

impl Noun for Volume {
    type Id = String;
    fn id(&self) -> String {
        self.name.clone()
    }
    fn all(snapshot: &mut Snapshot) -> &mut BTreeMap<String, Arc<Self>> {
        &mut snapshot.volumes
    }
}

impl Noun for ImageRecord {
    type Id = Digest;
    fn id(&self) -> Digest {
        self.id.clone()
    }
    fn all(snapshot: &mut Snapshot) -> &mut BTreeMap<Digest, Arc<Self>> {
        &mut snapshot.images
    }
}

impl Noun for CacheRecord {
    type Id = Digest;
    fn id(&self) -> Digest {
        self.key.clone()
    }
    fn all(snapshot: &mut Snapshot) -> &mut BTreeMap<Digest, Arc<Self>> {
        &mut snapshot.cache
    }
}

type Undo = Box<dyn FnOnce(&mut Snapshot) + Send>;

/// A change in the making.
pub(crate) struct Draft<'a> {
    snapshot: &'a mut Snapshot,
    batch: Batch,
    undo: Vec<Undo>,
}

impl Draft<'_> {
    /// Puts a record in place of the one with the same id.
    pub(crate) fn put<N: Noun>(&mut self, record: N) -> Result<Arc<N>> {
        self.batch.put(&record)?;
        let record = Arc::new(record);
        let id = record.id();
        let before = N::all(self.snapshot).insert(id.clone(), Arc::clone(&record));
        self.remember(id, before);
        Ok(record)
    }

    /// Removes the record with this id.
    pub(crate) fn remove<N: Noun>(&mut self, id: &N::Id) {
        let before = N::all(self.snapshot).remove(id);
        self.batch.delete::<N>(id.key());
        self.remember(id.clone(), before);
    }

    /// Says that this change records what has happened, or gives back: it is written on a full disk, too
    /// ([`Batch::essential`]). It makes nothing new.
    pub(crate) fn essential(&mut self) {
        self.batch.essential();
    }

    fn remember<N: Noun>(&mut self, id: N::Id, before: Option<Arc<N>>) {
        self.undo.push(Box::new(move |snapshot| {
            let all = N::all(snapshot);
            match before {
                Some(before) => all.insert(id, before),
                None => all.remove(&id),
            };
        }));
    }
}

impl std::ops::Deref for Draft<'_> {
    type Target = Snapshot;
    fn deref(&self) -> &Snapshot {
        self.snapshot
    }
}

/// The one place that changes the state.
#[derive(Debug)]
pub(crate) struct Ledger {
    current: RwLock<Arc<Snapshot>>,
    store: Store,
}

impl Ledger {
    /// Reads the whole record. Blocks.
    pub(crate) fn open(store: Store) -> Result<Self> {
        fn all<N: Noun>(store: &Store) -> Result<BTreeMap<N::Id, Arc<N>>> {
            Ok(store.load::<N>()?.into_iter().map(|record| (record.id(), Arc::new(record))).collect())
        }
        let snapshot = Snapshot {
            containers: all(&store)?,
            images: all(&store)?,
            networks: all(&store)?,
            volumes: all(&store)?,
            cache: all(&store)?,
            steps: BTreeMap::new(),
        };
        Ok(Self { current: RwLock::new(Arc::new(snapshot)), store })
    }

    /// The state now.
    pub(crate) fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Decides upon the present state and commits what was decided. The decision sees the state that it changes:
    /// nobody else changes it meanwhile. If the decision is an error, nothing has changed.
    ///
    /// The change is queued when this function is called, before the future is first polled.
    pub(crate) fn commit<T, D>(self: &Arc<Self>, decide: D) -> impl Future<Output = Result<T>> + Send + use<T, D>
    where
        T: Send + 'static,
        D: FnOnce(&mut Draft<'_>) -> Result<T>,
    {
        let decided = self.apply(decide);
        let ledger = Arc::clone(self);
        async move {
            let (value, durable, undo) = decided?;
            if let Err(error) = durable.await {
                ledger.with(|snapshot| undo.into_iter().rev().for_each(|step| step(snapshot)));
                return Err(error.into());
            }
            Ok(value)
        }
    }

    #[allow(clippy::type_complexity, reason = "used once, right above")]
    fn apply<T, D>(
        &self,
        decide: D,
    ) -> Result<(T, impl Future<Output = std::result::Result<(), store::Error>> + Send + use<T, D>, Vec<Undo>)>
    where
        D: FnOnce(&mut Draft<'_>) -> Result<T>,
    {
        self.with(|snapshot| {
            let mut draft = Draft { snapshot, batch: Batch::new(), undo: Vec::new() };
            match decide(&mut draft) {
                Ok(value) => {
                    let Draft { batch, undo, .. } = draft;
                    // Queued under the lock, so that the store sees changes in the order in which they were decided.
                    Ok((value, self.store.commit(batch), undo))
                }
                Err(error) => {
                    let Draft { snapshot, undo, .. } = draft;
                    undo.into_iter().rev().for_each(|step| step(snapshot));
                    Err(error)
                }
            }
        })
    }

    /// Changes what of a container is known only while the daemon runs: nothing is written.
    pub(crate) fn note(&self, id: &ContainerId, change: impl FnOnce(&mut Container)) {
        self.with(|snapshot| {
            if let Some(container) = snapshot.containers.get_mut(id) {
                change(Arc::make_mut(container));
            }
        });
    }

    /// Changes what is known only while the daemon runs: nothing is written.
    pub(crate) fn with<T>(&self, change: impl FnOnce(&mut Snapshot) -> T) -> T {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut current))
    }
}
