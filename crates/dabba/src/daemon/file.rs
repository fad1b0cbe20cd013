//! The configuration file: Docker's daemon.json.
//!
//! A key that is not known is an error, as is one that is given as a flag too: both are how dockerd answers, since
//! a setting that is silently not taken is worse than a daemon that does not start.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Every key, none required.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub(super) struct File {
    pub(super) hosts: Option<Vec<String>>,
    pub(super) data_root: Option<PathBuf>,
    pub(super) exec_root: Option<PathBuf>,
    pub(super) pidfile: Option<PathBuf>,
    pub(super) group: Option<String>,
    pub(super) bip: Option<String>,
    pub(super) bridge: Option<String>,
    pub(super) fixed_cidr: Option<String>,
    pub(super) default_gateway: Option<String>,
    pub(super) mtu: Option<u32>,
    pub(super) insecure_registries: Option<Vec<String>>,
    pub(super) registry_mirrors: Option<Vec<String>>,
    pub(super) log_level: Option<String>,
    pub(super) debug: Option<bool>,
    pub(super) iptables: Option<bool>,
    pub(super) ip_masq: Option<bool>,
    pub(super) ip_forward: Option<bool>,
    pub(super) icc: Option<bool>,
    pub(super) ip: Option<IpAddr>,
    pub(super) live_restore: Option<bool>,
    pub(super) docker_socket: Option<bool>,
    pub(super) dns: Option<Vec<IpAddr>>,
    pub(super) dns_search: Option<Vec<String>>,
    pub(super) dns_opts: Option<Vec<String>>,
    pub(super) default_address_pools: Option<Vec<AddressPool>>,
    pub(super) default_ulimits: Option<BTreeMap<String, UlimitEntry>>,
    pub(super) default_shm_size: Option<String>,
    pub(super) default_cgroupns_mode: Option<String>,
    #[serde(rename = "userns-remap")]
    pub(super) userns_remap: Option<String>,
    #[serde(rename = "no-new-privileges")]
    pub(super) no_new_privileges: Option<bool>,
    pub(super) cgroup_parent: Option<String>,
    pub(super) log_driver: Option<String>,
    pub(super) log_opts: Option<BTreeMap<String, String>>,
    pub(super) runtimes: Option<BTreeMap<String, RuntimeEntry>>,
    pub(super) default_runtime: Option<String>,
    pub(super) labels: Option<Vec<String>>,
    pub(super) builder: Option<BuilderEntry>,
    pub(super) aws_listen: Option<String>,
    pub(super) console_listen: Option<String>,
    pub(super) console_names: Option<Vec<String>>,
    pub(super) aws_account: Option<String>,
    pub(super) aws_region: Option<String>,
    pub(super) eb_listen: Option<Vec<String>>,
    pub(super) eb_tls_listen: Option<Vec<String>>,
    pub(super) eb_tls: Option<bool>,
    pub(super) eb_suffix: Option<String>,
    pub(super) eb_address: Option<IpAddr>,
    pub(super) eb_ports: Option<String>,
    pub(super) rds_images: Option<BTreeMap<String, String>>,
    pub(super) eb_dns: Option<String>,
}

/// What is said of building.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct BuilderEntry {
    pub(super) gc: Option<CollectorEntry>,
}

/// How much of the build cache is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(super) struct CollectorEntry {
    pub(super) enabled: Option<bool>,
    /// Bytes, or as `20GB`.
    pub(super) default_keep_storage: Option<String>,
    /// The newer name of the same.
    pub(super) default_reserved_space: Option<String>,
}

/// A pool that new networks take their subnets from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AddressPool {
    pub(super) base: Ipv4Net,
    pub(super) size: u8,
}

impl AddressPool {
    /// `base=172.80.0.0/16,size=24`
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (mut base, mut size) = (None, None);
        for part in text.split(',') {
            match part.split_once('=') {
                Some(("base", value)) => {
                    base = Some(value.parse().map_err(|_| format!("{value:?} is no IPv4 network"))?);
                }
                Some(("size", value)) => {
                    size = Some(value.parse().map_err(|_| format!("{value:?} is no prefix length"))?);
                }
                _ => return Err(format!("{part:?} is neither base=NETWORK nor size=LENGTH")),
            }
        }
        match (base, size) {
            (Some(base), Some(size)) => Ok(Self { base, size }),
            _ => Err("both base and size are needed: base=172.80.0.0/16,size=24".into()),
        }
    }
}

/// Another OCI runtime.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RuntimeEntry {
    pub(super) path: PathBuf,
    #[serde(default)]
    pub(super) runtime_args: Vec<String>,
}

/// A process limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct UlimitEntry {
    pub(super) name: String,
    pub(super) soft: i64,
    pub(super) hard: i64,
}

