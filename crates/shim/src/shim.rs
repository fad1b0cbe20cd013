//! The shim's life: a launch, a loop, an end.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType};
use words::{ExecId, Timestamp};

use crate::limits;
use crate::log::Writer;
use crate::process::{Pipes, Process};
use crate::protocol::{
    Decoder, Exec, ExecPlan, ExitRecord, Failure, Launch, Log, Numbered, Outcome, Plan, Reply, Request, encode,
};

/// The name of the socket in the task directory.
pub(crate) const SOCKET: &str = "shim.sock";
/// The name of the exit's record.
pub(crate) const EXIT: &str = "exit.json";

/// Runs the shim to its end.
pub(crate) fn run(connection: OwnedFd) -> ! {
    sys::process::set_name(c"dabba-shim");
    sys::process::reset_signals();
    let _ = sys::process::forbid_inspection();
    let _ = rustix::process::setsid();
    let _ = rustix::process::chdir("/");
    sys::process::exit_now(i32::from(serve(connection).is_err()))
}

fn serve(connection: OwnedFd) -> Result<(), Failure> {
    let mut daemon = Daemon { connection: Some(connection), decoder: Decoder::default() };
    let (number, launch, descriptors) = loop {
        match daemon.receive()? {
            Some((Numbered { number, request: Request::Launch(launch) }, descriptors)) => {
                break (number, launch, descriptors);
            }
            Some(_) => return Err(Failure::Other("a shim's first request is its launch".into())),
            None if daemon.connection.is_none() => return Ok(()),
            None => {}
        }
    };
    let started = Shim::launch(*launch, descriptors);
    match started {
        Ok(shim) => {
            let mut shim = shim;
            let pid = shim.container.pid;
            shim.daemon = daemon;
            shim.daemon.tell(&Reply::Done { number, outcome: Ok(Outcome::Started { pid }) });
            sys::process::trim_heap();
            shim.run();
            Ok(())
        }
        Err(failure) => {
            daemon.tell(&Reply::Done { number, outcome: Err(failure) });
            Ok(())
        }
    }
}

/// The connection to the daemon, while there is one.
struct Daemon {
    connection: Option<OwnedFd>,
    decoder: Decoder,
}

impl Daemon {
    /// Sends a message; a daemon that has gone is forgotten.
    fn tell(&mut self, reply: &Reply) {
        self.tell_with(reply, &[]);
    }

