//! What a name server says: of the zones, and of the environments' own names, which are a zone without a record.
//!
//! Source: RFC 1034 section 4.3.2 for the order; RFC 4592 for wildcards; RFC 2308 for what is not there.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use dns::{Code, Data, Question, Record, Reply};

use crate::name::{is_within, reversed};
use crate::record::{Content, Kind, RecordSet, Value};
use crate::zone::Zone;
use crate::{State, limits};

/// The names of the environments, at one moment.
#[derive(Debug, Clone, Default)]
pub struct Environments {
    /// What they end with.
    pub suffix: String,
    /// Where all of them answer.
    pub addresses: Vec<IpAddr>,
    /// Which names there are, without those that lead here by a zone.
    pub hosts: BTreeSet<String>,
}

/// What answers for a name: the most particular zone that it is in.
enum Origin<'a> {
    Environments(&'a Environments),
    Zone(&'a Zone),
}

/// What a name is in its zone.
enum Found {
    /// These records, of which those of the kind that is asked for count.
    Records(Vec<Data>, u32),
    /// Another name.
    Cname(String, u32),
    /// The name is there, and has nothing of the kind.
    Nothing,
    /// There is no such name.
    NoName,
}

/// What is to be said to a question.
pub fn reply(question: &Question, state: &State, environments: &Environments) -> Reply {
    let mut name = question.name.clone();
    let mut reply = Reply { code: Code::NoError, answers: Vec::new(), authority: None };
    for _ in 0..limits::CHAIN {
        let Some(origin) = origin(&name, state, environments) else {
            // Who asks has to ask others for where it leads to.
            return if reply.answers.is_empty() { Reply::refused() } else { reply };
        };
        match origin.find(&name, question.kind, state, environments) {
            Found::Records(records, ttl) => {
                reply.answers.extend(records.into_iter().map(|data| Record { name: name.clone(), ttl, data }));
                return reply;
            }
            Found::Cname(target, ttl) => {
                reply.answers.push(Record { name, ttl, data: Data::Cname(target.clone()) });
                if matches!(question.kind, dns::Kind::Cname | dns::Kind::Any) {
                    return reply;
                }
                name = target;
            }
            Found::Nothing => return Reply { authority: Some(origin.head()), ..reply },
            Found::NoName => return Reply { code: Code::NoSuchName, authority: Some(origin.head()), ..reply },
        }
    }
    Reply { code: Code::ServerFailure, answers: Vec::new(), authority: None }
}

fn origin<'a>(name: &str, state: &'a State, environments: &'a Environments) -> Option<Origin<'a>> {
    let zones = state.zones.values().filter(|zone| is_within(name, zone.name.as_str()));
    // Of two zones of one name the older one answers.
    let zone = zones.max_by_key(|zone| (zone.name.as_str().len(), std::cmp::Reverse(zone.created)));
    let own = (!environments.suffix.is_empty() && is_within(name, &environments.suffix)).then_some(environments);
    match (zone, own) {
        (Some(zone), Some(own)) if zone.name.as_str().len() <= own.suffix.len() => Some(Origin::Environments(own)),
        (Some(zone), _) => Some(Origin::Zone(zone)),
        (None, own) => own.map(Origin::Environments),
    }
}

impl Origin<'_> {
    fn find(&self, name: &str, kind: dns::Kind, state: &State, environments: &Environments) -> Found {
        match self {
            Self::Environments(own) => own.find(name, kind),
            Self::Zone(zone) => in_zone(zone, name, kind, state, environments),
        }
    }

    /// The record that tells how long it may be kept in mind that something is not there.
    fn head(&self) -> Record {
        match self {
            Self::Environments(own) => Record { name: own.suffix.clone(), ttl: limits::NEGATIVE, data: own.soa() },
            Self::Zone(zone) => {
                let soa = zone.names.get(&zone.name.reversed()).and_then(|kinds| kinds.get(&Kind::Soa));
                let data = soa.and_then(|set| values(set, dns::Kind::Soa).into_iter().next());
                let server = zone.name.to_string();
                let data = data.unwrap_or(Data::Soa {
                    server: server.clone(),
                    mailbox: server,
                    serial: 1,
                    negative: limits::NEGATIVE,
                });
                Record { name: zone.name.to_string(), ttl: limits::NEGATIVE, data }
            }
        }
    }
}

impl Environments {
    /// The name server's own name, which leads here as all others do.
    pub fn server(suffix: &str) -> String {
        format!("ns.{suffix}")
    }

    fn soa(&self) -> Data {
        let server = Self::server(&self.suffix);
        Data::Soa { mailbox: server.clone(), server, serial: 1, negative: limits::NEGATIVE }
    }

    fn has(&self, name: &str) -> bool {
        name == self.suffix || name == Self::server(&self.suffix) || self.hosts.contains(name)
    }

