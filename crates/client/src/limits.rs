//! The numbers of this crate, each with its reason.

/// Newest version of the API that this client speaks: what Docker 28 serves.
pub(crate) const API_VERSION: (u32, u32) = (1, 50);

/// Longest JSON answer that is kept in memory. `inspect` of a large image or a list of thousands of containers takes
/// a few megabytes; whatever is larger is no answer of a daemon.
pub(crate) const ANSWER_BYTES_MAX: usize = 256 << 20;

/// Longest single value of a stream of JSON values (a line of progress, an event).
pub(crate) const VALUE_BYTES_MAX: usize = 16 << 20;

/// Longest body of an error that is shown.
pub(crate) const ERROR_BYTES_MAX: usize = 1 << 20;

/// Longest frame of a multiplexed stream. A daemon's frame holds one read of a pipe (at most 64 KiB) or one line of a
/// log; beyond this the stream is not multiplexed at all.
pub(crate) const FRAME_BYTES_MAX: usize = 64 << 20;

/// Connections kept for the next request: commands ask one thing after another.
pub(crate) const IDLE_MAX: usize = 4;

/// Chunks of a request's body in flight, so that a slow daemon slows the reader of the file.
pub(crate) const FEED_CHUNKS: usize = 4;
