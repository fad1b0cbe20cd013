//! What a container is asked to be: its program and its surroundings, parsed and checked.
//!
//! These are the engine's own types; `docker-api` translates them from and to the wire, and they are what the store
//! keeps.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Everything a client may ask of a container, after the image's defaults have been merged in.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Spec {
    /// The program, its arguments and what it sees of itself.
    pub program: Program,
    /// Host name; empty means the first 12 digits of the id.
    pub hostname: String,
    /// Domain name.
    pub domainname: String,
    /// Free-form labels.
    pub labels: BTreeMap<String, String>,
    /// OCI annotations.
    pub annotations: BTreeMap<String, String>,
    /// Ports the program listens on.
    pub exposed: BTreeSet<Port>,
    /// Volume paths that the image or the client declared without a source.
    pub declared_volumes: BTreeSet<PathBuf>,
    /// The image's build triggers, shown by `inspect`.
    pub on_build: Vec<String>,
    /// The shell of shell-form commands, shown by `inspect` and used by health checks.
    pub shell: Option<Vec<String>>,
    /// Health probe; `None` means none, neither from the image nor from the client.
    pub health_check: Option<HealthCheck>,
    /// Everything the host gives or limits.
    pub host: Host,
}

/// The program of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Program {
    /// Entry point; `None` when neither the client nor the image has one.
    pub entrypoint: Option<Vec<String>>,
    /// Command, or the entry point's arguments.
    pub cmd: Option<Vec<String>>,
    /// `NAME=value` pairs.
    pub env: Vec<String>,
    /// Where it starts; empty means `/`.
    pub working_dir: String,
    /// `user[:group]`; empty means root.
    pub user: String,
    /// Give it a terminal.
    pub tty: bool,
    /// Keep its standard input open while nobody is attached.
    pub open_stdin: bool,
    /// Close its standard input when the first attached client goes.
    pub stdin_once: bool,
    /// What the client said it would attach to; shown by `inspect`.
    pub attach: Streams,
    /// The signal that asks it to end; empty means the image's or SIGTERM.
    pub stop_signal: String,
    /// How long `stop` waits before SIGKILL when it names no time itself.
    pub stop_timeout: Option<i64>,
}

/// Which of the three standard streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Streams {
    /// Standard input.
    pub stdin: bool,
    /// Standard output.
    pub stdout: bool,
    /// Standard error.
    pub stderr: bool,
}

/// A health probe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthCheck {
    /// `["CMD", …]`, `["CMD-SHELL", text]`, or `["NONE"]`, which is kept to be shown.
    pub test: Vec<String>,
    /// Time between two probes; zero means 30 s.
    pub interval: Duration,
    /// Time after which a probe has failed; zero means 30 s.
    pub timeout: Duration,
    /// Time at the start in which failures do not count.
    pub start_period: Duration,
    /// Time between two probes in that period; zero means 5 s.
    pub start_interval: Duration,
    /// Failures in a row that make it unhealthy; zero means 3.
    pub retries: u32,
}

/// As images and clients say it, in Go's nanoseconds; a negative duration means nothing here.
impl From<::oci::image::Healthcheck> for HealthCheck {
    fn from(check: ::oci::image::Healthcheck) -> Self {
        let duration = |nanoseconds: i64| Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(0));
        Self {
            test: check.test,
            interval: duration(check.interval),
            timeout: duration(check.timeout),
            start_period: duration(check.start_period),
            start_interval: duration(check.start_interval),
            retries: u32::try_from(check.retries).unwrap_or(0),
        }
    }
}

impl From<HealthCheck> for ::oci::image::Healthcheck {
    fn from(check: HealthCheck) -> Self {
        let nanoseconds = |duration: Duration| i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX);
        Self {
            test: check.test,
            interval: nanoseconds(check.interval),
            timeout: nanoseconds(check.timeout),
            start_period: nanoseconds(check.start_period),
            start_interval: nanoseconds(check.start_interval),
            retries: i64::from(check.retries),
        }
    }
}

