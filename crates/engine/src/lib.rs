//! Containers, images, networks and volumes: the nouns, their life cycles and their rules.
//!
//! A command is taken in four steps, the same for every noun: the decision (a pure function over the present state),
//! the record (one commit), the effects (through the mechanisms), and the answer. [`reconcile`] runs the effects that
//! a crash left out: it compares the record with what the shims, the snapshots and the network say.
//!
//! Entry points: [`Engine::open`], then the methods of [`Engine`], which live with their nouns: `container/`,
//! `image/`, `network/`, [`volume`].
//!
//! What this crate does not know: HTTP, JSON shapes of any API, system calls.
#![forbid(unsafe_code)]

pub mod cache;
pub mod config;
pub mod container;
pub mod disk;
mod error;
pub mod event;
pub mod image;
mod ledger;
pub mod limits;
mod live;
mod lookup;
mod name;
pub mod network;
mod reconcile;
pub mod system;
pub mod volume;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use supervisor::{Fact, Supervisor};
use tokio::sync::mpsc;
use words::{NetworkId, Timestamp};

pub use config::Config;
pub use container::Container;
pub use error::{Error, Result};
pub use ledger::Snapshot;

use error::Context;
use event::{Bus, Event, Kind};
use ledger::Ledger;
use live::LiveTable;

/// The container engine. Clones share it.
#[derive(Clone)]
pub struct Engine(Arc<Parts>);

struct Parts {
    config: Config,
    ledger: Arc<Ledger>,
    bus: Bus,
    live: LiveTable,
    execs: container::exec::ExecTable,
    steps: container::step::StepTable,
    images: ::image::Images,
    network: ::network::Network,
    supervisor: Supervisor,
    host: Arc<runtime::Host>,
    /// Held while the record of an image is changed: two of them must not build upon what the disk may yet refuse.
    image_names: tokio::sync::Mutex<()>,
    content: image::content::Gate,
    /// Held while networks are made or removed, since their pools must not overlap.
    network_pools: tokio::sync::Mutex<()>,
    /// The networks that are being made: they may have a record already, and no bridge or no firewall yet.
    making: tokio::sync::watch::Sender<BTreeSet<NetworkId>>,
}

/// The mechanisms that the engine works with.
pub struct Mechanisms {
    /// The record.
    pub store: store::Store,
    /// Images and snapshots.
    pub images: ::image::Images,
    /// Bridges, endpoints, the firewall.
    pub network: ::network::Network,
    /// The shims.
    pub supervisor: Supervisor,
    /// What the shims tell.
    pub facts: mpsc::Receiver<Fact>,
    /// What this kernel offers.
    pub host: runtime::Host,
}

impl Engine {
    /// Reads the record, brings the world in line with it, and listens to the shims.
    ///
    /// # Errors
    /// When the record cannot be read or the default network cannot be set up.
    pub async fn open(config: Config, mechanisms: Mechanisms) -> Result<Self> {
        let Mechanisms { store, images, network, supervisor, facts, host } = mechanisms;
        let opened = blocking(move || Ok(ledger::open(store))).await;
        let ledger = Arc::new(opened.context(|| "reading the record".into())??);
        let engine = Self(Arc::new(Parts {
            config,
            ledger,
            bus: Bus::new(),
            live: LiveTable::default(),
            execs: container::exec::ExecTable::default(),
            steps: container::step::StepTable::default(),
            images,
            network,
            supervisor,
            host: Arc::new(host),
            image_names: tokio::sync::Mutex::default(),
            content: image::content::Gate::default(),
            network_pools: tokio::sync::Mutex::default(),
            making: tokio::sync::watch::Sender::default(),
        }));
        engine.reconcile().await?;
        tokio::spawn(engine.clone().listen(facts));
        Ok(engine)
    }

    /// The state now, as one immutable value.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.ledger.snapshot()
    }

    /// How it was configured.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    fn ledger(&self) -> &Arc<Ledger> {
        &self.0.ledger
    }

    fn volume_root(&self) -> PathBuf {
        self.0.config.data_root.join("volumes")
    }

    /// Takes what the shims tell, each in a task of its own: one container's exit must not wait for another's.
    async fn listen(self, mut facts: mpsc::Receiver<Fact>) {
        while let Some(fact) = facts.recv().await {
            let engine = self.clone();
            tokio::spawn(async move { engine.take(fact).await });
        }
    }

    async fn take(&self, fact: Fact) {
        let Some(fact) = self.0.steps.take(fact) else { return };
        match fact {
            Fact::Exited { id, record } => self.container_exited(&id, record).await,
            Fact::ExecExited { id, exec, code } => self.exec_exited(&id, &exec, code),
            Fact::Detached { id } => self.tell_container("detach", &id, &[]),
            Fact::Lost { id } => self.container_lost(&id).await,
        }
    }

    fn tell<V: Into<String>>(
        &self,
        kind: Kind,
        action: &str,
        id: &str,
        attributes: impl IntoIterator<Item = (&'static str, V)>,
    ) {
        let attributes = attributes.into_iter().map(|(key, value)| (key.to_owned(), value.into())).collect();
        self.tell_all(kind, action, id, attributes);
    }

    fn tell_all(&self, kind: Kind, action: &str, id: &str, attributes: std::collections::BTreeMap<String, String>) {
        let (action, id) = (action.to_owned(), id.to_owned());
        self.0.bus.tell(Event { kind, action, id, attributes, time: Timestamp::now() });
    }

    /// The image store, for those who make images.
    pub fn images(&self) -> &::image::Images {
        &self.0.images
    }

    /// The image mechanism blocks: run on a thread for it.
    async fn with_images<T: Send + 'static>(
        &self,
        work: impl FnOnce(&::image::Images) -> ::image::Result<T> + Send + 'static,
    ) -> Result<T> {
        let images = self.0.images.clone();
        match tokio::task::spawn_blocking(move || work(&images)).await {
            Ok(outcome) => Ok(outcome?),
            Err(broken) => Err(::image::Error::Broken(broken.to_string()).into()),
        }
    }

    /// What is remembered of the past, oldest first, and everything from now on.
    pub fn listen_events(&self) -> (Vec<Event>, tokio::sync::broadcast::Receiver<Event>) {
        self.0.bus.listen()
    }
}

/// Runs what blocks on a thread for it.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> std::io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|broken| Err(std::io::Error::other(broken.to_string())))
}
