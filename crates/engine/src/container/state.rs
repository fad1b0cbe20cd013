//! The life of a container as one enum.
//!
//! ```text
//!               start                    exit
//!   Created ───────────► Running ───────────────────► Exited
//!                          ▲  │ exit, policy says again   │
//!                          │  ▼                           │ start
//!                          └─ Restarting ◄────────────────┘ (through Running)
//!   any but Running ──remove──► gone (one commit; what is left on disk is swept)
//! ```

use serde::{Deserialize, Serialize};
use words::Timestamp;

/// Where a container is in its life. Docker's overlapping flags are computed from it in `docker-api`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Never started, or its first start failed.
    Created {
        /// Why the last start failed, if one did.
        failure: Option<Failure>,
    },
    /// Its start was decided; effects are under way. Found after a crash, it means that the start was not
    /// acknowledged, and whatever was started is ended.
    Starting {
        /// What it was before.
        before: Box<State>,
    },
    /// Its program runs.
    Running {
        /// Process id of the program, in the host's eyes.
        pid: i32,
        /// Since when.
        started: Timestamp,
        /// Its processes are frozen.
        paused: bool,
        /// Somebody asked it to end, which a restart policy of `unless-stopped` respects.
        stop_requested: bool,
    },
    /// Its program has ended.
    Exited(Exit),
    /// Its program has ended and will be started again.
    Restarting {
        /// How it ended.
        exit: Exit,
        /// When it will be started.
        due: Timestamp,
        /// Restarts in a row.
        attempt: u32,
    },
}

/// How a program ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// Exit code; 128+n after signal n.
    pub code: i32,
    /// The kernel killed one of its processes for want of memory.
    pub oom: bool,
    /// When it was started; `None` when the start failed.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Timestamp,
    /// Why it could not be started or was lost; empty after an ordinary end.
    pub error: String,
    /// Somebody asked it to end.
    pub requested: bool,
}

/// Why a start failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The message that the client got.
    pub message: String,
    /// 125, 126, 127 or 128.
    pub exit_code: i32,
}

impl State {
    /// Its program runs, frozen or not.
    pub fn is_running(&self) -> bool {
        matches!(self, Self::Running { .. })
    }

    /// Process id of its program while that runs.
    pub fn pid(&self) -> Option<i32> {
        match self {
            Self::Running { pid, .. } => Some(*pid),
            _ => None,
        }
    }

    /// Its processes are frozen.
    pub fn is_paused(&self) -> bool {
        matches!(self, Self::Running { paused: true, .. })
    }

    /// How its program last ended, if it is not running now.
    pub fn exit(&self) -> Option<&Exit> {
        match self {
            Self::Exited(exit) | Self::Restarting { exit, .. } => Some(exit),
            Self::Starting { before } => before.exit(),
            Self::Created { .. } | Self::Running { .. } => None,
        }
    }

    /// Docker's word for it: `created`, `running`, `paused`, `restarting`, `exited`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Created { .. } => "created",
            Self::Starting { before } => before.word(),
            Self::Running { paused: true, .. } => "paused",
            Self::Running { .. } => "running",
            Self::Exited(_) => "exited",
            Self::Restarting { .. } => "restarting",
        }
    }

    /// Whether a container's state can have this word; the last two are Docker's alone.
    pub fn is_word(text: &str) -> bool {
        matches!(text, "created" | "running" | "paused" | "exited" | "restarting" | "removing" | "dead")
    }
}

/// What a health probe found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum HealthStatus {
    /// There is no probe.
    #[default]
    None,
    /// Not known yet.
    Starting,
    /// The last probe succeeded.
    Healthy,
    /// Too many probes in a row failed.
    Unhealthy,
}

/// The health of a running container.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Health {
    /// The verdict.
    pub status: HealthStatus,
    /// Failures in a row.
    pub failing_streak: u32,
    /// The last five probes, oldest first.
    pub log: std::collections::VecDeque<Probe>,
}

/// One health probe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// When it began.
    pub start: Timestamp,
    /// When it ended.
    pub end: Timestamp,
    /// Exit code; -1 after the time-out.
    pub exit_code: i32,
    /// The first 4096 bytes it wrote.
    pub output: String,
}
