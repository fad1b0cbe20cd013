//! Requests and answers on their way.

use std::time::Duration;

use balancer::{Action, Forward, GroupId, Hosts, Protocol, Route, RouteId, Routing, Rule, TargetProtocol};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, Version};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::backend::{Backend, Speaks, get, get_with, odd, raw};
use crate::routings::{group, listener, one, routing, started};

#[tokio::test]
async fn a_host_has_its_route_and_others_a_page() {
    let (blue, green) = (Backend::start("blue").await, Backend::start("green").await);
    let mut routing = Routing::default();
    let mut hosts = Hosts::default();
    for (name, backend) in [("blue", &blue), ("green", &green)] {
        let (route, id) = (RouteId::new(name), GroupId::new(name));
        let default = Forward::to(id.clone());
        routing.routes.insert(route.clone(), Route::to(route.clone(), default));
        routing.groups.insert(id, group(&[backend.address]));
        hosts.names.insert(format!("{name}.Local.elasticbeanstalk.localhost").parse().unwrap(), route);
    }
    routing.listeners.push(listener(Protocol::Http(hosts)));
    let (_balancer, address) = started(routing).await;
    for host in ["blue.local.elasticbeanstalk.localhost", "BLUE.local.elasticbeanstalk.localhost.:8080"] {
        assert_eq!(get(address, host, "/").await.text, "blue");
    }
    assert_eq!(get(address, "green.local.elasticbeanstalk.localhost", "/").await.text, "green");
    let answer = get(address, "red.test", "/").await;
    assert_eq!(answer.status, 404);
    assert!(answer.text.contains("The host red.test was asked for"), "{}", answer.text);
    let answer = raw(address, "GET / HTTP/1.0\r\nHost: &quot\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.0 404 ") && answer.contains("The host &amp;quot was asked"), "{answer}");
    // A proxy's form of a request names the host, whatever the field says.
    let line =
        "GET http://green.local.elasticbeanstalk.localhost/head HTTP/1.1\r\nHost: blue\r\nConnection: close\r\n\r\n";
    let answer = raw(address, line).await;
    assert!(
        answer.contains("GET /head\n") && answer.contains("host: green.local.elasticbeanstalk.localhost\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn a_redirect_keeps_host_path_and_query_and_counts() {
    let backend = Backend::start("a").await;
    let mut routing = one(&[backend.address]);
    let (id, mut moved) = (RouteId::new("moved"), routing.routes.values().next().unwrap().clone());
    moved.default = Action::Redirect { port: 8443 };
    moved.rules = vec![Rule {
        priority: 1,
        hosts: Vec::new(),
        paths: vec!["/plain".parse().unwrap()],
        forward: Forward::to(GroupId::new("group")),
    }];
    routing.routes.insert(id.clone(), moved);
    let mut hosts = Hosts { default: Some(RouteId::new("route")), ..Hosts::default() };
    hosts.names.insert("moved.test".parse().unwrap(), id);
    routing.listeners = vec![listener(Protocol::Http(hosts))];
    let (balancer, address) = started(routing).await;
    let answer = get(address, "Moved.test:80", "/a?b=c").await;
    assert_eq!(answer.status, 301);
    assert_eq!(answer.headers["location"], "https://Moved.test:8443/a?b=c");
    assert_eq!(get(address, "moved.test", "/plain").await.text, "a");
    assert_eq!(get(address, "other.test", "/").await.text, "a");
    let total = balancer.route_figures(&RouteId::new("route")).unwrap().total;
    assert_eq!((total.requests, total.statuses[3 - 1]), (3, 1), "{total:?}");
    assert!(balancer.route_figures(&RouteId::new("moved")).is_none());
}

#[tokio::test]
async fn rules_go_by_priority_path_and_host() {
    let backends = [Backend::start("rest").await, Backend::start("images").await, Backend::start("admin").await];
    let groups =
        backends.iter().map(|backend| (&*backend.address.port().to_string().leak(), 0, group(&[backend.address])));
    let mut routing = routing(groups.map(|(name, _, group)| (name as &str, 1, group)).collect());
    let id = |at: usize| GroupId::new(backends[at].address.port().to_string());
    let route = routing.routes.values_mut().next().unwrap();
    route.default = Action::Forward(Forward::to(id(0)));
    let rule = |priority, hosts: &[&str], paths: &[&str], at| Rule {
        priority,
        hosts: hosts.iter().map(|host| host.parse().unwrap()).collect(),
        paths: paths.iter().map(|path| path.parse().unwrap()).collect(),
        forward: Forward::to(id(at)),
    };
    route.rules = vec![rule(2, &[], &["/img/*", "*.png"], 1), rule(1, &["admin.*"], &[], 2)];
    let (_balancer, address) = started(routing).await;
    for (host, path, name) in [
        ("x", "/", "rest"),
        ("x", "/img/a", "images"),
        ("x", "/a.png?q=/b", "images"),
        ("x", "/a?q=.png", "rest"),
        ("Admin.x:80", "/img/a", "admin"),
    ] {
        assert_eq!(get(address, host, path).await.text, name, "{host}{path}");
    }
}

#[tokio::test]
async fn a_target_learns_who_asks_and_nothing_of_the_connection() {
    let backend = Backend::start("a").await;
    let (_balancer, address) = started(one(&[backend.address])).await;
    let fields = [
        ("X-Forwarded-For", "203.0.113.7"),
        ("X-Forwarded-Proto", "https"),
        ("Connection", "X-Mine"),
        ("X-Mine", "1"),
        ("X-Amzn-Trace-Id", "Root=1-67891233-abcdef012345678912345678"),
    ];
    let text = get_with(address, "shop.test:81", "/head?a=b%20c", &fields).await.text;
    let port = address.port();
    for line in [
        "GET /head?a=b%20c".to_owned(),
        "host: shop.test:81".to_owned(),
        "x-forwarded-for: 203.0.113.7, 127.0.0.1".to_owned(),
        "x-forwarded-proto: http".to_owned(),
        format!("x-forwarded-port: {port}"),
    ] {
        assert!(text.contains(&format!("{line}\n")), "{line}: {text}");
    }
    assert!(text.contains(";Root=1-67891233-abcdef012345678912345678\n"), "{text}");
    assert!(!text.contains("x-mine") && !text.contains("connection:"), "{text}");
    let answer = get(address, "x", "/hop").await;
    assert_eq!(
        (answer.text.as_str(), answer.headers.get("x-secret"), answer.headers.get("keep-alive")),
        ("x", None, None)
    );
}

#[tokio::test]
async fn connections_to_targets_are_used_again() {
    let backend = Backend::start("a").await;
    let (_balancer, address) = started(one(&[backend.address])).await;
    let before = backend.state.connections.load(std::sync::atomic::Ordering::SeqCst);
    for path in ["/", "/head", "/status?204", "/echo", "/stream?1", "/", "/status?304"] {
        get(address, "x", path).await;
    }
    let answer = raw(address, "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.contains("content-length: 1\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    let after = backend.state.connections.load(std::sync::atomic::Ordering::SeqCst);
    assert_eq!(after - before, 1);
}

#[tokio::test]
async fn bodies_flow_both_ways_with_trailers() {
    let backend = Backend::start("a").await;
    let (_balancer, address) = started(one(&[backend.address])).await;
    let request = "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTE: trailers\r\nTrailer: x-sum\r\n\
                   Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\nX-Sum: 7\r\n\r\n";
    let answer = raw(address, request).await;
    assert!(answer.contains("3\r\nabc\r\n") && answer.contains("2\r\nde\r\n"), "{answer}");
    assert!(answer.ends_with("0\r\nx-sum: 7\r\n\r\n"), "{answer}");
    let answer =
        raw(address, "GET /head HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc").await;
    assert!(answer.contains("body: 3\n"), "{answer}");
    let chunked =
        "GET /head HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    let answer = raw(address, chunked).await;
    assert!(answer.contains("body: 3\n"), "{answer}");
}

#[tokio::test]
async fn who_expects_to_be_told_to_go_on_is_told() {
    let backend = Backend::start("a").await;
    let (_balancer, address) = started(one(&[backend.address])).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head =
        "POST /head HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut bytes = [0; 25];
    stream.read_exact(&mut bytes).await.unwrap();
    assert_eq!(&bytes, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").await.unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(rest.starts_with("HTTP/1.1 200 ") && rest.contains("body: 3\n") && !rest.contains("expect"), "{rest}");
}

/// 256 MiB down to a client that reads nothing at first: what waits is in the kernel's buffers, not here.
#[tokio::test]
async fn a_slow_client_holds_its_target_back() {
    let backend = Backend::start("a").await;
    let (balancer, address) = started(one(&[backend.address])).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /stream?256 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut chunk = vec![0; 1 << 20];
    let mut count = stream.read(&mut chunk).await.unwrap();
    let route = RouteId::new("route");
    assert_eq!(balancer.route_figures(&route).unwrap().outstanding, 1, "all was taken from the target at once");
    loop {
        match stream.read(&mut chunk).await.unwrap() {
            0 => break,
            more => count += more,
        }
    }
    assert!(count > 256 << 20, "{count}");
}

#[tokio::test]
async fn a_large_body_goes_up() {
    let backend = Backend::start("a").await;
    let (balancer, address) = started(one(&[backend.address])).await;
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let chunk = Bytes::from(vec![1; 1 << 20]);
    let frames = (0..64).map(move |_| Ok::<_, std::convert::Infallible>(Frame::data(chunk.clone())));
    let body = StreamBody::new(futures_util::stream::iter(frames));
    let request = Request::post("/head").header("host", "x").body(body).unwrap();
    let answer = sender.send_request(request).await.unwrap();
    let text = answer.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&text).contains(&format!("body: {}\n", 64 << 20)));
    drop(sender);
    tokio::time::sleep(Duration::from_millis(100)).await;
    let total = balancer.route_figures(&RouteId::new("route")).unwrap().total;
    assert_eq!((total.requests, total.received, total.sent), (1, 64 << 20, text.len() as u64));
}

#[tokio::test]
async fn a_websocket_becomes_a_tunnel() {
    let backend = Backend::start("a").await;
    let (balancer, address) = started(one(&[backend.address])).await;
    let mut log = balancer.access_log(10);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 101 ") && answer.contains("upgrade: websocket\r\n"), "{answer}");
    for word in [&b"hello"[..], b"world"] {
        stream.write_all(word).await.unwrap();
        let mut back = [0; 5];
        stream.read_exact(&mut back).await.unwrap();
        assert_eq!(back, word);
    }
    drop(stream);
    let entry = log.recv().await.unwrap();
    assert_eq!((entry.kind, entry.status, entry.received, entry.sent), ("ws", 101, 10, 10));
}

async fn connect_h2(address: std::net::SocketAddr) -> http2::SendRequest<Full<Bytes>> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    sender
}

