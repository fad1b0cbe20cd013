//! What a release is prepared into: the containers of one copy, with everything that is decided about them before an
//! instance is there.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use crate::setup::{CURRENT, SetUp};
use beanstalk::fleet::{Failure, Prepared};
use bundle::compose::{self, Compose, Condition, Healthcheck, Networking, Source as MountFrom};
use bundle::dockerrun::{Single, Task};
use serde::{Deserialize, Serialize};

/// The containers of a copy, in the order in which they start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Parcel {
    /// All of them.
    pub(crate) services: Vec<Service>,
    /// Which one answers requests, and at which port; none where nothing does.
    pub(crate) serves: Option<Serves>,
    /// Who answers at further ports of the instance, where that is told: those that Compose files and tasks publish.
    #[serde(default)]
    pub(crate) published: BTreeMap<u16, Serves>,
    /// Where the unpacked source is, for mounts of its files.
    pub(crate) source: Option<PathBuf>,
    /// What was done beside building images, and is to be done on each instance.
    pub(crate) set_up: Option<SetUp>,
    /// What a worker is told to do, and when.
    #[serde(default)]
    pub(crate) cron: Vec<Periodic>,
}

/// A task that comes again and again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Periodic {
    /// Its name.
    pub(crate) name: String,
    /// The path that it is posted to.
    pub(crate) path: String,
    /// When it is due, as it was written.
    pub(crate) schedule: String,
}

/// Who answers requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Serves {
    /// The service.
    pub(crate) service: String,
    /// Its port.
    pub(crate) port: u16,
}

/// One container.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Service {
    /// What others of the copy find it by.
    pub(crate) name: String,
    /// The image, under the name that it has for this release.
    pub(crate) image: String,
    /// In place of the image's.
    pub(crate) entrypoint: Option<Vec<String>>,
    /// In place of the image's.
    pub(crate) command: Option<Vec<String>>,
    /// Variables, beside the environment's properties.
    pub(crate) environment: BTreeMap<String, String>,
    /// It gets the environment's properties.
    pub(crate) properties: bool,
    /// In place of the image's.
    pub(crate) working_dir: String,
    /// In place of the image's.
    pub(crate) user: String,
    /// Its host name.
    pub(crate) hostname: String,
    /// What is mounted.
    pub(crate) mounts: Vec<Mount>,
    /// What has to be there first.
    pub(crate) depends_on: BTreeMap<String, Depends>,
    /// Further names that others find it by.
    pub(crate) aliases: Vec<String>,
    /// No network but loopback.
    pub(crate) isolated: bool,
    /// The health probe in place of the image's.
    pub(crate) probe: Option<Probe>,
    /// It ends, and its copy lives on.
    pub(crate) may_end: bool,
    /// It is started again when it ends.
    pub(crate) restarts: bool,
    /// Its root file system cannot be written.
    pub(crate) read_only: bool,
    /// Process 1 is an init.
    pub(crate) init: Option<bool>,
    /// Rights beyond the default ones.
    pub(crate) cap_add: Vec<String>,
    /// Rights fewer.
    pub(crate) cap_drop: Vec<String>,
    /// It can gain no rights.
    pub(crate) no_new_privileges: bool,
    /// Lines of /etc/hosts.
    pub(crate) hosts: Vec<(String, std::net::IpAddr)>,
    /// Limits of its processes: soft and hard.
    pub(crate) ulimits: BTreeMap<String, (i64, i64)>,
    /// Bytes of memory.
    pub(crate) memory: Option<u64>,
    /// Bytes of memory that the kernel tries to leave.
    pub(crate) memory_reservation: Option<u64>,
    /// Billionths of a processor.
    pub(crate) nano_cpus: Option<u64>,
    /// Weight, where ECS gives one.
    pub(crate) cpu_shares: Option<u64>,
    /// Processes.
    pub(crate) pids: Option<u64>,
    /// What asks it to end.
    pub(crate) stop_signal: String,
    /// How long that may take.
    pub(crate) stop_grace: Option<Duration>,
    /// Its labels.
    pub(crate) labels: BTreeMap<String, String>,
}

