//! Targets and their groups while they work: who is next.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;

use crate::clock::Moment;
use crate::dial;
use crate::error::Error;
use crate::figures::{Figures, Recorder};
use crate::health::{Cause, State, Tally, TargetHealth};
use crate::http2::Streams;
use crate::link::Pool;
use crate::routing::{Algorithm, GroupId, HealthCheck, Target, TargetGroup, TargetProtocol};
use crate::ticket::Tickets;

/// A full share, where targets have shares of different size.
const SHARE: u64 = 1000;

/// One target; it is the same one as long as its group has it under one id and address.
pub(crate) struct TargetState {
    pub(crate) target: Target,
    pub(crate) group: GroupId,
    pub(crate) protocol: TargetProtocol,
    /// With what is spoken to it in TLS, if it is.
    pub(crate) tls: Option<TlsConnector>,
    /// What cookies say in place of its name.
    pub(crate) tag: [u8; 8],
    tally: Mutex<Tally>,
    /// When it became healthy; 0 is not now.
    healthy: AtomicU64,
    /// When its slow start began; 0 is that it has its whole share.
    rises: AtomicU64,
    /// When it must be gone; 0 is never.
    leaves: AtomicU64,
    /// Whether it was found without requests since it left. It must be twice: one may just be on its way.
    quiet: AtomicBool,
    pub(crate) outstanding: AtomicU32,
    pub(crate) recorder: Recorder,
    pub(crate) pool: Pool,
    pub(crate) streams: Streams,
    pub(crate) tickets: Tickets,
    checker: Mutex<Option<(AbortHandle, HealthCheck)>>,
}

impl TargetState {
    pub(crate) fn new(target: Target, group: GroupId, protocol: TargetProtocol, tag: [u8; 8]) -> Result<Self, Error> {
        Ok(Self {
            target,
            group,
            protocol,
            tls: (protocol == TargetProtocol::Https1).then(dial::tls).transpose()?,
            tag,
            tally: Mutex::new(Tally::new()),
            healthy: AtomicU64::new(0),
            rises: AtomicU64::new(0),
            leaves: AtomicU64::new(0),
            quiet: AtomicBool::new(false),
            outstanding: AtomicU32::new(0),
            recorder: Recorder::default(),
            pool: Pool::default(),
            streams: Streams::default(),
            tickets: Tickets::default(),
            checker: Mutex::new(None),
        })
    }

    /// Takes a check's result; tells whether anything is new. Who becomes healthy starts slowly where others can take
    /// what it does not.
    pub(crate) fn take(&self, result: Result<(), Cause>, check: &HealthCheck, slowly: bool, now: Moment) -> bool {
        let mut tally = self.tally.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = tally.take(result, check, now);
        if tally.health().state != State::Healthy {
            self.healthy.store(0, Relaxed);
        } else if self.healthy.load(Relaxed) == 0 {
            self.rises.store(if slowly { now.0 } else { 0 }, Relaxed);
            self.healthy.store(now.0, Relaxed);
        }
        changed
    }

    pub(crate) fn pause(&self, check: &HealthCheck) -> Duration {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).pause(check)
    }

    /// What is known of it, in a group that is used or is not.
    pub(crate) fn health(&self, used: bool) -> TargetHealth {
        if self.leaves.load(Relaxed) != 0 {
            return TargetHealth { state: State::Draining, cause: None };
        }
        if !used {
            return TargetHealth { state: State::Unused, cause: None };
        }
        self.tally.lock().unwrap_or_else(PoisonError::into_inner).health()
    }

    pub(crate) fn is_healthy(&self) -> bool {
        self.healthy.load(Relaxed) != 0
    }

    pub(crate) fn figures(&self, now: Moment) -> Figures {
        self.recorder.figures(self.outstanding.load(Relaxed), now)
    }

    /// Whether it has left its group.
    pub(crate) fn is_leaving(&self) -> bool {
        self.leaves.load(Relaxed) != 0
    }

    /// It has left its group: what it has begun may go on for so long.
    pub(crate) fn leave(&self, delay: Duration, now: Moment) {
        self.leaves.store(now.0 + delay.as_millis() as u64, Relaxed);
        self.stop_checks();
        self.pool.clear();
    }

    /// Whether it is gone, all its connections ended; ends them if it is time.
    pub(crate) fn is_gone(&self, now: Moment) -> bool {
        let quiet = self.outstanding.load(Relaxed) == 0 && self.quiet.swap(true, Relaxed);
        if !quiet && now.0 < self.leaves.load(Relaxed) {
            return false;
        }
        self.pool.clear();
        self.tickets.each(|ticket| ticket.cut());
        true
    }

    /// Whether its checks run, and are these.
    pub(crate) fn is_checked_by(&self, check: &HealthCheck) -> bool {
        let checker = self.checker.lock().unwrap_or_else(PoisonError::into_inner);
        checker.as_ref().is_some_and(|(_, running)| running == check)
    }

    pub(crate) fn set_checker(&self, task: AbortHandle, check: HealthCheck) {
        let before = self.checker.lock().unwrap_or_else(PoisonError::into_inner).replace((task, check));
        if let Some((task, _)) = before {
            task.abort();
        }
    }

    pub(crate) fn stop_checks(&self) {
        if let Some((task, _)) = self.checker.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
    }

    /// Its share, rising from when its slow start began.
    fn share(&self, slow_start: Duration, now: Moment) -> u64 {
        let rises = self.rises.load(Relaxed);
        if slow_start.is_zero() || rises == 0 {
            return SHARE;
        }
        let (age, whole) = (now.since(Moment(rises)).as_millis() as u64, slow_start.as_millis().max(1) as u64);
        (SHARE * age / whole).clamp(SHARE / 100, SHARE)
    }
}

