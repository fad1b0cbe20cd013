//! The plan: everything that the child has to do, decided before it exists.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use oci::runtime::{ConsoleSize, IdMapping, Linux, Namespace, NamespaceKind, Process, Resources, Spec};
use serde::{Deserialize, Serialize};

use crate::cgroup::{self, Cgroup, Hierarchies};
use crate::seccomp::{self, Filter};
use crate::user::{self, UserNamespace};
use crate::{Error, capability};

/// What this host offers, found out once.
#[derive(Debug, Clone)]
pub struct Host {
    pub(crate) cgroups: Hierarchies,
    /// The last capability that the kernel knows.
    last_capability: u32,
}

impl Host {
    /// Looks at the host. Blocks for a moment.
    ///
    /// # Errors
    /// When /proc cannot be read.
    pub fn probe() -> Result<Self, Error> {
        Ok(Self { cgroups: Hierarchies::probe()?, last_capability: sys::process::last_capability() })
    }

    /// All controllers are on cgroup v2.
    pub fn is_cgroup_v2(&self) -> bool {
        self.cgroups.is_v2()
    }

    /// Swap can be limited.
    pub fn has_swap_limit(&self) -> bool {
        self.cgroups.has_swap_limit()
    }

    /// The cgroup of this path, whether or not it exists.
    pub fn cgroup(&self, path: &str) -> Cgroup {
        self.cgroups.at(path)
    }
}

/// Where the root file system comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Rootfs {
    /// A directory of the host.
    Directory {
        /// The directory.
        path: PathBuf,
        /// Mount it read-only.
        readonly: bool,
    },
    /// Layers, mounted in the container's own mount namespace only.
    Overlay {
        /// Read-only layers, topmost first.
        lower: Vec<PathBuf>,
        /// What the container writes.
        upper: PathBuf,
        /// Overlayfs's own directory.
        work: PathBuf,
        /// Mount it read-only.
        readonly: bool,
    },
}

/// A process in its isolation, ready to be made. Pure data: it crosses the shim's socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub(crate) rootfs: Rootfs,
    pub(crate) mounts: Vec<MountStep>,
    pub(crate) devices: Vec<Node>,
    pub(crate) masked: Vec<PathBuf>,
    pub(crate) readonly: Vec<PathBuf>,
    /// `MS_…` value for all mounts in the end, or 0.
    pub(crate) propagation: u64,
    pub(crate) sysctls: Vec<(String, String)>,
    pub(crate) namespaces: Namespaces,
    pub(crate) user: Option<UserNamespace>,
    pub(crate) hostname: String,
    pub(crate) domainname: String,
    pub(crate) process: ProcessPlan,
    pub(crate) cgroup: cgroup::Plan,
}

/// New namespaces as `CLONE_NEW…` bits, and those to join.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Namespaces {
    pub(crate) new: i32,
    /// The cgroup namespace is made after the process has joined its cgroup, whose path it then hides.
    pub(crate) cgroup: bool,
    /// A given network namespace is joined before anything else.
    pub(crate) network: bool,
    pub(crate) join: Vec<(i32, PathBuf)>,
    /// Joined by the parent: a PID namespace holds only for children.
    pub(crate) join_pid: Option<PathBuf>,
}

/// One mount.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MountStep {
    pub(crate) target: PathBuf,
    pub(crate) what: What,
    /// `MOUNT_ATTR_…` bits.
    pub(crate) set: u32,
    pub(crate) clear: u32,
    /// The attributes hold for everything below, too.
    pub(crate) recursive_attributes: bool,
    /// `MS_…` value or 0.
    pub(crate) propagation: u64,
    pub(crate) owners: Owners,
}

/// Whose the files of a bind are, seen in the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Owners {
    /// As on the host.
    Same,
    /// As if the container's numbers were the host's.
    Container { recursive: bool },
    /// By tables of their own.
    Mapped { uids: Vec<IdMapping>, gids: Vec<IdMapping>, recursive: bool },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum What {
    /// A new file system: proc, sysfs, tmpfs, devpts, mqueue, …
    New { kind: String, options: Vec<(String, Option<String>)> },
    /// Something of the host's.
    Bind {
        source: PathBuf,
        recursive: bool,
        /// What of it is mounted, found as if it were the root directory; all of it when that is empty.
        part: PathBuf,
    },
    /// A directory or file of layers that lie upon each other, uppermost first.
    Overlay {
        lower: Vec<PathBuf>,
        /// What is written, and overlayfs's own directory.
        upper: Option<(PathBuf, PathBuf)>,
        /// What of it is mounted; all of it when that is empty.
        part: PathBuf,
    },
    /// A file that is in memory only, and in this plan.
    File { data: Vec<u8>, mode: u32, uid: u32, gid: u32 },
    /// The container's cgroups, read-only.
    Cgroups,
}