impl UlimitEntry {
    /// `nofile=1024:2048`, or one number for both.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not of the form NAME=SOFT[:HARD]");
        let (name, values) = text.split_once('=').ok_or_else(wrong)?;
        let (soft, hard) = values.split_once(':').unwrap_or((values, values));
        let number = |text: &str| text.parse::<i64>().map_err(|_| wrong());
        Ok(Self { name: name.into(), soft: number(soft)?, hard: number(hard)? })
    }
}

/// Reads the file of this name; one that nobody named may be missing.
pub(super) fn read(path: &Path, named: bool) -> Result<File> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !named => return Ok(File::default()),
        Err(error) => return Err(error).with_context(|| format!("reading the configuration file {}", path.display())),
    };
    parse(&text).with_context(|| format!("unable to configure the daemon with file {}", path.display()))
}

pub(super) fn parse(text: &str) -> Result<File> {
    if text.trim().is_empty() {
        return Ok(File::default());
    }
    let keys: Map<String, Value> = serde_json::from_str(text)?;
    let known = as_map(&File::default())?;
    let unknown: Vec<&str> = keys.keys().filter(|key| !known.contains_key(*key)).map(String::as_str).collect();
    if !unknown.is_empty() {
        bail!("the following directives don't match any configuration option: {}", unknown.join(", "));
    }
    // From the text once more, for the error's line and column.
    Ok(serde_json::from_str(text)?)
}

fn as_map(file: &File) -> Result<Map<String, Value>> {
    match serde_json::to_value(file)? {
        Value::Object(map) => Ok(map),
        other => bail!("the configuration became {other}"),
    }
}

/// What the flags and the file say together; nothing may be said twice.
pub(super) fn merge(flags: &File, file: &File) -> Result<File> {
    let (mut merged, flags) = (as_map(file)?, as_map(flags)?);
    let mut conflicts = Vec::new();
    for (key, value) in flags.into_iter().filter(|(_, value)| !value.is_null()) {
        if let Some(before) = merged.get(&key).filter(|before| !before.is_null()) {
            conflicts.push(format!("{key}: (from flag: {value}, from file: {before})"));
        }
        merged.insert(key, value);
    }
    if !conflicts.is_empty() {
        bail!(
            "the following directives are specified both as a flag and in the configuration file: {}",
            conflicts.join(", ")
        );
    }
    Ok(serde_json::from_value(Value::Object(merged))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dockers_file_is_read() {
        let file = parse(
            r#"{"hosts":["unix:///x"],"data-root":"/d","insecure-registries":["a:5000"],"log-opts":{"max-size":"1m"},
               "default-ulimits":{"nofile":{"Name":"nofile","Soft":1,"Hard":2}},
               "runtimes":{"other":{"path":"/bin/other","runtimeArgs":["-x"]}},
               "default-address-pools":[{"base":"10.1.0.0/16","size":24}],"ip-masq":false}"#,
        )
        .unwrap();
        assert_eq!(file.hosts.as_deref(), Some(&["unix:///x".to_owned()][..]));
        assert_eq!(file.ip_masq, Some(false));
        assert_eq!(file.runtimes.unwrap()["other"].runtime_args, ["-x"]);
        assert_eq!(file.default_ulimits.unwrap()["nofile"].hard, 2);
        assert_eq!(parse("").unwrap(), File::default());
        let file = parse(r#"{"builder":{"gc":{"enabled":true,"defaultKeepStorage":"10GB"}}}"#).unwrap();
        assert_eq!(file.builder.unwrap().gc.unwrap().default_keep_storage.as_deref(), Some("10GB"));
        assert!(parse(r#"{"builder":{"gc":{"policy":[]}}}"#).is_err());
    }

    #[test]
    fn what_is_not_understood_is_said() {
        assert!(parse(r#"{"hots":[]}"#).unwrap_err().to_string().contains("hots"));
        assert!(parse(r#"{"debug":"yes"}"#).is_err());
        assert!(parse("[]").is_err());
    }

    #[test]
    fn nothing_is_said_twice() {
        let flags = File { bip: Some("10.0.0.1/24".into()), ..File::default() };
        let file = File { bip: Some("10.0.1.1/24".into()), debug: Some(true), ..File::default() };
        assert!(merge(&flags, &file).unwrap_err().to_string().contains("bip: (from flag"));
        let merged = merge(&flags, &File { bip: None, ..file }).unwrap();
        assert_eq!((merged.bip.as_deref(), merged.debug), (Some("10.0.0.1/24"), Some(true)));
    }

    #[test]
    fn pools_and_limits_are_read() {
        assert_eq!(AddressPool::parse("base=10.1.0.0/16,size=24").unwrap().size, 24);
        assert_eq!(UlimitEntry::parse("nofile=5").unwrap().hard, 5);
        for wrong in ["", "base=10.1.0.0/16", "size=24", "base=x,size=1"] {
            assert!(AddressPool::parse(wrong).is_err(), "{wrong}");
        }
        assert!(UlimitEntry::parse("nofile").is_err() && UlimitEntry::parse("nofile=a").is_err());
    }
}
