//! A service of a Compose file.

use std::collections::BTreeMap;
use std::time::Duration;

use super::values::{bytes, cpus, duration, mapping, name, path, texts};
use super::{
    Build, Condition, Dependency, Dockerfile, EnvFile, Healthcheck, Networking, Resources, Restart, Service, Ulimit,
    mount, port, rest,
};
use crate::error::{Fault, Notes, quoted};
use crate::node::{Fields, Node, Value};
use crate::{Variables, dotenv, shell};

type Result<T> = std::result::Result<T, Fault>;

/// Keys by which an application would get out of its containers, or into another's.
const REFUSED: [&str; 14] = [
    "cgroup",
    "cgroup_parent",
    "credential_spec",
    "device_cgroup_rules",
    "devices",
    "gpus",
    "ipc",
    "isolation",
    "pid",
    "provider",
    "runtime",
    "use_api_socket",
    "userns_mode",
    "uts",
];

/// Capabilities that a service may ask for: those that containers have anyway, and those that reach no further than
/// its own namespaces.
const CAPABILITIES: [&str; 20] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
    "SYS_NICE",
];

/// Keys that Compose knows and that are not honoured here. What they are for works without them, or not at all.
const NOT_HONOURED: [&str; 46] = [
    "annotations",
    "attach",
    "blkio_config",
    "configs",
    "container_name",
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_quota",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "cpu_shares",
    "cpuset",
    "develop",
    "dns",
    "dns_opt",
    "dns_search",
    "domainname",
    "external_links",
    "group_add",
    "label_file",
    "links",
    "logging",
    "mac_address",
    "mem_swappiness",
    "memswap_limit",
    "models",
    "net",
    "oom_kill_disable",
    "oom_score_adj",
    "platform",
    "post_start",
    "pre_stop",
    "pull_policy",
    "pull_refresh_after",
    "scale",
    "secrets",
    "shm_size",
    "stdin_open",
    "storage_opt",
    "sysctls",
    "tty",
    "volume_driver",
    "log_driver",
    "log_opt",
    "dockerfile",
];

fn refused(node: &Node, key: &str) -> Fault {
    node.fault(format!("{key} is refused: an application must not get out of its container"))
}

pub(super) fn service(service: &str, node: &Node, variables: &Variables, notes: &mut Notes<'_>) -> Result<Service> {
    let what = format!("the service {service}");
    if let Some(tag) = &node.tag {
        return Err(node.fault(format!("the tag {} is not known", quoted(tag))));
    }
    let mut fields = Fields::of(node, &what)?;
    confine(&mut fields)?;
    let mut found = Service {
        user: fields.text("user")?,
        working_dir: fields.text("working_dir")?,
        hostname: fields.text("hostname")?,
        stop_signal: fields.text("stop_signal")?,
        read_only: fields.bool("read_only")?.unwrap_or(false),
        init: fields.bool("init")?,
        cap_drop: fields.texts("cap_drop")?.iter().map(|name| capability(name)).collect(),
        profiles: fields.texts("profiles")?,
        ..Service::default()
    };
    if let Some(node) = fields.take("image") {
        let text = node.text("image")?;
        let reference =
            text.trim().parse().map_err(|error| node.fault(format!("{} is no image: {error}", quoted(text))))?;
        found.image = Some(reference);
    }
    found.build = fields.take("build").map(|node| build(node, variables, notes)).transpose()?;
    if found.image.is_none() && found.build.is_none() {
        return Err(node.fault(format!("{what} has neither image nor build")));
    }
    found.command = fields.take("command").map(|node| words(node, "command")).transpose()?;
    found.entrypoint = fields.take("entrypoint").map(|node| words(node, "entrypoint")).transpose()?;
    for (name, value, _) in fields.take("environment").map_or(Ok(Vec::new()), |node| mapping(node, "environment"))? {
        // A name alone takes the value that is known, or is not set.
        if let Some(value) = value.or_else(|| variables.get(&name).cloned()) {
            found.environment.insert(name, value);
        }
    }
    if let Some(node) = fields.take("env_file") {
        found.env_files = env_files(node)?;
    }
    found.ports = fields.take("ports").map_or(Ok(Vec::new()), |node| port::ports(node, notes))?;
    found.expose = fields.take("expose").map_or(Ok(Vec::new()), port::exposed)?;
    found.mounts = fields.take("volumes").map_or(Ok(Vec::new()), |node| mount::mounts(node, notes))?;
    if let Some(node) = fields.take("tmpfs") {
        found.mounts.extend(mount::tmpfs(node, notes)?);
    }
    found.depends_on = fields.take("depends_on").map_or(Ok(BTreeMap::new()), |node| dependencies(node, notes))?;
    found.networking = networking(&mut fields, notes)?;
    found.healthcheck = fields.take("healthcheck").map_or(Ok(Healthcheck::Image), |node| healthcheck(node, notes))?;
    found.restart = fields.take("restart").map_or(Ok(Restart::No), restart)?;
    found.labels = fields.take("labels").map_or(Ok(BTreeMap::new()), |node| texts(node, "labels"))?;
    found.extra_hosts = fields.take("extra_hosts").map_or(Ok(BTreeMap::new()), extra_hosts)?;
    found.resources = resources(&mut fields, notes)?;
    found.stop_grace_period =
        fields.take("stop_grace_period").map(|node| duration(node, "stop_grace_period")).transpose()?;
    found.cap_add = fields.take("cap_add").map_or(Ok(Vec::new()), cap_add)?;
    found.no_new_privileges = fields.take("security_opt").map_or(Ok(false), security)?;
    found.ulimits = fields.take("ulimits").map_or(Ok(BTreeMap::new()), |node| ulimits(node, notes))?;
    rest(&fields, &what, &NOT_HONOURED, notes)?;
    Ok(found)
}

