//! `rm`: the record goes in one commit, then what belonged to it.

use std::sync::Arc;
use std::time::Duration;

use store::command::unbroken;

use super::Container;
use super::state::State;
use crate::Engine;
use crate::error::{Error, Result};
use crate::ledger::Draft;
use crate::limits;
use crate::volume::{Pruned, Volume};

/// How to remove.
#[derive(Debug, Clone, Copy, Default)]
pub struct RemoveOptions {
    /// Kill it first if it runs.
    pub force: bool,
    /// Its anonymous volumes go, too.
    pub volumes: bool,
}

impl Engine {
    /// Removes a container.
    pub async fn remove(&self, name: &str, options: RemoveOptions) -> Result<()> {
        let id = self.container(name)?.id.clone();
        let engine = self.clone();
        unbroken(async move { engine.remove_container(&id, options).await }).await
    }

    async fn remove_container(&self, id: &words::ContainerId, options: RemoveOptions) -> Result<()> {
        let live = self.live(id);
        loop {
            {
                let _command = live.command.lock().await;
                let container = self.container(id.as_str())?;
                if !container.state.is_running() {
                    live.set_restart(None);
                    let (wanted, volumes) = (container.id.clone(), options.volumes);
                    let gone = self.ledger().commit(move |draft| {
                        let container = draft.container(wanted.as_str())?;
                        Ok(decide(draft, &container, volumes))
                    });
                    let gone = gone.await?;
                    self.removed(&container, gone).await;
                    return Ok(());
                }
                if !options.force {
                    let (word, hint) = match container.state {
                        State::Running { paused: true, .. } => ("paused", "Unpause and then stop"),
                        _ => ("running", "stop"),
                    };
                    return Err(Error::Conflict(format!(
                        "cannot remove container \"/{}\": container is {word}: {hint} the container before removing or force remove",
                        container.name
                    )));
                }
                self.request_stop(&container).await?;
                self.signal_container(&container, words::signal::KILL).await?;
            }
            self.wait_for_exit(id, limits::KILL_WAIT).await?;
            if self.container(id.as_str()).is_err() {
                // It was to be removed at its exit anyway.
                return Ok(());
            }
        }
    }

    /// Waits until the container's program has ended.
    pub(crate) async fn wait_for_exit(&self, id: &words::ContainerId, at_most: Duration) -> Result<()> {
        let mut milestones = self.live(id).watch();
        let ended = async {
            while self.snapshot().containers.get(id).is_some_and(|container| container.state.is_running()) {
                if milestones.changed().await.is_err() {
                    break;
                }
            }
        };
        tokio::time::timeout(at_most, ended)
            .await
            .map_err(|_| Error::Conflict(format!("could not kill container {}: its processes do not end", id.as_str())))
    }

    /// The effects of a removal whose record is gone already.
    pub(crate) async fn removed(&self, container: &Container, volumes: Vec<Arc<Volume>>) {
        self.clear_away(container).await;
        for volume in volumes {
            if let Err(error) = self.volume_gone(&volume).await {
                tracing::error!(volume = %volume.name, %error, "removing an anonymous volume");
            }
        }
        self.tell_of("destroy", container, &[]);
        self.live(&container.id).removed();
        self.0.live.forget(&container.id);
        self.0.execs.forget(&container.id);
    }

    /// Gives back what a container has on the disk. What fails here is swept at the next start of the daemon.
    pub(crate) async fn clear_away(&self, container: &Container) {
        let key = container.id.as_str().to_owned();
        if let Err(error) = self.with_images(move |images| images.remove_snapshot(&key)).await {
            tracing::error!(container = %container.id, %error, "removing a snapshot");
        }
        for dir in [container.dir.clone(), self.task_dir(&container.id)] {
            let shown = dir.clone();
            let removed = crate::blocking(move || sys::remove::path(&dir)).await;
            if let Err(error) = removed
                && error.kind() != std::io::ErrorKind::NotFound
            {
                tracing::error!(path = %shown.display(), %error, "removing a container's directory");
            }
        }
    }

    /// Removes the containers that do not run and that `wanted` accepts.
    pub async fn prune_containers(&self, wanted: impl Fn(&Container) -> bool + Send) -> Result<Pruned> {
        let stopped: Vec<_> = self
            .snapshot()
            .containers
            .values()
            .filter(|container| !container.state.is_running() && wanted(container))
            .filter(|container| !matches!(container.state, State::Restarting { .. } | State::Starting { .. }))
            .cloned()
            .collect();
        let mut pruned = Pruned::default();
        for container in stopped {
            let upper = self.images().upper(container.id.as_str());
            let bytes = crate::blocking(move || Ok(crate::disk::usage(&upper))).await.unwrap_or(0);
            if self.remove(container.id.as_str(), RemoveOptions::default()).await.is_ok() {
                pruned.removed.push(container.id.as_str().to_owned());
                pruned.bytes += bytes;
            }
        }
        self.tell(crate::event::Kind::Container, "prune", "", [("reclaimed", pruned.bytes.to_string())]);
        Ok(pruned)
    }
}

/// Takes the record away, and those of its anonymous volumes that nobody else mounts.
pub(crate) fn decide(draft: &mut Draft<'_>, container: &Container, volumes: bool) -> Vec<Arc<Volume>> {
    draft.remove::<Container>(&container.id);
    if !volumes {
        return Vec::new();
    }
    let mut gone = Vec::new();
    for name in container.mounts.iter().filter(|point| point.anonymous).filter_map(|point| point.name.as_ref()) {
        if let Ok(volume) = crate::volume::decide_remove(draft, name) {
            gone.push(volume);
        }
    }
    gone
}
