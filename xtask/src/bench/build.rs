//! Builds, by BuildKit's own client, and where much is sent by ours, too: what passes in the engine from the first vertex's begin to the last one's end.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::engine::Engine;
use super::rows::{FLOOR, Figures};
use super::work::Bench;

/// How often each thing is built in one turn of one engine.
const SAMPLES: usize = 3;
/// Bytes of the large context.
const LARGE: usize = 100_000_000;
/// Files of the context of many, in folders of a hundred.
const MANY: usize = 20_000;

/// The lines of this file.
pub(crate) const KEYS: &[&str] =
    &["build-10", "build-cached", "build-large", "build-large-own", "build-many", "build-many-own", "build-two"];

/// Lines that say how much of another one went by until the context was there.
const CONTEXTS: &[(&str, &str)] =
    &[("build-large", "build-large-context"), ("build-large-own", "build-large-own-context")];

/// Ten steps, of which six are programs.
const TEN: &str = "FROM busybox\nCOPY a /a\nRUN true 1\nCOPY b /b\nRUN true 2\nRUN true 3\nCOPY c /c\nRUN true 4\nRUN true 5\nCOPY d /d\nRUN true 6\n";
/// Two stages that need nothing of each other, of a second each.
const TWO: &str = "FROM busybox AS one\nRUN sleep 1; echo > /1\nFROM busybox AS two\nRUN sleep 1; echo > /2\nFROM scratch\nCOPY --from=one /1 /\nCOPY --from=two /2 /\n";

/// The contexts, made once.
pub(crate) fn contexts(base: &Path) -> Result<()> {
    let make = |name: &str, dockerfile: &str| -> Result<PathBuf> {
        let folder = base.join("contexts").join(name);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("Dockerfile"), dockerfile)?;
        Ok(folder)
    };
    let ten = make("ten", TEN)?;
    for name in ["a", "b", "c", "d"] {
        fs::write(ten.join(name), name)?;
    }
    make("two", TWO)?;
    let large = make("large", "FROM scratch\nCOPY large /\n")?;
    fs::write(large.join("large"), noise(LARGE))?;
    let many = make("many", "FROM scratch\nCOPY files /files\n")?;
    for number in 0..MANY {
        let folder = many.join(format!("files/{}", number / 100));
        if number % 100 == 0 {
            fs::create_dir_all(&folder)?;
        }
        fs::write(folder.join(number.to_string()), format!("{number}\n").repeat(20))?;
    }
    Ok(())
}

/// Bytes that do not compress.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::from_fn(|| Some(next())).flatten().take(count).collect()
}

/// All lines of this file that are wanted.
pub(crate) fn builds(bench: &Bench, figures: &mut Figures, column: &'static str, engine: &Engine) -> Result<()> {
    if !figures.wants(KEYS) {
        return Ok(());
    }
    let builder = Builder { bench, socket: engine.socket() };
    let mut changes = 0;
    for (row, context) in KEYS.iter().zip(["ten", "ten", "large", "large", "many", "many", "two"]) {
        if !figures.wants(&[row]) {
            continue;
        }
        let anew = !matches!(*row, "build-cached" | "build-many" | "build-many-own");
        let client = if row.ends_with("-own") { &bench.dabba } else { &bench.buildx };
        // Once for what is the same every time: the base image's part, what was received before.
        builder.build(client, context, anew)?;
        for _ in 0..SAMPLES {
            match *row {
                "build-many" | "build-many-own" => {
                    changes += 1;
                    let file = bench.base.join("contexts/many/files/77/7777");
                    fs::write(file, format!("changed {column} {changes} {:?}\n", Instant::now()))?;
                }
                "build-large" | "build-large-own" => builder.forget()?,
                _ => {}
            }
            let Passed { all, context } = builder.build(client, context, anew)?;
            figures.add(column, row, if *row == "build-two" { all / 1e3 } else { all });
            if let Some((_, part)) = CONTEXTS.iter().find(|(of, _)| of == row) {
                figures.add(column, part, context);
            }
        }
    }
    builder.forget()
}

