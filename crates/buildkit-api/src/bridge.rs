//! The gateway: what a client's own frontend asks for while its build runs (`LLBBridge`).
//!
//! buildx builds this way: it opens a build without a frontend, calls the Dockerfile frontend here, looks at the result
//! and returns it. A result is whole when it is named: nothing is left to be evaluated.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use build::{Job, Output, Product, Request};
use grpc::Status;
use grpc::proto::control::StatusResponse;
use grpc::proto::control::VertexWarning;
use grpc::proto::fsutil::types::Stat;
use grpc::proto::gateway::{
    PongResponse, ReadDirRequest, ReadDirResponse, ReadFileRequest, ReadFileResponse, Ref, RefMap,
    ResolveImageConfigRequest, ResolveImageConfigResponse, ResolveSourceImageResponse, ResolveSourceMetaRequest,
    ResolveSourceMetaResponse, ReturnRequest, SolveRequest, SolveResponse, StatFileRequest, StatFileResponse,
    WarnRequest, result,
};
use grpc::proto::{gateway, pb};
use oci::image::Platform;
use tokio::sync::oneshot;

use crate::attrs::{self, Asked, Rights};
use crate::results::{self, Results};
use crate::session::Offers;
use crate::{caches, capabilities, errors, limits, subrequests, task};

/// What a client's frontend has returned: a result, or nothing that could be exported.
pub(crate) type Outcome = Result<Option<Product>, Status>;

/// One build's gateway.
pub(crate) struct Bridge {
    frontend: Frontend,
    results: Arc<Results>,
    rights: Rights,
    inputs: HashMap<String, pb::Definition>,
    returned: Mutex<Option<oneshot::Sender<Outcome>>>,
    /// Names of the results that it has given.
    given: Mutex<Vec<String>>,
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let given = self.given.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.results.release(given);
    }
}

impl Bridge {
    /// A gateway, and what it will return.
    pub(crate) fn new(
        frontend: Frontend,
        results: Arc<Results>,
        rights: Rights,
        inputs: HashMap<String, pb::Definition>,
    ) -> (Self, oneshot::Receiver<Outcome>) {
        let (sender, receiver) = oneshot::channel();
        (
            Self { frontend, results, rights, inputs, returned: Mutex::new(Some(sender)), given: Mutex::default() },
            receiver,
        )
    }

    pub(crate) fn ping(workers: Vec<grpc::proto::types::WorkerRecord>) -> PongResponse {
        PongResponse { frontend_api_caps: capabilities::frontend(), llb_caps: capabilities::graph(), workers }
    }