/// Refuses what leads out.
fn confine(fields: &mut Fields<'_>) -> Result<()> {
    if let Some(node) = fields.take("privileged").filter(|node| !matches!(node.bool("privileged"), Ok(false))) {
        return Err(refused(node, "privileged"));
    }
    for key in REFUSED {
        let Some(node) = fields.take(key) else { continue };
        let is_empty = matches!(&node.value, Value::List(items) if items.is_empty());
        // What containers have anyway.
        let is_own =
            matches!((key, node.text(key)), ("ipc", Ok("private" | "none" | "shareable")) | ("cgroup", Ok("private")));
        if !is_empty && !is_own {
            let said = node.text(key).map(|text| format!("{key}: {}", crate::error::cut(text)));
            return Err(refused(node, &said.unwrap_or_else(|_| key.to_owned())));
        }
    }
    if let Some(node) = fields.take("volumes_from") {
        return Err(node.fault("volumes_from is not supported: name the volumes in each service"));
    }
    if let Some(node) = fields.take("extends") {
        return Err(node.fault("extends is not supported: use an anchor and a merge key (<<: *name)"));
    }
    Ok(())
}

/// A command line, split as a shell does, or its words. An empty one clears the image's.
fn words(node: &Node, what: &str) -> Result<Vec<String>> {
    match &node.value {
        Value::Scalar(scalar) => {
            shell::split(&scalar.text).ok_or_else(|| node.fault(format!("a quote of {what} is not closed")))
        }
        _ => node.texts(what),
    }
}

fn build(node: &Node, variables: &Variables, notes: &mut Notes<'_>) -> Result<Build> {
    const KNOWN: [&str; 16] = [
        "additional_contexts",
        "cache_from",
        "cache_to",
        "extra_hosts",
        "isolation",
        "labels",
        "no_cache",
        "no_cache_filter",
        "platforms",
        "provenance",
        "pull",
        "sbom",
        "secrets",
        "shm_size",
        "ssh",
        "tags",
    ];
    let file = || Dockerfile::Path(crate::DOCKERFILE.to_owned());
    if let Value::Scalar(_) = &node.value {
        let context = context(node)?;
        return Ok(Build { context, dockerfile: file(), args: Variables::new(), target: None });
    }
    let mut fields = Fields::of(node, "build")?;
    for key in ["privileged", "entitlements"] {
        if let Some(node) = fields.take(key).filter(|node| !matches!(node.bool(key), Ok(false))) {
            return Err(refused(node, &format!("{key} of build")));
        }
    }
    match fields.take("network").map(|node| (node, node.text("network"))) {
        Some((node, Ok("host"))) => return Err(refused(node, "network: host of build")),
        Some((node, Ok("none" | "default"))) => notes.warn(node.at, "network of build is not honoured"),
        Some((node, _)) => return Err(node.fault("network of build must be default or none")),
        None => {}
    }
    let context = fields.take("context").map_or(Ok(String::new()), context)?;
    let dockerfile = match (fields.take("dockerfile"), fields.text("dockerfile_inline")?) {
        (Some(node), Some(_)) => {
            return Err(node.fault("a build has dockerfile or dockerfile_inline, not both"));
        }
        (Some(node), None) => Dockerfile::Path(path(node, "dockerfile")?),
        (None, Some(text)) => Dockerfile::Inline(text),
        (None, None) => file(),
    };
    let mut args = Variables::new();
    for (name, value, _) in fields.take("args").map_or(Ok(Vec::new()), |node| mapping(node, "args"))? {
        if let Some(value) = value.or_else(|| variables.get(&name).cloned()) {
            args.insert(name, value);
        }
    }
    let target = fields.text("target")?;
    rest(&fields, "build", &KNOWN, notes)?;
    Ok(Build { context, dockerfile, args, target })
}

