//! The Dockerfile frontend: from a request to a graph, and from the solved graph to a product.

mod base;
mod instruct;
mod outline;
#[cfg(test)]
mod plans;
mod said;
mod sbom;
mod scope;
mod stage;
pub(crate) mod text;

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use dockerfile::check::Checks;
use dockerfile::ignore::Patterns;
use dockerfile::predefined::builtin;
use dockerfile::{Check, Dockerfile, Lexer, Located, Warning};
use oci::image::Platform;
use words::Timestamp;

use crate::error::{Location, SourceFile};
use crate::graph::{Graph, Op, VertexId};
use crate::local::Directory;
use crate::provenance::{self, Fetched, Pinned};
use crate::request::{Context, DockerfileAt, NoCache, Request};
use crate::solve::{Outcome, Times, Tree};
use crate::{Built, Error, Job, Kept, Local, Product, Result, Why, limits, remote, solve, source};

pub use outline::{Access, Outline, Parameter};
pub use scope::parse_platform;

use base::{Base, Images};
use outline::Takes;
use scope::Global;
use stage::{Done, State};

/// What build checks have found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The warnings, in the order of the lines.
    pub warnings: Vec<Warning>,
    /// The Dockerfile.
    pub source: Arc<SourceFile>,
    /// Why a build would not even begin.
    pub error: Option<Error>,
}

/// A stage that can be built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its name; empty when it has none.
    pub name: String,
    /// What the comment above it says.
    pub description: String,
    /// It is the one that is built when none is named.
    pub default: bool,
    /// What it begins with, as it is written.
    pub base: String,
    /// Its lines.
    pub location: Location,
}

/// A Dockerfile, read.
struct Loaded {
    source: Arc<SourceFile>,
    dockerfile: Dockerfile,
    /// The lines of .dockerignore.
    ignore: Vec<String>,
    /// The context, where it had to be fetched, and what it was.
    fetched: Option<(Arc<Directory>, Fetched)>,
    /// What the warnings are shown with.
    vertex: oci::Digest,
}

/// Goes through the stages that are needed.
pub(crate) struct Evaluator<'a> {
    images: &'a dyn Images,
    request: &'a Request,
    source: Arc<SourceFile>,
    dockerfile: &'a Dockerfile,
    ignore: Vec<String>,
    ignored: Patterns,
    fetched: Option<Arc<Directory>>,
    lexer: Lexer,
    graph: Graph,
    checks: Checks,
    states: HashMap<(usize, String), State>,
    /// The platform that is built for, and the arguments before the first `FROM` on it.
    platform: Platform,
    global_args: Option<Global>,
    /// What was done, each with what was done before it in its stage and those that it begins with.
    history: Vec<(Done, Option<usize>)>,
    /// Bytes that all of it holds, near enough.
    held: usize,
    /// What each stage takes from whoever starts a build.
    takes: HashMap<usize, Takes>,
    /// Stages that are being evaluated.
    open: Vec<(usize, String)>,
    bases: HashMap<(String, String), Base>,
    contexts: HashMap<String, VertexId>,
    /// What is used of the build's context.
    context_paths: std::collections::BTreeSet<String>,
    /// The first vertex of a stage, which is to be numbered in it.
    first: Option<VertexId>,
    /// The moment of `SOURCE_DATE_EPOCH`, in seconds.
    epoch: Option<i64>,
    /// Nothing is built.
    only_checks: bool,
    target: usize,
}

/// What is to be done, and what the results will say of themselves.
struct Plan {
    graph: Arc<Graph>,
    checks: Checks,
    /// The target, on one platform after the other.
    states: Vec<State>,
    /// What a generator writes about each, if one is asked.
    scans: Vec<VertexId>,
    history: Vec<(Done, Option<usize>)>,
    epoch: Option<i64>,
    unused_args: Vec<String>,
}

