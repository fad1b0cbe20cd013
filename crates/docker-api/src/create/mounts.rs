//! Mounts of a create body: `Binds`, `Mounts`, `Tmpfs`.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use engine::container::spec::{Mount, MountSource};
use serde::Deserialize;

use crate::error::Failure;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct MountSettings {
    #[serde(rename = "Type")]
    kind: String,
    source: String,
    target: String,
    read_only: bool,
    bind_options: Option<BindOptions>,
    volume_options: Option<VolumeOptions>,
    tmpfs_options: Option<TmpfsOptions>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct BindOptions {
    propagation: String,
    non_recursive: bool,
    create_mountpoint: bool,
    read_only_non_recursive: bool,
    read_only_force_recursive: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VolumeOptions {
    no_copy: bool,
    labels: BTreeMap<String, String>,
    subpath: String,
    driver_config: Option<VolumeDriver>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct VolumeDriver {
    name: String,
    options: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TmpfsOptions {
    size_bytes: u64,
    mode: u32,
    options: Vec<Vec<String>>,
}

/// A path in the container: absolute, and without `..` once it is written plainly.
fn target(text: &str, spec: &str) -> Result<PathBuf, Failure> {
    if text.contains(['\0', '\n']) {
        return Err(Failure::bad_request(format!("invalid volume specification: {spec:?}")));
    }
    if !text.starts_with('/') {
        return Err(Failure::bad_request(format!(
            "invalid volume specification: '{spec}': invalid mount config for type \"bind\": invalid mount path: '{text}' mount path must be absolute"
        )));
    }
    let mut plain = PathBuf::from("/");
    for part in Path::new(text).components() {
        match part {
            Component::Normal(name) => plain.push(name),
            Component::ParentDir => {
                plain.pop();
            }
            _ => {}
        }
    }
    Ok(plain)
}

/// `source:target[:mode]`, `name:target[:mode]`, or `target` alone.
pub(super) fn bind(text: &str) -> Result<Mount, Failure> {
    let wrong = |why: &str| Failure::bad_request(format!("invalid volume specification: '{text}'{why}"));
    let parts: Vec<&str> = text.split(':').collect();
    let (source, target_text, mode) = match parts.as_slice() {
        [target] => ("", *target, ""),
        [source, target] => (*source, *target, ""),
        [source, target, mode] => (*source, *target, *mode),
        _ => return Err(wrong("")),
    };
    if parts.len() > 1 && source.is_empty() {
        return Err(wrong(""));
    }
    let target = target(target_text, text)?;
    let mut readonly = false;
    let (mut propagation, mut no_copy) = (String::new(), false);
    for option in mode.split(',').filter(|option| !option.is_empty()) {
        match option {
            "ro" => readonly = true,
            "rw" | "z" | "Z" | "consistent" | "cached" | "delegated" => {}
            "nocopy" => no_copy = true,
            "private" | "rprivate" | "slave" | "rslave" | "shared" | "rshared" => propagation = option.into(),
            _ => return Err(Failure::bad_request(format!("invalid mode: {mode}"))),
        }
    }
    let source = if source.starts_with('/') {
        let path = self::target(source, text)?;
        MountSource::Bind { path, propagation, non_recursive: false, create: true, part: PathBuf::new() }
    } else {
        if source.starts_with('.') || source.starts_with('~') {
            return Err(Failure::bad_request(format!(
                "create {source}: \"{source}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path"
            )));
        }
        MountSource::Volume {
            name: (!source.is_empty()).then(|| source.to_owned()),
            no_copy,
            labels: BTreeMap::new(),
            options: BTreeMap::new(),
            anonymous: source.is_empty(),
            subpath: String::new(),
        }
    };
    Ok(Mount { target, readonly, source, strict: false })
}

pub(super) fn mount(settings: MountSettings) -> Result<Mount, Failure> {
    let kind = settings.kind.as_str();
    let wrong = |why: &str| Failure::bad_request(format!("invalid mount config for type \"{kind}\": {why}"));
    if settings.target.is_empty() {
        return Err(wrong("field Target must not be empty"));
    }
    let target = target(&settings.target, &settings.target)?;
    let source = match kind {
        "bind" => {
            if settings.source.is_empty() {
                return Err(wrong("field Source must not be empty"));
            }
            if !settings.source.starts_with('/') {
                return Err(wrong(&format!("invalid mount path: '{}' mount path must be absolute", settings.source)));
            }
            let options = settings.bind_options.unwrap_or_default();
            if options.read_only_non_recursive || options.read_only_force_recursive {
                return Err(Failure::not_implemented("BindOptions.ReadOnlyNonRecursive and ReadOnlyForceRecursive"));
            }
            MountSource::Bind {
                path: settings.source.into(),
                propagation: options.propagation,
                non_recursive: options.non_recursive,
                create: options.create_mountpoint,
                part: PathBuf::new(),
            }
        }
        "volume" => {
            let options = settings.volume_options.unwrap_or_default();
            let driver = options.driver_config.unwrap_or_default();
            if !matches!(driver.name.as_str(), "" | "local") {
                return Err(Failure::not_implemented(format!("the volume driver {:?}", driver.name)));
            }
            MountSource::Volume {
                anonymous: settings.source.is_empty(),
                name: (!settings.source.is_empty()).then_some(settings.source),
                no_copy: options.no_copy,
                labels: options.labels,
                options: driver.options,
                subpath: options.subpath,
            }
        }
        "tmpfs" => {
            if !settings.source.is_empty() {
                return Err(wrong("field Source must not be specified"));
            }
            let options = settings.tmpfs_options.unwrap_or_default();
            if !options.options.is_empty() {
                return Err(Failure::not_implemented("TmpfsOptions.Options"));
            }
            MountSource::Tmpfs {
                size: (options.size_bytes > 0).then_some(options.size_bytes),
                mode: (options.mode > 0).then_some(options.mode),
                options: Vec::new(),
            }
        }
        "npipe" | "cluster" | "image" => return Err(Failure::not_implemented(format!("mounts of type {kind:?}"))),
        other => return Err(Failure::bad_request(format!("mount type unknown: {other:?}"))),
    };
    Ok(Mount { target, readonly: settings.read_only, source, strict: true })
}

pub(super) fn tmpfs(path: &str, options: &str) -> Result<Mount, Failure> {
    let mut list: Vec<String> = options.split(',').filter(|option| !option.is_empty()).map(str::to_owned).collect();
    let readonly = list.iter().any(|option| option == "ro");
    list.retain(|option| option != "ro" && option != "rw");
    let source = MountSource::Tmpfs { size: None, mode: None, options: list };
    Ok(Mount { target: target(path, path)?, readonly, source, strict: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binds_are_read() {
        let mount = bind("/a:/b/../c:ro,rslave").unwrap();
        assert_eq!((mount.target.to_str(), mount.readonly), (Some("/c"), true));
        assert!(
            matches!(mount.source, MountSource::Bind { ref propagation, create: true, .. } if propagation == "rslave")
        );
        assert!(
            matches!(bind("data:/x").unwrap().source, MountSource::Volume { name: Some(ref n), .. } if n == "data")
        );
        assert!(matches!(bind("/x").unwrap().source, MountSource::Volume { name: None, anonymous: true, .. }));
        for wrong in ["", "a:b", ":/x", "/a:/b:nope", "/a:/b:ro:x", "../x:/y", "/a:b", "/a:/b\n"] {
            assert!(bind(wrong).is_err(), "{wrong}");
        }
    }
}
