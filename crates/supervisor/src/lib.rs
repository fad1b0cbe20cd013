//! The daemon's side of the shims: starts them through the zygote, speaks to them, hears from them.
//!
//! [`Supervisor::launch`] gives a [`Task`]; what happens on its own comes as a [`Fact`]. After a restart of the daemon
//! [`Supervisor::reconnect`] finds a shim by its task directory.
//!
//! What this crate does not know: the record, images, networks.
#![forbid(unsafe_code)]

mod connection;

use std::io::ErrorKind;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use oci::runtime::ConsoleSize;
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::net::SocketType;
use shim::Zygote;
use shim::protocol::{self, Failure, Outcome, Request};
use tokio::sync::mpsc;
use words::{ContainerId, ExecId};

use connection::Connection;

pub use shim::protocol::{ExitRecord, Log};

/// What can go wrong between the daemon and its shims.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The process could not be made; the runtime says why.
    #[error(transparent)]
    Runtime(runtime::Error),
    /// The process or its shim has ended.
    #[error("the process has ended")]
    Gone,
    /// The daemon is about to end, and starts nothing any more.
    #[error("the daemon is going down")]
    Closed,
    /// The shim could not do it.
    #[error("{0}")]
    Shim(String),
    /// A system call failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// The system's word.
        source: std::io::Error,
    },
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Runtime(error) => Self::Runtime(error),
            Failure::Gone => Self::Gone,
            Failure::Other(text) => Self::Shim(text),
        }
    }
}

/// What shims tell on their own.
#[derive(Debug)]
pub enum Fact {
    /// A container's program has ended.
    Exited {
        /// Whose.
        id: ContainerId,
        /// How.
        record: ExitRecord,
    },
    /// A further process has ended.
    ExecExited {
        /// In which container.
        id: ContainerId,
        /// Which.
        exec: ExecId,
        /// Exit code; 128+n after signal n.
        code: i32,
    },
    /// A client typed its detach keys.
    Detached {
        /// From which container.
        id: ContainerId,
    },
    /// The shim is gone without having told an exit: somebody killed it.
    Lost {
        /// Whose.
        id: ContainerId,
    },
}

/// A client to connect: its socket, from which `pending` has been read already.
#[derive(Debug)]
pub struct Attach {
    /// The client's socket.
    pub socket: OwnedFd,
    /// What it wants.
    pub options: protocol::Attach,
}

/// A container to start.
#[derive(Debug)]
pub struct Launch {
    /// What the shim is told.
    pub message: protocol::Launch,
    /// The network namespace, if the plan wants one given.
    pub network: Option<OwnedFd>,
    /// Clients attached from the first byte.
    pub attach: Vec<Attach>,
    /// Held open by the shim until the container ends.
    pub keep: Vec<OwnedFd>,
}

/// What became of a container while no daemon was there.
#[derive(Debug)]
pub enum Reconnected {
    /// It runs, and these further processes with it; what its shim holds for it comes along.
    Running(Task, Vec<ExecId>, Vec<OwnedFd>),
    /// Its program has ended.
    Exited(ExitRecord),
    /// Neither its shim nor an exit's record is there.
    Gone,
}

/// Makes a zygote in place of one that was killed. May block for the milliseconds that an execve takes.
pub type Revive = fn() -> std::io::Result<Zygote>;

/// Starts and finds shims.
#[derive(Debug)]
pub struct Supervisor {
    /// None once the supervisor is closed.
    zygote: Mutex<Option<Zygote>>,
    revive: Revive,
    facts: mpsc::Sender<Fact>,
}

/// Facts that may wait for the engine; it takes each at once into a task of its own.
const FACTS: usize = 1024;

/// How long the zygote may take to end: all that it does then is exit(2), on a host that may be busy.
const PATIENCE: Timespec = Timespec { tv_sec: 2, tv_nsec: 0 };

impl Supervisor {
    /// A supervisor that forks through this zygote, and through one that `revive` makes should it be killed; and the
    /// facts it hears.
    pub fn new(zygote: Zygote, revive: Revive) -> (Self, mpsc::Receiver<Fact>) {
        let (facts, receiver) = mpsc::channel(FACTS);
        (Self { zygote: Mutex::new(Some(zygote)), revive, facts }, receiver)
    }

    /// Starts a container. Returns when its program runs.
    ///
    /// # Errors
    /// [`Error::Runtime`] for what the container could not do, the others for what we could not.
    pub async fn launch(&self, mut launch: Launch) -> Result<Task, Error> {
        let id = launch.message.id.clone();
        let io = |what| move |source| Error::Io { what, source };
        let (ours, theirs) = sys::descriptor::pair(SocketType::STREAM).map_err(io("socketpair"))?;
        self.fork_shim(theirs)?;
        let connection = Connection::new(ours, id.clone(), self.facts.clone()).map_err(io("a shim's socket"))?;
        let mut descriptors: Vec<OwnedFd> = launch.network.into_iter().collect();
        launch.message.network = !descriptors.is_empty();
        for Attach { socket, options } in launch.attach {
            launch.message.attach.push(options);
            descriptors.push(socket);
        }
        descriptors.extend(launch.keep);
        match connection.ask(Request::Launch(Box::new(launch.message)), descriptors).await? {
            Outcome::Started { pid } => Ok(Task { id, pid, connection: Arc::new(connection) }),
            _ => Err(Error::Shim("a strange answer to a launch".into())),
        }
    }

