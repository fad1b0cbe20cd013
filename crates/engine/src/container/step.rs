//! A step of a build: a process like a container's, in a snapshot of its own, that is no container.
//!
//! It has no record. With the daemon that began it, it is over: `reconcile` sweeps what belongs to no record. Its
//! address is taken in memory only.

use std::collections::{BTreeMap, HashMap};
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use ::oci::Digest;
use ::oci::runtime::Mount;
use shim::protocol;
use store::command::unbroken;
use supervisor::{Attach, ExitRecord, Fact, Launch, Log, Task};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{mpsc, oneshot};
use words::{ContainerId, Timestamp};

use super::spec::{NetworkMode, Spec};
use super::state::State;
use super::{Container, Endpoint, oci as specification, start, validate};
use crate::Engine;
use crate::error::{Context, Error, Result};

/// What to run.
#[derive(Debug, Clone)]
pub struct Step {
    /// The snapshot that it writes to, which exists.
    pub key: String,
    /// The layers below the snapshot by their diff ids, lowest first.
    pub layers: Vec<Digest>,
    /// The program and its surroundings.
    pub spec: Spec,
    /// Mounts besides those that every container has.
    pub mounts: Vec<Mount>,
    /// Files that are in memory only.
    pub files: Vec<StepFile>,
}

/// A file that a step sees and that is on no disk.
#[derive(Clone)]
pub struct StepFile {
    /// Where, absolute.
    pub target: PathBuf,
    /// What it holds.
    pub data: Vec<u8>,
    /// Its mode.
    pub mode: u32,
    /// User and group.
    pub owner: (u32, u32),
}

/// Without what it holds.
impl std::fmt::Debug for StepFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StepFile").field("target", &self.target).finish_non_exhaustive()
    }
}

/// How long steps that are killed may take to end when the daemon goes down. The next one clears what is left.
const LAST_STEPS: std::time::Duration = std::time::Duration::from_secs(3);

/// A piece of output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// 1 for standard output, 2 for standard error.
    pub stream: u8,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Who waits for the end of which step.
#[derive(Default)]
pub(crate) struct StepTable(Mutex<HashMap<ContainerId, oneshot::Sender<ExitRecord>>>);

impl StepTable {
    /// Takes a fact that is about a step; gives back what is not.
    pub(crate) fn take(&self, fact: Fact) -> Option<Fact> {
        let (id, record) = match &fact {
            Fact::Exited { id, record } => (id, record.clone()),
            Fact::Lost { id } => (id, ExitRecord { code: 137, oom: false, at: Timestamp::now() }),
            Fact::ExecExited { .. } | Fact::Detached { .. } => return Some(fact),
        };
        let waiting = self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        match waiting {
            // Whoever waited may have gone.
            Some(waiting) => {
                let _ = waiting.send(record);
                None
            }
            None => Some(fact),
        }
    }

