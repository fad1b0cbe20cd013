//! From a container's spec to the OCI runtime specification: what `runtime` turns into a process.
//!
//! Pure: whatever has to be looked up (users, device numbers, namespaces of other containers) comes in as
//! [`Surroundings`].

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use ::oci::runtime::{
    BlockIo, Capabilities, ConsoleSize, Cpu, Device, DeviceRule, Linux, Memory, Mount, Namespace, NamespaceKind, Pids,
    Process, Resources, Rlimit, Root, Seccomp, Spec, ThrottleDevice, User, VERSION, WeightDevice,
};

use super::confinement as default;
use super::spec::{self, CgroupnsMode, IpcMode, NetworkMode, PidMode};
use super::{Container, MountKind};
use crate::config::Users;
use crate::error::{Error, Result};

/// What the specification needs besides the container's record.
#[derive(Debug, Default)]
pub(crate) struct Surroundings {
    /// Who the program runs as.
    pub(crate) user: User,
    /// Home directory of that user.
    pub(crate) home: String,
    /// The cgroup.
    pub(crate) cgroup: String,
    /// Paths of the namespaces of other containers that are to be joined.
    pub(crate) join: BTreeMap<NamespaceKind, PathBuf>,
    /// /etc/hosts, /etc/hostname and /etc/resolv.conf on the host.
    pub(crate) files: Vec<(PathBuf, PathBuf)>,
    /// The user namespace.
    pub(crate) users: Option<Users>,
    /// Devices of the host, looked up.
    pub(crate) devices: Vec<(Device, String)>,
    /// Numbers of the block devices named in limits, by path.
    pub(crate) numbers: BTreeMap<PathBuf, (i64, i64)>,
    /// The system call filter; `None` for none.
    pub(crate) seccomp: Option<std::sync::Arc<Seccomp>>,
    /// The host has cgroup v2 only.
    pub(crate) cgroup_v2: bool,
}

/// Writes the specification.
pub(crate) fn spec(container: &Container, around: Surroundings) -> Result<Spec> {
    let asked = &container.spec;
    let process = process(container, &around)?;
    let Surroundings { cgroup, join, files, users, devices, numbers, seccomp, cgroup_v2, .. } = around;
    let (device_nodes, device_rules) = device_access(&asked.host, devices)?;
    let unmasked = asked.host.privileged || asked.host.security.unmasked;
    let paths = |own: &Option<Vec<PathBuf>>, default: &[&str]| match own {
        Some(own) => own.clone(),
        None if unmasked => Vec::new(),
        None => default.iter().map(PathBuf::from).collect(),
    };
    Ok(Spec {
        oci_version: VERSION.into(),
        root: Some(Root { path: "rootfs".into(), readonly: asked.host.readonly_rootfs }),
        process: Some(process),
        hostname: if asked.host.uts_host { String::new() } else { container.hostname().to_owned() },
        domainname: asked.domainname.clone(),
        mounts: mounts(container, &files, users.is_some()),
        hooks: None,
        annotations: asked.annotations.clone(),
        linux: Some(Linux {
            sysctl: sysctls(&asked.host, users.is_some()),
            resources: Some(resources(&asked.host.resources, device_rules, &numbers)),
            cgroups_path: cgroup,
            namespaces: namespaces(&asked.host, &join, cgroup_v2, users.is_some()),
            devices: device_nodes,
            seccomp,
            uid_mappings: users.as_ref().map(|users| users.uids.clone()).unwrap_or_default(),
            gid_mappings: users.map(|users| users.gids).unwrap_or_default(),
            masked_paths: paths(&asked.host.masked_paths, &default::MASKED),
            readonly_paths: paths(&asked.host.readonly_paths, &default::READONLY),
            ..Linux::default()
        }),
    })
}

/// Kernel parameters: what was asked, and what Docker sets so that nobody needs a capability for port 80 or ping.
fn sysctls(host: &spec::Host, has_users: bool) -> BTreeMap<String, String> {
    let mut sysctls = BTreeMap::new();
    if !matches!(host.network, NetworkMode::Host | NetworkMode::Container(_)) {
        sysctls.insert("net.ipv4.ip_unprivileged_port_start".into(), "0".into());
        // A user namespace does not have all those groups.
        if !has_users {
            sysctls.insert("net.ipv4.ping_group_range".into(), "0 2147483647".into());
        }
    }
    sysctls.extend(host.sysctls.clone());
    sysctls
}

