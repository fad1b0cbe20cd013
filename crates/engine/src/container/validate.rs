//! What is wrong with a request, in the words that Docker's users know.
//!
//! Source of the sentences: moby `daemon/container.go` and `daemon/daemon_unix.go`.

use super::cpuset;
use super::spec::{CgroupnsMode, MountSource, NetworkMode, PidMode, RestartPolicy, Spec};
use crate::config::Config;
use crate::error::{Error, Result};
use crate::image::ImageRecord;
use crate::limits;

fn invalid<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::Invalid(message.into()))
}

/// This host runs images of its own platform only.
pub(crate) fn platform(asked: Option<&str>, image: &ImageRecord) -> Result<()> {
    let Some(asked) = asked.filter(|text| !text.is_empty()) else { return Ok(()) };
    let mut parts = asked.split('/');
    let (first, second) = (parts.next().unwrap_or_default(), parts.next());
    let architecture = second.unwrap_or(if first == "linux" { &image.config.architecture } else { first });
    if image.config.architecture.is_empty() || architecture == image.config.architecture {
        return Ok(());
    }
    Err(Error::NotFound(format!(
        "image with reference {} was found but its platform ({}/{}) does not match the specified platform ({asked})",
        image.familiar_names().first().map_or(image.id.hex(), String::as_str),
        image.config.os,
        image.config.architecture,
    )))
}

/// Checks a merged request and fills what the daemon's configuration decides. Gives warnings.
pub(crate) fn spec(spec: &mut Spec, config: &Config, host: &runtime::Host) -> Result<Vec<String>> {
    program(spec)?;
    resources(spec)?;
    surroundings(spec, config)?;
    let asked = &mut spec.host;
    asked.cgroupns = cgroup_namespace(asked.cgroupns, asked.privileged, config.cgroupns, host.is_cgroup_v2());
    super::oci::check_capabilities(&spec.host)?;
    let mut warnings = Vec::new();
    if spec.host.resources.memory > 0 && spec.host.resources.memory_swap == 0 && !host.has_swap_limit() {
        spec.host.resources.memory_swap = -1;
        warnings.push(
            "Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap."
                .into(),
        );
    }
    if spec.host.network == NetworkMode::Host && !spec.host.ports.is_empty() {
        warnings.push("Published ports are discarded when using host network mode".into());
    }
    Ok(warnings)
}

/// Settled at the create, so that `inspect` tells it and a later daemon starts the container alike: moby's
/// `daemon/daemon_unix.go`, `adaptContainerSettings`.
fn cgroup_namespace(asked: CgroupnsMode, privileged: bool, of_daemon: CgroupnsMode, v2: bool) -> CgroupnsMode {
    match (asked, of_daemon) {
        (CgroupnsMode::Default, _) if privileged && !v2 => CgroupnsMode::Host,
        (CgroupnsMode::Default, CgroupnsMode::Default) if v2 => CgroupnsMode::Private,
        (CgroupnsMode::Default, CgroupnsMode::Default) => CgroupnsMode::Host,
        (CgroupnsMode::Default, of_daemon) => of_daemon,
        (asked, _) => asked,
    }
}

fn program(spec: &Spec) -> Result<()> {
    let program = &spec.program;
    let words = || program.entrypoint.iter().chain(program.cmd.iter()).flatten();
    if words().next().is_none() {
        return invalid("no command specified");
    }
    let bytes: usize = words().chain(&program.env).map(String::len).sum();
    if bytes > limits::ARGUMENTS_MAX {
        return invalid(format!(
            "arguments and environment are {bytes} bytes long, at most {} fit",
            limits::ARGUMENTS_MAX
        ));
    }
    if words().chain(&program.env).any(|text| text.contains('\0')) {
        return invalid("arguments and environment must not contain a NUL byte");
    }
    if let Some(entry) = program.env.iter().find(|entry| entry.is_empty() || entry.starts_with('=')) {
        return invalid(format!("invalid environment variable: {entry}"));
    }
    if !program.working_dir.is_empty() && !program.working_dir.starts_with('/') {
        return invalid(format!(
            "the working directory '{}' is invalid, it needs to be an absolute path",
            program.working_dir
        ));
    }
    if program.working_dir.contains('\0') {
        return invalid("the working directory must not contain a NUL byte");
    }
    if !program.stop_signal.is_empty() && words::signal::parse(&program.stop_signal).is_none() {
        return invalid(format!("Invalid signal: {}", program.stop_signal));
    }
    if program.stop_timeout.is_some_and(|seconds| seconds < -1) {
        return invalid("stop timeout must not be less than -1");
    }
    if spec.hostname.len() > 64 || spec.hostname.contains(|c: char| c.is_control() || c == '/') {
        return invalid(format!("invalid hostname format: {:?}", spec.hostname));
    }
    health_check(spec)
}

