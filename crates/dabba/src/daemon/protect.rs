//! The program's own file is out of reach of containers (CVE-2019-5736).
//!
//! Between the clone and the execve of a container's program, and for whoever executes `/proc/self/exe` inside, the
//! daemon's executable is reachable. So the daemon executes itself once more from a clone of the file's mount that
//! is read-only and attached nowhere: whoever opens that file for writing gets EROFS, and nobody can remount it,
//! since no mount table has it.

use std::ffi::CString;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStringExt;

use anyhow::{Context, Result};
use rustix::fs::{Mode, OFlags, StatVfsMountFlags};
use rustix::mount::MountAttrFlags;

/// Returns once the program runs from a read-only mount.
pub(super) fn execute_from_read_only_mount() -> Result<()> {
    let path = std::path::Path::new("/proc/self/exe");
    let own =
        rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()).context("opening /proc/self/exe")?;
    if rustix::fs::fstatvfs(&own)?.f_flag.contains(StatVfsMountFlags::RDONLY) {
        // Executed by the number of a descriptor, the process has that number for a name.
        sys::process::set_name(c"dabba");
        return Ok(());
    }
    let clone = sys::mount::clone_tree(path, false).context("cloning the mount of the program's file (Linux 5.2)")?;
    sys::mount::set_attributes(&clone, MountAttrFlags::MOUNT_ATTR_RDONLY, MountAttrFlags::empty(), 0, false)
        .context("making a mount read-only (Linux 5.12)")?;
    let text = |text: std::ffi::OsString| CString::new(text.into_vec()).context("an argument with a NUL byte");
    let arguments = std::env::args_os().map(text).collect::<Result<Vec<_>>>()?;
    let environment = std::env::vars_os().map(|(mut name, value)| {
        name.push("=");
        name.push(value);
        text(name)
    });
    let environment = environment.collect::<Result<Vec<_>>>()?;
    let program = CString::new(format!("/proc/self/fd/{}", clone.as_raw_fd()))?;
    let error = sys::process::execute(&program, &arguments, &environment);
    Err(error).context("executing the program from a read-only mount")
}
