//! Databases, as Amazon's Relational Database Service has them: instances that run an engine on a volume of their own,
//! and snapshots of them.
//!
//! ```text
//!   call ─► decide ─► record ─► the instance's task ─► host (containers, volumes) ─► settle ─► record
//! ```
//! Each instance has a task that does what its record says is to be done, writes down what came of it, and looks again.
//! So it makes no difference whether it has just done the thing before, or has been started after a crash.
//!
//! | to understand | see |
//! |---|---|
//! | names | `name.rs` |
//! | engines, versions, what an image of one takes | `engine.rs` |
//! | the records and their life | `instance.rs` |
//! | what becomes of them | `decide.rs` |
//! | who does what is decided | `drive.rs`, `host.rs` |
//!
//! What this crate does not know: HTTP, XML, containers, what an environment is beyond its id, who asks and what they
//! may.
#![forbid(unsafe_code)]

mod decide;
mod drive;
pub mod engine;
mod error;
pub mod host;
mod instance;
pub mod limits;
mod name;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use aws::{AccountId, Region};
use store::Store;
use store::ledger::Noun;
use tokio::sync::Notify;
use words::Timestamp;

pub use decide::{Changes, NewInstance, Restore, Wanted};
pub use engine::{Engine, Version};
pub use error::{Error, Result};
pub use host::{Failure, Host};
pub use instance::{Class, Coupling, Instance, Life, Policy, Snapshot, Stage, State};
pub use name::{DatabaseName, InstanceName, Key, ResourceId, SnapshotName, UserName};

use instance::{Draft, Ledger};

/// The databases of an account. Clones share them.
#[derive(Clone)]
pub struct Rds(Arc<Parts>);

struct Parts {
    account: AccountId,
    ledger: Arc<Ledger>,
    host: Arc<dyn Host>,
    /// Who works on which instance: woken when its record has changed.
    tasks: Mutex<HashMap<Key, Arc<Notify>>>,
}

/// Not what it holds: passwords.
impl std::fmt::Debug for Rds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rds").field("account", &self.0.account).finish_non_exhaustive()
    }
}

/// Tags of what: an instance or a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resource {
    /// An instance, by its name.
    Instance(String),
    /// A snapshot, by its name.
    Snapshot(String),
}

