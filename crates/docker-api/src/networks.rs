//! `/networks`.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use engine::network::ops::{NetworkRequest, PoolRequest};
use engine::network::{Network, Pool};
use http::StatusCode;
use ipnet::IpNet;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::Parts;
use crate::body::{self, Answer};
use crate::create::EndpointSettings;
use crate::error::Failure;
use crate::filters::Filters;
use crate::request::Request;

fn pool(pool: &Pool) -> Value {
    let mut value = json!({ "Subnet": pool.subnet.to_string() });
    if let Some(range) = &pool.range {
        value["IPRange"] = json!(range.to_string());
    }
    value["Gateway"] = json!(pool.gateway.to_string());
    if !pool.reserved.is_empty() {
        let reserved: BTreeMap<&String, String> =
            pool.reserved.iter().map(|(name, address)| (name, address.to_string())).collect();
        value["AuxiliaryAddresses"] = json!(reserved);
    }
    value
}

/// A network; its endpoints only where one network is inspected, as Docker has it.
fn shown(parts: &Arc<Parts>, network: &Network, endpoints: bool) -> Value {
    let mut containers = Map::new();
    if endpoints {
        for (container, endpoint) in parts.engine.connected(&network.id) {
            let entry = json!({
                "Name": container.name,
                "EndpointID": endpoint.id,
                "MacAddress": endpoint.mac,
                "IPv4Address": endpoint.ipv4.map_or_else(String::new, |address| address.to_string()),
                "IPv6Address": endpoint.ipv6.map_or_else(String::new, |address| address.to_string()),
            });
            containers.insert(container.id.as_str().into(), entry);
        }
    }
    json!({
        "Name": network.name,
        "Id": network.id.as_str(),
        "Created": network.created.to_string(),
        "Scope": "local",
        "Driver": network.driver.as_str(),
        "EnableIPv4": true,
        "EnableIPv6": network.ipv6,
        "IPAM": {
            "Driver": "default",
            "Options": (!network.ipam_options.is_empty()).then_some(&network.ipam_options),
            "Config": network.pools.iter().map(pool).collect::<Vec<_>>(),
        },
        "Internal": network.internal,
        "Attachable": network.attachable,
        "Ingress": false,
        "ConfigFrom": { "Network": "" },
        "ConfigOnly": false,
        "Containers": containers,
        "Options": network.options,
        "Labels": network.labels,
    })
}

pub(crate) fn list(parts: &Arc<Parts>, request: &Request) -> Result<Answer, Failure> {
    let known = &["dangling", "driver", "id", "label", "name", "scope", "type"];
    let filters = Filters::parse(request.param("filters"), known)?;
    let dangling = filters.boolean("dangling")?;
    let snapshot = parts.engine.snapshot();
    let mut found: Vec<&Arc<Network>> = snapshot
        .networks
        .values()
        .filter(|network| {
            let kind = if network.is_predefined() { "builtin" } else { "custom" };
            dangling.is_none_or(|wanted| {
                (!network.is_predefined() && parts.engine.connected(&network.id).is_empty()) == wanted
            }) && filters.any("driver", |driver| network.driver.as_str() == driver)
                && filters.any("id", |id| network.id.as_str().starts_with(id))
                && filters.any("name", |name| network.name.contains(name))
                && filters.any("scope", |scope| scope == "local")
                && filters.any("type", |wanted| kind == wanted)
                && filters.labels(&network.labels)
        })
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    let entries: Vec<Value> = found.into_iter().map(|network| shown(parts, network, false)).collect();
    body::ok(&entries)
}

