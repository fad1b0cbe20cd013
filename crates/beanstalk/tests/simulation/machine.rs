//! The machine: what is there whether a daemon lives or not, the time, and chance.

use std::collections::{BTreeMap, BTreeSet};
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use beanstalk::fleet::ReleaseId;
use beanstalk::{EnvironmentId, InstanceId, World};
use store::{Batch, Error, Medium, Writing};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;
use words::Timestamp;

use crate::rules::Rules;

/// One release on one instance of an environment.
pub(crate) type Place = (EnvironmentId, InstanceId, ReleaseId);

/// Numbers that all come from one seed (splitmix64, by Sebastiano Vigna).
#[derive(Debug)]
pub(crate) struct Chance(pub(crate) u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// Does happen what happens so seldom?
    pub(crate) fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }
}

/// What runs on the machine for a copy.
#[derive(Debug, Clone)]
pub(crate) struct Container {
    pub(crate) state: State,
    /// From when on its application is well; never, if not given.
    pub(crate) well: Option<Timestamp>,
    /// From when on it is so no more.
    pub(crate) sick: Option<Timestamp>,
    /// When it ends by itself.
    pub(crate) ends: Option<Timestamp>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Created,
    Running {
        since: Timestamp,
    },
    /// Stopped because somebody wanted it.
    Stopped,
    /// Ended by itself.
    Ended,
}

type Table = BTreeMap<String, Vec<u8>>;
type Answer = oneshot::Sender<Result<(), Error>>;

/// A batch that is not durable yet.
#[derive(Debug)]
struct Queued {
    serial: u64,
    batch: Batch,
    answer: Answer,
}

/// Everything, under one lock.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) chance: Chance,
    /// When this life of the daemon began, and by which clock it counts.
    epoch: Timestamp,
    began: Option<Instant>,
    /// Boundaries that were passed in this life, and the one at which it ends.
    passed: u64,
    end: Option<u64>,
    dead: bool,
    /// Things go wrong.
    pub(crate) faults: bool,
    serial: u64,
    tables: BTreeMap<&'static str, Table>,
    queued: Vec<Queued>,
    pub(crate) containers: BTreeMap<Place, Container>,
    pub(crate) images: BTreeSet<(EnvironmentId, ReleaseId)>,
    pub(crate) networks: BTreeSet<EnvironmentId>,
    pub(crate) rules: Rules,
    trace: Vec<String>,
}

impl Inner {
    pub(crate) fn now(&self) -> Timestamp {
        let elapsed = self.began.map_or(Duration::ZERO, |began| began.elapsed());
        self.epoch.saturating_add(Duration::from_millis(u64::try_from(elapsed.as_millis()).unwrap()))
    }

    pub(crate) fn say(&mut self, what: impl Into<String>) {
        let line = format!("{} {}", self.now(), what.into());
        if std::env::var_os("TRACE").is_some() {
            eprintln!("{line}");
        }
        self.trace.push(line);
    }

    /// A moment between two lines: the daemon may die here.
    fn pass(&mut self) {
        self.passed += 1;
        if self.end.is_some_and(|end| self.passed >= end) {
            self.dead = true;
        }
    }

    fn write_through(&mut self, serial: u64) -> Vec<Answer> {
        let after = self.queued.iter().position(|queued| queued.serial > serial).unwrap_or(self.queued.len());
        let mut answers = Vec::new();
        for Queued { batch, answer, .. } in self.queued.drain(..after) {
            for (table, key, value) in batch.changes() {
                let table = self.tables.entry(table).or_default();
                match value {
                    Some(value) => table.insert(key.to_owned(), value.to_vec()),
                    None => table.remove(key),
                };
            }
            answers.push(answer);
        }
        answers
    }
}

#[derive(Debug)]
struct Shared {
    inner: Mutex<Inner>,
    died: Notify,
}

/// The machine. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Machine(Arc<Shared>);

