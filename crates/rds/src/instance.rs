//! Instances and snapshots: their records.
//!
//! ```text
//!   Restoring ─► Creating ─► Available ◄─► Modifying, Rebooting, BackingUp
//!                    │          │  ▲
//!                    ▼          ▼  └─ Starting ◄─ Stopped ◄─ Stopping
//!                  Failed    Deleting ─► gone
//! ```

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;

use aws::instance_type::Limits;
use aws::{AccountId, Arn, Region};
use serde::{Deserialize, Serialize};
use words::{Secret, Timestamp};

use crate::engine::{Engine, Version};
use crate::error::{Error, Result};
use crate::name::{DatabaseName, InstanceName, Key, ResourceId, SnapshotName, UserName};

/// A change in the making.
pub(crate) type Draft<'a> = store::ledger::Draft<'a, State, Error>;

/// The one place that changes instances and snapshots.
pub(crate) type Ledger = store::ledger::Ledger<State, Error>;

/// All instances and snapshots.
#[derive(Debug, Clone, Default)]
pub struct State {
    pub(crate) instances: BTreeMap<Key, Arc<Instance>>,
    pub(crate) snapshots: BTreeMap<Key, Arc<Snapshot>>,
}

impl State {
    /// The instances of a region, by name.
    pub fn instances(&self, region: &Region) -> impl Iterator<Item = &Arc<Instance>> {
        self.instances.values().filter(move |instance| instance.region == *region)
    }

    /// The snapshots of a region, by name.
    pub fn snapshots(&self, region: &Region) -> impl Iterator<Item = &Arc<Snapshot>> {
        self.snapshots.values().filter(move |snapshot| snapshot.region == *region)
    }

    /// The instance of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn instance(&self, region: &Region, name: &str) -> Result<&Arc<Instance>> {
        let found = self.instances.get(&Key::new(region, &name.to_ascii_lowercase()));
        found.ok_or_else(|| Error::NoSuchInstance(name.chars().take(64).collect()))
    }

    /// The snapshot of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn snapshot(&self, region: &Region, name: &str) -> Result<&Arc<Snapshot>> {
        let found = self.snapshots.get(&Key::new(region, &name.to_ascii_lowercase()));
        found.ok_or_else(|| Error::NoSuchSnapshot(name.chars().take(256).collect()))
    }

    /// The instance that is an environment's.
    pub fn of_environment(&self, environment: &str) -> Option<&Arc<Instance>> {
        let is = |instance: &&Arc<Instance>| {
            instance.coupled.as_ref().is_some_and(|coupled| coupled.environment == environment)
        };
        self.instances.values().find(is)
    }
}

/// An instance's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Instance {
    /// Where it is found.
    pub key: Key,
    /// What it is.
    pub id: ResourceId,
    /// Its region.
    pub region: Region,
    /// Its name.
    pub name: InstanceName,
    /// Its program.
    pub engine: Engine,
    /// That program's version.
    pub version: Version,
    /// What it may take of the machine.
    pub class: Class,
    /// The class that it is to have from its next start on.
    pub pending_class: Option<Class>,
    /// GiB that were asked for; its volume grows as it needs.
    pub storage: u32,
    /// Whether more than one zone was asked for; there is one.
    pub multi_az: bool,
    /// Whether it must not be deleted.
    pub deletion_protection: bool,
    /// The master user.
    pub user: UserName,
    /// That user's password, as it is to be.
    pub password: Secret,
    /// The password that the server has, as long as it is another.
    pub former_password: Option<Secret>,
    /// The database that is made with it.
    pub database: Option<DatabaseName>,
    /// Where it listens.
    pub port: u16,
    /// Its address, from the first time that it answered.
    pub address: Option<Ipv4Addr>,
    /// The snapshot that it was made from.
    pub made_from: Option<SnapshotName>,
    /// Whose it is.
    pub coupled: Option<Coupling>,
    /// When it was made.
    pub created: Timestamp,
    /// Where it is in its life.
    pub life: Life,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

store::noun!(State.instances: Instance, "rds-instances", key: Key, as_str);

/// What an instance may take of the machine: `db.t3.micro`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Class(String);

