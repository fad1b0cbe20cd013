//! What a cgroup has used.

use super::Cgroup;

/// How many threads of a cgroup are looked at, one by one.
const MOST_THREADS: usize = 1024;

/// Figures of one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Of these, files that are kept as long as nobody needs the room.
    pub cache_bytes: u64,
    /// Processor time in nanoseconds.
    pub cpu_ns: u64,
    /// Of this, in the kernel.
    pub cpu_system_ns: u64,
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
        let micros = |name: &str| field(&cpu, name).map(|micros| micros.saturating_mul(1000));
        let cpu_ns = micros("usage_usec").unwrap_or_else(|| cpu.trim().parse().unwrap_or(0));
        let cpu_system_ns =
            micros("system_usec").unwrap_or_else(|| plain(number("cpuacct", "cpuacct.usage_sys", "cpu.stat")));
        let memory = number("memory", "memory.stat", "memory.stat").unwrap_or_default();
        let cache_bytes = field(&memory, "total_inactive_file").or_else(|| field(&memory, "inactive_file"));
        Stats {
            memory_bytes: plain(number("memory", "memory.usage_in_bytes", "memory.current")),
            cache_bytes: cache_bytes.unwrap_or(0),
            cpu_ns,
            cpu_system_ns,
            pids: plain(number("pids", "pids.current", "pids.current")),
        }
    }

    /// Threads that run, wait for a processor, or sleep uninterruptibly: those that a load average counts. Reads a file
    /// of each thread; of more than [`MOST_THREADS`] the rest is taken to be like those.
    pub fn active(&self) -> u64 {
        let threads = self.members(if self.v2().is_some() { "cgroup.threads" } else { "tasks" }).unwrap_or_default();
        let looked_at = threads.iter().take(MOST_THREADS);
        let stats = looked_at.filter_map(|thread| std::fs::read_to_string(format!("/proc/{thread}/stat")).ok());
        let active = stats.filter(|stat| is_active(stat)).count();
        let all = active * threads.len().max(1) / threads.len().clamp(1, MOST_THREADS);
        u64::try_from(all).unwrap_or(u64::MAX)
    }
}

/// Is this thread one that the kernel counts in the load? The state is what follows the name, which may have
/// parentheses of its own.
///
/// Source: proc_pid_stat(5), proc_loadavg(5).
fn is_active(stat: &str) -> bool {
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with(['R', 'D']))
}

/// The number after a name, in a file with one pair a line.
fn field(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_are_active_are_told_by_their_state() {
        assert!(is_active("7 (sh) R 1 7 7"));
        assert!(is_active("7 (a) S (b) D 1 7 7"));
        for other in ["7 (sh) S 1 7 7", "7 (R) I 1", "7 (a) R (b) S 1", "7 (cut", ""] {
            assert!(!is_active(other), "{other}");
        }
    }

    #[test]
    fn numbers_are_found_by_their_whole_name() {
        let text = "cache 5\ninactive_file 7\ntotal_inactive_file 9\nodd x\n";
        assert_eq!(field(text, "inactive_file"), Some(7));
        assert_eq!(field(text, "total_inactive_file"), Some(9));
        assert_eq!((field(text, "inactive"), field(text, "odd")), (None, None));
    }
}
