//! Entering and making namespaces.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

use crate::process::{Forked, fork, new, wait};

/// Opens a namespace's file, such as /proc/7/ns/net.
///
/// # Errors
/// As openat(2).
pub fn open(path: &Path) -> io::Result<OwnedFd> {
    Ok(rustix::fs::openat(rustix::fs::CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty())?)
}

/// Moves the calling thread into a namespace, or with a pidfd into several of a process.
///
/// # Errors
/// As setns(2).
pub fn enter(fd: impl AsFd, kinds: i32) -> io::Result<()> {
    // SAFETY: numbers only; what the thread sees of the system changes, not its memory.
    let result = unsafe { libc::setns(fd.as_fd().as_raw_fd(), kinds) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Moves the calling thread into new namespaces.
///
/// # Errors
/// As unshare(2).
pub fn unshare(kinds: i32) -> io::Result<()> {
    // SAFETY: as for `enter`.
    let result = unsafe { libc::unshare(kinds) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// A user namespace with these tables of numbers (user_namespaces(7)), or with [`new::NETWORK`] a network namespace
/// that such a one owns: [`owner`] gives it. Held by nothing but the descriptor.
///
/// # Errors
/// As clone3(2), and as write(2) for a table that the kernel refuses.
pub fn mapped(kind: i32, uids: &str, gids: &str) -> io::Result<OwnedFd> {
    let (read, write) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC)?;
    // SAFETY: the child makes system calls only, and ends.
    match unsafe { fork(new::USER | kind, None, false) }? {
        Forked::Child => {
            drop(write);
            // It is there until the namespace is held, or the parent gone.
            let _ = rustix::io::read(&read, &mut [0u8; 1]);
            crate::process::exit_now(0)
        }
        Forked::Parent { pid, pidfd } => {
            let file = |name: &str| format!("/proc/{pid}/{name}");
            let made = std::fs::write(file("uid_map"), uids)
                .and_then(|()| std::fs::write(file("gid_map"), gids))
                .and_then(|()| open(Path::new(&file(if kind == new::NETWORK { "ns/net" } else { "ns/user" }))));
            drop(write);
            let _ = wait(pidfd);
            made
        }
    }
}

/// `NS_GET_USERNS` (ioctl_ns(2), Linux 4.9).
const GET_USER_NAMESPACE: libc::Ioctl = 0xb701;

/// The user namespace that owns a namespace.
///
/// # Errors
/// As ioctl_ns(2).
pub fn owner(namespace: impl AsFd) -> io::Result<OwnedFd> {
    use std::os::fd::FromRawFd;
    // SAFETY: the request takes no argument; the result is a new descriptor that nobody else owns, close-on-exec.
    unsafe {
        let fd = libc::ioctl(namespace.as_fd().as_raw_fd(), GET_USER_NAMESPACE);
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(fd)) }
    }
}
