//! A request, from its head to the end of its answer.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, Request, Response, StatusCode, Uri, Version, request};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::client::conn::http2;
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use words::Timestamp;

use crate::access::AccessEntry;
use crate::balancer::{ForwardState, RouteState, Shared, Speaks, unix_seconds};
use crate::clock::Moment;
use crate::headers::{self, Forwarded};
use crate::link::{Failure, Link, Upload, Uploaded};
use crate::page::page;
use crate::routing::TargetProtocol;
use crate::target::{GroupState, TargetState};
use crate::ticket::Ticket;

/// Connections of the pool that are tried for one request, since each may have been ended by its target just now.
const STALE: u32 = 3;

/// A client's connection.
pub(crate) struct Client {
    pub(crate) shared: Arc<Shared>,
    /// The listener, as the routing names it.
    pub(crate) listener: SocketAddr,
    pub(crate) peer: SocketAddr,
    pub(crate) forwarded: Forwarded,
    /// Cipher and version.
    pub(crate) tls: Option<(String, &'static str)>,
    pub(crate) ticket: Arc<Ticket>,
}

/// A request counts for its connection as long as this is there.
struct Busy(Arc<Ticket>);

impl Busy {
    fn new(ticket: &Arc<Ticket>) -> Self {
        ticket.begin();
        Self(ticket.clone())
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.end();
    }
}

/// A request counts for its target as long as this is there.
pub(crate) struct Outstanding(pub(crate) Arc<TargetState>);

impl Outstanding {
    pub(crate) fn new(target: Arc<TargetState>) -> Self {
        target.outstanding.fetch_add(1, Relaxed);
        Self(target)
    }
}

impl Drop for Outstanding {
    fn drop(&mut self) {
        self.0.outstanding.fetch_sub(1, Relaxed);
    }
}

/// What is written down when an answer is at its end, however that comes.
struct Account {
    _busy: Busy,
    target: Option<Outstanding>,
    route: Arc<RouteState>,
    upload: Option<Arc<Uploaded>>,
    sent: u64,
    log: Option<Box<Log>>,
}

struct Log {
    entry: AccessEntry,
    sender: mpsc::Sender<AccessEntry>,
    began: Instant,
    sent_on: Option<Instant>,
    head: Option<Instant>,
}

impl Drop for Account {
    fn drop(&mut self) {
        let received = self.upload.as_ref().map_or(0, |upload| upload.bytes.load(Relaxed));
        if received > 0 || self.sent > 0 {
            let now = Moment::now();
            self.route.recorder.bytes(received, self.sent, now);
            if let Some(Outstanding(target)) = &self.target {
                target.recorder.bytes(received, self.sent, now);
            }
        }
        if let Some(log) = self.log.take() {
            let Log { mut entry, sender, began, sent_on, head } = *log;
            entry.ended = now();
            entry.received = received;
            entry.sent = self.sent;
            entry.request_time = sent_on.map(|at| at - began);
            entry.target_time = head.zip(sent_on).map(|(head, sent_on)| head.saturating_duration_since(sent_on));
            entry.response_time = head.map(|head| head.elapsed());
            // A log that is full misses a line; no request waits for it.
            let _ = sender.try_send(entry);
        }
    }
}

/// Now, in the microseconds that the log has.
fn now() -> Timestamp {
    let now = Timestamp::now();
    Timestamp::from_nanos(now.nanos() / 1000 * 1000).unwrap_or(now)
}

/// The body of an answer on its way to the client.
pub(crate) enum Download {
    /// The balancer's own, or none.
    Fixed(Option<Bytes>),
    /// The target's.
    Relay(Box<Relay>),
}

pub(crate) struct Relay {
    body: Incoming,
    /// Driven from here, where somebody waits for it. None if a task drives it.
    link: Option<Box<Link>>,
    account: Account,
}

impl Relay {
    /// The target's part is at its end, and the connection can go back.
    fn finish(&mut self, cx: &mut Context<'_>) {
        if let (Some(mut link), Some(Outstanding(target))) = (self.link.take(), &self.account.target) {
            link.drive(cx);
            target.pool.put(link, target);
        }
    }
}

impl Body for Download {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let relay = match &mut *self {
            Self::Fixed(bytes) => return Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Relay(relay) => relay,
        };
        let mut frame = Pin::new(&mut relay.body).poll_frame(cx);
        if frame.is_pending()
            && let Some(link) = &mut relay.link
        {
            link.drive(cx);
            frame = Pin::new(&mut relay.body).poll_frame(cx);
        }
        match &frame {
            Poll::Pending => {}
            Poll::Ready(Some(Ok(data))) => {
                relay.account.sent += data.data_ref().map_or(0, Bytes::len) as u64;
                if relay.body.is_end_stream() {
                    relay.finish(cx);
                }
            }
            Poll::Ready(Some(Err(_))) => relay.link = None,
            Poll::Ready(None) => relay.finish(cx),
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Fixed(bytes) => bytes.is_none(),
            Self::Relay(relay) => relay.body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Fixed(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, Bytes::len) as u64),
            Self::Relay(relay) => relay.body.size_hint(),
        }
    }
}

