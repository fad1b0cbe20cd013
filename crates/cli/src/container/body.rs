//! From flags to the body of `POST /containers/create`.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::options::{CreateOptions, Streams};
use crate::parse::{self, env, limit, mount, network::Attachment, port, security};
use crate::units;

/// An object under construction: what is empty isn't sent, so that the daemon's default holds.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn set(&mut self, name: &str, value: impl Serialize) -> Result<(), String> {
        let value = serde_json::to_value(value).map_err(|error| error.to_string())?;
        let empty = match &value {
            Value::Null => true,
            Value::Bool(value) => !value,
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(members) => members.is_empty(),
            Value::Number(_) => false,
        };
        if !empty {
            self.0.insert(name.to_owned(), value);
        }
        Ok(())
    }

    /// Sets a value even when it is empty.
    fn force(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }
}

/// Names the flag in the words that Docker uses.
fn flag<T>(name: &str, text: &str, parsed: Result<T, String>) -> Result<T, String> {
    parsed.map_err(|why| format!("invalid argument {text:?} for \"{name}\" flag: {why}"))
}

fn each<T>(name: &str, texts: &[String], parse: impl Fn(&str) -> Result<T, String>) -> Result<Vec<T>, String> {
    texts.iter().map(|text| flag(name, text, parse(text))).collect()
}

fn maybe<T>(name: &str, text: Option<&String>, parse: impl Fn(&str) -> Result<T, String>) -> Result<Option<T>, String> {
    text.map(|text| flag(name, text, parse(text))).transpose()
}

/// The body, for a terminal of that size (lines, columns) where there is one.
pub(crate) fn body(
    options: &CreateOptions,
    streams: Streams,
    once: bool,
    size: Option<(u16, u16)>,
) -> Result<Value, String> {
    if options.gpus.is_some() {
        return Err("--gpus: this engine has no device driver for GPUs; give devices with --device".into());
    }
    let ports = port::ports(&options.publish, &options.expose)?;
    let volumes = each("-v, --volume", &options.volume, mount::volume)?;
    let (mut binds, mut anonymous) = (Vec::new(), Map::new());
    for volume in volumes {
        match volume {
            mount::Volume::Bind(bind) => binds.push(bind),
            mount::Volume::Anonymous(path) => {
                anonymous.insert(path, json!({}));
            }
        }
    }
    let here = |name: &str| std::env::var(name).ok();
    let mut fields = Fields::default();
    fields.set("Hostname", &options.hostname)?;
    fields.set("Domainname", &options.domainname)?;
    fields.set("User", &options.user)?;
    fields.set("AttachStdin", streams.stdin)?;
    fields.set("AttachStdout", streams.stdout)?;
    fields.set("AttachStderr", streams.stderr)?;
    fields.set("ExposedPorts", ports.exposed.iter().map(|port| (port, json!({}))).collect::<BTreeMap<_, _>>())?;
    fields.set("Tty", options.tty)?;
    fields.set("OpenStdin", options.interactive)?;
    fields.set("StdinOnce", once)?;
    fields.set("Env", env::variables(&options.env_file, &options.env, here)?)?;
    fields.set("Cmd", options.command.get(1..).unwrap_or_default())?;
    if let Some(entrypoint) = &options.entrypoint {
        fields.force("Entrypoint", json!([entrypoint]));
    }
    fields.set("Healthcheck", health(options)?)?;
    fields.set("Image", options.image())?;
    fields.set("Volumes", anonymous)?;
    fields.set("WorkingDir", &options.workdir)?;
    fields.set("MacAddress", &options.mac_address)?;
    fields.set("Labels", env::labels(&options.label_file, &options.label)?)?;
    fields.set("StopSignal", &options.stop_signal)?;
    fields.set("StopTimeout", options.stop_timeout)?;
    let mut host = host(options, &ports, binds)?;
    if let Some((lines, columns)) = size {
        host.set("ConsoleSize", [lines, columns])?;
    }
    let endpoints = networks(options, &mut host)?;
    fields.force("HostConfig", host.0.into());
    fields.set("NetworkingConfig", json!({ "EndpointsConfig": endpoints }))?;
    Ok(fields.0.into())
}

