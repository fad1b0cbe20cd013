//! Enhanced health: from what is seen to a status, a colour, and causes that say why.
//!
//! Amazon publishes statuses, colours and texts of causes ("Health colors and statuses" in the Elastic Beanstalk
//! Developer Guide), but no thresholds. The thresholds here are our own: see [`THRESHOLDS`].

use std::collections::BTreeMap;

use words::Timestamp;

use crate::environment::{Environment, Kind, Life, Stage};
use crate::fleet::{Copy, CopyState, Observation, ReleaseId, Seen, Traffic};
use crate::name::InstanceId;
use crate::option::Configuration;

/// How something is, the best first among those that are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Nothing was heard of it.
    NoData,
    /// Too little was heard of it.
    Unknown,
    /// Something is done to it for the first time.
    Pending,
    /// All is as it should be.
    Ok,
    /// Something is done to it.
    Info,
    /// Something is not as it should be.
    Warning,
    /// Much is not as it should be.
    Degraded,
    /// Nothing is as it should be.
    Severe,
}

impl Status {
    /// All.
    pub const ALL: [Self; 8] =
        [Self::NoData, Self::Unknown, Self::Pending, Self::Ok, Self::Info, Self::Warning, Self::Degraded, Self::Severe];

    /// The API's word.
    pub fn word(self) -> &'static str {
        match self {
            Self::NoData => "NoData",
            Self::Unknown => "Unknown",
            Self::Pending => "Pending",
            Self::Ok => "Ok",
            Self::Info => "Info",
            Self::Warning => "Warning",
            Self::Degraded => "Degraded",
            Self::Severe => "Severe",
        }
    }

    /// Its colour.
    pub fn colour(self) -> &'static str {
        match self {
            Self::NoData | Self::Unknown | Self::Pending => "Grey",
            Self::Ok | Self::Info => "Green",
            Self::Warning => "Yellow",
            Self::Degraded | Self::Severe => "Red",
        }
    }
}

/// How an environment or an instance is, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// How.
    pub status: Status,
    /// Why.
    pub causes: Vec<String>,
}

/// From which part of the requests on an answer by the server's fault makes an instance worse, in percent. Those by the
/// client's fault count from ten, twenty-five and fifty percent.
const THRESHOLDS: [(f64, f64, Status); 3] =
    [(50.0, 50.0, Status::Severe), (10.0, 25.0, Status::Degraded), (1.0, 10.0, Status::Warning)];
/// Fewer requests say nothing.
const REQUESTS: u64 = 10;
/// Use of processors or memory from which on an instance is warned of, in percent.
const BUSY: f64 = 95.0;

/// How an environment does, as a line of JSON for the log of its health; the names are those of
/// DescribeEnvironmentHealth.
pub(crate) fn line(environment: &Environment, health: &Health, seen: &Observation, now: Timestamp) -> String {
    let [ok, moved, client, server] = seen.traffic.statuses;
    let line = serde_json::json!({
        "EnvironmentName": environment.name,
        "HealthStatus": health.status.word(),
        "Color": health.status.colour(),
        "Causes": health.causes,
        "ApplicationMetrics": {
            "Duration": seen.traffic.window.as_secs(),
            "RequestCount": seen.traffic.requests,
            "StatusCodes": { "Status2xx": ok, "Status3xx": moved, "Status4xx": client, "Status5xx": server },
        },
        "RefreshedAt": now,
    });
    line.to_string()
}

