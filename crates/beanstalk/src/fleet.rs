//! The fleet: who makes environments be what they are wished to be.
//!
//! The boundary is level-triggered: a fleet is given the whole [`Wish`] of an environment, makes the world like it, and
//! says what it sees ([`Observation`]). It decides nothing; a wish that was fulfilled before is fulfilled again by
//! doing nothing.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};
use words::Timestamp;

use crate::event::Told;
use crate::name::{ApplicationName, EnvironmentId, EnvironmentName, InstanceId, VersionLabel};
use crate::option::{Configuration, Database, Origin, Process, Setting, Tier};
use crate::security_group::Gate;
use crate::task::Task;
use crate::version::Source;

/// A future of a fleet's.
pub type Doing<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Makes environments.
pub trait Fleet: Send + Sync + 'static {
    /// Fetches what a release is made of, reads it, builds or pulls its images: all that can be done before an
    /// instance is touched. What goes on is told meanwhile. Doing it twice is harmless.
    fn prepare(&self, order: Order, tell: mpsc::Sender<Told>) -> Doing<'_, Result<Prepared, Failure>>;

    /// Whether the environment can be configured so here: what a configuration names must be there.
    ///
    /// # Errors
    /// What is missing.
    fn check(&self, configuration: &Configuration) -> Result<(), Failure>;

    /// Makes the environment's own database be there and answer, as its configuration says, before an instance needs it.
    /// One that no copy and no configuration of a wish has goes with that wish. Doing it twice is harmless.
    fn provide(&self, order: DatabaseOrder, tell: mpsc::Sender<Told>) -> Doing<'_, Result<(), Failure>>;

    /// Makes the environment be what is wished: copies that are not there are made, those that are not wished go, and
    /// the balancer sends requests to those in service. What becomes of a copy is observed, not awaited.
    ///
    /// Several environments are done at the same moment, as far as the balancer is concerned: names that change hands
    /// lead to one or the other at any time.
    fn apply(&self, wishes: Vec<Wish>) -> Doing<'_, Result<(), Failure>>;

    /// Lets in and out what security groups say, for all environments at the same moment. It holds when this is done,
    /// and from one daemon to the next.
    fn guard(&self, gates: Vec<Gate>) -> Doing<'_, Result<(), Failure>>;

    /// What is seen of an environment, now and whenever it changes.
    fn observe(&self, environment: &EnvironmentId) -> watch::Receiver<Arc<Observation>>;

    /// How many wishes of an environment have been fulfilled: what is seen with a lower number was seen before the last.
    fn fulfilled(&self, environment: &EnvironmentId) -> u64;

    /// Leaves nothing of an environment.
    fn remove(&self, environment: EnvironmentId) -> Doing<'_, Result<(), Failure>>;

    /// Makes a container for a task of a release, and gives its id. It is nobody's copy, and goes when its command has
    /// ended; one that nobody starts goes soon.
    fn make_task(&self, wish: Wish, release: ReleaseId, task: Task) -> Doing<'_, Result<String, Failure>>;

    /// The logs of an instance: the last lines of each, or all.
    fn logs(
        &self,
        environment: EnvironmentId,
        instance: InstanceId,
        kind: LogKind,
    ) -> Doing<'_, Result<Vec<LogFile>, Failure>>;

    /// Tells how an environment does, in a line, for the log of its health where it wishes one.
    fn tell_health(&self, environment: EnvironmentId, line: String, now: Timestamp);

    /// Where an environment can be reached: the host that clients connect to, without a port.
    fn address(&self) -> String;
}

/// The number of a deployment: counts up in each environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReleaseId(pub u64);

impl std::fmt::Display for ReleaseId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// What to prepare.
#[derive(Debug, Clone)]
pub struct Order {
    /// For which environment.
    pub environment: EnvironmentId,
    /// Its name.
    pub name: EnvironmentName,
    /// Which deployment.
    pub release: ReleaseId,
    /// What it is made of.
    pub source: Source,
    /// What kind of platform reads it.
    pub stack: crate::platform::Stack,
    /// The tier.
    pub tier: Tier,
    /// What is configured without the source's own settings: properties are there for its build.
    pub configuration: Arc<Configuration>,
    /// What the instances have, where nothing but their configuration changes; none where a version is deployed.
    pub configures: Option<Arc<Prepared>>,
}

/// Which database to provide.
#[derive(Debug, Clone)]
pub struct DatabaseOrder {
    /// For which environment.
    pub environment: EnvironmentId,
    /// Its region.
    pub region: aws::Region,
    /// What it is to be.
    pub database: Database,
}

