//! Hosted zones, their records, and what a name server says of them and of the environments' own names.
//!
//! ```text
//!   call ─► decide (change.rs) ─► commit ─► whoever watches is told: the balancer takes a zone's aliases for names of
//!                                           its environments
//!   question ─► reply (lookup.rs), over the state and the environments' names at that moment
//! ```
//!
//! What this crate does not know: HTTP, XML, sockets, environments beside their host names.
#![forbid(unsafe_code)]

mod change;
mod error;
pub mod limits;
mod lookup;
mod name;
mod record;
mod zone;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use store::Store;
use tokio::sync::watch;
use words::Timestamp;

pub use change::{Action, Change, Submitted};
pub use error::{Error, Result};
pub use lookup::{Environments, reply};
pub use name::{ChangeId, Name, ZoneId};
pub use record::{Alias, Content, Kind, RecordSet, Value};
pub use zone::{NewZone, Zone};

pub(crate) type Ledger = store::ledger::Ledger<State, Error>;
pub(crate) type Draft<'a> = store::ledger::Draft<'a, State, Error>;

/// All that is known, at one moment.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// All zones.
    pub zones: BTreeMap<ZoneId, Arc<Zone>>,
    /// The newest changes.
    pub changes: BTreeMap<ChangeId, Arc<Submitted>>,
}

store::noun!(State.zones: Zone, "route53-zones", id: ZoneId, as_str);
store::noun!(State.changes: Submitted, "route53-changes", id: ChangeId, as_str);

/// The service. Clones share it.
#[derive(Debug, Clone)]
pub struct Route53(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    ledger: Arc<Ledger>,
    /// What the names of environments end with.
    suffix: Name,
}

impl Route53 {
    /// Reads the record. Blocks.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn open(store: Store, suffix: Name) -> Result<Self> {
        let state = State { zones: store::ledger::Noun::load(&store)?, changes: store::ledger::Noun::load(&store)? };
        let ledger = Arc::new(Ledger::new(state, store));
        Ok(Self(Arc::new(Parts { ledger, suffix })))
    }

    /// Everything that is known, as one immutable value.
    pub fn state(&self) -> Arc<State> {
        self.0.ledger.snapshot()
    }

    /// The name server's own name, which zones have for theirs.
    ///
    /// # Errors
    /// When the suffix leaves no room for it.
    pub fn server(&self) -> Result<Name> {
        Environments::server(self.0.suffix.as_str()).parse()
    }

    /// Tells of each change of the records.
    pub fn watch(&self) -> watch::Receiver<()> {
        self.0.ledger.changes()
    }

    /// Makes a zone, with the records that each has.
    ///
    /// # Errors
    /// When there is one too many, or the reference was used before.
    pub async fn create_zone(&self, new: NewZone, now: Timestamp) -> Result<(Arc<Zone>, Submitted)> {
        let server = self.server()?;
        self.0
            .ledger
            .commit(move |draft| {
                let zone = zone::create(draft, new, server, now)?;
                Ok((zone, change::submit(draft, None, now)?))
            })
            .await
    }

    /// Deletes a zone that has only the records that each has.
    ///
    /// # Errors
    /// When it is not there, or has others.
    pub async fn delete_zone(&self, id: &ZoneId, now: Timestamp) -> Result<Submitted> {
        let id = id.clone();
        self.0
            .ledger
            .commit(move |draft| {
                zone::delete(draft, &id)?;
                change::submit(draft, None, now)
            })
            .await
    }

    /// Changes records, all of them or none.
    ///
    /// # Errors
    /// When one of the changes cannot be: each that cannot is told.
    pub async fn change(
        &self,
        id: &ZoneId,
        changes: Vec<Change>,
        comment: Option<String>,
        now: Timestamp,
    ) -> Result<Submitted> {
        let (id, suffix) = (id.clone(), self.0.suffix.clone());
        self.0
            .ledger
            .commit(move |draft| {
                let zone = Arc::clone(draft.zone(&id)?);
                let changed = change::apply(&zone, &changes, &suffix)?;
                draft.put(changed)?;
                change::submit(draft, comment, now)
            })
            .await
    }
}

impl State {
    /// The zone of this id.
    ///
    /// # Errors
    /// When there is none.
    pub fn zone(&self, id: &ZoneId) -> Result<&Arc<Zone>> {
        self.zones.get(id).ok_or_else(|| Error::NoSuchZone(id.clone()))
    }

    /// The names that are others of a host name, by an alias or a CNAME.
    pub fn aliases_of(&self, host: &str) -> Vec<Name> {
        let leads = |set: &RecordSet| match &set.content {
            Content::Alias(alias) => alias.target.as_str() == host,
            Content::Values { values, .. } => {
                values.iter().any(|value| matches!(value, Value::Cname(target) if target.as_str() == host))
            }
        };
        let sets = self.zones.values().flat_map(|zone| zone.sets());
        let mut found: Vec<Name> = sets.filter(|set| leads(set)).map(|set| set.name.clone()).collect();
        found.sort();
        found.dedup();
        found
    }
}
