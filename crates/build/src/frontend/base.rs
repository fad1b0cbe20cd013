//! Images that stages begin with, and named contexts.

use std::sync::Arc;

use engine::image::ImageRecord;
use image::Progress;
use oci::image::{Config, Platform};
use oci::{Digest, Reference};
use tokio::sync::mpsc;
use words::Timestamp;

use super::Evaluator;
use crate::graph::{BaseImage, Op, Vertex, VertexId};
use crate::request::Context;
use crate::{Answer, Error, Job, Local, Result, Why, told};

/// What a base image is.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    pub(crate) vertex: VertexId,
    pub(crate) config: Config,
    pub(crate) manifest: Option<Digest>,
    /// It is not here, and only what is written is looked at.
    pub(crate) unknown: bool,
}

/// What knows the images that stages begin with.
pub(crate) trait Images: Sync {
    /// The record of an image. With `pull` a registry is asked even if it is here.
    fn image<'a>(
        &'a self,
        reference: &'a Reference,
        platform: &'a Platform,
        pull: bool,
    ) -> Answer<'a, Arc<ImageRecord>>;

    /// The image that a content store of the client's has under a digest; `name` is what people read.
    fn layout<'a>(
        &'a self,
        name: &'a str,
        store: &'a str,
        digest: &'a Digest,
        platform: &'a Platform,
    ) -> Answer<'a, image::Image>;
}

impl Images for Job {
    fn image<'a>(
        &'a self,
        reference: &'a Reference,
        platform: &'a Platform,
        pull: bool,
    ) -> Answer<'a, Arc<ImageRecord>> {
        let told = self.told.internal(format!("[internal] load metadata for {reference}"));
        Box::pin(async move { told.of(Box::pin(resolve(self, reference, platform, pull, &told))).await })
    }

    fn layout<'a>(
        &'a self,
        name: &'a str,
        store: &'a str,
        digest: &'a Digest,
        platform: &'a Platform,
    ) -> Answer<'a, image::Image> {
        let told = self.told.internal(format!("[context {name}] OCI load from client"));
        Box::pin(async move {
            let take = async {
                let store = self.client.store(&format!("oci:{store}")).await?;
                let (sender, progress) = mpsc::channel::<Progress>(64);
                let platform = platform.to_string();
                let taking = self.builder.engine().images().take_image(store, digest, Some(&platform), sender);
                let (image, ()) = tokio::join!(taking, show_all(&told, progress));
                Ok(image?)
            };
            told.of(take).await
        })
    }
}

