//! Entering and making namespaces.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

use rustix::fs::{Mode, OFlags};

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