/// A device node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Node {
    pub(crate) path: PathBuf,
    pub(crate) block: bool,
    pub(crate) fifo: bool,
    pub(crate) major: u32,
    pub(crate) minor: u32,
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// The program and what it may do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ProcessPlan {
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<String>,
    pub(crate) cwd: PathBuf,
    /// Rows and columns; `None` leaves them.
    pub(crate) console: Option<(u16, u16)>,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) groups: Vec<u32>,
    pub(crate) umask: u32,
    pub(crate) capabilities: Masks,
    pub(crate) last_capability: u32,
    pub(crate) limits: Vec<(u32, u64, u64)>,
    pub(crate) no_new_privileges: bool,
    pub(crate) oom_score_adj: Option<i32>,
    pub(crate) filter: Option<Filter>,
}

/// The five capability sets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Masks {
    pub(crate) bounding: u64,
    pub(crate) effective: u64,
    pub(crate) permitted: u64,
    pub(crate) inheritable: u64,
    pub(crate) ambient: u64,
}

fn unsupported<T>(why: impl Into<String>) -> Result<T, Error> {
    Err(Error::Unsupported(why.into()))
}

impl Plan {
    /// Decides everything that can be decided before the process exists.
    ///
    /// # Errors
    /// [`Error::Unsupported`] names the setting that cannot be honoured.
    pub fn new(spec: &Spec, rootfs: Rootfs, host: &Host) -> Result<Self, Error> {
        let Some(process) = &spec.process else { return unsupported("the specification has no process") };
        let linux = spec.linux.clone().unwrap_or_default();
        let user = UserNamespace::of(&linux)?;
        if spec.hooks.is_some() {
            return unsupported("hooks belong to a container that is held between two steps (runtime::Hold)");
        }
        let resources = linux.resources.clone().unwrap_or_default();
        refuse_unhonoured(process, &linux, &resources)?;
        if Path::new(&linux.cgroups_path).components().any(|part| part == std::path::Component::ParentDir) {
            return unsupported(format!("cgroupsPath {:?} leads upward", linux.cgroups_path));
        }
        for (set, what) in [
            (!process.apparmor_profile.is_empty(), "an AppArmor profile on a kernel without AppArmor"),
            (
                !process.selinux_label.is_empty() || !linux.mount_label.is_empty(),
                "an SELinux label on a kernel without SELinux",
            ),
            (
                linux.resources.as_ref().is_some_and(|resources| !resources.unified.is_empty()) && !host.is_cgroup_v2(),
                "unified resources on cgroup v1",
            ),
        ] {
            if set {
                return unsupported(what);
            }
        }
        let namespaces = namespaces(&linux.namespaces)?;
        sysctls(&linux.sysctl, &namespaces)?;
        let filter = linux.seccomp.as_ref().map(seccomp::compiled).transpose()?;
        Ok(Self {
            rootfs,
            mounts: spec.mounts.iter().map(|step| mount(step, user.is_some())).collect::<Result<_, _>>()?,
            devices: linux.devices.iter().map(node).collect::<Result<_, _>>()?,
            masked: linux.masked_paths,
            readonly: linux.readonly_paths,
            propagation: root_propagation(&linux.rootfs_propagation)?,
            sysctls: linux.sysctl.into_iter().collect(),
            namespaces,
            user,
            hostname: spec.hostname.clone(),
            domainname: spec.domainname.clone(),
            process: process_plan(process, filter.as_deref().cloned(), host)?,
            cgroup: cgroup::Plan::new(host.cgroup(&linux.cgroups_path), &resources)?,
        })
    }

    /// The namespaces to be made together with the process, with one for the network unless it is given one.
    pub(crate) fn new_namespaces(&self, has_network: bool) -> i32 {
        let network = if self.namespaces.network && !has_network { sys::process::new::NETWORK } else { 0 };
        self.namespaces.new | network
    }

