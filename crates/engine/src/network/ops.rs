//! What is done with networks: `create`, `rm`, `connect`, `disconnect`, and what a start and an exit need.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net};
use network::{
    Bridge, BridgeSpec, EndpointSpec, Firewall, HostLink, NameServer, PortRequest, Proxy, Published, Sandbox,
};
use store::command::unbroken;
use words::{ContainerId, NetworkId, Timestamp};

use super::addresses::{self, parse_mac};
use super::{Driver, Network, Pool};
use crate::Engine;
use crate::container::files::{self, Resolver};
use crate::container::spec::{EndpointConfig, HostPort, NetworkMode, PidMode, Port, Protocol};
use crate::container::{Connected, Container, Endpoint};
use crate::error::{Context, Error, Result};
use crate::event::Kind;
use crate::ledger::{Draft, Snapshot};
use crate::volume::Pruned;

/// What a client asks of a new network.
#[derive(Debug, Clone, Default)]
pub struct NetworkRequest {
    /// Its name.
    pub name: String,
    /// `bridge`, or empty for that.
    pub driver: String,
    /// Nothing outside can be reached.
    pub internal: bool,
    /// Shown by `inspect`.
    pub attachable: bool,
    /// Endpoints get an IPv6 address too.
    pub ipv6: bool,
    /// Subnets; empty for a free one.
    pub pools: Vec<PoolRequest>,
    /// Options of address management.
    pub ipam_options: BTreeMap<String, String>,
    /// Driver options.
    pub options: BTreeMap<String, String>,
    /// Free-form labels.
    pub labels: BTreeMap<String, String>,
}

/// What a client asks of one address pool.
#[derive(Debug, Clone, Default)]
pub struct PoolRequest {
    /// The subnet; `None` for a free one.
    pub subnet: Option<IpNet>,
    /// Take addresses from this part only.
    pub range: Option<IpNet>,
    /// The bridge's own address; `None` for the first.
    pub gateway: Option<IpAddr>,
    /// Addresses that are used by others.
    pub reserved: BTreeMap<String, IpAddr>,
}

/// A network is being made as long as this is there.
struct Making<'a>(&'a Engine, &'a NetworkId);

impl<'a> Making<'a> {
    fn begin(engine: &'a Engine, id: &'a NetworkId) -> Self {
        engine.0.making.send_modify(|making| making.extend([id.clone()]));
        Self(engine, id)
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        self.0.0.making.send_modify(|making| making.retain(|id| id != self.1));
    }
}

/// The option that names a network's bridge.
const BRIDGE_NAME: &str = "com.docker.network.bridge.name";

/// Whether the kernel takes it for a link (`dev_valid_name`, net/core/dev.c, Linux 6.18).
fn is_link_name(name: &str) -> bool {
    let bad = |byte: u8| byte == b'/' || byte == b':' || byte.is_ascii_whitespace() || byte == 0x0b;
    (1..=15).contains(&name.len()) && !matches!(name, "." | "..") && !name.bytes().any(bad)
}

/// Largest packet of a bridge without a setting of its own.
const MTU: u32 = 1500;

impl Engine {
    /// Makes a network.
    pub async fn create_network(&self, request: NetworkRequest) -> Result<NetworkId> {
        let engine = self.clone();
        unbroken(async move {
            let _pools = engine.0.network_pools.lock().await;
            let host = engine.host_networks().await;
            let pools = engine.config().address_pools.clone();
            let bridge = match request.options.get(BRIDGE_NAME).filter(|name| is_link_name(name)) {
                Some(name) => engine.host_link(name).await?,
                None => None,
            };
            let id = NetworkId::random();
            let _making = Making::begin(&engine, &id);
            let new = id.clone();
            let network =
                engine.ledger().commit(move |draft| decide_create(draft, new, request, &pools, &host, bridge)).await?;
            if let Err(error) = engine.raise(&network).await {
                let gone = id.clone();
                let taken_back = engine.ledger().commit(move |draft| {
                    draft.remove::<Network>(&gone);
                    Ok(())
                });
                taken_back.await?;
                // What is left of it is no more than what raising it left; why it was not raised is told.
                let _ = engine.lower(&network).await;
                return Err(error);
            }
            engine.tell(
                Kind::Network,
                "create",
                network.id.as_str(),
                [("name", network.name.clone()), ("type", "bridge".into())],
            );
            Ok(network.id.clone())
        })
        .await
    }

