//! How many instances an environment is to have next: by its trigger and by its scheduled actions.
//!
//! Pure functions over the configuration and what was seen of late. What changes the number is done by
//! [`decide::tend`](super::decide), like everything else that an environment does by itself.
//!
//! Sources: "Auto Scaling your Elastic Beanstalk environment instances", `aws:autoscaling:trigger` and
//! `aws:autoscaling:scheduledaction` among the general options in the Developer Guide.

use std::time::Duration;

use words::Timestamp;

use super::Environment;
use super::decide::Tale;
use crate::event::Told;
use crate::history::{History, Minute, Spread, minute_of};
use crate::option::{Capacity, Measure, OptionKey, ScheduledAction, Setting, Statistic, Trigger, Unit};

/// Another size of an environment's group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scaling {
    /// How many instances it is to have.
    pub(crate) desired: usize,
    /// The new least, if it is another one.
    pub(crate) min: Option<u32>,
    /// The new most, if it is another one.
    pub(crate) max: Option<u32>,
    /// Why.
    pub(crate) why: String,
    /// A trigger waits for a while after it, a scheduled action does not.
    pub(crate) cools: bool,
}

/// The size that something calls for, if it is another one. `since` is when scheduled actions were looked at last.
pub(crate) fn next(
    environment: &Environment,
    capacity: &Capacity,
    history: &History,
    since: Timestamp,
    now: Timestamp,
) -> Option<Scaling> {
    if let Some(scaling) = scheduled(environment.desired, capacity, since, now) {
        return Some(scaling);
    }
    let trigger = capacity.trigger.as_ref()?;
    let cooling = environment.scaled.is_some_and(|scaled| now < scaled.saturating_add(capacity.cooldown));
    let whole = environment.serving().count() == environment.desired;
    if cooling || !whole {
        return None;
    }
    triggered(environment.desired, capacity, trigger, history, now)
}

/// What the last of the scheduled actions that were due since a moment calls for.
fn scheduled(desired: usize, capacity: &Capacity, since: Timestamp, now: Timestamp) -> Option<Scaling> {
    let due =
        capacity.scheduled_actions.iter().filter_map(|(name, action)| Some((due(action, since, now)?, name, action)));
    let (_, name, action) = due.max_by_key(|(at, _, _)| *at)?;
    let min = action.min.unwrap_or(capacity.min).max(1);
    let max = action.max.unwrap_or(capacity.max).max(min);
    let wanted = action.desired.map_or(desired, count).clamp(count(min), count(max));
    let (min, max) = ((min != capacity.min).then_some(min), (max != capacity.max).then_some(max));
    let changes = wanted != desired || min.is_some() || max.is_some();
    changes.then(|| Scaling {
        desired: wanted,
        min,
        max,
        why: format!("Executing scheduled action {name}: the desired capacity is {wanted}."),
        cools: false,
    })
}

/// When an action was due last, after one moment and not after another.
fn due(action: &ScheduledAction, since: Timestamp, now: Timestamp) -> Option<jiff::Timestamp> {
    if action.suspended {
        return None;
    }
    let moment = |at: Timestamp| jiff::Timestamp::from_nanosecond(at.nanos()).ok();
    let (since, now) = (moment(since)?, moment(now)?);
    let last = match &action.recurrence {
        None => action.start?,
        Some(cron) => {
            let zoned = now.to_zoned(jiff::tz::TimeZone::UTC);
            cron.find_previous_occurrence(&zoned, true).ok()?.timestamp()
        }
    };
    let within = last > since && last <= now;
    let begun = action.start.is_none_or(|start| last >= start);
    let over = action.end.is_some_and(|end| last > end);
    (within && begun && !over).then_some(last)
}

