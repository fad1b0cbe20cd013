//! The start of a container.
//!
//! ```text
//!   shim ── clone3(new namespaces, into cgroup on v2) ──► init
//!    │                                                     │ joins cgroups (v1), given namespaces
//!    │                                                     │ mounts, devices, masks, pivot_root
//!    │◄── Terminal + master descriptor ────────────────────│ (only with a terminal)
//!    │                                                     │ user, capabilities, filter
//!    │◄── Failed(error), or end of file at execve ─────────│ execve
//! ```
//! One process is made, and it becomes the program. What it says goes over one socket that execve closes.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::Path;

use oci::runtime::ConsoleSize;
use rustix::net::SocketType;
use serde::{Deserialize, Serialize};
use sys::process::Forked;

use crate::error::Step;
use crate::{Error, Hold, Plan, child, limits};

/// Where the program's standard streams lead.
pub enum Stdio {
    /// To these descriptors.
    Descriptors {
        /// Standard input.
        stdin: OwnedFd,
        /// Standard output.
        stdout: OwnedFd,
        /// Standard error.
        stderr: OwnedFd,
    },
    /// To a new terminal of the container's own devpts, whose master comes back.
    Terminal(Option<ConsoleSize>),
}

/// A program that runs.
#[derive(Debug)]
pub struct Started {
    /// Its number in the host's eyes.
    pub pid: i32,
    /// It, safe from reuse of the number.
    pub pidfd: OwnedFd,
    /// The master of its terminal.
    pub terminal: Option<OwnedFd>,
}

/// What the child says before it becomes the program.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Message {
    /// The terminal's master comes along.
    Terminal,
    /// A held container is ready for the hooks that its parent runs.
    Prepared,
    /// The process, made by another one, is this; its pidfd comes along.
    Process(i32),
    /// It is over.
    Failed(Error),
}

/// Starts a container's program. Returns when execve has succeeded.
///
/// `network` is the namespace for a plan whose network namespace has no path.
///
/// # Errors
/// What the child could not do; nothing is left of it then, and its cgroup is removed.
pub fn launch(plan: &Plan, stdio: Stdio, network: Option<BorrowedFd<'_>>) -> Result<Started, Error> {
    prepare(plan, stdio, network, None)
}

/// What [`launch`] and [`crate::create`] have in common: all of it, but for how long the child waits.
pub(crate) fn prepare(
    plan: &Plan,
    stdio: Stdio,
    network: Option<BorrowedFd<'_>>,
    hold: Option<&Hold>,
) -> Result<Started, Error> {
    let cgroup = plan.cgroup.create()?;
    let started = fork_init(plan, stdio, network, hold, cgroup.as_ref().map(AsFd::as_fd));
    if started.is_err() {
        let _ = plan.cgroup().remove();
    }
    started
}

fn fork_init(
    plan: &Plan,
    stdio: Stdio,
    network: Option<BorrowedFd<'_>>,
    hold: Option<&Hold>,
    cgroup: Option<BorrowedFd<'_>>,
) -> Result<Started, Error> {
    let given = child::Given { stdio, network, hold };
    let (ours, theirs) = sys::descriptor::pair(SocketType::SEQPACKET).step(|| "socketpair".into())?;
    if let Some(user) = &plan.user {
        let user = user.open(network)?;
        // SAFETY: as below.
        let forked = unsafe { sys::process::fork(0, cgroup, false) };
        return match forked.step(|| "clone3".into())? {
            Forked::Child => {
                drop(ours);
                child::run(&theirs, |socket| child::entrant(plan, given, &user, socket))
            }
            Forked::Parent { pidfd, .. } => {
                drop((theirs, given));
                hear_of_sibling(&ours, &pidfd, hold)
            }
        };
    }
    let own = plan.namespaces.join_pid.as_deref().map(join_pid).transpose()?;
    // SAFETY: the caller is a single-threaded shim (crate documentation).
    let forked = unsafe { sys::process::fork(plan.new_namespaces(network.is_some()), cgroup, false) };
    if let (Ok(Forked::Parent { .. }), Some(own)) = (&forked, own) {
        sys::namespace::enter(own, sys::process::new::PID).step(|| "going back to the own PID namespace".into())?;
    }
    match forked.step(|| "clone3".into())? {
        Forked::Child => {
            drop(ours);
            child::run(&theirs, |socket| child::init(plan, given, socket))
        }
        Forked::Parent { pid, pidfd } => {
            drop((theirs, given));
            let mut terminal = None;
            let ended = listen(&ours, |message, fd| {
                match (message, hold) {
                    (Message::Terminal, _) => terminal = fd,
                    (Message::Prepared, Some(hold)) => hold.prepared(pid, &ours)?,
                    (Message::Prepared, None) | (Message::Process(_) | Message::Failed(_), _) => {}
                }
                Ok(())
            });
            if let Err(error) = ended {
                let _ = sys::process::signal(&pidfd, libc::SIGKILL);
                let _ = sys::process::wait(&pidfd);
                return Err(error);
            }
            Ok(Started { pid, pidfd, terminal })
        }
    }
}

