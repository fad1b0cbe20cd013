//! The container: one noun, its life in [`state`], what is asked of it in [`spec`].

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;

use ::oci::Digest;
use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use words::{ContainerId, NetworkId, Timestamp};

pub mod attach;
mod confinement;
mod cpuset;
pub mod create;
mod device;
pub mod exec;
mod exit;
pub(crate) mod files;
mod health;
pub mod image;
pub mod logs;
mod merge;
mod mounts;
mod oci;
pub mod remove;
mod run_exec;
pub mod runtimes;
pub mod spec;
mod start;
pub mod state;
pub mod step;
pub mod stop;
pub mod usage;
mod validate;

pub(crate) use start::{Connected, remove_task};

use spec::{EndpointConfig, Port, Spec};
use state::{Health, State};

/// The engine's shorthands for one container.
impl crate::Engine {
    pub(crate) fn live(&self, id: &ContainerId) -> std::sync::Arc<crate::live::Live> {
        self.0.live.of(id)
    }

    /// Changes what of a container is known only while the daemon runs: nothing is written.
    pub(crate) fn note(&self, id: &ContainerId, change: impl FnOnce(&mut Container)) {
        self.ledger().with(|state| {
            if let Some(container) = state.containers.get_mut(id) {
                change(std::sync::Arc::make_mut(container));
            }
        });
    }

    pub(crate) fn task_dir(&self, id: &ContainerId) -> PathBuf {
        self.config().exec_root.join("containers").join(id.as_str())
    }

    /// Tells an event about a container, with its image, name and labels as Docker does.
    pub(crate) fn tell_container(&self, action: &str, id: &ContainerId, more: &[(&str, String)]) {
        if let Some(container) = self.snapshot().containers.get(id).cloned() {
            self.tell_of(action, &container, more);
        }
    }

    /// As [`Self::tell_container`], for one whose record may be gone.
    pub(crate) fn tell_of(&self, action: &str, container: &Container, more: &[(&str, String)]) {
        let mut attributes = container.spec.labels.clone();
        attributes.insert("image".into(), container.image_reference.clone());
        attributes.insert("name".into(), container.name.clone());
        attributes.extend(more.iter().map(|(key, value)| ((*key).to_owned(), value.clone())));
        self.tell_all(crate::event::Kind::Container, action, container.id.as_str(), attributes);
    }
}

/// A container's record: what the store keeps and what `inspect` is made from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Container {
    /// Its id.
    pub id: ContainerId,
    /// Its name, without Docker's leading slash.
    pub name: String,
    /// When it was created.
    pub created: Timestamp,
    /// Its image by id; the image cannot be removed while this record stands.
    pub image: Digest,
    /// The image as the client named it.
    pub image_reference: String,
    /// What was asked, with the image's defaults merged in.
    pub spec: Spec,
    /// Where it is in its life.
    pub state: State,
    /// Restarts by its policy since somebody started it.
    pub restart_count: u32,
    /// What is mounted where, resolved: every volume has its name, every bind its path.
    pub mounts: Vec<MountPoint>,
    /// Its endpoints by the network's name. Addresses are there only while it runs.
    pub endpoints: BTreeMap<String, Endpoint>,
    /// Published ports as they really are; empty unless it runs.
    pub published: BTreeMap<Port, Vec<SocketAddr>>,
    /// Where its files are: log, hosts, hostname, resolv.conf.
    pub dir: PathBuf,
    /// What the health probe found; known while the daemon runs.
    #[serde(skip)]
    pub health: Option<Health>,
}

/// A mount as `inspect` shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountPoint {
    /// `bind`, `volume` or `tmpfs`.
    pub kind: MountKind,
    /// The volume's name.
    pub name: Option<String>,
    /// The path on the host; empty for tmpfs.
    pub source: PathBuf,
    /// The path in the container.
    pub target: PathBuf,
    /// Docker's mode text: `ro`, `z`, …
    pub mode: String,
    /// May be written.
    pub rw: bool,
    /// `rprivate`, …; empty for volumes and tmpfs.
    pub propagation: String,
    /// Mount options of a tmpfs.
    pub options: Vec<String>,
    /// Do not take the mounts below a bind along.
    pub non_recursive: bool,
    /// An anonymous volume, removed with `rm -v` and `--rm`.
    pub anonymous: bool,
    /// What of a bind is mounted, found as if it were the root directory; all of it when this is empty.
    #[serde(default)]
    pub part: PathBuf,
}

/// What kind of thing is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MountKind {
    /// A path of the host.
    Bind,
    /// A volume.
    Volume,
    /// Memory.
    Tmpfs,
}

impl MountKind {
    /// Docker's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bind => "bind",
            Self::Volume => "volume",
            Self::Tmpfs => "tmpfs",
        }
    }
}

/// A container's place in one network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// The network.
    pub network: NetworkId,
    /// 64 hexadecimal digits while it is connected; empty otherwise.
    pub id: String,
    /// Address with the network's prefix length.
    pub ipv4: Option<Ipv4Net>,
    /// Default gateway.
    pub gateway: Option<Ipv4Addr>,
    /// IPv6 address with the network's prefix length.
    pub ipv6: Option<Ipv6Net>,
    /// IPv6 default gateway.
    pub gateway6: Option<Ipv6Addr>,
    /// MAC address as text; empty while it is not connected.
    pub mac: String,
    /// The host's end of the veth pair; empty while it is not connected.
    pub host_link: String,
    /// The name of the interface in the container: `eth0`.
    pub interface: String,
    /// Names it answers to on this network besides its own.
    pub dns_names: Vec<String>,
    /// What the client asked.
    pub config: EndpointConfig,
}

impl Endpoint {
    /// An endpoint that is configured but not connected.
    pub fn planned(network: NetworkId, config: EndpointConfig) -> Self {
        Self {
            network,
            id: String::new(),
            ipv4: None,
            gateway: None,
            ipv6: None,
            gateway6: None,
            mac: String::new(),
            host_link: String::new(),
            interface: String::new(),
            dns_names: Vec::new(),
            config,
        }
    }

    /// Its addresses, IPv4 first.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        let ipv4 = self.ipv4.map(|net| IpAddr::V4(net.addr()));
        ipv4.into_iter().chain(self.ipv6.map(|net| IpAddr::V6(net.addr())))
    }
}

impl Container {
    /// The program and its arguments as they will be executed.
    pub fn argv(&self) -> Vec<String> {
        let program = &self.spec.program;
        program.entrypoint.iter().chain(program.cmd.iter()).flatten().cloned().collect()
    }

    /// The json-file log.
    pub fn log_path(&self) -> PathBuf {
        self.dir.join(format!("{}-json.log", self.id))
    }

    /// Takes back what only a running container has.
    pub(crate) fn disconnect(&mut self) {
        self.published.clear();
        for endpoint in self.endpoints.values_mut() {
            *endpoint = Endpoint::planned(endpoint.network.clone(), endpoint.config.clone());
        }
    }

    /// The host name it sees.
    pub fn hostname(&self) -> &str {
        if self.spec.hostname.is_empty() { self.id.short() } else { &self.spec.hostname }
    }
}
