//! CloudWatch: metrics that programs put, and those of the environments.
//!
//! All of them are kept in memory and for a short time ([`store`]): what has been put for some hours, and of an
//! environment what `beanstalk` remembers of it ([`own`]). There are no alarms: a trigger looks at its metric itself.

mod own;
mod store;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use ::beanstalk::Beanstalk;
use ::beanstalk::history::Spread;
use words::Timestamp;

use crate::codec::Members;
use crate::error::Error;
use crate::generated::cloudwatch as model;
use crate::parts::page;
use crate::service::{Caller, Target};

use store::{Name, Series, Store};

type Result<T> = std::result::Result<T, Error>;

/// The service.
#[derive(Clone)]
pub struct CloudWatch {
    service: Beanstalk,
    put: Arc<Mutex<Store>>,
}

crate::service! {
    CloudWatch, speaks crate::generated::cloudwatch {
        DescribeAlarms => describe_alarms,
        GetMetricData => get_metric_data,
        GetMetricStatistics => get_metric_statistics,
        ListMetrics => list_metrics,
        PutMetricData => put_metric_data,
    }
    on targets_of
}

/// Most data points of one answer of GetMetricStatistics (AWS's).
const POINTS: usize = 1440;
/// Most data points of one answer of GetMetricData (AWS's).
const DATA: usize = 100_800;
/// Most queries of one GetMetricData (AWS's).
const QUERIES: usize = 500;

fn invalid(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(model::error::INVALID_PARAMETER_VALUE_EXCEPTION, message)
}

fn combination(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(model::error::INVALID_PARAMETER_COMBINATION_EXCEPTION, message)
}

fn dimensions(given: Option<Vec<model::Dimension>>) -> BTreeMap<String, String> {
    given.unwrap_or_default().into_iter().map(|one| (one.name, one.value)).collect()
}

/// A statistic of the values of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Statistic {
    Average,
    Sum,
    Minimum,
    Maximum,
    SampleCount,
}

impl Statistic {
    fn read(text: &str) -> Result<Self> {
        Ok(match text {
            "Average" => Self::Average,
            "Sum" => Self::Sum,
            "Minimum" => Self::Minimum,
            "Maximum" => Self::Maximum,
            "SampleCount" => Self::SampleCount,
            other => {
                return Err(invalid(format!(
                    "The statistic {other} is not supported here. There are Average, Sum, Minimum, Maximum and \
                     SampleCount."
                )));
            }
        })
    }

    fn of(self, spread: &Spread) -> f64 {
        match self {
            Self::Average => spread.average(),
            Self::Sum => spread.sum,
            Self::Minimum => spread.minimum,
            Self::Maximum => spread.maximum,
            Self::SampleCount => spread.count,
        }
    }
}

/// A span of time that is asked for, in whole periods.
#[derive(Debug, Clone, Copy)]
struct Span {
    start: i64,
    end: i64,
    period: i64,
}

impl Span {
    fn new(start: Timestamp, end: Timestamp, period: i64) -> Result<Self> {
        if start >= end {
            return Err(invalid("The parameter StartTime must be less than the parameter EndTime."));
        }
        if period < 60 || period % 60 != 0 {
            return Err(invalid("The parameter Period must be a multiple of 60: values are kept by the minute."));
        }
        Ok(Self { start: start.seconds(), end: end.seconds(), period })
    }

    /// The values of each period by its start, in order.
    fn periods(&self, minutes: impl Iterator<Item = (i64, Spread)>) -> BTreeMap<i64, Spread> {
        let mut found: BTreeMap<i64, Spread> = BTreeMap::new();
        for (minute, spread) in minutes {
            let second = minute.saturating_mul(60);
            // A period begins at a multiple of its length.
            let start = second.div_euclid(self.period) * self.period;
            if second >= self.start.div_euclid(60) * 60 && second < self.end {
                let joined = found.get(&start).map_or(spread, |known| known.and(spread));
                found.insert(start, joined);
            }
        }
        found
    }
}

fn moment(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_nanos(i128::from(seconds) * 1_000_000_000)
}

impl CloudWatch {
    /// Serves the metrics of these environments, and those that are put.
    pub fn new(service: Beanstalk) -> Self {
        Self { service, put: Arc::default() }
    }

    /// Metrics are no resources.
    ///
    /// Source: "Actions, resources, and condition keys for Amazon CloudWatch".
    fn targets_of(&self, _: &Caller, operation: &str, input: Members<'_>) -> Vec<Target> {
        let target = Target::new("*");
        vec![match input.text("Namespace").filter(|_| operation == "PutMetricData") {
            Some(namespace) => target.with("cloudwatch:namespace", namespace),
            None => target,
        }]
    }

