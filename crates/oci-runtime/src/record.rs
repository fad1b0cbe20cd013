//! What is known of a container between two commands: a directory below the root.
//!
//! `state.json` is written whole or not at all; `gate` is there until the program was let go. Whoever changes a
//! container's life holds the lock of its directory.

use std::ffi::OsStr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use oci::runtime::{Spec, State, Status};
use rustix::fs::FlockOperation;
use rustix::net::SocketAddrUnix;
use rustix::process::{Pid, PidfdFlags};
use serde::{Deserialize, Serialize};
use words::Timestamp;

use crate::error::{At, Error};

/// All containers below a root.
#[derive(Debug)]
pub(crate) struct Store {
    root: PathBuf,
}

/// What `create` writes down.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) id: String,
    pub(crate) bundle: PathBuf,
    pub(crate) created: Timestamp,
    pub(crate) cgroup: String,
    /// The first process; `None` while it is being made.
    pub(crate) process: Option<Process>,
    /// The configuration as it was: later changes of the file have no effect.
    pub(crate) spec: Spec,
}

/// A process by number and start, which no other process has in common with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) pid: i32,
    start: u64,
}

/// A container's directory.
#[derive(Debug)]
pub(crate) struct Container {
    pub(crate) record: Record,
    dir: PathBuf,
    folder: OwnedFd,
}

/// Longest record: a configuration and little more.
const RECORD_BYTES: u64 = 32 << 20;
const STATE: &str = "state.json";
const GATE: &str = "gate";

impl Store {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// Makes a container's directory; the lock is held.
    pub(crate) fn create(&self, record: Record) -> Result<Container, Error> {
        check(&record.id)?;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.root).at("making", &self.root)?;
        let dir = self.root.join(&record.id);
        match std::fs::DirBuilder::new().mode(0o700).create(&dir) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Err(Error::Exists(record.id)),
            made => made.at("making", &dir)?,
        }
        let folder = open(&dir)?;
        let container = Container { record, dir, folder };
        container.lock()?;
        container.save()?;
        Ok(container)
    }

    /// Reads a container's directory.
    pub(crate) fn open(&self, id: &str) -> Result<Container, Error> {
        check(id)?;
        let dir = self.root.join(id);
        let unknown = |error: Error| match error {
            Error::File { source, .. } if source.kind() == std::io::ErrorKind::NotFound => Error::Unknown(id.into()),
            other => other,
        };
        let folder = open(&dir).map_err(unknown)?;
        let record = read(&folder, &dir).map_err(unknown)?;
        Ok(Container { record, dir, folder })
    }

    /// Reads it with the lock held, after whoever held it has gone.
    pub(crate) fn lock(&self, id: &str) -> Result<Container, Error> {
        let mut container = self.open(id)?;
        container.lock()?;
        container.record = read(&container.folder, &container.dir).map_err(|_| Error::Unknown(id.into()))?;
        Ok(container)
    }

    /// All containers that can be read, by name.
    pub(crate) fn all(&self) -> Result<Vec<Container>, Error> {
        let entries = match std::fs::read_dir(&self.root) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.at("reading", &self.root)?,
        };
        let names = entries.flatten().map(|entry| entry.file_name());
        let mut found: Vec<_> = names.filter_map(|name| self.open(OsStr::to_str(&name)?).ok()).collect();
        found.sort_by(|one, other| one.record.id.cmp(&other.record.id));
        Ok(found)
    }
}

/// What makes a name, which is a directory's, too.
fn check(id: &str) -> Result<(), Error> {
    let letter = |letter: char| letter.is_ascii_alphanumeric() || "_+-.".contains(letter);
    let good = !id.is_empty() && id.len() <= 255 && id.chars().all(letter) && !matches!(id, "." | "..");
    if good { Ok(()) } else { Err(Error::Id(id.chars().take(256).collect())) }
}

fn open(dir: &Path) -> Result<OwnedFd, Error> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC | OFlags::NOFOLLOW;
    rustix::fs::open(dir, flags, Mode::empty()).at("opening", dir)
}

fn read(folder: &OwnedFd, dir: &Path) -> Result<Record, Error> {
    let bytes = sys::beneath::read(folder, Path::new(STATE), RECORD_BYTES).at("reading the state in", dir)?;
    Ok(serde_json::from_slice(&bytes)?)
}