/// How an instance is.
pub fn of_copy(
    environment: &Environment,
    copy: &Copy,
    seen: Option<&Seen>,
    configuration: &Configuration,
    now: Timestamp,
) -> Health {
    let mut causes = Vec::new();
    let mut status = Status::Ok;
    let mut worse = |to: Status, cause: String| {
        status = status.max(to);
        causes.push(cause);
    };
    let Some(seen) = seen else {
        return Health { status: Status::NoData, causes: vec!["No data received from instance.".into()] };
    };
    let deploys = environment.life.operation().is_some_and(|operation| operation.release == copy.release);
    match &seen.state {
        CopyState::Failed(failure) => worse(Status::Severe, format!("Following services are not running: {failure}")),
        CopyState::Stopped => worse(Status::Severe, "The application is stopped.".into()),
        CopyState::Starting => {
            let since = environment.instances.get(&copy.instance).map_or(0, |at| now.since(*at).as_secs());
            worse(Status::Pending, format!("Performing initialization (running for {since} seconds)."));
        }
        CopyState::Running { .. } if deploys => {
            let since = environment.life.operation().map_or(0, |operation| now.since(operation.started).as_secs());
            worse(Status::Info, format!("Performing application deployment (running for {since} seconds)."));
            if let Some(why) = &seen.failing {
                worse(Status::Info, why.clone());
            }
        }
        CopyState::Running { .. } if seen.failed >= configuration.unhealthy_checks() => {
            worse(Status::Severe, seen.failing.clone().unwrap_or_else(|| "ELB health is failing.".into()));
        }
        CopyState::Running { .. } => {}
    }
    for (to, cause) in traffic(&seen.traffic, configuration) {
        worse(to, cause);
    }
    if let Some(cpu) = seen.cpu.map(|cpu| cpu.user + cpu.system).filter(|cpu| *cpu > BUSY) {
        worse(Status::Warning, format!("{cpu:.0} % of CPU is in use."));
    }
    if let Some((used, all)) = seen.memory {
        #[expect(clippy::cast_precision_loss, reason = "percent")]
        let percent = used as f64 * 100.0 / all.max(1) as f64;
        if percent > BUSY {
            worse(Status::Warning, format!("{percent:.0} % of memory is in use."));
        }
    }
    if let Some(current) = environment.current.filter(|current| *current != copy.release && !deploys) {
        let label = |id: ReleaseId| {
            let release = environment.releases.get(&id);
            release.and_then(|release| release.version.clone()).map_or_else(String::new, |label| label.to_string())
        };
        worse(
            Status::Degraded,
            format!(
                "Incorrect application version \"{}\" (deployment {}). Expected version \"{}\" (deployment {current}).",
                label(copy.release),
                copy.release,
                label(current)
            ),
        );
    }
    Health { status, causes }
}

fn traffic(traffic: &Traffic, configuration: &Configuration) -> Vec<(Status, String)> {
    let total: u64 = traffic.statuses.iter().sum();
    if total < REQUESTS {
        return Vec::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "percent")]
    let percent = |part: u64| part as f64 * 100.0 / total as f64;
    let (client, server) = (percent(traffic.statuses[2]), percent(traffic.statuses[3]));
    let mut found = Vec::new();
    if let Some((_, _, status)) = THRESHOLDS.iter().find(|(least, _, _)| server >= *least) {
        found.push((*status, format!("{server:.1} % of the requests are failing with HTTP 5xx.")));
    }
    if configuration.counts_client_errors()
        && let Some((_, _, status)) = THRESHOLDS.iter().find(|(_, least, _)| client >= *least)
    {
        found.push((*status, format!("{client:.1} % of the requests are failing with HTTP 4xx.")));
    }
    found
}

/// The requests that fail on a release that gets only a share of them, if too many do.
pub(crate) fn failing_traffic(
    environment: &Environment,
    copies: &[(InstanceId, ReleaseId)],
    seen: &Observation,
) -> Option<String> {
    let (mut total, mut failed) = (0u64, 0u64);
    for copy in copies {
        let traffic = seen.copies.get(copy).map(|seen| seen.traffic).unwrap_or_default();
        total += traffic.statuses.iter().sum::<u64>();
        failed += traffic.statuses[3];
    }
    let version = environment.life.operation().and_then(|operation| environment.releases.get(&operation.release));
    let label = version.and_then(|release| release.version.as_ref()).map_or("new", |label| label.as_str());
    let bad = total >= REQUESTS && failed * 10 >= total;
    bad.then(|| format!("{failed} of {total} requests to version {label} failed with HTTP 5xx."))
}

/// How the instances of an environment are.
pub fn of_instances(
    environment: &Environment,
    configuration: &Configuration,
    seen: &Observation,
    now: Timestamp,
) -> BTreeMap<InstanceId, Health> {
    let instances = environment.per_instance().into_iter();
    instances
        .map(|(instance, copy)| (instance.clone(), of_copy(environment, copy, seen.of(copy), configuration, now)))
        .collect()
}

