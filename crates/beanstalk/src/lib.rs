//! Applications, their versions, and the environments that these are deployed to.
//!
//! ```text
//!   call ─► decide ─► commit ─► drive: prepare ─► plan ─► step ─► fleet ─► observe ─► step ─► … ─► ready
//!                                                    ▲                        │
//!                                                    └──────── back ◄─────────┘ failed
//! ```
//! A call is decided upon and written down, and then answered. What it takes to get there is done by one task an
//! environment ([`drive`]), step by step, each of them in the record before it is done. A policy is a list of steps
//! ([`plan`]), made by a pure function; the [`fleet`] makes the world be what the record says and tells what it sees.
//!
//! What this crate does not know: HTTP, XML, containers.
#![forbid(unsafe_code)]

pub mod application;
pub mod balancing;
mod bucket;
mod drive;
pub mod environment;
mod error;
pub mod event;
pub mod fleet;
mod forget;
pub mod health;
pub mod history;
pub mod key_pair;
pub mod limits;
pub mod managed;
mod name;
pub mod option;
pub mod plan;
pub mod platform;
pub mod resource;
pub mod security_group;
pub mod source;
mod state;
pub mod tag;
pub mod task;
pub mod template;
pub mod version;
pub mod worker;
mod world;

use std::ops::RangeInclusive;
use std::sync::Arc;

use aws::{AccountId, Region};
use words::Timestamp;

pub use application::Application;
pub use bucket::fetch;
pub use environment::Environment;
pub use error::{Error, Noun, Result};
pub use event::Event;
pub use key_pair::KeyPair;
pub use name::{
    ApplicationName, CnamePrefix, EnvironmentId, EnvironmentName, InstanceId, RequestId, TemplateName, VersionLabel,
};
pub use state::{Key, State, Which};
pub use template::Template;
pub use version::Version;
pub use world::{Real, World};

use drive::Drivers;
use fleet::Fleet;
use state::Ledger;

/// The service. Clones share it.
#[derive(Clone)]
pub struct Beanstalk(Arc<Parts>);

struct Parts {
    config: Config,
    ledger: Arc<Ledger>,
    fleet: Arc<dyn Fleet>,
    s3: s3::S3,
    drivers: Drivers,
    /// Held while the fleet is told what security groups say.
    guarding: tokio::sync::Mutex<()>,
}

/// How the service is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// The account that all belongs to.
    pub account: AccountId,
    /// What CNAMEs end with: `elasticbeanstalk.localhost`.
    pub suffix: String,
    /// The port that is written after a CNAME; `None` where none needs to be.
    pub port: Option<u16>,
    /// Ports that environments get for their own.
    pub ports: RangeInclusive<u16>,
    /// New environments answer by TLS, too, unless they are told not to.
    pub tls: bool,
    /// Where the time and new names come from.
    pub world: Arc<dyn World>,
}

/// A call of the API: where, which, and when.
#[derive(Debug, Clone)]
pub struct Call {
    /// The region that it is for.
    pub region: Region,
    /// Its id.
    pub request: RequestId,
    /// When it came.
    pub now: Timestamp,
}

impl Beanstalk {
    /// Reads the record and goes on with what was being done. Blocks for a moment.
    ///
    /// # Errors
    /// When the record cannot be read.
    pub async fn open(config: Config, store: store::Store, s3: s3::S3, fleet: Arc<dyn Fleet>) -> Result<Self> {
        let opened = tokio::task::spawn_blocking(move || state::open(store)).await;
        let ledger = Arc::new(opened.map_err(|broken| Error::Store(broken.to_string()))??);
        let service = Self(Arc::new(Parts {
            config,
            ledger,
            fleet,
            s3,
            drivers: Drivers::default(),
            guarding: Default::default(),
        }));
        // Before anything can be asked that they are to keep out.
        if let Err(failure) = service.guard().await {
            tracing::error!(%failure, "the rules of security groups do not hold");
        }
        service.drive_all();
        tokio::spawn(service.clone().sweep());
        Ok(service)
    }

    /// Everything that is known, as one immutable value.
    pub fn state(&self) -> Arc<State> {
        self.0.ledger.snapshot()
    }

    /// How it is set up.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    fn world(&self) -> &dyn World {
        &*self.0.config.world
    }

    fn now(&self) -> Timestamp {
        self.world().now()
    }

    fn ledger(&self) -> &Arc<Ledger> {
        &self.0.ledger
    }

    fn fleet(&self) -> &Arc<dyn Fleet> {
        &self.0.fleet
    }

    fn s3(&self) -> &s3::S3 {
        &self.0.s3
    }
}