/// A mount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mount {
    pub(crate) from: From,
    pub(crate) target: String,
    pub(crate) read_only: bool,
}

/// What is mounted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum From {
    /// A volume that the copies of an instance share, one after the other.
    Volume(String),
    /// A volume whose files are logs. Copies of an instance may write to it at the same time.
    Logs(String),
    /// A volume of the container's own.
    Anonymous,
    /// A path of the source.
    Source(String),
    /// A directory of the host's that was made for the release.
    Release(PathBuf),
    /// Memory.
    Memory { size: Option<u64>, mode: Option<u32> },
}

/// What must be with another service first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Depends {
    Started,
    Healthy,
    Completed,
}

/// A health probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Probe {
    pub(crate) test: Vec<String>,
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
    pub(crate) start_period: Duration,
    pub(crate) start_interval: Duration,
    pub(crate) retries: u32,
}

/// What was set up for what was prepared.
pub(crate) fn set_up_of(prepared: &Prepared) -> Option<SetUp> {
    prepared.parcel.read::<Parcel>().ok()?.set_up.clone()
}

impl Parcel {
    /// Who answers for a process of an environment: the default one, and whichever has its port, leads to the
    /// application; any other to what publishes its port on the instance, or to the application's container at that
    /// very port.
    pub(crate) fn serving(&self, process: u16, default: u16) -> Option<Serves> {
        let serves = self.serves.as_ref()?;
        if process == default {
            return Some(serves.clone());
        }
        let unsaid = || match process {
            // There is the instance's proxy, and behind it the application.
            80 => serves.clone(),
            port => Serves { service: serves.service.clone(), port },
        };
        Some(self.published.get(&process).cloned().unwrap_or_else(unsaid))
    }

    /// The paths of the source that are mounted.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &str> {
        let mounts = self.services.iter().flat_map(|service| &service.mounts);
        mounts.filter_map(|mount| match &mount.from {
            From::Source(path) => Some(path.as_str()),
            _ => None,
        })
    }

    /// Two copies on one instance would use the same volumes at the same time.
    pub(crate) fn is_exclusive(&self) -> bool {
        self.services
            .iter()
            .any(|service| service.mounts.iter().any(|mount| matches!(mount.from, From::Volume(_)) && !mount.read_only))
    }
}

/// What the volumes are called that a task has for logs, before the name of a container.
const LOGS: &str = "awseb-logs-";
/// The name of the only service of a copy.
pub(crate) const ONLY: &str = "app";

/// One container of an image. `port` is the first one that the image exposes.
pub(crate) fn single(image: String, single: Option<&Single>, exposed: Option<u16>) -> Parcel {
    let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
    let mounts = single.map(|single| single.volumes.as_slice()).unwrap_or_default();
    let port = single.and_then(|single| single.ports.first()).map(|port| port.container).or(exposed);
    let service = Service {
        name: ONLY.into(),
        image,
        entrypoint: single.and_then(|single| some(&single.entrypoint)),
        command: single.and_then(|single| some(&single.command)),
        properties: true,
        mounts: mounts
            .iter()
            .map(|volume| Mount {
                // A directory of the instance outlives the container on it.
                from: of_instance(&volume.host_directory)
                    .unwrap_or_else(|| From::Volume(volume_name(&volume.host_directory))),
                target: volume.container_directory.clone(),
                read_only: false,
            })
            .chain(single.and_then(|single| single.logging.as_ref()).map(|directory| Mount {
                from: From::Logs(ONLY.into()),
                target: directory.clone(),
                read_only: false,
            }))
            .collect(),
        ..Service::default()
    };
    let serves = port.map(|port| Serves { service: ONLY.into(), port });
    let published = single.map(|single| single.ports.as_slice()).unwrap_or_default().iter();
    let published = published
        .filter(|port| port.host > 0)
        .map(|port| (port.host, Serves { service: ONLY.into(), port: port.container }));
    Parcel {
        services: vec![service],
        serves,
        published: published.collect(),
        source: None,
        set_up: None,
        cron: Vec::new(),
    }
}

