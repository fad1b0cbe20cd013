//! `cargo xtask bench-balancer`: the balancer and haproxy at the same work, alternately, in one run.
//!
//! Both stand before the same two targets, add the same fields, and are asked by wrk on 64 connections. What counts is
//! how many requests each answers for a second of its own processor time, so that work beside it counts little.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::{debian, shell};

const TARGETS: [&str; 2] = ["127.0.0.1:19001", "127.0.0.1:19002"];
const OWN: &str = "127.0.0.1:19100";
const THEIRS: &str = "127.0.0.1:19200";
const IDLE: &str = "127.0.0.1:19300";

/// Ticks of `/proc/PID/stat` in a second: Linux has 100 of them for programs, whatever the kernel counts by.
const TICKS: f64 = 100.0;

/// Routes of the idle balancer, each with a group of its own of two targets that are checked.
const ROUTES: usize = 100;

/// What makes haproxy do what the balancer does.
const HAPROXY: &str = "\
global
  nbthread 2
  maxconn 4000
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  option forwardfor
frontend clients
  bind 127.0.0.1:19200
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Port 19200
  unique-id-format %[uuid()]
  unique-id-header X-Request-Id
  default_backend targets
backend targets
  balance roundrobin
  option httpchk GET /
  server a 127.0.0.1:19001 check inter 15s
  server b 127.0.0.1:19002 check inter 15s
";

/// A process that ends with the run.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// Starts a program of the example, and waits until it says that it is ready.
    fn example(program: &Path, words: &[&str]) -> Result<Self> {
        let mut child = Command::new(program).args(words).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().context("no output")?;
        let running = Self(child);
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(line == "ready\n", "{} {}: not ready", program.display(), words.join(" "));
        Ok(running)
    }

    /// Processor time so far, in seconds.
    fn time(&self) -> Result<f64> {
        let text = fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        let (_, rest) = text.rsplit_once(')').context("no stat")?;
        let words: Vec<f64> = rest.split_whitespace().skip(11).take(2).flat_map(str::parse).collect();
        Ok(words.iter().sum::<f64>() / TICKS)
    }

    /// Memory that nobody shares, in kilobytes.
    fn memory(&self) -> Result<f64> {
        let text = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.0.id()))?;
        let field =
            |name: &str| text.lines().find_map(|line| line.strip_prefix(name)?.split_whitespace().next()?.parse().ok());
        Ok(field("Private_Dirty:").unwrap_or(0.0) + field("Private_Clean:").unwrap_or(0.0))
    }
}

/// What one turn gave.
#[derive(Debug, PartialEq)]
struct Turn {
    requests: f64,
    p99: Duration,
}

