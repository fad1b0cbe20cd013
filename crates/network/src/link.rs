//! Links, addresses and routes, by rtnetlink(7).

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use ipnet::{IpNet, Ipv4Net};
use serde::{Deserialize, Serialize};
use sys::netlink::{self, ACK, Attributes, CREATE, EXCLUSIVE, REPLACE, Request, Socket};

use crate::{Error, Result};

const RTM_NEWLINK: u16 = 16;
const RTM_DELLINK: u16 = 17;
const RTM_NEWADDR: u16 = 20;
const RTM_NEWROUTE: u16 = 24;

const IFLA_ADDRESS: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFLA_MTU: u16 = 4;
const IFLA_MASTER: u16 = 10;
const IFLA_LINKINFO: u16 = 18;
const IFLA_NET_NS_FD: u16 = 28;
const INFO_KIND: u16 = 1;
const INFO_DATA: u16 = 2;
const VETH_INFO_PEER: u16 = 1;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const UP: u32 = 1;

/// A bridge of this host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BridgeSpec {
    /// Link name, at most 15 bytes.
    pub name: String,
    /// Its own addresses, which are the containers' gateways.
    pub addresses: Vec<IpNet>,
    /// Largest packet.
    pub mtu: u32,
    /// Published ports are reachable under 127.0.0.1.
    pub route_localnet: bool,
}

/// A container's place on a bridge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointSpec {
    /// The bridge's link name.
    pub bridge: String,
    /// The host's end.
    pub host_link: String,
    /// The container's end: `eth0`.
    pub interface: String,
    /// Hardware address.
    pub mac: [u8; 6],
    /// Addresses with their networks' prefix lengths.
    pub addresses: Vec<IpNet>,
    /// Default routes; none for an internal network or a second interface.
    pub gateways: Vec<IpAddr>,
    /// Largest packet.
    pub mtu: u32,
}

/// The hardware address that Docker makes of an IPv4 address.
pub fn mac_of(address: Ipv4Addr) -> [u8; 6] {
    let [a, b, c, d] = address.octets();
    [0x02, 0x42, a, b, c, d]
}

/// `struct ifinfomsg`.
fn link(index: u32, flags: u32, change: u32) -> [u8; 16] {
    let mut body = [0; 16];
    body[4..8].copy_from_slice(&index.to_ne_bytes());
    body[8..12].copy_from_slice(&flags.to_ne_bytes());
    body[12..].copy_from_slice(&change.to_ne_bytes());
    body
}

/// `struct ifaddrmsg` with its attributes.
fn address(index: u32, net: &IpNet, flags: u16) -> Request {
    const IFA_F_NODAD: u8 = 2;
    let family = if net.addr().is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    let mut body = [0; 8];
    body[0] = u8::try_from(family).unwrap_or(0);
    body[1] = net.prefix_len();
    body[2] = if net.addr().is_ipv6() { IFA_F_NODAD } else { 0 };
    body[4..].copy_from_slice(&index.to_ne_bytes());
    let bytes = octets(net.addr());
    Request::new(RTM_NEWADDR, ACK | CREATE | flags, &body).attr(IFA_LOCAL, &bytes).attr(IFA_ADDRESS, &bytes)
}

/// A default route: `struct rtmsg` with its attributes.
fn default_route(index: u32, gateway: IpAddr) -> Request {
    let family = if gateway.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 };
    // Table main, protocol boot, scope universe, unicast.
    let body = [u8::try_from(family).unwrap_or(0), 0, 0, 0, 254, 3, 0, 1, 0, 0, 0, 0];
    Request::new(RTM_NEWROUTE, ACK | CREATE | EXCLUSIVE, &body)
        .attr(RTA_GATEWAY, &octets(gateway))
        .attr(RTA_OIF, &index.to_ne_bytes())
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

/// What a link of this host is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostLink {
    /// A bridge.
    Bridge,
    /// Something else.
    Other,
}

/// What the host has under a name, which is that of a link and so no path.
pub(crate) fn host_link(name: &str) -> Result<Option<HostLink>> {
    // A bridge has a folder of this name there (sysfs-class-net in the kernel's ABI documents has the links; the folder
    // is made by net/bridge/br_sysfs_br.c, Linux 6.18).
    let path = Path::new("/sys/class/net").join(name);
    let is_there = |path: &Path| path.try_exists().map_err(Error::kernel(format!("looking for the link {name}")));
    Ok(match (is_there(&path)?, is_there(&path.join("bridge"))?) {
        (false, _) => None,
        (true, true) => Some(HostLink::Bridge),
        (true, false) => Some(HostLink::Other),
    })
}

pub(crate) fn bridge_up(bridge: &BridgeSpec) -> Result<()> {
    let fail = |what: &str| Error::kernel(format!("{what} the bridge {}", bridge.name));
    let mut socket = Socket::open(netlink::ROUTE).map_err(fail("asking for"))?;
    let make = Request::new(RTM_NEWLINK, ACK | CREATE | EXCLUSIVE, &link(0, 0, 0))
        .text(IFLA_IFNAME, &bridge.name)
        .nest(IFLA_LINKINFO, Attributes::new().text(INFO_KIND, "bridge"));
    match socket.transact(vec![make]) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(fail("making")(error)),
        _ => {}
    }
    let index = netlink::link_index(&bridge.name).map_err(fail("finding"))?;
    let mut requests: Vec<Request> = bridge.addresses.iter().map(|net| address(index, net, REPLACE)).collect();
    requests.push(Request::new(RTM_NEWLINK, ACK, &link(index, UP, UP)).attr(IFLA_MTU, &bridge.mtu.to_ne_bytes()));
    if !bridge.addresses.iter().any(|net| net.addr().is_ipv6()) {
        sysctl(&format!("net/ipv6/conf/{}/disable_ipv6", bridge.name), "1");
    }
    sysctl(&format!("net/ipv6/conf/{}/accept_ra", bridge.name), "0");
    if bridge.route_localnet {
        sysctl(&format!("net/ipv4/conf/{}/route_localnet", bridge.name), "1");
    }
    socket.transact(requests).map_err(fail("setting up"))
}

