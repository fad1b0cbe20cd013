//! The balancer itself: a routing becomes what the listeners work by, as one change.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::{Notify, Semaphore, mpsc, watch};
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

use crate::access::AccessEntry;
use crate::clock::Moment;
use crate::error::Error;
use crate::figures::{Figures, Recorder};
use crate::forwarded::Traces;
use crate::health::TargetHealth;
use crate::routing::{
    Action, Forward, GroupId, Hosts, Named, Pattern, Protocol, RouteId, Routing, TargetId, bare_host,
};
use crate::sticky::CookieKey;
use crate::target::{GroupState, Shares, TargetState};
use crate::ticket::Tickets;
use crate::tls::Sessions;
use crate::{check, limits, serve, tls};

/// The health of every target, by its group.
pub type Health = BTreeMap<GroupId, BTreeMap<TargetId, TargetHealth>>;

/// A load balancer. It works in the runtime in which it was made, and stops when it is dropped.
pub struct Balancer {
    shared: Arc<Shared>,
    janitor: AbortHandle,
    usher: AbortHandle,
}

/// What all connections have in common.
pub(crate) struct Shared {
    table: RwLock<Arc<Table>>,
    /// Held while a routing is applied, so that they are applied one after the other.
    applying: Mutex<()>,
    health: watch::Sender<Arc<Health>>,
    log: RwLock<Option<mpsc::Sender<AccessEntry>>>,
    pub(crate) connections: Arc<Semaphore>,
    /// Targets that left, until they are gone.
    leaving: Mutex<Vec<Arc<TargetState>>>,
    /// Some have begun to leave.
    left: Arc<Notify>,
    /// Listeners that left, until their connections are gone.
    closing: Mutex<Vec<Arc<ListenerState>>>,
    pub(crate) key: CookieKey,
    pub(crate) traces: Traces,
    sessions: Sessions,
}

/// A routing at work; one value, which takes the place of the one before.
#[derive(Default)]
pub(crate) struct Table {
    pub(crate) listeners: BTreeMap<SocketAddr, ListenerTable>,
    routes: BTreeMap<RouteId, Arc<RouteState>>,
    recorders: BTreeMap<RouteId, Arc<Recorder>>,
    groups: BTreeMap<GroupId, Arc<GroupState>>,
}

pub(crate) struct ListenerTable {
    state: Arc<ListenerState>,
    pub(crate) speaks: Speaks,
    pub(crate) idle: Duration,
}

pub(crate) enum Speaks {
    Http(HostTable),
    Https(HostTable, TlsAcceptor),
    Tcp(Arc<ForwardState>),
    Tls(Arc<ForwardState>, TlsAcceptor),
}

/// A socket; it stays as long as some routing has its address.
pub(crate) struct ListenerState {
    /// As the routing has it.
    pub(crate) address: SocketAddr,
    /// As the kernel has it.
    pub(crate) bound: SocketAddr,
    pub(crate) tickets: Tickets,
    pub(crate) closed: AtomicBool,
    task: Mutex<Option<AbortHandle>>,
}

pub(crate) struct HostTable {
    named: Named<Arc<RouteState>>,
    default: Option<Arc<RouteState>>,
}

impl Table {
    pub(crate) fn route(&self, id: &RouteId) -> Option<&Arc<RouteState>> {
        self.routes.get(id)
    }

    pub(crate) fn group(&self, id: &GroupId) -> Option<&Arc<GroupState>> {
        self.groups.get(id)
    }
}

impl HostTable {
    /// The route of a host as a request has it.
    pub(crate) fn find(&self, host: &str) -> Option<&Arc<RouteState>> {
        let name = bare_host(host);
        let named = match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
            false => self.named.get(name),
            true => self.named.get(&name.to_ascii_lowercase()),
        };
        named.or(self.default.as_ref())
    }
}

pub(crate) struct RouteState {
    pub(crate) id: RouteId,
    rules: Vec<RuleState>,
    /// Without a group where all is redirected.
    pub(crate) default: ForwardState,
    /// The port of HTTPS to which requests are sent for which no rule is.
    pub(crate) redirect: Option<u16>,
    pub(crate) recorder: Arc<Recorder>,
    pub(crate) access_log: bool,
    admits: Option<Vec<ipnet::IpNet>>,
}

