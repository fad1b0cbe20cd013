//! From what is wished to what the balancer is told: one whole value for all environments.
//!
//! An environment's listeners listen at ports of its own, each at one ([`Wish::ports`]). Beside that all environments
//! share two addresses, where the host name tells them apart: one without TLS, where each answers as the listener of
//! port 80 does (or its first one), and one with TLS, where it answers as that of port 443 does.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use balancer::{
    Action, Algorithm, Certificate, Forward, GroupId, HealthCheck, Hosts, Listener, Pattern, Protocol, Route, RouteId,
    Routing, Rule, Target, TargetGroup, TargetId, TargetProtocol, Tls,
};
use beanstalk::fleet::{Failure, ReleaseId, Wish};
use beanstalk::option::{self, Configuration, ListenerProtocol, Probe, Process, Stickiness, Tier};
use beanstalk::{EnvironmentId, InstanceId};

use crate::labels::Containers;
use crate::parcel::Parcel;
use crate::{CopyId, Local, copies, wishes};

/// The group of the copies of one release, for one process.
pub(crate) fn group(environment: &EnvironmentId, release: ReleaseId, process: &str) -> GroupId {
    GroupId::new(format!("{environment}/{release}/{process}"))
}

/// What all routes of an environment count for.
pub(crate) fn figures(environment: &EnvironmentId) -> RouteId {
    RouteId::new(environment.as_str())
}

/// The routes of a listener: at the environment's own port, and at the address that all share.
fn routes(environment: &EnvironmentId, port: u16) -> (RouteId, RouteId) {
    (RouteId::new(format!("{environment}/{port}")), RouteId::new(format!("{environment}/{port}/shared")))
}

/// A copy among the targets of its release's group.
pub(crate) fn target(instance: &InstanceId) -> TargetId {
    TargetId::new(instance.as_str())
}

/// The port of the instance that the application is behind.
pub(crate) fn main_port(wish: &Wish, release: ReleaseId) -> u16 {
    wish.process(release, option::DEFAULT_PROCESS).map_or(80, |process| process.port)
}

/// How long a connection of a client may do nothing where all environments answer.
const IDLE: Duration = Duration::from_secs(60);

/// What the balancer is to be told, in the making.
#[derive(Default)]
struct Plan {
    routing: Routing,
    /// Who answers without TLS where all do.
    plain: Hosts,
    /// Who answers with TLS there.
    encrypted: Hosts,
    certificates: Vec<Certificate>,
    /// Whose address it is, where not all depend on it.
    owners: BTreeMap<SocketAddr, BTreeSet<EnvironmentId>>,
    faults: BTreeMap<EnvironmentId, Failure>,
}

impl Local {
    /// Tells the balancer what is wished now. Gives what could not be done of it, by environment: one that asks for
    /// what cannot be does not keep the others from what they ask for.
    pub(crate) async fn route(&self) -> Result<BTreeMap<EnvironmentId, Failure>, Failure> {
        let _one = self.0.routing.lock().await;
        let mut plan = Plan::default();
        for wish in self.with(|known| wishes(known)).into_values() {
            // Nobody but its queue sends requests to a worker.
            if wish.tier == Tier::WebServer
                && let Err(failure) = self.add(&wish, &mut plan)
            {
                plan.faults.insert(wish.environment.clone(), failure);
            }
        }
        let Plan { mut routing, plain, encrypted, certificates, mut owners, mut faults } = plan;
        for address in &self.0.config.listen {
            let protocol = Protocol::Http(plain.clone());
            routing.listeners.push(Listener { address: *address, protocol, idle_timeout: IDLE });
        }
        let users: BTreeSet<EnvironmentId> = encrypted.routes().filter_map(|route| owner(route.as_str())).collect();
        // Nobody needs the port before an environment does, and no other daemon has to look for another until then.
        for address in self.0.config.tls_listen.iter().filter(|_| !users.is_empty()) {
            let authority = Some(Arc::clone(self.0.acm.authority()));
            let protocol = Protocol::Https(encrypted.clone(), Tls { certificates: certificates.clone(), authority });
            routing.listeners.push(Listener { address: *address, protocol, idle_timeout: IDLE });
            owners.insert(*address, users.clone());
        }
        loop {
            let error = match self.0.balancer.apply(routing.clone()) {
                Ok(_) => return Ok(faults),
                Err(error) => error,
            };
            let failure = Failure::new("Setting up the load balancer", error.to_string());
            let balancer::Error::Listen { address, .. } = error else { return Err(failure) };
            let Some(owners) = owners.remove(&address) else { return Err(failure) };
            routing.listeners.retain(|listener| listener.address != address);
            faults.extend(owners.into_iter().map(|owner| (owner, failure.clone())));
        }
    }

