//! What is done after a call was answered: one task an environment, which does what its record says is to be done.
//!
//! The task looks at the record, does one thing, writes down what came of it, and looks again. So it makes no
//! difference whether it has just done the thing before, or has been started after a crash.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Notify, mpsc, watch};
use words::Timestamp;

use crate::environment::decide::{self, Tale, Verdict};
use crate::environment::{Environment, Kind, Life, Progress, Release, Stage, scale};
use crate::error::{Error, Result};
use crate::event::Told;
use crate::fleet::{DatabaseOrder, Failure, Observation, Order, Prepared, ReleaseId, Released, Wish};
use crate::health::{self, Health};
use crate::history::History;
use crate::name::{EnvironmentId, InstanceId, RequestId};
use crate::option::{Configuration, Tier};
use crate::state::{Draft, State};
use crate::task::Task;
use crate::{Beanstalk, task};

/// The tasks of all environments.
#[derive(Default)]
pub(crate) struct Drivers(Mutex<HashMap<EnvironmentId, Arc<Driver>>>);

/// What is known of an environment only while the daemon runs.
pub(crate) struct Driver {
    /// Its record has changed.
    changed: Notify,
    /// Held by its task: one that is restored while the task of its life before ends waits for that.
    task: tokio::sync::Mutex<()>,
    /// Held while the fleet is told what is wished, so that no older wish comes after a newer one.
    hand: tokio::sync::Mutex<()>,
    /// How it was the last time that somebody looked.
    health: Mutex<Option<Health>>,
    /// What was seen of it, minute by minute.
    history: Mutex<History>,
}

/// How long a ready environment is left alone at most: its health is looked at then.
const LOOK: Duration = Duration::from_secs(10);
/// How long an environment waits until it tries once more what it could not do by itself.
const PAUSE: Duration = Duration::from_secs(15);

impl Drivers {
    fn of(&self, id: &EnvironmentId) -> Arc<Driver> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(id.clone()).or_insert_with(|| {
            Arc::new(Driver {
                changed: Notify::new(),
                task: tokio::sync::Mutex::default(),
                hand: tokio::sync::Mutex::default(),
                health: Mutex::default(),
                history: Mutex::default(),
            })
        }))
    }

    fn forget(&self, id: &EnvironmentId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }
}

/// What the task does next.
enum Next {
    /// Looks again at once.
    Again,
    /// Waits for something to happen, until this moment at the latest.
    Wait(Timestamp),
    /// There is nothing more to do, ever.
    End,
}

impl Beanstalk {
    pub(crate) fn drive_all(&self) {
        for environment in self.state().environments.values().filter(|env| !env.life.is_terminated()) {
            self.drive(environment.id.clone());
        }
    }

    /// Starts the task of an environment that is new or restored.
    pub(crate) fn drive(&self, id: EnvironmentId) {
        let service = self.clone();
        tokio::spawn(async move {
            loop {
                let driver = service.0.drivers.of(&id);
                let _only = driver.task.lock().await;
                if Arc::ptr_eq(&driver, &service.0.drivers.of(&id)) {
                    return Driving::new(service, id).run().await;
                }
            }
        });
    }

    /// The record of an environment has changed.
    pub(crate) fn wake(&self, id: &EnvironmentId) {
        self.0.drivers.of(id).changed.notify_one();
    }

    /// What was seen of an environment last.
    pub fn seen(&self, id: &EnvironmentId) -> Arc<Observation> {
        self.fleet().observe(id).borrow().clone()
    }

