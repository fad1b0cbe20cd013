//! The ports of `EXPOSE`.

use std::net::IpAddr;

use crate::check::{Checks, rules};
use crate::quote::quote;
use crate::span::Span;

/// The ports of `80`, `53/udp` or `8000-8010`, each as `PORT/PROTOCOL`. A host's address and port before them are for
/// nothing here, and are warned of.
///
/// # Errors
/// What is no port, in BuildKit's words.
pub fn ports(text: &str, span: Span, checks: &mut Checks) -> Result<Vec<String>, String> {
    let mut parts = text.rsplitn(3, ':');
    let port = parts.next().unwrap_or_default();
    let (host_port, address) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let (port, protocol) = port.split_once('/').unwrap_or((port, ""));
    if port.is_empty() {
        return Err(format!("invalid port: {}: no port specified", quote(text)));
    }
    let lower = match protocol.to_lowercase().as_str() {
        "" => "tcp",
        "tcp" => "tcp",
        "udp" => "udp",
        "sctp" => "sctp",
        _ => return Err(format!("invalid port: {}: invalid proto: {protocol}", quote(text))),
    };
    if !protocol.is_empty() && protocol != lower {
        rules::protocol_casing(text, span, checks);
    }
    if !address.is_empty() || !host_port.is_empty() {
        rules::port_format(text, span, checks);
    }
    let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(address);
    if !bare.is_empty() && bare.parse::<IpAddr>().is_err() {
        return Err(format!("invalid IP address: {bare}"));
    }
    let (first, last) = range(port).ok_or_else(|| format!("invalid containerPort: {port}"))?;
    if !host_port.is_empty() {
        let (host_first, host_last) = range(host_port).ok_or_else(|| format!("invalid hostPort: {host_port}"))?;
        if first != last && last - first != host_last - host_first {
            return Err(format!("invalid ranges specified for container and host Ports: {port} and {host_port}"));
        }
    }
    Ok((first..=last).map(|number| format!("{number}/{lower}")).collect())
}

fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}
