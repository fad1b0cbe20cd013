//! Whether what was typed is understood, without doing it: the small languages of flags, by name.

use crate::json::Json;
use crate::keys::Keys;
use crate::parse::{env, limit, mount, network, port, security};
use crate::template::{Options, Template};
use crate::units;

/// What a text is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `--publish`.
    Publish,
    /// `--expose`.
    Expose,
    /// `--mount`.
    Mount,
    /// `--volume`.
    Volume,
    /// `--network`.
    Network,
    /// `--ulimit`.
    Ulimit,
    /// `--device`.
    Device,
    /// `--device-read-bps` and `--blkio-weight-device`.
    Rate,
    /// `--restart`.
    Restart,
    /// `--add-host`.
    ExtraHost,
    /// `--security-opt`.
    Security,
    /// `--memory`.
    Size,
    /// `--detach-keys`, followed by a line feed and what is typed.
    DetachKeys,
    /// The content of `--env-file` and `--label-file`.
    EnvFile,
}

/// Every kind.
pub const KINDS: &[Kind] = &[
    Kind::Publish,
    Kind::Expose,
    Kind::Mount,
    Kind::Volume,
    Kind::Network,
    Kind::Ulimit,
    Kind::Device,
    Kind::Rate,
    Kind::Restart,
    Kind::ExtraHost,
    Kind::Security,
    Kind::Size,
    Kind::DetachKeys,
    Kind::EnvFile,
];

/// Reads a text as the commands do.
///
/// # Errors
/// What the user would be told.
pub fn check(kind: Kind, bytes: &[u8]) -> Result<(), String> {
    if kind == Kind::EnvFile {
        return env::file(bytes).map(drop);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "not text".to_owned())?;
    match kind {
        Kind::Publish => port::ports(&[text.to_owned()], &[]).map(drop),
        Kind::Expose => port::ports(&[], &[text.to_owned()]).map(drop),
        Kind::Mount => mount::mount(text).map(drop),
        Kind::Volume => mount::volume(text).map(drop),
        Kind::Network => network::Attachment::parse(text).map(|attachment| drop(attachment.settings())),
        Kind::Ulimit => limit::ulimit(text).map(drop),
        Kind::Device => limit::device(text).map(drop),
        Kind::Rate => limit::weight(text).or_else(|_| limit::bytes_rate(text)).map(drop),
        Kind::Restart => limit::restart(text).map(drop),
        Kind::ExtraHost => limit::extra_host(text).map(drop),
        Kind::Security => security::security(&[text.to_owned()], |path| Ok(path.to_owned())).map(drop),
        Kind::Size => units::parse_size(text).map(drop).map_err(|error| error.to_string()),
        Kind::DetachKeys => {
            let (keys, typed) = text.split_once('\n').unwrap_or((text, ""));
            let mut keys = Keys::parse(keys)?;
            keys.typed(typed.as_bytes());
            Ok(())
        }
        Kind::EnvFile => Ok(()),
    }
}

/// Renders a `--format` template for a JSON value.
///
/// # Errors
/// What the user would be told.
pub fn format(template: &str, json: &str) -> Result<String, String> {
    let value: Json = serde_json::from_str(json).map_err(|error| error.to_string())?;
    let template = Template::parse(template).map_err(|error| error.to_string())?;
    let options = Options { html: true, terminal: true, header: false, labels: value.get("Labels") };
    template.render(&value, options).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_takes_its_own() {
        for (kind, right, wrong) in [
            (Kind::Publish, "80:80", "x"),
            (Kind::Expose, "80", "x"),
            (Kind::Mount, "dst=/a", "dst"),
            (Kind::Volume, "/a", ""),
            (Kind::Network, "a", "name=a,x=y"),
            (Kind::Ulimit, "core=1", "x"),
            (Kind::Device, "/dev/a", "x"),
            (Kind::Rate, "/dev/a:1mb", "x"),
            (Kind::Restart, "always", ":3"),
            (Kind::ExtraHost, "a:1.2.3.4", "x"),
            (Kind::Security, "seccomp={}", "x"),
            (Kind::Size, "1m", "x"),
            (Kind::DetachKeys, "a,b\nxab", "ctrl-"),
            (Kind::EnvFile, "a=b", "=b"),
        ] {
            assert_eq!(check(kind, right.as_bytes()), Ok(()), "{kind:?}");
            assert!(check(kind, wrong.as_bytes()).is_err(), "{kind:?}");
        }
        assert_eq!(KINDS.len(), 14);
        assert_eq!(format("{{.A}}", r#"{"A":1}"#), Ok("1".into()));
        assert!(format("{{", "{}").is_err() && format("", "{").is_err());
    }
}
