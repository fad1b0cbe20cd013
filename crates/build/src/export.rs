//! A product leaves: as an image of the engine, as an archive, as files.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::fd::OwnedFd;

use image::archive::{Whiteouts, pack};
use image::{Image, PushStep, Pushing};
use oci::{Digest, Reference};
use tokio::sync::mpsc;
use words::Timestamp;

use crate::{Built, Error, Job, Product, Result, Why, told};

/// Where a product goes.
pub enum Output {
    /// Into the engine's images, under these names; none for an image without a name.
    Image(ImageOutput),
    /// As an archive for `docker load`, to a blocking stream.
    DockerArchive(ImageOutput, Box<dyn Write + Send>),
    /// As an archive of the OCI image layout, to a blocking stream.
    OciArchive(ImageOutput, Box<dyn Write + Send>),
    /// The files of the result as a tar archive, to a blocking stream.
    Tar(Box<dyn Write + Send>),
    /// The files of the result, to be read while [`Exported`] lives.
    Files,
    /// Nowhere: it is built, and stays in the cache.
    Nothing,
}

/// An image as a product.
#[derive(Debug, Clone, Default)]
pub struct ImageOutput {
    /// Its names.
    pub names: Vec<Reference>,
    /// Annotations of its manifest.
    pub annotations: BTreeMap<String, String>,
    /// Send it to the registries of its names; for [`Output::Image`] only.
    pub push: bool,
}

/// What has left.
#[derive(Debug, Default)]
pub struct Exported {
    /// Id of the image (the digest of its configuration), if there is one.
    pub id: Option<Digest>,
    /// The digest of its manifest, if there is one; of the one that the registry has, if it was pushed.
    pub manifest: Option<Digest>,
    /// Read-only views of the files, one a platform.
    pub files: Vec<OwnedFd>,
}

pub(crate) async fn export(job: &Job, product: &Product, output: Output) -> Result<Exported> {
    let title = match &output {
        Output::Image(_) => "exporting to image",
        Output::DockerArchive(..) => "exporting to docker image format",
        Output::OciArchive(..) => "exporting to oci image format",
        Output::Tar(_) => "exporting to client tarball",
        Output::Files => "exporting to client directory",
        Output::Nothing => return Ok(Exported::default()),
    };
    let told = job.told.internal(title);
    told.of(leave(job, product, output, &told)).await
}

async fn leave(job: &Job, product: &Product, output: Output, told: &told::Vertex) -> Result<Exported> {
    let engine = job.builder.engine();
    let images = engine.images().clone();
    let incoming = engine.incoming().await;
    match output {
        Output::Image(asked) => {
            if asked.push && asked.names.is_empty() {
                return Err(Error::invalid("tag is needed when pushing to registry"));
            }
            let image = assemble(job, one(product)?, &asked, told).await?;
            let mut exported = exported(&image);
            let began = Timestamp::now();
            let names: Vec<Reference> = asked.names.iter().cloned().map(Reference::or_latest).collect();
            let id = engine.add_image(image, None, names.clone(), Vec::new()).await?;
            incoming.settled();
            told.done(format!("writing image {id}"), began).await;
            for name in asked.names {
                told.done(format!("naming to {name}"), began).await;
            }
            for name in names.iter().filter(|_| asked.push) {
                exported.manifest = Some(push(job, name, told).await?);
            }
            Ok(exported)
        }
        Output::OciArchive(asked, stream) => {
            let image = assemble(job, one(product)?, &asked, told).await?;
            let exported = exported(&image);
            crate::blocking(move || Ok(images.write_oci_archive(&image.manifest, &asked.names, stream)?)).await?;
            Ok(exported)
        }
        Output::DockerArchive(asked, mut stream) => {
            let image = assemble(job, one(product)?, &asked, told).await?;
            let exported = exported(&image);
            crate::blocking(move || Ok(images.save(&[(image.manifest, asked.names)], &mut stream)?)).await?;
            Ok(exported)
        }
        Output::Tar(stream) => {
            let layers = one(product)?.layers.clone();
            crate::blocking(move || {
                let root = images.look(&layers)?;
                let mut stream =
                    pack(&root, stream, Whiteouts::Keep).map_err(|error| Error::io("writing the archive", error))?;
                stream.flush().map_err(|error| Error::io("writing the archive", error))
            })
            .await?;
            Ok(Exported::default())
        }
        Output::Files => {
            let all: Vec<Vec<Digest>> = product.images.iter().map(|built| built.layers.clone()).collect();
            let files =
                crate::blocking(move || all.iter().map(|layers| Ok(images.look(layers)?)).collect::<Result<Vec<_>>>());
            Ok(Exported { files: files.await?, ..Exported::default() })
        }
        Output::Nothing => Ok(Exported::default()),
    }
}

/// Sends an image to its registry, and tells of its layers. Gives the digest of the manifest that the registry has.
async fn push(job: &Job, name: &Reference, told: &told::Vertex) -> Result<Digest> {
    let credentials = job.client.credentials(name.domain()).await?;
    let (sender, mut steps) = mpsc::channel(64);
    let telling = async {
        let mut began: BTreeMap<Digest, Timestamp> = BTreeMap::new();
        while let Some(Pushing { layer, step }) = steps.recv().await {
            let (current, total, ended) = match step {
                PushStep::Preparing | PushStep::Waiting | PushStep::Retrying(_) => continue,
                PushStep::Pushing { current, total } => (current, total, false),
                PushStep::Pushed | PushStep::MountedFrom(_) | PushStep::AlreadyExists => (0, 0, true),
            };
            let started = *began.entry(layer.clone()).or_insert_with(Timestamp::now);
            told.status(format!("pushing layer {layer}"), (current, total), started, ended).await;
        }
    };
    let began = Timestamp::now();
    let engine = job.builder.engine();
    let (pushed, ()) = tokio::join!(engine.push(name, credentials, sender), telling);
    let digest = pushed?.digest;
    told.done(format!("pushing manifest for {name}@{digest}"), began).await;
    Ok(digest)
}

fn exported(image: &Image) -> Exported {
    Exported { id: Some(image.id.clone()), manifest: Some(image.manifest.clone()), files: Vec::new() }
}

fn one(product: &Product) -> Result<&Built> {
    match product.images.as_slice() {
        [built] => Ok(built),
        _ => Err(Why::NotImplemented("an image of several platforms at once".into()).into()),
    }
}

/// The configuration and the manifest, stored.
async fn assemble(job: &Job, built: &Built, asked: &ImageOutput, told: &told::Vertex) -> Result<Image> {
    let images = job.builder.engine().images().clone();
    let (config, base, annotations) = (built.config.clone(), built.base.clone(), asked.annotations.clone());
    let began = Timestamp::now();
    let image = crate::blocking(move || {
        let bytes = serde_json::to_vec(&*config).map_err(|error| Error::invalid(error.to_string()))?;
        Ok(images.assemble(&bytes, base.as_ref(), annotations)?)
    });
    let image = image.await?;
    told.done("exporting layers", began).await;
    Ok(image)
}
