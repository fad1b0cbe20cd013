//! Periods, statistics, and the forms in which values come.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn minutes_become_periods() {
    let start = at("2026-11-24T10:01:30Z");
    let minute = start.seconds().div_euclid(60);
    let minutes: Vec<(i64, Spread)> = (0..10).map(|number| (minute + number, Spread::of(number as f64))).collect();
    let told = |from: &str, to: &str, period: i64| -> Vec<(String, f64, f64)> {
        let span = Span::new(at(from), at(to), period).unwrap();
        let periods = span.periods(minutes.iter().copied());
        periods.iter().map(|(start, all)| (moment(*start).unwrap().to_string(), all.sum, all.count)).collect()
    };
    assert_eq!(
        told("2026-11-24T10:01:30Z", "2026-11-24T10:04:00Z", 60),
        [
            ("2026-11-24T10:01:00Z".to_owned(), 0.0, 1.0),
            ("2026-11-24T10:02:00Z".to_owned(), 1.0, 1.0),
            ("2026-11-24T10:03:00Z".to_owned(), 2.0, 1.0)
        ]
    );
    assert_eq!(
        told("2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z", 300),
        [
            ("2026-11-24T10:00:00Z".to_owned(), 6.0, 4.0),
            ("2026-11-24T10:05:00Z".to_owned(), 30.0, 5.0),
            ("2026-11-24T10:10:00Z".to_owned(), 9.0, 1.0)
        ]
    );
    assert!(Span::new(start, start, 60).is_err());
    assert!(Span::new(start, at("2026-11-24T11:00:00Z"), 90).is_err());
    assert!(Span::new(start, at("2026-11-24T11:00:00Z"), 1).is_err());
}

#[test]
fn statistics() {
    let spread = Spread { minimum: 1.0, maximum: 5.0, sum: 9.0, count: 3.0 };
    for (name, value) in [("Average", 3.0), ("Sum", 9.0), ("Minimum", 1.0), ("Maximum", 5.0), ("SampleCount", 3.0)] {
        assert_eq!(Statistic::read(name).unwrap().of(&spread), value, "{name}");
    }
    assert!(Statistic::read("p99").is_err());
}

#[test]
fn values_come_in_three_forms() {
    let datum = || model::MetricDatum { metric_name: "m".into(), ..Default::default() };
    let set = |minimum, maximum, sum, sample_count| model::StatisticSet { minimum, maximum, sum, sample_count };
    for (datum, expected) in [
        (model::MetricDatum { value: Some(2.0), ..datum() }, Some((2.0, 1.0))),
        (model::MetricDatum { values: Some(vec![2.0, 3.0]), ..datum() }, Some((5.0, 2.0))),
        (
            model::MetricDatum { values: Some(vec![2.0, 3.0]), counts: Some(vec![2.0, 4.0]), ..datum() },
            Some((16.0, 6.0)),
        ),
        (model::MetricDatum { values: Some(vec![2.0]), counts: Some(vec![]), ..datum() }, None),
        (model::MetricDatum { values: Some(vec![]), ..datum() }, None),
        (model::MetricDatum { values: Some(vec![2.0]), counts: Some(vec![-1.0]), ..datum() }, None),
        (model::MetricDatum { statistic_values: Some(set(1.0, 2.0, 3.0, 2.0)), ..datum() }, Some((3.0, 2.0))),
        (model::MetricDatum { statistic_values: Some(set(2.0, 1.0, 3.0, 2.0)), ..datum() }, None),
        (model::MetricDatum { statistic_values: Some(set(1.0, 1.0, 0.0, 0.0)), ..datum() }, None),
        (model::MetricDatum { value: Some(f64::NAN), ..datum() }, None),
        (model::MetricDatum { value: Some(1.0), values: Some(vec![1.0]), ..datum() }, None),
        (datum(), None),
    ] {
        let found = spread(&datum).ok().map(|spread| (spread.sum, spread.count));
        assert_eq!(found, expected, "{datum:?}");
    }
}
