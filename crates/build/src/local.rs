//! Directories of ours that hold what was received of a client's, so that the next build receives only what differs.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use engine::Engine;
use engine::cache::{CacheRecord, Held};
use oci::Digest;
use tokio::sync::{Mutex, OwnedMutexGuard};
use words::Timestamp;

use crate::graph::digest_of;
use crate::{Client, Error, Local, Result, told};

/// The directories below the builder's root.
pub(crate) struct Locals {
    root: PathBuf,
    /// One build at a time has one of them.
    busy: std::sync::Mutex<std::collections::HashMap<String, Arc<Mutex<()>>>>,
}

/// A directory that holds what a client has, as long as this value lives.
#[derive(Debug)]
pub(crate) struct Directory {
    path: PathBuf,
    /// Nobody will come back for it.
    temporary: bool,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Directory {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        if self.temporary {
            let path = std::mem::take(&mut self.path);
            // A tree takes a while to remove, and this may be an asynchronous thread.
            std::thread::spawn(move || remove(&path));
        }
    }
}

fn remove(path: &Path) {
    if let Err(error) = sys::remove::path(path)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), %error, "removing a directory of the builder");
    }
}

impl Locals {
    /// Blocks.
    pub(crate) fn open(root: &Path) -> std::io::Result<Self> {
        make_private(root)?;
        Ok(Self { root: root.to_owned(), busy: std::sync::Mutex::default() })
    }

    /// A new empty directory that goes with its value.
    pub(crate) async fn temporary(&self) -> Result<Directory> {
        self.make(format!("{TEMPORARY}{}", words::ExecId::random().as_str()), true, None).await
    }

    fn turn(&self, name: &str) -> Arc<Mutex<()>> {
        let mut busy = self.busy.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        busy.retain(|_, turn| Arc::strong_count(turn) > 1);
        Arc::clone(busy.entry(name.to_owned()).or_default())
    }

    /// Whether nobody uses it now; nobody will while the guard is held.
    pub(crate) fn idle(&self, name: &str) -> Option<OwnedMutexGuard<()>> {
        self.turn(name).try_lock_owned().ok()
    }

    /// The directory of this key. While another build has it, a temporary one: nobody waits for a stranger's build.
    async fn of(&self, key: Option<&Digest>) -> Result<Directory> {
        let Some(key) = key else { return self.temporary().await };
        let turn = self.turn(key.hex());
        // The build before may be just about to end.
        match tokio::time::timeout(PATIENCE, turn.lock_owned()).await {
            Ok(turn) => self.make(key.hex().to_owned(), false, Some(turn)).await,
            Err(_) => self.temporary().await,
        }
    }

    async fn make(&self, name: String, temporary: bool, turn: Option<OwnedMutexGuard<()>>) -> Result<Directory> {
        let path = self.root.join(name);
        let wanted = path.clone();
        crate::blocking(move || {
            make_private(&wanted).map_err(|error| Error::io(format!("making {}", wanted.display()), error))
        })
        .await?;
        Ok(Directory { path, temporary, _turn: turn })
    }

    /// As [`Locals::temporary`], on a thread that may block.
    pub(crate) fn temporary_blocking(&self) -> Result<Directory> {
        let path = self.root.join(format!("{TEMPORARY}{}", words::ExecId::random().as_str()));
        make_private(&path).map_err(|error| Error::io(format!("making {}", path.display()), error))?;
        Ok(Directory { path, temporary: true, _turn: None })
    }

    /// A part of a temporary directory, without the rest.
    pub(crate) async fn part(&self, whole: Directory, folder: &str) -> Result<Directory> {
        let part = self.temporary().await?;
        let (from, to) = (whole.path.join(folder.trim_start_matches('/')), part.path.clone());
        crate::blocking(move || {
            std::fs::rename(&from, &to).map_err(|error| Error::io(format!("moving {}", from.display()), error))
        })
        .await?;
        Ok(part)
    }

    /// A few files of a directory of the client's, for a moment.
    pub(crate) async fn borrow(&self, client: &dyn Client, wanted: &Local) -> Result<Directory> {
        if let Some(path) = client.held(&wanted.name) {
            return Ok(Directory { path, temporary: false, _turn: None });
        }
        let directory = self.temporary().await?;
        client.local(wanted, directory.path(), &|_| {}).await?;
        Ok(directory)
    }

    /// Receives a directory of the client's.
    pub(crate) async fn receive(
        &self,
        engine: &Engine,
        client: &dyn Client,
        wanted: &Local,
        told: &told::Vertex,
    ) -> Result<Directory> {
        if let Some(path) = client.held(&wanted.name) {
            return Ok(Directory { path, temporary: false, _turn: None });
        }
        // A part of it is kept apart: it would throw the rest away, which a later build would have to be sent anew.
        let key = client.shared_key(&wanted.name).map(|key| digest_of(&(key, &wanted.name, &wanted.follow)));
        let directory = self.of(key.as_ref()).await?;
        let title = format!("transferring {}:", wanted.name);
        let bytes = AtomicU64::new(0);
        let count = |so_far| bytes.store(so_far, Ordering::Relaxed);
        let received = told.counted(&title, &bytes, client.local(wanted, directory.path(), &count)).await;
        if let (Err(_), false, Some(key)) = (&received, directory.temporary, &key) {
            // It may hold anything now: the next build begins anew.
            let path = directory.path.clone();
            let _ = tokio::task::spawn_blocking(move || remove(&path)).await;
            engine.forget_cache([key.clone()].into()).await?;
        }
        received?;
        if let (Some(key), false) = (key, directory.temporary) {
            self.record(engine, key, &directory, &wanted.name).await?;
        }
        Ok(directory)
    }

    /// The directory is counted and shown.
    async fn record(&self, engine: &Engine, key: Digest, directory: &Directory, name: &str) -> Result<()> {
        if engine.snapshot().cache.contains_key(&key) {
            return Ok(engine.touch_cache([key].into()).await?);
        }
        let path = directory.path.clone();
        let size = crate::blocking(move || Ok(engine::disk::usage(&path))).await?;
        let now = Timestamp::now();
        let record = CacheRecord {
            held: Held::Local(format!("local/{}", key.hex())),
            key,
            description: format!("local source for {name}"),
            size,
            created: now,
            used: now,
            uses: 1,
        };
        Ok(engine.keep_cache(record).await?)
    }
}

/// How long a build waits for another one of the same client that has its directory.
const PATIENCE: Duration = Duration::from_millis(200);

const TEMPORARY: &str = "tmp-";

/// Removes what is in these folders and not known, by its name below the root. Blocks.
pub(crate) fn sweep(root: &Path, folders: &[&str], is_known: impl Fn(&str) -> bool) {
    for folder in folders {
        for entry in std::fs::read_dir(root.join(folder)).into_iter().flatten().flatten() {
            if !is_known(&format!("{folder}/{}", entry.file_name().to_string_lossy())) {
                remove(&entry.path());
            }
        }
    }
}

/// A directory that only root may look into.
pub(crate) fn make_private(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
