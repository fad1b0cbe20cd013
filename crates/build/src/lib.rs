//! Building images: a Dockerfile becomes a graph, the graph is solved, the result leaves as an image or as files.
//!
//! ```text
//!   request ─► frontend ─► graph ─► solve ─► product ─► export
//!                                     │
//!                cache ◄── key: what a vertex does, and the content of what it uses
//! ```
//! A wire makes a [`Request`] and a [`Client`], begins a [`Job`], and hears [`Event`]s. What a vertex gives is a list
//! of layers; it is known by their chain id. Steps run through the engine in snapshots of their own.
//!
//! What this crate does not know: HTTP, gRPC, containers.
#![forbid(unsafe_code)]

mod archive;
mod attest;
mod cache;
mod client;
mod error;
mod event;
mod exec;
mod export;
mod file;
mod frontend;
mod graph;
pub mod limits;
mod local;
mod provenance;
mod received;
mod remote;
mod request;
mod snapshot;
mod solve;
mod source;
mod told;

use std::path::PathBuf;
use std::sync::Arc;

use engine::Engine;
use oci::Digest;
use oci::image::{Config, Descriptor, Platform};

pub use archive::Archive;
pub use attest::{Attest, Attestation, Generator, Provenance, SlsaVersion};
pub use cache::{PruneRequest, Usage, kind};
pub use client::{Answer, Client, Local};
pub use error::{Error, Location, Result, SourceFile, Why};
pub use event::{CheckWarning, Event, Log, Progress, Reporter, Status};
pub use export::{Exported, ImageOutput, Output};
pub use frontend::{Access, Checked, Outline, Parameter, Target, check_text, is_frontend, parse_platform};
pub use received::Received;
pub use remote::{CacheExport, CacheTo, Import};
pub use request::{Context, DockerfileAt, NoCache, Request, StepLimits, StepNetwork};
pub use source::is_git;

/// The builder. Clones share it.
#[derive(Clone)]
pub struct Builder(Arc<Parts>);

struct Parts {
    engine: Engine,
    root: PathBuf,
    /// Bytes of cache that are kept.
    keep: u64,
    locals: local::Locals,
    solver: solve::Shared,
    mounts: exec::CacheMounts,
}

/// One build, from its request to its last export. Dropping it ends what it still does.
pub struct Job {
    builder: Builder,
    client: Arc<dyn Client>,
    told: told::Told,
}

/// What a build gave.
#[derive(Debug, Clone, Default)]
pub struct Product {
    /// One for each platform, in the order in which they were asked for.
    pub images: Vec<Built>,
    /// Arguments that were given and that no stage of it declares.
    pub unused_args: Vec<String>,
}

impl Product {
    /// The same, whose layers stay only as long as the cache or an image has them, and without a word of how they came
    /// to be: for what is kept on the mere chance that somebody may name it.
    pub fn released(&self) -> Self {
        let released =
            |built: &Built| Built { attestations: Vec::new(), solved: Arc::default(), _kept: None, ..built.clone() };
        Self { images: self.images.iter().map(released).collect(), unused_args: self.unused_args.clone() }
    }
}

/// What was built for one platform.
#[derive(Debug, Clone)]
pub struct Built {
    /// For which.
    pub platform: Platform,
    /// Diff ids of its layers, lowest first.
    pub layers: Vec<Digest>,
    /// Its configuration, with the layers and the history.
    pub config: Arc<Config>,
    /// The manifest of the image that it begins with.
    pub base: Option<Digest>,
    /// The point in time of `SOURCE_DATE_EPOCH`, in seconds.
    pub epoch: Option<i64>,
    /// What is said of it.
    pub attestations: Vec<Attestation>,
    /// What its build has used.
    solved: Arc<[remote::Solved]>,
    /// Its layers stay, whatever becomes of the cache, as long as this is here.
    _kept: Option<Arc<Kept>>,
}

/// Content that is nobody's yet, but is not to go.
struct Kept {
    incoming: Option<engine::image::Incoming>,
    /// Something came in that may be nobody's for ever: an image of the client's, or what a cache should not have sent.
    leftovers: bool,
}

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Kept")
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        // What was built is in the cache, and what has left is an image: nothing else is left over.
        if let Some(incoming) = self.incoming.take().filter(|_| !self.leftovers) {
            incoming.settled();
        }
    }
}

