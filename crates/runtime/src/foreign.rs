//! A container made by another OCI runtime, through its command line.
//!
//! ```text
//!   shim ── own mount namespace: root file system, network namespace, as files below the task directory
//!    │── RUNTIME create ──► init, adopted by the shim when `create` ends
//!    │── RUNTIME start, exec, kill, delete
//! ```
//! Whatever the runtime keeps is below the task directory, too, so that nothing outlives it. A command that does not
//! end in time is killed with all that it started in its process group.
//!
//! Source: opencontainers/runtime-tools, `docs/command-line-interface.md`; runc's man pages for `--pid-file`,
//! `--console-socket` (runc `docs/terminals.md`), `--log` and `exec`.

use std::fs::File;
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use oci::runtime::{Capabilities, Mount, NamespaceKind, Process, Spec};
use rustix::event::{PollFd, PollFlags, Timespec};
use rustix::io::Errno;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use rustix::process::{Pid, PidfdFlags, Signal};
use serde::{Deserialize, Serialize};

use crate::cgroup::Cgroup;
use crate::error::{Step, plain};
use crate::{Error, Host, Rootfs, Started, Stdio, capability, child, limits, plan};

/// The program of a runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// The file.
    pub path: PathBuf,
    /// What comes before all other arguments.
    pub args: Vec<String>,
}

/// A container ready to be made. Pure data: it crosses the shim's socket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    program: Program,
    id: String,
    dir: PathBuf,
    /// config.json
    config: String,
    rootfs: Rootfs,
    /// The network namespace is given, and not made by the runtime.
    network: bool,
    /// Parts of the host's directories that are mounted, by the name that config.json has for each in the task directory.
    parts: Vec<Part>,
    cgroup: Cgroup,
}

/// A part of a directory, found as if that were the root directory. No other runtime has a word for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Part {
    name: String,
    source: PathBuf,
    part: PathBuf,
}

/// The version of the specification that every runtime knows.
const VERSION: &str = "1.0.2";
const ROOTFS: &str = "rootfs";
const NETWORK: &str = "network";
const PID: &str = "pid";
const CONSOLE: &str = "console.sock";
const LOG: &str = "runtime.log";
const STATE: &str = "runtime";

impl Plan {
    /// Decides everything that can be decided before the container exists. `dir` is its task directory.
    ///
    /// # Errors
    /// [`Error::Step`] when the specification cannot be written.
    pub fn new(
        program: Program,
        id: &str,
        dir: &Path,
        mut spec: Spec,
        rootfs: Rootfs,
        host: &Host,
    ) -> Result<Self, Error> {
        let mut network = false;
        let linux = spec.linux.get_or_insert_default();
        for namespace in &mut linux.namespaces {
            if namespace.kind == NamespaceKind::Network && namespace.path.is_none() {
                namespace.path = Some(dir.join(NETWORK));
                network = true;
            }
        }
        let cgroup = host.cgroup(&linux.cgroups_path);
        if let Some(process) = &mut spec.process {
            leave_out_impossible(process)?;
        }
        let parts = parts(&mut spec.mounts, dir);
        spec.oci_version = VERSION.into();
        spec.root.get_or_insert_default().path = ROOTFS.into();
        let config = json(&spec)?;
        Ok(Self { program, id: id.into(), dir: dir.into(), config, rootfs, network, parts, cgroup })
    }

    /// The cgroup that the process will be in.
    pub fn cgroup(&self) -> &Cgroup {
        &self.cgroup
    }
}

/// Takes parts of directories out of mounts, which are of files in the task directory then.
fn parts(mounts: &mut [Mount], dir: &Path) -> Vec<Part> {
    let mut found = Vec::new();
    for mount in mounts {
        let part = |option: &String| Some(option.strip_prefix(plan::SUBDIRECTORY)?.strip_prefix('=')?.into());
        let told = mount.options.iter().enumerate().find_map(|(at, option)| Some((at, part(option)?)));
        let Some((at, part)) = told else { continue };
        mount.options.remove(at);
        let name = format!("part{}", found.len());
        let source = std::mem::replace(&mut mount.source, dir.join(&name).to_string_lossy().into_owned()).into();
        found.push(Part { name, source, part });
    }
    found
}

/// A further process, as the runtime is told it.
///
/// # Errors
/// [`Error::Step`] when it cannot be written.
pub fn exec_plan(process: &Process) -> Result<String, Error> {
    let mut process = process.clone();
    leave_out_impossible(&mut process)?;
    json(&process)
}

