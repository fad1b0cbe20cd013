//! A further process in a running container.
//!
//! ```text
//!   shim ── fork ──► entrant: joins cgroups and all namespaces of the container's first process
//!    │                 └── clone3(CLONE_PARENT) ──► process: a child of the shim, in the container's PID namespace
//!    │◄── Process + pidfd ──┘ (entrant ends)            │ terminal, user, capabilities, filter, execve
//!    │◄── Terminal / Failed / end of file ─────────────┘
//! ```
//! The second process is needed because joining a PID namespace holds for children only.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use oci::runtime::{Process, Seccomp};
use rustix::net::SocketType;
use serde::{Deserialize, Serialize};
use sys::process::Forked;

use crate::cgroup::Cgroup;
use crate::error::Step;
use crate::launch::{Message, hear_of_sibling, say};
use crate::plan::{ProcessPlan, process_plan};
use crate::{Error, Host, Started, Stdio, UserNamespace, child, seccomp};

/// A process to be put into a running container.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExecPlan {
    process: ProcessPlan,
    cgroup: Cgroup,
}

impl ExecPlan {
    /// Decides everything that can be decided before the process exists.
    ///
    /// # Errors
    /// As [`crate::Plan::new`].
    pub fn new(
        process: &Process,
        filter: Option<&std::sync::Arc<Seccomp>>,
        cgroup: Cgroup,
        host: &Host,
    ) -> Result<Self, Error> {
        let filter = filter.map(seccomp::compiled).transpose()?;
        Ok(Self { process: process_plan(process, filter.as_deref().cloned(), host)?, cgroup })
    }
}

/// Starts a process in the container whose first process this is, and which has this user namespace. Returns when execve has succeeded.
///
/// # Errors
/// [`Error::Gone`] when the container has ended; otherwise what the process could not do.
pub fn exec(
    init: BorrowedFd<'_>,
    user: Option<&UserNamespace>,
    plan: &ExecPlan,
    stdio: Stdio,
) -> Result<Started, Error> {
    let (ours, theirs) = sys::descriptor::pair(SocketType::SEQPACKET).step(|| "socketpair".into())?;
    // SAFETY: the caller is a single-threaded shim (crate documentation).
    let forked = unsafe { sys::process::fork(0, None, false) };
    let entrant = match forked.step(|| "clone3".into())? {
        Forked::Child => {
            drop(ours);
            child::run(&theirs, |socket| enter(init, user, plan, stdio, socket))
        }
        Forked::Parent { pidfd, .. } => pidfd,
    };
    drop(theirs);
    drop(stdio);
    hear_of_sibling(&ours, &entrant, None)
}

/// The entrant's part.
fn enter(
    init: BorrowedFd<'_>,
    user: Option<&UserNamespace>,
    plan: &ExecPlan,
    stdio: Stdio,
    socket: &OwnedFd,
) -> Result<std::convert::Infallible, Error> {
    use sys::process::new;
    sys::process::forbid_inspection().step(|| "prctl(PR_SET_DUMPABLE)".into())?;
    plan.cgroup.join_self()?;
    child::oom_score(&plan.process)?;
    child::give_streams(&stdio, &plan.process, user)?;
    let mut all = new::MOUNT | new::PID | new::NETWORK | new::IPC | new::UTS | new::CGROUP;
    if user.is_some() {
        child::raise_limits(&plan.process)?;
        all |= new::USER;
    }
    sys::namespace::enter(init, all).map_err(|error| match error.raw_os_error() {
        Some(libc::ESRCH) => Error::Gone,
        _ => Error::Step { step: "joining the container".into(), why: error.to_string() },
    })?;
    if user.is_some() {
        child::become_root()?;
    }
    // SAFETY: this process is a fork of a single-threaded one.
    let forked = unsafe { sys::process::fork(0, None, true) };
    match forked.step(|| "clone3".into())? {
        Forked::Child => {
            let failed = child::joined(&plan.process, stdio, socket);
            let Err(error) = failed;
            let _ = say(socket, &Message::Failed(error), &[]);
            sys::process::exit_now(1)
        }
        Forked::Parent { pid, pidfd } => {
            say(socket, &Message::Process(pid), &[pidfd.as_fd()])?;
            sys::process::exit_now(0)
        }
    }
}
