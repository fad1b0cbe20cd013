//! The one worker: this daemon.

use grpc::proto::pb;
use grpc::proto::types::{BuildkitVersion, WorkerRecord};

/// What clients take as the sign that images are kept as they are in registries: they ask then for archives of every
/// format, of several platforms, and leave pushing to the daemon.
const SNAPSHOTTER: &str = "org.mobyproject.buildkit.worker.snapshotter";

/// What is said of this daemon as a worker.
pub(crate) struct Worker {
    id: String,
    version: String,
}

impl Worker {
    pub(crate) fn new(id: &str, version: &str) -> Self {
        Self { id: id.to_owned(), version: version.to_owned() }
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
            buildkit_version: Some(self.version()),
            ..WorkerRecord::default()
        }
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
