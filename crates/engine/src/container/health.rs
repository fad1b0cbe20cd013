//! Health probes: a process run in the container now and then, whose exit code tells how it is.
//!
//! ```text
//!   started ─► Starting ──0──► Healthy ◄──0── Unhealthy
//!                 │                │              ▲
//!                 └─ n failures ───┴─ n failures ─┘        stopped or paused: Unhealthy, as in Docker
//! ```
//!
//! What is known of a container's health is never on the disk: the next daemon begins with `Starting`.
//!
//! Source: the reference of Dockerfile's HEALTHCHECK, and moby `daemon/health.go` for what it leaves open.

use std::time::Duration;

use words::{ContainerId, Timestamp};

use super::exec::ExecConfig;
use super::spec::{HealthCheck, Spec};
use super::state::{Health, HealthStatus, Probe};
use super::{Container, State};
use crate::Engine;
use crate::error::Result;
use crate::limits;

/// The times that are meant when none is given, and the failures in a row: Docker's.
const INTERVAL: Duration = Duration::from_secs(30);
const START_INTERVAL: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(30);
const RETRIES: u32 = 3;

/// The program of a probe; `None` when there is no probe.
fn command(spec: &Spec) -> Option<(&HealthCheck, Vec<String>)> {
    let check = spec.health_check.as_ref()?;
    let (kind, arguments) = check.test.split_first()?;
    let command = match kind.as_str() {
        "CMD" => arguments.to_vec(),
        "CMD-SHELL" => {
            let shell = spec.shell.clone().unwrap_or_else(|| vec!["/bin/sh".into(), "-c".into()]);
            shell.into_iter().chain([arguments.join(" ")]).collect()
        }
        _ => return None,
    };
    Some((check, command))
}

fn or(given: Duration, default: Duration) -> Duration {
    if given.is_zero() { default } else { given }
}

/// How long to wait for the next probe, in a container that has run for `age`.
fn pause(check: &HealthCheck, status: HealthStatus, age: Duration) -> Duration {
    if age < check.start_period && status == HealthStatus::Starting {
        or(check.start_interval, START_INTERVAL)
    } else {
        or(check.interval, INTERVAL)
    }
}

/// What a probe means, that began when the container had run for `age`.
fn judge(check: &HealthCheck, mut health: Health, age: Duration, probe: Probe) -> Health {
    let retries = if check.retries == 0 { RETRIES } else { check.retries };
    if probe.exit_code == 0 {
        health.failing_streak = 0;
        health.status = HealthStatus::Healthy;
    } else if health.status != HealthStatus::Starting || age >= check.start_period {
        health.failing_streak = health.failing_streak.saturating_add(1);
        if health.failing_streak >= retries {
            health.status = HealthStatus::Unhealthy;
        }
    }
    health.log.push_back(probe);
    while health.log.len() > limits::PROBES_KEPT {
        health.log.pop_front();
    }
    health
}

impl HealthStatus {
    /// Docker's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }
}

impl Engine {
    /// Begins to probe a container that runs. `anew` forgets how it was before.
    pub(crate) fn watch_health(&self, id: &ContainerId, anew: bool) {
        let Ok(container) = self.container(id.as_str()) else { return };
        let State::Running { started, .. } = container.state else { return };
        if command(&container.spec).is_none() {
            return;
        }
        self.note(id, |container| {
            let health = container.health.get_or_insert_default();
            if anew || health.status == HealthStatus::None {
                health.status = HealthStatus::Starting;
                health.failing_streak = 0;
            }
        });
        let monitor = tokio::spawn(self.clone().monitor(id.clone(), started));
        self.live(id).set_health(Some(monitor.abort_handle()));
    }

    /// Probes no more: the container has ended, or is paused.
    pub(crate) fn stop_watching_health(&self, id: &ContainerId) {
        self.live(id).set_health(None);
        self.note(id, |container| {
            if let Some(health) = &mut container.health {
                health.status = HealthStatus::Unhealthy;
            }
        });
    }

    async fn monitor(self, id: ContainerId, started: Timestamp) {
        while let Ok(container) = self.container(id.as_str()) {
            let Some((check, command)) = command(&container.spec) else { return };
            let before = container.health.as_ref().map(|health| health.status).unwrap_or_default();
            tokio::time::sleep(pause(check, before, Timestamp::now().since(started))).await;
            let probe = self.probe(&container, command, or(check.timeout, TIMEOUT)).await;
            let age = probe.start.since(started);
            let mut after = before;
            self.note(&id, |container| {
                let health = judge(check, container.health.take().unwrap_or_default(), age, probe);
                after = health.status;
                container.health = Some(health);
            });
            if after != before {
                self.tell_container(&format!("health_status: {}", after.word()), &id, &[]);
            }
        }
    }

