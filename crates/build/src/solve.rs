//! Solving a graph: each vertex once, independent ones at the same time, and nothing that was done before.
//!
//! ```text
//!   inputs ─► key ─► the cache's record, or that of one that is imported? ─► result
//!                      └ no ─► already going on? ─► wait ──►
//!                                 └ no ─► do it, record it ►
//! ```
//! A key is the digest of what a vertex does and of the content of what it uses, so no step is done again whose inputs
//! are the same, and none is passed over whose inputs are not.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use engine::cache::{CacheRecord, Held};
use futures_util::future::{FutureExt, Shared as SharedFuture, WeakShared};
use oci::{Digest, Reference};
use tokio::sync::watch;
use tokio::task::JoinSet;
use words::Timestamp;

use crate::graph::{Graph, Op, Vertex, VertexId};
use crate::local::Directory;
use crate::provenance::{Pinned, Pins};
use crate::remote::{Imports, Solved};
use crate::told::{self, Told};
use crate::{Builder, Client, Error, Job, Result, Why, exec, file, limits, source};

/// What a vertex gave.
#[derive(Clone)]
pub(crate) enum Tree {
    /// Diff ids of layers, lowest first.
    Layers(Vec<Digest>),
    /// A directory, which is not changed while this lives.
    Directory(Arc<Directory>),
}

impl Tree {
    /// The layers, of something that only has layers.
    pub(crate) fn layers(&self) -> Result<&[Digest]> {
        match self {
            Self::Layers(layers) => Ok(layers),
            Self::Directory(_) => Err(Error::invalid("a directory of the client's cannot be built upon")),
        }
    }
}

/// Layers, and when the last of them was made.
pub(crate) type Made = (Vec<Digest>, Timestamp);
type Making = Pin<Box<dyn Future<Output = Result<Made>> + Send>>;
type Work = SharedFuture<Making>;
type WeakWork = WeakShared<Making>;

/// What builds share.
pub(crate) struct Shared {
    /// What is being done now, by key. The work itself holds its audience: with its end nobody is told any more.
    running: Mutex<HashMap<Digest, (WeakWork, Weak<Audience>)>>,
    /// Digests of files that were not changed since.
    pub(crate) digests: tree::Cache,
}

impl Shared {
    pub(crate) fn new() -> Self {
        Self { running: Mutex::default(), digests: tree::Cache::new(limits::DIGESTS) }
    }
}

/// The vertexes, of several builds perhaps, that one piece of work is for.
#[derive(Default)]
pub(crate) struct Audience(Mutex<Vec<Arc<told::Vertex>>>);

impl Audience {
    fn join(&self, vertex: &Arc<told::Vertex>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(vertex));
    }

    fn vertexes(&self) -> Vec<Arc<told::Vertex>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) async fn log(&self, stream: u8, bytes: &[u8]) {
        for vertex in self.vertexes() {
            vertex.log(stream, bytes.to_vec()).await;
        }
    }
}

/// One graph being solved.
pub(crate) struct Solving {
    pub(crate) builder: Builder,
    pub(crate) client: Arc<dyn Client>,
    pub(crate) told: Told,
    graph: Arc<Graph>,
    imports: Imports,
    digests: BTreeMap<VertexId, Digest>,
    /// What was solved so far.
    results: Vec<watch::Sender<Option<Tree>>>,
    /// Records that were of use.
    used: Mutex<BTreeSet<Digest>>,
    times: Mutex<Times>,
    pins: Mutex<Pins>,
    /// The vertexes with a layer that were solved so far.
    solved: Mutex<Vec<Solved>>,
    /// The name of an image to be made of what a program has left that fails.
    pub(crate) keep_failed: Option<Reference>,
}

/// When the layers were made.
pub(crate) type Times = HashMap<VertexId, Timestamp>;

/// What solving a graph gave.
pub(crate) struct Outcome {
    /// The results of the vertexes that were wanted, in the order in which they were asked for.
    pub(crate) trees: Vec<Tree>,
    pub(crate) times: Times,
    pub(crate) pins: Pins,
    /// All that have a layer.
    pub(crate) solved: Arc<[Solved]>,
    /// Something of an imported cache came in and was not what it should be.
    pub(crate) leftovers: bool,
}

