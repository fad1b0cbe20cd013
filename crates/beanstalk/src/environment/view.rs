//! What is told of an environment: made of its record, of what is seen of it, and of how the service is set up.

use std::collections::BTreeMap;
use std::sync::Arc;

use words::Timestamp;

use super::{Environment, Life, Operation, Stage};
use crate::Beanstalk;
use crate::fleet::{Copy, Observation, ReleaseId, Seen, Traffic};
use crate::health::{self, Health, Status};
use crate::name::{InstanceId, VersionLabel};
use crate::option::{Configuration, ListenerProtocol, Tier};

/// What stands in a text for the address of the environment, until it is told.
pub(crate) const ADDRESS: &str = "\u{1}ADDRESS\u{1}";

/// How an environment is.
#[derive(Debug, Clone)]
pub struct View {
    /// `Ready`, `Launching`, …
    pub status: &'static str,
    /// What is done to it can be ended.
    pub abortable: bool,
    /// `Green`, …
    pub colour: &'static str,
    /// `Ok`, …; nothing without enhanced health.
    pub health: Option<Status>,
    /// Its name for clients, with the port; nothing for a worker.
    pub cname: Option<String>,
    /// An address that always leads to it; nothing for a worker.
    pub endpoint: Option<String>,
    /// The ports of its own, in the order of its listeners, and what they speak.
    pub listeners: Vec<(u16, ListenerProtocol)>,
}

/// How an environment is, in detail.
#[derive(Debug, Clone)]
pub struct HealthView {
    /// How it is.
    pub health: Health,
    /// `Ready`, …
    pub status: &'static str,
    /// What goes through its balancer.
    pub traffic: Traffic,
    /// Instances by their status.
    pub counts: BTreeMap<Status, u32>,
    /// When that was seen.
    pub at: Timestamp,
}

/// How an instance is, in detail.
#[derive(Debug, Clone)]
pub struct InstanceView {
    /// Which.
    pub id: InstanceId,
    /// How it is.
    pub health: Health,
    /// When it was launched.
    pub launched: Timestamp,
    /// What is seen of it.
    pub seen: Option<Seen>,
    /// The deployment on it.
    pub release: ReleaseId,
    /// The version of that.
    pub version: Option<VersionLabel>,
    /// `Deployed`, `In Progress`, `Failed`.
    pub deployment: &'static str,
    /// When that deployment was there or began.
    pub deployed: Timestamp,
}

impl Life {
    /// The API's word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Launching(Operation { stage: Stage::Returning { aborted: true, .. }, .. })
            | Self::Updating(Operation { stage: Stage::Returning { aborted: true, .. }, .. }) => "Aborting",
            Self::Launching(_) => "Launching",
            Self::Ready => "Ready",
            Self::Updating(_) => "Updating",
            Self::Terminating { .. } => "Terminating",
            Self::Terminated { .. } => "Terminated",
        }
    }
}

impl Beanstalk {
    /// The host name that leads to an environment, without a port; nothing for a worker.
    pub fn host(&self, environment: &Environment) -> Option<String> {
        let prefix = environment.cname.as_ref().filter(|_| environment.tier == Tier::WebServer)?;
        Some(self.host_of(&environment.region, prefix))
    }

    /// The host name that a prefix stands for.
    pub fn host_of(&self, region: &aws::Region, prefix: &str) -> String {
        format!("{prefix}.{region}.{}", self.config().suffix)
    }

    /// A host name with the port that clients need.
    pub fn with_port(&self, host: &str) -> String {
        match self.config().port {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        }
    }

    pub(crate) fn address(&self, environment: &Environment) -> String {
        self.host(environment).map(|host| self.with_port(&host)).unwrap_or_default()
    }

    /// How an environment is.
    pub fn view(&self, environment: &Environment) -> View {
        let seen = self.seen(&environment.id);
        let configuration = environment.shown().and_then(|release| release.configuration(environment.tier).ok());
        let reports = configuration.as_ref().is_some_and(|configuration| configuration.reports_health());
        let health = configuration
            .as_ref()
            .filter(|_| reports)
            .map(|configuration| health::of_environment(environment, configuration, &seen, self.now()).status);
        let colour = match (&environment.life, health, &configuration) {
            (Life::Terminating { .. } | Life::Terminated { .. }, ..) => "Grey",
            (_, Some(status), _) => status.colour(),
            (_, None, Some(configuration)) => health::basic_colour(environment, configuration, &seen),
            (_, None, None) => "Grey",
        };
        let listeners = configuration.as_ref().map(|configuration| {
            let routing = &configuration.routing;
            let own = environment.listens(routing).into_iter();
            own.filter_map(|(port, own)| Some((own, routing.listeners.get(&port)?.protocol))).collect()
        });
        let served = environment.tier == Tier::WebServer && !environment.life.is_terminated();
        View {
            status: environment.life.word(),
            abortable: environment.life.is_abortable(),
            colour,
            health,
            cname: self.host(environment).map(|host| self.with_port(&host)),
            endpoint: served.then(|| format!("{}:{}", self.fleet().address(), environment.port)),
            listeners: listeners.unwrap_or_default(),
        }
    }

    /// How an environment is, in detail.
    ///
    /// # Errors
    /// When it does not report that.
    pub fn health(&self, environment: &Environment) -> crate::Result<HealthView> {
        let (configuration, seen) = self.reported(environment)?;
        let now = self.now();
        let mut counts: BTreeMap<Status, u32> = BTreeMap::new();
        for health in health::of_instances(environment, &configuration, &seen, now).values() {
            *counts.entry(health.status).or_default() += 1;
        }
        Ok(HealthView {
            health: health::of_environment(environment, &configuration, &seen, now),
            status: environment.life.word(),
            traffic: seen.traffic,
            counts,
            at: seen.at.unwrap_or(now),
        })
    }

    /// How the instances of an environment are, in detail.
    ///
    /// # Errors
    /// When it does not report that.
    pub fn instances_health(&self, environment: &Environment) -> crate::Result<Vec<InstanceView>> {
        let (configuration, seen) = self.reported(environment)?;
        let now = self.now();
        let view = |(id, copy): (&InstanceId, &Copy)| {
            let release = environment.releases.get(&copy.release);
            let at_work = environment.life.operation().is_some_and(|operation| operation.release == copy.release);
            let completed = release.and_then(|release| release.completed);
            InstanceView {
                id: id.clone(),
                health: health::of_copy(environment, copy, seen.of(copy), &configuration, now),
                launched: environment.instances.get(id).copied().unwrap_or(environment.created),
                seen: seen.of(copy).cloned(),
                release: copy.release,
                version: release.and_then(|release| release.version.clone()),
                deployment: match (at_work, completed) {
                    (true, _) => "In Progress",
                    (false, Some(_)) => "Deployed",
                    (false, None) => "Failed",
                },
                deployed: completed.or(release.map(|release| release.created)).unwrap_or(environment.created),
            }
        };
        Ok(environment.per_instance().into_iter().map(view).collect())
    }

    fn reported(&self, environment: &Environment) -> crate::Result<(Arc<Configuration>, Arc<Observation>)> {
        let configuration = environment.shown().map(|release| release.configuration(environment.tier)).transpose()?;
        let reported = configuration.filter(|configuration| configuration.reports_health());
        let Some(configuration) = reported.filter(|_| !environment.life.is_terminated()) else {
            return Err(crate::Error::Request(format!(
                "Environment {} does not support enhanced health: set SystemType of \
                 aws:elasticbeanstalk:healthreporting:system to enhanced.",
                environment.name
            )));
        };
        Ok((configuration, self.seen(&environment.id)))
    }
}