    /// Tells the balancer whenever a zone's records may lead to an environment by another name, or a certificate is
    /// another, as long as the daemon runs.
    pub(crate) async fn follow_changes(self) {
        let (mut names, mut certificates) = (self.0.zones.watch(), self.0.acm.changes());
        loop {
            let changed = tokio::select! {
                changed = names.changed() => changed,
                changed = certificates.changed() => changed,
            };
            if changed.is_err() {
                return;
            }
            if let Err(failure) = self.route().await {
                tracing::error!(%failure, "the balancer does not follow hosted zones and certificates yet");
            }
        }
    }

    /// Adds the listeners of an environment, and what they lead to.
    fn add(&self, wish: &Wish, plan: &mut Plan) -> Result<(), Failure> {
        let options = &wish.configuration.routing;
        let there = self.containers(&wish.environment);
        let zones = self.0.zones.state();
        let aliases = wish.hosts.iter().flat_map(|host| zones.aliases_of(host));
        let aliases: Vec<String> = aliases.map(|name| name.to_string()).collect();
        let mut forwards = BTreeMap::new();
        for name in options.used().into_keys() {
            let mut groups = groups(wish, name, &there);
            if groups.is_empty() {
                // Nobody serves, yet or any more: that is told by 503, since the environment is there.
                groups.extend(wish.releases.keys().next_back().map(|newest| (*newest, Default::default())));
            }
            let Ok(forward) = Forward::weighted(shares(wish, name, &groups)) else { return Ok(()) };
            for (release, (targets, check)) in groups {
                let Some(process) = wish.process(release, name) else { continue };
                let mut targets = targets_of(process, targets, check);
                targets.idle_timeout = options.idle_timeout;
                plan.routing.groups.insert(group(&wish.environment, release, name), targets);
            }
            forwards.insert(name.to_owned(), forward);
        }
        let (plain, encrypted) = (options.plain(), options.encrypted());
        let mut outcome = Ok(());
        for (port, listener) in &options.listeners {
            let Some(own) = wish.ports.get(port) else { continue };
            let Some(forward) = forwards.get(&listener.process) else { continue };
            // What is wrong with one listener is wrong with no other.
            let (rules, certificate) = match (rules(listener, &forwards), self.certificate(*port, listener)) {
                (Ok(rules), Ok(certificate)) => (rules, certificate),
                (Err(failure), _) | (_, Err(failure)) => {
                    outcome = Err(failure);
                    continue;
                }
            };
            let admits = self.admitted(&wish.environment, *port);
            let route = |redirect: Option<u16>| Route {
                counts_for: figures(&wish.environment),
                rules: rules.clone(),
                default: redirect.map_or(Action::Forward(forward.clone()), |port| Action::Redirect { port }),
                access_log: options.access_log.is_some(),
                admits: admits.clone(),
            };
            let (own_route, shared_route) = routes(&wish.environment, *port);
            let at_own = listener.redirect.and_then(|port| wish.ports.get(&port).copied());
            let at_shared = self.0.config.tls_listen.first().map(SocketAddr::port);
            let shared = match port {
                port if plain == Some(*port) => Some(&mut plan.plain),
                port if encrypted == Some(*port) => Some(&mut plan.encrypted),
                _ => None,
            };
            if let Some(shared) = shared {
                plan.routing.routes.insert(shared_route.clone(), route(at_own.map(|own| at_shared.unwrap_or(own))));
                // An environment's own names go before those that others give it.
                for alias in &aliases {
                    let (names, name) = match alias.strip_prefix("*.") {
                        Some(above) => (&mut shared.below, above),
                        None => (&mut shared.names, alias.as_str()),
                    };
                    if let Ok(name) = name.parse() {
                        names.entry(name).or_insert_with(|| shared_route.clone());
                    }
                }
                let names = wish.hosts.iter().filter_map(|host| host.parse().ok());
                shared.names.extend(names.map(|name| (name, shared_route.clone())));
                plan.certificates.extend(certificate.clone());
            }
            let tls = Tls {
                authority: certificate.is_none().then(|| Arc::clone(self.0.acm.authority())),
                certificates: certificate.into_iter().collect(),
            };
            let hosts = || Hosts { default: Some(own_route.clone()), ..Hosts::default() };
            let protocol = match listener.protocol {
                ListenerProtocol::Http => Protocol::Http(hosts()),
                ListenerProtocol::Https => Protocol::Https(hosts(), tls),
                ListenerProtocol::Tcp => Protocol::Tcp(forward.clone()),
                ListenerProtocol::Tls => Protocol::Tls(forward.clone(), tls),
            };
            if matches!(protocol, Protocol::Http(_) | Protocol::Https(..)) {
                plan.routing.routes.insert(own_route, route(at_own));
            }
            let address = SocketAddr::new(self.0.config.address, *own);
            plan.routing.listeners.push(Listener { address, protocol, idle_timeout: options.idle_timeout });
            plan.owners.insert(address, [wish.environment.clone()].into());
        }
        outcome
    }

