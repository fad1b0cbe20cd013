//! Steps: a program runs in a fresh snapshot, and what it wrote becomes a layer.

use std::collections::HashMap;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use engine::cache::{CacheRecord, Held};
use engine::container::spec::{Host, NetworkMode, Program, Spec};
use engine::container::step::{Output, Step, StepFile};
use oci::runtime::Mount;
use oci::{Digest, Reference};
use tokio::sync::{OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock, mpsc};
use words::Timestamp;

use crate::graph::{MountWhat, Run, RunMount, Sharing, VertexId, digest_of};
use crate::local::{Directory, make_private};
use crate::request::StepNetwork;
use crate::snapshot::Fresh;
use crate::solve::{Audience, Solving, Tree};
use crate::{Error, Result, Why, limits, snapshot};

/// What a program's result depends on.
pub(crate) async fn key(solving: &Arc<Solving>, run: &Run, inputs: &HashMap<VertexId, Tree>) -> Result<Digest> {
    let base = input(inputs, run.base)?.layers()?;
    let mut mounts = Vec::new();
    for RunMount { target, what } in &run.mounts {
        let text = match what {
            MountWhat::Bind { from, source, writable } => {
                let content = snapshot::digest(solving, input(inputs, *from)?, Path::new(source)).await?;
                format!("bind {writable} {content}")
            }
            // What a cache holds is of no account, nor is what is secret; that they are there is, and what they begin with.
            MountWhat::Cache { id, from, readonly, mode, uid, gid, .. } => {
                let begin = match from {
                    Some((from, source)) => {
                        format!(" {}", snapshot::digest(solving, input(inputs, *from)?, Path::new(source)).await?)
                    }
                    None => String::new(),
                };
                format!("cache {id} {readonly} {mode} {uid} {gid}{begin}")
            }
            MountWhat::Tmpfs { size, readonly } => format!("tmpfs {size} {readonly}"),
            MountWhat::Secret { id, mode, uid, gid, .. } => format!("secret {id} {mode} {uid} {gid}"),
            MountWhat::SecretEnv { id, variable, .. } => format!("secret {id} in {variable}"),
            MountWhat::Ssh { id, mode, uid, gid, .. } => format!("ssh {id} {mode} {uid} {gid}"),
        };
        mounts.push((target, text));
    }
    Ok(digest_of(&(
        "run",
        base,
        (&run.args, &run.env, &run.cwd, &run.user),
        (&run.network, run.insecure, &run.hosts, &run.hostname),
        (run.shm_size, &run.ulimits, run.clamp),
        mounts,
    )))
}

pub(crate) fn input(inputs: &HashMap<VertexId, Tree>, id: VertexId) -> Result<&Tree> {
    inputs.get(&id).ok_or_else(|| Error::invalid("a vertex without one of its inputs"))
}

/// Runs it; gives the layers of the result and the bytes that the new one takes.
pub(crate) async fn run(
    solving: &Arc<Solving>,
    run: &Run,
    inputs: &HashMap<VertexId, Tree>,
    heard: &Audience,
) -> Result<(Vec<Digest>, u64)> {
    let base = input(inputs, run.base)?.layers()?.to_vec();
    let fresh = Fresh::over(&solving.builder, base.clone()).await?;
    let mut given = Given::default();
    for mount in &run.mounts {
        given.add(solving, mount, inputs).await?;
    }
    let stubs = fresh.missing(given.targets()).await?;
    let step = Step {
        key: fresh.key().to_owned(),
        layers: base,
        spec: spec(run, &given),
        mounts: std::mem::take(&mut given.mounts),
        files: std::mem::take(&mut given.files),
    };
    let (output, mut shown) = mpsc::channel::<Output>(limits::OUTPUT_BACKLOG);
    let engine = solving.builder.engine();
    let told = async {
        while let Some(Output { stream, bytes }) = shown.recv().await {
            heard.log(stream, &bytes).await;
        }
    };
    let (code, ()) = tokio::join!(engine.run_step(step, output), told);
    let code = code?;
    given.settle(solving).await?;
    if code != 0 {
        if let Some(name) = &solving.keep_failed {
            fresh.remove_stubs(stubs).await?;
            keep(solving, run, fresh, name.clone()).await?;
        }
        return Err(Why::Exit { command: command(&run.args), code }.into());
    }
    fresh.remove_stubs(stubs).await?;
    fresh.seal(run.clamp).await
}

