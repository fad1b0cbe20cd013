//! Volumes and mounts: `--volume source:target[:mode]` and `--mount type=…,source=…,target=…`.

use serde_json::{Map, Value, json};

use crate::flags::parse_bool;
use crate::units;

/// What `--volume` means to the API.
#[derive(Debug, PartialEq)]
pub(crate) enum Volume {
    /// An entry of `HostConfig.Binds`.
    Bind(String),
    /// A path of `Volumes`, for a volume without a name.
    Anonymous(String),
}

/// Reads `--volume`. The daemon judges the rest; only paths relative to here are made absolute.
pub(crate) fn volume(text: &str) -> Result<Volume, String> {
    match text.split_once(':') {
        None if text.is_empty() => Err("invalid empty volume spec".into()),
        None => Ok(Volume::Anonymous(text.to_owned())),
        Some((source, rest)) if source.starts_with('.') => {
            Ok(Volume::Bind(format!("{}:{rest}", super::absolute(source)?)))
        }
        Some(_) => Ok(Volume::Bind(text.to_owned())),
    }
}

#[derive(Debug, Default)]
struct Groups {
    bind: Map<String, Value>,
    volume: Map<String, Value>,
    driver: Map<String, Value>,
    labels: Map<String, Value>,
    options: Map<String, Value>,
    tmpfs: Map<String, Value>,
    image: Map<String, Value>,
}

/// Reads `--mount`.
pub(crate) fn mount(text: &str) -> Result<Value, String> {
    let mut mount = Map::new();
    let mut groups = Groups::default();
    let mut kind = "volume".to_owned();
    if text.is_empty() {
        return Err("value is empty".into());
    }
    for field in super::fields(text)? {
        let (key, value) = match field.split_once('=') {
            Some((key, value)) => (key.to_lowercase(), Some(value)),
            None => (field.to_lowercase(), None),
        };
        let Some(value) = value else {
            // These few are switches.
            match key.as_str() {
                "readonly" | "ro" => mount.insert("ReadOnly".into(), true.into()),
                "volume-nocopy" => groups.volume.insert("NoCopy".into(), true.into()),
                "bind-nonrecursive" => groups.bind.insert("NonRecursive".into(), true.into()),
                "bind-create-src" => groups.bind.insert("CreateMountpoint".into(), true.into()),
                _ => return Err(format!("invalid field '{field}' must be a key=value pair")),
            };
            continue;
        };
        let switch = || parse_bool(value).map_err(|_| format!("invalid value for {key}: {value}"));
        match key.as_str() {
            "type" => kind = value.to_lowercase(),
            "source" | "src" => {
                mount.insert("Source".into(), value.into());
            }
            "target" | "dst" | "destination" => {
                mount.insert("Target".into(), value.into());
            }
            "readonly" | "ro" => {
                mount.insert("ReadOnly".into(), switch()?.into());
            }
            "consistency" => {
                mount.insert("Consistency".into(), value.to_lowercase().into());
            }
            "bind-propagation" => {
                groups.bind.insert("Propagation".into(), value.to_lowercase().into());
            }
            "bind-nonrecursive" => {
                groups.bind.insert("NonRecursive".into(), switch()?.into());
            }
            "bind-create-src" => {
                groups.bind.insert("CreateMountpoint".into(), switch()?.into());
            }
            "bind-recursive" => match value {
                "enabled" => {}
                "disabled" => {
                    groups.bind.insert("NonRecursive".into(), true.into());
                }
                "writable" => {
                    groups.bind.insert("ReadOnlyNonRecursive".into(), true.into());
                }
                "readonly" => {
                    groups.bind.insert("ReadOnlyForceRecursive".into(), true.into());
                }
                _ => {
                    return Err(format!(
                        "invalid value for {key}: {value} (must be \"enabled\", \"disabled\", \"writable\", or \"readonly\")"
                    ));
                }
            },
            "volume-subpath" => {
                groups.volume.insert("Subpath".into(), value.into());
            }
            "volume-nocopy" => {
                groups.volume.insert("NoCopy".into(), switch()?.into());
            }
            "volume-label" => pair(&mut groups.labels, value),
            "volume-driver" => {
                groups.driver.insert("Name".into(), value.into());
            }
            "volume-opt" => pair(&mut groups.options, value),
            "image-subpath" => {
                groups.image.insert("Subpath".into(), value.into());
            }
            "tmpfs-size" => {
                let bytes = units::parse_size(value).map_err(|_| format!("invalid value for {key}: {value}"))?;
                groups.tmpfs.insert("SizeBytes".into(), bytes.into());
            }
            "tmpfs-mode" => {
                let mode = u32::from_str_radix(value, 8).map_err(|_| format!("invalid value for {key}: {value}"))?;
                groups.tmpfs.insert("Mode".into(), mode.into());
            }
            other => return Err(format!("unexpected key '{other}' in '{field}'")),
        }
    }
    finish(mount, groups, &kind)
}