/// The files of a source that are at a path of the instance, as Amazon's platform lays them out.
fn of_instance(path: &str) -> Option<From> {
    let below = Path::new(path).strip_prefix(CURRENT).ok()?;
    let plain = below.components().all(|part| matches!(part, Component::Normal(_)));
    below.to_str().filter(|_| plain).map(|below| From::Source(below.to_owned()))
}

/// A path as a volume's name.
fn volume_name(path: &str) -> String {
    format!("host{}", plain_name(path))
}

fn plain_name(path: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    path.chars().map(plain).collect()
}

/// The services of a compose file. `images` are their images by service; `port` is the one of the instance that the
/// balancer sends requests to.
pub(crate) fn compose(
    compose: &Compose,
    images: &BTreeMap<String, String>,
    env_files: &BTreeMap<String, BTreeMap<String, String>>,
    port: u16,
) -> Result<Parcel, Failure> {
    let enabled = compose.enabled();
    let mut services = Vec::new();
    for name in compose.in_order() {
        let Some(service) = enabled.get(name) else { continue };
        let image = images.get(name).cloned().ok_or_else(|| {
            Failure::new("Reading the compose file", format!("the service {name} has neither an image nor a build"))
        })?;
        services.push(composed(name, service, image, env_files.get(name)));
    }
    let published = |wanted: Option<u16>| {
        enabled.iter().find_map(|(name, service)| {
            let port = service.ports.iter().find(|port| {
                port.protocol == compose::Protocol::Tcp
                    && wanted.is_none_or(|wanted| port.published.is_some_and(|(a, b)| (a..=b).contains(&wanted)))
            })?;
            Some(Serves { service: (*name).to_owned(), port: port.target })
        })
    };
    let mut all = BTreeMap::new();
    for (name, service) in &enabled {
        let ports = service.ports.iter().filter(|port| port.protocol == compose::Protocol::Tcp);
        for (port, first) in ports.filter_map(|port| Some((port, port.published?.0))) {
            let serves = Serves { service: (*name).to_owned(), port: port.target };
            all.entry(first).or_insert(serves);
        }
    }
    Ok(Parcel {
        services,
        serves: published(Some(port)).or_else(|| published(None)),
        published: all,
        source: None,
        set_up: None,
        cron: Vec::new(),
    })
}