    /// Has the process see a file with these bytes, read-only. It is on no disk: the way for secrets.
    ///
    /// # Errors
    /// [`Error::Unsupported`] when the path is not absolute.
    pub fn add_file(&mut self, target: PathBuf, data: Vec<u8>, mode: u32, owner: (u32, u32)) -> Result<(), Error> {
        let read_only = oci::runtime::Mount {
            destination: target,
            kind: "tmpfs".into(),
            options: ["ro", "nosuid", "nodev", "noexec"].map(str::to_owned).into(),
            ..Default::default()
        };
        let (uid, gid) = owner;
        let what = What::File { data, mode, uid, gid };
        self.mounts.push(MountStep { what, ..mount(&read_only, false)? });
        Ok(())
    }

    /// The user namespace, if the process gets one.
    pub fn user_namespace(&self) -> Option<&UserNamespace> {
        self.user.as_ref()
    }

    /// The cgroup that the process will be in.
    pub fn cgroup(&self) -> &Cgroup {
        self.cgroup.cgroup()
    }
}

/// The settings of the specification that we know and have nothing for.
fn refuse_unhonoured(process: &Process, linux: &Linux, resources: &Resources) -> Result<(), Error> {
    for (set, what) in [
        (&process.scheduler, "process.scheduler"),
        (&process.io_priority, "process.ioPriority"),
        (&process.exec_cpu_affinity, "process.execCPUAffinity"),
        (&linux.personality, "linux.personality"),
        (&linux.intel_rdt, "linux.intelRdt"),
        (&linux.time_offsets, "linux.timeOffsets"),
        (&resources.network, "linux.resources.network"),
        (&resources.rdma, "linux.resources.rdma"),
    ] {
        if set.is_some() {
            return unsupported(format!("{what} is not supported"));
        }
    }
    Ok(())
}

/// What becomes of all mounts in the end. They are the host's slaves before, which is what an empty word means.
fn root_propagation(word: &str) -> Result<u64, Error> {
    match word {
        "" | "slave" | "rslave" => Ok(0),
        "private" | "rprivate" | "unbindable" | "runbindable" => Ok(propagation(word).unwrap_or(0)),
        other => unsupported(format!("rootfsPropagation {other:?}: the root file system is a slave of the host's")),
    }
}

pub(crate) fn process_plan(process: &Process, filter: Option<Filter>, host: &Host) -> Result<ProcessPlan, Error> {
    if process.args.is_empty() {
        return unsupported("args must not be empty");
    }
    for (position, limit) in process.rlimits.iter().enumerate() {
        if process.rlimits[..position].iter().any(|other| other.kind == limit.kind) {
            return unsupported(format!("the limit {} is given twice", limit.kind));
        }
    }
    if !process.cwd.is_absolute() {
        return unsupported(format!("cwd must be an absolute path, not {:?}", process.cwd));
    }
    let capabilities = process.capabilities.clone().unwrap_or_default();
    Ok(ProcessPlan {
        args: process.args.clone(),
        env: process.env.clone(),
        cwd: process.cwd.clone(),
        console: process.console_size.map(|ConsoleSize { height, width }| (height, width)),
        uid: process.user.uid,
        gid: process.user.gid,
        groups: process.user.additional_gids.clone(),
        umask: process.user.umask.unwrap_or(0o022),
        capabilities: Masks {
            bounding: capability::mask(&capabilities.bounding)?,
            effective: capability::mask(&capabilities.effective)?,
            permitted: capability::mask(&capabilities.permitted)?,
            inheritable: capability::mask(&capabilities.inheritable)?,
            ambient: capability::mask(&capabilities.ambient)?,
        },
        last_capability: host.last_capability,
        limits: process
            .rlimits
            .iter()
            .map(|limit| Ok((resource(&limit.kind)?, limit.soft, limit.hard)))
            .collect::<Result<_, Error>>()?,
        no_new_privileges: process.no_new_privileges,
        oom_score_adj: process.oom_score_adj,
        filter,
    })
}

