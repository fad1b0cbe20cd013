//! Routings in few lines.

use std::net::SocketAddr;
use std::time::Duration;

use balancer::{
    Algorithm, Balancer, CookieKey, Forward, GroupId, Health, HealthCheck, Hosts, Listener, Probe, Protocol, Route,
    RouteId, Routing, State, Target, TargetGroup, TargetId, TargetProtocol,
};

pub(crate) fn balancer() -> Balancer {
    Balancer::new(CookieKey::from_bytes(&[7; 32]).unwrap())
}

pub(crate) fn target(id: &str, address: SocketAddr) -> Target {
    Target { id: TargetId::new(id), address }
}

pub(crate) fn check() -> HealthCheck {
    HealthCheck {
        probe: Probe::Http { path: "/health".parse().unwrap(), matcher: "200".parse().unwrap() },
        port: None,
        interval: Duration::from_millis(100),
        timeout: Duration::from_secs(1),
        healthy_threshold: 2,
        unhealthy_threshold: 2,
    }
}

/// A group whose targets are named by their number.
pub(crate) fn group(addresses: &[SocketAddr]) -> TargetGroup {
    let targets = addresses.iter().enumerate().map(|(at, address)| target(&at.to_string(), *address)).collect();
    TargetGroup {
        protocol: TargetProtocol::Http1,
        targets,
        algorithm: Algorithm::RoundRobin,
        slow_start: Duration::ZERO,
        stickiness: None,
        health_check: check(),
        idle_timeout: Duration::from_secs(30),
        deregistration_delay: Duration::from_secs(20),
    }
}

/// The one listener's address is to be told by the kernel.
pub(crate) fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

pub(crate) fn listener(protocol: Protocol) -> Listener {
    Listener { address: any_port(), protocol, idle_timeout: Duration::from_secs(60) }
}

/// One route for all hosts, with weighted groups.
pub(crate) fn routing(groups: Vec<(&str, u16, TargetGroup)>) -> Routing {
    let id = RouteId::new("route");
    let forward = groups.iter().map(|(name, weight, _)| (GroupId::new(*name), *weight)).collect();
    let route = Route { access_log: true, ..Route::to(id.clone(), Forward::weighted(forward).unwrap()) };
    let hosts = Hosts { default: Some(id.clone()), ..Hosts::default() };
    Routing {
        listeners: vec![listener(Protocol::Http(hosts))],
        routes: [(id, route)].into(),
        groups: groups.into_iter().map(|(name, _, group)| (GroupId::new(name), group)).collect(),
    }
}

pub(crate) fn one(addresses: &[SocketAddr]) -> Routing {
    routing(vec![("group", 1, group(addresses))])
}

/// Waits until the health is as it should be.
pub(crate) async fn until(balancer: &Balancer, what: &str, good: impl Fn(&Health) -> bool) {
    let mut health = balancer.observe();
    let found = tokio::time::timeout(Duration::from_secs(20), health.wait_for(|health| good(health)));
    if found.await.is_err() {
        panic!("{what} never came: {:?}", balancer.observe().borrow());
    }
}

/// Waits until so many targets are healthy.
pub(crate) async fn healthy(balancer: &Balancer, count: usize) {
    until(balancer, "health", |health| {
        health.values().flatten().filter(|(_, target)| target.state == State::Healthy).count() == count
    })
    .await;
}

/// Applies a routing and waits for the health of its targets.
pub(crate) async fn started(routing: Routing) -> (Balancer, SocketAddr) {
    let balancer = balancer();
    let count = routing.groups.values().map(|group| group.targets.len()).sum();
    let address = balancer.apply(routing).unwrap()[0];
    healthy(&balancer, count).await;
    (balancer, address)
}
