//! Routing as data: what the balancer is told, as one whole value.
//!
//! The words are those of AWS's application load balancer (Elastic Load Balancing, API version 2015-12-01): a listener
//! has rules, a rule forwards to target groups with weights, a group has targets and one health check.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use crate::error::Error;
use crate::limits;
use crate::tls::Tls;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The caller's own word; it means nothing here.
            pub fn new(word: impl Into<Arc<str>>) -> Self {
                Self(word.into())
            }

            /// The word.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

ids! {
    /// Names a route; its figures go by it.
    RouteId
    /// Names a target group.
    GroupId
    /// Names a target within its group.
    TargetId
}

/// Everything the balancer does.
#[derive(Clone, Debug, Default)]
pub struct Routing {
    /// Where clients connect.
    pub listeners: Vec<Listener>,
    /// What listeners name.
    pub routes: BTreeMap<RouteId, Route>,
    /// What routes and TCP listeners name. A group that nobody names is not checked.
    pub groups: BTreeMap<GroupId, TargetGroup>,
}

/// A socket that listens.
#[derive(Clone, Debug)]
pub struct Listener {
    /// Where; port 0 takes a free one, which [`crate::Balancer::apply`] tells.
    pub address: SocketAddr,
    /// What is spoken there.
    pub protocol: Protocol,
    /// How long a connection may do nothing between two requests; on a TCP listener, at all.
    pub idle_timeout: Duration,
}

/// What is spoken on a listener.
#[derive(Clone, Debug)]
pub enum Protocol {
    /// HTTP/1.1, or HTTP/2 by clients that know.
    Http(Hosts),
    /// The same in TLS; HTTP/2 by ALPN.
    Https(Hosts, Tls),
    /// Bytes, to the target with the fewest connections.
    Tcp(Forward),
    /// The same in TLS, which ends here.
    Tls(Forward, Tls),
}

/// Routes of a listener that is shared, by the host's name.
#[derive(Clone, Debug, Default)]
pub struct Hosts {
    /// Exact names.
    pub names: BTreeMap<HostName, RouteId>,
    /// All names below these that are not among the exact ones; the longest counts. So `*.example.com` is below
    /// `example.com`, and `a.b.example.com` is found by it, too, as by a wildcard of DNS (RFC 4592).
    pub below: BTreeMap<HostName, RouteId>,
    /// For all other hosts; without one they get 404.
    pub default: Option<RouteId>,
}

impl Hosts {
    /// The routes that they lead to.
    pub fn routes(&self) -> impl Iterator<Item = &RouteId> {
        self.names.values().chain(self.below.values()).chain(&self.default)
    }

    /// What their names stand for.
    pub(crate) fn named<V>(&self, of: impl Fn(&RouteId) -> Option<V>) -> Named<V> {
        let all = |names: &BTreeMap<HostName, RouteId>| {
            names.iter().filter_map(|(name, id)| Some((name.clone(), of(id)?))).collect()
        };
        Named { names: all(&self.names), below: all(&self.below) }
    }
}

/// Something by the names of hosts.
#[derive(Default)]
pub(crate) struct Named<V> {
    names: HashMap<HostName, V>,
    below: HashMap<HostName, V>,
}

impl<V> Named<V> {
    /// What a name stands for that has no port and no capitals.
    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        let mut above = name.match_indices('.').map(|(dot, _)| &name[dot + 1..]);
        self.names.get(name).or_else(|| above.find_map(|above| self.below.get(above)))
    }
}

/// What becomes of the requests of one environment on one listener.
#[derive(Clone, Debug)]
pub struct Route {
    /// The route whose figures its requests count for: itself, or one that stands for several.
    pub counts_for: RouteId,
    /// Looked through by priority, the lowest number first.
    pub rules: Vec<Rule>,
    /// What becomes of requests for which no rule is.
    pub default: Action,
    /// Whether requests are told to the access log.
    pub access_log: bool,
    /// The networks whose clients are let in; all of them if nothing.
    pub admits: Option<Vec<ipnet::IpNet>>,
}

/// What becomes of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A target answers it.
    Forward(Forward),
    /// The client is sent to the same host, path and query by HTTPS, for good (301).
    Redirect {
        /// At this port.
        port: u16,
    },
}

impl Action {
    /// Where it is forwarded to, if it is.
    pub(crate) fn forward(&self) -> Option<&Forward> {
        match self {
            Self::Forward(forward) => Some(forward),
            Self::Redirect { .. } => None,
        }
    }
}