impl Rds {
    /// Reads the record. Blocks.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub fn open(store: Store, account: AccountId, host: Arc<dyn Host>) -> Result<Self> {
        let (instances, snapshots) = (Instance::load(&store)?, Snapshot::load(&store)?);
        let ledger = Arc::new(Ledger::new(State { instances, snapshots }, store));
        Ok(Self(Arc::new(Parts { account, ledger, host, tasks: Mutex::default() })))
    }

    /// Goes on with what was begun, and makes every instance run that is to.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn resume(&self) -> Result<()> {
        self.0.ledger.commit(decide::give_up_orphans).await?;
        let state = self.state();
        for instance in state.instances.values() {
            self.wake(&instance.key);
        }
        for snapshot in state.snapshots.values().filter(|snapshot| snapshot.stage == Stage::Deleting) {
            self.forget(Arc::clone(snapshot));
        }
        Ok(())
    }

    /// Whose they are.
    pub fn account(&self) -> &AccountId {
        &self.0.account
    }

    /// All of them, now.
    pub fn state(&self) -> Arc<State> {
        self.0.ledger.snapshot()
    }

    /// Decides upon an instance, and has its task look at what was decided.
    async fn order(
        &self,
        decide: impl FnOnce(&mut Draft<'_>) -> Result<Arc<Instance>> + Send + 'static,
    ) -> Result<Arc<Instance>> {
        let instance = self.0.ledger.commit(decide).await?;
        self.wake(&instance.key);
        Ok(instance)
    }

    /// Makes an instance. What it takes until it answers is done after this.
    ///
    /// # Errors
    /// When a name is taken, or something cannot be.
    pub async fn create(&self, new: NewInstance, now: Timestamp) -> Result<Arc<Instance>> {
        self.order(move |draft| decide::create(draft, new, None, now)).await
    }

    /// Makes an instance with the data of a snapshot.
    ///
    /// # Errors
    /// When a name is taken, or the snapshot is not there.
    pub async fn restore(
        &self,
        region: &Region,
        snapshot: &str,
        name: InstanceName,
        restore: Restore,
        now: Timestamp,
    ) -> Result<Arc<Instance>> {
        let key = self.state().snapshot(region, snapshot)?.key.clone();
        self.order(move |draft| decide::restore(draft, &key, name, restore, None, now)).await
    }

    /// Changes an instance.
    ///
    /// # Errors
    /// When it is not there, or something cannot be.
    pub async fn modify(&self, region: &Region, name: &str, changes: Changes) -> Result<Arc<Instance>> {
        let key = self.state().instance(region, name)?.key.clone();
        self.order(move |draft| decide::modify(draft, &key, changes)).await
    }

    /// Lets an instance start anew.
    ///
    /// # Errors
    /// When it is not there, or does not run.
    pub async fn reboot(&self, region: &Region, name: &str) -> Result<Arc<Instance>> {
        let key = self.state().instance(region, name)?.key.clone();
        self.order(move |draft| decide::reboot(draft, &key)).await
    }

    /// Stops an instance.
    ///
    /// # Errors
    /// When it is not there, does not run, or belongs to an environment.
    pub async fn stop(&self, region: &Region, name: &str) -> Result<Arc<Instance>> {
        let key = self.state().instance(region, name)?.key.clone();
        self.order(move |draft| decide::stop(draft, &key)).await
    }

    /// Starts an instance that was stopped.
    ///
    /// # Errors
    /// When it is not there, or was not stopped.
    pub async fn start(&self, region: &Region, name: &str) -> Result<Arc<Instance>> {
        let key = self.state().instance(region, name)?.key.clone();
        self.order(move |draft| decide::start(draft, &key)).await
    }

    /// Deletes an instance, perhaps after a snapshot was made of it.
    ///
    /// # Errors
    /// When it is not there, is protected, or belongs to an environment.
    pub async fn delete(
        &self,
        region: &Region,
        name: &str,
        last: Option<SnapshotName>,
        now: Timestamp,
    ) -> Result<Arc<Instance>> {
        let key = self.state().instance(region, name)?.key.clone();
        self.order(move |draft| decide::delete(draft, &key, last, now)).await
    }

    /// Makes a snapshot of an instance.
    ///
    /// # Errors
    /// When it is not there or does not run, or the snapshot's name is taken.
    pub async fn snapshot(
        &self,
        region: &Region,
        name: &str,
        snapshot: SnapshotName,
        tags: BTreeMap<String, String>,
        now: Timestamp,
    ) -> Result<Arc<Snapshot>> {
        let key = self.state().instance(region, name)?.key.clone();
        let of = key.clone();
        let made = self.0.ledger.commit(move |draft| decide::snapshot(draft, &of, snapshot, tags, now)).await?;
        self.wake(&key);
        Ok(made)
    }

    /// Deletes a snapshot.
    ///
    /// # Errors
    /// When it is not there, or used.
    pub async fn delete_snapshot(&self, region: &Region, name: &str) -> Result<Arc<Snapshot>> {
        let key = self.state().snapshot(region, name)?.key.clone();
        let snapshot = self.0.ledger.commit(move |draft| decide::delete_snapshot(draft, &key)).await?;
        self.forget(Arc::clone(&snapshot));
        Ok(snapshot)
    }

    /// The tags of an instance or a snapshot.
    ///
    /// # Errors
    /// When it is not there.
    pub fn tags(&self, region: &Region, of: &Resource) -> Result<BTreeMap<String, String>> {
        let state = self.state();
        Ok(match of {
            Resource::Instance(name) => state.instance(region, name)?.tags.clone(),
            Resource::Snapshot(name) => state.snapshot(region, name)?.tags.clone(),
        })
    }

    /// Changes the tags of an instance or a snapshot.
    ///
    /// # Errors
    /// When it is not there, or there are too many.
    pub async fn tag(
        &self,
        region: &Region,
        of: Resource,
        add: BTreeMap<String, String>,
        remove: Vec<String>,
    ) -> Result<()> {
        let region = region.clone();
        let decide = move |draft: &mut Draft<'_>| match of {
            Resource::Instance(name) => {
                let mut instance = Instance::clone(draft.instance(&region, &name)?);
                instance.tags = decide::tagged(&instance.tags, add, &remove)?;
                draft.put(instance).map(drop)
            }
            Resource::Snapshot(name) => {
                let mut snapshot = Snapshot::clone(draft.snapshot(&region, &name)?);
                snapshot.tags = decide::tagged(&snapshot.tags, add, &remove)?;
                draft.put(snapshot).map(drop)
            }
        };
        self.0.ledger.commit(decide).await
    }

    /// The database of an environment, as it is now.
    pub fn of_environment(&self, environment: &str) -> Option<Arc<Instance>> {
        self.state().of_environment(environment).cloned()
    }

    /// Makes the database of an environment, or changes it to what is wanted.
    ///
    /// # Errors
    /// When it cannot be as it is wanted.
    pub async fn couple(&self, wanted: Wanted, now: Timestamp) -> Result<Arc<Instance>> {
        self.order(move |draft| decide::couple(draft, wanted, now)).await
    }

    /// Waits until an instance answers, and has the password that it is to have.
    ///
    /// # Errors
    /// When it fails, or goes.
    pub async fn await_available(&self, key: &Key) -> std::result::Result<Arc<Instance>, Failure> {
        let mut changed = self.0.ledger.changes();
        loop {
            let Some(instance) = self.state().instances.get(key).cloned() else {
                return Err(Failure("the database is gone".into()));
            };
            match &instance.life {
                Life::Available => return Ok(instance),
                Life::Failed(why) => return Err(Failure(why.clone())),
                Life::Deleting { .. } => return Err(Failure("the database is being deleted".into())),
                _ => {}
            }
            // The sender is this one's own, and does not go before it.
            if changed.changed().await.is_err() {
                return Err(Failure("the service ends".into()));
            }
        }
    }

    /// Takes its database from an environment that has no use for it any more: what becomes of it is its policy's.
    /// Nothing, when the environment has none.
    ///
    /// # Errors
    /// When the record cannot be written.
    pub async fn decouple(&self, environment: &str, now: Timestamp) -> Result<Option<Arc<Instance>>> {
        let of = environment.to_owned();
        // Most have none, and nothing is written for them.
        if self.of_environment(environment).is_none() {
            return Ok(None);
        }
        let decoupled = self.0.ledger.commit(move |draft| decide::decouple(draft, &of, now)).await?;
        decoupled.iter().for_each(|instance| self.wake(&instance.key));
        Ok(decoupled)
    }

    /// Waits until an instance that is being deleted is gone.
    pub async fn await_gone(&self, instance: &Instance) {
        let mut changed = self.0.ledger.changes();
        while matches!(instance.life, Life::Deleting { .. }) && self.is_there(instance) {
            if changed.changed().await.is_err() {
                return;
            }
        }
    }

    fn is_there(&self, instance: &Instance) -> bool {
        self.state().instances.get(&instance.key).is_some_and(|there| there.id == instance.id)
    }
}

#[cfg(test)]
mod tests;
