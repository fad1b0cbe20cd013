//! From what is wished to what the balancer is told: one whole value for all environments.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use balancer::{
    Algorithm, Forward, GroupId, HealthCheck, Hosts, Listener, Protocol, Route, RouteId, Routing, Rule, Target,
    TargetGroup, TargetId, TargetProtocol,
};
use beanstalk::fleet::{Duty, Failure, ReleaseId, Wish};
use beanstalk::option::{DEFAULT_PROCESS, Probe, Process, Stickiness, Tier};
use beanstalk::{EnvironmentId, InstanceId};

use crate::{CopyId, Local, copies, wishes};

/// The group of the copies of one release.
pub(crate) fn group(environment: &EnvironmentId, release: ReleaseId) -> GroupId {
    GroupId::new(format!("{environment}/{release}"))
}

/// The route of an environment.
pub(crate) fn route(environment: &EnvironmentId) -> RouteId {
    RouteId::new(environment.as_str())
}

/// A copy among the targets of its release's group.
pub(crate) fn target(instance: &InstanceId) -> TargetId {
    TargetId::new(instance.as_str())
}

/// How long a connection of a client may do nothing.
const IDLE: Duration = Duration::from_secs(60);

impl Local {
    /// Tells the balancer what is wished now.
    pub(crate) async fn route(&self) -> Result<(), Failure> {
        let _one = self.0.routing.lock().await;
        let mut routing = Routing::default();
        let mut names = BTreeMap::new();
        for wish in self.with(|known| wishes(known)).into_values() {
            // Nobody but its queue sends requests to a worker.
            if wish.tier == Tier::Worker {
                continue;
            }
            let Some(own) = self.add(&wish, &mut routing) else { continue };
            for host in &wish.hosts {
                if let Ok(name) = host.parse() {
                    names.insert(name, own.clone());
                }
            }
            routing.listeners.push(Listener {
                address: SocketAddr::new(self.0.config.address, wish.port),
                protocol: Protocol::Http(Hosts { names: BTreeMap::new(), default: Some(own) }),
                idle_timeout: wish.configuration.routing.idle_timeout,
            });
        }
        for address in &self.0.config.listen {
            routing.listeners.push(Listener {
                address: *address,
                protocol: Protocol::Http(Hosts { names: names.clone(), default: None }),
                idle_timeout: IDLE,
            });
        }
        let told = self.0.balancer.apply(routing);
        told.map(drop).map_err(|error| Failure::new("Setting up the load balancer", error.to_string()))
    }

    /// Adds the route of an environment and its groups.
    fn add(&self, wish: &Wish, routing: &mut Routing) -> Option<RouteId> {
        let process = wish.configuration.routing.processes.get(DEFAULT_PROCESS)?;
        let there = self.containers(&wish.environment);
        let mut groups: BTreeMap<ReleaseId, Vec<Target>> = BTreeMap::new();
        for copy in wish.copies.iter().filter(|copy| copy.duty == Duty::Serve) {
            let key: CopyId = (copy.instance.clone(), copy.release);
            let targets = groups.entry(copy.release).or_default();
            let address = copies::parcel_of(wish, &key)
                .zip(there.get(&key))
                .and_then(|(parcel, containers)| copies::serving(&parcel, containers));
            targets.extend(address.map(|address| Target { id: target(&copy.instance), address }));
        }
        let shares = shares(wish, &groups);
        let forward = Forward::weighted(shares).ok()?;
        for (release, targets) in groups {
            routing.groups.insert(group(&wish.environment, release), targets_of(process, targets));
        }
        let rules = Vec::<Rule>::new();
        let own = route(&wish.environment);
        routing.routes.insert(own.clone(), Route { rules, default: forward, access_log: false });
        Some(own)
    }
}

/// How requests are shared among the releases that serve: by the number of their copies, or as is wished.
fn shares(wish: &Wish, groups: &BTreeMap<ReleaseId, Vec<Target>>) -> Vec<(GroupId, u16)> {
    let named = |release: &ReleaseId| group(&wish.environment, *release);
    match wish.split.filter(|split| groups.contains_key(&split.release) && groups.len() > 1) {
        None => groups
            .iter()
            .map(|(release, targets)| (named(release), u16::try_from(targets.len().max(1)).unwrap_or(999).min(999)))
            .collect(),
        Some(split) => {
            let others: usize = groups.iter().filter(|(id, _)| **id != split.release).map(|(_, all)| all.len()).sum();
            let rest = usize::from(100 - split.percent.min(100));
            groups
                .iter()
                .map(|(release, targets)| {
                    let weight = if *release == split.release {
                        u16::from(split.percent)
                    } else {
                        u16::try_from(rest * targets.len() / others.max(1)).unwrap_or(0)
                    };
                    (named(release), weight)
                })
                .collect()
        }
    }
}

fn targets_of(process: &Process, targets: Vec<Target>) -> TargetGroup {
    let check = &process.check;
    let (probe, port) = match &check.probe {
        Probe::Connect { port } | Probe::Get { tls: true, port, .. } => (balancer::Probe::Tcp, *port),
        Probe::Get { tls: false, port, path, codes } => {
            let ranges: Vec<String> = codes.iter().map(|(first, last)| format!("{first}-{last}")).collect();
            match (path.parse(), ranges.join(",").parse()) {
                (Ok(path), Ok(matcher)) => (balancer::Probe::Http { path, matcher }, *port),
                // What the balancer cannot ask for is checked by a connection.
                _ => (balancer::Probe::Tcp, *port),
            }
        }
    };
    TargetGroup {
        protocol: TargetProtocol::Http1,
        targets,
        algorithm: Algorithm::RoundRobin,
        slow_start: Duration::ZERO,
        stickiness: process.stickiness.as_ref().map(|stickiness| match stickiness {
            Stickiness::For(duration) => balancer::Stickiness { duration: *duration },
            // The balancer's cookies end; a week is longer than a browser is open.
            Stickiness::Session => balancer::Stickiness { duration: Duration::from_secs(7 * 86400) },
        }),
        health_check: HealthCheck {
            probe,
            port,
            interval: check.interval,
            timeout: check.timeout,
            healthy_threshold: check.healthy,
            unhealthy_threshold: check.unhealthy,
        },
        idle_timeout: IDLE,
        deregistration_delay: process.deregistration_delay,
    }
}
