//! The numbers, and why.

use std::time::Duration;

/// Connections served at once; more wait in the socket's queue.
pub const CONNECTIONS: usize = 4096;
/// How long a client may take for a request's head.
pub const HEADER_PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of a request's head: environments do not travel there, registry credentials do.
pub const HEADER_BYTES: usize = 128 << 10;
/// Bytes of a JSON body. A create request with the longest environment and arguments (2 MiB) stays below.
pub const BODY_BYTES: usize = 16 << 20;
/// How long a client may take for such a body.
pub const BODY_PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a body that are read although the request is refused.
pub const REFUSED_BYTES: usize = 16 << 20;
/// How long those may take.
pub const REFUSED_PATIENCE: Duration = Duration::from_secs(5);
/// How long an attaching client may take for each line of the past that it asked for.
pub const PAST_PATIENCE: Duration = Duration::from_secs(30);