/// What a trigger calls for: its thresholds must be crossed in each of the periods of the time that they must be.
fn triggered(
    desired: usize,
    capacity: &Capacity,
    trigger: &Trigger,
    history: &History,
    now: Timestamp,
) -> Option<Scaling> {
    let period = minutes(trigger.period);
    let periods = minutes(trigger.breach).div_euclid(period) + i64::from(minutes(trigger.breach) % period != 0);
    let end = minute_of(now);
    let begin = end - periods * period;
    let mut values = Vec::new();
    for number in 0..periods {
        let (from, to) = (begin + number * period, begin + (number + 1) * period);
        let seen: Vec<&Minute> = history.minutes().filter(|minute| (from..to).contains(&minute.number)).collect();
        // A part of a period says nothing of the whole.
        let whole = i64::try_from(seen.len()) == Ok(period);
        values.push(value(trigger, &seen).filter(|_| whole)?);
    }
    let (upper, lower) = (&trigger.upper, &trigger.lower);
    let (threshold, word) = if values.iter().all(|value| *value > upper.value) {
        (upper, "above")
    } else if values.iter().all(|value| *value < lower.value) {
        (lower, "below")
    } else {
        return None;
    };
    let wanted = i64::try_from(desired).unwrap_or(i64::MAX).saturating_add(threshold.increment.into());
    let wanted = wanted.clamp(i64::from(capacity.min.max(1)), i64::from(capacity.max));
    let wanted = usize::try_from(wanted).unwrap_or(1);
    (wanted != desired).then(|| Scaling {
        desired: wanted,
        min: None,
        max: None,
        why: format!(
            "{} was {word} {} for {} minutes: the desired capacity goes from {desired} to {wanted}.",
            trigger.measure.as_str(),
            threshold.value,
            periods * period
        ),
        cools: true,
    })
}

/// What a trigger makes of some minutes; nothing where not all that it needs is known.
fn value(trigger: &Trigger, minutes: &[&Minute]) -> Option<f64> {
    let values = minutes.iter().filter_map(|minute| measured(trigger.measure, minute));
    let spread = values.reduce(Spread::and)?;
    let value = match trigger.statistic {
        Statistic::Minimum => spread.minimum,
        Statistic::Maximum => spread.maximum,
        Statistic::Sum => spread.sum,
        Statistic::Average => spread.average(),
    };
    Some(match trigger.unit {
        Unit::Bits => value * 8.0,
        Unit::BitsPerSecond => value * 8.0 / 60.0,
        Unit::BytesPerSecond | Unit::CountPerSecond => value / 60.0,
        Unit::Seconds | Unit::Percent | Unit::Bytes | Unit::Count | Unit::None => value,
    })
}

/// One measure of one minute; nothing of what is not observed.
#[expect(clippy::cast_precision_loss, reason = "counts and bytes of a minute are far below 2^53")]
fn measured(measure: Measure, minute: &Minute) -> Option<Spread> {
    // The balancer shares evenly: what went through it went to each of them in equal parts.
    let shared = |bytes: u64| {
        let instances = minute.instances.average();
        (instances > 0.0).then(|| Spread::of(bytes as f64 / instances))
    };
    match measure {
        Measure::CpuUtilization => minute.cpu,
        Measure::NetworkIn => shared(minute.traffic.bytes_in),
        Measure::NetworkOut => shared(minute.traffic.bytes_out),
        Measure::RequestCount => Some(Spread::of(minute.traffic.requests as f64)),
        Measure::Latency | Measure::TargetResponseTime => {
            let [p10, p50, .., p999] = minute.latency?;
            Some(Spread { minimum: p10, maximum: p999, sum: p50, count: 1.0 })
        }
        Measure::HealthyHostCount => Some(minute.healthy),
        Measure::UnhealthyHostCount => Some(minute.unhealthy),
        Measure::DiskWriteOps | Measure::DiskReadBytes | Measure::DiskReadOps | Measure::DiskWriteBytes => None,
    }
}

/// How long a history a trigger looks at.
pub(crate) fn lookback(capacity: &Capacity) -> Duration {
    capacity.trigger.as_ref().map_or(Duration::ZERO, |trigger| trigger.period.saturating_add(trigger.breach))
}

