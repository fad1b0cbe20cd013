//! What is known of a container only while the daemon runs: its lock, its shim, who waits for it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use supervisor::{Attach, Task};
use tokio::sync::{oneshot, watch};
use words::ContainerId;

/// The table of them; an entry stays as long as its container's record.
#[derive(Default)]
pub(crate) struct LiveTable(Mutex<HashMap<ContainerId, Arc<Live>>>);

impl LiveTable {
    /// The entry of this container, made when it is missing.
    pub(crate) fn of(&self, id: &ContainerId) -> Arc<Live> {
        Arc::clone(lock(&self.0).entry(id.clone()).or_default())
    }

    /// Forgets a container whose record is gone.
    pub(crate) fn forget(&self, id: &ContainerId) {
        lock(&self.0).remove(id);
    }
}

/// One container's entry.
#[derive(Default)]
pub(crate) struct Live {
    /// Held by whoever changes the container, from the decision to the last effect.
    pub(crate) command: tokio::sync::Mutex<()>,
    task: Mutex<Option<Task>>,
    /// Clients that were promised an attach before the start.
    attaching: Mutex<Vec<oneshot::Receiver<Attach>>>,
    /// The wake-up of a pending restart by policy.
    restart: Mutex<Option<tokio::task::AbortHandle>>,
    /// The task that probes its health.
    health: Mutex<Option<tokio::task::AbortHandle>>,
    milestones: watch::Sender<Milestones>,
    /// What must end with the run: reservations live in the shim, these in the daemon.
    run: Mutex<Vec<Box<dyn std::any::Any + Send>>>,
}

/// What a container has been through, for those who wait.
#[derive(Debug, Clone, Default)]
pub(crate) struct Milestones {
    /// How often its program has ended since the daemon started.
    pub(crate) exits: u64,
    /// The last exit code.
    pub(crate) code: i32,
    /// Its record is gone.
    pub(crate) removed: bool,
}

impl Live {
    pub(crate) fn task(&self) -> Option<Task> {
        lock(&self.task).clone()
    }

    pub(crate) fn set_task(&self, task: Option<Task>) {
        *lock(&self.task) = task;
    }

    /// Promises an attach: the next start waits for what comes through.
    pub(crate) fn promise_attach(&self) -> oneshot::Sender<Attach> {
        let (sender, receiver) = oneshot::channel();
        lock(&self.attaching).push(receiver);
        sender
    }

    pub(crate) fn take_promised(&self) -> Vec<oneshot::Receiver<Attach>> {
        std::mem::take(&mut lock(&self.attaching))
    }

    pub(crate) fn set_restart(&self, timer: Option<tokio::task::AbortHandle>) {
        if let Some(old) = std::mem::replace(&mut *lock(&self.restart), timer) {
            old.abort();
        }
    }

    pub(crate) fn set_health(&self, monitor: Option<tokio::task::AbortHandle>) {
        if let Some(old) = std::mem::replace(&mut *lock(&self.health), monitor) {
            old.abort();
        }
    }

    /// Keeps something until the run ends.
    pub(crate) fn keep(&self, thing: impl std::any::Any + Send) {
        lock(&self.run).push(Box::new(thing));
    }

    /// Lets go of everything that the run kept.
    pub(crate) fn end_run(&self) {
        self.set_task(None);
        self.set_health(None);
        lock(&self.run).clear();
    }

    pub(crate) fn watch(&self) -> watch::Receiver<Milestones> {
        self.milestones.subscribe()
    }

    pub(crate) fn exited(&self, code: i32) {
        self.milestones.send_modify(|milestones| {
            milestones.exits += 1;
            milestones.code = code;
        });
    }

    pub(crate) fn removed(&self) {
        self.milestones.send_modify(|milestones| milestones.removed = true);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
