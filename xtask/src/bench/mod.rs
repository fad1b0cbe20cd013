//! `cargo xtask bench`: dabba and dockerd at the same work, alternately, in one run.
//!
//! Three processes, each the child or the successor of the one before: the first fetches what is needed and becomes
//! the second in a network namespace of its own, so that no bridge and no firewall rule is left behind; the second
//! waits for the third and then ends and removes whatever it has left, however it ended; the third measures.

mod build;
mod engine;
mod http;
mod processes;
mod rows;
mod stub;
mod work;

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::{debian, shell};
use engine::Program;
use rows::{Figures, ROWS};
use work::Bench;

/// Debian packages that the benchmark uses.
const PACKAGES: &[&str] =
    &["busybox-static", "containerd", "docker.io", "iproute2", "iptables", "python3", "runc", "util-linux"];

/// Where the folders of runs are.
const FOLDER: &str = "/var/tmp";
const PREFIX: &str = "dabba-bench-";

/// Measures; see `USAGE`.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    match words {
        ["guard", rest @ ..] => guard(rest),
        ["inside", base, rest @ ..] => measure(Path::new(base), rest),
        _ => prepare(words),
    }
}

/// What the flags say: the rounds, and which lines.
fn flags(words: &[&str]) -> Result<(usize, Option<String>)> {
    let (mut rounds, mut only, mut rest) = (5, None, words);
    while let [flag, value, more @ ..] = rest {
        match *flag {
            "--rounds" => rounds = value.parse().with_context(|| format!("--rounds {value}"))?,
            "--only" => only = Some((*value).to_owned()),
            _ => bail!("no flag of the benchmark: {flag}"),
        }
        rest = more;
    }
    ensure!(rest.is_empty(), "no flag of the benchmark, or one without its value: {}", rest.join(" "));
    ensure!(rounds > 0, "--rounds must be at least 1");
    if let Some(only) = only.as_deref()
        && !ROWS.iter().any(|row| row.key.contains(only))
    {
        let known: Vec<&str> = ROWS.iter().map(|row| row.key).collect();
        bail!("--only {only}: no such line; there are {}", known.join(", "));
    }
    Ok((rounds, only))
}

/// Fetches everything that is needed, and becomes the guard.
fn prepare(words: &[&str]) -> Result<()> {
    flags(words)?;
    debian::install(PACKAGES)?;
    if std::env::var_os("DABBA_BIN").is_none() {
        shell::run(shell::cargo().args(["build", "--release"]))?;
    }
    if let Err(error) = debian::engine() {
        eprintln!("bench: Debian's newest dockerd cannot be fetched, it is left out: {error:#}");
    }
    buildx()?;
    let mut guard = Command::new("env");
    guard.args(["--ignore-signal=INT", "unshare", "--net"]).arg(std::env::current_exe()?);
    Err(guard.args(["bench", "guard"]).args(words).exec()).context("becoming a process with a network of its own")
}

/// Waits for the measuring process, and removes what is left of it and of earlier ones.
fn guard(words: &[&str]) -> Result<()> {
    sweep()?;
    shell::run(Command::new("ip").args(["link", "set", "lo", "up"]))?;
    let name = format!("{PREFIX}{}", std::process::id());
    let base = Path::new(FOLDER).join(&name);
    fs::create_dir(&base)?;
    let mut command = Command::new("env");
    command.arg("--default-signal=INT").arg(std::env::current_exe()?).args(["bench", "inside"]);
    let measured = shell::run(command.arg(&base).args(words));
    processes::destroy(&base, &name).with_context(|| format!("removing {}", base.display()))?;
    measured
}

/// Removes what runs left whose guard was killed.
fn sweep() -> Result<()> {
    for entry in fs::read_dir(FOLDER)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(pid) = name.strip_prefix(PREFIX) else { continue };
        let command = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        if !command.contains("\0guard") {
            processes::destroy(&entry.path(), &name)?;
        }
    }
    Ok(())
}

fn measure(base: &Path, words: &[&str]) -> Result<()> {
    let (rounds, only) = flags(words)?;
    let (programs, docker) = (programs(base)?, client()?);
    let machine = machine(&docker, rounds)?;
    fs::create_dir(base.join("client"))?;
    let stub = base.join("stub.sock");
    stub::serve(&stub)?;
    let cgroup = base.file_name().context("a folder's name")?.to_string_lossy().into_owned();
    let dabba = copy_of(base);
    let bench = Bench { base: base.into(), cgroup, docker, buildx: buildx()?, dabba, image: image()? };
    let mut figures = Figures::new(only);
    if figures.wants(build::KEYS) {
        build::contexts(base)?;
    }
    let (mut busy, mut text) = (0, String::new());
    for round in 1..=rounds {
        for program in &programs {
            eprintln!("bench: round {round} of {rounds}, {}", program.name);
            if !quiet() {
                busy += 1;
            }
            work::turn(&bench, &mut figures, program, round);
        }
        if let Err(error) = work::client_floor(&bench, &mut figures, &stub) {
            figures.fault(format!("the client with the stub: {error:#}"));
        }
        if let Err(error) = build::floor(&bench, &mut figures) {
            figures.fault(format!("writing a file: {error:#}"));
        }
        if figures.wants(&["runc", "kernel"])
            && let Err(error) = work::kernel_floor(&bench, &mut figures)
        {
            figures.fault(format!("runc and the kernel: {error:#}"));
        }
        let turns = round * programs.len();
        let machine = format!("{machine} {busy} of {turns} turns began while the machine was busy with other work.");
        text = report(&figures, &programs, &machine)?;
    }
    println!("{text}");
    ensure!(figures.faults().is_empty(), "not everything could be measured");
    Ok(())
}