    /// What was seen of an environment of late, minute by minute.
    pub fn history(&self, id: &EnvironmentId) -> History {
        self.0.drivers.of(id).history.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Changes the record of an environment, and tells of it.
    pub(crate) async fn change<T, D>(&self, id: &EnvironmentId, decide: D) -> Result<T>
    where
        T: Send + 'static,
        D: FnOnce(&State, &mut Environment) -> Result<(T, Tale)>,
    {
        let id = id.clone();
        let address = self.clone();
        let now = self.now();
        let address = move |environment: &Environment| address.address(environment);
        self.ledger().commit(move |draft| change(draft, &id, now, address, decide)).await
    }

    /// Makes the fleet do what the records of these environments say, for all at the same moment.
    pub(crate) async fn apply(&self, ids: &[EnvironmentId]) -> Result<(), Failure> {
        let mut ids = ids.to_vec();
        let state = self.state();
        // Two that swap their CNAMEs are never told apart.
        let swaps = ids.iter().filter_map(|id| Some(&state.environments.get(id)?.swapping.as_ref()?.request));
        let others = swaps.flat_map(|request| state.swapping(request)).map(|environment| environment.id);
        ids.extend(others.collect::<Vec<_>>());
        // In one order, so that two who want two of them don't wait for each other.
        ids.sort();
        ids.dedup();
        let drivers: Vec<Arc<Driver>> = ids.iter().map(|id| self.0.drivers.of(id)).collect();
        let mut hands = Vec::new();
        for driver in &drivers {
            hands.push(driver.hand.lock().await);
        }
        for id in &ids {
            self.allot_ports(id).await?;
        }
        let state = self.state();
        self.guard().await?;
        let living = ids.iter().filter_map(|id| state.environments.get(id)).filter(|env| !env.life.is_terminating());
        let wishes: Vec<Wish> = living.filter_map(|environment| self.wish(environment)).collect();
        self.fleet().apply(wishes).await
    }

    /// Has the fleet make the container of a task, at a moment at which the environment does not go.
    pub(crate) async fn make_task(&self, id: &EnvironmentId, task: Task) -> Result<(String, ReleaseId)> {
        let driver = self.0.drivers.of(id);
        let _hand = driver.hand.lock().await;
        let state = self.state();
        let environment = state.environments.get(id).map(|environment| (task::release_of(environment), environment));
        let Some((release, environment)) = environment else {
            return Err(Error::parameter(format!("No Environment found for EnvironmentId = '{id}'.")));
        };
        let release = release?;
        let nothing = || Error::Task(format!("The environment {} has nothing prepared.", environment.name));
        let wish = self.wish(environment).ok_or_else(nothing)?;
        let made = self.fleet().make_task(wish, release, task).await;
        made.map(|container| (container, release)).map_err(|failure| Error::Task(failure.to_string()))
    }

    /// What an environment is to be. Nothing, as long as none of its releases is prepared.
    pub(crate) fn wish(&self, environment: &Environment) -> Option<Wish> {
        let releases = environment.releases.iter().filter_map(|(id, release)| {
            let prepared = Arc::clone(release.prepared()?);
            let configuration = release.configuration(environment.tier).ok()?;
            Some((*id, Released { version: release.version.clone(), prepared, configuration }))
        });
        let releases: std::collections::BTreeMap<_, _> = releases.collect();
        let shown = environment.shown()?.id;
        // One that could not be prepared leaves what there is of those before to be looked at.
        let (_, latest) = releases.get_key_value(&shown).or(releases.last_key_value())?;
        let configuration = Arc::clone(&latest.configuration);
        Some(Wish {
            environment: environment.id.clone(),
            name: environment.name.clone(),
            application: environment.application.clone(),
            region: environment.region.clone(),
            tier: environment.tier,
            hosts: self.host(environment).into_iter().collect(),
            ports: environment.listens(&configuration.routing),
            releases,
            known: environment.releases.values().flat_map(|one| [Some(one.id), one.images]).flatten().collect(),
            copies: environment.copies.clone(),
            split: environment.split,
            configuration,
        })
    }
}

fn change<T>(
    draft: &mut Draft<'_>,
    id: &EnvironmentId,
    now: Timestamp,
    address: impl FnOnce(&Environment) -> String,
    decide: impl FnOnce(&State, &mut Environment) -> Result<(T, Tale)>,
) -> Result<T> {
    let Some(environment) = draft.environments.get(id) else {
        return Err(Error::parameter(format!("No Environment found for EnvironmentId = '{id}'.")));
    };
    let mut environment = Environment::clone(environment);
    let (value, mut tale) = decide(draft, &mut environment)?;
    let environment = draft.put(environment)?;
    let about = environment.about();
    let address = address(&environment);
    for told in &mut tale.told {
        told.message = told.message.replace(crate::environment::view::ADDRESS, &address);
    }
    tale.tell(draft, now, &about)?;
    Ok(value)
}

/// The task of one environment.
struct Driving {
    service: Beanstalk,
    id: EnvironmentId,
    driver: Arc<Driver>,
    seen: watch::Receiver<Arc<Observation>>,
    /// The step that the fleet has done its part of, and how many wishes it had fulfilled then.
    applied: Option<((Timestamp, usize), u64)>,
    /// When the record of the ready environment was changed that the fleet has done.
    settled: Option<Timestamp>,
    /// When the fleet may be told once more, since an instance is not there.
    again: Option<Timestamp>,
    /// When it may try again what it could not do by itself.
    pause: Option<Timestamp>,
    /// Until when it has looked for scheduled actions that are due.
    scheduled: Timestamp,
}

impl Driving {
    fn new(service: Beanstalk, id: EnvironmentId) -> Self {
        let (driver, seen, scheduled) = (service.0.drivers.of(&id), service.fleet().observe(&id), service.now());
        Self { service, id, driver, seen, applied: None, settled: None, again: None, pause: None, scheduled }
    }

