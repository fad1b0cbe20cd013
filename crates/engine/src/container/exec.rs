//! `exec`: a further process in a running container.
//!
//! A session is known only while the daemon runs; its process is the shim's and lives on without it.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, PoisonError};

use ::oci::runtime::{ConsoleSize, Process};
use shim::protocol;
use store::command::unbroken;
use supervisor::Attach;
use words::{ContainerId, ExecId};

use super::spec::Streams;
use super::{Container, attach, oci as specification};
use crate::Engine;
use crate::error::{Error, Result};
use crate::limits;

/// What a client asks of a further process.
#[derive(Debug, Clone, Default)]
pub struct ExecConfig {
    /// `user[:group]`; empty for the container's own.
    pub user: String,
    /// Variables beyond the container's.
    pub env: Vec<String>,
    /// The program and its arguments.
    pub cmd: Vec<String>,
    /// Where it starts; empty for the container's own.
    pub working_dir: String,
    /// Give it a terminal.
    pub tty: bool,
    /// Give it all capabilities.
    pub privileged: bool,
    /// Which streams a client wants.
    pub attach: Streams,
    /// What to type to go away.
    pub detach_keys: Option<String>,
    /// Rows and columns.
    pub console_size: (u16, u16),
}

/// A session as `inspect` shows it.
#[derive(Debug, Clone)]
pub struct ExecView {
    /// Its id.
    pub id: ExecId,
    /// The container.
    pub container: ContainerId,
    /// What was asked.
    pub config: ExecConfig,
    /// Where it is in its life.
    pub state: ExecState,
}

/// Where a session is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecState {
    /// Not started yet.
    Created,
    /// Being started; a second start is refused.
    Starting,
    /// Its process runs.
    Running {
        /// In the host's eyes.
        pid: i32,
    },
    /// Its process has ended, or could not be started.
    Exited {
        /// In the host's eyes; 0 if it never ran.
        pid: i32,
        /// Exit code.
        code: i32,
    },
}

/// All sessions, oldest first.
#[derive(Default)]
pub(crate) struct ExecTable {
    table: Mutex<Table>,
    /// A session's state is another.
    changed: tokio::sync::Notify,
}

#[derive(Default)]
struct Table {
    sessions: HashMap<ExecId, ExecView>,
    order: std::collections::VecDeque<ExecId>,
}

impl ExecTable {
    fn with<T>(&self, work: impl FnOnce(&mut Table) -> T) -> T {
        work(&mut self.table.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, session: ExecView) {
        self.with(|table| {
            table.order.push_back(session.id.clone());
            table.sessions.insert(session.id.clone(), session);
            let ended = |table: &Table, id: &ExecId| {
                table
                    .sessions
                    .get(id)
                    .is_none_or(|session| matches!(session.state, ExecState::Created | ExecState::Exited { .. }))
            };
            while table.order.len() > limits::EXECS_KEPT {
                let Some(position) = (0..table.order.len()).find(|at| ended(table, &table.order[*at])) else { break };
                if let Some(id) = table.order.remove(position) {
                    table.sessions.remove(&id);
                }
            }
        });
    }

    fn get(&self, id: &str) -> Result<ExecView> {
        let missing = || Error::NoSuchExec(id.chars().take(100).collect());
        let id: ExecId = id.parse().map_err(|_| missing())?;
        self.with(|table| table.sessions.get(&id).cloned()).ok_or_else(missing)
    }

    fn set(&self, id: &ExecId, state: ExecState) {
        self.with(|table| {
            if let Some(session) = table.sessions.get_mut(id) {
                session.state = state;
            }
        });
        self.changed.notify_waiters();
    }

    /// Forgets the sessions of a container that is gone.
    pub(crate) fn forget(&self, container: &ContainerId) {
        self.with(|table| {
            table.sessions.retain(|_, session| session.container != *container);
            let Table { sessions, order } = table;
            order.retain(|id| sessions.contains_key(id));
        });
    }

    fn remove(&self, id: &ExecId) {
        self.with(|table| {
            table.sessions.remove(id);
            table.order.retain(|other| other != id);
        });
    }

    fn of(&self, container: &ContainerId) -> Vec<ExecId> {
        self.with(|table| {
            let running = |session: &&ExecView| {
                session.container == *container && matches!(session.state, ExecState::Running { .. })
            };
            table.sessions.values().filter(running).map(|session| session.id.clone()).collect()
        })
    }
}

/// A start of a session: every check is done, the client's connection is still to come.
pub struct ExecTicket {
    engine: Engine,
    session: ExecView,
    tty: bool,
    size: (u16, u16),
    /// Without a terminal, its output says which stream it is of.
    framed: bool,
}

impl Engine {
    /// Makes a session.
    pub fn exec_create(&self, name: &str, config: ExecConfig) -> Result<ExecId> {
        let container = self.container(name)?;
        check_running(&container)?;
        if config.cmd.is_empty() || config.cmd[0].is_empty() {
            return Err(Error::Invalid("No exec command specified".into()));
        }
        let texts = config.cmd.iter().chain(&config.env);
        if texts.clone().map(String::len).sum::<usize>() > limits::ARGUMENTS_MAX
            || texts.clone().any(|text| text.contains('\0'))
        {
            return Err(Error::Invalid("arguments and environment are too long or contain a NUL byte".into()));
        }
        if !config.working_dir.is_empty() && !config.working_dir.starts_with('/') {
            return Err(Error::Invalid(format!("the working directory {:?} is no absolute path", config.working_dir)));
        }
        attach::detach_keys(config.detach_keys.as_deref())?;
        let id = ExecId::random();
        self.tell_of(&format!("exec_create: {}", config.cmd.join(" ")), &container, &[("execID", id.to_string())]);
        self.0.execs.add(ExecView {
            id: id.clone(),
            container: container.id.clone(),
            config,
            state: ExecState::Created,
        });
        Ok(id)
    }

