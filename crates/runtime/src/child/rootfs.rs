//! The root file system: mounts, devices, masks, and the change of root.
//!
//! Every target is opened beneath the new root by openat2, and mounts are moved onto the descriptor that was opened,
//! so that nothing an image or a neighbour swaps in meanwhile is followed. The host's own files are opened before.

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, ResolveFlags};
use rustix::io::Errno;
use sys::mount::Attributes;
use sys::{beneath, mount};

use crate::Error;
use crate::error::{Step, plain};
use crate::plan::{MountStep, Node, Owners, Plan, Rootfs, What, below};
use crate::user::mapped;

/// A pseudo-terminal of the container.
pub(crate) struct Terminal {
    pub(crate) master: OwnedFd,
    pub(crate) slave: OwnedFd,
}

impl Terminal {
    fn of(ptmx: OwnedFd) -> std::io::Result<Self> {
        rustix::pty::unlockpt(&ptmx)?;
        let slave = sys::process::open_slave(&ptmx)?;
        Ok(Self { master: ptmx, slave })
    }

    /// A new terminal of a running container's devpts. /dev may have been tampered with: only what the kernel says is
    /// a devpts's ptmx counts (CVE-2025-52565).
    pub(crate) fn of_running() -> Result<Self, Error> {
        let fail = |why: &str| Error::Step { step: "a terminal in the container".into(), why: why.into() };
        let root = beneath::open_root(Path::new("/")).step(|| "opening /".into())?;
        let flags = OFlags::RDWR | OFlags::NOCTTY;
        let ptmx = beneath::open(&root, Path::new("/dev/pts/ptmx"), flags, Mode::empty())
            .step(|| "opening /dev/pts/ptmx".into())?;
        let stat = rustix::fs::fstat(&ptmx).step(|| "fstat of ptmx".into())?;
        let devpts = rustix::fs::fstatfs(&ptmx).step(|| "fstatfs of ptmx".into())?.f_type == DEVPTS_SUPER_MAGIC;
        if FileType::from_raw_mode(stat.st_mode) != FileType::CharacterDevice || !devpts {
            return Err(fail("/dev/pts/ptmx is no devpts multiplexer"));
        }
        Self::of(ptmx).step(|| "opening a terminal".into())
    }
}

/// statfs(2).
const DEVPTS_SUPER_MAGIC: i64 = 0x1cd1;

/// What is opened of the host before its file systems are out of reach.
struct HostFiles {
    null: OwnedFd,
}

/// What takes the host's rights to mount or make, attached nowhere.
pub(crate) struct Sources {
    root: OwnedFd,
    /// One for each mount that is a bind.
    binds: Vec<Option<OwnedFd>>,
    /// One for each device, where the container could not make it.
    nodes: Option<Vec<OwnedFd>>,
}

impl Sources {
    /// Opens all while the host's paths still mean what they say, with the owners that a user namespace wants. The
    /// caller's mount namespace is its own; with a user namespace, something is left over in it.
    pub(crate) fn open(plan: &Plan, user: Option<&OwnedFd>) -> Result<Self, Error> {
        let nodes = user.map(|_| make_nodes(plan)).transpose()?;
        if let Some(user) = user {
            map_layers(plan, user)?;
        }
        let binds = plan.mounts.iter().map(|step| open_source(plan, step, user)).collect::<Result<_, _>>()?;
        Ok(Self { root: root_tree(&plan.rootfs)?, binds, nodes })
    }
}

