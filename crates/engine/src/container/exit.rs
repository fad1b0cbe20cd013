//! A program has ended: what follows.

use std::time::Duration;

use supervisor::ExitRecord;
use words::{ContainerId, Timestamp};

use super::Container;
use super::spec::RestartPolicy;
use super::state::{Exit, State};
use crate::Engine;
use crate::error::Result;
use crate::ledger::Draft;
use crate::limits;
use crate::volume::Volume;

/// What is done after an exit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// It stays, to be looked at.
    Stay,
    /// It is started again after a pause.
    Restart(Duration),
    /// It goes.
    Remove,
}

/// Decides what follows an exit.
///
/// `attempt` counts the restarts in a row so far; a run of ten seconds or more starts the count anew.
pub(crate) fn decide(policy: RestartPolicy, auto_remove: bool, exit: &Exit, attempt: u32) -> Next {
    let again = match policy {
        RestartPolicy::No => false,
        RestartPolicy::Always | RestartPolicy::UnlessStopped => !exit.requested,
        RestartPolicy::OnFailure { max } => !exit.requested && exit.code != 0 && (max == 0 || attempt < max),
    };
    if again {
        let doublings = attempt.min(16);
        let pause = limits::RESTART_DELAY_MIN.saturating_mul(1 << doublings).min(limits::RESTART_DELAY_MAX);
        Next::Restart(pause)
    } else if auto_remove {
        Next::Remove
    } else {
        Next::Stay
    }
}

/// The attempts that count after a run of this length.
fn attempts(count: u32, exit: &Exit) -> u32 {
    let ran = exit.started.map_or(Duration::ZERO, |started| exit.finished.since(started));
    if ran >= limits::RESTART_RESET { 0 } else { count }
}

impl Engine {
    /// Takes the fact that a container's program has ended.
    pub(crate) async fn container_exited(&self, id: &ContainerId, record: ExitRecord) {
        self.record_exit(id, &record, "").await;
    }

    /// A shim is gone without a word: somebody killed it, and the kernel killed its container.
    pub(crate) async fn container_lost(&self, id: &ContainerId) {
        let live = self.live(id);
        let command = live.command.lock().await;
        let Some(container) = self.snapshot().containers.get(id).cloned() else { return };
        self.kill_leftovers(&container).await;
        drop(command);
        let record = ExitRecord { code: 137, oom: false, at: Timestamp::now() };
        self.record_exit(id, &record, "the container's shim was lost").await;
    }

    /// It will not be told again: where the disk refuses the record, it is tried until the disk takes it.
    async fn record_exit(&self, id: &ContainerId, record: &ExitRecord, why: &str) {
        let live = self.live(id);
        loop {
            let command = live.command.lock().await;
            let settled = self.settle_exit(id, record, why.to_owned()).await;
            drop(command);
            match settled {
                Ok(()) => return,
                Err(error) => tracing::error!(container = %id, %error, "recording an exit"),
            }
            tokio::time::sleep(limits::RECORD_RETRY).await;
        }
    }

    /// Records an exit and does what follows. The caller holds the container's lock.
    pub(crate) async fn settle_exit(&self, id: &ContainerId, record: &ExitRecord, error: String) -> Result<()> {
        let Some(container) = self.snapshot().containers.get(id).cloned() else {
            self.live(id).end_run();
            self.remove_task_dir(id).await;
            return Ok(());
        };
        let State::Running { started, stop_requested, .. } = container.state else { return Ok(()) };
        let exit = Exit {
            code: record.code,
            oom: record.oom,
            started: Some(started),
            finished: record.at,
            error,
            requested: stop_requested,
        };
        let attempt = attempts(container.restart_count, &exit);
        let next = decide(container.spec.host.restart, container.spec.host.auto_remove, &exit, attempt);
        let (wanted, decided, told) = (id.clone(), next.clone(), exit.clone());
        let committed = self.ledger().commit(move |draft| apply(draft, &wanted, &decided, told, attempt));
        // Links and ports may be given back meanwhile; the exit's record in the task directory stays until ours is
        // durable.
        let (volumes, ()) = tokio::join!(committed, self.end_run(&container));
        let volumes = volumes?;
        self.remove_task_dir(id).await;
        if exit.oom {
            self.tell_of("oom", &container, &[]);
        }
        self.tell_of(
            "die",
            &container,
            &[
                ("exitCode", exit.code.to_string()),
                ("execDuration", exit.finished.since(started).as_secs().to_string()),
            ],
        );
        let live = self.live(id);
        live.exited(exit.code);
        match next {
            Next::Stay => {}
            Next::Restart(pause) => self.schedule_restart(id.clone(), pause),
            Next::Remove => self.removed(&container, volumes).await,
        }
        Ok(())
    }