fn process(container: &Container, around: &Surroundings) -> Result<Process> {
    let asked = &container.spec;
    let program = &asked.program;
    let capabilities = capabilities(&asked.host, around.user.uid == 0)?;
    Ok(Process {
        terminal: program.tty,
        console_size: program
            .tty
            .then_some(asked.host.console_size)
            .filter(|(height, width)| *height > 0 && *width > 0)
            .map(|(height, width)| ConsoleSize { height, width }),
        user: around.user.clone(),
        args: container.argv(),
        env: environment(container, &around.home),
        cwd: if program.working_dir.is_empty() { "/".into() } else { program.working_dir.clone().into() },
        capabilities: Some(capabilities),
        rlimits: rlimits(&asked.host),
        no_new_privileges: asked.host.security.no_new_privileges,
        oom_score_adj: Some(asked.host.oom_score_adj),
        ..Process::default()
    })
}

/// The limits that every process of a container gets, the first one and further ones.
pub(crate) fn rlimits(host: &spec::Host) -> Vec<Rlimit> {
    let limits = host.resources.ulimits.iter().map(|limit| Rlimit {
        kind: format!("RLIMIT_{}", limit.name.to_ascii_uppercase()),
        // -1 means unlimited, which is the largest number.
        hard: limit.hard.cast_unsigned(),
        soft: limit.soft.cast_unsigned(),
    });
    limits.collect()
}

/// The environment: what Docker sets, under what the image and the client set.
pub(crate) fn environment(container: &Container, home: &str) -> Vec<String> {
    let program = &container.spec.program;
    let mut env = vec![default::PATH.to_owned(), format!("HOSTNAME={}", container.hostname())];
    if program.tty {
        env.push("TERM=xterm".into());
    }
    override_environment(&mut env, &program.env);
    if !home.is_empty() && !env.iter().any(|entry| entry.starts_with("HOME=")) {
        env.push(format!("HOME={home}"));
    }
    env
}

/// Replaces or adds `NAME=value`; a bare `NAME` takes the variable away. An image may have very many of them.
pub(crate) fn override_environment(env: &mut Vec<String>, own: &[String]) {
    fn name(entry: &str) -> &str {
        entry.split_once('=').map_or(entry, |(name, _)| name)
    }
    let mut all: Vec<Option<String>> = std::mem::take(env).into_iter().map(Some).collect();
    let mut places: HashMap<String, usize> = all
        .iter()
        .enumerate()
        .rev()
        .filter_map(|(place, entry)| Some((name(entry.as_ref()?).to_owned(), place)))
        .collect();
    for entry in own {
        match (places.get(name(entry)), entry.contains('=')) {
            (Some(&place), true) => all[place] = Some(entry.clone()),
            (None, true) => {
                places.insert(name(entry).to_owned(), all.len());
                all.push(Some(entry.clone()));
            }
            (_, false) => {
                if let Some(place) = places.remove(name(entry)) {
                    all[place] = None;
                }
            }
        }
    }
    env.extend(all.into_iter().flatten());
}

/// The capability sets: inheritable and ambient stay empty (CVE-2022-24769); a user other than root starts with none
/// in effect, as execve(2) would have it.
pub(crate) fn capabilities(host: &spec::Host, root: bool) -> Result<Capabilities> {
    let bounding = bounding_set(host)?;
    let permitted = if root { bounding.clone() } else { Vec::new() };
    Ok(Capabilities { bounding, effective: permitted.clone(), permitted, inheritable: Vec::new(), ambient: Vec::new() })
}

