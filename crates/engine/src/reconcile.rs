//! Bringing the world in line with the record, when the daemon starts.
//!
//! The same whether it was stopped, killed at any line, or the host lost power: for every container the shim is
//! asked, and what the answer means is decided by the same code as while the daemon runs. What belongs to no record
//! is swept.

use std::collections::BTreeSet;
use std::sync::Arc;

use ipnet::IpNet;
use network::HostLink;
use supervisor::{ExitRecord, Reconnected};
use words::{ContainerId, NetworkId, Timestamp};

use crate::container::spec::RestartPolicy;
use crate::container::state::State;
use crate::container::{Container, remove_task};
use crate::error::Result;
use crate::ledger::Draft;
use crate::network::ops::{PoolRequest, decide_pool};
use crate::network::{Driver, Network};
use crate::{Engine, Snapshot};

impl Engine {
    pub(crate) async fn reconcile(&self) -> Result<()> {
        self.predefined_networks().await?;
        for network in self.snapshot().networks.values() {
            self.raise(network).await?;
        }
        for container in self.snapshot().containers.values() {
            self.reconcile_container(container).await?;
        }
        self.apply_firewall().await?;
        self.sweep().await;
        Ok(())
    }

    /// The other end of [`Engine::open`]: steps of builds end, containers go on, and if there are none, nothing of ours
    /// stays in the host's network. Nothing is started any more.
    pub async fn close(&self) {
        self.end_steps().await;
        let snapshot = self.snapshot();
        if !snapshot.containers.values().any(|container| container.state.is_running()) {
            self.leave_network(&snapshot).await;
        }
        self.0.supervisor.close().await;
    }

    async fn leave_network(&self, snapshot: &Snapshot) {
        let own = snapshot.networks.values().filter_map(|network| network.own_bridge());
        let bridges: Vec<String> = own.map(str::to_owned).collect();
        let mechanism = self.0.network.clone();
        let closed = crate::blocking(move || {
            for bridge in &bridges {
                if let Err(error) = mechanism.bridge_down(bridge) {
                    tracing::warn!(bridge, %error, "taking a bridge down");
                }
            }
            if let Err(error) = mechanism.remove_firewall() {
                tracing::warn!(%error, "removing the firewall's table");
            }
            Ok(())
        });
        if let Err(error) = closed.await {
            tracing::warn!(%error, "clearing the host's network");
        }
    }

    /// `bridge`, `host` and `none` are always there; the bridge follows the configuration.
    async fn predefined_networks(&self) -> Result<()> {
        let config = self.config().bridge.clone();
        let pools = self.config().address_pools.clone();
        let host = self.host_networks().await;
        let existing = self.snapshot().networks.values().find(|network| network.name == "bridge").cloned();
        let used: Vec<_> = self
            .snapshot()
            .networks
            .values()
            .filter(|network| network.name != "bridge")
            .filter_map(|network| crate::network::addresses::ipv4_pool(network).map(|(_, subnet)| subnet))
            .collect();
        let pool = match (&config.address, existing.as_ref().and_then(|network| network.pools.first().cloned())) {
            // Without an address of its own it keeps the one it found.
            (None, Some(pool)) => pool,
            (address, _) => {
                let wanted = PoolRequest {
                    subnet: address.map(|net| IpNet::V4(net.trunc())),
                    gateway: address.map(|net| net.addr().into()),
                    range: config.fixed_cidr.map(IpNet::V4),
                    reserved: Default::default(),
                };
                decide_pool(wanted, &pools, &used, &host)?
            }
        };
        let icc = self.config().icc;
        let adopted = match existing.as_ref().filter(|network| network.bridge == config.name) {
            Some(known) => known.adopted,
            None => self.host_link(&config.name).await? == Some(HostLink::Bridge),
        };
        let committed = self.ledger().commit(move |draft| {
            if existing.is_some() {
                // The daemon must come up on a full disk.
                draft.essential();
            }
            for (name, driver) in [("host", Driver::Host), ("none", Driver::Null)] {
                if !draft.networks.values().any(|network| network.name == name) {
                    draft.put(predefined(name, driver))?;
                }
            }
            let mut bridge =
                existing.map_or_else(|| predefined("bridge", Driver::Bridge), |network| Network::clone(&network));
            bridge.pools = vec![pool];
            bridge.bridge.clone_from(&config.name);
            bridge.adopted = adopted;
            bridge.options = [
                ("com.docker.network.bridge.default_bridge", "true".to_owned()),
                ("com.docker.network.bridge.enable_icc", icc.to_string()),
                ("com.docker.network.bridge.enable_ip_masquerade", "true".to_owned()),
                ("com.docker.network.bridge.host_binding_ipv4", "0.0.0.0".to_owned()),
                ("com.docker.network.bridge.name", config.name.clone()),
                ("com.docker.network.driver.mtu", if config.mtu == 0 { 1500 } else { config.mtu }.to_string()),
            ]
            .map(|(key, value)| (key.to_owned(), value))
            .into();
            draft.put(bridge).map(drop)
        });
        committed.await
    }

