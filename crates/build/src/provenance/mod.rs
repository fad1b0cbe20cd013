//! Where a result comes from: the predicate of SLSA, made of the graph that was solved and of what its sources were.
//!
//! Two versions say the same in other words. The times of a build stand in it only when somebody has asked for the
//! predicate, and for no moment in particular: two builds of one context are to give the same image.
//!
//! Source: SLSA provenance 0.2 and 1; BuildKit `docs/attestations/slsa-definitions.md`.

mod definition;

use std::collections::{BTreeMap, HashMap};

use oci::Digest;
use oci::image::Platform;
use serde_json::{Value, json};
use words::Timestamp;

use crate::attest::{Attestation, Provenance, SlsaVersion};
use crate::error::SourceFile;
use crate::graph::{Graph, MountWhat, Op, VertexId};
use crate::request::StepNetwork;
use crate::{Error, Result};

/// What a source was when it was fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pinned {
    /// This commit.
    Commit(String),
    /// These bytes.
    Digest(Digest),
}

/// What sources were, by their vertexes.
pub(crate) type Pins = HashMap<VertexId, Pinned>;

/// A context that was fetched: from where, and what it was.
#[derive(Debug, Clone)]
pub(crate) struct Fetched {
    pub(crate) uri: String,
    pub(crate) pin: Pinned,
}

/// A build that has been done, as far as it is told.
pub(crate) struct Done<'a> {
    pub(crate) graph: &'a Graph,
    /// The vertex that is the result.
    pub(crate) end: VertexId,
    pub(crate) pins: &'a Pins,
    /// The context, if it is not the client's.
    pub(crate) context: Option<Fetched>,
    /// Of which directory of the client's the Dockerfile is, if of one.
    pub(crate) dockerfile_of: Option<&'a str>,
    pub(crate) dockerfile: &'a SourceFile,
    /// When it began, unless no time is to be told.
    pub(crate) began: Option<Timestamp>,
}

/// What of a build's inputs is known.
#[derive(Default)]
struct Inputs {
    materials: Vec<Value>,
    locals: Vec<String>,
    /// By id: whether it could have been missing.
    secrets: BTreeMap<String, bool>,
    ssh: BTreeMap<String, bool>,
    /// A program could use the network.
    network: bool,
    /// Something was used of which nobody knows where it comes from.
    incomplete: bool,
}

const BUILD_TYPE_02: &str = "https://mobyproject.org/buildkit@v1";
const BUILD_TYPE_1: &str = "https://github.com/moby/buildkit/blob/master/docs/attestations/slsa-definitions.md";

/// Says where a result comes from.
pub(crate) fn attestation(asked: &Provenance, done: &Done<'_>) -> Result<Attestation> {
    let (predicate_type, predicate) = match asked.version {
        SlsaVersion::V02 => ("https://slsa.dev/provenance/v0.2", version_02(asked, done)),
        SlsaVersion::V1 => ("https://slsa.dev/provenance/v1", version_1(asked, done)),
    };
    let text = serde_json::to_vec_pretty(&predicate).map_err(|error| Error::invalid(error.to_string()))?;
    Ok(Attestation {
        predicate_type: predicate_type.into(),
        file: "provenance.json".into(),
        predicate: text.into(),
        inline_only: asked.inline_only,
    })
}

fn version_02(asked: &Provenance, done: &Done<'_>) -> Value {
    let inputs = inputs(done);
    let mut source = json!({});
    config_source(&mut source, asked, done, "entryPoint");
    let parameters = parameters(asked, &inputs);
    let mut metadata = json!({
        "completeness": {
            "parameters": is_complete(asked),
            "environment": true,
            "materials": !inputs.incomplete,
        },
        "reproducible": asked.reproducible,
        "https://mobyproject.org/buildkit@v1#hermetic": !inputs.incomplete && !inputs.network,
        "https://mobyproject.org/buildkit@v1#metadata": extension(asked, done),
    });
    times(&mut metadata, done, ["buildInvocationID", "buildStartedOn", "buildFinishedOn"]);
    let mut predicate = json!({
        "builder": { "id": asked.builder },
        "buildType": BUILD_TYPE_02,
        "materials": inputs.materials,
        "invocation": {
            "configSource": source,
            "parameters": parameters,
            "environment": { "platform": Platform::host().to_string() },
        },
        "metadata": metadata,
    });
    if asked.max {
        predicate["buildConfig"] = definition::steps(done);
    }
    predicate
}

fn version_1(asked: &Provenance, done: &Done<'_>) -> Value {
    let inputs = inputs(done);
    let mut source = json!({});
    config_source(&mut source, asked, done, "path");
    let mut internal = json!({ "builderPlatform": Platform::host().to_string() });
    if asked.max {
        internal["buildConfig"] = definition::steps(done);
    }
    let mut metadata = json!({
        "buildkit_completeness": {
            "request": is_complete(asked),
            "resolvedDependencies": !inputs.incomplete,
        },
        "buildkit_reproducible": asked.reproducible,
        "buildkit_hermetic": !inputs.incomplete && !inputs.network,
        "buildkit_metadata": extension(asked, done),
    });
    times(&mut metadata, done, ["invocationId", "startedOn", "finishedOn"]);
    json!({
        "buildDefinition": {
            "buildType": BUILD_TYPE_1,
            "externalParameters": { "configSource": source, "request": parameters(asked, &inputs) },
            "internalParameters": internal,
            "resolvedDependencies": inputs.materials,
        },
        "runDetails": { "builder": { "id": asked.builder }, "metadata": metadata },
    })
}

fn times(metadata: &mut Value, done: &Done<'_>, [id, began, ended]: [&str; 3]) {
    if let Some(moment) = done.began {
        metadata[id] = json!(words::ExecId::random().as_str());
        metadata[began] = json!(moment.to_string());
        metadata[ended] = json!(Timestamp::now().to_string());
    }
}

