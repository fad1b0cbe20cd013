//! The host names by which environments are found: what the name server says, and what `dabba eb hosts` writes down.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use aws_api::elasticbeanstalk::extension::{HostName, HostNames};
use beanstalk::Beanstalk;
use dns::{Question, Reply};
use route53::{Environments, Route53};

/// The environments' own names and those that hosted zones give them.
#[derive(Clone)]
pub(super) struct Names {
    pub(super) service: Beanstalk,
    pub(super) zones: Route53,
    /// Where the balancer is reached.
    pub(super) addresses: Vec<IpAddr>,
}

/// Where the balancer is reached that listens there: on all addresses means on this host's own, too.
pub(super) fn reached(listens: &[SocketAddr]) -> Vec<IpAddr> {
    let reached = listens.iter().map(|address| match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        address => address,
    });
    reached.collect::<BTreeSet<_>>().into_iter().collect()
}

impl Names {
    fn environments(&self) -> Environments {
        let state = self.service.state();
        let living = state.environments.values().filter(|environment| !environment.life.is_terminated());
        let hosts = living.filter_map(|environment| self.service.host(environment)).collect();
        Environments { suffix: self.service.config().suffix.clone(), addresses: self.addresses.clone(), hosts }
    }
}

impl network::Zones for Names {
    fn reply(&self, question: &Question) -> Reply {
        route53::reply(question, &self.zones.state(), &self.environments())
    }
}

impl HostNames for Names {
    fn all(&self) -> Vec<HostName> {
        let (environments, zones) = (self.environments(), self.zones.state());
        let aliases = environments.hosts.iter().flat_map(|host| zones.aliases_of(host));
        // A wildcard is no name that a file of hosts could have.
        let aliases = aliases.map(|name| name.to_string()).filter(|name| !name.starts_with('*'));
        let all: BTreeSet<String> = environments.hosts.iter().cloned().chain(aliases).collect();
        all.into_iter().map(|name| HostName { name, addresses: self.addresses.clone() }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_balancer_on_all_addresses_is_reached_on_loopback() {
        let listens = ["0.0.0.0:80", "127.0.0.1:81", "[::]:80", "10.0.0.1:80"].map(|text| text.parse().unwrap());
        let all: Vec<String> = reached(&listens).iter().map(IpAddr::to_string).collect();
        assert_eq!(all, ["10.0.0.1", "127.0.0.1", "::1"]);
    }
}
