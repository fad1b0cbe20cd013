//! Compose files: the services of an application, their networks and volumes.
//!
//! What keeps an application in its containers is decided here: binds name files of the bundle only, and what would
//! give a service rights over the host is refused by its name (`REFUSED` of `service.rs`). Source: the Compose
//! specification (compose-spec.io); developer guide, "Docker Compose" for `EB_LOG_BASE_DIR`.

mod mount;
mod port;
mod service;
mod values;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

pub use mount::{Mount, Source};
pub use port::{Exposed, Port, Protocol};

use crate::error::{Fault, Notes, quoted};
use crate::node::{Fields, Node};
use crate::{Position, Result, Variables, Warning, dotenv, interpolate, limits, node};

/// A Compose file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compose {
    /// The project's name, if one is said.
    pub name: Option<String>,
    /// The services by name.
    pub services: BTreeMap<String, Service>,
    /// The networks by name; `default` is one of them when a service is on it.
    pub networks: BTreeMap<String, Network>,
    /// Names of the volumes, which outlive the containers.
    pub volumes: BTreeSet<String>,
    /// The profiles that are asked for (`COMPOSE_PROFILES`).
    pub profiles: Vec<String>,
}

/// A network of services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Network {
    /// Without a way out.
    pub internal: bool,
}

/// A service: one container, as far as a Compose file says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Service {
    /// The image that is run; with `build` the name of what is built.
    pub image: Option<oci::Reference>,
    /// How the image is built.
    pub build: Option<Build>,
    /// Instead of the image's command; an empty one clears it.
    pub command: Option<Vec<String>>,
    /// Instead of the image's entry point; an empty one clears it.
    pub entrypoint: Option<Vec<String>>,
    /// Environment variables, those of `env_file` included once [`crate::read()`] has read them.
    pub environment: Variables,
    /// Files with more of them, which do not override `environment`; the last one counts.
    pub env_files: Vec<EnvFile>,
    /// Ports that are published on the instance.
    pub ports: Vec<Port>,
    /// Ports that other services reach.
    pub expose: Vec<Exposed>,
    /// What is mounted.
    pub mounts: Vec<Mount>,
    /// Services that come up before.
    pub depends_on: BTreeMap<String, Dependency>,
    /// The networks that it is on.
    pub networking: Networking,
    /// How its health is found out.
    pub healthcheck: Healthcheck,
    /// When it is started again.
    pub restart: Restart,
    /// The user that it runs as.
    pub user: Option<String>,
    /// The directory that it starts in.
    pub working_dir: Option<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Its host name.
    pub hostname: Option<String>,
    /// Lines of its hosts file: names with addresses.
    pub extra_hosts: BTreeMap<String, IpAddr>,
    /// Limits of memory, processor and processes.
    pub resources: Resources,
    /// The signal that stops it.
    pub stop_signal: Option<String>,
    /// How long it may take to stop.
    pub stop_grace_period: Option<Duration>,
    /// Whether its root is read-only.
    pub read_only: bool,
    /// Whether a small init runs as its first process.
    pub init: Option<bool>,
    /// Capabilities that it gets beside the usual ones, without `CAP_`.
    pub cap_add: Vec<String>,
    /// Capabilities that it does not get; `ALL` is one.
    pub cap_drop: Vec<String>,
    /// Whether set-user-id programs give it nothing.
    pub no_new_privileges: bool,
    /// Limits of resources by name.
    pub ulimits: BTreeMap<String, Ulimit>,
    /// It belongs to these; with none it is always started.
    pub profiles: Vec<String>,
}

/// How a service's image is built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// A directory of the bundle; the bundle itself is empty.
    pub context: String,
    /// What is built.
    pub dockerfile: Dockerfile,
    /// Build arguments.
    pub args: Variables,
    /// The stage that is built.
    pub target: Option<String>,
}

