//! Numbers, and why.

/// Longest name of an application, version or saved configuration, in characters (AWS's).
pub const NAME: usize = 100;
/// Longest description, in characters (AWS's).
pub const DESCRIPTION: usize = 200;
/// Most tags of one resource (AWS's).
pub const TAGS: usize = 50;
/// Longest key of a tag, in characters (AWS's).
pub const TAG_KEY: usize = 128;
/// Longest value of a tag, in characters (AWS's).
pub const TAG_VALUE: usize = 256;
/// Most applications (AWS's quota).
pub const APPLICATIONS: usize = 75;
/// Most versions of all applications (AWS's quota).
pub const VERSIONS: usize = 1000;
/// Most environments that are not terminated (AWS's quota).
pub const ENVIRONMENTS: usize = 200;
/// Most saved configurations (AWS's quota).
pub const TEMPLATES: usize = 2000;
/// Custom platforms (AWS's quota; none can be made here).
pub const PLATFORMS: usize = 50;
/// Events that are kept: about 3 MB of memory. The oldest go.
pub const EVENTS: usize = 10_000;
/// Longest message of an event, in bytes: twenty lines of output fit.
pub const EVENT_MESSAGE: usize = 4096;
/// Terminated environments stay listed for this long, in seconds (AWS: about an hour).
pub const TERMINATED_SHOWN: u64 = 3600;
/// Terminated environments can be restored for this long, in seconds (AWS: six weeks).
pub const TERMINATED_KEPT: u64 = 42 * 24 * 3600;
/// Logs that were asked for stay in the bucket for this long, in seconds (AWS's: as long as their addresses are good).
pub const LOGS_KEPT: u64 = 15 * 60;
/// How often what is too old is looked for, in seconds: often enough for logs, and each look is a walk over memory.
pub const SWEEP: u64 = 60;
/// Tasks of one environment at a time: each has the memory of an instance.
pub const TASKS: usize = 16;
/// Arguments of a task's command, and bytes of them all: far below what the kernel takes.
pub const TASK_ARGUMENTS: usize = 1024;
/// See [`TASK_ARGUMENTS`].
pub const TASK_BYTES: usize = 64 << 10;
/// Changes that wait for one environment: a client that sends more has lost its way.
pub const QUEUED: usize = 16;
/// Environments that are composed at once.
pub const COMPOSED: usize = 20;
/// Largest page of a listing (AWS's).
pub const PAGE: usize = 1000;
/// Longest text of a saved configuration, in bytes: some thousand options.
pub const TEMPLATE_TEXT: usize = 1 << 20;
/// Minutes of an environment's figures that are kept: three hours, 50 KB. A trigger with longer periods keeps
/// as many as it needs, 1200 at most.
pub const HISTORY: usize = 180;
/// Key pairs of all regions: more than anybody has; AWS allows 5000 in each.
pub const KEY_PAIRS: usize = 1000;
/// Security groups of all regions that users have made or changed (AWS's quota in each is 2,500).
pub const SECURITY_GROUPS: usize = 2500;
/// Rules of a security group, each way (AWS's quota).
pub const SECURITY_GROUP_RULES: usize = 60;
/// Longest name or description of a security group, in characters (AWS's).
pub const SECURITY_GROUP_TEXT: usize = 255;
/// Longest name of a key pair, in characters (AWS's).
pub const KEY_PAIR_NAME: usize = 255;