/// Has the directories of overlays show their owners by the table of a user namespace.
fn map_layers(plan: &Plan, user: &OwnedFd) -> Result<(), Error> {
    let mut paths = std::collections::BTreeSet::new();
    let mut gather = |lower: &[PathBuf], upper: Option<&Path>| {
        // The upper and the working directory must be seen through the same mount.
        paths.extend(lower.iter().map(|path| path.as_path()).chain(upper.and_then(Path::parent)).map(Path::to_owned));
    };
    if let Rootfs::Overlay { lower, upper, .. } = &plan.rootfs {
        gather(lower, Some(upper));
    }
    for step in &plan.mounts {
        if let What::Overlay { lower, upper, .. } = &step.what {
            gather(lower, upper.as_ref().map(|(upper, _)| upper.as_path()));
        }
    }
    for path in &paths {
        mount::clone_tree(path, false)
            .and_then(|tree| {
                mount::map_ids(&tree, user, false)?;
                mount::attach_at(&tree, path)
            })
            .step(|| {
                format!("mapping the owners of {}, which takes a file system with idmapped mounts", path.display())
            })?;
    }
    Ok(())
}

/// What was mounted and is still needed.
#[derive(Default)]
struct Mounted {
    /// A procfs of the container's own, for sysctls.
    proc: Option<OwnedFd>,
    dev: Option<OwnedFd>,
    devpts: Option<OwnedFd>,
}

/// Does all of it; gives a terminal if one is wanted. `ready` is called while the host's paths still mean what they say.
/// The sources are opened here unless somebody with more rights has done so.
pub(crate) fn set_up(
    plan: &Plan,
    sources: Option<Sources>,
    terminal: bool,
    ready: impl FnOnce() -> Result<(), Error>,
) -> Result<Option<Terminal>, Error> {
    // Mounts of the host still arrive (a volume mounted later, say); none of ours go out.
    mount::make_private(true).step(|| "making the mount namespace private".into())?;
    let host = HostFiles {
        null: rustix::fs::open("/dev/null", OFlags::PATH | OFlags::CLOEXEC, Mode::empty())
            .step(|| "opening /dev/null".into())?,
    };
    let Sources { root, binds, nodes } = match sources {
        Some(sources) => sources,
        None => Sources::open(plan, None)?,
    };
    let (place, readonly) = match &plan.rootfs {
        // A directory is mounted over itself, where hooks look for it.
        Rootfs::Directory { path, readonly } => (path.as_path(), *readonly),
        Rootfs::Overlay { readonly, .. } => (Path::new("/"), *readonly),
    };
    mount::attach_at(&root, place).step(|| "attaching the root file system".into())?;
    let mut mounted = Mounted::default();
    for (step, source) in plan.mounts.iter().zip(binds) {
        one(plan, &root, step, source, &mut mounted).map_err(|why| match why {
            Failure::Known(error) => error,
            Failure::System(error) => Error::Mount {
                source_name: step.source_name(),
                target: step.target.display().to_string(),
                why: plain(&error),
            },
        })?;
    }
    devices(plan, &root, mounted.dev.as_ref(), nodes)?;
    let terminal = if terminal { open_terminal(&root, &mounted)? } else { None };
    sysctls(plan, mounted.proc)?;
    for path in &plan.readonly {
        make_readonly(&root, path).step(|| format!("making {} read-only", path.display()))?;
    }
    let mut empty = None;
    for path in &plan.masked {
        mask(&root, path, &host, &mut empty).step(|| format!("masking {}", path.display()))?;
    }
    if readonly {
        mount::set_attributes(&root, Attributes::MOUNT_ATTR_RDONLY, Attributes::empty(), 0, false)
            .step(|| "making the root file system read-only".into())?;
    }
    if plan.propagation != 0 {
        mount::set_attributes(&root, Attributes::empty(), Attributes::empty(), plan.propagation, true)
            .step(|| "setting rootfsPropagation".into())?;
    }
    ready()?;
    mount::change_root(&root).step(|| "pivot_root".into())?;
    Ok(terminal)
}

impl MountStep {
    fn source_name(&self) -> String {
        match &self.what {
            What::New { kind, .. } => kind.clone(),
            What::Bind { source, .. } => source.display().to_string(),
            What::Overlay { part, .. } => format!("overlay{}", part.display()),
            What::File { .. } => "a file".into(),
            What::Cgroups => "cgroup".into(),
        }
    }
}

enum Failure {
    System(std::io::Error),
    Known(Error),
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::System(error)
    }
}