/// Takes away capabilities that this host cannot give: runtimes fail for them, and Docker does not ask for them.
fn leave_out_impossible(process: &mut Process) -> Result<(), Error> {
    let have = rustix::thread::capabilities(None).step(|| "capget".into())?.permitted.bits();
    let Some(sets) = &mut process.capabilities else { return Ok(()) };
    let Capabilities { bounding, effective, inheritable, permitted, ambient } = sets;
    for set in [bounding, effective, inheritable, permitted, ambient] {
        let mask = capability::mask(set)?;
        *set = (0..)
            .zip(capability::NAMES)
            .filter(|(bit, _)| mask & have & (1 << bit) != 0)
            .map(|(_, name)| name.into())
            .collect();
    }
    Ok(())
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value)
        .map_err(|error| Error::Step { step: "writing a specification".into(), why: error.to_string() })
}

/// A container that was made; it is its shim's until [`Container::delete`].
#[derive(Debug)]
pub struct Container {
    program: Program,
    id: String,
    dir: PathBuf,
}

/// Makes a container and starts its program. The caller becomes the parent of its processes, and gets a mount namespace
/// of its own.
///
/// # Errors
/// [`Error::Foreign`] with what the runtime says; nothing is left of the container then.
pub fn launch(plan: &Plan, stdio: Stdio, network: Option<BorrowedFd<'_>>) -> Result<(Container, Started), Error> {
    let Plan { program, id, dir, .. } = plan;
    let container = Container::new(program.clone(), id, dir);
    surroundings(plan, network)?;
    write(&dir.join("config.json"), &plan.config)?;
    let started = container
        .make(&["create", "--bundle", &dir.to_string_lossy()], stdio)
        .and_then(|started| container.call(&["start", id], limits::FOREIGN_MAKE).map(|()| started));
    if started.is_err() {
        container.delete();
        let _ = plan.cgroup.kill_all().and_then(|()| plan.cgroup.remove());
    }
    Ok((container, started?))
}

/// What the specification names by path: in a mount namespace of the caller, so that nothing of it stays.
fn surroundings(plan: &Plan, network: Option<BorrowedFd<'_>>) -> Result<(), Error> {
    sys::process::adopt_orphans().step(|| "prctl(PR_SET_CHILD_SUBREAPER)".into())?;
    sys::namespace::unshare(sys::process::new::MOUNT).step(|| "unshare(CLONE_NEWNS)".into())?;
    sys::mount::make_private(true).step(|| "making the mount namespace private".into())?;
    for name in [ROOTFS, STATE] {
        let place = plan.dir.join(name);
        std::fs::DirBuilder::new().mode(0o700).create(&place).step(|| format!("making {}", place.display()))?;
    }
    child::mount_rootfs(&plan.rootfs, &plan.dir.join(ROOTFS))?;
    if plan.network {
        let place = plan.dir.join(NETWORK);
        let Some(network) = network else {
            return Err(Error::Step { step: "the network namespace".into(), why: "none was given".into() });
        };
        write(&place, "")?;
        sys::mount::clone_descriptor(network, false)
            .and_then(|mount| sys::mount::attach_at(&mount, &place))
            .step(|| "binding the network namespace".into())?;
    }
    for Part { name, source, part } in &plan.parts {
        let place = plan.dir.join(name);
        let bound = child::bound(source, part, true).and_then(|tree| {
            let is_directory = rustix::fs::FileType::from_raw_mode(rustix::fs::fstat(&tree)?.st_mode).is_dir();
            if is_directory {
                std::fs::create_dir(&place)?
            } else {
                drop(File::create(&place)?)
            };
            sys::mount::attach_at(&tree, &place)
        });
        bound.step(|| format!("binding {} of {}", part.display(), source.display()))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let mut options = File::options();
    let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).step(|| format!("writing {}", path.display()))
}

impl Container {
    /// One that was made before. `dir` is its task directory.
    pub fn new(program: Program, id: &str, dir: &Path) -> Self {
        Self { program, id: id.into(), dir: dir.into() }
    }

