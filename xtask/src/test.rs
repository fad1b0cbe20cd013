//! `cargo xtask test`: installs what the tests need and runs every one of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{debian, shell, tidy};

/// Debian packages that the tests use.
pub(crate) const PACKAGES: &[&str] = &[
    "busybox-static",
    "ca-certificates",
    "chromium",
    "containerd",
    "curl",
    "debootstrap",
    "docker-registry",
    "docker.io",
    "e2fsprogs",
    "git",
    "iproute2",
    "iptables",
    "nftables",
    "openssh-client",
    "openssl",
    "procps",
    "python3",
    "python3-venv",
    "qemu-system-x86",
    "runc",
    "skopeo",
    "systemd",
    "util-linux",
    "xz-utils",
];

/// Tests that ran.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    passed: u64,
    failed: u64,
    skipped: u64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// Runs all tests, or those whose names a filter matches.
pub(crate) fn run(filter: &[&str]) -> Result<()> {
    debian::install(PACKAGES)?;
    let mut all = Tally::default();
    println!("==> the tree");
    tidy::run()?;
    println!("==> unit tests, and tests of the mechanisms against this kernel");
    all.add(cargo_test(filter)?);
    println!("==> the program");
    shell::run(shell::cargo().args(["build", "--release"]))?;
    println!("==> end to end");
    all.add(end_to_end(filter)?);
    println!("{} passed, {} failed, {} skipped", all.passed, all.failed, all.skipped);
    if all.failed > 0 {
        bail!("{} tests failed", all.failed);
    }
    Ok(())
}

/// A folder with some hundred Dockerfiles of somebody else's, and with what most of them are built from.
fn dockerfiles() -> Option<PathBuf> {
    let fetched = debian::sources("golang-github-containers-buildah");
    fetched
        .inspect_err(|error| println!("Dockerfiles of others cannot be fetched, only our own are read: {error:#}"))
        .ok()
}

fn cargo_test(filter: &[&str]) -> Result<Tally> {
    let mut command = shell::cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).args(filter);
    if let Some(folder) = dockerfiles() {
        command.env("DOCKERFILES", folder);
    }
    let (succeeded, text) = shell::output(&mut command)?;
    let mut tally = Tally::default();
    for line in text.lines() {
        if let Some(counts) = line.strip_prefix("test result: ") {
            for part in counts.split([';', '.']) {
                let words: Vec<&str> = part.split_whitespace().collect();
                if let [number, word] = words.as_slice()
                    && let Ok(number) = number.parse::<u64>()
                {
                    match *word {
                        "passed" => tally.passed += number,
                        "failed" => tally.failed += number,
                        "ignored" => tally.skipped += number,
                        _ => {}
                    }
                }
            }
        }
    }
    if !succeeded {
        println!("{text}");
        // Tests that do not even compile have no results.
        tally.failed = tally.failed.max(1);
    }
    println!("{} passed, {} failed, {} skipped", tally.passed, tally.failed, tally.skipped);
    Ok(tally)
}

fn end_to_end(filter: &[&str]) -> Result<Tally> {
    let folder = shell::root().join("tests/e2e");
    let python = environment(&folder)?;
    let report = shell::target().join("e2e/report.xml");
    let _ = fs::remove_file(&report);
    let mut pytest = Command::new(python);
    pytest.args(["-m", "pytest", "-q", "-n", "4", "--dist", "loadfile", "--color=no", "-rs"]);
    pytest.arg(format!("--junitxml={}", report.display())).arg(&folder);
    if let [expression, ..] = filter {
        pytest.args(["-k", expression]);
    }
    pytest.current_dir(&folder).env("DABBA_BIN", shell::target().join("release/dabba"));
    pytest.env("E2E_CACHE", shell::target().join("e2e")).env("PYTHONDONTWRITEBYTECODE", "1");
    // An example, which was built with the unit tests.
    pytest.env("BOLLARD", shell::target().join("debug/examples/bollard"));
    let programs = [
        ("DOCKER_28", "docker-cli", "usr/bin/docker"),
        ("BUILDX", "docker-buildx", "usr/libexec/docker/cli-plugins/docker-buildx"),
    ];
    for (variable, package, program) in programs {
        if let Some(path) = stock_program(package, program)? {
            pytest.env(variable, path);
        }
    }
    match debian::engine() {
        Ok(path) => drop(pytest.env("DOCKERD_28", path)),
        Err(error) => println!("Debian's newest dockerd cannot be fetched, its tests are skipped: {error:#}"),
    }
    if let Some(folder) = dockerfiles() {
        pytest.env("DOCKERFILES", folder);
    }
    let status = pytest.stdin(Stdio::null()).status().context("running pytest")?;
    let text =
        fs::read_to_string(&report).with_context(|| format!("pytest ended with {status} and without a report"))?;
    let mut tally = counts(&text)?;
    if !status.success() {
        tally.failed = tally.failed.max(1);
    }
    Ok(tally)
}

/// The Python environment of the end-to-end tests.
pub(crate) fn environment(folder: &Path) -> Result<PathBuf> {
    let venv = shell::target().join("e2e/venv");
    let (python, wanted) = (venv.join("bin/python"), folder.join("requirements.txt"));
    let requirements = fs::read_to_string(&wanted).with_context(|| format!("reading {}", wanted.display()))?;
    // Not requirements.txt: awsebcli puts a file of this name of its own there.
    let stamp = venv.join("installed");
    if fs::read_to_string(&stamp).is_ok_and(|text| text == requirements) {
        return Ok(python);
    }
    shell::run(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    shell::run(Command::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted))?;
    fs::write(stamp, requirements)?;
    Ok(python)
}

/// A program of Debian's newest package, as a script that starts it with its own libc; none where it cannot be fetched.
pub(crate) fn stock_program(package: &str, program: &str) -> Result<Option<PathBuf>> {
    let root = match debian::unstable(package, &[package, "libc6"]) {
        Ok(root) => root,
        Err(error) => {
            println!("Debian's newest {package} cannot be fetched, its tests are skipped: {error:#}");
            return Ok(None);
        }
    };
    let name = program.rsplit('/').next().unwrap_or(program);
    let command = debian::command(&root, program);
    let mut line = format!("exec {}", command.get_program().display());
    for argument in command.get_args() {
        line.push_str(&format!(" {}", argument.display()));
    }
    debian::script(&root.join(name), &format!("{line} \"$@\"")).map(Some)
}

/// The numbers of a JUnit report: the attributes of its suites.
fn counts(report: &str) -> Result<Tally> {
    let mut tally = Tally::default();
    for suite in report.split("<testsuite ").skip(1) {
        let head = suite.split('>').next().unwrap_or_default();
        let number = |name: &str| -> u64 {
            let value = head.split(&format!("{name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
            value.and_then(|text| text.parse().ok()).unwrap_or(0)
        };
        let bad = number(" failures") + number(" errors");
        let skipped = number(" skipped");
        tally.failed += bad;
        tally.skipped += skipped;
        tally.passed += number(" tests").saturating_sub(bad + skipped);
    }
    if tally.passed + tally.failed + tally.skipped == 0 {
        bail!("the end-to-end tests' report names no test");
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_counted() {
        let report = r#"<?xml version="1.0"?><testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1"><testcase/></testsuite></testsuites>"#;
        let tally = counts(report).unwrap();
        assert_eq!((tally.passed, tally.failed, tally.skipped), (4, 3, 3));
        assert!(counts("<testsuites/>").is_err());
    }
}
