//! The metrics of environments, in the namespaces in which AWS has them.
//!
//! Sources: "Publishing Amazon CloudWatch custom metrics for an environment" (Elastic Beanstalk), "CloudWatch metrics
//! for your Application Load Balancer", "CloudWatch metrics that are available for your instances" (EC2).

use std::collections::BTreeMap;

use ::beanstalk::history::{Minute, Spread};
use ::beanstalk::{Beanstalk, Environment};

use super::store::{Name, Series};
use crate::parts;
use crate::service::Caller;

const BEANSTALK: &str = "AWS/ElasticBeanstalk";
const BALANCER: &str = "AWS/ApplicationELB";
const INSTANCES: &str = "AWS/EC2";

/// One metric: where it is, what it is called, in what it is counted, and how it is made of a minute.
struct Metric {
    namespace: &'static str,
    name: &'static str,
    unit: &'static str,
    of: fn(&Minute) -> Option<Spread>,
}

const fn metric(
    namespace: &'static str,
    name: &'static str,
    unit: &'static str,
    of: fn(&Minute) -> Option<Spread>,
) -> Metric {
    Metric { namespace, name, unit, of }
}

#[expect(clippy::cast_precision_loss, reason = "counts and bytes of a minute are far below 2^53")]
fn counted(number: u64) -> Option<Spread> {
    Some(Spread::of(number as f64))
}

fn latency(minute: &Minute, at: usize) -> Option<Spread> {
    minute.latency.as_ref()?.get(at).copied().map(Spread::of)
}

/// Bytes of the balancer, in equal parts for each instance.
fn shared(minute: &Minute, bytes: u64) -> Option<Spread> {
    let instances = minute.instances.average();
    let all = counted(bytes)?.sum;
    (instances > 0.0).then(|| {
        let each = all / instances;
        Spread { minimum: each, maximum: each, sum: all, count: instances }
    })
}

static METRICS: &[Metric] = &[
    metric(BEANSTALK, "ApplicationRequestsTotal", "Count", |minute| counted(minute.traffic.requests)),
    metric(BEANSTALK, "ApplicationRequests2xx", "Count", |minute| counted(minute.traffic.statuses[0])),
    metric(BEANSTALK, "ApplicationRequests3xx", "Count", |minute| counted(minute.traffic.statuses[1])),
    metric(BEANSTALK, "ApplicationRequests4xx", "Count", |minute| counted(minute.traffic.statuses[2])),
    metric(BEANSTALK, "ApplicationRequests5xx", "Count", |minute| counted(minute.traffic.statuses[3])),
    metric(BEANSTALK, "ApplicationLatencyP10", "Seconds", |minute| latency(minute, 0)),
    metric(BEANSTALK, "ApplicationLatencyP50", "Seconds", |minute| latency(minute, 1)),
    metric(BEANSTALK, "ApplicationLatencyP75", "Seconds", |minute| latency(minute, 2)),
    metric(BEANSTALK, "ApplicationLatencyP85", "Seconds", |minute| latency(minute, 3)),
    metric(BEANSTALK, "ApplicationLatencyP90", "Seconds", |minute| latency(minute, 4)),
    metric(BEANSTALK, "ApplicationLatencyP95", "Seconds", |minute| latency(minute, 5)),
    metric(BEANSTALK, "ApplicationLatencyP99", "Seconds", |minute| latency(minute, 6)),
    metric(BEANSTALK, "ApplicationLatencyP99.9", "Seconds", |minute| latency(minute, 7)),
    metric(BALANCER, "RequestCount", "Count", |minute| counted(minute.traffic.requests)),
    metric(BALANCER, "HTTPCode_Target_2XX_Count", "Count", |minute| counted(minute.traffic.statuses[0])),
    metric(BALANCER, "HTTPCode_Target_3XX_Count", "Count", |minute| counted(minute.traffic.statuses[1])),
    metric(BALANCER, "HTTPCode_Target_4XX_Count", "Count", |minute| counted(minute.traffic.statuses[2])),
    metric(BALANCER, "HTTPCode_Target_5XX_Count", "Count", |minute| counted(minute.traffic.statuses[3])),
    metric(BALANCER, "HealthyHostCount", "Count", |minute| Some(minute.healthy)),
    metric(BALANCER, "UnHealthyHostCount", "Count", |minute| Some(minute.unhealthy)),
    metric(BALANCER, "ProcessedBytes", "Bytes", |minute| {
        counted(minute.traffic.bytes_in.saturating_add(minute.traffic.bytes_out))
    }),
    metric(INSTANCES, "CPUUtilization", "Percent", |minute| minute.cpu),
    metric(INSTANCES, "NetworkIn", "Bytes", |minute| shared(minute, minute.traffic.bytes_in)),
    metric(INSTANCES, "NetworkOut", "Bytes", |minute| shared(minute, minute.traffic.bytes_out)),
];

/// By what the metrics of an environment are told from those of others.
fn dimension(environment: &Environment, namespace: &str) -> Option<(String, String)> {
    match namespace {
        BEANSTALK => Some(("EnvironmentName".into(), environment.name.to_string())),
        BALANCER => parts::balancer(environment).map(|_| ("LoadBalancer".into(), parts::balancer_path(environment))),
        _ => Some(("AutoScalingGroupName".into(), parts::group_name(environment))),
    }
}

/// The metrics that there are of environments.
pub(super) fn names(service: &Beanstalk, caller: &Caller) -> Vec<Name> {
    let mut found = Vec::new();
    for environment in parts::living(service, &caller.region) {
        for metric in METRICS {
            let Some(dimension) = dimension(&environment, metric.namespace) else { continue };
            found.push(Name {
                namespace: metric.namespace.into(),
                metric: metric.name.into(),
                dimensions: [dimension].into(),
            });
        }
    }
    found
}

/// A metric of an environment; nothing when this is none.
pub(super) fn series(service: &Beanstalk, caller: &Caller, name: &Name) -> Option<Series> {
    let metric = METRICS.iter().find(|one| one.namespace == name.namespace && one.name == name.metric)?;
    let environment = parts::living(service, &caller.region).into_iter().find(|environment| {
        dimension(environment, metric.namespace).is_some_and(|own| name.dimensions == BTreeMap::from([own]))
    })?;
    let history = service.history(&environment.id);
    let minutes = history.minutes().filter_map(|minute| Some((minute.number, (metric.of)(minute)?)));
    Some(Series { unit: metric.unit.into(), minutes: minutes.collect() })
}
