//! What was seen of an environment, minute by minute: what triggers look at, and what metrics are made of.
//!
//! It is kept in memory only, and not for long ([`limits::HISTORY`]).

use std::collections::VecDeque;
use std::time::Duration;

use words::Timestamp;

use crate::environment::Environment;
use crate::fleet::{CopyState, Observation, Totals};
use crate::limits;

/// Values that were taken: how many, and what they come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The least.
    pub minimum: f64,
    /// The greatest.
    pub maximum: f64,
    /// All together.
    pub sum: f64,
    /// How many.
    pub count: f64,
}

impl Spread {
    /// One value.
    pub fn of(value: f64) -> Self {
        Self { minimum: value, maximum: value, sum: value, count: 1.0 }
    }

    /// The mean.
    pub fn average(&self) -> f64 {
        if self.count > 0.0 { self.sum / self.count } else { 0.0 }
    }

    /// These and others.
    pub fn and(self, other: Self) -> Self {
        Self {
            minimum: self.minimum.min(other.minimum),
            maximum: self.maximum.max(other.maximum),
            sum: self.sum + other.sum,
            count: self.count + other.count,
        }
    }

    /// Both, if there are both.
    pub fn join(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(one.and(other)),
            (one, other) => one.or(other),
        }
    }
}

/// What was seen in one minute.
#[derive(Debug, Clone, PartialEq)]
pub struct Minute {
    /// Its number since 1970.
    pub number: i64,
    /// What went through the balancer.
    pub traffic: Totals,
    /// How long answers took, in seconds: P10, P50, P75, P85, P90, P95, P99, P99.9, each the worst of its ten-second
    /// periods; nothing without requests.
    pub latency: Option<[f64; 8]>,
    /// Use of the processors by instances, in percent.
    pub cpu: Option<Spread>,
    /// Instances that answer as they should.
    pub healthy: Spread,
    /// Instances that do not.
    pub unhealthy: Spread,
    /// Instances that are there.
    pub instances: Spread,
}

impl Minute {
    /// When it began.
    pub fn start(&self) -> Timestamp {
        Timestamp::from_nanos(i128::from(self.number) * 60_000_000_000).unwrap_or_else(Timestamp::now)
    }
}

/// The last minutes of an environment.
#[derive(Debug, Clone, Default)]
pub struct History {
    minutes: VecDeque<Minute>,
    /// What the balancer had counted when it was asked last.
    totals: Option<Totals>,
    last: Option<Timestamp>,
}

/// The number of a moment's minute.
pub fn minute_of(moment: Timestamp) -> i64 {
    moment.seconds().div_euclid(60)
}

impl History {
    /// The minutes that are known, oldest first. The last one is not over yet.
    pub fn minutes(&self) -> impl DoubleEndedIterator<Item = &Minute> {
        self.minutes.iter()
    }

    /// Adds what is seen now. At least `keep` minutes are kept.
    pub(crate) fn add(&mut self, environment: &Environment, seen: &Observation, unhealthy_after: u32, keep: Duration) {
        let Some(at) = seen.at else { return };
        if self.last.is_some_and(|last| at <= last) {
            return;
        }
        self.last = Some(at);
        // A balancer that has counted less than before has begun anew.
        let traffic = match self.totals {
            Some(before) => seen.totals.since(&before).unwrap_or(seen.totals),
            None => Totals::default(),
        };
        self.totals = Some(seen.totals);
        let copies: Vec<_> = environment.serving().collect();
        let fine = copies.iter().filter(|copy| {
            seen.of(copy)
                .is_some_and(|seen| matches!(seen.state, CopyState::Running { .. }) && seen.failed < unhealthy_after)
        });
        #[expect(clippy::cast_precision_loss, reason = "there are few instances")]
        let (healthy, all) = (fine.count() as f64, copies.len() as f64);
        let used = copies.iter().filter_map(|copy| seen.of(copy)?.cpu).map(|cpu| Spread::of(cpu.user + cpu.system));
        let now = Minute {
            number: minute_of(at),
            traffic,
            latency: seen.traffic.latency.map(|all| all.map(|one| one.as_secs_f64())),
            cpu: used.reduce(Spread::and),
            healthy: Spread::of(healthy),
            unhealthy: Spread::of(all - healthy),
            instances: Spread::of(all),
        };
        match self.minutes.back_mut().filter(|last| last.number == now.number) {
            Some(last) => last.take(now),
            None => self.minutes.push_back(now),
        }
        let most = usize::try_from(keep.as_secs() / 60).unwrap_or(0).max(limits::HISTORY) + 1;
        while self.minutes.len() > most {
            self.minutes.pop_front();
        }
    }

    /// A history of these minutes.
    #[cfg(test)]
    pub(crate) fn of(minutes: Vec<Minute>) -> Self {
        Self { minutes: minutes.into(), ..Self::default() }
    }
}

impl Minute {
    fn take(&mut self, later: Self) {
        self.traffic = self.traffic.and(&later.traffic);
        self.latency = match (self.latency, later.latency) {
            (Some(mut one), Some(other)) => {
                for (mine, theirs) in one.iter_mut().zip(other) {
                    *mine = mine.max(theirs);
                }
                Some(one)
            }
            (one, other) => one.or(other),
        };
        self.cpu = Spread::join(self.cpu, later.cpu);
        self.healthy = self.healthy.and(later.healthy);
        self.unhealthy = self.unhealthy.and(later.unhealthy);
        self.instances = self.instances.and(later.instances);
    }
}