    /// The certificate that a listener was given; nothing where it was given none.
    fn certificate(&self, port: u16, listener: &option::Listener) -> Result<Option<Certificate>, Failure> {
        let Some(arn) = listener.certificate.as_ref().filter(|_| listener.is_encrypted()) else { return Ok(None) };
        let shown = self.0.acm.shown(arn);
        shown.map(Some).map_err(|error| Failure::new(format!("Setting up listener {port}"), error.to_string()))
    }

    /// Whether listeners can be as they are configured.
    pub(crate) fn check_routing(&self, configuration: &Configuration) -> Result<(), Failure> {
        let routing = &configuration.routing;
        let forwards: BTreeMap<String, Forward> =
            routing.processes.keys().map(|name| (name.clone(), Forward::to(GroupId::new(name.as_str())))).collect();
        for (port, listener) in &routing.listeners {
            rules(listener, &forwards)?;
            self.certificate(*port, listener)?;
        }
        Ok(())
    }
}

/// Who answers for a process, by release, and at which port they are checked.
fn groups(wish: &Wish, name: &str, there: &Containers) -> BTreeMap<ReleaseId, (Vec<Target>, Option<u16>)> {
    let mut groups: BTreeMap<ReleaseId, (Vec<Target>, Option<u16>)> = BTreeMap::new();
    for copy in wish.serving() {
        let key: CopyId = (copy.instance.clone(), copy.release);
        let (targets, check) = groups.entry(copy.release).or_default();
        let (Some(parcel), Some(process)) = (copies::parcel_of(wish, &key), wish.process(copy.release, name)) else {
            continue;
        };
        let main = main_port(wish, copy.release);
        *check = checked_port(process, &parcel, main);
        let address = there.get(&key).and_then(|containers| copies::answering(&parcel, containers, process, main));
        targets.extend(address.map(|address| Target { id: target(&copy.instance), address }));
    }
    groups
}

/// The environment whose route, or group, has this name.
fn owner(name: &str) -> Option<EnvironmentId> {
    name.split('/').next()?.parse().ok()
}