fn pair(map: &mut Map<String, Value>, text: &str) {
    let (name, value) = text.split_once('=').unwrap_or((text, ""));
    map.insert(name.into(), value.into());
}

fn finish(mut mount: Map<String, Value>, mut groups: Groups, kind: &str) -> Result<Value, String> {
    if mount.get("Target").and_then(Value::as_str).unwrap_or_default().is_empty() {
        return Err("target is required".into());
    }
    if !groups.options.is_empty() {
        groups.driver.insert("Options".into(), groups.options.into());
    }
    if !groups.driver.is_empty() {
        groups.volume.insert("DriverConfig".into(), groups.driver.into());
    }
    if !groups.labels.is_empty() {
        groups.volume.insert("Labels".into(), groups.labels.into());
    }
    for (name, options, of) in [
        ("BindOptions", groups.bind, "bind"),
        ("VolumeOptions", groups.volume, "volume"),
        ("TmpfsOptions", groups.tmpfs, "tmpfs"),
        ("ImageOptions", groups.image, "image"),
    ] {
        if options.is_empty() {
            continue;
        }
        if of != kind {
            return Err(format!("cannot mix '{of}-*' options with mount type '{kind}'"));
        }
        mount.insert(name.into(), options.into());
    }
    if kind == "bind"
        && let Some(Value::String(source)) = mount.get_mut("Source")
    {
        *source = super::absolute(source)?;
    }
    mount.insert("Type".into(), json!(kind));
    Ok(mount.into())
}

/// `--tmpfs path[:options]`.
pub(crate) fn tmpfs(text: &str) -> (String, String) {
    let (path, options) = text.split_once(':').unwrap_or((text, ""));
    (path.to_owned(), options.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_are_read() {
        assert_eq!(volume("/x"), Ok(Volume::Anonymous("/x".into())));
        assert_eq!(volume("a:/x:ro"), Ok(Volume::Bind("a:/x:ro".into())));
        let here = std::env::current_dir().unwrap();
        assert_eq!(volume("./a:/x"), Ok(Volume::Bind(format!("{}/a:/x", here.display()))));
        assert!(volume("").is_err());
    }

    #[test]
    fn mounts_are_read() {
        for (text, wanted) in [
            ("type=bind,src=/a,dst=/b,ro", json!({"Type":"bind","Source":"/a","Target":"/b","ReadOnly":true})),
            (
                "source=v,target=/b,volume-opt=type=nfs,volume-label=x=y,volume-nocopy",
                json!({"Type":"volume","Source":"v","Target":"/b","VolumeOptions":{"NoCopy":true,"Labels":{"x":"y"},
                    "DriverConfig":{"Options":{"type":"nfs"}}}}),
            ),
            (
                "type=tmpfs,destination=/t,tmpfs-size=1m,tmpfs-mode=1770",
                json!({"Type":"tmpfs","Target":"/t","TmpfsOptions":{"SizeBytes":1_048_576,"Mode":1016}}),
            ),
            (
                "type=volume,dst=/b,\"volume-opt=o=a,b\"",
                json!({"Type":"volume","Target":"/b","VolumeOptions":{"DriverConfig":{"Options":{"o":"a,b"}}}}),
            ),
            (
                "type=bind,src=/a,dst=/b,bind-propagation=rslave,readonly=false",
                json!({"Type":"bind","Source":"/a","Target":"/b","ReadOnly":false,"BindOptions":{"Propagation":"rslave"}}),
            ),
        ] {
            assert_eq!(mount(text).unwrap(), wanted, "{text}");
        }
        for wrong in [
            "",
            "type=bind,src=/a",
            "dst=/b,tmpfs-size=1m",
            "type=bind,dst=/b,nonsense=1",
            "dst=/b,readonly=maybe",
            "type=tmpfs,dst=/b,tmpfs-mode=9",
            "dst",
        ] {
            assert!(mount(wrong).is_err(), "{wrong}");
        }
    }
}