/// Where a Dockerfile is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dockerfile {
    /// A file, by its path in the context.
    Path(String),
    /// It stands in the Compose file.
    Inline(String),
}

/// A file with environment variables.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvFile {
    /// Its path in the bundle.
    pub path: String,
    /// Where it is named.
    pub at: Position,
    /// Whether it must be there.
    pub required: bool,
    /// How its values are read.
    pub format: dotenv::Format,
}

/// What must be so of another service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dependency {
    /// What is waited for.
    pub condition: Condition,
    /// Whether it is an error when the other is not there.
    pub required: bool,
    /// Whether this one restarts with the other.
    pub restart: bool,
}

/// A state of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It runs.
    Started,
    /// Its health check succeeds.
    Healthy,
    /// It has ended with 0.
    Completed,
}

/// How a service is connected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Networking {
    /// To networks, with the other names that it has on each.
    Networks(BTreeMap<String, Vec<String>>),
    /// To nothing.
    None,
    /// As another service is.
    Service(String),
}

impl Default for Networking {
    fn default() -> Self {
        Self::Networks(BTreeMap::from([(DEFAULT_NETWORK.to_owned(), Vec::new())]))
    }
}

const DEFAULT_NETWORK: &str = "default";

/// How a service's health is found out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Healthcheck {
    /// As its image says.
    #[default]
    Image,
    /// Not at all.
    Disabled,
    /// By a program, or by that of the image with other times.
    Test {
        /// The program: `CMD` and words, or `CMD-SHELL` and a line; the image's when none is said.
        test: Option<Vec<String>>,
        /// Between two checks.
        interval: Option<Duration>,
        /// For one check.
        timeout: Option<Duration>,
        /// Failures in a row that make it unhealthy.
        retries: Option<u32>,
        /// At the beginning, while failures do not count.
        start_period: Option<Duration>,
        /// Between two checks at the beginning.
        start_interval: Option<Duration>,
    },
}

/// When a service is started again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Restart {
    /// Never.
    #[default]
    No,
    /// Whenever it ends.
    Always,
    /// When it fails, at most so often.
    OnFailure(Option<u32>),
    /// Whenever it ends, unless somebody stopped it.
    UnlessStopped,
}

/// What a service may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Resources {
    /// Most bytes of memory.
    pub memory: Option<u64>,
    /// Bytes of memory that it keeps when memory is short.
    pub memory_reservation: Option<u64>,
    /// Most processor time, in billionths of a processor.
    pub nano_cpus: Option<u64>,
    /// Most processes.
    pub pids: Option<u64>,
}

/// A limit of a resource; -1 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ulimit {
    /// What counts.
    pub soft: i64,
    /// What it may be raised to.
    pub hard: i64,
}

impl Compose {
    /// The services that are started: those without a profile, those of a profile that is asked for, and what these
    /// need.
    pub fn enabled(&self) -> BTreeMap<&str, &Service> {
        let asked = |service: &Service| {
            service.profiles.is_empty()
                || service.profiles.iter().any(|own| self.profiles.iter().any(|asked| asked == own || asked == "*"))
        };
        let mut todo: Vec<&String> = self.services.iter().filter(|(_, one)| asked(one)).map(|(name, _)| name).collect();
        let mut found = BTreeMap::new();
        while let Some(name) = todo.pop() {
            let Some(service) = self.services.get(name) else { continue };
            if found.insert(name.as_str(), service).is_none() {
                todo.extend(service.depends_on.iter().filter(|(_, needed)| needed.required).map(|(name, _)| name));
            }
        }
        found
    }

    /// The services in an order in which each comes behind those that it depends on.
    pub fn in_order(&self) -> Vec<&str> {
        let mut order: Vec<&str> = Vec::with_capacity(self.services.len());
        // Dependencies make no circle, so each round finds one at least.
        while order.len() < self.services.len() {
            let before = order.len();
            for (name, service) in &self.services {
                let is_ready =
                    service.needs().all(|other| order.contains(&other) || !self.services.contains_key(other));
                if is_ready && !order.contains(&name.as_str()) {
                    order.push(name);
                }
            }
            if order.len() == before {
                break;
            }
        }
        order
    }
}

