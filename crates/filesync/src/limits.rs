//! Limits of a transfer.

/// Longest path, in bytes: the kernel's `PATH_MAX`, less the ending zero.
pub const PATH_BYTES: usize = 4095;

/// Longest name of one file, in bytes: the kernel's `NAME_MAX`.
pub const NAME_BYTES: usize = 255;

/// Entries of one tree. Above it a tree is refused: each costs a file of ours.
pub const ENTRIES: u32 = 4 << 20;

/// Bytes that are kept in memory of what is not done yet: names of files that are to be asked for, links, directories
/// whose time is to be set. About half a million new files at once.
pub const BACKLOG_BYTES: usize = 64 << 20;

/// Files that are asked for and have not come yet. The requests fit into the connection's window together, so that
/// asking never waits, and enough are under way that no round trip is waited for.
pub const REQUESTS: usize = 64;

/// Bytes of extended attributes of one file: what one name may hold on Linux.
pub const ATTRIBUTE_BYTES: usize = 64 << 10;

/// Content in one packet, in bytes. grpc-go takes messages of 4 MB.
pub const DATA_BYTES: usize = 256 << 10;

/// Bytes of a file that was handed over that are copied before we look whether anybody wants them still: some
/// milliseconds.
pub const COPY_BYTES: u64 = 16 << 20;
