//! `exec`: a further process.

use std::process::ExitCode;

use oci::runtime::{Process, Status};
use runtime::{ExecPlan, Host, UserNamespace};

use crate::error::{At, Error};
use crate::flags::ExecFlags;
use crate::record::{Container, Store};
use crate::stdio;

pub(crate) fn exec(store: &Store, flags: &ExecFlags) -> Result<ExitCode, Error> {
    let container = store.open(&flags.id)?;
    let init = container.process("exec in", &[Status::Running])?;
    let process = process(&container, flags)?;
    let host = Host::probe()?;
    let filter = container.record.spec.linux.as_ref().and_then(|linux| linux.seccomp.as_ref());
    let plan = ExecPlan::new(&process, filter, host.cgroup(&container.record.cgroup), &host)?;
    let user = container.record.spec.linux.as_ref().map(UserNamespace::of).transpose()?.flatten();
    let (stdio, console) = stdio::new(process.terminal, &flags.files)?;
    let started = runtime::exec(std::os::fd::AsFd::as_fd(&init), user.as_ref(), &plan, stdio)?;
    stdio::tell(&started, console, &flags.files)?;
    if flags.detach {
        return Ok(ExitCode::SUCCESS);
    }
    let code = sys::process::wait(&started.pidfd).at("waiting for", std::path::Path::new("the process"))?;
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)))
}

/// The process of the file, or the container's own with another program.
fn process(container: &Container, flags: &ExecFlags) -> Result<Process, Error> {
    let mut process = match &flags.process {
        Some(file) => {
            let bytes = std::fs::read(file).at("reading", file)?;
            serde_json::from_slice(&bytes).map_err(|why| Error::Bundle { path: file.clone(), why: why.to_string() })?
        }
        None => Process {
            args: flags.args.clone(),
            terminal: false,
            ..container.record.spec.process.clone().unwrap_or_default()
        },
    };
    process.terminal |= flags.tty;
    process.env.extend(flags.env.iter().cloned());
    if let Some(cwd) = &flags.cwd {
        process.cwd.clone_from(cwd);
    }
    Ok(process)
}
