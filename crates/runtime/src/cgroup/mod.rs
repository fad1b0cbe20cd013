//! Cgroups: v1 with its many hierarchies, v2 with its one, and hosts that have both.
//!
//! A host is v2 when the one hierarchy is mounted at /sys/fs/cgroup and no v1 controller is; everything else is
//! treated as v1, an empty v2 beside it included.
//! Source: cgroups(7); the kernel's admin-guide/cgroup-v1 and cgroup-v2.

mod device;
mod plan;
mod stats;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::Mode;
use serde::{Deserialize, Serialize};
use sys::mount::Attributes;

use crate::Error;
use crate::error::plain;

pub use plan::Plan;
pub use stats::Stats;

/// Where cgroups are mounted on this host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Hierarchies {
    /// By mount point: the controllers of that hierarchy.
    V1(BTreeMap<PathBuf, Vec<String>>),
    V2(PathBuf),
}

impl Hierarchies {
    pub(crate) fn probe() -> Result<Self, Error> {
        let text = std::fs::read_to_string("/proc/self/mountinfo")
            .map_err(|error| Error::Cgroup { path: "/proc/self/mountinfo".into(), why: plain(&error) })?;
        Ok(Self::parse(&text))
    }

    /// Reads mountinfo (proc_pid_mountinfo(5)).
    fn parse(mountinfo: &str) -> Self {
        let mut v1 = BTreeMap::new();
        let mut v2 = None;
        for line in mountinfo.lines() {
            let Some((left, right)) = line.split_once(" - ") else { continue };
            let Some(target) = left.split(' ').nth(4) else { continue };
            let mut right = right.split(' ');
            match (right.next(), right.nth(1)) {
                (Some("cgroup"), Some(options)) => {
                    let controllers: Vec<String> =
                        options.split(',').filter(|option| KNOWN.contains(option)).map(str::to_owned).collect();
                    if !controllers.is_empty() {
                        v1.entry(PathBuf::from(target)).or_insert(controllers);
                    }
                }
                (Some("cgroup2"), _) => v2 = v2.or(Some(PathBuf::from(target))),
                _ => {}
            }
        }
        match v2 {
            Some(mount) if v1.is_empty() => Self::V2(mount),
            _ => Self::V1(v1),
        }
    }

    pub(crate) fn is_v2(&self) -> bool {
        matches!(self, Self::V2(_))
    }

    pub(crate) fn has_swap_limit(&self) -> bool {
        match self {
            Self::V2(_) => Path::new("/proc/swaps").exists(),
            Self::V1(mounts) => mounts.iter().any(|(mount, names)| {
                names.iter().any(|name| name == "memory") && mount.join("memory.memsw.limit_in_bytes").exists()
            }),
        }
    }

    pub(crate) fn at(&self, path: &str) -> Cgroup {
        let path = beneath(path);
        Cgroup {
            version: match self {
                Self::V1(mounts) => Version::V1(mounts.clone().into_iter().collect()),
                Self::V2(mount) => Version::V2(mount.clone()),
            },
            path,
        }
    }
}

/// A path as it is below a root that `..` does not lead out of.
fn beneath(path: &str) -> PathBuf {
    path.split('/').fold(PathBuf::new(), |mut so_far, part| {
        match part {
            "" | "." => {}
            ".." => {
                so_far.pop();
            }
            name => so_far.push(name),
        }
        so_far
    })
}

/// The v1 controllers that containers are put into.
const KNOWN: [&str; 12] = [
    "cpu",
    "cpuacct",
    "cpuset",
    "memory",
    "devices",
    "freezer",
    "blkio",
    "pids",
    "net_cls",
    "net_prio",
    "perf_event",
    "hugetlb",
];

/// The cgroup namespace that the kernel starts with (`PROC_CGROUP_INIT_INO` of linux/proc_ns.h).
const FIRST_NAMESPACE: &str = "cgroup:[4026531835]";

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Version {
    V1(Vec<(PathBuf, Vec<String>)>),
    V2(PathBuf),
}

/// One cgroup, in all hierarchies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cgroup {
    version: Version,
    /// Below the mount points.
    path: PathBuf,
}

