//! What the options of an environment mean, as types: nobody reads a text after this.

use std::collections::BTreeMap;
use std::time::Duration;

use words::Secret;

use super::Tier;
use super::instance::Limits;
use super::reader::named;
use super::routing::Routing;

named! {
    /// One instance or several.
    EnvironmentType {
        /// As many as the group's sizes allow.
        LoadBalanced = "LoadBalanced",
        /// One.
        SingleInstance = "SingleInstance",
    }
}

/// The meaning of all options of an environment.
#[derive(Debug, Clone, PartialEq)]
pub struct Configuration {
    /// Requests or messages.
    pub tier: Tier,
    /// One instance or several.
    pub environment_type: EnvironmentType,
    /// How many instances.
    pub capacity: Capacity,
    /// What an instance is.
    pub instance: Instance,
    /// How a version comes to the instances.
    pub deployment: Deployment,
    /// How instances are replaced; all at once when nothing.
    pub rolling_update: Option<RollingUpdate>,
    /// How requests come to the instances.
    pub routing: Routing,
    /// How health is told.
    pub health: Health,
    /// The application's environment variables.
    pub properties: BTreeMap<String, String>,
    /// How messages come to the instances; for the worker tier and for no other.
    pub worker: Option<Worker>,
    /// What is written to log groups.
    pub logs: Logs,
    /// What is done at a weekly hour.
    pub managed_actions: Option<ManagedActions>,
    /// Which security groups it has.
    pub groups: Groups,
    /// Who is told of what happens.
    pub notification: Option<Notification>,
    /// The environment's own database.
    pub database: Option<Database>,
    /// Whether a change that is asked for while another runs is refused, as AWS does, instead of queued.
    pub invalid_state_refused: bool,
}

/// How many instances.
#[derive(Debug, Clone, PartialEq)]
pub struct Capacity {
    /// At least.
    pub min: u32,
    /// At most; not below the least.
    pub max: u32,
    /// How long nothing more changes after a change.
    pub cooldown: Duration,
    /// What changes the number; nothing for a single instance.
    pub trigger: Option<Trigger>,
    /// Changes at given times, by name.
    pub scheduled_actions: BTreeMap<String, ScheduledAction>,
}

named! {
    /// What a trigger looks at.
    Measure {
        /// Percent of the processors.
        CpuUtilization = "CPUUtilization",
        /// Bytes received.
        NetworkIn = "NetworkIn",
        /// Bytes sent.
        NetworkOut = "NetworkOut",
        /// Writes.
        DiskWriteOps = "DiskWriteOps",
        /// Bytes read.
        DiskReadBytes = "DiskReadBytes",
        /// Reads.
        DiskReadOps = "DiskReadOps",
        /// Bytes written.
        DiskWriteBytes = "DiskWriteBytes",
        /// Seconds from a request to its answer.
        Latency = "Latency",
        /// Requests.
        RequestCount = "RequestCount",
        /// Healthy instances.
        HealthyHostCount = "HealthyHostCount",
        /// Unhealthy instances.
        UnhealthyHostCount = "UnhealthyHostCount",
        /// Seconds from a request to its answer, as newer balancers call it.
        TargetResponseTime = "TargetResponseTime",
    }
}

named! {
    /// What is made of the values of a period.
    Statistic {
        /// The least.
        Minimum = "Minimum",
        /// The greatest.
        Maximum = "Maximum",
        /// All together.
        Sum = "Sum",
        /// The mean.
        Average = "Average",
    }
}

named! {
    /// What thresholds are counted in.
    Unit {
        /// Seconds.
        Seconds = "Seconds",
        /// Hundredths.
        Percent = "Percent",
        /// Bytes.
        Bytes = "Bytes",
        /// Bits.
        Bits = "Bits",
        /// Pieces.
        Count = "Count",
        /// Bytes a second.
        BytesPerSecond = "Bytes/Second",
        /// Bits a second.
        BitsPerSecond = "Bits/Second",
        /// Pieces a second.
        CountPerSecond = "Count/Second",
        /// Bare numbers.
        None = "None",
    }
}

/// What changes the number of instances.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// What it looks at.
    pub measure: Measure,
    /// What it makes of the values of a period.
    pub statistic: Statistic,
    /// What the thresholds are counted in.
    pub unit: Unit,
    /// How long a period is.
    pub period: Duration,
    /// How long a threshold must be crossed.
    pub breach: Duration,
    /// What happens above.
    pub upper: Threshold,
    /// What happens below.
    pub lower: Threshold,
}

/// A threshold and how many instances more, or fewer, it calls for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// The value.
    pub value: f64,
    /// Negative: fewer.
    pub increment: i32,
}

/// A change of the group's sizes at a given time.
#[derive(Debug, Clone, PartialEq)]
pub struct ScheduledAction {
    /// When, or from when on.
    pub start: Option<jiff::Timestamp>,
    /// Until when.
    pub end: Option<jiff::Timestamp>,
    /// Again and again, by UTC.
    pub recurrence: Option<croner::Cron>,
    /// The new least.
    pub min: Option<u32>,
    /// The new most.
    pub max: Option<u32>,
    /// The number to begin with.
    pub desired: Option<u32>,
    /// Whether it rests.
    pub suspended: bool,
}

/// What an instance is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// `t3.micro`.
    pub instance_type: String,
    /// What that may take; no limit for a type that is not known.
    pub limits: Option<Limits>,
}

