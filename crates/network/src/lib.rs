//! Bridges, endpoints, the firewall, published ports, names.
//!
//! Everything is asked of the kernel by netlink, several requests in one message; the firewall is one nftables table
//! that is replaced as a whole. Network namespaces are held by descriptors only: when the daemon and the container
//! that hold one are gone, the kernel takes it away with its links and addresses.
//!
//! What this crate does not know: containers, records.
#![forbid(unsafe_code)]

pub mod addresses;
mod firewall;
mod guard;
mod link;
mod names;
mod nft;
mod port;
mod proxy;
mod sandbox;
mod zones;

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};

pub use firewall::{Bridge, Firewall, Published};
pub use guard::{GuardedBridge, GuardedPort, Guards, Passage};
pub use link::{BridgeSpec, EndpointSpec, HostLink, mac_of};
pub use names::{NameServer, Names};
pub use port::{PortRequest, Protocol, Reservation};
pub use proxy::Proxy;
pub use sandbox::{Owner, Sandbox};
pub use zones::{Zones, listen as serve_zones};

/// What can go wrong with networks.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kernel refused.
    #[error("{what}: {source}")]
    Kernel {
        /// What was being done, and to which link.
        what: String,
        /// The kernel's word.
        source: std::io::Error,
    },
    /// Somebody listens there already.
    #[error("failed to bind host port for {0}: address already in use")]
    PortInUse(String),
    /// A port or address that cannot be bound.
    #[error("failed to bind host port for {address}: {source}")]
    Bind {
        /// Where.
        address: String,
        /// The system's word.
        source: std::io::Error,
    },
    /// All addresses of a pool are taken.
    #[error("no available IPv4 addresses on this network's address pools")]
    Exhausted,
}

impl Error {
    fn kernel(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Kernel { what, source }
    }
}

/// What an operation gives.
pub type Result<T> = std::result::Result<T, Error>;

/// How networks are set up on this host.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The name of our nftables table; each daemon of a host has its own.
    pub table: String,
    /// Write firewall rules at all.
    pub firewall: bool,
    /// Turn forwarding on for the host.
    pub forward: bool,
    /// Make namespaces ready in user namespaces of their own.
    pub users: Option<UserTables>,
}

/// The tables of a user namespace, as in /proc/PID/uid_map and gid_map.
#[derive(Debug, Clone)]
pub struct UserTables {
    /// Of users.
    pub uids: String,
    /// Of groups.
    pub gids: String,
}

/// The mechanism. Clones share it.
#[derive(Clone)]
pub struct Network(Arc<Parts>);

struct Parts {
    settings: Settings,
    pool: sandbox::Pool,
    /// What the table holds, so that nothing is written that is there already.
    written: Mutex<Option<Firewall>>,
    /// What the table of the groups holds.
    guarded: Mutex<Option<Guards>>,
}

impl Network {
    /// Prepares the host. Blocks for a moment.
    ///
    /// # Errors
    /// [`Error::Kernel`].
    pub fn open(settings: Settings) -> Result<Self> {
        if settings.forward {
            link::set_forwarding()?;
        }
        let pool = sandbox::Pool::start(settings.users.clone())?;
        Ok(Self(Arc::new(Parts { settings, pool, written: Mutex::new(None), guarded: Mutex::new(None) })))
    }

    /// Whether the kernel carries published ports; if not, a proxy must.
    pub fn has_firewall(&self) -> bool {
        self.0.settings.firewall
    }

    /// Makes a bridge with its addresses, or brings one that is there in line. Blocks.
    ///
    /// # Errors
    /// [`Error::Kernel`].
    pub fn bridge_up(&self, bridge: &BridgeSpec) -> Result<()> {
        link::bridge_up(bridge)
    }

    /// Removes a bridge; one that is not there is no error. Blocks.
    ///
    /// # Errors
    /// [`Error::Kernel`].
    pub fn bridge_down(&self, name: &str) -> Result<()> {
        link::delete(name)
    }

    /// Puts the firewall in line with what is wanted, as one transaction. Blocks.
    ///
    /// # Errors
    /// [`Error::Kernel`]; the old rules stand then.
    pub fn apply(&self, wanted: Firewall) -> Result<()> {
        if !self.0.settings.firewall {
            return Ok(());
        }
        let mut written = self.0.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.as_ref() == Some(&wanted) {
            return Ok(());
        }
        firewall::write(&self.0.settings.table, &wanted)?;
        *written = Some(wanted);
        Ok(())
    }

    /// Guards ports and bridges as is wanted, and none beside, as one transaction. Blocks.
    ///
    /// # Errors
    /// [`Error::Kernel`]; the old rules stand then.
    pub fn guard(&self, wanted: Guards) -> Result<()> {
        if !self.0.settings.firewall {
            return Ok(());
        }
        let mut guarded = self.0.guarded.lock().unwrap_or_else(PoisonError::into_inner);
        if guarded.as_ref() != Some(&wanted) {
            guard::write(&self.guards_table(), &wanted)?;
            *guarded = Some(wanted);
        }
        Ok(())
    }

    fn guards_table(&self) -> String {
        format!("{}-groups", self.0.settings.table)
    }

    /// Takes the tables away, at the end of the daemon's networks. Blocks.
    ///
    /// # Errors
    /// [`Error::Kernel`].
    pub fn remove_firewall(&self) -> Result<()> {
        if !self.0.settings.firewall {
            return Ok(());
        }
        firewall::remove(&self.guards_table())?;
        firewall::remove(&self.0.settings.table)
    }

    /// A network namespace with loopback up, from the pool if it may. Blocks for a moment otherwise.
    ///
    /// # Errors
    /// [`Error::Kernel`].
    pub fn sandbox(&self, owner: &Owner) -> Result<Sandbox> {
        self.0.pool.take(owner)
    }

    /// What the host has under a link's name. Blocks.
    ///
    /// # Errors
    /// [`Error::Kernel`].
    pub fn host_link(&self, name: &str) -> Result<Option<HostLink>> {
        link::host_link(name)
    }

    /// The addresses that the host itself has, and whose networks must not be given out. Blocks.
    pub fn host_addresses(&self) -> Vec<ipnet::Ipv4Net> {
        link::host_networks()
    }
}

/// The address published ports listen on when none is named.
pub const ANY: Ipv4Addr = Ipv4Addr::UNSPECIFIED;
