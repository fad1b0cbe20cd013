//! Environments: where a version runs.
//!
//! ```text
//!              ┌────────── queue ──────────┐
//!   Launching ─┴─► Ready ◄─► Updating ─────┘
//!                    └─► Terminating ─► Terminated ─► Launching (restored)
//! ```
//! What changes an environment is an [`Operation`]: a release is prepared, a plan of steps is made from policy and
//! copies, and the steps are done one after the other ([`crate::drive`]); when one fails, the steps back are. All of it
//! is in the record, so that a daemon that dies goes on where it was.

pub mod change;
mod compose;
pub(crate) mod decide;
mod group;
mod ops;
mod ports;
mod release;
pub(crate) mod scale;
pub(crate) mod settings;
#[cfg(test)]
pub(crate) mod tests;
pub mod view;

use std::collections::BTreeMap;

use aws::{AccountId, Arn, Region};
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::event::About;
use crate::fleet::{Copy, LogKind, ReleaseId, Split};
use crate::name::{ApplicationName, EnvironmentId, EnvironmentName, InstanceId, RequestId, TemplateName, VersionLabel};
use crate::option::{Origin, Setting, Tier};
use crate::plan::Step;
use crate::platform::PlatformVersion;
use crate::tag::Tags;

pub use group::Sizes;
pub use ops::{NewEnvironment, Update};
pub use release::Release;

/// An environment's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Environment {
    /// Its id.
    pub id: EnvironmentId,
    /// Its region.
    pub region: Region,
    /// Its application.
    pub application: ApplicationName,
    /// Its name.
    pub name: EnvironmentName,
    /// What its owner says of it.
    pub description: Option<String>,
    /// The group of environments that were composed together.
    pub group: Option<String>,
    /// The environments that its manifest links to, by the properties that lead there.
    #[serde(default)]
    pub links: BTreeMap<String, EnvironmentName>,
    /// The first part of its CNAME.
    pub cname: Option<String>,
    /// Web or worker.
    pub tier: Tier,
    /// Its tags.
    pub tags: Tags,
    /// The role that is named for operations; none is needed here.
    pub operations_role: Option<String>,
    /// The port of its own, on which its first listener answers.
    pub port: u16,
    /// The ports of its own for its further listeners, by theirs.
    #[serde(default)]
    pub ports: BTreeMap<u16, u16>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was changed.
    pub updated: Timestamp,
    /// Where it is in its life.
    pub life: Life,
    /// The number of its last deployment.
    pub deployments: u64,
    /// The releases that it knows: that which runs, that which is to, the one before.
    pub releases: BTreeMap<ReleaseId, Release>,
    /// The release that it has.
    pub current: Option<ReleaseId>,
    /// The release that it had before.
    pub previous: Option<ReleaseId>,
    /// The last release before of another version: the one that it can go back to.
    #[serde(default)]
    pub fallback: Option<ReleaseId>,
    /// How many instances it is to have, between its minimum and its maximum.
    pub desired: usize,
    /// What runs.
    pub copies: Vec<Copy>,
    /// How requests are shared, if not evenly.
    pub split: Option<Split>,
    /// Instances are being replaced, added or removed without anybody having asked.
    pub tending: Option<Tending>,
    /// What was asked for meanwhile, in order.
    pub queue: Vec<Queued>,
    /// Logs that were asked for, the newest of each kind.
    pub logs: BTreeMap<LogKind, Vec<LogEntry>>,
    /// When each instance was launched.
    pub instances: BTreeMap<InstanceId, Timestamp>,
    /// When its trigger changed the number of instances last.
    #[serde(default)]
    pub scaled: Option<Timestamp>,
    /// It has another's CNAME, and that one its, and the balancer is to follow.
    #[serde(default)]
    pub swapping: Option<Swapping>,
    /// What it has done by itself, in its windows.
    #[serde(default)]
    pub managed: Vec<crate::managed::Done>,
}