/// Solves these vertexes of a graph. The first that fails ends all.
pub(crate) async fn solve(
    job: &Job,
    graph: Arc<Graph>,
    imports: Imports,
    wanted: &[VertexId],
    keep_failed: Option<Reference>,
) -> Result<Outcome> {
    let needed = graph.needed(wanted);
    let solving = Arc::new(Solving {
        builder: job.builder.clone(),
        client: Arc::clone(&job.client),
        told: job.told.clone(),
        digests: graph.digests(),
        results: (0..graph.len()).map(|_| watch::Sender::default()).collect(),
        graph,
        imports,
        used: Mutex::default(),
        times: Mutex::default(),
        pins: Mutex::default(),
        solved: Mutex::default(),
        keep_failed,
    });
    // A task each: as deep as a graph may be, no stack is. They end with this future.
    let mut tasks = JoinSet::new();
    for id in needed {
        let solving = Arc::clone(&solving);
        tasks.spawn(async move {
            let solved = solving.solve(id).await;
            solving.results[id.place()].send_replace(solved.as_ref().ok().cloned());
            solved.map(drop)
        });
    }
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(|broken| {
            Error::io("a build broke off; this is a fault of dabba, please report it", std::io::Error::other(broken))
        })??;
    }
    let used = std::mem::take(&mut *solving.used.lock().unwrap_or_else(PoisonError::into_inner));
    if !used.is_empty() {
        job.builder.engine().touch_cache(used).await?;
    }
    let times = std::mem::take(&mut *solving.times.lock().unwrap_or_else(PoisonError::into_inner));
    let pins = std::mem::take(&mut *solving.pins.lock().unwrap_or_else(PoisonError::into_inner));
    let mut trees = Vec::new();
    for id in wanted {
        trees.push(solving.result(*id).await?);
    }
    let solved = std::mem::take(&mut *solving.solved.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Outcome { trees, times, pins, solved: solved.into(), leftovers: solving.imports.is_broken() })
}

impl Solving {
    /// The result of a vertex, once it is there.
    async fn result(&self, id: VertexId) -> Result<Tree> {
        let mut result = self.results[id.place()].subscribe();
        let found = result.wait_for(Option::is_some).await.map(|found| found.clone());
        found.ok().flatten().ok_or_else(|| Error::invalid("a vertex that will not be solved"))
    }

    async fn solve(self: &Arc<Self>, id: VertexId) -> Result<Tree> {
        let vertex = self.graph.get(id);
        let inputs = vertex.op.inputs();
        let solved = futures_util::future::try_join_all(inputs.iter().map(|input| self.result(*input))).await?;
        let inputs: HashMap<VertexId, Tree> = inputs.into_iter().zip(solved).collect();
        let digest = self.digests.get(&id).cloned().unwrap_or_else(|| Digest::sha256([0; 32]));
        let input_digests = inputs.keys().filter_map(|input| self.digests.get(input)).cloned().collect();
        let told = Arc::new(self.told.vertex(digest.clone(), vertex.name.clone(), input_digests));
        let outcome = Box::pin(self.outcome(id, vertex, &inputs, &told)).await;
        match &outcome {
            Ok((_, cached)) => told.completed(*cached).await,
            Err(error) => told.failed(error).await,
        }
        outcome.map(|(tree, _)| tree).map_err(|mut error| {
            error.vertex.get_or_insert(digest);
            error.located(vertex.at.clone())
        })
    }

    /// The result, and whether it was there.
    async fn outcome(
        self: &Arc<Self>,
        id: VertexId,
        vertex: &Vertex,
        inputs: &HashMap<VertexId, Tree>,
        told: &Arc<told::Vertex>,
    ) -> Result<(Tree, bool)> {
        match &vertex.op {
            Op::Scratch => Ok((Tree::Layers(Vec::new()), true)),
            Op::Image(layers, _) => Ok((Tree::Layers(layers.clone()), true)),
            Op::Local(wanted) => {
                told.started().await;
                let (locals, engine) = (&self.builder.0.locals, self.builder.engine());
                let directory = locals.receive(engine, &*self.client, wanted, told).await?;
                Ok((Tree::Directory(Arc::new(directory)), false))
            }
            Op::Directory(received) => Ok((Tree::Directory(Arc::clone(&received.0)), false)),
            Op::Http(http) => {
                told.started().await;
                let (directory, digest) = source::http(self, http, told).await?;
                self.pinned(id, Pinned::Digest(digest));
                Ok((Tree::Directory(Arc::new(directory)), false))
            }
            Op::Git(git) => {
                told.started().await;
                let (directory, commit) = source::git(&self.builder, git, told).await?;
                self.pinned(id, Pinned::Commit(commit));
                Ok((Tree::Directory(directory), false))
            }
            Op::Run(_) => self.layer(id, vertex, inputs, told).await,
            Op::Files(files) => {
                let (tree, cached) = self.layer(id, vertex, inputs, told).await?;
                Ok((if files.link { file::lay(self, files, &tree, inputs).await? } else { tree }, cached))
            }
        }
    }