fn composed(
    name: &str,
    service: &compose::Service,
    image: String,
    from_files: Option<&BTreeMap<String, String>>,
) -> Service {
    let mut environment = from_files.cloned().unwrap_or_default();
    environment.extend(service.environment.clone());
    let aliases = match &service.networking {
        Networking::Networks(networks) => networks.values().flatten().cloned().collect(),
        Networking::None | Networking::Service(_) => Vec::new(),
    };
    let depends = |condition: Condition| match condition {
        Condition::Started => Depends::Started,
        Condition::Healthy => Depends::Healthy,
        Condition::Completed => Depends::Completed,
    };
    Service {
        name: name.to_owned(),
        image,
        entrypoint: service.entrypoint.clone(),
        command: service.command.clone(),
        environment,
        properties: false,
        working_dir: service.working_dir.clone().unwrap_or_default(),
        user: service.user.clone().unwrap_or_default(),
        hostname: service.hostname.clone().unwrap_or_default(),
        mounts: service
            .mounts
            .iter()
            .map(|mount| Mount {
                from: match &mount.source {
                    MountFrom::Anonymous => From::Anonymous,
                    MountFrom::Volume(name) => From::Volume(name.clone()),
                    MountFrom::Bundle(path) => From::Source(path.clone()),
                    MountFrom::Logs(name) => From::Logs(plain_name(name)),
                    MountFrom::Memory { size, mode } => From::Memory { size: *size, mode: *mode },
                },
                target: mount.target.clone(),
                read_only: mount.read_only,
            })
            .collect(),
        depends_on: service.depends_on.iter().map(|(name, on)| (name.clone(), depends(on.condition))).collect(),
        aliases,
        isolated: service.networking == Networking::None,
        probe: probe(&service.healthcheck),
        may_end: service.restart == compose::Restart::No,
        restarts: service.restart != compose::Restart::No,
        read_only: service.read_only,
        init: service.init,
        cap_add: service.cap_add.clone(),
        cap_drop: service.cap_drop.clone(),
        no_new_privileges: service.no_new_privileges,
        hosts: service.extra_hosts.iter().map(|(name, address)| (name.clone(), *address)).collect(),
        ulimits: service.ulimits.iter().map(|(name, limit)| (name.clone(), (limit.soft, limit.hard))).collect(),
        memory: service.resources.memory,
        memory_reservation: service.resources.memory_reservation,
        nano_cpus: service.resources.nano_cpus,
        cpu_shares: None,
        pids: service.resources.pids,
        stop_signal: service.stop_signal.clone().unwrap_or_default(),
        stop_grace: service.stop_grace_period,
        labels: service.labels.clone(),
    }
}

fn probe(check: &Healthcheck) -> Option<Probe> {
    match check {
        Healthcheck::Image => None,
        Healthcheck::Disabled => Some(Probe {
            test: vec!["NONE".into()],
            interval: Duration::ZERO,
            timeout: Duration::ZERO,
            start_period: Duration::ZERO,
            start_interval: Duration::ZERO,
            retries: 0,
        }),
        Healthcheck::Test { test, interval, timeout, start_period, start_interval, retries } => Some(Probe {
            test: test.clone().unwrap_or_default(),
            interval: interval.unwrap_or_default(),
            timeout: timeout.unwrap_or_default(),
            start_period: start_period.unwrap_or_default(),
            start_interval: start_interval.unwrap_or_default(),
            retries: retries.unwrap_or_default(),
        }),
    }
}

