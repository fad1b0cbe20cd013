//! Environments on this machine: an instance is a container of the engine, or several that belong together, and the
//! balancer stands before them.
//!
//! ```text
//!   source ─► prepare ─► Parcel (images, mounts, ports)         engine: containers, networks, images, volumes
//!                          │                                        ▲
//!   wish ────────────────► copies ──────────────────────────────────┤
//!            └───────────► routing ─► balancer ─► containers        │
//!   observation ◄── watch ◄── checks, events, figures ◄─────────────┘
//! ```
//! What belongs to an environment is found by labels, never by a record of its own: after a crash the same wish makes
//! the same world.
//!
//! What this crate does not know: Amazon's protocols.
#![forbid(unsafe_code)]

mod access;
mod check;
mod copies;
mod coupled;
mod database;
mod follow;
mod guard;
mod labels;
mod limits;
mod logs;
mod network;
mod parcel;
mod prepare;
mod probe;
mod routing;
mod setup;
mod spool;
mod task;
mod usage;
mod watch;
mod worker;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use balancer::Balancer;
use beanstalk::EnvironmentId;
use beanstalk::fleet::{
    DatabaseOrder, Doing, Failure, Fleet, LogFile, LogKind, Observation, Order, Prepared, ReleaseId, Wish,
};
use beanstalk::option::Configuration;
use beanstalk::security_group::Gate;
use beanstalk::task::Task;
use beanstalk::{InstanceId, event::Told};
use build::Builder;
use engine::Engine;
use tokio::sync::{Notify, mpsc, watch as channel};
use words::Timestamp;

pub use database::Databases;

/// A copy, by instance and release.
pub(crate) type CopyId = (InstanceId, ReleaseId);

/// The fleet of this machine. Clones share it.
#[derive(Clone)]
pub struct Local(Arc<Parts>);

struct Parts {
    config: Config,
    engine: Engine,
    builder: Builder,
    s3: s3::S3,
    sqs: sqs::Sqs,
    acm: acm::Acm,
    rds: rds::Rds,
    zones: route53::Route53,
    balancer: Balancer,
    /// Who brings what is written to logs.
    follower: Arc<follow::Follower>,
    /// To who keeps the access logs.
    flush: mpsc::Sender<access::Flush>,
    /// What each environment is, as far as the daemon has been told since it started.
    known: Mutex<HashMap<EnvironmentId, Known>>,
    /// Held while pieces of access logs are put into their buckets.
    access_logs: tokio::sync::Mutex<()>,
    /// Held while the balancer is told.
    routing: tokio::sync::Mutex<()>,
    /// What security groups say.
    gates: Mutex<Vec<Gate>>,
    /// Held while the kernel is told of it.
    guarding: tokio::sync::Mutex<()>,
    /// Held while a network is made, so that no two take the same addresses.
    networks: tokio::sync::Mutex<()>,
}

/// How the fleet is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where sources are kept that containers mount files of.
    pub root: PathBuf,
    /// Where lines of access logs are kept until they are in their buckets.
    pub access_logs: PathBuf,
    /// Where the balancer listens for all environments.
    pub listen: Vec<std::net::SocketAddr>,
    /// Where the balancer listens with TLS for all environments, as soon as one speaks it.
    pub tls_listen: Vec<std::net::SocketAddr>,
    /// Where the ports of the environments' own listen.
    pub address: IpAddr,
}

/// The services whose things environments have.
#[derive(Clone)]
pub struct Services {
    /// Buckets: bundles, and logs that are asked for.
    pub s3: s3::S3,
    /// Queues of workers.
    pub sqs: sqs::Sqs,
    /// Certificates of listeners.
    pub acm: acm::Acm,
    /// Databases.
    pub rds: rds::Rds,
    /// Where output is streamed to.
    pub logs: cloudwatch_logs::Logs,
    /// Hosted zones, whose records may lead to environments.
    pub zones: route53::Route53,
}

