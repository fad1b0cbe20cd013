//! Where requests go: listeners, rules, processes, health checks. One shape for all load balancers.

use std::collections::BTreeMap;
use std::time::Duration;

use super::reader::{Section, named};
use super::resolve::Resolved;
use super::validate::Message;
use super::{Tier, syntax};

named! {
    /// The kind of a load balancer.
    LoadBalancerType {
        /// As it was before there were others.
        Classic = "classic",
        /// HTTP, with rules.
        Application = "application",
        /// TCP.
        Network = "network",
    }
}

named! {
    /// What an instance speaks.
    ProcessProtocol {
        /// Plain HTTP.
        Http = "HTTP",
        /// HTTP over TLS.
        Https = "HTTPS",
        /// Bytes.
        Tcp = "TCP",
        /// Bytes over TLS.
        Tls = "TLS",
    }
}

impl ProcessProtocol {
    /// Whether it is spoken in TLS.
    pub fn is_encrypted(self) -> bool {
        matches!(self, Self::Https | Self::Tls)
    }
}

named! {
    /// What a listener speaks.
    ListenerProtocol {
        /// Plain HTTP.
        Http = "HTTP",
        /// HTTP over TLS.
        Https = "HTTPS",
        /// Bytes.
        Tcp = "TCP",
        /// Bytes over TLS.
        Tls = "TLS",
    }
}

named! {
    /// Which instance is next, by the names of ELBv2's attribute `load_balancing.algorithm.type`.
    Algorithm {
        /// One after the other.
        RoundRobin = "round_robin",
        /// The one with the fewest requests.
        LeastOutstandingRequests = "least_outstanding_requests",
    }
}

/// The process that is there unasked.
pub const DEFAULT_PROCESS: &str = "default";

/// How requests come to instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routing {
    /// Nothing for a single instance and for the worker tier.
    pub load_balancer: Option<LoadBalancerType>,
    /// What instances serve; [`DEFAULT_PROCESS`] is always there.
    pub processes: BTreeMap<String, Process>,
    /// Open ports; none for the worker tier.
    pub listeners: BTreeMap<u16, Listener>,
    /// How long a connection may be silent.
    pub idle_timeout: Duration,
    /// Where access logs go.
    pub access_log: Option<AccessLog>,
}

/// Something that listens on every instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its port on the instance. 80 is the instance's proxy where there is one, and the container behind it.
    pub port: u16,
    /// What it speaks.
    pub protocol: ProcessProtocol,
    /// How its health is found.
    pub check: HealthCheck,
    /// Which instance is next.
    pub algorithm: Algorithm,
    /// For how long an instance that comes to others gets less than its share, rising evenly; zero is off.
    pub slow_start: Duration,
    /// Whether a client stays with its instance.
    pub stickiness: Option<Stickiness>,
    /// How long requests that are under way may take when an instance leaves.
    pub deregistration_delay: Duration,
}

/// How long a client stays with its instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stickiness {
    /// As long as the client keeps the cookie.
    Session,
    /// So long.
    For(Duration),
}

/// How health is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// What is asked.
    pub probe: Probe,
    /// How often.
    pub interval: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// So many good ones in a row make an instance healthy.
    pub healthy: u32,
    /// So many bad ones in a row make it unhealthy.
    pub unhealthy: u32,
}

/// What a health check asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Probe {
    /// That the port accepts a connection.
    Connect {
        /// And a handshake of TLS.
        tls: bool,
        /// The process's own when nothing.
        port: Option<u16>,
    },
    /// That a path is answered.
    Get {
        /// By HTTPS.
        tls: bool,
        /// The process's own when nothing.
        port: Option<u16>,
        /// Begins with a slash.
        path: String,
        /// Ranges of good status codes, both ends included.
        codes: Vec<(u16, u16)>,
    },
}

/// An open port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// What it speaks.
    pub protocol: ListenerProtocol,
    /// Where what no rule is for goes to.
    pub process: String,
    /// The name of a certificate; the balancer makes one when nothing.
    pub certificate: Option<String>,
    /// By priority.
    pub rules: Vec<Rule>,
    /// The listener of HTTPS that clients are sent to instead.
    pub redirect: Option<u16>,
}

impl Listener {
    /// Whether it speaks TLS.
    pub fn is_encrypted(&self) -> bool {
        matches!(self.protocol, ListenerProtocol::Https | ListenerProtocol::Tls)
    }

    /// The processes that it leads to.
    pub fn processes(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|rule| rule.process.as_str()).chain([self.process.as_str()])
    }
}