/// Makes an image of what a program has left, with what it saw but for secrets.
async fn keep(solving: &Arc<Solving>, run: &Run, fresh: Fresh, name: Reference) -> Result<()> {
    let (layers, _) = fresh.seal(None).await?;
    let execution = oci::image::Execution {
        env: run.env.clone(),
        working_dir: run.cwd.clone(),
        user: run.user.clone(),
        cmd: Some(vec!["/bin/sh".into()]),
        ..oci::image::Execution::default()
    };
    let history = oci::image::History {
        created: None,
        created_by: Some(command(&run.args)),
        author: None,
        comment: Some("what a step left that failed".into()),
        empty_layer: false,
    };
    let mut config = oci::image::Config::empty(oci::image::Platform::host());
    config.created = Some(Timestamp::now().to_string());
    config.config = Some(execution);
    config.rootfs.diff_ids = layers;
    config.history = vec![history];
    let engine = solving.builder.engine();
    let images = engine.images().clone();
    let image = crate::blocking(move || {
        let bytes = serde_json::to_vec(&config).map_err(|error| Error::invalid(error.to_string()))?;
        Ok(images.assemble(&bytes, None, std::collections::BTreeMap::new())?)
    });
    engine.add_image(image.await?, None, vec![name.or_latest()], Vec::new()).await?;
    Ok(())
}

/// A command as people write it.
fn command(args: &[String]) -> String {
    args.join(" ")
}

fn spec(run: &Run, given: &Given) -> Spec {
    let extra_hosts = run.hosts.iter().map(|(name, address)| format!("{name}:{address}"));
    let resources = engine::container::spec::Resources {
        memory: run.limits.memory,
        memory_swap: run.limits.memory_swap,
        cpu_shares: run.limits.cpu_shares,
        cpu_quota: run.limits.cpu_quota,
        cpu_period: run.limits.cpu_period,
        cpuset_cpus: run.limits.cpuset_cpus.clone(),
        cpuset_mems: run.limits.cpuset_mems.clone(),
        ulimits: run.ulimits.clone(),
        cgroup_parent: run.cgroup_parent.clone(),
        ..Default::default()
    };
    Spec {
        program: Program {
            cmd: Some(run.args.clone()),
            env: run.env.iter().chain(&run.proxy).chain(&given.env).cloned().collect(),
            working_dir: run.cwd.clone(),
            user: run.user.clone(),
            ..Program::default()
        },
        hostname: run.hostname.clone(),
        host: Host {
            network: match &run.network {
                StepNetwork::Bridge => NetworkMode::Default,
                StepNetwork::Host => NetworkMode::Host,
                StepNetwork::None => NetworkMode::None,
                StepNetwork::Named(name) => NetworkMode::Named(name.clone()),
            },
            extra_hosts: extra_hosts.collect(),
            privileged: run.insecure,
            shm_size: i64::try_from(run.shm_size).unwrap_or(i64::MAX),
            resources,
            ..Host::default()
        },
        ..Spec::default()
    }
}

/// What a step is given beside its root file system, as long as this lives.
#[derive(Default)]
struct Given {
    mounts: Vec<Mount>,
    files: Vec<StepFile>,
    env: Vec<String>,
    /// Upper directories of mounts that can be written to and are thrown away.
    written: Vec<Fresh>,
    caches: Vec<CacheMount>,
    agents: Vec<Agent>,
    /// Directories that are mounted.
    directories: Vec<Arc<Directory>>,
}

impl Given {
    fn targets(&self) -> Vec<PathBuf> {
        let files = self.files.iter().map(|file| file.target.clone());
        self.mounts.iter().map(|mount| mount.destination.clone()).chain(files).collect()
    }

    fn mount(&mut self, kind: &str, source: &str, target: &str, options: Vec<String>) {
        self.mounts.push(Mount {
            destination: target.into(),
            kind: kind.into(),
            source: source.into(),
            options,
            ..Mount::default()
        });
    }

