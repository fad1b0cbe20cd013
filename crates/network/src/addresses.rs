//! Which address comes next. Pure.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

/// The first free address of a pool: within `range` of `subnet`, never the network's or the broadcast address.
pub fn next(subnet: Ipv4Net, range: Option<Ipv4Net>, taken: &BTreeSet<Ipv4Addr>) -> Option<Ipv4Addr> {
    let range = range.unwrap_or(subnet);
    let (first, last) = (u32::from(range.network()), u32::from(range.broadcast()));
    (first..=last).map(Ipv4Addr::from).find(|address| usable(subnet, *address) && !taken.contains(address))
}

/// Whether an address may be given to somebody in this subnet.
pub fn usable(subnet: Ipv4Net, address: Ipv4Addr) -> bool {
    subnet.contains(&address)
        && (subnet.prefix_len() >= 31 || (address != subnet.network() && address != subnet.broadcast()))
}

/// The pools that Docker gives to networks which name no subnet.
pub fn default_pools() -> Vec<(Ipv4Net, u8)> {
    let pool = |a, b, base, size| Ipv4Net::new(Ipv4Addr::new(a, b, 0, 0), base).ok().map(|net| (net, size));
    (17..=31).filter_map(|b| pool(172, b, 16, 16)).chain(pool(192, 168, 16, 20)).collect()
}

/// The first subnet of the pools that overlaps nothing.
pub fn free_subnet(pools: &[(Ipv4Net, u8)], taken: &[Ipv4Net]) -> Option<Ipv4Net> {
    let overlaps = |net: &Ipv4Net| taken.iter().any(|other| other.contains(net) || net.contains(other));
    pools.iter().filter_map(|(base, size)| base.subnets(*size).ok()).flatten().find(|net| !overlaps(net))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_in_order_and_run_out() {
        let subnet: Ipv4Net = "10.0.0.0/29".parse().unwrap();
        let mut taken = BTreeSet::new();
        let mut given = Vec::new();
        while let Some(address) = next(subnet, None, &taken) {
            taken.insert(address);
            given.push(address.octets()[3]);
        }
        assert_eq!(given, [1, 2, 3, 4, 5, 6]);
        let range = "10.0.0.4/30".parse().ok();
        assert_eq!(next(subnet, range, &BTreeSet::new()), Some(Ipv4Addr::new(10, 0, 0, 4)));
    }

    #[test]
    fn subnets_do_not_overlap() {
        let pools = default_pools();
        assert_eq!(free_subnet(&pools, &[]).unwrap().to_string(), "172.17.0.0/16");
        let taken = ["172.16.0.0/12".parse().unwrap(), "192.168.3.0/24".parse().unwrap()];
        assert_eq!(free_subnet(&pools, &taken).unwrap().to_string(), "192.168.16.0/20");
        assert_eq!(free_subnet(&pools, &["0.0.0.0/0".parse().unwrap()]), None);
    }
}
