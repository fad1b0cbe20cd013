//! A fleet of that machine: it does in its steps what the fleet of a real machine does, and any of them may fail, take
//! its time, or be the last one of the daemon.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use beanstalk::event::Told;
use beanstalk::fleet::{
    Copy, CopyState, DatabaseOrder, Doing, Duty, Failure, Fleet, LogFile, LogKind, Observation, Order, Parcel,
    Prepared, ReleaseId, Seen, Totals, Traffic, Wish,
};
use beanstalk::option::Configuration;
use beanstalk::security_group::Gate;
use beanstalk::task::Task;
use beanstalk::version::Source;
use beanstalk::{EnvironmentId, InstanceId};
use tokio::sync::{Notify, mpsc, watch};
use words::Timestamp;

use crate::machine::{Container, Machine, State};

type CopyId = (InstanceId, ReleaseId);

/// How long a copy may take to finish what it has begun (the option's default).
const PATIENCE: Duration = Duration::from_secs(20);

/// How a version behaves; the last part of its image's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    Good,
    Slow,
    /// Good, and no other beside it.
    Exclusive,
    /// It is well for a while.
    Weak,
    /// It runs and is never well.
    Never,
    /// It ends soon.
    Crash,
    /// It does not start.
    Dead,
    /// It cannot be prepared.
    Broken,
}

