//! A container as clients see it: the list's summary and the whole of `inspect`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::container::spec::{
    CgroupnsMode, HealthCheck, Host, HostPort, IpcMode, Mount, MountSource, NetworkMode, PidMode, Port, RestartPolicy,
};
use engine::container::state::{Health, State};
use engine::container::{Container, Endpoint, MountKind, MountPoint};
use engine::{Engine, Snapshot};
use serde_json::{Map, Value, json};
use words::{ExecId, Timestamp};

use crate::filters::Filters;
use crate::units;

/// Go's zero time, which clients know as "never".
const NEVER: &str = "0001-01-01T00:00:00Z";

/// Whether the list's filters accept a container.
pub(crate) fn matches(one: &Arc<Container>, snapshot: &Snapshot, filters: &Filters) -> bool {
    let port = |text: &str| text.parse::<Port>().ok();
    filters.any("id", |text| one.id.as_str().starts_with(text))
        && filters.any("name", |text| name_matches(&one.name, text))
        && filters.labels(&one.spec.labels)
        && filters.any("status", |word| one.state.word() == word)
        && filters.any("exited", |code| one.state.exit().is_some_and(|exit| exit.code.to_string() == code))
        && filters.any("health", |word| health_word(one.health.as_ref()) == word)
        && filters.any("ancestor", |image| is_ancestor(one, snapshot, image))
        && filters.any("network", |text| {
            one.endpoints.iter().any(|(name, endpoint)| name == text || endpoint.network.as_str().starts_with(text))
        })
        && filters.any("volume", |text| {
            one.mounts.iter().any(|mount| mount.name.as_deref() == Some(text) || mount.target.to_str() == Some(text))
        })
        && filters.any("expose", |text| port(text).is_some_and(|port| one.spec.exposed.contains(&port)))
        && filters.any("publish", |text| port(text).is_some_and(|port| one.published.contains_key(&port)))
        && filters.any("is-task", |text| matches!(text, "false" | "0"))
        && filters.any("isolation", |text| text == "default")
}

/// Docker takes a name filter for a pattern; what people write are parts of names, with `^` and `$` at their ends.
fn name_matches(name: &str, pattern: &str) -> bool {
    let (start, rest) = match pattern.strip_prefix('^') {
        Some(rest) => (true, rest),
        None => (false, pattern),
    };
    let (end, rest) = match rest.strip_suffix('$') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    match (start, end) {
        (true, true) => name == rest,
        (true, false) => name.starts_with(rest),
        (false, true) => name.ends_with(rest),
        (false, false) => name.contains(rest),
    }
}

/// The container's image, or one that its image was made from, goes by this name.
fn is_ancestor(one: &Container, snapshot: &Snapshot, text: &str) -> bool {
    let Ok(wanted) = snapshot.image(text) else { return one.image_reference == text };
    let mut image = Some(&one.image);
    for _ in 0..snapshot.images.len() + 1 {
        match image {
            Some(id) if *id == wanted.id => return true,
            Some(id) => image = snapshot.images.get(id).and_then(|record| record.parent.as_ref()),
            None => return false,
        }
    }
    false
}

/// An entry of the list.
pub(crate) fn summary(one: &Arc<Container>, snapshot: &Snapshot) -> Value {
    let mut networks = Map::new();
    for (name, endpoint) in &one.endpoints {
        networks.insert(name.clone(), self::endpoint(endpoint));
    }
    json!({
        "Id": one.id.as_str(),
        "Names": [format!("/{}", one.name)],
        "Image": shown_image(one, snapshot),
        "ImageID": one.image.to_string(),
        "Command": command(&one.argv()),
        "Created": one.created.seconds(),
        "Ports": ports(one),
        "Labels": one.spec.labels,
        "State": one.state.word(),
        "Status": status(one, Timestamp::now()),
        "HostConfig": { "NetworkMode": network_mode(&one.spec.host.network) },
        "NetworkSettings": { "Networks": networks },
        "Mounts": one.mounts.iter().filter(|mount| mount.kind != MountKind::Tmpfs).map(mount_point).collect::<Vec<_>>(),
    })
}