/// A directory of the bundle, which could be called like an address.
fn context(node: &Node) -> Result<String> {
    let text = node.text("context")?;
    if text.contains("://") || text.starts_with("git@") || text.starts_with("github.com/") {
        return Err(
            node.fault(format!("the context {} is fetched from elsewhere: put it into the bundle", quoted(text)))
        );
    }
    path(node, "context")
}

fn env_files(node: &Node) -> Result<Vec<EnvFile>> {
    let plain = |node: &Node| {
        Ok(EnvFile { path: path(node, "env_file")?, at: node.at, required: true, format: dotenv::Format::Compose })
    };
    if let Value::Scalar(_) = &node.value {
        return Ok(vec![plain(node)?]);
    }
    let mut found = Vec::new();
    for item in node.list("env_file")? {
        if let Value::Scalar(_) = &item.value {
            found.push(plain(item)?);
            continue;
        }
        let mut fields = Fields::of(item, "an env_file")?;
        let path = path(fields.required("path", "an env_file")?, "path")?;
        let required = fields.bool("required")?.unwrap_or(true);
        let format = match fields.take("format").map(|node| (node, node.text("format"))) {
            None => dotenv::Format::Compose,
            Some((_, Ok("raw"))) => dotenv::Format::Raw,
            Some((node, _)) => return Err(node.fault("format of an env_file is raw, or is left out")),
        };
        if let Some(entry) = fields.rest().next() {
            return Err(Fault::new(entry.at, format!("{} is not known in an env_file", quoted(&entry.key))));
        }
        found.push(EnvFile { path, at: item.at, required, format });
    }
    Ok(found)
}

fn dependencies(node: &Node, notes: &mut Notes<'_>) -> Result<BTreeMap<String, Dependency>> {
    let plain = Dependency { condition: Condition::Started, required: true, restart: false };
    let mut found = BTreeMap::new();
    let Value::Map(entries) = &node.value else {
        for item in node.list("depends_on")? {
            found.insert(name(item.text("depends_on")?, item.at, "a service")?, plain);
        }
        return Ok(found);
    };
    for entry in entries {
        let mut fields = Fields::of(&entry.value, "an entry of depends_on")?;
        let condition = match fields.take("condition").map(|node| (node, node.text("condition"))) {
            None | Some((_, Ok("service_started"))) => Condition::Started,
            Some((_, Ok("service_healthy"))) => Condition::Healthy,
            Some((_, Ok("service_completed_successfully"))) => Condition::Completed,
            Some((node, _)) => {
                return Err(
                    node.fault("condition must be service_started, service_healthy or service_completed_successfully")
                );
            }
        };
        let required = fields.bool("required")?.unwrap_or(true);
        let restart = fields.bool("restart")?.unwrap_or(false);
        rest(&fields, "depends_on", &[], notes)?;
        found.insert(name(&entry.key, entry.at, "a service")?, Dependency { condition, required, restart });
    }
    Ok(found)
}

