//! The work that every engine gets, in the same order and by the same means.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail, ensure};
use serde_json::{Value, json};

use super::engine::{self, Engine, Program};
use super::http::Connection;
use super::rows::{FLOOR, Figures};

/// How often each thing is done in one turn of one engine.
const CLIENT_SAMPLES: usize = 10;
const SOCKET_SAMPLES: usize = 20;
const START_SAMPLES: usize = 3;
/// Containers that are started at once, beside the one that the others are executed in.
const CROWD: usize = 50;
const AT_ONCE: usize = 8;
const STOPPED: usize = 1000;
/// How long an engine is left alone before its memory is read.
const REST: Duration = Duration::from_secs(10);

/// What all turns share.
#[derive(Debug)]
pub(crate) struct Bench {
    /// The folder of everything.
    pub(crate) base: PathBuf,
    /// The name of the control group.
    pub(crate) cgroup: String,
    /// The stock client.
    pub(crate) docker: PathBuf,
    /// BuildKit's client.
    pub(crate) buildx: PathBuf,
    /// Ours.
    pub(crate) dabba: PathBuf,
    /// The archive of the image busybox.
    pub(crate) image: PathBuf,
}

fn milliseconds(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1e3
}

/// Runs a program silently; a bad end is an error with what it wrote.
pub(crate) fn silent(command: &mut Command) -> Result<()> {
    let answer = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
    if !answer.status.success() {
        bail!("{command:?} ended with {}: {}", answer.status, String::from_utf8_lossy(&answer.stderr).trim());
    }
    Ok(())
}

/// The stock client, speaking to one socket.
struct Client<'a> {
    bench: &'a Bench,
    socket: &'a Path,
}

impl Client<'_> {
    fn run(&self, words: &[&str]) -> Result<()> {
        let mut command = Command::new(&self.bench.docker);
        command.args(words).env_remove("DOCKER_CONTEXT").env_remove("DOCKER_TLS_VERIFY");
        command.env("DOCKER_HOST", format!("unix://{}", self.socket.display()));
        silent(command.env("DOCKER_CONFIG", self.bench.base.join("client")))
    }

    /// Times one command again and again, after one that is not counted.
    fn time(&self, figures: &mut Figures, column: &'static str, row: &'static str, words: &[&str]) -> Result<()> {
        if !figures.wants(&[row]) {
            return Ok(());
        }
        repeat(figures, column, row, CLIENT_SAMPLES, || self.run(words))
    }

    /// Starts the crowd; gives the starts in a second.
    fn crowd(&self) -> Result<f64> {
        parallel(CROWD, |next| {
            while next() {
                self.run(&["run", "-d", "busybox", "sleep", "1000"])?;
            }
            Ok(())
        })
    }

    /// Removes these containers by one command; gives the seconds.
    fn remove(&self, ids: &[String]) -> Result<f64> {
        let words: Vec<&str> = ["rm", "-f"].into_iter().chain(ids.iter().map(String::as_str)).collect();
        let begin = Instant::now();
        self.run(&words)?;
        Ok(begin.elapsed().as_secs_f64())
    }
}

fn repeat(
    figures: &mut Figures,
    column: &'static str,
    row: &'static str,
    samples: usize,
    mut work: impl FnMut() -> Result<()>,
) -> Result<()> {
    work()?;
    for _ in 0..samples {
        let begin = Instant::now();
        work()?;
        figures.add(column, row, milliseconds(begin));
    }
    Ok(())
}

/// Does something so many times, by as many threads as are at once; gives how many were done in a second.
fn parallel(total: usize, work: impl Fn(&dyn Fn() -> bool) -> Result<()> + Sync) -> Result<f64> {
    let taken = AtomicUsize::new(0);
    let next = || taken.fetch_add(1, Ordering::Relaxed) < total;
    let begin = Instant::now();
    thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(|| work(&next))).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow!("a thread panicked"))?)
    })?;
    Ok(total as f64 / begin.elapsed().as_secs_f64())
}

fn create(connection: &mut Connection, command: &[&str], network: Option<&str>) -> Result<String> {
    let mut body = json!({"Image": "busybox", "Cmd": command});
    if let Some(network) = network {
        body["HostConfig"] = json!({"NetworkMode": network});
    }
    engine::id(&connection.ask("POST", "/containers/create", Some(&body))?)
}

fn start(connection: &mut Connection, id: &str) -> Result<()> {
    connection.ask("POST", &format!("/containers/{id}/start"), None).map(drop)
}

fn wait(connection: &mut Connection, id: &str) -> Result<()> {
    let answer = connection.ask("POST", &format!("/containers/{id}/wait"), None)?;
    ensure!(answer["StatusCode"] == 0, "a container ended with {answer}");
    Ok(())
}

fn life(connection: &mut Connection, network: Option<&str>) -> Result<()> {
    let id = create(connection, &["true"], network)?;
    start(connection, &id)?;
    wait(connection, &id)?;
    connection.ask("DELETE", &format!("/containers/{id}"), None).map(drop)
}