fn health_check(spec: &Spec) -> Result<()> {
    let Some(check) = &spec.health_check else { return Ok(()) };
    match check.test.first().map(String::as_str) {
        None | Some("NONE" | "CMD" | "CMD-SHELL") => {}
        Some(other) => return invalid(format!("Unknown healthcheck type '{other}' (expected 'CMD')")),
    }
    for (name, duration) in [
        ("Interval", check.interval),
        ("Timeout", check.timeout),
        ("StartPeriod", check.start_period),
        ("StartInterval", check.start_interval),
    ] {
        if !duration.is_zero() && duration < std::time::Duration::from_millis(1) {
            return invalid(format!("{name} in Healthcheck cannot be less than 1ms"));
        }
    }
    Ok(())
}

fn resources(spec: &mut Spec) -> Result<()> {
    let wanted = &mut spec.host.resources;
    if wanted.memory != 0 && wanted.memory < limits::MEMORY_MIN {
        return invalid("Minimum memory limit allowed is 6MB");
    }
    if wanted.memory > 0 && wanted.memory_swap > 0 && wanted.memory_swap < wanted.memory {
        return invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
    }
    if wanted.memory == 0 && wanted.memory_swap > 0 {
        return invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
    }
    if wanted.memory_swappiness.is_some_and(|value| !(-1..=100).contains(&value)) {
        return invalid(format!(
            "Invalid value: {}, valid memory swappiness range is 0-100",
            wanted.memory_swappiness.unwrap_or_default()
        ));
    }
    if wanted.memory_swappiness == Some(-1) {
        wanted.memory_swappiness = None;
    }
    if wanted.memory_reservation > 0 && wanted.memory_reservation < limits::MEMORY_MIN {
        return invalid("Minimum memory reservation allowed is 6MB");
    }
    if wanted.memory > 0 && wanted.memory_reservation > 0 && wanted.memory < wanted.memory_reservation {
        return invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
    }
    if wanted.nano_cpus > 0 && (wanted.cpu_period > 0 || wanted.cpu_quota > 0) {
        return invalid("Conflicting options: Nano CPUs cannot be set with CPU Period or CPU Quota");
    }
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if wanted.nano_cpus < 0 || wanted.nano_cpus > i64::try_from(cpus).unwrap_or(i64::MAX).saturating_mul(1_000_000_000)
    {
        return invalid(format!("range of CPUs is from 0.01 to {cpus}.00, as there are only {cpus} CPUs available"));
    }
    if wanted.cpu_period != 0 && !(1_000..=1_000_000).contains(&wanted.cpu_period) {
        return invalid("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
    }
    if wanted.cpu_quota > 0 && wanted.cpu_quota < 1_000 {
        return invalid("CPU cfs quota can not be less than 1ms (i.e. 1000)");
    }
    cpuset::check(&wanted.cpuset_cpus, cpuset::CPUS)?;
    cpuset::check(&wanted.cpuset_mems, cpuset::MEMORY_NODES)?;
    if wanted.blkio_weight != 0 && !(10..=1000).contains(&wanted.blkio_weight) {
        return invalid("Range of blkio weight is from 10 to 1000");
    }
    if wanted.pids_limit.is_some_and(|limit| limit <= 0) {
        wanted.pids_limit = None;
    }
    for ulimit in &wanted.ulimits {
        if ulimit.soft > ulimit.hard && ulimit.hard != -1 {
            return invalid(format!(
                "ulimit soft limit must be less than or equal to hard limit: {} > {}",
                ulimit.soft, ulimit.hard
            ));
        }
    }
    Ok(())
}

fn surroundings(spec: &mut Spec, config: &Config) -> Result<()> {
    let host = &mut spec.host;
    if host.auto_remove && host.restart != RestartPolicy::No {
        return invalid("can't create 'AutoRemove' container with restart policy");
    }
    if host.shm_size < 0 {
        return invalid("SHM size can not be less than 0");
    }
    if host.shm_size == 0 {
        host.shm_size = if config.shm_size > 0 { config.shm_size } else { limits::SHM_DEFAULT };
    }
    if !(-1000..=1000).contains(&host.oom_score_adj) {
        return invalid(format!("Invalid value {}, range for oom score adj is [-1000, 1000]", host.oom_score_adj));
    }
    for entry in &host.extra_hosts {
        super::files::extra_host(entry)?;
    }
    super::runtimes::choose(&mut host.runtime, config)?;
    for (set, what) in [
        (!host.links.is_empty(), "--link"),
        (host.init == Some(true), "--init"),
        (matches!(host.ipc, super::spec::IpcMode::Container(_)), "--ipc container:"),
        (!matches!(host.volume_driver.as_str(), "" | "local"), "a volume driver other than local"),
        (!host.security.label.is_empty(), "an SELinux label"),
        (host.security.apparmor.as_deref().is_some_and(|profile| profile != "unconfined"), "an AppArmor profile"),
    ] {
        if set {
            return Err(Error::NotImplemented(what.into()));
        }
    }
    host.security.no_new_privileges |= config.no_new_privileges;
    log(spec, config)?;
    let host = &spec.host;
    if matches!(host.network, NetworkMode::Container(_)) {
        for (set, what) in [
            (!spec.hostname.is_empty(), "hostname"),
            (!host.dns.is_empty(), "dns"),
            (!host.extra_hosts.is_empty(), "custom host-to-IP mapping"),
            (!host.ports.is_empty(), "port publishing"),
            (!host.links.is_empty(), "links"),
        ] {
            if set {
                return invalid(format!("conflicting options: {what} and the container type network mode"));
            }
        }
    }
    if host.uts_host && !spec.hostname.is_empty() {
        return invalid("conflicting options: hostname and the UTS mode");
    }
    if !matches!(host.userns.as_str(), "" | "host") {
        return invalid(format!("invalid userns mode: {}", host.userns));
    }
    if config.users_of(host).is_some() {
        for (set, what) in [
            (
                host.privileged,
                "privileged mode is incompatible with user namespaces.  You must run the container in the host namespace when running privileged mode",
            ),
            (
                host.network == NetworkMode::Host,
                "cannot share the host's network namespace when user namespaces are enabled",
            ),
            (host.pid == PidMode::Host, "cannot share the host PID namespace when user namespaces are enabled"),
        ] {
            if set {
                return invalid(what);
            }
        }
        if host.runtime != super::runtimes::OWN {
            return Err(Error::NotImplemented(format!(
                "the runtime {:?} with a user namespace (--userns=host leaves that out)",
                host.runtime
            )));
        }
    }
    for mount in &host.mounts {
        if !mount.target.is_absolute() {
            return invalid(format!("invalid mount path: '{}' mount path must be absolute", mount.target.display()));
        }
        if mount.target == std::path::Path::new("/") {
            return invalid("invalid specification: destination can't be '/'");
        }
        if let MountSource::Volume { subpath, .. } = &mount.source
            && !subpath.is_empty()
        {
            return Err(Error::NotImplemented("a volume's Subpath".into()));
        }
    }
    Ok(())
}

fn log(spec: &mut Spec, config: &Config) -> Result<()> {
    let log = &mut spec.host.log;
    if log.driver.is_empty() {
        log.driver.clone_from(&config.log.driver);
        for (key, value) in &config.log.options {
            log.options.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
    if log.driver.is_empty() {
        log.driver = "json-file".into();
    }
    match log.driver.as_str() {
        "none" => return Ok(()),
        "json-file" => {}
        "local" | "syslog" | "journald" | "gelf" | "fluentd" | "awslogs" | "splunk" | "gcplogs" | "etwlogs" => {
            return Err(Error::NotImplemented(format!("the log driver {:?}", log.driver)));
        }
        other => return invalid(format!("logger: no log driver named '{other}' is registered")),
    }
    for (key, value) in &log.options {
        match key.as_str() {
            "max-size" => {
                super::logs::size(value)?;
            }
            "max-file" => match value.parse::<u32>() {
                Ok(count) if count >= 1 => {}
                Ok(_) => return invalid("max-file cannot be less than 1"),
                Err(_) => return invalid(format!("strconv.Atoi: parsing {value:?}: invalid syntax")),
            },
            "mode" if value == "blocking" => {}
            "mode" if value == "non-blocking" => {
                return Err(Error::NotImplemented("the log mode \"non-blocking\"".into()));
            }
            "max-buffer-size" => {
                return invalid("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
            }
            "labels" | "labels-regex" | "env" | "env-regex" | "tag" | "compress" => {
                return Err(Error::NotImplemented(format!("the json-file log option {key:?}")));
            }
            _ => return invalid(format!("unknown log opt '{key}' for json-file log driver")),
        }
    }
    if log.options.get("max-file").is_some_and(|count| count != "1") && !log.options.contains_key("max-size") {
        return invalid("max-file specified, but max-size is not set");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cgroup_namespaces_are_settled_as_docker_does() {
        use CgroupnsMode::{Default, Host, Private};
        for (asked, privileged, of_daemon, v2, wanted) in [
            (Default, false, Default, true, Private),
            (Default, false, Default, false, Host),
            (Default, true, Default, true, Private),
            (Default, true, Default, false, Host),
            (Default, false, Host, true, Host),
            (Default, false, Private, false, Private),
            (Default, true, Private, false, Host),
            (Default, true, Host, true, Host),
            (Host, false, Private, true, Host),
            (Private, true, Host, false, Private),
        ] {
            assert_eq!(
                cgroup_namespace(asked, privileged, of_daemon, v2),
                wanted,
                "{asked:?} {privileged} {of_daemon:?} {v2}"
            );
        }
    }
}