    async fn add(&mut self, solving: &Arc<Solving>, mount: &RunMount, inputs: &HashMap<VertexId, Tree>) -> Result<()> {
        let RunMount { target, what } = mount;
        match what {
            MountWhat::Bind { from, source, writable } => {
                self.bind(solving, input(inputs, *from)?, source, target, *writable).await
            }
            MountWhat::Cache { id, sharing, from, readonly, mode, uid, gid } => {
                let begin = match from {
                    Some((from, source)) => Some((input(inputs, *from)?, source.as_str())),
                    None => None,
                };
                let cache = CacheMount::take(solving, id, *sharing, (*mode, *uid, *gid), begin).await?;
                let mut options: Vec<String> = vec!["rbind".into(), "rprivate".into()];
                options.extend(solving.builder.owners_option());
                options.extend(readonly.then(|| "ro".to_owned()));
                self.mount("bind", &cache.path.to_string_lossy(), target, options);
                self.caches.push(cache);
                Ok(())
            }
            MountWhat::Tmpfs { size, readonly } => {
                let mut options = vec!["nosuid".to_owned(), "mode=1777".into()];
                options.extend(readonly.then(|| "ro".to_owned()));
                options.extend((*size > 0).then(|| format!("size={size}")));
                self.mount("tmpfs", "tmpfs", target, options);
                Ok(())
            }
            MountWhat::Secret { id, required, mode, uid, gid } => {
                if let Some(data) = secret(solving, id, *required).await? {
                    let file = StepFile { target: target.into(), data, mode: *mode, owner: (*uid, *gid) };
                    self.files.push(file);
                }
                Ok(())
            }
            MountWhat::SecretEnv { id, required, variable } => {
                if let Some(data) = secret(solving, id, *required).await? {
                    let value = String::from_utf8(data)
                        .map_err(|_| Error::invalid(format!("secret {id} is no text: it cannot be in a variable")))?;
                    self.env.push(format!("{variable}={value}"));
                }
                Ok(())
            }
            MountWhat::Ssh { id, required, mode, uid, gid } => {
                match Agent::listen(solving, id, (*mode, *uid, *gid)).await? {
                    Some(agent) => {
                        self.env.push(format!("SSH_AUTH_SOCK={target}"));
                        let mut options: Vec<String> = vec!["bind".into(), "rprivate".into()];
                        options.extend(solving.builder.owners_option());
                        self.mount("bind", &agent.path.to_string_lossy(), target, options);
                        self.agents.push(agent);
                        Ok(())
                    }
                    None if *required => {
                        Err(Error::client(format!("no SSH key {id:?} forwarded from the client: pass --ssh {id}")))
                    }
                    None => Ok(()),
                }
            }
        }
    }

    /// A part of a tree, found within it whatever links it has.
    async fn bind(
        &mut self,
        solving: &Arc<Solving>,
        tree: &Tree,
        source: &str,
        target: &str,
        writable: bool,
    ) -> Result<()> {
        let images = solving.builder.engine().images();
        let mut lower = match tree {
            Tree::Layers(layers) => images.directories_of(layers),
            Tree::Directory(directory) => {
                self.directories.push(Arc::clone(directory));
                images.directories_over_nothing(directory.path())
            }
        };
        let mut options = Vec::new();
        if writable {
            let fresh = Fresh::over(&solving.builder, Vec::new()).await?;
            let overlay = images.stack(fresh.key(), &[]);
            options.push(format!("upperdir={}", overlay.upper.display()));
            options.push(format!("workdir={}", overlay.work.display()));
            self.written.push(fresh);
        } else {
            options.push("ro".into());
        }
        let names: Vec<String> = lower.drain(..).map(|path| escaped(&path)).collect();
        options.push(format!("lowerdir={}", names.join(":")));
        options.push(format!("{}={source}", runtime::SUBDIRECTORY));
        self.mount("overlay", "overlay", target, options);
        Ok(())
    }

    /// The step is over.
    async fn settle(self, solving: &Arc<Solving>) -> Result<()> {
        for cache in self.caches {
            cache.record(solving).await?;
        }
        Ok(())
    }
}

/// A name among several, as overlayfs has them.
fn escaped(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "\\\\").replace(':', "\\:")
}

async fn secret(solving: &Arc<Solving>, id: &str, required: bool) -> Result<Option<Vec<u8>>> {
    match solving.client.secret(id).await? {
        Some(data) if data.len() > limits::SECRET_BYTES => {
            Err(Error::invalid(format!("secret {id} has more than {} bytes", limits::SECRET_BYTES)))
        }
        None if required => Err(Error::client(format!("secret {id}: not found: pass --secret id={id},src=FILE"))),
        found => Ok(found),
    }
}

/// Where the sockets of agents are.
pub(crate) fn sockets(engine: &engine::Engine) -> PathBuf {
    engine.config().exec_root.join("build")
}

/// An ssh agent of the client's, at a socket of ours.
struct Agent {
    path: PathBuf,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.serving.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

impl Agent {
    async fn listen(solving: &Arc<Solving>, id: &str, (mode, uid, gid): (u32, u32, u32)) -> Result<Option<Self>> {
        // Asked once before, so that a client without one is known at once.
        if solving.client.ssh(id).await?.is_none() {
            return Ok(None);
        }
        let folder = sockets(solving.builder.engine());
        // The path of a socket is short (unix(7)), and that of an exec root need not be.
        let name: String = words::ExecId::random().as_str().chars().take(16).collect();
        let path = folder.join(name);
        let made = || {
            make_private(&folder)?;
            let listener = std::os::unix::net::UnixListener::bind(&path)?;
            std::os::unix::fs::chown(&path, Some(uid), Some(gid))?;
            let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
            std::fs::set_permissions(&path, mode)?;
            listener.set_nonblocking(true)?;
            tokio::net::UnixListener::from_std(listener)
        };
        let listener = made().map_err(|error| Error::io(format!("making {}", path.display()), error))?;
        let (client, id) = (Arc::clone(&solving.client), id.to_owned());
        let serving = tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let Ok(Some(far)) = client.ssh(&id).await else { continue };
                tokio::spawn(async move {
                    if let Ok(mut far) = stream(far) {
                        let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                    }
                });
            }
        });
        Ok(Some(Self { path, serving }))
    }
}