    /// Builds.
    pub(crate) async fn solve(&self, request: SolveRequest) -> Result<SolveResponse, Status> {
        if let Some(definition) = request.definition.filter(|definition| !definition.def.is_empty()) {
            return self.known(&definition);
        }
        check_frontend(&request.frontend, &request.frontend_opt)?;
        let inputs = self.results.inputs(&request.frontend_inputs)?;
        let mut asked = attrs::read(&request.frontend, &request.frontend_opt, &inputs, self.rights)?;
        let imports: Result<Vec<_>, Status> =
            request.cache_imports.iter().map(|entry| caches::import(&entry.r#type, &entry.attrs)).collect();
        caches::add(&mut asked.request.imports, imports?)?;
        let result = match self.frontend.run(asked).await? {
            Ran::Called(metadata) => gateway::Result {
                metadata,
                result: Some(result::Result::Ref(Ref::default())),
                ..gateway::Result::default()
            },
            Ran::Built { product, multi_platform } => self.named(product, multi_platform)?,
        };
        Ok(SolveResponse { result: Some(result), ..SolveResponse::default() })
    }

    /// A graph that stands for a result is that result.
    fn known(&self, definition: &pb::Definition) -> Result<SolveResponse, Status> {
        let graphs = HashMap::from([(String::from("definition"), definition.clone())]);
        let product = self.results.inputs(&graphs)?.remove("definition");
        let product = product.map(|product| Product::clone(&product)).unwrap_or_default();
        let result = self.named(product, false)?;
        Ok(SolveResponse { result: Some(result), ..SolveResponse::default() })
    }

    /// A result under names of ours.
    fn named(&self, product: Product, multi_platform: bool) -> Result<gateway::Result, Status> {
        let mut result = gateway::Result::default();
        let several = multi_platform || product.images.len() > 1;
        let mut references = HashMap::new();
        let mut platforms = Vec::new();
        for image in product.images {
            let config = serde_json::to_vec(&*image.config).map_err(|error| Status::internal(error.to_string()))?;
            let name = image.platform.to_string();
            platforms.push(serde_json::json!({ "ID": name, "Platform": image.platform }));
            let id = self.results.keep(Product { images: vec![image], ..Product::default() })?;
            self.given.lock().unwrap_or_else(PoisonError::into_inner).push(id.clone());
            let reference = Ref { def: Some(results::graph(&id)), id };
            if several {
                result.metadata.insert(format!("containerimage.config/{name}"), config);
                references.insert(name, reference);
            } else {
                result.metadata.insert("containerimage.config".into(), config);
                result.result = Some(result::Result::Ref(reference));
            }
        }
        if several {
            let platforms = serde_json::json!({ "Platforms": platforms });
            result.metadata.insert("refs.platforms".into(), platforms.to_string().into_bytes());
            result.result = Some(result::Result::Refs(RefMap { refs: references }));
        }
        Ok(result)
    }

    /// Takes what the client's frontend has made of it.
    pub(crate) fn take(&self, request: ReturnRequest) -> Result<(), Status> {
        let outcome = match request.error.filter(|error| error.code != 0) {
            Some(error) => Err(errors::returned(error)),
            None => self.product(request.result.unwrap_or_default()),
        };
        let returned = self.returned.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(returned) = returned else {
            return Err(Status::failed_precondition("the frontend has returned already"));
        };
        // If the build has ended meanwhile, its client knows why.
        let _ = returned.send(outcome);
        Ok(())
    }

    fn product(&self, result: gateway::Result) -> Outcome {
        let mut ids: Vec<(String, String)> = match result.result {
            None => Vec::new(),
            Some(result::Result::Ref(one)) => vec![(String::new(), one.id)],
            Some(result::Result::Refs(several)) => {
                several.refs.into_iter().map(|(platform, one)| (platform, one.id)).collect()
            }
            Some(result::Result::RefDeprecated(id)) => vec![(String::new(), id)],
            Some(result::Result::RefsDeprecated(several)) => several.refs.into_iter().collect(),
        };
        ids.retain(|(_, id)| !id.is_empty());
        if ids.is_empty() {
            return Ok(None);
        }
        ids.sort();
        let mut product = Product::default();
        for (_, id) in ids {
            product.images.extend(self.results.get(&id)?.images.iter().cloned());
        }
        Ok(Some(product))
    }

    /// What the client gave the build to begin with.
    pub(crate) fn inputs(&self) -> HashMap<String, pb::Definition> {
        self.inputs.clone()
    }

    /// What an image says of itself, by its name.
    pub(crate) async fn image_config(
        &self,
        request: ResolveImageConfigRequest,
    ) -> Result<ResolveImageConfigResponse, Status> {
        let named = match request.resolver_type {
            0 => Named::Image(request.r#ref.clone(), attrs::pull(&request.resolve_mode)?),
            1 => layout(&request.r#ref, &request.store_id)?,
            other => return Err(attrs::not_implemented(&format!("looking up an image in the way {other}"))),
        };
        let (digest, config) = self.config_of(named, request.platform).await?;
        Ok(ResolveImageConfigResponse { digest, config, r#ref: request.r#ref })
    }

    /// The same, where the image is named as a source of a graph.
    pub(crate) async fn source_meta(
        &self,
        request: ResolveSourceMetaRequest,
    ) -> Result<ResolveSourceMetaResponse, Status> {
        let source = request.source.unwrap_or_default();
        let named = match source.identifier.split_once("://") {
            Some(("docker-image", name)) => Named::Image(name.to_owned(), attrs::pull(&request.resolve_mode)?),
            Some(("oci-layout", place)) => {
                layout(place, source.attrs.get("oci.store").map(String::as_str).unwrap_or_default())?
            }
            _ => return Err(attrs::not_implemented(&format!("what is known of the source {:?}", source.identifier))),
        };
        if request.image.as_ref().is_some_and(|wanted| wanted.attestation_chain) {
            return Err(attrs::not_implemented("an image's attestations"));
        }
        let (digest, config) = self.config_of(named, request.platform).await?;
        let config = if request.image.is_some_and(|wanted| wanted.no_config) { Vec::new() } else { config };
        let image = ResolveSourceImageResponse { digest, config, attestation_chain: None };
        Ok(ResolveSourceMetaResponse {
            source: Some(source),
            image: Some(image),
            ..ResolveSourceMetaResponse::default()
        })
    }

    async fn config_of(&self, named: Named, platform: Option<pb::Platform>) -> Result<(String, Vec<u8>), Status> {
        let platform = platform.map_or_else(Platform::host, |asked| Platform {
            os: asked.os,
            architecture: asked.architecture,
            variant: Some(asked.variant).filter(|variant| !variant.is_empty()),
        });
        let job = Arc::clone(&self.frontend.job);
        let looking = async move {
            match named {
                Named::Image(name, pull) => {
                    let (id, config) =
                        job.image_config(&name, &platform, pull).await.map_err(|e| errors::status(&e))?;
                    let config = serde_json::to_vec(&*config).map_err(|error| Status::internal(error.to_string()))?;
                    Ok((id.to_string(), config))
                }
                Named::Layout(store, digest) => {
                    let config = job.layout_config(&store, &digest, &platform).await;
                    Ok((digest.to_string(), config.map_err(|error| errors::status(&error))?))
                }
            }
        };
        let found = task::begin(looking).await;
        found.map_err(|_| Status::internal("a look at an image broke off; this is a fault of dabba"))?
    }

    /// That a result is there: all are.
    pub(crate) fn evaluate(&self, id: &str) -> Result<(), Status> {
        if id.is_empty() { Ok(()) } else { self.results.get(id).map(drop) }
    }

    pub(crate) async fn read_file(&self, request: ReadFileRequest) -> Result<ReadFileResponse, Status> {
        let root = self.files(&request.r#ref).await?;
        let path = request.file_path;
        let range = request.range.unwrap_or_default();
        let data = task::blocking(move || {
            use std::io::{Read, Seek, SeekFrom};
            let mut file = std::fs::File::from(open(&root, &path, false)?);
            let offset = u64::try_from(range.offset).unwrap_or_default();
            let longest = match u64::try_from(range.length) {
                Ok(length @ 1..) => length.min(limits::FILE_BYTES),
                _ => limits::FILE_BYTES + 1,
            };
            let mut data = Vec::new();
            let mut read = || -> std::io::Result<()> {
                file.seek(SeekFrom::Start(offset))?;
                Read::by_ref(&mut file).take(longest).read_to_end(&mut data)?;
                Ok(())
            };
            read().map_err(|error| of_path(&path, &error))?;
            if data.len() as u64 > limits::FILE_BYTES {
                return Err(Status::resource_exhausted(format!("{path}: longer than a message may be: read a part")));
            }
            Ok(data)
        });
        Ok(ReadFileResponse { data: data.await?? })
    }

    pub(crate) async fn read_dir(&self, request: ReadDirRequest) -> Result<ReadDirResponse, Status> {
        if !request.include_pattern.is_empty() {
            return Err(attrs::not_implemented("ReadDir with a pattern"));
        }
        let root = self.files(&request.r#ref).await?;
        let path = request.dir_path;
        let entries = task::blocking(move || {
            let folder = open(&root, &path, true)?;
            let failed = |error: rustix::io::Errno| of_path(&path, &error.into());
            let mut entries = Vec::new();
            for name in sys::beneath::entries(&folder).map_err(|error| of_path(&path, &error))? {
                entries.push(stat(&folder, &name.to_string_lossy()).map_err(failed)?);
            }
            Ok::<_, Status>(entries)
        });
        Ok(ReadDirResponse { entries: entries.await?? })
    }

    pub(crate) async fn stat_file(&self, request: StatFileRequest) -> Result<StatFileResponse, Status> {
        let root = self.files(&request.r#ref).await?;
        let path = request.path;
        let found = task::blocking(move || {
            let clean = Path::new("/").join(&path);
            let (Some(parent), Some(name)) = (clean.parent(), clean.file_name().and_then(|name| name.to_str())) else {
                let root = open(&root, "/", true)?;
                return stat(&root, ".").map_err(|error| of_path(&path, &error.into()));
            };
            let folder = open(&root, &parent.to_string_lossy(), true)?;
            stat(&folder, name).map_err(|error| of_path(&path, &error.into()))
        });
        Ok(StatFileResponse { stat: Some(found.await??) })
    }

    async fn files(&self, id: &str) -> Result<OwnedFd, Status> {
        let product = self.results.get(id)?;
        let exported =
            self.frontend.job.export(&product, Output::Files(None)).await.map_err(|error| errors::status(&error))?;
        exported.files.into_iter().next().ok_or_else(|| Status::not_found("the result has no files"))
    }

    /// A warning of the client's frontend's.
    pub(crate) fn warning(request: WarnRequest) -> StatusResponse {
        let warning = VertexWarning {
            vertex: request.digest,
            level: request.level,
            short: request.short,
            detail: request.detail,
            url: request.url,
            info: request.info,
            ranges: request.ranges,
        };
        StatusResponse { warnings: vec![warning], ..StatusResponse::default() }
    }
}

/// An image that a client's frontend asks about.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    /// By its name; and whether the registry is asked in any case.
    Image(String, bool),
    /// By its digest in a content store of the client's.
    Layout(String, oci::Digest),
}

/// An image of a store, by what ends with its digest. Where the store is not named, that begins with its name.
fn layout(reference: &str, store: &str) -> Result<Named, Status> {
    let invalid = || Status::invalid_argument(format!("{reference:?} names no image of an OCI layout by its digest"));
    let (place, digest) = reference.rsplit_once('@').ok_or_else(invalid)?;
    let store = if store.is_empty() { place.split(':').next().unwrap_or_default() } else { store };
    if store.is_empty() {
        return Err(invalid());
    }
    Ok(Named::Layout(store.to_owned(), digest.parse().map_err(|_| invalid())?))
}

/// What running a frontend gave.
pub(crate) enum Ran {
    /// An image for each platform.
    Built { product: Product, multi_platform: bool },
    /// An answer, in parts by name.
    Called(HashMap<String, Vec<u8>>),
}

/// The Dockerfile frontend of one build.
#[derive(Clone)]
pub(crate) struct Frontend {
    pub(crate) job: Arc<Job>,
    pub(crate) offers: Arc<Offers>,
}

impl Frontend {
    /// Does what was asked.
    pub(crate) async fn run(&self, asked: Asked) -> Result<Ran, Status> {
        self.offers.share(asked.sessions);
        if let Some(call) = asked.call {
            return subrequests::call(&self.job, &asked.request, &call).await.map(Ran::Called);
        }
        let product = self.build(asked.request).await?;
        Ok(Ran::Built { product, multi_platform: asked.multi_platform })
    }

    /// Builds.
    pub(crate) async fn build(&self, request: Request) -> Result<Product, Status> {
        let job = Arc::clone(&self.job);
        let built = task::begin(async move { job.build(&request).await }).await;
        let built = built.map_err(|_| Status::internal("the build broke off; this is a fault of dabba"))?;
        built.map_err(|error| errors::status(&error))
    }
}

/// There is one frontend; what asks for its image by name (`# syntax`, `BUILDKIT_SYNTAX`) gets it too.
pub(crate) fn check_frontend(frontend: &str, options: &HashMap<String, String>) -> Result<(), Status> {
    match frontend {
        "dockerfile.v0" => Ok(()),
        "gateway.v0" => {
            let source = options.get("source").map(String::as_str).unwrap_or_default();
            if build::is_frontend(source) {
                return Ok(());
            }
            Err(attrs::not_implemented(&format!("the frontend {source:?}")))
        }
        other => Err(attrs::not_implemented(&format!("the frontend {other:?}"))),
    }
}

/// Opens a file or a directory of a result. What is neither is not opened: a pipe would never end.
fn open(root: &OwnedFd, path: &str, directory: bool) -> Result<OwnedFd, Status> {
    use rustix::fs::{FileType, Mode, OFlags};
    let mut flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY;
    if directory {
        flags |= OFlags::DIRECTORY;
    }
    let clean = Path::new("/").join(path);
    let file = sys::beneath::open(root, &clean, flags, Mode::empty()).map_err(|error| of_path(path, &error))?;
    let kind = sys::beneath::kind(std::os::fd::AsFd::as_fd(&file)).map_err(|error| of_path(path, &error))?;
    if !directory && kind != FileType::RegularFile {
        return Err(Status::invalid_argument(format!("{path}: not a regular file")));
    }
    Ok(file)
}

fn of_path(path: &str, error: &std::io::Error) -> Status {
    let message = format!("{path}: {error}");
    match error.kind() {
        std::io::ErrorKind::NotFound => Status::not_found(message),
        _ => Status::unknown(message),
    }
}

fn stat(folder: &OwnedFd, name: &str) -> rustix::io::Result<Stat> {
    use rustix::fs::AtFlags;
    let found = rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?;
    let linkname = match rustix::fs::FileType::from_raw_mode(found.st_mode) {
        rustix::fs::FileType::Symlink => {
            rustix::fs::readlinkat(folder, name, Vec::new())?.to_string_lossy().into_owned()
        }
        _ => String::new(),
    };
    Ok(Stat {
        path: name.to_owned(),
        mode: filesync::go_mode(found.st_mode),
        uid: found.st_uid,
        gid: found.st_gid,
        size: found.st_size,
        mod_time: found.st_mtime.saturating_mul(1_000_000_000).saturating_add(found.st_mtime_nsec as i64),
        linkname,
        ..Stat::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_layouts_are_named_by_their_digests() {
        let digest = oci::Digest::sha256([7; 32]);
        let named = |store: &str| Named::Layout(store.to_owned(), digest.clone());
        assert_eq!(layout(&format!("docker.io/library/base@{digest}"), "abc").unwrap(), named("abc"));
        assert_eq!(layout(&format!("abc:latest@{digest}"), "").unwrap(), named("abc"));
        for (reference, store) in [("base", "abc"), ("base@sha256:1", "abc"), (&*format!("@{digest}"), "")] {
            assert!(layout(reference, store).is_err(), "{reference}");
        }
    }
}
