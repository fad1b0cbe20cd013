//! Flags and file together, with what is said by neither.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use engine::config::{Config, DefaultBridge, Dns};
use engine::container::runtimes::OWN;
use engine::container::spec::{CgroupnsMode, LogConfig, Ulimit};
use ipnet::Ipv4Net;
use runtime::foreign::Program;
use tracing_subscriber::filter::LevelFilter;

use super::aws::{self, Aws};
use super::file::{self, BuilderEntry, File, RuntimeEntry};
use super::socket::Host;
use super::{Flags, remap};

/// The daemon's settings, checked.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) config: Config,
    pub(super) hosts: Vec<Host>,
    /// The group of the unix sockets; `None` leaves them to root.
    pub(super) group: Option<String>,
    pub(super) pid_file: PathBuf,
    pub(super) log_level: LevelFilter,
    /// The name of our nftables table.
    pub(super) table: String,
    /// Turn the kernel's forwarding on.
    pub(super) forward: bool,
    /// Bytes of build cache that are kept; `None` for the builder's own choice.
    pub(super) build_cache: Option<u64>,
    /// Amazon's services, if they are wanted.
    pub(super) aws: Option<Aws>,
}

const CONFIG_FILE: &str = "/etc/dabba/daemon.json";
const DATA_ROOT: &str = "/var/lib/dabba";
const EXEC_ROOT: &str = "/run/dabba";
const DOCKER_SOCKET: &str = "/var/run/docker.sock";

pub(super) fn gather(flags: Flags) -> Result<Settings> {
    let named = flags.config_file.clone();
    let path = named.clone().unwrap_or_else(|| CONFIG_FILE.into());
    let file = file::read(&path, named.is_some())?;
    check(file::merge(&flags.into_file()?, &file)?)
}

fn check(file: File) -> Result<Settings> {
    if file.live_restore == Some(false) {
        bail!("live-restore=false is not implemented: containers always go on while the daemon is away");
    }
    let aws = aws::settings(&file)?;
    let absolute = |path: Option<PathBuf>, default: &str| {
        std::path::absolute(path.unwrap_or_else(|| default.into())).context("finding the present directory")
    };
    let data_root = absolute(file.data_root, DATA_ROOT)?;
    let exec_root = absolute(file.exec_root, EXEC_ROOT)?;
    let suffix = instance(&data_root);
    let mut hosts = Vec::new();
    for text in file.hosts.unwrap_or_else(|| vec![format!("unix://{}", crate::DEFAULT_SOCKET)]) {
        hosts.push(text.parse::<Host>()?);
    }
    if file.docker_socket == Some(true) {
        hosts.push(Host::Unix(DOCKER_SOCKET.into()));
    }
    let log_level = if file.debug == Some(true) { "debug" } else { file.log_level.as_deref().unwrap_or("info") };
    let ulimits = file.default_ulimits.unwrap_or_default();
    let pools = match file.default_address_pools {
        Some(pools) => pools.into_iter().map(|pool| (pool.base, pool.size)).collect(),
        None => network::addresses::default_pools(),
    };
    let runtimes = runtimes(file.runtimes.unwrap_or_default())?;
    let default_runtime = default_runtime(file.default_runtime, &runtimes)?;
    let build_cache = build_cache(file.builder.unwrap_or_default())?;
    let config = Config {
        bridge: bridge(file.bridge, file.bip, file.fixed_cidr, file.default_gateway, file.mtu, &suffix)?,
        firewall: file.iptables.unwrap_or(true),
        masquerade: file.ip_masq.unwrap_or(true),
        publish_ip: file.ip,
        icc: file.icc.unwrap_or(true),
        cgroup_parent: file.cgroup_parent.unwrap_or_else(|| format!("/dabba{suffix}")),
        log: LogConfig { driver: log_driver(file.log_driver)?, options: file.log_opts.unwrap_or_default() },
        dns: Dns {
            servers: file.dns.unwrap_or_default(),
            search: file.dns_search.unwrap_or_default(),
            options: file.dns_opts.unwrap_or_default(),
        },
        ulimits: ulimits
            .into_values()
            .map(|limit| Ulimit { name: limit.name, soft: limit.soft, hard: limit.hard })
            .collect(),
        shm_size: file.default_shm_size.as_deref().map(size).transpose()?.unwrap_or(0),
        users: match file.userns_remap.as_deref() {
            None | Some("") => None,
            Some(wanted) => remap::users(wanted)?,
        },
        no_new_privileges: file.no_new_privileges.unwrap_or(false),
        cgroupns: match file.default_cgroupns_mode.as_deref() {
            None | Some("") => CgroupnsMode::Default,
            Some("private") => CgroupnsMode::Private,
            Some("host") => CgroupnsMode::Host,
            Some(other) => bail!("invalid default cgroup namespace ({other}): use host or private"),
        },
        address_pools: pools,
        runtimes,
        default_runtime,
        labels: file.labels.unwrap_or_default(),
        insecure_registries: file.insecure_registries.unwrap_or_default(),
        registry_mirrors: file.registry_mirrors.unwrap_or_default(),
        version: crate::VERSION.into(),
        data_root,
        exec_root: exec_root.clone(),
    };
    Ok(Settings {
        config,
        hosts,
        group: Some(file.group.unwrap_or_else(|| "docker".into())).filter(|group| !group.is_empty()),
        pid_file: absolute(file.pidfile, &exec_root.join("dabba.pid").to_string_lossy())?,
        log_level: level(log_level)?,
        table: format!("dabba{suffix}"),
        forward: file.ip_forward.unwrap_or(true),
        build_cache,
        aws,
    })
}