/// The name under which the image was asked for, unless that is another image's by now.
fn shown_image(one: &Container, snapshot: &Snapshot) -> String {
    match snapshot.image(&one.image_reference) {
        Ok(image) if image.id == one.image => one.image_reference.clone(),
        _ => one.image.to_string(),
    }
}

/// The command line, with quotes around arguments that have spaces.
fn command(argv: &[String]) -> String {
    let quoted = argv.iter().enumerate().map(|(position, word)| {
        if position > 0 && (word.is_empty() || word.contains([' ', '\t', '\n'])) {
            format!("'{word}'")
        } else {
            word.clone()
        }
    });
    quoted.collect::<Vec<_>>().join(" ")
}

/// Docker's `Status` column.
fn status(one: &Container, now: Timestamp) -> String {
    match &one.state {
        State::Created { .. } => "Created".into(),
        State::Starting { before } => status(&Container { state: (**before).clone(), ..one.clone() }, now),
        State::Running { started, paused, .. } => {
            let up = units::human(now.since(*started));
            match (paused, health_word(one.health.as_ref())) {
                (true, _) => format!("Up {up} (Paused)"),
                (false, "none") => format!("Up {up}"),
                (false, "starting") => format!("Up {up} (health: starting)"),
                (false, word) => format!("Up {up} ({word})"),
            }
        }
        State::Exited(exit) => format!("Exited ({}) {} ago", exit.code, units::human(now.since(exit.finished))),
        State::Restarting { exit, .. } => {
            format!("Restarting ({}) {} ago", exit.code, units::human(now.since(exit.finished)))
        }
    }
}

fn health_word(health: Option<&Health>) -> &'static str {
    health.map(|health| health.status).unwrap_or_default().word()
}

/// The list's ports: published ones with their host side, exposed ones without.
fn ports(one: &Container) -> Vec<Value> {
    let mut list = Vec::new();
    if !one.state.is_running() {
        return list;
    }
    for (port, addresses) in &one.published {
        for address in addresses {
            list.push(json!({
                "IP": address.ip().to_string(),
                "PrivatePort": port.number,
                "PublicPort": address.port(),
                "Type": port.protocol.as_str(),
            }));
        }
    }
    for port in one.spec.exposed.iter().filter(|port| !one.published.contains_key(port)) {
        list.push(json!({ "PrivatePort": port.number, "Type": port.protocol.as_str() }));
    }
    list
}

/// `inspect`.
pub(crate) fn whole(one: &Arc<Container>, engine: &Engine, execs: &[ExecId]) -> Value {
    let argv = one.argv();
    let (path, args) = argv.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    let execs: Option<Vec<&str>> = (!execs.is_empty()).then(|| execs.iter().map(ExecId::as_str).collect());
    let file = |name: &str| one.dir.join(name).display().to_string();
    let log_path = match one.spec.host.log.driver.as_str() {
        "" | "json-file" => one.log_path().display().to_string(),
        _ => String::new(),
    };
    json!({
        "Id": one.id.as_str(),
        "Created": one.created.to_string(),
        "Path": path,
        "Args": args,
        "State": state(one),
        "Image": one.image.to_string(),
        "ResolvConfPath": file("resolv.conf"),
        "HostnamePath": file("hostname"),
        "HostsPath": file("hosts"),
        "LogPath": log_path,
        "Name": format!("/{}", one.name),
        "RestartCount": one.restart_count,
        "Driver": "overlay2",
        "Platform": "linux",
        "MountLabel": "",
        "ProcessLabel": "",
        "AppArmorProfile": "",
        "ExecIDs": execs,
        "HostConfig": host_config(one),
        "GraphDriver": {
            "Name": "overlay2",
            "Data": { "ID": one.id.as_str(), "UpperDir": engine.upper_of(one).display().to_string() },
        },
        "Mounts": one.mounts.iter().filter(|mount| mount.kind != MountKind::Tmpfs).map(mount_point).collect::<Vec<_>>(),
        "Config": config(one),
        "NetworkSettings": network_settings(one),
    })
}

