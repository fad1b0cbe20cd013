//! The graph of a build: what each vertex does, and from what. Pure data.
//!
//! Inputs stand before what uses them, so that a graph has no cycles.

use std::collections::BTreeMap;

use engine::container::spec::Ulimit;
use oci::image::Platform;
use oci::{Digest, Reference};
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::error::Location;
use crate::request::{StepLimits, StepNetwork};

/// A vertex by its place in the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct VertexId(usize);

impl VertexId {
    /// Its place: 0 for the first vertex.
    pub(crate) fn place(self) -> usize {
        self.0
    }
}

/// All vertexes of a build.
#[derive(Debug, Default)]
pub(crate) struct Graph(Vec<Vertex>);

/// Something to be done.
#[derive(Debug)]
pub(crate) struct Vertex {
    /// What people read; empty for what is none of their business.
    pub(crate) name: String,
    pub(crate) op: Op,
    /// The cache is not asked.
    pub(crate) anew: bool,
    /// The lines that it comes from.
    pub(crate) at: Option<Location>,
}

/// What a vertex does.
#[derive(Debug, Clone)]
pub(crate) enum Op {
    /// No files.
    Scratch,
    /// The layers of an image that is here, and which one it is, unless a build gave it.
    Image(Vec<Digest>, Option<BaseImage>),
    /// A directory of the client's.
    Local(crate::Local),
    /// A directory that has been received.
    Directory(Received),
    /// A file of a web server.
    Http(Http),
    /// A commit of a git repository.
    Git(Git),
    /// A program.
    Run(Box<Run>),
    /// Changes of files that take no program.
    Files(Files),
}

/// An image that is built upon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BaseImage {
    pub(crate) reference: Reference,
    pub(crate) platform: Platform,
    /// Of its index or its manifest.
    pub(crate) digest: Digest,
}

/// A directory that is here, as long as this lives.
#[derive(Clone)]
pub(crate) struct Received(pub(crate) std::sync::Arc<crate::local::Directory>);

impl std::fmt::Debug for Received {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Received").field(&self.0.path()).finish()
    }
}

/// A file to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Http {
    pub(crate) url: String,
    /// What it must be.
    pub(crate) checksum: Option<Digest>,
    /// Its name in the directory that is the result.
    pub(crate) filename: String,
    pub(crate) mode: u32,
}

/// A commit to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Git {
    pub(crate) remote: String,
    /// Branch, tag or commit; empty for the remote's own choice.
    pub(crate) reference: String,
    /// The directory of it that is the result.
    pub(crate) folder: String,
    /// The commit that it must be.
    pub(crate) checksum: Option<String>,
    /// Leave `.git` there.
    pub(crate) keep_git: bool,
}

/// A program to be run.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) base: VertexId,
    pub(crate) args: Vec<String>,
    pub(crate) env: Vec<String>,
    pub(crate) cwd: String,
    pub(crate) user: String,
    pub(crate) network: StepNetwork,
    /// All rights.
    pub(crate) insecure: bool,
    pub(crate) hosts: Vec<(String, String)>,
    pub(crate) hostname: String,
    pub(crate) shm_size: u64,
    pub(crate) ulimits: Vec<Ulimit>,
    pub(crate) cgroup_parent: String,
    pub(crate) limits: StepLimits,
    pub(crate) mounts: Vec<RunMount>,
    /// Variables that are seen and count for nothing.
    pub(crate) proxy: Vec<String>,
    /// Later file times become this one.
    pub(crate) clamp: Option<i64>,
}

/// A mount of a program.
#[derive(Debug, Clone)]
pub(crate) struct RunMount {
    /// Absolute.
    pub(crate) target: String,
    pub(crate) what: MountWhat,
}

#[derive(Debug, Clone)]
pub(crate) enum MountWhat {
    Bind {
        from: VertexId,
        /// Of `from`, absolute.
        source: String,
        /// Can be written to; what is written is lost.
        writable: bool,
    },
    Cache {
        id: String,
        sharing: Sharing,
        /// What a new one begins with.
        from: Option<(VertexId, String)>,
        readonly: bool,
        mode: u32,
        uid: u32,
        gid: u32,
    },
    Tmpfs {
        /// Bytes; 0 for the kernel's default.
        size: u64,
        readonly: bool,
    },
    Secret {
        id: String,
        required: bool,
        mode: u32,
        uid: u32,
        gid: u32,
    },
    /// A secret in a variable; it is mounted nowhere.
    SecretEnv {
        id: String,
        required: bool,
        variable: String,
    },
    Ssh {
        id: String,
        required: bool,
        mode: u32,
        uid: u32,
        gid: u32,
    },
}