    async fn run(mut self) {
        // An environment that was there before is made as it was, whatever has happened to it meanwhile.
        if let Err(failure) = self.service.apply(std::slice::from_ref(&self.id)).await {
            tracing::error!(environment = %self.id, %failure, "an environment could not be taken up again");
        }
        loop {
            let next = match self.look().await {
                Ok(next) => next,
                Err(error) => {
                    tracing::error!(environment = %self.id, %error, "an environment's record could not be changed");
                    Next::Wait(self.service.now().saturating_add(Duration::from_secs(1)))
                }
            };
            match next {
                Next::Again => {}
                Next::End => break,
                Next::Wait(until) => {
                    let pause = until.since(self.service.now()).max(Duration::from_millis(1));
                    tokio::select! {
                        biased;
                        () = self.driver.changed.notified() => {}
                        // What it was seen by has gone with a life of the environment.
                        changed = self.seen.changed() => if changed.is_err() {
                            self.seen = self.service.fleet().observe(&self.id);
                        },
                        () = tokio::time::sleep(pause) => {}
                    }
                }
            }
        }
        self.service.0.drivers.forget(&self.id);
    }

    async fn look(&mut self) -> Result<Next> {
        let state = self.service.state();
        let Some(mut environment) = state.environments.get(&self.id).cloned() else { return Ok(Next::End) };
        if !environment.life.is_terminating() {
            self.remember(&environment)?;
        }
        if let Some(swapping) = environment.swapping.as_ref().filter(|_| !environment.life.is_terminating()) {
            match self.service.finish_swap(&swapping.request, std::slice::from_ref(&self.id)).await {
                Ok(()) => return Ok(Next::Again),
                // What is done to it meanwhile may be what keeps the balancer from it, and goes on.
                Err(failure) => {
                    tracing::error!(environment = %self.id, %failure, "the balancer does not follow a swap yet");
                    let state = self.service.state();
                    let Some(now) = state.environments.get(&self.id).cloned() else { return Ok(Next::End) };
                    environment = now;
                }
            }
        }
        match &environment.life {
            Life::Terminated { .. } => Ok(Next::End),
            Life::Terminating { .. } => self.terminate().await,
            Life::Ready => self.rest(&environment).await,
            Life::Launching(operation) | Life::Updating(operation) => match &operation.stage {
                Stage::Preparing => self.prepare(&environment).await,
                Stage::Running(progress) => self.step(&environment, progress, false).await,
                Stage::Returning { progress, .. } => self.step(&environment, progress, true).await,
            },
        }
    }