fn state(one: &Container) -> Value {
    let state = &one.state;
    let (mut error, mut code, mut oom) = (String::new(), 0, false);
    let (mut started, mut finished) = (NEVER.to_owned(), NEVER.to_owned());
    if let Some(exit) = state.exit() {
        (error, code, oom) = (exit.error.clone(), exit.code, exit.oom);
        started = exit.started.map_or_else(|| NEVER.into(), |time| time.to_string());
        finished = exit.finished.to_string();
    }
    match state {
        State::Created { failure: Some(failure) } => (error, code) = (failure.message.clone(), failure.exit_code),
        State::Running { started: time, .. } => started = time.to_string(),
        _ => {}
    }
    let restarting = matches!(state, State::Restarting { .. });
    let mut value = json!({
        "Status": state.word(),
        "Running": state.is_running() || restarting,
        "Paused": state.is_paused(),
        "Restarting": restarting,
        "OOMKilled": oom,
        "Dead": false,
        "Pid": state.pid().unwrap_or(0),
        "ExitCode": code,
        "Error": error,
        "StartedAt": started,
        "FinishedAt": finished,
    });
    if let Some(health) = &one.health {
        let log = health.log.iter().map(|probe| {
            json!({
                "Start": probe.start.to_string(),
                "End": probe.end.to_string(),
                "ExitCode": probe.exit_code,
                "Output": probe.output,
            })
        });
        value["Health"] = json!({
            "Status": health_word(Some(health)),
            "FailingStreak": health.failing_streak,
            "Log": log.collect::<Vec<_>>(),
        });
    }
    value
}

fn config(one: &Container) -> Value {
    let (spec, program) = (&one.spec, &one.spec.program);
    let empty = || Value::Object(Map::new());
    let set = |keys: Vec<String>| (!keys.is_empty()).then(|| keys.into_iter().map(|key| (key, empty())).collect());
    let exposed: Option<Map<String, Value>> = set(spec.exposed.iter().map(Port::to_string).collect());
    let volumes: Option<Map<String, Value>> =
        set(spec.declared_volumes.iter().map(|path| path.display().to_string()).collect());
    let mut value = json!({
        "Hostname": one.hostname(),
        "Domainname": spec.domainname,
        "User": program.user,
        "AttachStdin": program.attach.stdin,
        "AttachStdout": program.attach.stdout,
        "AttachStderr": program.attach.stderr,
        "Tty": program.tty,
        "OpenStdin": program.open_stdin,
        "StdinOnce": program.stdin_once,
        "Env": program.env,
        "Cmd": program.cmd,
        "Image": one.image_reference,
        "Volumes": volumes,
        "WorkingDir": program.working_dir,
        "Entrypoint": program.entrypoint,
        "OnBuild": (!spec.on_build.is_empty()).then_some(&spec.on_build),
        "Labels": spec.labels,
    });
    let mut add = |key: &str, wanted: bool, what: Value| {
        if wanted {
            value[key] = what;
        }
    };
    add("ExposedPorts", exposed.is_some(), json!(exposed));
    add("StopSignal", !program.stop_signal.is_empty(), json!(program.stop_signal));
    add("StopTimeout", program.stop_timeout.is_some(), json!(program.stop_timeout));
    add("Shell", spec.shell.is_some(), json!(spec.shell));
    add("Healthcheck", spec.health_check.is_some(), json!(spec.health_check.as_ref().map(health_check)));
    value
}

fn health_check(check: &HealthCheck) -> Value {
    let nanos = |duration: std::time::Duration| u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
    json!({
        "Test": check.test,
        "Interval": nanos(check.interval),
        "Timeout": nanos(check.timeout),
        "StartPeriod": nanos(check.start_period),
        "StartInterval": nanos(check.start_interval),
        "Retries": check.retries,
    })
}

/// `default`, `bridge`, `host`, `none`, `container:…` or a network's name.
pub(crate) fn network_mode(mode: &NetworkMode) -> String {
    match mode {
        NetworkMode::Default => "default".into(),
        NetworkMode::Bridge => "bridge".into(),
        NetworkMode::None => "none".into(),
        NetworkMode::Host => "host".into(),
        NetworkMode::Container(name) => format!("container:{name}"),
        NetworkMode::Named(name) => name.clone(),
    }
}

