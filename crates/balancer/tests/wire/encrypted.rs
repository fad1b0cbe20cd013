//! Targets that speak TLS.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use balancer::{Cause, Forward, GroupId, Matcher, Probe, Protocol, State, TargetGroup, TargetId, TargetProtocol};
use rcgen::{CertificateParams, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::backend::{Backend, Speaks, get, nobody, odd, raw};
use crate::routings::{balancer, group, healthy, listener, one, routing, started, until};

/// What a target shows: a certificate for another name, long over, that nobody has signed but itself.
fn config(versions: &[&'static rustls::SupportedProtocolVersion]) -> Arc<ServerConfig> {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(["elsewhere.test".to_owned()]).unwrap();
    params.not_before = rcgen::date_time_ymd(2001, 1, 1);
    params.not_after = rcgen::date_time_ymd(2001, 1, 2);
    let certificate = params.self_signed(&key).unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    // It has protocols to offer, and is not asked for any.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Arc::new(config)
}

fn both() -> Arc<ServerConfig> {
    config(rustls::ALL_VERSIONS)
}

/// A group in TLS, its checks too.
fn encrypted(addresses: &[SocketAddr]) -> TargetGroup {
    let mut config = group(addresses);
    config.protocol = TargetProtocol::Https1;
    config.health_check.probe = https();
    config
}

fn https() -> Probe {
    Probe::Https { path: "/health".parse().unwrap(), matcher: "200".parse::<Matcher>().unwrap() }
}

/// A target that speaks TLS by hand.
async fn by_hand<F, T>(with: F) -> (SocketAddr, tokio::task::JoinHandle<()>)
where
    F: Fn(TlsStream<TcpStream>) -> T + Clone + Send + 'static,
    T: Future<Output = ()> + Send + 'static,
{
    let acceptor = TlsAcceptor::from(both());
    odd(move |stream| {
        let (acceptor, with) = (acceptor.clone(), with.clone());
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                with(stream).await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn requests_go_in_tls_and_connections_and_sessions_are_used_again() {
    for versions in [&[&rustls::version::TLS13], &[&rustls::version::TLS12]] {
        let backend = Backend::speaking("a", Speaks::Https1(config(versions))).await;
        let (_balancer, address) = started(routing(vec![("group", 1, encrypted(&[backend.address]))])).await;
        for _ in 0..20 {
            assert_eq!(get(address, "x", "/").await.text, "a");
        }
        let connections = backend.state.connections.load(SeqCst);
        assert_eq!(connections, 2, "one of the checks, and one of the requests");
        let head = get(address, "x", "/head").await.text;
        assert!(head.contains("x-forwarded-proto: http\n") && head.contains("host: x\n"), "{head}");
        // Bodies in both directions, larger than anything that is read at once.
        let body = "x".repeat(3 << 20);
        let request =
            format!("POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}", 3 << 20);
        let answer = raw(address, request).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{}", &answer[..200.min(answer.len())]);
        assert!(answer.matches('x').count() >= 3 << 20, "{} bytes", answer.len());
        let stream = get(address, "x", "/stream?8").await.text;
        assert_eq!(stream.len(), 8 << 20);
        // More at once than there are connections: those that are new take up a session again.
        let mut asked = tokio::task::JoinSet::new();
        for _ in 0..5 {
            asked.spawn(async move { get(address, "x", "/slow?200").await.text });
        }
        assert_eq!(asked.join_all().await, ["a"; 5]);
        assert!(backend.state.resumed.load(SeqCst) > 0);
    }
}

#[tokio::test]
async fn a_tunnel_goes_in_tls() {
    let backend = Backend::speaking("a", Speaks::Https1(both())).await;
    let (_balancer, address) = started(routing(vec![("group", 1, encrypted(&[backend.address]))])).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    // What follows the head at once is part of the tunnel.
    let head = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    assert!(answer.starts_with(b"HTTP/1.1 101 "), "{}", String::from_utf8_lossy(&answer));
    for word in [&b"first"[..], b"hello", b"world"] {
        if word != b"first" {
            stream.write_all(word).await.unwrap();
        }
        let mut back = [0; 5];
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read_exact(&mut back));
        read.await.expect("nothing came back").unwrap();
        assert_eq!(back, word);
    }
}

#[tokio::test]
async fn who_speaks_no_tls_is_unhealthy_and_says_why() {
    let plain = Backend::start("a").await;
    let (closes, _task) = odd(|stream| async move { drop(stream) }).await;
    let mut config = encrypted(&[plain.address, closes]);
    config.health_check.timeout = Duration::from_millis(500);
    let balancer = balancer();
    let address = balancer.apply(routing(vec![("group", 1, config)])).unwrap()[0];
    let cause = |target: &'static str, words: &'static str| {
        let balancer = &balancer;
        async move {
            until(balancer, words, |health| {
                let found = health.values().find_map(|group| group.get(&TargetId::new(target)));
                found.is_some_and(|found| {
                    found.state == State::Unhealthy
                        && matches!(&found.cause, Some(Cause::Handshake(why)) if why.contains(words))
                })
            })
            .await;
        }
    };
    cause("0", "what the target sent is no TLS").await;
    let health = balancer.observe().borrow().clone();
    let told = health[&GroupId::new("group")][&TargetId::new("0")].cause.clone().unwrap().to_string();
    assert_eq!(told, "TLS handshake failed: what the target sent is no TLS");
    // A reset and an end are the same to whoever waits.
    until(&balancer, "an end", |health| {
        let found = health[&GroupId::new("group")][&TargetId::new("1")].cause.clone();
        matches!(found, Some(Cause::Handshake(_)))
    })
    .await;
    let answer = get(address, "x", "/").await;
    assert_eq!(answer.status, 502);
    assert!(answer.text.contains("The TLS handshake with the target failed."), "{}", answer.text);
    assert_eq!(plain.requests(), 0);
    // And who speaks TLS to a group without it is told nothing of it.
    let backend = Backend::speaking("b", Speaks::Https1(both())).await;
    balancer.apply(one(&[backend.address])).unwrap();
    until(&balancer, "no HTTP", |health| {
        health[&GroupId::new("group")].get(&TargetId::new("0")).is_some_and(|found| found.state == State::Unhealthy)
    })
    .await;
}

/// One that speaks no TLS does not cost a request its answer while there is another.
#[tokio::test]
async fn a_request_whose_target_fails_the_handshake_goes_to_another() {
    let good = Backend::speaking("good", Speaks::Https1(both())).await;
    let (bad, _task) = odd(|stream| async move { drop(stream) }).await;
    let mut config = encrypted(&[good.address, bad]);
    config.health_check.probe = Probe::Tcp;
    let (_balancer, address) = started(routing(vec![("group", 1, config)])).await;
    for _ in 0..6 {
        let post = "POST /head HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi";
        let answer = raw(address, post).await;
        assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("body: 2\n"), "{answer}");
    }
}

/// A target that accepts a connection and says nothing on it costs ten seconds, and the answer is that of a handshake.
#[tokio::test]
async fn a_handshake_has_its_time() {
    let (silent, _task) = odd(|stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await;
    let mut config = encrypted(&[silent]);
    config.health_check.probe = Probe::Tcp;
    let (_balancer, address) = started(routing(vec![("group", 1, config)])).await;
    let begun = std::time::Instant::now();
    let answer = get(address, "x", "/").await;
    assert_eq!(answer.status, 502);
    assert!(answer.text.contains("The TLS handshake with the target failed."), "{}", answer.text);
    assert!(begun.elapsed() >= balancer::limits::CONNECT_PATIENCE, "{:?}", begun.elapsed());
}

/// Many servers end a connection without saying so in TLS.
#[tokio::test]
async fn an_end_without_a_word_ends_an_answer_that_has_no_other_end() {
    let target = |answer: &'static str| {
        by_hand(move |mut stream| async move {
            let mut request = [0; 4096];
            if let Ok(1..) = stream.read(&mut request).await {
                stream.write_all(answer.as_bytes()).await.unwrap();
                stream.flush().await.unwrap();
            }
            // The TCP connection ends, and nothing is said in TLS.
            let (mut tcp, _) = stream.into_inner();
            tcp.shutdown().await.unwrap();
        })
    };
    let over = |address| {
        let mut config = encrypted(&[address]);
        config.health_check.probe = Probe::Tls;
        started(routing(vec![("group", 1, config)]))
    };
    let (address, _task) = target("HTTP/1.0 200 OK\r\n\r\nabc").await;
    let (_balancer, address) = over(address).await;
    assert_eq!(get(address, "x", "/").await.text, "abc");
    // One that has another end is not made whole.
    let (address, _task) = target("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc").await;
    let (_balancer, address) = over(address).await;
    let got = raw(address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(got.contains("content-length: 9\r\n") && got.ends_with("abc"), "{got}");
    let (address, _task) = target("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n").await;
    let (_balancer, address) = over(address).await;
    let got = raw(address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(got.contains("abc") && !got.ends_with("0\r\n\r\n"), "{got}");
}

#[tokio::test]
async fn bytes_go_in_tls_each_way_to_its_own_end() {
    let (echo, _task) = by_hand(|mut stream| async move {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        all.reverse();
        stream.write_all(&all).await.unwrap();
        stream.shutdown().await.unwrap();
    })
    .await;
    let mut config = encrypted(&[echo]);
    config.health_check.probe = Probe::Tls;
    let mut routing = routing(vec![("group", 1, config)]);
    routing.listeners = vec![listener(Protocol::Tcp(Forward::to(GroupId::new("group"))))];
    let (_balancer, address) = started(routing).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"olleh").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut answer));
    read.await.expect("no end").unwrap();
    assert_eq!(answer, "hello");
}

/// The protocol of the check is the check's own.
#[tokio::test]
async fn checks_are_in_tls_where_they_say_so() {
    let (plain, own) = (Backend::start("a").await, Backend::speaking("b", Speaks::Https1(both())).await);
    let mut config = group(&[plain.address]);
    config.health_check.probe = https();
    config.health_check.port = Some(own.address.port());
    let (balancer, address) = started(routing(vec![("group", 1, config)])).await;
    assert_eq!(get(address, "x", "/").await.text, "a");
    own.state.health.store(500, SeqCst);
    until(&balancer, "unhealthy", |health| {
        health[&GroupId::new("group")][&TargetId::new("0")].cause == Some(Cause::Code(500))
    })
    .await;
    own.state.health.store(200, SeqCst);
    healthy(&balancer, 1).await;
    assert_eq!(own.state.connections.load(SeqCst), 1, "checks keep their connection");
}

#[tokio::test]
async fn who_is_no_target_yet_can_be_checked_once() {
    let second = Duration::from_secs(1);
    let (plain, own) = (Backend::start("a").await, Backend::speaking("b", Speaks::Https1(both())).await);
    let http = Probe::Http { path: "/health".parse().unwrap(), matcher: "200".parse().unwrap() };
    for (address, probe) in
        [(plain.address, &http), (plain.address, &Probe::Tcp), (own.address, &https()), (own.address, &Probe::Tls)]
    {
        balancer::check(address, probe, second).await.unwrap();
    }
    for probe in [&https(), &Probe::Tls] {
        let cause = balancer::check(plain.address, probe, second).await.unwrap_err();
        assert_eq!(cause, Cause::Handshake("what the target sent is no TLS".into()));
        assert_eq!(balancer::check(nobody(), probe, second).await, Err(Cause::Refused));
    }
    own.state.health.store(503, SeqCst);
    assert_eq!(balancer::check(own.address, &https(), second).await, Err(Cause::Code(503)));
    let (silent, _task) = odd(|stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    })
    .await;
    assert_eq!(balancer::check(silent, &Probe::Tls, Duration::from_millis(200)).await, Err(Cause::TimedOut));
}
