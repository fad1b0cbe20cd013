//! Which addresses of a network are taken, and the next free ones. Pure.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::{Driver, Network, Pool};
use crate::container::{Container, Endpoint};
use crate::error::{Error, Result};
use crate::ledger::Snapshot;

/// IPv4 addresses of a network that somebody has.
fn taken(snapshot: &Snapshot, network: &Network) -> BTreeSet<Ipv4Addr> {
    let all = snapshot.containers.values().chain(snapshot.steps.values());
    let endpoints = all.flat_map(|container| container.endpoints.values());
    let used = endpoints.filter(|endpoint| endpoint.network == network.id).filter_map(|endpoint| endpoint.ipv4);
    let v4 = |address: &IpAddr| match address {
        IpAddr::V4(address) => Some(*address),
        IpAddr::V6(_) => None,
    };
    let reserved = network.pools.iter().flat_map(|pool| pool.reserved.values().chain([&pool.gateway]).filter_map(v4));
    used.map(|net| net.addr()).chain(reserved).collect()
}

/// Gives every planned endpoint of a container its addresses and names.
pub(crate) fn assign(snapshot: &Snapshot, container: &mut Container) -> Result<()> {
    use crate::container::spec::NetworkMode;
    if let NetworkMode::Named(name) = &container.spec.host.network
        && container.endpoints.is_empty()
    {
        // It did not exist when the container was created; perhaps it does now.
        let network = snapshot
            .network(name)
            .map_err(|_| Error::NotFound(format!("failed to set up container networking: network {name} not found")))?;
        let config = container.spec.host.endpoints.get(name).cloned().unwrap_or_default();
        container.endpoints.insert(network.name.clone(), Endpoint::planned(network.id.clone(), config));
    }
    let names: Vec<String> = container.endpoints.keys().cloned().collect();
    for (position, name) in names.iter().enumerate() {
        let id = container.id.clone();
        let own_name = container.name.clone();
        let hostname = container.hostname().to_owned();
        let mac = container.spec.host.mac_address.clone();
        let Some(endpoint) = container.endpoints.get_mut(name) else { continue };
        let network =
            snapshot.networks.get(&endpoint.network).cloned().ok_or_else(|| Error::NoSuchNetwork(name.clone()))?;
        connect(snapshot, &network, endpoint, position)?;
        if !mac.is_empty() && endpoint.config.mac_address.is_empty() {
            endpoint.mac = mac;
        }
        endpoint.dns_names = dns_names(&own_name, id.short(), &hostname, endpoint);
    }
    Ok(())
}

/// The names that a container answers to on one network.
fn dns_names(name: &str, id: &str, hostname: &str, endpoint: &Endpoint) -> Vec<String> {
    let mut names = vec![name.to_owned()];
    for other in endpoint.config.aliases.iter().map(String::as_str).chain([id, hostname]) {
        if !names.iter().any(|known| known == other) {
            names.push(other.to_owned());
        }
    }
    names
}

/// Gives one endpoint its addresses.
pub(crate) fn connect(snapshot: &Snapshot, network: &Network, endpoint: &mut Endpoint, position: usize) -> Result<()> {
    if network.driver != Driver::Bridge {
        return Ok(());
    }
    let id = String::from(words::ContainerId::random());
    endpoint.host_link = format!("veth{}", &id[..7]);
    endpoint.interface = format!("eth{position}");
    let Some((pool, subnet)) = ipv4_pool(network) else {
        return Err(Error::Invalid(format!("network {} has no IPv4 subnet", network.name)));
    };
    let taken = taken(snapshot, network);
    let address = match endpoint.config.ipv4 {
        Some(wanted) if !network::addresses::usable(subnet, wanted) => {
            return Err(Error::Invalid(format!("no configured subnet contains IP address {wanted}")));
        }
        Some(wanted) if taken.contains(&wanted) => {
            return Err(Error::Forbidden("Address already in use".into()));
        }
        Some(wanted) => wanted,
        None => {
            let range = match pool.range {
                Some(IpNet::V4(range)) => Some(range),
                _ => None,
            };
            network::addresses::next(subnet, range, &taken).ok_or(network::Error::Exhausted)?
        }
    };
    endpoint.ipv4 = Ipv4Net::new(address, subnet.prefix_len()).ok();
    endpoint.gateway = match pool.gateway {
        IpAddr::V4(gateway) if !network.internal => Some(gateway),
        _ => None,
    };
    endpoint.mac = if endpoint.config.mac_address.is_empty() {
        mac_text(network::mac_of(address))
    } else {
        endpoint.config.mac_address.clone()
    };
    endpoint.id = id;
    Ok(())
}

pub(crate) fn ipv4_pool(network: &Network) -> Option<(&Pool, Ipv4Net)> {
    network.pools.iter().find_map(|pool| match pool.subnet {
        IpNet::V4(subnet) => Some((pool, subnet)),
        IpNet::V6(_) => None,
    })
}

fn mac_text(mac: [u8; 6]) -> String {
    mac.map(|byte| format!("{byte:02x}")).join(":")
}

/// Reads `02:42:ac:11:00:02`.
pub(crate) fn parse_mac(text: &str) -> Result<[u8; 6]> {
    let bytes: Vec<u8> = text
        .split([':', '-'])
        .map(|part| u8::from_str_radix(part, 16))
        .collect::<std::result::Result<_, _>>()
        .unwrap_or_default();
    bytes.try_into().map_err(|_| Error::Invalid(format!("invalid MAC address {text:?}")))
}