impl Route {
    /// One that forwards everything, counts for itself and lets everybody in.
    pub fn to(id: RouteId, default: Forward) -> Self {
        Self { counts_for: id, rules: Vec::new(), default: Action::Forward(default), access_log: false, admits: None }
    }

    /// Everything that it forwards to.
    pub(crate) fn forwards(&self) -> impl Iterator<Item = &Forward> {
        self.rules.iter().map(|rule| &rule.forward).chain(self.default.forward())
    }
}

/// Requests that are alike.
#[derive(Clone, Debug)]
pub struct Rule {
    /// One rule of a route for each number.
    pub priority: u32,
    /// One of these must match the host, unless there are none.
    pub hosts: Vec<Pattern>,
    /// One of these must match the path (without the query), unless there are none.
    pub paths: Vec<Pattern>,
    /// Where they go.
    pub forward: Forward,
}

/// Target groups, each with its share of the requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forward(Vec<(GroupId, u16)>);

impl Forward {
    /// All requests to one group.
    pub fn to(group: GroupId) -> Self {
        Self(vec![(group, 1)])
    }

    /// Shares in proportion to the weights. A group of weight 0 gets nothing; if all have it, nobody answers but 503.
    pub fn weighted(groups: Vec<(GroupId, u16)>) -> Result<Self, Error> {
        let wrong = |why| Error::Word { text: format!("{groups:?}"), kind: "list of weighted target groups", why };
        if groups.is_empty() || groups.len() > limits::FORWARDS {
            return Err(wrong("it must have one to five groups"));
        }
        if groups.iter().any(|(_, weight)| *weight > limits::WEIGHT) {
            return Err(wrong("a weight is at most 999"));
        }
        Ok(Self(groups))
    }

    /// The groups and their weights.
    pub fn groups(&self) -> &[(GroupId, u16)] {
        &self.0
    }
}

/// Targets that are alike.
#[derive(Clone, Debug)]
pub struct TargetGroup {
    /// What the targets speak.
    pub protocol: TargetProtocol,
    /// Who they are.
    pub targets: Vec<Target>,
    /// Who is next.
    pub algorithm: Algorithm,
    /// For how long a target that became healthy gets less than its share, rising evenly; zero is off.
    pub slow_start: Duration,
    /// Whether a client stays with its target.
    pub stickiness: Option<Stickiness>,
    /// How it is found out who can answer.
    pub health_check: HealthCheck,
    /// For how long neither side of a request may say anything.
    pub idle_timeout: Duration,
    /// How long requests may go on that a target has when it leaves.
    pub deregistration_delay: Duration,
}

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Its name.
    pub id: TargetId,
    /// Where it listens.
    pub address: SocketAddr,
}

/// What targets speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetProtocol {
    /// HTTP/1.1; behind a listener of bytes, bytes.
    Http1,
    /// The same in TLS, whatever certificate a target shows.
    Https1,
    /// HTTP/2 without TLS, by prior knowledge: for gRPC.
    H2c,
}

impl TargetProtocol {
    pub(crate) fn is_http1(self) -> bool {
        self != Self::H2c
    }
}

/// Who is next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// One after the other.
    RoundRobin,
    /// Who has the fewest requests.
    LeastOutstandingRequests,
}

/// A client stays with its target by a cookie (`AWSALB`), which only the balancer can make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stickiness {
    /// How long after its last request.
    pub duration: Duration,
}

/// How it is found out who can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// What is asked.
    pub probe: Probe,
    /// Another port than the target's own.
    pub port: Option<u16>,
    /// From one check to the next.
    pub interval: Duration,
    /// How long an answer may take.
    pub timeout: Duration,
    /// So many good checks one after the other make an unhealthy target healthy.
    pub healthy_threshold: u32,
    /// So many bad ones make a healthy target unhealthy.
    pub unhealthy_threshold: u32,
}

/// What a health check asks: ELBv2's protocols of health checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Probe {
    /// `GET` of a path, and the statuses that are good.
    Http {
        /// With its query.
        path: CheckPath,
        /// Good ones.
        matcher: Matcher,
    },
    /// The same in TLS, by HTTP/1.1.
    Https {
        /// With its query.
        path: CheckPath,
        /// Good ones.
        matcher: Matcher,
    },
    /// A connection is enough.
    Tcp,
    /// A handshake of TLS is.
    Tls,
}

impl Probe {
    pub(crate) fn is_encrypted(&self) -> bool {
        matches!(self, Self::Https { .. } | Self::Tls)
    }
}

fn wrong(text: &str, kind: &'static str, why: &'static str) -> Error {
    Error::Word { text: text.chars().take(200).collect(), kind, why }
}