    /// Waits for the networks of a container that are being made.
    async fn networks_made(&self, container: &Container) {
        let mut making = self.0.making.subscribe();
        let made = |making: &BTreeSet<NetworkId>| {
            !container.endpoints.values().any(|endpoint| making.contains(&endpoint.network))
        };
        // The other end is the engine's own, which is here.
        let _ = making.wait_for(made).await;
    }

    /// What the host has under a link's name.
    pub(crate) async fn host_link(&self, name: &str) -> Result<Option<HostLink>> {
        let name = name.to_owned();
        self.with_network("looking for a link", move |network| network.host_link(&name)).await
    }

    /// Does with the mechanism what blocks.
    async fn with_network<T: Send + 'static>(
        &self,
        what: &str,
        work: impl FnOnce(&network::Network) -> network::Result<T> + Send + 'static,
    ) -> Result<T> {
        let network = self.0.network.clone();
        let done = crate::blocking(move || Ok(work(&network))).await;
        Ok(done.map_err(|source| Error::Io { what: what.into(), source })??)
    }

    /// The networks that the host has addresses in.
    pub async fn host_networks(&self) -> Vec<Ipv4Net> {
        let network = self.0.network.clone();
        crate::blocking(move || Ok(network.host_addresses())).await.unwrap_or_default()
    }

    /// Brings a network's bridge and the firewall in line with its record.
    pub(crate) async fn raise(&self, network: &Network) -> Result<()> {
        if let Some(spec) = bridge_spec(network) {
            self.with_network("raising a bridge", move |network| network.bridge_up(&spec)).await?;
        }
        self.apply_firewall().await
    }

    /// Takes away what the host has of a network whose record is gone.
    async fn lower(&self, network: &Network) -> Result<()> {
        self.apply_firewall().await?;
        let Some(bridge) = network.own_bridge().map(str::to_owned) else { return Ok(()) };
        self.with_network("removing a bridge", move |network| network.bridge_down(&bridge)).await
    }

    /// Writes the firewall that the present state wants.
    pub(crate) async fn apply_firewall(&self) -> Result<()> {
        let engine = self.clone();
        // The state is read on the thread that writes, so that the last writer has the last state.
        let apply = move |network: &network::Network| network.apply(firewall(&engine.snapshot(), engine.config()));
        self.with_network("writing the firewall", apply).await
    }

    /// Guards ports of the host and bridges as is wanted, and none beside.
    ///
    /// # Errors
    /// When the kernel refuses; what was guarded stays so then.
    pub async fn guard(&self, wanted: network::Guards) -> Result<()> {
        self.with_network("writing the rules of groups", move |network| network.guard(wanted)).await
    }

    /// Removes a network that no container is connected to.
    pub async fn remove_network(&self, name: &str) -> Result<()> {
        let network = self.network(name)?;
        let engine = self.clone();
        unbroken(async move {
            let _pools = engine.0.network_pools.lock().await;
            let wanted = network.id.clone();
            engine.ledger().commit(move |draft| decide_remove(draft, &wanted)).await?;
            engine.lower(&network).await?;
            engine.tell(
                Kind::Network,
                "destroy",
                network.id.as_str(),
                [("name", network.name.clone()), ("type", "bridge".into())],
            );
            Ok(())
        })
        .await
    }

    /// Removes the networks that no container is connected to and that `wanted` accepts.
    pub async fn prune_networks(&self, wanted: impl Fn(&Network) -> bool + Send) -> Result<Pruned> {
        let mut pruned = Pruned::default();
        for network in self.snapshot().networks.values().filter(|network| !network.is_predefined() && wanted(network)) {
            if self.remove_network(network.id.as_str()).await.is_ok() {
                pruned.removed.push(network.name.clone());
            }
        }
        Ok(pruned)
    }

    /// The containers that are connected to a network now.
    pub fn connected(&self, network: &NetworkId) -> Vec<(Arc<Container>, Endpoint)> {
        let snapshot = self.snapshot();
        let all = snapshot.containers.values().flat_map(|container| {
            let own =
                container.endpoints.values().find(|endpoint| endpoint.network == *network && !endpoint.id.is_empty());
            own.map(|endpoint| (Arc::clone(container), endpoint.clone()))
        });
        all.collect()
    }

    /// Connects a container to a further network.
    pub async fn connect(&self, network: &str, container: &str, config: EndpointConfig) -> Result<()> {
        let network = self.network(network)?;
        let id = self.container(container)?.id.clone();
        let engine = self.clone();
        unbroken(async move {
            let live = engine.live(&id);
            let _command = live.command.lock().await;
            let (wanted, net) = (id.clone(), Arc::clone(&network));
            let container = engine.ledger().commit(move |draft| decide_connect(draft, &wanted, &net, config)).await?;
            let Some(endpoint) = container.endpoints.get(&network.name).filter(|endpoint| !endpoint.id.is_empty())
            else {
                return Ok(());
            };
            if let Err(error) = engine.plug(&container, &network, endpoint).await {
                let (wanted, name) = (id.clone(), network.name.clone());
                engine.ledger().commit(move |draft| decide_disconnect(draft, &wanted, &name)).await?;
                return Err(error);
            }
            engine.tell_connection("connect", endpoint, &container, &network.name);
            Ok(())
        })
        .await
    }

    /// Connects a running container's namespace.
    async fn plug(&self, container: &Arc<Container>, network: &Network, endpoint: &Endpoint) -> Result<()> {
        self.networks_made(container).await;
        let path = self.namespace_path(container.id.as_str(), "net")?;
        let spec = endpoint_spec(network, endpoint)?;
        let first = container.endpoints.len() == 1;
        let spec = if first { spec } else { EndpointSpec { gateways: Vec::new(), ..spec } };
        let plugged = crate::blocking(move || {
            let namespace = sys::namespace::open(&path)?;
            Ok(Sandbox::of(namespace).and_then(|mut sandbox| {
                sandbox.connect(&spec)?;
                Ok(sandbox.into_namespace())
            }))
        });
        let namespace =
            plugged.await.map_err(|source| Error::Io { what: "connecting a container".into(), source })??;
        if network.name != "bridge" && container.endpoints.keys().filter(|name| *name != "bridge").count() == 1 {
            self.serve_names(container, &namespace)?;
        }
        Ok(())
    }

    /// After a restart of the daemon: what a `connect` had recorded and not yet done.
    pub(crate) async fn plug_missing(&self, container: &Arc<Container>) {
        let snapshot = self.snapshot();
        for endpoint in container.endpoints.values().filter(|endpoint| !endpoint.host_link.is_empty()) {
            let Some(network) = snapshot.networks.get(&endpoint.network) else { continue };
            if !Sandbox::is_connected(&endpoint.host_link)
                && let Err(error) = self.plug(container, network, endpoint).await
            {
                tracing::warn!(container = %container.id, network = network.name, %error, "connecting a container");
            }
        }
    }

    /// Takes a container from a network.
    pub async fn disconnect(&self, network: &str, container: &str, force: bool) -> Result<()> {
        let network = self.network(network)?;
        let found = self.container(container);
        if let (Err(_), true) = (&found, force) {
            return Ok(());
        }
        let id = found?.id.clone();
        let engine = self.clone();
        unbroken(async move {
            let live = engine.live(&id);
            let _command = live.command.lock().await;
            let (wanted, name) = (id.clone(), network.name.clone());
            let (container, endpoint) =
                engine.ledger().commit(move |draft| decide_disconnect(draft, &wanted, &name)).await?;
            if !endpoint.host_link.is_empty() {
                let link = endpoint.host_link.clone();
                let removed = crate::blocking(move || Ok(Sandbox::disconnect(&link))).await;
                removed.map_err(|source| Error::Io { what: "disconnecting a container".into(), source })??;
                engine.tell_connection("disconnect", &endpoint, &container, &network.name);
            }
            Ok(())
        })
        .await
    }

    pub(crate) fn tell_connection(&self, action: &str, endpoint: &Endpoint, container: &Container, name: &str) {
        self.tell(
            Kind::Network,
            action,
            endpoint.network.as_str(),
            [("container", container.id.to_string()), ("name", name.to_owned()), ("type", "bridge".to_owned())],
        );
    }

    /// The address under which containers reach the host.
    pub(crate) fn host_gateway(&self) -> Option<IpAddr> {
        let snapshot = self.snapshot();
        let bridge = snapshot.networks.values().find(|network| network.name == "bridge")?;
        addresses::ipv4_pool(bridge).map(|(pool, _)| pool.gateway)
    }

    /// Makes a container's namespace with all its endpoints, takes its ports, and opens them.
    pub(crate) async fn connect_all(&self, container: &Arc<Container>) -> Result<Connected> {
        if matches!(container.spec.host.network, NetworkMode::Host | NetworkMode::Container(_)) {
            return Ok(Connected::default());
        }
        self.networks_made(container).await;
        let (engine, wanted) = (self.clone(), Arc::clone(container));
        let connected = crate::blocking(move || Ok(engine.connect_blocking(&wanted))).await;
        let (namespace, reserved) =
            connected.map_err(|source| Error::Io { what: "connecting a container".into(), source })??;
        let published = reserved.iter().fold(BTreeMap::<Port, Vec<SocketAddr>>::new(), |mut all, (port, held)| {
            all.entry(*port).or_default().push(held.address);
            all
        });
        if self.uses_embedded_names(container) {
            self.serve_names(container, &namespace)?;
        }
        if !reserved.is_empty() {
            // The ports go into the record first: the firewall is written from it.
            let (id, ports) = (container.id.clone(), published.clone());
            self.ledger()
                .commit(move |draft| {
                    crate::container::stop::change(draft, &id, |container| container.published = ports)
                })
                .await?;
            self.apply_firewall().await?;
            self.start_proxies(container, &reserved)?;
        }
        let reservations = reserved.into_iter().map(|(_, held)| held.socket).collect();
        Ok(Connected { namespace: Some(namespace), published, reservations })
    }

    #[allow(clippy::type_complexity, reason = "used once, right above")]
    fn connect_blocking(&self, container: &Container) -> Result<(OwnedFd, Vec<(Port, network::Reservation)>)> {
        let reserved = self.reserve_ports(container)?;
        let snapshot = self.snapshot();
        let mut sandbox = self.0.network.sandbox(&self.owner(container)?)?;
        let mut has_route = false;
        // The endpoint of the mode's own network comes first and gives the default route.
        for endpoint in container.endpoints.values() {
            if endpoint.id.is_empty() {
                continue;
            }
            // One that could not be made was taken back after this start was decided.
            let network = snapshot.networks.get(&endpoint.network);
            let network = network.ok_or_else(|| Error::NoSuchNetwork(endpoint.network.to_string()))?;
            let mut spec = endpoint_spec(network, endpoint)?;
            if has_route {
                spec.gateways.clear();
            }
            has_route |= !spec.gateways.is_empty();
            sandbox.connect(&spec)?;
        }
        Ok((sandbox.into_namespace(), reserved))
    }

    /// Whose the network namespace is: that of the user namespace which the container will be in.
    fn owner(&self, container: &Container) -> Result<network::Owner> {
        let host = &container.spec.host;
        match (&host.pid, self.config().users_of(host)) {
            (_, None) => Ok(network::Owner::Host),
            (PidMode::Container(name), Some(_)) => {
                let path = self.namespace_path(name, "user")?;
                let user = sys::namespace::open(&path).context(|| format!("opening {}", path.display()))?;
                Ok(network::Owner::Given(user))
            }
            _ => Ok(network::Owner::Own),
        }
    }

    /// Takes the host's ports that a container publishes.
    fn reserve_ports(&self, container: &Container) -> Result<Vec<(Port, network::Reservation)>> {
        let host = &container.spec.host;
        let mut wanted: Vec<(Port, HostPort)> =
            host.ports.iter().flat_map(|(port, list)| list.iter().map(|host| (*port, host.clone()))).collect();
        if host.publish_all {
            let open = container.spec.exposed.iter().filter(|port| !host.ports.contains_key(port));
            wanted.extend(open.map(|port| (*port, HostPort { ip: None, range: None })));
        }
        if container.endpoints.values().all(|endpoint| endpoint.ipv4.is_none()) {
            return Ok(Vec::new());
        }
        let mut reserved = Vec::new();
        for (port, host) in wanted {
            let own = host.ip.or(self.config().publish_ip);
            let first = self.reserve(port, own.unwrap_or(Ipv4Addr::UNSPECIFIED.into()), host.range, container)?;
            // Without an address, Docker listens on all of both families, under the same number.
            let both = own.is_none() && port.protocol == Protocol::Tcp;
            let number = first.address.port();
            reserved.push((port, first));
            if both
                && let Ok(second) = self.reserve(port, Ipv6Addr::UNSPECIFIED.into(), Some((number, number)), container)
            {
                reserved.push((port, second));
            }
        }
        Ok(reserved)
    }

    /// Whether a container has this port of the host.
    fn publishes(&self, protocol: Protocol, ip: IpAddr, number: u16) -> bool {
        let same = |address: &SocketAddr| {
            let overlap = address.ip() == ip || address.ip().is_unspecified() || ip.is_unspecified();
            address.port() == number && overlap
        };
        self.snapshot().containers.values().any(|container| {
            container.published.iter().any(|(port, held)| port.protocol == protocol && held.iter().any(same))
        })
    }

    fn reserve(
        &self,
        port: Port,
        ip: IpAddr,
        range: Option<(u16, u16)>,
        container: &Container,
    ) -> Result<network::Reservation> {
        let protocol = protocol(port.protocol);
        self.0.network.reserve(PortRequest { ip, protocol, range }).map_err(|error| {
            let endpoint = container.endpoints.values().next().map_or("", |endpoint| endpoint.id.as_str());
            let error = match (&error, range) {
                (network::Error::PortInUse(_), Some((first, _))) if self.publishes(port.protocol, ip, first) => {
                    format!("Bind for {} failed: port is already allocated", SocketAddr::new(ip, first))
                }
                _ => error.to_string(),
            };
            Error::Start {
                message: format!(
                    "failed to set up container networking: driver failed programming external connectivity on endpoint {} ({endpoint}): {error}",
                    container.name
                ),
                exit_code: 125,
            }
        })
    }

    /// What the kernel cannot redirect goes through a proxy.
    fn start_proxies(&self, container: &Container, reserved: &[(Port, network::Reservation)]) -> Result<()> {
        reserved.iter().try_for_each(|(port, held)| self.start_proxy(container, *port, held))
    }

    fn start_proxy(&self, container: &Container, port: Port, held: &network::Reservation) -> Result<()> {
        let Some(target) = container.endpoints.values().find_map(|endpoint| endpoint.ipv4) else { return Ok(()) };
        if held.address.is_ipv4() && self.0.network.has_firewall() {
            return Ok(());
        }
        if port.protocol != Protocol::Tcp {
            return Err(Error::NotImplemented(format!("publishing {port} without the firewall")));
        }
        let target = SocketAddr::from((target.addr(), port.number));
        let proxy = held.socket.try_clone().and_then(|listener| Proxy::tcp(listener, target));
        let proxy = proxy.map_err(|source| Error::Io { what: format!("starting the proxy for {port}"), source })?;
        self.live(&container.id).keep(proxy);
        Ok(())
    }

    /// After a restart of the daemon: proxies and name servers of a container that runs on.
    /// `held` are the reservations, which the container's shim has kept.
    pub(crate) fn resume_network(&self, container: &Arc<Container>, held: Vec<OwnedFd>) -> Result<()> {
        for socket in held {
            let Ok((held, kind)) = network::Reservation::returned(socket) else { continue };
            let published = container
                .published
                .iter()
                .find(|(port, addresses)| protocol(port.protocol) == kind && addresses.contains(&held.address));
            if let Some((port, _)) = published {
                self.start_proxy(container, *port, &held)?;
            }
        }
        if self.uses_embedded_names(container) {
            let path = self.namespace_path(container.id.as_str(), "net")?;
            let namespace = sys::namespace::open(&path)
                .map_err(|source| Error::Io { what: format!("opening {}", path.display()), source })?;
            self.serve_names(container, &namespace)?;
        }
        Ok(())
    }

    /// Takes away what a run had on the host's side. The namespace goes with its last process.
    pub(crate) async fn disconnect_all(&self, container: &Container) {
        let links: Vec<String> = container
            .endpoints
            .values()
            .map(|endpoint| endpoint.host_link.clone())
            .filter(|link| !link.is_empty())
            .collect();
        // The kernel ends a namespace, and with it these links, under the same lock that a deletion waits for: only a
        // namespace that another container shares needs it, and nobody has to wait for it.
        let id = container.id.clone();
        tokio::task::spawn_blocking(move || {
            for link in links {
                if let Err(error) = Sandbox::disconnect(&link) {
                    tracing::warn!(container = %id, %error, "removing a link");
                }
            }
        });
        if !container.published.is_empty()
            && let Err(error) = self.apply_firewall().await
        {
            tracing::error!(container = %container.id, %error, "closing published ports");
        }
        for (name, endpoint) in container.endpoints.iter().filter(|(_, endpoint)| !endpoint.id.is_empty()) {
            self.tell_connection("disconnect", endpoint, container, name);
        }
    }

    /// Containers of user-defined networks ask the embedded name server.
    pub(crate) fn uses_embedded_names(&self, container: &Container) -> bool {
        container.endpoints.keys().any(|name| name != "bridge")
    }

    /// Where a container's queries end.
    pub(crate) fn resolver_of(&self, container: &Container) -> Resolver {
        let host = &container.spec.host;
        let defaults = &self.config().dns;
        let own = |own: &[String], default: &[String]| if own.is_empty() { default.to_vec() } else { own.to_vec() };
        let asked = Resolver {
            servers: if host.dns.is_empty() { defaults.servers.clone() } else { host.dns.clone() },
            search: own(&host.dns_search, &defaults.search),
            options: own(&host.dns_options, &defaults.options),
        };
        let text = std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
        files::upstream(&asked, &files::parse_resolv(&text), files::own_namespace(container))
    }

    fn serve_names(&self, container: &Arc<Container>, namespace: &OwnedFd) -> Result<()> {
        let names = ContainerNames {
            engine: self.clone(),
            container: container.id.clone(),
            upstream: self.resolver_of(container).servers,
        };
        let server = NameServer::start(namespace, Arc::new(names))?;
        self.live(&container.id).keep(server);
        Ok(())
    }
}