/// A kernel parameter that a kernel without IPv6 may lack.
fn sysctl(path: &str, value: &str) {
    if let Err(error) = std::fs::write(Path::new("/proc/sys").join(path), value)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(path, %error, "setting a kernel parameter");
    }
}

pub(crate) fn set_forwarding() -> Result<()> {
    let path = "/proc/sys/net/ipv4/ip_forward";
    let on = std::fs::read_to_string(path).is_ok_and(|text| text.trim() == "1");
    if on {
        return Ok(());
    }
    std::fs::write(path, "1").map_err(Error::kernel("turning IPv4 forwarding on"))
}

pub(crate) fn delete(name: &str) -> Result<()> {
    let Ok(index) = netlink::link_index(name) else { return Ok(()) };
    let mut socket = Socket::open(netlink::ROUTE).map_err(Error::kernel("asking for a link"))?;
    match socket.transact(vec![Request::new(RTM_DELLINK, ACK, &link(index, 0, 0))]) {
        Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(()),
        other => other.map_err(Error::kernel(format!("removing the link {name}"))),
    }
}

/// The number of the first link in a new namespace. 1 is loopback.
pub(crate) const FIRST_INDEX: u32 = 2;

/// Makes the pair of links: one request in the host's namespace, and one message in the container's. The kernel numbers
/// links of a namespace in the order in which they come, and never takes a number again: the caller knows `index` where
/// it has made all links before, and otherwise the kernel is asked.
pub(crate) fn connect(
    namespace: std::os::fd::BorrowedFd<'_>,
    inside: &mut Socket,
    endpoint: &EndpointSpec,
    index: Option<u32>,
) -> Result<()> {
    use std::os::fd::AsRawFd;
    let fail = |what: &str| Error::kernel(format!("{what} {} of {}", endpoint.interface, endpoint.host_link));
    let bridge = netlink::link_index(&endpoint.bridge)
        .map_err(Error::kernel(format!("finding the bridge {}", endpoint.bridge)))?;
    let mtu = endpoint.mtu.to_ne_bytes();
    let peer = Attributes::new()
        .raw(&link(0, 0, 0))
        .text(IFLA_IFNAME, &endpoint.interface)
        .attr(IFLA_ADDRESS, &endpoint.mac)
        .attr(IFLA_MTU, &mtu)
        .attr(IFLA_NET_NS_FD, &namespace.as_raw_fd().to_ne_bytes());
    let pair = Request::new(RTM_NEWLINK, ACK | CREATE | EXCLUSIVE, &link(0, UP, UP))
        .text(IFLA_IFNAME, &endpoint.host_link)
        .attr(IFLA_MTU, &mtu)
        .attr(IFLA_MASTER, &bridge.to_ne_bytes())
        .nest(
            IFLA_LINKINFO,
            Attributes::new().text(INFO_KIND, "veth").nest(INFO_DATA, Attributes::new().nest(VETH_INFO_PEER, peer)),
        );
    let mut host = Socket::open(netlink::ROUTE).map_err(fail("asking for"))?;
    host.transact(vec![pair]).map_err(fail("making"))?;
    let mut set_up = || {
        let index = index.map_or_else(|| netlink::link_index_in(namespace, &endpoint.interface), Ok)?;
        let mut requests: Vec<Request> = endpoint.addresses.iter().map(|net| address(index, net, EXCLUSIVE)).collect();
        requests.push(Request::new(RTM_NEWLINK, ACK, &link(index, UP, UP)));
        requests.extend(endpoint.gateways.iter().map(|gateway| default_route(index, *gateway)));
        inside.transact(requests)
    };
    set_up().map_err(|error| {
        let _ = delete(&endpoint.host_link);
        fail("setting up")(error)
    })
}

/// Brings loopback up.
pub(crate) fn loopback_up(inside: &mut Socket) -> std::io::Result<()> {
    inside.transact(vec![Request::new(RTM_NEWLINK, ACK, &link(1, UP, UP))])
}

/// Networks that the host has a route to, from /proc/net/route: its second column is the destination and its eighth
/// the mask, both in the processor's byte order.
pub(crate) fn host_networks() -> Vec<Ipv4Net> {
    let text = std::fs::read_to_string("/proc/net/route").unwrap_or_default();
    text.lines()
        .skip(1)
        .filter_map(|line| {
            let mut columns = line.split_ascii_whitespace();
            let number = |text: Option<&str>| u32::from_str_radix(text?, 16).ok().map(u32::from_be);
            let destination = number(columns.nth(1))?;
            let mask = number(columns.nth(5))?;
            let prefix = u8::try_from(mask.count_ones()).ok()?;
            (prefix > 0).then(|| Ipv4Net::new(Ipv4Addr::from(destination), prefix).ok()).flatten()
        })
        .collect()
}