/// What the disk takes for the large file alone, from memory to the disk.
pub(crate) fn floor(bench: &Bench, figures: &mut Figures) -> Result<()> {
    if !figures.wants(&["build-large", "build-large-own"]) {
        return Ok(());
    }
    let bytes = fs::read(bench.base.join("contexts/large/large"))?;
    let path = bench.base.join("written");
    for _ in 0..SAMPLES {
        let begin = Instant::now();
        let mut file = fs::File::create(&path)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        let passed = begin.elapsed().as_secs_f64() * 1e3;
        for (whole, part) in CONTEXTS {
            figures.add(FLOOR, whole, passed);
            figures.add(FLOOR, part, passed);
        }
        fs::remove_file(&path)?;
    }
    Ok(())
}

struct Builder<'a> {
    bench: &'a Bench,
    socket: &'a Path,
}

impl Builder<'_> {
    fn client(&self, program: &Path, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        command.args(words).env("DOCKER_HOST", format!("unix://{}", self.socket.display()));
        command.env_remove("DOCKER_CONTEXT").env_remove("DOCKER_TLS_VERIFY");
        command.env("DOCKER_CONFIG", self.bench.base.join("client"));
        command
    }

    /// Builds a context by a client; gives what passed in the engine.
    fn build(&self, client: &Path, context: &str, anew: bool) -> Result<Passed> {
        let mut command = self.client(client, &["build", "--provenance=false", "--progress=rawjson", "-t", context]);
        if anew {
            command.arg("--no-cache");
        }
        command.arg(self.bench.base.join("contexts").join(context));
        let answer = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).output()?;
        let text = String::from_utf8_lossy(&answer.stderr);
        if !answer.status.success() {
            bail!("building {context} ended with {}: {}", answer.status, text.trim());
        }
        passed(&text).with_context(|| format!("the progress of building {context}"))
    }

    /// Everything that builds have left is given back.
    fn forget(&self) -> Result<()> {
        super::work::silent(&mut self.client(&self.bench.buildx, &["prune", "--all", "--force"]))
    }
}

/// What passed in the engine, in milliseconds.
#[derive(Debug, PartialEq)]
struct Passed {
    /// From the first vertex's begin to the last one's end.
    all: f64,
    /// While the context was transferred.
    context: f64,
}

/// Reads the lines of `--progress=rawjson`.
fn passed(text: &str) -> Result<Passed> {
    let mut vertexes = Vec::new();
    for line in text.lines() {
        let Ok(status) = serde_json::from_str::<Value>(line) else { continue };
        for vertex in status["vertexes"].as_array().into_iter().flatten() {
            let time = |key: &str| vertex[key].as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
            if let (Some(started), Some(completed)) = (time("started"), time("completed")) {
                let is_context = vertex["name"].as_str().is_some_and(|name| name.contains("load build context"));
                vertexes.push((started, completed, is_context));
            }
        }
    }
    let between = |vertexes: &[(jiff::Timestamp, jiff::Timestamp, bool)]| {
        let begin = vertexes.iter().map(|(started, ..)| started).min()?;
        let end = vertexes.iter().map(|(_, completed, _)| completed).max()?;
        Some(end.duration_since(*begin).as_secs_f64() * 1e3)
    };
    let Some(all) = between(&vertexes) else { bail!("no vertex has ended") };
    ensure!(all >= 0.0, "it ended before it began");
    vertexes.retain(|(.., is_context)| *is_context);
    Ok(Passed { all, context: between(&vertexes).unwrap_or(0.0) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_from_the_progress() {
        let text = r#"{"vertexes":[{"started":"2026-01-01T00:00:01.5Z"},{"name":"[internal] load build context","started":"2026-01-01T00:00:01.5Z","completed":"2026-01-01T00:00:01.6Z"}]}
no json
{"vertexes":[{"started":"2026-01-01T00:00:01.4Z","completed":"2026-01-01T00:00:01.9Z"}],"logs":[]}"#;
        let Passed { all, context } = passed(text).unwrap();
        assert!((all - 500.0).abs() < 1e-6 && (context - 100.0).abs() < 1e-6);
        assert!(passed("").is_err());
    }

    #[test]
    fn noise_has_its_length() {
        assert_eq!(noise(1003).len(), 1003);
    }
}