fn restart_policy(policy: RestartPolicy) -> Value {
    let (name, count) = match policy {
        RestartPolicy::No => ("no", 0),
        RestartPolicy::Always => ("always", 0),
        RestartPolicy::UnlessStopped => ("unless-stopped", 0),
        RestartPolicy::OnFailure { max } => ("on-failure", max),
    };
    json!({ "Name": name, "MaximumRetryCount": count })
}

fn bindings(ports: &BTreeMap<Port, Vec<HostPort>>) -> Map<String, Value> {
    let shown = |one: &HostPort| {
        let port = match one.range {
            None => String::new(),
            Some((first, last)) if first == last => first.to_string(),
            Some((first, last)) => format!("{first}-{last}"),
        };
        json!({ "HostIp": one.ip.map_or_else(String::new, |ip| ip.to_string()), "HostPort": port })
    };
    ports.iter().map(|(port, hosts)| (port.to_string(), hosts.iter().map(shown).collect())).collect()
}

fn null_if_empty<T>(list: &[T]) -> Option<&[T]> {
    (!list.is_empty()).then_some(list)
}

fn host_config(one: &Container) -> Value {
    let host = &one.spec.host;
    let mut value = json!({
        "Binds": null_if_empty(&host.binds),
        "ContainerIDFile": host.container_id_file,
        "LogConfig": { "Type": host.log.driver, "Config": host.log.options },
        "NetworkMode": network_mode(&host.network),
        "PortBindings": bindings(&host.ports),
        "RestartPolicy": restart_policy(host.restart),
        "AutoRemove": host.auto_remove,
        "VolumeDriver": host.volume_driver,
        "VolumesFrom": null_if_empty(&host.volumes_from),
        "ConsoleSize": [host.console_size.0, host.console_size.1],
        "CapAdd": null_if_empty(&host.cap_add),
        "CapDrop": null_if_empty(&host.cap_drop),
        "CgroupnsMode": match host.cgroupns {
            CgroupnsMode::Private => "private",
            CgroupnsMode::Host => "host",
            CgroupnsMode::Default => "",
        },
        "Dns": host.dns.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "DnsOptions": host.dns_options,
        "DnsSearch": host.dns_search,
        "ExtraHosts": null_if_empty(&host.extra_hosts),
        "GroupAdd": null_if_empty(&host.group_add),
        "IpcMode": match &host.ipc {
            IpcMode::Private => "private".to_owned(),
            IpcMode::Shareable => "shareable".into(),
            IpcMode::None => "none".into(),
            IpcMode::Host => "host".into(),
            IpcMode::Container(name) => format!("container:{name}"),
        },
        "Cgroup": "",
        "Links": null_if_empty(&host.links),
        "OomScoreAdj": host.oom_score_adj,
        "PidMode": match &host.pid {
            PidMode::Private => String::new(),
            PidMode::Host => "host".into(),
            PidMode::Container(name) => format!("container:{name}"),
        },
        "Privileged": host.privileged,
        "PublishAllPorts": host.publish_all,
        "ReadonlyRootfs": host.readonly_rootfs,
        "SecurityOpt": null_if_empty(&host.security_opt),
        "UTSMode": if host.uts_host { "host" } else { "" },
        "UsernsMode": host.userns,
        "ShmSize": if host.shm_size > 0 { host.shm_size } else { 64 << 20 },
        "Runtime": if host.runtime.is_empty() { engine::container::runtimes::OWN } else { &host.runtime },
        "Isolation": "",
        "MaskedPaths": host.masked_paths,
        "ReadonlyPaths": host.readonly_paths,
    });
    let Value::Object(resources) = resources(host) else { return value };
    for (key, entry) in resources {
        value[key] = entry;
    }
    if !host.tmpfs.is_empty() {
        value["Tmpfs"] = json!(host.tmpfs);
    }
    if !host.sysctls.is_empty() {
        value["Sysctls"] = json!(host.sysctls);
    }
    if let Some(init) = host.init {
        value["Init"] = json!(init);
    }
    let mounts: Vec<Value> = host.mounts.iter().filter(|mount| mount.strict).map(mount_spec).collect();
    if !mounts.is_empty() {
        value["Mounts"] = json!(mounts);
    }
    value
}

