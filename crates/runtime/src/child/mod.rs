//! What the forked child does until it becomes the program.

mod identity;
mod program;
mod rootfs;

pub(crate) use identity::raise_limits;
pub(crate) use rootfs::{bound, mount_at as mount_rootfs};

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::FileType;
use sys::process::Forked;

use crate::error::Step;
use crate::launch::{Message, Stdio, install, say};
use crate::plan::{Plan, ProcessPlan};
use crate::{Error, Hold, UserNamespace};

/// Runs the child's part; whatever comes back is an error, which is told before the end.
pub(crate) fn run(socket: &OwnedFd, part: impl FnOnce(&OwnedFd) -> Result<std::convert::Infallible, Error>) -> ! {
    let Err(error) = part(socket);
    let _ = say(socket, &Message::Failed(error), &[]);
    sys::process::exit_now(1)
}

/// What the first process of a container is given.
pub(crate) struct Given<'a> {
    pub(crate) stdio: Stdio,
    pub(crate) network: Option<BorrowedFd<'a>>,
    pub(crate) hold: Option<&'a Hold>,
}

/// The first process of a container.
pub(crate) fn init(plan: &Plan, given: Given<'_>, socket: &OwnedFd) -> Result<std::convert::Infallible, Error> {
    begin(given.hold)?;
    with_rights_of_host(plan, &given)?;
    inside(plan, given, None, socket)
}

/// The first steps of each process on the way.
fn begin(hold: Option<&Hold>) -> Result<(), Error> {
    // Nobody inside may look at this process while it still is one of ours (CVE-2016-9962).
    sys::process::forbid_inspection().step(|| "prctl(PR_SET_DUMPABLE)".into())?;
    if hold.is_none() {
        sys::process::die_with_parent(libc::SIGKILL).step(|| "prctl(PR_SET_PDEATHSIG)".into())?;
    }
    Ok(())
}

/// The process before the first one of a container with a user namespace, which ends when that one is made.
pub(crate) fn entrant(
    plan: &Plan,
    given: Given<'_>,
    user: &OwnedFd,
    socket: &OwnedFd,
) -> Result<std::convert::Infallible, Error> {
    use sys::process::new;
    begin(given.hold)?;
    with_rights_of_host(plan, &given)?;
    raise_limits(&plan.process)?;
    if let Some(path) = &plan.namespaces.join_pid {
        join(path, new::PID)?;
    }
    sys::namespace::unshare(new::MOUNT).step(|| "unshare(CLONE_NEWNS)".into())?;
    sys::mount::make_private(true).step(|| "making the mount namespace private".into())?;
    if let Some((uid, gid)) = plan.user.as_ref().and_then(|user| user.outside(0, 0)) {
        // An overlay makes files of its own as the one who mounted it, who must have a number in the mapped upper layer.
        identity::become_capable_user(uid, gid)?;
    }
    let sources = rootfs::Sources::open(plan, Some(user))?;
    sys::namespace::enter(user, new::USER).step(|| "joining the user namespace".into())?;
    // SAFETY: this process is a fork of a single-threaded one.
    let forked = unsafe { sys::process::fork(plan.new_namespaces(given.network.is_some()), None, true) };
    match forked.step(|| "clone3".into())? {
        Forked::Child => run(socket, |socket| {
            begin(given.hold)?;
            become_root()?;
            inside(plan, given, Some(sources), socket)
        }),
        Forked::Parent { pid, pidfd } => {
            say(socket, &Message::Process(pid), &[pidfd.as_fd()])?;
            sys::process::exit_now(0)
        }
    }
}

/// Becomes the root of the user namespace that was joined: nobody else's files can be made there.
pub(crate) fn become_root() -> Result<(), Error> {
    sys::process::become_user(0, 0, &[]).step(|| "becoming root in the user namespace".into())?;
    // A change of user may have allowed it again.
    sys::process::forbid_inspection().step(|| "prctl(PR_SET_DUMPABLE)".into())
}

/// What a user namespace would not let it do: joins cgroups and the namespaces of others, and gives the streams away.
fn with_rights_of_host(plan: &Plan, given: &Given<'_>) -> Result<(), Error> {
    plan.cgroup().join_self()?;
    oom_score(&plan.process)?;
    give_streams(&given.stdio, &plan.process, plan.user.as_ref())?;
    if let Some(network) = given.network.filter(|_| plan.namespaces.network) {
        sys::namespace::enter(network, sys::process::new::NETWORK).step(|| "joining the network namespace".into())?;
    }
    plan.namespaces.join.iter().try_for_each(|(kind, path)| join(path, *kind))
}

fn join(path: &Path, kind: i32) -> Result<(), Error> {
    sys::namespace::open(path)
        .and_then(|fd| sys::namespace::enter(fd, kind))
        .step(|| format!("joining the namespace {}", path.display()))
}

/// All that is done in the new namespaces, up to the program.
fn inside(
    plan: &Plan,
    given: Given<'_>,
    sources: Option<rootfs::Sources>,
    socket: &OwnedFd,
) -> Result<std::convert::Infallible, Error> {
    let Given { stdio, network, hold } = given;
    rustix::process::setsid().step(|| "setsid".into())?;
    if plan.namespaces.cgroup {
        sys::namespace::unshare(sys::process::new::CGROUP).step(|| "unshare(CLONE_NEWCGROUP)".into())?;
    }
    if plan.namespaces.network && network.is_none() {
        loopback_up().step(|| "bringing the loopback link up".into())?;
    }
    if plan.namespaces.new & sys::process::new::UTS != 0 {
        if !plan.hostname.is_empty() {
            rustix::system::sethostname(plan.hostname.as_bytes()).step(|| "sethostname".into())?;
        }
        if !plan.domainname.is_empty() {
            rustix::system::setdomainname(plan.domainname.as_bytes()).step(|| "setdomainname".into())?;
        }
    }
    let mut pid = 0;
    let terminal = rootfs::set_up(plan, sources, matches!(stdio, Stdio::Terminal(_)), || {
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
/// not have; a container that runs with a higher score is better than none. Written while /proc is the host's own.
pub(crate) fn oom_score(process: &ProcessPlan) -> Result<(), Error> {
    let Some(score) = process.oom_score_adj else { return Ok(()) };
    match std::fs::write("/proc/self/oom_score_adj", score.to_string()) {
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied && score <= 0 => Ok(()),
        other => other.step(|| "writing oom_score_adj".into()),
    }
}

/// Gives pipes to the program's user, who else could not open /dev/stdout and its like, as runc does.
pub(crate) fn give_streams(stdio: &Stdio, process: &ProcessPlan, user: Option<&UserNamespace>) -> Result<(), Error> {
    let (uid, gid) = match user {
        Some(user) => user.outside(process.uid, process.gid).unwrap_or((process.uid, process.gid)),
        None => (process.uid, process.gid),
    };
    let Stdio::Descriptors { stdin, stdout, stderr } = stdio else { return Ok(()) };
    if uid == 0 {
        return Ok(());
    }
    for stream in [stdin, stdout, stderr] {
        let stat = rustix::fs::fstat(stream).step(|| "fstat of a standard stream".into())?;
        if FileType::from_raw_mode(stat.st_mode) == FileType::Fifo {
            let (uid, gid) = (rustix::fs::Uid::from_raw(uid), rustix::fs::Gid::from_raw(gid));
            rustix::fs::fchown(stream, Some(uid), Some(gid)).step(|| "giving a standard stream to the user".into())?;
        }
    }
    Ok(())
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