pub(crate) struct RuleState {
    pub(crate) priority: u32,
    hosts: Vec<Pattern>,
    paths: Vec<Pattern>,
    forward: ForwardState,
}

/// Groups with their weights.
pub(crate) struct ForwardState {
    pub(crate) groups: Vec<(Arc<GroupState>, u16)>,
    shares: Mutex<Shares>,
}

impl ForwardState {
    /// The group of the next request.
    pub(crate) fn pick(&self) -> Option<&Arc<GroupState>> {
        if let [(group, weight)] = &self.groups[..] {
            return (*weight > 0).then_some(group);
        }
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        let next = shares.next(self.groups.iter().map(|(_, weight)| u64::from(*weight)))?;
        self.groups.get(next).map(|(group, _)| group)
    }
}

impl RouteState {
    /// Whether a client may use it.
    pub(crate) fn admits(&self, client: std::net::IpAddr) -> bool {
        self.admits.as_ref().is_none_or(|nets| nets.iter().any(|net| net.contains(&client.to_canonical())))
    }

    /// Where requests go by a rule, as `choose` names it.
    pub(crate) fn forward(&self, priority: u32) -> Option<&ForwardState> {
        match priority {
            0 => Some(&self.default),
            _ => self.rules.iter().find(|rule| rule.priority == priority).map(|rule| &rule.forward),
        }
    }

    /// Where a request goes, and by which rule; the default is 0.
    pub(crate) fn choose(&self, host: &str, path: &str) -> (&ForwardState, u32) {
        let host = bare_host(host);
        let fits = |rule: &&RuleState| {
            (rule.hosts.is_empty() || rule.hosts.iter().any(|pattern| pattern.matches_host(host)))
                && (rule.paths.is_empty() || rule.paths.iter().any(|pattern| pattern.matches(path)))
        };
        match self.rules.iter().find(fits) {
            Some(rule) => (&rule.forward, rule.priority),
            None => (&self.default, 0),
        }
    }
}

impl Balancer {
    /// One that listens nowhere. To be called in a runtime of tokio.
    pub fn new(key: CookieKey) -> Self {
        let shared = Arc::new(Shared {
            table: RwLock::default(),
            applying: Mutex::new(()),
            health: watch::channel(Arc::default()).0,
            log: RwLock::new(None),
            connections: Arc::new(Semaphore::new(limits::CONNECTIONS)),
            leaving: Mutex::default(),
            left: Arc::default(),
            closing: Mutex::default(),
            key,
            traces: Traces::new(),
            sessions: Sessions::new(),
        });
        let janitor = tokio::spawn(tidy_up(Arc::downgrade(&shared))).abort_handle();
        let left = shared.left.clone();
        let usher = tokio::spawn(see_off(Arc::downgrade(&shared), left)).abort_handle();
        Self { shared, janitor, usher }
    }