/// Makes a plan of a Dockerfile. It reads nothing but what the base images say of themselves.
async fn plan(images: &dyn Images, request: &Request, loaded: &Loaded) -> Result<Plan> {
    let mut evaluator = Evaluator::new(images, request, loaded, false)?;
    let (mut states, mut scans) = (Vec::new(), Vec::new());
    for platform in platforms(request) {
        evaluator.begin_platform(&platform)?;
        let state = evaluator.stage(evaluator.target, &platform).await?;
        if let Some(generator) = &request.attest.sbom {
            scans.push(evaluator.scan(generator, state.vertex, &platform).await?);
        }
        states.push(state);
    }
    evaluator.narrow_context();
    let unused_args = evaluator.unused_args();
    let Evaluator { graph, checks, epoch, history, .. } = evaluator;
    Ok(Plan { graph: Arc::new(graph), checks, states, scans, history, epoch, unused_args })
}

/// Builds.
pub(crate) async fn build(job: &Job, request: &Request) -> Result<Product> {
    // What this build makes or finds is nobody's until it has its record.
    let incoming = job.builder.engine().incoming().await;
    let began = Timestamp::now();
    // With nothing to be looked for, none is asked.
    let imports = if request.no_cache == NoCache::All { &[] } else { request.imports.as_slice() };
    let (imports, loaded) = tokio::join!(remote::import(job, imports), load(job, request));
    let loaded = loaded?;
    let Plan { graph, checks, states, scans, history, epoch, unused_args } = plan(job, request, &loaded).await?;
    tell(job, &loaded, &checks).await;
    if let Some(error) = checks.error() {
        return Err(Error::invalid(error));
    }
    let ends: Vec<VertexId> = states.iter().map(|state| state.vertex).collect();
    let wanted: Vec<VertexId> = ends.iter().chain(&scans).copied().collect();
    let solving = solve::solve(job, Arc::clone(&graph), imports, &wanted, request.keep_failed.clone());
    let Outcome { trees, times, pins, solved, leftovers } = solving.await?;
    // The cache has it now, but may have to give it back before it leaves.
    let leftovers = leftovers || request.named.values().any(|context| matches!(context, Context::Layout { .. }));
    let kept = Arc::new(Kept { incoming: Some(incoming), leftovers });
    let mut images = Vec::new();
    for (state, tree) in states.into_iter().zip(&trees) {
        let image = built(state, &history, tree, &times, request, epoch)?;
        images.push(Built { solved: Arc::clone(&solved), _kept: Some(Arc::clone(&kept)), ..image });
    }
    for (image, scan) in images.iter_mut().zip(trees.get(ends.len()..).unwrap_or_default()) {
        image.attestations.extend(sbom::read(job, scan.layers()?.to_vec()).await?);
    }
    if let Some(asked) = &request.attest.provenance {
        for (image, end) in images.iter_mut().zip(ends) {
            let done = provenance::Done {
                graph: &graph,
                end,
                pins: &pins,
                context: loaded.fetched.as_ref().map(|(_, fetched)| fetched.clone()),
                dockerfile_of: request.dockerfile.local(),
                dockerfile: &loaded.source,
                began: Some(began).filter(|_| epoch.is_none() && !asked.inline_only),
            };
            image.attestations.push(provenance::attestation(asked, &done)?);
        }
    }
    Ok(Product { images, unused_args })
}

/// Tells what the checks have found.
async fn tell(job: &Job, loaded: &Loaded, checks: &Checks) {
    for warning in checks.warnings() {
        job.told.warn(loaded.vertex.clone(), warning.clone(), Arc::clone(&loaded.source)).await;
    }
}

/// Checks.
pub(crate) async fn check(job: &Job, request: &Request) -> Result<Checked> {
    let loaded = load(job, request).await?;
    let mut evaluator = Evaluator::new(job, request, &loaded, true)?;
    let mut error = None;
    for platform in platforms(request) {
        evaluator.begin_platform(&platform)?;
        // The stages that nobody needs are looked at, too.
        for number in 0..loaded.dockerfile.stages.len() {
            if let Err(found) = evaluator.stage(number, &platform).await {
                evaluator.open.clear();
                error.get_or_insert(found);
            }
        }
    }
    let mut warnings = evaluator.checks.warnings().to_vec();
    warnings.sort_by_key(|warning| warning.span.start);
    warnings.dedup();
    Ok(Checked { warnings, source: loaded.source, error })
}