/// A path that can be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckPath(http::uri::PathAndQuery);

impl CheckPath {
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for CheckPath {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if !text.starts_with('/') || text.len() > 1024 {
            return Err(wrong(text, "health check path", "it begins with / and has up to 1024 characters"));
        }
        let path = text.parse().map_err(|_| wrong(text, "health check path", "it has a character that no URL has"))?;
        Ok(Self(path))
    }
}

/// Statuses of HTTP, as `200,202-299`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matcher(Vec<(u16, u16)>);

impl Matcher {
    /// Whether a status is one of them.
    pub fn matches(&self, status: u16) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&status))
    }
}

impl FromStr for Matcher {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let bad = || wrong(text, "matcher", "it is a list of statuses from 200 to 599 and ranges of them: 200,202-299");
        if text.len() > limits::PATTERN_BYTES {
            return Err(bad());
        }
        let status = |word: &str| {
            let digits = word.len() == 3 && word.bytes().all(|byte| byte.is_ascii_digit());
            word.parse::<u16>().ok().filter(|status| digits && (200..600).contains(status)).ok_or_else(bad)
        };
        let range = |word: &str| {
            let (first, last) = word.split_once('-').unwrap_or((word, word));
            let (first, last) = (status(first)?, status(last)?);
            if first > last { Err(bad()) } else { Ok((first, last)) }
        };
        text.split(',').map(range).collect::<Result<_, _>>().map(Self)
    }
}

/// A host's name: lower case, no port, no dot at its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(Box<str>);

impl HostName {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for HostName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl FromStr for HostName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let name = bare_host(text);
        let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
        if name.is_empty() || name.len() > 255 || !name.bytes().all(good) {
            return Err(wrong(text, "host name", "it has letters, digits, hyphens and dots, and up to 255 of them"));
        }
        Ok(Self(name.to_ascii_lowercase().into()))
    }
}

/// A host without its port and without a dot at the end: `[::1]:80` is `[::1]`.
pub(crate) fn bare_host(host: &str) -> &str {
    let name = match host.rfind(':') {
        Some(colon) if !host.ends_with(']') && host.matches(':').count() == 1 || host[..colon].ends_with(']') => {
            &host[..colon]
        }
        _ => host,
    };
    name.strip_suffix('.').unwrap_or(name)
}

/// A pattern of hosts or paths: `*` is any characters, `?` is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Box<str>);

impl Pattern {
    /// Whether the whole text is like it, letter for letter.
    pub fn matches(&self, text: &str) -> bool {
        words::glob(self.0.as_bytes(), text.as_bytes(), |a, b| a == b)
    }

    /// The same for host names, whose case means nothing.
    pub fn matches_host(&self, text: &str) -> bool {
        words::glob(self.0.as_bytes(), text.as_bytes(), |a, b| a.eq_ignore_ascii_case(&b))
    }
}

impl FromStr for Pattern {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if text.is_empty() || text.len() > limits::PATTERN_BYTES || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong(text, "pattern", "it has 1 to 128 visible ASCII characters"));
        }
        Ok(Self(text.into()))
    }
}