impl From<Errno> for Failure {
    fn from(error: Errno) -> Self {
        Self::System(error.into())
    }
}

/// Opens what a step binds: something of the host's, or of an overlay that is made for it.
fn open_source(plan: &Plan, step: &MountStep, user: Option<&OwnedFd>) -> Result<Option<OwnedFd>, Error> {
    let opened = match &step.what {
        What::Bind { source, recursive, part } => {
            bound(source, part, *recursive).and_then(|tree| owned(step, tree, user))
        }
        What::Overlay { lower, upper, part } => {
            let upper = upper.as_ref().map(|(upper, work)| (upper.as_path(), work.as_path()));
            mount::overlay(lower, upper, Attributes::empty()).and_then(|tree| part_of(tree, part))
        }
        What::File { data, mode, uid, gid } => {
            let owner = plan.user.as_ref().and_then(|user| user.outside(*uid, *gid)).unwrap_or((*uid, *gid));
            file_in_memory(data, *mode, owner)
        }
        What::New { .. } | What::Cgroups => return Ok(None),
    };
    opened.map(Some).map_err(|error| Error::Mount {
        source_name: step.source_name(),
        target: step.target.display().to_string(),
        why: plain(&error),
    })
}

/// Something of the host's, or a part of it. Whoever can write there may have put links on the way to the part: they do
/// not lead out.
pub(crate) fn bound(source: &Path, part: &Path, recursive: bool) -> std::io::Result<OwnedFd> {
    if part.as_os_str().is_empty() {
        return mount::clone_tree(source, recursive);
    }
    mount::clone_descriptor(beneath::open_path(beneath::open_root(source)?, part)?, recursive)
}

/// Gives what is bound the owners that a step asks for.
fn owned(step: &MountStep, tree: OwnedFd, user: Option<&OwnedFd>) -> std::io::Result<OwnedFd> {
    match (&step.owners, user) {
        (Owners::Container { recursive }, Some(user)) => mount::map_ids(&tree, user, *recursive)?,
        (Owners::Mapped { uids, gids, recursive }, _) => {
            let user = mapped(uids, gids).map_err(std::io::Error::other)?;
            mount::map_ids(&tree, user, *recursive)?;
        }
        (Owners::Container { .. }, None) | (Owners::Same, _) => {}
    }
    Ok(tree)
}

/// A file of a file system of its own.
fn file_in_memory(data: &[u8], mode: u32, (uid, gid): (u32, u32)) -> std::io::Result<OwnedFd> {
    let tree = mount::create("tmpfs", &[("mode", Some("755"))], Attributes::empty())?;
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let file = rustix::fs::openat(&tree, "file", flags, Mode::from(0o400))?;
    std::io::Write::write_all(&mut std::fs::File::from(file.try_clone()?), data)?;
    rustix::fs::fchown(&file, Some(rustix::fs::Uid::from_raw(uid)), Some(rustix::fs::Gid::from_raw(gid)))?;
    rustix::fs::fchmod(&file, Mode::from_raw_mode(mode & 0o7777))?;
    drop(file);
    part_of(tree, Path::new("file"))
}

/// A directory or file within a mount, found as if the mount were the root directory. The mount is attached for a
/// moment, since before Linux 6.15 only what is attached can be copied.
fn part_of(tree: OwnedFd, part: &Path) -> std::io::Result<OwnedFd> {
    if part.as_os_str().is_empty() || part == Path::new("/") {
        return Ok(tree);
    }
    let found = beneath::open(&tree, part, OFlags::PATH, Mode::empty())?;
    mount::attach_at(&tree, Path::new("/"))?;
    let copy = mount::clone_descriptor(&found, false);
    drop(found);
    mount::detach(&tree)?;
    copy
}

/// Mounts a root file system at a place.
pub(crate) fn mount_at(rootfs: &Rootfs, place: &Path) -> Result<(), Error> {
    mount::attach_at(&root_tree(rootfs)?, place).step(|| "attaching the root file system".into())
}