fn bounding_set(host: &spec::Host) -> Result<Vec<String>> {
    let all = || runtime::capability::NAMES.iter().map(|name| (*name).to_owned());
    if host.privileged {
        return Ok(all().collect());
    }
    let (add_all, add) = capability_names("CapAdd", &host.cap_add)?;
    let (drop_all, drop) = capability_names("CapDrop", &host.cap_drop)?;
    let base: Vec<String> = match (add_all, drop_all) {
        (true, _) => all().filter(|name| !drop.contains(name)).collect(),
        (false, true) => Vec::new(),
        (false, false) => {
            default::CAPABILITIES.iter().map(|name| (*name).to_owned()).filter(|name| !drop.contains(name)).collect()
        }
    };
    Ok(all().filter(|name| base.contains(name) || add.contains(name)).collect())
}

/// Normalises names; `ALL` comes back as the flag.
fn capability_names(option: &str, names: &[String]) -> Result<(bool, Vec<String>)> {
    let mut all = false;
    let mut normal = Vec::new();
    for name in names {
        let upper = name.to_ascii_uppercase();
        if upper == "ALL" || upper == "CAP_ALL" {
            all = true;
            continue;
        }
        let full = if upper.starts_with("CAP_") { upper } else { format!("CAP_{upper}") };
        if !runtime::capability::NAMES.contains(&full.as_str()) {
            return Err(Error::Invalid(format!("invalid {option}: unknown capability: {full:?}")));
        }
        normal.push(full);
    }
    Ok((all, normal))
}

/// Checks the names only, when a container is created.
pub(crate) fn check_capabilities(host: &spec::Host) -> Result<()> {
    capability_names("CapAdd", &host.cap_add)?;
    capability_names("CapDrop", &host.cap_drop).map(drop)
}

fn namespaces(
    host: &spec::Host,
    join: &BTreeMap<NamespaceKind, PathBuf>,
    cgroup_v2: bool,
    has_users: bool,
) -> Vec<Namespace> {
    use NamespaceKind::{Cgroup, Ipc, Mount, Network, Pid, User, Uts};
    let private_cgroup = match host.cgroupns {
        CgroupnsMode::Private => true,
        CgroupnsMode::Host => false,
        CgroupnsMode::Default => cgroup_v2,
    };
    [
        (Mount, true),
        (Network, host.network != NetworkMode::Host),
        (Uts, !host.uts_host),
        (Pid, host.pid != PidMode::Host),
        (Ipc, host.ipc != IpcMode::Host),
        (Cgroup, private_cgroup),
        (User, has_users),
    ]
    .into_iter()
    .filter(|(_, own)| *own)
    .map(|(kind, _)| Namespace { kind, path: join.get(&kind).cloned() })
    .collect()
}

/// `has_users` has what is ours belong to the container's root, as Docker's does by changing the owner. A bind mount
/// keeps the host's owners.
fn mounts(container: &Container, files: &[(PathBuf, PathBuf)], has_users: bool) -> Vec<Mount> {
    let host = &container.spec.host;
    let owners = if has_users { "idmap" } else { "" };
    let own = |target: &std::path::Path| container.mounts.iter().any(|point| point.target == target);
    let mut mounts: Vec<Mount> =
        default::mounts(host.shm_size).into_iter().filter(|mount| !own(&mount.destination)).collect();
    for mount in &mut mounts {
        if host.privileged && matches!(mount.kind.as_str(), "sysfs" | "cgroup") {
            mount.options.retain(|option| option != "ro");
        }
    }
    let shm = std::path::Path::new("/dev/shm");
    match host.ipc {
        IpcMode::None => mounts.retain(|mount| mount.destination != shm),
        // A mount of queues shows those of the IPC namespace by itself; memory is shared by its files.
        IpcMode::Host => mounts
            .iter_mut()
            .filter(|mount| mount.destination == shm)
            .for_each(|mount| *mount = bind(shm, shm.into(), &["rbind", "rprivate"])),
        _ => {}
    }
    for (source, target) in files {
        if !own(target) {
            mounts.push(bind(source, target.clone(), &["rbind", "rprivate", owners]));
        }
    }
    mounts.extend(container.mounts.iter().map(|mount| point(mount, owners)));
    mounts
}

