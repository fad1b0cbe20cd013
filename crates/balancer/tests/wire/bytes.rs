//! What goes over the wires of HTTP/1.1, byte by byte: requests as a target gets them, answers as a client does.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::backend::{Backend, get, odd, raw};
use crate::routings::{one, started};

/// A target that gives one answer to everything, and writes down what it gets besides health checks.
struct Recorded {
    _task: tokio::task::JoinHandle<()>,
    _balancer: balancer::Balancer,
    address: std::net::SocketAddr,
    got: Arc<Mutex<Vec<u8>>>,
}

/// It answers when what has come ends so, and ends the connection after that if it is told to.
async fn recorded(answer: &'static str, ends: &'static str, closes: bool) -> Recorded {
    let got = Arc::new(Mutex::new(Vec::new()));
    let kept = got.clone();
    let (target, task) = odd(move |mut stream| {
        let kept = kept.clone();
        async move {
            let (mut bytes, mut request) = ([0; 4096], Vec::new());
            while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                request.extend_from_slice(&bytes[..count]);
                if request.starts_with(b"GET /health ") {
                    request.clear();
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
                    continue;
                }
                kept.lock().unwrap().extend_from_slice(&bytes[..count]);
                if request.ends_with(ends.as_bytes()) {
                    request.clear();
                    let _ = stream.write_all(answer.as_bytes()).await;
                    if closes {
                        return;
                    }
                }
            }
        }
    })
    .await;
    let (balancer, address) = started(one(&[target])).await;
    Recorded { _task: task, _balancer: balancer, address, got }
}

impl Recorded {
    fn got(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.got.lock().unwrap())).unwrap()
    }
}

/// An answer without its date.
fn undated(answer: &str) -> String {
    let lines = answer.split_inclusive("\r\n").filter(|line| !line.starts_with("date: "));
    lines.collect()
}

#[tokio::test]
async fn a_request_is_written_anew_and_an_answer_too() {
    let answer = "HTTP/1.1 200 Fine\r\nX-Own: 1\r\nContent-Length: 3\r\n\r\nabc";
    let target = recorded(answer, "\r\n\r\n", false).await;
    let request = "\r\nGET http://y:8/p?q HTTP/1.1\r\nHost: x\r\nA:b \r\nConnection: close, C\r\nc: d\r\n\r\n";
    let got = undated(&raw(target.address, request).await);
    assert_eq!(got, "HTTP/1.1 200 Fine\r\nX-Own: 1\r\ncontent-length: 3\r\nconnection: close\r\n\r\nabc");
    let port = target.address.port();
    let begin = format!(
        "GET /p?q HTTP/1.1\r\nhost: y:8\r\nA: b\r\nx-forwarded-for: 127.0.0.1\r\nx-forwarded-port: {port}\r\n\
         x-forwarded-proto: http\r\nx-amzn-trace-id: Root=1-"
    );
    let got = target.got();
    assert!(got.starts_with(&begin) && got.ends_with("\r\n\r\n"), "{got}");
    assert_eq!(got.lines().count(), begin.lines().count() + 1, "{got}");
}

