//! How much of its processors and its memory a copy uses.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use beanstalk::fleet::Cpu;
use beanstalk::option::instance::Limits;
use engine::container::usage::Usage;

/// What all containers of a copy have used up to a moment.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    at: Instant,
    cpu: u64,
    cpu_system: u64,
    /// Bytes that they have now.
    pub(crate) memory: u64,
}

/// Two readings that are closer say little: the kernel counts in steps.
const APART: Duration = Duration::from_millis(200);

impl Reading {
    pub(crate) fn of(all: impl Iterator<Item = Usage>) -> Self {
        let mut reading = Self { at: Instant::now(), cpu: 0, cpu_system: 0, memory: 0 };
        for usage in all {
            reading.cpu = reading.cpu.saturating_add(usage.cpu);
            reading.cpu_system = reading.cpu_system.saturating_add(usage.cpu_system);
            reading.memory = reading.memory.saturating_add(usage.memory);
        }
        reading
    }

    /// Is it so much later that the difference says something?
    pub(crate) fn is_apart(&self, before: &Self) -> bool {
        self.at.saturating_duration_since(before.at) >= APART
    }

    /// What was used since an earlier reading, in percent of so many processors. Nothing, when a container has begun
    /// anew meanwhile.
    pub(crate) fn cpu(&self, before: Option<&Self>, processors: f64) -> Option<Cpu> {
        let before = before?;
        if !self.is_apart(before) {
            return None;
        }
        let passed = self.at.saturating_duration_since(before.at);
        let all = self.cpu.checked_sub(before.cpu)?;
        let system = self.cpu_system.checked_sub(before.cpu_system)?.min(all);
        #[expect(clippy::cast_precision_loss, reason = "nanoseconds of seconds")]
        let percent = |used: u64| (used as f64 / 1e9 / passed.as_secs_f64() / processors * 100.0).min(100.0);
        Some(Cpu { user: percent(all - system), system: percent(system) })
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

    #[test]
    fn what_is_used_is_a_part_of_what_may_be() {
        let start = Instant::now();
        let reading = |millis: u64, cpu: u64, cpu_system: u64| Reading {
            at: start + Duration::from_millis(millis),
            cpu: cpu * 1_000_000,
            cpu_system: cpu_system * 1_000_000,
            memory: 0,
        };
        let before = reading(0, 1000, 100);
        for (after, processors, expected) in [
            (reading(1000, 1500, 200), 1.0, Some((40.0, 10.0))),
            (reading(1000, 1500, 200), 2.0, Some((20.0, 5.0))),
            (reading(1000, 1000, 100), 1.0, Some((0.0, 0.0))),
            // A container that was started anew.
            (reading(1000, 10, 1), 1.0, None),
            (reading(100, 1010, 101), 1.0, None),
        ] {
            let found = after.cpu(Some(&before), processors).map(|cpu| (cpu.user.round(), cpu.system.round()));
            assert_eq!(found, expected, "{after:?}");
        }
        assert_eq!(before.cpu(None, 1.0), None);
    }
}
