//! What a client asks of the Dockerfile frontend.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::container::spec::Ulimit;
use oci::image::Platform;
use oci::{Digest, Reference};

use crate::{Attest, Import, Product};

/// A build to be done.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Where the Dockerfile is.
    pub dockerfile: DockerfileAt,
    /// What `COPY` copies from.
    pub context: Context,
    /// Further contexts by name, which stand before images and stages of that name.
    pub named: BTreeMap<String, Context>,
    /// The stage to build; empty for the last one.
    pub target: String,
    /// Values of `ARG`s.
    pub args: BTreeMap<String, String>,
    /// Labels of the image, over those of the Dockerfile.
    pub labels: BTreeMap<String, String>,
    /// The platforms to build for; empty for this host's.
    pub platforms: Vec<Platform>,
    /// What must be done anew.
    pub no_cache: NoCache,
    /// Caches to look into, the first one first.
    pub imports: Vec<Import>,
    /// Ask the registry for base images even if they are here.
    pub pull: bool,
    /// The network of steps that name none.
    pub network: StepNetwork,
    /// Lines of the steps' /etc/hosts: names with addresses, or `host-gateway` for the host.
    pub hosts: Vec<(String, String)>,
    /// The host name that steps see; empty for BuildKit's, `buildkitsandbox`.
    pub hostname: String,
    /// Size of the steps' /dev/shm in bytes; 0 for the default.
    pub shm_size: u64,
    /// Limits of the steps' processes.
    pub ulimits: Vec<Ulimit>,
    /// The cgroup that the steps' are below; empty for the daemon's.
    pub cgroup_parent: String,
    /// Steps may ask for the host's network (`--allow network.host`).
    pub allow_host_network: bool,
    /// Steps may ask for all rights (`--allow security.insecure`).
    pub allow_insecure: bool,
    /// How much of the host steps may use.
    pub limits: StepLimits,
    /// The name of an image to be made of what a program has left that fails, so that one can look.
    pub keep_failed: Option<Reference>,
    /// What is to be said of the result beside it.
    pub attest: Attest,
}

/// Limits of the control group of each step; zero means none. They are those of `POST /build`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepLimits {
    /// Bytes of memory.
    pub memory: i64,
    /// Bytes of memory and swap; -1 for no limit.
    pub memory_swap: i64,
    /// Relative weight.
    pub cpu_shares: i64,
    /// Microseconds of a period.
    pub cpu_quota: i64,
    /// Microseconds.
    pub cpu_period: i64,
    /// Processors, as `0-2`.
    pub cpuset_cpus: String,
    /// Memory nodes.
    pub cpuset_mems: String,
}

/// Where the Dockerfile is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DockerfileAt {
    /// A file of a directory of the client's.
    Local {
        /// The directory's name; `dockerfile` in BuildKit's protocol.
        name: String,
        /// The path below it.
        path: String,
    },
    /// A file of the build's context.
    Context {
        /// The path below it.
        path: String,
    },
    /// This text.
    Text(Vec<u8>),
}

impl DockerfileAt {
    /// The directory of the client's that it is in, if it is in one.
    pub(crate) fn local(&self) -> Option<&str> {
        match self {
            Self::Local { name, .. } => Some(name),
            Self::Context { .. } | Self::Text(_) => None,
        }
    }
}

impl Default for DockerfileAt {
    fn default() -> Self {
        Self::Context { path: "Dockerfile".into() }
    }
}

/// Files to build from.
#[derive(Debug, Clone, Default)]
pub enum Context {
    /// None.
    #[default]
    Empty,
    /// A directory of the client's by name.
    Local(String),
    /// A git repository: `https://host/repo.git#branch:folder`.
    Git(String),
    /// A tar archive or a single Dockerfile of a web server.
    Http(String),
    /// An image: `docker-image://…` without the scheme.
    Image(String),
    /// An image in a content store of the client's: `oci-layout://…`.
    Layout {
        /// How the client knows the store.
        store: String,
        /// The manifest or index.
        digest: Digest,
    },
    /// What another build of this client gave (`target:` contexts of bake).
    Product(Arc<Product>),
}

/// What must be done anew.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum NoCache {
    /// Nothing.
    #[default]
    Never,
    /// Everything.
    All,
    /// The steps of these stages.
    Stages(BTreeSet<String>),
}

/// The network of a step.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
pub enum StepNetwork {
    /// The default bridge.
    #[default]
    Bridge,
    /// The host's.
    Host,
    /// None.
    None,
    /// A network of the engine by name; classic builds only.
    Named(String),
}