    /// The configuration that the steps of an environment go by: that of the release that comes.
    fn configuration(environment: &Environment) -> Result<Arc<Configuration>> {
        let at_work = environment.life.operation().map(|operation| operation.release).or(environment.current);
        match at_work.and_then(|id| environment.releases.get(&id)) {
            Some(release) => release.configuration(environment.tier),
            None => Ok(Arc::new(crate::environment::Settings::default().configuration(environment.tier)?)),
        }
    }

    /// Adds what is seen to what was seen.
    fn remember(&mut self, environment: &Environment) -> Result<()> {
        let configuration = Self::configuration(environment)?;
        let seen = self.seen.borrow().clone();
        let mut history = self.driver.history.lock().unwrap_or_else(PoisonError::into_inner);
        let keep = scale::lookback(&configuration.capacity);
        history.add(environment, &seen, configuration.unhealthy_checks(), keep);
        Ok(())
    }

    async fn prepare(&mut self, environment: &Environment) -> Result<Next> {
        let Some(operation) = environment.life.operation().cloned() else { return Ok(Next::Again) };
        let Some(release) = environment.releases.get(&operation.release).cloned() else { return Ok(Next::Again) };
        let before = environment.current.and_then(|id| environment.releases.get(&id));
        if operation.kind == Kind::Configure
            && let Some(before) = before
            && touches_no_instance(before, &release, environment)
        {
            let possible = self.check(before.prepared().cloned(), &release, environment.tier);
            let (service, now) = (self.service.clone(), self.service.now());
            let fresh = &mut || service.world().instance();
            let id = release.id;
            let decide = |_: &State, environment: &mut Environment| {
                if !environment.prepares(id) {
                    return Ok(((), Tale::none()));
                }
                Ok((
                    (),
                    match possible {
                        Ok(()) => decide::settle_in_place(environment, now, fresh)?,
                        Err(failure) => decide::turn_back(environment, &failure.to_string(), None, false, now),
                    },
                ))
            };
            self.service.change(&self.id, decide).await?;
            return Ok(Next::Again);
        }
        let prepared = match release.prepared() {
            Some(prepared) => Ok(Prepared::clone(prepared)),
            None => {
                let configures =
                    before.filter(|before| operation.kind == Kind::Configure && before.source == release.source);
                let order = Order {
                    environment: self.id.clone(),
                    name: environment.name.clone(),
                    release: release.id,
                    source: release.source.clone(),
                    stack: release.platform.branch().stack,
                    tier: environment.tier,
                    configuration: release.configuration(environment.tier)?,
                    configures: configures.and_then(|before| before.prepared().cloned()),
                };
                match self.prepare_release(environment, &release, order, &operation.request).await {
                    Some(prepared) => prepared,
                    // Somebody wants something else now.
                    None => return Ok(Next::Again),
                }
            }
        };
        let prepared = prepared.and_then(|prepared| {
            self.check(Some(Arc::new(prepared.clone())), &release, environment.tier).map(|()| prepared)
        });
        let release = release.id;
        let (service, now) = (self.service.clone(), self.service.now());
        let decide = move |_: &State, environment: &mut Environment| {
            if !environment.prepares(release) {
                return Ok(((), Tale::none()));
            }
            let checked = prepared.map_err(|failure| failure.to_string()).and_then(|prepared| {
                let checked = decide::check_prepared(environment, release, &prepared);
                checked.map(|()| prepared).map_err(|why| why.to_string())
            });
            let tale = match checked {
                Ok(prepared) => decide::prepared(environment, prepared, now, &mut || service.world().instance())?,
                Err(why) => decide::turn_back(environment, &why, None, false, now),
            };
            Ok(((), tale))
        };
        self.service.change(&self.id, decide).await?;
        Ok(Next::Again)
    }

    /// Whether a release that was prepared so can be here. One whose settings are wrong is for others to refuse.
    fn check(
        &self,
        prepared: Option<Arc<Prepared>>,
        release: &Release,
        tier: Tier,
    ) -> std::result::Result<(), Failure> {
        match release.with_prepared(prepared).configuration(tier) {
            Ok(configuration) => self.service.fleet().check(&configuration),
            Err(_) => Ok(()),
        }
    }