/// A group as one routing has it.
pub(crate) struct GroupState {
    pub(crate) id: GroupId,
    pub(crate) config: TargetGroup,
    pub(crate) targets: Vec<Arc<TargetState>>,
    /// With what checks are done in TLS, if they are.
    pub(crate) check_tls: Option<TlsConnector>,
    /// Whether any listener leads to it.
    pub(crate) used: bool,
    turn: AtomicUsize,
    shares: Mutex<Shares>,
}

impl GroupState {
    pub(crate) fn new(
        id: GroupId,
        config: TargetGroup,
        targets: Vec<Arc<TargetState>>,
        used: bool,
    ) -> Result<Self, Error> {
        let check_tls = config.health_check.probe.is_encrypted().then(dial::tls).transpose()?;
        let shares = Mutex::new(Shares::new(targets.len()));
        Ok(Self { id, config, targets, check_tls, used, turn: AtomicUsize::new(0), shares })
    }

    /// Whether who becomes healthy now starts slowly. As with AWS's balancer it does only beside one that has its whole
    /// share: those that came at the same time, or were there when slow starts were turned on, are alike.
    pub(crate) fn starts_slowly(&self, now: Moment) -> bool {
        let slow = self.config.slow_start;
        let whole = |target: &Arc<TargetState>| target.is_healthy() && target.share(slow, now) == SHARE;
        !slow.is_zero() && self.targets.iter().any(whole)
    }

    /// Who is next: one of the healthy targets, or of all where none is healthy, as AWS's balancer fails open.
    pub(crate) fn pick(&self, not: Option<&Arc<TargetState>>, algorithm: Algorithm) -> Option<Arc<TargetState>> {
        let open = !self.targets.iter().any(|target| target.is_healthy());
        let able = |target: &&Arc<TargetState>| {
            (open || target.is_healthy()) && not.is_none_or(|not| !Arc::ptr_eq(target, not)) && !target.is_leaving()
        };
        let count = self.targets.iter().filter(able).count();
        if count <= 1 {
            return self.targets.iter().find(able).cloned();
        }
        let turn = self.turn.fetch_add(1, Relaxed);
        let slow = self.config.slow_start;
        match algorithm {
            Algorithm::RoundRobin if slow.is_zero() => self.targets.iter().filter(able).nth(turn % count).cloned(),
            Algorithm::RoundRobin => {
                let now = Moment::now();
                let share = |target| if able(&target) { target.share(slow, now) } else { 0 };
                let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
                let next = shares.next(self.targets.iter().map(share))?;
                self.targets.get(next).cloned()
            }
            Algorithm::LeastOutstandingRequests => {
                let now = Moment::now();
                let load = |target: &&Arc<TargetState>| {
                    (u64::from(target.outstanding.load(Relaxed)) + 1) * SHARE * SHARE / target.share(slow, now)
                };
                let all = self.targets.iter().filter(able);
                let start = turn % count;
                let (before, after) = (all.clone().take(start), all.skip(start));
                after.chain(before).min_by_key(load).cloned()
            }
        }
    }
}

/// Smooth weighted choice: of any W choices in a row, W being the sum of the weights, each gets exactly its weight's
/// number, and they are spread. (Each choice everyone is credited with its weight, and who has most pays the sum.)
#[derive(Debug)]
pub(crate) struct Shares(Vec<i64>);

impl Shares {
    pub(crate) fn new(count: usize) -> Self {
        Self(vec![0; count])
    }

