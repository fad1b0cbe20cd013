//! The new mount API: file systems that are mounted nowhere until they are moved to a place given by a descriptor.
//!
//! No step names a path of the container twice, so nothing inside can be swapped in between.
//! Source: fsopen(2), fsmount(2), open_tree(2), move_mount(2), mount_setattr(2); Linux 5.12.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create, fsconfig_set_flag,
    fsconfig_set_string, fsmount, fsopen, move_mount, open_tree,
};

pub use rustix::mount::MountAttrFlags as Attributes;

/// Makes a file system of this type with these options; `None` as a value sets a flag.
///
/// # Errors
/// As fsopen(2) and fsconfig(2), with the option that was refused.
pub fn create(kind: &str, options: &[(&str, Option<&str>)], attributes: Attributes) -> io::Result<OwnedFd> {
    let context = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for (key, value) in options {
        let set = match value {
            Some(value) => fsconfig_set_string(context.as_fd(), *key, *value),
            None => fsconfig_set_flag(context.as_fd(), *key),
        };
        set.map_err(|error| {
            let error = io::Error::from(error);
            io::Error::new(error.kind(), format!("option {key}={}: {error}", value.unwrap_or_default()))
        })?;
    }
    fsconfig_create(context.as_fd())?;
    Ok(fsmount(context.as_fd(), FsMountFlags::FSMOUNT_CLOEXEC, attributes)?)
}

/// An overlay of these directories, the uppermost first, with an upper and a working directory if it can be written to.
/// What is written there is whole in itself, whatever this kernel's default is: it says nothing of names that moved, and
/// holds no files without contents, so that it can be a layer elsewhere.
///
/// Before Linux 6.8 this blocks for a moment, as [`clone_root_of`] does.
///
/// # Errors
/// As fsopen(2) and fsconfig(2).
pub fn overlay(lower: &[PathBuf], upper: Option<(&Path, &Path)>, attributes: Attributes) -> io::Result<OwnedFd> {
    let text = |path: &Path| path.to_str().map(str::to_owned).ok_or(io::ErrorKind::InvalidInput);
    let mut others = Vec::new();
    if let Some((upper, work)) = upper {
        others = vec![("upperdir", text(upper)?), ("workdir", text(work)?)];
        others.extend([("redirect_dir", "off".to_owned()), ("metacopy", "off".to_owned())]);
    }
    let mount = |lower: Vec<(&str, String)>| {
        let options: Vec<_> = lower.iter().chain(&others).map(|(key, value)| (*key, Some(value.as_str()))).collect();
        create("overlay", &options, attributes)
    };
    let each = lower.iter().map(|path| Ok(("lowerdir+", text(path)?))).collect::<io::Result<Vec<_>>>()?;
    match mount(each) {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => {}
        other => return other,
    }
    // There is no `lowerdir+` before Linux 6.8, and fsconfig(2) takes 255 bytes: the names are descriptors, seen from
    // where they are names.
    let flags = rustix::fs::OFlags::PATH | rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::CLOEXEC;
    let opened = lower
        .iter()
        .map(|path| Ok(rustix::fs::open(path, flags, rustix::fs::Mode::empty())?))
        .collect::<io::Result<Vec<_>>>()?;
    let names: Vec<_> = opened.iter().map(|directory| directory.as_raw_fd().to_string()).collect();
    std::thread::scope(|scope| {
        let mounting = std::thread::Builder::new().spawn_scoped(scope, || {
            crate::namespace::unshare(libc::CLONE_FS)?;
            rustix::process::chdir("/proc/self/fd")?;
            mount(vec![("lowerdir", names.join(":"))])
        })?;
        mounting.join().unwrap_or_else(|_| Err(io::Error::other("the thread that mounts an overlay is gone")))
    })
}

/// A detached copy of what is mounted at a path: the source of a bind mount.
///
/// # Errors
/// As open_tree(2).
pub fn clone_tree(path: &Path, recursive: bool) -> io::Result<OwnedFd> {
    Ok(open_tree(rustix::fs::CWD, path, clone_flags(recursive))?)
}

/// A detached copy of what a descriptor names.
///
/// # Errors
/// As open_tree(2).
pub fn clone_descriptor(fd: impl AsFd, recursive: bool) -> io::Result<OwnedFd> {
    Ok(open_tree(fd.as_fd(), "", clone_flags(recursive) | OpenTreeFlags::AT_EMPTY_PATH)?)
}

/// A detached copy of the root of a mount namespace, /proc/PID/ns/mnt, without what is mounted over it. Blocks for a
/// moment: only a thread that shares nothing can enter a mount namespace (setns(2)).
///
/// # Errors
/// As setns(2) and open_tree(2).
pub fn clone_root_of(namespace: &Path) -> io::Result<OwnedFd> {
    let namespace = crate::namespace::open(namespace)?;
    let copying = std::thread::Builder::new().spawn(move || {
        crate::namespace::unshare(libc::CLONE_FS)?;
        crate::namespace::enter(&namespace, libc::CLONE_NEWNS)?;
        clone_tree(Path::new("/"), false)
    })?;
    copying.join().unwrap_or_else(|_| Err(io::Error::other("the thread that entered the namespace is gone")))
}

fn clone_flags(recursive: bool) -> OpenTreeFlags {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    if recursive { flags | OpenTreeFlags::AT_RECURSIVE } else { flags }
}