/// The names that one container can ask for: those of its own networks.
struct ContainerNames {
    engine: Engine,
    container: ContainerId,
    upstream: Vec<IpAddr>,
}

impl ContainerNames {
    fn neighbours(&self) -> Vec<Endpoint> {
        let snapshot = self.engine.snapshot();
        let Some(own) = snapshot.party(&self.container) else { return Vec::new() };
        let shared = |endpoint: &&Endpoint| {
            own.endpoints.iter().any(|(name, mine)| name != "bridge" && mine.network == endpoint.network)
        };
        let running = snapshot.containers.values().filter(|container| {
            matches!(
                container.state,
                crate::container::state::State::Running { .. } | crate::container::state::State::Starting { .. }
            )
        });
        running.flat_map(|container| container.endpoints.values()).filter(shared).cloned().collect()
    }
}

impl network::Names for ContainerNames {
    fn addresses(&self, name: &str) -> Option<Vec<IpAddr>> {
        let found: Vec<IpAddr> = self
            .neighbours()
            .iter()
            .filter(|endpoint| endpoint.dns_names.iter().any(|known| known.eq_ignore_ascii_case(name)))
            .flat_map(|endpoint| endpoint.addresses().collect::<Vec<_>>())
            .collect();
        (!found.is_empty()).then_some(found)
    }