impl Cgroup {
    /// Its directories with the controllers of each; none on v2.
    fn directories(&self) -> Vec<(PathBuf, &[String])> {
        match &self.version {
            Version::V1(mounts) => {
                mounts.iter().map(|(mount, names)| (mount.join(&self.path), names.as_slice())).collect()
            }
            Version::V2(mount) => vec![(mount.join(&self.path), &[])],
        }
    }

    /// The directory of a v1 controller.
    fn controller(&self, name: &str) -> Option<PathBuf> {
        match &self.version {
            Version::V1(mounts) => mounts
                .iter()
                .find(|(_, names)| names.iter().any(|known| known == name))
                .map(|(mount, _)| mount.join(&self.path)),
            Version::V2(_) => None,
        }
    }

    fn v2(&self) -> Option<PathBuf> {
        match &self.version {
            Version::V2(mount) => Some(mount.join(&self.path)),
            Version::V1(_) => None,
        }
    }

    /// Makes the directories, those above included.
    fn make(&self) -> Result<(), Error> {
        match &self.version {
            Version::V1(mounts) => {
                for (mount, names) in mounts {
                    let directory = mount.join(&self.path);
                    std::fs::create_dir_all(&directory).map_err(|error| fail(&directory, &error))?;
                    if names.iter().any(|name| name == "cpuset") {
                        inherit_cpuset(mount, &self.path)?;
                    }
                }
                Ok(())
            }
            Version::V2(mount) => make_v2(mount, &self.path),
        }
    }

    /// Puts the calling process in. On v1 a single-threaded process that moves itself by writing `0` to `tasks` takes
    /// no global lock, which `cgroup.procs` would. On v2 clone3 has done it, or this does for `exec`.
    pub(crate) fn join_self(&self) -> Result<(), Error> {
        let file = if self.v2().is_some() { "cgroup.procs" } else { "tasks" };
        for (directory, _) in self.directories() {
            write(&directory.join(file), "0")?;
        }
        Ok(())
    }

    /// Opens the v2 directory for clone3.
    fn open(&self) -> Result<Option<OwnedFd>, Error> {
        let Some(directory) = self.v2() else { return Ok(None) };
        sys::beneath::open_root(&directory).map(Some).map_err(|error| fail(&directory, &error))
    }

    /// Shows the container its cgroups, at the target beneath its root.
    pub(crate) fn mount(&self, root: &OwnedFd, target: &Path, attributes: Attributes) -> Result<(), Error> {
        let wrong = |error: std::io::Error| Error::Mount {
            source_name: "cgroup".into(),
            target: target.display().to_string(),
            why: plain(&error),
        };
        let mounted = || -> std::io::Result<()> {
            let place = sys::beneath::make_dirs(root, target, Mode::from(0o755))?;
            let Version::V1(mounts) = &self.version else {
                if let Version::V2(mount) = &self.version
                    && std::fs::read_link("/proc/self/ns/cgroup")? == Path::new(FIRST_NAMESPACE)
                {
                    // To mount it here would set the options of the host's own mount anew.
                    let tree = sys::mount::clone_tree(mount, false)?;
                    sys::mount::set_attributes(&tree, attributes, Attributes::empty(), 0, false)?;
                    return sys::mount::attach(&tree, &place);
                }
                let cgroup2 = sys::mount::create("cgroup2", &[("nsdelegate", None)], attributes)
                    .or_else(|_| sys::mount::create("cgroup2", &[], attributes))?;
                return sys::mount::attach(&cgroup2, &place);
            };
            let tmpfs =
                sys::mount::create("tmpfs", &[("mode", Some("755"))], attributes & !Attributes::MOUNT_ATTR_RDONLY)?;
            sys::mount::attach(&tmpfs, &place)?;
            for (mount, names) in mounts {
                // A path of the host still, until the root is changed.
                let source = mount.join(&self.path);
                let tree = sys::mount::clone_tree(&source, false)?;
                sys::mount::set_attributes(&tree, attributes, Attributes::empty(), 0, false)?;
                let name = names.join(",");
                rustix::fs::mkdirat(&tmpfs, name.as_str(), Mode::from(0o755))?;
                let inner = sys::beneath::open_dir(&tmpfs, Path::new(&name))?;
                sys::mount::attach(&tree, &inner)?;
                if names.len() > 1 {
                    for single in names {
                        rustix::fs::symlinkat(name.as_str(), &tmpfs, single.as_str())?;
                    }
                }
            }
            sys::mount::set_attributes(&tmpfs, attributes, Attributes::empty(), 0, false)
        };
        mounted().map_err(wrong)
    }

