//! `/_ping`, `/version`, `/info`, `/events`, `/system/df`.

use std::sync::Arc;

use engine::Engine;
use engine::config::Config;
use engine::container::runtimes::OWN;
use engine::event::{Event, Kind};
use http::header::{CACHE_CONTROL, HeaderValue};
use serde_json::{Value, json};
use tokio::sync::broadcast::error::RecvError;
use words::Timestamp;

use crate::body::{self, Answer};
use crate::containers::moment;
use crate::error::Failure;
use crate::filters::Filters;
use crate::request::Request;
use crate::{API_MINIMUM, API_VERSION, Parts, build, images, inspect, volumes};

pub(crate) fn ping(head: bool) -> Result<Answer, Failure> {
    let mut answer = body::text(if head { "" } else { "OK" });
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, must-revalidate"));
    headers.insert("pragma", HeaderValue::from_static("no-cache"));
    headers.insert("swarm", HeaderValue::from_static("inactive"));
    headers.insert("builder-version", HeaderValue::from_static("2"));
    Ok(answer)
}

fn text((major, minor): (u32, u32)) -> String {
    format!("{major}.{minor}")
}

pub(crate) fn version(parts: &Arc<Parts>) -> Result<Answer, Failure> {
    let identity = &parts.identity;
    let info = parts.engine.info();
    let details = json!({
        "ApiVersion": text(API_VERSION),
        "Arch": oci::image::host_architecture(),
        "GitCommit": identity.commit,
        "KernelVersion": info.kernel,
        "MinAPIVersion": text(API_MINIMUM),
        "Os": "linux",
    });
    body::ok(&json!({
        "Platform": { "Name": "dabba" },
        "Components": [{ "Name": "Engine", "Version": identity.version, "Details": details }],
        "Version": identity.version,
        "ApiVersion": text(API_VERSION),
        "MinAPIVersion": text(API_MINIMUM),
        "GitCommit": identity.commit,
        "Os": "linux",
        "Arch": oci::image::host_architecture(),
        "KernelVersion": info.kernel,
    }))
}

pub(crate) fn info(parts: &Arc<Parts>) -> Result<Answer, Failure> {
    let (identity, config) = (&parts.identity, parts.engine.config());
    let info = parts.engine.info();
    let mut warnings = Vec::new();
    if !info.forwarding {
        warnings.push("WARNING: IPv4 forwarding is disabled");
    }
    if !info.swap_limit {
        warnings.push("WARNING: No swap limit support");
    }
    let pools: Vec<Value> =
        config.address_pools.iter().map(|(base, size)| json!({ "Base": base.to_string(), "Size": size })).collect();
    let mut security = vec!["name=seccomp,profile=builtin"];
    if config.users.is_some() {
        security.push("name=userns");
    }
    if info.cgroup_v2 {
        security.push("name=cgroupns");
    }
    body::ok(&json!({
        "ID": identity.id,
        "Containers": info.running + info.paused + info.stopped,
        "ContainersRunning": info.running,
        "ContainersPaused": info.paused,
        "ContainersStopped": info.stopped,
        "Images": info.images,
        "Driver": "overlay2",
        "DriverStatus": [["Backing Filesystem", "native"], ["Supports d_type", "true"], ["Native Overlay Diff", "true"]],
        "Plugins": {
            "Volume": ["local"],
            "Network": ["bridge", "host", "null"],
            "Authorization": Value::Null,
            "Log": ["json-file", "none"],
        },
        "MemoryLimit": true,
        "SwapLimit": info.swap_limit,
        "CpuCfsPeriod": true,
        "CpuCfsQuota": true,
        "CPUShares": true,
        "CPUSet": true,
        "PidsLimit": true,
        "IPv4Forwarding": info.forwarding,
        "Debug": false,
        "NFd": std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count),
        "OomKillDisable": !info.cgroup_v2,
        "NGoroutines": 0,
        "SystemTime": Timestamp::now().to_string(),
        "LoggingDriver": if config.log.driver.is_empty() { "json-file" } else { &config.log.driver },
        "CgroupDriver": "cgroupfs",
        "CgroupVersion": if info.cgroup_v2 { "2" } else { "1" },
        "NEventsListener": 0,
        "KernelVersion": info.kernel,
        "OperatingSystem": info.operating_system,
        "OSVersion": info.os_version,
        "OSType": "linux",
        "Architecture": std::env::consts::ARCH,
        "IndexServerAddress": "https://index.docker.io/v1/",
        "RegistryConfig": registries(config),
        "NCPU": info.cpus,
        "MemTotal": info.memory,
        "GenericResources": Value::Null,
        "DockerRootDir": config.data_root,
        "HttpProxy": "",
        "HttpsProxy": "",
        "NoProxy": "",
        "Name": info.hostname,
        "Labels": config.labels,
        "ExperimentalBuild": false,
        "ServerVersion": identity.version,
        "Runtimes": runtimes(config),
        "DefaultRuntime": config.default_runtime,
        "Swarm": {
            "NodeID": "",
            "NodeAddr": "",
            "LocalNodeState": "inactive",
            "ControlAvailable": false,
            "Error": "",
            "RemoteManagers": Value::Null,
        },
        "LiveRestoreEnabled": true,
        "Isolation": "",
        "InitBinary": "",
        "ContainerdCommit": { "ID": "" },
        "RuncCommit": { "ID": "" },
        "InitCommit": { "ID": "" },
        "SecurityOptions": security,
        "DefaultAddressPools": pools,
        "Warnings": if warnings.is_empty() { Value::Null } else { json!(warnings) },
    }))
}