fn resources(host: &Host) -> Value {
    let limits = &host.resources;
    let rates = |list: &[engine::container::spec::ThrottleDevice]| {
        list.iter().map(|one| json!({ "Path": one.path, "Rate": one.rate })).collect::<Vec<_>>()
    };
    let devices = limits.devices.iter().map(|device| {
        json!({
            "PathOnHost": device.host,
            "PathInContainer": device.container,
            "CgroupPermissions": device.permissions,
        })
    });
    let ulimits = limits.ulimits.iter().map(|one| json!({ "Name": one.name, "Soft": one.soft, "Hard": one.hard }));
    let weights = limits.blkio_weight_device.iter().map(|one| json!({ "Path": one.path, "Weight": one.weight }));
    json!({
        "CpuShares": limits.cpu_shares,
        "Memory": limits.memory,
        "NanoCpus": limits.nano_cpus,
        "CgroupParent": limits.cgroup_parent,
        "BlkioWeight": limits.blkio_weight,
        "BlkioWeightDevice": weights.collect::<Vec<_>>(),
        "BlkioDeviceReadBps": rates(&limits.read_bps),
        "BlkioDeviceWriteBps": rates(&limits.write_bps),
        "BlkioDeviceReadIOps": rates(&limits.read_iops),
        "BlkioDeviceWriteIOps": rates(&limits.write_iops),
        "CpuPeriod": limits.cpu_period,
        "CpuQuota": limits.cpu_quota,
        "CpuRealtimePeriod": limits.cpu_realtime_period,
        "CpuRealtimeRuntime": limits.cpu_realtime_runtime,
        "CpusetCpus": limits.cpuset_cpus,
        "CpusetMems": limits.cpuset_mems,
        "Devices": devices.collect::<Vec<_>>(),
        "DeviceCgroupRules": null_if_empty(&limits.device_cgroup_rules),
        "DeviceRequests": Value::Null,
        "MemoryReservation": limits.memory_reservation,
        "MemorySwap": limits.memory_swap,
        "MemorySwappiness": limits.memory_swappiness,
        "OomKillDisable": limits.oom_kill_disable,
        "PidsLimit": limits.pids_limit,
        "Ulimits": ulimits.collect::<Vec<_>>(),
        "CpuCount": 0,
        "CpuPercent": 0,
        "IOMaximumIOps": 0,
        "IOMaximumBandwidth": 0,
    })
}

/// A mount as the client asked for it.
fn mount_spec(mount: &Mount) -> Value {
    let mut value = json!({ "Target": mount.target });
    if mount.readonly {
        value["ReadOnly"] = json!(true);
    }
    match &mount.source {
        MountSource::Bind { path, propagation, non_recursive, part, .. } => {
            value["Type"] = json!("bind");
            value["Source"] = json!(part_of(path, part));
            if !propagation.is_empty() || *non_recursive {
                value["BindOptions"] = json!({ "Propagation": propagation, "NonRecursive": non_recursive });
            }
        }
        MountSource::Volume { name, no_copy, labels, .. } => {
            value["Type"] = json!("volume");
            value["Source"] = json!(name);
            if *no_copy || !labels.is_empty() {
                value["VolumeOptions"] = json!({ "NoCopy": no_copy, "Labels": labels });
            }
        }
        MountSource::Tmpfs { size, mode, .. } => {
            value["Type"] = json!("tmpfs");
            if size.is_some() || mode.is_some() {
                value["TmpfsOptions"] = json!({ "SizeBytes": size.unwrap_or(0), "Mode": mode.unwrap_or(0) });
            }
        }
    }
    value
}

/// What is mounted of something.
fn part_of(path: &Path, part: &Path) -> PathBuf {
    // Joining nothing would add a slash.
    if part.as_os_str().is_empty() { path.to_owned() } else { path.join(part) }
}

/// A mount as it is.
fn mount_point(mount: &MountPoint) -> Value {
    let mut value = json!({
        "Type": mount.kind.as_str(),
        "Source": part_of(&mount.source, &mount.part),
        "Destination": mount.target,
        "Mode": mount.mode,
        "RW": mount.rw,
        "Propagation": mount.propagation,
    });
    if let Some(name) = &mount.name {
        value["Name"] = json!(name);
        value["Driver"] = json!("local");
    }
    value
}

