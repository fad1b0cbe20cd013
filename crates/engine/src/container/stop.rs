//! `stop`, `restart`, `kill`, `pause`, `unpause`, `wait`, `rename`, `resize`.

use std::time::Duration;

use store::command::unbroken;
use words::{ContainerId, signal};

use super::Container;
use super::state::State;
use crate::Engine;
use crate::error::{Error, Result};
use crate::ledger::Draft;
use crate::limits;
use crate::live::Milestones;
use crate::name;

/// How to stop.
#[derive(Debug, Clone, Default)]
pub struct StopOptions {
    /// The first signal instead of the container's own.
    pub signal: Option<String>,
    /// Seconds until SIGKILL; negative waits for ever. `None` takes the container's own time.
    pub timeout: Option<i64>,
}

/// What to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WaitCondition {
    /// It does not run; so at once if it does not now.
    #[default]
    NotRunning,
    /// Its next exit, even if it does not run now.
    NextExit,
    /// Its removal.
    Removed,
}

/// Somebody who waits; registered from the moment it exists.
pub struct Waiter {
    condition: WaitCondition,
    milestones: tokio::sync::watch::Receiver<Milestones>,
    exits_before: u64,
    /// Known already.
    now: Option<i32>,
    last: i32,
}

impl Waiter {
    /// Waits.
    pub async fn wait(mut self) -> i32 {
        if let Some(result) = self.now {
            return result;
        }
        loop {
            {
                let seen = self.milestones.borrow_and_update();
                if seen.exits > self.exits_before {
                    self.last = seen.code;
                }
                let done = match self.condition {
                    WaitCondition::NotRunning | WaitCondition::NextExit => {
                        seen.exits > self.exits_before || seen.removed
                    }
                    WaitCondition::Removed => seen.removed,
                };
                if done {
                    return self.last;
                }
            }
            if self.milestones.changed().await.is_err() {
                return self.last;
            }
        }
    }
}

impl Engine {
    /// Asks a container to end and kills it when it does not in time.
    pub async fn stop(&self, name: &str, options: StopOptions) -> Result<()> {
        let container = self.container(name)?;
        let first = stop_signal(&container, options.signal.as_deref())?;
        let engine = self.clone();
        unbroken(async move { engine.stop_container(&container, first, options.timeout).await }).await
    }

    async fn stop_container(&self, container: &Container, first: i32, timeout: Option<i64>) -> Result<()> {
        let id = &container.id;
        {
            let live = self.live(id);
            let _command = live.command.lock().await;
            let container = self.container(id.as_str())?;
            match container.state {
                State::Running { .. } => {}
                State::Restarting { .. } => return self.cancel_restart(id).await,
                _ => return Err(Error::NotModified),
            }
            self.request_stop(&container).await?;
            self.signal_container(&container, first).await?;
            if container.state.is_paused() {
                // A frozen program cannot answer; thawed, it finds the signal waiting.
                self.set_paused(&container, false).await?;
            }
        }
        let seconds = timeout.or(container.spec.program.stop_timeout);
        let patience = match seconds {
            None => limits::STOP_TIMEOUT,
            Some(seconds) => u64::try_from(seconds).map_or(Duration::MAX, Duration::from_secs),
        };
        if self.wait_for_exit(id, patience).await.is_err() {
            let Ok(container) = self.container(id.as_str()) else { return self.told_stopped(container) };
            self.signal_container(&container, signal::KILL).await?;
            self.wait_for_exit(id, limits::KILL_WAIT).await?;
        }
        self.told_stopped(container)
    }

    fn told_stopped(&self, container: &Container) -> Result<()> {
        self.tell_of("stop", container, &[]);
        Ok(())
    }

    /// Remembers that somebody wants it to end, which its restart policy respects.
    pub(crate) async fn request_stop(&self, container: &Container) -> Result<()> {
        let id = container.id.clone();
        self.ledger()
            .commit(move |draft| {
                draft.essential();
                change(draft, &id, |container| {
                    if let State::Running { stop_requested, .. } = &mut container.state {
                        *stop_requested = true;
                    }
                })
            })
            .await
    }

    async fn cancel_restart(&self, id: &ContainerId) -> Result<()> {
        self.live(id).set_restart(None);
        let wanted = id.clone();
        self.ledger()
            .commit(move |draft| {
                draft.essential();
                change(draft, &wanted, |container| {
                    if let State::Restarting { exit, .. } = &container.state {
                        container.state = State::Exited(exit.clone());
                    }
                })
            })
            .await
    }

    /// Stops a container if it runs, and starts it.
    pub async fn restart(&self, name: &str, options: StopOptions) -> Result<()> {
        let id = self.container(name)?.id.clone();
        match self.stop(id.as_str(), options).await {
            Ok(()) | Err(Error::NotModified) => {}
            Err(error) => return Err(error),
        }
        self.start(id.as_str()).await?;
        self.tell_container("restart", &id, &[]);
        Ok(())
    }

    /// Sends a signal to a container's program.
    pub async fn kill(&self, name: &str, text: &str) -> Result<()> {
        let container = self.container(name)?;
        let wanted = if text.is_empty() { "KILL" } else { text };
        let number = signal::parse(wanted).ok_or_else(|| Error::Invalid(format!("Invalid signal: {wanted}")))?;
        if !container.state.is_running() {
            return Err(Error::Conflict(format!(
                "cannot kill container: {name}: container {} is not running",
                container.id
            )));
        }
        if number == signal::KILL || Some(number) == signal::parse(&container.spec.program.stop_signal) {
            self.request_stop(&container).await?;
        }
        self.signal_container(&container, number).await?;
        if number == signal::KILL {
            if container.state.is_paused() {
                self.set_paused(&container, false).await?;
            }
            // Docker's `kill` answers when the container is dead.
            self.wait_for_exit(&container.id, limits::KILL_WAIT).await?;
        }
        self.tell_of("kill", &container, &[("signal", number.to_string())]);
        Ok(())
    }

