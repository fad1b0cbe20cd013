//! Checks of copies that do not serve yet: is there somebody who answers, and well?
//!
//! The balancer checks those that serve. These checks come before, and are more frequent: a deployment waits for them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use balancer::Cause;
use beanstalk::option::{DEFAULT_PROCESS, Process};

use crate::routing;

/// How a copy has done in its checks.
#[derive(Debug, Clone, Default)]
pub(crate) struct Record {
    /// Checks that it passed, one after the other.
    pub(crate) passed: u32,
    /// Checks that it failed, one after the other.
    pub(crate) failed: u32,
    /// The processes that failed the last one, and why.
    pub(crate) unwell: BTreeMap<String, String>,
    /// When it passed the last one.
    at: Option<Instant>,
}

impl Record {
    /// Is it time for another check? One that passes right after another says nothing new.
    pub(crate) fn is_due(&self, interval: Duration) -> bool {
        self.at.is_none_or(|at| at.elapsed() >= interval)
    }

    /// Why it failed the last check, in one sentence.
    pub(crate) fn failing(&self) -> Option<String> {
        let tell = |(name, why): (&String, &String)| match name.as_str() {
            DEFAULT_PROCESS => why.clone(),
            name => format!("Process {name}: {why}"),
        };
        (!self.unwell.is_empty()).then(|| self.unwell.iter().map(tell).collect::<Vec<_>>().join("; "))
    }

    pub(crate) fn take(&mut self, outcome: Result<(), BTreeMap<String, String>>) {
        self.at = outcome.is_ok().then(Instant::now);
        match outcome {
            Ok(()) => {
                self.passed = self.passed.saturating_add(1);
                (self.failed, self.unwell) = (0, BTreeMap::new());
            }
            Err(why) => {
                self.failed = self.failed.saturating_add(1);
                (self.passed, self.unwell) = (0, why);
            }
        }
    }
}

/// Checks a copy once, as its process says, at the port where that is checked.
pub(crate) async fn check(address: SocketAddr, process: &Process) -> Result<(), String> {
    let patience = process.check.timeout.max(Duration::from_secs(1));
    balancer::check(address, &routing::probe(process), patience).await.map_err(|cause| match cause {
        Cause::Refused => format!("{cause} at {address}"),
        _ => cause.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_that_pass_are_apart() {
        let (long, mut record) = (Duration::from_secs(3600), Record::default());
        assert!(record.is_due(long));
        record.take(Ok(()));
        assert!(!record.is_due(long) && record.is_due(Duration::ZERO));
        // What fails is looked at again at once.
        record.take(Err([(DEFAULT_PROCESS.to_owned(), "no".to_owned())].into()));
        assert!(record.is_due(long));
        assert_eq!((record.passed, record.failed), (0, 1));
    }
}