    fn wait(&self, id: &ContainerId) -> oneshot::Receiver<ExitRecord> {
        let (sender, receiver) = oneshot::channel();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), sender);
        receiver
    }

    fn forget(&self, id: &ContainerId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

impl Engine {
    /// Runs a step to its end and gives its exit code; 128+n after signal n. Its output goes to `output`; a reader
    /// that is slow makes the step slow. When the future is dropped the step is killed.
    ///
    /// # Errors
    /// When the program cannot be started.
    pub async fn run_step(&self, step: Step, output: mpsc::Sender<Output>) -> Result<i32> {
        let engine = self.clone();
        // Dropped together with this future, which tells the task.
        let (_wanted, unwanted) = oneshot::channel::<()>();
        unbroken(async move { engine.step_to_end(step, output, unwanted).await }).await
    }

    /// Ends every step: the daemon goes down, and steps belong to nobody but their builds.
    pub(crate) async fn end_steps(&self) {
        let begun = std::time::Instant::now();
        loop {
            let steps: Vec<Arc<Container>> = self.snapshot().steps.values().cloned().collect();
            if steps.is_empty() || begun.elapsed() > LAST_STEPS {
                return;
            }
            for step in steps {
                self.kill_leftovers(&step).await;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    async fn step_to_end(
        &self,
        step: Step,
        output: mpsc::Sender<Output>,
        unwanted: oneshot::Receiver<()>,
    ) -> Result<i32> {
        let container = self.lease(&step)?;
        let ended = self.0.steps.wait(&container.id);
        let ran = async {
            let (task, ours) = self.launch_step(&container, &step).await?;
            self.attend(&container, task, ours, output, ended, unwanted).await
        };
        let ran = ran.await;
        self.0.steps.forget(&container.id);
        self.live(&container.id).end_run();
        self.disconnect_all(&container).await;
        self.remove_task_dir(&container.id).await;
        self.0.live.forget(&container.id);
        self.ledger().with(|snapshot| snapshot.steps.remove(&container.id));
        ran
    }

    /// A container of the moment, with addresses that nobody else gets.
    fn lease(&self, step: &Step) -> Result<Arc<Container>> {
        let mut spec = step.spec.clone();
        // What a step is given, another runtime need not know.
        spec.host.runtime = super::runtimes::OWN.into();
        validate::spec(&mut spec, self.config(), &self.0.host)?;
        let id = ContainerId::random();
        let mut container = Container {
            name: String::new(),
            created: Timestamp::now(),
            image: step.layers.last().cloned().unwrap_or_else(|| Digest::sha256([0; 32])),
            image_reference: String::new(),
            state: State::Created { failure: None },
            restart_count: 0,
            mounts: Vec::new(),
            endpoints: BTreeMap::new(),
            published: BTreeMap::new(),
            dir: self.task_dir(&id),
            health: None,
            id,
            spec,
        };
        self.ledger().with(|snapshot| {
            if matches!(container.spec.host.network, NetworkMode::Default | NetworkMode::Bridge) {
                let bridge = snapshot.network("bridge")?;
                container.endpoints.insert("bridge".into(), Endpoint::planned(bridge.id.clone(), Default::default()));
            }
            crate::network::addresses::assign(snapshot, &mut container)?;
            let container = Arc::new(container);
            snapshot.steps.insert(container.id.clone(), Arc::clone(&container));
            Ok(container)
        })
    }

    async fn launch_step(&self, container: &Arc<Container>, step: &Step) -> Result<(Task, OwnedFd)> {
        let (connected, plan) = tokio::join!(self.connect_all(container), self.plan_step(container, step));
        let (connected, plan) = (connected?, plan?);
        let pair = sys::descriptor::pair(rustix::net::SocketType::STREAM);
        let (ours, theirs) = pair.context(|| "making the socket of a step's output".into())?;
        let options = protocol::Attach {
            stdin: false,
            stdout: true,
            stderr: true,
            framed: true,
            detach_keys: Vec::new(),
            pending: Vec::new(),
        };
        let launch = Launch {
            message: protocol::Launch {
                id: container.id.clone(),
                dir: container.dir.clone(),
                plan,
                network: false,
                terminal: None,
                open_stdin: false,
                stdin_once: false,
                log: Log::None,
                attach: Vec::new(),
            },
            network: connected.namespace,
            attach: vec![Attach { socket: theirs, options }],
            keep: connected.reservations,
        };
        let task = self.0.supervisor.launch(launch).await.map_err(|error| start::start_error(&error))?;
        Ok((task, ours))
    }

    async fn plan_step(&self, container: &Arc<Container>, step: &Step) -> Result<protocol::Plan> {
        let (engine, container, step) = (self.clone(), Arc::clone(container), step.clone());
        let planned = crate::blocking(move || {
            start::make_fresh(&container.dir)?;
            Ok(engine.plan_step_blocking(&container, step))
        });
        planned.await.context(|| "planning a step".into())?
    }

    fn plan_step_blocking(&self, container: &Container, step: Step) -> Result<protocol::Plan> {
        self.write_files(container)?;
        let overlay = self.images().stack(&step.key, &step.layers);
        let view = self.images().look(&step.layers)?;
        let mut spec = specification::spec(container, self.surroundings(container, &view)?)?;
        spec.mounts.extend(step.mounts);
        if let Some(process) = &mut spec.process {
            // A step's own host name is no part of what it works with.
            let given = &container.spec.program.env;
            process.env.retain(|entry| !entry.starts_with("HOSTNAME=") || given.contains(entry));
        }
        let rootfs = runtime::Rootfs::Overlay {
            lower: overlay.lower,
            upper: overlay.upper,
            work: overlay.work,
            readonly: false,
        };
        let mut plan = self.process_plan(container, &container.dir, spec, rootfs)?;
        for StepFile { target, data, mode, owner } in step.files {
            let protocol::Plan::Own(plan) = &mut plan else {
                return Err(Error::NotImplemented("a step of another runtime that sees a secret".into()));
            };
            plan.add_file(target, data, mode, owner).map_err(|error| start::plan_error(&error))?;
        }
        Ok(plan)
    }

    /// Passes the output on until the step ends, and ends it when nobody wants it any more.
    async fn attend(
        &self,
        container: &Container,
        task: Task,
        ours: OwnedFd,
        output: mpsc::Sender<Output>,
        ended: oneshot::Receiver<ExitRecord>,
        mut unwanted: oneshot::Receiver<()>,
    ) -> Result<i32> {
        let socket = std::os::unix::net::UnixStream::from(ours);
        let socket = socket.set_nonblocking(true).and_then(|()| tokio::net::UnixStream::from_std(socket));
        let mut socket = socket.context(|| "reading a step's output".into())?;
        let copied = async {
            // Output that is not well-formed, or that nobody takes, is no reason to fail the step.
            let _ = copy_frames(&mut socket, &output).await;
        };
        let both = async { tokio::join!(ended, copied).0 };
        tokio::pin!(both);
        let record = tokio::select! {
            record = &mut both => record,
            _ = &mut unwanted => {
                let _ = task.signal(None, words::signal::KILL).await;
                self.kill_leftovers(container).await;
                both.await
            }
        };
        drop(task);
        let lost = |_| Error::Conflict("the step's end was not told".into());
        record.map(|record| record.code).map_err(lost)
    }
}

/// Reads Docker's frames: a byte for the stream, three empty ones, four for the length (big-endian), the bytes.
async fn copy_frames(socket: &mut (impl AsyncRead + Unpin), output: &mpsc::Sender<Output>) -> std::io::Result<()> {
    let mut head = [0; 8];
    loop {
        socket.read_exact(&mut head).await?;
        let [stream, _, _, _, length @ ..] = head;
        let mut left = u64::from(u32::from_be_bytes(length));
        while left > 0 {
            let mut bytes = Vec::new();
            let piece = left.min(FRAME_PIECE);
            let read = (&mut *socket).take(piece).read_to_end(&mut bytes).await?;
            if read == 0 {
                return Ok(());
            }
            left -= read as u64;
            if output.send(Output { stream, bytes }).await.is_err() {
                // Read on, so that the step does not wait.
                return tokio::io::copy(socket, &mut tokio::io::sink()).await.map(drop);
            }
        }
    }
}

/// Bytes of output passed on at once.
const FRAME_PIECE: u64 = 64 << 10;
