//! The one worker: this daemon.

use grpc::proto::pb;
use grpc::proto::types::{BuildkitVersion, GcPolicy, WorkerRecord};

/// What clients take as the sign that images are kept as they are in registries: they ask then for archives of every
/// format, of several platforms, and leave pushing to the daemon.
const SNAPSHOTTER: &str = "org.mobyproject.buildkit.worker.snapshotter";

/// What is said of this daemon as a worker.
pub(crate) struct Worker {
    id: String,
    version: String,
    /// Bytes of cache that are kept.
    kept: u64,
}

impl Worker {
    pub(crate) fn new(id: &str, version: &str, kept: u64) -> Self {
        Self { id: id.to_owned(), version: version.to_owned(), kept }
    }

    pub(crate) fn record(&self) -> WorkerRecord {
        let labels = [
            ("org.mobyproject.buildkit.worker.executor", "dabba"),
            ("org.mobyproject.buildkit.worker.hostname", &self.id),
            (SNAPSHOTTER, "overlayfs"),
        ];
        WorkerRecord {
            id: self.id.clone(),
            labels: labels.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            platforms: platforms(),
            gc_policy: vec![self.policy()],
            buildkit_version: Some(self.version()),
            ..WorkerRecord::default()
        }
    }

    /// There is one limit, for all that the cache holds.
    fn policy(&self) -> GcPolicy {
        let max_used_space = i64::try_from(self.kept).unwrap_or(i64::MAX);
        GcPolicy { all: true, max_used_space, ..GcPolicy::default() }
    }

    pub(crate) fn version(&self) -> BuildkitVersion {
        BuildkitVersion { package: "dabba".into(), version: format!("v{}", self.version), revision: String::new() }
    }
}

/// What this host's processor runs.
fn platforms() -> Vec<pb::Platform> {
    let host = oci::image::host_architecture();
    let also: &[&str] = if host == "amd64" { &["386"] } else { &[] };
    let architectures = std::iter::once(host).chain(also.iter().copied());
    let platform = |architecture: &str| pb::Platform {
        architecture: architecture.to_owned(),
        os: "linux".into(),
        ..pb::Platform::default()
    };
    architectures.map(platform).collect()
}
