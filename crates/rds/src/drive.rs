//! What is done after a call was answered: one task an instance, as long as there is something to do for it.

use std::sync::{Arc, PoisonError};

use tokio::sync::Notify;

use crate::decide::{self, Outcome};
use crate::error::Result;
use crate::host::{Failure, Host};
use crate::instance::{Instance, Life, Snapshot, Stage};
use crate::name::Key;
use crate::{Rds, limits};

impl Rds {
    /// Has the task of an instance look at its record; starts the task if there is none.
    pub(crate) fn wake(&self, key: &Key) {
        let mut tasks = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(task) = tasks.get(key) {
            task.notify_one();
            return;
        }
        let woken = Arc::new(Notify::new());
        tasks.insert(key.clone(), Arc::clone(&woken));
        let (rds, key) = (self.clone(), key.clone());
        tokio::spawn(async move { rds.drive(&key, &woken).await });
    }

    async fn drive(&self, key: &Key, woken: &Notify) {
        // Of one that was there before it is not known whether it runs.
        let mut checked = false;
        loop {
            let there = {
                // Whoever makes one of the same name after this finds no task, and starts one.
                let mut tasks = self.0.tasks.lock().unwrap_or_else(PoisonError::into_inner);
                let there = self.state().instances.get(key).cloned();
                if there.is_none() {
                    tasks.remove(key);
                }
                there
            };
            let Some(instance) = there else { return };
            let rests = matches!(instance.life, Life::Available if checked)
                || matches!(instance.life, Life::Failed(_) | Life::Stopped);
            if rests {
                woken.notified().await;
                // Whoever wants something of it wants it to run, and somebody may have stopped it by Docker's API.
                checked = false;
                continue;
            }
            checked = true;
            let done = tokio::select! {
                done = self.work(&instance) => done,
                () = self.unwanted(&instance) => continue,
            };
            if let Ok(Step::Again) = done {
                continue;
            }
            if let Err(error) = &done {
                tracing::error!(instance = %instance.name, %error, "the record of a database could not be changed");
            }
            tokio::time::sleep(limits::PAUSE).await;
        }
    }

    /// Waits until nobody wants any more what is being done: the instance is to go. A snapshot is finished first.
    async fn unwanted(&self, instance: &Instance) {
        let mut changed = self.0.ledger.changes();
        if matches!(instance.life, Life::BackingUp(_) | Life::Stopping | Life::Deleting { .. }) {
            return std::future::pending().await;
        }
        loop {
            let now = self.state().instances.get(&instance.key).map(|now| now.life.clone());
            if matches!(now, Some(Life::Deleting { .. })) {
                return;
            }
            if changed.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Does the next thing for an instance, and writes down what came of it.
    async fn work(&self, instance: &Arc<Instance>) -> Result<Step> {
        let state = self.state();
        let snapshot = |key: &Key| state.snapshots.get(key).cloned();
        let outcome = match &instance.life {
            Life::Restoring(key) => match snapshot(key) {
                Some(from) => self.host().fill(Arc::clone(instance), from).await.map(|()| Outcome::Filled),
                None => Err(Failure("the snapshot is gone".into())),
            },
            Life::Creating | Life::Available | Life::Modifying | Life::Starting => self.run(instance).await,
            Life::Rebooting => match self.host().stop(Arc::clone(instance)).await {
                Ok(()) => self.run(instance).await,
                Err(failure) => Err(failure),
            },
            Life::BackingUp(key) => Ok(self.keep(instance, key, snapshot(key)).await),
            Life::Stopping => self.host().stop(Arc::clone(instance)).await.map(|()| Outcome::Stopped),
            Life::Deleting { last } => {
                let last = last.as_ref().and_then(snapshot).filter(|last| last.stage == Stage::Creating);
                match self.give_up(instance, last).await {
                    Ok(outcome) => Ok(outcome),
                    Err(failure) => {
                        tracing::warn!(instance = %instance.name, %failure, "a database stays for now");
                        return Ok(Step::Later);
                    }
                }
            }
            Life::Stopped | Life::Failed(_) => return Ok(Step::Again),
        };
        let outcome = outcome.map_err(|failure| {
            tracing::error!(instance = %instance.name, %failure, "a database has failed");
            failure.0
        });
        let before = Arc::clone(instance);
        self.0.ledger.commit(move |draft| decide::settle(draft, &before, outcome)).await?;
        Ok(Step::Again)
    }

    fn host(&self) -> &Arc<dyn Host> {
        &self.0.host
    }

    async fn run(&self, instance: &Arc<Instance>) -> std::result::Result<Outcome, Failure> {
        let address = self.host().run(Arc::clone(instance)).await?;
        if let Some(former) = &instance.former_password {
            self.host().set_password(Arc::clone(instance), former.clone()).await?;
        }
        Ok(Outcome::Runs { address, password: instance.password.clone() })
    }

    async fn keep(&self, instance: &Arc<Instance>, key: &Key, snapshot: Option<Arc<Snapshot>>) -> Outcome {
        let Some(snapshot) = snapshot else { return Outcome::NotKept(key.clone(), "its record is gone".into()) };
        match self.host().keep(Arc::clone(instance), snapshot).await {
            Ok(()) => Outcome::Kept(key.clone()),
            Err(failure) => {
                tracing::error!(snapshot = key.as_str(), %failure, "a snapshot could not be made");
                Outcome::NotKept(key.clone(), failure.0)
            }
        }
    }

    /// What goes is stopped before it is copied, so that its files are those of a program that has ended.
    async fn give_up(
        &self,
        instance: &Arc<Instance>,
        last: Option<Arc<Snapshot>>,
    ) -> std::result::Result<Outcome, Failure> {
        let Some(last) = last else {
            return self.host().remove(Arc::clone(instance)).await.map(|()| Outcome::Gone);
        };
        self.host().stop(Arc::clone(instance)).await?;
        self.host().keep(Arc::clone(instance), Arc::clone(&last)).await?;
        Ok(Outcome::Kept(last.key.clone()))
    }

    /// Leaves nothing of a snapshot that is to go.
    pub(crate) fn forget(&self, snapshot: Arc<Snapshot>) {
        let rds = self.clone();
        tokio::spawn(async move {
            loop {
                let gone = rds.host().forget(Arc::clone(&snapshot)).await;
                let key = snapshot.key.clone();
                let forgotten = match gone {
                    Ok(()) => rds
                        .0
                        .ledger
                        .commit(move |draft| decide::forget(draft, &key))
                        .await
                        .map_err(|e| Failure(e.to_string())),
                    Err(failure) => Err(failure),
                };
                match forgotten {
                    Ok(()) => return,
                    Err(failure) => {
                        tracing::warn!(snapshot = %snapshot.name, %failure, "a snapshot stays for now");
                        tokio::time::sleep(limits::PAUSE).await;
                    }
                }
            }
        });
    }
}

/// What a task does next.
enum Step {
    /// It looks again at once.
    Again,
    /// It waits a while.
    Later,
}
