//! nftables over netlink: a batch of requests that takes effect as a whole.
//!
//! Source: the kernel's include/uapi/linux/netfilter/nf_tables.h and nfnetlink.h.

use std::io;
use std::net::Ipv4Addr;

use sys::netlink::{self, APPEND, Attributes, CREATE, Request, Socket};

const SUBSYSTEM: u16 = 10 << 8;
const NEWTABLE: u16 = SUBSYSTEM;
const DELTABLE: u16 = SUBSYSTEM | 2;
const NEWCHAIN: u16 = SUBSYSTEM | 3;
const NEWRULE: u16 = SUBSYSTEM | 6;
const BATCH_BEGIN: u16 = 0x10;
const BATCH_END: u16 = 0x11;
const IPV4: u8 = 2;

/// Registers of 16 bytes.
const REG_1: u32 = 1;
const REG_2: u32 = 2;
const REG_VERDICT: u32 = 0;

/// `struct nfgenmsg`.
fn body(family: u8, resource: u16) -> [u8; 4] {
    let [high, low] = resource.to_be_bytes();
    [family, 0, high, low]
}

/// A transaction upon one table of the IPv4 family.
pub(crate) struct Batch {
    table: String,
    requests: Vec<Request>,
}

/// Where a chain is hooked in.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Hook {
    Prerouting = 0,
    Input = 1,
    Forward = 2,
    Output = 3,
    Postrouting = 4,
}

impl Batch {
    /// Replaces the table: what was in it is gone.
    pub(crate) fn replace(table: &str) -> Self {
        let mut batch = Self::begin(table);
        batch.new_table();
        batch.delete_table();
        batch.new_table();
        batch
    }

    /// Removes the table, whether or not it is there.
    pub(crate) fn remove(table: &str) -> Self {
        let mut batch = Self::begin(table);
        batch.new_table();
        batch.delete_table();
        batch
    }

    fn begin(table: &str) -> Self {
        let requests = vec![Request::new(BATCH_BEGIN, 0, &body(0, 10))];
        Self { table: table.to_owned(), requests }
    }

    fn new_table(&mut self) {
        self.requests.push(Request::new(NEWTABLE, CREATE, &body(IPV4, 0)).text(1, &self.table));
    }

    fn delete_table(&mut self) {
        self.requests.push(Request::new(DELTABLE, 0, &body(IPV4, 0)).text(1, &self.table));
    }

    /// Adds a base chain that accepts what no rule decides.
    pub(crate) fn chain(&mut self, name: &str, kind: &str, hook: Hook, priority: i32) {
        let place =
            Attributes::new().attr(1, &(hook as u32).to_be_bytes()).attr(2, &priority.cast_unsigned().to_be_bytes());
        self.requests.push(
            Request::new(NEWCHAIN, CREATE, &body(IPV4, 0))
                .text(1, &self.table)
                .text(3, name)
                .nest(4, place)
                .text(7, kind),
        );
    }

    /// Adds a rule at the end of a chain.
    pub(crate) fn rule(&mut self, chain: &str, rule: Rule) {
        self.requests.push(
            Request::new(NEWRULE, CREATE | APPEND, &body(IPV4, 0)).text(1, &self.table).text(2, chain).nest(4, rule.0),
        );
    }

    /// Carries the transaction out.
    ///
    /// Only the last request is acknowledged: the kernel answers what it refuses in any case, the answers come in the
    /// order of the requests, and an answer to each of many would not fit into the socket.
    pub(crate) fn commit(mut self, socket: &mut Socket) -> io::Result<()> {
        if let Some(last) = self.requests.last_mut() {
            last.acknowledge();
        }
        self.requests.push(Request::new(BATCH_END, 0, &body(0, 10)));
        socket.transact(self.requests)
    }
}

/// A rule: tests from left to right, then what to do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rule(Attributes);

fn be(value: u32) -> [u8; 4] {
    value.to_be_bytes()
}

fn data(bytes: &[u8]) -> Attributes {
    Attributes::new().attr(1, bytes)
}

/// A link's name as the kernel compares it: 16 bytes.
fn link_name(name: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    let length = name.len().min(15);
    bytes[..length].copy_from_slice(&name.as_bytes()[..length]);
    bytes
}

impl Rule {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    fn expression(self, name: &str, inner: Attributes) -> Self {
        Self(self.0.nest(1, Attributes::new().text(1, name).nest(2, inner)))
    }

    fn compare(self, equal: bool, bytes: &[u8]) -> Self {
        let inner = Attributes::new().attr(1, &be(REG_1)).attr(2, &be(u32::from(!equal))).nest(3, data(bytes));
        self.expression("cmp", inner)
    }

    fn meta(self, key: u32) -> Self {
        self.expression("meta", Attributes::new().attr(2, &be(key)).attr(1, &be(REG_1)))
    }

    /// Packets that come in by this link, or by any other.
    pub(crate) fn iifname(self, name: &str, equal: bool) -> Self {
        self.meta(6).compare(equal, &link_name(name))
    }