    /// Starts the container again after the pause, unless somebody starts, stops or removes it before.
    pub(crate) fn schedule_restart(&self, id: ContainerId, pause: Duration) {
        let engine = self.clone();
        let live = self.live(&id);
        let timer = tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            // A task of its own: the start sets this timer aside, which must not end the start itself.
            tokio::spawn(async move { engine.restart_by_policy(&id).await });
        });
        live.set_restart(Some(timer.abort_handle()));
    }

    async fn restart_by_policy(&self, id: &ContainerId) {
        let live = self.live(id);
        let _command = live.command.lock().await;
        let Some(container) = self.snapshot().containers.get(id).cloned() else { return };
        let State::Restarting { attempt, .. } = container.state else { return };
        if let Err(error) = self.start_locked(&container, attempt + 1).await {
            tracing::warn!(container = %id, %error, "restart by policy failed");
        }
    }
}

/// The record after an exit. Gives the anonymous volumes that go with the container.
fn apply(
    draft: &mut Draft<'_>,
    id: &ContainerId,
    next: &Next,
    exit: Exit,
    attempt: u32,
) -> Result<Vec<std::sync::Arc<Volume>>> {
    draft.essential();
    let Some(container) = draft.containers.get(id).cloned() else { return Ok(Vec::new()) };
    let mut container = Container::clone(&container);
    container.disconnect();
    container.state = match next {
        Next::Remove => return Ok(super::remove::decide(draft, &container, true)),
        Next::Stay => State::Exited(exit),
        Next::Restart(pause) => State::Restarting { exit, due: Timestamp::now().saturating_add(*pause), attempt },
    };
    draft.put(container)?;
    Ok(Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(code: i32, requested: bool) -> Exit {
        let now = Timestamp::from_nanos(0).unwrap();
        Exit { code, oom: false, started: Some(now), finished: now, error: String::new(), requested }
    }

    #[test]
    fn what_follows_an_exit() {
        use RestartPolicy::{Always, No, OnFailure, UnlessStopped};
        let restart = |ms| Next::Restart(Duration::from_millis(ms));
        for (policy, auto_remove, code, requested, attempt, next) in [
            (No, false, 0, false, 0, Next::Stay),
            (No, true, 1, false, 0, Next::Remove),
            (Always, false, 0, false, 0, restart(100)),
            (Always, false, 0, true, 0, Next::Stay),
            (UnlessStopped, false, 1, false, 3, restart(800)),
            (UnlessStopped, false, 1, true, 3, Next::Stay),
            (OnFailure { max: 0 }, false, 0, false, 0, Next::Stay),
            (OnFailure { max: 0 }, false, 1, false, 30, restart(60_000)),
            (OnFailure { max: 2 }, false, 1, false, 1, restart(200)),
            (OnFailure { max: 2 }, false, 1, false, 2, Next::Stay),
        ] {
            assert_eq!(decide(policy, auto_remove, &exit(code, requested), attempt), next, "{policy:?} {code}");
        }
    }

    #[test]
    fn a_long_run_starts_the_count_anew() {
        let mut long = exit(1, false);
        long.finished = long.finished.saturating_add(limits::RESTART_RESET);
        assert_eq!(attempts(7, &long), 0);
        assert_eq!(attempts(7, &exit(1, false)), 7);
    }
}