/// What is known of an environment while the daemon runs.
struct Known {
    /// What it is to be.
    wish: Option<Arc<Wish>>,
    /// What is seen of it.
    seen: channel::Sender<Arc<Observation>>,
    /// Something has happened that may change what is seen.
    happened: Arc<Notify>,
    /// How its copies have done in their checks.
    checks: HashMap<CopyId, check::Record>,
    /// What its copies use.
    readings: HashMap<CopyId, usage::Record>,
    /// Copies that are being started.
    starting: HashSet<CopyId>,
    /// Copies that are being removed.
    leaving: HashSet<CopyId>,
    /// Copies that could not be started.
    failed: HashMap<CopyId, Failure>,
    /// How many wishes were fulfilled.
    generation: u64,
    /// Who brings its messages, where it is a worker.
    worker: Option<Arc<worker::Worker>>,
}

/// Does what blocks on a thread that may.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> std::io::Result<T> + Send + 'static) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|broken| Err(std::io::Error::other(broken.to_string())))
}

impl Local {
    /// A fleet that makes its containers with this engine.
    ///
    /// # Errors
    /// When its directory cannot be made, or the balancer cannot listen.
    pub async fn open(
        config: Config,
        engine: Engine,
        builder: Builder,
        services: Services,
        balancer: Balancer,
    ) -> std::io::Result<Self> {
        tokio::fs::create_dir_all(&config.root).await?;
        let Services { s3, sqs, acm, rds, logs, zones } = services;
        let (flush, flushes) = mpsc::channel(1);
        let local = Self(Arc::new(Parts {
            config,
            engine,
            builder,
            s3,
            sqs,
            acm,
            rds,
            zones,
            balancer,
            follower: Arc::new(follow::Follower::new(logs)),
            flush,
            known: Mutex::default(),
            access_logs: tokio::sync::Mutex::default(),
            routing: tokio::sync::Mutex::default(),
            gates: Mutex::default(),
            guarding: tokio::sync::Mutex::default(),
            networks: tokio::sync::Mutex::default(),
        }));
        local.route().await.map_err(|failure| std::io::Error::other(failure.to_string()))?;
        tokio::spawn(local.clone().listen());
        tokio::spawn(Arc::clone(&local.0.follower).run());
        tokio::spawn(local.clone().follow_changes());
        tokio::spawn(local.clone().keep_access_logs(flushes));
        // Nobody has begun one yet.
        let (left, sweeper) = (local.temporaries(None), local.clone());
        tokio::spawn(async move {
            sweeper.remove_temporaries(left).await;
            sweeper.remove_unclaimed().await;
        });
        Ok(local)
    }

    /// The other end of [`Local::open`]: no request is taken any more, those that were begun are answered, and then the
    /// lines of access logs are on the disk; there is so long for either. Environments stay as they are, and whoever is
    /// about to change where requests go waits for the end of the process: the next one goes on with it.
    pub async fn close(&self, patience: Duration) {
        std::mem::forget(self.0.routing.lock().await);
        self.0.balancer.drain(patience).await;
        if tokio::time::timeout(patience, self.save_access_logs()).await.is_err() {
            tracing::warn!("the disk takes no lines of access logs: the last ones are lost");
        }
    }

    fn engine(&self) -> &Engine {
        &self.0.engine
    }

