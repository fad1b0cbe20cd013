//! Counts and latencies, in memory that does not grow.
//!
//! Latencies go into a histogram of fixed size whose buckets are 1/32 of their value wide, as HdrHistogram's are with
//! two digits, so a percentile is right to 2 %. There is one for the ten seconds that run and one for those before,
//! which is what enhanced health reports; either is made at its first request, so who has no requests has none.

use std::sync::Mutex;
use std::time::Duration;

use crate::clock::Moment;

/// How long one period is: instances report as often to enhanced health.
pub const PERIOD: Duration = Duration::from_secs(10);

/// Buckets for 0 µs to 2^32 µs (71 minutes).
const BUCKETS: usize = 64 + 26 * 32;

/// How often what happened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Requests that came to an end.
    pub requests: u64,
    /// Of these, answered with 1xx (a switch of protocols), 2xx, 3xx, 4xx and 5xx.
    pub statuses: [u64; 5],
    /// Bytes of requests' bodies.
    pub received: u64,
    /// Bytes of answers' bodies.
    pub sent: u64,
}

/// Percentiles of the time from a request's head to its answer's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// 10 of 100 took no longer.
    pub p10: Duration,
    /// Half of them took no longer.
    pub p50: Duration,
    /// 75 of 100 took no longer.
    pub p75: Duration,
    /// 85 of 100 took no longer.
    pub p85: Duration,
    /// 90 of 100 took no longer.
    pub p90: Duration,
    /// 95 of 100 took no longer.
    pub p95: Duration,
    /// 99 of 100 took no longer.
    pub p99: Duration,
    /// 999 of 1000 took no longer.
    pub p999: Duration,
}

/// What is counted of a route or a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Since the route or target is there.
    pub total: Counters,
    /// Of the last whole period of ten seconds.
    pub period: Counters,
    /// The same period's latencies; none without requests.
    pub latency: Option<Latency>,
    /// Requests, or connections of TCP, that are not at their end.
    pub outstanding: u32,
}

#[derive(Default)]
struct Period {
    number: u64,
    counters: Counters,
    histogram: Option<Box<[u32; BUCKETS]>>,
}

#[derive(Default)]
struct Window {
    total: Counters,
    current: Period,
    last: Period,
}

/// Counts; locked for some tens of nanoseconds a request.
#[derive(Default)]
pub(crate) struct Recorder(Mutex<Window>);

impl Recorder {
    /// Counts an answer, and how long its head took.
    pub(crate) fn answer(&self, status: u16, latency: Duration, now: Moment) {
        self.with(now, |window| {
            for counters in [&mut window.total, &mut window.current.counters] {
                counters.requests += 1;
                if let Some(class) = counters.statuses.get_mut((status / 100).wrapping_sub(1) as usize) {
                    *class += 1;
                }
            }
            let histogram = window.current.histogram.get_or_insert_with(|| Box::new([0; BUCKETS]));
            if let Some(bucket) = histogram.get_mut(bucket(latency)) {
                *bucket = bucket.saturating_add(1);
            }
        });
    }

    /// Counts bytes.
    pub(crate) fn bytes(&self, received: u64, sent: u64, now: Moment) {
        self.with(now, |window| {
            for counters in [&mut window.total, &mut window.current.counters] {
                counters.received += received;
                counters.sent += sent;
            }
        });
    }

    pub(crate) fn figures(&self, outstanding: u32, now: Moment) -> Figures {
        self.with(now, |window| Figures {
            total: window.total,
            period: window.last.counters,
            latency: window.last.histogram.as_deref().and_then(percentiles),
            outstanding,
        })
    }

    fn with<T>(&self, now: Moment, work: impl FnOnce(&mut Window) -> T) -> T {
        let mut window = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let number = now.0 / PERIOD.as_millis() as u64;
        if number > window.current.number {
            let ended = std::mem::take(&mut window.current);
            window.last = if ended.number + 1 == number { ended } else { Period::default() };
            window.current.number = number;
        }
        work(&mut window)
    }
}

fn bucket(latency: Duration) -> usize {
    let micros = latency.as_micros().min(u128::from(u32::MAX)) as u32;
    if micros < 64 {
        return micros as usize;
    }
    let octave = 31 - micros.leading_zeros();
    64 + (octave as usize - 6) * 32 + (micros >> (octave - 5)) as usize % 32
}

/// The middle of a bucket.
fn value(bucket: usize) -> Duration {
    if bucket < 64 {
        return Duration::from_micros(bucket as u64);
    }
    let (octave, part) = ((bucket - 64) / 32 + 6, (bucket - 64) % 32);
    let width = 1u64 << (octave - 5);
    Duration::from_micros((32 + part as u64) * width + width / 2)
}

fn percentiles(histogram: &[u32; BUCKETS]) -> Option<Latency> {
    let count: u64 = histogram.iter().map(|&n| u64::from(n)).sum();
    if count == 0 {
        return None;
    }
    let at = |permille: u64| {
        let (wanted, mut seen) = ((count * permille).div_ceil(1000), 0);
        let reached = |&n: &u32| {
            seen += u64::from(n);
            seen >= wanted
        };
        value(histogram.iter().position(reached).unwrap_or(BUCKETS - 1))
    };
    Some(Latency {
        p10: at(100),
        p50: at(500),
        p75: at(750),
        p85: at(850),
        p90: at(900),
        p95: at(950),
        p99: at(990),
        p999: at(999),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_period_is_told_when_it_is_over_and_forgotten_after_the_next() {
        let recorder = Recorder::default();
        for millis in 1..=1000 {
            recorder.answer(if millis % 10 == 0 { 503 } else { 200 }, Duration::from_millis(millis), Moment(10_000));
        }
        recorder.bytes(10, 20, Moment(10_000));
        let during = recorder.figures(3, Moment(19_999));
        assert_eq!((during.total.requests, during.period.requests, during.latency), (1000, 0, None));
        let after = recorder.figures(3, Moment(20_000));
        let expected = Counters { requests: 1000, statuses: [0, 900, 0, 0, 100], received: 10, sent: 20 };
        assert_eq!((after.total, after.period, after.outstanding), (expected, expected, 3));
        let latency = after.latency.unwrap();
        for (found, millis) in [(latency.p10, 100.0), (latency.p50, 500.0), (latency.p99, 990.0), (latency.p999, 999.0)]
        {
            assert!((found.as_secs_f64() * 1000.0 / millis - 1.0).abs() < 0.02, "{found:?} for {millis} ms");
        }
        let later = recorder.figures(0, Moment(30_000));
        assert_eq!((later.total, later.period, later.latency), (expected, Counters::default(), None));
    }

    #[test]
    fn who_has_no_requests_takes_no_memory_for_them() {
        let recorder = Recorder::default();
        recorder.bytes(0, 0, Moment(1));
        assert!(recorder.0.lock().unwrap().current.histogram.is_none());
        assert!(size_of::<Recorder>() < 512);
    }

    proptest! {
        #[test]
        fn a_bucket_is_near_its_value(micros in 0u64..(u64::from(u32::MAX))) {
            let index = bucket(Duration::from_micros(micros));
            prop_assert!(index < BUCKETS);
            let middle = value(index).as_micros() as f64;
            prop_assert!((middle - micros as f64).abs() <= micros as f64 / 60.0);
        }
    }
}