/// A body is carried in the framing that the other side needs, however its bytes are split.
#[tokio::test]
async fn bytes_may_come_one_by_one() {
    let answer = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n";
    let target = recorded(answer, "0\r\nX-A: b\r\n\r\n", false).await;
    let request = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2;e\r\nde\r\n\
                    0\r\nX-A: b\r\nHost: z\r\n\r\n";
    let mut stream = TcpStream::connect(target.address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for byte in request {
        stream.write_all(&[*byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.ends_with("\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 7\r\n\r\n"), "{answer}");
    let got = target.got();
    let (head, body) = got.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("\r\ntransfer-encoding: chunked"), "{got}");
    let data: Vec<&str> = body.split("\r\n").collect();
    assert!(data.ends_with(&["0", "X-A: b", "", ""]), "{got}");
    assert!(data[..data.len() - 4].chunks(2).all(|chunk| chunk[0] == format!("{:x}", chunk[1].len())), "{got}");
    assert_eq!(data[..data.len() - 4].chunks(2).map(|chunk| chunk[1]).collect::<String>(), "de", "{got}");
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_their_order() {
    let backend = Backend::start("a").await;
    let (_balancer, address) = started(one(&[backend.address])).await;
    let request = "POST /head HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi\
                   GET /status?204 HTTP/1.1\r\nHost: x\r\n\r\n\
                   HEAD /head HTTP/1.1\r\nHost: x\r\n\r\n\
                   PUT /head HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n\
                   GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let answer = raw(address, request).await;
    let places: Vec<_> =
        ["POST /head", "body: 2\n", "HTTP/1.1 204", "HTTP/1.1 200", "PUT /head", "body: 3\n", "\r\n\r\na"]
            .map(|part| answer.find(part).map(|_| answer.rfind(part)))
            .into_iter()
            .collect();
    assert!(places.iter().all(Option::is_some), "{answer}");
    assert_eq!(answer.matches("HTTP/1.1 2").count(), 5, "{answer}");
    assert!(answer.find("body: 2\n") < answer.find("HTTP/1.1 204") && answer.ends_with("\r\n\r\na"), "{answer}");
    assert!(!answer.contains("HEAD /head"), "the answer to a HEAD has no body: {answer}");
    assert_eq!(backend.requests(), 5);
}

#[tokio::test]
async fn http10_gets_what_it_understands() {
    let target =
        recorded("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "\r\n\r\n", false).await;
    let answer = undated(&raw(target.address, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").await);
    assert_eq!(answer, "HTTP/1.0 200 OK\r\nconnection: close\r\n\r\nabc");
    assert!(target.got().starts_with("GET / HTTP/1.1\r\nhost: \r\n"));
    let target = recorded("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "\r\n\r\n", false).await;
    let two = "GET / HTTP/1.0\r\nHost: x\r\nConnection: Keep-Alive\r\n\r\nGET / HTTP/1.0\r\nHost: x\r\n\r\nGET / HTTP/1.0\r\n\r\n";
    let one = "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n";
    assert_eq!(
        undated(&raw(target.address, two).await),
        format!("{one}connection: keep-alive\r\n\r\nx{one}connection: close\r\n\r\nx")
    );
}

#[tokio::test]
async fn answers_without_an_end_of_their_own_end_with_the_connection() {
    let target = recorded("HTTP/1.0 200 OK\r\n\r\nabc", "\r\n\r\n", true).await;
    let answer = raw(target.address, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.contains("\r\ntransfer-encoding: chunked\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n3\r\nabc\r\n0\r\n\r\n"), "{answer}");
    let answer = raw(target.address, "GET / HTTP/1.0\r\nHost: x\r\n\r\n").await;
    assert!(answer.ends_with("\r\n\r\nabc"), "{answer}");
}

#[tokio::test]
async fn what_breaks_off_is_not_made_whole() {
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ] {
        let target = recorded(answer, "\r\n\r\n", true).await;
        let got = raw(target.address, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(got.starts_with("HTTP/1.1 200 OK\r\n") && got.contains("abc"), "{answer}: {got}");
        assert!(!got.ends_with("0\r\n\r\n") && !got.contains("HTTP/1.1 502"), "{answer}: {got}");
    }
    for answer in [
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
    ] {
        let target = recorded(answer, "\r\n\r\n", true).await;
        assert_eq!(get(target.address, "x", "/").await.status, 502, "{answer}");
    }
}

#[tokio::test]
async fn answers_before_the_answer_are_passed_over() {
    let target = recorded(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        "\r\n\r\n",
        false,
    )
    .await;
    let answer = raw(target.address, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nx"), "{answer}");
    let endless: &'static str = "HTTP/1.1 102 Processing\r\n\r\n".repeat(40).leak();
    let target = recorded(endless, "\r\n\r\n", false).await;
    assert_eq!(get(target.address, "x", "/").await.status, 502);
}

/// A target need not read a body to its end, and its client learns what it answered all the same.
#[tokio::test]
async fn an_answer_may_come_before_the_end_of_the_request() {
    let target = recorded("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig", "\r\n\r\n", true).await;
    let mut stream = TcpStream::connect(target.address).await.unwrap();
    stream.write_all(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\n\r\n").await.unwrap();
    let mut answer = vec![0; 1024];
    let count = stream.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..count]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("\r\nconnection: close\r\n"), "{answer}");
    // What is on its way does not take the answer back.
    stream.write_all(&[b'x'; 100_000]).await.unwrap();
    let mut rest = String::new();
    stream.read_to_string(&mut rest).await.unwrap();
    assert!(answer.ends_with("big") || rest == "big", "{answer}{rest}");
}

/// A client that has gone takes its request with it.
#[tokio::test]
async fn a_client_that_goes_away_ends_its_request() {
    let backend = Backend::start("a").await;
    let (balancer, address) = started(one(&[backend.address])).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(b"GET /slow?60000 HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let outstanding = || balancer.route_figures(&balancer::RouteId::new("route")).unwrap().outstanding;
    while backend.requests() == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(outstanding(), 1);
    drop(stream);
    let gone = async {
        while outstanding() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), gone).await.expect("the request goes on");
}

/// What a target says while nobody asks it is nobody's answer, and it is not asked on that connection again.
#[tokio::test]
async fn a_connection_that_was_ended_or_speaks_unasked_is_not_used_again() {
    let target =
        recorded("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n\r\nevil", "\r\n\r\n", false).await;
    for _ in 0..5 {
        assert_eq!(get(target.address, "x", "/").await.text, "x");
    }
    // Ended after each answer without a word of it: found out before, or the request is sent again.
    let target = recorded("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "\r\n\r\n", true).await;
    for _ in 0..20 {
        assert_eq!(get(target.address, "x", "/").await.text, "x");
    }
}
