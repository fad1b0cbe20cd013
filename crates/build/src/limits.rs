//! The numbers, and why.

use std::time::Duration;

/// Bytes of output that a step may show: BuildKit's `BUILDKIT_STEP_LOG_MAX_SIZE`.
pub const LOG_BYTES: usize = 2 << 20;
/// Bytes of output a second that a step may show once it is over a second old: BuildKit's `BUILDKIT_STEP_LOG_MAX_SPEED`.
pub const LOG_SPEED: usize = 200 << 10;
/// Largest Dockerfile or .dockerignore.
pub const DOCKERFILE_BYTES: u64 = 1 << 20;
/// Most vertexes of one build: beyond any Dockerfile in use, far below what would take memory.
pub const VERTEXES: usize = 10_000;
/// Bytes of an image's variables and labels, and of a stage's arguments: what execve(2) takes at most (ARG_MAX).
pub const CONFIG_BYTES: usize = 2 << 20;
/// Bytes of all stages' variables, labels and history together while a Dockerfile is evaluated.
pub const STAGES_BYTES: usize = 256 << 20;
/// How deep `ONBUILD` triggers and contexts that name contexts may lead.
pub const DEPTH: usize = 64;
/// Largest secret: BuildKit's number.
pub const SECRET_BYTES: usize = 500 << 10;
/// Files whose digests are remembered, at about 100 bytes each.
pub const DIGESTS: usize = 100_000;
/// Files of a result that statements about it may name one by one, at about 150 bytes each.
pub const SUBJECTS: usize = 200_000;
/// Documents that a generator of bills of materials may write for one result.
pub const SCANS: usize = 64;
/// Output pieces that may wait for a slow listener.
pub const OUTPUT_BACKLOG: usize = 64;
/// Bytes of cache that are kept unless the daemon is told otherwise.
pub const CACHE_KEPT: u64 = 20 << 30;
/// A record that was of use within this time is not collected for want of room.
pub const CACHE_GRACE: Duration = Duration::from_secs(60);
/// Caches that one build imports: all are asked for at once.
pub const IMPORTS: usize = 64;
