//! The numbers, and why.

use std::time::Duration;

/// Connections served at once; more wait in the socket's queue. `aws s3 sync` opens ten, each `eb` a few.
pub const CONNECTIONS: usize = 1024;
/// Bytes of a request's head: a presigned URL with a session's token takes 2 KiB, user metadata of S3 2 KiB.
pub const HEADER_BYTES: usize = 64 << 10;
/// How long a client may take for a request's head; also how long a connection may be idle.
pub const HEADER_PATIENCE: Duration = Duration::from_secs(60);
/// Bytes of a body of parameters: an environment with every option set takes a tenth.
pub const QUERY_BODY: usize = 1 << 20;
/// Bytes of a body of JSON or CBOR: SQS takes batches of 1 MiB, which escapes may double and more.
pub const DOCUMENT_BODY: usize = 4 << 20;
/// How long a client may take for such a body.
pub const BODY_PATIENCE: Duration = Duration::from_secs(30);
/// How long a client that sends an object may send nothing. S3 gives up after about as long.
pub const OBJECT_PATIENCE: Duration = Duration::from_secs(30);
/// How long an operation may take: SQS waits 20 seconds for a message at most, and nothing waits longer.
pub const OPERATION_PATIENCE: Duration = Duration::from_secs(120);

/// Parameters of one request: 1,000 options with four parameters each are less.
pub const PARAMETERS: usize = 10_000;
/// Names that a parameter's name is made of; no model nests deeper than half of this.
pub const DEPTH: usize = 24;
/// Depth of a CBOR item; serde_json's own is 128.
pub const ITEM_DEPTH: usize = 64;
/// Faults that one answer tells.
pub const FAULTS: usize = 10;
/// Characters of a faulty value that its message repeats.
pub const SHOWN: usize = 256;

/// How old a signature may be: one that was overheard is worth nothing after it.
///
/// Source: "Authenticating Requests (AWS Signature Version 4)" in the S3 API reference; other services say the same 15
/// minutes in their message ("Signature expired").
pub const SKEW: Duration = Duration::from_secs(15 * 60);
/// How far a client's clock may be ahead: what the message of Amazon's services says ("Signature not yet current: … + 5
/// min."). S3 allows as much ahead as behind.
pub const AHEAD: Duration = Duration::from_secs(5 * 60);
/// Longest life of a presigned URL: seven days, which is Amazon's.
pub const PRESIGNED: u64 = 7 * 24 * 60 * 60;
/// Headers that a signature may name.
pub const SIGNED_HEADERS: usize = 128;
/// Bytes of the line before a chunk and of a trailer's line: a size, a signature, a checksum.
pub const CHUNK_LINE: usize = 1024;
/// Lines of a trailer.
pub const TRAILERS: usize = 8;
/// Bytes of a compiled pattern of a model.
pub const PATTERN: usize = 1 << 20;