    async fn reconcile_container(&self, container: &Arc<Container>) -> Result<()> {
        let id = &container.id;
        let found = self.0.supervisor.reconnect(id, &self.task_dir(id)).await;
        let found = found.unwrap_or_else(|error| {
            tracing::warn!(container = %id, %error, "asking a shim");
            Reconnected::Gone
        });
        match (&container.state, found) {
            (State::Running { .. }, Reconnected::Running(task, _, held)) => {
                self.live(id).set_task(Some(task));
                if let Err(error) = self.resume_network(container, held) {
                    tracing::warn!(container = %id, %error, "resuming a container's network");
                }
                self.plug_missing(container).await;
                if !container.state.is_paused() {
                    self.watch_health(id, true);
                }
            }
            (State::Running { .. }, Reconnected::Exited(record)) => {
                self.settle_exit(id, &record, String::new()).await?;
            }
            (State::Running { .. }, Reconnected::Gone) => {
                self.kill_leftovers(container).await;
                let record = ExitRecord { code: 255, oom: false, at: Timestamp::now() };
                self.settle_exit(id, &record, "the container was lost while no daemon was there".into()).await?;
                self.start_at_boot(id).await;
            }
            (State::Starting { .. }, found) => {
                // Never acknowledged: it is as if it had not been asked.
                drop(found);
                self.kill_leftovers(container).await;
                self.disconnect_all(container).await;
                let wanted = id.clone();
                self.ledger().commit(move |draft| decide_not_started(draft, &wanted)).await?;
                self.remove_task_dir(id).await;
            }
            (State::Restarting { due, .. }, _) => {
                self.remove_task_dir(id).await;
                self.schedule_restart(id.clone(), due.since(Timestamp::now()));
            }
            (State::Created { .. } | State::Exited(_), found) => {
                if !matches!(found, Reconnected::Gone) {
                    drop(found);
                    self.kill_leftovers(container).await;
                    self.remove_task_dir(id).await;
                }
                self.start_at_boot(id).await;
            }
        }
        Ok(())
    }

    /// A policy of `always` starts a container with the daemon, `unless-stopped` unless somebody stopped it.
    async fn start_at_boot(&self, id: &ContainerId) {
        let Some(container) = self.snapshot().containers.get(id).cloned() else { return };
        let wanted = match (container.spec.host.restart, &container.state) {
            (RestartPolicy::Always, State::Exited(_)) => true,
            (RestartPolicy::UnlessStopped, State::Exited(exit)) => !exit.requested,
            _ => false,
        };
        if wanted {
            let (engine, id) = (self.clone(), id.clone());
            tokio::spawn(async move {
                if let Err(error) = engine.start(id.as_str()).await {
                    tracing::warn!(container = %id, %error, "starting a container with the daemon");
                }
            });
        }
    }

    /// Processes and cgroups that a lost shim left behind.
    pub(crate) async fn kill_leftovers(&self, container: &Container) {
        let cgroup = self.0.host.cgroup(&self.cgroup_path(container));
        let foreign = self.foreign_container(container);
        let swept = crate::blocking(move || {
            if !cgroup.exists() {
                return Ok(());
            }
            let killed = cgroup.kill_all();
            if let Some(foreign) = foreign {
                foreign.delete();
            }
            killed.and_then(|()| cgroup.remove()).map_err(std::io::Error::other)
        });
        if let Err(error) = swept.await {
            tracing::error!(container = %container.id, %error, "killing leftovers");
        }
    }

    /// Removes snapshots, directories and tasks that belong to no record.
    async fn sweep(&self) {
        let known: BTreeSet<String> = self.snapshot().containers.keys().map(|id| id.as_str().to_owned()).collect();
        let volumes: BTreeSet<String> = self.snapshot().volumes.keys().cloned().collect();
        let (keep, data_root) = (known.clone(), self.config().data_root.clone());
        let tasks = self.config().exec_root.join("containers");
        for id in names_in(&tasks).into_iter().filter(|name| !known.contains(name)) {
            if let Ok(id) = id.parse::<ContainerId>() {
                let cgroup = self.0.host.cgroup(&format!("/{}/{id}", self.config().cgroup_parent.trim_matches('/')));
                let killed = crate::blocking(move || {
                    cgroup.kill_all().and_then(|()| cgroup.remove()).map_err(std::io::Error::other)
                });
                if let Err(error) = killed.await {
                    tracing::warn!(container = %id, %error, "killing a container without a record");
                }
            }
            let dir = tasks.join(&id);
            if let Err(error) = crate::blocking(move || remove_task(&dir)).await {
                tracing::warn!(task = id, %error, "removing a task without a record");
            }
        }
        let swept = self.with_images(move |images| {
            for key in images.snapshots().into_iter().filter(|key| !keep.contains(key)) {
                images.remove_snapshot(&key)?;
            }
            for (folder, keep) in [("containers", &keep), ("volumes", &volumes)] {
                let folder = data_root.join(folder);
                for name in names_in(&folder).into_iter().filter(|name| !keep.contains(name)) {
                    let _ = sys::remove::path(&folder.join(name));
                }
            }
            Ok(())
        });
        if let Err(error) = swept.await {
            tracing::warn!(%error, "sweeping");
        }
        if let Err(error) = self.collect().await {
            tracing::warn!(%error, "forgetting content that belongs to no image");
        }
    }
}

fn names_in(folder: &std::path::Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

fn predefined(name: &str, driver: Driver) -> Network {
    Network {
        id: NetworkId::random(),
        name: name.into(),
        created: Timestamp::now(),
        driver,
        internal: false,
        attachable: false,
        ipv6: false,
        pools: Vec::new(),
        ipam_options: Default::default(),
        options: Default::default(),
        labels: Default::default(),
        bridge: String::new(),
        adopted: false,
    }
}

fn decide_not_started(draft: &mut Draft<'_>, id: &ContainerId) -> Result<()> {
    draft.essential();
    let mut container = Container::clone(&*draft.container(id.as_str())?);
    container.disconnect();
    if let State::Starting { before } = container.state {
        container.state = *before;
    }
    draft.put(container).map(drop)
}
