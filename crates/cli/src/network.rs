//! Networks.

use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use crate::container::PruneArgs;
use crate::context::{Context, named, segment};
use crate::error::{Failure, Failures};
use crate::flags::{self, Switch};
use crate::inspect::{self, InspectOneArgs};
use crate::json::Json;
use crate::listing::{self, Format, Listing, Row};
use crate::output;
use crate::parse::env;
use crate::parse::network::Attachment;
use crate::units;

/// `network …`.
#[derive(Debug, Clone, Subcommand)]
pub enum NetworkCommand {
    /// Connect a container to a network
    Connect(ConnectArgs),
    /// Create a network
    Create(CreateArgs),
    /// Disconnect a container from a network
    Disconnect(DisconnectArgs),
    /// Display detailed information on one or more networks
    Inspect(InspectOneArgs),
    /// List networks
    #[command(name = "ls", visible_alias = "list")]
    List(ListArgs),
    /// Remove all unused networks
    Prune(PruneArgs),
    /// Remove one or more networks
    #[command(visible_alias = "remove")]
    Rm(RemoveArgs),
}

/// `network create`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct CreateArgs {
    /// Enable manual container attachment
    #[arg(long, switch())]
    attachable: bool,
    /// Auxiliary IPv4 or IPv6 addresses used by Network driver
    #[arg(long, value_name = "NAME=ADDRESS")]
    aux_address: Vec<String>,
    /// Driver to manage the Network
    #[arg(short, long, default_value = "bridge")]
    driver: String,
    /// IPv4 or IPv6 Gateway for the master subnet
    #[arg(long, value_name = "ADDRESS")]
    gateway: Vec<String>,
    /// Restrict external access to the network
    #[arg(long, switch())]
    internal: bool,
    /// Allocate container ip from a sub-range
    #[arg(long, value_name = "SUBNET")]
    ip_range: Vec<String>,
    /// IP Address Management Driver
    #[arg(long, default_value = "default", value_name = "DRIVER")]
    ipam_driver: String,
    /// Set IPAM driver specific options
    #[arg(long, value_name = "KEY=VALUE")]
    ipam_opt: Vec<String>,
    /// Enable or disable IPv4 address assignment
    #[arg(long, switch_open())]
    ipv4: Option<bool>,
    /// Enable or disable IPv6 address assignment
    #[arg(long, switch_open())]
    ipv6: Option<bool>,
    /// Set metadata on a network
    #[arg(long, value_name = "KEY[=VALUE]")]
    label: Vec<String>,
    /// Set driver specific options
    #[arg(short, long, value_name = "KEY=VALUE")]
    opt: Vec<String>,
    /// Control the network's scope
    #[arg(long, default_value = "", hide_default_value = true)]
    scope: String,
    /// Subnet in CIDR format that represents a network segment
    #[arg(long, value_name = "SUBNET")]
    subnet: Vec<String>,
    /// Its name
    #[arg(value_name = "NETWORK")]
    name: String,
}

/// `network connect`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct ConnectArgs {
    /// Add network-scoped alias for the container
    #[arg(long, value_name = "NAME")]
    alias: Vec<String>,
    /// Driver options for the network
    #[arg(long, value_name = "KEY=VALUE")]
    driver_opt: Vec<String>,
    /// Highest gw-priority provides the default gateway
    #[arg(long, default_value = "0", allow_negative_numbers = true)]
    gw_priority: i64,
    /// IPv4 address (e.g., "172.30.100.104")
    #[arg(long, value_name = "ADDRESS", default_value = "", hide_default_value = true)]
    ip: String,
    /// IPv6 address (e.g., "2001:db8::33")
    #[arg(long, value_name = "ADDRESS", default_value = "", hide_default_value = true)]
    ip6: String,
    /// Add link to another container
    #[arg(long, value_name = "CONTAINER[:ALIAS]")]
    link: Vec<String>,
    /// Add a link-local address for the container
    #[arg(long, value_name = "ADDRESS")]
    link_local_ip: Vec<String>,
    /// The network
    #[arg(value_name = "NETWORK")]
    network: String,
    /// The container
    #[arg(value_name = "CONTAINER")]
    container: String,
}

