//! `start`: the decision, and the effects that turn a record into a running program.
//!
//! ```text
//!   decide ─► commit Starting ─┬─► files ─► specification ─► plan ─┐
//!                              ├─► namespace and endpoints ────────┼─► shim ─► commit Running ─► answer
//!                              └─► clients that wait to attach ────┘
//! ```
//!
//! Whatever fails is taken back, and the record says why. A crash in between leaves `Starting`, which
//! `reconcile` turns back into what it was before: the start was never acknowledged.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::oci::runtime::{ConsoleSize, NamespaceKind};
use shim::protocol;
use store::command::unbroken;
use supervisor::{Attach, Launch, Log, Task};
use words::{ContainerId, Timestamp};

use super::spec::{NetworkMode, PidMode, Port, Seccomp};
use super::state::{Failure, State};
use super::{Container, device, files, logs, oci as specification};
use crate::Engine;
use crate::config::Users;
use crate::error::{Context, Error, Result};
use crate::ledger::Draft;
use crate::limits;

/// What a start has gathered and must give back if it fails.
struct Ready {
    task: Task,
    started: Timestamp,
    published: BTreeMap<Port, Vec<SocketAddr>>,
}

impl Engine {
    /// Starts a container.
    pub async fn start(&self, name: &str) -> Result<()> {
        let id = self.container(name)?.id.clone();
        let engine = self.clone();
        unbroken(async move {
            let live = engine.live(&id);
            let _command = live.command.lock().await;
            let container = engine.container(id.as_str())?;
            match container.state {
                State::Running { paused: true, .. } => {
                    Err(Error::Conflict("cannot start a paused container, try unpause instead".into()))
                }
                State::Running { .. } => Err(Error::NotModified),
                _ => engine.start_locked(&container, 0).await,
            }
        })
        .await
    }