impl Service {
    /// The services that must be there before it.
    fn needs(&self) -> impl Iterator<Item = &str> {
        let shared = match &self.networking {
            Networking::Service(name) => Some(name.as_str()),
            _ => None,
        };
        self.depends_on.keys().map(String::as_str).chain(shared)
    }
}

/// Reads a Compose file; `variables` are those that its texts may name.
///
/// # Errors
/// [`crate::Error::Invalid`] with the place of what is wrong or refused.
pub fn parse(file: &str, bytes: &[u8], variables: &Variables, warnings: &mut Vec<Warning>) -> Result<Compose> {
    compose(bytes, variables, &mut Notes::new(file, warnings)).map_err(|fault| fault.of(file))
}

/// The directory of the instance whose files are taken as logs, as AWS names it to Compose files.
pub(crate) const LOG_DIRECTORY: &str = "/var/log/eb-docker/containers";
const LOG_VARIABLE: &str = "EB_LOG_BASE_DIR";

fn compose(bytes: &[u8], variables: &Variables, notes: &mut Notes<'_>) -> std::result::Result<Compose, Fault> {
    let mut variables = variables.clone();
    variables.entry(LOG_VARIABLE.to_owned()).or_insert_with(|| LOG_DIRECTORY.to_owned());
    let root = interpolate::document(&node::yaml(bytes)?, &variables, notes)?;
    let mut fields = Fields::of(&root, "a Compose file")?;
    let mut found = Compose { name: fields.text("name")?, ..Compose::default() };
    // Compose says so, too.
    if let Some(version) = fields.take("version") {
        version.text("version")?;
    }
    found.profiles = variables
        .get("COMPOSE_PROFILES")
        .map(|list| list.split(',').map(|one| one.trim().to_owned()).filter(|one| !one.is_empty()).collect())
        .unwrap_or_default();
    for entry in fields.take("networks").map_or(Ok(&[][..]), |node| node.map("networks"))? {
        found.networks.insert(entry.key.to_string(), network(&entry.value, &entry.key, notes)?);
    }
    for entry in fields.take("volumes").map_or(Ok(&[][..]), |node| node.map("volumes"))? {
        volume(&entry.value, &entry.key, notes)?;
        found.volumes.insert(values::name(&entry.key, entry.at, "a volume")?);
    }
    let services = fields.required("services", "a Compose file")?;
    let entries = services.map("services")?;
    if entries.is_empty() || entries.len() > limits::SERVICES {
        return Err(services.fault(format!("services must have 1 to {} services", limits::SERVICES)));
    }
    for entry in entries {
        let name = values::name(&entry.key, entry.at, "a service")?;
        let service = service::service(&name, &entry.value, &variables, notes)?;
        found.services.insert(name, service);
    }
    for entry in fields.rest() {
        match &*entry.key {
            key if key.starts_with("x-") => {}
            "include" => {
                return Err(Fault::new(entry.at, "include is not supported: put all services into one Compose file"));
            }
            key @ ("configs" | "secrets" | "models") => notes.warn(entry.at, format!("{key} is not honoured")),
            key => return Err(Fault::new(entry.at, format!("{} is not known in a Compose file", quoted(key)))),
        }
    }
    for entry in entries {
        references(&mut found, &entry.key, &entry.value)?;
    }
    if found.in_order().len() < found.services.len() {
        return Err(services.fault("services depend on each other in a circle (depends_on, network_mode)"));
    }
    Ok(found)
}