/// Puts a detached mount onto what a descriptor names.
///
/// # Errors
/// As move_mount(2).
pub fn attach(mount: impl AsFd, target: impl AsFd) -> io::Result<()> {
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    Ok(move_mount(mount.as_fd(), "", target.as_fd(), "", flags)?)
}

/// `struct mount_attr` (mount_setattr(2), Linux 5.12).
#[repr(C)]
struct MountAttr {
    set: u64,
    clear: u64,
    propagation: u64,
    userns: u64,
}

/// Sets and clears attributes of a mount, and of all below it if asked; `propagation` is an `MS_…` value or 0.
///
/// # Errors
/// As mount_setattr(2).
pub fn set_attributes(
    mount: impl AsFd,
    set: Attributes,
    clear: Attributes,
    propagation: u64,
    recursive: bool,
) -> io::Result<()> {
    let attr = MountAttr { set: set.bits().into(), clear: clear.bits().into(), propagation, userns: 0 };
    change(mount, &attr, recursive)
}

/// `MOUNT_ATTR_IDMAP` (mount_setattr(2)).
const ID_MAPPED: u64 = 0x0010_0000;

/// Has a detached mount show its files' owners by the table of a user namespace: what belongs to root there belongs,
/// seen through this mount, to whom the namespace calls root.
///
/// # Errors
/// As mount_setattr(2): `EINVAL` where the file system cannot, or the mount is attached.
pub fn map_ids(mount: impl AsFd, user_namespace: impl AsFd, recursive: bool) -> io::Result<()> {
    let userns = u64::from(user_namespace.as_fd().as_raw_fd().cast_unsigned());
    change(mount, &MountAttr { set: ID_MAPPED, clear: 0, propagation: 0, userns }, recursive)
}

fn change(mount: impl AsFd, attr: &MountAttr, recursive: bool) -> io::Result<()> {
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: an empty NUL-terminated path, and a structure of the size that is told.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_fd().as_raw_fd(),
            c"".as_ptr(),
            flags,
            std::ptr::from_ref(attr),
            size_of::<MountAttr>(),
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Cuts the caller's mount namespace off: nothing that is mounted here shows elsewhere. With `slave`, what the host
/// mounts still shows here.
///
/// # Errors
/// As mount(2).
pub fn make_private(slave: bool) -> io::Result<()> {
    use rustix::mount::{MountPropagationFlags as Propagation, mount_change};
    let kind = if slave { Propagation::DOWNSTREAM } else { Propagation::PRIVATE };
    Ok(mount_change("/", kind | Propagation::REC)?)
}

/// Makes a directory the root of the caller's mount namespace and lets go of the old one.
///
/// Source: pivot_root(2), "pivot_root(".", ".")".
///
/// # Errors
/// As pivot_root(2).
pub fn change_root(root: impl AsFd) -> io::Result<()> {
    rustix::process::fchdir(root.as_fd())?;
    rustix::process::pivot_root(".", ".")?;
    rustix::mount::unmount(".", rustix::mount::UnmountFlags::DETACH)?;
    Ok(rustix::process::chdir("/")?)
}

/// Takes a mount from where it is, with the caller's working directory in it for a moment, which is / then.
///
/// # Errors
/// As umount2(2).
pub fn detach(mount: impl AsFd) -> io::Result<()> {
    rustix::process::fchdir(mount.as_fd())?;
    rustix::mount::unmount(".", rustix::mount::UnmountFlags::DETACH)?;
    Ok(rustix::process::chdir("/")?)
}

/// Moves the mounted root file system to where it can be pivoted into: the caller's current root.
///
/// # Errors
/// As move_mount(2).
pub fn attach_at(mount: impl AsFd, path: &Path) -> io::Result<()> {
    Ok(move_mount(mount.as_fd(), "", rustix::fs::CWD, path, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)?)
}

/// Attributes from the options of mount(8): `(set, clear)`; `None` when it is no such option.
pub fn attribute(option: &str) -> Option<(Attributes, Attributes)> {
    let none = MountAttrFlags::empty();
    let on = |flag| Some((flag, none));
    let off = |flag| Some((none, flag));
    match option {
        "ro" | "rro" => on(Attributes::MOUNT_ATTR_RDONLY),
        "rw" | "rrw" => off(Attributes::MOUNT_ATTR_RDONLY),
        "nosuid" | "rnosuid" => on(Attributes::MOUNT_ATTR_NOSUID),
        "suid" | "rsuid" => off(Attributes::MOUNT_ATTR_NOSUID),
        "nodev" | "rnodev" => on(Attributes::MOUNT_ATTR_NODEV),
        "dev" | "rdev" => off(Attributes::MOUNT_ATTR_NODEV),
        "noexec" | "rnoexec" => on(Attributes::MOUNT_ATTR_NOEXEC),
        "exec" | "rexec" => off(Attributes::MOUNT_ATTR_NOEXEC),
        "noatime" => on(Attributes::MOUNT_ATTR_NOATIME),
        "strictatime" => on(Attributes::MOUNT_ATTR_STRICTATIME),
        "relatime" | "atime" => Some((none, none)),
        "nodiratime" => on(Attributes::MOUNT_ATTR_NODIRATIME),
        "diratime" => off(Attributes::MOUNT_ATTR_NODIRATIME),
        _ => None,
    }
}
