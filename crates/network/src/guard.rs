//! What security groups say, as a table of its own: who may come to a port of the host, and where a bridge's containers
//! may go.
//!
//! ```text
//!   input    accept, then drop   what comes to a guarded port, by its source
//!   forward  accept, then drop   what leaves a guarded bridge, by where it goes
//!   input    the same            what it sends to the host itself
//! ```
//! The table is apart from that of the networks, which a daemon that starts writes before it knows of any group: what is
//! guarded stays so from one daemon to the next.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::nft::{Batch, Hook, Rule, socket};
use crate::{Error, Result};

/// A port of the host, and from where it may be reached.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GuardedPort {
    /// Where it is; on all addresses of the host if nothing.
    pub address: Option<Ipv4Addr>,
    /// Its number, of TCP.
    pub port: u16,
    /// Where others may come from; all else is dropped.
    pub sources: Vec<Ipv4Net>,
}

/// A bridge, and where its containers may go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GuardedBridge {
    /// Link name.
    pub bridge: String,
    /// Where to; all else is dropped but for answers, and what stays within the bridge.
    pub allowed: Vec<Passage>,
}

/// A way out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Passage {
    /// Where to.
    pub to: Ipv4Net,
    /// The number of the transport protocol; all if nothing.
    pub protocol: Option<u8>,
    /// The first and the last port; all if nothing.
    pub ports: Option<(u16, u16)>,
}

/// Everything that the table holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Guards {
    /// All guarded ports.
    pub ports: Vec<GuardedPort>,
    /// All guarded bridges.
    pub bridges: Vec<GuardedBridge>,
}

impl Guards {
    pub(crate) fn is_empty(&self) -> bool {
        self.ports.is_empty() && self.bridges.is_empty()
    }
}

/// Before the filter of the networks: what one accepts the other may still drop.
const BEFORE_FILTER: i32 = -1;
const TCP: u8 = 6;

pub(crate) fn write(table: &str, wanted: &Guards) -> Result<()> {
    let mut batch = if wanted.is_empty() { Batch::remove(table) } else { Batch::replace(table) };
    if !wanted.is_empty() {
        batch.chain("input", "filter", Hook::Input, BEFORE_FILTER);
        batch.chain("forward", "filter", Hook::Forward, BEFORE_FILTER);
    }
    for guarded in &wanted.ports {
        let to = || {
            let rule = Rule::new().protocol(TCP).dport(guarded.port);
            match guarded.address {
                Some(address) => rule.to(address.into()),
                None => rule,
            }
        };
        for source in &guarded.sources {
            batch.rule("input", to().from(*source).accept());
        }
        // What is established is no exception: who may not come any more is cut off.
        batch.rule("input", to().drop());
    }
    for guarded in &wanted.bridges {
        let out = || Rule::new().iifname(&guarded.bridge, true);
        batch.rule("forward", out().oifname(&guarded.bridge, true).accept());
        for chain in ["forward", "input"] {
            batch.rule(chain, out().established().accept());
            for passage in &guarded.allowed {
                let rule = match passage.protocol {
                    Some(protocol) => out().protocol(protocol),
                    None => out(),
                };
                let rule = match passage.ports {
                    Some((first, last)) => rule.dports(first, last),
                    None => rule,
                };
                batch.rule(chain, rule.to(passage.to).accept());
            }
            batch.rule(chain, out().drop());
        }
    }
    socket()
        .and_then(|mut socket| batch.commit(&mut socket))
        .map_err(Error::kernel(format!("writing the nftables table {table}")))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream};
    use std::time::Duration;

    use super::*;

    fn net(text: &str) -> Ipv4Net {
        text.parse().unwrap()
    }

    fn guards(sources: &[&str]) -> Guards {
        let sources = sources.iter().map(|source| net(source)).collect();
        let passage = Passage { to: net("10.0.0.0/8"), protocol: Some(6), ports: Some((80, 443)) };
        let all = Passage { to: net("10.1.0.0/16"), protocol: None, ports: None };
        let bridges = vec![GuardedBridge { bridge: "br0".into(), allowed: vec![passage, all] }];
        Guards { ports: vec![GuardedPort { address: None, port: 7777, sources }], bridges }
    }

    /// Says a word to the port from one of loopback's addresses; whether it is answered.
    fn answered(from: [u8; 4]) -> bool {
        use rustix::net::{AddressFamily, SocketType, bind, connect, socket};
        let client = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
        rustix::net::sockopt::set_socket_timeout(
            &client,
            rustix::net::sockopt::Timeout::Send,
            Some(Duration::from_millis(300)),
        )
        .unwrap();
        bind(&client, &SocketAddr::from((from, 0))).unwrap();
        if connect(&client, &SocketAddr::from(([127, 0, 0, 1], 7777))).is_err() {
            return false;
        }
        let mut stream = TcpStream::from(client);
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        let mut word = [0; 2];
        stream.write_all(b"hi").is_ok() && stream.read_exact(&mut word).is_ok()
    }

    /// In a namespace of its own: who is let in is answered, and nobody else.
    #[test]
    fn sources_are_told_apart() {
        let namespace = sys::netlink::new_namespace().unwrap();
        let seen = sys::netlink::within(&namespace, || {
            crate::link::loopback_up(&mut sys::netlink::Socket::open(sys::netlink::ROUTE)?)?;
            let listener = TcpListener::bind("127.0.0.1:7777")?;
            std::thread::spawn(move || {
                for stream in listener.incoming().flatten() {
                    let mut stream: TcpStream = stream;
                    let mut word = [0; 2];
                    let _ = stream.read_exact(&mut word).and_then(|()| stream.write_all(&word));
                }
            });
            let set = |guards: Guards| write("dabba-test-groups", &guards).map_err(std::io::Error::other);
            let both = || (answered([127, 0, 0, 2]), answered([127, 0, 0, 3]));
            let mut seen = vec![both()];
            for sources in [&["127.0.0.2/32"][..], &["127.0.0.0/24"], &[]] {
                set(guards(sources))?;
                seen.push(both());
            }
            set(Guards::default())?;
            seen.push(both());
            Ok(seen)
        });
        assert_eq!(seen.unwrap(), [(true, true), (true, false), (true, true), (false, false), (true, true)]);
    }
}