/// The stages that can be built.
pub(crate) async fn targets(job: &Job, request: &Request) -> Result<Vec<Target>> {
    let loaded = load(job, request).await?;
    let last = loaded.dockerfile.stages.len().saturating_sub(1);
    let target = |(number, stage): (usize, &dockerfile::Stage)| {
        let (name, description) = title(stage);
        Target {
            name,
            description,
            default: number == last,
            base: stage.from.value.image.clone(),
            location: Location { file: Arc::clone(&loaded.source), span: stage.from.span },
        }
    };
    Ok(loaded.dockerfile.stages.iter().enumerate().map(target).collect())
}

/// A stage's name, empty when it has none, and what the comment above it says.
fn title(stage: &dockerfile::Stage) -> (String, String) {
    let name = stage.from.value.name.clone().unwrap_or_default();
    let description = stage.from.description(&name).unwrap_or_default().to_owned();
    (name, description)
}

/// What can be given to a build of the target.
pub(crate) async fn outline(job: &Job, request: &Request) -> Result<Outline> {
    let loaded = load(job, request).await?;
    let (outline, checks) = outline::of(job, request, &loaded).await?;
    tell(job, &loaded, &checks).await;
    Ok(outline)
}

/// What an image says of itself, and the digest of that.
pub(crate) async fn image_config(
    job: &Job,
    name: &str,
    platform: &Platform,
    pull: bool,
) -> Result<(oci::Digest, Arc<oci::image::Config>)> {
    let incoming = job.builder.engine().incoming().await;
    let parsed: std::result::Result<oci::Reference, _> = name.parse();
    let reference = parsed.map_err(|error| Error::invalid(error.to_string()))?.or_latest();
    let image = job.image(&reference, platform, pull).await?;
    incoming.settled();
    Ok((image.id.clone(), Arc::clone(&image.config)))
}

/// What an image in a content store of the client's says of itself.
pub(crate) async fn layout_config(
    job: &Job,
    store: &str,
    digest: &oci::Digest,
    platform: &Platform,
) -> Result<Vec<u8>> {
    let told = job.told.internal(format!("[internal] load metadata for {store}@{digest}"));
    let platform = platform.to_string();
    let read = async {
        let store = job.client.store(&format!("oci:{store}")).await?;
        Ok(image::config_in(&*store, digest, Some(&platform)).await?.to_vec())
    };
    told.of(read).await
}

fn platforms(request: &Request) -> Vec<Platform> {
    match request.platforms.as_slice() {
        [] => vec![Platform::host()],
        some => some.to_vec(),
    }
}

/// Reads the Dockerfile and what is beside it.
async fn load(job: &Job, request: &Request) -> Result<Loaded> {
    let (name, path) = match &request.dockerfile {
        DockerfileAt::Local { name, path } => (name.clone(), path.clone()),
        DockerfileAt::Context { path } => (CONTEXT.to_owned(), path.clone()),
        DockerfileAt::Text(_) => (CONTEXT.to_owned(), "Dockerfile".into()),
    };
    let fetched = fetch(job, &request.context).await?;
    let directory = fetched.as_ref().map(|(directory, _)| directory);
    let told = job.told.internal(format!("[internal] load build definition from {}", text::base(&path)));
    let read = async {
        if let DockerfileAt::Text(bytes) = &request.dockerfile {
            return Ok((bytes.clone(), None));
        }
        let own_ignore = format!("{path}.dockerignore");
        let lower = path.to_ascii_lowercase();
        let began = Timestamp::now();
        let files = small(job, request, directory, &name, &[&path, &own_ignore, &lower]).await?;
        let first = files.read(&path)?;
        let found = match first {
            None if path == "Dockerfile" => files.read(&lower)?,
            found => found,
        };
        let Some(bytes) = found else {
            let why = format!("failed to read dockerfile: open {path}: no such file or directory");
            return Err(Why::NotFound(why).into());
        };
        told.done(format!("transferring dockerfile: {}B", bytes.len()), began).await;
        Ok((bytes, files.read(&own_ignore)?))
    };
    let (bytes, own_ignore) = told.of(read).await?;
    let source = Arc::new(SourceFile { name: path.clone(), text: bytes });
    check_syntax(request, &source)?;
    let dockerfile = Dockerfile::parse(&source.text).map_err(|error| {
        let at = Location { file: Arc::clone(&source), span: error.span };
        Error::invalid(error.to_string()).located(Some(at))
    })?;
    let ignore = match own_ignore {
        Some(own) => own,
        None => {
            let told = job.told.internal("[internal] load .dockerignore");
            let read = async {
                let began = Timestamp::now();
                let files = small(job, request, directory, CONTEXT, &[IGNORE]).await?;
                let bytes = files.read(IGNORE)?.unwrap_or_default();
                told.done(format!("transferring context: {}B", bytes.len()), began).await;
                Ok(bytes)
            };
            told.of(read).await?
        }
    };
    let ignore = String::from_utf8_lossy(&ignore).into_owned();
    let ignore = dockerfile::ignore::lines(&ignore).collect();
    Ok(Loaded { source, dockerfile, ignore, fetched, vertex: told.digest() })
}

