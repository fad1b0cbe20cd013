//! The zygote: forks a shim for each request, and does nothing else.
//!
//! It exists because the daemon has threads, and a process with threads cannot go on after a fork with more than a few
//! system calls. Should somebody kill it, the daemon executes another one. It parses nothing: a request is one byte with one descriptor.

use std::io;
use std::os::fd::OwnedFd;

use rustix::net::SocketType;
use sys::process::Forked;

/// The zygote, as the daemon holds it. It ends when its socket is closed.
#[derive(Debug)]
pub struct Zygote {
    /// A descriptor that is sent over it with one byte becomes a shim's connection.
    pub socket: OwnedFd,
    /// The process, a child of the daemon's: a pidfd.
    pub process: OwnedFd,
}

/// Forks the zygote.
///
/// # Safety
/// The process has one thread only.
///
/// # Errors
/// As socketpair(2) and clone3(2).
pub unsafe fn start() -> io::Result<Zygote> {
    let (ours, theirs) = sys::descriptor::pair(SocketType::SEQPACKET)?;
    // SAFETY: the caller has promised to be single-threaded.
    match unsafe { sys::process::fork(0, None, false) }? {
        Forked::Parent { pidfd, .. } => Ok(Zygote { socket: ours, process: pidfd }),
        Forked::Child => {
            drop(ours);
            run(theirs)
        }
    }
}

/// Starts a zygote in place of one that was killed, by executing this program with these arguments, which lead to
/// [`serve`]. Blocks until it is executed.
///
/// # Errors
/// As socketpair(2), execve(2) and pidfd_open(2).
pub fn execute(arguments: &[&str]) -> io::Result<Zygote> {
    let (ours, theirs) = sys::descriptor::pair(SocketType::SEQPACKET)?;
    // The program's file as it is executed now: the one on the read-only mount.
    let mut command = std::process::Command::new("/proc/self/exe");
    let child = command.args(arguments).stdin(theirs).stdout(std::process::Stdio::null()).spawn()?;
    let pid = rustix::process::Pid::from_child(&child);
    let process = rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty())?;
    Ok(Zygote { socket: ours, process })
}

/// The zygote that [`execute`] started: its socket is the standard input. Returns only when there is none.
///
/// # Safety
/// The process has one thread only, and nothing else uses its descriptors.
///
/// # Errors
/// As fcntl(2).
pub unsafe fn serve() -> io::Result<std::convert::Infallible> {
    run(rustix::io::fcntl_dupfd_cloexec(rustix::stdio::stdin(), 3)?)
}

fn run(socket: OwnedFd) -> ! {
    use std::os::fd::AsRawFd;
    sys::process::set_name(c"dabba-zygote");
    // What the daemon was given, sockets of systemd and the pipes of whoever started it, is not for the shims. Its
    // standard error is: it is where a shim's last words go.
    // SAFETY: this function uses only its socket, and never returns.
    unsafe { sys::process::close_all_but(&[socket.as_raw_fd()]) };
    if let Ok(null) = rustix::fs::open("/dev/null", rustix::fs::OFlags::RDWR, rustix::fs::Mode::empty()) {
        let _ = rustix::stdio::dup2_stdin(&null);
        let _ = rustix::stdio::dup2_stdout(&null);
    }
    let _ = rustix::process::setsid();
    sys::process::reset_signals();
    // A terminal's Ctrl-C is for the daemon; the kernel reaps shims.
    sys::process::ignore_signal(libc::SIGINT);
    sys::process::ignore_signal(libc::SIGCHLD);
    sys::process::limit_arenas(1);
    let mut byte = [0];
    loop {
        match sys::descriptor::receive(&socket, &mut byte) {
            // The daemon has ended. The shims live on.
            Ok((0, _)) => sys::process::exit_now(0),
            Ok((_, descriptors)) => {
                if let Some(connection) = descriptors.into_iter().next() {
                    fork_shim(&socket, connection);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => sys::process::exit_now(1),
        }
    }
}

fn fork_shim(socket: &OwnedFd, connection: OwnedFd) {
    // SAFETY: the zygote has one thread.
    match unsafe { sys::process::fork(0, None, false) } {
        Ok(Forked::Child) => {
            use std::os::fd::AsRawFd;
            let _ = socket;
            // SAFETY: from here on only the connection is used; `socket` is never touched or dropped again, since the
            // shim does not return.
            unsafe { sys::process::close_all_but(&[connection.as_raw_fd()]) };
            crate::shim::run(connection)
        }
        // The daemon sees the connection close and tells its client.
        Ok(Forked::Parent { .. }) | Err(_) => {}
    }
}