/// The containers of a task of ECS.
pub(crate) fn ecs(task: &Task, images: &BTreeMap<String, String>, port: u16) -> Result<Parcel, Failure> {
    let mut services = Vec::new();
    for container in &task.containers {
        let image = images.get(&container.name).cloned().ok_or_else(|| {
            Failure::new("Reading Dockerrun.aws.json", format!("the container {} has no image", container.name))
        })?;
        let some = |list: &Vec<String>| (!list.is_empty()).then(|| list.clone());
        let mounts = container.mounts.iter().map(|mount| Mount {
            from: match (task.volumes.get(&mount.volume), mount.volume.strip_prefix(LOGS)) {
                (Some(path), _) => path.as_deref().and_then(of_instance),
                (None, Some(container)) => Some(From::Logs(plain_name(container))),
                (None, None) => None,
            }
            .unwrap_or_else(|| From::Volume(mount.volume.clone())),
            target: mount.path.clone(),
            read_only: mount.read_only,
        });
        services.push(Service {
            name: container.name.clone(),
            image,
            entrypoint: some(&container.entry_point),
            command: some(&container.command),
            environment: container.environment.clone(),
            properties: true,
            working_dir: container.working_directory.clone().unwrap_or_default(),
            user: container.user.clone().unwrap_or_default(),
            hostname: container.hostname.clone().unwrap_or_default(),
            mounts: mounts.collect(),
            depends_on: container.links.values().map(|name| (name.clone(), Depends::Started)).collect(),
            may_end: !container.essential,
            read_only: container.read_only,
            hosts: container.extra_hosts.iter().map(|(name, address)| (name.clone(), *address)).collect(),
            ulimits: container.ulimits.iter().map(|(name, limit)| (name.clone(), (limit.soft, limit.hard))).collect(),
            memory: container.memory.map(|megabytes| megabytes << 20),
            memory_reservation: container.memory_reservation.map(|megabytes| megabytes << 20),
            cpu_shares: container.cpu,
            labels: container.labels.clone(),
            ..Service::default()
        });
    }
    // What others link to starts first, under the name that they link to it by.
    for at in 0..services.len() {
        let links = task.containers[at].links.clone();
        for (alias, name) in links {
            if let Some(linked) = services.iter_mut().find(|service| service.name == name)
                && alias != name
            {
                linked.aliases.push(alias);
            }
        }
    }
    for at in 0..services.len() {
        for (other, read_only) in task.containers[at].volumes_from.clone() {
            let Some(found) = services.iter().find(|service| service.name == other) else { continue };
            let more: Vec<Mount> = found
                .mounts
                .iter()
                .map(|mount| Mount { read_only: mount.read_only || read_only, ..mount.clone() })
                .collect();
            services[at].mounts.extend(more);
        }
    }
    services = ordered(services);
    let published = |wanted: Option<u16>| {
        task.containers.iter().find_map(|container| {
            let port = container
                .ports
                .iter()
                .find(|port| !port.is_udp && wanted.is_none_or(|wanted| port.host == Some(wanted)))?;
            Some(Serves { service: container.name.clone(), port: port.container })
        })
    };
    let all = task.containers.iter().flat_map(|container| {
        let ports = container.ports.iter().filter(|port| !port.is_udp);
        ports.filter_map(|port| Some((port.host?, Serves { service: container.name.clone(), port: port.container })))
    });
    Ok(Parcel {
        services,
        serves: published(Some(port)).or_else(|| published(None)),
        published: all.collect(),
        source: None,
        set_up: None,
        cron: Vec::new(),
    })
}

/// Services after those that they depend on; those that depend on each other in a circle as they came.
fn ordered(mut services: Vec<Service>) -> Vec<Service> {
    let mut sorted: Vec<Service> = Vec::with_capacity(services.len());
    while !services.is_empty() {
        let ready =
            |service: &Service| service.depends_on.keys().all(|name| sorted.iter().any(|other| other.name == *name));
        let at = services.iter().position(ready).unwrap_or(0);
        sorted.push(services.remove(at));
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_instance_may_be_of_the_source() {
        let of = |path: &str| of_instance(path);
        assert_eq!(of("/var/app/current/php-app"), Some(From::Source("php-app".into())));
        assert_eq!(of("/var/app/current/"), Some(From::Source(String::new())));
        for other in ["/var/app/currently", "/srv/data", "/var/app/current/../../etc", "var/app/current/x"] {
            assert_eq!(of(other), None, "{other}");
        }
    }

    #[test]
    fn a_process_leads_to_what_has_its_port() {
        let serves = |service: &str, port| Serves { service: service.into(), port };
        let mut parcel = single("image".into(), None, Some(5000));
        parcel.published = [(8080, serves("admin", 9000)), (80, serves("web", 5000))].into();
        // The default process leads to the application, whatever its port; so does the instance's proxy.
        assert_eq!(parcel.serving(3000, 3000), Some(serves(ONLY, 5000)));
        assert_eq!(parcel.serving(8080, 3000), Some(serves("admin", 9000)));
        assert_eq!(parcel.serving(7000, 3000), Some(serves(ONLY, 7000)));
        assert_eq!(parcel.serving(80, 3000), Some(serves("web", 5000)));
        parcel.published.clear();
        assert_eq!(parcel.serving(80, 3000), Some(serves(ONLY, 5000)));
        parcel.serves = None;
        assert_eq!(parcel.serving(3000, 3000), None);
    }
}