    /// Stops all processes where they are.
    ///
    /// # Errors
    /// [`Error::Cgroup`].
    pub fn freeze(&self) -> Result<(), Error> {
        self.set_frozen(true)
    }

    /// Lets all processes go on.
    ///
    /// # Errors
    /// [`Error::Cgroup`].
    pub fn thaw(&self) -> Result<(), Error> {
        self.set_frozen(false)
    }

    fn set_frozen(&self, frozen: bool) -> Result<(), Error> {
        // What is written where, and what then is to be read where.
        let (file, text, events, wanted) = if let Some(directory) = self.v2() {
            let (text, wanted) = if frozen { ("1", "frozen 1") } else { ("0", "frozen 0") };
            (directory.join("cgroup.freeze"), text, directory.join("cgroup.events"), wanted)
        } else if let Some(directory) = self.controller("freezer") {
            let (file, state) = (directory.join("freezer.state"), if frozen { "FROZEN" } else { "THAWED" });
            (file.clone(), state, file, state)
        } else {
            return Err(Error::Unsupported("this host has no freezer cgroup, which pausing needs".into()));
        };
        // The kernel may need several tries while processes fork (admin-guide/cgroup-v1/freezer-subsystem), and on v2
        // it takes its time (admin-guide/cgroup-v2, cgroup.freeze).
        for _ in 0..500 {
            write(&file, text)?;
            let state = std::fs::read_to_string(&events).map_err(|error| fail(&events, &error))?;
            if state.lines().any(|line| line == wanted) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        Err(Error::Cgroup { path: file.display().to_string(), why: format!("does not become {wanted}") })
    }

    /// Numbers of all processes in it and below.
    ///
    /// # Errors
    /// [`Error::Cgroup`].
    pub fn processes(&self) -> Result<Vec<i32>, Error> {
        self.members("cgroup.procs")
    }

    /// The numbers in a file of this name, in it and below.
    fn members(&self, file: &str) -> Result<Vec<i32>, Error> {
        let Some((directory, _)) = self.directories().into_iter().next() else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let mut folders = vec![directory];
        while let Some(folder) = folders.pop() {
            match std::fs::read_to_string(folder.join(file)) {
                Ok(text) => found.extend(text.lines().filter_map(|line| line.parse::<i32>().ok())),
                Err(error) if gone(&error) => continue,
                Err(error) => return Err(fail(&folder, &error)),
            }
            let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
            folders.extend(entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|e| e.path()));
        }
        Ok(found)
    }