    /// Makes a whole routing so, or nothing of it. Requests and connections in flight go on; targets that left get no
    /// new ones, and are cut off after their group's deregistration delay. Gives the listeners' addresses in their
    /// order, with the ports that the kernel chose.
    pub fn apply(&self, routing: Routing) -> Result<Vec<SocketAddr>, Error> {
        let shared = &self.shared;
        let _one = shared.applying.lock().unwrap_or_else(PoisonError::into_inner);
        routing.check()?;
        let old = shared.table();
        let (mut sockets, mut states) = (Vec::new(), Vec::new());
        for listener in &routing.listeners {
            states.push(match old.listeners.get(&listener.address) {
                Some(known) => known.state.clone(),
                None => {
                    let (state, socket) = listen(listener.address)?;
                    sockets.push((state.clone(), socket));
                    state
                }
            });
        }
        let table = Arc::new(self.table(routing, &old, &states)?);
        *shared.table.write().unwrap_or_else(PoisonError::into_inner) = table.clone();
        // From here on nothing fails.
        for (state, socket) in sockets {
            let task = tokio::spawn(serve::accept(Arc::downgrade(shared), state.clone(), socket)).abort_handle();
            state.task.lock().unwrap_or_else(PoisonError::into_inner).replace(task);
        }
        for (address, listener) in &old.listeners {
            if !table.listeners.contains_key(address) {
                shared.closing.lock().unwrap_or_else(PoisonError::into_inner).push(listener.state.clone());
                listener.state.close();
            }
        }
        let now = Moment::now();
        for old in old.groups.values() {
            let new = table.groups.get(&old.id);
            for target in &old.targets {
                if new.is_some_and(|new| new.targets.iter().any(|kept| Arc::ptr_eq(kept, target))) {
                    continue;
                }
                let delay = new.map_or(old.config.deregistration_delay, |new| new.config.deregistration_delay);
                target.leave(delay, now);
                shared.leaving.lock().unwrap_or_else(PoisonError::into_inner).push(target.clone());
            }
        }
        for group in table.groups.values() {
            let check = &group.config.health_check;
            for target in &group.targets {
                if !group.used {
                    target.stop_checks();
                } else if !target.is_checked_by(check) {
                    let (tls, shared) = (group.check_tls.clone(), Arc::downgrade(shared));
                    let task = tokio::spawn(check::run(shared, target.clone(), check.clone(), tls));
                    target.set_checker(task.abort_handle(), check.clone());
                }
            }
        }
        shared.left.notify_one();
        shared.tell_health();
        Ok(states.iter().map(|state| state.bound).collect())
    }

    /// Takes no more connections, and no more requests on those it has, and comes back when what was begun is at its
    /// end, or after so long. It is not to be used any more then.
    pub async fn drain(&self, patience: Duration) {
        let table = self.shared.table();
        table.listeners.values().for_each(|listener| listener.state.close());
        let begun = Moment::now();
        loop {
            let now = Moment::now();
            let open = |listener: &ListenerTable| listener.state.tickets.inspect_clients(listener.idle, now);
            if table.listeners.values().map(open).sum::<usize>() == 0 || now.since(begun) >= patience {
                return;
            }
            tokio::time::sleep(limits::DRAIN_TICK).await;
        }
    }

    /// The new table, with what of the old one stays.
    fn table(&self, routing: Routing, old: &Table, states: &[Arc<ListenerState>]) -> Result<Table, Error> {
        let used = used(&routing);
        let mut table = Table::default();
        for (id, mut config) in routing.groups {
            let known = old.groups.get(&id).map_or(&[][..], |group| &group.targets[..]);
            let targets = std::mem::take(&mut config.targets).into_iter().map(|target| {
                let same = |old: &&Arc<TargetState>| old.target == target && old.protocol == config.protocol;
                if let Some(known) = known.iter().find(same) {
                    return Ok(known.clone());
                }
                let tag = self.shared.key.tag(&id, &target);
                TargetState::new(target, id.clone(), config.protocol, tag).map(Arc::new)
            });
            let targets = targets.collect::<Result<_, Error>>()?;
            let used = used.contains(&id);
            table.groups.insert(id.clone(), Arc::new(GroupState::new(id, config, targets, used)?));
        }
        let groups = &table.groups;
        let forward = |forward: &Forward| {
            let groups = forward.groups().iter().filter_map(|(id, weight)| Some((groups.get(id)?.clone(), *weight)));
            let groups: Vec<_> = groups.collect();
            let shares = Mutex::new(Shares::new(groups.len()));
            ForwardState { groups, shares }
        };
        let mut routes = BTreeMap::new();
        for (id, route) in routing.routes {
            let mut rules: Vec<RuleState> = route
                .rules
                .into_iter()
                .map(|rule| RuleState {
                    priority: rule.priority,
                    forward: forward(&rule.forward),
                    hosts: rule.hosts,
                    paths: rule.paths,
                })
                .collect();
            rules.sort_by_key(|rule| rule.priority);
            let known = || old.recorders.get(&route.counts_for).cloned().unwrap_or_default();
            let recorder = table.recorders.entry(route.counts_for.clone()).or_insert_with(known).clone();
            let (default, redirect) = match &route.default {
                Action::Forward(to) => (forward(to), None),
                Action::Redirect { port } => {
                    (ForwardState { groups: Vec::new(), shares: Mutex::new(Shares::new(0)) }, Some(*port))
                }
            };
            let (access_log, admits) = (route.access_log, route.admits);
            let state = RouteState { id: id.clone(), rules, default, redirect, recorder, access_log, admits };
            routes.insert(id, Arc::new(state));
        }
        table.routes = routes;
        for (listener, state) in routing.listeners.into_iter().zip(states) {
            let hosts = |hosts: &Hosts| HostTable {
                named: hosts.named(|id| table.routes.get(id).cloned()),
                default: hosts.default.as_ref().and_then(|id| table.routes.get(id).cloned()),
            };
            let address = listener.address.ip();
            let speaks = match &listener.protocol {
                Protocol::Http(names) => Speaks::Http(hosts(names)),
                Protocol::Https(names, tls) => {
                    let known = names.named(|_| Some(()));
                    let config =
                        self.shared.sessions.config(tls, (known, names.default.is_some()), address, tls::HTTP)?;
                    Speaks::Https(hosts(names), TlsAcceptor::from(config))
                }
                Protocol::Tcp(to) => Speaks::Tcp(Arc::new(forward(to))),
                Protocol::Tls(to, tls) => {
                    let config = self.shared.sessions.config(tls, (Named::default(), true), address, &[])?;
                    Speaks::Tls(Arc::new(forward(to)), TlsAcceptor::from(config))
                }
            };
            let row = ListenerTable { state: state.clone(), speaks, idle: listener.idle_timeout };
            table.listeners.insert(listener.address, row);
        }
        Ok(table)
    }

