//! What can go wrong, told so that the person who asked knows what to do.

use words::{ContainerId, ExecId};

/// Every failure of a command. `docker-api` alone decides which status code each becomes.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No container has this name or id prefix.
    #[error("No such container: {0}")]
    NoSuchContainer(String),
    /// No exec session has this id.
    #[error("No such exec instance: {0}")]
    NoSuchExec(String),
    /// No image has this name or id prefix.
    #[error("No such image: {0}")]
    NoSuchImage(String),
    /// No network has this name or id prefix.
    #[error("network {0} not found")]
    NoSuchNetwork(String),
    /// No volume has this name.
    #[error("get {0}: no such volume")]
    NoSuchVolume(String),
    /// Something within an existing object is not there.
    #[error("{0}")]
    NotFound(String),
    /// An id prefix that several objects share.
    #[error("multiple IDs found with provided prefix: {0}")]
    Ambiguous(String),
    /// A setting or argument that makes no sense.
    #[error("{0}")]
    Invalid(String),
    /// A container name outside `[a-zA-Z0-9][a-zA-Z0-9_.-]+`.
    #[error("Invalid container name ({0}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed")]
    InvalidName(String),
    /// The name belongs to another container.
    #[error(
        "Conflict. The container name \"/{name}\" is already in use by container \"{by}\". You have to remove (or rename) that container to be able to reuse that name."
    )]
    NameInUse {
        /// The name asked for.
        name: String,
        /// Who has it.
        by: ContainerId,
    },
    /// The object's present state does not allow the command.
    #[error("{0}")]
    Conflict(String),
    /// The container is not running.
    #[error("container {0} is not running")]
    NotRunning(ContainerId),
    /// The exec session's process is not running.
    #[error("exec {0} is not running")]
    ExecNotRunning(ExecId),
    /// The object is already as the command wants it: started, stopped. Docker answers 304.
    #[error("already so")]
    NotModified,
    /// The command is known but this version does not do it yet. Docker's clients see 501.
    #[error("{0} is not implemented by this version of dabba")]
    NotImplemented(String),
    /// Refused by policy.
    #[error("{0}")]
    Forbidden(String),
    /// The registry wants other credentials.
    #[error("{0}")]
    Unauthorized(String),
    /// The container could not be started.
    #[error("{message}")]
    Start {
        /// What Docker's users know: `failed to create task for container: …`.
        message: String,
        /// The exit code that `docker run` gives: 125, 126 or 127.
        exit_code: i32,
    },
    /// The image store failed.
    #[error(transparent)]
    Image(#[from] image::Error),
    /// The network mechanism failed.
    #[error(transparent)]
    Network(#[from] network::Error),
    /// A shim or the zygote failed.
    #[error(transparent)]
    Supervisor(#[from] supervisor::Error),
    /// The record could not be committed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A file of ours could not be read or written.
    #[error("{what}: {source}")]
    Io {
        /// The file, and what was being done to it.
        what: String,
        /// The system's word.
        source: std::io::Error,
    },
}

/// What a command gives.
pub type Result<T> = std::result::Result<T, Error>;

/// Adds the object's name to a system error.
pub(crate) trait Context<T> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Context<T> for std::io::Result<T> {
    fn context(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Error::Io { what: what(), source })
    }
}