    /// A session as it is, once what has happened to its process has come here: a client sees the end of the output
    /// and asks for the exit code before the shim's word of it is heard.
    pub async fn settled_exec(&self, id: &str) -> Result<ExecView> {
        let settled = async {
            loop {
                let changed = self.0.execs.changed.notified();
                let session = self.exec(id)?;
                match session.state {
                    ExecState::Starting => {}
                    ExecState::Running { pid } if !std::path::Path::new(&format!("/proc/{pid}")).exists() => {}
                    _ => return Ok(session),
                }
                changed.await;
            }
        };
        match tokio::time::timeout(limits::EXIT_WAIT, settled).await {
            Ok(settled) => settled,
            Err(_) => self.exec(id),
        }
    }

    /// Forgets a session, which nobody can ask for.
    pub(crate) fn forget_exec(&self, id: &ExecId) {
        self.0.execs.remove(id);
    }

    /// A session as it is.
    pub fn exec(&self, id: &str) -> Result<ExecView> {
        self.0.execs.get(id)
    }

    /// The running sessions of a container.
    pub fn execs_of(&self, container: &ContainerId) -> Vec<ExecId> {
        self.0.execs.of(container)
    }

    /// Checks that a session can be started.
    pub fn prepare_exec(&self, id: &str, tty: bool, size: (u16, u16)) -> Result<ExecTicket> {
        let session = self.exec(id)?;
        match session.state {
            ExecState::Created => {}
            ExecState::Exited { .. } => {
                return Err(Error::Conflict(format!("exec command {id} has already run")));
            }
            _ => return Err(Error::Conflict(format!("Error: Exec command {id} is already running"))),
        }
        check_running(&*self.container(session.container.as_str())?)?;
        let framed = !tty && !session.config.tty;
        Ok(ExecTicket { engine: self.clone(), session, tty, size, framed })
    }

    /// Tells a session's terminal its size.
    pub async fn exec_resize(&self, id: &str, height: u16, width: u16) -> Result<()> {
        let session = self.exec(id)?;
        if !matches!(session.state, ExecState::Running { .. }) {
            return Err(Error::ExecNotRunning(session.id));
        }
        let task = self.live(&session.container).task().ok_or(Error::ExecNotRunning(session.id.clone()))?;
        Ok(task.resize(Some(session.id), ConsoleSize { height, width }).await?)
    }

    /// Takes the fact that a session's process has ended.
    pub(crate) fn exec_exited(&self, container: &ContainerId, exec: &ExecId, code: i32) {
        let pid = match self.exec(exec.as_str()).map(|session| session.state) {
            Ok(ExecState::Running { pid }) => pid,
            _ => 0,
        };
        self.0.execs.set(exec, ExecState::Exited { pid, code });
        self.tell_container("exec_die", container, &[("execID", exec.to_string()), ("exitCode", code.to_string())]);
    }