/// What the host gives to a container, and where it ends.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Host {
    /// Bind mounts, volumes and tmpfs, in the order given.
    pub mounts: Vec<Mount>,
    /// The `Binds` texts as the client sent them; shown by `inspect`.
    pub binds: Vec<String>,
    /// `--tmpfs` entries as sent (path → options); they are in `mounts` too.
    pub tmpfs: BTreeMap<String, String>,
    /// Take the mounts of these containers: `id[:ro|:rw]`.
    pub volumes_from: Vec<String>,
    /// The volume driver asked for; only `local` exists.
    pub volume_driver: String,
    /// Where the client keeps the id; shown by `inspect`.
    pub container_id_file: String,
    /// Where standard output and error go.
    pub log: LogConfig,
    /// Which network the container starts in.
    pub network: NetworkMode,
    /// Published ports.
    pub ports: BTreeMap<Port, Vec<HostPort>>,
    /// Publish every exposed port on a free host port.
    pub publish_all: bool,
    /// What to do when the program ends.
    pub restart: RestartPolicy,
    /// Remove the container when it ends.
    pub auto_remove: bool,
    /// Capabilities beyond the default set, without the `CAP_` prefix or `ALL`.
    pub cap_add: Vec<String>,
    /// Capabilities taken from the default set.
    pub cap_drop: Vec<String>,
    /// All capabilities, all devices, no seccomp, nothing masked.
    pub privileged: bool,
    /// Parsed `--security-opt`.
    pub security: Security,
    /// The texts of `--security-opt` as sent; shown by `inspect`.
    pub security_opt: Vec<String>,
    /// Name servers; empty means the host's.
    pub dns: Vec<IpAddr>,
    /// Resolver options.
    pub dns_options: Vec<String>,
    /// Search domains.
    pub dns_search: Vec<String>,
    /// `name:address` lines for /etc/hosts.
    pub extra_hosts: Vec<String>,
    /// Supplementary groups by name or number.
    pub group_add: Vec<String>,
    /// IPC namespace.
    pub ipc: IpcMode,
    /// PID namespace.
    pub pid: PidMode,
    /// UTS namespace is the host's.
    pub uts_host: bool,
    /// User namespace is the host's, as it always is unless remapped; shown by `inspect`.
    pub userns: String,
    /// Cgroup namespace.
    pub cgroupns: CgroupnsMode,
    /// Legacy links: `container:alias`.
    pub links: Vec<String>,
    /// Mount the root file system read-only.
    pub readonly_rootfs: bool,
    /// Size of /dev/shm in bytes; zero means 64 MiB.
    pub shm_size: i64,
    /// Kernel parameters.
    pub sysctls: BTreeMap<String, String>,
    /// An external OCI runtime by name; empty means our own.
    pub runtime: String,
    /// Run an init as process 1.
    pub init: Option<bool>,
    /// Adjustment of the out-of-memory score.
    pub oom_score_adj: i32,
    /// Paths to mask instead of the default ones; `None` means the default.
    pub masked_paths: Option<Vec<PathBuf>>,
    /// Paths to make read-only instead of the default ones; `None` means the default.
    pub readonly_paths: Option<Vec<PathBuf>>,
    /// Rows and columns of the terminal at start; zero means unknown.
    pub console_size: (u16, u16),
    /// Limits.
    pub resources: Resources,
    /// Networks to join at start, by the name the client used. The one of `network` is among them.
    pub endpoints: BTreeMap<String, EndpointConfig>,
    /// MAC address asked for with the old container-wide setting.
    pub mac_address: String,
}

/// A port of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Port {
    /// 1 to 65535.
    pub number: u16,
    /// Transport protocol.
    pub protocol: Protocol,
}

/// A transport protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

impl Protocol {
    /// `tcp`, `udp` or `sctp`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }
}

impl std::fmt::Display for Port {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.number, self.protocol.as_str())
    }
}

impl std::str::FromStr for Port {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let (number, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
        let protocol = match protocol.to_ascii_lowercase().as_str() {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            "sctp" => Protocol::Sctp,
            _ => return Err(format!("invalid proto: {protocol}")),
        };
        match number.parse::<u16>() {
            Ok(number) if number > 0 => Ok(Self { number, protocol }),
            _ => Err(format!("invalid port specification: {text:?}")),
        }
    }
}