/// Whether what a service names is there.
fn references(all: &mut Compose, name: &str, node: &Node) -> std::result::Result<(), Fault> {
    let Some(service) = all.services.get(name) else { return Ok(()) };
    for (other, dependency) in &service.depends_on {
        if dependency.required && (!all.services.contains_key(other) || other == name) {
            return Err(node.fault(format!("{name} depends on {}, which is no other service", quoted(other))));
        }
    }
    let mut wants_default = false;
    match &service.networking {
        Networking::Networks(networks) => {
            for network in networks.keys() {
                match network.as_str() {
                    DEFAULT_NETWORK => wants_default = true,
                    _ if all.networks.contains_key(network) => {}
                    _ => {
                        return Err(
                            node.fault(format!("{name} is on the network {}, which networks lacks", quoted(network)))
                        );
                    }
                }
            }
        }
        Networking::Service(other) if !all.services.contains_key(other) || other == name => {
            return Err(
                node.fault(format!("{name} shares the network of {}, which is no other service", quoted(other)))
            );
        }
        _ => {}
    }
    for mount in &service.mounts {
        if let Source::Volume(volume) = &mount.source
            && !all.volumes.contains(volume)
        {
            return Err(node.fault(format!("{name} mounts the volume {}, which volumes lacks", quoted(volume))));
        }
    }
    if wants_default {
        all.networks.entry(DEFAULT_NETWORK.to_owned()).or_default();
    }
    Ok(())
}

fn network(node: &Node, name: &str, notes: &mut Notes<'_>) -> std::result::Result<Network, Fault> {
    let what = format!("the network {name}");
    let mut fields = Fields::of(node, &what)?;
    let internal = fields.bool("internal")?.unwrap_or(false);
    fields.take("labels");
    if let Some(external) = fields.take("external").filter(|node| !matches!(node.bool("external"), Ok(false))) {
        return Err(external.fault(format!("external is refused: {what} must be this application's own")));
    }
    if let Some(driver) = fields.take("driver") {
        match driver.text("driver")? {
            "bridge" | "default" => {}
            "host" => {
                return Err(
                    driver.fault(format!("the driver host of {what} is refused: an application must not get out"))
                );
            }
            other => {
                notes.warn(driver.at, format!("the driver {} of {what} is not honoured: it is a bridge", quoted(other)))
            }
        }
    }
    if let Some(options) = fields.take("driver_opts") {
        notes.warn(options.at, format!("driver_opts of {what} is not honoured"));
    }
    rest(&fields, &what, &["attachable", "enable_ipv4", "enable_ipv6", "ipam", "name"], notes)?;
    Ok(Network { internal })
}

fn volume(node: &Node, name: &str, notes: &mut Notes<'_>) -> std::result::Result<(), Fault> {
    let what = format!("the volume {name}");
    let mut fields = Fields::of(node, &what)?;
    fields.take("labels");
    if let Some(external) = fields.take("external").filter(|node| !matches!(node.bool("external"), Ok(false))) {
        return Err(external.fault(format!("external is refused: {what} must be this application's own")));
    }
    if let Some(driver) = fields.take("driver")
        && driver.text("driver")? != "local"
    {
        return Err(
            driver.fault(format!("{what} has the driver {}; there is local only", quoted(driver.text("driver")?)))
        );
    }
    // The local driver mounts whatever it is told to, the host's root included.
    if let Some(options) = fields.take("driver_opts") {
        return Err(options.fault(format!("driver_opts of {what} is refused: it would mount directories of the host")));
    }
    rest(&fields, &what, &["name"], notes)
}

/// Warns of keys that are known and not honoured; others are errors, as Compose has it.
fn rest(fields: &Fields<'_>, what: &str, known: &[&str], notes: &mut Notes<'_>) -> std::result::Result<(), Fault> {
    for entry in fields.rest() {
        match &*entry.key {
            key if key.starts_with("x-") => {}
            key if known.contains(&key) => notes.warn(entry.at, format!("{key} of {what} is not honoured")),
            key => return Err(Fault::new(entry.at, format!("{} is not known in {what}", quoted(key)))),
        }
    }
    Ok(())
}