/// Where the Dockerfile is from.
fn config_source(source: &mut Value, asked: &Provenance, done: &Done<'_>, path: &str) {
    if let Some(Fetched { uri, pin }) = &done.context {
        source["uri"] = json!(without_password(uri));
        source["digest"] = pin.digest_set();
    }
    source[path] = json!(asked.entry_point);
}

fn is_argument(name: &str) -> bool {
    name.starts_with("build-arg:") || name.starts_with("label:")
}

fn is_complete(asked: &Provenance) -> bool {
    asked.max || !asked.parameters.keys().any(|name| is_argument(name))
}

fn parameters(asked: &Provenance, inputs: &Inputs) -> Value {
    let told = asked.parameters.iter().filter(|(name, _)| asked.max || !is_argument(name));
    let args: BTreeMap<&String, String> = told.map(|(name, value)| (name, without_password(value))).collect();
    let locals: Vec<Value> = inputs.locals.iter().map(|name| json!({ "name": name })).collect();
    let mut parameters = json!({ "frontend": asked.frontend, "args": args, "locals": locals });
    if asked.max {
        for (name, ids) in [("secrets", &inputs.secrets), ("ssh", &inputs.ssh)] {
            let one = |(id, optional): (&String, &bool)| match optional {
                true => json!({ "id": id, "optional": true }),
                false => json!({ "id": id }),
            };
            parameters[name] = ids.iter().map(one).collect();
        }
    }
    parameters
}

/// What no field of SLSA is for.
fn extension(asked: &Provenance, done: &Done<'_>) -> Value {
    let mut extension = json!({});
    if !asked.vcs.is_empty() {
        let vcs = asked.vcs.iter().map(|(name, value)| (name.clone(), json!(without_password(value))));
        extension["vcs"] = Value::Object(vcs.collect());
    }
    if asked.max {
        extension["source"] = definition::source(done);
    }
    extension
}

fn inputs(done: &Done<'_>) -> Inputs {
    let mut inputs = Inputs::default();
    let material = |uri: String, digest: Value| json!({ "uri": uri, "digest": digest });
    if let Some(Fetched { uri, pin }) = &done.context {
        inputs.materials.push(material(without_password(uri), pin.digest_set()));
    }
    for id in done.graph.needed(&[done.end]) {
        match &done.graph.get(id).op {
            Op::Scratch | Op::Files(_) => {}
            Op::Image(_, known) => match known {
                Some(image) => {
                    let uri = image::package_url(&image.reference, &image.platform);
                    inputs.materials.push(material(uri, Pinned::Digest(image.digest.clone()).digest_set()));
                }
                None => inputs.incomplete = true,
            },
            Op::Local(local) => inputs.locals.push(local.name.clone()),
            Op::Directory(_) => inputs.incomplete |= done.context.is_none(),
            Op::Http(http) => match done.pins.get(&id) {
                Some(pin) => inputs.materials.push(material(without_password(&http.url), pin.digest_set())),
                None => inputs.incomplete = true,
            },
            Op::Git(git) => match done.pins.get(&id) {
                Some(pin) => inputs.materials.push(material(git_uri(git), pin.digest_set())),
                None => inputs.incomplete = true,
            },
            Op::Run(run) => {
                inputs.network |= run.network != StepNetwork::None;
                for mount in &run.mounts {
                    let (ids, id, required) = match &mount.what {
                        MountWhat::Secret { id, required, .. } | MountWhat::SecretEnv { id, required, .. } => {
                            (&mut inputs.secrets, id, *required)
                        }
                        MountWhat::Ssh { id, required, .. } => (&mut inputs.ssh, id, *required),
                        _ => continue,
                    };
                    let optional = ids.entry(id.clone()).or_insert(true);
                    *optional &= !required;
                }
            }
        }
    }
    let mut seen = std::collections::HashSet::new();
    inputs.materials.retain(|material| seen.insert(material.to_string()));
    // Files of the client's own come from anywhere.
    inputs.locals.extend(done.dockerfile_of.map(str::to_owned));
    inputs.locals.sort();
    inputs.locals.dedup();
    inputs.incomplete |= !inputs.locals.is_empty();
    inputs
}

impl Pinned {
    fn digest_set(&self) -> Value {
        match self {
            // Repositories of the other format have longer ones.
            Self::Commit(commit) if commit.len() > 40 => json!({ "sha256": commit }),
            Self::Commit(commit) => json!({ "sha1": commit }),
            Self::Digest(digest) => json!({ "sha256": digest.hex() }),
        }
    }
}

fn git_uri(git: &crate::graph::Git) -> String {
    let mut uri = without_password(&git.remote);
    if !git.reference.is_empty() {
        uri.push('#');
        uri.push_str(&git.reference);
    }
    uri
}

/// An address without who asks: what stands before the host's name.
fn without_password(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://xxxxx@{}", &rest[at + 1..]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_learns_who_asked() {
        for (from, to) in [
            ("https://me:secret@host/r.git#main", "https://xxxxx@host/r.git#main"),
            ("https://token@host", "https://xxxxx@host"),
            ("https://host/a@b", "https://host/a@b"),
            ("git@host:a/b", "git@host:a/b"),
            ("linux/amd64", "linux/amd64"),
        ] {
            assert_eq!(without_password(from), to);
        }
    }

    #[test]
    fn commits_of_both_formats() {
        assert_eq!(Pinned::Commit("a".repeat(40)).digest_set(), json!({ "sha1": "a".repeat(40) }));
        assert_eq!(Pinned::Commit("a".repeat(64)).digest_set(), json!({ "sha256": "a".repeat(64) }));
    }
}
