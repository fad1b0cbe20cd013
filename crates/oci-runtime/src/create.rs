//! `create`: everything up to the program.

use oci::runtime::{Spec, State, Status};
use runtime::{Hold, Host, Plan};
use words::Timestamp;

use crate::bundle::Bundle;
use crate::error::{At, Error};
use crate::flags::CreateFlags;
use crate::record::{Container, Process, Record, Store};
use crate::stdio;

pub(crate) fn create(store: &Store, flags: &CreateFlags) -> Result<(), Error> {
    if flags.no_pivot {
        return Err(Error::Unsupported("--no-pivot: the root is changed by pivot_root(2) only".into()));
    }
    check_descriptors(flags.preserve_fds)?;
    let bundle = Bundle::read(&flags.bundle)?;
    let record = Record {
        id: flags.id.clone(),
        bundle: bundle.path.clone(),
        created: Timestamp::now(),
        cgroup: cgroup(&bundle.spec, &flags.id),
        process: None,
        spec: bundle.spec.clone(),
    };
    let mut container = store.create(record)?;
    let made = make(&mut container, bundle, flags);
    if made.is_err() {
        let _ = container.remove();
    }
    made
}

/// The program is to get descriptors that are there: a hole would be filled with one of ours.
fn check_descriptors(count: u32) -> Result<(), Error> {
    let open = |fd: u32| std::fs::symlink_metadata(format!("/proc/self/fd/{fd}")).is_ok();
    match (3..3u32.saturating_add(count.min(1 << 20))).find(|fd| !open(*fd)) {
        Some(fd) => Err(Error::Unsupported(format!("--preserve-fds {count}: descriptor {fd} is not open"))),
        None => Ok(()),
    }
}

fn cgroup(spec: &Spec, id: &str) -> String {
    match spec.linux.as_ref().map(|linux| linux.cgroups_path.as_str()) {
        None | Some("") => format!("/dabba-runtime/{id}"),
        Some(path) => path.to_owned(),
    }
}

fn make(container: &mut Container, bundle: Bundle, flags: &CreateFlags) -> Result<(), Error> {
    let Bundle { mut spec, rootfs, path } = bundle;
    let hooks = spec.hooks.take().unwrap_or_default();
    spec.linux.get_or_insert_default().cgroups_path.clone_from(&container.record.cgroup);
    let plan = Plan::new(&spec, rootfs, &Host::probe()?)?;
    if !plan.cgroup().processes()?.is_empty() {
        return Err(Error::Unsupported(format!("the cgroup {} has processes in it", container.record.cgroup)));
    }
    let terminal = spec.process.as_ref().is_some_and(|process| process.terminal);
    let (stdio, console) = stdio::new(terminal, &flags.process)?;
    let hold = Hold {
        gate: runtime::gate(&container.gate()?)?,
        state: State { status: Status::Creating, ..container.state() },
        hooks,
        keep: flags.preserve_fds,
    };
    rustix::process::chdir(&path).at("entering", &path)?;
    let started = runtime::create(&plan, stdio, &hold)?;
    container.record.process = Process::of(started.pid);
    let told = container.save().and_then(|()| stdio::tell(&started, console, &flags.process));
    if told.is_err() {
        let _ = sys::process::signal(&started.pidfd, words::signal::KILL);
        let _ = sys::process::wait(&started.pidfd);
        let _ = plan.cgroup().remove();
    }
    told
}