fn networking(fields: &mut Fields<'_>, notes: &mut Notes<'_>) -> Result<Networking> {
    let networks = fields.take("networks");
    if let Some(node) = fields.take("network_mode") {
        let mode = node.text("network_mode")?;
        let found = match mode.split_once(':') {
            None if mode == "none" => Networking::None,
            None if mode == "bridge" || mode == "default" => Networking::default(),
            Some(("service", name)) => Networking::Service(name.to_owned()),
            _ => return Err(refused(node, &format!("network_mode: {}", crate::error::cut(mode)))),
        };
        return match networks {
            Some(_) => Err(node.fault("a service has network_mode or networks, not both")),
            None => Ok(found),
        };
    }
    let Some(node) = networks else { return Ok(Networking::default()) };
    let mut found = BTreeMap::new();
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                let mut fields = Fields::of(&entry.value, "a network of a service")?;
                let aliases = fields.texts("aliases")?;
                let known = [
                    "driver_opts",
                    "gw_priority",
                    "interface_name",
                    "ipv4_address",
                    "ipv6_address",
                    "link_local_ips",
                    "mac_address",
                    "priority",
                ];
                rest(&fields, "a network of a service", &known, notes)?;
                found.insert(entry.key.to_string(), aliases);
            }
        }
        _ => found.extend(node.texts("networks")?.into_iter().map(|name| (name, Vec::new()))),
    }
    Ok(if found.is_empty() { Networking::default() } else { Networking::Networks(found) })
}

fn healthcheck(node: &Node, notes: &mut Notes<'_>) -> Result<Healthcheck> {
    let mut fields = Fields::of(node, "healthcheck")?;
    let mut disabled = fields.bool("disable")?.unwrap_or(false);
    let test = match fields.take("test") {
        None => None,
        Some(test) => match &test.value {
            Value::Scalar(scalar) => Some(vec!["CMD-SHELL".to_owned(), scalar.text.clone()]),
            _ => {
                let words = test.texts("test")?;
                match words.first().map(String::as_str) {
                    Some("NONE") => {
                        disabled = true;
                        None
                    }
                    Some("CMD") if words.len() > 1 => Some(words),
                    Some("CMD-SHELL") if words.len() == 2 => Some(words),
                    _ => {
                        return Err(test
                            .fault("test must be a command line, or a list that begins with CMD, CMD-SHELL or NONE"));
                    }
                }
            }
        },
    };
    let mut time =
        |key: &str| -> Result<Option<Duration>> { fields.take(key).map(|node| duration(node, key)).transpose() };
    let (interval, timeout) = (time("interval")?, time("timeout")?);
    let (start_period, start_interval) = (time("start_period")?, time("start_interval")?);
    let retries = fields.number("retries")?;
    rest(&fields, "healthcheck", &[], notes)?;
    Ok(match disabled {
        true => Healthcheck::Disabled,
        false => Healthcheck::Test { test, interval, timeout, retries, start_period, start_interval },
    })
}

fn restart(node: &Node) -> Result<Restart> {
    let text = node.text("restart")?;
    let wrong =
        || node.fault(format!("restart must be no, always, on-failure[:N] or unless-stopped, not {}", quoted(text)));
    Ok(match text.split_once(':') {
        None => match text {
            "no" => Restart::No,
            "always" => Restart::Always,
            "on-failure" => Restart::OnFailure(None),
            "unless-stopped" => Restart::UnlessStopped,
            _ => return Err(wrong()),
        },
        Some(("on-failure", most)) => Restart::OnFailure(Some(most.parse().map_err(|_| wrong())?)),
        Some(_) => return Err(wrong()),
    })
}

fn extra_hosts(node: &Node) -> Result<BTreeMap<String, std::net::IpAddr>> {
    let mut pairs = Vec::new();
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                pairs.push((entry.key.to_string(), entry.value.text("extra_hosts")?.to_owned(), entry.at));
            }
        }
        _ => {
            for item in node.list("extra_hosts")? {
                let text = item.text("extra_hosts")?;
                let Some((name, address)) = text.split_once('=').or_else(|| text.split_once(':')) else {
                    return Err(item.fault(format!("{} is no NAME=ADDRESS", quoted(text))));
                };
                pairs.push((name.to_owned(), address.to_owned(), item.at));
            }
        }
    }
    let mut found = BTreeMap::new();
    for (name, address, at) in pairs {
        if address == "host-gateway" {
            return Err(Fault::new(at, "host-gateway is refused: an application must not reach its host"));
        }
        let plain = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(&address);
        let address = plain.parse().map_err(|_| Fault::new(at, format!("{} is no address", quoted(&address))))?;
        found.insert(name, address);
    }
    Ok(found)
}

