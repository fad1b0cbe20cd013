//! What the host and the daemon are: `info`, `version`.

use crate::Engine;

/// Facts for `info`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Info {
    /// Containers by their state.
    pub running: usize,
    /// See above.
    pub paused: usize,
    /// See above.
    pub stopped: usize,
    /// Images.
    pub images: usize,
    /// The kernel's release.
    pub kernel: String,
    /// The host's name.
    pub hostname: String,
    /// The distribution's name, from /etc/os-release.
    pub operating_system: String,
    /// Its version.
    pub os_version: String,
    /// Processors.
    pub cpus: usize,
    /// Bytes of memory.
    pub memory: u64,
    /// All controllers are on cgroup v2.
    pub cgroup_v2: bool,
    /// Swap can be limited.
    pub swap_limit: bool,
    /// IPv4 forwarding is on.
    pub forwarding: bool,
}

impl Engine {
    /// Looks at the host. Reads a few small files of /proc.
    pub fn info(&self) -> Info {
        let snapshot = self.snapshot();
        let count = |word: &str| snapshot.containers.values().filter(|one| one.state.word() == word).count();
        let (running, paused) = (count("running"), count("paused"));
        let system = rustix::system::uname();
        let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
        let field = |key: &str| {
            let line = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
            line.unwrap_or_default().trim_matches('"').to_owned()
        };
        let memory = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
        let kilobytes = memory.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
        Info {
            running,
            paused,
            stopped: snapshot.containers.len() - running - paused,
            images: snapshot.images.len(),
            kernel: system.release().to_string_lossy().into_owned(),
            hostname: system.nodename().to_string_lossy().into_owned(),
            operating_system: field("PRETTY_NAME"),
            os_version: field("VERSION_ID"),
            cpus: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            memory: kilobytes.and_then(|text| text.trim().parse::<u64>().ok()).unwrap_or(0) * 1024,
            cgroup_v2: self.0.host.is_cgroup_v2(),
            swap_limit: self.0.host.has_swap_limit(),
            forwarding: std::fs::read_to_string("/proc/sys/net/ipv4/ip_forward").is_ok_and(|text| text.trim() == "1"),
        }
    }
}
