//! What the forked child does until it becomes the program.

mod identity;
mod program;
mod rootfs;

pub(crate) use rootfs::mount_at as mount_rootfs;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use crate::Error;
use crate::Hold;
use crate::error::Step;
use crate::launch::{Message, Stdio, install, say};
use crate::plan::{Plan, ProcessPlan};

/// Runs the child's part; whatever comes back is an error, which is told before the end.
pub(crate) fn run(socket: &OwnedFd, part: impl FnOnce(&OwnedFd) -> Result<std::convert::Infallible, Error>) -> ! {
    let Err(error) = part(socket);
    let _ = say(socket, &Message::Failed(error), &[]);
    sys::process::exit_now(1)
}

/// The first process of a container.
pub(crate) fn init(
    plan: &Plan,
    stdio: Stdio,
    network: Option<BorrowedFd<'_>>,
    hold: Option<&Hold>,
    socket: &OwnedFd,
) -> Result<std::convert::Infallible, Error> {
    // Nobody inside may look at this process while it still is one of ours (CVE-2016-9962).
    sys::process::forbid_inspection().step(|| "prctl(PR_SET_DUMPABLE)".into())?;
    if hold.is_none() {
        sys::process::die_with_parent(libc::SIGKILL).step(|| "prctl(PR_SET_PDEATHSIG)".into())?;
    }
    rustix::process::setsid().step(|| "setsid".into())?;
    plan.cgroup().join_self()?;
    if plan.namespaces.cgroup {
        sys::namespace::unshare(sys::process::new::CGROUP).step(|| "unshare(CLONE_NEWCGROUP)".into())?;
    }
    if let Some(network) = network.filter(|_| plan.namespaces.network) {
        sys::namespace::enter(network, sys::process::new::NETWORK).step(|| "joining the network namespace".into())?;
    }
    if plan.namespaces.network && network.is_none() {
        loopback_up().step(|| "bringing the loopback link up".into())?;
    }
    for (kind, path) in &plan.namespaces.join {
        sys::namespace::open(path)
            .and_then(|fd| sys::namespace::enter(fd, *kind))
            .step(|| format!("joining the namespace {}", path.display()))?;
    }
    oom_score(&plan.process)?;
    if plan.namespaces.new & sys::process::new::UTS != 0 {
        if !plan.hostname.is_empty() {
            rustix::system::sethostname(plan.hostname.as_bytes()).step(|| "sethostname".into())?;
        }
        if !plan.domainname.is_empty() {
            rustix::system::setdomainname(plan.domainname.as_bytes()).step(|| "setdomainname".into())?;
        }
    }
    let mut pid = 0;
    let terminal = rootfs::set_up(plan, matches!(stdio, Stdio::Terminal(_)), || {
        pid = hold.map_or(Ok(0), |hold| hold.prepare(socket))?;
        Ok(())
    })?;
    streams(&plan.process, stdio, terminal, socket)?;
    let path = settle(&plan.process, true)?;
    let Some(hold) = hold else {
        // Set anew: a change of user clears it.
        sys::process::die_with_parent(libc::SIGKILL).step(|| "prctl(PR_SET_PDEATHSIG)".into())?;
        return become_program(&plan.process, &path, 3, || Ok(()));
    };
    // SAFETY: this is the forked child; nothing below names a descriptor but the one it gets, and whichever way it ends
    // nothing is dropped.
    let starter = match unsafe { hold.wait() } {
        Ok(starter) => starter,
        Err(_) => sys::process::exit_now(1),
    };
    let Err(error) = become_program(&plan.process, &path, 3 + hold.keep, || hold.start(pid));
    let _ = say(&starter, &Message::Failed(error), &[]);
    sys::process::exit_now(1)
}