    /// The health of all targets, and every change of it from now on.
    pub fn observe(&self) -> watch::Receiver<Arc<Health>> {
        self.shared.health.subscribe()
    }

    /// What is counted of a route, and of all that count for it.
    pub fn route_figures(&self, route: &RouteId) -> Option<Figures> {
        let table = self.shared.table();
        let recorder = table.recorders.get(route)?;
        let counted = table.routes.values().filter(|route| Arc::ptr_eq(&route.recorder, recorder));
        let forwards = counted.flat_map(|route| route.rules.iter().map(|rule| &rule.forward).chain([&route.default]));
        let groups: BTreeMap<_, _> =
            forwards.flat_map(|forward| &forward.groups).map(|(group, _)| (&group.id, group)).collect();
        let targets = groups.values().flat_map(|group| &group.targets);
        let outstanding = targets.map(|target| target.outstanding.load(Relaxed)).sum();
        Some(recorder.figures(outstanding, Moment::now()))
    }

    /// What is counted of a target.
    pub fn target_figures(&self, group: &GroupId, target: &TargetId) -> Option<Figures> {
        let table = self.shared.table();
        let found = table.groups.get(group)?.targets.iter().find(|state| state.target.id == *target)?;
        Some(found.figures(Moment::now()))
    }

    /// The requests of all routes whose access log is on, from now on. What is not taken in time is not told: the
    /// balancer never waits for the log. Who asks anew takes the place of who asked before.
    pub fn access_log(&self, capacity: usize) -> mpsc::Receiver<AccessEntry> {
        let (sender, receiver) = mpsc::channel(capacity.max(1));
        self.shared.log.write().unwrap_or_else(PoisonError::into_inner).replace(sender);
        receiver
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        self.janitor.abort();
        self.usher.abort();
        let table = std::mem::take(&mut *self.shared.table.write().unwrap_or_else(PoisonError::into_inner));
        for listener in table.listeners.values() {
            listener.state.close();
            listener.state.tickets.each(|ticket| ticket.cut());
        }
        for target in table.groups.values().flat_map(|group| &group.targets) {
            target.leave(Duration::ZERO, Moment::now());
            target.tickets.each(|ticket| ticket.cut());
        }
    }
}

impl ListenerState {
    /// Takes no new connections, and no new requests on the ones it has.
    fn close(&self) {
        self.closed.store(true, Relaxed);
        if let Some(task) = self.task.lock().unwrap_or_else(PoisonError::into_inner).take() {
            task.abort();
        }
        self.tickets.each(|ticket| ticket.close());
    }
}

