//! Values that several keys of a Compose file have: names, sizes, durations, paths, mappings.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::{Fault, Position, quoted};
use crate::node::{Node, Value};

/// A name of a service, network or volume.
pub(super) fn name(text: &str, at: Position, what: &str) -> Result<String, Fault> {
    const LONGEST: usize = 100;
    let inner = |next: char| next.is_ascii_alphanumeric() || matches!(next, '.' | '_' | '-');
    let is_name = text.chars().all(inner) && text.chars().next().is_some_and(|first| first.is_ascii_alphanumeric());
    if !is_name || text.len() > LONGEST {
        return Err(Fault::new(at, format!("{} is no name of {what}: letters, digits, . _ and -", quoted(text))));
    }
    Ok(text.to_owned())
}

/// A size in bytes: `64m`, `1.5gb`, `1048576`; units are powers of 1024.
pub(super) fn bytes(node: &Node, what: &str) -> Result<u64, Fault> {
    let text = node.text(what)?;
    let wrong = || node.fault(format!("{what} must be a size such as 512m, not {}", quoted(text)));
    let small = text.trim().to_ascii_lowercase();
    let end = small.find(|next: char| !next.is_ascii_digit() && next != '.').unwrap_or(small.len());
    let (number, unit) = small.split_at(end);
    let shift = match unit.trim() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(wrong()),
    };
    scaled(number, 1_u64 << shift).ok_or_else(wrong)
}

/// A decimal number times a scale, rounded down.
fn scaled(number: &str, scale: u64) -> Option<u64> {
    const DIGITS: usize = 9;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || part.len() > DIGITS || part.contains('.') {
        return None;
    }
    let whole: u64 = whole.parse().ok()?;
    let mut digits = part.to_owned();
    digits.extend(std::iter::repeat_n('0', DIGITS - part.len()));
    let billionths: u64 = digits.parse().ok()?;
    let part = u128::from(billionths) * u128::from(scale) / 1_000_000_000;
    whole.checked_mul(scale)?.checked_add(u64::try_from(part).ok()?)
}

/// Processors, in billionths.
pub(super) fn cpus(node: &Node, what: &str) -> Result<u64, Fault> {
    let text = node.text(what)?;
    scaled(text.trim(), 1_000_000_000)
        .ok_or_else(|| node.fault(format!("{what} must be a number of processors such as 0.5, not {}", quoted(text))))
}

/// A duration as Go writes it: `1m30s`, `500ms`, `1.5h`.
pub(super) fn duration(node: &Node, what: &str) -> Result<Duration, Fault> {
    let text = node.text(what)?;
    let wrong = || node.fault(format!("{what} must be a duration such as 1m30s, not {}", quoted(text)));
    let (mut rest, mut nanos) = (text.trim(), 0_u64);
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let end = rest.find(|next: char| !next.is_ascii_digit() && next != '.').ok_or_else(wrong)?;
        let (number, after) = rest.split_at(end);
        let end = after.find(|next: char| next.is_ascii_digit() || next == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(end);
        let scale = match unit {
            "ns" => 1,
            "us" | "µs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60 * 1_000_000_000,
            "h" => 3600 * 1_000_000_000,
            "d" => 24 * 3600 * 1_000_000_000,
            _ => return Err(wrong()),
        };
        nanos = scaled(number, scale).and_then(|part| nanos.checked_add(part)).ok_or_else(wrong)?;
        rest = after;
    }
    Ok(Duration::from_nanos(nanos))
}

/// A path of the bundle: relative, and not out of it. The bundle itself is empty.
pub(super) fn inside(text: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    if text.is_empty() || text.starts_with(['/', '~']) || text.chars().any(char::is_control) {
        return None;
    }
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

/// The same of a node.
pub(super) fn path(node: &Node, what: &str) -> Result<String, Fault> {
    let text = node.text(what)?;
    inside(text).ok_or_else(|| node.fault(format!("{what} must be a path in the bundle, not {}", quoted(text))))
}

/// An absolute path in a container.
pub(super) fn absolute(text: &str, at: Position, what: &str) -> Result<String, Fault> {
    let is_one =
        text.starts_with('/') && !text.split('/').any(|part| part == "..") && !text.chars().any(char::is_control);
    if !is_one {
        return Err(Fault::new(at, format!("{what} must be an absolute path in the container, not {}", quoted(text))));
    }
    Ok(text.to_owned())
}

/// `NAME: VALUE`, or a list of `NAME=VALUE`; what has no value is [`None`].
pub(super) fn mapping(node: &Node, what: &str) -> Result<Vec<(String, Option<String>, Position)>, Fault> {
    let mut found = Vec::new();
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                let value = match &*entry.value {
                    value if value.is_null() => None,
                    value => Some(value.text(&format!("{} of {what}", entry.key))?.to_owned()),
                };
                found.push((entry.key.to_string(), value, entry.at));
            }
        }
        Value::Scalar(_) if !node.is_null() => {
            return Err(node.fault(format!("{what} must be a mapping, or a list of NAME=VALUE, not a single value")));
        }
        _ => {
            for item in node.list(what)? {
                let text = item.text(what)?;
                let (name, value) = match text.split_once('=') {
                    Some((name, value)) => (name, Some(value.to_owned())),
                    None => (text, None),
                };
                found.push((name.to_owned(), value, item.at));
            }
        }
    }
    match found.iter().find(|(name, ..)| name.is_empty() || name.contains(['=', '\0'])) {
        Some((name, _, at)) => Err(Fault::new(*at, format!("{} is no name in {what}", quoted(name)))),
        None => Ok(found),
    }
}

/// A mapping in which every name has a value; none is empty.
pub(super) fn texts(node: &Node, what: &str) -> Result<BTreeMap<String, String>, Fault> {
    Ok(mapping(node, what)?.into_iter().map(|(name, value, _)| (name, value.unwrap_or_default())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Node {
        Node::scalar(Position { line: 1, column: 1 }, text.to_owned(), true, None)
    }

    #[test]
    fn sizes_durations_and_processors() {
        for (text, want) in [
            ("64m", Some(64 << 20)),
            ("1.5gb", Some(3 << 29)),
            ("1048576", Some(1 << 20)),
            ("1 KiB", Some(1024)),
            ("99999999999t", None),
            ("m", None),
            ("-1", None),
            ("1.2.3k", None),
        ] {
            assert_eq!(bytes(&node(text), "x").ok(), want, "{text}");
        }
        for (text, want) in [
            ("1m30s", Some(90_000)),
            ("500ms", Some(500)),
            ("1.5h", Some(5_400_000)),
            ("0", Some(0)),
            ("10", None),
            ("", None),
            ("s", None),
            ("1x", None),
            ("99999999999h", None),
        ] {
            let found = duration(&node(text), "x").ok().map(|found| found.as_millis());
            assert_eq!(found, want, "{text}");
        }
        assert_eq!(cpus(&node("0.25"), "x").ok(), Some(250_000_000));
        assert!(cpus(&node("all"), "x").is_err());
    }

    #[test]
    fn paths_stay_inside() {
        for (text, want) in [
            (".", Some("")),
            ("./a/../b/", Some("b")),
            ("a//b", Some("a/b")),
            ("..", None),
            ("a/../../b", None),
            ("/etc", None),
            ("~/x", None),
            ("", None),
        ] {
            assert_eq!(inside(text).as_deref(), want, "{text}");
        }
    }
}