/// The rules of a listener.
fn rules(listener: &option::Listener, forwards: &BTreeMap<String, Forward>) -> Result<Vec<Rule>, Failure> {
    let rule = |rule: &option::Rule| {
        let patterns = |texts: &[String]| texts.iter().map(|text| text.parse()).collect::<Result<Vec<Pattern>, _>>();
        let wrong = |error: balancer::Error| {
            Failure::new(format!("Setting up the listener rule {}", rule.name), error.to_string())
        };
        let hosts = patterns(&rule.hosts).map_err(wrong)?;
        let paths = patterns(&rule.paths).map_err(wrong)?;
        let forward = forwards.get(&rule.process).cloned();
        Ok(forward.map(|forward| Rule { priority: rule.priority.into(), hosts, paths, forward }))
    };
    listener.rules.iter().filter_map(|one| rule(one).transpose()).collect()
}

/// How requests are shared among the releases that serve: by the number of their copies, or as is wished.
fn shares(wish: &Wish, process: &str, groups: &BTreeMap<ReleaseId, (Vec<Target>, Option<u16>)>) -> Vec<(GroupId, u16)> {
    let named = |release: &ReleaseId| group(&wish.environment, *release, process);
    match wish.split.filter(|split| groups.contains_key(&split.release) && groups.len() > 1) {
        None => groups
            .iter()
            .map(|(release, (all, _))| (named(release), u16::try_from(all.len().max(1)).unwrap_or(999).min(999)))
            .collect(),
        Some(split) => {
            let others = groups.iter().filter(|(id, _)| **id != split.release).map(|(_, (all, _))| all.len());
            let others: usize = others.sum();
            let rest = usize::from(100 - split.percent.min(100));
            groups
                .iter()
                .map(|(release, (targets, _))| {
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

/// The port of the containers at which a process is checked, where it is another than the one where it answers.
pub(crate) fn checked_port(process: &Process, parcel: &Parcel, main: u16) -> Option<u16> {
    let (Probe::Connect { port, .. } | Probe::Get { port, .. }) = &process.check.probe;
    let own = parcel.serving(process.port, main).map(|serves| serves.port);
    let checked = parcel.serving((*port)?, main).map(|serves| serves.port);
    checked.filter(|port| Some(*port) != own)
}

/// What a process is asked to find its health.
pub(crate) fn probe(process: &Process) -> balancer::Probe {
    let connected = |tls: bool| if tls { balancer::Probe::Tls } else { balancer::Probe::Tcp };
    match &process.check.probe {
        Probe::Connect { tls, .. } => connected(*tls),
        Probe::Get { tls, path, codes, .. } => {
            let ranges: Vec<String> = codes.iter().map(|(first, last)| format!("{first}-{last}")).collect();
            match (path.parse(), ranges.join(",").parse()) {
                (Ok(path), Ok(matcher)) if *tls => balancer::Probe::Https { path, matcher },
                (Ok(path), Ok(matcher)) => balancer::Probe::Http { path, matcher },
                // What the balancer cannot ask for is checked by a connection.
                _ => connected(*tls),
            }
        }
    }
}

fn targets_of(process: &Process, targets: Vec<Target>, port: Option<u16>) -> TargetGroup {
    let check = &process.check;
    TargetGroup {
        protocol: if process.protocol.is_encrypted() { TargetProtocol::Https1 } else { TargetProtocol::Http1 },
        targets,
        algorithm: match process.algorithm {
            option::Algorithm::RoundRobin => Algorithm::RoundRobin,
            option::Algorithm::LeastOutstandingRequests => Algorithm::LeastOutstandingRequests,
        },
        slow_start: process.slow_start,
        stickiness: process.stickiness.as_ref().map(|stickiness| match stickiness {
            Stickiness::For(duration) => balancer::Stickiness { duration: *duration },
            // The balancer's cookies end; a week is longer than a browser is open.
            Stickiness::Session => balancer::Stickiness { duration: Duration::from_secs(7 * 86400) },
        }),
        health_check: HealthCheck {
            probe: probe(process),
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