/// The root file system, mounted nowhere.
fn root_tree(rootfs: &Rootfs) -> Result<OwnedFd, Error> {
    match rootfs {
        Rootfs::Directory { path, .. } => {
            mount::clone_tree(path, true).step(|| format!("binding the root file system {}", path.display()))
        }
        Rootfs::Overlay { lower, upper, work, .. } => {
            mount::overlay(lower, Some((upper, work)), Attributes::empty()).step(|| "mounting the overlay".into())
        }
    }
}

fn one(
    plan: &Plan,
    root: &OwnedFd,
    step: &MountStep,
    source: Option<OwnedFd>,
    mounted: &mut Mounted,
) -> Result<(), Failure> {
    let attributes = Attributes::from_bits_retain(step.set);
    match &step.what {
        What::Bind { .. } | What::Overlay { .. } | What::File { .. } => {
            let Some(source) = source else { return Ok(()) };
            bind(root, step, &source)?;
        }
        What::Cgroups => plan.cgroup.cgroup().mount(root, &step.target, attributes).map_err(Failure::Known)?,
        What::New { kind, options } => {
            let options: Vec<_> = options.iter().map(|(key, value)| (key.as_str(), value.as_deref())).collect();
            let target = open_target(root, &step.target, kind)?;
            if kind != "proc" && (step.target == Path::new("/proc") || is_proc(&target)?) {
                return Err(over_proc(&step.target));
            }
            let new = mount::create(kind, &options, attributes)?;
            mount::attach(&new, &target)?;
            match kind.as_str() {
                "proc" => mounted.proc = Some(new),
                "devpts" => mounted.devpts = Some(new),
                "tmpfs" if step.target == Path::new("/dev") => mounted.dev = Some(new),
                _ => {}
            }
        }
    }
    Ok(())
}

/// The directory to mount on, made if it is missing. For the kernel's own file systems the path must not lead through
/// a link of the image: `/proc -> /elsewhere` would leave the real place unprotected (CVE-2019-19921).
fn open_target(root: &OwnedFd, target: &Path, kind: &str) -> Result<OwnedFd, Failure> {
    let fixed = matches!(kind, "proc" | "sysfs") || target == Path::new("/dev");
    if fixed {
        let no_links = ResolveFlags::IN_ROOT | ResolveFlags::NO_SYMLINKS;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        match rustix::fs::openat2(root, target, flags, Mode::empty(), no_links) {
            Ok(found) => return Ok(found),
            Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(beneath::make_dirs(root, target, Mode::from(0o755))?)
}

fn bind(root: &OwnedFd, step: &MountStep, source: &OwnedFd) -> Result<(), Failure> {
    let target = match beneath::kind(source.as_fd())? {
        FileType::Directory => beneath::make_dirs(root, &step.target, Mode::from(0o755))?,
        _ => beneath::make_file(root, &step.target)?,
    };
    // Over the kernel's own files nothing is laid, by whatever path and link it gets there (CVE-2019-16884,
    // CVE-2023-28642), but another procfs and what shows a container its own limits.
    let allowed = match step.target.strip_prefix("/proc") {
        Ok(rest) if rest.as_os_str().is_empty() => is_proc(source)?,
        Ok(rest) => PROC_FILES.iter().any(|file| rest == Path::new(file)),
        Err(_) => !is_proc(&target)?,
    };
    if !allowed {
        return Err(over_proc(&step.target));
    }
    let (set, clear) = (Attributes::from_bits_retain(step.set), Attributes::from_bits_retain(step.clear));
    if !set.is_empty() || !clear.is_empty() {
        mount::set_attributes(source, set, clear, 0, step.recursive_attributes)?;
    }
    mount::attach(source, &target)?;
    if step.propagation != 0 {
        mount::set_attributes(source, Attributes::empty(), Attributes::empty(), step.propagation, true)?;
    }
    Ok(())
}

fn is_proc(fd: &OwnedFd) -> Result<bool, Errno> {
    Ok(rustix::fs::fstatfs(fd)?.f_type == rustix::fs::PROC_SUPER_MAGIC)
}

fn over_proc(target: &Path) -> Failure {
    let path = target.display().to_string();
    Failure::Known(Error::Unsupported(format!("{path:?} cannot be mounted because it is inside /proc")))
}

/// Files of procfs that tools like lxcfs lay their own over: runc's list.
const PROC_FILES: [&str; 10] = [
    "cpuinfo",
    "diskstats",
    "loadavg",
    "meminfo",
    "net/dev",
    "slabinfo",
    "stat",
    "swaps",
    "sys/kernel/ns_last_pid",
    "uptime",
];

/// Device nodes and the links that every /dev has. Where /dev is our own tmpfs they are made in it by descriptor;
/// where it is the image's or the host's, nothing is made through links of the image (CVE-2026-41579).
fn devices(plan: &Plan, root: &OwnedFd, dev: Option<&OwnedFd>, nodes: Option<Vec<OwnedFd>>) -> Result<(), Error> {
    let Some(dev) = dev else { return Ok(()) };
    let bits = rustix::process::umask(Mode::empty());
    let mut made = nodes.map(Vec::into_iter);
    for node in &plan.devices {
        let (root, path) = match node.path.strip_prefix("/dev") {
            Ok(name) => (dev, name),
            Err(_) => (root, below(&node.path)),
        };
        match made.as_mut().and_then(Iterator::next) {
            Some(made) => beneath::make_file(root, path).and_then(|place| match is_proc(&place)? {
                true => Err(Errno::PERM.into()),
                false => mount::attach(&made, &place),
            }),
            None => device(root, path, node),
        }
        .step(|| format!("making the device {}", node.path.display()))?;
    }
    for (name, target) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("ptmx", "pts/ptmx"),
        ("core", "/proc/kcore"),
    ] {
        match rustix::fs::symlinkat(target, dev, name) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(error).step(|| format!("making /dev/{name}")),
        }
    }
    rustix::process::umask(bits);
    Ok(())
}