impl TryFrom<String> for Port {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Port> for String {
    fn from(port: Port) -> String {
        port.to_string()
    }
}

/// The host's side of a published port as it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostPort {
    /// Address to listen on; `None` means all.
    pub ip: Option<IpAddr>,
    /// First and last port of the range to choose from; `None` means any free port.
    pub range: Option<(u16, u16)>,
}

/// One mount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Where, in the container; absolute and clean.
    pub target: PathBuf,
    /// Read-only.
    pub readonly: bool,
    /// What.
    pub source: MountSource,
    /// The client used the `Mounts` field rather than `Binds`; shown by `inspect`, and a bind's source must exist.
    pub strict: bool,
}

/// What is mounted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MountSource {
    /// A path of the host.
    Bind {
        /// The path.
        path: PathBuf,
        /// `rprivate`, `rshared`, …; empty means `rprivate`.
        propagation: String,
        /// Do not take the mounts below it along.
        non_recursive: bool,
        /// Make it when it is missing.
        create: bool,
        /// What of it is mounted, found as if it were the root directory: no link leads out. All of it when this is empty.
        #[serde(default)]
        part: PathBuf,
    },
    /// A named volume, or an anonymous one when there is no name yet.
    Volume {
        /// The volume.
        name: Option<String>,
        /// Do not fill an empty volume with what the image has at this path.
        no_copy: bool,
        /// Labels of a volume made for this mount.
        labels: BTreeMap<String, String>,
        /// Driver options of a volume made for this mount.
        options: BTreeMap<String, String>,
        /// The image or the client declared it without a name; removed with `rm -v` and `--rm`.
        anonymous: bool,
        /// A path within the volume.
        subpath: String,
    },
    /// A file system in memory.
    Tmpfs {
        /// Size in bytes; `None` means the kernel's default, half of memory.
        size: Option<u64>,
        /// Mode of its root; `None` means 1777.
        mode: Option<u32>,
        /// Further mount options such as `noexec` or `uid=7`.
        options: Vec<String>,
    },
}

/// A log driver and its options.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogConfig {
    /// `json-file` or `none`; empty means the daemon's default.
    pub driver: String,
    /// `max-size`, `max-file`, `labels`, `env`, `tag`, `mode`, …
    pub options: BTreeMap<String, String>,
}

/// Which network namespace a container gets.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum NetworkMode {
    /// The default bridge, under the name `default`.
    #[default]
    Default,
    /// The default bridge, named by the client.
    Bridge,
    /// Its own with nothing but loopback.
    None,
    /// The host's.
    Host,
    /// Another container's, by name or id.
    Container(String),
    /// A user-defined network, by name or id.
    Named(String),
}

/// IPC namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum IpcMode {
    /// Its own; the daemon's default.
    #[default]
    Private,
    /// Its own, which others may join.
    Shareable,
    /// Its own and no /dev/shm.
    None,
    /// The host's.
    Host,
    /// Another container's.
    Container(String),
}

/// PID namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum PidMode {
    /// Its own.
    #[default]
    Private,
    /// The host's.
    Host,
    /// Another container's.
    Container(String),
}

/// Cgroup namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum CgroupnsMode {
    /// Private on a v2 host, the host's on v1, as Docker chooses.
    #[default]
    Default,
    /// Its own.
    Private,
    /// The host's.
    Host,
}

/// What to do when the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum RestartPolicy {
    /// Nothing.
    #[default]
    No,
    /// Start again, also when the daemon starts.
    Always,
    /// Start again unless somebody stopped it.
    UnlessStopped,
    /// Start again after a failure.
    OnFailure {
        /// At most that often; 0 means without limit.
        max: u32,
    },
}

