//! The network: a record, and which addresses of it are taken.

pub(crate) mod addresses;
pub mod ops;

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use words::{NetworkId, Timestamp};

/// A network's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Its id.
    pub id: NetworkId,
    /// Its name.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
    /// How it connects.
    pub driver: Driver,
    /// Nothing outside can be reached.
    pub internal: bool,
    /// Shown by `inspect`; has no meaning on one host.
    pub attachable: bool,
    /// Endpoints get an IPv6 address too.
    pub ipv6: bool,
    /// Address pools, at most one a family.
    pub pools: Vec<Pool>,
    /// Options of address management; shown by `inspect`.
    pub ipam_options: BTreeMap<String, String>,
    /// Driver options.
    pub options: BTreeMap<String, String>,
    /// Free-form labels.
    pub labels: BTreeMap<String, String>,
    /// The bridge's link name; empty for drivers without one.
    pub bridge: String,
    /// The host had the bridge before: it stays when the network goes.
    #[serde(default)]
    pub adopted: bool,
}

/// How a network connects its containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Driver {
    /// A bridge on this host.
    Bridge,
    /// The host's own namespace.
    Host,
    /// Loopback only.
    Null,
}

impl Driver {
    /// Docker's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Host => "host",
            Self::Null => "null",
        }
    }
}

/// One address pool of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// The subnet.
    pub subnet: IpNet,
    /// Addresses are taken from this part of it; `None` means all of it.
    pub range: Option<IpNet>,
    /// The gateway, which is the bridge's own address.
    pub gateway: IpAddr,
    /// Addresses that are used by others, by their names.
    pub reserved: BTreeMap<String, IpAddr>,
    /// The client named the gateway; shown by `inspect` since Docker shows only what was configured.
    pub gateway_given: bool,
}

impl Network {
    /// One of the three networks that are always there.
    pub fn is_predefined(&self) -> bool {
        matches!(self.name.as_str(), "bridge" | "host" | "none")
    }

    /// The bridge that was made for it, and goes with it.
    pub(crate) fn own_bridge(&self) -> Option<&str> {
        (!self.bridge.is_empty() && !self.adopted).then_some(&self.bridge)
    }

    /// A boolean driver option, `default` when it is not given.
    pub fn flag(&self, option: &str, default: bool) -> bool {
        self.options.get(option).map_or(default, |value| matches!(value.as_str(), "true" | "1" | "t" | "T" | "TRUE"))
    }
}