    /// Starts a further process of [`exec_plan`].
    ///
    /// # Errors
    /// [`Error::Foreign`] with what the runtime says.
    pub fn exec(&self, process: &str, stdio: Stdio) -> Result<Started, Error> {
        let file = self.dir.join("process.json");
        write(&file, process)?;
        let started = self.make(&["exec", "--detach", "--process", &file.to_string_lossy()], stdio);
        let _ = std::fs::remove_file(&file);
        started
    }

    /// Sends a signal to the first process.
    ///
    /// # Errors
    /// [`Error::Foreign`] with what the runtime says.
    pub fn kill(&self, number: i32) -> Result<(), Error> {
        self.call(&["kill", &self.id, &number.to_string()], limits::FOREIGN_ORDER)
    }

    /// Removes what the runtime keeps of it. A runtime that cannot is not asked twice: its files go with the task
    /// directory.
    pub fn delete(&self) {
        let _ = self.call(&["delete", "--force", &self.id], limits::FOREIGN_ORDER);
    }

    /// Has the runtime make a process, and takes it over.
    fn make(&self, arguments: &[&str], stdio: Stdio) -> Result<Started, Error> {
        let _ = std::fs::remove_file(self.dir.join(PID));
        let mut command = self.command();
        command.args(arguments).args(["--pid-file", PID]);
        let (console, size) = match stdio {
            Stdio::Descriptors { stdin, stdout, stderr } => {
                command.stdin(stdin).stdout(stdout).stderr(stderr);
                (None, None)
            }
            Stdio::Terminal(size) => {
                command.args(["--console-socket", CONSOLE]);
                (Some(self.listen()?), size)
            }
        };
        self.run(command.arg(&self.id), limits::FOREIGN_MAKE)?;
        let terminal = console.map(|console| receive(&console)).transpose()?;
        if let (Some(terminal), Some(size)) = (&terminal, size) {
            let size = rustix::termios::Winsize { ws_row: size.height, ws_col: size.width, ws_xpixel: 0, ws_ypixel: 0 };
            rustix::termios::tcsetwinsize(terminal, size).step(|| "setting the terminal's size".into())?;
        }
        let text = std::fs::read_to_string(self.dir.join(PID)).step(|| "reading the runtime's pid file".into())?;
        let number = text.trim().parse().ok().and_then(Pid::from_raw);
        let pid = number.ok_or_else(|| self.failed(format!("its pid file says {text:?}")))?;
        let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::empty()).step(|| "pidfd_open".into())?;
        Ok(Started { pid: pid.as_raw_pid(), pidfd, terminal })
    }

    /// A socket in the task directory, which the runtime finds by its short name.
    fn listen(&self) -> Result<OwnedFd, Error> {
        let _ = std::fs::remove_file(self.dir.join(CONSOLE));
        let folder = sys::beneath::open_root(&self.dir).step(|| "opening the task directory".into())?;
        let address = SocketAddrUnix::new(format!("/proc/self/fd/{}/{CONSOLE}", folder.as_raw_fd()));
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, flags, None);
        let socket = socket.step(|| "socket".into())?;
        address
            .and_then(|address| rustix::net::bind(&socket, &address))
            .and_then(|()| rustix::net::listen(&socket, 1))
            .step(|| "making the console socket".into())?;
        Ok(socket)
    }

    /// Gives an order that makes nothing.
    fn call(&self, arguments: &[&str], limit: Duration) -> Result<(), Error> {
        let mut command = self.command();
        let null = || std::process::Stdio::null();
        self.run(command.args(arguments).stdin(null()).stdout(null()).stderr(null()), limit)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program.path);
        command.args(&self.program.args).arg("--root").arg(self.dir.join(STATE)).arg("--log").arg(self.dir.join(LOG));
        command.args(["--log-format", "json"]).current_dir(&self.dir).env_clear().process_group(0);
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command
    }

    fn run(&self, command: &mut Command, limit: Duration) -> Result<(), Error> {
        let log = self.dir.join(LOG);
        let _ = std::fs::remove_file(&log);
        let ended = command.spawn().and_then(|child| wait(child, limit)).map_err(|error| self.failed(plain(&error)))?;
        let Some(status) = ended else {
            let asked = command.get_args().filter_map(|argument| argument.to_str());
            let asked = asked.skip_while(|argument| *argument != "json").nth(1).unwrap_or_default().to_owned();
            let program = self.program.path.display();
            let why = format!("{program} {asked} did not end within {} seconds and was killed", limit.as_secs_f32());
            return Err(self.failed(why));
        };
        if status.success() {
            return Ok(());
        }
        let text = sys::beneath::open_root(&self.dir)
            .and_then(|folder| sys::beneath::read(&folder, Path::new(LOG), limits::LOG_BYTES))
            .unwrap_or_default();
        let said = last_error(&String::from_utf8_lossy(&text));
        Err(self.failed(said.unwrap_or_else(|| status.to_string())))
    }

    fn failed(&self, why: String) -> Error {
        Error::Foreign { program: self.program.path.display().to_string(), why }
    }
}

