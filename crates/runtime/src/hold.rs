//! A container that is made and then held, until somebody lets it go: the OCI runtime's `create` and `start`.
//!
//! ```text
//!   create ── clone3 ──► init          prepares as ever; before the change of root: Prepared ──►
//!     │ ◄─ hooks: prestart, createRuntime ─► its number ──► hooks: createContainer
//!     │ end of file ◄─────────────────────  everything is done but execve
//!     ▼ ends                                accept(2) on the gate
//!   start ── connect ───────────────────► hooks: startContainer, execve
//!     │ ◄── Failed(error), or end of file at execve
//! ```

use std::os::fd::{AsRawFd, OwnedFd};

use oci::runtime::{Hooks, State};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};

use crate::error::Step;
use crate::launch::{Message, listen, say};
use crate::{Error, Plan, Started, Stdio, hooks};

/// How a container is held, and who is told of its life.
#[derive(Debug)]
pub struct Hold {
    /// A socket of [`gate`]; the program is executed when somebody connects to it.
    pub gate: OwnedFd,
    /// What hooks are told; the process's number is filled in.
    pub state: State,
    /// The programs to run on the way.
    pub hooks: Hooks,
    /// That many descriptors from 3 on are the program's, too.
    pub keep: u32,
}

/// Listens at a path of the file system for the one who lets a container go.
///
/// # Errors
/// As socket(2), bind(2) and listen(2).
pub fn gate(path: &SocketAddrUnix) -> Result<OwnedFd, Error> {
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
        .step(|| "socket".into())?;
    rustix::net::bind(&socket, path).step(|| "binding the gate".into())?;
    rustix::net::listen(&socket, 1).step(|| "listening at the gate".into())?;
    Ok(socket)
}

/// Makes a container and holds it before its program. The process outlives the caller.
///
/// # Errors
/// As [`crate::launch`], and [`Error::Hook`]; nothing is left of the container then.
pub fn create(plan: &Plan, stdio: Stdio, hold: &Hold) -> Result<Started, Error> {
    let Hooks { prestart, create_runtime, create_container, start_container, poststart, poststop } = &hold.hooks;
    for hook in [prestart, create_runtime, create_container, start_container, poststart, poststop].into_iter().flatten()
    {
        hooks::check(hook)?;
    }
    crate::launch::prepare(plan, stdio, None, Some(hold))
}

/// Lets a held container go. Returns when execve has succeeded.
///
/// # Errors
/// [`Error::Gone`] when nobody waits at the gate; otherwise why the program could not be executed.
pub fn release(path: &SocketAddrUnix) -> Result<(), Error> {
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
        .step(|| "socket".into())?;
    rustix::net::connect(&socket, path).map_err(|_| Error::Gone)?;
    listen(&socket, |_, _| Ok(()))
}

impl Hold {
    /// The state as a hook of the container with this process is told it.
    fn state(&self, pid: i32) -> State {
        State { pid: Some(pid), ..self.state.clone() }
    }

    /// The parent's part, when the container is prepared: hooks in the host's namespaces, then a word to the child.
    pub(crate) fn prepared(&self, pid: i32, child: &OwnedFd) -> Result<(), Error> {
        hooks::run(&self.hooks.prestart, &self.state(pid))?;
        hooks::run(&self.hooks.create_runtime, &self.state(pid))?;
        sys::descriptor::send(child, &pid.to_le_bytes(), &[]).map(drop).step(|| "a message to the child".into())
    }

    /// The child's part, before it changes its root. Gives its number in the host's eyes.
    pub(crate) fn prepare(&self, parent: &OwnedFd) -> Result<i32, Error> {
        say(parent, &Message::Prepared, &[])?;
        let mut bytes = [0; 4];
        match sys::descriptor::receive(parent, &mut bytes).step(|| "hearing the parent".into())? {
            (4, _) => {}
            _ => return Err(Error::Gone),
        }
        let pid = i32::from_le_bytes(bytes);
        hooks::run(&self.hooks.create_container, &self.state(pid))?;
        Ok(pid)
    }

    /// Tells the parent that all is done, and waits at the gate. Gives the connection of whoever opens it.
    ///
    /// # Safety
    /// The caller is the forked child, and neither uses nor drops any descriptor but the gate's from then on.
    pub(crate) unsafe fn wait(&self) -> Result<OwnedFd, Error> {
        let keep: Vec<i32> = (3..).take(self.keep as usize).chain([self.gate.as_raw_fd()]).collect();
        // SAFETY: the caller's promise. What is closed here are copies of what the parent goes on to use: a lock that
        // it holds would be held by this process, too. The parent's end of the socket reads as its end.
        unsafe { sys::process::close_all_but(&keep) };
        loop {
            match rustix::net::accept_with(&self.gate, SocketFlags::CLOEXEC) {
                Err(rustix::io::Errno::INTR) => {}
                other => return other.step(|| "waiting to be started".into()),
            }
        }
    }

    /// The last hooks, in the container.
    pub(crate) fn start(&self, pid: i32) -> Result<(), Error> {
        let state = State { status: oci::runtime::Status::Created, ..self.state(pid) };
        hooks::run(&self.hooks.start_container, &state)
    }
}