/// Answers a request.
pub(crate) async fn answer(client: &Client, mut request: Request<Incoming>) -> Response<Download> {
    let began = Instant::now();
    let busy = Busy::new(&client.ticket);
    let Some(host) = headers::host(&request).map(std::borrow::Cow::into_owned) else {
        return page(StatusCode::BAD_REQUEST, "The request must name one host.");
    };
    if matches!(*request.method(), Method::CONNECT | Method::TRACE) {
        return page(StatusCode::METHOD_NOT_ALLOWED, "The load balancer does not take this method.");
    }
    let table = client.shared.table();
    let hosts = match table.listeners.get(&client.listener).map(|listener| &listener.speaks) {
        Some(Speaks::Http(hosts) | Speaks::Https(hosts, _)) => hosts,
        _ => return page(StatusCode::SERVICE_UNAVAILABLE, "The load balancer does not listen here any more."),
    };
    let Some(route) = hosts.find(&host) else {
        let text = if host.is_empty() {
            "No host was asked for, and the load balancer has several.".to_owned()
        } else {
            format!("The host {host} was asked for. The load balancer has no environment of this name.")
        };
        return page(StatusCode::NOT_FOUND, &text);
    };
    let (forward, priority) = route.choose(&host, request.uri().path());
    let log = client.shared.log().filter(|_| route.access_log);
    let log = log.map(|sender| Box::new(log_of(client, route, &host, priority, &request, sender, began)));
    let account = Account { _busy: busy, target: None, route: route.clone(), upload: None, sent: 0, log };
    let upgrade = headers::upgrade(request.headers()).filter(|_| request.version() == Version::HTTP_11);
    let back = upgrade.is_some().then(|| hyper::upgrade::on(&mut request));
    let work = Work { client, forward, host, upgrade, back, began };
    work.run(request, account).await
}

struct Work<'a> {
    client: &'a Client,
    forward: &'a ForwardState,
    host: String,
    /// What the client wants to switch to, and how its side of the stream is got then.
    upgrade: Option<HeaderValue>,
    back: Option<OnUpgrade>,
    began: Instant,
}

/// What a request without a body is made of, should it have to be sent again. A list is cheaper than a second map.
struct Spare {
    method: Method,
    uri: Uri,
    fields: Vec<(HeaderName, HeaderValue)>,
}

impl Spare {
    fn of(parts: &request::Parts) -> Self {
        let fields = parts.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { method: parts.method.clone(), uri: parts.uri.clone(), fields }
    }

    fn request(&self) -> Request<Upload> {
        let mut request = Request::new(Upload::Empty);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        for (name, value) in &self.fields {
            request.headers_mut().append(name, value.clone());
        }
        request
    }
}

/// What can take a request.
enum Way {
    /// A connection, and whether it has been used before.
    Link(Box<Link>, bool),
    Stream(http2::SendRequest<Upload>),
}

