//! How the daemon was configured, as far as the engine cares.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::Ipv4Net;
use oci::runtime::IdMapping;

use crate::container::spec::{CgroupnsMode, Host, LogConfig, Ulimit};

/// The engine's settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where everything is that must last.
    pub data_root: PathBuf,
    /// Where everything is that a reboot may take.
    pub exec_root: PathBuf,
    /// The default bridge.
    pub bridge: DefaultBridge,
    /// Write firewall rules.
    pub firewall: bool,
    /// Let containers appear under the host's address outside.
    pub masquerade: bool,
    /// Address published ports listen on unless told otherwise.
    pub publish_ip: Option<IpAddr>,
    /// Containers of the default bridge may talk to each other.
    pub icc: bool,
    /// The cgroup that all containers are below.
    pub cgroup_parent: String,
    /// Log driver and options for containers that name none.
    pub log: LogConfig,
    /// Name servers, search domains and options for containers that name none.
    pub dns: Dns,
    /// Process limits for containers that name none.
    pub ulimits: Vec<Ulimit>,
    /// Size of /dev/shm for containers that name none; zero means 64 MiB.
    pub shm_size: i64,
    /// Every container may gain no privileges.
    pub no_new_privileges: bool,
    /// The user namespace of containers, unless they ask for the host's.
    pub users: Option<Users>,
    /// Cgroup namespace of containers that name none.
    pub cgroupns: CgroupnsMode,
    /// Pools that new networks take their subnets from, with the prefix length of each.
    pub address_pools: Vec<(Ipv4Net, u8)>,
    /// Other runtimes by name.
    pub runtimes: BTreeMap<String, runtime::foreign::Program>,
    /// The runtime of containers that name none.
    pub default_runtime: String,
    /// The daemon's labels.
    pub labels: Vec<String>,
    /// Registries spoken to without TLS or without checking it.
    pub insecure_registries: Vec<String>,
    /// Mirrors of the default registry.
    pub registry_mirrors: Vec<String>,
    /// This program's version.
    pub version: String,
}

/// The host's users and groups that containers get in place of their own numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Users {
    /// The table of users.
    pub uids: Vec<IdMapping>,
    /// The table of groups.
    pub gids: Vec<IdMapping>,
}

impl Config {
    /// The user namespace of a container, if it has one.
    pub(crate) fn users_of(&self, host: &Host) -> Option<&Users> {
        self.users.as_ref().filter(|_| host.userns != "host")
    }
}

/// The default bridge network.
#[derive(Debug, Clone)]
pub struct DefaultBridge {
    /// Link name.
    pub name: String,
    /// The bridge's own address and the subnet; `None` takes the first free pool.
    pub address: Option<Ipv4Net>,
    /// The part of the subnet to take addresses from.
    pub fixed_cidr: Option<Ipv4Net>,
    /// Gateway of the containers instead of the bridge's own address.
    pub gateway: Option<std::net::Ipv4Addr>,
    /// Largest packet; zero means 1500.
    pub mtu: u32,
    /// There is none (`--bridge=none`).
    pub disabled: bool,
}

/// Resolver settings.
#[derive(Debug, Clone, Default)]
pub struct Dns {
    /// Name servers.
    pub servers: Vec<IpAddr>,
    /// Search domains.
    pub search: Vec<String>,
    /// Options.
    pub options: Vec<String>,
}