    /// Packets that go out by this link, or by any other.
    pub(crate) fn oifname(self, name: &str, equal: bool) -> Self {
        self.meta(7).compare(equal, &link_name(name))
    }

    /// Packets of this transport protocol.
    pub(crate) fn protocol(self, number: u8) -> Self {
        self.meta(16).compare(true, &[number])
    }

    fn payload(self, base: u32, offset: u32, length: u32) -> Self {
        let inner = Attributes::new().attr(1, &be(REG_1)).attr(2, &be(base)).attr(3, &be(offset)).attr(4, &be(length));
        self.expression("payload", inner)
    }

    fn address(self, offset: u32, net: ipnet::Ipv4Net, equal: bool) -> Self {
        let loaded = self.payload(1, offset, 4);
        let masked = if net.prefix_len() == 32 {
            loaded
        } else {
            let inner = Attributes::new()
                .attr(1, &be(REG_1))
                .attr(2, &be(REG_1))
                .attr(3, &be(4))
                .nest(4, data(&net.netmask().octets()))
                .nest(5, data(&[0; 4]));
            loaded.expression("bitwise", inner)
        };
        masked.compare(equal, &net.network().octets())
    }

    /// Packets from this network.
    pub(crate) fn from(self, net: ipnet::Ipv4Net) -> Self {
        self.address(12, net, true)
    }

    /// Packets to this network.
    pub(crate) fn to(self, net: ipnet::Ipv4Net) -> Self {
        self.address(16, net, true)
    }

    /// Packets to this port.
    pub(crate) fn dport(self, port: u16) -> Self {
        self.payload(2, 2, 2).compare(true, &port.to_be_bytes())
    }

    /// Packets to these ports, the first and the last among them.
    pub(crate) fn dports(self, first: u16, last: u16) -> Self {
        const AT_MOST: u32 = 3;
        const AT_LEAST: u32 = 5;
        let bound = |rule: Self, how: u32, port: u16| {
            let inner = Attributes::new().attr(1, &be(REG_1)).attr(2, &be(how)).nest(3, data(&port.to_be_bytes()));
            rule.expression("cmp", inner)
        };
        bound(bound(self.payload(2, 2, 2), AT_LEAST, first), AT_MOST, last)
    }

    /// Packets to an address of this host.
    pub(crate) fn fib_local(self) -> Self {
        // Result: the address's type; of the destination.
        let inner = Attributes::new().attr(1, &be(REG_1)).attr(2, &be(3)).attr(3, &be(2));
        const RTN_LOCAL: u32 = 2;
        self.expression("fib", inner).compare(true, &RTN_LOCAL.to_ne_bytes())
    }

    /// Packets of connections that are established, or related to such.
    pub(crate) fn established(self) -> Self {
        const ESTABLISHED_OR_RELATED: u32 = 2 | 4;
        self.conntrack(0, ESTABLISHED_OR_RELATED)
    }

    /// Packets whose destination was rewritten.
    pub(crate) fn redirected(self) -> Self {
        const DST_NAT: u32 = 1 << 5;
        self.conntrack(2, DST_NAT)
    }

    fn conntrack(self, key: u32, mask: u32) -> Self {
        let inner = Attributes::new()
            .attr(1, &be(REG_1))
            .attr(2, &be(REG_1))
            .attr(3, &be(4))
            .nest(4, data(&mask.to_ne_bytes()))
            .nest(5, data(&[0; 4]));
        self.expression("ct", Attributes::new().attr(2, &be(key)).attr(1, &be(REG_1)))
            .expression("bitwise", inner)
            .compare(false, &[0; 4])
    }

    fn verdict(self, code: u32) -> Self {
        let inner = Attributes::new()
            .attr(1, &be(REG_VERDICT))
            .nest(2, Attributes::new().nest(2, Attributes::new().attr(1, &be(code))));
        self.expression("immediate", inner)
    }

    /// Lets the packet pass this chain.
    pub(crate) fn accept(self) -> Self {
        self.verdict(1)
    }

    /// Drops the packet.
    pub(crate) fn drop(self) -> Self {
        self.verdict(0)
    }

    /// Rewrites the source to the address of the link that the packet leaves by.
    pub(crate) fn masquerade(self) -> Self {
        self.expression("masq", Attributes::new())
    }

    /// Rewrites the destination.
    pub(crate) fn redirect(self, address: Ipv4Addr, port: u16) -> Self {
        let load = |register: u32, bytes: &[u8]| Attributes::new().attr(1, &be(register)).nest(2, data(bytes));
        const DNAT: u32 = 1;
        let inner =
            Attributes::new().attr(1, &be(DNAT)).attr(2, &be(u32::from(IPV4))).attr(3, &be(REG_1)).attr(5, &be(REG_2));
        self.expression("immediate", load(REG_1, &address.octets()))
            .expression("immediate", load(REG_2, &port.to_be_bytes()))
            .expression("nat", inner)
    }
}

/// A socket for transactions in the caller's namespace.
pub(crate) fn socket() -> io::Result<Socket> {
    Socket::open(netlink::NETFILTER)
}
