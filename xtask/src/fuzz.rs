//! `cargo xtask fuzz`: the parsers of what strangers send, against libFuzzer.
//!
//! `fuzz/` is a workspace of its own, since its flags count coverage in everything it is made of. They are those that
//! cargo-fuzz gives, without the address sanitizer: there is next to no unsafe code to watch. What a run finds stays
//! below the target directory: inputs that reach new code in `corpus`, those that break a parser in `artifacts`.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::shell;

/// Coverage by counters at every edge, and comparisons told to the fuzzer.
const FLAGS: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg fuzzing",
];
/// With a target named, flags do not go to build scripts and macros, which are not linked with the fuzzer.
const TARGET: &str = "x86_64-unknown-linux-gnu";
/// Seconds a target.
const SECONDS: u64 = 10;
/// Seconds that one input may take.
const PATIENCE: u64 = 20;
/// Mebibytes that a target may take.
const MEMORY: u64 = 1024;

/// Builds all targets, or the one that is named, and runs each for a while.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let (name, seconds) = match words {
        [] => (None, SECONDS),
        ["--seconds", number] => (None, number.parse()?),
        [name] => (Some(*name), SECONDS),
        [name, "--seconds", number] => (Some(*name), number.parse()?),
        _ => bail!("usage: cargo xtask fuzz [NAME] [--seconds N]"),
    };
    let names = names(name)?;
    build(name)?;
    let mut broken = Vec::new();
    for name in &names {
        if !fuzz(name, seconds)? {
            broken.push(name.as_str());
        }
    }
    if !broken.is_empty() {
        bail!("broken: {}; the inputs are in {}", broken.join(", "), shell::target().join("fuzz/artifacts").display());
    }
    Ok(())
}

/// The targets by their files.
fn names(only: Option<&str>) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(shell::root().join("fuzz/fuzz_targets"))? {
        let path = entry?.path();
        names.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
    }
    names.sort();
    match only {
        None => Ok(names),
        Some(name) if names.iter().any(|known| known == name) => Ok(vec![name.to_owned()]),
        Some(name) => bail!("there is no target {name}: {}", names.join(", ")),
    }
}

fn build(name: Option<&str>) -> Result<()> {
    let mut cargo = shell::cargo();
    cargo.args(["build", "--release", "--target", TARGET]).current_dir(shell::root().join("fuzz"));
    match name {
        Some(name) => cargo.args(["--bin", name]),
        None => cargo.arg("--bins"),
    };
    // These passes are there in the released compiler, but not promised to stay.
    cargo.env("RUSTC_BOOTSTRAP", "1").env("RUSTFLAGS", FLAGS.join(" "));
    shell::run(cargo.env("CARGO_TARGET_DIR", shell::target().join("fuzz")))
}

/// Runs a target; false when an input broke the parser.
fn fuzz(name: &str, seconds: u64) -> Result<bool> {
    let folder = shell::target().join("fuzz");
    let (corpus, artifacts) = (folder.join("corpus").join(name), folder.join("artifacts").join(name));
    let (logs, scratch) = (folder.join("logs"), scratch(&folder, name));
    for path in [&corpus, &artifacts, &logs, &scratch] {
        fs::create_dir_all(path)?;
    }
    let log = logs.join(format!("{name}.log"));
    let mut command = Command::new(folder.join(TARGET).join("release").join(name));
    command.args([&corpus, &shell::root().join("fuzz/corpus").join(name)]);
    command.arg(format!("-artifact_prefix={}/", artifacts.display()));
    command.args([format!("-max_total_time={seconds}"), format!("-timeout={PATIENCE}")]);
    command.args([format!("-rss_limit_mb={MEMORY}"), "-print_final_stats=1".into()]);
    command.env("TMPDIR", &scratch).stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
    let status = command.status().with_context(|| format!("running the target {name}"));
    let _ = fs::remove_dir_all(&scratch);
    let text = fs::read(&log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())?;
    println!("{name:14} {}", summary(&text));
    let fine = status?.success();
    if !fine {
        let lines: Vec<&str> = text.lines().collect();
        lines.iter().skip(lines.len().saturating_sub(40)).for_each(|line| println!("    {line}"));
    }
    Ok(fine)
}

/// Where parsers put files: in memory, where there is such a place.
fn scratch(folder: &Path, name: &str) -> std::path::PathBuf {
    let memory = Path::new("/dev/shm");
    let base = if memory.is_dir() { memory } else { folder };
    base.join(format!("dabba-fuzz-{name}-{}", std::process::id()))
}

/// How much was done, and whether it led anywhere: the edges seen by the seeds and in the end, new inputs kept.
fn summary(log: &str) -> String {
    let after = |line: &str, word: &str| -> u64 {
        let rest = line.split_once(word).map_or("", |(_, rest)| rest.trim_start());
        rest.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
    };
    let first = log.lines().find(|line| line.contains("INITED")).map_or(0, |line| after(line, "cov:"));
    let last = log.lines().rev().find(|line| line.contains("cov:")).map_or(0, |line| after(line, "cov:"));
    let new = log.lines().filter(|line| line.contains("\tNEW ")).count();
    let stat = |name: &str| log.lines().find(|line| line.contains(name)).map_or(0, |line| after(line, name));
    let (runs, rate) = (stat("stat::number_of_executed_units:"), stat("stat::average_exec_per_sec:"));
    format!("{runs} inputs, {rate} a second; edges {first} to {last}, {new} NEW")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_summed_up() {
        let log = "#5\tINITED cov: 215 ft: 341 corp: 5/79b\n#9\tNEW    cov: 220 ft: 350 corp: 6/90b\n\
                   #99\tDONE   cov: 220 ft: 350\nstat::number_of_executed_units: 99\nstat::average_exec_per_sec:     33\n";
        assert_eq!(summary(log), "99 inputs, 33 a second; edges 215 to 220, 1 NEW");
        assert_eq!(summary(""), "0 inputs, 0 a second; edges 0 to 0, 0 NEW");
    }
}
