//! The rules of all networks of a daemon, as one table.
//!
//! ```text
//!   raw         drop   from outside to 127.0.0.0/8          (published on loopback stays on loopback)
//!   prerouting  dnat   to an address of ours and a published port
//!   output      dnat   the same for the host's own connections
//!   forward     accept established; accept redirected; accept within a bridge;
//!               drop   out of an internal bridge; drop into a bridge
//!   postrouting masquerade what leaves a bridge's network, what comes from loopback, what returns to its sender
//! ```

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::nft::{Batch, Hook, Rule, socket};
use crate::port::Protocol;
use crate::{Error, Result};

/// A bridge as the firewall sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bridge {
    /// Link name.
    pub name: String,
    /// Its networks.
    pub subnets: Vec<Ipv4Net>,
    /// Its containers appear under the host's address outside.
    pub masquerade: bool,
    /// Nothing outside can be reached.
    pub internal: bool,
    /// Its containers may talk to each other.
    pub icc: bool,
}

/// A published port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Published {
    /// Transport protocol.
    pub protocol: Protocol,
    /// Address of the host; 0.0.0.0 for all.
    pub ip: Ipv4Addr,
    /// Port of the host.
    pub port: u16,
    /// The container's address.
    pub to_ip: Ipv4Addr,
    /// The container's port.
    pub to_port: u16,
    /// The container's bridge.
    pub bridge: String,
}

/// Everything that the table holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Firewall {
    /// All bridges.
    pub bridges: Vec<Bridge>,
    /// All published ports.
    pub published: Vec<Published>,
}

const LOOPBACK: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);

fn number(protocol: Protocol) -> u8 {
    match protocol {
        Protocol::Tcp => 6,
        Protocol::Udp => 17,
        Protocol::Sctp => 132,
    }
}

/// The nftables hook priorities of raw, dstnat, filter and srcnat.
const RAW: i32 = -300;
const DSTNAT: i32 = -100;
const FILTER: i32 = 0;
const SRCNAT: i32 = 100;

pub(crate) fn write(table: &str, wanted: &Firewall) -> Result<()> {
    let mut batch = Batch::replace(table);
    batch.chain("raw", "filter", Hook::Prerouting, RAW);
    batch.chain("prerouting", "nat", Hook::Prerouting, DSTNAT);
    batch.chain("output", "nat", Hook::Output, DSTNAT);
    batch.chain("forward", "filter", Hook::Forward, FILTER);
    batch.chain("postrouting", "nat", Hook::Postrouting, SRCNAT);
    batch.rule("raw", Rule::new().iifname("lo", false).to(LOOPBACK).drop());
    for port in &wanted.published {
        publish(&mut batch, port);
    }
    batch.rule("forward", Rule::new().established().accept());
    for bridge in &wanted.bridges {
        forward(&mut batch, bridge);
    }
    for bridge in &wanted.bridges {
        batch.rule("forward", Rule::new().oifname(&bridge.name, true).drop());
    }
    for bridge in &wanted.bridges {
        leave(&mut batch, bridge);
    }
    socket()
        .and_then(|mut socket| batch.commit(&mut socket))
        .map_err(Error::kernel(format!("writing the nftables table {table}")))
}

pub(crate) fn remove(table: &str) -> Result<()> {
    let removed = socket().and_then(|mut socket| Batch::remove(table).commit(&mut socket));
    removed.map_err(Error::kernel(format!("removing the nftables table {table}")))
}

fn publish(batch: &mut Batch, port: &Published) {
    for chain in ["prerouting", "output"] {
        let rule = Rule::new().protocol(number(port.protocol)).dport(port.port);
        let rule = if port.ip.is_unspecified() { rule.fib_local() } else { rule.to(port.ip.into()) };
        batch.rule(chain, rule.redirect(port.to_ip, port.to_port));
    }
    // A container that calls itself by the host's address must get answers from there.
    let own: Ipv4Net = port.to_ip.into();
    batch.rule("postrouting", Rule::new().from(own).to(own).masquerade());
}

