//! The engines that are compared: how each is started, asked and ended.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::process::Signal;
use serde_json::Value;

use super::http::Connection;
use super::processes;

/// How long an engine may take to answer, and to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program that is a Docker engine.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    /// A word for its folders.
    pub(crate) key: &'static str,
    /// The name with its version.
    pub(crate) name: String,
    words: Vec<OsString>,
}

impl Program {
    /// This project's engine.
    pub(crate) fn dabba(program: &Path, name: String) -> Self {
        Self { key: "dabba", name, words: vec![program.into(), "daemon".into()] }
    }

    /// The dockerd of the host's own suite.
    pub(crate) fn dockerd() -> Result<Self> {
        let mut program = Self { key: "dockerd", name: String::new(), words: vec!["dockerd".into()] };
        program.name = program.version()?;
        Ok(program)
    }

    /// A dockerd that this script starts.
    pub(crate) fn unpacked(script: &Path) -> Result<Self> {
        let mut program = Self { key: "newest", name: String::new(), words: vec![script.into()] };
        program.name = program.version()?;
        Ok(program)
    }

    fn command(&self) -> Command {
        let path = std::env::var("PATH").unwrap_or_default();
        let mut command = Command::new(self.words.first().map_or_else(|| "dockerd".into(), Clone::clone));
        command.args(self.words.iter().skip(1)).env("PATH", format!("{path}:/usr/sbin:/sbin"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DOCKER_") {
                command.env_remove(name);
            }
        }
        command
    }

    /// `dockerd` with its version, from "Docker version 20.10.24+dfsg1, build 5d6db84".
    fn version(&self) -> Result<String> {
        let answer = self.command().arg("--version").output().context("running dockerd --version")?;
        let text = String::from_utf8_lossy(&answer.stdout);
        let version = text.split([' ', ',', '+']).nth(2).with_context(|| {
            format!("dockerd --version says {text:?} {}", String::from_utf8_lossy(&answer.stderr).trim())
        })?;
        Ok(format!("dockerd {version}"))
    }

    /// Starts it on this folder; gives it with the time that passed until it answered its first ping.
    pub(crate) fn start(&self, root: &Path, cgroup: &str) -> Result<(Engine, Duration)> {
        fs::create_dir_all(root)?;
        let log = File::options().create(true).append(true).open(root.join("log"))?;
        let socket = root.join("docker.sock");
        let mut command = self.command();
        command.arg("--data-root").arg(root.join("data")).arg("--exec-root").arg(root.join("exec"));
        command.arg("--host").arg(format!("unix://{}", socket.display())).arg("--pidfile").arg(root.join("pid"));
        command.args(["--bip", "10.144.0.1/16", "--cgroup-parent", &format!("/{cgroup}")]);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let begin = Instant::now();
        let child = command.spawn().with_context(|| format!("starting {}", self.name))?;
        let mut engine = Engine { child, root: root.into(), cgroup: cgroup.into(), socket };
        loop {
            if pings(&engine.socket) {
                return Ok((engine, begin.elapsed()));
            }
            let ended = engine.child.try_wait()?;
            if ended.is_some() || begin.elapsed() > PATIENCE {
                let log = fs::read_to_string(root.join("log")).unwrap_or_default();
                let tail: Vec<&str> = log.lines().rev().take(5).collect();
                bail!("{} does not answer ({ended:?}): {}", self.name, tail.join(" | "));
            }
            thread::sleep(Duration::from_micros(200));
        }
    }
}

fn pings(socket: &Path) -> bool {
    let answer = Connection::open(socket).and_then(|mut connection| connection.get("/_ping"));
    answer.is_ok_and(|(status, _)| status == 200)
}

/// An engine that runs.
#[derive(Debug)]
pub(crate) struct Engine {
    child: Child,
    root: PathBuf,
    cgroup: String,
    socket: PathBuf,
}

impl Engine {
    /// Where it listens.
    pub(crate) fn socket(&self) -> &Path {
        &self.socket
    }

    /// A new connection to it.
    pub(crate) fn connect(&self) -> Result<Connection> {
        Connection::open(&self.socket)
    }

    /// Gives it an archive of images.
    pub(crate) fn load(&self, archive: &Path) -> Result<()> {
        let body = fs::read(archive)?;
        let fields = "Content-Type: application/x-tar\r\n";
        let (status, text) = self.connect()?.exchange("POST", "/images/load", fields, &body)?;
        ensure!(status == 200, "loading the image: {status} {}", String::from_utf8_lossy(&text));
        Ok(())
    }

    /// The containers that it knows, running or not.
    pub(crate) fn containers(&self) -> Result<Vec<String>> {
        let list = self.connect()?.ask("GET", "/containers/json?all=1", None)?;
        let ids = list.as_array().into_iter().flatten().filter_map(|one| one["Id"].as_str().map(str::to_owned));
        Ok(ids.collect())
    }

    /// Removes every container.
    pub(crate) fn clean(&self) -> Result<()> {
        let mut connection = self.connect()?;
        for id in self.containers()? {
            connection.ask("DELETE", &format!("/containers/{id}?force=1&v=1"), None)?;
        }
        Ok(())
    }

    /// The memory of all its processes: everything but the containers' own first processes. It is read when nobody has
    /// asked it anything for a time.
    pub(crate) fn memory(&self, rest: Duration) -> Result<f64> {
        let mut pids = processes::tree(&self.root);
        let mut connection = self.connect()?;
        for id in self.containers()? {
            let answer = connection.ask("GET", &format!("/containers/{id}/json"), None)?;
            let payload = answer["State"]["Pid"].as_u64().and_then(|pid| u32::try_from(pid).ok());
            if let Some(pid) = payload.filter(|pid| *pid != 0) {
                ensure!(pids.remove(&pid), "the container {id} is not among the engine's processes");
            }
        }
        thread::sleep(rest);
        Ok(processes::pss(&pids))
    }

    /// Ends it as a service manager would.
    pub(crate) fn stop(mut self) -> Result<()> {
        processes::signal(self.child.id(), Signal::TERM);
        let begin = Instant::now();
        while self.child.try_wait()?.is_none() {
            ensure!(begin.elapsed() < PATIENCE, "the engine does not end");
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
        processes::end(&self.root, &self.cgroup);
    }
}

/// The identifier in an answer.
pub(crate) fn id(answer: &Value) -> Result<String> {
    Ok(answer["Id"].as_str().with_context(|| format!("no Id in {answer}"))?.to_owned())
}