/// What `docker exec` asks for: create, start with its output to its end on a connection of its own, the exit status.
fn execute(engine: &Engine, connection: &mut Connection, container: &str) -> Result<()> {
    let body = json!({"Cmd": ["true"], "AttachStdout": true, "AttachStderr": true});
    let id = engine::id(&connection.ask("POST", &format!("/containers/{container}/exec"), Some(&body))?)?;
    engine.connect()?.hijack(&format!("/exec/{id}/start"), &json!({"Detach": false, "Tty": false}))?;
    let path = format!("/exec/{id}/json");
    loop {
        let answer: Value = connection.ask("GET", &path, None)?;
        if answer["Running"] == false {
            ensure!(answer["ExitCode"] == 0, "an exec ended with {}", answer["ExitCode"]);
            return Ok(());
        }
    }
}

/// One turn of one engine: all lines that are wanted.
pub(crate) fn turn(bench: &Bench, figures: &mut Figures, program: &Program, round: usize) {
    let root = bench.base.join(format!("{}-{round}", program.key));
    if let Err(error) = few(bench, figures, program, &root) {
        figures.fault(format!("{}: {error:#}", program.name));
    }
    let _ = super::processes::destroy(&root, &format!("{}/{}", bench.cgroup, program.key));
    if figures.wants(&["ping-1000"])
        && let Err(error) = many(bench, figures, program)
    {
        figures.fault(format!("{}, 1,000 stopped containers: {error:#}", program.name));
    }
}

fn few(bench: &Bench, figures: &mut Figures, program: &Program, root: &Path) -> Result<()> {
    let column = program.key;
    let cgroup = format!("{}/{}", bench.cgroup, program.key);
    let (mut engine, passed) = program.start(root, &cgroup)?;
    figures.add(column, "ping-new", passed.as_secs_f64() * 1e3);
    engine.load(&bench.image)?;
    if figures.wants(&["ping-0"]) {
        for _ in 0..START_SAMPLES {
            engine.stop()?;
            let passed;
            (engine, passed) = program.start(root, &cgroup)?;
            figures.add(column, "ping-0", passed.as_secs_f64() * 1e3);
        }
    }
    if figures.wants(&["idle"]) {
        figures.add(column, "idle", engine.memory(REST)?);
    }
    for part in [lives, execs, crowds, super::build::builds] {
        if let Err(error) = part(bench, figures, column, &engine) {
            figures.fault(format!("{}: {error:#}", program.name));
            engine.clean()?;
        }
    }
    if figures.wants(&["idle-after"]) {
        engine.clean()?;
        figures.add(column, "idle-after", engine.memory(REST)?);
    }
    engine.clean()?;
    engine.stop()
}

/// Containers that live and end one after the other.
fn lives(bench: &Bench, figures: &mut Figures, column: &'static str, engine: &Engine) -> Result<()> {
    let client = Client { bench, socket: engine.socket() };
    client.time(figures, column, "run-bridge", &["run", "--rm", "busybox", "true"])?;
    client.time(figures, column, "run-none", &["run", "--rm", "--network", "none", "busybox", "true"])?;
    client.time(figures, column, "ps", &["ps"])?;
    for (row, network) in [("socket-run", None), ("socket-none", Some("none"))] {
        if figures.wants(&[row]) {
            let mut connection = engine.connect()?;
            repeat(figures, column, row, SOCKET_SAMPLES, || life(&mut connection, network))?;
        }
    }
    Ok(())
}

/// Programs in one container that runs.
fn execs(bench: &Bench, figures: &mut Figures, column: &'static str, engine: &Engine) -> Result<()> {
    if !figures.wants(&["exec", "socket-exec"]) {
        return Ok(());
    }
    let mut connection = engine.connect()?;
    let id = create(&mut connection, &["sleep", "1000"], None)?;
    start(&mut connection, &id)?;
    let client = Client { bench, socket: engine.socket() };
    client.time(figures, column, "exec", &["exec", &id, "true"])?;
    if figures.wants(&["socket-exec"]) {
        repeat(figures, column, "socket-exec", SOCKET_SAMPLES, || execute(engine, &mut connection, &id))?;
    }
    engine.clean()
}