fn resource(name: &str) -> Result<u32, Error> {
    Ok(match name {
        "RLIMIT_CPU" => libc::RLIMIT_CPU,
        "RLIMIT_FSIZE" => libc::RLIMIT_FSIZE,
        "RLIMIT_DATA" => libc::RLIMIT_DATA,
        "RLIMIT_STACK" => libc::RLIMIT_STACK,
        "RLIMIT_CORE" => libc::RLIMIT_CORE,
        "RLIMIT_RSS" => libc::RLIMIT_RSS,
        "RLIMIT_NPROC" => libc::RLIMIT_NPROC,
        "RLIMIT_NOFILE" => libc::RLIMIT_NOFILE,
        "RLIMIT_MEMLOCK" => libc::RLIMIT_MEMLOCK,
        "RLIMIT_AS" => libc::RLIMIT_AS,
        "RLIMIT_LOCKS" => libc::RLIMIT_LOCKS,
        "RLIMIT_SIGPENDING" => libc::RLIMIT_SIGPENDING,
        "RLIMIT_MSGQUEUE" => libc::RLIMIT_MSGQUEUE,
        "RLIMIT_NICE" => libc::RLIMIT_NICE,
        "RLIMIT_RTPRIO" => libc::RLIMIT_RTPRIO,
        "RLIMIT_RTTIME" => libc::RLIMIT_RTTIME,
        other => return unsupported(format!("invalid ulimit type: {other}")),
    })
}

fn namespaces(wanted: &[Namespace]) -> Result<Namespaces, Error> {
    let mut plan = Namespaces::default();
    let mut seen = Vec::new();
    for Namespace { kind, path } in wanted {
        if seen.contains(kind) {
            return unsupported(format!("the namespace {kind:?} is named twice"));
        }
        seen.push(*kind);
        let bit = match kind {
            NamespaceKind::Mount => sys::process::new::MOUNT,
            NamespaceKind::Pid => sys::process::new::PID,
            NamespaceKind::Network => sys::process::new::NETWORK,
            NamespaceKind::Ipc => sys::process::new::IPC,
            NamespaceKind::Uts => sys::process::new::UTS,
            NamespaceKind::Cgroup => sys::process::new::CGROUP,
            // It is entered before all others (`UserNamespace`).
            NamespaceKind::User => continue,
            NamespaceKind::Time => return unsupported("time namespaces are not supported"),
        };
        match (kind, path) {
            (NamespaceKind::Pid, Some(path)) => plan.join_pid = Some(path.clone()),
            (_, Some(path)) => plan.join.push((bit, path.clone())),
            (NamespaceKind::Cgroup, None) => plan.cgroup = true,
            (NamespaceKind::Network, None) => plan.network = true,
            (_, None) => plan.new |= bit,
        }
    }
    if plan.new & sys::process::new::MOUNT == 0 {
        return unsupported("a container without a mount namespace of its own");
    }
    Ok(plan)
}

/// Kernel parameters that belong to a namespace, and only if that is the container's own.
fn sysctls(wanted: &BTreeMap<String, String>, namespaces: &Namespaces) -> Result<(), Error> {
    let ipc = [
        "kernel.msgmax",
        "kernel.msgmnb",
        "kernel.msgmni",
        "kernel.sem",
        "kernel.shmall",
        "kernel.shmmax",
        "kernel.shmmni",
        "kernel.shm_rmid_forced",
    ];
    for key in wanted.keys() {
        let own = if ipc.contains(&key.as_str()) || key.starts_with("fs.mqueue.") {
            namespaces.new & sys::process::new::IPC != 0
        } else if key.starts_with("net.") {
            namespaces.network || namespaces.join.iter().any(|(bit, _)| *bit == sys::process::new::NETWORK)
        } else if key == "kernel.domainname" {
            namespaces.new & sys::process::new::UTS != 0
        } else {
            return unsupported(format!("sysctl {key:?} is not in a separate kernel namespace"));
        };
        if !own {
            return unsupported(format!("sysctl {key:?} not allowed in host's namespace"));
        }
        if key.contains('/') || key.split('.').any(|part| part.is_empty()) {
            return unsupported(format!("invalid sysctl name {key:?}"));
        }
    }
    Ok(())
}

fn node(device: &oci::runtime::Device) -> Result<Node, Error> {
    let number = |value: i64| {
        u32::try_from(value).map_err(|_| Error::Unsupported(format!("device number {value} of {:?}", device.path)))
    };
    let fifo = device.kind == "p";
    Ok(Node {
        path: device.path.clone(),
        block: match device.kind.as_str() {
            "b" => true,
            "c" | "u" | "p" => false,
            other => return unsupported(format!("device type {other:?} of {:?}", device.path)),
        },
        fifo,
        major: if fifo { 0 } else { number(device.major)? },
        minor: if fifo { 0 } else { number(device.minor)? },
        mode: device.file_mode.unwrap_or(0o666) & 0o7777,
        uid: device.uid.unwrap_or(0),
        gid: device.gid.unwrap_or(0),
    })
}

