//! The commands between `create` and the end.

use std::fmt::Write as _;
use std::time::Duration;

use oci::runtime::{Hooks, Status};
use runtime::Host;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::error::{Error, word};
use crate::flags::ListFormat;
use crate::log::Log;
use crate::record::{Container, Store};

/// How long a killed container may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

fn hooks(container: &Container) -> Hooks {
    container.record.spec.hooks.clone().unwrap_or_default()
}

fn cgroup(container: &Container) -> Result<runtime::cgroup::Cgroup, Error> {
    Ok(Host::probe()?.cgroup(&container.record.cgroup))
}

pub(crate) fn start(store: &Store, id: &str, log: &Log) -> Result<(), Error> {
    let container = store.lock(id)?;
    container.process("start", &[Status::Created])?;
    let released = runtime::release(&container.gate()?);
    container.remove_gate()?;
    released?;
    // A failure of these is told, and the container goes on (`runtime.md#lifecycle`).
    let mut state = container.state();
    state.pid = container.record.process.map(|process| process.pid);
    for hook in hooks(&container).poststart {
        if let Err(error) = runtime::hooks::run(&[hook], &state) {
            log.warn(&error.to_string());
        }
    }
    Ok(())
}

pub(crate) fn kill(store: &Store, id: &str, signal: &str, all: bool) -> Result<(), Error> {
    let number =
        words::signal::parse(signal).ok_or_else(|| Error::Unsupported(format!("unknown signal {signal:?}")))?;
    let container = store.open(id)?;
    if all {
        let cgroup = cgroup(&container)?;
        for pid in cgroup.processes()? {
            if let Some(process) = crate::record::Process::of(pid) {
                process.signal(number);
            }
        }
        return Ok(());
    }
    let process = container.process("kill", &[Status::Created, Status::Running])?;
    send(&container, &process, number)?;
    if number == words::signal::KILL {
        let cgroup = cgroup(&container)?;
        // With a PID namespace of its own the kernel ends the others.
        if !has_own_pids(&container) {
            cgroup.kill_all()?;
        }
        // On cgroup v1 nothing ends while it is paused.
        let _ = cgroup.thaw();
    }
    Ok(())
}

fn has_own_pids(container: &Container) -> bool {
    let linux = container.record.spec.linux.as_ref();
    let own = |one: &oci::runtime::Namespace| one.kind == oci::runtime::NamespaceKind::Pid && one.path.is_none();
    linux.is_some_and(|linux| linux.namespaces.iter().any(own))
}

fn send(container: &Container, process: impl std::os::fd::AsFd, number: i32) -> Result<(), Error> {
    sys::process::signal(process, number).map_err(|error| match error.raw_os_error() {
        Some(code) if code == rustix::io::Errno::SRCH.raw_os_error() => {
            Error::Status { verb: "kill", id: container.record.id.clone(), status: Status::Stopped }
        }
        _ => Error::Unsupported(format!("signal {number}: {error}")),
    })
}

pub(crate) fn delete(store: &Store, id: &str, force: bool, log: &Log) -> Result<(), Error> {
    let container = match store.lock(id) {
        Err(Error::Unknown(_)) if force => return Ok(()),
        other => other?,
    };
    let status = container.status();
    if status != Status::Stopped && !force {
        return Err(Error::Status { verb: "delete", id: id.into(), status });
    }
    if let Ok(process) = container.process("delete", &[Status::Created, Status::Running]) {
        let _ = send(&container, &process, words::signal::KILL);
        let _ = cgroup(&container)?.thaw();
        let limit = Timespec { tv_sec: PATIENCE.as_secs().cast_signed(), tv_nsec: 0 };
        if poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&limit)) == Ok(0) {
            return Err(Error::Status { verb: "delete", id: id.into(), status });
        }
    }
    let cgroup = cgroup(&container)?;
    cgroup.kill_all()?;
    cgroup.remove()?;
    container.remove()?;
    let mut state = container.state();
    state.status = Status::Stopped;
    for hook in hooks(&container).poststop {
        if let Err(error) = runtime::hooks::run(&[hook], &state) {
            log.warn(&error.to_string());
        }
    }
    Ok(())
}

pub(crate) fn freeze(store: &Store, id: &str, frozen: bool) -> Result<(), Error> {
    let container = store.lock(id)?;
    container.process(if frozen { "pause" } else { "resume" }, &[Status::Created, Status::Running])?;
    let cgroup = cgroup(&container)?;
    Ok(if frozen { cgroup.freeze() } else { cgroup.thaw() }?)
}

pub(crate) fn list(store: &Store, format: ListFormat, quiet: bool) -> Result<String, Error> {
    let all = store.all()?;
    if quiet {
        return Ok(all.iter().map(|container| format!("{}\n", container.record.id)).collect());
    }
    if format == ListFormat::Json {
        let entries: Vec<_> = all
            .iter()
            .map(|container| {
                let mut entry = serde_json::to_value(container.state())?;
                entry["created"] = serde_json::to_value(container.record.created)?;
                Ok(entry)
            })
            .collect::<Result<_, serde_json::Error>>()?;
        return Ok(format!("{}\n", serde_json::to_string(&entries)?));
    }
    let mut text = format!("{:<24}{:<12}{:<12}{:<40}CREATED\n", "ID", "PID", "STATUS", "BUNDLE");
    for container in &all {
        let state = container.state();
        let (pid, bundle) = (state.pid.unwrap_or(0), state.bundle.display().to_string());
        let created = container.record.created;
        let _ = writeln!(text, "{:<24}{pid:<12}{:<12}{bundle:<40}{created}", state.id, word(state.status));
    }
    Ok(text)
}