    fn name(&self, address: IpAddr) -> Option<String> {
        let snapshot = self.engine.snapshot();
        let endpoint = self.neighbours().into_iter().find(|endpoint| endpoint.addresses().any(|own| own == address))?;
        let network = snapshot.networks.get(&endpoint.network)?;
        Some(format!("{}.{}", endpoint.dns_names.first()?, network.name))
    }

    fn upstream(&self) -> Vec<IpAddr> {
        let snapshot = self.engine.snapshot();
        let internal = snapshot.party(&self.container).is_none_or(|own| {
            own.endpoints
                .values()
                .all(|endpoint| snapshot.networks.get(&endpoint.network).is_none_or(|network| network.internal))
        });
        // From an internal network no query leaves (CVE-2024-29018).
        if internal { Vec::new() } else { self.upstream.clone() }
    }
}

pub(crate) fn protocol(protocol: Protocol) -> network::Protocol {
    match protocol {
        Protocol::Tcp => network::Protocol::Tcp,
        Protocol::Udp => network::Protocol::Udp,
        Protocol::Sctp => network::Protocol::Sctp,
    }
}

fn mtu(network: &Network) -> u32 {
    network.options.get("com.docker.network.driver.mtu").and_then(|text| text.parse().ok()).unwrap_or(MTU)
}

