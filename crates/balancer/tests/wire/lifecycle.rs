//! What changes while requests come in.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::time::{Duration, Instant};

use balancer::{Algorithm, Forward, GroupId, Protocol, RouteId, State, Stickiness, TargetId};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::backend::{Backend, get, get_with, nobody, odd, raw};
use crate::routings::{any_port, group, healthy, listener, one, routing, started, target, until};

/// Clients that ask on and on, each on one connection.
struct Load {
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicU32>,
    tasks: tokio::task::JoinSet<Vec<String>>,
}

impl Load {
    fn start(address: SocketAddr, path: &'static str) -> Self {
        let (stop, answers) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let (stop, answers) = (stop.clone(), answers.clone());
            tasks.spawn(async move {
                let mut wrong = Vec::new();
                let stream = TcpStream::connect(address).await.unwrap();
                let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
                tokio::spawn(connection);
                while !stop.load(SeqCst) {
                    let request = Request::get(path).header("host", "x").body(Full::<Bytes>::default()).unwrap();
                    match sender.send_request(request).await {
                        Ok(answer) if answer.status() == 200 => match answer.into_body().collect().await {
                            Ok(_) => drop(answers.fetch_add(1, SeqCst)),
                            Err(error) => wrong.push(error.to_string()),
                        },
                        Ok(answer) => wrong.push(answer.status().to_string()),
                        Err(error) => {
                            wrong.push(error.to_string());
                            return wrong;
                        }
                    }
                }
                wrong
            });
        }
        Self { stop, answers, tasks }
    }

    async fn wait(&self, more: u32) {
        let goal = self.answers.load(SeqCst) + more;
        while self.answers.load(SeqCst) < goal {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// How many answers there were, and what went wrong.
    async fn end(mut self) -> (u32, Vec<String>) {
        self.stop.store(true, SeqCst);
        let mut wrong = Vec::new();
        while let Some(found) = self.tasks.join_next().await {
            wrong.extend(found.unwrap());
        }
        (self.answers.load(SeqCst), wrong)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn targets_are_replaced_under_load_and_no_request_fails() {
    let mut backend = Backend::start("0").await;
    let routing_of = |backend: &Backend, name: &str| {
        let mut routing = one(&[backend.address]);
        routing.listeners[0].address = any_port();
        routing.groups.values_mut().next().unwrap().targets = vec![target(name, backend.address)];
        routing
    };
    let (balancer, address) = started(routing_of(&backend, "0")).await;
    let load = Load::start(address, "/slow?3");
    for round in 1..=5 {
        let name = round.to_string();
        let next = Backend::start(&name).await;
        // Both, until the new one is well; then the new one alone.
        let mut routing = routing_of(&next, &name);
        let before = target(&(round - 1).to_string(), backend.address);
        routing.groups.values_mut().next().unwrap().targets.push(before);
        balancer.apply(routing).unwrap();
        healthy(&balancer, 2).await;
        load.wait(50).await;
        balancer.apply(routing_of(&next, &name)).unwrap();
        until(&balancer, "drained", |health| health.values().all(|group| group.len() == 1)).await;
        backend = next;
        load.wait(50).await;
    }
    let (answers, wrong) = load.end().await;
    assert!(answers > 500 && wrong.is_empty(), "{answers} {wrong:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_target_that_dies_costs_no_idempotent_request() {
    let (a, b) = (Backend::start("a").await, Backend::start("b").await);
    let mut config = group(&[a.address, b.address]);
    // Slow, so that requests find out before the checks do.
    config.health_check.interval = Duration::from_secs(10);
    let (_balancer, address) = started(routing(vec![("group", 1, config)])).await;
    let load = Load::start(address, "/slow?3");
    load.wait(100).await;
    drop(b);
    load.wait(200).await;
    let (answers, wrong) = load.end().await;
    assert!(answers >= 300 && wrong.is_empty(), "{answers} {wrong:?}");
}

#[tokio::test]
async fn what_cannot_be_sent_twice_is_not() {
    let count = Arc::new(AtomicU32::new(0));
    let counted = count.clone();
    let (closes, _task) = odd(move |mut stream| {
        let counted = counted.clone();
        async move {
            let mut bytes = [0; 4096];
            let _ = stream.read(&mut bytes).await;
            if !bytes.starts_with(b"GET /health") {
                counted.fetch_add(1, SeqCst);
            } else {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
            }
        }
    })
    .await;
    let (_balancer, address) = started(one(&[closes])).await;
    for (request, times) in [
        ("POST / HTTP/1.1\r\nContent-Length: 3\r\n", 1),
        ("POST / HTTP/1.1\r\nContent-Length: 0\r\n", 1),
        ("PUT / HTTP/1.1\r\nContent-Length: 3\r\n", 1),
        ("GET / HTTP/1.1\r\n", 2),
        ("DELETE / HTTP/1.1\r\n", 2),
    ] {
        count.store(0, SeqCst);
        let answer = raw(address, format!("{request}Host: x\r\nConnection: close\r\n\r\nabc")).await;
        assert!(answer.starts_with("HTTP/1.1 502 "), "{request}: {answer}");
        assert_eq!(count.load(SeqCst), times, "{request}");
    }
}

#[tokio::test]
async fn a_request_goes_on_to_another_target_if_one_refuses() {
    let backend = Backend::start("a").await;
    let mut config = group(&[nobody(), backend.address]);
    config.health_check.probe = balancer::Probe::Tcp;
    config.health_check.port = Some(backend.address.port());
    let (_balancer, address) = started(routing(vec![("group", 1, config)])).await;
    for _ in 0..10 {
        assert_eq!(get(address, "x", "/").await.text, "a");
        let answer =
            raw(address, "POST /head HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc").await;
        assert!(answer.contains("body: 3\n"), "a body that nobody took can go elsewhere: {answer}");
    }
}

/// The target that a request was sent to leaves with its whole group, and ends without an answer.
#[tokio::test]
async fn a_request_goes_on_to_the_group_that_is_there_by_now() {
    let (asked, mut comes) = tokio::sync::mpsc::channel(1);
    let left = Arc::new(tokio::sync::Notify::new());
    let leaves = left.clone();
    let (old, task) = odd(move |mut stream| {
        let (asked, leaves) = (asked.clone(), leaves.clone());
        async move {
            let mut bytes = [0; 4096];
            let _ = stream.read(&mut bytes).await;
            if bytes.starts_with(b"GET /health") {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
            } else {
                let _ = asked.send(()).await;
                leaves.notified().await;
            }
        }
    })
    .await;
    let (balancer, address) = started(routing(vec![("old", 1, group(&[old]))])).await;
    let request = tokio::spawn(async move { get(address, "x", "/").await });
    comes.recv().await.unwrap();
    let new = Backend::start("new").await;
    balancer.apply(routing(vec![("new", 1, group(&[new.address]))])).unwrap();
    // Nobody listens at its address any more.
    task.abort();
    let _ = task.await;
    left.notify_one();
    assert_eq!(request.await.unwrap().text, "new");
}

#[tokio::test]
async fn a_target_that_leaves_may_end_what_it_has_until_its_time_is_over() {
    let (a, b) = (Backend::start("a").await, Backend::start("b").await);
    let delayed = |address, seconds| {
        let mut config = group(&[address]);
        config.deregistration_delay = Duration::from_secs(seconds);
        config.targets[0].id = TargetId::new(if address == a.address { "a" } else { "b" });
        routing(vec![("group", 1, config)])
    };
    let (balancer, address) = started(delayed(a.address, 3)).await;
    let short = tokio::spawn(async move { get(address, "x", "/slow?1500").await });
    let long = tokio::spawn(raw(
        address,
        "POST /slow?60000 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    ));
    while a.requests() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let begin = Instant::now();
    balancer.apply(delayed(b.address, 3)).unwrap();
    let draining = |health: &balancer::Health, state| {
        health[&GroupId::new("group")].get(&TargetId::new("a")).map(|target| target.state) == state
    };
    assert!(draining(&balancer.observe().borrow(), Some(State::Draining)));
    assert_eq!(get(address, "x", "/").await.text, "b");
    assert_eq!(short.await.unwrap().text, "a");
    let answer = long.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    assert!((2..8).contains(&begin.elapsed().as_secs()), "{:?}", begin.elapsed());
    until(&balancer, "gone", |health| draining(health, None)).await;
}

#[tokio::test]
async fn weights_are_exact() {
    let (a, b) = (Backend::start("a").await, Backend::start("b").await);
    let (_balancer, address) = started(routing(vec![
        ("old", 90, group(&[a.address])),
        ("new", 10, group(&[b.address])),
        ("off", 0, group(&[])),
    ]))
    .await;
    let mut found = BTreeMap::new();
    for _ in 0..200 {
        *found.entry(get(address, "x", "/").await.text).or_insert(0) += 1;
    }
    assert_eq!(found, [("a".to_owned(), 180), ("b".to_owned(), 20)].into());
}

#[tokio::test]
async fn a_cookie_brings_a_client_back_and_cannot_be_made() {
    let backends = [Backend::start("0").await, Backend::start("1").await, Backend::start("2").await];
    let mut config = group(&backends.each_ref().map(|backend| backend.address));
    config.stickiness = Some(Stickiness { duration: Duration::from_secs(60) });
    let (_balancer, address) = started(routing(vec![("group", 1, config)])).await;
    let first = get(address, "x", "/").await;
    let cookie = first.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    assert!(cookie.starts_with("AWSALB="), "{cookie}");
    for _ in 0..10 {
        assert_eq!(get_with(address, "x", "/", &[("cookie", &cookie)]).await.text, first.text);
    }
    let forged = format!("AWSALB=A{}", &cookie["AWSALB=".len() + 1..]);
    let mut names = std::collections::BTreeSet::new();
    for _ in 0..3 {
        names.insert(get_with(address, "x", "/", &[("cookie", &forged)]).await.text);
    }
    assert_eq!(names.len(), 3);
}

#[tokio::test]
async fn a_slow_start_spares_a_new_target() {
    let (a, b) = (Backend::start("a").await, Backend::start("b").await);
    let slow = |addresses: &[SocketAddr]| {
        let mut config = group(addresses);
        config.slow_start = Duration::from_secs(60);
        routing(vec![("group", 1, config)])
    };
    let mut first = group(&[a.address]);
    first.slow_start = Duration::ZERO;
    let (balancer, address) = started(routing(vec![("group", 1, first)])).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    balancer.apply(slow(&[a.address, b.address])).unwrap();
    healthy(&balancer, 2).await;
    let before = (a.requests(), b.requests());
    for _ in 0..60 {
        get(address, "x", "/").await;
    }
    let (a, b) = (a.requests() - before.0, b.requests() - before.1);
    assert!(b >= 1 && a > 2 * b, "{a} and {b}");
}

#[tokio::test]
async fn least_outstanding_avoids_who_is_busy() {
    let (a, b) = (Backend::start("a").await, Backend::start("b").await);
    let mut config = group(&[a.address, b.address]);
    config.algorithm = Algorithm::LeastOutstandingRequests;
    let (_balancer, address) = started(routing(vec![("group", 1, config)])).await;
    let slow = tokio::spawn(async move { get(address, "x", "/slow?1500").await.text });
    while a.requests() + b.requests() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let busy = if a.requests() == 1 { "a" } else { "b" };
    for _ in 0..10 {
        assert_ne!(get(address, "x", "/").await.text, busy);
    }
    assert_eq!(slow.await.unwrap(), busy);
}

#[tokio::test]
async fn bytes_go_both_ways_to_their_own_ends() {
    let (echo, _task) = odd(|mut stream| async move {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        bytes.reverse();
        stream.write_all(&bytes).await.unwrap();
    })
    .await;
    let mut config = group(&[nobody(), echo]);
    config.health_check.probe = balancer::Probe::Tcp;
    let mut routing = routing(vec![("group", 1, config)]);
    routing.listeners = vec![listener(Protocol::Tcp(Forward::to(GroupId::new("group"))))];
    let balancer = crate::routings::balancer();
    let address = balancer.apply(routing).unwrap()[0];
    healthy(&balancer, 1).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"hello").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut back = String::new();
    stream.read_to_string(&mut back).await.unwrap();
    assert_eq!(back, "olleh");
    let figures = balancer.target_figures(&GroupId::new("group"), &TargetId::new("1")).unwrap();
    assert_eq!((figures.total.received, figures.total.sent), (5, 5));
}

#[tokio::test]
async fn a_listener_that_leaves_ends_its_connections_after_their_requests() {
    let backend = Backend::start("a").await;
    let (balancer, address) = started(one(&[backend.address])).await;
    let mut idle = TcpStream::connect(address).await.unwrap();
    idle.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let mut bytes = [0; 12];
    idle.read_exact(&mut bytes).await.unwrap();
    let busy = tokio::spawn(async move { get(address, "x", "/slow?700").await.text });
    while backend.requests() < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let mut routing = one(&[backend.address]);
    routing.listeners.clear();
    balancer.apply(routing).unwrap();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(3), idle.read_to_end(&mut rest)).await.expect("no end").unwrap();
    assert!(!busy.is_finished());
    assert_eq!(busy.await.unwrap(), "a");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn idle_connections_end_and_slow_heads_too() {
    let backend = Backend::start("a").await;
    let mut routing = one(&[backend.address]);
    routing.listeners[0].idle_timeout = Duration::from_secs(1);
    let (_balancer, address) = started(routing).await;
    let begin = Instant::now();
    let answer = raw(address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(answer.ends_with('a'), "{answer}");
    assert!(begin.elapsed() >= Duration::from_secs(1));
    assert_eq!(raw(address, "").await, "");
}

#[tokio::test]
async fn a_routing_that_is_wrong_changes_nothing() {
    let backend = Backend::start("a").await;
    let (balancer, address) = started(one(&[backend.address])).await;
    let mut taken = one(&[]);
    taken.listeners.push(listener(taken.listeners[0].protocol.clone()));
    taken.listeners[1].address = backend.address;
    let mut nameless = one(&[]);
    nameless.groups.clear();
    let mut routeless = one(&[]);
    routeless.routes.clear();
    for (routing, text) in [
        (taken, "cannot listen on 127.0.0.1"),
        (nameless, "the route route names the target group group, which is not part of the routing"),
        (routeless, "names the route route, which is not part of the routing"),
    ] {
        let error = balancer.apply(routing).unwrap_err().to_string();
        assert!(error.contains(text), "{error}");
        assert_eq!(get(address, "x", "/").await.text, "a");
    }
}

#[tokio::test]
async fn every_request_is_told_to_the_log_and_counted() {
    let backend = Backend::start("a").await;
    let (balancer, address) = started(one(&[backend.address])).await;
    let mut log = balancer.access_log(2);
    for path in ["/", "/status?404", "/status?503"] {
        get_with(address, "shop.test", path, &[("user-agent", "test/1 \"x\"")]).await;
    }
    let line = log.recv().await.unwrap().to_string();
    let words: Vec<&str> = line.split(' ').collect();
    assert_eq!((words[0], words[2]), ("http", "route"), "{line}");
    assert_eq!(words[4], backend.address.to_string(), "{line}");
    assert_eq!(words[8..12], ["200", "200", "0", "1"], "{line}");
    assert!(
        line.contains("\"GET http://shop.test:")
            && line.contains("/ HTTP/1.1\" \"test/1 \\x22x\\x22\" - - group \"Root=1-"),
        "{line}"
    );
    assert_eq!(log.recv().await.unwrap().status, 404);
    // The third found the log full, and did not wait.
    assert!(log.try_recv().is_err());
    let total = balancer.route_figures(&RouteId::new("route")).unwrap().total;
    assert_eq!((total.requests, total.statuses), (3, [0, 1, 0, 1, 1]));
    let figures = balancer.target_figures(&GroupId::new("group"), &TargetId::new("0")).unwrap();
    assert_eq!((figures.total.requests, figures.outstanding), (3, 0));
}