impl Shared {
    pub(crate) fn table(&self) -> Arc<Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Who is told of requests, if anyone is.
    pub(crate) fn log(&self) -> Option<mpsc::Sender<AccessEntry>> {
        let log = self.log.read().unwrap_or_else(PoisonError::into_inner);
        log.as_ref().filter(|log| !log.is_closed()).cloned()
    }

    /// Lets go of the targets that are gone, and says whether others are still leaving.
    fn see_off(&self, now: Moment) -> bool {
        let mut leaving = self.leaving.lock().unwrap_or_else(PoisonError::into_inner);
        let before = leaving.len();
        leaving.retain(|target| {
            target.tickets.inspect_targets(now);
            !target.is_gone(now)
        });
        let after = leaving.len();
        drop(leaving);
        if after != before {
            self.tell_health();
        }
        after > 0
    }

    /// Tells the health of all targets, if it is new.
    pub(crate) fn tell_health(&self) {
        let table = self.table();
        let mut health = Health::new();
        for target in self.leaving.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let group = health.entry(target.group.clone()).or_default();
            group.insert(target.target.id.clone(), target.health(true));
        }
        for (id, group) in &table.groups {
            let targets = health.entry(id.clone()).or_default();
            for target in &group.targets {
                targets.insert(target.target.id.clone(), target.health(group.used));
            }
        }
        self.health.send_if_modified(|told| {
            let changed = **told != health;
            if changed {
                *told = Arc::new(health);
            }
            changed
        });
    }
}

/// The groups that listeners lead to.
fn used(routing: &Routing) -> BTreeSet<GroupId> {
    let mut used = BTreeSet::new();
    for listener in &routing.listeners {
        let hosts = match &listener.protocol {
            Protocol::Tcp(forward) | Protocol::Tls(forward, _) => {
                used.extend(forward.groups().iter().map(|(group, _)| group.clone()));
                continue;
            }
            Protocol::Http(hosts) | Protocol::Https(hosts, _) => hosts,
        };
        for route in hosts.routes().filter_map(|id| routing.routes.get(id)) {
            used.extend(route.forwards().flat_map(Forward::groups).map(|(group, _)| group.clone()));
        }
    }
    used
}

fn listen(address: SocketAddr) -> Result<(Arc<ListenerState>, TcpListener), Error> {
    let bind = || -> io::Result<_> {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        let listener = socket.listen(1024)?;
        Ok((listener.local_addr()?, listener))
    };
    let (bound, listener) = bind().map_err(|source| Error::Listen { address, source })?;
    let state = ListenerState {
        address,
        bound,
        tickets: Tickets::default(),
        closed: AtomicBool::new(false),
        task: Mutex::new(None),
    };
    Ok((Arc::new(state), listener))
}

/// Looks at all connections once a second, and ends what has lasted too long.
async fn tidy_up(shared: Weak<Shared>) {
    let mut ticks = tokio::time::interval(limits::TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let Some(shared) = shared.upgrade() else { return };
        let (table, now) = (shared.table(), Moment::now());
        for listener in table.listeners.values() {
            listener.state.tickets.inspect_clients(listener.idle, now);
        }
        let mut closing = shared.closing.lock().unwrap_or_else(PoisonError::into_inner);
        closing.retain(|listener| listener.tickets.inspect_clients(limits::GRACE, now) > 0);
        drop(closing);
        for target in table.groups.values().flat_map(|group| &group.targets) {
            target.tickets.inspect_targets(now);
            target.pool.sweep(now);
        }
    }
}

/// Looks often after the targets that are leaving, as long as there are any: who replaces them waits for it.
async fn see_off(shared: Weak<Shared>, left: Arc<Notify>) {
    loop {
        let there = match shared.upgrade() {
            Some(shared) => shared.see_off(Moment::now()),
            None => return,
        };
        if there {
            tokio::time::sleep(limits::LEAVING_TICK).await;
        } else {
            left.notified().await;
        }
    }
}