    /// Sends a message with descriptors.
    fn tell_with(&mut self, reply: &Reply, descriptors: &[OwnedFd]) {
        let Some(connection) = &self.connection else { return };
        let sent = encode(reply, descriptors.len()).map_err(io::Error::other).and_then(|frame| {
            let mut along: Vec<_> = descriptors.iter().map(AsFd::as_fd).collect();
            let mut rest = frame.as_slice();
            while !rest.is_empty() {
                match sys::descriptor::send(connection, rest, &along) {
                    Ok(count) => {
                        rest = &rest[count..];
                        // Descriptors go with the first byte only.
                        along.clear();
                    }
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            Ok(())
        });
        if sent.is_err() {
            self.connection = None;
        }
    }

    /// Reads once and gives a message if one is whole; call again while it does.
    fn receive(&mut self) -> Result<Option<(Numbered, Vec<OwnedFd>)>, Failure> {
        if let Some(message) = self.next()? {
            return Ok(Some(message));
        }
        let Some(connection) = &self.connection else { return Ok(None) };
        let mut buffer = vec![0; limits::CHUNK_BYTES];
        match sys::descriptor::receive(connection, &mut buffer) {
            Ok((0, _)) => self.connection = None,
            Ok((count, descriptors)) => self.decoder.push(&buffer[..count], descriptors),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.connection = None,
        }
        self.next()
    }

    fn next(&mut self) -> Result<Option<(Numbered, Vec<OwnedFd>)>, Failure> {
        self.decoder.message().map_err(|malformed| {
            // A daemon that speaks another language is no daemon of ours.
            self.connection = None;
            Failure::Other(malformed.to_string())
        })
    }
}

struct Shim {
    dir: PathBuf,
    cgroup: runtime::cgroup::Cgroup,
    /// It was made by another runtime, which is asked for everything that is more than waiting.
    foreign: Option<runtime::foreign::Container>,
    user: Option<runtime::UserNamespace>,
    daemon: Daemon,
    listener: OwnedFd,
    container: Process,
    execs: Vec<(ExecId, Process)>,
    /// Held open for the container's life: reserved ports.
    held: Vec<OwnedFd>,
    /// When the container's first process ended.
    ended: Option<Instant>,
    exit: Option<ExitRecord>,
    farewell: bool,
}

/// What a descriptor in poll's list belongs to.
#[derive(Clone, Copy)]
enum Source {
    Daemon,
    Listener,
    /// The container's first process, or an exec by its position.
    Ended(Option<usize>),
    Output(Option<usize>, usize),
    Client(Option<usize>, usize),
    Input(Option<usize>),
}

impl Shim {
    fn launch(launch: Launch, descriptors: Vec<OwnedFd>) -> Result<Self, Failure> {
        let other = |what: &str| {
            let what = what.to_owned();
            move |error: io::Error| Failure::Other(format!("{what}: {error}"))
        };
        let mut descriptors = descriptors.into_iter();
        let network = if launch.network { descriptors.next() } else { None };
        let sockets: Vec<OwnedFd> = descriptors.by_ref().take(launch.attach.len()).collect();
        let held: Vec<OwnedFd> = descriptors.collect();
        let listener = listen(&launch.dir).map_err(other("making the shim's socket"))?;
        let pipes = Pipes::new(launch.terminal, launch.open_stdin).map_err(other("making pipes"))?;
        let (stdio, near) = pipes.split();
        let log = match launch.log {
            Log::None => None,
            Log::JsonFile { path, max_size, max_files } => Some(Writer::new(path, max_size, max_files)),
        };
        let network = network.as_ref().map(AsFd::as_fd);
        let mut user = None;
        let (cgroup, foreign, started) = match &launch.plan {
            Plan::Own(plan) => {
                user = plan.user_namespace().cloned();
                (plan.cgroup().clone(), None, runtime::launch(plan, stdio, network)?)
            }
            Plan::Foreign(plan) => {
                let (container, started) = runtime::foreign::launch(plan, stdio, network)?;
                (plan.cgroup().clone(), Some(container), started)
            }
        };
        let container = Pipes::started(near, started, launch.stdin_once, log);
        if let (Err(_), Some(foreign)) = (&container, &foreign) {
            foreign.delete();
        }
        let mut container = container.map_err(other("connecting the streams"))?;
        for (attach, socket) in launch.attach.into_iter().zip(sockets) {
            // A client that has gone meanwhile is no reason not to start.
            let _ = container.attach(socket, attach);
        }
        Ok(Self {
            dir: launch.dir,
            cgroup,
            foreign,
            user,
            daemon: Daemon { connection: None, decoder: Decoder::default() },
            listener,
            container,
            execs: Vec::new(),
            held,
            ended: None,
            exit: None,
            farewell: false,
        })
    }

    fn run(&mut self) {
        loop {
            self.step();
            self.reap_execs();
            if self.foreign.is_some() {
                let own: Vec<i32> = self.processes().map(|(_, process)| process.pid).collect();
                sys::process::reap_strays(&own);
            }
            if let Some(ended) = self.ended {
                if self.exit.is_none() {
                    self.settle(ended);
                } else if self.may_end(ended) {
                    return;
                }
            }
        }
    }

    /// After the exit is told: a daemon says farewell, or there is none.
    fn may_end(&self, ended: Instant) -> bool {
        let delivered = self.container.is_over() || self.container.clients.is_empty();
        let patience = limits::FAREWELL + limits::CLIENT_PATIENCE;
        let told = self.farewell || self.daemon.connection.is_none() || ended.elapsed() > limits::FAREWELL;
        (delivered && told) || ended.elapsed() > patience
    }

    /// Records the exit once all output is in the log, and tells it.
    fn settle(&mut self, ended: Instant) {
        if !self.container.outputs.is_empty() && ended.elapsed() < limits::DRAIN && self.container.wants_output() {
            return;
        }
        if !self.container.outputs.is_empty()
            && !self.container.wants_output()
            && ended.elapsed() < limits::CLIENT_PATIENCE
        {
            return;
        }
        self.container.finish_log();
        let oom = self.cgroup.oom_kills() > 0;
        // With the host's PID namespace others may be left.
        let _ = self.cgroup.kill_all();
        if let Some(container) = &self.foreign {
            container.delete();
        }
        let _ = self.cgroup.remove();
        let record = ExitRecord { code: self.container.code.unwrap_or(255), oom, at: Timestamp::now() };
        let _ = write_exit(&self.dir, &record);
        self.container.outputs.clear();
        self.container.clients.retain(crate::client::Client::has_backlog);
        self.daemon.tell(&Reply::Exited(record.clone()));
        self.exit = Some(record);
    }

    fn processes(&self) -> impl Iterator<Item = (Option<usize>, &Process)> {
        let execs = self.execs.iter().enumerate().map(|(index, (_, process))| (Some(index), process));
        std::iter::once((None, &self.container)).chain(execs)
    }

    fn process(&mut self, which: Option<usize>) -> Option<&mut Process> {
        match which {
            None => Some(&mut self.container),
            Some(index) => self.execs.get_mut(index).map(|(_, process)| process),
        }
    }

    /// Waits for something to do, and does it.
    fn step(&mut self) {
        let (ready, timed_out) = self.wait();
        if timed_out {
            self.container.drop_stuck();
            self.execs.iter_mut().for_each(|(_, process)| process.drop_stuck());
        }
        // From the highest position down, so that what is removed does not move what is still to come.
        for source in ready.into_iter().rev() {
            match source {
                Source::Daemon => self.hear_daemon(),
                Source::Listener => self.accept(),
                Source::Ended(which) => self.reap(which),
                Source::Output(which, index) => {
                    if let Some(process) = self.process(which) {
                        process.pump_output(index);
                    }
                }
                Source::Client(which, index) => {
                    if let Some(process) = self.process(which) {
                        pump_client(process, index);
                    }
                }
                Source::Input(which) => {
                    if let Some(process) = self.process(which) {
                        process.pump_input();
                    }
                }
            }
        }
        let detached = std::mem::take(&mut self.container.detached);
        for _ in 0..detached {
            self.daemon.tell(&Reply::Detached);
        }
    }

    fn wait(&self) -> (Vec<Source>, bool) {
        let mut watched: Vec<(Source, PollFd<'_>)> = Vec::new();
        if let Some(connection) = &self.daemon.connection {
            watched.push((Source::Daemon, PollFd::new(connection, PollFlags::IN)));
        }
        watched.push((Source::Listener, PollFd::new(&self.listener, PollFlags::IN)));
        let mut backlog = false;
        for (which, process) in self.processes() {
            if process.code.is_none() {
                watched.push((Source::Ended(which), PollFd::new(process, PollFlags::IN)));
            }
            if process.wants_output() {
                for (index, (_, fd)) in process.outputs.iter().enumerate() {
                    watched.push((Source::Output(which, index), PollFd::new(fd, PollFlags::IN)));
                }
            }
            for (index, client) in process.clients.iter().enumerate() {
                let mut flags = PollFlags::empty();
                if client.reading && process.wants_input() {
                    flags |= PollFlags::IN;
                }
                if client.has_backlog() {
                    flags |= PollFlags::OUT;
                    backlog = true;
                }
                watched.push((Source::Client(which, index), PollFd::new(&client.socket, flags)));
            }
            if let Some(fd) = process.blocked_input() {
                watched.push((Source::Input(which), PollFd::from_borrowed_fd(fd, PollFlags::OUT)));
            }
        }
        let (sources, mut list): (Vec<Source>, Vec<PollFd<'_>>) = watched.into_iter().unzip();
        let timeout = self.timeout(backlog);
        let timeout = timeout.map(|time| Timespec {
            tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(time.subsec_nanos()),
        });
        let count = poll(&mut list, timeout.as_ref()).unwrap_or(0);
        let ready = list
            .iter()
            .zip(sources)
            .filter(|(entry, _)| !entry.revents().is_empty())
            .map(|(_, source)| source)
            .collect();
        (ready, count == 0)
    }

    /// How long to wait at most; for ever when nothing but an event can change anything.
    fn timeout(&self, backlog: bool) -> Option<Duration> {
        if self.ended.is_some() {
            return Some(Duration::from_millis(if self.exit.is_none() { 20 } else { 200 }));
        }
        backlog.then_some(Duration::from_secs(1))
    }

    fn reap(&mut self, which: Option<usize>) {
        let Some(process) = self.process(which) else { return };
        if let Ok(Some(code)) = sys::process::try_wait(&process.pidfd) {
            process.code = Some(code);
            if which.is_none() {
                self.ended = Some(Instant::now());
            }
        }
    }

    /// Tells and forgets further processes that have ended with all their output delivered. One that left a child
    /// behind with its streams is over when it has ended itself.
    fn reap_execs(&mut self) {
        let mut index = 0;
        while index < self.execs.len() {
            let (_, process) = &self.execs[index];
            let drained = process.is_over() || (process.code.is_some() && self.ended.is_some());
            if drained {
                let (exec, process) = self.execs.swap_remove(index);
                self.daemon.tell(&Reply::ExecExited { exec, code: process.code.unwrap_or(255) });
            } else {
                index += 1;
            }
        }
    }

    fn accept(&mut self) {
        let Ok(connection) = rustix::net::accept_with(&self.listener, SocketFlags::CLOEXEC) else { return };
        let own = rustix::process::geteuid().as_raw();
        match sys::descriptor::peer_uid(&connection) {
            // The newest connection is the daemon's.
            Ok(uid) if uid == own => self.daemon = Daemon { connection: Some(connection), decoder: Decoder::default() },
            _ => {}
        }
    }

    fn hear_daemon(&mut self) {
        let mut message = self.daemon.receive();
        while let Ok(Some((Numbered { number, request }, descriptors))) = message {
            // A daemon that has come back serves some of the reserved ports itself.
            let returned = matches!(request, Request::Hello);
            let outcome = self.serve(request, descriptors);
            let along = if returned { self.held.as_slice() } else { &[] };
            self.daemon.tell_with(&Reply::Done { number, outcome }, along);
            message = self.daemon.next();
        }
    }

    fn serve(&mut self, request: Request, descriptors: Vec<OwnedFd>) -> Result<Outcome, Failure> {
        let mut descriptors = descriptors.into_iter();
        match request {
            Request::Launch(_) => Err(Failure::Other("this shim has its container already".into())),
            Request::Hello => {
                if let Some(exit) = &self.exit {
                    self.daemon.tell(&Reply::Exited(exit.clone()));
                }
                let execs = self.execs.iter().map(|(id, _)| id.clone()).collect();
                Ok(Outcome::Running { pid: self.container.pid, execs })
            }
            Request::Attach(attach) => {
                let socket = descriptors.next().ok_or_else(|| Failure::Other("no descriptor came along".into()))?;
                if self.ended.is_some() {
                    return Err(Failure::Gone);
                }
                self.container.attach(socket, attach).map_err(|error| Failure::Other(error.to_string()))?;
                Ok(Outcome::Nothing)
            }
            Request::Exec(exec) => self.exec(*exec, descriptors.next()),
            Request::Resize { exec, size } => {
                let resized = self.find(exec.as_ref())?.resize(size);
                resized.map(|()| Outcome::Nothing).map_err(|error| Failure::Other(error.to_string()))
            }
            Request::Signal { exec, number } => {
                let process = self.find(exec.as_ref())?;
                if let (None, Some(container)) = (&exec, &self.foreign) {
                    return match container.kill(number) {
                        Err(_) if has_ended(process) => Err(Failure::Gone),
                        // Whatever the runtime does: the process is ours, and so is its control group.
                        Err(_) if number == libc::SIGKILL => {
                            let killed = sys::process::signal(&process.pidfd, number);
                            killed.map(|()| Outcome::Nothing).map_err(|error| Failure::Other(error.to_string()))
                        }
                        other => Ok(other.map(|()| Outcome::Nothing)?),
                    };
                }
                match sys::process::signal(&process.pidfd, number) {
                    Ok(()) => Ok(Outcome::Nothing),
                    Err(error) if error.raw_os_error() == Some(libc::ESRCH) => Err(Failure::Gone),
                    Err(error) => Err(Failure::Other(error.to_string())),
                }
            }
            Request::Farewell => {
                self.farewell = true;
                Ok(Outcome::Nothing)
            }
        }
    }

    fn find(&self, exec: Option<&ExecId>) -> Result<&Process, Failure> {
        let process = match exec {
            None => Some(&self.container),
            Some(wanted) => self.execs.iter().find(|(id, _)| id == wanted).map(|(_, process)| process),
        };
        process.filter(|process| process.code.is_none()).ok_or(Failure::Gone)
    }

    fn exec(&mut self, exec: Exec, socket: Option<OwnedFd>) -> Result<Outcome, Failure> {
        let other = |error: io::Error| Failure::Other(error.to_string());
        if self.ended.is_some() {
            return Err(Failure::Gone);
        }
        let pipes = Pipes::new(exec.terminal, exec.open_stdin).map_err(other)?;
        let (stdio, near) = pipes.split();
        let started = match (&exec.plan, &self.foreign) {
            (ExecPlan::Own(plan), None) => runtime::exec(self.container.as_fd(), self.user.as_ref(), plan, stdio)?,
            (ExecPlan::Foreign(process), Some(container)) => container.exec(process, stdio)?,
            _ => return Err(Failure::Other("the process is not of its container's runtime".into())),
        };
        let pid = started.pid;
        let mut process = Pipes::started(near, started, true, None).map_err(other)?;
        if let (Some(attach), Some(socket)) = (exec.attach, socket) {
            let _ = process.attach(socket, attach);
        }
        self.execs.push((exec.id, process));
        Ok(Outcome::Started { pid })
    }
}

fn pump_client(process: &mut Process, index: usize) {
    let Some(client) = process.clients.get_mut(index) else { return };
    if client.has_backlog() && client.flush().is_err() {
        process.clients.remove(index);
        return;
    }
    if client.reading {
        process.pump_client(index);
    } else if !client.has_backlog() && is_closed(&client.socket) {
        process.clients.remove(index);
    }
}

/// The process is a zombie at most.
fn has_ended(process: &Process) -> bool {
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&now)) == Ok(1)
}

/// The other side is gone for good, not only done with sending.
fn is_closed(socket: &OwnedFd) -> bool {
    let mut list = [PollFd::new(socket, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let _ = poll(&mut list, Some(&now));
    list[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
}

/// Listens in the task directory. The path goes through a descriptor, since it may be longer than a socket's name.
fn listen(dir: &Path) -> io::Result<OwnedFd> {
    use std::os::fd::AsRawFd;
    let folder = sys::beneath::open_root(dir)?;
    let address = SocketAddrUnix::new(format!("/proc/self/fd/{}/{SOCKET}", folder.as_raw_fd()))?;
    let socket = rustix::net::socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    let mask = rustix::process::umask(rustix::fs::Mode::from(0o177));
    let bound = rustix::net::bind(&socket, &address);
    rustix::process::umask(mask);
    bound?;
    rustix::net::listen(&socket, 8)?;
    Ok(socket)
}

/// Writes the exit's record whole or not at all.
fn write_exit(dir: &Path, record: &ExitRecord) -> io::Result<()> {
    sys::file::replace(&dir.join(EXIT), &serde_json::to_vec(record)?, 0o600)
}
