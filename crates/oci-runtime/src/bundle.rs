//! A bundle: its config.json, and what the specification gives every Linux container besides.

use std::path::{Path, PathBuf};

use oci::runtime::{Device, DeviceRule, Mount, Spec};

use crate::error::{At, Error};

/// Longest config.json that is read.
const CONFIG_BYTES: u64 = 16 << 20;

/// A bundle that was read, with all paths made absolute.
#[derive(Debug)]
pub(crate) struct Bundle {
    pub(crate) path: PathBuf,
    pub(crate) spec: Spec,
    pub(crate) rootfs: runtime::Rootfs,
}

impl Bundle {
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let path = path.canonicalize().at("finding the bundle", path)?;
        let file = path.join("config.json");
        let wrong = |why: String| Error::Bundle { path: file.clone(), why };
        let config = std::fs::File::open(&file).at("opening", &file)?;
        let length = config.metadata().at("looking at", &file)?.len();
        if length > CONFIG_BYTES {
            return Err(wrong(format!("{length} bytes are more than a configuration has")));
        }
        let mut spec: Spec =
            serde_json::from_reader(std::io::BufReader::new(config)).map_err(|e| wrong(e.to_string()))?;
        if !spec.oci_version.starts_with("1.") {
            return Err(wrong(format!("ociVersion {:?} is not 1.x", spec.oci_version)));
        }
        let Some(root) = &spec.root else { return Err(wrong("there is no root".into())) };
        let directory = path.join(&root.path);
        let directory = directory.canonicalize().at("finding the root file system", &directory)?;
        if !directory.is_dir() {
            return Err(wrong(format!("root.path {:?} is no directory", root.path)));
        }
        let rootfs = runtime::Rootfs::Directory { path: directory, readonly: root.readonly };
        complete(&mut spec, &path).map_err(wrong)?;
        Ok(Self { path, spec, rootfs })
    }
}

fn is_bind(mount: &Mount) -> bool {
    mount.kind == "bind" || mount.options.iter().any(|option| option == "bind" || option == "rbind")
}

/// Sources of binds are relative to the bundle; devices that every container has are added.
///
/// Source: `config.md#mounts`, `config-linux.md#default-devices`; the rules for devices are runc's.
fn complete(spec: &mut Spec, bundle: &Path) -> Result<(), String> {
    for mount in spec.mounts.iter_mut().filter(|mount| is_bind(mount)) {
        let source = bundle.join(&mount.source);
        mount.source = source.to_str().ok_or_else(|| format!("{source:?} is not UTF-8"))?.to_owned();
    }
    let own_dev = spec.mounts.iter().any(|mount| mount.destination == Path::new("/dev") && mount.kind == "tmpfs");
    let linux = spec.linux.get_or_insert_default();
    if !own_dev && !linux.devices.is_empty() {
        return Err("linux.devices needs a tmpfs mounted at /dev".into());
    }
    for device in devices() {
        if !linux.devices.iter().any(|own| own.path == device.path) {
            linux.devices.push(device);
        }
    }
    let rules = &mut linux.resources.get_or_insert_default().devices;
    rules.insert(0, DeviceRule { access: Some("rwm".into()), ..DeviceRule::default() });
    rules.extend(allowed());
    Ok(())
}

fn devices() -> impl Iterator<Item = Device> {
    [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)]
        .map(|(name, major, minor)| Device {
            path: Path::new("/dev").join(name),
            kind: "c".into(),
            major,
            minor,
            file_mode: Some(0o666),
            ..Device::default()
        })
        .into_iter()
}

/// Any node may be made; these may be used.
fn allowed() -> impl Iterator<Item = DeviceRule> {
    let rule = |kind: &str, major, minor, access: &str| DeviceRule {
        allow: true,
        kind: Some(kind.into()),
        major,
        minor,
        access: Some(access.into()),
    };
    let used = [(1, 3), (1, 5), (1, 7), (1, 8), (1, 9), (5, 0), (5, 1), (5, 2)];
    let used = used.map(|(major, minor)| rule("c", Some(major), Some(minor), "rwm"));
    let more = [rule("c", None, None, "m"), rule("b", None, None, "m"), rule("c", Some(136), None, "rwm")];
    used.into_iter().chain(more)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(config: &str) -> Result<Bundle, Error> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("rootfs")).unwrap();
        std::fs::write(dir.path().join("config.json"), config).unwrap();
        Bundle::read(dir.path())
    }

    #[test]
    fn paths_are_made_absolute_and_devices_added() {
        let read = bundle(
            r#"{"ociVersion":"1.0.2","root":{"path":"rootfs"},"mounts":[
                {"destination":"/dev","type":"tmpfs","source":"tmpfs"},
                {"destination":"/data","type":"bind","source":"data","options":["rbind"]}],
                "linux":{"devices":[{"path":"/dev/null","type":"c","major":1,"minor":3,"uid":5}]}}"#,
        )
        .unwrap();
        assert_eq!(read.spec.mounts[0].source, "tmpfs");
        assert_eq!(read.spec.mounts[1].source, read.path.join("data").to_str().unwrap());
        let linux = read.spec.linux.unwrap();
        assert_eq!(linux.devices.len(), 6);
        assert_eq!(linux.devices[0].uid, Some(5));
        let rules = linux.resources.unwrap().devices;
        assert!(!rules[0].allow && rules[1..].iter().all(|rule| rule.allow));
    }

    #[test]
    fn what_is_no_bundle() {
        for (config, why) in [
            ("{", "EOF"),
            (r#"{"ociVersion":"1.0.0"}"#, "no root"),
            (r#"{"ociVersion":"0.9","root":{"path":"rootfs"}}"#, "0.9"),
            (r#"{"ociVersion":"1.0.0","root":{"path":"elsewhere"}}"#, "elsewhere"),
            (r#"{"ociVersion":"1.0.0","root":{"path":"config.json"}}"#, "no directory"),
            (r#"{"ociVersion":"1.0.0","root":{"path":"rootfs"},"linux":{"devices":[{"path":"/dev/x"}]}}"#, "tmpfs"),
        ] {
            let error = bundle(config).unwrap_err().to_string();
            assert!(error.contains(why), "{config}: {error}");
        }
    }
}
