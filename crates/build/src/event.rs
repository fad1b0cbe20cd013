//! What a build tells while it runs: the shape of BuildKit's `StatusResponse`.

use oci::Digest;
use tokio::sync::mpsc;
use words::Timestamp;

use dockerfile::check::Warning;

/// Where the events of a build go. A listener that is slow slows the build.
pub type Reporter = mpsc::Sender<Event>;

/// Something has happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A vertex is known, has begun, or has ended.
    Vertex(Progress),
    /// Something within a vertex goes on.
    Status(Status),
    /// Output of a vertex.
    Log(Log),
    /// A build check has found something.
    Warning(CheckWarning),
}

/// A vertex, as far as it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Which: the digest of its definition.
    pub digest: Digest,
    /// What it needs.
    pub inputs: Vec<Digest>,
    /// What people read: `[stage 2/3] RUN make`.
    pub name: String,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub completed: Option<Timestamp>,
    /// It had been done before.
    pub cached: bool,
    /// Why it failed.
    pub error: Option<String>,
}

/// Something within a vertex: a layer that is fetched, a context that comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Of which vertex.
    pub vertex: Digest,
    /// What: unique within the vertex, and what people read.
    pub id: String,
    /// How much is done; bytes or pieces.
    pub current: u64,
    /// How much there is; 0 when nobody knows.
    pub total: u64,
    /// When this was so.
    pub at: Timestamp,
    /// When it began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub completed: Option<Timestamp>,
}

/// Output of a vertex.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// Of which vertex.
    pub vertex: Digest,
    /// 1 for standard output, 2 for standard error.
    pub stream: u8,
    /// What it wrote.
    pub bytes: Vec<u8>,
    /// When.
    pub at: Timestamp,
}

/// A build check that has found something.
#[derive(Debug, Clone)]
pub struct CheckWarning {
    /// The vertex that it is shown with.
    pub vertex: Digest,
    /// What it found.
    pub warning: Warning,
    /// The file it was found in.
    pub source: std::sync::Arc<crate::error::SourceFile>,
}