/// Who may use a cache mount at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Sharing {
    /// All.
    Shared,
    /// One; others get another one.
    Private,
    /// One; others wait.
    Locked,
}

/// Changes of files.
#[derive(Debug, Clone)]
pub(crate) struct Files {
    pub(crate) base: VertexId,
    /// The changes do not look at what is there: they are a layer that can be laid upon anything.
    pub(crate) link: bool,
    pub(crate) actions: Vec<Action>,
    pub(crate) clamp: Option<i64>,
}

#[derive(Debug, Clone)]
pub(crate) enum Action {
    MakeDir { path: String, mode: u32, owner: Option<String> },
    WriteFile { path: String, data: Vec<u8>, mode: u32, owner: Option<String> },
    Copy(Box<CopyAction>),
}

#[derive(Debug, Clone)]
pub(crate) struct CopyAction {
    pub(crate) from: VertexId,
    /// Of `from`, absolute, perhaps a pattern.
    pub(crate) source: String,
    /// Absolute; ends with `/` when it must be a directory.
    pub(crate) target: String,
    /// `user:group` by name or number.
    pub(crate) owner: Option<String>,
    /// Octal, or symbolic.
    pub(crate) mode: Option<String>,
    pub(crate) exclude: Vec<String>,
    /// Keep the directories that lead to the source.
    pub(crate) parents: bool,
    /// Unpack archives.
    pub(crate) unpack: bool,
}

impl Graph {
    pub(crate) fn add(&mut self, vertex: Vertex) -> VertexId {
        self.0.push(vertex);
        VertexId(self.0.len() - 1)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get_mut(&mut self, id: VertexId) -> &mut Vertex {
        &mut self.0[id.0]
    }

    pub(crate) fn get(&self, id: VertexId) -> &Vertex {
        &self.0[id.0]
    }

    /// These vertexes and all that they need, inputs before what uses them.
    pub(crate) fn needed(&self, wanted: &[VertexId]) -> Vec<VertexId> {
        let mut is_needed = vec![false; self.0.len()];
        wanted.iter().for_each(|id| is_needed[id.0] = true);
        for place in (0..self.0.len()).rev() {
            if is_needed[place] {
                self.0[place].op.inputs().iter().for_each(|input| is_needed[input.0] = true);
            }
        }
        (0..self.0.len()).filter(|place| is_needed[*place]).map(VertexId).collect()
    }

    /// The digests by which people know the vertexes: of what each does and of what it uses, names and places aside.
    pub(crate) fn digests(&self) -> BTreeMap<VertexId, Digest> {
        let mut digests = BTreeMap::new();
        for (place, vertex) in self.0.iter().enumerate() {
            let inputs: Vec<&Digest> = vertex.op.inputs().iter().filter_map(|input| digests.get(input)).collect();
            // The name tells apart what is done twice.
            let digest = digest_of(&(vertex.op.text(), inputs, &vertex.name));
            digests.insert(VertexId(place), digest);
        }
        digests
    }
}

impl Op {
    /// What it uses.
    pub(crate) fn inputs(&self) -> Vec<VertexId> {
        match self {
            Self::Scratch | Self::Image(..) | Self::Local(_) | Self::Directory(_) | Self::Http(_) | Self::Git(_) => {
                Vec::new()
            }
            Self::Run(run) => std::iter::once(run.base)
                .chain(run.mounts.iter().filter_map(|mount| match &mount.what {
                    MountWhat::Bind { from, .. } | MountWhat::Cache { from: Some((from, _)), .. } => Some(*from),
                    _ => None,
                }))
                .collect(),
            Self::Files(files) => std::iter::once(files.base)
                .chain(files.actions.iter().filter_map(|action| match action {
                    Action::Copy(copy) => Some(copy.from),
                    Action::MakeDir { .. } | Action::WriteFile { .. } => None,
                }))
                .collect(),
        }
    }

    /// Everything that it says, for a digest.
    fn text(&self) -> String {
        format!("{self:?}")
    }
}

/// The digest of a value's JSON text.
pub(crate) fn digest_of(value: &impl Serialize) -> Digest {
    // Keys of maps are texts everywhere here, so this cannot fail; if it did, nothing would be equal to it.
    let text = serde_json::to_vec(value).unwrap_or_else(|error| error.to_string().into_bytes());
    Digest::sha256(Sha256::digest(text).into())
}
