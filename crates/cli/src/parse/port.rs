//! Published and exposed ports: `[[address:]host:]container[/protocol]`, each a number or a range.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde_json::{Value, json};

/// What the API is told: ports that are exposed, and where each is published.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Ports {
    pub(crate) exposed: BTreeSet<String>,
    pub(crate) published: BTreeMap<String, Vec<Value>>,
}

/// Reads `--publish` and `--expose`.
pub(crate) fn ports(publish: &[String], expose: &[String]) -> Result<Ports, String> {
    let mut ports = Ports::default();
    for spec in publish {
        let bindings = if spec.contains('=') { long(spec)? } else { short(spec)? };
        for Binding { container, protocol, address, host } in bindings {
            let name = format!("{container}/{protocol}");
            ports.exposed.insert(name.clone());
            let binding = json!({ "HostIp": address, "HostPort": host });
            ports.published.entry(name).or_default().push(binding);
        }
    }
    for spec in expose {
        if spec.contains(':') {
            return Err(format!("invalid port format for --expose: {spec}"));
        }
        let (range, protocol) = protocol(spec)?;
        let (first, last) =
            self::range(range).map_err(|error| format!("invalid range format for --expose: {error}"))?;
        ports.exposed.extend((first..=last).map(|number| format!("{number}/{protocol}")));
    }
    Ok(ports)
}

#[derive(Debug, PartialEq)]
struct Binding {
    container: u16,
    protocol: String,
    address: String,
    host: String,
}

fn protocol(spec: &str) -> Result<(&str, String), String> {
    let (rest, protocol) = spec.rsplit_once('/').unwrap_or((spec, "tcp"));
    let protocol = if protocol.is_empty() { "tcp".to_owned() } else { protocol.to_lowercase() };
    match protocol.as_str() {
        "tcp" | "udp" | "sctp" => Ok((rest, protocol)),
        _ => Err(format!("invalid proto: {protocol}")),
    }
}

fn range(text: &str) -> Result<(u16, u16), String> {
    let number = |text: &str| match text.parse::<u16>() {
        Ok(number) if !text.starts_with('+') => Ok(number),
        _ => Err(format!("invalid port: {text:?}")),
    };
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (number(first)?, number(last)?),
        None => (number(text)?, number(text)?),
    };
    if first > last { Err(format!("invalid port range: {text}")) } else { Ok((first, last)) }
}

/// Cuts from the right, since an address of version 6 holds colons itself.
fn parts(spec: &str) -> (&str, &str, &str) {
    let Some((rest, container)) = spec.rsplit_once(':') else { return ("", "", spec) };
    match rest.rsplit_once(':') {
        // `[::1]:80` has no host port: the colon lies within the brackets.
        Some((_, host)) if host.ends_with(']') => (rest, "", container),
        Some((address, host)) => (address, host, container),
        None => ("", rest, container),
    }
}

fn short(spec: &str) -> Result<Vec<Binding>, String> {
    let (rest, protocol) = protocol(spec)?;
    let (address, host, container) = parts(rest);
    let address = match address.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']').ok_or_else(|| format!("invalid IP address: {address}"))?,
        None => address,
    };
    if !address.is_empty() && address.parse::<IpAddr>().is_err() {
        return Err(format!("invalid IP address: {address}"));
    }
    if container.is_empty() {
        return Err(format!("no port specified: {spec}<empty>"));
    }
    bindings(container, &protocol, address, host).map_err(|why| format!("{why} in {spec}"))
}

fn bindings(container: &str, protocol: &str, address: &str, host: &str) -> Result<Vec<Binding>, String> {
    let (first, last) = range(container).map_err(|error| format!("invalid containerPort: {container} ({error})"))?;
    let hosts = match host {
        "" => None,
        text => Some(range(text).map_err(|error| format!("invalid hostPort: {text} ({error})"))?),
    };
    if let Some((host_first, host_last)) = hosts
        && host_last - host_first != last - first
        // A range of host ports for one port means any free one of them.
        && first != last
    {
        return Err(format!("invalid ranges specified for container and host Ports: {container} and {host}"));
    }
    let host_of = |container: u16| match hosts {
        None => String::new(),
        Some((host_first, host_last)) if first == last && host_first != host_last => {
            format!("{host_first}-{host_last}")
        }
        Some((host_first, _)) => (host_first + (container - first)).to_string(),
    };
    let binding = |container| Binding {
        container,
        protocol: protocol.to_owned(),
        address: address.to_owned(),
        host: host_of(container),
    };
    Ok((first..=last).map(binding).collect())
}

/// `target=80,published=8080,protocol=tcp`.
fn long(spec: &str) -> Result<Vec<Binding>, String> {
    let (mut target, mut published, mut protocol) = (String::new(), String::new(), "tcp".to_owned());
    for field in super::fields(spec)? {
        let (key, value) = field.split_once('=').ok_or_else(|| format!("invalid field: {field}"))?;
        match key {
            "target" => target = value.into(),
            "published" => published = value.into(),
            "protocol" => protocol = value.to_lowercase(),
            "mode" if matches!(value, "host" | "ingress") => {}
            "mode" => return Err(format!("invalid publish mode value ({value}): must be either 'ingress' or 'host'")),
            other => return Err(format!("invalid field key: {other}")),
        }
    }
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("invalid protocol value '{protocol}'"));
    }
    bindings(&target, &protocol, "", &published)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(spec: &str) -> Result<String, String> {
        let ports = ports(&[spec.to_owned()], &[])?;
        let texts = ports.published.iter().flat_map(|(port, bindings)| {
            bindings.iter().map(move |binding| {
                format!("{}|{}|{port}", binding["HostIp"].as_str().unwrap(), binding["HostPort"].as_str().unwrap())
            })
        });
        Ok(texts.collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn published_ports_are_read() {
        for (spec, wanted) in [
            ("80", "||80/tcp"),
            ("8080:80", "|8080|80/tcp"),
            ("8080:80/UDP", "|8080|80/udp"),
            ("127.0.0.1:8080:80", "127.0.0.1|8080|80/tcp"),
            ("127.0.0.1::80", "127.0.0.1||80/tcp"),
            ("[::1]:8080:80", "::1|8080|80/tcp"),
            ("::1:8080:80", "::1|8080|80/tcp"),
            ("7000-7001:80-81", "|7000|80/tcp |7001|81/tcp"),
            ("7000-7005:80", "|7000-7005|80/tcp"),
            ("80-81", "||80/tcp ||81/tcp"),
            ("target=80,published=8080,protocol=udp", "|8080|80/udp"),
        ] {
            assert_eq!(shown(spec).as_deref(), Ok(wanted), "{spec}");
        }
        for wrong in [
            "",
            ":",
            "80:",
            "x",
            "80/xyz",
            "1.2.3:80:80",
            "70000",
            "81-80",
            "1-3:1-2",
            "[::1:80:80",
            "host:80:80",
            "a=b",
        ] {
            assert!(shown(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn exposed_ports_are_read() {
        let found = ports(&["1:90".into()], &["80".into(), "100-101/udp".into()]).unwrap();
        assert_eq!(
            found.exposed.iter().map(String::as_str).collect::<Vec<_>>(),
            ["100/udp", "101/udp", "80/tcp", "90/tcp"]
        );
        assert!(ports(&[], &["1:2".into()]).is_err());
    }
}