fn forward(batch: &mut Batch, bridge: &Bridge) {
    let within = Rule::new().iifname(&bridge.name, true).oifname(&bridge.name, true);
    if bridge.icc {
        batch.rule("forward", within.accept());
    }
    if bridge.internal {
        batch.rule("forward", Rule::new().iifname(&bridge.name, true).oifname(&bridge.name, false).drop());
    } else {
        batch.rule("forward", Rule::new().oifname(&bridge.name, true).redirected().accept());
    }
}

fn leave(batch: &mut Batch, bridge: &Bridge) {
    // From 127.0.0.1 through a published port: the container could not answer there.
    batch.rule("postrouting", Rule::new().from(LOOPBACK).oifname(&bridge.name, true).masquerade());
    if bridge.masquerade && !bridge.internal {
        for subnet in &bridge.subnets {
            batch.rule("postrouting", Rule::new().from(*subnet).oifname(&bridge.name, false).masquerade());
        }
    }
}

/// Sends queries for port 53 of the embedded name server to where it really listens, inside a container's namespace.
pub(crate) fn redirect_names(
    namespace: &std::os::fd::OwnedFd,
    server: Ipv4Addr,
    udp: u16,
    tcp: u16,
) -> std::io::Result<()> {
    let mut batch = Batch::replace("dabba-names");
    batch.chain("output", "nat", Hook::Output, DSTNAT);
    for (protocol, port) in [(17, udp), (6, tcp)] {
        let rule = Rule::new().to(server.into()).protocol(protocol).dport(53);
        batch.rule("output", rule.redirect(server, port));
    }
    sys::netlink::within(namespace, || socket().and_then(|mut socket| batch.commit(&mut socket)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bridge(name: String, subnet: Ipv4Net) -> Bridge {
        Bridge { name, subnets: vec![subnet], masquerade: true, internal: false, icc: true }
    }

    fn published(port: u16, bridge: &str) -> Published {
        Published {
            protocol: Protocol::Tcp,
            ip: Ipv4Addr::UNSPECIFIED,
            port,
            to_ip: Ipv4Addr::new(10, 9, 0, 2),
            to_port: 80,
            bridge: bridge.into(),
        }
    }

    /// In a namespace of its own: the kernel takes the rules, and the table goes.
    fn taken(wanted: &Firewall) {
        let namespace = sys::netlink::new_namespace().unwrap();
        sys::netlink::within(&namespace, || {
            for _ in 0..2 {
                write("dabba-test", wanted).map_err(std::io::Error::other)?;
            }
            remove("dabba-test").map_err(std::io::Error::other)
        })
        .unwrap();
        redirect_names(&namespace, Ipv4Addr::new(127, 0, 0, 11), 1234, 1235).unwrap();
    }

    #[test]
    fn the_kernel_takes_the_rules() {
        let bridges = vec![bridge("br0".into(), "10.9.0.0/16".parse().unwrap())];
        taken(&Firewall { bridges, published: vec![published(8080, "br0")] });
    }

    /// More than the usual buffers of a socket hold, on the way there and on the way back.
    #[test]
    fn the_kernel_takes_the_rules_of_many_networks() {
        let bridges = (0..=255)
            .map(|number| bridge(format!("br{number}"), Ipv4Net::new_assert(Ipv4Addr::new(10, 9, number, 0), 24)));
        let published = (10_000..11_000).map(|port| published(port, "br0")).collect();
        taken(&Firewall { bridges: bridges.collect(), published });
    }

    /// A rule in the middle that is refused is the batch's error, though only the last one is acknowledged.
    #[test]
    fn what_the_kernel_refuses_is_told() {
        let namespace = sys::netlink::new_namespace().unwrap();
        let refused = sys::netlink::within(&namespace, || {
            let mut batch = Batch::replace("dabba-test");
            batch.chain("forward", "filter", Hook::Forward, FILTER);
            batch.rule("nowhere", Rule::new().established().accept());
            batch.rule("forward", Rule::new().established().accept());
            socket().and_then(|mut socket| batch.commit(&mut socket))
        });
        assert_eq!(refused.unwrap_err().kind(), std::io::ErrorKind::NotFound);
    }
}