/// Bytes of build cache that are kept; all when nothing is collected.
fn build_cache(entry: BuilderEntry) -> Result<Option<u64>> {
    let gc = entry.gc.unwrap_or_default();
    if gc.enabled == Some(false) {
        return Ok(Some(u64::MAX));
    }
    let Some(text) = gc.default_reserved_space.or(gc.default_keep_storage) else { return Ok(None) };
    let bytes = size(text.trim_end_matches(['b', 'B'])).context("builder.gc of the configuration")?;
    Ok(Some(u64::try_from(bytes).unwrap_or(0)))
}

/// The runtimes that were named, and runc if it is there.
fn runtimes(named: BTreeMap<String, RuntimeEntry>) -> Result<BTreeMap<String, Program>> {
    let mut runtimes = BTreeMap::new();
    if let Some(path) = on_path(Path::new("runc")) {
        runtimes.insert("runc".to_owned(), Program { path, args: Vec::new() });
    }
    for (name, RuntimeEntry { path, runtime_args }) in named {
        if name == OWN {
            bail!("the runtime name {name:?} is reserved");
        }
        let found =
            on_path(&path).with_context(|| format!("runtime {name}: there is no program {}", path.display()))?;
        runtimes.insert(name, Program { path: found, args: runtime_args });
    }
    Ok(runtimes)
}

fn default_runtime(name: Option<String>, runtimes: &BTreeMap<String, Program>) -> Result<String> {
    match name {
        None => Ok(OWN.into()),
        Some(name) if name == OWN || runtimes.contains_key(&name) => Ok(name),
        Some(name) => bail!("specified default runtime '{name}' does not exist"),
    }
}

/// The file of a program: as it is named if that has a slash, otherwise the first on PATH.
fn on_path(program: &Path) -> Option<PathBuf> {
    let there = |path: &PathBuf| rustix::fs::access(path, rustix::fs::Access::EXEC_OK).is_ok() && path.is_file();
    if program.components().count() > 1 {
        return std::path::absolute(program).ok().filter(there);
    }
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(program)).find(there)
}

/// Tells the daemons of one host apart: nothing for the usual data root, eight digits of a hash for any other, so that
/// bridges, cgroups and firewall tables of two daemons never have the same name.
fn instance(data_root: &std::path::Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    if data_root.as_os_str() == DATA_ROOT {
        return String::new();
    }
    // FNV-1a: the name must be the same with every build, which the standard hasher does not promise.
    let hash = data_root
        .as_os_str()
        .as_bytes()
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    format!("-{:08x}", hash >> 32)
}