/// Makes the devices of a container that may not: bound to its own places, as runc does it. They are in a file system
/// of the host's, which is mounted for a moment, since before Linux 6.15 only what is attached can be copied.
fn make_nodes(plan: &Plan) -> Result<Vec<OwnedFd>, Error> {
    let all = mount::create("tmpfs", &[("mode", Some("755"))], Attributes::MOUNT_ATTR_NOEXEC)
        .and_then(|all| mount::attach_at(&all, Path::new("/")).map(|()| all))
        .step(|| "making a place for devices".into())?;
    let bits = rustix::process::umask(Mode::empty());
    let nodes = plan.devices.iter().enumerate().map(|(position, node)| {
        let owner = plan.user.as_ref().and_then(|user| user.outside(node.uid, node.gid));
        let (uid, gid) = owner.unwrap_or((node.uid, node.gid));
        let name = position.to_string();
        let make = || {
            device(&all, Path::new(&name), &Node { uid, gid, ..node.clone() })?;
            let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            mount::clone_descriptor(rustix::fs::openat(&all, name.as_str(), flags, Mode::empty())?, false)
        };
        make().step(|| format!("making the device {}", node.path.display()))
    });
    let nodes = nodes.collect();
    rustix::process::umask(bits);
    mount::detach(&all).step(|| "unmounting the place for devices".into())?;
    nodes
}

fn device(root: &OwnedFd, path: &Path, node: &Node) -> std::io::Result<()> {
    let (parent, name) = beneath::split(path)?;
    let parent = if parent.as_os_str().is_empty() {
        beneath::open_dir(root, Path::new("."))?
    } else {
        beneath::make_dirs(root, parent, Mode::from(0o755))?
    };
    let kind = match (node.fifo, node.block) {
        (true, _) => FileType::Fifo,
        (false, true) => FileType::BlockDevice,
        (false, false) => FileType::CharacterDevice,
    };
    let number = rustix::fs::makedev(node.major, node.minor);
    match rustix::fs::mknodat(&parent, name, kind, Mode::from(node.mode), number) {
        Ok(()) => {}
        Err(Errno::EXIST) => return Ok(()),
        Err(error) => return Err(error.into()),
    }
    let (uid, gid) = (rustix::fs::Uid::from_raw(node.uid), rustix::fs::Gid::from_raw(node.gid));
    Ok(rustix::fs::chownat(&parent, name, Some(uid), Some(gid), AtFlags::SYMLINK_NOFOLLOW)?)
}

