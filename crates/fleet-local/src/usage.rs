//! How much of its processors and its memory a copy uses.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use beanstalk::fleet::{Cpu, Load};
use beanstalk::option::instance::Limits;
use engine::container::usage::Usage;

/// What all containers of a copy have used up to a moment, and what they do at it.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    at: Instant,
    cpu: u64,
    cpu_system: u64,
    /// Threads that run or would run.
    active: u64,
    /// Bytes that they have now.
    memory: u64,
}

/// What is told of a copy by its readings.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// The last one.
    reading: Reading,
    /// Of the last two. Nothing, when a container has begun anew meanwhile.
    pub(crate) cpu: Option<Cpu>,
    /// Of all: like a machine's, it begins at nothing.
    pub(crate) load: Load,
}

/// Two readings that are closer say little: the kernel counts in steps.
const APART: Duration = Duration::from_millis(200);

/// Seconds that the three load averages are of.
///
/// Source: `kernel/sched/loadavg.c` in Linux: an exponentially weighted average.
const PERIODS: [f64; 3] = [60.0, 300.0, 900.0];

impl Reading {
    pub(crate) fn of(all: impl Iterator<Item = Usage>) -> Self {
        let mut reading = Self { at: Instant::now(), cpu: 0, cpu_system: 0, active: 0, memory: 0 };
        for usage in all {
            reading.cpu = reading.cpu.saturating_add(usage.cpu);
            reading.cpu_system = reading.cpu_system.saturating_add(usage.cpu_system);
            reading.active = reading.active.saturating_add(usage.active);
            reading.memory = reading.memory.saturating_add(usage.memory);
        }
        reading
    }

    /// What was used for so long, in percent of so many processors.
    fn cpu(&self, before: &Self, passed: Duration, processors: f64) -> Option<Cpu> {
        let all = self.cpu.checked_sub(before.cpu)?;
        let system = self.cpu_system.checked_sub(before.cpu_system)?.min(all);
        #[expect(clippy::cast_precision_loss, reason = "nanoseconds of seconds")]
        let percent = |used: u64| (used as f64 / 1e9 / passed.as_secs_f64() / processors * 100.0).min(100.0);
        Some(Cpu { user: percent(all - system), system: percent(system) })
    }

    fn load(&self, Load(before): Load, passed: Duration) -> Load {
        #[expect(clippy::cast_precision_loss, reason = "a host has fewer threads")]
        let active = self.active as f64;
        let average = |(before, period): (f64, f64)| {
            let kept = (-passed.as_secs_f64() / period).exp();
            before * kept + active * (1.0 - kept)
        };
        let [one, five, fifteen] = before;
        let [minute, longer, longest] = PERIODS;
        Load([(one, minute), (five, longer), (fifteen, longest)].map(average))
    }
}

impl Record {
    /// What is told when another reading has come.
    pub(crate) fn after(before: Option<&Self>, reading: Reading, processors: f64) -> Self {
        let Some(before) = before else { return Self { reading, cpu: None, load: Load::default() } };
        let passed = reading.at.saturating_duration_since(before.reading.at);
        if passed < APART {
            let reading = Reading { memory: reading.memory, ..before.reading.clone() };
            return Self { reading, ..before.clone() };
        }
        let cpu = reading.cpu(&before.reading, passed, processors);
        let load = reading.load(before.load, passed);
        Self { reading, cpu, load }
    }

    /// Bytes of memory that it has.
    pub(crate) fn memory(&self) -> u64 {
        self.reading.memory
    }
}

/// The processors that an instance may use: never more than there are.
pub(crate) fn processors(limits: Option<Limits>) -> f64 {
    // Asked once: the answer takes several files of the kernel's.
    static THERE: OnceLock<usize> = OnceLock::new();
    let there = *THERE.get_or_init(|| std::thread::available_parallelism().map_or(1, std::num::NonZero::get));
    let there = u32::try_from(there).map_or(f64::MAX, f64::from);
    limits.map_or(there, |limits| (f64::from(limits.cpu_millis) / 1000.0).min(there))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Milliseconds since a beginning, milliseconds of processor time, and how many threads are active.
    fn reading(start: Instant, millis: u64, cpu: u64, cpu_system: u64, active: u64) -> Reading {
        Reading {
            at: start + Duration::from_millis(millis),
            cpu: cpu * 1_000_000,
            cpu_system: cpu_system * 1_000_000,
            active,
            memory: cpu,
        }
    }

    #[test]
    fn what_is_used_is_a_part_of_what_may_be() {
        let start = Instant::now();
        let before = Record::after(None, reading(start, 0, 1000, 100, 0), 1.0);
        assert_eq!(before.cpu, None);
        for ((millis, cpu, cpu_system), processors, expected) in [
            ((1000, 1500, 200), 1.0, Some((40.0, 10.0))),
            ((1000, 1500, 200), 2.0, Some((20.0, 5.0))),
            ((1000, 1000, 100), 1.0, Some((0.0, 0.0))),
            // A container that was started anew.
            ((1000, 10, 1), 1.0, None),
        ] {
            let after = Record::after(Some(&before), reading(start, millis, cpu, cpu_system, 0), processors);
            assert_eq!(after.cpu.map(|cpu| (cpu.user.round(), cpu.system.round())), expected, "{after:?}");
        }
    }

    #[test]
    fn what_is_read_too_soon_changes_only_the_memory() {
        let start = Instant::now();
        let first = Record::after(None, reading(start, 0, 1000, 100, 0), 1.0);
        let second = Record::after(Some(&first), reading(start, 1000, 1500, 200, 3), 1.0);
        let third = Record::after(Some(&second), reading(start, 1100, 1600, 200, 0), 1.0);
        assert_eq!((third.cpu, third.load, third.memory()), (second.cpu, second.load, 1600));
        let fourth = Record::after(Some(&third), reading(start, 2000, 2000, 200, 0), 1.0);
        assert_eq!(fourth.cpu.map(|cpu| cpu.user.round()), Some(50.0), "since the second");
    }

    #[test]
    fn a_load_comes_near_to_what_is_active_by_its_period() {
        let start = Instant::now();
        let read = |record: Option<&Record>, seconds: u64, active| {
            Record::after(record, reading(start, seconds * 1000, 0, 0, active), 1.0)
        };
        let mut record = read(None, 0, 2);
        assert_eq!(record.load, Load([0.0; 3]));
        for seconds in (10..=60).step_by(10) {
            record = read(Some(&record), seconds, 2);
        }
        let told = |record: &Record| record.load.0.map(|load| (load * 100.0).round() / 100.0);
        // 2 × (1 − e^−1), 2 × (1 − e^−1/5), 2 × (1 − e^−1/15): the same by six steps as by one.
        assert_eq!(told(&record), [1.26, 0.36, 0.13]);
        assert_eq!(told(&read(Some(&read(None, 0, 0)), 60, 2)), [1.26, 0.36, 0.13]);
        assert_eq!(told(&read(Some(&record), 3600, 0)), [0.0, 0.0, 0.0]);
    }
}