pub(crate) fn inspect(parts: &Arc<Parts>, name: &str) -> Result<Answer, Failure> {
    let network = parts.engine.network(name)?;
    body::ok(&shown(parts, &network, true))
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Create {
    name: String,
    driver: Option<String>,
    internal: bool,
    attachable: bool,
    ingress: bool,
    config_only: bool,
    config_from: Option<Value>,
    scope: Option<String>,
    #[serde(rename = "EnableIPv6")]
    ipv6: Option<bool>,
    #[serde(rename = "EnableIPv4")]
    ipv4: Option<bool>,
    #[serde(rename = "IPAM")]
    pub(crate) ipam: Option<Ipam>,
    options: Option<BTreeMap<String, String>>,
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Ipam {
    driver: Option<String>,
    config: Option<Vec<IpamPool>>,
    options: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct IpamPool {
    subnet: String,
    #[serde(rename = "IPRange")]
    range: String,
    gateway: String,
    #[serde(alias = "AuxAddress")]
    auxiliary_addresses: Option<BTreeMap<String, String>>,
}

fn parsed<T: std::str::FromStr>(text: &str, what: &str) -> Result<Option<T>, Failure> {
    match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Failure::bad_request(format!("invalid {what} {text}"))),
    }
}

pub(crate) fn pools(ipam: Ipam) -> Result<Vec<PoolRequest>, Failure> {
    ipam.config.unwrap_or_default().into_iter().map(pool_request).collect()
}

fn pool_request(pool: IpamPool) -> Result<PoolRequest, Failure> {
    let subnet: Option<IpNet> = parsed(&pool.subnet, "subnet")?;
    if let Some(subnet) = subnet
        && subnet != subnet.trunc()
    {
        return Err(Failure::bad_request(format!("invalid subnet {subnet}: it should be {}", subnet.trunc())));
    }
    let reserved = pool.auxiliary_addresses.unwrap_or_default().into_iter().map(|(name, text)| {
        let address: Option<IpAddr> = parsed(&text, "auxiliary address")?;
        address.map(|address| (name, address)).ok_or_else(|| Failure::bad_request("an auxiliary address is empty"))
    });
    Ok(PoolRequest {
        subnet,
        range: parsed(&pool.range, "IP range")?,
        gateway: parsed(&pool.gateway, "gateway")?,
        reserved: reserved.collect::<Result<_, _>>()?,
    })
}

pub(crate) async fn create(parts: &Arc<Parts>, request: Request) -> Result<Answer, Failure> {
    let body: Create = request.json().await?;
    let swarm = body.ingress || body.scope.as_deref().is_some_and(|scope| !matches!(scope, "" | "local"));
    let templates = body.config_only
        || body.config_from.is_some_and(|from| from["Network"].as_str().is_some_and(|name| !name.is_empty()));
    for (wanted, what) in [
        (swarm, "a network of a swarm"),
        (templates, "a configuration-only network"),
        (body.ipv6 == Some(true), "EnableIPv6"),
        (body.ipv4 == Some(false), "a network without IPv4"),
    ] {
        if wanted {
            return Err(Failure::not_implemented(what));
        }
    }
    let mut ipam = body.ipam.unwrap_or_default();
    if !matches!(ipam.driver.as_deref(), None | Some("" | "default")) {
        let name = ipam.driver.unwrap_or_default();
        return Err(engine::Error::NotFound(format!("plugin {name:?} not found")).into());
    }
    let ipam_options = ipam.options.take().unwrap_or_default();
    let pools = pools(ipam)?;
    if pools.len() > 1 {
        return Err(Failure::not_implemented("a network of several subnets"));
    }
    let id = parts
        .engine
        .create_network(NetworkRequest {
            name: body.name,
            driver: body.driver.unwrap_or_default(),
            internal: body.internal,
            attachable: body.attachable,
            ipv6: false,
            pools,
            ipam_options,
            options: body.options.unwrap_or_default(),
            labels: body.labels.unwrap_or_default(),
        })
        .await?;
    Ok(body::json(StatusCode::CREATED, &json!({ "Id": id.as_str(), "Warning": "" })))
}

pub(crate) async fn prune(parts: &Arc<Parts>, request: &Request) -> Result<Answer, Failure> {
    let filters = Filters::parse(request.param("filters"), &["label", "label!", "until"])?;
    let until = filters.until()?;
    let wanted =
        |network: &Network| filters.labels(&network.labels) && until.is_none_or(|until| network.created < until);
    let pruned = parts.engine.prune_networks(wanted).await?;
    body::ok(&json!({ "NetworksDeleted": pruned.removed }))
}

pub(crate) async fn remove(parts: &Arc<Parts>, name: &str) -> Result<Answer, Failure> {
    parts.engine.remove_network(name).await?;
    crate::route::done(StatusCode::NO_CONTENT)
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Connect {
    container: String,
    pub(crate) endpoint_config: Option<EndpointSettings>,
    force: bool,
}

pub(crate) async fn connect(parts: &Arc<Parts>, request: Request, name: &str) -> Result<Answer, Failure> {
    let body: Connect = request.json().await?;
    let config = body.endpoint_config.unwrap_or_default().into_config()?;
    parts.engine.connect(name, &body.container, config).await?;
    crate::route::done(StatusCode::OK)
}

pub(crate) async fn disconnect(parts: &Arc<Parts>, request: Request, name: &str) -> Result<Answer, Failure> {
    let body: Connect = request.json().await?;
    parts.engine.disconnect(name, &body.container, body.force).await?;
    crate::route::done(StatusCode::OK)
}
