//! Limits of what clients may make this daemon hold.

use std::time::Duration;

/// How long a build waits for the session that it names, and a gateway call for its build: both come on connections
/// of their own, in any order. BuildKit waits 3 seconds for builds.
pub const PATIENCE: Duration = Duration::from_secs(5);

/// Sessions at once. Each is a connection, and a client has one or two.
pub const SESSIONS: usize = 1024;

/// Bytes of what a build has told that are kept for listeners who come late, each of which hears it from the
/// beginning. BuildKit keeps 2 MB of output a step.
pub const TOLD_BYTES: usize = 8 << 20;

/// Builds whose record is kept when they are done, the oldest forgotten first.
pub const RECORDS: usize = 64;

/// Bytes that the record of a build refers to: statements and its error.
pub const BLOB_BYTES: usize = 256 << 10;

/// Builds without a record that a client may still listen to when they are done.
pub const UNRECORDED: usize = 16;

/// Results that clients may still name, the oldest forgotten first: a build of many targets names those of the others.
pub const RESULTS: usize = 256;

/// How often a session is asked whether it is still there, while nothing else is. BuildKit asks every 5 seconds.
pub const PULSE: Duration = Duration::from_secs(15);

/// How long it may take to answer. It shares its connection with the files that it sends.
pub const PULSE_PATIENCE: Duration = Duration::from_secs(60);

/// The longest secret that is taken: BuildKit's limit.
pub const SECRET_BYTES: usize = 500 << 10;

/// A file that a client reads out of a result at once. Messages of gRPC are no longer than this.
pub const FILE_BYTES: u64 = 15 << 20;

/// Archives of builds that wait for theirs. A client has one at a time.
pub const UPLOADS: usize = 256;

/// Files that a client has handed over open and whose turn has not come. Of one transfer, no more are asked for at once
/// than [`filesync::limits::REQUESTS`]; few clients run several.
pub const HANDED: usize = 4 * filesync::limits::REQUESTS;

/// How long a file is waited for that was said to be handed over: one connection may be faster than the other where a
/// proxy carries both.
pub const HANDED_PATIENCE: Duration = Duration::from_secs(5);
