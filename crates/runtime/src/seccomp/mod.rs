//! System call filters: Docker's profile with its conditions, and its compilation to classic BPF.

mod compile;
mod table;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use oci::runtime::{Seccomp, SeccompAction, SeccompArg, SeccompRule};
use serde::Deserialize;

use crate::Error;

pub use compile::{Filter, compile};

/// Docker's default profile as it is published.
const DEFAULT: &str = include_str!("../../profiles/seccomp-default.json");

/// A profile in Docker's form: an OCI filter whose rules may depend on capabilities, architecture and kernel.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    default_action: SeccompAction,
    #[serde(default)]
    default_errno_ret: Option<u32>,
    #[serde(default)]
    architectures: Option<Vec<String>>,
    #[serde(default)]
    arch_map: Vec<ArchMap>,
    #[serde(default)]
    flags: Vec<String>,
    #[serde(default)]
    syscalls: Vec<Conditional>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ArchMap {
    architecture: String,
    #[serde(default)]
    sub_architectures: Option<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Conditional {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    names: Option<Vec<String>>,
    action: SeccompAction,
    #[serde(default)]
    errno_ret: Option<u32>,
    #[serde(default)]
    args: Option<Vec<SeccompArg>>,
    #[serde(default)]
    includes: Option<Condition>,
    #[serde(default)]
    excludes: Option<Condition>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Condition {
    caps: Vec<String>,
    arches: Vec<String>,
    min_kernel: Option<String>,
}

impl Condition {
    /// Every part that is there must hold, for `includes`.
    fn all(&self, capabilities: &[String], kernel: (u32, u32)) -> bool {
        (self.caps.is_empty() || self.caps.iter().all(|cap| capabilities.contains(cap)))
            && (self.arches.is_empty() || self.arches.iter().any(|arch| arch == "amd64"))
            && self.min_kernel.as_deref().is_none_or(|minimum| kernel >= version(minimum))
    }

    /// Any part that is there excludes, for `excludes`.
    fn any(&self, capabilities: &[String], kernel: (u32, u32)) -> bool {
        self.caps.iter().any(|cap| capabilities.contains(cap))
            || self.arches.iter().any(|arch| arch == "amd64")
            || self.min_kernel.as_deref().is_some_and(|minimum| kernel >= version(minimum))
    }
}

/// Major and minor number of a kernel's release.
fn version(text: &str) -> (u32, u32) {
    let mut numbers = text.split(['.', '-', '+']).map(|part| part.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

fn kernel() -> (u32, u32) {
    version(&rustix::system::uname().release().to_string_lossy())
}

/// A profile in Docker's JSON form, with its conditions decided for these bounding capabilities and this kernel.
///
/// # Errors
/// [`Error::Unsupported`] when it is not such a profile.
pub fn profile(text: &str, capabilities: &[String]) -> Result<Seccomp, Error> {
    let unsupported = |why: String| Error::Unsupported(why);
    let profile: Profile = serde_json::from_str(text).map_err(|error| unsupported(error.to_string()))?;
    if profile.architectures.as_ref().is_some_and(|list| !list.is_empty()) && !profile.arch_map.is_empty() {
        return Err(unsupported("'architectures' and 'archMap' were specified in the seccomp profile, use either 'architectures' or 'archMap'".into()));
    }
    let architectures = match profile.architectures {
        Some(list) if !list.is_empty() => list,
        _ => profile
            .arch_map
            .into_iter()
            .filter(|entry| entry.architecture == "SCMP_ARCH_X86_64")
            .flat_map(|entry| [entry.architecture].into_iter().chain(entry.sub_architectures.unwrap_or_default()))
            .collect(),
    };
    let kernel = kernel();
    let mut syscalls = Vec::new();
    for rule in profile.syscalls {
        let included = rule.includes.as_ref().is_none_or(|condition| condition.all(capabilities, kernel));
        let excluded = rule.excludes.as_ref().is_some_and(|condition| condition.any(capabilities, kernel));
        if included && !excluded {
            let mut names = rule.names.unwrap_or_default();
            names.extend(rule.name);
            let (action, errno_ret, args) = (rule.action, rule.errno_ret, rule.args.unwrap_or_default());
            syscalls.push(SeccompRule { names, action, errno_ret, args });
        }
    }
    Ok(Seccomp {
        default_action: profile.default_action,
        default_errno_ret: profile.default_errno_ret,
        architectures,
        flags: profile.flags,
        syscalls,
    })
}

type Cache = Mutex<HashMap<Vec<String>, (Arc<Seccomp>, Arc<Filter>)>>;

/// Compiled default profiles by capability set: a daemon sees only a handful of different ones.
static DEFAULTS: std::sync::LazyLock<Cache> = std::sync::LazyLock::new(Mutex::default);

/// Docker's default profile for these bounding capabilities.
///
/// # Errors
/// [`Error::Unsupported`] never, unless the file that this program carries is broken.
pub fn default_profile(capabilities: &[String]) -> Result<Arc<Seccomp>, Error> {
    default_compiled(capabilities).map(|(profile, _)| profile)
}

fn default_compiled(capabilities: &[String]) -> Result<(Arc<Seccomp>, Arc<Filter>), Error> {
    let mut cache = DEFAULTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(found) = cache.get(capabilities) {
        return Ok(found.clone());
    }
    let profile = Arc::new(profile(DEFAULT, capabilities)?);
    let filter = Arc::new(compile(&profile)?);
    cache.insert(capabilities.to_vec(), (Arc::clone(&profile), Arc::clone(&filter)));
    Ok((profile, filter))
}

/// Compiles a profile, or finds it compiled if it is one that [`default_profile`] gave.
///
/// # Errors
/// As [`compile`].
pub fn compiled(profile: &Arc<Seccomp>) -> Result<Arc<Filter>, Error> {
    let cache = DEFAULTS.lock().unwrap_or_else(PoisonError::into_inner);
    let known = cache.values().find(|(known, _)| Arc::ptr_eq(known, profile)).map(|(_, filter)| Arc::clone(filter));
    drop(cache);
    known.map_or_else(|| compile(profile).map(Arc::new), Ok)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(capabilities: &[&str]) -> Vec<String> {
        let capabilities: Vec<String> = capabilities.iter().map(|text| (*text).to_owned()).collect();
        default_profile(&capabilities).unwrap().syscalls.iter().flat_map(|rule| rule.names.clone()).collect()
    }

    #[test]
    fn conditions_follow_the_capabilities() {
        let plain = names(&["CAP_CHOWN"]);
        assert!(!plain.contains(&"mount".to_owned()) && !plain.contains(&"chroot".to_owned()));
        assert!(plain.contains(&"ptrace".to_owned()));
        assert!(names(&["CAP_SYS_ADMIN"]).contains(&"mount".to_owned()));
        assert!(names(&["CAP_SYS_CHROOT"]).contains(&"chroot".to_owned()));
    }

    #[test]
    fn a_broken_profile_is_an_error() {
        for text in ["", "{}", "[]", r#"{"defaultAction":"SCMP_ACT_FLY"}"#] {
            assert!(profile(text, &[]).is_err(), "{text}");
        }
    }
}