/// Requests that go elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Lower goes first.
    pub priority: u16,
    /// Patterns of host names, one of which must match; any host when empty.
    pub hosts: Vec<String>,
    /// Patterns of paths, one of which must match; any path when empty.
    pub paths: Vec<String>,
    /// Where they go.
    pub process: String,
}

/// Where access logs go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessLog {
    /// The bucket.
    pub bucket: String,
    /// What stands before their names.
    pub prefix: String,
}

const PROCESS: &str = "aws:elasticbeanstalk:environment:process:";
const LISTENER: &str = "aws:elbv2:listener:";
const RULE: &str = "aws:elbv2:listenerrule:";
const CLASSIC_LISTENER: &str = "aws:elb:listener:";

impl Routing {
    pub(crate) fn parse(resolved: &Resolved) -> Result<Self, Message> {
        let kind = resolved.kind();
        let mut routing = match kind.load_balancer {
            Some(LoadBalancerType::Classic) => classic(resolved),
            Some(balancer) => newer(resolved, balancer),
            None => alone(resolved, kind.tier),
        }?;
        let own = resolved.section("dabba:environment");
        routing.share(&own)?;
        routing.encrypt(&own)?;
        Ok(routing)
    }

    /// Sets how processes share requests among instances, for which Elastic Beanstalk has no option.
    fn share(&mut self, own: &Section<'_>) -> Result<(), Message> {
        let algorithm = own.choice("LoadBalancingAlgorithm", Algorithm::read)?;
        let slow_start = own.seconds("SlowStart")?;
        for process in self.processes.values_mut() {
            (process.algorithm, process.slow_start) = (algorithm, slow_start);
        }
        Ok(())
    }

    /// Adds the listener of TLS that dabba's own options ask for, and the way to it.
    fn encrypt(&mut self, own: &Section<'_>) -> Result<(), Message> {
        if own.boolean("TLS")?
            && let Some(plain) = self.plain().and_then(|port| self.listeners.get(&port)).cloned()
        {
            let protocol = match plain.protocol {
                ListenerProtocol::Tcp | ListenerProtocol::Tls => ListenerProtocol::Tls,
                ListenerProtocol::Http | ListenerProtocol::Https => ListenerProtocol::Https,
            };
            self.listeners.entry(HTTPS).or_insert(Listener { protocol, ..plain });
        }
        if own.boolean("HTTPSRedirect")? && !self.listeners.is_empty() {
            let speaks =
                |port: &u16| self.listeners.get(port).is_some_and(|one| one.protocol == ListenerProtocol::Https);
            let Some(port) = self.encrypted().filter(speaks) else {
                let why = "No listener speaks HTTPS that requests could be sent to: set TLS of dabba:environment to \
                           true, or give a listener the protocol HTTPS";
                return Err(own.fault("HTTPSRedirect", why));
            };
            let plain = self.listeners.values_mut().filter(|listener| listener.protocol == ListenerProtocol::Http);
            // Rules would keep some requests from going there.
            plain.for_each(|listener| {
                *listener = Listener { redirect: Some(port), rules: Vec::new(), ..listener.clone() }
            });
        }
        Ok(())
    }

    fn first(&self, usual: u16, fits: impl Fn(&Listener) -> bool) -> Option<u16> {
        let mut fitting = self.listeners.iter().filter(|(_, listener)| fits(listener)).map(|(port, _)| *port);
        let usual = self.listeners.get(&usual).filter(|listener| fits(listener)).map(|_| usual);
        usual.or_else(|| fitting.next())
    }

    /// The listener that the environment's own port stands for: that of port 80, else the one with the lowest port.
    pub fn main(&self) -> Option<u16> {
        self.first(HTTP, |_| true)
    }

    /// The listener that stands for all that speak without TLS: that of port 80, else the one with the lowest port.
    pub fn plain(&self) -> Option<u16> {
        self.first(HTTP, |listener| !listener.is_encrypted())
    }

    /// The same with TLS, and port 443.
    pub fn encrypted(&self) -> Option<u16> {
        self.first(HTTPS, Listener::is_encrypted)
    }

    /// The processes that listeners lead to; the default one where there is no listener.
    pub fn used(&self) -> BTreeMap<&str, &Process> {
        let named = self.listeners.values().flat_map(Listener::processes);
        let mut used: BTreeMap<&str, &Process> = named
            .filter_map(|name| self.processes.get_key_value(name))
            .map(|(name, one)| (name.as_str(), one))
            .collect();
        if used.is_empty() {
            used.extend(self.processes.get_key_value(DEFAULT_PROCESS).map(|(name, one)| (name.as_str(), one)));
        }
        used
    }
}