fn bridge_spec(network: &Network) -> Option<BridgeSpec> {
    if network.driver != Driver::Bridge {
        return None;
    }
    let addresses = network.pools.iter().filter_map(|pool| IpNet::new(pool.gateway, pool.subnet.prefix_len()).ok());
    Some(BridgeSpec {
        name: network.bridge.clone(),
        addresses: addresses.collect(),
        mtu: mtu(network),
        route_localnet: true,
    })
}

fn endpoint_spec(network: &Network, endpoint: &Endpoint) -> Result<EndpointSpec> {
    Ok(EndpointSpec {
        bridge: network.bridge.clone(),
        host_link: endpoint.host_link.clone(),
        interface: endpoint.interface.clone(),
        mac: parse_mac(&endpoint.mac)?,
        addresses: endpoint.ipv4.map(IpNet::V4).into_iter().chain(endpoint.ipv6.map(IpNet::V6)).collect(),
        gateways: endpoint.gateway.map(IpAddr::V4).into_iter().collect(),
        mtu: mtu(network),
    })
}

/// The firewall that a state wants. Pure.
fn firewall(snapshot: &Snapshot, config: &crate::Config) -> Firewall {
    let bridges = snapshot.networks.values().filter(|network| network.driver == Driver::Bridge);
    let bridges = bridges.map(|network| Bridge {
        name: network.bridge.clone(),
        subnets: addresses::ipv4_pool(network).map(|(_, subnet)| subnet).into_iter().collect(),
        masquerade: config.masquerade && network.flag("com.docker.network.bridge.enable_ip_masquerade", true),
        internal: network.internal,
        icc: network.flag("com.docker.network.bridge.enable_icc", network.name != "bridge" || config.icc),
    });
    let mut published = Vec::new();
    for container in snapshot.containers.values() {
        let Some((endpoint, to_ip)) =
            container.endpoints.values().find_map(|endpoint| Some((endpoint, endpoint.ipv4?.addr())))
        else {
            continue;
        };
        let bridge =
            snapshot.networks.get(&endpoint.network).map_or_else(String::new, |network| network.bridge.clone());
        for (port, addresses) in &container.published {
            for address in addresses {
                if let IpAddr::V4(ip) = address.ip() {
                    let (protocol, to_port) = (protocol(port.protocol), port.number);
                    published.push(Published {
                        protocol,
                        ip,
                        port: address.port(),
                        to_ip,
                        to_port,
                        bridge: bridge.clone(),
                    });
                }
            }
        }
    }
    Firewall { bridges: bridges.collect(), published }
}