/// Where an environment is in its life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Life {
    /// It is made.
    Launching(Operation),
    /// Nothing is done to it.
    Ready,
    /// It is changed.
    Updating(Operation),
    /// It goes.
    Terminating {
        /// On whose request.
        request: RequestId,
        /// Since when.
        started: Timestamp,
    },
    /// It is gone; its record stays for a while, so that it can be restored.
    Terminated {
        /// Since when.
        at: Timestamp,
    },
}

impl Life {
    /// It is gone.
    pub fn is_terminated(&self) -> bool {
        matches!(self, Self::Terminated { .. })
    }

    /// It goes or is gone.
    pub fn is_terminating(&self) -> bool {
        matches!(self, Self::Terminating { .. } | Self::Terminated { .. })
    }

    /// What is done to it.
    pub fn operation(&self) -> Option<&Operation> {
        match self {
            Self::Launching(operation) | Self::Updating(operation) => Some(operation),
            Self::Ready | Self::Terminating { .. } | Self::Terminated { .. } => None,
        }
    }

    /// Can what is done to it be ended? Not what goes back already.
    pub fn is_abortable(&self) -> bool {
        self.operation().is_some_and(|operation| !matches!(operation.stage, Stage::Returning { .. }))
    }

    pub(crate) fn operation_mut(&mut self) -> Option<&mut Operation> {
        match self {
            Self::Launching(operation) | Self::Updating(operation) => Some(operation),
            Self::Ready | Self::Terminating { .. } | Self::Terminated { .. } => None,
        }
    }
}

/// What is done to an environment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// What it is.
    pub kind: Kind,
    /// On whose request.
    pub request: RequestId,
    /// Since when.
    pub started: Timestamp,
    /// The release that it is to have then.
    pub release: ReleaseId,
    /// How far it is.
    pub stage: Stage,
    /// What ran before.
    pub before: Vec<Copy>,
    /// How many there were to be before.
    pub desired: usize,
}

/// What an operation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A new environment, or one that is restored.
    Launch,
    /// Another version.
    Deploy,
    /// Other settings.
    Configure,
    /// All instances anew.
    Rebuild,
    /// The same release once more.
    Restart,
    /// New instances in place of the old ones.
    Refresh,
}

/// How far an operation is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// The release is prepared.
    Preparing,
    /// The steps are done.
    Running(Progress),
    /// It has failed, and the steps back are done.
    Returning {
        /// How far these are.
        progress: Progress,
        /// Why.
        cause: String,
        /// Somebody wanted it.
        aborted: bool,
    },
}

/// Steps, and which of them is at work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// All of them.
    pub steps: Vec<Step>,
    /// The one at work; its changes are in the copies.
    pub at: usize,
    /// Since when.
    pub since: Timestamp,
}

/// What an environment does by itself, while it is ready.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tending {
    /// What is done.
    pub progress: Progress,
    /// Why.
    pub why: String,
}

/// Settings that were asked for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Directly.
    pub direct: Vec<Setting>,
    /// By a saved configuration.
    pub saved: Option<(TemplateName, Vec<Setting>)>,
}

impl Settings {
    /// The same with TLS, unless they say whether they have it.
    pub(crate) fn encrypted_unless_said(&mut self) {
        let tls = Setting::new("dabba:environment", "TLS", "true");
        let saved = self.saved.iter().flat_map(|(_, saved)| saved);
        if !self.direct.iter().chain(saved).any(|setting| setting.key == tls.key) {
            self.direct.push(tls);
        }
    }
}

/// What waits until the environment is ready.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Queued {
    /// Whose request.
    pub request: RequestId,
    /// What was asked.
    pub change: change::Change,
}

/// A swap of CNAMEs that the balancer is to follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Swapping {
    /// On whose request.
    pub request: RequestId,
    /// The names of both environments.
    pub names: [EnvironmentName; 2],
}