const HTTP: u16 = 80;
const HTTPS: u16 = 443;

/// One instance, or workers: nothing stands before them but the balancer that all environments share.
fn alone(resolved: &Resolved, tier: Tier) -> Result<Routing, Message> {
    let probe = own_check(resolved)?.unwrap_or(Probe::Connect { tls: false, port: None });
    let check = HealthCheck {
        probe,
        interval: Duration::from_secs(10),
        timeout: Duration::from_secs(5),
        healthy: 3,
        unhealthy: 5,
    };
    let process = Process {
        port: 80,
        protocol: ProcessProtocol::Http,
        check,
        algorithm: Algorithm::RoundRobin,
        slow_start: Duration::ZERO,
        stickiness: None,
        deregistration_delay: Duration::from_secs(20),
    };
    let listener = Listener {
        protocol: ListenerProtocol::Http,
        process: DEFAULT_PROCESS.to_owned(),
        certificate: None,
        rules: Vec::new(),
        redirect: None,
    };
    Ok(Routing {
        load_balancer: None,
        processes: BTreeMap::from([(DEFAULT_PROCESS.to_owned(), process)]),
        listeners: if tier == Tier::Worker { BTreeMap::new() } else { BTreeMap::from([(80, listener)]) },
        idle_timeout: Duration::from_secs(60),
        access_log: None,
    })
}

/// What `Application Healthcheck URL` asks.
fn own_check(resolved: &Resolved) -> Result<Option<Probe>, Message> {
    let section = resolved.section("aws:elasticbeanstalk:application");
    probe(&section, "Application Healthcheck URL", "/PATH, PROTOCOL:PORT or PROTOCOL:PORT/PATH")
}

fn probe(section: &Section<'_>, name: &str, what: &str) -> Result<Option<Probe>, Message> {
    section.read(name, what, |text| {
        let (protocol, port, path) = syntax::health_check(text)?;
        Some(match protocol {
            "TCP" | "SSL" => Probe::Connect { tls: protocol == "SSL", port },
            _ => Probe::Get { tls: protocol == "HTTPS", port, path: path.to_owned(), codes: vec![(200, 200)] },
        })
    })
}

fn classic(resolved: &Resolved) -> Result<Routing, Message> {
    let health = resolved.section("aws:elb:healthcheck");
    let probe = match own_check(resolved)? {
        Some(probe) => probe,
        None => probe(&health, "Target", "/PATH, PROTOCOL:PORT or PROTOCOL:PORT/PATH")?
            .unwrap_or(Probe::Connect { tls: false, port: None }),
    };
    let check = HealthCheck {
        probe,
        interval: health.seconds("Interval")?,
        timeout: health.seconds("Timeout")?,
        healthy: health.count("HealthyThreshold")?,
        unhealthy: health.count("UnhealthyThreshold")?,
    };
    let policies = resolved.section("aws:elb:policies");
    let stickiness = match policies.boolean("Stickiness Policy")? {
        false => None,
        true => Some(match policies.number::<u32>("Stickiness Cookie Expiration")? {
            None | Some(0) => Stickiness::Session,
            Some(seconds) => Stickiness::For(Duration::from_secs(seconds.into())),
        }),
    };
    let deregistration_delay = match policies.boolean("ConnectionDrainingEnabled")? {
        true => policies.seconds("ConnectionDrainingTimeout")?,
        false => Duration::ZERO,
    };
    let process = |port, protocol| Process {
        port,
        protocol,
        check: check.clone(),
        algorithm: Algorithm::RoundRobin,
        slow_start: Duration::ZERO,
        stickiness,
        deregistration_delay,
    };

    let (mut processes, mut listeners) = (BTreeMap::new(), BTreeMap::new());
    let all = classic_listeners(resolved)?;
    let behind = |listener: &ClassicListener| (listener.instance_port, listener.instance_protocol);
    let first = all.get(&HTTP).map_or((HTTP, ProcessProtocol::Http), behind);
    for (port, listener) in all {
        let (instance_port, instance_protocol) = behind(&listener);
        // The name of what the first port leads to is the one that is always there.
        let name = if behind(&listener) == first {
            DEFAULT_PROCESS.to_owned()
        } else {
            format!("{}-{instance_port}", instance_protocol.as_str().to_lowercase())
        };
        processes.insert(name.clone(), process(instance_port, instance_protocol));
        let ClassicListener { protocol, certificate, .. } = listener;
        listeners.insert(port, Listener { protocol, process: name, certificate, rules: vec![], redirect: None });
    }
    processes.entry(DEFAULT_PROCESS.to_owned()).or_insert_with(|| process(80, ProcessProtocol::Http));
    Ok(Routing {
        load_balancer: Some(LoadBalancerType::Classic),
        processes,
        listeners,
        idle_timeout: policies.seconds("ConnectionSettingIdleTimeout")?,
        access_log: None,
    })
}

