//! The numbers, and why.

/// Longest path within a copy, in bytes: PATH_MAX. What lies deeper could not be named by anybody.
pub const PATH_BYTES: usize = 4096;
/// Links followed on the way to one file: as BuildKit does.
pub const LINKS: usize = 255;
/// Bytes copied at once; a smaller file takes one read and one write.
pub const CHUNK: usize = 128 << 10;