impl Machine {
    pub(crate) fn new(seed: u64) -> Self {
        let inner = Inner {
            chance: Chance(seed),
            epoch: "2026-11-24T10:00:00Z".parse().unwrap(),
            began: None,
            passed: 0,
            end: None,
            dead: false,
            faults: false,
            serial: 0,
            tables: BTreeMap::new(),
            queued: Vec::new(),
            containers: BTreeMap::new(),
            images: BTreeSet::new(),
            networks: BTreeSet::new(),
            rules: Rules::default(),
            trace: Vec::new(),
        };
        Self(Arc::new(Shared { inner: Mutex::new(inner), died: Notify::new() }))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A daemon starts, and dies at this boundary.
    pub(crate) fn boot(&self, end: Option<u64>, faults: bool) {
        let mut inner = self.lock();
        (inner.began, inner.passed, inner.end, inner.dead, inner.faults) =
            (Some(Instant::now()), 0, end, false, faults);
        inner.say(format!("boot, faults {faults}"));
    }

    /// The daemon is gone. Of what it had not been told to be durable, some is so all the same.
    pub(crate) fn lose(&self) {
        let mut inner = self.lock();
        inner.say("the daemon is gone");
        let queued = inner.queued.len() as u64;
        let written = inner.chance.below(queued + 1);
        let serial = usize::try_from(written).unwrap().checked_sub(1).map(|last| inner.queued[last].serial);
        serial.map(|serial| inner.write_through(serial));
        inner.queued.clear();
        let away = Duration::from_millis(inner.chance.below(5000));
        inner.epoch = inner.now().saturating_add(away);
        inner.began = None;
        inner.dead = true;
        let tables = inner.tables.clone();
        inner.rules.reopened(&tables);
    }

    /// Waits until the daemon dies.
    pub(crate) async fn died(&self) {
        while !self.lock().dead {
            self.0.died.notified().await;
        }
    }

    /// A moment between two effects, of so many milliseconds at most.
    pub(crate) async fn pass(&self, most: u64) {
        let (dead, delay) = {
            let mut inner = self.lock();
            inner.pass();
            (inner.dead, inner.chance.below(most + 1))
        };
        if !dead && delay > 0 {
            tokio::time::sleep(Duration::from_millis(delay)).await;
        }
        if dead || self.lock().dead {
            self.0.died.notify_one();
            pending::<()>().await;
        }
    }

    /// What is left to be done, if anything is.
    pub(crate) fn unrest(&self) -> Option<String> {
        self.lock().rules.unrest()
    }

    pub(crate) fn trace(&self) -> String {
        self.lock().trace.join("\n")
    }
}

impl World for Machine {
    fn now(&self) -> Timestamp {
        self.lock().now()
    }

    fn environment(&self) -> EnvironmentId {
        let mut inner = self.lock();
        inner.serial += 1;
        format!("e-{:0>10}", inner.serial).parse().unwrap()
    }

    fn instance(&self) -> InstanceId {
        let mut inner = self.lock();
        inner.serial += 1;
        format!("i-{:017x}", inner.serial).parse().unwrap()
    }
}

impl Medium for Machine {
    fn read(&self, table: &'static str) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let table = self.lock().tables.get(table).cloned();
        Ok(table.into_iter().flatten().collect())
    }

    fn write(&self, batch: Batch) -> Writing {
        let (serial, delay, receiver) = {
            let mut inner = self.lock();
            let before = inner.dead;
            inner.pass();
            if before || inner.dead && inner.chance.one_in(2) {
                self.0.died.notify_one();
                return Box::pin(pending());
            }
            inner.serial += 1;
            let (serial, delay, now) = (inner.serial, inner.chance.below(5), inner.now());
            let said = inner.rules.written(batch.changes(), now);
            said.into_iter().for_each(|line| inner.say(line));
            let (answer, receiver) = oneshot::channel();
            inner.queued.push(Queued { serial, batch, answer });
            (serial, delay, receiver)
        };
        let machine = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            if machine.lock().dead {
                return machine.0.died.notify_one();
            }
            let answers = machine.lock().write_through(serial);
            machine.pass(0).await;
            for answer in answers {
                let _ = answer.send(Ok(()));
            }
        });
        Box::pin(async move { receiver.await.map_err(|_| Error::Closed)? })
    }
}