impl Work<'_> {
    async fn run(self, request: Request<Incoming>, mut account: Account) -> Response<Download> {
        let wall = unix_seconds();
        let Some((group, mut target)) = self.choose(&request, wall) else {
            return refuse(account, StatusCode::SERVICE_UNAVAILABLE, "The target group has no registered target.");
        };
        if let Some(log) = &mut account.log {
            log.entry.group = Some(group.id.clone());
        }
        self.client.ticket.set_patience(group.config.idle_timeout);
        let (mut parts, body) = request.into_parts();
        if let Err(why) = self.prepare(&mut parts, &body, wall) {
            return refuse(account, StatusCode::BAD_REQUEST, why);
        }
        if let Some(log) = &mut account.log {
            log.entry.trace = text_of(parts.headers.get(headers::TRACE));
        }
        let upload = if body.is_end_stream() {
            Upload::Empty
        } else {
            let uploaded = Arc::new(Uploaded::default());
            account.upload = Some(uploaded.clone());
            Upload::Body(body, uploaded)
        };
        let spare = (parts.method.is_idempotent() && matches!(upload, Upload::Empty)).then(|| Spare::of(&parts));
        let mut request = Request::from_parts(parts, upload);
        let patience = group.config.idle_timeout;
        let (mut others, mut stale) = (1, 0);
        loop {
            account.target = Some(Outstanding::new(target.clone()));
            if let Some(log) = &mut account.log {
                log.entry.target = Some(target.target.address);
                log.sent_on = Some(Instant::now());
            }
            let way = if self.upgrade.is_some() { open(&target, patience).await } else { way(&target, patience).await };
            let (failure, again) = match way {
                Err(failure) => (failure, Some(request)),
                Ok(way) => {
                    let used = matches!(&way, Way::Link(_, true));
                    let http2 = matches!(&way, Way::Stream(_));
                    match self.send(way, request, patience).await {
                        Ok((response, link)) => {
                            return self.respond(response, link, account, &group, &target, wall).await;
                        }
                        Err(Failure::Closed(Some(back))) if stale < STALE && (used || http2) => {
                            stale += 1;
                            request = *back;
                            continue;
                        }
                        Err(Failure::Closed(back)) => {
                            let again = back.map(|back| *back);
                            let again = again.or_else(|| spare.as_ref().map(Spare::request));
                            (Failure::Closed(None), again)
                        }
                        Err(failure) => (failure, None),
                    }
                }
            };
            match again {
                Some(again) if others > 0 => {
                    others -= 1;
                    request = again;
                    // Another one; the same, if there is no other and it did accept a connection.
                    match group.pick(Some(&target), group.config.algorithm) {
                        Some(other) => target = other,
                        None if matches!(failure, Failure::Closed(_)) => target.pool.clear(),
                        None => return fail(account, failure),
                    }
                }
                _ => return fail(account, failure),
            }
        }
    }

    /// The target of the request's cookie, if it can take requests, or the next one.
    fn choose(&self, request: &Request<Incoming>, wall: u64) -> Option<(Arc<GroupState>, Arc<TargetState>)> {
        let sticky = |group: &GroupState| group.config.stickiness.is_some();
        let groups = || self.forward.groups.iter().filter(|(_, weight)| *weight > 0).map(|(group, _)| group);
        if groups().any(|group| sticky(group))
            && let Some(tag) = self.client.shared.key.wanted(request.headers(), wall)
        {
            for group in groups().filter(|group| sticky(group)) {
                let wanted =
                    |target: &&Arc<TargetState>| target.tag == tag && target.is_healthy() && !target.is_leaving();
                if let Some(target) = group.targets.iter().find(wanted) {
                    return Some((group.clone(), target.clone()));
                }
            }
        }
        let group = self.forward.pick()?;
        Some((group.clone(), group.pick(None, group.config.algorithm)?))
    }

    /// Makes the head that the target gets.
    fn prepare(&self, parts: &mut request::Parts, body: &Incoming, wall: u64) -> Result<(), &'static str> {
        let headers = &mut parts.headers;
        if headers.contains_key(header::EXPECT) {
            // The client is told to go on when the target takes the body.
            headers.remove(header::EXPECT);
        }
        headers::remove_hop_by_hop(headers);
        if let Some(protocol) = &self.upgrade {
            headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
            headers.insert(header::UPGRADE, protocol.clone());
        }
        if parts.uri.authority().is_some() || parts.version != Version::HTTP_11 {
            let host = HeaderValue::try_from(&self.host).map_err(|_| "The host is none.")?;
            headers.insert(header::HOST, host);
        }
        if parts.version == Version::HTTP_2 {
            headers::join_cookies(headers);
        }
        // Once, for all that is added.
        headers.reserve(8);
        self.client.forwarded.add(headers);
        self.client.shared.traces.add(headers, wall);
        if body.is_end_stream() {
            if headers.get(header::CONTENT_LENGTH).is_some_and(|length| length != "0") {
                headers.remove(header::CONTENT_LENGTH);
            }
        } else if body.size_hint().exact().is_none() && !headers.contains_key(header::CONTENT_LENGTH) {
            headers.insert(header::TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
        }
        if parts.uri.scheme().is_some() || parts.uri.authority().is_some() {
            parts.uri = match parts.uri.path_and_query() {
                Some(path) => Uri::from(path.clone()),
                None => Uri::from_static("/"),
            };
        }
        parts.version = Version::HTTP_11;
        parts.extensions = http::Extensions::new();
        Ok(())
    }

    async fn send(
        &self,
        way: Way,
        mut request: Request<Upload>,
        patience: Duration,
    ) -> Result<(Response<Incoming>, Option<Box<Link>>), Failure> {
        match way {
            Way::Link(link, _) if self.upgrade.is_some() => Ok((link.send_upgrade(request).await?, None)),
            Way::Link(mut link, _) => {
                let response = link.send(request).await?;
                Ok((response, Some(link)))
            }
            Way::Stream(mut sender) => {
                let path = request.uri().path_and_query().cloned();
                let path = path.unwrap_or_else(|| http::uri::PathAndQuery::from_static("/"));
                let uri = Uri::builder().scheme("http").authority(self.host.as_str()).path_and_query(path);
                *request.uri_mut() = uri.build().map_err(|_| Failure::Client)?;
                *request.version_mut() = Version::HTTP_2;
                request.headers_mut().remove(header::HOST);
                request.headers_mut().remove(header::TRANSFER_ENCODING);
                Ok((crate::link::send_stream(&mut sender, request, patience).await?, None))
            }
        }
    }

    /// Makes the answer that the client gets.
    async fn respond(
        self,
        response: Response<Incoming>,
        link: Option<Box<Link>>,
        mut account: Account,
        group: &GroupState,
        target: &Arc<TargetState>,
        wall: u64,
    ) -> Response<Download> {
        let (latency, now) = (self.began.elapsed(), Moment::now());
        let status = response.status();
        account.route.recorder.answer(status.as_u16(), latency, now);
        target.recorder.answer(status.as_u16(), latency, now);
        if let Some(log) = &mut account.log {
            log.head = Some(Instant::now());
            log.entry.status = status.as_u16();
            log.entry.target_status = Some(status.as_u16());
        }
        if status == StatusCode::SWITCHING_PROTOCOLS {
            return self.switch(response, account);
        }
        let (mut parts, body) = response.into_parts();
        headers::remove_hop_by_hop(&mut parts.headers);
        parts.version = Version::HTTP_11;
        if let Some(stickiness) = group.config.stickiness {
            self.client.shared.key.set(&mut parts.headers, &target.tag, stickiness, wall);
        }
        let mut relay = Relay { body, link, account };
        if !relay.body.is_end_stream() {
            return Response::from_parts(parts, Download::Relay(Box::new(relay)));
        }
        std::future::poll_fn(|cx| {
            relay.finish(cx);
            Poll::Ready(())
        })
        .await;
        Response::from_parts(parts, Download::Fixed(None))
    }

    /// Makes one stream of the two.
    fn switch(self, response: Response<Incoming>, mut account: Account) -> Response<Download> {
        let (Some(wanted), Some(back)) = (self.upgrade, self.back) else {
            return fail(account, Failure::Closed(None));
        };
        let secure = self.client.tls.is_some();
        if let Some(log) = &mut account.log {
            log.entry.kind = if secure { "wss" } else { "ws" };
        }
        let (mut parts, _) = response.into_parts();
        let target = parts.extensions.remove::<OnUpgrade>();
        let protocol = parts.headers.get(header::UPGRADE).cloned().unwrap_or(wanted);
        headers::remove_hop_by_hop(&mut parts.headers);
        parts.headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        parts.headers.insert(header::UPGRADE, protocol);
        tokio::spawn(async move {
            let Some(target) = target else { return };
            let (Ok(client), Ok(target)) = (back.await, target.await) else { return };
            let (mut client, mut target) = (TokioIo::new(client), TokioIo::new(target));
            match tokio::io::copy_bidirectional(&mut client, &mut target).await {
                Ok((received, sent)) => {
                    account.sent = sent;
                    let uploaded = Uploaded::default();
                    uploaded.bytes.store(received, Relaxed);
                    account.upload = Some(Arc::new(uploaded));
                }
                Err(error) => tracing::debug!(%error, "a tunnel ended"),
            }
            drop(account);
        });
        Response::from_parts(parts, Download::Fixed(None))
    }
}

