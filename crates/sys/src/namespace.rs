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
    of_helper(
        new::USER | kind,
        || Ok(()),
        |process| {
            std::fs::write(process("uid_map"), uids)?;
            std::fs::write(process("gid_map"), gids)?;
            open(Path::new(&process(if kind == new::NETWORK { "ns/net" } else { "ns/user" })))
        },
    )
}

/// A network namespace that this user namespace owns. Held by nothing but the descriptor.
///
/// # Errors
/// As setns(2) and unshare(2).
pub fn network_of(user: impl AsFd) -> io::Result<OwnedFd> {
    let make = || enter(user, new::USER).and_then(|()| unshare(new::NETWORK));
    of_helper(0, make, |process| open(Path::new(&process("ns/net"))))
}

/// Takes something of a process that is there for as long only: `make` is done in it and makes system calls only;
/// `take` is told the paths of its files in /proc.
fn of_helper(
    kinds: i32,
    make: impl FnOnce() -> io::Result<()>,
    take: impl FnOnce(&dyn Fn(&str) -> String) -> io::Result<OwnedFd>,
) -> io::Result<OwnedFd> {
    let (ours, theirs) = crate::descriptor::pair(rustix::net::SocketType::SEQPACKET)?;
    // SAFETY: the child makes system calls only, and ends.
    match unsafe { fork(kinds, None, false) }? {
        Forked::Child => {
            drop(ours);
            let code = make().map_or_else(|error| error.raw_os_error().unwrap_or(libc::EIO), |()| 0);
            let _ = rustix::io::write(&theirs, &code.to_ne_bytes());
            // Until the other end is closed, by the end of the parent if need be.
            let _ = rustix::io::read(&theirs, &mut [0u8; 1]);
            crate::process::exit_now(0)
        }
        Forked::Parent { pid, pidfd } => {
            drop(theirs);
            let mut code = [0; 4];
            let made = match rustix::io::read(&ours, &mut code) {
                Ok(4) if i32::from_ne_bytes(code) == 0 => take(&|file: &str| format!("/proc/{pid}/{file}")),
                Ok(4) => Err(io::Error::from_raw_os_error(i32::from_ne_bytes(code))),
                Ok(_) => Err(io::ErrorKind::UnexpectedEof.into()),
                Err(error) => Err(error.into()),
            };
            drop(ours);
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