    /// Which one is next; none if all weights are 0.
    pub(crate) fn next(&mut self, weights: impl Iterator<Item = u64>) -> Option<usize> {
        let (mut sum, mut best) = (0, None);
        for (at, (credit, weight)) in self.0.iter_mut().zip(weights).enumerate() {
            if weight == 0 {
                *credit = 0;
                continue;
            }
            *credit += weight as i64;
            sum += weight as i64;
            if best.is_none_or(|(_, most)| *credit > most) {
                best = Some((at, *credit));
            }
        }
        let (next, _) = best?;
        *self.0.get_mut(next)? -= sum;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::{Probe, TargetId};

    #[test]
    fn shares_are_exact_and_spread() {
        let weights = [90u64, 10, 0, 5];
        let mut shares = Shares::new(4);
        for _ in 0..3 {
            let mut found = [0; 4];
            let mut last = None;
            for at in 0..105 {
                let next = shares.next(weights.iter().copied()).unwrap();
                found[next] += 1;
                if next == 1 {
                    assert!(last.is_none_or(|last| at - last >= 9), "at {last:?} and {at}");
                    last = Some(at);
                }
            }
            assert_eq!(found, weights);
        }
        assert_eq!(shares.next([0, 0, 0, 0].into_iter()), None);
    }

    pub(crate) fn check() -> HealthCheck {
        HealthCheck {
            probe: Probe::Tcp,
            port: None,
            interval: Duration::from_secs(15),
            timeout: Duration::from_secs(5),
            healthy_threshold: 1,
            unhealthy_threshold: 1,
        }
    }

    fn group(slow_start: u64, count: u16) -> GroupState {
        let config = TargetGroup {
            protocol: TargetProtocol::Http1,
            targets: Vec::new(),
            algorithm: Algorithm::RoundRobin,
            slow_start: Duration::from_secs(slow_start),
            stickiness: None,
            health_check: check(),
            idle_timeout: Duration::from_secs(60),
            deregistration_delay: Duration::ZERO,
        };
        let id = GroupId::new("g");
        let target = |port: u16| {
            let target = Target { id: TargetId::new(port.to_string()), address: ([127, 0, 0, 1], port).into() };
            Arc::new(TargetState::new(target, id.clone(), TargetProtocol::Http1, [0; 8]).unwrap())
        };
        GroupState::new(id.clone(), config, (1..=count).map(target).collect(), true).unwrap()
    }

    fn ports(group: &GroupState, algorithm: Algorithm, count: usize) -> Vec<u16> {
        (0..count).map(|_| group.pick(None, algorithm).unwrap().target.address.port()).collect()
    }

    #[test]
    fn the_healthy_get_requests_and_all_if_none_is() {
        let group = group(0, 3);
        let mut all = ports(&group, Algorithm::RoundRobin, 3);
        all.sort_unstable();
        assert_eq!(all, [1, 2, 3]);
        let now = Moment::now();
        for at in [0, 2] {
            group.targets[at].take(Ok(()), &check(), false, now);
        }
        group.targets[1].take(Err(Cause::Refused), &check(), false, now);
        assert!(ports(&group, Algorithm::RoundRobin, 10).iter().all(|port| [1, 3].contains(port)));
        let other = group.pick(Some(&group.targets[0]), Algorithm::RoundRobin).unwrap();
        assert_eq!(other.target.address.port(), 3);
        for target in &group.targets {
            target.take(Err(Cause::TimedOut), &check(), false, now);
        }
        assert_eq!(ports(&group, Algorithm::RoundRobin, 3).len(), 3);
        let empty = GroupState::new(group.id.clone(), group.config.clone(), Vec::new(), true).unwrap();
        assert!(empty.pick(None, Algorithm::RoundRobin).is_none());
    }

    #[test]
    fn least_outstanding_is_who_has_least_and_ties_take_turns() {
        let group = group(0, 3);
        group.targets[0].outstanding.store(2, Relaxed);
        let found = ports(&group, Algorithm::LeastOutstandingRequests, 10);
        assert!(found.contains(&2) && found.contains(&3) && !found.contains(&1), "{found:?}");
        group.targets[1].outstanding.store(9, Relaxed);
        assert_eq!(ports(&group, Algorithm::LeastOutstandingRequests, 2), [3, 3]);
    }

    #[test]
    fn a_slow_start_rises_evenly() {
        let group = group(100, 2);
        let long_ago = Moment(1);
        group.targets[0].rises.store(long_ago.0, Relaxed);
        let share = |age: u64| group.targets[0].share(Duration::from_secs(100), Moment(1 + age * 1000));
        assert_eq!([share(0), share(25), share(50), share(100), share(1000)], [10, 250, 500, 1000, 1000]);
        group.targets[1].rises.store(long_ago.0, Relaxed);
        assert_eq!(group.targets[1].share(Duration::ZERO, long_ago), SHARE);
    }

    #[test]
    fn who_comes_beside_one_that_has_its_whole_share_starts_slowly() {
        let group = group(100, 3);
        let comes = |at: usize, moment: u64| {
            let now = Moment(moment * 1000);
            group.targets[at].take(Ok(()), &check(), group.starts_slowly(now), now);
        };
        let shares = |moment: u64| -> Vec<u64> {
            group.targets.iter().map(|target| target.share(group.config.slow_start, Moment(moment * 1000))).collect()
        };
        comes(0, 1);
        assert_eq!(shares(1)[0], SHARE);
        comes(1, 2);
        assert_eq!(shares(52)[..2], [SHARE, 500]);
        // The first one fails: nobody has a whole share, and who comes is not spared.
        group.targets[0].take(Err(Cause::Refused), &check(), false, Moment(53_000));
        comes(2, 54);
        assert_eq!(shares(54)[2], SHARE);
        comes(0, 60);
        assert_eq!(shares(60), [10, 580, SHARE]);
    }
}
