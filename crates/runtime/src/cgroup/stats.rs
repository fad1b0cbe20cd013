//! What a cgroup has used.

use super::Cgroup;

/// Figures of one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Processor time in nanoseconds.
    pub cpu_ns: u64,
    /// Processes and threads.
    pub pids: u64,
}

impl Cgroup {
    /// Reads the figures; one that this host does not count is zero.
    pub fn stats(&self) -> Stats {
        let number = |controller: &str, v1: &str, v2: &str| {
            let path = match self.v2() {
                Some(directory) => directory.join(v2),
                None => self.controller(controller)?.join(v1),
            };
            std::fs::read_to_string(path).ok()
        };
        let plain = |text: Option<String>| text.and_then(|text| text.trim().parse().ok()).unwrap_or(0);
        let cpu = number("cpuacct", "cpuacct.usage", "cpu.stat").unwrap_or_default();
        let cpu_ns = match cpu.lines().find_map(|line| line.strip_prefix("usage_usec ")) {
            Some(micros) => micros.trim().parse::<u64>().unwrap_or(0).saturating_mul(1000),
            None => cpu.trim().parse().unwrap_or(0),
        };
        Stats {
            memory_bytes: plain(number("memory", "memory.usage_in_bytes", "memory.current")),
            cpu_ns,
            pids: plain(number("pids", "pids.current", "pids.current")),
        }
    }
}
