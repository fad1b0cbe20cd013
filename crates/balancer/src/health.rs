//! What checks make of a target: counting, without I/O and clock.

use std::fmt;
use std::time::Duration;

use crate::clock::Moment;
use crate::limits;
use crate::routing::HealthCheck;

/// Whether a target gets requests; the words are ELBv2's `TargetHealthStateEnum`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No check has succeeded, and too few have failed.
    Initial,
    /// It gets requests.
    Healthy,
    /// It gets none, unless its group has no healthy target.
    Unhealthy,
    /// It has left its group; what it has begun may end.
    Draining,
    /// No listener leads to its group.
    Unused,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Initial => "initial",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
            Self::Draining => "draining",
            Self::Unused => "unused",
        })
    }
}

/// Why the last check failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A status that the matcher does not have.
    Code(u16),
    /// No answer, or no connection, in time.
    TimedOut,
    /// Nobody listens.
    Refused,
    /// The connection ended before the answer.
    Closed,
    /// No TLS with whoever listens, and why.
    Handshake(String),
    /// Anything else.
    Other(String),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "Health checks failed with these codes: [{code}]"),
            Self::TimedOut => f.write_str("Request timed out"),
            Self::Refused => f.write_str("Connection refused"),
            Self::Closed => f.write_str("The target closed the connection before it answered"),
            Self::Handshake(why) => write!(f, "TLS handshake failed: {why}"),
            Self::Other(text) => write!(f, "Health checks failed: {text}"),
        }
    }
}

/// What is known of a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetHealth {
    /// Its state.
    pub state: State,
    /// Why its last check failed, if it did.
    pub cause: Option<Cause>,
}

/// The count of checks, good or bad.
#[derive(Debug)]
pub(crate) struct Tally {
    state: State,
    cause: Option<Cause>,
    /// One after the other that speak against the state.
    against: u32,
    /// Checks of a target whose state is initial.
    tries: u32,
    /// When one of those last counted: they are more often than the thresholds mean.
    counted: Option<Moment>,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self { state: State::Initial, cause: None, against: 0, tries: 0, counted: None }
    }

    pub(crate) fn health(&self) -> TargetHealth {
        TargetHealth { state: self.state, cause: self.cause.clone() }
    }

    /// Takes a check's result; tells whether anything about the health is new.
    pub(crate) fn take(&mut self, result: Result<(), Cause>, check: &HealthCheck, now: Moment) -> bool {
        let before = self.health();
        let good = result.is_ok();
        self.cause = result.err();
        match (self.state, good) {
            (State::Initial, true) => self.become_(State::Healthy),
            (State::Initial, false) => {
                self.tries = self.tries.saturating_add(1);
                if self.counted.is_none_or(|counted| now.since(counted) >= check.interval) {
                    self.counted = Some(now);
                    self.count(check.unhealthy_threshold, State::Unhealthy);
                }
            }
            (State::Healthy, false) => self.count(check.unhealthy_threshold, State::Unhealthy),
            (State::Unhealthy, true) => self.count(check.healthy_threshold, State::Healthy),
            _ => self.against = 0,
        }
        self.health() != before
    }

    /// How long until the next check.
    pub(crate) fn pause(&self, check: &HealthCheck) -> Duration {
        if self.state != State::Initial {
            return check.interval;
        }
        let doubled = limits::FIRST_RETRY * 2u32.pow(self.tries.saturating_sub(1).min(10));
        doubled.min(limits::LAST_RETRY).min(check.interval)
    }

    fn count(&mut self, threshold: u32, next: State) {
        self.against += 1;
        if self.against >= threshold {
            self.become_(next);
        }
    }

    fn become_(&mut self, state: State) {
        self.state = state;
        self.against = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routing::Probe;

    fn check() -> HealthCheck {
        HealthCheck {
            probe: Probe::Tcp,
            port: None,
            interval: Duration::from_secs(15),
            timeout: Duration::from_secs(5),
            healthy_threshold: 3,
            unhealthy_threshold: 2,
        }
    }

    /// A letter a check, every 15 seconds; the states after each as letters.
    fn states(results: &str) -> String {
        let (check, mut tally) = (check(), Tally::new());
        let step = |(at, letter): (usize, char)| {
            let result = if letter == '+' { Ok(()) } else { Err(Cause::Code(500)) };
            tally.take(result, &check, Moment(1 + at as u64 * 15_000));
            tally.health().state.to_string().chars().next().unwrap()
        };
        results.chars().enumerate().map(step).collect()
    }

    #[test]
    fn thresholds_count_checks_in_a_row() {
        for (results, expected) in
            [("+", "h"), ("-+", "ih"), ("--", "iu"), ("+-+-+", "hhhhh"), ("+--", "hhu"), ("--++-+++", "iuuuuuuh")]
        {
            assert_eq!(states(results), expected, "{results}");
        }
    }

    #[test]
    fn a_new_target_is_checked_often_and_that_does_not_make_it_unhealthy() {
        let (check, mut tally) = (check(), Tally::new());
        let mut pauses = Vec::new();
        for at in 0..7 {
            tally.take(Err(Cause::Refused), &check, Moment(1 + at * 1000));
            pauses.push(tally.pause(&check).as_millis());
        }
        assert_eq!(pauses, [100, 200, 400, 800, 1000, 1000, 1000]);
        assert_eq!(tally.health(), TargetHealth { state: State::Initial, cause: Some(Cause::Refused) });
        tally.take(Err(Cause::TimedOut), &check, Moment(15_001));
        assert_eq!(tally.health().state, State::Unhealthy);
        assert_eq!(tally.pause(&check), check.interval);
    }

    #[test]
    fn causes_are_in_the_words_of_aws() {
        assert_eq!(Cause::Code(500).to_string(), "Health checks failed with these codes: [500]");
        assert_eq!(Cause::TimedOut.to_string(), "Request timed out");
        assert_eq!(Cause::Refused.to_string(), "Connection refused");
    }
}
