//! Metrics that programs put, by the minute, in memory.

use std::collections::BTreeMap;

use ::beanstalk::history::{Spread, minute_of};
use aws::Region;
use words::Timestamp;

/// Metrics that are kept at most: with all their minutes about 12 MB.
const METRICS: usize = 500;
/// Minutes of each: six hours, since this is memory and no archive.
const MINUTES: usize = 360;
/// Bytes of a metric's name with its dimensions: what AWS allows is 255 characters for each of at most 62 parts.
const NAME: usize = 16 << 10;
/// How far ahead a value may lie, in minutes (AWS's: two hours).
const AHEAD: i64 = 120;

/// What a metric is found by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    pub(super) namespace: String,
    pub(super) metric: String,
    pub(super) dimensions: BTreeMap<String, String>,
}

impl Name {
    /// All of it, as one text.
    pub(super) fn text(&self) -> String {
        let dimensions = self.dimensions.iter().map(|(name, value)| format!("{name}={value}"));
        let parts: Vec<String> = [self.namespace.clone(), self.metric.clone()].into_iter().chain(dimensions).collect();
        parts.join("\n")
    }
}

/// A metric: its minutes by number, and what its values are counted in.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    pub(super) unit: String,
    pub(super) minutes: BTreeMap<i64, Spread>,
}

/// Everything that was put.
#[derive(Debug, Default)]
pub(super) struct Store(BTreeMap<(Region, Name), Series>);

impl Store {
    /// Adds values.
    pub(super) fn put(
        &mut self,
        region: &Region,
        name: Name,
        at: Timestamp,
        values: Spread,
        unit: String,
        now: Timestamp,
    ) -> Result<(), String> {
        let (minute, current) = (minute_of(at), minute_of(now));
        let oldest = current - i64::try_from(MINUTES).unwrap_or(i64::MAX);
        if minute > current + AHEAD || minute <= oldest {
            return Err(format!(
                "The Timestamp {at} is out of bounds: values are kept for six hours, and may lie two hours ahead."
            ));
        }
        if name.text().len() > NAME {
            return Err(format!("The name of a metric with its dimensions has at most {NAME} bytes."));
        }
        let key = (region.clone(), name);
        if !self.0.contains_key(&key) && self.0.len() >= METRICS {
            self.0.retain(|_, series| series.minutes.last_key_value().is_some_and(|(last, _)| *last > oldest));
            if self.0.len() >= METRICS {
                return Err(format!("There are {METRICS} metrics already, which is the limit."));
            }
        }
        let series = self.0.entry(key).or_insert_with(|| Series { unit: unit.clone(), minutes: BTreeMap::new() });
        series.unit = unit;
        let joined = series.minutes.get(&minute).map_or(values, |known| known.and(values));
        series.minutes.insert(minute, joined);
        while series.minutes.len() > MINUTES {
            series.minutes.pop_first();
        }
        Ok(())
    }

    /// The metric of this name.
    pub(super) fn get(&self, region: &Region, name: &Name) -> Option<&Series> {
        self.0.get(&(region.clone(), name.clone()))
    }

    /// The metrics of a region that have had values of late.
    pub(super) fn names(&self, region: &Region, now: Timestamp) -> Vec<Name> {
        let oldest = minute_of(now) - i64::try_from(MINUTES).unwrap_or(i64::MAX);
        let own = self.0.iter().filter(|((in_region, _), series)| {
            in_region == region && series.minutes.last_key_value().is_some_and(|(last, _)| *last > oldest)
        });
        own.map(|((_, name), _)| name.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn name(metric: &str) -> Name {
        Name { namespace: "App".into(), metric: metric.into(), dimensions: BTreeMap::new() }
    }

    #[test]
    fn values_of_a_minute_are_joined_and_bounds_hold() {
        let (mut store, region, now) =
            (Store::default(), "eu-west-1".parse::<Region>().unwrap(), at("2026-11-24T10:30:20Z"));
        let mut put = |metric: &str, moment: &str, value: f64| {
            store.put(&region, name(metric), at(moment), Spread::of(value), "Count".into(), now)
        };
        put("a", "2026-11-24T10:29:01Z", 1.0).unwrap();
        put("a", "2026-11-24T10:29:59Z", 3.0).unwrap();
        put("a", "2026-11-24T10:30:00Z", 5.0).unwrap();
        assert!(put("a", "2026-11-24T04:30:00Z", 5.0).is_err(), "too old");
        assert!(put("a", "2026-11-24T12:31:00Z", 5.0).is_err(), "too far ahead");
        assert!(put(&"a".repeat(NAME + 1), "2026-11-24T10:30:00Z", 5.0).is_err());
        for number in 1..METRICS {
            put(&number.to_string(), "2026-11-24T10:30:00Z", 1.0).unwrap();
        }
        assert!(put("one more", "2026-11-24T10:30:00Z", 1.0).unwrap_err().contains("limit"));
        let series = store.get(&region, &name("a")).unwrap();
        let joined: Vec<_> = series.minutes.values().map(|spread| (spread.sum, spread.count, spread.maximum)).collect();
        assert_eq!(joined, [(4.0, 2.0, 3.0), (5.0, 1.0, 5.0)]);
        assert!(store.get(&"us-east-1".parse().unwrap(), &name("a")).is_none());
        // Some hours later all of them are old, and make room.
        let later = at("2026-11-24T16:31:00Z");
        assert!(store.names(&region, later).is_empty());
        store.put(&region, name("new"), later, Spread::of(1.0), "Count".into(), later).unwrap();
        assert_eq!(store.names(&region, later), [name("new")]);
    }
}
