//! Lists of processors and memory nodes, such as `0-2,7`.

use std::ops::RangeInclusive;

use crate::error::{Error, Result};

/// Something that this host has a number of.
pub(crate) struct Kind {
    /// As Docker calls the setting.
    setting: &'static str,
    /// As Docker calls them.
    plural: &'static str,
    /// The kernel's list of those that are there.
    online: &'static str,
}

/// Processors.
pub(crate) const CPUS: Kind = Kind { setting: "cpus", plural: "CPUs", online: "/sys/devices/system/cpu/online" };
/// Memory nodes.
pub(crate) const MEMORY_NODES: Kind =
    Kind { setting: "mems", plural: "memory nodes", online: "/sys/devices/system/node/online" };

/// Checks that a list is one and names nothing that this host lacks. Blocks for a moment.
pub(crate) fn check(list: &str, kind: Kind) -> Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    let Kind { setting, plural, online } = kind;
    let wanted = parse(list).ok_or_else(|| Error::Invalid(format!("Invalid value {list} for cpuset {setting}")))?;
    // A kernel that does not tell is left to refuse it at the start.
    let available = std::fs::read_to_string(online).unwrap_or_default();
    let (available, there) = (available.trim(), parse(&available).unwrap_or_default());
    let lacks = |number: u32| !there.iter().any(|range| range.contains(&number));
    if !there.is_empty() && wanted.into_iter().flatten().any(lacks) {
        let message = format!("Requested {plural} are not available - requested {list}, available: {available}");
        return Err(Error::Invalid(message));
    }
    Ok(())
}

/// Highest number in a list; the kernel's own limit is 8192 processors.
const MOST: u32 = 65_535;

fn parse(list: &str) -> Option<Vec<RangeInclusive<u32>>> {
    let number = |text: &str| text.parse().ok().filter(|number| *number <= MOST);
    let range = |part: &str| match part.split_once('-') {
        Some((first, last)) => Some(number(first)?..=number(last)?).filter(|range| !range.is_empty()),
        None => number(part).map(|only| only..=only),
    };
    list.trim().split(',').map(range).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists() {
        assert_eq!(parse("0-2,7"), Some(vec![0..=2, 7..=7]));
        for wrong in ["", "x", "1-", "2-1", "1,,2", "-1", "99999999999"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
        assert!(check("", CPUS).is_ok() && check("0", CPUS).is_ok());
        assert!(check("65000", CPUS).is_err());
    }
}