/// `network disconnect`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct DisconnectArgs {
    /// Force the container to disconnect from a network
    #[arg(short, long, switch())]
    force: bool,
    /// The network
    #[arg(value_name = "NETWORK")]
    network: String,
    /// The container
    #[arg(value_name = "CONTAINER")]
    container: String,
}

/// `network ls`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct ListArgs {
    /// Provide filter values (e.g. "driver=bridge")
    #[arg(short, long, value_name = "NAME=VALUE")]
    filter: Vec<String>,
    /// Format output: "table", "table TEMPLATE", "json" or a Go template
    #[arg(long, default_value = "", hide_default_value = true)]
    format: String,
    /// Do not truncate the output
    #[arg(long, switch())]
    no_trunc: bool,
    /// Only display network IDs
    #[arg(short, long, switch())]
    quiet: bool,
}

/// `network rm`.
#[derive(Debug, Clone, Args)]
#[command(args_override_self = true)]
pub struct RemoveArgs {
    /// Do not error if the network does not exist
    #[arg(short, long, switch())]
    force: bool,
    /// The networks
    #[arg(required = true, value_name = "NETWORK")]
    names: Vec<String>,
}

const LISTING: Listing = Listing {
    heads: &[
        ("ID", "NETWORK ID"),
        ("Name", "NAME"),
        ("Driver", "DRIVER"),
        ("Scope", "SCOPE"),
        ("IPv4", "IPV4"),
        ("IPv6", "IPV6"),
        ("Internal", "INTERNAL"),
        ("Labels", "LABELS"),
        ("CreatedAt", "CREATED AT"),
    ],
    table: "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
    quiet: "{{.ID}}",
    raw: "network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n",
};

/// Runs one.
pub(crate) async fn run(context: &Context, command: NetworkCommand) -> Result<(), Failure> {
    match command {
        NetworkCommand::Connect(args) => connect(context, args).await,
        NetworkCommand::Create(args) => create(context, args).await,
        NetworkCommand::Disconnect(args) => disconnect(context, args).await,
        NetworkCommand::Inspect(args) => inspect::networks(context, args).await,
        NetworkCommand::List(args) => list(context, args).await,
        NetworkCommand::Prune(args) => {
            const WARNING: &str = "WARNING! This will remove all custom networks not used by at least one container.\n\
                                   Are you sure you want to continue?";
            if !args.force && !output::confirm(WARNING)? {
                return Err(Failure::new("network prune has been cancelled"));
            }
            let text = prune(context, &flags::filters(&args.filter)?).await?;
            if text.is_empty() { Ok(()) } else { output::line(&text) }
        }
        NetworkCommand::Rm(args) => remove(context, args).await,
    }
}

/// Prunes; what went.
pub(crate) async fn prune(context: &Context, filters: &str) -> Result<String, Failure> {
    let answer: Json = context.client.post("/networks/prune").query_some("filters", filters).read().await?;
    let mut text = String::new();
    let removed = answer.items_of("NetworksDeleted");
    if !removed.is_empty() {
        text.push_str("Deleted Networks:\n");
        removed.iter().for_each(|name| text.push_str(&format!("{}\n", name.text())));
    }
    Ok(text)
}

/// A subnet `address/bits`: its number, its bits, and the bits of its family's addresses.
type Subnet = (u128, u32, u32);

fn subnet(text: &str) -> Result<Subnet, String> {
    let wrong = || format!("invalid CIDR address: {text}");
    let (address, bits) = text.split_once('/').ok_or_else(wrong)?;
    let (number, width) = address_number(address).ok_or_else(wrong)?;
    let bits: u32 = bits.parse().map_err(|_| wrong())?;
    if bits > width { Err(wrong()) } else { Ok((number, bits, width)) }
}

fn address_number(text: &str) -> Option<(u128, u32)> {
    match text.parse().ok()? {
        std::net::IpAddr::V4(address) => Some((u32::from(address).into(), 32)),
        std::net::IpAddr::V6(address) => Some((u128::from(address), 128)),
    }
}