    /// Prepares, and tells meanwhile what goes on. Nothing, when the environment is to become something else.
    async fn prepare_release(
        &self,
        environment: &Environment,
        release: &Release,
        order: Order,
        request: &RequestId,
    ) -> Option<Result<Prepared, Failure>> {
        let (sender, mut told) = mpsc::channel::<Told>(16);
        let preparing = self.prepare_with_database(environment, release.clone(), order, sender);
        let release = release.id;
        let telling = async {
            while let Some(told) = told.recv().await {
                let tale = Tale { request: Some(request.clone()), told: vec![told] };
                if let Err(error) = self.service.change(&self.id, |_, _| Ok(((), tale))).await {
                    tracing::warn!(environment = %self.id, %error, "an event is lost");
                }
            }
        };
        let given_up = async {
            loop {
                self.driver.changed.notified().await;
                let state = self.service.state();
                if !state.environments.get(&self.id).is_some_and(|environment| environment.prepares(release)) {
                    return;
                }
            }
        };
        tokio::select! {
            biased;
            (prepared, ()) = async { tokio::join!(preparing, telling) } => Some(prepared),
            () = given_up => None,
        }
    }

    /// The database comes first, so that commands of the source find it. Settings of the source may be the ones that ask
    /// for it: then it comes after they are read.
    async fn prepare_with_database(
        &self,
        environment: &Environment,
        release: Release,
        order: Order,
        tell: mpsc::Sender<Told>,
    ) -> Result<Prepared, Failure> {
        let fleet = self.service.fleet();
        let of = |database| DatabaseOrder {
            environment: environment.id.clone(),
            region: environment.region.clone(),
            database,
        };
        let asked = order.configuration.database.clone();
        if let Some(database) = asked.clone() {
            fleet.provide(of(database), tell.clone()).await?;
        }
        let prepared = fleet.prepare(order, tell.clone()).await?;
        let whole = release.with_prepared(Some(Arc::new(prepared.clone()))).configuration(environment.tier);
        // Settings that cannot be are found by whoever checks them next.
        let found = whole.ok().and_then(|configuration| configuration.database.clone());
        if let Some(database) = found.filter(|found| asked.as_ref() != Some(found)) {
            fleet.provide(of(database), tell).await?;
        }
        Ok(prepared)
    }

    /// Does the step at work, and goes on when it is done.
    async fn step(&mut self, environment: &Environment, progress: &Progress, returning: bool) -> Result<Next> {
        let mark = (progress.since, progress.at);
        let configuration = Self::configuration(environment)?;
        let fulfilled = match self.applied {
            Some((step, fulfilled)) if step == mark => fulfilled,
            _ => {
                if let Err(failure) = self.service.apply(std::slice::from_ref(&self.id)).await {
                    let now = self.service.now();
                    if returning && now < progress.since.saturating_add(configuration.command_timeout()) {
                        // What is left out of the way back is missing for good: it is tried again as long as may be.
                        tracing::warn!(environment = %self.id, %failure, "a step back is tried again");
                        return Ok(Next::Wait(now.saturating_add(Duration::from_secs(1))));
                    }
                    return self.failed(environment, progress, failure.to_string(), None, returning).await;
                }
                let fulfilled = self.service.fleet().fulfilled(&self.id);
                self.applied = Some((mark, fulfilled));
                fulfilled
            }
        };
        let seen = self.seen.borrow_and_update().clone();
        match decide::judge(environment, progress, &configuration, (&seen, fulfilled), self.service.now()) {
            Verdict::Wait(until) => Ok(Next::Wait(until)),
            Verdict::Failed { cause, copy } => self.failed(environment, progress, cause, copy, returning).await,
            Verdict::Done => {
                let (progress, now) = (progress.clone(), self.service.now());
                let decide = move |_: &State, environment: &mut Environment| {
                    let tale = if environment.progress() == Some(&progress) {
                        decide::advance(environment, now)
                    } else {
                        Tale::none()
                    };
                    Ok(((), tale))
                };
                self.service.change(&self.id, decide).await?;
                Ok(Next::Again)
            }
        }
    }