    /// Sends a signal through the shim, which alone knows the process for certain.
    pub(crate) async fn signal_container(&self, container: &Container, number: i32) -> Result<()> {
        let Some(task) = self.live(&container.id).task() else { return Ok(()) };
        match task.signal(None, number).await {
            // It has ended meanwhile, which is what most signals are for.
            Ok(()) | Err(supervisor::Error::Gone) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Freezes a container's processes.
    pub async fn pause(&self, name: &str) -> Result<()> {
        self.pause_or_not(name, true).await
    }

    /// Thaws a container's processes.
    pub async fn unpause(&self, name: &str) -> Result<()> {
        self.pause_or_not(name, false).await
    }

    async fn pause_or_not(&self, name: &str, pause: bool) -> Result<()> {
        let id = self.container(name)?.id.clone();
        let engine = self.clone();
        unbroken(async move {
            let live = engine.live(&id);
            let _command = live.command.lock().await;
            let container = engine.container(id.as_str())?;
            if !container.state.is_running() {
                return Err(Error::Conflict(format!("Container {id} is not running")));
            }
            if container.state.is_paused() == pause {
                let word = if pause { "already" } else { "not" };
                return Err(Error::Conflict(format!("Container {id} is {word} paused")));
            }
            engine.set_paused(&container, pause).await?;
            engine.tell_of(if pause { "pause" } else { "unpause" }, &container, &[]);
            Ok(())
        })
        .await
    }

    pub(crate) async fn set_paused(&self, container: &Container, pause: bool) -> Result<()> {
        let cgroup = self.0.host.cgroup(&self.cgroup_path(container));
        crate::blocking(move || if pause { cgroup.freeze() } else { cgroup.thaw() }.map_err(std::io::Error::other))
            .await
            .map_err(|source| Error::Io { what: format!("freezing container {}", container.id), source })?;
        let id = container.id.clone();
        let paused = self.ledger().commit(move |draft| {
            draft.essential();
            change(draft, &id, |container| {
                if let State::Running { paused, .. } = &mut container.state {
                    *paused = pause;
                }
            })
        });
        paused.await?;
        if pause {
            self.stop_watching_health(&container.id);
        } else {
            self.watch_health(&container.id, false);
        }
        Ok(())
    }

    /// Registers somebody who waits.
    pub fn wait(&self, name: &str, condition: WaitCondition) -> Result<Waiter> {
        let container = self.container(name)?;
        let milestones = self.live(&container.id).watch();
        let exits_before = milestones.borrow().exits;
        // The state is read after the registration, so that no exit falls between the two.
        let container = self.container(container.id.as_str())?;
        let last = container.state.exit().map_or(0, |exit| exit.code);
        let runs = container.state.is_running() || matches!(container.state, State::Restarting { .. });
        let now = (condition == WaitCondition::NotRunning && !runs).then_some(last);
        Ok(Waiter { condition, milestones, exits_before, now, last })
    }

    /// Gives a container another name.
    pub async fn rename(&self, old: &str, new: &str) -> Result<()> {
        let id = self.container(old)?.id.clone();
        let new = name::container_name(new)?;
        let engine = self.clone();
        unbroken(async move {
            let live = engine.live(&id);
            let _command = live.command.lock().await;
            let wanted = id.clone();
            let renamed = engine.ledger().commit(move |draft| decide_rename(draft, &wanted, new));
            let old = renamed.await?;
            engine.tell_container("rename", &id, &[("oldName", format!("/{old}"))]);
            Ok(())
        })
        .await
    }

    /// Tells a container's terminal its size.
    pub async fn resize(&self, name: &str, height: u16, width: u16) -> Result<()> {
        let container = self.container(name)?;
        let not_running = || Error::Conflict(format!("cannot resize a stopped container: {}", container.id));
        let task = self.live(&container.id).task().ok_or_else(not_running)?;
        task.resize(None, ::oci::runtime::ConsoleSize { height, width }).await?;
        self.tell_of("resize", &container, &[("height", height.to_string()), ("width", width.to_string())]);
        Ok(())
    }
}

fn stop_signal(container: &Container, asked: Option<&str>) -> Result<i32> {
    let own = container.spec.program.stop_signal.as_str();
    match asked.filter(|text| !text.is_empty()).or((!own.is_empty()).then_some(own)) {
        None => Ok(signal::TERM),
        Some(text) => signal::parse(text).ok_or_else(|| Error::Invalid(format!("Invalid signal: {text}"))),
    }
}

/// Changes one container in a draft.
pub(crate) fn change(draft: &mut Draft<'_>, id: &ContainerId, edit: impl FnOnce(&mut Container)) -> Result<()> {
    let mut container = Container::clone(&*draft.container(id.as_str())?);
    edit(&mut container);
    draft.put(container).map(drop)
}

fn decide_rename(draft: &mut Draft<'_>, id: &ContainerId, new: String) -> Result<String> {
    let container = draft.container(id.as_str())?;
    if container.name == new {
        return Err(Error::Invalid("Renaming a container with the same name as its current name".into()));
    }
    if let Some(other) = draft.container_named(&new) {
        return Err(Error::NameInUse { name: new, by: other.id.clone() });
    }
    let old = container.name.clone();
    change(draft, id, |container| container.name = new)?;
    Ok(old)
}
