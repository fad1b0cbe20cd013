//! Health checks, as they are done.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio_rustls::TlsConnector;

use crate::balancer::Shared;
use crate::body::Wire;
use crate::clock::Moment;
use crate::dial;
use crate::head::{self, Answer};
use crate::health::Cause;
use crate::http2::Exchange;
use crate::limits;
use crate::link::{Failure, Link, Upstream};
use crate::routing::{HealthCheck, Probe, TargetProtocol};
use crate::target::TargetState;
use crate::ticket::Ticket;

/// Checks a target until it is told to stop.
pub(crate) async fn run(shared: Weak<Shared>, target: Arc<TargetState>, check: HealthCheck, tls: Option<TlsConnector>) {
    let mut address = target.target.address;
    if let Some(port) = check.port {
        address.set_port(port);
    }
    let mut checked = Checked { address, protocol: target.protocol, tls, patience: check.timeout, kept: None };
    // So that the checks of many targets which came at the same time do not stay at the same time.
    let mut spread = check.interval.mul_f64(f64::from(target.tag[0]) / 512.0);
    loop {
        let result = checked.check(&check.probe).await;
        let Some(strong) = shared.upgrade() else { return };
        let now = Moment::now();
        let slowly =
            !target.is_healthy() && strong.table().group(&target.group).is_some_and(|group| group.starts_slowly(now));
        if target.take(result, &check, slowly, now) {
            strong.tell_health();
        }
        drop(strong);
        let mut pause = target.pause(&check);
        if pause == check.interval {
            pause -= std::mem::take(&mut spread);
        }
        tokio::time::sleep(pause).await;
    }
}

/// Checks who is no target yet, once, as a target that speaks HTTP/1.1 is checked.
pub async fn check(address: SocketAddr, probe: &Probe, patience: Duration) -> Result<(), Cause> {
    let tls = probe.is_encrypted().then(dial::tls).transpose().map_err(|error| Cause::Other(error.to_string()))?;
    Checked { address, protocol: TargetProtocol::Http1, tls, patience, kept: None }.check(probe).await
}

/// Who is checked.
struct Checked {
    address: SocketAddr,
    protocol: TargetProtocol,
    tls: Option<TlsConnector>,
    /// How long a check may take.
    patience: Duration,
    /// The connection of the check before.
    kept: Option<Box<Link>>,
}

impl Checked {
    async fn check(&mut self, probe: &Probe) -> Result<(), Cause> {
        let patience = self.patience;
        tokio::time::timeout(patience, self.probe(probe)).await.unwrap_or(Err(Cause::TimedOut))
    }

    async fn probe(&mut self, probe: &Probe) -> Result<(), Cause> {
        let (path, matcher) = match probe {
            Probe::Http { path, matcher } | Probe::Https { path, matcher } => (path, matcher),
            Probe::Tcp | Probe::Tls => {
                let line = dial::connect(self.address, self.tls.as_ref(), Ticket::new(self.patience)).await;
                return line.map(drop).map_err(cause);
            }
        };
        let mut request = Wire::default();
        let head = request.begin();
        for part in ["GET ", path.as_str(), " HTTP/1.1\r\nhost: ", &self.address.to_string(), "\r\n"] {
            head.extend_from_slice(part.as_bytes());
        }
        head.extend_from_slice(b"user-agent: ELB-HealthChecker/2.0\r\n\r\n");
        request.end();
        let code = if self.protocol == TargetProtocol::H2c && !probe.is_encrypted() {
            let exchange = Exchange::alone(self.address, self.patience).await.map_err(cause)?;
            ask(&mut Upstream::Stream(Box::new(exchange)), &mut request).await.map_err(cause)?.0
        } else {
            self.get(&mut request).await?
        };
        if matcher.matches(code) { Ok(()) } else { Err(Cause::Code(code)) }
    }

    /// Asks on the connection of the check before, or, if that is gone, on a new one.
    async fn get(&mut self, request: &mut Wire) -> Result<u16, Cause> {
        if let Some(link) = self.kept.take() {
            let mut used = Upstream::Link(link);
            if let Ok((code, stays)) = ask(&mut used, request).await {
                self.kept = stays.then(|| used.into_link()).flatten();
                return Ok(code);
            }
            request.rewind();
        }
        let link = Link::open(self.address, self.tls.as_ref(), self.patience).await.map_err(cause)?;
        let mut new = Upstream::Link(link);
        let (code, stays) = ask(&mut new, request).await.map_err(cause)?;
        self.kept = stays.then(|| new.into_link()).flatten();
        Ok(code)
    }
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
        Failure::Handshake(why) => Cause::Handshake(why),
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
