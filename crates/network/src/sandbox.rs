//! Network namespaces, made ahead.
//!
//! Making one takes the kernel about a millisecond, which a start need not wait for. Those in the pool are held by
//! descriptors of this process only: when it is killed, they are gone.

use std::os::fd::{AsFd, OwnedFd};
use std::sync::mpsc;

use sys::netlink::{self, Socket};

use crate::link::{self, EndpointSpec};
use crate::{Error, Result, UserTables};

/// How many are kept ready: as many starts as two cores can have under way, and a few more.
const READY: usize = 8;

/// The user namespace that a network namespace belongs to, in which alone its root may change it.
#[derive(Debug)]
pub enum Owner {
    /// The host's.
    Host,
    /// One of its own, with the tables of the settings.
    Own,
    /// This one.
    Given(OwnedFd),
}

/// A network namespace, and a way to speak to it.
#[derive(Debug)]
pub struct Sandbox {
    namespace: OwnedFd,
    socket: Socket,
    /// The number that the next link gets, while nobody but this value has made any.
    next: Option<u32>,
}

impl Sandbox {
    /// A new one, in the host's user namespace or in one of its own.
    fn new(users: Option<&UserTables>) -> Result<Self> {
        Self::fresh(match users {
            Some(UserTables { uids, gids }) => sys::namespace::mapped(sys::process::new::NETWORK, uids, gids),
            None => netlink::new_namespace(),
        })
    }

    fn fresh(namespace: std::io::Result<OwnedFd>) -> Result<Self> {
        let namespace = namespace.map_err(Error::kernel("making a network namespace"))?;
        let mut sandbox = Self::of(namespace)?;
        link::loopback_up(&mut sandbox.socket).map_err(Error::kernel("bringing loopback up"))?;
        sandbox.next = Some(link::FIRST_INDEX);
        Ok(sandbox)
    }

    /// A namespace that exists: a running container's.
    ///
    /// # Errors
    /// [`Error::Kernel`].
    pub fn of(namespace: OwnedFd) -> Result<Self> {
        let socket =
            Socket::open_in(&namespace, netlink::ROUTE).map_err(Error::kernel("entering a network namespace"))?;
        Ok(Self { namespace, socket, next: None })
    }

    /// Connects it to a bridge. Blocks for a moment.
    ///
    /// # Errors
    /// [`Error::Kernel`]; nothing is left then.
    pub fn connect(&mut self, endpoint: &EndpointSpec) -> Result<()> {
        let index = self.next.take();
        link::connect(self.namespace.as_fd(), &mut self.socket, endpoint, index)?;
        self.next = index.map(|index| index + 1);
        Ok(())
    }

    /// Takes an endpoint away by its host's end. Blocks for a moment.
    ///
    /// # Errors
    /// [`Error::Kernel`].
    pub fn disconnect(host_link: &str) -> Result<()> {
        link::delete(host_link)
    }

    /// Whether an endpoint with this host's end is there.
    pub fn is_connected(host_link: &str) -> bool {
        netlink::link_index(host_link).is_ok()
    }

    /// The namespace's descriptor.
    pub fn namespace(&self) -> &OwnedFd {
        &self.namespace
    }

    /// Gives the namespace away.
    pub fn into_namespace(self) -> OwnedFd {
        self.namespace
    }
}

/// Namespaces that are ready, and the thread that makes them.
pub(crate) struct Pool {
    users: Option<UserTables>,
    ready: std::sync::Mutex<mpsc::Receiver<Sandbox>>,
}

impl Pool {
    pub(crate) fn start(users: Option<UserTables>) -> Result<Self> {
        let of_thread = users.clone();
        let (sender, ready) = mpsc::sync_channel(READY);
        std::thread::Builder::new()
            .name("namespaces".into())
            .stack_size(128 << 10)
            .spawn(move || {
                // Making one fails when the host is out of something; the start that needs it will say so.
                while let Ok(sandbox) = Sandbox::new(of_thread.as_ref()) {
                    if sender.send(sandbox).is_err() {
                        break;
                    }
                }
            })
            .map_err(Error::kernel("starting a thread"))?;
        Ok(Self { users, ready: std::sync::Mutex::new(ready) })
    }

    pub(crate) fn take(&self, owner: &Owner) -> Result<Sandbox> {
        match owner {
            Owner::Host if self.users.is_some() => return Sandbox::new(None),
            Owner::Given(user) => return Sandbox::fresh(sys::namespace::network_of(user)),
            Owner::Host | Owner::Own => {}
        }
        let ready = self.ready.lock().unwrap_or_else(std::sync::PoisonError::into_inner).try_recv();
        ready.or_else(|_| Sandbox::new(self.users.as_ref()))
    }
}
