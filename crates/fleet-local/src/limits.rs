//! Numbers, and why.

use std::time::Duration;

/// Lines of output that a failure shows: as many as an event has room for.
pub(crate) const LINES: usize = 20;
/// Longest line of those, in bytes.
pub(crate) const LINE: usize = 300;
/// How long the programs of an environment that ends may take, after they were asked to.
pub(crate) const FAREWELL: Duration = Duration::from_millis(500);
/// How long the container of a task waits for who made it to start it: far longer than a client takes.
pub(crate) const UNCLAIMED: Duration = Duration::from_secs(60);
/// Lines of each log in the short form (AWS's).
pub(crate) const TAIL: u64 = 100;
/// Bytes of one log in the long form: what fits into memory for a few of them.
pub(crate) const LOG: usize = 16 << 20;
/// Entries of a directory for logs that are looked at: more than programs rotate.
pub(crate) const LOG_ENTRIES: usize = 256;
/// How long a database may take until it answers for the first time: an engine that lays out its files on a slow disk.
pub(crate) const DATABASE_READY: Duration = Duration::from_secs(300);
/// How often it is asked meanwhile.
pub(crate) const DATABASE_ASKED: Duration = Duration::from_millis(100);
/// How long one question may take.
pub(crate) const DATABASE_ANSWER: Duration = Duration::from_secs(5);
/// Starts in a row that end at once, until a database is said to have failed.
pub(crate) const DATABASE_STARTS: u32 = 3;
/// How long a database may take to end in order, in seconds: it writes what is in its memory.
pub(crate) const DATABASE_STOP: i64 = 60;
/// How long a statement of ours may take.
pub(crate) const STATEMENT: Duration = Duration::from_secs(30);
/// How often a ready environment is looked at when nothing happens.
pub(crate) const LOOK: Duration = Duration::from_secs(5);
/// How often one that nobody has asked anything since, and where nothing is awaited: as often as Amazon's agents tell.
pub(crate) const QUIET_LOOK: Duration = Duration::from_secs(10);
/// How long a service of a copy may take until another one that needs it starts.
pub(crate) const DEPENDENCY: Duration = Duration::from_secs(120);
/// Bytes of a command's output that are kept: the last ones.
pub(crate) const OUTPUT: usize = 1 << 20;
/// Bytes of a file of a journal before the next one is begun; two are kept.
pub(crate) const JOURNAL: u64 = 4 << 20;
/// Bytes of a time at the beginning of a line of it: `2026-11-27 23:40:01.123456`.
pub(crate) const STAMP: usize = 26;
/// Processes of a set-up at a time: as many as an instance's commands have use for, and no fork bomb.
pub(crate) const PROCESSES: i64 = 4096;
/// How long a worker waits for a message until it looks whether it is still to wait.
pub(crate) const WAIT: Duration = Duration::from_secs(20);
/// How soon a worker looks again that has nobody to bring messages to, or no queue.
pub(crate) const IDLE_WORKER: Duration = Duration::from_secs(1);
/// How long an idle connection to a copy is kept: less than programs keep theirs, so that none is used that is gone.
pub(crate) const KEPT_CONNECTION: Duration = Duration::from_secs(1);
/// Bytes of an answer to a message that are read so that the connection can be used again; nobody looks at them.
pub(crate) const ANSWER: usize = 64 << 10;
/// How often access logs are put into their buckets: as often as AWS does.
pub(crate) const ACCESS_INTERVAL: Duration = Duration::from_secs(5 * 60);
/// Bytes of lines of an access log that are put as one file at once: some ten thousand lines, about 1 MB when packed.
pub(crate) const ACCESS_LOG: usize = 8 << 20;
/// How long a line of an access log is kept in memory, so that many are written at a time.
pub(crate) const ACCESS_WRITE: Duration = Duration::from_millis(200);
/// Bytes of lines that are written sooner.
pub(crate) const ACCESS_BUFFER: usize = 256 << 10;
/// Bytes of lines of an environment that wait for a bucket that cannot be written to: the oldest go first.
pub(crate) const ACCESS_SPOOL: u64 = 64 << 20;
/// Requests that wait to be written into access logs; more are not told, for none waits for its line.
pub(crate) const ACCESS_QUEUE: usize = 16_384;
/// How long a task of cron.yaml waits until it looks whether there are others now.
pub(crate) const CRON: Duration = Duration::from_secs(5);
/// Bytes of a log that are read and brought at a time: more than its longest line (`shim::log`), and few enough that a
/// batch of the shortest lines is no longer than it may be.
pub(crate) const PART: usize = 256 << 10;
/// Parts of one log until it is another one's turn.
pub(crate) const PARTS: usize = 16;
/// Parts of a log that are brought before its container goes.
pub(crate) const REST: usize = 4096;
/// How long lines are waited for that come together with the first.
pub(crate) const GATHER: Duration = Duration::from_millis(100);
