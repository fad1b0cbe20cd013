//! The numbers, and why.

use std::time::Duration;

/// Events remembered for `events --since`: Docker's number.
pub const EVENTS_KEPT: usize = 256;
/// Events a slow listener may lag behind before it is dropped.
pub const EVENT_BACKLOG: usize = 1024;
/// Exec sessions kept, ended ones included; the oldest ended ones go first. Clients ask for the exit code within
/// moments; health probes do not count.
pub const EXECS_KEPT: usize = 4096;
/// How long a start waits for a client that was promised an attach to hand over its connection.
pub const ATTACH_WAIT: Duration = Duration::from_secs(2);
/// Time between SIGTERM and SIGKILL unless told otherwise: Docker's default.
pub const STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a kill may take before the command gives up waiting for the exit.
pub const KILL_WAIT: Duration = Duration::from_secs(10);
/// How long an exit that has happened may take to be heard of.
pub const EXIT_WAIT: Duration = Duration::from_secs(5);
/// First pause before a restart by policy; doubled each time.
pub const RESTART_DELAY_MIN: Duration = Duration::from_millis(100);
/// Longest pause before a restart.
pub const RESTART_DELAY_MAX: Duration = Duration::from_secs(60);
/// A program that ran this long gets the first pause again.
pub const RESTART_RESET: Duration = Duration::from_secs(10);
/// Smallest memory limit: what Docker demands (6 MiB), since less cannot even start a program.
pub const MEMORY_MIN: i64 = 6 << 20;
/// Size of /dev/shm unless told otherwise.
pub const SHM_DEFAULT: i64 = 64 << 20;
/// Bytes of a health probe's output that are kept.
pub const PROBE_OUTPUT: usize = 4096;
/// Probes kept for `inspect`.
pub const PROBES_KEPT: usize = 5;
/// Longest environment entry, label or argument list taken from a client, in bytes altogether: ARG_MAX of execve(2)
/// is a quarter of the stack limit, 2 MiB.
pub const ARGUMENTS_MAX: usize = 2 << 20;
/// Time between two attempts to record an exit on a disk that refuses it.
pub const RECORD_RETRY: Duration = Duration::from_secs(1);
