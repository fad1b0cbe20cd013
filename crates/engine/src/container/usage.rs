//! What a container uses, as its control group counts it.

use super::Container;
use crate::Engine;

/// Figures of one moment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Bytes of memory, without files that are kept as long as nobody needs the room.
    pub memory: u64,
    /// Processor time in nanoseconds, since it was started.
    pub cpu: u64,
    /// Of this, in the kernel.
    pub cpu_system: u64,
    /// Threads that run, wait for a processor, or sleep uninterruptibly.
    pub active: u64,
}

impl Engine {
    /// What a container uses now; zeros where it does not run. Reads some files of the kernel's: blocks, but not for
    /// long.
    pub fn usage(&self, container: &Container) -> Usage {
        let cgroup = self.0.host.cgroup(&self.cgroup_path(container));
        let stats = cgroup.stats();
        Usage {
            memory: stats.memory_bytes.saturating_sub(stats.cache_bytes),
            cpu: stats.cpu_ns,
            cpu_system: stats.cpu_system_ns,
            active: cgroup.active(),
        }
    }
}