fn open_terminal(root: &OwnedFd, mounted: &Mounted) -> Result<Option<Terminal>, Error> {
    let Some(devpts) = &mounted.devpts else { return Ok(None) };
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
    let ptmx = rustix::fs::openat(devpts, "ptmx", flags, Mode::empty()).step(|| "opening ptmx".into())?;
    let terminal = Terminal::of(ptmx).step(|| "opening a terminal".into())?;
    // /dev/console is the terminal, bound through its descriptor and never by a path (CVE-2025-52565).
    if let Some(dev) = &mounted.dev {
        let console = beneath::make_file(dev, Path::new("/console")).step(|| "making /dev/console".into())?;
        mount::clone_descriptor(&terminal.slave, false)
            .and_then(|tree| mount::attach(&tree, &console))
            .step(|| "binding /dev/console".into())?;
    }
    let _ = root;
    Ok(Some(terminal))
}

/// Kernel parameters, through a procfs that this process has just mounted itself and where no link is followed
/// (CVE-2025-52881).
fn sysctls(plan: &Plan, own: Option<OwnedFd>) -> Result<(), Error> {
    if plan.sysctls.is_empty() {
        return Ok(());
    }
    let proc = match own {
        Some(proc) => proc,
        None => mount::create("proc", &[], Attributes::empty()).step(|| "mounting a procfs for sysctls".into())?,
    };
    for (key, value) in &plan.sysctls {
        let path = format!("sys/{}", key.replace('.', "/"));
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
        let flags = OFlags::WRONLY | OFlags::CLOEXEC;
        rustix::fs::openat2(&proc, &path, flags, Mode::empty(), resolve)
            .map_err(std::io::Error::from)
            .and_then(|fd| Ok(rustix::io::write(&fd, value.as_bytes())?))
            .step(|| format!("open sysctl {key} file"))?;
    }
    Ok(())
}

fn make_readonly(root: &OwnedFd, path: &Path) -> std::io::Result<()> {
    let Some(target) = existing(root, path)? else { return Ok(()) };
    let tree = mount::clone_descriptor(&target, true)?;
    mount::set_attributes(&tree, Attributes::MOUNT_ATTR_RDONLY, Attributes::empty(), 0, true)?;
    mount::attach(&tree, &target)
}

/// A path of the container that may not exist; a link there is not followed.
fn existing(root: &OwnedFd, path: &Path) -> std::io::Result<Option<OwnedFd>> {
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_SYMLINKS;
    match rustix::fs::openat2(root, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve) {
        Ok(found) => Ok(Some(found)),
        Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Lays an empty read-only directory over a directory, and /dev/null over a file.
fn mask(root: &OwnedFd, path: &Path, host: &HostFiles, empty: &mut Option<OwnedFd>) -> std::io::Result<()> {
    let Some(target) = existing(root, path)? else { return Ok(()) };
    if beneath::kind(target.as_fd())? != FileType::Directory {
        // The host's /dev/null, opened before anything of the container was (CVE-2025-31133).
        return mount::attach(mount::clone_descriptor(&host.null, false)?, &target);
    }
    if let Some(first) = empty {
        return mount::attach(mount::clone_descriptor(first, false)?, &target);
    }
    let options = [("size", Some("0")), ("nr_inodes", Some("1"))];
    let first = mount::create("tmpfs", &options, Attributes::MOUNT_ATTR_RDONLY)?;
    mount::attach(&first, &target)?;
    // The others are copies of it: before Linux 6.15 only what is attached can be copied.
    *empty = Some(first);
    Ok(())
}