fn decide_create(
    draft: &mut Draft<'_>,
    id: NetworkId,
    request: NetworkRequest,
    pools: &[(Ipv4Net, u8)],
    host: &[Ipv4Net],
    link: Option<HostLink>,
) -> Result<Arc<Network>> {
    if !crate::name::is_restricted_name(&request.name) || words_as_id(&request.name) {
        return Err(Error::Invalid(format!("invalid network name: {:?}", request.name)));
    }
    if matches!(request.name.as_str(), "bridge" | "host" | "none" | "default") {
        return Err(Error::Forbidden(format!("operation is not permitted on predefined {} network ", request.name)));
    }
    if draft.networks.values().any(|network| network.name == request.name) {
        return Err(Error::Conflict(format!("network with name {} already exists", request.name)));
    }
    match request.driver.as_str() {
        "" | "bridge" => {}
        "macvlan" | "ipvlan" | "overlay" => {
            return Err(Error::NotImplemented(format!("the network driver {:?}", request.driver)));
        }
        "host" | "null" | "none" => {
            return Err(Error::Forbidden(format!("only one instance of \"{}\" network is allowed", request.driver)));
        }
        other => {
            return Err(Error::NotFound(format!(
                "could not find plugin {other} in v1 plugin registry: plugin not found"
            )));
        }
    }
    if request.ipv6 || request.pools.iter().any(|pool| matches!(pool.subnet, Some(IpNet::V6(_)))) {
        return Err(Error::NotImplemented("IPv6 subnets of networks".into()));
    }
    let used: Vec<Ipv4Net> =
        draft.networks.values().filter_map(|network| addresses::ipv4_pool(network).map(|(_, net)| net)).collect();
    let wanted = request.pools.into_iter().next().unwrap_or_default();
    let pool = decide_pool(wanted, pools, &used, host)?;
    let bridge = match request.options.get(BRIDGE_NAME) {
        Some(name) => name.clone(),
        None => format!("br-{}", id.short()),
    };
    if !is_link_name(&bridge) {
        return Err(Error::Invalid(format!(
            "invalid bridge name {bridge:?}: at most 15 characters, no slash, colon or space"
        )));
    }
    if let Some(other) = draft.networks.values().find(|network| network.bridge == bridge) {
        return Err(Error::Forbidden(format!(
            "cannot create network {id} ({bridge}): conflicts with network {} ({bridge}): networks have same bridge name",
            other.id
        )));
    }
    if link == Some(HostLink::Other) {
        return Err(Error::Invalid(format!("existing interface {bridge} is not a bridge")));
    }
    draft.put(Network {
        id,
        name: request.name,
        created: Timestamp::now(),
        driver: Driver::Bridge,
        internal: request.internal,
        attachable: request.attachable,
        ipv6: false,
        pools: vec![pool],
        ipam_options: request.ipam_options,
        options: request.options,
        labels: request.labels,
        bridge,
        adopted: link.is_some(),
    })
}

