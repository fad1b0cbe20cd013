//! Health checks and what comes of them.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use balancer::{Cause, Probe, State, TargetId};

use crate::backend::{Backend, get, nobody, odd};
use crate::routings::{balancer, check, group, healthy, one, routing, started, until};

fn is(health: &balancer::Health, target: &str, state: State, cause: Option<Cause>) -> bool {
    let found = health.values().find_map(|group| group.get(&TargetId::new(target)));
    found.is_some_and(|found| found.state == state && found.cause == cause)
}

#[tokio::test]
async fn a_target_that_fails_gets_nothing_until_it_is_well_again() {
    let (a, b) = (Backend::start("a").await, Backend::start("b").await);
    let (balancer, address) = started(one(&[a.address, b.address])).await;
    a.state.health.store(500, SeqCst);
    let cause = Cause::Code(500);
    until(&balancer, "unhealthy", |health| is(health, "0", State::Unhealthy, Some(cause.clone()))).await;
    for _ in 0..10 {
        assert_eq!(get(address, "x", "/").await.text, "b");
    }
    a.state.health.store(200, SeqCst);
    healthy(&balancer, 2).await;
    let mut names = [get(address, "x", "/").await.text, get(address, "x", "/").await.text];
    names.sort();
    assert_eq!(names, ["a", "b"]);
    assert_eq!(a.state.connections.load(SeqCst), 2, "one of the checks, and one of the requests");
}

#[tokio::test]
async fn causes_say_what_went_wrong_and_all_unhealthy_is_open() {
    let (silent, _task) = odd(|stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await;
    let backend = Backend::start("a").await;
    backend.state.health.store(404, SeqCst);
    let mut config = group(&[nobody(), silent, backend.address]);
    config.health_check.timeout = Duration::from_millis(200);
    let balancer = balancer();
    let address = balancer.apply(routing(vec![("group", 1, config)])).unwrap()[0];
    for (target, cause) in [("0", Cause::Refused), ("1", Cause::TimedOut), ("2", Cause::Code(404))] {
        until(&balancer, target, |health| is(health, target, State::Unhealthy, Some(cause.clone()))).await;
    }
    // Nobody is healthy, so everybody is asked; who refuses is passed over.
    let mut texts = Vec::new();
    for _ in 0..2 {
        texts.push(
            tokio::time::timeout(Duration::from_millis(500), get(address, "x", "/")).await.map(|answer| answer.text),
        );
    }
    assert!(texts.iter().flatten().any(|text| text == "a"), "{texts:?}");
}

#[tokio::test]
async fn a_new_target_is_well_soon_after_it_listens() {
    let address = nobody();
    let mut config = group(&[address]);
    config.health_check.interval = Duration::from_secs(15);
    let balancer = balancer();
    balancer.apply(routing(vec![("group", 1, config)])).unwrap();
    until(&balancer, "refusal", |health| is(health, "0", State::Initial, Some(Cause::Refused))).await;
    let socket = tokio::net::TcpListener::bind(address).await.unwrap();
    let begin = std::time::Instant::now();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = socket.accept().await.unwrap();
            tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                .await
                .unwrap();
        }
    });
    healthy(&balancer, 1).await;
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn no_target_is_503_and_an_unused_group_is_not_checked() {
    let backend = Backend::start("a").await;
    let (balancer, address) = started(one(&[])).await;
    assert_eq!(get(address, "x", "/").await.status, 503);
    let mut routing = one(&[backend.address]);
    routing.listeners.clear();
    balancer.apply(routing).unwrap();
    until(&balancer, "unused", |health| is(health, "0", State::Unused, None)).await;
    assert_eq!(backend.state.connections.load(SeqCst), 0);
}

#[tokio::test]
async fn a_connection_or_another_port_can_be_the_check() {
    let (a, b) = (Backend::start("a").await, Backend::start("b").await);
    let mut config = group(&[a.address]);
    config.health_check.probe = Probe::Tcp;
    let (_balancer, address) = started(routing(vec![("group", 1, config)])).await;
    assert_eq!(get(address, "x", "/").await.text, "a");
    let mut config = group(&[nobody()]);
    config.health_check = balancer::HealthCheck { port: Some(b.address.port()), ..check() };
    started(routing(vec![("group", 1, config)])).await;
}