/// What a release was prepared into.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    /// Option settings of the source's `.ebextensions`, in the order in which its files are read.
    pub settings: Vec<(Setting, Origin)>,
    /// Two copies on one instance would get into each other's way (they share volumes, say): the old one stops before
    /// the new one starts.
    pub exclusive: bool,
    /// What the fleet wants to know again: nobody else reads it.
    pub parcel: Parcel,
}

/// What a fleet has written down for itself. It is read once, however often it is asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parcel {
    written: serde_json::Value,
    #[serde(skip)]
    read: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Parcel {
    /// One that says this.
    ///
    /// # Errors
    /// When it cannot be written in JSON.
    pub fn new(what: &impl Serialize) -> serde_json::Result<Self> {
        Ok(Self { written: serde_json::to_value(what)?, read: OnceLock::new() })
    }

    /// What it says.
    ///
    /// # Errors
    /// When it says something else.
    pub fn read<T: DeserializeOwned + Send + Sync + 'static>(&self) -> serde_json::Result<Arc<T>> {
        let known = self.read.get().and_then(|read| Arc::clone(read).downcast().ok());
        if let Some(known) = known {
            return Ok(known);
        }
        let read = Arc::new(T::deserialize(&self.written)?);
        let _ = self.read.set(Arc::clone(&read) as Arc<dyn Any + Send + Sync>);
        Ok(read)
    }
}

impl PartialEq for Parcel {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

/// An environment as it is to be.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Which.
    pub environment: EnvironmentId,
    /// Its name.
    pub name: EnvironmentName,
    /// Its application.
    pub application: ApplicationName,
    /// Its region.
    pub region: aws::Region,
    /// Its tier.
    pub tier: Tier,
    /// Host names that lead to it, without a port.
    pub hosts: Vec<String>,
    /// The port of its own behind each port that it listens to: it answers there whatever the host name.
    pub ports: BTreeMap<u16, u16>,
    /// The releases that copies are of.
    pub releases: BTreeMap<ReleaseId, Released>,
    /// The releases that it knows, also those that are not prepared yet; what others were prepared into can go.
    pub known: BTreeSet<ReleaseId>,
    /// What is to run.
    pub copies: Vec<Copy>,
    /// How requests are shared; by the number of copies otherwise.
    pub split: Option<Split>,
    /// How requests get to it, and how copies are checked.
    pub configuration: Arc<Configuration>,
}

impl Wish {
    /// The copies that answer requests.
    pub fn serving(&self) -> impl Iterator<Item = &Copy> {
        self.copies.iter().filter(|copy| copy.duty == Duty::Serve)
    }

    /// A process as a release's own settings have it, if they do: while one release takes another's place, each may speak
    /// a protocol of its own.
    pub fn process(&self, release: ReleaseId, name: &str) -> Option<&Process> {
        let own = self.releases.get(&release).and_then(|one| one.configuration.routing.processes.get(name));
        own.or_else(|| self.configuration.routing.processes.get(name))
    }

    /// The processes of a release that listeners lead to.
    pub fn processes(&self, release: ReleaseId) -> BTreeMap<&str, &Process> {
        let used = self.configuration.routing.used().into_keys();
        used.filter_map(|name| Some((name, self.process(release, name)?))).collect()
    }
}

/// A release that copies are of.
#[derive(Debug, Clone)]
pub struct Released {
    /// The label of its version.
    pub version: Option<VersionLabel>,
    /// What it was prepared into.
    pub prepared: Arc<Prepared>,
    /// Its configuration.
    pub configuration: Arc<Configuration>,
}

/// A share of the requests for one release.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// Which.
    pub release: ReleaseId,
    /// In percent; the others share the rest.
    pub percent: u8,
}

/// One release on one instance. While a release takes another's place on an instance there are two.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Copy {
    /// On which instance.
    pub instance: InstanceId,
    /// Of which release.
    pub release: ReleaseId,
    /// What it is to do.
    pub duty: Duty,
}

/// What a copy is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Duty {
    /// Run, and answer requests.
    Serve,
    /// Run without new requests: it is not ready yet, or finishes what it has begun.
    Idle,
    /// Be there, stopped: it may have to start again.
    Rest,
    /// Be there, stopped, for somebody to look at why it failed.
    Keep,
}

/// What is seen of an environment.
#[derive(Debug, Clone, Default)]
pub struct Observation {
    /// How many wishes had been fulfilled before somebody looked, since the daemon started.
    pub generation: u64,
    /// What is seen of each copy.
    pub copies: BTreeMap<(InstanceId, ReleaseId), Seen>,
    /// What goes through the balancer.
    pub traffic: Traffic,
    /// What has gone through it since it knows the environment.
    pub totals: Totals,
    /// When it was seen.
    pub at: Option<Timestamp>,
}

