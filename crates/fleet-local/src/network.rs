//! The networks of an environment: one for copies of a single container, one for each copy of several, whose services
//! find each other by name. No environment reaches another's.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use beanstalk::EnvironmentId;
use beanstalk::fleet::{Failure, Wish};
use engine::Engine;
use engine::network::ops::{NetworkRequest, PoolRequest};
use ipnet::{IpNet, Ipv4Net};

use crate::parcel::Parcel;
use crate::{CopyId, Local, labels};

/// Where the networks of environments take their addresses: beside those that the engine gives to networks by itself.
const POOL: Ipv4Net = match Ipv4Net::new(Ipv4Addr::new(100, 96, 0, 0), 11) {
    Ok(net) => net,
    Err(_) => panic!("a prefix of 11 bits"),
};
/// Addresses of the network of an environment: instances, twice while one release follows another.
pub(crate) const SHARED: u8 = 22;
/// Addresses of the network of a copy: its services.
const OWN: u8 = 26;

fn name(environment: &EnvironmentId, copy: Option<&CopyId>) -> String {
    match copy {
        Some((instance, release)) => format!("beanstalk-{}-{}-{release}", environment.suffix(), instance.as_str()),
        None => format!("beanstalk-{}", environment.suffix()),
    }
}

/// A few subnets of this size that overlap none of those. Where the search begins is made of the network's name: two
/// daemons that look at the same moment don't take the same one.
fn free(prefix: u8, taken: &[Ipv4Net], name: &str) -> Vec<Ipv4Net> {
    let Ok(all) = POOL.subnets(prefix) else { return Vec::new() };
    let count = 1_usize << (prefix - POOL.prefix_len());
    let begin = name.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into())) % count;
    let overlaps =
        |net: &Ipv4Net| taken.iter().any(|other| other.contains(&net.network()) || net.contains(&other.network()));
    all.skip(begin).chain(all.take(begin)).filter(|net| !overlaps(net)).take(8).collect()
}

/// Makes a network with addresses that nothing on the host has, of which containers get those of a range.
pub(crate) async fn make(
    engine: &Engine,
    name: &str,
    prefix: u8,
    labels: BTreeMap<String, String>,
    range: fn(Ipv4Net) -> Option<Ipv4Net>,
) -> Result<(), Failure> {
    let mut last = String::from("no subnet is free");
    for subnet in free_subnets(engine, prefix, name).await {
        let range = range(subnet).map(IpNet::V4);
        let pool = PoolRequest { subnet: Some(IpNet::V4(subnet)), range, ..PoolRequest::default() };
        let request = NetworkRequest {
            name: name.to_owned(),
            pools: vec![pool],
            labels: labels.clone(),
            ..NetworkRequest::default()
        };
        match engine.create_network(request).await {
            Ok(_) => return Ok(()),
            // Something on the host has these addresses: the next ones may be free.
            Err(error) => last = error.to_string(),
        }
    }
    Err(Failure::new("Making the network", last))
}

/// A few subnets of this size that nothing on the host has.
async fn free_subnets(engine: &Engine, prefix: u8, name: &str) -> Vec<Ipv4Net> {
    let host = engine.host_networks().await;
    let snapshot = engine.snapshot();
    let pools = snapshot.networks.values().flat_map(|network| network.pools.iter());
    let own = pools.filter_map(|pool| match pool.subnet {
        IpNet::V4(net) => Some(net),
        IpNet::V6(_) => None,
    });
    let taken: Vec<Ipv4Net> = own.chain(host).collect();
    free(prefix, &taken, name)
}

impl Local {
    /// The network that a copy's containers are in, made if it is missing.
    pub(crate) async fn network(
        &self,
        environment: &EnvironmentId,
        copy: &CopyId,
        parcel: &Parcel,
    ) -> Result<String, Failure> {
        let own = parcel.services.len() > 1;
        let name = name(environment, own.then_some(copy));
        // One that is being made has a record before it has a bridge and a guard.
        let _one = self.0.networks.lock().await;
        if self.engine().snapshot().network(&name).is_ok() {
            return Ok(name);
        }
        let mut labels = BTreeMap::from([(labels::ENVIRONMENT.to_owned(), environment.to_string())]);
        if own {
            labels.insert(labels::INSTANCE.to_owned(), copy.0.to_string());
            labels.insert(labels::RELEASE.to_owned(), copy.1.to_string());
        }
        make(self.engine(), &name, if own { OWN } else { SHARED }, labels, |_| None).await?;
        // Its containers start only when it is guarded.
        self.write_guards().await?;
        Ok(name)
    }

    /// Removes the networks of copies that are neither there nor wished: one may have been in use by a task when its
    /// copy went.
    pub(crate) async fn remove_left_networks(&self, wish: &Wish) {
        let there = self.containers(&wish.environment);
        let is_wished = |copy: &CopyId| wish.copies.iter().any(|one| (&one.instance, one.release) == (&copy.0, copy.1));
        for network in self.engine().snapshot().networks.values() {
            let Some((environment, copy)) = labels::copy(&network.labels) else { continue };
            if environment == wish.environment
                && !is_wished(&copy)
                && !there.contains_key(&copy)
                && let Err(failure) = self.remove_networks(&environment, Some(&copy)).await
            {
                tracing::debug!(%failure, "a network of a copy stays for now");
            }
        }
    }

    /// The networks that are an environment's, or a copy's.
    pub(crate) async fn remove_networks(
        &self,
        environment: &EnvironmentId,
        copy: Option<&CopyId>,
    ) -> Result<(), Failure> {
        let snapshot = self.engine().snapshot();
        let is_of = |labels: &BTreeMap<String, String>| {
            labels::is_of(labels, environment)
                && copy.is_none_or(|copy| labels::copy(labels).is_some_and(|(_, of)| of == *copy))
        };
        for network in snapshot.networks.values().filter(|network| is_of(&network.labels)) {
            self.engine()
                .remove_network(&network.name)
                .await
                .map_err(|error| Failure::new("Removing the network", error.to_string()))?;
        }
        self.write_guards().await
    }
}

/// The first address that a container has.
pub(crate) fn any_address(container: &engine::Container) -> Option<IpAddr> {
    container.endpoints.values().find_map(|endpoint| endpoint.addresses().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subnets_are_free_wherever_the_search_begins() {
        let of = |name: &str, taken: &[Ipv4Net]| free(SHARED, taken, name);
        let (one, other) = (of("beanstalk-aaaaaaaaaa", &[]), of("beanstalk-aaaaaaaaab", &[]));
        assert_eq!((one.len(), other.len()), (8, 8));
        assert_ne!(one[0], other[0]);
        // What is taken is passed over, whether it is larger or smaller.
        let larger = one[0].supernet().unwrap();
        let smaller = Ipv4Net::new(one[2].hosts().last().unwrap(), 26).unwrap();
        let left = of("beanstalk-aaaaaaaaaa", &[larger, smaller]);
        assert!(left.iter().all(|net| !larger.contains(net) && !net.contains(&smaller)));
        assert_eq!(of("x", &[POOL]), []);
        // The whole pool can be used up.
        let all: Vec<Ipv4Net> = POOL.subnets(SHARED).unwrap().collect();
        assert_eq!(of("x", &all[1..]), all[..1]);
    }
}