    /// Kills every process in it.
    ///
    /// # Errors
    /// [`Error::Cgroup`].
    pub fn kill_all(&self) -> Result<(), Error> {
        if let Some(directory) = self.v2() {
            match std::fs::write(directory.join("cgroup.kill"), "1") {
                Ok(()) => return Ok(()),
                Err(error) if gone(&error) => return Ok(()),
                // Before Linux 5.14 there is no such file.
                Err(_) => {}
            }
        }
        for pid in self.processes()? {
            if let Some(pid) = rustix::process::Pid::from_raw(pid) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
        if self.controller("freezer").is_some() {
            let _ = self.thaw();
        }
        Ok(())
    }

    /// How often the kernel killed one of its processes for want of memory.
    pub fn oom_kills(&self) -> u64 {
        let file = match self.v2() {
            Some(directory) => directory.join("memory.events"),
            None => match self.controller("memory") {
                Some(directory) => directory.join("memory.oom_control"),
                None => return 0,
            },
        };
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().find_map(|line| line.strip_prefix("oom_kill ")?.trim().parse().ok()).unwrap_or(0)
    }

    /// Removes it with everything below. A cgroup whose last process is on its way out is busy for a moment.
    ///
    /// # Errors
    /// [`Error::Cgroup`] when processes stay in it.
    pub fn remove(&self) -> Result<(), Error> {
        for (directory, _) in self.directories() {
            remove_tree(&directory, 100)?;
        }
        Ok(())
    }

    /// Whether any of its directories is there.
    pub fn exists(&self) -> bool {
        self.directories().iter().any(|(directory, _)| directory.exists())
    }
}

fn remove_tree(directory: &Path, mut tries: u32) -> Result<(), Error> {
    loop {
        match remove_once(directory) {
            Ok(()) => return Ok(()),
            Err(_) if tries > 0 => {
                tries -= 1;
                std::thread::sleep(Duration::from_millis(if tries > 90 { 1 } else { 10 }));
            }
            Err(error) => return Err(fail(directory, &error)),
        }
    }
}

/// What is below goes first; most have nothing below.
fn remove_once(directory: &Path) -> std::io::Result<()> {
    let remove = || match std::fs::remove_dir(directory) {
        Err(error) if !gone(&error) => Err(error),
        _ => Ok(()),
    };
    remove().or_else(|_| {
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            let _ = remove_once(&entry.path());
        }
        remove()
    })
}

/// It was not there, or went away while we looked.
fn gone(error: &std::io::Error) -> bool {
    error.kind() == ErrorKind::NotFound || error.raw_os_error() == Some(libc::ENODEV)
}

fn fail(path: &Path, error: &std::io::Error) -> Error {
    Error::Cgroup { path: path.display().to_string(), why: plain(error) }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    std::fs::write(path, text).map_err(|error| fail(path, &error))
}

/// A new cpuset allows nothing until it is told what its parent allows.
fn inherit_cpuset(mount: &Path, path: &Path) -> Result<(), Error> {
    let mut parent = mount.to_owned();
    for part in path.components() {
        let directory = parent.join(part);
        for file in ["cpuset.cpus", "cpuset.mems"] {
            let own = directory.join(file);
            let present = std::fs::read_to_string(&own).map_err(|error| fail(&own, &error))?;
            if present.trim().is_empty() {
                let above = parent.join(file);
                let text = std::fs::read_to_string(&above).map_err(|error| fail(&above, &error))?;
                write(&own, text.trim())?;
            }
        }
        parent = directory;
    }
    Ok(())
}

/// Makes a v2 cgroup with all controllers that the way down can hand on.
fn make_v2(mount: &Path, path: &Path) -> Result<(), Error> {
    let mut at = mount.to_owned();
    for part in path.components() {
        let controllers = std::fs::read_to_string(at.join("cgroup.controllers")).unwrap_or_default();
        for controller in controllers.split_ascii_whitespace() {
            // One by one: a controller that cannot be handed on must not keep the others.
            let _ = std::fs::write(at.join("cgroup.subtree_control"), format!("+{controller}"));
        }
        at.push(part);
        match std::fs::create_dir(&at) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(fail(&at, &error)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_below_the_hierarchy() {
        for (path, wanted) in [("/a/b", "a/b"), ("../../a", "a"), ("/a/../../b/./c", "b/c"), ("//", "")] {
            assert_eq!(beneath(path), PathBuf::from(wanted), "{path}");
        }
    }

    const HYBRID: &str = "30 20 0:25 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n\
        31 30 0:26 / /sys/fs/cgroup/cpu,cpuacct rw,relatime - cgroup cgroup rw,cpu,cpuacct\n\
        32 30 0:27 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd\n\
        33 30 0:28 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

    #[test]
    fn an_empty_v2_beside_v1_is_v1() {
        let Hierarchies::V1(mounts) = Hierarchies::parse(HYBRID) else { panic!() };
        assert_eq!(mounts.len(), 1);
        assert_eq!(mounts[Path::new("/sys/fs/cgroup/cpu,cpuacct")], ["cpu", "cpuacct"]);
    }

    #[test]
    fn v2_alone_is_v2() {
        let text = "31 30 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
        assert_eq!(Hierarchies::parse(text), Hierarchies::V2("/sys/fs/cgroup".into()));
    }
}