fn bridge(
    name: Option<String>,
    bip: Option<String>,
    fixed_cidr: Option<String>,
    gateway: Option<String>,
    mtu: Option<u32>,
    suffix: &str,
) -> Result<DefaultBridge> {
    let disabled = name.as_deref() == Some("none");
    let address =
        bip.map(|text| text.parse::<Ipv4Net>().with_context(|| format!("invalid --bip {text:?}"))).transpose()?;
    if let Some(address) = address
        && (address.addr() == address.network() || address.addr() == address.broadcast() || address.prefix_len() > 30)
    {
        bail!("--bip {address} leaves no address for the bridge and a container: give one such as 172.20.0.1/16");
    }
    let fixed_cidr = fixed_cidr
        .map(|text| text.parse::<Ipv4Net>().with_context(|| format!("invalid --fixed-cidr {text:?}")))
        .transpose()?;
    let gateway = gateway
        .map(|text| text.parse::<Ipv4Addr>().with_context(|| format!("invalid --default-gateway {text:?}")))
        .transpose()?;
    // A link's name has at most 15 characters.
    let default = if suffix.is_empty() { "dabba0".to_owned() } else { format!("dabba{suffix}") };
    let name = name.filter(|name| !name.is_empty() && name != "none").unwrap_or(default);
    if name.len() > 15 || name.contains(['/', ' ']) {
        bail!("{name:?} cannot be the name of a link: at most 15 characters, without slash and space");
    }
    Ok(DefaultBridge { name, address, fixed_cidr, gateway, mtu: mtu.unwrap_or(0), disabled })
}

fn log_driver(driver: Option<String>) -> Result<String> {
    match driver.as_deref() {
        None | Some("" | "json-file") => Ok("json-file".into()),
        Some("none") => Ok("none".into()),
        Some(other) => bail!("the log driver {other:?} is not implemented: use json-file or none"),
    }
}

fn level(text: &str) -> Result<LevelFilter> {
    Ok(match text {
        "trace" => LevelFilter::TRACE,
        "debug" => LevelFilter::DEBUG,
        "info" => LevelFilter::INFO,
        "warn" => LevelFilter::WARN,
        "error" | "fatal" | "panic" => LevelFilter::ERROR,
        other => bail!("unable to parse logging level: {other}"),
    })
}

/// Bytes, or a number with `k`, `m` or `g`.
fn size(text: &str) -> Result<i64> {
    let lower = text.to_ascii_lowercase();
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match lower[digits.len()..].trim_end_matches('b').trim_end_matches('i') {
        "" => 1_i64,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => bail!("invalid size: {text:?}"),
    };
    let number: i64 = digits.parse().with_context(|| format!("invalid size: {text:?}"))?;
    number.checked_mul(unit).filter(|bytes| *bytes >= 0).with_context(|| format!("invalid size: {text:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn daemons_with_their_own_roots_share_no_name() {
        let settings = |root: &str| check(File { data_root: Some(root.into()), ..File::default() }).unwrap();
        let (usual, one, two) = (settings(DATA_ROOT), settings("/a"), settings("/b"));
        assert_eq!((usual.config.bridge.name.as_str(), usual.table.as_str()), ("dabba0", "dabba"));
        assert!(one.config.bridge.name != two.config.bridge.name && one.table != two.table);
        assert!(one.config.cgroup_parent != two.config.cgroup_parent);
        assert!(one.config.bridge.name.len() <= 15);
    }

    #[test]
    fn senseless_settings_are_refused() {
        let refused = |file: File| check(file).unwrap_err().to_string();
        assert!(refused(File { bip: Some("172.17.0.0/16".into()), ..File::default() }).contains("--bip"));
        assert!(refused(File { log_level: Some("loud".into()), ..File::default() }).contains("loud"));
        assert!(refused(File { log_driver: Some("syslog".into()), ..File::default() }).contains("syslog"));
        assert!(refused(File { hosts: Some(vec!["http://x".into()]), ..File::default() }).contains("http://x"));
        assert!(refused(File { bridge: Some("averyveryverylongname".into()), ..File::default() }).contains("15"));
    }

    #[test]
    fn sizes() {
        assert_eq!((size("64M").unwrap(), size("1gb").unwrap(), size("7").unwrap()), (64 << 20, 1 << 30, 7));
        assert!(size("x").is_err() && size("1t").is_err() && size("").is_err());
    }
}