impl Container {
    fn lock(&self) -> Result<(), Error> {
        rustix::fs::flock(&self.folder, FlockOperation::LockExclusive).at("locking", &self.dir)
    }

    /// Writes the record.
    pub(crate) fn save(&self) -> Result<(), Error> {
        let file = self.dir.join(STATE);
        sys::file::replace(&file, &serde_json::to_vec(&self.record)?, 0o600).at("writing", &file)
    }

    /// Where `start` finds the held process. The path goes through a descriptor, since a socket's name is short.
    pub(crate) fn gate(&self) -> Result<SocketAddrUnix, Error> {
        let path = format!("/proc/self/fd/{}/{GATE}", self.folder.as_raw_fd());
        SocketAddrUnix::new(path).at("naming the gate in", &self.dir)
    }

    /// The program was let go.
    pub(crate) fn remove_gate(&self) -> Result<(), Error> {
        let gate = self.dir.join(GATE);
        std::fs::remove_file(&gate).at("removing", &gate)
    }

    /// Removes the directory.
    pub(crate) fn remove(&self) -> Result<(), Error> {
        std::fs::remove_dir_all(&self.dir).at("removing", &self.dir)
    }

    pub(crate) fn status(&self) -> Status {
        match self.record.process {
            None => Status::Creating,
            Some(process) if !process.is_alive() => Status::Stopped,
            Some(_) if self.dir.join(GATE).exists() => Status::Created,
            Some(_) => Status::Running,
        }
    }

    /// What `state` prints.
    pub(crate) fn state(&self) -> State {
        let status = self.status();
        State {
            oci_version: oci::runtime::VERSION.into(),
            id: self.record.id.clone(),
            status,
            pid: self.record.process.filter(|_| status != Status::Stopped).map(|process| process.pid),
            bundle: self.record.bundle.clone(),
            annotations: self.record.spec.annotations.clone(),
        }
    }

    /// The first process, if it is one of these states.
    pub(crate) fn process(&self, verb: &'static str, wanted: &[Status]) -> Result<OwnedFd, Error> {
        let status = self.status();
        let wrong = |status| Error::Status { verb, id: self.record.id.clone(), status };
        if !wanted.contains(&status) {
            return Err(wrong(status));
        }
        self.record.process.and_then(Process::open).ok_or_else(|| wrong(Status::Stopped))
    }
}

impl Process {
    pub(crate) fn of(pid: i32) -> Option<Self> {
        stat(pid).map(|(_, start)| Self { pid, start })
    }

    /// It has not ended. A zombie has.
    fn is_alive(self) -> bool {
        stat(self.pid).is_some_and(|(state, start)| start == self.start && !matches!(state, 'Z' | 'X'))
    }

    /// Sends a signal; one that has ended is none the worse for it.
    pub(crate) fn signal(self, number: i32) {
        if let Some(process) = self.open() {
            let _ = sys::process::signal(process, number);
        }
    }

    /// A handle that stays with this process.
    fn open(self) -> Option<OwnedFd> {
        let pidfd = rustix::process::pidfd_open(Pid::from_raw(self.pid)?, PidfdFlags::empty()).ok()?;
        self.is_alive().then_some(pidfd)
    }
}

/// State and start of a process (proc_pid_stat(5)).
fn stat(pid: i32) -> Option<(char, u64)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may contain anything.
    let mut fields = text.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?.chars().next()?;
    Some((state, fields.nth(18)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["a", "A_1+2-3.4", "..a"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "../a", "a b", "ä", "a\0", &"x".repeat(256)] {
            assert!(check(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_process_is_known_by_its_start() {
        let pid = i32::try_from(std::process::id()).unwrap();
        let own = Process::of(pid).unwrap();
        assert!(own.is_alive() && own.open().is_some());
        assert!(!Process { start: own.start + 1, ..own }.is_alive());
        let mut child = std::process::Command::new("/bin/true").spawn().unwrap();
        let process = Process::of(i32::try_from(child.id()).unwrap()).unwrap();
        while process.is_alive() {
            std::thread::yield_now();
        }
        child.wait().unwrap();
        assert!(process.open().is_none());
    }
}
