//! Ports: `8080:80`, `127.0.0.1:8080-8081:80-81/udp`, or a mapping.

use std::net::IpAddr;

use super::rest;
use crate::error::{Fault, Notes, quoted};
use crate::node::{Fields, Node, Value};

/// What a port speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
}

/// A port that is published on the instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Port {
    /// In the container.
    pub target: u16,
    /// The first and the last of those on the instance of which one is taken; any, when none is said.
    pub published: Option<(u16, u16)>,
    /// The address on the instance; all, when none is said.
    pub address: Option<IpAddr>,
    /// What it speaks.
    pub protocol: Protocol,
}

/// A port that other services reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exposed {
    /// The port.
    pub port: u16,
    /// What it speaks.
    pub protocol: Protocol,
}

/// Most ports that one service may name: each is an object of the network.
const MOST: usize = 1000;

pub(super) fn ports(node: &Node, notes: &mut Notes<'_>) -> Result<Vec<Port>, Fault> {
    let mut found = Vec::new();
    for item in node.list("ports")? {
        match &item.value {
            Value::Map(_) => found.extend(long(item, notes)?),
            _ => {
                let text = item.text("a port")?;
                found.extend(short(text).map_err(|why| item.fault(format!("{} is no port: {why}", quoted(text))))?);
            }
        }
        if found.len() > MOST {
            return Err(item.fault(format!("a service publishes at most {MOST} ports")));
        }
    }
    Ok(found)
}

pub(super) fn exposed(node: &Node) -> Result<Vec<Exposed>, Fault> {
    let mut found = Vec::new();
    for item in node.list("expose")? {
        let text = item.text("expose")?;
        let ports = (|| {
            let (text, protocol) = protocol(text)?;
            let (first, last) = range(text)?;
            Ok((first..=last).map(move |port| Exposed { port, protocol }))
        })();
        found
            .extend(ports.map_err(|why: String| item.fault(format!("{} is no port: {why}", quoted(text))))?.take(MOST));
        if found.len() > MOST {
            return Err(item.fault(format!("a service exposes at most {MOST} ports")));
        }
    }
    Ok(found)
}

/// `[[ADDRESS:]PUBLISHED:]TARGET[/PROTOCOL]`
fn short(text: &str) -> Result<Vec<Port>, String> {
    let (rest, protocol) = protocol(text)?;
    let (rest, target) = match rest.rsplit_once(':') {
        Some((rest, target)) => (Some(rest), target),
        None => (None, rest),
    };
    let (address, published) = match rest {
        None => (None, None),
        Some(rest) => match rest.rsplit_once(':') {
            Some((address, published)) => (Some(address), Some(published)),
            None => (None, Some(rest)),
        },
    };
    let address = match address {
        None => None,
        Some(address) => {
            let plain = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
            Some(plain.parse().map_err(|_| format!("{} is no address", quoted(address)))?)
        }
    };
    let published = published.filter(|text| !text.is_empty()).map(range).transpose()?;
    combine(range(target)?, published, address, protocol)
}

fn combine(
    target: (u16, u16),
    published: Option<(u16, u16)>,
    address: Option<IpAddr>,
    protocol: Protocol,
) -> Result<Vec<Port>, String> {
    let width = |range: (u16, u16)| usize::from(range.1 - range.0);
    if target.0 == target.1 {
        return Ok(vec![Port { target: target.0, published, address, protocol }]);
    }
    if published.is_some_and(|published| width(published) != width(target)) {
        return Err("both ranges must be as long".to_owned());
    }
    let one = |(at, target): (u16, u16)| {
        let published = published.map(|(first, _)| (first + at, first + at));
        Port { target, published, address, protocol }
    };
    Ok((0..=u16::MAX).zip(target.0..=target.1).take(MOST + 1).map(one).collect())
}

fn protocol(text: &str) -> Result<(&str, Protocol), String> {
    match text.split_once('/') {
        None => Ok((text, Protocol::Tcp)),
        Some((text, "tcp")) => Ok((text, Protocol::Tcp)),
        Some((text, "udp")) => Ok((text, Protocol::Udp)),
        Some((_, other)) => Err(format!("there are tcp and udp, not {}", quoted(other))),
    }
}

fn range(text: &str) -> Result<(u16, u16), String> {
    let port = |text: &str| match text.parse::<u16>() {
        Ok(port) if port != 0 && text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(port),
        _ => Err("ports are 1 to 65535".to_owned()),
    };
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (port(first)?, port(last)?) {
        (first, last) if first <= last => Ok((first, last)),
        _ => Err("a range goes upward".to_owned()),
    }
}

fn long(node: &Node, notes: &mut Notes<'_>) -> Result<Vec<Port>, Fault> {
    let mut fields = Fields::of(node, "a port")?;
    let part = |node: &Node, what: &str| {
        let text = node.text(what)?;
        range(text).map_err(|why| node.fault(format!("{what} is no port: {why}")))
    };
    let target = part(fields.required("target", "a port")?, "target")?;
    let published = fields.take("published").map(|node| part(node, "published")).transpose()?;
    let protocol = match fields.take("protocol") {
        None => Protocol::Tcp,
        Some(node) => protocol(&format!("/{}", node.text("protocol")?)).map_err(|why| node.fault(why))?.1,
    };
    let address = match fields.take("host_ip") {
        None => None,
        Some(node) => {
            let text = node.text("host_ip")?;
            Some(text.parse().map_err(|_| node.fault(format!("{} is no address", quoted(text))))?)
        }
    };
    // How it is spread over a cluster, what it is for, and a name for people.
    for said in ["mode", "app_protocol", "name"] {
        fields.take(said);
    }
    rest(&fields, "a port", &[], notes)?;
    combine(target, published, address, protocol).map_err(|why| node.fault(why))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn short_ports() {
        let port = |target, published, address: Option<&str>, protocol| Port {
            target,
            published,
            address: address.map(|text| text.parse().unwrap()),
            protocol,
        };
        for (text, want) in [
            ("80", vec![port(80, None, None, Protocol::Tcp)]),
            ("8080:80", vec![port(80, Some((8080, 8080)), None, Protocol::Tcp)]),
            ("53:53/udp", vec![port(53, Some((53, 53)), None, Protocol::Udp)]),
            ("127.0.0.1::80", vec![port(80, None, Some("127.0.0.1"), Protocol::Tcp)]),
            ("[::1]:1:80", vec![port(80, Some((1, 1)), Some("::1"), Protocol::Tcp)]),
            ("3000-3005:80", vec![port(80, Some((3000, 3005)), None, Protocol::Tcp)]),
            (
                "1-2:81-82",
                vec![port(81, Some((1, 1)), None, Protocol::Tcp), port(82, Some((2, 2)), None, Protocol::Tcp)],
            ),
        ] {
            assert_eq!(short(text), Ok(want), "{text}");
        }
        for wrong in ["", "0", "65536", "a", "80/sctp", "2-1", "1-3:1-2", "x:1:1", "+1", "1:2:3:4"] {
            assert!(short(wrong).is_err(), "{wrong}");
        }
        assert!(short("1-65535:1-65535").unwrap().len() > MOST);
    }

    proptest! {
        #[test]
        fn any_text_ends(text in "[0-9:./a-z\\[\\]-]{0,30}") {
            let _ = short(&text);
        }
    }
}