/// Measures; `words` are the flags.
pub(crate) fn run(words: &[&str]) -> Result<()> {
    let rounds: usize = match words {
        [] => 5,
        ["--rounds", rounds] => rounds.parse().with_context(|| format!("--rounds {rounds}"))?,
        _ => bail!("usage: cargo xtask bench-balancer [--rounds N]"),
    };
    ensure!(rounds > 0, "--rounds must be at least 1");
    debian::install(&["haproxy", "wrk"])?;
    let build = ["build", "--release", "--package", "balancer", "--example", "bench"];
    shell::run(shell::cargo().args(build))?;
    let program = shell::target().join("release/examples/bench");
    let folder = shell::target().join("bench");
    fs::create_dir_all(&folder)?;
    let configuration = folder.join("haproxy.cfg");
    fs::write(&configuration, HAPROXY)?;

    let _targets =
        [Running::example(&program, &["target", TARGETS[0]])?, Running::example(&program, &["target", TARGETS[1]])?];
    let own = Running::example(&program, &["balancer", OWN, TARGETS[0], TARGETS[1]])?;
    let theirs = Running(Command::new(haproxy()).arg("-q").arg("-db").arg("-f").arg(&configuration).spawn()?);
    thread::sleep(Duration::from_secs(2));
    let (mut rates, mut tails) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for round in 1..=rounds {
        for (at, (name, address, process)) in
            [("dabba", OWN, &own), ("haproxy", THEIRS, &theirs)].into_iter().enumerate()
        {
            let before = process.time()?;
            let turn = wrk(address)?;
            let spent = process.time()? - before;
            let rate = turn.requests / spent;
            eprintln!("bench-balancer: round {round}, {name}: {rate:.0} requests a CPU second, p99 {:?}", turn.p99);
            rates[at].push(rate);
            tails[at].push(turn.p99.as_secs_f64() * 1000.0);
        }
    }
    let ([own_rate, their_rate], [own_tail, their_tail]) = (rates.map(median), tails.map(median));
    let idle = idle(&program)?;
    let version = shell::output(Command::new(haproxy()).arg("-v"))?.1;
    let version = version.split_whitespace().nth(2).unwrap_or_default().to_owned();
    let judge = |good: bool| if good { "yes" } else { "no" };
    let text = format!(
        "| what | dabba | haproxy {version} | ratio | goal | met |\n|---|--:|--:|--:|---|---|\n\
         | requests a second of the process's own time | {own_rate:.0} | {their_rate:.0} | {:.2} | ≥ 0.8 | {} |\n\
         | p99 | {own_tail:.1} ms | {their_tail:.1} ms | {:.2} | ≤ 2 | {} |\n\
         | {ROUTES} routes idle, of a core | {:.2} % | – | – | ≤ 2 % | {} |\n\
         | memory of a route with two targets | {:.0} KB | – | – | ≤ 1000 KB | {} |\n",
        own_rate / their_rate,
        judge(own_rate >= 0.8 * their_rate),
        own_tail / their_tail,
        judge(own_tail <= 2.0 * their_tail),
        idle.share * 100.0,
        judge(idle.share <= 0.02),
        idle.memory,
        judge(idle.memory <= 1000.0),
    );
    println!("{text}");
    fs::write(folder.join("balancer.md"), text)?;
    Ok(())
}

/// Where Debian puts it, which is not on everybody's path.
fn haproxy() -> PathBuf {
    let path = PathBuf::from("/usr/sbin/haproxy");
    if path.exists() { path } else { "haproxy".into() }
}

struct Idle {
    share: f64,
    memory: f64,
}

/// A balancer with many routes and no requests but health checks.
fn idle(program: &Path) -> Result<Idle> {
    let start = |routes: &str| -> Result<Running> {
        let running = Running::example(program, &["idle", IDLE, routes, TARGETS[0], TARGETS[1]])?;
        thread::sleep(Duration::from_secs(5));
        Ok(running)
    };
    let alone = start("0")?.memory()?;
    let running = start(&ROUTES.to_string())?;
    let (before, begin) = (running.time()?, Instant::now());
    thread::sleep(Duration::from_secs(30));
    let share = (running.time()? - before) / begin.elapsed().as_secs_f64();
    Ok(Idle { share, memory: (running.memory()? - alone) / ROUTES as f64 })
}

fn wrk(address: &str) -> Result<Turn> {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "-c64", "-d5s", "--latency"]).arg(format!("http://{address}/"));
    let (succeeded, text) = shell::output(&mut wrk)?;
    ensure!(succeeded, "wrk failed: {text}");
    turn(&text).with_context(|| format!("what wrk says has changed: {text}"))
}

/// Reads what wrk says; a run with errors is none.
fn turn(text: &str) -> Option<Turn> {
    if text.contains("Socket errors") || text.contains("Non-2xx") {
        return None;
    }
    let requests = text.lines().find_map(|line| line.trim().split_once(" requests in")?.0.parse().ok())?;
    let p99 = text.lines().find_map(|line| line.trim().strip_prefix("99%"))?.trim();
    let (number, unit) = p99.split_at(p99.find(|character: char| character.is_alphabetic())?);
    let scale = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "s" => 1.0,
        _ => return None,
    };
    Some(Turn { requests, p99: Duration::try_from_secs_f64(number.parse::<f64>().ok()? * scale).ok()? })
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_says_is_read_and_errors_are_no_result() {
        let text = "  Latency Distribution\n     50%    1.02ms\n     99%   11.67ms\n  186805 requests in 5.01s, 13.25MB read\n";
        assert_eq!(turn(text), Some(Turn { requests: 186_805.0, p99: Duration::from_micros(11_670) }));
        assert_eq!(turn(&format!("{text}  Non-2xx or 3xx responses: 5\n")), None);
        assert_eq!(turn("nonsense"), None);
    }

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
    }
}
