//! Graphs of an environment, of what CloudWatch has of it.

use std::collections::BTreeMap;

use askama::Template;
use serde_json::{Value, json};
use words::Timestamp;

use super::environment::{Around, find};
use super::{Frame, show};
use crate::answer::Answer;
use crate::aws::{Members, Output};
use crate::chart::{Chart, Kind, Series, Unit};
use crate::command::{Operation, Service};
use crate::error::Error;
use crate::limits;
use crate::server::Visit;

#[derive(Template)]
#[template(path = "monitoring.html")]
struct Page {
    frame: Frame,
    around: Around,
    charts: Vec<Chart>,
    line: String,
}

/// A metric, and where it is drawn.
struct Metric {
    chart: usize,
    shown: &'static str,
    namespace: &'static str,
    name: &'static str,
    statistic: &'static str,
}

const fn metric(chart: usize, shown: &'static str, name: &'static str, statistic: &'static str) -> Metric {
    Metric { chart, shown, namespace: "AWS/ElasticBeanstalk", name, statistic }
}

static METRICS: &[Metric] = &[
    metric(0, "requests", "ApplicationRequestsTotal", "Sum"),
    metric(1, "p50", "ApplicationLatencyP50", "Average"),
    metric(1, "p90", "ApplicationLatencyP90", "Average"),
    metric(1, "p99", "ApplicationLatencyP99", "Average"),
    metric(2, "2xx", "ApplicationRequests2xx", "Sum"),
    metric(2, "3xx", "ApplicationRequests3xx", "Sum"),
    metric(2, "4xx", "ApplicationRequests4xx", "Sum"),
    metric(2, "5xx", "ApplicationRequests5xx", "Sum"),
    Metric { chart: 3, shown: "CPU", namespace: "AWS/EC2", name: "CPUUtilization", statistic: "Average" },
];

static CHARTS: [(&str, Unit, Kind); 4] = [
    ("Requests", Unit::Count, Kind::Stack),
    ("Latency", Unit::Seconds, Kind::Lines),
    ("Status codes", Unit::Count, Kind::Stack),
    ("CPU", Unit::Percent, Kind::Lines),
];

/// `/environments/NAME/monitoring`
pub(crate) async fn graphs(visit: &Visit, name: &str) -> Result<Answer, Error> {
    let environment = find(visit, name).await?;
    let resources = Operation::eb("DescribeEnvironmentResources").with("EnvironmentName", name);
    let resources = visit.ask(&resources).await?;
    let group = resources.child("EnvironmentResources").and_then(|all| all.list("AutoScalingGroups").next());
    let group = group.map(|group| group.at("Name")).unwrap_or_default();
    let now = Timestamp::now();
    // A minute that is not over yet would look as if less happened.
    let end = now.seconds().div_euclid(60);
    let asked = question(&environment.name, group, end);
    let told = visit.ask(&asked).await?;
    let around = Around::new(environment, "Monitoring");
    show(&Page { frame: around.frame(visit), charts: drawn(&told, end), around, line: asked.line() })
}

/// The moment at which a minute begins, as the API writes it.
fn at(minute: i64) -> String {
    let nanos = i128::from(minute) * 60_000_000_000;
    Timestamp::from_nanos(nanos).map(|moment| moment.to_string()).unwrap_or_default()
}

fn question(environment: &str, group: &str, end: i64) -> Operation {
    let queries = METRICS.iter().enumerate().map(|(number, metric)| {
        let (dimension, value) = match metric.namespace {
            "AWS/EC2" => ("AutoScalingGroupName", group),
            _ => ("EnvironmentName", environment),
        };
        json!({
            "Id": format!("m{number}"),
            "MetricStat": {
                "Metric": {
                    "Namespace": metric.namespace,
                    "MetricName": metric.name,
                    "Dimensions": [{ "Name": dimension, "Value": value }],
                },
                "Period": 60,
                "Stat": metric.statistic,
            },
        })
    });
    Operation::new(Service::CloudWatch, "GetMetricData")
        .with("MetricDataQueries", Value::Array(queries.collect()))
        .with("StartTime", at(end - limits::MINUTES))
        .with("EndTime", at(end))
}

fn drawn(told: &Output, end: i64) -> Vec<Chart> {
    let mut values: BTreeMap<String, BTreeMap<i64, f64>> = BTreeMap::new();
    for result in told.list("MetricDataResults") {
        let minutes = result
            .texts("Timestamps")
            .into_iter()
            .map(|text| text.parse::<Timestamp>().map(|moment| moment.seconds().div_euclid(60)));
        let numbers = result.texts("Values").into_iter().map(|text| text.parse::<f64>());
        let pairs = minutes.zip(numbers).filter_map(|(minute, number)| Some((minute.ok()?, number.ok()?)));
        values.entry(result.at("Id").to_owned()).or_default().extend(pairs);
    }
    let until = super::moment(&at(end)).get(11..16).unwrap_or_default().to_owned() + " UTC";
    let mut charts: Vec<Chart> =
        CHARTS.map(|(title, unit, kind)| Chart { title, unit, kind, series: Vec::new(), until: until.clone() }).into();
    for (number, metric) in METRICS.iter().enumerate() {
        let found = values.remove(&format!("m{number}")).unwrap_or_default();
        let minutes = (end - limits::MINUTES..end).map(|minute| found.get(&minute).copied());
        if let Some(chart) = charts.get_mut(metric.chart) {
            chart.series.push(Series { name: metric.shown.into(), values: minutes.collect() });
        }
    }
    charts
}