/// 64 hexadecimal digits would be taken for an id.
fn words_as_id(name: &str) -> bool {
    name.parse::<NetworkId>().is_ok()
}

/// A pool with every part filled in.
pub(crate) fn decide_pool(
    wanted: PoolRequest,
    pools: &[(Ipv4Net, u8)],
    used: &[Ipv4Net],
    host: &[Ipv4Net],
) -> Result<Pool> {
    let subnet = match wanted.subnet {
        Some(IpNet::V4(subnet)) => {
            let subnet = subnet.trunc();
            if subnet.prefix_len() > 30 {
                return Err(Error::Invalid(format!("subnet {subnet} is too small for a gateway and a container")));
            }
            if used.iter().any(|other| other.contains(&subnet) || subnet.contains(other)) {
                return Err(Error::Forbidden(
                    "invalid pool request: Pool overlaps with other one on this address space".into(),
                ));
            }
            subnet
        }
        _ => {
            let taken: Vec<Ipv4Net> = used.iter().chain(host).copied().collect();
            network::addresses::free_subnet(pools, &taken)
                .ok_or_else(|| Error::Invalid("all predefined address pools have been fully subnetted".into()))?
        }
    };
    let gateway = match wanted.gateway {
        Some(IpAddr::V4(gateway)) if network::addresses::usable(subnet, gateway) => gateway,
        Some(other) => return Err(Error::Invalid(format!("no matching subnet for gateway {other}"))),
        None => network::addresses::next(subnet, None, &Default::default()).ok_or(network::Error::Exhausted)?,
    };
    if let Some(range) = wanted.range
        && !IpNet::V4(subnet).contains(&range)
    {
        return Err(Error::Invalid(format!("no matching subnet for range {range}")));
    }
    Ok(Pool {
        subnet: subnet.into(),
        range: wanted.range,
        gateway: gateway.into(),
        reserved: wanted.reserved,
        gateway_given: wanted.gateway.is_some(),
    })
}