/// All runtimes by name, ours among them.
fn runtimes(config: &Config) -> Value {
    let foreign = config.runtimes.iter().map(|(name, program)| {
        let mut shown = json!({ "path": program.path });
        if !program.args.is_empty() {
            shown["runtimeArgs"] = json!(program.args);
        }
        (name.clone(), shown)
    });
    let own = (OWN.to_owned(), json!({ "path": OWN }));
    Value::Object(foreign.chain([own]).collect())
}

fn registries(config: &engine::Config) -> Value {
    let (networks, hosts): (Vec<&String>, Vec<&String>) =
        config.insecure_registries.iter().partition(|entry| entry.contains('/'));
    let mut indexes = serde_json::Map::new();
    let mirrors = &config.registry_mirrors;
    let index = |name: &str, mirrors: &[String], secure: bool, official: bool| json!({ "Name": name, "Mirrors": mirrors, "Secure": secure, "Official": official });
    indexes.insert("docker.io".into(), index("docker.io", mirrors, true, true));
    for host in hosts {
        indexes.insert(host.clone(), index(host, &[], false, false));
    }
    let networks: Vec<String> = networks.into_iter().cloned().chain(["127.0.0.0/8".into(), "::1/128".into()]).collect();
    json!({ "InsecureRegistryCIDRs": networks, "IndexConfigs": indexes, "Mirrors": mirrors })
}

/// Filters of the events.
const EVENT_FILTERS: &[&str] =
    &["container", "daemon", "event", "image", "label", "network", "scope", "type", "volume"];

fn accepted(event: &Event, filters: &Filters) -> bool {
    let of = |kind: Kind| {
        filters.any(kind.as_str(), |text| {
            let name = event.attributes.get("name").is_some_and(|name| name == text);
            event.kind == kind && (name || event.id.starts_with(text))
        })
    };
    let image = filters.any("image", |text| match event.kind {
        Kind::Image => event.id == text || event.attributes.get("name").is_some_and(|name| name == text),
        Kind::Container => event.attributes.get("image").is_some_and(|image| {
            image == text || image.rsplit_once(':').is_some_and(|(repository, _)| repository == text)
        }),
        _ => false,
    });
    // An action may carry its argument: `exec_create: /bin/sh`.
    let action = event.action.split(':').next().unwrap_or_default();
    filters.any("type", |kind| event.kind.as_str() == kind)
        && filters.any("event", |wanted| wanted == action || wanted == event.action)
        && of(Kind::Container)
        && of(Kind::Network)
        && of(Kind::Volume)
        && of(Kind::Daemon)
        && image
        && filters.any("scope", |scope| scope == "local")
        && filters.labels(&event.attributes)
}