impl Builder {
    /// A builder that keeps what it needs below this directory, and at most this many bytes of cache. Blocks for a
    /// moment.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub fn open(engine: Engine, root: PathBuf, keep: Option<u64>) -> std::io::Result<Self> {
        // What a builder that was killed has left and no record tells of: nobody would count it or give it back.
        let _ = std::fs::remove_dir_all(exec::sockets(&engine));
        let known = cache::directories(&engine);
        local::sweep(&root, &["local", "mounts"], |name| known.contains(name));
        Ok(Self(Arc::new(Parts {
            locals: local::Locals::open(&root.join("local"))?,
            mounts: exec::CacheMounts::open(&root.join("mounts"))?,
            solver: solve::Shared::new(),
            keep: keep.unwrap_or(limits::CACHE_KEPT),
            engine,
            root,
        })))
    }

    /// Bytes of cache that are kept.
    pub fn kept(&self) -> u64 {
        self.0.keep
    }

    /// Begins a build for this client.
    pub fn job(&self, client: Arc<dyn Client>, reporter: Reporter) -> Job {
        Job { builder: self.clone(), client, told: told::Told::new(reporter) }
    }

    fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The option of a mount of ours whose files belong to the container's users, if those are others than the host's.
    fn owners_option(&self) -> Option<String> {
        self.engine().config().users.is_some().then(|| "idmap".to_owned())
    }
}

/// Runs what blocks on a thread for it.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let broken = |error: tokio::task::JoinError| {
        Error::io("a build broke off; this is a fault of dabba, please report it", std::io::Error::other(error))
    };
    tokio::task::spawn_blocking(work).await.map_err(broken)?
}

impl Job {
    /// Builds what a Dockerfile says.
    ///
    /// # Errors
    /// [`Error`] with the lines to blame.
    pub async fn build(&self, request: &Request) -> Result<Product> {
        // On the heap: it is large, and a thread's stack is not.
        let built = Box::pin(frontend::build(self, request)).await;
        let builder = self.builder.clone();
        tokio::spawn(async move { builder.collect().await });
        built
    }

    /// Looks for what is questionable in a Dockerfile, without building (`--check`).
    ///
    /// # Errors
    /// When there is no Dockerfile, or it cannot be parsed at all.
    pub async fn check(&self, request: &Request) -> Result<Checked> {
        Box::pin(frontend::check(self, request)).await
    }

    /// What an image says of itself, and its id. The registry is asked if the image is not here, or with `pull`.
    ///
    /// # Errors
    /// When there is no such image.
    pub async fn image_config(&self, name: &str, platform: &Platform, pull: bool) -> Result<(Digest, Arc<Config>)> {
        frontend::image_config(self, name, platform, pull).await
    }

    /// What an image in a content store of the client's says of itself, word for word, by the digest of its manifest or
    /// index. No layer of it is fetched.
    ///
    /// # Errors
    /// When the client has no such image.
    pub async fn layout_config(&self, store: &str, digest: &Digest, platform: &Platform) -> Result<Vec<u8>> {
        frontend::layout_config(self, store, digest, platform).await
    }

    /// The stages that a Dockerfile has.
    ///
    /// # Errors
    /// As [`Job::check`].
    pub async fn targets(&self, request: &Request) -> Result<Vec<Target>> {
        frontend::targets(self, request).await
    }

    /// What can be given to a build of the target: arguments, secrets, ssh agents. Nothing is built.
    ///
    /// # Errors
    /// As a build that fails before its first step.
    pub async fn outline(&self, request: &Request) -> Result<Outline> {
        Box::pin(frontend::outline(self, request)).await
    }

    /// Lets the cache of what was built leave. Gives what its manifest is where it went; nothing when there was nothing
    /// to send.
    ///
    /// # Errors
    /// When the registry or the client does not take it.
    pub async fn export_cache(&self, product: &Product, export: &CacheExport) -> Result<Option<Descriptor>> {
        Box::pin(remote::export(self, product, export)).await
    }

    /// Lets a product leave.
    ///
    /// # Errors
    /// When it cannot be stored, or the stream breaks.
    pub async fn export(&self, product: &Product, output: Output) -> Result<Exported> {
        Box::pin(export::export(self, product, output)).await
    }
}