fn host(options: &CreateOptions, ports: &port::Ports, binds: Vec<String>) -> Result<Fields, String> {
    let mut host = Fields::default();
    host.set("Binds", binds)?;
    host.set("ContainerIDFile", &options.cidfile)?;
    log(options, &mut host)?;
    host.set("PortBindings", &ports.published)?;
    let restart = maybe("--restart", options.restart.as_ref(), limit::restart)?;
    if options.rm && restart.as_ref().is_some_and(|policy| policy["Name"] != "no") {
        return Err("conflicting options: cannot specify both --restart and --rm".into());
    }
    host.set("RestartPolicy", restart)?;
    host.set("AutoRemove", options.rm)?;
    host.set("VolumeDriver", &options.volume_driver)?;
    host.set("VolumesFrom", &options.volumes_from)?;
    host.set("Mounts", each("--mount", &options.mount, mount::mount)?)?;
    host.set("Annotations", env::pairs(&options.annotation))?;
    host.set("CapAdd", &options.cap_add)?;
    host.set("CapDrop", &options.cap_drop)?;
    host.set("CgroupnsMode", &options.cgroupns)?;
    host.set("Dns", &options.dns)?;
    host.set("DnsOptions", &options.dns_option)?;
    host.set("DnsSearch", &options.dns_search)?;
    host.set("ExtraHosts", each("--add-host", &options.add_host, limit::extra_host)?)?;
    host.set("GroupAdd", &options.group_add)?;
    host.set("IpcMode", &options.ipc)?;
    host.set("OomScoreAdj", options.oom_score_adj)?;
    host.set("PidMode", &options.pid)?;
    host.set("Privileged", options.privileged)?;
    host.set("PublishAllPorts", options.publish_all)?;
    host.set("ReadonlyRootfs", options.read_only)?;
    let read = |path: &str| std::fs::read_to_string(path).map_err(|error| env::words_of(&error));
    let security = security::security(&options.security_opt, read)?;
    host.set("SecurityOpt", security.options)?;
    if security.unmasked {
        host.force("MaskedPaths", json!([]));
        host.force("ReadonlyPaths", json!([]));
    }
    host.set("StorageOpt", env::pairs(&options.storage_opt))?;
    host.set("Tmpfs", options.tmpfs.iter().map(|text| mount::tmpfs(text)).collect::<BTreeMap<_, _>>())?;
    host.set("UTSMode", &options.uts)?;
    host.set("UsernsMode", &options.userns)?;
    host.set("ShmSize", maybe("--shm-size", options.shm_size.as_ref(), units::parse_size)?)?;
    host.set("Sysctls", env::pairs(&options.sysctl))?;
    host.set("Runtime", &options.runtime)?;
    host.set("Init", options.init)?;
    if options.init == Some(false) {
        host.force("Init", json!(false));
    }
    host.set("Links", &options.link)?;
    resources(options, &mut host)?;
    Ok(host)
}