/// Gives an environment another size.
pub(crate) fn apply(environment: &mut Environment, scaling: Scaling, now: Timestamp) -> Tale {
    environment.desired = scaling.desired;
    if scaling.cools {
        environment.scaled = Some(now);
    }
    let settings = sizes(scaling.min, scaling.max, None);
    if let Some(release) = environment.current.and_then(|id| environment.releases.get_mut(&id)) {
        release.set_settings(super::decide::changed(release.settings(), None, &settings, &[]));
    }
    environment.updated = now;
    Tale::unasked(vec![Told::info(scaling.why)])
}

/// Sizes as option settings.
pub(crate) fn sizes(min: Option<u32>, max: Option<u32>, cooldown: Option<u32>) -> Vec<Setting> {
    let named = [("MinSize", min), ("MaxSize", max), ("Cooldown", cooldown)];
    let set = named.into_iter().filter_map(|(name, value)| Some((name, value?)));
    set.map(|(name, value)| Setting {
        key: OptionKey::new("aws:autoscaling:asg", name, None),
        value: value.to_string(),
    })
    .collect()
}

fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn minutes(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs() / 60).unwrap_or(i64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::fleet::Totals;
    use crate::option::Threshold;

    const NOW: &str = "2026-11-24T10:30:20Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn trigger(measure: Measure, statistic: Statistic, unit: Unit) -> Trigger {
        Trigger {
            measure,
            statistic,
            unit,
            period: Duration::from_secs(120),
            breach: Duration::from_secs(240),
            upper: Threshold { value: 60.0, increment: 2 },
            lower: Threshold { value: 10.0, increment: -1 },
        }
    }

    fn capacity(trigger: Option<Trigger>) -> Capacity {
        Capacity { min: 1, max: 4, cooldown: Duration::from_secs(360), trigger, scheduled_actions: BTreeMap::new() }
    }

    /// Minutes that end before now, each with this use of the processors.
    fn history(cpu: &[f64]) -> History {
        let end = minute_of(at(NOW));
        let first = end - i64::try_from(cpu.len()).unwrap();
        let minutes = cpu.iter().zip(first..).map(|(cpu, number)| Minute {
            number,
            traffic: Totals { requests: 120, bytes_in: 600, bytes_out: 1200, statuses: [120, 0, 0, 0] },
            latency: Some([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]),
            cpu: Some(Spread::of(*cpu)),
            healthy: Spread::of(2.0),
            unhealthy: Spread::of(0.0),
            instances: Spread::of(2.0),
        });
        History::of(minutes.collect())
    }

    #[test]
    fn thresholds_count_when_they_are_crossed_long_enough() {
        let trigger = trigger(Measure::CpuUtilization, Statistic::Average, Unit::Percent);
        let capacity = capacity(Some(trigger.clone()));
        for (cpu, desired, expected) in [
            (&[90.0, 90.0, 90.0, 90.0][..], 1, Some(3)),
            // Never beyond the most.
            (&[90.0, 90.0, 90.0, 90.0], 3, Some(4)),
            (&[90.0, 90.0, 90.0, 90.0], 4, None),
            // The mean of a period counts, and each period must cross.
            (&[20.0, 110.0, 61.0, 61.0], 1, Some(3)),
            (&[90.0, 90.0, 90.0, 20.0], 1, None),
            (&[5.0, 5.0, 90.0, 90.0], 2, None),
            // Exactly the threshold is not beyond it.
            (&[60.0, 60.0, 60.0, 60.0], 1, None),
            (&[5.0, 5.0, 5.0, 5.0], 3, Some(2)),
            (&[5.0, 5.0, 5.0, 5.0], 1, None),
            // Too little is known.
            (&[90.0, 90.0], 1, None),
            (&[], 1, None),
        ] {
            let found = triggered(desired, &capacity, &trigger, &history(cpu), at(NOW));
            assert_eq!(found.map(|found| found.desired), expected, "{cpu:?} {desired}");
        }
    }

    #[test]
    fn measures_statistics_and_units() {
        use Measure::{
            DiskReadOps, HealthyHostCount, Latency, NetworkIn, NetworkOut, RequestCount, UnhealthyHostCount,
        };
        let history = history(&[50.0, 70.0]);
        let minutes: Vec<&Minute> = history.minutes().collect();
        for (measure, statistic, unit, expected) in [
            (Measure::CpuUtilization, Statistic::Average, Unit::Percent, Some(60.0)),
            (Measure::CpuUtilization, Statistic::Maximum, Unit::Percent, Some(70.0)),
            (NetworkOut, Statistic::Average, Unit::Bytes, Some(600.0)),
            (NetworkOut, Statistic::Sum, Unit::Bytes, Some(1200.0)),
            (NetworkIn, Statistic::Average, Unit::Bits, Some(2400.0)),
            (NetworkIn, Statistic::Average, Unit::BytesPerSecond, Some(5.0)),
            (RequestCount, Statistic::Sum, Unit::Count, Some(240.0)),
            (RequestCount, Statistic::Average, Unit::CountPerSecond, Some(2.0)),
            (Latency, Statistic::Average, Unit::Seconds, Some(0.2)),
            (Latency, Statistic::Maximum, Unit::Seconds, Some(0.8)),
            (HealthyHostCount, Statistic::Minimum, Unit::Count, Some(2.0)),
            (UnhealthyHostCount, Statistic::Maximum, Unit::Count, Some(0.0)),
            (DiskReadOps, Statistic::Sum, Unit::Count, None),
        ] {
            assert_eq!(value(&trigger(measure, statistic, unit), &minutes), expected, "{measure:?} {statistic:?}");
        }
        assert_eq!(value(&trigger(NetworkOut, Statistic::Sum, Unit::Bytes), &[]), None);
    }

    fn action(recurrence: Option<&str>, start: Option<&str>, end: Option<&str>) -> ScheduledAction {
        ScheduledAction {
            start: start.map(|text| text.parse().unwrap()),
            end: end.map(|text| text.parse().unwrap()),
            recurrence: recurrence.map(|text| text.parse().unwrap()),
            min: None,
            max: None,
            desired: Some(3),
            suspended: false,
        }
    }

    #[test]
    fn scheduled_actions_are_due_once() {
        let since = "2026-11-24T10:30:10Z";
        let half_past = Some("30 10 * * *");
        for (action, since, expected) in [
            (action(half_past, None, None), "2026-11-24T10:29:50Z", true),
            (action(half_past, None, None), since, false),
            (action(Some("31 10 * * *"), None, None), "2026-11-24T10:29:50Z", false),
            (action(half_past, Some("2026-11-25T00:00:00Z"), None), "2026-11-24T10:29:50Z", false),
            (action(half_past, None, Some("2026-11-24T10:00:00Z")), "2026-11-24T10:29:50Z", false),
            (action(None, Some("2026-11-24T10:30:15Z"), None), since, true),
            (action(None, Some("2026-11-24T10:30:25Z"), None), since, false),
            (action(None, Some("2026-11-24T10:30:05Z"), None), since, false),
            (action(None, None, None), since, false),
            (ScheduledAction { suspended: true, ..action(half_past, None, None) }, "2026-11-24T10:29:50Z", false),
        ] {
            assert_eq!(due(&action, at(since), at(NOW)).is_some(), expected, "{action:?}");
        }
    }

    #[test]
    fn scheduled_actions_change_the_sizes() {
        let since = at("2026-11-24T10:29:50Z");
        for (min, max, desired, had, expected) in [
            (None, None, Some(3), 1, Some((3, None, None))),
            (None, None, Some(9), 1, Some((4, None, None))),
            (None, None, Some(1), 1, None),
            (Some(2), None, None, 1, Some((2, Some(2), None))),
            (Some(6), Some(8), None, 1, Some((6, Some(6), Some(8)))),
            (None, Some(2), None, 4, Some((2, None, Some(2)))),
            (Some(1), Some(4), None, 2, None),
        ] {
            let mut capacity = capacity(None);
            let action = ScheduledAction { min, max, desired, ..action(Some("30 10 * * *"), None, None) };
            capacity.scheduled_actions.insert("night".into(), action);
            let found = scheduled(had, &capacity, since, at(NOW));
            assert_eq!(
                found.map(|found| (found.desired, found.min, found.max)),
                expected,
                "{min:?} {max:?} {desired:?}"
            );
        }
    }
}