impl Manner {
    pub(crate) const ALL: [(&'static str, Self); 8] = [
        ("good", Self::Good),
        ("slow", Self::Slow),
        ("exclusive", Self::Exclusive),
        ("weak", Self::Weak),
        ("never", Self::Never),
        ("crash", Self::Crash),
        ("dead", Self::Dead),
        ("broken", Self::Broken),
    ];

    pub(crate) fn of(source: &Source) -> Self {
        let Source::Image { uri } = source else { return Self::Good };
        Self::ALL.iter().find(|(word, _)| uri.ends_with(word)).map_or(Self::Good, |(_, manner)| *manner)
    }

    /// No copy of it is ever well.
    pub(crate) fn is_hopeless(self) -> bool {
        matches!(self, Self::Never | Self::Crash | Self::Dead | Self::Broken)
    }
}

#[derive(Default)]
struct Known {
    wish: Option<Arc<Wish>>,
    seen: watch::Sender<Arc<Observation>>,
    happened: Arc<Notify>,
    checks: BTreeMap<CopyId, Checks>,
    starting: BTreeSet<CopyId>,
    leaving: BTreeSet<CopyId>,
    failed: BTreeMap<CopyId, Failure>,
    /// Those that get requests.
    routed: BTreeSet<CopyId>,
    /// Until when those that got some are busy with them.
    busy: BTreeMap<CopyId, Busy>,
    /// Those that were found to be well.
    proved: BTreeSet<CopyId>,
    generation: u64,
}

/// From when on a copy got no more requests, and until when it is busy with those that it has.
struct Busy {
    since: Timestamp,
    until: Timestamp,
}

#[derive(Default, Clone)]
struct Checks {
    passed: u32,
    failed: u32,
    due: Option<Timestamp>,
}

/// A fleet, as long as a daemon lives.
#[derive(Clone)]
pub(crate) struct Simulated {
    machine: Machine,
    known: Arc<Mutex<BTreeMap<EnvironmentId, Known>>>,
}

impl Simulated {
    pub(crate) fn new(machine: Machine) -> Self {
        Self { machine, known: Arc::default() }
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<EnvironmentId, Known>) -> T) -> T {
        work(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn known<T>(&self, id: &EnvironmentId, work: impl FnOnce(&mut Known) -> T) -> T {
        self.with(|all| {
            if !all.contains_key(id) {
                all.insert(id.clone(), Known::default());
                tokio::spawn(self.clone().watch(id.clone()));
            }
            work(all.get_mut(id).unwrap())
        })
    }

    /// Something goes wrong, seldom.
    fn fault(&self, step: &str, one_in: u64) -> Result<(), Failure> {
        let mut inner = self.machine.lock();
        if inner.faults && inner.chance.one_in(one_in) {
            inner.say(format!("fault: {step}"));
            return Err(Failure::new(step, "a fault of the simulation"));
        }
        Ok(())
    }

    async fn watch(self, id: EnvironmentId) {
        tokio::task::yield_now().await;
        loop {
            let Some((happened, wish)) =
                self.with(|all| all.get(&id).map(|known| (Arc::clone(&known.happened), known.wish.clone())))
            else {
                return;
            };
            let pause = match wish {
                Some(wish) => self.look(&id, &wish),
                None => Duration::from_secs(5),
            };
            tokio::select! {
                biased;
                () = happened.notified() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    fn look(&self, id: &EnvironmentId, wish: &Wish) -> Duration {
        let interval = wish.configuration.deployment.healthy_interval;
        let mut pause = Duration::from_secs(5);
        self.known(id, |known| {
            let mut inner = self.machine.lock();
            let now = inner.now();
            if inner.faults && inner.chance.one_in(300) {
                // Somebody removes one by hand.
                let first = inner.containers.keys().find(|(other, ..)| other == id).cloned();
                first.map(|place| inner.containers.remove(&place));
            }
            let mut copies = BTreeMap::new();
            for copy in &wish.copies {
                let key = (copy.instance.clone(), copy.release);
                let container = inner.containers.get_mut(&(id.clone(), key.0.clone(), key.1));
                let state = match &container {
                    _ if known.failed.contains_key(&key) => CopyState::Failed(known.failed[&key].clone()),
                    None if copy.duty <= Duty::Idle => CopyState::Starting,
                    _ if known.starting.contains(&key) => CopyState::Starting,
                    None => CopyState::Stopped,
                    Some(_) if copy.duty > Duty::Idle => CopyState::Stopped,
                    Some(container) => match container.state(now) {
                        State::Running { since } => CopyState::Running { since, address: None },
                        State::Created => CopyState::Starting,
                        State::Stopped | State::Ended => {
                            CopyState::Failed(Failure::new("Running web", "the container ended with code 1"))
                        }
                    },
                };
                let running = matches!(state, CopyState::Running { .. });
                let checks = known.checks.entry(key.clone()).or_default();
                if running && checks.due.is_none_or(|due| now >= due) {
                    checks.due = Some(now.saturating_add(interval));
                    if container.is_some_and(|container| container.is_well(now)) {
                        (checks.passed, checks.failed) = (checks.passed + 1, 0);
                    } else {
                        (checks.passed, checks.failed) = (0, checks.failed + 1);
                    }
                }
                let outstanding = u64::from(known.busy.get(&key).is_some_and(|busy| now < busy.until));
                if checks.passed >= wish.configuration.deployment.healthy_checks {
                    known.proved.insert(key.clone());
                }
                let awaited = match state {
                    CopyState::Starting => true,
                    CopyState::Running { .. } => checks.passed < 2 || outstanding > 0,
                    CopyState::Stopped | CopyState::Failed(_) => false,
                };
                if awaited && copy.duty <= Duty::Idle {
                    pause = interval;
                }
                let seen = Seen {
                    state,
                    passed: checks.passed,
                    failing: (checks.failed > 0).then(|| "it answers 500".to_owned()),
                    unwell: BTreeMap::new(),
                    failed: checks.failed,
                    outstanding,
                    traffic: Traffic::default(),
                    cpu: None,
                    load: None,
                    memory: None,
                };
                copies.insert(key, seen);
            }
            let (traffic, totals) = (Traffic::default(), Totals::default());
            let seen = Observation { generation: known.generation, copies, traffic, totals, at: Some(now) };
            drop(inner);
            known.seen.send_replace(Arc::new(seen));
        });
        pause
    }

    /// Starts what is to run and does not.
    fn make(&self, wish: &Arc<Wish>) {
        let id = &wish.environment;
        for copy in wish.copies.iter().filter(|copy| copy.duty <= Duty::Idle) {
            let key = (copy.instance.clone(), copy.release);
            let found = {
                let inner = self.machine.lock();
                let now = inner.now();
                inner.containers.get(&(id.clone(), key.0.clone(), key.1)).map(|container| container.state(now))
            };
            let leaves = self.known(id, |known| known.leaving.contains(&key));
            if matches!(found, Some(State::Running { .. } | State::Ended)) && !leaves {
                continue;
            }
            let first = self.known(id, |known| {
                known.checks.remove(&key);
                known.failed.remove(&key);
                known.starting.insert(key.clone())
            });
            if first {
                let (fleet, wish) = (self.clone(), Arc::clone(wish));
                tokio::spawn(async move {
                    while fleet.known(&wish.environment, |known| known.leaving.contains(&key)) {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    let started = fleet.start(&wish, &key).await;
                    fleet.known(&wish.environment, |known| {
                        known.starting.remove(&key);
                        if let Err(failure) = started {
                            known.failed.insert(key, failure);
                        }
                        known.happened.notify_one();
                    });
                    let now = fleet.with(|all| all.get(&wish.environment).and_then(|known| known.wish.clone()));
                    if let Some(now) = now.filter(|now| !Arc::ptr_eq(now, &wish)) {
                        let _ = fleet.dismiss(&now).await;
                    }
                });
            }
        }
    }

    async fn start(&self, wish: &Wish, copy: &CopyId) -> Result<(), Failure> {
        let Some(released) = wish.releases.get(&copy.1) else {
            return Err(Failure::new("Starting the instance", format!("the deployment {} is not known", copy.1)));
        };
        let source = Source::Image { uri: released.prepared.parcel.read::<String>().unwrap().to_string() };
        let manner = Manner::of(&source);
        let place = (wish.environment.clone(), copy.0.clone(), copy.1);
        self.machine.pass(50).await;
        {
            let mut inner = self.machine.lock();
            inner.networks.insert(wish.environment.clone());
            let new = Container { state: State::Created, well: None, sick: None, ends: None };
            inner.containers.entry(place.clone()).or_insert(new);
        }
        let long = { self.machine.lock().chance.one_in(8) };
        self.machine.pass(if long { 6000 } else { 200 }).await;
        self.fault("Starting web", 25)?;
        let mut inner = self.machine.lock();
        if manner == Manner::Dead {
            return Err(Failure::new("Starting web", "there is no such program"));
        }
        let now = inner.now();
        let mut after = |most: u64| now.saturating_add(Duration::from_millis(inner.chance.below(most)));
        let (well, mut sick, mut ends) = match manner {
            Manner::Good | Manner::Exclusive => (Some(after(2000)), None, None),
            Manner::Slow => (Some(after(80_000)), None, None),
            Manner::Weak => (Some(after(2000)), Some(after(90_000)), None),
            Manner::Crash => (None, None, Some(after(5000))),
            Manner::Never | Manner::Dead | Manner::Broken => (None, None, None),
        };
        let (sickens, dies) = (after(60_000), after(60_000));
        if inner.faults && inner.chance.one_in(20) {
            sick = Some(sickens);
        }
        if inner.faults && inner.chance.one_in(20) {
            ends = ends.or(Some(dies));
        }
        if let Some(container) = inner.containers.get_mut(&place) {
            *container = Container { state: State::Running { since: now }, well, sick, ends };
        }
        Ok(())
    }

    /// Tells the balancer who answers.
    fn route(&self) {
        self.with(|all| {
            let mut inner = self.machine.lock();
            let now = inner.now();
            let mut names: BTreeMap<&str, &EnvironmentId> = BTreeMap::new();
            let mut broken = Vec::new();
            for (id, wish) in all.iter().filter_map(|(id, known)| Some((id, known.wish.as_ref()?))) {
                for host in &wish.hosts {
                    if let Some(other) = names.insert(host, id) {
                        broken.push(format!("{host} leads to {other} and to {id}"));
                    }
                }
                if wish.hosts.len() > 1 {
                    broken.push(format!("{id} has the names {:?}", wish.hosts));
                }
            }
            for (id, known) in all.iter().filter(|(_, known)| known.generation > 0) {
                let new = known.wish.iter().flat_map(|wish| wish.serving());
                let new =
                    new.map(|copy| (copy.instance.clone(), copy.release)).filter(|copy| !known.routed.contains(copy));
                for copy in new.filter(|copy| !known.proved.contains(copy)) {
                    if inner.rules.deploys(id, copy.1) {
                        broken.push(format!("{id}: {copy:?} gets requests and was never found to be well"));
                    }
                }
            }
            broken.into_iter().for_each(|what| inner.rules.broken(now, what));
            for known in all.values_mut() {
                let Some(wish) = &known.wish else { continue };
                let serves: BTreeSet<CopyId> =
                    wish.serving().map(|copy| (copy.instance.clone(), copy.release)).collect();
                for left in known.routed.difference(&serves) {
                    let most = if inner.chance.one_in(20) { 100_000 } else { 3000 };
                    let until = now.saturating_add(Duration::from_millis(inner.chance.below(most)));
                    known.busy.insert(left.clone(), Busy { since: now, until });
                }
                known.busy.retain(|copy, _| !serves.contains(copy));
                known.routed = serves;
            }
        });
    }

    /// Stops what is to rest, and removes what is not wished any more.
    async fn dismiss(&self, wish: &Arc<Wish>) -> Result<(), Failure> {
        let id = &wish.environment;
        let there: Vec<CopyId> = {
            let inner = self.machine.lock();
            let own = inner.containers.keys().filter(|(environment, ..)| environment == id);
            own.map(|(_, instance, release)| (instance.clone(), *release)).collect()
        };
        for copy in there {
            let is = |other: &&Copy| (&other.instance, other.release) == (&copy.0, copy.1);
            match wish.copies.iter().find(is).map(|copy| copy.duty) {
                Some(Duty::Serve | Duty::Idle) => {}
                Some(Duty::Rest | Duty::Keep) => {
                    self.machine.pass(300).await;
                    let mut inner = self.machine.lock();
                    let now = inner.now();
                    if let Some(container) = inner.containers.get_mut(&(id.clone(), copy.0, copy.1))
                        && matches!(container.state(now), State::Running { .. })
                    {
                        container.state = State::Stopped;
                    }
                }
                None => {
                    if !self.known(id, |known| known.leaving.insert(copy.clone())) {
                        continue;
                    }
                    self.count_the_lost(id, &copy, wish.configuration.deployment.healthy_interval);
                    let (fleet, id) = (self.clone(), id.clone());
                    tokio::spawn(async move {
                        fleet.machine.pass(3000).await;
                        fleet.machine.lock().containers.remove(&(id.clone(), copy.0.clone(), copy.1));
                        fleet.with(|all| {
                            let Some(known) = all.get_mut(&id) else { return };
                            known.leaving.remove(&copy);
                            known.checks.remove(&copy);
                            known.failed.remove(&copy);
                            known.happened.notify_one();
                        });
                    });
                }
            }
        }
        Ok(())
    }

    /// One that goes has answered what it had begun, if it could.
    fn count_the_lost(&self, id: &EnvironmentId, copy: &CopyId, looked: Duration) {
        self.known(id, |known| {
            let mut inner = self.machine.lock();
            let now = inner.now();
            let Some(busy) = known.busy.get(copy) else { return };
            // Whoever was found to be unwell a moment ago may be well by now.
            let before = busy.since.saturating_add(looked);
            let well = inner
                .containers
                .get(&(id.clone(), copy.0.clone(), copy.1))
                .is_some_and(|container| container.is_well(now) && container.is_well(before.min(now)));
            let patient = now >= busy.since.saturating_add(PATIENCE);
            if well && now < busy.until && !patient && inner.rules.loses_nothing(id) {
                inner.rules.broken(now, format!("{id}: {copy:?} goes with requests that it has begun"));
            }
        });
    }

    async fn apply_all(&self, wishes: Vec<Wish>) -> Result<(), Failure> {
        self.machine.pass(5).await;
        self.fault("Applying", 60)?;
        let wishes: Vec<Arc<Wish>> = wishes.into_iter().map(Arc::new).collect();
        for wish in &wishes {
            self.known(&wish.environment, |known| known.wish = Some(Arc::clone(wish)));
        }
        for wish in &wishes {
            self.make(wish);
            self.machine.pass(5).await;
        }
        self.fault("Making the network", 80)?;
        self.route();
        self.machine.pass(5).await;
        self.fault("Setting up the load balancer", 80)?;
        for wish in &wishes {
            self.dismiss(wish).await?;
            let id = &wish.environment;
            self.machine.lock().images.retain(|(other, release)| other != id || wish.known.contains(release));
            self.known(id, |known| {
                known.generation += 1;
                known.happened.notify_one();
            });
        }
        Ok(())
    }

    async fn remove_all(&self, id: EnvironmentId) -> Result<(), Failure> {
        self.machine.pass(5).await;
        self.known(&id, |known| known.wish = None);
        self.route();
        while self.known(&id, |known| !known.starting.is_empty()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        loop {
            self.machine.pass(100).await;
            self.fault("Removing the containers", 40)?;
            let mut inner = self.machine.lock();
            let Some(place) = inner.containers.keys().find(|(other, ..)| *other == id).cloned() else { break };
            inner.containers.remove(&place);
        }
        self.machine.pass(5).await;
        self.machine.lock().networks.remove(&id);
        self.machine.pass(5).await;
        self.machine.lock().images.retain(|(other, _)| *other != id);
        self.with(|all| all.remove(&id)).inspect(|known| known.happened.notify_one());
        Ok(())
    }

    async fn prepare_one(&self, order: Order, tell: mpsc::Sender<Told>) -> Result<Prepared, Failure> {
        self.machine.pass(500).await;
        let slow = { self.machine.lock().chance.one_in(5) };
        if slow {
            self.machine.pass(20_000).await;
        }
        let _ = tell.send(Told::info(format!("The deployment {} is being prepared.", order.release))).await;
        self.machine.lock().images.insert((order.environment.clone(), order.release));
        self.machine.pass(50).await;
        self.fault("Building the image", 25)?;
        let manner = Manner::of(&order.source);
        if manner == Manner::Broken {
            return Err(Failure::new("Building the image", "the Dockerfile has no FROM"));
        }
        let Source::Image { uri } = order.source else { return Err(Failure::new("Reading", "no image")) };
        Ok(Prepared {
            settings: Vec::new(),
            exclusive: manner == Manner::Exclusive,
            parcel: Parcel::new(&uri).unwrap(),
        })
    }
}

impl Container {
    /// How it is by now.
    pub(crate) fn state(&self, now: Timestamp) -> State {
        match self.state {
            State::Running { .. } if self.ends.is_some_and(|ends| now >= ends) => State::Ended,
            state => state,
        }
    }

    pub(crate) fn is_well(&self, now: Timestamp) -> bool {
        let sick = self.sick.is_some_and(|sick| now >= sick);
        matches!(self.state(now), State::Running { .. }) && !sick && self.well.is_some_and(|well| now >= well)
    }
}

impl Fleet for Simulated {
    fn prepare(&self, order: Order, tell: mpsc::Sender<Told>) -> Doing<'_, Result<Prepared, Failure>> {
        Box::pin(self.prepare_one(order, tell))
    }

    fn check(&self, _: &Configuration) -> Result<(), Failure> {
        Ok(())
    }

    fn provide(&self, _: DatabaseOrder, _: mpsc::Sender<Told>) -> Doing<'_, Result<(), Failure>> {
        Box::pin(async { Ok(()) })
    }

    fn apply(&self, wishes: Vec<Wish>) -> Doing<'_, Result<(), Failure>> {
        Box::pin(self.apply_all(wishes))
    }

    fn guard(&self, _: Vec<Gate>) -> Doing<'_, Result<(), Failure>> {
        Box::pin(async {
            self.machine.pass(2).await;
            self.fault("Writing the rules", 100)
        })
    }

    fn observe(&self, environment: &EnvironmentId) -> watch::Receiver<Arc<Observation>> {
        self.known(environment, |known| known.seen.subscribe())
    }

    fn fulfilled(&self, environment: &EnvironmentId) -> u64 {
        self.known(environment, |known| known.generation)
    }

    fn remove(&self, environment: EnvironmentId) -> Doing<'_, Result<(), Failure>> {
        Box::pin(self.remove_all(environment))
    }

    fn make_task(&self, _: Wish, _: ReleaseId, _: Task) -> Doing<'_, Result<String, Failure>> {
        Box::pin(async { Err(Failure::new("Making a task", "there are none here")) })
    }

    fn logs(&self, _: EnvironmentId, _: InstanceId, _: LogKind) -> Doing<'_, Result<Vec<LogFile>, Failure>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn tell_health(&self, _: EnvironmentId, _: String, _: Timestamp) {}

    fn address(&self) -> String {
        "127.0.0.1".into()
    }
}

impl Simulated {
    /// What is wrong with where requests go, when nothing more is to be done.
    pub(crate) fn at_rest(&self, service: &beanstalk::Beanstalk) -> Vec<String> {
        let state = service.state();
        let mut wrong = Vec::new();
        let going = state.applications.values().filter(|application| application.deleting.is_some());
        wrong.extend(going.map(|application| format!("the application {} is not deleted yet", application.name)));
        for environment in state.environments.values().filter(|environment| !environment.life.is_terminated()) {
            if state.application(&environment.region, environment.application.as_str()).is_err() {
                wrong.push(format!("{} has no application", environment.name));
            }
        }
        self.with(|all| {
            for environment in state.environments.values() {
                let known = all.get(&environment.id);
                let (id, name) = (&environment.id, &environment.name);
                if environment.life.is_terminated() {
                    if known.is_some_and(|known| known.wish.is_some()) {
                        wrong.push(format!("{name} ({id}) is terminated, and requests find it"));
                    }
                    continue;
                }
                let Some(wish) = known.and_then(|known| known.wish.as_ref()) else {
                    if environment.current.is_some() {
                        wrong.push(format!("{name} ({id}) is not known to the fleet"));
                    }
                    continue;
                };
                let hosts: Vec<String> = service.host(environment).into_iter().collect();
                if wish.hosts != hosts {
                    wrong.push(format!("{name} ({id}) answers to {:?} instead of {hosts:?}", wish.hosts));
                }
                if wish.copies != environment.copies {
                    wrong.push(format!("{name} ({id}) has other copies than it is to have"));
                }
            }
        });
        wrong
    }
}