fn resources(options: &CreateOptions, host: &mut Fields) -> Result<(), String> {
    host.set("CpuShares", options.cpu_shares)?;
    host.set("Memory", maybe("-m, --memory", options.memory.as_ref(), units::parse_size)?)?;
    host.set("NanoCpus", maybe("--cpus", options.cpus.as_ref(), units::parse_cpus)?)?;
    host.set("CgroupParent", &options.cgroup_parent)?;
    host.set("BlkioWeight", options.blkio_weight)?;
    host.set("BlkioWeightDevice", each("--blkio-weight-device", &options.blkio_weight_device, limit::weight)?)?;
    host.set("BlkioDeviceReadBps", each("--device-read-bps", &options.device_read_bps, limit::bytes_rate)?)?;
    host.set("BlkioDeviceWriteBps", each("--device-write-bps", &options.device_write_bps, limit::bytes_rate)?)?;
    host.set("BlkioDeviceReadIOps", each("--device-read-iops", &options.device_read_iops, limit::operations_rate)?)?;
    host.set("BlkioDeviceWriteIOps", each("--device-write-iops", &options.device_write_iops, limit::operations_rate)?)?;
    host.set("CpuPeriod", options.cpu_period)?;
    host.set("CpuQuota", options.cpu_quota)?;
    host.set("CpuRealtimePeriod", options.cpu_rt_period)?;
    host.set("CpuRealtimeRuntime", options.cpu_rt_runtime)?;
    host.set("CpusetCpus", &options.cpuset_cpus)?;
    host.set("CpusetMems", &options.cpuset_mems)?;
    host.set("Devices", each("--device", &options.device, limit::device)?)?;
    host.set("DeviceCgroupRules", &options.device_cgroup_rule)?;
    let reservation = maybe("--memory-reservation", options.memory_reservation.as_ref(), units::parse_size)?;
    host.set("MemoryReservation", reservation)?;
    let swap = maybe("--memory-swap", options.memory_swap.as_ref(), units::parse_size_or_unlimited)?;
    host.set("MemorySwap", swap)?;
    let swappiness = options.memory_swappiness;
    if swappiness.is_some_and(|percent| percent != -1 && !(0..=100).contains(&percent)) {
        return Err(format!("invalid value: {}. Valid memory swappiness range is 0-100", swappiness.unwrap_or(-1)));
    }
    host.set("MemorySwappiness", swappiness)?;
    host.set("OomKillDisable", options.oom_kill_disable)?;
    host.set("PidsLimit", options.pids_limit)?;
    host.set("Ulimits", each("--ulimit", &options.ulimit, limit::ulimit)?)
}

fn log(options: &CreateOptions, host: &mut Fields) -> Result<(), String> {
    let driver = options.log_driver.as_deref().unwrap_or_default();
    if driver == "none" && !options.log_opt.is_empty() {
        return Err("invalid logging opts for driver none".into());
    }
    if driver.is_empty() && options.log_opt.is_empty() {
        return Ok(());
    }
    host.set("LogConfig", json!({ "Type": driver, "Config": env::pairs(&options.log_opt) }))
}

fn health(options: &CreateOptions) -> Result<Option<Value>, String> {
    let durations = [
        ("Interval", "--health-interval", &options.health_interval),
        ("Timeout", "--health-timeout", &options.health_timeout),
        ("StartPeriod", "--health-start-period", &options.health_start_period),
        ("StartInterval", "--health-start-interval", &options.health_start_interval),
    ];
    let any = durations.iter().any(|(_, _, text)| text.is_some());
    if options.no_healthcheck {
        if any || options.health_cmd.is_some() || options.health_retries.is_some() {
            return Err("--no-healthcheck conflicts with --health-* options".into());
        }
        return Ok(Some(json!({ "Test": ["NONE"] })));
    }
    if !any && options.health_cmd.is_none() && options.health_retries.is_none() {
        return Ok(None);
    }
    let mut check = Fields::default();
    if let Some(command) = options.health_cmd.as_deref().filter(|command| !command.is_empty()) {
        check.set("Test", ["CMD-SHELL", command])?;
    }
    for (field, name, text) in durations {
        let nanoseconds = maybe(name, text.as_ref(), words::duration::parse)?;
        if nanoseconds.is_some_and(|nanoseconds| nanoseconds < 0) {
            return Err(format!("{name} cannot be negative"));
        }
        check.set(field, nanoseconds)?;
    }
    if options.health_retries.is_some_and(|retries| retries < 0) {
        return Err("--health-retries cannot be negative".into());
    }
    check.set("Retries", options.health_retries)?;
    Ok(Some(check.0.into()))
}