impl Class {
    /// Any that is formed like one. One that is not known is no limit.
    ///
    /// # Errors
    /// When it is not.
    pub fn parse(text: &str) -> Result<Self> {
        let rest = text.strip_prefix("db.").unwrap_or_default();
        let part = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let formed = rest.split_once('.').is_some_and(|(family, size)| part(family) && part(size)) && text.len() <= 64;
        if formed { Ok(Self(text.to_owned())) } else { Err(Self::invalid(text)) }
    }

    /// One that is known.
    ///
    /// # Errors
    /// When it is not.
    pub fn known(text: &str) -> Result<Self> {
        Self::parse(text).ok().filter(|class| class.limits().is_some()).ok_or_else(|| Self::invalid(text))
    }

    fn invalid(text: &str) -> Error {
        Error::parameter(format!("Invalid DB Instance class: {}", text.chars().take(64).collect::<String>()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What that is.
    pub fn limits(&self) -> Option<Limits> {
        aws::instance_type::limits(self.0.strip_prefix("db.")?)
    }
}

/// To which environment an instance belongs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coupling {
    /// Its id.
    pub environment: String,
    /// What becomes of the instance without it.
    pub policy: Policy,
}

/// What becomes of an instance when its environment has no use for it any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Policy {
    /// It goes, too.
    Delete,
    /// It stays.
    Retain,
    /// A copy of it stays.
    Snapshot,
}

/// Where an instance is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Life {
    /// Its volume is filled from this snapshot.
    Restoring(Key),
    /// It starts for the first time.
    Creating,
    /// It answers.
    Available,
    /// It starts anew with other limits, or gets another password.
    Modifying,
    /// It stops and starts.
    Rebooting,
    /// This snapshot of it is made.
    BackingUp(Key),
    /// It stops.
    Stopping,
    /// It does not run, and nobody starts it but on request.
    Stopped,
    /// It starts.
    Starting,
    /// It goes.
    Deleting {
        /// The snapshot that is made before.
        last: Option<Key>,
    },
    /// It does not run as it should.
    Failed(String),
}

impl Life {
    /// As the API writes it.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Restoring(_) | Self::Creating => "creating",
            Self::Available => "available",
            Self::Modifying => "modifying",
            Self::Rebooting => "rebooting",
            Self::BackingUp(_) => "backing-up",
            Self::Stopping => "stopping",
            Self::Stopped => "stopped",
            Self::Starting => "starting",
            Self::Deleting { .. } => "deleting",
            Self::Failed(_) => "failed",
        }
    }
}

impl Instance {
    /// Its name as a resource.
    pub fn arn(&self, account: &AccountId) -> Arn {
        Arn::new("rds", &self.region, account, format!("db:{}", self.name))
    }

    /// The password that its server has now.
    pub fn server_password(&self) -> &Secret {
        self.former_password.as_ref().unwrap_or(&self.password)
    }
}

/// A snapshot's record: what it takes to make an instance like the one that it is of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Where it is found.
    pub key: Key,
    /// What it is.
    pub id: ResourceId,
    /// Its region.
    pub region: Region,
    /// Its name.
    pub name: SnapshotName,
    /// The instance that it is of.
    pub instance: InstanceName,
    /// What that instance was.
    pub instance_id: ResourceId,
    /// When that was made.
    pub instance_created: Timestamp,
    /// Its program.
    pub engine: Engine,
    /// That program's version.
    pub version: Version,
    /// Its class.
    pub class: Class,
    /// Its GiB.
    pub storage: u32,
    /// The master user.
    pub user: UserName,
    /// That user's password in it.
    pub password: Secret,
    /// The database that was made with it.
    pub database: Option<DatabaseName>,
    /// Where it listened.
    pub port: u16,
    /// When it was made.
    pub created: Timestamp,
    /// Where it is in its life.
    pub stage: Stage,
    /// Its tags.
    pub tags: BTreeMap<String, String>,
}

store::noun!(State.snapshots: Snapshot, "rds-snapshots", key: Key, as_str);

/// Where a snapshot is in its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// It is made.
    Creating,
    /// It is there.
    Available,
    /// It could not be made.
    Failed(String),
    /// It goes.
    Deleting,
}

impl Stage {
    /// As the API writes it.
    pub fn status(&self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Available => "available",
            Self::Failed(_) => "failed",
            Self::Deleting => "deleting",
        }
    }
}

impl Snapshot {
    /// Its name as a resource.
    pub fn arn(&self, account: &AccountId) -> Arn {
        Arn::new("rds", &self.region, account, format!("snapshot:{}", self.name))
    }
}
