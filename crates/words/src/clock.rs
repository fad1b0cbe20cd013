//! Moments in time, printed as Docker prints them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A moment: nanoseconds since 1970-01-01T00:00:00Z.
///
/// Printed as Go's `time.RFC3339Nano` prints UTC: the fraction without trailing zeros, and no fraction when it is
/// zero. Serialized the same way, so that records on disk can be read by eye.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// Now, by the wall clock.
    pub fn now() -> Self {
        Self(jiff::Timestamp::now())
    }

    /// The moment that many nanoseconds after the epoch; `None` outside the years -9999 to 9999.
    pub fn from_nanos(nanos: i128) -> Option<Self> {
        jiff::Timestamp::from_nanosecond(nanos).ok().map(Self)
    }

    /// Nanoseconds since the epoch.
    pub fn nanos(self) -> i128 {
        self.0.as_nanosecond()
    }

    /// Whole milliseconds since the epoch, as AWS counts time.
    pub fn milliseconds(self) -> i64 {
        // The moments that there are do not reach the bounds.
        i64::try_from(self.nanos().div_euclid(1_000_000)).unwrap_or_default()
    }

    /// The moment that many milliseconds after the epoch; `None` outside the years -9999 to 9999.
    pub fn from_milliseconds(milliseconds: i64) -> Option<Self> {
        Self::from_nanos(i128::from(milliseconds) * 1_000_000)
    }

    /// Whole seconds since the epoch.
    pub fn seconds(self) -> i64 {
        self.0.as_second()
    }

    /// This moment and `duration` more; the last representable moment when that lies beyond it.
    pub fn saturating_add(self, duration: std::time::Duration) -> Self {
        match jiff::SignedDuration::try_from(duration).map(|d| self.0.saturating_add(d)) {
            Ok(Ok(later)) => Self(later),
            _ => Self(jiff::Timestamp::MAX),
        }
    }

    /// How long ago `earlier` was, seen from this moment; zero when it lies ahead.
    pub fn since(self, earlier: Self) -> std::time::Duration {
        std::time::Duration::try_from(self.0.duration_since(earlier.0)).unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;
    fn from_str(text: &str) -> Result<Self, ParseTimestampError> {
        text.parse().map(Self).map_err(|_| ParseTimestampError(text.chars().take(80).collect()))
    }
}

impl TryFrom<String> for Timestamp {
    type Error = ParseTimestampError;
    fn try_from(text: String) -> Result<Self, ParseTimestampError> {
        text.parse()
    }
}

impl From<Timestamp> for String {
    fn from(moment: Timestamp) -> String {
        moment.to_string()
    }
}

/// A text that is not an RFC 3339 moment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time as RFC 3339 writes it, such as 2026-01-02T03:04:05.6Z")]
pub struct ParseTimestampError(String);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_go_does() {
        for (nanos, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (1_500_000_000, "1970-01-01T00:00:01.5Z"),
            (1_000_000_001, "1970-01-01T00:00:01.000000001Z"),
        ] {
            let moment = Timestamp::from_nanos(nanos).unwrap();
            assert_eq!(moment.to_string(), text);
            assert_eq!(text.parse::<Timestamp>().unwrap(), moment);
        }
    }

    #[test]
    fn milliseconds_are_whole_and_never_ahead() {
        for (nanos, milliseconds) in [(0, 0), (1_999_999, 1), (-1, -1), (1_700_000_000_123_456_789, 1_700_000_000_123)]
        {
            let moment = Timestamp::from_nanos(nanos).unwrap();
            assert_eq!(moment.milliseconds(), milliseconds);
            assert!(Timestamp::from_milliseconds(milliseconds).unwrap() <= moment);
        }
        assert_eq!(Timestamp::from_milliseconds(i64::MAX), None);
    }

    #[test]
    fn reads_offsets() {
        assert_eq!("2026-01-02T03:04:05+01:00".parse::<Timestamp>().unwrap().to_string(), "2026-01-02T02:04:05Z");
    }
}