/// Hears of a process that another made for us, which has ended then.
pub(crate) fn hear_of_sibling(ours: &OwnedFd, maker: &OwnedFd, hold: Option<&Hold>) -> Result<Started, Error> {
    let (mut process, mut terminal, mut prepared) = (None, None, false);
    let ended = listen(ours, |message, fd| {
        match (message, fd) {
            (Message::Process(pid), Some(fd)) => process = Some((pid, fd)),
            (Message::Terminal, fd) => terminal = fd,
            (Message::Prepared, _) => prepared = true,
            _ => {}
        }
        // The two messages come from two processes.
        if let (true, Some(hold), Some((pid, _))) = (prepared, hold, &process) {
            prepared = false;
            hold.prepared(*pid, ours)?;
        }
        Ok(())
    });
    let _ = sys::process::wait(maker);
    match (ended, process) {
        (Ok(()), Some((pid, pidfd))) => Ok(Started { pid, pidfd, terminal }),
        (Ok(()), None) => Err(Error::Gone),
        (Err(error), process) => {
            if let Some((_, pidfd)) = process {
                let _ = sys::process::signal(&pidfd, libc::SIGKILL);
                let _ = sys::process::wait(&pidfd);
            }
            Err(error)
        }
    }
}

/// Has children made in this PID namespace; gives the one they were made in before.
fn join_pid(path: &Path) -> Result<OwnedFd, Error> {
    let own = sys::namespace::open(Path::new("/proc/self/ns/pid")).step(|| "opening the own PID namespace".into())?;
    sys::namespace::open(path)
        .and_then(|fd| sys::namespace::enter(fd, sys::process::new::PID))
        .step(|| format!("joining the PID namespace {}", path.display()))?;
    Ok(own)
}

/// Hears the child out, until it has become the program or has ended; gives what it said to have failed. A process that
/// was made by another one is told of by that one, which may come after its own last word.
pub(crate) fn listen(
    socket: &OwnedFd,
    mut take: impl FnMut(Message, Option<OwnedFd>) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut buffer = vec![0; limits::MESSAGE_BYTES];
    let mut ended = Ok(());
    loop {
        match sys::descriptor::receive(socket, &mut buffer) {
            Ok((0, _)) => return ended,
            Ok((length, mut descriptors)) => match postcard::from_bytes(&buffer[..length]) {
                Ok(Message::Failed(error)) => ended = ended.and(Err(error)),
                Ok(message) => take(message, descriptors.pop())?,
                Err(error) => {
                    let error = Error::Step { step: "the child's message".into(), why: error.to_string() };
                    ended = ended.and(Err(error));
                }
            },
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error).step(|| "hearing the child".into()),
        }
    }
}

/// Says something to the parent.
pub(crate) fn say(socket: &OwnedFd, message: &Message, descriptors: &[BorrowedFd<'_>]) -> Result<(), Error> {
    let short = match message {
        Message::Failed(error) => Some(Message::Failed(error.clone().shortened(limits::TEXT_BYTES))),
        _ => None,
    };
    let bytes = postcard::to_stdvec(short.as_ref().unwrap_or(message))
        .map_err(|error| Error::Step { step: "a message to the parent".into(), why: error.to_string() })?;
    sys::descriptor::send(socket, &bytes, descriptors).map(drop).step(|| "a message to the parent".into())
}

/// Puts descriptors where a program expects its standard streams.
pub(crate) fn install(stdin: &OwnedFd, stdout: &OwnedFd, stderr: &OwnedFd) -> Result<(), Error> {
    // A source that is itself 0, 1 or 2 could be overwritten before it is used.
    let lift = |fd: &OwnedFd| rustix::io::fcntl_dupfd_cloexec(fd, 3).step(|| "dup".into());
    let lifted = [lift(stdin)?, lift(stdout)?, lift(stderr)?];
    rustix::stdio::dup2_stdin(&lifted[0]).step(|| "dup2".into())?;
    rustix::stdio::dup2_stdout(&lifted[1]).step(|| "dup2".into())?;
    rustix::stdio::dup2_stderr(&lifted[2]).step(|| "dup2".into())?;
    debug_assert!(lifted.iter().all(|fd| fd.as_raw_fd() > 2));
    Ok(())
}