    fn with<T>(&self, work: impl FnOnce(&mut Store) -> T) -> T {
        work(&mut self.put.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The minutes of a metric, and the unit of its values.
    fn series(&self, caller: &Caller, name: &Name) -> Option<Series> {
        match own::series(&self.service, caller, name) {
            Some(series) => Some(series),
            None => self.with(|store| store.get(&caller.region, name).cloned()),
        }
    }

    async fn put_metric_data(&self, caller: &Caller, input: model::PutMetricDataInput) -> Result<()> {
        if input.entity_metric_data.is_some_and(|all| !all.is_empty()) {
            return Err(invalid("EntityMetricData is not supported here: put MetricData."));
        }
        if input.strict_entity_validation.is_some() {
            return Err(invalid("StrictEntityValidation is not supported here. Leave it out."));
        }
        if input.namespace.starts_with("AWS/") {
            return Err(invalid("The value AWS/ for parameter Namespace is invalid. It is the environments' own."));
        }
        let data = input.metric_data.unwrap_or_default();
        if data.is_empty() {
            return Err(Error::new(
                model::error::MISSING_REQUIRED_PARAMETER_EXCEPTION,
                "The parameter MetricData is required.",
            ));
        }
        let mut put = Vec::new();
        for datum in data {
            let at = datum.timestamp.unwrap_or(caller.now);
            let spread = spread(&datum)?;
            let dimensions = dimensions(datum.dimensions);
            let unit = datum.unit.unwrap_or_else(|| "None".into());
            put.push((
                Name { namespace: input.namespace.clone(), metric: datum.metric_name, dimensions },
                at,
                spread,
                unit,
            ));
        }
        self.with(|store| {
            for (name, at, spread, unit) in put {
                store.put(&caller.region, name, at, spread, unit, caller.now).map_err(invalid)?;
            }
            Ok(())
        })
    }

    async fn get_metric_statistics(
        &self,
        caller: &Caller,
        input: model::GetMetricStatisticsInput,
    ) -> Result<model::GetMetricStatisticsOutput> {
        if input.extended_statistics.is_some_and(|all| !all.is_empty()) {
            return Err(invalid("ExtendedStatistics are not supported here: values are not kept one by one."));
        }
        let wanted = input.statistics.unwrap_or_default();
        if wanted.is_empty() {
            return Err(combination(
                "At least one of the parameters Statistics and ExtendedStatistics must be specified.",
            ));
        }
        let wanted: Vec<Statistic> = wanted.iter().map(|text| Statistic::read(text)).collect::<Result<_>>()?;
        let span = Span::new(input.start_time, input.end_time, input.period)?;
        let dimensions = dimensions(input.dimensions);
        let name = Name { namespace: input.namespace, metric: input.metric_name.clone(), dimensions };
        let series =
            self.series(caller, &name).filter(|series| input.unit.as_ref().is_none_or(|unit| *unit == series.unit));
        let Some(series) = series else {
            return Ok(model::GetMetricStatisticsOutput {
                datapoints: Some(Vec::new()),
                label: Some(input.metric_name),
            });
        };
        let periods = span.periods(series.minutes.iter().map(|(minute, spread)| (*minute, *spread)));
        if periods.len() > POINTS {
            return Err(combination(format!(
                "You have requested up to {} datapoints, which exceeds the limit of {POINTS}.",
                periods.len()
            )));
        }
        let told = |(start, spread): (i64, Spread)| {
            let value = |statistic: Statistic| wanted.contains(&statistic).then(|| statistic.of(&spread));
            model::Datapoint {
                average: value(Statistic::Average),
                extended_statistics: None,
                maximum: value(Statistic::Maximum),
                minimum: value(Statistic::Minimum),
                sample_count: value(Statistic::SampleCount),
                sum: value(Statistic::Sum),
                timestamp: moment(start),
                unit: Some(series.unit.clone()),
            }
        };
        Ok(model::GetMetricStatisticsOutput {
            datapoints: Some(periods.into_iter().map(told).collect()),
            label: Some(input.metric_name),
        })
    }

    async fn get_metric_data(
        &self,
        caller: &Caller,
        input: model::GetMetricDataInput,
    ) -> Result<model::GetMetricDataOutput> {
        if input.next_token.is_some_and(|token| !token.is_empty()) {
            return Err(Error::new(model::error::INVALID_NEXT_TOKEN, "There are no further pages."));
        }
        if input.metric_data_queries.len() > QUERIES {
            return Err(invalid(format!("At most {QUERIES} MetricDataQueries can be asked at once.")));
        }
        let newest_first = match input.scan_by.as_deref() {
            None | Some("TimestampDescending") => true,
            Some("TimestampAscending") => false,
            Some(other) => return Err(invalid(format!("The value {other} for parameter ScanBy is invalid."))),
        };
        let most = input.max_datapoints.and_then(|most| usize::try_from(most).ok()).unwrap_or(DATA).min(DATA);
        let mut results = Vec::new();
        let mut count = 0;
        for query in input.metric_data_queries {
            let Some(stat) = query.metric_stat else {
                return Err(invalid(format!(
                    "The query {} is an expression: only MetricStat is supported here.",
                    query.id
                )));
            };
            let statistic = Statistic::read(&stat.stat)?;
            let span = Span::new(input.start_time, input.end_time, stat.period)?;
            if query.return_data == Some(false) {
                continue;
            }
            let metric = stat.metric.metric_name.unwrap_or_default();
            let name = Name {
                namespace: stat.metric.namespace.unwrap_or_default(),
                metric: metric.clone(),
                dimensions: dimensions(stat.metric.dimensions),
            };
            let series =
                self.series(caller, &name).filter(|all| stat.unit.as_ref().is_none_or(|unit| *unit == all.unit));
            let minutes = series.map(|series| series.minutes).unwrap_or_default();
            let mut found: Vec<(i64, Spread)> = span.periods(minutes.into_iter()).into_iter().collect();
            if newest_first {
                found.reverse();
            }
            count += found.len();
            if count > most {
                return Err(invalid(format!("More than {most} data points are asked for. Ask for fewer at once.")));
            }
            results.push(model::MetricDataResult {
                id: Some(query.id),
                label: Some(query.label.unwrap_or(metric)),
                messages: None,
                status_code: Some("Complete".into()),
                timestamps: Some(found.iter().filter_map(|(start, _)| moment(*start)).collect()),
                values: Some(found.iter().map(|(_, spread)| statistic.of(spread)).collect()),
            });
        }
        Ok(model::GetMetricDataOutput {
            messages: Some(Vec::new()),
            metric_data_results: Some(results),
            next_token: None,
        })
    }

    async fn list_metrics(&self, caller: &Caller, input: model::ListMetricsInput) -> Result<model::ListMetricsOutput> {
        let mut names = own::names(&self.service, caller);
        names.extend(self.with(|store| store.names(&caller.region, caller.now)));
        names.sort();
        let filters = input.dimensions.unwrap_or_default();
        let wanted = |name: &Name| {
            input.namespace.as_ref().is_none_or(|namespace| *namespace == name.namespace)
                && input.metric_name.as_ref().is_none_or(|metric| *metric == name.metric)
                && filters.iter().all(|filter| {
                    let value = name.dimensions.get(&filter.name);
                    value.is_some_and(|value| filter.value.as_ref().is_none_or(|wanted| wanted == value))
                })
        };
        names.retain(wanted);
        let (names, next_token) = page(names, Some(500), input.next_token.as_deref(), Name::text)
            .map_err(|error| Error::new(model::error::INVALID_NEXT_TOKEN, error.message))?;
        let told = names.into_iter().map(|name| model::Metric {
            dimensions: Some(
                name.dimensions.into_iter().map(|(name, value)| model::Dimension { name, value }).collect(),
            ),
            metric_name: Some(name.metric),
            namespace: Some(name.namespace),
        });
        Ok(model::ListMetricsOutput { metrics: Some(told.collect()), next_token, owning_accounts: None })
    }

    /// There are none.
    async fn describe_alarms(&self, _: &Caller, _: model::DescribeAlarmsInput) -> Result<model::DescribeAlarmsOutput> {
        Ok(model::DescribeAlarmsOutput {
            composite_alarms: Some(Vec::new()),
            metric_alarms: Some(Vec::new()),
            ..Default::default()
        })
    }
}

/// The values of a datum: one, many with how often each, or what they come to.
fn spread(datum: &model::MetricDatum) -> Result<Spread> {
    let finite = |value: f64| {
        if value.is_finite() { Ok(value) } else { Err(invalid("The value of a metric must be a finite number.")) }
    };
    match (&datum.value, &datum.values, &datum.statistic_values) {
        (Some(value), None, None) => Ok(Spread::of(finite(*value)?)),
        (None, Some(values), None) => {
            let counts = datum.counts.clone().unwrap_or_else(|| vec![1.0; values.len()]);
            if counts.len() != values.len() || values.is_empty() {
                return Err(invalid("The parameters Values and Counts must have as many members as each other."));
            }
            let mut all: Option<Spread> = None;
            for (value, count) in values.iter().zip(counts) {
                let (value, count) = (finite(*value)?, finite(count)?);
                if count < 0.0 {
                    return Err(invalid("A member of Counts must not be negative."));
                }
                let one = Spread { minimum: value, maximum: value, sum: value * count, count };
                all = Spread::join(all, Some(one));
            }
            all.ok_or_else(|| invalid("Values must have a member."))
        }
        (None, None, Some(set)) => {
            let (sum, count) = (finite(set.sum)?, finite(set.sample_count)?);
            let (minimum, maximum) = (finite(set.minimum)?, finite(set.maximum)?);
            if count <= 0.0 || minimum > maximum {
                return Err(invalid("StatisticValues must have a SampleCount above zero, and Minimum up to Maximum."));
            }
            Ok(Spread { minimum, maximum, sum, count })
        }
        _ => Err(combination("One of the parameters Value, Values and StatisticValues must be given, and no other.")),
    }
}