fn holds((network, bits, width): Subnet, (address, of): (u128, u32)) -> bool {
    let shift = width - bits;
    of == width && (shift >= 128 || network >> shift == address >> shift)
}

/// `IPAM.Config`: each gateway, range and auxiliary address belongs to the subnet that holds it.
fn pools(args: &CreateArgs) -> Result<Vec<Value>, String> {
    let mut pools: Vec<(Subnet, Map<String, Value>)> = Vec::new();
    for text in &args.subnet {
        let parsed = subnet(text)?;
        if pools.iter().any(|(known, _)| holds(*known, (parsed.0, parsed.2)) || holds(parsed, (known.0, known.2))) {
            return Err("multiple overlapping subnet configuration is not supported".into());
        }
        pools.push((parsed, Map::from_iter([("Subnet".to_owned(), json!(text))])));
    }
    let mut put = |text: &str, address: (u128, u32), field: &str, what: &str| {
        let pool = pools.iter_mut().find(|(pool, _)| holds(*pool, address));
        let (_, pool) = pool.ok_or_else(|| format!("no matching subnet for {what} {text}"))?;
        match pool.insert(field.into(), json!(text)) {
            Some(_) => Err(format!("cannot configure multiple {what}s ({text}) on the same subnet")),
            None => Ok(()),
        }
    };
    for text in &args.ip_range {
        let (number, _, width) = subnet(text)?;
        put(text, (number, width), "IPRange", "range")?;
    }
    for text in &args.gateway {
        let address = address_number(text).ok_or_else(|| format!("invalid gateway address: {text}"))?;
        put(text, address, "Gateway", "gateway")?;
    }
    for pair in &args.aux_address {
        let (name, text) = pair.split_once('=').ok_or_else(|| format!("invalid auxiliary address: {pair}"))?;
        let address = address_number(text).ok_or_else(|| format!("invalid auxiliary address: {pair}"))?;
        let pool = pools.iter_mut().find(|(pool, _)| holds(*pool, address));
        let (_, pool) = pool.ok_or_else(|| format!("no matching subnet for aux-address {text}"))?;
        let known = pool.entry("AuxiliaryAddresses").or_insert_with(|| json!({}));
        known[name] = json!(text);
    }
    Ok(pools.into_iter().map(|(_, pool)| pool.into()).collect())
}

async fn create(context: &Context, args: CreateArgs) -> Result<(), Failure> {
    if args.subnet.is_empty() && !(args.ip_range.is_empty() && args.gateway.is_empty()) {
        return Err(Failure::new("every ip-range or gateway must have a corresponding subnet"));
    }
    let mut body = json!({
        "Name": args.name,
        "Driver": args.driver,
        "Internal": args.internal,
        "Attachable": args.attachable,
        "Labels": env::labels(&[], &args.label)?,
        "Options": env::pairs(&args.opt),
        "IPAM": { "Driver": args.ipam_driver, "Options": env::pairs(&args.ipam_opt), "Config": pools(&args)? },
    });
    if !args.scope.is_empty() {
        body["Scope"] = json!(args.scope);
    }
    if let Some(ipv4) = args.ipv4 {
        body["EnableIPv4"] = json!(ipv4);
    }
    if let Some(ipv6) = args.ipv6 {
        body["EnableIPv6"] = json!(ipv6);
    }
    let created: Json = context.client.post("/networks/create").json(&body)?.read().await?;
    if !created.text_of("Warning").is_empty() {
        output::complain(&format!("WARNING: {}", created.text_of("Warning")));
    }
    output::line(created.text_of("Id"))
}

async fn connect(context: &Context, args: ConnectArgs) -> Result<(), Failure> {
    named("network", &args.network)?;
    let attachment = Attachment {
        target: args.network.clone(),
        aliases: args.alias,
        ipv4: args.ip,
        ipv6: args.ip6,
        link_local: args.link_local_ip,
        links: args.link,
        mac_address: String::new(),
        driver_options: env::pairs(&args.driver_opt).into_iter().map(|(key, value)| (key, value.into())).collect(),
        gateway_priority: args.gw_priority,
    };
    let settings = attachment.settings().unwrap_or_else(|| json!({}));
    let body = json!({ "Container": args.container, "EndpointConfig": settings });
    let request = context.client.post(format!("/networks/{}/connect", segment(&args.network)));
    Ok(request.json(&body)?.done().await?)
}