fn event_line(event: &Event) -> Value {
    let nanos = event.time.nanos();
    let mut value = json!({
        "Type": event.kind.as_str(),
        "Action": event.action,
        "Actor": { "ID": event.id, "Attributes": event.attributes },
        "scope": "local",
        "time": event.time.seconds(),
        "timeNano": i64::try_from(nanos).unwrap_or(i64::MAX),
    });
    // The old form, which clients before 1.22 read and newer ones still get.
    if matches!(event.kind, Kind::Container | Kind::Image) {
        value["status"] = json!(event.action);
        value["id"] = json!(event.id);
        if let Some(image) = event.attributes.get("image") {
            value["from"] = json!(image);
        }
    }
    value
}

pub(crate) fn events(parts: &Arc<Parts>, request: &Request) -> Result<Answer, Failure> {
    let filters = Filters::parse(request.param("filters"), EVENT_FILTERS)?;
    let (since, until) = (moment(request.param("since"))?, moment(request.param("until"))?);
    let (past, mut live) = parts.engine.listen_events();
    let (answer, sender) = body::streamed("application/json");
    tokio::spawn(async move {
        // The head of the answer goes out before the first event.
        for event in past.iter().filter(|event| since.is_some_and(|since| event.time >= since)) {
            let early = until.is_none_or(|until| event.time <= until);
            if early && accepted(event, &filters) && !sender.line(&event_line(event)).await {
                return;
            }
        }
        let end = until.map(|until| until.since(Timestamp::now()));
        let patience = async move {
            match end {
                Some(duration) => tokio::time::sleep(duration).await,
                None => std::future::pending().await,
            }
        };
        tokio::pin!(patience);
        loop {
            let event = tokio::select! {
                event = live.recv() => event,
                () = &mut patience => return,
                () = sender.closed() => return,
            };
            match event {
                Ok(event) if accepted(&event, &filters) => {
                    if !sender.line(&event_line(&event)).await {
                        return;
                    }
                }
                Ok(_) => {}
                Err(RecvError::Lagged(missed)) => {
                    tracing::warn!(missed, "a listener was too slow for the events");
                }
                Err(RecvError::Closed) => return,
            }
        }
    });
    Ok(answer)
}

pub(crate) async fn disk_usage(parts: &Arc<Parts>, request: &Request) -> Result<Answer, Failure> {
    let engine: &Engine = &parts.engine;
    let wanted = request.params("type");
    let asked = |kind: &str| wanted.is_empty() || wanted.iter().any(|one| one == kind);
    let snapshot = engine.snapshot();
    let mut value = json!({ "LayersSize": 0, "Images": Value::Null, "Containers": Value::Null, "Volumes": Value::Null, "BuildCache": [] });
    if asked("image") {
        value["LayersSize"] = json!(engine.layers_size());
        let entries: Vec<Value> =
            snapshot.images.values().map(|image| images::entry(image, &snapshot, false)).collect();
        value["Images"] = json!(entries);
    }
    if asked("container") {
        let mut entries = Vec::new();
        for container in snapshot.containers.values() {
            let (own, all) = engine.container_size(container).await?;
            let mut entry = inspect::summary(container, &snapshot);
            entry["SizeRw"] = json!(own);
            entry["SizeRootFs"] = json!(all);
            entries.push(entry);
        }
        value["Containers"] = json!(entries);
    }
    if asked("volume") {
        let mut entries = Vec::new();
        for volume in snapshot.volumes.values() {
            let mut entry = volumes::shown(volume);
            let size = engine.volume_size(volume).await;
            entry["UsageData"] = json!({ "RefCount": engine.volume_users(&volume.name), "Size": size });
            entries.push(entry);
        }
        value["Volumes"] = json!(entries);
    }
    if asked("build-cache") {
        value["BuildCache"] = json!(build::usage(parts));
    }
    body::ok(&value)
}