/// The network mode, and what is asked of each endpoint.
fn networks(options: &CreateOptions, host: &mut Fields) -> Result<Map<String, Value>, String> {
    let mut attachments = each("--network", &options.network, Attachment::parse)?;
    if attachments.is_empty() {
        attachments.push(Attachment { target: "default".into(), ..Attachment::default() });
    }
    let defined = attachments.iter().filter(|one| one.is_user_defined()).count();
    if defined > 0 && defined < attachments.len() {
        return Err("conflicting options: cannot attach both user-defined and non-user-defined network-modes".into());
    }
    if let Some(first) = attachments.first_mut() {
        host.set("NetworkMode", &first.target)?;
        let conflict = |set: bool, name: &str, part: &str| match set {
            true => Err(format!("conflicting options: cannot specify both --{name} and per-network {part}")),
            false => Ok(()),
        };
        conflict(!first.aliases.is_empty() && !options.network_alias.is_empty(), "network-alias", "alias")?;
        conflict(!first.ipv4.is_empty() && options.ip.is_some(), "ip", "IPv4 address")?;
        conflict(!first.ipv6.is_empty() && options.ip6.is_some(), "ip6", "IPv6 address")?;
        conflict(!first.mac_address.is_empty() && options.mac_address.is_some(), "mac-address", "MAC address")?;
        first.aliases.extend(options.network_alias.iter().cloned());
        first.link_local.extend(options.link_local_ip.iter().cloned());
        let take = |own: &mut String, flag: &Option<String>| {
            if let Some(value) = flag {
                own.clone_from(value);
            }
        };
        take(&mut first.ipv4, &options.ip);
        take(&mut first.ipv6, &options.ip6);
        take(&mut first.mac_address, &options.mac_address);
        if first.is_user_defined() {
            first.links.extend(options.link.iter().cloned());
            host.0.remove("Links");
        }
    }
    let single = attachments.len() == 1;
    let mut endpoints = Map::new();
    for attachment in attachments {
        if endpoints.contains_key(&attachment.target) {
            return Err(format!("network {:?} is specified multiple times", attachment.target));
        }
        match attachment.settings() {
            None if single => {}
            settings => {
                endpoints.insert(attachment.target, settings.unwrap_or_else(|| json!({})));
            }
        }
    }
    Ok(endpoints)
}

/// Writes the id to `--cidfile`, which must not exist yet. It is claimed before anything is created.
#[derive(Debug)]
pub(crate) struct IdFile {
    path: String,
    written: bool,
}

impl IdFile {
    pub(crate) fn claim(path: &str) -> Result<Self, String> {
        match std::fs::OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(_) => Ok(Self { path: path.to_owned(), written: false }),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                Err(format!("container ID file found, make sure the other container isn't running or delete {path}"))
            }
            Err(error) => {
                Err(format!("failed to create the container ID file: open {path}: {}", parse::env::words_of(&error)))
            }
        }
    }

    pub(crate) fn write(mut self, id: &str) -> Result<(), String> {
        std::fs::write(&self.path, id)
            .map_err(|error| format!("failed to write the container ID to the file ({error})"))?;
        self.written = true;
        Ok(())
    }
}

