//! What security groups say becomes rules of the kernel, and what the balancer lets in.
//!
//! The ports of an environment's own are guarded by the kernel. Those that all share cannot be: there it is the host's name that
//! says which environment is meant, which the balancer reads; so the balancer refuses by the same rules, with 403, on
//! all of them.

use std::collections::BTreeSet;
use std::net::IpAddr;

use beanstalk::EnvironmentId;
use beanstalk::fleet::Failure;
use beanstalk::security_group::{Admission, Gate, Passage};
use ipnet::{IpNet, Ipv4Net};
use network::{GuardedBridge, GuardedPort, Guards};

use crate::{Local, labels};

fn v4(nets: impl IntoIterator<Item = IpNet>) -> Vec<Ipv4Net> {
    let only = nets.into_iter().filter_map(|net| match net {
        IpNet::V4(net) => Some(net),
        IpNet::V6(_) => None,
    });
    only.collect()
}

impl Local {
    /// Does what the gates of all environments say.
    pub(crate) async fn set_gates(&self, gates: Vec<Gate>) -> Result<(), Failure> {
        let changed = self.gates(|known| {
            let changed = *known != gates;
            *known = gates;
            changed
        });
        self.write_guards().await?;
        // Environments that come later are told to the balancer with their routes.
        if changed {
            // What is wrong with a listener is told when its environment is done, not here.
            self.route().await?;
        }
        Ok(())
    }

    /// Has the kernel guard ports and bridges, of those networks that are there now.
    pub(crate) async fn write_guards(&self) -> Result<(), Failure> {
        let _one = self.0.guarding.lock().await;
        let mut guards = Guards::default();
        let address = match self.0.config.address {
            IpAddr::V4(address) => Some(address).filter(|address| !address.is_unspecified()),
            IpAddr::V6(_) => None,
        };
        for gate in self.gates(|known| known.clone()) {
            for entrance in gate.entrances.iter().filter(|entrance| !entrance.admission.is_open()) {
                let sources = v4(self.nets(&entrance.admission));
                guards.ports.push(GuardedPort { address, port: entrance.port, sources });
            }
            if let Some(egress) = &gate.egress {
                let allowed: Vec<network::Passage> = egress.iter().filter_map(passage).collect();
                let own = self.networks_of(&gate.environment).into_iter().map(|(bridge, _)| bridge);
                guards.bridges.extend(own.map(|bridge| GuardedBridge { bridge, allowed: allowed.clone() }));
            }
        }
        guards.ports.sort();
        guards.bridges.sort();
        let written = self.engine().guard(guards).await;
        written.map_err(|error| Failure::new("Setting up the security groups", error.to_string()))
    }

    /// Whom the balancer lets in to a listener of an environment; everybody if nothing.
    pub(crate) fn admitted(&self, environment: &EnvironmentId, listener: u16) -> Option<Vec<IpNet>> {
        let admission = self.gates(|known| {
            let gate = known.iter().find(|gate| gate.environment == *environment)?;
            let entrance = gate.entrances.iter().find(|entrance| entrance.listener == listener)?;
            (!entrance.admission.is_open()).then(|| entrance.admission.clone())
        })?;
        Some(self.nets(&admission).into_iter().collect())
    }

    fn nets(&self, admission: &Admission) -> BTreeSet<IpNet> {
        let members = admission.members.iter().flat_map(|member| self.networks_of(member));
        admission.nets.iter().copied().chain(members.flat_map(|(_, nets)| nets)).collect()
    }

    /// The bridges of an environment with their addresses.
    fn networks_of(&self, environment: &EnvironmentId) -> Vec<(String, Vec<IpNet>)> {
        let snapshot = self.engine().snapshot();
        let own = snapshot
            .networks
            .values()
            .filter(|network| labels::is_of(&network.labels, environment) && !network.bridge.is_empty());
        own.map(|network| (network.bridge.clone(), network.pools.iter().map(|pool| pool.subnet).collect())).collect()
    }
}

fn passage(passage: &Passage) -> Option<network::Passage> {
    const WITH_PORTS: [u8; 3] = [6, 17, 132];
    let IpNet::V4(to) = passage.to else { return None };
    // Of ICMP these are type and code: all of it passes.
    let ports = passage.ports.filter(|_| passage.protocol.is_some_and(|protocol| WITH_PORTS.contains(&protocol)));
    Some(network::Passage { to, protocol: passage.protocol, ports })
}
