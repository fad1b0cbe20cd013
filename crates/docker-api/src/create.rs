//! The body of `POST /containers/create`, turned into the engine's own words.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

use engine::container::spec::{
    CgroupnsMode, DeviceMapping, EndpointConfig, HealthCheck, Host, HostPort, IpcMode, LogConfig, Mount, NetworkMode,
    PidMode, Port, Program, Resources, RestartPolicy, Seccomp, Security, Spec, Streams, ThrottleDevice, Ulimit,
    WeightDevice,
};
use serde::Deserialize;
use serde_json::Value;

use crate::error::Failure;
use crate::request;

mod mounts;

use mounts::{MountSettings, bind, mount, tmpfs};

/// One text or several, as `Cmd` and `Entrypoint` are sent.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(untagged)]
enum Words {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

impl Words {
    fn into_list(self) -> Option<Vec<String>> {
        match self {
            Self::None => None,
            Self::One(word) if word.is_empty() => Some(Vec::new()),
            Self::One(word) => Some(vec![word]),
            Self::Many(words) => Some(words),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Body {
    hostname: String,
    domainname: String,
    user: String,
    attach_stdin: bool,
    attach_stdout: bool,
    attach_stderr: bool,
    exposed_ports: BTreeMap<String, Value>,
    tty: bool,
    open_stdin: bool,
    stdin_once: bool,
    env: Vec<String>,
    cmd: Words,
    entrypoint: Words,
    healthcheck: Option<oci::image::Healthcheck>,
    image: String,
    volumes: BTreeMap<String, Value>,
    working_dir: String,
    network_disabled: bool,
    mac_address: String,
    on_build: Vec<String>,
    labels: BTreeMap<String, String>,
    stop_signal: String,
    stop_timeout: Option<i64>,
    shell: Option<Vec<String>>,
    pub(crate) host_config: HostConfig,
    networking_config: NetworkingConfig,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct NetworkingConfig {
    endpoints_config: BTreeMap<String, Option<EndpointSettings>>,
}

/// What a client asks of an endpoint; also the body of `network connect`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct EndpointSettings {
    #[serde(rename = "IPAMConfig")]
    ipam: Option<EndpointIpam>,
    links: Vec<String>,
    aliases: Vec<String>,
    mac_address: String,
    driver_opts: BTreeMap<String, String>,
    gw_priority: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EndpointIpam {
    #[serde(rename = "IPv4Address")]
    ipv4: String,
    #[serde(rename = "IPv6Address")]
    ipv6: String,
    #[serde(rename = "LinkLocalIPs")]
    link_local: Vec<String>,
}

impl EndpointSettings {
    pub(crate) fn into_config(self) -> Result<EndpointConfig, Failure> {
        fn address<A: std::str::FromStr>(text: &str) -> Result<Option<A>, Failure> {
            if text.is_empty() {
                return Ok(None);
            }
            text.parse().map(Some).map_err(|_| Failure::bad_request(format!("invalid IP address: {text}")))
        }
        let ipam = self.ipam.unwrap_or_default();
        if !self.links.is_empty() || !ipam.link_local.is_empty() || !self.driver_opts.is_empty() {
            return Err(Failure::not_implemented("links, link-local addresses and driver options of an endpoint"));
        }
        if !ipam.ipv6.is_empty() {
            return Err(Failure::not_implemented("an IPv6 address of an endpoint"));
        }
        Ok(EndpointConfig {
            ipv4: address(&ipam.ipv4)?,
            aliases: self.aliases,
            mac_address: self.mac_address,
            gateway_priority: self.gw_priority,
            ..EndpointConfig::default()
        })
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct HostConfig {
    binds: Vec<String>,
    #[serde(rename = "ContainerIDFile")]
    container_id_file: String,
    log_config: LogSettings,
    network_mode: String,
    port_bindings: BTreeMap<String, Option<Vec<PortBinding>>>,
    restart_policy: Policy,
    auto_remove: bool,
    volume_driver: String,
    volumes_from: Vec<String>,
    mounts: Vec<MountSettings>,
    console_size: (u16, u16),
    annotations: BTreeMap<String, String>,
    cap_add: Vec<String>,
    cap_drop: Vec<String>,
    cgroupns_mode: String,
    dns: Vec<String>,
    dns_options: Vec<String>,
    dns_search: Vec<String>,
    extra_hosts: Vec<String>,
    group_add: Vec<String>,
    ipc_mode: String,
    cgroup: String,
    links: Vec<String>,
    oom_score_adj: i32,
    pid_mode: String,
    privileged: bool,
    publish_all_ports: bool,
    readonly_rootfs: bool,
    security_opt: Vec<String>,
    storage_opt: BTreeMap<String, String>,
    tmpfs: BTreeMap<String, String>,
    #[serde(rename = "UTSMode")]
    uts_mode: String,
    userns_mode: String,
    shm_size: i64,
    sysctls: BTreeMap<String, String>,
    runtime: String,
    cpu_shares: i64,
    memory: i64,
    nano_cpus: i64,
    cgroup_parent: String,
    blkio_weight: u16,
    blkio_weight_device: Vec<Weight>,
    blkio_device_read_bps: Vec<Rate>,
    blkio_device_write_bps: Vec<Rate>,
    #[serde(rename = "BlkioDeviceReadIOps")]
    blkio_device_read_iops: Vec<Rate>,
    #[serde(rename = "BlkioDeviceWriteIOps")]
    blkio_device_write_iops: Vec<Rate>,
    cpu_period: i64,
    cpu_quota: i64,
    cpu_realtime_period: i64,
    cpu_realtime_runtime: i64,
    cpuset_cpus: String,
    cpuset_mems: String,
    devices: Vec<Device>,
    device_cgroup_rules: Vec<String>,
    device_requests: Vec<Value>,
    kernel_memory: i64,
    memory_reservation: i64,
    memory_swap: i64,
    memory_swappiness: Option<i64>,
    oom_kill_disable: bool,
    pids_limit: Option<i64>,
    ulimits: Vec<Limit>,
    masked_paths: Option<Vec<PathBuf>>,
    readonly_paths: Option<Vec<PathBuf>>,
    init: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LogSettings {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(rename = "Config")]
    config: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct PortBinding {
    host_ip: String,
    host_port: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Policy {
    name: String,
    maximum_retry_count: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Weight {
    path: PathBuf,
    weight: u16,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Rate {
    path: PathBuf,
    rate: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Device {
    path_on_host: PathBuf,
    path_in_container: PathBuf,
    cgroup_permissions: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Limit {
    name: String,
    soft: i64,
    hard: i64,
}

/// Reads a body: the image and everything else.
///
/// # Errors
/// 400 for what makes no sense, 501 for what this version cannot do.
pub fn decode(bytes: &[u8]) -> Result<(String, Spec), Failure> {
    spec(request::decode(bytes)?)
}

pub(crate) fn spec(body: Body) -> Result<(String, Spec), Failure> {
    if body.image.is_empty() {
        return Err(Failure::bad_request("no image specified"));
    }
    let mut host = host(body.host_config)?;
    if body.network_disabled {
        host.network = NetworkMode::None;
    }
    host.mac_address = body.mac_address;
    for (name, settings) in body.networking_config.endpoints_config {
        host.endpoints.insert(name, settings.unwrap_or_default().into_config()?);
    }
    let annotations = std::mem::take(&mut host.1);
    let spec = Spec {
        program: Program {
            entrypoint: body.entrypoint.into_list(),
            cmd: body.cmd.into_list(),
            env: body.env,
            working_dir: body.working_dir,
            user: body.user,
            tty: body.tty,
            open_stdin: body.open_stdin,
            stdin_once: body.stdin_once,
            attach: Streams { stdin: body.attach_stdin, stdout: body.attach_stdout, stderr: body.attach_stderr },
            stop_signal: body.stop_signal,
            stop_timeout: body.stop_timeout,
        },
        hostname: body.hostname,
        domainname: body.domainname,
        labels: body.labels,
        annotations,
        exposed: body.exposed_ports.keys().map(|text| port(text)).collect::<Result<_, _>>()?,
        declared_volumes: body.volumes.into_keys().map(PathBuf::from).collect(),
        on_build: body.on_build,
        shell: body.shell,
        health_check: body.healthcheck.map(HealthCheck::from),
        host: host.0,
    };
    Ok((body.image, spec))
}

fn port(text: &str) -> Result<Port, Failure> {
    text.parse().map_err(Failure::bad_request)
}

/// The host's part, and the annotations that travel in it.
struct WithAnnotations(Host, BTreeMap<String, String>);

impl std::ops::Deref for WithAnnotations {
    type Target = Host;
    fn deref(&self) -> &Host {
        &self.0
    }
}

impl std::ops::DerefMut for WithAnnotations {
    fn deref_mut(&mut self) -> &mut Host {
        &mut self.0
    }
}

fn host(config: HostConfig) -> Result<WithAnnotations, Failure> {
    for (set, what) in [
        (!config.device_requests.is_empty(), "HostConfig.DeviceRequests"),
        (!config.storage_opt.is_empty(), "HostConfig.StorageOpt"),
        (config.kernel_memory > 0, "HostConfig.KernelMemory"),
        (!config.cgroup.is_empty(), "HostConfig.Cgroup"),
    ] {
        if set {
            return Err(Failure::not_implemented(what));
        }
    }
    let mut mounts: Vec<Mount> = config.binds.iter().map(|text| bind(text)).collect::<Result<_, _>>()?;
    for settings in config.mounts {
        mounts.push(mount(settings)?);
    }
    for (target, options) in &config.tmpfs {
        mounts.push(tmpfs(target, options)?);
    }
    let ports = config.port_bindings.into_iter().map(|(text, bindings)| {
        let bindings = bindings.unwrap_or_default().into_iter().map(host_port).collect::<Result<Vec<_>, _>>()?;
        // No binding at all means any free port, as Docker reads it.
        let bindings = if bindings.is_empty() { vec![HostPort { ip: None, range: None }] } else { bindings };
        Ok((port(&text)?, bindings))
    });
    let ports = ports.collect::<Result<BTreeMap<_, _>, Failure>>()?;
    let dns = config.dns.iter().map(|text| {
        text.parse::<IpAddr>().map_err(|_| Failure::bad_request(format!("invalid DNS server address: {text}")))
    });
    let host = Host {
        mounts,
        binds: config.binds,
        tmpfs: config.tmpfs,
        volumes_from: config.volumes_from,
        volume_driver: config.volume_driver,
        container_id_file: config.container_id_file,
        log: LogConfig { driver: config.log_config.kind, options: config.log_config.config },
        network: network(&config.network_mode),
        ports,
        publish_all: config.publish_all_ports,
        restart: restart(&config.restart_policy)?,
        auto_remove: config.auto_remove,
        cap_add: config.cap_add,
        cap_drop: config.cap_drop,
        privileged: config.privileged,
        security: security(&config.security_opt)?,
        security_opt: config.security_opt,
        dns: dns.collect::<Result<_, _>>()?,
        dns_options: config.dns_options,
        dns_search: config.dns_search,
        extra_hosts: config.extra_hosts,
        group_add: config.group_add,
        ipc: ipc(&config.ipc_mode)?,
        pid: pid(&config.pid_mode)?,
        uts_host: match config.uts_mode.as_str() {
            "" => false,
            "host" => true,
            other => return Err(Failure::bad_request(format!("invalid UTS mode: {other}"))),
        },
        userns: config.userns_mode,
        cgroupns: match config.cgroupns_mode.as_str() {
            "" => CgroupnsMode::Default,
            "private" => CgroupnsMode::Private,
            "host" => CgroupnsMode::Host,
            other => return Err(Failure::bad_request(format!("invalid cgroup namespace mode: {other}"))),
        },
        links: config.links,
        readonly_rootfs: config.readonly_rootfs,
        shm_size: config.shm_size,
        sysctls: config.sysctls,
        runtime: config.runtime,
        init: config.init,
        oom_score_adj: config.oom_score_adj,
        masked_paths: config.masked_paths,
        readonly_paths: config.readonly_paths,
        console_size: config.console_size,
        resources: Resources {
            memory: config.memory,
            memory_reservation: config.memory_reservation,
            memory_swap: config.memory_swap,
            memory_swappiness: config.memory_swappiness,
            oom_kill_disable: config.oom_kill_disable,
            nano_cpus: config.nano_cpus,
            cpu_shares: config.cpu_shares,
            cpu_period: config.cpu_period,
            cpu_quota: config.cpu_quota,
            cpu_realtime_period: config.cpu_realtime_period,
            cpu_realtime_runtime: config.cpu_realtime_runtime,
            cpuset_cpus: config.cpuset_cpus,
            cpuset_mems: config.cpuset_mems,
            pids_limit: config.pids_limit,
            blkio_weight: config.blkio_weight,
            blkio_weight_device: config
                .blkio_weight_device
                .into_iter()
                .map(|Weight { path, weight }| WeightDevice { path, weight })
                .collect(),
            read_bps: rates(config.blkio_device_read_bps),
            write_bps: rates(config.blkio_device_write_bps),
            read_iops: rates(config.blkio_device_read_iops),
            write_iops: rates(config.blkio_device_write_iops),
            devices: config.devices.into_iter().map(device).collect(),
            device_cgroup_rules: config.device_cgroup_rules,
            ulimits: config.ulimits.into_iter().map(|Limit { name, soft, hard }| Ulimit { name, soft, hard }).collect(),
            cgroup_parent: config.cgroup_parent,
        },
        endpoints: BTreeMap::new(),
        mac_address: String::new(),
    };
    Ok(WithAnnotations(host, config.annotations))
}

fn rates(list: Vec<Rate>) -> Vec<ThrottleDevice> {
    list.into_iter().map(|Rate { path, rate }| ThrottleDevice { path, rate }).collect()
}

fn device(device: Device) -> DeviceMapping {
    let container = if device.path_in_container.as_os_str().is_empty() {
        device.path_on_host.clone()
    } else {
        device.path_in_container
    };
    let permissions = if device.cgroup_permissions.is_empty() { "rwm".into() } else { device.cgroup_permissions };
    DeviceMapping { host: device.path_on_host, container, permissions }
}

fn network(text: &str) -> NetworkMode {
    match text {
        "" | "default" => NetworkMode::Default,
        "bridge" => NetworkMode::Bridge,
        "host" => NetworkMode::Host,
        "none" => NetworkMode::None,
        other => match other.strip_prefix("container:") {
            Some(name) => NetworkMode::Container(name.into()),
            None => NetworkMode::Named(other.into()),
        },
    }
}

fn ipc(text: &str) -> Result<IpcMode, Failure> {
    Ok(match text {
        "" | "private" => IpcMode::Private,
        "shareable" => IpcMode::Shareable,
        "none" => IpcMode::None,
        "host" => IpcMode::Host,
        other => match other.strip_prefix("container:") {
            Some(name) if !name.is_empty() => IpcMode::Container(name.into()),
            _ => return Err(Failure::bad_request(format!("invalid IPC mode: {other}"))),
        },
    })
}

fn pid(text: &str) -> Result<PidMode, Failure> {
    Ok(match text {
        "" => PidMode::Private,
        "host" => PidMode::Host,
        other => match other.strip_prefix("container:") {
            Some(name) if !name.is_empty() => PidMode::Container(name.into()),
            _ => return Err(Failure::bad_request(format!("invalid PID mode: {other}"))),
        },
    })
}

fn restart(policy: &Policy) -> Result<RestartPolicy, Failure> {
    let max = u32::try_from(policy.maximum_retry_count)
        .map_err(|_| Failure::bad_request("invalid restart policy: maximum retry count cannot be negative"))?;
    if max > 0 && policy.name != "on-failure" {
        return Err(Failure::bad_request(
            "invalid restart policy: maximum retry count can only be used with 'on-failure'",
        ));
    }
    Ok(match policy.name.as_str() {
        "" | "no" => RestartPolicy::No,
        "always" => RestartPolicy::Always,
        "unless-stopped" => RestartPolicy::UnlessStopped,
        "on-failure" => RestartPolicy::OnFailure { max },
        other => {
            return Err(Failure::bad_request(format!(
                "invalid restart policy: unknown policy '{other}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
            )));
        }
    })
}

fn security(options: &[String]) -> Result<Security, Failure> {
    let mut security = Security::default();
    for option in options {
        let (key, value) = match option.split_once('=').or_else(|| option.split_once(':')) {
            Some((key, value)) => (key, value),
            None => (option.as_str(), ""),
        };
        match (key, value) {
            ("no-new-privileges", "" | "true") => security.no_new_privileges = true,
            ("no-new-privileges", "false") => security.no_new_privileges = false,
            ("seccomp", "unconfined") => security.seccomp = Seccomp::Unconfined,
            ("seccomp", "builtin" | "default") => security.seccomp = Seccomp::Default,
            ("seccomp", profile) => security.seccomp = Seccomp::Profile(profile.into()),
            ("apparmor", profile) => security.apparmor = Some(profile.into()),
            ("label", label) if label != "disable" => security.label.push(label.into()),
            ("label", _) => {}
            ("systempaths", "unconfined") => security.unmasked = true,
            _ => return Err(Failure::bad_request(format!("invalid --security-opt 2: {option:?}"))),
        }
    }
    Ok(security)
}

fn host_port(binding: PortBinding) -> Result<HostPort, Failure> {
    let ip = match binding.host_ip.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| Failure::bad_request(format!("invalid IP address: {text}")))?),
    };
    let wrong = || Failure::bad_request(format!("invalid port specification: {:?}", binding.host_port));
    let number = |text: &str| text.parse::<u16>().map_err(|_| wrong());
    let range = match binding.host_port.split_once('-') {
        _ if matches!(binding.host_port.as_str(), "" | "0") => None,
        Some((first, last)) => Some((number(first)?, number(last)?)),
        None => Some((number(&binding.host_port)?, number(&binding.host_port)?)),
    };
    if range.is_some_and(|(first, last)| first > last) {
        return Err(wrong());
    }
    Ok(HostPort { ip, range })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_with_nulls_is_read() {
        let text = r#"{"Image":"x","Cmd":["a"],"Entrypoint":null,"Env":null,"HostConfig":{"Binds":null,"PortBindings":{"80/tcp":[{"HostIp":"","HostPort":"8080"}]},"NetworkMode":"default"}}"#;
        let (image, spec) = decode(text.as_bytes()).unwrap();
        assert_eq!(image, "x");
        assert_eq!(spec.program.cmd, Some(vec!["a".to_owned()]));
        assert_eq!(spec.host.ports.len(), 1);
    }

    #[test]
    fn bad_bodies() {
        for (text, part) in [
            ("", "EOF"),
            ("{", "invalid JSON"),
            (r#"{"Image":5}"#, "invalid JSON"),
            ("{}", "no image specified"),
            (r#"{"Image":"x","HostConfig":{"PortBindings":{"80/xx":[]}}}"#, "invalid proto"),
            (r#"{"Image":"x","HostConfig":{"StorageOpt":{"size":"1g"}}}"#, "not implemented"),
            (r#"{"Image":"x","HostConfig":{"RestartPolicy":{"Name":"maybe"}}}"#, "unknown policy"),
            (r#"{"Image":"x","HostConfig":{"Mounts":[{"Type":"bind","Target":"/x"}]}}"#, "Source must not be empty"),
        ] {
            let failure = decode(text.as_bytes()).unwrap_err();
            assert!(failure.message.contains(part), "{text}: {}", failure.message);
        }
    }
}