/// A log that was asked for, in the bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEntry {
    /// Of which instance.
    pub instance: InstanceId,
    /// Where it is.
    pub bucket: String,
    /// Under which key.
    pub key: String,
    /// When it was taken.
    pub at: Timestamp,
}

impl Environment {
    /// Its name as a resource.
    pub fn arn(&self, account: &AccountId) -> Arn {
        let resource = format!("environment/{}/{}", self.application, self.name);
        Arn::new("elasticbeanstalk", &self.region, account, resource)
    }

    pub(crate) fn about(&self) -> About {
        About {
            region: Some(self.region.clone()),
            application: Some(self.application.clone()),
            version: self.shown().and_then(|release| release.version.clone()),
            environment: Some(self.name.clone()),
            environment_id: Some(self.id.clone()),
            ..About::default()
        }
    }

    /// The release that it has, or is to have if it has none, or was to have when it could not be launched.
    pub fn shown(&self) -> Option<&Release> {
        let pending = || self.life.operation().map(|operation| operation.release);
        let wanted = || self.releases.last_key_value().map(|(id, _)| *id);
        self.current.or_else(pending).or_else(wanted).and_then(|id| self.releases.get(&id))
    }

    /// The release that it can go back to.
    pub fn fallback(&self) -> Option<&Release> {
        self.fallback.and_then(|id| self.releases.get(&id)).filter(|release| release.prepared().is_some())
    }

    /// Has it this version, had it the moment before, or is it to have it?
    pub fn uses(&self, label: &VersionLabel) -> bool {
        self.releases.values().any(|release| {
            let counts = ![self.previous, self.fallback].contains(&Some(release.id));
            counts && release.version.as_ref() == Some(label)
        })
    }

    /// The copies that answer requests.
    pub fn serving(&self) -> impl Iterator<Item = &Copy> {
        self.copies.iter().filter(|copy| copy.duty == crate::fleet::Duty::Serve)
    }

    /// Is this release what is being prepared?
    pub(crate) fn prepares(&self, release: ReleaseId) -> bool {
        self.life
            .operation()
            .is_some_and(|operation| operation.release == release && matches!(operation.stage, Stage::Preparing))
    }

    /// The steps at work: those of what it does by itself, or of what is done to it.
    pub fn progress(&self) -> Option<&Progress> {
        if let Some(tending) = &self.tending {
            return Some(&tending.progress);
        }
        match &self.life.operation()?.stage {
            Stage::Preparing => None,
            Stage::Running(progress) | Stage::Returning { progress, .. } => Some(progress),
        }
    }

    /// Its instances, each once, with the release that answers requests there or is the newest.
    pub fn per_instance(&self) -> BTreeMap<&InstanceId, &Copy> {
        let mut found: BTreeMap<&InstanceId, &Copy> = BTreeMap::new();
        let running = self.copies.iter().filter(|copy| copy.duty <= crate::fleet::Duty::Idle);
        for copy in running {
            let better =
                found.get(&copy.instance).is_none_or(|other| (copy.duty, other.release) < (other.duty, copy.release));
            if better {
                found.insert(&copy.instance, copy);
            }
        }
        found
    }

    /// The platform version that it has or is to have.
    pub fn platform(&self) -> PlatformVersion {
        self.shown().map_or_else(PlatformVersion::newest, |release| release.platform)
    }
}

impl Settings {
    fn given(&self) -> impl Iterator<Item = (Setting, Origin)> {
        let saved = self.saved.iter().flat_map(|(name, settings)| {
            settings.iter().map(|setting| (setting.clone(), Origin::SavedConfiguration(name.to_string())))
        });
        saved.chain(self.direct.iter().map(|setting| (setting.clone(), Origin::Request)))
    }
}

/// A tier's name, type and version, as the API has them.
pub fn tier_words(tier: Tier) -> (&'static str, &'static str, &'static str) {
    match tier {
        Tier::WebServer => ("WebServer", "Standard", "1.0"),
        Tier::Worker => ("Worker", "SQS/HTTP", "1.0"),
    }
}
