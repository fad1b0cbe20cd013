//! A request, from its head to the end of its answer, whatever either side speaks.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use tokio::sync::mpsc;
use words::Timestamp;

use crate::access::AccessEntry;
use crate::balancer::{ForwardState, RouteState, Shared, Speaks};
use crate::body::{Framing, Wire};
use crate::clock::{Moment, unix_seconds};
use crate::forwarded::Forwarded;
use crate::head::{self, Name, Refusal, Request};
use crate::link::{Failure, Link, Upstream};
use crate::page::page;
use crate::routing::bare_host;
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

/// A client's side of one request.
pub(crate) trait Downstream {
    /// Reads some of the request's body, or its end.
    fn poll_body(&mut self, cx: &mut Context<'_>, to: &mut Wire) -> Poll<io::Result<()>>;
    /// Waits for the client to go away; its body is at its end.
    fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()>;
    /// Writes all there is of an answer.
    fn poll_write(&mut self, cx: &mut Context<'_>, from: &mut Wire) -> Poll<io::Result<()>>;
}

/// What is on its way to the target, and to the client.
#[derive(Default)]
pub(crate) struct Wires {
    pub(crate) up: Wire,
    down: Wire,
}

impl Wires {
    pub(crate) fn release(&mut self) {
        self.up.release();
        self.down.release();
    }
}

/// What comes after an answer.
pub(crate) enum Next {
    /// The next request.
    Request,
    /// The end of the connection.
    End,
    /// The end of the connection, in the middle of the answer.
    Broken,
    /// Another protocol.
    Tunnel(Box<Link>, Box<Account>),
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
pub(crate) struct Account {
    _busy: Busy,
    target: Option<Outstanding>,
    route: Arc<RouteState>,
    began: Instant,
    pub(crate) received: u64,
    pub(crate) sent: u64,
    log: Option<Box<Log>>,
}

struct Log {
    entry: AccessEntry,
    sender: mpsc::Sender<AccessEntry>,
    sent_on: Option<Instant>,
    head: Option<Instant>,
}

impl Account {
    /// Counts an answer.
    fn answered(&mut self, code: u16, by_target: bool) {
        let (latency, now) = (self.began.elapsed(), Moment::now());
        self.route.recorder.answer(code, latency, now);
        if let Some(Outstanding(target)) = self.target.as_ref().filter(|_| by_target) {
            target.recorder.answer(code, latency, now);
        }
        if let Some(log) = &mut self.log {
            log.entry.status = code;
            if by_target {
                log.head = Some(Instant::now());
                log.entry.target_status = Some(code);
            }
        }
    }

    /// The request is sent to a target.
    fn sent_to(&mut self, target: &Arc<TargetState>) {
        self.target = Some(Outstanding::new(target.clone()));
        if let Some(log) = &mut self.log {
            log.entry.target = Some(target.target.address);
            log.sent_on = Some(Instant::now());
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        if self.received > 0 || self.sent > 0 {
            let now = Moment::now();
            self.route.recorder.bytes(self.received, self.sent, now);
            if let Some(Outstanding(target)) = &self.target {
                target.recorder.bytes(self.received, self.sent, now);
            }
        }
        if let Some(log) = self.log.take() {
            let Log { mut entry, sender, sent_on, head } = *log;
            entry.ended = now();
            entry.received = self.received;
            entry.sent = self.sent;
            entry.request_time = sent_on.map(|at| at - self.began);
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

/// How a client is to be answered.
#[derive(Clone, Copy)]
struct Manner {
    http2: bool,
    http11: bool,
    /// Whether the client wants its connection to stay.
    keeps: bool,
    to_head: bool,
}

impl Manner {
    /// What the client is told of its connection, if anything.
    fn connection(self, keeps: bool) -> Option<&'static str> {
        match (keeps, self.http11) {
            _ if self.http2 => None,
            (false, _) => Some("close"),
            (true, true) => None,
            (true, false) => Some("keep-alive"),
        }
    }
}

/// What is decided of a request when its head is there; how the target gets it is in the wire already.
pub(crate) struct Plan {
    account: Account,
    manner: Manner,
    /// The rule that it goes by; 0 is the default.
    priority: u32,
    group: Arc<GroupState>,
    target: Arc<TargetState>,
    /// Whether it may be sent twice.
    repeatable: bool,
    has_body: bool,
    /// Whether the target may switch to another protocol.
    upgrade: bool,
    wall: u64,
}

impl Plan {
    pub(crate) fn refuse(self, Refusal(status, text): Refusal) -> Refused {
        let manner = Manner { keeps: false, ..self.manner };
        Refused { manner, status, text: text.into(), place: None, account: Some(self.account) }
    }
}

/// An answer in place of a target's.
pub(crate) struct Refused {
    manner: Manner,
    status: u16,
    text: Cow<'static, str>,
    /// Where the client is sent instead.
    place: Option<String>,
    account: Option<Account>,
}

impl Refused {
    /// What was no request. Where one is wrong, what follows it may be none.
    pub(crate) fn malformed(Refusal(status, text): Refusal) -> Self {
        let manner = Manner { http2: false, http11: true, keeps: false, to_head: false };
        Self { manner, status, text: text.into(), place: None, account: None }
    }
}

/// Decides what becomes of a request, and writes the head that the target gets.
pub(crate) fn decide(
    client: &Client,
    request: &Request<'_, '_>,
    http2: bool,
    began: Instant,
    up: &mut Wire,
) -> Result<Plan, Refused> {
    let has_body = request.body != Framing::Empty;
    let to_head = request.method == "HEAD";
    let manner = Manner { http2, http11: request.http11, keeps: request.keeps(), to_head };
    let refuse = |status, text: Cow<'static, str>, account| {
        // Nobody reads the body.
        let manner = Manner { keeps: manner.keeps && !has_body, ..manner };
        Refused { manner, status, text, place: None, account }
    };
    let table = client.shared.table();
    let hosts = match table.listeners.get(&client.listener).map(|listener| &listener.speaks) {
        Some(Speaks::Http(hosts) | Speaks::Https(hosts, _)) => hosts,
        _ => return Err(refuse(503, "The load balancer does not listen here any more.".into(), None)),
    };
    let Some(route) = hosts.find(request.host) else {
        let text = if request.host.is_empty() {
            "No host was asked for, and the load balancer has several.".into()
        } else {
            let host = request.host;
            format!("The host {host} was asked for. The load balancer has no environment of this name.").into()
        };
        return Err(refuse(404, text, None));
    };
    if !route.admits(client.peer.ip()) {
        let text = "No rule of the environment's security groups lets this address in.";
        return Err(refuse(403, text.into(), None));
    }
    let (forward, priority) = route.choose(request.host, request.bare_path());
    let log = client.shared.log().filter(|_| route.access_log);
    let log = log.map(|sender| Box::new(log_of(client, route, priority, request, http2, sender)));
    let busy = Busy::new(&client.ticket);
    let mut account = Account { _busy: busy, target: None, route: route.clone(), began, received: 0, sent: 0, log };
    if let Some(port) = route.redirect.filter(|_| priority == 0) {
        let place = by_https(request, port);
        if let Some(log) = &mut account.log {
            log.entry.redirect = Some(place.clone());
        }
        let moved = refuse(301, "The load balancer answers by HTTPS.".into(), Some(account));
        return Err(Refused { place: Some(place), ..moved });
    }
    let wall = unix_seconds();
    let Some((group, target)) = choose(client, forward, request, wall) else {
        return Err(refuse(503, "The target group has no registered target.".into(), Some(account)));
    };
    client.ticket.set_patience(group.config.idle_timeout);
    let bytes = up.begin();
    let mut trace = 0..0;
    request.write(bytes, &client.forwarded, |to| {
        let length = client.shared.traces.write(to, request.values(Name::Trace).next(), wall);
        trace = to.len() - 2 - length..to.len() - 2;
    });
    if let Some(log) = &mut account.log {
        log.entry.group = Some(group.id.clone());
        log.entry.trace = text_of(bytes.get(trace));
    }
    up.set_chunked(request.body == Framing::Chunked && target.protocol.is_http1());
    if !has_body {
        up.end();
    }
    let repeatable = request.is_idempotent() && !has_body;
    let upgrade = request.upgrade().is_some();
    Ok(Plan { account, manner, priority, group, target, repeatable, has_body, upgrade, wall })
}

/// The same address by HTTPS.
fn by_https(request: &Request<'_, '_>, port: u16) -> String {
    let port = if port == 443 { String::new() } else { format!(":{port}") };
    format!("https://{}{port}{}", bare_host(request.host), request.path)
}

/// The target of the request's cookie, if it can take requests, or the next one.
fn choose(
    client: &Client,
    forward: &ForwardState,
    request: &Request<'_, '_>,
    wall: u64,
) -> Option<(Arc<GroupState>, Arc<TargetState>)> {
    let sticky = |group: &GroupState| group.config.stickiness.is_some();
    let groups = || forward.groups.iter().filter(|(_, weight)| *weight > 0).map(|(group, _)| group);
    if groups().any(|group| sticky(group))
        && let Some(tag) = client.shared.key.wanted(request.values(Name::Cookie), wall)
    {
        for group in groups().filter(|group| sticky(group)) {
            let wanted = |target: &&Arc<TargetState>| target.tag == tag && target.is_healthy() && !target.is_leaving();
            if let Some(target) = group.targets.iter().find(wanted) {
                return Some((group.clone(), target.clone()));
            }
        }
    }
    let group = forward.pick()?;
    Some((group.clone(), group.pick(None, group.config.algorithm)?))
}

/// Another target for a request that its own did not take: of the same group, or of the one that the request would go
/// to by now, if the routing has changed since and the target has left with its group.
fn another(client: &Client, plan: &Plan) -> Option<(Arc<GroupState>, Arc<TargetState>)> {
    let of = |group: &Arc<GroupState>| {
        let target = group.pick(Some(&plan.target), group.config.algorithm)?;
        // The request is written for what the target speaks.
        (target.protocol.is_http1() == plan.target.protocol.is_http1()).then(|| (group.clone(), target))
    };
    of(&plan.group).or_else(|| {
        let table = client.shared.table();
        of(table.route(&plan.account.route.id)?.forward(plan.priority)?.pick()?)
    })
}

/// Which side a relay broke off at.
enum Side {
    From,
    To,
}

/// Carries a message from one side to the other as far as it goes now: what there is is written before more is read.
fn relay(
    cx: &mut Context<'_>,
    wire: &mut Wire,
    mut read: impl FnMut(&mut Context<'_>, &mut Wire) -> Poll<io::Result<()>>,
    mut write: impl FnMut(&mut Context<'_>, &mut Wire) -> Poll<io::Result<()>>,
) -> Poll<Result<(), Side>> {
    loop {
        ready!(write(cx, wire)).map_err(|_| Side::To)?;
        if wire.is_ended() {
            return Poll::Ready(Ok(()));
        }
        ready!(read(cx, wire)).map_err(|_| Side::From)?;
    }
}

/// How far a request's body has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Upload {
    Running,
    Done,
    /// The target takes no more; its answer may come all the same.
    Failed,
}

impl Upload {
    /// Goes on with it, as far as it goes now; fails if the client's part breaks off.
    fn poll<D: Downstream>(
        &mut self,
        cx: &mut Context<'_>,
        wire: &mut Wire,
        client: &mut D,
        target: &mut Upstream,
    ) -> Result<(), Failure> {
        if *self != Self::Running {
            return Ok(());
        }
        let outcome = relay(cx, wire, |cx, wire| client.poll_body(cx, wire), |cx, wire| target.poll_write(cx, wire));
        match outcome {
            Poll::Ready(Ok(())) => *self = Self::Done,
            Poll::Ready(Err(Side::To)) => *self = Self::Failed,
            Poll::Ready(Err(Side::From)) => return Err(Failure::Client),
            Poll::Pending => {}
        }
        Ok(())
    }
}

/// Answers a request.
pub(crate) async fn answer<D: Downstream>(
    client: &Client,
    side: &mut D,
    plan: Result<Plan, Refused>,
    wires: &mut Wires,
) -> Next {
    match plan {
        Ok(plan) => match forward(client, side, plan, wires).await {
            Ok(next) => next,
            Err(None) => Next::Broken,
            Err(Some(refused)) => refuse(client, side, refused, wires).await,
        },
        Err(refused) => refuse(client, side, refused, wires).await,
    }
}

/// Answers in place of a target.
async fn refuse<D: Downstream>(client: &Client, side: &mut D, refused: Refused, wires: &mut Wires) -> Next {
    let Refused { manner, status, text, place, mut account } = refused;
    if let Some(account) = &mut account {
        account.answered(status, false);
        if let (Some(log), Cow::Borrowed(text)) = (&mut account.log, &text) {
            log.entry.error = Some(text);
        }
    }
    // The head of a malformed request is in no account, and yet the client has to take the answer in time.
    let _busy = account.is_none().then(|| Busy::new(&client.ticket));
    let keeps = manner.keeps && status != 400 && !client.ticket.is_closing();
    let fields =
        [manner.connection(keeps).map(|text| ("connection", text)), place.as_deref().map(|text| ("location", text))];
    page(&mut wires.down, status, &text, manner.http11, &fields, manner.to_head);
    match poll_fn(|cx| side.poll_write(cx, &mut wires.down)).await {
        Ok(()) if keeps => Next::Request,
        Ok(()) => Next::End,
        Err(_) => Next::Broken,
    }
}

/// Has a target answer. An error is what the client is told in place of an answer, or nothing if it has gone.
async fn forward<D: Downstream>(
    client: &Client,
    side: &mut D,
    mut plan: Plan,
    wires: &mut Wires,
) -> Result<Next, Option<Refused>> {
    let patience = plan.group.config.idle_timeout;
    let (mut others, mut stale) = (1, 0);
    let (mut upstream, mut upload, length) = loop {
        plan.account.sent_to(&plan.target);
        let mut upload = Upload::Running;
        let (failure, used) = match Upstream::get(&plan.target, patience).await {
            Err(failure) => (failure, false),
            Ok((mut upstream, used)) => match ask(side, &mut upstream, &mut upload, wires, &mut plan).await {
                Ok(length) => break (upstream, upload, length),
                Err(failure) => (failure, used),
            },
        };
        let unsent = matches!(failure, Failure::Unsent) || wires.up.is_untouched();
        let again = match failure {
            Failure::Connect(_) | Failure::ConnectLate | Failure::Handshake(_) | Failure::Unsent => wires.up.rewind(),
            Failure::Closed => (plan.repeatable || unsent) && wires.up.rewind(),
            _ => false,
        };
        if again && used && unsent && stale < STALE {
            stale += 1;
        } else if again && others > 0 {
            others -= 1;
            // Another one; the same, if there is no other and it did accept a connection.
            match another(client, &plan) {
                Some((group, other)) => (plan.group, plan.target) = (group, other),
                None if matches!(failure, Failure::Closed) => plan.target.pool.clear(),
                None => return Err(failed(plan, failure)),
            }
        } else {
            return Err(failed(plan, failure));
        }
    };
    let reply = match begin(client, &mut plan, &mut upstream, upload, length, &mut wires.down) {
        Ok(reply) => reply,
        Err(failure) => return Err(failed(plan, failure)),
    };
    let outcome = poll_fn(|cx| {
        // Who breaks off the request gets no whole answer.
        upload.poll(cx, &mut wires.up, side, &mut upstream).map_err(drop)?;
        plan.account.received = wires.up.count;
        let read = |cx: &mut Context<'_>, wire: &mut Wire| upstream.poll_body(cx, wire);
        let outcome = relay(cx, &mut wires.down, read, |cx, wire| side.poll_write(cx, wire));
        plan.account.sent = wires.down.count;
        if outcome.is_pending() && upload == Upload::Done && side.poll_gone(cx).is_ready() {
            return Poll::Ready(Err(()));
        }
        outcome.map_err(drop)
    });
    if outcome.await.is_err() {
        return Ok(Next::Broken);
    }
    match (upstream, reply) {
        (Upstream::Link(link), Reply::Tunnel) => return Ok(Next::Tunnel(link, Box::new(plan.account))),
        (Upstream::Link(link), _) if upload == Upload::Done => plan.target.pool.put(link, &plan.target),
        _ => {}
    }
    Ok(if reply == Reply::Keeps { Next::Request } else { Next::End })
}

/// Sends a request, and waits for the head of its answer; gives its length.
async fn ask<D: Downstream>(
    side: &mut D,
    upstream: &mut Upstream,
    upload: &mut Upload,
    wires: &mut Wires,
    plan: &mut Plan,
) -> Result<usize, Failure> {
    poll_fn(|cx| {
        upload.poll(cx, &mut wires.up, side, upstream)?;
        plan.account.received = wires.up.count;
        let head = upstream.poll_head(cx);
        if head.is_pending() && *upload == Upload::Done && side.poll_gone(cx).is_ready() {
            return Poll::Ready(Err(Failure::Gone));
        }
        head
    })
    .await
}

/// What the head of an answer makes of the client's connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reply {
    Keeps,
    Ends,
    Tunnel,
}

/// Makes the answer that the client gets: its head, and what has come of its body.
fn begin(
    client: &Client,
    plan: &mut Plan,
    upstream: &mut Upstream,
    upload: Upload,
    length: usize,
    down: &mut Wire,
) -> Result<Reply, Failure> {
    let mut slots = head::slots();
    let answer = head::Answer::parse(upstream.head(length), &mut slots);
    let answer = answer.map_err(|why| Failure::Nonsense(why.into()))?;
    let tunnel = answer.code == 101;
    if tunnel && !(plan.upgrade && answer.switches() && upload == Upload::Done) {
        return Err(Failure::Nonsense("a switch of protocols that nobody asked for".into()));
    }
    let framing = answer.framing(plan.manner.to_head);
    let Manner { http2, http11, .. } = plan.manner;
    let unknown = matches!(framing, Framing::Chunked | Framing::Close);
    let chunked = unknown && http11 && !http2;
    // An answer that comes before the end of the request may leave some of it unread.
    let keeps = plan.manner.keeps && upload == Upload::Done && !client.ticket.is_closing() && (!unknown || http11);
    answer.write(down.begin(), http11, chunked, plan.wall, |to| {
        if let Some(stickiness) = plan.group.config.stickiness {
            client.shared.key.set(to, &plan.target.tag, stickiness, plan.wall);
        }
        if let Some(connection) = plan.manner.connection(keeps).filter(|_| !tunnel) {
            head::line(to, "connection", connection.as_bytes());
        }
    });
    let (code, link_keeps) = (answer.code, answer.keeps);
    down.set_chunked(chunked);
    upstream.begin_body(length, framing, link_keeps, down)?;
    plan.account.answered(code, true);
    if let Some(log) = plan.account.log.as_mut().filter(|_| tunnel) {
        log.entry.kind = if client.tls.is_some() { "wss" } else { "ws" };
    }
    Ok(match (tunnel, keeps) {
        (true, _) => Reply::Tunnel,
        (false, true) => Reply::Keeps,
        (false, false) => Reply::Ends,
    })
}

/// What a client is told of a failure.
fn failed(plan: Plan, failure: Failure) -> Option<Refused> {
    let (status, text) = match failure {
        Failure::Connect(error) => {
            tracing::debug!(%error, "no connection to a target");
            (502, "The target did not accept a connection.")
        }
        Failure::ConnectLate => (504, "The target did not accept a connection in time."),
        // AWS's balancer has one status for all of it, a late handshake too ("Troubleshoot your Application Load
        // Balancers", HTTP 502).
        Failure::Handshake(why) => {
            tracing::debug!(%why, "no TLS with a target");
            (502, "The TLS handshake with the target failed.")
        }
        Failure::Late => (504, "The target did not answer in time."),
        Failure::Closed | Failure::Unsent => (502, "The target closed the connection before it answered."),
        Failure::Nonsense(why) => {
            tracing::debug!(%why, "no answer of HTTP");
            (502, "What the target sent was no answer of HTTP.")
        }
        Failure::Client => (400, "The request's body broke off or was malformed."),
        Failure::Gone => return None,
    };
    let keeps = plan.manner.keeps && !plan.has_body;
    let manner = Manner { keeps, ..plan.manner };
    Some(Refused { manner, status, text: text.into(), place: None, account: Some(plan.account) })
}

fn text_of(value: Option<&[u8]>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| String::from_utf8_lossy(value).into_owned())
}

fn log_of(
    client: &Client,
    route: &RouteState,
    priority: u32,
    request: &Request<'_, '_>,
    http2: bool,
    sender: mpsc::Sender<AccessEntry>,
) -> Log {
    let kind = match (http2, client.tls.is_some()) {
        (true, _) => "h2",
        (false, true) => "https",
        (false, false) => "http",
    };
    let scheme = if client.tls.is_some() { "https" } else { "http" };
    let host = request.host;
    let mut line = format!("{} {scheme}://{host}", request.method);
    if !host.contains(':') {
        let _ = write!(line, ":{}", client.listener.port());
    }
    let version = match (http2, request.http11) {
        (true, _) => "HTTP/2.0",
        (false, true) => "HTTP/1.1",
        (false, false) => "HTTP/1.0",
    };
    let _ = write!(line, "{} {version}", request.path);
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
        user_agent: text_of(request.values(Name::UserAgent).next()),
        tls: client.tls.clone(),
        certificate: None,
        redirect: None,
        trace: String::new(),
        host: bare_host(host).to_owned(),
        error: None,
    };
    Log { entry, sender, sent_on: None, head: None }
}