    /// Has a shim forked that serves this connection.
    fn fork_shim(&self, connection: OwnedFd) -> Result<(), Error> {
        let mut zygote = self.zygote.lock().unwrap_or_else(PoisonError::into_inner);
        let zygote = zygote.as_mut().ok_or(Error::Closed)?;
        let ask = |zygote: &Zygote| sys::descriptor::send(&zygote.socket, &[0], &[connection.as_fd()]).map(drop);
        let asked = match ask(zygote) {
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                tracing::warn!("the zygote was killed: starting another one");
                let revived = sys::process::wait(&zygote.process).and_then(|_| (self.revive)());
                revived.and_then(|revived| {
                    *zygote = revived;
                    ask(zygote)
                })
            }
            asked => asked,
        };
        asked.map_err(|source| Error::Io { what: "asking the zygote for a shim", source })
    }

    /// Ends the zygote and waits for that, so that it does not outlive the daemon. Nothing is started any more; shims
    /// live on.
    pub async fn close(&self) {
        let zygote = self.zygote.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(Zygote { socket, process }) = zygote else { return };
        drop(socket);
        let ended = tokio::task::spawn_blocking(move || {
            // A pidfd is readable once its process has ended: pidfd_open(2).
            let mut fds = [PollFd::new(&process, PollFlags::IN)];
            match rustix::event::poll(&mut fds, Some(&PATIENCE))? {
                0 => Err(ErrorKind::TimedOut.into()),
                _ => sys::process::wait(&process),
            }
        });
        if let Err(error) = ended.await.unwrap_or_else(|broken| Err(std::io::Error::other(broken))) {
            tracing::warn!(%error, "waiting for the zygote's end");
        }
    }

    /// Finds out what became of the container with this task directory.
    ///
    /// # Errors
    /// [`Error::Io`] when the exit's record cannot be read.
    pub async fn reconnect(&self, id: &ContainerId, dir: &Path) -> Result<Reconnected, Error> {
        if let Ok(socket) = connect(dir).await
            && let Ok(connection) = Connection::new(socket, id.clone(), self.facts.clone())
            && let Ok((Outcome::Running { pid, execs }, held)) =
                connection.ask_for_more(Request::Hello, Vec::new()).await
        {
            let task = Task { id: id.clone(), pid, connection: Arc::new(connection) };
            return Ok(Reconnected::Running(task, execs, held));
        }
        match tokio::fs::read(dir.join("exit.json")).await {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map(Reconnected::Exited)
                .map_err(|error| Error::Shim(format!("the exit's record of {id} cannot be read: {error}"))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Reconnected::Gone),
            Err(source) => Err(Error::Io { what: "reading an exit's record", source }),
        }
    }
}

/// Connects to a shim's socket, whose path may be longer than a socket's name.
async fn connect(dir: &Path) -> std::io::Result<OwnedFd> {
    let folder = sys::beneath::open_root(dir)?;
    let path = format!("/proc/self/fd/{}/shim.sock", folder.as_raw_fd());
    Ok(tokio::net::UnixStream::connect(path).await?.into_std()?.into())
}

/// A running container, seen through its shim. Clones share it.
#[derive(Debug, Clone)]
pub struct Task {
    id: ContainerId,
    pid: i32,
    connection: Arc<Connection>,
}

impl Task {
    /// The container's first process, in the host's eyes.
    pub fn pid(&self) -> i32 {
        self.pid
    }

    /// Whose it is.
    pub fn id(&self) -> &ContainerId {
        &self.id
    }

    /// Hands a client's socket to the shim.
    ///
    /// # Errors
    /// [`Error::Gone`] when the container has ended.
    pub async fn attach(&self, attach: Attach) -> Result<(), Error> {
        let Attach { socket, options } = attach;
        self.connection.ask(Request::Attach(options), vec![socket]).await.map(drop)
    }

    /// Starts a further process; gives its number. The socket of its client comes along.
    ///
    /// # Errors
    /// As [`Supervisor::launch`].
    pub async fn exec(&self, mut exec: protocol::Exec, client: Option<Attach>) -> Result<i32, Error> {
        let mut descriptors = Vec::new();
        if let Some(Attach { socket, options }) = client {
            exec.attach = Some(options);
            descriptors.push(socket);
        }
        match self.connection.ask(Request::Exec(Box::new(exec)), descriptors).await? {
            Outcome::Started { pid } => Ok(pid),
            _ => Err(Error::Shim("a strange answer to an exec".into())),
        }
    }

    /// Tells a terminal its size; the container's own without an exec.
    ///
    /// # Errors
    /// [`Error::Gone`] when the process has ended.
    pub async fn resize(&self, exec: Option<ExecId>, size: ConsoleSize) -> Result<(), Error> {
        self.connection.ask(Request::Resize { exec, size }, Vec::new()).await.map(drop)
    }

    /// Sends a signal; to the container's first process without an exec.
    ///
    /// # Errors
    /// [`Error::Gone`] when the process has ended.
    pub async fn signal(&self, exec: Option<ExecId>, number: i32) -> Result<(), Error> {
        self.connection.ask(Request::Signal { exec, number }, Vec::new()).await.map(drop)
    }

    /// The exit is recorded: the shim may end.
    pub fn farewell(&self) {
        self.connection.say(Request::Farewell);
    }
}