    fn addresses(&self) -> Vec<Data> {
        let data = |address: &IpAddr| match address {
            IpAddr::V4(address) => Data::A(*address),
            IpAddr::V6(address) => Data::Aaaa(*address),
        };
        self.addresses.iter().map(data).collect()
    }

    fn find(&self, name: &str, kind: dns::Kind) -> Found {
        let mut data = Vec::new();
        if self.has(name) {
            data = self.addresses();
            if name == self.suffix {
                data.extend([Data::Ns(Self::server(&self.suffix)), self.soa()]);
            }
        } else if !self.hosts.iter().any(|host| is_within(host, name)) {
            return Found::NoName;
        }
        chosen(data, kind, limits::TTL)
    }
}

fn chosen(mut data: Vec<Data>, kind: dns::Kind, ttl: u32) -> Found {
    data.retain(|one| kind == dns::Kind::Any || one.kind() == kind);
    if data.is_empty() { Found::Nothing } else { Found::Records(data, ttl) }
}

fn in_zone(zone: &Zone, name: &str, kind: dns::Kind, state: &State, environments: &Environments) -> Found {
    let kinds = match zone.names.get(&reversed(name)) {
        Some(kinds) => kinds,
        None if has_below(zone, name) => return Found::Nothing,
        None => match wildcard(zone, name) {
            Some(kinds) => kinds,
            None => return Found::NoName,
        },
    };
    let ttl = |set: &RecordSet| match &set.content {
        Content::Values { ttl, .. } => *ttl,
        Content::Alias(_) => limits::TTL,
    };
    if let Some(set) = kinds.get(&Kind::Cname)
        && let Some(Data::Cname(target)) = values(set, dns::Kind::Cname).into_iter().next()
    {
        return Found::Cname(target, ttl(set));
    }
    let least = kinds.values().map(ttl).min().unwrap_or(limits::TTL);
    let data = kinds.values().flat_map(|set| match &set.content {
        Content::Values { .. } => values(set, kind),
        Content::Alias(alias) => aliased(set, alias.target.as_str(), zone, state, environments),
    });
    chosen(data.collect(), kind, kinds.values().find(|set| kind_of(set.kind) == kind).map_or(least, ttl))
}

/// The addresses of what an alias is of: an environment, or a name with addresses in the same zone.
fn aliased(set: &RecordSet, target: &str, zone: &Zone, state: &State, environments: &Environments) -> Vec<Data> {
    let kind = kind_of(set.kind);
    let data = match origin(target, state, environments) {
        Some(Origin::Environments(own)) if own.has(target) => own.addresses(),
        // An alias of an alias leads nowhere: no loop is followed.
        Some(Origin::Zone(other)) if other.id == zone.id => {
            let set = zone.names.get(&reversed(target)).and_then(|kinds| kinds.get(&set.kind));
            set.map(|set| values(set, kind)).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    data.into_iter().filter(|data| data.kind() == kind).collect()
}

/// Is there a name below this one, so that it is there itself, without anything?
fn has_below(zone: &Zone, name: &str) -> bool {
    let prefix = format!("{}.", reversed(name));
    zone.names.range(prefix.clone()..).next().is_some_and(|(first, _)| first.starts_with(&prefix))
}

/// The records of `*` below the nearest name above that is there.
fn wildcard<'a>(zone: &'a Zone, name: &str) -> Option<&'a BTreeMap<Kind, RecordSet>> {
    let mut above = name;
    loop {
        above = above.split_once('.')?.1;
        if !is_within(above, zone.name.as_str()) {
            return None;
        }
        if let Some(found) = zone.names.get(&format!("{}.*", reversed(above))) {
            return Some(found);
        }
        // What is there keeps those further above from counting.
        if zone.names.contains_key(&reversed(above)) || has_below(zone, above) {
            return None;
        }
    }
}

/// The values of a set that answer a question.
fn values(set: &RecordSet, kind: dns::Kind) -> Vec<Data> {
    let Content::Values { values, .. } = &set.content else { return Vec::new() };
    let data = values.iter().map(|value| match value {
        Value::A(address) => Data::A(*address),
        Value::Aaaa(address) => Data::Aaaa(*address),
        Value::Cname(name) => Data::Cname(name.to_string()),
        Value::Ns(name) => Data::Ns(name.to_string()),
        Value::Soa(server, mailbox, negative) => {
            Data::Soa { server: server.to_string(), mailbox: mailbox.to_string(), serial: 1, negative: *negative }
        }
        Value::Txt(strings) => Data::Txt(strings.iter().map(|text| text.clone().into_bytes()).collect()),
    });
    data.filter(|data| kind == dns::Kind::Any || data.kind() == kind).collect()
}

fn kind_of(kind: Kind) -> dns::Kind {
    match kind {
        Kind::A => dns::Kind::A,
        Kind::Aaaa => dns::Kind::Aaaa,
        Kind::Cname => dns::Kind::Cname,
        Kind::Ns => dns::Kind::Ns,
        Kind::Soa => dns::Kind::Soa,
        Kind::Txt => dns::Kind::Txt,
    }
}
