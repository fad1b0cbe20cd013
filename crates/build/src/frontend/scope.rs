//! Values of `ARG`s: what is set before the first `FROM`, and what a stage declares. Pure.

use std::collections::BTreeMap;

use dockerfile::{Argument, Lexer, Located, Variables};
use oci::image::Platform;

use crate::{Error, Result, limits};

/// Names and values in the order in which they were set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Env(Vec<(String, String)>);

impl Env {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => value.clone_into(old),
            None => self.0.push((name.to_owned(), value.to_owned())),
        }
    }

    /// From `NAME=value` texts.
    pub(crate) fn of(entries: &[String]) -> Self {
        let mut env = Self::default();
        for entry in entries {
            let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
            env.set(name, value);
        }
        env
    }

    pub(crate) fn entries(&self) -> Vec<String> {
        self.0.iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    /// Bytes of all values.
    pub(crate) fn bytes(&self) -> usize {
        self.0.iter().map(|(_, value)| value.len()).sum()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl Variables for Env {
    fn get(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }
}

/// What is set before the first `FROM`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Global {
    /// What the Dockerfile says there, with what the client gives.
    pub(crate) args: Env,
    /// The platforms' names; a stage sees them once it declares them.
    pub(crate) platform: Env,
}

/// Reads a platform: `linux/arm64`, `linux/arm/v7`, `arm64`, `linux`.
///
/// # Errors
/// When it is none.
pub fn parse_platform(text: &str) -> Result<Platform> {
    let wrong = || {
        Error::invalid(format!(
            "failed to parse platform {text}: {text:?} is an invalid component of {text:?}: platform specifier component must match \"^[A-Za-z0-9_-]+$\": invalid argument"
        ))
    };
    let parts: Vec<&str> = text.split('/').collect();
    let plain =
        |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if !parts.iter().all(plain) {
        return Err(wrong());
    }
    let architecture = |name: &str| match name {
        "x86_64" | "x86-64" => "amd64".to_owned(),
        "aarch64" => "arm64".to_owned(),
        "i386" => "386".to_owned(),
        other => other.to_ascii_lowercase(),
    };
    let host = oci::image::host_architecture();
    let (os, arch, variant) = match parts.as_slice() {
        ["linux"] => ("linux", host.to_owned(), None),
        [arch] => ("linux", architecture(arch), None),
        [os, arch] => (*os, architecture(arch), None),
        [os, arch, variant] => (*os, architecture(arch), Some((*variant).to_owned())),
        _ => return Err(wrong()),
    };
    // The variants that go without saying.
    let variant =
        variant.filter(|variant| !matches!((arch.as_str(), variant.as_str()), ("arm64", "v8") | ("amd64", "v1")));
    Ok(Platform { os: os.to_ascii_lowercase(), architecture: arch, variant })
}

impl Global {
    pub(crate) fn new(
        args: &[Located<Vec<Argument>>],
        given: &BTreeMap<String, String>,
        target: &Platform,
        stage: &str,
        lexer: Lexer,
    ) -> Result<Self> {
        let build = Platform::host();
        let mut platform = Env::default();
        for (side, of) in [("BUILD", &build), ("TARGET", target)] {
            let variant = of.variant.clone().unwrap_or_default();
            for (name, value) in [
                ("PLATFORM", of.to_string()),
                ("OS", of.os.clone()),
                ("OSVERSION", String::new()),
                ("ARCH", of.architecture.clone()),
                ("VARIANT", variant),
            ] {
                let name = format!("{side}{name}");
                let value = given.get(&name).cloned().unwrap_or(value);
                platform.set(&name, &value);
            }
        }
        platform.set("TARGETSTAGE", if stage.is_empty() { "default" } else { stage });
        let mut global = Self { args: Env::default(), platform };
        for argument in args.iter().flat_map(|located| &located.value) {
            let value = match (given.get(&argument.name), &argument.default) {
                (Some(given), _) => Some(given.clone()),
                (None, Some(default)) => Some(global.expand(default, lexer).map_err(Error::invalid)?),
                (None, None) => None,
            };
            let Some(value) = value else { continue };
            global.args.set(&argument.name, &value);
            if global.args.bytes() > limits::CONFIG_BYTES {
                return Err(Error::invalid(format!("arguments take more than {} bytes", limits::CONFIG_BYTES)));
            }
        }
        Ok(global)
    }

    /// Names that may stand in a `FROM`.
    pub(crate) fn declared(&self, args: &[Located<Vec<Argument>>]) -> Vec<String> {
        let declared = args.iter().flat_map(|located| located.value.iter().map(|argument| argument.name.clone()));
        declared.chain(self.platform.names().map(str::to_owned)).collect()
    }

    fn expand(&self, text: &str, lexer: Lexer) -> std::result::Result<String, String> {
        Ok(lexer.expand(text, self)?.text)
    }

    /// The value that a stage gets for a name that it declares without one.
    pub(crate) fn inherited(&self, name: &str) -> Option<String> {
        Variables::get(self, name)
    }
}

impl Variables for Global {
    fn get(&self, name: &str) -> Option<String> {
        self.args.get(name).or_else(|| self.platform.get(name)).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_read() {
        let text = |text: &str| parse_platform(text).unwrap().to_string();
        assert_eq!(text("linux/arm64"), "linux/arm64");
        assert_eq!(text("linux/arm64/v8"), "linux/arm64");
        assert_eq!(text("linux/arm/v7"), "linux/arm/v7");
        assert_eq!(text("x86_64"), "linux/amd64");
        for wrong in ["", "/", "linux/", "linux/amd64/v1/x", "li nux"] {
            assert!(parse_platform(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_name_is_set_once() {
        let mut env = Env::of(&["A=1".into(), "B=".into()]);
        env.set("A", "2");
        assert_eq!(env.entries(), ["A=2", "B="]);
        assert_eq!((env.get("B"), env.get("C")), (Some(""), None));
    }
}
