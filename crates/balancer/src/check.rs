//! Health checks, as they are done.

use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use http::{Request, Response, header};
use hyper::body::{Body, Incoming};
use tokio::net::TcpStream;

use crate::balancer::Shared;
use crate::clock::Moment;
use crate::health::Cause;
use crate::limits;
use crate::link::{Failure, Link, Upload, dial_h2};
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
    let request = || {
        let mut request = Request::new(Upload::Empty);
        *request.uri_mut() = path.uri();
        let headers = request.headers_mut();
        if let Ok(host) = address.to_string().try_into() {
            headers.insert(header::HOST, host);
        }
        headers.insert(header::USER_AGENT, header::HeaderValue::from_static("ELB-HealthChecker/2.0"));
        request
    };
    let status = match target.protocol {
        TargetProtocol::H2c => {
            let mut request = request();
            let uri = http::Uri::builder().scheme("http").authority(address.to_string()).path_and_query(
                path.uri().path_and_query().cloned().unwrap_or(http::uri::PathAndQuery::from_static("/")),
            );
            *request.uri_mut() = uri.build().map_err(|error| Cause::Other(error.to_string()))?;
            request.headers_mut().remove(header::HOST);
            *request.version_mut() = http::Version::HTTP_2;
            let mut sender = dial_h2(address, check.timeout, drop).await.map_err(cause)?;
            sender.send_request(request).await.map_err(|_| Cause::Closed)?.status()
        }
        TargetProtocol::Http1 => get(address, &request, check.timeout, kept).await?,
    };
    if matcher.matches(status.as_u16()) { Ok(()) } else { Err(Cause::Code(status.as_u16())) }
}

/// Asks on the connection of the check before, or, if that is gone, on a new one.
async fn get(
    address: SocketAddr,
    request: &impl Fn() -> Request<Upload>,
    patience: Duration,
    kept: &mut Option<Box<Link>>,
) -> Result<http::StatusCode, Cause> {
    if let Some(mut link) = kept.take()
        && let Ok(answer) = link.send(request()).await
    {
        let status = answer.status();
        *kept = read(link, answer).await;
        return Ok(status);
    }
    let mut link = Link::open(address, patience).await.map_err(cause)?;
    let answer = link.send(request()).await.map_err(cause)?;
    let status = answer.status();
    *kept = read(link, answer).await;
    Ok(status)
}

/// Reads an answer to its end, so that the connection can be used again, if that is not long.
async fn read(mut link: Box<Link>, answer: Response<Incoming>) -> Option<Box<Link>> {
    let mut body = answer.into_body();
    let mut bytes = 0;
    while !body.is_end_stream() && bytes <= limits::CHECK_BYTES {
        let frame = poll_fn(|cx| {
            link.drive(cx);
            std::pin::Pin::new(&mut body).poll_frame(cx)
        });
        match frame.await {
            Some(Ok(frame)) => bytes += frame.data_ref().map_or(0, bytes::Bytes::len),
            Some(Err(_)) => return None,
            None => break,
        }
    }
    if bytes > limits::CHECK_BYTES {
        return None;
    }
    poll_fn(|cx| {
        link.drive(cx);
        std::task::Poll::Ready(())
    })
    .await;
    Some(link)
}

fn cause(failure: Failure) -> Cause {
    match failure {
        Failure::Connect(error) => io_cause(error),
        Failure::ConnectLate | Failure::Late => Cause::TimedOut,
        Failure::Closed(_) | Failure::Client => Cause::Closed,
        Failure::Nonsense(error) => Cause::Other(error.to_string()),
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
