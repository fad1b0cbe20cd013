//! Health checks, as they are done.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::net::TcpStream;

use crate::balancer::Shared;
use crate::body::Wire;
use crate::clock::Moment;
use crate::head::{self, Answer};
use crate::health::Cause;
use crate::http2::Exchange;
use crate::limits;
use crate::link::{Failure, Link, Upstream};
use crate::routing::{HealthCheck, Probe, TargetProtocol};
use crate::target::TargetState;

/// Checks a target until it is told to stop.
pub(crate) async fn run(shared: Weak<Shared>, target: Arc<TargetState>, check: HealthCheck) {
    let mut kept = None;
    // So that the checks of many targets which came at the same time do not stay at the same time.
    let mut spread = check.interval.mul_f64(f64::from(target.tag[0]) / 512.0);
    loop {
        let result = match tokio::time::timeout(check.timeout, probe(&target, &check, &mut kept)).await {
            Ok(result) => result,
            Err(_) => Err(Cause::TimedOut),
        };
        if target.take(result, &check, Moment::now()) {
            let Some(shared) = shared.upgrade() else { return };
            shared.tell_health();
        }
        let mut pause = target.pause(&check);
        if pause == check.interval {
            pause -= std::mem::take(&mut spread);
        }
        tokio::time::sleep(pause).await;
    }
}

async fn probe(target: &TargetState, check: &HealthCheck, kept: &mut Option<Box<Link>>) -> Result<(), Cause> {
    let mut address = target.target.address;
    if let Some(port) = check.port {
        address.set_port(port);
    }
    let Probe::Http { path, matcher } = &check.probe else {
        return TcpStream::connect(address).await.map(drop).map_err(io_cause);
    };
    let mut request = Wire::default();
    let head = request.begin();
    for part in ["GET ", path.as_str(), " HTTP/1.1\r\nhost: ", &address.to_string(), "\r\n"] {
        head.extend_from_slice(part.as_bytes());
    }
    head.extend_from_slice(b"user-agent: ELB-HealthChecker/2.0\r\n\r\n");
    request.end();
    let code = match target.protocol {
        TargetProtocol::H2c => {
            let exchange = Exchange::alone(address, check.timeout).await.map_err(cause)?;
            ask(&mut Upstream::Stream(Box::new(exchange)), &mut request).await.map_err(cause)?.0
        }
        TargetProtocol::Http1 => get(address, &mut request, check.timeout, kept).await?,
    };
    if matcher.matches(code) { Ok(()) } else { Err(Cause::Code(code)) }
}

/// Asks on the connection of the check before, or, if that is gone, on a new one.
async fn get(
    address: SocketAddr,
    request: &mut Wire,
    patience: Duration,
    kept: &mut Option<Box<Link>>,
) -> Result<u16, Cause> {
    if let Some(link) = kept.take() {
        let mut used = Upstream::Link(link);
        if let Ok((code, stays)) = ask(&mut used, request).await {
            *kept = stays.then(|| used.into_link()).flatten();
            return Ok(code);
        }
        request.rewind();
    }
    let mut new = Upstream::Link(Link::open(address, patience).await.map_err(cause)?);
    let (code, stays) = ask(&mut new, request).await.map_err(cause)?;
    *kept = stays.then(|| new.into_link()).flatten();
    Ok(code)
}

/// Asks, and reads the answer; gives its status, and whether the connection can be used again.
async fn ask(upstream: &mut Upstream, request: &mut Wire) -> Result<(u16, bool), Failure> {
    poll_fn(|cx| upstream.poll_write(cx, request)).await.map_err(|_| Failure::Closed)?;
    let length = poll_fn(|cx| upstream.poll_head(cx)).await?;
    let (code, framing, keeps) = {
        let mut slots = head::slots();
        let answer = Answer::parse(upstream.head(length), &mut slots).map_err(|why| Failure::Nonsense(why.into()))?;
        (answer.code, answer.framing(false), answer.keeps)
    };
    let mut body = Wire::default();
    upstream.begin_body(length, framing, keeps, &mut body)?;
    while !body.is_ended() && body.count <= limits::CHECK_BYTES as u64 {
        body.written(usize::MAX);
        if poll_fn(|cx| upstream.poll_body(cx, &mut body)).await.is_err() {
            return Ok((code, false));
        }
    }
    Ok((code, body.is_ended() && upstream.can_be_used_again()))
}

fn cause(failure: Failure) -> Cause {
    match failure {
        Failure::Connect(error) => io_cause(error),
        Failure::ConnectLate | Failure::Late => Cause::TimedOut,
        Failure::Closed | Failure::Unsent | Failure::Client | Failure::Gone => Cause::Closed,
        Failure::Nonsense(why) => Cause::Other(why),
    }
}

fn io_cause(error: io::Error) -> Cause {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Cause::Refused,
        io::ErrorKind::TimedOut => Cause::TimedOut,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Cause::Closed,
        _ => Cause::Other(error.to_string()),
    }
}