/// What `--security-opt` asked for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Security {
    /// A process and its children can gain no privileges by execve.
    pub no_new_privileges: bool,
    /// System call filter.
    pub seccomp: Seccomp,
    /// An AppArmor profile; only `unconfined` works where the kernel has no AppArmor.
    pub apparmor: Option<String>,
    /// SELinux label parts.
    pub label: Vec<String>,
    /// `systempaths=unconfined`: nothing masked or read-only.
    pub unmasked: bool,
}

/// The system call filter of a container.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Seccomp {
    /// Docker's default profile.
    #[default]
    Default,
    /// None.
    Unconfined,
    /// A profile given by the client, as JSON text in Docker's form.
    Profile(String),
}

/// Limits; zero or `None` means none.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Resources {
    /// Bytes of memory.
    pub memory: i64,
    /// Bytes of memory the kernel tries to leave when memory is short.
    pub memory_reservation: i64,
    /// Bytes of memory and swap together; -1 unlimited swap; 0 means twice `memory`.
    pub memory_swap: i64,
    /// 0 to 100.
    pub memory_swappiness: Option<i64>,
    /// Let the program wait rather than kill it when memory is used up.
    pub oom_kill_disable: bool,
    /// Billionths of a processor.
    pub nano_cpus: i64,
    /// Relative weight, 2 to 262144.
    pub cpu_shares: i64,
    /// Microseconds.
    pub cpu_period: i64,
    /// Microseconds in each period.
    pub cpu_quota: i64,
    /// Microseconds of realtime in each realtime period.
    pub cpu_realtime_period: i64,
    /// See above.
    pub cpu_realtime_runtime: i64,
    /// Processors, as `0-2,4`.
    pub cpuset_cpus: String,
    /// Memory nodes.
    pub cpuset_mems: String,
    /// Processes; 0 or less means no limit.
    pub pids_limit: Option<i64>,
    /// 10 to 1000.
    pub blkio_weight: u16,
    /// Weight a device.
    pub blkio_weight_device: Vec<WeightDevice>,
    /// Bytes a second, reading.
    pub read_bps: Vec<ThrottleDevice>,
    /// Bytes a second, writing.
    pub write_bps: Vec<ThrottleDevice>,
    /// Operations a second, reading.
    pub read_iops: Vec<ThrottleDevice>,
    /// Operations a second, writing.
    pub write_iops: Vec<ThrottleDevice>,
    /// Devices of the host.
    pub devices: Vec<DeviceMapping>,
    /// Rules such as `c 1:3 rwm`.
    pub device_cgroup_rules: Vec<String>,
    /// Process limits.
    pub ulimits: Vec<Ulimit>,
    /// Parent cgroup; empty means the daemon's default.
    pub cgroup_parent: String,
}

/// A block device and its weight.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightDevice {
    /// Path on the host.
    pub path: PathBuf,
    /// 10 to 1000.
    pub weight: u16,
}

/// A block device and its rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThrottleDevice {
    /// Path on the host.
    pub path: PathBuf,
    /// Bytes or operations a second.
    pub rate: u64,
}

/// A device of the host in the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceMapping {
    /// On the host.
    pub host: PathBuf,
    /// In the container.
    pub container: PathBuf,
    /// A subset of `rwm`.
    pub permissions: String,
}

/// A process limit by its short name (`nofile`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ulimit {
    /// Without `RLIMIT_`, lower case.
    pub name: String,
    /// -1 means unlimited.
    pub soft: i64,
    /// -1 means unlimited.
    pub hard: i64,
}

/// What a client asks of one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EndpointConfig {
    /// A fixed IPv4 address.
    pub ipv4: Option<std::net::Ipv4Addr>,
    /// A fixed IPv6 address.
    pub ipv6: Option<std::net::Ipv6Addr>,
    /// Link-local addresses.
    pub link_local: Vec<IpAddr>,
    /// Further names on this network.
    pub aliases: Vec<String>,
    /// Names for other containers, seen by this one only: `container:alias`.
    pub links: Vec<String>,
    /// Driver options.
    pub driver_options: BTreeMap<String, String>,
    /// Which endpoint gives the default route: the highest.
    pub gateway_priority: i64,
    /// A fixed MAC address; empty means one is made.
    pub mac_address: String,
}