/// The name of the build's own context.
const CONTEXT: &str = "context";
const IGNORE: &str = ".dockerignore";

/// Whether a text can be read as a Dockerfile: what a wire asks that refuses one before it begins to tell.
///
/// # Errors
/// When it cannot, with the line.
pub fn check_text(text: &[u8]) -> Result<()> {
    Dockerfile::parse(text).map(drop).map_err(|error| Error::invalid(error.to_string()))
}

/// Whether an image is that of the frontend which is built in: docker/dockerfile, be it fetched from a mirror.
pub fn is_frontend(image: &str) -> bool {
    let Ok(reference) = image.parse::<oci::Reference>() else { return false };
    let mut parts = reference.path().rsplit('/');
    matches!(parts.next(), Some("dockerfile" | "dockerfile-upstream")) && parts.next() == Some("docker")
}

/// Another frontend than this one would have to be fetched and run.
fn check_syntax(request: &Request, source: &SourceFile) -> Result<()> {
    let text = String::from_utf8_lossy(&source.text);
    let given = request.args.get(builtin::SYNTAX).cloned();
    let Some(syntax) = given.or_else(|| dockerfile::syntax(&text)) else { return Ok(()) };
    if is_frontend(syntax.split_ascii_whitespace().next().unwrap_or_default()) {
        return Ok(());
    }
    Err(Why::NotImplemented(format!("the frontend {syntax}, another language than Dockerfiles,")).into())
}

/// A few small files of a directory of the client's.
struct Small(Option<Arc<Directory>>);

async fn small(
    job: &Job,
    request: &Request,
    fetched: Option<&Arc<Directory>>,
    name: &str,
    paths: &[&str],
) -> Result<Small> {
    let local = match (name, &request.context) {
        (CONTEXT, Context::Local(local)) => local.clone(),
        (CONTEXT, _) => return Ok(Small(fetched.cloned())),
        (name, _) => name.to_owned(),
    };
    let follow = paths.iter().map(|path| (*path).to_owned()).collect();
    let wanted = Local { name: local, follow, ..Local::default() };
    let directory = job.builder.0.locals.borrow(&*job.client, &wanted).await?;
    Ok(Small(Some(Arc::new(directory))))
}

/// A context that is not a directory of the client's, fetched once.
async fn fetch(job: &Job, context: &Context) -> Result<Option<(Arc<Directory>, Fetched)>> {
    let (uri, (directory, pin)) = match context {
        Context::Empty | Context::Local(_) => return Ok(None),
        Context::Git(url) => {
            let told = job.told.internal(format!("[internal] load git source {url}"));
            let (directory, commit) = told.of(source::git(&job.builder, &source::parse_git(url)?, &told)).await?;
            (url, (directory, Pinned::Commit(commit)))
        }
        Context::Http(url) => {
            let told = job.told.internal(format!("[internal] load remote build context {url}"));
            let (directory, digest) = told.of(source::archive(job, url)).await?;
            (url, (directory, Pinned::Digest(digest)))
        }
        Context::Image(_) | Context::Layout { .. } | Context::Product(_) => {
            return Err(Error::invalid("an image cannot be the context of a build"));
        }
    };
    Ok(Some((directory, Fetched { uri: uri.clone(), pin })))
}

