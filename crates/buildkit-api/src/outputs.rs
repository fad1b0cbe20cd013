//! Where results go: exporters by name, as clients ask for them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use build::{Exported, ImageOutput, Job, Output, Product};
use grpc::Status;
use grpc::proto::control::Exporter;
use image::LayersAs;
use oci::Reference;

use crate::session::{Session, Stream, send_files};
use crate::{attrs, errors};

/// An exporter, checked before anything is built.
pub(crate) struct Wanted {
    /// Its place among the exporters of the build, by which the client knows the stream that belongs to it.
    number: usize,
    kind: Kind,
}

enum Kind {
    /// An image of the engine's, which may be pushed under its names.
    Image(ImageOutput),
    Docker(ImageOutput),
    Oci(ImageOutput),
    /// An OCI image layout in a directory of the client's.
    OciLayout(ImageOutput),
    /// What is said of the files is in files whose names begin so.
    Tar {
        prefix: String,
    },
    /// The same, with a directory for each platform, even for one.
    Local {
        prefix: String,
        split: Option<bool>,
    },
}

/// How clients call the content store that an image goes to as files.
const EXPORT_STORE: &str = "export";

/// Options that have an effect at the client alone, or say what is so anyway.
const OF_THE_CLIENT: &[&str] =
    &["dest", "context", "unpack", "store", "oci-mediatypes", "source-date-epoch", "prefer-image-digest"];

impl Wanted {
    /// Reads an exporter and its options.
    pub(crate) fn read(number: usize, exporter: &Exporter) -> Result<Self, Status> {
        let kind = match exporter.r#type.as_str() {
            // The docker driver's word for an image of the daemon's.
            "moby" | "image" => Kind::Image(image(exporter)?),
            "docker" => Kind::Docker(archive(exporter)?),
            "oci" if as_files(exporter)? => Kind::OciLayout(archive(exporter)?),
            "oci" => Kind::Oci(archive(exporter)?),
            "tar" => {
                let options = options(exporter, &["attestation-prefix"])?;
                Kind::Tar { prefix: prefix(&options) }
            }
            "local" => {
                let options = options(exporter, &["attestation-prefix", "platform-split"])?;
                let split = options.get("platform-split").map(|text| attrs::boolean("platform-split", text));
                Kind::Local { prefix: prefix(&options), split: split.transpose()? }
            }
            other => return Err(attrs::not_implemented(&format!("the exporter {other:?}"))),
        };
        Ok(Self { number, kind })
    }

    /// The same, whose image carries its cache.
    pub(crate) fn carrying(mut self, inline_cache: bool) -> Self {
        match &mut self.kind {
            Kind::Image(output) | Kind::Docker(output) | Kind::Oci(output) | Kind::OciLayout(output) => {
                output.inline_cache = inline_cache;
            }
            Kind::Tar { .. } | Kind::Local { .. } => {}
        }
        self
    }

    /// Lets the product leave; what the client is told of it is added to `told`.
    pub(crate) async fn export(
        self,
        job: &Job,
        product: &Product,
        session: Option<&Arc<Session>>,
        told: &mut HashMap<String, String>,
    ) -> Result<(), Status> {
        let session = || session.ok_or_else(|| Status::invalid_argument("the output needs a session"));
        match self.kind {
            Kind::Image(output) => {
                let names = names(&output);
                let exported = direct(job, product, Output::Image(output)).await?;
                tell(told, names, &exported);
            }
            Kind::Docker(output) => {
                let (names, stream) = (names(&output), Stream::open(session()?, self.number)?);
                let exported = streamed(job, product, stream, |writer| Output::DockerArchive(output, writer)).await?;
                tell(told, names, &exported);
            }
            Kind::Oci(output) => {
                let (names, stream) = (names(&output), Stream::open(session()?, self.number)?);
                let exported = streamed(job, product, stream, |writer| Output::OciArchive(output, writer)).await?;
                tell(told, names, &exported);
            }
            Kind::OciLayout(output) => {
                let names = names(&output);
                let exported = direct(job, product, Output::OciStore(output, EXPORT_STORE.into())).await?;
                tell(told, names, &exported);
            }
            Kind::Tar { prefix } => {
                let stream = Stream::open(session()?, self.number)?;
                streamed(job, product, stream, |writer| Output::Tar(prefix, writer)).await?;
            }
            Kind::Local { prefix, split } => {
                let exported = direct(job, product, Output::Files(Some(prefix))).await?;
                let split = split.unwrap_or(product.images.len() > 1);
                if !split && exported.files.len() > 1 {
                    return Err(attrs::not_implemented("the files of several platforms in one directory"));
                }
                let platforms = product.images.iter().map(|image| image.platform.to_string());
                let folders = platforms.map(|name| if split { name.replace('/', "_") } else { String::new() });
                let trees = folders.zip(exported.files).collect();
                send_files(session()?, self.number, trees).await?;
            }
        }
        Ok(())
    }
}

