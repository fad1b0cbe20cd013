//! What is seen of an environment: looked at often while something changes, and seldom otherwise.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use beanstalk::EnvironmentId;
use beanstalk::fleet::{Copy, CopyState, Cpu, Duty, Failure, Observation, Seen, Totals, Traffic, Wish};
use beanstalk::option::{DEFAULT_PROCESS, Process};
use engine::Container;
use engine::container::state::State;
use engine::event::Kind;
use tokio::sync::broadcast::error::RecvError;
use words::Timestamp;

use crate::parcel::Parcel;
use crate::{CopyId, Local, copies, labels, limits, routing, usage};

impl Local {
    /// Passes on what happens to containers to those who watch their environments.
    pub(crate) async fn listen(self) {
        let (_, mut events) = self.engine().listen_events();
        loop {
            match events.recv().await {
                Ok(event) if event.kind == Kind::Container => {
                    if let Some((environment, _)) = labels::copy(&event.attributes) {
                        self.happened(&environment);
                    }
                }
                Ok(_) => {}
                Err(RecvError::Lagged(_)) => {
                    self.with(|all| all.values().for_each(|known| known.happened.notify_one()))
                }
                Err(RecvError::Closed) => return,
            }
        }
    }

    fn happened(&self, environment: &EnvironmentId) {
        self.with(|all| {
            if let Some(known) = all.get(environment) {
                known.happened.notify_one();
            }
        });
    }