/// A connection of the pool, or a new one.
async fn way(target: &TargetState, patience: Duration) -> Result<Way, Failure> {
    match target.protocol {
        TargetProtocol::H2c => Ok(Way::Stream(target.streams.sender(target, patience).await?)),
        TargetProtocol::Http1 => match target.pool.take(patience) {
            Some(link) => Ok(Way::Link(link, true)),
            None => open(target, patience).await,
        },
    }
}

/// A new connection, of HTTP/1.1.
async fn open(target: &TargetState, patience: Duration) -> Result<Way, Failure> {
    let link = Link::open(target.target.address, patience).await?;
    target.tickets.add(link.ticket.clone());
    Ok(Way::Link(link, false))
}

/// What a client is told of a failure.
fn fail(account: Account, failure: Failure) -> Response<Download> {
    let (status, text) = match failure {
        Failure::Connect(error) => {
            tracing::debug!(%error, "no connection to a target");
            (StatusCode::BAD_GATEWAY, "The target did not accept a connection.")
        }
        Failure::ConnectLate => (StatusCode::GATEWAY_TIMEOUT, "The target did not accept a connection in time."),
        Failure::Late => (StatusCode::GATEWAY_TIMEOUT, "The target did not answer in time."),
        Failure::Closed(_) => (StatusCode::BAD_GATEWAY, "The target closed the connection before it answered."),
        Failure::Nonsense(error) => {
            tracing::debug!(%error, "no answer of HTTP");
            (StatusCode::BAD_GATEWAY, "What the target sent was no answer of HTTP.")
        }
        Failure::Client => (StatusCode::BAD_REQUEST, "The request's body broke off or was malformed."),
    };
    refuse(account, status, text)
}