    /// A vertex that makes a layer: by the cache, together with whoever makes the same now, or anew.
    async fn layer(
        self: &Arc<Self>,
        id: VertexId,
        vertex: &Vertex,
        inputs: &HashMap<VertexId, Tree>,
        told: &Arc<told::Vertex>,
    ) -> Result<(Tree, bool)> {
        let key = match &vertex.op {
            Op::Run(run) => exec::key(self, run, inputs).await?,
            Op::Files(files) => file::key(self, files, inputs).await?,
            _ => return Err(Error::invalid("a vertex without a layer")),
        };
        if !vertex.anew
            && let Some((layers, created)) = self.known(&key)
        {
            self.made(id, &key, &layers, created);
            self.used(key);
            return Ok((Tree::Layers(layers), true));
        }
        if !vertex.anew
            && let Some(((layers, created), held)) =
                self.imports.take(self, vertex, &key, below(vertex, inputs)?).await?
        {
            self.made(id, &key, &layers, created);
            self.used(held);
            return Ok((Tree::Layers(layers), true));
        }
        told.started().await;
        loop {
            let (work, own) = self.join(id, &key, inputs, told);
            match work.await {
                // Its client was another one.
                Err(error) if !own && matches!(*error.why, Why::Client(_)) => {}
                outcome => {
                    let (layers, created) = outcome?;
                    self.made(id, &key, &layers, created);
                    return Ok((Tree::Layers(layers), false));
                }
            }
        }
    }

    /// The layers of a record, if all are still here.
    fn known(&self, key: &Digest) -> Option<Made> {
        let snapshot = self.builder.engine().snapshot();
        let record = snapshot.cache.get(key)?;
        match &record.held {
            Held::Layers(layers) if self.builder.engine().images().has_layers(layers) => {
                Some((layers.clone(), record.created))
            }
            _ => None,
        }
    }

    fn pinned(&self, id: VertexId, pin: Pinned) {
        self.pins.lock().unwrap_or_else(PoisonError::into_inner).insert(id, pin);
    }

    fn made(&self, id: VertexId, key: &Digest, layers: &[Digest], created: Timestamp) {
        self.times.lock().unwrap_or_else(PoisonError::into_inner).insert(id, created);
        let solved = Solved { key: key.clone(), layers: layers.to_vec(), created };
        self.solved.lock().unwrap_or_else(PoisonError::into_inner).push(solved);
    }

    fn used(&self, key: Digest) {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).insert(key);
    }

    /// The work for this key: what goes on already, or new work. It goes on as long as somebody waits for it.
    fn join(
        self: &Arc<Self>,
        id: VertexId,
        key: &Digest,
        inputs: &HashMap<VertexId, Tree>,
        told: &Arc<told::Vertex>,
    ) -> (Work, bool) {
        let mut running = self.builder.0.solver.running.lock().unwrap_or_else(PoisonError::into_inner);
        running.retain(|_, (work, _)| work.upgrade().is_some());
        if let Some((work, audience)) = running.get(key)
            && !self.graph.get(id).anew
            && self.keep_failed.is_none()
            && let Some(work) = work.upgrade()
            && let Some(audience) = audience.upgrade()
            && work.peek().is_none()
        {
            audience.join(told);
            return (work, false);
        }
        let audience = Arc::new(Audience::default());
        audience.join(told);
        let (solving, inputs, wanted, heard) = (Arc::clone(self), inputs.clone(), key.clone(), Arc::clone(&audience));
        let work: Making = Box::pin(async move { solving.make(id, wanted, inputs, &heard).await });
        let work = work.shared();
        if let Some(weak) = work.downgrade() {
            running.insert(key.clone(), (weak, Arc::downgrade(&audience)));
        }
        (work, true)
    }

    /// Makes a layer and records it.
    async fn make(
        self: Arc<Self>,
        id: VertexId,
        key: Digest,
        inputs: HashMap<VertexId, Tree>,
        heard: &Audience,
    ) -> Result<Made> {
        let vertex = self.graph.get(id);
        // Whoever made the same may have ended since it was looked for.
        if !vertex.anew
            && let Some(made) = self.known(&key)
        {
            return Ok(made);
        }
        let (layers, size) = match &vertex.op {
            Op::Run(run) => Box::pin(exec::run(&self, run, &inputs, heard)).await?,
            Op::Files(files) => Box::pin(file::apply(&self, files, &inputs)).await?,
            _ => return Err(Error::invalid("a vertex without a layer")),
        };
        let now = Timestamp::now();
        let record = CacheRecord {
            key,
            held: Held::Layers(layers.clone()),
            description: vertex.name.clone(),
            size,
            created: now,
            used: now,
            uses: 1,
        };
        self.builder.engine().keep_cache(record).await?;
        Ok((layers, now))
    }
}

/// The layers that the layer of a vertex is made upon.
fn below<'a>(vertex: &Vertex, inputs: &'a HashMap<VertexId, Tree>) -> Result<&'a [Digest]> {
    match &vertex.op {
        Op::Run(run) => exec::input(inputs, run.base)?.layers(),
        Op::Files(files) if !files.link => exec::input(inputs, files.base)?.layers(),
        _ => Ok(&[]),
    }
}