    fn gates<T>(&self, work: impl FnOnce(&mut Vec<Gate>) -> T) -> T {
        work(&mut self.0.gates.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<EnvironmentId, Known>) -> T) -> T {
        work(&mut self.0.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// What is known of an environment, from now on if nothing was. Its task watches it as long as it is known.
    fn known<T>(&self, id: &EnvironmentId, work: impl FnOnce(&mut Known) -> T) -> T {
        self.with(|all| {
            let known = all.entry(id.clone()).or_insert_with(|| {
                tokio::spawn(self.clone().watch(id.clone()));
                Known {
                    wish: None,
                    seen: channel::Sender::new(Arc::default()),
                    happened: Arc::default(),
                    checks: HashMap::new(),
                    readings: HashMap::new(),
                    starting: HashSet::new(),
                    leaving: HashSet::new(),
                    failed: HashMap::new(),
                    generation: 0,
                    worker: None,
                }
            });
            work(known)
        })
    }
}

impl Fleet for Local {
    fn prepare(&self, order: Order, tell: mpsc::Sender<Told>) -> Doing<'_, Result<Prepared, Failure>> {
        Box::pin(async move {
            let journal = self.journal(&order.environment);
            let deployment = format!("deployment {} of {}", order.release, order.name);
            journal.info(setup::Log::Engine, &format!("Preparing the {deployment}.")).await;
            let prepared = self.prepare_release(self.knowing_its_database(order), tell).await;
            match &prepared {
                Ok(_) => journal.info(setup::Log::Engine, &format!("The {deployment} is prepared.")).await,
                Err(failure) => journal.error(setup::Log::Engine, &failure.to_string()).await,
            }
            prepared
        })
    }

    fn check(&self, configuration: &Configuration) -> Result<(), Failure> {
        self.check_routing(configuration)?;
        self.check_access_log(configuration)
    }

    fn provide(&self, order: DatabaseOrder, tell: mpsc::Sender<Told>) -> Doing<'_, Result<(), Failure>> {
        Box::pin(self.provide_database(order, tell))
    }

    fn apply(&self, wishes: Vec<Wish>) -> Doing<'_, Result<(), Failure>> {
        Box::pin(async move {
            let wishes: Vec<Arc<Wish>> = wishes.into_iter().map(Arc::new).collect();
            for wish in &wishes {
                self.known(&wish.environment, |known| known.wish = Some(Arc::clone(wish)));
            }
            for wish in &wishes {
                self.make_queues(wish).await?;
                self.make(wish).await?;
            }
            let mut faults = self.route().await?;
            if let Some(failure) = wishes.iter().find_map(|wish| faults.remove(&wish.environment)) {
                return Err(failure);
            }
            for wish in &wishes {
                self.begin_access_log(wish).await?;
                self.set_to_work(wish);
                self.follow(&wish.environment).await;
                self.dismiss(wish).await?;
                self.dismiss_database(wish).await?;
                self.forget_releases(wish).await;
                self.forget_journals(wish).await;
                self.forget_volumes(wish).await;
                self.known(&wish.environment, |known| {
                    known.generation += 1;
                    known.worker.iter().for_each(|worker| worker.look());
                    known.happened.notify_one();
                });
            }
            Ok(())
        })
    }

    fn guard(&self, gates: Vec<Gate>) -> Doing<'_, Result<(), Failure>> {
        Box::pin(self.set_gates(gates))
    }

    fn observe(&self, environment: &EnvironmentId) -> channel::Receiver<Arc<Observation>> {
        self.known(environment, |known| known.seen.subscribe())
    }

    fn fulfilled(&self, environment: &EnvironmentId) -> u64 {
        self.known(environment, |known| known.generation)
    }

    fn remove(&self, environment: EnvironmentId) -> Doing<'_, Result<(), Failure>> {
        Box::pin(self.remove_all(environment))
    }

    fn make_task(&self, wish: Wish, release: ReleaseId, task: Task) -> Doing<'_, Result<String, Failure>> {
        Box::pin(self.make_task_of(wish, release, task))
    }

    fn logs(
        &self,
        environment: EnvironmentId,
        instance: InstanceId,
        kind: LogKind,
    ) -> Doing<'_, Result<Vec<LogFile>, Failure>> {
        Box::pin(async move { self.logs_of(&environment, &instance, kind).await })
    }

    fn tell_health(&self, environment: EnvironmentId, line: String, now: Timestamp) {
        let local = self.clone();
        tokio::spawn(async move { local.write_health(&environment, line, now).await });
    }

    fn address(&self) -> String {
        match self.0.config.address {
            address if address.is_unspecified() => "127.0.0.1".into(),
            IpAddr::V6(address) => format!("[{address}]"),
            IpAddr::V4(address) => address.to_string(),
        }
    }
}

/// Everything that is wished, by environment.
fn wishes(known: &HashMap<EnvironmentId, Known>) -> BTreeMap<EnvironmentId, Arc<Wish>> {
    let wished = known.iter().filter_map(|(id, known)| Some((id.clone(), Arc::clone(known.wish.as_ref()?))));
    wished.collect()
}
