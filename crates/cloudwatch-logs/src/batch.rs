//! A batch of events as it comes: whether it may be, and which of it is kept.

use words::Timestamp;

use crate::error::{Error, Result};
use crate::group::millis;
use crate::limits;

/// An event as it comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When it happened, in milliseconds since 1970.
    pub timestamp: i64,
    /// What.
    pub message: String,
}

impl Event {
    /// What it counts as.
    pub(crate) fn cost(&self) -> usize {
        self.message.len() + limits::OVERHEAD
    }
}

/// Events of a batch that were not kept. The events are in order, so that one number each says which.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rejected {
    /// The first that is kept; those before are more than 14 days old.
    pub too_old_end: Option<usize>,
    /// The first that is kept; those before are older than what the group keeps.
    pub expired_end: Option<usize>,
    /// The first that is more than two hours ahead.
    pub too_new_start: Option<usize>,
}

/// Which events of a batch are kept: a range of it, and what is said of the others. `since` is the first moment that
/// the group keeps.
///
/// Source: "PutLogEvents" in the API reference.
pub(crate) fn judge(events: &[Event], since: i64, now: Timestamp) -> Result<(std::ops::Range<usize>, Rejected)> {
    if !(1..=limits::BATCH_EVENTS).contains(&events.len()) {
        return Err(Error::invalid(format!("A batch has 1 to {} log events.", limits::BATCH_EVENTS)));
    }
    if let Some(long) = events.iter().map(Event::cost).find(|cost| *cost > limits::BATCH) {
        return Err(Error::invalid(format!("Log event too large: {long} bytes exceeds limit of {}", limits::BATCH)));
    }
    let size: usize = events.iter().map(Event::cost).sum();
    if size > limits::BATCH {
        return Err(Error::invalid(format!("Upload too large: {size} bytes exceeds limit of {}", limits::BATCH)));
    }
    if !events.is_sorted_by_key(|event| event.timestamp) {
        let message = "Log events in a single PutLogEvents request must be in chronological order.";
        return Err(Error::invalid(message));
    }
    let ends = events.first().zip(events.last());
    if ends.is_some_and(|(first, last)| last.timestamp.saturating_sub(first.timestamp) > limits::SPAN) {
        let message = "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.";
        return Err(Error::invalid(message));
    }
    let now = millis(now);
    let before = |moment: i64| events.partition_point(|event| event.timestamp < moment);
    let (old, expired) = (before(now - limits::AGE), before(since));
    let new = events.partition_point(|event| event.timestamp <= now + limits::AHEAD);
    let kept = old.max(expired).min(new)..new;
    let rejected = Rejected {
        too_old_end: (old > 0).then_some(old),
        expired_end: (expired > 0).then_some(expired),
        too_new_start: (new < events.len()).then_some(new),
    };
    Ok((kept, rejected))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400_000;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_nanos(i128::from(millis) * 1_000_000).unwrap()
    }

    fn events(moments: &[i64]) -> Vec<Event> {
        moments.iter().map(|moment| Event { timestamp: *moment, message: "m".into() }).collect()
    }

    #[test]
    fn what_is_too_old_or_too_new_is_told_and_the_rest_kept() {
        let now = 100 * DAY;
        let judged = |moments: &[i64], since| judge(&events(moments), since, at(now)).unwrap();
        assert_eq!(judged(&[now], 0), (0..1, Rejected::default()));
        let old = now - limits::AGE;
        assert_eq!(judged(&[old - 1, old], 0), (1..2, Rejected { too_old_end: Some(1), ..Rejected::default() }));
        assert_eq!(
            judged(&[now - 9, now - 8], now - 8),
            (1..2, Rejected { expired_end: Some(1), ..Rejected::default() })
        );
        let new = now + limits::AHEAD;
        assert_eq!(judged(&[new, new + 1], 0), (0..1, Rejected { too_new_start: Some(1), ..Rejected::default() }));
        assert_eq!(judged(&[old - 2, old - 1], 0).0, 2..2);
        assert_eq!(judged(&[new + 1], new + 5).0, 0..0);
    }

    #[test]
    fn batches_have_order_and_bounds() {
        let refused = |events: &[Event]| judge(events, 0, at(DAY)).unwrap_err().to_string();
        assert!(refused(&[]).contains("1 to 10000"));
        assert!(refused(&events(&[2, 1])).contains("chronological order"));
        assert!(judge(&events(&[0, DAY]), 0, at(DAY)).is_ok());
        assert!(refused(&events(&[0, DAY + 1])).contains("24 hours"));
        let long = |bytes| vec![Event { timestamp: DAY, message: "x".repeat(bytes) }];
        assert!(judge(&long(limits::BATCH - limits::OVERHEAD), 0, at(DAY)).is_ok());
        assert!(refused(&long(limits::BATCH)).contains("too large"));
        let two = [long(limits::BATCH / 2), long(limits::BATCH / 2)].concat();
        assert!(refused(&two).contains("Upload too large: 1048628 bytes"));
    }
}