    async fn failed(
        &mut self,
        environment: &Environment,
        progress: &Progress,
        cause: String,
        copy: Option<(InstanceId, ReleaseId)>,
        returning: bool,
    ) -> Result<Next> {
        let now = self.service.now();
        let tends = environment.tending.is_some();
        if tends {
            self.pause = Some(now.saturating_add(PAUSE));
        }
        let progress = progress.clone();
        let decide = move |_: &State, environment: &mut Environment| {
            // Somebody may have wanted something else meanwhile.
            let tale = if environment.progress() != Some(&progress) {
                Tale::none()
            } else if tends {
                decide::give_up_tending(environment, &cause, now)
            } else if returning {
                // The way back has no way back: what can be done of it is done, and health tells the rest.
                let mut tale = decide::advance(environment, now);
                tale.told.insert(0, Told::error(cause));
                tale
            } else {
                decide::turn_back(environment, &cause, copy.as_ref(), false, now)
            };
            Ok(((), tale))
        };
        self.service.change(&self.id, decide).await?;
        Ok(Next::Again)
    }

    /// A ready environment: what waits begins, and what is lost is replaced.
    async fn rest(&mut self, environment: &Environment) -> Result<Next> {
        if let Some(queued) = environment.queue.first().cloned() {
            let now = self.service.now();
            let decide = move |_: &State, environment: &mut Environment| {
                if environment.queue.first() != Some(&queued) {
                    return Ok(((), Tale::none()));
                }
                environment.queue.remove(0);
                Ok(((), decide::begin(environment, queued.change, &queued.request, now)))
            };
            self.service.change(&self.id, decide).await?;
            return Ok(Next::Again);
        }
        if self.settled != Some(environment.updated) {
            // What goes by the release that it has, not by the one that it was to have: how copies are checked, say.
            if let Err(failure) = self.service.apply(std::slice::from_ref(&self.id)).await {
                tracing::warn!(environment = %self.id, %failure, "a ready environment is not quite as it should be");
            }
            self.settled = Some(environment.updated);
        }
        if let Some(tending) = &environment.tending {
            let progress = tending.progress.clone();
            return self.step(environment, &progress, false).await;
        }
        let configuration = Self::configuration(environment)?;
        let seen = self.seen.borrow_and_update().clone();
        self.tell_of_health(environment, &configuration, &seen).await?;
        let now = self.service.now();
        if decide::misses(environment, &seen) && self.again.is_none_or(|again| now >= again) {
            self.again = Some(now.saturating_add(LOOK));
            if let Err(failure) = self.service.apply(std::slice::from_ref(&self.id)).await {
                tracing::warn!(environment = %self.id, %failure, "an instance that is gone is not made again");
            }
        }
        if let Some(pause) = self.pause.filter(|pause| now < *pause) {
            return Ok(Next::Wait(pause));
        }
        let due = crate::managed::scheduled(environment, &configuration, now);
        if let Some(action) = due.into_iter().find(|action| crate::managed::is_due(action, now)) {
            let decide = move |_: &State, environment: &mut Environment| {
                let tale = if environment.life == Life::Ready {
                    crate::managed::begin(environment, &action, &RequestId::random(), now)
                } else {
                    Tale::none()
                };
                Ok(((), tale))
            };
            self.service.change(&self.id, decide).await?;
            return Ok(Next::Again);
        }
        let scaling = {
            let history = self.driver.history.lock().unwrap_or_else(PoisonError::into_inner);
            scale::next(environment, &configuration.capacity, &history, self.scheduled, now)
        };
        self.scheduled = now;
        if let Some(scaling) = scaling {
            let before = environment.updated;
            let decide = move |_: &State, environment: &mut Environment| {
                let same = environment.life == Life::Ready && environment.updated == before;
                let none = Tale::none();
                Ok(((), if same { scale::apply(environment, scaling, now) } else { none }))
            };
            self.service.change(&self.id, decide).await?;
            return Ok(Next::Again);
        }
        let tend = decide::tend(environment, &configuration, &seen, &mut || self.service.world().instance());
        let Some((steps, why)) = tend else { return Ok(Next::Wait(now.saturating_add(LOOK))) };
        let decide = move |_: &State, environment: &mut Environment| {
            let idle = environment.life == Life::Ready && environment.tending.is_none() && environment.queue.is_empty();
            let tale = if idle { decide::begin_tending(environment, steps, why, now) } else { Tale::none() };
            Ok(((), tale))
        };
        self.service.change(&self.id, decide).await?;
        Ok(Next::Again)
    }