fn network_settings(one: &Container) -> Value {
    let mut networks = Map::new();
    for (name, endpoint) in &one.endpoints {
        networks.insert(name.clone(), self::endpoint(endpoint));
    }
    let mut ports = Map::new();
    if one.state.is_running() {
        for port in &one.spec.exposed {
            ports.insert(port.to_string(), Value::Null);
        }
        for (port, addresses) in &one.published {
            let hosts = addresses
                .iter()
                .map(|address| json!({ "HostIp": address.ip().to_string(), "HostPort": address.port().to_string() }));
            ports.insert(port.to_string(), hosts.collect());
        }
    }
    let bridge = one.endpoints.get("bridge").map(self::endpoint);
    let of_bridge = |key: &str| bridge.as_ref().map_or_else(|| json!(""), |endpoint| endpoint[key].clone());
    let prefix = bridge.as_ref().map_or_else(|| json!(0), |endpoint| endpoint["IPPrefixLen"].clone());
    let sandbox = if one.state.is_running() { one.id.as_str() } else { "" };
    json!({
        "Bridge": "",
        "SandboxID": sandbox,
        "SandboxKey": one.state.pid().map_or_else(String::new, |pid| format!("/proc/{pid}/ns/net")),
        "HairpinMode": false,
        "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0,
        "SecondaryIPAddresses": Value::Null,
        "SecondaryIPv6Addresses": Value::Null,
        "Ports": ports,
        "EndpointID": of_bridge("EndpointID"),
        "Gateway": of_bridge("Gateway"),
        "GlobalIPv6Address": of_bridge("GlobalIPv6Address"),
        "GlobalIPv6PrefixLen": 0,
        "IPAddress": of_bridge("IPAddress"),
        "IPPrefixLen": prefix,
        "IPv6Gateway": of_bridge("IPv6Gateway"),
        "MacAddress": of_bridge("MacAddress"),
        "Networks": networks,
    })
}

/// An endpoint: what was asked, and what it is.
fn endpoint(endpoint: &Endpoint) -> Value {
    let config = &endpoint.config;
    let text = |address: Option<String>| address.unwrap_or_default();
    let ipam = (config.ipv4.is_some() || config.ipv6.is_some()).then(|| {
        let mut asked = Map::new();
        if let Some(address) = config.ipv4 {
            asked.insert("IPv4Address".into(), json!(address.to_string()));
        }
        if let Some(address) = config.ipv6 {
            asked.insert("IPv6Address".into(), json!(address.to_string()));
        }
        asked
    });
    let mut names: Vec<&str> = endpoint.dns_names.iter().map(String::as_str).collect();
    names.dedup();
    json!({
        "IPAMConfig": ipam,
        "Links": null_if_empty(&config.links),
        "Aliases": null_if_empty(&config.aliases),
        "MacAddress": endpoint.mac,
        "DriverOpts": (!config.driver_options.is_empty()).then_some(&config.driver_options),
        "GwPriority": config.gateway_priority,
        "NetworkID": endpoint.network.as_str(),
        "EndpointID": endpoint.id,
        "Gateway": text(endpoint.gateway.map(|address| address.to_string())),
        "IPAddress": text(endpoint.ipv4.map(|net| net.addr().to_string())),
        "IPPrefixLen": endpoint.ipv4.map_or(0, |net| net.prefix_len()),
        "IPv6Gateway": text(endpoint.gateway6.map(|address| address.to_string())),
        "GlobalIPv6Address": text(endpoint.ipv6.map(|net| net.addr().to_string())),
        "GlobalIPv6PrefixLen": endpoint.ipv6.map_or(0, |net| net.prefix_len()),
        "DNSNames": (!names.is_empty()).then_some(names),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_filters_are_small_patterns() {
        for (pattern, fits) in
            [("web", true), ("^web", true), ("^/web1$", true), ("eb1$", true), ("^eb", false), ("^web$", false)]
        {
            assert_eq!(name_matches("web1", pattern), fits, "{pattern}");
        }
    }

    #[test]
    fn commands_are_quoted_where_needed() {
        let words = ["/bin/sh", "-c", "echo hi there", ""].map(str::to_owned);
        assert_eq!(command(&words), "/bin/sh -c 'echo hi there' ''");
    }
}