/// How a version comes to the instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// In which way.
    pub policy: DeploymentPolicy,
    /// How many at once, where the policy goes by batches.
    pub batch: Batch,
    /// How long the commands of a deployment may take on an instance.
    pub timeout: Duration,
    /// Whether failed health checks stop it.
    pub ignore_health: bool,
    /// So many good checks in a row make a new instance healthy.
    pub healthy_checks: u32,
    /// How far these are apart.
    pub healthy_interval: Duration,
}

/// In which way a version comes to the instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeploymentPolicy {
    /// To all at once, in place.
    AllAtOnce,
    /// Batch by batch, in place.
    Rolling,
    /// Batch by batch, after a batch of new instances.
    RollingWithAdditionalBatch,
    /// To new instances.
    Immutable,
    /// To new instances that are given some of the requests for a while.
    TrafficSplitting {
        /// How many of a hundred.
        percent: u8,
        /// For how long.
        evaluation: Duration,
    },
}

/// How many instances at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// Of a hundred.
    Percentage(u8),
    /// So many.
    Fixed(u32),
}

impl Batch {
    /// Of so many instances: rounded up, at least one, never more than there are.
    pub fn of(self, instances: u32) -> u32 {
        let wanted = match self {
            Self::Percentage(percent) => u64::from(instances).saturating_mul(percent.into()).div_ceil(100),
            Self::Fixed(count) => count.into(),
        };
        u32::try_from(wanted).unwrap_or(instances).clamp(1, instances.max(1))
    }
}

named! {
    /// How instances are replaced.
    RollingUpdateType {
        /// With a pause after each batch.
        Time = "Time",
        /// Each batch after the one before is healthy.
        Health = "Health",
        /// By a second group.
        Immutable = "Immutable",
    }
}

/// How instances are replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollingUpdate {
    /// In which way.
    pub update_type: RollingUpdateType,
    /// How many at once.
    pub max_batch: u32,
    /// How many are in service meanwhile.
    pub min_in_service: u32,
    /// How long to wait after a batch.
    pub pause: Duration,
    /// How long to wait for a batch's health.
    pub timeout: Duration,
}

named! {
    /// Where health comes from.
    HealthSystem {
        /// The load balancer's checks.
        Basic = "basic",
        /// These, requests, deployments and the instances' own figures.
        Enhanced = "enhanced",
    }
}

/// How health is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// Where it comes from.
    pub system: HealthSystem,
    /// Whether the application's own answers of 4xx count.
    pub application_4xx: bool,
    /// Whether the load balancer's answers of 4xx count.
    pub balancer_4xx: bool,
}

/// How messages come to the instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// The queue; one is made when nothing.
    pub queue_url: Option<String>,
    /// Where messages are posted to.
    pub path: String,
    /// Their type.
    pub mime_type: String,
    /// How many at once on an instance.
    pub connections: u32,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long an answer may take.
    pub inactivity_timeout: Duration,
    /// How long a message is hidden from others.
    pub visibility_timeout: Duration,
    /// After how long one that failed is back.
    pub error_visibility_timeout: Duration,
    /// How long one is kept.
    pub retention: Duration,
    /// After so many tries one is a dead letter.
    pub max_retries: u32,
}

/// Security groups, by their ids or names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups {
    /// Of the load balancer, in the place of its own.
    pub balancer: Vec<String>,
    /// Of the instances, beside their own.
    pub instances: Vec<String>,
    /// The instances do not have their own.
    pub without_default: bool,
}

/// What is written to log groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logs {
    /// The instances' logs.
    pub instances: Option<LogStream>,
    /// The environment's health.
    pub health: Option<LogStream>,
}

/// How long a log group is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogStream {
    /// Not longer than the environment.
    pub delete_on_terminate: bool,
    /// Days that its events are kept.
    pub retention_days: u32,
}

named! {
    /// Which new versions of the platform are taken.
    UpdateLevel {
        /// Those with another last number.
        Patch = "patch",
        /// Those with another last or middle number.
        Minor = "minor",
    }
}

/// What is done at a weekly hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ManagedActions {
    /// Days since Monday.
    pub day: u8,
    /// By UTC.
    pub hour: u8,
    /// By UTC.
    pub minute: u8,
    /// Which new versions are taken.
    pub update_level: UpdateLevel,
    /// Whether instances are replaced each week.
    pub instance_refresh: bool,
}

named! {
    /// By which way notifications go.
    NotificationProtocol {
        /// A request.
        Http = "http",
        /// A request by TLS.
        Https = "https",
        /// A letter.
        Email = "email",
        /// A letter for a program.
        EmailJson = "email-json",
        /// A message in a queue.
        Sqs = "sqs",
    }
}

/// Who is told of what happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notification {
    /// Whom.
    pub endpoint: String,
    /// How.
    pub protocol: NotificationProtocol,
}

named! {
    /// The program of a database.
    Engine {
        /// MariaDB.
        Mariadb = "mariadb",
        /// MySQL.
        Mysql = "mysql",
        /// PostgreSQL.
        Postgres = "postgres",
    }
}

named! {
    /// What becomes of a database when its environment is terminated.
    DeletionPolicy {
        /// It goes, too.
        Delete = "Delete",
        /// It stays.
        Retain = "Retain",
        /// A copy of it stays.
        Snapshot = "Snapshot",
    }
}

/// The environment's own database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its program.
    pub engine: Engine,
    /// That program's version.
    pub version: Option<String>,
    /// `db.t3.micro`.
    pub instance_class: String,
    /// GiB, as they are told.
    pub storage: u32,
    /// Its master user.
    pub user: String,
    /// That user's password; one is made when nothing.
    pub password: Option<Secret>,
    /// The snapshot that it is made from.
    pub snapshot: Option<String>,
    /// What becomes of it in the end.
    pub deletion: DeletionPolicy,
}