async fn direct(job: &Job, product: &Product, output: Output) -> Result<Exported, Status> {
    job.export(product, output).await.map_err(|error| errors::status(&error))
}

/// Writes an archive to the client. When the client will not have it, that is the reason that counts.
async fn streamed(
    job: &Job,
    product: &Product,
    stream: Stream,
    output: impl FnOnce(Box<dyn std::io::Write + Send>) -> Output,
) -> Result<Exported, Status> {
    match job.export(product, output(Box::new(stream.writer()))).await {
        Ok(exported) => stream.finish().await.map(|()| exported),
        Err(error) => Err(stream.refusal().await.unwrap_or_else(|| errors::status(&error))),
    }
}

fn names(output: &ImageOutput) -> Vec<String> {
    output.names.iter().map(ToString::to_string).collect()
}

/// What clients look for: buildx prints the digest, writes it to the files that it is told, and pushes by the names.
fn tell(told: &mut HashMap<String, String>, names: Vec<String>, exported: &Exported) {
    if let Some(id) = &exported.id {
        told.insert("containerimage.config.digest".into(), id.to_string());
    }
    if let Some(described) = &exported.manifest {
        told.insert("containerimage.digest".into(), described.digest.to_string());
        if let Ok(text) = serde_json::to_vec(described) {
            told.insert("containerimage.descriptor".into(), STANDARD.encode(text));
        }
    }
    if !names.is_empty() {
        told.insert("image.name".into(), names.join(","));
    }
}