fn decide_remove(draft: &mut Draft<'_>, id: &NetworkId) -> Result<()> {
    let network = draft.networks.get(id).cloned().ok_or_else(|| Error::NoSuchNetwork(id.to_string()))?;
    if network.is_predefined() {
        return Err(Error::Forbidden(format!("{} is a pre-defined network and cannot be removed", network.name)));
    }
    let users = draft.containers.values().filter(|container| {
        container.endpoints.values().any(|endpoint| endpoint.network == *id && !endpoint.id.is_empty())
    });
    let users: Vec<&str> = users.map(|container| container.name.as_str()).collect();
    if !users.is_empty() {
        return Err(Error::Forbidden(format!(
            "error while removing network: network {} id {id} has active endpoints ({})",
            network.name,
            users.join(", ")
        )));
    }
    draft.remove::<Network>(id);
    Ok(())
}

fn decide_connect(
    draft: &mut Draft<'_>,
    id: &ContainerId,
    network: &Network,
    config: EndpointConfig,
) -> Result<Arc<Container>> {
    let mut container = Container::clone(&*draft.container(id.as_str())?);
    if network.driver != Driver::Bridge
        || matches!(container.spec.host.network, NetworkMode::Host | NetworkMode::Container(_))
    {
        return Err(Error::Forbidden(
            "container cannot be connected to host network or while it shares another's namespace".into(),
        ));
    }
    if container.endpoints.contains_key(&network.name) {
        return Err(Error::Forbidden(format!(
            "endpoint with name {} already exists in network {}",
            container.name, network.name
        )));
    }
    let mut endpoint = Endpoint::planned(network.id.clone(), config);
    if container.state.is_running() {
        let used: Vec<usize> = container
            .endpoints
            .values()
            .filter_map(|endpoint| endpoint.interface.trim_start_matches("eth").parse().ok())
            .collect();
        let position = (0..).find(|position| !used.contains(position)).unwrap_or(0);
        addresses::connect(draft, network, &mut endpoint, position)?;
        endpoint.dns_names = vec![container.name.clone(), container.id.short().to_owned()];
        endpoint.dns_names.extend(endpoint.config.aliases.clone());
    }
    container.endpoints.insert(network.name.clone(), endpoint);
    draft.put(container)
}

fn decide_disconnect(draft: &mut Draft<'_>, id: &ContainerId, name: &str) -> Result<(Arc<Container>, Endpoint)> {
    draft.essential();
    let mut container = Container::clone(&*draft.container(id.as_str())?);
    let endpoint = container
        .endpoints
        .remove(name)
        .ok_or_else(|| Error::Forbidden(format!("container {id} is not connected to network {name}")))?;
    Ok((draft.put(container)?, endpoint))
}