    /// Tells when the health of an environment is another than the last time.
    async fn tell_of_health(
        &self,
        environment: &Environment,
        configuration: &Configuration,
        seen: &Observation,
    ) -> Result<()> {
        if !configuration.reports_health() {
            return Ok(());
        }
        let now = health::of_environment(environment, configuration, seen, self.service.now());
        let before = self.driver.health.lock().unwrap_or_else(PoisonError::into_inner).replace(now.clone());
        if configuration.logs.health.is_some() && before.as_ref() != Some(&now) {
            let moment = self.service.now();
            self.service.fleet().tell_health(self.id.clone(), health::line(environment, &now, seen, moment), moment);
        }
        let Some(before) = before.filter(|before| before.status != now.status) else { return Ok(()) };
        let causes = if now.causes.is_empty() { String::new() } else { format!(" {}", now.causes.join(" ")) };
        let message = format!(
            "Environment health has transitioned from {} to {}.{causes}",
            before.status.word(),
            now.status.word()
        );
        let told = if now.status > health::Status::Info { Told::warn(message) } else { Told::info(message) };
        self.service.change(&self.id, |_, _| Ok(((), Tale::unasked(vec![told])))).await
    }

    async fn terminate(&mut self) -> Result<Next> {
        let removed = {
            let _hand = self.driver.hand.lock().await;
            self.service.fleet().remove(self.id.clone()).await
        };
        if let Err(failure) = removed {
            tracing::error!(environment = %self.id, %failure, "an environment could not be removed");
            let tale = Tale::unasked(vec![Told::error(failure.to_string())]);
            self.service.change(&self.id, |_, _| Ok(((), tale))).await?;
            return Ok(Next::Wait(self.service.now().saturating_add(PAUSE)));
        }
        let now = self.service.now();
        let decide = move |_: &State, environment: &mut Environment| {
            let Life::Terminating { request, .. } = environment.life.clone() else {
                return Ok(((), Tale::none()));
            };
            environment.copies.clear();
            environment.instances.clear();
            environment.split = None;
            environment.tending = None;
            environment.queue.clear();
            environment.swapping = None;
            environment.life = Life::Terminated { at: now };
            environment.updated = now;
            let told = vec![Told::info("terminateEnvironment completed successfully.")];
            Ok(((), Tale { request: Some(request), told }))
        };
        self.service.change(&self.id, decide).await?;
        self.service.forget_groups(&self.id).await;
        self.service.finish_deletions(now).await;
        // Whoever restores it begins a task of its own.
        Ok(Next::End)
    }
}

/// Do two releases differ only in how requests get to the instances, in how many there are, or in what means nothing
/// here?
fn touches_no_instance(
    before: &crate::environment::Release,
    after: &crate::environment::Release,
    environment: &Environment,
) -> bool {
    if before.platform != after.platform || before.source != after.source {
        return false;
    }
    // Settings of the source are the same, since the source is.
    let after = after.with_prepared(before.prepared().cloned());
    match (before.configuration(environment.tier), after.configuration(environment.tier)) {
        (Ok(before), Ok(after)) => !after.needs_new_copies(&before),
        _ => false,
    }
}