impl Small {
    /// A file, if it is there.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let Some(directory) = &self.0 else { return Ok(None) };
        let failed = |error| Error::io(format!("reading {path}"), error);
        let root = sys::beneath::open_root(directory.path()).map_err(failed)?;
        match sys::beneath::read(&root, Path::new(&text::clean(path)), limits::DOCKERFILE_BYTES) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
                Ok(None)
            }
            Err(error) => Err(failed(error)),
        }
    }
}

impl<'a> Evaluator<'a> {
    fn new(images: &'a dyn Images, request: &'a Request, loaded: &'a Loaded, only_checks: bool) -> Result<Self> {
        let dockerfile = &loaded.dockerfile;
        let mut check = dockerfile.check();
        if let Some(given) = request.args.get(builtin::CHECK) {
            check = Check::parse(given).map_err(Error::invalid)?;
        }
        let mut checks = Checks::new(check);
        dockerfile.warnings.iter().for_each(|warning| checks.push(warning.clone()));
        let ignored = Patterns::new(&loaded.ignore);
        let ignored = ignored.map_err(|error| Error::invalid(format!("error parsing .dockerignore: {error}")))?;
        let mut evaluator = Self {
            images,
            request,
            source: Arc::clone(&loaded.source),
            dockerfile,
            ignore: loaded.ignore.clone(),
            ignored,
            fetched: loaded.fetched.as_ref().map(|(directory, _)| Arc::clone(directory)),
            lexer: Lexer::new(dockerfile.directives.escape),
            graph: Graph::default(),
            checks,
            states: HashMap::new(),
            platform: Platform::host(),
            global_args: None,
            history: Vec::new(),
            held: 0,
            takes: HashMap::new(),
            open: Vec::new(),
            bases: HashMap::new(),
            contexts: HashMap::new(),
            context_paths: std::collections::BTreeSet::new(),
            first: None,
            epoch: None,
            only_checks,
            target: dockerfile.stages.len().saturating_sub(1),
        };
        evaluator.epoch = match request.args.get(builtin::SOURCE_DATE_EPOCH).map(String::as_str) {
            None | Some("") => None,
            Some(text) => {
                let wrong =
                    || Error::invalid(format!("invalid SOURCE_DATE_EPOCH: {text}: seconds since 1970 are expected"));
                Some(text.parse().map_err(|_| wrong())?)
            }
        };
        if !request.target.is_empty() {
            let wanted = &request.target;
            evaluator.target = evaluator.stage_named(wanted).ok_or_else(|| {
                let names = dockerfile.stages.iter().filter_map(|stage| stage.from.value.name.as_deref());
                let hint = dockerfile::nearest(wanted, names).map(|name| format!(" (did you mean {name}?)"));
                let why = format!("target stage {wanted:?} could not be found{}", hint.unwrap_or_default());
                Error::from(Why::NotFound(why))
            })?;
        }
        Ok(evaluator)
    }

    fn begin_platform(&mut self, platform: &Platform) -> Result<()> {
        self.platform = platform.clone();
        self.global_args = Some(self.global(platform)?);
        Ok(())
    }

    fn global(&self, platform: &Platform) -> Result<Global> {
        Global::new(&self.dockerfile.args, &self.request.args, platform, &self.request.target, self.lexer)
    }

    /// Arguments that were given and that nothing declares among the stages that were evaluated. Those that mean
    /// something of themselves are used.
    fn unused_args(&self) -> Vec<String> {
        use dockerfile::predefined::{PLATFORM, PROXY};
        let stages = self.states.keys().map(|(number, _)| &self.dockerfile.stages[*number]);
        let declared =
            stages.flat_map(|stage| &stage.instructions).filter_map(|instruction| match &instruction.value {
                dockerfile::Instruction::Arg(args) => Some(args),
                _ => None,
            });
        let declared = declared.chain(self.dockerfile.args.iter().map(|located| &located.value)).flatten();
        let declared: std::collections::BTreeSet<&str> = declared.map(|argument| argument.name.as_str()).collect();
        let unused = self.request.args.keys().filter(|name| {
            let predefined = PROXY.contains(&name.as_str())
                || PLATFORM.contains(&name.as_str())
                || name.starts_with("BUILDKIT_")
                || *name == builtin::SOURCE_DATE_EPOCH;
            !predefined && !declared.contains(name.as_str())
        });
        unused.cloned().collect()
    }