fn point(point: &super::MountPoint, owners: &str) -> Mount {
    let mut options: Vec<&str> = Vec::new();
    let part = format!("{}={}", runtime::SUBDIRECTORY, point.part.display());
    match point.kind {
        MountKind::Tmpfs => {
            options.extend(point.options.iter().map(String::as_str));
            if !point.rw {
                options.push("ro");
            }
            return Mount {
                destination: point.target.clone(),
                kind: "tmpfs".into(),
                source: "tmpfs".into(),
                options: options.into_iter().map(str::to_owned).collect(),
                ..Mount::default()
            };
        }
        MountKind::Bind => {
            options.push(if point.non_recursive { "bind" } else { "rbind" });
            options.push(&point.propagation);
            if !point.part.as_os_str().is_empty() {
                options.push(&part);
            }
        }
        MountKind::Volume => options.extend(["rbind", "rprivate", owners]),
    }
    if !point.rw {
        // Docker makes the mounts below a read-only bind read-only too where the kernel can (5.12).
        options.push(if point.non_recursive { "ro" } else { "rro" });
    }
    bind(&point.source, point.target.clone(), &options)
}

fn bind(source: &std::path::Path, destination: PathBuf, options: &[&str]) -> Mount {
    Mount {
        destination,
        kind: "bind".into(),
        source: source.to_string_lossy().into_owned(),
        options: options.iter().filter(|option| !option.is_empty()).map(|option| (*option).to_owned()).collect(),
        ..Mount::default()
    }
}

/// The nodes to make and the rules that let them be used.
fn device_access(host: &spec::Host, looked_up: Vec<(Device, String)>) -> Result<(Vec<Device>, Vec<DeviceRule>)> {
    let mut nodes = default::devices();
    let mut rules = if host.privileged { vec![default::every_device()] } else { default::device_rules() };
    for (device, permissions) in looked_up {
        rules.push(DeviceRule {
            allow: true,
            kind: Some(device.kind.clone()),
            major: Some(device.major),
            minor: Some(device.minor),
            access: Some(permissions),
        });
        nodes.retain(|node| node.path != device.path);
        nodes.push(device);
    }
    for text in &host.resources.device_cgroup_rules {
        rules.push(device_rule(text)?);
    }
    Ok((nodes, rules))
}

/// Reads `c 1:* rwm`.
pub(crate) fn device_rule(text: &str) -> Result<DeviceRule> {
    let wrong = || Error::Invalid(format!("invalid device cgroup rule format: '{text}'"));
    let mut words = text.split_ascii_whitespace();
    let (Some(kind), Some(numbers), Some(access), None) = (words.next(), words.next(), words.next(), words.next())
    else {
        return Err(wrong());
    };
    let number = |text: &str| match text {
        "*" => Ok(None),
        digits => digits.parse::<u32>().map(|number| Some(i64::from(number))).map_err(|_| wrong()),
    };
    let (major, minor) = numbers.split_once(':').ok_or_else(wrong)?;
    let known = matches!(kind, "a" | "b" | "c")
        && !access.is_empty()
        && access.len() <= 3
        && access.chars().all(|right| matches!(right, 'r' | 'w' | 'm'));
    if !known {
        return Err(wrong());
    }
    Ok(DeviceRule {
        allow: true,
        kind: Some(kind.into()).filter(|kind: &String| kind != "a"),
        major: number(major)?,
        minor: number(minor)?,
        access: Some(access.into()),
    })
}

/// Microseconds of the period in which `--cpus` is counted.
const CPU_PERIOD: u64 = 100_000;