/// Answers in place of a target.
fn refuse(mut account: Account, status: StatusCode, text: &'static str) -> Response<Download> {
    let latency = account.log.as_ref().map_or(Duration::ZERO, |log| log.began.elapsed());
    account.route.recorder.answer(status.as_u16(), latency, Moment::now());
    if let Some(log) = &mut account.log {
        log.entry.status = status.as_u16();
        log.entry.error = Some(text);
    }
    page(status, text)
}

fn text_of(value: Option<&HeaderValue>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| String::from_utf8_lossy(value.as_bytes()).into_owned())
}

fn log_of(
    client: &Client,
    route: &RouteState,
    host: &str,
    priority: u32,
    request: &Request<Incoming>,
    sender: mpsc::Sender<AccessEntry>,
    began: Instant,
) -> Log {
    let kind = match (request.version() == Version::HTTP_2, client.tls.is_some()) {
        (true, _) => "h2",
        (false, true) => "https",
        (false, false) => "http",
    };
    let scheme = if client.tls.is_some() { "https" } else { "http" };
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut line = format!("{} {scheme}://{host}", request.method());
    if !host.contains(':') {
        let _ = write!(line, ":{}", client.listener.port());
    }
    let _ = write!(line, "{path} {:?}", request.version());
    let entry = AccessEntry {
        kind,
        began: now(),
        ended: now(),
        route: route.id.clone(),
        client: client.peer,
        priority,
        group: None,
        target: None,
        request_time: None,
        target_time: None,
        response_time: None,
        status: 0,
        target_status: None,
        received: 0,
        sent: 0,
        request: line,
        user_agent: text_of(request.headers().get(header::USER_AGENT)),
        tls: client.tls.clone(),
        trace: String::new(),
        host: crate::routing::bare_host(host).to_owned(),
        error: None,
    };
    Log { entry, sender, began, sent_on: None, head: None }
}