/// An image that is not the engine's, and so is not pushed.
fn archive(exporter: &Exporter) -> Result<ImageOutput, Status> {
    let output = image(exporter)?;
    if output.push {
        return Err(attrs::not_implemented(&format!("pushing what the exporter {:?} makes", exporter.r#type)));
    }
    Ok(output)
}

/// Whether no archive is wanted.
fn as_files(exporter: &Exporter) -> Result<bool, Status> {
    exporter.attrs.get("tar").map_or(Ok(false), |text| attrs::boolean("tar", text).map(|archive| !archive))
}

fn image(exporter: &Exporter) -> Result<ImageOutput, Status> {
    let mut output = ImageOutput::default();
    let known = [&["name", "push", "tar", "annotation"], attrs::LAYERS].concat();
    for (name, value) in options(exporter, &known)? {
        match name {
            "name" => {
                let references = value.split(',').filter(|name| !name.is_empty()).map(reference);
                output.names = references.collect::<Result<_, _>>()?;
            }
            "push" => output.push = attrs::boolean("push", value)?,
            "tar" if as_files(exporter)? && exporter.r#type != "oci" => {
                return Err(attrs::not_implemented("the output of an image as a directory"));
            }
            "tar" => {}
            name if attrs::LAYERS.contains(&name) => output.layers = attrs::layers(&exporter.attrs)?,
            name => match name.strip_prefix("annotation.").or(name.strip_prefix("annotation-manifest.")) {
                Some(name) => {
                    output.annotations.insert(name.to_owned(), value.to_owned());
                }
                None => return Err(attrs::not_implemented(&format!("the exporter's option {name:?}"))),
            },
        }
    }
    if output.layers != LayersAs::default() && !output.push && exporter.r#type != "oci" {
        let what = format!("compressing the layers of an image that {:?} keeps as it is", exporter.r#type);
        return Err(attrs::not_implemented(&what));
    }
    if output.push && output.names.is_empty() {
        return Err(Status::invalid_argument("tag is needed when pushing to registry"));
    }
    Ok(output)
}

fn prefix(options: &BTreeMap<&str, &str>) -> String {
    options.get("attestation-prefix").copied().unwrap_or_default().to_owned()
}

fn reference(name: &str) -> Result<Reference, Status> {
    let parsed: Result<Reference, _> = name.parse();
    let parsed = parsed.map_err(|error| Status::invalid_argument(format!("failed to parse {name}: {error}")))?;
    Ok(parsed.or_latest())
}

/// The options of an exporter, of which only these may be there (and those that begin with one of these and a dot).
fn options<'a>(exporter: &'a Exporter, known: &[&str]) -> Result<BTreeMap<&'a str, &'a str>, Status> {
    let mut found = BTreeMap::new();
    for (name, value) in &exporter.attrs {
        // bollard says the exporter's name twice, by the one or the other of its names.
        let said_again = name == "type" && (*value == exporter.r#type || matches!(value.as_str(), "image" | "docker"));
        if OF_THE_CLIENT.contains(&name.as_str()) || said_again {
            continue;
        }
        let word = name.split(['.', '[']).next().unwrap_or_default();
        if !known.contains(&name.as_str()) && !known.contains(&word) && !word.starts_with("annotation") {
            let what = format!("the option {name:?} of the exporter {:?}", exporter.r#type);
            return Err(attrs::not_implemented(&what));
        }
        found.insert(name.as_str(), value.as_str());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: &str, options: &[(&str, &str)]) -> Result<Wanted, Status> {
        let attrs = options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Wanted::read(0, &Exporter { r#type: kind.into(), attrs })
    }

    #[test]
    fn exporters_by_name() {
        let Kind::Image(output) =
            read("moby", &[("name", "a:1,docker.io/library/b"), ("annotation.x.y", "z"), ("push", "false")])
                .unwrap()
                .kind
        else {
            panic!("another kind");
        };
        assert_eq!(names(&output), ["docker.io/library/a:1", "docker.io/library/b:latest"]);
        assert_eq!(output.annotations["x.y"], "z");
        assert!(matches!(read("local", &[("dest", "x")]).unwrap().kind, Kind::Local { split: None, .. }));
        assert!(matches!(read("oci", &[("tar", "true")]).unwrap().kind, Kind::Oci(_)));
        let Kind::OciLayout(layout) = read("oci", &[("tar", "false")]).unwrap().carrying(true).kind else {
            panic!("another kind");
        };
        assert!(layout.inline_cache);
        let wanted =
            [("compression", "zstd"), ("compression-level", "9"), ("force-compression", "true"), ("name", "a")];
        let pushed = [&wanted[..], &[("push", "true")]].concat();
        for (kind, options) in [("oci", &wanted[..]), ("image", &pushed), ("image", &[("compression", "gzip")])] {
            let (Kind::Oci(output) | Kind::Image(output)) = read(kind, options).unwrap().kind else {
                panic!("another kind");
            };
            let (name, level) = if options.len() > 1 { ("zstd", Some(9)) } else { ("gzip", None) };
            let compression = image::Compression::new(name, level).unwrap();
            assert_eq!(output.layers, LayersAs { compression, force: options.len() > 1 });
        }
        let refused = [
            ("image", vec![("push", "true")]),
            ("docker", vec![("push", "true"), ("name", "a")]),
            ("image", vec![("name", "Ä")]),
            ("image", vec![("compression", "zstd")]),
            ("image", vec![("compression", "estargz"), ("name", "a"), ("push", "true")]),
            ("docker", vec![("compression", "uncompressed")]),
            ("oci", vec![("compression", "zstd"), ("compression-level", "23")]),
            ("oci", vec![("compression-level", "high")]),
            ("oci", vec![("force-compression", "perhaps")]),
            ("docker", vec![("tar", "0")]),
            ("oci", vec![("tar", "perhaps")]),
            ("tar", vec![("name", "x")]),
            ("registry", vec![]),
        ];
        for (kind, options) in refused {
            assert!(read(kind, &options).is_err(), "{kind} {options:?}");
        }
    }
}
