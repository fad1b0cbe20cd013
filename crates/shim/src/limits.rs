//! The numbers, and why.

use std::time::Duration;

/// Largest message: a plan holds the environment and arguments (2 MiB at most) and lists of mounts.
pub(crate) const FRAME_BYTES: usize = 16 << 20;
/// Bytes taken from a program or a client at once: a pipe's default capacity is 64 KiB, and an idle shim holds no
/// buffer at all.
pub(crate) const CHUNK_BYTES: usize = 32 << 10;
/// Bytes that may wait for one attached client before the program's output is left in its pipe.
pub(crate) const CLIENT_BACKLOG: usize = 256 << 10;
/// A client that takes nothing for that long while output waits for it is disconnected, so that the program goes on.
pub(crate) const CLIENT_PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of input that may wait for the program before clients are no longer read.
pub(crate) const INPUT_BACKLOG: usize = 64 << 10;
/// Longest line in one log entry: Docker's `defaultBufSize`.
pub(crate) const LINE_BYTES: usize = 16 << 10;
/// How long output is awaited from processes that outlive the container's first one (only possible with the host's
/// PID namespace).
pub(crate) const DRAIN: Duration = Duration::from_millis(500);
/// How long an ended shim waits for the daemon to take the exit.
pub(crate) const FAREWELL: Duration = Duration::from_secs(10);
