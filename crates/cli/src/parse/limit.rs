//! Limits, devices and policies.

use serde_json::{Value, json};

use crate::units;

/// `--ulimit name=soft[:hard]`.
pub(crate) fn ulimit(text: &str) -> Result<Value, String> {
    const KNOWN: &[&str] = &[
        "core",
        "cpu",
        "data",
        "fsize",
        "locks",
        "memlock",
        "msgqueue",
        "nice",
        "nofile",
        "nproc",
        "rss",
        "rtprio",
        "rttime",
        "sigpending",
        "stack",
    ];
    let (name, limits) = text.split_once('=').ok_or_else(|| format!("invalid ulimit argument: {text}"))?;
    if !KNOWN.contains(&name) {
        return Err(format!("invalid ulimit type: {name}"));
    }
    let (soft, hard) = limits.split_once(':').unwrap_or((limits, limits));
    let number = |text: &str| text.parse::<i64>().map_err(|_| format!("invalid ulimit value: {limits}"));
    let (soft, hard) = (number(soft)?, number(hard)?);
    // -1 is without limit, thus the largest.
    if hard != -1 && (soft > hard || soft == -1) {
        return Err(format!("ulimit soft limit must be less than or equal to hard limit: {soft} > {hard}"));
    }
    Ok(json!({ "Name": name, "Soft": soft, "Hard": hard }))
}

/// `--device host[:container][:permissions]`.
pub(crate) fn device(text: &str) -> Result<Value, String> {
    if !text.starts_with('/') {
        return Err(format!("invalid device specification: {text}: a path on this machine begins with a slash"));
    }
    let is_mode = |part: &str| {
        !part.is_empty() && part.len() <= 3 && part.bytes().all(|byte| b"rwm".contains(&byte)) && !part.starts_with('/')
    };
    let parts: Vec<&str> = text.split(':').collect();
    let (host, container, mode) = match parts.as_slice() {
        [host] => (*host, *host, "rwm"),
        [host, mode] if is_mode(mode) => (*host, *host, *mode),
        [host, container] => (*host, *container, "rwm"),
        [host, container, mode] if is_mode(mode) => (*host, *container, *mode),
        _ => return Err(format!("invalid device specification: {text}")),
    };
    Ok(json!({ "PathOnHost": host, "PathInContainer": container, "CgroupPermissions": mode }))
}

/// `path:weight` of `--blkio-weight-device`.
pub(crate) fn weight(text: &str) -> Result<Value, String> {
    let (path, weight) = device_pair(text)?;
    match weight.parse::<u16>() {
        Ok(weight) if weight == 0 || (10..=1000).contains(&weight) => Ok(json!({ "Path": path, "Weight": weight })),
        _ => Err(format!("invalid weight for device: {text}")),
    }
}

/// `path:bytes` of `--device-read-bps`.
pub(crate) fn bytes_rate(text: &str) -> Result<Value, String> {
    let (path, rate) = device_pair(text)?;
    let rate = units::parse_size(rate).map_err(|_| {
        format!("invalid rate for device: {text}. The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb")
    })?;
    Ok(json!({ "Path": path, "Rate": rate }))
}

/// `path:operations` of `--device-read-iops`.
pub(crate) fn operations_rate(text: &str) -> Result<Value, String> {
    let (path, rate) = device_pair(text)?;
    let rate: u64 = rate.parse().map_err(|_| {
        format!("invalid rate for device: {text}. The correct format is <device-path>:<number>. Number must be a positive integer")
    })?;
    Ok(json!({ "Path": path, "Rate": rate }))
}

fn device_pair(text: &str) -> Result<(&str, &str), String> {
    match text.split_once(':') {
        Some((path, rest)) if path.starts_with("/dev/") => Ok((path, rest)),
        Some(_) => Err(format!("bad format for device path: {text}")),
        None => Err(format!("bad format: {text}")),
    }
}

/// `--restart no|always|unless-stopped|on-failure[:most]`.
pub(crate) fn restart(text: &str) -> Result<Value, String> {
    let (name, count) = match text.split_once(':') {
        Some(("", _)) => return Err("invalid restart policy format: no policy provided before colon".into()),
        Some((name, count)) => (name, count),
        None => (text, "0"),
    };
    let count: i64 = count
        .parse()
        .map_err(|_| "invalid restart policy format: maximum retry count must be an integer".to_owned())?;
    Ok(json!({ "Name": name, "MaximumRetryCount": count }))
}

/// `--add-host name:address` or `name=address`, as the API takes it.
pub(crate) fn extra_host(text: &str) -> Result<String, String> {
    let bad = || format!("bad format for add-host: {text:?}");
    let (name, address) = text.split_once('=').or_else(|| text.split_once(':')).ok_or_else(bad)?;
    if name.is_empty() {
        return Err(bad());
    }
    if address == "host-gateway" {
        return Ok(format!("{name}:{address}"));
    }
    let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
    match bare.parse::<std::net::IpAddr>() {
        Ok(_) => Ok(format!("{name}:{bare}")),
        Err(_) => Err(format!("invalid IP address in add-host: {address:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ulimits_are_read() {
        assert_eq!(ulimit("nofile=10:20").unwrap(), json!({"Name":"nofile","Soft":10,"Hard":20}));
        assert_eq!(ulimit("core=-1").unwrap(), json!({"Name":"core","Soft":-1,"Hard":-1}));
        for wrong in ["nofile", "x=1", "nofile=20:10", "nofile=a", "nofile=-1:10", "nofile="] {
            assert!(ulimit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn devices_are_read() {
        let parts = |text| {
            let value = device(text)?;
            let part = |name: &str| value[name].as_str().unwrap().to_owned();
            Ok::<_, String>([part("PathOnHost"), part("PathInContainer"), part("CgroupPermissions")].join(" "))
        };
        assert_eq!(parts("/dev/a").unwrap(), "/dev/a /dev/a rwm");
        assert_eq!(parts("/dev/a:r").unwrap(), "/dev/a /dev/a r");
        assert_eq!(parts("/dev/a:/dev/b:rw").unwrap(), "/dev/a /dev/b rw");
        for wrong in ["", "vendor.com/gpu=all", "/dev/a:/b:x", "/a:/b:r:w"] {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
        assert_eq!(bytes_rate("/dev/a:1mb").unwrap(), json!({"Path":"/dev/a","Rate":1_048_576}));
        assert_eq!(operations_rate("/dev/a:7").unwrap(), json!({"Path":"/dev/a","Rate":7}));
        assert!(weight("/dev/a:5").is_err() && weight("/dev/a:500").is_ok() && weight("a:500").is_err());
    }

    #[test]
    fn policies_are_read() {
        assert_eq!(restart("on-failure:3").unwrap(), json!({"Name":"on-failure","MaximumRetryCount":3}));
        assert_eq!(restart("always").unwrap(), json!({"Name":"always","MaximumRetryCount":0}));
        assert!(restart("on-failure:x").is_err() && restart(":3").is_err());
    }

    #[test]
    fn hosts_are_read() {
        for (text, wanted) in [
            ("a:1.2.3.4", "a:1.2.3.4"),
            ("a=1.2.3.4", "a:1.2.3.4"),
            ("a:::1", "a:::1"),
            ("a=[::1]", "a:::1"),
            ("a:host-gateway", "a:host-gateway"),
        ] {
            assert_eq!(extra_host(text).as_deref(), Ok(wanted));
        }
        for wrong in ["a", ":1.2.3.4", "a:x"] {
            assert!(extra_host(wrong).is_err(), "{wrong}");
        }
    }
}
