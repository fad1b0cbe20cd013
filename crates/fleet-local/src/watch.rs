//! What is seen of an environment: looked at often while something changes, and seldom otherwise.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use balancer::TargetHealth;
use beanstalk::EnvironmentId;
use beanstalk::fleet::{Copy, CopyState, Duty, Failure, Observation, ReleaseId, Seen, Totals, Traffic, Wish};
use beanstalk::option::Tier;
use engine::Container;
use engine::container::state::State;
use engine::event::Kind;
use tokio::sync::broadcast::error::RecvError;
use words::Timestamp;

use crate::parcel::Parcel;
use crate::{CopyId, Known, Local, check, copies, labels, limits, routing, usage};

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
            let present = |known: &Known| (Arc::clone(&known.happened), known.wish.clone(), known.generation);
            let Some((happened, wish, generation)) = self.with(|all| all.get(&environment).map(present)) else {
                return;
            };
            let pause = match wish {
                Some(wish) => self.look(&environment, &wish, generation).await,
                None => limits::LOOK,
            };
            tokio::select! {
                () = happened.notified() => {}
                _ = health.changed() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// Looks at all copies, tells what is seen, and says when to look again. So many wishes had been fulfilled before.
    async fn look(&self, environment: &EnvironmentId, wish: &Arc<Wish>, generation: u64) -> Duration {
        let there = self.containers(environment);
        let looks = wish.copies.iter().map(|copy| {
            let key = (copy.instance.clone(), copy.release);
            let containers = there.get(&key).cloned().unwrap_or_default();
            self.look_at(wish, copy, key, containers)
        });
        let used = self.used(wish, &there).await;
        let (looks, unknown): (Vec<(CopyId, Seen)>, Vec<bool>) =
            futures_util::future::join_all(looks).await.into_iter().unzip();
        let mut copies: BTreeMap<CopyId, Seen> = looks.into_iter().collect();
        for (key, (record, memory)) in used {
            if let Some(seen) = copies.get_mut(&key) {
                (seen.cpu, seen.load, seen.memory) = (record.cpu, Some(record.load), memory);
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
        let awaits = wish.copies.iter().any(awaited);
        let figures = self.0.balancer.route_figures(&routing::figures(environment));
        let totals = figures.as_ref().map(totals).unwrap_or_default();
        let traffic = figures.map(traffic).unwrap_or_default();
        let mut asked = true;
        self.with(|all| {
            let Some(known) = all.get_mut(environment) else { return };
            let seen = Observation { generation, copies, traffic, totals, at: Some(Timestamp::now()) };
            asked = known.seen.send_replace(Arc::new(seen)).totals.requests != totals.requests;
        });
        let pause = match (awaits, asked) {
            (true, _) => wish.configuration.deployment.healthy_interval,
            (false, true) => limits::LOOK,
            (false, false) => limits::QUIET_LOOK,
        };
        if unknown.contains(&true)
            && let Err(failure) = self.route().await
        {
            tracing::warn!(%environment, %failure, "an instance that is there again gets no requests");
        }
        pause
    }

    /// Looks at a copy. And says whether it answers and the balancer does not know it: whose container was down while the
    /// balancer was told something, on whatever environment's behalf, was left out then.
    async fn look_at(
        &self,
        wish: &Wish,
        copy: &Copy,
        key: CopyId,
        containers: BTreeMap<String, Arc<Container>>,
    ) -> ((CopyId, Seen), bool) {
        let parcel = copies::parcel_of(wish, &key);
        let state = self.state(copy, &key, wish, parcel.as_deref(), &containers).await;
        let target = routing::target(&copy.instance);
        let used = wish.processes(copy.release);
        let health = self.0.balancer.observe().borrow().clone();
        let mut balanced: BTreeMap<&str, TargetHealth> = BTreeMap::new();
        let mut figures: Option<balancer::Figures> = None;
        for name in used.keys() {
            let group = routing::group(&wish.environment, copy.release, name);
            balanced.extend(health.get(&group).and_then(|all| all.get(&target)).map(|health| (*name, health.clone())));
            let more = self.0.balancer.target_figures(&group, &target);
            figures = figures.map(|figures| together(figures, more)).or(more);
        }
        let main = routing::main_port(wish, copy.release);
        let answers = |process| {
            parcel.as_ref().is_some_and(|parcel| copies::answering(parcel, &containers, process, main).is_some())
        };
        let unknown = wish.tier == Tier::WebServer
            && copy.duty == Duty::Serve
            && used.iter().any(|(name, process)| !balanced.contains_key(*name) && answers(process));
        let is = |state: balancer::State| balanced.values().any(|health| health.state == state);
        let interval = wish.configuration.deployment.healthy_interval;
        let due = self.known(&wish.environment, |known| known.checks.entry(key.clone()).or_default().is_due(interval));
        if matches!(state, CopyState::Running { .. }) && due {
            let serves = copy.duty == Duty::Serve;
            let all_healthy =
                balanced.len() == used.len() && !balanced.values().any(|one| one.state != balancer::State::Healthy);
            let outcome = match &parcel {
                // Those that serve are checked by the balancer.
                _ if serves && is(balancer::State::Unhealthy) => {
                    let unwell = balanced.iter().filter(|(_, health)| health.state == balancer::State::Unhealthy);
                    let why =
                        |health: &TargetHealth| health.cause.as_ref().map(ToString::to_string).unwrap_or_default();
                    Some(Err(unwell.map(|(name, health)| ((*name).to_owned(), why(health))).collect()))
                }
                _ if serves && all_healthy => Some(Ok(())),
                _ if is(balancer::State::Draining) => None,
                Some(parcel) => Some(self.check(wish, copy.release, parcel, &containers).await),
                None => Some(Ok(())),
            };
            let unhealthy = used.values().map(|process| process.check.unhealthy).min().unwrap_or(1);
            self.known(&wish.environment, |known| {
                let record = known.checks.entry(key.clone()).or_default();
                if let Some(outcome) = outcome {
                    let by_balancer = outcome.is_err() && serves && !balanced.is_empty();
                    record.take(outcome);
                    if by_balancer {
                        // It has counted to its threshold already.
                        record.failed = record.failed.max(unhealthy);
                    }
                }
            });
        }
        let record = self.known(&wish.environment, |known| known.checks.get(&key).cloned().unwrap_or_default());
        let draining = is(balancer::State::Draining);
        let outstanding = figures.as_ref().map_or(u64::from(draining), |figures| u64::from(figures.outstanding));
        let worker = self.known(&wish.environment, |known| known.worker.clone());
        let outstanding = worker.map_or(outstanding, |worker| worker.outstanding(&key));
        let seen = Seen {
            state,
            passed: record.passed,
            failing: record.failing(),
            unwell: record.unwell,
            failed: record.failed,
            outstanding,
            traffic: figures.map(traffic).unwrap_or_default(),
            cpu: None,
            load: None,
            memory: None,
        };
        ((key, seen), unknown)
    }

    /// Checks the processes of a copy that listeners lead to. Where nothing of it answers, it is enough that it runs.
    async fn check(
        &self,
        wish: &Wish,
        release: ReleaseId,
        parcel: &Parcel,
        containers: &BTreeMap<String, Arc<Container>>,
    ) -> Result<(), BTreeMap<String, String>> {
        let main = routing::main_port(wish, release);
        let checks = wish.processes(release).into_iter().filter_map(|(name, process)| {
            let mut address = copies::answering(parcel, containers, process, main)?;
            address.set_port(routing::checked_port(process, parcel, main).unwrap_or(address.port()));
            Some(async move { (name, check::check(address, process).await) })
        });
        let outcomes = futures_util::future::join_all(checks).await.into_iter();
        let unwell: BTreeMap<_, _> =
            outcomes.filter_map(|(name, outcome)| Some((name.to_owned(), outcome.err()?))).collect();
        if unwell.is_empty() { Ok(()) } else { Err(unwell) }
    }

    /// What the copies that run use of the processors, since they were asked before, and of the memory.
    async fn used(
        &self,
        wish: &Wish,
        there: &BTreeMap<CopyId, BTreeMap<String, Arc<Container>>>,
    ) -> BTreeMap<CopyId, (usage::Record, Option<(u64, u64)>)> {
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
                let record = usage::Record::after(known.readings.get(&key), reading, usage::processors(limits));
                known.readings.insert(key.clone(), record.clone());
                let memory = limits.map(|limits| (record.memory(), limits.memory));
                (key, (record, memory))
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

/// The figures of two targets that are one instance. How long requests took is told of the one that has more of them:
/// percentiles cannot be added.
fn together(one: balancer::Figures, other: Option<balancer::Figures>) -> balancer::Figures {
    let Some(other) = other else { return one };
    let add = |a: balancer::Counters, b: balancer::Counters| {
        let mut statuses = a.statuses;
        statuses.iter_mut().zip(b.statuses).for_each(|(slot, more)| *slot += more);
        let (received, sent) = (a.received + b.received, a.sent + b.sent);
        balancer::Counters { requests: a.requests + b.requests, statuses, received, sent }
    };
    balancer::Figures {
        total: add(one.total, other.total),
        period: add(one.period, other.period),
        latency: if one.period.requests >= other.period.requests { one.latency } else { other.latency },
        outstanding: one.outstanding + other.outstanding,
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