fn mount(mount: &oci::runtime::Mount, has_user_namespace: bool) -> Result<MountStep, Error> {
    let mut step = MountStep {
        target: mount.destination.clone(),
        what: What::Cgroups,
        set: 0,
        clear: 0,
        recursive_attributes: false,
        propagation: 0,
        owners: Owners::Same,
    };
    if !step.target.is_absolute() || step.target.components().any(|part| part == std::path::Component::ParentDir) {
        return unsupported(format!("mount destination {:?} is not a plain absolute path", step.target));
    }
    let mut bind = mount.kind == "bind" || mount.kind == "none";
    let mut recursive = false;
    let mut map_ids = None;
    let mut data = Vec::new();
    for option in &mount.options {
        if let Some((set, clear)) = sys::mount::attribute(option) {
            step.set = (step.set & !clear.bits()) | set.bits();
            step.clear = (step.clear & !set.bits()) | clear.bits();
            step.recursive_attributes |=
                option.starts_with('r') && !matches!(option.as_str(), "ro" | "rw" | "relatime");
            continue;
        }
        match option.as_str() {
            "bind" => bind = true,
            "rbind" => (bind, recursive) = (true, true),
            "idmap" => map_ids = Some(false),
            "ridmap" => map_ids = Some(true),
            "defaults" | "async" | "" => {}
            text => match propagation(text) {
                Some(flags) => step.propagation = flags,
                None => data.push(match text.split_once('=') {
                    Some((key, value)) => (key.to_owned(), Some(value.to_owned())),
                    None => (text.to_owned(), None),
                }),
            },
        }
    }
    step.owners = owners(mount, map_ids)?;
    if step.owners != Owners::Same && !(bind && (has_user_namespace || !mount.uid_mappings.is_empty())) {
        return unsupported(format!("id mappings of the mount at {:?}: it takes a bind and a table", step.target));
    }
    if bind {
        let mut part = PathBuf::new();
        for (key, value) in data {
            match (key.as_str(), value) {
                (SUBDIRECTORY, Some(value)) => part = value.into(),
                _ => return unsupported(format!("mount option {key:?} for the bind at {:?}", step.target)),
            }
        }
        step.what = What::Bind { source: mount.source.clone().into(), recursive, part };
    } else if mount.kind == "cgroup" || mount.kind == "cgroup2" {
        step.what = What::Cgroups;
    } else if mount.kind == "overlay" {
        step.what = overlay(&step.target, data)?;
    } else {
        if !mount.source.is_empty() {
            data.insert(0, ("source".into(), Some(mount.source.clone())));
        }
        step.what = What::New { kind: mount.kind.clone(), options: data };
    }
    Ok(step)
}

/// mount(8)'s option for mounting a part of something, which binds and overlays know here.
pub const SUBDIRECTORY: &str = "X-mount.subdir";

/// The options of an overlay: overlayfs's own, and mount(8)'s name for mounting a part of it.
fn overlay(target: &Path, data: Vec<(String, Option<String>)>) -> Result<What, Error> {
    let (mut lower, mut upper, mut work, mut part) = (Vec::new(), None, None, PathBuf::new());
    for (key, value) in data {
        match (key.as_str(), value) {
            ("lowerdir", Some(value)) => lower = unescaped_parts(&value),
            ("upperdir", Some(value)) => upper = Some(value.into()),
            ("workdir", Some(value)) => work = Some(value.into()),
            (SUBDIRECTORY, Some(value)) => part = value.into(),
            (other, _) => return unsupported(format!("mount option {other:?} for the overlay at {target:?}")),
        }
    }
    let upper = match (upper, work) {
        (Some(upper), Some(work)) => Some((upper, work)),
        (None, None) => None,
        _ => return unsupported(format!("the overlay at {target:?} has one of upperdir and workdir: it takes both")),
    };
    if lower.is_empty() {
        return unsupported(format!("the overlay at {target:?} has no lowerdir"));
    }
    Ok(What::Overlay { lower, upper, part })
}