struct ClassicListener {
    protocol: ListenerProtocol,
    instance_port: u16,
    instance_protocol: ProcessProtocol,
    certificate: Option<String>,
}

/// `HTTP`, `HTTPS`, `TCP` or `SSL`.
fn classic_protocol(text: &str) -> Option<ListenerProtocol> {
    if text == "SSL" { Some(ListenerProtocol::Tls) } else { ListenerProtocol::read(text) }
}

fn classic_listeners(resolved: &Resolved) -> Result<BTreeMap<u16, ClassicListener>, Message> {
    let mut listeners = BTreeMap::new();
    // Two listeners can be had by older options; those with a port in their namespace go before these.
    let older = resolved.section("aws:elb:loadbalancer");
    if let Some(port) = older.text("LoadBalancerHTTPSPort").filter(|port| port != "OFF") {
        let port = port.parse().map_err(|_| older.fault("LoadBalancerHTTPSPort", "Value is not a port"))?;
        let protocol = older.choice("LoadBalancerSSLPortProtocol", classic_protocol)?;
        let instance_protocol = behind(protocol);
        let certificate = older.text("SSLCertificateId");
        listeners.insert(port, ClassicListener { protocol, instance_port: 80, instance_protocol, certificate });
    }
    let first = older.text("LoadBalancerHTTPPort").is_none_or(|port| port != "OFF");
    let first_protocol = older.choice("LoadBalancerPortProtocol", classic_protocol)?;
    for member in resolved.members(CLASSIC_LISTENER) {
        let Ok(port) = member.parse::<u16>() else { continue };
        let section = resolved.section(format!("{CLASSIC_LISTENER}{member}"));
        if !section.boolean("ListenerEnabled")? || (port == 80 && !first) {
            continue;
        }
        let mut protocol = section.choice("ListenerProtocol", classic_protocol)?;
        if port == 80 && protocol == ListenerProtocol::Http {
            protocol = first_protocol;
        }
        let instance_protocol = match section.read("InstanceProtocol", "a protocol", classic_protocol)? {
            None => behind(protocol),
            Some(ListenerProtocol::Http) => ProcessProtocol::Http,
            Some(ListenerProtocol::Https) => ProcessProtocol::Https,
            Some(ListenerProtocol::Tcp) => ProcessProtocol::Tcp,
            Some(ListenerProtocol::Tls) => ProcessProtocol::Tls,
        };
        let instance_port = section.number("InstancePort")?.unwrap_or(port);
        let certificate = section.text("SSLCertificateId");
        listeners.insert(port, ClassicListener { protocol, instance_port, instance_protocol, certificate });
    }
    Ok(listeners)
}

/// What an instance speaks behind a listener that does not say.
fn behind(protocol: ListenerProtocol) -> ProcessProtocol {
    match protocol {
        ListenerProtocol::Http | ListenerProtocol::Https => ProcessProtocol::Http,
        ListenerProtocol::Tcp | ListenerProtocol::Tls => ProcessProtocol::Tcp,
    }
}

/// An application load balancer or a network load balancer.
fn newer(resolved: &Resolved, balancer: LoadBalancerType) -> Result<Routing, Message> {
    let mut processes = BTreeMap::new();
    for name in resolved.members(PROCESS) {
        let section = resolved.section(format!("{PROCESS}{name}"));
        processes.insert(name.to_owned(), process(&section, balancer)?);
    }
    let settings = resolved.section("aws:elbv2:loadbalancer");
    let mut listeners = BTreeMap::new();
    for member in resolved.members(LISTENER) {
        // A listener of port 80 goes before the one that is there unasked.
        let port = match member {
            "default" if resolved.members(LISTENER).contains("80") => continue,
            "default" => 80,
            other => match other.parse::<u16>() {
                Ok(port) => port,
                Err(_) => continue,
            },
        };
        let section = resolved.section(format!("{LISTENER}{member}"));
        if section.boolean("ListenerEnabled")? {
            listeners.insert(port, listener(resolved, &section, balancer, &processes)?);
        }
    }
    let access_log = match settings.boolean("AccessLogsS3Enabled")? {
        true => settings
            .text("AccessLogsS3Bucket")
            .map(|bucket| AccessLog { bucket, prefix: settings.text("AccessLogsS3Prefix").unwrap_or_default() }),
        false => None,
    };
    Ok(Routing {
        load_balancer: Some(balancer),
        processes,
        listeners,
        idle_timeout: Duration::from_secs(settings.number::<u32>("IdleTimeout")?.unwrap_or(60).into()),
        access_log,
    })
}