/// How an environment is.
pub fn of_environment(
    environment: &Environment,
    configuration: &Configuration,
    seen: &Observation,
    now: Timestamp,
) -> Health {
    let instances = of_instances(environment, configuration, seen, now);
    let count = instances.len();
    let of = |least: Status| instances.values().filter(|health| health.status >= least).count();
    let mut causes: Vec<String> = Vec::new();
    match &environment.life {
        Life::Launching(operation) => {
            let since = now.since(operation.started).as_secs();
            causes.push(format!("Performing initialization (running for {since} seconds)."));
            return Health { status: Status::Pending, causes };
        }
        Life::Terminating { .. } => {
            causes.push("Environment is terminating.".into());
            return Health { status: Status::Info, causes };
        }
        Life::Terminated { .. } => return Health { status: Status::NoData, causes },
        Life::Ready | Life::Updating(_) => {}
    }
    if count == 0 {
        let mut cause = "There are no instances.".to_owned();
        if environment.current.is_none() {
            cause.push_str(" The environment could not be launched: its events say why.");
        }
        return Health { status: Status::Severe, causes: vec![cause] };
    }
    let mut status = match (of(Status::Severe), of(Status::Degraded), of(Status::Warning)) {
        (severe, _, _) if severe * 2 >= count => Status::Severe,
        (severe, degraded, _) if severe > 0 && degraded * 4 >= count => Status::Degraded,
        (_, degraded, _) if degraded * 4 >= count => Status::Degraded,
        (_, degraded, warning) if degraded + warning > 0 => Status::Warning,
        _ => Status::Ok,
    };
    let silent = instances.values().filter(|health| health.status == Status::NoData).count();
    if silent == count {
        return Health { status: Status::NoData, causes: vec!["None of the instances are sending data.".into()] };
    }
    if let Life::Updating(operation) = &environment.life {
        status = status.max(Status::Info);
        let at_work = environment.copies.iter().filter(|copy| copy.release == operation.release).count();
        match (&operation.stage, operation.kind) {
            (Stage::Returning { cause, .. }, _) => causes.push(format!("Going back to the version before: {cause}")),
            (_, Kind::Configure) => {
                causes.push(format!("Configuration update in progress on {at_work} out of {count} instances."));
            }
            _ => causes.push(format!("Command is executing on {at_work} out of {count} instances.")),
        }
    }
    let serving = environment.serving().count();
    if serving < configuration.least() {
        status = status.max(Status::Warning);
        causes.push(format!(
            "{serving} active instances is below Auto Scaling group minimum size {}.",
            configuration.least()
        ));
    }
    for (to, cause) in traffic(&seen.traffic, configuration) {
        status = status.max(to);
        causes.push(cause);
    }
    let impaired = of(Status::Warning);
    if impaired > 0 {
        causes.push(format!("Impaired services on {impaired} out of {count} instances."));
        let first = instances.iter().find(|(_, health)| health.status >= Status::Warning);
        causes.extend(first.map(|(id, health)| format!("[Instance: {id}] {}", health.causes.join(" "))));
    }
    if status == Status::Ok
        && let Some((took, ago)) =
            environment.current.and_then(|id| environment.releases.get(&id)).and_then(|release| {
                let completed = release.completed?;
                Some((completed.since(release.created).as_secs(), now.since(completed).as_secs()))
            })
        && ago < 60
    {
        causes.push(format!("Application deployment completed {ago} seconds ago and took {took} seconds."));
    }
    Health { status, causes }
}

/// The colour of an environment that does not report its health: what the balancer knows.
pub fn basic_colour(environment: &Environment, configuration: &Configuration, seen: &Observation) -> &'static str {
    if !matches!(environment.life, Life::Ready) {
        return "Grey";
    }
    let serving: Vec<&Copy> = environment.serving().collect();
    let failing = |copy: &&&Copy| {
        seen.of(copy).is_none_or(|seen| {
            !matches!(seen.state, CopyState::Running { .. }) || seen.failed >= configuration.unhealthy_checks()
        })
    };
    match (serving.len(), serving.iter().filter(failing).count()) {
        (0, _) => "Red",
        (_, 0) => "Green",
        (all, failing) if failing == all => "Red",
        _ => "Yellow",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_those_of_the_guide() {
        let all: Vec<_> = Status::ALL.iter().map(|status| (status.word(), status.colour())).collect();
        assert_eq!(
            all,
            [
                ("NoData", "Grey"),
                ("Unknown", "Grey"),
                ("Pending", "Grey"),
                ("Ok", "Green"),
                ("Info", "Green"),
                ("Warning", "Yellow"),
                ("Degraded", "Red"),
                ("Severe", "Red")
            ]
        );
    }
}
