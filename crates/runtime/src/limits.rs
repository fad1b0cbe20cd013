//! The numbers, and why.

use std::time::Duration;

/// Longest /etc/passwd or /etc/group that is read: a hostile image must not fill our memory (CVE-2026-47262).
pub(crate) const ACCOUNTS_BYTES: u64 = 4 << 20;
/// Longest message from the child to its parent: an error's three texts at most.
pub(crate) const MESSAGE_BYTES: usize = 16 << 10;
/// Longest text of an error that the child tells: a path of the longest kind, quoted.
pub(crate) const TEXT_BYTES: usize = 5 << 10;
/// Longest log of another runtime that is read.
pub(crate) const LOG_BYTES: u64 = 1 << 20;
/// How long another runtime may take to make or start a process. runc takes 30 ms; one that boots a virtual machine
/// takes seconds, and more on a host that is busy. The shim does nothing else meanwhile.
pub(crate) const FOREIGN_MAKE: Duration = Duration::from_secs(60);
/// How long another runtime may take to signal or delete a container: less than the ten seconds that the daemon waits
/// for the end of one that it kills.
pub(crate) const FOREIGN_ORDER: Duration = Duration::from_secs(8);
/// What is told of a failed hook's output.
pub(crate) const HOOK_BYTES: u64 = 4 << 10;
/// Instructions of a system call filter: the kernel's `BPF_MAXINSNS`.
pub(crate) const FILTER_INSTRUCTIONS: usize = 4096;