/// Splits `a:b\:c`: overlayfs has colons between directories, and a backslash before one that belongs to a name.
fn unescaped_parts(text: &str) -> Vec<PathBuf> {
    let (mut parts, mut part, mut rest) = (Vec::new(), String::new(), text.chars());
    while let Some(c) = rest.next() {
        match c {
            '\\' => part.extend(rest.next()),
            ':' => parts.push(std::mem::take(&mut part).into()),
            c => part.push(c),
        }
    }
    parts.push(part.into());
    parts.retain(|part: &PathBuf| !part.as_os_str().is_empty());
    parts
}

/// What runtime-spec's `idmap` and `ridmap` mean, and a mount's own tables (config.md, "Mounts").
fn owners(mount: &oci::runtime::Mount, recursive: Option<bool>) -> Result<Owners, Error> {
    let (uids, gids) = (&mount.uid_mappings, &mount.gid_mappings);
    if uids.is_empty() != gids.is_empty() {
        return unsupported(format!("one of two id mappings of the mount at {:?}", mount.destination));
    }
    user::check(uids)?;
    user::check(gids)?;
    Ok(match recursive {
        None if uids.is_empty() => Owners::Same,
        Some(recursive) if uids.is_empty() => Owners::Container { recursive },
        recursive => {
            Owners::Mapped { uids: uids.clone(), gids: gids.clone(), recursive: recursive.unwrap_or_default() }
        }
    })
}

fn propagation(option: &str) -> Option<u64> {
    Some(match option {
        "private" | "rprivate" => libc::MS_PRIVATE,
        "slave" | "rslave" => libc::MS_SLAVE,
        "shared" | "rshared" => libc::MS_SHARED,
        "unbindable" | "runbindable" => libc::MS_UNBINDABLE,
        _ => return None,
    })
}

/// A path of the container as it is named below its root.
pub(crate) fn below(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(kind: &str, options: &[&str]) -> Result<MountStep, Error> {
        mount(
            &oci::runtime::Mount {
                destination: "/x".into(),
                kind: kind.into(),
                source: "/s".into(),
                options: options.iter().map(|s| (*s).to_owned()).collect(),
                ..Default::default()
            },
            true,
        )
    }

    #[test]
    fn mount_options() {
        let ro = step("bind", &["rbind", "rro", "rprivate", "nosuid"]).unwrap();
        assert_eq!(ro.what, What::Bind { source: "/s".into(), recursive: true, part: PathBuf::new() });
        let part = step("bind", &["bind", "X-mount.subdir=a/b"]).unwrap();
        assert_eq!(part.what, What::Bind { source: "/s".into(), recursive: false, part: "a/b".into() });
        assert!(ro.recursive_attributes && ro.propagation == libc::MS_PRIVATE);
        let tmpfs = step("tmpfs", &["nosuid", "ro", "rw", "size=64k", "mode=755"]).unwrap();
        let What::New { options, .. } = &tmpfs.what else { panic!() };
        assert_eq!(options.len(), 3);
        assert_eq!(tmpfs.clear, sys::mount::Attributes::MOUNT_ATTR_RDONLY.bits());
        assert!(step("bind", &["bind", "size=1"]).is_err());
        assert_eq!(step("bind", &["rbind", "ridmap"]).unwrap().owners, Owners::Container { recursive: true });
        assert!(step("tmpfs", &["idmap"]).is_err());
        let overlay = step("overlay", &["ro", "lowerdir=/a\\:1:/b", "X-mount.subdir=/c"]).unwrap();
        let lower = vec![PathBuf::from("/a:1"), "/b".into()];
        assert_eq!(overlay.what, What::Overlay { lower, upper: None, part: "/c".into() });
        assert!(step("overlay", &["lowerdir=/a", "upperdir=/b"]).is_err());
        assert!(step("overlay", &["upperdir=/a", "workdir=/b"]).is_err());
    }

    #[test]
    fn only_namespaced_sysctls() {
        let own = namespaces(&[
            Namespace { kind: NamespaceKind::Mount, path: None },
            Namespace { kind: NamespaceKind::Ipc, path: None },
        ])
        .unwrap();
        let check = |key: &str| sysctls(&BTreeMap::from([(key.to_owned(), String::new())]), &own).is_ok();
        assert!(check("kernel.shmmax") && check("fs.mqueue.msg_max"));
        for key in
            ["net.ipv4.ip_forward", "kernel.core_pattern", "vm.swappiness", "fs.mqueue./../x", "kernel.domainname"]
        {
            assert!(!check(key), "{key}");
        }
    }
}