    fn exec_plan(
        &self,
        container: &Container,
        config: &ExecConfig,
        tty: bool,
        size: (u16, u16),
    ) -> Result<protocol::ExecPlan> {
        let host = super::spec::Host {
            privileged: config.privileged || container.spec.host.privileged,
            ..container.spec.host.clone()
        };
        let pid = container.state.pid().ok_or_else(|| Error::NotRunning(container.id.clone()))?;
        let root = sys::beneath::open_root(std::path::Path::new(&format!("/proc/{pid}/root")))
            .map_err(|_| Error::NotRunning(container.id.clone()))?;
        let user = if config.user.is_empty() { &container.spec.program.user } else { &config.user };
        let identity = runtime::users::resolve(&root, user, &host.group_add)
            .map_err(|error| Error::Start { message: error.to_string(), exit_code: 126 })?;
        let mut env = specification::environment(container, &identity.home);
        if tty && !env.iter().any(|entry| entry.starts_with("TERM=")) {
            env.push("TERM=xterm".into());
        }
        specification::override_environment(&mut env, &config.env);
        let own = container.spec.program.working_dir.as_str();
        let cwd = [config.working_dir.as_str(), own, "/"].into_iter().find(|path| !path.is_empty()).unwrap_or("/");
        let process = Process {
            terminal: tty,
            console_size: (size.0 > 0 && size.1 > 0).then_some(ConsoleSize { height: size.0, width: size.1 }),
            capabilities: Some(specification::capabilities(&host, identity.user.uid == 0)?),
            user: identity.user,
            args: config.cmd.clone(),
            env,
            cwd: cwd.into(),
            rlimits: specification::rlimits(&host),
            no_new_privileges: host.security.no_new_privileges,
            oom_score_adj: Some(host.oom_score_adj),
            ..Process::default()
        };
        let filter = if config.privileged { None } else { self.seccomp(container)? };
        self.further_plan(container, &process, filter.as_ref()).map_err(|error| failed(&error))
    }
}

fn check_running(container: &Container) -> Result<()> {
    if !container.state.is_running() {
        return Err(Error::Conflict(format!("container {} is not running", container.id)));
    }
    if container.state.is_paused() {
        return Err(Error::Conflict(format!(
            "Container {} is paused, unpause the container before exec",
            container.name
        )));
    }
    Ok(())
}

fn failed(error: &runtime::Error) -> Error {
    Error::Start {
        message: format!("OCI runtime exec failed: exec failed: unable to start container process: {error}: unknown"),
        exit_code: error.exit_code().unwrap_or(126),
    }
}

impl ExecTicket {
    /// It has a terminal: its output is not framed.
    pub fn tty(&self) -> bool {
        self.tty || self.session.config.tty
    }

    /// Has the output come as it is, whichever stream it is of.
    pub(crate) fn unframed(self) -> Self {
        Self { framed: false, ..self }
    }

    /// Starts the process. With a client's connection its streams are that client's.
    ///
    /// # Errors
    /// [`Error::Start`] when the program cannot be run.
    pub async fn start(self, client: Option<(OwnedFd, Vec<u8>)>) -> Result<()> {
        unbroken(async move { self.run(client).await }).await
    }

    async fn run(self, client: Option<(OwnedFd, Vec<u8>)>) -> Result<()> {
        let (engine, tty, framed) = (self.engine.clone(), self.tty(), self.framed);
        let ExecView { id, container, config, .. } = self.session;
        engine.0.execs.set(&id, ExecState::Starting);
        let size = if self.size.0 > 0 { self.size } else { config.console_size };
        let started = async {
            let task = engine.live(&container).task().ok_or_else(|| Error::NotRunning(container.clone()))?;
            let record = engine.container(container.as_str())?;
            let (planner, wanted) = (engine.clone(), config.clone());
            let planned = crate::blocking(move || Ok(planner.exec_plan(&record, &wanted, tty, size)));
            let plan = planned.await.map_err(|source| Error::Io { what: "planning an exec".into(), source })??;
            let keys = if tty { attach::detach_keys(config.detach_keys.as_deref())? } else { Vec::new() };
            let has_client = client.is_some();
            let client = client.map(|(socket, pending)| Attach {
                socket,
                options: protocol::Attach {
                    stdin: config.attach.stdin,
                    stdout: config.attach.stdout,
                    stderr: config.attach.stderr,
                    framed,
                    detach_keys: keys,
                    pending,
                },
            });
            let exec = protocol::Exec {
                id: id.clone(),
                plan,
                terminal: tty.then_some(ConsoleSize { height: size.0, width: size.1 }),
                open_stdin: config.attach.stdin && has_client,
                attach: None,
            };
            match task.exec(exec, client).await {
                Ok(pid) => Ok(pid),
                Err(supervisor::Error::Runtime(error)) => Err(failed(&error)),
                Err(other) => Err(other.into()),
            }
        };
        match started.await {
            Ok(pid) => {
                engine.0.execs.with(|table| {
                    // A short process may have ended before this line.
                    if let Some(session) = table.sessions.get_mut(&id)
                        && session.state == ExecState::Starting
                    {
                        session.state = ExecState::Running { pid };
                    }
                });
                engine.0.execs.changed.notify_waiters();
                let command = format!("exec_start: {}", config.cmd.join(" "));
                engine.tell_container(&command, &container, &[("execID", id.to_string())]);
                Ok(())
            }
            Err(error) => {
                let code = match &error {
                    Error::Start { exit_code, .. } => *exit_code,
                    _ => 126,
                };
                engine.0.execs.set(&id, ExecState::Exited { pid: 0, code });
                Err(error)
            }
        }
    }
}