fn process(section: &Section<'_>, balancer: LoadBalancerType) -> Result<Process, Message> {
    let protocol = section.choice("Protocol", ProcessProtocol::read)?;
    let usual = if balancer == LoadBalancerType::Network { (200, 399) } else { (200, 200) };
    let codes = section.read("MatcherHTTPCode", "codes of HTTP", syntax::codes)?.unwrap_or_else(|| vec![usual]);
    let path = section.read("HealthCheckPath", "a path", |text| syntax::path(text).then(|| text.to_owned()))?;
    // A network load balancer asks a path only where one was named.
    let named = path.as_deref().is_some_and(|path| path != "/");
    let probe = if protocol == ProcessProtocol::Tcp && !named {
        Probe::Connect { tls: false, port: None }
    } else {
        let path = path.unwrap_or_else(|| "/".to_owned());
        Probe::Get { tls: protocol == ProcessProtocol::Https, port: None, path, codes }
    };
    let stickiness = match section.boolean("StickinessEnabled")? {
        true => Some(Stickiness::For(section.seconds("StickinessLBCookieDuration")?)),
        false => None,
    };
    Ok(Process {
        port: section.count("Port")?,
        protocol,
        check: HealthCheck {
            probe,
            interval: section.seconds("HealthCheckInterval")?,
            timeout: section.seconds("HealthCheckTimeout")?,
            healthy: section.count("HealthyThresholdCount")?,
            unhealthy: section.count("UnhealthyThresholdCount")?,
        },
        algorithm: Algorithm::RoundRobin,
        slow_start: Duration::ZERO,
        stickiness,
        deregistration_delay: section.seconds("DeregistrationDelay")?,
    })
}

fn listener(
    resolved: &Resolved,
    section: &Section<'_>,
    balancer: LoadBalancerType,
    processes: &BTreeMap<String, Process>,
) -> Result<Listener, Message> {
    let process = section.text("DefaultProcess").unwrap_or_else(|| DEFAULT_PROCESS.to_owned());
    if !processes.contains_key(&process) {
        return Err(section.fault("DefaultProcess", no_process(&process, processes)));
    }
    let mut rules = Vec::new();
    // A network load balancer has none: the option does not apply, and is only kept.
    let names = if balancer == LoadBalancerType::Application { section.list("Rules") } else { Vec::new() };
    for name in names {
        if resolved.namespace(&format!("{RULE}{name}")).next().is_none() {
            let why = format!("Rule '{name}' does not exist: give it options in the namespace {RULE}{name}");
            return Err(section.fault("Rules", why));
        }
        let rule = rule(name, resolved, processes)?;
        if rules.iter().any(|other: &Rule| other.priority == rule.priority) {
            let why = format!("Two rules of one listener have the priority {}", rule.priority);
            return Err(resolved.section(format!("{RULE}{}", rule.name)).fault("Priority", why));
        }
        rules.push(rule);
    }
    rules.sort_by_key(|rule| rule.priority);
    let protocol = section.choice("Protocol", ListenerProtocol::read)?;
    Ok(Listener { protocol, process, certificate: section.text("SSLCertificateArns"), rules, redirect: None })
}

fn rule(name: String, resolved: &Resolved, processes: &BTreeMap<String, Process>) -> Result<Rule, Message> {
    let section = resolved.section(format!("{RULE}{name}"));
    let (hosts, paths) = (section.list("HostHeaders"), section.list("PathPatterns"));
    if hosts.is_empty() && paths.is_empty() {
        return Err(section.fault("PathPatterns", "A rule needs HostHeaders or PathPatterns"));
    }
    let process = section.text("Process").unwrap_or_else(|| DEFAULT_PROCESS.to_owned());
    if !processes.contains_key(&process) {
        return Err(section.fault("Process", no_process(&process, processes)));
    }
    Ok(Rule { priority: section.count("Priority")?, name, hosts, paths, process })
}

fn no_process(name: &str, processes: &BTreeMap<String, Process>) -> String {
    let there: Vec<&str> = processes.keys().map(String::as_str).collect();
    format!("Process '{name}' does not exist: there are [{}]", there.join(", "))
}
