//! A product leaves: as an image of the engine, as an archive, as files.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::fd::OwnedFd;

use image::archive::{Whiteouts, pack};
use image::{Attestation, Credentials, Image, LayersAs, Pushed, Pushing, descriptor};
use oci::image::Descriptor;
use oci::{Digest, Reference};
use tokio::sync::mpsc;
use words::Timestamp;

use crate::attest::{self, Attested};
use crate::local::Directory;
use crate::{Built, Error, Job, Product, Result, Why, remote, told};

/// Where a product goes.
pub enum Output {
    /// Into the engine's images, under these names; none for an image without a name.
    Image(ImageOutput),
    /// As an archive for `docker load`, to a blocking stream.
    DockerArchive(ImageOutput, Box<dyn Write + Send>),
    /// As an archive of the OCI image layout, to a blocking stream.
    OciArchive(ImageOutput, Box<dyn Write + Send>),
    /// As an OCI image layout, into the client's content store of this name.
    OciStore(ImageOutput, String),
    /// The files of the result as a tar archive, to a blocking stream. Beside them what is said of them, in files whose
    /// names begin so.
    Tar(String, Box<dyn Write + Send>),
    /// The files of the result, to be read while [`Exported`] lives. Beside them what is said of them, in files whose
    /// names begin so, if that is wanted.
    Files(Option<String>),
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
    /// Its configuration carries the cache of its layers.
    pub inline_cache: bool,
    /// What its layers leave as, where they leave compressed: to registries and in OCI image layouts.
    pub layers: LayersAs,
}

/// What has left.
#[derive(Debug, Default)]
pub struct Exported {
    /// Id of the image (the digest of its configuration), if there is one.
    pub id: Option<Digest>,
    /// Its manifest, or its index if it has several platforms or something is said of it; as the registry has it, if it
    /// was pushed.
    pub manifest: Option<Descriptor>,
    /// Read-only views of the files, one a platform.
    pub files: Vec<OwnedFd>,
    /// What is shown in them.
    beside: Vec<Directory>,
}

pub(crate) async fn export(job: &Job, product: &Product, output: Output) -> Result<Exported> {
    let title = match &output {
        Output::Image(_) => "exporting to image",
        Output::DockerArchive(..) => "exporting to docker image format",
        Output::OciArchive(..) | Output::OciStore(..) => "exporting to oci image format",
        Output::Tar(..) => "exporting to client tarball",
        Output::Files(_) => "exporting to client directory",
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
            let exported = match product.images.as_slice() {
                [built] => image(job, built, &asked, told).await?,
                several => platforms(job, several, &asked, told).await?,
            };
            incoming.settled();
            Ok(exported)
        }
        Output::OciArchive(asked, stream) => {
            let (id, manifests) = assemble_all(job, &product.images, &asked, told).await?;
            let written = crate::blocking(move || {
                Ok(images.write_oci_archive(&manifests, &asked.names, asked.layers, stream)?)
            })
            .await?;
            Ok(Exported { id, manifest: Some(written), ..Exported::default() })
        }
        Output::OciStore(asked, store) => {
            let (id, manifests) = assemble_all(job, &product.images, &asked, told).await?;
            let store = job.client.store(&store).await?;
            let (sender, steps) = mpsc::channel(64);
            let sending = images.send_image(&store, &manifests, &asked.names, asked.layers, sender);
            let (sent, ()) = tokio::join!(sending, remote::tell(told, "writing", steps));
            Ok(Exported { id, manifest: Some(sent?), ..Exported::default() })
        }
        Output::DockerArchive(asked, mut stream) => {
            let built = match product.images.as_slice() {
                [built] if built.attestations.iter().all(|said| said.inline_only) => built,
                _ => return Err(Error::invalid("docker exporter does not currently support exporting manifest lists")),
            };
            let image = assemble(job, built, &asked, told).await?;
            let exported = exported(job, &image).await?;
            crate::blocking(move || Ok(images.save(&[(image.manifest, asked.names)], &mut stream)?)).await?;
            Ok(exported)
        }
        Output::Tar(prefix, stream) => {
            let (builder, built) = (job.builder.clone(), one(product)?.clone());
            crate::blocking(move || {
                let attested = attest::attested(&builder, &built, &prefix)?;
                let failed = |error| Error::io("writing the archive", error);
                let mut stream = pack(&attested.files, stream, Whiteouts::Keep).map_err(failed)?;
                stream.flush().map_err(failed)
            })
            .await?;
            Ok(Exported::default())
        }
        Output::Files(prefix) => {
            let (builder, product) = (job.builder.clone(), product.clone());
            crate::blocking(move || {
                let mut exported = Exported::default();
                for built in &product.images {
                    let attested = match &prefix {
                        Some(prefix) => attest::attested(&builder, built, prefix)?,
                        None => Attested { files: images.look(&built.layers)?, beside: None },
                    };
                    exported.files.push(attested.files);
                    exported.beside.extend(attested.beside);
                }
                Ok(exported)
            })
            .await
        }
        Output::Nothing => Ok(Exported::default()),
    }
}