/// Waits for the end of a command; `None` when it took too long and was killed with its process group.
fn wait(mut child: Child, limit: Duration) -> std::io::Result<Option<ExitStatus>> {
    let pid = Pid::from_child(&child);
    let pidfd = rustix::process::pidfd_open(pid, PidfdFlags::empty())?;
    let end = Instant::now() + limit;
    loop {
        let left = Timespec::try_from(end.saturating_duration_since(Instant::now())).map_err(std::io::Error::other)?;
        match rustix::event::poll(&mut [PollFd::new(&pidfd, PollFlags::IN)], Some(&left)) {
            Ok(0) => break,
            Err(Errno::INTR) => {}
            ready => return ready.map_err(std::io::Error::from).and_then(|_| child.wait()).map(Some),
        }
    }
    // Not yet waited for, so the number is still its own.
    rustix::process::kill_process_group(pid, Signal::KILL)?;
    child.wait()?;
    Ok(None)
}

/// The message of the last error in a log.
fn last_error(log: &str) -> Option<String> {
    let entries = log.lines().rev().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut errors = entries.filter(|entry| entry["level"] == "error" || entry["level"] == "fatal");
    errors.find_map(|entry| entry["msg"].as_str().map(str::to_owned))
}

/// Takes the terminal that a runtime has sent before it ended.
fn receive(console: &OwnedFd) -> Result<OwnedFd, Error> {
    let connection = rustix::net::accept_with(console, SocketFlags::CLOEXEC | SocketFlags::NONBLOCK)
        .step(|| "the runtime's connection to the console socket".into())?;
    let (_, descriptors) = sys::descriptor::receive(connection.as_fd(), &mut [0; 4096])
        .step(|| "receiving the terminal from the runtime".into())?;
    let missing = || Error::Step { step: "the terminal".into(), why: "the runtime sent none".into() };
    descriptors.into_iter().next().ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_those_of_the_host_at_most() {
        let all: Vec<String> = capability::NAMES.iter().map(|name| (*name).to_owned()).collect();
        let sets = Capabilities { bounding: all, effective: vec!["CAP_CHOWN".into()], ..Capabilities::default() };
        let mut process = Process { capabilities: Some(sets), ..Process::default() };
        leave_out_impossible(&mut process).unwrap();
        let left = process.capabilities.unwrap();
        let have = rustix::thread::capabilities(None).unwrap().permitted.bits();
        assert_eq!(capability::mask(&left.bounding).unwrap(), have & ((1 << capability::NAMES.len()) - 1));
        assert_eq!(left.effective.len() as u64, have & 1);
    }

    #[test]
    fn a_command_that_hangs_is_killed_with_what_it_started() {
        let dir = tempfile::tempdir().unwrap();
        let script = "sleep 1000 & echo $! > child; wait";
        let program = Program { path: "/bin/sh".into(), args: vec!["-c".into(), script.into()] };
        let container = Container::new(program, "lunch", dir.path());
        let said = container.call(&["create", "lunch"], Duration::from_millis(300)).unwrap_err().to_string();
        assert_eq!(said, "/bin/sh create did not end within 0.3 seconds and was killed");
        let child = std::fs::read_to_string(dir.path().join("child")).unwrap();
        let stat = || std::fs::read_to_string(format!("/proc/{}/stat", child.trim())).unwrap_or_default();
        let end = Instant::now() + Duration::from_secs(10);
        while !(stat().is_empty() || stat().contains(") Z ")) {
            assert!(Instant::now() < end, "it still runs: {}", stat());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn the_last_error_is_told() {
        let log = "{\"level\":\"error\",\"msg\":\"first\"}\nrubbish\n{\"level\":\"error\",\"msg\":\"second\"}\n\
            {\"level\":\"warning\",\"msg\":\"third\"}\n";
        assert_eq!(last_error(log).as_deref(), Some("second"));
        assert_eq!(last_error("rubbish"), None);
    }
}
