//! The numbers, and why. Most are Amazon's ("Amazon S3 quotas", "Multipart upload limits", "Naming Amazon S3 objects"
//! in the user guide): a program that keeps to them there must be told the same here.

/// Buckets of an account: Amazon's quota. All are in memory.
pub const BUCKETS: usize = 10_000;
/// Shortest name of a bucket.
pub const BUCKET_NAME_MIN: usize = 3;
/// Longest name of a bucket: a label of a host name.
pub const BUCKET_NAME_MAX: usize = 63;
/// Longest key in bytes.
pub const KEY: usize = 1024;
/// User-defined metadata: names and values together, in bytes.
pub const USER_METADATA: usize = 2 << 10;
/// System-defined metadata (`Content-Type` and its like) together, in bytes: Amazon takes 8 KiB of headers of a put
/// in all. They are in memory as long as the object is there.
pub const SYSTEM_METADATA: usize = 8 << 10;
/// Tags of an object.
pub const OBJECT_TAGS: usize = 10;
/// Tags of a bucket.
pub const BUCKET_TAGS: usize = 50;
/// Longest key of a tag, in characters.
pub const TAG_KEY: usize = 128;
/// Longest value of a tag, in characters.
pub const TAG_VALUE: usize = 256;
/// Longest policy of a bucket in bytes.
pub const POLICY: usize = 20 << 10;
/// Largest body of one put, and largest part: 5 GiB.
pub const PUT: u64 = 5 << 30;
/// Largest object of parts. Amazon's is 5 TiB, or 50 since late 2025; the disk ends before either, and a disk that is
/// full refuses what does not fit.
pub const OBJECT: u64 = 5 << 40;
/// Smallest part but the last: 5 MiB.
pub const PART_MIN: u64 = 5 << 20;
/// Highest number of a part.
pub const PARTS: u32 = 10_000;
/// Multipart uploads under way in a bucket. Amazon has no such number; each is in memory, and forgotten ones stay until
/// they are aborted.
pub const UPLOADS: usize = 10_000;
/// Most entries of one list.
pub const PAGE: usize = 1000;
/// Most keys of one call that deletes many.
pub const DELETES: usize = 1000;
/// Bytes that are hashed and written, or read, in one go on a thread that may block: a few hundred microseconds of
/// work for one switch of threads. A body that comes in holds two of these at most, and one chunk of its sender.
pub const BLOCK: usize = 256 << 10;