impl Observation {
    /// What is seen of a copy.
    pub fn of(&self, copy: &Copy) -> Option<&Seen> {
        self.copies.get(&(copy.instance.clone(), copy.release))
    }
}

/// What is seen of a copy.
#[derive(Debug, Clone)]
pub struct Seen {
    /// Is it there?
    pub state: CopyState,
    /// Consecutive checks that it passed.
    pub passed: u32,
    /// Why the last check failed, if it did.
    pub failing: Option<String>,
    /// The processes that failed the last check, and why.
    pub unwell: BTreeMap<String, String>,
    /// Checks that failed since one passed.
    pub failed: u32,
    /// Requests that it has begun and not finished.
    pub outstanding: u64,
    /// What went to it.
    pub traffic: Traffic,
    /// What it uses of the processors, in percent of all that it may.
    pub cpu: Option<Cpu>,
    /// Its load averages.
    pub load: Option<Load>,
    /// Memory that it uses, of what it may; bytes.
    pub memory: Option<(u64, u64)>,
}

/// Use of the processors over the last seconds, in percent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Cpu {
    /// In programs.
    pub user: f64,
    /// In the kernel.
    pub system: f64,
}

/// How many threads ran or would have run, on average over the last minute, five minutes and fifteen.
///
/// Source: proc_loadavg(5).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Load(pub [f64; 3]);

/// Is a copy there?
#[derive(Debug, Clone, PartialEq)]
pub enum CopyState {
    /// Not yet, or it starts.
    Starting,
    /// It runs.
    Running {
        /// Since when.
        since: Timestamp,
        /// Where it answers; `None` where nothing of it does.
        address: Option<SocketAddr>,
    },
    /// It was stopped as it was wished.
    Stopped,
    /// It could not be started, or has ended by itself.
    Failed(Failure),
}

/// What goes through the balancer, over the last seconds.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Traffic {
    /// Over how long.
    pub window: Duration,
    /// Requests that were answered.
    pub requests: u64,
    /// By the first digit of their status: 2xx, 3xx, 4xx, 5xx.
    pub statuses: [u64; 4],
    /// How long they took: P10, P50, P75, P85, P90, P95, P99, P99.9.
    pub latency: Option<[Duration; 8]>,
    /// Bytes from clients.
    pub bytes_in: u64,
    /// Bytes to clients.
    pub bytes_out: u64,
}

/// What has gone through the balancer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// Requests that were answered.
    pub requests: u64,
    /// By the first digit of their status: 2xx, 3xx, 4xx, 5xx.
    pub statuses: [u64; 4],
    /// Bytes from clients.
    pub bytes_in: u64,
    /// Bytes to clients.
    pub bytes_out: u64,
}

impl Totals {
    /// What has come since there were those; nothing when these are fewer, since then it was counted anew.
    pub fn since(&self, before: &Self) -> Option<Self> {
        let mut statuses = [0; 4];
        for (slot, (now, then)) in statuses.iter_mut().zip(self.statuses.iter().zip(before.statuses)) {
            *slot = now.checked_sub(then)?;
        }
        Some(Self {
            requests: self.requests.checked_sub(before.requests)?,
            statuses,
            bytes_in: self.bytes_in.checked_sub(before.bytes_in)?,
            bytes_out: self.bytes_out.checked_sub(before.bytes_out)?,
        })
    }

    /// These and others.
    pub fn and(&self, other: &Self) -> Self {
        let mut statuses = self.statuses;
        for (slot, more) in statuses.iter_mut().zip(other.statuses) {
            *slot = slot.saturating_add(more);
        }
        Self {
            requests: self.requests.saturating_add(other.requests),
            statuses,
            bytes_in: self.bytes_in.saturating_add(other.bytes_in),
            bytes_out: self.bytes_out.saturating_add(other.bytes_out),
        }
    }
}

/// What has failed, and how it looked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Which step: `Building the image`, `Starting web`, …
    pub step: String,
    /// Why.
    pub cause: String,
    /// The last lines of its output.
    pub output: Vec<String>,
}

impl Failure {
    /// A step that failed without an output.
    pub fn new(step: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { step: step.into(), cause: cause.into(), output: Vec::new() }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} failed: {}", self.step, self.cause)?;
        if !self.output.is_empty() {
            write!(f, "\nLast lines of output:\n{}", self.output.join("\n"))?;
        }
        Ok(())
    }
}

/// How much of the logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LogKind {
    /// The last hundred lines of each.
    Tail,
    /// All.
    Bundle,
    /// What the service thinks of them.
    Analyze,
}

/// A log of an instance.
#[derive(Debug, Clone)]
pub struct LogFile {
    /// Its path on the instance: `/var/log/eb-engine.log`.
    pub path: String,
    /// What it holds.
    pub data: Vec<u8>,
}
