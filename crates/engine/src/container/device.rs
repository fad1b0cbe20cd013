//! Devices of the host, looked up. Blocks for a moment.

use std::collections::BTreeMap;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use ::oci::runtime::Device;

use super::spec::Resources;
use crate::error::{Error, Result};

fn node(path: &Path) -> std::io::Result<Option<Device>> {
    let metadata = std::fs::metadata(path)?;
    let kind = match metadata.file_type() {
        kind if kind.is_char_device() => "c",
        kind if kind.is_block_device() => "b",
        _ => return Ok(None),
    };
    Ok(Some(Device {
        path: path.to_owned(),
        kind: kind.into(),
        major: rustix::fs::major(metadata.rdev()).into(),
        minor: rustix::fs::minor(metadata.rdev()).into(),
        file_mode: Some(metadata.mode() & 0o777),
        uid: Some(metadata.uid()),
        gid: Some(metadata.gid()),
    }))
}

/// The devices that a container gets, with what it may do to each. A privileged one gets all of the host's.
pub(crate) fn look_up(resources: &Resources, privileged: bool) -> Result<Vec<(Device, String)>> {
    if privileged {
        return Ok(all_of_the_host());
    }
    let mut devices = Vec::new();
    for mapping in &resources.devices {
        let missing = |why: &str| {
            Error::Invalid(format!(
                "error gathering device information while adding custom device \"{}\": {why}",
                mapping.host.display()
            ))
        };
        let found = node(&mapping.host).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => missing("no such file or directory"),
            _ => missing(&error.to_string()),
        })?;
        if let Some(device) = found {
            devices.push((Device { path: mapping.container.clone(), ..device }, mapping.permissions.clone()));
            continue;
        }
        // A directory stands for the devices in it.
        let entries = std::fs::read_dir(&mapping.host).map_err(|_| missing("not a device node"))?;
        for entry in entries.flatten() {
            if let Ok(Some(device)) = node(&entry.path()) {
                let path = mapping.container.join(entry.file_name());
                devices.push((Device { path, ..device }, mapping.permissions.clone()));
            }
        }
    }
    Ok(devices)
}

fn all_of_the_host() -> Vec<(Device, String)> {
    let mut devices = Vec::new();
    let mut folders = vec![PathBuf::from("/dev")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let Ok(kind) = entry.file_type() else { continue };
            let name = entry.file_name();
            // These are the container's own.
            let own = ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console"];
            if own.iter().any(|own| name == *own) {
                continue;
            }
            if kind.is_dir() {
                folders.push(entry.path());
            } else if let Ok(Some(device)) = node(&entry.path())
                && !kind.is_symlink()
            {
                devices.push((device, "rwm".to_owned()));
            }
        }
    }
    devices
}

/// Numbers of the block devices that limits name.
pub(crate) fn numbers(resources: &Resources) -> Result<BTreeMap<PathBuf, (i64, i64)>> {
    let throttled = [&resources.read_bps, &resources.write_bps, &resources.read_iops, &resources.write_iops];
    let paths = throttled.into_iter().flatten().map(|device| &device.path);
    let weighted = resources.blkio_weight_device.iter().map(|device| &device.path);
    let mut numbers = BTreeMap::new();
    for path in paths.chain(weighted) {
        let found = node(path).ok().flatten();
        let device = found.ok_or_else(|| Error::Invalid(format!("no such block device: {}", path.display())))?;
        numbers.insert(path.clone(), (device.major, device.minor));
    }
    Ok(numbers)
}