    /// Watches an environment as long as it is known.
    pub(crate) async fn watch(self, environment: EnvironmentId) {
        let mut health = self.0.balancer.observe();
        // The table of what is known has it only after this task was made.
        tokio::task::yield_now().await;
        loop {
            let Some((happened, wish)) =
                self.with(|all| all.get(&environment).map(|known| (Arc::clone(&known.happened), known.wish.clone())))
            else {
                return;
            };
            let pause = match wish {
                Some(wish) => self.look(&environment, &wish).await,
                None => limits::LOOK,
            };
            tokio::select! {
                () = happened.notified() => {}
                _ = health.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Looks at all copies, tells what is seen, and says when to look again.
    async fn look(&self, environment: &EnvironmentId, wish: &Arc<Wish>) -> Duration {
        let there = self.containers(environment);
        let process = wish.configuration.routing.processes.get(DEFAULT_PROCESS);
        let looks = wish.copies.iter().map(|copy| {
            let key = (copy.instance.clone(), copy.release);
            let containers = there.get(&key).cloned().unwrap_or_default();
            self.look_at(wish, copy, key, containers, process)
        });
        let used = self.used(wish, &there).await;
        let mut copies: BTreeMap<CopyId, Seen> = futures_util::future::join_all(looks).await.into_iter().collect();
        for (key, (cpu, memory)) in used {
            if let Some(seen) = copies.get_mut(&key) {
                (seen.cpu, seen.memory) = (cpu, memory);
            }
        }
        let needed = wish.configuration.deployment.healthy_checks;
        let awaited = |copy: &Copy| {
            let seen = copies.get(&(copy.instance.clone(), copy.release));
            copy.duty <= Duty::Idle
                && seen.is_none_or(|seen| match &seen.state {
                    CopyState::Starting => true,
                    CopyState::Running { .. } => seen.passed < needed || seen.outstanding > 0,
                    CopyState::Stopped | CopyState::Failed(_) => false,
                })
        };
        let pause =
            if wish.copies.iter().any(awaited) { wish.configuration.deployment.healthy_interval } else { limits::LOOK };
        let figures = self.0.balancer.route_figures(&routing::route(environment));
        let totals = figures.as_ref().map(totals).unwrap_or_default();
        let traffic = figures.map(traffic).unwrap_or_default();
        self.with(|all| {
            let Some(known) = all.get_mut(environment) else { return };
            let generation = known.generation;
            let seen = Observation { generation, copies, traffic, totals, at: Some(Timestamp::now()) };
            known.seen.send_replace(Arc::new(seen));
        });
        pause
    }

    async fn look_at(
        &self,
        wish: &Wish,
        copy: &Copy,
        key: CopyId,
        containers: BTreeMap<String, Arc<Container>>,
        process: Option<&Process>,
    ) -> (CopyId, Seen) {
        let parcel = copies::parcel_of(wish, &key);
        let state = self.state(copy, &key, wish, parcel.as_ref(), &containers).await;
        let group = routing::group(&wish.environment, copy.release);
        let target = routing::target(&copy.instance);
        let figures = self.0.balancer.target_figures(&group, &target);
        let balanced = self.0.balancer.observe().borrow().get(&group).and_then(|all| all.get(&target)).cloned();
        let interval = wish.configuration.deployment.healthy_interval;
        let due = self.known(&wish.environment, |known| known.checks.entry(key.clone()).or_default().is_due(interval));
        if let CopyState::Running { address, .. } = &state
            && due
        {
            let outcome = match (copy.duty, &balanced) {
                // Those that serve are checked by the balancer.
                (Duty::Serve, Some(health)) if health.state == balancer::State::Unhealthy => {
                    Some(Err(health.cause.as_ref().map(ToString::to_string).unwrap_or_default()))
                }
                (Duty::Serve, Some(health)) if health.state == balancer::State::Healthy => Some(Ok(())),
                (_, Some(health)) if health.state == balancer::State::Draining => None,
                _ => Some(match (address, process) {
                    (Some(address), Some(process)) => crate::check::check(*address, process).await,
                    // It answers nothing: it is enough that it runs.
                    _ => Ok(()),
                }),
            };
            let unhealthy = process.map_or(1, |process| process.check.unhealthy);
            self.known(&wish.environment, |known| {
                let record = known.checks.entry(key.clone()).or_default();
                if let Some(outcome) = outcome {
                    let by_balancer = outcome.is_err() && copy.duty == Duty::Serve && balanced.is_some();
                    record.take(outcome);
                    if by_balancer {
                        // It has counted to its threshold already.
                        record.failed = record.failed.max(unhealthy);
                    }
                }
            });
        }
        let record = self.known(&wish.environment, |known| known.checks.get(&key).cloned().unwrap_or_default());
        let draining = balanced.is_some_and(|health| health.state == balancer::State::Draining);
        let outstanding = figures.as_ref().map_or(u64::from(draining), |figures| u64::from(figures.outstanding));
        let worker = self.known(&wish.environment, |known| known.worker.clone());
        let outstanding = worker.map_or(outstanding, |worker| worker.outstanding(&key));
        let seen = Seen {
            state,
            passed: record.passed,
            failing: record.failing,
            failed: record.failed,
            outstanding,
            traffic: figures.map(traffic).unwrap_or_default(),
            cpu: None,
            memory: None,
        };
        (key, seen)
    }

    /// What the copies that run use of the processors, since they were asked before, and of the memory.
    async fn used(
        &self,
        wish: &Wish,
        there: &BTreeMap<CopyId, BTreeMap<String, Arc<Container>>>,
    ) -> BTreeMap<CopyId, (Option<Cpu>, Option<(u64, u64)>)> {
        let running: Vec<(CopyId, Vec<Arc<Container>>)> = there
            .iter()
            .map(|(key, containers)| {
                let all = containers.values().filter(|container| container.state.is_running());
                (key.clone(), all.cloned().collect::<Vec<_>>())
            })
            .filter(|(_, containers)| !containers.is_empty())
            .collect();
        let engine = self.engine().clone();
        let read = tokio::task::spawn_blocking(move || {
            let one = |(key, containers): (CopyId, Vec<Arc<Container>>)| {
                (key, usage::Reading::of(containers.iter().map(|container| engine.usage(container))))
            };
            running.into_iter().map(one).collect::<Vec<_>>()
        });
        let Ok(read) = read.await else { return BTreeMap::new() };
        self.known(&wish.environment, |known| {
            known.readings.retain(|key, _| there.contains_key(key));
            let told = read.into_iter().map(|(key, reading)| {
                let limits = wish.releases.get(&key.1).and_then(|release| release.configuration.instance.limits);
                let before = known.readings.get(&key);
                let cpu = reading.cpu(before, usage::processors(limits));
                let memory = limits.map(|limits| (reading.memory, limits.memory));
                if before.is_none_or(|before| reading.is_apart(before)) {
                    known.readings.insert(key.clone(), reading);
                }
                (key, (cpu, memory))
            });
            told.collect()
        })
    }

    /// Is a copy there?
    async fn state(
        &self,
        copy: &Copy,
        key: &CopyId,
        wish: &Wish,
        parcel: Option<&Parcel>,
        containers: &BTreeMap<String, Arc<Container>>,
    ) -> CopyState {
        let (starting, failed) =
            self.known(&wish.environment, |known| (known.starting.contains(key), known.failed.get(key).cloned()));
        if let Some(failure) = failed {
            return CopyState::Failed(failure);
        }
        if starting || (containers.is_empty() && copy.duty <= Duty::Idle) {
            return CopyState::Starting;
        }
        if copy.duty > Duty::Idle {
            return CopyState::Stopped;
        }
        let Some(parcel) = parcel else {
            return CopyState::Failed(Failure::new("Reading the release", "its record cannot be read"));
        };
        let mut since: Option<Timestamp> = None;
        for service in &parcel.services {
            let Some(container) = containers.get(&service.name) else {
                return CopyState::Failed(Failure::new(format!("Running {}", service.name), "the container is gone"));
            };
            match &container.state {
                State::Running { started, .. } => since = Some(since.map_or(*started, |since| since.max(*started))),
                State::Exited(exit) if service.may_end && exit.code == 0 => {}
                State::Created { failure: None } => return CopyState::Starting,
                State::Exited(_) | State::Created { .. } => {
                    return CopyState::Failed(self.ended(container, &service.name).await);
                }
                State::Starting { .. } | State::Restarting { .. } => return CopyState::Starting,
            }
        }
        match since {
            Some(since) => CopyState::Running { since, address: copies::serving(parcel, containers) },
            None => CopyState::Failed(Failure::new("Running the application", "all of its containers have ended")),
        }
    }
}

fn traffic(figures: balancer::Figures) -> Traffic {
    let counters = figures.period;
    let [_, ok, moved, client, server] = counters.statuses;
    Traffic {
        window: balancer::PERIOD,
        requests: counters.requests,
        statuses: [ok, moved, client, server],
        latency: figures.latency.map(|latency| {
            let balancer::Latency { p10, p50, p75, p85, p90, p95, p99, p999 } = latency;
            [p10, p50, p75, p85, p90, p95, p99, p999]
        }),
        bytes_in: counters.received,
        bytes_out: counters.sent,
    }
}

fn totals(figures: &balancer::Figures) -> Totals {
    let counters = figures.total;
    let [_, ok, moved, client, server] = counters.statuses;
    Totals {
        requests: counters.requests,
        statuses: [ok, moved, client, server],
        bytes_in: counters.received,
        bytes_out: counters.sent,
    }
}