    /// Runs one probe.
    async fn probe(&self, container: &Container, command: Vec<String>, limit: Duration) -> Probe {
        let start = Timestamp::now();
        let mut output = Output::default();
        let (exit_code, said) = match tokio::time::timeout(limit, self.run_probe(container, command, &mut output)).await
        {
            Ok(Ok(code)) => (code, output.text()),
            Ok(Err(error)) => (-1, error.to_string()),
            Err(_) => {
                let said = output.text();
                let colon = if said.is_empty() { "" } else { ": " };
                (-1, format!("Health check exceeded timeout ({limit:?}){colon}{said}"))
            }
        };
        Probe { start, end: Timestamp::now(), exit_code, output: said }
    }

    async fn run_probe(&self, container: &Container, command: Vec<String>, output: &mut Output) -> Result<i32> {
        let config = ExecConfig { cmd: command, ..ExecConfig::default() };
        self.run_exec(container.id.as_str(), config, |bytes| output.push(bytes)).await
    }
}

/// The beginning of what a probe writes.
#[derive(Default)]
struct Output {
    kept: Vec<u8>,
    more: bool,
}

impl Output {
    fn push(&mut self, bytes: &[u8]) {
        let room = limits::PROBE_OUTPUT - self.kept.len();
        self.kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        self.more |= bytes.len() > room;
    }

    fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.kept).into_owned();
        if self.more {
            text.push_str("...");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check() -> HealthCheck {
        HealthCheck {
            test: vec!["CMD".into(), "true".into()],
            interval: Duration::ZERO,
            timeout: Duration::ZERO,
            start_period: Duration::from_secs(60),
            start_interval: Duration::ZERO,
            retries: 0,
        }
    }

    fn probe(exit_code: i32) -> Probe {
        Probe { start: Timestamp::now(), end: Timestamp::now(), exit_code, output: String::new() }
    }

    #[test]
    fn failures_count_after_the_start_period_or_the_first_success() {
        use HealthStatus::{Healthy, Starting, Unhealthy};
        let begun = Health { status: Starting, ..Health::default() };
        /// Age in seconds and exit code of a probe.
        type Row = (u64, i32);
        let rows: [(&[Row], HealthStatus, u32); 7] = [
            (&[(1, 1), (2, 1), (3, 1), (4, 1)], Starting, 0),
            (&[(1, 0)], Healthy, 0),
            (&[(1, 0), (2, 1), (3, 1)], Healthy, 2),
            (&[(1, 0), (2, 1), (3, 1), (4, -1)], Unhealthy, 3),
            (&[(60, 1), (61, 1)], Starting, 2),
            (&[(60, 1), (61, 1), (62, 2)], Unhealthy, 3),
            (&[(60, 1), (61, 1), (62, 2), (63, 0)], Healthy, 0),
        ];
        for (probes, status, streak) in rows {
            let health = probes.iter().fold(begun.clone(), |health, (age, code)| {
                judge(&check(), health, Duration::from_secs(*age), probe(*code))
            });
            assert_eq!((health.status, health.failing_streak), (status, streak), "{probes:?}");
        }
    }

    #[test]
    fn five_probes_are_kept() {
        let health = (0..9).fold(Health::default(), |health, code| judge(&check(), health, Duration::MAX, probe(code)));
        assert_eq!(health.log.iter().map(|probe| probe.exit_code).collect::<Vec<_>>(), [4, 5, 6, 7, 8]);
    }

    #[test]
    fn probes_come_faster_while_it_starts() {
        let second = Duration::from_secs(1);
        assert_eq!(pause(&check(), HealthStatus::Starting, second), START_INTERVAL);
        assert_eq!(pause(&check(), HealthStatus::Healthy, second), INTERVAL);
        assert_eq!(pause(&check(), HealthStatus::Starting, second * 60), INTERVAL);
        let own = HealthCheck { interval: second, start_interval: second / 2, ..check() };
        assert_eq!(pause(&own, HealthStatus::Starting, second), second / 2);
        assert_eq!(pause(&own, HealthStatus::Unhealthy, second), second);
    }

    #[test]
    fn the_command_is_the_shells_or_its_own() {
        let with = |test: &[&str]| Spec {
            health_check: Some(HealthCheck { test: test.iter().map(|s| (*s).into()).collect(), ..check() }),
            ..Spec::default()
        };
        let found = |test: &[&str]| command(&with(test)).map(|(_, command)| command);
        assert_eq!(found(&["CMD", "a", "b"]).unwrap(), ["a", "b"]);
        assert_eq!(found(&["CMD-SHELL", "a; b"]).unwrap(), ["/bin/sh", "-c", "a; b"]);
        assert!(found(&["NONE"]).is_none() && found(&[]).is_none());
        let spec = Spec { shell: Some(vec!["/bin/ash".into(), "-ec".into()]), ..with(&["CMD-SHELL", "a"]) };
        assert_eq!(command(&spec).unwrap().1, ["/bin/ash", "-ec", "a"]);
    }

    #[test]
    fn output_is_cut() {
        let mut output = Output::default();
        b"abcd".iter().for_each(|byte| output.push(&[*byte]));
        assert_eq!(output.text(), "abcd");
        output.push("x".repeat(5000).as_bytes());
        assert_eq!(output.text(), format!("abcd{}...", "x".repeat(4092)));
    }
}