/// Fifty containers beside another one, started and removed, by the client and over the socket.
fn crowds(bench: &Bench, figures: &mut Figures, column: &'static str, engine: &Engine) -> Result<()> {
    let client = Client { bench, socket: engine.socket() };
    if figures.wants(&["start-50", "rm-51", "container"]) {
        let before = if figures.wants(&["container"]) { engine.memory(REST)? } else { 0.0 };
        let mut connection = engine.connect()?;
        let first = create(&mut connection, &["sleep", "1000"], None)?;
        start(&mut connection, &first)?;
        figures.add(column, "start-50", client.crowd()?);
        let ids = engine.containers()?;
        ensure!(ids.len() == CROWD + 1, "{} containers instead of {}", ids.len(), CROWD + 1);
        if figures.wants(&["container"]) {
            figures.add(column, "container", (engine.memory(REST)? - before) / ids.len() as f64);
        }
        figures.add(column, "rm-51", client.remove(&ids)?);
        ensure!(engine.containers()?.is_empty(), "containers are left after rm -f");
    }
    if figures.wants(&["socket-50"]) {
        let rate = parallel(CROWD, |next| {
            let mut connection = engine.connect()?;
            while next() {
                let id = create(&mut connection, &["sleep", "1000"], None)?;
                start(&mut connection, &id)?;
            }
            Ok(())
        })?;
        figures.add(column, "socket-50", rate);
        engine.clean()?;
    }
    Ok(())
}

/// Starts with a thousand containers that have run and ended; they are made once and stay for all rounds.
fn many(bench: &Bench, figures: &mut Figures, program: &Program) -> Result<()> {
    let root = bench.base.join(format!("{}-many", program.key));
    let cgroup = format!("{}/{}", bench.cgroup, program.key);
    if !root.exists() {
        eprintln!("bench: {} gets {STOPPED} containers", program.name);
        let (engine, _) = program.start(&root, &cgroup)?;
        engine.load(&bench.image)?;
        parallel(STOPPED, |next| {
            let mut connection = engine.connect()?;
            while next() {
                let id = create(&mut connection, &["true"], None)?;
                start(&mut connection, &id)?;
                wait(&mut connection, &id)?;
            }
            Ok(())
        })?;
        engine.stop()?;
    }
    for _ in 0..START_SAMPLES {
        let (engine, passed) = program.start(&root, &cgroup)?;
        let known = engine.containers()?.len();
        ensure!(known == STOPPED, "{known} containers are known");
        figures.add(program.key, "ping-1000", passed.as_secs_f64() * 1e3);
        engine.stop()?;
    }
    Ok(())
}

/// The client's own time: the same commands against a stub.
pub(crate) fn client_floor(bench: &Bench, figures: &mut Figures, socket: &Path) -> Result<()> {
    let client = Client { bench, socket };
    client.time(figures, FLOOR, "run-bridge", &["run", "--rm", "busybox", "true"])?;
    client.time(figures, FLOOR, "run-none", &["run", "--rm", "--network", "none", "busybox", "true"])?;
    client.time(figures, FLOOR, "ps", &["ps"])?;
    client.time(figures, FLOOR, "exec", &["exec", "stub", "true"])?;
    if figures.wants(&["start-50"]) {
        figures.add(FLOOR, "start-50", client.crowd()?);
    }
    if figures.wants(&["rm-51"]) {
        let ids: Vec<String> = (0..=CROWD).map(|number| format!("{number:064}")).collect();
        figures.add(FLOOR, "rm-51", client.remove(&ids)?);
    }
    Ok(())
}

/// The kernel's own time: `runc run` without an engine, and a process in new namespaces without runc.
pub(crate) fn kernel_floor(bench: &Bench, figures: &mut Figures) -> Result<()> {
    let bundle = bundle(bench).context("making a bundle for runc")?;
    if figures.wants(&["runc"]) {
        let mut number = 0;
        repeat(figures, FLOOR, "runc", CLIENT_SAMPLES, || {
            number += 1;
            let mut runc = Command::new("runc");
            runc.arg("--root").arg(bench.base.join("runc")).arg("run").arg("--bundle").arg(&bundle);
            silent(runc.arg(format!("bench-{number}")))
        })?;
    }
    if figures.wants(&["kernel"]) {
        let program = bundle.join("rootfs/bin/true");
        repeat(figures, FLOOR, "kernel", SOCKET_SAMPLES, || {
            let mut unshare = Command::new("unshare");
            unshare.args(["--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--fork"]);
            silent(unshare.arg(&program))
        })?;
    }
    Ok(())
}

/// A bundle of the same image, made once.
fn bundle(bench: &Bench) -> Result<PathBuf> {
    let bundle = bench.base.join("bundle");
    let (rootfs, config) = (bundle.join("rootfs"), bundle.join("config.json"));
    if config.exists() {
        return Ok(bundle);
    }
    std::fs::create_dir_all(&rootfs)?;
    silent(Command::new("tar").arg("-C").arg(&bundle).arg("-xf").arg(&bench.image).arg("0/layer.tar"))?;
    silent(Command::new("tar").arg("-C").arg(&rootfs).arg("-xf").arg(bundle.join("0/layer.tar")))?;
    silent(Command::new("runc").arg("spec").arg("--bundle").arg(&bundle))?;
    let mut spec: Value = serde_json::from_slice(&std::fs::read(&config)?)?;
    spec["process"]["terminal"] = false.into();
    spec["process"]["args"] = json!(["/bin/true"]);
    spec["linux"]["cgroupsPath"] = format!("/{}/runc", bench.cgroup).into();
    std::fs::write(&config, spec.to_string())?;
    Ok(bundle)
}