    /// Starts a container whose lock the caller holds. `attempt` counts restarts by its policy.
    pub(crate) async fn start_locked(&self, container: &Container, attempt: u32) -> Result<()> {
        self.live(&container.id).set_restart(None);
        let id = container.id.clone();
        let starting = self.ledger().commit(move |draft| decide_start(draft, &id, attempt));
        let container = match starting.await {
            Ok(container) => container,
            Err(error) => {
                self.start_failed(container, &error).await;
                return Err(error);
            }
        };
        let error = match self.run(&container).await {
            Ok(ready) => match self.started(&container, ready).await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    // A program that no record tells of must not run.
                    let _ = self.signal_container(&container, words::signal::KILL).await;
                    self.kill_leftovers(&container).await;
                    error
                }
            },
            Err(error) => error,
        };
        self.end_run(&container).await;
        self.remove_task_dir(&container.id).await;
        self.start_failed(&container, &error).await;
        Err(error)
    }

    /// The effects of a start, up to the running program.
    async fn run(&self, container: &Arc<Container>) -> Result<Ready> {
        let promised = self.live(&container.id).take_promised();
        let (connected, (plan, dir), attach) =
            tokio::join!(self.connect_all(container), self.plan(container), wait_for_clients(promised));
        let (connected, (plan, dir)) = (connected?, (plan?, dir));
        let program = &container.spec.program;
        let (height, width) = container.spec.host.console_size;
        let launch = Launch {
            message: protocol::Launch {
                id: container.id.clone(),
                dir,
                plan,
                network: false,
                terminal: program.tty.then_some(ConsoleSize { height, width }),
                open_stdin: program.open_stdin,
                stdin_once: program.stdin_once,
                log: log(container)?,
                attach: Vec::new(),
            },
            network: connected.namespace,
            attach,
            keep: connected.reservations,
        };
        // Before the program can have ended, of which the shim takes the time.
        let started = Timestamp::now();
        let task = self.0.supervisor.launch(launch).await.map_err(|error| start_error(&error))?;
        Ok(Ready { task, started, published: connected.published })
    }

    /// The record of a start that succeeded.
    async fn started(&self, container: &Container, ready: Ready) -> Result<()> {
        let Ready { task, started, published } = ready;
        let (id, pid) = (container.id.clone(), task.pid());
        self.live(&container.id).set_task(Some(task));
        let running = self.ledger().commit(move |draft| {
            let mut container = Container::clone(&*draft.container(id.as_str())?);
            container.state = State::Running { pid, started, paused: false, stop_requested: false };
            container.published = published;
            draft.put(container)
        });
        let container = running.await?;
        for (name, endpoint) in &container.endpoints {
            self.tell_connection("connect", endpoint, &container, name);
        }
        self.watch_health(&container.id, true);
        self.tell_of("start", &container, &[]);
        Ok(())
    }

    /// The record of a start that failed.
    async fn start_failed(&self, container: &Container, error: &Error) {
        let (message, exit_code) = match error {
            Error::Start { message, exit_code } => (message.clone(), *exit_code),
            other => (other.to_string(), 128),
        };
        let (id, remove) = (container.id.clone(), container.spec.host.auto_remove);
        let failure = Failure { message, exit_code };
        let failed = self.ledger().commit(move |draft| decide_failed(draft, &id, failure, remove));
        self.live(&container.id).exited(exit_code);
        match failed.await {
            Ok(volumes) if remove => self.removed(container, volumes).await,
            Ok(_) => {}
            Err(error) => tracing::error!(container = %container.id, %error, "recording a failed start"),
        }
    }

    /// Makes the task directory, writes the files, and plans the process. The directory's path comes in any case.
    async fn plan(&self, container: &Arc<Container>) -> (Result<protocol::Plan>, PathBuf) {
        let (engine, container) = (self.clone(), Arc::clone(container));
        let dir = self.task_dir(&container.id);
        let made = dir.clone();
        let planned = crate::blocking(move || {
            make_fresh(&made)?;
            Ok(engine.plan_blocking(&container, &made))
        });
        let planned = planned.await.context(|| format!("making {}", dir.display()));
        (planned.and_then(|plan| plan), dir)
    }

    fn plan_blocking(&self, container: &Container, dir: &Path) -> Result<protocol::Plan> {
        self.write_files(container)?;
        let config = Arc::clone(&self.image(container.image.hex())?.config);
        let overlay = self.images().overlay(container.id.as_str(), &config);
        let rootfs = runtime::Rootfs::Overlay {
            lower: overlay.lower,
            upper: overlay.upper,
            work: overlay.work,
            readonly: container.spec.host.readonly_rootfs,
        };
        let view = self.images().view(container.id.as_str(), &config)?;
        let spec = specification::spec(container, self.surroundings(container, &view)?)?;
        make_bind_sources(container)?;
        self.process_plan(container, dir, spec, rootfs)
    }

    pub(crate) fn write_files(&self, container: &Container) -> Result<()> {
        let extra = extra_hosts(container, self.host_gateway())?;
        let texts = files::Files {
            hosts: files::hosts(container, &extra),
            hostname: format!("{}\n", container.hostname()),
            resolv: files::resolv(&files::seen(&self.resolver_of(container), self.uses_embedded_names(container))),
        };
        files::write(&container.dir, &texts).context(|| format!("writing the files of container {}", container.id))
    }

    /// Looks up what the specification needs. `view` is the root file system.
    pub(crate) fn surroundings(&self, container: &Container, view: &OwnedFd) -> Result<specification::Surroundings> {
        let host = &container.spec.host;
        let identity = runtime::users::resolve(view, &container.spec.program.user, &host.group_add)
            .map_err(|error| Error::Start { message: error.to_string(), exit_code: 125 })?;
        let users = self.config().users_of(host);
        let mut join = BTreeMap::new();
        if let PidMode::Container(name) = &host.pid {
            join.insert(NamespaceKind::Pid, self.namespace_path(name, "pid")?);
            join.extend(self.user_namespace_with(name, users)?);
        }
        if let NetworkMode::Container(name) = &host.network {
            join.insert(NamespaceKind::Network, self.namespace_path(name, "net")?);
            join.extend(self.user_namespace_with(name, users)?);
        }
        Ok(specification::Surroundings {
            user: identity.user,
            home: identity.home,
            cgroup: self.cgroup_path(container),
            join,
            files: files::paths(&container.dir).into(),
            users: users.cloned(),
            devices: device::look_up(&host.resources, host.privileged)?,
            numbers: device::numbers(&host.resources)?,
            seccomp: self.seccomp(container)?,
            cgroup_v2: self.0.host.is_cgroup_v2(),
        })
    }

    /// The user namespace to join, for a container with one that joins another namespace of that container: only the
    /// owner of a namespace has rights in it.
    fn user_namespace_with(&self, name: &str, users: Option<&Users>) -> Result<Option<(NamespaceKind, PathBuf)>> {
        if users.is_none() {
            return Ok(None);
        }
        let other = self.container(name)?;
        if self.config().users_of(&other.spec.host).is_none() {
            return Err(Error::Conflict(format!(
                "cannot join a namespace of container {}, which is in the host's user namespace: use --userns=host",
                other.id
            )));
        }
        Ok(Some((NamespaceKind::User, self.namespace_path(name, "user")?)))
    }

    /// The path of another running container's namespace.
    pub(crate) fn namespace_path(&self, name: &str, file: &str) -> Result<PathBuf> {
        let other = self.container(name)?;
        let pid = other.state.pid().ok_or_else(|| {
            Error::Conflict(format!(
                "cannot join {file} namespace of a non running container: container {} is {}",
                other.id,
                other.state.word()
            ))
        })?;
        Ok(format!("/proc/{pid}/ns/{file}").into())
    }

    pub(crate) fn seccomp(&self, container: &Container) -> Result<Option<Arc<::oci::runtime::Seccomp>>> {
        let host = &container.spec.host;
        if host.privileged {
            return Ok(None);
        }
        let capabilities = specification::capabilities(host, true)?.bounding;
        match &host.security.seccomp {
            Seccomp::Unconfined => Ok(None),
            Seccomp::Default => {
                runtime::seccomp::default_profile(&capabilities).map(Some).map_err(|error| plan_error(&error))
            }
            Seccomp::Profile(text) => runtime::seccomp::profile(text, &capabilities)
                .map(|profile| Some(Arc::new(profile)))
                .map_err(|error| Error::Invalid(format!("Decoding seccomp profile failed: {error}"))),
        }
    }

    /// The container's cgroup below the configured parent.
    pub(crate) fn cgroup_path(&self, container: &Container) -> String {
        let own = container.spec.host.resources.cgroup_parent.as_str();
        let parent = if own.is_empty() { &self.config().cgroup_parent } else { own };
        format!("/{}/{}", parent.trim_matches('/'), container.id)
    }

    /// Lets go of everything that a run had: the shim's connection, endpoints, published ports.
    pub(crate) async fn end_run(&self, container: &Container) {
        self.stop_watching_health(&container.id);
        self.live(&container.id).end_run();
        self.disconnect_all(container).await;
    }

    /// Removes the task directory. Done when the exit it tells of is recorded.
    pub(crate) async fn remove_task_dir(&self, id: &ContainerId) {
        let dir = self.task_dir(id);
        if let Err(error) = crate::blocking(move || remove_task(&dir)).await {
            tracing::warn!(container = %id, %error, "removing a task's directory");
        }
    }
}

