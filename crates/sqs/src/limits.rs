//! The numbers, and why. Most are Amazon's ("Amazon SQS quotas" in the developer guide, "CreateQueue" in the API
//! reference): a program that keeps to them there must be told the same here.

use std::ops::RangeInclusive;
use std::time::Duration;

/// Longest name of a queue.
pub const NAME: usize = 80;
/// Queues of an account. Amazon has no quota; all are in memory.
pub const QUEUES: usize = 10_000;
/// Tags of a queue.
pub const TAGS: usize = 50;
/// Longest key of a tag, in characters.
pub const TAG_KEY: usize = 128;
/// Longest value of a tag, in characters.
pub const TAG_VALUE: usize = 256;
/// Longest policy of a queue in bytes.
pub const POLICY: usize = 20 << 10;
/// Queues that a dead-letter queue may name as those that use it.
pub const SOURCES: usize = 10;

/// How long messages may be delayed, in seconds.
pub const DELAY: RangeInclusive<u64> = 0..=900;
/// Bytes that the longest message of a queue may have. The upper one is Amazon's since August 2025; before it was
/// 256 KiB.
pub const MESSAGE: RangeInclusive<u64> = 1 << 10..=1 << 20;
/// How long messages may be kept, in seconds: up to 14 days.
pub const RETENTION: RangeInclusive<u64> = 60..=1_209_600;
/// How long a receiver may wait, in seconds.
pub const WAIT: RangeInclusive<u64> = 0..=20;
/// How long a message may be hidden, in seconds: up to 12 hours.
pub const VISIBILITY: RangeInclusive<u64> = 0..=43_200;
/// How often a message may be received before it is a dead letter.
pub const RECEIVES: RangeInclusive<u64> = 1..=1_000;

/// Attributes of a message.
pub const ATTRIBUTES: usize = 10;
/// Longest name of one, and longest name of its type.
pub const ATTRIBUTE_NAME: usize = 256;
/// Longest id of a group, and longest of deduplication.
pub const ORDER_ID: usize = 128;
/// How long what was sent to a FIFO queue is not sent again (Amazon's).
pub(crate) const DEDUPLICATION: Duration = Duration::from_secs(300);
/// Messages of one batch, and of one answer.
pub const BATCH: usize = 10;
/// Messages of a queue that are received and neither deleted nor visible again.
pub const IN_FLIGHT: usize = 120_000;

/// Bytes of memory of the messages of all queues. Amazon has no such limit; here messages are in memory as well as on the
/// disk, and the daemon must live with the machine's other work. What would be more is refused with `OverLimit`.
pub const MEMORY: usize = 256 << 20;
/// What a message takes beside its body and attributes: records, indexes, receipts. It bounds how many there can be.
pub const OVERHEAD: usize = 512;

/// How often what is too old is looked for, beside whenever a queue is used.
pub const SWEEP: Duration = Duration::from_secs(60);
/// Messages that one commit removes or moves.
pub const CHUNK: usize = 1_000;
/// Moves of messages that a queue remembers.
pub const MOVES: usize = 10;
/// Fastest move, in messages a second.
pub const MOVE_RATE: RangeInclusive<u64> = 1..=500;