async fn disconnect(context: &Context, args: DisconnectArgs) -> Result<(), Failure> {
    named("network", &args.network)?;
    let body = json!({ "Container": args.container, "Force": args.force });
    let request = context.client.post(format!("/networks/{}/disconnect", segment(&args.network)));
    Ok(request.json(&body)?.done().await?)
}

async fn list(context: &Context, args: ListArgs) -> Result<(), Failure> {
    let format = Format::new(&LISTING, &args.format, args.quiet)?;
    let request = context.client.get("/networks").query_some("filters", flags::filters(&args.filter)?);
    let mut networks: Vec<Json> = request.read().await?;
    networks.sort_by(|one, other| crate::listing::natural(one.text_of("Name"), other.text_of("Name")));
    let rows: Vec<_> = networks.iter().map(|network| row(network, !args.no_trunc)).collect();
    listing::show(&LISTING, &format, &rows)
}

fn row(network: &Json, short: bool) -> Row {
    let id = network.text_of("Id");
    Row::new([
        ("ID", if short { units::short_id(id) } else { id.to_owned() }),
        ("Name", network.text_of("Name").to_owned()),
        ("Driver", network.text_of("Driver").to_owned()),
        ("Scope", network.text_of("Scope").to_owned()),
        ("IPv4", network.is("EnableIPv4").to_string()),
        ("IPv6", network.is("EnableIPv6").to_string()),
        ("Internal", network.is("Internal").to_string()),
        ("Labels", listing::labels(network)),
        ("CreatedAt", units::utc_with_fraction(network.text_of("Created"))),
    ])
    .labels(network.get("Labels"))
}

async fn remove(context: &Context, args: RemoveArgs) -> Result<(), Failure> {
    let mut failures = Failures::default();
    for name in &args.names {
        let removed = async {
            named("network", name)?;
            match context.client.delete(format!("/networks/{}", segment(name))).done().await {
                Err(error) if args.force && error.is_not_found() => Ok(false),
                Err(error) => Err(Failure::from(error)),
                Ok(()) => Ok(true),
            }
        };
        match removed.await {
            Ok(true) => output::line(name)?,
            Ok(false) => {}
            Err(failure) => failures.push(failure),
        }
    }
    failures.into_result()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: CreateArgs,
    }

    fn made(line: &str) -> Result<Vec<Value>, String> {
        let words = std::iter::once("x").chain(line.split_whitespace());
        pools(&Line::try_parse_from(words).map_err(|error| error.to_string())?.args)
    }

    #[test]
    fn pools_hold_what_belongs_to_them() {
        let line = "--subnet 10.1.0.0/16 --subnet fd00::/64 --gateway fd00::1 --gateway 10.1.0.1 --ip-range 10.1.2.0/24 \
                    --aux-address a=10.1.0.9 n";
        let wanted = [
            json!({"Subnet":"10.1.0.0/16","Gateway":"10.1.0.1","IPRange":"10.1.2.0/24","AuxiliaryAddresses":{"a":"10.1.0.9"}}),
            json!({"Subnet":"fd00::/64","Gateway":"fd00::1"}),
        ];
        assert_eq!(made(line).unwrap(), wanted);
        for wrong in [
            "--subnet 10.1.0.0 n",
            "--subnet 10.1.0.0/33 n",
            "--subnet 10.1.0.0/16 --subnet 10.1.2.0/24 n",
            "--subnet 10.1.0.0/16 --gateway 10.2.0.1 n",
            "--subnet 10.1.0.0/16 --gateway 10.1.0.1 --gateway 10.1.0.2 n",
            "--subnet 10.1.0.0/16 --aux-address x n",
        ] {
            assert!(made(wrong).is_err(), "{wrong}");
        }
    }
}
