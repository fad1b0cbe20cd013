//! Bills of materials: the program of a generator's image looks through a result and writes what it has found.
//! Source: BuildKit `docs/attestations/sbom-protocol.md`.

use std::path::Path;

use oci::Digest;
use oci::image::Platform;
use rustix::fs::{Mode, OFlags};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Evaluator;
use crate::attest::{Attestation, Generator};
use crate::graph::{Action, Files, MountWhat, Op, Run, RunMount, Vertex, VertexId};
use crate::{Error, Job, Result, limits};

/// Where the generator finds the result, and where it writes what it finds.
const SOURCE: &str = "/run/src/core/sbom";
const DESTINATION: &str = "/run/out";

impl Evaluator<'_> {
    /// A vertex whose layers hold what a generator writes about another one.
    pub(super) async fn scan(
        &mut self,
        generator: &Generator,
        result: VertexId,
        platform: &Platform,
    ) -> Result<VertexId> {
        // It looks through files and runs none of them: this host's is right for every platform.
        let base = self.base(&generator.image, &Platform::host()).await?;
        let execution = base.config.config.clone().unwrap_or_default();
        let args: Vec<String> = [execution.entrypoint, execution.cmd].into_iter().flatten().flatten().collect();
        if args.is_empty() {
            return Err(Error::invalid(format!("scanner {} does not have cmd", generator.image)));
        }
        let mut env = execution.env;
        env.push(format!("BUILDKIT_SCAN_DESTINATION={DESTINATION}"));
        env.push(format!("BUILDKIT_SCAN_SOURCE={SOURCE}"));
        env.extend(generator.parameters.iter().map(|(name, value)| format!("BUILDKIT_SCAN_{name}={value}")));
        let empty = Action::MakeDir { path: DESTINATION.into(), mode: 0o777, owner: None };
        let files = Files { base: base.vertex, link: false, actions: vec![empty], clamp: Some(0) };
        // Nothing to read about: the program's own line says it.
        let prepared = Vertex { name: String::new(), op: Op::Files(files), anew: false, at: None };
        let prepared = self.graph.add(prepared);
        let mount = |target: &str, what| RunMount { target: target.into(), what };
        let run = Run {
            base: prepared,
            args,
            env,
            cwd: if execution.working_dir.is_empty() { "/".into() } else { execution.working_dir },
            user: String::new(),
            network: self.request.network.clone(),
            insecure: false,
            hosts: Vec::new(),
            hostname: super::instruct::HOSTNAME.into(),
            shm_size: 0,
            ulimits: Vec::new(),
            cgroup_parent: self.request.cgroup_parent.clone(),
            limits: self.request.limits.clone(),
            mounts: vec![
                mount(SOURCE, MountWhat::Bind { from: result, source: "/".into(), writable: false }),
                mount("/tmp", MountWhat::Tmpfs { size: 0, readonly: false }),
            ],
            proxy: self.proxy(),
            clamp: Some(0),
        };
        let name = format!("[{platform}] generating sbom using {}", generator.image);
        Ok(self.graph.add(Vertex { name, op: Op::Run(Box::new(run)), anew: false, at: None }))
    }
}

/// A statement as a generator writes it; whom it is about is said here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Found<'a> {
    predicate_type: String,
    #[serde(borrow)]
    predicate: &'a RawValue,
}

/// What a generator has written.
pub(super) async fn read(job: &Job, layers: Vec<Digest>) -> Result<Vec<Attestation>> {
    let images = job.builder.engine().images().clone();
    crate::blocking(move || {
        let failed = |error| Error::io("reading what the SBOM generator has written", error);
        let root = images.look(&layers)?;
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        let folder = sys::beneath::open(&root, Path::new(DESTINATION), flags, Mode::empty()).map_err(failed)?;
        let names = sys::beneath::entries(&folder).map_err(failed)?;
        if names.len() > limits::SCANS {
            return Err(Error::invalid(format!("the SBOM generator has written over {} files", limits::SCANS)));
        }
        if names.is_empty() {
            return Err(Error::invalid("the SBOM generator has written nothing to $BUILDKIT_SCAN_DESTINATION"));
        }
        let one = |name: std::ffi::OsString| {
            let path = Path::new("/").join(&name);
            let name = name.to_string_lossy().into_owned();
            let bytes = sys::beneath::read(&folder, &path, image::limits::PREDICATE_BYTES).map_err(failed)?;
            let found: Found<'_> = serde_json::from_slice(&bytes).map_err(|error| {
                Error::invalid(format!("{name} of the SBOM generator is no statement of in-toto: {error}"))
            })?;
            Ok(Attestation {
                predicate_type: found.predicate_type,
                file: name,
                predicate: found.predicate.get().as_bytes().into(),
                inline_only: false,
            })
        };
        names.into_iter().map(one).collect()
    })
    .await
}