#[tokio::test]
async fn http2_by_prior_knowledge_to_targets_of_either_kind() {
    for h2 in [false, true] {
        let backend = Backend::speaking("a", if h2 { Speaks::H2c } else { Speaks::Http1 }).await;
        let mut routing = one(&[backend.address]);
        if h2 {
            routing.groups.values_mut().next().unwrap().protocol = TargetProtocol::H2c;
        }
        let (_balancer, address) = started(routing).await;
        let mut sender = connect_h2(address).await;
        let mut answers = tokio::task::JoinSet::new();
        for _ in 0..20 {
            let request = Request::post("http://x/head").header("cookie", "a=1").header("cookie", "b=2");
            answers.spawn(sender.send_request(request.body(Full::from("abc")).unwrap()));
        }
        while let Some(answer) = answers.join_next().await {
            let answer = answer.unwrap().unwrap();
            assert_eq!((answer.status(), answer.version()), (StatusCode::OK, Version::HTTP_2));
            let text = answer.into_body().collect().await.unwrap().to_bytes();
            let text = String::from_utf8_lossy(&text);
            assert!(text.contains("body: 3\n") && text.contains("cookie: a=1; b=2\n"), "{text}");
        }
        // The same target for a client of HTTP/1.1, with a body in chunks and one with a length.
        let head = "POST /head HTTP/1.1\r\nHost: x\r\n";
        let bodies = "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n";
        let text =
            raw(address, format!("{head}{bodies}{head}Connection: close\r\nContent-Length: 4\r\n\r\nabcd")).await;
        assert!(text.contains("body: 3\n") && text.contains("body: 4\n"), "{text}");
        let request = Request::get("http://x/hop").body(Full::default()).unwrap();
        assert_eq!(sender.send_request(request).await.unwrap().headers().get("x-secret"), None);
    }
}