impl Routing {
    /// Whether all that is named is there, and nothing is there twice.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let mut addresses = std::collections::BTreeSet::new();
        for listener in &self.listeners {
            let address = listener.address;
            if !addresses.insert(address) {
                return Err(Error::SameAddress(address));
            }
            match &listener.protocol {
                Protocol::Http(hosts) | Protocol::Https(hosts, _) => {
                    for route in hosts.routes() {
                        if !self.routes.contains_key(route) {
                            return Err(Error::NoRoute { listener: address, route: route.clone() });
                        }
                    }
                }
                Protocol::Tcp(forward) | Protocol::Tls(forward, _) => {
                    for (group, _) in forward.groups() {
                        self.has(group, || format!("the listener on {address}"))?;
                    }
                }
            }
        }
        for (id, route) in &self.routes {
            let mut priorities = std::collections::BTreeSet::new();
            for rule in &route.rules {
                if !priorities.insert(rule.priority) {
                    return Err(Error::SamePriority { route: id.clone(), priority: rule.priority });
                }
            }
            if route.rules.iter().map(|rule| rule.hosts.len() + rule.paths.len()).sum::<usize>() > limits::PATTERNS {
                return Err(Error::Patterns(id.clone()));
            }
            for (group, _) in route.forwards().flat_map(Forward::groups) {
                self.has(group, || format!("the route {id}"))?;
            }
        }
        for (id, group) in &self.groups {
            let mut targets = std::collections::BTreeSet::new();
            for target in &group.targets {
                if !targets.insert(&target.id) {
                    return Err(Error::SameTarget { group: id.clone(), target: target.id.clone() });
                }
            }
            let check = &group.health_check;
            let times = [
                (check.interval, "health check interval"),
                (check.timeout, "health check timeout"),
                (group.idle_timeout, "idle timeout"),
            ];
            if let Some((_, what)) = times.into_iter().find(|(time, _)| time.is_zero()) {
                return Err(Error::ZeroTime { group: id.clone(), what });
            }
        }
        Ok(())
    }

    fn has(&self, group: &GroupId, user: impl Fn() -> String) -> Result<(), Error> {
        if self.groups.contains_key(group) {
            return Ok(());
        }
        Err(Error::NoGroup { user: user(), group: group.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hosts_are_compared_without_case_port_and_last_dot() {
        for (text, name) in [
            ("Blue.Local.elasticbeanstalk.localhost:8080", "blue.local.elasticbeanstalk.localhost"),
            ("a.b.", "a.b"),
            ("a.b.:80", "a.b"),
            ("[::1]:80", "[::1]"),
            ("[::1]", "[::1]"),
            ("127.0.0.1:8000", "127.0.0.1"),
        ] {
            assert_eq!(text.parse::<HostName>().unwrap().as_str(), name, "{text}");
        }
        for text in ["", ".", ":80", "a b", "a/b", "ä.de"] {
            assert!(text.parse::<HostName>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_exact_name_goes_before_the_longest_that_is_above() {
        let route = |name: &str| (name.parse().unwrap(), RouteId::new(name));
        let hosts = Hosts {
            names: [route("a.example.com"), route("example.com")].into(),
            below: [route("example.com"), route("b.example.com")].into(),
            default: None,
        };
        let named = hosts.named(|id| Some(id.as_str().to_owned()));
        for (name, expected) in [
            ("a.example.com", Some("a.example.com")),
            ("x.a.example.com", Some("example.com")),
            ("b.example.com", Some("example.com")),
            ("x.y.b.example.com", Some("b.example.com")),
            ("com", None),
            ("other.com", None),
            ("xexample.com", None),
            (".", None),
        ] {
            assert_eq!(named.get(name).map(String::as_str), expected, "{name}");
        }
    }

    #[test]
    fn matchers_are_lists_of_statuses_and_ranges() {
        let matcher: Matcher = "200,202-299".parse().unwrap();
        let good: Vec<u16> = (190..310).filter(|status| matcher.matches(*status)).collect();
        assert_eq!(good, [200].into_iter().chain(202..=299).collect::<Vec<_>>());
        for text in ["", "200,", "199", "600", "300-200", "+200", "200 ", "2xx", "200-"] {
            assert!(text.parse::<Matcher>().is_err(), "{text}");
        }
    }

    #[test]
    fn patterns_have_stars_and_question_marks() {
        for (pattern, text, like) in [
            ("/img/*", "/img/a/b.png", true),
            ("/img/*", "/img", false),
            ("/img/*", "/IMG/a", false),
            ("*.png", "/a.png.png", true),
            ("/?/x", "/a/x", true),
            ("/?/x", "//x", false),
            ("*a*b*", "xxaxxb", true),
            ("*a*b*", "xxbxxa", false),
            ("/", "/", true),
        ] {
            assert_eq!(pattern.parse::<Pattern>().unwrap().matches(text), like, "{pattern} {text}");
        }
        assert!("*.Example.com".parse::<Pattern>().unwrap().matches_host("WWW.example.COM"));
        for text in ["", "a b", "ä", &"x".repeat(129)] {
            assert!(text.parse::<Pattern>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_glob_says_what_its_definition_says(pattern in "[ab*?]{1,8}", text in "[ab]{0,10}") {
            fn plain(pattern: &[u8], text: &[u8]) -> bool {
                match (pattern, text) {
                    ([], []) => true,
                    ([b'*', rest @ ..], _) => (0..=text.len()).any(|taken| plain(rest, &text[taken..])),
                    ([p, rest @ ..], [t, more @ ..]) => (*p == b'?' || p == t) && plain(rest, more),
                    _ => false,
                }
            }
            let like = pattern.parse::<Pattern>().unwrap().matches(&text);
            prop_assert_eq!(like, plain(pattern.as_bytes(), text.as_bytes()));
        }

        #[test]
        fn words_of_strangers_never_panic(text in "\\PC*") {
            let _ = (text.parse::<HostName>(), text.parse::<Matcher>(), text.parse::<Pattern>(), text.parse::<CheckPath>());
            bare_host(&text);
        }
    }
}