/// Brings the loopback link of a new network namespace up, as runc does. It is always the first link there.
fn loopback_up() -> std::io::Result<()> {
    use sys::netlink::{ACK, Request, Socket};
    let up = libc::IFF_UP.cast_unsigned().to_ne_bytes();
    // `struct ifinfomsg` (rtnetlink(7)): family and type, index, flags, and which of them change.
    let body = [[0; 4], 1i32.to_ne_bytes(), up, up].concat();
    Socket::open(libc::NETLINK_ROUTE)?.transact(vec![Request::new(libc::RTM_NEWLINK, ACK, &body)])
}

/// The score that decides whom the kernel kills when memory is short. Lowering it takes a capability that a host may
/// not have; a container that runs with a higher score is better than none.
fn oom_score(process: &ProcessPlan) -> Result<(), Error> {
    let Some(score) = process.oom_score_adj else { return Ok(()) };
    match std::fs::write("/proc/self/oom_score_adj", score.to_string()) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied && score <= 0 => Ok(()),
        other => other.step(|| "writing oom_score_adj".into()),
    }
}

/// Connects the standard streams; of a terminal the master goes to the parent.
pub(crate) fn streams(
    process: &ProcessPlan,
    stdio: Stdio,
    terminal: Option<rootfs::Terminal>,
    socket: &OwnedFd,
) -> Result<(), Error> {
    match (stdio, terminal) {
        (Stdio::Descriptors { stdin, stdout, stderr }, _) => install(&stdin, &stdout, &stderr),
        (Stdio::Terminal(size), Some(rootfs::Terminal { master, slave })) => {
            let size = size.map(|size| (size.height, size.width)).or(process.console);
            if let Some((rows, columns)) = size.filter(|(rows, columns)| *rows > 0 && *columns > 0) {
                let size = rustix::termios::Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
                rustix::termios::tcsetwinsize(&slave, size).step(|| "setting the terminal's size".into())?;
            }
            sys::process::take_terminal(&slave).step(|| "taking the terminal".into())?;
            // The program's user must be able to open its own terminal.
            rustix::fs::fchown(&slave, Some(rustix::fs::Uid::from_raw(process.uid)), None)
                .step(|| "giving the terminal to the user".into())?;
            install(&slave, &slave, &slave)?;
            say(socket, &Message::Terminal, &[master.as_fd()])
        }
        (Stdio::Terminal(_), None) => {
            Err(Error::Step { step: "the terminal".into(), why: "the container has no devpts".into() })
        }
    }
}

/// The last steps but one: who it is, what it may, and where its program is.
fn settle(process: &ProcessPlan, first: bool) -> Result<PathBuf, Error> {
    identity::limits(process)?;
    sys::process::reset_signals();
    identity::drop_bounding(process)?;
    // Without no_new_privs a filter can only be loaded while CAP_SYS_ADMIN is there.
    if !process.no_new_privileges {
        identity::filter(process)?;
    }
    program::enter_directory(process, first)?;
    identity::become_user(process)?;
    program::find(process)
}

/// The last steps, and then the program itself, which gets no descriptor from `close_from` on.
fn become_program(
    process: &ProcessPlan,
    path: &Path,
    close_from: u32,
    last: impl FnOnce() -> Result<(), Error>,
) -> Result<std::convert::Infallible, Error> {
    if process.no_new_privileges {
        sys::process::no_new_privileges().step(|| "prctl(PR_SET_NO_NEW_PRIVS)".into())?;
        identity::filter(process)?;
    }
    last()?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(process.umask));
    sys::process::close_from_on_exec(close_from).step(|| "close_range".into())?;
    Err(program::execute(process, path))
}

/// A further process in a running container, after it has joined.
pub(crate) fn joined(process: &ProcessPlan, stdio: Stdio, socket: &OwnedFd) -> Result<std::convert::Infallible, Error> {
    rustix::process::setsid().step(|| "setsid".into())?;
    let terminal = match stdio {
        Stdio::Terminal(_) => Some(rootfs::Terminal::of_running()?),
        Stdio::Descriptors { .. } => None,
    };
    streams(process, stdio, terminal, socket)?;
    let path = settle(process, false)?;
    become_program(process, &path, 3, || Ok(()))
}