/// The limits.
pub(crate) fn resources(
    asked: &spec::Resources,
    devices: Vec<DeviceRule>,
    numbers: &BTreeMap<PathBuf, (i64, i64)>,
) -> Resources {
    let some = |value: i64| (value != 0).then_some(value);
    let unsigned = |value: i64| u64::try_from(value).ok().filter(|value| *value > 0);
    let (quota, period) = if asked.nano_cpus > 0 {
        let quota = i128::from(asked.nano_cpus) * i128::from(CPU_PERIOD) / 1_000_000_000;
        (i64::try_from(quota).ok(), Some(CPU_PERIOD))
    } else {
        (some(asked.cpu_quota), unsigned(asked.cpu_period))
    };
    let swap = match asked.memory_swap {
        // Docker's default: as much swap as memory.
        0 if asked.memory > 0 => Some(asked.memory.saturating_mul(2)),
        0 => None,
        swap => Some(swap),
    };
    let throttle = |list: &[spec::ThrottleDevice]| {
        list.iter()
            .filter_map(|device| {
                let (major, minor) = *numbers.get(&device.path)?;
                Some(ThrottleDevice { major, minor, rate: device.rate })
            })
            .collect()
    };
    Resources {
        devices,
        memory: Some(Memory {
            limit: some(asked.memory),
            reservation: some(asked.memory_reservation),
            swap,
            swappiness: asked.memory_swappiness.and_then(|value| u64::try_from(value).ok()),
            disable_oom_killer: asked.oom_kill_disable.then_some(true),
        }),
        cpu: Some(Cpu {
            shares: unsigned(asked.cpu_shares),
            quota,
            period,
            realtime_runtime: some(asked.cpu_realtime_runtime),
            realtime_period: unsigned(asked.cpu_realtime_period),
            cpus: asked.cpuset_cpus.clone(),
            mems: asked.cpuset_mems.clone(),
        }),
        pids: asked.pids_limit.map(|limit| Pids { limit }),
        block_io: Some(BlockIo {
            weight: Some(asked.blkio_weight).filter(|weight| *weight > 0),
            weight_device: asked
                .blkio_weight_device
                .iter()
                .filter_map(|device| {
                    let (major, minor) = *numbers.get(&device.path)?;
                    Some(WeightDevice { major, minor, weight: device.weight })
                })
                .collect(),
            throttle_read_bps_device: throttle(&asked.read_bps),
            throttle_write_bps_device: throttle(&asked.write_bps),
            throttle_read_iops_device: throttle(&asked.read_iops),
            throttle_write_iops_device: throttle(&asked.write_iops),
        }),
        ..Resources::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_follow_dockers_rules() {
        let set = |add: &[&str], drop: &[&str]| {
            let host = spec::Host {
                cap_add: add.iter().map(|s| (*s).into()).collect(),
                cap_drop: drop.iter().map(|s| (*s).into()).collect(),
                ..Default::default()
            };
            bounding_set(&host).map(|set| set.len())
        };
        assert_eq!(set(&[], &[]).unwrap(), 14);
        assert_eq!(set(&["SYS_ADMIN"], &[]).unwrap(), 15);
        assert_eq!(set(&["cap_sys_admin", "CHOWN"], &["ALL"]).unwrap(), 2);
        assert_eq!(set(&["ALL"], &["SYS_ADMIN"]).unwrap(), 40);
        assert_eq!(set(&[], &["ALL"]).unwrap(), 0);
        assert!(set(&["FLY"], &[]).is_err());
    }

    #[test]
    fn only_root_starts_with_capabilities() {
        let sets = capabilities(&spec::Host::default(), false).unwrap();
        assert_eq!((sets.bounding.len(), sets.permitted.len(), sets.effective.len()), (14, 0, 0));
        assert!(sets.inheritable.is_empty() && sets.ambient.is_empty());
    }

    #[test]
    fn variables_are_replaced_and_taken_away() {
        let mut env = vec!["PATH=/bin".to_owned(), "TERM=xterm".into()];
        override_environment(&mut env, &["PATH=/own".into(), "TERM".into(), "A=1=2".into(), "GONE".into()]);
        assert_eq!(env, ["PATH=/own", "A=1=2"]);
    }

    #[test]
    fn device_rules_are_read() {
        let rule = device_rule("c 1:* rw").unwrap();
        assert_eq!((rule.kind.as_deref(), rule.major, rule.minor), (Some("c"), Some(1), None));
        for wrong in ["", "c 1 rwm", "x 1:1 rwm", "c 1:1 rx", "c 1:1 rwm m", "c -1:1 r", "c 1:1 "] {
            assert!(device_rule(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn cpus_become_quota_and_period() {
        let asked = spec::Resources { nano_cpus: 1_500_000_000, ..Default::default() };
        let cpu = resources(&asked, Vec::new(), &BTreeMap::new()).cpu.unwrap();
        assert_eq!((cpu.quota, cpu.period), (Some(150_000), Some(100_000)));
    }
}
