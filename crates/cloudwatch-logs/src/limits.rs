//! The numbers, and why. Most are Amazon's ("CloudWatch Logs quotas" in the user guide, "PutLogEvents" in the API
//! reference): a program that keeps to them there must be told the same here.

use std::time::Duration;

/// Longest name of a group or a stream, in characters.
pub const NAME: usize = 512;
/// Groups of an account in a region there; here of all regions, for all are in memory.
pub const GROUPS: usize = 10_000;
/// Streams of all groups. Amazon has no such number; each takes some hundred bytes of memory and a directory.
pub const STREAMS: usize = 20_000;
/// Tags of a group.
pub const TAGS: usize = 50;
/// Longest key of a tag, in characters.
pub const TAG_KEY: usize = 128;
/// Longest value of a tag, in characters.
pub const TAG_VALUE: usize = 256;
/// How long groups may keep their events, in days.
pub const RETENTION: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Bytes of a batch, and of one event: its text in UTF-8 and [`OVERHEAD`].
pub const BATCH: usize = 1 << 20;
/// What an event counts beside its text.
pub const OVERHEAD: usize = 26;
/// Events of a batch.
pub const BATCH_EVENTS: usize = 10_000;
/// Between the first event of a batch and its last, in milliseconds: 24 hours.
pub const SPAN: i64 = 24 * 3_600_000;
/// How far ahead an event may be, in milliseconds: 2 hours.
pub const AHEAD: i64 = 2 * 3_600_000;
/// How old an event may be that comes, in milliseconds: 14 days.
pub const AGE: i64 = 14 * 86_400_000;

/// Events of one answer.
pub const PAGE: usize = 10_000;
/// Bytes of one answer, counted as those of a batch.
pub const PAGE_BYTES: usize = 1 << 20;
/// Bytes of a file before the next one is begun: what goes at once when there is no more room, and what is read to find
/// an event.
pub const SEGMENT: u64 = 1 << 20;
/// Longest line of a file: a batch in which every byte is escaped.
pub const LINE: u64 = 8 << 20;
/// Bytes that the files of one group may have. Amazon has no limit, only a price; here the oldest events go.
pub const GROUP_BYTES: u64 = 256 << 20;
/// Bytes that the files of all groups may have.
pub const ALL_BYTES: u64 = 1 << 30;
/// Bytes that one answer looks through; the rest is for the next one.
pub const SCAN: u64 = 64 << 20;
/// Answers that are looked for at a time: each holds a thread and two pages.
pub const SCANS: usize = 4;
/// How often events that are too old are removed. They are not shown from the first moment on.
pub const SWEEP: Duration = Duration::from_secs(600);

/// Sources whose places a stream remembers: an instance has fewer containers.
pub const MARKS: usize = 64;
/// How deep selectors of a pattern nest.
pub const DEPTH: usize = 32;
/// Bytes of a compiled regular expression of a pattern.
pub const REGEX: usize = 1 << 18;