#[tokio::test]
async fn trailers_pass_from_end_to_end_in_http2() {
    let backend = Backend::speaking("a", Speaks::H2c).await;
    let mut routing = one(&[backend.address]);
    routing.groups.values_mut().next().unwrap().protocol = TargetProtocol::H2c;
    let (_balancer, address) = started(routing).await;
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", "0".parse().unwrap());
    let frames = [Ok::<_, std::convert::Infallible>(Frame::data(Bytes::from("abc"))), Ok(Frame::trailers(trailers))];
    let body = StreamBody::new(futures_util::stream::iter(frames));
    let request = Request::post("http://x/echo").header("te", "trailers").body(body).unwrap();
    let answer = sender.send_request(request).await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(answer.trailers().unwrap().get("grpc-status").unwrap(), "0");
    assert_eq!(answer.to_bytes(), "abc");
}

#[tokio::test]
async fn a_target_that_says_nothing_is_504_and_nonsense_502() {
    let (silent, _one) = odd(|mut stream| async move {
        let mut bytes = [0; 4096];
        while let Ok(1..) = stream.read(&mut bytes).await {
            if bytes.starts_with(b"GET /health") {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
            } else if bytes.starts_with(b"GET /nonsense") {
                let _ = stream.write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n\r\n").await;
            } else if bytes.starts_with(b"POST /closes") {
                return;
            }
        }
    })
    .await;
    let mut routing = one(&[silent]);
    routing.groups.values_mut().next().unwrap().idle_timeout = Duration::from_secs(1);
    let (balancer, address) = started(routing).await;
    assert_eq!(get(address, "x", "/").await.status, 504);
    assert_eq!(get(address, "x", "/nonsense").await.status, 502);
    let answer =
        raw(address, "POST /closes HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc").await;
    assert!(answer.starts_with("HTTP/1.1 502 "), "{answer}");
    let total = balancer.route_figures(&RouteId::new("route")).unwrap().total;
    assert_eq!((total.requests, total.statuses), (3, [0, 0, 0, 0, 3]));
}

#[tokio::test]
async fn heads_have_a_bound() {
    let backend = Backend::start("a").await;
    let (_balancer, address) = started(one(&[backend.address])).await;
    for (head, status) in [
        (format!("GET / HTTP/1.1\r\nHost: x\r\nA: {}\r\n\r\n", "a".repeat(70_000)), "431"),
        (format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(300)), "431"),
        (format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70_000)), "4"),
    ] {
        let answer = raw(address, head).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
    }
    assert_eq!(backend.requests(), 0);
}