impl Drop for IdFile {
    fn drop(&mut self) {
        // A file without an id would only stand in the way of the next attempt.
        if !self.written {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    #[command(disable_help_flag = true, args_override_self = true)]
    struct Line {
        #[command(flatten)]
        options: CreateOptions,
    }

    fn made(line: &str) -> Result<Value, String> {
        let words = std::iter::once("x").chain(line.split_whitespace());
        let options = Line::try_parse_from(words).map_err(|error| error.to_string())?.options;
        body(&options, options.streams(), false, None)
    }

    #[test]
    fn a_plain_container_has_a_plain_body() {
        let wanted = json!({"AttachStdout":true,"AttachStderr":true,"Image":"busybox","Cmd":["ls","-l","--rm"],
            "HostConfig":{"NetworkMode":"default"},"NetworkingConfig":{"EndpointsConfig":{}}});
        assert_eq!(made("busybox ls -l --rm").unwrap(), wanted);
    }

    #[test]
    fn flags_find_their_fields() {
        for (line, pointer, wanted) in [
            ("-it i", "/Tty", json!(true)),
            ("-it i", "/AttachStdin", json!(true)),
            ("-e A=1 -e B=2 i", "/Env", json!(["A=1", "B=2"])),
            ("-p 8080:80 i", "/HostConfig/PortBindings/80~1tcp/0/HostPort", json!("8080")),
            ("-p 8080:80 i", "/ExposedPorts/80~1tcp", json!({})),
            ("-p=8080:80 i", "/HostConfig/PortBindings/80~1tcp/0/HostPort", json!("8080")),
            ("-m 512m --cpus 1.5 i", "/HostConfig/Memory", json!(536_870_912)),
            ("-m 512m --cpus=1.5 i", "/HostConfig/NanoCpus", json!(1_500_000_000)),
            ("--memory-swap -1 i", "/HostConfig/MemorySwap", json!(-1)),
            ("--pids-limit -1 i", "/HostConfig/PidsLimit", json!(-1)),
            ("-v a:/b -v /c i", "/HostConfig/Binds", json!(["a:/b"])),
            ("-v a:/b -v /c i", "/Volumes", json!({"/c":{}})),
            ("--rm i", "/HostConfig/AutoRemove", json!(true)),
            ("--restart on-failure:2 i", "/HostConfig/RestartPolicy/MaximumRetryCount", json!(2)),
            ("--entrypoint sh i -c", "/Entrypoint", json!(["sh"])),
            ("--entrypoint= i", "/Entrypoint", json!([""])),
            ("--init=false i", "/HostConfig/Init", json!(false)),
            ("--no-healthcheck i", "/Healthcheck/Test", json!(["NONE"])),
            ("--health-cmd true --health-interval 1m i", "/Healthcheck/Interval", json!(60_000_000_000i64)),
            ("--security-opt systempaths=unconfined i", "/HostConfig/MaskedPaths", json!([])),
            ("--network n --network-alias a i", "/NetworkingConfig/EndpointsConfig/n/Aliases", json!(["a"])),
            (
                "--net n --ip 10.0.0.5 i",
                "/NetworkingConfig/EndpointsConfig/n/IPAMConfig/IPv4Address",
                json!("10.0.0.5"),
            ),
            ("--network a --network b i", "/NetworkingConfig/EndpointsConfig/b", json!({})),
            ("--network host i", "/HostConfig/NetworkMode", json!("host")),
            ("--tmpfs /t:size=1m i", "/HostConfig/Tmpfs/~1t", json!("size=1m")),
            ("--log-opt max-size=1m i", "/HostConfig/LogConfig/Config/max-size", json!("1m")),
            ("-h name i", "/Hostname", json!("name")),
            ("--name a --hostname x --hostname y i", "/Hostname", json!("y")),
            ("--stop-timeout 0 i", "/StopTimeout", json!(0)),
            ("-l a -l b=c i", "/Labels", json!({"a":"","b":"c"})),
            ("-a stdout i", "/AttachStdout", json!(true)),
        ] {
            let body = made(line).unwrap();
            assert_eq!(body.pointer(pointer), Some(&wanted), "{line}: {body}");
        }
        assert_eq!(made("-a stdout i").unwrap().get("AttachStderr"), None);
        assert_eq!(made("--tty=false i").unwrap().get("Tty"), None);
    }

    #[test]
    fn contradictions_are_refused() {
        for line in [
            "",
            "--nosuch i",
            "--rm --restart always i",
            "--no-healthcheck --health-cmd x i",
            "--network host --network n i",
            "--network n --network n i",
            "--gpus all i",
            "--log-driver none --log-opt a=b i",
            "-m lots i",
            "-p x i",
            "--mount type=bind i",
            "--health-interval -1s i",
            "-a nothing i",
            "--memory-swappiness 101 i",
            "--network name=n,ip=10.0.0.1 --ip 10.0.0.2 i",
        ] {
            assert!(made(line).is_err(), "{line}");
        }
    }

    #[test]
    fn an_id_file_is_claimed_once() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cid");
        let path = path.to_str().unwrap();
        drop(IdFile::claim(path).unwrap());
        let file = IdFile::claim(path).unwrap();
        assert!(IdFile::claim(path).is_err());
        file.write("abc").unwrap();
        assert_eq!(std::fs::read_to_string(path).unwrap(), "abc");
    }
}