impl Evaluator<'_> {
    /// The image of this name, fetched if it is not here; or the named context that stands before it.
    pub(crate) async fn base(&mut self, name: &str, platform: &Platform) -> Result<Base> {
        let key = (name.to_owned(), platform.to_string());
        if let Some(known) = self.bases.get(&key) {
            return Ok(known.clone());
        }
        let base = match self.named_context(name, platform) {
            Some(Context::Image(image)) => Box::pin(self.image(&image, platform)).await?,
            Some(Context::Product(product)) => {
                let built = product.images.iter().find(|built| built.platform == *platform);
                let Some(built) = built.or(product.images.first()) else {
                    return Err(Error::invalid(format!("the context {name} has no result")));
                };
                let op = Op::Image(built.layers.clone(), None);
                let vertex = self.graph.add(Vertex { name: format!("FROM {name}"), op, anew: false, at: None });
                Base { vertex, config: (*built.config).clone(), manifest: built.base.clone(), unknown: false }
            }
            Some(Context::Layout { store, digest }) => Box::pin(self.layout(name, &store, &digest, platform)).await?,
            Some(other) => {
                let vertex = self.directory(name, &other)?;
                let state = self.scratch(platform.clone());
                Base { vertex, config: state.config, manifest: None, unknown: false }
            }
            None => Box::pin(self.image(name, platform)).await?,
        };
        self.bases.insert(key, base.clone());
        Ok(base)
    }

    async fn image(&mut self, name: &str, platform: &Platform) -> Result<Base> {
        let reference: Reference = name.parse().map_err(|error: oci::ParseReferenceError| {
            Error::invalid(format!("failed to parse stage name {name:?}: {error}"))
        })?;
        let reference = reference.or_latest();
        let image = match self.images.image(&reference, platform, self.request.pull).await {
            Ok(image) => image,
            // What is written can be looked at without it.
            Err(_) if self.only_checks => {
                let state = self.scratch(platform.clone());
                return Ok(Base { vertex: state.vertex, config: state.config, manifest: None, unknown: true });
            }
            Err(error) => return Err(error),
        };
        let by_digest = image.digests.iter().find(|other| other.repository() == reference.repository());
        let shown = match (reference.digest(), by_digest.and_then(Reference::digest)) {
            (None, Some(digest)) => format!("FROM {reference}@{digest}"),
            _ => format!("FROM {reference}"),
        };
        let digest = by_digest.and_then(Reference::digest).or(reference.digest()).unwrap_or(&image.manifest).clone();
        let known = BaseImage { reference, platform: platform.clone(), digest };
        let op = Op::Image(image.config.rootfs.diff_ids.clone(), Some(known));
        let vertex = self.graph.add(Vertex { name: shown, op, anew: false, at: None });
        Ok(Base { vertex, config: (*image.config).clone(), manifest: Some(image.manifest.clone()), unknown: false })
    }

    /// An image of a content store of the client's. It is nobody's here: its layers are the cache's, as far as it has
    /// them, and it comes again each time, but for what is here.
    async fn layout(&mut self, name: &str, store: &str, digest: &Digest, platform: &Platform) -> Result<Base> {
        let image = self.images.layout(name, store, digest, platform).await?;
        let op = Op::Image(image.config.rootfs.diff_ids.clone(), None);
        let vertex = self.graph.add(Vertex { name: format!("FROM {name}"), op, anew: false, at: None });
        Ok(Base { vertex, config: (*image.config).clone(), manifest: None, unknown: false })
    }

    /// The named context that stands for a name: one for this platform before one for all.
    pub(crate) fn named_context(&self, name: &str, platform: &Platform) -> Option<Context> {
        let named = &self.request.named;
        let name = name.to_ascii_lowercase();
        let own = named.get(&format!("{name}::{platform}"));
        own.or_else(|| named.get(&name)).cloned()
    }

    /// The files of a named context.
    pub(crate) async fn named(&mut self, name: &str, platform: &Platform) -> Result<VertexId> {
        match self.named_context(name, platform).unwrap_or_default() {
            Context::Image(_) | Context::Layout { .. } | Context::Product(_) => {
                Ok(self.base(name, platform).await?.vertex)
            }
            other => self.directory(name, &other),
        }
    }

    fn directory(&mut self, name: &str, context: &Context) -> Result<VertexId> {
        let title = format!("[context {name}] load from client");
        self.files(&name.to_ascii_lowercase(), context, title, Vec::new())
    }

    /// The files of a context, as one vertex however often they are used.
    pub(crate) fn files(
        &mut self,
        key: &str,
        context: &Context,
        title: String,
        exclude: Vec<String>,
    ) -> Result<VertexId> {
        if let Some(known) = self.contexts.get(key) {
            return Ok(*known);
        }
        let (op, title) = match context {
            Context::Empty => (Op::Scratch, title),
            Context::Local(local) => (Op::Local(Local { name: local.clone(), exclude, ..Local::default() }), title),
            Context::Git(url) => (Op::Git(crate::source::parse_git(url)?), format!("[internal] load git source {url}")),
            // The one file, as it is; only a build's own context is unpacked.
            Context::Http(url) => (Op::Http(super::instruct::web_file(url, None)?), title),
            Context::Image(_) | Context::Layout { .. } | Context::Product(_) => {
                return Err(Error::invalid("an image is no directory"));
            }
        };
        let vertex = self.graph.add(Vertex { name: title, op, anew: false, at: None });
        self.contexts.insert(key.to_owned(), vertex);
        Ok(vertex)
    }
}

/// The record of an image for this platform. The registry is asked if it is not here, or if that is wished.
async fn resolve(
    job: &Job,
    reference: &Reference,
    platform: &Platform,
    pull: bool,
    told: &told::Vertex,
) -> Result<Arc<ImageRecord>> {
    let engine = job.builder.engine();
    let fits = |image: &ImageRecord| {
        image.config.os == platform.os
            && (image.config.architecture.is_empty() || image.config.architecture == platform.architecture)
    };
    let name = reference.to_string();
    let here = || engine.snapshot().image(&name).ok().filter(|image| fits(image));
    if !pull && let Some(image) = here() {
        return Ok(image);
    }
    let credentials = job.client.credentials(reference.domain()).await?;
    let (sender, progress) = mpsc::channel::<Progress>(64);
    let pulling = Box::pin(engine.pull(reference.clone(), Some(platform.to_string()), credentials, sender));
    let (pulled, ()) = tokio::join!(pulling, show_all(told, progress));
    match (pulled, here()) {
        (Ok(_), Some(image)) => Ok(image),
        (Ok(_), None) => Err(Why::NotFound(format!("{reference}: no image for {platform}")).into()),
        (Err(error), _) => {
            Err(Why::NotFound(format!("{reference}: failed to resolve source metadata for {reference}: {error}"))
                .into())
        }
    }
}

async fn show_all(told: &told::Vertex, mut progress: mpsc::Receiver<Progress>) {
    while let Some(step) = progress.recv().await {
        show(told, step).await;
    }
}

async fn show(told: &told::Vertex, Progress { layer, step }: Progress) {
    use image::Step;
    let (what, current, total, done) = match step {
        Step::PullingFsLayer | Step::Waiting | Step::VerifyingChecksum | Step::DownloadComplete => return,
        Step::Downloading { current, total } => ("", current, total, false),
        Step::Extracting { current, total } => ("extracting ", current, total, false),
        Step::PullComplete | Step::AlreadyExists => ("", 0, 0, true),
    };
    told.status(format!("{what}{layer}"), (current, total), Timestamp::now(), done).await;
}
