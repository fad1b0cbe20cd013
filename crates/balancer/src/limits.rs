//! The numbers, and why.

use std::time::Duration;

/// Connections of clients at once, over all listeners; more wait in the sockets' queues. An idle one takes about 10 KB.
pub const CONNECTIONS: usize = 16_384;
/// Bytes of a request's head, and of an answer's: as much as AWS's application load balancer takes in all.
pub const HEADER_BYTES: usize = 64 << 10;
/// Fields of a head.
pub const HEADERS: usize = 200;
/// Fields that a connection's field may name beside the known ones, since each field of the head is compared with each.
pub const LISTED: usize = 16;
/// Fields behind a body.
pub const TRAILERS: usize = 64;
/// Bytes of them.
pub const TRAILER_BYTES: usize = 8 << 10;
/// Bytes of the extensions of all chunks of a body.
pub const EXTENSIONS: usize = 16 << 10;
/// Bytes that are read at once. They are on the stack, and only what came is kept.
pub const READ: usize = 16 << 10;
/// Bytes of a client's next requests that are read while one is answered.
pub const AHEAD: usize = 16 << 10;
/// Bytes that a buffer of a connection keeps while it is idle.
pub const KEPT: usize = 2 << 10;
/// Answers with 1xx that a target may send before its answer.
pub const INTERIM: u32 = 32;
/// How long and how many bytes of a request nobody wants are still read after its answer, since the kernel would take
/// the answer back from a client whose bytes were not read.
pub const LINGER: Duration = Duration::from_secs(2);
/// As above.
pub const LINGER_BYTES: usize = 1 << 20;
/// How long a client may take for a request's head, from its first byte on, and for a TLS handshake.
pub const HEADER_PATIENCE: Duration = Duration::from_secs(30);
/// How long a target may take to accept a connection, and then for a TLS handshake: AWS's balancer waits as long for
/// either.
pub const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
/// How much longer than a target's silence a client's may last, so that the client is still there for the 504.
pub const GRACE: Duration = Duration::from_secs(5);
/// Streams of one HTTP/2 connection at once: AWS's number.
pub const STREAMS: u32 = 128;
/// Idle connections that are kept for each target.
pub const IDLE_LINKS: usize = 256;
/// How long they are kept.
pub const IDLE_LINK_AGE: Duration = Duration::from_secs(60);
/// Sessions of TLS that are kept to be taken up again, for each target, or for the checks of each group.
pub const SESSIONS: usize = 64;
/// How often connections and pools are looked at.
pub const TICK: Duration = Duration::from_secs(1);
/// How often it is looked whether targets that leave are gone.
pub const LEAVING_TICK: Duration = Duration::from_millis(50);
/// How often it is looked whether the last requests of a balancer that ends are answered.
pub const DRAIN_TICK: Duration = Duration::from_millis(10);
/// How soon a new target whose check failed is checked again; the time doubles. A container listens some hundred
/// milliseconds after its start, and nobody wants to wait 15 seconds for it.
pub const FIRST_RETRY: Duration = Duration::from_millis(100);
/// The longest such time.
pub const LAST_RETRY: Duration = Duration::from_secs(1);
/// Bytes of a health check's answer that are read so that its connection can be used again.
pub const CHECK_BYTES: usize = 64 << 10;
/// Bytes of a pattern of a rule: AWS's number.
pub const PATTERN_BYTES: usize = 128;
/// Values of all rules of a route, so that choosing has a bound.
pub const PATTERNS: usize = 1000;
/// The highest weight of a group in a rule: AWS's number.
pub const WEIGHT: u16 = 999;
/// Groups of one rule: AWS's number.
pub const FORWARDS: usize = 5;
/// Bytes of a client's trace header that are kept.
pub const TRACE_BYTES: usize = 512;
/// Bytes of a certificate's common name (RFC 5280, appendix A.1: ub-common-name); a longer name stands among the others
/// only.
pub const COMMON_NAME: usize = 64;
/// Certificates made for one listener; beyond it the names share the first. More names than that have no environment.
pub const CERTIFICATES: usize = 4096;