/// Writes down what is known so far, and gives it.
fn report(figures: &Figures, programs: &[Program], machine: &str) -> Result<String> {
    let (own, peers) = programs.split_first().context("no engine")?;
    let peers: Vec<(&'static str, String)> = peers.iter().map(|peer| (peer.key, peer.name.clone())).collect();
    let mut text = format!("{}\n{machine}\n", figures.table(own.key, &peers));
    for fault in figures.faults() {
        text.push_str(&format!("\nNot measured: {fault}\n"));
    }
    let folder = shell::target().join("bench");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("table.md"), &text)?;
    fs::write(folder.join("samples.tsv"), figures.details())?;
    Ok(text)
}

/// The program that is measured: a copy, so that a build beside a run changes nothing.
fn copy_of(base: &Path) -> PathBuf {
    base.join("dabba")
}

/// The engines: dabba first, then the host's dockerd, then the newest where there is one.
fn programs(base: &Path) -> Result<Vec<Program>> {
    let built = std::env::var_os("DABBA_BIN").map_or_else(|| shell::target().join("release/dabba"), PathBuf::from);
    let copy = copy_of(base);
    fs::copy(&built, &copy).with_context(|| format!("copying {}", built.display()))?;
    let (_, version) = shell::output(Command::new(&copy).arg("--version"))?;
    let mut programs = vec![Program::dabba(&copy, version.trim().to_owned()), Program::dockerd()?];
    let newest = shell::target().join("debian/docker.io/dockerd");
    if newest.exists() {
        match Program::unpacked(&newest) {
            Ok(program) => programs.push(program),
            Err(error) => eprintln!("bench: Debian's newest dockerd does not run here, it is left out: {error:#}"),
        }
    }
    Ok(programs)
}

/// The stock client of this host.
fn client() -> Result<PathBuf> {
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).map(|folder| folder.join("docker")).find(|path| path.is_file());
    found.context("no docker client by PATH")
}

/// BuildKit's client, which dockerd's package only suggests.
fn buildx() -> Result<PathBuf> {
    let program = crate::test::stock_program("docker-buildx", "usr/libexec/docker/cli-plugins/docker-buildx")?;
    program.context("Debian's newest docker-buildx cannot be fetched")
}

/// The image that the end-to-end tests use too.
fn image() -> Result<PathBuf> {
    let mut python = Command::new("python3");
    python.args(["-c", "import lib; print(lib.busybox_archive())"]).current_dir(shell::root().join("tests/e2e"));
    python.env("E2E_CACHE", shell::target().join("e2e")).env("PYTHONDONTWRITEBYTECODE", "1");
    let (succeeded, text) = shell::output(&mut python)?;
    ensure!(succeeded, "the image busybox could not be made");
    Ok(PathBuf::from(text.trim()))
}

/// Waits for a moment in which this machine has nothing else to do; tells whether there was one within a minute.
fn quiet() -> bool {
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(60) {
        let before = idle();
        thread::sleep(Duration::from_secs(1));
        let ((idle, all), (idle_before, all_before)) = (idle(), before);
        if idle.saturating_sub(idle_before) as f64 >= 0.85 * all.saturating_sub(all_before) as f64 {
            return true;
        }
    }
    false
}

/// The processors' idle time and all their time so far, from the first line of /proc/stat.
fn idle() -> (u64, u64) {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let numbers: Vec<u64> =
        text.lines().next().unwrap_or_default().split_whitespace().filter_map(|word| word.parse().ok()).collect();
    (numbers.get(3..5).map_or(0, |idle| idle.iter().sum()), numbers.iter().take(8).sum())
}

/// The lines below the table: when, where and how.
fn machine(docker: &Path, rounds: usize) -> Result<String> {
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let processors = fs::read_to_string("/proc/cpuinfo")?;
    let field =
        |name: &str| processors.lines().find(|line| line.starts_with(name)).and_then(|line| line.split_once(':'));
    let model = field("model name").map_or("an unknown processor", |(_, model)| model.trim());
    let cores = thread::available_parallelism()?;
    let groups = if Path::new("/sys/fs/cgroup/cgroup.controllers").exists() { 2 } else { 1 };
    let load = fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default();
    let (_, client) = shell::output(Command::new(docker).arg("--version"))?;
    let client = client.split([' ', ',', '+']).nth(2).unwrap_or_default().to_owned();
    Ok(format!(
        "Measured on {} by `cargo xtask bench`: {cores} cores of {model}, Linux {}, cgroup v{groups}, load {load} at \
         the beginning, docker client {client}. The engines took turns, {rounds} for each; the figures are medians, \
         and a ratio says how many times better dabba is. The floor is the client's own time (the same command against \
         a stub that answers at once), or the kernel's. Memory is PSS in MB of 10⁶ bytes, of all processes of an \
         engine but the containers' own.",
        jiff::Zoned::now().date(),
        kernel.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_and_wrong_ones_refused() {
        assert_eq!(flags(&[]).unwrap(), (5, None));
        assert_eq!(flags(&["--only", "run", "--rounds", "2"]).unwrap(), (2, Some("run".into())));
        for wrong in [&["--rounds"][..], &["--rounds", "0"], &["--rounds", "x"], &["--only", "zzz"], &["more"]] {
            assert!(flags(wrong).is_err(), "{wrong:?}");
        }
    }
}