/// A result of one platform becomes an image of the engine's, which is pushed if that was asked for.
async fn image(job: &Job, built: &Built, asked: &ImageOutput, told: &told::Vertex) -> Result<Exported> {
    let engine = job.builder.engine();
    let image = assemble(job, built, asked, told).await?;
    let mut exported = exported(job, &image).await?;
    let said = keep(job, built).await?;
    let began = Timestamp::now();
    let names: Vec<Reference> = asked.names.iter().cloned().map(Reference::or_latest).collect();
    let id = engine.add_built(image, names.clone(), said).await?;
    told.done(format!("writing image {id}"), began).await;
    for name in &asked.names {
        told.done(format!("naming to {name}"), began).await;
    }
    for name in names.iter().filter(|_| asked.push) {
        let push = |credentials, sender| engine.push(name, asked.layers, credentials, sender);
        exported.manifest = Some(pushed(job, name, told, push).await?);
    }
    Ok(exported)
}

/// A result of several platforms goes to registries, and only there: the engine's images have one each.
async fn platforms(job: &Job, several: &[Built], asked: &ImageOutput, told: &told::Vertex) -> Result<Exported> {
    if !asked.push {
        let what = "keeping an image of several platforms (--push it instead, or write it to an archive with \
                    --output type=oci,dest=FILE)";
        return Err(Why::NotImplemented(what.into()).into());
    }
    let engine = job.builder.engine();
    let (id, manifests) = assemble_all(job, several, asked, told).await?;
    let mut exported = Exported { id, ..Exported::default() };
    for name in asked.names.iter().cloned().map(Reference::or_latest) {
        let push = |credentials, sender| engine.push_platforms(&name, &manifests, asked.layers, credentials, sender);
        exported.manifest = Some(pushed(job, &name, told, push).await?);
    }
    Ok(exported)
}

/// Sends something to the registry of a name, and tells of its layers. Gives what the registry has under the name.
async fn pushed<P: Future<Output = engine::Result<Pushed>>>(
    job: &Job,
    name: &Reference,
    told: &told::Vertex,
    push: impl FnOnce(Option<Credentials>, mpsc::Sender<Pushing>) -> P,
) -> Result<Descriptor> {
    let credentials = job.client.credentials(name.domain()).await?;
    let (sender, steps) = mpsc::channel(64);
    let began = Timestamp::now();
    let (pushed, ()) = tokio::join!(push(credentials, sender), remote::tell(told, "pushing", steps));
    let Pushed { digest, size, media_type } = pushed?;
    told.done(format!("pushing manifest for {name}@{digest}"), began).await;
    Ok(descriptor(&media_type, digest, size))
}

async fn exported(job: &Job, image: &Image) -> Result<Exported> {
    let (images, manifest) = (job.builder.engine().images().clone(), image.manifest.clone());
    let described = crate::blocking(move || Ok(images.describe_manifest(&manifest)?)).await?;
    Ok(Exported { id: Some(image.id.clone()), manifest: Some(described), ..Exported::default() })
}

fn one(product: &Product) -> Result<&Built> {
    match product.images.as_slice() {
        [built] => Ok(built),
        _ => Err(Why::NotImplemented("an image of several platforms at once".into()).into()),
    }
}

/// What is said of a result, stored.
async fn keep(job: &Job, built: &Built) -> Result<Vec<Attestation>> {
    let (images, built) = (job.builder.engine().images().clone(), built.clone());
    crate::blocking(move || attest::keep(&images, &built)).await
}

/// All platforms of a result, stored, each with what is said of it; and the id of the image if it is one.
async fn assemble_all(
    job: &Job,
    all: &[Built],
    asked: &ImageOutput,
    told: &told::Vertex,
) -> Result<(Option<Digest>, Vec<(Digest, Vec<Attestation>)>)> {
    let (mut id, mut manifests) = (None, Vec::new());
    for built in all {
        let image = assemble(job, built, asked, told).await?;
        manifests.push((image.manifest, keep(job, built).await?));
        id = Some(image.id).filter(|_| all.len() == 1);
    }
    Ok((id, manifests))
}

/// The configuration and the manifest, stored.
async fn assemble(job: &Job, built: &Built, asked: &ImageOutput, told: &told::Vertex) -> Result<Image> {
    let images = job.builder.engine().images().clone();
    let (config, base, annotations) = (built.config.clone(), built.base.clone(), asked.annotations.clone());
    let began = Timestamp::now();
    let cache = if asked.inline_cache { Some(remote::inline(built)?) } else { None };
    let image = crate::blocking(move || {
        let mut bytes = serde_json::to_vec(&*config).map_err(|error| Error::invalid(error.to_string()))?;
        if let Some(records) = cache {
            bytes = images.with_inline_cache(&bytes, &records)?;
        }
        Ok(images.assemble(&bytes, base.as_ref(), annotations)?)
    });
    let image = image.await?;
    told.done("exporting layers", began).await;
    Ok(image)
}