fn stream(socket: OwnedFd) -> std::io::Result<tokio::net::UnixStream> {
    let socket = std::os::unix::net::UnixStream::from(socket);
    socket.set_nonblocking(true)?;
    tokio::net::UnixStream::from_std(socket)
}

/// Directories that outlive steps, below the builder's root.
pub(crate) struct CacheMounts {
    root: PathBuf,
    turns: Mutex<HashMap<String, Arc<RwLock<()>>>>,
}

/// Somebody's turn with a directory.
enum Turn {
    Shared { _guard: OwnedRwLockReadGuard<()> },
    Own { _guard: OwnedRwLockWriteGuard<()> },
}

struct CacheMount {
    name: String,
    description: String,
    path: PathBuf,
    _turn: Turn,
}

impl CacheMounts {
    /// Blocks.
    pub(crate) fn open(root: &Path) -> std::io::Result<Self> {
        make_private(root)?;
        Ok(Self { root: root.to_owned(), turns: Mutex::default() })
    }

    fn turns(&self, name: &str) -> Arc<RwLock<()>> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        turns.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(turns.entry(name.to_owned()).or_default())
    }

    /// Whether nobody uses it now; nobody will while the guard is held.
    pub(crate) fn idle(&self, name: &str) -> Option<OwnedRwLockWriteGuard<()>> {
        self.turns(name).try_write_owned().ok()
    }
}

impl CacheMount {
    async fn take(
        solving: &Arc<Solving>,
        id: &str,
        sharing: Sharing,
        owner: (u32, u32, u32),
        begin: Option<(&Tree, &str)>,
    ) -> Result<Self> {
        let all = &solving.builder.0.mounts;
        // Caches that begin with different files are different ones, whatever their id.
        let begun_with = match begin {
            Some((tree, source)) => Some(snapshot::digest(solving, tree, Path::new(source)).await?),
            None => None,
        };
        let name_of = |number: u32| digest_of(&(id, number, &begun_with)).hex().to_owned();
        let (name, turn) = match sharing {
            Sharing::Shared => {
                let name = name_of(0);
                let guard = all.turns(&name).read_owned().await;
                (name, Turn::Shared { _guard: guard })
            }
            Sharing::Locked => {
                let name = name_of(0);
                let guard = all.turns(&name).write_owned().await;
                (name, Turn::Own { _guard: guard })
            }
            Sharing::Private => (0..)
                .find_map(|number| {
                    let name = name_of(number);
                    let guard = all.turns(&name).try_write_owned().ok()?;
                    Some((name, Turn::Own { _guard: guard }))
                })
                .ok_or_else(|| Error::invalid("no cache is free"))?,
        };
        let path = all.root.join(&name);
        let new = crate::blocking({
            let path = path.clone();
            move || Ok(!path.exists())
        })
        .await?;
        if new {
            let begun = all.root.join(format!("new-{}", words::ExecId::random().as_str()));
            snapshot::begin_directory(solving, &begun, owner, begin).await?;
            let (begun, path) = (begun.clone(), path.clone());
            crate::blocking(move || match std::fs::rename(&begun, &path) {
                // Another step that shares it was quicker.
                Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty => {
                    let _ = sys::remove::path(&begun);
                    Ok(())
                }
                renamed => renamed.map_err(|error| Error::io(format!("making {}", path.display()), error)),
            })
            .await?;
        }
        Ok(Self { name, description: format!("cached mount {id}"), path, _turn: turn })
    }

    /// It is counted and shown.
    async fn record(self, solving: &Arc<Solving>) -> Result<()> {
        let engine = solving.builder.engine();
        let key = digest_of(&("mount", &self.name));
        let path = self.path.clone();
        let size = crate::blocking(move || Ok(engine::disk::usage(&path))).await?;
        let now = Timestamp::now();
        let known = engine.snapshot().cache.get(&key).cloned();
        engine
            .keep_cache(CacheRecord {
                key,
                held: Held::Mount(format!("mounts/{}", self.name)),
                description: self.description,
                size,
                created: known.as_ref().map_or(now, |known| known.created),
                used: now,
                uses: known.map_or(0, |known| known.uses) + 1,
            })
            .await?;
        Ok(())
    }
}