    /// Stages that are made of each other hold what they have in common once each.
    fn hold(&mut self, bytes: usize) -> Result<()> {
        self.held = self.held.saturating_add(bytes);
        if self.held > limits::STAGES_BYTES {
            return Err(Error::invalid(format!(
                "the stages of the Dockerfile come to more than {} MiB of variables, labels and history",
                limits::STAGES_BYTES >> 20
            )));
        }
        Ok(())
    }

    /// Where it is noted what a stage takes.
    fn takes(&mut self, number: usize) -> &mut Takes {
        self.takes.entry(number).or_default()
    }

    fn place_of<T>(&self, located: &Located<T>) -> Option<Location> {
        Some(Location { file: Arc::clone(&self.source), span: located.span })
    }

    /// The files of the build's context. `paths` are what is used of it.
    fn context(&mut self, paths: &[String]) -> Result<VertexId> {
        self.context_paths.extend(paths.iter().cloned());
        if let Some(fetched) = &self.fetched
            && !self.contexts.contains_key(CONTEXT)
        {
            let op = Op::Directory(crate::graph::Received(Arc::clone(fetched)));
            let name = "[internal] load build context".into();
            let vertex = self.graph.add(crate::graph::Vertex { name, op, anew: false, at: None });
            self.contexts.insert(CONTEXT.into(), vertex);
        }
        let (ignore, context) = (self.ignore.clone(), self.request.context.clone());
        self.files(CONTEXT, &context, "[internal] load build context".into(), ignore)
    }

    /// What nobody uses of the context need not come in.
    fn narrow_context(&mut self) {
        let whole = self.context_paths.iter().any(|path| path == "/");
        if let (Some(vertex), false) = (self.contexts.get(CONTEXT), whole)
            && let Op::Local(local) = &mut self.graph.get_mut(*vertex).op
        {
            local.follow = self.context_paths.iter().map(|path| path.trim_start_matches('/').to_owned()).collect();
        }
    }
}

/// What a stage has become, once its vertexes are solved.
fn built(
    state: State,
    history: &[(Done, Option<usize>)],
    tree: &Tree,
    times: &Times,
    request: &Request,
    epoch: Option<i64>,
) -> Result<Built> {
    let State { mut config, history: mut last_done, base, platform, .. } = state;
    let layers = tree.layers()?.to_vec();
    let mut made = Vec::new();
    while let Some((done, before)) = last_done.and_then(|place| history.get(place)) {
        let time = done.vertex.and_then(|vertex| times.get(&vertex));
        made.push((done.history.clone(), time.map(ToString::to_string)));
        last_done = *before;
    }
    made.reverse();
    let execution = config.config.get_or_insert_default();
    if !request.labels.is_empty() {
        let said: Vec<String> = request.labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        execution.labels.extend(request.labels.clone());
        made.push((said::entry(format!("LABEL {}", said.join(" ")), true), None));
    }
    // What has no layer has the time of the layer before it, or of the first one.
    let first = made.iter().find_map(|(_, time)| time.clone());
    let below = config.history.last().and_then(|entry| entry.created.clone()).or_else(|| config.created.clone());
    let mut last = first.or(below);
    if let Some(epoch) = epoch {
        last = Some(crate::snapshot::epoch(epoch)?.to_string());
    }
    for (mut entry, time) in made {
        if epoch.is_none() {
            last = time.or(last);
        }
        entry.created.clone_from(&last);
        config.history.push(entry);
    }
    config.created = last;
    config.architecture.clone_from(&platform.architecture);
    config.os.clone_from(&platform.os);
    config.variant.clone_from(&platform.variant);
    config.comment = None;
    config.docker_version = None;
    config.rootfs.diff_ids.clone_from(&layers);
    let (config, solved) = (Arc::new(config), Arc::default());
    Ok(Built { platform, layers, config, base, epoch, attestations: Vec::new(), solved, _kept: None })
}