/// Removes a task's directory, if it is there. A shim whose program was just killed may still write the exit's record
/// into it: two names at most, and nothing once it is gone.
pub(crate) fn remove_task(dir: &std::path::Path) -> std::io::Result<()> {
    const TRIES: usize = 4;
    let mut removed = Ok(());
    for _ in 0..TRIES {
        removed = sys::remove::path(dir);
        match &removed {
            Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            _ => return removed,
        }
    }
    removed
}

/// Makes an empty directory for root alone.
pub(crate) fn make_fresh(dir: &std::path::Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    remove_task(dir)?;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// Docker makes the source of an old-style bind mount when it is missing.
fn make_bind_sources(container: &Container) -> Result<()> {
    use super::spec::MountSource;
    for mount in &container.spec.host.mounts {
        if let MountSource::Bind { path, create: true, .. } = &mount.source
            && !path.exists()
        {
            std::fs::create_dir_all(path).context(|| format!("making the bind mount's source {}", path.display()))?;
        }
    }
    Ok(())
}

/// Waits for the clients that were promised an attach, each for a moment only: one that has gone must not keep the
/// others from their program.
async fn wait_for_clients(promised: Vec<tokio::sync::oneshot::Receiver<Attach>>) -> Vec<Attach> {
    let mut clients = Vec::new();
    let deadline = tokio::time::Instant::now() + limits::ATTACH_WAIT;
    for promise in promised {
        if let Ok(Ok(attach)) = tokio::time::timeout_at(deadline, promise).await {
            clients.push(attach);
        }
    }
    clients
}

/// Where the program's output goes.
fn log(container: &Container) -> Result<Log> {
    let config = &container.spec.host.log;
    if config.driver == "none" {
        return Ok(Log::None);
    }
    let option = |key: &str| config.options.get(key);
    Ok(Log::JsonFile {
        path: container.log_path(),
        max_size: option("max-size").map(|text| logs::size(text)).transpose()?,
        max_files: option("max-file").and_then(|text| text.parse().ok()).unwrap_or(1),
    })
}

/// Host names that the client added; `host-gateway` is the host as containers see it.
fn extra_hosts(container: &Container, gateway: Option<IpAddr>) -> Result<Vec<(String, IpAddr)>> {
    let unknown = || Error::Invalid("unable to derive the IP value for host-gateway".into());
    let entries = container.spec.host.extra_hosts.iter().map(|entry| files::extra_host(entry));
    entries
        .map(|entry| entry.and_then(|(name, ip)| Ok((name.to_owned(), ip.or(gateway).ok_or_else(unknown)?))))
        .collect()
}

/// Docker's sentence around the runtime's, which clients and scripts look for.
pub(crate) fn start_error(error: &supervisor::Error) -> Error {
    match error {
        supervisor::Error::Runtime(error @ runtime::Error::Foreign { .. }) => Error::Start {
            message: format!(
                "failed to create task for container: failed to create shim task: OCI runtime create failed: {error}: unknown"
            ),
            exit_code: error.exit_code().unwrap_or(125),
        },
        supervisor::Error::Runtime(error) => Error::Start {
            message: format!(
                "failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: {error}: unknown"
            ),
            exit_code: error.exit_code().unwrap_or(125),
        },
        other => Error::Start { message: other.to_string(), exit_code: 125 },
    }
}

pub(crate) fn plan_error(error: &runtime::Error) -> Error {
    Error::Start {
        message: format!("failed to create task for container: OCI runtime create failed: {error}"),
        exit_code: error.exit_code().unwrap_or(125),
    }
}

/// Decides upon a start: addresses are taken, everything else follows from the record.
fn decide_start(draft: &mut Draft<'_>, id: &ContainerId, attempt: u32) -> Result<Arc<Container>> {
    let mut container = Container::clone(&*draft.container(id.as_str())?);
    crate::network::addresses::assign(draft, &mut container)?;
    container.restart_count = attempt;
    container.state = State::Starting { before: Box::new(container.state) };
    draft.put(container)
}

/// The record of a failed start.
fn decide_failed(
    draft: &mut Draft<'_>,
    id: &ContainerId,
    failure: Failure,
    remove: bool,
) -> Result<Vec<Arc<crate::volume::Volume>>> {
    draft.essential();
    let mut container = Container::clone(&*draft.container(id.as_str())?);
    container.disconnect();
    if remove {
        return Ok(super::remove::decide(draft, &container, true));
    }
    container.state = match container.state {
        State::Starting { before } => match *before {
            State::Created { .. } => State::Created { failure: Some(failure) },
            State::Exited(mut exit) | State::Restarting { mut exit, .. } => {
                exit.code = failure.exit_code;
                exit.error = failure.message;
                exit.finished = Timestamp::now();
                State::Exited(exit)
            }
            other => other,
        },
        other => other,
    };
    draft.put(container)?;
    Ok(Vec::new())
}

/// A namespace with its endpoints connected, and what is held for them.
#[derive(Default)]
pub(crate) struct Connected {
    /// The namespace; `None` when the process gets the host's or another container's.
    pub(crate) namespace: Option<OwnedFd>,
    /// The published ports as they are.
    pub(crate) published: BTreeMap<Port, Vec<SocketAddr>>,
    /// The sockets that hold the ports; the shim keeps them.
    pub(crate) reservations: Vec<OwnedFd>,
}