/// The limits, which are written in two ways; `deploy` counts.
fn resources(fields: &mut Fields<'_>, notes: &mut Notes<'_>) -> Result<Resources> {
    let size = |fields: &mut Fields<'_>, key: &str| fields.take(key).map(|node| bytes(node, key)).transpose();
    let mut found = Resources {
        memory: size(fields, "mem_limit")?,
        memory_reservation: size(fields, "mem_reservation")?,
        nano_cpus: fields.take("cpus").map(|node| cpus(node, "cpus")).transpose()?,
        pids: pids(fields.take("pids_limit"), "pids_limit")?,
    };
    let Some(deploy) = fields.take("deploy") else { return Ok(found) };
    let mut deploy = Fields::of(deploy, "deploy")?;
    if let Some(node) = deploy.take("resources") {
        let mut resources = Fields::of(node, "resources")?;
        if let Some(node) = resources.take("limits") {
            let mut limits = Fields::of(node, "limits")?;
            found.memory = size(&mut limits, "memory")?.or(found.memory);
            found.nano_cpus = limits.take("cpus").map(|node| cpus(node, "cpus")).transpose()?.or(found.nano_cpus);
            found.pids = pids(limits.take("pids"), "pids")?.or(found.pids);
            rest(&limits, "limits", &[], notes)?;
        }
        if let Some(node) = resources.take("reservations") {
            let mut kept = Fields::of(node, "reservations")?;
            if let Some(node) =
                kept.take("devices").filter(|node| !matches!(&node.value, Value::List(items) if items.is_empty()))
            {
                return Err(refused(node, "devices"));
            }
            found.memory_reservation = size(&mut kept, "memory")?.or(found.memory_reservation);
            rest(&kept, "reservations", &["cpus", "generic_resources"], notes)?;
        }
        rest(&resources, "resources", &[], notes)?;
    }
    if let Some(node) = deploy.take("replicas")
        && node.text("replicas")? != "1"
    {
        notes.warn(node.at, "replicas of deploy is not honoured: instances of the environment are what is scaled");
    }
    let known = ["endpoint_mode", "labels", "mode", "placement", "restart_policy", "rollback_config", "update_config"];
    rest(&deploy, "deploy", &known, notes)?;
    Ok(found)
}

/// Most processes; 0 and -1 are no limit.
fn pids(node: Option<&Node>, what: &str) -> Result<Option<u64>> {
    let Some(node) = node else { return Ok(None) };
    let number: i64 = node.number(what)?;
    Ok(u64::try_from(number).ok().filter(|most| *most != 0))
}

/// A capability's name without its prefix, in capitals.
fn capability(name: &str) -> String {
    let upper = name.to_ascii_uppercase();
    upper.strip_prefix("CAP_").map_or(upper.clone(), str::to_owned)
}

fn cap_add(node: &Node) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for item in node.list("cap_add")? {
        let name = capability(item.text("cap_add")?);
        if !CAPABILITIES.contains(&name.as_str()) {
            return Err(refused(item, &format!("cap_add: {}", crate::error::cut(&name))));
        }
        found.push(name);
    }
    Ok(found)
}

/// What may be asked for is less, never more.
fn security(node: &Node) -> Result<bool> {
    let mut found = false;
    for item in node.list("security_opt")? {
        match item.text("security_opt")? {
            "no-new-privileges" | "no-new-privileges:true" | "no-new-privileges=true" => found = true,
            "no-new-privileges:false" | "no-new-privileges=false" => found = false,
            other => return Err(refused(item, &format!("security_opt: {}", crate::error::cut(other)))),
        }
    }
    Ok(found)
}

fn ulimits(node: &Node, notes: &mut Notes<'_>) -> Result<BTreeMap<String, Ulimit>> {
    let mut found = BTreeMap::new();
    for entry in node.map("ulimits")? {
        let limit = match &entry.value.value {
            Value::Map(_) => {
                let mut fields = Fields::of(&entry.value, "a ulimit")?;
                let soft = fields.required("soft", "a ulimit")?.number("soft")?;
                let hard = fields.required("hard", "a ulimit")?.number("hard")?;
                rest(&fields, "a ulimit", &[], notes)?;
                Ulimit { soft, hard }
            }
            _ => {
                let both = entry.value.number("a ulimit")?;
                Ulimit { soft: both, hard: both }
            }
        };
        if limit.soft < -1 || limit.hard < -1 || (limit.hard != -1 && (limit.soft > limit.hard || limit.soft == -1)) {
            return Err(Fault::new(
                entry.at,
                format!("the soft limit of {} is above the hard one", quoted(&entry.key)),
            ));
        }
        found.insert(entry.key.to_string(), limit);
    }
    Ok(found)
}
