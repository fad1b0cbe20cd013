//! What `cargo xtask bench-balancer` measures: a balancer alone in its process, and targets that cost little.
#![allow(clippy::print_stdout)]

use std::net::SocketAddr;
use std::time::Duration;

use balancer::{
    Algorithm, Balancer, CookieKey, Forward, GroupId, HealthCheck, Hosts, Listener, Probe, Protocol, Route, RouteId,
    Routing, Target, TargetGroup, TargetId, TargetProtocol,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const USAGE: &str = "usage: bench target ADDRESS | bench balancer ADDRESS TARGET… | bench idle ADDRESS ROUTES TARGET…";

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut runtime = match std::env::var("THREADS").as_deref() {
        Ok("1") => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    let runtime = runtime.worker_threads(2).enable_all().build()?;
    match words.as_slice() {
        ["target", address] => runtime.block_on(target(address.parse()?)),
        ["balancer", address, targets @ ..] => runtime.block_on(balance(address.parse()?, 0, targets)),
        ["idle", address, routes, targets @ ..] => {
            runtime.block_on(balance(address.parse()?, routes.parse()?, targets))
        }
        _ => Err(USAGE.into()),
    }
}

async fn balance(address: SocketAddr, more: usize, targets: &[&str]) -> Outcome {
    let balancer = Balancer::new(CookieKey::generate()?);
    let target = |(at, address): (usize, &&str)| {
        Ok::<_, std::net::AddrParseError>(Target { id: TargetId::new(at.to_string()), address: address.parse()? })
    };
    let group = TargetGroup {
        protocol: TargetProtocol::Http1,
        targets: targets.iter().enumerate().map(target).collect::<Result<_, _>>()?,
        algorithm: Algorithm::RoundRobin,
        slow_start: Duration::ZERO,
        stickiness: None,
        health_check: HealthCheck {
            probe: Probe::Http { path: "/".parse()?, matcher: "200".parse()? },
            port: None,
            interval: Duration::from_secs(15),
            timeout: Duration::from_secs(5),
            healthy_threshold: 3,
            unhealthy_threshold: 5,
        },
        idle_timeout: Duration::from_secs(60),
        deregistration_delay: Duration::from_secs(20),
    };
    let mut routing = Routing::default();
    let mut hosts = Hosts { default: Some(RouteId::new("0")), ..Hosts::default() };
    for number in 0..=more {
        let (route, group_id) = (RouteId::new(number.to_string()), GroupId::new(number.to_string()));
        let default = Forward::to(group_id.clone());
        routing.routes.insert(route.clone(), Route::to(route.clone(), default));
        routing.groups.insert(group_id, group.clone());
        hosts.names.insert(format!("{number}.test").parse()?, route);
    }
    let listener = Listener { address, protocol: Protocol::Http(hosts), idle_timeout: Duration::from_secs(60) };
    routing.listeners.push(listener);
    balancer.apply(routing)?;
    println!("ready");
    std::future::pending().await
}

async fn target(address: SocketAddr) -> Outcome {
    let socket = TcpListener::bind(address).await?;
    println!("ready");
    loop {
        let (stream, _) = socket.accept().await?;
        tokio::spawn(async move {
            let _ = answer(stream).await;
        });
    }
}

/// Answers requests without bodies, one after the other.
async fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\nHello, world!\n";
    stream.set_nodelay(true)?;
    let mut kept = Vec::with_capacity(4096);
    while stream.read_buf(&mut kept).await? > 0 {
        while let Some(end) = kept.windows(4).position(|four| four == b"\r\n\r\n") {
            kept.drain(..end + 4);
            stream.write_all(ANSWER).await?;
        }
    }
    Ok(())
}
